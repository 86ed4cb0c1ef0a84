/* migrate.c -- at start: is the database of this program's shape, and if not, makes it so. Each table is one transaction with
 * its line in schema_info, so a start killed anywhere is finished by the next one, and two servers starting together wait for
 * each other on the row 'lock'. Refuses a newer database. */
#include "base/log.h"
#include "store/driver.h"
#include "store/migrate.h"
#include "store/shape.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Numbered from 2 on, in order, never edited after release. */
static const struct migration steps[] = { { 0, NULL, NULL } };
enum { NEWEST = 1 };
const int schema_version = NEWEST;

struct work {
	struct store *store; struct arena *arena; struct tx tx;
	struct shape *shapes; unsigned n;
	const char *what;                                 /* being changed, for the sentence when it fails */
};

static struct shape *all_shapes(struct arena *a, enum store_kind kind, const struct entity *const *rooms, unsigned n_rooms, unsigned *n)
{
	unsigned n_system;
	struct shape *system = shape_system(a, kind, &n_system), *all = arena_alloc(a, (n_system + n_rooms * ROOM_TABLES) * sizeof *all);

	memcpy(all, system, n_system * sizeof *all);
	*n = n_system;
	for (unsigned i = 0; i < n_rooms; i++)
		*n += shape_room(a, rooms[i], kind, all + *n);
	return all;
}

static const char *whole_text(struct arena *a, const struct shape *s, unsigned n)
{
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&b, "%s %s\n%s", s[i].table, s[i].whole ? s[i].whole : "", shape_text(a, &s[i], true));
	return arena_printf(a, "%016llx", (unsigned long long)shape_hash(b.p));
}

static enum rc info_get(struct tx *tx, struct arena *a, const char *key, const char **value)
{
	const struct value k = value_text(key), *v;
	struct rows *r;
	enum rc rc = tx_query(tx, "SELECT value FROM schema_info WHERE key = ?1", &k, 1, &r);

	*value = NULL;
	if (rc)
		return rc;
	if (rows_next(r, &v))
		*value = arena_strdup(a, v[0].s);
	return rows_end(r);
}

static enum rc info_put(struct tx *tx, const char *key, const char *value)
{
	const struct value v[] = { value_text(key), value_text(value) };

	return tx_exec(tx, "INSERT INTO schema_info (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", v, 2, NULL);
}

typedef enum rc step_fn(struct work *, void *arg);

/* One step in one transaction, alone among all that migrate this database. */
static enum rc step(struct work *w, step_fn *fn, void *arg)
{
	const struct driver *d = w->store->driver;
	struct conn *c = w->tx.conn;
	enum rc rc = d->begin(c);

	w->tx = (struct tx){ .store = w->store, .conn = c, .marks = true };
	if (!rc && d->kind == STORE_POSTGRES && fn)
		rc = tx_exec(&w->tx, "SELECT value FROM schema_info WHERE key = 'lock' FOR UPDATE", NULL, 0, NULL);
	if (!rc && !(rc = fn(w, arg)) && !(rc = w->tx.broken))
		rc = d->commit(c);
	tx_end_rows(c);
	d->rollback(c);
	return rc;
}

static enum rc bootstrap(struct work *w)
{
	const struct driver *d = w->store->driver;
	struct conn *c = w->tx.conn;
	struct buf b;
	enum rc rc = RC_STORE;

	buf_init(&b, w->arena);
	for (unsigned i = 0; i < 2; i++) {                 /* schema_info, writer_lease */
		shape_create(&b, &w->shapes[i], w->shapes[i].table, NULL);
		buf_str(&b, ";\n");
	}
	buf_str(&b, "INSERT INTO schema_info (key, value) VALUES ('lock', '') ON CONFLICT DO NOTHING;\n");
	for (unsigned i = 0; i < 5; i++) {                 /* two servers may create them at once: one of them is told no */
		const struct timespec pause = { .tv_nsec = 50000000L };

		w->tx = (struct tx){ .store = w->store, .conn = c, .marks = true };
		if (!(rc = d->begin(c)) && !(rc = tx_script(&w->tx, b.p)) && !(rc = d->commit(c)))
			return RC_OK;
		d->rollback(c);
		nanosleep(&pause, NULL);
	}
	return rc;
}

static enum rc one_table(struct work *w, void *arg)
{
	const struct shape *s = arg;
	const char *key = arena_printf(w->arena, "table:%s", s->table), *known, *now = shape_text(w->arena, s, false);
	bool rebuilt = false;
	enum rc rc = info_get(&w->tx, w->arena, key, &known);

	if (rc || (known && !strcmp(known, now)))
		return rc;
	if ((rc = shape_apply(&w->tx, w->arena, s, known, &rebuilt)))
		return rc;
	if (known)
		log_event(LOG_INFO, "migrate", "table %s %s", s->table, rebuilt ? "built anew" : "changed");
	return info_put(&w->tx, key, now);
}

static enum rc one_refs(struct work *w, void *arg)
{
	const struct shape *s = arg;
	const char *key = arena_printf(w->arena, "refs:%s", s->table), *known, *now;
	struct shape only = { .refs = s->refs };
	enum rc rc = info_get(&w->tx, w->arena, key, &known);

	now = shape_text(w->arena, &only, true);
	if (rc || !strcmp(known ? known : "", now))
		return rc;
	return (rc = shape_refs(&w->tx, w->arena, s, known ? known : "")) ? rc : info_put(&w->tx, key, now);
}

static enum rc one_number(struct work *w, void *arg)
{
	const struct migration *m = arg;
	const char *version, *sql = w->store->driver->kind == STORE_POSTGRES && m->postgres ? m->postgres : m->sqlite;
	const struct value *v;
	struct rows *r;
	bool bad = false;
	enum rc rc = info_get(&w->tx, w->arena, "version", &version);

