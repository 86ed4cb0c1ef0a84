/* crypt.h -- SM3, HMAC-SM3, SM4-CTR + HMAC-SM3 (encrypt then MAC), argon2id, random, TOTP. Keys are given, never found here. */
#pragma once
#include "base/arena.h"
#include <stdbool.h>

enum { SM3_LEN = 32, SEAL_EXTRA = 1 + 16 + 32 };         /* sealed = version byte, 16-byte nonce, cipher text, 32-byte tag */
void  crypt_sm3(const void *, size_t, uint8_t out[SM3_LEN]);
void  crypt_hmac(const void *key, size_t nk, const void *, size_t, uint8_t out[SM3_LEN]);
void  crypt_random(void *, size_t);
bool  crypt_same(const void *, const void *, size_t);    /* constant time */
/* `context` (room, field, record id) is authenticated with the text: a cell moved elsewhere does not open. */
void  crypt_seal(const uint8_t key[32], const char *context, const void *plain, size_t n, uint8_t *out /* n + SEAL_EXTRA */);
bool  crypt_open(const uint8_t key[32], const char *context, const uint8_t *sealed, size_t n, void *plain /* n - SEAL_EXTRA */);
void  crypt_derive(const uint8_t key[32], const char *label, uint8_t out[32]);
bool  crypt_password_hash(const char *password, char out[128]);           /* argon2id; slow: call from a bounded queue */
bool  crypt_password_check(const char *password, const char *hash);
bool  crypt_totp_check(const char *secret_base32, const char *code, int64_t real_ms, int64_t *step); /* +-1 step; step for replay refusal */
char *crypt_totp_new(struct arena *);                                      /* new base32 secret */
/* SM3 in pieces, for chains over streams */
struct sm3;
struct sm3 *crypt_sm3_new(void);
void  crypt_sm3_add(struct sm3 *, const void *, size_t);
void  crypt_sm3_end(struct sm3 *, uint8_t out[SM3_LEN]);                   /* frees */
