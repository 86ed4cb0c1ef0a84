/* flow.c -- doing one step of a record: who, when, with what, and what follows. One step = one version, one row in `step`, one audit
 * entry, in the caller's transaction. Refuses anything the room's table does not name. */
#include "engine/access.h"
#include "engine/inner_flow.h"
#include "engine/inner_query.h"
#include "engine/more.h"

/* Steps that leave a state, for the sentence that refuses one. */
static const char *open_steps(struct ctx *c, const struct record *r)
{
	struct buf b;

	buf_init(&b, c->arena);
	for (const struct transition *t = r->e->transitions; t < r->e->transitions + r->e->n_transitions; t++)
		if ((t->from & BIT(r->state)) && (t->who & ~(unsigned)SYSTEM))
			buf_printf(&b, "%s%s", b.n ? ctx_say(c, "、", ", ") : "", ctx_say(c, t->label, t->en));
	return b.n ? b.p : NULL;
}

static enum rc wrong_state(struct ctx *c, const struct record *r, const struct transition *t)
{
	const struct state *s = &r->e->states[r->state];
	const char *now = ctx_say(c, s->label, s->en), *step = ctx_say(c, t->label, t->en), *steps = open_steps(c, r);

	if (steps)
		return ctx_problem(c, RC_STATE, NULL, "state", ctx_say(c, "当前状态为“%s”，不能“%s”；现在可以办理：%s。",
			"It is now “%s”, so “%s” is not possible; possible now: %s."), now, step, steps);
	return ctx_problem(c, RC_STATE, NULL, "state", ctx_say(c, "当前状态为“%s”，已经办结，不能再“%s”。",
		"It is “%s” and finished; “%s” is no longer possible."), now, step);
}

/* Four eyes by person, whatever account he uses. */
enum rc flow_four_eyes(struct ctx *c, const struct record *r, const struct transition *t, const char **step)
{
	int64_t me = rule_me(c);
	char name[64];

	if (!t->not_by || !me || c->as_system || c->importing)
		return RC_OK;
	for (const char *p = t->not_by; flow_word(&p, name, sizeof(name), NULL);) {
		int64_t who = strcmp(name, "create") ? rule_who(c, r, name) : r->created_by;

		if (who == me) {
			const struct transition *done = room_step(r->e, name);

			*step = done ? ctx_say(c, done->label, done->en) : ctx_say(c, "登记", "Create");
			return RC_DENIED;
		}
	}
	return RC_OK;
}

static int64_t term_start(struct ctx *c, const struct record *r, const struct term *term, bool *known)
{
	const struct field *f = term->since ? room_field(r->e, term->since) : NULL;

	(void)c;
	*known = !f || rec_has(r, f->name);
	if (!f)
		return clock_day(r->entered);
	return f->type == T_TIME ? clock_day(rec_int(r, f->name)) : rec_int(r, f->name);
}

/* First day the step is possible; RC_OK also when that is over. */
enum rc flow_waits(struct ctx *c, const struct record *r, const struct transition *t, int64_t *day)
{
	bool known;
	int64_t start, n;

	*day = INT64_MIN;
	if (!t->wait || c->importing)
		return RC_OK;
	start = term_start(c, r, t->wait, &known);
	n = rule_value(c, t->wait->rule, r);
	if (c->no_rule)
		return RC_NO_RULE;
	if (!known)
		return RC_OK;
	*day = rule_after(c, start, n, t->wait->unit);
	/* hours from a moment are counted to the minute */
	if (t->wait->unit == HOURS && !t->wait->since)
		return c->now < r->entered + n * 3600000 ? RC_STATE : RC_OK;
	return rule_today(c) < *day ? RC_STATE : RC_OK;
}

static enum rc may_now(struct ctx *c, const struct record *r, const struct transition *t, int64_t version)
{
	const char *step = NULL;
	int64_t day;
	enum rc rc;

	if (!(t->from & BIT(r->state)))
		return wrong_state(c, r, t);
	if ((rc = access_may_step(c, r, t)))
		return rc;
	if (version && version != r->version)
		return ctx_problem(c, RC_STALE, NULL, "stale", "%s", ctx_say(c, "这条记录刚被别人改过；请刷新后再办理。",
			"Somebody else has just changed this record; reload it."));
	if (flow_four_eyes(c, r, t, &step))
		return ctx_problem(c, RC_DENIED, NULL, "four_eyes", ctx_say(c, "“%s”由您本人办理，“%s”须由另一人办理。",
			"You did “%s” yourself; “%s” is for somebody else."), step, ctx_say(c, t->label, t->en));
	rc = flow_waits(c, r, t, &day);
	if (rc == RC_STATE)
		return ctx_problem(c, rc, NULL, "too_early", ctx_say(c, "现在还不能“%s”；最早可在 %s 办理。",
			"“%s” is not possible yet; the first day is %s."), ctx_say(c, t->label, t->en), rule_day_text(c, day));
	return rc;
}

/* Members of the body a step does not take are refused by name; "reason" is taken by every step. */
static enum rc only_taken(struct ctx *c, const struct transition *t, const struct jval *body)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; body && body->type == J_OBJECT && i < body->n; i++)
		if (strcmp(body->keys[i], "reason") && !flow_takes(t->takes, body->keys[i]))
			rc = ctx_problem(c, RC_REJECTED, body->keys[i], "unknown_field", ctx_say(c,
				"“%s”这一步不收“%s”；请去掉后再提交。", "“%s” does not take “%s”; leave it out."), ctx_say(c, t->label, t->en), body->keys[i]);
	return rc;
}

