/* evaluations.c -- 三方评价: 党委政府考核 + 群众评价 + 社会评议 (四(一), MZ/T 059). Owns each party's score, sealed until all three are in;
 * refuses scorers with a tie. Weights and pass mark are dated rules: the policy names the parties, not the weights. */
#include "domain/states.h"
#include <string.h>

extern const struct entity evaluations_sheet;

const struct rule evaluation_rules[] = {
	[WEIGHT_GOV] = { "eval.weight_gov", "党委政府考核权重（万分比）", 4000, "本系统默认", "Weight of Party and government (1/10000)" },
	[WEIGHT_PUBLIC] = { "eval.weight_public", "群众评价权重（万分比）", 3000, "本系统默认", "Weight of the public (1/10000)" },
	[WEIGHT_SOCIETY] = { "eval.weight_society", "社会评议权重（万分比）", 3000, "本系统默认", "Weight of society (1/10000)" },
	[PASS_BP] = { "eval.pass_bp", "合格线（万分比）", 6000, "本系统默认", "Pass mark (1/10000)" },
	[MIN_SURVEY] = { "eval.min_survey", "群众评价直接采用居民评分的最少份数", 1, "SVC.SAT", "Fewest ratings that make the public's score" },
};

static const struct state states[] = {
	[E_DRAFT] = { "draft", "评分中", .en = "Being scored" }, [E_HANDED_IN] = { "handed_in", "已提交（密封）", .en = "Handed in, sealed" },
	[E_REVEALED] = { "revealed", "已揭示", .en = "Revealed" }, [E_PUBLISHED] = { "published", "已公开", .en = "Published" },
};
static const struct field fields[] = {
	{ "project", "项目", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &projects, .en = "Project" },
	{ "party", "评估方", T_CODE, REQUIRED | FIXED | LIST, .codes = evaluation_party, .en = "Party" },
	{ "score_bp", "得分", T_BP, LIST | SEALED, .min = 0, .max = 10000, .en = "Score", .hint = "百分制；群众评价有居民评分时自动取平均" },
	{ "sample", "居民评分份数", T_INT, DERIVED | LIST, .min = 0, .max = 10000000, .en = "Ratings counted" },
	{ "day", "评估日期", T_DATE, LIST, .en = "Day", .hint = "不填为今天" },
	{ "opinion", "意见", T_LONGTEXT, SEALED | LIST, .max = 2000, .en = "Opinion" },
	{ "evidence", "评估材料", T_FILE, SEALED, S2, .en = "Evidence" },
	{ "no_tie", "声明无利害关系", T_BOOL, LIST, .en = "Declares no tie" },
};

static const unsigned scorer[] = { OFFICE, COMMUNITY | STREET, EVALUATOR };

/* Whoever made the project or its contract, or is of the provider, has a tie. */
static enum rc no_tie(struct ctx *c, struct record *r, const struct record *p, bool computed)
{
	const struct record *k = rule_find(c, &contracts, WITH({ "project", rec_id(p) }), ~BIT(K_TERMINATED));
	enum rc rc = RC_OK;

	if (!rec_int(r, "no_tie"))
		rc = rule_reject(c, "no_tie", "tie", "请声明与承接组织无利害关系；有利害关系的应当回避");
	if (rule_my_org(c) && rule_my_org(c) == rec_int(p, "org"))
		rc = rule_reject(c, NULL, "tie", "承接组织人员不得评价本组织的项目");
	if (!computed && rule_me(c) && (rec_created_by(p) == rule_me(c) || (k && rec_created_by(k) == rule_me(c))))
		rc = rule_reject(c, NULL, "tie", "设计项目或订立合同的人员不得评分，请由其他人员评价");
	return rc;
}

static enum rc check(struct ctx *c, struct record *r)
{
	const struct record *p = rule_get(c, &projects, rec_int(r, "project"), false);
	int64_t n = 0;
	enum rc rc = RC_OK;

	if (!rec_has(r, "day"))
		rec_set(r, "day", rule_today(c));
	if (rec_imported(r) || !p)
		return RC_OK;
	if (rec_is(r, "party", "EP02"))
		n = rule_count(c, &ratings, WITH({ "project", rec_id(p) }), 0);
	if (n && n >= rule_value(c, &evaluation_rules[MIN_SURVEY], r)) {
		rec_set(r, "score_bp", rule_sum(c, &ratings, "score_bp", WITH({ "project", rec_id(p) }), 0) / n);
		rec_set(r, "sample", n);
	} else
		n = 0;
	if (!rec_has(r, "score_bp"))
		rc = rule_reject(c, "score_bp", "required_empty", "请填写得分");
	for (unsigned i = 0; i < COUNT(scorer); i++)
		if (rec_is(r, "party", evaluation_party[i].code) && rule_role(c) != SYSTEM && !(rule_role(c) & scorer[i])
		    && !(i == 1 && n && (rule_role(c) & BUREAU)))     /* the residents' own mean may be handed in by the bureau of a county-wide project */
			rc = rule_reject(c, "party", "wrong_party", "“%s”不由您这一方评价，请选择本方", evaluation_party[i].label);
	if (rec_int(r, "day") > rule_today(c))
		rc = rule_reject(c, "day", "date_far_future", "评估日期不能晚于今天");
	return no_tie(c, r, p, n > 0) ? RC_REJECTED : rc;
}

