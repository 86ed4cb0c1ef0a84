/* ledger.c -- 资金账: where every fen is (四(三)). Owns accounts, transfers and the split of a contract over its sources; refuses
 * everything but its verbs. A transfer is one immutable row with two accounts and a positive amount, so the books always balance.
 * Money walks fund AVAILABLE -> budget RESERVED -> contract share COMMITTED -> PAYABLE -> PAID, and no account may go below zero:
 * that alone is paid <= accepted <= contract <= budget, and the database keeps it. */
#include "domain/states.h"
#include <string.h>

const char *const stage_code[] = { "available", "reserved", "committed", "payable", "paid" };
static const struct code stages[] = { { "available", "可用", NULL, "Available" }, { "reserved", "已预留", NULL, "Reserved" },
	{ "committed", "已签约", NULL, "Committed" }, { "payable", "应付", NULL, "Payable" }, { "paid", "已付", NULL, "Paid" }, { 0 } };
static const struct code verbs[] = { { "appropriate", "下达", NULL, "Appropriate" }, { "reserve", "预留", NULL, "Reserve" },
	{ "release", "释放", NULL, "Release" }, { "commit", "签约", NULL, "Commit" }, { "accept", "验收", NULL, "Accept" },
	{ "pay", "支付", NULL, "Pay" }, { "reverse", "冲销", NULL, "Reverse" }, { 0 } };
static const struct grant money_grants[] = { { FINANCE | AUDITOR | BUREAU, READ | EXPORT, REGION, S2 } };

/* ---- accounts 账户 ---- */
static const struct field a_fields[] = {
	{ "place", "区划", T_DIVISION, REQUIRED | FIXED | SCOPE | LIST, .en = "Division" },
	{ "stage", "环节", T_CODE, REQUIRED | FIXED | LIST, .codes = stages, .en = "Stage" },
	{ "fund", "资金", T_REF, FIXED | LIST, .ref = &funds, .en = "Fund" },
	{ "budget", "资金安排", T_REF, FIXED | LIST, .ref = &budgets, .en = "Budget" },
	{ "share", "合同资金", T_REF, FIXED, .ref = &contract_funds, .en = "Share of a contract" },
	{ "contract", "合同", T_REF, FIXED | LIST, .ref = &contracts, .en = "Contract" },
	{ "balance_fen", "余额", T_FEN, DERIVED | LIST, .en = "Balance" },
};
static const struct hold a_holds[] = {
	{ "not_overdrawn", CHECK, "balance_fen >= 0", "余额不足：支付不得超过验收，验收不得超过合同，合同不得超过预算", .code = "overdrawn" },
	{ "one_fund_account", UNIQUE, "fund, stage", "账户重复", "fund IS NOT NULL" },
	{ "one_budget_account", UNIQUE, "budget, stage", "账户重复", "budget IS NOT NULL" },
	{ "one_share_account", UNIQUE, "share, stage", "账户重复", "share IS NOT NULL" },
};
const struct entity accounts = { "accounts", "账户", "四(三)", 0, FIELDS(a_fields), GRANTS(money_grants), HOLDS(a_holds), .title = "stage",
	.en = "Accounts" };

