/* transfer.h -- tables in and out: import with all errors by row, export in constant memory. */
#pragma once
#include "base/table_file.h"
#include "engine/list.h"

enum outcome { OUT_ACCEPT, OUT_NORMALISE, OUT_WARN, OUT_IGNORE, OUT_REJECT, OUT_SKIP };   /* accept normalise warn ignore reject_row skip */
struct import_error { int64_t record, line; const char *column, *kind, *message; enum outcome outcome; };
struct import_report {
	const char *refused;                /* the file as a whole: one sentence, else NULL */
	const char *format;
	int64_t rows, accepted, normalised, warned, ignored, rejected, unchanged;
	const struct import_error *errors; unsigned n_errors;
	/* mapping found: header text -> field name or NULL (unknown column) */
	const char *const *headers; const char *const *fields; unsigned n_columns;
	const char *const *missing; unsigned n_missing;            /* required columns not in the file */
};
struct import_options { bool dry_run, partial; const struct jval *mapping /* {"header":"field"} or NULL */; void (*progress)(void *, int64_t done); void *arg; };
/* All rows or, with partial, the good ones; a second import of the same file changes nothing. RC_OK also when rows were rejected
 * (see report); RC_REJECTED when the file was refused or, without partial, any row was rejected (nothing is written then). */
enum rc transfer_import(struct ctx *, const struct entity *, const void *bytes, size_t n, const struct import_options *, struct import_report *);
void transfer_report_json(struct ctx *, const struct import_report *, struct jout *, unsigned max_errors);
/* The error file: record,line,column,kind,outcome,message. */
enum rc transfer_errors_csv(struct ctx *, const struct import_report *, struct buf *);
/* Audited; above the limit of personal rows only with a reason. Masked as on screen. */
enum rc transfer_export(struct ctx *, const struct entity *, enum out_kind, const struct param *, unsigned n,
	int (*sink)(void *, const void *, size_t), void *arg);
