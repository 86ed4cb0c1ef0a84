/* papers.c -- attached files: kinds we take, sealed bytes, audited opening. Owns the table attachment. Never guesses a kind from a name alone. */
#include "engine/papers.h"
#include "engine/access.h"
#include "engine/audit.h"
#include "engine/more.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "base/text.h"
#include <string.h>

/* Each kind with the bytes its files begin with. */
static const struct kind { const char *mime, *begin; size_t n; } kinds[] = {
	{ "application/pdf", "%PDF-", 5 }, { "image/png", "\x89PNG", 4 }, { "image/jpeg", "\xff\xd8\xff", 3 }, { "text/plain", "", 0 }, { "text/csv", "", 0 },
	{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04", 4 },
	{ "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK\x03\x04", 4 },
	{ "application/msword", "\xd0\xcf\x11\xe0", 4 }, { "application/vnd.ms-excel", "\xd0\xcf\x11\xe0", 4 }, { "application/zip", "PK\x03\x04", 4 },
};
enum { NAME_MAX_CHARS = 120 };

static const char *kind_of(struct arena *a, const char *mime, const char *body, size_t n)
{
	mime = mime ? arena_strndup(a, mime, strcspn(mime, "; ")) : "";
	for (unsigned i = 0; i < COUNT(kinds); i++)
		if (!strcasecmp(mime, kinds[i].mime) && n >= kinds[i].n && !memcmp(body, kinds[i].begin, kinds[i].n))
			return kinds[i].begin[0] || text_valid(body, n) ? kinds[i].mime : NULL;
	return NULL;
}

/* The last part of a path, cleaned. */
static const char *plain_name(struct ctx *c, const char *name)
{
	unsigned found = 0;
	const char *slash = name ? strrchr(name, '/') : NULL, *back = name ? strrchr(name, '\\') : NULL;
	if (slash)
		name = slash + 1;
	if (back && back >= name)
		name = back + 1;
	char *s = name ? text_clean(c->arena, name, strlen(name), false, &found) : NULL;
	if (!s || !*s || text_chars(s) > NAME_MAX_CHARS || (found & (TEXT_CONTROL | TEXT_BIDI | TEXT_INVALID | TEXT_NUL))) {
		ctx_problem(c, RC_REJECTED, "name", "file_name", "文件名不对：请用不超过 %d 个字、不含控制字符的名字", NAME_MAX_CHARS);
		return NULL;
	}
	return s;
}

static enum rc owner(struct ctx *c, const struct entity *e, int64_t id, struct record **r)
{
	enum rc rc = record_load(c, e, id, false, r);
	if (!rc && !*r)
		rc = RC_MISSING;
	return rc ? rc : access_may(c, *r, READ);
}

static enum rc may_attach(struct ctx *c, const struct record *r)
{
	unsigned was = c->n_problems;
	enum rc rc = access_may(c, r, EDIT);
	if (rc != RC_DENIED)
		return rc;
	rc = access_may(c, r, DO);
	if (!rc)
		c->n_problems = was;
	return rc;
}

static const char *context(struct ctx *c, int64_t id)
{
	return arena_printf(c->arena, "attachment.%lld", (long long)id);
}

static enum rc store_paper(struct ctx *c, const struct record *r, int64_t id, const char *field, const char *name, const char *mime, const void *body, size_t n)
{
	uint8_t digest[SM3_LEN], *sealed = arena_alloc(c->arena, n + SEAL_EXTRA);
	crypt_sm3(body, n, digest);
	crypt_seal(keys_field(S3), context(c, id), body, n, sealed);
	const struct value v[] = { VINT(r->city), VINT(id), value_text(r->e->name), VINT(r->id), value_text(field), value_text(name), value_text(mime),
		VINT((int64_t)n), value_blob(digest, sizeof digest), value_blob(sealed, n + SEAL_EXTRA), VINT(c->now), VINT(c->who->person) };
	return tx_exec(c->tx, "INSERT INTO attachment (city, id, room, record, field, name, mime, size, digest, body, at, person) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)", v, COUNT(v), NULL);
}

enum rc paper_add(struct ctx *c, const struct entity *e, int64_t record, const char *field, const char *name, const char *mime,
	const void *body, size_t n, int64_t *id)
{
	struct record *r = NULL;
	enum rc rc = owner(c, e, record, &r);
	if (rc || (rc = may_attach(c, r)))
		return rc;
	const struct field *f = field ? room_field(e, field) : NULL;
	if (field && (!f || f->type != T_FILE || access_sees(c, r, f) != SHOWN))
		return ctx_problem(c, RC_REJECTED, "field", "unknown_field", "“%s”不是可以放文件的栏目", field);
	const char *kind = n ? kind_of(c->arena, mime, body, n) : NULL;
	if (!kind)
		return ctx_problem(c, RC_REJECTED, "body", "file_kind", "%s", n ? "只收 PDF、PNG、JPEG、Word、Excel、ZIP、文本文件，且内容要与类型相符" : "文件是空的，请重新选择");
	if (!(name = plain_name(c, name)))
		return RC_REJECTED;
	*id = id_new(c->store, r->city);
	if ((rc = store_paper(c, r, *id, field, name, kind, body, n)))
		return rc;
	return audit_add(c, r->city, "attach", e->name, r->id, "ok", arena_printf(c->arena, "{\"file\":\"%lld\",\"size\":%zu}", (long long)*id, n));
}

static bool visible(struct ctx *c, const struct record *r, const char *field)
{
	const struct field *f = field && *field ? room_field(r->e, field) : NULL;
	return !f || access_sees(c, r, f) == SHOWN;
}

enum rc paper_list(struct ctx *c, const struct entity *e, int64_t record, struct jout *j)
{
	struct record *r = NULL;
	struct rows *rows;
	const struct value *v, args[] = { VINT(ID_CITY(record)), VINT(record), value_text(e->name) };
	enum rc rc = owner(c, e, record, &r);
	if (rc || (rc = tx_query(c->tx, "SELECT id, field, name, mime, size, at FROM attachment WHERE city = ?1 AND record = ?2 AND room = ?3 ORDER BY id",
		args, COUNT(args), &rows)))
		return rc;
	jout_open(j, '{');
	jout_key(j, "items");
	jout_open(j, '[');
	while (rows_next(rows, &v)) {
		if (!visible(c, r, v[1].s))
			continue;
		jout_open(j, '{');
		jout_key(j, "id");
		jout_id(j, v[0].i);
		jout_kv(j, "field", v[1].type == V_TEXT ? v[1].s : NULL);
		jout_kv(j, "name", v[2].s);
		jout_kv(j, "mime", v[3].s);
		jout_kvi(j, "size", v[4].i);
		jout_kv(j, "at", time_text(c->arena, v[5].i));
		jout_close(j, '}');
	}
	jout_close(j, ']');
	jout_close(j, '}');
	return rows_end(rows);
}

static enum rc fetch(struct ctx *c, const struct record *r, int64_t id, struct paper *p, const char **sealed, size_t *n)
{
	struct rows *rows;
	const struct value *v, args[] = { VINT(r->city), VINT(id), VINT(r->id), value_text(r->e->name) };
	enum rc rc = tx_query(c->tx, "SELECT field, name, mime, size, at, body FROM attachment WHERE city = ?1 AND id = ?2 AND record = ?3 AND room = ?4",
		args, COUNT(args), &rows);
	if (rc)
		return rc;
	bool found = rows_next(rows, &v);
	if (found) {
		*p = (struct paper){ .id = id, .size = v[3].i, .at = v[4].i, .field = v[0].type == V_TEXT ? arena_strdup(c->arena, v[0].s) : NULL,
			.name = arena_strdup(c->arena, v[1].s), .mime = arena_strdup(c->arena, v[2].s) };
		char *copy = arena_alloc(c->arena, v[5].n + 1);
		memcpy(copy, v[5].s, v[5].n);
		*sealed = copy;
		*n = v[5].n;
	}
	rc = rows_end(rows);
	return rc ? rc : found && visible(c, r, p->field) ? RC_OK : RC_MISSING;
}

enum rc paper_open(struct ctx *c, const struct entity *e, int64_t record, int64_t id, struct paper *p)
{
	struct record *r = NULL;
	const char *sealed = NULL;
	size_t n = 0;
	enum rc rc = owner(c, e, record, &r);
	if (rc || (rc = fetch(c, r, id, p, &sealed, &n)))
		return rc;
	char *plain = arena_alloc(c->arena, n);
	if (n < SEAL_EXTRA || !crypt_open(keys_field(S3), context(c, id), (const uint8_t *)sealed, n, plain))
		return ctx_problem(c, RC_STORE, NULL, "broken_file", "文件已损坏或被改动，无法打开");
	p->body = plain;
	p->size = (int64_t)(n - SEAL_EXTRA);
	return audit_add(c, r->city, "open_file", e->name, r->id, "ok", arena_printf(c->arena, "{\"file\":\"%lld\"}", (long long)id));
}
