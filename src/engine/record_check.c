/* record_check.c -- whether a record makes sense as a whole: its place, what must be given, bounds, what it points at, its owner,
 * then the room's own check. Collects every problem; writes nothing. */
#include "engine/inner_record.h"
#include "engine/access.h"
#include "engine/inner_query.h"
#include "engine/inner_types.h"
#include "base/text.h"

/* Base columns of a pointed-at record; region 0 when it is not there. */
struct spot { int64_t region; int state; };

static enum rc look(struct ctx *c, const struct entity *e, int64_t id, struct spot *s)
{
	const struct value args[] = { VINT(ID_CITY(id)), VINT(id) };
	struct value out[2];
	bool found;
	enum rc rc = query_row(c, arena_printf(c->arena, "SELECT x.region, x.state FROM %s x WHERE x.city = ?1 AND x.id = ?2", e->name),
		args, 2, out, 2, &found);

	*s = (struct spot){ 0, -1 };
	if (!rc && found)
		*s = (struct spot){ out[0].i, out[1].type == V_TEXT ? room_state(e, out[1].s) : -1 };
	return rc;
}

static int64_t ref_of(const struct record *r, const struct field *f)
{
	return f && f->ref && r->v[record_at(r, f)].type == V_INT ? r->v[record_at(r, f)].i : 0;
}

/* The first reference that must live in the same city; 0 when there is none. */
static const struct field *bound_ref(const struct record *r)
{
	for (const struct field *f = r->e->fields; f < r->e->fields + r->e->n_fields; f++)
		if (f->type == T_REF && !(f->flags & SOFT) && ref_of(r, f) && !(f->ref->flags & EVERYWHERE))
			return f;
	return NULL;
}

static enum rc region_of(struct ctx *c, const struct record *r, int64_t *region)
{
	const struct field *scope = room_flagged(r->e, SCOPE), *owner = room_flagged(r->e, OWNER), *ref;
	int64_t mine = c->who->region ? c->who->region : INT64_C(210000000000);
	struct spot s = { 0, -1 };
	enum rc rc = RC_OK;

	if (scope && scope->type == T_DIVISION)
		s.region = r->v[record_at(r, scope)].i;
	else if (ref_of(r, scope))
		rc = look(c, scope->ref, ref_of(r, scope), &s);
	if (!rc && !s.region && ref_of(r, owner))
		rc = look(c, owner->ref, ref_of(r, owner), &s);
	if (!rc && !s.region && (ref = bound_ref(r)) && ID_CITY(ref_of(r, ref)) != city_of(mine))
		rc = look(c, ref->ref, ref_of(r, ref), &s);
	*region = s.region ? s.region : mine;
	return rc;
}

enum rc record_place(struct ctx *c, struct record *r)
{
	const struct field *owner = room_flagged(r->e, OWNER), *scope = room_flagged(r->e, SCOPE);
	int64_t region, id = owner && !(owner->flags & SOFT) ? ref_of(r, owner) : 0;
	enum rc rc = region_of(c, r, &region);

	if (rc)
		return rc;
	if (!r->version)
		r->city = r->e->flags & EVERYWHERE ? 2100 : id && !(owner->ref->flags & EVERYWHERE) ? ID_CITY(id) : city_of(region);
	else if (scope && record_differs(r, record_at(r, scope)) && !id && !(r->e->flags & EVERYWHERE) && city_of(region) != r->city)
		return ctx_problem(c, RC_REJECTED, scope->name, "other_city", ctx_say(c, "%s不能改到另一个市，请在那里重新登记",
			"%s cannot move to another city; register it there"), type_label(c, scope));
	if (!r->version || (scope && record_differs(r, record_at(r, scope)))) {
		r->region = region;
		r->county = (int)(region / 1000000);
	}
	return RC_OK;
}

/* -- fields one by one */
static bool missing(const struct record *r, const struct field *f)
{
	if (!(f->flags & REQUIRED) || (f->flags & (STEP | DERIVED)) || !record_in_form(f, r->form))
		return false;
	if (r->e->number && !strcmp(f->name, "no"))
		return false;
	return record_empty(r, record_at(r, f));
}

