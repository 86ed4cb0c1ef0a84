/* stream.c -- a ring of bytes between a job that makes a file and the network that sends it: the file may be of any size, the memory
 * is not. Owns no thread. The job waits while the ring is full and gives up when nobody has read for a minute. */
#include "http/http.h"
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { RING = 256 << 10, PATIENCE_S = 60 };
struct stream {
	pthread_mutex_t lock;
	pthread_cond_t room;
	struct stream_ends ends;
	char *p;
	size_t head, n;                          /* first byte, bytes held */
	bool begun, ended, failed, gone, parked;
};

struct stream *stream_new(struct arena *a, const struct stream_ends *ends)
{
	struct stream *s = arena_alloc(a, sizeof *s);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_t at;
	pthread_condattr_init(&at);
	pthread_condattr_setclock(&at, CLOCK_MONOTONIC);
	pthread_cond_init(&s->room, &at);
	pthread_condattr_destroy(&at);
	s->ends = *ends;
	s->p = arena_alloc(a, RING);
	return s;
}

/* The lock is held. Wakes a reader that found nothing. */
static void wake(struct stream *s)
{
	if (s->parked) {
		s->parked = false;
		s->ends.wake(s->ends.arg);
	}
}

/* The lock is held. Begins the answer on the first full ring, then waits until there is room. */
static bool wait_room(struct stream *s)
{
	if (!s->begun) {
		s->begun = true;
		s->ends.begin(s->ends.arg);
	}
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PATIENCE_S;
	while (s->n == RING && !s->gone)
		if (pthread_cond_timedwait(&s->room, &s->lock, &until))
			s->gone = true;
	return !s->gone;
}

int stream_put(void *stream, const void *bytes, size_t n)
{
	struct stream *s = stream;
	const char *from = bytes;
	pthread_mutex_lock(&s->lock);
	bool good = !s->gone;
	while (n && good) {
		if (s->n == RING && !(good = wait_room(s)))
			break;
		size_t at = (s->head + s->n) % RING, room = RING - s->n, run = RING - at;
		size_t k = n < room ? n : room;
		k = k < run ? k : run;
		memcpy(s->p + at, from, k);
		s->n += k, from += k, n -= k;
		if (s->n >= RING / 8)
			wake(s);
	}
	pthread_mutex_unlock(&s->lock);
	return good ? 0 : -1;
}

void stream_end(struct stream *s, bool failed)
{
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	s->failed = failed;
	wake(s);
	pthread_mutex_unlock(&s->lock);
}

bool stream_begun(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	bool begun = s->begun;
	pthread_mutex_unlock(&s->lock);
	return begun;
}

ssize_t stream_take(struct stream *s, char *to, size_t max)
{
	pthread_mutex_lock(&s->lock);
	ssize_t out = 0;
	if (s->n) {
		size_t k = s->n < max ? s->n : max, run = RING - s->head;
		k = k < run ? k : run;
		memcpy(to, s->p + s->head, k);
		s->head = (s->head + k) % RING;
		s->n -= k;
		out = (ssize_t)k;
		pthread_cond_signal(&s->room);
	} else if (s->ended) {
		out = s->failed ? -2 : -1;
	} else if (s->gone) {
		out = -2;
	} else {
		s->parked = true;                /* under the lock: the job cannot wake us before we sleep */
		s->ends.park(s->ends.arg);
	}
	pthread_mutex_unlock(&s->lock);
	return out;
}

void stream_leave(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->gone = true;
	s->parked = false;
	pthread_cond_signal(&s->room);
	pthread_mutex_unlock(&s->lock);
}
