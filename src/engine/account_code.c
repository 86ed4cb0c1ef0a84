/* account_code.c -- login codes for residents: six digits to a phone, ten minutes, five tries, the newest only. Answers alike for
 * phones known and unknown. Real clock. */
#include "base/ident.h"
#include "engine/inner_account.h"
#include <stdio.h>

static void code_hash(const uint8_t phone[32], const char *code, uint8_t hash[32])
{
	char text[80] = "login:";
	size_t n = 6;

	memcpy(text + n, phone, 32);
	n += 32;
	n += (size_t)snprintf(text + n, sizeof(text) - n, "%.16s", code);
	crypt_hmac(keys_session(), 32, text, n, hash);
}

static void new_digits(char code[7])
{
	uint32_t n;

	do
		crypt_random(&n, sizeof(n));
	while (n >= 4294000000u);          /* whole multiples of a million only */
	snprintf(code, 7, "%06u", (unsigned)(n % 1000000));
}

static enum rc too_many(struct ctx *c)
{
	return ctx_problem(c, RC_TOO_MANY, "phone", "too_many", "%s", ctx_say(c, "获取验证码过于频繁；请一小时后再试。",
		"Too many codes were asked for; try again in an hour."));
}

/* Sent within the last hour: every code row of this phone is younger than its end less ten minutes. */
static enum rc may_send(struct ctx *c, const uint8_t phone[32], const char *source, bool *may)
{
	struct value args[] = { value_blob(phone, 32), VINT(clock_real() + CODE_MS - HOUR_MS) };
	int64_t sent = 0, from_here = 0;
	enum rc rc = query_int(c, "SELECT count(*) FROM code WHERE city = 2100 AND room = 'session' AND phone_hash = ?1 AND until_ms > ?2",
		args, 2, &sent);

	if (!rc)
		rc = attempt_count(c, "send", source, &from_here);
	*may = sent < CODES_PHONE && from_here < CODES_SOURCE;
	return rc;
}

enum rc code_send(struct ctx *c, const char *phone, const char *source)
{
	char clean[24], code[7];
	uint8_t who[32], hash[32];
	bool may = false;
	enum rc rc;

	if (!phone || ident_phone(phone, clean) || clean[0] != '1')
		return ctx_problem(c, RC_REJECTED, "phone", "phone_bad", "%s", ctx_say(c, "手机号不对：应为 11 位手机号。",
			"The phone number should have 11 digits."));
	keys_hash("phone", clean, who);
	if ((rc = may_send(c, who, source, &may)))
		return rc;
	if (!may)
		return too_many(c);
	new_digits(code);
	code_hash(who, code, hash);
	struct value row[] = { VINT(id_new(c->store, 2100)), value_blob(who, 32), value_blob(hash, 32), VINT(clock_real() + CODE_MS) };
	rc = tx_exec(c->tx, "INSERT INTO code (city, id, room, phone_hash, code_hash, tries, until_ms, used)"
		" VALUES (2100, ?1, 'session', ?2, ?3, 0, ?4, 0)", row, COUNT(row), NULL);
	/* counted as a wrong guess of this source: sending is what is limited here */
	if (!rc)
		rc = attempt_add(c, "send", source, false);
	if (!rc)
		rc = people_text(c, 2100, clean, arena_printf(c->arena, "您的登录验证码是 %s，10 分钟内有效，请勿转告他人。", code));
	return rc ? rc : audit_add(c, 2100, "code_send", NULL, 0, "ok", NULL);
}

enum rc code_prove(struct ctx *c, const char *phone, const char *code, struct account *a)
{
	struct value cols[2], args[2];
	char clean[24];
	uint8_t who[32], hash[32];
	int64_t tried = 0;
	bool found = false;
	enum rc rc;

	if (!code || ident_phone(phone, clean))
		return RC_DENIED;
	keys_hash("phone", clean, who);
	args[0] = value_blob(who, 32);
	args[1] = VINT(clock_real());
	rc = query_row(c, "SELECT id, code_hash FROM code WHERE city = 2100 AND room = 'session' AND phone_hash = ?1 AND used = 0"
		" AND until_ms > ?2 ORDER BY id DESC LIMIT 1", args, 2, cols, 2, &found);
	if (rc || !found)
		return rc ? rc : RC_DENIED;
	struct value touch[] = { cols[0], VINT(CODE_TRIES_MAX) };
	rc = tx_exec(c->tx, "UPDATE code SET tries = tries + 1 WHERE city = 2100 AND id = ?1 AND tries < ?2 AND used = 0", touch, 2, &tried);
	if (rc || !tried)
		return rc ? rc : RC_DENIED;
	code_hash(who, code, hash);
	if (cols[1].n != 32 || !crypt_same(hash, cols[1].s, 32))
		return RC_DENIED;
	if ((rc = tx_exec(c->tx, "UPDATE code SET used = 1 WHERE city = 2100 AND id = ?1", cols, 1, &tried)))
		return rc;
	return account_of_phone(c, clean, a);
}