	if (rc || (version && strtol(version, NULL, 10) >= m->number))
		return rc;
	if ((rc = tx_script(&w->tx, sql)))
		return rc;
	if (w->store->driver->kind == STORE_SQLITE) {
		if ((rc = tx_query(&w->tx, "SELECT 1 FROM pragma_foreign_key_check", NULL, 0, &r)))
			return rc;
		bad = rows_next(r, &v);
		rc = rows_end(r);
	}
	return rc ? rc : bad ? RC_CONFLICT : info_put(&w->tx, "version", arena_printf(w->arena, "%d", m->number));
}

struct finish { const char *version, *shape; };

static enum rc finish(struct work *w, void *arg)
{
	struct finish *f = arg;
	enum rc rc = info_put(&w->tx, "version", f->version);

	return rc ? rc : info_put(&w->tx, "shape", f->shape);
}

static enum rc look(struct work *w, void *arg)
{
	return info_get(&w->tx, w->arena, "version", arg);
}

static enum rc fail(struct work *w, enum rc rc, const char **why)
{
	snprintf(w->store->said, sizeof w->store->said, "升级数据库时在“%s”处停下，已做完的部分保留，未做的没有改动：%.300s", w->what,
		*w->tx.conn->message ? w->tx.conn->message : "数据不满足新的约束");
	*why = w->store->said;
	return rc == RC_BUSY ? rc : RC_STORE;
}

static enum rc all_steps(struct work *w, const struct migration *m, unsigned n_steps, int newest, const char **why)
{
	const char *version = NULL;
	struct finish end = { arena_printf(w->arena, "%d", newest), whole_text(w->arena, w->shapes, w->n) };
	enum rc rc;

	w->what = "schema_info";
	if ((rc = bootstrap(w)) || (rc = step(w, look, &version)))
		return fail(w, rc, why);
	if (version && strtol(version, NULL, 10) > newest) {
		snprintf(w->store->said, sizeof w->store->said,
			"数据库由更新的程序建立（数据库版本 %s，本程序 %d），请换用新版程序", version, newest);
		*why = w->store->said;
		return RC_STORE;
	}
	for (unsigned i = 0; i < w->n; i++)
		if (w->what = w->shapes[i].table, (rc = step(w, one_table, &w->shapes[i])))
			return fail(w, rc, why);
	for (unsigned i = 0; i < w->n && w->store->driver->kind == STORE_POSTGRES; i++)
		if (w->what = w->shapes[i].table, (rc = step(w, one_refs, &w->shapes[i])))
			return fail(w, rc, why);
	for (unsigned i = 0; version && i < n_steps; i++) {   /* a new database has no data to move */
		struct migration one = m[i];

		w->what = arena_printf(w->arena, "迁移 %d", one.number);
		if (one.number && (rc = step(w, one_number, &one)))
			return fail(w, rc, why);
	}
	w->what = "schema_info";
	return (rc = step(w, finish, &end)) ? fail(w, rc, why) : RC_OK;
}

enum rc migrate_steps(struct store *st, const struct entity *const *rooms, unsigned n, const struct migration *m, unsigned n_steps, int newest,
	const char **why)
{
	struct work w = { .store = st, .arena = arena_new(0) };
	enum rc rc = RC_STORE;

	w.shapes = all_shapes(w.arena, st->driver->kind, rooms, n, &w.n);
	if ((w.tx.conn = st->driver->connect(st, true, why))) {
		if (st->driver->kind == STORE_SQLITE)      /* or building a table anew would empty those that point to it */
			(void)st->driver->script(w.tx.conn, "PRAGMA foreign_keys=OFF");
		rc = all_steps(&w, m, n_steps, newest, why);
		st->driver->close(w.tx.conn);
	}
	arena_free(w.arena);
	return rc;
}

enum rc migrate_run(struct store *st, const struct entity *const *rooms, unsigned n, const char **why)
{
	return migrate_steps(st, rooms, n, steps, COUNT(steps), schema_version, why);
}

struct stand { struct arena *arena; const char *version, *shape; };

static enum rc read_state(struct tx *tx, void *arg)
{
	struct stand *s = arg;
	const struct value *v;
	struct rows *r;
	bool there;
	enum rc rc = tx_query(tx, store_kind(tx_store(tx)) == STORE_SQLITE ? "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_info'"
		: "SELECT CASE WHEN to_regclass('schema_info') IS NULL THEN 0 ELSE 1 END", NULL, 0, &r);

	if (rc)
		return rc;
	there = rows_next(r, &v) && v[0].i;
	if ((rc = rows_end(r)) || !there)
		return rc;
	return (rc = info_get(tx, s->arena, "version", &s->version)) ? rc : info_get(tx, s->arena, "shape", &s->shape);
}

/* A newer database needs it too: migrate_run then says why it refuses. */
bool migrate_needed(struct store *st, const struct entity *const *rooms, unsigned n)
{
	struct stand s = { .arena = arena_new(0) };
	unsigned n_shapes;
	struct shape *shapes = all_shapes(s.arena, st->driver->kind, rooms, n, &n_shapes);
	bool needed = store_read(st, read_state, &s) || !s.version || !s.shape || strtol(s.version, NULL, 10) != schema_version
		|| strcmp(s.shape, whole_text(s.arena, shapes, n_shapes)) != 0;

	arena_free(s.arena);
	return needed;
}

bool migrate_newer(struct store *st)
{
	struct stand s = { .arena = arena_new(0) };
	bool newer = !store_read(st, read_state, &s) && s.version && strtol(s.version, NULL, 10) > schema_version;

	arena_free(s.arena);
	return newer;
}
