/* test_types.c -- what people type becomes a value, or a problem with the right name; nothing is guessed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "engine/types.h"
#include "base/clock.h"
#include <string.h>

static struct arena *arena;
static struct ctx ctx;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	ctx_init(&ctx, arena, NULL, &caller_public);
	ctx.now = clock_day_start(day_of(2020, 11, 20)) + 36000000;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* Kind of problem of one cell, "" when it was taken; *out and cleaned tell the rest. */
static const char *parse(const struct field *f, const char *s, size_t n, struct value *out, bool *cleaned)
{
	ctx.n_problems = 0;
	*cleaned = false;
	enum rc rc = types[f->type].parse(&ctx, f, s, n, out, cleaned);
	for (unsigned i = 0; i < ctx.n_problems; i++)
		if (!ctx.problems[i].warning) {
			assert_int_equal(rc, RC_REJECTED);
			assert_int_equal(out->type, V_NULL);
			assert_string_equal(ctx.problems[i].field, f->name);
			return ctx.problems[i].code;
		}
	assert_int_equal(rc, RC_OK);
	return ctx.n_problems ? ctx.problems[0].code : "";
}

struct number_case { const char *text, *kind; int64_t value; bool cleaned; };

static void numbers(const struct field *f, const struct number_case *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct value v;
		bool cleaned;
		const char *kind = parse(f, t[i].text, strlen(t[i].text), &v, &cleaned);

		if (strcmp(kind, t[i].kind))
			fail_msg("%s: %s, not %s", t[i].text, kind, t[i].kind);
		if (*t[i].kind)
			continue;
		if (v.type != V_INT || v.i != t[i].value || cleaned != t[i].cleaned)
			fail_msg("%s: %lld cleaned %d", t[i].text, (long long)v.i, cleaned);
	}
}

static void test_money(void **state)
{
	static const struct field f = { "price_fen", "金额", T_FEN };
	static const struct number_case t[] = {
		{ "1234.50", "", 123450 }, { "1,234.50", "", 123450, true }, { "0", "", 0 }, { "200", "", 20000 }, { "0.1", "", 10 },
		{ "1,234,567.8", "", 123456780, true }, { "300.500", "", 30050 }, { "１２.５", "", 1250, true }, { " 7 ", "", 700, true },
		{ "300.005", "amount_three_decimals" }, { "-160000.00", "amount_negative" }, { "12万元", "amount_with_unit" },
		{ "NaN", "amount_nan" }, { "1e309", "amount_not_finite" }, { "inf", "amount_not_finite" }, { "零", "amount_text_zero" },
		{ "99999999999999999999.99", "amount_overflow" }, { "100000000000.01", "amount_overflow" }, { "12,34", "amount_unreadable" },
		{ "1,2345", "amount_unreadable" }, { "abc", "amount_unreadable" }, { "1.2.3", "amount_unreadable" }, { ".", "amount_unreadable" },
	};
	static const struct field debt = { "delta_fen", "差额", T_FEN, .min = -1000000, .max = 1000000 };
	static const struct number_case d[] = { { "-12.34", "", -1234 }, { "10000.01", "amount_overflow" }, { "-10000.01", "out_of_range" } };
	struct value v;
	bool cleaned;

	(void)state;
	numbers(&f, t, COUNT(t));
	numbers(&debt, d, COUNT(d));
	assert_string_equal(parse(&f, "", 0, &v, &cleaned), "");
	assert_int_equal(v.type, V_NULL);
	assert_string_equal(types[T_FEN].text(&ctx, &f, &(struct value){ V_INT, -5, NULL, 0 }), "-0.05");
}

