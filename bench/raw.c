/* raw.c -- the raw loops in C that the server is measured against: the same SQL on the same SQLite file, no server, no rules.
 * usage: raw list DB SECONDS THREADS SQL COUNTY…   raw insert DB SECONDS PER_TRANSACTION   raw bulk DB MODEL
 * insert writes what the server writes for a new need: its number counted, the row, its words, the audit entry, the remembered answer.
 * bulk writes into DB all rows that an import has put into MODEL (a copy of DB before that), in the same order, in one transaction.
 * All values are ready in memory before the clock starts: nothing is parsed, checked, sealed or hashed. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *path, *sql, *cache = "-2048";
static char **counties;
static int n_counties;
static double until;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As the server opens it. */
static sqlite3 *open_db(void)
{
	char setup[200];
	sqlite3 *db;

	snprintf(setup, sizeof setup, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2000; PRAGMA cache_size=%s", cache);
	if (sqlite3_open(path, &db) || sqlite3_busy_timeout(db, 5000) || sqlite3_exec(db, setup, NULL, NULL, NULL)) {
		fprintf(stderr, "%s\n", sqlite3_errmsg(db));
		exit(1);
	}
	return db;
}

static void say(size_t n, double start, double c0)
{
	printf("{\"requests\":%zu,\"seconds\":%.3f,\"cpu\":%.3f}\n", n, now() - start, cpu() - c0);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *text)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, text, -1, &s, NULL)) {
		fprintf(stderr, "%s: %s\n", sqlite3_errmsg(db), text);
		exit(1);
	}
	return s;
}

static void *lister(void *arg)
{
	sqlite3 *db = open_db();
	sqlite3_stmt *s = prepare(db, sql);
	unsigned seed = (unsigned)(size_t)arg;
	size_t n = 0, bytes = 0;

	while (now() < until) {
		long long county = strtoll(counties[(size_t)rand_r(&seed) % (size_t)n_counties], NULL, 10);

		sqlite3_bind_int64(s, 1, county / 100);
		sqlite3_bind_int64(s, 2, county);
		while (sqlite3_step(s) == SQLITE_ROW)
			for (int i = 0; i < sqlite3_column_count(s); i++)
				bytes += (size_t)sqlite3_column_bytes(s, i);
		sqlite3_reset(s);
		n++;
	}
	sqlite3_finalize(s);
	sqlite3_close(db);
	return (void *)(bytes ? n : 0);
}

static void list(double seconds, int threads)
{
	pthread_t t[64];
	size_t n = 0;
	double start = now(), c0 = cpu();

	until = start + seconds;
	for (int i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, lister, (void *)(size_t)(i + 1));
	for (int i = 0; i < threads; i++) {
		void *k;

		pthread_join(t[i], &k);
		n += (size_t)k;
	}
	say(n, start, c0);
}

/* Rows of a table in memory. */
struct cellv { int type, n; long long i; char *s; };
struct table { struct cellv *cells; int n, cap, width; sqlite3_stmt *put; };

static void take_cell(sqlite3_stmt *s, int i, struct cellv *v)
{
	v->type = sqlite3_column_type(s, i);
	v->i = sqlite3_column_int64(s, i);
	v->n = sqlite3_column_bytes(s, i);
	v->s = NULL;
	if (v->type == SQLITE_TEXT || v->type == SQLITE_BLOB) {
		v->s = malloc((size_t)v->n + 1);
		memcpy(v->s, sqlite3_column_blob(s, i), (size_t)v->n);
	}
}

static sqlite3_stmt *inserter(sqlite3 *db, const char *name, int width)
{
	char text[4000];
	size_t k = (size_t)snprintf(text, sizeof text, "INSERT INTO %s VALUES (", name);

	for (int i = 0; i < width; i++)
		k += (size_t)snprintf(text + k, sizeof text - k, "%s?", i ? "," : "");
	snprintf(text + k, sizeof text - k, ")");
	return prepare(db, text);
}

/* The rows `query` gives in `from`, to be put into the table `name` of `db`. */
static struct table load(sqlite3 *from, sqlite3 *db, const char *name, const char *query, long long since)
{
	sqlite3_stmt *s = prepare(from, query);
	struct table t = { .width = sqlite3_column_count(s) };

	sqlite3_bind_int64(s, 1, since);
	while (sqlite3_step(s) == SQLITE_ROW) {
		if (t.n == t.cap) {
			t.cap = t.cap ? t.cap * 2 : 1024;
			t.cells = realloc(t.cells, (size_t)t.cap * (size_t)t.width * sizeof *t.cells);
		}
		for (int i = 0; i < t.width; i++)
			take_cell(s, i, &t.cells[(size_t)t.n * (size_t)t.width + (size_t)i]);
		t.n++;
	}
	sqlite3_finalize(s);
	t.put = inserter(db, name, t.width);
	return t;
}

