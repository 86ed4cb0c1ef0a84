/* cmd_people.c -- accounts, tokens for machines, and the audit trail from the command line. Passwords are read or made, never shown twice. */
#include "cli/cli.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "base/text.h"
#include "engine/audit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASSWORD_MAX = 1024, DAY_MS = 86400000 };

/* From standard input, or made here and printed. NULL after saying why. */
static const char *password(struct cli *cli, const char *name, bool from_stdin)
{
	if (!from_stdin) {
		const char *made = cli_new_password(cli->arena);
		printf("密码（只显示这一次）：%s\n", made);
		return made;
	}
	const char *text;
	size_t n;
	if (!cli_file(cli->arena, "-", PASSWORD_MAX, &text, &n))
		return NULL;
	char *p = arena_strndup(cli->arena, text, strcspn(text, "\r\n"));
	const char *bad = account_password_bad(name, p);
	if (bad)
		cli_fail("%s", bad);
	return bad ? NULL : p;
}

static const char *hashed(struct cli *cli, const char *plain)
{
	char *hash = arena_alloc(cli->arena, 128);
	if (crypt_password_hash(plain, hash))
		return hash;
	cli_fail("内存不足，无法处理密码");
	return NULL;
}

/* -- user add */
struct user_add { struct account_new a; const char *region, *org; };

/* The record of an organisation by its key: the room that organisation fields point at. */
static enum rc find_org(struct ctx *c, const char *key, int64_t *id)
{
	for (unsigned i = 0; i < n_rooms; i++)
		for (unsigned k = 0; k < rooms[i]->n_fields; k++) {
			const struct field *f = &rooms[i]->fields[k];
			if (!(f->flags & ORG) || f->type != T_REF || !f->ref || !f->ref->key)
				continue;
			struct record *r = rule_find(c, f->ref, WITH({ .field = f->ref->key, .text = key }), 0);
			if (!r)
				return ctx_problem(c, RC_MISSING, "org", "reference_missing", "没有“%s”这个机构", key);
			*id = r->id;
			return RC_OK;
		}
	return RC_MISSING;
}

static enum rc add_fn(struct ctx *c, void *arg)
{
	struct user_add *u = arg;
	int64_t id, region = 0;
	size_t n = strlen(u->region);
	if (n > 12 || !text_int(u->region, &region))
		return ctx_problem(c, RC_REJECTED, "region", "division", "区划代码“%s”不对，应为 2、4、6、9 或 12 位数字", u->region);
	while (n++ < 12)
		region *= 10;
	u->a.region = region;
	if (u->org) {
		enum rc rc = find_org(c, u->org, &u->a.org);
		if (rc)
			return rc;
	}
	return account_add(c, &u->a, &id);
}

static int user_add(struct cli *cli, int argc, char **argv)
{
	static const struct option list[] = { { "role", required_argument, NULL, 'r' }, { "region", required_argument, NULL, 'g' },
		{ "org", required_argument, NULL, 'o' }, { "label", required_argument, NULL, 'l' }, { "phone", required_argument, NULL, 'h' },
		{ "password-stdin", no_argument, NULL, 'p' }, { 0 } };
	struct user_add u = { 0 };
	bool from_stdin = false;
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		switch (k) {
		case 'r':
			if (!(u.a.role = role_find(optarg)))
				return cli_fail("没有“%s”这个角色", optarg) + 1;
			break;
		case 'g': u.region = optarg; break;
		case 'o': u.org = optarg; break;
		case 'l': u.a.label = optarg; break;
		case 'h': u.a.phone = optarg; break;
		case 'p': from_stdin = true; break;
		default: return cli_usage(cli);
		}
	}
	if (argc - optind != 1 || !u.a.role || !u.region)
		return cli_usage(cli);
	u.a.name = argv[optind];
	if (!u.a.label)
		u.a.label = u.a.name;
	int code = cli_open(cli, OPEN_OLD, 2);
	const char *plain = code ? NULL : password(cli, u.a.name, from_stdin);
	if (!plain || !(u.a.password_hash = hashed(cli, plain)) || cli_write(cli, add_fn, &u))
		return EXIT_BAD;
	printf("已建立用户 %s\n", u.a.name);
	return EXIT_GOOD;
}

