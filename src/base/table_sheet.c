/* table_sheet.c -- the rows of one sheet, one at a time: the parser is paused at each row's end, so only one row is held.
 * Owns that row until it is handed out. Refuses rows or cells out of order or beyond the sheet; takes a formula's stored
 * value and never looks at the formula. */
#include "base/table_inner.h"
#include "base/clock.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 4000000, LONGEST_RAW = CELL_CHARS * 8 };

enum kind { NUMBER, SHARED, TEXT, TRUTH, DAY };
struct held { unsigned column; size_t at, n, shared; enum kind kind; bool day, overlong; };

struct sheet {
	struct part part;
	struct xlsx *x;
	char *text;                      /* the row's own texts, NUL-terminated, one after the other */
	size_t text_n, text_cap;
	struct held *cells, now;
	unsigned n, cap;
	unsigned seen;                   /* cells of the sheet so far */
	int64_t number, next;            /* of the row being read, of the row to hand out */
	unsigned column;                 /* next free one, from 0 */
	unsigned phonetic;
	bool in_data, in_row, in_cell, in_inline, in_value, ready;
};

static void wrong(struct sheet *s)
{
	xlsx_refuse(s->x, arena_printf(s->x->arena,
		"工作表第 %lld 行附近的内容不合规范（行列次序颠倒、超出范围或太长）。请在表格软件里另存为 XLSX 或 CSV 后再上传。", (long long)s->number));
}

static void row_begins(struct sheet *s, const char **at)
{
	const char *r = part_attribute(at, "r");
	int64_t number = s->number + 1;
	if (r && strspn(r, "0123456789") == strlen(r) && strlen(r) < 9)
		number = strtol(r, NULL, 10);
	if (number <= s->number || number > SHEET_ROWS) {
		wrong(s);
		return;
	}
	s->number = number;
	s->n = 0;
	s->column = 0;
	s->text_n = 0;
	s->in_row = true;
}

/* AB12: the letters are the column, counted from 0; the rest repeats the row. */
static unsigned column(const char *r)
{
	unsigned c = 0;
	for (; (*r >= 'A' && *r <= 'Z') || (*r >= 'a' && *r <= 'z'); r++)
		c = c > ROW_CELLS ? c : c * 26 + (unsigned)(*r & 31);
	return c - 1;
}

static void cell_begins(struct sheet *s, const char **at)
{
	static const struct { const char *word; enum kind kind; } kinds[] = {
		{ "n", NUMBER }, { "s", SHARED }, { "str", TEXT }, { "inlineStr", TEXT }, { "b", TRUTH }, { "e", TEXT }, { "d", DAY },
	};
	const char *r = part_attribute(at, "r"), *t = part_attribute(at, "t"), *style = part_attribute(at, "s");
	unsigned c = r ? column(r) : s->column;
	if (c < s->column || c >= ROW_CELLS || ++s->seen > MOST_CELLS) {
		wrong(s);
		return;
	}
	s->column = c + 1;
	s->now = (struct held){ .column = c, .at = s->text_n };
	for (size_t i = 0; t && i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(t, kinds[i].word))
			s->now.kind = kinds[i].kind;
	size_t number = style ? strtoul(style, NULL, 10) : 0;
	s->now.day = number < s->x->n_dates && s->x->dates[number];
	s->in_cell = true;
}

static void on_start(void *arg, const char *name, const char **at)
{
	struct sheet *s = arg;
	if (!strcmp(name, "sheetData"))
		s->in_data = true;
	else if (!s->in_data)
		return;
	else if (!strcmp(name, "row") && !s->in_row)
		row_begins(s, at);
	else if (!strcmp(name, "c") && s->in_row && !s->in_cell)
		cell_begins(s, at);
	else if (!strcmp(name, "is"))
		s->in_inline = s->in_cell;
	else if (!strcmp(name, "rPh"))
		s->phonetic++;
	else if (!strcmp(name, "v"))
		s->in_value = s->in_cell;
	else if (!strcmp(name, "t"))
		s->in_value = s->in_inline && !s->phonetic;
}

static void *grown(void *p, size_t *cap, size_t need, size_t each)
{
	if (need <= *cap)
		return p;
	*cap = need * 2 > 256 ? need * 2 : 256;
	p = realloc(p, *cap * each);
	if (!p)
		abort();
	return p;
}

static void on_chars(void *arg, const char *text, size_t n)
{
	struct sheet *s = arg;
	if (!s->in_value || s->now.overlong)
		return;
	s->now.overlong = s->now.n + n > LONGEST_RAW;
	if (s->now.overlong)
		return;
	if (s->text_n + n > ROW_BYTES) {
		wrong(s);
		return;
	}
	s->text = grown(s->text, &s->text_cap, s->text_n + n + 2, 1);
	memcpy(s->text + s->text_n, text, n);
	s->text_n += n;
	s->now.n += n;
}

