/* table_file.h -- tables as people send them: CSV in any usual encoding and separator, XLSX; and tables as we send them.
 * Reading never trusts a length, a name or a formula. Knows nothing of rooms. */
#pragma once
#include "base/arena.h"
#include <stdbool.h>
#include <stdio.h>

enum cell_fault { CELL_OK, CELL_ENCODING /* bytes do not belong to the file's encoding */, CELL_NUL, CELL_TOO_LONG };
struct cell { const char *s; size_t n; enum cell_fault fault; bool number /* XLSX numeric */, date /* XLSX date: s is YYYY-MM-DD */;
	bool foreign /* CELL_ENCODING: the bytes would be good text in the other of UTF-8 and GBK */; };
struct row  { unsigned n; struct cell *cells; int64_t record /* 1-based data record, blank lines count */, line /* physical, 1-based */; bool blank; };

struct table_file;
/* Opens a file in memory (bytes must outlive it). NULL and one clear Chinese sentence in *why when it is no table: empty,
 * renamed web page or other binary, old .xls, cut inside a character, encrypted or oversized XLSX (> max_expanded), no header.
 * Detects: UTF-8 with or without BOM, UTF-16 LE/BE, GBK/GB18030; comma, tab, semicolon; CR, LF, CRLF; quotes.
 * The header is the first row in the first 30 that `is_header` accepts; rows above are titles and skipped. Record 1 is the row after it. */
struct table_file *table_open(struct arena *, const void *bytes, size_t n, size_t max_expanded,
	bool (*is_header)(void *arg, const struct row *), void *arg, const char **why);
const struct row *table_header(const struct table_file *);
/* Next row after the header; NULL at the end or when the rest cannot be read (then *why is set). Row and cells live in
 * `rows` until it is rewound. */
const struct row *table_next(struct table_file *, struct arena *rows, const char **why);
const char *table_format(const struct table_file *);     /* "CSV utf-8 comma", "XLSX" ... for the report */
void table_close(struct table_file *);

/* Writing, streamed in constant memory: cells beginning with = + - @ tab CR are written as text (a leading ' in CSV). */
struct table_out;
enum out_kind { OUT_CSV, OUT_XLSX };
struct table_out *table_out_new(enum out_kind, int (*sink)(void *arg, const void *, size_t), void *arg);
void table_out_cell(struct table_out *, const char *text);               /* text cell */
void table_out_int(struct table_out *, int64_t value, int decimals);     /* number with that many decimals */
void table_out_day(struct table_out *, int64_t day);                     /* a date */
void table_out_row(struct table_out *);                                  /* end of row */
int  table_out_end(struct table_out *);                                  /* 0: all written; frees */
