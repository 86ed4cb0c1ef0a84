/* account_session.c -- sessions of people and tokens of machines. A token's first bytes tell its city, so that one shard is asked; only
 * its keyed hash is stored. Real clock throughout. */
#include "base/text.h"
#include "engine/inner_account.h"
#include <stdio.h>

enum { RAW = 32 };                     /* 2 bytes city, 30 random */
static const char machine[] = "st_";

void session_digest(const char *token, uint8_t hash[32])
{
	crypt_hmac(keys_session(), 32, token, strlen(token), hash);
}

static void new_token(struct ctx *c, int city, const char *prefix, char out[64], uint8_t hash[32])
{
	uint8_t raw[RAW];

	crypt_random(raw, sizeof(raw));
	raw[0] = (uint8_t)(city >> 8);
	raw[1] = (uint8_t)city;
	snprintf(out, 64, "%s%s", prefix, text_base64url(c->arena, raw, sizeof(raw)));
	session_digest(out, hash);
}

/* City of a token, -1 when it cannot be one of ours. */
static int city_of_token(struct ctx *c, const char *token, const char *prefix)
{
	size_t n = 0, skip = strlen(prefix);
	const uint8_t *raw;

	if (strlen(token) > 63 || strncmp(token, prefix, skip))
		return -1;
	raw = text_unbase64url(c->arena, token + skip, &n);
	return raw && n == RAW ? (raw[0] << 8 | raw[1]) & 16383 : -1;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

static void of_account(struct session *s, const struct account *a)
{
	s->account = a->id;
	s->region = a->region;
	s->org = a->org;
	s->person = a->person;
	s->bound = a->record;
	s->role = a->role;
	copy(s->name, sizeof(s->name), a->name);
	copy(s->label, sizeof(s->label), a->label);
	s->has_phone = a->has_phone;
	memcpy(s->phone_hash, a->phone_hash, sizeof(s->phone_hash));
}

/* Whoever shows a one-time code is nobody but its holder. */
void session_of_holder(struct session *s, const char *room, int64_t record, const char *step)
{
	s->role = PUBLIC;
	s->holder_record = record;
	copy(s->holder_room, sizeof(s->holder_room), room);
	copy(s->step, sizeof(s->step), step);
	copy(s->label, sizeof(s->label), "持办理码的居民");
}

/* Without an account: for the holder named by session_of_holder. */
enum rc session_new(struct ctx *c, struct login *l, const struct account *a)
{
	struct session *s = &l->session;
	uint8_t csrf[24];
	int city;
	enum rc rc;

	if (a)
		of_account(s, a);
	city = a ? ID_CITY(a->id) : ID_CITY(s->holder_record);
	new_token(c, city, "", l->token, s->hash);
	crypt_random(csrf, sizeof(csrf));
	copy(s->csrf, sizeof(s->csrf), text_base64url(c->arena, csrf, sizeof(csrf)));
	s->id = id_new(c->store, city);
	s->created = s->seen = clock_real();
	s->until = s->created + SESSION_MAX_MS;
	struct value row[] = { VINT(city), VINT(s->id), value_blob(s->hash, 32), a ? VINT(a->id) : VNULL, value_text(s->csrf),
		VINT(s->created), VINT(s->seen), VINT(s->until), a ? VNULL : value_text(s->holder_room), a ? VNULL : VINT(s->holder_record),
		a ? VNULL : value_text(s->step) };
	rc = tx_exec(c->tx, "INSERT INTO session (city, id, hash, account, csrf, created, seen, until_ms, holder_room, holder_record, holder_step)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", row, COUNT(row), NULL);
	return rc;
}

static bool over(const struct session *s, int64_t now)
{
	return s->until <= now || (!s->is_token && s->seen + SESSION_IDLE_MS <= now);
}

enum rc session_find(struct ctx *c, const char *token, struct session *s)
{
	struct value v[ACCOUNT_COLS + 9], args[2];
	const struct value *w = v + ACCOUNT_COLS;
	struct account a;
	int city = city_of_token(c, token, "");
	bool found;
	enum rc rc;

	*s = (struct session){ 0 };
	if (city < 0)
		return RC_MISSING;
	session_digest(token, s->hash);
	args[0] = VINT(city);
	args[1] = value_blob(s->hash, 32);
	rc = query_row(c, "SELECT " ACCOUNT_COLUMNS ", s.id, s.csrf, s.created, s.seen, s.until_ms, s.holder_room, s.holder_record,"
		" s.holder_step, s.account FROM session s LEFT JOIN account a ON a.city = s.city AND a.id = s.account"
		" WHERE s.city = ?1 AND s.hash = ?2", args, 2, v, COUNT(v), &found);
	if (rc || !found)
		return rc ? rc : RC_MISSING;
	s->id = w[0].i;
	copy(s->csrf, sizeof(s->csrf), w[1].s);
	s->created = w[2].i;
	s->seen = w[3].i;
	s->until = w[4].i;
	if (over(s, clock_real()))
		return RC_MISSING;
	if (w[8].type != V_INT) {
		session_of_holder(s, w[5].s, w[6].i, w[7].type == V_TEXT ? w[7].s : "");
		return RC_OK;
	}
	if (v[0].type != V_INT)
		return RC_MISSING;
	account_of_row(c, v, &a);
	of_account(s, &a);
	return a.active ? RC_OK : RC_MISSING;
}

enum rc session_touch(struct ctx *c, const struct session *s, int64_t real_ms)
{
	struct value args[] = { VINT(ID_CITY(s->id)), VINT(s->id), VINT(real_ms) };

	return s->is_token ? RC_OK : tx_exec(c->tx, "UPDATE session SET seen = ?3 WHERE city = ?1 AND id = ?2", args, 3, NULL);
}

enum rc session_close(struct ctx *c, const struct session *s)
{
	struct value args[] = { VINT(ID_CITY(s->id)), VINT(s->id) };
	enum rc rc = tx_exec(c->tx, "DELETE FROM session WHERE city = ?1 AND id = ?2", args, 2, NULL);

	return rc ? rc : audit_add(c, ID_CITY(s->id), "logout", NULL, 0, "ok", NULL);
}

enum rc session_end_all(struct ctx *c, int64_t account)
{
	struct value args[] = { VINT(ID_CITY(account)), VINT(account) };

	return tx_exec(c->tx, "DELETE FROM session WHERE city = ?1 AND account = ?2", args, 2, NULL);
}

enum rc session_sweep(struct ctx *c, int64_t *gone)
{
	int64_t now = clock_real(), n = 0;
	struct value over_now = VINT(now), hour = VINT(now - 2 * (int64_t)HOUR_MS), week = VINT(now - INT64_C(604800000));
	struct value idle = VINT(now - SESSION_IDLE_MS), code[] = { value_text("session"), VINT(now - (int64_t)HOUR_MS) };
	enum rc rc;

	*gone = 0;
	if ((rc = tx_exec(c->tx, "DELETE FROM session WHERE until_ms <= ?1", &over_now, 1, &n)))
		return rc;
	*gone += n;
	if ((rc = tx_exec(c->tx, "DELETE FROM session WHERE seen <= ?1", &idle, 1, &n)))
		return rc;
	*gone += n;
	if ((rc = tx_exec(c->tx, "DELETE FROM attempt WHERE at <= ?1", &hour, 1, &n))
	    || (rc = tx_exec(c->tx, "DELETE FROM code WHERE room = ?1 AND until_ms <= ?2", code, 2, &n)))
		return rc;
	return tx_exec(c->tx, "DELETE FROM idempotency WHERE at <= ?1", &week, 1, &n);
}

void session_caller(const struct session *s, const char *source, bool english, struct caller *who)
{
	*who = (struct caller){ .account = s->account, .person = s->person, .role = s->role, .region = s->region, .org = s->org,
		.bound = s->bound, .name = s->name, .has_phone = s->has_phone, .holder_record = s->holder_record,
		.holder_step = s->holder_record && s->step[0] ? s->step : NULL, .source = source, .english = english };
	memcpy(who->phone_hash, s->phone_hash, sizeof(who->phone_hash));
}

/* -- tokens */
enum rc token_add(struct ctx *c, int64_t account, const char *label, int64_t until_ms, char token[64], int64_t *id)
{
	int64_t now = clock_real();
	int city = ID_CITY(account);
	struct account a;
	uint8_t hash[32];
	enum rc rc = account_get(c, account, &a);

	if (rc)
		return rc;
	if (!a.active)
		return ctx_problem(c, RC_REJECTED, "account", "disabled", "账号“%s”已停用；请先启用再发令牌。", a.name);
	new_token(c, city, machine, token, hash);
	*id = id_new(c->store, city);
	struct value row[] = { VINT(city), VINT(*id), value_blob(hash, 32), VINT(account), value_text(label), VINT(now),
		VINT(until_ms ? until_ms : now + INT64_C(365) * 86400000) };
	rc = tx_exec(c->tx, "INSERT INTO token (city, id, hash, account, label, created, until_ms, state)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'active')", row, COUNT(row), NULL);
	return rc ? rc : audit_add(c, city, "token_add", "account", account, "ok", NULL);
}

enum rc token_find(struct ctx *c, const char *token, struct session *s)
{
	struct value v[ACCOUNT_COLS + 3], args[2];
	struct account a;
	int city = city_of_token(c, token, machine);
	bool found;
	enum rc rc;

	*s = (struct session){ .is_token = true };
	if (city < 0)
		return RC_MISSING;
	session_digest(token, s->hash);
	args[0] = VINT(city);
	args[1] = value_blob(s->hash, 32);
	rc = query_row(c, "SELECT " ACCOUNT_COLUMNS ", t.id, t.created, t.until_ms FROM token t JOIN account a ON a.city = t.city"
		" AND a.id = t.account WHERE t.city = ?1 AND t.hash = ?2 AND t.state = 'active'", args, 2, v, COUNT(v), &found);
	if (rc || !found)
		return rc ? rc : RC_MISSING;
	s->id = v[ACCOUNT_COLS].i;
	s->created = s->seen = v[ACCOUNT_COLS + 1].i;
	s->until = v[ACCOUNT_COLS + 2].i;
	account_of_row(c, v, &a);
	of_account(s, &a);
	return over(s, clock_real()) || !a.active ? RC_MISSING : RC_OK;
}

enum rc token_revoke(struct ctx *c, int64_t id)
{
	struct value args[] = { VINT(ID_CITY(id)), VINT(id) };
	int64_t changed = 0;
	enum rc rc = tx_exec(c->tx, "UPDATE token SET state = 'revoked' WHERE city = ?1 AND id = ?2", args, 2, &changed);

	if (rc || !changed)
		return rc ? rc : RC_MISSING;
	return audit_add(c, ID_CITY(id), "token_revoke", "token", id, "ok", NULL);
}

enum rc token_each(struct ctx *c, enum rc (*fn)(struct ctx *, int64_t id, const struct account *, const char *label, int64_t until,
	bool live, void *), void *arg)
{
	int64_t now = clock_real();
	const struct value *v;
	struct account a;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, "SELECT " ACCOUNT_COLUMNS ", t.id, t.label, t.until_ms, t.state FROM token t JOIN account a"
		" ON a.city = t.city AND a.id = t.account ORDER BY t.id", NULL, 0, &rows), ended;

	if (rc)
		return rc;
	while (!rc && rows_next(rows, &v)) {
		const struct value *t = v + ACCOUNT_COLS;

		account_of_row(c, v, &a);
		rc = fn(c, t[0].i, &a, t[1].type == V_TEXT ? t[1].s : "", t[2].i, t[2].i > now && a.active && !strcmp(t[3].s, "active"), arg);
	}
	ended = rows_end(rows);
	return rc ? rc : ended;
}
