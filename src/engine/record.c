/* record.c -- a record in memory: made, loaded, opened, changed, and laid out for the store. Owns the sealing of personal fields:
 * they are opened on first use and written back untouched when nobody changed them. Decides nothing about access. */
#include "engine/inner_record.h"
#include "base/crypt.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/more.h"
#include "engine/types.h"
#include "store/sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record *record_new(struct ctx *c, const struct entity *e)
{
	struct record *r = arena_alloc(c->arena, sizeof *r);
	struct value *values = arena_alloc(c->arena, (2 * sizeof *values + sizeof(bool)) * e->n_fields + 1);

	*r = (struct record){ .e = e, .back = -1, .form = e->form, .v = values, .sealed = values + e->n_fields,
		.dirty = (bool *)(values + 2 * (size_t)e->n_fields), .ctx = c, .problems_from = c->n_problems };
	return r;
}

static struct value copied(struct ctx *c, const struct value *v)
{
	struct value copy = *v;

	if (v->type == V_TEXT)
		copy.s = arena_strndup(c->arena, v->s, v->n);
	else if (v->type == V_BLOB)
		copy.s = v->n ? memcpy(arena_alloc(c->arena, v->n), v->s, v->n) : "";
	return copy;
}

static int state_of(const struct entity *e, const struct value *v, int none)
{
	int state = v->type == V_TEXT ? room_state(e, v->s) : v->type == V_INT ? (int)v->i : -1;

	return state < 0 ? none : state;
}

struct record *record_of_row(struct ctx *c, const struct entity *e, const struct value *cols)
{
	struct record *r = record_new(c, e);
	unsigned at = N_BASE;

	r->id = cols[B_ID].i, r->city = (int)cols[B_CITY].i, r->county = (int)cols[B_COUNTY].i, r->region = cols[B_REGION].i;
	r->state = state_of(e, &cols[B_STATE], 0), r->back = state_of(e, &cols[B_BACK], -1);
	r->version = cols[B_VERSION].i, r->form = cols[B_FORM].i, r->entered = cols[B_ENTERED].i;
	r->has_due = cols[B_DUE].type == V_INT, r->due = cols[B_DUE].i, r->imported = cols[B_IMPORTED].i != 0;
	r->created = cols[B_CREATED].i, r->created_by = cols[B_CREATED_BY].i;
	r->updated = cols[B_UPDATED].i, r->updated_by = cols[B_UPDATED_BY].i;
	for (unsigned i = 0; i < e->n_fields; i++) {
		const struct value *col = &cols[at++];

		if (col->type == V_BLOB && sql_is_blob(&e->fields[i]))
			r->sealed[i] = copied(c, col);
		else
			r->v[i] = copied(c, col);
		at += record_hashed(&e->fields[i]);
	}
	return r;
}

enum rc record_load(struct ctx *c, const struct entity *e, int64_t id, bool lock, struct record **out)
{
	const struct value arg = VINT(id), *cols;
	struct rows *rows;
	enum rc rc;

	*out = NULL;
	if (id <= 0)
		return RC_OK;
	if ((rc = tx_query(c->tx, sql_by_id(c->arena, e, lock, store_kind(c->store)), &arg, 1, &rows)))
		return rc;
	if (rows_next(rows, &cols))
		*out = record_of_row(c, e, cols);
	if ((rc = rows_end(rows)))
		*out = NULL;
	if (*out && lock)
		record_remember(*out);
	return rc;
}

void record_remember(struct record *r)
{
	size_t n = r->e->n_fields;
	struct record *old = record_new(r->ctx, r->e);
	struct value *v = old->v, *sealed = old->sealed;
	bool *dirty = old->dirty;

	*old = *r;
	old->v = memcpy(v, r->v, n * sizeof *v);
	old->sealed = memcpy(sealed, r->sealed, n * sizeof *sealed);
	old->dirty = dirty;
	old->old = NULL;
	r->old = old;
}

/* The key of a secret field belongs to its record alone, so one record can be made unreadable for ever. */
static const uint8_t *key_of(const struct record *r, const struct field *f, uint8_t own[32])
{
	char label[40];

	if (f->cls == S3)
		return keys_field(S3);
	snprintf(label, sizeof label, "record %lld", (long long)r->id);
	crypt_derive(keys_field(S4), label, own);
	return own;
}

static const char *context_of(struct ctx *c, const struct record *r, const struct field *f)
{
	struct buf b;

	buf_init(&b, c->arena);
	buf_str(&b, r->e->name);
	buf_add(&b, ".", 1);
	buf_str(&b, f->name);
	buf_add(&b, ".", 1);
	buf_int(&b, r->id);
	return b.p;
}

