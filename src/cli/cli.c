/* cli.c -- opening the database for a command, and what every command needs to speak and to read. */
#include "cli/cli.h"
#include "base/crypt.h"
#include "http/static.h"
#include "store/migrate.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cli_usage(const struct cli *cli)
{
	fprintf(stderr, "用法：sanshe %s\n", cli->usage);
	return EXIT_USAGE;
}

int cli_fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("sanshe: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return EXIT_BAD;
}

/* The folder of a new SQLite file is made, one level. */
static void make_folder(struct cli *cli)
{
	if (strncmp(cli->url, "sqlite:", 7) || cli->url[7] == ':')
		return;
	char *path = arena_strdup(cli->arena, cli->url + 7), *slash = strrchr(path, '/');
	if (slash && slash != path) {
		*slash = 0;
		mkdir(path, 0700);
	}
}

static enum rc load_rules(struct ctx *c, void *arg)
{
	(void)arg;
	const char *why = "密钥与数据库不配。";
	enum rc rc = keys_check(c, &why);       /* a wrong key is found before anything is written with it */
	return rc ? ctx_problem(c, rc, NULL, "key", "%s", why) : rules_load(c);
}

static int bring_up(struct cli *cli, enum open_how how)
{
	const char *why = "原因不明";
	bool needed = migrate_needed(cli->store, rooms, n_rooms);
	if (needed && how == OPEN_OLD)
		return cli_fail("%s", migrate_newer(cli->store) ? "数据库由更新的程序建立，请换用新版程序" : "数据库还不是这个程序的版本，请先运行 sanshe migrate（或 sanshe init）");
	if (needed && migrate_run(cli->store, rooms, n_rooms, &why))
		return cli_fail("%s", why);
	if (migrate_lease_writer(cli->store, &why))
		return cli_fail("%s", why);
	if (how != OPEN_OLD && !cli_seed(cli))   /* also when an earlier start was killed between tables and seed */
		return EXIT_BAD;
	return cli_read(cli, load_rules, NULL) ? EXIT_BAD : EXIT_GOOD;
}

int cli_open(struct cli *cli, enum open_how how, unsigned readers)
{
	const char *why = "原因不明";
	cli->arena = arena_new((size_t)2 << 30);
	cli->who = caller_system;
	cli->who.source = "cli";
	if (how == OPEN_NEW)
		make_folder(cli);
	cli->store = store_open(cli->arena, cli->url, how == OPEN_NEW, readers, &why);
	if (!cli->store)
		return cli_fail("%s", why);
	if (keys_load(cli->arena, cli->url, how == OPEN_NEW, &why))
		return cli_fail("%s", why);
	return bring_up(cli, how);
}

void cli_close(struct cli *cli)
{
	if (cli->store)
		store_close(cli->store);
	cli->store = NULL;
	arena_free(cli->arena);
	cli->arena = NULL;
}

/* -- transactions */
struct inside { struct cli *cli; cli_fn *fn; void *arg; struct ctx c; struct mark mark; };

static enum rc inside_fn(struct tx *tx, void *arg)
{
	struct inside *in = arg;
	struct cli *cli = in->cli;
	arena_rewind(cli->arena, in->mark);      /* a rerun starts clean */
	ctx_init(&in->c, cli->arena, cli->store, &cli->who);
	in->c.tx = tx;
	in->c.as_system = true;
	enum rc rc = in->fn(&in->c, in->arg);
	return rc == RC_OK && in->c.no_rule ? RC_NO_RULE : rc;
}

static enum rc run(struct cli *cli, enum rc (*how)(struct store *, tx_fn *, void *), cli_fn *fn, void *arg)
{
	struct inside in = { .cli = cli, .fn = fn, .arg = arg, .mark = arena_mark(cli->arena) };
	enum rc rc = how(cli->store, inside_fn, &in);
	if (rc)
		cli_problems(&in.c, rc);
	return rc;
}

enum rc cli_read(struct cli *cli, cli_fn *fn, void *arg)        { return run(cli, store_read, fn, arg); }
enum rc cli_write(struct cli *cli, cli_fn *fn, void *arg)       { return run(cli, store_write, fn, arg); }
enum rc cli_write_alone(struct cli *cli, cli_fn *fn, void *arg) { return run(cli, store_write_alone, fn, arg); }

