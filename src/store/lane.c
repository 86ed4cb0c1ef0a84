/* lane.c -- the writers. A lane is a thread with a connection: it takes what is queued, runs each request in a savepoint of
 * one transaction, commits once and tells each its outcome. Owns the lane's memory (tx_memory) and its going back.
 * Refuses to say RC_OK before the commit is durable. */
#include "base/clock.h"
#include "base/log.h"
#include "store/driver.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRIES = 8 };

bool lane_is_mine(const struct store *st)
{
	for (unsigned i = 0; i < st->n_lanes; i++)
		if (st->lanes[i].running && pthread_equal(pthread_self(), st->lanes[i].thread))
			return true;
	return false;
}

void slots_save(struct lane *l, unsigned depth)
{
	for (unsigned i = 0; i < N_SLOTS; i++) {
		struct slot *s = &l->slots[i];

		s->saved_flush[depth] = s->flush;
		if (!s->now) {
			free(s->saved[depth]);
			s->saved[depth] = NULL;
			continue;
		}
		if (!s->saved[depth] && !(s->saved[depth] = malloc(s->size)))
			abort();
		memcpy(s->saved[depth], s->now, s->size);
	}
}

void slots_undo(struct lane *l, unsigned depth)
{
	for (unsigned i = 0; i < N_SLOTS; i++) {
		struct slot *s = &l->slots[i];

		s->flush = s->saved_flush[depth];
		if (s->now && s->saved[depth])
			memcpy(s->now, s->saved[depth], s->size);
		else if (s->now)
			memset(s->now, 0, s->size);        /* it did not exist then */
	}
}

static void slots_forget(struct lane *l)
{
	for (unsigned i = 0; i < N_SLOTS; i++) {
		l->slots[i].flush = NULL;
		if (l->slots[i].now)
			memset(l->slots[i].now, 0, l->slots[i].size);
	}
}

static void slots_free(struct lane *l)
{
	for (unsigned i = 0; i < N_SLOTS; i++) {
		free(l->slots[i].now);
		for (unsigned d = 0; d < MAX_SAVES; d++)
			free(l->slots[i].saved[d]);
	}
}

/* One request within the batch: its own savepoint where the batch is shared. */
static enum rc run_job(struct tx *tx, struct job *j)
{
	enum rc rc = tx_save(tx), undone;
	unsigned floor = tx->depth;

	if (rc)
		return rc;
	rc = j->fn(tx, j->arg);
	tx_end_rows(tx->conn);
	while (tx->depth > floor)                          /* forgotten savepoints: kept on success, undone on failure */
		if ((undone = rc || tx->broken ? tx_undo(tx) : tx_keep(tx)))
			rc = rc ? rc : undone;
	if (!rc)
		rc = tx->broken;                           /* it did not notice that the database had said no */
	if (!rc)
		return tx_keep(tx);
	if (tx_undo(tx) && tx->conn->fault < F_BUSY)
		tx->conn->fault = F_DEAD;                  /* what cannot be undone must not be committed with the others */
	return rc;
}

static enum rc flush(struct tx *tx)
{
	for (unsigned i = 0; i < N_SLOTS; i++) {
		struct slot *s = &tx->lane->slots[i];
		flush_fn *fn = s->flush;
		enum rc rc;

		s->flush = NULL;
		if (fn && ((rc = fn(tx, s->now)) || (rc = tx->broken)))
			return rc;
	}
	return RC_OK;
}

/* The whole batch once. RC_OK: committed, or nothing was left to commit; each job's rc is set. Else all is undone. */
static enum rc attempt(struct lane *l, struct job *jobs, bool *committing)
{
	const struct driver *d = l->store->driver;
	struct tx tx = { .store = l->store, .conn = l->conn, .lane = l, .marks = d->batch > 1 && jobs->next };
	unsigned good = 0;
	enum rc rc;

	*committing = false;
	if ((rc = lease_keep(l)) || (rc = d->begin(l->conn)))
		goto undo;
	for (struct job *j = jobs; j; j = j->next) {
		j->rc = run_job(&tx, j);
		good += j->rc == RC_OK;
		if (l->conn->fault >= F_BUSY) {
			rc = j->rc ? j->rc : RC_STORE;
			goto undo;
		}
	}
	if (!good) {                                       /* memory is already what it was */
		d->rollback(l->conn);
		return RC_OK;
	}
	if ((rc = flush(&tx)))
		goto undo;
	*committing = true;
	if (!(rc = d->commit(l->conn)))
		return RC_OK;
undo:
	tx_end_rows(l->conn);
	d->rollback(l->conn);
	slots_forget(l);
	return rc;
}

static void pause_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static bool reconnect(struct lane *l)
{
	const char *why = NULL;
	struct conn *c = l->store->driver->connect(l->store, true, &why);

	if (!c)
		return false;
	l->store->driver->close(l->conn);
	l->conn = c;
	return true;
}

/* Runs a batch until it is decided. A deadlock or a lost connection before COMMIT is no answer: again. */
static enum rc decide(struct lane *l, struct job *jobs)
{
	unsigned seed = (unsigned)clock_mono() ^ l->number << 16, lost = 0;
	bool committing;

