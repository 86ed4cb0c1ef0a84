/* trace.c -- the chain a record stands in: from it the links of the house are walked both ways, and each room on the way shows the
 * records the caller may see; of the others only their number. Owns no order of its own: the chain is the domain's table. */
#include "engine/inner_query.h"
#include "engine/inner_record.h"
#include "engine/access.h"
#include "engine/more.h"
#include "engine/types.h"
#include "base/clock.h"
#include "store/sql.h"
#include <string.h>

enum { MAX_IDS = 200, MAX_ROOMS = 32 };

/* Records met so far, by room. */
struct met { const struct entity *e; int64_t ids[MAX_IDS]; unsigned n; bool more; };
struct walk { struct ctx *c; struct met *rooms; unsigned n; };

static struct met *room_of(struct walk *w, const struct entity *e)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->rooms[i].e == e)
			return &w->rooms[i];
	if (w->n == MAX_ROOMS)
		return NULL;
	w->rooms[w->n].e = e;
	return &w->rooms[w->n++];
}

static void add(struct met *m, int64_t id)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->ids[i] == id)
			return;
	if (id > 0 && m->n < MAX_IDS)
		m->ids[m->n++] = id;
	else if (id > 0)
		m->more = true;                 /* there are others: said, never silently cut */
}

/* " IN (?1, ?2 …)" over a column, with the city where all ids share one (distributed rule R4). */
static const char *among(struct ctx *c, const struct met *m, const char *column, bool same_city, struct value *args, unsigned *n)
{
	int city = m->n ? ID_CITY(m->ids[0]) : 0;
	struct buf b;

	*n = 0;
	buf_init(&b, c->arena);
	buf_printf(&b, "x.%s IN (", column);
	for (unsigned i = 0; i < m->n; i++) {
		args[(*n)++] = VINT(m->ids[i]);
		buf_printf(&b, i ? ", ?%u" : "?%u", *n);
		same_city &= ID_CITY(m->ids[i]) == city;
	}
	buf_str(&b, ")");
	if (same_city) {
		args[(*n)++] = VINT(city);
		buf_printf(&b, " AND x.city = ?%u", *n);
	}
	return b.p;
}

/* Values of `want` in the rows of `e` whose `by` is one of the ids. */
static enum rc follow(struct walk *w, const struct entity *e, const char *want, const char *by, bool same_city, const struct met *from, struct met *to)
{
	struct ctx *c = w->c;
	struct value *args = arena_alloc(c->arena, (MAX_IDS + 2) * sizeof *args);
	const struct value *cols;
	struct rows *rows;
	unsigned n;
	const char *where = among(c, from, by, same_city, args, &n);
	enum rc rc;

	args[n] = VINT(MAX_IDS + 1);
	rc = tx_query(c->tx, arena_printf(c->arena, "SELECT DISTINCT x.%s FROM %s x WHERE %s AND x.%s IS NOT NULL ORDER BY 1 LIMIT ?%u", want, e->name,
		where, want, n + 1), args, n + 1, &rows);
	if (rc)
		return rc;
	while (rows_next(rows, &cols))
		add(to, cols[0].i);
	return rows_end(rows);
}

/* One link, in whichever direction has a known side and an unknown one. */
static enum rc step(struct walk *w, const struct link *l, bool *moved)
{
	struct met *from = l->from ? room_of(w, l->from) : NULL, *to = room_of(w, l->to);
	const struct entity *holder = l->back ? l->from : l->to;        /* the room that holds the reference */
	const struct field *f = holder && l->by ? room_field(holder, l->by) : NULL;
	bool near = f && !(f->flags & SOFT), forward;

	if (!from || !to || !f || !from->n == !to->n)
		return RC_OK;
	*moved = true;
	forward = from->n > 0;
	if (forward == l->back)                 /* the known side holds the reference: read it */
		return forward ? follow(w, holder, f->name, "id", true, from, to) : follow(w, holder, f->name, "id", true, to, from);
	return forward ? follow(w, holder, "id", f->name, near, from, to) : follow(w, holder, "id", f->name, near, to, from);
}

static bool on_chain(const struct house *h, const struct entity *e)
{
	for (unsigned i = 0; i < h->n_chain; i++)
		if (h->chain[i].from == e || h->chain[i].to == e)
			return true;
	return false;
}

/* A record beside the chain (a milestone, a budget line) belongs to it through what it points at. */
static void seed(struct walk *w, struct record *r)
{
	const struct house *h = w->c->house;

	if (on_chain(h, r->e)) {
		add(room_of(w, r->e), r->id);
		return;
	}
	for (unsigned i = 0; i < r->e->n_fields; i++) {
		const struct field *f = &r->e->fields[i];

		if (f->type == T_REF && f->ref && f->cls < S3 && on_chain(h, f->ref) && r->v[i].type == V_INT)
			add(room_of(w, f->ref), r->v[i].i);
	}
}

static enum rc walk_all(struct walk *w)
{
	const struct house *h = w->c->house;
	bool moved = true;
	enum rc rc = RC_OK;

	for (unsigned turn = 0; moved && !rc && turn < 2 * h->n_chain + 2; turn++) {
		moved = false;
		for (unsigned i = 0; i < h->n_chain && !rc; i++)
			rc = step(w, &h->chain[i], &moved);
	}
	return rc;
}

