/* route.c -- the table of paths, and taking a target apart. A dozen generic routes serve every room; what follows them are the exceptions. */
#include "http/http.h"
#include "base/text.h"
#include <string.h>

#define V1 "/api/v1"
const struct route routes[] = {
	{ "GET",    V1 "/hello",                     BARE,    OPEN, 0, hello_get },
	{ "GET",    "/healthz",                      READS,   OPEN, 0, health_get },
	{ "GET",    "/metrics",                      BARE,    OPEN, 0, metrics_get },
	{ "POST",   V1 "/session",                   SLOW,    OPEN | JSON, 0, session_post },
	{ "GET",    V1 "/session",                   READS,   SIGNED_IN, 0, session_get },
	{ "DELETE", V1 "/session",                   WRITES,  SIGNED_IN, 0, session_delete },
	{ "POST",   V1 "/codes",                     WRITES,  OPEN | JSON, 0, codes_post },
	{ "GET",    V1 "/outbox",                    READS,   OPEN | DEMO_ONLY, 0, outbox_get },
	{ "GET",    V1 "/meta",                      READS,   OPEN, 0, meta_get },
	{ "GET",    V1 "/openapi.json",              BARE,    OPEN, 0, openapi_get },
	{ "GET",    V1 "/divisions/tree",            READS,   OPEN, 0, tree_get },
	{ "GET",    V1 "/totals",                    READS,   SIGNED_IN, 0, totals_get },
	{ "GET",    V1 "/notices",                   READS,   SIGNED_IN, 0, notices_get },
	{ "GET",    V1 "/audit",                     READS,   SIGNED_IN, 0, audit_get },
	{ "GET",    V1 "/imports/{id}",              READS,   SIGNED_IN, 0, import_get },
	{ "GET",    V1 "/imports/{id}/errors.csv",   READS,   SIGNED_IN, 0, errors_get },
	{ "GET",    V1 "/{room}.csv",                STREAMS, 0, EXPORT, csv_get },
	{ "GET",    V1 "/{room}.xlsx",               STREAMS, 0, EXPORT, xlsx_get },
	{ "GET",    V1 "/{room}/totals",             READS,   0, READ, groups_get },
	{ "POST",   V1 "/{room}/twins",              READS,   JSON, CREATE, twins_post },
	{ "POST",   V1 "/{room}/import",             WRITES,  BIG_BODY, IMPORT, import_post },
	{ "GET",    V1 "/{room}",                    READS,   0, READ, list_get },
	{ "POST",   V1 "/{room}",                    WRITES,  JSON, CREATE, record_post },
	{ "GET",    V1 "/{room}/{id}",               READS,   0, READ, record_get },
	{ "PATCH",  V1 "/{room}/{id}",               WRITES,  JSON, EDIT, record_patch },
	{ "GET",    V1 "/{room}/{id}/history",       READS,   0, READ, history_get },
	{ "GET",    V1 "/{room}/{id}/trace",         READS,   0, READ, trace_get },
	{ "POST",   V1 "/{room}/{id}/reveal",        WRITES,  JSON, REVEAL, reveal_post },
	{ "GET",    V1 "/{room}/{id}/attachments",   READS,   0, READ, files_get },
	{ "POST",   V1 "/{room}/{id}/attachments",   WRITES,  FILE_BODY, EDIT, files_post },
	{ "GET",    V1 "/{room}/{id}/attachments/{word}", WRITES, 0, READ, file_get },
	{ "POST",   V1 "/{room}/{id}/{step}",        WRITES,  JSON, DO, step_post },
};
const unsigned n_routes = COUNT(routes);
static const struct route assets_route = { "GET", "/*", BARE, OPEN, 0, static_get };

unsigned route_number(const struct route *r)
{
	return r && r >= routes && r < routes + n_routes ? (unsigned)(r - routes) : n_routes;
}

