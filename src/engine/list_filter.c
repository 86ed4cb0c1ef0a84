/* list_filter.c -- one filter of a list each: its value checked, its condition and bound values added to the query. Refuses values
 * it cannot read; never formats a value into SQL. */
#include "engine/inner_list.h"
#include "engine/more.h"
#include "engine/types.h"
#include "base/clock.h"
#include "base/text.h"
#include <string.h>

enum { MAX_CHOICES = 50 };

static enum rc bad(struct ctx *c, const char *name, const char *code, const char *message)
{
	return ctx_problem(c, RC_REJECTED, name, code, "%s", message);
}

void query_init(struct query *q, struct ctx *c, const struct entity *e)
{
	*q = (struct query){ .c = c, .e = e };
	buf_init(&q->sql, c->arena);
}
unsigned query_bind(struct query *q, struct value v)
{
	if (q->n == q->cap) {
		struct value *more = arena_alloc(q->c->arena, (q->cap * 2 + 16) * sizeof *more);

		if (q->n)
			memcpy(more, q->args, q->n * sizeof *more);
		q->args = more;
		q->cap = q->cap * 2 + 16;
	}
	q->args[q->n] = v;
	return ++q->n;
}
void query_add(struct query *q, const char *format, ...)
{
	va_list ap;
	char *s;

	va_start(ap, format);
	s = arena_vprintf(q->c->arena, format, ap);
	va_end(ap);
	buf_str(&q->sql, s);
}

const char *query_where(const struct query *q)
{
	return q->match ? arena_printf(q->c->arena, "%s AND %s", q->sql.p, q->match) : q->sql.p;
}

enum rc filter_state(struct query *q, const char *value)
{
	const struct entity *e = q->e;
	char *list = arena_strdup(q->c->arena, value), *save = NULL;
	unsigned n = 0;

	query_add(q, " AND x.state IN (");
	for (char *s = strtok_r(list, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
		if (e->n_states ? room_state(e, s) < 0 : strcmp(s, "active") != 0)
			return ctx_problem(q->c, RC_REJECTED, "state", "state_unknown", "没有“%.40s”这个状态，请从本类记录的状态代码中选择", s);
		if (++n > MAX_CHOICES)
			return bad(q->c, "state", "too_many_values", "一次最多选择 50 个状态");
		query_add(q, n > 1 ? ", ?%u" : "?%u", query_bind(q, value_text(s)));
	}
	if (!n)
		return bad(q->c, "state", "state_unknown", "请给出至少一个状态代码");
	query_add(q, ")");
	return RC_OK;
}

void list_region(struct query *q, int64_t prefix, unsigned digits)
{
	int64_t lo, hi;

	region_range(prefix, digits, &lo, &hi);
	if (digits <= 2) {
		query_add(q, " AND x.region BETWEEN ?%u", query_bind(q, VINT(lo)));
		query_add(q, " AND ?%u", query_bind(q, VINT(hi)));
		return;
	}
	query_add(q, " AND x.city = ?%u", query_bind(q, VINT(lo / 100000000)));
	if (digits >= 6)
		query_add(q, " AND x.county = ?%u", query_bind(q, VINT(lo / 1000000)));
	if (digits == 9) {
		query_add(q, " AND x.region BETWEEN ?%u", query_bind(q, VINT(lo)));
		query_add(q, " AND ?%u", query_bind(q, VINT(hi)));
	} else if (digits == 12)
		query_add(q, " AND x.region = ?%u", query_bind(q, VINT(lo)));
}

static bool division_prefix(const char *s, int64_t *prefix, unsigned *digits)
{
	size_t n = strlen(s);

	if ((n != 2 && n != 4 && n != 6 && n != 9 && n != 12) || strspn(s, "0123456789") != n || !text_int(s, prefix))
		return false;
	*digits = (unsigned)n;
	if (n == 12) {                      /* a whole code of a county means all of that county */
		int64_t scale = 1;

		*digits = region_digits(*prefix);
		for (unsigned i = *digits; i < 12; i++)
			scale *= 10;
		*prefix /= scale;
	}
	return true;
}

enum rc filter_region(struct query *q, const char *value, const char **token)
{
	int64_t prefix;
	unsigned digits;

	if (!division_prefix(value, &prefix, &digits))
		return bad(q->c, "region", "region_bad", "区划代码应为 2、4、6、9 或 12 位数字，例如 210102");
	list_region(q, prefix, digits);
	*token = arena_printf(q->c->arena, "r%0*lld", (int)digits, (long long)prefix);
	return RC_OK;
}

enum rc filter_due(struct query *q, const char *value)
{
	int64_t today = clock_day(q->c->now);

