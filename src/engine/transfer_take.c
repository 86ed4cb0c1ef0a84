/* transfer_take.c -- one row, from its cells to the settled line of the report: known already, checked, written, or refused. Each row stands
 * or falls alone (a savepoint). Refuses to overwrite anything that is there. */
#include "engine/inner_transfer.h"
#include "engine/inner_record.h"
#include "engine/more.h"
#include <string.h>

/* Problems name fields; people look for the column of their file. */
static const char *column_of(const struct import *t, const char *field)
{
	const struct field *f = field ? room_field(t->sheet, field) : NULL;
	int at = f ? map_column_of(&t->map, f) : -1;

	if (at >= 0)
		return t->map.head_of[at];
	return f ? f->label : "";
}

/* Problems of the row into lines of the report: only the refusals of a refused row, else warnings and what was cleaned. */
static enum outcome settle(struct import *t, bool no)
{
	struct ctx *c = t->c;
	enum outcome outcome = OUT_ACCEPT;

	for (unsigned i = 0; i < c->n_problems; i++) {
		const struct problem *p = &c->problems[i];

		if (no ? !p->warning : p->warning)
			import_note(t, column_of(t, p->field), p->code ? p->code : "refused", no ? OUT_REJECT : OUT_WARN, p->message);
		if (!no && p->warning)
			outcome = OUT_WARN;
	}
	if (no)
		return OUT_REJECT;
	for (unsigned i = 0; i < t->n_cleaned; i++) {
		import_note(t, t->map.head_of[t->cleaned_at[i]], t->cleaned[i], OUT_NORMALISE, clean_message(t->cleaned[i]));
		if (outcome == OUT_ACCEPT)
			outcome = OUT_NORMALISE;
	}
	return outcome;
}

static bool row_fault(enum rc rc)
{
	return rc == RC_REJECTED || rc == RC_CONFLICT || rc == RC_STATE || rc == RC_DENIED || rc == RC_MISSING || rc == RC_NO_RULE || rc == RC_STALE;
}

/* A refusal without a word would leave the reader helpless. */
static void ensure_word(struct import *t, enum rc rc)
{
	struct ctx *c = t->c;

	for (unsigned i = 0; i < c->n_problems; i++)
		if (!c->problems[i].warning)
			return;
	if (rc == RC_NO_RULE || c->no_rule)
		ctx_problem(c, RC_REJECTED, NULL, "no_rule", "这一天、这个地区没有对应的规则，请先在规则参数里补上");
	else
		ctx_problem(c, RC_REJECTED, NULL, rc == RC_CONFLICT ? "conflict" : "refused", "这一行与系统中已有的数据不符，未能导入");
}

/* May this caller bring rows of that division? Told from the grants alone: no question to the store, no audit entry per row. */
static bool may_bring(const struct import *t, const struct record *r)
{
	const struct caller *who = t->c->who;
	int64_t lo, hi, prefix = who->region;
	unsigned digits = region_digits(who->region);

	if (who->role == SYSTEM)
		return true;
	for (unsigned i = digits; i < 12; i++)
		prefix /= 10;
	region_range(prefix, digits, &lo, &hi);
	for (unsigned i = 0; i < t->e->n_grants; i++) {
		const struct grant *g = &t->e->grants[i];

		if (!(g->who & who->role) || !(g->may & IMPORT))
			continue;
		if (g->rel == ANY || (r->region >= lo && r->region <= hi))
			return true;
	}
	return false;
}

/* Same key in this file: the very same row again, or another one that claims to be it. */
static enum outcome met_before(struct import *t, const uint8_t *key, const uint8_t *digest)
{
	const struct met *m = met_find(&t->met, key);
	const char *column = t->n_keys ? column_of(t, t->sheet->fields[t->keys[0]].name) : "";

	if (!m)
		return OUT_ACCEPT;
	if (memcmp(m->digest, digest, KEY_BYTES)) {
		import_note(t, column, "duplicate_key", OUT_REJECT, "本文件中前面已有同一编号而内容不同的行，请只保留正确的一行");
		return OUT_REJECT;
	}
	if (t->plain_key) {
		import_note(t, "", "duplicate_row", OUT_SKIP, "与前面的一行完全相同，只导入一次");
		return OUT_SKIP;
	}
	import_note(t, "", "duplicate_row", OUT_WARN, "与前面的一行完全相同，只导入一次；若确有两笔，请在内容上区分");
	return OUT_WARN;
}

struct identity { uint8_t key[KEY_BYTES], digest[KEY_BYTES]; bool known, asked; };

/* Both files and database are asked once, as soon as the key is known (hooks may fill it in). */
static enum rc known_row(struct import *t, struct record *r, struct identity *id, enum outcome *outcome, bool *unchanged)
{
	unsigned problems = t->c->n_problems;
	enum stored stored;
	enum rc rc;

