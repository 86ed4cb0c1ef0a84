/* inner_flow.h -- what flow.c (doing a step) and flow_more.c (naming open steps, lapsing) share. */
#pragma once
#include "base/clock.h"
#include "engine/flow.h"
#include <stdio.h>
#include <string.h>

/* Next word of a space-separated list into name; a '!' at its end is taken off and told in *must (may be NULL). */
static inline bool flow_word(const char **list, char *name, size_t size, bool *must)
{
	const char *p = *list;
	size_t n;

	if (!p)
		return false;
	p += strspn(p, " ");
	n = strcspn(p, " ");
	*list = p + n;
	if (!n || n >= size)
		return false;
	if (must)
		*must = p[n - 1] == '!';
	if (p[n - 1] == '!')
		n--;
	snprintf(name, size, "%.*s", (int)n, p);
	return true;
}

static inline bool flow_takes(const char *takes, const char *key)
{
	char name[64];

	for (const char *p = takes; flow_word(&p, name, sizeof(name), NULL);)
		if (!strcmp(name, key))
			return true;
	return false;
}

/* RC_DENIED and the label of the step the caller did himself. */
enum rc flow_four_eyes(struct ctx *, const struct record *, const struct transition *, const char **step);
/* RC_STATE while the waiting time runs; *day: first possible day. */
enum rc flow_waits(struct ctx *, const struct record *, const struct transition *, int64_t *day);
/* SYSTEM takes back the late records of one room; *n counts on. */
enum rc flow_lapse_room(struct ctx *, const struct entity *, unsigned max, unsigned *n);
