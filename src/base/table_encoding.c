/* table_encoding.c -- in which letters a file is written, and one cell of it in UTF-8. Owns the UTF-16 copy and the
 * converter. Refuses files in no known encoding, binary files and files cut inside a letter; one bad cell is only that cell. */
#include "base/table_inner.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

static const char cut_file[] = "文件在一个字的中间断了，没有传完整。请重新导出或重新上传。";
static const char unknown[] = "认不出文件的编码。请在表格软件里打开后另存为 UTF-8 或 GBK 编码的 CSV，再上传。";
static const char binary[] = "这不是文本表格，文件里大半是二进制内容。请另存为 XLSX 或 CSV 后再上传。";

/* What one pass under one assumption found. */
struct look { size_t bad; bool cut; };

static bool utf8_cut(const unsigned char *p, size_t n)
{
	size_t want = p[0] >= 0xC2 && p[0] < 0xE0 ? 2 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3 : p[0] >= 0xF0 && p[0] < 0xF5 ? 4 : 0;
	if (n >= want)
		return false;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return false;
	return true;
}

static struct look look_utf8(const unsigned char *p, size_t n)
{
	struct look l = { 0 };
	for (size_t i = 0; i < n;) {
		size_t at = i;
		if (p[i] < 0x80) {
			i++;
		} else if (text_next((const char *)p, n, &i) < 0) {
			if (utf8_cut(p + at, n - at))
				return l.cut = true, l;
			l.bad++;
		}
	}
	return l;
}

/* Bytes of the letter at p: 1, 2 or 4; 0 when there is none; -1 when the end comes first. */
static int gb_letter(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] == 0x80 || p[0] == 0xFF)
		return 0;
	if (n < 2)
		return -1;
	if (p[1] >= 0x40 && p[1] != 0x7F && p[1] != 0xFF)
		return 2;
	if (p[1] < 0x30 || p[1] > 0x39)
		return 0;
	if (n < 3)
		return -1;
	if (p[2] < 0x81 || p[2] == 0xFF)
		return 0;
	if (n < 4)
		return -1;
	return p[3] >= 0x30 && p[3] <= 0x39 ? 4 : 0;
}

static struct look look_gb(const unsigned char *p, size_t n)
{
	struct look l = { 0 };
	for (size_t i = 0; i < n;) {
		int k = gb_letter(p + i, n - i);
		if (k < 0)
			return l.cut = true, l;
		l.bad += !k;
		i += k ? (size_t)k : 1;
	}
	return l;
}

/* UTF-16 without a mark: plain ASCII in it leaves every second byte 0, always the same one. */
static int utf16_unmarked(const unsigned char *p, size_t n)
{
	size_t zero[2] = { 0 };
	for (size_t i = 0; i < n; i++)
		zero[i & 1] += !p[i];
	size_t most = zero[0] > zero[1] ? zero[0] : zero[1], least = zero[0] + zero[1] - most;
	if (n < 16 || most < n / 12 || least > most / 20)
		return -1;
	return zero[1] > zero[0] ? ENC_UTF16LE : ENC_UTF16BE;
}

