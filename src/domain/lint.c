/* lint.c -- refuses badly written rooms: what the compiler cannot see in the tables. Owns no table; says every fault, in one line. */
#include "domain/states.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct linter { void (*say)(const char *); unsigned faults; };
static const char *const base_columns[] = { "id", "city", "county", "region", "state", "version", "form", "back", "entered", "due", "imported",
	"created", "created_by", "updated", "updated_by" };

static void __attribute__((format(printf, 2, 3))) bad(struct linter *l, const char *format, ...)
{
	char line[300];
	va_list a;

	va_start(a, format);
	vsnprintf(line, sizeof line, format, a);
	va_end(a);
	l->faults++;
	l->say(line);
}

static const struct field *field(const struct entity *e, const char *name, size_t n)
{
	for (unsigned i = 0; i < e->n_fields; i++)
		if (strlen(e->fields[i].name) == n && !memcmp(e->fields[i].name, name, n))
			return &e->fields[i];
	return NULL;
}

static bool is_base(const char *name, size_t n)
{
	for (unsigned i = 0; i < COUNT(base_columns); i++)
		if (strlen(base_columns[i]) == n && !memcmp(base_columns[i], name, n))
			return true;
	return false;
}

static const struct field *flagged(const struct entity *e, unsigned flag)
{
	for (unsigned i = 0; i < e->n_fields; i++)
		if (e->fields[i].flags & flag)
			return &e->fields[i];
	return NULL;
}

static bool step(const struct entity *e, const char *name, size_t n)
{
	for (unsigned i = 0; i < e->n_transitions; i++)
		if (strlen(e->transitions[i].name) == n && !memcmp(e->transitions[i].name, name, n))
			return true;
	return n == 6 && !memcmp(name, "create", 6);
}

/* Every word of a list must be a field (or, with steps, a transition). */
static void words(struct linter *l, const struct entity *e, const char *where, const char *list, bool steps)
{
	for (const char *s = list; s && *s;) {
		size_t n = strcspn(s, " ,!");

		if (n && !(steps ? step(e, s, n) : field(e, s, n) || is_base(s, n)))
			bad(l, "%s: %s names unknown '%.*s'", e->name, where, (int)n, s);
		s += n + strspn(s + n, " ,!");
	}
}

/* Lower-case words of a piece of SQL, outside quotes, must be columns of the room; upper case and functions are SQL. */
static void columns(struct linter *l, const struct entity *e, const char *where, const char *sql)
{
	for (const char *s = sql; s && *s;) {
		size_t n;

		if (*s == '\'') {
			s = strchr(s + 1, '\'') ? strchr(s + 1, '\'') + 1 : s + strlen(s);
			continue;
		}
		n = strspn(s, "abcdefghijklmnopqrstuvwxyz_0123456789");
		if (n && (*s < '0' || *s > '9') && s[n] != '(' && !field(e, s, n) && !is_base(s, n) && (s[n] < 'A' || s[n] > 'Z'))
			bad(l, "%s: %s names unknown column '%.*s'", e->name, where, (int)n, s);
		s += n ? n : 1;
	}
}

static void codes(struct linter *l, const struct entity *e, const struct field *f)
{
	for (const struct code *c = f->codes; c && c->code; c++) {
		if (!c->label || !c->en)
			bad(l, "%s.%s: code '%s' without label or English", e->name, f->name, c->code);
		for (const struct code *d = f->codes; d < c; d++)
			if (!strcmp(c->code, d->code) || (c->label && d->label && !strcmp(c->label, d->label)))
				bad(l, "%s.%s: code '%s' twice", e->name, f->name, c->code);
	}
}

