/* account.c -- who may sign in: making, finding and shutting accounts. Owns the table account and the claims of login names. A human
 * is a person number; two accounts of one human share it. Never sees a clear password; never stores a clear phone or id number. */
#include "base/ident.h"
#include "base/text.h"
#include "engine/inner_account.h"
#include <ctype.h>
#include <stdio.h>

static const char *text_or_null(const struct value *v)
{
	return v->type == V_TEXT ? v->s : NULL;
}

/* The TOTP secret is sealed to its account. */
static const char *totp_context(char text[48], int64_t id)
{
	snprintf(text, 48, "account.totp.%lld", (long long)id);
	return text;
}

static const char *open_secret(struct ctx *c, int64_t id, const struct value *v)
{
	char context[48], *plain;
	uint8_t *sealed;
	size_t n = 0;

	if (v->type != V_TEXT || !(sealed = text_unbase64url(c->arena, v->s, &n)) || n < SEAL_EXTRA)
		return NULL;
	plain = arena_alloc(c->arena, n - SEAL_EXTRA + 1);
	return crypt_open(keys_field(S4), totp_context(context, id), sealed, n, plain) ? plain : "";
}

void account_of_row(struct ctx *c, const struct value *v, struct account *a)
{
	*a = (struct account){ .id = v[0].i, .name = text_or_null(&v[1]), .label = text_or_null(&v[2]), .role = (unsigned)v[3].i,
		.region = v[4].i, .org = v[5].i, .person = v[6].i, .room = text_or_null(&v[7]), .record = v[8].i,
		.password = text_or_null(&v[10]), .totp_step = v[12].i, .created = v[14].i };
	a->active = v[13].type == V_TEXT && !strcmp(v[13].s, "active");
	a->has_phone = v[9].type == V_BLOB && v[9].n == sizeof(a->phone_hash);
	if (a->has_phone)
		memcpy(a->phone_hash, v[9].s, sizeof(a->phone_hash));
	a->secret = open_secret(c, a->id, &v[11]);
}

static enum rc one(struct ctx *c, const char *where, const struct value *args, unsigned n, struct account *out)
{
	struct value cols[ACCOUNT_COLS];
	bool found;
	enum rc rc = query_row(c, arena_printf(c->arena, "SELECT " ACCOUNT_COLUMNS " FROM account a WHERE %s", where),
		args, n, cols, ACCOUNT_COLS, &found);

	if (!rc && found)
		account_of_row(c, cols, out);
	return rc ? rc : found ? RC_OK : RC_MISSING;
}

enum rc account_get(struct ctx *c, int64_t id, struct account *out)
{
	return one(c, "a.city = ?1 AND a.id = ?2", (const struct value[]){ VINT(ID_CITY(id)), VINT(id) }, 2, out);
}

static const char *lower(struct ctx *c, const char *name)
{
	char *copy = arena_strdup(c->arena, name ? name : "");

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

/* By the claim, whose key is the name: no city has to be known. */
enum rc account_find(struct ctx *c, const char *name, struct account *out)
{
	struct value args[] = { value_text("login"), value_text(lower(c, name)) };
	int64_t id = 0;
	enum rc rc = query_int(c, "SELECT record_id FROM claim WHERE kind = ?1 AND value = ?2", args, 2, &id);

	return rc ? rc : id ? account_get(c, id, out) : RC_MISSING;
}

enum rc account_by_phone(struct ctx *c, const uint8_t hash[32], struct account *out)
{
	struct value args[] = { value_blob(hash, 32), VINT(RESIDENT) };

	return one(c, "a.phone_hash = ?1 AND a.role = ?2 AND a.state = 'active' ORDER BY a.id LIMIT 1", args, 2, out);
}

enum rc account_each(struct ctx *c, enum rc (*fn)(struct ctx *, const struct account *, void *), void *arg)
{
	const struct value *cols;
	struct account a;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, "SELECT " ACCOUNT_COLUMNS " FROM account a ORDER BY a.name", NULL, 0, &rows), ended;

	if (rc)
		return rc;
	while (!rc && rows_next(rows, &cols)) {
		account_of_row(c, cols, &a);
		rc = fn(c, &a, arg);
	}
	ended = rows_end(rows);
	return rc ? rc : ended;
}

