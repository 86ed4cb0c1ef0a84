/* cmd_transfer.c -- tables in and out from the command line. Exit codes of import: 0 all rows taken, 1 some rejected, 2 the file refused. */
#include "cli/cli.h"
#include "engine/audit.h"
#include "engine/transfer.h"
#include "http/route.h"
#include <stdio.h>
#include <string.h>

enum { FILE_LIMIT = 64 << 20 };
struct import {
	const struct entity *e;
	const char *bytes; size_t n;
	bool dry_run, partial;
	struct arena *arena;                     /* of the report: outlives the transaction */
	struct import_report report;
	const char *json, *csv; size_t n_csv;
	enum rc rc;
};

static enum rc import_fn(struct ctx *c, void *arg)
{
	struct import *m = arg;
	struct import_options o = { .dry_run = m->dry_run, .partial = m->partial };
	struct buf b, csv;
	struct jout j;
	m->report = (struct import_report){ 0 };
	c->importing = true;
	m->rc = transfer_import(c, m->e, m->bytes, m->n, &o, &m->report);
	if (m->rc != RC_OK && m->rc != RC_REJECTED)
		return m->rc;
	buf_init(&b, m->arena);
	jout_init(&j, &b);
	transfer_report_json(c, &m->report, &j, 0);
	m->json = b.p;
	buf_init(&csv, m->arena);
	if (transfer_errors_csv(c, &m->report, &csv))
		return RC_STORE;
	m->csv = csv.p;
	m->n_csv = csv.n;
	m->report.refused = arena_strdup(m->arena, m->report.refused);
	c->n_problems = 0;                       /* they stand in the report */
	if (m->rc == RC_OK && !m->dry_run)
		return RC_OK;
	return ctx_problem(c, RC_REJECTED, NULL, "undone", "%s", m->rc ? "没有写入任何内容" : "试运行，没有写入任何内容");
}

static void tell(const struct import *m)
{
	const struct import_report *r = &m->report;
	if (r->refused)
		printf("文件被拒收：%s\n", r->refused);
	else
		printf("%s：共 %lld 行，收下 %lld（整理后 %lld，提醒 %lld），未变 %lld，略过 %lld，拒收 %lld\n", m->e->label, (long long)r->rows, (long long)r->accepted,
			(long long)r->normalised, (long long)r->warned, (long long)r->unchanged, (long long)r->ignored, (long long)r->rejected);
}

enum rc import_bytes(struct cli *cli, const struct entity *e, const char *bytes, size_t n, bool dry_run, bool partial, const char *errors,
	bool json, int *exit_code)
{
	struct import m = { .e = e, .bytes = bytes, .n = n, .dry_run = dry_run, .partial = partial, .arena = arena_new((size_t)2 << 30), .rc = RC_STORE };
	enum rc rc = cli_write_alone(cli, import_fn, &m);
	*exit_code = EXIT_USAGE;
	if (m.json && (m.rc == RC_REJECTED || (m.rc == RC_OK && (rc == RC_OK || dry_run)))) {
		if (json)
			puts(m.json);
		else if (!cli->quiet)
			tell(&m);
		*exit_code = m.report.refused ? EXIT_USAGE : m.report.rejected ? EXIT_BAD : EXIT_GOOD;
		if (errors && !cli_store_file(errors, m.csv, m.n_csv))
			*exit_code = EXIT_BAD;
	}
	arena_free(m.arena);
	return rc;
}

int cmd_import(struct cli *cli, int argc, char **argv)
{
	static const struct option list[] = { { "dry-run", no_argument, NULL, 'd' }, { "partial", no_argument, NULL, 'p' },
		{ "errors", required_argument, NULL, 'e' }, { "json", no_argument, NULL, 'j' }, { 0 } };
	bool dry_run = false, partial = false, json = false;
	const char *errors = NULL, *bytes;
	size_t n;
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		switch (k) {
		case 'd': dry_run = true; break;
		case 'p': partial = true; break;
		case 'e': errors = optarg; break;
		case 'j': json = true; break;
		default: return cli_usage(cli);
		}
	}
	if (argc - optind != 2)
		return cli_usage(cli);
	const struct entity *e = cli_room(argv[optind]);
	if (!e || cli_open(cli, OPEN_OLD, 2) || !cli_file(cli->arena, argv[optind + 1], FILE_LIMIT, &bytes, &n))
		return EXIT_USAGE;
	int code = EXIT_USAGE;
	import_bytes(cli, e, bytes, n, dry_run, partial, errors, json, &code);
	return code;
}

/* -- export */
struct export { const struct entity *e; enum out_kind kind; const struct param *params; unsigned n; const char *reason; };

static int to_stdout(void *arg, const void *bytes, size_t n)
{
	(void)arg;
	return fwrite(bytes, 1, n, stdout) == n ? 0 : -1;
}

static enum rc export_fn(struct ctx *c, void *arg)
{
	struct export *x = arg;
	c->reason = x->reason;
	return transfer_export(c, x->e, x->kind, x->params, x->n, to_stdout, NULL);
}

int cmd_export(struct cli *cli, int argc, char **argv)
{
	static const struct option list[] = { { "format", required_argument, NULL, 'f' }, { "filter", required_argument, NULL, 'q' },
		{ "reason", required_argument, NULL, 'r' }, { 0 } };
	struct export x = { .kind = OUT_CSV, .reason = "命令行导出" };
	const char *filter = "";
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		if (k == 'f' && (!strcmp(optarg, "csv") || !strcmp(optarg, "xlsx")))
			x.kind = *optarg == 'c' ? OUT_CSV : OUT_XLSX;
		else if (k == 'q')
			filter = optarg;
		else if (k == 'r')
			x.reason = optarg;
		else
			return cli_usage(cli);
	}
	if (argc - optind != 1)
		return cli_usage(cli);
	if (!(x.e = cli_room(argv[optind])) || cli_open(cli, OPEN_OLD, 2))
		return EXIT_USAGE;
	struct request rq = { .arena = cli->arena };
	if (!route_parse(&rq, arena_printf(cli->arena, "/?%s", filter))) {
		cli_fail("筛选条件写法不对，应如 'state=closed&region=2101'");
		return EXIT_USAGE;
	}
	x.params = rq.query;
	x.n = rq.n_query;
	if (cli_read(cli, export_fn, &x))
		return EXIT_BAD;
	return fflush(stdout) ? cli_fail("写不出去：输出已关闭或磁盘已满") : EXIT_GOOD;
}
