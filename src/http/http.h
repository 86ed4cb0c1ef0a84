/* http.h -- what the files of http/ share among themselves: the running service, a call in progress, and the small machines around them. */
#pragma once
#include "http/route.h"
#include "http/server.h"
#include <stdatomic.h>

enum {
	BODY_MAX = 1 << 20, FILE_MAX = 10 << 20, IMPORT_MAX = 64 << 20,  /* bytes of a body */
	DEADLINE_S = 30, UPLOAD_MS = 300000, ANSWER_MS = 120000,    /* a request coming in; a large one of a known caller; an answer going out */
	IDLE_S = 60, CONNECTIONS = 12000, QUEUE = 256, JSON_DEPTH = 32,
};
#define BODIES_MAX (INT64_C(512) << 20)                          /* of all bodies held at once */

struct service {
	struct arena *arena;
	struct store *store;
	bool demo, tls_proxy, otp_needed;
	int64_t deadline_ms;                                     /* for a request to come in */
	struct sessions *sessions;
	struct metrics *metrics;
	struct watchdog *watchdog;
	struct pool *reads, *hashes, *exports, *imports;
	struct progress *progress;
	_Atomic int64_t held;                                    /* bytes of bodies in memory */
	_Atomic int in_flight;                                   /* calls begun and not ended */
	_Atomic bool stopping;
};

/* -- jobs.c: a few threads and a bounded queue */
struct task { void (*fn)(void *); void *arg; struct task *next; };
struct pool *pool_new(struct arena *, unsigned threads, unsigned bound);
bool     pool_add(struct pool *, struct task *);              /* false: the queue is full; the task belongs to the pool until fn is called */
unsigned pool_waiting(struct pool *);
void     pool_stop(struct pool *);                            /* waits for what is queued */

/* -- stream.c: bytes from a job to the network in constant memory */
struct stream_ends { void (*begin)(void *), (*park)(void *), (*wake)(void *); void *arg; };
struct stream *stream_new(struct arena *, const struct stream_ends *);
int     stream_put(void *stream, const void *, size_t);      /* job: waits for room; -1 when the reader is gone */
void    stream_end(struct stream *, bool failed);            /* job */
bool    stream_begun(struct stream *);                       /* job: the answer has started */
ssize_t stream_take(struct stream *, char *, size_t max);    /* network: bytes, 0 parked, -1 end, -2 broken off */
void    stream_leave(struct stream *);                       /* network: nobody reads any more */

/* -- call.c: one request on its way through admission, job and answer */
struct call {
	struct request rq;
	struct answer an;
	struct job job;
	struct task task;
	struct mark mark;                                        /* the arena before the handler ran: reruns start here */
	struct problem *problems; unsigned n_problems;
	enum rc rc; bool parked, done, on_pool, raced, exists; unsigned tries;
	_Atomic int refs;
	int64_t begun_us;
	void *net;                                               /* conn.c's own */
	void (*park)(struct call *), (*resume)(struct call *);
};
struct call *call_new(struct service *);
void call_run(struct call *);                                 /* whole request is there: answers now (done) or parks and resumes later */
void call_fail(struct call *, enum rc, int status, const char *code, const char *zh, const char *en);  /* an answer of our own */
void call_hold(struct request *);                             /* the request must outlive its answer */
void call_release(struct request *);
/* a transaction for handlers that open their own */
enum rc call_read(struct ctx *, enum rc (*fn)(struct ctx *, void *), void *arg);
enum rc call_write(struct ctx *, enum rc (*fn)(struct ctx *, void *), void *arg);
enum rc call_write_alone(struct ctx *, enum rc (*fn)(struct ctx *, void *), void *arg);
void call_stream(struct request *, struct answer *);          /* makes an->stream; the answer begins when it is first full or ended */

/* -- session.c */
enum seen { KNOWN, NOBODY, LOOK };
struct sessions *sessions_new(struct arena *);
enum seen session_cached(struct request *);                   /* fills who and session, or LOOK: the store must be asked */
void session_load(struct request *);                          /* asks the store */
void session_forget(struct service *, const uint8_t hash[32]);
bool session_csrf_ok(const struct request *);

/* -- problem.c */
int  problem_status(enum rc);
void problem_answer(struct request *, struct answer *, enum rc, const struct problem *, unsigned n);
void problem_plain(struct request *, struct answer *, int status, const char *code, const char *zh, const char *en);

/* -- watchdog.c */
struct watch;
struct watchdog *watchdog_new(struct arena *, unsigned connections, int64_t deadline_ms);
struct watch *watch_add(struct watchdog *, int fd);           /* NULL when there are too many */
void watch_drop(struct watchdog *, struct watch *);
enum phase { IDLE, COMING, WORKING, LEAVING, STREAMING };
void watch_phase(struct watch *, enum phase, int64_t allowed_ms);
void watchdog_stop(struct watchdog *);

/* -- metrics.c */
struct metrics *metrics_new(struct arena *);
void metrics_count(struct metrics *, const struct route *, int status, int64_t us);

/* -- small things handlers share */
void answer_json(struct answer *, struct buf *);
bool wants_english(const char *accept_language);
int  caller_city(const struct caller *);                      /* city an account's own rows live in */
struct progress;
struct progress *progress_new(struct arena *);
