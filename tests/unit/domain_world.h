/* domain_world.h -- a database with all rooms, two counties' worth of divisions and the rules' defaults, and requests by each role. */
#pragma once
#include "base/clock.h"
#include "engine/access.h"
#include "engine/flow.h"
#include "engine/more.h"
#include "store/migrate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char world_divisions[] = "code,name,level,parent_code,kind,liaoxibei\n"
	"210000000000,辽宁省,1,,province,0\n210100000000,沈阳市,2,210000000000,city,0\n210102000000,和平区,3,210100000000,district,0\n"
	"210102021000,测试街道,4,210102000000,subdistrict,0\n210102021003,测试社区,5,210102021000,residents,0\n"
	"210102021004,另一社区,5,210102021000,residents,0\n"
	"210200000000,大连市,2,210000000000,city,0\n210202000000,中山区,3,210200000000,district,0\n";
static const int64_t COMMUNITY_AT = 210102021003, STREET_AT = 210102021000, COUNTY_AT = 210102000000, CITY_AT = 210100000000;

static struct arena *world_arena;
static struct store *world;
static char world_folder[64];
static const char *last_code = "", *last_message = "";    /* first problem of the last request */
static struct caller who_system;

struct call { const struct caller *who; enum rc (*fn)(struct ctx *, void *); void *arg; };

static enum rc world_run(struct tx *tx, void *arg)
{
	struct call *k = arg;
	struct ctx c;
	enum rc rc;

	ctx_init(&c, world_arena, world, k->who);
	c.tx = tx;
	c.as_system = k->who->role == SYSTEM;
	rc = k->fn(&c, k->arg);
	if (!rc && c.no_rule)
		rc = RC_NO_RULE;
	last_code = last_message = "";
	for (unsigned i = c.n_problems; i-- > 0;)
		if (!c.problems[i].warning) {
			last_code = c.problems[i].code ? c.problems[i].code : "";
			last_message = c.problems[i].message ? c.problems[i].message : "";
		}
	return rc;
}

static inline enum rc by(const struct caller *who, enum rc (*fn)(struct ctx *, void *), void *arg)
{
	struct call k = { who, fn, arg };

	return store_write(world, world_run, &k);
}

static enum rc world_seed(struct ctx *c, void *arg)
{
	(void)arg;
	return rules_seed(c, world_divisions, sizeof world_divisions - 1);
}
static enum rc world_rules(struct ctx *c, void *arg)
{
	(void)arg;
	return rules_load(c);
}

static inline void world_day(const char *day)
{
	int64_t d;

	if (day_read(day, &d))
		clock_start_at(clock_day_start(d) + 36000000);
}

static inline int world_open(void **state)
{
	const char *pg = getenv("SANSHE_TEST_PG"), *why = "";
	char path[128];

	(void)state;
	unsetenv("SANSHE_KEY");
	who_system = caller_system;
	world_arena = arena_new((size_t)1 << 30);
	snprintf(world_folder, sizeof world_folder, "/tmp/sanshe-test-XXXXXX");
	if (!mkdtemp(world_folder))
		return -1;
	snprintf(path, sizeof path, "sqlite:%s/t.db", world_folder);
	world_day("2020-11-20");
	if (keys_load(world_arena, path, true, &why) || !(world = store_open(world_arena, pg ? pg : path, true, 2, &why))
	    || migrate_run(world, rooms, n_rooms, &why)) {
		print_error("%s\n", why);
		return -1;
	}
	if (by(&who_system, world_rules, NULL) || by(&who_system, world_seed, NULL) || by(&who_system, world_rules, NULL)) {
		print_error("seed: %s %s\n", last_code, last_message);
		return -1;
	}
	return 0;
}

static inline int world_close(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".key" };
	char path[160];

	(void)state;
	store_close(world);
	for (unsigned i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof path, "%s/t.db%s", world_folder, ends[i]);
		unlink(path);
	}
	rmdir(world_folder);
	arena_free(world_arena);
	return 0;
}

/* -- requests as the API makes them: bodies are JSON text */
struct wish { const struct entity *e; int64_t id; const char *step, *body; int64_t version; struct record *out; };

static const struct jval *body_text(const char *text)
{
	const char *why = "";
	const struct jval *v = json_read(world_arena, text, strlen(text), 16, &why);

	if (!v)
		print_error("%s: %s\n", text, why);
	return v;
}
static enum rc wish_create(struct ctx *c, void *arg)
{
	struct wish *w = arg;

	return record_create(c, w->e, body_text(w->body), &w->out);
}
static enum rc wish_step(struct ctx *c, void *arg)
{
	struct wish *w = arg;

	return flow_step(c, w->e, w->id, 0, w->step, body_text(w->body ? w->body : "{}"), &w->out);
}
static enum rc wish_edit(struct ctx *c, void *arg)
{
	struct wish *w = arg;

	return record_edit(c, w->e, w->id, w->version, body_text(w->body), &w->out);
}
static enum rc wish_load(struct ctx *c, void *arg)
{
	struct wish *w = arg;

	return (w->out = rule_get(c, w->e, w->id, false)) ? RC_OK : RC_MISSING;
}

static inline int64_t create(const struct caller *who, const struct entity *e, const char *body)
{
	struct wish w = { .e = e, .body = body };
	enum rc rc = by(who, wish_create, &w);

	if (rc)
		print_message("create %s: rc %d %s %s\n", e->name, rc, last_code, last_message);
	return rc ? 0 : w.out->id;
}
static inline enum rc step(const struct caller *who, const struct entity *e, int64_t id, const char *name, const char *body)
{
	struct wish w = { .e = e, .id = id, .step = name, .body = body };

	return by(who, wish_step, &w);
}
static inline enum rc edit(const struct caller *who, const struct entity *e, int64_t id, int64_t version, const char *body)
{
	struct wish w = { .e = e, .id = id, .version = version, .body = body };

	return by(who, wish_edit, &w);
}
static inline struct record *load(const struct entity *e, int64_t id)
{
	struct wish w = { .e = e, .id = id };

	return by(&who_system, wish_load, &w) ? NULL : w.out;
}
static inline const char *state_of(const struct entity *e, int64_t id)
{
	const struct record *r = load(e, id);

	return r && e->n_states ? e->states[r->state].code : "";
}

static bool world_fault(void *arg, const char *line)
{
	(void)arg;
	print_error("verify: %s\n", line);
	return true;
}
static enum rc world_verify(struct ctx *c, void *arg)
{
	return verify_run(c, world_fault, NULL, arg);
}
static inline int64_t faults(void)
{
	int64_t n = -1;

	return by(&who_system, world_verify, &n) ? -1 : n;
}
