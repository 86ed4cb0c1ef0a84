/* inner_transfer.h -- shared by the transfer files only: an import under way. */
#pragma once
#include "engine/transfer.h"

enum { KEY_BYTES = 16, MAX_KEY_FIELDS = 8, MAX_ERRORS = 100000, BATCH = 32 };

/* Keys met in this file, each with the digest of its row. Open addressing; grows in the request's arena. */
struct met { uint8_t key[KEY_BYTES], digest[KEY_BYTES]; bool used, dead /* taken back */; };
struct met_set { struct met *slots; size_t n, cap; };
/* The entry of a key; *fresh when it was not there and is now (with this digest). */
struct met *met_find(struct met_set *, const uint8_t key[KEY_BYTES]);
void met_add(struct met_set *, struct arena *, const uint8_t key[KEY_BYTES], const uint8_t digest[KEY_BYTES]);

/* One spelling of a column head and the field it stands for. */
struct head { const char *text; unsigned field; };
struct map {
	const struct entity *sheet;
	struct head *heads; unsigned n_heads;           /* all known spellings, squashed */
	unsigned n_required;
	int *field_of; unsigned n_columns;              /* file column -> field, -1: unknown */
	const char **head_of;                           /* file column -> head as the file writes it */
};
void map_init(struct map *, struct arena *, const struct entity *sheet, const struct jval *mapping);
bool map_is_header(void *map, const struct row *);
/* Fills the columns from the accepted header and the report's mapping; required columns not found go to report->missing. */
void map_columns(struct map *, struct arena *, const struct row *header, struct import_report *);
bool map_wanted(const struct field *);                  /* may come from a file at all */
int  map_column_of(const struct map *, const struct field *);   /* -1: not in the file */

struct import {
	struct ctx *c; const struct entity *e, *sheet; const struct import_options *options; struct import_report *report;
	struct map map;
	struct arena *keep;                             /* of the request: what the report holds */
	bool padded;                                    /* the format leaves out empty cells at the end of a row (XLSX) */
	bool empty_room;                                /* nothing stored yet: no row can be there already */
	unsigned keys[MAX_KEY_FIELDS], n_keys; bool plain_key;  /* plain_key: one field, and it is in the file */
	const char *find_sql;                           /* stored row of a key */
	struct met_set met;
	struct import_error *errors; unsigned n_errors, cap_errors, n_all;  /* n_all: also those beyond the limit */
	/* the stretch of rows at hand: one savepoint for all (unguarded), or one for each row */
	bool guarded, spoiled;
	uint8_t added[BATCH][KEY_BYTES]; unsigned n_added;      /* keys met in it */
	/* the row at hand */
	const struct row *row;
	const char *cleaned[64]; unsigned n_cleaned; unsigned cleaned_at[64];   /* kind and column of each cleaned cell */
};
void import_note(struct import *, const char *column, const char *kind, enum outcome, const char *message);
/* transfer_take.c: the whole of one row, counted in the report; RC_OK also when it was refused. */
enum rc row_take(struct import *, const struct row *);
/* transfer_row.c: what can be said of a row before its cells are read. OUT_ACCEPT: go on; else the row is done with (noted). */
enum outcome row_shape(struct import *, const struct row *);
/* Reads the cells into the record; every fault is a problem of the context. */
void row_read(struct import *, const struct row *, struct record *);
const char *clean_kind(const struct field *, const char *raw, size_t n);        /* what was cleaned, as one word */
const char *clean_message(const char *kind);
/* transfer_key.c: whether the row is there already. */
bool key_of(struct import *, struct record *, uint8_t key[KEY_BYTES]);          /* false: a key field is empty */
void digest_of(struct import *, struct record *, uint8_t digest[KEY_BYTES]);
enum stored { NOT_STORED, STORED_SAME, STORED_OTHER };
enum rc key_stored(struct import *, struct record *, const uint8_t key[KEY_BYTES], const uint8_t digest[KEY_BYTES], enum stored *);
enum rc key_remember(struct import *, struct record *, const uint8_t key[KEY_BYTES], const uint8_t digest[KEY_BYTES]);
void key_init(struct import *);
void key_met(struct import *, const uint8_t key[KEY_BYTES], const uint8_t digest[KEY_BYTES]);   /* this file has it now */
void key_forget(struct import *);                       /* what was met in this stretch of rows is taken back */
/* transfer_batch.c: every row of the file. */
enum rc batch_all(struct import *, struct table_file *, const char **why);
