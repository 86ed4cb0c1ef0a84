/* types_text.c -- reading words: free text, codes, identifiers, yes and no. Cleans what is harmless and says so; keeps what only
 * looks dangerous (formulas) with a warning; refuses what no field may hold. */
#include "engine/inner_types.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/text.h"
#include <string.h>

const char *type_wash(struct ctx *c, const struct field *f, const char *s, size_t n, bool ascii, bool *cleaned)
{
	static const struct { unsigned bit; const char *code, *zh, *en; } faults[] = {
		{ TEXT_NUL,     "nul_byte",          "含有空字节，请重新输入这一格",                   "it holds a NUL byte; type it again" },
		{ TEXT_INVALID, "invalid_utf8",      "含有无法识别的字节，请另存为 UTF-8 后重试",      "it holds bytes that are not UTF-8; save as UTF-8" },
		{ TEXT_BIDI,    "bidi_override",     "含有改变文字方向的隐藏字符，请删去后重新输入",   "it holds hidden direction marks; type it again" },
		{ TEXT_CONTROL, "control_character", "含有控制字符，请删去后重新输入",                 "it holds control characters; type it again" },
	};
	unsigned found = 0;
	char *clean = text_clean(c->arena, s, n, ascii, &found);

	for (unsigned i = 0; i < COUNT(faults); i++)
		if (found & faults[i].bit) {
			ctx_problem(c, RC_REJECTED, f->name, faults[i].code, ctx_say(c, "%s%s", "%s: %s"), type_label(c, f),
				ctx_say(c, faults[i].zh, faults[i].en));
			return NULL;
		}
	if (found & (TEXT_TRIMMED | TEXT_INVISIBLE | (ascii ? (unsigned)TEXT_FULLWIDTH : 0U)))
		*cleaned = true;
	return clean;
}

/* Inside a text a tab is only a blank; at the start it makes a formula. */
static const char *without_tabs(struct ctx *c, const char *s, size_t n, bool *cleaned)
{
	char *copy;

	if (n < 2 || !memchr(s + 1, '\t', n - 1))
		return s;
	copy = arena_alloc(c->arena, n + 1);             /* it may hold a NUL, which is found and refused later */
	memcpy(copy, s, n);
	for (size_t i = 1; i < n; i++)
		if (copy[i] == '\t')
			copy[i] = ' ';
	*cleaned = true;
	return copy;
}

/* A spreadsheet would run these: kept as they are, exports write them as text. */
static void warn_formula(struct ctx *c, const struct field *f, char first)
{
	const char *code = first == '=' ? "formula_equals" : first == '+' ? "formula_plus" : first == '@' ? "formula_at"
		: first == '\t' ? "formula_tab" : "formula_minus";

	ctx_problem(c, RC_OK, f->name, code, ctx_say(c, "%s看起来像电子表格公式，已按文字原样保存，请核对",
		"%s looks like a spreadsheet formula; kept as plain text, please check"), type_label(c, f));
}

enum rc parse_text(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	unsigned found = 0;
	const char *flat = without_tabs(c, s, n, cleaned), *text;
	size_t chars;

	*v = VNULL;
	text_clean(c->arena, flat, n, false, &found);
	if (n && flat[0] == '\t' && (found & TEXT_FORMULA)) {   /* the tab is part of it */
		bool ignored = false;

		if (!(text = type_wash(c, f, flat + 1, n - 1, false, &ignored)))
			return RC_REJECTED;
		text = *text ? arena_printf(c->arena, "\t%s", text) : text;
	} else if (!(text = type_wash(c, f, flat, n, false, cleaned)))
		return RC_REJECTED;
	if (!*text)
		return RC_OK;
	chars = text_chars(text);
	if (f->max && chars > (size_t)f->max)
		return ctx_problem(c, RC_REJECTED, f->name, "text_too_long", ctx_say(c, "%s太长：最多 %lld 个字，现有 %zu 个",
			"%s is too long: at most %lld characters, now %zu"), type_label(c, f), (long long)f->max, chars);
	if (f->min > 0 && chars < (size_t)f->min)
		return ctx_problem(c, RC_REJECTED, f->name, "text_too_short", ctx_say(c, "%s太短：至少 %lld 个字",
			"%s is too short: at least %lld characters"), type_label(c, f), (long long)f->min);
	if (found & TEXT_FORMULA)
		warn_formula(c, f, flat[0]);
	if (found & TEXT_DECOMPOSED)
		ctx_problem(c, RC_OK, f->name, "decomposed_unicode", ctx_say(c, "%s含有组合字符，可能查找不到，请核对",
			"%s holds combining marks and may not be found; please check"), type_label(c, f));
	*v = value_text(text);
	return RC_OK;
}

/* One of "a|b|c". */
static bool among(const char *words, const char *s)
{
	size_t n = strlen(s);

	for (const char *w = words; w && *w; w += *w == '|') {
		size_t k = strcspn(w, "|");

		if (k == n && !memcmp(w, s, n))
			return true;
		w += k;
	}
	return false;
}

