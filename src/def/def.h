/* def.h -- the grammar of a room: types only, no functions, no storage, no network.
 * A room is one `struct entity` that points at const tables. Tables state facts; what needs an "if" is a hook in C. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BIT(n)   (UINT64_C(1) << (n))
#define COUNT(a) (sizeof(a) / sizeof *(a))

struct ctx;
struct record;
struct entity;

/* What can come of anything that can fail. The place that finds a fault reports it once into the context. */
enum rc {
	RC_OK,
	RC_REJECTED,   /* input against a rule: problems say which field and the way out (400) */
	RC_DENIED,     /* the caller may see it but not do this (403) */
	RC_MISSING,    /* not there, or not the caller's: the same answer (404) */
	RC_STATE,      /* the record is in a state that does not allow the step (409) */
	RC_CONFLICT,   /* key taken, same idempotency key with another body, invariant of the database (409) */
	RC_STALE,      /* version given is not the current one (412) */
	RC_NO_VERSION, /* version missing (428) */
	RC_TOO_MANY,   /* a limit in number or rate (429) */
	RC_TOO_BIG,    /* a limit in size (413) */
	RC_NO_RULE,    /* a dated rule has no row for that day and place: refused (503) */
	RC_BUSY,       /* the store asks to come again; nothing was written (503) */
	RC_UNKNOWN,    /* the commit's outcome is not known: ask again with the same key (503) */
	RC_STORE,      /* the store failed; nothing was written (500) */
	N_RC
};

typedef enum rc hook(struct ctx *, struct record *);            /* .check .guard .after .made: same transaction */

enum type {
	T_TEXT, T_LONGTEXT,      /* characters; .max in characters is compulsory */
	T_INT, T_FEN, T_BP,      /* whole number; money in fen; ten-thousandths (10000 = 100.00 %) */
	T_BOOL, T_DATE,          /* 0/1; day number since 1970-01-01 (Asia/Shanghai), "2020-11-20" outside */
	T_TIME, T_CLOCK,         /* milliseconds since 1970 UTC; minutes since midnight, "09:30" outside */
	T_CODE, T_REF,           /* code of .codes, stored as text; id of a record of .ref */
	T_DIVISION,              /* 12-digit division code, stored as number */
	T_USCC, T_IDNO, T_PHONE, /* GB 32100; GB 11643; phone */
	T_FILE, T_JSON,          /* id of an attachment; JSON text */
	T_COUNT
};
enum class { S1, S2, S3, S4 };   /* open, internal, personal (encrypted, masked), secret (sealed by a key of the record) */
enum flag {
	REQUIRED = 1, LIST = 2, SEARCH = 4 /* bigrams */,
	LOOKUP = 8 /* exact search: S3 by keyed hash, else by index */,
	SCOPE = 16 /* this division (or the region of this ref) is the record's region */,
	MINE = 32 /* this person is the record's owner: relation OWN (T_REF to accounts' person, or T_PHONE|LOOKUP) */,
	ORG = 64 /* this organisation is a party: relation OWN_ORG */,
	OWNER = 128 /* ref to the record that owns this child row: relation VIA */,
	STEP = 256 /* set only by a transition that takes it */,
	DERIVED = 512 /* set only by hooks */,
	FIXED = 1024 /* never changed after creation */,
	CLAIM = 2048 /* unique in the whole country, through the claim table (distributed rule R7) */,
	SOFT = 4096 /* ref that may lead to another city: no foreign key (R5) */,
	SEALED = 8192 /* not shown to anybody but the author until the record leaves the states of .sealed_in */,
};
enum role {
	RESIDENT = 1, VOLUNTEER = 2, COMMUNITY = 4, STREET = 8, COUNTY = 16, CITY = 32, PROVINCE = 64, FINANCE = 128,
	ORG_MANAGER = 256, WORKER = 512, SUPERVISOR = 1024, EVALUATOR = 2048, MEDIATOR = 4096, AUDITOR = 8192,
	SYSADMIN = 16384, SECADMIN = 32768, AUDITADMIN = 65536, PUBLIC = 131072 /* not logged in */,
	SYSTEM = 262144 /* loop.c, timers, imports of history */,
	BUREAU = COUNTY | CITY | PROVINCE, N_ROLES = 19,
	OFFICE = STREET | COUNTY | CITY | PROVINCE /* may buy services */,
};
enum action { READ = 1, CREATE = 2, EDIT = 4, DO = 8 /* transitions */, REVEAL = 16, EXPORT = 32, GLASS = 64, IMPORT = 128, ERASE = 256 };
enum relation {
	ANY, REGION /* inside the caller's division */, ABOVE /* of a division above the caller's */, OWN, OWN_ORG,
	ASSIGNED /* a live assignment names record and caller */,
	HOLDER /* caller showed the one-time code of this record */, VIA /* whoever may do the same with the owner record */,
};

