/* shape.h -- the parts a table is made of, each by its name, so that migrate.c can add what is missing. Private to store/. */
#pragma once
#include "store/sql.h"

struct item { const char *name, *sql; };                  /* a column, a constraint or an index and its definition */
struct items { struct item *at; unsigned n, cap; };
struct shape {
	const char *table;
	const char *whole;                                /* complete statement of a table that cannot be altered (word index) */
	const char *key;                                  /* PRIMARY KEY clause; NULL where a column says it */
	const char *tail;                                 /* after the last bracket */
	struct items columns, checks, refs, indexes;      /* refs: PostgreSQL only, in SQLite they stand in the column */
};
enum { ROOM_TABLES = 3 };
unsigned shape_room(struct arena *, const struct entity *, enum store_kind, struct shape out[ROOM_TABLES]);   /* itself, past, find */
struct shape *shape_system(struct arena *, enum store_kind, unsigned *n);
/* name: another table name than its own; more: columns kept from before */
void shape_create(struct buf *, const struct shape *, const char *name, const struct items *more);
void items_add(struct arena *, struct items *, const char *name, const char *sql);
void shape_indexes(struct arena *, const struct entity *, enum store_kind, struct items *);   /* sql_index.c */
const char *shape_type(char, enum store_kind);            /* i integer, l long, t text, b bytes */

/* One step of moving data, numbered from 2 on (1 is the first release); run once, in one transaction with its number. */
struct migration { int number; const char *sqlite, *postgres; /* same for both when NULL */ };
enum rc migrate_steps(struct store *, const struct entity *const *rooms, unsigned n, const struct migration *, unsigned n_steps, int newest,
	const char **why);
/* migrate_table.c: brings one table to its shape inside tx; `known` is what schema_info says it has (NULL: no such table). */
enum rc shape_apply(struct tx *, struct arena *, const struct shape *, const char *known, bool *rebuilt);
enum rc shape_refs(struct tx *, struct arena *, const struct shape *, const char *known);
const char *shape_text(struct arena *, const struct shape *, bool refs);     /* what schema_info keeps: one line for each part */
uint64_t shape_hash(const char *);
