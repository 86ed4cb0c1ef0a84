/* procurements.c -- 政府购买: from demand to award (三(四), 三(二)2; 政府采购法, 实施条例). Owns the purchase and its dates; refuses to
 * open early, to award with too few bidders, to split a purchase, and to skip the time the law gives bidders to object. */
#include "domain/states.h"
#include <string.h>

enum { TENDER_DAYS, NOTICE_DAYS, CONSULT_DAYS, DIRECT_DAYS, QUESTION_DAYS, DIRECT_QUESTION_DAYS, ANSWER_DAYS, COMPLAINT_DAYS, SIGN_DAYS,
	FILE_DAYS, CONFIRM_DAYS, MIN_BIDDERS, OPEN_TENDER_FEN, DIRECT_LIMIT_FEN };
static const struct rule rules[] = {
	[TENDER_DAYS] = { "purchase.tender_days", "招标文件发出至投标截止（日）", 20, "政府采购法35", "Tender to deadline (days)" },
	[NOTICE_DAYS] = { "purchase.notice_days", "单一来源公示（工作日）", 5, "实施条例38", "Single-source notice (working days)" },
	[CONSULT_DAYS] = { "purchase.consult_days", "谈判、磋商、询价文件至响应截止（日）", 10, "财库〔2014〕214号", "Consultation to deadline (days)" },
	[DIRECT_DAYS] = { "purchase.direct_days", "限额以下定向委托的等候（日）", 0, "本系统默认", "Direct award below the limit (days)" },
	[QUESTION_DAYS] = { "purchase.question_days", "结果公告后的质疑期（工作日）", 7, "政府采购法52", "Challenge period (working days)" },
	[DIRECT_QUESTION_DAYS] = { "purchase.direct_question_days", "定向委托结果公示（工作日）", 0, "本系统默认", "Notice of a direct award (working days)" },
	[ANSWER_DAYS] = { "purchase.answer_days", "质疑答复（工作日）", 7, "政府采购法53", "Answer a challenge (working days)" },
	[COMPLAINT_DAYS] = { "purchase.complaint_days", "投诉处理（工作日）", 30, "政府采购法56", "Decide a complaint (working days)" },
	[SIGN_DAYS] = { "purchase.sign_days", "签订合同（日）", 30, "政府采购法46", "Sign the contract (days)" },
	[FILE_DAYS] = { "purchase.file_days", "合同备案（工作日）", 7, "政府采购法47", "File the contract (working days)" },
	[CONFIRM_DAYS] = { "purchase.confirm_days", "确定成交供应商（工作日）", 5, "实施条例43", "Confirm the winner (working days)" },
	[MIN_BIDDERS] = { "purchase.min_bidders", "合格供应商最少家数", 3, "政府采购法36", "Fewest qualified bidders" },
	[OPEN_TENDER_FEN] = { "purchase.open_tender_fen", "公开招标限额（分）", 200000000, "财库〔2019〕69号", "Open tender from (fen)" },
	[DIRECT_LIMIT_FEN] = { "purchase.direct_limit_fen", "定向委托上限（分）", 30000000, "财库〔2019〕69号", "Direct award below (fen)" },
};
static const struct term answer = { &rules[ANSWER_DAYS], WORKDAYS }, ruling = { &rules[COMPLAINT_DAYS], WORKDAYS },
	confirm = { &rules[CONFIRM_DAYS], WORKDAYS }, sign = { &rules[SIGN_DAYS], DAYS }, file = { &rules[FILE_DAYS], WORKDAYS,
		.since = "signed_on" };

static const struct state states[] = {
	[C_PLANNED] = { "planned", "意向公开", .en = "Planned" }, [C_CONSULTED] = { "demand_consulted", "已征求意见", .en = "Demand consulted" },
	[C_BIDDING] = { "bidding", "投标中", .en = "Bidding" }, [C_OPENED] = { "opened", "已开标", .en = "Opened" },
	[C_EVALUATED] = { "evaluated", "已评审", &confirm, .en = "Evaluated" }, [C_ANNOUNCED] = { "result_announced", "结果公告", .en = "Result announced" },
	[C_AWARDED] = { "awarded", "已成交", &sign, .en = "Awarded" }, [C_CONTRACTED] = { "contracted", "已签约", &file, .en = "Contracted" },
	[C_FILED] = { "filed", "已备案", .en = "Filed" }, [C_CHALLENGED] = { "challenged", "质疑中", &answer, .en = "Challenged" },
	[C_COMPLAINT] = { "complaint", "投诉处理中", &ruling, .en = "Complaint" }, [C_FAILED] = { "failed", "废标", .en = "Failed" },
	[C_CANCELLED] = { "cancelled", "已取消", .en = "Cancelled" },
};
static const struct code grounds[] = { { "failed", "招标失败", NULL, "Tender failed" }, { "complex", "技术复杂", NULL, "Complex" },
	{ "urgent", "紧急", NULL, "Urgent" }, { "uncountable", "价格不能事先计算", NULL, "Price cannot be counted" },
	{ "only_one", "只有一家", NULL, "Only one provider" }, { "follow_up", "原合同10%以内添购", NULL, "Follow-up within 10 %" },
	{ "small", "限额标准以下", NULL, "Below the limit" }, { 0 } };

