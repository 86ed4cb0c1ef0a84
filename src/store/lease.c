/* lease.c -- which of the 16 writer numbers this process puts into its ids. The number is a row with a holder and an end;
 * writes prolong it, an idle process may lose it and takes another. Refuses to write without one. */
#include "base/clock.h"
#include "base/log.h"
#include "store/driver.h"
#include "store/migrate.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITERS = 16, TERM_MS = 30000 };

/* Start of the process in ticks: a pid alone is used again. 0 when the system does not say. */
static unsigned long long started(long pid)
{
	char name[64], text[1024];
	const char *s;
	FILE *f;
	size_t n;

	snprintf(name, sizeof name, "/proc/%ld/stat", pid);
	if (!(f = fopen(name, "re")))
		return 0;
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	s = strrchr(text, ')');                            /* the name before it may hold blanks */
	for (unsigned i = 0; s && i < 20; i++)
		s = strchr(s + 1, ' ');
	return s ? strtoull(s + 1, NULL, 10) : 0;
}

static void host_name(char out[80])
{
	if (gethostname(out, 80))
		out[0] = 0;
	out[79] = 0;
}

/* Of this machine and surely ended (killed, crashed): its number need not rest until the term is over. */
static bool is_dead(const char *holder)
{
	char host[80];
	char *end;
	long pid;
	size_t n;

	host_name(host);
	n = strlen(host);
	if (!n || strncmp(holder, host, n) || holder[n] != ':')
		return false;
	pid = strtol(holder + n + 1, &end, 10);
	if (pid <= 0 || *end != ':')
		return false;
	if (kill((pid_t)pid, 0) && errno == ESRCH)
		return true;
	return pid != getpid() && started(pid) && started(pid) != strtoull(end + 1, NULL, 10);
}

/* Newest moment used: now, or what imports borrowed ahead. */
static int64_t high(struct store *st)
{
	int64_t now = clock_real(), used;

	pthread_mutex_lock(&st->id_lock);
	used = st->lease.high;
	pthread_mutex_unlock(&st->id_lock);
	return used > now ? used : now;
}

struct pick { struct store *store; int writer; int64_t floor, until; };

/* The number that rested longest; one of a dead holder only when no other is free. */
static enum rc choose(struct tx *tx, struct pick *p, char holder[160], int64_t *until)
{
	int64_t now = clock_real(), best = INT64_MAX;
	uint64_t seen = 0;
	const struct value *v;
	struct rows *r;
	enum rc rc = tx_query(tx, "SELECT writer, holder, until_ms FROM writer_lease ORDER BY writer", NULL, 0, &r);

	p->writer = -1;
	if (rc)
		return rc;
	while (rows_next(r, &v)) {
		bool dead = v[2].i >= now && v[1].type == V_TEXT && is_dead(v[1].s);
		bool given = v[1].type != V_TEXT || !*v[1].s;   /* given back this very millisecond: free, its ids end below the floor */

		seen |= BIT(v[0].i & 63);
		if ((v[2].i >= now && !dead && !given) || v[2].i >= best)
			continue;
		best = *until = v[2].i;
		p->writer = (int)v[0].i;
		snprintf(holder, 160, "%s", v[1].type == V_TEXT ? v[1].s : "");
	}
	for (int w = 0; w < WRITERS; w++)
		if (!(seen & BIT(w))) {
			p->writer = w;
			*until = 0;
			break;
		}
	return rows_end(r);
}

static enum rc take(struct tx *tx, void *arg)
{
	struct pick *p = arg;
	char holder[160] = "";
	int64_t until = 0, changed = 0;
	enum rc rc;

	for (unsigned i = 0; i < 32; i++) {                /* another process may be quicker */
		if ((rc = choose(tx, p, holder, &until)))
			return rc;
		if (p->writer < 0)
			return RC_BUSY;
		p->floor = until;
		p->until = clock_real() + TERM_MS;
		const struct value args[] = { VINT(p->writer), value_text(p->store->lease.holder), VINT(p->until), value_text(holder), VINT(until) };

		if (until)
			rc = tx_exec(tx, "UPDATE writer_lease SET holder = ?2, until_ms = ?3 WHERE writer = ?1 AND holder = ?4 AND until_ms = ?5",
				args, 5, &changed);
		else
			rc = tx_exec(tx, "INSERT INTO writer_lease (writer, holder, until_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
				args, 3, &changed);
		if (rc || changed)
			return rc;
	}
	return RC_BUSY;
}

