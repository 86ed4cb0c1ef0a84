/* handlers_file.c -- files over HTTP: attachments of a record, and a table read into a room by a job whose progress can be asked for. */
#include "http/http.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/access.h"
#include "engine/papers.h"
#include "engine/transfer.h"
#include <malloc.h>
#include <string.h>

/* -- attachments */
enum rc files_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct buf b;
	struct jout j;
	buf_init(&b, rq->arena);
	jout_init(&j, &b);
	enum rc rc = paper_list(c, rq->e, rq->id, &j);
	answer_json(an, &b);
	return rc;
}

enum rc files_post(struct ctx *c, struct request *rq, struct answer *an)
{
	int64_t id = 0;
	enum rc rc = paper_add(c, rq->e, rq->id, route_param(rq, "field"), route_param(rq, "name"), rq->type, rq->body, rq->n_body, &id);
	if (rc)
		return rc;
	an->status = 201;
	an->body = arena_printf(rq->arena, "{\"id\":\"%lld\"}", (long long)id);
	an->n = strlen(an->body);
	an->location = arena_printf(rq->arena, "%s/%lld", rq->path, (long long)id);
	return RC_OK;
}

/* RFC 5987: names are Chinese more often than not. */
static const char *saved_as(struct arena *a, const char *name)
{
	struct buf b;
	buf_init(&b, a);
	buf_str(&b, "attachment; filename=\"file\"; filename*=UTF-8''");
	for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
		if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || *p == '.' || *p == '-' || *p == '_')
			buf_add(&b, (const char *)p, 1);
		else
			buf_printf(&b, "%%%02X", *p);
	}
	return b.p;
}

enum rc file_get(struct ctx *c, struct request *rq, struct answer *an)
{
	int64_t id;
	struct paper p;
	if (!text_int(rq->word, &id))
		return RC_MISSING;
	enum rc rc = paper_open(c, rq->e, rq->id, id, &p);
	if (rc)
		return rc;
	an->type = p.mime;
	an->file = saved_as(rq->arena, p.name);
	an->sandbox = true;
	an->body = p.body;
	an->n = (size_t)p.size;
	return RC_OK;
}

/* -- import jobs. Rows done so far stand in memory; how it ended stands in the database. */
enum { RUNNING_MAX = 64 };
struct progress { _Atomic int64_t id[RUNNING_MAX], rows[RUNNING_MAX]; };
struct running {
	struct task task;
	struct request *rq;
	struct arena *arena;
	int64_t job, rows;
	unsigned slot;
	struct import_options options;
	struct import_report report;
	const char *json, *errors;
	bool refused;
};

struct progress *progress_new(struct arena *a)
{
	return arena_alloc(a, sizeof(struct progress));
}

static unsigned progress_take(struct progress *p, int64_t id)
{
	for (unsigned i = 0; i < RUNNING_MAX; i++) {
		int64_t none = 0;
		if (atomic_compare_exchange_strong(&p->id[i], &none, id)) {
			atomic_store(&p->rows[i], 0);
			return i;
		}
	}
	return RUNNING_MAX;
}

static void on_row(void *arg, int64_t done)
{
	struct running *r = arg;
	r->rows = done;
	if (r->slot < RUNNING_MAX)
		atomic_store(&r->rq->service->progress->rows[r->slot], done);
}

/* The whole file in one transaction. A trial run does everything and is undone. */
static enum rc import_fn(struct ctx *c, void *arg)
{
	struct running *r = arg;
	r->report = (struct import_report){ 0 };
	c->importing = true;
	enum rc rc = transfer_import(c, r->rq->e, r->rq->body, r->rq->n_body, &r->options, &r->report);
	if (rc == RC_OK || rc == RC_REJECTED) {
		struct buf b, csv;
		struct jout j;
		buf_init(&b, r->arena);
		jout_init(&j, &b);
		transfer_report_json(c, &r->report, &j, 1000);
		buf_init(&csv, r->arena);
		if (transfer_errors_csv(c, &r->report, &csv) == RC_OK)
			r->errors = csv.p;
		r->json = b.p;
	}
	r->refused = rc != RC_OK;
	return rc == RC_OK && r->options.dry_run ? RC_REJECTED : rc;
}

static enum rc end_fn(struct ctx *c, void *arg)
{
	struct running *r = arg;
	return import_job_end(c, r->job, r->refused ? "refused" : "done", r->rows, r->json, r->errors);
}

