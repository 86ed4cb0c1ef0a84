/* transfer_key.c -- is this row there already? Keys of the file in memory, keys of the database by its unique index; what a file layout
 * without a table of its own took is remembered in import_row. Refuses to guess: same key and other content is never overwritten. */
#include "engine/inner_transfer.h"
#include "engine/inner_query.h"
#include "engine/more.h"
#include "base/crypt.h"
#include "base/text.h"
#include "store/sql.h"
#include <string.h>

static size_t slot_of(const struct met_set *s, const uint8_t *key)
{
	size_t i;

	memcpy(&i, key, sizeof i);
	for (i &= s->cap - 1; s->slots[i].used && memcmp(s->slots[i].key, key, KEY_BYTES); i = (i + 1) & (s->cap - 1))
		;
	return i;
}

struct met *met_find(struct met_set *s, const uint8_t key[KEY_BYTES])
{
	struct met *m = s->cap ? &s->slots[slot_of(s, key)] : NULL;

	return m && m->used && !m->dead ? m : NULL;
}

void met_add(struct met_set *s, struct arena *a, const uint8_t key[KEY_BYTES], const uint8_t digest[KEY_BYTES])
{
	struct met *m;

	if (s->n * 2 >= s->cap) {
		struct met_set old = *s;

		s->cap = old.cap ? old.cap * 4 : 1024;
		s->slots = arena_alloc(a, s->cap * sizeof *s->slots);
		for (size_t i = 0; i < old.cap; i++)
			if (old.slots[i].used)
				s->slots[slot_of(s, old.slots[i].key)] = old.slots[i];
	}
	m = &s->slots[slot_of(s, key)];
	s->n += !m->used;
	memcpy(m->key, key, KEY_BYTES);
	memcpy(m->digest, digest, KEY_BYTES);
	m->used = true;
	m->dead = false;
}

void key_met(struct import *t, const uint8_t key[KEY_BYTES], const uint8_t digest[KEY_BYTES])
{
	met_add(&t->met, t->keep, key, digest);
	memcpy(t->added[t->n_added++], key, KEY_BYTES);
}

void key_forget(struct import *t)
{
	for (unsigned i = 0; i < t->n_added; i++) {
		struct met *m = met_find(&t->met, t->added[i]);

		if (m)
			m->dead = true;
	}
	t->n_added = 0;
}

/* Type and length go in front of each value, so that no two rows run together into one text. */
static void add_value(struct buf *b, const struct value *v)
{
	if (v->type == V_NULL)
		buf_str(b, "n;");
	else if (v->type == V_INT)
		buf_printf(b, "i%lld;", (long long)v->i);
	else {
		buf_printf(b, "t%zu:", v->n);
		buf_add(b, v->s ? v->s : "", v->n);
	}
}

static void squeeze(const struct buf *b, uint8_t out[KEY_BYTES])
{
	uint8_t full[SM3_LEN];

	crypt_sm3(b->p, b->n, full);
	memcpy(out, full, KEY_BYTES);
}

bool key_of(struct import *t, struct record *r, uint8_t key[KEY_BYTES])
{
	struct buf b;

	if (!t->n_keys)
		return false;
	buf_init(&b, t->c->arena);
	for (unsigned i = 0; i < t->n_keys; i++) {
		const struct value *v = record_value(t->c, r, t->keys[i]);

		if (v->type == V_NULL || (v->type == V_TEXT && !v->n))
			return false;
		add_value(&b, v);
	}
	squeeze(&b, key);
	return true;
}

void digest_of(struct import *t, struct record *r, uint8_t digest[KEY_BYTES])
{
	struct buf b;

	buf_init(&b, t->c->arena);
	for (unsigned i = 0; i < t->map.n_columns; i++)
		if (t->map.field_of[i] >= 0)
			add_value(&b, record_value(t->c, r, (unsigned)t->map.field_of[i]));
	squeeze(&b, digest);
}