	*outcome = OUT_ACCEPT;
	if (id->asked || !(id->known = key_of(t, r, id->key)))
		return RC_OK;
	id->asked = true;
	if ((*outcome = met_before(t, id->key, id->digest)) != OUT_ACCEPT)
		return RC_OK;
	if ((rc = record_place(t->c, r))) {
		t->c->n_problems = problems;            /* the check says it again, with all the rest */
		return row_fault(rc) ? RC_OK : rc;
	}
	if ((rc = key_stored(t, r, id->key, id->digest, &stored)) || stored == NOT_STORED)
		return rc;
	if (stored == STORED_SAME) {
		key_met(t, id->key, id->digest);
		*unchanged = true;
		return RC_OK;
	}
	import_note(t, column_of(t, t->sheet->fields[t->keys[0]].name), "duplicate_key", OUT_REJECT,
		"系统中已有同一编号而内容不同的记录：要修改请打开那条记录，导入不会覆盖它");
	*outcome = OUT_REJECT;
	return RC_OK;
}

static enum rc write_row(struct import *t, struct record *r, const struct identity *id)
{
	struct ctx *c = t->c;
	enum rc rc;

	if (t->e != t->sheet) {
		c->acting = t->sheet;
		rc = t->sheet->made ? t->sheet->made(c, r) : RC_OK;
		c->acting = NULL;
		if (rc)
			return rc;
		return id->known ? key_remember(t, r, id->key, id->digest) : RC_OK;
	}
	return record_insert(c, r);
}

static bool refused(const struct ctx *c)
{
	for (unsigned i = 0; i < c->n_problems; i++)
		if (!c->problems[i].warning)
			return true;
	return false;
}

/* Guarded: in a savepoint of its own, so that a row refused half way leaves nothing. Else the whole stretch of rows has one: a refusal
 * here only tells the caller to go back and take them one by one. */
static enum rc write_guarded(struct import *t, struct record *r, const struct identity *id, enum rc *fatal)
{
	struct ctx *c = t->c;
	enum rc rc;

	if (t->guarded && (*fatal = tx_save(c->tx)))
		return *fatal;
	rc = write_row(t, r, id);
	if (!rc && c->no_rule)
		rc = RC_NO_RULE;
	if (!rc && refused(c))                  /* a hook said no and went on */
		rc = RC_REJECTED;
	if (rc && !row_fault(rc))
		*fatal = rc;
	else if (t->guarded)
		*fatal = rc ? tx_undo(c->tx) : tx_keep(c->tx);
	else
		t->spoiled |= rc != RC_OK;
	return rc;
}

/* Everything between reading the cells and the settled row. *fatal is for faults of the store only. */
static enum outcome take(struct import *t, struct record *r, bool *unchanged, enum rc *fatal)
{
	struct ctx *c = t->c;
	struct identity id = { .asked = false };
	enum outcome outcome;
	enum rc rc;

	digest_of(t, r, id.digest);
	if ((*fatal = known_row(t, r, &id, &outcome, unchanged)) || outcome != OUT_ACCEPT || *unchanged)
		return outcome;
	rc = record_check(c, r);
	if (!rc && !may_bring(t, r))
		rc = ctx_problem(c, RC_DENIED, NULL, "region_denied", "只能导入本辖区的数据，这一行属于其他地区");
	if (!rc && ((*fatal = known_row(t, r, &id, &outcome, unchanged)) || outcome != OUT_ACCEPT || *unchanged))
		return outcome;
	if (!rc && !c->no_rule)
		rc = write_guarded(t, r, &id, fatal);
	if (rc && !row_fault(rc))
		*fatal = rc;
	if (*fatal)
		return OUT_REJECT;
	if (rc || c->no_rule) {
		ensure_word(t, rc);
		return settle(t, true);
	}
	if (id.known)
		key_met(t, id.key, id.digest);
	return settle(t, false);
}

enum rc row_take(struct import *t, const struct row *row)
{
	struct import_report *report = t->report;
	enum outcome outcome;
	bool unchanged = false;
	enum rc fatal = RC_OK;

	t->row = row;
	report->rows++;
	if ((outcome = row_shape(t, row)) == OUT_ACCEPT) {
		struct record *r = record_new(t->c, t->sheet);

		r->imported = true;
		row_read(t, row, r);
		outcome = refused(t->c) ? settle(t, true) : take(t, r, &unchanged, &fatal);
	}
	if (fatal || t->c->failed)
		return fatal ? fatal : t->c->failed;
	report->unchanged += unchanged;
	report->accepted += outcome == OUT_ACCEPT && !unchanged;
	report->normalised += outcome == OUT_NORMALISE;
	report->warned += outcome == OUT_WARN;
	report->ignored += outcome == OUT_IGNORE || outcome == OUT_SKIP;
	report->rejected += outcome == OUT_REJECT;
	return RC_OK;
}
