/* transfer_out.c -- rows of a room into a file, and the report of an import as JSON and CSV. Owns what a column of an export looks like;
 * shows nothing the screen would not show, and nothing at all before the audit has it. */
#include "engine/inner_list.h"
#include "engine/inner_query.h"
#include "engine/inner_record.h"
#include "engine/transfer.h"
#include "engine/audit.h"
#include "engine/more.h"
#include "base/clock.h"
#include <string.h>

enum { PERSONAL_LIMIT = 100 };

/* -- the report of an import */
static const char *const outcome_words[] = { "accept", "normalise", "warn", "ignore", "reject_row", "skip" };

static void report_columns(const struct import_report *r, struct jout *out)
{
	jout_key(out, "columns");
	jout_open(out, '[');
	for (unsigned i = 0; i < r->n_columns; i++) {
		jout_open(out, '{');
		jout_kv(out, "header", r->headers[i]);
		jout_kv(out, "field", r->fields[i]);
		jout_close(out, '}');
	}
	jout_close(out, ']');
	jout_key(out, "missing");
	jout_open(out, '[');
	for (unsigned i = 0; i < r->n_missing; i++)
		jout_str(out, r->missing[i]);
	jout_close(out, ']');
}

static void report_error(const struct import_error *e, struct jout *out)
{
	jout_open(out, '{');
	jout_kvi(out, "record", e->record);
	jout_kvi(out, "line", e->line);
	jout_kv(out, "column", e->column);
	jout_kv(out, "kind", e->kind);
	jout_kv(out, "outcome", outcome_words[e->outcome]);
	jout_kv(out, "message", e->message);
	jout_close(out, '}');
}

void transfer_report_json(struct ctx *c, const struct import_report *r, struct jout *out, unsigned max_errors)
{
	(void)c;
	jout_open(out, '{');
	jout_kv(out, "file", r->refused ? "refused" : "ok");
	jout_kv(out, "reason", r->refused);
	jout_kv(out, "format", r->format);
	jout_kvi(out, "rows", r->rows);
	jout_kvi(out, "accepted", r->accepted);
	jout_kvi(out, "normalised", r->normalised);
	jout_kvi(out, "warned", r->warned);
	jout_kvi(out, "ignored", r->ignored);
	jout_kvi(out, "rejected", r->rejected);
	jout_kvi(out, "unchanged", r->unchanged);
	report_columns(r, out);
	jout_kvi(out, "n_errors", r->n_errors);
	jout_key(out, "errors");
	jout_open(out, '[');
	for (unsigned i = 0; i < r->n_errors && i < max_errors; i++)
		report_error(&r->errors[i], out);
	jout_close(out, ']');
	jout_close(out, '}');
}

static int into_buf(void *arg, const void *p, size_t n)
{
	buf_add(arg, p, n);
	return 0;
}

enum rc transfer_errors_csv(struct ctx *c, const struct import_report *r, struct buf *out)
{
	static const char *const heads[] = { "record", "line", "column", "kind", "outcome", "message" };
	struct table_out *t = table_out_new(OUT_CSV, into_buf, out);

	(void)c;
	for (unsigned i = 0; i < COUNT(heads); i++)
		table_out_cell(t, heads[i]);
	table_out_row(t);
	for (unsigned i = 0; i < r->n_errors; i++) {
		const struct import_error *e = &r->errors[i];

		table_out_int(t, e->record, 0);
		table_out_int(t, e->line, 0);
		table_out_cell(t, e->column);
		table_out_cell(t, e->kind);
		table_out_cell(t, outcome_words[e->outcome]);
		table_out_cell(t, e->message);
		table_out_row(t);
	}
	return table_out_end(t) ? RC_STORE : RC_OK;
}

/* -- export */
struct export { const struct entity *e; struct table_out *out; bool *taken; };

static bool exported(const struct field *f, enum class highest)
{
	if (f->cls == S4 || (f->flags & SEALED) || f->type == T_FILE || f->type == T_JSON)
		return false;
	return f->cls == S3 ? highest >= S2 : f->cls <= highest;
}

static bool personal(const struct export *x)
{
	for (unsigned i = 0; i < x->e->n_fields; i++)
		if (x->taken[i] && x->e->fields[i].cls == S3)
			return true;
	return false;
}

static void heads(struct ctx *c, const struct export *x)
{
	table_out_cell(x->out, ctx_say(c, "系统编号", "id"));
	table_out_cell(x->out, ctx_say(c, "状态", "state"));
	table_out_cell(x->out, ctx_say(c, "归属区划代码", "region"));
	table_out_cell(x->out, ctx_say(c, "归属区划", "region name"));
	for (unsigned i = 0; i < x->e->n_fields; i++) {
		const struct field *f = &x->e->fields[i];
		const char *label = ctx_say(c, f->label, f->en ? f->en : f->label), *unit = "";

		if (!x->taken[i])
			continue;
		if (f->type == T_FEN && !strstr(label, "元"))
			unit = ctx_say(c, "（元）", " (yuan)");
		else if (f->type == T_BP && !strstr(label, "%") && !strstr(label, "分"))
			unit = "（%）";
		table_out_cell(x->out, arena_printf(c->arena, "%s%s", label, unit));
	}
	table_out_cell(x->out, ctx_say(c, "建档日期", "created"));
	table_out_cell(x->out, ctx_say(c, "更新日期", "updated"));
	table_out_row(x->out);
}

