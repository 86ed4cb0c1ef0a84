/* call_work.c -- the work of a call: its transaction or job, repeats by idempotency key, the audit of refusals, and the answer. */
#include "http/call_inner.h"
#include "base/crypt.h"
#include "base/log.h"
#include "engine/audit.h"
#include <string.h>

enum { TRIES = 3 };

/* The answer is complete. After this a parked call belongs to the network again. */
static void reply(struct call *k)
{
	k->done = true;
	if (k->parked)
		k->resume(k);
}

void call_refuse(struct call *k, int status, const char *code, const char *zh, const char *en)
{
	problem_plain(&k->rq, &k->an, status, code, zh, en);
	reply(k);
}

void call_park(struct call *k)
{
	if (!k->parked) {
		k->parked = true;
		k->park(k);
	}
}

static void begin(struct call *k, struct ctx *c, struct tx *tx)
{
	arena_rewind(k->rq.arena, k->mark);
	k->an = (struct answer){ 0 };
	k->exists = k->raced = false;
	ctx_init(c, k->rq.arena, k->rq.service->store, &k->rq.who);
	c->tx = tx;
	c->reason = route_param(&k->rq, "reason");
	c->purpose = route_param(&k->rq, "purpose");
}

static enum rc finish(struct call *k, struct ctx *c, enum rc rc)
{
	if (c->no_rule && (rc == RC_OK || rc == RC_REJECTED))
		rc = RC_NO_RULE;
	k->problems = c->problems;
	k->n_problems = c->n_problems;
	return rc;
}

/* -- refusals: a try that was turned down is written down before the answer leaves */
static const char *action_name(const struct request *rq)
{
	switch (rq->route->act) {
	case READ: return "read";
	case CREATE: return "create";
	case EDIT: return "edit";
	case DO: return rq->word ? rq->word : "do";
	case REVEAL: return "reveal";
	case EXPORT: return "export";
	case IMPORT: return "import";
	default: return "other";
	}
}

static bool to_audit(const struct call *k)
{
	if (!k->rq.who.account || !k->rq.e)
		return false;
	if (k->rc == RC_DENIED || (k->rc == RC_MISSING && k->exists))
		return true;
	for (unsigned i = 0; i < k->n_problems; i++)
		if (k->problems[i].code && !strcmp(k->problems[i].code, "four_eyes"))
			return true;
	return false;
}

static enum rc refused_fn(struct tx *tx, void *arg)
{
	struct call *k = arg;
	struct ctx c;
	struct request *rq = &k->rq;
	ctx_init(&c, rq->arena, rq->service->store, &rq->who);
	c.tx = tx;
	return audit_refused(&c, rq->id ? ID_CITY(rq->id) : caller_city(&rq->who), action_name(rq), rq->e->name, rq->id, k->rc);
}

static void refused_done(struct job *job, enum rc rc)
{
	struct call *k = job->arg;
	if (rc)
		log_event(LOG_ERROR, "audit", "a refusal could not be written down, rc %d", (int)rc);
	reply(k);
}

static void conclude(struct call *k, enum rc rc)
{
	struct request *rq = &k->rq;
	k->rc = rc;
	if (rc == RC_OK) {
		if (k->an.after)
			k->an.after(rq);
		reply(k);
		return;
	}
	if ((rc == RC_MISSING || rc == RC_DENIED) && !rq->who.account && !rq->who.holder_record && !(rq->route->flags & OPEN)) {
		call_refuse(k, 401, "sign_in", "请先登录", "Sign in first");
		return;
	}
	problem_answer(rq, &k->an, rc, k->problems, k->n_problems);
	if (!to_audit(k)) {
		reply(k);
		return;
	}
	call_park(k);
	k->job = (struct job){ .fn = refused_fn, .arg = k, .done = refused_done };
	store_submit(rq->service->store, &k->job);
}

/* Is there such a record at all? Asked only after RC_MISSING, for the audit; the answer to the client stays the same. */
static void look_exists(struct call *k, struct ctx *c)
{
	struct record *r = NULL;
	if (k->rq.who.account && k->rq.e && k->rq.id)
		k->exists = record_load(c, k->rq.e, k->rq.id, false, &r) == RC_OK && r;
}

/* -- reading */
static enum rc read_fn(struct tx *tx, void *arg)
{
	struct call *k = arg;
	struct ctx c;
	begin(k, &c, tx);
	enum rc rc = finish(k, &c, k->rq.route->run(&c, &k->rq, &k->an));
	if (rc == RC_MISSING)
		look_exists(k, &c);
	return rc;
}

void call_read_now(void *arg)
{
	struct call *k = arg;
	conclude(k, store_read(k->rq.service->store, read_fn, k));
}

/* -- writing */
static void body_hash(const struct request *rq, uint8_t out[32])
{
	struct sm3 *h = crypt_sm3_new();
	crypt_sm3_add(h, rq->method, strlen(rq->method) + 1);
	crypt_sm3_add(h, rq->path, strlen(rq->path) + 1);
	for (unsigned i = 0; i < rq->n_query; i++) {
		crypt_sm3_add(h, rq->query[i].name, strlen(rq->query[i].name) + 1);
		crypt_sm3_add(h, rq->query[i].value, strlen(rq->query[i].value) + 1);
	}
	if (rq->n_body)
		crypt_sm3_add(h, rq->body, rq->n_body);
	crypt_sm3_end(h, out);
}