static const struct code *code_of(const struct field *f, const char *s)
{
	for (const struct code *k = f->codes; k && k->code; k++)
		if (!strcmp(k->code, s) || !strcmp(k->label, s) || among(k->words, s) || (k->en && !strcmp(k->en, s)))
			return k;
	return NULL;
}

static enum rc unknown_code(struct ctx *c, const struct field *f, const char *was)
{
	struct buf b;
	unsigned n = 0;
	const struct code *k = f->codes;

	buf_init(&b, c->arena);
	buf_str(&b, ctx_say(c, "应为", "should be one of "));
	for (; k && k->code && n < 6; k++, n++) {
		buf_str(&b, n ? ctx_say(c, "、", ", ") : "");
		buf_str(&b, ctx_say(c, k->label, k->en));
	}
	buf_str(&b, k && k->code ? ctx_say(c, "等之一", " and others") : ctx_say(c, "之一", ""));
	return type_fault(c, f, "enum_unknown", was, b.p);
}

enum rc parse_code(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, false, cleaned);
	const struct code *k;

	*v = VNULL;
	if (!text)
		return RC_REJECTED;
	if (!*text)
		return RC_OK;
	if (!(k = code_of(f, text))) {
		unsigned found = 0;

		if (!(k = code_of(f, text_clean(c->arena, s, n, true, &found))))
			return unknown_code(c, f, text);
		*cleaned = true;
	}
	*v = value_text(k->code);
	return RC_OK;
}

/* Keeps the normalised form when the check found no fault. */
static enum rc take_ident(struct ctx *c, const struct field *f, const char *fault, const char *mend, const char *raw, const char *norm,
	struct value *v, bool *cleaned)
{
	if (fault)
		return type_fault(c, f, fault, raw, mend);
	if (strcmp(raw, norm))
		*cleaned = true;
	*v = value_text(arena_strdup(c->arena, norm));
	return RC_OK;
}

enum rc parse_uscc(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	char norm[19];
	const char *text = type_wash(c, f, s, n, true, cleaned), *fault;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	fault = ident_uscc(text, norm);
	return take_ident(c, f, fault, ctx_say(c, "应为 18 位统一社会信用代码，不含 I、O、S、V、Z，请对照登记证书核对",
		"should be the 18-character credit code of the registration certificate"), text, norm, v, cleaned);
}

enum rc parse_idno(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	char norm[19];
	const char *text = type_wash(c, f, s, n, true, cleaned), *fault;
	const char *mend = ctx_say(c, "应为 18 位身份证号，请对照证件核对", "should be an 18-character id number; please check the card");

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	fault = ident_idno(text, clock_day(c->now), norm);
	if (fault && !strcmp(fault, "id_15_digits")) {
		mend = ctx_say(c, "是 15 位旧号，请改填 18 位身份证号", "is an old 15-digit number; give the 18-character one");
		if (!c->importing && ident_idno_from15(text, norm) && !ident_idno(norm, clock_day(c->now), norm))
			fault = NULL;
	} else if (fault && !strcmp(fault, "id_scientific_notation"))
		mend = ctx_say(c, "被电子表格改成了科学计数，末几位已丢失；请把该列设为文本后重新录入",
			"was changed by a spreadsheet and lost digits; make the column text and type it again");
	return take_ident(c, f, fault, mend, text, norm, v, cleaned);
}

enum rc parse_phone(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	char norm[24];
	const char *text = type_wash(c, f, s, n, true, cleaned), *fault;

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	fault = ident_phone(text, norm);
	return take_ident(c, f, fault, ctx_say(c, "应为 11 位手机号或带区号的固定电话",
		"should be an 11-digit mobile number or a fixed line with its area code"), text, norm, v, cleaned);
}

enum rc parse_bool(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *text = type_wash(c, f, s, n, true, cleaned);

	*v = VNULL;
	if (!text || !*text)
		return text ? RC_OK : RC_REJECTED;
	if (among("是|有|true|TRUE|True|1|yes|Yes|YES|√|Y|y", text))
		*v = VINT(1);
	else if (among("否|无|false|FALSE|False|0|no|No|NO|×|N|n", text))
		*v = VINT(0);
	else
		return type_fault(c, f, "enum_unknown", text, ctx_say(c, "应为“是”或“否”", "should be yes or no"));
	return RC_OK;
}

enum rc parse_json(struct ctx *c, const struct field *f, const char *s, size_t n, struct value *v, bool *cleaned)
{
	const char *why = NULL;

	(void)cleaned;
	*v = VNULL;
	if (!n)
		return RC_OK;
	if (f->max && n > (size_t)f->max)
		return ctx_problem(c, RC_REJECTED, f->name, "text_too_long", ctx_say(c, "%s太大：最多 %lld 字节", "%s is too big: at most %lld bytes"),
			type_label(c, f), (long long)f->max);
	if (!json_read(c->arena, s, n, 16, &why))
		return ctx_problem(c, RC_REJECTED, f->name, "json_unreadable", "%s：%s", type_label(c, f), why ? why : "");
	*v = (struct value){ V_TEXT, 0, arena_strndup(c->arena, s, n), n };
	return RC_OK;
}
