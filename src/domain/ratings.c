/* ratings.c -- 服务评价: a resident's rating of the service he received, by name or without (四(一) 群众评价). Owns the five answers;
 * refuses a second rating of the same service for the same need. */
#include "domain/states.h"

#define STARS(name, label, english) { name, label, T_INT, REQUIRED | LIST, .min = 1, .max = 5, .en = english, .hint = "1 至 5 分" }
static const struct field fields[] = {
	{ "need", "需求", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &needs, .en = "Need" },
	{ "project", "项目", T_REF, DERIVED | LIST, .ref = &projects, .en = "Project" },
	{ "service", "服务记录", T_REF, FIXED, .ref = &service_records, .en = "Service" },
	STARS("attitude", "服务态度", "Attitude"), STARS("skill", "专业水平", "Skill"), STARS("timely", "及时程度", "Timeliness"), STARS("effect",
		"服务效果", "Effect"),
	{ "again", "愿意再次接受服务", T_BOOL, REQUIRED, .en = "Would take it again" },
	{ "words", "意见建议", T_LONGTEXT, 0, S2, .max = 1000, .en = "Remarks" },
	{ "anonymous", "匿名", T_BOOL, LIST, .en = "Anonymous" },
	{ "name", "评价人", T_TEXT, 0, S3, .max = 40, .en = "Name", .hint = "匿名评价不必填写" },
	{ "score_bp", "综合评分", T_BP, DERIVED | LIST, .min = 0, .max = 10000, .en = "Score" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	const struct record *n = rule_get(c, &needs, rec_int(r, "need"), false);

	if (!n || !rec_has(n, "project"))
		return rule_reject(c, "need", "no_project", "该需求尚未由项目提供服务，暂不能评价服务");
	rec_set(r, "project", rec_int(n, "project"));
	if (rec_int(r, "anonymous"))
		rec_clear(r, "name");
	/* four answers of 1..5, twenty at most: 10000 is full marks */
	rec_set(r, "score_bp", (rec_int(r, "attitude") + rec_int(r, "skill") + rec_int(r, "timely") + rec_int(r, "effect")) * 500);
	return RC_OK;
}

static const struct grant grants[] = {
	{ RESIDENT | PUBLIC, READ | CREATE, VIA, S3 }, { COMMUNITY, READ | CREATE, VIA, S2 },
	{ STREET | BUREAU | ORG_MANAGER | WORKER | SUPERVISOR | EVALUATOR, READ, VIA, S2 }, { AUDITOR, READ | EXPORT, VIA, S2 },
};
static const struct hold holds[] = { { "one_rating", UNIQUE, "need, coalesce(service, 0)", "该服务已评价过", .code = "duplicate_key" } };
static const struct counter counters[] = { { "ratings", 0 }, { "ratings_score_bp", 0, "score_bp" } };
enum { N, SCORE };
static const struct indicator indicators[] = { { "SVC.SAT", "服务满意度", "四(一)", &counters[SCORE], &counters[N], 1, 1, 1 } };
const struct entity ratings = { "ratings", "服务评价", "四(一)", APPEND_ONLY, FIELDS(fields), GRANTS(grants), HOLDS(holds), COUNTERS(counters),
	INDICATORS(indicators), .open_in = BIT(N_SERVED) | BIT(N_RESOLVED) | BIT(N_CONFIRMED) | BIT(N_CLOSED) | BIT(N_UNREACHABLE),
		.title = "score_bp",
	.check = check, .made = loop_rated, .en = "Ratings" };
