/* funds.c -- 资金: sources, budgets of projects, budget lines, and which money may pay for what (四(三)). Owns the plan of money; the
 * money itself moves only in ledger.c. Refuses to let one person create and approve a fund. */
#include "domain/states.h"
#include <string.h>

const struct code expense_kind[] = {
	{ "staff", "人员费用", "人员经费", "Staff" }, { "activity", "专业活动费", "活动费", "Activities" },
	{ "volunteer", "志愿者补贴与培训", "志愿者补贴", "Volunteers: subsidies and training" },
	{ "venue", "场地与设备", "场地设备", "Venue and equipment" }, { "admin", "管理费", "管理费用", "Administration" },
	{ "evaluation", "评估费", NULL, "Evaluation" }, { 0 } };

/* ---- funds 资金 ---- */
static const struct state f_states[] = { [F_DRAFT] = { "draft", "待审批", .en = "Draft" }, [F_APPROVED] = { "approved", "已下达", .en = "Approved" } };
static const struct field f_fields[] = {
	{ "name", "资金名称", T_TEXT, REQUIRED | LIST | SEARCH, .max = 80, .en = "Name" },
	{ "source", "资金来源", T_CODE, REQUIRED | LIST | FIXED, .codes = fund_source, .en = "Source" },
	{ "place", "所属区划", T_DIVISION, REQUIRED | LIST | SCOPE | FIXED, .en = "Division" },
	{ "year", "年度", T_INT, REQUIRED | LIST | FIXED, .min = 2010, .max = 2100, .en = "Year" },
	{ "document_no", "文号", T_TEXT, 0, .max = 60, .en = "Document number" },
	{ "appropriated_fen", "下达金额", T_FEN, REQUIRED | LIST, .min = 0, .max = FEN_MAX, .en = "Appropriation" },
};
static const struct transition f_transitions[] = {
	{ "approve", "下达", BIT(F_DRAFT), F_APPROVED, FINANCE, .not_by = "create", .after = loop_fund_approved, .en = "Approve", .clause = "四(三)" } };
static const struct grant f_grants[] = {
	{ BUREAU | FINANCE, READ | CREATE | DO | EXPORT, REGION, S2 }, { BUREAU | FINANCE, EDIT, REGION, S2, BIT(F_DRAFT) },
	{ STREET, READ, ABOVE, S1 }, { AUDITOR, READ | EXPORT, REGION, S2 }, { PUBLIC | RESIDENT, READ, ANY, S1, BIT(F_APPROVED) },
};
static const struct counter f_counters[] = { { "appropriated_fen", BIT(F_APPROVED), "appropriated_fen" } };
const struct entity funds = { "funds", "资金", "四(三)", 0, FIELDS(f_fields), STATES(f_states), TRANSITIONS(f_transitions), GRANTS(f_grants),
	COUNTERS(f_counters), .title = "name", .en = "Funds" };

/* ---- budgets 资金安排: how much of one fund one project may use ---- */
static const struct state b_states[] = { [B_PLANNED] = { "planned", "待落实", .en = "Planned" }, [B_RESERVED] = { "reserved", "已预留",
	.en = "Reserved" } };
static const struct field b_fields[] = {
	{ "project", "项目", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &projects, .en = "Project" },
	{ "fund", "资金", T_REF, REQUIRED | LIST | FIXED, .ref = &funds, .en = "Fund" },
	{ "source", "资金来源", T_CODE, DERIVED | LIST, .codes = fund_source, .en = "Source" },
	{ "fen", "安排金额", T_FEN, REQUIRED | LIST, .min = 1, .max = FEN_MAX, .en = "Amount" },
};
static enum rc b_check(struct ctx *c, struct record *r)
{
	const struct record *f = rule_get(c, &funds, rec_int(r, "fund"), false);

	if (!f || !rec_in(f, BIT(F_APPROVED)))
		return rule_reject(c, "fund", "fund_not_approved", "所选资金尚未下达，请先由财政部门下达");
	rec_set_text(r, "source", rec_text(f, "source"));
	if (!rec_imported(r) && rec_int(r, "fen") > ledger_balance(c, "fund", rec_id(f), AVAILABLE))
		return rule_reject(c, "fen", "overdrawn", "该资金可用余额%s元，不足以安排%s元",
			rule_yuan(c, ledger_balance(c, "fund", rec_id(f), AVAILABLE)), rule_yuan(c, rec_int(r, "fen")));
	return RC_OK;
}
static const struct transition b_transitions[] = {
	{ "reserve", "预留", BIT(B_PLANNED), B_RESERVED, SYSTEM, .en = "Reserve", .clause = "四(三)" } };
