/* ident.c -- identifiers with check digits: id numbers (GB 11643), credit codes (GB 32100), phones, own numbers.
 * Pure functions over text; owns only the charset. Refuses to know which counties exist: old codes stay on cards. */
#include "base/ident.h"
#include "base/clock.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

enum { LONGEST = 64 };

static const char charset[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/* Blanks of every kind, and what has no width. */
static bool unseen(int32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0xAD || (c >= 0x2000 && c <= 0x200D) || c == 0x202F || c == 0x2060
		|| c == 0x3000 || c == 0xFEFF;
}

/* ASCII form of what people type or a spreadsheet exports: half width, upper case, no blanks or invisible characters, no
 * leading apostrophe. Anything else beyond ASCII becomes '?', which no identifier has. Returns the length, cut at LONGEST. */
static size_t squeeze(const char *in, char out[LONGEST + 1])
{
	size_t n = 0, len = in ? strlen(in) : 0;
	for (size_t i = 0; i < len && n < LONGEST;) {
		int32_t c = text_next(in, len, &i);
		if (c >= 0xFF01 && c <= 0xFF5E)
			c -= 0xFEE0;
		if (unseen(c))
			continue;
		if (n == 0 && (c == '\'' || c == '`' || c == 0x2018 || c == 0x2019))
			continue;
		if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212)
			c = '-';
		if (c >= 'a' && c <= 'z')
			c -= 32;
		out[n++] = c > 0x20 && c < 0x7F ? (char)c : '?';
	}
	out[n] = 0;
	return n;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits_at(const char *s)
{
	size_t n = 0;
	while (digit(s[n]))
		n++;
	return n;
}

/* 2.19901E+17: what a spreadsheet leaves of a long number. */
static bool scientific(const char *s)
{
	size_t n = digits_at(s);
	if (!n)
		return false;
	s += n;
	if (*s == '.')
		s += 1 + digits_at(s + 1);
	if (*s++ != 'E')
		return false;
	s += *s == '+' || *s == '-';
	n = digits_at(s);
	return n && !s[n];
}

static bool province_known(const char *s)
{
	static const unsigned char last[] = { [1] = 5, [2] = 3, [3] = 7, [4] = 6, [5] = 4, [6] = 5, [7] = 1, [8] = 3, [9] = 1 };
	int high = s[0] - '0', low = s[1] - '0';
	return low >= (high == 5 ? 0 : 1) && low <= last[high];
}

/* Day number of positions 7-14; by way of text, because -1 is a real day (1969-12-31). */
static bool birth_at(const char *id, int64_t *day)
{
	char t[11];
	snprintf(t, sizeof t, "%.4s-%.2s-%.2s", id + 6, id + 10, id + 12);
	return day_read(t, day);
}

static char idno_check(const char *s)
{
	static const int weight[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;
	for (int i = 0; i < 17; i++)
		sum += (s[i] - '0') * weight[i];
	return "10X98765432"[sum % 11];
}

const char *ident_idno(const char *in, int64_t today, char out[19])
{
	char s[LONGEST + 1];
	int64_t birth;
	size_t n = squeeze(in, s);
	out[0] = 0;
	if (scientific(s))
		return "id_scientific_notation";
	if (n == 15 && digits_at(s) == 15)
		return "id_15_digits";
	if (n != 18)
		return "id_length";
	if (digits_at(s) < 17 || (!digit(s[17]) && s[17] != 'X'))
		return "id_character";
	if (!province_known(s))
		return "id_unknown_province";
	if (!birth_at(s, &birth) || birth < day_of(1900, 1, 1) || birth > today)
		return "id_bad_birth_date";
	if (s[17] != idno_check(s))
		return "id_checksum";
	memcpy(out, s, 19);
	return NULL;
}

bool ident_idno_from15(const char *in, char out[19])
{
	char s[LONGEST + 1], t[19];
	int64_t birth;
	out[0] = 0;
	if (squeeze(in, s) != 15 || digits_at(s) != 15)
		return false;
	snprintf(t, sizeof t, "%.6s19%.9s0", s, s + 6);
	if (!province_known(t) || !birth_at(t, &birth))
		return false;
	t[17] = idno_check(t);
	memcpy(out, t, sizeof t);
	return true;
}

int64_t ident_birth(const char *idno)
{
	int64_t day = 0;
	birth_at(idno, &day);
	return day;
}

int ident_sex(const char *idno)
{
	return (idno[16] - '0') % 2 ? 1 : 2;
}

int ident_age(int64_t birth, int64_t day)
{
	int by, bm, bd, y, m, d;
	day_split(birth, &by, &bm, &bd);
	day_split(day, &y, &m, &d);
	int age = y - by - (m * 32 + d <= bm * 32 + bd);
	return age < 0 ? 0 : age;
}

/* Letters outside the charset (prefixes of our own numbers: XZ) count by their place in the alphabet. */
static int value31(char c)
{
	const char *at = strchr(charset, c);
	return at && c ? (int)(at - charset) : (c - 'A' + 10) % 31;
}

char ident_check31(const char *body)
{
	int sum = 0, weight = 1;
	for (; *body; body++, weight = weight * 3 % 31)
		sum = (sum + value31(*body) * weight) % 31;
	return charset[(31 - (sum % 31 + 31) % 31) % 31];
}

const char *ident_uscc(const char *in, char out[19])
{
	char s[LONGEST + 1], body[18];
	size_t n = squeeze(in, s);
	out[0] = 0;
	if (n != 18)
		return n == 17 ? "uscc_17_characters" : "uscc_length";
	if (strspn(s, charset) != 18)
		return "uscc_forbidden_letter";
	memcpy(body, s, 17);
	body[17] = 0;
	if (s[17] != ident_check31(body))
		return "uscc_checksum";
	memcpy(out, s, 19);
	return NULL;
}

bool ident_uscc_inner(const char *uscc)
{
	static const int weight[] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;
	if (strlen(uscc) != 18)
		return false;
	for (int i = 0; i < 8; i++) {
		char c = uscc[8 + i];
		sum += (digit(c) ? c - '0' : c - 'A' + 10) * weight[i];
	}
	int c = 11 - sum % 11;
	return uscc[16] == (c == 10 ? 'X' : c == 11 ? '0' : (char)('0' + c));
}

/* Beijing (010) and 02x have three digits, all others four. */
static size_t area_length(const char *s)
{
	return s[1] == '1' || s[1] == '2' ? 3 : 4;
}

/* AREA[-]NUMBER[-EXT], brackets already turned into hyphens. */
static bool fixed_line(const char *s, char out[24])
{
	size_t run = digits_at(s), area = s[run] == '-' && run <= 4 ? run : area_length(s);
	if (s[0] != '0' || area < 3 || run < area)
		return false;
	const char *number = s + area + (s[area] == '-');
	size_t n = digits_at(number), ext = 0;
	if (n < 7 || n > 8)
		return false;
	const char *rest = number + n;
	if (*rest == '-' && ((ext = digits_at(++rest)) < 1 || ext > 6))
		return false;
	if (rest[ext])
		return false;
	snprintf(out, 24, "%.*s-%.*s%s%s", (int)area, s, (int)n, number, ext ? "-" : "", rest);
	return true;
}

static bool mobile(const char *s)
{
	return digits_at(s) == 11 && !s[11] && s[0] == '1' && s[1] >= '3';
}

/* Without the country code; `0` before an area code, where the country code had replaced it. */
static void without_country(char s[LONGEST + 2])
{
	size_t skip = strncmp(s, "+86", 3) == 0 ? 3 : strncmp(s, "0086", 4) == 0 ? 4 : strncmp(s, "(+86)", 5) == 0 ? 5 : 0;
	if (!skip)
		return;
	skip += s[skip] == '-';
	memmove(s, s + skip, strlen(s + skip) + 1);
	if (digit(s[0]) && s[0] != '0' && (s[0] != '1' || s[1] < '3')) {
		memmove(s + 1, s, strlen(s) + 1);
		s[0] = '0';
	}
}

const char *ident_phone(const char *in, char out[24])
{
	char s[LONGEST + 2], bare[LONGEST + 2], line[LONGEST + 2];
	size_t n = 0, m = 0;
	squeeze(in, s);
	without_country(s);
	for (const char *p = s; *p; p++) {
		bool mark = *p == '(' || *p == ')' || *p == '-';
		if (!mark)
			bare[n++] = *p;
		if (!mark || (m && line[m - 1] != '-'))
			line[m++] = mark ? '-' : *p;
	}
	bare[n] = line[m] = 0;
	out[0] = 0;
	if (mobile(bare))
		memcpy(out, bare, 12);
	else if (!fixed_line(line, out))
		return "phone_bad";
	return NULL;
}
