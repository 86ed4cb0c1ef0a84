/* handlers_misc.c -- the paths that are no room: signing in and out, metadata, the tree of places, totals, notices, the audit trail, health. */
#include "http/http.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/audit.h"
#include "engine/papers.h"
#include <string.h>

#define WRITER(rq) struct buf b; struct jout j; buf_init(&b, (rq)->arena); jout_init(&j, &b)

int caller_city(const struct caller *who)
{
	int city = (int)(who->region / 100000000);
	return city ? city : 2100;
}

/* -- sessions */
static void session_json(struct ctx *c, struct request *rq, struct answer *an)
{
	WRITER(rq);
	jout_open(&j, '{');
	jout_kv(&j, "csrf", rq->session.csrf);
	jout_key(&j, "user");
	meta_user_json(c, &j);
	if (rq->session.holder_record) {         /* whoever showed a one-time code may do this one thing */
		const struct entity *e = room_find(rq->session.holder_room);
		jout_key(&j, "holder");
		jout_open(&j, '{');
		jout_kv(&j, "room", e ? room_url(c->arena, e) : rq->session.holder_room);
		jout_key(&j, "record");
		jout_id(&j, rq->session.holder_record);
		jout_kv(&j, "step", rq->session.step);
		jout_close(&j, '}');
	}
	jout_close(&j, '}');
	answer_json(an, &b);
}

static enum rc known_members(struct ctx *c, const struct jval *o, const char *const *names)
{
	for (size_t i = 0; i < o->n; i++) {
		bool known = false;
		for (const char *const *n = names; *n && !known; n++)
			known = !strcmp(o->keys[i], *n);
		if (!known || o->items[i].type != J_STRING)
			ctx_problem(c, RC_REJECTED, o->keys[i], known ? "not_text" : "unknown_field", known ? "“%s”应为文字" : "不认识的栏目“%s”", o->keys[i]);
	}
	return c->n_problems ? RC_REJECTED : RC_OK;
}

static enum rc ask_fn(struct ctx *c, void *arg)  { return login_ask(c, arg); }
static enum rc open_fn(struct ctx *c, void *arg) { return login_open(c, arg); }

struct shown { struct request *rq; struct answer *an; };

static enum rc show_fn(struct ctx *c, void *arg)
{
	struct shown *s = arg;
	session_json(c, s->rq, s->an);
	return RC_OK;
}

static const char *cookie(const struct request *rq, const char *token, bool gone)
{
	return arena_printf(rq->arena, "sanshe=%s; Path=/; HttpOnly; SameSite=Strict%s%s", token, rq->secure ? "; Secure" : "", gone ? "; Max-Age=0" : "");
}

/* A wrong guess is 401 in one sentence, whatever was wrong about it. */
static enum rc turned_away(struct ctx *c, struct request *rq, struct answer *an, enum rc rc)
{
	if (rc != RC_DENIED && rc != RC_MISSING)
		return rc;
	const char *say = c->n_problems ? c->problems[c->n_problems - 1].message : "用户名、密码或验证码不对";
	const char *code = c->n_problems && c->problems[c->n_problems - 1].code ? c->problems[c->n_problems - 1].code : "wrong_login";
	problem_plain(rq, an, 401, code, say, say);
	return RC_OK;
}

enum rc session_post(struct ctx *c, struct request *rq, struct answer *an)
{
	static const char *const names[] = { "username", "password", "otp", "phone", "code", NULL };
	struct login *l = arena_alloc(rq->arena, sizeof *l);
	enum rc rc = known_members(c, rq->json, names);
	if (rc)
		return rc;
	l->name = json_text(rq->json, "username");
	l->password = json_text(rq->json, "password");
	l->otp = json_text(rq->json, "otp");
	l->phone = json_text(rq->json, "phone");
	l->code = json_text(rq->json, "code");
	l->source = rq->source;
	l->otp_needed = rq->service->otp_needed;
	if (l->otp && !*l->otp)
		l->otp = NULL;
	if (!(l->name && l->password) && !l->code)
		return ctx_problem(c, RC_REJECTED, "username", "required_empty", "请填写用户名和密码，或手机号和验证码");
	if ((rc = call_read(c, ask_fn, l)))
		return turned_away(c, rq, an, rc);
	login_prove(l);
	if ((rc = call_write(c, open_fn, l)) || (rc = l->outcome))
		return turned_away(c, rq, an, rc);
	rq->session = l->session;
	session_caller(&rq->session, rq->source, rq->who.english, &rq->who);
	struct shown s = { rq, an };
	an->cookie = cookie(rq, l->token, false);
	return call_read(c, show_fn, &s);
}

enum rc session_get(struct ctx *c, struct request *rq, struct answer *an)
{
	session_json(c, rq, an);
	return RC_OK;
}

static void forget(struct request *rq)
{
	session_forget(rq->service, rq->session.hash);
}

enum rc session_delete(struct ctx *c, struct request *rq, struct answer *an)
{
	an->status = 204;
	an->cookie = cookie(rq, "", true);
	an->after = forget;
	an->body = "";
	return rq->session.is_token ? RC_OK : session_close(c, &rq->session);
}