static void one_field(struct linter *l, const struct entity *e, const struct field *f)
{
	bool text = f->type == T_TEXT || f->type == T_LONGTEXT || f->type == T_JSON;
	bool taken = false;

	if (!f->label || !f->en) bad(l, "%s.%s: no label or no English", e->name, f->name);
	if (field(e, f->name, strlen(f->name)) != f || is_base(f->name, strlen(f->name))) bad(l, "%s.%s: name used twice", e->name, f->name);
	if (f->type == T_REF && !f->ref) bad(l, "%s.%s: T_REF without .ref", e->name, f->name);
	if (f->type == T_CODE && !f->codes) bad(l, "%s.%s: T_CODE without .codes", e->name, f->name);
	if (text && f->max <= 0) bad(l, "%s.%s: text without .max", e->name, f->name);
	if (f->max && f->min > f->max) bad(l, "%s.%s: min above max", e->name, f->name);
	if ((f->flags & SEARCH) && f->cls >= S3) bad(l, "%s.%s: personal text in the search index", e->name, f->name);
	if ((f->flags & LIST) && f->cls >= S4) bad(l, "%s.%s: S4 in a list", e->name, f->name);
	if ((f->flags & (LOOKUP | CLAIM)) && f->cls >= S4) bad(l, "%s.%s: S4 cannot be looked up", e->name, f->name);
	if ((f->flags & CLAIM) && f->cls == S3 && !(f->flags & LOOKUP)) bad(l, "%s.%s: CLAIM of a personal field needs LOOKUP", e->name, f->name);
	if ((f->flags & MINE) && f->type != T_REF && !(f->type == T_PHONE && (f->flags & LOOKUP)))
		bad(l, "%s.%s: MINE needs T_REF or T_PHONE with LOOKUP", e->name, f->name);
	if ((f->flags & STEP) && (f->flags & (REQUIRED | DERIVED))) bad(l, "%s.%s: STEP with REQUIRED or DERIVED", e->name, f->name);
	if ((f->flags & DERIVED) && (f->flags & REQUIRED)) bad(l, "%s.%s: DERIVED with REQUIRED", e->name, f->name);
	if ((f->flags & OWNER) && (f->type != T_REF || !(f->flags & REQUIRED))) bad(l, "%s.%s: OWNER must be a required T_REF", e->name, f->name);
	if ((f->flags & ORG) && f->type != T_REF) bad(l, "%s.%s: ORG must be a T_REF", e->name, f->name);
	if ((f->flags & SCOPE) && f->type != T_DIVISION && f->type != T_REF) bad(l, "%s.%s: SCOPE must be a division or a T_REF", e->name, f->name);
	if ((f->flags & SEALED) && !e->sealed_in) bad(l, "%s.%s: SEALED but the room has no .sealed_in", e->name, f->name);
	for (unsigned i = 0; i < e->n_transitions; i++)
		for (const char *s = e->transitions[i].takes; s && *s; s += strcspn(s, " "), s += strspn(s, " "))
			taken |= strcspn(s, " !") == strlen(f->name) && !memcmp(s, f->name, strlen(f->name));
	if ((f->flags & STEP) && !taken) bad(l, "%s.%s: STEP, but no step takes it", e->name, f->name);
	if (!(f->flags & STEP) && taken) bad(l, "%s.%s: taken by a step but not flagged STEP", e->name, f->name);
	codes(l, e, f);
}

/* What every record answers to beside its steps. */
static const char *const reserved[] = { "create", "history", "trace", "reveal", "attachments", "import", "twins", "totals", "new", "edit" };

static void one_step(struct linter *l, const struct entity *e, const struct transition *t)
{
	unsigned doers = SYSTEM;
	uint64_t all = e->n_states >= 64 ? ~UINT64_C(0) : BIT(e->n_states) - 1;

	if (!t->label || !t->en) bad(l, "%s/%s: no label or no English", e->name, t->name);
	for (unsigned i = 0; i < COUNT(reserved); i++)
		if (!strcmp(t->name, reserved[i])) bad(l, "%s/%s: every record has something else under this name", e->name, t->name);
	if (!t->from || (t->from & ~all) || (t->to != BACK && (t->to < 0 || t->to >= (int)e->n_states)))
		bad(l, "%s/%s: from or to is no state", e->name, t->name);
	words(l, e, t->name, t->takes, false);
	words(l, e, t->name, t->not_by, true);
	for (unsigned i = 0; i < e->n_grants; i++)
		if ((e->grants[i].may & DO) && (!e->grants[i].in || (e->grants[i].in & t->from)))
			doers |= e->grants[i].who;
	if (!t->who) bad(l, "%s/%s: nobody may do it", e->name, t->name);
	if (t->who & ~doers) bad(l, "%s/%s: roles %x are named but have no DO grant in its states", e->name, t->name, t->who & ~doers);
	for (const struct transition *o = e->transitions; o < t; o++)
		if (!strcmp(o->name, t->name)) bad(l, "%s/%s: two steps of one name", e->name, t->name);
}

