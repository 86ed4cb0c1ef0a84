/* conn.c -- one request as the HTTP library hands it over, piece by piece, into a call; and the call's answer back. Together with
 * server.c the only place that knows the library. Bodies are measured before they are read and while they are read. */
#include "http/inner.h"
#include "base/clock.h"
#include "base/log.h"
#include <stdlib.h>
#include <arpa/inet.h>
#include <string.h>
#include <time.h>

struct net {
	struct MHD_Connection *con;
	struct watch *watch;
	struct buf body;
	size_t limit;
	bool begun, at_once;                 /* at_once: the answer does not wait for the body, and the connection ends with it */
	unsigned lengths, encodings;
	const char *target;
};

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void park(struct call *k)
{
	struct net *net = k->net;
	MHD_suspend_connection(net->con);
}

static void resume(struct call *k)
{
	struct net *net = k->net;
	MHD_resume_connection(net->con);
}

void conn_notify(void *service, struct MHD_Connection *con, void **watch, enum MHD_ConnectionNotificationCode code)
{
	struct service *sv = service;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *fd = MHD_get_connection_info(con, MHD_CONNECTION_INFO_CONNECTION_FD);
		*watch = fd ? watch_add(sv->watchdog, fd->connect_fd) : NULL;
	} else {
		watch_drop(sv->watchdog, *watch);
		*watch = NULL;
	}
}

/* The path and the query are decoded by route.c, strictly. */
size_t conn_keep_escapes(void *service, struct MHD_Connection *con, char *s)
{
	(void)service, (void)con;
	return strlen(s);
}

void *conn_begin(void *service, const char *target, struct MHD_Connection *con)
{
	struct call *k = call_new(service);
	struct net *net = arena_alloc(k->rq.arena, sizeof *net);
	const union MHD_ConnectionInfo *w = MHD_get_connection_info(con, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	net->con = con;
	net->watch = w ? w->socket_context : NULL;
	net->target = arena_strdup(k->rq.arena, target);
	k->net = net;
	k->park = park;
	k->resume = resume;
	watch_phase(net->watch, COMING, k->rq.service->deadline_ms);
	return k;
}

void conn_end(void *service, struct MHD_Connection *con, void **call, enum MHD_RequestTerminationCode code)
{
	(void)service, (void)con, (void)code;
	struct call *k = *call;
	if (!k)
		return;
	struct net *net = k->net;
	if (k->an.stream)
		stream_leave(k->an.stream);
	watch_phase(net->watch, IDLE, 0);
	*call = NULL;
	call_release(&k->rq);
}

/* -- the request */
static const char *header(struct call *k, const char *name)
{
	struct net *net = k->net;
	return arena_strdup(k->rq.arena, MHD_lookup_connection_value(net->con, MHD_HEADER_KIND, name));
}

static bool from_here(const char *source)
{
	return !strncmp(source, "127.", 4) || !strcmp(source, "::1");
}

static const char *address(struct call *k)
{
	struct net *net = k->net;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(net->con, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char text[INET6_ADDRSTRLEN] = "";
	if (info && info->client_addr && info->client_addr->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr, text, sizeof text);
	else if (info && info->client_addr && info->client_addr->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)info->client_addr)->sin6_addr, text, sizeof text);
	return arena_strdup(k->rq.arena, strncmp(text, "::ffff:", 7) ? text : text + 7);
}

/* Behind our own proxy the client is the last address it added. */
static const char *source(struct call *k)
{
	const char *peer = address(k), *list = k->rq.forwarded_for;
	struct in6_addr any;
	if (!k->rq.service->tls_proxy || !list || !from_here(peer))
		return peer;
	const char *last = strrchr(list, ',');
	last = last ? last + 1 : list;
	last += strspn(last, " ");
	return inet_pton(AF_INET, last, &any) == 1 || inet_pton(AF_INET6, last, &any) == 1 ? last : peer;
}

bool wants_english(const char *language)
{
	return language && !strncasecmp(language, "en", 2) && (!language[2] || strchr("-,;", language[2]));
}

