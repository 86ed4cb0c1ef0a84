/* cmd_serve.c -- `sanshe serve`: brings the database up to date, answers HTTP until told to stop, and does what is due each minute. */
#include "cli/cli.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/flow.h"
#include "engine/papers.h"
#include "http/server.h"
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READERS = 14 /* network threads, reads, hashes, exports, imports, and this thread */, TICK_S = 60, STOP_S = 20, LAPSE_MAX = 500, DEMO_DAYS = 60 };
#define DEMO_DAY "2020-11-20"

struct options { struct server_options server; const char *now; };

/* SANSHE_REQUEST_SECONDS: the deadline for a request to come in. */
static bool read_deadline(unsigned *seconds)
{
	const char *text = getenv("SANSHE_REQUEST_SECONDS");
	int64_t n = 0;
	if (text && *text && (!text_int(text, &n) || n < 1 || n > 3600))
		return false;
	*seconds = (unsigned)n;
	return true;
}

static int read_options(struct cli *cli, int argc, char **argv, struct options *o)
{
	static const struct option list[] = { { "listen", required_argument, NULL, 'l' }, { "demo", no_argument, NULL, 'd' },
		{ "tls-proxy", no_argument, NULL, 't' }, { "now", required_argument, NULL, 'n' },
		{ "require-otp", no_argument, NULL, 'o' }, { 0 } };
	const char *env = getenv("SANSHE_LISTEN"), *otp = getenv("SANSHE_REQUIRE_OTP");
	o->server.otp_needed = otp && !strcmp(otp, "1");
	o->server.listen = env && *env ? env : "127.0.0.1:8080";
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		switch (k) {
		case 'l': o->server.listen = optarg; break;
		case 'd': o->server.demo = true; break;
		case 't': o->server.tls_proxy = true; break;
		case 'n': o->now = optarg; break;
		case 'o': o->server.otp_needed = true; break;
		default: return cli_usage(cli);
		}
	}
	if (optind < argc)
		return cli_usage(cli);
	if (!read_deadline(&o->server.request_s)) {
		cli_fail("SANSHE_REQUEST_SECONDS 应为 1 到 3600 的秒数");
		return EXIT_USAGE;
	}
	if (o->now && !o->server.demo) {
		cli_fail("--now 只能与 --demo 一起用");
		return EXIT_USAGE;
	}
	if (o->server.demo && !server_is_loopback(o->server.listen)) {
		cli_fail("演示模式只能监听本机地址（127.0.0.1 或 [::1]），不能是 %s", o->server.listen);
		return EXIT_USAGE;
	}
	return EXIT_GOOD;
}

/* The business clock of a demonstration stands at nine in the morning of its day. */
static int set_clock(const struct options *o)
{
	int64_t day;
	if (!o->server.demo)
		return EXIT_GOOD;
	if (!day_read(o->now ? o->now : DEMO_DAY, &day)) {
		cli_fail("--now 应为日期，例如 %s", DEMO_DAY);
		return EXIT_USAGE;
	}
	clock_start_at(clock_day_start(day) + 9 * 3600 * 1000);
	return EXIT_GOOD;
}

/* A demonstration that is started again goes on from its newest entry: time must not run backwards through its records. What the
 * command line did in real time lies far ahead and does not count. */
static enum rc newest_fn(struct ctx *c, void *arg)
{
	int64_t *newest = arg;
	struct rows *rows;
	const struct value *v, args[] = { VINT(c->now), VINT(c->now + DEMO_DAYS * INT64_C(86400000)) };
	enum rc rc = tx_query(c->tx, "SELECT max(at) FROM audit WHERE at BETWEEN ?1 AND ?2", args, COUNT(args), &rows);
	if (rc)
		return rc;
	if (rows_next(rows, &v) && v[0].type == V_INT)
		*newest = v[0].i;
	return rows_end(rows);
}

static void go_on(struct cli *cli)
{
	int64_t newest = 0;
	if (clock_moved() && !cli_read(cli, newest_fn, &newest) && newest)
		clock_start_at(newest + 1);
}

/* -- each minute */
static enum rc lapse_fn(struct ctx *c, void *arg)
{
	return flow_lapse(c, LAPSE_MAX, arg);
}

static enum rc sweep_fn(struct ctx *c, void *arg)
{
	return session_sweep(c, arg);
}

static enum rc broken_fn(struct ctx *c, void *arg)
{
	(void)arg;
	return import_job_sweep(c, "{\"file\":\"refused\",\"reason\":\"服务重新启动，导入已中断，没有写入任何内容，请重新导入\",\"rows\":0,\"accepted\":0,"
		"\"normalised\":0,\"warned\":0,\"ignored\":0,\"rejected\":0}");
}

/* In its own arena: the command's lives as long as the server. */
static void due(struct cli *cli, cli_fn *fn, void *arg, const char *what)
{
	struct cli mine = { .url = cli->url, .arena = arena_new(0), .store = cli->store, .who = cli->who };
	enum rc rc = cli_write(&mine, fn, arg);
	if (rc)
		log_event(LOG_WARN, "tick", "%s ended with %d", what, (int)rc);
	arena_free(mine.arena);
}

static void minute(struct cli *cli)
{
	unsigned n = 0;
	int64_t gone = 0;
	do {
		n = 0;
		due(cli, lapse_fn, &n, "lapse");
	} while (n >= LAPSE_MAX);
	due(cli, sweep_fn, &gone, "sweep");
	malloc_trim(0);
}

static void wait_for_end(struct cli *cli, const sigset_t *set)
{
	int64_t next = clock_mono() + 2000;
	for (;;) {
		struct timespec t = { .tv_sec = 1 };
		int got = sigtimedwait(set, NULL, &t);
		if (got == SIGTERM || got == SIGINT)
			return;
		if (clock_mono() >= next) {
			minute(cli);
			next = clock_mono() + TICK_S * 1000;
		}
	}
}

int cmd_serve(struct cli *cli, int argc, char **argv)
{
	struct options o = { 0 };
	const char *why = "原因不明";
	sigset_t set;
	int code = read_options(cli, argc, argv, &o);
	if (code || (code = set_clock(&o)))
		return code;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);  /* before any thread exists: only this one takes them */
	if ((code = cli_open(cli, OPEN_MIGRATE, READERS)))
		return code;
	go_on(cli);
	if (store_kind(cli->store) == STORE_SQLITE)
		due(cli, broken_fn, NULL, "imports");
	struct server *s = server_start(cli->arena, cli->store, &o.server, &why);
	if (!s)
		return cli_fail("%s", why);
	malloc_trim(0);
	log_event(LOG_INFO, "listening", "port %u, %s", server_port(s), store_url(cli->store));
	fprintf(stderr, "三社联动已启动：http://%.*s:%u/%s\n", (int)(strrchr(o.server.listen, ':') - o.server.listen), o.server.listen, server_port(s),
		o.server.demo ? "（演示模式）" : "");
	wait_for_end(cli, &set);
	log_event(LOG_INFO, "stopping", "waiting for requests in flight");
	if (!server_stop(s, STOP_S)) {
		store_close(cli->store);
		_exit(EXIT_GOOD);                /* some clients never took their answer: nothing more to wait for */
	}
	log_event(LOG_INFO, "stopped", "clean");
	return EXIT_GOOD;
}
