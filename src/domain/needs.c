/* needs.c -- 居民需求: from discovery until its owner says it is met (二(二)1, 三(四)). Owns the need and its story; refuses to close
 * one by anybody's word but the resident's (confirmations.c). */
#include "domain/states.h"
#include <string.h>

extern const struct entity needs_sheet;                  /* needs_sheet.c: the file people send */

enum { ANSWER_DAYS, CLOSE_DAYS, CONFIRM_DAYS, TWIN_DAYS, TWIN_SCORE, TRIES, TRY_DAYS };
static const struct rule rules[] = {
	[ANSWER_DAYS] = { "need.answer_days", "首次响应时限（工作日）", 3, "本系统默认", "First answer within (working days)" },
	[CLOSE_DAYS] = { "need.close_days", "办结时限（日）", 90, "本系统默认", "Closing within (days)" },
	[CONFIRM_DAYS] = { "need.confirm_days", "等待居民确认（日）", 15, "本系统默认", "Wait for the resident (days)" },
	[TWIN_DAYS] = { "need.twin_days", "查重窗口（日）", 30, "本系统默认", "Duplicate window (days)" },
	[TWIN_SCORE] = { "need.twin_score", "疑似重复的最低分", 60, "本系统默认", "Likely duplicate from (score)" },
	[TRIES] = { "need.tries", "认定无法联系前的最少联系次数", 3, "本系统默认", "Tries before a resident counts as unreachable" },
	[TRY_DAYS] = { "need.try_days", "认定无法联系前的最少天数", 7, "本系统默认", "Days before a resident counts as unreachable" },
};
static const struct term first_answer = { &rules[ANSWER_DAYS], WORKDAYS }, closing = { &rules[CLOSE_DAYS], DAYS, .since = "accepted_on" },
	owner_silent = { &rules[CONFIRM_DAYS], DAYS }, patience = { &rules[TRY_DAYS], DAYS };

static const struct state states[] = {
	[N_DRAFT] = { "draft", "草稿", .en = "Draft" },
	[N_SUBMITTED] = { "submitted", "待核实", &first_answer, "已提交|待受理", "Submitted" },
	[N_VERIFYING] = { "verifying", "核实中", &first_answer, .en = "Verifying" },
	[N_ACCEPTED] = { "accepted", "已受理", &closing, .en = "Accepted" },
	[N_PLANNED] = { "planned", "已立项", &closing, .en = "Planned" },
	[N_SERVED] = { "in_service", "服务中", &closing, .en = "In service" },
	[N_RESOLVED] = { "resolved", "已办结", &owner_silent, "办结", "Resolved" },
	[N_CONFIRMED] = { "confirmed", "已评价", .en = "Rated by the resident" },
	[N_CLOSED] = { "closed", "已满足", .en = "Met and closed" },
	[N_REJECTED] = { "rejected", "不予受理", .en = "Not accepted" }, [N_MERGED] = { "merged", "已合并", .en = "Merged" },
	[N_TRANSFERRED] = { "transferred", "已转办", .en = "Transferred" }, [N_WITHDRAWN] = { "withdrawn", "已撤回", .en = "Withdrawn" },
	[N_REOPENED] = { "reopened", "重新办理", &closing, .en = "Reopened" },
	[N_UNREACHABLE] = { "unreachable", "无法联系", .en = "Resident unreachable" },
};
static const struct code channels[] = {
	{ "self", "居民申请", "本人申请", "By the resident" }, { "behalf", "代填", "代为登记", "On behalf" },
	{ "visit", "入户走访", "走访", "Home visit" }, { "hotline", "热线", "电话|12345", "Hotline" },
	{ "meeting", "议事会", NULL, "Residents' meeting" }, { "grid", "网格员上报", "网格", "Grid worker" },
	{ "import", "导入", NULL, "Import" }, { 0 } };
static const struct code urgency[] = { { "1", "一般", NULL, "Normal" }, { "2", "较急", NULL, "Pressing" }, { "3", "紧急", NULL, "Urgent" }, { 0 } };

