/* record.h -- one record: reading it from input, checking it, keeping it, and all its past versions. */
#pragma once
#include "engine/ctx.h"

struct record {
	const struct entity *e;
	int64_t id, region, version, form, entered, due, created, created_by, updated, updated_by;
	int city, county, state, back;      /* state: index; 0 in stateless rooms; back: -1 none */
	bool has_due, imported;
	struct value *v;                    /* e->n_fields values, personal ones in clear (decrypted on first use, see record_open) */
	struct value *sealed;               /* the stored blobs of S3/S4 fields, same index; NULL where clear */
	struct record *old;                 /* before this write */
	bool changed;
	struct ctx *ctx;                    /* the request it lives in */
	unsigned problems_from;             /* problems of the request before this record was begun */
	bool *dirty;                        /* fields set since it was last written, same index */
	int sight, sight_state; int64_t sight_region;   /* access.c: what the caller sees of it; 0: not asked yet */
};
struct record *record_new(struct ctx *, const struct entity *);
/* Loads by id whatever the caller may see; NULL (and RC_OK) when not there. Access is asked separately (access_may). With
 * `lock` the row is about to be written: ->old is a copy of it. */
enum rc record_load(struct ctx *, const struct entity *, int64_t id, bool lock, struct record **);
/* One row of sql_select() into a record (lists, hooks). */
struct record *record_of_row(struct ctx *, const struct entity *, const struct value *cols);
/* Clear value of a personal field: opens the sealed blob when needed. */
const struct value *record_value(struct ctx *, struct record *, unsigned field);
/* The keyed hash that stands in the `<name>_hash` column of a personal LOOKUP field (and in claims). */
void record_hash(const struct field *, const char *text, uint8_t out[32]);
/* Reads members of a JSON object into fields the caller may write: unknown member, server-owned field, STEP field outside its
 * step, FIXED after creation, field above the caller's class = a problem each. `takes` names the STEP fields allowed, or NULL. */
enum rc record_take_json(struct ctx *, struct record *, const struct jval *object, const char *takes);
/* One cell of text (import, forms): cleaned and parsed by type; `changed_by_cleaning` for the import's "normalise". */
enum rc record_take_text(struct ctx *, struct record *, unsigned field, const char *text, size_t n, bool *changed_by_cleaning);
/* Required fields, ranges, references, codes, divisions, region and city from SCOPE/OWNER, then the room's .check. All problems. */
enum rc record_check(struct ctx *, struct record *);
enum rc record_check_given(struct ctx *, struct record *);                  /* only the fields just given: a step's */
/* Inserts (with number, claims, hash columns, search tokens, .made, assignment of ids, audit) or updates (past version kept,
 * version + 1, RC_STALE if the row moved). Constraint violations become the hold's message. */
enum rc record_insert(struct ctx *, struct record *);
enum rc record_update(struct ctx *, struct record *, const char *action /* for the audit */);
/* Writes what .after or .made set with rec_set since the last write, over the row as it is now: no new version, no past. */
enum rc record_again(struct ctx *, struct record *);
/* The whole of create and edit for a caller: access, take, check, write, audit. */
enum rc record_create(struct ctx *, const struct entity *, const struct jval *body, struct record **);
enum rc record_edit(struct ctx *, const struct entity *, int64_t id, int64_t version /* 0: missing */, const struct jval *body, struct record **);
/* Record as the API shows it to this caller: base members, visible fields (masked, absent), `<ref>_title` of refs, actions. */
void record_json(struct ctx *, struct record *, struct jout *);
void record_json_row(struct ctx *, struct record *, struct jout *);            /* the same without actions: lists */
/* Title of a record as it stands where it is pointed at, masked when personal; NULL when not there. Remembered per request. */
const char *record_title(struct ctx *, const struct entity *, int64_t id);
/* A field's value for people (labels, yuan, dates, titles), masked as the caller sees it; NULL when empty or not to be seen. */
const char *record_shown(struct ctx *, struct record *, unsigned field);
/* All versions the caller may see, newest first, each with who, when and the fields that changed:
 * {items:[{version,at,by,state,state_label,changes:[{field,label,from,to}]}],steps:[{name,label,from,to,at,by,reason}]}. */
enum rc record_history(struct ctx *, const struct entity *, int64_t id, struct jout *);
/* Clear values of personal fields named in `fields`, with a purpose, logged: {id,values:{field:value}}. */
enum rc record_reveal(struct ctx *, const struct entity *, int64_t id, const struct jval *body, struct jout *);
/* Likely duplicates of a record (twin rule): {items:[{id,no,title,score,state,created}]} the caller may see. Body as for create. */
enum rc record_twins(struct ctx *, const struct entity *, const struct jval *body, struct jout *);
