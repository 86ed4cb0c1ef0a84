/* call.c -- one request on its way: its life, and its admission (who, forged or not, what body); call_work.c does the work. Knows nothing
 * of sockets: conn.c gives it park and resume. */
#include "http/call_inner.h"
#include "base/text.h"
#include "engine/access.h"
#include <string.h>

struct call *call_new(struct service *sv)
{
	struct arena *a = arena_new(0);
	struct call *k = arena_alloc(a, sizeof *k);
	k->rq.arena = a;
	k->rq.service = sv;
	k->rq.who = caller_public;
	atomic_init(&k->refs, 1);
	atomic_fetch_add(&sv->in_flight, 1);
	return k;
}

void call_hold(struct request *rq)
{
	atomic_fetch_add(&call_of(rq)->refs, 1);
}

void call_release(struct request *rq)
{
	struct service *sv = rq->service;
	if (atomic_fetch_sub(&call_of(rq)->refs, 1) != 1)
		return;
	atomic_fetch_sub(&sv->held, (int64_t)rq->n_body);
	arena_free(rq->arena);
	atomic_fetch_sub(&sv->in_flight, 1);
}

void call_fail(struct call *k, enum rc rc, int status, const char *code, const char *zh, const char *en)
{
	k->rc = rc;
	problem_plain(&k->rq, &k->an, status, code, zh, en);
	k->done = true;
}

/* -- admission */
static const struct jval empty = { .type = J_OBJECT };

static bool read_json(struct call *k)
{
	struct request *rq = &k->rq;
	const char *why = NULL;
	rq->json = &empty;
	if (!rq->n_body)
		return true;
	if (!rq->type || strncasecmp(rq->type, "application/json", 16) || (rq->type[16] && !strchr("; \t", rq->type[16]))) {
		call_refuse(k, 415, "not_json", "请求体应为 application/json", "The body must be application/json");
		return false;
	}
	rq->json = json_read(rq->arena, rq->body, rq->n_body, JSON_DEPTH, &why);
	if (rq->json && rq->json->type == J_OBJECT)
		return true;
	if (!why || rq->json)
		why = "请求体应为一个 JSON 对象";
	call_refuse(k, 400, "bad_json", why, "The body is not acceptable JSON (one object, UTF-8, no duplicate names, at most 32 levels)");
	return false;
}

static bool key_ok(const char *key)
{
	size_t n = strlen(key);
	for (size_t i = 0; i < n; i++)
		if (key[i] <= ' ' || key[i] > '~')
			return false;
	return n >= 8 && n <= 128;
}

/* If-Match: "7", also without quotes. */
static bool read_version(struct request *rq)
{
	if (!rq->if_match)
		return true;
	size_t n = strlen(rq->if_match);
	const char *p = rq->if_match;
	if (n > 2 && p[0] == '"' && p[n - 1] == '"')
		p = arena_strndup(rq->arena, p + 1, n - 2);
	return text_int(p, &rq->version) && rq->version > 0;
}

static bool granted(struct call *k)
{
	struct request *rq = &k->rq;
	struct ctx c;
	if ((rq->route->flags & OPEN) || rq->who.account || rq->who.holder_record)
		return true;
	ctx_init(&c, rq->arena, rq->service->store, &rq->who);
	if (!(rq->route->flags & SIGNED_IN) && rq->e && rq->route->act && access_any(&c, rq->e, rq->route->act))
		return true;
	call_refuse(k, 401, "sign_in", "请先登录", "Sign in first");
	return false;
}

static bool admit(struct call *k)
{
	struct request *rq = &k->rq;
	bool unsafe = strcmp(rq->method, "GET") && strcmp(rq->method, "HEAD");
	if (!granted(k))
		return false;
	if (unsafe && !session_csrf_ok(rq)) {
		call_refuse(k, 403, "csrf", "缺少或错误的 X-CSRF-Token，请重新登录", "X-CSRF-Token is missing or wrong; sign in again");
		return false;
	}
	if (rq->key && !key_ok(rq->key)) {
		call_refuse(k, 400, "bad_key", "Idempotency-Key 应为 8 到 128 个可见字符", "Idempotency-Key must be 8 to 128 visible characters");
		return false;
	}
	if (!read_version(rq)) {
		call_refuse(k, 400, "bad_version", "If-Match 应为记录的版本号，例如 \"3\"", "If-Match must be the record's version, like \"3\"");
		return false;
	}
	return !(rq->route->flags & JSON) || read_json(k);
}

static void go(struct call *k)
{
	struct service *sv = k->rq.service;
	if (!admit(k))
		return;
	k->mark = arena_mark(k->rq.arena);
	switch (k->rq.route->way) {
	case BARE:
		call_bare_now(k);
		break;
	case READS:
		if (sv->reads && !k->on_pool)
			call_later(k, sv->reads, call_read_now);
		else
			call_read_now(k);
		break;
	case WRITES:
		call_write_now(k);
		break;
	case SLOW:
		call_later(k, sv->hashes, call_slow_now);
		break;
	case STREAMS:
		call_later(k, sv->exports, call_slow_now);
		break;
	}
}

static void load_and_go(void *arg)
{
	struct call *k = arg;
	k->on_pool = true;
	session_load(&k->rq);
	go(k);
}

void call_run(struct call *k)
{
	struct request *rq = &k->rq;
	if (rq->route->way == BARE) {
		k->mark = arena_mark(rq->arena);
		call_bare_now(k);
		return;
	}
	if (session_cached(rq) == LOOK) {
		if (rq->service->reads) {
			call_later(k, rq->service->reads, load_and_go);
			return;
		}
		session_load(rq);
	}
	go(k);
}
