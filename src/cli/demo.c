/* demo.c -- `sanshe demo`: a database to try things out with: the ten scenario files through the importer, and one account of every role.
 * Fictitious people only; for one machine only. Running it again changes nothing. */
#include "cli/cli.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "store/migrate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEMO_DAY "2020-11-20"
enum { FILE_LIMIT = 64 << 20, COUNTY_1 = 210102, COUNTY_2 = 210921 };

static const struct { const char *file; const struct entity *room; } files[] = {
	{ "01_communities.csv", &communities }, { "02_organizations.csv", &social_orgs }, { "03_social_workers.csv", &workers },
	{ "04_volunteers.gbk.csv", &volunteers }, { "05_needs.csv", &needs }, { "06_projects.csv", &projects },
	{ "07_budget_lines.csv", &budget_lines }, { "08_payments.csv", &payments }, { "09_evaluations.csv", &evaluations },
	{ "10_service_records.csv", &service_records },
};

/* Where the account stands: a fixed division, or the scenario's first record of a kind in one of its two counties. */
enum bind { NOTHING, COMMUNITY_OF, PHONE_OF, ORG_OF, WORKER_OF, VOLUNTEER_OF };
static const struct person { const char *name, *label; unsigned role; int64_t region; enum bind bind; int county; } people[] = {
	{ "resident",       "演示居民",       RESIDENT,    INT64_C(210102021003), PHONE_OF, COUNTY_1 },
	{ "volunteer",      "演示志愿者",     VOLUNTEER,   INT64_C(210102021003), VOLUNTEER_OF, COUNTY_1 },
	{ "community",      "演示社区",       COMMUNITY,   INT64_C(210102021003), NOTHING, 0 },
	{ "street",         "演示街道",       STREET,      INT64_C(210102021000), NOTHING, 0 },
	{ "county",         "演示区民政",     COUNTY,      INT64_C(210102000000), NOTHING, 0 },
	{ "city",           "演示市民政",     CITY,        INT64_C(210100000000), NOTHING, 0 },
	{ "province",       "演示省民政",     PROVINCE,    INT64_C(210000000000), NOTHING, 0 },
	{ "finance",        "演示区财政",     FINANCE,     INT64_C(210102000000), NOTHING, 0 },
	{ "org_manager",    "演示机构负责人", ORG_MANAGER, INT64_C(210102000000), ORG_OF, COUNTY_1 },
	{ "social_worker",  "演示社工",       WORKER,      INT64_C(210102000000), WORKER_OF, COUNTY_1 },
	{ "supervisor",     "演示督导",       SUPERVISOR,  INT64_C(210102000000), ORG_OF, COUNTY_1 },
	{ "evaluator",      "演示评估",       EVALUATOR,   INT64_C(210102000000), NOTHING, 0 },
	{ "mediator",       "演示调解员",     MEDIATOR,    INT64_C(210102000000), NOTHING, 0 },
	{ "auditor",        "演示审计",       AUDITOR,     INT64_C(210102000000), NOTHING, 0 },
	{ "sysadmin",       "演示系统管理员", SYSADMIN,    INT64_C(210000000000), NOTHING, 0 },
	{ "secadmin",       "演示安全管理员", SECADMIN,    INT64_C(210000000000), NOTHING, 0 },
	{ "auditadmin",     "演示审计管理员", AUDITADMIN,  INT64_C(210000000000), NOTHING, 0 },
	{ "community2",     "演示社区（二）", COMMUNITY,   INT64_C(210921000000), COMMUNITY_OF, COUNTY_2 },
	{ "org_manager2",   "演示机构负责人（二）", ORG_MANAGER, INT64_C(210921000000), ORG_OF, COUNTY_2 },
	{ "social_worker2", "演示社工（二）", WORKER,      INT64_C(210921000000), WORKER_OF, COUNTY_2 },
};

