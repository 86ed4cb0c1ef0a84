/* papers_job.c -- jobs that read a file into a room: who started them, how they ended; and the tree of divisions for choosing a place. */
#include "engine/papers.h"
#include "engine/account.h"
#include "engine/audit.h"
#include "engine/more.h"
#include "base/clock.h"
#include "base/text.h"
#include <string.h>

enum { STAFF = COMMUNITY | OFFICE | AUDITOR };

static int city_of(const struct caller *who)
{
	int city = (int)(who->region / 100000000);
	return city ? city : 2100;
}

enum rc import_job_add(struct ctx *c, const struct entity *e, const char *file, int64_t *id)
{
	int city = city_of(c->who);
	*id = id_new(c->store, city);
	const struct value v[] = { VINT(city), VINT(*id), value_text(e->name), VINT(c->who->account), value_text(file), value_text("running"), VINT(clock_real()), VINT(0) };
	enum rc rc = tx_exec(c->tx, "INSERT INTO import_job (city, id, room, account, file_name, state, at, done) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		v, COUNT(v), NULL);
	return rc ? rc : audit_add(c, city, "import", e->name, *id, "ok", NULL);
}

enum rc import_job_end(struct ctx *c, int64_t id, const char *state, int64_t rows, const char *report, const char *errors)
{
	const struct value v[] = { VINT(ID_CITY(id)), VINT(id), value_text(state), VINT(rows), value_text(report), value_text(errors) };
	return tx_exec(c->tx, "UPDATE import_job SET state = ?3, done = ?4, report = ?5, errors_csv = ?6 WHERE city = ?1 AND id = ?2", v, COUNT(v), NULL);
}

/* Staff see what was started inside their own division. */
static bool oversees(struct ctx *c, int64_t account)
{
	struct account a;
	int64_t lo, hi, width = 1;
	if (!(c->who->role & STAFF) || account_get(c, account, &a))
		return false;
	unsigned digits = region_digits(c->who->region);
	for (unsigned i = digits; i < 12; i++)
		width *= 10;
	region_range(c->who->region / width, digits, &lo, &hi);
	return a.region >= lo && a.region <= hi;
}

enum rc import_job_get(struct ctx *c, int64_t id, struct import_job *job)
{
	struct rows *rows;
	const struct value *v, args[] = { VINT(ID_CITY(id)), VINT(id) };
	enum rc rc = tx_query(c->tx, "SELECT room, account, file_name, state, report, errors_csv, at, done FROM import_job WHERE city = ?1 AND id = ?2",
		args, COUNT(args), &rows);
	if (rc)
		return rc;
	bool found = rows_next(rows, &v);
	if (found) {
		struct arena *a = c->arena;
		*job = (struct import_job){ id, v[1].i, v[6].i, v[7].i, arena_strdup(a, v[0].s), v[2].s ? arena_strdup(a, v[2].s) : NULL, arena_strdup(a, v[3].s),
			v[4].s ? arena_strdup(a, v[4].s) : NULL, v[5].s ? arena_strdup(a, v[5].s) : NULL };
	}
	rc = rows_end(rows);
	if (rc)
		return rc;
	return found && (job->account == c->who->account || oversees(c, job->account)) ? RC_OK : RC_MISSING;
}

enum rc import_job_sweep(struct ctx *c, const char *report)
{
	const struct value v[] = { value_text(report) };
	return tx_exec(c->tx, "UPDATE import_job SET state = 'refused', report = ?1 WHERE state = 'running'", v, COUNT(v), NULL);
}

static bool digits_only(const char *s)
{
	return strspn(s, "0123456789") == strlen(s);
}

/* Level of a division by its significant digits: 2 province 1, 4 city 2, 6 county 3, 9 street 4, 12 community 5. */
static int64_t below(size_t n)
{
	return n == 0 ? 1 : n == 2 ? 2 : n == 4 ? 3 : n == 6 ? 4 : n == 9 ? 5 : 0;
}

enum rc places_below(struct ctx *c, const char *prefix, struct jout *j)
{
	int64_t number = 0, lo = 0, hi = INT64_C(999999999999);
	struct rows *rows;
	const struct value *v;
	size_t n = strlen(prefix);
	if (n == 12 && text_int(prefix, &number))
		prefix = arena_strndup(c->arena, prefix, n = region_digits(number));
	if (n == 12) {                           /* a community has nothing below */
		jout_raw(j, "{\"items\":[]}");
		return RC_OK;
	}
	if (!digits_only(prefix) || !below(n) || (n && !text_int(prefix, &number)))
		return ctx_problem(c, RC_REJECTED, "under", "place_bad", "区划代码应为 2、4、6、9 或 12 位数字");
	if (n)
		region_range(number, (unsigned)n, &lo, &hi);
	const struct value args[] = { VINT(lo), VINT(hi), VINT(below(n)) };
	enum rc rc = tx_query(c->tx, arena_printf(c->arena, "SELECT code, name, level, kind FROM %s WHERE city = 2100 AND code BETWEEN ?1 AND ?2 AND level = ?3 "
		"ORDER BY code", c->house->places->name), args, COUNT(args), &rows);
	if (rc)
		return rc;
	jout_open(j, '{');
	jout_key(j, "items");
	jout_open(j, '[');
	while (rows_next(rows, &v)) {
		jout_open(j, '{');
		jout_key(j, "code");
		jout_id(j, v[0].i);
		jout_kv(j, "name", v[1].s);
		jout_kvi(j, "level", v[2].i);
		jout_kv(j, "kind", v[3].type == V_TEXT ? v[3].s : NULL);
		jout_close(j, '}');
	}
	jout_close(j, ']');
	jout_close(j, '}');
	return rows_end(rows);
}
