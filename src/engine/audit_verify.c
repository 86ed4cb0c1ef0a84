/* audit_verify.c -- reads every audit chain again and says what does not fit: changed, missing, reordered or cut-off entries.
 * Changes nothing. */
#include "base/text.h"
#include "engine/inner_audit.h"
#include "engine/inner_query.h"

struct reader {
	struct ctx *c;
	bool (*say)(void *, const char *);
	void *arg;
	const struct jval *heads;          /* kept elsewhere: [{city,chain,seq,hash}] or NULL */
	int64_t city, chain, seq;          /* of the entry before */
	uint8_t prev[SM3_LEN];
	bool begun, good, stopped;
	bool *seen;                        /* which of the kept heads were met */
};

static void fault(struct reader *r, const char *text)
{
	r->good = false;
	if (!r->say(r->arg, text))
		r->stopped = true;
}

/* The kept head of this entry, if there is one. */
static void compare_head(struct reader *r, const struct value *v, const uint8_t hash[SM3_LEN])
{
	for (size_t i = 0; r->heads && i < r->heads->n; i++) {
		const struct jval *h = &r->heads->items[i], *city = json_get(h, "city"), *chain = json_get(h, "chain"), *seq = json_get(h, "seq");
		const char *hex = json_text(h, "hash");
		uint8_t kept[SM3_LEN];

		if (!city || !chain || !seq || city->i != v[0].i || chain->i != v[1].i || seq->i != v[2].i)
			continue;
		r->seen[i] = true;
		if (!hex || !text_unhex(hex, SM3_LEN, kept) || !crypt_same(kept, hash, SM3_LEN))
			fault(r, arena_printf(r->c->arena, "chain %lld city %lld: entry %lld is not the one kept elsewhere",
				(long long)v[1].i, (long long)v[0].i, (long long)v[2].i));
	}
}

static void check_entry(struct reader *r, const struct value *v)
{
	const struct value *prev = &v[AUDIT_COLS], *kept = &v[AUDIT_COLS + 1];
	uint8_t hash[SM3_LEN];

	if (!r->begun || v[0].i != r->city || v[1].i != r->chain) {
		r->begun = true;
		r->city = v[0].i;
		r->chain = v[1].i;
		r->seq = 0;
		memset(r->prev, 0, SM3_LEN);
	}
	if (v[2].i != r->seq + 1)
		fault(r, arena_printf(r->c->arena, "chain %lld city %lld: entry %lld is followed by entry %lld",
			(long long)r->chain, (long long)r->city, (long long)r->seq, (long long)v[2].i));
	else if (prev->n != SM3_LEN || memcmp(prev->s, r->prev, SM3_LEN))
		fault(r, arena_printf(r->c->arena, "chain %lld city %lld: entry %lld does not follow the one before it",
			(long long)r->chain, (long long)r->city, (long long)v[2].i));
	/* from what the entry says was before it: one changed entry is one fault, not all that come after */
	if (prev->n == SM3_LEN)
		memcpy(r->prev, prev->s, SM3_LEN);
	audit_hash(r->c, r->prev, v, hash);
	if (kept->n != SM3_LEN || memcmp(kept->s, hash, SM3_LEN))
		fault(r, arena_printf(r->c->arena, "chain %lld city %lld: entry %lld was changed",
			(long long)r->chain, (long long)r->city, (long long)v[2].i));
	r->seq = v[2].i;
	memset(r->prev, 0, SM3_LEN);
	memcpy(r->prev, kept->s, kept->n < SM3_LEN ? kept->n : SM3_LEN);
	compare_head(r, v, r->prev);
}

static bool read_heads(struct reader *r, const char *heads)
{
	const char *why = NULL;

	if (!heads)
		return true;
	r->heads = json_read(r->c->arena, heads, strlen(heads), 8, &why);
	if (r->heads && r->heads->type == J_ARRAY) {
		r->seen = arena_alloc(r->c->arena, r->heads->n + 1);
		return true;
	}
	fault(r, "the file of kept heads is not a JSON array");
	return false;
}

bool audit_verify(struct ctx *c, const char *heads, bool (*say)(void *, const char *), void *arg)
{
	struct reader r = { .c = c, .say = say, .arg = arg, .good = true };
	const struct value *v;
	struct rows *rows;

	if (!read_heads(&r, heads))
		return false;
	if (tx_query(c->tx, "SELECT " AUDIT_COLUMNS ", prev, hash FROM audit ORDER BY city, chain, seq", NULL, 0, &rows)) {
		fault(&r, "the audit table cannot be read");
		return false;
	}
	while (!r.stopped && rows_next(rows, &v)) {
		struct mark m = arena_mark(c->arena);

		check_entry(&r, v);
		arena_rewind(c->arena, m);
	}
	if (rows_end(rows))
		fault(&r, "the audit table cannot be read to its end");
	for (size_t i = 0; r.heads && !r.stopped && i < r.heads->n; i++)
		if (!r.seen[i])
			fault(&r, arena_printf(c->arena, "kept head %zu is no longer there: entries at the end were removed", i + 1));
	return r.good;
}
