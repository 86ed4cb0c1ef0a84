/* communities.c -- 社区年度情况: what one residents' or villagers' committee has and needs in figures (二(二)1, 三(二)2).
 * Owns the yearly facts; the community itself is its division. Refuses facts of anything that is no community. */
#include "domain/states.h"
#include <string.h>

static const struct code sorts[] = { { "urban", "城市社区", "城市|城镇社区", "Urban community" },
	{ "rural", "农村社区", "农村|村", "Rural community" }, { 0 } };

#define NUMBER(name, label, head, english) { name, label, T_INT, .min = 0, .max = 10000000, .heads = head, .en = english }
static const struct field fields[] = {
	{ "code", "社区编码", T_DIVISION, REQUIRED | LIST | SCOPE | FIXED, .heads = "社区代码|区划代码", .en = "Community", .hint = "12 位区划代码" },
	{ "name", "社区名称", T_TEXT, REQUIRED | LIST | SEARCH, .max = 60, .en = "Name" },
	{ "year", "年度", T_INT, LIST, .min = 2000, .max = 2100, .en = "Year", .hint = "不填为本年度" },
	{ "street_name", "街道（乡镇）", T_TEXT, 0, .max = 60, .en = "Street or township" },
	{ "county_name", "区县", T_TEXT, 0, .max = 60, .en = "County" },
	{ "sort", "城乡类型", T_CODE, REQUIRED | LIST, .codes = sorts, .en = "Urban or rural" },
	{ "northwest", "辽西北", T_BOOL, 0, .en = "North-west Liaoning" },
	NUMBER("households", "户数", NULL, "Households"),
	{ "population", "常住人口", T_INT, LIST, .min = 0, .max = 10000000, .en = "Population" },
	NUMBER("elderly", "老年人口", NULL, "Elderly"), NUMBER("minors", "未成年人口", NULL, "Minors"),
	NUMBER("migrants", "外来务工人员", NULL, "Migrant workers"), NUMBER("disabled", "残疾人", NULL, "Disabled"),
	NUMBER("low_income", "低收入家庭", NULL, "Low-income families"), NUMBER("left_children", "留守儿童", NULL, "Left-behind children"),
	NUMBER("left_elderly", "留守老人", NULL, "Left-behind elderly"), NUMBER("left_women", "留守妇女", NULL, "Left-behind women"),
	{ "staff", "社区工作者人数", T_INT, LIST, .min = 0, .max = 10000, .en = "Community workers" },
	{ "certified", "持证人数", T_INT, LIST, .min = 0, .max = 10000, .en = "Certificate holders" },
	{ "area", "服务设施面积（平方米）", T_INT, 0, .min = 0, .max = 10000000, .heads = "服务设施面积", .en = "Facility area (m2)" },
	{ "phone", "联系电话", T_PHONE, 0, .en = "Telephone" },
	{ "kind", "区划类别", T_TEXT, DERIVED, .max = 20, .en = "Kind of division" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	const char *kind = rule_place_kind(c, rec_int(r, "code"));

	if (!kind || (!strstr(kind, "residents") && !strstr(kind, "villagers")))
		return rule_reject(c, "code", "division_unknown", "社区编码%lld不是社区（村），请填写 12 位社区代码", (long long)rec_int(r, "code"));
	rec_set_text(r, "kind", kind);
	if (!rec_has(r, "year"))
		rec_set(r, "year", year_of(rule_today(c)));
	if (rec_int(r, "certified") > rec_int(r, "staff"))
		return rule_reject(c, "certified", "certified_more_than_staff", "持证人数%lld多于社区工作者人数%lld，请核对",
			(long long)rec_int(r, "certified"), (long long)rec_int(r, "staff"));
	return RC_OK;
}

#define STAFF (STREET | BUREAU | FINANCE | ORG_MANAGER | WORKER | SUPERVISOR | EVALUATOR | MEDIATOR | AUDITOR)
static const struct grant grants[] = {
	{ RESIDENT | VOLUNTEER | PUBLIC | STAFF, READ, ANY, S1 },
	{ COMMUNITY, READ | CREATE | EDIT, REGION, S2 }, { COMMUNITY, READ, ANY, S1 },
	{ STREET | BUREAU, READ | CREATE | EDIT | EXPORT | IMPORT, REGION, S2 }, { AUDITOR, READ | EXPORT, REGION, S2 },
};
/* 类似单位 (development zones, farms …) are kept but not counted as communities. */
static const struct counter counters[] = {
	{ "communities", 0, NULL, NULL, NULL, "kind IN ('residents','villagers')" },
	{ "population", 0, "population", NULL, NULL, "kind IN ('residents','villagers')" },
};
const struct entity communities = { "communities", "社区年度情况", "二(二)1", 0, FIELDS(fields), GRANTS(grants), COUNTERS(counters),
	.key = "code", .title = "name", .check = check, .en = "Communities" };
