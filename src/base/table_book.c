/* table_book.c -- what must be known of a workbook before its rows: which sheets can be seen, where they are, how styles
 * show dates, the shared strings. Owns nothing beyond struct xlsx. Refuses more than it could ever need. */
#include "base/table_inner.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_RELATIONS = 2000, MOST_STYLES = 65536, MOST_FORMATS = 5000, MOST_SHARED = 4000000, LONGEST_RAW = CELL_CHARS * 8 };

struct relation { const char *id, *type, *path; };
struct book {
	struct xlsx *x;
	const char *folder;              /* of the part whose relations are read */
	struct relation *relations;
	unsigned n;
	unsigned *formats, n_formats;    /* custom number formats that show dates */
	bool in_styles;
	size_t string_at;                /* shared strings: where the open one begins */
	unsigned phonetic;
	bool in_text, in_string, overlong;
};

/* Targets are relative to the part's folder, or absolute with a slash; one or two "../" happen. */
static const char *resolve(struct arena *a, const char *folder, const char *target)
{
	if (*target == '/')
		return arena_strdup(a, target + 1);
	size_t n = strlen(folder);
	while (!strncmp(target, "../", 3) && n) {
		for (n--; n && folder[n - 1] != '/';)
			n--;
		target += 3;
	}
	return arena_printf(a, "%.*s%s", (int)n, folder, target);
}

static void relation_start(void *arg, const char *name, const char **at)
{
	struct book *b = arg;
	const char *id = part_attribute(at, "Id"), *type = part_attribute(at, "Type"), *target = part_attribute(at, "Target");
	if (strcmp(name, "Relationship") || !id || !type || !target || b->n == MOST_RELATIONS || strlen(id) + strlen(target) > 1000)
		return;
	const char *last = strrchr(type, '/');
	struct arena *a = b->x->arena;
	b->relations[b->n++] = (struct relation){ arena_strdup(a, id), arena_strndup(a, last ? last + 1 : type, 40),
		resolve(a, b->folder, target) };
}

static void nothing(void *arg, const char *name)
{
	(void)arg, (void)name;
}

static bool read_part(struct book *b, const char *path, void (*start)(void *, const char *, const char **),
	void (*end)(void *, const char *), void (*chars)(void *, const char *, size_t))
{
	struct part p = { .arg = b, .start = start, .end = end, .chars = chars };
	bool good = part_open(&p, b->x, path) && part_run(&p) == 0;
	part_close(&p);
	return good;
}

/* Relations of `part` (the package itself: ""), if it has any. */
static bool relations(struct book *b, const char *part)
{
	struct arena *a = b->x->arena;
	const char *slash = strrchr(part, '/');
	b->folder = slash ? arena_strndup(a, part, (size_t)(slash - part) + 1) : "";
	b->n = 0;
	const char *path = arena_printf(a, "%s_rels/%s.rels", b->folder, slash ? slash + 1 : part);
	return !part_exists(b->x, path) || read_part(b, path, relation_start, nothing, NULL);
}

static const char *by_type(const struct book *b, const char *type)
{
	for (unsigned i = 0; i < b->n; i++)
		if (!strcmp(b->relations[i].type, type) && part_exists(b->x, b->relations[i].path))
			return b->relations[i].path;
	return NULL;
}

static const char *by_id(const struct book *b, const char *id)
{
	for (unsigned i = 0; id && i < b->n; i++)
		if (!strcmp(b->relations[i].id, id) && !strcmp(b->relations[i].type, "worksheet"))
			return b->relations[i].path;
	return NULL;
}

/* r:id, not sheetId: the one attribute that is called id in a namespace. */
static const char *relation_id(const char **at)
{
	for (; *at; at += 2) {
		const char *colon = strchr(at[0], ':');
		if (colon && !strcmp(colon + 1, "id"))
			return at[1];
	}
	return NULL;
}

static void workbook_start(void *arg, const char *name, const char **at)
{
	struct book *b = arg;
	struct xlsx *x = b->x;
	const char *value;
	if (!strcmp(name, "workbookPr") && (value = part_attribute(at, "date1904")))
		x->since1904 = !strcmp(value, "1") || !strcmp(value, "true");
	if (strcmp(name, "sheet") || x->n_sheets == MOST_RELATIONS)
		return;
	const char *path = by_id(b, relation_id(at));
	value = part_attribute(at, "state");
	if (path && part_exists(x, path) && (!value || !strcmp(value, "visible")))
		x->sheets[x->n_sheets++].path = path;
}

static unsigned number(const char *s)
{
	int64_t v;
	return s && text_int(s, &v) && v >= 0 && v < 1 << 30 ? (unsigned)v : 0;
}

static void style_start(void *arg, const char *name, const char **at)
{
	struct book *b = arg;
	struct xlsx *x = b->x;
	if (!strcmp(name, "numFmt")) {
		const char *code = part_attribute(at, "formatCode");
		if (code && b->n_formats < MOST_FORMATS && number_code_is_day(code))
			b->formats[b->n_formats++] = number(part_attribute(at, "numFmtId"));
	} else if (!strcmp(name, "cellXfs")) {
		b->in_styles = true;
	} else if (!strcmp(name, "xf") && b->in_styles && x->n_dates < MOST_STYLES) {
		unsigned format = number(part_attribute(at, "numFmtId"));
		bool day = number_is_day(format);
		for (unsigned i = 0; i < b->n_formats && !day; i++)
			day = b->formats[i] == format;
		x->dates[x->n_dates++] = day;
	}
}