static void adopt(struct store *st, const struct pick *p)
{
	pthread_mutex_lock(&st->id_lock);
	if (st->lease.writer != p->writer) {               /* this process never used that number: nor its borrowed milliseconds */
		st->lease.floor = p->floor;
		st->lease.writer = p->writer;
	}
	st->lease.until = p->until;
	pthread_mutex_unlock(&st->id_lock);
}

static enum rc prolong(struct tx *tx, void *arg)
{
	struct pick *p = arg;
	int64_t changed = 0;
	enum rc rc;

	p->writer = p->store->lease.writer;
	p->until = high(p->store) + TERM_MS;
	const struct value args[] = { VINT(p->writer), value_text(p->store->lease.holder), VINT(p->until) };

	rc = tx_exec(tx, "UPDATE writer_lease SET until_ms = ?3 WHERE writer = ?1 AND holder = ?2", args, 3, &changed);
	return rc || changed ? rc : take(tx, arg);
}

static enum rc alone(struct lane *l, tx_fn *fn, struct pick *p)
{
	const struct driver *d = l->store->driver;
	struct tx tx = { .store = l->store, .conn = l->conn, .marks = true };
	enum rc rc = d->begin(l->conn);

	if (rc)
		return rc;
	if (!(rc = fn(&tx, p)) && !(rc = tx.broken))
		rc = d->commit(l->conn);
	tx_end_rows(l->conn);
	d->rollback(l->conn);
	return rc;
}

enum rc lease_keep(struct lane *l)
{
	struct store *st = l->store;
	struct pick p = { .store = st };
	enum rc rc = RC_OK;

	pthread_mutex_lock(&st->lease.lock);
	if (st->lease.writer >= 0 && high(st) + TERM_MS / 2 > st->lease.until
	    && !(rc = alone(l, prolong, &p)))
		adopt(st, &p);
	pthread_mutex_unlock(&st->lease.lock);
	return rc;
}

/* The number is free at once, but the next holder starts above our newest id. */
static enum rc give_back(struct tx *tx, void *arg)
{
	struct pick *p = arg;
	const struct value args[] = { VINT(p->store->lease.writer), value_text(p->store->lease.holder), VINT(high(p->store)) };

	return tx_exec(tx, "UPDATE writer_lease SET holder = '', until_ms = ?3 WHERE writer = ?1 AND holder = ?2", args, 3, NULL);
}

void lease_end(struct store *st)
{
	struct pick p = { .store = st };

	if (st->lease.writer < 0 || !st->n_lanes)
		return;
	if (alone(&st->lanes[0], give_back, &p))
		log_event(LOG_WARN, "store", "writer number %d not given back, it frees itself in time", st->lease.writer);
	st->lease.writer = -1;
}

enum rc migrate_lease_writer(struct store *st, const char **why)
{
	struct pick p = { .store = st };
	char host[80];
	enum rc rc;

	if (st->lease.writer >= 0)
		return RC_OK;
	host_name(host);
	snprintf(st->lease.holder, sizeof st->lease.holder, "%s:%ld:%llu:%llx", host, (long)getpid(), started(getpid()),
		(unsigned long long)(uintptr_t)st ^ (unsigned long long)clock_real());   /* a process may open a database twice */
	rc = store_write(st, take, &p);
	if (rc == RC_BUSY)
		*why = "已有 16 个程序在写这个数据库，请关闭不用的，或等半分钟再试";
	else if (rc)
		*why = "不能登记写入编号，请先运行 sanshe migrate";
	else {
		pthread_mutex_lock(&st->lease.lock);
		adopt(st, &p);
		pthread_mutex_unlock(&st->lease.lock);
	}
	return rc;
}
