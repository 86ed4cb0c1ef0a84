/* test_audit.c -- every entry hangs on the one before; a changed, missing or cut-off entry is named; the same key gives the same answer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "small_room.h"

static char said[4096];

static bool say(void *arg, const char *line)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", line);
	return true;
}

static enum rc add(struct ctx *c, void *arg)
{
	int city = *(int *)arg;

	return audit_add(c, city, "edit", "t_cases", 77, "ok", "{\"fields\":[\"title\"]}");
}

static enum rc add_and_fail(struct ctx *c, void *arg)
{
	enum rc rc = add(c, arg);

	return rc ? rc : RC_REJECTED;
}

struct verdict { bool good; const char *heads; };
static enum rc verify(struct ctx *c, void *arg)
{
	struct verdict *v = arg;

	said[0] = '\0';
	v->good = audit_verify(c, v->heads, say, NULL);
	return RC_OK;
}

static enum rc script(struct ctx *c, void *arg)
{
	return tx_script(c->tx, *(const char **)arg);
}

static void forge(const char *sql)
{
	assert_int_equal(as(&caller_system, script, &sql, NULL), RC_OK);
}

static enum rc heads(struct ctx *c, void *arg)
{
	struct buf b;
	struct jout o;

	buf_init(&b, c->arena);
	jout_init(&o, &b);
	enum rc rc = audit_heads(c, &o);
	*(const char **)arg = b.p;
	return rc;
}

static bool good(const char *kept)
{
	struct verdict v = { false, kept };

	assert_int_equal(as(&caller_system, verify, &v, NULL), RC_OK);
	return v.good;
}

static void test_chain(void **state)
{
	int shenyang = 2101, dalian = 2102;
	const char *kept;

	(void)state;
	for (int i = 0; i < 30; i++) {
		assert_int_equal(as(&caller_system, add, i % 3 ? &shenyang : &dalian, NULL), RC_OK);
		/* what is undone leaves no hole */
		assert_int_equal(as(&caller_system, add_and_fail, i % 2 ? &shenyang : &dalian, NULL), RC_REJECTED);
	}
	assert_true(good(NULL));
	assert_int_equal(as(&caller_system, heads, &kept, NULL), RC_OK);
	assert_true(good(kept));
	if (store_kind(store) == STORE_POSTGRES)
		return;                 /* as many chains as writers: the numbers below are those of one */
	assert_non_null(strstr(kept, "\"seq\":20"));
	assert_int_equal(as(&caller_system, add, &shenyang, NULL), RC_OK);
	assert_true(good(kept));        /* an older head still fits */

	forge("UPDATE audit SET outcome = 'no' WHERE city = 2101 AND seq = 7;");
	assert_false(good(NULL));
	assert_non_null(strstr(said, "city 2101: entry 7 was changed"));
	assert_null(strstr(said, "entry 8"));
	forge("UPDATE audit SET outcome = 'ok' WHERE city = 2101 AND seq = 7;");
	assert_true(good(NULL));

	forge("DELETE FROM audit WHERE city = 2102 AND seq = 10;");
	assert_true(good(NULL));        /* the end was cut off: only a head kept elsewhere tells */
	assert_false(good(kept));
	assert_non_null(strstr(said, "no longer there"));
	forge("DELETE FROM audit WHERE city = 2102 AND seq = 4;");
	assert_false(good(NULL));
	assert_non_null(strstr(said, "entry 3 is followed by entry 5"));
	assert_false(good("not json"));
}

static void test_refused(void **state)
{
	static const struct caller clerk = { .account = 5, .person = 6, .role = COMMUNITY, .region = 210102001002, .name = "a", .source = "10.0.0.1" };
	struct ctx c = small_ctx(&clerk);
	struct buf b;
	struct jout o;

	(void)state;
	assert_int_equal(audit_refused(&c, 2103, "edit", "t_cases", 99, RC_DENIED), RC_OK);
	buf_init(&b, arena);
	jout_init(&o, &b);
	assert_int_equal(audit_list(&c, 0, 0, 10, &o), RC_DENIED);     /* a clerk reads no audit */
}

static enum rc list(struct ctx *c, void *arg)
{
	struct buf b;
	struct jout o;

	buf_init(&b, c->arena);
	jout_init(&o, &b);
	enum rc rc = audit_list(c, 0, 0, 50, &o);
	*(const char **)arg = b.p;
	return rc;
}

static void test_list(void **state)
{
	static const struct caller of_city = { .account = 7, .person = 7, .role = AUDITADMIN, .region = 210300000000, .name = "b", .source = "t" };
	const char *text;

	(void)state;
	assert_int_equal(as(&of_city, list, &text, NULL), RC_OK);
	assert_non_null(strstr(text, "refused:denied"));
	assert_non_null(strstr(text, "10.0.0.1"));
	assert_null(strstr(text, "\"record\":\"77\""));                 /* other cities' entries are not his */
}

struct idem { const char *key; uint8_t body[32]; const char *answer; bool found; struct remembered r; };
static enum rc once(struct ctx *c, void *arg)
{
	struct idem *i = arg;
	enum rc rc = idem_find(c, 2101, i->key, i->body, &i->r, &i->found);

	if (rc || i->found)
		return rc;
	i->r = (struct remembered){ 201, "/x/1", i->answer };
	return idem_keep(c, 2101, i->key, i->body, &i->r);
}

static void test_idempotency(void **state)
{
	static const struct caller a = { .account = 1, .role = COMMUNITY, .name = "a" }, b = { .account = 2, .role = COMMUNITY, .name = "b" };
	struct idem first = { "key-0001", { 1 }, "{\"id\":\"1\"}" }, again = first, other = { "key-0001", { 2 }, "x" }, theirs = { "key-0001", { 2 }, "y" };
	struct ctx c;

	(void)state;
	assert_int_equal(as(&a, once, &first, NULL), RC_OK);
	assert_false(first.found);
	assert_int_equal(as(&a, once, &again, NULL), RC_OK);
	assert_true(again.found);
	assert_int_equal(again.r.status, 201);
	assert_string_equal(again.r.answer, "{\"id\":\"1\"}");
	assert_string_equal(again.r.location, "/x/1");
	assert_int_equal(as(&a, once, &other, &c), RC_CONFLICT);
	assert_true(has_problem(&c, "idempotency_key_reused"));
	assert_int_equal(as(&b, once, &theirs, NULL), RC_OK);           /* keys belong to an account */
	assert_false(theirs.found);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_chain), cmocka_unit_test(test_refused), cmocka_unit_test(test_list),
		cmocka_unit_test(test_idempotency) };

	return cmocka_run_group_tests(tests, small_open, small_close);
}
