/* list_params.c -- reads the parameters of a list request into SQL conditions and an order. Owns the words of the list language;
 * refuses what it does not know, and filters on what the caller may not see. */
#include "engine/inner_list.h"
#include "engine/more.h"
#include "engine/types.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/sql.h"
#include <stdlib.h>
#include <string.h>

bool list_filterable(const struct field *f)
{
	if (f->type == T_LONGTEXT || f->type == T_FILE || f->type == T_JSON || (f->flags & SEALED))
		return false;
	return f->cls < S3 || (f->cls == S3 && (f->flags & LOOKUP));
}
bool list_sortable(const struct field *f)
{
	return (f->flags & LIST) && f->cls < S3 && !(f->flags & SEALED) && f->type != T_LONGTEXT && f->type != T_FILE && f->type != T_JSON;
}

void list_sight(struct ctx *c, const struct entity *e, unsigned action, enum class *highest, enum class *lowest)
{
	*highest = S1;
	*lowest = S4;
	if (c->as_system || c->who->role == SYSTEM) {
		*highest = S4;
		return;
	}
	for (unsigned i = 0; i < e->n_grants; i++) {
		const struct grant *g = &e->grants[i];

		if (!(g->who & c->who->role) || !(g->may & action))
			continue;
		if (g->upto > *highest)
			*highest = g->upto;
		if (g->upto < *lowest)
			*lowest = g->upto;
	}
}

/* The same room with only those grants that show fields of class `level`: whoever filters by a field must be able to see it. */
static struct cond visible(struct ctx *c, const struct entity *e, unsigned action, enum class level)
{
	struct entity *copy;
	struct grant *grants;
	unsigned n = 0;

	if (level == S1)
		return access_where(c, e, action, 1);
	copy = arena_alloc(c->arena, sizeof *copy);
	memcpy(copy, e, sizeof *copy);
	grants = arena_alloc(c->arena, (e->n_grants + 1) * sizeof *grants);
	for (unsigned i = 0; i < e->n_grants; i++)
		if (e->grants[i].upto >= level)
			grants[n++] = e->grants[i];
	copy->grants = grants;
	copy->n_grants = n;
	return access_where(c, copy, action, 1);
}

static enum rc bad(struct ctx *c, const char *name, const char *code, const char *message)
{
	return ctx_problem(c, RC_REJECTED, name, code, "%s", message);
}

static const char *allowed(struct ctx *c, const struct entity *e, unsigned asks, bool sort)
{
	struct buf b;
	enum class high, low;

	list_sight(c, e, READ, &high, &low);
	buf_init(&b, c->arena);
	buf_str(&b, sort ? "id、created、updated、due" : asks & ASK_PAGE ? "state、region、q、due、mine、sort、limit、cursor、total" : "state、region、q、due、mine");
	if (!sort && (asks & ASK_GROUP))
		buf_str(&b, "、by、sum");
	for (unsigned i = 0; i < e->n_fields; i++) {
		const struct field *f = &e->fields[i];

		if ((sort ? list_sortable(f) : list_filterable(f)) && f->cls <= (high < S2 ? S1 : S3))
			buf_printf(&b, "、%s", f->name);
	}
	return b.p;
}

/* -- order and page -- */
static enum rc sort_by(struct ctx *c, const struct entity *e, const char *value, struct ask *a)
{
	static const struct { const char *word, *column; int at; bool nullable; } base[] = {
		{ "id", "id", B_ID, false }, { "created", "id", B_ID, false },      /* ids grow with time: no second index */
		{ "updated", "updated", B_UPDATED, false }, { "due", "due", B_DUE, true },
	};
	const struct field *f;

	a->desc = *value == '-';
	value += a->desc;
	for (unsigned i = 0; i < COUNT(base); i++)
		if (!strcmp(value, base[i].word)) {
			a->sort = base[i].column;
			a->column = base[i].at;
			a->nullable = base[i].nullable;
			return RC_OK;
		}
	if (!(f = room_field(e, value)) || !list_sortable(f))
		return ctx_problem(c, RC_REJECTED, "sort", "sort_unknown", "不能按“%.40s”排序，可用：%s", value, allowed(c, e, ASK_PAGE, true));
	a->sort = f->name;
	a->column = sql_field_at(e, (unsigned)(f - e->fields));
	a->nullable = true;
	if (f->cls > a->need)
		a->need = f->cls;
	return RC_OK;
}

static enum rc page_word(struct ctx *c, const struct entity *e, const struct param *p, struct ask *a, bool *known)
{
	int64_t n;

	*known = true;
	if (!strcmp(p->name, "sort"))
		return sort_by(c, e, p->value, a);
	if (!strcmp(p->name, "limit")) {
		if (!text_int(p->value, &n) || n < 1 || n > 200)
			return bad(c, "limit", "limit_bad", "limit 应为 1 到 200 的整数");
		a->limit = (unsigned)n;
	} else if (!strcmp(p->name, "cursor"))
		a->cursor = *p->value ? p->value : NULL;
	else if (!strcmp(p->name, "total")) {
		if (strcmp(p->value, "1") && strcmp(p->value, "0"))
			return bad(c, "total", "total_bad", "total 只能是 1 或 0");
		a->total = *p->value == '1';
	} else
		*known = false;
	return RC_OK;
}

static enum rc group_word(struct ctx *c, const struct entity *e, const struct param *p, struct ask *a, bool *known)
{
	static const char *const base[] = { "state", "city", "county" };
	const struct field *f;
	char *list, *save = NULL;

