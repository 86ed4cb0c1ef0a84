/* crypt.c -- SM3, HMAC-SM3, SM4-CTR + HMAC-SM3 over OpenSSL, and sealing of single values. Owns nothing; keys are given.
 * Refuses to go on when the library lacks an algorithm: storing in the clear instead would be worse than stopping.
 * Passwords and one-time codes: crypt_login.c. */
#include "base/crypt.h"
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SEAL_VERSION = 1, NONCE = 16, HEAD = 1 + NONCE };

/* Not assert: these calls do the work itself. */
static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "crypt: %s failed\n", what);
	abort();
}

/* Looking an algorithm up costs more than hashing a short text: once for the process is enough. */
static EVP_MD *sm3_md;
static EVP_CIPHER *sm4_cipher;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch(void)
{
	must((sm3_md = EVP_MD_fetch(NULL, "SM3", NULL)) != NULL, "SM3");
	must((sm4_cipher = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL)) != NULL, "SM4-CTR");
}

static const EVP_MD *sm3(void)
{
	pthread_once(&fetched, fetch);
	return sm3_md;
}

static const EVP_CIPHER *sm4(void)
{
	pthread_once(&fetched, fetch);
	return sm4_cipher;
}

struct sm3 { EVP_MD_CTX *ctx; };

struct sm3 *crypt_sm3_new(void)
{
	struct sm3 *h = malloc(sizeof *h);
	must(h, "malloc");
	h->ctx = EVP_MD_CTX_new();
	must(h->ctx && EVP_DigestInit_ex(h->ctx, sm3(), NULL) == 1, "SM3");
	return h;
}

void crypt_sm3_add(struct sm3 *h, const void *p, size_t n)
{
	must(EVP_DigestUpdate(h->ctx, p, n) == 1, "SM3");
}

void crypt_sm3_end(struct sm3 *h, uint8_t out[SM3_LEN])
{
	must(EVP_DigestFinal_ex(h->ctx, out, NULL) == 1, "SM3");
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void crypt_sm3(const void *p, size_t n, uint8_t out[SM3_LEN])
{
	must(EVP_Digest(p, n, out, NULL, sm3(), NULL) == 1, "SM3");
}

struct piece { const void *p; size_t n; };

/* HMAC of RFC 2104 over SM3 (blocks of 64 bytes). */
static void hmac(const void *key, size_t nk, const struct piece *pieces, size_t count, uint8_t out[SM3_LEN])
{
	uint8_t block[64] = { 0 };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (nk > sizeof block)
		crypt_sm3(key, nk, block);
	else if (nk)
		memcpy(block, key, nk);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36;
	must(ctx && EVP_DigestInit_ex(ctx, sm3(), NULL) == 1 && EVP_DigestUpdate(ctx, block, sizeof block) == 1, "HMAC-SM3");
	for (size_t i = 0; i < count; i++)
		must(!pieces[i].n || EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].n) == 1, "HMAC-SM3");
	must(EVP_DigestFinal_ex(ctx, out, NULL) == 1, "HMAC-SM3");
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	must(EVP_DigestInit_ex(ctx, sm3(), NULL) == 1 && EVP_DigestUpdate(ctx, block, sizeof block) == 1
		&& EVP_DigestUpdate(ctx, out, SM3_LEN) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1, "HMAC-SM3");
	OPENSSL_cleanse(block, sizeof block);
	EVP_MD_CTX_free(ctx);
}

void crypt_hmac(const void *key, size_t nk, const void *p, size_t n, uint8_t out[SM3_LEN])
{
	hmac(key, nk, &(struct piece){ p, n }, 1, out);
}

void crypt_random(void *to, size_t n)
{
	for (unsigned char *p = to; n;) {
		ssize_t got = getrandom(p, n, 0);
		must(got > 0, "getrandom");      /* only a signal interrupts, and never below 256 bytes */
		p += got;
		n -= (size_t)got;
	}
}

bool crypt_same(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void crypt_derive(const uint8_t key[32], const char *label, uint8_t out[32])
{
	crypt_hmac(key, 32, label, strlen(label), out);
}

/* One key for both works would tie them together; each has its own. SM4 takes 16 bytes. The pair of the key used last is kept by each
 * thread: nearly all values are sealed under one key, and making the pair costs twice as much as the sealing. */
struct pair { uint8_t of[32], cipher[32], tag[32]; bool set; };

static const struct pair *pair_of(const uint8_t key[32])
{
	static _Thread_local struct pair last;
	if (!last.set || !crypt_same(last.of, key, sizeof last.of)) {
		crypt_derive(key, "seal sm4-ctr", last.cipher);
		crypt_derive(key, "seal hmac-sm3", last.tag);
		memcpy(last.of, key, sizeof last.of);
		last.set = true;
	}
	return &last;
}

static void sm4_ctr(const uint8_t k[32], const uint8_t nonce[NONCE], const uint8_t *in, size_t n, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	must(ctx && EVP_EncryptInit_ex(ctx, sm4(), NULL, k, nonce) == 1, "SM4-CTR");
	for (size_t done = 0; done < n;) {
		int made, part = n - done > INT_MAX / 2 ? INT_MAX / 2 : (int)(n - done);
		must(EVP_EncryptUpdate(ctx, out + done, &made, in + done, part) == 1 && made == part, "SM4-CTR");
		done += (size_t)part;
	}
	EVP_CIPHER_CTX_free(ctx);
}

/* Over context with its length before it, version, nonce, cipher text: no two of these read the same. */
static void tag_of(const uint8_t k[32], const char *context, const uint8_t *head, size_t n, uint8_t out[SM3_LEN])
{
	uint8_t len[8];
	size_t nc = strlen(context);
	for (int i = 0; i < 8; i++)
		len[i] = (uint8_t)((uint64_t)nc >> (8 * i));
	hmac(k, 32, (struct piece[]){ { len, sizeof len }, { context, nc }, { head, n } }, 3, out);
}

void crypt_seal(const uint8_t key[32], const char *context, const void *plain, size_t n, uint8_t *out)
{
	const struct pair *keys = pair_of(key);
	out[0] = SEAL_VERSION;
	crypt_random(out + 1, NONCE);
	sm4_ctr(keys->cipher, out + 1, plain, n, out + HEAD);
	tag_of(keys->tag, context, out, HEAD + n, out + HEAD + n);
}

bool crypt_open(const uint8_t key[32], const char *context, const uint8_t *sealed, size_t n, void *plain)
{
	uint8_t tag[SM3_LEN];
	if (!sealed || n < SEAL_EXTRA || sealed[0] != SEAL_VERSION)
		return false;
	const struct pair *keys = pair_of(key);
	tag_of(keys->tag, context, sealed, n - SM3_LEN, tag);
	if (!crypt_same(tag, sealed + n - SM3_LEN, SM3_LEN))
		return false;
	sm4_ctr(keys->cipher, sealed + 1, sealed + HEAD, n - SEAL_EXTRA, plain);
	return true;
}
