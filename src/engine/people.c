/* people.c -- who did what step, who is assigned, one-time codes, notices, texts to phones. Owns the tables step, assignment, code
 * (of records), notice and outbox. Keeps phones and texts sealed; refuses to say whose code it was. */
#include "base/clock.h"
#include "base/crypt.h"
#include "base/ident.h"
#include "base/text.h"
#include "engine/audit.h"
#include "engine/inner_query.h"
#include "engine/more.h"
#include <assert.h>
#include <stdio.h>

enum { CODE_CHARS = 8, CODE_TRIES = 5, CODE_DAYS = 15 };
static const char letters[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";      /* without 0 1 I L O */

int64_t rule_who(struct ctx *c, const struct record *r, const char *transition)
{
	struct value args[] = { VINT(r->city), VINT(r->id), value_text(transition) };
	int64_t person = 0;

	if (!strcmp(transition, "create"))
		return r->created_by;
	query_int(c, "SELECT person FROM step WHERE city = ?1 AND record = ?2 AND name = ?3 ORDER BY id DESC LIMIT 1", args, 3, &person);
	return person;
}

enum rc people_step(struct ctx *c, const struct record *r, const char *name, int from, int to)
{
	bool system = c->as_system || c->who->role == SYSTEM;
	struct value args[] = { VINT(r->city), VINT(id_new(c->store, r->city)), value_text(r->e->name), VINT(r->id), value_text(name),
		value_text(r->e->states[from].code), value_text(r->e->states[to].code), VINT(system ? 0 : c->who->person),
		VINT(c->who->account), VINT(c->now), value_text(c->reason) };

	return tx_exec(c->tx, "INSERT INTO step (city, id, room, record, name, from_state, to_state, person, account, at, reason)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", args, COUNT(args), NULL);
}

/* `until` is a day (the last one) or, when it is too large for one, a moment; 0: without end. */
static struct value moment(int64_t until)
{
	if (!until)
		return VNULL;
	return VINT(until < 10000000 ? clock_day_start(until + 1) : until);
}

enum rc rule_assign(struct ctx *c, const struct record *r, int64_t person, const char *duty, int64_t until)
{
	struct value args[] = { VINT(r->city), VINT(r->id), VINT(person), value_text(duty), moment(until), VNULL, VNULL };
	int64_t changed = 0;
	enum rc rc;

	if (!person)
		return rule_reject(c, NULL, "nobody", "%s", ctx_say(c, "没有可以指派的人员；请先为其开通账号。", "Nobody to assign; open an account first."));
	rc = tx_exec(c->tx, "UPDATE assignment SET until_ms = ?5 WHERE city = ?1 AND record = ?2 AND person = ?3 AND duty = ?4"
		" AND ended IS NULL", args, 5, &changed);
	if (rc || changed)
		return rc;
	args[5] = VINT(id_new(c->store, r->city));
	args[6] = value_text(r->e->name);
	rc = tx_exec(c->tx, "INSERT INTO assignment (city, record, person, duty, until_ms, id, room)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", args, 7, NULL);
	return rc ? rc : audit_add(c, r->city, "assign", r->e->name, r->id, "ok", NULL);
}

int64_t rule_person_of(struct ctx *c, const struct entity *e, int64_t id)
{
	struct value args[] = { value_text(e->name), VINT(id) };
	int64_t person = 0;

	query_int(c, "SELECT person FROM account WHERE record = ?2 AND room = ?1 AND state = 'active' ORDER BY id LIMIT 1", args, 2, &person);
	return person;
}

/* Even odds for every letter: bytes beyond the last whole multiple are drawn again. */
static void new_code(char code[CODE_CHARS + 1])
{
	const unsigned n = sizeof(letters) - 1;
	uint8_t byte;

	for (unsigned i = 0; i < CODE_CHARS;) {
		crypt_random(&byte, 1);
		if (byte < 256 / n * n)
			code[i++] = letters[byte % n];
	}
	code[CODE_CHARS] = '\0';
}

static void code_hash(const char *code, uint8_t hash[32])
{
	char text[32];

	snprintf(text, sizeof(text), "invite:%s", code);
	crypt_hmac(keys_session(), 32, text, strlen(text), hash);
}

enum rc rule_invite(struct ctx *c, const struct record *r, const char *transition, const char *phone_field)
{
	const char *phone = rec_text(r, phone_field);
	char code[CODE_CHARS + 1];
	uint8_t phone_hash[32], hash[32];
	enum rc rc;

	if (!*phone)
		return rule_reject(c, phone_field, "no_phone", "%s", ctx_say(c, "没有联系电话，无法发送办理码；请先补登电话，或改用上门、电话方式。",
			"There is no phone to send a code to; add one or go by another way."));
	new_code(code);
	code_hash(code, hash);
	keys_hash("phone", phone, phone_hash);
	struct value args[] = { VINT(r->city), VINT(id_new(c->store, r->city)), value_text(r->e->name), VINT(r->id), value_text(transition),
		value_blob(phone_hash, 32), value_blob(hash, 32), VINT(c->now + CODE_DAYS * INT64_C(86400000)) };
	rc = tx_exec(c->tx, "INSERT INTO code (city, id, room, record, step, phone_hash, code_hash, tries, until_ms, used)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, 0)", args, COUNT(args), NULL);
	if (!rc)
		rc = people_text(c, r->city, phone, arena_printf(c->arena, "您的“%s”可以办理了，办理码 %s，%d 日内有效，请勿转告他人。",
			r->e->label, code, CODE_DAYS));
	return rc ? rc : audit_add(c, r->city, "invite", r->e->name, r->id, "ok", NULL);
}

/* Letters as people type them: lower case, blanks and dashes between. */
static bool clean_code(const char *in, char code[CODE_CHARS + 1])
{
	unsigned n = 0;

	for (; *in; in++) {
		char ch = *in >= 'a' && *in <= 'z' ? (char)(*in - 'a' + 'A') : *in;

		if (ch == ' ' || ch == '-')
			continue;
		if (n == CODE_CHARS || !strchr(letters, ch))
			return false;
		code[n++] = ch;
	}
	code[n] = '\0';
	return n == CODE_CHARS;
}

enum rc people_code_check(struct ctx *c, const char *code, int64_t *record, const char **room, const char **step)
{
	struct value cols[6], args[3];
	char clean[CODE_CHARS + 1];
	uint8_t hash[32];
	int64_t changed = 0;
	bool found = false;
	enum rc rc;

	if (!code || !clean_code(code, clean))
		return RC_MISSING;
	code_hash(clean, hash);
	args[0] = value_blob(hash, 32);
	args[1] = VINT(c->now);
	args[2] = VINT(CODE_TRIES);
	rc = query_row(c, "SELECT city, id, record, room, step, tries FROM code WHERE code_hash = ?1 AND used = 0 AND until_ms > ?2"
		" AND tries < ?3 AND room <> 'session'", args, 3, cols, 6, &found);
	if (rc || !found)
		return rc ? rc : RC_MISSING;
	struct value touch[] = { cols[0], cols[1], VINT(CODE_TRIES) };
	rc = tx_exec(c->tx, "UPDATE code SET tries = tries + 1 WHERE city = ?1 AND id = ?2 AND tries < ?3", touch, 3, &changed);
	if (rc || !changed)
		return rc ? rc : RC_MISSING;
	*record = cols[2].i;
	*room = cols[3].s;
	*step = cols[4].s;
	return RC_OK;
}

enum rc people_code_used(struct ctx *c, const struct record *r, const char *step)
{
	struct value args[] = { VINT(r->city), VINT(r->id), value_text(step) };

	return tx_exec(c->tx, "UPDATE code SET used = 1 WHERE city = ?1 AND record = ?2 AND step = ?3", args, 3, NULL);
}

/* Sealed text as one word, so that no code lies readable in a table or a backup. */
static const char *seal_text(struct ctx *c, int64_t id, const char *text)
{
	size_t n = strlen(text);
	uint8_t *sealed = arena_alloc(c->arena, n + SEAL_EXTRA);
	char context[48];

	snprintf(context, sizeof(context), "outbox.text.%lld", (long long)id);
	crypt_seal(keys_field(S3), context, text, n, sealed);
	return text_base64url(c->arena, sealed, n + SEAL_EXTRA);
}

enum rc people_text(struct ctx *c, int city, const char *phone, const char *text)
{
	int64_t id = id_new(c->store, city);
	size_t n = strlen(phone);
	uint8_t *sealed = arena_alloc(c->arena, n + SEAL_EXTRA);
	char context[48];

	snprintf(context, sizeof(context), "outbox.phone.%lld", (long long)id);
	crypt_seal(keys_field(S3), context, phone, n, sealed);
	struct value args[] = { VINT(city), VINT(id), value_text(text_mask_phone(c->arena, phone)), value_blob(sealed, n + SEAL_EXTRA),
		value_text(seal_text(c, id, text)), VINT(c->now) };

	return tx_exec(c->tx, "INSERT INTO outbox (city, id, phone_masked, phone_sealed, text, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		args, COUNT(args), NULL);
}

enum rc rule_notify(struct ctx *c, const struct record *r, unsigned roles, const char *format, ...)
{
	va_list args;
	const char *text;

	va_start(args, format);
	text = arena_vprintf(c->arena, format, args);
	va_end(args);
	struct value row[] = { VINT(r->city), VINT(id_new(c->store, r->city)), value_text(r->e->name), VINT(r->id), VINT(roles),
		VINT(r->region), VNULL, value_text(text), VINT(c->now) };

	return tx_exec(c->tx, "INSERT INTO notice (city, id, room, record, roles, region, person, text, at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", row, COUNT(row), NULL);
}
