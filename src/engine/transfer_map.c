/* transfer_map.c -- which column of a file is which field. Knows the spellings people use for a head; refuses to guess: a head it does
 * not know is listed and left alone, a required field without a column refuses the file. */
#include "engine/inner_transfer.h"
#include "base/text.h"
#include <string.h>

bool map_wanted(const struct field *f)
{
	return !(f->flags & DERIVED) && f->type != T_FILE && f->type != T_JSON;
}

static bool required(const struct field *f)
{
	return (f->flags & REQUIRED) && map_wanted(f) && !(f->flags & STEP);
}

/* Blanks out, half-width, lower case: 金额 （元） and 金额(元) are the same head. */
static const char *squash(struct arena *a, const char *s, size_t n)
{
	unsigned found;
	char *clean = text_clean(a, s, n, true, &found), *to = clean;

	for (const char *from = clean; *from; from++) {
		if (*from == ' ' || *from == '\n' || *from == '\t' || *from == '\r')
			continue;
		if (!strncmp(from, "\xE3\x80\x80", 3)) {        /* ideographic blank */
			from += 2;
			continue;
		}
		*to++ = *from >= 'A' && *from <= 'Z' ? (char)(*from + 32) : *from;
	}
	*to = 0;
	return clean;
}

static void add_head(struct map *m, struct arena *a, const char *s, size_t n, unsigned field)
{
	if (n) {
		m->heads[m->n_heads].text = squash(a, s, n);
		m->heads[m->n_heads++].field = field;
	}
}

static unsigned spellings(const struct field *f)
{
	unsigned n = 3;

	for (const char *s = f->heads; s && *s; s++)
		n += *s == '|';
	return n + 1;
}

static void add_field(struct map *m, struct arena *a, const struct field *f, unsigned at)
{
	add_head(m, a, f->label, strlen(f->label), at);
	add_head(m, a, f->name, strlen(f->name), at);
	if (f->en)
		add_head(m, a, f->en, strlen(f->en), at);
	for (const char *s = f->heads; s && *s;) {
		size_t n = strcspn(s, "|");

		add_head(m, a, s, n, at);
		s += n + (s[n] == '|');
	}
}

/* The caller's own mapping comes first, so it wins over every known spelling. */
void map_init(struct map *m, struct arena *a, const struct entity *sheet, const struct jval *mapping)
{
	unsigned room = mapping && mapping->type == J_OBJECT ? (unsigned)mapping->n : 0;

	*m = (struct map){ .sheet = sheet };
	for (unsigned i = 0; i < sheet->n_fields; i++)
		room += spellings(&sheet->fields[i]);
	m->heads = arena_alloc(a, room * sizeof *m->heads);
	for (size_t i = 0; mapping && mapping->type == J_OBJECT && i < mapping->n; i++) {
		const struct field *f = mapping->items[i].type == J_STRING ? room_field(sheet, mapping->items[i].s) : NULL;

		if (f && map_wanted(f))
			add_head(m, a, mapping->keys[i], strlen(mapping->keys[i]), (unsigned)(f - sheet->fields));
	}
	for (unsigned i = 0; i < sheet->n_fields; i++) {
		if (!map_wanted(&sheet->fields[i]))
			continue;
		add_field(m, a, &sheet->fields[i], i);
		m->n_required += required(&sheet->fields[i]);
	}
}

static int field_at(const struct map *m, struct arena *a, const struct cell *cell)
{
	const char *text;

	if (!cell->n || cell->n > 300 || cell->fault)
		return -1;
	text = squash(a, cell->s, cell->n);
	for (unsigned i = 0; *text && i < m->n_heads; i++)
		if (!strcmp(m->heads[i].text, text))
			return (int)m->heads[i].field;
	return -1;
}

/* Half of the required heads, or six tenths of all that is written there. */
bool map_is_header(void *arg, const struct row *row)
{
	const struct map *m = arg;
	struct arena *a = arena_new(0);
	bool *have = arena_alloc(a, m->sheet->n_fields + 1);
	unsigned filled = 0, matched = 0, needed = 0;

	for (unsigned i = 0; i < row->n; i++) {
		int f = field_at(m, a, &row->cells[i]);

		filled += row->cells[i].n > 0;
		if (f < 0 || have[f])
			continue;
		have[f] = true;
		matched++;
		needed += required(&m->sheet->fields[f]);
	}
	arena_free(a);
	if (!matched || (matched < 2 && m->sheet->n_fields > 1))
		return false;
	return (m->n_required && needed * 2 >= m->n_required) || matched * 10 >= filled * 6;
}

static void list_missing(const struct map *m, struct arena *a, const bool *have, struct import_report *report)
{
	const char **missing = arena_alloc(a, (m->sheet->n_fields + 1) * sizeof *missing);
	unsigned n = 0;

	for (unsigned i = 0; i < m->sheet->n_fields; i++)
		if (required(&m->sheet->fields[i]) && !have[i])
			missing[n++] = m->sheet->fields[i].label;
	report->missing = missing;
	report->n_missing = n;
}

void map_columns(struct map *m, struct arena *a, const struct row *header, struct import_report *report)
{
	const char **fields = arena_alloc(a, (header->n + 1) * sizeof *fields);
	bool *have = arena_alloc(a, m->sheet->n_fields + 1);
	unsigned found;

	m->n_columns = header->n;
	while (m->n_columns && !header->cells[m->n_columns - 1].n)
		m->n_columns--;
	m->field_of = arena_alloc(a, (header->n + 1) * sizeof *m->field_of);
	m->head_of = arena_alloc(a, (header->n + 1) * sizeof *m->head_of);
	for (unsigned i = 0; i < m->n_columns; i++) {
		const struct cell *cell = &header->cells[i];
		int f = field_at(m, a, cell);

		m->head_of[i] = cell->fault ? "" : text_clean(a, cell->s, cell->n < 300 ? cell->n : 0, false, &found);
		m->field_of[i] = f >= 0 && have[f] ? -1 : f;    /* the same head twice: the first column counts */
		if (m->field_of[i] < 0)
			continue;
		have[f] = true;
		fields[i] = m->sheet->fields[f].name;
	}
	report->headers = m->head_of;
	report->fields = fields;
	report->n_columns = m->n_columns;
	list_missing(m, a, have, report);
}

int map_column_of(const struct map *m, const struct field *f)
{
	for (unsigned i = 0; i < m->n_columns; i++)
		if (m->field_of[i] >= 0 && &m->sheet->fields[m->field_of[i]] == f)
			return (int)i;
	return -1;
}
