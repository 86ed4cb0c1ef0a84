/* test_store.c -- the promise of store.h, on SQLite always and on PostgreSQL when SANSHE_TEST_PG names an empty database. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/store.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena *arena;
static struct store *st;
static char url[300], file[256];

static enum rc script(struct tx *tx, void *arg) { return tx_script(tx, arg); }

static struct store *open_url(const char *u, bool create)
{
	const char *why = NULL;
	struct store *s = store_open(arena, u, create, 4, &why);

	if (!s)
		print_error("%s\n", why);
	return s;
}

static int open_fresh(const char *u)
{
	arena = arena_new(0);
	snprintf(url, sizeof url, "%s", u);
	st = open_url(url, true);
	assert_non_null(st);
	if (store_kind(st) == STORE_POSTGRES)
		assert_int_equal(store_write(st, script, "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"), RC_OK);
	assert_int_equal(store_write(st, script, store_kind(st) == STORE_SQLITE
		? "CREATE TABLE item (id INTEGER PRIMARY KEY, n BIGINT, word TEXT, body BLOB, CONSTRAINT item_small CHECK (n < 1000000));"
		  "CREATE UNIQUE INDEX item_word ON item (word); CREATE TABLE mum (id INTEGER PRIMARY KEY, item BIGINT REFERENCES item(id))"
		: "CREATE TABLE item (id BIGINT PRIMARY KEY, n BIGINT, word TEXT, body BYTEA, CONSTRAINT item_small CHECK (n < 1000000));"
		  "CREATE UNIQUE INDEX item_word ON item (word);"
		  "CREATE TABLE mum (id BIGINT PRIMARY KEY, item BIGINT, CONSTRAINT mum_item_ref FOREIGN KEY (item) REFERENCES item(id))"), RC_OK);
	return 0;
}

static void wipe_file(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (unsigned i = 0; i < 3; i++) {
		char name[300];

		snprintf(name, sizeof name, "%s%s", file, ends[i]);
		unlink(name);
	}
}

static int setup_sqlite(void **s)
{
	char u[300];

	(void)s;
	snprintf(file, sizeof file, "/tmp/sanshe-test-store-%d.db", (int)getpid());
	wipe_file();
	snprintf(u, sizeof u, "sqlite:%s", file);
	return open_fresh(u);
}

static int setup_pg(void **s)
{
	(void)s;
	return open_fresh(getenv("SANSHE_TEST_PG"));
}

static int teardown(void **s)
{
	(void)s;
	store_close(st);
	st = NULL;
	arena_free(arena);
	if (*file)
		wipe_file();
	return 0;
}

struct put { int64_t id, n; const char *word; enum rc seen; char constraint[100]; };

static enum rc put(struct tx *tx, void *arg)
{
	struct put *p = arg;
	const struct value v[] = { VINT(p->id), VINT(p->n), value_text(p->word) };
	enum rc rc = tx_exec(tx, "INSERT INTO item (id, n, word) VALUES (?1, ?2, ?3)", v, 3, NULL);

	if (rc)
		snprintf(p->constraint, sizeof p->constraint, "%s", tx_constraint(tx) ? tx_constraint(tx) : "none");
	return rc;
}

struct number { const char *sql; int64_t n; };

static enum rc number(struct tx *tx, void *arg)
{
	struct number *q = arg;
	struct rows *r;
	const struct value *v;
	enum rc rc = tx_query(tx, q->sql, NULL, 0, &r);

	if (rc)
		return rc;
	q->n = rows_next(r, &v) ? v[0].i : -1;
	return rows_end(r);
}

static int64_t ask(const char *sql)
{
	struct number q = { .sql = sql };

	assert_int_equal(store_read(st, number, &q), RC_OK);
	return q.n;
}

/* -- values */
static enum rc all_types(struct tx *tx, void *arg)
{
	char *big = malloc(3000000);
	const struct value *v;
	struct rows *r;

	(void)arg;
	for (int i = 0; i < 3000000; i++)
		big[i] = (char)(i * 7 + i / 251);
	const struct value a[] = { VINT(INT64_C(4611686018427387905)), VNULL, value_text("沈阳 '\"\\ 和平"), value_blob(big, 3000000) };
	const struct value b[] = { VINT(2), VINT(-5), VNULL, value_blob("", 0) };