/* ---- transfers 分录 ---- */
static const struct field t_fields[] = {
	{ "place", "区划", T_DIVISION, REQUIRED | FIXED | SCOPE, .en = "Division" },
	{ "verb", "事项", T_CODE, REQUIRED | FIXED | LIST, .codes = verbs, .en = "Verb" },
	{ "source", "转出账户", T_REF, FIXED | LIST, .ref = &accounts, .en = "From account" },       /* none: money enters from outside */
	{ "target", "转入账户", T_REF, REQUIRED | FIXED | LIST, .ref = &accounts, .en = "To account" },
	{ "fen", "金额", T_FEN, REQUIRED | FIXED | LIST, .min = 1, .max = FEN_MAX, .en = "Amount" },
	{ "day", "记账日", T_DATE, REQUIRED | FIXED | LIST, .en = "Day" },
	{ "cause", "依据单据", T_INT, REQUIRED | FIXED | LOOKUP, .en = "Cause" },                     /* id of the record whose step moved it */
	{ "reverses", "冲销分录", T_REF, FIXED, .ref = &transfers, .en = "Reverses" },
};
static const struct hold t_holds[] = {
	{ "not_to_itself", CHECK, "source IS NULL OR source <> target", "转出转入账户相同" },
	{ "reversed_once", UNIQUE, "reverses", "该笔已冲销过", "reverses IS NOT NULL" },
};
const struct entity transfers = { "transfers", "分录", "四(三)", APPEND_ONLY, FIELDS(t_fields), GRANTS(money_grants), HOLDS(t_holds),
	.title = "verb", .en = "Ledger entries" };

/* ---- contract_funds 合同资金: how a contract's price is made of sources ---- */
static const struct field s_fields[] = {
	{ "contract", "合同", T_REF, REQUIRED | FIXED | OWNER | LIST, .ref = &contracts, .en = "Contract" },
	{ "budget", "资金安排", T_REF, REQUIRED | FIXED | LIST, .ref = &budgets, .en = "Budget" },
	{ "source", "资金来源", T_CODE, DERIVED | LIST, .codes = fund_source, .en = "Source" },
	{ "fen", "金额", T_FEN, DERIVED | LIST, .min = 0, .max = FEN_MAX, .en = "Amount" },
};
static const struct grant s_grants[] = {
	{ OFFICE | FINANCE | ORG_MANAGER | AUDITOR, READ, VIA, S2 }, { PUBLIC | RESIDENT | COMMUNITY, READ, VIA, S1 } };
static const struct hold s_holds[] = { { "one_share", UNIQUE, "contract, budget", "该合同已使用这笔资金", .field = "budget" } };
static const struct counter s_counters[] = {
	{ "fiscal_fen", 0, "fen", .only = "source = 'FS01'" }, { "lottery_fen", 0, "fen", .only = "source = 'FS02'" },
	{ "social_fund_fen", 0, "fen", .only = "source = 'FS03'" } };
const struct entity contract_funds = { "contract_funds", "合同资金构成", "四(三)", 0, FIELDS(s_fields), GRANTS(s_grants), HOLDS(s_holds),
	COUNTERS(s_counters), .title = "source", .en = "Contract money by source" };

/* ---- the verbs ---- */
__extension__ typedef __int128 wide;

bool ledger_split(const int64_t *room, unsigned n, int64_t fen, int64_t *part)
{
	int64_t all = 0, left = fen;

	for (unsigned i = 0; i < n; i++)
		all += room[i];
	if (fen < 0 || fen > all)
		return false;
	for (unsigned i = 0; i < n; i++) {
		part[i] = all ? (int64_t)((wide)fen * room[i] / all) : 0;
		left -= part[i];
	}
	for (unsigned i = 0; i < n && left; i++) {      /* less than n fen are left over by rounding down */
		int64_t more = room[i] - part[i] < left ? room[i] - part[i] : left;

		part[i] += more;
		left -= more;
	}
	return true;
}

static struct record *account_of(struct ctx *c, const char *owner, int64_t id, enum stage stage)
{
	return rule_find(c, &accounts, WITH({ owner, id }, { "stage", 0, stage_code[stage] }), 0);
}

int64_t ledger_balance(struct ctx *c, const char *owner, int64_t id, enum stage stage)
{
	const struct record *a = account_of(c, owner, id, stage);

	return a ? rec_int(a, "balance_fen") : 0;
}