/* Takes `{room}` and the like from one segment of the path. */
static bool take(struct request *rq, const char *what, size_t n, const char *value)
{
	if (!strncmp(what, "room", n) && n == 4) {
		rq->e = room_find(value);
		return rq->e && !(rq->e->flags & SHEET) && !strchr(value, '_');
	}
	if (!strncmp(what, "id", n) && n == 2)
		return text_int(value, &rq->id) && rq->id > 0;
	rq->word = value;
	return strncmp(what, "step", n) || (rq->e && room_step(rq->e, value));
}

static bool segment(struct request *rq, const char *pattern, size_t np, const char *s, size_t ns)
{
	if (*pattern != '{')
		return np == ns && !strncmp(pattern, s, ns);
	size_t name = strcspn(pattern, "}") - 1, tail = np - name - 2;
	if (ns <= tail || strncmp(pattern + name + 2, s + ns - tail, tail))
		return false;
	return take(rq, pattern + 1, name, arena_strndup(rq->arena, s, ns - tail));
}

static bool matches(struct request *rq, const char *pattern)
{
	const char *p = pattern, *s = rq->path;
	rq->e = NULL;
	rq->id = 0;
	rq->word = NULL;
	while (*p == '/' && *s == '/') {
		size_t np = strcspn(++p, "/"), ns = strcspn(++s, "/");
		if (!ns || !segment(rq, p, np, s, ns))
			return false;
		p += np, s += ns;
	}
	return !*p && !*s;
}

const struct route *route_find(struct request *rq, const char **allow)
{
	const char *method = strcmp(rq->method, "HEAD") ? rq->method : "GET", *list = NULL;
	*allow = NULL;
	for (unsigned i = 0; i < n_routes; i++) {
		const struct route *r = &routes[i];
		if (((r->flags & DEMO_ONLY) && !rq->service->demo) || !matches(rq, r->path))
			continue;
		if (!strcmp(r->method, method))
			return r;
		list = list ? arena_printf(rq->arena, "%s, %s", list, r->method) : strcmp(r->method, "GET") ? r->method : "GET, HEAD";
	}
	*allow = list;
	if (list || !strncmp(rq->path, "/api/", 5))
		return NULL;
	if (strcmp(method, "GET")) {
		*allow = "GET, HEAD";
		return NULL;
	}
	rq->e = NULL;
	return &assets_route;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char *decode(struct arena *a, const char *s, size_t n, bool plus)
{
	char *out = arena_alloc(a, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%') {
			int hi = n - i > 2 ? hex(s[i + 1]) : -1, lo = n - i > 2 ? hex(s[i + 2]) : -1;
			if (hi < 0 || lo < 0)
				return NULL;
			out[k++] = (char)(hi * 16 + lo);
			i += 2;
		} else {
			out[k++] = plus && s[i] == '+' ? ' ' : s[i];
		}
	}
	return text_valid(out, k) ? out : NULL;
}

static bool parse_query(struct request *rq, const char *q)
{
	unsigned max = 1;
	for (const char *p = q; *p; p++)
		max += *p == '&';
	if (max > 100)
		return false;
	struct param *list = arena_alloc(rq->arena, max * sizeof *list);
	while (*q) {
		size_t n = strcspn(q, "&"), eq = strcspn(q, "=&");
		if (n) {
			char *name = decode(rq->arena, q, eq, true);
			char *value = eq < n ? decode(rq->arena, q + eq + 1, n - eq - 1, true) : arena_strdup(rq->arena, "");
			if (!name || !value)
				return false;
			list[rq->n_query++] = (struct param){ name, value };
		}
		q += n + (q[n] == '&');
	}
	rq->query = list;
	return true;
}

bool route_parse(struct request *rq, const char *target)
{
	size_t n = strcspn(target, "?");
	rq->n_query = 0;
	rq->path = decode(rq->arena, target, n, false);
	return rq->path && *rq->path == '/' && (!target[n] || parse_query(rq, target + n + 1));
}

const char *route_param(const struct request *rq, const char *name)
{
	for (unsigned i = 0; i < rq->n_query; i++)
		if (!strcmp(rq->query[i].name, name))
			return rq->query[i].value;
	return NULL;
}
