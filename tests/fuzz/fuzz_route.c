/* fuzz_route.c -- any bytes as the target of a request: refused, or a path and a query of text that a route may take. */
#include "http/http.h"
#include "base/text.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void found(const struct request *rq, const struct route *route)
{
	assert(route_number(route) <= n_routes);         /* files of the page have no number */
	assert(!strstr(route->path, "{room}") || rq->e);
	assert(!strstr(route->path, "{id}") || rq->id > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char *const methods[] = { "GET", "POST", "PATCH", "DELETE", "HEAD", "PUT" };
	static struct service service = { .demo = true };
	if (!n)
		return 0;
	struct arena *a = arena_new(0);
	const char *allow = NULL, *target = arena_strndup(a, (const char *)bytes + 1, n - 1);
	struct request rq = { .arena = a, .service = &service, .method = methods[bytes[0] % COUNT(methods)] };
	if (route_parse(&rq, target)) {
		assert(text_valid(rq.path, strlen(rq.path)));
		for (unsigned i = 0; i < rq.n_query; i++) {
			assert(text_valid(rq.query[i].name, strlen(rq.query[i].name)) && text_valid(rq.query[i].value, strlen(rq.query[i].value)));
			assert(route_param(&rq, rq.query[i].name));
		}
		const struct route *route = route_find(&rq, &allow);
		assert(!route || !allow || *allow);
		if (route)
			found(&rq, route);
	}
	arena_free(a);
	return 0;
}
