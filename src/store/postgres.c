/* postgres.c -- the PostgreSQL driver: connections, transactions and what its errors mean. Each request is a transaction of
 * its own, READ COMMITTED with row locks; reads are REPEATABLE READ. A URL with several hosts is libpq's affair. */
#include "base/log.h"
#include "store/pg.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pconn *pg_of(struct conn *c) { return (struct pconn *)(void *)c; }

static void set_constraint(struct conn *c, const PGresult *r)
{
	const char *name = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME), *column = PQresultErrorField(r, PG_DIAG_COLUMN_NAME),
		*table = PQresultErrorField(r, PG_DIAG_TABLE_NAME);

	if (name)
		snprintf(c->constraint, sizeof c->constraint, "%s", name);
	else                                               /* NOT NULL has no name here */
		snprintf(c->constraint, sizeof c->constraint, "%s.%s", table ? table : "", column ? column : "");
}

static enum fault fault_of(const struct pconn *p, const char *state)
{
	static const struct { const char *prefix; enum fault fault; } table[] = {
		{ "23", F_CONFLICT }, { "40001", F_AGAIN }, { "40P01", F_AGAIN }, { "26000", F_AGAIN }, { "55P03", F_BUSY }, { "57014", F_BUSY },
		{ "57P0", F_LOST }, { "08", F_LOST }, { "53", F_DEAD }, { "58", F_DEAD },
	};

	if (PQstatus(p->pg) == CONNECTION_BAD || !state)
		return F_LOST;
	if (!strcmp(state, "25006") && p->c.writer)
		return F_LOST;                             /* this server has become a standby: find the new one */
	for (unsigned i = 0; i < COUNT(table); i++)
		if (!strncmp(state, table[i].prefix, strlen(table[i].prefix)))
			return table[i].fault;
	return F_ERROR;
}

enum rc pg_fail(struct pconn *p, const PGresult *r, const char *sql)
{
	static const enum rc meaning[] = { [F_CONFLICT] = RC_CONFLICT, [F_ERROR] = RC_STORE, [F_BUSY] = RC_BUSY, [F_AGAIN] = RC_BUSY,
		[F_DEAD] = RC_STORE, [F_LOST] = RC_STORE };
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	enum fault f = fault_of(p, state);

	/* A table changed under a prepared statement: run again, the statement is prepared anew. */
	if (f == F_ERROR && state && !strcmp(state, "0A000") && text && strstr(text, "cached plan"))
		f = F_AGAIN;
	snprintf(p->c.message, sizeof p->c.message, "%s", text ? text : PQerrorMessage(p->pg));
	if (f == F_CONFLICT)
		set_constraint(&p->c, r);
	else if (f != F_AGAIN)                             /* the message may hold values: the log gets the state and the statement */
		log_event(f == F_BUSY ? LOG_WARN : LOG_ERROR, "store", "postgresql %s: %.300s", state ? state : "connection", sql);
	if (f > p->c.fault)
		p->c.fault = f;
	return meaning[f];
}

enum rc pg_run(struct pconn *p, const char *sql)
{
	PGresult *r = PQexec(p->pg, sql);
	ExecStatusType s = PQresultStatus(r);
	enum rc rc = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_EMPTY_QUERY ? RC_OK : pg_fail(p, r, sql);

	PQclear(r);
	return rc;
}

static enum rc begin(struct conn *c)
{
	struct pconn *p = pg_of(c);
	enum rc rc;

	c->fault = F_NONE;
	c->constraint[0] = c->message[0] = 0;
	p->cursors = 0;
	if (PQtransactionStatus(p->pg) != PQTRANS_IDLE)
		(void)pg_run(p, "ROLLBACK");
	/* The SELECT takes the snapshot now, not at first use. */
	rc = pg_run(p, c->writer ? "BEGIN ISOLATION LEVEL READ COMMITTED" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1");
	if (!rc)
		pg_bury(p);
	return rc;
}

static void rollback(struct conn *c)
{
	struct pconn *p = pg_of(c);
	PGTransactionStatusType s = PQtransactionStatus(p->pg);
	enum fault f = c->fault;

	if (s != PQTRANS_INTRANS && s != PQTRANS_INERROR)
		return;
	(void)pg_run(p, "ROLLBACK");
	if (f != F_NONE && c->fault != F_LOST)
		c->fault = f;
}

static enum rc commit(struct conn *c)
{
	struct pconn *p = pg_of(c);
	PGresult *r = PQexec(p->pg, "COMMIT");
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	enum rc rc = RC_OK;

	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		rc = pg_fail(p, r, "COMMIT");
		if (c->fault == F_LOST || (state && !strcmp(state, "40003")))
			rc = RC_UNKNOWN;
	} else if (strcmp(PQcmdStatus(r), "COMMIT") != 0)
		rc = RC_STORE;                             /* it was a failed transaction: rolled back */
	PQclear(r);
	return rc;
}

static enum rc mark(struct conn *c, char op, unsigned depth)
{
	char sql[64];
	enum rc rc;

	if (op == 'u')
		snprintf(sql, sizeof sql, "ROLLBACK TO s%u; RELEASE s%u", depth, depth);
	else
		snprintf(sql, sizeof sql, "%s s%u", op == 's' ? "SAVEPOINT" : "RELEASE", depth);
	rc = pg_run(pg_of(c), sql);
	if (!rc && op == 'u' && c->fault <= F_AGAIN)
		c->fault = F_NONE;
	return rc;
}

static enum rc script(struct conn *c, const char *sql) { return pg_run(pg_of(c), sql); }

static void close_conn(struct conn *c)
{
	struct pconn *p = pg_of(c);

	cache_clear(&p->cache);
	PQfinish(p->pg);
	p->pg = NULL;
	pg_bury(p);
	free(p);
}

static void silent(void *arg, const char *message)
{
	(void)arg, (void)message;                          /* "relation exists, skipping" */
}

static struct conn *connect_server(struct store *st, bool writer, const char **why)
{
	/* First ours, then the URL's, which wins. A dead network is noticed in half a minute. */
	const char *const names[] = { "application_name", "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
		"tcp_user_timeout", "target_session_attrs", "dbname", "client_encoding", NULL };
	const char *const values[] = { "sanshe", "10", "20", "5", "3", "30000", "read-write", st->url, "UTF8", NULL };
	struct pconn *p = calloc(1, sizeof *p);

	if (!p)
		abort();
	p->c.store = st;
	p->c.writer = writer;
	p->cache.max = 512;
	p->cache.drop = pg_drop;
	p->cache.arg = p;
	p->pg = PQconnectdbParams(names, values, 1);
	if (PQstatus(p->pg) != CONNECTION_OK) {
		char said[sizeof st->said];

		snprintf(said, sizeof said, "连接不上 PostgreSQL，请检查地址、口令和服务是否运行：%.400s", PQerrorMessage(p->pg));
		said[strcspn(said, "\n")] = 0;
		pthread_mutex_lock(&st->id_lock);
		memcpy(st->said, said, sizeof said);
		pthread_mutex_unlock(&st->id_lock);
		*why = st->said;
		close_conn(&p->c);
		return NULL;
	}
	PQsetNoticeProcessor(p->pg, silent, NULL);
	return &p->c;
}

const struct driver driver_postgres = {
	STORE_POSTGRES, .lanes = 4, .batch = 1, connect_server, close_conn, begin, commit, rollback, mark, pg_query, pg_next, pg_end, script,
	NULL
};
