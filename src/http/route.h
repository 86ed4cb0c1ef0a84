/* route.h -- a request and its answer as handlers see them, and the table that says which handler answers which path.
 * No type of the HTTP library appears here or in any handler. */
#pragma once
#include "engine/account.h"
#include "engine/more.h"
#include <sys/types.h>

struct service;
struct stream;
struct route;
struct request {
	struct arena *arena;                 /* lives until the answer has left */
	struct service *service;
	const struct route *route;
	const char *method, *path;           /* path: decoded, without the query */
	const struct entity *e;              /* {room} */
	int64_t id;                          /* {id} */
	const char *word;                    /* {step} or the last {…} */
	const struct param *query; unsigned n_query;
	const char *type, *length, *if_match, *if_none_match, *key, *csrf, *cookie, *authorization, *accept, *encoding, *language,
		*forwarded_for, *forwarded_proto;   /* headers, NULL when absent */
	const char *source;                  /* network address of the client */
	const char *body; size_t n_body;
	const struct jval *json;             /* body of a JSON route; an empty object when there was none */
	int64_t version;                     /* of If-Match, 0 when absent */
	struct session session; bool by_cookie, secure;
	struct caller who;
};
struct answer {
	int status;                          /* 0: 200 */
	const char *type;                    /* NULL: application/json */
	const char *body; size_t n;          /* in the request's arena, or constant */
	struct stream *stream;               /* instead of a body */
	const char *location, *etag, *cookie, *file, *allow, *encoding;   /* file: name for saving */
	int retry_after; bool cacheable, immutable, sandbox;
	void (*after)(struct request *);     /* once the effect is durable, before the answer leaves */
};
typedef enum rc handle(struct ctx *, struct request *, struct answer *);

enum way {
	BARE,     /* on the network thread, no session, no transaction */
	READS,    /* inside one read transaction */
	WRITES,   /* inside one write transaction, idempotent by key, audited when refused */
	SLOW,     /* on a thread of the hashing pool; opens its own transactions */
	STREAMS,  /* on a thread of the export pool; opens its own transactions */
};
enum route_flag {
	OPEN = 1 /* also for people not logged in, without asking the grants */, JSON = 2 /* body is a JSON object */,
	FILE_BODY = 4 /* raw body, attachment limit */, BIG_BODY = 8 /* raw body, import limit */, DEMO_ONLY = 16,
	SIGNED_IN = 32 /* a person or a machine, whatever its grants */,
};
struct route { const char *method, *path; enum way way; unsigned flags; unsigned act /* action of the room asked for */; handle *run; };
extern const struct route routes[];
extern const unsigned n_routes;
unsigned route_number(const struct route *);               /* for counters; n_routes: none */

/* Finds the route of rq->method and rq->path and fills e, id, word. NULL: no such path, or, with *allow set, no such method there. */
const struct route *route_find(struct request *, const char **allow);
/* Decodes the target "/a%20b?x=1&y=2" into path and query. False: malformed escapes, NUL or bytes that are not UTF-8. */
bool route_parse(struct request *, const char *target);
const char *route_param(const struct request *, const char *name);             /* NULL when absent */

handle list_get, groups_get, record_post, record_get, record_patch, step_post, history_get, trace_get, reveal_post, twins_post;
handle csv_get, xlsx_get, import_post, import_get, errors_get, files_get, files_post, file_get;
handle session_post, session_get, session_delete, codes_post, outbox_get;
handle meta_get, openapi_get, tree_get, totals_get, notices_get, audit_get, hello_get, health_get, metrics_get, static_get;
