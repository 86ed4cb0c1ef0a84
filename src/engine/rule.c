/* rule.c -- the record at hand as hooks see it, and how they say no. A field name no room has is a mistake of ours and aborts. */
#include "engine/inner_record.h"
#include "engine/types.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned at(const struct record *r, const char *name)
{
	const struct field *f = room_field(r->e, name);

	if (!f) {
		fprintf(stderr, "room %s has no field %s\n", r->e->name, name);
		abort();
	}
	return record_at(r, f);
}

/* Opening a sealed field fills in the same record: for the hook nothing changes. */
static const struct value *value(const struct record *r, const char *name)
{
	return record_value(r->ctx, (struct record *)(uintptr_t)r, at(r, name));
}

bool rec_has(const struct record *r, const char *field) { return value(r, field)->type != V_NULL; }

int64_t rec_int(const struct record *r, const char *field)
{
	const struct value *v = value(r, field);

	return v->type == V_INT ? v->i : 0;
}

const char *rec_text(const struct record *r, const char *field)
{
	const struct value *v = value(r, field);

	return v->type == V_TEXT ? v->s : "";
}

bool rec_is(const struct record *r, const char *field, const char *code)
{
	const struct value *v = value(r, field);

	return v->type == V_TEXT && !strcmp(v->s, code);
}

int64_t rec_id(const struct record *r) { return r->id; }
int64_t rec_region(const struct record *r) { return r->region; }
int64_t rec_created_by(const struct record *r) { return r->created_by; }
bool rec_in(const struct record *r, uint64_t states) { return !r->e->n_states || (states & BIT(r->state)); }
bool rec_imported(const struct record *r) { return r->imported || (!r->version && r->ctx->importing); }
const struct record *rec_old(const struct record *r) { return r->old; }

/* Nothing points at 0, and no day of ours is 0: in these a zero means "not known". */
struct value rule_plain(const struct field *f, int64_t x)
{
	bool absent = !x && (f->type == T_REF || f->type == T_FILE || f->type == T_DIVISION || f->type == T_DATE || f->type == T_TIME);

	return absent ? VNULL : VINT(x);
}

void rec_set(struct record *r, const char *field, int64_t x)
{
	unsigned i = at(r, field);

	if (!types[r->e->fields[i].type].number) {
		fprintf(stderr, "field %s.%s holds no number\n", r->e->name, field);
		abort();
	}
	record_put(r, i, rule_plain(&r->e->fields[i], x));
}

void rec_set_text(struct record *r, const char *field, const char *text)
{
	unsigned i = at(r, field);

	if (types[r->e->fields[i].type].number) {
		fprintf(stderr, "field %s.%s holds no text\n", r->e->name, field);
		abort();
	}
	record_put(r, i, text && *text ? value_text(arena_strdup(r->ctx->arena, text)) : VNULL);
}

void rec_clear(struct record *r, const char *field) { record_put(r, at(r, field), VNULL); }

/* In a record the caller did not touch himself, the message says whose rule it is. */
static void __attribute__((format(printf, 5, 0))) say(struct ctx *c, enum rc rc, const char *field, const char *code,
	const char *format, va_list args)
{
	const char *text = arena_vprintf(c->arena, format, args);

	if (c->depth && c->acting)
		ctx_problem(c, rc, field, code, ctx_say(c, "%s：%s", "%s: %s"), ctx_say(c, c->acting->label, c->acting->en), text);
	else
		ctx_problem(c, rc, field, code, "%s", text);
}

enum rc rule_reject(struct ctx *c, const char *field, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(c, RC_REJECTED, field, code, format, args);
	va_end(args);
	return RC_REJECTED;
}

void rule_warn(struct ctx *c, const char *field, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(c, RC_OK, field, code, format, args);
	va_end(args);
}

int64_t rule_me(struct ctx *c) { return c->who->person; }
unsigned rule_role(struct ctx *c) { return c->as_system ? (unsigned)SYSTEM : c->who->role; }
int64_t rule_my_org(struct ctx *c) { return c->who->org; }
