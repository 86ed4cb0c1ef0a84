/* states.h -- private to domain/: the states, rules and small helpers that more than one room must name. Owns no data. */
#pragma once
#include "domain/domain.h"

enum need_state { N_DRAFT, N_SUBMITTED, N_VERIFYING, N_ACCEPTED, N_PLANNED, N_SERVED, N_RESOLVED, N_CONFIRMED, N_CLOSED,
	N_REJECTED, N_MERGED, N_TRANSFERRED, N_WITHDRAWN, N_REOPENED, N_UNREACHABLE };
enum project_state { P_DRAFT, P_SUBMITTED, P_REVIEWED, P_APPROVED, P_BUDGETED, P_PROCURING, P_CONTRACTED, P_EXECUTING, P_MID,
	P_FINAL, P_ACCEPTED, P_SETTLED, P_ARCHIVED, P_SUSPENDED, P_TERMINATED, P_CANCELLED };
enum fund_state { F_DRAFT, F_APPROVED };
enum budget_state { B_PLANNED, B_RESERVED };
enum procurement_state { C_PLANNED, C_CONSULTED, C_BIDDING, C_OPENED, C_EVALUATED, C_ANNOUNCED, C_AWARDED, C_CONTRACTED, C_FILED,
	C_CHALLENGED, C_COMPLAINT, C_FAILED, C_CANCELLED };
enum bid_state { D_DRAFT, D_SEALED, D_OPENED, D_SCORED, D_BARRED, D_WON, D_LOST, D_WITHDRAWN };
enum contract_state { K_DRAFT, K_SIGNED, K_ANNOUNCED, K_FILED, K_PERFORMING, K_ACCEPTED, K_SETTLED, K_CLOSED, K_TERMINATED };
enum milestone_state { M_PLANNED, M_SUBMITTED, M_ACCEPTED, M_RETURNED };
enum payment_state { Y_PLANNED, Y_REQUESTED, Y_DEPT, Y_FINANCE, Y_PAID, Y_RECONCILED, Y_RETURNED, Y_WITHHELD, Y_REFUNDED };
enum record_state { R_RECORDED, R_CONFIRMED, R_AMENDING };
enum evaluation_state { E_DRAFT, E_HANDED_IN, E_REVEALED, E_PUBLISHED };
enum rectify_state { T_OPEN, T_ANSWERED, T_CHECKED };

/* Contracts that hold committed money; rules other rooms ask for by name. */
#define K_LIVE (BIT(K_SIGNED) | BIT(K_ANNOUNCED) | BIT(K_FILED) | BIT(K_PERFORMING))
#define FEN_MAX INT64_C(10000000000000)                  /* 1e13 fen: far above any budget, far below overflow of a sum */
extern const struct rule word_rules[], evaluation_rules[];
enum { SATISFIED_FROM, RECTIFY_DAYS };                   /* word_rules: what the resident's word means */
enum { WEIGHT_GOV, WEIGHT_PUBLIC, WEIGHT_SOCIETY, PASS_BP, MIN_SURVEY };        /* evaluation_rules */
extern const struct code expense_kind[], yes_no_partly[];
extern const char *const stage_code[];

/* One city's records only: two pairs for WITH(). */
#define CITY_FROM(region) { "region", (region) / 100000000 * 100000000, NULL, 'g' }
#define CITY_TO(region)   { "region", (region) / 100000000 * 100000000 + 99999999, NULL, 'l' }

/* Shares of `fen` in proportion to `room`, exact: the rest goes to the first with room. False when there is not enough room. */
bool ledger_split(const int64_t *room, unsigned n, int64_t fen, int64_t *part);
/* What an account holds; 0 when there is none. `owner` is "fund", "budget" or "share". */
int64_t ledger_balance(struct ctx *, const char *owner, int64_t id, enum stage);
enum { MAX_SOURCES = 16 };                               /* sources of money of one project */

/* May this organisation take work on? Empty when it may, else the reason. */
const char *org_barred(struct ctx *, const struct record *org);
/* May money of this source pay for this kind of expense today? *basis: why not. */
bool fund_may_pay(struct ctx *, const struct record *, const char *source, const char *kind, const char **basis);
/* Day number (Asia/Shanghai) of a moment. */
static inline int64_t day_of_ms(int64_t ms) { return (ms + INT64_C(28800000)) / INT64_C(86400000); }
/* Calendar year of a day number. */
static inline int64_t year_of(int64_t day)
{
	int64_t z = day + 719468, era = z / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;

	return yoe + era * 400 + (doe - (365 * yoe + yoe / 4 - yoe / 100) >= 306);
}
