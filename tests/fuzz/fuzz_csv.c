/* fuzz_csv.c -- any bytes as a table that is no archive: never a crash, never text that is no text, never a fault without a sentence. */
#include "base/table_file.h"
#include "base/text.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Depends on the row alone, so that titles, other separators and several encodings are all tried. */
static bool header(void *arg, const struct row *r)
{
	(void)arg;
	return r->n > 1 && r->cells[0].n && !r->cells[0].fault;
}

static void check(const struct row *r)
{
	assert(r->n <= 16384 && r->line > 0);
	for (unsigned i = 0; i < r->n; i++) {
		const struct cell *c = &r->cells[i];
		assert(c->s[c->n] == 0);
		assert((c->fault == CELL_NUL) == (strlen(c->s) < c->n) || c->fault == CELL_TOO_LONG || c->fault == CELL_ENCODING);
		assert(c->fault != CELL_OK || text_valid(c->s, c->n));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *a = arena_new(0), *rows = arena_new(0);
	const char *why = NULL;
	struct table_file *t = table_open(a, bytes, n, 1 << 20, header, NULL, &why);
	assert(!t == !!why);
	if (t) {
		const struct row *r;
		int64_t record = 0, line = table_header(t)->line;
		check(table_header(t));
		for (; (r = table_next(t, rows, &why)); arena_reset(rows)) {
			check(r);
			assert(r->record == ++record && r->line > line);
			line = r->line;
		}
	} else {
		assert(text_valid(why, strlen(why)) && strlen(why) > 20);
	}
	table_close(t);
	arena_free(rows);
	arena_free(a);
	return 0;
}