static bool known_code(const struct field *f, const char *code)
{
	for (const struct code *k = f->codes; k && k->code; k++)
		if (!strcmp(k->code, code))
			return true;
	return false;
}

/* What input passed already holds; this is for values that hooks set. */
static void check_value(struct ctx *c, struct record *r, const struct field *f)
{
	const struct value *v = record_value(c, r, record_at(r, f));

	if (v->type == V_INT && (f->type == T_INT || f->type == T_FEN || f->type == T_BP))
		type_range(c, f, v->i);
	else if (v->type == V_TEXT && f->type == T_CODE && !known_code(f, v->s))
		type_fault(c, f, "enum_unknown", v->s, ctx_say(c, "不在代码表中，请重新选择", "is not in the list; choose again"));
	else if (v->type == V_TEXT && (f->type == T_TEXT || f->type == T_LONGTEXT) && f->max && text_chars(v->s) > (size_t)f->max)
		ctx_problem(c, RC_REJECTED, f->name, "text_too_long", ctx_say(c, "%s太长：最多 %lld 个字", "%s is too long: at most %lld characters"),
			type_label(c, f), (long long)f->max);
}

/* There, and one the caller may read: else it is as if it were not there. */
static enum rc readable(struct ctx *c, const struct entity *e, int64_t id, int64_t *there)
{
	struct cond may = access_where(c, e, READ, 3);
	struct value *args = arena_alloc(c->arena, (2 + may.n) * sizeof *args);

	args[0] = VINT(ID_CITY(id)), args[1] = VINT(id);
	for (unsigned i = 0; i < may.n; i++)
		args[2 + i] = may.args[i];
	return query_int(c, arena_printf(c->arena, "SELECT 1 FROM %s x WHERE x.city = ?1 AND x.id = ?2 AND (%s)", e->name, may.sql),
		args, 2 + may.n, there);
}

/* What hooks and files point at was just looked up; only people may send any number. */
static enum rc check_ref(struct ctx *c, struct record *r, const struct field *f)
{
	int64_t id = ref_of(r, f), there = 1;
	enum rc rc = c->importing || c->as_system || c->depth ? RC_OK : readable(c, f->ref, id, &there);

	if (rc)
		return rc;
	if (!there)
		return ctx_problem(c, RC_REJECTED, f->name, "reference_missing", ctx_say(c, "%s指向的%s不存在，请重新选择",
			"%s points at a %s that is not there; choose again"), type_label(c, f), ctx_say(c, f->ref->label, f->ref->en));
	if (!(f->flags & SOFT) && !(f->ref->flags & EVERYWHERE) && ID_CITY(id) != r->city)
		return ctx_problem(c, RC_REJECTED, f->name, "other_city", ctx_say(c, "%s应与本记录在同一个市，请重新选择",
			"%s must be of the same city; choose again"), type_label(c, f));
	return RC_OK;
}

static enum rc check_file(struct ctx *c, struct record *r, const struct field *f)
{
	int64_t id = r->v[record_at(r, f)].i, there = 0;
	const struct value args[] = { VINT(ID_CITY(id)), VINT(id) };
	enum rc rc = query_int(c, "SELECT 1 FROM attachment a WHERE a.city = ?1 AND a.id = ?2", args, 2, &there);

	if (rc || there)
		return rc;
	return ctx_problem(c, RC_REJECTED, f->name, "reference_missing", ctx_say(c, "%s的附件不存在，请重新上传", "the file of %s is not there; upload it again"),
		type_label(c, f));
}

/* What was just given to one field. RC_REJECTED is a problem collected; anything else ends the request. */
static enum rc check_given(struct ctx *c, struct record *r, const struct field *f)
{
	unsigned i = record_at(r, f);

	if (!r->dirty[i] || record_empty(r, i))
		return RC_OK;
	check_value(c, r, f);
	if (f->type == T_REF && f->ref && record_differs(r, i))
		return check_ref(c, r, f);
	return f->type == T_FILE && record_differs(r, i) ? check_file(c, r, f) : RC_OK;
}

