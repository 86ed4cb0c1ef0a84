/* id.c -- ids that order by time and carry their city: 41 bits of milliseconds since 2025-01-01, 14 of city, 4 of writer, 4 of
 * sequence. Uses real time, never the movable business clock: an id must be new even when the clock is set back. */
#include "base/clock.h"
#include "store/driver.h"
#include <assert.h>

static const int64_t epoch = INT64_C(1735689600000);      /* 2025-01-01T00:00:00Z */

int64_t id_ms(int64_t id)
{
	return (id >> 22) + epoch;
}

/* More than 16 a millisecond in one city borrow from the next one. */
int64_t id_new(struct store *st, int city)
{
	int64_t ms = clock_real(), at;
	unsigned writer;

	assert(city >= 0 && city < 16384);
	pthread_mutex_lock(&st->id_lock);
	if (ms <= st->lease.floor)
		ms = st->lease.floor + 1;
	at = (ms > epoch ? ms - epoch : 1) << 4;
	if (at <= st->id_last[city])
		at = st->id_last[city] + 1;
	st->id_last[city] = at;
	ms = (at >> 4) + epoch;
	if (ms > st->lease.high)
		st->lease.high = ms;
	writer = st->lease.writer < 0 ? 0 : (unsigned)st->lease.writer;
	pthread_mutex_unlock(&st->id_lock);
	return ((at >> 4) << 22) | ((int64_t)city << 8) | (int64_t)(writer << 4) | (at & 15);
}

unsigned store_writer(const struct store *st) { return st->lease.writer < 0 ? 0 : (unsigned)st->lease.writer; }
