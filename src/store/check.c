/* check.c -- what the database itself knows about its health: pages, indexes, references. Ledgers and chains are the engine's. */
#include "store/store.h"
#include <stdio.h>
#include <string.h>

struct check { bool (*say)(void *, const char *); void *arg; unsigned faults; bool stop; };

static void tell(struct check *c, const char *line)
{
	c->faults++;
	c->stop = !c->say(c->arg, line);
}

/* Each row is a fault: the words, then the row's columns in place. */
static enum rc each(struct tx *tx, struct check *c, const char *sql, const char *what)
{
	const struct value *v;
	struct rows *r;
	enum rc rc = tx_query(tx, sql, NULL, 0, &r);

	if (rc)
		return rc;
	while (!c->stop && rows_next(r, &v)) {
		char line[600];
		size_t n = (size_t)snprintf(line, sizeof line, "%s", what);

		if (v[0].type == V_TEXT && !strcmp(v[0].s, "ok"))
			continue;
		for (unsigned i = 0; i < rows_width(r) && n < sizeof line; i++) {
			if (v[i].type == V_TEXT)
				n += (size_t)snprintf(line + n, sizeof line - n, " %s", v[i].s);
			else if (v[i].type == V_INT)
				n += (size_t)snprintf(line + n, sizeof line - n, " %lld", (long long)v[i].i);
		}
		tell(c, line);
	}
	return rows_end(r);
}

static enum rc sqlite(struct tx *tx, void *arg)
{
	enum rc rc = each(tx, arg, "PRAGMA integrity_check(100)", "数据库文件损坏：");

	return rc ? rc : each(tx, arg, "PRAGMA foreign_key_check", "引用的记录不存在（表 行 被引用的表）：");
}

static enum rc postgres(struct tx *tx, void *arg)
{
	enum rc rc = each(tx, arg,
		"SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid", "索引无效：");

	if (!rc)
		rc = each(tx, arg, "SELECT conname::text FROM pg_constraint WHERE NOT convalidated", "约束没有核对过已有数据：");
	return rc ? rc : each(tx, arg, "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database() AND checksum_failures > 0",
		"数据页校验失败次数：");
}

enum rc store_check(struct store *st, bool (*say)(void *arg, const char *line), void *arg)
{
	struct check c = { .say = say, .arg = arg };
	enum rc rc = store_read(st, store_kind(st) == STORE_SQLITE ? sqlite : postgres, &c);

	return rc ? rc : c.faults ? RC_CONFLICT : RC_OK;
}
