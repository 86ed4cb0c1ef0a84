/* volunteers.c -- 志愿者 (三(五)). Owns the register; the volunteer number never holds the citizen ID. Refuses nothing a person may
 * write about himself but a wrong number. */
#include "domain/states.h"
#include <string.h>

static const struct code times[] = { { "weekend", "周末", NULL, "Weekends" }, { "daytime", "工作日白天", NULL, "Weekdays, daytime" },
	{ "evening", "晚间", NULL, "Evenings" }, { "any", "不限", NULL, "Any time" }, { 0 } };

static const struct field fields[] = {
	{ "code", "志愿者编号", T_TEXT, REQUIRED | LIST | FIXED, .max = 24, .en = "Volunteer number" },
	{ "name", "姓名", T_TEXT, REQUIRED | LIST, S3, .max = 80, .en = "Name" },
	{ "sex", "性别", T_CODE, 0, S2, .codes = gender, .en = "Sex" },
	{ "idno", "身份证号", T_IDNO, REQUIRED | LOOKUP | CLAIM, S3, .heads = "公民身份号码|身份证号码", .en = "Citizen ID" },
	{ "phone", "手机号", T_PHONE, LOOKUP | MINE, S3, .heads = "联系电话", .en = "Telephone" },
	{ "community", "所属社区", T_DIVISION, REQUIRED | LIST | SCOPE, .heads = "所属社区编码", .en = "Community" },
	{ "skills", "技能专长", T_TEXT, LIST | SEARCH, .max = 100, .en = "Skills" },
	{ "times", "可服务时段", T_CODE, LIST, .codes = times, .en = "Available" },
	{ "registered_on", "注册日期", T_DATE, LIST, .en = "Registered on" },
	{ "trained", "已完成社工知识培训", T_BOOL, LIST, .en = "Trained in social work" },
	{ "minutes", "累计服务分钟", T_INT, 0, .min = 0, .max = 100000000, .en = "Minutes served",
		.hint = "登记前已有的时长；此后由服务记录累加" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	const char *id = rec_text(r, "idno");

	if (strlen(id) == 18 && rec_is(r, "sex", (id[16] - '0') % 2 ? "2" : "1"))
		rule_warn(c, "idno", "id_gender_mismatch", "身份证号第17位与性别不一致，请核对");
	if (!rec_has(r, "registered_on"))
		rec_set(r, "registered_on", rule_today(c));
	if (rec_int(r, "registered_on") > rule_today(c))
		return rule_reject(c, "registered_on", "date_far_future", "注册日期不能晚于今天");
	return RC_OK;
}

static const struct grant grants[] = {
	{ VOLUNTEER | RESIDENT, READ | CREATE | EDIT, OWN, S3 },
	{ COMMUNITY | STREET, READ | CREATE | EDIT | REVEAL, REGION, S2 }, { BUREAU, READ | CREATE | EDIT | REVEAL | EXPORT | IMPORT, REGION, S2 },
	{ WORKER | ORG_MANAGER | SUPERVISOR, READ, REGION, S1 }, { AUDITOR, READ | EXPORT, REGION, S2 },
};
static const struct counter counters[] = { { "volunteers", 0 }, { "volunteers_trained", 0, .only = "trained = 1" } };
const struct entity volunteers = { "volunteers", "志愿者", "三(五)", 0, FIELDS(fields), GRANTS(grants), COUNTERS(counters), .key = "code",
	.title = "code", .check = check, .en = "Volunteers" };
