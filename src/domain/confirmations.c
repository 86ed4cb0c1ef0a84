/* confirmations.c -- 居民确认与整改: the resident's own word on a need, and what is owed when he is not satisfied (二(二)1). This is
 * the only door by which a need closes. Refuses a word given for somebody without saying how and before whom. */
#include "domain/states.h"

const struct rule word_rules[] = {
	[SATISFIED_FROM] = { "need.satisfied_from", "视为满足的最低分", 4, "NEED.SAT：4 分及以上", "Satisfied from (score)" },
	[RECTIFY_DAYS] = { "need.rectify_days", "整改时限（日）", 10, "本系统默认", "Rectify within (days)" },
};
const struct code yes_no_partly[] = { { "yes", "已解决", "是", "Yes" }, { "partly", "部分解决", "部分", "Partly" },
	{ "no", "未解决", "否", "No" }, { 0 } };

static const struct code ways[] = {
	{ "self", "本人登录", NULL, "Resident, logged in" }, { "code", "一次性验证码", NULL, "One-time code" },
	{ "phone", "电话回访", NULL, "By telephone" }, { "paper", "纸质签字", NULL, "Signed paper" },
	{ "visit", "上门回访", NULL, "Home visit" }, { "file", "历史资料", NULL, "From old files" }, { 0 } };

static const struct field fields[] = {
	{ "need", "需求", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &needs, .en = "Need" },
	{ "score", "满意度", T_INT, REQUIRED | LIST, .min = 1, .max = 5, .en = "Score (1-5)", .hint = "1 很不满意 … 5 很满意" },
	{ "solved", "问题是否解决", T_CODE, LIST, .codes = yes_no_partly, .en = "Solved?" },
	{ "words", "居民的话", T_LONGTEXT, 0, S2, .max = 1000, .en = "In the resident's words" },
	{ "how", "确认方式", T_CODE, LIST, .codes = ways, .en = "How", .hint = "居民本人确认不必填写" },
	{ "witness", "见证人", T_TEXT, 0, S3, .max = 40, .en = "Witness", .hint = "社区代为登记时必填" },
	{ "evidence", "回访凭证", T_FILE, 0, S2, .en = "Proof" },
	{ "satisfied", "是否满足", T_BOOL, DERIVED | LIST, .en = "Satisfied" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	bool behalf = rule_role(c) == COMMUNITY;
	enum rc rc = RC_OK;

	if (rec_imported(r))
		return RC_OK;
	if (!behalf)
		rec_set_text(r, "how", rule_role(c) == RESIDENT ? "self" : "code");
	else if (!rec_has(r, "how") || rec_is(r, "how", "self") || rec_is(r, "how", "code") || rec_is(r, "how", "file"))
		rc = rule_reject(c, "how", "how_missing", "代居民登记时请选择确认方式：电话回访、纸质签字或上门回访");
	if (behalf && !rec_has(r, "witness"))
		rc = rule_reject(c, "witness", "witness_missing", "代居民登记时请写明见证人");
	if (!rec_has(r, "solved"))
		rc = rule_reject(c, "solved", "required_empty", "请选择问题是否解决");
	rec_set(r, "satisfied", rec_int(r, "score") >= rule_value(c, &word_rules[SATISFIED_FROM], r) && rec_is(r, "solved", "yes"));
	return rc;
}

static const struct grant grants[] = {
	{ RESIDENT | PUBLIC, READ | CREATE, VIA, S3 }, { COMMUNITY, READ | CREATE | REVEAL, VIA, S2 },
	{ STREET | BUREAU | SUPERVISOR | ORG_MANAGER | WORKER | AUDITOR, READ, VIA, S2 }, { EVALUATOR, READ, VIA, S1 },
};
static const struct counter counters[] = { { "confirmations", 0 }, { "confirmations_satisfied", 0, .only = "satisfied = 1" } };
const struct entity need_confirmations = { "need_confirmations", "居民确认", "二(二)1", APPEND_ONLY, FIELDS(fields), GRANTS(grants), RULES(word_rules),
	COUNTERS(counters), .open_in = BIT(N_RESOLVED) | BIT(N_UNREACHABLE), .title = "score", .check = check, .made = loop_need_confirmed,
	.en = "Residents' confirmations" };

/* ---- rectifications 整改: who owes what until when ---- */
static const struct term rectify_by = { &word_rules[RECTIFY_DAYS], DAYS };
static const struct state t_states[] = {
	[T_OPEN] = { "open", "待整改", &rectify_by, .en = "Open" }, [T_ANSWERED] = { "answered", "已答复", .en = "Answered" },
	[T_CHECKED] = { "checked", "已复核", .en = "Checked" } };
static const struct field t_fields[] = {
	{ "need", "需求", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &needs, .en = "Need" },
	{ "why", "居民意见", T_LONGTEXT, REQUIRED | LIST, S2, .max = 1000, .en = "What the resident says" },
	{ "org", "责任组织", T_REF, ORG | SOFT | LIST, .ref = &social_orgs, .en = "Responsible organisation" },
	{ "due_on", "整改期限", T_DATE, REQUIRED | LIST, .en = "Due on" },
	{ "answer", "整改情况", T_LONGTEXT, STEP, S2, .max = 2000, .en = "Answer" },
	{ "finding", "复核意见", T_LONGTEXT, STEP, S2, .max = 2000, .en = "Finding" },
};
static const struct transition t_transitions[] = {
	{ "answer", "答复", BIT(T_OPEN), T_ANSWERED, ORG_MANAGER | WORKER | COMMUNITY, .takes = "answer!", .en = "Answer", .clause = "二(二)1" },
	{ "check", "复核", BIT(T_ANSWERED), T_CHECKED, COMMUNITY | STREET, .takes = "finding!", .not_by = "answer", .en = "Check" },
	{ "redo", "退回重做", BIT(T_ANSWERED), T_OPEN, COMMUNITY | STREET, .takes = "finding!", .not_by = "answer", .en = "Send back" },
};
static const struct grant t_grants[] = {
	{ COMMUNITY, READ | CREATE | DO, VIA, S2 }, { STREET, READ | DO, VIA, S2 }, { ORG_MANAGER | WORKER, READ | DO, OWN_ORG, S2 },
	{ WORKER, READ | DO, VIA, S2 }, { RESIDENT, READ, VIA, S2 }, { BUREAU | AUDITOR | SUPERVISOR, READ, VIA, S2 },
};
const struct entity rectifications = { "rectifications", "整改", "二(二)1", 0, FIELDS(t_fields), STATES(t_states), TRANSITIONS(t_transitions),
	GRANTS(t_grants), .open_in = BIT(N_REOPENED) | BIT(N_SERVED), .title = "why", .en = "Rectifications" };
