/* rule.h -- all that a hook may call. No SQL, no network, no clock of its own. Unknown field names abort (lint finds them). */
#pragma once
#include "def/def.h"

/* -- the record at hand. Text lives as long as the request. Dates are day numbers. Personal fields read in clear. */
bool        rec_has(const struct record *, const char *field);
int64_t     rec_int(const struct record *, const char *field);         /* all numeric types; 0 when absent */
const char *rec_text(const struct record *, const char *field);        /* text types; "" when absent */
bool        rec_is(const struct record *, const char *field, const char *code);
int64_t     rec_id(const struct record *);
int64_t     rec_region(const struct record *);                         /* 12-digit division */
int64_t     rec_created_by(const struct record *);                     /* the person */
bool        rec_in(const struct record *, uint64_t states);
bool        rec_imported(const struct record *);                       /* history that came by file */
const struct record *rec_old(const struct record *);                   /* before this write; NULL on creation */
void        rec_set(struct record *, const char *field, int64_t value);/* any field; saved with the record */
void        rec_set_text(struct record *, const char *field, const char *value); /* NULL clears */
void        rec_clear(struct record *, const char *field);

/* -- say no. `field` may be NULL. `code` is the kind of problem, one lower-case word ("end_before_start").
 * Returns RC_REJECTED. All problems of a request are collected. rule_warn reports and goes on (imports list it). */
enum rc rule_reject(struct ctx *, const char *field, const char *code, const char *format, ...) __attribute__((format(printf, 4, 5)));
void    rule_warn(struct ctx *, const char *field, const char *code, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* -- dated rules and the calendar. A rule without a row for that day and region refuses the whole request: rule_value
 * then returns 0 and the request ends with RC_NO_RULE whatever the hook returns. */
int64_t rule_value(struct ctx *, const struct rule *, const struct record *);             /* today, at the record's region */
int64_t rule_on(struct ctx *, const struct rule *, const struct record *, int64_t day);
int64_t rule_today(struct ctx *);                                      /* business day number */
int64_t rule_now(struct ctx *);                                        /* business time, ms */
int64_t rule_after(struct ctx *, int64_t day, int64_t n, enum unit);   /* n days or working days later (HOURS: n/24) */
const char *rule_day_text(struct ctx *, int64_t day);                  /* "2020-11-20" */
const char *rule_yuan(struct ctx *, int64_t fen);                      /* "1234.50" */
int64_t rule_year_start(int64_t day);                                  /* day number of 1 January of that day's year */

/* -- other records, with SYSTEM's eyes (never shown to the caller). Pairs: all must hold. op 0 means '='; '<' '>' 'l' (<=) 'g' (>=) '!' (<>).
 * text != NULL compares text. field "id" and "region" also work. S3 LOOKUP fields compare by keyed hash. Find: the newest. */
struct pair { const char *field; int64_t value; const char *text; char op; };
#define WITH(...) (const struct pair[]){ __VA_ARGS__, { 0 } }
struct record *rule_get(struct ctx *, const struct entity *, int64_t id, bool lock);      /* NULL: not there */
struct record *rule_find(struct ctx *, const struct entity *, const struct pair *, uint64_t states);
struct record *rule_valid(struct ctx *, const struct entity *, const struct pair *, int64_t day);  /* dated rows: valid_from/valid_to */
int64_t rule_count(struct ctx *, const struct entity *, const struct pair *, uint64_t states);
int64_t rule_sum(struct ctx *, const struct entity *, const char *field, const struct pair *, uint64_t states);
enum rc rule_each(struct ctx *, const struct entity *, const struct pair *, uint64_t states, hook *);

/* -- make things happen: same transaction, audited as SYSTEM on behalf of the caller */
enum rc rule_add(struct ctx *, const struct entity *, int64_t id, const char *field, int64_t delta);  /* atomic; holds judge */
enum rc rule_change(struct ctx *, const struct entity *, int64_t id, const struct pair *);           /* set these fields */
enum rc rule_create(struct ctx *, const struct entity *, const struct pair *, int64_t *id);           /* id may be NULL */
enum rc rule_act(struct ctx *, const struct entity *, int64_t id, const char *transition);
enum rc rule_act_with(struct ctx *, const struct entity *, int64_t id, const char *transition, const struct pair *);
enum rc rule_act_all(struct ctx *, const struct entity *, const struct pair *, uint64_t states, const char *transition);
/* history that came by file: a record born in `state` (index) as of `day`, marked imported; runs check, holds and made */
enum rc rule_history(struct ctx *, const struct entity *, const struct pair *, int state, int64_t day, int64_t *id);

/* -- people */
int64_t rule_me(struct ctx *);                                          /* the person, not the account; 0: SYSTEM or PUBLIC */
unsigned rule_role(struct ctx *);                                       /* the caller's role bit */
int64_t rule_my_org(struct ctx *);                                      /* id of the caller's organisation or 0 */
int64_t rule_who(struct ctx *, const struct record *, const char *transition);  /* who did that step last; 0: nobody */
enum rc rule_assign(struct ctx *, const struct record *, int64_t person, const char *duty, int64_t until);
int64_t rule_person_of(struct ctx *, const struct entity *, int64_t id);/* person whose account is bound to this record (worker, ...); 0 */
enum rc rule_invite(struct ctx *, const struct record *, const char *transition, const char *phone_field); /* one-time code */
enum rc rule_notify(struct ctx *, const struct record *, unsigned roles, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* -- places */
const char *rule_place_kind(struct ctx *, int64_t division);            /* "residents", "villagers", "district" ...; NULL: unknown */
const char *rule_region_class(struct ctx *, int64_t division);          /* class by the dated region classes; "" when none */
