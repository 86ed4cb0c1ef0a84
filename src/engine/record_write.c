/* record_write.c -- keeping a record: numbers, claims, the row, the past version, the search index, the audit entry, the room's .made.
 * Everything happens in the caller's transaction; a refusal undoes all of it there. */
#include "engine/inner_record.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/text.h"
#include "engine/access.h"
#include "engine/audit.h"
#include "engine/flow.h"
#include "engine/inner_query.h"
#include "engine/inner_types.h"
#include "engine/more.h"
#include "store/sql.h"
#include <stdio.h>

static enum rc duplicate(struct ctx *c, const struct entity *e, const struct field *f)
{
	if (f)
		return ctx_problem(c, RC_CONFLICT, f->name, "duplicate_key", ctx_say(c, "%s已登记过，不能重复登记，请查找已有的%s",
			"This %s is already registered; look for the existing %s"), type_label(c, f), ctx_say(c, e->label, e->en));
	return ctx_problem(c, RC_CONFLICT, NULL, "duplicate_key", ctx_say(c, "已有相同的%s，不能重复登记", "The same %s is already registered"),
		ctx_say(c, e->label, e->en));
}

/* SQLite names a broken index by its columns, "needs.city, needs.no": the last one is what the sender can mend. */
static const struct field *last_named(struct ctx *c, const struct entity *e, const char *said)
{
	const char *column = strrchr(said, '.') + 1, *hash = strstr(column, "_hash");
	const struct field *f = room_field(e, column);

	return f || !hash ? f : room_field(e, arena_strndup(c->arena, column, (size_t)(hash - column)));
}

enum rc record_conflict(struct ctx *c, const struct entity *e)
{
	const char *said = tx_constraint(c->tx);
	const struct hold *h = said ? sql_hold_of(e, said) : NULL;

	if (h)
		return ctx_problem(c, RC_CONFLICT, h->field, h->code ? h->code : "conflict", "%s", h->message);
	if (said && strchr(said, '.'))
		return duplicate(c, e, last_named(c, e, said));
	if (said && strstr(said, "_key"))
		return duplicate(c, e, record_key_field(e));
	if (said && strstr(said, "_no"))
		return duplicate(c, e, room_field(e, "no"));
	return ctx_problem(c, RC_CONFLICT, NULL, "conflict", ctx_say(c, "%s与已有的数据冲突，没有保存，请核对后重试",
		"The %s conflicts with other data and was not saved; please check"), ctx_say(c, e->label, e->en));
}

static enum rc judged(struct ctx *c, const struct entity *e, enum rc rc)
{
	return rc == RC_CONFLICT ? record_conflict(c, e) : rc;
}

/* Prefix, county, month, six digits counted in the city, check character: XQ210102202011000001K. */
static enum rc give_number(struct ctx *c, struct record *r)
{
	const struct field *f = r->e->number ? room_field(r->e, "no") : NULL;
	int y, m, d;
	char *series;
	int64_t n = 0;
	enum rc rc;

	if (!f || !record_empty(r, record_at(r, f)))
		return RC_OK;
	day_split(clock_day(c->now), &y, &m, &d);
	series = arena_printf(c->arena, "%s%06d%04d%02d", r->e->number, r->county, y, m);
	rc = query_int(c, "INSERT INTO counter (city, name, value) VALUES (?1, ?2, 1)"
		" ON CONFLICT (city, name) DO UPDATE SET value = counter.value + 1 RETURNING value",
		(const struct value[]){ VINT(r->city), value_text(series) }, 2, &n);
	if (rc)
		return rc;
	series = arena_printf(c->arena, "%s%06lld", series, (long long)n);
	record_put(r, record_at(r, f), value_text(arena_printf(c->arena, "%s%c", series, ident_check31(series))));
	return RC_OK;
}

/* What stands in claim.value: the text, or the hash of a personal one. */
static struct value claim_value(struct ctx *c, struct record *r, unsigned i)
{
	const struct field *f = &r->e->fields[i];
	const struct value *v = record_value(c, r, i);
	const char *text = v->type == V_INT ? arena_printf(c->arena, "%lld", (long long)v->i) : v->s;
	uint8_t hash[32];

