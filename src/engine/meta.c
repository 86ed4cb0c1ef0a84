/* meta.c -- what a screen needs to know to show any room: fields, codes, states, steps, import layout, and what the caller may do.
 * Says only what the grants allow; decides nothing. */
#include "engine/inner_list.h"
#include "engine/inner_transfer.h"
#include "engine/account.h"
#include "engine/more.h"
#include "engine/types.h"
#include "base/clock.h"
#include <string.h>

#ifndef SANSHE_VERSION
#define SANSHE_VERSION "0.1.0"
#endif

static bool may_write(struct ctx *c, const struct entity *e)
{
	return access_any(c, e, CREATE) || access_any(c, e, EDIT) || access_any(c, e, DO) || access_any(c, e, IMPORT);
}

/* Personal fields show masked; above that only who may write or read them learns that they exist. */
static bool told(struct ctx *c, const struct entity *e, const struct field *f, enum class highest)
{
	return f->cls <= highest || (f->cls == S3 && highest >= S2) || may_write(c, e);
}

static void code_list(struct ctx *c, const struct code *codes, struct jout *out)
{
	(void)c;
	jout_key(out, "codes");
	jout_open(out, '[');
	for (const struct code *k = codes; k && k->code; k++) {
		jout_open(out, '{');
		jout_kv(out, "code", k->code);
		jout_kv(out, "label", k->label);
		jout_kv(out, "en", k->en);
		jout_close(out, '}');
	}
	jout_close(out, ']');
}

static void bounds(const struct field *f, struct jout *out)
{
	jout_key(out, "min");
	if (f->min || f->max)
		jout_int(out, f->min);
	else
		jout_null(out);
	jout_key(out, "max");
	if (f->max)
		jout_int(out, f->max);
	else
		jout_null(out);
}

static bool writable(struct ctx *c, const struct entity *e, const struct field *f)
{
	if (f->flags & (DERIVED | STEP) || (e->number && !strcmp(f->name, "no")))
		return false;
	return access_any(c, e, CREATE) || (!(f->flags & FIXED) && access_any(c, e, EDIT));
}

static void one_field(struct ctx *c, const struct entity *e, const struct field *f, enum class highest, struct jout *out)
{
	static const char *const classes[] = { "S1", "S2", "S3", "S4" };
	static const struct { const char *word; unsigned flag; } flags[] = {
		{ "required", REQUIRED }, { "list", LIST }, { "search", SEARCH }, { "lookup", LOOKUP }, { "step", STEP },
		{ "derived", DERIVED }, { "fixed", FIXED }, { "owner", OWNER },
	};

	jout_open(out, '{');
	jout_kv(out, "name", f->name);
	jout_kv(out, "label", f->label);
	jout_kv(out, "en", f->en);
	jout_kv(out, "hint", f->hint);
	jout_kv(out, "type", types[f->type].name);
	for (unsigned i = 0; i < COUNT(flags); i++)
		jout_kvb(out, flags[i].word, (f->flags & flags[i].flag) != 0);
	jout_kv(out, "class", classes[f->cls]);
	bounds(f, out);
	if (f->codes)
		code_list(c, f->codes, out);
	jout_kv(out, "ref", f->ref ? room_url(c->arena, f->ref) : NULL);
	jout_kvb(out, "writable", writable(c, e, f));
	jout_kvb(out, "filter", list_filterable(f) && f->cls <= (highest < S2 ? S1 : S3));
	jout_kvb(out, "sort", list_sortable(f) && f->cls <= highest);
	jout_close(out, '}');
}

static void fields(struct ctx *c, const struct entity *e, struct jout *out)
{
	enum class highest, lowest;

	list_sight(c, e, READ, &highest, &lowest);
	jout_key(out, "fields");
	jout_open(out, '[');
	for (unsigned i = 0; i < e->n_fields; i++)
		if (told(c, e, &e->fields[i], highest))
			one_field(c, e, &e->fields[i], highest, out);
	jout_close(out, ']');
}