static void test_whole_numbers(void **state)
{
	static const struct field f = { "persons", "人次", T_INT, .min = 0, .max = 10000 }, any = { "n", "数", T_INT };
	static const struct number_case t[] = {
		{ "12", "", 12 }, { "1,200", "", 1200, true }, { "200.0", "", 200, true }, { "846.7", "integer_fraction" },
		{ "18446744073709551617", "integer_overflow_64" }, { "10001", "out_of_range" }, { "-1", "out_of_range" }, { "十", "integer_unreadable" },
	};
	static const struct number_case a[] = { { "-3", "", -3 }, { "9223372036854775807", "", INT64_MAX }, { "9223372036854775808", "integer_overflow_64" } };
	static const struct field score = { "score", "得分", T_BP, .max = 10000 };
	static const struct number_case s[] = { { "85.1", "", 8510 }, { "100", "", 10000 }, { "101.0", "score_out_of_range" }, { "-1", "score_out_of_range" },
		{ "85.10%", "", 8510, true }, { "85.125", "score_unreadable" } };

	(void)state;
	numbers(&f, t, COUNT(t));
	numbers(&any, a, COUNT(a));
	numbers(&score, s, COUNT(s));
}

static void test_days(void **state)
{
	static const struct field f = { "day", "日期", T_DATE };
	int64_t d = day_of(2016, 12, 13);
	const struct number_case t[] = {
		{ "2016-12-13", "", d }, { "2016.12.13", "", d, true }, { "2016/12/13", "", d, true }, { "2016年12月13日", "", d, true },
		{ "20161213", "", d, true }, { "42717", "", d, true }, { "２０１６-１２-１３", "", d, true }, { "2015年9月3日", "", day_of(2015, 9, 3), true },
		{ "2016-12-13 00:00:00", "", d, true }, { "1969-12-31", "", -1 }, { "1988-04-04", "", day_of(1988, 4, 4) }, { "2016-2-29", "", day_of(2016, 2, 29), true },
		{ "2013-02-30", "date_impossible" }, { "2013-13-01", "date_impossible" }, { "15/03/11", "date_two_digit_year" }, { "2099-12-31", "date_far_future" },
		{ "2027-06-30", "", day_of(2027, 6, 30) }, { "1850-01-01", "date_far_past" }, { "昨天", "date_unreadable" }, { "99999", "date_unreadable" },
		{ "2016-12-13 10:30", "date_unreadable" },
	};
	static const struct field clock = { "start", "开始", T_CLOCK };
	static const struct number_case c[] = { { "09:30", "", 570 }, { "9:30", "", 570, true }, { "09:30:00", "", 570, true }, { "25:61", "time_25_hours" },
		{ "24:00", "time_25_hours" }, { "0.395833333", "", 570, true }, { "half past", "time_unreadable" }, { "0930", "time_unreadable" } };

	(void)state;
	ctx.importing = true;
	numbers(&f, t, COUNT(t));
	numbers(&clock, c, COUNT(c));
	ctx.importing = false;
	numbers(&f, (const struct number_case[]){ { "42717", "date_unreadable" } }, 1);   /* a serial number comes from a spreadsheet only */
}

static void test_divisions(void **state)
{
	static const struct field f = { "area", "区划", T_DIVISION };
	static const struct number_case t[] = { { "210102021", "division_truncated" }, { "110101107214", "division_other_province" },
		{ "210102999999", "division_unknown" }, { "210102999999.0", "division_unknown" }, { "和平区", "division_unreadable" } };

	(void)state;
	ctx.importing = true;
	numbers(&f, t, COUNT(t));
	ctx.importing = false;
	numbers(&f, (const struct number_case[]){ { "2102345", "division_truncated" } }, 1);
}

struct text_case { const char *text; size_t n; const char *kind, *value; bool cleaned; };
#define S(x) x, sizeof(x) - 1

static void texts(const struct field *f, const struct text_case *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct value v;
		bool cleaned;
		const char *kind = parse(f, t[i].text, t[i].n, &v, &cleaned);

		if (strcmp(kind, t[i].kind))
			fail_msg("case %zu: %s, not %s", i, kind, t[i].kind);
		if (!t[i].value)
			continue;
		assert_int_equal(v.type, V_TEXT);
		assert_string_equal(v.s, t[i].value);
		assert_int_equal(cleaned, t[i].cleaned);
	}
}

