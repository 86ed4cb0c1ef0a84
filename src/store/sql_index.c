/* sql_index.c -- the indexes of a room: for its lists, its terms, its references, its exact searches, and what must be unique
 * (R6: together with the city). The city stands last: then a question that does not name it is answered by the index too. */
#include "store/shape.h"
#include <string.h>

static void add(struct arena *a, const struct entity *e, struct items *l, const char *unique, const char *name, const char *columns, const char *where)
{
	name = arena_printf(a, "%s_%s", e->name, name);
	items_add(a, l, name, arena_printf(a, "CREATE %sINDEX %s ON %s (%s)%s%s", unique, name, e->name, columns, where ? " WHERE " : "", where ? where : ""));
}

static const struct field *named(const struct entity *e, const char *name, size_t n)
{
	for (unsigned i = 0; i < e->n_fields; i++)
		if (strlen(e->fields[i].name) == n && !strncmp(e->fields[i].name, name, n))
			return &e->fields[i];
	return NULL;
}

/* "a, b, city" of a list separated by blanks or commas; a personal field is unique by its keyed hash. An expression stays as it is. */
static const char *columns(struct arena *a, const struct entity *e, const char *list)
{
	bool city = false;
	struct buf b;

	buf_init(&b, a);
	if (strpbrk(list, "(|+-*/'"))
		return arena_printf(a, "%s, city", list);
	for (const char *s = list; *s;) {
		size_t n = strcspn(s, ", ");
		const struct field *f = named(e, s, n);

		buf_printf(&b, "%s%.*s%s, ", "", (int)n, s, f && sql_is_blob(f) ? "_hash" : "");
		city = city || (n == 4 && !strncmp(s, "city", 4));
		s += n + strspn(s + n, ", ");
	}
	if (!city)
		buf_str(&b, "city, ");
	return arena_strndup(a, b.p, b.n - 2);
}

static void of_lists(struct arena *a, const struct entity *e, enum store_kind kind, struct items *l)
{
	bool due = false;

	if (!(e->flags & EVERYWHERE)) {
		add(a, e, l, "", "county_ix", "city, county, state, id", NULL);
		add(a, e, l, "", "region_ix", "city, region, state, id", NULL);
	}
	if (kind == STORE_POSTGRES)                        /* newest first over all cities; in SQLite the rowid is that order */
		add(a, e, l, "", "id_ix", "id", NULL);
	add(a, e, l, "", "state_ix", "state, id", NULL);
	for (unsigned i = 0; i < e->n_states; i++)
		due = due || e->states[i].due;
	if (due) {
		add(a, e, l, "", "due_ix", "city, county, due", "due IS NOT NULL");
		add(a, e, l, "", "late_ix", "state, due", "due IS NOT NULL");   /* what lapses today, everywhere */
	}
}

/* Rows that point here are in one city by rule, so the reference alone finds them; ids keep their order behind it. */
static void of_fields(struct arena *a, const struct entity *e, enum store_kind kind, struct items *l)
{
	for (unsigned i = 0; i < e->n_fields; i++) {
		const struct field *f = &e->fields[i];
		const char *name = arena_printf(a, "%s_ix", f->name);

		if (f->cls == S3 && (f->flags & LOOKUP))
			add(a, e, l, "", arena_printf(a, "%s_hash_ix", f->name), arena_printf(a, "%s_hash, city", f->name), NULL);
		else if (sql_is_blob(f))
			continue;
		else if (f->type == T_REF)
			add(a, e, l, "", name, kind == STORE_SQLITE ? f->name : arena_printf(a, "%s, id", f->name), NULL);
		else if (f->flags & LOOKUP)
			add(a, e, l, "", name, arena_printf(a, "%s, city", f->name), NULL);
		else if (f->type == T_DATE && (f->flags & LIST))
			add(a, e, l, "", name, arena_printf(a, "city, %s", f->name), NULL);
		if (!strcmp(f->name, "no") && !(e->key && !strcmp(e->key, "no")))
			add(a, e, l, "UNIQUE ", "no", "no, city", NULL);
	}
}

void shape_indexes(struct arena *a, const struct entity *e, enum store_kind kind, struct items *l)
{
	of_lists(a, e, kind, l);
	of_fields(a, e, kind, l);
	if (e->key)
		add(a, e, l, "UNIQUE ", "key", columns(a, e, e->key), NULL);
	for (unsigned i = 0; i < e->n_holds; i++)
		if (e->holds[i].kind == UNIQUE)
			add(a, e, l, "UNIQUE ", e->holds[i].name, columns(a, e, e->holds[i].what), e->holds[i].where);
}
