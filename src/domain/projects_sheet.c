/* projects_sheet.c -- 项目台账: a year's projects as one file, seventeen columns. Owns the layout; a row becomes a project with its
 * money, purchase and contract, and every fen of it passes through the ledger. Refuses a contract above its budget, sources that
 * do not make up the contract, and dates that run backwards. */
#include "domain/states.h"

extern const struct entity projects_sheet;

static const struct code words[] = { { "executing", "服务中", "执行中", "Executing" }, { "settled", "已结项", "结项", "Settled" }, { 0 } };
static const struct field fields[] = {
	{ "no", "项目编号", T_TEXT, REQUIRED, .max = 24, .en = "Number" },
	{ "title", "项目名称", T_TEXT, REQUIRED, .max = 100, .en = "Title" },
	{ "purchaser", "购买主体", T_TEXT, REQUIRED, .max = 60, .en = "Purchaser" },
	{ "place", "区县编码", T_DIVISION, REQUIRED | SCOPE, .heads = "实施区划", .en = "Division" },
	{ "org", "承接组织代码", T_REF, REQUIRED | SOFT, .ref = &social_orgs, .heads = "承接组织", .en = "Provider" },
	{ "domain", "服务领域", T_CODE, REQUIRED, .codes = service_domain, .en = "Field of service" },
	{ "method", "采购方式", T_CODE, REQUIRED, .codes = procurement_method, .en = "Method" },
	{ "budget_fen", "预算金额（元）", T_FEN, REQUIRED, .min = 1, .max = FEN_MAX, .heads = "预算金额", .en = "Budget" },
	{ "contract_fen", "合同金额（元）", T_FEN, REQUIRED, .min = 1, .max = FEN_MAX, .heads = "合同金额", .en = "Contract price" },
	{ "contract_no", "合同编号", T_TEXT, REQUIRED, .max = 24, .en = "Contract number" },
	{ "signed_on", "签订日期", T_DATE, REQUIRED, .en = "Signed on" },
	{ "starts_on", "开始日期", T_DATE, REQUIRED, .en = "Starts on" }, { "ends_on", "结束日期", T_DATE, REQUIRED, .en = "Ends on" },
	{ "status", "状态", T_CODE, REQUIRED, .codes = words, .en = "State" },
	{ "fiscal_fen", "财政资金（元）", T_FEN, 0, .min = 0, .max = FEN_MAX, .heads = "财政资金", .en = "Fiscal money" },
	{ "lottery_fen", "福利彩票公益金（元）", T_FEN, 0, .min = 0, .max = FEN_MAX, .heads = "福利彩票公益金|福彩公益金", .en = "Lottery money" },
	{ "social_fen", "社会资金（元）", T_FEN, 0, .min = 0, .max = FEN_MAX, .heads = "社会资金", .en = "Social money" },
};
static const struct { const char *field, *source, *name; } sources[] = {
	{ "fiscal_fen", "FS01", "财政资金（历史下达）" }, { "lottery_fen", "FS02", "福利彩票公益金（历史下达）" }, { "social_fen", "FS03", "社会资金（历史到账）" } };

static enum rc check(struct ctx *c, struct record *r)
{
	int64_t sum = rec_int(r, "fiscal_fen") + rec_int(r, "lottery_fen") + rec_int(r, "social_fen");
	enum rc rc = RC_OK;

	if (rec_int(r, "contract_fen") > rec_int(r, "budget_fen"))
		rc = rule_reject(c, "contract_fen", "contract_over_budget", "合同金额%s元超过预算金额%s元", rule_yuan(c, rec_int(r, "contract_fen")),
			rule_yuan(c, rec_int(r, "budget_fen")));
	else if (sum != rec_int(r, "contract_fen"))
		rc = rule_reject(c, "fiscal_fen", "fund_sources_do_not_sum", "三项资金合计%s元，应等于合同金额%s元", rule_yuan(c, sum),
			rule_yuan(c, rec_int(r, "contract_fen")));
	if (rec_int(r, "ends_on") < rec_int(r, "starts_on"))
		rc = rule_reject(c, "ends_on", "end_before_start", "结束日期早于开始日期");
	return rc;
}

