/* projects.c -- 服务项目 and its items: one or many needs become a designed project (三(四)). Owns the design and its approvals;
 * refuses a project without needs behind it, and a purchase without money reserved. */
#include "domain/states.h"

extern const struct entity projects_sheet;               /* projects_sheet.c */

enum { REVIEW_DAYS, APPROVE_DAYS };
static const struct rule rules[] = {
	[REVIEW_DAYS] = { "project.review_days", "街道审核时限（工作日）", 5, "本系统默认", "Street review within (working days)" },
	[APPROVE_DAYS] = { "project.approve_days", "审批时限（工作日）", 10, "本系统默认", "Approval within (working days)" },
};
static const struct term review = { &rules[REVIEW_DAYS], WORKDAYS }, approval = { &rules[APPROVE_DAYS], WORKDAYS };

static const struct state states[] = {
	[P_DRAFT] = { "draft", "编制中", .en = "Draft" }, [P_SUBMITTED] = { "submitted", "待街道审核", &review, .en = "With the street" },
	[P_REVIEWED] = { "street_review", "街道已审核", &approval, .en = "Reviewed by the street" },
	[P_APPROVED] = { "approved", "已批准", .en = "Approved" }, [P_BUDGETED] = { "budgeted", "预算已落实", .en = "Budgeted" },
	[P_PROCURING] = { "procuring", "采购中", .en = "In procurement" }, [P_CONTRACTED] = { "contracted", "已签约", .en = "Contracted" },
	[P_EXECUTING] = { "executing", "服务中", NULL, "执行中", "Executing" }, [P_MID] = { "mid_eval", "中期评估", .en = "Mid-term review" },
	[P_FINAL] = { "final_eval", "末期评估", .en = "Final evaluation" }, [P_ACCEPTED] = { "accepted", "已验收", .en = "Accepted" },
	[P_SETTLED] = { "settled", "已结项", NULL, "结项", "Settled" }, [P_ARCHIVED] = { "archived", "已归档", .en = "Archived" },
	[P_SUSPENDED] = { "suspended", "已暂停", .en = "Suspended" }, [P_TERMINATED] = { "terminated", "已终止", .en = "Terminated" },
	[P_CANCELLED] = { "cancelled", "已取消", .en = "Cancelled" },
};
static const struct field fields[] = {
	{ "no", "项目编号", T_TEXT, FIXED | LIST, .max = 24, .en = "Number" },
	{ "title", "项目名称", T_TEXT, REQUIRED | LIST | SEARCH, .max = 100, .en = "Title" },
	{ "place", "实施区划", T_DIVISION, REQUIRED | LIST | SCOPE, .heads = "区县编码", .en = "Division", .hint = "项目服务的社区、街道或区县" },
	{ "domain", "服务领域", T_CODE, REQUIRED | LIST, .codes = service_domain, .en = "Field of service" },
	{ "grp", "服务对象", T_CODE, LIST, .codes = target_group, .en = "Target group" },
	{ "purchaser", "购买主体", T_TEXT, REQUIRED, .max = 60, .en = "Purchaser", .hint = "如：和平区民政局" },
	{ "goals", "目标与成效", T_LONGTEXT, 0, .max = 4000, .en = "Goals" },
	{ "people", "预计服务人数", T_INT, 0, .min = 1, .max = 10000000, .en = "People to be served" },
	{ "designer", "设计单位", T_REF, SOFT, .ref = &social_orgs, .en = "Designed by", .hint = "参与设计的组织不得投标（实施条例18）" },
	{ "proposal", "项目申报书", T_FILE, 0, S2, .en = "Proposal" },
	{ "total_fen", "项目预算", T_FEN, DERIVED | LIST, .min = 0, .max = FEN_MAX, .en = "Budget", .hint = "等于各服务项小计之和" },
	{ "org", "承接组织", T_REF, DERIVED | LIST | ORG | SOFT, .ref = &social_orgs, .en = "Provider" },
	{ "contract_fen", "合同金额", T_FEN, DERIVED | LIST, .min = 0, .max = FEN_MAX, .en = "Contract price" },
	{ "starts_on", "开始日期", T_DATE, DERIVED | LIST, .en = "Starts on" }, { "ends_on", "结束日期", T_DATE, DERIVED | LIST, .en = "Ends on" },
	{ "grade_bp", "三方评价得分", T_BP, DERIVED | LIST, .min = 0, .max = 10000, .en = "Three-party score" },
	{ "graded_on", "定级日期", T_DATE, DERIVED, .en = "Graded on" },
	{ "opinion", "审核意见", T_LONGTEXT, STEP, .max = 2000, .en = "Opinion" },
	{ "mid_note", "中期评估意见", T_LONGTEXT, STEP, .max = 4000, .en = "Mid-term findings" },
	{ "report", "结项报告", T_LONGTEXT, STEP, .max = 8000, .en = "Final report" },
	{ "report_file", "结项报告附件", T_FILE, STEP, S2, .en = "Final report (file)" },
	{ "acceptance", "验收意见", T_LONGTEXT, STEP, .max = 4000, .en = "Acceptance" },
	{ "reason", "原因", T_TEXT, STEP, S2, .max = 500, .en = "Reason" },
};