static void style_end(void *arg, const char *name)
{
	if (!strcmp(name, "cellXfs"))
		((struct book *)arg)->in_styles = false;
}

static void *grown(void *p, size_t *cap, size_t need, size_t each)
{
	if (need <= *cap)
		return p;
	*cap = need * 2 > 1024 ? need * 2 : 1024;
	p = realloc(p, *cap * each);
	if (!p)
		abort();
	return p;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* _xHHHH_ at s: the UTF-16 unit it stands for, else -1. */
static int escape(const char *s, size_t n)
{
	int u = 0;
	if (n < 7 || s[0] != '_' || s[1] != 'x' || s[6] != '_')
		return -1;
	for (int i = 2; i < 6; i++) {
		if (hex(s[i]) < 0)
			return -1;
		u = u * 16 + hex(s[i]);
	}
	return u >= 0xD800 && u < 0xE000 ? -1 : u;
}

size_t book_plain(char *s, size_t n)
{
	size_t o = 0;
	for (size_t i = 0; i < n;) {
		int u = escape(s + i, n - i);
		if (u < 0) {
			s[o++] = s[i++];
			continue;
		}
		i += 7;
		if (u == '\r' && i < n && s[i] == '\n')
			continue;
		if (u >= 0x800)
			s[o++] = (char)(0xE0 | u >> 12);
		if (u >= 0x80)
			s[o++] = (char)(u >= 0x800 ? 0x80 | (u >> 6 & 0x3F) : 0xC0 | u >> 6);
		s[o++] = (char)(u >= 0x80 ? 0x80 | (u & 0x3F) : u);
	}
	return o;
}

static void shared_start(void *arg, const char *name, const char **at)
{
	struct book *b = arg;
	(void)at;
	if (!strcmp(name, "si")) {
		b->string_at = b->x->text_n;
		b->in_string = true;
		b->overlong = false;
	} else if (!strcmp(name, "rPh")) {
		b->phonetic++;           /* how it is read aloud, not what it says */
	} else if (!strcmp(name, "t")) {
		b->in_text = b->in_string && !b->phonetic;
	}
}

static void shared_chars(void *arg, const char *s, size_t n)
{
	struct book *b = arg;
	struct xlsx *x = b->x;
	if (!b->in_text || b->overlong)
		return;
	b->overlong = x->text_n - b->string_at + n > LONGEST_RAW;
	if (b->overlong)
		return;
	x->text = grown(x->text, &x->text_cap, x->text_n + n + 1, 1);
	memcpy(x->text + x->text_n, s, n);
	x->text_n += n;
}

static void shared_end(void *arg, const char *name)
{
	struct book *b = arg;
	struct xlsx *x = b->x;
	if (!strcmp(name, "t"))
		b->in_text = false;
	if (!strcmp(name, "rPh") && b->phonetic)
		b->phonetic--;
	if (strcmp(name, "si") || !b->in_string)
		return;
	b->in_string = false;
	if (x->n_shared == MOST_SHARED) {
		xlsx_refuse(x, NULL);
		return;
	}
	x->text = grown(x->text, &x->text_cap, x->text_n + 1, 1);
	struct cell c = cell_cut(x->text + b->string_at, book_plain(x->text + b->string_at, x->text_n - b->string_at));
	x->shared = grown(x->shared, &x->cap_shared, x->n_shared + 1, sizeof *x->shared);
	x->shared[x->n_shared++] = (struct shared){ (uint32_t)b->string_at, (uint32_t)c.n, b->overlong ? CELL_TOO_LONG : c.fault };
	x->text_n = b->string_at + c.n + 1;
}

bool book_read(struct xlsx *x)
{
	struct arena *a = x->arena;
	struct book b = { .x = x };
	b.relations = arena_alloc(a, MOST_RELATIONS * sizeof *b.relations);
	b.formats = arena_alloc(a, MOST_FORMATS * sizeof *b.formats);
	x->sheets = arena_alloc(a, MOST_RELATIONS * sizeof *x->sheets);
	if (!relations(&b, ""))
		return false;
	const char *workbook = by_type(&b, "officeDocument");
	if (!workbook)
		workbook = "xl/workbook.xml";
	if (!part_exists(x, workbook))
		return true;             /* no sheets: refused as no workbook */
	if (!relations(&b, workbook) || !read_part(&b, workbook, workbook_start, nothing, NULL))
		return false;
	const char *styles = by_type(&b, "styles"), *shared = by_type(&b, "sharedStrings");
	x->dates = calloc(MOST_STYLES, sizeof *x->dates);
	if (!x->dates)
		abort();
	if (styles && !read_part(&b, styles, style_start, style_end, NULL))
		return false;
	return !shared || read_part(&b, shared, shared_start, shared_end, shared_chars);
}
