/* fuzz_cell.c -- any bytes as one cell of an import file, for every type of field (the first byte picks it): refused with a sentence, or a
 * value that is valid JSON and text for people. References need a database and are left out. */
#include "base/clock.h"
#include "base/text.h"
#include "engine/types.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The nth field of the house whose value needs no other record. */
static bool pick(unsigned nth, const struct entity **e, unsigned *field)
{
	unsigned all = 0;
	for (int pass = 0; pass < 2; pass++, nth = all ? nth % all : 0, all = 0)
		for (unsigned i = 0; i < n_rooms; i++)
			for (unsigned k = 0; k < rooms[i]->n_fields; k++) {
				enum type t = rooms[i]->fields[k].type;
				if (t == T_REF || t == T_FILE || t == T_DIVISION)
					continue;
				*e = rooms[i];
				*field = k;
				if (pass && all == nth)
					return true;
				all++;
			}
	return false;
}

static void shown(struct ctx *c, const struct field *f, const struct value *v)
{
	struct buf b;
	struct jout o;
	const char *why = NULL;
	if (v->type == V_NULL)
		return;
	if (v->type == V_TEXT)
		assert(text_valid(v->s, v->n));
	buf_init(&b, c->arena);
	jout_init(&o, &b);
	jout_open(&o, '{');
	jout_key(&o, f->name);
	types[f->type].json(c, f, v, &o);
	jout_close(&o, '}');
	const struct jval *again = json_read(c->arena, b.p, b.n, 64, &why);
	assert(again);
	const char *text = types[f->type].text(c, f, v);
	assert(!text || text_valid(text, strlen(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct entity *e;
	unsigned field;
	bool cleaned = false;
	struct ctx c;
	if (n < 2 || !pick((unsigned)bytes[0] | (unsigned)bytes[1] << 8, &e, &field))
		return 0;
	struct arena *a = arena_new(0);
	ctx_init(&c, a, NULL, &caller_system);
	c.now = clock_day_start(day_of(2020, 11, 20));
	c.importing = true;
	struct record *r = record_new(&c, e);
	char *cell = arena_alloc(a, n - 1);
	memcpy(cell, bytes + 2, n - 2);
	enum rc rc = record_take_text(&c, r, field, cell, n - 2, &cleaned);
	for (unsigned i = 0; i < c.n_problems; i++)
		assert(text_valid(c.problems[i].message, strlen(c.problems[i].message)) && c.problems[i].code);
	assert(rc == RC_OK || c.n_problems);
	if (!rc)
		shown(&c, &e->fields[field], &r->v[field]);
	arena_free(a);
	return 0;
}