static void states(const struct entity *e, struct jout *out)
{
	jout_key(out, "states");
	jout_open(out, '[');
	for (unsigned i = 0; i < e->n_states; i++) {
		jout_open(out, '{');
		jout_kv(out, "code", e->states[i].code);
		jout_kv(out, "label", e->states[i].label);
		jout_kv(out, "en", e->states[i].en);
		jout_kvb(out, "due", e->states[i].due != NULL);
		jout_close(out, '}');
	}
	jout_close(out, ']');
}

/* "a! b" -> the fields a step takes. */
static void takes(struct ctx *c, const char *list, struct jout *out)
{
	char *words = arena_strdup(c->arena, list ? list : ""), *save = NULL;

	jout_key(out, "takes");
	jout_open(out, '[');
	for (char *w = strtok_r(words, " ,", &save); w; w = strtok_r(NULL, " ,", &save)) {
		size_t n = strlen(w);
		bool must = n && w[n - 1] == '!';

		if (must)
			w[n - 1] = 0;
		jout_open(out, '{');
		jout_kv(out, "field", w);
		jout_kvb(out, "required", must);
		jout_close(out, '}');
	}
	jout_close(out, ']');
}

static void one_step(struct ctx *c, const struct entity *e, const struct transition *t, struct jout *out)
{
	jout_open(out, '{');
	jout_kv(out, "name", t->name);
	jout_kv(out, "label", t->label);
	jout_kv(out, "en", t->en);
	jout_kv(out, "clause", t->clause);
	jout_key(out, "from");
	jout_open(out, '[');
	for (unsigned s = 0; s < e->n_states; s++)
		if (t->from & BIT(s))
			jout_str(out, e->states[s].code);
	jout_close(out, ']');
	jout_kv(out, "to", t->to == BACK ? "back" : (unsigned)t->to < e->n_states ? e->states[t->to].code : "");
	takes(c, t->takes, out);
	jout_kvb(out, "mine", (t->who & c->who->role) != 0);
	jout_close(out, '}');
}

static void steps(struct ctx *c, const struct entity *e, struct jout *out)
{
	jout_key(out, "steps");
	jout_open(out, '[');
	for (unsigned i = 0; i < e->n_transitions; i++)
		one_step(c, e, &e->transitions[i], out);
	jout_close(out, ']');
}

static void sheet(const struct entity *e, struct jout *out)
{
	const struct entity *s = e->sheet ? e->sheet : e;

	jout_key(out, "sheet");
	jout_open(out, '[');
	for (unsigned i = 0; i < s->n_fields; i++) {
		const struct field *f = &s->fields[i];

		if (!map_wanted(f) || (f->flags & STEP))
			continue;
		jout_open(out, '{');
		jout_kv(out, "name", f->name);
		jout_kv(out, "label", f->label);
		jout_kvb(out, "required", (f->flags & REQUIRED) != 0);
		jout_key(out, "heads");
		jout_open(out, '[');
		for (const char *h = f->heads; h && *h;) {
			size_t n = strcspn(h, "|");

			jout_strn(out, h, n);
			h += n + (h[n] == '|');
		}
		jout_close(out, ']');
		jout_close(out, '}');
	}
	jout_close(out, ']');
}

static void can(struct ctx *c, const struct entity *e, struct jout *out)
{
	jout_key(out, "can");
	jout_open(out, '{');
	jout_kvb(out, "create", access_any(c, e, CREATE));
	jout_kvb(out, "edit", access_any(c, e, EDIT) && !(e->flags & APPEND_ONLY));
	jout_kvb(out, "import", access_any(c, e, IMPORT));
	jout_kvb(out, "export", access_any(c, e, EXPORT));
	jout_kvb(out, "reveal", access_any(c, e, REVEAL));
	jout_close(out, '}');
}

static bool visible(struct ctx *c, const struct entity *e)
{
	return !(e->flags & SHEET) && (access_any(c, e, READ) || access_any(c, e, CREATE));
}

/* States of the owner in which its rows may be written; told only where there is such a limit. */
static void open_in(const struct entity *owner, uint64_t states, struct jout *out)
{
	if (!states)
		return;
	jout_key(out, "open_in");
	jout_open(out, '[');
	for (unsigned i = 0; i < owner->n_states; i++)
		if (states & BIT(i))
			jout_str(out, owner->states[i].code);
	jout_close(out, ']');
}