static const struct field fields[] = {
	{ "no", "采购编号", T_TEXT, FIXED | LIST, .max = 24, .en = "Number" },
	{ "project", "服务项目", T_REF, REQUIRED | LIST | FIXED | SCOPE, .ref = &projects, .en = "Project" },
	{ "title", "采购名称", T_TEXT, REQUIRED | SEARCH | LIST, .max = 100, .en = "Title" },
	{ "purchaser", "购买主体", T_TEXT, DERIVED, .max = 60, .en = "Purchaser" },
	{ "domain", "服务领域", T_CODE, DERIVED, .codes = service_domain, .en = "Field of service" },
	{ "year", "年度", T_INT, DERIVED, .min = 2000, .max = 2200, .en = "Year" },
	{ "method", "采购方式", T_CODE, REQUIRED | LIST, .codes = procurement_method, .en = "Method" },
	{ "ground", "方式理由", T_CODE, 0, .codes = grounds, .en = "Ground", .hint = "非公开招标须选择法定理由" },
	{ "ground_text", "理由说明", T_LONGTEXT, 0, .max = 2000, .en = "Ground explained" },
	{ "approval_no", "变更方式批准文号", T_TEXT, 0, .max = 60, .en = "Approval of another method", .hint = "达到公开招标限额而采用其他方式时填写" },
	{ "budget_fen", "采购预算", T_FEN, DERIVED | LIST, .min = 0, .max = FEN_MAX, .en = "Budget" },
	{ "demand", "服务需求与标准", T_LONGTEXT, REQUIRED, .max = 20000, .en = "Demand and standard" },
	{ "criteria", "评审标准", T_LONGTEXT, 0, .max = 20000, .en = "Criteria" },
	{ "consultation", "征求公众意见情况", T_LONGTEXT, STEP, .max = 4000, .en = "Public consultation", .hint = "时间、参加居民、主要意见（实施条例15）" },
	{ "consultation_file", "征求意见记录", T_FILE, STEP, S2, .en = "Consultation record" },
	{ "document", "采购文件要点", T_LONGTEXT, STEP, .max = 20000, .en = "Document" },
	{ "document_file", "采购文件", T_FILE, STEP, .en = "Document (file)" },
	{ "published_on", "公告日", T_DATE, DERIVED | LIST, .en = "Published on" },
	{ "deadline", "投标截止时间", T_TIME, STEP | LIST, .en = "Deadline" },
	{ "opened_on", "开标日", T_DATE, DERIVED, .en = "Opened on" },
	{ "announced_on", "结果公告日", T_DATE, DERIVED, .en = "Announced on" },
	{ "winner", "成交供应商", T_REF, DERIVED | LIST | ORG | SOFT, .ref = &social_orgs, .en = "Winner" },
	{ "award_fen", "成交金额", T_FEN, DERIVED | LIST, .min = 0, .max = FEN_MAX, .en = "Award" },
	{ "award_why", "成交理由", T_LONGTEXT, STEP, .max = 2000, .en = "Why this winner" },
	{ "preference", "同等条件优先", T_TEXT, DERIVED, .max = 500, .en = "Preference at equal terms" },
	{ "report", "评审报告", T_LONGTEXT, STEP, S2, .max = 20000, .en = "Review report" },
	{ "report_file", "评审报告附件", T_FILE, STEP, S2, .en = "Review report (file)" },
	{ "challenge", "质疑投诉内容", T_LONGTEXT, STEP, S2, .max = 4000, .en = "Challenge" },
	{ "decision", "处理决定", T_LONGTEXT, STEP, S2, .max = 4000, .en = "Decision" },
	{ "signed_on", "签约日", T_DATE, DERIVED, .en = "Signed on" }, { "receipt", "备案回执", T_TEXT, STEP, .max = 60, .en = "Filing receipt" },
	{ "fail_why", "废标或取消原因", T_TEXT, STEP, .max = 500, .en = "Why failed" },
};

