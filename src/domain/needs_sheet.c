/* needs_sheet.c -- 居民需求登记表: how communities send their needs as a file. Owns the layout; a row becomes a need with the history
 * the file tells. Refuses ratings of needs that are still open, and dates that run backwards. */
#include "domain/states.h"
#include <string.h>

extern const struct entity needs_sheet;

static const struct code urgency[] = { { "1", "一般", NULL, "Normal" }, { "2", "较急", NULL, "Pressing" }, { "3", "紧急", NULL, "Urgent" }, { 0 } };
static const struct code found_by[] = {
	{ "self", "居民申请", "本人申请", "By the resident" }, { "behalf", "代填", "代为登记", "On behalf" },
	{ "visit", "入户走访", "走访", "Home visit" }, { "hotline", "热线", "电话|12345", "Hotline" },
	{ "meeting", "议事会", NULL, "Residents' meeting" }, { "grid", "网格员上报", "网格", "Grid worker" },
	{ "import", "导入", NULL, "Import" }, { 0 } };
static const struct { const char *code; enum need_state state; } born[] = {
	{ "submitted", N_SUBMITTED }, { "accepted", N_ACCEPTED }, { "in_service", N_SERVED }, { "resolved", N_RESOLVED },
	{ "confirmed", N_CONFIRMED }, { "rejected", N_REJECTED }, { "withdrawn", N_WITHDRAWN } };
static const struct code words[] = {
	{ "submitted", "待核实", "已提交|待受理", "Submitted" }, { "accepted", "已受理", NULL, "Accepted" },
	{ "in_service", "服务中", NULL, "In service" }, { "resolved", "已办结", "办结", "Resolved" },
	{ "confirmed", "已评价", NULL, "Rated" }, { "rejected", "不予受理", NULL, "Not accepted" }, { "withdrawn", "已撤回", NULL, "Withdrawn" }, { 0 } };

static const struct field fields[] = {
	{ "no", "需求编号", T_TEXT, REQUIRED, .max = 24, .en = "Number" },
	{ "community", "社区编码", T_DIVISION, REQUIRED | SCOPE, .heads = "所属社区", .en = "Community" },
	{ "owner_name", "居民姓名", T_TEXT, REQUIRED, S3, .max = 80, .en = "Resident" },
	{ "phone", "联系电话", T_PHONE, 0, S3, .en = "Telephone" },
	{ "grp", "服务对象类别", T_CODE, REQUIRED, .codes = target_group, .heads = "服务对象", .en = "Target group" },
	{ "domain", "需求领域", T_CODE, REQUIRED, .codes = service_domain, .en = "Field of service" },
	{ "detail", "需求描述", T_LONGTEXT, REQUIRED, S2, .max = 4000, .heads = "具体情况", .en = "Description" },
	{ "urgency", "紧急程度", T_CODE, 0, .codes = urgency, .en = "Urgency" },
	{ "raised_on", "提出日期", T_DATE, REQUIRED, .en = "Raised on" },
	{ "channel", "发现方式", T_CODE, 0, .codes = found_by, .en = "How found" },
	{ "status", "状态", T_CODE, REQUIRED, .codes = words, .en = "State" },
	{ "project_no", "项目编号", T_TEXT, 0, .max = 24, .en = "Project number" },
	{ "rating", "满意度", T_INT, 0, .min = -1000000, .max = 1000000, .en = "Rating (1-5)" },
	{ "resolved_on", "办结日期", T_DATE, 0, .en = "Resolved on" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	enum rc rc = RC_OK;
	bool done = rec_is(r, "status", "resolved") || rec_is(r, "status", "confirmed") || rec_is(r, "status", "rejected");

	if (rec_has(r, "rating") && (rec_int(r, "rating") < 1 || rec_int(r, "rating") > 5))
		rc = rule_reject(c, "rating", "rating_out_of_range", "满意度应为 1 至 5 的整数");
	else if (rec_has(r, "rating") && !rec_is(r, "status", "confirmed"))
		rc = rule_reject(c, "status", "rated_but_not_closed", "已有满意度的需求，状态应为“已评价”");
	else if (!rec_has(r, "rating") && rec_is(r, "status", "confirmed"))
		rc = rule_reject(c, "rating", "required_empty", "状态为“已评价”时请填写满意度");
	if (rec_has(r, "resolved_on") && rec_int(r, "resolved_on") < rec_int(r, "raised_on"))
		rc = rule_reject(c, "resolved_on", "closed_before_raised", "办结日期早于提出日期");
	else if (rec_has(r, "resolved_on") && !done)
		rc = rule_reject(c, "resolved_on", "closed_but_open", "尚未办结的需求不应有办结日期");
	if (rec_has(r, "project_no") && strncmp(rec_text(r, "project_no"), "XM", 2))
		rc = rule_reject(c, "project_no", "reference_missing", "项目编号“%s”不对：应以 XM 开头", rec_text(r, "project_no"));
	return rc;
}

/* The row is taken: a need born in the state the file gives, and the resident's word where the file holds one. */
static enum rc made(struct ctx *c, struct record *r)
{
	struct pair with[20] = {
		{ "no", 0, rec_text(r, "no") }, { "community", rec_int(r, "community") }, { "owner_name", 0, rec_text(r, "owner_name") },
		{ "grp", 0, rec_text(r, "grp") }, { "domain", 0, rec_text(r, "domain") },
		{ "detail", 0, rec_text(r, "detail") }, { "raised_on", rec_int(r, "raised_on") } };
	unsigned n = 7;
	enum need_state state = N_SUBMITTED;
	int64_t id, today = rec_has(r, "resolved_on") ? rec_int(r, "resolved_on") : rec_int(r, "raised_on");
	enum rc rc;

	for (unsigned i = 0; i < COUNT(born); i++)
		if (rec_is(r, "status", born[i].code))
			state = born[i].state;
	with[n++] = (struct pair){ "urgency", 0, rec_has(r, "urgency") ? rec_text(r, "urgency") : "1" };
	with[n++] = (struct pair){ "channel", 0, rec_has(r, "channel") ? rec_text(r, "channel") : "import" };
	if (rec_has(r, "phone"))
		with[n++] = (struct pair){ "phone", 0, rec_text(r, "phone") };
	if (rec_has(r, "project_no"))
		with[n++] = (struct pair){ "project_no", 0, rec_text(r, "project_no") };
	if (rec_has(r, "resolved_on"))
		with[n++] = (struct pair){ "resolved_on", rec_int(r, "resolved_on") };
	if (rec_has(r, "rating")) {
		with[n++] = (struct pair){ "rating", rec_int(r, "rating") };
		with[n++] = (struct pair){ "satisfied", rec_int(r, "rating") >= rule_on(c, &word_rules[SATISFIED_FROM], r, today) };
	}
	if ((rc = rule_history(c, &needs, with, (int)state, today, &id)) || !rec_has(r, "rating"))
		return rc;
	return rule_history(c, &need_confirmations, WITH({ "need", id }, { "how", 0, "file" }, { "score", rec_int(r, "rating") },
		{ "satisfied", rec_int(r, "rating") >= rule_on(c, &word_rules[SATISFIED_FROM], r, today) }), 0, today, NULL);
}

const struct entity needs_sheet = { "needs_sheet", "居民需求登记表", "三(四)", SHEET, FIELDS(fields), .key = "no", .check = check, .made = made,
	.en = "Needs file" };
