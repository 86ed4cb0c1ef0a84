/* json_out.c -- writing JSON straight into a buf. Owns only the commas; the caller nests. Refuses nothing it is given:
 * bytes that are not UTF-8 become U+FFFD, so that every answer can be read. Wrong nesting is a broken invariant. */
#include "base/json.h"
#include "base/text.h"
#include <assert.h>
#include <string.h>

void jout_init(struct jout *o, struct buf *b)
{
	*o = (struct jout){ .b = b };
}

/* The comma before a value or key, where one is due. */
static void separate(struct jout *o)
{
	uint64_t bit = (uint64_t)1 << o->depth;
	if (o->after_key)
		o->after_key = false;
	else if (o->comma & bit)
		buf_add(o->b, ",", 1);
	o->comma |= bit;
}

void jout_open(struct jout *o, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	separate(o);
	buf_add(o->b, &bracket, 1);
	o->depth++;
	assert(o->depth < 64);
	o->comma &= ~((uint64_t)1 << o->depth);
}

/* Either bracket of the pair may be named. */
void jout_close(struct jout *o, char bracket)
{
	assert(o->depth && !o->after_key);
	o->depth--;
	buf_add(o->b, bracket == '{' || bracket == '}' ? "}" : "]", 1);
}

/* < > & and the two line separators are escaped too: an answer pasted into a page or script stays data. */
static void escaped(struct buf *b, int32_t c)
{
	switch (c) {
	case '"':
		buf_add(b, "\\\"", 2);
		return;
	case '\\':
		buf_add(b, "\\\\", 2);
		return;
	case '\n':
		buf_add(b, "\\n", 2);
		return;
	case '\t':
		buf_add(b, "\\t", 2);
		return;
	case '\r':
		buf_add(b, "\\r", 2);
		return;
	default:
		buf_printf(b, "\\u%04x", (unsigned)(c < 0 ? 0xFFFD : c));
	}
}

/* ASCII that may stand as it is. */
static bool plain(unsigned char c)
{
	static const uint64_t odd[2] = { 0xFFFFFFFF | UINT64_C(1) << '"' | UINT64_C(1) << '&' | UINT64_C(1) << '<' | UINT64_C(1) << '>',
		UINT64_C(1) << ('\\' - 64) | UINT64_C(1) << (0x7F - 64) };
	return c < 0x80 && !(odd[c >> 6] >> (c & 63) & 1);
}

static void quoted(struct buf *b, const char *s, size_t n)
{
	size_t from = 0;
	buf_add(b, "\"", 1);
	for (size_t i = 0; i < n;) {
		size_t at = i;
		if (plain((unsigned char)s[i])) {
			i++;
			continue;
		}
		int32_t c = text_next(s, n, &i);
		if (c > 0x7F && c != 0x2028 && c != 0x2029)
			continue;
		buf_add(b, s + from, at - from);
		escaped(b, c);
		from = i;
	}
	buf_add(b, s + from, n - from);
	buf_add(b, "\"", 1);
}

/* Nearly all keys are names of fields: comma, quotes and colon go with them in one piece. False: it must be quoted with care. */
static bool name(struct jout *o, const char *key, size_t n)
{
	char all[64], *p = all;
	uint64_t bit = (uint64_t)1 << o->depth;
	if (n > sizeof all - 4)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!plain((unsigned char)key[i]))
			return false;
	if (o->comma & bit)
		*p++ = ',';
	*p++ = '"';
	memcpy(p, key, n);
	p += n;
	*p++ = '"';
	*p++ = ':';
	o->comma |= bit;
	buf_add(o->b, all, (size_t)(p - all));
	return true;
}

void jout_key(struct jout *o, const char *key)
{
	assert(!o->after_key);
	size_t n = strlen(key);
	if (!name(o, key, n)) {
		separate(o);
		quoted(o->b, key, n);
		buf_add(o->b, ":", 1);
	}
	o->after_key = true;
}

void jout_str(struct jout *o, const char *s)
{
	jout_strn(o, s, s ? strlen(s) : 0);
}

void jout_strn(struct jout *o, const char *s, size_t n)
{
	if (!s) {
		jout_null(o);
		return;
	}
	separate(o);
	quoted(o->b, s, n);
}

void jout_int(struct jout *o, int64_t v)
{
	separate(o);
	buf_int(o->b, v);
}

void jout_id(struct jout *o, int64_t v)
{
	separate(o);
	buf_add(o->b, "\"", 1);
	buf_int(o->b, v);
	buf_add(o->b, "\"", 1);
}

void jout_bool(struct jout *o, bool v)
{
	jout_raw(o, v ? "true" : "false");
}

void jout_null(struct jout *o)
{
	jout_raw(o, "null");
}

void jout_raw(struct jout *o, const char *json)
{
	separate(o);
	buf_str(o->b, json);
}

void jout_kv(struct jout *o, const char *key, const char *text)
{
	jout_key(o, key);
	jout_str(o, text);
}

void jout_kvi(struct jout *o, const char *key, int64_t v)
{
	jout_key(o, key);
	jout_int(o, v);
}

void jout_kvb(struct jout *o, const char *key, bool v)
{
	jout_key(o, key);
	jout_bool(o, v);
}
