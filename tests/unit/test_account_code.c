/* test_account_code.c -- codes to phones and for one record, tokens of machines, and the key of a database: each opens only its own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "small_login.h"

static enum rc send(struct ctx *c, void *arg) { return code_send(c, arg, "10.0.1.1"); }
static enum rc outbox(struct ctx *c, void *arg)
{
	struct buf b;
	struct jout o;

	buf_init(&b, c->arena);
	jout_init(&o, &b);
	enum rc rc = outbox_json(c, true, &o);
	*(const char **)arg = b.p;
	return rc;
}

/* The newest text's code: what stands after `before`. */
static const char *newest(const char *before, int n)
{
	const char *text = NULL, *at;

	assert_int_equal(as(&caller_system, outbox, &text, NULL), RC_OK);
	at = strstr(text, before);
	assert_non_null(at);
	return arena_printf(arena, "%.*s", n, at + strlen(before));
}

static void test_phone_code(void **state)
{
	static char phone[] = "138 0000 0001", bad[] = "12345";
	struct login l = { .phone = "13800000001", .code = "000000", .source = "10.0.1.1" };
	struct caller who;
	struct ctx c;

	(void)state;
	assert_int_equal(as(&caller_public, send, bad, &c), RC_REJECTED);
	assert_int_equal(login(&l, &c), RC_DENIED);                     /* none was sent */
	assert_int_equal(as(&caller_public, send, phone, &c), RC_OK);
	const char *code = newest("验证码是 ", 6);
	l.code = strcmp(code, "000000") ? "000000" : "000001";
	for (int i = 0; i < 4; i++)
		assert_int_equal(login(&l, &c), RC_DENIED);
	l.code = code;
	assert_int_equal(login(&l, &c), RC_OK);                         /* the fifth try is the last */
	session_caller(&l.session, "t", false, &who);
	assert_true(who.role == RESIDENT && who.has_phone && who.person && who.account);
	int64_t person = who.person;
	assert_int_equal(login(&l, &c), RC_DENIED);                     /* used */
	for (int i = 0; i < 4; i++)
		assert_int_equal(as(&caller_public, send, phone, &c), RC_OK);
	assert_int_equal(as(&caller_public, send, phone, &c), RC_TOO_MANY);
	l.code = newest("验证码是 ", 6);
	assert_int_equal(login(&l, &c), RC_OK);
	session_caller(&l.session, "t", false, &who);
	assert_true(who.person == person);                              /* the same human as before */
}

static enum rc invite(struct ctx *c, void *arg)
{
	struct record *r = record_new(c, &cases_e);

	r->region = 210102001002, r->county = 210102, r->city = 2101, r->state = OPEN;
	put_text(r, "title", "一件事");
	put_text(r, "phone", "13800000009");
	enum rc rc = record_insert(c, r);
	*(int64_t *)arg = r->id;
	return rc ? rc : rule_invite(c, r, "judge", "phone");
}

static void test_holder_code(void **state)
{
	struct login l = { .code = "ABCD2345", .source = "10.0.2.1" };
	struct caller who;
	struct ctx c;
	int64_t id;

	(void)state;
	assert_int_equal(as(&caller_system, invite, &id, NULL), RC_OK);
	assert_int_equal(login(&l, &c), RC_DENIED);
	const char *code = newest("办理码 ", 8);
	l.code = arena_printf(arena, "%.4s-%s", code, code + 4);
	assert_int_equal(login(&l, &c), RC_OK);
	assert_int_equal(as(&caller_public, find, &l, &c), RC_OK);
	session_caller(&l.session, "t", false, &who);
	assert_true(who.role == PUBLIC && who.holder_record == id && !who.account);
	assert_string_equal(who.holder_step, "judge");
	assert_string_equal(l.session.holder_room, "t_cases");
}

/* -- tokens */
struct token { char text[64]; int64_t id; struct session s; };
static enum rc new_token(struct ctx *c, void *arg) { struct token *t = arg; return token_add(c, clerk_id, "接口", 0, t->text, &t->id); }
static enum rc find_token(struct ctx *c, void *arg) { struct token *t = arg; return token_find(c, t->text, &t->s); }
static enum rc revoke_it(struct ctx *c, void *arg) { return token_revoke(c, ((struct token *)arg)->id); }

static void test_tokens(void **state)
{
	struct token t = { .id = 0 };
	struct login as_cookie = { .name = NULL };

	(void)state;
	assert_int_equal(as(&caller_system, new_token, &t, NULL), RC_OK);
	assert_int_equal(as(&caller_public, find_token, &t, NULL), RC_OK);
	assert_true(t.s.is_token && t.s.role == COMMUNITY);
	memcpy(as_cookie.token, t.text, sizeof(t.text));
	assert_int_equal(as(&caller_public, find, &as_cookie, NULL), RC_MISSING);   /* a token is no cookie */
	assert_int_equal(as(&caller_system, revoke_it, &t, NULL), RC_OK);
	assert_int_equal(as(&caller_public, find_token, &t, NULL), RC_MISSING);
}

static enum rc key(struct ctx *c, void *arg) { return keys_check(c, arg); }

static void test_keys(void **state)
{
	const char *why = "";

	(void)state;
	assert_int_equal(as(&caller_system, key, &why, NULL), RC_OK);
	assert_int_equal(as(&caller_system, key, &why, NULL), RC_OK);
	setenv("SANSHE_KEY", "zz", 1);
	assert_int_equal(keys_load(arena, "sqlite:x", false, &why), RC_STORE);
	setenv("SANSHE_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 1);
	assert_int_equal(keys_load(arena, "sqlite:x", false, &why), RC_OK);
	assert_int_equal(as(&caller_system, key, &why, NULL), RC_STORE);            /* not the key of this database */
	unsetenv("SANSHE_KEY");
	assert_int_equal(keys_load(arena, "sqlite:/nowhere/x.db", false, &why), RC_STORE);
	assert_non_null(strstr(why, "/nowhere/x.db.key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_phone_code), cmocka_unit_test(test_holder_code),
		cmocka_unit_test(test_tokens), cmocka_unit_test(test_keys) };

	return cmocka_run_group_tests(tests, setup, small_close);
}
