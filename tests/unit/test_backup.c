/* test_backup.c -- a copy taken while others write is whole; a changed bit is found; nothing is overwritten. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/migrate.h"
#include "store_rooms.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *a;
static struct store *st;
static char folder[64], file[100], copy[100], url[300];

static enum rc script(struct tx *tx, void *arg) { return tx_script(tx, arg); }

static enum rc number(struct tx *tx, void *arg)
{
	int64_t *n = arg;
	const struct value *v;
	struct rows *r;
	enum rc rc = tx_query(tx, "SELECT count(*), coalesce(sum(value), 0) FROM counter", NULL, 0, &r);

	if (rc)
		return rc;
	if (rows_next(r, &v))
		n[0] = v[0].i, n[1] = v[1].i;
	return rows_end(r);
}

static void open_it(const char *u)
{
	const char *why = NULL;

	st = store_open(a, u, true, 2, &why);
	if (!st)
		fail_msg("%s", why);
}

static void fill(void)
{
	const char *why = NULL;

	if (migrate_run(st, test_rooms, 3, &why))
		fail_msg("%s", why);
	assert_int_equal(store_write(st, script, "INSERT INTO counter (city, name, value) VALUES (1, 'a', 100), (2, 'b', -100)"), RC_OK);
}

static int setup(void **s)
{
	(void)s;
	a = arena_new(0);
	snprintf(folder, sizeof folder, "/tmp/sanshe-backup-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/db", folder);
	snprintf(copy, sizeof copy, "%s/copy", folder);
	snprintf(url, sizeof url, "sqlite:%s", file);
	open_it(url);
	fill();
	return 0;
}

static int teardown(void **s)
{
	static const char *const names[] = { "db", "db-wal", "db-shm", "copy", "copy.sm3", "new", "new-wal", "new-shm" };

	(void)s;
	store_close(st);
	for (unsigned i = 0; i < COUNT(names); i++)
		unlink(arena_printf(a, "%s/%s", folder, names[i]));
	assert_int_equal(rmdir(folder), 0);                /* nothing else was left behind */
	arena_free(a);
	return 0;
}

/* Moves one unit from b to a and back: the sum is always 0. */
static _Atomic bool stop;
static void *busy(void *arg)
{
	(void)arg;
	for (int i = 0; !stop; i++)
		assert_int_equal(store_write(st, script, i % 2 ? "UPDATE counter SET value = value + 1 WHERE name = 'a'; UPDATE counter SET value = value - 1 WHERE name = 'b'"
			: "UPDATE counter SET value = value - 1 WHERE name = 'a'; UPDATE counter SET value = value + 1 WHERE name = 'b'"), RC_OK);
	return NULL;
}

static bool say(void *arg, const char *line) { (void)arg; print_error("%s\n", line); return true; }

static void check_restored(const char *target)
{
	int64_t n[2];

	store_close(st);
	open_it(target);
	assert_int_equal(store_read(st, number, n), RC_OK);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 0);
	assert_int_equal(store_check(st, say, NULL), RC_OK);
	assert_false(migrate_needed(st, test_rooms, 3));
}

static void test_round(void **s)
{
	const char *why = NULL;
	pthread_t t;
	struct stat info;

	(void)s;
	stop = false;
	pthread_create(&t, NULL, busy, NULL);
	usleep(20000);
	assert_int_equal(store_backup(st, copy, &why), RC_OK);
	stop = true;
	pthread_join(t, NULL);
	assert_int_equal(stat(copy, &info), 0);
	assert_int_equal(info.st_mode & 077, 0);           /* people's data: for the owner only */
	assert_int_equal(store_backup(st, copy, &why), RC_STORE);
	assert_non_null(strstr(why, "已存在"));
	assert_int_equal(store_restore(url, copy, &why), RC_STORE);
	assert_non_null(strstr(why, "已有数据"));
	assert_int_equal(store_restore(arena_printf(a, "sqlite:%s/new", folder), copy, &why), RC_OK);
	check_restored(arena_printf(a, "sqlite:%s/new", folder));
}

