/* twins.c -- likely duplicates of a record about to be made: candidates that agree on the block fields and are young enough, scored by
 * the room's own function. Shows only what the caller may read. */
#include "engine/inner_record.h"
#include "base/clock.h"
#include "engine/access.h"
#include "engine/types.h"
#include "store/sql.h"
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES = 500, SHOWN_MOST = 20, DAY_MS = 86400000 };
struct scored { struct record *r; int score; };

static int by_score(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	return x->score != y->score ? (x->score < y->score) - (x->score > y->score) : (x->r->id < y->r->id) - (x->r->id > y->r->id);
}

/* x.<block field> = ?n for each; a block field left empty matches nothing: *complete turns false. */
static unsigned block(struct ctx *c, struct record *r, struct buf *sql, struct value *args, unsigned n, bool *complete)
{
	const char *w = r->e->twin->block;

	*complete = true;
	for (; w && *w; w += strspn(w, " ")) {
		size_t k = strcspn(w, " ");
		const struct field *f = room_field(r->e, arena_strndup(c->arena, w, k));
		const struct value *v = f ? record_value(c, r, record_at(r, f)) : NULL;

		w += k;
		if (!v || v->type == V_NULL) {
			*complete = false;
			return n;
		}
		args[n++] = *v;
		if (record_hashed(f)) {
			uint8_t *hash = arena_alloc(c->arena, 32);

			record_hash(f, v->s, hash);
			args[n - 1] = value_blob(hash, 32);
		}
		buf_printf(sql, " AND x.%s%s = ?%u", f->name, record_hashed(f) ? "_hash" : "", n);
	}
	return n;
}

static enum rc candidates(struct ctx *c, struct record *r, struct scored *out, unsigned *n)
{
	const struct twin *t = r->e->twin;
	int64_t days = t->days ? rule_value(c, t->days, r) : 3650, least = t->score_from ? rule_value(c, t->score_from, r) : 50;
	struct value args[64];
	const struct value *cols;
	struct cond may;
	struct rows *rows;
	struct buf sql;
	unsigned k = 0;
	bool complete;
	enum rc rc;

	args[k++] = VINT(r->city), args[k++] = VINT(c->now - days * DAY_MS);
	buf_init(&sql, c->arena);
	buf_str(&sql, sql_select(c->arena, r->e));
	buf_str(&sql, " WHERE x.city = ?1 AND x.created >= ?2");
	k = block(c, r, &sql, args, k, &complete);
	if (!complete || c->no_rule)
		return c->no_rule ? RC_NO_RULE : RC_OK;
	may = access_where(c, r->e, READ, k + 1);
	if (k + may.n > COUNT(args))
		return RC_TOO_BIG;
	for (unsigned i = 0; i < may.n; i++)
		args[k++] = may.args[i];
	buf_printf(&sql, " AND (%s) ORDER BY x.id DESC LIMIT %d", may.sql, CANDIDATES);
	if ((rc = tx_query(c->tx, sql.p, args, k, &rows)))
		return rc;
	while (rows_next(rows, &cols)) {
		struct record *other = record_of_row(c, r->e, cols);
		int score = t->score ? t->score(r, other) : 100;

		if (score >= least)
			out[(*n)++] = (struct scored){ other, score };
	}
	return rows_end(rows);
}

static void twin_json(struct ctx *c, const struct scored *s, struct jout *o)
{
	const struct field *no = room_field(s->r->e, "no"), *title = room_field(s->r->e, room_title_field(s->r->e));

	jout_open(o, '{');
	jout_key(o, "id");
	jout_id(o, s->r->id);
	if (no)
		jout_kv(o, "no", record_shown(c, s->r, record_at(s->r, no)));
	jout_kv(o, "title", title ? record_shown(c, s->r, record_at(s->r, title)) : NULL);
	jout_kvi(o, "score", s->score);
	jout_kv(o, "state", s->r->e->n_states ? s->r->e->states[s->r->state].code : "active");
	jout_kv(o, "created", time_text(c->arena, s->r->created));
	jout_close(o, '}');
}

enum rc record_twins(struct ctx *c, const struct entity *e, const struct jval *body, struct jout *o)
{
	struct record *r = record_new(c, e);
	struct scored *found = arena_alloc(c->arena, CANDIDATES * sizeof *found);
	unsigned n = 0;
	enum rc rc = RC_OK;

	if (!access_any(c, e, CREATE))
		return RC_MISSING;
	record_take_json(c, r, body, NULL);
	if (e->twin && !(rc = record_place(c, r)))
		rc = candidates(c, r, found, &n);
	if (rc)
		return rc;
	c->n_problems = r->problems_from;                        /* a half-filled form is no fault here */
	qsort(found, n, sizeof *found, by_score);
	jout_open(o, '{');
	jout_key(o, "items");
	jout_open(o, '[');
	for (unsigned i = 0; i < n && i < SHOWN_MOST; i++)
		twin_json(c, &found[i], o);
	jout_close(o, ']');
	jout_close(o, '}');
	return RC_OK;
}