	if (!strcmp(value, "overdue"))
		query_add(q, " AND x.due < ?%u", query_bind(q, VINT(today)));
	else if (!strcmp(value, "today"))
		query_add(q, " AND x.due = ?%u", query_bind(q, VINT(today)));
	else if (!strcmp(value, "week")) {
		query_add(q, " AND x.due BETWEEN ?%u", query_bind(q, VINT(today)));
		query_add(q, " AND ?%u", query_bind(q, VINT(today + 6)));
	} else
		return bad(q->c, "due", "due_bad", "due 只能是 overdue（已超期）、today（今天到期）或 week（七天内到期）");
	return RC_OK;
}

enum rc filter_mine(struct query *q, const char *value)
{
	unsigned me;

	if (strcmp(value, "1") && strcmp(value, "0"))
		return bad(q->c, "mine", "mine_bad", "mine 只能是 1 或 0");
	if (*value == '0')
		return RC_OK;
	if (!q->c->who->person) {
		query_add(q, " AND 1=0");
		return RC_OK;
	}
	me = query_bind(q, VINT(q->c->who->person));
	query_add(q, " AND (x.created_by = ?%u OR EXISTS (SELECT 1 FROM assignment m WHERE m.city = x.city AND m.record = x.id"
		" AND m.person = ?%u AND m.ended IS NULL))", me, me);
	return RC_OK;
}

/* One value of a field as the store holds it; personal ones as their keyed hash. */
static enum rc value_of(struct query *q, const struct field *f, const char *s, struct value *v)
{
	bool cleaned = false;
	int64_t id;
	uint8_t *hash;
	enum rc rc;

	if (f->type == T_REF) {             /* an id: whether it exists is none of a filter's business */
		if (!text_int(s, &id))
			return ctx_problem(q->c, RC_REJECTED, f->name, "filter_bad", "按“%s”筛选时请给出记录的编号（数字）", f->label);
		*v = VINT(id);
		return RC_OK;
	}
	if (f->type == T_INT || f->type == T_FEN || f->type == T_BP) {      /* as the answers have them: whole numbers, fen, basis points */
		if (!text_int(s, &id))
			return ctx_problem(q->c, RC_REJECTED, f->name, "filter_bad", "按“%s”筛选时请给出整数%s", f->label, f->type == T_FEN ? "（单位：分）" : "");
		*v = VINT(id);
		return RC_OK;
	}
	*v = VNULL;
	if ((rc = types[f->type].parse(q->c, f, s, strlen(s), v, &cleaned)))
		return rc;
	if (v->type == V_NULL)
		return ctx_problem(q->c, RC_REJECTED, f->name, "filter_bad", "“%s”的筛选值不能为空", f->label);
	if (f->cls == S3) {
		hash = arena_alloc(q->c->arena, 32);
		keys_hash(f->type == T_PHONE ? "phone" : f->type == T_IDNO ? "idno" : f->name, v->s ? v->s : "", hash);
		*v = value_blob(hash, 32);
	}
	return RC_OK;
}

static enum rc by_range(struct query *q, const struct field *f, const char *value, const char *dots)
{
	char *from = arena_strndup(q->c->arena, value, (size_t)(dots - value));
	const char *to = dots + 2;
	struct value v;
	enum rc rc;

	if (*from) {
		if ((rc = value_of(q, f, from, &v)))
			return rc;
		query_add(q, " AND x.%s >= ?%u", f->name, query_bind(q, v));
	}
	if (*to) {
		if ((rc = value_of(q, f, to, &v)))
			return rc;
		query_add(q, " AND x.%s <= ?%u", f->name, query_bind(q, v));
	}
	return RC_OK;
}

enum rc filter_field(struct query *q, const struct field *f, const char *value)
{
	const char *dots = types[f->type].number && f->cls < S3 && f->type != T_REF ? strstr(value, "..") : NULL;
	char *list, *save = NULL;
	unsigned n = 0;
	struct value v;
	int64_t prefix;
	unsigned digits;
	enum rc rc;

	if (dots)
		return by_range(q, f, value, dots);
	if (f->type == T_DIVISION && strlen(value) < 12 && division_prefix(value, &prefix, &digits)) {
		int64_t lo, hi;

		region_range(prefix, digits, &lo, &hi);
		query_add(q, " AND x.%s BETWEEN ?%u", f->name, query_bind(q, VINT(lo)));
		query_add(q, " AND ?%u", query_bind(q, VINT(hi)));
		return RC_OK;
	}
	query_add(q, " AND x.%s%s IN (", f->name, f->cls == S3 ? "_hash" : "");
	list = arena_strdup(q->c->arena, value);
	for (char *s = strtok_r(list, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
		if (++n > MAX_CHOICES)
			return ctx_problem(q->c, RC_REJECTED, f->name, "too_many_values", "“%s”一次最多选择 %d 个值", f->label, MAX_CHOICES);
		if ((rc = value_of(q, f, s, &v)))
			return rc;
		query_add(q, n > 1 ? ", ?%u" : "?%u", query_bind(q, v));
	}
	if (!n)
		return ctx_problem(q->c, RC_REJECTED, f->name, "filter_bad", "“%s”的筛选值不能为空", f->label);
	query_add(q, ")");
	return RC_OK;
}