/* The fund of a county, source and year, made when the first project of it arrives; it grows by what the project needs. */
static enum rc fund_for(struct ctx *c, const struct record *r, unsigned i, int64_t fen, int64_t project, int64_t *fund)
{
	int64_t year = year_of(rec_int(r, "signed_on")), place = rec_int(r, "place");
	const struct record *f = rule_find(c, &funds, WITH({ "place", place }, { "source", 0, sources[i].source }, { "year", year },
		{ "name", 0, sources[i].name }), BIT(F_APPROVED));
	enum rc rc = RC_OK;

	if (f)
		*fund = rec_id(f);
	else
		rc = rule_history(c, &funds, WITH({ "name", 0, sources[i].name }, { "source", 0, sources[i].source },
			{ "place", place }, { "year", year },
			{ "appropriated_fen", 0 }), F_APPROVED, rec_int(r, "signed_on"), fund);
	if (rc || (rc = rule_add(c, &funds, *fund, "appropriated_fen", fen)))
		return rc;
	return ledger_appropriate(c, *fund, fen, project);
}

/* One source: appropriated, reserved for the project, committed to the contract; what the contract did not take is released. */
static enum rc money(struct ctx *c, const struct record *r, unsigned i, int64_t project, int64_t contract)
{
	int64_t fen = rec_int(r, sources[i].field), spare = i ? 0 : rec_int(r, "budget_fen") - rec_int(r, "contract_fen"), fund, budget;
	enum rc rc;

	if (fen + spare == 0)
		return RC_OK;
	if ((rc = fund_for(c, r, i, fen + spare, project, &fund)) ||
	    (rc = rule_history(c, &budgets, WITH({ "project", project }, { "fund", fund }, { "source", 0, sources[i].source },
		{ "fen", fen + spare }),
			B_RESERVED, rec_int(r, "signed_on"), &budget)) ||
	    (rc = ledger_reserve(c, fund, budget, fen + spare, project)) || (rc = ledger_commit(c, budget, contract, fen, contract)))
		return rc;
	return ledger_release(c, budget, spare, project);
}

static enum rc made(struct ctx *c, struct record *r)
{
	int64_t day = rec_int(r, "signed_on"), org = rec_int(r, "org"), project, purchase, contract;
	bool over = rec_is(r, "status", "settled");
	enum rc rc;

	rc = rule_history(c, &projects, WITH({ "no", 0, rec_text(r, "no") }, { "title", 0, rec_text(r, "title") }, { "place", rec_int(r, "place") },
		{ "domain", 0, rec_text(r, "domain") }, { "purchaser", 0, rec_text(r, "purchaser") }, { "total_fen", rec_int(r, "budget_fen") },
		{ "org", org }, { "contract_fen", rec_int(r, "contract_fen") }, { "starts_on", rec_int(r, "starts_on") },
			{ "ends_on", rec_int(r, "ends_on") }),
		over ? P_SETTLED : P_EXECUTING, day, &project);
	if (rc)
		return rc;
	rc = rule_history(c, &procurements, WITH({ "project", project }, { "title", 0, rec_text(r, "title") }, { "year", year_of(day) },
		{ "method", 0, rec_text(r, "method") }, { "demand", 0, "见历史档案" }, { "budget_fen", rec_int(r, "budget_fen") }, { "winner", org },
		{ "award_fen", rec_int(r, "contract_fen") }, { "signed_on", day }), C_FILED, day, &purchase);
	if (rc)
		return rc;
	rc = rule_history(c, &contracts, WITH({ "no", 0, rec_text(r, "contract_no") }, { "project", project }, { "procurement", purchase },
		{ "title", 0, rec_text(r, "title") }, { "purchaser", 0, rec_text(r, "purchaser") }, { "provider", org },
			{ "price_fen", rec_int(r, "contract_fen") },
		{ "starts_on", rec_int(r, "starts_on") }, { "ends_on", rec_int(r, "ends_on") },
			{ "signed_on", day }), over ? K_SETTLED : K_PERFORMING, day, &contract);
	for (unsigned i = 0; !rc && i < COUNT(sources); i++)
		rc = money(c, r, i, project, contract);
	return rc;
}

const struct entity projects_sheet = { "projects_sheet", "项目台账", "三(四)", SHEET, FIELDS(fields), .key = "no", .check = check, .made = made,
	.en = "Projects file" };
