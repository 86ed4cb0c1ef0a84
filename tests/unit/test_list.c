/* test_list.c -- lists of a little room: every page once, every filter, what may not be asked, search, totals. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/clock.h"
#include "engine/list.h"
#include "engine/more.h"
#include "store/sql.h"
#include <string.h>

enum { NEW, DONE, ROWS = 60 };
static const struct code kinds[] = { { "a", "甲类" }, { "b", "乙类" }, { 0 } };
static const struct field fields[] = {
	{ "name", "名称", T_TEXT, REQUIRED | SEARCH | LIST, .max = 40 }, { "area", "社区", T_DIVISION, REQUIRED | SCOPE },
	{ "kind", "类别", T_CODE, LIST, .codes = kinds }, { "day", "日期", T_DATE, LIST }, { "fen", "金额", T_FEN, LIST, S2 },
	{ "note", "内部说明", T_TEXT, SEARCH, S2, .max = 40 }, { "phone", "电话", T_PHONE, LOOKUP, S3 }, { "secret", "密", T_TEXT, 0, S4, .max = 20 },
	{ "score", "评分", T_INT, SEALED, .max = 9 },
};
static const struct state states[] = { { "new", "新" }, { "done", "完成" } };
static const struct grant grants[] = { { COMMUNITY, READ, REGION, S2 }, { CITY, READ, REGION, S2 }, { RESIDENT, READ, ANY, S1 } };
static const struct entity room = { "test_things", "物件", "-", 0, FIELDS(fields), STATES(states), GRANTS(grants), .sealed_in = BIT(NEW), .title = "name" };

static const char divisions_csv[] = "code,name,level,parent_code,kind,liaoxibei\n"
	"210000000000,辽宁省,1,,province,0\n210100000000,沈阳市,2,210000000000,city,0\n210102000000,和平区,3,210100000000,district,0\n"
	"210102021000,南湖街道,4,210102000000,subdistrict,0\n210102021003,文安路社区,5,210102021000,residents,0\n"
	"210900000000,阜新市,2,210000000000,city,1\n210921000000,阜新县,3,210900000000,county,1\n210921001000,镇,4,210921000000,town,1\n"
	"210921001001,社区,5,210921001000,residents,1\n";
static const struct caller clerk = { .account = 1, .person = 7, .role = COMMUNITY, .region = INT64_C(210102021003), .name = "clerk" };
static const struct caller city = { .account = 2, .person = 8, .role = CITY, .region = INT64_C(210100000000), .name = "city" };
static const struct caller resident = { .account = 3, .person = 9, .role = RESIDENT, .region = INT64_C(210102021003), .name = "resident" };
static struct store *store;
static struct arena *arena;

static enum rc build(struct tx *tx, void *arg)
{
	enum rc rc = tx_script(tx, sql_system(arena, STORE_SQLITE));
	struct ctx c;

	(void)arg;
	ctx_init(&c, arena, store, &caller_system);
	c.tx = tx;
	for (unsigned i = 0; i < n_rooms + 1 && !rc; i++) {
		const struct entity *e = i < n_rooms ? rooms[i] : &room;
		if (!(rc = tx_script(tx, sql_tables(arena, e, STORE_SQLITE))))
			rc = tx_script(tx, sql_indexes(arena, e, STORE_SQLITE));
	}
	if (rc || (rc = rules_seed(&c, divisions_csv, sizeof divisions_csv - 1)) || (rc = rules_load(&c)))
		return rc;
	for (int i = 0; i < ROWS && !rc; i++)           /* a third without a day, a third in the other city */
		rc = rule_create(&c, &room, WITH({ "name", .text = arena_printf(arena, "%s%d号", i % 2 ? "助浴服务" : "送餐", i) },
			{ "area", i % 3 ? INT64_C(210102021003) : INT64_C(210921001001) }, { "kind", .text = i % 2 ? "a" : "b" },
			{ i % 3 == 1 ? "score" : "day", i % 3 == 1 ? 5 : 18000 + i / 6 }, { "fen", i }, { "note", .text = i == 7 ? "独居老人" : "无" },
			{ "phone", .text = i == 5 ? "13800138000" : "13900139000" }), NULL);
	return rc ? rc : tx_exec(tx, "UPDATE test_things SET state = 'done' WHERE fen >= 50", NULL, 0, NULL);
}

struct ask { const struct caller *who; const struct param *params; unsigned n; bool totals; struct buf out; struct ctx c; };
static enum rc run(struct tx *tx, void *arg)
{
	struct ask *a = arg;
	struct jout o;

