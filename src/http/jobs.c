/* jobs.c -- threads for work that must not stand in the way of the network: reads on PostgreSQL, password hashing, exports, imports.
 * Queues are bounded: a full one is an answer (503), not a longer wait. */
#include "http/http.h"
#include "base/log.h"
#include <malloc.h>
#include <pthread.h>

enum { POOL_THREADS = 16 };
struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct task *first, **last;
	unsigned waiting, bound, n_threads;
	bool stopping;
	pthread_t threads[POOL_THREADS];
};

static struct task *next_task(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (!p->first && !p->stopping)
		pthread_cond_wait(&p->more, &p->lock);
	struct task *t = p->first;
	if (t) {
		if (!(p->first = t->next))
			p->last = &p->first;
		p->waiting--;
	}
	pthread_mutex_unlock(&p->lock);
	return t;
}

static void *work(void *arg)
{
	struct pool *p = arg;
	for (struct task *t; (t = next_task(p));) {
		t->fn(t->arg);
		if (!pool_waiting(p))
			malloc_trim(1 << 20);            /* hashing takes 64 MiB for a moment; an idle server gives it back */
	}
	return NULL;
}

struct pool *pool_new(struct arena *a, unsigned threads, unsigned bound)
{
	struct pool *p = arena_alloc(a, sizeof *p);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	p->last = &p->first;
	p->bound = bound;
	for (unsigned i = 0; i < threads && i < POOL_THREADS; i++) {
		if (pthread_create(&p->threads[p->n_threads], NULL, work, p))
			log_event(LOG_ERROR, "thread", "a job thread could not be started");
		else
			p->n_threads++;
	}
	return p;
}

bool pool_add(struct pool *p, struct task *t)
{
	pthread_mutex_lock(&p->lock);
	bool room = p->waiting < p->bound && !p->stopping && p->n_threads;
	if (room) {
		t->next = NULL;
		*p->last = t;
		p->last = &t->next;
		p->waiting++;
		pthread_cond_signal(&p->more);
	}
	pthread_mutex_unlock(&p->lock);
	return room;
}

unsigned pool_waiting(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	unsigned n = p->waiting;
	pthread_mutex_unlock(&p->lock);
	return n;
}

void pool_stop(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	p->n_threads = 0;
}
