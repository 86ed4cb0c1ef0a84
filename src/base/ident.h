/* ident.h -- identifiers with check digits: GB 11643 id numbers, GB 32100 credit codes, phones, own numbers. Pure functions. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each returns NULL when good, else the kind of fault as one word of the import list (id_checksum, id_15_digits,
 * id_bad_birth_date, id_scientific_notation, id_unknown_province, id_length, id_character; uscc_checksum, uscc_forbidden_letter,
 * uscc_17_characters, uscc_length; phone_bad). `out` receives the normalised form (blanks, leading apostrophe, full width,
 * lower case, phone separators). `today`: day number; births after it or before 1900 are refused. */
const char *ident_idno(const char *in, int64_t today, char out[19]);
const char *ident_uscc(const char *in, char out[19]);
const char *ident_phone(const char *in, char out[24]);
bool    ident_uscc_inner(const char *uscc);              /* GB 11714 inner check of positions 9-17; warn only */
bool    ident_idno_from15(const char *in, char out[19]); /* 15 digits to 18, with check digit */
int64_t ident_birth(const char *idno);                   /* day number of a good id number */
int     ident_sex(const char *idno);                     /* 1 male, 2 female */
int     ident_age(int64_t birth, int64_t day);           /* years lived; on the birthday itself still the younger age */
char    ident_check31(const char *body);                 /* check character of own numbers (MOD 31 as GB 32100) */
