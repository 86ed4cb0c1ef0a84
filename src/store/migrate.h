/* migrate.h -- brings a database to the shape of this program's rooms. Adds tables, columns, indexes; numbered files move data.
 * One transaction per step, so a start killed in the middle is finished by the next. Refuses a newer database. */
#pragma once
#include "store/store.h"

extern const int schema_version;                          /* number of the newest migration this program knows */
enum rc migrate_run(struct store *, const struct entity *const *rooms, unsigned n, const char **why);
bool    migrate_needed(struct store *, const struct entity *const *rooms, unsigned n);
bool    migrate_newer(struct store *);                     /* made by a newer program */
enum rc migrate_lease_writer(struct store *, const char **why);   /* takes a writer number 0..15 for this process, renewed by writes */
