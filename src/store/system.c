/* system.c -- the tables that belong to no room: accounts, sessions, audit, claims, counters, jobs. One line per table; a column
 * is name:type (i integer, l long, t text, b bytes; ! never null). Owns their keys and indexes; refuses meaning. */
#include "store/shape.h"
#include <string.h>

struct system_table { const char *name, *columns, *key; bool compact /* SQLite: rows live in the key's tree */; };
static const struct system_table tables[] = {
	{ "schema_info", "key:t! value:t", "key", true },
	{ "writer_lease", "writer:i! holder:t! until_ms:l!", "writer", true },
	{ "account", "city:i! id:l! name:t! label:t role:l! region:l! org:l person:l! room:t record:l phone_hash:b idno_hash:b password:t"
		" totp:t totp_step:l state:t! created:l!", "city, id", true },
	{ "session", "city:i! id:l! hash:b! account:l csrf:t created:l! seen:l! until_ms:l! holder_room:t holder_record:l holder_step:t"
		" phone_hash:b region:l", "city, id", true },
	{ "token", "city:i! id:l! hash:b! account:l! label:t created:l! until_ms:l state:t!", "city, id", true },
	{ "attempt", "city:i! id:l! who_hash:b! at:l! ok:i!", "city, id", true },
	{ "audit", "city:i! id:l! chain:l! seq:l! at:l! account:l person:l role:t source:t action:t! room:t record:l outcome:t! detail:t"
		" prev:b! hash:b!", "city, id", true },
	{ "idempotency", "city:i! key:t! account:l! body_hash:b! status:i! location:t answer:t at:l!", "city, account, key", false },
	{ "claim", "kind:t! value:t! city:i! record_id:l!", "kind, value", true },
	{ "counter", "city:i! name:t! value:l!", "city, name", true },
	{ "step", "city:i! id:l! room:t! record:l! name:t! from_state:t to_state:t! person:l account:l at:l! reason:t", "city, id", true },
	{ "assignment", "city:i! id:l! room:t! record:l! person:l! duty:t until_ms:l ended:l", "city, id", true },
	{ "code", "city:i! id:l! room:t record:l step:t phone_hash:b code_hash:b! tries:i! until_ms:l! used:i!", "city, id", true },
	{ "outbox", "city:i! id:l! phone_masked:t! phone_sealed:b text:t! at:l! sent:l", "city, id", true },
	{ "notice", "city:i! id:l! room:t record:l roles:l region:l person:l text:t! at:l!", "city, id", true },
	{ "attachment", "city:i! id:l! room:t! record:l! field:t name:t! mime:t! size:l! digest:b! body:b! at:l! person:l", "city, id", false },
	{ "import_row", "city:i! room:t! row_key:t! digest:t! at:l!", "city, room, row_key", true },
	{ "import_job", "city:i! id:l! room:t! account:l file_name:t state:t! report:t errors_csv:t at:l! done:l", "city, id", false },
};

/* Two servers may write one chain number only by mistake: (city, chain, seq) catches it. */
static const struct { const char *table, *name, *columns; } indexes[] = {          /* ! : unique */
	{ "account", "person_ix", "person" }, { "account", "record_ix", "record" }, { "account", "name_ix", "name" },
	{ "account", "phone_ix", "phone_hash" }, { "account", "idno_ix", "idno_hash" },
	{ "session", "hash_ix", "hash" }, { "session", "account_ix", "account" }, { "session", "until_ix", "until_ms" },
	{ "token", "hash_ix", "hash" }, { "token", "account_ix", "account" },
	{ "attempt", "who_ix", "who_hash, at" }, { "attempt", "at_ix", "at" },
	{ "audit", "id_ix", "id" }, { "audit", "record_ix", "city, record, id" }, { "audit", "chain_seq", "!city, chain, seq" },
	{ "idempotency", "at_ix", "at" }, { "claim", "record_ix", "city, record_id" },
	{ "step", "record_ix", "city, record, id" },
	{ "assignment", "record_ix", "city, record, person" }, { "assignment", "person_ix", "person" },
	{ "code", "record_ix", "city, record" }, { "code", "hash_ix", "code_hash" }, { "code", "phone_ix", "phone_hash" },
	{ "code", "until_ix", "until_ms" },
	{ "outbox", "id_ix", "id" }, { "notice", "region_ix", "region, id" }, { "notice", "id_ix", "id" }, { "notice", "person_ix", "person, id" },
	{ "attachment", "record_ix", "city, record" }, { "import_job", "id_ix", "id" },
};

static void columns(struct arena *a, const struct system_table *t, enum store_kind kind, struct items *l)
{
	for (const char *s = t->columns; *s;) {
		size_t n = strcspn(s, ":");
		const char *name = arena_strndup(a, s, n);

		items_add(a, l, name, arena_printf(a, "%s %s%s", name, shape_type(s[n + 1], kind), s[n + 2] == '!' ? " NOT NULL" : ""));
		s += n + 2 + (s[n + 2] == '!');
		s += strspn(s, " ");
	}
}

struct shape *shape_system(struct arena *a, enum store_kind kind, unsigned *n)
{
	struct shape *out = arena_alloc(a, COUNT(tables) * sizeof *out);

	for (unsigned i = 0; i < COUNT(tables); i++) {
		out[i].table = tables[i].name;
		out[i].key = arena_printf(a, "CONSTRAINT %s_pk PRIMARY KEY (%s)", tables[i].name, tables[i].key);
		out[i].tail = kind != STORE_SQLITE ? "" : tables[i].compact ? " STRICT, WITHOUT ROWID" : " STRICT";
		columns(a, &tables[i], kind, &out[i].columns);
		for (unsigned k = 0; k < COUNT(indexes); k++) {
			const char *name = arena_printf(a, "%s_%s", indexes[k].table, indexes[k].name);

			if (!strcmp(indexes[k].table, tables[i].name))
				items_add(a, &out[i].indexes, name, arena_printf(a, "CREATE %sINDEX %s ON %s (%s)", *indexes[k].columns == '!' ? "UNIQUE " : "",
					name, indexes[k].table, indexes[k].columns + (*indexes[k].columns == '!')));
		}
	}
	*n = COUNT(tables);
	return out;
}

const char *sql_system(struct arena *a, enum store_kind kind)
{
	unsigned n;
	struct shape *s = shape_system(a, kind, &n);
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < n; i++) {
		shape_create(&b, &s[i], s[i].table, NULL);
		buf_str(&b, ";\n");
	}
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < s[i].indexes.n; k++)
			buf_printf(&b, "%s;\n", s[i].indexes.at[k].sql);
	return b.p;
}