/* 立足需求: no project without a need; its price is what its items cost, its budget lines what its price is spent on. */
static enum rc well_made(struct ctx *c, struct record *r)
{
	int64_t items = rule_sum(c, &project_items, "amount_fen", WITH({ "project", rec_id(r) }), 0);
	int64_t lines = rule_sum(c, &budget_lines, "amount_fen", WITH({ "project", rec_id(r) }), 0);
	enum rc rc = RC_OK;

	if (!rule_count(c, &needs, WITH({ "project", rec_id(r) }), 0))
		rc = rule_reject(c, NULL, "no_need", "项目尚未关联居民需求，请先在需求页面办理“立项”并选择本项目");
	if (items <= 0)
		rc = rule_reject(c, NULL, "no_items", "请先填写服务项目清单（数量与单价）");
	else if (lines && lines != items)
		rc = rule_reject(c, NULL, "lines_do_not_sum", "预算科目合计%s元，应等于服务项合计%s元，请改正预算明细",
			rule_yuan(c, lines), rule_yuan(c, items));
	rec_set(r, "total_fen", items);
	return rc;
}

/* Each source may only pay what it is allowed to pay for: its share must find room among the permitted lines (四(三)). */
static enum rc earmark(struct ctx *c, struct record *budget)
{
	int64_t project = rec_int(budget, "project"), room = 0, all = rule_sum(c, &budget_lines, "amount_fen", WITH({ "project", project }), 0);
	const char *source = rec_text(budget, "source"), *why = "";

	if (!all)
		return RC_OK;
	for (const struct code *k = expense_kind; k->code; k++)
		if (fund_may_pay(c, budget, source, k->code, &why))
			room += rule_sum(c, &budget_lines, "amount_fen", WITH({ "project", project }, { "kind", 0, k->code }), 0);
	if (rec_int(budget, "fen") > room)
		return rule_reject(c, "fen", "earmark", "该来源安排%s元，超过其可用于的科目合计%s元（%s），请减少或改用其他来源",
			rule_yuan(c, rec_int(budget, "fen")), rule_yuan(c, room), why);
	return RC_OK;
}

static enum rc money_found(struct ctx *c, struct record *r)
{
	int64_t sum = rule_sum(c, &budgets, "fen", WITH({ "project", rec_id(r) }), 0);

	if (sum != rec_int(r, "total_fen"))
		return rule_reject(c, NULL, "fund_sources_do_not_sum", "各资金来源合计%s元，应等于项目预算%s元，请改正资金安排",
			rule_yuan(c, sum), rule_yuan(c, rec_int(r, "total_fen")));
	return rule_each(c, &budgets, WITH({ "project", rec_id(r) }), 0, earmark);
}

static enum rc graded(struct ctx *c, struct record *r)
{
	int64_t pass = rule_value(c, &evaluation_rules[PASS_BP], r);

	if (!rec_has(r, "grade_bp"))
		return rule_reject(c, NULL, "not_graded", "三方评价尚未全部提交，请待党委政府考核、群众评价、社会评议齐备后验收");
	if (rec_int(r, "grade_bp") < pass)
		return rule_reject(c, NULL, "grade_low", "三方评价%lld.%02lld分，未达到合格线，请先整改",
			(long long)rec_int(r, "grade_bp") / 100, (long long)rec_int(r, "grade_bp") % 100);
	return RC_OK;
}

static enum rc nothing_owed(struct ctx *c, struct record *r)
{
	int64_t open = rule_count(c, &payments, WITH({ "project", rec_id(r) }),
		BIT(Y_PLANNED) | BIT(Y_REQUESTED) | BIT(Y_DEPT) | BIT(Y_FINANCE) | BIT(Y_RETURNED));

