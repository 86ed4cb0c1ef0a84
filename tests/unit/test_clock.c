/* test_clock.c -- days, weeks, texts of moments, and business time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/clock.h"
#include <string.h>
#include <time.h>

static struct arena *a;

static void days_agree_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t day = day_of(1800, 1, 1); day <= day_of(2200, 12, 31); day++) {
		time_t t = (time_t)day * 86400;
		struct tm tm;
		int y, m, d;
		gmtime_r(&t, &tm);
		day_split(day, &y, &m, &d);
		assert_true(y == tm.tm_year + 1900 && m == tm.tm_mon + 1 && d == tm.tm_mday);
		assert_int_equal(day_week(day), (tm.tm_wday + 6) % 7);
		assert_int_equal(day_of(y, m, d), day);
	}
}

static void dates_that_do_not_exist(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "2020-1-01", "2020-02-30", "2021-02-29", "1900-02-29", "2020-13-01", "2020-00-10", "2020-01-00",
		"1799-12-31", "2201-01-01", "2020-01-01 ", " 2020-01-01", "2020/01/01", "20200101", "2020-01-01T", "２０２０-01-01", "2020-01", "+020-01-01" };
	int64_t day = 42;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(day_read(bad[i], &day));
	assert_false(day_read(NULL, &day));
	assert_int_equal(day, 42);
	assert_int_equal(day_of(2021, 2, 29), -1);
	assert_int_equal(day_of(2020, 4, 31), -1);
	assert_true(day_read("1969-12-31", &day) && day == -1);
	assert_true(day_read("2000-02-29", &day) && day == 11016);
	assert_string_equal(day_text(a, day), "2000-02-29");
}

static void a_day_begins_in_shanghai(void **state)
{
	(void)state;
	int64_t ms;
	assert_true(time_read("2020-11-19T15:59:59.999Z", &ms));
	assert_string_equal(day_text(a, clock_day(ms)), "2020-11-19");
	assert_string_equal(day_text(a, clock_day(ms + 1)), "2020-11-20");
	assert_int_equal(clock_day_start(clock_day(ms + 1)), ms + 1);
	assert_int_equal(clock_day(-8 * 3600000 - 1), -1);
}

static void moments_to_text_and_back(void **state)
{
	(void)state;
	int64_t ms;
	assert_true(time_read("2020-11-20T10:30:00+08:00", &ms));
	assert_string_equal(time_text(a, ms), "2020-11-20T02:30:00Z");
	assert_true(time_read("2020-11-20t02:30:00z", &ms));
	assert_string_equal(time_text(a, ms + 7), "2020-11-20T02:30:00.007Z");
	assert_true(time_read("2020-11-20T02:30:00.12345Z", &ms));
	assert_string_equal(time_text(a, ms), "2020-11-20T02:30:00.123Z");
	assert_true(time_read("1969-12-31T23:59:59.999Z", &ms) && ms == -1);
	assert_string_equal(time_text(a, -1), "1969-12-31T23:59:59.999Z");
	static const char *const bad[] = { "", "2020-11-20", "2020-11-20T02:30:00", "2020-11-20 02:30:00Z", "2020-11-20T24:00:00Z", "2020-11-20T02:60:00Z",
		"2020-11-20T02:30:60Z", "2020-11-20T02:30:00.Z", "2020-11-20T02:30:00Z ", "2020-11-20T02:30:00+8:00", "2020-11-20T02:30:00+08:00x",
		"2020-02-30T02:30:00Z", "2020-11-20T02:30Z", "2020-11-20T02:30:00+24:00", "2020-11-20T02:30:00+08" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(time_read(bad[i], &ms));
	assert_false(time_read(NULL, &ms));
}

static void business_time_moves_real_time_does_not(void **state)
{
	(void)state;
	int64_t start, real = clock_real(), mono = clock_mono();
	assert_false(clock_moved());
	assert_true(clock_now() - real < 1000);
	assert_true(time_read("2020-03-01T01:00:00Z", &start));
	clock_start_at(start);
	assert_true(clock_moved());
	assert_true(clock_now() >= start && clock_now() < start + 5000);
	assert_true(clock_real() >= real && clock_real() < real + 5000);
	struct timespec nap = { 0, 20000000 };
	nanosleep(&nap, NULL);
	assert_true(clock_now() >= start + 20);
	assert_true(clock_mono() >= mono + 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_agree_with_the_c_library), cmocka_unit_test(dates_that_do_not_exist), cmocka_unit_test(a_day_begins_in_shanghai),
		cmocka_unit_test(moments_to_text_and_back), cmocka_unit_test(business_time_moves_real_time_does_not),
	};
	a = arena_new(0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(a);
	return failed;
}
