/* backup_pg.c -- PostgreSQL's own pg_dump and pg_restore, started without a shell. The password goes through the environment:
 * arguments are seen by every user of the machine. */
#include "store/backup.h"
#include <fcntl.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The URL as key='value' words without the password, which *secret receives (or ""). NULL when the URL is malformed. */
static char *words(const char *url, char **secret)
{
	PQconninfoOption *list = PQconninfoParse(url, NULL);
	char *out = NULL;
	size_t n = 0;
	FILE *f = list ? open_memstream(&out, &n) : NULL;

	*secret = NULL;
	for (PQconninfoOption *o = list; f && o->keyword; o++) {
		if (!o->val)
			continue;
		if (!strcmp(o->keyword, "password")) {
			free(*secret);
			*secret = strdup(o->val);
			continue;
		}
		fprintf(f, "%s='", o->keyword);
		for (const char *s = o->val; *s; s++)
			fprintf(f, *s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
		fprintf(f, "' ");
	}
	if (f)
		fclose(f);
	PQconninfoFree(list);
	return out;
}

static char **with_password(const char *secret, char *line, size_t size)
{
	size_t n = 0, k = 0;
	char **env;

	while (environ[n])
		n++;
	if (!(env = calloc(n + 2, sizeof *env)))
		abort();
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "PGPASSWORD=", 11) != 0 || !secret)
			env[k++] = environ[i];
	if (secret) {
		snprintf(line, size, "PGPASSWORD=%s", secret);
		env[k++] = line;
	}
	return env;
}

static const char *run(const char *program, const char *const *args, const char *secret)
{
	char line[1024], **env = with_password(secret, line, sizeof line);
	union { const char *const *in; char *const *out; } argv = { .in = args };   /* posix_spawn does not write there */
	pid_t pid;
	int status = 0, code = posix_spawnp(&pid, program, NULL, NULL, argv.out, env);

	free(env);
	explicit_bzero(line, sizeof line);
	if (code)
		return "找不到 pg_dump 或 pg_restore，请安装 PostgreSQL 客户端程序";
	while (waitpid(pid, &status, 0) < 0) {}
	return WIFEXITED(status) && !WEXITSTATUS(status) ? NULL
		: WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "找不到 pg_dump 或 pg_restore，请安装 PostgreSQL 客户端程序" : "";
}

const char *pg_backup(const char *url, const char *to)
{
	char *secret, *base = words(url, &secret);
	const char *why = "数据库地址写法不对，应为 postgresql://…";

	if (base) {
		const char *args[] = { "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--file", to, "--dbname", base, NULL };

		int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);   /* pg_dump keeps the mode it finds */

		if (fd >= 0)
			close(fd);
		why = fd < 0 ? "备份文件不能建立，请检查目录权限" : run("pg_dump", args, secret);
		if (why && !*why)
			why = "pg_dump 没有成功，原因见上面的输出";
	}
	free(base);
	free(secret);
	return why ? why : file_sync(to);
}

static const char *check_empty(const char *url)
{
	PGconn *pg = PQconnectdb(url);
	PGresult *r = PQexec(pg, "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')");
	const char *why = PQresultStatus(r) != PGRES_TUPLES_OK ? "连接不上 PostgreSQL，请检查地址、口令和服务是否运行"
		: strcmp(PQgetvalue(r, 0, 0), "0") != 0 ? "目标数据库里已有数据，恢复不会覆盖它；请建一个空的数据库" : NULL;

	PQclear(r);
	PQfinish(pg);
	return why;
}

const char *pg_restore_into(const char *url, const char *from)
{
	char *secret, *base = words(url, &secret);
	const char *why = base ? check_empty(url) : "数据库地址写法不对，应为 postgresql://…";

	if (!why) {
		const char *args[] = { "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname", base, from, NULL };

		why = run("pg_restore", args, secret);
		if (why && !*why)
			why = "pg_restore 没有成功，数据库没有改动，原因见上面的输出";
	}
	free(base);
	free(secret);
	return why;
}
