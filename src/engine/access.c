/* access.c -- grants judged on a record at hand, in the same words as the SQL of access_where.c; and what of a record is seen.
 * Owns the decision; asks the store only for assignments and for the owner of a child row. Refuses by default. */
#include "engine/inner_access.h"
#include "engine/inner_query.h"
#include "engine/more.h"

bool access_is_mine_field(const struct field *f)
{
	return (f->flags & MINE) && (f->type == T_REF || (f->type == T_PHONE && (f->flags & LOOKUP)));
}

bool access_is_org_field(const struct field *f)
{
	return (f->flags & ORG) && f->type == T_REF;
}

static bool in_region(const struct ctx *c, const struct record *r)
{
	int64_t region = c->who->region, lo, hi;
	unsigned digits = region_digits(region);

	if (digits < 4)
		return digits == 2;
	if (!(r->e->flags & EVERYWHERE) && r->city != city_of(region))
		return false;
	if (digits == 6)
		return r->county == region / 1000000;
	region_range(region, digits, &lo, &hi);
	return r->region >= lo && r->region <= hi;
}

static bool is_above(const struct ctx *c, const struct record *r)
{
	int64_t lo, hi;
	unsigned digits = region_digits(r->region);

	if (!digits || digits >= region_digits(c->who->region))
		return false;
	region_range(r->region, digits, &lo, &hi);
	return c->who->region >= lo && c->who->region <= hi;
}

static const struct value *value_of(struct ctx *c, const struct record *r, const struct field *f)
{
	/* opening a sealed value fills it in: the record stays the same record */
	return record_value(c, (struct record *)(uintptr_t)r, field_index(r->e, f));
}

static bool is_mine(struct ctx *c, const struct record *r, const struct field *f)
{
	const struct caller *who = c->who;
	const struct value *v = value_of(c, r, f);
	uint8_t hash[32];

	if (f->type == T_REF)
		return v && v->type == V_INT && v->i && (v->i == who->person || v->i == who->bound);
	if (!who->has_phone || !v || v->type != V_TEXT || !v->n)
		return false;
	keys_hash("phone", v->s, hash);
	return !memcmp(hash, who->phone_hash, sizeof(hash));
}

static bool is_own(struct ctx *c, const struct record *r, unsigned action)
{
	bool refs = false, fields = false;

	for (const struct field *f = r->e->fields; f < r->e->fields + r->e->n_fields; f++) {
		if (!access_is_mine_field(f))
			continue;
		fields = true;
		refs |= f->type == T_REF;
		if (is_mine(c, r, f))
			return true;
	}
	if (!refs && c->who->bound && r->id == c->who->bound)
		return true;
	return fields && c->who->person && !(action & CREATE) && r->created_by == c->who->person;
}

static bool is_of_org(const struct ctx *c, const struct record *r)
{
	bool fields = false;

	if (!c->who->org)
		return false;
	for (const struct field *f = r->e->fields; f < r->e->fields + r->e->n_fields; f++) {
		if (!access_is_org_field(f))
			continue;
		fields = true;
		if (r->v[field_index(r->e, f)].i == c->who->org)
			return true;
	}
	return !fields && r->id == c->who->org;
}

static bool is_assigned(struct ctx *c, const struct record *r)
{
	struct value args[] = { VINT(r->city), VINT(r->id), VINT(c->who->person), VINT(c->now) };
	int64_t n = 0;

	if (!c->who->person || !c->tx)
		return false;
	return !query_int(c, "SELECT 1 FROM assignment a WHERE a.city = ?1 AND a.record = ?2 AND a.person = ?3"
		" AND a.ended IS NULL AND (a.until_ms IS NULL OR a.until_ms > ?4) LIMIT 1", args, 4, &n) && n;
}

static bool is_held(const struct ctx *c, const struct record *r)
{
	const struct field *owner = room_flagged(r->e, OWNER);
	int64_t id = c->who->holder_record;

	return id && (r->id == id || (owner && r->v[field_index(r->e, owner)].i == id));
}

static bool granted(struct ctx *c, const struct record *r, unsigned action, unsigned depth, const struct grant **which);

static bool via_owner(struct ctx *c, const struct record *r, unsigned action, unsigned depth)
{
	const struct field *f = room_flagged(r->e, OWNER);
	struct record *owner = NULL;
	int64_t id = f && f->ref ? r->v[field_index(r->e, f)].i : 0;

	if (!id || depth == 5 || !c->tx || record_load(c, f->ref, id, false, &owner) || !owner)
		return false;
	return granted(c, owner, access_of_owner(action), depth + 1, NULL);
}

static bool holds(struct ctx *c, const struct record *r, const struct grant *g, unsigned action, unsigned depth)
{
	if (!access_speaks(g, c->who->role, action))
		return false;
	if (g->in && r->e->n_states && !(action & CREATE) && !(g->in & BIT(r->state)))
		return false;
	switch (g->rel) {
	case ANY:      return true;
	case REGION:   return in_region(c, r);
	case ABOVE:    return is_above(c, r);
	case OWN:      return is_own(c, r, action);
	case OWN_ORG:  return is_of_org(c, r);
	case ASSIGNED: return is_assigned(c, r);
	case HOLDER:   return is_held(c, r);
	case VIA:      return via_owner(c, r, action, depth);
	}
	return false;
}

