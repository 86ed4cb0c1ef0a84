/* calendar.c -- days, working days, and what kind of place a division is: the small questions hooks ask of the copies in memory
 * that rules.c and places.c keep. Decides nothing. */
#include "engine/inner_query.h"
#include "engine/inner_rules.h"

int64_t rule_today(struct ctx *c)
{
	return clock_day(c->now);
}

int64_t rule_now(struct ctx *c)
{
	return c->now;
}

static bool is_workday(const struct book *b, int64_t day)
{
	size_t lo = 0, hi = b ? b->n_holidays : 0;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (b->holidays[mid].day < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (b && lo < b->n_holidays && b->holidays[lo].day == day)
		return b->holidays[lo].work;
	return day_week(day) < 5;
}

int64_t rule_after(struct ctx *c, int64_t day, int64_t n, enum unit unit)
{
	const struct book *b;
	int64_t step = n < 0 ? -1 : 1, tries = 0;

	if (unit == HOURS)
		return day + n / 24;
	if (unit == DAYS)
		return day + n;
	b = rules_book(c);
	/* a calendar that knows only holidays must not hold the program up */
	while (n && tries++ < 100000) {
		day += step;
		if (is_workday(b, day))
			n -= step;
	}
	return day;
}

const char *rule_day_text(struct ctx *c, int64_t day)
{
	return day_text(c->arena, day);
}

const char *rule_yuan(struct ctx *c, int64_t fen)
{
	uint64_t n = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;

	return arena_printf(c->arena, "%s%llu.%02u", fen < 0 ? "-" : "", (unsigned long long)(n / 100), (unsigned)(n % 100));
}

int64_t rule_year_start(int64_t day)
{
	int year, month, mday;

	day_split(day, &year, &month, &mday);
	return day_of(year, 1, 1);
}

/* -- places */
const char *rule_place_kind(struct ctx *c, int64_t division)
{
	places_refresh(c, 0);
	return place_kind(division);
}

const char *rule_region_class(struct ctx *c, int64_t division)
{
	const struct book *b = rules_book(c);
	int64_t today = rule_today(c), lo, hi;
	const struct region_class *best = NULL;
	const char *kind;

	for (size_t i = 0; b && i < b->n_classes; i++) {
		const struct region_class *k = &b->classes[i];
		unsigned digits = region_digits(k->division);

		region_range(k->division, digits, &lo, &hi);
		if (today >= k->from && today <= k->to && division >= lo && division <= hi
		    && (!best || digits >= region_digits(best->division)))
			best = k;
	}
	if (best)
		return best->name;
	kind = rule_place_kind(c, division);
	if (!kind)
		return "";
	return strstr(kind, "residents") ? "urban" : strstr(kind, "villagers") ? "rural" : "";
}
