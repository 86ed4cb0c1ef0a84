/* record_more.c -- a record's past, and its personal fields in clear for those who give a purpose. Both are reading; opening
 * personal fields is written into the audit before anything is shown. */
#include "engine/inner_record.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/access.h"
#include "engine/audit.h"
#include "engine/inner_query.h"
#include "engine/types.h"
#include "store/sql.h"

/* Who may know who did it: those who work on records, not the public. */
static bool staff(const struct ctx *c)
{
	return !(c->who->role & (RESIDENT | VOLUNTEER | PUBLIC));
}

const char *record_person(struct ctx *c, int64_t person)
{
	struct value v = VNULL;
	bool found = false;

	if (!person || !staff(c))
		return person ? NULL : ctx_say(c, "系统", "System");
	if (query_row(c, "SELECT a.label FROM account a WHERE a.person = ?1 ORDER BY a.id LIMIT 1", (const struct value[]){ VINT(person) }, 1, &v, 1,
		&found) || !found || v.type != V_TEXT)
		return NULL;
	return v.s;
}

/* All rows of <room>_past of this record, newest first. */
static enum rc load_past(struct ctx *c, const struct record *r, struct record ***out, unsigned *n)
{
	const struct value args[] = { VINT(r->city), VINT(r->id) }, *cols;
	const char *names[512];
	unsigned width = sql_columns(r->e, names, 512), cap = 16;
	struct record **list = arena_alloc(c->arena, cap * sizeof *list), **more;
	struct rows *rows;
	struct buf b;
	enum rc rc;

	*n = 0;
	*out = list;
	if (r->e->flags & APPEND_ONLY)
		return RC_OK;
	buf_init(&b, c->arena);
	for (unsigned i = 0; i < width; i++)
		buf_printf(&b, "%sx.%s", i ? ", " : "SELECT ", names[i]);
	buf_printf(&b, " FROM %s_past x WHERE x.city = ?1 AND x.id = ?2 ORDER BY x.version DESC", r->e->name);
	if ((rc = tx_query(c->tx, b.p, args, 2, &rows)))
		return rc;
	while (rows_next(rows, &cols)) {
		if (*n == cap) {
			more = arena_alloc(c->arena, 2 * cap * sizeof *more);
			memcpy(more, list, cap * sizeof *more);
			list = more, cap *= 2;
		}
		list[(*n)++] = record_of_row(c, r->e, cols);
	}
	*out = list;
	return rows_end(rows);
}

/* As the caller sees the value in the newest version: masked stays masked. */
static const char *shown(struct ctx *c, struct record *r, unsigned i, enum sight sight)
{
	const struct field *f = &r->e->fields[i];
	const struct value *v;
	const char *title;

	if (sight == MASKED)
		return record_masked(c, r, i);
	if ((v = record_value(c, r, i))->type == V_NULL)
		return NULL;
	title = f->type == T_REF && f->ref ? record_title(c, f->ref, v->i) : NULL;
	return title ? title : types[f->type].text(c, f, v);
}

static void changes_json(struct ctx *c, struct record *top, struct record *r, struct jout *o)
{
	jout_key(o, "changes");
	jout_open(o, '[');
	for (unsigned i = 0; i < r->e->n_fields; i++) {
		const struct field *f = &r->e->fields[i];
		enum sight sight = access_sees(c, top, f);

		if (sight == ABSENT || !record_differs(r, i))
			continue;
		jout_open(o, '{');
		jout_kv(o, "field", f->name);
		jout_kv(o, "label", ctx_say(c, f->label, f->en));
		jout_kv(o, "from", r->old ? shown(c, r->old, i, sight) : NULL);
		jout_kv(o, "to", shown(c, r, i, sight));
		jout_close(o, '}');
	}
	jout_close(o, ']');
}

static void version_json(struct ctx *c, struct record *top, struct record *r, struct jout *o)
{
	const struct state *s = r->e->n_states ? &r->e->states[r->state] : NULL;

	jout_open(o, '{');
	jout_kvi(o, "version", r->version);
	jout_kv(o, "at", time_text(c->arena, r->updated));
	jout_kv(o, "by", record_person(c, r->updated_by));
	jout_kv(o, "state", s ? s->code : "active");
	jout_kv(o, "state_label", s ? ctx_say(c, s->label, s->en) : ctx_say(c, "有效", "active"));
	changes_json(c, top, r, o);
	jout_close(o, '}');
}

static const char *state_label(const struct ctx *c, const struct entity *e, const struct value *code)
{
	int s = code->type == V_TEXT ? room_state(e, code->s) : -1;

	return s < 0 ? NULL : ctx_say(c, e->states[s].label, e->states[s].en);
}

