/* main.c -- the commands of sanshe, and finding the database of this run. Refuses what it does not know. */
#include "cli/cli.h"
#include "http/server.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name; command *run; const char *usage; } commands[] = {
	{ "serve",   cmd_serve,   "serve [--listen 127.0.0.1:8080] [--tls-proxy] [--demo [--now 2020-11-20]] [--require-otp]" },
	{ "init",    cmd_init,    "init" },
	{ "demo",    cmd_demo,    "demo [--data 文件夹]" },
	{ "import",  cmd_import,  "import 类别 文件 [--dry-run] [--partial] [--errors 错误清单.csv] [--json]" },
	{ "export",  cmd_export,  "export 类别 [--format csv|xlsx] [--filter 'state=closed&region=2101'] [--reason 理由] > 文件" },
	{ "verify",  cmd_verify,  "verify [--json] [--totals] [--expect 文件]" },
	{ "backup",  cmd_backup,  "backup 文件" },
	{ "restore", cmd_restore, "restore 文件" },
	{ "migrate", cmd_migrate, "migrate" },
	{ "user",    cmd_user,    "user add 用户名 --role 角色 --region 区划 [--org 信用代码] [--label 姓名] [--phone 手机] [--password-stdin]\n"
	                          "       sanshe user list | disable 用户名 | enable 用户名 | password 用户名 [--password-stdin] | totp 用户名 [--off]" },
	{ "token",   cmd_token,   "token add 用户名 [--label 说明] [--days 天数] | list | revoke 编号" },
	{ "audit",   cmd_audit,   "audit list [--record 编号] [--limit 条数] | heads | verify [--heads 文件]" },
	{ "outbox",  cmd_outbox,  "outbox take [--limit 条数]" },
	{ "openapi", cmd_openapi, "openapi" },
	{ "docs",    cmd_docs,    "docs [access]" },
	{ "lint",    cmd_lint,    "lint" },
};

static int usage(FILE *to)
{
	fprintf(to, "三社联动 sanshe %s\n用法：sanshe 命令 [--db sqlite:路径|postgresql://…] …\n", SANSHE_VERSION);
	for (unsigned i = 0; i < COUNT(commands); i++)
		fprintf(to, "  sanshe %s\n", commands[i].usage);
	return to == stdout ? EXIT_GOOD : EXIT_USAGE;
}

/* Takes --db URL or --db=URL out of the arguments, wherever it stands. NULL: --db without a value. */
static const char *take_db(int *argc, char **argv)
{
	const char *url = getenv("SANSHE_DB");
	int n = 0;
	if (!url || !*url)
		url = "sqlite:var/sanshe.db";
	for (int i = 0; i < *argc; i++) {
		if (!strncmp(argv[i], "--db=", 5)) {
			url = argv[i] + 5;
		} else if (!strcmp(argv[i], "--db")) {
			if (++i >= *argc)
				return NULL;
			url = argv[i];
		} else {
			argv[n++] = argv[i];
		}
	}
	*argc = n;
	argv[n] = NULL;
	return *url ? url : NULL;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	const char *url = take_db(&argc, argv);
	if (!url) {
		fputs("--db 后面缺少数据库地址，例如 sqlite:var/sanshe.db\n", stderr);
		return EXIT_USAGE;
	}
	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return usage(stdout);
	if (!strcmp(argv[1], "--version")) {
		printf("sanshe %s\n", SANSHE_VERSION);
		return EXIT_GOOD;
	}
	for (unsigned i = 0; i < COUNT(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		struct cli cli = { .url = url, .usage = commands[i].usage };
		int code = commands[i].run(&cli, argc - 1, argv + 1);
		cli_close(&cli);
		return code;
	}
	fprintf(stderr, "没有“%s”这个命令\n", argv[1]);
	return usage(stderr);
}
