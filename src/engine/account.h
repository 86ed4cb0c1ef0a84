/* account.h -- accounts, sessions, tokens for machines, one-time login codes, and the lock-out of guessers.
 * Sessions, attempts and login codes run on the real clock. The slow part (argon2id) is login_prove() and crypt_password_hash():
 * call them OUTSIDE any transaction, from a bounded pool. Everything else needs c->tx. */
#pragma once
#include "engine/ctx.h"

struct account {
	int64_t id, region, org, person, record, created;     /* org, person, record: 0 when none */
	unsigned role;                                        /* one bit */
	const char *name, *label, *room;                      /* room: table name of the bound record, or NULL */
	const char *password;                                 /* hash, or NULL: no password login */
	const char *secret;                                   /* TOTP, base32, or NULL: off */
	int64_t totp_step;                                    /* newest step used */
	bool active, has_phone;
	uint8_t phone_hash[32];
};
struct account_new {
	const char *name, *label;                             /* name: 2..64 of a-z A-Z 0-9 . _ - @ ; unique in the country */
	unsigned role; int64_t region, org;                   /* region: any 12-digit division known (padded) */
	int64_t person; const char *idno;                     /* same idno or person = same human behind two accounts; both empty: a new one */
	const char *room; int64_t record;                     /* bound record (worker, volunteer …), or NULL, 0 */
	const char *phone;                                    /* residents: login by code, relation OWN by phone; or NULL */
	const char *password_hash;                            /* of crypt_password_hash(), or NULL */
};
/* -- accounts. All write ones are audited. Refusals: RC_REJECTED with problems (login_taken, role_unknown, division_unknown …). */
enum rc account_add(struct ctx *, const struct account_new *, int64_t *id);
enum rc account_find(struct ctx *, const char *name, struct account *);        /* RC_MISSING when unknown */
enum rc account_get(struct ctx *, int64_t id, struct account *);
enum rc account_set_password(struct ctx *, int64_t id, const char *hash);      /* ends its sessions */
enum rc account_disable(struct ctx *, int64_t id, bool disabled);              /* ends its sessions and tokens */
enum rc account_totp_on(struct ctx *, int64_t id, const char **secret);        /* new secret, shown once; replaces an older one */
enum rc account_totp_off(struct ctx *, int64_t id);
/* every account in order of name; fn stops by returning other than RC_OK */
enum rc account_each(struct ctx *, enum rc (*fn)(struct ctx *, const struct account *, void *), void *arg);
const char *account_password_bad(const char *name, const char *password);      /* NULL when good enough, else a Chinese sentence */

/* -- signing in, in three stages:
 *   1. login_ask    in a read transaction: finds the account, stops early on a lock-out (RC_TOO_MANY). RC_OK also for unknown names.
 *   2. login_prove  no transaction: checks the password, 40-100 ms, the same for unknown accounts. Nothing to do for codes.
 *   3. login_open   in a write transaction: counts the try, opens the session or not. Returns RC_OK when its rows must be committed,
 *                   also when the login is refused: look at l->outcome (RC_OK, RC_DENIED, RC_TOO_MANY, RC_REJECTED), problems are in c.
 * Texts inside struct login belong to the caller and live until stage 3. After a rerun of stage 3 the result is the newest one. */
struct session {
	int64_t id, account, created, seen, until;            /* ms, real clock; until: absolute end; idle end is the caller's affair */
	int64_t region, org, person, bound;
	unsigned role; bool is_token;                         /* token: no CSRF needed */
	uint8_t hash[32];                                     /* of the cookie's token: key of a cache */
	char csrf[48], name[72], label[200], step[64];
	bool has_phone; uint8_t phone_hash[32];
	int64_t holder_record; char holder_room[64];          /* one-time code shown for this record and `step` */
};                                                            /* no pointers: may be copied and cached */
struct login {
	const char *name, *password, *otp;                    /* username, password, otp or NULL */
	const char *phone, *code;                             /* phone and code; code alone: holder of a one-time code */
	const char *source;                                   /* network address */
	bool otp_needed;                                      /* this installation lets nobody in by password alone */
	struct account account; bool known; char hash[128];   /* inner: stage 1 */
	bool proved;                                          /* inner: stage 2 */
	enum rc outcome; char token[64]; struct session session;   /* stage 3: cookie value and session */
};
enum { SESSION_IDLE_MS = 30 * 60 * 1000, SESSION_MAX_MS = 12 * 3600 * 1000, GUESSES = 20 };
enum rc login_ask(struct ctx *, struct login *);
void    login_prove(struct login *);
enum rc login_open(struct ctx *, struct login *);

/* -- sessions and tokens. `token`: the cookie's or Authorization header's value as it came (any bytes). */
void    session_digest(const char *token, uint8_t hash[32]);                   /* hash to look in a cache with */
enum rc session_find(struct ctx *, const char *token, struct session *);       /* RC_MISSING: unknown, over, idle, disabled */
enum rc session_touch(struct ctx *, const struct session *, int64_t real_ms);  /* notes that it is in use; call at most once a minute */
enum rc session_close(struct ctx *, const struct session *);
enum rc session_sweep(struct ctx *, int64_t *gone);                            /* deletes what is over: sessions, old attempts, codes, idempotency keys */
void    session_caller(const struct session *, const char *source, bool english, struct caller *);  /* points into the session */
enum rc token_add(struct ctx *, int64_t account, const char *label, int64_t until_ms /* 0: a year */, char token[64], int64_t *id);
enum rc token_find(struct ctx *, const char *token, struct session *);
enum rc token_revoke(struct ctx *, int64_t id);
enum rc token_each(struct ctx *, enum rc (*fn)(struct ctx *, int64_t id, const struct account *, const char *label, int64_t until, bool live, void *), void *arg);

/* -- a code of 6 digits to a phone, through the outbox: 10 minutes, 5 tries, at most 5 an hour for a phone and 20 for a source
 * (RC_TOO_MANY). Answers alike whether the phone is known or not. */
enum rc code_send(struct ctx *, const char *phone, const char *source);
/* Newest texts of the outbox, phones masked unless `clear` (demonstration only): {"items":[{"to","text","at"}]} */
enum rc outbox_json(struct ctx *, bool clear, struct jout *);
/* SMS gateways take texts from the outbox: the oldest `max` unsent ones as lines {"id","phone","text"}, marked as sent in the same
 * transaction; audited. */
enum rc outbox_take(struct ctx *, unsigned max, struct buf *lines, unsigned *n);
/* {"items":[{"id","room","record","text","at"}]}: notices for the caller's role and region, or person; newest first */
enum rc notices_json(struct ctx *, int64_t before_id, unsigned limit, struct jout *);