static enum rc steps_json(struct ctx *c, const struct record *r, struct jout *o)
{
	const struct value args[] = { VINT(r->city), value_text(r->e->name), VINT(r->id) }, *cols;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, "SELECT s.name, s.from_state, s.to_state, s.at, s.person, s.reason FROM step s"
		" WHERE s.city = ?1 AND s.room = ?2 AND s.record = ?3 ORDER BY s.id DESC", args, 3, &rows);

	if (rc)
		return rc;
	jout_key(o, "steps");
	jout_open(o, '[');
	while (rows_next(rows, &cols)) {
		const struct transition *t = room_step(r->e, cols[0].s);

		jout_open(o, '{');
		jout_kv(o, "name", cols[0].s);
		jout_kv(o, "label", t ? ctx_say(c, t->label, t->en) : cols[0].s);
		jout_kv(o, "from", state_label(c, r->e, &cols[1]));
		jout_kv(o, "to", state_label(c, r->e, &cols[2]));
		jout_kv(o, "at", time_text(c->arena, cols[3].i));
		jout_kv(o, "reason", staff(c) && cols[5].type == V_TEXT ? cols[5].s : NULL);
		jout_kv(o, "by", record_person(c, cols[4].i));
		jout_close(o, '}');
	}
	jout_close(o, ']');
	return rows_end(rows);
}

enum rc record_history(struct ctx *c, const struct entity *e, int64_t id, struct jout *o)
{
	struct record *r, **past;
	unsigned n;
	enum rc rc = record_load(c, e, id, false, &r);

	if (rc || !r)
		return rc ? rc : RC_MISSING;
	if ((rc = access_may(c, r, READ)) || (rc = load_past(c, r, &past, &n)))
		return rc;
	for (unsigned i = 0; i < n; i++)
		(i ? past[i - 1] : r)->old = past[i];
	jout_open(o, '{');
	jout_key(o, "items");
	jout_open(o, '[');
	version_json(c, r, r, o);
	for (unsigned i = 0; i < n; i++)
		version_json(c, r, past[i], o);
	jout_close(o, ']');
	if ((rc = steps_json(c, r, o)))
		return rc;
	jout_close(o, '}');
	return RC_OK;
}

/* -- opening personal fields */
static const struct field *wanted(struct ctx *c, struct record *r, const struct jval *name)
{
	const struct field *f = name->type == J_STRING ? room_field(r->e, name->s) : NULL;

	if (f && access_sees(c, r, f) != ABSENT)
		return f;
	ctx_problem(c, RC_REJECTED, "fields", "unknown_field", "%s", ctx_say(c, "要查看的项目不存在，请从本记录的项目中选择",
		"One of the fields is not there; choose from this record's"));
	return NULL;
}

static enum rc ask_purpose(struct ctx *c, const struct jval *body, const struct jval **fields)
{
	const char *purpose = json_text(body, "purpose");
	unsigned found;

	purpose = purpose ? text_clean(c->arena, purpose, strlen(purpose), false, &found) : "";
	*fields = json_get(body, "fields");
	if (text_chars(purpose) < 2 || text_chars(purpose) > 200)
		ctx_problem(c, RC_REJECTED, "purpose", "required_empty", "%s", ctx_say(c, "请写明查看个人信息的用途（2 至 200 字）",
			"Say what the personal data is needed for (2 to 200 characters)"));
	if (!*fields || (*fields)->type != J_ARRAY || !(*fields)->n || (*fields)->n > 50)
		ctx_problem(c, RC_REJECTED, "fields", "required_empty", "%s", ctx_say(c, "请选择要查看的项目", "Choose the fields to show"));
	c->purpose = purpose;
	return record_faults(c, 0) ? RC_REJECTED : RC_OK;
}

static enum rc audit_reveal(struct ctx *c, const struct record *r, const struct field **f, size_t n)
{
	struct buf b;
	struct jout o;

	buf_init(&b, c->arena);
	jout_init(&o, &b);
	jout_open(&o, '{');
	jout_key(&o, "fields");
	jout_open(&o, '[');
	for (size_t i = 0; i < n; i++)
		jout_str(&o, f[i]->name);
	jout_close(&o, ']');
	jout_kv(&o, "purpose", c->purpose);
	jout_close(&o, '}');
	return audit_add(c, r->city, "reveal", r->e->name, r->id, "ok", b.p);
}

enum rc record_reveal(struct ctx *c, const struct entity *e, int64_t id, const struct jval *body, struct jout *o)
{
	const struct field **f;
	const struct jval *fields;
	struct record *r;
	enum rc rc = record_load(c, e, id, false, &r);

	if (rc || !r)
		return rc ? rc : RC_MISSING;
	if ((rc = access_may(c, r, READ)) || (rc = access_may(c, r, REVEAL)) || (rc = ask_purpose(c, body, &fields)))
		return rc;
	f = arena_alloc(c->arena, fields->n * sizeof *f);
	for (size_t i = 0; i < fields->n; i++)
		if (!(f[i] = wanted(c, r, &fields->items[i])))
			return RC_REJECTED;
	if ((rc = audit_reveal(c, r, f, fields->n)))
		return rc;
	jout_open(o, '{');
	jout_key(o, "id");
	jout_id(o, r->id);
	jout_key(o, "values");
	jout_open(o, '{');
	for (size_t i = 0; i < fields->n; i++) {
		const struct value *v = record_value(c, r, record_at(r, f[i]));

		jout_key(o, f[i]->name);
		if (v->type == V_NULL)
			jout_null(o);
		else
			types[f[i]->type].json(c, f[i], v, o);
	}
	jout_close(o, '}');
	jout_close(o, '}');
	return RC_OK;
}