const char *account_password_bad(const char *name, const char *password)
{
	size_t n = strlen(password);
	bool small = false, big = false, digit = false, other = false;

	if (n < 10)
		return "密码太短：至少 10 个字符。";
	if (n > 128)
		return "密码太长：最多 128 个字符。";
	if (name && *name && strcasestr(password, name))
		return "密码里不能含有用户名。";
	for (const char *p = password; *p; p++) {
		small |= islower((unsigned char)*p) != 0;
		big |= isupper((unsigned char)*p) != 0;
		digit |= isdigit((unsigned char)*p) != 0;
		other |= !isalnum((unsigned char)*p);
	}
	return n < 16 && small + big + digit + other < 3 ? "密码太简单：不足 16 个字符时，须含大写字母、小写字母、数字、符号中的三种。" : NULL;
}

static void check_role(struct ctx *c, const struct account_new *n, enum rc *rc)
{
	static const struct { unsigned role, digits; const char *level; } places[] = { { COMMUNITY, 12, "村（社区）" },
		{ STREET, 9, "街道（乡镇）" }, { COUNTY, 6, "县（市、区）" }, { CITY, 4, "市" }, { PROVINCE, 2, "省" } };

	if (!n->role || (n->role & (n->role - 1)) || (n->role & (PUBLIC | SYSTEM)) || !role_code(n->role))
		*rc = ctx_problem(c, RC_REJECTED, "role", "role_unknown", "没有这个角色；请从角色表中选一个。");
	for (unsigned i = 0; i < COUNT(places); i++)
		if (n->role == places[i].role && region_digits(n->region) != places[i].digits)
			*rc = ctx_problem(c, RC_REJECTED, "region", "division_level", "“%s”账号的区划应为%s一级的代码。",
				role_label(n->role, false), places[i].level);
}

static enum rc check_new(struct ctx *c, const struct account_new *n)
{
	size_t len = n->name ? strlen(n->name) : 0;
	enum rc rc = RC_OK;

