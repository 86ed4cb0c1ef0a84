/* record_json.c -- a record as the API shows it to this caller: what he may see, masked where he may not see all, with the titles of
 * what it points at and the steps open to him. Reads only. */
#include "engine/inner_record.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/access.h"
#include "engine/flow.h"
#include "engine/inner_query.h"
#include "engine/more.h"
#include "engine/types.h"
#include "store/sql.h"

/* Titles already fetched in this request; a list of 200 rows points at few things. */
enum { BUCKETS = 64 };
struct title { const struct entity *e; int64_t id; const char *text; struct title *next; };
struct titles { struct title *bucket[BUCKETS]; };

/* Title field of one row, opened and masked when personal. */
static const char *title_text(struct ctx *c, const struct entity *e, const struct field *f, int64_t id)
{
	const struct value args[] = { VINT(ID_CITY(id)), VINT(id) };
	struct value v = VNULL;
	struct record *r;
	unsigned at = (unsigned)(f - e->fields);
	bool found = false;

	if (f->cls == S4 || query_row(c, arena_printf(c->arena, "SELECT x.%s FROM %s x WHERE x.city = ?1 AND x.id = ?2", f->name, e->name),
		args, 2, &v, 1, &found) || !found || v.type == V_NULL)
		return NULL;
	if (!sql_is_blob(f))
		return types[f->type].text(c, f, &v);
	r = record_new(c, e);
	r->id = id;
	r->sealed[at] = v;
	return record_masked(c, r, at);
}

const char *record_title(struct ctx *c, const struct entity *e, int64_t id)
{
	const struct field *f = room_field(e, room_title_field(e));
	struct title **slot, *t;

	if (id <= 0 || !f || !c->tx)
		return NULL;
	if (!c->titles)
		c->titles = arena_alloc(c->arena, sizeof *c->titles);
	slot = &c->titles->bucket[((uint64_t)id ^ (uint64_t)id >> 22) % BUCKETS];
	for (t = *slot; t; t = t->next)
		if (t->e == e && t->id == id)
			return t->text;
	t = arena_alloc(c->arena, sizeof *t);
	*t = (struct title){ e, id, title_text(c, e, f, id), *slot };
	*slot = t;
	return t->text;
}

const char *record_masked(struct ctx *c, struct record *r, unsigned field)
{
	const struct field *f = &r->e->fields[field];
	const struct value *v = record_value(c, r, field);

	if (v->type == V_NULL)
		return NULL;
	if (f->type == T_IDNO)
		return text_mask_idno(c->arena, v->s);
	if (f->type == T_PHONE)
		return text_mask_phone(c->arena, v->s);
	if (f->type == T_TEXT && f->max <= 80)                  /* names; addresses and the like are longer */
		return text_mask_name(c->arena, v->s);
	return text_mask_other(c->arena, types[f->type].text(c, f, v));
}

const char *record_shown(struct ctx *c, struct record *r, unsigned field)
{
	const struct field *f = &r->e->fields[field];
	enum sight sight = access_sees(c, r, f);
	const struct value *v;
	const char *title;

	if (sight == ABSENT)
		return NULL;
	if (sight == MASKED)
		return record_masked(c, r, field);
	if ((v = record_value(c, r, field))->type == V_NULL)
		return NULL;
	title = f->type == T_REF && f->ref ? record_title(c, f->ref, v->i) : NULL;
	return title ? title : types[f->type].text(c, f, v);
}

static void field_json(struct ctx *c, struct record *r, unsigned i, struct jout *o)
{
	const struct field *f = &r->e->fields[i];
	const struct value *v = record_value(c, r, i);

	jout_key(o, f->name);
	if (v->type == V_NULL)
		jout_null(o);
	else
		types[f->type].json(c, f, v, o);
	if (f->type != T_REF || !f->ref || v->type == V_NULL)
		return;
	jout_kv(o, arena_printf(c->arena, "%s_title", f->name), record_title(c, f->ref, v->i));
}

static void fields_json(struct ctx *c, struct record *r, struct jout *o)
{
	const char **masked = arena_alloc(c->arena, (r->e->n_fields + 1) * sizeof *masked);
	unsigned n = 0;

	for (unsigned i = 0; i < r->e->n_fields; i++) {
		const struct field *f = &r->e->fields[i];
		enum sight sight = access_sees(c, r, f);

		if (sight == SHOWN)
			field_json(c, r, i, o);
		else if (sight == MASKED) {
			if (!record_empty(r, i))
				masked[n++] = f->name;
			jout_kv(o, f->name, record_masked(c, r, i));
		}
	}
	jout_key(o, "masked");
	jout_open(o, '[');
	for (unsigned i = 0; i < n; i++)
		jout_str(o, masked[i]);
	jout_close(o, ']');
}

static void base_json(struct ctx *c, const struct record *r, struct jout *o)
{
	const struct state *s = r->e->n_states ? &r->e->states[r->state] : NULL;

	jout_key(o, "id");
	jout_id(o, r->id);
	jout_kv(o, "state", s ? s->code : "active");
	jout_kv(o, "state_label", s ? ctx_say(c, s->label, s->en) : ctx_say(c, "有效", "active"));
	jout_kv(o, "region", arena_printf(c->arena, "%012lld", (long long)r->region));
	jout_kv(o, "region_name", place_known(r->region) ? place_path(c->arena, r->region) : NULL);
	jout_kvi(o, "version", r->version);
	jout_kv(o, "created", time_text(c->arena, r->created));
	jout_kv(o, "updated", time_text(c->arena, r->updated));
	if (r->has_due) {
		jout_kv(o, "due", day_text(c->arena, r->due));
		jout_kvb(o, "overdue", r->due < clock_day(c->now));
	}
	jout_kvb(o, "imported", r->imported);
}

void record_json_row(struct ctx *c, struct record *r, struct jout *o)
{
	jout_open(o, '{');
	base_json(c, r, o);
	fields_json(c, r, o);
	jout_close(o, '}');
}

/* Asking is no fault of the caller's: problems it leaves are forgotten. */
static bool editable(struct ctx *c, const struct record *r)
{
	unsigned problems = c->n_problems;
	bool may = !(r->e->flags & APPEND_ONLY) && !access_may(c, r, EDIT);

	c->n_problems = problems;
	return may;
}

void record_json(struct ctx *c, struct record *r, struct jout *o)
{
	jout_open(o, '{');
	base_json(c, r, o);
	fields_json(c, r, o);
	jout_key(o, "actions");
	flow_actions(c, r, o);
	jout_kvb(o, "editable", editable(c, r));
	jout_close(o, '}');
}
