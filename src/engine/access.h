/* access.h -- the only place that decides who may do what. A rule is a row of a room's grants; here it becomes one SQL
 * condition. Nothing else in the program checks permission. */
#pragma once
#include "engine/record.h"

/* A condition on the row alias x, with its parameters from ?first on. "1=0" when nothing is granted. */
struct cond { const char *sql; const struct value *args; unsigned n; };
struct cond access_where(struct ctx *, const struct entity *, unsigned action, unsigned first);
/* RC_OK; RC_MISSING when the caller may not even read it; RC_DENIED when he may read but not this. Refusals are audited. */
enum rc access_may(struct ctx *, const struct record *, unsigned action);
/* Creating: the record's region, owner, parties are already set. */
enum rc access_may_create(struct ctx *, const struct record *);
/* What the caller may see of this record's field: shown, masked, or absent. */
enum sight { SHOWN, MASKED, ABSENT };
enum sight access_sees(struct ctx *, const struct record *, const struct field *);
bool access_may_write(struct ctx *, const struct record *, const struct field *);
bool access_any(struct ctx *, const struct entity *, unsigned action);        /* any grant at all: for meta and menus */
bool access_counts(struct ctx *, const struct entity *);                       /* may know the numbers of a whole division */
/* The transition is for this role, and a grant with DO holds for the record. */
enum rc access_may_step(struct ctx *, const struct record *, const struct transition *);
void access_docs(struct buf *);                                               /* the permission matrix, Markdown */
