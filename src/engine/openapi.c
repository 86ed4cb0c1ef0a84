/* openapi.c -- the OpenAPI 3.1 document of the whole service, from the rooms' tables: the same for everybody, so that clients can be made
 * from it. What a caller may really do is in the metadata and in each record's actions. */
#include "engine/inner_openapi.h"
#include "engine/types.h"
#include "engine/inner_list.h"
#include <string.h>

#define REF(x) "{\"$ref\":\"#/components/schemas/" x "\"}"

struct pen { struct arena *a; struct jout *out; };
struct operation {
	const char *method, *id, *summary, *tag;
	const char *params;                     /* JSON members of the parameters array, or NULL */
	const char *body;                       /* schema of a JSON body, "raw" for bytes, or NULL */
	const char *answer;                     /* schema of the JSON answer; NULL: none */
	int status;
	const char *type;                       /* media type of the answer; NULL: JSON */
	bool open;                              /* without a session */
};

static void body_of(struct pen *p, const char *schema)
{
	jout_key(p->out, "requestBody");
	if (!strcmp(schema, "raw"))
		jout_raw(p->out, "{\"required\":true,\"content\":{\"application/octet-stream\":{\"schema\":{\"type\":\"string\",\"format\":\"binary\"}}}}");
	else
		jout_raw(p->out, arena_printf(p->a, "{\"required\":true,\"content\":{\"application/json\":{\"schema\":%s}}}", schema));
}

static void operation(struct pen *p, const struct operation *op)
{
	struct jout *out = p->out;

	jout_key(out, op->method);
	jout_open(out, '{');
	jout_kv(out, "operationId", op->id);
	jout_kv(out, "summary", op->summary);
	jout_key(out, "tags");
	jout_open(out, '[');
	jout_str(out, op->tag);
	jout_close(out, ']');
	if (op->open)
		jout_key(out, "security"), jout_raw(out, "[]");
	if (op->params)
		jout_key(out, "parameters"), jout_raw(out, arena_printf(p->a, "[%s]", op->params));
	if (op->body)
		body_of(p, op->body);
	jout_key(out, "responses");
	jout_open(out, '{');
	jout_key(out, arena_printf(p->a, "%d", op->status));
	if (op->answer)
		jout_raw(out, arena_printf(p->a, "{\"description\":\"done\",\"content\":{\"%s\":{\"schema\":%s}}}",
			op->type ? op->type : "application/json", op->answer));
	else
		jout_raw(out, "{\"description\":\"done\"}");
	jout_key(out, "4XX");
	jout_raw(out, "{\"$ref\":\"#/components/responses/Problem\"}");
	jout_close(out, '}');
	jout_close(out, '}');
}

static void path(struct pen *p, const char *name, const struct operation *ops, unsigned n)
{
	jout_key(p->out, name);
	jout_open(p->out, '{');
	for (unsigned i = 0; i < n; i++)
		operation(p, &ops[i]);
	jout_close(p->out, '}');
}

#define PARAM(name, where, must, schema) "{\"name\":\"" name "\",\"in\":\"" where "\",\"required\":" must ",\"schema\":" schema "}"
#define QUERY(name, schema) PARAM(name, "query", "false", schema)
#define SHARED(x) "{\"$ref\":\"#/components/parameters/" x "\"}"
#define WORD "{\"type\":\"string\"}"
#define FLAG "{\"type\":\"string\",\"enum\":[\"0\",\"1\"]}"

static const char *filters(struct pen *p, const struct entity *e)
{
	static const char *const reserved[] = { "state", "region", "due", "mine", "q", "sort", "limit", "cursor", "total", "by", "sum", "reason" };
	struct buf b;

	buf_init(&b, p->a);
	buf_str(&b, QUERY("state", WORD) "," QUERY("region", "{\"type\":\"string\",\"pattern\":\"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$\"}")
		"," QUERY("due", "{\"type\":\"string\",\"enum\":[\"overdue\",\"today\",\"week\"]}") "," QUERY("mine", FLAG));
	if (room_flagged(e, SEARCH))
		buf_str(&b, "," QUERY("q", "{\"type\":\"string\",\"maxLength\":100}"));
	for (unsigned i = 0; i < e->n_fields; i++) {
		const char *name = e->fields[i].name;
		bool taken = false;

		for (unsigned k = 0; k < COUNT(reserved); k++)
			taken |= !strcmp(name, reserved[k]);
		if (list_filterable(&e->fields[i]) && !taken)
			buf_printf(&b, ",{\"name\":\"%s\",\"in\":\"query\",\"required\":false,\"schema\":" WORD "}", name);
	}
	return b.p;
}