	assert_int_equal(tx_exec(tx, "INSERT INTO item (id, n, word, body) VALUES (?1, ?2, ?3, ?4)", a, 4, NULL), RC_OK);
	assert_int_equal(tx_exec(tx, "INSERT INTO item (id, n, word, body) VALUES (?1, ?2, ?3, ?4)", b, 4, NULL), RC_OK);
	assert_int_equal(tx_query(tx, "SELECT id, n, word, body, n IS NULL, '?9' FROM item WHERE id > ?1 ORDER BY id DESC", (struct value[]){ VINT(1) }, 1, &r), RC_OK);
	assert_int_equal(rows_width(r), 6);
	assert_true(rows_next(r, &v));
	assert_true(v[0].type == V_INT && v[0].i == INT64_C(4611686018427387905));
	assert_int_equal(v[1].type, V_NULL);
	assert_string_equal(v[2].s, "沈阳 '\"\\ 和平");
	assert_int_equal(v[2].n, strlen(v[2].s));
	assert_int_equal(v[3].type, V_BLOB);
	assert_int_equal(v[3].n, 3000000);
	assert_memory_equal(v[3].s, big, 3000000);
	assert_true(v[4].type == V_INT && v[4].i == 1);
	assert_string_equal(v[5].s, "?9");
	assert_true(rows_next(r, &v));
	assert_true(v[1].type == V_INT && v[1].i == -5);
	assert_int_equal(v[2].type, V_NULL);
	assert_true(v[3].type == V_BLOB && v[3].n == 0);
	assert_false(rows_next(r, &v));
	assert_int_equal(rows_end(r), RC_OK);
	free(big);
	return RC_OK;
}

static void test_values(void **s)
{
	(void)s;
	assert_int_equal(store_write(st, all_types, NULL), RC_OK);
	assert_int_equal(ask("SELECT count(*) FROM item"), 2);
	assert_int_equal(ask("SELECT coalesce(sum(n), 0) FROM item"), -5);
}

/* -- constraints have names; the transaction refuses to go on; the request alone is undone */
static enum rc orphan(struct tx *tx, void *arg)
{
	(void)arg;
	return tx_exec(tx, "INSERT INTO mum (id, item) VALUES (1, 99)", NULL, 0, NULL);
}

static enum rc careless(struct tx *tx, void *arg)
{
	struct put ok = { 50, 1, "fifty" }, bad = { 51, 1, "fifty" }, more = { 52, 1, "other" };

	(void)arg;
	assert_int_equal(put(tx, &ok), RC_OK);
	assert_int_equal(put(tx, &bad), RC_CONFLICT);
	assert_int_equal(put(tx, &more), RC_CONFLICT);
	return RC_OK;                                      /* forgot to pass it on */
}

static void test_constraints(void **s)
{
	struct put a = { 1, 1, "one" }, twice = { 2, 1, "one" }, large = { 3, 1000000, "x" }, again = { 1, 1, "y" };

	(void)s;
	assert_int_equal(store_write(st, put, &a), RC_OK);
	assert_int_equal(store_write(st, put, &twice), RC_CONFLICT);
	assert_string_equal(twice.constraint, store_kind(st) == STORE_SQLITE ? "item.word" : "item_word");
	assert_int_equal(store_write(st, put, &large), RC_CONFLICT);
	assert_string_equal(large.constraint, "item_small");
	assert_int_equal(store_write(st, put, &again), RC_CONFLICT);
	assert_int_equal(store_write(st, orphan, NULL), RC_CONFLICT);
	assert_int_equal(store_write(st, careless, NULL), RC_CONFLICT);
	assert_int_equal(ask("SELECT count(*) FROM item"), 1);
}

static enum rc wrong_sql(struct tx *tx, void *arg) { (void)arg; return tx_exec(tx, "UPDATE nowhere SET x = 1", NULL, 0, NULL); }
static enum rc two_statements(struct tx *tx, void *arg) { (void)arg; return tx_exec(tx, "SELECT 1; DELETE FROM item", NULL, 0, NULL); }
static enum rc write_in_read(struct tx *tx, void *arg) { (void)arg; return tx_exec(tx, "DELETE FROM item", NULL, 0, NULL); }

static void test_wrong(void **s)
{
	struct put a = { 1, 1, "one" };

	(void)s;
	assert_int_equal(store_write(st, put, &a), RC_OK);
	assert_int_equal(store_write(st, wrong_sql, NULL), RC_STORE);
	assert_int_equal(store_write(st, two_statements, NULL), RC_STORE);
	assert_int_not_equal(store_read(st, write_in_read, NULL), RC_OK);
	assert_int_equal(ask("SELECT count(*) FROM item"), 1);
}

