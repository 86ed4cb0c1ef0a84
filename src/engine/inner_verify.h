/* inner_verify.h -- between verify.c and verify_claims.c. */
#pragma once
#include "engine/ctx.h"

struct oracle { struct ctx *c; bool (*say)(void *, const char *); void *arg; int64_t faults; bool stopped; };
/* One fault; false when nobody wants to hear more. */
bool verify_say(struct oracle *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A fault for each row of the statement; its first column is the record's id. */
enum rc verify_each(struct oracle *, const struct entity *, const char *what, const char *sql, const struct value *args, unsigned n);
/* What is unique in the whole country stands in the claim table, and nothing else does. */
enum rc verify_claims(struct oracle *, const struct entity *);
