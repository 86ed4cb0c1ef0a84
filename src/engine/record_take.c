/* record_take.c -- reading what a caller sends into a record: members of a JSON object, or one cell of text.
 * Refuses members nobody may set and values of the wrong kind; whether the whole makes sense is record_check's business. */
#include "engine/inner_record.h"
#include "engine/access.h"
#include "engine/inner_types.h"
#include <stdio.h>
#include <string.h>

static const char *label(const struct ctx *c, const struct field *f)
{
	return ctx_say(c, f->label, f->en);
}

/* Members every answer carries; sent back by a client they are not its to set. */
static bool server_owned(const struct entity *e, const char *key)
{
	static const char *const own[] = { "id", "state", "state_label", "region", "region_name", "version", "created", "updated", "due",
		"overdue", "imported", "masked", "actions", "city", "county", "form" };
	size_t n = strlen(key);

	for (unsigned i = 0; i < COUNT(own); i++)
		if (!strcmp(own[i], key))
			return true;
	if (n > 6 && !strcmp(key + n - 6, "_title"))
		for (unsigned i = 0; i < e->n_fields; i++)
			if (strlen(e->fields[i].name) == n - 6 && !strncmp(e->fields[i].name, key, n - 6))
				return e->fields[i].type == T_REF;
	return false;
}

static enum rc unknown(struct ctx *c, const struct entity *e, const char *key)
{
	const char *name = type_cut(c, key, 20);

	if (server_owned(e, key))
		return ctx_problem(c, RC_REJECTED, name, "read_only", ctx_say(c, "“%s”由系统维护，请不要提交", "\"%s\" is kept by the system; leave it out"), name);
	return ctx_problem(c, RC_REJECTED, name, "unknown_field", ctx_say(c, "%s没有“%s”这一项，请删去或核对拼写",
		"%s has no member \"%s\"; remove it or check the spelling"), ctx_say(c, e->label, e->en), name);
}

/* "result! reason": is this field one of them? */
static bool taken(const char *takes, const char *name)
{
	size_t n = strlen(name);

	for (const char *w = takes; w && *w; w += strspn(w, " ")) {
		size_t k = strcspn(w, " "), bare = k && w[k - 1] == '!' ? k - 1 : k;

		if (bare == n && !memcmp(w, name, n))
			return true;
		w += k;
	}
	return false;
}

/* RC_OK when the caller may set it now. */
static enum rc settable(struct ctx *c, struct record *r, const struct field *f, const char *takes)
{
	if (!record_in_form(f, r->form))
		return unknown(c, r->e, f->name);
	if (takes && taken(takes, f->name))
		return RC_OK;
	if ((f->flags & DERIVED) || (!r->version && r->e->number && !strcmp(f->name, "no")))
		return ctx_problem(c, RC_REJECTED, f->name, "read_only", ctx_say(c, "%s由系统计算，请不要提交", "%s is computed; leave it out"), label(c, f));
	if (f->flags & STEP)
		return ctx_problem(c, RC_REJECTED, f->name, "step_only", ctx_say(c, "%s只能在办理相应步骤时填写", "%s can only be given with its step"), label(c, f));
	if (takes)
		return ctx_problem(c, RC_REJECTED, f->name, "not_in_step", ctx_say(c, "这一步不填写%s，请用“修改”", "this step does not take %s; edit the record"), label(c, f));
	/* whoever may make a record states what he knows of a person; only secrets need the right to read them too */
	if ((r->version || f->cls == S4) && !access_may_write(c, r, f))
		return ctx_problem(c, RC_REJECTED, f->name, "not_yours", ctx_say(c, "您的身份不能修改%s", "your role may not change %s"), label(c, f));
	return RC_OK;
}

static enum rc wrong_type(struct ctx *c, const struct field *f)
{
	const char *form = f->type == T_FEN ? ctx_say(c, "应为整数，单位是分", "an integer in fen")
		: f->type == T_BP ? ctx_say(c, "应为整数，单位是万分之一", "an integer in ten-thousandths")
		: f->type == T_INT ? ctx_say(c, "应为整数", "an integer")
		: f->type == T_BOOL ? ctx_say(c, "应为 true 或 false", "true or false") : ctx_say(c, "应为文字（字符串）", "a string");

	return ctx_problem(c, RC_REJECTED, f->name, "wrong_type", ctx_say(c, "%s的格式不对：%s", "%s has the wrong type: %s"), label(c, f), form);
}

/* A JSON tree back into text, for T_JSON fields. */
static void write_json(struct jout *o, const struct jval *v)
{
	switch (v->type) {
	case J_NULL:   jout_null(o); break;
	case J_FALSE:  jout_bool(o, false); break;
	case J_TRUE:   jout_bool(o, true); break;
	case J_INT:    jout_int(o, v->i); break;
	case J_REAL: {
		char digits[40];

		snprintf(digits, sizeof digits, "%.17g", v->d);
		jout_raw(o, digits);
		break;
	}
	case J_STRING: jout_strn(o, v->s, v->n); break;
	case J_ARRAY:
	case J_OBJECT:
		jout_open(o, v->type == J_ARRAY ? '[' : '{');
		for (size_t i = 0; i < v->n; i++) {
			if (v->type == J_OBJECT)
				jout_key(o, v->keys[i]);
			write_json(o, &v->items[i]);
		}
		jout_close(o, v->type == J_ARRAY ? ']' : '}');
	}
}

