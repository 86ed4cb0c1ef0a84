/* pg_query.c -- statements and rows of the PostgreSQL driver. Statements are prepared once for a connection; ?N becomes $N.
 * A read in order without LIMIT (an export, a check of everything) goes through a cursor, so that memory stays constant;
 * all else is fetched at once. Refuses to guess a type: whole numbers are int8, text is text, bytes are bytea. */
#include "store/pg.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, BYTEA = 17, BOOLEAN = 16, FLOAT4 = 700, FLOAT8 = 701, NUMERIC = 1700, OID = 26 };
enum { FETCH = 500, MAX_ARGS = 1024 };

struct prows { struct rows rows; PGresult *res; int at, total; int cursor /* -1: none */; char *kinds; };

static struct prows *rows_of(struct rows *r) { return (struct prows *)(void *)r; }

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

void pg_drop(void *arg, struct cached *e)
{
	struct pconn *p = arg;
	struct pstmt *t = (struct pstmt *)(void *)e;

	t->grave = p->graves;                              /* a failed transaction would refuse DEALLOCATE: later */
	p->graves = t;
}

void pg_bury(struct pconn *p)
{
	while (p->graves) {
		struct pstmt *t = p->graves;
		char sql[64];

		p->graves = t->grave;
		if (p->pg && t->name[0]) {
			snprintf(sql, sizeof sql, "DEALLOCATE %s", t->name);
			(void)pg_run(p, sql);
		}
		free(t->cached.sql);
		free(t->types);
		free(t);
	}
}

/* ?12 to $12, but not inside quotes. The same length: one character for one. */
static char *dollars(const char *sql)
{
	char *out = must(strdup(sql)), quote = 0;

	for (char *s = out; *s; s++) {
		if (quote)
			quote = *s == quote ? 0 : quote;
		else if (*s == '\'' || *s == '"')
			quote = *s;
		else if (*s == '?' && isdigit((unsigned char)s[1]))
			*s = '$';
	}
	return out;
}

static Oid oid_of(const struct value *v)
{
	return v->type == V_INT ? INT8 : v->type == V_TEXT ? TEXT : v->type == V_BLOB ? BYTEA : 0;
}

static bool fits(const struct value *v, Oid oid)
{
	return v->type == V_NULL || oid == oid_of(v) || (v->type == V_INT && (oid == INT4 || oid == INT2));
}

static bool all_fit(const struct pstmt *t, const struct value *args, unsigned n)
{
	if (n > t->n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!fits(&args[i], t->types[i]))
			return false;
	return true;
}

static PGresult *try_prepare(struct pconn *p, struct pstmt *t, const char *text, const Oid *types, unsigned n)
{
	snprintf(t->name, sizeof t->name, "q%u", ++p->names);
	return PQprepare(p->pg, t->name, text, (int)n, types);
}

/* The types the server settled on, for the next call whose arguments are null elsewhere. */
static enum rc describe(struct pconn *p, struct pstmt *t)
{
	PGresult *r = PQdescribePrepared(p->pg, t->name);
	enum rc rc = RC_OK;

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		rc = pg_fail(p, r, t->cached.sql);
	else {
		t->n = (unsigned)PQnparams(r);
		free(t->types);
		t->types = must(calloc(t->n + 1, sizeof *t->types));
		for (unsigned i = 0; i < t->n; i++)
			t->types[i] = PQparamtype(r, (int)i);
	}
	PQclear(r);
	return rc;
}

static bool any_null(const struct value *args, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (args[i].type == V_NULL)
			return true;
	return false;
}

/* What the server says of a null it cannot place, in any language: "could not determine data type of parameter $3" (never used
 * with anything: text will do) or "inconsistent types deduced for parameter $3" (a number is tried, then text, then bytes).
 * false: the fault is another one. */
static bool guess(const PGresult *r, Oid *types, unsigned n, unsigned *last)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	unsigned at = 0;

	if (!state || !text || strncmp(state, "42", 2) != 0)
		return false;
	if ((!strcmp(state, "42P18") || !strcmp(state, "42P08")) && (text = strchr(text, '$')))
		at = (unsigned)strtoul(text + 1, NULL, 10);
	if (at && at <= n && !types[at - 1]) {
		types[at - 1] = state[4] == '8' && state[3] == '0' ? INT8 : TEXT;
		*last = at;
		return true;
	}
	if (!*last || types[*last - 1] == BYTEA)
		return false;
	types[*last - 1] = types[*last - 1] == INT8 ? TEXT : BYTEA;   /* the newest guess was wrong */
	return true;
}

