/* crypt_login.c -- what people log in with: argon2id passwords (libsodium) and time-based codes (liboath). Promises of
 * crypt.h; owns the one-time start of both libraries. Refuses codes that are not six digits before computing anything. */
#include "base/crypt.h"
#include <pthread.h>
#include <sodium.h>
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_SECONDS = 30, DIGITS = 6, SECRET_BYTES = 20, HASH_SIZE = 128 };
_Static_assert(HASH_SIZE == crypto_pwhash_STRBYTES, "hash size promised in crypt.h");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;

static void start(void)
{
	ready = sodium_init() >= 0 && oath_init() == OATH_OK;
}

static bool started(void)
{
	return pthread_once(&once, start) == 0 && ready;
}

bool crypt_password_hash(const char *password, char out[128])
{
	return started() && crypto_pwhash_str(out, password, strlen(password),
		crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

/* libsodium reads all of its 128 bytes; ours may stand at the end of a page. */
bool crypt_password_check(const char *password, const char *hash)
{
	char padded[HASH_SIZE] = { 0 };
	size_t n = hash ? strnlen(hash, sizeof padded) : 0;
	if (!started() || !password || !n || n == sizeof padded)
		return false;
	memcpy(padded, hash, n);
	return crypto_pwhash_str_verify(padded, password, strlen(password)) == 0;
}

static bool six_digits(const char *s)
{
	return s && strlen(s) == DIGITS && strspn(s, "0123456789") == DIGITS;
}

bool crypt_totp_check(const char *secret_base32, const char *code, int64_t real_ms, int64_t *step)
{
	char *secret = NULL, want[DIGITS + 1];
	size_t n = 0;
	bool found = false;
	int64_t now = real_ms / 1000 / STEP_SECONDS;
	if (!started() || !secret_base32 || !six_digits(code) || real_ms < STEP_SECONDS * 1000)
		return false;
	if (oath_base32_decode(secret_base32, strlen(secret_base32), &secret, &n) != OATH_OK)
		return false;
	for (int64_t at = now - 1; n && at <= now + 1; at++) {
		if (oath_hotp_generate(secret, n, (uint64_t)at, DIGITS, false, OATH_HOTP_DYNAMIC_TRUNCATION, want) != OATH_OK)
			continue;
		if (crypt_same(want, code, DIGITS)) {
			found = true;
			*step = at;
		}
	}
	sodium_memzero(secret, n);
	free(secret);
	return found;
}

char *crypt_totp_new(struct arena *a)
{
	unsigned char raw[SECRET_BYTES];
	char *text = NULL;
	size_t n = 0;
	crypt_random(raw, sizeof raw);
	if (!started() || oath_base32_encode((const char *)raw, sizeof raw, &text, &n) != OATH_OK)
		abort();
	char *out = arena_strndup(a, text, n);
	sodium_memzero(text, n);
	free(text);
	sodium_memzero(raw, sizeof raw);
	return out;
}
