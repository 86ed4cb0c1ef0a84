/* table_write.c -- tables as we send them: CSV piece by piece; XLSX is handed on to table_sheets_out.c. Owns one piece.
 * Refuses to let a text be taken for a formula: it gets a leading '. */
#include "base/clock.h"
#include "base/table_inner.h"
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 << 10 };
#define MOST_EXACT INT64_C(1000000000000000)     /* a spreadsheet keeps 15 digits */

struct table_out {
	int (*sink)(void *arg, const void *, size_t);
	void *arg;
	int failed;
	char piece[PIECE];
	size_t n;
	bool row_begun;
	struct sheets_out *sheets;       /* XLSX; CSV has none */
};

static void flush(struct table_out *o)
{
	if (o->n && !o->failed)
		o->failed = o->sink(o->arg, o->piece, o->n);
	o->n = 0;
}

static void put(struct table_out *o, const char *s, size_t n)
{
	while (n) {
		size_t k = PIECE - o->n < n ? PIECE - o->n : n;
		memcpy(o->piece + o->n, s, k);
		o->n += k;
		s += k;
		n -= k;
		if (o->n == PIECE)
			flush(o);
	}
}

static char *digits(char t[32], int64_t value, int decimals)
{
	char *p = t + 31;
	uint64_t u = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	*p = 0;
	for (int i = 0; u || i <= decimals; i++, u /= 10) {
		if (i == decimals && i)
			*--p = '.';
		*--p = (char)('0' + u % 10);
	}
	if (value < 0)
		*--p = '-';
	return p;
}

static void csv_next(struct table_out *o)
{
	if (o->row_begun)
		put(o, ",", 1);
	o->row_begun = true;
}

static void csv_plain(struct table_out *o, const char *s)
{
	csv_next(o);
	put(o, s, strlen(s));
}

static void csv_text(struct table_out *o, const char *s)
{
	bool quoted = s[strcspn(s, ",\"\r\n")] || *s == ' ' || *s == '\t' || (*s && s[strlen(s) - 1] == ' ');
	csv_next(o);
	if (quoted)
		put(o, "\"", 1);
	if (*s && strchr("=+-@\t\r", *s))
		put(o, "'", 1);
	while (*s) {
		size_t n = strcspn(s, "\"");
		put(o, s, n);
		if (s[n])
			put(o, "\"\"", 2);
		s += n + (s[n] != 0);
	}
	if (quoted)
		put(o, "\"", 1);
}

struct table_out *table_out_new(enum out_kind kind, int (*sink)(void *, const void *, size_t), void *arg)
{
	struct table_out *o = calloc(1, sizeof *o);
	if (!o)
		abort();
	o->sink = sink;
	o->arg = arg;
	if (kind == OUT_XLSX)
		o->sheets = sheets_new();
	else
		put(o, "\xEF\xBB\xBF", 3);
	return o;
}

void table_out_cell(struct table_out *o, const char *text)
{
	if (o->sheets)
		sheets_text(o->sheets, text ? text : "");
	else
		csv_text(o, text ? text : "");
}

void table_out_int(struct table_out *o, int64_t value, int decimals)
{
	char t[32];
	decimals = decimals < 0 ? 0 : decimals > MOST_DECIMALS ? MOST_DECIMALS : decimals;
	char *s = digits(t, value, decimals);
	if (!o->sheets)
		csv_plain(o, s);
	else if (value >= MOST_EXACT || value <= -MOST_EXACT)
		sheets_text(o->sheets, s);
	else
		sheets_number(o->sheets, strtod(s, NULL), decimals);
}

void table_out_day(struct table_out *o, int64_t day)
{
	int y, m, d;
	char t[40];
	day_split(day, &y, &m, &d);
	snprintf(t, sizeof t, "%04d-%02d-%02d", y, m, d);
	if (!o->sheets)
		csv_plain(o, t);
	else if (y < 1901 || y > 9999)           /* a spreadsheet's calendar begins 1900, and wrongly */
		sheets_text(o->sheets, t);
	else
		sheets_day(o->sheets, day);
}

void table_out_row(struct table_out *o)
{
	if (o->sheets)
		sheets_row(o->sheets);
	else
		put(o, "\r\n", 2);
	o->row_begun = false;
}

int table_out_end(struct table_out *o)
{
	if (!o)
		return -1;
	if (o->sheets)
		o->failed = sheets_end(o->sheets, o->sink, o->arg);
	else
		flush(o);
	int failed = o->failed;
	free(o);
	return failed ? -1 : 0;
}
