/* fuzz_json.c -- any bytes as JSON: refused with a sentence, or read into a tree that, written again, reads as the same. */
#include "base/json.h"
#include "base/text.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { DEPTH = 32 };

static void write(struct jout *o, struct arena *a, const struct jval *v)
{
	switch (v->type) {
	case J_NULL: jout_null(o); break;
	case J_FALSE: jout_bool(o, false); break;
	case J_TRUE: jout_bool(o, true); break;
	case J_INT: jout_int(o, v->i); break;
	case J_REAL: jout_raw(o, arena_printf(a, "%.17e", v->d)); break;
	case J_STRING: jout_strn(o, v->s, v->n); break;
	case J_ARRAY:
	case J_OBJECT:
		jout_open(o, v->type == J_ARRAY ? '[' : '{');
		for (size_t i = 0; i < v->n; i++) {
			if (v->type == J_OBJECT)
				jout_key(o, v->keys[i]);
			write(o, a, &v->items[i]);
		}
		jout_close(o, v->type == J_ARRAY ? ']' : '}');
	}
}

static void same(const struct jval *a, const struct jval *b)
{
	assert(a->type == b->type && a->n == b->n);
	assert(a->type != J_INT || a->i == b->i);
	assert(a->type != J_REAL || (a->d <= b->d && a->d >= b->d));
	assert(a->type != J_STRING || (text_valid(a->s, a->n) && !memcmp(a->s, b->s, a->n)));
	for (size_t i = 0; a->type >= J_ARRAY && i < a->n; i++) {
		if (a->type == J_OBJECT)
			assert(!strcmp(a->keys[i], b->keys[i]) && json_get(a, a->keys[i]) == &a->items[i]);
		same(&a->items[i], &b->items[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *a = arena_new(0);
	const char *why = NULL;
	const struct jval *v = json_read(a, (const char *)bytes, n, DEPTH, &why);
	assert(!v == !!why);
	if (v) {
		struct buf b;
		struct jout o;
		buf_init(&b, a);
		jout_init(&o, &b);
		write(&o, a, v);
		const struct jval *again = json_read(a, b.p, b.n, DEPTH, &why);
		assert(again);
		same(v, again);
	} else {
		assert(text_valid(why, strlen(why)) && strlen(why) > 10);
	}
	arena_free(a);
	return 0;
}