static void states(struct linter *l, const struct entity *e)
{
	uint64_t reached = e->n_states ? 1 : 0;

	for (unsigned i = 0; i < e->n_transitions; i++) {
		one_step(l, e, &e->transitions[i]);
		if (e->transitions[i].to != BACK)
			reached |= BIT(e->transitions[i].to);
	}
	for (unsigned i = 0; i < e->n_states; i++) {
		const struct state *s = &e->states[i];

		if (!s->code || !s->label || !s->en) { bad(l, "%s: state %u without code, label or English", e->name, i); continue; }
		if (!(reached & BIT(i))) bad(l, "%s: state %s is never reached", e->name, s->code);
		if (s->due && s->due->lapse) words(l, e, "lapse", s->due->lapse, true);
		if (s->due && s->due->since) words(l, e, "since", s->due->since, false);
		for (unsigned k = 0; k < i; k++)
			if (e->states[k].code && (!strcmp(e->states[k].code, s->code) || !strcmp(e->states[k].label, s->label)))
				bad(l, "%s: state %s twice", e->name, s->code);
	}
	if (e->sealed_in && !flagged(e, SEALED)) bad(l, "%s: .sealed_in but no SEALED field", e->name);
}

static void access(struct linter *l, const struct entity *e)
{
	static const unsigned needed[] = { [OWN] = MINE, [OWN_ORG] = ORG, [VIA] = OWNER };

	bool person = false;

	for (unsigned i = 0; i < e->n_fields; i++)
		person |= e->fields[i].type == T_IDNO && (e->fields[i].flags & CLAIM);
	if (!e->n_grants) bad(l, "%s: nobody may read it", e->name);
	for (unsigned i = 0; i < e->n_grants; i++) {
		const struct grant *g = &e->grants[i];

		if (!g->who || !g->may) bad(l, "%s: grant %u is empty", e->name, i);
		if (g->rel == OWN && person)
			continue;               /* a person's own row: the record his account is bound to */
		if ((g->rel == OWN || g->rel == OWN_ORG || g->rel == VIA) && !flagged(e, needed[g->rel]))
			bad(l, "%s: grant %u has no field for its relation", e->name, i);
		if ((g->who & (SECADMIN | AUDITADMIN)) && !(e->flags & EVERYWHERE))
			bad(l, "%s: grant %u shows business to an administrator", e->name, i);
		if ((e->flags & APPEND_ONLY) && (g->may & EDIT)) bad(l, "%s: grant %u edits an append-only room", e->name, i);
		if ((g->may & DO) && !e->n_transitions) bad(l, "%s: grant %u does steps, but there are none", e->name, i);
	}
}

static void figures(struct linter *l, const struct entity *e)
{
	for (unsigned i = 0; i < e->n_holds; i++) {
		const struct hold *h = &e->holds[i];

		if (!h->message) bad(l, "%s: hold %s without a message", e->name, h->name);
		columns(l, e, h->name, h->what);
		columns(l, e, h->name, h->where);
		if (h->field) words(l, e, h->name, h->field, false);
	}
	for (unsigned i = 0; i < e->n_counters; i++) {
		const struct counter *k = &e->counters[i];

		words(l, e, k->name, k->sum, false);
		words(l, e, k->name, k->when, false);
		words(l, e, k->name, k->by, false);
		columns(l, e, k->name, k->only);
	}
	for (unsigned i = 0; i < e->n_rules; i++)
		if (!e->rules[i].code || !e->rules[i].label || !e->rules[i].source || !e->rules[i].en)
			bad(l, "%s: rule %u without code, label, source or English", e->name, i);
	if (e->twin) words(l, e, "twin", e->twin->block, false);
}

