/* test_store_faults.c -- full disk, too long a queue, lost connections, deadlocks: nobody is told RC_OK wrongly and the store goes on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/store.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *a;
static struct store *st;

static enum rc script(struct tx *tx, void *arg) { return tx_script(tx, arg); }

static int open_it(const char *url)
{
	const char *why = NULL;

	a = arena_new(0);
	st = store_open(a, url, true, 2, &why);
	if (!st)
		fail_msg("%s", why);
	if (store_kind(st) == STORE_POSTGRES)
		assert_int_equal(store_write(st, script, "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"), RC_OK);
	return store_write(st, script, "CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER, word TEXT);"
		" INSERT INTO item (id, n) VALUES (-1, 0), (-2, 0)") != RC_OK;
}
static int setup_sqlite(void **s) { (void)s; return open_it("sqlite::memory:"); }
static int setup_pg(void **s) { (void)s; return open_it(getenv("SANSHE_TEST_PG")); }
static int teardown(void **s) { (void)s; store_close(st); arena_free(a); return 0; }

static enum rc number(struct tx *tx, void *arg)
{
	int64_t *n = arg;
	const struct value *v;
	struct rows *r;
	enum rc rc = tx_query(tx, "SELECT count(*), sum(n) FROM item WHERE id > ?1", (struct value[]){ VINT(n[0]) }, 1, &r);

	if (rc)
		return rc;
	if (rows_next(r, &v))
		n[0] = v[0].i, n[1] = v[1].i;
	return rows_end(r);
}

static int64_t items(void)
{
	int64_t n[2] = { 0 };

	assert_int_equal(store_read(st, number, n), RC_OK);
	return n[0];
}

struct put { struct job job; int64_t id; size_t size; pthread_barrier_t *start; };
static _Atomic int good, bad, other;
static void count(struct job *j, enum rc rc) { (void)j; (rc == RC_OK ? good++ : rc == RC_STORE || rc == RC_BUSY ? bad++ : other++); }

static enum rc put(struct tx *tx, void *arg)
{
	struct put *p = arg;
	char word[8001] = "";
	const struct value v[] = { VINT(p->id), value_text(memset(word, 'x', p->size)) };
	int64_t *tally = tx_memory(tx, 0, sizeof *tally);

	++*tally;
	return tx_exec(tx, "INSERT INTO item (id, word) VALUES (?1, ?2)", v, 2, NULL);
}

static enum rc tally(struct tx *tx, void *arg) { *(int64_t *)arg = *(int64_t *)tx_memory(tx, 0, sizeof(int64_t)); return RC_OK; }
static enum rc slow(struct tx *tx, void *arg) { (void)tx; usleep((unsigned)*(int *)arg); return RC_OK; }

static void test_full(void **s)
{
	struct put p[60] = { 0 };
	int wait = 50000;
	struct job first = { .fn = slow, .arg = &wait, .done = count };
	int64_t before, after;

	(void)s;
	good = bad = other = 0;
	assert_int_equal(store_write(st, script, "PRAGMA max_page_count=60"), RC_OK);
	store_submit(st, &first);                          /* meanwhile the others gather in one batch */
	usleep(10000);
	for (int i = 0; i < 60; i++) {
		p[i] = (struct put){ .job = { .fn = put, .done = count }, .id = i + 1, .size = 8000 };
		p[i].job.arg = &p[i];
		store_submit(st, &p[i].job);
	}
	while (good + bad + other < 61)
		usleep(1000);
	assert_int_equal(other, 0);
	assert_true(bad > 0);
	assert_int_equal(items(), good - 1);               /* every RC_OK is there, nothing else is */
	assert_int_equal(store_write(st, tally, &after), RC_OK);
	assert_true(after <= good - 1);                    /* memory went back with the batch */
	assert_int_equal(store_write(st, script, "PRAGMA max_page_count=100000"), RC_OK);
	before = items();
	for (int i = 0; i < 60; i++) {
		p[i].id += 1000;
		assert_int_equal(store_write(st, put, &p[i]), RC_OK);
	}
	assert_int_equal(items(), before + 60);
}

static void test_queue(void **s)
{
	static struct put p[10100];
	int wait = 200000;
	struct job first[4];                               /* PostgreSQL has four writers */

	(void)s;
	good = bad = other = 0;
	for (int i = 0; i < 4; i++) {
		first[i] = (struct job){ .fn = slow, .arg = &wait, .done = count };
		store_submit(st, &first[i]);
	}
	usleep(20000);
	for (int i = 0; i < 10100; i++) {
		p[i] = (struct put){ .job = { .fn = put, .done = count }, .id = i + 1, .size = 1 };
		p[i].job.arg = &p[i];
		store_submit(st, &p[i].job);
	}
	while (good + bad + other < 10104)
		usleep(1000);
	assert_true(bad >= 99 && other == 0);
	assert_int_equal(items(), good - 4);
}

/* -- PostgreSQL only */
static enum rc cut(struct tx *tx, void *arg)
{
	int *times = arg;
	enum rc rc = tx_exec(tx, "INSERT INTO item (id, n) VALUES (?1, 1)", (struct value[]){ VINT(1) }, 1, NULL);

	if (rc || (*times)-- <= 0)
		return rc;
	return tx_exec(tx, "SELECT pg_terminate_backend(pg_backend_pid())", NULL, 0, NULL);
}

