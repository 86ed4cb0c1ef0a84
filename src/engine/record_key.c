/* record_key.c -- finding a record by the text of its key, as files and people name it: first in the city at hand, then in the
 * others one by one (distributed rule R4: never without a city). Keys unique in the whole country come from the claim table. */
#include "engine/inner_record.h"
#include "base/ident.h"
#include "base/text.h"
#include "engine/inner_query.h"
#include "engine/more.h"
#include "engine/types.h"

const struct field *record_key_field(const struct entity *e)
{
	const struct field *f = e->key && !strchr(e->key, ' ') ? room_field(e, e->key) : NULL;

	return f ? f : room_field(e, "no");
}

/* The value as that field stores it; VNULL when the text cannot be one. */
static struct value key_value(struct ctx *c, const struct field *f, const char *text)
{
	char norm[19];
	uint8_t *hash;
	int64_t x;

	if (f->type == T_USCC)
		return value_text(ident_uscc(text, norm) ? text : arena_strdup(c->arena, norm));
	if (f->type == T_IDNO && !ident_idno(text, INT64_MAX, norm))
		text = arena_strdup(c->arena, norm);
	if (record_hashed(f)) {
		hash = arena_alloc(c->arena, 32);
		record_hash(f, text, hash);
		return value_blob(hash, 32);
	}
	if (types[f->type].number)
		return text_int(text, &x) ? VINT(x) : VNULL;
	return value_text(text);
}

static enum rc by_claim(struct ctx *c, const struct entity *e, const struct field *f, const struct value *key, int64_t *id)
{
	const struct value args[] = {
		value_text(arena_printf(c->arena, "%s.%s", e->name, f->name)),
		key->type == V_BLOB ? value_text(text_hex(c->arena, key->s, key->n))
			: key->type == V_INT ? value_text(arena_printf(c->arena, "%lld", (long long)key->i)) : *key,
	};

	return query_int(c, "SELECT k.record_id FROM claim k WHERE k.kind = ?1 AND k.value = ?2", args, 2, id);
}

static enum rc by_city(struct ctx *c, const struct entity *e, const struct field *f, const struct value *key, int city, int64_t *id)
{
	const struct value args[] = { VINT(city), *key };

	return query_int(c, arena_printf(c->arena, "SELECT x.id FROM %s x WHERE x.city = ?1 AND x.%s%s = ?2 LIMIT 1", e->name, f->name,
		record_hashed(f) ? "_hash" : ""), args, 2, id);
}

/* City of this record as far as it is known: its own, or that of a division already read. */
static int city_at_hand(const struct ctx *c, const struct record *r)
{
	if (r->city)
		return r->city;
	for (unsigned i = 0; i < r->e->n_fields; i++) {
		const struct field *f = &r->e->fields[i];

		if (r->v[i].type == V_INT && f->type == T_DIVISION)
			return city_of(r->v[i].i);
		if (r->v[i].type == V_INT && f->type == T_REF && f->ref && !(f->flags & SOFT) && !(f->ref->flags & EVERYWHERE))
			return ID_CITY(r->v[i].i);
	}
	return city_of(c->who->region);
}

enum rc record_find_key(struct ctx *c, struct record *r, const struct field *ref, const char *text, int64_t *id)
{
	const struct entity *e = ref->ref;
	const struct field *f = record_key_field(e);
	struct value key = f ? key_value(c, f, text) : VNULL;
	int first = e->flags & EVERYWHERE ? 2100 : city_at_hand(c, r);
	enum rc rc;

	*id = 0;
	if (key.type == V_NULL)
		return RC_OK;
	if (f->flags & CLAIM)
		return by_claim(c, e, f, &key, id);
	if ((rc = by_city(c, e, f, &key, first, id)) || *id || (e->flags & EVERYWHERE))
		return rc;
	for (int city = 2100; city <= 2199 && !rc && !*id; city++)
		if (city != first && (city == 2100 || place_known(city * INT64_C(100000000))))
			rc = by_city(c, e, f, &key, city, id);
	return rc;
}
