/* transfer.c -- a file of rows into a room: opening it, its rows one after another, the report. The file as a whole is one transaction
 * of the caller; a row's memory is gone when the next begins. Refuses a file whose columns it cannot tell. */
#include "engine/inner_transfer.h"
#include "engine/inner_query.h"
#include "engine/audit.h"
#include "base/text.h"
#include <string.h>

void import_note(struct import *t, const char *column, const char *kind, enum outcome outcome, const char *message)
{
	struct import_error *e;

	t->n_all++;
	if (t->n_errors == MAX_ERRORS)
		return;
	if (t->n_errors == t->cap_errors) {
		unsigned cap = t->cap_errors ? t->cap_errors * 2 : 64;
		struct import_error *more = arena_alloc(t->keep, cap * sizeof *more);

		if (t->cap_errors)
			memcpy(more, t->errors, t->cap_errors * sizeof *more);
		t->errors = more;
		t->cap_errors = cap;
	}
	e = &t->errors[t->n_errors++];
	*e = (struct import_error){ t->row->record, t->row->line, arena_strdup(t->keep, column), arena_strdup(t->keep, kind),
		arena_strdup(t->keep, message), outcome };
}

static enum rc note_in_audit(struct import *t)
{
	const struct import_report *r = t->report;
	struct jout out;
	struct buf b;

	buf_init(&b, t->keep);
	jout_init(&out, &b);
	jout_open(&out, '{');
	jout_kvi(&out, "rows", r->rows);
	jout_kvi(&out, "taken", r->accepted + r->normalised + r->warned);
	jout_kvi(&out, "unchanged", r->unchanged);
	jout_kvi(&out, "rejected", r->rejected);
	jout_close(&out, '}');
	return audit_add(t->c, city_of(t->c->who->region), "import", t->e->name, 0, "ok", b.p);
}

static enum rc empty_room(struct import *t)
{
	bool room = false, rows = false;
	struct value arg = value_text(t->e->name), v;
	enum rc rc = query_row(t->c, arena_printf(t->keep, "SELECT 1 FROM %s LIMIT 1", t->e->name), NULL, 0, &v, 1, &room);

	if (!rc && t->e != t->sheet)
		rc = query_row(t->c, "SELECT 1 FROM import_row WHERE room = ?1 LIMIT 1", &arg, 1, &v, 1, &rows);
	t->empty_room = !room && !rows;
	return rc;
}

static enum rc refuse(struct import *t, const char *why)
{
	t->report->refused = arena_strdup(t->keep, why);
	return ctx_problem(t->c, RC_REJECTED, NULL, "file_refused", "%s", why);
}

static const char *missing_sentence(const struct import *t)
{
	struct buf b;

	buf_init(&b, t->keep);
	buf_str(&b, "文件缺少必需的列：");
	for (unsigned i = 0; i < t->report->n_missing; i++)
		buf_printf(&b, "%s%s", i ? "、" : "", t->report->missing[i]);
	buf_str(&b, "。请补上这些列，或在导入页上指定对应的列");
	return b.p;
}

/* Takes the rows of an open file; the context is as it was when this returns, but for the problems. */
static enum rc take_file(struct import *t, struct table_file *file, const char **why)
{
	struct ctx *c = t->c;
	bool importing = c->importing, as_system = c->as_system;
	enum rc rc;

	c->importing = c->as_system = true;
	rc = batch_all(t, file, why);
	c->importing = importing;
	c->as_system = as_system;
	return rc;
}

/* With dry_run everything is done for real and RC_OK returned: the caller undoes its transaction. */
enum rc transfer_import(struct ctx *c, const struct entity *e, const void *bytes, size_t n, const struct import_options *options,
	struct import_report *report)
{
	struct import t = { .c = c, .e = e, .sheet = e->sheet ? e->sheet : e, .options = options, .report = report, .keep = c->arena };
	const char *why = NULL;
	struct table_file *file;
	enum rc rc;

	*report = (struct import_report){ 0 };
	if (c->who->role != SYSTEM && !access_any(c, e, IMPORT))
		return ctx_problem(c, RC_DENIED, NULL, "import_denied", "您的岗位不能导入“%s”", e->label);
	map_init(&t.map, c->arena, t.sheet, options->mapping);
	if (!(file = table_open(c->arena, bytes, n, (size_t)64 << 20, map_is_header, &t.map, &why)))
		return refuse(&t, why);
	report->format = table_format(file);
	t.padded = !strncmp(report->format, "XLSX", 4);
	map_columns(&t.map, c->arena, table_header(file), report);
	key_init(&t);
	t.plain_key = t.n_keys == 1 && map_column_of(&t.map, &t.sheet->fields[t.keys[0]]) >= 0;
	if (report->n_missing)
		rc = refuse(&t, missing_sentence(&t));
	else if (!(rc = empty_room(&t)) && !(rc = take_file(&t, file, &why)) && why)
		rc = refuse(&t, why);
	report->format = arena_strdup(c->arena, report->format);
	table_close(file);
	report->errors = t.errors;
	report->n_errors = t.n_errors;
	if (rc)
		return rc;
	if (report->rejected && !options->partial && !options->dry_run)
		return ctx_problem(c, RC_REJECTED, NULL, "rows_rejected", "有 %lld 行不能导入，整个文件都没有写入：请按错误清单改正，或选择只导入正确的行",
			(long long)report->rejected);
	return options->dry_run ? RC_OK : note_in_audit(&t);
}
