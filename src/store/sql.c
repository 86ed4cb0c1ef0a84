/* sql.c -- the statements every room needs, made from its table. Owns the order of columns. Refuses values: only ?n. */
#include "store/sql.h"
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const base[N_BASE] = { "id", "city", "county", "region", "state", "version", "form", "back", "entered", "due",
	"imported", "created", "created_by", "updated", "updated_by" };

enum { MAX_COLUMNS = 256 };

bool sql_is_blob(const struct field *f) { return f->cls >= S3; }

static bool hashed(const struct field *f) { return f->cls == S3 && (f->flags & LOOKUP); }

/* Names made of a field's name live as long as the process: rooms are constant, so there are few. */
static const char *hash_name(const struct field *f)
{
	static struct name { const struct field *f; struct name *next; char text[64]; } *known;
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct name *n;

	pthread_mutex_lock(&lock);
	for (n = known; n && n->f != f; n = n->next) {}
	if (!n) {
		if (!(n = calloc(1, sizeof *n)))
			abort();
		n->f = f;
		snprintf(n->text, sizeof n->text, "%s_hash", f->name);
		n->next = known;
		known = n;
	}
	pthread_mutex_unlock(&lock);
	return n->text;
}

unsigned sql_columns(const struct entity *e, const char **names, unsigned max)
{
	unsigned n = 0;

	assert(max >= N_BASE);
	for (; n < N_BASE; n++)
		names[n] = base[n];
	for (unsigned i = 0; i < e->n_fields; i++) {
		assert(n + 2 <= max);
		names[n++] = e->fields[i].name;
		if (hashed(&e->fields[i]))
			names[n++] = hash_name(&e->fields[i]);
	}
	return n;
}

int sql_field_at(const struct entity *e, unsigned field)
{
	int at = N_BASE + (int)field;

	for (unsigned i = 0; i < field; i++)
		at += hashed(&e->fields[i]);
	return at;
}

/* "a, b, c" with `lead` before each name */
static void list(struct buf *b, const struct entity *e, const char *lead)
{
	const char *names[MAX_COLUMNS];
	unsigned n = sql_columns(e, names, MAX_COLUMNS);

	for (unsigned i = 0; i < n; i++)
		buf_printf(b, "%s%s%s", i ? ", " : "", lead, names[i]);
}

/* The texts of a room hang on its name and fields alone, and rooms are constant: each is made once and kept as long as the process. */
enum kept_text { TEXT_SELECT, TEXT_BY_ID, TEXT_LOCKED, TEXT_INSERT, TEXT_UPDATE, TEXT_PAST, N_TEXTS };
struct texts { const char *name; const struct field *fields; unsigned n_fields; struct texts *next; _Atomic(char *) of[N_TEXTS]; };
typedef const char *make_fn(struct arena *, const struct entity *);

static struct texts *texts_in(struct texts *t, const struct entity *e)
{
	while (t && (t->fields != e->fields || t->name != e->name || t->n_fields != e->n_fields))
		t = t->next;
	return t;
}

static struct texts *texts_of(const struct entity *e)
{
	static _Atomic(struct texts *) heads[64];
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	_Atomic(struct texts *) *head = &heads[((uintptr_t)e->fields >> 5) % COUNT(heads)];
	struct texts *t;

	if ((t = texts_in(*head, e)))
		return t;
	pthread_mutex_lock(&lock);
	if (!(t = texts_in(*head, e))) {                   /* nobody made it meanwhile */
		if (!(t = calloc(1, sizeof *t)))
			abort();
		t->name = e->name, t->fields = e->fields, t->n_fields = e->n_fields, t->next = *head;
		*head = t;
	}
	pthread_mutex_unlock(&lock);
	return t;
}

static const char *kept(struct arena *a, const struct entity *e, enum kept_text which, make_fn *make)
{
	_Atomic(char *) *at = &texts_of(e)->of[which];
	char *text = *at, *none = NULL;

	if (text)
		return text;
	if (!(text = strdup(make(a, e))))
		abort();
	if (!atomic_compare_exchange_strong(at, &none, text)) {
		free(text);
		text = none;
	}
	return text;
}

static const char *make_select(struct arena *a, const struct entity *e)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "SELECT ");
	list(&b, e, "x.");
	buf_printf(&b, " FROM %s x", e->name);
	return b.p;
}

/* The city stands in the id: one shard where there are many (R4). */
static const char *make_by_id(struct arena *a, const struct entity *e)
{
	return arena_printf(a, "%s WHERE x.city = ((?1 >> 8) & 16383) AND x.id = ?1", sql_select(a, e));
}