static enum rc take_whole(struct ctx *c, const struct field *f, const struct jval *v, struct value *out)
{
	char text[24];
	bool cleaned = false;
	int n;

	switch (f->type) {
	case T_FEN: case T_BP: {
		struct field loose = *f;
		bool bp = f->type == T_BP;

		if (bp && !loose.max)
			loose.max = 10000;
		if (!bp && f->min >= 0 && v->i < 0)
			return ctx_problem(c, RC_REJECTED, f->name, "amount_negative", ctx_say(c, "%s不能为负数", "%s must not be negative"), label(c, f));
		if (!bp && (v->i > INT64_C(10000000000000) || v->i < -INT64_C(10000000000000)))
			return ctx_problem(c, RC_REJECTED, f->name, "amount_overflow", ctx_say(c, "%s金额过大，请核对", "%s is too large"), label(c, f));
		if (type_range(c, &loose, v->i))
			return RC_REJECTED;
		*out = VINT(v->i);
		return RC_OK;
	}
	case T_INT: case T_REF: case T_FILE: case T_DIVISION:
		n = snprintf(text, sizeof text, "%lld", (long long)v->i);
		return types[f->type].parse(c, f, text, (size_t)n, out, &cleaned);
	default:
		return wrong_type(c, f);
	}
}

static enum rc take_value(struct ctx *c, const struct field *f, const struct jval *v, struct value *out)
{
	bool cleaned = false;

	*out = VNULL;
	if (v->type == J_NULL)
		return RC_OK;
	if (f->type == T_JSON) {
		struct buf b;
		struct jout o;

		buf_init(&b, c->arena);
		jout_init(&o, &b);
		write_json(&o, v);
		return types[T_JSON].parse(c, f, b.p, b.n, out, &cleaned);
	}
	if ((v->type == J_TRUE || v->type == J_FALSE) && f->type == T_BOOL)
		return *out = VINT(v->type == J_TRUE), RC_OK;
	if (v->type == J_INT)
		return take_whole(c, f, v, out);
	if (v->type == J_REAL && f->type == T_INT)
		return ctx_problem(c, RC_REJECTED, f->name, "integer_fraction", ctx_say(c, "%s应为整数，不能有小数", "%s should be a whole number"), label(c, f));
	if (v->type != J_STRING || f->type == T_FEN || f->type == T_BP)
		return wrong_type(c, f);
	return types[f->type].parse(c, f, v->s, v->n, out, &cleaned);
}

static enum rc take_member(struct ctx *c, struct record *r, const struct field *f, const struct jval *v, const char *takes)
{
	struct value value;
	unsigned i = record_at(r, f);
	enum rc rc = settable(c, r, f, takes);

	if (rc || (rc = take_value(c, f, v, &value)))
		return rc;
	record_put(r, i, value);
	if ((f->flags & FIXED) && r->version && record_differs(r, i))
		return ctx_problem(c, RC_REJECTED, f->name, "fixed", ctx_say(c, "%s登记后不能修改", "%s cannot be changed after creation"), label(c, f));
	return RC_OK;
}

enum rc record_take_json(struct ctx *c, struct record *r, const struct jval *object, const char *takes)
{
	enum rc worst = RC_OK;

	if (!object)
		return RC_OK;
	if (object->type != J_OBJECT)
		return ctx_problem(c, RC_REJECTED, NULL, "wrong_type", "%s", ctx_say(c, "请求体应为一个 JSON 对象", "the body should be a JSON object"));
	for (size_t i = 0; i < object->n; i++) {
		const struct field *f = room_field(r->e, object->keys[i]);
		enum rc rc = f ? take_member(c, r, f, &object->items[i], takes) : unknown(c, r->e, object->keys[i]);

		if (rc)
			worst = rc;
	}
	return worst;
}

/* A file points at records by the text of their key, people do not know ids. */
static enum rc take_key(struct ctx *c, struct record *r, unsigned field, const char *text, size_t n, bool *cleaned)
{
	const struct field *f = &r->e->fields[field];
	const char *key = type_wash(c, f, text, n, true, cleaned);
	int64_t id = 0;
	enum rc rc;

	if (!key)
		return RC_REJECTED;
	if (!*key)
		return record_put(r, field, VNULL), RC_OK;
	if ((rc = record_find_key(c, r, f, key, &id)))
		return rc;
	if (!id)
		return ctx_problem(c, RC_REJECTED, f->name, "reference_missing", ctx_say(c, "%s“%s”查不到，请先录入%s或核对编号",
			"%s \"%s\" is not known; enter the %s first or check it"), label(c, f), type_cut(c, key, 30), ctx_say(c, f->ref->label, f->ref->en));
	record_put(r, field, VINT(id));
	return RC_OK;
}

enum rc record_take_text(struct ctx *c, struct record *r, unsigned field, const char *text, size_t n, bool *changed_by_cleaning)
{
	const struct field *f = &r->e->fields[field];
	struct value value;
	enum rc rc;

	*changed_by_cleaning = false;
	if (f->type == T_REF && f->ref && c->importing)
		return take_key(c, r, field, text, n, changed_by_cleaning);
	if ((rc = types[f->type].parse(c, f, text, n, &value, changed_by_cleaning)))
		return rc;
	record_put(r, field, value);
	return RC_OK;
}