struct code  { const char *code, *label, *words, *en; };        /* words: other spellings met in files, "a|b" */
struct rule  { const char *code, *label; int64_t seed; const char *source, *en; };  /* declares rows of the dated rules */
enum unit { DAYS, WORKDAYS, HOURS };
struct term  {                                                  /* a dated length of time */
	const struct rule *rule; enum unit unit;
	const char *since;                                      /* date field it counts from; NULL: entry into the state */
	const char *lapse;                                      /* transition SYSTEM does when it is over; NULL: shown late */
};
struct field {
	const char *name, *label; enum type type; unsigned flags;
	enum class cls; int64_t min, max; const struct code *codes; const struct entity *ref;
	const char *heads;                                      /* other column headers met in files, "a|b" */
	const char *en;                                         /* English label */
	const char *hint;                                       /* how to fill it in, or an example */
	int from, to;                                           /* form versions that have it; 0: all */
};
enum { BACK = -1 };                                              /* .to: the state it came from (challenged, suspended) */
struct state { const char *code, *label; const struct term *due; const char *words, *en; };
struct transition {
	const char *name, *label; uint64_t from; int to; unsigned who;
	const char *takes;                                      /* STEP fields of its little form; "x!": must be given */
	const struct term *wait;                                /* refused before, naming the first possible day */
	const char *not_by;                                     /* persons who did these steps may not do this one */
	hook *guard, *after;                                    /* guard: before the change; after: its consequences */
	const char *en, *clause;
};
struct grant {                                                  /* role x action x relation x class -> one SQL condition */
	unsigned who, may; enum relation rel; enum class upto;  /* fields above `upto`: S3 masked, others absent */
	uint64_t in;                                            /* only in these states; 0: all */
};
enum hold_kind { CHECK, UNIQUE };
struct hold {                                                   /* an invariant the database itself keeps */
	const char *name; enum hold_kind kind; const char *what, *message; /* what: SQL of this row; UNIQUE: columns */
	const char *where;                                      /* UNIQUE: only these rows */
	const char *field, *code;                               /* blamed field; kind of problem, default "conflict" */
};
struct counter {                                                /* a count or sum by region and period */
	const char *name; uint64_t in;                          /* states that count; 0: all */
	const char *sum, *when, *by;                            /* field added (NULL: 1), date field, code field or "state" */
	const char *only;                                       /* SQL condition of this row; NULL: none */
};
struct indicator {
	const char *code, *label, *clause; const struct counter *num, *den; int64_t scale; int better; int version;
	const char *sql;                                        /* only what does not add up: distinct persons, medians */
};
struct twin  {                                                  /* likely duplicates: candidates by block, then a score 0..100 */
	const char *block; const struct rule *days, *score_from; int (*score)(const struct record *, const struct record *);
};

enum entity_flag {
	APPEND_ONLY = 1 /* no edit, no versions */, EVERYWHERE = 2 /* reference table: small, rarely written */,
	HIDDEN = 4 /* no page of its own */, SHEET = 8 /* a file layout, not a table */,
};
struct entity {
	const char *name, *label, *clause; unsigned flags;      /* name: table and, with - for _, URL */
	const struct field *fields;           unsigned n_fields;
	const struct state *states;           unsigned n_states;
	const struct transition *transitions; unsigned n_transitions;
	const struct grant *grants;           unsigned n_grants;
	const struct hold *holds;             unsigned n_holds;
	const struct rule *rules;             unsigned n_rules;
	const struct counter *counters;       unsigned n_counters;
	const struct indicator *indicators;   unsigned n_indicators;
	const struct twin *twin;
	uint64_t open_in;                                       /* child rows: states of the owner that allow writing them */
	uint64_t sealed_in;                                     /* SEALED fields are hidden in these states */
	const char *number;                                     /* prefix of the human number in field "no", "XQ" */
	const char *key;                                        /* fields (space separated) that make a second import change nothing */
	const char *title;                                      /* field shown where the record is pointed at; default: key, no, name */
	int form;                                               /* current form version */
	const struct entity *sheet;                             /* layout of its import file where that is not its own fields */
	hook *check, *made;                                     /* cross-field rule; consequence of creation (of a sheet: take the row) */
	const char *en;
};
#define FIELDS(a)      .fields = (a), .n_fields = COUNT(a)
#define STATES(a)      .states = (a), .n_states = COUNT(a)
#define TRANSITIONS(a) .transitions = (a), .n_transitions = COUNT(a)
#define GRANTS(a)      .grants = (a), .n_grants = COUNT(a)
#define HOLDS(a)       .holds = (a), .n_holds = COUNT(a)
#define RULES(a)       .rules = (a), .n_rules = COUNT(a)
#define COUNTERS(a)    .counters = (a), .n_counters = COUNT(a)
#define INDICATORS(a)  .indicators = (a), .n_indicators = COUNT(a)
