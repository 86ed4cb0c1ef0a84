/* inner_rules.h -- between rules.c, places.c and rules_seed.c. */
#pragma once
#include "base/clock.h"
#include "engine/more.h"
#include <stdatomic.h>

/* When the tables behind a copy in memory were last written. The writer's transaction may end a little after its statement, so
 * a copy is renewed until a second has passed. */
struct stale { _Atomic int64_t written; };
static inline bool stale_now(struct stale *s, int64_t loaded, int64_t every)
{
	int64_t written = atomic_load(&s->written);

	if (!written || loaded > written + 1000)
		return false;
	return loaded <= written || clock_mono() >= loaded + every;
}

/* A copy in memory is replaced as a whole; readers may still hold texts of the one before, so it is freed ten minutes later. */
struct copy { struct arena *arena; int64_t loaded, retired; struct copy *next; };
void copies_retire(struct copy **list, struct copy *old);  /* under the loader's lock */

enum rc places_load(struct ctx *);
void    places_changed(void);
void    places_refresh(struct ctx *, int64_t max_age);
const char *place_kind(int64_t division);

/* The small tables: at most some hundred rows. */
struct dated { const char *code; int64_t region, from, to, value; };
struct region_class { int64_t division, from, to; const char *name; };
struct holiday { int64_t day; bool work; };
struct book {
	struct copy copy;                  /* first */
	struct dated *params; struct region_class *classes; struct holiday *holidays;
	size_t n_params, n_classes, n_holidays;
};
const struct book *rules_book(struct ctx *);               /* renewed when needed; NULL before the first load */
