/* domain.h -- the list of rooms, the shared code lists, the ledger's few verbs, the corridor (loop.c). */
#pragma once
#include "def/rule.h"

/* Rows stop where they have nothing more to say: an absent column is zero. Rooms only. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

extern const struct entity divisions, region_classes, rule_params, holidays;
extern const struct entity communities, needs, need_confirmations, projects, project_items;
extern const struct entity funds, budgets, budget_lines, accounts, transfers, earmarks;
extern const struct entity procurements, bids, contracts, contract_funds, supplements, milestones, payments;
extern const struct entity social_orgs, workers, volunteers, service_records, ratings, evaluations, rectifications;
extern const struct entity *const rooms[];
extern const unsigned n_rooms;

/* codes_*.c is made at build time from the lists in data/ref: one list per file, ending with { 0 } */
extern const struct code certificate_level[], dispute_type[], education[], ethnic[], evaluation_party[], fund_source[], gender[],
	guarantee_use[], hire_method[], operation_mode[], org_type[], post_platform[], procurement_method[], purchase_field[],
	relationship[], service_domain[], target_group[], volunteer_activity[], work_method[], worker_category[];

/* What the engine must know by job, not by name. */
struct link {                           /* one step of the chain need -> ... -> payment */
	const struct entity *from, *to; /* from NULL: the beginning, which only has a name */
	const char *by;                 /* ref field in `to` that points to `from`; or, with back, field in `from` that points to `to` */
	bool back; const char *key, *label, *en;
};
struct law {                            /* something that must hold over a whole database, as SQL that returns faults */
	const char *name, *label, *sql; /* first column: id, second: what is wrong */
};
struct house {
	const struct entity *places, *classes, *rules, *holidays;   /* divisions, region classes, dated rules, calendar */
	const struct link *chain; unsigned n_chain;
	const struct law *laws; unsigned n_laws;
};
extern const struct house house;
/* lint.c: what the compiler cannot see; number of faults, each said. */
unsigned lint(void (*say)(const char *));
unsigned lint_room(const struct entity *, void (*say)(const char *));   /* one room alone */

/* ledger.c: money moves only here. One call = balanced, immutable rows. Overdrawing is refused by the database. */
enum stage { AVAILABLE, RESERVED, COMMITTED, PAYABLE, PAID, N_STAGES };
enum rc ledger_appropriate(struct ctx *, int64_t fund, int64_t fen, int64_t cause);
enum rc ledger_reserve(struct ctx *, int64_t fund, int64_t budget, int64_t fen, int64_t cause);     /* fund -> budget of a project */
enum rc ledger_commit(struct ctx *, int64_t budget, int64_t contract, int64_t fen, int64_t cause);
enum rc ledger_release(struct ctx *, int64_t budget, int64_t fen, int64_t cause);                   /* reserved -> available again */
enum rc ledger_accept(struct ctx *, int64_t contract, int64_t fen, int64_t cause);                  /* committed -> payable, over its sources */
enum rc ledger_pay(struct ctx *, int64_t contract, int64_t fen, int64_t cause);                     /* payable -> paid, over its sources */
enum rc ledger_uncommit(struct ctx *, int64_t contract, int64_t cause);                               /* committed -> reserved again: terminated */
enum rc ledger_reverse(struct ctx *, int64_t cause, int64_t why);                                   /* undo every row of a cause */

/* loop.c: what one room's step does to the next, in the order of the story */
hook loop_need_made, loop_need_submitted, loop_need_accepted, loop_need_resolved, loop_need_confirmed, loop_need_dissatisfied;
hook loop_project_made, loop_project_approved, loop_project_budgeted, loop_project_settled, loop_fund_approved;
hook loop_procurement_made, loop_procurement_published, loop_procurement_failed, loop_bids_opened, loop_awarded;
hook loop_contract_signed, loop_contract_filed, loop_contract_started, loop_contract_amended, loop_contract_terminated;
hook loop_service_recorded, loop_milestone_made, loop_milestone_accepted;
hook loop_evaluation_handed_in, loop_paid, loop_refunded, loop_rated;
