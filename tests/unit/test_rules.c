/* test_rules.c -- dated rules choose the right row or refuse; working days; divisions seeded once, found fast, known by kind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "small_room.h"

static char *csv;
static size_t csv_n;

static int setup(void **state)
{
	FILE *f = fopen("data/liaoning-divisions.csv", "rb");

	if (!f || small_open(state))
		return -1;
	csv = arena_alloc(arena, 2000000);
	csv_n = fread(csv, 1, 2000000, f);
	fclose(f);
	return csv_n > 500000 ? 0 : -1;
}

static enum rc seed(struct ctx *c, void *arg)
{
	(void)arg;
	enum rc rc = rules_seed(c, csv, csv_n);

	if (rc)
		print_error("%s %s\n", tx_constraint(c->tx), tx_message(c->tx));
	return rc;
}

static int64_t count(struct ctx *c, const char *sql)
{
	const struct value *v;
	struct rows *rows;
	int64_t n = -1;

	if (tx_query(c->tx, sql, NULL, 0, &rows))
		return -1;
	if (rows_next(rows, &v))
		n = v[0].i;
	rows_end(rows);
	return n;
}

static enum rc counts(struct ctx *c, void *arg)
{
	int64_t *n = arg;

	n[0] = count(c, "SELECT count(*) FROM t_places");
	n[1] = count(c, "SELECT count(*) FROM t_classes");
	n[2] = count(c, "SELECT count(*) FROM audit WHERE action = 'seed' AND room = 't_places'");
	n[3] = count(c, "SELECT count(*) FROM t_places WHERE city <> ((id >> 8) & 16383)");
	return RC_OK;
}

static void test_seed(void **state)
{
	int64_t n[4], begun = clock_mono(), took;

	(void)state;
	assert_int_equal(as(&caller_system, seed, NULL, NULL), RC_OK);
	took = clock_mono() - begun;
	print_message("seeded in %lld ms\n", (long long)took);
	assert_true(took < 10000);
	assert_int_equal(as(&caller_system, counts, n, NULL), RC_OK);
	assert_int_equal(n[0], 18248);
	assert_true(n[1] > 30 && n[1] < 60);
	assert_int_equal(n[2], 1);
	assert_int_equal(n[3], 0);
	assert_int_equal(as(&caller_system, seed, NULL, NULL), RC_OK);   /* a second time changes nothing */
	int64_t again[4];
	assert_int_equal(as(&caller_system, counts, again, NULL), RC_OK);
	assert_memory_equal(n, again, sizeof(n));
}

static void test_places(void **state)
{
	int64_t lo, hi;

	(void)state;
	assert_true(place_known(210102001002));
	assert_false(place_known(210102001001));
	assert_false(place_known(0));
	assert_string_equal(place_name(210102000000), "和平区");
	assert_null(place_name(110000000000));
	assert_string_equal(place_path(arena, 210102001002), "辽宁省 沈阳市 和平区 浑河湾街道 水源地社区");
	assert_string_equal(place_path(arena, 210000000000), "辽宁省");
	assert_int_equal(region_digits(210000000000), 2);
	assert_int_equal(region_digits(210100000000), 4);
	assert_int_equal(region_digits(210102000000), 6);
	assert_int_equal(region_digits(210102001000), 9);
	assert_int_equal(region_digits(210102001002), 12);
	assert_int_equal(region_digits(0), 0);
	region_range(2101, 4, &lo, &hi);
	assert_true(lo == 210100000000 && hi == 210199999999);
	region_range(210102001000, 9, &lo, &hi);
	assert_true(lo == 210102001000 && hi == 210102001999);
}

static const struct rule answer = { "t.answer_days", "首次答复天数", 3, "测", "Answer" };
static enum rc add_rules(struct ctx *c, void *arg)
{
	int64_t y17 = day_of(2017, 1, 1), y20 = day_of(2020, 1, 1);

	(void)arg;
	if (add_rule(c, answer.code, 210000000000, y17, y20 - 1, 3) || add_rule(c, answer.code, 210000000000, y20, 0, 4)
	    || add_rule(c, answer.code, 210100000000, y20, 0, 5) || add_rule(c, answer.code, 210102000000, y20, day_of(2020, 6, 30), 6))
		return RC_STORE;
	return RC_OK;
}

static enum rc ask(struct ctx *c, void *arg)
{
	struct record *r = record_new(c, &cases_e);

