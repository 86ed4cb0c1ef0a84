/* service_records.c -- 服务记录: who served whom, when, how long, with which volunteer (三(三)1, 三(五)). Owns the record; refuses a
 * worker who is not of the undertaking organisation, a day outside the contract, two places at one time, and quiet changes later. */
#include "domain/states.h"

enum { LOCK_HOURS };
static const struct rule rules[] = { [LOCK_HOURS] = { "record.lock_hours", "服务记录锁定（小时）", 24, "本系统默认", "Records lock after (hours)" } };

static const struct state states[] = {
	[R_RECORDED] = { "recorded", "已记录", .en = "Recorded" }, [R_CONFIRMED] = { "confirmed", "督导已确认", .en = "Confirmed" },
	[R_AMENDING] = { "amending", "更正中", .en = "Being amended" },
};
static const struct field fields[] = {
	{ "no", "记录编号", T_TEXT, FIXED | LIST, .max = 24, .en = "Number" },
	{ "project", "项目编号", T_REF, REQUIRED | LIST | FIXED, .ref = &projects, .heads = "服务项目", .en = "Project" },
	{ "community", "社区编码", T_DIVISION, REQUIRED | LIST | SCOPE, .heads = "所属社区", .en = "Community" },
	{ "worker", "工号", T_REF, REQUIRED | LIST | SOFT | MINE, .ref = &workers, .heads = "社工", .en = "Lead worker", .hint = "带领本次服务的社会工作者" },
	{ "method", "服务方法", T_CODE, REQUIRED | LIST, .codes = work_method, .en = "Method" },
	{ "day", "服务日期", T_DATE, REQUIRED | LIST, .en = "Day" },
	{ "starts", "开始时间", T_CLOCK, REQUIRED, .en = "From" }, { "ends", "结束时间", T_CLOCK, REQUIRED, .en = "To" },
	{ "minutes", "时长（分钟）", T_INT, LIST, .min = 0, .max = 1000000, .heads = "时长", .en = "Minutes", .hint = "不填则按起止时间计算" },
	{ "person_times", "服务人次", T_INT, REQUIRED | LIST, .min = 1, .max = 100000, .en = "Person-times" },
	{ "volunteer", "志愿者编号", T_REF, SOFT | MINE, .ref = &volunteers, .heads = "志愿者", .en = "Volunteer" },
	{ "volunteer_minutes", "志愿时长（分钟）", T_INT, 0, .min = 0, .max = 1440, .heads = "志愿时长", .en = "Volunteer minutes" },
	{ "need", "需求编号", T_REF, LIST, .ref = &needs, .heads = "对应需求", .en = "Need" },
	{ "content", "服务内容", T_LONGTEXT, REQUIRED | LIST | SEARCH, S2, .max = 4000, .en = "What was done" },
	{ "photo", "现场资料", T_FILE, 0, S2, .en = "Photo or file" },
	{ "org", "承接组织", T_REF, DERIVED | ORG | SOFT, .ref = &social_orgs, .en = "Provider" },
	{ "contract", "合同", T_REF, DERIVED, .ref = &contracts, .en = "Contract" },
	{ "filed_at", "登记时间", T_TIME, DERIVED, .en = "Filed at" },
	{ "amend_reason", "更正理由", T_TEXT, STEP, S2, .max = 500, .en = "Why amended" },
	{ "finding", "督导意见", T_TEXT, STEP, S2, .max = 500, .en = "Supervisor's remark" },
};

static enum rc times(struct ctx *c, struct record *r)
{
	int64_t minutes = rec_int(r, "ends") - rec_int(r, "starts");

	if (rec_int(r, "minutes") > 1440)
		return rule_reject(c, "minutes", "minutes_over_a_day", "时长超过一天（1440分钟），请核对");
	if (!rec_has(r, "starts") || !rec_has(r, "ends"))
		return RC_OK;                           /* said already: required or unreadable */
	if (minutes <= 0)
		return rule_reject(c, "ends", "end_time_before_start_time", "结束时间应晚于开始时间");
	if (!rec_has(r, "minutes"))
		rec_set(r, "minutes", minutes);
	if (rec_int(r, "minutes") != minutes)
		return rule_reject(c, "minutes", "duration_differs_from_times", "时长%lld分钟与起止时间相差的%lld分钟不符", (long long)rec_int(r, "minutes"),
			(long long)minutes);
	if (rec_int(r, "volunteer_minutes") > minutes)
		return rule_reject(c, "volunteer_minutes", "volunteer_minutes_too_long", "志愿时长不能超过服务时长");
	if (!rec_imported(r) && rec_int(r, "day") > rule_today(c))
		return rule_reject(c, "day", "date_far_future", "服务日期不能晚于今天，请在服务之后登记");
	return RC_OK;
}

/* The same worker, the same day, overlapping hours. */
static enum rc not_twice(struct ctx *c, struct record *r)
{
	const struct record *o = rule_find(c, &service_records, WITH({ "worker", rec_int(r, "worker") }, { "day", rec_int(r, "day") },
		{ "starts", rec_int(r, "ends"), NULL, '<' },
		{ "ends", rec_int(r, "starts"), NULL, '>' }, { "id", rec_id(r), NULL, '!' }), 0);
	if (!o)
		return RC_OK;
	if (rec_imported(r) && rec_int(o, "community") == rec_int(r, "community")) {
		rule_warn(c, "worker", "worker_double_booked", "该社工在同一时段已有服务记录%s，请核对", rec_text(o, "no"));
		return RC_OK;
	}
	return rule_reject(c, "worker", "worker_double_booked", "该社工在同一时段已有服务记录%s，请改正时间或人员", rec_text(o, "no"));
}