static void headers(struct call *k)
{
	struct request *rq = &k->rq;
	rq->type = header(k, "Content-Type");
	rq->length = header(k, "Content-Length");
	rq->if_match = header(k, "If-Match");
	rq->if_none_match = header(k, "If-None-Match");
	rq->key = header(k, "Idempotency-Key");
	rq->csrf = header(k, "X-CSRF-Token");
	rq->cookie = header(k, "Cookie");
	rq->authorization = header(k, "Authorization");
	rq->accept = header(k, "Accept");
	rq->encoding = header(k, "Accept-Encoding");
	rq->language = header(k, "Accept-Language");
	rq->forwarded_for = header(k, "X-Forwarded-For");
	rq->forwarded_proto = header(k, "X-Forwarded-Proto");
	rq->source = source(k);
	rq->who.source = rq->source;
	rq->who.english = wants_english(rq->language);
	rq->secure = rq->forwarded_proto && !strcasecmp(rq->forwarded_proto, "https") && (rq->service->tls_proxy || from_here(address(k)));
}

static void no_route(struct call *k, const char *allow)
{
	struct request *rq = &k->rq;
	if (!allow) {
		call_fail(k, RC_MISSING, 404, "no_path", "没有这个地址", "No such address");
		return;
	}
	k->an.allow = allow;
	call_fail(k, RC_MISSING, 405, "method", arena_printf(rq->arena, "这个地址不接受 %s，可以用 %s", rq->method, allow),
		arena_printf(rq->arena, "%s is not allowed here; use %s", rq->method, allow));
}

static void too_big(struct call *k)
{
	size_t limit = ((struct net *)k->net)->limit;
	call_fail(k, RC_TOO_BIG, 413, "too_big", arena_printf(k->rq.arena, "内容过大，最多 %zu MiB", limit >> 20),
		arena_printf(k->rq.arena, "Too large; at most %zu MiB", limit >> 20));
}

static enum MHD_Result count(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind, (void)value;
	struct net *net = arg;
	net->lengths += !strcasecmp(name, "Content-Length");
	net->encodings += !strcasecmp(name, "Transfer-Encoding");
	return MHD_YES;
}

/* Two lengths, or a length and chunks: a proxy before us could see another request than we do. */
static bool smuggled(struct net *net)
{
	MHD_get_connection_values(net->con, MHD_HEADER_KIND, count, net);
	return net->lengths + net->encodings > 1;
}

/* Large bodies are read from people we know only, and they get more time. */
static void allow_large(struct call *k)
{
	struct net *net = k->net;
	if (session_cached(&k->rq) == LOOK)
		session_load(&k->rq);
	if (!k->rq.who.account)
		call_fail(k, RC_MISSING, 401, "sign_in", "请先登录", "Sign in first");
	else
		watch_phase(net->watch, COMING, UPLOAD_MS);
}

/* The header is complete: where does it go, and will its body do? */
static void first(struct call *k, const char *method)
{
	struct net *net = k->net;
	struct request *rq = &k->rq;
	const char *allow = NULL;
	net->begun = true;
	net->limit = BODY_MAX;
	buf_init(&net->body, rq->arena);
	rq->method = arena_strdup(rq->arena, method);
	headers(k);
	if (smuggled(net)) {
		net->at_once = true;
		rq->path = "/";
		call_fail(k, RC_REJECTED, 400, "bad_length", "请求体长度的写法自相矛盾", "The length of the body is given more than once");
		return;
	}
	if (!route_parse(rq, net->target)) {
		rq->path = "/";
		call_fail(k, RC_REJECTED, 400, "bad_target", "地址中有不正确的转义或非 UTF-8 字符", "The address holds malformed escapes or is not UTF-8");
		return;
	}
	uint64_t declared = rq->length ? strtoull(rq->length, NULL, 10) : 0;
	net->at_once = declared > BODY_MAX;      /* too much to read only to refuse it */
	rq->route = route_find(rq, &allow);
	if (!rq->route) {
		no_route(k, allow);
		return;
	}
	net->limit = rq->route->flags & BIG_BODY ? IMPORT_MAX : rq->route->flags & FILE_BODY ? FILE_MAX : BODY_MAX;
	if (declared > net->limit) {
		net->at_once = true;
		too_big(k);
	} else if (rq->route->flags & (BIG_BODY | FILE_BODY))
		allow_large(k);
}

