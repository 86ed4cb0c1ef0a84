/* test_access.c -- the SQL of a grant and its judgement in C agree on every record for every kind of caller; what is not granted is
 * not there; classes, sealed fields and one-time codes open only what they should. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "small_room.h"

enum { CASES = 120, NOTES = 60 };
static const int64_t regions[] = { 210102001002, 210102001003, 210102002001, 210103001001, 210102000000, 210200000000, 210202001001,
	210000000000, 210102001000, 210100000000 };
static const int64_t people[] = { 0, 11, 12, 13 }, orgs[] = { 0, 901, 902 };
static int64_t ids[CASES], note_ids[NOTES];
static unsigned seed = 1;

static unsigned dice(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static enum rc add_case(struct ctx *c, unsigned i)
{
	static const char *const phones[] = { NULL, "13800000001", "13800000002" };
	struct record *r = record_new(c, &cases_e);

	r->region = regions[dice(COUNT(regions))];
	r->county = (int)(r->region / 1000000);
	r->city = (int)(r->region / 100000000);
	r->state = (int)dice(5);
	put_text(r, "title", "一件事");
	put_int(r, "community", r->region);
	put_text(r, "phone", phones[dice(3)]);
	put_int(r, "worker", dice(3) ? 0 : 700 + dice(3));
	put_int(r, "org", orgs[dice(3)]);
	if (record_insert(c, r))
		return RC_STORE;
	ids[i] = r->id;
	return dice(3) ? RC_OK : rule_assign(c, r, 11 + dice(3), "帮扶", dice(2) ? 0 : rule_today(c) - 1 + dice(2));
}

static enum rc fill(struct ctx *c, void *arg)
{
	struct caller who = caller_system;

	(void)arg;
	if (add_rule(c, wait_days.code, 210000000000, 0, 0, 5) || add_rule(c, lapse_days.code, 210000000000, 0, 0, 3))
		return RC_STORE;
	for (unsigned i = 0; i < CASES; i++) {
		who.person = people[dice(4)];
		c->who = &who;
		if (add_case(c, i))
			return RC_STORE;
	}
	for (unsigned i = 0; i < NOTES; i++) {
		struct record *n = record_new(c, &notes_e), *owner;
		if (record_load(c, &cases_e, ids[dice(CASES)], false, &owner) || !owner)
			return RC_STORE;
		n->region = owner->region, n->county = owner->county, n->city = owner->city;
		put_int(n, "parent", owner->id);
		if (record_insert(c, n))
			return RC_STORE;
		note_ids[i] = n->id;
	}
	return RC_OK;
}

static struct caller caller_of(unsigned role)
{
	struct caller who = { .account = 1, .role = role, .region = regions[dice(COUNT(regions))], .person = people[dice(4)],
		.org = orgs[dice(3)], .bound = dice(2) ? 700 + dice(3) : 0, .name = "t", .source = "t" };

	if (dice(2)) {
		who.has_phone = true;
		keys_hash("phone", dice(2) ? "13800000001" : "13800000002", who.phone_hash);
	}
	if (role == PUBLIC)
		who = (struct caller){ .role = PUBLIC, .name = "", .source = "", .holder_record = dice(2) ? ids[dice(CASES)] : 0 };
	return who;
}

static bool listed(struct ctx *c, const struct entity *e, unsigned action, int64_t id)
{
	struct cond w = access_where(c, e, action, 2);
	struct value args[64] = { VINT(id) };
	const struct value *cols;
	struct rows *rows;

	memcpy(args + 1, w.args, w.n * sizeof(*args));
	assert_int_equal(tx_query(c->tx, arena_printf(c->arena, "SELECT x.id FROM %s x WHERE x.id = ?1 AND (%s)", e->name, w.sql),
		args, w.n + 1, &rows), RC_OK);
	bool found = rows_next(rows, &cols);
	assert_int_equal(rows_end(rows), RC_OK);
	return found;
}

static unsigned long seen, hidden;
static enum rc compare(struct ctx *c, const struct entity *e, const int64_t *of, unsigned n)
{
	static const unsigned asked[] = { READ, EDIT, DO, REVEAL };

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < COUNT(asked); k++) {
			struct mark m = arena_mark(c->arena);
			struct record *r;
			assert_int_equal(record_load(c, e, of[i], false, &r), RC_OK);
			bool may = access_may(c, r, asked[k]) == RC_OK, sql = listed(c, e, asked[k], of[i]);
			c->n_problems = 0, c->cap_problems = 0;
			if (may != sql)
				fail_msg("%s %lld role %u action %u region %lld of %lld: C %d, SQL %d", e->name, (long long)of[i], c->who->role, asked[k],
					(long long)r->region, (long long)c->who->region, may, sql);
			may ? seen++ : hidden++;
			arena_rewind(c->arena, m);
		}
	return RC_OK;
}

static enum rc compare_all(struct ctx *c, void *arg)
{
	(void)arg;
	for (unsigned role = 1; role <= PUBLIC; role <<= 1)
		for (int k = 0; k < 4; k++) {
			struct caller who = caller_of(role);
			c->who = &who;
			compare(c, &cases_e, ids, CASES);
			compare(c, &notes_e, note_ids, NOTES);
		}
	return RC_OK;
}

static void test_sql_and_c_agree(void **state)
{
	(void)state;
	assert_int_equal(as(&caller_system, fill, NULL, NULL), RC_OK);
	assert_int_equal(as(&caller_public, compare_all, NULL, NULL), RC_OK);

	assert_true(seen > 1000 && hidden > 1000);   /* the comparison compared something */
}

