/* handlers_room.c -- what every room can do over HTTP: list, count, create, read, change, step, look back, reveal, export, import.
 * Translates between requests and the engine; decides nothing. */
#include "http/http.h"
#include "base/clock.h"
#include "engine/access.h"
#include "engine/flow.h"
#include "engine/transfer.h"
#include <stdio.h>
#include <string.h>

static void writer(struct request *rq, struct buf *b, struct jout *j)
{
	buf_init(b, rq->arena);
	jout_init(j, b);
}

void answer_json(struct answer *an, struct buf *b)
{
	an->body = b->p;
	an->n = b->n;
}

/* The record with its version as entity tag. */
static void answer_record(struct ctx *c, struct request *rq, struct answer *an, struct record *r)
{
	struct buf b;
	struct jout j;
	writer(rq, &b, &j);
	record_json(c, r, &j);
	an->etag = arena_printf(rq->arena, "\"%lld\"", (long long)r->version);
	answer_json(an, &b);
}

enum rc list_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct buf b;
	struct jout j;
	writer(rq, &b, &j);
	enum rc rc = list_run(c, rq->e, rq->query, rq->n_query, &j);
	answer_json(an, &b);
	return rc;
}

enum rc groups_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct buf b;
	struct jout j;
	writer(rq, &b, &j);
	enum rc rc = list_totals(c, rq->e, rq->query, rq->n_query, &j);
	answer_json(an, &b);
	return rc;
}

enum rc record_post(struct ctx *c, struct request *rq, struct answer *an)
{
	struct record *r = NULL;
	enum rc rc = record_create(c, rq->e, rq->json, &r);
	if (rc)
		return rc;
	an->status = 201;
	answer_record(c, rq, an, r);
	an->location = arena_printf(rq->arena, "/api/v1/%s/%lld", room_url(rq->arena, rq->e), (long long)r->id);
	return RC_OK;
}

enum rc record_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct record *r = NULL;
	enum rc rc = record_load(c, rq->e, rq->id, false, &r);
	if (!rc && !r)
		rc = RC_MISSING;
	if (rc || (rc = access_may(c, r, READ)))
		return rc;
	answer_record(c, rq, an, r);
	return RC_OK;
}

enum rc record_patch(struct ctx *c, struct request *rq, struct answer *an)
{
	struct record *r = NULL;
	enum rc rc = record_edit(c, rq->e, rq->id, rq->version, rq->json, &r);
	if (!rc)
		answer_record(c, rq, an, r);
	return rc;
}

enum rc step_post(struct ctx *c, struct request *rq, struct answer *an)
{
	struct record *r = NULL;
	enum rc rc = flow_step(c, rq->e, rq->id, rq->version, rq->word, rq->json, &r);
	if (!rc)
		answer_record(c, rq, an, r);
	return rc;
}

enum rc history_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct buf b;
	struct jout j;
	writer(rq, &b, &j);
	enum rc rc = record_history(c, rq->e, rq->id, &j);
	answer_json(an, &b);
	return rc;
}

enum rc trace_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct buf b;
	struct jout j;
	writer(rq, &b, &j);
	enum rc rc = trace_json(c, rq->e, rq->id, &j);
	answer_json(an, &b);
	return rc;
}

enum rc reveal_post(struct ctx *c, struct request *rq, struct answer *an)
{
	struct buf b;
	struct jout j;
	writer(rq, &b, &j);
	enum rc rc = record_reveal(c, rq->e, rq->id, rq->json, &j);
	answer_json(an, &b);
	return rc;
}

enum rc twins_post(struct ctx *c, struct request *rq, struct answer *an)
{
	struct buf b;
	struct jout j;
	writer(rq, &b, &j);
	enum rc rc = record_twins(c, rq->e, rq->json, &j);
	answer_json(an, &b);
	return rc;
}

/* -- export */
struct export { struct request *rq; struct answer *an; enum out_kind kind; struct param *params; unsigned n; };

static enum rc export_fn(struct ctx *c, void *arg)
{
	struct export *x = arg;
	return transfer_export(c, x->rq->e, x->kind, x->params, x->n, stream_put, x->an->stream);
}

static enum rc export_as(struct ctx *c, struct request *rq, struct answer *an, enum out_kind kind)
{
	struct export x = { rq, an, kind, arena_alloc(rq->arena, (rq->n_query + 1) * sizeof *x.params), 0 };
	for (unsigned i = 0; i < rq->n_query; i++)
		if (strcmp(rq->query[i].name, "reason"))
			x.params[x.n++] = rq->query[i];
	bool csv = kind == OUT_CSV;
	an->type = csv ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	an->file = arena_printf(rq->arena, "attachment; filename=\"%s-%s.%s\"", room_url(rq->arena, rq->e),
		day_text(rq->arena, clock_day(c->now)), csv ? "csv" : "xlsx");
	call_stream(rq, an);
	return call_read(c, export_fn, &x);
}

enum rc csv_get(struct ctx *c, struct request *rq, struct answer *an)
{
	return export_as(c, rq, an, OUT_CSV);
}

enum rc xlsx_get(struct ctx *c, struct request *rq, struct answer *an)
{
	return export_as(c, rq, an, OUT_XLSX);
}
