/* test_migrate.c -- a database grows with the rooms: columns, states, indexes, checks; whatever moment the start is killed at. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/migrate.h"
#include "store/shape.h"
#include "store_rooms.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The next release: a field with a range, a personal one, a state, a wider hold. */
static const struct field shop2_fields[] = {
	{ "no", "编号", T_TEXT, DERIVED, .max = 20 }, { "name", "名称", T_TEXT, REQUIRED | SEARCH, .max = 40 },
	{ "phone", "电话", T_PHONE, LOOKUP, S3 }, { "grade", "等级", T_INT, LIST, .min = 1, .max = 9 },
	{ "works", "当前工作", T_REF, .ref = &work }, { "open", "营业", T_BOOL }, { "kind", "类别", T_CODE, LOOKUP, .codes = kinds },
	{ "size", "面积", T_INT, .min = 1, .max = 500 }, { "idno", "证件", T_IDNO, LOOKUP, S3 },
};
static const struct state shop2_states[] = { { "new", "新", &soon }, { "moved", "搬迁" }, { "done", "完成" } };
static const struct hold shop2_holds[] = {
	{ "one_phone", UNIQUE, "phone", "电话重复" }, { "one_name", UNIQUE, "name, grade", "重名", "state NOT IN ('done', 'moved')" },
};
static const struct entity shop2 = { "shop", "店", "1", 0, FIELDS(shop2_fields), STATES(shop2_states), HOLDS(shop2_holds) };
static const struct entity *const rooms2[] = { &work, &shop2, &place };

static struct arena *a;
static struct store *st;
static char url[300], file[200];

static enum rc script(struct tx *tx, void *arg) { return tx_script(tx, arg); }
static enum rc sql(const char *text) { return store_write(st, script, arena_strdup(a, text)); }

static void open_it(bool create)
{
	const char *why = NULL;

	st = store_open(a, url, create, 2, &why);
	if (!st)
		fail_msg("%s", why);
}

static int fresh(const char *u)
{
	a = arena_new(0);
	snprintf(url, sizeof url, "%s", u);
	open_it(true);
	if (store_kind(st) == STORE_POSTGRES)
		assert_int_equal(sql("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"), RC_OK);
	return 0;
}
static void wipe(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (unsigned i = 0; *file && i < 3; i++)
		unlink(arena_printf(a, "%s%s", file, ends[i]));
}
static int setup_sqlite(void **s)
{
	char u[300];

	(void)s;
	snprintf(file, sizeof file, "/tmp/sanshe-test-migrate-%d.db", (int)getpid());
	snprintf(u, sizeof u, "sqlite:%s", file);
	return fresh(u);
}
static int setup_pg(void **s) { (void)s; file[0] = 0; return fresh(getenv("SANSHE_TEST_PG")); }
static int teardown(void **s) { (void)s; store_close(st); wipe(); arena_free(a); return 0; }

static void run(const struct entity *const *rooms)
{
	const char *why = "";

	if (migrate_run(st, rooms, 3, &why))
		fail_msg("%s", why);
	assert_false(migrate_needed(st, rooms, 3));
}

#define SHOP(id, name, state, more) "INSERT INTO shop (id, city, county, region, state, version, form, entered, imported, created, created_by," \
	" updated, updated_by, name, opened, grade) VALUES (" id ", 2101, 210102, 210102000000, '" state "', 1, 1, 1, 0, 1, 1, 1, 1, '" name "', 5, " more ")"
#define ID1 "(2101 << 8) + 1"
#define ID2 "(2101 << 8) + 2"

static enum rc number(struct tx *tx, void *arg)
{
	struct { const char *sql; int64_t n; } *q = arg;
	const struct value *v;
	struct rows *r;
	enum rc rc = tx_query(tx, q->sql, NULL, 0, &r);

	if (rc)
		return rc;
	q->n = rows_next(r, &v) ? v[0].i : -1;
	return rows_end(r);
}

static int64_t ask(const char *text)
{
	struct { const char *sql; int64_t n; } q = { text, -1 };

	assert_int_equal(store_read(st, number, &q), RC_OK);
	return q.n;
}

