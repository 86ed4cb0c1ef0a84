/* store.c -- opening and closing a store, reading, and what may be done inside a transaction. The same for both databases:
 * after an error only undoing is allowed, on SQLite too, so that what works here works there. */
#include "store/driver.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct value value_text(const char *s)
{
	return s ? (struct value){ .type = V_TEXT, .s = s, .n = strlen(s) } : VNULL;
}

struct value value_blob(const void *p, size_t n)
{
	return (struct value){ .type = V_BLOB, .s = p ? p : "", .n = n };
}

static char *copy(const char *s)
{
	char *p = strdup(s);

	if (!p)
		abort();
	return p;
}

/* The address without the password, for logs and screens. */
static char *shown(const char *url)
{
	const char *at = strrchr(url, '@'), *who = strstr(url, "://"), *colon, *secret = strstr(url, "password=");
	char *out = copy(url);

	if (secret)
		out[secret - url] = 0;
	if (at && who && (colon = memchr(who + 3, ':', (size_t)(at - who - 3))))
		memmove(out + (colon - url), out + (at - url), strlen(out + (at - url)) + 1);
	return out;
}

/* sqlite::memory: is a file in a private folder that is gone at close: the same snapshots and locks as a real one. */
static const char *sqlite_path(struct store *st, const char *path)
{
	if (strcmp(path, ":memory:")) {
		st->path = copy(path);
		return *path ? NULL : "数据库地址缺少文件名，例如 sqlite:/var/lib/sanshe/sanshe.db";
	}
	const char *tmp = getenv("TMPDIR");
	char folder[512];

	snprintf(folder, sizeof folder, "%s/sanshe-XXXXXX", tmp && *tmp && strlen(tmp) < 400 ? tmp : "/tmp");
	if (!mkdtemp(folder))
		return "不能建立临时目录，请检查 TMPDIR";
	st->scratch = copy(folder);
	snprintf(folder + strlen(folder), 16, "/db");
	st->path = copy(folder);
	st->create = true;
	return NULL;
}

static const char *choose(struct store *st, const char *url)
{
	if (!strncmp(url, "sqlite:", 7)) {
		st->driver = &driver_sqlite;
		return sqlite_path(st, url + 7);
	}
	if (!strncmp(url, "postgresql://", 13) || !strncmp(url, "postgres://", 11)) {
		st->driver = &driver_postgres;
		return NULL;
	}
	return "看不懂数据库地址：应为 sqlite:文件路径 或 postgresql://…";
}

static void free_store(struct store *st)
{
	static const char *const files[] = { "", "-wal", "-shm" };

	while (st->readers) {
		struct conn *c = st->readers;

		st->readers = c->next;
		st->driver->close(c);
	}
	for (unsigned i = 0; st->scratch && i < COUNT(files); i++) {
		char name[600];

		snprintf(name, sizeof name, "%s%s", st->path, files[i]);
		unlink(name);
	}
	if (st->scratch)
		rmdir(st->scratch);
	free(st->scratch);
	free(st->path);
	free(st->url);
	free(st->shown);
	free(st->id_last);
	free(st);
}

struct store *store_open(struct arena *a, const char *url, bool create, unsigned threads, const char **why)
{
	struct store *st = calloc(1, sizeof *st);
	const char *fault;

	if (!st || !(st->id_last = calloc(16384, sizeof *st->id_last)))
		abort();
	pthread_mutex_init(&st->lock, NULL);
	pthread_mutex_init(&st->id_lock, NULL);
	pthread_mutex_init(&st->lease.lock, NULL);
	pthread_cond_init(&st->work, NULL);
	pthread_cond_init(&st->free_reader, NULL);
	st->url = copy(url);
	st->shown = shown(url);
	st->create = create;
	st->max_readers = (threads ? threads : 1) + 2;     /* two more: a writer or a nested read may look as well */
	st->lease.writer = -1;
	fault = choose(st, url);
	if (!fault && lane_start(st, &fault) == RC_OK)
		return st;
	*why = a ? arena_printf(a, "%s（%s）", fault ? fault : "数据库打不开", st->shown) : fault;
	if (st->driver)
		lane_stop(st);
	free_store(st);
	return NULL;
}

void store_close(struct store *st)
{
	if (!st)
		return;
	lane_stop(st);
	free_store(st);
}

enum store_kind store_kind(const struct store *st) { return st->driver->kind; }
const char *store_url(const struct store *st) { return st->shown; }
const char *store_secret_url(const struct store *st) { return st->path ? st->path : st->url; }

static struct conn *take_reader(struct store *st)
{
	struct conn *c;
	const char *why = NULL;

	pthread_mutex_lock(&st->lock);
	while (!st->readers && st->n_readers >= st->max_readers)
		pthread_cond_wait(&st->free_reader, &st->lock);
	if ((c = st->readers))
		st->readers = c->next;
	else
		st->n_readers++;
	pthread_mutex_unlock(&st->lock);
	if (c || (c = st->driver->connect(st, false, &why)))
		return c;
	pthread_mutex_lock(&st->lock);
	st->n_readers--;
	pthread_cond_signal(&st->free_reader);
	pthread_mutex_unlock(&st->lock);
	return NULL;
}

static void give_reader(struct store *st, struct conn *c)
{
	bool lost = c->fault == F_LOST;

	if (lost)
		st->driver->close(c);
	pthread_mutex_lock(&st->lock);
	if (lost)
		st->n_readers--;
	else {
		c->next = st->readers;
		st->readers = c;
	}
	pthread_cond_signal(&st->free_reader);
	pthread_mutex_unlock(&st->lock);
}

