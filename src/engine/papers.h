/* papers.h -- what hangs on records and accounts without being a record: attached files, and jobs that read a file in. */
#pragma once
#include "engine/record.h"

struct paper { int64_t id, size, at, person; const char *field, *name, *mime; const void *body; };
/* Attaches a file to a record the caller may edit or act on. field: a file field of the room, or NULL. The bytes are stored sealed.
 * Refusals: RC_REJECTED for a kind of file we do not take. Audited. */
enum rc paper_add(struct ctx *, const struct entity *, int64_t record, const char *field, const char *name, const char *mime,
	const void *body, size_t n, int64_t *id);
/* {"items":[{id,field,name,mime,size,at}]} of a record the caller may read; those of fields he may not see are left out. */
enum rc paper_list(struct ctx *, const struct entity *, int64_t record, struct jout *);
/* One of them with its bytes. Opening is audited, so this needs a write transaction. */
enum rc paper_open(struct ctx *, const struct entity *, int64_t record, int64_t id, struct paper *);

struct import_job { int64_t id, account, at, done; const char *room, *file, *state, *report, *errors; };
enum rc import_job_add(struct ctx *, const struct entity *, const char *file, int64_t *id);    /* state "running" */
enum rc import_job_end(struct ctx *, int64_t id, const char *state, int64_t rows, const char *report, const char *errors);
/* For whoever started it and for staff whose region holds his; others: RC_MISSING. */
enum rc import_job_get(struct ctx *, int64_t id, struct import_job *);
/* After a start of the only server: jobs still "running" were broken off; nothing of them was written. */
enum rc import_job_sweep(struct ctx *, const char *report);

/* {"items":[{code,name,level,kind}]}: the divisions right below one, by its significant digits ("", "21", "2101", …). */
enum rc places_below(struct ctx *, const char *prefix, struct jout *);
