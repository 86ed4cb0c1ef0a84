/* rules_seed.c -- what a new database must know before the first request: the province's divisions, the region classes that follow
 * from them, and the defaults of every dated rule the rooms declare. Adds what is missing; changes nothing that is there. */
#include "base/text.h"
#include "engine/audit.h"
#include "engine/inner_query.h"
#include "engine/inner_record.h"
#include "engine/inner_rules.h"
#include "store/sql.h"
#include <stdlib.h>

enum { VALUES = 1000, BATCH = 32 };    /* a statement takes at most 1024 values */
static const int64_t province = INT64_C(210000000000);

/* Many rows of one room in few statements: all have the same columns. */
struct filler {
	struct ctx *c;
	const struct entity *e;
	const char *head, *full;           /* INSERT up to VALUES; the whole statement for `batch` rows */
	struct value *args;
	unsigned width, batch, rows;
	int64_t done;
};

static const char *insert_text(struct ctx *c, const char *head, unsigned width, unsigned rows)
{
	struct buf b;

	buf_init(&b, c->arena);
	buf_str(&b, head);
	for (unsigned r = 0; r < rows; r++)
		for (unsigned i = 0; i < width; i++)
			buf_printf(&b, "%s?%u%s", i ? ", " : r ? ", (" : " (", r * width + i + 1, i + 1 == width ? ")" : "");
	return b.p;
}

