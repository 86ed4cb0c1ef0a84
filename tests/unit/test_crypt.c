/* test_crypt.c -- published vectors of SM3, HMAC-SM3 and SM4; sealing, passwords, one-time codes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/crypt.h"
#include "base/text.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static struct arena *a;

static void sm3_vectors(void **state)
{
	(void)state;
	uint8_t h[SM3_LEN];
	crypt_sm3("abc", 3, h);
	assert_string_equal(text_hex(a, h, sizeof h), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
	crypt_sm3("", 0, h);
	assert_string_equal(text_hex(a, h, sizeof h), "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
	crypt_hmac("key", 3, "abc", 3, h);
	assert_string_equal(text_hex(a, h, sizeof h), "28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393");
	struct sm3 *s = crypt_sm3_new();
	crypt_sm3_add(s, "a", 1);
	crypt_sm3_add(s, "", 0);
	crypt_sm3_add(s, "bc", 2);
	crypt_sm3_end(s, h);
	assert_string_equal(text_hex(a, h, sizeof h), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

/* The SM4 this library computes is the standard's. */
static void sm4_vector(void **state)
{
	(void)state;
	uint8_t key[16], out[32];
	int n = 0;
	assert_true(text_unhex("0123456789abcdeffedcba9876543210", 16, key));
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	assert_int_equal(EVP_EncryptInit_ex(c, EVP_sm4_ecb(), NULL, key, NULL), 1);
	assert_int_equal(EVP_EncryptUpdate(c, out, &n, key, 16), 1);
	EVP_CIPHER_CTX_free(c);
	assert_int_equal(n, 16);
	assert_string_equal(text_hex(a, out, 16), "681edf34d206965e86b3e94f536e4246");
}

/* A seal is opened here by hand: version, nonce, SM4-CTR under the derived key, HMAC-SM3 over all of it. */
static void the_format_of_a_seal(void **state)
{
	(void)state;
	uint8_t key[32], sealed[5 + SEAL_EXTRA], k[32], plain[5], tag[32], all[8 + 3 + 1 + 16 + 5] = { 3 };
	int n = 0;
	memset(key, 7, sizeof key);
	crypt_seal(key, "ctx", "hello", 5, sealed);
	crypt_derive(key, "seal sm4-ctr", k);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	EVP_DecryptInit_ex(c, EVP_sm4_ctr(), NULL, k, sealed + 1);
	EVP_DecryptUpdate(c, plain, &n, sealed + 17, 5);
	EVP_CIPHER_CTX_free(c);
	assert_memory_equal(plain, "hello", 5);
	memcpy(all + 8, "ctx", 3);
	memcpy(all + 11, sealed, 22);
	crypt_derive(key, "seal hmac-sm3", k);
	crypt_hmac(k, 32, all, sizeof all, tag);
	assert_memory_equal(tag, sealed + 22, 32);
}

static void a_seal_opens_only_where_it_was_made(void **state)
{
	(void)state;
	uint8_t key[32], other[32], sealed[100 + SEAL_EXTRA], again[100 + SEAL_EXTRA];
	char text[100], back[100];
	crypt_random(key, sizeof key);
	memcpy(other, key, sizeof key);
	other[31] ^= 1;
	memset(text, 'x', sizeof text);
	for (size_t n = 0; n <= sizeof text; n++) {
		crypt_seal(key, "need.phone.1", text, n, sealed);
		assert_true(crypt_open(key, "need.phone.1", sealed, n + SEAL_EXTRA, back));
		assert_memory_equal(back, text, n);
	}
	size_t len = sizeof sealed;
	crypt_seal(key, "need.phone.1", text, sizeof text, again);
	assert_memory_not_equal(sealed, again, len);
	assert_false(crypt_open(key, "need.phone.2", sealed, len, back));
	assert_false(crypt_open(other, "need.phone.1", sealed, len, back));
	assert_false(crypt_open(key, "need.phone.1", sealed, len - 1, back));
	assert_false(crypt_open(key, "need.phone.1", sealed, SEAL_EXTRA - 1, back));
	assert_false(crypt_open(key, "need.phone.1", NULL, 0, back));
	for (size_t i = 0; i < len; i++) {
		sealed[i] ^= 0x40;
		assert_false(crypt_open(key, "need.phone.1", sealed, len, back));
		sealed[i] ^= 0x40;
	}
	assert_true(crypt_open(key, "need.phone.1", sealed, len, back));
}