void key_init(struct import *t)
{
	const struct entity *s = t->sheet;
	struct buf b;
	char *list = arena_strdup(t->keep, s->key ? s->key : ""), *save = NULL;

	for (char *name = strtok_r(list, " ", &save); name && t->n_keys < MAX_KEY_FIELDS; name = strtok_r(NULL, " ", &save)) {
		const struct field *f = room_field(s, name);

		if (f)
			t->keys[t->n_keys++] = (unsigned)(f - s->fields);
	}
	if (!(t->e == t->sheet))
		return;
	buf_init(&b, t->keep);
	buf_printf(&b, "%s WHERE x.city = ?1", sql_select(t->keep, s));
	for (unsigned i = 0; i < t->n_keys; i++)
		buf_printf(&b, " AND x.%s%s = ?%u", s->fields[t->keys[i]].name, s->fields[t->keys[i]].cls == S3 ? "_hash" : "", i + 2);
	t->find_sql = b.p;
}

static struct value stored_key(struct ctx *c, const struct field *f, const struct value *v)
{
	uint8_t *hash;

	if (f->cls != S3)
		return *v;
	hash = arena_alloc(c->arena, SM3_LEN);
	keys_hash(f->type == T_PHONE ? "phone" : f->type == T_IDNO ? "idno" : f->name, v->s ? v->s : "", hash);
	return value_blob(hash, SM3_LEN);
}

static bool same_value(const struct value *a, const struct value *b)
{
	bool none_a = a->type == V_NULL || (a->type == V_TEXT && !a->n), none_b = b->type == V_NULL || (b->type == V_TEXT && !b->n);

	if (none_a || none_b)
		return none_a && none_b;
	if (a->type != b->type)
		return false;
	return a->type == V_INT ? a->i == b->i : a->n == b->n && !memcmp(a->s, b->s, a->n);
}

/* Only what the file says is compared: fields filled in by hooks or later hands are not the file's. */
static enum stored compare(struct import *t, struct record *old, struct record *r)
{
	for (unsigned i = 0; i < t->map.n_columns; i++) {
		int f = t->map.field_of[i];

		if (f >= 0 && !same_value(record_value(t->c, old, (unsigned)f), record_value(t->c, r, (unsigned)f)))
			return STORED_OTHER;
	}
	return STORED_SAME;
}

static enum rc stored_record(struct import *t, struct record *r, enum stored *out)
{
	struct value args[MAX_KEY_FIELDS + 1];
	const struct value *cols;
	struct rows *rows;
	enum rc rc;

	args[0] = VINT(r->city);
	for (unsigned i = 0; i < t->n_keys; i++)
		args[i + 1] = stored_key(t->c, &t->sheet->fields[t->keys[i]], record_value(t->c, r, t->keys[i]));
	if ((rc = tx_query(t->c->tx, t->find_sql, args, t->n_keys + 1, &rows)))
		return rc;
	if (rows_next(rows, &cols))
		*out = compare(t, record_of_row(t->c, t->e, cols), r);
	return rows_end(rows);
}

enum rc key_stored(struct import *t, struct record *r, const uint8_t key[KEY_BYTES], const uint8_t digest[KEY_BYTES], enum stored *out)
{
	struct value args[3], seen;
	bool found;
	enum rc rc;

	*out = NOT_STORED;
	if (t->empty_room)
		return RC_OK;
	if (t->e == t->sheet)
		return stored_record(t, r, out);
	args[0] = VINT(r->city);
	args[1] = value_text(t->e->name);
	args[2] = value_text(text_hex(t->c->arena, key, KEY_BYTES));
	rc = query_row(t->c, "SELECT digest FROM import_row WHERE city = ?1 AND room = ?2 AND row_key = ?3", args, 3, &seen, 1, &found);
	if (!rc && found)
		*out = seen.s && !strcmp(seen.s, text_hex(t->c->arena, digest, KEY_BYTES)) ? STORED_SAME : STORED_OTHER;
	return rc;
}

enum rc key_remember(struct import *t, struct record *r, const uint8_t key[KEY_BYTES], const uint8_t digest[KEY_BYTES])
{
	struct value args[] = { VINT(r->city), value_text(t->e->name), value_text(text_hex(t->c->arena, key, KEY_BYTES)),
		value_text(text_hex(t->c->arena, digest, KEY_BYTES)), VINT(t->c->now) };

	if (t->e == t->sheet)
		return RC_OK;
	return tx_exec(t->c->tx, "INSERT INTO import_row (city, room, row_key, digest, at) VALUES (?1, ?2, ?3, ?4, ?5)", args, COUNT(args), NULL);
}
