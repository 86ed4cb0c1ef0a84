/* arena.c -- memory that lives as long as a request, and texts growing in it. Owns the blocks. Refuses to return NULL:
 * no memory, or more than the cap, ends the program, for whoever feeds us limits what is fed. */
#include "base/arena.h"
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, BLOCK_FIRST = 16 << 10, BLOCK_MOST = 1 << 20 };

struct block {
	struct block *prev;
	size_t size, used;
	_Alignas(ALIGN) unsigned char data[];
};

/* One freed block is kept aside, so that a loop which rewinds each row does not call malloc each row. */
struct arena {
	struct block *last, *spare;
	size_t cap, used, next;
};

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "arena: %s\n", why);
	abort();
}

static struct block *block_new(size_t size)
{
	struct block *b = malloc(sizeof *b + size);
	if (!b)
		die("out of memory");
	b->prev = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

static void block_drop(struct arena *a, struct block *b)
{
	if (!a->spare && b->size <= BLOCK_MOST)
		a->spare = b;
	else
		free(b);
}

struct arena *arena_new(size_t cap)
{
	struct arena *a = malloc(sizeof *a);
	if (!a)
		die("out of memory");
	a->cap = cap ? cap : (size_t)256 << 20;
	a->used = 0;
	a->next = BLOCK_FIRST;
	a->spare = NULL;
	a->last = block_new(BLOCK_FIRST);
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->last, *prev; b; b = prev) {
		prev = b->prev;
		free(b);
	}
	free(a->spare);
	free(a);
}

void arena_reset(struct arena *a)
{
	struct block *first = a->last;
	while (first->prev)
		first = first->prev;
	arena_rewind(a, (struct mark){ first, 0 });
	free(a->spare);
	a->spare = NULL;
	a->next = BLOCK_FIRST;
}

static void block_add(struct arena *a, size_t n)
{
	struct block *b = a->spare;
	if (b && b->size >= n) {
		a->spare = NULL;
		b->used = 0;
	} else {
		if (a->next < BLOCK_MOST)
			a->next *= 2;
		b = block_new(n > a->next ? n : a->next);
	}
	b->prev = a->last;
	a->last = b;
}

static size_t rounded(const struct arena *a, size_t n)
{
	if (n > a->cap || a->used > a->cap - n)
		die("over the cap");
	return (n + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
}

/* As it comes: for texts, whose bytes are written at once. */
static void *take(struct arena *a, size_t n)
{
	n = rounded(a, n ? n : 1);
	if (a->last->size - a->last->used < n)
		block_add(a, n);
	void *p = a->last->data + a->last->used;
	a->last->used += n;
	a->used += n;
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	if (!s)
		return NULL;
	size_t len = strnlen(s, n);
	char *p = take(a, len + 1);
	memcpy(p, s, len);
	p[len] = 0;
	return p;
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
	char few[256];
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(few, sizeof few, format, args);
	if (n < 0)
		die("bad format");
	char *p = take(a, (size_t)n + 1);
	if ((size_t)n < sizeof few)
		memcpy(p, few, (size_t)n + 1);
	else
		vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	return p;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *p = arena_vprintf(a, format, args);
	va_end(args);
	return p;
}

struct mark arena_mark(struct arena *a)
{
	return (struct mark){ a->last, a->last->used };
}

void arena_rewind(struct arena *a, struct mark m)
{
	while (a->last != m.block) {
		struct block *b = a->last;
		assert(b->prev && "mark of another arena, or older than a reset");
		a->last = b->prev;
		a->used -= b->used;
		block_drop(a, b);
	}
	assert(m.used <= a->last->used);
	a->used -= a->last->used - m.used;
	a->last->used = m.used;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

/* The newest allocation grows where it stands when its block has room; long answers are not copied over and over. */
static bool grow_here(struct arena *a, const char *p, size_t old, size_t want)
{
	struct block *b = a->last;
	if ((const unsigned char *)p + old != b->data + b->used || b->size - b->used < want - old)
		return false;
	size_t more = rounded(a, want - old);
	b->used += more;
	a->used += more;
	return true;
}

static void reserve(struct buf *b, size_t n)
{
	if (b->cap - b->n > n)
		return;
	if (n > SIZE_MAX / 4 || b->cap > SIZE_MAX / 4)
		die("over the cap");
	size_t want = b->cap * 2;
	while (want <= b->n + n)
		want *= 2;
	if (!grow_here(b->arena, b->p, b->cap, want)) {
		char *p = take(b->arena, want);
		memcpy(p, b->p, b->n + 1);
		b->p = p;
	}
	b->cap = want;
}

void buf_init(struct buf *b, struct arena *a)
{
	b->arena = a;
	b->n = 0;
	b->cap = 64;
	b->p = take(a, b->cap);
	b->p[0] = 0;
}

void buf_add(struct buf *b, const char *s, size_t n)
{
	if (!n)
		return;
	reserve(b, n);
	memcpy(b->p + b->n, s, n);
	b->n += n;
	b->p[b->n] = 0;
}

void buf_str(struct buf *b, const char *s)
{
	if (s)
		buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(b->p + b->n, b->cap - b->n, format, args);
	if (n < 0)
		die("bad format");
	if ((size_t)n >= b->cap - b->n) {
		reserve(b, (size_t)n);
		vsnprintf(b->p + b->n, b->cap - b->n, format, again);
	}
	b->n += (size_t)n;
	va_end(again);
	va_end(args);
}

void buf_int(struct buf *b, int64_t v)
{
	char t[24], *p = t + sizeof t;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(t + sizeof t - p));
}
