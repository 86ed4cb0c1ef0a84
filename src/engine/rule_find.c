/* rule_find.c -- other records for hooks, with SYSTEM's eyes: each question becomes one SELECT that names the city whenever the
 * pairs tell it (distributed rules R4, R15). What is found is never shown to the caller. */
#include "engine/inner_record.h"
#include "engine/inner_query.h"
#include "engine/more.h"
#include "engine/types.h"
#include "store/sql.h"
#include <stdio.h>
#include <stdlib.h>

enum { PAIRS = 24 };
struct ask { struct buf sql; struct value args[PAIRS + 4]; unsigned n; };

static bool base_column(const char *name)
{
	static const char *const names[] = { "id", "region", "city", "county", "created", "created_by", "entered", "due", "imported", "version" };

	for (unsigned i = 0; i < COUNT(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static const struct field *must_have(const struct entity *e, const char *name)
{
	const struct field *f = room_field(e, name);

	if (!f || f->cls == S4 || (f->cls == S3 && !(f->flags & LOOKUP))) {
		fprintf(stderr, "room %s cannot be asked by %s\n", e->name, name);
		abort();
	}
	return f;
}

static bool equal(const struct pair *p) { return !p->op || p->op == '='; }

/* A child lives in the city of what it belongs to; 0 when the pairs do not tell. */
static int city_told(const struct entity *e, const struct pair *pairs)
{
	int by_region = 0;

	if (e->flags & EVERYWHERE)
		return 2100;
	for (const struct pair *p = pairs; p && p->field; p++) {
		const struct field *f = room_field(e, p->field);

		if (!equal(p) || p->text || p->value <= 0)
			continue;
		if (!f && !strcmp(p->field, "id"))
			return ID_CITY(p->value);
		if (!f && !strcmp(p->field, "region"))
			by_region = city_of(p->value);
		if (f && f->type == T_REF && f->ref && !(f->flags & SOFT) && !(f->ref->flags & EVERYWHERE))
			return ID_CITY(p->value);
	}
	return by_region;
}

/* Keys are indexed by city: without one they are looked for in each city of the province. */
static bool by_key(const struct entity *e, const struct pair *pairs)
{
	const struct field *key = record_key_field(e);

	for (const struct pair *p = pairs; p && p->field; p++) {
		const struct field *f = room_field(e, p->field);

		if (f && equal(p) && (f == key || (f->flags & (LOOKUP | CLAIM)) || !strcmp(f->name, "no")))
			return true;
	}
	return false;
}

static void add_cities(struct buf *b)
{
	buf_str(b, " AND x.city IN (2100");
	for (int city = 2101; city <= 2199; city++)
		if (place_known(city * INT64_C(100000000)))
			buf_printf(b, ", %d", city);
	buf_str(b, ")");
}

static struct value pair_value(struct ctx *c, const struct field *f, const struct pair *p)
{
	uint8_t *hash;

	if (f && record_hashed(f)) {
		hash = arena_alloc(c->arena, 32);
		record_hash(f, p->text ? p->text : arena_printf(c->arena, "%lld", (long long)p->value), hash);
		return value_blob(hash, 32);
	}
	if (p->text || (f && !types[f->type].number))
		return value_text(p->text && *p->text ? p->text : NULL);
	return f ? rule_plain(f, p->value) : VINT(p->value);
}

static void add_pair(struct ctx *c, const struct entity *e, const struct pair *p, struct ask *q)
{
	const struct field *f = base_column(p->field) && !room_field(e, p->field) ? NULL : must_have(e, p->field);
	const char *name = arena_printf(c->arena, "x.%s%s", p->field, f && record_hashed(f) ? "_hash" : "");
	struct value v = pair_value(c, f, p);

	if (v.type == V_NULL) {
		buf_printf(&q->sql, " AND %s IS %sNULL", name, p->op == '!' ? "NOT " : "");
		return;
	}
	if (q->n >= PAIRS)
		abort();
	q->args[q->n++] = v;
	switch (p->op) {
	case '!': buf_printf(&q->sql, " AND (%s <> ?%u OR %s IS NULL)", name, q->n, name); break;
	case '<': buf_printf(&q->sql, " AND %s < ?%u", name, q->n); break;
	case '>': buf_printf(&q->sql, " AND %s > ?%u", name, q->n); break;
	case 'l': buf_printf(&q->sql, " AND %s <= ?%u", name, q->n); break;
	case 'g': buf_printf(&q->sql, " AND %s >= ?%u", name, q->n); break;
	default:  buf_printf(&q->sql, " AND %s = ?%u", name, q->n);
	}
}

static void add_states(const struct entity *e, uint64_t states, struct buf *b)
{
	const char *lead = " AND x.state IN (";

	if (!states || !e->n_states)
		return;
	for (unsigned i = 0; i < e->n_states; i++)
		if (states & BIT(i)) {
			buf_printf(b, "%s'%s'", lead, e->states[i].code);
			lead = ", ";
		}
	buf_str(b, lead[0] == ',' ? ")" : " AND 1=0");
}

static void begin(struct ctx *c, struct ask *q, const struct entity *e, const char *select, const struct pair *pairs, uint64_t states)
{
	int city = city_told(e, pairs);

	q->n = 0;
	buf_init(&q->sql, c->arena);
	buf_printf(&q->sql, "%s WHERE 1=1", select);
	if (city) {
		q->args[q->n++] = VINT(city);
		buf_printf(&q->sql, " AND x.city = ?%u", q->n);
	} else if (by_key(e, pairs))
		add_cities(&q->sql);
	for (const struct pair *p = pairs; p && p->field; p++)
		add_pair(c, e, p, q);
	add_states(e, states, &q->sql);
}

/* A store that fails inside a question must not look like "there is none": every later write of this request gives up. */
static enum rc noted(struct ctx *c, enum rc rc)
{
	if (rc && !c->failed)
		c->failed = rc;
	return rc;
}

static struct record *first(struct ctx *c, const struct entity *e, struct ask *q)
{
	const struct value *cols;
	struct record *r = NULL;
	struct rows *rows;

	if (noted(c, tx_query(c->tx, q->sql.p, q->args, q->n, &rows)))
		return NULL;
	if (rows_next(rows, &cols))
		r = record_of_row(c, e, cols);
	return noted(c, rows_end(rows)) ? NULL : r;
}

struct record *rule_get(struct ctx *c, const struct entity *e, int64_t id, bool lock)
{
	struct record *r;

	return noted(c, record_load(c, e, id, lock, &r)) ? NULL : r;
}

struct record *rule_find(struct ctx *c, const struct entity *e, const struct pair *pairs, uint64_t states)
{
	struct ask q;

	begin(c, &q, e, sql_select(c->arena, e), pairs, states);
	buf_str(&q.sql, " ORDER BY x.id DESC LIMIT 1");
	return first(c, e, &q);
}

struct record *rule_valid(struct ctx *c, const struct entity *e, const struct pair *pairs, int64_t day)
{
	struct ask q;

	must_have(e, "valid_from");
	must_have(e, "valid_to");
	begin(c, &q, e, sql_select(c->arena, e), pairs, 0);
	q.args[q.n++] = VINT(day);
	buf_printf(&q.sql, " AND x.valid_from <= ?%u AND (x.valid_to IS NULL OR x.valid_to >= ?%u) ORDER BY x.valid_from DESC, x.id DESC LIMIT 1",
		q.n, q.n);
	return first(c, e, &q);
}

static int64_t number(struct ctx *c, const struct ask *q)
{
	int64_t n = 0;

	return noted(c, query_int(c, q->sql.p, q->args, q->n, &n)) ? 0 : n;
}

int64_t rule_count(struct ctx *c, const struct entity *e, const struct pair *pairs, uint64_t states)
{
	struct ask q;

	begin(c, &q, e, arena_printf(c->arena, "SELECT count(*) FROM %s x", e->name), pairs, states);
	return number(c, &q);
}

int64_t rule_sum(struct ctx *c, const struct entity *e, const char *field, const struct pair *pairs, uint64_t states)
{
	struct ask q;

	must_have(e, field);
	begin(c, &q, e, arena_printf(c->arena, "SELECT coalesce(sum(x.%s), 0) FROM %s x", field, e->name), pairs, states);
	return number(c, &q);
}

enum rc rule_ids(struct ctx *c, const struct entity *e, const struct pair *pairs, uint64_t states, int64_t **out, unsigned *n)
{
	unsigned cap = 32;
	int64_t *ids = arena_alloc(c->arena, cap * sizeof *ids), *more;
	const struct value *cols;
	struct rows *rows;
	struct ask q;
	enum rc rc;

	*n = 0;
	begin(c, &q, e, arena_printf(c->arena, "SELECT x.id FROM %s x", e->name), pairs, states);
	buf_str(&q.sql, " ORDER BY x.id");
	if ((rc = tx_query(c->tx, q.sql.p, q.args, q.n, &rows)))
		return rc;
	while (rows_next(rows, &cols)) {
		if (*n == cap) {
			more = arena_alloc(c->arena, 2 * cap * sizeof *more);
			memcpy(more, ids, cap * sizeof *more);
			ids = more, cap *= 2;
		}
		ids[(*n)++] = cols[0].i;
	}
	*out = ids;
	return rows_end(rows);
}

/* Ids first: the hook may write to the rows that are being walked. What it sets on a record is kept. */
enum rc rule_each(struct ctx *c, const struct entity *e, const struct pair *pairs, uint64_t states, hook *fn)
{
	int64_t *ids;
	unsigned n;
	enum rc rc = rule_ids(c, e, pairs, states, &ids, &n);

	for (unsigned i = 0; i < n && !rc; i++) {
		struct record *r;

		if ((rc = record_load(c, e, ids[i], true, &r)) || !r)
			continue;
		rc = fn(c, r);
		if (!rc && r->changed)
			rc = record_update(c, r, "change");
	}
	return rc;
}
