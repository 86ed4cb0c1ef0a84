/* small_login.h -- a community clerk's account in the little world of small_room.h, and the three stages of signing in as one call. */
#pragma once
#include "base/crypt.h"
#include "small_room.h"

static char hash[128];
static const char password[] = "Corr3ct-horse";
static int64_t clerk_id;

static const char places[] = "code,name,level,parent_code,kind,liaoxibei\n210000000000,辽宁省,1,,province,0\n"
	"210100000000,沈阳市,2,210000000000,city,0\n210102000000,和平区,3,210100000000,district,0\n"
	"210102001000,浑河湾街道,4,210102000000,subdistrict,0\n210102001002,水源地社区,5,210102001000,residents,0\n";

static enum rc seed(struct ctx *c, void *arg)
{
	(void)arg;
	return rules_seed(c, places, sizeof(places) - 1);
}

struct add { struct account_new n; int64_t id; };
static enum rc do_add(struct ctx *c, void *arg)
{
	struct add *a = arg;

	return account_add(c, &a->n, &a->id);
}

static inline enum rc add(struct account_new n, int64_t *id, struct ctx *c)
{
	struct add a = { n, 0 };
	enum rc rc = as(&caller_system, do_add, &a, c);

	if (id)
		*id = a.id;
	return rc;
}

static int setup(void **state)
{
	if (small_open(state) || as(&caller_system, seed, NULL, NULL) || !crypt_password_hash(password, hash))
		return -1;
	return add((struct account_new){ .name = "Clerk", .label = "社区干部", .role = COMMUNITY, .region = 210102001002,
		.idno = "11010519491231002X", .password_hash = hash }, &clerk_id, NULL) ? -1 : 0;
}

static inline enum rc ask(struct ctx *c, void *arg) { return login_ask(c, arg); }
static inline enum rc open_it(struct ctx *c, void *arg) { return login_open(c, arg); }

/* All three stages; the outcome and, in *c, the problems of the last stage. */
static inline enum rc login(struct login *l, struct ctx *c)
{
	enum rc rc = as(&caller_public, ask, l, c);

	if (rc)
		return rc;
	login_prove(l);
	rc = as(&caller_public, open_it, l, c);
	return rc ? rc : l->outcome;
}

static inline enum rc find(struct ctx *c, void *arg)
{
	struct login *l = arg;

	return session_find(c, l->token, &l->session);
}
