/* fuzz_text.c -- any bytes as what people type: dates, times, numbers of persons and organisations, phones, search words, tokens. What is
 * taken reads the same again; what is made of it is text. */
#include "base/clock.h"
#include "base/ident.h"
#include "base/text.h"
#include <assert.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void dates(struct arena *a, const char *s)
{
	int64_t day, ms, again;
	if (day_read(s, &day))
		assert(!strcmp(day_text(a, day), s));
	if (time_read(s, &ms)) {
		bool good = time_read(time_text(a, ms), &again);
		assert(good && again == ms);
	}
}

static void idents(const char *s)
{
	const int64_t today = day_of(2020, 11, 20);
	char out[24], again[24];
	if (!ident_idno(s, today, out)) {
		assert(strlen(out) == 18 && !ident_idno(out, today, again) && !strcmp(out, again));
		assert(ident_birth(out) <= today && ident_age(ident_birth(out), today) >= 0 && (ident_sex(out) == 1 || ident_sex(out) == 2));
	}
	if (!ident_uscc(s, out)) {
		assert(strlen(out) == 18 && !ident_uscc(out, again) && !strcmp(out, again));
		ident_uscc_inner(out);
	}
	if (!ident_phone(s, out))
		assert(!ident_phone(out, again) && !strcmp(out, again));
	if (ident_idno_from15(s, out))
		assert(strlen(out) == 18);
}

static void tokens(struct arena *a, const char *s, size_t n)
{
	size_t raw, back;
	int64_t number;
	uint8_t hex[8];
	const void *bytes = text_unbase64url(a, s, &raw), *again;
	if (bytes) {
		again = text_unbase64url(a, text_base64url(a, bytes, raw), &back);
		assert(again && back == raw && !memcmp(again, bytes, raw));
	}
	if (text_int(s, &number))
		assert(n > 0);
	if (text_unhex(s, sizeof hex, hex))
		assert(!strncasecmp(text_hex(a, hex, sizeof hex), s, 16));
}

static void words(struct arena *a, const char *s, size_t n)
{
	unsigned found = 0;
	const char *clean = text_clean(a, s, n, n % 2, &found);
	if (!clean || !text_valid(s, n))
		return;
	const char *made[] = { clean, text_bigrams(a, s), text_mask_name(a, s), text_mask_phone(a, s), text_mask_idno(a, s), text_mask_other(a, s) };
	for (unsigned i = 0; i < sizeof made / sizeof *made; i++)
		assert(text_valid(made[i], strlen(made[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *a = arena_new(0);
	const char *s = arena_strndup(a, (const char *)bytes, n);
	dates(a, s);
	idents(s);
	tokens(a, s, strlen(s));
	words(a, s, strlen(s));
	arena_free(a);
	return 0;
}
