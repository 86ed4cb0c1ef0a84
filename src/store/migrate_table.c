/* migrate_table.c -- one table, from what it is to what it should be. Adds columns and indexes; changes checks, in SQLite by
 * building the table anew. Never drops a column or a row: a column no room names any more stays with its values. */
#include "store/driver.h"
#include "store/shape.h"
#include <stdio.h>
#include <string.h>

uint64_t shape_hash(const char *s)
{
	uint64_t h = UINT64_C(1469598103934665603);

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return h;
}

static void lines(struct buf *b, char mark, const struct items *l)
{
	for (unsigned i = 0; i < l->n; i++)
		buf_printf(b, "%c %s %016llx\n", mark, l->at[i].name, (unsigned long long)shape_hash(l->at[i].sql));
}

const char *shape_text(struct arena *a, const struct shape *s, bool with_refs)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "");
	lines(&b, 'c', &s->columns);
	lines(&b, 'k', &s->checks);
	lines(&b, 'i', &s->indexes);
	if (with_refs)
		lines(&b, 'r', &s->refs);
	return b.p;
}

/* -1 not there, 0 there but different, 1 the same */
static int has(struct arena *a, const char *known, char mark, const struct item *it)
{
	const char *line = arena_printf(a, "%c %s ", mark, it->name), *at = known;

	while ((at = strstr(at, line)) && at != known && at[-1] != '\n')
		at++;
	return !at ? -1 : !strncmp(at + strlen(line), arena_printf(a, "%016llx", (unsigned long long)shape_hash(it->sql)), 16);
}

/* Calls drop for each known part of this kind that is not wanted (as it is) any more. */
static enum rc gone(struct tx *tx, struct arena *a, const char *known, char mark, const struct items *l, const char *drop)
{
	enum rc rc = RC_OK;

	for (const char *s = known; *s && !rc; s += strcspn(s, "\n"), s += *s == '\n') {
		size_t n = strcspn(s + 2, " ");
		const char *name;
		bool keep = false;

		if (*s != mark)
			continue;
		name = arena_strndup(a, s + 2, n);
		for (unsigned i = 0; i < l->n; i++)
			keep = keep || (!strcmp(l->at[i].name, name) && has(a, known, mark, &l->at[i]) == 1);
		if (!keep)
			rc = tx_script(tx, arena_printf(a, "%s %s", drop, name));
	}
	return rc;
}

static bool same_set(struct arena *a, const char *known, char mark, const struct items *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++)
		if (has(a, known, mark, &l->at[i]) != 1)
			return false;
	for (const char *s = known; *s; s += strcspn(s, "\n"), s += *s == '\n')
		n += *s == mark;
	return n == l->n;
}

static enum rc indexes(struct tx *tx, struct arena *a, const struct shape *s, const char *known)
{
	enum rc rc = gone(tx, a, known, 'i', &s->indexes, "DROP INDEX IF EXISTS");

	for (unsigned i = 0; i < s->indexes.n && !rc; i++)
		if (has(a, known, 'i', &s->indexes.at[i]) != 1)
			rc = tx_script(tx, s->indexes.at[i].sql);
	return rc;
}

static enum rc create(struct tx *tx, struct arena *a, const struct shape *s, const char *name, const struct items *more)
{
	struct buf b;

	buf_init(&b, a);
	shape_create(&b, s, name, more);
	return tx_script(tx, b.p);
}

static const struct item *find(const struct items *l, const char *name)
{
	for (unsigned i = 0; i < l->n; i++)
		if (!strcmp(l->at[i].name, name))
			return &l->at[i];
	return NULL;
}

/* Columns the table has: those to copy, and those nobody names any more, with their types. */
static enum rc old_columns(struct tx *tx, struct arena *a, const struct shape *s, struct buf *names, struct items *more)
{
	const struct value table = value_text(s->table), *v;
	struct rows *r;
	enum rc rc = tx_query(tx, "SELECT name, type FROM pragma_table_info(?1) ORDER BY cid", &table, 1, &r);