static void test_flipped(void **s)
{
	const char *why = NULL, *target = arena_printf(a, "sqlite:%s/new", folder);
	FILE *f;
	int c;

	(void)s;
	assert_int_equal(store_backup(st, copy, &why), RC_OK);
	f = fopen(copy, "r+");
	fseek(f, 5000, SEEK_SET);
	c = fgetc(f);
	fseek(f, 5000, SEEK_SET);
	fputc(c ^ 4, f);
	fclose(f);
	assert_int_equal(store_restore(target, copy, &why), RC_STORE);
	assert_non_null(strstr(why, "不符"));
	assert_int_equal(access(target + 7, F_OK), -1);
	f = fopen(copy, "r+");
	fseek(f, 5000, SEEK_SET);
	fputc(c, f);
	fclose(f);
	assert_int_equal(store_restore(target, copy, &why), RC_OK);
	unlink(target + 7);
	unlink(arena_printf(a, "%s.sm3", copy));
	assert_int_equal(store_restore(target, copy, &why), RC_STORE);   /* without its seal nobody knows */
	assert_int_equal(store_restore(target, "/nowhere", &why), RC_STORE);
}

static void test_empty_target(void **s)
{
	const char *why = NULL, *target = arena_printf(a, "sqlite:%s/new", folder);

	(void)s;
	assert_int_equal(store_backup(st, copy, &why), RC_OK);
	store_close(st);
	open_it(target);                                   /* an empty file made by mistake is no data */
	store_close(st);
	st = NULL;
	assert_int_equal(store_restore(target, copy, &why), RC_OK);
	check_restored(target);
}

static bool count(void *arg, const char *line) { *(int *)arg += strstr(line, "work") != NULL; return true; }

static enum rc orphan(struct tx *tx, void *arg)
{
	(void)arg;
	return tx_script(tx, "PRAGMA defer_foreign_keys=ON; INSERT INTO work (id, city, county, region, state, version, form, entered, imported,"
		" created, created_by, updated, updated_by, shop) VALUES (1, 0, 1, 1, 'active', 1, 1, 1, 0, 1, 1, 1, 1, 12345)");
}

/* A row without its parent, as only a foreign hand could leave it. */
static int spoil(const char *path)
{
	sqlite3 *db;
	int bad = sqlite3_open(path, &db) || sqlite3_exec(db, "INSERT INTO work (id, city, county, region, state, version, form, entered, imported,"
		" created, created_by, updated, updated_by, shop) VALUES (1, 0, 1, 1, 'active', 1, 1, 1, 0, 1, 1, 1, 1, 12345)", NULL, NULL, NULL);

	return sqlite3_close(db) || bad;
}

static void test_check(void **s)
{
	int n = 0;

	(void)s;
	assert_int_equal(store_check(st, count, &n), RC_OK);
	assert_int_not_equal(store_write(st, orphan, NULL), RC_OK);      /* refused at COMMIT: nobody is told RC_OK */
	assert_int_equal(store_check(st, count, &n), RC_OK);
	store_close(st);
	assert_int_equal(spoil(file), 0);
	open_it(url);
	assert_int_equal(store_check(st, count, &n), RC_CONFLICT);
	assert_int_equal(n, 1);
}

static void test_postgres(void **s)
{
	const char *pg = getenv("SANSHE_TEST_PG"), *why = NULL;
	int64_t n[2];

	(void)s;
	store_close(st);
	open_it(pg);
	assert_int_equal(store_write(st, script, "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"), RC_OK);
	fill();
	if (store_backup(st, copy, &why))
		fail_msg("%s", why);
	assert_int_equal(store_restore(pg, copy, &why), RC_STORE);
	assert_non_null(strstr(why, "已有数据"));
	assert_int_equal(store_write(st, script, "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"), RC_OK);
	if (store_restore(pg, copy, &why))
		fail_msg("%s", why);
	assert_int_equal(store_read(st, number, n), RC_OK);
	assert_int_equal(n[1], 0);
	assert_int_equal(store_check(st, say, NULL), RC_OK);
	assert_false(migrate_needed(st, test_rooms, 3));
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = { T(test_round), T(test_flipped), T(test_empty_target), T(test_check) }, pg[] = { T(test_postgres) };
	int bad = cmocka_run_group_tests(tests, NULL, NULL);

	return getenv("SANSHE_TEST_PG") ? bad + cmocka_run_group_tests(pg, NULL, NULL) : bad;
}