static const char *ref_to(struct pen *p, const char *name, const char *tail)
{
	return arena_printf(p->a, "{\"$ref\":\"#/components/schemas/%s%s\"}", name, tail);
}

static void collection(struct pen *p, const struct entity *e, const char *url, const char *name, const char *filter)
{
	const char *list = arena_printf(p->a, "%s," QUERY("sort", WORD) "," QUERY("limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":20}")
		"," QUERY("cursor", WORD) "," QUERY("total", FLAG), filter);
	const struct operation both[] = {
		{ "get", arena_printf(p->a, "list%s", name), arena_printf(p->a, "列出%s", e->label), e->label, list, NULL, ref_to(p, name, "Page"), 200, NULL, false },
		{ "post", arena_printf(p->a, "create%s", name), arena_printf(p->a, "登记%s", e->label), e->label, SHARED("Key") "," SHARED("Csrf"),
			ref_to(p, name, "Input"), ref_to(p, name, ""), 201, NULL, false },
	};
	const struct operation totals = { "get", arena_printf(p->a, "total%s", name), arena_printf(p->a, "汇总%s", e->label), e->label,
		arena_printf(p->a, "%s," QUERY("by", WORD) "," QUERY("sum", WORD), filter), NULL, REF("Totals"), 200, NULL, false };
	const struct operation import = { "post", arena_printf(p->a, "import%s", name), arena_printf(p->a, "导入%s", e->label), e->label,
		QUERY("dry_run", FLAG) "," QUERY("partial", FLAG) "," QUERY("name", WORD) "," SHARED("Csrf"), "raw", REF("Job"), 202, NULL, false };
	const struct operation twins = { "post", arena_printf(p->a, "twins%s", name), arena_printf(p->a, "查找疑似重复的%s", e->label), e->label,
		SHARED("Csrf"), ref_to(p, name, "Input"), REF("Twins"), 200, NULL, false };

	path(p, url, both, 2);
	path(p, arena_printf(p->a, "%s/totals", url), &totals, 1);
	path(p, arena_printf(p->a, "%s/import", url), &import, 1);
	if (e->twin)
		path(p, arena_printf(p->a, "%s/twins", url), &twins, 1);
}

static void files(struct pen *p, const struct entity *e, const char *url, const char *name, const char *filter)
{
	static const char *const kinds[][3] = { { "csv", "Csv", "text/csv" },
		{ "xlsx", "Xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" } };

	for (unsigned i = 0; i < COUNT(kinds); i++) {
		const struct operation op = { "get", arena_printf(p->a, "export%s%s", name, kinds[i][1]),
			arena_printf(p->a, "导出%s（%s）", e->label, kinds[i][0]), e->label, arena_printf(p->a, "%s," QUERY("reason", WORD), filter), NULL,
			"{\"type\":\"string\",\"format\":\"binary\"}", 200, kinds[i][2], false };

		path(p, arena_printf(p->a, "%s.%s", url, kinds[i][0]), &op, 1);
	}
}