static const struct grant b_grants[] = {
	{ FINANCE, READ | CREATE | EXPORT, VIA, S2 }, { FINANCE, EDIT, VIA, S2, BIT(B_PLANNED) },
	{ COMMUNITY | OFFICE | AUDITOR | ORG_MANAGER, READ, VIA, S1 },
};
static const struct hold b_holds[] = {
	{ "one_budget", UNIQUE, "project, fund", "该项目已安排过这笔资金，请修改原安排", .field = "fund", .code = "duplicate_key" } };
const struct entity budgets = { "budgets", "资金安排", "四(三)", 0, FIELDS(b_fields), STATES(b_states), TRANSITIONS(b_transitions), GRANTS(b_grants),
	HOLDS(b_holds), .open_in = BIT(P_APPROVED), .title = "source", .check = b_check, .en = "Budgets" };

/* ---- budget_lines 预算明细: what the money is spent on ---- */
static const struct field l_fields[] = {
	{ "project", "项目编号", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &projects, .heads = "项目", .en = "Project" },
	{ "kind", "预算科目", T_CODE, REQUIRED | LIST, .codes = expense_kind, .en = "Kind of expense" },
	{ "amount_fen", "金额（元）", T_FEN, REQUIRED | LIST, .min = 0, .max = FEN_MAX, .heads = "金额", .en = "Amount" },
	{ "note", "说明", T_TEXT, LIST, .max = 500, .en = "Note" },
};
static const struct grant l_grants[] = {
	{ COMMUNITY | OFFICE, READ | CREATE | EDIT, VIA, S2 }, { BUREAU, IMPORT | EXPORT, VIA, S2 }, { FINANCE, READ | EXPORT, VIA, S2 },
	{ ORG_MANAGER | AUDITOR | EVALUATOR, READ, VIA, S2 } };
const struct entity budget_lines = { "budget_lines", "预算明细", "四(三)", 0, FIELDS(l_fields), GRANTS(l_grants), .open_in = BIT(P_DRAFT),
	.key = "project kind", .title = "kind", .en = "Budget lines" };

/* ---- earmarks 资金用途规则: dated rows, e.g. 福利彩票公益金 x 人员费用 = no (彩票管理条例33, 财综〔2012〕15号) ---- */
static const struct field e_fields[] = {
	{ "source", "资金来源", T_CODE, REQUIRED | LIST, .codes = fund_source, .en = "Source" },
	{ "kind", "预算科目", T_CODE, REQUIRED | LIST, .codes = expense_kind, .en = "Kind of expense" },
	{ "allowed", "允许", T_BOOL, REQUIRED | LIST, .en = "Allowed" },
	{ "basis", "依据", T_TEXT, REQUIRED | LIST, .max = 200, .en = "Basis" },
	{ "valid_from", "生效日期", T_DATE, REQUIRED | LIST, .en = "Valid from" }, { "valid_to", "失效日期", T_DATE, .en = "Valid to" },
};
static const struct grant e_grants[] = {
	{ PROVINCE, READ | CREATE | EDIT | IMPORT, ANY, S2 },
	{ COMMUNITY | STREET | COUNTY | CITY | FINANCE | ORG_MANAGER | AUDITOR | PUBLIC, READ, ANY, S1 } };
/* Where no row says anything, the lottery fund's two known prohibitions stand as dated rules. */
enum { LOTTERY_STAFF, LOTTERY_ADMIN };
static const struct rule e_rules[] = {
	[LOTTERY_STAFF] = { "earmark.lottery_staff", "福彩公益金可用于人员费用（1 可 0 否）", 0, "彩票管理条例33；财综〔2012〕15号", "Lottery fund may pay staff (1 yes, 0 no)" },
	[LOTTERY_ADMIN] = { "earmark.lottery_admin", "福彩公益金可用于管理费（1 可 0 否）", 0, "彩票管理条例33；财综〔2012〕15号",
		"Lottery fund may pay administration (1 yes, 0 no)" },
};
bool fund_may_pay(struct ctx *c, const struct record *r, const char *source, const char *kind, const char **basis)
{
	const struct record *e = rule_valid(c, &earmarks, WITH({ "source", 0, source }, { "kind", 0, kind }), rule_today(c));
	bool lottery = !strcmp(source, "FS02"), staff = !strcmp(kind, "staff"), admin = !strcmp(kind, "admin");

	if (e) {
		*basis = rec_text(e, "basis");
		return rec_int(e, "allowed");
	}
	if (!lottery || (!staff && !admin))
		return true;
	*basis = e_rules[0].source;
	return rule_value(c, &e_rules[staff ? LOTTERY_STAFF : LOTTERY_ADMIN], r);
}
const struct entity earmarks = { "earmarks", "资金用途规则", "四(三)", EVERYWHERE, FIELDS(e_fields), GRANTS(e_grants), RULES(e_rules),
	.key = "source kind valid_from",
	.title = "basis", .en = "Earmark rules" };
