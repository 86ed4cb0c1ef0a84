/* driver.h -- what store.c asks of a database: connections, transactions, statements, rows. Private to store/.
 * A driver knows nothing of jobs, lanes or rooms; store.c and lane.c know nothing of libpq or sqlite3. */
#pragma once
#include "store/store.h"
#include <pthread.h>

/* Why the connection's transaction cannot go on; the worst since begin. */
enum fault {
	F_NONE,
	F_CONFLICT,   /* a constraint spoke: undo to a savepoint or give up */
	F_ERROR,      /* the statement is wrong: undo to a savepoint or give up */
	F_BUSY,       /* locked by another process for too long */
	F_AGAIN,      /* serialization or deadlock: the whole transaction may be run again */
	F_DEAD,       /* disk full, input or output error: the transaction is gone */
	F_LOST        /* the connection is gone */
};
struct conn {                                             /* drivers put theirs behind it */
	struct store *store;
	bool writer;
	enum fault fault;
	char constraint[192], message[400];
	struct conn *next;                                /* free list of readers */
	struct rows *open;                                /* results not ended yet, newest first */
};
struct rows {
	struct conn *conn; struct tx *tx;
	struct value *cols; unsigned width;
	enum rc rc;
	struct rows *below;                               /* in conn->open */
};
struct driver {
	enum store_kind kind;
	unsigned lanes, batch;                            /* writers, and requests that share one commit */
	struct conn *(*connect)(struct store *, bool writer, const char **why);
	void (*close)(struct conn *);
	enum rc (*begin)(struct conn *);                  /* writer: takes the write lock; reader: takes its snapshot */
	enum rc (*commit)(struct conn *);                 /* RC_UNKNOWN: nobody can say */
	void (*rollback)(struct conn *);
	enum rc (*mark)(struct conn *, char op, unsigned depth);   /* savepoint: 's'ave, 'k'eep, 'u'ndo */
	enum rc (*query)(struct conn *, const char *sql, const struct value *, unsigned n, struct rows **);
	bool (*next)(struct rows *);
	enum rc (*end)(struct rows *, int64_t *changed);
	enum rc (*script)(struct conn *, const char *sql);
	void (*wide)(struct conn *, bool);                /* more memory for a long transaction, and back; may be NULL */
};
extern const struct driver driver_sqlite, driver_postgres;

/* Memory of a lane that follows the fate of the transaction (tx_memory). */
enum { N_SLOTS = 4, MAX_SLOT = 64 * 1024, MAX_SAVES = 24 };
typedef enum rc flush_fn(struct tx *, void *memory);
struct slot { void *now; size_t size; flush_fn *flush; void *saved[MAX_SAVES]; flush_fn *saved_flush[MAX_SAVES]; };
struct lane {
	struct store *store; unsigned number;
	struct conn *conn; pthread_t thread; bool running;
	struct slot slots[N_SLOTS];
};
struct tx {
	struct store *store; struct conn *conn; struct lane *lane;   /* lane: NULL while reading */
	unsigned depth;                                   /* open savepoints, the request's own among them */
	enum rc broken;                                   /* RC_OK or what made it unusable until undone */
	bool marks;                                       /* the outermost save is a savepoint of the database too */
};
enum { MAX_QUEUE = 10000, MAX_LANES = 16 };
/* The number in this process's ids. `high`: newest millisecond any id used; `floor`: ids stay above what the number's last holder used. */
struct lease { pthread_mutex_t lock; int writer; int64_t until, high, floor; char holder[160]; };
struct store {
	const struct driver *driver;
	char *url, *shown, *path;                         /* path: SQLite file; NULL for PostgreSQL */
	char *scratch;                                    /* folder of a :memory: store, removed at close */
	bool create;
	pthread_mutex_t lock; pthread_cond_t work, free_reader;
	struct job *first, *last; unsigned queued; bool closing;
	struct lane lanes[MAX_LANES]; unsigned n_lanes;
	struct conn *readers; unsigned n_readers, max_readers;
	pthread_mutex_t id_lock; int64_t *id_last; struct lease lease;
	char said[700];                                   /* newest sentence for a *why */
};
/* lane.c */
enum rc lane_start(struct store *, const char **why);
void    lane_stop(struct store *);
void    slots_save(struct lane *, unsigned depth);
void    slots_undo(struct lane *, unsigned depth);
bool    lane_is_mine(const struct store *);               /* this thread is one of the store's writers */
/* store.c */
void    tx_end_rows(struct conn *);                       /* results somebody forgot to end */
const char *store_secret_url(const struct store *);        /* SQLite: the path; PostgreSQL: the URL with its password */
/* lease.c: keeps the writer number; called before each write transaction, in one of its own */
enum rc lease_keep(struct lane *);
void    lease_end(struct store *);
/* cache.c: prepared statements by their text, least recently used go first. An entry in use is out of the cache. */
struct cached { char *sql; uint64_t hash; struct cached *chain, *newer, *older; };
struct cache {
	struct cached *buckets[256], *newest, *oldest; unsigned n, max;
	void (*drop)(void *arg, struct cached *); void *arg;
};
struct cached *cache_take(struct cache *, const char *sql, uint64_t *hash);   /* NULL: not there (or in use) */
void cache_put(struct cache *, struct cached *);          /* gives it back, newest; may drop the oldest */
void cache_clear(struct cache *);
