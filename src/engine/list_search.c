/* list_search.c -- the words of a search: tokens of two characters through the index, then the text itself, so that the answer is right and
 * not only likely. Fields of a class the caller does not see take no part. */
#include "engine/inner_list.h"
#include "base/text.h"
#include "store/sql.h"
#include <string.h>

enum { MAX_TERMS = 8, MAX_WORDS = 100 };

static const char *like_pattern(struct arena *a, const char *term)
{
	struct buf b;

	buf_init(&b, a);
	buf_add(&b, "%", 1);
	for (const char *s = term; *s; s++) {
		char ch = *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s;

		if (ch == '%' || ch == '_' || ch == '\\')
			buf_add(&b, "\\", 1);
		buf_add(&b, &ch, 1);
	}
	buf_add(&b, "%", 1);
	return b.p;
}

/* Tokens of two characters and more: a single character is in the index only where it stands alone. */
static void add_tokens(struct buf *tokens, struct arena *a, const char *term)
{
	char *list = text_bigrams(a, term), *save = NULL;

	for (char *t = strtok_r(list, " ", &save); t; t = strtok_r(NULL, " ", &save))
		if (text_chars(t) > 1)
			buf_printf(tokens, "%s%s", tokens->n ? " " : "", t);
}

static unsigned add_likes(struct query *q, const char *term, enum class upto)
{
	unsigned at = query_bind(q, value_text(like_pattern(q->c->arena, term))), n = 0;

	for (unsigned i = 0; i < q->e->n_fields; i++) {
		const struct field *f = &q->e->fields[i];

		if (!(f->flags & SEARCH) || f->cls > upto || (f->flags & SEALED))
			continue;
		query_add(q, "%s lower(x.%s) LIKE ?%u ESCAPE '\\'", n++ ? " OR" : " AND (", f->name, at);
	}
	query_add(q, n ? ")" : " AND 1=0");
	return n;
}

enum rc list_search(struct query *q, const char *words, const char *region_token, enum class upto)
{
	struct arena *a = q->c->arena;
	struct value arg = VNULL;
	struct buf tokens;
	char *clean, *save = NULL;
	unsigned found, n = 0;

	if (!room_flagged(q->e, SEARCH))
		return ctx_problem(q->c, RC_REJECTED, "q", "no_search", "%s", "这类记录没有可搜索的字段，请改用筛选条件");
	if (!text_valid(words, strlen(words)) || text_chars(words) > MAX_WORDS)
		return ctx_problem(q->c, RC_REJECTED, "q", "q_bad", "%s", "搜索词应为不超过 100 个字的文字");
	clean = text_clean(a, words, strlen(words), true, &found);
	buf_init(&tokens, a);
	for (char *t = strtok_r(clean, " \t\n", &save); t; t = strtok_r(NULL, " \t\n", &save)) {
		if (++n > MAX_TERMS)
			return ctx_problem(q->c, RC_REJECTED, "q", "q_bad", "%s", "一次最多搜索 8 个词");
		add_tokens(&tokens, a, t);
		add_likes(q, t, upto);
	}
	if (!tokens.n)
		return RC_OK;                   /* a single character: compared with the text itself */
	if (region_token)
		buf_printf(&tokens, " %s", region_token);
	q->match = sql_find_match(a, q->e, store_kind(q->c->store), q->n + 1, tokens.p, &arg);
	q->words = query_bind(q, arg);
	return RC_OK;
}
