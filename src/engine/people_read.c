/* people_read.c -- the two lists people read: notices for their role and place, and (in a demonstration only) the texts to phones. */
#include "base/crypt.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/access.h"
#include "engine/account.h"
#include "engine/audit.h"
#include "engine/inner_query.h"
#include "engine/more.h"
#include <stdio.h>

/* Opens what people.c sealed; NULL when it cannot. */
static const char *open_sealed(struct ctx *c, const char *what, int64_t id, const void *sealed, size_t n)
{
	char context[48], *plain;

	if (!sealed || n < SEAL_EXTRA)
		return NULL;
	plain = arena_alloc(c->arena, n - SEAL_EXTRA + 1);
	snprintf(context, sizeof(context), "outbox.%s.%lld", what, (long long)id);
	return crypt_open(keys_field(S3), context, sealed, n, plain) ? plain : NULL;
}

enum rc outbox_json(struct ctx *c, bool clear, struct jout *o)
{
	const struct value *v;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, "SELECT id, phone_masked, phone_sealed, text, at FROM outbox ORDER BY id DESC LIMIT 100", NULL, 0, &rows);

	if (rc)
		return rc;
	jout_open(o, '{');
	jout_key(o, "items");
	jout_open(o, '[');
	while (rows_next(rows, &v)) {
		size_t n = 0;
		const void *text = v[3].type == V_TEXT ? text_unbase64url(c->arena, v[3].s, &n) : NULL;

		jout_open(o, '{');
		jout_kv(o, "to", clear ? open_sealed(c, "phone", v[0].i, v[2].s, v[2].n) : v[1].s);
		jout_kv(o, "text", clear ? open_sealed(c, "text", v[0].i, text, n) : "***");
		jout_kv(o, "at", time_text(c->arena, v[4].i));
		jout_close(o, '}');
	}
	jout_close(o, ']');
	jout_close(o, '}');
	return rows_end(rows);
}

static enum rc one_line(struct ctx *c, const struct value *v, struct buf *lines)
{
	struct value mark[] = { v[4], v[0], VINT(c->now) };
	size_t n = 0;
	const void *text = v[2].type == V_TEXT ? text_unbase64url(c->arena, v[2].s, &n) : NULL;
	struct jout o;

	jout_init(&o, lines);
	jout_open(&o, '{');
	jout_key(&o, "id");
	jout_id(&o, v[0].i);
	jout_kv(&o, "phone", open_sealed(c, "phone", v[0].i, v[1].s, v[1].n));
	jout_kv(&o, "text", open_sealed(c, "text", v[0].i, text, n));
	jout_close(&o, '}');
	buf_str(lines, "\n");
	return tx_exec(c->tx, "UPDATE outbox SET sent = ?3 WHERE city = ?1 AND id = ?2", mark, COUNT(mark), NULL);
}

enum rc outbox_take(struct ctx *c, unsigned max, struct buf *lines, unsigned *n)
{
	const struct value args[] = { VINT(max) }, *v;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, "SELECT id, phone_sealed, text, at, city FROM outbox WHERE sent IS NULL ORDER BY id LIMIT ?1", args, 1, &rows), end;

	if (rc)
		return rc;
	for (*n = 0; !rc && rows_next(rows, &v); ++*n)
		rc = one_line(c, v, lines);
	end = rows_end(rows);
	if (rc || (rc = end) || !*n)
		return rc;
	return audit_add(c, 2100, "send", "outbox", 0, "ok", arena_printf(c->arena, "{\"count\":%u}", *n));
}

/* Role and place choose the candidates; whether the record may be read decides. */
static bool may_see(struct ctx *c, const char *room, int64_t id)
{
	const struct entity *e = room_find(room);
	struct record *r = NULL;

	return e && !record_load(c, e, id, false, &r) && r && !access_may(c, r, READ);
}

enum rc notices_json(struct ctx *c, int64_t before_id, unsigned limit, struct jout *o)
{
	enum { LOOK_AT = 400 };
	int64_t lo = 0, hi = 0;
	unsigned shown = 0;
	const struct value *v;
	struct rows *rows;
	enum rc rc;

	region_range(c->who->region, region_digits(c->who->region), &lo, &hi);
	struct value args[] = { VINT(before_id ? before_id : INT64_MAX), VINT(c->who->role), VINT(lo), VINT(hi),
		VINT(c->who->person ? c->who->person : -1), VINT(LOOK_AT) };
	rc = tx_query(c->tx, "SELECT n.id, n.room, n.record, n.text, n.at FROM notice n WHERE n.id < ?1"
		" AND (((n.roles & ?2) <> 0 AND n.region BETWEEN ?3 AND ?4) OR n.person = ?5) ORDER BY n.id DESC LIMIT ?6", args, 6, &rows);
	if (rc)
		return rc;
	jout_open(o, '{');
	jout_key(o, "items");
	jout_open(o, '[');
	while (shown < limit && rows_next(rows, &v)) {
		if (!may_see(c, v[1].s, v[2].i))
			continue;
		shown++;
		jout_open(o, '{');
		jout_key(o, "id");
		jout_id(o, v[0].i);
		jout_kv(o, "room", v[1].s);
		jout_key(o, "record");
		jout_id(o, v[2].i);
		jout_kv(o, "text", v[3].s);
		jout_kv(o, "at", time_text(c->arena, v[4].i));
		jout_close(o, '}');
	}
	jout_close(o, ']');
	jout_close(o, '}');
	return rows_end(rows);
}