	if (len < 2 || len > 64 || strspn(n->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@") != len)
		rc = ctx_problem(c, RC_REJECTED, "name", "name_bad", "用户名应为 2 至 64 个英文字母、数字或 . _ - @。");
	if (n->label && text_chars(n->label) > 60)
		rc = ctx_problem(c, RC_REJECTED, "label", "text_too_long", "称呼最多 60 个字。");
	if (!place_known(n->region))
		rc = ctx_problem(c, RC_REJECTED, "region", "division_unknown", "没有区划代码 %lld；请填 12 位代码，或 2、4、6、9 位的上级代码。",
			(long long)n->region);
	check_role(c, n, &rc);
	return rc;
}

/* Same id number, same human. Else the given person, else a new one: the account's own id. */
static enum rc find_person(struct ctx *c, const struct account_new *n, const struct value *idno_hash, int64_t id, int64_t *person)
{
	enum rc rc = RC_OK;

	*person = n->person;
	if (!*person && idno_hash->type == V_BLOB)
		rc = query_int(c, "SELECT person FROM account WHERE idno_hash = ?1 ORDER BY id LIMIT 1", idno_hash, 1, person);
	if (!*person)
		*person = id;
	return rc;
}

/* The three administrators are three people. */
static enum rc check_separation(struct ctx *c, unsigned role, int64_t person)
{
	const unsigned admins = SYSADMIN | SECADMIN | AUDITADMIN;
	struct value args[] = { VINT(person), VINT(admins & ~role) };
	int64_t other = 0;
	enum rc rc;

	if (!(role & admins))
		return RC_OK;
	rc = query_int(c, "SELECT count(*) FROM account WHERE person = ?1 AND (role & ?2) <> 0 AND state = 'active'", args, 2, &other);
	if (!rc && other)
		rc = ctx_problem(c, RC_REJECTED, "role", "role_conflict", "系统、安全、审计三种管理员须由不同的人担任。");
	return rc;
}

/* Keyed hashes of what identifies a human; both may be absent. */
static enum rc hash_identity(struct ctx *c, const struct account_new *n, uint8_t phone[32], uint8_t idno[32], struct value out[2])
{
	char clean[24];
	enum rc rc = RC_OK;

	out[0] = out[1] = VNULL;
	if (n->phone && *n->phone) {
		if (ident_phone(n->phone, clean))
			rc = ctx_problem(c, RC_REJECTED, "phone", "phone_bad", "手机号不对：应为 11 位手机号。");
		keys_hash("phone", clean, phone);
		out[0] = value_blob(phone, 32);
	}
	if (n->idno && *n->idno) {
		if (ident_idno(n->idno, rule_today(c), clean))
			rc = ctx_problem(c, RC_REJECTED, "idno", "id_bad", "身份证号码不对；请核对 18 位号码。");
		keys_hash("idno", clean, idno);
		out[1] = value_blob(idno, 32);
	}
	return rc;
}

enum rc account_add(struct ctx *c, const struct account_new *n, int64_t *id)
{
	int city = city_of(n->region);
	uint8_t phone[32], idno[32];
	struct value hashes[2];
	int64_t claimed = 0, person = 0;
	enum rc rc = check_new(c, n), rc2 = hash_identity(c, n, phone, idno, hashes);

	if (rc || rc2)
		return rc ? rc : rc2;
	*id = id_new(c->store, city);
	if ((rc = find_person(c, n, &hashes[1], *id, &person)) || (rc = check_separation(c, n->role, person)))
		return rc;
	struct value claim[] = { value_text("login"), value_text(lower(c, n->name)), VINT(city), VINT(*id) };
	rc = tx_exec(c->tx, "INSERT INTO claim (kind, value, city, record_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", claim, 4, &claimed);
	if (rc)
		return rc;
	if (!claimed)
		return ctx_problem(c, RC_REJECTED, "name", "login_taken", "用户名“%s”已有人使用；请换一个。", n->name);
	struct value row[] = { VINT(city), VINT(*id), value_text(n->name), value_text(n->label ? n->label : n->name), VINT(n->role),
		VINT(n->region), n->org ? VINT(n->org) : VNULL, VINT(person), value_text(n->room), n->record ? VINT(n->record) : VNULL,
		hashes[0], hashes[1], value_text(n->password_hash), VINT(clock_real()) };
	rc = tx_exec(c->tx, "INSERT INTO account (city, id, name, label, role, region, org, person, room, record, phone_hash, idno_hash,"
		" password, created, totp_step, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0, 'active')",
		row, COUNT(row), NULL);
	return rc ? rc : audit_add(c, city, "account_add", "account", *id, "ok", NULL);
}

/* A resident who proves a phone for the first time gets an account without password and without place. */
enum rc account_of_phone(struct ctx *c, const char *phone, struct account *out)
{
	uint8_t hash[32];
	int64_t id;
	enum rc rc;

	keys_hash("phone", phone, hash);
	if ((rc = account_by_phone(c, hash, out)) != RC_MISSING)
		return rc;
	id = id_new(c->store, 2100);
	struct value row[] = { VINT(2100), VINT(id), value_text(arena_printf(c->arena, "resident-%lld", (long long)id)),
		value_text(arena_printf(c->arena, "居民 %s", text_mask_phone(c->arena, phone))), VINT(RESIDENT), VINT(0),
		VINT(id), value_blob(hash, 32), VINT(clock_real()) };
	rc = tx_exec(c->tx, "INSERT INTO account (city, id, name, label, role, region, person, phone_hash, created, totp_step, state)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 'active')", row, COUNT(row), NULL);
	if (!rc)
		rc = audit_add(c, 2100, "account_add", "account", id, "ok", NULL);
	return rc ? rc : account_get(c, id, out);
}

static enum rc change(struct ctx *c, int64_t id, const char *set, struct value v, const char *action)
{
	struct value args[] = { VINT(ID_CITY(id)), VINT(id), v };
	int64_t changed = 0;
	enum rc rc = tx_exec(c->tx, arena_printf(c->arena, "UPDATE account SET %s WHERE city = ?1 AND id = ?2", set), args, 3, &changed);

	if (rc || !changed)
		return rc ? rc : RC_MISSING;
	return audit_add(c, ID_CITY(id), action, "account", id, "ok", NULL);
}

enum rc account_set_password(struct ctx *c, int64_t id, const char *hash)
{
	enum rc rc = change(c, id, "password = ?3", value_text(hash), "account_password");

	return rc ? rc : session_end_all(c, id);
}

enum rc account_disable(struct ctx *c, int64_t id, bool disabled)
{
	enum rc rc = change(c, id, "state = ?3", value_text(disabled ? "disabled" : "active"), disabled ? "account_disable" : "account_enable");

	return rc || !disabled ? rc : session_end_all(c, id);
}

enum rc account_totp_on(struct ctx *c, int64_t id, const char **secret)
{
	char context[48];
	uint8_t *sealed;
	size_t n;

	*secret = crypt_totp_new(c->arena);
	n = strlen(*secret);
	sealed = arena_alloc(c->arena, n + SEAL_EXTRA);
	crypt_seal(keys_field(S4), totp_context(context, id), *secret, n, sealed);
	return change(c, id, "totp = ?3, totp_step = 0", value_text(text_base64url(c->arena, sealed, n + SEAL_EXTRA)), "account_totp");
}

enum rc account_totp_off(struct ctx *c, int64_t id)
{
	return change(c, id, "totp = ?3, totp_step = 0", VNULL, "account_totp_off");
}
