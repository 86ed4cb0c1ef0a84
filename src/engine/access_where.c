/* access_where.c -- grants as one SQL condition. The text depends on the role and the depth of its region only, so that prepared
 * statements are found again; all that differs between callers is in the parameters. */
#include "engine/inner_access.h"
#include "engine/inner_query.h"
#include "engine/more.h"
#include <assert.h>

enum { DEPTH = 5, ARGS = 64 };
struct maker {
	struct ctx *c;
	struct buf b;
	struct value *args;
	unsigned first, n, depth;
};

static void room_condition(struct maker *, const struct entity *, const char *alias, unsigned action);

static void text(struct maker *m, const char *s)
{
	buf_str(&m->b, s);
}

static void column(struct maker *m, const char *alias, const char *name)
{
	buf_printf(&m->b, "%s.%s", alias, name);
}

static void param(struct maker *m, struct value v)
{
	assert(m->n < ARGS);
	m->args[m->n] = v;
	buf_printf(&m->b, "?%u", m->first + m->n++);
}

static void equals(struct maker *m, const char *alias, const char *name, struct value v)
{
	column(m, alias, name);
	text(m, " = ");
	param(m, v);
}

static void region_condition(struct maker *m, const struct entity *e, const char *alias)
{
	int64_t region = m->c->who->region, lo, hi;
	unsigned digits = region_digits(region);

	if (digits < 4) {
		text(m, digits == 2 ? "1=1" : "1=0");
		return;
	}
	if (!(e->flags & EVERYWHERE)) {
		equals(m, alias, "city", VINT(city_of(region)));
		text(m, " AND ");
	}
	if (digits == 6) {
		equals(m, alias, "county", VINT(region / 1000000));
		return;
	}
	if (digits == 12) {                     /* equality: rows come out of the index in order of id */
		equals(m, alias, "region", VINT(region));
		return;
	}
	region_range(region, digits, &lo, &hi);
	column(m, alias, "region");
	text(m, " BETWEEN ");
	param(m, VINT(lo));
	text(m, " AND ");
	param(m, VINT(hi));
}

static void above_condition(struct maker *m, const char *alias)
{
	static const unsigned levels[] = { 2, 4, 6, 9 };
	int64_t region = m->c->who->region, lo, hi;
	unsigned digits = region_digits(region), n = 0;

	if (digits <= 2) {
		text(m, "1=0");
		return;
	}
	column(m, alias, "region");
	text(m, " IN (");
	for (unsigned i = 0; i < COUNT(levels) && levels[i] < digits; i++) {
		region_range(region, levels[i], &lo, &hi);
		text(m, n++ ? ", " : "");
		param(m, VINT(lo));
	}
	text(m, ")");
}

/* One of several alternatives: "(" before the first, " OR " before the others. */
static void either(struct maker *m, unsigned *n)
{
	text(m, (*n)++ ? " OR " : "(");
}

static void end_either(struct maker *m, unsigned n)
{
	text(m, n ? ")" : "1=0");
}

static void own_condition(struct maker *m, const struct entity *e, const char *alias, unsigned action)
{
	const struct caller *who = m->c->who;
	unsigned n = 0, refs = 0, fields = 0;

	for (const struct field *f = e->fields; f < e->fields + e->n_fields; f++) {
		if (!access_is_mine_field(f))
			continue;
		fields++;
		refs += f->type == T_REF;
		if (f->type == T_REF && (who->person || who->bound)) {
			either(m, &n);
			column(m, alias, f->name);
			text(m, " IN (");
			param(m, VINT(who->person ? who->person : who->bound));
			text(m, ", ");
			param(m, VINT(who->bound ? who->bound : who->person));
			text(m, ")");
		} else if (f->type == T_PHONE && who->has_phone) {
			either(m, &n);
			equals(m, alias, arena_printf(m->c->arena, "%s_hash", f->name), value_blob(who->phone_hash, 32));
		}
	}
	if (!refs && who->bound) {
		either(m, &n);
		equals(m, alias, "id", VINT(who->bound));
	}
	/* whoever wrote it down for somebody keeps seeing it; but nobody becomes an owner by creating */
	if (fields && who->person && !(action & CREATE)) {
		either(m, &n);
		equals(m, alias, "created_by", VINT(who->person));
	}
	end_either(m, n);
}

