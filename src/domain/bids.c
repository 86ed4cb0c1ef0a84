/* bids.c -- 投标响应: what organisations offer (三(四); 实施条例17、18). Owns the sealed offer; nobody but the bidder sees price and
 * content before the opening. Refuses organisations that may not bid. */
#include "domain/states.h"
#include <string.h>

static const struct state states[] = {
	[D_DRAFT] = { "draft", "编制中", .en = "Draft" }, [D_SEALED] = { "sealed", "已密封", .en = "Sealed" },
	[D_OPENED] = { "opened", "已开启", .en = "Opened" }, [D_SCORED] = { "scored", "已评分", .en = "Scored" },
	[D_BARRED] = { "barred", "资格不符", .en = "Not qualified" }, [D_WON] = { "won", "成交", .en = "Won" },
	[D_LOST] = { "lost", "未成交", .en = "Lost" }, [D_WITHDRAWN] = { "withdrawn", "已撤回", .en = "Withdrawn" },
};
static const struct field fields[] = {
	{ "procurement", "采购", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &procurements, .en = "Procurement" },
	{ "org", "供应商", T_REF, LIST | ORG | FIXED | SOFT, .ref = &social_orgs, .en = "Bidder", .hint = "不填为本组织" },
	{ "principal", "负责人身份证号", T_IDNO, LOOKUP, S3, .en = "Person in charge (ID)", .hint = "同一负责人的单位不得参加同一采购" },
	{ "contact", "联系人", T_TEXT, 0, S3, .max = 40, .en = "Contact" },
	{ "price_fen", "报价", T_FEN, REQUIRED | LIST | SEALED, .min = 1, .max = FEN_MAX, .en = "Price" },
	{ "content", "服务方案", T_LONGTEXT, REQUIRED | SEALED, S2, .max = 20000, .en = "Offer" },
	{ "file", "响应文件", T_FILE, SEALED, S2, .en = "Offer (file)" },
	{ "statement", "声明三年内无重大违法记录", T_BOOL, REQUIRED, .en = "No serious violation in 3 years" },
	{ "sealed_at", "密封时间", T_TIME, DERIVED, .en = "Sealed at" },
	{ "no_tie", "评审人声明无利害关系", T_BOOL, STEP, S2, .en = "Reviewer declares no tie" },
	{ "score_bp", "综合得分", T_BP, STEP | LIST, S2, .min = 0, .max = 10000, .en = "Score" },
	{ "score_why", "评审意见", T_LONGTEXT, STEP, S2, .max = 4000, .en = "Reasons" },
	{ "is_community", "社区社会工作服务组织", T_BOOL, DERIVED, .en = "Community social-work organisation" },
	{ "rank", "排名", T_INT, DERIVED | LIST, .min = 1, .max = 99, .en = "Rank" },
	{ "rank_why", "排名说明", T_TEXT, DERIVED, .max = 300, .en = "Reason of rank" },
	{ "barred_why", "不符原因", T_TEXT, STEP, .max = 500, .en = "Why not qualified" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	if (!rec_has(r, "org") && rule_my_org(c))
		rec_set(r, "org", rule_my_org(c));
	if (!rec_has(r, "org"))
		return rule_reject(c, "org", "required_empty", "请选择投标的组织");
	if (!rec_int(r, "statement"))
		return rule_reject(c, "statement", "statement_missing", "投标须声明三年内无重大违法记录（实施条例17）");
	return RC_OK;
}

static enum rc may_bid(struct ctx *c, struct record *r)
{
	const struct record *p = rule_get(c, &procurements, rec_int(r, "procurement"), false);
	const struct record *org = rule_get(c, &social_orgs, rec_int(r, "org"), false);
	const struct record *project = p ? rule_get(c, &projects, rec_int(p, "project"), false) : NULL;
	const char *why = org_barred(c, org);
	enum rc rc = RC_OK;

	if (!p || !project || !rec_in(p, BIT(C_BIDDING)) || rule_now(c) >= rec_int(p, "deadline"))
		return rule_reject(c, NULL, "too_late", "投标已截止，不能再提交");
	if (*why)
		rc = rule_reject(c, "org", "org_not_eligible", "该组织不能投标：%s", why);
	if (rec_int(project, "designer") == rec_int(r, "org") && !rec_is(p, "method", "PM05"))
		rc = rule_reject(c, "org", "designer_may_not_bid", "为本项目提供设计的单位不得参加投标（实施条例18）");
	if (rec_has(r, "principal") && rule_count(c, &bids, WITH({ "procurement", rec_id(p) }, { "principal", 0, rec_text(r, "principal") },
			{ "id", rec_id(r), NULL, '!' }), BIT(D_SEALED)))
		rc = rule_reject(c, "principal", "same_principal", "负责人为同一人的单位不得参加同一采购（实施条例18）");
	if (!rc) {
		rec_set(r, "is_community", rec_is(org, "type", "OT01") || rec_is(org, "type", "OT02") || rec_is(org, "type", "OT03"));
		rec_set(r, "sealed_at", rule_now(c));
	}
	return rc;
}

static enum rc scored(struct ctx *c, struct record *r)
{
	if (!rec_int(r, "no_tie"))
		return rule_reject(c, "no_tie", "tie", "与供应商有利害关系的评审人应当回避（实施条例9）");
	if (rule_my_org(c) && rule_my_org(c) == rec_int(r, "org"))
		return rule_reject(c, "no_tie", "tie", "本组织人员不得评审本组织的响应文件");
	return RC_OK;
}

static const struct transition transitions[] = {
	{ "seal", "密封提交", BIT(D_DRAFT), D_SEALED, ORG_MANAGER, .guard = may_bid, .en = "Seal and submit", .clause = "三(四)" },
	{ "withdraw", "撤回", BIT(D_DRAFT) | BIT(D_SEALED), D_WITHDRAWN, ORG_MANAGER, .en = "Withdraw" },
	{ "open", "开启", BIT(D_SEALED), D_OPENED, SYSTEM, .en = "Open" },
	{ "score", "评分", BIT(D_OPENED), D_SCORED, EVALUATOR, .takes = "score_bp! no_tie! score_why", .guard = scored, .en = "Score" },
	{ "bar", "认定资格不符", BIT(D_OPENED), D_BARRED, EVALUATOR, .takes = "barred_why!", .en = "Not qualified" },
	{ "win", "成交", BIT(D_SCORED), D_WON, SYSTEM, .en = "Win" }, { "lose", "未成交", BIT(D_SCORED) | BIT(D_BARRED), D_LOST, SYSTEM, .en = "Lose" },
};
#define AFTER_OPENING (BIT(D_OPENED) | BIT(D_SCORED) | BIT(D_BARRED) | BIT(D_WON) | BIT(D_LOST))
static const struct grant grants[] = {
	{ ORG_MANAGER, READ | CREATE | DO, OWN_ORG, S3 }, { ORG_MANAGER, EDIT, OWN_ORG, S3, BIT(D_DRAFT) },
	{ EVALUATOR, READ | DO, VIA, S2, AFTER_OPENING }, { OFFICE | FINANCE | AUDITOR, READ, VIA, S2, AFTER_OPENING },
	{ OFFICE, READ, VIA, S1, BIT(D_SEALED) },
};
static const struct hold holds[] = {
	{ "one_bid", UNIQUE, "procurement, org", "每家供应商只能有一份响应文件，请修改或撤回原有的", "state <> 'withdrawn'", "org", "duplicate_key" } };
const struct entity bids = { "bids", "投标响应", "三(四)", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions), GRANTS(grants), HOLDS(holds),
	.open_in = BIT(C_BIDDING), .sealed_in = BIT(D_DRAFT) | BIT(D_SEALED), .title = "org", .check = check, .en = "Bids" };
