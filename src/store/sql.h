/* sql.h -- SQL text from the rooms' tables: DDL for both stores, and the few statements the engine needs. No values, only ?n. */
#pragma once
#include "base/arena.h"
#include "store/store.h"

/* Columns every table has, in this order, before the fields. */
enum base_col { B_ID, B_CITY, B_COUNTY, B_REGION, B_STATE, B_VERSION, B_FORM, B_BACK, B_ENTERED, B_DUE, B_IMPORTED,
		B_CREATED, B_CREATED_BY, B_UPDATED, B_UPDATED_BY, N_BASE };
/* id, city, county (6 digits), region (12 digits), state (text, 'active' in stateless rooms), version, form, back (state to return
 * to), entered (ms, entry into the state), due (day number or null), imported (0/1), created, created_by, updated, updated_by.
 * After them the fields in order; a field with LOOKUP and class S3 has `<name>_hash` (blob) right behind it. A room with SEARCH fields
 * has a token index `<room>_find`. Every versioned room has `<room>_past`: the same columns + known_to, author. */
unsigned sql_columns(const struct entity *, const char **names, unsigned max);       /* names in storage order */
int      sql_field_at(const struct entity *, unsigned field);                        /* index in that order of a field's column */
bool     sql_is_blob(const struct field *);                                           /* class S3, S4 are stored sealed */
/* These five are made once for each room (in the arena given, then kept): they live as long as the process. */
const char *sql_select(struct arena *, const struct entity *);                        /* SELECT all columns FROM room x */
const char *sql_by_id(struct arena *, const struct entity *, bool lock, enum store_kind); /* ?1 = id; WHERE city = ((?1 >> 8) & 16383) AND id = ?1 */
const char *sql_insert(struct arena *, const struct entity *);                        /* ?1.. in storage order */
const char *sql_update(struct arena *, const struct entity *);                        /* all columns ?1.. in storage order; last two: id, old version */
const char *sql_keep_past(struct arena *, const struct entity *);                     /* ?1 id, ?2 known_to, ?3 author: copies the current row */
/* search index of one record: text holds bigram tokens plus region tokens (r21 r2101 r210102 …); delete before insert on update */
enum rc  sql_find_put(struct tx *, const struct entity *, int64_t id, const char *tokens, const char *old_tokens /* NULL: new */);
/* condition on x.id for all tokens of a query, parameter number n: "x.id IN (…?n…)"; *arg is the value to bind */
const char *sql_find_match(struct arena *, const struct entity *, enum store_kind, unsigned n, const char *tokens, struct value *arg);
/* A page of a search in order of id: "SELECT all columns … WHERE <match ?n>", to be continued with " AND …" (without sql_find_match's
 * condition, but with its *arg); order and page by *id ("f.rowid" or "x.id"). Streams: 0.2 ms where sql_find_match with ORDER BY x.id
 * LIMIT takes 80 to 470 ms (SQLite, 500,000 rows, a word in all of them). sql_find_match is right for counts, totals, other orders. */
const char *sql_find_select(struct arena *, const struct entity *, enum store_kind, unsigned n, const char **id);

/* Tables, then indexes, of one room or of the system tables; each statement ends with ";\n". Named constraints. */
const char *sql_tables(struct arena *, const struct entity *, enum store_kind);
const char *sql_indexes(struct arena *, const struct entity *, enum store_kind);
const char *sql_system(struct arena *, enum store_kind);
/* Column of a hold or filter of the violated constraint: the hold, or NULL. */
const struct hold *sql_hold_of(const struct entity *, const char *constraint);