static void filler_init(struct filler *f, struct ctx *c, const struct entity *e)
{
	const char *names[256];
	struct buf b;

	*f = (struct filler){ .c = c, .e = e, .width = sql_columns(e, names, COUNT(names)) };
	buf_init(&b, c->arena);
	buf_printf(&b, "INSERT INTO %s (", e->name);
	for (unsigned i = 0; i < f->width; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", names[i]);
	buf_str(&b, ") VALUES");
	f->head = b.p;
	f->batch = VALUES / f->width < BATCH ? VALUES / f->width : BATCH;
	f->full = insert_text(c, f->head, f->width, f->batch);
	f->args = arena_alloc(c->arena, f->batch * f->width * sizeof(*f->args));
}

static enum rc filler_flush(struct filler *f)
{
	unsigned rows = f->rows;

	f->rows = 0;
	if (!rows)
		return RC_OK;
	return tx_exec(f->c->tx, rows == f->batch ? f->full : insert_text(f->c, f->head, f->width, rows), f->args, rows * f->width, NULL);
}

/* Bigrams of the searchable fields and the region at every level, as for any record. */
static enum rc put_tokens(struct ctx *c, const struct record *r)
{
	static const unsigned levels[] = { 2, 4, 6, 9, 12 };
	struct buf b;

	if (!room_flagged(r->e, SEARCH))
		return RC_OK;
	buf_init(&b, c->arena);
	for (unsigned i = 0; i < r->e->n_fields; i++)
		if ((r->e->fields[i].flags & SEARCH) && r->v[i].type == V_TEXT)
			buf_printf(&b, "%s%s", b.n ? " " : "", text_bigrams(c->arena, r->v[i].s));
	for (unsigned i = 0; i < COUNT(levels); i++)
		buf_printf(&b, " r%.*s", (int)levels[i], arena_printf(c->arena, "%012lld", (long long)r->region));
	return sql_find_put(c->tx, r->e, r->id, b.p, NULL);
}

static enum rc filler_add(struct filler *f, struct record *r)
{
	struct ctx *c = f->c;
	unsigned n;

	r->city = 2100;
	r->region = province;
	r->county = (int)(province / 1000000);
	r->id = id_new(c->store, r->city);
	r->version = 1;
	r->created = r->updated = r->entered = c->now;
	r->form = r->e->form;
	memcpy(f->args + f->rows * f->width, record_columns(c, r, 0, &n), f->width * sizeof(*f->args));
	f->done++;
	if (put_tokens(c, r))
		return RC_STORE;
	return ++f->rows == f->batch ? filler_flush(f) : RC_OK;
}

static enum rc filler_end(struct filler *f)
{
	enum rc rc = filler_flush(f);

	if (rc || !f->done)
		return rc;
	rules_changed(f->c, f->e);
	return audit_add(f->c, 2100, "seed", f->e->name, 0, "ok", arena_printf(f->c->arena, "{\"count\":%lld}", (long long)f->done));
}

static void set_int(struct record *r, const char *name, int64_t v)
{
	const struct field *f = room_field(r->e, name);

	if (f)
		r->v[field_index(r->e, f)] = VINT(v);
}

static void set_text(struct record *r, const char *name, const char *s)
{
	const struct field *f = room_field(r->e, name);

	if (f)
		r->v[field_index(r->e, f)] = value_text(s);
}

/* -- one line of the file: code,name,level,parent_code,kind,liaoxibei */
struct line { int64_t code, level, parent; const char *name, *kind; bool special; };

static const char *cut(struct ctx *c, const char **p, const char *end, char stop)
{
	const char *from = *p, *to = memchr(from, stop, (size_t)(end - from));

	if (!to)
		to = end;
	*p = to < end ? to + 1 : end;
	while (to > from && (to[-1] == '\r' || to[-1] == ' '))
		to--;
	return arena_strndup(c->arena, from, (size_t)(to - from));
}

static bool read_line(struct ctx *c, const char **p, const char *end, struct line *out)
{
	const char *text, *cells[6];

	while (*p < end) {
		text = cut(c, p, end, '\n');
		const char *q = text, *stop = text + strlen(text);

		for (unsigned i = 0; i < COUNT(cells); i++)
			cells[i] = cut(c, &q, stop, ',');
		if (!text_int(cells[0], &out->code) || out->code < 100000000000 || !text_int(cells[2], &out->level))
			continue;              /* the header, blank lines */
		if (!text_int(cells[3], &out->parent))
			out->parent = 0;
		out->name = cells[1];
		out->kind = cells[4];
		out->special = !strcmp(cells[5], "1");
		return true;
	}
	return false;
}

static const char since[] = "2017-01-01";
static const char policy[] = "辽民发〔2017〕79号";

static int64_t first_day(void)
{
	int64_t day = 0;

	day_read(since, &day);
	return day;
}

static enum rc seed_places(struct ctx *c, const char *csv, size_t n)
{
	const struct entity *e = c->house->places;
	const char *p = csv;
	struct filler f;
	struct line line;
	enum rc rc = RC_OK;

	filler_init(&f, c, e);
	while (!rc && read_line(c, &p, csv + n, &line)) {
		struct record *r;

		if (place_known(line.code))
			continue;
		r = record_new(c, e);
		set_int(r, "code", line.code);
		set_text(r, "name", line.name);
		set_int(r, "level", line.level);
		if (line.parent)
			set_int(r, "parent", line.parent);
		set_text(r, "kind", line.kind);
		set_int(r, "valid_from", first_day());
		rc = filler_add(&f, r);
	}
	return rc ? rc : filler_end(&f);
}

static enum rc seed_classes(struct ctx *c, const char *csv, size_t n)
{
	const struct entity *e = c->house->classes;
	const char *p = csv;
	struct filler f;
	struct line line;
	int64_t there = 0;
	enum rc rc = query_int(c, arena_printf(c->arena, "SELECT count(*) FROM %s", e->name), NULL, 0, &there);

	/* which places belong to a class is policy: once anything stands there, people decide */
	if (rc || there)
		return rc;
	filler_init(&f, c, e);
	while (!rc && read_line(c, &p, csv + n, &line)) {
		struct record *r;

		if (!line.special || line.level < 2 || line.level > 3)
			continue;
		r = record_new(c, e);
		set_int(r, "division", line.code);
		set_text(r, "class", "liaoxibei");
		set_int(r, "valid_from", first_day());
		set_text(r, "source", policy);
		rc = filler_add(&f, r);
	}
	return rc ? rc : filler_end(&f);
}

/* Declared by an earlier room, or there already. */
static bool has_rule(const struct book *b, const char *code, unsigned room)
{
	for (unsigned k = 0; k < room; k++)
		for (unsigned j = 0; j < rooms[k]->n_rules; j++)
			if (!strcmp(rooms[k]->rules[j].code, code))
				return true;
	for (size_t i = 0; b && i < b->n_params; i++)
		if (!strcmp(b->params[i].code, code))
			return true;
	return false;
}

static enum rc seed_rules(struct ctx *c)
{
	const struct book *b = rules_book(c);
	struct filler f;
	enum rc rc = RC_OK;

	filler_init(&f, c, c->house->rules);
	for (unsigned i = 0; i < n_rooms && !rc; i++)
		for (const struct rule *rule = rooms[i]->rules; rule < rooms[i]->rules + rooms[i]->n_rules && !rc; rule++) {
			struct record *r;

			if (has_rule(b, rule->code, i))
				continue;
			r = record_new(c, c->house->rules);
			set_text(r, "code", rule->code);
			set_int(r, "region_code", province);
			set_int(r, "valid_from", first_day());
			set_int(r, "value", rule->seed);
			set_text(r, "source", rule->source ? rule->source : policy);
			rc = filler_add(&f, r);
		}
	return rc ? rc : filler_end(&f);
}

enum rc rules_seed(struct ctx *c, const char *divisions_csv, size_t n)
{
	const char *why;
	/* two servers starting on a new database: the second waits here, and finds it all there */
	enum rc rc = tx_exec(c->tx, "UPDATE schema_info SET value = value WHERE key = 'lock'", NULL, 0, NULL);

	if (!rc)
		rc = rules_load(c);
	keys_check(c, &why);                   /* the first time it leaves the proof of the key; opening compares it */
	if (!rc && c->house->places && divisions_csv)
		rc = seed_places(c, divisions_csv, n);
	if (!rc && c->house->classes && divisions_csv)
		rc = seed_classes(c, divisions_csv, n);
	if (!rc && c->house->rules)
		rc = seed_rules(c);
	return rc ? rc : rules_load(c);
}
