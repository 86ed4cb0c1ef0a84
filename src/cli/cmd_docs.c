/* cmd_docs.c -- what the rooms say about themselves: documents, permission matrix, OpenAPI, and the lint that refuses badly written rooms. */
#include "cli/cli.h"
#include "engine/access.h"
#include <stdio.h>
#include <string.h>

static int print(struct cli *cli, void (*fill)(struct arena *, struct buf *))
{
	struct buf b;
	cli->arena = arena_new(0);
	buf_init(&b, cli->arena);
	fill(cli->arena, &b);
	return fwrite(b.p, 1, b.n, stdout) == b.n && !fflush(stdout) ? EXIT_GOOD : EXIT_BAD;
}

static void access_matrix(struct arena *a, struct buf *b)
{
	(void)a;
	access_docs(b);
}

int cmd_docs(struct cli *cli, int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "access"))
		return print(cli, access_matrix);
	return argc == 1 ? print(cli, docs_rooms) : cli_usage(cli);
}

int cmd_openapi(struct cli *cli, int argc, char **argv)
{
	(void)argv;
	return argc == 1 ? print(cli, openapi_json) : cli_usage(cli);
}

static void say(const char *fault)
{
	fprintf(stderr, "%s\n", fault);
}

int cmd_lint(struct cli *cli, int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return cli_usage(cli);
	unsigned faults = lint(say);
	printf("%u 处问题\n", faults);
	return faults ? EXIT_BAD : EXIT_GOOD;
}
