/* store_rooms.h -- two little rooms and a reference table for the tests of store/. */
#pragma once
#include "def/def.h"

static const struct term soon = { .since = NULL };
static const struct code kinds[] = { { "a", "甲" }, { "b", "乙" }, { 0 } };
static const struct field place_fields[] = { { "code", "代码", T_DIVISION, REQUIRED }, { "name", "名称", T_TEXT, REQUIRED, .max = 40 } };
static const struct entity place = { "place", "地方", "1", EVERYWHERE, FIELDS(place_fields), .key = "code" };
static const struct entity work;
static const struct field shop_fields[] = {
	{ "no", "编号", T_TEXT, DERIVED, .max = 20 }, { "name", "名称", T_TEXT, REQUIRED | SEARCH, .max = 40 },
	{ "phone", "电话", T_PHONE, LOOKUP, S3 }, { "grade", "等级", T_INT, LIST, .min = 1, .max = 5 },
	{ "opened", "开业", T_DATE, LIST }, { "works", "当前工作", T_REF, .ref = &work }, { "open", "营业", T_BOOL },
	{ "kind", "类别", T_CODE, LOOKUP, .codes = kinds },
};
static const struct state shop_states[] = { { "new", "新", &soon }, { "done", "完成" } };
static const struct hold shop_holds[] = {
	{ "dates", CHECK, "opened IS NULL OR opened > 0", "开业日期不对" },
	{ "one_phone", UNIQUE, "phone", "电话重复" },
	{ "one_name", UNIQUE, "name, grade", "重名", "state <> 'done'" },
	{ "one_kind", UNIQUE, "kind, coalesce(grade, 0), opened", "同日同类", "opened IS NOT NULL" },
};
static const struct entity shop = { "shop", "店", "1", 0, FIELDS(shop_fields), STATES(shop_states), HOLDS(shop_holds) };
static const struct field work_fields[] = {
	{ "shop", "店", T_REF, REQUIRED | OWNER, .ref = &shop }, { "helper", "帮手", T_REF, SOFT, .ref = &shop },
	{ "place", "地方", T_REF, .ref = &place }, { "fen", "金额", T_FEN },
};
static const struct entity work = { "work", "工", "1", APPEND_ONLY, FIELDS(work_fields), .key = "shop fen" };
static const struct entity *const test_rooms[] = { &work, &shop, &place };