	ctx_init(&a->c, arena, store, a->who);
	a->c.tx = tx;
	buf_init(&a->out, arena);
	jout_init(&o, &a->out);
	return a->totals ? list_totals(&a->c, &room, a->params, a->n, &o) : list_run(&a->c, &room, a->params, a->n, &o);
}
static struct ask last;
static const struct jval *answer(const struct caller *who, const struct param *params, unsigned n, bool totals)
{
	const char *why = NULL;

	last = (struct ask){ .who = who, .params = params, .n = n, .totals = totals };
	return store_read(store, run, &last) ? NULL : json_read(arena, last.out.p, last.out.n, 32, &why);
}
#define P(...) (const struct param[]){ __VA_ARGS__ }, COUNT(((const struct param[]){ __VA_ARGS__ }))
#define ASK(who, ...) answer(who, P(__VA_ARGS__), false)
static long total(const struct caller *who, const char *name, const char *value)
{
	const struct jval *v = ASK(who, { "total", "1" }, { "limit", "200" }, { name, value });
	long n = v ? (long)json_get(v, "total")->i : -1;

	if (v)
		assert_int_equal(json_get(v, "items")->n, n);
	return n;
}
static bool said(const char *code)
{
	return last.c.n_problems && !strcmp(last.c.problems[0].code, code);
}

static int setup(void **state)
{
	const char *why = NULL;

	(void)state;
	arena = arena_new(0);
	store = store_open(arena, "sqlite::memory:", true, 2, &why);
	assert_non_null(store);
	assert_int_equal(keys_load(arena, "sqlite::memory:", true, &why), RC_OK);
	return store_write(store, build, NULL) ? -1 : 0;
}
static int teardown(void **state)
{
	(void)state;
	store_close(store);
	arena_free(arena);
	return 0;
}

/* Page by page in every order, rows without a key last: each record exactly once, in order. */
static void every_page_once(void **state)
{
	static const char *const sorts[] = { "id", "-id", "day", "-day", "name", "-fen", "due" };

	(void)state;
	for (unsigned s = 0; s < COUNT(sorts); s++)
		for (unsigned limit = 1; limit <= 40; limit += 13) {
			const char *cursor = "", *before = NULL;
			bool seen[ROWS] = { false }, nulls = false;
			unsigned n = 0;

			while (cursor) {
				const struct jval *v = ASK(&caller_system, { "sort", sorts[s] }, { "cursor", cursor }, { "limit", arena_printf(arena, "%u", limit) });
				assert_non_null(v);
				const struct jval *items = json_get(v, "items");
				for (size_t i = 0; i < items->n; i++, n++) {
					const struct jval *fen = json_get(&items->items[i], "fen");
					const char *day = json_text(&items->items[i], "day");
					assert_false(seen[fen->i]);
					seen[fen->i] = true;
					if (strcmp(sorts[s] + (*sorts[s] == '-'), "day"))
						continue;
					assert_false(nulls && day);             /* once without, always without */
					nulls |= !day;
					if (day && before)
						assert_true(*sorts[s] == '-' ? strcmp(before, day) >= 0 : strcmp(before, day) <= 0);
					before = day;
				}
				cursor = json_text(v, "next");
			}
			assert_int_equal(n, ROWS);
		}
}

static void filters(void **state)
{
	(void)state;
	assert_int_equal(total(&caller_system, "state", "done"), 10);
	assert_int_equal(total(&caller_system, "state", "new,done"), ROWS);
	assert_int_equal(total(&caller_system, "region", "21"), ROWS);
	assert_int_equal(total(&caller_system, "region", "2109"), 20);
	assert_int_equal(total(&caller_system, "region", "210102"), 40);
	assert_int_equal(total(&caller_system, "region", "210102021"), 40);
	assert_int_equal(total(&caller_system, "region", "210921001001"), 20);
	assert_int_equal(total(&caller_system, "region", "210921000000"), 20);            /* a county's whole code is the county */
	assert_int_equal(total(&caller_system, "kind", "a"), 30);
	assert_int_equal(total(&caller_system, "kind", "a,b"), ROWS);
	assert_int_equal(total(&caller_system, "fen", "10..19"), 10);
	assert_int_equal(total(&caller_system, "fen", "..4"), 5);
	assert_int_equal(total(&caller_system, "phone", "138-0013 8000"), 1);             /* by its keyed hash, cleaned */
	assert_int_equal(total(&caller_system, "due", "overdue"), 0);
	assert_int_equal(total(&clerk, "mine", "1"), 0);
	assert_int_equal(total(&clerk, "kind", "a"), 20);                                 /* only his community */
	assert_int_equal(total(&city, "region", "2109"), 0);
}