#define IS(method_) rec_is(r, "method", method_)        /* PM01 公开 02 邀请 03 谈判 04 磋商 05 单一来源 06 询价 07 框架 08 定向委托 */

/* Several non-tender buys of one service by one purchaser in one year are one purchase (实施条例28). */
static enum rc not_split(struct ctx *c, struct record *r)
{
	int64_t limit = rule_value(c, &rules[OPEN_TENDER_FEN], r), small = rule_value(c, &rules[DIRECT_LIMIT_FEN], r), sum;

	if (IS("PM01") || rec_has(r, "approval_no"))
		return RC_OK;
	if (IS("PM08") && rec_int(r, "budget_fen") > small)
		return rule_reject(c, "method", "over_limit", "定向委托限于%s元以下，请改用公开招标、磋商等方式", rule_yuan(c, small));
	rule_get(c, &projects, rec_int(r, "project"), true);
	sum = rule_sum(c, &procurements, "budget_fen", WITH({ "purchaser", 0, rec_text(r, "purchaser") }, { "domain", 0, rec_text(r, "domain") },
		{ "year", rec_int(r, "year") }, { "method", 0, "PM01", '!' },
			{ "id", rec_id(r), NULL, '!' }, CITY_FROM(rec_region(r)), CITY_TO(rec_region(r))),
		~(BIT(C_FAILED) | BIT(C_CANCELLED))) + rec_int(r, "budget_fen");
	if (sum >= limit)
		return rule_reject(c, "method", "split_purchase", "同一购买主体本年同类采购合计%s元，已达公开招标限额，不得化整为零；请公开招标或填写批准文号",
			rule_yuan(c, sum));
	return RC_OK;
}

static enum rc check(struct ctx *c, struct record *r)
{
	const struct record *p = rule_get(c, &projects, rec_int(r, "project"), false);
	enum rc rc = RC_OK;

	if (!p)
		return rule_reject(c, "project", "reference_missing", "请选择服务项目");
	rec_set_text(r, "purchaser", rec_text(p, "purchaser"));
	rec_set_text(r, "domain", rec_text(p, "domain"));
	if (!rec_imported(r)) {
		rec_set(r, "year", year_of(rule_today(c)));
		rec_set(r, "budget_fen", rec_int(p, "total_fen"));
		if (!rec_old(r) && !rec_in(p, BIT(P_BUDGETED)))
			rc = rule_reject(c, "project", "project_not_budgeted", "该项目预算尚未落实或已在采购，请先由财政部门落实预算");
		if (!IS("PM01") && !rec_has(r, "ground"))
			rc = rule_reject(c, "ground", "required_empty", "非公开招标须选择方式理由");
		if (IS("PM05") && !rec_has(r, "ground_text"))
			rc = rule_reject(c, "ground_text", "required_empty", "单一来源采购须写明理由说明");
		if (!rc)
			rc = not_split(c, r);
	}
	return rc;
}

/* The law's shortest time depends on the method; the refusal names the first possible day. */
static enum rc long_enough(struct ctx *c, struct record *r)
{
	bool single = IS("PM05");
	const struct rule *rule = &rules[IS("PM01") || IS("PM02") ? TENDER_DAYS : single ? NOTICE_DAYS : IS("PM08") ? DIRECT_DAYS : CONSULT_DAYS];
	int64_t first = rule_after(c, rule_today(c), rule_value(c, rule, r), single ? WORKDAYS : DAYS);

	if (day_of_ms(rec_int(r, "deadline")) < first)
		return rule_reject(c, "deadline", "too_early", "投标截止不得早于%s（%s）", rule_day_text(c, first), rule->source);
	if (rec_int(r, "deadline") <= rule_now(c))
		return rule_reject(c, "deadline", "too_early", "投标截止时间须在现在之后");
	rec_set(r, "published_on", rule_today(c));
	return not_split(c, r);
}

static enum rc time_is_up(struct ctx *c, struct record *r)
{
	if (rule_now(c) < rec_int(r, "deadline"))
		return rule_reject(c, "deadline", "too_early", "投标截止前不得开标，截止日为%s", rule_day_text(c, day_of_ms(rec_int(r, "deadline"))));
	rec_set(r, "opened_on", rule_today(c));
	return RC_OK;
}

struct offer { int64_t id, score, price; bool community; };

static bool better(const struct offer *a, const struct offer *b, bool *by_preference)
{
	*by_preference = false;
	if (a->score != b->score)
		return a->score > b->score;
	if (a->price != b->price)
		return a->price < b->price;
	*by_preference = a->community && !b->community;
	return a->community != b->community ? a->community : a->id < b->id;
}