static void keys_for_different_work_differ(void **state)
{
	(void)state;
	uint8_t key[32] = { 1 }, one[32], two[32], same[32];
	crypt_derive(key, "search", one);
	crypt_derive(key, "session", two);
	crypt_derive(key, "search", same);
	assert_memory_not_equal(one, two, 32);
	assert_memory_equal(one, same, 32);
	assert_true(crypt_same(one, same, 32));
	assert_false(crypt_same(one, two, 32));
	assert_true(crypt_same("", "", 0));
}

static void passwords(void **state)
{
	(void)state;
	char hash[128], other[128];
	assert_true(crypt_password_hash("一个很长的口令 8", hash));
	assert_memory_equal(hash, "$argon2id$", 10);
	assert_non_null(strstr(hash, "m=65536,t=2"));
	assert_true(crypt_password_check("一个很长的口令 8", hash));
	assert_false(crypt_password_check("一个很长的口令 9", hash));
	assert_false(crypt_password_check("", hash));
	assert_true(crypt_password_hash("一个很长的口令 8", other));
	assert_string_not_equal(hash, other);
	assert_false(crypt_password_check("x", ""));
	assert_false(crypt_password_check("x", "x"));
	assert_false(crypt_password_check("x", NULL));
}

/* RFC 6238, appendix B (SHA-1), last six digits. */
static void time_codes(void **state)
{
	(void)state;
	static const char secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
	static const struct { int64_t s; const char *code; } rfc[] = {
		{ 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" }, { 1234567890, "005924" }, { 2000000000, "279037" },
	};
	int64_t step = -5;
	for (size_t i = 0; i < sizeof rfc / sizeof *rfc; i++) {
		assert_true(crypt_totp_check(secret, rfc[i].code, rfc[i].s * 1000, &step));
		assert_int_equal(step, rfc[i].s / 30);
	}
	assert_true(crypt_totp_check(secret, "005924", (1234567890 + 30) * 1000LL, &step));
	assert_int_equal(step, 1234567890 / 30);
	assert_true(crypt_totp_check(secret, "005924", (1234567890 - 30) * 1000LL, &step));
	assert_false(crypt_totp_check(secret, "005924", (1234567890 + 90) * 1000LL, &step));
	assert_false(crypt_totp_check(secret, "00592", 1234567890000, &step));
	assert_false(crypt_totp_check(secret, "0059240", 1234567890000, &step));
	assert_false(crypt_totp_check(secret, "00592x", 1234567890000, &step));
	assert_false(crypt_totp_check("!!", "005924", 1234567890000, &step));
	assert_false(crypt_totp_check(NULL, "005924", 1234567890000, &step));
	assert_false(crypt_totp_check("", "005924", 1234567890000, &step));
	char *fresh = crypt_totp_new(a);
	assert_int_equal(strlen(fresh), 32);
	assert_string_not_equal(fresh, crypt_totp_new(a));
	assert_int_equal(strspn(fresh, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sm3_vectors), cmocka_unit_test(sm4_vector), cmocka_unit_test(the_format_of_a_seal),
		cmocka_unit_test(a_seal_opens_only_where_it_was_made), cmocka_unit_test(keys_for_different_work_differ),
		cmocka_unit_test(passwords), cmocka_unit_test(time_codes),
	};
	a = arena_new(0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(a);
	return failed;
}
