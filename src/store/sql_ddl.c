/* sql_ddl.c -- the table of a room: columns, checks, references (R1-R5). Owns the names of constraints; each has one.
 * Refuses triggers, sequences, row policies (R13): what cannot be said here is said by the engine. */
#include "store/shape.h"
#include <string.h>

void items_add(struct arena *a, struct items *l, const char *name, const char *sql)
{
	if (l->n == l->cap) {
		struct item *more;

		l->cap = l->cap ? l->cap * 2 : 32;
		more = arena_alloc(a, l->cap * sizeof *more);
		if (l->n)
			memcpy(more, l->at, l->n * sizeof *more);
		l->at = more;
	}
	l->at[l->n++] = (struct item){ name, sql };
}

const char *shape_type(char c, enum store_kind kind)
{
	bool pg = kind == STORE_POSTGRES;

	switch (c) {
	case 'i': return "INTEGER";
	case 'l': return pg ? "BIGINT" : "INTEGER";
	case 'b': return pg ? "BYTEA" : "BLOB";
	case 'a': return "TEXT[]";
	default:  return "TEXT";
	}
}

static char type_of(const struct field *f)
{
	if (sql_is_blob(f))
		return 'b';
	switch (f->type) {
	case T_INT: case T_FEN: case T_BP: case T_TIME: case T_REF: case T_DIVISION: case T_FILE:
		return 'l';
	case T_BOOL: case T_DATE: case T_CLOCK:
		return 'i';
	default:
		return 't';
	}
}

static bool ranged(const struct field *f)
{
	return !sql_is_blob(f) && (f->type == T_INT || f->type == T_FEN || f->type == T_BP) && (f->min || f->max);
}

/* A reference the database itself can keep: both rows in one city by rule, and the other is no reference table. */
static bool kept(const struct field *f)
{
	return f->type == T_REF && f->ref && !sql_is_blob(f) && !(f->flags & SOFT) && !(f->ref->flags & (EVERYWHERE | SHEET));
}

static const char *range(struct arena *a, const struct field *f)
{
	if (f->type == T_BOOL)
		return arena_printf(a, "(%s IN (0, 1))", f->name);
	return f->max ? arena_printf(a, "(%s BETWEEN %lld AND %lld)", f->name, (long long)f->min, (long long)f->max)
		: arena_printf(a, "(%s >= %lld)", f->name, (long long)f->min);
}

static void base_columns(struct arena *a, const struct entity *e, enum store_kind kind, bool past, struct items *l)
{
	static const struct { const char *name; char type; bool must; } base[N_BASE] = {
		{ "id", 'l', true }, { "city", 'i', true }, { "county", 'i', true }, { "region", 'l', true }, { "state", 't', true },
		{ "version", 'i', true }, { "form", 'i', true }, { "back", 't', false }, { "entered", 'l', true }, { "due", 'i', false },
		{ "imported", 'i', true }, { "created", 'l', true }, { "created_by", 'l', true }, { "updated", 'l', true }, { "updated_by", 'l', true },
	};

	for (unsigned i = 0; i < N_BASE; i++) {
		const char *key = i == B_ID && kind == STORE_SQLITE && !past ? arena_printf(a, " CONSTRAINT %s_pk PRIMARY KEY", e->name) : "";

		items_add(a, l, base[i].name, arena_printf(a, "%s %s%s%s", base[i].name, shape_type(base[i].type, kind), base[i].must ? " NOT NULL" : "", key));
	}
}

/* In SQLite a later column brings its own reference and range: constraints cannot be added to a table there. */
static void field_columns(struct arena *a, const struct entity *e, enum store_kind kind, bool past, struct items *l)
{
	const char *names[300];

	sql_columns(e, names, COUNT(names));
	for (unsigned i = 0; i < e->n_fields; i++) {
		const struct field *f = &e->fields[i];
		struct buf b;
		const char *hash = names[sql_field_at(e, i) + 1];

		buf_init(&b, a);
		buf_printf(&b, "%s %s", f->name, shape_type(type_of(f), kind));
		if (!past && kind == STORE_SQLITE && kept(f))
			buf_printf(&b, " CONSTRAINT %s_%s_ref REFERENCES %s (id)", e->name, f->name, f->ref->name);
		if (!past && kind == STORE_SQLITE && (ranged(f) || f->type == T_BOOL))
			buf_printf(&b, " CONSTRAINT %s_%s_range CHECK %s", e->name, f->name, range(a, f));
		items_add(a, l, f->name, b.p);
		if (sql_field_at(e, i + 1) > sql_field_at(e, i) + 1)
			items_add(a, l, hash, arena_printf(a, "%s %s", hash, shape_type('b', kind)));
	}
}

static void check(struct arena *a, const struct entity *e, struct items *l, const char *name, const char *what)
{
	name = arena_printf(a, "%s_%s", e->name, name);
	items_add(a, l, name, arena_printf(a, "CONSTRAINT %s CHECK (%s)", name, what));
}

static void checks(struct arena *a, const struct entity *e, enum store_kind kind, struct items *l)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "state IN (");
	for (unsigned i = 0; i < e->n_states; i++)
		buf_printf(&b, "%s'%s'", i ? ", " : "", e->states[i].code);
	buf_str(&b, e->n_states ? ")" : "'active')");
	check(a, e, l, "city_in_id", "city = ((id >> 8) & 16383)");
	check(a, e, l, "state_known", b.p);
	for (unsigned i = 0; kind == STORE_POSTGRES && i < e->n_fields; i++)
		if (ranged(&e->fields[i]) || (e->fields[i].type == T_BOOL && !sql_is_blob(&e->fields[i])))
			check(a, e, l, arena_printf(a, "%s_range", e->fields[i].name), range(a, &e->fields[i]));
	for (unsigned i = 0; i < e->n_holds; i++)
		if (e->holds[i].kind == CHECK)
			check(a, e, l, e->holds[i].name, e->holds[i].what);
}

