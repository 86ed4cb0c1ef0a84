/* verify_claims.c -- the claim table against the records, both ways: every value that must be unique in the country has its claim, and
 * every claim has its record. */
#include "engine/inner_query.h"
#include "engine/inner_verify.h"
#include "base/text.h"
#include "store/sql.h"

/* Personal values stand in claims as the hash the record keeps beside them; comparing needs its hexadecimal form. */
static enum rc by_hash(struct oracle *o, const struct entity *e, const struct field *f, struct value kind)
{
	struct ctx *c = o->c;
	const struct value *cols;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, arena_printf(c->arena, "SELECT x.id, x.%s_hash FROM %s x WHERE x.%s_hash IS NOT NULL ORDER BY x.id", f->name,
		e->name, f->name), NULL, 0, &rows), end;

	if (rc)
		return rc;
	while (!rc && !o->stopped && rows_next(rows, &cols)) {
		struct mark m = arena_mark(c->arena);
		const int64_t id = cols[0].i;
		int64_t there = 0;
		const struct value args[] = { kind, value_text(text_hex(c->arena, cols[1].s, cols[1].n)), VINT(id) };

		rc = query_int(c, "SELECT 1 FROM claim k WHERE k.kind = ?1 AND k.value = ?2 AND k.record_id = ?3", args, 3, &there);
		if (!rc && !there)
			verify_say(o, "%s %lld：“%s”没有登记为全国唯一", e->name, (long long)id, f->label);
		arena_rewind(c->arena, m);
	}
	end = rows_end(rows);
	return rc ? rc : end;
}

static enum rc one_field(struct oracle *o, const struct entity *e, const struct field *f)
{
	struct arena *a = o->c->arena;
	struct value kind = value_text(arena_printf(a, "%s.%s", e->name, f->name));
	bool text = f->type != T_INT && f->type != T_DIVISION && f->type != T_REF && f->type != T_DATE;
	enum rc rc;

	if (f->cls >= S3)
		rc = f->flags & LOOKUP ? by_hash(o, e, f, kind) : RC_OK;
	else
		rc = verify_each(o, e, arena_printf(a, "“%s”没有登记为全国唯一", f->label), arena_printf(a,
			"SELECT x.id FROM %s x WHERE x.%s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.kind = ?1 AND k.value = %s"
			" AND k.record_id = x.id) ORDER BY x.id", e->name, f->name,
			text ? arena_printf(a, "x.%s", f->name) : arena_printf(a, "CAST(x.%s AS TEXT)", f->name)), &kind, 1);
	if (rc)
		return rc;
	return verify_each(o, e, arena_printf(a, "“%s”登记为全国唯一，记录却不存在", f->label), arena_printf(a,
		"SELECT k.record_id FROM claim k WHERE k.kind = ?1 AND NOT EXISTS (SELECT 1 FROM %s x WHERE x.city = k.city AND x.id = k.record_id)"
		" ORDER BY 1", e->name), &kind, 1);
}

enum rc verify_claims(struct oracle *o, const struct entity *e)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < e->n_fields && !rc; i++)
		if (e->fields[i].flags & CLAIM)
			rc = one_field(o, e, &e->fields[i]);
	return rc;
}
