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

/* Contexts of this thread: making one costs as much as hashing a short text. `sealing`, `ending` and `cipher` hold the sealing
 * key used last (`of`), for nearly all values are sealed under one: the two hashes with the key's block already in them. */
struct kit { EVP_MD_CTX *inner, *outer, *sealing, *ending; EVP_CIPHER_CTX *cipher; uint8_t of[32]; bool set; };
static pthread_key_t kit_key;
static pthread_once_t kit_once = PTHREAD_ONCE_INIT;

static void kit_free(void *p)
{
	struct kit *kit = p;
	EVP_MD_CTX *all[] = { kit->inner, kit->outer, kit->sealing, kit->ending };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		EVP_MD_CTX_free(all[i]);
	EVP_CIPHER_CTX_free(kit->cipher);
	OPENSSL_cleanse(kit, sizeof *kit);
	free(kit);
}

static void kit_begin(void)
{
	must(!pthread_key_create(&kit_key, kit_free), "pthread_key_create");
}

static struct kit *kit_mine(void)
{
	static _Thread_local struct kit *mine;
	if (mine)
		return mine;
	pthread_once(&kit_once, kit_begin);
	must((mine = calloc(1, sizeof *mine)) && !pthread_setspecific(kit_key, mine), "calloc");
	must((mine->inner = EVP_MD_CTX_new()) && (mine->outer = EVP_MD_CTX_new()) && (mine->sealing = EVP_MD_CTX_new())
		&& (mine->ending = EVP_MD_CTX_new()) && (mine->cipher = EVP_CIPHER_CTX_new()), "contexts");
	return mine;
}

struct piece { const void *p; size_t n; };

/* HMAC of RFC 2104 over SM3 (blocks of 64 bytes): both hashes after the key's block. */
static void hmac_key(const void *key, size_t nk, EVP_MD_CTX *inner, EVP_MD_CTX *outer)
{
	uint8_t block[64] = { 0 };

	if (nk > sizeof block)
		crypt_sm3(key, nk, block);
	else if (nk)
		memcpy(block, key, nk);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36;
	must(EVP_DigestInit_ex(inner, sm3(), NULL) == 1 && EVP_DigestUpdate(inner, block, sizeof block) == 1, "HMAC-SM3");
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	must(EVP_DigestInit_ex(outer, sm3(), NULL) == 1 && EVP_DigestUpdate(outer, block, sizeof block) == 1, "HMAC-SM3");
	OPENSSL_cleanse(block, sizeof block);
}

static void hmac(EVP_MD_CTX *inner, EVP_MD_CTX *outer, const struct piece *pieces, size_t count, uint8_t out[SM3_LEN])
{
	for (size_t i = 0; i < count; i++)
		must(!pieces[i].n || EVP_DigestUpdate(inner, pieces[i].p, pieces[i].n) == 1, "HMAC-SM3");
	must(EVP_DigestFinal_ex(inner, out, NULL) == 1 && EVP_DigestUpdate(outer, out, SM3_LEN) == 1
		&& EVP_DigestFinal_ex(outer, out, NULL) == 1, "HMAC-SM3");
}

void crypt_hmac(const void *key, size_t nk, const void *p, size_t n, uint8_t out[SM3_LEN])
{
	struct kit *kit = kit_mine();
	hmac_key(key, nk, kit->inner, kit->outer);
	hmac(kit->inner, kit->outer, &(struct piece){ p, n }, 1, out);
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

/* One key for both works would tie them together; each has its own. SM4 takes 16 bytes. */
static struct kit *kit_of(const uint8_t key[32])
{
	struct kit *kit = kit_mine();
	uint8_t cipher[32], tag[32];
	if (kit->set && crypt_same(kit->of, key, sizeof kit->of))
		return kit;
	crypt_derive(key, "seal sm4-ctr", cipher);
	crypt_derive(key, "seal hmac-sm3", tag);
	hmac_key(tag, sizeof tag, kit->sealing, kit->ending);
	must(EVP_EncryptInit_ex(kit->cipher, sm4(), NULL, cipher, NULL) == 1, "SM4-CTR");
	memcpy(kit->of, key, sizeof kit->of);
	kit->set = true;
	OPENSSL_cleanse(cipher, sizeof cipher);
	OPENSSL_cleanse(tag, sizeof tag);
	return kit;
}

static void sm4_ctr(struct kit *kit, const uint8_t nonce[NONCE], const uint8_t *in, size_t n, uint8_t *out)
{
	must(EVP_EncryptInit_ex(kit->cipher, NULL, NULL, NULL, nonce) == 1, "SM4-CTR");
	for (size_t done = 0; done < n;) {
		int made, part = n - done > INT_MAX / 2 ? INT_MAX / 2 : (int)(n - done);
		must(EVP_EncryptUpdate(kit->cipher, out + done, &made, in + done, part) == 1 && made == part, "SM4-CTR");
		done += (size_t)part;
	}
}

/* Over context with its length before it, version, nonce, cipher text: no two of these read the same. */
static void tag_of(struct kit *kit, const char *context, const uint8_t *head, size_t n, uint8_t out[SM3_LEN])
{
	uint8_t len[8];
	size_t nc = strlen(context);
	for (int i = 0; i < 8; i++)
		len[i] = (uint8_t)((uint64_t)nc >> (8 * i));
	must(EVP_MD_CTX_copy_ex(kit->inner, kit->sealing) == 1 && EVP_MD_CTX_copy_ex(kit->outer, kit->ending) == 1, "HMAC-SM3");
	hmac(kit->inner, kit->outer, (struct piece[]){ { len, sizeof len }, { context, nc }, { head, n } }, 3, out);
}

void crypt_seal(const uint8_t key[32], const char *context, const void *plain, size_t n, uint8_t *out)
{
	struct kit *kit = kit_of(key);
	out[0] = SEAL_VERSION;
	crypt_random(out + 1, NONCE);
	sm4_ctr(kit, out + 1, plain, n, out + HEAD);
	tag_of(kit, context, out, HEAD + n, out + HEAD + n);
}

bool crypt_open(const uint8_t key[32], const char *context, const uint8_t *sealed, size_t n, void *plain)
{
	uint8_t tag[SM3_LEN];
	if (!sealed || n < SEAL_EXTRA || sealed[0] != SEAL_VERSION)
		return false;
	struct kit *kit = kit_of(key);
	tag_of(kit, context, sealed, n - SM3_LEN, tag);
	if (!crypt_same(tag, sealed + n - SM3_LEN, SM3_LEN))
		return false;
	sm4_ctr(kit, sealed + 1, sealed + HEAD, n - SEAL_EXTRA, plain);
	return true;
}
