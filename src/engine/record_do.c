/* record_do.c -- the whole of creating and editing for a caller: reading, checking, permission, writing. Answers the same
 * "not there" for what is not there and for what is not the caller's. */
#include "engine/inner_record.h"
#include "engine/access.h"

/* Hooks of .made may have acted on the new record: the answer shows it as it stands. */
static enum rc fresh(struct ctx *c, struct record *r, struct record **out)
{
	enum rc rc = record_load(c, r->e, r->id, false, out);

	return rc ? rc : *out ? RC_OK : RC_MISSING;
}

enum rc record_create(struct ctx *c, const struct entity *e, const struct jval *body, struct record **out)
{
	struct record *r = record_new(c, e);
	enum rc rc, taken;

	*out = NULL;
	if (!access_any(c, e, CREATE))
		return ctx_problem(c, RC_DENIED, NULL, "denied", ctx_say(c, "您的身份不能新建%s", "Your role may not create a %s"), ctx_say(c, e->label, e->en));
	taken = record_take_json(c, r, body, NULL);
	if ((rc = record_check(c, r)) || (rc = taken))
		return rc;
	if ((rc = access_may_create(c, r)) || (rc = record_insert(c, r)))
		return rc;
	return fresh(c, r, out);
}

/* What was the caller's before the change is his after it: nobody moves a record into a place that is not his own. */
static enum rc still_mine(struct ctx *c, const struct record *r)
{
	unsigned was = c->n_problems;

	if (!r->changed || access_may(c, r, EDIT) == RC_OK)
		return RC_OK;
	c->n_problems = was;
	return ctx_problem(c, RC_DENIED, NULL, "out_of_reach", ctx_say(c, "改动后这条%s就不在您的权限范围内了；请由上级或对方办理",
		"With this change the %s would no longer be within your reach; ask the office above"), ctx_say(c, r->e->label, r->e->en));
}

enum rc record_edit(struct ctx *c, const struct entity *e, int64_t id, int64_t version, const struct jval *body, struct record **out)
{
	struct record *r;
	enum rc rc = record_load(c, e, id, true, &r), taken;

	*out = NULL;
	if (rc || !r)
		return rc ? rc : RC_MISSING;
	if ((rc = access_may(c, r, READ)) || (rc = access_may(c, r, EDIT)))
		return rc;
	if (e->flags & APPEND_ONLY)
		return ctx_problem(c, RC_DENIED, NULL, "append_only", ctx_say(c, "%s登记后不能修改，请另行登记更正", "A %s is never changed; add a correction"),
			ctx_say(c, e->label, e->en));
	if (!version)
		return ctx_problem(c, RC_NO_VERSION, NULL, "no_version", "%s", ctx_say(c, "请带上所改版本（If-Match），以免覆盖别人的修改",
			"Send the version you changed (If-Match)"));
	if (version != r->version)
		return ctx_problem(c, RC_STALE, NULL, "stale", ctx_say(c, "%s已被别人修改，现在是第 %lld 版，请刷新后再改",
			"The %s was changed by somebody else and is now version %lld; reload it"), ctx_say(c, e->label, e->en), (long long)r->version);
	taken = record_take_json(c, r, body, NULL);
	if ((rc = record_check(c, r)) || (rc = taken) || (rc = still_mine(c, r)))
		return rc;
	if (r->changed && (rc = record_update(c, r, "edit")))
		return rc;
	return fresh(c, r, out);
}
