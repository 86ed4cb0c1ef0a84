/* test_sql.c -- what sql.c writes is understood by the database and means what sql.h says; rules R1-R6, R13. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/migrate.h"
#include "store/sql.h"
#include "store_rooms.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *a;
static struct store *st;
static int64_t shop_id, other_id;

static enum rc script(struct tx *tx, void *arg) { return tx_script(tx, arg); }

static int open_url(const char *url)
{
	const char *why = NULL;

	a = arena_new(0);
	st = store_open(a, url, true, 2, &why);
	if (!st)
		fail_msg("%s", why);
	if (store_kind(st) == STORE_POSTGRES)
		assert_int_equal(store_write(st, script, "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"), RC_OK);
	if (migrate_run(st, test_rooms, 3, &why))
		fail_msg("%s", why);
	shop_id = id_new(st, 2101);
	other_id = id_new(st, 2102);
	return 0;
}
static int setup_sqlite(void **s) { (void)s; return open_url("sqlite::memory:"); }
static int setup_pg(void **s) { (void)s; return open_url(getenv("SANSHE_TEST_PG")); }
static int teardown(void **s) { (void)s; store_close(st); arena_free(a); return 0; }

enum { NO = N_BASE, NAME, PHONE, PHONE_HASH, GRADE, OPENED, WORKS, OPEN, KIND, WIDTH };

static void fill(struct value *v, int64_t id, const char *no, const char *name)
{
	for (int i = 0; i < WIDTH; i++)
		v[i] = VNULL;
	v[B_ID] = VINT(id), v[B_CITY] = VINT(ID_CITY(id)), v[B_COUNTY] = VINT(ID_CITY(id) * 100 + 2), v[B_REGION] = VINT(210102000000);
	v[B_STATE] = value_text("new"), v[B_VERSION] = VINT(1), v[B_FORM] = VINT(1), v[B_ENTERED] = VINT(1), v[B_IMPORTED] = VINT(0);
	v[B_CREATED] = v[B_UPDATED] = VINT(1700000000000), v[B_CREATED_BY] = v[B_UPDATED_BY] = VINT(7);
	v[NO] = value_text(no), v[NAME] = value_text(name);
}

struct row { struct value v[WIDTH + 2]; const char *sql; unsigned n; int64_t changed; const struct hold *hold; bool named; };

static enum rc run(struct tx *tx, void *arg)
{
	struct row *r = arg;
	enum rc rc = tx_exec(tx, r->sql, r->v, r->n, &r->changed);

	r->named = tx_constraint(tx) != NULL;
	r->hold = rc ? sql_hold_of(&shop, tx_constraint(tx)) : NULL;
	return rc;
}

static enum rc insert(struct row *r)
{
	r->sql = sql_insert(a, &shop);
	r->n = WIDTH;
	return store_write(st, run, r);
}

static void test_columns(void **s)
{
	const char *names[64];
	unsigned n = sql_columns(&shop, names, 64);

	(void)s;
	assert_int_equal(n, WIDTH);
	assert_string_equal(names[B_ID], "id");
	assert_string_equal(names[PHONE_HASH], "phone_hash");
	assert_int_equal(sql_field_at(&shop, 2), PHONE);
	assert_int_equal(sql_field_at(&shop, 3), GRADE);
	assert_string_equal(names[KIND], "kind");
}

static enum rc check_row(struct tx *tx, void *arg)
{
	const struct value id = VINT(shop_id), *v;
	struct rows *r;

	(void)arg;
	assert_int_equal(tx_query(tx, sql_by_id(a, &shop, true, store_kind(st)), &id, 1, &r), RC_OK);
	assert_int_equal(rows_width(r), WIDTH);
	assert_true(rows_next(r, &v));
	assert_true(v[B_ID].i == shop_id && v[B_CITY].i == 2101 && v[B_VERSION].i == 2 && v[B_REGION].i == 210102000000);
	assert_string_equal(v[NAME].s, "新名");
	assert_true(v[PHONE].type == V_BLOB && v[PHONE].n == 5 && v[PHONE_HASH].type == V_BLOB);
	assert_true(v[GRADE].type == V_NULL && v[OPENED].i == 19000);
	assert_false(rows_next(r, &v));
	return rows_end(r);
}

static enum rc past_row(struct tx *tx, void *arg)
{
	const struct value *v;
	struct rows *r;

	(void)arg;
	assert_int_equal(tx_query(tx, "SELECT version, name, known_to, author FROM shop_past", NULL, 0, &r), RC_OK);
	assert_true(rows_next(r, &v));
	assert_true(v[0].i == 1 && v[2].i == 99 && v[3].i == 8);
	assert_string_equal(v[1].s, "旧名");
	assert_false(rows_next(r, &v));
	return rows_end(r);
}

static void test_life(void **s)
{
	struct row r = { 0 }, past = { .v = { VINT(shop_id), VINT(99), VINT(8) }, .n = 3, .sql = sql_keep_past(a, &shop) };

	(void)s;
	fill(r.v, shop_id, "1", "旧名");
	assert_int_equal(insert(&r), RC_OK);
	assert_int_equal(store_write(st, run, &past), RC_OK);
	r.v[NAME] = value_text("新名"), r.v[PHONE] = value_blob("ab\0cd", 5), r.v[PHONE_HASH] = value_blob("h", 1), r.v[OPENED] = VINT(19000);
	r.v[B_VERSION] = VINT(2), r.v[B_CITY] = VINT(1), r.v[WIDTH] = VINT(shop_id), r.v[WIDTH + 1] = VINT(1);
	r.sql = sql_update(a, &shop), r.n = WIDTH + 2;
	assert_int_equal(store_write(st, run, &r), RC_OK);
	assert_int_equal(r.changed, 1);
	assert_int_equal(store_write(st, run, &r), RC_OK);
	assert_int_equal(r.changed, 0);                    /* the version has moved on */
	assert_int_equal(store_write(st, check_row, NULL), RC_OK);
	assert_int_equal(store_read(st, past_row, NULL), RC_OK);
}

