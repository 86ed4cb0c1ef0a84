/* static.c -- the web application out of the program itself: gzip where the browser takes it, 304 where it has it already. Any other
 * address a browser asks for is a page of the application. Data files inside the program are never served. */
#include "http/http.h"
#include "http/static.h"
#include <string.h>

const struct asset *asset_find(const char *url)
{
	size_t lo = 0, hi = n_assets;            /* tools/embed.py sorts by url, bytewise as UTF-8 */
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = strcmp(assets[mid].url, url);
		if (!d)
			return &assets[mid];
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static const struct asset *page(const struct request *rq)
{
	const char *path = strcmp(rq->path, "/") ? rq->path : "/index.html";
	const struct asset *a = *path == '/' ? asset_find(path) : NULL;
	const char *name = strrchr(path, '/');
	if (!a && rq->accept && strstr(rq->accept, "text/html") && !strchr(name, '.'))
		a = asset_find("/index.html");
	return a;
}

/* Entity tags differ between the plain and the packed bytes. */
static const char *tag(struct request *rq, const struct asset *a, bool packed)
{
	return packed ? arena_printf(rq->arena, "\"z%s", a->etag + 1) : a->etag;
}

enum rc static_get(struct ctx *c, struct request *rq, struct answer *an)
{
	const struct asset *a = page(rq);
	if (!a)
		return ctx_problem(c, RC_MISSING, NULL, "no_path", "%s", ctx_say(c, "没有这个地址", "No such address"));
	bool packed = a->gzip && rq->encoding && strstr(rq->encoding, "gzip");
	an->type = a->mime;
	an->etag = tag(rq, a, packed);
	an->cacheable = true;
	an->immutable = !strncmp(a->url, "/assets/", 8);     /* their names change with their contents */
	if (rq->if_none_match && (strstr(rq->if_none_match, an->etag) || !strcmp(rq->if_none_match, "*"))) {
		an->status = 304;
		an->body = "";
		return RC_OK;
	}
	an->encoding = packed ? "gzip" : NULL;
	an->body = (const char *)(packed ? a->gzip : a->body);
	an->n = packed ? a->n_gzip : a->n;
	return RC_OK;
}