enum rc store_read(struct store *st, tx_fn *fn, void *arg)
{
	for (unsigned attempt = 0;; attempt++) {
		struct tx tx = { .store = st, .conn = take_reader(st), .marks = true };
		enum rc rc;

		if (!tx.conn)
			return RC_STORE;
		rc = st->driver->begin(tx.conn);
		if (rc && tx.conn->fault == F_LOST && attempt < st->max_readers) {
			give_reader(st, tx.conn);          /* a connection that died while idle: nothing was read yet */
			continue;
		}
		if (!rc) {
			rc = fn(&tx, arg);
			if (!rc)
				rc = tx.broken;
			tx_end_rows(tx.conn);
			if (st->driver->commit(tx.conn) && !rc)
				rc = RC_STORE;
		}
		give_reader(st, tx.conn);
		return rc;
	}
}

static enum rc note(struct tx *tx, enum rc rc)
{
	if (rc && !tx->broken)
		tx->broken = rc;
	return rc;
}

enum rc tx_query(struct tx *tx, const char *sql, const struct value *args, unsigned n, struct rows **out)
{
	enum rc rc = tx->broken;

	*out = NULL;
	if (rc || (rc = tx->store->driver->query(tx->conn, sql, args, n, out)))
		return note(tx, rc);
	(*out)->tx = tx;
	(*out)->below = tx->conn->open;
	tx->conn->open = *out;
	return RC_OK;
}

static enum rc end(struct rows *r, int64_t *changed)
{
	struct rows **p = &r->conn->open;

	while (*p && *p != r)
		p = &(*p)->below;
	if (*p)
		*p = r->below;
	return r->conn->store->driver->end(r, changed);
}

void tx_end_rows(struct conn *c)
{
	while (c->open)
		(void)end(c->open, NULL);
}

bool rows_next(struct rows *r, const struct value **cols)
{
	*cols = r->cols;
	return r->conn->store->driver->next(r);
}

unsigned rows_width(const struct rows *r) { return r->width; }

enum rc rows_end(struct rows *r)
{
	struct tx *tx = r ? r->tx : NULL;                  /* end() frees r */

	return r ? note(tx, end(r, NULL)) : RC_OK;
}

enum rc tx_exec(struct tx *tx, const char *sql, const struct value *args, unsigned n, int64_t *changed)
{
	struct rows *r;
	enum rc rc = tx_query(tx, sql, args, n, &r);

	if (changed)
		*changed = 0;
	if (rc)
		return rc;
	while (tx->store->driver->next(r)) {}
	return note(tx, end(r, changed));
}

enum rc tx_script(struct tx *tx, const char *sql)
{
	return tx->broken ? tx->broken : note(tx, tx->store->driver->script(tx->conn, sql));
}

/* Depth 0 of a lane is the request itself; PostgreSQL gives each request a transaction, so it needs no savepoint there. */
static bool real(const struct tx *tx, unsigned depth) { return depth > 0 || tx->marks; }

enum rc tx_save(struct tx *tx)
{
	enum rc rc = tx->broken;

	assert(tx->depth < MAX_SAVES);
	if (rc || (real(tx, tx->depth) && (rc = note(tx, tx->store->driver->mark(tx->conn, 's', tx->depth)))))
		return rc;
	if (tx->lane)
		slots_save(tx->lane, tx->depth);
	tx->depth++;
	return RC_OK;
}

enum rc tx_keep(struct tx *tx)
{
	enum rc rc = tx->broken;

	assert(tx->depth > 0);
	tx->depth--;
	return rc || !real(tx, tx->depth) ? rc : note(tx, tx->store->driver->mark(tx->conn, 'k', tx->depth));
}

enum rc tx_undo(struct tx *tx)
{
	enum rc rc = RC_OK;

	assert(tx->depth > 0);
	tx->depth--;
	if (tx->lane)
		slots_undo(tx->lane, tx->depth);
	if (real(tx, tx->depth))
		rc = tx->store->driver->mark(tx->conn, 'u', tx->depth);
	if (rc)
		return note(tx, rc);
	if (real(tx, tx->depth))
		tx->broken = RC_OK;
	return RC_OK;
}

const char *tx_constraint(const struct tx *tx) { return *tx->conn->constraint ? tx->conn->constraint : NULL; }
const char *tx_message(const struct tx *tx) { return tx->conn->message; }
bool tx_writes(const struct tx *tx) { return tx->conn->writer; }
unsigned tx_lane(const struct tx *tx) { return tx->lane ? tx->lane->number : 0; }
struct store *tx_store(const struct tx *tx) { return tx->store; }

void *tx_memory(struct tx *tx, unsigned slot, size_t size)
{
	struct slot *s;

	assert(tx->lane && slot < N_SLOTS && size && size <= MAX_SLOT);
	s = &tx->lane->slots[slot];
	if (!s->now) {
		if (!(s->now = calloc(1, size)))
			abort();
		s->size = size;
	}
	assert(s->size == size);
	return s->now;
}

void tx_on_commit(struct tx *tx, flush_fn *fn, unsigned slot)
{
	assert(tx->lane && slot < N_SLOTS && tx->lane->slots[slot].now);
	tx->lane->slots[slot].flush = fn;
}