static void refs(struct arena *a, const struct entity *e, struct items *l)
{
	for (unsigned i = 0; i < e->n_fields; i++) {
		const struct field *f = &e->fields[i];
		const char *name = arena_printf(a, "%s_%s_ref", e->name, f->name);

		if (kept(f))
			items_add(a, l, name, arena_printf(a, "CONSTRAINT %s FOREIGN KEY (city, %s) REFERENCES %s (city, id)"
				" DEFERRABLE INITIALLY IMMEDIATE", name, f->name, f->ref->name));
	}
}

static bool has_words(const struct entity *e)
{
	for (unsigned i = 0; i < e->n_fields; i++)
		if (e->fields[i].flags & SEARCH)
			return true;
	return false;
}

static void words(struct arena *a, const struct entity *e, enum store_kind kind, struct shape *s)
{
	const char *table = s->table = arena_printf(a, "%s_find", e->name);

	if (kind == STORE_SQLITE) {
		s->whole = arena_printf(a, "CREATE VIRTUAL TABLE IF NOT EXISTS %s USING fts5(tokens, content='', columnsize=0, detail=none,"
			" tokenize='unicode61 remove_diacritics 0')", table);
		return;
	}
	items_add(a, &s->columns, "city", "city INTEGER NOT NULL");
	items_add(a, &s->columns, "id", "id BIGINT NOT NULL");
	items_add(a, &s->columns, "tokens", "tokens TEXT[] NOT NULL");
	s->key = arena_printf(a, "CONSTRAINT %s_pk PRIMARY KEY (city, id)", table);
	items_add(a, &s->indexes, arena_printf(a, "%s_ix", table), arena_printf(a, "CREATE INDEX %s_ix ON %s USING gin (tokens)", table, table));
}

unsigned shape_room(struct arena *a, const struct entity *e, enum store_kind kind, struct shape out[ROOM_TABLES])
{
	const char *tail = kind == STORE_SQLITE ? " STRICT" : "";
	unsigned n = 0;

	if (e->flags & SHEET)
		return 0;
	out[n] = (struct shape){ .table = e->name, .tail = tail };
	base_columns(a, e, kind, false, &out[n].columns);
	field_columns(a, e, kind, false, &out[n].columns);
	checks(a, e, kind, &out[n].checks);
	if (kind == STORE_POSTGRES) {
		out[n].key = arena_printf(a, "CONSTRAINT %s_pk PRIMARY KEY (city, id)", e->name);
		refs(a, e, &out[n].refs);
	}
	shape_indexes(a, e, kind, &out[n++].indexes);
	if (!(e->flags & APPEND_ONLY)) {
		out[n] = (struct shape){ .table = arena_printf(a, "%s_past", e->name), .tail = tail };
		base_columns(a, e, kind, true, &out[n].columns);
		field_columns(a, e, kind, true, &out[n].columns);
		items_add(a, &out[n].columns, "known_to", arena_printf(a, "known_to %s NOT NULL", shape_type('l', kind)));
		items_add(a, &out[n].columns, "author", arena_printf(a, "author %s NOT NULL", shape_type('l', kind)));
		out[n].key = arena_printf(a, "CONSTRAINT %s_past_pk PRIMARY KEY (city, id, version)", e->name);
		n++;
	}
	if (has_words(e)) {
		out[n] = (struct shape){ .tail = "" };
		words(a, e, kind, &out[n++]);
	}
	return n;
}

void shape_create(struct buf *b, const struct shape *s, const char *name, const struct items *more)
{
	if (s->whole) {
		buf_str(b, s->whole);
		return;
	}
	buf_printf(b, "CREATE TABLE IF NOT EXISTS %s (", name);
	for (unsigned i = 0; i < s->columns.n; i++)
		buf_printf(b, "%s\n  %s", i ? "," : "", s->columns.at[i].sql);
	for (unsigned i = 0; more && i < more->n; i++)
		buf_printf(b, ",\n  %s", more->at[i].sql);
	if (s->key)
		buf_printf(b, ",\n  %s", s->key);
	for (unsigned i = 0; i < s->checks.n; i++)
		buf_printf(b, ",\n  %s", s->checks.at[i].sql);
	buf_printf(b, "\n)%s", s->tail);
}

const char *sql_tables(struct arena *a, const struct entity *e, enum store_kind kind)
{
	struct shape s[ROOM_TABLES];
	unsigned n = shape_room(a, e, kind, s);
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "");
	for (unsigned i = 0; i < n; i++) {
		shape_create(&b, &s[i], s[i].table, NULL);
		buf_str(&b, ";\n");
	}
	return b.p;
}

const char *sql_indexes(struct arena *a, const struct entity *e, enum store_kind kind)
{
	struct shape s[ROOM_TABLES];
	unsigned n = shape_room(a, e, kind, s);
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "");
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < s[i].indexes.n; k++)
			buf_printf(&b, "%s;\n", s[i].indexes.at[k].sql);
		for (unsigned k = 0; k < s[i].refs.n; k++)
			buf_printf(&b, "ALTER TABLE %s ADD %s;\n", s[i].table, s[i].refs.at[k].sql);
	}
	return b.p;
}