static const struct transition transitions[] = {
	{ "hand_in", "提交评分", BIT(E_DRAFT), E_HANDED_IN, OFFICE | COMMUNITY | EVALUATOR, .after = loop_evaluation_handed_in,
		.en = "Hand in", .clause = "四(一)" },
	{ "unseal", "揭示", BIT(E_HANDED_IN), E_REVEALED, SYSTEM, .en = "Unseal", .clause = "四(一)" },
	{ "publish", "公开", BIT(E_REVEALED), E_PUBLISHED, OFFICE, .en = "Publish", .clause = "四(一)" },
};
static const struct grant grants[] = {
	{ OFFICE | COMMUNITY | EVALUATOR, READ | CREATE | DO, VIA, S2 }, { OFFICE | COMMUNITY | EVALUATOR, EDIT, VIA, S2, BIT(E_DRAFT) },
	{ BUREAU, EXPORT | IMPORT, VIA, S2 }, { ORG_MANAGER | WORKER | SUPERVISOR | FINANCE, READ, VIA, S2, BIT(E_REVEALED) | BIT(E_PUBLISHED) },
	{ AUDITOR, READ | EXPORT, VIA, S2 }, { PUBLIC | RESIDENT | VOLUNTEER, READ, VIA, S1, BIT(E_PUBLISHED) },
};
static const struct counter counters[] = { { "evaluations", BIT(E_REVEALED) | BIT(E_PUBLISHED), NULL, "day", "party" } };
const struct entity evaluations = { "evaluations", "三方评价", "四(一)", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions), GRANTS(grants),
	RULES(evaluation_rules), COUNTERS(counters), .open_in = BIT(P_EXECUTING) | BIT(P_MID) | BIT(P_FINAL) | BIT(P_ACCEPTED),
	.sealed_in = BIT(E_DRAFT) | BIT(E_HANDED_IN), .key = "project party", .title = "party", .sheet = &evaluations_sheet, .check = check,
	.en = "Three-party evaluations" };

/* ---- the file: scores of finished projects; a party the policy does not know is refused by name ---- */
static const struct code parties[] = {
	{ "EP01", "党委政府考核", "党委政府", "Party and government" }, { "EP02", "群众评价", "群众", "The public" },
	{ "EP03", "社会评议", "社会", "Society" }, { "self", "机构自评", "自评|机构自我评价", "Self-assessment" }, { 0 } };
static const struct field sheet_fields[] = {
	{ "project", "项目编号", T_REF, REQUIRED | SCOPE, .ref = &projects, .en = "Project" },
	{ "party", "评估方", T_CODE, REQUIRED, .codes = parties, .en = "Party" },
	{ "score_bp", "得分", T_BP, REQUIRED, .min = 0, .max = 10000, .en = "Score" },
	{ "day", "评估日期", T_DATE, REQUIRED, .en = "Day" },
	{ "opinion", "意见", T_LONGTEXT, 0, .max = 2000, .en = "Opinion" },
};
static enum rc sheet_check(struct ctx *c, struct record *r)
{
	if (rec_is(r, "party", "self"))
		return rule_reject(c, "party", "evaluation_party_not_in_policy", "“机构自评”不在三方评价之内，评估方应为党委政府考核、群众评价或社会评议");
	return RC_OK;
}
static enum rc sheet_made(struct ctx *c, struct record *r)
{
	int64_t id;
	enum rc rc = rule_history(c, &evaluations, WITH({ "project", rec_int(r, "project") }, { "party", 0, rec_text(r, "party") },
		{ "score_bp", rec_int(r, "score_bp") }, { "day", rec_int(r, "day") },
			{ rec_has(r, "opinion") ? "opinion" : NULL, 0, rec_text(r, "opinion") }),
		E_HANDED_IN, rec_int(r, "day"), &id);

	return rc ? rc : loop_evaluation_handed_in(c, rule_get(c, &evaluations, id, false));
}
const struct entity evaluations_sheet = { "evaluations_sheet", "三方评价表", "四(一)", SHEET, FIELDS(sheet_fields), .key = "project party",
	.check = sheet_check, .made = sheet_made, .en = "Evaluations file" };