/* -- data */
static bool is_folder(const char *path)
{
	struct stat st;
	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* --data, else beside the program's source tree, else where packages put it. */
static const char *find_data(struct arena *a, const char *given)
{
	char exe[4096];
	if (given)
		return given;
	if (is_folder("data/scenario"))
		return "data/scenario";
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n > 0) {
		exe[n] = 0;
		char *slash = strrchr(exe, '/');
		if (slash)
			*slash = 0;
		const char *path = arena_printf(a, "%s/../data/scenario", exe);
		if (is_folder(path))
			return path;
	}
	return "/usr/share/sanshe/scenario";
}

static int load(struct cli *cli, const char *folder)
{
	for (unsigned i = 0; i < COUNT(files); i++) {
		const char *bytes;
		size_t n;
		int code = EXIT_USAGE;
		struct mark m = arena_mark(cli->arena);
		if (!cli_file(cli->arena, arena_printf(cli->arena, "%s/%s", folder, files[i].file), FILE_LIMIT, &bytes, &n))
			return EXIT_BAD;
		import_bytes(cli, files[i].room, bytes, n, false, false, NULL, false, &code);
		arena_rewind(cli->arena, m);
		if (code)
			return cli_fail("演示数据 %s 没有全部导入", files[i].file);
	}
	return EXIT_GOOD;
}

/* -- accounts */
static enum rc one_row(struct ctx *c, const char *sql, int county, int64_t *a, int64_t *b)
{
	struct rows *rows;
	const struct value *v, args[] = { VINT(county), VINT(county / 100) };
	enum rc rc = tx_query(c->tx, sql, args, COUNT(args), &rows);
	if (rc)
		return rc;
	bool found = rows_next(rows, &v);
	if (found) {
		*a = v[0].i;
		*b = v[1].i;
	}
	rc = rows_end(rows);
	return rc ? rc : found ? RC_OK : ctx_problem(c, RC_MISSING, NULL, "no_scenario", "演示数据不全，请用 --data 指明数据文件夹");
}

/* An organisation with work under way in that county, and one of its workers. */
static enum rc org_of(struct ctx *c, int county, int64_t *org, int64_t *worker)
{
	return one_row(c, "SELECT p.org, w.id FROM projects p JOIN workers w ON w.city = p.city AND w.org = p.org "
		"WHERE p.county = ?1 AND p.city = ?2 AND p.state = 'executing' ORDER BY p.id, w.id LIMIT 1", county, org, worker);
}

static enum rc bind_to(struct ctx *c, const struct person *p, struct account_new *a)
{
	int64_t id = 0, other = 0;
	enum rc rc = RC_OK;
	switch (p->bind) {
	case NOTHING:
		break;
	case COMMUNITY_OF:
		if (!(rc = one_row(c, "SELECT region, id FROM needs WHERE county = ?1 AND city = ?2 ORDER BY id LIMIT 1", p->county, &id, &other)))
			a->region = id;
		break;
	case PHONE_OF:
		if (!(rc = one_row(c, "SELECT id, region FROM needs WHERE county = ?1 AND city = ?2 AND region = 210102021003 AND state IN ('resolved', 'in_service') "
			"ORDER BY state DESC, id LIMIT 1", p->county, &id, &other)))
			a->phone = rec_text(rule_get(c, &needs, id, false), "phone");
		break;
	case ORG_OF:
		if (!(rc = org_of(c, p->county, &id, &other)))
			a->org = id;
		break;
	case WORKER_OF:
		if (!(rc = org_of(c, p->county, &id, &other))) {
			a->org = id;
			a->room = workers.name;
			a->record = other;
		}
		break;
	case VOLUNTEER_OF:
		if (!(rc = one_row(c, "SELECT id, region FROM volunteers WHERE county = ?1 AND city = ?2 ORDER BY id LIMIT 1", p->county, &id, &other))) {
			a->room = volunteers.name;
			a->record = id;
		}
		break;
	}
	return rc;
}

struct making { const char *hash; unsigned made; bool renew; };

