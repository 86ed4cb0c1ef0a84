/* table_sheets_out.c -- XLSX as we send it, row by row into a file in a folder of our own, sent when it is whole. Owns that
 * file. Texts are text cells, never formulas. Refuses columns beyond the sheet; rows beyond it go on to the next sheet. */
#include "base/table_inner.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { PIECE = 64 << 10, MOST_UNITS = 32767 /* of one cell, in UTF-16 */, UNIX_SERIAL = 25569 };

struct sheets_out {
	int failed;
	lxw_workbook *book;
	lxw_worksheet *sheet;
	lxw_format *bold, *day, *decimals[MOST_DECIMALS + 1];
	char *folder, path[600];
	char **header;                   /* repeated when a sheet is full */
	unsigned n_header, column, row, sheets;
};

static char *copy_of(const char *s)
{
	char *p = strdup(s);
	if (!p)
		abort();
	return p;
}

/* A folder of our own, so that no one else can have put anything under the name of the file. */
static bool folder_new(struct sheets_out *o)
{
	const char *base = getenv("TMPDIR");
	char t[512];
	if (snprintf(t, sizeof t, "%s/sanshe-XXXXXX", base && *base ? base : "/tmp") >= (int)sizeof t || !mkdtemp(t))
		return false;
	o->folder = copy_of(t);
	snprintf(o->path, sizeof o->path, "%s/table.xlsx", o->folder);
	return true;
}

static void sheet_next(struct sheets_out *o)
{
	char name[32];
	snprintf(name, sizeof name, "数据%u", ++o->sheets);
	o->sheet = workbook_add_worksheet(o->book, name);
	o->row = 0;
	if (!o->sheet) {
		o->failed = -1;
		return;
	}
	worksheet_freeze_panes(o->sheet, 1, 0);
	for (unsigned i = 0; i < o->n_header; i++)
		worksheet_write_string(o->sheet, 0, (lxw_col_t)i, o->header[i], o->bold);
	o->row = o->n_header > 0;
}

static void begin(struct sheets_out *o)
{
	if (!folder_new(o)) {
		o->failed = -1;
		return;
	}
	lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = o->folder };
	o->book = workbook_new_opt(o->path, &options);
	if (!o->book) {
		o->failed = -1;
		return;
	}
	o->bold = workbook_add_format(o->book);
	format_set_bold(o->bold);
	o->day = workbook_add_format(o->book);
	format_set_num_format(o->day, "yyyy-mm-dd");
	sheet_next(o);
}

struct sheets_out *sheets_new(void)
{
	struct sheets_out *o = calloc(1, sizeof *o);
	if (!o)
		abort();
	begin(o);
	return o;
}

/* A cell takes 32,767 UTF-16 units; the rest is cut between letters. NULL: it fits as it is. */
static char *fitting(const char *s)
{
	size_t n = strlen(s), units = 0;
	for (size_t i = 0; n > MOST_UNITS && i < n; i++) {
		unsigned char b = (unsigned char)s[i];
		size_t more = (b & 0xC0) == 0x80 ? 0 : b >= 0xF0 ? 2 : 1;
		if (units + more > MOST_UNITS) {
			char *p = copy_of(s);
			p[i] = 0;
			return p;
		}
		units += more;
	}
	return NULL;
}

/* False: nothing more can be written. The column after the last is refused, not folded; the row after it begins a sheet. */
static bool may(struct sheets_out *o)
{
	if (!o->failed && o->row == SHEET_ROWS)
		sheet_next(o);
	if (!o->failed && o->column >= ROW_CELLS)
		o->failed = -1;
	return !o->failed;
}

void sheets_text(struct sheets_out *o, const char *s)
{
	if (!may(o))
		return;
	char *cut = fitting(s);
	bool first = o->sheets == 1 && o->row == 0;
	if (cut)
		s = cut;
	if (first) {
		o->header = realloc(o->header, (o->n_header + 1) * sizeof *o->header);
		if (!o->header)
			abort();
		o->header[o->n_header++] = copy_of(s);
	}
	if (*s && worksheet_write_string(o->sheet, o->row, (lxw_col_t)o->column, s, first ? o->bold : NULL))
		o->failed = -1;
	o->column++;
	free(cut);
}

static lxw_format *with_decimals(struct sheets_out *o, int decimals)
{
	char code[MOST_DECIMALS + 4] = "0.";
	if (!decimals)
		return NULL;
	if (!o->decimals[decimals]) {
		memset(code + 2, '0', (size_t)decimals);
		o->decimals[decimals] = workbook_add_format(o->book);
		format_set_num_format(o->decimals[decimals], code);
	}
	return o->decimals[decimals];
}

static void put_number(struct sheets_out *o, double value, lxw_format *format)
{
	if (worksheet_write_number(o->sheet, o->row, (lxw_col_t)o->column++, value, format))
		o->failed = -1;
}

void sheets_number(struct sheets_out *o, double value, int decimals)
{
	if (may(o))
		put_number(o, value, with_decimals(o, decimals));
}

void sheets_day(struct sheets_out *o, int64_t day)
{
	if (may(o))
		put_number(o, (double)(day + UNIX_SERIAL), o->day);
}

void sheets_row(struct sheets_out *o)
{
	o->column = 0;
	if (may(o))
		o->row++;
}

static void send_file(struct sheets_out *o, int (*sink)(void *, const void *, size_t), void *arg)
{
	char piece[PIECE];
	size_t n;
	FILE *f = fopen(o->path, "rb");
	if (!f) {
		o->failed = -1;
		return;
	}
	while (!o->failed && (n = fread(piece, 1, PIECE, f)) > 0)
		o->failed = sink(arg, piece, n);
	if (ferror(f))
		o->failed = -1;
	fclose(f);
}

int sheets_end(struct sheets_out *o, int (*sink)(void *, const void *, size_t), void *arg)
{
	if (o->book && workbook_close(o->book))
		o->failed = -1;
	if (!o->failed)
		send_file(o, sink, arg);
	if (o->folder) {
		unlink(o->path);
		rmdir(o->folder);
	}
	for (unsigned i = 0; i < o->n_header; i++)
		free(o->header[i]);
	int failed = o->failed;
	free(o->header);
	free(o->folder);
	free(o);
	return failed;
}
