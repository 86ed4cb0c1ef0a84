/* base.c -- 基础资料: divisions, region classes, dated rules, working calendar. The engine reads these rooms by job through
 * `house`; their field names are its contract. Refuses nothing but overlapping or senseless dates. */
#include "domain/states.h"

static const struct code kinds[] = {
	{ "province", "省", NULL, "Province" }, { "city", "市", NULL, "City" }, { "district", "市辖区", NULL, "District" },
	{ "county", "县", NULL, "County" }, { "county_city", "县级市", NULL, "County-level city" },
	{ "subdistrict", "街道", NULL, "Subdistrict" }, { "town", "镇", NULL, "Town" }, { "township", "乡", NULL, "Township" },
	{ "quasi_township", "类似乡级单位", NULL, "Quasi-township" }, { "residents", "居委会", NULL, "Residents' committee" },
	{ "villagers", "村委会", NULL, "Villagers' committee" }, { "quasi_residents", "类似居委会", NULL, "Quasi residents' committee" },
	{ "quasi_villagers", "类似村委会", NULL, "Quasi villagers' committee" }, { 0 } };
static const struct code classes[] = {
	{ "liaoxibei", "辽西北", NULL, "North-west Liaoning" }, { "urban", "城市", NULL, "Urban" }, { "rural", "农村", NULL, "Rural" },
	{ "minority", "少数民族聚居", NULL, "Ethnic minority area" }, { 0 } };
static const struct code day_kinds[] = { { "off", "放假", NULL, "Holiday" }, { "work", "调休上班", NULL, "Working weekend" }, { 0 } };

#define EVERYBODY (RESIDENT | VOLUNTEER | COMMUNITY | STREET | BUREAU | FINANCE | ORG_MANAGER | WORKER | SUPERVISOR | EVALUATOR | \
	MEDIATOR | AUDITOR | SYSADMIN | PUBLIC)
static const struct grant everybody[] = {
	{ EVERYBODY, READ, ANY, S1 }, { PROVINCE, CREATE | EDIT | EXPORT | IMPORT, ANY, S2 }, { SYSADMIN, EXPORT | IMPORT, ANY, S1 } };

static enum rc dates(struct ctx *c, struct record *r)
{
	if (rec_has(r, "valid_to") && rec_int(r, "valid_to") < rec_int(r, "valid_from"))
		return rule_reject(c, "valid_to", "end_before_start", "失效日期早于生效日期，请改正其中一个");
	return RC_OK;
}

static const struct field division_fields[] = {
	{ "code", "区划代码", T_DIVISION, REQUIRED | LIST | FIXED, .en = "Division code" },
	{ "name", "名称", T_TEXT, REQUIRED | LIST | SEARCH, .max = 60, .en = "Name" },
	{ "level", "层级", T_INT, REQUIRED | LIST, .min = 1, .max = 5, .en = "Level", .hint = "1 省 2 市 3 县 4 乡 5 村" },
	{ "parent", "上级", T_DIVISION, LIST, .en = "Parent" },
	{ "kind", "类别", T_CODE, REQUIRED | LIST, .codes = kinds, .en = "Kind" },
	{ "valid_from", "生效日期", T_DATE, REQUIRED, .en = "Valid from" }, { "valid_to", "失效日期", T_DATE, .en = "Valid to" },
	{ "successor", "并入", T_DIVISION, .en = "Successor", .hint = "撤并后由哪个区划接续" },
};
const struct entity divisions = { "divisions", "行政区划", "二(二)3", EVERYWHERE, FIELDS(division_fields), GRANTS(everybody),
	.key = "code", .title = "name", .check = dates, .en = "Divisions" };

static const struct field class_fields[] = {
	{ "division", "区划", T_DIVISION, REQUIRED | LIST, .en = "Division" },
	{ "class", "分类", T_CODE, REQUIRED | LIST, .codes = classes, .en = "Class" },
	{ "valid_from", "生效日期", T_DATE, REQUIRED | LIST, .en = "Valid from" }, { "valid_to", "失效日期", T_DATE, .en = "Valid to" },
	{ "source", "依据", T_TEXT, REQUIRED, .max = 200, .en = "Source", .hint = "文件名或文号" },
};
const struct entity region_classes = { "region_classes", "地区分类", "二(二)3", EVERYWHERE, FIELDS(class_fields), GRANTS(everybody),
	.key = "division class valid_from", .title = "class", .check = dates, .en = "Region classes" };

static const struct field rule_fields[] = {
	{ "code", "规则", T_TEXT, REQUIRED | LIST | FIXED, .max = 60, .en = "Rule" },
	{ "region_code", "适用地区", T_DIVISION, REQUIRED | LIST | FIXED, .en = "Region" },
	{ "valid_from", "生效日期", T_DATE, REQUIRED | LIST, .en = "Valid from" }, { "valid_to", "失效日期", T_DATE, LIST, .en = "Valid to" },
	{ "value", "数值", T_INT, REQUIRED | LIST, .min = -1000000000000, .max = 1000000000000, .en = "Value" },
	{ "source", "依据", T_TEXT, REQUIRED | LIST, .max = 200, .en = "Source", .hint = "法条、文件名或文号" },
};
const struct entity rule_params = { "rule_params", "规则参数", "二(二)3", EVERYWHERE, FIELDS(rule_fields), GRANTS(everybody),
	.key = "code region_code valid_from", .title = "code", .check = dates, .en = "Dated rules" };

static const struct field holiday_fields[] = {
	{ "day", "日期", T_DATE, REQUIRED | LIST | FIXED, .en = "Day" },
	{ "kind", "类别", T_CODE, REQUIRED | LIST, .codes = day_kinds, .en = "Kind" },
	{ "label", "说明", T_TEXT, LIST, .max = 60, .en = "Label" },
};
const struct entity holidays = { "holidays", "节假日", "三(四)", EVERYWHERE, FIELDS(holiday_fields), GRANTS(everybody),
	.key = "day", .title = "label", .en = "Holidays" };
