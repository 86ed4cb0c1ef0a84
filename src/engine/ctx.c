/* ctx.c -- one request: its caller, its time and its problems. Owns how a fault is reported; decides nothing. */
#include "engine/ctx.h"
#include "base/clock.h"
#include <string.h>

const struct caller caller_system = { .role = SYSTEM, .region = INT64_C(210000000000), .name = "system", .source = "system" };
const struct caller caller_public = { .role = PUBLIC, .name = "", .source = "" };

void ctx_init(struct ctx *c, struct arena *a, struct store *s, const struct caller *who)
{
	*c = (struct ctx){ .arena = a, .store = s, .who = who, .now = clock_now(), .house = &house,
		.as_system = who->role == SYSTEM };
}

/* The array doubles inside the arena; what it leaves behind goes with the request. */
static struct problem *next_problem(struct ctx *c)
{
	if (c->n_problems == c->cap_problems) {
		unsigned cap = c->cap_problems ? c->cap_problems * 2 : 8;
		struct problem *more = arena_alloc(c->arena, cap * sizeof *more);

		if (c->n_problems)
			memcpy(more, c->problems, c->n_problems * sizeof *more);
		c->problems = more;
		c->cap_problems = cap;
	}
	return &c->problems[c->n_problems++];
}

enum rc ctx_problem(struct ctx *c, enum rc rc, const char *field, const char *code, const char *format, ...)
{
	va_list args;
	struct problem *p = next_problem(c);

	va_start(args, format);
	*p = (struct problem){ field, code, arena_vprintf(c->arena, format, args), rc == RC_OK };
	va_end(args);
	return rc;
}

const char *ctx_say(const struct ctx *c, const char *zh, const char *en)
{
	return c->who->english && en ? en : zh;
}