static void refused(struct row *r, const char *hold)
{
	assert_int_equal(insert(r), RC_CONFLICT);
	if (hold) {
		assert_non_null(r->hold);
		assert_string_equal(r->hold->name, hold);
	} else
		assert_null(r->hold);
	assert_true(r->named);
}

static void test_holds(void **s)
{
	struct row r = { 0 }, b = { 0 };

	(void)s;
	fill(r.v, shop_id, "1", "店");
	r.v[PHONE_HASH] = value_blob("h", 1), r.v[GRADE] = VINT(3), r.v[OPENED] = VINT(5), r.v[KIND] = value_text("a");
	assert_int_equal(insert(&r), RC_OK);
	fill(b.v, id_new(st, 2101), "2", "别的店");
	b.v[OPENED] = VINT(-1);
	refused(&b, "dates");
	b.v[OPENED] = VNULL, b.v[PHONE_HASH] = value_blob("h", 1);
	refused(&b, "one_phone");
	b.v[PHONE_HASH] = VNULL, b.v[NAME] = value_text("店"), b.v[GRADE] = VINT(3);
	refused(&b, "one_name");
	b.v[NAME] = value_text("又一"), b.v[OPENED] = VINT(5), b.v[KIND] = value_text("a");
	refused(&b, "one_kind");
	b.v[OPENED] = VNULL, b.v[GRADE] = VINT(9);
	refused(&b, NULL);                                 /* range */
	b.v[GRADE] = VNULL, b.v[NO] = value_text("1");
	refused(&b, NULL);                                 /* number within the city */
	b.v[NO] = value_text("2"), b.v[B_STATE] = value_text("none");
	refused(&b, NULL);
	b.v[B_STATE] = value_text("new"), b.v[B_CITY] = VINT(2102);
	refused(&b, NULL);                                 /* R3: the city is the one in the id */
	fill(b.v, other_id, "1", "店");
	b.v[PHONE_HASH] = value_blob("h", 1), b.v[GRADE] = VINT(3);
	assert_int_equal(insert(&b), RC_OK);               /* another city: its own numbers */
	fill(b.v, id_new(st, 2101), "4", "孤儿");
	b.v[WORKS] = VINT(shop_id);
	assert_int_equal(insert(&b), RC_CONFLICT);         /* no such work */
}

struct find { const char *tokens; int64_t n; };
static enum rc find(struct tx *tx, void *arg)
{
	struct find *f = arg;
	struct value args[2] = { value_text("new") };
	const char *match = sql_find_match(a, &shop, store_kind(st), 2, f->tokens, &args[1]);
	const struct value *v;
	struct rows *r;
	enum rc rc = tx_query(tx, arena_printf(a, "SELECT count(*) FROM shop x WHERE x.state = ?1 AND %s", match), args, 2, &r);

	if (rc)
		return rc;
	f->n = rows_next(r, &v) ? v[0].i : -1;
	return rows_end(r);
}

