/* rules.c -- dated rules, the working calendar and region classes in memory, and a rule's value for a day and place. A rule that has no row for
 * the day and place refuses the request: nothing falls back to a number in code. */
#include "engine/inner_query.h"
#include "engine/inner_rules.h"
#include <pthread.h>
#include <stdlib.h>

static const int64_t province = INT64_C(210000000000), renew_ms = 60000;
static _Atomic(struct book *) current;
static struct stale stale;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static struct copy *retired;

/* Rows of a small table, one after the other into fn. */
static enum rc each_row(struct ctx *c, struct book *b, const struct entity *e, const char *columns, const char *order,
	size_t size, void **rows_out, size_t *n_out, void (*fn)(struct arena *, void *, const struct value *))
{
	const struct value *v;
	struct rows *rows;
	int64_t n = 0, left;
	enum rc rc;

	if (!e)
		return RC_OK;
	if ((rc = query_int(c, arena_printf(c->arena, "SELECT count(*) FROM %s", e->name), NULL, 0, &n)))
		return rc;
	*rows_out = arena_alloc(b->copy.arena, (size_t)(n + 1) * size);
	if ((rc = tx_query(c->tx, arena_printf(c->arena, "SELECT %s FROM %s ORDER BY %s", columns, e->name, order), NULL, 0, &rows)))
		return rc;
	for (left = n; left > 0 && rows_next(rows, &v); left--)
		fn(b->copy.arena, (char *)*rows_out + size * (*n_out)++, v);
	return rows_end(rows);
}

static int64_t last_day(const struct value *v)
{
	return v->type == V_INT ? v->i : INT64_MAX;
}

static const char *own_text(struct arena *a, const struct value *v)
{
	return v->type == V_TEXT ? arena_strndup(a, v->s, v->n) : "";
}

static void take_param(struct arena *a, void *row, const struct value *v)
{
	*(struct dated *)row = (struct dated){ own_text(a, &v[0]), v[1].i, v[2].i, last_day(&v[3]), v[4].i };
}

static void take_class(struct arena *a, void *row, const struct value *v)
{
	*(struct region_class *)row = (struct region_class){ v[0].i, v[2].i, last_day(&v[3]), own_text(a, &v[1]) };
}

static void take_holiday(struct arena *a, void *row, const struct value *v)
{
	(void)a;
	*(struct holiday *)row = (struct holiday){ v[0].i, v[1].type == V_TEXT && !strcmp(v[1].s, "work") };
}

static int by_code(const void *a, const void *b)
{
	return strcmp(((const struct dated *)a)->code, ((const struct dated *)b)->code);
}

static enum rc read_all(struct ctx *c, struct book *b)
{
	const struct house *h = c->house;
	void *params = NULL, *classes = NULL, *days = NULL;
	enum rc rc;

	if ((rc = each_row(c, b, h->rules, "code, region_code, valid_from, valid_to, value", "code, region_code, valid_from",
			sizeof(struct dated), &params, &b->n_params, take_param))
	    || (rc = each_row(c, b, h->classes, "division, class, valid_from, valid_to", "division, valid_from",
			sizeof(struct region_class), &classes, &b->n_classes, take_class))
	    || (rc = each_row(c, b, h->holidays, "day, kind", "day", sizeof(struct holiday), &days, &b->n_holidays, take_holiday)))
		return rc;
	b->params = params;
	b->classes = classes;
	b->holidays = days;
	/* the database's collation may differ from strcmp */
	if (b->n_params)
		qsort(b->params, b->n_params, sizeof(*b->params), by_code);
	return RC_OK;
}

static enum rc book_load(struct ctx *c)
{
	struct arena *a;
	struct book *b;
	enum rc rc;

	if (!c->house)
		return RC_OK;
	pthread_mutex_lock(&loading);
	a = arena_new(0);
	b = arena_alloc(a, sizeof(*b));
	b->copy.arena = a;
	b->copy.loaded = clock_mono();
	rc = read_all(c, b);
	if (rc) {
		arena_free(a);
	} else {
		struct book *old = atomic_exchange(&current, b);

		copies_retire(&retired, old ? &old->copy : NULL);
	}
	pthread_mutex_unlock(&loading);
	return rc;
}

const struct book *rules_book(struct ctx *c)
{
	const struct book *b = atomic_load(&current);

	if (c->tx && (!b || stale_now(&stale, b->copy.loaded, 100) || clock_mono() > b->copy.loaded + renew_ms)) {
		book_load(c);
		b = atomic_load(&current);
	}
	return b;
}

enum rc rules_load(struct ctx *c)
{
	enum rc rc = places_load(c);

	return rc ? rc : book_load(c);
}

void rules_changed(struct ctx *c, const struct entity *e)
{
	if (!c->house || !e)
		return;
	if (e == c->house->places)
		places_changed();
	if (e == c->house->rules || e == c->house->classes || e == c->house->holidays)
		atomic_store(&stale.written, clock_mono());
}

void rules_refresh(struct ctx *c)
{
	places_refresh(c, 10 * renew_ms);
	rules_book(c);
}

/* -- rules */
static size_t first_param(const struct book *b, const char *code)
{
	size_t lo = 0, hi = b ? b->n_params : 0;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (strcmp(b->params[mid].code, code) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The row of the smallest region that holds the place; among those the one that began last. */
static const struct dated *find_param(const struct book *b, const char *code, int64_t region, int64_t day)
{
	const struct dated *best = NULL;
	unsigned digits, best_digits = 0;
	int64_t lo, hi;

	for (size_t i = first_param(b, code); b && i < b->n_params && !strcmp(b->params[i].code, code); i++) {
		const struct dated *p = &b->params[i];

		digits = region_digits(p->region);
		region_range(p->region, digits, &lo, &hi);
		if (day < p->from || day > p->to || region < lo || region > hi)
			continue;
		if (!best || digits > best_digits || (digits == best_digits && p->from > best->from)) {
			best = p;
			best_digits = digits;
		}
	}
	return best;
}

int64_t rule_on(struct ctx *c, const struct rule *rule, const struct record *r, int64_t day)
{
	const struct book *b = rules_book(c);
	int64_t region = r ? rec_region(r) : 0;
	const struct dated *p = find_param(b, rule->code, region > 0 ? region : province, day);

	if (p)
		return p->value;
	if (!c->no_rule)
		ctx_problem(c, RC_NO_RULE, NULL, "no_rule", ctx_say(c,
			"规则“%s”在 %s 没有适用的数值；请由管理员在规则参数中补登后再办理。", "The rule “%s” has no value for %s; an administrator must add it."),
			ctx_say(c, rule->label, rule->en), rule_day_text(c, day));
	c->no_rule = true;
	return 0;
}

int64_t rule_value(struct ctx *c, const struct rule *rule, const struct record *r)
{
	return rule_on(c, rule, r, rule_today(c));
}