static void org_condition(struct maker *m, const struct entity *e, const char *alias)
{
	unsigned n = 0, fields = 0;
	int64_t org = m->c->who->org;

	for (const struct field *f = e->fields; f < e->fields + e->n_fields; f++) {
		if (!access_is_org_field(f))
			continue;
		fields++;
		if (org) {
			either(m, &n);
			equals(m, alias, f->name, VINT(org));
		}
	}
	if (!fields && org) {
		either(m, &n);
		equals(m, alias, "id", VINT(org));
	}
	end_either(m, n);
}

static void assigned_condition(struct maker *m, const char *alias)
{
	if (!m->c->who->person) {
		text(m, "1=0");
		return;
	}
	buf_printf(&m->b, "EXISTS (SELECT 1 FROM assignment a WHERE a.city = %s.city AND a.record = %s.id AND a.person = ", alias, alias);
	param(m, VINT(m->c->who->person));
	text(m, " AND a.ended IS NULL AND (a.until_ms IS NULL OR a.until_ms > ");
	param(m, VINT(m->c->now));
	text(m, "))");
}

static void holder_condition(struct maker *m, const struct entity *e, const char *alias)
{
	const struct field *owner = room_flagged(e, OWNER);
	int64_t id = m->c->who->holder_record;

	if (!id) {
		text(m, "1=0");
		return;
	}
	text(m, "(");
	equals(m, alias, "id", VINT(id));
	if (owner) {
		text(m, " OR ");
		equals(m, alias, owner->name, VINT(id));
	}
	text(m, ")");
}

static void via_condition(struct maker *m, const struct entity *e, const char *alias, unsigned action)
{
	const struct field *owner = room_flagged(e, OWNER);
	const char *inner;

	if (!owner || !owner->ref || m->depth == DEPTH) {
		text(m, "1=0");
		return;
	}
	inner = arena_printf(m->c->arena, "p%u", ++m->depth);
	buf_printf(&m->b, "EXISTS (SELECT 1 FROM %s %s WHERE %s.city = ", owner->ref->name, inner, inner);
	if (owner->flags & SOFT)
		buf_printf(&m->b, "((%s.%s >> 8) & 16383)", alias, owner->name);
	else
		column(m, alias, "city");
	buf_printf(&m->b, " AND %s.id = %s.%s AND ", inner, alias, owner->name);
	room_condition(m, owner->ref, inner, access_of_owner(action));
	text(m, ")");
	m->depth--;
}

static void state_condition(struct maker *m, const struct entity *e, const char *alias, uint64_t in)
{
	unsigned n = 0;

	column(m, alias, "state");
	text(m, " IN (");
	for (unsigned i = 0; i < e->n_states; i++)
		if (in & BIT(i))
			buf_printf(&m->b, "%s'%s'", n++ ? ", " : "", e->states[i].code);
	text(m, n ? ") AND " : "NULL) AND ");
}

static void grant_condition(struct maker *m, const struct entity *e, const char *alias, const struct grant *g, unsigned action)
{
	if (g->in && e->n_states && !(action & CREATE))
		state_condition(m, e, alias, g->in);
	switch (g->rel) {
	case ANY:      text(m, "1=1"); break;
	case REGION:   region_condition(m, e, alias); break;
	case ABOVE:    above_condition(m, alias); break;
	case OWN:      own_condition(m, e, alias, action); break;
	case OWN_ORG:  org_condition(m, e, alias); break;
	case ASSIGNED: assigned_condition(m, alias); break;
	case HOLDER:   holder_condition(m, e, alias); break;
	case VIA:      via_condition(m, e, alias, action); break;
	}
}

static bool applies(const struct ctx *c, const struct grant *g, unsigned action)
{
	return access_speaks(g, c->who->role, action);
}

static void room_condition(struct maker *m, const struct entity *e, const char *alias, unsigned action)
{
	const struct grant *end = e->grants + e->n_grants;
	unsigned n = 0;

	if (access_is_system(m->c)) {
		text(m, "1=1");
		return;
	}
	for (const struct grant *g = e->grants; g < end; g++)
		if (applies(m->c, g, action) && g->rel == ANY && !g->in) {
			text(m, "1=1");
			return;
		}
	for (const struct grant *g = e->grants; g < end; g++)
		if (applies(m->c, g, action)) {
			text(m, n++ ? " OR (" : "((");
			grant_condition(m, e, alias, g, action);
			text(m, ")");
		}
	end_either(m, n);
}

struct cond access_where(struct ctx *c, const struct entity *e, unsigned action, unsigned first)
{
	struct maker m = { .c = c, .first = first };

	m.args = arena_alloc(c->arena, ARGS * sizeof(*m.args));
	buf_init(&m.b, c->arena);
	room_condition(&m, e, "x", action);
	return (struct cond){ m.b.p, m.args, m.n };
}
