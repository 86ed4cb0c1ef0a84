/* verify.c -- the oracle: says everything in a database that cannot be so. Reads only; asks the tables of the rooms and the laws of the
 * house, never a cache. A fault is one sentence with the room, the record and what is wrong. */
#include "engine/inner_query.h"
#include "engine/inner_verify.h"
#include "engine/audit.h"
#include "engine/more.h"
#include "store/sql.h"
#include <string.h>

bool verify_say(struct oracle *o, const char *format, ...)
{
	struct mark m = arena_mark(o->c->arena);
	va_list ap;

	va_start(ap, format);
	o->faults++;
	o->stopped |= !o->say(o->arg, arena_vprintf(o->c->arena, format, ap));
	va_end(ap);
	arena_rewind(o->c->arena, m);
	return !o->stopped;
}

enum rc verify_each(struct oracle *o, const struct entity *e, const char *what, const char *sql, const struct value *args, unsigned n)
{
	const struct value *cols;
	struct rows *rows;
	enum rc rc = o->stopped ? RC_OK : tx_query(o->c->tx, sql, args, n, &rows), end;

	if (rc || o->stopped)
		return rc;
	while (!o->stopped && rows_next(rows, &cols))
		verify_say(o, "%s %lld：%s", e->name, (long long)cols[0].i, what);
	end = rows_end(rows);
	return end;
}

static enum rc count(struct oracle *o, const char *sql, const struct value *args, unsigned n, int64_t *out)
{
	return query_int(o->c, sql, args, n, out);
}

/* -- the row itself */
static enum rc states(struct oracle *o, const struct entity *e)
{
	struct value *args = arena_alloc(o->c->arena, (e->n_states + 1) * sizeof *args);
	struct buf b;

	buf_init(&b, o->c->arena);
	buf_printf(&b, "SELECT x.id FROM %s x WHERE x.state NOT IN (", e->name);
	if (!e->n_states)
		args[0] = value_text("active"), buf_str(&b, "?1");
	for (unsigned i = 0; i < e->n_states; i++) {
		args[i] = value_text(e->states[i].code);
		buf_printf(&b, i ? ", ?%u" : "?%u", i + 1);
	}
	buf_str(&b, ") ORDER BY x.id");
	return verify_each(o, e, "状态不在本类记录的状态表中", b.p, args, e->n_states ? e->n_states : 1);
}

static enum rc base(struct oracle *o, const struct entity *e)
{
	static const struct { const char *where, *what; } table[] = {
		{ "x.city <> ((x.id >> 8) & 16383)", "城市与编号中的城市不符" },
		{ "x.county <> x.region / 1000000", "区县与区划代码不符" },
		{ "x.region < 100000000000 OR x.region > 999999999999", "区划代码不是 12 位" },
		{ "x.version < 1", "版本号小于 1" },
		{ "x.updated < x.created AND x.imported = 0", "更新时间早于登记时间" },
	};
	enum rc rc = states(o, e);

	for (unsigned i = 0; i < COUNT(table) && !rc; i++)
		rc = verify_each(o, e, table[i].what, arena_printf(o->c->arena, "SELECT x.id FROM %s x WHERE %s ORDER BY x.id", e->name, table[i].where), NULL, 0);
	for (unsigned i = 0; i < e->n_holds && !rc; i++)
		if (e->holds[i].kind == CHECK)
			rc = verify_each(o, e, e->holds[i].message, arena_printf(o->c->arena, "SELECT x.id FROM %s x WHERE NOT (%s) ORDER BY x.id", e->name,
				e->holds[i].what), NULL, 0);
	return rc;
}

/* -- what it points at */
static enum rc refs(struct oracle *o, const struct entity *e)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < e->n_fields && !rc; i++) {
		const struct field *f = &e->fields[i];

		if (f->type != T_REF || !f->ref || sql_is_blob(f))
			continue;
		rc = verify_each(o, e, arena_printf(o->c->arena, "“%s”指向的记录不存在", f->label), arena_printf(o->c->arena,
			"SELECT x.id FROM %s x WHERE x.%s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s t WHERE t.city = ((x.%s >> 8) & 16383)"
			" AND t.id = x.%s) ORDER BY x.id", e->name, f->name, f->ref->name, f->name, f->name), NULL, 0);
		if (rc || (f->flags & SOFT) || (f->ref->flags & EVERYWHERE) || (e->flags & EVERYWHERE))
			continue;
		rc = verify_each(o, e, arena_printf(o->c->arena, "与“%s”不在同一个城市", f->label), arena_printf(o->c->arena,
			"SELECT x.id FROM %s x WHERE x.%s IS NOT NULL AND x.city <> ((x.%s >> 8) & 16383) ORDER BY x.id", e->name, f->name, f->name), NULL, 0);
	}
	return rc;
}

static bool has_column(const struct entity *e, const char *name)
{
	return room_field(e, name) != NULL;
}

static enum rc numbers(struct oracle *o, const struct entity *e)
{
	if (!e->number || !has_column(e, "no"))
		return RC_OK;
	return verify_each(o, e, "编号与另一条记录相同", arena_printf(o->c->arena, "SELECT max(x.id) FROM %s x WHERE x.no IS NOT NULL"
		" GROUP BY x.city, x.no HAVING count(*) > 1", e->name), NULL, 0);
}