static size_t put(unsigned char *o, uint32_t c)
{
	if (c < 0x80)
		return o[0] = (unsigned char)c, 1;
	if (c < 0x800) {
		o[0] = (unsigned char)(0xC0 | c >> 6);
		o[1] = (unsigned char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		o[0] = (unsigned char)(0xE0 | c >> 12);
		o[1] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
		o[2] = (unsigned char)(0x80 | (c & 0x3F));
		return 3;
	}
	o[0] = (unsigned char)(0xF0 | c >> 18);
	o[1] = (unsigned char)(0x80 | (c >> 12 & 0x3F));
	o[2] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
	o[3] = (unsigned char)(0x80 | (c & 0x3F));
	return 4;
}

static void *room(size_t n)
{
	void *p = malloc(n ? n : 1);
	if (!p)
		abort();
	return p;
}

static const char *from_utf16(struct letters *l, const unsigned char *p, size_t n)
{
	int low = l->encoding == ENC_UTF16LE ? 0 : 1;
	if (n % 2)
		return cut_file;
	l->own = room(n / 2 * 3);
	size_t o = 0;
	for (size_t i = 0; i < n; i += 2) {
		uint32_t u = (uint32_t)(p[i + (size_t)low] | p[i + (size_t)!low] << 8);
		if (u >= 0xD800 && u < 0xDC00) {
			if (i + 2 >= n)
				return cut_file;
			uint32_t v = (uint32_t)(p[i + 2 + (size_t)low] | p[i + 2 + (size_t)!low] << 8);
			if (v >= 0xDC00 && v < 0xE000) {
				o += put(l->own + o, 0x10000 + ((u - 0xD800) << 10) + (v - 0xDC00));
				i += 2;
				continue;
			}
		}
		if (u >= 0xD800 && u < 0xE000)
			l->own[o++] = 0xFF;
		else
			o += put(l->own + o, u);
	}
	l->p = l->own;
	l->n = o;
	return NULL;
}

/* A few control characters or NUL are somebody's bad cells; a tenth of the file is no text. */
static bool mostly_binary(const unsigned char *p, size_t n)
{
	size_t odd = 0;
	for (size_t i = 0; i < n; i++)
		odd += p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r';
	return odd > n / 10 + 16;
}

/* The first line that is more than ASCII, a title or the header, is good UTF-8 with letters of three bytes. Two of those in
 * GBK by chance, and nothing bad beside them, do not happen. */
static bool begins_utf8(const unsigned char *p, size_t n)
{
	size_t from = 0, to = 0, high = 0, long_letters = 0;
	for (; to < n && !(high && p[to] == '\n'); to++) {
		if (p[to] == '\n')
			from = to;
		high += p[to] >= 0x80;
		long_letters += p[to] >= 0xE0;
	}
	struct look l = look_utf8(p + from, to - from);
	return long_letters > 1 && !l.bad && !l.cut;
}

/* UTF-8 may hold some foreign cells (a third of its non-ASCII bytes, or more when its header is clear: GBK text read as
 * UTF-8 is wrong nearly everywhere); GB18030 must be right nearly everywhere, for most bytes mean something in it. */
static const char *eight_bits(struct letters *l)
{
	size_t high = 0;
	for (size_t i = 0; i < l->n; i++)
		high += l->p[i] >= 0x80;
	struct look u = look_utf8(l->p, l->n);
	if ((u.bad * 3 <= high && !(u.cut && high <= 3)) || begins_utf8(l->p, l->n)) {
		l->encoding = ENC_UTF8;
		return u.cut ? cut_file : NULL;
	}
	struct look g = look_gb(l->p, l->n);
	if (g.bad * 10 > high + 40)
		return unknown;
	l->encoding = ENC_GB18030;
	return g.cut ? cut_file : NULL;
}

const char *letters_open(struct letters *l, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	const char *why = NULL;
	*l = (struct letters){ .p = p, .n = n, .gb = (iconv_t)-1, .out = room(3 * CELL_BYTES + 1) };
	int wide = n >= 2 && p[0] == 0xFF && p[1] == 0xFE ? ENC_UTF16LE : n >= 2 && p[0] == 0xFE && p[1] == 0xFF ? ENC_UTF16BE : -1;
	size_t mark = wide >= 0 ? 2 : n >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3) ? 3 : 0;
	if (!mark)
		wide = utf16_unmarked(p, n);
	l->p += mark;
	l->n -= mark;
	if (wide >= 0) {
		l->encoding = (enum encoding)wide;
		why = from_utf16(l, l->p, l->n);
	}
	if (!why && mostly_binary(l->p, l->n))
		why = binary;
	if (!why && wide >= 0 && look_utf8(l->p, l->n).bad > l->n / 10 + 1)
		why = unknown;
	if (!why && wide < 0)
		why = eight_bits(l);
	if (!why && l->encoding == ENC_GB18030 && (l->gb = iconv_open("UTF-8", "GB18030")) == (iconv_t)-1)
		why = "服务器缺少 GB18030 编码转换。请把文件另存为 UTF-8 编码的 CSV，再上传。";
	return why;
}

void letters_close(struct letters *l)
{
	free(l->own);
	free(l->out);
	if (l->gb != (iconv_t)-1)
		iconv_close(l->gb);
}

/* Each byte that belongs to no letter becomes U+FFFD, so that whatever is shown of the cell is still text. */
static size_t from_utf8(char *out, const unsigned char *raw, size_t n, bool *bad)
{
	size_t o = 0;
	for (size_t i = 0; i < n;) {
		size_t at = i;
		if (raw[i] < 0x80) {
			out[o++] = (char)raw[i++];
		} else if (text_next((const char *)raw, n, &i) >= 0) {
			memcpy(out + o, raw + at, i - at);
			o += i - at;
		} else {
			memcpy(out + o, "\xEF\xBF\xBD", 3);
			o += 3;
			*bad = true;
		}
	}
	return o;
}

static size_t from_gb(iconv_t gb, char *out, const unsigned char *raw, size_t n, bool *bad)
{
	union { const unsigned char *from; char *to; } in = { .from = raw };  /* iconv's old signature has no const */
	size_t left = n, room_left = 3 * CELL_BYTES;
	char *o = out;
	iconv(gb, NULL, NULL, NULL, NULL);
	while (left) {
		if (iconv(gb, &in.to, &left, &o, &room_left) != (size_t)-1 || !left || room_left < 4)
			break;
		memcpy(o, "\xEF\xBF\xBD", 3);
		o += 3;
		room_left -= 3;
		in.to++;
		left--;
		*bad = true;
	}
	return (size_t)(o - out);
}

struct cell cell_cut(char *s, size_t n)
{
	struct cell c = { .s = s, .n = n };
	size_t chars = 0;
	for (size_t i = 0; i < n && n > CELL_CHARS; i++) {
		chars += ((unsigned char)s[i] & 0xC0) != 0x80;
		if (chars > CELL_CHARS) {
			c.n = i;
			c.fault = CELL_TOO_LONG;
			break;
		}
	}
	if (memchr(s, 0, c.n))
		c.fault = CELL_NUL;
	s[c.n] = 0;
	return c;
}

struct cell letters_cell(struct letters *l, const unsigned char *raw, size_t n)
{
	bool bad = false;
	if (n > CELL_BYTES)
		n = CELL_BYTES;
	size_t o = l->encoding == ENC_GB18030 ? from_gb(l->gb, l->out, raw, n, &bad) : from_utf8(l->out, raw, n, &bad);
	struct cell c = cell_cut(l->out, o);
	if (bad && c.fault != CELL_TOO_LONG) {
		c.fault = CELL_ENCODING;
		struct look other = l->encoding == ENC_GB18030 ? look_utf8(raw, n) : look_gb(raw, n);
		c.foreign = !other.bad && !other.cut;
	}
	return c;
}

struct cell cell_keep(struct arena *a, struct cell c)
{
	char *s = arena_alloc(a, c.n + 1);
	memcpy(s, c.s, c.n);
	c.s = s;
	return c;
}
