/* small_room.h -- a little world for the engine's tests: cases with notes below them, and the rooms of a house. Every test program
 * that includes it opens its own database in a temporary folder. */
#pragma once
#include "base/clock.h"
#include "engine/access.h"
#include "engine/account.h"
#include "engine/audit.h"
#include "engine/flow.h"
#include "engine/more.h"
#include "store/migrate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- the house */
static const struct field places_f[] = { { "code", "代码", T_DIVISION, REQUIRED }, { "name", "名称", T_TEXT, REQUIRED | SEARCH, .max = 60 },
	{ "level", "层级", T_INT, .max = 9 }, { "parent", "上级", T_DIVISION }, { "kind", "类别", T_TEXT, .max = 40 },
	{ "valid_from", "自", T_DATE }, { "valid_to", "至", T_DATE } };
static const struct field classes_f[] = { { "division", "区划", T_DIVISION }, { "class", "类", T_TEXT, .max = 40 },
	{ "valid_from", "自", T_DATE }, { "valid_to", "至", T_DATE }, { "source", "依据", T_TEXT, .max = 200 } };
static const struct field rules_f[] = { { "code", "规则", T_TEXT, REQUIRED, .max = 60 }, { "region_code", "地区", T_DIVISION },
	{ "valid_from", "自", T_DATE }, { "valid_to", "至", T_DATE }, { "value", "值", T_INT, .min = -1000000000000, .max = 1000000000000 },
	{ "source", "依据", T_TEXT, .max = 200 } };
static const struct field holidays_f[] = { { "day", "日", T_DATE }, { "kind", "类", T_TEXT, .max = 10 } };
static const struct grant all_g[] = { { PROVINCE, READ | CREATE | EDIT, ANY, S2 } };
static const struct entity places_e = { "t_places", "区划", "测", EVERYWHERE, FIELDS(places_f), GRANTS(all_g), .key = "code" };
static const struct entity classes_e = { "t_classes", "分类", "测", EVERYWHERE, FIELDS(classes_f), GRANTS(all_g) };
static const struct entity rules_e = { "t_rules", "规则", "测", EVERYWHERE, FIELDS(rules_f), GRANTS(all_g) };
static const struct entity holidays_e = { "t_holidays", "假日", "测", EVERYWHERE, FIELDS(holidays_f), GRANTS(all_g) };
static const struct house small_house = { &places_e, &classes_e, &rules_e, &holidays_e, NULL, 0, NULL, 0 };

/* -- cases */
enum { DRAFT, OPEN, WAITING, CLOSED, DROPPED };
static const struct rule wait_days = { "t.wait_days", "等待天数", 5, "测", "Wait" }, lapse_days = { "t.lapse_days", "时限", 3, "测", "Lapse" };
static const struct term wait_term = { &wait_days, DAYS, NULL, NULL }, lapse_term = { &lapse_days, WORKDAYS, NULL, "drop" };
static const struct state cases_s[] = { [DRAFT] = { "draft", "草稿", .en = "Draft" }, [OPEN] = { "open", "办理中", .en = "Open" },
	[WAITING] = { "waiting", "等待中", &lapse_term, .en = "Waiting" }, [CLOSED] = { "closed", "已办结", .en = "Closed" },
	[DROPPED] = { "dropped", "已撤销", .en = "Dropped" } };
static const struct field cases_f[] = {
	{ "title", "标题", T_TEXT, REQUIRED | LIST, .max = 60 }, { "community", "社区", T_DIVISION, REQUIRED | SCOPE },
	{ "phone", "电话", T_PHONE, MINE | LOOKUP, S3 }, { "helper", "社工", T_INT, 0, .max = INT64_MAX },
	{ "worker", "社工档案", T_REF, SOFT | MINE, S2 }, { "org", "机构", T_REF, SOFT | ORG, S2 },
	{ "grade", "评分", T_INT, STEP, .min = 1, .max = 10 }, { "note", "意见", T_TEXT, STEP, .max = 200 },
	{ "price", "报价", T_INT, SEALED, S2, .max = 1000000 }, { "secret", "笔录", T_TEXT, 0, S4, .max = 200 } };
static enum rc only_odd(struct ctx *c, struct record *r)
{
	return rec_int(r, "grade") % 2 ? RC_OK : rule_reject(c, "grade", "even", "评分应为单数");
}
static enum rc mark(struct ctx *c, struct record *r)
{
	(void)c;
	rec_set_text(r, "title", "已评");
	return RC_OK;
}
static const struct transition cases_t[] = {
	{ "submit", "提交", BIT(DRAFT), OPEN, COMMUNITY | RESIDENT, .en = "Submit" },
	{ "judge", "评定", BIT(OPEN), CLOSED, STREET | COUNTY | PUBLIC, "grade! note", .not_by = "create submit", .guard = only_odd, .after = mark },
	{ "hold", "挂起", BIT(DRAFT) | BIT(OPEN), WAITING, COMMUNITY },
	{ "resume", "恢复", BIT(WAITING), BACK, COMMUNITY },
	{ "finish", "办结", BIT(OPEN), CLOSED, COMMUNITY, .wait = &wait_term },
	{ "drop", "撤销", BIT(WAITING), DROPPED, SYSTEM } };
