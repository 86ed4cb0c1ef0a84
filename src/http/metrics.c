/* metrics.c -- counters for Prometheus: requests by route and class of status, their duration, queues, memory. Counts only, no names of people. */
#include "http/http.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROUTES_MAX = 64, BUCKETS = 12 };
static const double edges[BUCKETS] = { .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5 };
struct metrics {
	_Atomic uint64_t by[ROUTES_MAX][6];      /* [route][status / 100] */
	_Atomic uint64_t bucket[BUCKETS + 1], count, us;
};

struct metrics *metrics_new(struct arena *a)
{
	return arena_alloc(a, sizeof(struct metrics));
}

void metrics_count(struct metrics *m, const struct route *r, int status, int64_t us)
{
	unsigned n = route_number(r), class = status >= 100 && status < 600 ? (unsigned)status / 100 : 5, b = 0;
	atomic_fetch_add_explicit(&m->by[n < ROUTES_MAX ? n : ROUTES_MAX - 1][class], 1, memory_order_relaxed);
	while (b < BUCKETS && (double)us / 1e6 > edges[b])
		b++;
	atomic_fetch_add_explicit(&m->bucket[b], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->us, (uint64_t)us, memory_order_relaxed);
}

static long rss_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long all = 0, rss = 0;
	if (f) {
		if (fscanf(f, "%ld %ld", &all, &rss) != 2)
			rss = 0;
		fclose(f);
	}
	return rss * sysconf(_SC_PAGESIZE);
}

static void by_route(struct metrics *m, struct buf *b)
{
	buf_str(b, "# HELP sanshe_requests_total Requests answered.\n# TYPE sanshe_requests_total counter\n");
	for (unsigned i = 0; i <= n_routes && i < ROUTES_MAX; i++)
		for (unsigned class = 1; class < 6; class++) {
			uint64_t n = atomic_load_explicit(&m->by[i][class], memory_order_relaxed);
			if (n)
				buf_printf(b, "sanshe_requests_total{method=\"%s\",route=\"%s\",status=\"%uxx\"} %llu\n", i < n_routes ? routes[i].method : "",
					i < n_routes ? routes[i].path : "other", class, (unsigned long long)n);
		}
}

static void durations(struct metrics *m, struct buf *b)
{
	uint64_t sum = 0;
	buf_str(b, "# HELP sanshe_request_seconds Time from the whole request to the answer.\n# TYPE sanshe_request_seconds histogram\n");
	for (unsigned i = 0; i < BUCKETS; i++) {
		sum += atomic_load_explicit(&m->bucket[i], memory_order_relaxed);
		buf_printf(b, "sanshe_request_seconds_bucket{le=\"%g\"} %llu\n", edges[i], (unsigned long long)sum);
	}
	sum += atomic_load_explicit(&m->bucket[BUCKETS], memory_order_relaxed);
	buf_printf(b, "sanshe_request_seconds_bucket{le=\"+Inf\"} %llu\nsanshe_request_seconds_sum %.6f\nsanshe_request_seconds_count %llu\n",
		(unsigned long long)sum, (double)atomic_load_explicit(&m->us, memory_order_relaxed) / 1e6, (unsigned long long)sum);
}

enum rc metrics_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct service *s = rq->service;
	if (strncmp(rq->source, "127.", 4) && strcmp(rq->source, "::1"))
		return ctx_problem(c, RC_MISSING, NULL, "local_only", "%s", ctx_say(c, "运行指标只在本机提供", "Metrics are served to this machine only"));
	struct buf b;
	buf_init(&b, rq->arena);
	by_route(s->metrics, &b);
	durations(s->metrics, &b);
	buf_str(&b, "# TYPE sanshe_queue gauge\n");
	buf_printf(&b, "sanshe_queue{pool=\"reads\"} %u\nsanshe_queue{pool=\"hashes\"} %u\nsanshe_queue{pool=\"exports\"} %u\nsanshe_queue{pool=\"imports\"} %u\n",
		s->reads ? pool_waiting(s->reads) : 0, pool_waiting(s->hashes), pool_waiting(s->exports), pool_waiting(s->imports));
	buf_printf(&b, "# TYPE sanshe_in_flight gauge\nsanshe_in_flight %d\n# TYPE sanshe_body_bytes gauge\nsanshe_body_bytes %lld\n",
		atomic_load(&s->in_flight), (long long)atomic_load(&s->held));
	buf_printf(&b, "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %ld\n", rss_bytes());
	an->type = "text/plain; version=0.0.4; charset=utf-8";
	an->body = b.p;
	an->n = b.n;
	return RC_OK;
}
