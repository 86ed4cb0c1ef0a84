/* types_number.c -- reading whole numbers, money, percentages, ids and division codes from what people type.
 * Never rounds, never guesses a unit: what cannot be taken exactly is refused with the way out. */
#include "engine/inner_types.h"
#include "engine/more.h"
#include "base/text.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A decimal as it stands: sign, digits, decimals; commas only in their places. */
struct decimal { bool negative, commas; const char *whole; size_t n_whole; const char *part; size_t n_part; };

static bool read_decimal(struct ctx *c, const char *s, struct decimal *d)
{
	char *digits = arena_alloc(c->arena, strlen(s) + 1);
	size_t n = 0, group = 0;

	*d = (struct decimal){ .negative = *s == '-', .whole = digits, .part = "" };
	s += *s == '-' || *s == '+';
	for (; isdigit((unsigned char)*s) || *s == ','; s++) {
		if (*s == ',') {
			if (d->commas ? group != 3 : !group || group > 3)
				return false;
			d->commas = true, group = 0;
			continue;
		}
		digits[n++] = *s, group++;
	}
	if (d->commas && group != 3)
		return false;
	d->n_whole = n;
	if (*s == '.') {
		d->part = ++s;
		while (isdigit((unsigned char)*s))
			s++, d->n_part++;
	}
	while (d->n_part && d->part[d->n_part - 1] == '0')
		d->n_part--;
	return !*s && (n || d->n_part);
}

/* whole.part as an integer with `places` decimals; false when it does not fit 63 bits. Too many decimals are told before. */
static bool scaled(const struct decimal *d, unsigned places, int64_t *out)
{
	int64_t x = 0;

	for (size_t i = 0; i < d->n_whole + places; i++) {
		size_t k = i - d->n_whole;
		int digit = i < d->n_whole ? d->whole[i] - '0' : k < d->n_part ? d->part[k] - '0' : 0;

		if (__builtin_mul_overflow(x, 10, &x) || __builtin_add_overflow(x, digit, &x))
			return false;
	}
	*out = d->negative ? -x : x;
	return true;
}

enum rc type_range(struct ctx *c, const struct field *f, int64_t v)
{
	bool bounded = f->min || f->max, below = bounded && v < f->min, above = bounded && (f->max || f->min < 0) && v > f->max;
	struct value lo = VINT(f->min), hi = VINT(f->max);
	const char *low, *high;

	if (!below && !above)
		return RC_OK;
	low = types[f->type].text(c, f, &lo), high = types[f->type].text(c, f, &hi);
	if (f->max || f->min < 0)
		return ctx_problem(c, RC_REJECTED, f->name, f->type == T_BP ? "score_out_of_range" : "out_of_range",
			ctx_say(c, "%s超出范围：应在 %s 到 %s 之间", "%s is out of range: %s to %s"), type_label(c, f), low, high);
	return ctx_problem(c, RC_REJECTED, f->name, "out_of_range", ctx_say(c, "%s太小：不能小于 %s", "%s is too small: at least %s"),
		type_label(c, f), low);
}

/* Excel writes 200 as 200.0 at times; 846.7 is no count of anything. */
enum rc parse_int(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, true, cleaned);
	struct decimal d;
	int64_t x;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	if (!read_decimal(c, text, &d))
		return type_fault(c, f, "integer_unreadable", text, ctx_say(c, "应为整数，只写数字", "should be a whole number, digits only"));
	if (d.n_part)
		return type_fault(c, f, "integer_fraction", text, ctx_say(c, "应为整数，不能有小数", "should be a whole number without decimals"));
	if (!scaled(&d, 0, &x))
		return type_fault(c, f, "integer_overflow_64", text, ctx_say(c, "数字过大，请核对位数", "is too large; please check the digits"));
	if (d.commas || strchr(text, '.'))
		*cleaned = true;
	if (type_range(c, f, x))
		return RC_REJECTED;
	*v = VINT(x);
	return RC_OK;
}

static const struct { const char *code, *zh, *en; } amounts[] = {
	{ "amount_nan",            "不是数字，请填写金额", "is not a number" },
	{ "amount_not_finite",     "不是有限的数字，请填写金额", "is not a finite number" },
	{ "amount_text_zero",      "请用阿拉伯数字填写，零写作 0", "write digits; zero is 0" },
	{ "amount_with_unit",      "请以元为单位只写数字，例如 120000.00", "write digits in yuan without a unit, such as 120000.00" },
	{ "amount_unreadable",     "应为以元为单位的数字，例如 1234.50", "should be digits in yuan, such as 1234.50" },
	{ "amount_three_decimals", "最多两位小数（精确到分）", "at most two decimals" },
	{ "amount_negative",       "不能为负数", "must not be negative" },
	{ "amount_overflow",       "金额过大，请核对位数和单位", "is too large; please check digits and unit" },
};
enum amount { NAN_, INFINITE_, ZERO_, UNIT_, UNREADABLE_, DECIMALS_, NEGATIVE_, OVERFLOW_, FINE_ };

