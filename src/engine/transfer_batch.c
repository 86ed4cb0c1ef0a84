/* transfer_batch.c -- the rows of a file in stretches. Savepoints cost more than rows (a search index is flushed at each), so a stretch has
 * one; only when a row of it is refused after it began to write is the stretch undone and taken again row by row. Stretches are short: what
 * can be undone grows with every row and is walked through again and again. */
#include "engine/inner_transfer.h"

enum { BATCH_BYTES = 4 << 20, CAREFUL = 8 };
struct stretch { const struct row *rows[BATCH]; unsigned n; };

static void forget_problems(struct ctx *c)
{
	c->problems = NULL;
	c->n_problems = c->cap_problems = 0;
	c->titles = NULL;
	c->no_rule = false;
}

/* A row's memory is gone when the next begins; what the context collected in it is forgotten with it. */
static enum rc rows_of(struct import *t, const struct stretch *s, struct arena *work)
{
	const struct mark start = arena_mark(work);
	struct ctx *c = t->c;
	enum rc rc = RC_OK;

	c->arena = work;
	t->spoiled = false;
	t->n_added = 0;
	for (unsigned i = 0; i < s->n && !rc && !t->spoiled; i++) {
		forget_problems(c);
		rc = row_take(t, s->rows[i]);
		arena_rewind(work, start);
	}
	forget_problems(c);
	c->arena = t->keep;
	return rc;
}

static enum rc one_stretch(struct import *t, const struct stretch *s, struct arena *work, unsigned *careful)
{
	const struct import_report before = *t->report;
	const unsigned n_errors = t->n_errors, n_all = t->n_all;
	enum rc rc;

	t->guarded = *careful > 0;
	*careful -= t->guarded;
	if (t->guarded)
		return rows_of(t, s, work);
	if ((rc = tx_save(t->c->tx)) || (rc = rows_of(t, s, work)))
		return rc;
	if (!t->spoiled)
		return tx_keep(t->c->tx);
	if ((rc = tx_undo(t->c->tx)))
		return rc;
	*t->report = before;
	t->n_errors = n_errors;
	t->n_all = n_all;
	key_forget(t);
	t->guarded = true;
	*careful = CAREFUL;                     /* refusals come in company */
	return rows_of(t, s, work);
}

enum rc batch_all(struct import *t, struct table_file *file, const char **why)
{
	struct arena *rows = arena_new(0), *work = arena_new(0);
	const struct mark start = arena_mark(rows);
	const struct row *row = NULL;
	unsigned careful = 0;
	enum rc rc = RC_OK;

	do {
		struct stretch s = { .n = 0 };

		arena_rewind(rows, start);
		while (s.n < BATCH && arena_used(rows) < BATCH_BYTES && (row = table_next(file, rows, why)))
			s.rows[s.n++] = row;
		rc = one_stretch(t, &s, work, &careful);
		if (t->options->progress)
			t->options->progress(t->options->arg, t->report->rows);
	} while (row && !rc);
	arena_free(rows);
	arena_free(work);
	return rc;
}
