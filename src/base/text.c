/* text.c -- UTF-8 and Chinese text: checking, cleaning, cutting into bigrams, masking. Numbers and bytes: text_code.c.
 * Owns no data but small range tables. Refuses to guess: bytes that are not strict UTF-8 are told, never repaired in silence. */
#include "base/text.h"
#include <string.h>

struct range { int32_t from, to; };

static bool within(const struct range *r, size_t n, int32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}
#define WITHIN(table, c) within(table, sizeof (table) / sizeof *(table), c)

static const struct range invisible[] = {
	{ 0xAD, 0xAD }, { 0x180E, 0x180E }, { 0x200B, 0x200D }, { 0x2060, 0x2064 }, { 0x3164, 0x3164 }, { 0xFEFF, 0xFEFF },
	{ 0xE0000, 0xE007F },
};
static const struct range hard_blanks[] = { { 0xA0, 0xA0 }, { 0x2007, 0x2007 }, { 0x202F, 0x202F } };
static const struct range blanks[] = {
	{ '\t', '\r' }, { ' ', ' ' }, { 0x1680, 0x1680 }, { 0x2000, 0x200A }, { 0x2028, 0x2029 }, { 0x205F, 0x205F }, { 0x3000, 0x3000 },
};
static const struct range bidi[] = { { 0x61C, 0x61C }, { 0x200E, 0x200F }, { 0x202A, 0x202E }, { 0x2066, 0x2069 } };
static const struct range combining[] = {
	{ 0x300, 0x36F }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x20D0, 0x20FF }, { 0x3099, 0x309A }, { 0xFE20, 0xFE2F },
};
static const struct range letters[] = {
	{ '0', '9' }, { 'a', 'z' }, { 0xC0, 0xD6 }, { 0xD8, 0xF6 }, { 0xF8, 0x2AF }, { 0x370, 0x52F }, { 0x1100, 0x11FF }, { 0x1E00, 0x1FFF },
	{ 0x2160, 0x217F }, { 0x2460, 0x249B }, { 0x3005, 0x3007 }, { 0x3041, 0x3096 }, { 0x30A1, 0x30FA }, { 0x30FC, 0x312F },
	{ 0x3400, 0x4DBF }, { 0x4E00, 0x9FFF }, { 0xA000, 0xA48C }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0x20000, 0x3FFFF },
};

/* Nearly all characters are these, and none of them stands in a table above letters. */
static bool everyday(int32_t c)
{
	return (c > ' ' && c < 0x7F) || (c >= 0x4E00 && c <= 0x9FFF);
}

int32_t text_next(const char *s, size_t n, size_t *i)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char b = (unsigned char)s[*i];
	size_t len = b < 0x80 ? 1 : b >= 0xC2 && b < 0xE0 ? 2 : b >= 0xE0 && b < 0xF0 ? 3 : b >= 0xF0 && b < 0xF5 ? 4 : 0;
	if (len == 1)
		return (*i)++, b;
	int32_t c = len ? b & (0xFF >> (len + 1)) : 0;
	for (size_t k = 1; k < len; k++) {
		if (*i + k >= n || ((unsigned char)s[*i + k] & 0xC0) != 0x80)
			return ++*i, -1;
		c = (c << 6) | (s[*i + k] & 0x3F);
	}
	if (!len || c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return ++*i, -1;
	*i += len;
	return c;
}

bool text_valid(const char *s, size_t n)
{
	for (size_t i = 0; i < n;)
		if (text_next(s, n, &i) <= 0)
			return false;
	return true;
}

