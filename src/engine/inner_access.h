/* inner_access.h -- what the two halves of access share: the SQL half (access_where.c) and the C half (access.c) must agree. */
#pragma once
#include "engine/access.h"

/* The hooks' eyes and the program itself see everything. */
static inline bool access_is_system(const struct ctx *c)
{
	return c->as_system || c->who->role == SYSTEM;
}

/* Reading as one who has to do with the record: not because everybody may, nor because it stands above him. */
enum { TIED = 512 };

/* What must be allowed on the owner for `action` on its child: whatever is more than reading below it asks for being tied to it. */
static inline unsigned access_of_owner(unsigned action)
{
	return action & (CREATE | EDIT | DO | IMPORT | EXPORT | REVEAL | ERASE | TIED) ? TIED : action;
}

/* The grant speaks of this role and action. */
static inline bool access_speaks(const struct grant *g, unsigned role, unsigned action)
{
	if (!(g->who & role))
		return false;
	return action == TIED ? (g->may & READ) && g->rel != ANY && g->rel != ABOVE : (g->may & action) != 0;
}

/* A room without a field for the relation is itself the person's or the organisation's record. */
bool access_is_mine_field(const struct field *);          /* T_REF or T_PHONE with MINE */
bool access_is_org_field(const struct field *);
