/* test_account.c -- signing in by password; the same answer to every stranger; guessers are locked out; what was closed stays closed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "small_login.h"

static void test_accounts(void **state)
{
	struct account_new n = { .name = "clerk", .role = COMMUNITY, .region = 210102001002 };
	struct ctx c;
	int64_t id, other;

	(void)state;
	assert_int_equal(add(n, NULL, &c), RC_REJECTED);
	assert_true(has_problem(&c, "login_taken"));                    /* names differ in more than case */
	n.name = "x y", n.role = 3, n.region = 999;
	assert_int_equal(add(n, NULL, &c), RC_REJECTED);
	assert_true(has_problem(&c, "name_bad") && has_problem(&c, "role_unknown") && has_problem(&c, "division_unknown"));
	n = (struct account_new){ .name = "county", .role = COUNTY, .region = 210102001002 };
	assert_int_equal(add(n, NULL, &c), RC_REJECTED);
	assert_true(has_problem(&c, "division_level"));
	n = (struct account_new){ .name = "sys", .role = SYSADMIN, .region = 210000000000, .idno = "11010519491231002X" };
	assert_int_equal(add(n, &id, &c), RC_OK);
	n.name = "sec", n.role = SECADMIN;
	assert_int_equal(add(n, &other, &c), RC_REJECTED);              /* one human, two of the three administrators */
	assert_true(has_problem(&c, "role_conflict"));
	assert_non_null(account_password_bad("clerk", "short"));
	assert_non_null(account_password_bad("clerk", "alllowercase"));
	assert_non_null(account_password_bad("clerk", "Clerk-2020-xyz"));
	assert_null(account_password_bad("clerk", password));
}

static void test_password_login(void **state)
{
	struct login good = { .name = "clerk", .password = password, .source = "10.0.0.1" };
	struct login wrong = { .name = "clerk", .password = "Wrong-horse-1", .source = "10.0.0.1" };
	struct login unknown = { .name = "nobody", .password = "Wrong-horse-1", .source = "10.0.0.1" };
	struct caller who;
	struct ctx a, b;

	(void)state;
	assert_int_equal(login(&good, &a), RC_OK);
	struct login seen = good;
	assert_int_equal(as(&caller_public, find, &seen, NULL), RC_OK);
	session_caller(&seen.session, "10.0.0.1", false, &who);
	assert_int_equal(who.role, COMMUNITY);
	assert_int_equal(who.account, clerk_id);
	assert_true(who.region == 210102001002 && who.person && !strcmp(who.name, "Clerk"));
	assert_string_equal(seen.session.csrf, good.session.csrf);
	assert_true(strlen(seen.session.csrf) >= 32);
	seen.token[5] ^= 1;
	assert_int_equal(as(&caller_public, find, &seen, NULL), RC_MISSING);
	assert_int_equal(login(&wrong, &a), RC_DENIED);
	assert_int_equal(login(&unknown, &b), RC_DENIED);
	assert_string_equal(a.problems[0].message, b.problems[0].message);
	assert_string_equal(wrong.token, "");
}

static enum rc set_state(struct ctx *c, void *arg) { return account_disable(c, clerk_id, *(bool *)arg); }
static enum rc close_it(struct ctx *c, void *arg) { return session_close(c, &((struct login *)arg)->session); }

static void test_closing(void **state)
{
	struct login l = { .name = "clerk", .password = password, .source = "10.0.0.2" }, m = l;
	bool off = true, on = false;

	(void)state;
	assert_int_equal(login(&l, NULL), RC_OK);
	assert_int_equal(as(&caller_public, close_it, &l, NULL), RC_OK);
	assert_int_equal(as(&caller_public, find, &l, NULL), RC_MISSING);
	assert_int_equal(login(&m, NULL), RC_OK);
	assert_int_equal(as(&caller_system, set_state, &off, NULL), RC_OK);
	assert_int_equal(as(&caller_public, find, &m, NULL), RC_MISSING);   /* disabled: its sessions are over */
	assert_int_equal(login(&m, NULL), RC_DENIED);
	assert_int_equal(as(&caller_system, set_state, &on, NULL), RC_OK);
	assert_int_equal(login(&m, NULL), RC_OK);
}

static void test_lock_out(void **state)
{
	struct login l = { .name = "victim", .password = "Wrong-horse-1", .source = "10.0.0.3" };
	struct ctx c;

	(void)state;
	for (int i = 0; i < GUESSES; i++) {
		assert_int_equal(as(&caller_public, ask, &l, NULL), RC_OK);
		l.known = false, l.proved = false;                      /* a wrong password, without the time it takes */
		assert_int_equal(as(&caller_public, open_it, &l, NULL), RC_OK);
		assert_int_equal(l.outcome, RC_DENIED);
	}
	l.source = "10.0.0.4";
	assert_int_equal(as(&caller_public, ask, &l, &c), RC_TOO_MANY);     /* the name is locked, from anywhere */
	assert_int_equal(as(&caller_public, open_it, &l, &c), RC_OK);       /* who was already past the first stage … */
	assert_int_equal(l.outcome, RC_TOO_MANY);                           /* … is stopped in the last */
	struct login other = { .name = "clerk", .password = password, .source = "10.0.0.3" };
	assert_int_equal(login(&other, NULL), RC_OK);
}

static enum rc totp(struct ctx *c, void *arg) { return account_totp_on(c, clerk_id, arg); }
static enum rc no_totp(struct ctx *c, void *arg) { (void)arg; return account_totp_off(c, clerk_id); }

static void test_second_factor(void **state)
{
	struct login l = { .name = "clerk", .password = password, .source = "10.0.0.5" };
	const char *secret = NULL;
	struct ctx c;

	(void)state;
	assert_int_equal(as(&caller_system, totp, &secret, NULL), RC_OK);
	assert_true(secret && strlen(secret) >= 16);
	assert_int_equal(login(&l, &c), RC_DENIED);
	assert_true(has_problem(&c, "otp_required"));
	l.otp = "000000";
	assert_int_equal(login(&l, &c), RC_DENIED);
	assert_true(has_problem(&c, "otp_failed"));
	assert_int_equal(as(&caller_system, no_totp, NULL, NULL), RC_OK);
	l.otp = NULL;
	assert_int_equal(login(&l, &c), RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_accounts), cmocka_unit_test(test_password_login), cmocka_unit_test(test_closing),
		cmocka_unit_test(test_lock_out), cmocka_unit_test(test_second_factor) };

	return cmocka_run_group_tests(tests, setup, small_close);
}