static void fill_old(void)
{
	assert_int_equal(sql(SHOP(ID1, "甲", "new", "3")), RC_OK);
	assert_int_equal(sql(SHOP(ID2, "乙", "done", "4")), RC_OK);
	assert_int_equal(sql("INSERT INTO work (id, city, county, region, state, version, form, entered, imported, created, created_by, updated,"
		" updated_by, shop, fen) VALUES (" ID1 ", 2101, 210102, 1, 'active', 1, 1, 1, 0, 1, 1, 1, 1, " ID2 ", 7)"), RC_OK);
}

static void check_new(void)
{
	assert_int_equal(ask("SELECT count(*) FROM shop"), 2);
	assert_int_equal(ask("SELECT opened FROM shop WHERE name = '甲'"), 5);      /* no room names it, it is still there */
	assert_int_equal(ask("SELECT count(*) FROM work w JOIN shop x ON x.id = w.shop"), 1);
	assert_int_equal(sql("UPDATE shop SET state = 'moved', size = 500, grade = 9, idno_hash = NULL WHERE name = '甲'"), RC_OK);
	assert_int_equal(sql("UPDATE shop SET state = 'none'"), RC_CONFLICT);
	assert_int_equal(sql("UPDATE shop SET size = 501"), RC_CONFLICT);
	assert_int_equal(sql("DELETE FROM shop WHERE name = '乙'"), RC_CONFLICT);   /* work points to it */
	assert_int_equal(sql("UPDATE shop SET opened = -5 WHERE name = '甲'"), RC_OK);   /* its hold is gone */
	assert_int_equal(sql("UPDATE shop SET name = 'x', grade = 3, state = 'moved'"), RC_OK);  /* the unique index has its new condition */
	assert_int_equal(sql("UPDATE shop SET state = 'new'"), RC_CONFLICT);
	assert_int_equal(ask("SELECT count(*) FROM shop_past WHERE size IS NULL"), 0);
}

static void test_grow(void **s)
{
	(void)s;
	assert_true(migrate_needed(st, test_rooms, 3));
	run(test_rooms);
	run(test_rooms);
	assert_true(migrate_needed(st, rooms2, 3));
	fill_old();
	assert_int_equal(sql("UPDATE shop SET state = 'moved' WHERE name = '甲'"), RC_CONFLICT);
	run(rooms2);
	check_new();
	run(rooms2);
}

static void test_data_against(void **s)
{
	const char *why = NULL;

	(void)s;
	run(rooms2);
	assert_int_equal(sql("INSERT INTO shop (id, city, county, region, state, version, form, entered, imported, created, created_by, updated,"
		" updated_by, grade) VALUES (" ID1 ", 2101, 1, 1, 'moved', 1, 1, 1, 0, 1, 1, 1, 1, 9)"), RC_OK);
	assert_int_equal(migrate_run(st, test_rooms, 3, &why), RC_STORE);          /* grade 9 and state 'moved' do not fit */
	assert_non_null(strstr(why, "shop"));
	assert_int_equal(ask("SELECT count(*) FROM shop WHERE grade = 9"), 1);
	run(rooms2);
}

static void test_newer(void **s)
{
	const char *why = NULL;

	(void)s;
	run(test_rooms);
	assert_int_equal(sql("UPDATE schema_info SET value = '99' WHERE key = 'version'"), RC_OK);
	assert_true(migrate_needed(st, test_rooms, 3));
	assert_int_equal(migrate_run(st, test_rooms, 3, &why), RC_STORE);
	assert_non_null(strstr(why, "99"));
}

static const struct migration moves[] = {
	{ 2, "UPDATE shop SET grade = 5 WHERE grade = 3", NULL },
	{ 3, "UPDATE shop SET grade = grade - 1 WHERE grade = 5; UPDATE shop SET open = 1", "UPDATE shop SET grade = grade - 1 WHERE grade = 5; UPDATE shop SET open = 1" },
};
static const struct migration broken[] = { { 2, "UPDATE shop SET grade = 5 WHERE grade = 3", NULL }, { 3, "UPDATE shop SET open = 1; UPDATE nowhere SET x = 1", NULL } };