	for (unsigned n = 0;; n++) {
		enum rc rc = attempt(l, jobs, &committing);
		enum fault f = l->conn->fault;

		if (rc == RC_OK)
			return RC_OK;
		if (f == F_LOST) {
			bool back = reconnect(l);

			if (rc == RC_UNKNOWN || committing)
				return RC_UNKNOWN;
			if (back && lost++ < 2)
				continue;
			return RC_STORE;
		}
		if (f != F_AGAIN || n >= TRIES)
			return f == F_AGAIN ? RC_BUSY : rc;
		pause_ms(1 + (unsigned)rand_r(&seed) % (8u << n));
	}
}

/* Up to a batch of requests; one that asked to be alone is a batch of its own. */
static struct job *take(struct store *st)
{
	struct job *first, *last;
	unsigned n = 1;

	while (!st->first && !st->closing)
		pthread_cond_wait(&st->work, &st->lock);
	if (!(first = last = st->first))
		return NULL;
	while (first->own == NULL && last->next && last->next->own == NULL && n < st->driver->batch) {
		last = last->next;
		n++;
	}
	st->first = last->next;
	if (!st->first)
		st->last = NULL;
	st->queued -= n;
	last->next = NULL;
	return first;
}

static void *work(void *arg)
{
	struct lane *l = arg;
	struct store *st = l->store;

	for (;;) {
		struct job *jobs, *next;
		enum rc rc;

		pthread_mutex_lock(&st->lock);
		jobs = take(st);
		pthread_mutex_unlock(&st->lock);
		if (!jobs)
			return NULL;
		if (jobs->own && st->driver->wide)
			st->driver->wide(l->conn, true);
		rc = decide(l, jobs);
		if (jobs->own && st->driver->wide)
			st->driver->wide(l->conn, false);
		for (struct job *j = jobs; j; j = next) {
			next = j->next;                    /* done() may free or reuse it */
			if (rc)
				j->rc = rc;
			j->next = NULL;
			j->done(j, j->rc);
		}
	}
}

enum rc lane_start(struct store *st, const char **why)
{
	for (unsigned i = 0; i < st->driver->lanes; i++) {
		struct lane *l = &st->lanes[i];

		l->store = st;
		l->number = i;
		if (!(l->conn = st->driver->connect(st, true, why)))
			return RC_STORE;
		st->n_lanes++;
	}
	for (unsigned i = 0; i < st->n_lanes; i++) {
		pthread_mutex_lock(&st->lock);             /* the new thread waits here until its id is kept */
		if (!pthread_create(&st->lanes[i].thread, NULL, work, &st->lanes[i]))
			st->lanes[i].running = true;
		pthread_mutex_unlock(&st->lock);
		if (!st->lanes[i].running) {
			*why = "系统资源不足，不能启动写入线程";
			return RC_STORE;
		}
	}
	return RC_OK;
}

void lane_stop(struct store *st)
{
	pthread_mutex_lock(&st->lock);
	st->closing = true;
	pthread_cond_broadcast(&st->work);
	pthread_mutex_unlock(&st->lock);
	for (unsigned i = 0; i < st->n_lanes; i++) {
		if (st->lanes[i].running)
			pthread_join(st->lanes[i].thread, NULL);
		st->lanes[i].running = false;
	}
	lease_end(st);
	for (unsigned i = 0; i < st->n_lanes; i++) {
		st->driver->close(st->lanes[i].conn);
		slots_free(&st->lanes[i]);
	}
	st->n_lanes = 0;
}

static bool submit(struct store *st, struct job *j, bool alone)
{
	static char alone_mark;
	bool taken;

	assert(j->fn && j->done);
	j->next = NULL;
	j->own = alone ? &alone_mark : NULL;
	pthread_mutex_lock(&st->lock);
	taken = !st->closing && st->queued < MAX_QUEUE;
	if (taken) {
		*(st->last ? &st->last->next : &st->first) = j;
		st->last = j;
		st->queued++;
		pthread_cond_signal(&st->work);
	}
	pthread_mutex_unlock(&st->lock);
	return taken;
}

void store_submit(struct store *st, struct job *j)
{
	if (!submit(st, j, false))
		j->done(j, j->rc = RC_BUSY);
}

struct waiting { struct job job; pthread_mutex_t lock; pthread_cond_t over; bool done; };

static void wake(struct job *j, enum rc rc)
{
	struct waiting *w = (struct waiting *)(void *)j;

	(void)rc;
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->over);
	pthread_mutex_unlock(&w->lock);
}

static enum rc write_and_wait(struct store *st, tx_fn *fn, void *arg, bool alone)
{
	struct waiting w = { .job = { .fn = fn, .arg = arg, .done = wake }, .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER };

	assert(!lane_is_mine(st));                         /* it would wait for itself */
	if (!submit(st, &w.job, alone))
		return RC_BUSY;
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.over, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_cond_destroy(&w.over);
	pthread_mutex_destroy(&w.lock);
	return w.job.rc;
}

enum rc store_write(struct store *st, tx_fn *fn, void *arg)       { return write_and_wait(st, fn, arg, false); }
enum rc store_write_alone(struct store *st, tx_fn *fn, void *arg) { return write_and_wait(st, fn, arg, true); }
