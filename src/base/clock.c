/* clock.c -- the one place that says what time it is, and counts days in Shanghai. Owns the offset of business time.
 * Refuses dates outside 1800..2200: they are always slips of the pen. */
#include "base/clock.h"
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { DAY_MS = 86400000, SHANGHAI_MS = 8 * 3600000, YEAR_FIRST = 1800, YEAR_LAST = 2200 };

static _Atomic int64_t offset;

static int64_t read_clock(clockid_t which)
{
	struct timespec t;
	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_real(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_now(void)
{
	return clock_real() + atomic_load(&offset);
}

void clock_start_at(int64_t ms)
{
	atomic_store(&offset, ms - clock_real());
}

bool clock_moved(void)
{
	return atomic_load(&offset) != 0;
}

/* Towards minus infinity, so that days before 1970 count rightly. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t clock_day(int64_t ms)
{
	return floor_div(ms + SHANGHAI_MS, DAY_MS);
}

int64_t clock_day_start(int64_t day)
{
	return day * DAY_MS - SHANGHAI_MS;
}

static bool date_exists(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= days[month - 1] + (month == 2 && leap);
}

/* Years begin in March here, so the leap day is the last of its year; an era is 400 years. */
static int64_t count_days(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = floor_div(year, 400), in_era = year - era * 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

int64_t day_of(int year, int month, int day)
{
	return date_exists(year, month, day) ? count_days(year, month, day) : -1;
}

void day_split(int64_t day, int *year, int *month, int *mday)
{
	int64_t z = day + 719468, era = floor_div(z, 146097), in_era = z - era * 146097;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100), m = (5 * in_year + 2) / 153;
	*mday = (int)(in_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

int day_week(int64_t day)
{
	return (int)(day + 3 - floor_div(day + 3, 7) * 7);
}

/* Lists write thousands of these: printf would take a tenth of the time of a page. */
static void number(char *to, int v, int digits, char after)
{
	to[digits] = after;
	for (; digits--; v /= 10)
		to[digits] = (char)('0' + v % 10);
}

char *day_text(struct arena *a, int64_t day)
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	if (y < 0 || y > 9999)
		return arena_printf(a, "%04d-%02d-%02d", y, m, d);
	char *s = arena_alloc(a, sizeof "2020-11-20");
	number(s, y, 4, '-');
	number(s + 5, m, 2, '-');
	number(s + 8, d, 2, 0);
	return s;
}

/* Exactly `n` digits at s; -1 otherwise. Stops at the end of the text. */
static int digits(const char *s, int n)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

/* Reads YYYY-MM-DD at the beginning of s. */
static bool date_at(const char *s, int64_t *day)
{
	int y, m, d;
	if ((y = digits(s, 4)) < 0 || s[4] != '-' || (m = digits(s + 5, 2)) < 0 || s[7] != '-' || (d = digits(s + 8, 2)) < 0)
		return false;
	if (!date_exists(y, m, d))
		return false;
	*day = count_days(y, m, d);
	return true;
}

bool day_read(const char *s, int64_t *day)
{
	int64_t v;
	if (!s || !date_at(s, &v) || s[10])
		return false;
	*day = v;
	return true;
}

char *time_text(struct arena *a, int64_t ms)
{
	int64_t day = floor_div(ms, DAY_MS), rest = ms - day * DAY_MS;
	int s = (int)(rest / 1000), milli = (int)(rest % 1000);
	char clock[sizeof "T09:30:00.000Z"], *text = day_text(a, day);
	clock[0] = 'T';
	number(clock + 1, s / 3600, 2, ':');
	number(clock + 4, s / 60 % 60, 2, ':');
	number(clock + 7, s % 60, 2, milli ? '.' : 'Z');
	clock[10] = 0;
	if (milli) {
		number(clock + 10, milli, 3, 'Z');
		clock[14] = 0;
	}
	size_t n = strlen(text), more = strlen(clock);
	char *all = arena_alloc(a, n + more + 1);
	memcpy(all, text, n);
	memcpy(all + n, clock, more);
	return all;
}

/* Z or +hh:mm, and nothing after it. */
static bool zone_at(const char *s, int64_t *ms)
{
	*ms = 0;
	if (*s == 'Z' || *s == 'z')
		return !s[1];
	if (*s != '+' && *s != '-')
		return false;
	int h = digits(s + 1, 2), m = h < 0 || s[3] != ':' ? -1 : digits(s + 4, 2);
	if (m < 0 || s[6] || h > 23 || m > 59)
		return false;
	*ms = (h * 60 + m) * 60000 * (*s == '-' ? -1 : 1);
	return true;
}

bool time_read(const char *s, int64_t *ms)
{
	int64_t day, zone;
	int h, m, sec, milli = 0;
	if (!s || !date_at(s, &day) || (s[10] != 'T' && s[10] != 't'))
		return false;
	if ((h = digits(s + 11, 2)) < 0 || s[13] != ':' || (m = digits(s + 14, 2)) < 0 || s[16] != ':' || (sec = digits(s + 17, 2)) < 0)
		return false;
	if (h > 23 || m > 59 || sec > 59)
		return false;
	s += 19;
	if (*s == '.') {
		if (digits(++s, 1) < 0)
			return false;
		for (int unit = 100; digits(s, 1) >= 0; s++, unit /= 10)
			milli += unit * (*s - '0');
	}
	if (!zone_at(s, &zone))
		return false;
	*ms = day * DAY_MS + ((h * 60 + m) * 60 + sec) * (int64_t)1000 + milli - zone;
	return true;
}
