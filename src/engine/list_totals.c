/* list_totals.c -- counts and sums over a list's filter, grouped by a code. Owns no numbers: everything is counted from the records. */
#include "engine/inner_list.h"
#include "engine/more.h"
#include "base/text.h"
#include <string.h>

static const char *group_label(struct ctx *c, const struct entity *e, const char *by, const struct value *key)
{
	const struct field *f;
	int64_t scale;
	const char *name;

	if (key->type == V_NULL)
		return ctx_say(c, "未填写", "(none)");
	if (!strcmp(by, "state")) {
		int s = key->s ? room_state(e, key->s) : -1;

		return s < 0 ? key->s : ctx_say(c, e->states[s].label, e->states[s].en);
	}
	if (!strcmp(by, "city") || !strcmp(by, "county")) {
		scale = *by == 'c' && by[1] == 'i' ? INT64_C(100000000) : 1000000;
		if (scale == 100000000 && key->i == 2100)
			name = place_name(INT64_C(210000000000));
		else
			name = place_name(key->i * scale);
		return name ? name : arena_printf(c->arena, "%lld", (long long)key->i);
	}
	f = room_field(e, by);
	if (f->type == T_BOOL)
		return key->i ? ctx_say(c, "是", "yes") : ctx_say(c, "否", "no");
	for (const struct code *k = f->codes; k && k->code && key->s; k++)
		if (!strcmp(k->code, key->s))
			return ctx_say(c, k->label, k->en);
	return key->s;
}

static void write_sums(struct jout *out, const struct ask *a, const int64_t *sums)
{
	jout_key(out, "sum");
	jout_open(out, '{');
	for (unsigned i = 0; i < a->n_sums; i++)
		jout_kvi(out, a->sums[i]->name, sums[i]);
	jout_close(out, '}');
}

static void write_group(struct ctx *c, const struct entity *e, const struct ask *a, const struct value *cols, struct jout *out)
{
	int64_t sums[MAX_SUMS] = { 0 };

	for (unsigned i = 0; i < a->n_sums; i++)
		sums[i] = cols[2 + i].i;
	jout_open(out, '{');
	jout_key(out, "key");
	if (cols[0].type == V_INT)
		jout_id(out, cols[0].i);
	else if (cols[0].type == V_TEXT)
		jout_strn(out, cols[0].s, cols[0].n);
	else
		jout_null(out);
	jout_kv(out, "label", group_label(c, e, a->by, &cols[0]));
	jout_kvi(out, "count", cols[1].i);
	write_sums(out, a, sums);
	jout_close(out, '}');
}

enum rc list_totals(struct ctx *c, const struct entity *e, const struct param *params, unsigned n, struct jout *out)
{
	int64_t count = 0, sums[MAX_SUMS] = { 0 };
	const struct value *cols;
	struct rows *rows;
	struct query q;
	struct ask a;
	struct buf sql;
	enum rc rc = list_where(c, e, params, n, READ, ASK_GROUP, &a, &q);

	if (rc)
		return rc;
	buf_init(&sql, c->arena);
	buf_printf(&sql, "SELECT %s%s, count(*)", a.by ? "x." : "", a.by ? a.by : "NULL");
	for (unsigned i = 0; i < a.n_sums; i++)
		buf_printf(&sql, ", coalesce(sum(x.%s), 0)", a.sums[i]->name);
	buf_printf(&sql, " FROM %s x WHERE %s", e->name, query_where(&q));
	if (a.by)
		buf_printf(&sql, " GROUP BY x.%s ORDER BY 2 DESC, 1", a.by);
	if ((rc = tx_query(c->tx, sql.p, q.args, q.n, &rows)))
		return rc;
	jout_open(out, '{');
	jout_key(out, "groups");
	jout_open(out, '[');
	while (rows_next(rows, &cols)) {
		count += cols[1].i;
		for (unsigned i = 0; i < a.n_sums; i++)
			sums[i] += cols[2 + i].i;
		if (a.by)
			write_group(c, e, &a, cols, out);
	}
	if ((rc = rows_end(rows)))
		return rc;
	jout_close(out, ']');
	jout_kvi(out, "count", count);
	write_sums(out, &a, sums);
	jout_close(out, '}');
	return RC_OK;
}