static void cell_ends(struct sheet *s)
{
	struct held *h = &s->now;
	s->in_cell = s->in_inline = s->in_value = false;
	if (!h->n && !h->overlong)
		return;
	s->text[s->text_n++] = 0;
	if (h->kind == SHARED) {
		h->shared = strtoul(s->text + h->at, NULL, 10);
		s->text_n = h->at;
		if (h->shared >= s->x->n_shared) {
			wrong(s);
			return;
		}
		if (!s->x->shared[h->shared].n && !s->x->shared[h->shared].fault)
			return;
	}
	size_t cap = s->cap;
	s->cells = grown(s->cells, &cap, s->n + 1, sizeof *s->cells);
	s->cap = (unsigned)cap;
	s->cells[s->n++] = *h;
}

static void on_end(void *arg, const char *name)
{
	struct sheet *s = arg;
	if (!s->in_data)
		return;
	if (!strcmp(name, "sheetData")) {
		part_finish(&s->part);
	} else if (!strcmp(name, "row") && s->in_row) {
		s->in_row = s->in_cell = false;
		s->ready = s->n > 0;
		if (s->ready)
			part_pause(&s->part);
	} else if (!strcmp(name, "c") && s->in_cell) {
		cell_ends(s);
	} else if (!strcmp(name, "rPh") && s->phonetic) {
		s->phonetic--;
	} else if (!strcmp(name, "is")) {
		s->in_inline = false;
	} else if (!strcmp(name, "v") || !strcmp(name, "t")) {
		s->in_value = false;
	}
}

bool sheet_open(struct xlsx *x, unsigned number)
{
	sheet_close(x);
	struct sheet *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	x->sheet = s;
	s->x = x;
	s->next = 1;
	s->part.arg = s;
	s->part.start = on_start;
	s->part.end = on_end;
	s->part.chars = on_chars;
	return part_open(&s->part, x, x->sheets[number].path);
}

void sheet_close(struct xlsx *x)
{
	if (!x->sheet)
		return;
	part_close(&x->sheet->part);
	free(x->sheet->text);
	free(x->sheet->cells);
	free(x->sheet);
	x->sheet = NULL;
}

static struct cell text_cell(struct arena *rows, const struct held *h, char *text)
{
	struct cell c = cell_cut(text, book_plain(text, h->n));
	if (h->overlong)
		c.fault = CELL_TOO_LONG;
	return cell_keep(rows, c);
}

static struct cell number_cell(const struct sheet *s, struct arena *rows, const struct held *h, char *text)
{
	struct cell c = { 0 };
	if (h->day)
		c.s = number_day(rows, text, s->x->since1904, &c.date);
	if (!c.s)
		c.s = number_text(rows, text, &c.number);
	c.n = strlen(c.s);
	return c;
}

static struct cell cell_of(const struct sheet *s, struct arena *rows, const struct held *h)
{
	char *text = s->text + h->at;
	int64_t day;
	if (h->kind == SHARED) {
		const struct shared *t = &s->x->shared[h->shared];
		return (struct cell){ .s = s->x->text + t->at, .n = t->n, .fault = t->fault };
	}
	if (h->kind == TRUTH)
		return (struct cell){ .s = *text == '1' ? "TRUE" : "FALSE", .n = *text == '1' ? 4 : 5 };
	if (h->kind == NUMBER && h->n < 400 && !h->overlong)
		return number_cell(s, rows, h, text);
	if (h->kind == DAY && h->n >= 10 && (text[10] = 0, day_read(text, &day)))
		return (struct cell){ .s = arena_strdup(rows, text), .n = 10, .date = true };
	return text_cell(rows, h, text);
}

int sheet_row(struct xlsx *x, struct arena *rows, struct row *row)
{
	struct sheet *s = x->sheet;
	if (!s->ready) {
		int state = part_run(&s->part);
		if (state <= 0)
			return state;
	}
	*row = (struct row){ .line = s->next, .blank = true };
	if (s->next++ < s->number)
		return 1;
	s->ready = false;
	row->n = s->cells[s->n - 1].column + 1;
	row->cells = arena_alloc(rows, row->n * sizeof *row->cells);
	for (unsigned i = 0; i < row->n; i++)
		row->cells[i].s = "";
	for (unsigned i = 0; i < s->n; i++)
		row->cells[s->cells[i].column] = cell_of(s, rows, &s->cells[i]);
	row->blank = row_blank(row);
	return 1;
}
