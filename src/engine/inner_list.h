/* inner_list.h -- shared by the list files only: a statement under construction and what a list request asks for. */
#pragma once
#include "engine/list.h"

/* SQL text with its bound values; the text never holds a value. match: the condition on the search index, kept apart from the rest because a
 * page in order of id asks the index first (words: its parameter's number); NULL when nothing is searched. */
struct query {
	struct ctx *c; const struct entity *e; struct buf sql; struct value *args; unsigned n, cap;
	const char *match; unsigned words;
};
const char *query_where(const struct query *);                  /* all of it, as one condition */
void     query_init(struct query *, struct ctx *, const struct entity *);
unsigned query_bind(struct query *, struct value);              /* number of the new parameter */
void     query_add(struct query *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reserved words a call understands beside the filters. */
enum { ASK_PAGE = 1 /* sort, limit, cursor, total */, ASK_GROUP = 2 /* by, sum */ };
enum { MAX_SUMS = 16 };
struct ask {
	const char *sort; bool desc;                            /* base column or field; "id" by default */
	int column;                                             /* of the sort key, in storage order */
	bool nullable;                                          /* rows without a key come last, in a second pass */
	unsigned limit; bool total; const char *cursor;
	const char *by;                                         /* NULL: one group of all */
	const struct field *sums[MAX_SUMS]; unsigned n_sums;
	/* parsed so far, turned into conditions by list_where */
	unsigned action; enum class need;                       /* highest class of a field the request relies on */
	bool impossible;                                        /* a filter nothing can match */
};
/* Reads all parameters, reports every fault, and leaves in `q` the condition (without WHERE) inside access_where. */
enum rc list_where(struct ctx *, const struct entity *, const struct param *, unsigned n, unsigned action, unsigned asks,
	struct ask *, struct query *);
/* Adds the condition of a division prefix on x. */
void list_region(struct query *, int64_t prefix, unsigned digits);
/* Class of field the caller may rely on in any of its read grants (highest), and in all of them (lowest). */
void list_sight(struct ctx *, const struct entity *, unsigned action, enum class *highest, enum class *lowest);
/* One filter each (list_filter.c). `token`: the region's word of the search index. */
enum rc filter_state(struct query *, const char *value);
enum rc filter_region(struct query *, const char *value, const char **token);
enum rc filter_due(struct query *, const char *value);
enum rc filter_mine(struct query *, const char *value);
enum rc filter_field(struct query *, const struct field *, const char *value);
/* The words of a search: condition added to q; fields of a class the caller does not see take no part. */
enum rc list_search(struct query *, const char *words, const char *region_token, enum class upto);
bool list_filterable(const struct field *);             /* what meta may offer as a filter */
bool list_sortable(const struct field *);