/* The worker's row is locked here, so that two records typed at once see each other in not_twice(). */
static enum rc belongs(struct ctx *c, struct record *r)
{
	const struct record *w = rule_get(c, &workers, rec_int(r, "worker"), true);
	const struct record *k = rule_find(c, &contracts, WITH({ "project", rec_int(r, "project") }), ~(BIT(K_DRAFT) | BIT(K_TERMINATED)));
	enum rc rc = RC_OK;

	if (!w)
		return RC_OK;                           /* said already: reference missing */
	if (!k)
		return rule_reject(c, "project", "no_contract", "该项目尚未签订合同，不能登记服务");
	rec_set(r, "contract", rec_id(k));
	rec_set(r, "org", rec_int(k, "provider"));
	if (rec_int(w, "org") != rec_int(k, "provider"))
		rc = rule_reject(c, "worker", "worker_of_other_org", "该社工不属于承接组织，请选择承接组织的社工");
	if (rec_int(r, "day") < rec_int(k, "starts_on") || rec_int(r, "day") > rec_int(k, "ends_on"))
		rc = rule_reject(c, "day", "outside_contract_period", "服务日期不在合同期（%s至%s）内", rule_day_text(c, rec_int(k, "starts_on")),
			rule_day_text(c, rec_int(k, "ends_on")));
	if (!rec_imported(r) && !rec_in(k, BIT(K_PERFORMING)))
		rc = rule_reject(c, "project", "contract_not_running", "合同不在履行中，不能登记服务");
	return rc;
}

/* After the lock nothing changes quietly: first the step 更正 with its reason, by the author; each version stays readable. */
static enum rc unlocked(struct ctx *c, struct record *r)
{
	int64_t hours = rule_value(c, &rules[LOCK_HOURS], r);

	if (rec_in(r, BIT(R_AMENDING)))
		return RC_OK;
	if (rule_me(c) != rec_created_by(r))
		return rule_reject(c, NULL, "not_the_author", "服务记录只能由登记人修改");
	if (rec_imported(r) || rule_now(c) > rec_int(r, "filed_at") + hours * 3600000)
		return rule_reject(c, NULL, "locked", "登记已超过%lld小时并锁定，请先办理“更正”并写明理由", (long long)hours);
	return RC_OK;
}

static enum rc check(struct ctx *c, struct record *r)
{
	enum rc rc;

	if (rec_old(r) && (rc = unlocked(c, r)))
		return rc;
	if (rec_imported(r) && !rec_has(r, "no"))
		return rule_reject(c, "no", "required_empty", "请填写记录编号");
	if (!rec_old(r))
		rec_set(r, "filed_at", rule_now(c));
	if (rec_has(r, "volunteer") && !rec_has(r, "volunteer_minutes"))
		rec_set(r, "volunteer_minutes", rec_int(r, "ends") - rec_int(r, "starts"));
	if (!rec_has(r, "volunteer") && rec_int(r, "volunteer_minutes"))
		return rule_reject(c, "volunteer", "required_empty", "有志愿时长时请填写志愿者编号");
	if ((rc = times(c, r)) || (rc = belongs(c, r)))
		return rc;
	return not_twice(c, r);
}

static enum rc author(struct ctx *c, struct record *r)
{
	if (!rec_imported(r) && rec_created_by(r) != rule_me(c))
		return rule_reject(c, NULL, "not_the_author", "服务记录只能由登记人更正");
	return RC_OK;
}

static const struct transition transitions[] = {
	{ "confirm", "督导确认", BIT(R_RECORDED), R_CONFIRMED, SUPERVISOR | ORG_MANAGER, .takes = "finding", .not_by = "create",
		.en = "Confirm", .clause = "三(三)1" },
	{ "amend", "更正", BIT(R_RECORDED) | BIT(R_CONFIRMED), R_AMENDING, WORKER | ORG_MANAGER, .takes = "amend_reason!",
		.guard = author, .en = "Amend" },
	{ "finish", "完成更正", BIT(R_AMENDING), R_RECORDED, WORKER | ORG_MANAGER, .guard = author, .en = "Finish amending" },
};
static const struct grant grants[] = {
	{ WORKER | ORG_MANAGER, READ | CREATE | EDIT | DO | EXPORT, OWN_ORG, S2 }, { SUPERVISOR, READ | DO, OWN_ORG, S2 },
	{ COMMUNITY | STREET, READ | EXPORT, REGION, S2 }, { BUREAU, READ | EXPORT | IMPORT, REGION, S2 },
	{ EVALUATOR | FINANCE, READ, REGION, S1 }, { AUDITOR, READ | EXPORT, REGION, S2 }, { VOLUNTEER, READ, OWN, S2 },
};
static const struct hold holds[] = { { "clock_order", CHECK, "ends > starts", "结束时间应晚于开始时间", .field = "ends",
	.code = "end_time_before_start_time" } };
static const struct counter counters[] = {
	{ "service_records", 0, NULL, "day" }, { "service_minutes", 0, "minutes", "day" }, { "person_times", 0, "person_times", "day" },
	{ "volunteer_minutes", 0, "volunteer_minutes", "day" }, { "records_by_method", 0, NULL, "day", "method" },
};
const struct entity service_records = { "service_records", "服务记录", "三(三)1", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions),
	GRANTS(grants), HOLDS(holds), RULES(rules), COUNTERS(counters), .number = "JL", .key = "no", .title = "no", .check = check,
	.made = loop_service_recorded, .en = "Service records" };