	if (rc)
		return rc;
	while (rows_next(r, &v)) {
		const char *name = arena_strdup(a, v[0].s);

		buf_printf(names, "%s%s", names->n ? ", " : "", name);
		if (!find(&s->columns, name))
			items_add(a, more, name, arena_printf(a, "%s %s", name, v[1].s));
	}
	return rows_end(r);
}

/* SQLite cannot change a constraint: the table is built anew. References of other tables keep pointing to its name. */
static enum rc rebuild(struct tx *tx, struct arena *a, const struct shape *s)
{
	const char *fresh = arena_printf(a, "%s_new", s->table);
	struct items more = { 0 };
	struct buf names;
	struct rows *r;
	const struct value *v;
	bool bad;
	enum rc rc;

	buf_init(&names, a);
	if ((rc = old_columns(tx, a, s, &names, &more)) || (rc = create(tx, a, s, fresh, &more)))
		return rc;
	if ((rc = tx_script(tx, arena_printf(a, "INSERT INTO %s (%s) SELECT %s FROM %s", fresh, names.p, names.p, s->table)))
	    || (rc = tx_script(tx, arena_printf(a, "DROP TABLE %s; ALTER TABLE %s RENAME TO %s", s->table, fresh, s->table)))
	    || (rc = indexes(tx, a, s, ""))
	    || (rc = tx_query(tx, arena_printf(a, "SELECT 1 FROM pragma_foreign_key_check('%s')", s->table), NULL, 0, &r)))
		return rc;
	bad = rows_next(r, &v);
	rc = rows_end(r);
	return rc ? rc : bad ? RC_CONFLICT : RC_OK;
}

static enum rc checks_postgres(struct tx *tx, struct arena *a, const struct shape *s, const char *known)
{
	enum rc rc = gone(tx, a, known, 'k', &s->checks, arena_printf(a, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS", s->table));

	for (unsigned i = 0; i < s->checks.n && !rc; i++)
		if (has(a, known, 'k', &s->checks.at[i]) != 1)
			rc = tx_script(tx, arena_printf(a, "ALTER TABLE %s ADD %s", s->table, s->checks.at[i].sql));
	return rc;
}

static enum rc columns(struct tx *tx, struct arena *a, const struct shape *s, const char *known)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < s->columns.n && !rc; i++) {
		const struct item *it = &s->columns.at[i];
		int there = has(a, known, 'c', it);

		if (there < 0)
			rc = tx_script(tx, arena_printf(a, "ALTER TABLE %s ADD COLUMN %s", s->table, it->sql));
		else if (!there) {                         /* PostgreSQL: another type; refused where values do not fit */
			const char *type = arena_strndup(a, it->sql + strlen(it->name) + 1, strcspn(it->sql + strlen(it->name) + 1, " "));

			rc = tx_script(tx, arena_printf(a, "ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s::%s", s->table, it->name, type, it->name, type));
		}
	}
	return rc;
}

enum rc shape_apply(struct tx *tx, struct arena *a, const struct shape *s, const char *known, bool *rebuilt)
{
	bool sqlite = store_kind(tx_store(tx)) == STORE_SQLITE, changed = false;
	enum rc rc;

	if (!known)
		return (rc = create(tx, a, s, s->table, NULL)) ? rc : indexes(tx, a, s, "");
	if (s->whole)
		return RC_OK;
	for (unsigned i = 0; i < s->columns.n; i++)
		changed = changed || !has(a, known, 'c', &s->columns.at[i]);
	if (sqlite && (changed || !same_set(a, known, 'k', &s->checks))) {
		*rebuilt = true;
		return rebuild(tx, a, s);
	}
	if ((rc = columns(tx, a, s, known)))
		return rc;
	if (!sqlite && (rc = checks_postgres(tx, a, s, known)))
		return rc;
	return indexes(tx, a, s, known);
}

enum rc shape_refs(struct tx *tx, struct arena *a, const struct shape *s, const char *known)
{
	enum rc rc = gone(tx, a, known, 'r', &s->refs, arena_printf(a, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS", s->table));

	for (unsigned i = 0; i < s->refs.n && !rc; i++)
		if (has(a, known, 'r', &s->refs.at[i]) != 1)
			rc = tx_script(tx, arena_printf(a, "ALTER TABLE %s ADD %s", s->table, s->refs.at[i].sql));
	return rc;
}