static void test_numbers(void **s)
{
	const char *why = NULL;

	(void)s;
	run(test_rooms);
	fill_old();
	assert_int_equal(migrate_steps(st, test_rooms, 3, broken, 2, 3, &why), RC_STORE);
	assert_non_null(strstr(why, "迁移 3"));
	assert_int_equal(ask("SELECT count(*) FROM shop WHERE grade = 5"), 1);      /* 2 is done and kept */
	assert_int_equal(ask("SELECT count(*) FROM shop WHERE open = 1"), 0);       /* 3 is undone as a whole */
	assert_int_equal(migrate_steps(st, test_rooms, 3, moves, 2, 3, &why), RC_OK);
	assert_int_equal(migrate_steps(st, test_rooms, 3, moves, 2, 3, &why), RC_OK);
	assert_int_equal(ask("SELECT grade FROM shop WHERE name = '甲'"), 4);
}

/* Killed at any moment of the first start or of growing: the next start finishes it. */
static void child(const struct entity *const *rooms)
{
	const char *why;

	open_it(true);
	_exit(migrate_run(st, rooms, 3, &why) ? 1 : 0);
}

static void killed_after(long us, const struct entity *const *rooms)
{
	struct timespec t = { .tv_nsec = us * 1000 };
	pid_t pid = fork();

	if (!pid)
		child(rooms);
	nanosleep(&t, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_killed(void **s)
{
	(void)s;
	store_close(st);
	for (long us = 1000; us < 30000; us += 1300)
		killed_after(us, test_rooms);
	open_it(true);
	run(test_rooms);
	fill_old();
	store_close(st);
	for (long us = 1000; us < 30000; us += 1300)
		killed_after(us, rooms2);
	open_it(true);
	run(rooms2);
	check_new();
}

static void test_together(void **s)
{
	pid_t pid[4];
	int status;

	(void)s;
	store_close(st);
	for (int i = 0; i < 4; i++)
		if (!(pid[i] = fork()))
			child(test_rooms);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	open_it(true);
	assert_false(migrate_needed(st, test_rooms, 3));
}

static enum rc nothing(struct tx *tx, void *arg) { (void)tx, (void)arg; return RC_OK; }

static void test_writers(void **s)
{
	struct store *more[17] = { 0 };
	unsigned seen = 0, n = 0;
	const char *why = NULL;

	(void)s;
	run(test_rooms);
	for (; n < 16; n++) {
		more[n] = store_open(a, url, true, 1, &why);
		assert_non_null(more[n]);
		assert_int_equal(migrate_lease_writer(more[n], &why), RC_OK);
		assert_int_equal(store_write(more[n], nothing, NULL), RC_OK);
		seen |= 1u << ((id_new(more[n], 1) >> 4) & 15);
	}
	assert_int_equal(seen, 0xffff);                    /* sixteen different numbers */
	more[16] = store_open(a, url, true, 1, &why);
	assert_int_equal(migrate_lease_writer(more[16], &why), RC_BUSY);
	store_close(more[3]);
	more[3] = NULL;
	assert_int_equal(migrate_lease_writer(more[16], &why), RC_OK);
	for (unsigned i = 0; i < 17; i++)
		store_close(more[i]);
	assert_int_equal(ask("SELECT count(*) FROM writer_lease WHERE holder <> ''"), 0);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
static int group(const char *name, int (*setup)(void **))
{
	const struct CMUnitTest tests[] = { T(test_grow), T(test_data_against), T(test_newer), T(test_numbers), T(test_killed), T(test_together), T(test_writers) };

	return _cmocka_run_group_tests(name, tests, COUNT(tests), NULL, NULL);
}

int main(void)
{
	int bad = group("sqlite", setup_sqlite);

	return getenv("SANSHE_TEST_PG") ? bad + group("postgresql", setup_pg) : bad;
}
