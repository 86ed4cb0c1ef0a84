/* table_help.h -- opening tables in tests: from a file, from bytes, re-encoded. */
#pragma once
#include "base/table_file.h"
#include "base/text.h"
#include <assert.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static const char *why_not;
static void *held;                       /* the bytes of the open table, exactly as long as they are, for the sanitizer */

static bool first_is(void *arg, const struct row *r)
{
	const char *first = arg;
	return r->n > 1 && !strcmp(r->cells[0].s, first);
}

static void __attribute__((unused)) forget(void)
{
	free(held);
	held = NULL;
	arena_reset(arena);
}

static struct table_file *open_limited(const void *bytes, size_t n, const char *first, size_t most)
{
	char name[100];
	held = memcpy(malloc(n ? n : 1), bytes, n);
	why_not = NULL;
	snprintf(name, sizeof name, "%s", first);
	struct table_file *t = table_open(arena, held, n, most, first_is, name, &why_not);
	assert(!t == !!why_not);
	return t;
}

static __attribute__((unused)) struct table_file *open_bytes(const void *bytes, size_t n, const char *first)
{
	return open_limited(bytes, n, first, (size_t)64 << 20);
}
#define open_text(text, first) open_bytes(text, sizeof(text) - 1, first)

static char __attribute__((unused)) *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	assert(f && "run in the project's folder");
	fseek(f, 0, SEEK_END);
	*n = (size_t)ftell(f);
	rewind(f);
	char *p = arena_alloc(arena, *n + 1);
	assert(fread(p, 1, *n, f) == *n);
	fclose(f);
	return p;
}

static struct table_file __attribute__((unused)) *open_file(const char *path, const char *first)
{
	size_t n;
	char *p = slurp(path, &n);
	free(held);
	return open_bytes(p, n, first);
}

static const struct row __attribute__((unused)) *next(struct table_file *t)
{
	return table_next(t, arena, &why_not);
}

static void __attribute__((unused)) done(struct table_file *t)
{
	table_close(t);
	forget();
}

/* Rows that are not blank; each must have so many columns at most, and numbers in order. */
static int __attribute__((unused)) count_rows(struct table_file *t, unsigned columns)
{
	int n = 0;
	int64_t record = 0;
	const struct row *r;
	struct mark m = arena_mark(arena);
	for (; (r = next(t)); arena_rewind(arena, m)) {
		assert(r->n <= columns && r->record == ++record);
		n += !r->blank;
	}
	assert(!why_not);
	return n;
}

static char __attribute__((unused)) *recode(char *text, size_t n, const char *to, const char *mark, size_t n_mark, size_t *n_out)
{
	iconv_t how = iconv_open(to, "UTF-8");
	char *out = arena_alloc(arena, n * 4 + 4), *o = out;
	size_t left = n * 4;
	assert(how != (iconv_t)-1);
	memcpy(o, mark, n_mark);
	o += n_mark;
	assert(iconv(how, &text, &n, &o, &left) != (size_t)-1 && !n);
	iconv_close(how);
	*n_out = (size_t)(o - out);
	return out;
}
