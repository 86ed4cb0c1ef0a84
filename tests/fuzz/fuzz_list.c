/* fuzz_list.c -- any query as the parameters of a list on an empty database: filters, order, search words and cursors are refused with a
 * sentence or run; the database never finds fault with the statement made of them. */
#include "base/text.h"
#include "engine/list.h"
#include "engine/more.h"
#include "http/http.h"
#include "store/migrate.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct store *store;
static char path[64];
static struct arena *kept;                /* as long as the store */

static void gone(void)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char name[80];
	for (unsigned i = 0; i < COUNT(parts); i++) {
		snprintf(name, sizeof name, "%s%s", path, parts[i]);
		unlink(name);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	const char *why = "";
	struct arena *a = kept = arena_new(0);
	snprintf(path, sizeof path, "/tmp/fuzz-list-%ld.db", (long)getpid());
	atexit(gone);
	setenv("SANSHE_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 1);
	const char *url = arena_printf(a, "sqlite:%s", path);
	store = store_open(a, url, true, 1, &why);
	if (!store || keys_load(a, url, true, &why) || migrate_run(store, rooms, n_rooms, &why)) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
	return 0;
}

struct asked { struct request rq; const struct entity *e; };

static enum rc ask(struct tx *tx, void *arg)
{
	struct asked *q = arg;
	struct caller who = { .role = COUNTY, .region = INT64_C(210102000000), .account = 1, .person = 1 };
	struct ctx c;
	struct buf b;
	struct jout o;
	const char *why = NULL;
	ctx_init(&c, q->rq.arena, store, &who);
	c.tx = tx;
	buf_init(&b, c.arena);
	jout_init(&o, &b);
	enum rc rc = list_run(&c, q->e, q->rq.query, q->rq.n_query, &o);
	assert(rc == RC_OK || rc == RC_REJECTED || rc == RC_DENIED || rc == RC_MISSING);
	assert(rc != RC_REJECTED || c.n_problems);
	for (unsigned i = 0; i < c.n_problems; i++)
		assert(text_valid(c.problems[i].message, strlen(c.problems[i].message)));
	const struct jval *answer = rc ? NULL : json_read(c.arena, b.p, b.n, 32, &why);
	assert(rc || answer);
	return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n < 2)
		return 0;
	struct asked q = { .rq = { .arena = arena_new(0), .method = "GET" }, .e = rooms[bytes[0] % n_rooms] };
	if (!(q.e->flags & SHEET) && route_parse(&q.rq, arena_printf(q.rq.arena, "/x?%.*s", (int)(n - 1), (const char *)bytes + 1))) {
		enum rc rc = store_read(store, ask, &q);
		assert(rc == RC_OK);
	}
	arena_free(q.rq.arena);
	return 0;
}
