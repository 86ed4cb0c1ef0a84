/* text_code.c -- numbers and bytes as text and back: integers, hexadecimal, base64url without padding. Promises of text.h; owns nothing.
 * Refuses any spelling but the one it writes itself (hexadecimal reads both cases). */
#include "base/text.h"
#include <string.h>

char *text_hex(struct arena *a, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *in = bytes;
	char *out = arena_alloc(a, 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	return out;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool text_unhex(const char *s, size_t n_out, void *out)
{
	uint8_t *to = out;
	if (!s || strlen(s) != 2 * n_out)
		return false;
	for (size_t i = 0; i < n_out; i++) {
		int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *text_base64url(struct arena *a, const void *bytes, size_t n)
{
	const uint8_t *in = bytes;
	char *out = arena_alloc(a, n / 3 * 4 + 5), *p = out;
	uint32_t bits = 0;
	unsigned have = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 6; have -= 6)
			*p++ = alphabet[bits >> (have - 6) & 63];
	}
	if (have)
		*p++ = alphabet[bits << (6 - have) & 63];
	return out;
}

void *text_unbase64url(struct arena *a, const char *s, size_t *n)
{
	size_t len = s ? strlen(s) : 1, made = 0;
	if (len % 4 == 1)
		return NULL;
	uint8_t *out = arena_alloc(a, len / 4 * 3 + 3);
	uint32_t bits = 0;
	unsigned have = 0;
	for (; *s; s++) {
		const char *at = strchr(alphabet, *s);
		if (!at)
			return NULL;
		bits = bits << 6 | (uint32_t)(at - alphabet);
		if ((have += 6) >= 8)
			out[made++] = (uint8_t)(bits >> (have -= 8));
	}
	if (bits & ((1u << have) - 1))
		return NULL;                     /* two spellings of the same bytes would be two names of one thing */
	*n = made;
	return out;
}

bool text_int(const char *s, int64_t *out)
{
	if (!s)
		return false;
	bool minus = *s == '-';
	int64_t v = 0;
	if (!*(s += minus))
		return false;
	for (; *s; s++) {
		int digit = *s - '0';
		if (digit < 0 || digit > 9 || __builtin_mul_overflow(v, 10, &v))
			return false;
		if (minus ? __builtin_sub_overflow(v, digit, &v) : __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*out = v;
	return true;
}