static enum rc page(struct tx *tx, void *arg)
{
	struct find *f = arg;
	struct value args[2] = { value_text("new") };
	const char *id, *select = sql_find_select(a, &shop, store_kind(st), 2, &id);
	const struct value *v;
	struct rows *r;
	enum rc rc;

	sql_find_match(a, &shop, store_kind(st), 2, f->tokens, &args[1]);
	rc = tx_query(tx, arena_printf(a, "%s AND x.state = ?1 AND %s > 0 ORDER BY %s DESC LIMIT 20", select, id, id), args, 2, &r);
	if (rc)
		return rc;
	assert_int_equal(rows_width(r), WIDTH);
	f->n = 0;
	while (rows_next(r, &v))
		f->n += v[B_ID].i == shop_id;
	return rows_end(r);
}

static int64_t found(const char *tokens)
{
	struct find f = { .tokens = tokens };
	int64_t n;

	assert_int_equal(store_read(st, find, &f), RC_OK);
	n = f.n;
	assert_int_equal(store_read(st, page, &f), RC_OK);
	assert_int_equal(f.n, n);                          /* both ways find the same */
	return n;
}

static const char *tokens, *was;
static enum rc put(struct tx *tx, void *arg) { return sql_find_put(tx, &shop, *(int64_t *)arg, tokens, was); }

static void test_words(void **s)
{
	struct row r = { 0 };

	(void)s;
	fill(r.v, shop_id, "1", "店");
	assert_int_equal(insert(&r), RC_OK);
	was = NULL, tokens = "助浴 浴服 服务 r21 r2101 \xF0\x9F\x98\x80 é\"} ᠮᠣ";
	assert_int_equal(store_write(st, put, &shop_id), RC_OK);
	assert_int_equal(found("助浴"), 1);
	assert_int_equal(found("服务 助浴 r2101"), 1);
	assert_int_equal(found("助浴 没有"), 0);
	assert_int_equal(found("助"), 0);
	assert_int_equal(found("\xF0\x9F\x98\x80"), 1);
	assert_int_equal(found("é\"} ᠮᠣ"), 1);
	assert_int_equal(found("é"), 0);
	assert_int_equal(found("  "), 0);
	was = tokens, tokens = "助餐 r21 r2101";
	assert_int_equal(store_write(st, put, &shop_id), RC_OK);
	assert_int_equal(found("助浴"), 0);
	assert_int_equal(found("助餐 r21"), 1);
}

static void test_rules(void **s)
{
	static const char *const banned[] = { "TRIGGER", "SERIAL", "AUTOINCREMENT", "nextval", "POLICY", "NO_OVERLAP" };

	(void)s;
	for (int kind = 0; kind < 2; kind++) {
		struct buf b;

		buf_init(&b, a);
		for (unsigned i = 0; i < 3; i++) {
			buf_str(&b, sql_tables(a, test_rooms[i], kind));
			buf_str(&b, sql_indexes(a, test_rooms[i], kind));
		}
		buf_str(&b, sql_system(a, kind));
		for (unsigned i = 0; i < COUNT(banned); i++)
			assert_null(strstr(b.p, banned[i]));
		assert_null(strstr(b.p, "work_helper_ref"));   /* may lead to another city */
		assert_null(strstr(b.p, "work_place_ref"));    /* reference table */
		assert_non_null(strstr(b.p, "work_shop_ref"));
		assert_null(strstr(b.p, "work_past"));
		for (const char *p = b.p; (p = strstr(p, " CHECK (")); p++) {   /* each has a name */
			const char *name = p;

			while (name > b.p && name[-1] != ' ')
				name--;
			assert_true(name - b.p > 11 && !strncmp(name - 11, "CONSTRAINT ", 11));
		}
		for (const char *p = b.p; (p = strstr(p, "UNIQUE INDEX")); p++)
			assert_true(memmem(p, strcspn(p, "\n"), "city", 4) != NULL);
	}
	assert_non_null(strstr(sql_by_id(a, &shop, false, STORE_SQLITE), "x.city = ((?1 >> 8) & 16383) AND x.id = ?1"));
	assert_null(strstr(sql_update(a, &shop), "SET city"));
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
static int group(const char *name, int (*setup)(void **))
{
	const struct CMUnitTest tests[] = { T(test_columns), T(test_life), T(test_holds), T(test_words), T(test_rules) };

	return _cmocka_run_group_tests(name, tests, COUNT(tests), NULL, NULL);
}

int main(void)
{
	int bad = group("sqlite", setup_sqlite);

	return getenv("SANSHE_TEST_PG") ? bad + group("postgresql", setup_pg) : bad;
}
