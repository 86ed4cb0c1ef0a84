/* watchdog.c -- cuts connections whose request takes too long to come in or whose answer takes too long to be read. The HTTP library's
 * own timeout only sees sockets that are silent; a header dripping one byte a second never is. Idle kept-alive connections are left to it. */
#include "http/http.h"
#include "base/clock.h"
#include "base/log.h"
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TICK_MS = 1000, SILENT_MS = (IDLE_S + 15) * 1000 };
struct watch {
	int fd;
	bool used; _Atomic bool fresh;           /* fresh: the bytes received so far belong to requests already answered */
	_Atomic int phase;
	_Atomic int64_t until, idle_since;       /* mono ms; until 0: no limit */
	int64_t deadline_ms;
	uint64_t bytes;
	struct watch *next_free;
};
struct watchdog {
	pthread_mutex_t lock;
	pthread_cond_t bell;
	pthread_t thread;
	bool running, stopping;
	int64_t deadline_ms;
	struct watch *all, *free;
	unsigned n, top;
};

/* Bytes the peer has sent on this connection; false where the kernel does not say. */
static bool received(int fd, uint64_t *bytes)
{
	struct tcp_info info;
	socklen_t n = sizeof info;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) ||
	    n < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
		return false;
	*bytes = info.tcpi_bytes_received;
	return true;
}

/* An idle connection that has sent bytes has begun a request whose header is not complete yet. */
static void look_idle(struct watch *w, int64_t now)
{
	uint64_t bytes;
	if (atomic_load(&w->until))
		return;
	if (!received(w->fd, &bytes)) {
		if (now - atomic_load(&w->idle_since) > SILENT_MS)
			atomic_store(&w->until, now);
		return;
	}
	if (w->fresh || bytes == w->bytes) {
		w->fresh = false;
		w->bytes = bytes;
		return;
	}
	int64_t none = 0;
	atomic_compare_exchange_strong(&w->until, &none, now + w->deadline_ms);
}

static void look(struct watch *w, int64_t now)
{
	if (atomic_load(&w->phase) == IDLE)
		look_idle(w, now);
	int phase = atomic_load(&w->phase);
	int64_t until = atomic_load(&w->until);
	if (until && now >= until && phase != WORKING && phase != STREAMING) {
		log_event(LOG_INFO, "deadline", "connection cut, phase %d", phase);
		shutdown(w->fd, SHUT_RDWR);
		atomic_store(&w->until, now + w->deadline_ms);
	}
}

static void *patrol(void *arg)
{
	struct watchdog *d = arg;
	pthread_mutex_lock(&d->lock);
	while (!d->stopping) {
		struct timespec t;
		clock_gettime(CLOCK_MONOTONIC, &t);
		t.tv_sec += TICK_MS / 1000;
		pthread_cond_timedwait(&d->bell, &d->lock, &t);
		int64_t now = clock_mono();
		for (unsigned i = 0; i < d->top && !d->stopping; i++)
			if (d->all[i].used)
				look(&d->all[i], now);   /* under the lock: its fd cannot be closed and reused meanwhile */
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

struct watchdog *watchdog_new(struct arena *a, unsigned connections, int64_t deadline_ms)
{
	struct watchdog *d = arena_alloc(a, sizeof *d);
	pthread_condattr_t at;
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&at);
	pthread_condattr_setclock(&at, CLOCK_MONOTONIC);
	pthread_cond_init(&d->bell, &at);
	pthread_condattr_destroy(&at);
	d->all = arena_alloc(a, connections * sizeof *d->all);
	d->n = connections;
	d->deadline_ms = deadline_ms;
	d->running = !pthread_create(&d->thread, NULL, patrol, d);
	return d;
}

struct watch *watch_add(struct watchdog *d, int fd)
{
	pthread_mutex_lock(&d->lock);
	struct watch *w = d->free;
	if (w)
		d->free = w->next_free;
	else if (d->top < d->n)
		w = &d->all[d->top++];
	if (w) {
		w->fd = fd;
		w->deadline_ms = d->deadline_ms;
		w->bytes = 0;
		w->fresh = false;                /* nothing was answered yet: the first byte begins a request */
		watch_phase(w, IDLE, 0);
		w->fresh = false;
		w->used = true;
	}
	pthread_mutex_unlock(&d->lock);
	return w;
}

void watch_drop(struct watchdog *d, struct watch *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&d->lock);
	w->used = false;
	w->next_free = d->free;
	d->free = w;
	pthread_mutex_unlock(&d->lock);
}

void watch_phase(struct watch *w, enum phase phase, int64_t allowed_ms)
{
	if (!w)
		return;
	int64_t now = clock_mono();
	if (phase == IDLE) {
		atomic_store(&w->idle_since, now);
		w->fresh = true;
	}
	/* a request noticed while it was still dripping in keeps the deadline it was given then, unless it is allowed more */
	int64_t was = atomic_load(&w->until);
	if (phase != COMING || !was || allowed_ms > w->deadline_ms)
		atomic_store(&w->until, allowed_ms ? now + allowed_ms : 0);
	atomic_store(&w->phase, (int)phase);
}

void watchdog_stop(struct watchdog *d)
{
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_cond_signal(&d->bell);
	pthread_mutex_unlock(&d->lock);
	if (d->running)
		pthread_join(d->thread, NULL);
	d->running = false;
}
