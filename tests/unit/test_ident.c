/* test_ident.c -- every published and synthetic vector of id numbers and credit codes, phones, ages, own numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/ident.h"
#include <stdio.h>
#include <string.h>

/* `fault` NULL: good, and normalised to `want`. */
struct vector { const char *in, *fault, *want; };

static void judge(const struct vector *v, const char *got, const char *out)
{
	const char *fault = v->fault ? v->fault : "good", *is = got ? got : "good";
	if (strcmp(is, fault))
		print_error("%s: %s, not %s\n", v->in, is, fault);
	assert_string_equal(is, fault);
	assert_string_equal(out, v->want ? v->want : "");
}

static void id_numbers(void **state)
{
	(void)state;
	static const struct vector vectors[] = {
		{ "11010519491231002X", NULL, "11010519491231002X" }, { "210100198002290015", NULL, "210100198002290015" },
		{ "210100201506010034", NULL, "210100201506010034" }, { "210100190001011233", NULL, "210100190001011233" },
		{ "21010020240229118X", NULL, "21010020240229118X" }, { "21010019850715019X", NULL, "21010019850715019X" },
		{ "210100199912310024", NULL, "210100199912310024" },
		{ "440524188001010014", "id_bad_birth_date", NULL }, { "210100198002290016", "id_checksum", NULL },
		{ "210100198102290012", "id_bad_birth_date", NULL }, { "2101001980022900", "id_length", NULL },
		{ "21010019850715019Y", "id_character", NULL }, { "21010019850715019x", NULL, "21010019850715019X" },
		{ "210100850715019", "id_15_digits", NULL }, { "", "id_length", NULL }, { NULL, "id_length", NULL },
		{ "99991219660525963X", "id_unknown_province", NULL }, { "219910196210069491", "id_checksum", NULL },
		{ "2.19901E+17", "id_scientific_notation", NULL }, { "2.19901e17", "id_scientific_notation", NULL }, { "2E+17", "id_scientific_notation", NULL },
		{ "'219908198301319511", NULL, "219908198301319511" }, { "219905198813329554", "id_bad_birth_date", NULL },
		{ "219907660502970", "id_15_digits", NULL }, { "219905198608279738", NULL, "219905198608279738" },
		{ "２１９９０８１９８３０１３１９５１１", NULL, "219908198301319511" }, { "　219908198301319511 ", NULL, "219908198301319511" },
		{ "‘219908198301319511", NULL, "219908198301319511" }, { "\ufeff219908\u200b198301319511", NULL, "219908198301319511" },
		{ "21990819830131951一", "id_character", NULL }, { "2199081983013195110", "id_length", NULL }, { "X19908198301319511", "id_character", NULL },
		{ "000000198301319511", "id_unknown_province", NULL }, { "\xff\xff", "id_length", NULL },
	};
	char out[19];
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		judge(&vectors[i], ident_idno(vectors[i].in, day_of(2024, 6, 1), out), out);
	assert_string_equal(ident_idno("21010020240229118X", day_of(2024, 2, 28), out), "id_bad_birth_date");
	assert_null(ident_idno("21010020240229118X", day_of(2024, 2, 29), out));
}

