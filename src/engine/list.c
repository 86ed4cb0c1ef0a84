/* list.c -- pages of records and whole result sets. Owns the order and the cursor; never shows a row outside access_where().
 * Pages go by key (no offset): order column and id of the last row; rows without the order column come in a second pass. */
#include "engine/inner_list.h"
#include "base/text.h"
#include "store/sql.h"
#include <string.h>

enum { STRETCH = 200 };                         /* rows read before memory is given back */

/* Where a page begins: pass 0 rows with a key, pass 1 rows without. */
struct place { bool given; unsigned pass; struct value key; int64_t id; };

static const char *cursor_text(struct ctx *c, const struct ask *a, unsigned pass, const struct value *cols)
{
	const struct value *k = &cols[a->column];
	struct buf b;

	buf_init(&b, c->arena);
	buf_printf(&b, "%s%s|%u|%lld|", a->desc ? "-" : "", a->sort, pass, (long long)cols[B_ID].i);
	if (k->type == V_INT)
		buf_printf(&b, "i%lld", (long long)k->i);
	else if (k->type == V_TEXT) {
		buf_add(&b, "t", 1);
		buf_add(&b, k->s, k->n);
	} else
		buf_add(&b, "n", 1);
	return text_base64url(c->arena, b.p, b.n);
}

/* A cursor is made by us but comes from outside: anything odd in it is a clean refusal. */
static bool cursor_read(struct ctx *c, const struct ask *a, struct place *p)
{
	size_t n;
	char *raw = text_unbase64url(c->arena, a->cursor, &n), *s, *part[4];
	int64_t pass;

	if (!raw || n > 4000)
		return false;
	s = arena_strndup(c->arena, raw, n);
	if (strlen(s) != n || !text_valid(s, n))
		return false;
	for (unsigned i = 0; i < 4; i++) {
		part[i] = s;
		if (i < 3) {
			if (!(s = strchr(s, '|')))
				return false;
			*s++ = 0;
		}
	}
	if (strcmp(part[0] + (*part[0] == '-'), a->sort) || (*part[0] == '-') != a->desc)
		return false;
	if (!text_int(part[1], &pass) || pass < 0 || pass > (a->nullable ? 1 : 0) || !text_int(part[2], &p->id))
		return false;
	p->given = true;
	p->pass = (unsigned)pass;
	p->key = VNULL;
	if (pass == 1)
		return *part[3] == 'n';
	if (*part[3] == 't')
		p->key = value_text(part[3] + 1);
	else if (*part[3] == 'i' && text_int(part[3] + 1, &p->key.i))
		p->key.type = V_INT;
	return p->key.type != V_NULL && (strcmp(a->sort, "id") != 0 || p->key.type == V_INT);
}

/* The type of a cursor's key must be the column's, or PostgreSQL would refuse the statement. */
static bool key_fits(const struct entity *e, const struct ask *a, const struct place *p)
{
	const struct field *f = room_field(e, a->sort);
	bool text = f && (f->type == T_TEXT || f->type == T_CODE || f->type == T_USCC || f->type == T_IDNO || f->type == T_PHONE);

	return !p->given || p->pass == 1 || p->key.type == (text ? V_TEXT : V_INT);
}

/* Up to the condition; *id is the column to page by. A search in order of id streams out of its index. */
static void page_head(struct query *q, struct buf *b, bool by_id, const char **id)
{
	struct arena *a = q->c->arena;

	*id = "x.id";
	if (by_id && q->match)
		buf_printf(b, "%s AND %s", sql_find_select(a, q->e, store_kind(q->c->store), q->words, id), q->sql.p);
	else
		buf_printf(b, "%s WHERE %s", sql_select(a, q->e), query_where(q));
}

static const char *page_sql(struct query *q, const struct ask *a, unsigned pass, const struct place *from, unsigned limit)
{
	const char *dir = a->desc ? " DESC" : "", *op = a->desc ? "<" : ">", *id;
	bool by_id = !strcmp(a->sort, "id");
	struct buf b;

	buf_init(&b, q->c->arena);
	page_head(q, &b, by_id, &id);
	if (a->nullable)
		buf_printf(&b, " AND x.%s IS%s NULL", a->sort, pass ? "" : " NOT");
	if (from->given && from->pass == pass) {
		if (by_id || pass == 1)
			buf_printf(&b, " AND %s %s ?%u", id, op, query_bind(q, VINT(from->id)));
		else {
			unsigned key = query_bind(q, from->key);

			buf_printf(&b, " AND (x.%s, x.id) %s (?%u, ?%u)", a->sort, op, key, query_bind(q, VINT(from->id)));
		}
	}
	if (by_id || pass == 1)
		buf_printf(&b, " ORDER BY %s%s LIMIT ?%u", id, dir, query_bind(q, VINT(limit)));
	else
		buf_printf(&b, " ORDER BY x.%s%s, x.id%s LIMIT ?%u", a->sort, dir, dir, query_bind(q, VINT(limit)));
	return b.p;
}

