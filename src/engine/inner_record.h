/* inner_record.h -- between the record_*.c and rule*.c files; nobody else includes it. */
#pragma once
#include "engine/record.h"

static inline unsigned record_at(const struct record *r, const struct field *f)
{
	return (unsigned)(f - r->e->fields);
}
static inline bool record_hashed(const struct field *f)  /* has a `<name>_hash` column */
{
	return f->cls == S3 && (f->flags & LOOKUP);
}
static inline bool record_empty(const struct record *r, unsigned i)
{
	return r->v[i].type == V_NULL && r->sealed[i].type == V_NULL;
}
/* the field belongs to this version of the form */
static inline bool record_in_form(const struct field *f, int64_t form)
{
	return (!f->from || form >= f->from) && (!f->to || form <= f->to);
}

/* record.c */
void record_put(struct record *, unsigned field, struct value);            /* no effect when it already holds that */
bool record_differs(struct record *, unsigned field);                      /* from ->old; true where there is no old */
void record_remember(struct record *);                                     /* ->old = a copy of it as it is now */
bool record_blamed(const struct ctx *, const struct record *, const char *field);   /* already has a problem */
unsigned record_faults(const struct ctx *, unsigned from);                 /* problems since, warnings left out */
struct value *record_columns(struct ctx *, struct record *, unsigned extra, unsigned *n);   /* values in storage order, sealed */

/* record_write.c */
enum rc record_conflict(struct ctx *, const struct entity *);              /* the constraint that spoke, as a problem */
const char *record_field_names(struct ctx *, struct record *);             /* {"fields":[…]} of what differs, for the audit */

/* record_check.c, record_key.c */
enum rc record_place(struct ctx *, struct record *);                       /* region, county, city from SCOPE, OWNER, caller */
const struct field *record_key_field(const struct entity *);                /* single key field, or "no"; NULL: none */
enum rc record_find_key(struct ctx *, struct record *, const struct field *ref, const char *text, int64_t *id);  /* *id 0: none */

/* record_json.c */
const char *record_masked(struct ctx *, struct record *, unsigned field);  /* masked text of a personal value */

/* record_more.c */
const char *record_person(struct ctx *, int64_t person);                   /* label of the person's account or NULL */

/* rule.c, rule_find.c */
struct value rule_plain(const struct field *, int64_t);                    /* a hook's number as a value: 0 is absent where nothing is 0 */
enum rc rule_ids(struct ctx *, const struct entity *, const struct pair *, uint64_t states, int64_t **ids, unsigned *n);
