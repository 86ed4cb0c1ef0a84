/* audit.c -- writing and listing audit entries. One hash chain per (city, writer lane), because a chain shared by processes or cities
 * could be read torn. Refuses personal values: callers give names of fields and counts only. */
#include "base/clock.h"
#include "base/text.h"
#include "engine/inner_audit.h"
#include "engine/inner_query.h"

enum { HEADS = 32 };
struct head { int64_t seq, chain, used; int city; uint8_t hash[SM3_LEN]; };
struct heads { struct head of[HEADS]; int64_t clock; };

static int64_t chain_of(struct ctx *c)
{
	return (int64_t)store_writer(c->store) * 16 + (int64_t)tx_lane(c->tx);
}

/* The chain's newest entry: remembered by the lane, else read once. The place longest unused is given away. */
static enum rc head_of(struct ctx *c, int city, struct head **out)
{
	struct heads *heads = tx_memory(c->tx, 0, sizeof(*heads));
	struct head *h = &heads->of[0];
	int64_t chain = chain_of(c);
	struct value v[2], args[] = { VINT(city), VINT(chain) };
	bool found;
	enum rc rc;

	heads->clock++;
	for (unsigned i = 0; i < HEADS; i++) {
		if (heads->of[i].used && heads->of[i].city == city && heads->of[i].chain == chain) {
			heads->of[i].used = heads->clock;
			*out = &heads->of[i];
			return RC_OK;
		}
		if (heads->of[i].used < h->used)
			h = &heads->of[i];
	}
	rc = query_row(c, "SELECT seq, hash FROM audit WHERE city = ?1 AND chain = ?2 ORDER BY seq DESC LIMIT 1", args, 2, v, 2, &found);
	if (rc)
		return rc;
	*h = (struct head){ .city = city, .chain = chain, .used = heads->clock };
	if (found) {
		h->seq = v[0].i;
		memcpy(h->hash, v[1].s, v[1].n < SM3_LEN ? v[1].n : SM3_LEN);
	}
	*out = h;
	return RC_OK;
}

enum rc audit_add(struct ctx *c, int city, const char *action, const char *room, int64_t record, const char *outcome, const char *detail)
{
	const struct caller *who = c->who;
	struct value v[AUDIT_COLS + 2];
	uint8_t hash[SM3_LEN];
	struct head *h;
	enum rc rc = head_of(c, city, &h);

	if (rc)
		return rc;
	v[0] = VINT(city);
	v[1] = VINT(h->chain);
	v[2] = VINT(h->seq + 1);
	v[3] = VINT(id_new(c->store, city));
	v[4] = VINT(c->now);
	v[5] = VINT(who->account);
	v[6] = VINT(who->person);
	v[7] = value_text(role_code(c->as_system ? SYSTEM : who->role));
	v[8] = value_text(who->source);
	v[9] = value_text(action);
	v[10] = value_text(room);
	v[11] = record ? VINT(record) : VNULL;
	v[12] = value_text(outcome);
	v[13] = value_text(detail);
	audit_hash(c, h->hash, v, hash);
	v[14] = value_blob(h->hash, SM3_LEN);
	v[15] = value_blob(hash, SM3_LEN);
	rc = tx_exec(c->tx, "INSERT INTO audit (" AUDIT_COLUMNS ", prev, hash)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)", v, COUNT(v), NULL);
	if (rc)
		return rc;
	h->seq++;
	memcpy(h->hash, hash, SM3_LEN);
	return RC_OK;
}

struct refusal { struct ctx *c; int city; const char *action, *room; int64_t record; enum rc why; };

static enum rc write_refusal(struct tx *tx, void *arg)
{
	static const char *const words[N_RC] = { "ok", "rejected", "denied", "missing", "state", "conflict", "stale", "no_version",
		"too_many", "too_big", "no_rule", "busy", "unknown", "store" };
	struct refusal *f = arg;
	struct ctx c = *f->c;

	c.tx = tx;
	c.as_system = false;
	return audit_add(&c, f->city, f->action, f->room, f->record,
		arena_printf(c.arena, "refused:%s", (unsigned)f->why < N_RC ? words[f->why] : "other"), NULL);
}

