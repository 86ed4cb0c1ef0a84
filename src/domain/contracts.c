/* contracts.c -- 合同 and 补充合同 (三(四)). A contract buys services, never posts (102号令). Owns its terms and term; refuses to be
 * signed before its milestones make up the whole price, and supplements above the legal share. */
#include "domain/states.h"

enum { PUBLISH_DAYS, FILE_DAYS, SUPPLEMENT_BP, BOND_BP, TERM_DAYS };
static const struct rule rules[] = {
	[PUBLISH_DAYS] = { "contract.publish_days", "合同公告（工作日）", 2, "实施条例50", "Publish the contract (working days)" },
	[FILE_DAYS] = { "contract.file_days", "合同备案（工作日）", 7, "政府采购法47", "File the contract (working days)" },
	[SUPPLEMENT_BP] = { "contract.supplement_bp", "补充合同合计上限（万分比）", 1000, "政府采购法49", "Supplements at most (1/10000)" },
	[BOND_BP] = { "contract.bond_bp", "履约保证金上限（万分比）", 1000, "实施条例48", "Performance bond at most (1/10000)" },
	[TERM_DAYS] = { "contract.term_days", "合同最长期限（日）", 1096, "财政部令102号", "Longest term (days)" },
};
static const struct term publish = { &rules[PUBLISH_DAYS], WORKDAYS, .since = "signed_on" }, file = { &rules[FILE_DAYS], WORKDAYS,
	.since = "signed_on" };