	if (v->type == V_NULL || f->cls < S3)
		return value_text(v->type == V_NULL ? NULL : text);
	record_hash(f, text, hash);
	return value_text(text_hex(c->arena, hash, sizeof hash));
}

/* R7: unique across the country. The old value is given up in the same transaction. */
static enum rc claim(struct ctx *c, struct record *r)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < r->e->n_fields && !rc; i++) {
		const struct field *f = &r->e->fields[i];
		struct value kind, now, was;
		int64_t changed = 1;

		if (!(f->flags & CLAIM) || !record_differs(r, i))
			continue;
		kind = value_text(arena_printf(c->arena, "%s.%s", r->e->name, f->name));
		now = claim_value(c, r, i), was = r->old ? claim_value(c, r->old, i) : VNULL;
		if (was.type != V_NULL)
			rc = tx_exec(c->tx, "DELETE FROM claim WHERE kind = ?1 AND value = ?2", (const struct value[]){ kind, was }, 2, NULL);
		if (!rc && now.type != V_NULL)
			rc = tx_exec(c->tx, "INSERT INTO claim (kind, value, city, record_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
				(const struct value[]){ kind, now, VINT(r->city), VINT(r->id) }, 4, &changed);
		if (!rc && !changed)
			rc = duplicate(c, r->e, f);
	}
	return rc;
}

/* Bigrams of the open SEARCH fields and the region at every level, so that a search inside a region needs one index. */
static const char *tokens(struct ctx *c, struct record *r)
{
	static const unsigned levels[] = { 2, 4, 6, 9, 12 };
	char region[16];
	struct buf b;

	if (!room_flagged(r->e, SEARCH))
		return NULL;
	buf_init(&b, c->arena);
	for (unsigned i = 0; i < r->e->n_fields; i++) {
		const struct field *f = &r->e->fields[i];

		if (!(f->flags & SEARCH) || (f->flags & SEALED) || f->cls > S2 || r->v[i].type == V_NULL)
			continue;
		buf_str(&b, types[f->type].text(c, f, &r->v[i]));
		buf_str(&b, "\n");
	}
	const char *bigrams = text_bigrams(c->arena, b.n ? b.p : "");

	buf_init(&b, c->arena);
	buf_str(&b, bigrams);
	snprintf(region, sizeof region, "%012lld", (long long)r->region);
	for (unsigned i = 0; i < COUNT(levels); i++)
		buf_printf(&b, " r%.*s", (int)levels[i], region);
	return b.p;
}

static enum rc put_tokens(struct ctx *c, struct record *r)
{
	const char *now = tokens(c, r), *was = r->old ? tokens(c, r->old) : NULL;

	if (!now || (was && !strcmp(now, was)))
		return RC_OK;
	return sql_find_put(c->tx, r->e, r->id, now, was);
}

static void written(struct ctx *c, struct record *r)
{
	memset(r->dirty, 0, r->e->n_fields);
	r->changed = false;
	if (r->e == c->house->rules || r->e == c->house->places || r->e == c->house->classes || r->e == c->house->holidays)
		rules_changed(c, r->e);
}

const char *record_field_names(struct ctx *c, struct record *r)
{
	struct buf b;
	struct jout o;

	buf_init(&b, c->arena);
	jout_init(&o, &b);
	jout_open(&o, '{');
	jout_kvi(&o, "version", r->version);
	jout_key(&o, "fields");
	jout_open(&o, '[');
	for (unsigned i = 0; i < r->e->n_fields; i++)
		if (record_differs(r, i))
			jout_str(&o, r->e->fields[i].name);
	jout_close(&o, ']');
	jout_close(&o, '}');
	return b.p;
}

/* What hooks could not learn for certain must not become a record. */
static enum rc trusted(const struct ctx *c)
{
	return c->failed ? c->failed : c->no_rule ? RC_NO_RULE : RC_OK;
}

