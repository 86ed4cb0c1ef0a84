/* list.h -- lists: filters, search, order, pages by cursor; totals. Always inside access_where(). */
#pragma once
#include "engine/access.h"

/* One query parameter as it came. */
struct param { const char *name, *value; };
struct list {                                       /* parsed and checked */
	const struct entity *e; const struct param *params; unsigned n_params;
	unsigned limit; bool total; const char *cursor;
};
/* Parameters: state (a,b,c), region (2/4/6/9/12 digits), q, sort (field or -field: created, updated, due, id, any LIST field), limit
 * (1..200, default 20), cursor, total=1, due (overdue|today|week), mine=1, any field name (exact; comma = any of; from..to for numbers and dates).
 * Unknown = a problem. Writes {"items":[…],"next":…,"total":n?}. */
enum rc list_run(struct ctx *, const struct entity *, const struct param *, unsigned n, struct jout *);
/* Every record of the filter, oldest first, in constant memory (export, verify). */
enum rc list_each(struct ctx *, const struct entity *, const struct param *, unsigned n, unsigned action,
	enum rc (*fn)(struct ctx *, struct record *, void *arg), void *arg);
/* {"count":n,"groups":[{"key":…,"label":…,"count":n,"sum":{field:…}}]} by=<code field|state>, sum=<numeric field,…>, plus filters. */
enum rc list_totals(struct ctx *, const struct entity *, const struct param *, unsigned n, struct jout *);
/* The counters, within a region, of the rooms the caller may count: {"region":…,"totals":{name:{"n":…}|{"by":{code:…}}}}. Counted from the records. */
enum rc list_counters(struct ctx *, int64_t region_prefix, unsigned digits, struct jout *);
