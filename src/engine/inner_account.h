/* inner_account.h -- between the account*.c files. */
#pragma once
#include "base/clock.h"
#include "base/crypt.h"
#include "engine/account.h"
#include "engine/audit.h"
#include "engine/inner_query.h"
#include "engine/more.h"

/* In this order in every SELECT of an account. */
enum { ACCOUNT_COLS = 16 };
#define ACCOUNT_COLUMNS "a.id, a.name, a.label, a.role, a.region, a.org, a.person, a.room, a.record, a.phone_hash, a.password," \
	" a.totp, a.totp_step, a.state, a.created, a.city"
void account_of_row(struct ctx *, const struct value *cols, struct account *);
enum rc account_by_phone(struct ctx *, const uint8_t hash[32], struct account *);       /* residents only; RC_MISSING */
/* An account that stands for a phone: made at its first login by code. */
enum rc account_of_phone(struct ctx *, const char *phone, struct account *);

/* Wrong guesses within the last hour. `kind`: "account", "source", "send", "code". */
enum rc attempt_count(struct ctx *, const char *kind, const char *who, int64_t *wrong);
enum rc attempt_add(struct ctx *, const char *kind, const char *who, bool ok);
enum { GUESSES_SOURCE = 100, CODES_PHONE = 5, CODES_SOURCE = 20, CODE_TRIES_MAX = 5, CODE_MS = 10 * 60 * 1000, HOUR_MS = 3600 * 1000 };

/* account_session.c */
enum rc session_new(struct ctx *, struct login *, const struct account *);              /* fills l->token, l->session */
void    session_of_holder(struct session *, const char *room, int64_t record, const char *step);
enum rc session_end_all(struct ctx *, int64_t account);
/* account_code.c: RC_OK and the phone's account, or RC_DENIED */
enum rc code_prove(struct ctx *, const char *phone, const char *code, struct account *);
