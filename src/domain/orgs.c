/* orgs.c -- 社会组织: who may take services on (三(二)2). Owns the register; refuses to call an organisation eligible that is on a
 * list of abnormal or untrustworthy ones, or failed its last annual check. */
#include "domain/states.h"

static const struct code standings[] = { { "active", "正常", NULL, "Active" }, { "abnormal", "活动异常名录", "异常", "Abnormal list" },
	{ "serious", "严重违法失信名单", "严重违法失信", "Serious violations" }, { 0 } };
static const struct code checks[] = { { "none", "尚无结论", NULL, "None yet" }, { "passed", "合格", "年检合格", "Passed" },
	{ "failed", "不合格", "年检不合格", "Failed" }, { 0 } };
static const struct code ratings_[] = { { "0A", "未评估", NULL, "Not rated" }, { "1A", "1A", "A级", "1A" }, { "2A", "2A", NULL, "2A" },
	{ "3A", "3A", NULL, "3A" }, { "4A", "4A", NULL, "4A" }, { "5A", "5A", NULL, "5A" }, { 0 } };
static const struct code incubation[] = { { "none", "未入孵", NULL, "Not incubated" }, { "inside", "在孵", NULL, "Incubating" },
	{ "graduated", "已出壳", NULL, "Graduated" }, { 0 } };

enum { NEEDS_CHECK };
static const struct rule rules[] = {
	[NEEDS_CHECK] = { "org.check_required", "承接须有年检合格结论（1 是 0 否）", 0, "本系统默认", "Annual check needed to bid (1 yes, 0 no)" } };

static const struct field fields[] = {
	{ "uscc", "统一社会信用代码", T_USCC, REQUIRED | LIST | FIXED | CLAIM, .en = "Credit code", .hint = "18 位" },
	{ "name", "组织名称", T_TEXT, REQUIRED | LIST | SEARCH, .max = 100, .en = "Name" },
	{ "type", "组织类型", T_CODE, REQUIRED | LIST, .codes = org_type, .en = "Type" },
	{ "registrar", "登记机关", T_TEXT, 0, .max = 60, .en = "Registry" },
	{ "registered_on", "登记日期", T_DATE, 0, .en = "Registered on" },
	{ "legal_person", "法定代表人", T_TEXT, 0, S2, .max = 40, .en = "Legal representative" },
	{ "capital_fen", "注册资金（元）", T_FEN, 0, .min = 0, .max = FEN_MAX, .heads = "注册资金", .en = "Registered capital" },
	{ "grade", "评估等级", T_CODE, LIST, .codes = ratings_, .en = "Grade" },
	{ "area", "业务领域", T_TEXT, LIST, .max = 60, .en = "Field of work" },
	{ "place", "所在区县编码", T_DIVISION, REQUIRED | LIST | SCOPE, .heads = "所在区县|区县编码", .en = "Division" },
	{ "phone", "联系电话", T_PHONE, 0, S2, .en = "Telephone" },
	{ "incubation", "孵化状态", T_CODE, 0, .codes = incubation, .en = "Incubation" },
	{ "standing", "信用状态", T_CODE, LIST, .codes = standings, .en = "Standing" },
	{ "last_check", "最近年检", T_CODE, LIST, .codes = checks, .en = "Last annual check" },
	{ "eligible", "可承接", T_BOOL, DERIVED | LIST, .en = "Eligible" },
};

const char *org_barred(struct ctx *c, const struct record *org)
{
	if (!org)
		return "该组织不存在";
	if (rec_is(org, "standing", "abnormal"))
		return "该组织在活动异常名录内，移出后方可承接";
	if (rec_is(org, "standing", "serious"))
		return "该组织在严重违法失信名单内，不得承接";
	if (rec_is(org, "last_check", "failed"))
		return "该组织最近一次年检不合格，整改并复检合格后方可承接";
	if (!rec_is(org, "last_check", "passed") && rule_value(c, &rules[NEEDS_CHECK], org))
		return "该组织尚无年检合格结论，请登记管理机关先登记年检结果";
	return "";
}

static enum rc check(struct ctx *c, struct record *r)
{
	if (!rec_has(r, "standing"))
		rec_set_text(r, "standing", "active");
	if (!rec_has(r, "last_check"))
		rec_set_text(r, "last_check", "none");
	if (rec_int(r, "registered_on") > rule_today(c))
		return rule_reject(c, "registered_on", "date_far_future", "登记日期不能晚于今天");
	rec_set(r, "eligible", !*org_barred(c, r));
	return RC_OK;
}

static const struct grant grants[] = {
	{ RESIDENT | VOLUNTEER | PUBLIC | WORKER | EVALUATOR | MEDIATOR, READ, ANY, S1 },
	{ COMMUNITY | STREET | ORG_MANAGER | SUPERVISOR | FINANCE, READ, ANY, S2 },
	{ BUREAU, READ, ANY, S2 }, { BUREAU, CREATE | EDIT | EXPORT | IMPORT, REGION, S2 }, { AUDITOR, READ | EXPORT, REGION, S2 },
};
static const struct counter counters[] = { { "organizations", 0 }, { "organizations_by_type", 0, NULL, NULL, "type" } };
const struct entity social_orgs = { "social_orgs", "社会组织", "三(二)2", 0, FIELDS(fields), GRANTS(grants), RULES(rules), COUNTERS(counters),
	.key = "uscc", .title = "name", .check = check, .en = "Social organisations" };
