/* cache.c -- prepared statements of one connection, found by their text. Owns the order of use; refuses to know what an
 * entry is: the driver puts its own struct around it and frees it in drop(). One thread at a time, as its connection. */
#include "store/driver.h"
#include <string.h>

/* Eight bytes at a time: statements are long and asked for at every row. */
static uint64_t hash_of(const char *s)
{
	uint64_t h = UINT64_C(1469598103934665603), word = 0;
	size_t n = strlen(s);

	for (; n >= sizeof word; s += sizeof word, n -= sizeof word) {
		memcpy(&word, s, sizeof word);
		h = (h ^ word) * UINT64_C(1099511628211);
		h ^= h >> 32;
	}
	for (; n; s++, n--)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return h;
}

static struct cached **bucket(struct cache *c, uint64_t hash)
{
	return &c->buckets[(hash ^ (hash >> 32)) % (sizeof c->buckets / sizeof *c->buckets)];
}

static void unlink_entry(struct cache *c, struct cached *e)
{
	struct cached **p = bucket(c, e->hash);

	while (*p != e)
		p = &(*p)->chain;
	*p = e->chain;
	if (e->newer)
		e->newer->older = e->older;
	else
		c->newest = e->older;
	if (e->older)
		e->older->newer = e->newer;
	else
		c->oldest = e->newer;
	e->newer = e->older = e->chain = NULL;
	c->n--;
}

struct cached *cache_take(struct cache *c, const char *sql, uint64_t *hash)
{
	*hash = hash_of(sql);
	for (struct cached *e = *bucket(c, *hash); e; e = e->chain)
		if (e->hash == *hash && !strcmp(e->sql, sql)) {
			unlink_entry(c, e);
			return e;
		}
	return NULL;
}

void cache_put(struct cache *c, struct cached *e)
{
	struct cached **b = bucket(c, e->hash);

	e->chain = *b;
	*b = e;
	e->older = c->newest;
	e->newer = NULL;
	if (c->newest)
		c->newest->newer = e;
	c->newest = e;
	if (!c->oldest)
		c->oldest = e;
	if (++c->n > c->max) {
		struct cached *old = c->oldest;

		unlink_entry(c, old);
		c->drop(c->arg, old);
	}
}

void cache_clear(struct cache *c)
{
	while (c->oldest) {
		struct cached *old = c->oldest;

		unlink_entry(c, old);
		c->drop(c->arg, old);
	}
}