/* The same body without "reason", unless the step has a field of that name. */
static struct jval without_reason(struct ctx *c, const struct transition *t, const struct jval *body)
{
	struct jval out = { .type = J_OBJECT };
	const char **keys;
	struct jval *items;

	if (!body || body->type != J_OBJECT)
		return out;
	keys = arena_alloc(c->arena, (body->n + 1) * sizeof(*keys));
	items = arena_alloc(c->arena, (body->n + 1) * sizeof(*items));
	for (size_t i = 0; i < body->n; i++)
		if (flow_takes(t->takes, body->keys[i])) {
			keys[out.n] = body->keys[i];
			items[out.n++] = body->items[i];
		}
	out.keys = keys;
	out.items = items;
	return out;
}

static enum rc take(struct ctx *c, struct record *r, const struct transition *t, const struct jval *body)
{
	char name[64], plain[1024] = "";
	bool must;
	size_t n = 0;
	enum rc rc = only_taken(c, t, body), rc2;
	struct jval given = without_reason(c, t, body);

	for (const char *p = t->takes; flow_word(&p, name, sizeof(name), NULL);)
		n += (size_t)snprintf(plain + n, sizeof(plain) - n, "%s%s", n ? " " : "", name);
	if (given.n && ((rc2 = record_take_json(c, r, &given, plain)) || (rc2 = record_check_given(c, r))))
		rc = rc2;
	for (const char *p = t->takes; flow_word(&p, name, sizeof(name), &must);) {
		const struct field *f = room_field(r->e, name);

		if (must && f && (!rec_has(r, name) || (!c->as_system && !json_get(&given, name))))
			rc = ctx_problem(c, RC_REJECTED, f->name, "required_empty", ctx_say(c, "请填写%s。", "Please fill in %s."), ctx_say(c, f->label, f->en));
	}
	return rc;
}

static enum rc enter(struct ctx *c, struct record *r, const struct transition *t)
{
	int from = r->state, to = t->to == BACK ? r->back : t->to;

	if (to < 0 || (unsigned)to >= r->e->n_states)
		return ctx_problem(c, RC_STATE, NULL, "state", ctx_say(c, "找不到“%s”之前的状态，不能返回。",
			"There is no state before “%s” to go back to."), ctx_say(c, r->e->states[from].label, r->e->states[from].en));
	r->back = t->to == BACK ? -1 : from;
	r->state = to;
	r->entered = c->now;
	return flow_due(c, r);
}

static enum rc carry_out(struct ctx *c, struct record *r, const struct transition *t)
{
	int from = r->state;
	unsigned problems = c->n_problems;
	enum rc rc;

	if (t->guard && (rc = t->guard(c, r)))
		return rc;
	if (c->no_rule)
		return RC_NO_RULE;
	/* a guard that reported and yet returned RC_OK has refused all the same */
	for (unsigned i = problems; i < c->n_problems; i++)
		if (!c->problems[i].warning)
			return RC_REJECTED;
	if ((rc = enter(c, r, t)) || (rc = record_update(c, r, t->name)) || (rc = people_step(c, r, t->name, from, r->state)))
		return rc;
	if (t->after && ((rc = t->after(c, r)) || (rc = record_again(c, r))))
		return rc;
	if (c->no_rule)
		return RC_NO_RULE;
	return c->who->holder_record ? people_code_used(c, r, t->name) : RC_OK;
}

enum rc flow_step(struct ctx *c, const struct entity *e, int64_t id, int64_t version, const char *step,
	const struct jval *body, struct record **out)
{
	const struct transition *t = room_step(e, step);
	const char *reason = json_text(body, "reason"), *before = c->reason;
	struct record *r = NULL;
	enum rc rc = record_load(c, e, id, true, &r);

	if (out)
		*out = r;
	if (rc)
		return rc;
	if (!r || access_may(c, r, READ))
		return RC_MISSING;
	if (!t)
		return ctx_problem(c, RC_MISSING, NULL, "unknown_step", ctx_say(c, "“%s”没有名为“%s”的步骤。",
			"%s has no step named “%s”."), ctx_say(c, e->label, e->en), step);
	if (reason && *reason)
		c->reason = reason;
	rc = may_now(c, r, t, version);
	if (!rc)
		rc = take(c, r, t, body);
	if (!rc)
		rc = carry_out(c, r, t);
	c->reason = before;
	/* consequences may have moved it on: the answer shows it as it stands */
	if (!rc && out && t->after)
		rc = record_load(c, e, id, false, out);
	return rc;
}

enum rc flow_due(struct ctx *c, struct record *r)
{
	const struct term *term = r->e->n_states ? r->e->states[r->state].due : NULL;
	bool known = false;
	int64_t start = term ? term_start(c, r, term, &known) : 0;

	r->has_due = false;
	r->due = 0;
	if (!term || !known)
		return RC_OK;
	r->due = rule_after(c, start, rule_value(c, term->rule, r), term->unit);
	r->has_due = !c->no_rule;
	return c->no_rule ? RC_NO_RULE : RC_OK;
}