/* Ranks the scored bids; at equal score and price the community social-work organisation comes first (三(二)2). */
static enum rc rank(struct ctx *c, struct record *r)
{
	struct offer offers[64], new;
	int64_t last = INT64_MAX;
	const struct record *b;
	unsigned n = 0, i;
	bool preferred;
	enum rc rc = RC_OK;

	while (n < COUNT(offers) && (b = rule_find(c, &bids, WITH({ "procurement", rec_id(r) }, { "id", last, NULL, '<' }), BIT(D_SCORED)))) {
		last = rec_id(b);
		new = (struct offer){ last, rec_int(b, "score_bp"), rec_int(b, "price_fen"), rec_int(b, "is_community") };
		for (i = n++; i > 0 && better(&new, &offers[i - 1], &preferred); i--)
			offers[i] = offers[i - 1];
		offers[i] = new;
	}
	for (i = 0; i < n && !rc; i++) {
		preferred = false;
		if (i + 1 < n)
			better(&offers[i], &offers[i + 1], &preferred);
		rc = rule_change(c, &bids, offers[i].id, WITH({ "rank", i + 1 },
			{ preferred ? "rank_why" : NULL, 0, "同等得分与报价下，社区社会工作服务组织优先（辽民发〔2017〕79号 三(二)2）" }));
		if (preferred && i == 0)
			rec_set_text(r, "preference", "得分与报价相同，按三(二)2优先向社区社会工作服务组织购买");
	}
	return rc;
}

static enum rc reviewed(struct ctx *c, struct record *r)
{
	int64_t open = rule_count(c, &bids, WITH({ "procurement", rec_id(r) }), BIT(D_OPENED));
	int64_t n = rule_count(c, &bids, WITH({ "procurement", rec_id(r) }), BIT(D_SCORED));
	int64_t least = IS("PM05") || IS("PM08") ? 1 : rule_value(c, &rules[MIN_BIDDERS], r);

	if (open)
		return rule_reject(c, NULL, "not_scored", "尚有%lld份响应文件未评分，请评完后提交评审报告", (long long)open);
	if (n < least)
		return rule_reject(c, NULL, "too_few_bidders", "合格供应商%lld家，不足%lld家，应予废标（政府采购法36）", (long long)n, (long long)least);
	return rank(c, r);
}

static enum rc ranked(struct ctx *c, struct record *r)
{
	const struct record *best = rule_find(c, &bids, WITH({ "procurement", rec_id(r) }, { "rank", 1 }), BIT(D_SCORED));

	if (!best)
		return rule_reject(c, NULL, "not_ranked", "评审排名尚未完成");
	if (rec_int(best, "price_fen") > rec_int(r, "budget_fen"))
		return rule_reject(c, NULL, "contract_over_budget", "第一名报价超过采购预算，应予废标");
	rec_set(r, "winner", rec_int(best, "org"));
	rec_set(r, "award_fen", rec_int(best, "price_fen"));
	rec_set(r, "announced_on", rule_today(c));
	return RC_OK;
}

static enum rc waited(struct ctx *c, struct record *r)
{
	const struct rule *rule = &rules[IS("PM08") ? DIRECT_QUESTION_DAYS : QUESTION_DAYS];
	int64_t first = rule_after(c, rec_int(r, "announced_on"), rule_value(c, rule, r), WORKDAYS);

	if (rule_today(c) < first)
		return rule_reject(c, NULL, "too_early", "结果公告后的质疑期未满，最早%s可发出成交通知书（%s）", rule_day_text(c, first), rule->source);
	return RC_OK;
}

/* The document may be questioned by whoever could bid, the result only by whoever did (政府采购法52). */
static enum rc harmed(struct ctx *c, struct record *r)
{
	if (rec_in(r, BIT(C_BIDDING)) || rule_count(c, &bids, WITH({ "procurement", rec_id(r) }, { "org", rule_my_org(c) }), ~(BIT(D_DRAFT) | BIT(D_WITHDRAWN))))
		return RC_OK;
	return rule_reject(c, NULL, "not_a_bidder", "只有参加本次采购的供应商才能对结果提出质疑或投诉");
}

