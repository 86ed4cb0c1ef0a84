/* session.c -- who is asking: cookie or bearer token to a caller, with a small cache of what the store said a moment ago, and the proof
 * against forged requests. Never keeps a token, only its digest. */
#include "http/http.h"
#include "base/clock.h"
#include "base/crypt.h"
#include <pthread.h>
#include <string.h>

/* A cached session is believed for one second: another process may have ended it meanwhile. */
enum { SHARDS = 16, SLOTS = 640, FRESH_MS = 1000, TOUCH_MS = 60000, TOKEN_MAX = 200 };
struct slot { struct session s; int64_t at, touched; bool used; };
struct shard { pthread_mutex_t lock; struct slot slots[SLOTS]; };
struct sessions { struct shard shards[SHARDS]; };

struct sessions *sessions_new(struct arena *a)
{
	struct sessions *all = arena_alloc(a, sizeof *all);
	for (unsigned i = 0; i < SHARDS; i++)
		pthread_mutex_init(&all->shards[i].lock, NULL);
	return all;
}

/* The slot of a digest: one of four neighbours; a stranger's oldest is given up. Lock held. */
static struct slot *slot_of(struct shard *sh, const uint8_t hash[32], bool make)
{
	uint32_t h;
	memcpy(&h, hash + 4, sizeof h);
	struct slot *oldest = NULL;
	for (unsigned i = 0; i < 4; i++) {
		struct slot *s = &sh->slots[(h + i) % SLOTS];
		if (s->used && !memcmp(s->s.hash, hash, sizeof s->s.hash))
			return s;
		if (!oldest || !s->used || (oldest->used && s->at < oldest->at))
			oldest = s;
	}
	return make ? oldest : NULL;
}

static struct shard *shard_of(struct service *sv, const uint8_t hash[32])
{
	return &sv->sessions->shards[hash[0] % SHARDS];
}

/* The value of our cookie, or of "Authorization: Bearer"; NULL when there is neither. */
static const char *token_of(struct request *rq)
{
	if (rq->authorization && !strncasecmp(rq->authorization, "Bearer ", 7)) {
		rq->by_cookie = false;
		return rq->authorization + 7;
	}
	for (const char *p = rq->cookie; p && *p;) {
		p += strspn(p, " ;");
		size_t n = strcspn(p, ";");
		if (!strncmp(p, "sanshe=", 7)) {
			rq->by_cookie = true;
			return arena_strndup(rq->arena, p + 7, n - 7);
		}
		p += n;
	}
	return NULL;
}

static void nobody(struct request *rq)
{
	bool english = rq->who.english;
	rq->who = caller_public;
	rq->who.source = rq->source;
	rq->who.english = english;
}

static void known(struct request *rq)
{
	session_caller(&rq->session, rq->source, rq->who.english, &rq->who);
}

enum seen session_cached(struct request *rq)
{
	const char *token = token_of(rq);
	if (!token || !*token || strlen(token) > TOKEN_MAX) {
		nobody(rq);
		return NOBODY;
	}
	uint8_t hash[32];
	session_digest(token, hash);
	struct shard *sh = shard_of(rq->service, hash);
	bool found = false;
	pthread_mutex_lock(&sh->lock);
	struct slot *s = slot_of(sh, hash, false);
	if (s && clock_mono() - s->at < FRESH_MS) {
		rq->session = s->s;
		found = true;
	}
	pthread_mutex_unlock(&sh->lock);
	if (!found)
		return LOOK;
	known(rq);
	return KNOWN;
}

/* True when the store should be told that the session is in use: once a minute. */
static bool remember(struct request *rq)
{
	struct shard *sh = shard_of(rq->service, rq->session.hash);
	int64_t now = clock_real();
	pthread_mutex_lock(&sh->lock);
	struct slot *s = slot_of(sh, rq->session.hash, true);
	bool same = s->used && !memcmp(s->s.hash, rq->session.hash, sizeof s->s.hash);
	int64_t touched = same ? s->touched : rq->session.seen;
	bool due = !rq->session.is_token && now - touched >= TOUCH_MS;
	*s = (struct slot){ .s = rq->session, .at = clock_mono(), .touched = due ? now : touched, .used = true };
	pthread_mutex_unlock(&sh->lock);
	return due;
}

struct touch { struct arena *arena; struct service *service; struct session session; struct job job; };

static enum rc touch_fn(struct tx *tx, void *arg)
{
	struct touch *t = arg;
	struct ctx c;
	ctx_init(&c, t->arena, t->service->store, &caller_system);
	c.tx = tx;
	return session_touch(&c, &t->session, clock_real());
}

static void touch_done(struct job *job, enum rc rc)
{
	(void)rc;                                /* a lost touch costs nothing: the next request tries again */
	struct touch *t = job->arg;
	arena_free(t->arena);
}

static void touch(struct request *rq)
{
	struct arena *a = arena_new(1 << 20);
	struct touch *t = arena_alloc(a, sizeof *t);
	t->arena = a;
	t->service = rq->service;
	t->session = rq->session;
	t->job = (struct job){ .fn = touch_fn, .arg = t, .done = touch_done };
	store_submit(rq->service->store, &t->job);
}

static enum rc find_fn(struct tx *tx, void *arg)
{
	struct request *rq = arg;
	const char *token = token_of(rq);
	struct ctx c;
	ctx_init(&c, rq->arena, rq->service->store, &caller_system);
	c.tx = tx;
	return rq->by_cookie ? session_find(&c, token, &rq->session) : token_find(&c, token, &rq->session);
}

void session_load(struct request *rq)
{
	if (store_read(rq->service->store, find_fn, rq)) {
		rq->by_cookie = false;
		nobody(rq);
		return;
	}
	if (remember(rq))
		touch(rq);
	known(rq);
}

void session_forget(struct service *sv, const uint8_t hash[32])
{
	struct shard *sh = shard_of(sv, hash);
	pthread_mutex_lock(&sh->lock);
	struct slot *s = slot_of(sh, hash, false);
	if (s)
		s->used = false;
	pthread_mutex_unlock(&sh->lock);
}

bool session_csrf_ok(const struct request *rq)
{
	if (!rq->by_cookie || rq->session.is_token)
		return true;
	size_t n = strlen(rq->session.csrf);
	return rq->csrf && n && strlen(rq->csrf) == n && crypt_same(rq->csrf, rq->session.csrf, n);
}