static void test_lost(void **s)
{
	int once = 1, always = 1000;

	(void)s;
	assert_int_equal(store_write(st, cut, &once), RC_OK);          /* run again on a new connection */
	assert_int_equal(items(), 1);
	assert_int_equal(store_write(st, script, "DELETE FROM item WHERE id = 1"), RC_OK);
	assert_int_equal(store_write(st, cut, &always), RC_STORE);
	assert_int_equal(items(), 0);
	assert_int_equal(store_write(st, script, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
		" AND application_name = 'sanshe'"), RC_OK);
	usleep(100000);
	for (int i = 0; i < 12; i++) {                     /* connections that died while idle are noticed and replaced */
		assert_int_equal(store_write(st, script, "UPDATE item SET n = n"), RC_OK);
		assert_int_equal(items(), 0);
	}
}

static enum rc cross(struct tx *tx, void *arg)
{
	struct put *p = arg;
	enum rc rc = tx_exec(tx, "UPDATE item SET n = n + 1 WHERE id = ?1", (struct value[]){ VINT(p->id) }, 1, NULL);

	if (p->start) {                                    /* both hold one row before they ask for the other */
		pthread_barrier_t *b = p->start;

		p->start = NULL;
		pthread_barrier_wait(b);
	}
	return rc ? rc : tx_exec(tx, "UPDATE item SET n = n + 1 WHERE id = ?1", (struct value[]){ VINT(-3 - p->id) }, 1, NULL);
}

static void test_deadlock(void **s)
{
	pthread_barrier_t both;
	struct put p[2] = { { .id = -1, .start = &both }, { .id = -2, .start = &both } };
	int64_t n[2] = { -10 };

	(void)s;
	good = bad = other = 0;
	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++) {
		p[i].job = (struct job){ .fn = cross, .arg = &p[i], .done = count };
		store_submit(st, &p[i].job);
	}
	while (good + bad + other < 2)
		usleep(1000);
	assert_int_equal(good, 2);
	assert_int_equal(store_read(st, number, n), RC_OK);
	assert_int_equal(n[1], 4);
	pthread_barrier_destroy(&both);
}

/* A null first, a number or text later, in places where the server cannot know the type. */
static enum rc types(struct tx *tx, void *arg)
{
	static const char *const sql = "SELECT count(*) FROM item WHERE (?1 IS NULL OR n = ?1) AND (?2 IS NULL OR word = ?2) AND ?3 IS NULL";
	const struct value v[][3] = { { VNULL, VNULL, VNULL }, { VINT(0), VNULL, VNULL }, { VNULL, value_text("x"), VNULL }, { VINT(7), value_text("x"), VNULL } };
	const int64_t want[] = { 2, 2, 0, 0 };

	(void)arg;
	for (unsigned i = 0; i < COUNT(v); i++) {
		const struct value *c;
		struct rows *r;

		assert_int_equal(tx_query(tx, sql, v[i], 3, &r), RC_OK);
		assert_true(rows_next(r, &c));
		assert_int_equal(c[0].i, want[i]);
		assert_int_equal(rows_end(r), RC_OK);
	}
	assert_int_equal(tx_exec(tx, "UPDATE item SET n = ?1, word = ?2 WHERE id = -1", (struct value[]){ VNULL, VNULL }, 2, NULL), RC_OK);
	assert_int_equal(tx_exec(tx, "UPDATE item SET n = ?1, word = ?2 WHERE id = -1", (struct value[]){ VINT(3), value_text("w") }, 2, NULL), RC_OK);
	return RC_OK;
}

static void test_types(void **s)
{
	(void)s;
	assert_int_equal(store_write(st, types, NULL), RC_OK);
}

/* A table changes under statements that are prepared already: at worst one RC_BUSY for each connection. */
static void test_changed(void **s)
{
	int64_t n[2] = { 0 };
	enum rc rc;

	(void)s;
	for (int i = 0; i < 6; i++)
		assert_int_equal(items(), 0);
	assert_int_equal(store_write(st, script, "ALTER TABLE item ADD COLUMN more TEXT"), RC_OK);
	assert_int_equal(store_write(st, script, store_kind(st) == STORE_POSTGRES ? "ALTER TABLE item ALTER COLUMN n TYPE BIGINT" : "CREATE INDEX x ON item (n)"), RC_OK);
	rc = store_read(st, number, n);
	assert_true(rc == RC_OK || (rc == RC_BUSY && store_kind(st) == STORE_POSTGRES));
	for (int i = 0; i < 6; i++)
		assert_int_equal(items(), 0);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
static int sqlite(int (*setup)(void **))
{
	const struct CMUnitTest tests[] = { T(test_full), T(test_queue), T(test_types), T(test_changed) };

	return _cmocka_run_group_tests("sqlite", tests, COUNT(tests), NULL, NULL);
}
static int postgres(int (*setup)(void **))
{
	const struct CMUnitTest tests[] = { T(test_queue), T(test_lost), T(test_deadlock), T(test_types), T(test_changed) };

	return _cmocka_run_group_tests("postgresql", tests, COUNT(tests), NULL, NULL);
}

int main(void)
{
	int bad_ones = sqlite(setup_sqlite);

	return getenv("SANSHE_TEST_PG") ? bad_ones + postgres(setup_pg) : bad_ones;
}
