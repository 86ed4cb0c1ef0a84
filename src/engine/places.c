/* places.c -- the divisions of the province in memory: 18,000 rows in under a megabyte, sorted by code, replaced as a whole.
 * Owns names, kinds and the arithmetic of 12-digit codes. Refuses to guess a place it does not hold. */
#include "engine/inner_query.h"
#include "engine/inner_rules.h"
#include <pthread.h>

enum { KINDS = 64 };
struct place { int64_t code; uint32_t name; uint8_t kind; };
struct places {
	struct copy copy;                  /* first: the list of retired ones knows only this */
	size_t n, n_names;
	struct place *of;
	char *names;
	const char *kinds[KINDS];
	unsigned n_kinds;
};

static _Atomic(struct places *) current;
static struct stale stale;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static struct copy *retired;

unsigned region_digits(int64_t division)
{
	if (division <= 0)
		return 0;
	if (division % 10000000000 == 0)
		return 2;
	if (division % 100000000 == 0)
		return 4;
	if (division % 1000000 == 0)
		return 6;
	return division % 1000 == 0 ? 9 : 12;
}

/* `prefix` may be the short form (2101) or padded to 12 digits. */
void region_range(int64_t prefix, unsigned digits, int64_t *lo, int64_t *hi)
{
	int64_t unit = 1;

	for (unsigned i = digits; i < 12; i++)
		unit *= 10;
	if (prefix >= 100000000000)
		prefix /= unit;
	*lo = prefix * unit;
	*hi = *lo + unit - 1;
}

void copies_retire(struct copy **list, struct copy *old)
{
	int64_t now = clock_mono();

	if (old) {
		old->retired = now;
		old->next = *list;
		*list = old;
	}
	while (*list) {
		struct copy *c = *list;

		if (c->retired + 600000 > now) {
			list = &c->next;
			continue;
		}
		*list = c->next;
		arena_free(c->arena);
	}
}

static const struct place *find(const struct places *p, int64_t code)
{
	size_t lo = 0, hi = p ? p->n : 0;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (p->of[mid].code < code)
			lo = mid + 1;
		else
			hi = mid;
	}
	return p && lo < p->n && p->of[lo].code == code ? &p->of[lo] : NULL;
}

bool place_known(int64_t division)
{
	return find(atomic_load(&current), division) != NULL;
}

const char *place_name(int64_t division)
{
	const struct places *p = atomic_load(&current);
	const struct place *at = find(p, division);

	return at ? p->names + at->name : NULL;
}

const char *place_kind(int64_t division)
{
	const struct places *p = atomic_load(&current);
	const struct place *at = find(p, division);

	return at ? p->kinds[at->kind] : NULL;
}

const char *place_path(struct arena *a, int64_t division)
{
	static const unsigned levels[] = { 2, 4, 6, 9, 12 };
	int64_t lo, hi, before = 0;
	const char *name;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "");
	for (unsigned i = 0; division > 0 && i < COUNT(levels); i++) {
		region_range(division, levels[i], &lo, &hi);
		if (lo != before && (name = place_name(lo))) {
			buf_str(&b, b.n ? " " : "");
			buf_str(&b, name);
		}
		before = lo;
	}
	return b.p;
}

static uint8_t kind_of(struct places *p, const char *kind)
{
	for (unsigned i = 0; i < p->n_kinds; i++)
		if (!strcmp(p->kinds[i], kind))
			return (uint8_t)i;
	if (p->n_kinds == KINDS)
		return 0;
	p->kinds[p->n_kinds] = arena_strdup(p->copy.arena, kind);
	return (uint8_t)p->n_kinds++;
}

/* Newest row of a code wins: rows come by code and start of validity. */
static void add(struct places *p, const struct value *v)
{
	struct place *at = p->n && p->of[p->n - 1].code == v[0].i ? &p->of[p->n - 1] : &p->of[p->n++];

	at->code = v[0].i;
	at->name = (uint32_t)p->n_names;
	at->kind = kind_of(p, v[2].type == V_TEXT ? v[2].s : "");
	memcpy(p->names + p->n_names, v[1].type == V_TEXT ? v[1].s : "", v[1].n + 1);
	p->n_names += v[1].n + 1;
}

static enum rc read_all(struct ctx *c, const struct entity *e, struct places *p)
{
	struct value size[2] = { VNULL, VNULL };
	const struct value *v;
	struct rows *rows;
	bool found;
	enum rc rc = query_row(c, arena_printf(c->arena, "SELECT count(*), sum(length(name)) FROM %s", e->name), NULL, 0, size, 2, &found);

	if (rc)
		return rc;
	/* a character has up to four bytes; what is not used of the room for names is never touched */
	p->of = arena_alloc(p->copy.arena, ((size_t)size[0].i + 1) * sizeof(*p->of));
	p->names = arena_alloc(p->copy.arena, (size_t)size[1].i * 4 + (size_t)size[0].i + 1);
	rc = tx_query(c->tx, arena_printf(c->arena, "SELECT code, name, kind FROM %s ORDER BY code, valid_from", e->name), NULL, 0, &rows);
	if (rc)
		return rc;
	for (int64_t left = size[0].i; left > 0 && rows_next(rows, &v); left--)
		add(p, v);
	return rows_end(rows);
}

enum rc places_load(struct ctx *c)
{
	struct arena *a;
	struct places *p;
	enum rc rc;

	if (!c->house || !c->house->places)
		return RC_OK;
	pthread_mutex_lock(&loading);
	a = arena_new(0);
	p = arena_alloc(a, sizeof(*p));
	p->copy.arena = a;
	p->copy.loaded = clock_mono();
	rc = read_all(c, c->house->places, p);
	if (rc) {
		arena_free(a);
	} else {
		struct places *old = atomic_exchange(&current, p);

		copies_retire(&retired, old ? &old->copy : NULL);
	}
	pthread_mutex_unlock(&loading);
	return rc;
}

void places_changed(void)
{
	atomic_store(&stale.written, clock_mono());
}

void places_refresh(struct ctx *c, int64_t max_age)
{
	const struct places *p = atomic_load(&current);

	if (c->tx && (!p || stale_now(&stale, p->copy.loaded, 500) || (max_age && clock_mono() > p->copy.loaded + max_age)))
		places_load(c);
}
