/* inner_audit.h -- the text of an audit entry that its hash is taken over; writer and verifier must agree on every byte. */
#pragma once
#include "base/crypt.h"
#include "engine/audit.h"
#include <string.h>

enum { AUDIT_COLS = 14 };
/* In this order everywhere: city chain seq id at account person role source action room record outcome detail */
#define AUDIT_COLUMNS "city, chain, seq, id, at, account, person, role, source, action, room, record, outcome, detail"

/* SM3 of the entry before and of every column, each with its length: nothing can move from one column to the next. */
static inline void audit_hash(struct ctx *c, const uint8_t prev[SM3_LEN], const struct value *cols, uint8_t out[SM3_LEN])
{
	struct mark m = arena_mark(c->arena);
	struct buf b;

	buf_init(&b, c->arena);
	buf_add(&b, (const char *)prev, SM3_LEN);
	for (unsigned i = 0; i < AUDIT_COLS; i++) {
		if (cols[i].type == V_INT)
			buf_printf(&b, "i%lld;", (long long)cols[i].i);
		else if (cols[i].type == V_NULL)
			buf_str(&b, "n;");
		else {
			buf_printf(&b, "t%zu:", cols[i].n);
			buf_add(&b, cols[i].s, cols[i].n);
			buf_str(&b, ";");
		}
	}
	crypt_sm3(b.p, b.n, out);
	arena_rewind(c->arena, m);
}
