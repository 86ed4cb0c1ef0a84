/* table_csv.c -- separated values, cut on bytes first and turned into letters cell by cell, so that a broken letter never
 * takes the separator after it along: no second byte of GB18030 looks like a separator, a quote or a line end.
 * Owns one row's scratch. Refuses a quote that never closes and rows out of all measure. */
#include "base/table_inner.h"
#include <stdlib.h>
#include <string.h>

static const unsigned char separators[3] = { ',', '\t', ';' };

const char *csv_open(struct csv *c, struct arena *a, const void *bytes, size_t n)
{
	*c = (struct csv){ .arena = a, .line = 1, .separator = ',', .raw = malloc(CELL_BYTES) };
	if (!c->raw)
		abort();
	return letters_open(&c->letters, bytes, n);
}

void csv_close(struct csv *c)
{
	letters_close(&c->letters);
	free(c->raw);
	free(c->cells);
}

void csv_restart(struct csv *c, unsigned char separator)
{
	c->at = 0;
	c->line = 1;
	c->separator = separator;
}

/* Counts the candidates outside quotes in the first lines. A quote opens only where a cell begins. */
void csv_separators(struct csv *c, unsigned char by_count[3])
{
	size_t count[3] = { 0 };
	bool quoted = false, begins = true;
	const unsigned char *p = c->letters.p;
	for (size_t i = 0, lines = 0; i < c->letters.n && lines < HEADER_ROWS; i++) {
		if (quoted || (p[i] == '"' && begins)) {
			if (p[i] == '"')
				quoted = !quoted;
			begins = false;
			continue;
		}
		const unsigned char *hit = p[i] ? memchr(separators, p[i], sizeof separators) : NULL;
		bool newline = p[i] == '\n' || p[i] == '\r';
		if (hit)
			count[hit - separators]++;
		lines += newline;
		begins = hit || newline;
	}
	memcpy(by_count, separators, sizeof separators);
	for (int i = 1; i < 3; i++)
		for (int k = i; k > 0 && count[k] > count[k - 1]; k--) {
			size_t n = count[k];
			unsigned char s = by_count[k];
			count[k] = count[k - 1], by_count[k] = by_count[k - 1];
			count[k - 1] = n, by_count[k - 1] = s;
		}
}

/* One line end, CR LF counted once. */
static void over_newline(struct csv *c)
{
	const unsigned char *p = c->letters.p;
	if (p[c->at] == '\r' && c->at + 1 < c->letters.n && p[c->at + 1] == '\n')
		c->at++;
	c->at++;
	c->line++;
}

static bool ends(const struct csv *c)
{
	unsigned char b = c->letters.p[c->at];
	return b == c->separator || b == '\n' || b == '\r';
}

/* A quoted cell into c->raw; what follows the closing quote is taken as it stands, as spreadsheets do. */
static bool take_quoted(struct csv *c, size_t *n)
{
	const unsigned char *p = c->letters.p;
	bool open = true;
	*n = 0;
	for (c->at++; c->at < c->letters.n && (open || !ends(c));) {
		unsigned char b = p[c->at];
		if (open && b == '"') {
			if (c->at + 1 >= c->letters.n || p[c->at + 1] != '"') {
				open = false;
				c->at++;
				continue;
			}
			c->at += 2;
		} else if (b == '\n' || b == '\r') {
			b = '\n';
			over_newline(c);
		} else {
			c->at++;
		}
		if (*n < CELL_BYTES)
			c->raw[(*n)++] = b;
	}
	return !open;
}

static const char *open_quote(struct csv *c, int64_t line)
{
	return arena_printf(c->arena, "第 %lld 行有一个引号只有开头没有结尾，后面的内容分不清属于哪一列。请补上或删去这个引号后重新上传。",
		(long long)line);
}

static const char *too_wide(struct csv *c, int64_t line)
{
	return arena_printf(c->arena, "第 %lld 行太长（超过 %d 列或 %d MiB），不像表格的一行。请检查引号和换行后重新上传。",
		(long long)line, ROW_CELLS, ROW_BYTES >> 20);
}

static void keep(struct csv *c, struct cell cell)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 64;
		c->cells = realloc(c->cells, c->cap * sizeof *c->cells);
		if (!c->cells)
			abort();
	}
	c->cells[c->n] = cell;
}

int csv_row(struct csv *c, struct arena *rows, struct row *row, const char **why)
{
	const unsigned char *p = c->letters.p;
	int64_t line = c->line;
	size_t text = 0;
	if (c->at >= c->letters.n)
		return 0;
	for (c->n = 0;; c->at++) {
		size_t from = c->at, n;
		const unsigned char *raw = p + from;
		if (c->n == ROW_CELLS)
			return *why = too_wide(c, line), -1;
		int64_t here = c->line;
		if (c->at < c->letters.n && p[c->at] == '"') {
			raw = c->raw;
			if (!take_quoted(c, &n))
				return *why = open_quote(c, here), -1;
		} else {
			while (c->at < c->letters.n && !ends(c))
				c->at++;
			n = c->at - from;
		}
		if (rows) {
			struct cell cell = letters_cell(&c->letters, raw, n);
			if ((text += cell.n) > ROW_BYTES)
				return *why = too_wide(c, line), -1;
			keep(c, cell_keep(rows, cell));
		}
		c->n++;
		if (c->at >= c->letters.n || p[c->at] != c->separator)
			break;
	}
	if (c->at < c->letters.n)
		over_newline(c);
	*row = (struct row){ .n = c->n, .line = line };
	if (rows) {
		row->cells = arena_alloc(rows, c->n * sizeof *row->cells);
		memcpy(row->cells, c->cells, c->n * sizeof *row->cells);
		row->blank = row_blank(row);
	}
	return 1;
}

static bool cell_blank(const struct cell *c)
{
	if (c->fault)
		return false;
	for (size_t i = 0; i < c->n;) {
		size_t wide = !strncmp(c->s + i, "\xE3\x80\x80", 3) ? 3 : !strncmp(c->s + i, "\xC2\xA0", 2) ? 2 : 0;
		if (!wide && (c->s[i] < 0 || c->s[i] > ' '))
			return false;
		i += wide ? wide : 1;
	}
	return true;
}

bool row_blank(const struct row *row)
{
	for (unsigned i = 0; i < row->n; i++)
		if (!cell_blank(&row->cells[i]))
			return false;
	return true;
}
