/* types_day.c -- reading days, moments and times of day in the forms people and spreadsheets write them.
 * Takes what can mean only one day; a two-digit year is refused, not guessed. */
#include "engine/inner_types.h"
#include "base/clock.h"
#include "base/text.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXCEL_EPOCH = 25569, EXCEL_FROM = 20000, EXCEL_TO = 80000, YEARS_AHEAD = 30 };

struct ymd { int y, m, d; bool plain; };                 /* plain: as YYYY-MM-DD, nothing to clean */
static const struct { const char *code, *zh, *en; } faults[] = {
	{ "date_unreadable",     "应写作 2020-11-20 的样子", "should look like 2020-11-20" },
	{ "date_two_digit_year", "年份应写四位，例如 2015-03-11", "write the year with four digits, such as 2015-03-11" },
	{ "date_impossible",     "没有这一天，请核对月和日", "there is no such day" },
	{ "date_far_future",     "年份太远，请核对", "is too far in the future; please check the year" },
	{ "date_far_past",       "年份太早，请核对", "is too long ago; please check the year" },
};
enum fault { UNREADABLE, SHORT_YEAR, IMPOSSIBLE, FUTURE, PAST, FINE };

/* Digits, at least one and at most `most`; -1 when there are none or too many. */
static int digits(const char **s, int most, int *n)
{
	int x = 0;

	for (*n = 0; **s >= '0' && **s <= '9'; ++*s, ++*n) {
		if (*n == most)
			return -1;
		x = x * 10 + (**s - '0');
	}
	return *n ? x : -1;
}

static bool skip(const char **s, const char *what)
{
	size_t n = strlen(what);

	if (strncmp(*s, what, n))
		return false;
	*s += n;
	return true;
}

/* A time after a day may only be midnight: a day was asked for. */
static bool midnight(const char *s)
{
	while (*s == ' ' || *s == 'T')
		s++;
	return !*s || !strcmp(s, "00:00") || !strcmp(s, "00:00:00") || !strcmp(s, "0:00") || !strcmp(s, "0:00:00");
}

/* year sep month sep day, sep one of - . / or 年月日. */
static enum fault apart(const char *s, struct ymd *out)
{
	static const char *const seps[][3] = { { "-", "-", "" }, { ".", ".", "" }, { "/", "/", "" }, { "年", "月", "日" } };
	int ny, nm, nd, y = digits(&s, 4, &ny), m, d;

	if (y < 0)
		return UNREADABLE;
	for (unsigned i = 0; i < COUNT(seps); i++) {
		if (!skip(&s, seps[i][0]))
			continue;
		if ((m = digits(&s, 2, &nm)) < 0 || !skip(&s, seps[i][1]) || (d = digits(&s, 2, &nd)) < 0)
			return UNREADABLE;
		skip(&s, seps[i][2]);
		if (!midnight(s))
			return UNREADABLE;
		*out = (struct ymd){ y, m, d, i == 0 && nm == 2 && nd == 2 && !*s };
		return ny == 4 ? FINE : SHORT_YEAR;
	}
	return UNREADABLE;
}

static enum fault judge(const struct ctx *c, int64_t day, int64_t *out)
{
	int y, m, d, now;

	day_split(day, &y, &m, &d);
	day_split(clock_day(c->now), &now, &m, &d);
	*out = day;
	return y < 1900 ? PAST : y > now + YEARS_AHEAD ? FUTURE : FINE;
}

static enum fault read_day(const struct ctx *c, const char *s, int64_t *day, bool *cleaned)
{
	size_t n = strlen(s);
	struct ymd t;
	enum fault fault = FINE;

	if (strspn(s, "0123456789") == n && (n == 5 || n == 8)) {
		long x = strtol(s, NULL, 10);

		*cleaned = true;
		if (n == 5)
			return c->importing && x >= EXCEL_FROM && x <= EXCEL_TO ? judge(c, x - EXCEL_EPOCH, day) : UNREADABLE;
		t = (struct ymd){ (int)(x / 10000), (int)(x / 100 % 100), (int)(x % 100), false };
	} else if ((fault = apart(s, &t)) != FINE)
		return fault;
	*cleaned |= !t.plain;
	if (t.m < 1 || t.m > 12 || t.d < 1 || t.d > 31)
		return IMPOSSIBLE;
	if (t.y < 1800 || t.y > 2200)
		return t.y < 1800 ? PAST : FUTURE;
	*day = day_of(t.y, t.m, t.d);
	if (*day == -1 && t.y != 1969)                           /* -1 is also the last day of 1969 */
		return IMPOSSIBLE;
	return judge(c, *day, day);
}

enum rc parse_date(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, true, cleaned);
	enum fault fault;
	int64_t day;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	if ((fault = read_day(c, text, &day, cleaned)) != FINE)
		return type_fault(c, f, faults[fault].code, text, ctx_say(c, faults[fault].zh, faults[fault].en));
	if (type_range(c, f, day))
		return RC_REJECTED;
	*v = VINT(day);
	return RC_OK;
}

/* hh:mm or hh:mm:ss; -1 when it is none. *bad: it is one, but no clock shows it. */
static int64_t minutes_of(const char *s, bool *bad)
{
	int n, h = digits(&s, 2, &n), m, sec = 0;

	*bad = false;
	if (h < 0 || !skip(&s, ":") || (m = digits(&s, 2, &n)) < 0 || n != 2)
		return -1;
	if (skip(&s, ":") && ((sec = digits(&s, 2, &n)) < 0 || n != 2))
		return -1;
	*bad = h > 23 || m > 59 || sec > 59;
	return *s ? -1 : h * 60 + m;
}

enum rc parse_clock(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, true, cleaned);
	char *end;
	bool bad;
	int64_t at;
	double part;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	at = minutes_of(text, &bad);
	if (at < 0 && c->importing && strncmp(text, "0.", 2) == 0 && (part = strtod(text, &end)) < 1 && !*end) {
		at = (int64_t)llround(part * 1440) % 1440;              /* a spreadsheet's fraction of a day */
		*cleaned = true;
	}
	if (bad)
		return type_fault(c, f, "time_25_hours", text, ctx_say(c, "没有这个时刻，应在 00:00 到 23:59 之间", "there is no such time; 00:00 to 23:59"));
	if (at < 0)
		return type_fault(c, f, "time_unreadable", text, ctx_say(c, "应写作 09:30 的样子", "should look like 09:30"));
	*cleaned |= strlen(text) != 5 && at >= 0;
	*v = VINT(at);
	return RC_OK;
}

enum rc parse_time(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, true, cleaned), *rest;
	bool bad = false;
	int64_t ms, day, minute;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	if (time_read(text, &ms)) {
		*v = VINT(ms);
		return RC_OK;
	}
	rest = strlen(text) > 11 && text[10] == ' ' ? text + 11 : "";   /* as people write it: Shanghai time */
	minute = minutes_of(rest, &bad);
	if (minute < 0 || bad || !day_read(arena_strndup(c->arena, text, 10), &day))
		return type_fault(c, f, "time_unreadable", text, ctx_say(c, "应写作 2020-11-20 09:30 的样子", "should look like 2020-11-20T09:30:00Z"));
	*cleaned = true;
	*v = VINT(clock_day_start(day) + minute * 60000);
	return RC_OK;
}