static void import_run(void *arg)
{
	struct running *r = arg;
	struct request *rq = r->rq;
	struct ctx c;
	ctx_init(&c, r->arena, rq->service->store, &rq->who);
	enum rc rc = call_write_alone(&c, import_fn, r);
	if (rc && rc != RC_REJECTED) {           /* the engine or the store gave up: nothing of the file is there */
		r->refused = true;
		r->json = "{\"file\":\"refused\",\"reason\":\"导入中断，没有写入任何内容，请稍后重试\",\"rows\":0,\"accepted\":0,\"normalised\":0,\"warned\":0,\"ignored\":0,\"rejected\":0}";
		r->errors = NULL;
		log_event(LOG_ERROR, "import", "broken off, rc %d", (int)rc);
	}
	struct ctx end;
	ctx_init(&end, r->arena, rq->service->store, &rq->who);
	if (call_write(&end, end_fn, r))
		log_event(LOG_ERROR, "import", "the end of a job could not be stored");
	if (r->slot < RUNNING_MAX)
		atomic_store(&rq->service->progress->id[r->slot], 0);
	arena_free(r->arena);
	call_release(rq);
	malloc_trim(1 << 20);
}

static bool yes(const struct request *rq, const char *name)
{
	const char *v = route_param(rq, name);
	return v && (!strcmp(v, "1") || !strcmp(v, "true"));
}

/* The job's row is durable: now the work itself, behind the answer. */
static void import_begin(struct request *rq)
{
	struct arena *a = arena_new((size_t)2 << 30);
	struct running *r = arena_alloc(a, sizeof *r);
	*r = (struct running){ .rq = rq, .arena = a, .job = rq->id };
	const char *mapping = route_param(rq, "mapping"), *why;
	r->options = (struct import_options){ .dry_run = yes(rq, "dry_run"), .partial = yes(rq, "partial"), .progress = on_row, .arg = r,
		.mapping = mapping ? json_read(a, mapping, strlen(mapping), 2, &why) : NULL };
	r->slot = progress_take(rq->service->progress, r->job);
	r->task = (struct task){ .fn = import_run, .arg = r };
	call_hold(rq);
	if (!pool_add(rq->service->imports, &r->task)) {
		r->json = "{\"file\":\"refused\",\"reason\":\"排队的导入太多，请稍后重试\",\"rows\":0,\"accepted\":0,\"normalised\":0,\"warned\":0,\"ignored\":0,\"rejected\":0}";
		r->refused = true;
		log_event(LOG_WARN, "import", "queue full");
		if (r->slot < RUNNING_MAX)
			atomic_store(&rq->service->progress->id[r->slot], 0);
		arena_free(a);
		call_release(rq);
	}
}

enum rc import_post(struct ctx *c, struct request *rq, struct answer *an)
{
	if (!access_any(c, rq->e, IMPORT))
		return ctx_problem(c, RC_DENIED, NULL, "may_not_import", "您的角色不能导入“%s”", rq->e->label);
	if (!rq->n_body)
		return ctx_problem(c, RC_REJECTED, "body", "file_empty", "文件是空的，请重新选择");
	int64_t id = 0;
	enum rc rc = import_job_add(c, rq->e, route_param(rq, "name"), &id);
	if (rc)
		return rc;
	rq->id = id;
	an->status = 202;
	an->body = arena_printf(rq->arena, "{\"id\":\"%lld\"}", (long long)id);
	an->n = strlen(an->body);
	an->location = arena_printf(rq->arena, "/api/v1/imports/%lld", (long long)id);
	an->after = import_begin;
	return RC_OK;
}

/* -1: not running in this process */
static int64_t rows_so_far(struct progress *p, int64_t id)
{
	for (unsigned i = 0; i < RUNNING_MAX; i++)
		if (atomic_load(&p->id[i]) == id)
			return atomic_load(&p->rows[i]);
	return -1;
}

enum rc import_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct import_job job;
	struct buf b;
	struct jout j;
	enum rc rc = import_job_get(c, rq->id, &job);
	if (rc)
		return rc;
	int64_t rows = rows_so_far(rq->service->progress, rq->id);
	buf_init(&b, rq->arena);
	jout_init(&j, &b);
	jout_open(&j, '{');
	jout_key(&j, "id");
	jout_id(&j, job.id);
	jout_kv(&j, "file", job.file);
	jout_kv(&j, "state", job.state);
	jout_kvi(&j, "done", rows >= 0 ? rows : job.done);
	jout_key(&j, "report");
	jout_raw(&j, job.report ? job.report : "null");
	jout_close(&j, '}');
	answer_json(an, &b);
	return RC_OK;
}

enum rc errors_get(struct ctx *c, struct request *rq, struct answer *an)
{
	struct import_job job;
	enum rc rc = import_job_get(c, rq->id, &job);
	if (rc)
		return rc;
	an->type = "text/csv; charset=utf-8";
	an->file = "attachment; filename=\"errors.csv\"";
	an->body = job.errors ? job.errors : "record,line,column,kind,outcome,message\r\n";
	an->n = strlen(an->body);
	return RC_OK;
}