/* -- savepoints and memory */
static int flushed;
static enum rc flush(struct tx *tx, void *memory)
{
	flushed++;
	return tx_exec(tx, "UPDATE item SET n = ?1 WHERE id = 1", (struct value[]){ VINT(*(int64_t *)memory) }, 1, NULL);
}

static enum rc count_up(struct tx *tx, void *arg)
{
	int64_t *n = tx_memory(tx, 1, sizeof *n);

	*n += 1;
	tx_on_commit(tx, flush, 1);
	return arg ? RC_REJECTED : RC_OK;
}

static enum rc nested(struct tx *tx, void *arg)
{
	struct put a = { 10, 1, "a" }, b = { 11, 1, "b" }, dup = { 12, 1, "a" }, c = { 13, 1, "c" };

	(void)arg;
	assert_int_equal(put(tx, &a), RC_OK);
	assert_int_equal(tx_save(tx), RC_OK);
	assert_int_equal(put(tx, &b), RC_OK);
	assert_int_equal(count_up(tx, NULL), RC_OK);
	assert_int_equal(tx_save(tx), RC_OK);
	assert_int_equal(put(tx, &dup), RC_CONFLICT);
	assert_int_equal(tx_undo(tx), RC_OK);
	assert_int_equal(put(tx, &c), RC_OK);
	assert_int_equal(tx_undo(tx), RC_OK);
	assert_int_equal(tx_save(tx), RC_OK);
	assert_int_equal(put(tx, &c), RC_OK);
	assert_int_equal(tx_keep(tx), RC_OK);
	return RC_OK;
}

static void test_savepoints(void **s)
{
	struct put one = { 1, 0, "one" };

	(void)s;
	assert_int_equal(store_write(st, put, &one), RC_OK);
	flushed = 0;
	assert_int_equal(store_write(st, count_up, st), RC_REJECTED);
	assert_int_equal(flushed, 0);
	assert_int_equal(store_write(st, nested, NULL), RC_OK);
	assert_int_equal(flushed, 0);                      /* asked for in a savepoint that was undone */
	assert_int_equal(ask("SELECT count(*) FROM item"), 3);
	assert_int_equal(ask("SELECT count(*) FROM item WHERE word = 'b'"), 0);
	assert_int_equal(store_write(st, count_up, NULL), RC_OK);
	assert_int_equal(flushed, 1);
	assert_int_equal(ask("SELECT n FROM item WHERE id = 1"), 1);
}

/* -- many writers at once, every seventh refused: counts are right, nobody harms another */
enum { THREADS = 8, EACH = 150 };
static void *many(void *arg)
{
	intptr_t base = (intptr_t)arg * 10000;

	for (int i = 0; i < EACH; i++) {
		char word[40];
		struct put p = { base + i + 100, i % 7 == 3 ? 1000000 : 1, word };

		snprintf(word, sizeof word, "w%d", (int)(base + i));
		assert_int_equal(store_write(st, put, &p), i % 7 == 3 ? RC_CONFLICT : RC_OK);
	}
	return NULL;
}