static struct cellv *row_of(const struct table *t, int n)
{
	return &t->cells[(size_t)n * (size_t)t->width];
}

static void step(sqlite3_stmt *s)
{
	int code = sqlite3_step(s);

	if (code != SQLITE_DONE && code != SQLITE_ROW) {
		fprintf(stderr, "%s: %s\n", sqlite3_errmsg(sqlite3_db_handle(s)), sqlite3_sql(s));
		exit(1);
	}
	sqlite3_reset(s);
}

static void put(const struct table *t, const struct cellv *row)
{
	for (int i = 0; i < t->width; i++)
		if (row[i].type == SQLITE_INTEGER)
			sqlite3_bind_int64(t->put, i + 1, row[i].i);
		else if (row[i].type == SQLITE_TEXT)
			sqlite3_bind_text(t->put, i + 1, row[i].s, row[i].n, SQLITE_STATIC);
		else if (row[i].type == SQLITE_BLOB)
			sqlite3_bind_blob(t->put, i + 1, row[i].s, row[i].n, SQLITE_STATIC);
		else
			sqlite3_bind_null(t->put, i + 1);
	step(t->put);
}

/* Pairs of neighbouring characters and the region at five levels: the words the server looks a need up by. */
static char *words_of(const struct cellv *detail, long long region)
{
	static const int levels[] = { 2, 4, 6, 9, 12 };
	char *out = calloc(1, (size_t)detail->n * 3 + 100), code[20];
	size_t k = 0;

	for (int i = 0; i + 6 <= detail->n; i += 3)                  /* all characters of the data have three bytes */
		if (!memmem(detail->s + i, 6, "，", 3))
			k += (size_t)sprintf(out + k, "%.6s ", detail->s + i);
	snprintf(code, sizeof code, "%012lld", region);
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		k += (size_t)sprintf(out + k, "r%.*s ", levels[i], code);
	return out;
}

static int column(sqlite3 *db, const char *name)
{
	sqlite3_stmt *s = prepare(db, "SELECT cid FROM pragma_table_info('needs') WHERE name = ?1");
	int at;

	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	at = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : -1;
	sqlite3_finalize(s);
	return at;
}

static long long number(sqlite3 *db, const char *query)
{
	sqlite3_stmt *s = prepare(db, query);
	long long n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;

	sqlite3_finalize(s);
	return n;
}

static void run(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL)) {
		fprintf(stderr, "%s: %s\n", sqlite3_errmsg(db), text);
		exit(1);
	}
}

static void put_words(sqlite3_stmt *find, long long id, const char *words)
{
	sqlite3_bind_int64(find, 1, id);
	sqlite3_bind_text(find, 2, words, -1, SQLITE_STATIC);
	step(find);
}

enum { NEEDS, AUDIT, ANSWERS, N_TABLES, ANSWER = 1250 };
struct maker { struct table t[N_TABLES]; sqlite3_stmt *count, *find; char **words, answer[ANSWER + 1]; int no; long long base; };

/* One need more: id n, all else as in a need of the community the clients write in. */
static void make(struct maker *m, size_t n)
{
	struct cellv *need = row_of(&m->t[NEEDS], (int)(n % (size_t)m->t[NEEDS].n)), *audit = row_of(&m->t[AUDIT], 0);
	long long city = need[1].i, id = m->base + ((long long)(n / 16) << 22) + (city << 8) + (long long)(n % 16);
	struct cellv remembered[] = { { SQLITE_INTEGER, 0, city, NULL }, { SQLITE_TEXT, 0, 0, NULL }, { SQLITE_INTEGER, 0, id, NULL },
		{ SQLITE_BLOB, 32, 0, audit[15].s }, { SQLITE_INTEGER, 0, 201, NULL }, { SQLITE_TEXT, 32, 0, m->answer },
		{ SQLITE_TEXT, ANSWER, 0, m->answer }, { SQLITE_INTEGER, 0, audit[4].i, NULL } };
	char no[40], key[40];

	sqlite3_bind_int64(m->count, 1, city);
	step(m->count);
	need[0].i = id;
	need[m->no] = (struct cellv){ SQLITE_TEXT, snprintf(no, sizeof no, "XQ%lld%07zu", m->base >> 22, n), 0, no };
	put(&m->t[NEEDS], need);
	put_words(m->find, id, m->words[n % (size_t)m->t[NEEDS].n]);
	audit[0].i = city, audit[1].i = id, audit[2].i = m->base >> 22, audit[3].i = (long long)n + 1, audit[11] = (struct cellv){ SQLITE_INTEGER, 0, id, NULL };
	put(&m->t[AUDIT], audit);
	remembered[1].n = snprintf(key, sizeof key, "bench-%08zx-key", n);
	remembered[1].s = key;
	put(&m->t[ANSWERS], remembered);
}