static enum rc ask_made(struct ctx *c, struct record *r)
{
	const struct entity *before = c->acting;
	enum rc rc;

	if (!r->e->made)
		return RC_OK;
	c->acting = r->e;
	rc = r->e->made(c, r);
	c->acting = before;
	return rc ? rc : record_again(c, r);
}

enum rc record_insert(struct ctx *c, struct record *r)
{
	struct value *cols;
	unsigned n;
	enum rc rc;

	r->id = id_new(c->store, r->city);
	r->version = 1;
	r->created = r->updated = c->now;
	r->created_by = r->updated_by = c->who->person;
	r->entered = r->entered ? r->entered : c->now;
	r->imported |= c->importing;
	if ((rc = trusted(c)) || (rc = give_number(c, r)) || (rc = flow_due(c, r)) || (rc = trusted(c)) || (rc = claim(c, r)))
		return rc;
	cols = record_columns(c, r, 0, &n);
	if ((rc = tx_exec(c->tx, sql_insert(c->arena, r->e), cols, n, NULL)))
		return judged(c, r->e, rc);
	if ((rc = put_tokens(c, r)))
		return rc;
	if ((rc = audit_add(c, r->city, r->imported ? "import" : "create", r->e->name, r->id, "ok", NULL)))
		return rc;
	written(c, r);
	return ask_made(c, r);
}

/* One UPDATE of the row that stands at `version`. */
static enum rc overwrite(struct ctx *c, struct record *r, int64_t version)
{
	unsigned n;
	struct value *cols = record_columns(c, r, 2, &n);
	int64_t changed = 0;
	enum rc rc;

	cols[n] = VINT(r->id), cols[n + 1] = VINT(version);
	if ((rc = tx_exec(c->tx, sql_update(c->arena, r->e), cols, n + 2, &changed)))
		return judged(c, r->e, rc);
	if (!changed)
		return ctx_problem(c, RC_STALE, NULL, "stale", ctx_say(c, "%s已被别人修改，请刷新后再改", "The %s was changed by somebody else; reload it"),
			ctx_say(c, r->e->label, r->e->en));
	return RC_OK;
}

enum rc record_update(struct ctx *c, struct record *r, const char *action)
{
	const struct value past[] = { VINT(r->id), VINT(c->now), VINT(c->who->person) };
	int64_t version = r->version;
	enum rc rc = trusted(c);

	if (!rc && !r->old) {                                           /* what stood there is needed for claims and the index */
		struct record *old;

		if ((rc = record_load(c, r->e, r->id, false, &old)) || !old)
			return rc ? rc : RC_STALE;
		r->old = old;
	}
	if (!rc && !(r->e->flags & APPEND_ONLY))
		rc = tx_exec(c->tx, sql_keep_past(c->arena, r->e), past, COUNT(past), NULL);
	r->version = version + 1;
	r->updated = c->now;
	r->updated_by = c->who->person;
	if (rc || (rc = claim(c, r)) || (rc = overwrite(c, r, version)) || (rc = put_tokens(c, r)))
		return rc;
	if ((rc = audit_add(c, r->city, action, r->e->name, r->id, "ok", record_field_names(c, r))))
		return rc;
	written(c, r);
	return RC_OK;
}

/* Hooks may have moved the row meanwhile: what they set on this copy goes over the row as it stands. */
enum rc record_again(struct ctx *c, struct record *r)
{
	struct record *now;
	enum rc rc = trusted(c);

	if (rc || !r->changed)
		return rc;
	if ((rc = record_load(c, r->e, r->id, true, &now)))
		return rc;
	if (!now)
		return RC_STALE;
	for (unsigned i = 0; i < r->e->n_fields; i++)
		if (r->dirty[i])
			record_put(now, i, r->v[i]);
	now->updated = c->now;
	if ((rc = claim(c, now)) || (rc = overwrite(c, now, now->version)) || (rc = put_tokens(c, now)))
		return rc;
	written(c, now);
	now->old = r->old;
	now->problems_from = r->problems_from;
	*r = *now;
	return RC_OK;
}