	return !open ? RC_OK : rule_reject(c, NULL, "unpaid", "尚有%lld笔款项未支付，请先完成支付", (long long)open);
}

static enum rc needs_answered(struct ctx *c, struct record *r)
{
	int64_t open = rule_count(c, &needs, WITH({ "project", rec_id(r) }),
		BIT(N_PLANNED) | BIT(N_SERVED) | BIT(N_RESOLVED) | BIT(N_REOPENED) | BIT(N_ACCEPTED));

	if (!rec_imported(r) && open)
		return rule_reject(c, NULL, "needs_open", "尚有%lld条需求未经居民确认，请先办结并请居民评价", (long long)open);
	return RC_OK;
}

static enum rc contract_over(struct ctx *c, struct record *r)
{
	if (rule_count(c, &contracts, WITH({ "project", rec_id(r) }), K_LIVE))
		return rule_reject(c, NULL, "contract_running", "项目合同尚未终止，请先终止合同");
	return RC_OK;
}

#define BEFORE (BIT(P_DRAFT) | BIT(P_SUBMITTED) | BIT(P_REVIEWED) | BIT(P_APPROVED) | BIT(P_BUDGETED))
#define GOING (BIT(P_PROCURING) | BIT(P_CONTRACTED) | BIT(P_EXECUTING) | BIT(P_MID))
static const struct transition transitions[] = {
	{ "submit", "提交街道", BIT(P_DRAFT), P_SUBMITTED, COMMUNITY | STREET | BUREAU, .guard = well_made, .en = "Submit", .clause = "三(四)" },
	{ "street_review", "街道审核通过", BIT(P_SUBMITTED), P_REVIEWED, STREET, .takes = "opinion!", .not_by = "create",
		.en = "Street review", .clause = "三(四)" },
	{ "return", "退回修改", BIT(P_SUBMITTED) | BIT(P_REVIEWED), P_DRAFT, OFFICE, .takes = "reason!", .en = "Send back" },
	{ "approve", "批准", BIT(P_REVIEWED), P_APPROVED, BUREAU, .takes = "opinion", .not_by = "create submit street_review",
		.after = loop_project_approved, .en = "Approve", .clause = "三(四)" },
	{ "budget", "落实预算", BIT(P_APPROVED), P_BUDGETED, FINANCE, .not_by = "create approve", .guard = money_found,
		.after = loop_project_budgeted, .en = "Reserve the budget", .clause = "四(三)" },
	{ "procure", "启动采购", BIT(P_BUDGETED), P_PROCURING, SYSTEM, .en = "Procurement begins" },
	{ "reprocure", "重新采购", BIT(P_PROCURING), P_BUDGETED, SYSTEM, .en = "Procurement failed" },
	{ "contract", "签约", BIT(P_PROCURING), P_CONTRACTED, SYSTEM, .en = "Contract signed" },
	{ "start", "开始服务", BIT(P_CONTRACTED), P_EXECUTING, SYSTEM, .en = "Service begins" },
	{ "mid_review", "中期评估", BIT(P_EXECUTING), P_MID, OFFICE, .takes = "mid_note!", .en = "Mid-term review", .clause = "四(一)" },
	{ "go_on", "继续服务", BIT(P_MID), P_EXECUTING, OFFICE, .en = "Go on" },
	{ "finish", "提交结项", BIT(P_EXECUTING), P_FINAL, ORG_MANAGER, .takes = "report! report_file", .en = "Report completion", .clause = "四(一)" },
	{ "accept", "项目验收", BIT(P_FINAL), P_ACCEPTED, OFFICE, .takes = "acceptance!", .not_by = "finish", .guard = graded,
		.en = "Accept", .clause = "四(一)" },
	{ "settle", "结项", BIT(P_ACCEPTED), P_SETTLED, FINANCE, .guard = nothing_owed, .after = loop_project_settled, .en = "Settle",
		.clause = "四(三)" },
	{ "archive", "归档", BIT(P_SETTLED), P_ARCHIVED, OFFICE, .guard = needs_answered, .en = "Archive", .clause = "四(一)" },
	{ "suspend", "暂停", BIT(P_APPROVED) | BIT(P_BUDGETED) | GOING, P_SUSPENDED, BUREAU, .takes = "reason!", .en = "Suspend" },
	{ "resume", "恢复", BIT(P_SUSPENDED), BACK, BUREAU, .en = "Resume" },
	{ "terminate", "终止", GOING | BIT(P_SUSPENDED), P_TERMINATED, BUREAU, .takes = "reason!", .guard = contract_over,
		.after = loop_project_settled, .en = "Terminate" },
	{ "cancel", "取消", BEFORE, P_CANCELLED, COMMUNITY | OFFICE, .takes = "reason!", .after = loop_project_settled, .en = "Cancel" },
};