static void insert(double seconds, int group)
{
	sqlite3 *db = open_db();
	struct maker m = { .no = column(db, "no"), .base = ((number(db, "SELECT max(id) FROM needs") >> 22) + 1000) << 22 };
	int detail = column(db, "detail");
	double start, c0;
	size_t n = 0;

	m.t[NEEDS] = load(db, db, "needs", "SELECT * FROM needs WHERE id > ?1 AND region ="
		" (SELECT region FROM needs WHERE county = 210102 GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)", 0);
	m.t[AUDIT] = load(db, db, "audit", "SELECT * FROM audit WHERE id > ?1 LIMIT 1", 0);
	m.t[ANSWERS] = load(db, db, "idempotency", "SELECT * FROM idempotency WHERE at > ?1 LIMIT 0", 0);
	m.find = prepare(db, "INSERT INTO needs_find (rowid, tokens) VALUES (?1, ?2)");
	m.count = prepare(db, "INSERT INTO counter (city, name, value) VALUES (?1, 'raw', 1)"
		" ON CONFLICT (city, name) DO UPDATE SET value = counter.value + 1 RETURNING value");
	memset(m.answer, 'a', ANSWER);
	m.words = calloc((size_t)m.t[NEEDS].n, sizeof *m.words);
	for (int i = 0; i < m.t[NEEDS].n; i++)
		m.words[i] = words_of(&row_of(&m.t[NEEDS], i)[detail], row_of(&m.t[NEEDS], i)[3].i);
	start = now();
	c0 = cpu();
	while (now() - start < seconds) {
		run(db, "BEGIN IMMEDIATE");
		for (int i = 0; i < group; i++)
			make(&m, n++);
		run(db, "COMMIT");
	}
	say(n, start, c0);
}

static void bulk(const char *model)
{
	sqlite3 *db, *from;
	const char *to = path;
	double start, c0;
	int next = 0, said = 0;

	path = model;
	from = open_db();
	path = to;
	db = open_db();
	long long since = number(db, "SELECT max(id) FROM needs"), heard = number(db, "SELECT max(id) FROM need_confirmations"),
		entries = number(db, "SELECT max(id) FROM audit"), taken = number(db, "SELECT coalesce(max(at), 0) FROM import_row");
	struct table needs = load(from, db, "needs", "SELECT * FROM needs WHERE id > ?1 ORDER BY id", since),
		words = load(from, db, "need_confirmations", "SELECT * FROM need_confirmations WHERE id > ?1 ORDER BY id", heard),
		audit = load(from, db, "audit", "SELECT * FROM audit WHERE id > ?1 ORDER BY id", entries),
		rows = load(from, db, "import_row", "SELECT * FROM import_row WHERE at > ?1 ORDER BY digest", taken);
	sqlite3_stmt *find = prepare(db, "INSERT INTO needs_find (rowid, tokens) VALUES (?1, ?2)");
	int detail = column(db, "detail");
	char **tokens = calloc((size_t)needs.n + 1, sizeof *tokens);

	for (int i = 0; i < needs.n; i++)
		tokens[i] = words_of(&row_of(&needs, i)[detail], row_of(&needs, i)[3].i);
	sqlite3_close(from);
	start = now();
	c0 = cpu();
	run(db, "BEGIN IMMEDIATE");
	for (int i = 0; i < needs.n; i++) {
		long long id = row_of(&needs, i)[0].i;

		put(&needs, row_of(&needs, i));
		put_words(find, id, tokens[i]);
		for (; next < words.n && row_of(&words, next)[15].i <= id; next++)
			put(&words, row_of(&words, next));
		for (; said < (int)((long long)audit.n * (i + 1) / needs.n); said++)
			put(&audit, row_of(&audit, said));
		if (i < rows.n)
			put(&rows, row_of(&rows, i));
	}
	run(db, "COMMIT");
	struct table *all[] = { &needs, &words, &audit, &rows };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		sqlite3_finalize(all[i]->put);
	sqlite3_finalize(find);
	sqlite3_close(db);                              /* the import ends with a checkpoint too */
	say((size_t)needs.n, start, c0);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	path = argv[2];
	if (!strcmp(argv[1], "list") && argc > 6) {
		sql = argv[5];
		counties = argv + 6;
		n_counties = argc - 6;
		list(strtod(argv[3], NULL), (int)strtol(argv[4], NULL, 10));
	} else if (!strcmp(argv[1], "insert") && argc == 5) {
		cache = "-8192";
		insert(strtod(argv[3], NULL), (int)strtol(argv[4], NULL, 10));
	} else if (!strcmp(argv[1], "bulk") && argc == 4) {
		cache = "-65536";
		bulk(argv[3]);
	} else
		return 2;
	return 0;
}