static void test_texts(void **state)
{
	static const struct field f = { "name", "名称", T_TEXT, .max = 20 };
	static const struct text_case t[] = {
		{ S("团山子村委会"), "", "团山子村委会" }, { S("  桂林社区　"), "", "桂林社区", true }, { S("桂林\u200b社区"), "", "桂林社区", true },
		{ S("（全角，标点）"), "", "（全角，标点）" }, { S("\ufeff界力花"), "", "界力花", true },
		{ S("=1+1"), "formula_equals", "=1+1" }, { S("+cmd|' /C"), "formula_plus", "+cmd|' /C" }, { S("@SUM(1)"), "formula_at", "@SUM(1)" },
		{ S("\t=1+1"), "formula_tab", "\t=1+1" }, { S("e\u0301"), "decomposed_unicode", "e\u0301" }, { S("第一行\n第二行"), "", "第一行\n第二行" },
		{ S("a\x07"), "control_character" }, { S("吕家\0店"), "nul_byte" }, { S("吕\0家\t店"), "nul_byte" }, { S("\xc0\x80"), "invalid_utf8" }, { S("务\u202e" "exe"), "bidi_override" },
		{ S("长长长长长长长长长长长长长长长长长长长长长"), "text_too_long" }, { S("<script>'); DROP--"), "", "<script>'); DROP--" }, { S("𠮷🏠"), "", "𠮷🏠" },
	};
	static const struct code codes[] = { { "elderly", "老年人", "老人|年长者" }, { "child", "未成年人" }, { 0 } };
	static const struct field code = { "grp", "对象", T_CODE, .codes = codes };
	static const struct text_case k[] = { { S("老年人"), "", "elderly" }, { S("elderly"), "", "elderly" }, { S("年长者 "), "", "elderly", true },
		{ S("老"), "enum_unknown" }, { S("不存在的类别"), "enum_unknown" } };

	(void)state;
	texts(&f, t, COUNT(t));
	texts(&code, k, COUNT(k));
	assert_non_null(strstr(ctx.problems[0].message, "应为老年人、未成年人之一"));
}

static void test_identifiers(void **state)
{
	static const struct field phone = { "phone", "手机号", T_PHONE }, idno = { "idno", "身份证号", T_IDNO }, uscc = { "code", "信用代码", T_USCC };
	static const struct text_case p[] = { { S("154-0011 1113"), "", "15400111113", true }, { S("12345"), "phone_bad" } };
	static const struct text_case i[] = { { S("'219908198301319511"), "", "219908198301319511", true }, { S("219907660502970"), "id_15_digits" },
		{ S("2.19901E+17"), "id_scientific_notation" }, { S("219910196210069491"), "id_checksum" } };
	static const struct text_case u[] = { { S("52210102fake00064k"), "", "52210102FAKE00064K", true }, { S("52210102FAKE00144"), "uscc_17_characters" } };
	struct value v;
	bool cleaned;

	(void)state;
	ctx.importing = true;
	texts(&phone, p, COUNT(p));
	assert_string_equal(ctx.problems[0].message, "手机号“12345”不对：应为 11 位手机号或带区号的固定电话");
	texts(&idno, i, COUNT(i));
	texts(&uscc, u, COUNT(u));
	ctx.importing = false;                                    /* typed by hand an old number is helped along */
	assert_string_equal(parse(&idno, "219907660502970", 15, &v, &cleaned), "");
	assert_int_equal(v.n, 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_money, setup, teardown), cmocka_unit_test_setup_teardown(test_whole_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_days, setup, teardown), cmocka_unit_test_setup_teardown(test_divisions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_texts, setup, teardown), cmocka_unit_test_setup_teardown(test_identifiers, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
