/* find.c -- the word index of a room: bigram tokens, an FTS5 table without content in SQLite, text[] under GIN in PostgreSQL.
 * Owns how a token is written. Refuses ranking and phrases: a record matches where all tokens occur. */
#include "base/text.h"
#include "store/sql.h"
#include <string.h>

/* FTS5 cuts text again by its own idea of letters. Plain letters, digits and Han pass as they are; a token with anything
 * else (Mongolian, emoji, ...) is written in hexadecimal, on both sides alike. */
static bool plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		int32_t c = text_next(s, n, &i);

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff)))
			return false;
	}
	return true;
}

static bool each(const char **s, const char **token, size_t *n)
{
	*s += strspn(*s, " ");
	*token = *s;
	*n = strcspn(*s, " ");
	*s += *n;
	return *n > 0;
}

static void word(struct buf *b, const char *token, size_t n)
{
	if (plain(token, n)) {
		buf_add(b, token, n);
		return;
	}
	buf_str(b, "zz");
	buf_str(b, text_hex(b->arena, token, n));
}

/* SQLite: `a b`, for a query `"a" "b"` (all of them); PostgreSQL: {"a","b"} */
static const char *tokens_text(struct arena *a, enum store_kind kind, const char *tokens, bool query)
{
	const char *token;
	struct buf b;
	size_t n;
	bool first = true, array = kind == STORE_POSTGRES;

	buf_init(&b, a);
	buf_str(&b, array ? "{" : "");
	while (each(&tokens, &token, &n)) {
		buf_str(&b, first ? "" : array ? "," : " ");
		buf_str(&b, array || query ? "\"" : "");
		word(&b, token, n);
		buf_str(&b, array || query ? "\"" : "");
		first = false;
	}
	buf_str(&b, array ? "}" : "");
	return b.p;
}

static enum rc put_sqlite(struct tx *tx, struct arena *a, const struct entity *e, int64_t id, const char *tokens, const char *old)
{
	struct value v[2] = { VINT(id) };
	enum rc rc;

	if (old) {
		v[1] = value_text(tokens_text(a, STORE_SQLITE, old, false));
		rc = tx_exec(tx, arena_printf(a, "INSERT INTO %s_find (%s_find, rowid, tokens) VALUES ('delete', ?1, ?2)", e->name, e->name), v, 2, NULL);
		if (rc)
			return rc;
	}
	v[1] = value_text(tokens_text(a, STORE_SQLITE, tokens, false));
	return tx_exec(tx, arena_printf(a, "INSERT INTO %s_find (rowid, tokens) VALUES (?1, ?2)", e->name), v, 2, NULL);
}

static enum rc put_postgres(struct tx *tx, struct arena *a, const struct entity *e, int64_t id, const char *tokens, const char *old)
{
	const struct value v[] = { VINT(id), value_text(tokens_text(a, STORE_POSTGRES, tokens, false)), VINT(ID_CITY(id)) };

	return tx_exec(tx, arena_printf(a, "INSERT INTO %s_find (id, tokens, city) VALUES (?1, ?2::text[], ?3)%s", e->name,
		old ? " ON CONFLICT (city, id) DO UPDATE SET tokens = EXCLUDED.tokens" : ""), v, 3, NULL);
}

enum rc sql_find_put(struct tx *tx, const struct entity *e, int64_t id, const char *tokens, const char *old_tokens)
{
	struct arena *a;
	enum rc rc;

	if (old_tokens && !strcmp(tokens, old_tokens))
		return RC_OK;
	a = arena_new(0);
	rc = (store_kind(tx_store(tx)) == STORE_SQLITE ? put_sqlite : put_postgres)(tx, a, e, id, tokens, old_tokens);
	arena_free(a);
	return rc;
}

const char *sql_find_match(struct arena *a, const struct entity *e, enum store_kind kind, unsigned n, const char *tokens, struct value *arg)
{
	*arg = value_text(tokens_text(a, kind, tokens, true));
	if (!tokens[strspn(tokens, " ")])                  /* nothing to look for finds nothing */
		*arg = value_text(kind == STORE_SQLITE ? "\"\"" : "{\" \"}");
	return kind == STORE_SQLITE ? arena_printf(a, "x.id IN (SELECT rowid FROM %s_find WHERE %s_find MATCH ?%u)", e->name, e->name, n)
		: arena_printf(a, "(x.city, x.id) IN (SELECT f.city, f.id FROM %s_find f WHERE f.tokens @> ?%u::text[])", e->name, n);
}

const char *sql_find_select(struct arena *a, const struct entity *e, enum store_kind kind, unsigned n, const char **id)
{
	struct value unused;

	*id = kind == STORE_SQLITE ? "f.rowid" : "x.id";
	if (kind == STORE_POSTGRES)
		return arena_printf(a, "%s WHERE %s", sql_select(a, e), sql_find_match(a, e, kind, n, "", &unused));
	return arena_printf(a, "%.*s FROM %s_find f CROSS JOIN %s x ON x.id = f.rowid WHERE f.%s_find MATCH ?%u",
		(int)(strlen(sql_select(a, e)) - strlen(e->name) - strlen(" FROM  x")), sql_select(a, e), e->name, e->name, e->name, n);
}