enum rc codes_post(struct ctx *c, struct request *rq, struct answer *an)
{
	static const char *const names[] = { "phone", NULL };
	enum rc rc = known_members(c, rq->json, names);
	if (rc)
		return rc;
	const char *phone = json_text(rq->json, "phone");
	if (!phone)
		return ctx_problem(c, RC_REJECTED, "phone", "required_empty", "请填写手机号");
	an->status = 204;
	an->body = "";
	return code_send(c, phone, rq->source);
}

enum rc outbox_get(struct ctx *c, struct request *rq, struct answer *an)
{
	WRITER(rq);
	enum rc rc = outbox_json(c, rq->service->demo, &j);
	answer_json(an, &b);
	return rc;
}

/* -- what there is */
enum rc meta_get(struct ctx *c, struct request *rq, struct answer *an)
{
	WRITER(rq);
	enum rc rc = meta_json(c, &j);
	answer_json(an, &b);
	return rc;
}

enum rc openapi_get(struct ctx *c, struct request *rq, struct answer *an)
{
	(void)c;
	struct buf b;
	buf_init(&b, rq->arena);
	openapi_json(rq->arena, &b);
	answer_json(an, &b);
	return RC_OK;
}

enum rc tree_get(struct ctx *c, struct request *rq, struct answer *an)
{
	WRITER(rq);
	const char *under = route_param(rq, "under");
	enum rc rc = places_below(c, under ? under : "", &j);
	answer_json(an, &b);
	return rc;
}

/* -- numbers and trails */
static int64_t pow10_of(unsigned n)
{
	int64_t v = 1;
	while (n--)
		v *= 10;
	return v;
}

/* ?region=, or the caller's own division; never outside it. */
static enum rc asked_region(struct ctx *c, struct request *rq, int64_t *prefix, unsigned *digits)
{
	const char *text = route_param(rq, "region");
	unsigned own = region_digits(c->who->region);
	int64_t mine = c->who->region / pow10_of(12 - own);
	*digits = own;
	*prefix = mine;
	if (!text)
		return RC_OK;
	size_t n = strlen(text);
	if ((n != 2 && n != 4 && n != 6 && n != 9 && n != 12) || !text_int(text, prefix) || *prefix < 0)
		return ctx_problem(c, RC_REJECTED, "region", "place_bad", "区划代码应为 2、4、6、9 或 12 位数字");
	*digits = (unsigned)n;
	if (n == 12) {
		*digits = region_digits(*prefix);
		*prefix /= pow10_of(12 - *digits);
	}
	if (*digits < own || *prefix / pow10_of(*digits - own) != mine)
		return ctx_problem(c, RC_DENIED, "region", "other_region", "只能查看本辖区的统计");
	return RC_OK;
}

enum rc totals_get(struct ctx *c, struct request *rq, struct answer *an)
{
	WRITER(rq);
	int64_t prefix;
	unsigned digits;
	enum rc rc = asked_region(c, rq, &prefix, &digits);
	if (!rc)
		rc = list_counters(c, prefix, digits, &j);
	answer_json(an, &b);
	return rc;
}

/* ?before=ID&limit=N */
static enum rc paging(struct ctx *c, struct request *rq, int64_t *before, unsigned *limit)
{
	const char *b = route_param(rq, "before"), *l = route_param(rq, "limit");
	int64_t n = 50;
	*before = 0;
	if (b && (!text_int(b, before) || *before < 0))
		ctx_problem(c, RC_REJECTED, "before", "not_an_id", "before 应为编号");
	if (l && (!text_int(l, &n) || n < 1 || n > 200))
		ctx_problem(c, RC_REJECTED, "limit", "out_of_range", "limit 应为 1 到 200");
	*limit = (unsigned)n;
	return c->n_problems ? RC_REJECTED : RC_OK;
}

enum rc notices_get(struct ctx *c, struct request *rq, struct answer *an)
{
	WRITER(rq);
	int64_t before;
	unsigned limit;
	enum rc rc = paging(c, rq, &before, &limit);
	if (!rc)
		rc = notices_json(c, before, limit, &j);
	answer_json(an, &b);
	return rc;
}

enum rc audit_get(struct ctx *c, struct request *rq, struct answer *an)
{
	WRITER(rq);
	int64_t before, record = 0;
	unsigned limit;
	const char *of = route_param(rq, "record");
	enum rc rc = paging(c, rq, &before, &limit);
	if (!rc && of && (!text_int(of, &record) || record <= 0))
		rc = ctx_problem(c, RC_REJECTED, "record", "not_an_id", "record 应为编号");
	if (!rc)
		rc = audit_list(c, record, before, limit, &j);
	answer_json(an, &b);
	return rc;
}

enum rc hello_get(struct ctx *c, struct request *rq, struct answer *an)
{
	(void)c, (void)rq;
	an->body = "{\"ok\":true}";
	an->n = strlen(an->body);
	return RC_OK;
}

enum rc health_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct rows *rows;
	const struct value *v;
	enum rc rc = tx_query(c->tx, "SELECT 1", NULL, 0, &rows);
	if (rc)
		return rc;
	bool one = rows_next(rows, &v);
	rc = rows_end(rows);
	return rc || !one ? RC_STORE : hello_get(c, rq, an);
}
