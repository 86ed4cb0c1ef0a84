/* account_login.c -- signing in, and the lock-out of guessers. Says the same thing, after the same time, to unknown names, wrong
 * passwords and shut accounts. Tries are counted on the real clock, by name (known or not) and by source. */
#include "base/ident.h"
#include "engine/inner_account.h"
#include <ctype.h>
#include <stdio.h>

static void who_hash(struct ctx *c, const char *kind, const char *who, uint8_t hash[32])
{
	char *text = arena_printf(c->arena, "%s:%s", kind, who ? who : "");

	for (char *p = text; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	keys_hash("attempt", text, hash);
}

enum rc attempt_count(struct ctx *c, const char *kind, const char *who, int64_t *wrong)
{
	uint8_t hash[32];
	struct value args[] = { VNULL, VINT(clock_real() - (int64_t)HOUR_MS) };

	who_hash(c, kind, who, hash);
	args[0] = value_blob(hash, 32);
	return query_int(c, "SELECT count(*) FROM attempt WHERE city = 2100 AND who_hash = ?1 AND at > ?2 AND ok = 0", args, 2, wrong);
}

enum rc attempt_add(struct ctx *c, const char *kind, const char *who, bool ok)
{
	uint8_t hash[32];
	struct value args[] = { VINT(id_new(c->store, 2100)), VNULL, VINT(clock_real()), VINT(ok) };

	who_hash(c, kind, who, hash);
	args[1] = value_blob(hash, 32);
	return tx_exec(c->tx, "INSERT INTO attempt (city, id, who_hash, at, ok) VALUES (2100, ?1, ?2, ?3, ?4)", args, 4, NULL);
}

/* Tries on one name or source go one after the other: a thousand at once are not counted as none. */
static enum rc queue_up(struct ctx *c, const char *kind, const char *who)
{
	uint8_t hash[32];
	int64_t ignored;

	who_hash(c, kind, who, hash);
	return query_int(c, "INSERT INTO counter (city, name, value) VALUES (2100, ?1, 0) ON CONFLICT (city, name) DO UPDATE"
		" SET value = counter.value RETURNING value", (const struct value[]){
		value_text(arena_printf(c->arena, "attempt %02x", (unsigned)hash[0])) }, 1, &ignored);
}

static bool by_password(const struct login *l)
{
	return l->name && l->password;
}

static enum rc locked(struct ctx *c, const struct login *l, bool *out)
{
	int64_t wrong = 0;
	enum rc rc = RC_OK;

	*out = false;
	if (by_password(l)) {
		rc = attempt_count(c, "account", l->name, &wrong);
		*out = wrong >= GUESSES;
	}
	if (!rc && !*out) {
		rc = attempt_count(c, by_password(l) ? "source" : "code", l->source, &wrong);
		*out = wrong >= (by_password(l) ? GUESSES_SOURCE : GUESSES);
	}
	return rc;
}

static enum rc too_many(struct ctx *c)
{
	return ctx_problem(c, RC_TOO_MANY, NULL, "too_many", "%s", ctx_say(c, "尝试次数过多，已暂停登录；请一小时后再试，或请管理员协助。",
		"Too many tries; wait an hour or ask an administrator."));
}

enum rc login_ask(struct ctx *c, struct login *l)
{
	bool is_locked;
	enum rc rc;

	l->known = l->proved = false;
	l->hash[0] = '\0';
	if (!by_password(l) && !l->code)
		return ctx_problem(c, RC_REJECTED, "username", "required_empty", "%s", ctx_say(c,
			"请填写用户名和密码，或手机号和验证码，或办理码。", "Give username and password, phone and code, or a one-time code."));
	if ((rc = locked(c, l, &is_locked)))
		return rc;
	if (is_locked)
		return too_many(c);
	if (!by_password(l))
		return RC_OK;
	rc = account_find(c, l->name, &l->account);
	if (rc && rc != RC_MISSING)
		return rc;
	l->known = !rc && l->account.active && l->account.password;
	if (l->known)
		snprintf(l->hash, sizeof(l->hash), "%s", l->account.password);
	return RC_OK;
}

/* An unknown name costs a hash as well: the time tells nothing. */
void login_prove(struct login *l)
{
	char spare[128];

	if (!by_password(l))
		return;
	if (l->known)
		l->proved = crypt_password_check(l->password, l->hash);
	else
		crypt_password_hash(l->password, spare);
}

/* The second factor; a code that was used once is not good a second time. */
static enum rc prove_otp(struct ctx *c, const struct login *l, const struct account *a, bool *good)
{
	int64_t step = 0, changed = 0;
	enum rc rc;

	*good = !a->secret;
	if (*good || !l->otp || !crypt_totp_check(a->secret, l->otp, clock_real(), &step))
		return RC_OK;
	struct value args[] = { VINT(ID_CITY(a->id)), VINT(a->id), VINT(step) };
	rc = tx_exec(c->tx, "UPDATE account SET totp_step = ?3 WHERE city = ?1 AND id = ?2 AND (totp_step IS NULL OR totp_step < ?3)",
		args, 3, &changed);
	*good = changed > 0;
	return rc;
}

static enum rc refuse(struct ctx *c, struct login *l, const char *code, const char *sentence)
{
	l->outcome = RC_DENIED;
	ctx_problem(c, RC_DENIED, NULL, code, "%s", sentence);
	return audit_add(c, l->known ? ID_CITY(l->account.id) : 2100, "login", l->known ? "account" : NULL,
		l->known ? l->account.id : 0, "refused:denied", NULL);
}

static enum rc open_password(struct ctx *c, struct login *l)
{
	struct account now;
	bool good = false;
	enum rc rc = l->known ? account_get(c, l->account.id, &now) : RC_MISSING;

	if (rc && rc != RC_MISSING)
		return rc;
	/* the password may have changed, or the account been shut, while the hash was computed */
	l->proved = l->proved && !rc && now.active && now.password && !strcmp(now.password, l->hash);
	if (l->proved && (rc = prove_otp(c, l, &now, &good)))
		return rc;
	if ((rc = attempt_add(c, "account", l->name, l->proved && good)) || (rc = attempt_add(c, "source", l->source, l->proved && good)))
		return rc;
	if (!l->proved)
		return refuse(c, l, "login_failed", ctx_say(c, "用户名或密码不对；请核对后再试。", "Wrong username or password."));
	if (!good)
		return refuse(c, l, l->otp ? "otp_failed" : "otp_required", l->otp
			? ctx_say(c, "动态口令不对或已用过；请等下一个口令再试。", "The one-time password is wrong or used; wait for the next.")
			: ctx_say(c, "请填写动态口令。", "Please give the one-time password."));
	if (l->otp_needed && !now.secret)
		return refuse(c, l, "otp_not_set", ctx_say(c, "本系统要求动态口令，该账号尚未开通；请系统管理员用 sanshe user totp 开通后再登录。",
			"This installation asks for one-time passwords and the account has none; ask the system administrator to switch it on."));
	if ((rc = session_new(c, l, &now)))
		return rc;
	return audit_add(c, ID_CITY(now.id), "login", "account", now.id, "ok", NULL);
}

static enum rc open_phone(struct ctx *c, struct login *l)
{
	struct account a;
	enum rc rc = code_prove(c, l->phone, l->code, &a), rc2 = RC_OK;

	if (rc && rc != RC_DENIED)
		return rc;
	if ((rc2 = attempt_add(c, "code", l->source, !rc)))
		return rc2;
	if (rc)
		return refuse(c, l, "code_failed", ctx_say(c, "手机号或验证码不对，或验证码已过期；请核对，或重新获取验证码。",
			"Wrong phone or code, or the code is over; ask for a new one."));
	if ((rc = session_new(c, l, &a)))
		return rc;
	return audit_add(c, ID_CITY(a.id), "login", "account", a.id, "ok", NULL);
}

static enum rc open_holder(struct ctx *c, struct login *l)
{
	const char *room = NULL, *step = NULL;
	int64_t record = 0;
	enum rc rc = people_code_check(c, l->code, &record, &room, &step), rc2;

	if (rc && rc != RC_MISSING)
		return rc;
	if ((rc2 = attempt_add(c, "code", l->source, !rc)))
		return rc2;
	if (rc)
		return refuse(c, l, "code_failed", ctx_say(c, "办理码不对、已用过或已过期；请核对，或请社区重新发送。",
			"The code is wrong, used or over; ask the community for a new one."));
	session_of_holder(&l->session, room, record, step);
	if ((rc = session_new(c, l, NULL)))
		return rc;
	return audit_add(c, ID_CITY(record), "login", room, record, "ok", NULL);
}

enum rc login_open(struct ctx *c, struct login *l)
{
	bool is_locked;
	enum rc rc;

	l->outcome = RC_OK;
	l->token[0] = '\0';
	l->session = (struct session){ 0 };
	if ((rc = queue_up(c, "source", l->source)) || (by_password(l) && (rc = queue_up(c, "account", l->name))))
		return rc;
	if ((rc = locked(c, l, &is_locked)))
		return rc;
	if (is_locked) {
		l->outcome = too_many(c);
		return audit_add(c, 2100, "login", NULL, 0, "refused:too_many", NULL);
	}
	if (by_password(l))
		return open_password(c, l);
	return l->phone ? open_phone(c, l) : open_holder(c, l);
}