static void family(struct ctx *c, const struct entity *e, struct jout *out)
{
	const struct field *owner = room_flagged(e, OWNER);

	jout_key(out, "owner");
	if (owner && owner->ref) {
		jout_open(out, '{');
		jout_kv(out, "room", room_url(c->arena, owner->ref));
		jout_kv(out, "field", owner->name);
		open_in(owner->ref, e->open_in, out);
		jout_close(out, '}');
	} else
		jout_null(out);
	jout_key(out, "children");
	jout_open(out, '[');
	for (unsigned i = 0; i < n_rooms; i++) {
		const struct field *f = room_flagged(rooms[i], OWNER);

		if (f && f->ref == e && visible(c, rooms[i]))
			jout_str(out, room_url(c->arena, rooms[i]));
	}
	jout_close(out, ']');
}

enum rc meta_room_json(struct ctx *c, const struct entity *e, struct jout *out)
{
	jout_open(out, '{');
	jout_kv(out, "name", e->name);
	jout_kv(out, "url", room_url(c->arena, e));
	jout_kv(out, "label", e->label);
	jout_kv(out, "en", e->en);
	jout_kv(out, "clause", e->clause);
	jout_kv(out, "number", e->number);
	jout_kv(out, "title", room_title_field(e));
	family(c, e, out);
	jout_kvb(out, "hidden", (e->flags & HIDDEN) != 0);
	jout_kvb(out, "append_only", (e->flags & APPEND_ONLY) != 0);
	jout_kvb(out, "stateless", e->n_states == 0);
	jout_kvb(out, "twins", e->twin != NULL);
	can(c, e, out);
	fields(c, e, out);
	states(e, out);
	steps(c, e, out);
	sheet(e, out);
	jout_close(out, '}');
	return RC_OK;
}

/* The organisation an account works for: the room that organisation fields point at. */
static const char *org_title(struct ctx *c, int64_t id)
{
	for (unsigned i = 0; id && i < n_rooms; i++)
		for (unsigned k = 0; k < rooms[i]->n_fields; k++) {
			const struct field *f = &rooms[i]->fields[k];

			if ((f->flags & ORG) && f->type == T_REF && f->ref)
				return record_title(c, f->ref, id);
		}
	return NULL;
}

void meta_user_json(struct ctx *c, struct jout *out)
{
	const struct caller *w = c->who;
	struct account a;
	bool known = w->account && account_get(c, w->account, &a) == RC_OK;

	if (!w->account && !w->holder_record) {
		jout_null(out);
		return;
	}
	jout_open(out, '{');
	jout_key(out, "id");
	jout_id(out, w->account);
	jout_kv(out, "name", w->name);
	jout_kv(out, "label", known ? a.label : w->name);
	jout_kv(out, "role", role_code(w->role));
	jout_kv(out, "role_label", role_label(w->role, w->english));
	jout_kv(out, "region", w->region ? arena_printf(c->arena, "%012lld", (long long)w->region) : NULL);
	jout_kv(out, "region_name", w->region ? place_name(w->region) : NULL);
	jout_kv(out, "region_path", w->region ? place_path(c->arena, w->region) : NULL);
	jout_key(out, "org");
	if (w->org)
		jout_id(out, w->org);
	else
		jout_null(out);
	jout_kv(out, "org_title", org_title(c, w->org));
	jout_kvb(out, "english", w->english);
	jout_close(out, '}');
}

enum rc meta_json(struct ctx *c, struct jout *out)
{
	enum rc rc = RC_OK;

	jout_open(out, '{');
	jout_kv(out, "business_now", time_text(c->arena, c->now));
	jout_kvb(out, "demo", clock_moved());
	jout_kv(out, "version", SANSHE_VERSION);
	jout_key(out, "user");
	meta_user_json(c, out);
	jout_key(out, "rooms");
	jout_open(out, '[');
	for (unsigned i = 0; i < n_rooms && !rc; i++)
		if (visible(c, rooms[i]))
			rc = meta_room_json(c, rooms[i], out);
	jout_close(out, ']');
	jout_close(out, '}');
	return rc;
}