#define SHOWN (~(BEFORE | BIT(P_CANCELLED)))
static const struct grant grants[] = {
	{ COMMUNITY, READ | CREATE | DO | EXPORT, REGION, S2 }, { COMMUNITY | STREET, EDIT, REGION, S2, BIT(P_DRAFT) },
		{ COMMUNITY, READ, ABOVE, S1 },
	{ STREET, READ | CREATE | DO | EXPORT, REGION, S2 }, { STREET, READ, ABOVE, S2 },
	{ BUREAU, READ | CREATE | DO | EXPORT | IMPORT, REGION, S2 }, { BUREAU, EDIT, REGION, S2, BEFORE & ~BIT(P_BUDGETED) },
	{ FINANCE, READ | DO | EXPORT, REGION, S2 }, { ORG_MANAGER, READ | DO, OWN_ORG, S2 }, { WORKER | SUPERVISOR, READ, OWN_ORG, S2 },
	{ ORG_MANAGER | WORKER, READ, ANY, S1, SHOWN }, { EVALUATOR, READ, REGION, S2, SHOWN }, { AUDITOR, READ | EXPORT, REGION, S2 },
	{ PUBLIC | RESIDENT | VOLUNTEER | MEDIATOR, READ, ANY, S1, SHOWN },
};
#define COUNTED (~(BIT(P_DRAFT) | BIT(P_CANCELLED)))
static const struct counter counters[] = {
	{ "projects", COUNTED }, { "budget_fen", COUNTED, "total_fen" }, { "projects_by_state", COUNTED, NULL, NULL, "state" },
};
const struct entity projects = { "projects", "服务项目", "三(四)", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions), GRANTS(grants),
	RULES(rules), COUNTERS(counters), .number = "XM", .key = "no", .title = "title", .sheet = &projects_sheet, .made = loop_project_made,
	.en = "Projects" };

/* ---- project_items 服务项: what is bought, in quantities and never in posts (102号令) ---- */
static const struct field item_fields[] = {
	{ "project", "项目", T_REF, REQUIRED | OWNER | FIXED, .ref = &projects, .en = "Project" },
	{ "item", "服务项", T_TEXT, REQUIRED | LIST, .max = 100, .en = "Item", .hint = "如：独居老人每周探访" },
	{ "standard", "质量标准", T_LONGTEXT, 0, .max = 2000, .en = "Quality standard" },
	{ "unit", "单位", T_TEXT, REQUIRED | LIST, .max = 20, .en = "Unit", .hint = "如：人次、小时、场" },
	{ "qty", "数量", T_INT, REQUIRED | LIST, .min = 1, .max = 10000000, .en = "Quantity" },
	{ "unit_price_fen", "单价", T_FEN, REQUIRED | LIST, .min = 1, .max = INT64_C(1000000000), .en = "Unit price" },
	{ "amount_fen", "小计", T_FEN, DERIVED | LIST, .min = 0, .max = FEN_MAX, .en = "Amount" },
};
static enum rc priced(struct ctx *c, struct record *r)
{
	int64_t qty = rec_int(r, "qty"), price = rec_int(r, "unit_price_fen");

	if (price > 0 && qty > FEN_MAX / price)
		return rule_reject(c, "qty", "amount_overflow", "小计超出上限，请核对数量与单价");
	rec_set(r, "amount_fen", qty * price);
	return RC_OK;
}
static const struct grant item_grants[] = {
	{ COMMUNITY | STREET | BUREAU, READ | CREATE | EDIT | EXPORT, VIA, S2 },
	{ FINANCE | ORG_MANAGER | WORKER | SUPERVISOR | EVALUATOR | AUDITOR | PUBLIC | RESIDENT | VOLUNTEER, READ, VIA, S1 },
};
const struct entity project_items = { "project_items", "服务项", "三(四)", 0, FIELDS(item_fields), GRANTS(item_grants), .open_in = BIT(P_DRAFT),
	.title = "item", .check = priced, .en = "Project items" };