static const char *make_locked(struct arena *a, const struct entity *e)
{
	return arena_printf(a, "%s FOR UPDATE", make_by_id(a, e));
}

static const char *make_insert(struct arena *a, const struct entity *e)
{
	const char *names[MAX_COLUMNS];
	unsigned n = sql_columns(e, names, MAX_COLUMNS);
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "INSERT INTO %s (", e->name);
	list(&b, e, "");
	buf_str(&b, ") VALUES (");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&b, "%s?%u", i ? ", " : "", i + 1);
	buf_str(&b, ")");
	return b.p;
}

/* id and city are written once, never updated (R1): their parameters are given and not used. */
static const char *make_update(struct arena *a, const struct entity *e)
{
	const char *names[MAX_COLUMNS];
	unsigned n = sql_columns(e, names, MAX_COLUMNS);
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "UPDATE %s SET ", e->name);
	for (unsigned i = B_COUNTY; i < n; i++)
		buf_printf(&b, "%s%s = ?%u", i > B_COUNTY ? ", " : "", names[i], i + 1);
	buf_printf(&b, " WHERE city = ((?%u >> 8) & 16383) AND id = ?%u AND version = ?%u", n + 1, n + 1, n + 2);
	return b.p;
}

static const char *make_past(struct arena *a, const struct entity *e)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "INSERT INTO %s_past (", e->name);
	list(&b, e, "");
	buf_str(&b, ", known_to, author) SELECT ");
	list(&b, e, "x.");
	buf_printf(&b, ", ?2, ?3 FROM %s x WHERE x.city = ((?1 >> 8) & 16383) AND x.id = ?1", e->name);
	return b.p;
}

const char *sql_select(struct arena *a, const struct entity *e)    { return kept(a, e, TEXT_SELECT, make_select); }
const char *sql_insert(struct arena *a, const struct entity *e)    { return kept(a, e, TEXT_INSERT, make_insert); }
const char *sql_update(struct arena *a, const struct entity *e)    { return kept(a, e, TEXT_UPDATE, make_update); }
const char *sql_keep_past(struct arena *a, const struct entity *e) { return kept(a, e, TEXT_PAST, make_past); }
const char *sql_by_id(struct arena *a, const struct entity *e, bool lock, enum store_kind kind)
{
	return lock && kind == STORE_POSTGRES ? kept(a, e, TEXT_LOCKED, make_locked) : kept(a, e, TEXT_BY_ID, make_by_id);
}

/* Is `column` one of the "table.a, table.b" that SQLite names? */
static bool in_list(const char *message, const char *column, size_t n)
{
	for (const char *s = message; s && *s; s = strchr(s, ',')) {
		const char *dot;
		size_t len;

		s += strspn(s, ", ");
		len = strcspn(s, ",");
		dot = memchr(s, '.', len);
		if (dot && (size_t)(s + len - dot - 1) == n && !strncmp(dot + 1, column, n))
			return true;
	}
	return false;
}

static const struct field *named(const struct entity *e, const char *name, size_t n)
{
	for (unsigned i = 0; i < e->n_fields; i++)
		if (strlen(e->fields[i].name) == n && !strncmp(e->fields[i].name, name, n))
			return &e->fields[i];
	return NULL;
}

/* All columns of the hold and the city, nothing else. */
static bool same_columns(const struct entity *e, const struct hold *h, const char *message)
{
	unsigned want = 1, have = 1;

	for (const char *s = message; (s = strchr(s, ',')); s++)
		have++;
	for (const char *s = h->what; *s;) {
		size_t n = strcspn(s, ", ");
		const struct field *f = named(e, s, n);
		const char *column = f && hashed(f) ? hash_name(f) : NULL;

		if (!(column ? in_list(message, column, strlen(column)) : in_list(message, s, n)))
			return false;
		want += strncmp(s, "city", n) || n != 4;
		s += n + strspn(s + n, ", ");
	}
	return want == have;
}

const struct hold *sql_hold_of(const struct entity *e, const char *constraint)
{
	size_t n = strlen(e->name);

	if (!constraint)
		return NULL;
	if (!strncmp(constraint, e->name, n) && constraint[n] == '_')
		for (unsigned i = 0; i < e->n_holds; i++)
			if (!strcmp(constraint + n + 1, e->holds[i].name))
				return &e->holds[i];
	if (strncmp(constraint, e->name, n) || constraint[n] != '.')
		return NULL;
	for (unsigned i = 0; i < e->n_holds; i++)
		if (e->holds[i].kind == UNIQUE && same_columns(e, &e->holds[i], constraint))
			return &e->holds[i];
	return NULL;
}