static enum rc accounts_fn(struct ctx *c, void *arg)
{
	struct making *m = arg;
	m->made = 0;
	for (unsigned i = 0; i < COUNT(people); i++) {
		const struct person *p = &people[i];
		struct account old;
		struct account_new a = { .name = p->name, .label = p->label, .role = p->role, .region = p->region, .password_hash = m->hash };
		int64_t id;
		enum rc rc = account_find(c, p->name, &old);
		if (rc == RC_OK && m->renew)
			rc = account_set_password(c, old.id, m->hash);
		if (rc == RC_OK)
			continue;
		if (rc != RC_MISSING || (rc = bind_to(c, p, &a)) || (rc = account_add(c, &a, &id)))
			return rc;
		m->made++;
	}
	return RC_OK;
}

/* Beside the file; for a server, in var/, which is never committed. */
static const char *note_path(struct cli *cli)
{
	if (strncmp(cli->url, "sqlite:", 7))
		mkdir("var", 0700);
	return !strncmp(cli->url, "sqlite:", 7) ? arena_printf(cli->arena, "%s.demo", cli->url + 7) : "var/sanshe.demo";
}

/* From the environment, from the note of an earlier run, or made here. */
static const char *demo_password(struct cli *cli)
{
	const char *given = getenv("SANSHE_DEMO_PASSWORD"), *text;
	size_t n;
	if (given && *given)
		return given;
	if (!access(note_path(cli), R_OK) && cli_file(cli->arena, note_path(cli), 1024, &text, &n))
		return arena_strndup(cli->arena, text, strcspn(text, "\r\n"));
	return cli_new_password(cli->arena);
}

/* Another password was asked for than the one the accounts have. */
static bool is_new(struct cli *cli, const char *password)
{
	const char *text;
	size_t n;
	if (access(note_path(cli), R_OK) || !cli_file(cli->arena, note_path(cli), 1024, &text, &n))
		return true;
	n = strcspn(text, "\r\n");
	return n != strlen(password) || memcmp(text, password, n);
}

static int make_accounts(struct cli *cli)
{
	struct making m = { 0 };
	const char *password = demo_password(cli), *bad = account_password_bad(NULL, password);
	char hash[128];
	if (bad)
		return cli_fail("%s", bad);
	if (!crypt_password_hash(password, hash))
		return cli_fail("内存不足，无法处理密码");
	m.hash = hash;
	m.renew = is_new(cli, password);
	if (cli_write(cli, accounts_fn, &m))
		return EXIT_BAD;
	if ((m.made || m.renew) && !cli_store_file(note_path(cli), arena_printf(cli->arena, "%s\n", password), strlen(password) + 1))
		return EXIT_BAD;
	printf("演示账号（新建 %u 个，密码相同，也写在 %s）：", m.made, note_path(cli));
	for (unsigned i = 0; i < COUNT(people); i++)
		printf("%s%s", i ? "、" : "", people[i].name);
	printf("\n密码：%s\n", password);
	return EXIT_GOOD;
}

static enum rc complete_fn(struct ctx *c, void *arg)
{
	bool *complete = arg;
	struct account old;
	*complete = true;
	for (unsigned i = 0; i < COUNT(people) && *complete; i++) {
		enum rc rc = account_find(c, people[i].name, &old);
		if (rc && rc != RC_MISSING)
			return rc;
		*complete = rc == RC_OK;
	}
	return RC_OK;
}

int cmd_demo(struct cli *cli, int argc, char **argv)
{
	static const struct option list[] = { { "data", required_argument, NULL, 'd' }, { 0 } };
	const char *data = NULL;
	int64_t day = 0;
	for (int k; (k = getopt_long(argc, argv, "", list, NULL)) != -1;) {
		if (k != 'd')
			return cli_usage(cli);
		data = optarg;
	}
	if (optind < argc)
		return cli_usage(cli);
	day_read(DEMO_DAY, &day);
	clock_start_at(clock_day_start(day) + 9 * 3600 * 1000);
	int code = cli_open(cli, OPEN_NEW, 2);
	bool complete = false;                  /* the accounts come last: where they are, the data is */
	if (!code && cli_read(cli, complete_fn, &complete))
		code = EXIT_BAD;
	if (!code && !complete)
		code = load(cli, find_data(cli->arena, data));
	if (code || (code = make_accounts(cli)))
		return code;
	printf("打开：sanshe serve --demo --db %s\n", store_url(cli->store));
	return EXIT_GOOD;
}
