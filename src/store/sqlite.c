/* sqlite.c -- the SQLite driver: one connection that writes, several that read, WAL, full fsync. Owns the sqlite3 handles
 * and the mapping of its result codes. Refuses files that are no database and statements that hide a second one. */
#include "base/log.h"
#include "store/driver.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sconn { struct conn c; sqlite3 *db; struct cache cache; };
struct sstmt { struct cached cached; struct rows rows; sqlite3_stmt *st; bool done; };

static struct sconn *of(struct conn *c) { return (struct sconn *)(void *)c; }
static struct sstmt *stmt_of(struct rows *r)
{
	return (struct sstmt *)(void *)((char *)r - offsetof(struct sstmt, rows));
}

/* "UNIQUE constraint failed: index 'x'", "... failed: t.a, t.b", "CHECK constraint failed: x" */
static void name_constraint(struct conn *c, const char *message)
{
	const char *s = strstr(message, "failed: ");
	size_t n;

	c->constraint[0] = 0;
	if (!s)
		return;
	s += 8;
	if (!strncmp(s, "index '", 7)) {
		s += 7;
		n = strcspn(s, "'");
	} else
		n = strlen(s);
	snprintf(c->constraint, sizeof c->constraint, "%.*s", (int)n, s);
}

static enum rc fail(struct sconn *s, int code, const char *sql)
{
	static const enum rc meaning[] = { [F_CONFLICT] = RC_CONFLICT, [F_ERROR] = RC_STORE, [F_BUSY] = RC_BUSY, [F_DEAD] = RC_STORE };
	enum fault f;

	snprintf(s->c.message, sizeof s->c.message, "%s", sqlite3_errmsg(s->db));
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		f = F_CONFLICT;
		name_constraint(&s->c, s->c.message);
		break;
	case SQLITE_BUSY: case SQLITE_LOCKED:
		f = F_BUSY;
		break;
	case SQLITE_FULL: case SQLITE_IOERR: case SQLITE_NOMEM: case SQLITE_CORRUPT: case SQLITE_NOTADB: case SQLITE_CANTOPEN:
	case SQLITE_READONLY: case SQLITE_INTERRUPT: case SQLITE_PROTOCOL:
		f = F_DEAD;
		break;
	default:
		f = F_ERROR;
	}
	if (f != F_CONFLICT)
		log_event(f == F_BUSY ? LOG_WARN : LOG_ERROR, "store", "sqlite %d: %s: %.200s", code, s->c.message, sql);
	if (f > s->c.fault)
		s->c.fault = f;
	return meaning[f];
}

static void drop(void *arg, struct cached *e)
{
	struct sstmt *t = (struct sstmt *)(void *)e;

	(void)arg;
	sqlite3_finalize(t->st);
	free(t->rows.cols);
	free(t->cached.sql);
	free(t);
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static enum rc prepare(struct sconn *s, const char *sql, uint64_t hash, struct sstmt **out)
{
	sqlite3_stmt *st = NULL;
	const char *tail = NULL;
	struct sstmt *t;
	int code = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, &tail);

	if (code == SQLITE_OK && (!st || tail[strspn(tail, " \t\n;")])) {
		sqlite3_finalize(st);
		code = SQLITE_MISUSE;
	}
	if (code != SQLITE_OK)
		return fail(s, code, sql);
	t = must(calloc(1, sizeof *t));
	t->cached.sql = must(strdup(sql));
	t->cached.hash = hash;
	t->st = st;
	*out = t;
	return RC_OK;
}

static int bind(sqlite3_stmt *st, int at, const struct value *v)
{
	switch (v->type) {
	case V_INT:  return sqlite3_bind_int64(st, at, v->i);
	case V_TEXT: return sqlite3_bind_text64(st, at, v->s, v->n, SQLITE_TRANSIENT, SQLITE_UTF8);
	case V_BLOB: return v->n ? sqlite3_bind_blob64(st, at, v->s, v->n, SQLITE_TRANSIENT) : sqlite3_bind_zeroblob(st, at, 0);
	case V_NULL: break;
	}
	return sqlite3_bind_null(st, at);
}

static enum rc query(struct conn *c, const char *sql, const struct value *args, unsigned n, struct rows **out)
{
	struct sconn *s = of(c);
	uint64_t hash;
	struct sstmt *t = (struct sstmt *)(void *)cache_take(&s->cache, sql, &hash);
	enum rc rc;
	unsigned width;

