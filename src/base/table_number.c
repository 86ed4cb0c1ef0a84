/* table_number.c -- the number in an XLSX cell as the reader of the sheet knows it: 15 digits, dates as dates. Refuses
 * nothing; what is no number stays the text it was. */
#include "base/table_inner.h"
#include "base/clock.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 15, LAST_SERIAL = 2958465 /* 9999-12-31 */, UNIX_SERIAL = 25569 /* 1970-01-01 */, SHIFT_1904 = 1462 };

static size_t span(const char *s)
{
	return strspn(s, "0123456789");
}

/* -12.5E+3 and nothing else: strtod alone would take hexadecimal, inf and nan. */
static bool well_formed(const char *s, bool *whole)
{
	*whole = true;
	s += *s == '-';
	size_t before = span(s), after = 0;
	s += before;
	if (*s == '.') {
		*whole = false;
		after = span(++s);
		s += after;
	}
	if (before + after == 0 || before + after > 300)
		return false;
	if (*s == 'E' || *s == 'e') {
		*whole = false;
		s++;
		s += *s == '-' || *s == '+';
		if (!span(s))
			return false;
		s += span(s);
	}
	return !*s;
}

/* d.dddE+xx taken apart: the digits without trailing zeros, and the place of the point. */
static char *plain(struct arena *a, double v)
{
	char t[40], digits[DIGITS + 1];
	snprintf(t, sizeof t, "%.*E", DIGITS - 1, fabs(v));
	int n = 1, exponent = (int)strtol(strchr(t, 'E') + 1, NULL, 10);
	digits[0] = t[0];
	memcpy(digits + 1, t + 2, DIGITS - 1);
	digits[DIGITS] = 0;
	for (int i = 1; i < DIGITS; i++)
		if (digits[i] != '0')
			n = i + 1;
	const char *sign = v < 0 ? "-" : "";
	if (exponent >= DIGITS || exponent < -9)
		return arena_printf(a, "%s%c%s%.*sE%c%02d", sign, digits[0], n > 1 ? "." : "", n - 1, digits + 1,
			exponent < 0 ? '-' : '+', abs(exponent));
	if (exponent < 0)
		return arena_printf(a, "%s0.%.*s%.*s", sign, -exponent - 1, "0000000000", n, digits);
	int before = exponent + 1;
	if (n <= before)
		return arena_printf(a, "%s%.*s", sign, before, digits);
	return arena_printf(a, "%s%.*s.%.*s", sign, before, digits, n - before, digits + before);
}

const char *number_text(struct arena *a, const char *raw, bool *is_number)
{
	bool whole;
	*is_number = false;
	if (!well_formed(raw, &whole))
		return arena_strdup(a, raw);
	double v = strtod(raw, NULL);
	if (!isfinite(v))
		return arena_strdup(a, raw);
	*is_number = true;
	if (v == 0)
		return arena_strdup(a, "0");
	return whole ? arena_strdup(a, raw) : plain(a, v);       /* all digits are in the file: show them all */
}

/* Serial 60 is the 29th of February 1900, which was not: it comes out as such and is refused as a date by whoever asks. */
const char *number_day(struct arena *a, const char *raw, bool since1904, bool *day)
{
	bool whole;
	int y, m, d;
	*day = false;
	if (!well_formed(raw, &whole))
		return NULL;
	double v = strtod(raw, NULL);
	if (!(v >= 0 && v < LAST_SERIAL + 1.0))
		return NULL;
	int64_t seconds = (int64_t)floor(v * 86400 + 0.5);
	int64_t serial = seconds / 86400, of_day = seconds % 86400;
	if (serial == 0) {
		char *t = arena_printf(a, "%02d:%02d:%02d", (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
		if (of_day % 60 == 0)
			t[5] = 0;
		return t;
	}
	serial += since1904 ? SHIFT_1904 : 0;
	if (serial > LAST_SERIAL)
		return NULL;
	*day = true;
	if (serial == 60)
		return "1900-02-29";
	day_split(serial - UNIX_SERIAL + (serial < 60), &y, &m, &d);
	return arena_printf(a, "%04d-%02d-%02d", y, m, d);
}

/* 27-36 and 50-58 are the dates of Chinese, Japanese and Korean spreadsheets. */
bool number_is_day(unsigned f)
{
	return (f >= 14 && f <= 22) || (f >= 27 && f <= 36) || (f >= 45 && f <= 47) || (f >= 50 && f <= 58);
}

bool number_code_is_day(const char *s)
{
	for (; *s && *s != ';'; s++) {
		if (*s == '"') {
			for (s++; *s && *s != '"';)
				s++;
		} else if (*s == '[') {
			if (strchr("hHmMsS", s[1]) && s[1])
				return true;
			while (*s && *s != ']')
				s++;
		} else if (*s == '\\' || *s == '_' || *s == '*') {
			s += s[1] != 0;
		} else if (!strncasecmp(s, "General", 7)) {
			return false;
		} else if (strchr("yYmMdDhHsS", *s)) {
			return true;
		}
		if (!*s)
			break;
	}
	return false;
}