/* -- user list, disable, enable, password, totp */
static enum rc print_user(struct ctx *c, const struct account *a, void *arg)
{
	(void)arg;
	const char *place = place_path(c->arena, a->region);
	printf("%-24s %-12s %012lld %s  %s%s%s\n", a->name, role_code(a->role), (long long)a->region, place ? place : "", a->label,
		a->secret ? "（双因子）" : "", a->active ? "" : "（已停用）");
	return RC_OK;
}

static enum rc list_fn(struct ctx *c, void *arg)
{
	return account_each(c, print_user, arg);
}

struct change { const char *what, *name, *hash, *secret; };

static enum rc change_fn(struct ctx *c, void *arg)
{
	struct change *x = arg;
	struct account a;
	enum rc rc = account_find(c, x->name, &a);
	if (rc)
		return ctx_problem(c, rc, NULL, "unknown_user", "没有“%s”这个用户", x->name);
	switch (*x->what) {
	case 'd': return account_disable(c, a.id, true);
	case 'e': return account_disable(c, a.id, false);
	case 'p': return account_set_password(c, a.id, x->hash);
	case 'o': return account_totp_off(c, a.id);
	default: return account_totp_on(c, a.id, &x->secret);
	}
}

static int user_change(struct cli *cli, int argc, char **argv)
{
	struct change x = { argv[0], argc > 1 ? argv[1] : NULL, NULL, NULL };
	bool password_in = argc == 3 && !strcmp(argv[2], "--password-stdin") && *x.what == 'p', off = argc == 3 && !strcmp(argv[2], "--off") && *x.what == 't';
	if (!x.name || (argc != 2 && !password_in && !off))
		return cli_usage(cli);
	if (off)
		x.what = "off";
	int code = cli_open(cli, OPEN_OLD, 2);
	if (code)
		return code;
	if (*x.what == 'p') {
		const char *plain = password(cli, x.name, password_in);
		if (!plain || !(x.hash = hashed(cli, plain)))
			return EXIT_BAD;
	}
	if (cli_write(cli, change_fn, &x))
		return EXIT_BAD;
	if (x.secret)
		printf("双因子密钥（只显示这一次）：%s\notpauth://totp/sanshe:%s?secret=%s&issuer=sanshe\n", x.secret, x.name, x.secret);
	else
		puts("已完成");
	return EXIT_GOOD;
}

int cmd_user(struct cli *cli, int argc, char **argv)
{
	static const char *const changes[] = { "disable", "enable", "password", "totp" };
	if (argc < 2)
		return cli_usage(cli);
	if (!strcmp(argv[1], "add"))
		return user_add(cli, argc - 1, argv + 1);
	if (!strcmp(argv[1], "list") && argc == 2) {
		int code = cli_open(cli, OPEN_OLD, 2);
		return code ? code : cli_read(cli, list_fn, NULL) ? EXIT_BAD : EXIT_GOOD;
	}
	for (unsigned i = 0; i < COUNT(changes); i++)
		if (!strcmp(argv[1], changes[i]))
			return user_change(cli, argc - 1, argv + 1);
	return cli_usage(cli);
}

/* -- tokens */
struct token { const char *name, *label; int64_t until, id; char token[64]; };

static enum rc token_add_fn(struct ctx *c, void *arg)
{
	struct token *t = arg;
	struct account a;
	enum rc rc = account_find(c, t->name, &a);
	if (rc)
		return ctx_problem(c, rc, NULL, "unknown_user", "没有“%s”这个用户", t->name);
	return token_add(c, a.id, t->label, t->until, t->token, &t->id);
}

static enum rc print_token(struct ctx *c, int64_t id, const struct account *a, const char *label, int64_t until, bool live, void *arg)
{
	(void)arg;
	printf("%lld  %-24s %s  到期 %s%s\n", (long long)id, a->name, label ? label : "", time_text(c->arena, until), live ? "" : "（已失效）");
	return RC_OK;
}