	if (!t && (rc = prepare(s, sql, hash, &t)))
		return rc;
	width = (unsigned)sqlite3_column_count(t->st);
	if (width != t->rows.width || !t->rows.cols) {
		free(t->rows.cols);
		t->rows.cols = must(calloc(width + 1, sizeof *t->rows.cols));
	}
	t->rows.conn = c;
	t->rows.width = width;
	t->rows.rc = RC_OK;
	t->done = false;
	for (unsigned i = 0; i < n; i++) {
		int code = bind(t->st, (int)i + 1, &args[i]);

		if (code != SQLITE_OK) {
			rc = fail(s, code, sql);
			drop(NULL, &t->cached);
			return rc;
		}
	}
	*out = &t->rows;
	return RC_OK;
}

static void column(sqlite3_stmt *st, int at, struct value *v)
{
	switch (sqlite3_column_type(st, at)) {
	case SQLITE_INTEGER:
		*v = VINT(sqlite3_column_int64(st, at));
		break;
	case SQLITE_FLOAT:                                /* only of hand-written averages: the fraction is cut */
		*v = VINT((int64_t)sqlite3_column_double(st, at));
		break;
	case SQLITE_TEXT:
		v->type = V_TEXT;
		v->s = (const char *)sqlite3_column_text(st, at);
		v->n = (size_t)sqlite3_column_bytes(st, at);
		break;
	case SQLITE_BLOB:
		v->type = V_BLOB;
		v->s = sqlite3_column_blob(st, at);
		v->n = (size_t)sqlite3_column_bytes(st, at);
		if (!v->s)
			v->s = "";
		break;
	default:
		*v = VNULL;
	}
}

static bool next(struct rows *r)
{
	struct sstmt *t = stmt_of(r);
	int code;

	if (t->done)
		return false;
	code = sqlite3_step(t->st);
	if (code == SQLITE_ROW) {
		int have = sqlite3_data_count(t->st);     /* a schema change may have re-prepared it */

		for (unsigned i = 0; i < r->width; i++)
			if ((int)i < have)
				column(t->st, (int)i, &r->cols[i]);
			else
				r->cols[i] = VNULL;
		return true;
	}
	t->done = true;
	if (code != SQLITE_DONE)
		r->rc = fail(of(r->conn), code, t->cached.sql);
	return false;
}

static enum rc end(struct rows *r, int64_t *changed)
{
	struct sstmt *t = stmt_of(r);
	struct sconn *s = of(r->conn);
	enum rc rc = r->rc;

	if (changed)
		*changed = sqlite3_stmt_readonly(t->st) ? 0 : sqlite3_changes64(s->db);
	sqlite3_reset(t->st);
	sqlite3_clear_bindings(t->st);
	cache_put(&s->cache, &t->cached);
	return rc;
}

static enum rc run(struct conn *c, const char *sql)
{
	struct rows *r;
	enum rc rc = query(c, sql, NULL, 0, &r);

	if (rc)
		return rc;
	while (next(r)) {}
	return end(r, NULL);
}

static enum rc script(struct conn *c, const char *sql)
{
	int code = sqlite3_exec(of(c)->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? RC_OK : fail(of(c), code, sql);
}

static void rollback(struct conn *c)
{
	if (!sqlite3_get_autocommit(of(c)->db)) {
		enum fault f = c->fault;

		(void)run(c, "ROLLBACK");
		c->fault = f;
	}
}

static enum rc begin(struct conn *c)
{
	enum rc rc;

	c->fault = F_NONE;
	c->constraint[0] = c->message[0] = 0;
	rollback(c);
	if (c->writer)
		return run(c, "BEGIN IMMEDIATE");
	if ((rc = run(c, "BEGIN")) || (rc = run(c, "SELECT 1 FROM sqlite_schema LIMIT 1")))   /* the snapshot is now, not at first use */
		rollback(c);
	return rc;
}

static enum rc commit(struct conn *c)
{
	enum rc rc = sqlite3_get_autocommit(of(c)->db) ? RC_STORE : run(c, "COMMIT");