static enum rc versions(struct oracle *o, const struct entity *e)
{
	if (e->flags & APPEND_ONLY)
		return RC_OK;
	return verify_each(o, e, "过去的版本不连续", arena_printf(o->c->arena, "SELECT x.id FROM %s x WHERE x.version <> 1 + (SELECT count(*) FROM %s_past p"
		" WHERE p.city = x.city AND p.id = x.id) ORDER BY x.id", e->name, e->name), NULL, 0);
}

/* Every indexed record carries the word of its province, so the index can be counted without knowing how it is kept. */
static enum rc search(struct oracle *o, const struct entity *e)
{
	int64_t rows = 0, found = 0;
	struct value arg;
	enum rc rc;

	if (!room_flagged(e, SEARCH))
		return RC_OK;
	rc = count(o, arena_printf(o->c->arena, "SELECT count(*) FROM %s x WHERE x.region BETWEEN 210000000000 AND 219999999999", e->name), NULL, 0, &rows);
	if (!rc) {
		const char *match = sql_find_match(o->c->arena, e, store_kind(o->c->store), 1, "r21", &arg);

		rc = count(o, arena_printf(o->c->arena, "SELECT count(*) FROM %s x WHERE %s", e->name, match), &arg, 1, &found);
	}
	if (!rc && rows != found)
		verify_say(o, "%s：共 %lld 条记录，搜索索引里只有 %lld 条", e->name, (long long)rows, (long long)found);
	return rc;
}

/* Reference tables are filled in one go and audited as one entry; everything else one by one, and nothing vanishes without a word. */
static enum rc entries(struct oracle *o, const struct entity *e)
{
	static const char born[] = "action IN ('create', 'import')";
	struct arena *a = o->c->arena;
	struct value arg = value_text(e->name);
	int64_t rows = 0, written = 0;
	enum rc rc;

	if (e->flags & EVERYWHERE)
		return RC_OK;
	if ((rc = verify_each(o, e, "审计中没有它的登记", arena_printf(a, "SELECT x.id FROM %s x WHERE NOT EXISTS (SELECT 1 FROM audit b"
		" WHERE b.city = x.city AND b.record = x.id AND b.%s) ORDER BY x.id", e->name, born), NULL, 0)))
		return rc;
	rc = count(o, arena_printf(a, "SELECT count(*) FROM %s", e->name), NULL, 0, &rows);
	if (!rc)
		rc = count(o, arena_printf(a, "SELECT count(*) FROM audit b WHERE b.room = ?1 AND b.record > 0 AND b.%s", born), &arg, 1, &written);
	if (rc || written == rows)
		return rc;
	return verify_each(o, e, "审计中登记过，记录却不见了", arena_printf(a, "SELECT b.record FROM audit b WHERE b.room = ?1 AND b.record > 0 AND b.%s"
		" AND NOT EXISTS (SELECT 1 FROM %s x WHERE x.city = b.city AND x.id = b.record)"
		" AND NOT EXISTS (SELECT 1 FROM import_job j WHERE j.city = b.city AND j.id = b.record)"
		" AND NOT EXISTS (SELECT 1 FROM audit g WHERE g.city = b.city AND g.record = b.record AND g.action = 'erase') ORDER BY 1",
		born, e->name), &arg, 1);
}

static enum rc room(struct oracle *o, const struct entity *e)
{
	enum rc rc;

	if ((rc = base(o, e)) || (rc = refs(o, e)) || (rc = numbers(o, e)) || (rc = versions(o, e)) || (rc = verify_claims(o, e)) || (rc = search(o, e)))
		return rc;
	return entries(o, e);
}

/* -- the house */
static enum rc law(struct oracle *o, const struct law *l)
{
	const struct value *cols;
	struct rows *rows;
	enum rc rc = tx_query(o->c->tx, l->sql, NULL, 0, &rows);

	if (rc) {
		verify_say(o, "法则 %s 无法检查：%s", l->name, tx_message(o->c->tx));
		return rc;
	}
	while (!o->stopped && rows_next(rows, &cols))
		verify_say(o, "%s %lld：%s%s%s", l->name, (long long)cols[0].i, l->label, rows_width(rows) > 1 && cols[1].s ? "：" : "",
			rows_width(rows) > 1 && cols[1].s ? cols[1].s : "");
	return rows_end(rows);
}

static bool count_line(void *arg, const char *line)
{
	struct oracle *o = arg;

	o->faults++;
	o->stopped |= !o->say(o->arg, line);
	return !o->stopped;
}

enum rc verify_run(struct ctx *c, bool (*say)(void *, const char *), void *arg, int64_t *faults)
{
	struct oracle o = { .c = c, .say = say, .arg = arg };
	int64_t before;
	enum rc rc;

	rc = store_check(c->store, count_line, &o);
	if (rc && !o.faults)
		return rc;
	rc = RC_OK;
	for (unsigned i = 0; i < n_rooms && !rc && !o.stopped; i++) {
		struct mark m = arena_mark(c->arena);

		rc = room(&o, rooms[i]);
		arena_rewind(c->arena, m);
	}
	for (unsigned i = 0; i < c->house->n_laws && !rc && !o.stopped; i++)
		rc = law(&o, &c->house->laws[i]);
	before = o.faults;
	if (!rc && !o.stopped && !audit_verify(c, NULL, count_line, &o) && o.faults == before)
		verify_say(&o, "%s", "审计链不完整");
	*faults = o.faults;
	return rc;
}