/* The answer given then, with the version it carried as entity tag. */
static void repeat(struct call *k, const struct remembered *old)
{
	const char *why, *text = old->answer ? old->answer : "";
	const struct jval *o = *text ? json_read(k->rq.arena, text, strlen(text), JSON_DEPTH, &why) : NULL, *version = json_get(o, "version");
	k->an = (struct answer){ .status = old->status, .location = old->location, .body = text, .n = strlen(text),
		.etag = version && version->type == J_INT ? arena_printf(k->rq.arena, "\"%lld\"", (long long)version->i) : NULL };
}

static enum rc once(struct call *k, struct ctx *c)
{
	struct request *rq = &k->rq;
	if (!rq->key)
		return rq->route->run(c, rq, &k->an);
	uint8_t hash[32];
	struct remembered old = { 0 };
	bool found = false;
	int city = rq->id ? ID_CITY(rq->id) : caller_city(&rq->who);
	body_hash(rq, hash);
	enum rc rc = idem_find(c, city, rq->key, hash, &old, &found);
	if (rc)
		return rc;
	if (found) {
		repeat(k, &old);
		return RC_OK;
	}
	if ((rc = rq->route->run(c, rq, &k->an)) || c->no_rule)
		return rc;
	struct remembered kept = { k->an.status ? k->an.status : 200, k->an.location, k->an.body };
	rc = idem_keep(c, city, rq->key, hash, &kept);
	k->raced = rc == RC_CONFLICT;            /* somebody with the same key was faster: ask again, his answer is there now */
	return rc;
}

static enum rc write_fn(struct tx *tx, void *arg)
{
	struct call *k = arg;
	struct ctx c;
	begin(k, &c, tx);
	enum rc rc = finish(k, &c, once(k, &c));
	if (rc == RC_MISSING)
		look_exists(k, &c);
	return rc;
}

static void write_done(struct job *job, enum rc rc)
{
	struct call *k = job->arg;
	if (k->raced && rc == RC_CONFLICT && ++k->tries < TRIES) {
		call_write_now(k);               /* parked already */
		return;
	}
	conclude(k, rc);
}

void call_write_now(struct call *k)
{
	call_park(k);
	k->job = (struct job){ .fn = write_fn, .arg = k, .done = write_done };
	store_submit(k->rq.service->store, &k->job);
}

/* -- long work */
void call_slow_now(void *arg)
{
	struct call *k = arg;
	struct ctx c;
	struct request *rq = &k->rq;
	begin(k, &c, NULL);
	call_hold(rq);
	enum rc rc = finish(k, &c, rq->route->run(&c, rq, &k->an));
	struct stream *s = k->an.stream;
	if (s && rc == RC_OK && !stream_begun(s)) {
		stream_end(s, false);
		conclude(k, rc);
	} else if (s && stream_begun(s)) {
		stream_end(s, rc != RC_OK);      /* the head has left: all that remains is to end or to break off */
	} else {
		conclude(k, rc);
	}
	call_release(rq);
}

static void stream_begin(void *arg) { reply(arg); }
static void stream_park(void *arg)  { struct call *k = arg; k->park(k); }
static void stream_wake(void *arg)  { struct call *k = arg; k->resume(k); }

void call_stream(struct request *rq, struct answer *an)
{
	struct call *k = call_of(rq);
	an->stream = stream_new(rq->arena, &(struct stream_ends){ stream_begin, stream_park, stream_wake, k });
}

void call_later(struct call *k, struct pool *p, void (*fn)(void *))
{
	call_park(k);
	k->task = (struct task){ .fn = fn, .arg = k };
	if (!pool_add(p, &k->task))
		conclude(k, RC_BUSY);
}

void call_bare_now(struct call *k)
{
	struct ctx c;
	begin(k, &c, NULL);
	conclude(k, finish(k, &c, k->rq.route->run(&c, &k->rq, &k->an)));
}

/* -- transactions for handlers that open their own */
struct inside { struct ctx *c; enum rc (*fn)(struct ctx *, void *); void *arg; struct ctx before; };

static enum rc inside_fn(struct tx *tx, void *arg)
{
	struct inside *in = arg;
	*in->c = in->before;                     /* a rerun starts without the problems of the first try */
	in->c->tx = tx;
	enum rc rc = in->fn(in->c, in->arg);
	return rc == RC_OK && in->c->no_rule ? RC_NO_RULE : rc;
}

enum rc call_read(struct ctx *c, enum rc (*fn)(struct ctx *, void *), void *arg)
{
	struct inside in = { c, fn, arg, *c };
	enum rc rc = store_read(c->store, inside_fn, &in);
	c->tx = NULL;
	return rc;
}

enum rc call_write(struct ctx *c, enum rc (*fn)(struct ctx *, void *), void *arg)
{
	struct inside in = { c, fn, arg, *c };
	enum rc rc = store_write(c->store, inside_fn, &in);
	c->tx = NULL;
	return rc;
}

enum rc call_write_alone(struct ctx *c, enum rc (*fn)(struct ctx *, void *), void *arg)
{
	struct inside in = { c, fn, arg, *c };
	enum rc rc = store_write_alone(c->store, inside_fn, &in);
	c->tx = NULL;
	return rc;
}
