/* pg.h -- the two halves of the PostgreSQL driver: postgres.c (connections, transactions), pg_query.c (statements, rows). */
#pragma once
#include "store/driver.h"
#include <libpq-fe.h>

struct pstmt { struct cached cached; char name[24]; unsigned n; Oid *types; struct pstmt *grave; };
struct pconn {
	struct conn c; PGconn *pg; struct cache cache;
	unsigned names; uint32_t cursors;                 /* cursors in use, a bit each */
	struct pstmt *graves;                             /* dropped here, not yet on the server */
};
struct pconn *pg_of(struct conn *);
enum rc pg_fail(struct pconn *, const PGresult *, const char *sql);
enum rc pg_run(struct pconn *, const char *sql);          /* one round trip, no rows */
void    pg_bury(struct pconn *);                          /* DEALLOCATE what was dropped */
void    pg_drop(void *arg, struct cached *);
enum rc pg_query(struct conn *, const char *sql, const struct value *, unsigned n, struct rows **);
bool    pg_next(struct rows *);
enum rc pg_end(struct rows *, int64_t *changed);