/* Why a text is no amount at all. */
static enum amount odd_amount(const char *s)
{
	char *end;

	if (!strcasecmp(s, "nan"))
		return NAN_;
	if (!strncasecmp(s + (*s == '-' || *s == '+'), "inf", 3))
		return INFINITE_;
	if (isfinite(strtod(s, &end)) == 0 && !*end)
		return INFINITE_;
	if (!strcmp(s, "零") || !strcmp(s, "〇"))
		return ZERO_;
	for (const char *const *u = (const char *const[]){ "元", "万", "亿", "¥", "￥", "RMB", "rmb", NULL }; *u; u++)
		if (strstr(s, *u))
			return UNIT_;
	return UNREADABLE_;
}

enum rc parse_fen(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	static const int64_t most = INT64_C(10000000000000);
	const char *text = type_wash(c, f, s, n, true, cleaned);
	enum amount fault = FINE_;
	struct decimal d;
	int64_t x = 0;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	if (!read_decimal(c, text, &d))
		fault = odd_amount(text);
	else if (d.n_part > 2)
		fault = DECIMALS_;
	else if (!scaled(&d, 2, &x) || x > most || x < -most || (f->max && x > f->max))
		fault = OVERFLOW_;
	else if (x < 0 && f->min >= 0)
		fault = NEGATIVE_;
	if (fault != FINE_)
		return type_fault(c, f, amounts[fault].code, text, ctx_say(c, amounts[fault].zh, amounts[fault].en));
	*cleaned |= d.commas;
	if (type_range(c, f, x))
		return RC_REJECTED;
	*v = VINT(x);
	return RC_OK;
}

/* Files hold points (85.1), the API ten-thousandths: a text is always points. */
enum rc parse_bp(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, true, cleaned);
	size_t k;
	struct decimal d;
	int64_t x;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	if ((k = strlen(text)) > 1 && text[k - 1] == '%') {
		text = arena_strndup(c->arena, text, k - 1);
		*cleaned = true;
	}
	if (!read_decimal(c, text, &d) || d.n_part > 2)
		return type_fault(c, f, "score_unreadable", text, ctx_say(c, "应为最多两位小数的数字，例如 85.1",
			"should be a number with at most two decimals, such as 85.1"));
	if (!scaled(&d, 2, &x) || x < 0 || x > (f->max ? f->max : 10000))
		return type_fault(c, f, "score_out_of_range", text, ctx_say(c, "应在 0 到 100 之间", "should be between 0 and 100"));
	if (type_range(c, f, x))
		return RC_REJECTED;
	*v = VINT(x);
	return RC_OK;
}

enum rc parse_id(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, true, cleaned);
	int64_t id;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	if (!text_int(text, &id) || id <= 0)
		return type_fault(c, f, "reference_missing", text, ctx_say(c, "没有这条记录，请重新选择", "there is no such record; choose again"));
	*v = VINT(id);
	return RC_OK;
}

/* 21 and its parts may stand short in the API; in a file a short code has lost digits. */
static const char *bad_division(const struct ctx *c, const char *s, size_t n)
{
	if (strspn(s, "0123456789") != n)
		return "division_unreadable";
	if (n != 12 && (c->importing || (n != 2 && n != 4 && n != 6 && n != 9)))
		return "division_truncated";
	return s[0] == '2' && s[1] == '1' ? NULL : "division_other_province";
}

enum rc parse_division(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, true, cleaned), *fault;
	size_t k;
	int64_t code;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	k = strlen(text);
	if (k > 2 && !strcmp(text + k - 2, ".0")) {
		text = arena_strndup(c->arena, text, k -= 2);
		*cleaned = true;
	}
	if ((fault = bad_division(c, text, k)))
		return type_fault(c, f, fault, text, !strcmp(fault, "division_other_province")
			? ctx_say(c, "不属于辽宁省（21 开头），请核对区划代码", "is not in Liaoning (21…); please check the code")
			: ctx_say(c, "应为 12 位统计用区划代码", "should be a 12-digit division code"));
	for (code = strtoll(text, NULL, 10); k < 12; k++)
		code *= 10;
	if (!place_known(code))
		return type_fault(c, f, "division_unknown", text, ctx_say(c, "查不到这个区划代码，请从区划表中选择", "is not a known division; choose from the list"));
	*v = VINT(code);
	return RC_OK;
}