static const struct state states[] = {
	[K_DRAFT] = { "draft", "草拟", .en = "Draft" }, [K_SIGNED] = { "signed", "已签订", &publish, .en = "Signed" },
	[K_ANNOUNCED] = { "announced", "已公告", &file, .en = "Published" }, [K_FILED] = { "filed", "已备案", .en = "Filed" },
	[K_PERFORMING] = { "performing", "履行中", .en = "Performing" }, [K_ACCEPTED] = { "accepted", "已验收", .en = "Accepted" },
	[K_SETTLED] = { "settled", "已结算", .en = "Settled" }, [K_CLOSED] = { "closed", "已关闭", .en = "Closed" },
	[K_TERMINATED] = { "terminated", "已终止", .en = "Terminated" },
};
static const struct field fields[] = {
	{ "no", "合同编号", T_TEXT, FIXED | LIST, .max = 24, .en = "Number" },
	{ "project", "服务项目", T_REF, REQUIRED | FIXED | LIST | SCOPE, .ref = &projects, .en = "Project" },
	{ "procurement", "采购", T_REF, REQUIRED | FIXED, .ref = &procurements, .en = "Procurement" },
	{ "title", "合同名称", T_TEXT, REQUIRED | SEARCH | LIST, .max = 100, .en = "Title" },
	{ "purchaser", "购买主体", T_TEXT, REQUIRED | LIST | FIXED, .max = 60, .en = "Purchaser" },
	{ "provider", "承接主体", T_REF, REQUIRED | ORG | LIST | FIXED | SOFT, .ref = &social_orgs, .en = "Provider" },
	{ "price_fen", "合同金额", T_FEN, REQUIRED | LIST | FIXED, .min = 1, .max = FEN_MAX, .heads = "合同金额（元）", .en = "Price" },
	{ "extra_fen", "补充金额", T_FEN, DERIVED, .min = 0, .max = FEN_MAX, .en = "Supplements" },
	{ "bond_fen", "履约保证金", T_FEN, 0, .min = 0, .max = FEN_MAX, .en = "Performance bond" },
	{ "starts_on", "开始日期", T_DATE, LIST, .en = "Starts on" }, { "ends_on", "结束日期", T_DATE, LIST, .en = "Ends on" },
	{ "content", "服务内容与质量标准", T_LONGTEXT, 0, .max = 20000, .en = "Services and standard", .hint = "写明数量与质量，不得按人头购买岗位" },
	{ "acceptance", "验收办法", T_LONGTEXT, 0, .max = 4000, .en = "Acceptance" },
	{ "data_clause", "个人信息处理条款", T_LONGTEXT, 0, .max = 4000, .en = "Personal data clause" },
	{ "breach", "违约与争议", T_LONGTEXT, 0, .max = 4000, .en = "Breach and disputes" },
	{ "scan", "合同扫描件", T_FILE, STEP, S2, .en = "Scan" }, { "signed_on", "签订日期", T_DATE, STEP | LIST, .en = "Signed on" },
	{ "grade_bp", "三方评价得分", T_BP, DERIVED | LIST, .min = 0, .max = 10000, .en = "Three-party score" },
	{ "receipt", "备案编号", T_TEXT, STEP, .max = 60, .en = "Filing number" },
	{ "opinion", "验收结论", T_LONGTEXT, STEP, .max = 4000, .en = "Acceptance" },
	{ "reason", "终止原因", T_TEXT, STEP, .max = 500, .en = "Reason" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	int64_t days = rec_int(r, "ends_on") - rec_int(r, "starts_on");
	enum rc rc = RC_OK;

	if (rec_has(r, "ends_on") && rec_has(r, "starts_on") && days < 0)
		rc = rule_reject(c, "ends_on", "end_before_start", "结束日期早于开始日期");
	else if (rec_has(r, "ends_on") && rec_has(r, "starts_on") && days > rule_value(c, &rules[TERM_DAYS], r))
		rc = rule_reject(c, "ends_on", "term_too_long", "合同期限超过规定（%s）", rules[TERM_DAYS].source);
	if (rec_has(r, "bond_fen") && rec_int(r, "bond_fen") > rec_int(r, "price_fen") / 10000 * rule_value(c, &rules[BOND_BP], r))
		rc = rule_reject(c, "bond_fen", "bond_too_high", "履约保证金超过规定比例（%s）", rules[BOND_BP].source);
	return rc;
}

static enum rc complete(struct ctx *c, struct record *r)
{
	int64_t bp = rule_sum(c, &milestones, "share_bp", WITH({ "contract", rec_id(r) }), 0);
	int64_t fen = rule_sum(c, &milestones, "due_fen", WITH({ "contract", rec_id(r) }), 0);
	int64_t last = rule_count(c, &milestones, WITH({ "contract", rec_id(r) }, { "last", 1 }), 0);
	enum rc rc = RC_OK;

	if (bp != 10000)
		rc = rule_reject(c, NULL, "milestones_not_100", "里程碑比例合计%lld.%02lld%%，应为100%%，请补齐付款计划", (long long)bp / 100, (long long)bp % 100);
	else if (fen != rec_int(r, "price_fen"))
		rc = rule_reject(c, NULL, "milestones_not_100", "里程碑金额合计%s元，应等于合同金额%s元", rule_yuan(c, fen), rule_yuan(c, rec_int(r, "price_fen")));
	else if (last != 1)
		rc = rule_reject(c, NULL, "no_last_milestone", "请把最后一期里程碑标为尾款（只能有一期）");
	if (!rec_has(r, "starts_on") || !rec_has(r, "ends_on"))
		rc = rule_reject(c, "starts_on", "required_empty", "签订前请填写合同的开始日期和结束日期");
	if (!rec_has(r, "content") || !rec_has(r, "data_clause"))
		rc = rule_reject(c, "content", "required_empty", "签订前请填写服务内容与质量标准、个人信息处理条款");
	if (rec_int(r, "signed_on") > rule_today(c))
		rc = rule_reject(c, "signed_on", "date_far_future", "签订日期不能晚于今天");
	return rc;
}

static enum rc all_accepted(struct ctx *c, struct record *r)
{
	int64_t open = rule_count(c, &milestones, WITH({ "contract", rec_id(r) }), BIT(M_PLANNED) | BIT(M_SUBMITTED) | BIT(M_RETURNED));

	return !open ? RC_OK : rule_reject(c, NULL, "milestones_open", "尚有%lld个里程碑未验收", (long long)open);
}

static enum rc all_paid(struct ctx *c, struct record *r)
{
	int64_t owed = rule_sum(c, &accounts, "balance_fen", WITH({ "contract", rec_id(r) }, { "stage", 0, stage_code[PAID], '!' }), 0);

	return owed == 0 ? RC_OK : rule_reject(c, NULL, "unpaid", "尚有%s元未支付，付清后才能结算", rule_yuan(c, owed));
}

static const struct transition transitions[] = {
	{ "sign", "签订", BIT(K_DRAFT), K_SIGNED, OFFICE, .takes = "signed_on! scan", .guard = complete, .after = loop_contract_signed,
		.en = "Sign", .clause = "三(四)" },
	{ "announce", "公告", BIT(K_SIGNED), K_ANNOUNCED, OFFICE, .en = "Publish" },
	{ "file", "备案", BIT(K_ANNOUNCED), K_FILED, FINANCE, .takes = "receipt", .after = loop_contract_filed, .en = "File" },
	{ "start", "开始履行", BIT(K_FILED), K_PERFORMING, ORG_MANAGER, .after = loop_contract_started, .en = "Start", .clause = "三(四)" },
	{ "accept", "总验收", BIT(K_PERFORMING), K_ACCEPTED, OFFICE, .takes = "opinion!", .not_by = "start", .guard = all_accepted,
		.en = "Accept", .clause = "四(一)" },
	{ "settle", "结算", BIT(K_ACCEPTED), K_SETTLED, FINANCE, .guard = all_paid, .en = "Settle", .clause = "四(三)" },
	{ "close", "关闭", BIT(K_SETTLED), K_CLOSED, OFFICE, .en = "Close" },
	{ "terminate", "终止", K_LIVE, K_TERMINATED, BUREAU, .takes = "reason!", .after = loop_contract_terminated, .en = "Terminate" },
};
#define PUBLISHED (~(BIT(K_DRAFT) | BIT(K_SIGNED)))
static const struct grant grants[] = {
	{ OFFICE, READ | DO | EXPORT, REGION, S2 }, { OFFICE, EDIT, REGION, S2, BIT(K_DRAFT) }, { FINANCE, READ | DO | EXPORT, REGION, S2 },
	{ STREET, READ, ABOVE, S1 }, { ORG_MANAGER, READ | DO, OWN_ORG, S2 }, { WORKER | SUPERVISOR, READ, OWN_ORG, S1 },
	{ EVALUATOR, READ, REGION, S1, PUBLISHED }, { AUDITOR, READ | EXPORT, REGION, S2 },
	{ PUBLIC | RESIDENT | COMMUNITY | VOLUNTEER | ORG_MANAGER, READ, ANY, S1, PUBLISHED },
};
static const struct hold holds[] = {
	{ "one_contract", UNIQUE, "procurement", "一次采购只签一份合同", "state <> 'terminated'" },
	{ "contract_dates", CHECK, "ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", "结束日期早于开始日期", .field = "ends_on",
		.code = "end_before_start" },
	{ "extra_small", CHECK, "extra_fen IS NULL OR extra_fen <= price_fen", "补充金额超过合同金额" },
};
static const struct counter counters[] = {
	{ "contract_fen", ~BIT(K_DRAFT), "price_fen", "signed_on" }, { "contracts", ~BIT(K_DRAFT), NULL, "signed_on" } };
const struct entity contracts = { "contracts", "合同", "三(四)", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions),
	GRANTS(grants), HOLDS(holds),
	RULES(rules), COUNTERS(counters), .number = "HT", .key = "no", .title = "title", .check = check, .en = "Contracts" };