static enum rc texts(struct ctx *c, void *arg)
{
	struct caller a = caller_of(COUNTY), b = a, nobody = a;

	(void)arg;
	a.region = 210102000000, b.region = 210202000000, nobody.role = 0;
	c->who = &a;
	const char *one = access_where(c, &cases_e, READ, 1).sql;
	c->who = &b;
	assert_string_equal(one, access_where(c, &cases_e, READ, 1).sql);   /* one prepared statement for all counties */
	c->who = &nobody;
	assert_string_equal(access_where(c, &cases_e, READ, 1).sql, "1=0");
	assert_string_equal(access_where(c, &places_e, READ, 1).sql, "1=0");
	c->as_system = true;
	assert_string_equal(access_where(c, &cases_e, EDIT, 1).sql, "1=1");
	return RC_OK;
}

static void test_texts(void **state)
{
	(void)state;
	assert_int_equal(as(&caller_public, texts, NULL, NULL), RC_OK);
}

static enum rc sights(struct ctx *c, void *arg)
{
	struct caller who = { .role = COMMUNITY, .region = 210102001002, .person = 50, .name = "t", .source = "t" };
	struct record *r = record_new(c, &cases_e);
	const struct field *phone = &cases_f[2], *price = &cases_f[8], *secret = &cases_f[9], *title = &cases_f[0];

	(void)arg;
	r->id = 1, r->version = 1, r->city = 2101, r->county = 210102, r->region = 210102001002, r->state = OPEN, r->created_by = 50;
	c->who = &who;
	assert_int_equal(access_sees(c, r, phone), SHOWN);
	assert_int_equal(access_sees(c, r, secret), ABSENT);
	assert_int_equal(access_sees(c, r, price), SHOWN);      /* his own sealed word */
	assert_true(access_may_write(c, r, phone));
	assert_false(access_may_write(c, r, secret));
	r->created_by = 51;
	assert_int_equal(access_sees(c, r, price), ABSENT);     /* another's, until it is opened */
	who.role = AUDITOR, r->sight = 0;
	assert_int_equal(access_sees(c, r, phone), MASKED);
	assert_int_equal(access_sees(c, r, title), SHOWN);
	r->state = DRAFT;
	assert_int_equal(access_sees(c, r, title), ABSENT);     /* his grant does not reach drafts */
	who.role = FINANCE, who.region = 0;
	r->sight = 0, r->state = CLOSED;
	assert_int_equal(access_sees(c, r, price), ABSENT);
	assert_int_equal(access_may(c, r, READ), RC_OK);
	assert_int_equal(access_may(c, r, EDIT), RC_DENIED);
	who.role = ORG_MANAGER, who.org = 901;
	put_int(r, "org", 901);
	r->sight = 0;
	assert_int_equal(access_sees(c, r, phone), MASKED);
	assert_true(access_may_write(c, r, phone));             /* taken down, then masked */
	assert_false(access_may_write(c, r, secret));
	who.role = RESIDENT;
	assert_int_equal(access_may(c, r, EDIT), RC_MISSING);   /* not his: not there */
	return RC_OK;
}

static void test_sights(void **state)
{
	(void)state;
	assert_int_equal(as(&caller_public, sights, NULL, NULL), RC_OK);
}

static enum rc creating(struct ctx *c, void *arg)
{
	struct caller who = { .role = RESIDENT, .person = 60, .has_phone = true, .name = "t", .source = "t" };
	struct record *r = record_new(c, &cases_e);

	(void)arg;
	keys_hash("phone", "13800000001", who.phone_hash);
	c->who = &who;
	r->city = 2101, r->county = 210102, r->region = 210102001002, r->created_by = 60;
	put_text(r, "phone", "13800000002");
	assert_int_equal(access_may_create(c, r), RC_DENIED);   /* in another's name */
	put_text(r, "phone", "13800000001");
	assert_int_equal(access_may_create(c, r), RC_OK);
	who.role = COMMUNITY, who.region = 210102001003;
	assert_int_equal(access_may_create(c, r), RC_DENIED);   /* next door */
	who.role = PUBLIC, who.holder_record = ids[0], who.holder_step = "other";
	struct record *held;
	assert_int_equal(record_load(c, &cases_e, ids[0], false, &held), RC_OK);
	held->state = OPEN;
	assert_int_equal(access_may_step(c, held, room_step(&cases_e, "judge")), RC_DENIED);   /* the code was for another step */
	who.holder_step = "judge";
	assert_int_equal(access_may_step(c, held, room_step(&cases_e, "judge")), RC_OK);
	assert_int_equal(access_may_step(c, held, room_step(&cases_e, "finish")), RC_DENIED);
	return RC_OK;
}

static void test_creating_and_codes(void **state)
{
	(void)state;
	assert_int_equal(as(&caller_public, creating, NULL, NULL), RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_sql_and_c_agree), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_sights), cmocka_unit_test(test_creating_and_codes) };

	return cmocka_run_group_tests(tests, small_open, small_close);
}
