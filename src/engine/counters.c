/* counters.c -- the counters of all rooms within one division, counted from the records in one statement each. Owns no totals of its
 * own, so there is nothing that could drift; leaves out the rooms the caller may not count (access.c). */
#include "engine/access.h"
#include "engine/inner_list.h"
#include "engine/more.h"
#include <string.h>

static void add_states(struct query *q, const struct counter *k)
{
	unsigned n = 0;

	if (!k->in || !q->e->n_states)
		return;
	query_add(q, " AND x.state IN (");
	for (unsigned s = 0; s < q->e->n_states; s++)
		if (k->in & BIT(s))
			query_add(q, n++ ? ", ?%u" : "?%u", query_bind(q, value_text(q->e->states[s].code)));
	query_add(q, ")");
}

static const char *label_of(struct ctx *c, const struct entity *e, const char *by, const struct value *key)
{
	const struct field *f = room_field(e, by);

	if (key->type == V_NULL)
		return ctx_say(c, "未填写", "(none)");
	if (!strcmp(by, "state")) {
		int s = room_state(e, key->s);

		return s < 0 ? key->s : ctx_say(c, e->states[s].label, e->states[s].en);
	}
	if (key->type == V_INT)
		return arena_printf(c->arena, "%lld", (long long)key->i);
	for (const struct code *k = f ? f->codes : NULL; k && k->code; k++)
		if (!strcmp(k->code, key->s))
			return ctx_say(c, k->label, k->en);
	return key->s;
}

static enum rc one_counter(struct ctx *c, const struct entity *e, const struct counter *k, int64_t prefix, unsigned digits, struct jout *out)
{
	const struct value *cols;
	struct rows *rows;
	struct query q;
	struct buf sql;
	enum rc rc;

	query_init(&q, c, e);
	list_region(&q, prefix, digits);
	add_states(&q, k);
	buf_init(&sql, c->arena);
	buf_printf(&sql, "SELECT %s%s, ", k->by ? "x." : "", k->by ? k->by : "NULL");
	if (k->sum)
		buf_printf(&sql, "coalesce(sum(x.%s), 0)", k->sum);
	else
		buf_str(&sql, "count(*)");
	buf_printf(&sql, " FROM %s x WHERE 1=1%s", e->name, q.sql.p);
	if (k->only)
		buf_printf(&sql, " AND (%s)", k->only);
	if (k->by)
		buf_printf(&sql, " GROUP BY x.%s ORDER BY 1", k->by);
	if ((rc = tx_query(c->tx, sql.p, q.args, q.n, &rows)))
		return rc;
	jout_key(out, k->name);
	if (k->by)
		jout_open(out, '{');
	while (rows_next(rows, &cols)) {
		if (k->by)
			jout_key(out, label_of(c, e, k->by, &cols[0]));
		jout_int(out, cols[1].i);
	}
	if (k->by)
		jout_close(out, '}');
	return rows_end(rows);
}

enum rc list_counters(struct ctx *c, int64_t prefix, unsigned digits, struct jout *out)
{
	enum rc rc;

	jout_open(out, '{');
	jout_kv(out, "region", arena_printf(c->arena, "%0*lld", (int)digits, (long long)prefix));
	jout_key(out, "totals");
	jout_open(out, '{');
	for (unsigned i = 0; i < n_rooms; i++)
		for (unsigned k = 0; access_counts(c, rooms[i]) && k < rooms[i]->n_counters; k++)
			if ((rc = one_counter(c, rooms[i], &rooms[i]->counters[k], prefix, digits, out)))
				return rc;
	jout_close(out, '}');
	jout_close(out, '}');
	return RC_OK;
}
