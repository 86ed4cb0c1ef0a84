/* table_inner.h -- what the files behind table_file.h share: limits, letters, CSV rows, XLSX parts and rows, numbers. */
#pragma once
#include "base/table_file.h"
#include <expat.h>
#include <iconv.h>
#include <zip.h>

enum {
	CELL_CHARS = 20000,              /* longer cells are cut here and flagged */
	CELL_BYTES = CELL_CHARS * 4 + 8, /* no letter of any encoding takes more than four bytes */
	ROW_CELLS = 16384,               /* as many columns as a spreadsheet has */
	ROW_BYTES = 8 << 20,             /* text of one row, in UTF-8 */
	SHEET_ROWS = 1048576,
	HEADER_ROWS = 30,
	MOST_DECIMALS = 18,
};

/* table_encoding.c: the file's bytes and how they are written. */
enum encoding { ENC_UTF8, ENC_UTF16LE, ENC_UTF16BE, ENC_GB18030 };
struct letters {
	enum encoding encoding;
	const unsigned char *p;          /* UTF-8 or GB18030; what was UTF-16 is UTF-8 here, each bad unit one byte FF */
	size_t n;
	unsigned char *own;              /* converted copy, or NULL */
	iconv_t gb;
	char *out;                       /* one converted cell */
};
const char *letters_open(struct letters *, const void *bytes, size_t n);  /* NULL when good, else why not */
void        letters_close(struct letters *);
struct cell letters_cell(struct letters *, const unsigned char *raw, size_t n); /* text stands in `out` until the next call */
struct cell cell_cut(char *s, size_t n);                                        /* UTF-8 cut to CELL_CHARS in place, NUL-terminated */
struct cell cell_keep(struct arena *, struct cell);                             /* the same cell, its text copied */

/* table_csv.c: rows of separated values. */
struct csv {
	struct letters letters;
	struct arena *arena;             /* for sentences */
	size_t at;
	int64_t line;
	unsigned char separator;
	unsigned char *raw;              /* one cell without its quotes */
	struct cell *cells;
	unsigned n, cap;
};
const char *csv_open(struct csv *, struct arena *, const void *bytes, size_t n);
void        csv_close(struct csv *);
void        csv_restart(struct csv *, unsigned char separator);
void        csv_separators(struct csv *, unsigned char by_count[3]);      /* likeliest first */
/* 1 a row, 0 the end, -1 refused with *why. Without `rows` the row is only looked over, not kept. */
int         csv_row(struct csv *, struct arena *rows, struct row *, const char **why);
bool        row_blank(const struct row *);

/* table_xlsx.c: the archive and its limits; one part read as XML, piece by piece. */
struct shared { uint32_t at, n; enum cell_fault fault; };
struct sheet_ref { const char *path; };
struct sheet;
struct xlsx {
	struct arena *arena;
	zip_t *zip;
	size_t left;                     /* bytes that may still be expanded */
	const char *why;                 /* the first refusal; all stops after it */
	bool since1904;
	char *text;                      /* shared strings, one after the other, NUL-terminated */
	size_t text_n, text_cap;
	struct shared *shared;
	size_t n_shared, cap_shared;
	uint8_t *dates;                  /* by style: shown as a date or time */
	size_t n_dates;
	struct sheet_ref *sheets;        /* the visible ones */
	unsigned n_sheets;
	struct sheet *sheet;             /* the open one */
};
struct part {
	struct xlsx *x;
	XML_Parser parser;
	zip_file_t *file;
	size_t quiet;                    /* bytes since the last token ended */
	unsigned depth, n_names;
	uint32_t *names;                 /* hashes of the names met */
	bool paused, ended;
	void *arg;
	void (*start)(void *arg, const char *name, const char **attributes);
	void (*end)(void *arg, const char *name);
	void (*chars)(void *arg, const char *, size_t);
};
struct xlsx *xlsx_open(struct arena *, const void *bytes, size_t n, size_t max_expanded, const char **why);
void        xlsx_close(struct xlsx *);
void        xlsx_refuse(struct xlsx *, const char *why);
bool        part_exists(struct xlsx *, const char *path);
bool        part_open(struct part *, struct xlsx *, const char *path);    /* false: refused */
int         part_run(struct part *);                                     /* 1 paused, 0 finished, -1 refused */
void        part_pause(struct part *);                                   /* from a handler: part_run returns soon */
void        part_finish(struct part *);                                  /* from a handler: the rest is not wanted */
void        part_close(struct part *);
const char *part_attribute(const char **attributes, const char *name);   /* by local name; NULL when absent */

/* table_book.c: workbook, relations, styles, shared strings. */
bool        book_read(struct xlsx *);
size_t      book_plain(char *s, size_t n);                               /* _x000D_ and CR LF undone in place; new length */

/* table_sheet.c: rows of one sheet. */
bool        sheet_open(struct xlsx *, unsigned number);
int         sheet_row(struct xlsx *, struct arena *rows, struct row *);  /* 1, 0, -1 as csv_row; line is the row's number */
void        sheet_close(struct xlsx *);

/* table_number.c: what a spreadsheet shows for a number in its file. */
const char *number_text(struct arena *, const char *raw, bool *number);
const char *number_day(struct arena *, const char *raw, bool since1904, bool *day); /* NULL when it is no date or time */
bool        number_is_day(unsigned format);                              /* built-in number formats */
bool        number_code_is_day(const char *code);                        /* custom ones */

/* table_sheets_out.c: XLSX to be sent. After a failure the rest is swallowed and sheets_end says so. */
struct sheets_out;
struct sheets_out *sheets_new(void);
void        sheets_text(struct sheets_out *, const char *);
void        sheets_number(struct sheets_out *, double, int decimals);    /* decimals 0..MOST_DECIMALS */
void        sheets_day(struct sheets_out *, int64_t day);
void        sheets_row(struct sheets_out *);
int         sheets_end(struct sheets_out *, int (*sink)(void *arg, const void *, size_t), void *arg); /* 0: all sent; frees */