static void cell(struct ctx *c, struct record *r, unsigned i, struct table_out *out)
{
	const struct field *f = &r->e->fields[i];
	bool number = f->type == T_INT || f->type == T_FEN || f->type == T_BP || f->type == T_DATE;
	const struct value *v;

	if (!number || f->cls >= S3 || access_sees(c, r, f) != SHOWN) {
		const char *shown = f->cls == S3 && access_sees(c, r, f) != ABSENT ? record_masked(c, r, i) : record_shown(c, r, i);

		table_out_cell(out, shown ? shown : "");
		return;
	}
	v = record_value(c, r, i);
	if (v->type != V_INT)
		table_out_cell(out, "");
	else if (f->type == T_DATE)
		table_out_day(out, v->i);
	else
		table_out_int(out, v->i, f->type == T_INT ? 0 : 2);
}

static enum rc one_record(struct ctx *c, struct record *r, void *arg)
{
	const struct export *x = arg;
	const char *state = ctx_say(c, "有效", "active"), *path = place_path(c->arena, r->region);

	if (r->e->n_states)
		state = ctx_say(c, r->e->states[r->state].label, r->e->states[r->state].en);
	table_out_cell(x->out, arena_printf(c->arena, "%lld", (long long)r->id));
	table_out_cell(x->out, state);
	table_out_cell(x->out, arena_printf(c->arena, "%012lld", (long long)r->region));
	table_out_cell(x->out, path ? path : "");
	for (unsigned i = 0; i < r->e->n_fields; i++)
		if (x->taken[i])
			cell(c, r, i, x->out);
	table_out_day(x->out, clock_day(r->created));
	table_out_day(x->out, clock_day(r->updated));
	table_out_row(x->out);
	return RC_OK;
}

static enum rc count_rows(struct ctx *c, const struct entity *e, const struct param *params, unsigned n, int64_t *count)
{
	struct query q;
	struct ask a;
	enum rc rc = list_where(c, e, params, n, EXPORT, 0, &a, &q);

	return rc ? rc : query_int(c, arena_printf(c->arena, "SELECT count(*) FROM %s x WHERE %s", e->name, query_where(&q)), q.args, q.n, count);
}

/* The filter goes into the audit without its values: they may be a person's. */
static const char *export_detail(struct ctx *c, const struct param *params, unsigned n, int64_t count)
{
	struct jout out;
	struct buf b;

	buf_init(&b, c->arena);
	jout_init(&out, &b);
	jout_open(&out, '{');
	jout_kvi(&out, "rows", count);
	if (c->reason)
		jout_kv(&out, "reason", c->reason);
	jout_key(&out, "filter");
	jout_open(&out, '[');
	for (unsigned i = 0; i < n; i++) {
		bool open = !strcmp(params[i].name, "state") || !strcmp(params[i].name, "region") || !strcmp(params[i].name, "due");

		jout_str(&out, open ? arena_printf(c->arena, "%s=%s", params[i].name, params[i].value) : params[i].name);
	}
	jout_close(&out, ']');
	jout_close(&out, '}');
	return b.p;
}

struct note { struct ctx *c; const char *room, *detail; };

static enum rc note_export(struct tx *tx, void *arg)
{
	const struct note *n = arg;
	struct tx *before = n->c->tx;
	enum rc rc;

	n->c->tx = tx;
	rc = audit_add(n->c, city_of(n->c->who->region), "export", n->room, 0, "ok", n->detail);
	n->c->tx = before;
	return rc;
}

/* A reading transaction cannot write its own audit entry: then it is written, and durable, in one of its own before a row leaves. */
static enum rc audit_first(struct ctx *c, const struct entity *e, const char *detail)
{
	struct note n = { c, e->name, detail };

	return tx_writes(c->tx) ? note_export(c->tx, &n) : store_write(c->store, note_export, &n);
}

static enum rc allowed(struct ctx *c, const struct export *x, int64_t count)
{
	if (count <= PERSONAL_LIMIT || !personal(x) || (c->reason && *c->reason))
		return RC_OK;
	return ctx_problem(c, RC_REJECTED, "reason", "reason_needed", "共 %lld 条记录含有个人信息，超过 %d 条时请填写导出理由", (long long)count, PERSONAL_LIMIT);
}

enum rc transfer_export(struct ctx *c, const struct entity *e, enum out_kind kind, const struct param *params, unsigned n,
	int (*sink)(void *, const void *, size_t), void *arg)
{
	struct export x = { .e = e, .taken = arena_alloc(c->arena, e->n_fields + 1) };
	enum class high, low;
	int64_t count = 0;
	enum rc rc;

	if (c->who->role != SYSTEM && !access_any(c, e, EXPORT))
		return ctx_problem(c, RC_DENIED, NULL, "export_denied", "您的岗位不能导出“%s”", e->label);
	list_sight(c, e, EXPORT, &high, &low);
	for (unsigned i = 0; i < e->n_fields; i++)
		x.taken[i] = exported(&e->fields[i], high);
	if ((rc = count_rows(c, e, params, n, &count)) || (rc = allowed(c, &x, count)))
		return rc;
	if ((rc = audit_first(c, e, export_detail(c, params, n, count))))
		return rc;
	x.out = table_out_new(kind, sink, arg);
	heads(c, &x);
	rc = list_each(c, e, params, n, EXPORT, one_record, &x);
	if (table_out_end(x.out) && !rc)
		rc = RC_STORE;
	return rc;
}