	if (rc)
		rollback(c);
	return rc == RC_CONFLICT ? RC_STORE : rc;          /* a deferred check: whose fault in the batch nobody can say */
}

static enum rc mark(struct conn *c, char op, unsigned depth)
{
	char sql[64];
	enum rc rc;

	if (sqlite3_get_autocommit(of(c)->db)) {          /* the error took the whole transaction with it */
		c->fault = F_DEAD;
		return RC_STORE;
	}
	if (op == 'u') {
		snprintf(sql, sizeof sql, "ROLLBACK TO s%u", depth);
		if ((rc = run(c, sql)))
			return rc;
		if (c->fault <= F_ERROR)
			c->fault = F_NONE;
		op = 'k';
	}
	snprintf(sql, sizeof sql, "%s s%u", op == 's' ? "SAVEPOINT" : "RELEASE", depth);
	return run(c, sql);
}

static void close_conn(struct conn *c)
{
	struct sconn *s = of(c);

	cache_clear(&s->cache);
	sqlite3_close_v2(s->db);
	free(s);
}

static const char *setup(struct sconn *s)
{
	int on = 0;
	char *why = NULL;

	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, s->c.writer ? 15000 : 5000);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &on);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, &on);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, &on);
	if (sqlite3_exec(s->db, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA synchronous=FULL", NULL, NULL, NULL) != SQLITE_OK
	    || sqlite3_exec(s->db, s->c.writer ? "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=67108864;"
			" PRAGMA cache_size=-8192; SELECT count(*) FROM sqlite_schema"
			: "PRAGMA query_only=ON; PRAGMA cache_size=-2048; SELECT count(*) FROM sqlite_schema", NULL, NULL, &why) != SQLITE_OK) {
		int code = sqlite3_errcode(s->db) & 0xff;

		sqlite3_free(why);
		return code == SQLITE_NOTADB ? "这个文件不是数据库，请检查 --db 给出的路径"
			: code == SQLITE_CORRUPT ? "数据库文件已损坏，请用 sanshe restore 从备份恢复"
			: code == SQLITE_BUSY ? "数据库正被别的程序占用，请稍后再试"
			: code == SQLITE_READONLY || code == SQLITE_CANTOPEN || code == SQLITE_PERM
			? "没有写入数据库文件或其目录的权限"
			: "数据库打不开，请检查磁盘和权限";
	}
	if (s->c.store->scratch)                           /* :memory: is thrown away: no need to wait for the disk */
		sqlite3_exec(s->db, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
	return NULL;
}

/* SQLite would make the file readable to all: it holds people's data. */
static const char *make_file(const struct store *st)
{
	int fd = open(st->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? NULL : errno == ENOENT ? "数据库所在的目录不存在，请先建立目录" : "不能建立数据库文件，请检查目录权限";
	close(fd);
	return NULL;
}

static void quiet(void)
{
	/* What a savepoint remembers stays in memory: in a file it halves an import. It is a list of small pieces, walked from its beginning
	 * after statements: whoever writes much keeps his savepoints short. (A limit above 128 KB breaks: spilled in one write, told as "full".) */
	sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);        /* its counter is a lock that all threads share */
}

static struct conn *connect_file(struct store *st, bool writer, const char **why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sconn *s;

	pthread_once(&once, quiet);
	if (writer && st->create && (*why = make_file(st)))
		return NULL;
	s = must(calloc(1, sizeof *s));
	s->c.store = st;
	s->c.writer = writer;
	s->cache.max = writer ? 512 : 256;
	s->cache.drop = drop;
	if (sqlite3_open_v2(st->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		*why = access(st->path, F_OK) ? "数据库文件不存在，请先运行 sanshe init 建立" : "没有打开数据库文件的权限";
		close_conn(&s->c);
		return NULL;
	}
	if ((*why = setup(s))) {
		close_conn(&s->c);
		return NULL;
	}
	return &s->c;
}

/* A whole file in one transaction touches every index at random: pages that do not fit go to the log and back, over and over. */
static void wide(struct conn *c, bool on)
{
	sqlite3_exec(of(c)->db, on ? "PRAGMA cache_size=-65536" : "PRAGMA cache_size=-8192; PRAGMA shrink_memory", NULL, NULL, NULL);
}

const struct driver driver_sqlite = {
	STORE_SQLITE, .lanes = 1, .batch = 256, connect_file, close_conn, begin, commit, rollback, mark, query, next, end, script, wide
};