/* Inside a write transaction (the job after the one that was undone) it writes there, else it waits for one of its own. */
enum rc audit_refused(struct ctx *c, int city, const char *action, const char *room, int64_t record, enum rc why)
{
	struct refusal f = { c, city, action, room, record, why };

	return c->tx && tx_writes(c->tx) ? write_refusal(c->tx, &f) : store_write(c->store, write_refusal, &f);
}

enum rc audit_heads(struct ctx *c, struct jout *o)
{
	const struct value *v;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, "SELECT a.city, a.chain, a.seq, a.hash, a.at FROM audit a JOIN (SELECT city, chain, max(seq) AS seq"
		" FROM audit GROUP BY city, chain) h ON h.city = a.city AND h.chain = a.chain AND h.seq = a.seq ORDER BY a.city, a.chain",
		NULL, 0, &rows);

	if (rc)
		return rc;
	jout_open(o, '[');
	while (rows_next(rows, &v)) {
		jout_open(o, '{');
		jout_kvi(o, "city", v[0].i);
		jout_kvi(o, "chain", v[1].i);
		jout_kvi(o, "seq", v[2].i);
		jout_kv(o, "hash", text_hex(c->arena, v[3].s, v[3].n));
		jout_kv(o, "at", time_text(c->arena, v[4].i));
		jout_close(o, '}');
	}
	jout_close(o, ']');
	return rows_end(rows);
}

static void entry_json(struct ctx *c, struct jout *o, const struct value *v)
{
	static const char *const names[] = { "account", "role", "source", "action", "room" };

	jout_open(o, '{');
	jout_key(o, "id");
	jout_id(o, v[0].i);
	jout_kv(o, "at", time_text(c->arena, v[1].i));
	for (unsigned i = 0; i < COUNT(names); i++)
		jout_kv(o, names[i], v[2 + i].type == V_TEXT ? v[2 + i].s : NULL);
	jout_key(o, "record");
	if (v[7].type == V_INT)
		jout_id(o, v[7].i);
	else
		jout_null(o);
	jout_kv(o, "outcome", v[8].s);
	jout_key(o, "detail");
	if (v[9].type == V_TEXT)
		jout_raw(o, v[9].s);
	else
		jout_null(o);
	jout_close(o, '}');
}

/* Only those whose office it is: audit administrators and auditors, each in his city, the province's in all. */
enum rc audit_list(struct ctx *c, int64_t record, int64_t before_id, unsigned limit, struct jout *o)
{
	int city = city_of(c->who->region);
	bool all = c->who->role == SYSTEM || city == 2100;
	struct value args[] = { VINT(before_id ? before_id : INT64_MAX), VINT(limit), VINT(city), VINT(record) };
	const struct value *v;
	struct rows *rows;
	enum rc rc;

	if (!(c->who->role & (AUDITADMIN | AUDITOR | SYSTEM)))
		return ctx_problem(c, RC_DENIED, NULL, "denied", "%s", ctx_say(c, "操作记录只供审计管理员和审计人员查看。",
			"The audit is for audit administrators and auditors only."));
	rc = tx_query(c->tx, arena_printf(c->arena, "SELECT u.id, u.at, a.name, u.role, u.source, u.action, u.room, u.record, u.outcome, u.detail"
		" FROM audit u LEFT JOIN account a ON a.city = ((u.account >> 8) & 16383) AND a.id = u.account"
		" WHERE u.id < ?1%s%s ORDER BY u.id DESC LIMIT ?2", all ? "" : " AND u.city = ?3",
		record ? all ? " AND u.city = ((?4 >> 8) & 16383) AND u.record = ?4" : " AND u.record = ?4" : ""),
		args, record ? 4 : all ? 2 : 3, &rows);
	if (rc)
		return rc;
	jout_open(o, '{');
	jout_key(o, "items");
	jout_open(o, '[');
	while (rows_next(rows, &v))
		entry_json(c, o, v);
	jout_close(o, ']');
	jout_close(o, '}');
	return rows_end(rows);
}