/* -- showing */
static const char *actor(struct ctx *c, const struct record *r)
{
	const struct value args[] = { VINT(r->city), VINT(r->id) };
	struct value v = VNULL;
	bool found;

	if (c->who->role & (RESIDENT | VOLUNTEER | PUBLIC) || !c->who->role)
		return NULL;
	if (query_row(c, "SELECT s.person FROM step s WHERE s.city = ?1 AND s.record = ?2 ORDER BY s.id DESC LIMIT 1", args, 2, &v, 1, &found) || !found)
		return NULL;
	return v.i ? record_person(c, v.i) : NULL;
}

static void money(struct ctx *c, struct record *r, struct jout *out)
{
	jout_key(out, "money_fen");
	for (unsigned i = 0; i < r->e->n_fields; i++) {
		const struct field *f = &r->e->fields[i];

		if (f->type != T_FEN || !(f->flags & LIST))
			continue;
		if (access_sees(c, r, f) == SHOWN && record_value(c, r, i)->type == V_INT) {
			jout_int(out, record_value(c, r, i)->i);
			return;
		}
	}
	jout_null(out);
}

static void item(struct ctx *c, struct record *r, struct jout *out)
{
	const struct field *no = room_field(r->e, "no");
	const char *state = r->e->n_states ? r->e->states[r->state].code : "active";

	jout_open(out, '{');
	jout_key(out, "id");
	jout_id(out, r->id);
	jout_kv(out, "no", no ? record_shown(c, r, record_at(r, no)) : NULL);
	jout_kv(out, "title", record_title(c, r->e, r->id));
	jout_kv(out, "state", state);
	jout_kv(out, "state_label", r->e->n_states ? ctx_say(c, r->e->states[r->state].label, r->e->states[r->state].en) : ctx_say(c, "有效", "active"));
	jout_kv(out, "date", day_text(c->arena, clock_day(r->updated)));
	jout_kv(out, "actor", actor(c, r));
	money(c, r, out);
	jout_close(out, '}');
}

static enum rc items(struct ctx *c, const struct met *m, struct jout *out, unsigned *shown)
{
	struct value *args = arena_alloc(c->arena, (MAX_IDS + 2) * sizeof *args);
	const struct value *cols;
	struct cond may;
	struct rows *rows;
	unsigned n;
	const char *where = among(c, m, "id", true, args, &n);
	enum rc rc;

	may = access_where(c, m->e, READ, n + 1);
	if (may.n) {
		struct value *all = arena_alloc(c->arena, (n + may.n) * sizeof *all);

		memcpy(all, args, n * sizeof *all);
		memcpy(all + n, may.args, may.n * sizeof *all);
		args = all;
	}
	rc = tx_query(c->tx, arena_printf(c->arena, "%s WHERE %s AND (%s) ORDER BY x.id", sql_select(c->arena, m->e), where, may.sql), args, n + may.n, &rows);
	if (rc)
		return rc;
	for (*shown = 0; rows_next(rows, &cols); ++*shown)
		item(c, record_of_row(c, m->e, cols), out);
	return rows_end(rows);
}

static enum rc node(struct walk *w, const struct entity *e, const char *key, const char *label, struct jout *out)
{
	const struct met *m = room_of(w, e);
	unsigned shown = 0;
	enum rc rc = RC_OK;

	jout_open(out, '{');
	jout_kv(out, "key", key);
	jout_kv(out, "label", label);
	jout_kv(out, "room", room_url(w->c->arena, e));
	jout_key(out, "items");
	jout_open(out, '[');
	if (m && m->n)
		rc = items(w->c, m, out, &shown);
	jout_close(out, ']');
	jout_kvi(out, "hidden", m ? m->n - shown : 0);
	jout_kvb(out, "more", m && m->more);
	jout_kvb(out, "done", m && m->n > 0);
	jout_close(out, '}');
	return rc;
}

static const char *singular(struct ctx *c, const char *name)
{
	size_t n = strlen(name);

	return arena_strndup(c->arena, name, n && name[n - 1] == 's' ? n - 1 : n);
}

static enum rc nodes(struct walk *w, struct jout *out)
{
	const struct house *h = w->c->house;
	struct ctx *c = w->c;
	enum rc rc = RC_OK;

	if (h->n_chain && h->chain[0].from)     /* where the chain begins there is no link to name it: the room's name, one of them */
		rc = node(w, h->chain[0].from, singular(c, h->chain[0].from->name), ctx_say(c, h->chain[0].from->label, h->chain[0].from->en), out);
	for (unsigned i = 0; i < h->n_chain && !rc; i++) {
		bool again = false;

		for (unsigned k = 0; k < i; k++)
			again |= !strcmp(h->chain[k].key, h->chain[i].key);
		if (!again)
			rc = node(w, h->chain[i].to, h->chain[i].key, ctx_say(c, h->chain[i].label, h->chain[i].en), out);
	}
	return rc;
}

enum rc trace_json(struct ctx *c, const struct entity *e, int64_t id, struct jout *out)
{
	struct walk w = { .c = c, .rooms = arena_alloc(c->arena, MAX_ROOMS * sizeof(struct met)) };
	struct record *r;
	enum rc rc;

	if ((rc = record_load(c, e, id, false, &r)))
		return rc;
	if (!r)
		return RC_MISSING;
	if ((rc = access_may(c, r, READ)))
		return rc;
	seed(&w, r);
	if ((rc = walk_all(&w)))
		return rc;
	jout_open(out, '{');
	jout_kv(out, "room", room_url(c->arena, e));
	jout_key(out, "id");
	jout_id(out, id);
	jout_key(out, "links");
	jout_open(out, '[');
	if ((rc = nodes(&w, out)))
		return rc;
	jout_close(out, ']');
	jout_close(out, '}');
	return RC_OK;
}
