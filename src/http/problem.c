/* problem.c -- every refusal as application/problem+json (RFC 9457), from one table. Says nothing of the store or of the program's inside. */
#include "http/http.h"
#include "base/log.h"
#include <stdio.h>

static const struct kind { int status; const char *name, *zh, *en; } kinds[N_RC] = {
	[RC_OK]         = { 200, "ok", "成功", "Done" },
	[RC_REJECTED]   = { 400, "rejected", "填写的内容有问题，请按提示修改", "Some of the input is not acceptable" },
	[RC_DENIED]     = { 403, "denied", "您没有权限做这一步", "You may not do this" },
	[RC_MISSING]    = { 404, "missing", "没有找到，或不在您的权限范围内", "Not there, or not yours" },
	[RC_STATE]      = { 409, "state", "当前状态不允许这一步", "The record's state does not allow this" },
	[RC_CONFLICT]   = { 409, "conflict", "与已有数据冲突", "In conflict with existing data" },
	[RC_STALE]      = { 412, "stale", "记录已被他人修改，请刷新后重试", "Somebody changed the record meanwhile; load it again" },
	[RC_NO_VERSION] = { 428, "no_version", "缺少版本号：请带上 If-Match 请求头", "If-Match with the version is required" },
	[RC_TOO_MANY]   = { 429, "too_many", "次数过多，请稍后再试", "Too many requests; come again later" },
	[RC_TOO_BIG]    = { 413, "too_big", "内容过大", "Too large" },
	[RC_NO_RULE]    = { 503, "no_rule", "当日当地没有对应的规则参数，请联系管理员补录", "A dated rule has no value for that day and place" },
	[RC_BUSY]       = { 503, "busy", "系统繁忙，没有写入任何内容，请稍后重试", "Busy; nothing was written; try again" },
	[RC_UNKNOWN]    = { 503, "unknown", "结果未知，请用相同的幂等键重试", "Outcome unknown; repeat with the same key" },
	[RC_STORE]      = { 500, "store", "数据库出错，没有写入任何内容，请联系管理员", "The database failed; nothing was written" },
};

int problem_status(enum rc rc)
{
	return (unsigned)rc < N_RC ? kinds[rc].status : 500;
}

static void head(struct jout *j, const char *name, const char *title, int status)
{
	jout_open(j, '{');
	jout_key(j, "type");
	char type[64];
	snprintf(type, sizeof type, "urn:sanshe:problem:%s", name);
	jout_str(j, type);
	jout_kv(j, "title", title);
	jout_kvi(j, "status", status);
}

static void close_answer(struct answer *an, struct buf *b, int status)
{
	const char *allow = an->allow;
	*an = (struct answer){ .status = status, .type = "application/problem+json", .body = b->p, .n = b->n, .allow = allow,
		.retry_after = status == 429 ? 60 : status == 503 ? 2 : 0 };
}

void problem_answer(struct request *rq, struct answer *an, enum rc rc, const struct problem *p, unsigned n)
{
	const struct kind *k = &kinds[(unsigned)rc < N_RC ? rc : RC_STORE];
	struct buf b;
	struct jout j;
	buf_init(&b, rq->arena);
	jout_init(&j, &b);
	head(&j, k->name, rq->who.english ? k->en : k->zh, k->status);
	const char *detail = NULL;
	for (unsigned i = 0; i < n && !detail; i++)
		detail = p[i].warning ? NULL : p[i].message;
	jout_kv(&j, "detail", detail ? detail : rq->who.english ? k->en : k->zh);
	jout_key(&j, "errors");
	jout_open(&j, '[');
	for (unsigned i = 0; i < n; i++) {
		if (p[i].warning)
			continue;
		jout_open(&j, '{');
		jout_kv(&j, "field", p[i].field);
		jout_kv(&j, "code", p[i].code);
		jout_kv(&j, "message", p[i].message);
		jout_close(&j, '}');
	}
	jout_close(&j, ']');
	jout_close(&j, '}');
	close_answer(an, &b, k->status);
}

void problem_plain(struct request *rq, struct answer *an, int status, const char *code, const char *zh, const char *en)
{
	struct buf b;
	struct jout j;
	buf_init(&b, rq->arena);
	jout_init(&j, &b);
	const char *text = rq->who.english ? en : zh;
	head(&j, code, text, status);
	jout_kv(&j, "detail", text);
	jout_key(&j, "errors");
	jout_open(&j, '[');
	jout_open(&j, '{');
	jout_kv(&j, "field", NULL);
	jout_kv(&j, "code", code);
	jout_kv(&j, "message", text);
	jout_close(&j, '}');
	jout_close(&j, ']');
	jout_close(&j, '}');
	close_answer(an, &b, status);
}
