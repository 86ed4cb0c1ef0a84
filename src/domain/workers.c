/* workers.c -- 社会工作者与社区工作者: people who serve, their certificates (三(一)). Owns the roster; refuses an id number that
 * contradicts the birth date written beside it. */
#include "domain/states.h"
#include <string.h>

static const struct field fields[] = {
	{ "code", "工号", T_TEXT, REQUIRED | LIST | FIXED, .max = 24, .en = "Staff number" },
	{ "name", "姓名", T_TEXT, REQUIRED | LIST | SEARCH, S2, .max = 80, .en = "Name" },
	{ "sex", "性别", T_CODE, 0, S2, .codes = gender, .en = "Sex" },
	{ "ethnic", "民族", T_CODE, 0, S2, .codes = ethnic, .en = "Ethnic group" },
	{ "idno", "身份证号", T_IDNO, REQUIRED | LOOKUP | CLAIM, S3, .heads = "公民身份号码|身份证号码", .en = "Citizen ID" },
	{ "birth", "出生日期", T_DATE, 0, S3, .en = "Birth date" },
	{ "education", "学历", T_CODE, 0, S2, .codes = education, .en = "Education" },
	{ "org", "所属机构", T_REF, LIST | ORG | SOFT, .ref = &social_orgs, .heads = "所属机构代码", .en = "Organisation",
		.hint = "社会工作服务机构的统一社会信用代码；社区人员不填" },
	{ "community", "所在社区", T_DIVISION, REQUIRED | LIST | SCOPE, .heads = "所在社区编码", .en = "Community" },
	{ "category", "人员类别", T_CODE, REQUIRED | LIST, .codes = worker_category, .en = "Category" },
	{ "certificate", "证书等级", T_CODE, REQUIRED | LIST, .codes = certificate_level, .en = "Certificate" },
	{ "certificate_no", "证书编号", T_TEXT, 0, S2, .max = 40, .en = "Certificate number" },
	{ "certified_on", "取证日期", T_DATE, 0, .en = "Certified on" },
	{ "allowance_fen", "月职业津贴（元）", T_FEN, 0, S2, .min = 0, .max = 10000000, .heads = "月职业津贴", .en = "Monthly allowance" },
	{ "phone", "手机号", T_PHONE, LOOKUP, S3, .heads = "联系电话", .en = "Telephone" },
	{ "joined_on", "入职日期", T_DATE, 0, .en = "Joined on" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	const char *id = rec_text(r, "idno");
	enum rc rc = RC_OK;

	if (strlen(id) == 18) {
		int64_t birth = rec_int(r, "birth"), year = year_of(birth), digits = 0;

		for (int i = 6; i < 10; i++)
			digits = digits * 10 + (id[i] - '0');
		if (rec_has(r, "birth") && (digits != year || memcmp(rule_day_text(c, birth) + 5, (char[]){ id[10], id[11], '-',
			id[12], id[13], 0 }, 5)))
			rc = rule_reject(c, "birth", "birth_date_differs_from_id", "出生日期与身份证号不一致，请核对两项");
		if (rec_is(r, "sex", (id[16] - '0') % 2 ? "2" : "1"))
			rule_warn(c, "idno", "id_gender_mismatch", "身份证号第17位与性别不一致，请核对");
	}
	if (!rec_is(r, "certificate", "CERT0") && !rec_has(r, "certificate_no"))
		rc = rule_reject(c, "certificate_no", "required_empty", "持证人员请填写证书编号");
	if (rec_int(r, "joined_on") > rule_today(c) + 366)
		rc = rule_reject(c, "joined_on", "date_far_future", "入职日期过远，请核对");
	return rc;
}

static const struct grant grants[] = {
	{ COMMUNITY | STREET, READ, REGION, S2 }, { BUREAU, READ | CREATE | EDIT | REVEAL | EXPORT | IMPORT, REGION, S2 },
	{ ORG_MANAGER, READ | CREATE | EDIT | EXPORT, OWN_ORG, S2 }, { WORKER | SUPERVISOR, READ, OWN_ORG, S2 }, { WORKER, READ, OWN, S3 },
	{ VOLUNTEER | EVALUATOR | FINANCE | MEDIATOR, READ, REGION, S1 }, { AUDITOR, READ | EXPORT, REGION, S2 },
};
static const struct counter counters[] = {
	{ "workers", 0 }, { "workers_certified", 0, .only = "certificate <> 'CERT0'" },
	{ "workers_by_certificate", 0, .by = "certificate" },
};
enum { ALL, CERTIFIED };
static const struct indicator indicators[] = {
	{ "TAL.CERT", "持证率(%)", "三(一)3", &counters[CERTIFIED], &counters[ALL], 100, 1, 1 } };
const struct entity workers = { "workers", "社会工作者", "三(一)", 0, FIELDS(fields), GRANTS(grants), COUNTERS(counters),
	INDICATORS(indicators), .key = "code", .title = "name", .check = check, .en = "Social workers" };