static void test_many(void **s)
{
	pthread_t t[THREADS];
	int bad = 0;

	(void)s;
	for (int i = 0; i < EACH; i++)
		bad += i % 7 == 3;
	for (intptr_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, many, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(ask("SELECT count(*) FROM item"), THREADS * (EACH - bad));
}

/* -- a reader sees one moment however long it looks */
static enum rc look(struct tx *tx, void *arg)
{
	struct number before = { .sql = "SELECT count(*) FROM item" }, after = before;
	struct put p = { 7, 7, "seven" };

	(void)arg;
	assert_int_equal(store_write(st, put, &p), RC_OK);
	assert_int_equal(number(tx, &before), RC_OK);
	p.id = 8, p.word = "eight";
	assert_int_equal(store_write(st, put, &p), RC_OK);
	assert_int_equal(number(tx, &after), RC_OK);
	assert_int_equal(before.n, 0);
	assert_int_equal(after.n, 0);
	return RC_OK;
}

static void test_snapshot(void **s)
{
	(void)s;
	assert_int_equal(store_read(st, look, NULL), RC_OK);
	assert_int_equal(ask("SELECT count(*) FROM item"), 2);
}

/* -- rows open while the same text is asked again inside; many rows; a result left open */
static enum rc fill(struct tx *tx, void *arg)
{
	for (int64_t i = 1; i <= *(int *)arg; i++) {
		const struct value v[] = { VINT(i), VINT(i % 1000) };
		enum rc rc = tx_exec(tx, "INSERT INTO item (id, n) VALUES (?1, ?2)", v, 2, NULL);

		if (rc)
			return rc;
	}
	return RC_OK;
}

static enum rc walk(struct tx *tx, void *arg)
{
	const char *sql = "SELECT id, n FROM item WHERE id >= ?1 ORDER BY id";
	const struct value *v, *w;
	struct rows *r, *q;
	int64_t want = 1;

	(void)arg;
	assert_int_equal(tx_query(tx, sql, (struct value[]){ VINT(1) }, 1, &r), RC_OK);
	while (rows_next(r, &v)) {
		int64_t id = v[0].i;

		assert_int_equal(id, want++);
		if (id % 97)
			continue;
		assert_int_equal(tx_query(tx, sql, (struct value[]){ VINT(id) }, 1, &q), RC_OK);
		assert_true(rows_next(q, &w));
		assert_int_equal(w[0].i, id);
		assert_int_equal(rows_end(q), RC_OK);
	}
	assert_int_equal(rows_end(r), RC_OK);
	assert_int_equal(want, 5001);
	return tx_query(tx, sql, (struct value[]){ VINT(1) }, 1, &r);   /* never ended */
}

static void test_rows(void **s)
{
	int n = 5000;

	(void)s;
	assert_int_equal(store_write_alone(st, fill, &n), RC_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_read(st, walk, NULL), RC_OK);
	assert_int_equal(store_write(st, walk, NULL), RC_OK);
	assert_int_equal(ask("SELECT count(*) FROM item"), 5000);
}

/* -- requests of one thread commit in the order given; done comes once each */
static int order[500], n_order;
static pthread_mutex_t order_lock = PTHREAD_MUTEX_INITIALIZER;
struct later { struct job job; struct put p; };
static void done(struct job *j, enum rc rc)
{
	struct later *l = (struct later *)j;

	assert_int_equal(rc, l->p.n < 1000000 ? RC_OK : RC_CONFLICT);
	pthread_mutex_lock(&order_lock);
	order[n_order++] = (int)l->p.id;
	pthread_mutex_unlock(&order_lock);
}

static void test_order(void **s)
{
	static struct later jobs[500];

	(void)s;
	n_order = 0;
	for (int i = 0; i < 500; i++) {
		jobs[i] = (struct later){ .job = { .fn = put, .done = done }, .p = { i + 1, i == 250 ? 1000000 : 1, NULL } };
		jobs[i].job.arg = &jobs[i].p;
		store_submit(st, &jobs[i].job);
	}
	store_close(st);                                   /* waits for writes in flight */
	assert_int_equal(n_order, 500);
	for (int i = 0; *file && i < 500; i++)
		assert_int_equal(order[i], i + 1);
	st = open_url(url, false);
	assert_non_null(st);
	assert_int_equal(ask("SELECT count(*) FROM item"), 499);
}

/* -- killed while writing: what was answered is there */
static void child(int out)
{
	st = open_url(url, false);
	for (int64_t i = 1;; i++) {
		struct put p = { i, 1, NULL };

		if (store_write(st, put, &p) == RC_OK && write(out, &i, sizeof i) != sizeof i)
			_exit(1);
	}
}

static void test_kill(void **s)
{
	int fd[2];
	pid_t pid;
	int64_t last = 0, i;

	(void)s;
	store_close(st);
	assert_int_equal(pipe(fd), 0);
	if (!(pid = fork())) {
		close(fd[0]);
		child(fd[1]);
	}
	close(fd[1]);
	while (last < 60 && read(fd[0], &i, sizeof i) == sizeof i)
		last = i;
	kill(pid, SIGKILL);
	while (read(fd[0], &i, sizeof i) == sizeof i)
		last = i;
	waitpid(pid, NULL, 0);
	close(fd[0]);
	st = open_url(url, false);
	assert_non_null(st);
	assert_true(ask("SELECT count(*) FROM item") >= last);
	assert_true(ask("SELECT max(id) FROM item") - last <= 1);
}

#define BOTH(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
static int run(const char *name, int (*setup)(void **))
{
	const struct CMUnitTest tests[] = {
		BOTH(test_values), BOTH(test_constraints), BOTH(test_wrong), BOTH(test_savepoints), BOTH(test_many), BOTH(test_snapshot),
		BOTH(test_rows), BOTH(test_order), BOTH(test_kill),
	};
	return _cmocka_run_group_tests(name, tests, COUNT(tests), NULL, NULL);
}

int main(void)
{
	int bad = run("sqlite", setup_sqlite);

	file[0] = 0;
	if (getenv("SANSHE_TEST_PG"))
		bad += run("postgresql", setup_pg);
	return bad;
}
