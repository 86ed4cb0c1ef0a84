/* types.c -- one row per field type: its name, its JSON schema, and how a value is read, sent and shown.
 * Owns the table and the printing; reading is in types_text.c, types_number.c and types_day.c. Stores nothing. */
#include "engine/inner_types.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/more.h"
#include <string.h>

const char *type_label(const struct ctx *c, const struct field *f)
{
	return ctx_say(c, f->label, f->en);
}

const char *type_cut(struct ctx *c, const char *s, unsigned chars)
{
	size_t n = strlen(s), end = 0, next = 0;

	while (chars-- && next < n && text_next(s, n, &next) >= 0)
		end = next;
	return end < n ? arena_printf(c->arena, "%.*s…", (int)end, s) : s;
}

enum rc type_fault(struct ctx *c, const struct field *f, const char *code, const char *was, const char *mend)
{
	if (f->cls >= S3 && f->type != T_PHONE)
		return ctx_problem(c, RC_REJECTED, f->name, code, ctx_say(c, "%s不对：%s", "%s is wrong: %s"), type_label(c, f), mend);
	return ctx_problem(c, RC_REJECTED, f->name, code, ctx_say(c, "%s“%s”不对：%s", "%s \"%s\" is wrong: %s"),
		type_label(c, f), type_cut(c, was, 20), mend);
}

static void number_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o)
{
	(void)c, (void)f;
	jout_int(o, v->i);
}

static void id_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o)
{
	(void)c, (void)f;
	jout_id(o, v->i);
}

static void bool_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o)
{
	(void)c, (void)f;
	jout_bool(o, v->i != 0);
}

static void text_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o)
{
	(void)c, (void)f;
	jout_strn(o, v->s, v->n);
}

static void raw_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o)
{
	(void)c, (void)f;
	jout_raw(o, v->s);
}

static const char *date_form(struct ctx *c, const struct field *f, const struct value *v)
{
	(void)f;
	return day_text(c->arena, v->i);
}

static const char *clock_form(struct ctx *c, const struct field *f, const struct value *v)
{
	(void)f;
	return arena_printf(c->arena, "%02d:%02d", (int)(v->i / 60), (int)(v->i % 60));
}

static const char *utc_form(struct ctx *c, const struct field *f, const struct value *v)
{
	(void)f;
	return time_text(c->arena, v->i);
}

static const char *division_form(struct ctx *c, const struct field *f, const struct value *v)
{
	(void)f;
	return arena_printf(c->arena, "%012lld", (long long)v->i);
}

static void date_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o) { jout_str(o, date_form(c, f, v)); }
static void clock_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o) { jout_str(o, clock_form(c, f, v)); }
static void time_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o) { jout_str(o, utc_form(c, f, v)); }
static void division_json(struct ctx *c, const struct field *f, const struct value *v, struct jout *o) { jout_str(o, division_form(c, f, v)); }

static const char *number_text(struct ctx *c, const struct field *f, const struct value *v)
{
	(void)f;
	return arena_printf(c->arena, "%lld", (long long)v->i);
}

/* Hundredths of a unit with their sign: -0.05. */
static const char *hundredths(struct ctx *c, int64_t x, const char *unit)
{
	uint64_t u = x < 0 ? -(uint64_t)x : (uint64_t)x;

	return arena_printf(c->arena, "%s%llu.%02u%s", x < 0 ? "-" : "", (unsigned long long)(u / 100), (unsigned)(u % 100), unit);
}

static const char *fen_text(struct ctx *c, const struct field *f, const struct value *v) { (void)f; return hundredths(c, v->i, ""); }
static const char *bp_text(struct ctx *c, const struct field *f, const struct value *v) { (void)f; return hundredths(c, v->i, "%"); }

static const char *bool_text(struct ctx *c, const struct field *f, const struct value *v)
{
	(void)f;
	return v->i ? ctx_say(c, "是", "yes") : ctx_say(c, "否", "no");
}

/* People read Shanghai time. */
static const char *time_people(struct ctx *c, const struct field *f, const struct value *v)
{
	int64_t day = clock_day(v->i), minute = (v->i - clock_day_start(day)) / 60000;

	(void)f;
	return arena_printf(c->arena, "%s %02d:%02d", day_text(c->arena, day), (int)(minute / 60), (int)(minute % 60));
}

static const char *code_text(struct ctx *c, const struct field *f, const struct value *v)
{
	for (const struct code *k = f->codes; k && k->code; k++)
		if (!strcmp(k->code, v->s))
			return ctx_say(c, k->label, k->en);
	return v->s;
}

static const char *text_text(struct ctx *c, const struct field *f, const struct value *v)
{
	(void)c, (void)f;
	return v->s;
}

static const char *division_text(struct ctx *c, const struct field *f, const struct value *v)
{
	return place_known(v->i) ? place_path(c->arena, v->i) : division_form(c, f, v);
}

#define STRING "\"type\":\"string\""
#define WHOLE  "\"type\":\"integer\",\"format\":\"int64\""
const struct field_type types[T_COUNT] = {
	[T_TEXT]     = { "text",     STRING, false, parse_text, text_json, text_text },
	[T_LONGTEXT] = { "longtext", STRING, false, parse_text, text_json, text_text },
	[T_INT]      = { "int",      WHOLE, true, parse_int, number_json, number_text },
	[T_FEN]      = { "fen",      WHOLE ",\"description\":\"money in fen\"", true, parse_fen, number_json, fen_text },
	[T_BP]       = { "bp",       WHOLE ",\"description\":\"ten-thousandths; 10000 is 100.00 %\"", true, parse_bp, number_json, bp_text },
	[T_BOOL]     = { "bool",     "\"type\":\"boolean\"", true, parse_bool, bool_json, bool_text },
	[T_DATE]     = { "date",     STRING ",\"format\":\"date\"", true, parse_date, date_json, date_form },
	[T_TIME]     = { "time",     STRING ",\"format\":\"date-time\"", true, parse_time, time_json, time_people },
	[T_CLOCK]    = { "clock",    STRING ",\"pattern\":\"^([01][0-9]|2[0-3]):[0-5][0-9]$\"", true, parse_clock, clock_json, clock_form },
	[T_CODE]     = { "code",     STRING, false, parse_code, text_json, code_text },
	[T_REF]      = { "ref",      STRING ",\"pattern\":\"^[0-9]{1,19}$\"", true, parse_id, id_json, number_text },
	[T_DIVISION] = { "division", STRING ",\"pattern\":\"^[0-9]{12}$\"", true, parse_division, division_json, division_text },
	[T_USCC]     = { "uscc",     STRING ",\"minLength\":18,\"maxLength\":18", false, parse_uscc, text_json, text_text },
	[T_IDNO]     = { "idno",     STRING, false, parse_idno, text_json, text_text },
	[T_PHONE]    = { "phone",    STRING, false, parse_phone, text_json, text_text },
	[T_FILE]     = { "file",     STRING ",\"pattern\":\"^[0-9]{1,19}$\"", true, parse_id, id_json, number_text },
	[T_JSON]     = { "json",     "", false, parse_json, raw_json, text_text },
};
