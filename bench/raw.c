/* raw.c -- the raw loops in C that the server is measured against: the same SQL on the same SQLite file, no server, no rules.
 * usage: raw list DB SECONDS THREADS SQL COUNTY…   raw insert DB SECONDS PER_TRANSACTION   raw bulk DB ROWS
 * insert and bulk copy rows of `needs` (new ids) with all indexes, the search index and an audit-sized row beside them where the server writes one. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *path, *sql;
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

static sqlite3 *open_db(void)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) || sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000", NULL, NULL, NULL)) {
		fprintf(stderr, "%s\n", sqlite3_errmsg(db));
		exit(1);
	}
	return db;
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
	printf("{\"requests\":%zu,\"seconds\":%.3f,\"cpu\":%.3f}\n", n, now() - start, cpu() - c0);
}

/* Rows of `needs` in memory, then written again under new ids. */
struct cellv { int type; long long i; char *s; int n; };
static struct cellv *rows_of(sqlite3 *db, int limit, int *n_rows, int *width)
{
	char text[100];
	sqlite3_stmt *s;
	struct cellv *all;
	int n = 0;

	snprintf(text, sizeof text, "SELECT * FROM needs ORDER BY id LIMIT %d", limit);
	s = prepare(db, text);
	*width = sqlite3_column_count(s);
	all = calloc((size_t)limit * (size_t)*width, sizeof *all);
	while (sqlite3_step(s) == SQLITE_ROW) {
		for (int i = 0; i < *width; i++) {
			struct cellv *v = &all[(size_t)n * (size_t)*width + (size_t)i];

			v->type = sqlite3_column_type(s, i);
			v->i = sqlite3_column_int64(s, i);
			v->n = sqlite3_column_bytes(s, i);
			if (v->type == SQLITE_TEXT || v->type == SQLITE_BLOB) {
				v->s = malloc((size_t)v->n + 1);
				memcpy(v->s, sqlite3_column_blob(s, i), (size_t)v->n);
			}
		}
		n++;
	}
	sqlite3_finalize(s);
	*n_rows = n;
	return all;
}

static sqlite3_stmt *inserter(sqlite3 *db, int width)
{
	char text[4000] = "INSERT INTO needs VALUES (";
	size_t k = strlen(text);

	for (int i = 0; i < width; i++)
		k += (size_t)snprintf(text + k, sizeof text - k, "%s?", i ? "," : "");
	snprintf(text + k, sizeof text - k, ")");
	return prepare(db, text);
}

static int no_column(sqlite3 *db)
{
	sqlite3_stmt *s = prepare(db, "SELECT cid FROM pragma_table_info('needs') WHERE name = 'no'");
	int at = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : -1;

	sqlite3_finalize(s);
	return at;
}

static void put(sqlite3 *db, sqlite3_stmt *s, sqlite3_stmt *find, const struct cellv *row, int width, long long id, int no)
{
	char number[40];

	for (int i = 0; i < width; i++) {
		const struct cellv *v = &row[i];

		if (i == 0)
			sqlite3_bind_int64(s, 1, id);
		else if (i == no) {
			snprintf(number, sizeof number, "BQ%lld", id);
			sqlite3_bind_text(s, i + 1, number, -1, SQLITE_TRANSIENT);
		} else if (v->type == SQLITE_INTEGER)
			sqlite3_bind_int64(s, i + 1, v->i);
		else if (v->type == SQLITE_TEXT)
			sqlite3_bind_text(s, i + 1, v->s, v->n, SQLITE_STATIC);
		else if (v->type == SQLITE_BLOB)
			sqlite3_bind_blob(s, i + 1, v->s, v->n, SQLITE_STATIC);
		else
			sqlite3_bind_null(s, i + 1);
	}
	if (sqlite3_step(s) != SQLITE_DONE) {
		fprintf(stderr, "insert: %s\n", sqlite3_errmsg(db));
		exit(1);
	}
	sqlite3_reset(s);
	if (find) {
		sqlite3_bind_int64(find, 1, id);
		sqlite3_bind_text(find, 2, "独居 居需 需定 定期 期上 上门 门探 探访 r21 r2101 r210102", -1, SQLITE_STATIC);
		sqlite3_step(find);
		sqlite3_reset(find);
	}
}

static void insert(double seconds, int group, int rows_wanted)
{
	sqlite3 *db = open_db();
	int n_rows, width, no = no_column(db);
	struct cellv *all = rows_of(db, rows_wanted ? rows_wanted : 20000, &n_rows, &width);
	sqlite3_stmt *s = inserter(db, width), *find = prepare(db, "INSERT INTO needs_find(rowid, tokens) VALUES (?1, ?2)");
	sqlite3_stmt *top = prepare(db, "SELECT max(id) FROM needs");
	long long base;
	size_t n = 0;
	double start, c0;

	sqlite3_step(top);
	base = ((sqlite3_column_int64(top, 0) >> 22) + 1000) << 22;
	sqlite3_finalize(top);
	start = now();
	c0 = cpu();
	while (rows_wanted ? n < (size_t)n_rows : now() - start < seconds) {
		sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		for (int i = 0; i < group && (!rows_wanted || n < (size_t)n_rows); i++, n++) {
			const struct cellv *row = &all[(n % (size_t)n_rows) * (size_t)width];

			put(db, s, find, row, width, base + ((long long)(n / 16) << 22) + (row[1].i << 8) + (long long)(n % 16), no);
		}
		if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL)) {
			fprintf(stderr, "commit: %s\n", sqlite3_errmsg(db));
			exit(1);
		}
	}
	printf("{\"requests\":%zu,\"seconds\":%.3f,\"cpu\":%.3f}\n", n, now() - start, cpu() - c0);
	sqlite3_finalize(s);
	sqlite3_finalize(find);
	sqlite3_close(db);
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
	} else if (!strcmp(argv[1], "insert") && argc == 5)
		insert(strtod(argv[3], NULL), (int)strtol(argv[4], NULL, 10), 0);
	else if (!strcmp(argv[1], "bulk") && argc == 4)
		insert(0, 1 << 30, (int)strtol(argv[3], NULL, 10));
	else
		return 2;
	return 0;
}
