/* load.c -- a plain HTTP load: N connections, each sends the next request of a file and waits for the answer.
 * usage: load PORT CONNECTIONS SECONDS REQUESTS_FILE   (requests separated by a line "----"; $KEY becomes a fresh word)
 * prints JSON: requests, seconds, failures, p50/p95/p99 in microseconds. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char **requests;
static size_t n_requests;
static int port;
static double until;
static atomic_ulong next_key, failures;
struct worker { pthread_t thread; unsigned *us; size_t n, cap; unsigned seed; };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof a))
		return -1;
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return s;
}

/* Reads one answer with Content-Length; returns its status or -1. */
static int answer(int s, char *buf, size_t cap)
{
	size_t n = 0, want = 0;
	char *body = NULL;

	while (!body || n < want) {
		ssize_t k = read(s, buf + n, cap - 1 - n);

		if (k <= 0)
			return -1;
		n += (size_t)k;
		buf[n] = 0;
		if (!body && (body = strstr(buf, "\r\n\r\n"))) {
			char *l = strcasestr(buf, "content-length:");

			body += 4;
			want = (size_t)(body - buf) + (l && l < body ? strtoul(l + 15, NULL, 10) : 0);
			if (want >= cap)
				return -1;
		}
	}
	return (int)strtol(buf + 9, NULL, 10);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	static const size_t cap = 1 << 20;
	char *buf = malloc(cap), *text = malloc(1 << 16);
	int s = dial();

	while (s >= 0 && now() < until) {
		const char *r = requests[(size_t)rand_r(&w->seed) % n_requests], *k = strstr(r, "$KEY");
		double t = now();
		int status, n = k ? snprintf(text, 1 << 16, "%.*sbench-%08lx%s", (int)(k - r), r, atomic_fetch_add(&next_key, 1), k + 4)
				  : snprintf(text, 1 << 16, "%s", r);

		if (write(s, text, (size_t)n) != n || (status = answer(s, buf, cap)) < 0) {
			atomic_fetch_add(&failures, 1);
			close(s);
			s = dial();
			continue;
		}
		if (status >= 400 && atomic_fetch_add(&failures, 1) == 0)
			fprintf(stderr, "first failure: %.600s\n", buf);
		if (w->n == w->cap)
			w->us = realloc(w->us, (w->cap = w->cap ? w->cap * 2 : 1 << 14) * sizeof *w->us);
		w->us[w->n++] = (unsigned)((now() - t) * 1e6);
	}
	close(s);
	free(buf);
	free(text);
	return NULL;
}

static int order(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

static void load_requests(const char *path)
{
	FILE *f = fopen(path, "rb");
	static char all[64 << 20];
	size_t n = f ? fread(all, 1, sizeof all - 1, f) : 0;
	char *p = all;

	if (!n)
		exit(2);
	all[n] = 0;
	while (p && *p) {
		char *end = strstr(p, "\n----\n");

		requests = realloc(requests, (n_requests + 1) * sizeof *requests);
		requests[n_requests++] = p;
		if (end) {
			*end = 0;
			end += 6;
		}
		p = end;
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	size_t n = 0, k = 0;
	unsigned *all;
	double t;

	if (argc != 5)
		return 2;
	port = (int)strtol(argv[1], NULL, 10);
	load_requests(argv[4]);
	next_key = (unsigned long)getpid() << 20;
	struct worker *w = calloc((size_t)strtol(argv[2], NULL, 10), sizeof *w);
	size_t n_workers = (size_t)strtol(argv[2], NULL, 10);

	t = now();
	until = t + strtod(argv[3], NULL);
	for (size_t i = 0; i < n_workers; i++) {
		w[i].seed = (unsigned)(i * 7919 + 1);
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	for (size_t i = 0; i < n_workers; i++) {
		pthread_join(w[i].thread, NULL);
		n += w[i].n;
	}
	t = now() - t;
	all = malloc((n + 1) * sizeof *all);
	for (size_t i = 0; i < n_workers; i++) {
		memcpy(all + k, w[i].us, w[i].n * sizeof *all);
		k += w[i].n;
	}
	qsort(all, n, sizeof *all, order);
	printf("{\"requests\":%zu,\"seconds\":%.3f,\"failures\":%lu,\"p50\":%u,\"p95\":%u,\"p99\":%u}\n", n, t, (unsigned long)failures,
		n ? all[n / 2] : 0, n ? all[n * 95 / 100] : 0, n ? all[n * 99 / 100] : 0);
	return 0;
}
