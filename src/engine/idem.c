/* idem.c -- the same request sent twice has one effect. A key is reserved before the work and answered after it, in the transaction
 * of the effect: a second sender waits for the first and then reads its answer. Keys belong to an account. */
#include "base/clock.h"
#include "engine/inner_query.h"
#include "engine/more.h"

enum rc idem_find(struct ctx *c, int city, const char *key, const uint8_t body_hash[32], struct remembered *out, bool *found)
{
	struct value v[4], args[] = { VINT(city), value_text(key), VINT(c->who->account), value_blob(body_hash, 32), VINT(clock_real()) };
	int64_t reserved = 0;
	bool there = false;
	enum rc rc;

	*found = false;
	rc = tx_exec(c->tx, "INSERT INTO idempotency (city, key, account, body_hash, status, at) VALUES (?1, ?2, ?3, ?4, 0, ?5)"
		" ON CONFLICT DO NOTHING", args, 5, &reserved);
	if (rc || reserved)
		return rc;
	rc = query_row(c, "SELECT body_hash, status, location, answer FROM idempotency WHERE city = ?1 AND key = ?2 AND account = ?3",
		args, 3, v, 4, &there);
	if (rc)
		return rc;
	if (!there || v[0].n != 32 || memcmp(v[0].s, body_hash, 32))
		return ctx_problem(c, RC_CONFLICT, NULL, "idempotency_key_reused", "%s", ctx_say(c,
			"这个 Idempotency-Key 已用于另一项内容；请换一个新的键再提交。", "This Idempotency-Key was used for another body; take a new one."));
	if (!v[1].i)
		return ctx_problem(c, RC_BUSY, NULL, "in_progress", "%s", ctx_say(c, "同一请求正在处理；请稍候重试。", "The same request is being handled; try again soon."));
	*out = (struct remembered){ (int)v[1].i, v[2].type == V_TEXT ? v[2].s : NULL, v[3].type == V_TEXT ? v[3].s : NULL };
	*found = true;
	return RC_OK;
}

enum rc idem_keep(struct ctx *c, int city, const char *key, const uint8_t body_hash[32], const struct remembered *r)
{
	struct value args[] = { VINT(city), value_text(key), VINT(c->who->account), value_blob(body_hash, 32), VINT(r->status),
		value_text(r->location), value_text(r->answer), VINT(clock_real()) };

	return tx_exec(c->tx, "INSERT INTO idempotency (city, key, account, body_hash, status, location, answer, at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (city, account, key) DO UPDATE SET status = excluded.status,"
		" location = excluded.location, answer = excluded.answer", args, COUNT(args), NULL);
}
