/* test_json.c -- what the reader takes and refuses, and what the writer writes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/json.h"
#include "base/text.h"
#include <string.h>

static struct arena *a;

static const struct jval *read_text(const char *s, const char **why)
{
	return json_read(a, s, strlen(s), 32, why);
}

static void reads_a_tree(void **state)
{
	(void)state;
	const char *why = "unset";
	const struct jval *v = read_text(" {\"b\":[1,-2.5,true,false,null,\"助浴\\u00e9\"],\"a\":{\"max\":9223372036854775807,\"min\":-9223372036854775808}} \n", &why);
	assert_non_null(v);
	assert_null(why);
	assert_int_equal(v->type, J_OBJECT);
	assert_int_equal(v->n, 2);
	assert_string_equal(v->keys[0], "b");
	const struct jval *b = json_get(v, "b"), *x = json_get(v, "a");
	assert_int_equal(b->type, J_ARRAY);
	assert_int_equal(b->n, 6);
	assert_true(b->items[0].type == J_INT && b->items[0].i == 1 && b->items[0].d == 1.0);
	assert_true(b->items[1].type == J_REAL && b->items[1].d == -2.5);
	assert_true(b->items[2].type == J_TRUE && b->items[3].type == J_FALSE && b->items[4].type == J_NULL);
	assert_string_equal(b->items[5].s, "助浴é");
	assert_int_equal(b->items[5].n, strlen("助浴é"));
	assert_true(json_get(x, "max")->i == INT64_MAX && json_get(x, "min")->i == INT64_MIN);
	assert_null(json_get(x, "none"));
	assert_null(json_get(b, "b"));
	assert_null(json_get(NULL, "b"));
	assert_null(json_text(v, "b"));
	assert_string_equal(json_text(read_text("{\"k\":\"v\"}", &why), "k"), "v");
	assert_int_equal(read_text("{}", &why)->n, 0);
	assert_int_equal(read_text("[]", &why)->n, 0);
}

/* Refused, with one Chinese sentence that holds `word` and repeats none of the input. */
static void refused(const char *s, size_t n, const char *word)
{
	const char *why = NULL;
	assert_null(json_read(a, s, n, 32, &why));
	assert_non_null(why);
	assert_true(text_valid(why, strlen(why)));
	assert_null(strstr(why, "secret"));
	assert_int_equal(strcmp(why + strlen(why) - strlen("。"), "。"), 0);
	if (!strstr(why, word))
		print_error("%s: %s\n", word, why);
	assert_non_null(strstr(why, word));
}
#define REFUSED(s, word) refused(s, sizeof s - 1, word)

static void refuses_with_a_sentence(void **state)
{
	(void)state;
	REFUSED("", "空的");
	REFUSED(" \n ", "空的");
	REFUSED("1", "最外层");
	REFUSED("\"secret\"", "最外层");
	REFUSED("{\"secret\":1,\"secret\":2}", "两次");
	REFUSED("{\"a\":\"\\u0000\"}", "空字符");
	REFUSED("{\"a\\u0000b\":1}", "空字符");
	REFUSED("{\"a\":\"x\0y\"}", "空字符");
	REFUSED("{\"a\":1e400}", "范围");
	REFUSED("[-1e400]", "范围");
	REFUSED("[9223372036854775808]", "范围");
	REFUSED("[-9223372036854775809]", "范围");
	REFUSED("{\"a\":1} x", "多余");
	REFUSED("{\"a\":1}{}", "多余");
	REFUSED("{\"secret\":", "没有写完");
	REFUSED("[1,]", "合法的 JSON");
	REFUSED("[NaN]", "合法的 JSON");
	REFUSED("{'a':1}", "合法的 JSON");
	REFUSED("[01]", "合法的 JSON");
	REFUSED("[\"\\ud800\"]", "合法的 JSON");
	REFUSED("[\"a\tb\"]", "合法的 JSON");
	REFUSED("[\"\xC0\x80\"]", "UTF-8");
	REFUSED("[\"\xED\xA0\x80\"]", "UTF-8");
	REFUSED("\xEF\xBB\xBF{}", "最外层");
}

static void depth_is_counted_outside_strings(void **state)
{
	(void)state;
	char deep[70000];
	const char *why;
	memset(deep, '[', 32);
	memset(deep + 32, ']', 32);
	assert_non_null(json_read(a, deep, 64, 32, &why));
	assert_null(json_read(a, deep, 64, 31, &why));
	assert_non_null(strstr(why, "31 层"));
	memset(deep, '[', sizeof deep);
	assert_null(json_read(a, deep, sizeof deep, 32, &why));
	assert_non_null(read_text("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[\\\\\"]", &why));
	assert_non_null(read_text("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]", &why));
}

static void too_many_values(void **state)
{
	(void)state;
	struct buf b;
	const char *why;
	buf_init(&b, a);
	buf_str(&b, "[0");
	for (int i = 2; i < 100000; i++)
		buf_str(&b, ",0");
	buf_str(&b, "]");                                    /* with the array itself: exactly 100,000 */
	assert_non_null(json_read(a, b.p, b.n, 32, &why));
	b.p[--b.n] = 0;
	buf_str(&b, ",0]");
	assert_null(json_read(a, b.p, b.n, 32, &why));
	assert_non_null(strstr(why, "100000"));
}

static void writes(void **state)
{
	(void)state;
	struct buf b;
	struct jout o;
	const char *why;
	buf_init(&b, a);
	jout_init(&o, &b);
	jout_open(&o, '{');
	jout_kv(&o, "t", "<a href=\"x\">&\\\n\t\x01 助\u2028\xff</a>");
	jout_kv(&o, "none", NULL);
	jout_kvi(&o, "i", INT64_MIN);
	jout_kvb(&o, "yes", true);
	jout_key(&o, "list");
	jout_open(&o, '[');
	jout_id(&o, INT64_MAX);
	jout_open(&o, '{');
	jout_close(&o, '}');
	jout_open(&o, '[');
	jout_close(&o, ']');
	jout_bool(&o, false);
	jout_null(&o);
	jout_raw(&o, "1.50");
	jout_strn(&o, "abcdef", 2);
	jout_close(&o, ']');
	jout_kvi(&o, "last", 0);
	jout_close(&o, '}');
	assert_string_equal(b.p, "{\"t\":\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\\\\\n\\t\\u0001 助\\u2028\\ufffd\\u003c/a\\u003e\",\"none\":null,"
		"\"i\":-9223372036854775808,\"yes\":true,\"list\":[\"9223372036854775807\",{},[],false,null,1.50,\"ab\"],\"last\":0}");
	const struct jval *v = json_read(a, b.p, b.n, 3, &why);
	assert_non_null(v);
	assert_string_equal(json_text(v, "t"), "<a href=\"x\">&\\\n\t\x01 助\u2028\ufffd</a>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_tree), cmocka_unit_test(refuses_with_a_sentence), cmocka_unit_test(depth_is_counted_outside_strings),
		cmocka_unit_test(too_many_values), cmocka_unit_test(writes),
	};
	a = arena_new(0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(a);
	return failed;
}
