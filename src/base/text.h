/* text.h -- UTF-8 and Chinese text: checking, cleaning, cutting into bigrams, masking. Knows nothing of records. */
#pragma once
#include "base/arena.h"
#include <stdbool.h>

/* Next code point of s[*i..n); advances *i; -1 when the bytes are not strict UTF-8 (overlong, surrogate, > 10FFFF, cut). */
int32_t text_next(const char *s, size_t n, size_t *i);
bool    text_valid(const char *s, size_t n);             /* strict UTF-8 without NUL */
size_t  text_chars(const char *s);                       /* number of code points of valid UTF-8 */

/* What cleaning found; a bit set. */
enum { TEXT_TRIMMED = 1, TEXT_FULLWIDTH = 2, TEXT_INVISIBLE = 4 /* zero width, BOM, NBSP */, TEXT_CONTROL = 8, TEXT_BIDI = 16,
       TEXT_DECOMPOSED = 32 /* combining marks */, TEXT_FORMULA = 64 /* begins with = + @ tab, or - followed by no number */,
       TEXT_INVALID = 128 /* not UTF-8 */, TEXT_NUL = 256 };
/* Cleaned copy: outer blanks (incl. U+3000, NBSP) trimmed, zero-width characters and inner BOM removed, NBSP to space;
 * with `ascii` full-width digits, letters and signs become half-width (for codes, numbers, dates). CR LF becomes LF. Bits tell what was seen. */
char   *text_clean(struct arena *, const char *s, size_t n, bool ascii, unsigned *found);

/* Search tokens: bigrams of each run of letters/digits/CJK (lower case, half-width), single characters for runs of one;
 * separated by one space, each once. For queries too: a query matches where all its tokens occur. */
char   *text_bigrams(struct arena *, const char *s);

/* Masks: 张* (name), 138****5678 (phone), first 4 + last 4 (id number), 3 characters then *** (anything else). */
char   *text_mask_name(struct arena *, const char *);
char   *text_mask_phone(struct arena *, const char *);
char   *text_mask_idno(struct arena *, const char *);
char   *text_mask_other(struct arena *, const char *);

bool    text_int(const char *s, int64_t *out);           /* whole string a decimal integer that fits; no blanks */
char   *text_hex(struct arena *, const void *, size_t n);
bool    text_unhex(const char *s, size_t n_out, void *out);
char   *text_base64url(struct arena *, const void *, size_t n);
void   *text_unbase64url(struct arena *, const char *, size_t *n);   /* NULL when malformed */