static void one_record(struct pen *p, const struct entity *e, const char *url, const char *name)
{
	const struct operation both[] = {
		{ "get", arena_printf(p->a, "get%s", name), arena_printf(p->a, "查看%s", e->label), e->label, SHARED("Id"), NULL, ref_to(p, name, ""), 200, NULL, false },
		{ "patch", arena_printf(p->a, "edit%s", name), arena_printf(p->a, "修改%s", e->label), e->label,
			SHARED("Id") "," SHARED("Match") "," SHARED("Key") "," SHARED("Csrf"), ref_to(p, name, "Changes"), ref_to(p, name, ""), 200, NULL, false },
	};
	const struct operation history = { "get", arena_printf(p->a, "history%s", name), arena_printf(p->a, "%s的各个版本", e->label), e->label,
		SHARED("Id"), NULL, REF("History"), 200, NULL, false };
	const struct operation trace = { "get", arena_printf(p->a, "trace%s", name), arena_printf(p->a, "%s所在的链条", e->label), e->label,
		SHARED("Id"), NULL, REF("Trace"), 200, NULL, false };
	const struct operation attachments[] = {
		{ "get", arena_printf(p->a, "files%s", name), arena_printf(p->a, "%s的附件", e->label), e->label, SHARED("Id"), NULL, REF("Attachments"), 200, NULL, false },
		{ "post", arena_printf(p->a, "attach%s", name), arena_printf(p->a, "给%s添加附件", e->label), e->label,
			SHARED("Id") "," QUERY("field", WORD) "," QUERY("name", WORD) "," SHARED("Csrf"), "raw", "{\"type\":\"object\"}", 201, NULL, false },
	};
	const struct operation file = { "get", arena_printf(p->a, "file%s", name), arena_printf(p->a, "下载%s的一个附件", e->label), e->label,
		SHARED("Id") "," PARAM("file", "path", "true", "{\"$ref\":\"#/components/schemas/Id\"}"), NULL, "{\"type\":\"string\",\"format\":\"binary\"}", 200,
		"application/octet-stream", false };
	const struct operation reveal = { "post", arena_printf(p->a, "reveal%s", name), arena_printf(p->a, "查看%s的个人信息（留痕）", e->label), e->label,
		SHARED("Id") "," SHARED("Csrf"), REF("Reveal"), REF("Revealed"), 200, NULL, false };

	path(p, arena_printf(p->a, "%s/{id}", url), both, e->flags & APPEND_ONLY ? 1 : 2);
	path(p, arena_printf(p->a, "%s/{id}/history", url), &history, 1);
	path(p, arena_printf(p->a, "%s/{id}/trace", url), &trace, 1);
	path(p, arena_printf(p->a, "%s/{id}/attachments", url), attachments, 2);
	path(p, arena_printf(p->a, "%s/{id}/attachments/{file}", url), &file, 1);
	path(p, arena_printf(p->a, "%s/{id}/reveal", url), &reveal, 1);
}

/* The little form of a step: its STEP fields; "x!" must be given. */
static const char *step_body(struct pen *p, const struct entity *e, const struct transition *t)
{
	char *words = arena_strdup(p->a, t->takes ? t->takes : ""), *save = NULL;
	struct buf b, must;
	struct jout out;

	buf_init(&b, p->a);
	buf_init(&must, p->a);
	jout_init(&out, &b);
	jout_open(&out, '{');
	jout_kv(&out, "type", "object");
	jout_key(&out, "properties");
	jout_open(&out, '{');
	for (char *w = strtok_r(words, " ,", &save); w; w = strtok_r(NULL, " ,", &save)) {
		char *mark = strchr(w, '!');
		const struct field *f;

		if (mark)
			*mark = 0;
		if (!(f = room_field(e, w)))
			continue;
		openapi_property(p->a, f, !mark, &out);
		if (mark)
			buf_printf(&must, "%s\"%s\"", must.n ? "," : "", w);
	}
	jout_close(&out, '}');
	if (must.n)
		jout_key(&out, "required"), jout_raw(&out, arena_printf(p->a, "[%s]", must.p));
	jout_close(&out, '}');
	return b.p;
}

static void steps(struct pen *p, const struct entity *e, const char *url, const char *name)
{
	for (unsigned i = 0; i < e->n_transitions; i++) {
		const struct transition *t = &e->transitions[i];
		const struct operation op = { "post", arena_printf(p->a, "do%s_%s", name, t->name), arena_printf(p->a, "%s：%s", e->label, t->label), e->label,
			SHARED("Id") "," SHARED("Key") "," SHARED("Match") "," SHARED("Csrf"), step_body(p, e, t), ref_to(p, name, ""), 200, NULL, false };
		bool hidden = !(t->who & ~(unsigned)SYSTEM) || !strcmp(t->name, "reveal");    /* nobody's to do, or shadowed by a path of all rooms */

		for (unsigned j = 0; j < i; j++)            /* a step from two states to two others is two rows, one path */
			hidden |= !strcmp(e->transitions[j].name, t->name) && (e->transitions[j].who & ~(unsigned)SYSTEM);
		if (!hidden)
			path(p, arena_printf(p->a, "%s/{id}/%s", url, t->name), &op, 1);
	}
}