/* The account of an owner and stage, made on first use. Returns 0 when that failed (the reason is reported). */
static enum rc account(struct ctx *c, const struct record *of, const char *owner, enum stage stage, int64_t contract, int64_t *id)
{
	const struct record *a = account_of(c, owner, rec_id(of), stage);
	struct pair with[] = { { "place", rec_region(of) }, { "stage", 0, stage_code[stage] }, { owner, rec_id(of) }, { "balance_fen", 0 },
		{ contract ? "contract" : NULL, contract }, { NULL } };

	if (!a)
		return rule_create(c, &accounts, with, id);
	*id = rec_id(a);
	return RC_OK;
}

/* One row, two balances. Accounts are touched in the order of their ids, so two movements never wait for each other in a circle. */
static enum rc post(struct ctx *c, const char *verb, int64_t place, int64_t source, int64_t target, int64_t fen, int64_t cause, int64_t reverses)
{
	struct pair with[9] = { { "place", place }, { "verb", 0, verb }, { "target", target }, { "fen", fen }, { "day", rule_today(c) },
		{ "cause", cause } };
	int64_t first = source && source < target ? source : target, second = first == source ? target : source;
	unsigned n = 6;
	enum rc rc;

	if (fen == 0)
		return RC_OK;
	if (source)
		with[n++] = (struct pair){ "source", source };
	if (reverses)
		with[n++] = (struct pair){ "reverses", reverses };
	if ((rc = rule_add(c, &accounts, first, "balance_fen", first == source ? -fen : fen)))
		return rc;
	if (second && (rc = rule_add(c, &accounts, second, "balance_fen", second == source ? -fen : fen)))
		return rc;
	return rule_create(c, &transfers, with, NULL);
}

enum rc ledger_appropriate(struct ctx *c, int64_t fund, int64_t fen, int64_t cause)
{
	const struct record *f = rule_get(c, &funds, fund, true);
	int64_t to;
	enum rc rc = account(c, f, "fund", AVAILABLE, 0, &to);

	return rc ? rc : post(c, "appropriate", rec_region(f), 0, to, fen, cause, 0);
}

/* Fund and budget must lie in one city: a movement between cities is two movements with money in transit, which this is not. */
static enum rc between(struct ctx *c, int64_t fund, int64_t budget, int64_t *free_, int64_t *held, int64_t *place)
{
	const struct record *f = rule_get(c, &funds, fund, false), *b = rule_get(c, &budgets, budget, true);
	enum rc rc;

	if (!f || !b || rec_region(f) / 100000000 != rec_region(b) / 100000000)
		return rule_reject(c, "fund", "other_city", "资金与项目不在同一个市，请选择本市下达的资金");
	*place = rec_region(b);
	if ((rc = account(c, f, "fund", AVAILABLE, 0, free_)))
		return rc;
	return account(c, b, "budget", RESERVED, 0, held);
}

enum rc ledger_reserve(struct ctx *c, int64_t fund, int64_t budget, int64_t fen, int64_t cause)
{
	int64_t from = 0, to = 0, place = 0;
	enum rc rc = between(c, fund, budget, &from, &to, &place);

	return rc ? rc : post(c, "reserve", place, from, to, fen, cause, 0);
}

enum rc ledger_release(struct ctx *c, int64_t budget, int64_t fen, int64_t cause)
{
	const struct record *b = rule_get(c, &budgets, budget, false);
	int64_t from = 0, to = 0, place = 0;
	enum rc rc = between(c, b ? rec_int(b, "fund") : 0, budget, &to, &from, &place);

	return rc ? rc : post(c, "release", place, from, to, fen, cause, 0);
}

enum rc ledger_commit(struct ctx *c, int64_t budget, int64_t contract, int64_t fen, int64_t cause)
{
	const struct record *b = rule_get(c, &budgets, budget, true), *s;
	int64_t share, from, to;
	enum rc rc;

