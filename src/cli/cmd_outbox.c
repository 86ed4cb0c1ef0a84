/* cmd_outbox.c -- `sanshe outbox take`: hands waiting texts to whatever sends them. An SMS gateway's script calls it each minute and sends
 * the lines it prints; each text is handed out once. Without such a script texts stay in the outbox. */
#include "cli/cli.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

struct taking { unsigned max, n; struct buf lines; };

static enum rc take_fn(struct ctx *c, void *arg)
{
	struct taking *t = arg;
	t->lines.n = 0;
	return outbox_take(c, t->max, &t->lines, &t->n);
}

int cmd_outbox(struct cli *cli, int argc, char **argv)
{
	static const struct option list[] = { { "limit", required_argument, NULL, 'l' }, { 0 } };
	struct taking t = { .max = 100 };
	int64_t limit;
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		if (k != 'l' || !text_int(optarg, &limit) || limit < 1 || limit > 10000)
			return cli_usage(cli);
		t.max = (unsigned)limit;
	}
	if (argc - optind != 1 || strcmp(argv[optind], "take"))
		return cli_usage(cli);
	int code = cli_open(cli, OPEN_OLD, 2);
	if (code)
		return code;
	struct arena *own = arena_new(0);        /* the command's is rewound with its transactions */
	buf_init(&t.lines, own);
	code = cli_write(cli, take_fn, &t) ? EXIT_BAD : EXIT_GOOD;
	if (!code && fwrite(t.lines.p, 1, t.lines.n, stdout) != t.lines.n)
		code = EXIT_BAD;
	arena_free(own);
	return code;
}