static enum rc check_fields(struct ctx *c, struct record *r)
{
	enum rc rc;

	for (const struct field *f = r->e->fields; f < r->e->fields + r->e->n_fields; f++) {
		if (record_blamed(c, r, f->name))
			continue;
		if (missing(r, f))
			ctx_problem(c, RC_REJECTED, f->name, "required_empty", ctx_say(c, "请填写%s", "Please give %s"), type_label(c, f));
		else if ((rc = check_given(c, r, f)) && rc != RC_REJECTED)
			return rc;
	}
	return RC_OK;
}

enum rc record_check_given(struct ctx *c, struct record *r)
{
	unsigned from = c->n_problems;
	enum rc rc;

	for (const struct field *f = r->e->fields; f < r->e->fields + r->e->n_fields; f++)
		if (!record_blamed(c, r, f->name) && (rc = check_given(c, r, f)) && rc != RC_REJECTED)
			return rc;
	return record_faults(c, from) ? RC_REJECTED : RC_OK;
}

/* Child rows may only be written while their owner is in a state that allows it (.open_in of the child's room). */
static enum rc check_owner(struct ctx *c, struct record *r)
{
	const struct field *f = room_flagged(r->e, OWNER);
	int64_t id = ref_of(r, f);
	struct spot s;
	enum rc rc;

	if (!id || !r->e->open_in || c->as_system || c->importing || c->depth)
		return RC_OK;
	if ((rc = look(c, f->ref, id, &s)) || !s.region || s.state < 0 || (r->e->open_in & BIT(s.state)))
		return rc;
	return ctx_problem(c, RC_STATE, f->name, "owner_closed", ctx_say(c, "%s现在是“%s”，不能再增加或修改%s", "The %s is now \"%s\"; its %s can no longer be changed"),
		ctx_say(c, f->ref->label, f->ref->en), ctx_say(c, f->ref->states[s.state].label, f->ref->states[s.state].en),
		ctx_say(c, r->e->label, r->e->en));
}

/* A hook may rely on what a record points at; it is not asked while that is in doubt. */
static bool refs_in_doubt(const struct ctx *c, const struct record *r)
{
	for (const struct field *f = r->e->fields; f < r->e->fields + r->e->n_fields; f++)
		if ((f->type == T_REF || f->type == T_DIVISION) && record_blamed(c, r, f->name))
			return true;
	return false;
}

/* Fields already blamed are not blamed twice: the hook saw them empty. */
static void drop_repeats(struct ctx *c, const struct record *r, unsigned from)
{
	unsigned keep = from, end = c->n_problems;

	for (unsigned i = from; i < end; i++) {
		bool again = false;

		for (unsigned k = r->problems_from; k < from && !c->problems[i].warning; k++)
			again |= !c->problems[k].warning && c->problems[k].field && c->problems[i].field
				&& !strcmp(c->problems[k].field, c->problems[i].field);
		if (!again)
			c->problems[keep++] = c->problems[i];
	}
	c->n_problems = keep;
}

static enum rc ask_room(struct ctx *c, struct record *r)
{
	const struct entity *before = c->acting;
	unsigned from = c->n_problems;
	enum rc rc;

	if (!r->e->check || refs_in_doubt(c, r))
		return RC_OK;
	c->acting = r->e;
	rc = r->e->check(c, r);
	c->acting = before;
	drop_repeats(c, r, from);
	return rc;
}

enum rc record_check(struct ctx *c, struct record *r)
{
	enum rc rc, closed = RC_OK;

	if ((rc = record_place(c, r)) && rc != RC_REJECTED)
		return rc;
	if ((rc = check_fields(c, r)))
		return rc;
	if (!refs_in_doubt(c, r) && (closed = check_owner(c, r)) && closed != RC_STATE)
		return closed;
	rc = ask_room(c, r);
	if (c->no_rule || c->failed)
		return c->failed ? c->failed : RC_NO_RULE;
	if (rc && rc != RC_REJECTED)
		return rc;
	if (closed && record_faults(c, r->problems_from) == 1)
		return closed;
	return rc || record_faults(c, r->problems_from) ? RC_REJECTED : RC_OK;
}