/* A null has no type of its own: the server finds it from where it stands, else it is guessed. */
static enum rc prepare(struct pconn *p, struct pstmt *t, const struct value *args, unsigned n)
{
	Oid types[MAX_ARGS];
	char *text = dollars(t->cached.sql);
	bool careful = any_null(args, n) && PQtransactionStatus(p->pg) == PQTRANS_INTRANS;
	PGresult *r = NULL;
	unsigned last = 0;
	enum rc rc = careful ? pg_run(p, "SAVEPOINT types") : RC_OK;

	for (unsigned i = 0; i < n; i++) {
		Oid known = i < t->n ? t->types[i] : 0;

		types[i] = known && fits(&args[i], known) ? known : oid_of(&args[i]);
	}
	while (!rc) {
		PQclear(r);
		r = try_prepare(p, t, text, types, n);
		if (PQresultStatus(r) == PGRES_COMMAND_OK || !careful || !guess(r, types, n, &last))
			break;
		rc = pg_run(p, "ROLLBACK TO types");
	}
	if (!rc && PQresultStatus(r) != PGRES_COMMAND_OK) {
		t->name[0] = 0;
		rc = pg_fail(p, r, t->cached.sql);
	} else if (!rc && careful)
		rc = pg_run(p, "RELEASE types");
	PQclear(r);
	free(text);
	return rc ? rc : describe(p, t);
}

static enum rc statement(struct pconn *p, const char *sql, const struct value *args, unsigned n, struct pstmt **out)
{
	uint64_t hash;
	struct pstmt *t = (struct pstmt *)(void *)cache_take(&p->cache, sql, &hash);
	enum rc rc;

	if (t && all_fit(t, args, n)) {
		*out = t;
		return RC_OK;
	}
	struct pstmt *fresh = must(calloc(1, sizeof *fresh));

	fresh->cached.sql = must(strdup(sql));
	fresh->cached.hash = hash;
	if (t) {                                           /* types known from before are kept */
		fresh->n = t->n;
		fresh->types = t->types;
		t->types = NULL;
		pg_drop(p, &t->cached);
	}
	if ((rc = prepare(p, fresh, args, n)))
		pg_drop(p, &fresh->cached);
	else
		*out = fresh;
	return rc;
}

static PGresult *execute(struct pconn *p, const struct pstmt *t, const struct value *args, unsigned n)
{
	const char *values[MAX_ARGS];
	int lengths[MAX_ARGS], formats[MAX_ARGS];
	char numbers[MAX_ARGS][24];

	for (unsigned i = 0; i < n; i++) {
		formats[i] = args[i].type == V_TEXT || args[i].type == V_BLOB;
		lengths[i] = (int)args[i].n;
		values[i] = args[i].type == V_NULL ? NULL : args[i].s;
		if (args[i].type == V_INT) {
			lengths[i] = snprintf(numbers[i], sizeof numbers[i], "%lld", (long long)args[i].i);
			values[i] = numbers[i];
		}
	}
	return PQexecPrepared(p->pg, t->name, (int)n, values, lengths, formats, 0);
}

static char kind_of(Oid oid)
{
	switch (oid) {
	case INT8: case INT2: case INT4: case OID: return 'i';
	case NUMERIC: case FLOAT4: case FLOAT8: return 'f';
	case BOOLEAN: return 'o';
	case BYTEA:   return 'b';
	default:      return 't';
	}
}

static struct prows *new_rows(struct pconn *p, PGresult *res, int cursor)
{
	unsigned width = (unsigned)PQnfields(res);
	struct prows *r = must(calloc(1, sizeof *r + width * (sizeof(struct value) + 1) + sizeof(struct value)));

	r->rows.conn = &p->c;
	r->rows.width = width;
	r->rows.cols = (struct value *)(void *)(r + 1);
	r->kinds = (char *)(r->rows.cols + width);
	for (unsigned i = 0; i < width; i++)
		r->kinds[i] = kind_of(PQftype(res, (int)i));
	r->res = res;
	r->total = PQntuples(res);
	r->cursor = cursor;
	return r;
}

/* Only for reads: a cursor sees the snapshot of its transaction, which there is the same for all statements. */
static bool wants_cursor(const struct pconn *p, const char *sql)
{
	return !p->c.writer && !strncasecmp(sql, "SELECT", 6) && strcasestr(sql, "ORDER BY") && !strcasestr(sql, " LIMIT ")
		&& p->cursors != UINT32_MAX;
}

