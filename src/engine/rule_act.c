/* rule_act.c -- what hooks make happen in other records: one level deeper, with SYSTEM's eyes, in the same transaction, audited on
 * behalf of the caller. Stops a chain of hooks that would never end. */
#include "engine/inner_record.h"
#include "base/clock.h"
#include "engine/audit.h"
#include "engine/flow.h"
#include "engine/types.h"
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 16 };
struct before { bool as_system; const struct entity *acting; };

static enum rc enter(struct ctx *c, const struct entity *e, struct before *b)
{
	*b = (struct before){ c->as_system, c->acting };
	if (c->depth >= DEEPEST)
		return ctx_problem(c, RC_CONFLICT, NULL, "too_deep", "%s", ctx_say(c, "联动层数过多，已停止，没有保存任何内容；请联系管理员",
			"Too many steps caused each other; nothing was saved; tell the administrator"));
	c->depth++;
	c->as_system = true;
	c->acting = e;
	return RC_OK;
}

static enum rc leave(struct ctx *c, const struct before *b, enum rc rc)
{
	c->depth--;
	c->as_system = b->as_system;
	c->acting = b->acting;
	return rc;
}

static enum rc gone(struct ctx *c, const struct entity *e)
{
	return ctx_problem(c, RC_REJECTED, NULL, "reference_missing", ctx_say(c, "相关的%s不存在，没有保存，请刷新后重试",
		"The %s concerned is not there; nothing was saved"), ctx_say(c, e->label, e->en));
}

static void set_pairs(struct record *r, const struct pair *pairs)
{
	for (const struct pair *p = pairs; p && p->field; p++) {
		const struct field *f = room_field(r->e, p->field);

		if (f && !types[f->type].number)
			rec_set_text(r, p->field, p->text);
		else
			rec_set(r, p->field, p->value);           /* aborts on a name no room has */
	}
}

/* The column changes in place, so two requests at once both count; the holds of the room judge the sum. */
enum rc rule_add(struct ctx *c, const struct entity *e, int64_t id, const char *field, int64_t delta)
{
	const struct field *f = room_field(e, field);
	const struct value args[] = { VINT(delta), VINT(c->now), VINT(c->who->person), VINT(id) };
	int64_t changed = 0;
	enum rc rc;

	if (!f || !types[f->type].number || f->cls >= S3)
		abort();
	rc = tx_exec(c->tx, arena_printf(c->arena, "UPDATE %s SET %s = coalesce(%s, 0) + ?1, updated = ?2, updated_by = ?3"
		" WHERE city = ((?4 >> 8) & 16383) AND id = ?4", e->name, field, field), args, COUNT(args), &changed);
	if (rc)
		return rc == RC_CONFLICT ? record_conflict(c, e) : rc;
	if (!changed)
		return gone(c, e);
	return audit_add(c, ID_CITY(id), "add", e->name, id, "ok",
		arena_printf(c->arena, "{\"field\":\"%s\",\"delta\":%lld}", field, (long long)delta));
}

enum rc rule_change(struct ctx *c, const struct entity *e, int64_t id, const struct pair *pairs)
{
	struct before b;
	struct record *r;
	enum rc rc = enter(c, e, &b);

	if (rc)
		return rc;
	if (!(rc = record_load(c, e, id, true, &r)) && !r)
		rc = gone(c, e);
	if (!rc) {
		set_pairs(r, pairs);
		rc = r->changed ? record_update(c, r, "change") : RC_OK;
	}
	return leave(c, &b, rc);
}

static enum rc make(struct ctx *c, struct record *r, const struct pair *pairs, int64_t *id)
{
	struct before b;
	enum rc rc = enter(c, r->e, &b);

	if (rc)
		return rc;
	set_pairs(r, pairs);
	if (!(rc = record_check(c, r)))
		rc = record_insert(c, r);
	if (id)
		*id = rc ? 0 : r->id;
	return leave(c, &b, rc);
}

enum rc rule_create(struct ctx *c, const struct entity *e, const struct pair *pairs, int64_t *id)
{
	return make(c, record_new(c, e), pairs, id);
}

enum rc rule_history(struct ctx *c, const struct entity *e, const struct pair *pairs, int state, int64_t day, int64_t *id)
{
	struct record *r = record_new(c, e);

	r->state = state;
	r->entered = clock_day_start(day);
	r->imported = true;
	return make(c, r, pairs, id);
}

/* A value as the API would send it, so that steps taken by hooks and by people are read by the same code. */
static struct jval as_json(struct ctx *c, const struct field *f, const struct pair *p)
{
	struct value v = types[f->type].number ? rule_plain(f, p->value) : value_text(p->text && *p->text ? p->text : NULL);
	struct buf b;
	struct jout o;

	if (v.type == V_NULL)
		return (struct jval){ .type = J_NULL };
	if (v.type == V_TEXT)
		return (struct jval){ .type = J_STRING, .s = v.s, .n = v.n };
	if (f->type == T_BOOL)
		return (struct jval){ .type = v.i ? J_TRUE : J_FALSE };
	if (f->type == T_INT || f->type == T_FEN || f->type == T_BP || f->type == T_REF || f->type == T_FILE || f->type == T_DIVISION)
		return (struct jval){ .type = J_INT, .i = v.i };
	buf_init(&b, c->arena);                                  /* days and times: their text without the quotes */
	jout_init(&o, &b);
	types[f->type].json(c, f, &v, &o);
	return (struct jval){ .type = J_STRING, .s = arena_strndup(c->arena, b.p + 1, b.n - 2), .n = b.n - 2 };
}

static const struct jval *body_of(struct ctx *c, const struct entity *e, const struct pair *pairs)
{
	struct jval *body = arena_alloc(c->arena, sizeof *body), *items;
	const char **keys;
	size_t n = 0;

	while (pairs && pairs[n].field)
		n++;
	items = arena_alloc(c->arena, (n + 1) * sizeof *items);
	keys = arena_alloc(c->arena, (n + 1) * sizeof *keys);
	for (size_t i = 0; i < n; i++) {
		const struct field *f = room_field(e, pairs[i].field);

		if (!f)
			abort();
		keys[i] = f->name;
		items[i] = as_json(c, f, &pairs[i]);
	}
	*body = (struct jval){ .type = J_OBJECT, .n = n, .keys = keys, .items = items };
	return body;
}

enum rc rule_act_with(struct ctx *c, const struct entity *e, int64_t id, const char *transition, const struct pair *pairs)
{
	struct before b;
	struct record *r;
	enum rc rc = enter(c, e, &b);

	if (rc)
		return rc;
	if (!room_step(e, transition))
		abort();
	return leave(c, &b, flow_step(c, e, id, 0, transition, body_of(c, e, pairs), &r));
}

enum rc rule_act(struct ctx *c, const struct entity *e, int64_t id, const char *transition)
{
	return rule_act_with(c, e, id, transition, NULL);
}

enum rc rule_act_all(struct ctx *c, const struct entity *e, const struct pair *pairs, uint64_t states, const char *transition)
{
	int64_t *ids;
	unsigned n;
	enum rc rc = rule_ids(c, e, pairs, states, &ids, &n);

	for (unsigned i = 0; i < n && !rc; i++)
		rc = rule_act(c, e, ids[i], transition);
	return rc;
}
