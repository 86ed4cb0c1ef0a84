/* test_text.c -- UTF-8, cleaning, search tokens, masks, codings. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/text.h"
#include <string.h>

static struct arena *a;

static void utf8_is_strict(void **state)
{
	(void)state;
	static const char *const bad[] = { "\xC0\x80", "\xED\xA0\x80", "\xFF", "\xE4\xBD", "\xF4\x90\x80\x80", "\xE0\x80\xAF", "\x80", "\xF0\x80\x80\x80", "ab\xC3" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(text_valid(bad[i], strlen(bad[i])));
	assert_true(text_valid("助浴 \xF0\xA0\xAE\xB7 é", strlen("助浴 \xF0\xA0\xAE\xB7 é")));
	assert_false(text_valid("a\0b", 3));
	assert_true(text_valid("", 0));
	assert_int_equal(text_chars("助浴\xF0\xA0\xAE\xB7x"), 4);
	size_t at = 0;
	assert_int_equal(text_next("\xF0\xA0\xAE\xB7", 4, &at), 0x20BB7);
	assert_int_equal(at, 4);
}

static void cleaned(const char *in, size_t n, bool ascii, const char *want, unsigned bits)
{
	unsigned found = 9999;
	assert_string_equal(text_clean(a, in, n, ascii, &found), want);
	if (found != bits)
		print_error("%s: bits %u, not %u\n", in, found, bits);
	assert_int_equal(found, bits);
}
#define CLEAN(in, ascii, want, bits) cleaned(in, sizeof in - 1, ascii, want, bits)

static void cleans_and_tells(void **state)
{
	(void)state;
	CLEAN("城市社区", false, "城市社区", 0);
	CLEAN("城市社区  ", false, "城市社区", TEXT_TRIMMED);
	CLEAN("　农村社区　", false, "农村社区", TEXT_TRIMMED);
	CLEAN("清河村\u00a0", false, "清河村", TEXT_TRIMMED | TEXT_INVISIBLE);
	CLEAN("农村\u200b社区", false, "农村社区", TEXT_INVISIBLE);
	CLEAN("\ufeff界力花", false, "界力花", TEXT_INVISIBLE);
	CLEAN("a\u00a0b", false, "a b", TEXT_INVISIBLE);
	CLEAN("１５４００８７３", true, "15400873", TEXT_FULLWIDTH);
	CLEAN("２０２０－０１　Ｘ", true, "2020-01 X", TEXT_FULLWIDTH);
	CLEAN("说明，见（一）", false, "说明，见（一）", 0);
	CLEAN("一\r\n二\n三", false, "一\n二\n三", 0);
	CLEAN("甲\a\x1b[31m", false, "甲\a\x1b[31m", TEXT_CONTROL);
	CLEAN("甲\t乙", false, "甲\t乙", TEXT_CONTROL);
	CLEAN("甲\xC2\x85乙", false, "甲\xC2\x85乙", TEXT_CONTROL);
	CLEAN("甲\u202e乙", false, "甲\u202e乙", TEXT_BIDI);
	CLEAN("社区e\u0301", false, "社区e\u0301", TEXT_DECOMPOSED);
	CLEAN("甲\0乙", false, "甲乙", TEXT_NUL);
	CLEAN("甲\xff乙", false, "甲\ufffd乙", TEXT_INVALID);
	CLEAN(" \t\n", false, "", TEXT_TRIMMED);
	CLEAN("", false, "", 0);
}

static void sees_formulas(void **state)
{
	(void)state;
	CLEAN("=1+1", false, "=1+1", TEXT_FORMULA);
	CLEAN("+cmd|' /C calc'!A0", false, "+cmd|' /C calc'!A0", TEXT_FORMULA);
	CLEAN("@SUM(1+1)", false, "@SUM(1+1)", TEXT_FORMULA);
	CLEAN("\t=1+1", false, "=1+1", TEXT_FORMULA | TEXT_TRIMMED);
	CLEAN("\t甲", false, "甲", TEXT_FORMULA | TEXT_TRIMMED);
	CLEAN(" =1", false, "=1", TEXT_FORMULA | TEXT_TRIMMED);
	CLEAN("-2+3", false, "-2+3", TEXT_FORMULA);
	CLEAN("-cmd", false, "-cmd", TEXT_FORMULA);
	CLEAN("-12.50", false, "-12.50", 0);
	CLEAN("-3%", false, "-3%", 0);
	CLEAN("a=1", false, "a=1", 0);
}

static void tokens(const char *in, const char *want)
{
	assert_string_equal(text_bigrams(a, in), want);
}

static void cuts_into_bigrams(void **state)
{
	(void)state;
	tokens("助浴服务", "助浴 浴服 服务");
	tokens("助", "助");
	tokens("助，浴服", "助 浴服");
	tokens("Ab9", "ab b9");
	tokens("ＡＢ楼", "ab b楼");
	tokens("哈哈哈哈", "哈哈");
	tokens("\xF0\xA0\xAE\xB7家", "\xF0\xA0\xAE\xB7家");
	tokens("农村\u200b社区", "农村 村社 社区");
	tokens("'\"*():-  ，。《》", "");
	tokens("(need) OR \"x\" NEAR*", "ne ee ed or x ea ar");
	tokens("", "");
	tokens(NULL, "");
}

static void long_texts_are_cut_quickly(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, a);
	for (unsigned i = 0; i < 60000; i++) {
		char c[3] = { (char)(0xE4 + i % 5), (char)(0x80 | (i / 5 & 63)), (char)(0x80 | (i / 320 & 63)) };
		buf_add(&b, c, 3);
	}
	assert_int_equal(text_chars(b.p), 60000);
	const char *t = text_bigrams(a, b.p);
	assert_true(strlen(t) > 10000);
}

static void masks_hide(void **state)
{
	(void)state;
	assert_string_equal(text_mask_name(a, "张三丰"), "张*");
	assert_string_equal(text_mask_name(a, "\xF0\xA0\xAE\xB7甲"), "\xF0\xA0\xAE\xB7*");
	assert_string_equal(text_mask_phone(a, "13812345678"), "138****5678");
	assert_string_equal(text_mask_phone(a, "12345"), "***");
	assert_string_equal(text_mask_idno(a, "21010019850715019X"), "2101**********019X");
	assert_string_equal(text_mask_idno(a, "2101"), "***");
	assert_string_equal(text_mask_other(a, "阜新市海州区某街"), "阜新市***");
	assert_string_equal(text_mask_other(a, "甲"), "***");
	assert_string_equal(text_mask_other(a, ""), "");
	assert_null(text_mask_phone(a, NULL));
	assert_null(text_mask_name(a, NULL));
}

static void reads_integers(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0", "1e3", "9223372036854775808", "-9223372036854775809", "0x1", "１" };
	int64_t v = 0;
	assert_true(text_int("9223372036854775807", &v) && v == INT64_MAX);
	assert_true(text_int("-9223372036854775808", &v) && v == INT64_MIN);
	assert_true(text_int("007", &v) && v == 7);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(text_int(bad[i], &v));
	assert_int_equal(v, 7);
	assert_false(text_int(NULL, &v));
}

static void codes_bytes(void **state)
{
	(void)state;
	uint8_t bytes[64], back[64];
	size_t n = 0;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 37 + 251);
	assert_string_equal(text_hex(a, "\x00\xfe\x10", 3), "00fe10");
	assert_true(text_unhex("00FE10", 3, back) && memcmp(back, "\x00\xfe\x10", 3) == 0);
	assert_false(text_unhex("00fe1", 3, back));
	assert_false(text_unhex("00fe1g", 3, back));
	assert_string_equal(text_base64url(a, "\xfb\xff", 2), "-_8");
	assert_string_equal(text_base64url(a, "foobar", 6), "Zm9vYmFy");
	for (size_t len = 0; len <= sizeof bytes; len++) {
		void *got = text_unbase64url(a, text_base64url(a, bytes, len), &n);
		assert_non_null(got);
		assert_int_equal(n, len);
		assert_memory_equal(got, bytes, len);
	}
	static const char *const bad[] = { "A", "Zg==", "Z+8", "Zh", "Zm9vY", "Z g", NULL };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(text_unbase64url(a, bad[i], &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_strict), cmocka_unit_test(cleans_and_tells), cmocka_unit_test(sees_formulas),
		cmocka_unit_test(cuts_into_bigrams), cmocka_unit_test(long_texts_are_cut_quickly), cmocka_unit_test(masks_hide),
		cmocka_unit_test(reads_integers), cmocka_unit_test(codes_bytes),
	};
	a = arena_new(0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(a);
	return failed;
}