size_t text_chars(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

static void put(struct buf *b, int32_t c)
{
	char t[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t k = n; k-- > 1; c >>= 6)
		t[k] = (char)(0x80 | (c & 0x3F));
	t[0] = (char)(n == 1 ? c : (int32_t)((0xF0 << (4 - n)) & 0xFF) | c);
	buf_add(b, t, n);
}

/* What a spreadsheet would take for a formula. -12.50 and -3% are numbers; -2+3 is not. */
static bool formula(const char *s, size_t n)
{
	if (!n)
		return false;
	if (strchr("=+@\t", s[0]) && s[0])
		return true;
	if (s[0] != '-')
		return false;
	bool digit = false;
	for (size_t i = 1; i < n; i++) {
		if (!s[i] || !strchr("0123456789.,% ", s[i]))
			return true;
		digit |= s[i] >= '0' && s[i] <= '9';
	}
	return !digit;
}

static int32_t half_width(int32_t c)
{
	return c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c == 0x3000 ? ' ' : c;
}

/* Bits of one character, and what stands for it (0: nothing). */
static unsigned judge(int32_t *c, bool ascii)
{
	if (everyday(*c))
		return 0;
	if (*c < 0)
		return *c = 0xFFFD, TEXT_INVALID;
	if (!*c)
		return TEXT_NUL;
	if ((*c < 0x20 && *c != '\n') || (*c >= 0x7F && *c < 0xA0))
		return TEXT_CONTROL;
	if (WITHIN(invisible, *c))
		return *c = 0, TEXT_INVISIBLE;
	if (WITHIN(hard_blanks, *c))
		return *c = ' ', TEXT_INVISIBLE;
	if (WITHIN(bidi, *c))
		return TEXT_BIDI;
	if (WITHIN(combining, *c))
		return TEXT_DECOMPOSED;
	int32_t half = ascii ? half_width(*c) : *c;
	if (half != *c)
		return *c = half, TEXT_FULLWIDTH;
	return 0;
}

/* Outer blanks as a byte range; invisible characters among them go too. Trimming flags nothing as control. */
static unsigned trim(const char *s, size_t n, size_t *from, size_t *to)
{
	unsigned found = 0;
	bool inside = false;
	*from = *to = n;
	for (size_t i = 0; i < n;) {
		size_t at = i;
		int32_t c = text_next(s, n, &i);
		bool plain = everyday(c), hard = !plain && WITHIN(hard_blanks, c);
		if (hard)
			found |= TEXT_INVISIBLE;
		if (!plain && (hard || WITHIN(blanks, c) || WITHIN(invisible, c)))
			continue;
		if (!inside)
			*from = at;
		inside = true;
		*to = i;
	}
	for (size_t i = *from ? 0 : *to; i < n;) {
		size_t at = i;
		int32_t c = text_next(s, n, &i);
		if (at < *from || at >= *to)
			found |= WITHIN(invisible, c) ? TEXT_INVISIBLE : TEXT_TRIMMED;
	}
	return found;
}

char *text_clean(struct arena *a, const char *s, size_t n, bool ascii, unsigned *found)
{
	struct buf b;
	size_t from, to;
	unsigned bits = formula(s, n) ? TEXT_FORMULA : 0;
	bits |= trim(s, n, &from, &to);
	buf_init(&b, a);
	for (size_t i = from; i < to;) {
		int32_t c = text_next(s, to, &i);
		if (c == '\r' && i < to && s[i] == '\n')
			continue;
		bits |= judge(&c, ascii);
		if (c)
			put(&b, c);
	}
	if (formula(b.p, b.n))
		bits |= TEXT_FORMULA;
	if (found)
		*found = bits;
	return b.p;
}

/* A set of pairs of characters, open addressing; `size` is a power of two above twice the number of characters. */
struct seen { uint64_t *slots; size_t size; };

static bool seen_before(struct seen *set, uint64_t key)
{
	size_t at = (size_t)(key * 0x9E3779B97F4A7C15u >> 20) & (set->size - 1);
	for (; set->slots[at]; at = (at + 1) & (set->size - 1))
		if (set->slots[at] == key)
			return true;
	set->slots[at] = key;
	return false;
}

static void token(struct buf *b, struct seen *set, int32_t first, int32_t second)
{
	if (seen_before(set, (uint64_t)first << 32 | (uint32_t)second))
		return;
	if (b->n)
		buf_add(b, " ", 1);
	put(b, first);
	if (second)
		put(b, second);
}

/* The character as it is searched; 0 when it separates runs, -1 when it is to be skipped within a run. */
static int32_t folded(int32_t c)
{
	c = half_width(c);
	if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7))
		return c + 32;
	if (c > 0 && (WITHIN(invisible, c) || WITHIN(combining, c)))
		return -1;
	return WITHIN(letters, c) ? c : 0;
}

char *text_bigrams(struct arena *a, const char *s)
{
	size_t n = s ? strlen(s) : 0, chars = s ? text_chars(s) : 0, run = 0;
	struct seen set = { NULL, 16 };
	struct buf b;
	buf_init(&b, a);
	while (set.size <= 2 * chars + 2)
		set.size *= 2;
	set.slots = arena_alloc(a, set.size * sizeof *set.slots);
	int32_t last = 0;
	for (size_t i = 0; i <= n;) {
		int32_t c = i < n ? folded(text_next(s, n, &i)) : (i++, 0);
		if (c < 0)
			continue;
		if (c && run)
			token(&b, &set, last, c);
		else if (!c && run == 1)
			token(&b, &set, last, 0);
		run = c ? run + 1 : 0;
		last = c;
	}
	return b.p;
}

/* Byte position of character number k (from 0), or of the end. */
static size_t at_char(const char *s, size_t k)
{
	size_t i = 0;
	for (; s[i]; i++)
		if (((unsigned char)s[i] & 0xC0) != 0x80 && k-- == 0)
			break;
	return i;
}

/* `head` and `tail` characters stay, `stars` stand between; a text too short to hide anything is hidden whole. */
static char *masked(struct arena *a, const char *s, size_t head, size_t tail, size_t stars)
{
	size_t chars = s ? text_chars(s) : 0;
	if (!chars)
		return arena_strdup(a, s);
	if (chars <= head + tail)
		return arena_strdup(a, "***");
	struct buf b;
	buf_init(&b, a);
	buf_add(&b, s, at_char(s, head));
	for (size_t i = 0; i < stars; i++)
		buf_add(&b, "*", 1);
	buf_str(&b, s + at_char(s, chars - tail));
	return b.p;
}

char *text_mask_name(struct arena *a, const char *s)
{
	if (!s || !*s)
		return arena_strdup(a, s);
	return arena_printf(a, "%.*s*", (int)at_char(s, 1), s);
}

char *text_mask_phone(struct arena *a, const char *s)
{
	return masked(a, s, 3, 4, 4);
}

char *text_mask_idno(struct arena *a, const char *s)
{
	size_t chars = s ? text_chars(s) : 0;
	return masked(a, s, 4, 4, chars > 8 ? chars - 8 : 0);
}

char *text_mask_other(struct arena *a, const char *s)
{
	return masked(a, s, 3, 0, 3);
}
