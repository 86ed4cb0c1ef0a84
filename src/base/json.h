/* json.h -- strict reading into an arena tree (over jansson), and writing straight into a buf. */
#pragma once
#include "base/arena.h"
#include <stdbool.h>

enum jtype { J_NULL, J_FALSE, J_TRUE, J_INT, J_REAL, J_STRING, J_ARRAY, J_OBJECT };
struct jval {
	enum jtype type;
	int64_t i; double d; const char *s; size_t n;    /* n: bytes of a string, elements of an array or object */
	const char *const *keys;                         /* J_OBJECT */
	const struct jval *items;                        /* J_ARRAY, J_OBJECT */
};
/* NULL and one clear Chinese sentence in *why when refused: not UTF-8, NUL, duplicate key, deeper than max_depth (checked
 * before parsing, constant memory), a number outside 64 bits or double, over 100,000 values, trailing bytes. */
const struct jval *json_read(struct arena *, const char *text, size_t n, unsigned max_depth, const char **why);
const struct jval *json_get(const struct jval *object, const char *key);   /* NULL when absent or not an object */
const char *json_text(const struct jval *object, const char *key);         /* NULL unless a string */

/* Writer: the caller nests; commas are added by the writer. */
struct jout { struct buf *b; unsigned depth; uint64_t comma; bool after_key; };
void jout_init(struct jout *, struct buf *);
void jout_open(struct jout *, char bracket);             /* '{' or '[' */
void jout_close(struct jout *, char bracket);
void jout_key(struct jout *, const char *);
void jout_str(struct jout *, const char *);              /* NULL writes null; escapes < > & U+2028/9 too */
void jout_strn(struct jout *, const char *, size_t n);
void jout_int(struct jout *, int64_t);
void jout_id(struct jout *, int64_t);                    /* as a string */
void jout_bool(struct jout *, bool);
void jout_null(struct jout *);
void jout_raw(struct jout *, const char *json);
void jout_kv(struct jout *, const char *key, const char *text);
void jout_kvi(struct jout *, const char *key, int64_t);
void jout_kvb(struct jout *, const char *key, bool);
