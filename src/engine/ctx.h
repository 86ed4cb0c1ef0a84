/* ctx.h -- one request: who asks, where, when, with what memory and transaction, and what went wrong. First argument of everything below http/. */
#pragma once
#include "base/arena.h"
#include "base/json.h"
#include "domain/domain.h"
#include "def/rule.h"
#include "store/store.h"

/* Who asks. Filled by http/session.c or the command line; the engine only reads it. */
struct caller {
	int64_t account, person;            /* 0: not logged in, or SYSTEM */
	unsigned role;                      /* one bit of enum role */
	int64_t region;                     /* 12-digit division the account belongs to */
	int64_t org;                        /* id of its organisation, or 0 */
	int64_t bound;                      /* record this account is bound to (relation OWN by T_REF), or 0 */
	const char *name;                   /* login name, for the audit */
	uint8_t phone_hash[32]; bool has_phone;   /* residents: keyed hash of the phone number */
	int64_t holder_record; const char *holder_step;  /* one-time code shown: this record (and only this step), else 0 */
	const char *source;                 /* network address or "cli", for the audit */
	bool english;
};
struct problem { const char *field, *code, *message; bool warning; };
struct ctx {
	struct arena *arena;
	struct store *store;
	struct tx *tx;                      /* inside a transaction only */
	const struct caller *who;
	int64_t now;                        /* business time, ms */
	bool importing;                     /* rows of a file: history, marked imported */
	bool no_rule;                       /* a dated rule was missing: the request is refused */
	unsigned depth;                     /* nesting of hooks acting on other records; > 16 aborts the request */
	bool as_system;                     /* hooks act with SYSTEM's eyes */
	const char *purpose, *reason;       /* given by the caller, for the audit */
	struct problem *problems; unsigned n_problems, cap_problems;
	const struct house *house;
	enum rc failed;                     /* the store failed while a hook asked it: nothing may be written any more */
	const struct entity *acting;        /* room whose hooks run now (named in problems of nested records) */
	struct titles *titles;              /* titles of pointed-at records seen in this request (record_json.c) */
};
void ctx_init(struct ctx *, struct arena *, struct store *, const struct caller *);
/* One problem, collected; returns the rc given. RC_OK: a warning only. */
enum rc ctx_problem(struct ctx *, enum rc, const char *field, const char *code, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* the same text for both languages: zh when !english */
const char *ctx_say(const struct ctx *, const char *zh, const char *en) __attribute__((format_arg(2), format_arg(3)));
extern const struct caller caller_system, caller_public;

/* Rooms by name (URL form with - or table form with _); NULL when unknown. */
const struct entity *room_find(const char *name);
const struct field *room_field(const struct entity *, const char *name);      /* NULL when unknown */
int  room_state(const struct entity *, const char *code);                      /* -1 when unknown */
const struct transition *room_step(const struct entity *, const char *name);
const struct field *room_flagged(const struct entity *, unsigned flag);        /* first field with that flag or NULL */
const char *room_url(struct arena *, const struct entity *);                   /* service-records */
const char *room_title_field(const struct entity *);
const char *role_code(unsigned role);                                          /* "org_manager" */
const char *role_label(unsigned role, bool english);
unsigned role_find(const char *code);                                          /* 0 when unknown */