struct page { unsigned left; unsigned pass; const char *next; };

/* One pass: writes up to page->left rows; one row more than asked for tells that there is a next page. */
static enum rc one_pass(struct ctx *c, struct query *q, const struct ask *a, const struct place *from, struct page *page, struct jout *out)
{
	unsigned n_args = q->n;
	const char *sql = page_sql(q, a, page->pass, from, page->left + 1), *cursor = page->next;
	const struct value *cols;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, sql, q->args, q->n, &rows);

	q->n = n_args;
	if (rc)
		return rc;
	while (rows_next(rows, &cols)) {
		struct record *r;

		if (!page->left) {
			page->next = cursor;
			page->pass = 2;
			return rows_end(rows);
		}
		cursor = cursor_text(c, a, page->pass, cols);
		r = record_of_row(c, q->e, cols);
		record_json_row(c, r, out);
		page->left--;
	}
	page->next = NULL;
	if (!page->left)
		page->next = cursor;            /* full exactly here: the second pass decides whether anything follows */
	return rows_end(rows);
}

static enum rc items(struct ctx *c, struct query *q, const struct ask *a, const struct place *from, struct jout *out, const char **next)
{
	struct page page = { .left = a->limit, .pass = from->pass };
	enum rc rc;

	jout_key(out, "items");
	jout_open(out, '[');
	if ((rc = one_pass(c, q, a, from, &page, out)))
		return rc;
	if (page.pass == 0) {
		if (!a->nullable)
			page.next = NULL;
		else {
			page.pass = 1;
			if ((rc = one_pass(c, q, a, from, &page, out)))
				return rc;
			if (page.pass == 1)
				page.next = NULL;
		}
	} else if (page.pass == 1)
		page.next = NULL;
	jout_close(out, ']');
	*next = page.next;
	return RC_OK;
}

static enum rc count_all(struct ctx *c, const struct query *q, int64_t *n)
{
	const char *sql = arena_printf(c->arena, "SELECT count(*) FROM %s x WHERE %s", q->e->name, query_where(q));
	const struct value *cols;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, sql, q->args, q->n, &rows);

	if (rc)
		return rc;
	if (rows_next(rows, &cols))
		*n = cols[0].i;
	return rows_end(rows);
}

enum rc list_run(struct ctx *c, const struct entity *e, const struct param *params, unsigned n, struct jout *out)
{
	struct query q;
	struct ask a;
	struct place from = { 0 };
	const char *next = NULL;
	int64_t total = 0;
	enum rc rc = list_where(c, e, params, n, READ, ASK_PAGE, &a, &q);

	if (a.cursor && (!cursor_read(c, &a, &from) || !key_fits(e, &a, &from)))
		rc = ctx_problem(c, RC_REJECTED, "cursor", "cursor_bad", "翻页标记无效或与排序方式不符，请从第一页重新开始");
	if (rc)
		return rc;
	if (a.total && (rc = count_all(c, &q, &total)))
		return rc;
	jout_open(out, '{');
	if ((rc = items(c, &q, &a, &from, out, &next)))
		return rc;
	jout_kv(out, "next", next);
	if (a.total)
		jout_kvi(out, "total", total);
	jout_close(out, '}');
	return RC_OK;
}

enum rc list_each(struct ctx *c, const struct entity *e, const struct param *params, unsigned n, unsigned action,
	enum rc (*fn)(struct ctx *, struct record *, void *), void *arg)
{
	struct query q;
	struct ask a;
	const struct value *cols;
	struct rows *rows;
	struct titles *titles = c->titles;
	struct mark start;
	enum rc rc = list_where(c, e, params, n, action, 0, &a, &q), end;

	if (rc)
		return rc;
	rc = tx_query(c->tx, arena_printf(c->arena, "%s WHERE %s ORDER BY x.id", sql_select(c->arena, e), query_where(&q)), q.args, q.n, &rows);
	if (rc)
		return rc;
	c->titles = NULL;                       /* titles met on the way live as long as their stretch of rows */
	start = arena_mark(c->arena);
	for (unsigned i = 1; !rc && rows_next(rows, &cols); i++) {
		rc = fn(c, record_of_row(c, e, cols), arg);
		if (i % STRETCH == 0 && !c->n_problems) {
			c->titles = NULL;
			arena_rewind(c->arena, start);
		}
	}
	c->titles = titles;
	end = rows_end(rows);
	return rc ? rc : end;
}
