/* arena.h -- memory that lives as long as a request. Out of memory or over the cap aborts (bodies are capped first). */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct mark { void *block; size_t used; };
struct arena *arena_new(size_t cap);                     /* cap in bytes, 0: 256 MiB; free with arena_free */
void   arena_free(struct arena *);                       /* NULL is fine */
void   arena_reset(struct arena *);                      /* forgets everything, keeps the first block */
void  *arena_alloc(struct arena *, size_t);              /* zeroed, 16-byte aligned, never NULL */
char  *arena_strdup(struct arena *, const char *);       /* NULL gives NULL */
char  *arena_strndup(struct arena *, const char *, size_t n);
char  *arena_printf(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));
char  *arena_vprintf(struct arena *, const char *format, va_list) __attribute__((format(printf, 2, 0)));
struct mark arena_mark(struct arena *);
void   arena_rewind(struct arena *, struct mark);        /* frees all since the mark */
size_t arena_used(const struct arena *);

/* A growing text in an arena. Always NUL-terminated after any call. */
struct buf { struct arena *arena; char *p; size_t n, cap; };
void buf_init(struct buf *, struct arena *);
void buf_add(struct buf *, const char *, size_t n);
void buf_str(struct buf *, const char *);
void buf_printf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_int(struct buf *, int64_t);