static enum rc token_list_fn(struct ctx *c, void *arg)   { return token_each(c, print_token, arg); }
static enum rc token_revoke_fn(struct ctx *c, void *arg) { return token_revoke(c, *(int64_t *)arg); }

static int new_token(struct cli *cli, int argc, char **argv)
{
	static const struct option list[] = { { "label", required_argument, NULL, 'l' }, { "days", required_argument, NULL, 'd' }, { 0 } };
	struct token t = { .label = "" };
	int64_t days = 365;
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		if (k == 'l')
			t.label = optarg;
		else if (k != 'd' || !text_int(optarg, &days) || days < 1 || days > 3650)
			return cli_usage(cli);
	}
	if (argc - optind != 1)
		return cli_usage(cli);
	t.name = argv[optind];
	t.until = clock_real() + days * DAY_MS;
	if (cli_open(cli, OPEN_OLD, 2) || cli_write(cli, token_add_fn, &t))
		return EXIT_BAD;
	fprintf(stderr, "令牌编号 %lld，只显示这一次：\n", (long long)t.id);
	puts(t.token);
	return EXIT_GOOD;
}

int cmd_token(struct cli *cli, int argc, char **argv)
{
	int64_t id;
	if (argc > 2 && !strcmp(argv[1], "add"))
		return new_token(cli, argc - 1, argv + 1);
	if (argc == 2 && !strcmp(argv[1], "list"))
		return cli_open(cli, OPEN_OLD, 2) || cli_read(cli, token_list_fn, NULL) ? EXIT_BAD : EXIT_GOOD;
	if (argc != 3 || strcmp(argv[1], "revoke") || !text_int(argv[2], &id))
		return cli_usage(cli);
	if (cli_open(cli, OPEN_OLD, 2) || cli_write(cli, token_revoke_fn, &id))
		return EXIT_BAD;
	puts("已作废");
	return EXIT_GOOD;
}

/* -- audit */
struct trail { int64_t record, limit; const char *heads; struct buf out; bool list, sound; };

static bool say(void *arg, const char *fault)
{
	(void)arg;
	puts(fault);
	return true;
}

static enum rc trail_fn(struct ctx *c, void *arg)
{
	struct trail *t = arg;
	struct jout j;
	buf_init(&t->out, c->arena);
	jout_init(&j, &t->out);
	return t->list ? audit_list(c, t->record, 0, (unsigned)t->limit, &j) : audit_heads(c, &j);
}

static enum rc sound_fn(struct ctx *c, void *arg)
{
	struct trail *t = arg;
	t->sound = audit_verify(c, t->heads, say, NULL);
	return RC_OK;
}

static int audit_check(struct cli *cli, struct trail *t, const char *path)
{
	size_t n;
	if (cli_open(cli, OPEN_OLD, 2) || (path && !cli_file(cli->arena, path, 64 << 20, &t->heads, &n)) || cli_read(cli, sound_fn, t))
		return EXIT_BAD;
	puts(t->sound ? "审计链完好" : "审计链有问题");
	return t->sound ? EXIT_GOOD : EXIT_BAD;
}

int cmd_audit(struct cli *cli, int argc, char **argv)
{
	static const struct option list[] = { { "record", required_argument, NULL, 'r' }, { "limit", required_argument, NULL, 'n' },
		{ "heads", required_argument, NULL, 'h' }, { 0 } };
	struct trail t = { .limit = 50 };
	const char *heads = NULL;
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		if (k == 'h')
			heads = optarg;
		else if ((k != 'r' || !text_int(optarg, &t.record)) && (k != 'n' || !text_int(optarg, &t.limit) || t.limit < 1 || t.limit > 100000))
			return cli_usage(cli);
	}
	if (argc - optind != 1)
		return cli_usage(cli);
	if (!strcmp(argv[optind], "verify"))
		return audit_check(cli, &t, heads);
	t.list = !strcmp(argv[optind], "list");
	if (!t.list && strcmp(argv[optind], "heads"))
		return cli_usage(cli);
	if (cli_open(cli, OPEN_OLD, 2) || cli_read(cli, trail_fn, &t))
		return EXIT_BAD;
	puts(t.out.p);
	return EXIT_GOOD;
}