static const struct field fields[] = {
	{ "no", "需求编号", T_TEXT, FIXED | LIST, .max = 24, .en = "Number" },
	{ "community", "所属社区", T_DIVISION, REQUIRED | LIST | SCOPE, .heads = "社区编码", .en = "Community" },
	{ "owner_name", "居民姓名", T_TEXT, REQUIRED, S3, .max = 80, .en = "Resident" },
	{ "phone", "联系电话", T_PHONE, MINE | LOOKUP, S3, .en = "Telephone", .hint = "办结后凭此号码请居民本人确认；没有电话的由社区上门确认" },
	{ "grp", "服务对象类别", T_CODE, REQUIRED | LIST, .codes = target_group, .heads = "服务对象", .en = "Target group" },
	{ "domain", "需求领域", T_CODE, REQUIRED | LIST, .codes = service_domain, .en = "Field of service" },
	{ "detail", "需求描述", T_LONGTEXT, REQUIRED | SEARCH | LIST, S2, .max = 4000, .heads = "具体情况", .en = "Description",
		.hint = "谁、什么困难、希望得到什么帮助" },
	{ "urgency", "紧急程度", T_CODE, LIST, .codes = urgency, .en = "Urgency" },
	{ "raised_on", "提出日期", T_DATE, LIST, .en = "Raised on", .hint = "不填为今天" },
	{ "channel", "发现方式", T_CODE, LIST, .codes = channels, .en = "How found" },
	{ "address", "住址", T_TEXT, 0, S3, .max = 120, .en = "Address" },
	{ "wanted_by", "期望日期", T_DATE, 0, .en = "Wanted by" },
	{ "witness", "见证人", T_TEXT, 0, S3, .max = 40, .en = "Witness", .hint = "代填须有见证人" },
	{ "evidence", "佐证材料", T_FILE, 0, S2, .en = "Evidence" },
	{ "project_no", "项目编号", T_TEXT, DERIVED | LOOKUP, .max = 24, .en = "Project number" },
	{ "project", "服务项目", T_REF, STEP | LIST, .ref = &projects, .en = "Project" },
	{ "org", "承接组织", T_REF, DERIVED | ORG | SOFT | LIST, .ref = &social_orgs, .en = "Provider" },
	{ "handler", "责任社工", T_REF, STEP | LIST | SOFT, .ref = &workers, .en = "Responsible worker" },
	{ "accepted_on", "受理日期", T_DATE, DERIVED, .en = "Accepted on" },
	{ "answered_ok", "按时响应", T_BOOL, DERIVED, .en = "Answered in time" },
	{ "result", "办理结果", T_LONGTEXT, STEP, S2, .max = 4000, .en = "Result" },
	{ "resolved_on", "办结日期", T_DATE, DERIVED | LIST, .en = "Resolved on" },
	{ "rating", "满意度", T_INT, DERIVED | LIST, .min = 1, .max = 5, .en = "Rating (1-5)" },
	{ "satisfied", "是否满足", T_BOOL, DERIVED | LIST, .en = "Satisfied" },
	{ "closed_on", "满足日期", T_DATE, DERIVED, .en = "Met on" },
	{ "merged_into", "合并到", T_REF, STEP, .ref = &needs, .en = "Merged into" },
	{ "moved_to", "转办部门", T_TEXT, STEP, .max = 60, .en = "Transferred to" },
	{ "tries", "联系次数", T_INT, STEP, .min = 1, .max = 99, .en = "Tries" },
	{ "reason", "原因", T_TEXT, STEP, S2, .max = 500, .en = "Reason" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	enum rc rc = RC_OK;

	if (!rec_has(r, "raised_on"))
		rec_set(r, "raised_on", rule_today(c));
	if (!rec_has(r, "urgency"))
		rec_set_text(r, "urgency", "1");
	if (!rec_has(r, "channel"))
		rec_set_text(r, "channel", rule_role(c) == RESIDENT ? "self" : rec_imported(r) ? "import" : "behalf");
	if (rec_imported(r))
		return RC_OK;
	if (rec_is(r, "channel", "behalf") && !rec_has(r, "witness"))
		rc = rule_reject(c, "witness", "witness_missing", "代居民填写时请写明见证人，以便日后核对");
	if (rec_int(r, "raised_on") > rule_today(c))
		rc = rule_reject(c, "raised_on", "date_far_future", "提出日期不能晚于今天（%s）", rule_day_text(c, rule_today(c)));
	if (rec_has(r, "wanted_by") && rec_int(r, "wanted_by") < rec_int(r, "raised_on"))
		rc = rule_reject(c, "wanted_by", "end_before_start", "期望日期不能早于提出日期");
	return rc;
}

static enum rc accept(struct ctx *c, struct record *r)
{
	int64_t today = rule_today(c), limit = rule_value(c, &rules[ANSWER_DAYS], r);

	rec_set(r, "accepted_on", today);
	rec_set(r, "answered_ok", today <= rule_after(c, rec_int(r, "raised_on"), limit, WORKDAYS));
	return RC_OK;
}

static enum rc not_itself(struct ctx *c, struct record *r)
{
	const struct record *to = rule_get(c, &needs, rec_int(r, "merged_into"), false);

	if (!to || rec_id(to) == rec_id(r))
		return rule_reject(c, "merged_into", "reference_missing", "请选择另一条需求作为合并对象");
	if (rec_in(to, BIT(N_MERGED) | BIT(N_REJECTED) | BIT(N_WITHDRAWN)))
		return rule_reject(c, "merged_into", "reference_missing", "所选需求已不在办理中，请合并到仍在办理的需求");
	return RC_OK;
}

/* A need joins a project that is still being made or is running, in its own city. */
static enum rc joins(struct ctx *c, struct record *r)
{
	const struct record *p = rule_get(c, &projects, rec_int(r, "project"), false);

	if (!p)
		return rule_reject(c, "project", "reference_missing", "所选项目不存在，请重新选择");
	if (rec_in(p, BIT(P_SETTLED) | BIT(P_ARCHIVED) | BIT(P_TERMINATED) | BIT(P_CANCELLED) | BIT(P_FINAL) | BIT(P_ACCEPTED)))
		return rule_reject(c, "project", "project_over", "该项目已结束，请选择编制中或执行中的项目");
	rec_set_text(r, "project_no", rec_text(p, "no"));
	if (rec_has(p, "org"))
		rec_set(r, "org", rec_int(p, "org"));
	return RC_OK;
}

static enum rc resolved(struct ctx *c, struct record *r)
{
	rec_set(r, "resolved_on", rule_today(c));
	return RC_OK;
}

static enum rc tried_enough(struct ctx *c, struct record *r)
{
	int64_t least = rule_value(c, &rules[TRIES], r);

	if (rec_int(r, "tries") < least)
		return rule_reject(c, "tries", "too_few_tries", "至少联系%lld次仍未联系上，才能认定无法联系", (long long)least);
	rec_set(r, "satisfied", 0);                     /* silence is never counted as satisfied */
	return RC_OK;
}

#define OPEN (BIT(N_SUBMITTED) | BIT(N_VERIFYING) | BIT(N_ACCEPTED))
#define TEAM (WORKER | ORG_MANAGER)
static const struct transition transitions[] = {
	{ "submit", "提交", BIT(N_DRAFT), N_SUBMITTED, RESIDENT | COMMUNITY | WORKER, .after = loop_need_submitted, .en = "Submit", .clause = "二(二)1" },
	{ "verify", "核实", BIT(N_SUBMITTED), N_VERIFYING, COMMUNITY, .en = "Verify", .clause = "三(四)" },
	{ "accept", "受理", BIT(N_SUBMITTED) | BIT(N_VERIFYING), N_ACCEPTED, COMMUNITY, .takes = "handler", .guard = accept,
		.after = loop_need_accepted, .en = "Accept", .clause = "三(四)" },
	{ "reject", "不予受理", BIT(N_SUBMITTED) | BIT(N_VERIFYING), N_REJECTED, COMMUNITY, .takes = "reason!", .en = "Refuse" },
	{ "merge", "合并", OPEN, N_MERGED, COMMUNITY, .takes = "merged_into!", .guard = not_itself, .en = "Merge" },
	{ "transfer", "转办", OPEN, N_TRANSFERRED, COMMUNITY | STREET, .takes = "moved_to! reason!", .en = "Transfer" },
	{ "withdraw", "撤回", BIT(N_DRAFT) | OPEN, N_WITHDRAWN, RESIDENT | COMMUNITY, .takes = "reason", .en = "Withdraw" },
	{ "plan", "立项", BIT(N_ACCEPTED) | BIT(N_REOPENED), N_PLANNED, COMMUNITY | STREET | SYSTEM, .takes = "project!", .guard = joins,
		.en = "Put into a project", .clause = "三(四)" },
	{ "serve", "开始服务", BIT(N_ACCEPTED) | BIT(N_PLANNED) | BIT(N_REOPENED), N_SERVED, TEAM | COMMUNITY | SYSTEM, .takes = "handler",
		.after = loop_need_accepted, .en = "Start service", .clause = "三(四)" },
	{ "assign", "指派社工", BIT(N_SERVED), N_SERVED, ORG_MANAGER | COMMUNITY, .takes = "handler!", .after = loop_need_accepted,
		.en = "Assign a worker", .clause = "三(四)" },
	{ "resolve", "办结", BIT(N_SERVED), N_RESOLVED, TEAM | COMMUNITY, .takes = "result!", .guard = resolved, .after = loop_need_resolved,
		.en = "Resolve", .clause = "二(二)1" },
	{ "confirm", "居民确认", BIT(N_RESOLVED) | BIT(N_UNREACHABLE), N_CONFIRMED, SYSTEM, .en = "Resident's word", .clause = "二(二)1" },
	{ "close", "满足归档", BIT(N_CONFIRMED), N_CLOSED, SYSTEM, .en = "Close as met", .clause = "二(二)1" },
	{ "reopen", "重新办理", BIT(N_CONFIRMED) | BIT(N_CLOSED), N_REOPENED, COMMUNITY | RESIDENT | SYSTEM, .takes = "reason", .en = "Reopen",
		.after = loop_need_dissatisfied, .clause = "二(二)1" },
	{ "lose_touch", "认定无法联系", BIT(N_RESOLVED), N_UNREACHABLE, COMMUNITY, .takes = "tries! reason!", .wait = &patience,
		.guard = tried_enough, .en = "Resident unreachable" },
};

#define RUNNING (BIT(N_ACCEPTED) | BIT(N_PLANNED) | BIT(N_SERVED) | BIT(N_REOPENED))
static const struct grant grants[] = {
	{ RESIDENT, READ | CREATE | DO, OWN, S3 }, { RESIDENT, EDIT, OWN, S3, BIT(N_DRAFT) | BIT(N_SUBMITTED) },
	{ PUBLIC | RESIDENT, READ | DO, HOLDER, S1 },
	{ COMMUNITY, READ | CREATE | DO | REVEAL | EXPORT, REGION, S2 }, { COMMUNITY, EDIT, REGION, S2, BIT(N_DRAFT) | OPEN | BIT(N_REOPENED) },
	{ STREET, READ | DO | EXPORT, REGION, S2 }, { BUREAU, READ | EXPORT | IMPORT, REGION, S2 },
	{ WORKER, READ, REGION, S1, RUNNING }, { WORKER, CREATE, REGION, S2 }, { WORKER, READ | DO, OWN, S2, BIT(N_DRAFT) | BIT(N_SUBMITTED) },
	{ WORKER, READ | DO | REVEAL, ASSIGNED, S2 },
	{ TEAM | SUPERVISOR, READ | DO, OWN_ORG, S2 }, { EVALUATOR, READ, REGION, S1, BIT(N_CONFIRMED) | BIT(N_CLOSED) },
	{ AUDITOR, READ | EXPORT, REGION, S2 },
};

#define COUNTED (~BIT(N_DRAFT))
enum { ALL, BY_STATE, BY_GROUP, RATED, CONTENT, MET, RIPE };
static const struct counter counters[] = {
	[ALL] = { "needs", COUNTED, NULL, "raised_on" },
	[BY_STATE] = { "needs_by_state", COUNTED, NULL, "raised_on", "state" },
	[BY_GROUP] = { "needs_by_target_group", COUNTED, NULL, "raised_on", "grp" },
	[RATED] = { "needs_rated", 0, NULL, "raised_on", .only = "rating IS NOT NULL" },
	[CONTENT] = { "needs_satisfied_4_or_5", 0, NULL, "raised_on", .only = "rating >= 4" },
	[MET] = { "needs_met", BIT(N_CLOSED) | BIT(N_CONFIRMED), NULL, "raised_on", .only = "satisfied = 1" },
	[RIPE] = { "needs_accepted", COUNTED & ~(BIT(N_SUBMITTED) | BIT(N_VERIFYING) | BIT(N_REJECTED) | BIT(N_MERGED) | BIT(N_TRANSFERRED)
		| BIT(N_WITHDRAWN)), NULL, "raised_on" },
};
static const struct indicator indicators[] = {
	{ "NEED.SAT", "需求满足率(%)", "二(二)1", &counters[MET], &counters[RIPE], 100, 1, 1 } };

static int alike(const struct record *a, const struct record *b)
{
	return 50 * (rec_has(a, "phone") && !strcmp(rec_text(a, "phone"), rec_text(b, "phone")))
		+ 30 * rec_is(a, "domain", rec_text(b, "domain")) + 20 * !strcmp(rec_text(a, "detail"), rec_text(b, "detail"));
}
static const struct twin twin = { "community grp", &rules[TWIN_DAYS], &rules[TWIN_SCORE], alike };

const struct entity needs = { "needs", "居民需求", "三(四)", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions), GRANTS(grants),
	RULES(rules), COUNTERS(counters), INDICATORS(indicators), .twin = &twin, .number = "XQ", .key = "no", .sheet = &needs_sheet,
	.check = check, .made = loop_need_made, .en = "Needs" };