static PGresult *fetch(struct pconn *p, int cursor)
{
	char sql[64];

	snprintf(sql, sizeof sql, "FETCH FORWARD %d FROM c%d", FETCH, cursor);
	return PQexec(p->pg, sql);
}

enum rc pg_query(struct conn *c, const char *sql, const struct value *args, unsigned n, struct rows **out)
{
	struct pconn *p = pg_of(c);
	bool cursor = wants_cursor(p, sql);
	int number = cursor ? __builtin_ctz(~p->cursors) : -1;
	char *declare = NULL;
	struct pstmt *t;
	PGresult *r;
	enum rc rc;

	if (n > MAX_ARGS)
		return RC_STORE;
	if (cursor && asprintf(&declare, "DECLARE c%d NO SCROLL CURSOR FOR %s", number, sql) < 0)
		abort();
	rc = statement(p, declare ? declare : sql, args, n, &t);
	free(declare);
	if (rc)
		return rc;
	r = execute(p, t, args, n);
	if (cursor && PQresultStatus(r) == PGRES_COMMAND_OK) {
		PQclear(r);
		p->cursors |= UINT32_C(1) << number;
		r = fetch(p, number);
	}
	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK) {
		rc = pg_fail(p, r, sql);
		PQclear(r);
		if (c->fault == F_AGAIN)
			pg_drop(p, &t->cached);            /* it may be the statement that is stale */
		else
			cache_put(&p->cache, &t->cached);
		return rc;
	}
	cache_put(&p->cache, &t->cached);
	*out = &new_rows(p, r, number)->rows;
	return RC_OK;
}

static unsigned nibble(char c) { return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10); }

/* \x6162 in the result's own memory: the bytes are shorter than their digits. */
static void unhex(struct value *v, char *s, int n)
{
	size_t len = n >= 2 ? (size_t)(n - 2) / 2 : 0;

	for (size_t i = 0; i < len; i++)
		s[i] = (char)(nibble(s[2 + 2 * i]) << 4 | nibble(s[3 + 2 * i]));
	*v = (struct value){ .type = V_BLOB, .s = s, .n = len };
}

static void column(struct prows *r, int at)
{
	struct value *v = &r->rows.cols[at];
	char *s = PQgetvalue(r->res, r->at, at);

	if (PQgetisnull(r->res, r->at, at)) {
		*v = VNULL;
		return;
	}
	switch (r->kinds[at]) {
	case 'i': *v = VINT(strtoll(s, NULL, 10)); break;
	case 'f': *v = VINT(strpbrk(s, "eE") ? (int64_t)strtod(s, NULL) : strtoll(s, NULL, 10)); break;   /* the fraction is cut */
	case 'o': *v = VINT(*s == 't'); break;
	case 'b': unhex(v, s, PQgetlength(r->res, r->at, at)); break;
	default:  *v = (struct value){ .type = V_TEXT, .s = s, .n = (size_t)PQgetlength(r->res, r->at, at) };
	}
}

bool pg_next(struct rows *rows)
{
	struct prows *r = rows_of(rows);
	struct pconn *p = pg_of(rows->conn);

	if (rows->rc)
		return false;
	if (r->at == r->total && r->cursor >= 0 && r->total == FETCH) {
		PQclear(r->res);
		r->res = fetch(p, r->cursor);
		r->at = r->total = 0;
		if (PQresultStatus(r->res) != PGRES_TUPLES_OK) {
			rows->rc = pg_fail(p, r->res, "FETCH");
			return false;
		}
		r->total = PQntuples(r->res);
	}
	if (r->at >= r->total)
		return false;
	for (unsigned i = 0; i < rows->width; i++)
		column(r, (int)i);
	r->at++;
	return true;
}

enum rc pg_end(struct rows *rows, int64_t *changed)
{
	struct prows *r = rows_of(rows);
	struct pconn *p = pg_of(rows->conn);
	enum rc rc = rows->rc;
	const char *status = PQcmdStatus(r->res);

	if (changed)
		*changed = strncmp(status, "SELECT", 6) != 0 ? strtoll(PQcmdTuples(r->res), NULL, 10) : 0;
	PQclear(r->res);
	if (r->cursor >= 0) {
		char sql[32];

		snprintf(sql, sizeof sql, "CLOSE c%d", r->cursor);
		if (PQtransactionStatus(p->pg) == PQTRANS_INTRANS)
			(void)pg_run(p, sql);
		p->cursors &= ~(UINT32_C(1) << r->cursor);
	}
	free(r);
	return rc;
}
