/* inner_query.h -- one-row questions to the store, for the engine's own tables. Answers are copied into the request's arena. */
#pragma once
#include "engine/ctx.h"
#include <string.h>

static inline struct value query_copy(struct arena *a, const struct value *v)
{
	struct value copy = *v;

	if (v->type == V_TEXT)
		copy.s = arena_strndup(a, v->s, v->n);
	else if (v->type == V_BLOB)
		copy.s = memcpy(arena_alloc(a, v->n + 1), v->s ? v->s : "", v->n);
	return copy;
}

/* First row into out[width]; *found tells whether there was one. */
static inline enum rc query_row(struct ctx *c, const char *sql, const struct value *args, unsigned n,
	struct value *out, unsigned width, bool *found)
{
	const struct value *cols;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, sql, args, n, &rows);

	*found = false;
	if (rc)
		return rc;
	if (rows_next(rows, &cols)) {
		*found = true;
		for (unsigned i = 0; i < width; i++)
			out[i] = query_copy(c->arena, &cols[i]);
	}
	return rows_end(rows);
}

/* One number; 0 when there is no row or it is null. */
static inline enum rc query_int(struct ctx *c, const char *sql, const struct value *args, unsigned n, int64_t *out)
{
	struct value v = VNULL;
	bool found;
	enum rc rc = query_row(c, sql, args, n, &v, 1, &found);

	*out = !rc && found && v.type == V_INT ? v.i : 0;
	return rc;
}

/* City of a 12-digit division: the province and unknown ones are 2100, the nation is 0. */
static inline int city_of(int64_t region)
{
	return region <= 0 ? 2100 : (int)(region / 100000000);
}

static inline unsigned field_index(const struct entity *e, const struct field *f)
{
	return (unsigned)(f - e->fields);
}