static void take_body(struct call *k, const char *bytes, size_t n)
{
	struct net *net = k->net;
	struct request *rq = &k->rq;
	if (k->done)
		return;                          /* already refused: the rest is read and forgotten, until the deadline */
	if (rq->n_body + n > net->limit) {
		too_big(k);
		return;
	}
	if (atomic_fetch_add(&rq->service->held, (int64_t)n) + (int64_t)n > BODIES_MAX) {
		atomic_fetch_sub(&rq->service->held, (int64_t)n);
		call_fail(k, RC_BUSY, 503, "busy", "系统繁忙，请稍后重试", "Busy; try again");
		return;
	}
	buf_add(&net->body, bytes, n);
	rq->n_body += n;
}

/* -- the answer */
static ssize_t reader(void *call, uint64_t at, char *to, size_t max)
{
	(void)at;
	struct call *k = call;
	ssize_t n = stream_take(k->an.stream, to, max);
	return n >= 0 ? n : n == -1 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void add(struct MHD_Response *r, const char *name, const char *value)
{
	if (value)
		MHD_add_response_header(r, name, value);
}

static void security_headers(struct MHD_Response *r, const struct answer *an)
{
	add(r, "Content-Security-Policy", an->sandbox ? "default-src 'none'; sandbox; frame-ancestors 'none'" :
		"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
		"frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'");
	add(r, "X-Content-Type-Options", "nosniff");
	add(r, "Referrer-Policy", "no-referrer");
	add(r, "X-Frame-Options", "DENY");
	add(r, "Cache-Control", an->immutable ? "public, max-age=31536000, immutable" : an->cacheable ? "no-cache" : "no-store");
}

static void answer_headers(struct call *k, struct MHD_Response *r)
{
	const struct answer *an = &k->an;
	int status = an->status ? an->status : 200;
	if (status != 204 && status != 304)
		add(r, "Content-Type", an->type ? an->type : "application/json");
	add(r, "Location", an->location);
	add(r, "ETag", an->etag);
	add(r, "Set-Cookie", an->cookie);
	add(r, "Allow", an->allow);
	add(r, "Content-Encoding", an->encoding);
	if (an->cacheable)
		add(r, "Vary", "Accept-Encoding");
	if (an->file)
		add(r, "Content-Disposition", an->file);
	if (an->retry_after)
		add(r, "Retry-After", arena_printf(k->rq.arena, "%d", an->retry_after));
	if (status == 401)
		add(r, "WWW-Authenticate", "Bearer");
	security_headers(r, an);
}

static enum MHD_Result answer(struct call *k)
{
	struct net *net = k->net;
	struct answer *an = &k->an;
	int status = an->status ? an->status : 200;
	struct MHD_Response *r = an->stream ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 32 << 10, reader, k, NULL) :
		MHD_create_response_from_buffer(an->n, (void *)(uintptr_t)an->body, MHD_RESPMEM_PERSISTENT);
	if (!r)
		return MHD_NO;
	answer_headers(k, r);
	enum MHD_Result sent = MHD_queue_response(net->con, (unsigned)status, r);
	MHD_destroy_response(r);
	watch_phase(net->watch, an->stream ? STREAMING : LEAVING, ANSWER_MS);
	metrics_count(k->rq.service->metrics, k->rq.route, status, k->begun_us ? now_us() - k->begun_us : 0);
	if (status >= 500 && status != 503)
		log_event(LOG_ERROR, "answer", "status %d for %s %s", status, k->rq.method, k->rq.route ? k->rq.route->path : "-");
	return sent;
}

enum MHD_Result conn_handle(void *service, struct MHD_Connection *con, const char *url, const char *method, const char *version,
	const char *upload, size_t *n, void **call)
{
	(void)service, (void)con, (void)url, (void)version;
	struct call *k = *call;
	if (!k)
		return MHD_NO;
	struct net *net = k->net;
	if (!net->begun) {
		first(k, method);
		return k->done && net->at_once ? answer(k) : MHD_YES;
	}
	if (*n) {
		take_body(k, upload, *n);
		*n = 0;
		return MHD_YES;
	}
	if (k->parked)
		return k->done ? answer(k) : MHD_YES;
	if (!k->done) {
		k->begun_us = now_us();
		k->rq.body = net->body.p;
		watch_phase(net->watch, WORKING, 0);
		if (atomic_load(&k->rq.service->stopping))
			call_fail(k, RC_BUSY, 503, "stopping", "服务正在停止，请稍后重试", "Stopping; try again");
		else
			call_run(k);
	}
	return k->parked ? MHD_YES : answer(k);
}