	*known = true;
	if (!strcmp(p->name, "by")) {
		for (unsigned i = 0; i < COUNT(base); i++)
			if (!strcmp(p->value, base[i])) {
				a->by = p->value;
				return RC_OK;
			}
		f = room_field(e, p->value);
		if (!f || (f->type != T_CODE && f->type != T_BOOL) || f->cls > S2 || (f->flags & SEALED))
			return ctx_problem(c, RC_REJECTED, "by", "by_unknown", "不能按“%.40s”汇总：只能按 state、city、county 或选项类字段", p->value);
		a->by = f->name;
		a->need = f->cls > a->need ? f->cls : a->need;
	} else if (!strcmp(p->name, "sum")) {
		list = arena_strdup(c->arena, p->value);
		for (char *s = strtok_r(list, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
			f = room_field(e, s);
			if (!f || (f->type != T_INT && f->type != T_FEN && f->type != T_BP) || f->cls > S2 || (f->flags & SEALED))
				return ctx_problem(c, RC_REJECTED, "sum", "sum_unknown", "“%.40s”不能求和：只能是数量、金额类字段", s);
			if (a->n_sums == MAX_SUMS)
				return bad(c, "sum", "too_many_values", "一次最多对 16 个字段求和");
			a->sums[a->n_sums++] = f;
			a->need = f->cls > a->need ? f->cls : a->need;
		}
	} else
		*known = false;
	return RC_OK;
}

/* A field as filter: known, filterable, and of a class this caller sees in some record. */
static const struct field *may_filter(struct ctx *c, const struct entity *e, const char *name, unsigned action, enum class *level)
{
	const struct field *f = room_field(e, name);
	enum class high, low;

	if (!f || !list_filterable(f))
		return NULL;
	*level = f->cls == S3 ? S2 : f->cls;     /* an exact personal value may be asked for by whoever sees it masked */
	list_sight(c, e, action, &high, &low);
	return *level <= high ? f : NULL;
}

static enum rc one_filter(struct query *q, const struct param *p, unsigned action, unsigned asks, const char **token)
{
	enum class level;
	const struct field *f;

	if (!strcmp(p->name, "state"))
		return filter_state(q, p->value);
	if (!strcmp(p->name, "region"))
		return filter_region(q, p->value, token);
	if (!strcmp(p->name, "due"))
		return filter_due(q, p->value);
	if (!strcmp(p->name, "mine"))
		return filter_mine(q, p->value);
	if (!(f = may_filter(q->c, q->e, p->name, action, &level)))
		return ctx_problem(q->c, RC_REJECTED, p->name, "unknown_parameter", "不认识参数“%.40s”，可用：%s", p->name,
			allowed(q->c, q->e, asks, false));
	return filter_field(q, f, p->value);
}

/* Words and classes first: the condition of access depends on what the request relies on. */
static enum rc read_words(struct ctx *c, const struct entity *e, const struct param *params, unsigned n, unsigned asks, struct ask *a,
	bool *taken)
{
	enum rc rc = RC_OK, one;
	enum class level = S1;

	for (unsigned i = 0; i < n; i++) {
		bool known = false;

		one = RC_OK;
		for (unsigned j = 0; j < i; j++)
			if (!strcmp(params[i].name, params[j].name))
				one = ctx_problem(c, RC_REJECTED, params[i].name, "parameter_twice", "参数“%.40s”只能给一次，多个值用逗号隔开", params[i].name);
		if (!one && (asks & ASK_PAGE))
			one = page_word(c, e, &params[i], a, &known);
		if (!one && !known && (asks & ASK_GROUP))
			one = group_word(c, e, &params[i], a, &known);
		taken[i] = known || one || !*params[i].value;
		if (!taken[i] && may_filter(c, e, params[i].name, a->action, &level) && level > a->need)
			a->need = level;
		if (one)
			rc = one;
	}
	return rc;
}

/* A region token narrows the search index when the caller can only see one division anyway. */
static const char *own_token(struct ctx *c, const struct entity *e, unsigned action)
{
	unsigned digits = region_digits(c->who->region);
	int64_t prefix = c->who->region;

	if (c->as_system || c->who->role == SYSTEM || digits < 4)
		return NULL;
	for (unsigned i = 0; i < e->n_grants; i++)
		if ((e->grants[i].who & c->who->role) && (e->grants[i].may & action) && e->grants[i].rel != REGION)
			return NULL;
	for (unsigned i = digits; i < 12; i++)
		prefix /= 10;
	return arena_printf(c->arena, "r%lld", (long long)prefix);
}

enum rc list_where(struct ctx *c, const struct entity *e, const struct param *params, unsigned n, unsigned action, unsigned asks,
	struct ask *a, struct query *q)
{
	bool *taken = arena_alloc(c->arena, n + 1);
	const char *token = NULL, *words = NULL;
	enum class high, low;
	struct cond cond;
	enum rc rc, one;

	*a = (struct ask){ .sort = "id", .desc = true, .column = B_ID, .limit = 20, .action = action };
	rc = read_words(c, e, params, n, asks, a, taken);
	query_init(q, c, e);
	cond = visible(c, e, action, a->need);
	for (unsigned i = 0; i < cond.n; i++)
		query_bind(q, cond.args[i]);
	query_add(q, "(%s)", cond.sql);
	for (unsigned i = 0; i < n; i++) {
		if (taken[i])
			continue;
		if (!strcmp(params[i].name, "q"))
			words = params[i].value;
		else if ((one = one_filter(q, &params[i], action, asks, &token)))
			rc = one;
	}
	if (words && !rc) {
		list_sight(c, e, action, &high, &low);
		if (!token)
			token = own_token(c, e, action);
		rc = list_search(q, words, token, low > S2 ? S2 : low);
	}
	return rc;
}
