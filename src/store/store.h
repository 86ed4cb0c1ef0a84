/* store.h -- SQLite and PostgreSQL behind one small promise: transactions, statements with parameters, rows.
 * SQL is the common subset of SQLite 3.40 and PostgreSQL 15 with ?1 ?2 ... parameters. Nothing above knows which store it is,
 * but for store_kind() where DDL or search differs (store/sql.c only). */
#pragma once
#include "base/arena.h"
#include "def/def.h"

enum vtype { V_NULL, V_INT, V_TEXT, V_BLOB };
struct value { enum vtype type; int64_t i; const char *s; size_t n; };   /* n: bytes of text or blob */
#define VNULL     ((struct value){ .type = V_NULL })
#define VINT(x)   ((struct value){ .type = V_INT, .i = (x) })
struct value value_text(const char *);                    /* NULL gives V_NULL */
struct value value_blob(const void *, size_t);

struct store;
struct tx;                                                /* one open transaction, on one thread */
typedef enum rc tx_fn(struct tx *, void *arg);

/* url: sqlite:PATH, sqlite::memory: or postgresql://…; `create` makes an empty SQLite file. NULL and a sentence in *why (static
 * or from arena) on failure. threads: how many may call store_read at once. */
struct store *store_open(struct arena *, const char *url, bool create, unsigned threads, const char **why);
void store_close(struct store *);                         /* waits for writes in flight */
enum store_kind { STORE_SQLITE, STORE_POSTGRES };
enum store_kind store_kind(const struct store *);
const char *store_url(const struct store *);              /* without a password */

/* Reading: one snapshot, now, on this thread; fn's rc is passed on. */
enum rc store_read(struct store *, tx_fn *, void *arg);
/* Writing. fn runs in a transaction (SQLite: on the writer thread, a savepoint in a group commit; PostgreSQL: on a pool
 * thread, rerun from the start on 40001/40P01, so fn must be repeatable). `done` is called once after the commit is durable or
 * all is undone, on the store's thread. rc other than RC_OK from fn undoes its own work only. RC_BUSY when the queue is full (done
 * is then called at once, on the caller's thread); RC_UNKNOWN when the commit's outcome is unknown. Never wait for a write inside
 * fn or done: the writer would wait for itself (asserted). */
struct job { tx_fn *fn; void *arg; void (*done)(struct job *, enum rc); enum rc rc; struct job *next; void *own; };
void store_submit(struct store *, struct job *);          /* the job belongs to the store until done */
enum rc store_write(struct store *, tx_fn *, void *arg);  /* the same, waiting */
/* Long writes of one caller (imports): its own transaction, others wait on SQLite. */
enum rc store_write_alone(struct store *, tx_fn *, void *arg);

/* Inside a transaction. Arguments are copied. RC_CONFLICT: a constraint spoke (tx_constraint names it); after it only
 * tx_undo to a savepoint or giving up is allowed. RC_BUSY, RC_STORE as above: pass them on. */
enum rc tx_exec(struct tx *, const char *sql, const struct value *args, unsigned n, int64_t *changed /* may be NULL */);
/* One open result, streamed: SQLite row by row; PostgreSQL by a cursor where a read says ORDER BY and no LIMIT, else fetched at once.
 * Numbers with a fraction (avg) lose it. Results nobody ended are ended with the transaction. */
struct rows;
enum rc tx_query(struct tx *, const char *sql, const struct value *args, unsigned n, struct rows **);
bool rows_next(struct rows *, const struct value **cols);  /* cols live until the next call */
unsigned rows_width(const struct rows *);
enum rc rows_end(struct rows *);                           /* always call; RC_OK or what went wrong */
enum rc tx_script(struct tx *, const char *sql);           /* several statements without parameters (migrations) */
enum rc tx_save(struct tx *);                              /* nested savepoint */
enum rc tx_keep(struct tx *);                              /* release the newest */
enum rc tx_undo(struct tx *);                              /* roll back to the newest and release it */
/* Name of the violated constraint or "table.col, table.col" of a UNIQUE (SQLite), NULL when none. */
const char *tx_constraint(const struct tx *);
const char *tx_message(const struct tx *);                 /* the driver's words, for the log only */
bool tx_writes(const struct tx *);
unsigned tx_lane(const struct tx *);                       /* 0 .. 15: which writer of this process (audit chains) */
struct store *tx_store(const struct tx *);
/* Small memory that lives as long as the transaction's lane and is forgotten on rollback of the batch or of the request:
 * zeroed at first; goes back with tx_undo too. Used for audit chain heads and tallies. Write transactions only. */
void *tx_memory(struct tx *, unsigned slot /* 0..3 */, size_t size);
void tx_on_commit(struct tx *, enum rc (*flush)(struct tx *, void *memory), unsigned slot); /* called once before the batch commits */

/* ids: distributed rule R2. Unique in this process for (city, writer); the writer number is leased by migrate.c. */
int64_t id_new(struct store *, int city);
#define ID_CITY(id) ((int)(((id) >> 8) & 16383))
int64_t id_ms(int64_t id);                                 /* when it was made, ms since 1970 UTC */
unsigned store_writer(const struct store *);              /* the leased writer number 0..15: audit chains carry it */

/* Files of a database as a whole. */
enum rc store_backup(struct store *, const char *to_path, const char **why);   /* online; SQLite: one file + SM3; PostgreSQL: pg_dump */
enum rc store_restore(const char *url, const char *from_path, const char **why);
enum rc store_check(struct store *, bool (*say)(void *arg, const char *line), void *arg); /* integrity and foreign keys */