/* The first grant that holds, cheap ones (no question to the store) before the others. */
static bool granted(struct ctx *c, const struct record *r, unsigned action, unsigned depth, const struct grant **which)
{
	if (access_is_system(c))
		return true;
	for (int dear = 0; dear < 2; dear++)
		for (const struct grant *g = r->e->grants; g < r->e->grants + r->e->n_grants; g++) {
			if ((g->rel == ASSIGNED || g->rel == VIA) != dear || !holds(c, r, g, action, depth))
				continue;
			if (which)
				*which = g;
			return true;
		}
	return false;
}

enum rc access_may(struct ctx *c, const struct record *r, unsigned action)
{
	if (granted(c, r, action, 0, NULL))
		return RC_OK;
	if (action == READ || !granted(c, r, READ, 0, NULL))
		return RC_MISSING;
	return ctx_problem(c, RC_DENIED, NULL, "denied", ctx_say(c,
		"您可以查看这条“%s”，但无权做此操作；请由有权限的岗位办理。", "You may see this %s but not do this; ask an office that may."),
		ctx_say(c, r->e->label, r->e->en));
}

enum rc access_may_create(struct ctx *c, const struct record *r)
{
	if (granted(c, r, CREATE, 0, NULL))
		return RC_OK;
	return ctx_problem(c, RC_DENIED, NULL, "denied", ctx_say(c,
		"您无权在此范围内新建“%s”；请核对所属区划、单位或本人信息。", "You may not create a %s here; check its place, organisation or person."),
		ctx_say(c, r->e->label, r->e->en));
}

bool access_any(struct ctx *c, const struct entity *e, unsigned action)
{
	if (access_is_system(c))
		return true;
	for (const struct grant *g = e->grants; g < e->grants + e->n_grants; g++)
		if ((g->who & c->who->role) && (g->may & action) && (g->rel != HOLDER || c->who->holder_record))
			return true;
	return false;
}

/* Numbers of a whole division name nobody, but they are business all the same: for whoever reads this room there, not only his own rows. */
bool access_counts(struct ctx *c, const struct entity *e)
{
	const struct field *owner = room_flagged(e, OWNER);

	if (access_is_system(c))
		return true;
	for (const struct grant *g = e->grants; g < e->grants + e->n_grants; g++)
		if (access_speaks(g, c->who->role, READ) && (g->rel == ANY || g->rel == REGION ||
		    (g->rel == VIA && owner && owner->ref && owner->ref != e && access_counts(c, owner->ref))))
			return true;
	return false;
}

enum rc access_may_step(struct ctx *c, const struct record *r, const struct transition *t)
{
	const struct grant *g = NULL;
	unsigned role = access_is_system(c) ? SYSTEM : c->who->role;
	bool may = (t->who & role) && granted(c, r, DO, 0, &g);

	/* a one-time code was given for one step: it opens no other */
	if (may && g && g->rel == HOLDER && c->who->holder_step && strcmp(c->who->holder_step, t->name))
		may = false;
	if (may)
		return RC_OK;
	if (!granted(c, r, READ, 0, NULL))
		return RC_MISSING;
	return ctx_problem(c, RC_DENIED, NULL, "denied", ctx_say(c,
		"“%s”不由您的岗位办理，或这条“%s”不在您的职责范围内。", "“%s” is not for your role, or this %s is not in your charge."),
		ctx_say(c, t->label, t->en), ctx_say(c, r->e->label, r->e->en));
}

/* Highest class a grant with `action` opens on this record; -1: none. A new record has no place yet: the role decides. */
static int class_of(struct ctx *c, const struct record *r, unsigned action)
{
	int best = -1;

	if (access_is_system(c))
		return S4;
	for (int dear = 0; dear < 2; dear++)
		for (const struct grant *g = r->e->grants; g < r->e->grants + r->e->n_grants; g++) {
			if ((g->rel == ASSIGNED || g->rel == VIA) != dear || (int)g->upto <= best || !(g->who & c->who->role))
				continue;
			if (r->id ? holds(c, r, g, action, 0) : (g->may & action) != 0)
				best = (int)g->upto;
		}
	return best;
}

/* Asked for every field of every record: the answer is kept in the record until its state or place changes. */
static int class_seen(struct ctx *c, const struct record *r)
{
	struct record *keep = (struct record *)(uintptr_t)r;

	if (access_is_system(c))
		return S4;
	if (!r->sight || r->sight_state != r->state || r->sight_region != r->region) {
		keep->sight = 2 + class_of(c, r, r->id ? READ : READ | CREATE);
		keep->sight_state = r->state;
		keep->sight_region = r->region;
	}
	return r->sight - 2;
}

enum sight access_sees(struct ctx *c, const struct record *r, const struct field *f)
{
	int best = class_seen(c, r);

	if ((f->flags & SEALED) && (r->e->sealed_in & BIT(r->state)) && !access_is_system(c)
	    && !(c->who->person && c->who->person == r->created_by))
		return ABSENT;
	if (best < 0)
		return ABSENT;
	if ((int)f->cls <= best)
		return SHOWN;
	return f->cls == S3 ? MASKED : ABSENT;
}

/* What is masked may be written by whoever writes internal fields: a clerk takes down a phone he will see masked ever after. */
bool access_may_write(struct ctx *c, const struct record *r, const struct field *f)
{
	unsigned action = !r->id ? CREATE : f->flags & STEP ? DO : EDIT;
	int best = class_of(c, r, action);

	return (int)f->cls <= (best == S2 ? S3 : best);
}