/* ---- supplements 补充合同: together at most 10 % ---- */
enum { S_DRAFT, S_SIGNED };
static const struct state s_states[] = { [S_DRAFT] = { "draft", "草拟", .en = "Draft" }, [S_SIGNED] = { "signed", "已签订", .en = "Signed" } };
static const struct field s_fields[] = {
	{ "contract", "合同", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &contracts, .en = "Contract" },
	{ "extra_fen", "增加金额", T_FEN, REQUIRED | LIST, .min = 1, .max = FEN_MAX, .en = "Added amount" },
	{ "reason", "理由", T_LONGTEXT, REQUIRED | LIST, .max = 2000, .en = "Reason" }, { "scan", "扫描件", T_FILE, STEP, S2, .en = "Scan" },
};
static enum rc ten_percent(struct ctx *c, struct record *r)
{
	const struct record *k = rule_get(c, &contracts, rec_int(r, "contract"), true);
	int64_t sum = (k ? rec_int(k, "extra_fen") : 0) + rec_int(r, "extra_fen");

	if (!k || !rec_in(k, K_LIVE))
		return rule_reject(c, "contract", "contract_over", "合同不在履行期，不能签订补充合同");
	if (sum > rec_int(k, "price_fen") * rule_value(c, &rules[SUPPLEMENT_BP], k) / 10000)
		return rule_reject(c, "extra_fen", "supplement_too_high", "补充合同合计%s元，超过原合同金额的规定比例（政府采购法49）", rule_yuan(c, sum));
	return RC_OK;
}
static const struct transition s_transitions[] = {
	{ "sign", "签订", BIT(S_DRAFT), S_SIGNED, OFFICE, .takes = "scan", .guard = ten_percent, .after = loop_contract_amended,
		.en = "Sign", .clause = "三(四)" } };
static const struct grant s_grants[] = {
	{ OFFICE, READ | CREATE | DO, VIA, S2 }, { OFFICE, EDIT, VIA, S2, BIT(S_DRAFT) }, { FINANCE | ORG_MANAGER | AUDITOR, READ, VIA, S2 } };
const struct entity supplements = { "supplements", "补充合同", "三(四)", 0, FIELDS(s_fields), STATES(s_states), TRANSITIONS(s_transitions),
	GRANTS(s_grants),
	.open_in = K_LIVE, .title = "reason", .en = "Supplements" };