/* The 35 prefixes of the standard and no other, with the check digit computed here once more. */
static void provinces(void **state)
{
	(void)state;
	static const int known[] = { 11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
		61, 62, 63, 64, 65, 71, 81, 82, 83, 91 };
	static const int weight[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	char id[24], out[19];
	for (int p = 0; p < 100; p++) {
		bool want = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			want |= known[i] == p;
		snprintf(id, sizeof id, "%02d010019850715019", p);
		int sum = 0;
		for (int i = 0; i < 17; i++)
			sum += (id[i] - '0') * weight[i];
		snprintf(id + 17, 2, "%c", "10X98765432"[sum % 11]);
		const char *fault = ident_idno(id, day_of(2024, 6, 1), out);
		assert_string_equal(fault ? fault : "good", want ? "good" : "id_unknown_province");
	}
}

static void what_an_id_number_tells(void **state)
{
	(void)state;
	char out[19];
	assert_int_equal(ident_sex("210100199912310024"), 2);
	assert_int_equal(ident_sex("21010019850715019X"), 1);
	assert_int_equal(ident_birth("21010019850715019X"), day_of(1985, 7, 15));
	assert_true(ident_idno_from15("210100850715019", out));
	assert_string_equal(out, "21010019850715019X");
	assert_false(ident_idno_from15("210100851315019", out));
	assert_false(ident_idno_from15("21010085071501", out));
	assert_false(ident_idno_from15("21010085071501X", out));
	/* -1 is a day as good as any */
	assert_true(ident_idno_from15("210100691231001", out));
	assert_int_equal(ident_birth(out), -1);
	assert_null(ident_idno(out, day_of(2024, 6, 1), out));
}

static void ages_take_the_protective_reading(void **state)
{
	(void)state;
	assert_int_equal(ident_age(day_of(2006, 5, 10), day_of(2020, 5, 9)), 13);
	assert_int_equal(ident_age(day_of(2006, 5, 10), day_of(2020, 5, 10)), 13);
	assert_int_equal(ident_age(day_of(2006, 5, 10), day_of(2020, 5, 11)), 14);
	assert_int_equal(ident_age(day_of(2000, 2, 29), day_of(2018, 2, 28)), 17);
	assert_int_equal(ident_age(day_of(2000, 2, 29), day_of(2018, 3, 1)), 18);
	assert_int_equal(ident_age(day_of(2000, 2, 29), day_of(2020, 2, 29)), 19);
	assert_int_equal(ident_age(day_of(2020, 1, 1), day_of(2020, 1, 1)), 0);
}

static void credit_codes(void **state)
{
	(void)state;
	static const struct vector vectors[] = {
		{ "91350100M000100Y43", NULL, "91350100M000100Y43" }, { "91350100M000100Y4Z", "uscc_forbidden_letter", NULL },
		{ "91350100M000100Y44", "uscc_checksum", NULL }, { "91512081MA62K0260E", NULL, "91512081MA62K0260E" },
		{ "52210100MJ0000018Q", NULL, "52210100MJ0000018Q" }, { "51210000500000015J", NULL, "51210000500000015J" },
		{ "53210000MJ0000026B", NULL, "53210000MJ0000026B" }, { "52210902MJ0000034L", NULL, "52210902MJ0000034L" },
		{ "52210100MJ00001810", NULL, "52210100MJ00001810" }, { "52210100MJ000019XP", NULL, "52210100MJ000019XP" },
		{ "52210100MJ00000504", NULL, "52210100MJ00000504" }, { "52210102fake00064k", NULL, "52210102FAKE00064K" },
		{ "52210102IOZS000996", "uscc_forbidden_letter", NULL }, { "52210102FAKE00144", "uscc_17_characters", NULL },
		{ "51210102FAKE001601", "uscc_checksum", NULL }, { "５２２１０１００ＭＪ００００１８１０ ", NULL, "52210100MJ00001810" },
		{ "'52210100MJ00001810", NULL, "52210100MJ00001810" }, { "", "uscc_length", NULL }, { NULL, "uscc_length", NULL },
		{ "52210100MJ000018100", "uscc_length", NULL }, { "52210100MJ0000181一", "uscc_forbidden_letter", NULL },
	};
	char out[19];
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		judge(&vectors[i], ident_uscc(vectors[i].in, out), out);
	assert_true(ident_uscc_inner("91350100M000100Y43"));
	assert_true(ident_uscc_inner("52210100MJ000019XP"));
	assert_true(ident_uscc_inner("52210100MJ00000504"));
	assert_false(ident_uscc_inner("52210100MJ000019YP"));
}

static void phones(void **state)
{
	(void)state;
	static const struct vector vectors[] = {
		{ "13812345678", NULL, "13812345678" }, { "154-0011 1113", NULL, "15400111113" }, { "+86 138 1234 5678", NULL, "13812345678" },
		{ "0086-13812345678", NULL, "13812345678" }, { "（138）12345678", NULL, "13812345678" }, { "１３８１２３４５６７８", NULL, "13812345678" },
		{ "'13812345678", NULL, "13812345678" }, { "(+86)13812345678", NULL, "13812345678" },
		{ "024-12345678", NULL, "024-12345678" }, { "02412345678", NULL, "024-12345678" }, { "(0418) 2345678", NULL, "0418-2345678" },
		{ "04182345678", NULL, "0418-2345678" }, { "0418-2345678-801", NULL, "0418-2345678-801" }, { "024 12345678-1", NULL, "024-12345678-1" },
		{ "01012345678", NULL, "010-12345678" }, { "+86-24-12345678", NULL, "024-12345678" }, { "+86 10 12345678", NULL, "010-12345678" },
		{ "12345", "phone_bad", NULL }, { "12812345678", "phone_bad", NULL }, { "1381234567", "phone_bad", NULL }, { "138123456789", "phone_bad", NULL },
		{ "024-123456", "phone_bad", NULL }, { "024-123456789", "phone_bad", NULL }, { "024-12345678-", "phone_bad", NULL },
		{ "024-12345678-1234567", "phone_bad", NULL }, { "24-12345678", "phone_bad", NULL }, { "", "phone_bad", NULL }, { NULL, "phone_bad", NULL },
		{ "1381234567a", "phone_bad", NULL }, { "+1 13812345678", "phone_bad", NULL }, { "电话13812345678", "phone_bad", NULL }, { "+86", "phone_bad", NULL },
		{ "13812345678/13912345678", "phone_bad", NULL }, { "02-12345678", "phone_bad", NULL },
	};
	char out[24];
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		judge(&vectors[i], ident_phone(vectors[i].in, out), out);
}

static void own_numbers(void **state)
{
	(void)state;
	char body[] = "XQ210102202011000001";
	assert_int_equal(ident_check31("91350100M000100Y4"), '3');
	assert_int_equal(ident_check31("52210100MJ0000181"), '0');
	char right = ident_check31(body);
	assert_non_null(strchr("0123456789ABCDEFGHJKLMNPQRTUWXY", right));
	for (size_t i = 0; i < strlen(body); i++) {
		char old = body[i];
		for (char c = '0'; c <= '9'; c++) {
			body[i] = c;
			if (c != old && old <= '9')
				assert_int_not_equal(ident_check31(body), right);
		}
		body[i] = old;
	}
	assert_int_not_equal(ident_check31("XZ210102202011000001"), ident_check31("XQ210102202011000001"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_numbers), cmocka_unit_test(provinces), cmocka_unit_test(what_an_id_number_tells),
		cmocka_unit_test(ages_take_the_protective_reading), cmocka_unit_test(credit_codes), cmocka_unit_test(phones), cmocka_unit_test(own_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
