/* cmd_verify.c -- `sanshe verify`: checks a whole database offline, says each fault; on demand prints the counters of every county and
 * compares them with what a file expects. */
#include "cli/cli.h"
#include "store/migrate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "engine/list.h"
#include "engine/more.h"

struct verify { struct jout *j; bool json, totals; int64_t n; const char *expect; size_t n_expect; struct buf out; };

static bool say(void *arg, const char *fault)
{
	struct verify *v = arg;
	if (v->json)
		jout_str(v->j, fault);
	else
		printf("%s\n", fault);
	return true;
}

static enum rc verify_fn(struct ctx *c, void *arg)
{
	struct verify *v = arg;
	v->n = 0;
	return verify_run(c, say, v, &v->n);
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

enum { COUNTIES_MAX = 4000, EXPECT_MAX = 16 << 20 };

/* The counties any record lives in, each once. */
static enum rc counties(struct ctx *c, int64_t *list, unsigned *n)
{
	*n = 0;
	for (unsigned i = 0; i < n_rooms; i++) {
		struct rows *rows;
		const struct value *v;
		if (rooms[i]->flags & (SHEET | EVERYWHERE))
			continue;
		enum rc rc = tx_query(c->tx, arena_printf(c->arena, "SELECT DISTINCT county FROM %s", rooms[i]->name), NULL, 0, &rows);
		if (rc)
			return rc;
		while (rows_next(rows, &v))
			if (v[0].i > 0 && *n < COUNTIES_MAX)
				list[(*n)++] = v[0].i;
		if ((rc = rows_end(rows)))
			return rc;
	}
	qsort(list, *n, sizeof *list, by_number);
	unsigned kept = 0;
	for (unsigned i = 0; i < *n; i++)
		if (!kept || list[kept - 1] != list[i])
			list[kept++] = list[i];
	*n = kept;
	return RC_OK;
}

/* {"210102":{"region":…,"totals":{…}},…} */
static enum rc totals_fn(struct ctx *c, void *arg)
{
	struct verify *v = arg;
	int64_t *list = arena_alloc(c->arena, COUNTIES_MAX * n_rooms * sizeof *list);
	unsigned n = 0;
	struct jout j;
	enum rc rc = counties(c, list, &n);
	buf_init(&v->out, c->arena);
	jout_init(&j, &v->out);
	jout_open(&j, '{');
	for (unsigned i = 0; i < n && !rc; i++) {
		jout_key(&j, arena_printf(c->arena, "%lld", (long long)list[i]));
		rc = list_counters(c, list[i], 6, &j);
	}
	jout_close(&j, '}');
	return rc;
}

/* One expected total against one counted: numbers, or numbers by label where a label that is missing counts as 0. */
static void compare(struct verify *v, struct arena *a, const char *where, const char *name, const struct jval *want, const struct jval *got)
{
	if (want->type == J_OBJECT) {
		for (size_t i = 0; i < want->n; i++) {
			const struct jval *x = got ? json_get(got, want->keys[i]) : NULL;
			if ((x ? x->i : 0) != want->items[i].i && ++v->n)
				say(v, arena_printf(a, "%s %s %s：应为 %lld，实有 %lld", where, name, want->keys[i], (long long)want->items[i].i, (long long)(x ? x->i : 0)));
		}
		for (size_t i = 0; got && got->type == J_OBJECT && i < got->n; i++)
			if (got->items[i].i && !json_get(want, got->keys[i]) && ++v->n)
				say(v, arena_printf(a, "%s %s 多出 %s：%lld", where, name, got->keys[i], (long long)got->items[i].i));
	} else if ((!got || got->type != J_INT || got->i != want->i) && ++v->n)
		say(v, arena_printf(a, "%s %s：应为 %lld，实有 %lld", where, name, (long long)want->i, (long long)(got ? got->i : 0)));
}

/* Recounts what a file expects of each division ({"210102":{"needs":1200,…},…}; other members are left alone). */
static enum rc expect_fn(struct ctx *c, void *arg)
{
	struct verify *v = arg;
	const char *why = NULL;
	const struct jval *want = json_read(c->arena, v->expect, v->n_expect, 8, &why);

	if (!want)
		return ctx_problem(c, RC_REJECTED, NULL, "expect_unreadable", "%s", why);
	for (size_t i = 0; i < want->n; i++) {
		int64_t prefix;
		struct buf b;
		struct jout j;
		enum rc rc;
		if (want->type != J_OBJECT || !text_int(want->keys[i], &prefix) || want->items[i].type != J_OBJECT)
			continue;
		buf_init(&b, c->arena);
		jout_init(&j, &b);
		if ((rc = list_counters(c, prefix, (unsigned)strlen(want->keys[i]), &j)))
			return rc;
		const struct jval *got = json_read(c->arena, b.p, b.n, 8, &why), *totals = got ? json_get(got, "totals") : NULL;
		for (size_t k = 0; k < want->items[i].n; k++)
			compare(v, c->arena, want->keys[i], want->items[i].keys[k], &want->items[i].items[k], json_get(totals, want->items[i].keys[k]));
	}
	return RC_OK;
}

static int check(struct cli *cli, struct verify *v)
{
	struct arena *own = arena_new(0);        /* the command's is rewound with its transactions */
	struct buf b;
	struct jout j;
	buf_init(&b, own);
	jout_init(&j, &b);
	v->j = &j;
	jout_open(&j, '{');
	jout_key(&j, "errors");
	jout_open(&j, '[');
	enum rc rc = cli_read(cli, verify_fn, v);
	if (!rc && v->expect)
		rc = cli_read(cli, expect_fn, v);
	jout_close(&j, ']');
	jout_kvi(&j, "faults", v->n);
	jout_kvb(&j, "clean", !rc && !v->n);
	jout_close(&j, '}');
	if (v->json)
		puts(b.p);
	else if (!rc && v->n)
		printf("发现 %lld 处问题\n", (long long)v->n);
	else if (!rc)
		puts("核对完毕，没有问题");
	arena_free(own);
	return rc || v->n ? EXIT_BAD : EXIT_GOOD;
}

static int run(struct cli *cli, struct arena *arena, int argc, char **argv)
{
	static const struct option list[] = { { "json", no_argument, NULL, 'j' }, { "totals", no_argument, NULL, 't' }, { "expect", required_argument, NULL, 'x' }, { 0 } };
	struct verify v = { 0 };
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		if (k == 'j')
			v.json = true;
		else if (k == 't')
			v.totals = true;
		else if (k == 'x' && !cli_file(arena, optarg, EXPECT_MAX, &v.expect, &v.n_expect))
			return EXIT_BAD;
		else if (k == 'x')
			continue;
		else
			return cli_usage(cli);
	}
	if (optind < argc)
		return cli_usage(cli);
	int code = cli_open(cli, OPEN_OLD, 2);
	if (code)
		return code;
	if (v.totals) {
		if (cli_read(cli, totals_fn, &v))
			return EXIT_BAD;
		puts(v.out.p);
	}
	return check(cli, &v);
}

int cmd_verify(struct cli *cli, int argc, char **argv)
{
	struct arena *own = arena_new(0);        /* holds what was read before: the command's arena is rewound with its transactions */
	int code = run(cli, own, argc, argv);
	arena_free(own);
	return code;
}
