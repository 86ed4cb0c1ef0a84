/* inner_types.h -- between types.c, types_number.c, types_day.c and types_text.c: one parser per kind of value. */
#pragma once
#include "engine/types.h"

typedef enum rc parser(struct ctx *, const struct field *, const char *s, size_t n, struct value *, bool *cleaned);
parser parse_text, parse_code, parse_uscc, parse_idno, parse_phone, parse_bool, parse_json;
parser parse_int, parse_fen, parse_bp, parse_id, parse_division;
parser parse_date, parse_time, parse_clock;

/* The cell without outer blanks and invisible characters, half-width when `ascii`; NULL after reporting bytes that no field
 * may hold (not UTF-8, NUL, control, bidi). *cleaned is set when it differs from what came. "" for an empty cell. */
const char *type_wash(struct ctx *, const struct field *, const char *s, size_t n, bool ascii, bool *cleaned);
/* Reports a fault of this field: the label and what stood there (shortened, never of a personal field), then how to mend it. */
enum rc type_fault(struct ctx *, const struct field *, const char *code, const char *was, const char *mend);
const char *type_cut(struct ctx *, const char *, unsigned chars);   /* the first characters, with … when there are more */
const char *type_label(const struct ctx *, const struct field *);
/* .min and .max of numbers; both zero means no bounds. */
enum rc type_range(struct ctx *, const struct field *, int64_t);