const struct value *record_value(struct ctx *c, struct record *r, unsigned field)
{
	const struct field *f = &r->e->fields[field];
	const struct value *sealed = &r->sealed[field];
	uint8_t own[32];
	char *plain;
	size_t n;

	if (r->v[field].type != V_NULL || sealed->type != V_BLOB)
		return &r->v[field];
	if (sealed->n < SEAL_EXTRA)
		return &r->v[field];
	n = sealed->n - SEAL_EXTRA;
	plain = arena_alloc(c->arena, n + 1);
	if (!crypt_open(key_of(r, f, own), context_of(c, r, f), (const uint8_t *)sealed->s, sealed->n, plain)) {
		log_event(LOG_ERROR, "field_does_not_open", "room=%s field=%s id=%lld", r->e->name, f->name, (long long)r->id);
		return &r->v[field];
	}
	r->v[field] = types[f->type].number ? VINT(strtoll(plain, NULL, 10)) : (struct value){ V_TEXT, 0, plain, n };
	return &r->v[field];
}

static const char *value_plain(struct ctx *c, const struct value *v)
{
	return v->type == V_INT ? arena_printf(c->arena, "%lld", (long long)v->i) : v->s;
}

static struct value sealed_value(struct ctx *c, const struct record *r, unsigned i)
{
	const struct field *f = &r->e->fields[i];
	const char *plain = value_plain(c, &r->v[i]);
	size_t n = strlen(plain);
	uint8_t own[32], *out = arena_alloc(c->arena, n + SEAL_EXTRA);

	crypt_seal(key_of(r, f, own), context_of(c, r, f), plain, n, out);
	return value_blob(out, n + SEAL_EXTRA);
}

void record_hash(const struct field *f, const char *text, uint8_t out[32])
{
	keys_hash(f->type == T_PHONE ? "phone" : f->type == T_IDNO ? "idno" : f->name, text, out);
}

static struct value hash_value(struct ctx *c, struct record *r, unsigned i)
{
	const struct value *v = record_value(c, r, i);
	uint8_t *out;

	if (v->type == V_NULL)
		return VNULL;
	out = arena_alloc(c->arena, 32);
	record_hash(&r->e->fields[i], value_plain(c, v), out);
	return value_blob(out, 32);
}

static struct value state_value(const struct entity *e, int state)
{
	return state < 0 ? VNULL : value_text(e->n_states ? e->states[state].code : "active");
}

struct value *record_columns(struct ctx *c, struct record *r, unsigned extra, unsigned *n)
{
	struct value *cols = arena_alloc(c->arena, sizeof *cols * (N_BASE + 2 * (size_t)r->e->n_fields + extra));
	unsigned at = N_BASE;

	cols[B_ID] = VINT(r->id), cols[B_CITY] = VINT(r->city), cols[B_COUNTY] = VINT(r->county), cols[B_REGION] = VINT(r->region);
	cols[B_STATE] = state_value(r->e, r->state), cols[B_BACK] = state_value(r->e, r->back);
	cols[B_VERSION] = VINT(r->version), cols[B_FORM] = VINT(r->form), cols[B_ENTERED] = VINT(r->entered);
	cols[B_DUE] = r->has_due ? VINT(r->due) : VNULL, cols[B_IMPORTED] = VINT(r->imported);
	cols[B_CREATED] = VINT(r->created), cols[B_CREATED_BY] = VINT(r->created_by);
	cols[B_UPDATED] = VINT(r->updated), cols[B_UPDATED_BY] = VINT(r->updated_by);
	for (unsigned i = 0; i < r->e->n_fields; i++) {
		const struct field *f = &r->e->fields[i];

		if (sql_is_blob(f)) {
			if (r->sealed[i].type == V_NULL && r->v[i].type != V_NULL)
				r->sealed[i] = sealed_value(c, r, i);
			cols[at++] = r->sealed[i];
		} else
			cols[at++] = r->v[i];
		if (record_hashed(f))
			cols[at++] = hash_value(c, r, i);
	}
	*n = at;
	return cols;
}

static bool same(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	return a->type == V_NULL || (a->type == V_INT ? a->i == b->i : a->n == b->n && !memcmp(a->s, b->s, a->n));
}

void record_put(struct record *r, unsigned field, struct value v)
{
	if (same(record_value(r->ctx, r, field), &v) && (v.type != V_NULL || r->sealed[field].type == V_NULL))
		return;
	r->v[field] = v;
	r->sealed[field] = VNULL;
	r->dirty[field] = r->changed = true;
}

bool record_differs(struct record *r, unsigned field)
{
	const struct value *was = r->old ? &r->old->sealed[field] : NULL;

	if (!r->old)
		return !record_empty(r, field);
	if (was->type == V_BLOB && was->s == r->sealed[field].s)
		return false;
	return !same(record_value(r->ctx, r, field), record_value(r->ctx, r->old, field));
}

bool record_blamed(const struct ctx *c, const struct record *r, const char *field)
{
	for (unsigned i = r->problems_from; i < c->n_problems; i++)
		if (!c->problems[i].warning && c->problems[i].field && !strcmp(c->problems[i].field, field))
			return true;
	return false;
}

unsigned record_faults(const struct ctx *c, unsigned from)
{
	unsigned n = 0;

	for (unsigned i = from; i < c->n_problems; i++)
		n += !c->problems[i].warning;
	return n;
}