void cli_problems(const struct ctx *c, enum rc rc)
{
	bool said = false;
	for (unsigned i = 0; i < c->n_problems; i++) {
		if (c->problems[i].warning)
			continue;
		cli_fail("%s", c->problems[i].message);
		said = true;
	}
	if (!said)
		cli_fail("%s", rc == RC_MISSING ? "没有找到" : rc == RC_BUSY ? "数据库正忙，没有写入任何内容" : rc == RC_STORE ? "数据库出错，没有写入任何内容" :
			rc == RC_NO_RULE ? "缺少当日当地的规则参数" : rc == RC_UNKNOWN ? "结果未知，请检查后重试" : "没有完成");
}

/* -- files and names */
bool cli_file(struct arena *a, const char *path, size_t max, const char **bytes, size_t *n)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	if (!f) {
		cli_fail("打不开文件 %s：%s", path, strerror(errno));
		return false;
	}
	struct stat st;
	bool regular = !fstat(fileno(f), &st) && S_ISREG(st.st_mode);
	size_t cap = regular ? (size_t)st.st_size + 1 : 4096, used = 0;
	bool good = !regular || cap <= max + 1;
	char *p = arena_alloc(a, good ? cap + 1 : 1);
	while (good && !feof(f) && !ferror(f)) {
		if (used == cap) {
			char *more = arena_alloc(a, cap * 2 + 1);
			memcpy(more, p, used);
			p = more, cap *= 2;
		}
		used += fread(p + used, 1, cap - used, f);
		good = used <= max;
	}
	if (!good)
		cli_fail("%s 过大，最多 %zu 字节", path, max);
	else if ((good = !ferror(f)) == false)
		cli_fail("读不了文件 %s", path);
	if (f != stdin)
		fclose(f);
	*bytes = p;
	*n = used;
	return good;
}

bool cli_store_file(const char *path, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;
	bool good = f && fwrite(bytes, 1, n, f) == n;
	if (f)
		good = !fclose(f) && good;
	else if (fd >= 0)
		close(fd);
	if (!good)
		cli_fail("写不了文件 %s：%s", path, strerror(errno));
	return good;
}

const struct entity *cli_room(const char *name)
{
	const struct entity *e = room_find(name);
	if (e && !(e->flags & SHEET))
		return e;
	struct arena *a = arena_new(0);
	cli_fail("没有“%s”这个类别，可用：", name);
	for (unsigned i = 0; i < n_rooms; i++)
		if (!(rooms[i]->flags & SHEET))
			fprintf(stderr, "  %s（%s）\n", room_url(a, rooms[i]), rooms[i]->label);
	arena_free(a);
	return NULL;
}

static enum rc seed_fn(struct ctx *c, void *arg)
{
	const struct asset *csv = arg;
	return rules_seed(c, (const char *)csv->body, csv->n);
}

static enum rc has_days(struct ctx *c, void *arg)
{
	struct rows *rows;
	const struct value *v;
	enum rc rc = tx_query(c->tx, arena_printf(c->arena, "SELECT id FROM %s LIMIT 1", house.holidays->name), NULL, 0, &rows);
	if (rc)
		return rc;
	*(bool *)arg = rows_next(rows, &v);
	return rows_end(rows);
}

/* Divisions and dated rules: what is missing. The calendar: where there is none. */
bool cli_seed(struct cli *cli)
{
	const struct asset *csv = asset_find("data:liaoning-divisions.csv"), *days = asset_find("data:holidays.csv");
	int code = EXIT_BAD;
	if (!csv || !days) {
		cli_fail("程序里没有区划表或日历，请重新编译");
		return false;
	}
	bool there = false;
	if (cli_write_alone(cli, seed_fn, (void *)(uintptr_t)csv) || cli_read(cli, has_days, &there))
		return false;
	if (there)
		return true;
	cli->quiet = true;
	enum rc rc = import_bytes(cli, house.holidays, (const char *)days->body, days->n, false, true, NULL, false, &code);
	cli->quiet = false;
	return !rc;
}

/* 16 characters without look-alikes: about 79 bits. */
const char *cli_new_password(struct arena *a)
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
	uint8_t r[16];
	char *out = arena_alloc(a, sizeof r + 4);
	size_t n = 0;
	crypt_random(r, sizeof r);
	for (size_t i = 0; i < sizeof r; i++) {
		if (i && i % 4 == 0)
			out[n++] = '-';
		out[n++] = letters[r[i] % (sizeof letters - 1)];
	}
	return out;
}
