/* audit.h -- append-only, hash-chained account of every write, reveal, export and refused try. No audit, no action. */
#pragma once
#include "engine/ctx.h"

/* One entry in the current transaction, in the city of its effect. detail: JSON text without personal values, or NULL. */
enum rc audit_add(struct ctx *, int city, const char *action, const char *room, int64_t record, const char *outcome, const char *detail);
/* A refused try, in a transaction of its own (the request's was undone). */
enum rc audit_refused(struct ctx *, int city, const char *action, const char *room, int64_t record, enum rc why);
/* Recomputes every chain; says each fault ("chain 3 city 2101: entry 17 was changed"); false when any. heads: JSON kept elsewhere or NULL. */
bool audit_verify(struct ctx *, const char *heads, bool (*say)(void *, const char *), void *arg);
enum rc audit_heads(struct ctx *, struct jout *);                              /* newest entry of each chain */
enum rc audit_list(struct ctx *, int64_t record /* 0: all */, int64_t before_id, unsigned limit, struct jout *);
