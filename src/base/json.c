/* json.c -- strict reading of JSON into an arena tree, over jansson. Owns nothing after it returned: jansson's value is
 * freed, the tree is the arena's. Refuses whatever two readers could understand differently. Writing: json_out.c. */
#include "base/json.h"
#include "base/text.h"
#include <jansson.h>
#include <string.h>

enum { MOST_VALUES = 100000 };

/* Depth and number of values, before anything is built: one pass, two counters. What is malformed jansson refuses later. */
static const char *scan(struct arena *a, const char *s, size_t n, unsigned max_depth)
{
	unsigned depth = 0;
	size_t commas = 0;
	bool inside = false;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (inside) {
			if (c == '\\')
				i++;
			else if (c == '"')
				inside = false;
		} else if (c == '"') {
			inside = true;
		} else if (c == '{' || c == '[') {
			if (++depth > max_depth)
				return arena_printf(a, "JSON 嵌套超过 %u 层，请减少层数后重新提交。", max_depth);
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		} else if (c == ',' && ++commas >= MOST_VALUES) {
			return "JSON 中的值超过 100000 个，请分批提交。";
		}
	}
	return NULL;
}

static const char *early(struct arena *a, const char *text, size_t n, unsigned max_depth)
{
	size_t i = 0;
	if (!n)
		return "提交的内容是空的，请提交一个 JSON 对象。";
	if (memchr(text, 0, n))
		return "JSON 中含有空字符（NUL），请去掉后重新提交。";
	if (!text_valid(text, n))
		return "提交的内容不是合法的 UTF-8 文本，请改用 UTF-8 编码。";
	while (i < n && strchr(" \t\r\n", text[i]))
		i++;
	if (i == n)
		return "提交的内容是空的，请提交一个 JSON 对象。";
	if (text[i] != '{' && text[i] != '[')
		return "JSON 的最外层必须是对象 { } 或数组 [ ]，请检查开头。";
	return scan(a, text, n, max_depth);
}

static const char *explain(struct arena *a, const json_error_t *e)
{
	const char *what;
	switch (json_error_code(e)) {
	case json_error_duplicate_key:
		what = "同一个键出现了两次，请只保留一个";
		break;
	case json_error_numeric_overflow:
		what = "数字超出了可以保存的范围，请改小";
		break;
	case json_error_null_character:
	case json_error_null_byte_in_key:
		what = "含有空字符（\\u0000），请去掉";
		break;
	case json_error_end_of_input_expected:
		what = "JSON 结束之后还有多余的内容，请删去";
		break;
	case json_error_premature_end_of_input:
		what = "JSON 没有写完，请补全后再提交";
		break;
	default:
		what = "不是合法的 JSON，请检查引号、逗号和括号";
	}
	return arena_printf(a, "第 %d 行第 %d 列附近：%s。", e->line, e->column, what);
}

static void convert(struct arena *a, json_t *from, struct jval *to, size_t *count);

static void convert_object(struct arena *a, json_t *from, struct jval *to, size_t *count)
{
	size_t n = json_object_size(from), i = 0;
	const char **keys = arena_alloc(a, n * sizeof *keys), *key;
	struct jval *items = arena_alloc(a, n * sizeof *items);
	json_t *item;
	to->type = J_OBJECT;
	to->n = n;
	json_object_foreach(from, key, item) {
		keys[i] = arena_strdup(a, key);
		convert(a, item, &items[i++], count);
	}
	to->keys = keys;
	to->items = items;
}

static void convert_array(struct arena *a, json_t *from, struct jval *to, size_t *count)
{
	size_t n = json_array_size(from);
	struct jval *items = arena_alloc(a, n * sizeof *items);
	to->type = J_ARRAY;
	to->n = n;
	to->items = items;
	for (size_t i = 0; i < n; i++)
		convert(a, json_array_get(from, i), &items[i], count);
}

/* As deep as the text, which the scan has bounded. */
static void convert(struct arena *a, json_t *from, struct jval *to, size_t *count)
{
	++*count;
	switch (json_typeof(from)) {
	case JSON_OBJECT:
		convert_object(a, from, to, count);
		return;
	case JSON_ARRAY:
		convert_array(a, from, to, count);
		return;
	case JSON_STRING:
		to->type = J_STRING;
		to->n = json_string_length(from);
		to->s = arena_strndup(a, json_string_value(from), to->n);
		return;
	case JSON_INTEGER:
		to->type = J_INT;
		to->i = json_integer_value(from);
		to->d = (double)to->i;
		return;
	case JSON_REAL:
		to->type = J_REAL;
		to->d = json_real_value(from);
		return;
	default:
		to->type = json_is_true(from) ? J_TRUE : json_is_false(from) ? J_FALSE : J_NULL;
	}
}

const struct jval *json_read(struct arena *a, const char *text, size_t n, unsigned max_depth, const char **why)
{
	json_error_t e;
	size_t count = 0;
	if ((*why = early(a, text, n, max_depth)))
		return NULL;
	json_t *from = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
	if (!from) {
		*why = explain(a, &e);
		return NULL;
	}
	struct jval *to = arena_alloc(a, sizeof *to);
	convert(a, from, to, &count);
	json_decref(from);
	if (count > MOST_VALUES) {
		*why = "JSON 中的值超过 100000 个，请分批提交。";
		return NULL;
	}
	return to;
}

const struct jval *json_get(const struct jval *object, const char *key)
{
	if (!object || object->type != J_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->n; i++)
		if (strcmp(object->keys[i], key) == 0)
			return &object->items[i];
	return NULL;
}

const char *json_text(const struct jval *object, const char *key)
{
	const struct jval *v = json_get(object, key);
	return v && v->type == J_STRING ? v->s : NULL;
}