static void search(void **state)
{
	(void)state;
	assert_int_equal(total(&caller_system, "q", "助浴"), 30);
	assert_int_equal(total(&caller_system, "q", "浴服 7号"), 6);
	assert_int_equal(total(&caller_system, "q", "浴"), 30);                           /* one character */
	assert_int_equal(total(&caller_system, "q", "助服"), 0);                          /* both characters, not side by side */
	assert_int_equal(total(&caller_system, "q", "助浴务"), 0);
	assert_int_equal(total(&caller_system, "q", "50%"), 0);
	assert_int_equal(total(&clerk, "q", "送餐"), 20);
	assert_int_equal(total(&caller_system, "q", "独居"), 1);
	assert_int_equal(total(&resident, "q", "独居"), 0);                               /* in a field he does not see */
	assert_int_equal(json_get(ASK(&caller_system, { "q", "助浴" }, { "region", "2109" }, { "total", "1" }), "total")->i, 10);
}

static void refusals(void **state)
{
	static const struct { struct param p; const char *code; } table[] = {
		{ { "nope", "1" }, "unknown_parameter" }, { { "secret", "x" }, "unknown_parameter" }, { { "score", "5" }, "unknown_parameter" },
		{ { "state", "gone" }, "state_unknown" }, { { "region", "2101x" }, "region_bad" }, { { "region", "210" }, "region_bad" },
		{ { "limit", "0" }, "limit_bad" }, { { "limit", "201" }, "limit_bad" }, { { "sort", "phone" }, "sort_unknown" },
		{ { "sort", "id; DROP" }, "sort_unknown" }, { { "cursor", "AAAA" }, "cursor_bad" }, { { "cursor", "\xff" }, "cursor_bad" },
		{ { "due", "soon" }, "due_bad" }, { { "kind", "zzz" }, "enum_unknown" }, { { "total", "yes" }, "total_bad" },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(table); i++) {
		assert_null(answer(&caller_system, &table[i].p, 1, false));
		if (!said(table[i].code))
			fail_msg("%s=%s: %s", table[i].p.name, table[i].p.value, last.c.n_problems ? last.c.problems[0].code : "nothing");
	}
	assert_null(ASK(&resident, { "fen", "3" }));                                      /* above his class: as if it were not there */
	assert_true(said("unknown_parameter"));
	assert_null(ASK(&caller_system, { "kind", "a" }, { "kind", "b" }));
	assert_true(said("parameter_twice"));
	const struct jval *v = ASK(&caller_system, { "limit", "2" });
	assert_null(ASK(&caller_system, { "sort", "day" }, { "cursor", json_text(v, "next") }));  /* of another order */
	assert_true(said("cursor_bad"));
}

static void totals(void **state)
{
	const struct jval *v = answer(&caller_system, P({ "by", "kind" }, { "sum", "fen" }), true), *groups;

	(void)state;
	assert_non_null(v);
	assert_int_equal(json_get(v, "count")->i, ROWS);
	assert_int_equal(json_get(json_get(v, "sum"), "fen")->i, ROWS * (ROWS - 1) / 2);
	groups = json_get(v, "groups");
	assert_int_equal(groups->n, 2);
	assert_string_equal(json_text(&groups->items[0], "label"), "甲类");
	v = answer(&clerk, P({ "by", "county" }), true);
	assert_int_equal(json_get(v, "groups")->n, 1);
	assert_string_equal(json_text(&json_get(v, "groups")->items[0], "label"), "和平区");
	assert_null(answer(&caller_system, P({ "by", "name" }), true));
	assert_null(answer(&caller_system, P({ "sum", "score" }), true));
	assert_null(answer(&resident, P({ "sum", "fen" }), true) ? json_get(answer(&resident, P({ "sum", "fen" }), true), "none") : NULL);
	v = answer(&resident, P({ "sum", "fen" }), true);                                 /* nothing he may see holds it */
	assert_int_equal(json_get(json_get(v, "sum"), "fen")->i, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_page_once), cmocka_unit_test(filters), cmocka_unit_test(search),
		cmocka_unit_test(refusals), cmocka_unit_test(totals) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
