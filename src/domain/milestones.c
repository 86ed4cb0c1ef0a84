/* milestones.c -- 里程碑: what is delivered and accepted, with the users' opinion (四(一); 实施条例45). Owns the payment plan of a
 * contract; refuses shares above the whole price and acceptance without the people who were served. */
#include "domain/states.h"

enum { PAY_DAYS };
static const struct rule rules[] = { [PAY_DAYS] = { "contract.pay_days", "验收后付款（日）", 30, "保障中小企业款项支付条例", "Pay after acceptance (days)" } };
static const struct term pay_by = { &rules[PAY_DAYS], DAYS };

static const struct state states[] = {
	[M_PLANNED] = { "planned", "计划", .en = "Planned" }, [M_SUBMITTED] = { "evidence_submitted", "已提交成果", .en = "Evidence submitted" },
	[M_ACCEPTED] = { "accepted", "已验收", &pay_by, .en = "Accepted" }, [M_RETURNED] = { "returned", "退回", .en = "Returned" },
};
static const struct field fields[] = {
	{ "contract", "合同", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &contracts, .en = "Contract" },
	{ "seq", "期次", T_INT, REQUIRED | LIST, .min = 1, .max = 99, .en = "Number" },
	{ "title", "里程碑", T_TEXT, REQUIRED | LIST, .max = 60, .en = "Milestone" },
	{ "standard", "交付标准", T_LONGTEXT, 0, .max = 4000, .en = "Standard" },
	{ "due_on", "应付日期", T_DATE, REQUIRED | LIST, .en = "Due on" },
	{ "share_bp", "比例", T_BP, REQUIRED, .min = 0, .max = 10000, .en = "Share", .hint = "各期合计 100.00%" },
	{ "due_fen", "应付金额", T_FEN, DERIVED | LIST, .min = 0, .max = FEN_MAX, .en = "Due" },
	{ "last", "尾款", T_BOOL, LIST, .en = "Last payment", .hint = "尾款待三方评价合格后支付" },
	{ "evidence", "成果说明", T_LONGTEXT, STEP, .max = 8000, .en = "Evidence" },
	{ "evidence_file", "成果材料", T_FILE, STEP, S2, .en = "Evidence (file)" },
	{ "met", "逐条验收情况", T_LONGTEXT, STEP, .max = 8000, .en = "Standard met" },
	{ "opinions", "服务对象意见", T_LONGTEXT, STEP, S2, .max = 4000, .en = "Users' opinions", .hint = "参加验收的居民及其意见（实施条例45）" },
	{ "why", "退回原因", T_TEXT, STEP, .max = 500, .en = "Why returned" },
};

/* The amount follows the share; the milestone that completes 100 % takes what rounding left. */
static enum rc check(struct ctx *c, struct record *r)
{
	const struct record *k = rule_get(c, &contracts, rec_int(r, "contract"), false);
	int64_t others, price, fen;

	if (!k)
		return rule_reject(c, "contract", "reference_missing", "请选择合同");
	if (rec_imported(r))
		return RC_OK;
	others = rule_sum(c, &milestones, "share_bp", WITH({ "contract", rec_id(k) }, { "id", rec_id(r), NULL, '!' }), 0);
	if (others + rec_int(r, "share_bp") > 10000)
		return rule_reject(c, "share_bp", "milestones_over_100", "各期比例合计超过100%%，本期最多%lld.%02lld%%",
			(long long)(10000 - others) / 100, (long long)(10000 - others) % 100);
	price = rec_int(k, "price_fen");
	fen = price / 10000 * rec_int(r, "share_bp") + price % 10000 * rec_int(r, "share_bp") / 10000;
	if (others + rec_int(r, "share_bp") == 10000)
		fen = price - rule_sum(c, &milestones, "due_fen", WITH({ "contract", rec_id(k) }, { "id", rec_id(r), NULL, '!' }), 0);
	rec_set(r, "due_fen", fen);
	return RC_OK;
}

static enum rc running(struct ctx *c, struct record *r)
{
	const struct record *k = rule_get(c, &contracts, rec_int(r, "contract"), false);

	if (!k || !rec_in(k, BIT(K_PERFORMING)))
		return rule_reject(c, NULL, "contract_not_running", "合同尚未开始履行或已结束，不能提交成果");
	return RC_OK;
}

static const struct transition transitions[] = {
	{ "submit", "提交成果", BIT(M_PLANNED) | BIT(M_RETURNED), M_SUBMITTED, ORG_MANAGER, .takes = "evidence! evidence_file",
		.guard = running, .en = "Submit", .clause = "四(一)" },
	{ "accept", "验收", BIT(M_SUBMITTED), M_ACCEPTED, OFFICE, .takes = "met! opinions!", .not_by = "submit", .after = loop_milestone_accepted,
		.en = "Accept", .clause = "四(一)" },
	{ "return", "退回", BIT(M_SUBMITTED), M_RETURNED, OFFICE, .takes = "why!", .en = "Return" },
};
static const struct grant grants[] = {
	{ OFFICE, READ | CREATE | DO, VIA, S2 }, { OFFICE, EDIT, VIA, S2, BIT(M_PLANNED) }, { ORG_MANAGER, READ | DO, VIA, S2 },
	{ FINANCE | AUDITOR, READ | EXPORT, VIA, S2 }, { WORKER | SUPERVISOR | EVALUATOR | PUBLIC | RESIDENT | COMMUNITY, READ, VIA, S1 },
};
static const struct hold holds[] = { { "milestone_seq", UNIQUE, "contract, seq", "该期次已存在，请改用下一期次", .field = "seq", .code = "duplicate_key" } };
const struct entity milestones = { "milestones", "里程碑", "四(一)", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions), GRANTS(grants),
	HOLDS(holds), RULES(rules), .open_in = BIT(K_DRAFT), .title = "title", .check = check, .made = loop_milestone_made, .en = "Milestones" };
