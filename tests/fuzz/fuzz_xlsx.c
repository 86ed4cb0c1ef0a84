/* fuzz_xlsx.c -- any workbook: the input is three parts (sheet, strings, styles; cut at the first two bytes FF), packed into
 * an archive here so that the fuzzer need not guess checksums; an input that begins with PK is taken as it is. */
#include "base/table_file.h"
#include "base/text.h"
#include <assert.h>
#include <string.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char package[] = "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char relations[] = "<Relationships><Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"sheet.xml\"/><Relationship Id=\"b\" Type=\"x/sharedStrings\""
	" Target=\"strings.xml\"/><Relationship Id=\"c\" Type=\"x/styles\" Target=\"styles.xml\"/></Relationships>";
static const char workbook[] = "<workbook xmlns:r=\"r\"><sheets><sheet r:id=\"a\"/></sheets></workbook>";

static void add(zip_t *z, const char *name, const void *bytes, size_t n)
{
	zip_source_t *s = zip_source_buffer(z, bytes, n, 0);
	zip_int64_t i = zip_file_add(z, name, s, ZIP_FL_OVERWRITE);
	assert(s && i >= 0);
	zip_set_file_compression(z, (zip_uint64_t)i, ZIP_CM_STORE, 0);
}

static size_t until_mark(const uint8_t *p, size_t n)
{
	const uint8_t *hit = n ? memchr(p, 0xFF, n) : NULL;
	return hit ? (size_t)(hit - p) : n;
}

/* The archive of the three parts, in `a`. */
static const void *packed(struct arena *a, const uint8_t *p, size_t n, size_t *n_out)
{
	static const char *const names[] = { "xl/sheet.xml", "xl/strings.xml", "xl/styles.xml" };
	zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
	zip_stat_t s;
	assert(z);
	zip_source_keep(source);
	add(z, "_rels/.rels", package, sizeof package - 1);
	add(z, "xl/_rels/workbook.xml.rels", relations, sizeof relations - 1);
	add(z, "xl/workbook.xml", workbook, sizeof workbook - 1);
	for (int i = 0; i < 3; i++) {
		size_t k = i < 2 ? until_mark(p, n) : n;
		add(z, names[i], k ? (const void *)p : "<a/>", k ? k : 4);
		p += k < n ? k + 1 : k;
		n -= k < n ? k + 1 : k;
	}
	int closed = zip_close(z);
	assert(!closed);
	zip_source_open(source);
	zip_source_stat(source, &s);
	void *out = arena_alloc(a, s.size);
	zip_int64_t got = zip_source_read(source, out, s.size);
	assert(got == (zip_int64_t)s.size);
	zip_source_close(source);
	zip_source_free(source);
	*n_out = s.size;
	return out;
}

static bool header(void *arg, const struct row *r)
{
	(void)arg;
	return r->n > 1 && r->cells[0].n;
}

static void check(const struct row *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		const struct cell *c = &r->cells[i];
		assert(c->s[c->n] == 0 && !(c->number && c->date));
		assert(c->fault != CELL_OK || text_valid(c->s, c->n));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *a = arena_new(0), *rows = arena_new(0);
	const char *why = NULL;
	const void *file = bytes;
	if (n < 2 || memcmp(bytes, "PK", 2))
		file = packed(a, bytes, n, &n);
	struct table_file *t = table_open(a, file, n, 1 << 20, header, NULL, &why);
	assert(!t == !!why);
	if (t) {
		const struct row *r;
		check(table_header(t));
		for (int i = 0; i < 1000 && (r = table_next(t, rows, &why)); i++, arena_reset(rows))
			check(r);
	}
	assert(!why || (text_valid(why, strlen(why)) && strlen(why) > 20));
	table_close(t);
	arena_free(rows);
	arena_free(a);
	return 0;
}