	(void)arg;
	r->region = 210202001001;
	assert_int_equal(rule_value(c, &answer, r), 4);
	assert_int_equal(rule_on(c, &answer, r, day_of(2019, 12, 31)), 3);
	r->region = 210102001002;
	assert_int_equal(rule_on(c, &answer, r, day_of(2020, 6, 30)), 6);   /* the last day counts */
	assert_int_equal(rule_value(c, &answer, r), 5);                     /* the county's row is over: the city's holds */
	assert_int_equal(rule_value(c, &answer, NULL), 4);
	assert_false(c->no_rule);
	assert_int_equal(rule_on(c, &answer, r, day_of(2016, 12, 31)), 0);
	assert_true(c->no_rule && has_problem(c, "no_rule"));
	return RC_OK;
}

static enum rc narrower(struct ctx *c, void *arg)
{
	struct record *r = record_new(c, &cases_e);

	(void)arg;
	r->region = 210102001002;
	if (add_rule(c, answer.code, 210102001000, day_of(2020, 1, 1), 0, 9))
		return RC_STORE;
	assert_int_equal(rule_value(c, &answer, r), 9);     /* seen at once by the transaction that wrote it */
	return RC_REJECTED;                                 /* undone */
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(as(&caller_system, add_rules, NULL, NULL), RC_OK);
	assert_int_equal(as(&caller_system, ask, NULL, NULL), RC_OK);
	assert_int_equal(as(&caller_system, narrower, NULL, NULL), RC_REJECTED);
	usleep(150000);
	assert_int_equal(as(&caller_system, ask, NULL, NULL), RC_OK);   /* what was undone is forgotten */
}

static enum rc add_days(struct ctx *c, void *arg)
{
	static const struct { int m, d; const char *kind; } days[] = { { 10, 1, "off" }, { 10, 2, "off" }, { 10, 5, "off" }, { 10, 10, "work" } };

	(void)arg;
	for (unsigned i = 0; i < COUNT(days); i++) {
		struct record *r = record_new(c, &holidays_e);
		put_int(r, "day", day_of(2020, days[i].m, days[i].d));
		put_text(r, "kind", days[i].kind);
		if (add_row(c, r))
			return RC_STORE;
	}
	return RC_OK;
}

static enum rc days(struct ctx *c, void *arg)
{
	(void)arg;
	/* 30 September 2020 is a Wednesday; 1, 2 and 5 October are off, 10 October is worked */
	assert_int_equal(rule_after(c, day_of(2020, 9, 30), 1, WORKDAYS), day_of(2020, 10, 6));
	assert_int_equal(rule_after(c, day_of(2020, 10, 8), 2, WORKDAYS), day_of(2020, 10, 10));
	assert_int_equal(rule_after(c, day_of(2020, 10, 8), 3, WORKDAYS), day_of(2020, 10, 12));
	assert_int_equal(rule_after(c, day_of(2020, 10, 6), -1, WORKDAYS), day_of(2020, 9, 30));
	assert_int_equal(rule_after(c, 100, 0, WORKDAYS), 100);
	assert_int_equal(rule_after(c, 100, 5, DAYS), 105);
	assert_int_equal(rule_after(c, 100, 48, HOURS), 102);
	assert_string_equal(rule_day_text(c, rule_today(c)), "2020-11-20");
	assert_string_equal(rule_yuan(c, 123450), "1234.50");
	assert_string_equal(rule_yuan(c, -5), "-0.05");
	assert_int_equal(rule_year_start(rule_today(c)), day_of(2020, 1, 1));
	assert_string_equal(rule_place_kind(c, 210102001002), "residents");
	assert_null(rule_place_kind(c, 210102001001));
	assert_string_equal(rule_region_class(c, 210102001002), "urban");
	assert_string_equal(rule_region_class(c, 210921000000), "liaoxibei");
	assert_string_equal(rule_region_class(c, 1), "");
	return RC_OK;
}

static void test_calendar_and_classes(void **state)
{
	(void)state;
	assert_int_equal(as(&caller_system, add_days, NULL, NULL), RC_OK);
	assert_int_equal(as(&caller_system, days, NULL, NULL), RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seed), cmocka_unit_test(test_places), cmocka_unit_test(test_values),
		cmocka_unit_test(test_calendar_and_classes) };

	return cmocka_run_group_tests(tests, setup, small_close);
}
