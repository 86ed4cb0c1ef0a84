/* transfer_clean.c -- the word and the sentence for what cleaning did to a cell, told from its raw text. Changes nothing itself. */
#include "engine/inner_transfer.h"
#include "base/text.h"
#include <string.h>

static bool has(const char *s, size_t n, const char *piece)
{
	return memmem(s, n, piece, strlen(piece)) != NULL;
}

static bool only_digits(const char *s, size_t n, size_t want)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return n == want;
}

/* Characters that have no business in a cell, whatever its type. */
static const char *unseen(const char *s, size_t n)
{
	bool nbsp = false, zero = false, bom = false, ideographic = false;

	for (size_t i = 0; i < n;) {
		int32_t ch = text_next(s, n, &i);

		if (ch < 0)
			return NULL;
		bom |= ch == 0xFEFF;
		zero |= (ch >= 0x200B && ch <= 0x200D) || ch == 0x2060;
		nbsp |= ch == 0xA0;
		ideographic |= ch == 0x3000;
	}
	return bom ? "bom_inside" : zero ? "zero_width" : nbsp ? "nbsp" : ideographic ? "ideographic_space" : NULL;
}

static bool wide(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		int32_t ch = text_next(s, n, &i);

		if (ch < 0)
			return false;
		if (ch >= 0xFF01 && ch <= 0xFF5E)
			return true;
	}
	return false;
}

static const char *by_type(const struct field *f, const char *s, size_t n)
{
	switch (f->type) {
	case T_DATE: case T_TIME:
		return has(s, n, "年") ? "date_chinese" : has(s, n, ".") || has(s, n, "/") ? "date_dotted" : only_digits(s, n, 8) ? "date_compact" :
			only_digits(s, n, 5) ? "date_excel_serial" : NULL;
	case T_PHONE:
		return "phone_with_separators";
	case T_IDNO:
		return *s == '\'' ? "id_leading_apostrophe" : NULL;
	case T_DIVISION:
		return *s == '\'' ? "id_leading_apostrophe" : has(s, n, ".") ? "division_as_float" : NULL;
	case T_FEN:
		return has(s, n, ",") ? "amount_thousands_separator" : NULL;
	case T_USCC:
		return "uscc_lower_case";
	default:
		return NULL;
	}
}

const char *clean_kind(const struct field *f, const char *raw, size_t n)
{
	const char *kind = unseen(raw, n);
	bool trimmed;

	if (kind)
		return kind;
	trimmed = n && (raw[0] == ' ' || raw[0] == '\t' || raw[n - 1] == ' ' || raw[n - 1] == '\t' || raw[n - 1] == '\n');
	if (trimmed)
		return "trailing_spaces";
	if (f->type != T_TEXT && f->type != T_LONGTEXT && wide(raw, n))        /* prose keeps its full-width signs */
		return "fullwidth_digits";
	kind = n ? by_type(f, raw, n) : NULL;
	return kind ? kind : "cleaned";
}

const char *clean_message(const char *kind)
{
	static const struct { const char *kind, *message; } table[] = {
		{ "trailing_spaces", "首尾的空格已去掉" }, { "ideographic_space", "全角空格已去掉" }, { "nbsp", "不换行空格已去掉" },
		{ "zero_width", "看不见的字符已去掉" }, { "bom_inside", "多余的文件标记（BOM）已去掉" },
		{ "fullwidth_digits", "全角字符已转为半角" }, { "date_dotted", "日期已统一为“年-月-日”" },
		{ "date_chinese", "日期已统一为“年-月-日”" }, { "date_compact", "日期已统一为“年-月-日”" },
		{ "date_excel_serial", "表格的日期序号已转为日期" }, { "phone_with_separators", "电话里的分隔符已去掉" },
		{ "id_leading_apostrophe", "号码前的单引号已去掉" }, { "division_as_float", "区划代码末尾的“.0”已去掉" },
		{ "amount_thousands_separator", "金额里的千分位逗号已去掉" }, { "uscc_lower_case", "小写字母已转为大写" },
	};

	for (unsigned i = 0; i < COUNT(table); i++)
		if (!strcmp(table[i].kind, kind))
			return table[i].message;
	return "写法已统一";
}