static const struct grant cases_g[] = {
	{ COMMUNITY | STREET | COUNTY | CITY | PROVINCE, READ | CREATE | EDIT | DO, REGION, S3 },
	{ AUDITOR, READ, REGION, S2, BIT(OPEN) | BIT(CLOSED) }, { RESIDENT, READ | CREATE | EDIT | DO, OWN, S3 },
	{ VOLUNTEER | WORKER, READ, OWN, S3 }, { WORKER, READ | DO | REVEAL, ASSIGNED, S4 }, { WORKER, READ, REGION, S1 },
	{ ORG_MANAGER, READ | EDIT, OWN_ORG, S2 }, { SUPERVISOR, READ, ABOVE, S2 },
	{ PUBLIC, READ | DO, HOLDER, S2 }, { PUBLIC, READ, ANY, S1, BIT(CLOSED) }, { FINANCE, READ, ANY, S1 } };
static const struct entity cases_e = { "t_cases", "案件", "测", 0, FIELDS(cases_f), STATES(cases_s), TRANSITIONS(cases_t),
	GRANTS(cases_g), .sealed_in = BIT(DRAFT) | BIT(OPEN), .en = "Case" };
static const struct field notes_f[] = { { "parent", "案件", T_REF, OWNER | REQUIRED, .ref = &cases_e }, { "word", "记录", T_TEXT, 0, .max = 60 } };
static const struct grant notes_g[] = { { COMMUNITY | STREET | RESIDENT | ORG_MANAGER | AUDITOR, READ, VIA, S2 },
	{ COMMUNITY | RESIDENT, CREATE | EDIT, VIA, S2 }, { PUBLIC, CREATE | READ, HOLDER, S2 } };
static const struct entity notes_e = { "t_notes", "记录", "测", 0, FIELDS(notes_f), GRANTS(notes_g), .en = "Note" };
static const struct entity *const small_rooms[] = { &places_e, &classes_e, &rules_e, &holidays_e, &cases_e, &notes_e };

/* -- a database and requests on it */
static struct arena *arena;
static struct store *store;
static char folder[64];

static int small_open(void **state)
{
	const char *pg = getenv("SANSHE_TEST_PG"), *why = "", *url;
	char path[128];

	(void)state;
	unsetenv("SANSHE_KEY");
	arena = arena_new(0);
	snprintf(folder, sizeof(folder), "/tmp/sanshe-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "sqlite:%s/t.db", folder);
	url = pg ? pg : path;
	if (keys_load(arena, path, true, &why) || !(store = store_open(arena, url, true, 4, &why))
	    || migrate_run(store, small_rooms, COUNT(small_rooms), &why)) {
		print_error("%s\n", why);
		return -1;
	}
	return 0;
}

static int small_close(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".key" };
	char path[160];

	(void)state;
	store_close(store);
	for (unsigned i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof(path), "%s/t.db%s", folder, ends[i]);
		unlink(path);
	}
	rmdir(folder);
	arena_free(arena);
	return 0;
}

struct request { struct ctx c; enum rc (*fn)(struct ctx *, void *); void *arg; };

static enum rc small_run(struct tx *tx, void *arg)
{
	struct request *q = arg;

	q->c.tx = tx;
	return q->fn(&q->c, q->arg);
}

static struct ctx small_ctx(const struct caller *who)
{
	struct ctx c;

	ctx_init(&c, arena, store, who);
	c.house = &small_house;
	c.now = clock_day_start(day_of(2020, 11, 20)) + 36000000;
	return c;
}

/* One request as `who` on 2020-11-20, 10:00. The context after it is in *out, for its problems. */
static inline enum rc as(const struct caller *who, enum rc (*fn)(struct ctx *, void *), void *arg, struct ctx *out)
{
	struct request q = { small_ctx(who), fn, arg };
	enum rc rc = store_write(store, small_run, &q);

	if (out)
		*out = q.c;
	return rc;
}

static inline void put_int(struct record *r, const char *field, int64_t v)
{
	r->v[room_field(r->e, field) - r->e->fields] = v ? VINT(v) : VNULL;
}

static inline void put_text(struct record *r, const char *field, const char *s)
{
	r->v[room_field(r->e, field) - r->e->fields] = value_text(s);
}

/* A row of a house room. */
static inline enum rc add_row(struct ctx *c, struct record *r)
{
	r->city = 2100;
	r->region = INT64_C(210000000000);
	r->county = 210000;
	return record_insert(c, r);
}

static inline enum rc add_rule(struct ctx *c, const char *code, int64_t region, int64_t from, int64_t to, int64_t value)
{
	struct record *r = record_new(c, &rules_e);

	put_text(r, "code", code);
	put_int(r, "region_code", region);
	put_int(r, "valid_from", from);
	put_int(r, "valid_to", to);
	put_int(r, "value", value);
	put_text(r, "source", "测");
	return add_row(c, r);
}

static inline bool has_problem(const struct ctx *c, const char *code)
{
	for (unsigned i = 0; i < c->n_problems; i++)
		if (!strcmp(c->problems[i].code, code))
			return true;
	return false;
}