#define OFFICE_RUNS (BIT(C_PLANNED) | BIT(C_CONSULTED) | BIT(C_BIDDING) | BIT(C_OPENED) | BIT(C_EVALUATED) | BIT(C_ANNOUNCED))
static const struct transition transitions[] = {
	{ "consult", "征求公众意见", BIT(C_PLANNED), C_CONSULTED, OFFICE, .takes = "consultation! consultation_file",
		.en = "Consult the public", .clause = "三(四)" },
	{ "publish", "发布公告", BIT(C_CONSULTED), C_BIDDING, OFFICE, .takes = "document! document_file deadline!", .guard = long_enough,
		.after = loop_procurement_published, .en = "Publish", .clause = "三(四)" },
	{ "open", "开标", BIT(C_BIDDING), C_OPENED, OFFICE, .guard = time_is_up, .after = loop_bids_opened, .en = "Open bids" },
	{ "evaluate", "提交评审报告", BIT(C_OPENED), C_EVALUATED, EVALUATOR, .takes = "report! report_file", .not_by = "publish",
		.guard = reviewed, .en = "Evaluate" },
	{ "announce", "公告结果", BIT(C_EVALUATED), C_ANNOUNCED, OFFICE, .takes = "award_why!", .not_by = "evaluate", .guard = ranked,
		.en = "Announce result", .clause = "三(二)2" },
	{ "award", "发出成交通知书", BIT(C_ANNOUNCED), C_AWARDED, OFFICE, .guard = waited, .after = loop_awarded, .en = "Award", .clause = "三(四)" },
	{ "contract", "签约", BIT(C_AWARDED), C_CONTRACTED, SYSTEM, .en = "Contract signed" },
	{ "file", "合同备案", BIT(C_CONTRACTED), C_FILED, FINANCE | SYSTEM, .takes = "receipt", .en = "File" },
	{ "challenge", "质疑", BIT(C_BIDDING) | BIT(C_ANNOUNCED), C_CHALLENGED, ORG_MANAGER, .takes = "challenge!", .guard = harmed, .en = "Challenge" },
	{ "answer", "答复质疑", BIT(C_CHALLENGED), BACK, OFFICE, .takes = "decision!", .en = "Answer" },
	{ "complain", "投诉", BIT(C_ANNOUNCED) | BIT(C_AWARDED), C_COMPLAINT, ORG_MANAGER, .takes = "challenge!", .guard = harmed, .en = "Complain" },
	{ "rule", "处理投诉", BIT(C_COMPLAINT), BACK, FINANCE, .takes = "decision!", .en = "Decide the complaint" },
	{ "fail", "废标", BIT(C_BIDDING) | BIT(C_OPENED) | BIT(C_EVALUATED), C_FAILED, OFFICE, .takes = "fail_why!",
		.after = loop_procurement_failed, .en = "Declare failed" },
	{ "cancel", "取消采购", OFFICE_RUNS, C_CANCELLED, BUREAU, .takes = "fail_why!", .after = loop_procurement_failed, .en = "Cancel" },
};
#define SHOWN (~(BIT(C_OPENED) | BIT(C_EVALUATED)))
static const struct grant grants[] = {
	{ OFFICE, READ | CREATE | DO | EXPORT, REGION, S2 }, { OFFICE, EDIT, REGION, S2, BIT(C_PLANNED) | BIT(C_CONSULTED) },
	{ STREET | COMMUNITY, READ, ABOVE, S1 }, { FINANCE, READ | DO | EXPORT, REGION, S2 },
	{ EVALUATOR, READ | DO, REGION, S2, ~(BIT(C_PLANNED) | BIT(C_CONSULTED)) },
	{ ORG_MANAGER, READ, ANY, S1, SHOWN }, { ORG_MANAGER, DO, ANY, S1, BIT(C_BIDDING) | BIT(C_ANNOUNCED) | BIT(C_AWARDED) },
		{ ORG_MANAGER, READ, OWN_ORG, S2 },
	{ AUDITOR, READ | EXPORT, REGION, S2 }, { PUBLIC | RESIDENT | COMMUNITY | WORKER | VOLUNTEER, READ, ANY, S1, SHOWN },
};
static const struct hold holds[] = {
	{ "award_within_budget", CHECK, "award_fen IS NULL OR award_fen <= budget_fen", "成交金额不得超过预算", .code = "contract_over_budget" },
	{ "one_purchase", UNIQUE, "project", "该项目已有采购在办", "state NOT IN ('failed','cancelled')", "project" },
};
#define DONE (BIT(C_AWARDED) | BIT(C_CONTRACTED) | BIT(C_FILED))
static const struct counter counters[] = { { "procurements", 0, NULL, "published_on" },
	{ "purchase_fen", DONE, "award_fen", "signed_on", "method" } };
const struct entity procurements = { "procurements", "政府购买", "三(四)", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions), GRANTS(grants),
	HOLDS(holds), RULES(rules), COUNTERS(counters), .number = "CG", .title = "title", .check = check, .made = loop_procurement_made,
	.en = "Procurements" };
