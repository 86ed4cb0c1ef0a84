/* more.h -- the rest of the engine's doors: metadata, documents, idempotency, chain, check of a whole database. */
#pragma once
#include "engine/list.h"

/* idempotency.c: same key and body = same answer; same key and other body = RC_CONFLICT. In the transaction of the effect. */
struct remembered { int status; const char *location, *answer; };
enum rc idem_find(struct ctx *, int city, const char *key, const uint8_t body_hash[32], struct remembered *, bool *found);
enum rc idem_keep(struct ctx *, int city, const char *key, const uint8_t body_hash[32], const struct remembered *);

/* meta.c: what the caller may see: rooms, fields, codes, states, steps, filters, import layout. */
enum rc meta_json(struct ctx *, struct jout *);
void    meta_user_json(struct ctx *, struct jout *);        /* the caller: null when nobody is signed in */
enum rc meta_room_json(struct ctx *, const struct entity *, struct jout *);
/* openapi.c, docs.c */
void openapi_json(struct arena *, struct buf *);
void docs_rooms(struct arena *, struct buf *);            /* every room: fields, state diagram (mermaid), steps, clauses */

/* trace.c: the chain a record stands in, from the table in domain (house->chain). */
enum rc trace_json(struct ctx *, const struct entity *, int64_t id, struct jout *);

/* verify.c: the oracle. Says each fault; *faults counts. Ledger and other laws come from house->laws. */
enum rc verify_run(struct ctx *, bool (*say)(void *, const char *), void *arg, int64_t *faults);

/* rules.c: loading dated rules, divisions, classes into memory; call after migrate and after their rooms change. */
enum rc rules_load(struct ctx *);
void    rules_changed(struct ctx *, const struct entity *);  /* record_insert/update: house rooms were written; memory is renewed at the next use */
void    rules_refresh(struct ctx *);                       /* the timer: other processes may have written them */
enum rc rules_seed(struct ctx *, const char *divisions_csv, size_t n);        /* divisions, dated rules' defaults, code lists: only what is missing */
bool    place_known(int64_t division);
const char *place_name(int64_t division);                 /* own name, NULL when unknown */
const char *place_path(struct arena *, int64_t division); /* 辽宁省 沈阳市 和平区 … */
void    region_range(int64_t prefix, unsigned digits, int64_t *lo, int64_t *hi);
unsigned region_digits(int64_t division);                 /* 2,4,6,9,12: significant digits of a 12-digit code */

/* keys.c: the master key and what is derived from it */
enum rc keys_load(struct arena *, const char *url, bool create, const char **why);
/* Is this the key the database was made with? Remembers a proof the first time, in a write transaction. RC_STORE and *why when not. */
enum rc keys_check(struct ctx *, const char **why);
void    keys_hash(const char *kind, const char *text, uint8_t out[32]);       /* keyed hash for exact search */
const uint8_t *keys_field(enum class cls);
const uint8_t *keys_session(void);                        /* for tokens of sessions and codes */
const uint8_t *keys_cursor(void);

/* people.c: assignments, one-time codes, notices, steps */
enum rc people_code_check(struct ctx *, const char *code, int64_t *record, const char **room, const char **step);
enum rc people_code_used(struct ctx *, const struct record *, const char *step);           /* the step was done: its codes are over */
enum rc people_step(struct ctx *, const struct record *, const char *name, int from, int to);  /* the row of a step just done */
enum rc people_text(struct ctx *, int city, const char *phone, const char *text);          /* into the outbox, sealed */