	if (!b || fen == 0)
		return RC_OK;
	s = rule_find(c, &contract_funds, WITH({ "contract", contract }, { "budget", budget }), 0);
	if (s)
		rc = rule_add(c, &contract_funds, share = rec_id(s), "fen", fen);
	else
		rc = rule_create(c, &contract_funds, WITH({ "contract", contract }, { "budget", budget }, { "source", 0, rec_text(b, "source") },
			{ "fen", fen }), &share);
	if (rc || !(s = rule_get(c, &contract_funds, share, false)) || (rc = account(c, b, "budget", RESERVED, 0, &from)) ||
	    (rc = account(c, s, "share", COMMITTED, contract, &to)))
		return rc;
	return post(c, "commit", rec_region(b), from, to, fen, cause, 0);
}

/* Moves fen of a contract one stage on, over its sources in proportion to what each still has there. */
static enum rc advance(struct ctx *c, const char *verb, int64_t contract, enum stage from, enum stage to, int64_t fen, int64_t cause)
{
	const struct record *share[MAX_SOURCES], *k = rule_get(c, &contracts, contract, true);
	int64_t room[MAX_SOURCES], part[MAX_SOURCES], last = INT64_MAX;
	unsigned n = 0;
	enum rc rc = RC_OK;

	while (k && n < MAX_SOURCES && (share[n] = rule_find(c, &contract_funds, WITH({ "contract", contract }, { "id", last, NULL, '<' }), 0))) {
		last = rec_id(share[n]);
		room[n] = ledger_balance(c, "share", last, from);
		n++;
	}
	if (!ledger_split(room, n, fen, part))
		return rule_reject(c, NULL, "overdrawn", "金额%s元超过合同在“%s”环节的余额", rule_yuan(c, fen), stages[from].label);
	for (unsigned i = 0; i < n && !rc; i++) {
		int64_t a, b;

		if (part[i] && !(rc = account(c, share[i], "share", from, contract, &a)) && !(rc = account(c, share[i], "share", to, contract, &b)))
			rc = post(c, verb, rec_region(k), a, b, part[i], cause, 0);
	}
	return rc;
}

enum rc ledger_accept(struct ctx *c, int64_t contract, int64_t fen, int64_t cause)
{
	return advance(c, "accept", contract, COMMITTED, PAYABLE, fen, cause);
}

enum rc ledger_pay(struct ctx *c, int64_t contract, int64_t fen, int64_t cause)
{
	return advance(c, "pay", contract, PAYABLE, PAID, fen, cause);
}

enum rc ledger_uncommit(struct ctx *c, int64_t contract, int64_t cause)
{
	const struct record *s;
	int64_t last = INT64_MAX, left, from, to;
	enum rc rc = RC_OK;

	rule_get(c, &contracts, contract, true);
	while (!rc && (s = rule_find(c, &contract_funds, WITH({ "contract", contract }, { "id", last, NULL, '<' }), 0))) {
		const struct record *b = rule_get(c, &budgets, rec_int(s, "budget"), true);

		last = rec_id(s);
		left = ledger_balance(c, "share", last, COMMITTED);
		if (!left || !b || (rc = account(c, s, "share", COMMITTED, contract, &from)) || (rc = account(c, b, "budget", RESERVED, 0, &to)) ||
		    (rc = post(c, "release", rec_region(b), from, to, left, cause, 0)))
			continue;
		rc = rule_add(c, &contract_funds, last, "fen", -left);
	}
	return rc;
}

enum rc ledger_reverse(struct ctx *c, int64_t cause, int64_t why)
{
	const struct record *t;
	int64_t last = INT64_MAX, place, source;
	enum rc rc = RC_OK;

	while (!rc && (t = rule_find(c, &transfers, WITH({ "cause", cause }, { "id", last, NULL, '<' }), 0))) {
		last = rec_id(t);
		place = rec_region(t);
		source = rec_int(t, "source");
		if (!source || rec_has(t, "reverses") || rule_count(c, &transfers, WITH({ "reverses", last }), 0))
			continue;
		rc = post(c, "reverse", place, rec_int(t, "target"), source, rec_int(t, "fen"), why, last);
	}
	return rc;
}