static void room(struct linter *l, const struct entity *e)
{
	if (!e->label || !e->clause || !e->en) bad(l, "%s: no label, clause or English", e->name);
	for (unsigned i = 0; i < e->n_fields; i++)
		one_field(l, e, &e->fields[i]);
	words(l, e, "key", e->key, false);
	words(l, e, "title", e->title, false);
	if (e->flags & SHEET) {
		if (!e->made || !e->key) bad(l, "%s: a sheet needs .made and .key", e->name);
		if (!flagged(e, SCOPE)) bad(l, "%s: a sheet needs a SCOPE field, or anybody's rows could be sent", e->name);
		return;
	}
	states(l, e);
	access(l, e);
	figures(l, e);
	if (e->open_in && !flagged(e, OWNER)) bad(l, "%s: .open_in without OWNER", e->name);
	if (e->number && !field(e, "no", 2)) bad(l, "%s: .number without field no", e->name);
	if (!flagged(e, SCOPE) && !flagged(e, OWNER) && !(e->flags & EVERYWHERE)) bad(l, "%s: nothing gives the region", e->name);
	if (e->sheet) {
		if (!(e->sheet->flags & SHEET)) bad(l, "%s: its sheet is not flagged SHEET", e->name);
		room(l, e->sheet);
	}
}

static void whole(struct linter *l)
{
	for (unsigned i = 0; i < n_rooms; i++)
		for (unsigned k = 0; k < i; k++) {
			if (!strcmp(rooms[i]->name, rooms[k]->name)) bad(l, "%s: two rooms of one name", rooms[i]->name);
			for (unsigned a = 0; a < rooms[i]->n_counters; a++)
				for (unsigned b = 0; b < rooms[k]->n_counters; b++)
					if (!strcmp(rooms[i]->counters[a].name, rooms[k]->counters[b].name))
						bad(l, "%s and %s both count %s", rooms[i]->name, rooms[k]->name, rooms[i]->counters[a].name);
			for (unsigned a = 0; a < rooms[i]->n_rules; a++)
				for (unsigned b = 0; b < rooms[k]->n_rules; b++)
					if (!strcmp(rooms[i]->rules[a].code, rooms[k]->rules[b].code))
						bad(l, "%s and %s both declare %s", rooms[i]->name, rooms[k]->name, rooms[i]->rules[a].code);
		}
	for (unsigned i = 0; i < house.n_chain; i++) {
		const struct link *k = &house.chain[i];
		const struct field *f = k->from ? field(k->back ? k->from : k->to, k->by, strlen(k->by)) : NULL;

		if (k->from && (!f || f->type != T_REF || f->ref != (k->back ? k->to : k->from))) bad(l, "chain: link %s leads nowhere by '%s'", k->key, k->by);
		if (!k->label || !k->en) bad(l, "chain: link %s without label or English", k->key);
	}
	for (unsigned i = 0; i < house.n_laws; i++)
		if (!house.laws[i].sql || strncmp(house.laws[i].sql, "SELECT ", 7)) bad(l, "law %s is no SELECT", house.laws[i].name);
	words(l, house.rules, "house", "code region_code valid_from valid_to value source", false);
	words(l, house.places, "house", "code name level parent kind valid_from valid_to successor", false);
	words(l, house.classes, "house", "division class valid_from valid_to source", false);
	words(l, house.holidays, "house", "day kind label", false);
}

unsigned lint_room(const struct entity *e, void (*say)(const char *))
{
	struct linter l = { say, 0 };

	room(&l, e);
	return l.faults;
}

unsigned lint(void (*say)(const char *))
{
	struct linter l = { say, 0 };

	for (unsigned i = 0; i < n_rooms; i++)
		room(&l, rooms[i]);
	whole(&l);
	return l.faults;
}
