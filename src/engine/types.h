/* types.h -- everything a field type knows about itself: one row per enum type. */
#pragma once
#include "engine/record.h"

struct field_type {
	const char *name;                                   /* "date": the word in meta and OpenAPI */
	const char *openapi;                                /* JSON schema of a value, without braces */
	bool number;                                        /* stored as integer */
	/* text or JSON text form to value; reports into problems; *cleaned set when the text had to be changed */
	enum rc (*parse)(struct ctx *, const struct field *, const char *s, size_t n, struct value *, bool *cleaned);
	void (*json)(struct ctx *, const struct field *, const struct value *, struct jout *);
	const char *(*text)(struct ctx *, const struct field *, const struct value *);      /* for people: labels, yuan, dates */
};
extern const struct field_type types[T_COUNT];