static void fixed_paths(struct pen *p)
{
	static const struct operation session[] = {
		{ "post", "login", "登录", "session", NULL, "{\"type\":\"object\",\"properties\":{\"username\":" WORD ",\"password\":" WORD ",\"otp\":" WORD
			",\"phone\":" WORD ",\"code\":" WORD "}}", REF("Session"), 200, NULL, true },
		{ "get", "whoAmI", "当前登录人", "session", NULL, NULL, REF("Session"), 200, NULL, false },
		{ "delete", "logout", "退出", "session", SHARED("Csrf"), NULL, NULL, 204, NULL, false },
	};
	static const struct { const char *path; struct operation op; } single[] = {
		{ "/codes", { "post", "sendCode", "向手机发送验证码", "session", NULL, "{\"type\":\"object\",\"required\":[\"phone\"],\"properties\":{\"phone\":" WORD "}}", NULL, 204, NULL, true } },
		{ "/outbox", { "get", "outbox", "演示环境的短信", "system", NULL, NULL, REF("Items"), 200, NULL, true } },
		{ "/meta", { "get", "meta", "界面所需的定义", "system", NULL, NULL, "{\"type\":\"object\"}", 200, NULL, true } },
		{ "/divisions/tree", { "get", "divisionTree", "下级区划", "system", QUERY("under", WORD), NULL, REF("Items"), 200, NULL, true } },
		{ "/totals", { "get", "counters", "一个地区的各项统计", "system", PARAM("region", "query", "true", WORD), NULL,
			"{\"type\":\"object\",\"properties\":{\"region\":" WORD ",\"totals\":{\"type\":\"object\"}}}", 200, NULL, false } },
		{ "/notices", { "get", "notices", "通知", "system", NULL, NULL, REF("Items"), 200, NULL, false } },
		{ "/audit", { "get", "audit", "审计记录", "system", NULL, NULL, REF("Items"), 200, NULL, false } },
		{ "/openapi.json", { "get", "openapi", "本文件", "system", NULL, NULL, "{\"type\":\"object\"}", 200, NULL, true } },
		{ "/imports/{id}", { "get", "importJob", "导入任务", "system", SHARED("Id"), NULL, REF("Job"), 200, NULL, false } },
		{ "/imports/{id}/errors.csv", { "get", "importErrors", "导入错误清单", "system", SHARED("Id"), NULL, "{\"type\":\"string\"}", 200, "text/csv", false } },
	};

	path(p, "/session", session, COUNT(session));
	for (unsigned i = 0; i < COUNT(single); i++)
		path(p, single[i].path, &single[i].op, 1);
}

static void tags(struct pen *p)
{
	jout_key(p->out, "tags");
	jout_open(p->out, '[');
	jout_raw(p->out, "{\"name\":\"session\",\"description\":\"登录与会话\"},{\"name\":\"system\",\"description\":\"定义、统计与任务\"}");
	for (unsigned i = 0; i < n_rooms; i++)
		if (openapi_shown(rooms[i])) {
			jout_open(p->out, '{');
			jout_kv(p->out, "name", rooms[i]->label);
			jout_kv(p->out, "description", rooms[i]->clause && *rooms[i]->clause ? arena_printf(p->a, "依据 %s", rooms[i]->clause) : rooms[i]->label);
			jout_close(p->out, '}');
		}
	jout_close(p->out, ']');
}

void openapi_json(struct arena *a, struct buf *b)
{
	struct jout out;
	struct pen p = { a, &out };

	jout_init(&out, b);
	jout_open(&out, '{');
	jout_kv(&out, "openapi", "3.1.0");
	jout_key(&out, "info");
	jout_raw(&out, "{\"title\":\"sanshe 三社联动\",\"version\":\"1\",\"description\":\"Ids are strings, money is whole fen, days are YYYY-MM-DD, times are UTC.\","
		"\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}}");
	jout_key(&out, "servers");
	jout_raw(&out, "[{\"url\":\"/api/v1\"}]");
	jout_key(&out, "security");
	jout_raw(&out, "[{\"cookie\":[]},{\"bearer\":[]}]");
	tags(&p);
	jout_key(&out, "paths");
	jout_open(&out, '{');
	fixed_paths(&p);
	for (unsigned i = 0; i < n_rooms; i++) {
		const char *name = openapi_name(a, rooms[i]), *url = arena_printf(a, "/%s", room_url(a, rooms[i])), *filter = filters(&p, rooms[i]);

		if (!openapi_shown(rooms[i]))
			continue;
		collection(&p, rooms[i], url, name, filter);
		files(&p, rooms[i], url, name, filter);
		one_record(&p, rooms[i], url, name);
		steps(&p, rooms[i], url, name);
	}
	jout_close(&out, '}');
	jout_key(&out, "components");
	openapi_components(a, &out);
	jout_close(&out, '}');
}
