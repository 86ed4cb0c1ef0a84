/* flow_more.c -- the steps open to a caller now, and what SYSTEM does when a term is over. Changes nothing but through flow_step. */
#include "base/log.h"
#include "engine/access.h"
#include "engine/inner_flow.h"
#include "engine/inner_query.h"
#include "engine/more.h"

static void action_json(struct ctx *c, struct jout *o, const struct record *r, const struct transition *t, const char *why)
{
	char name[64];
	bool must;

	jout_open(o, '{');
	jout_kv(o, "name", t->name);
	jout_kv(o, "label", ctx_say(c, t->label, t->en));
	jout_key(o, "takes");
	jout_open(o, '[');
	for (const char *p = t->takes; flow_word(&p, name, sizeof(name), &must);) {
		if (!room_field(r->e, name))
			continue;
		jout_open(o, '{');
		jout_kv(o, "field", name);
		jout_kvb(o, "required", must);
		jout_close(o, '}');
	}
	jout_close(o, ']');
	jout_kvb(o, "enabled", !why);
	if (why)
		jout_kv(o, "why", why);
	jout_close(o, '}');
}

/* Why the caller, whose role may do it, may not do it now; NULL: he may. Guards need input and are not asked. */
static const char *hindrance(struct ctx *c, const struct record *r, const struct transition *t)
{
	const char *step = NULL;
	int64_t day;

	if (flow_four_eyes(c, r, t, &step))
		return arena_printf(c->arena, ctx_say(c, "“%s”由您本人办理，此步须由另一人办理", "You did “%s” yourself; this is for somebody else"), step);
	if (flow_waits(c, r, t, &day) == RC_STATE)
		return arena_printf(c->arena, ctx_say(c, "最早可在 %s 办理", "Possible from %s"), rule_day_text(c, day));
	return NULL;
}

void flow_actions(struct ctx *c, struct record *r, struct jout *o)
{
	unsigned problems = c->n_problems;
	bool no_rule = c->no_rule;

	jout_open(o, '[');
	for (const struct transition *t = r->e->transitions; t < r->e->transitions + r->e->n_transitions; t++)
		if ((t->from & BIT(r->state)) && !access_may_step(c, r, t))
			action_json(c, o, r, t, hindrance(c, r, t));
	jout_close(o, ']');
	/* asking is no fault of the caller's */
	c->n_problems = problems;
	c->no_rule = no_rule;
}

/* Ids first, then the steps: a step may change the very rows that are being read. */
static enum rc find_late(struct ctx *c, const struct entity *e, const struct state *s, int64_t *ids, unsigned max, unsigned *n)
{
	struct value args[] = { value_text(s->code), VINT(rule_today(c)), VINT(max) };
	const char *sql = arena_printf(c->arena,
		"SELECT x.id FROM %s x WHERE x.state = ?1 AND x.due IS NOT NULL AND x.due < ?2 ORDER BY x.due, x.id LIMIT ?3", e->name);
	const struct value *cols;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, sql, args, 3, &rows);

	*n = 0;
	if (rc)
		return rc;
	while (*n < max && rows_next(rows, &cols))
		ids[(*n)++] = cols[0].i;
	return rows_end(rows);
}

/* One record in its own savepoint: what cannot lapse stays as it is and is tried again next time. */
static enum rc lapse_one(struct ctx *c, const struct entity *e, int64_t id, const char *step, unsigned *done)
{
	unsigned problems = c->n_problems;
	bool before = c->as_system;
	enum rc rc = tx_save(c->tx), ended;

	if (rc)
		return rc;
	c->as_system = true;
	rc = flow_step(c, e, id, 0, step, NULL, NULL);
	c->as_system = before;
	ended = rc ? tx_undo(c->tx) : tx_keep(c->tx);
	if (rc == RC_BUSY || rc == RC_STORE || rc == RC_UNKNOWN)
		return rc;
	if (rc)
		log_event(LOG_WARN, "lapse", "room %s step %s refused: %d", e->name, step, (int)rc);
	else
		++*done;
	c->n_problems = problems;
	c->no_rule = false;
	return ended;
}

/* One room's late records, at most `max` in all. */
enum rc flow_lapse_room(struct ctx *c, const struct entity *e, unsigned max, unsigned *n)
{
	int64_t *ids = arena_alloc(c->arena, (max + 1) * sizeof(*ids));
	enum rc rc;

	for (const struct state *s = e->states; s < e->states + e->n_states && *n < max; s++) {
		unsigned late = 0;

		if (!s->due || !s->due->lapse)
			continue;
		if ((rc = find_late(c, e, s, ids, max - *n, &late)))
			return rc;
		for (unsigned i = 0; i < late; i++)
			if ((rc = lapse_one(c, e, ids[i], s->due->lapse, n)))
				return rc;
	}
	return RC_OK;
}

enum rc flow_lapse(struct ctx *c, unsigned max, unsigned *n)
{
	enum rc rc = RC_OK;

	*n = 0;
	rules_refresh(c);
	for (unsigned i = 0; i < n_rooms && !rc; i++)
		rc = flow_lapse_room(c, rooms[i], max, n);
	return rc;
}
