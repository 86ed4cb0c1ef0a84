/* test_flow.c -- a step happens only from its state, by its role, with its fields, after its time, by another pair of eyes; and
 * SYSTEM takes back what was left lying. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "engine/inner_flow.h"
#include "small_room.h"

static const struct caller clerk = { .account = 1, .person = 21, .role = COMMUNITY, .region = 210102001002, .name = "clerk", .source = "t" };
static const struct caller street = { .account = 2, .person = 22, .role = STREET, .region = 210102001000, .name = "street", .source = "t" };
static const struct caller same_person = { .account = 3, .person = 21, .role = STREET, .region = 210102001000, .name = "street2", .source = "t" };
static const struct caller stranger = { .account = 4, .person = 23, .role = COMMUNITY, .region = 210202001001, .name = "far", .source = "t" };

static enum rc prepare(struct ctx *c, void *arg)
{
	(void)arg;
	enum rc rc = add_rule(c, wait_days.code, 210000000000, 0, 0, 5);
	return rc ? rc : add_rule(c, lapse_days.code, 210000000000, 0, 0, 3);
}

static int setup(void **state)
{
	return small_open(state) || as(&caller_system, prepare, NULL, NULL) ? -1 : 0;
}

static enum rc make(struct ctx *c, void *arg)
{
	struct record *r = record_new(c, &cases_e);

	r->region = 210102001002, r->county = 210102, r->city = 2101;
	put_text(r, "title", "楼道照明");
	put_text(r, "phone", "13800000001");
	enum rc rc = record_insert(c, r);
	*(int64_t *)arg = r->id;
	return rc;
}

static int64_t new_case(void)
{
	int64_t id = 0;

	assert_int_equal(as(&clerk, make, &id, NULL), RC_OK);
	return id;
}

struct step { int64_t id, version; const char *name, *body; struct record *r; int64_t days; };
static enum rc do_step(struct ctx *c, void *arg)
{
	struct step *s = arg;
	const char *why;

	c->now += s->days * 86400000;
	return flow_step(c, &cases_e, s->id, s->version, s->name, s->body ? json_read(c->arena, s->body, strlen(s->body), 8, &why) : NULL, &s->r);
}

static enum rc step(const struct caller *who, int64_t id, const char *name, const char *body, struct ctx *c, struct step *out)
{
	struct step s = { id, 0, name, body, NULL, 0 };
	enum rc rc = as(who, do_step, &s, c);

	if (out)
		*out = s;
	return rc;
}

static void test_who_and_when(void **state)
{
	int64_t id = new_case();
	struct ctx c;
	struct step s;

	(void)state;
	assert_int_equal(step(&stranger, id, "submit", NULL, &c, NULL), RC_MISSING);
	assert_int_equal(step(&clerk, id, "nothing", NULL, &c, NULL), RC_MISSING);
	assert_int_equal(step(&clerk, id + 1, "submit", NULL, &c, NULL), RC_MISSING);
	assert_int_equal(step(&street, id, "submit", NULL, &c, NULL), RC_DENIED);
	assert_int_equal(step(&street, id, "judge", "{\"grade\":3}", &c, NULL), RC_STATE);
	assert_non_null(strstr(c.problems[0].message, "草稿"));          /* the state it is in … */
	assert_non_null(strstr(c.problems[0].message, "提交"));          /* … and the way on */
	assert_int_equal(step(&clerk, id, "submit", NULL, &c, &s), RC_OK);
	assert_int_equal(s.r->state, OPEN);
	assert_int_equal(s.r->version, 2);
	struct step stale = { id, 1, "hold", NULL, NULL, 0 };
	assert_int_equal(as(&clerk, do_step, &stale, &c), RC_STALE);
	stale.version = 2;
	assert_int_equal(as(&clerk, do_step, &stale, &c), RC_OK);
}

static void test_fields_guard_and_eyes(void **state)
{
	int64_t id = new_case();
	struct ctx c;
	struct step s;

	(void)state;
	assert_int_equal(step(&clerk, id, "submit", NULL, NULL, NULL), RC_OK);
	assert_int_equal(step(&same_person, id, "judge", "{\"grade\":3}", &c, NULL), RC_DENIED);
	assert_true(has_problem(&c, "four_eyes"));                      /* the same human behind another account */
	assert_int_equal(step(&street, id, "judge", NULL, &c, NULL), RC_REJECTED);
	assert_true(has_problem(&c, "required_empty"));
	assert_int_equal(step(&street, id, "judge", "{\"grade\":3,\"title\":\"x\"}", &c, NULL), RC_REJECTED);
	assert_true(has_problem(&c, "unknown_field"));
	assert_int_equal(step(&street, id, "judge", "{\"grade\":11}", &c, NULL), RC_REJECTED);
	assert_true(has_problem(&c, "out_of_range"));
	assert_int_equal(step(&street, id, "judge", "{\"grade\":4}", &c, NULL), RC_REJECTED);
	assert_true(has_problem(&c, "even"));
	assert_int_equal(step(&street, id, "judge", "{\"grade\":5,\"note\":\"好\",\"reason\":\"现场看过\"}", &c, &s), RC_OK);
	assert_int_equal(s.r->state, CLOSED);
	assert_int_equal(rec_int(s.r, "grade"), 5);
	assert_string_equal(rec_text(s.r, "title"), "已评");             /* what .after set is saved … */
	assert_int_equal(s.r->version, 3);                              /* … in the same version */
}

struct count { const char *sql; int64_t record, n; const char *text; };
static enum rc ask(struct ctx *c, void *arg)
{
	struct count *k = arg;
	const struct value *v;
	struct rows *rows;
	enum rc rc = tx_query(c->tx, k->sql, (const struct value[]){ VINT(k->record) }, 1, &rows);

	if (rc)
		return rc;
	if (rows_next(rows, &v)) {
		k->n = v[0].i;
		k->text = v[0].type == V_TEXT ? arena_strdup(c->arena, v[0].s) : NULL;
	}
	return rows_end(rows);
}

static void test_rows_left(void **state)
{
	int64_t id = new_case();
	struct count steps = { "SELECT count(*) FROM step WHERE record = ?1", id, 0, NULL };
	struct count audits = { "SELECT count(*) FROM audit WHERE record = ?1 AND action IN ('submit', 'judge')", id, 0, NULL };
	struct count reason = { "SELECT reason FROM step WHERE record = ?1 AND name = 'judge' AND person = 22", id, 0, NULL };

	(void)state;
	assert_int_equal(step(&clerk, id, "submit", NULL, NULL, NULL), RC_OK);
	assert_int_equal(step(&street, id, "judge", "{\"grade\":4}", NULL, NULL), RC_REJECTED);
	assert_int_equal(step(&street, id, "judge", "{\"grade\":7,\"reason\":\"现场看过\"}", NULL, NULL), RC_OK);
	as(&caller_system, ask, &steps, NULL);
	as(&caller_system, ask, &audits, NULL);
	as(&caller_system, ask, &reason, NULL);
	assert_int_equal(steps.n, 2);
	assert_int_equal(audits.n, 2);
	assert_string_equal(reason.text, "现场看过");
}

static void test_wait_back_and_lapse(void **state)
{
	int64_t id = new_case();
	struct ctx c;
	struct step s;

	(void)state;
	assert_int_equal(step(&clerk, id, "hold", NULL, NULL, &s), RC_OK);
	/* 20 November 2020 is a Friday: three working days later it is Wednesday */
	assert_true(s.r->has_due && s.r->due == day_of(2020, 11, 25));
	assert_int_equal(step(&clerk, id, "resume", NULL, NULL, &s), RC_OK);
	assert_int_equal(s.r->state, DRAFT);
	assert_false(s.r->has_due);
	assert_int_equal(step(&clerk, id, "submit", NULL, NULL, NULL), RC_OK);
	assert_int_equal(step(&clerk, id, "finish", NULL, &c, NULL), RC_STATE);
	assert_true(has_problem(&c, "too_early"));
	assert_non_null(strstr(c.problems[0].message, "2020-11-25"));
	struct step later = { id, 0, "finish", NULL, NULL, 5 };
	assert_int_equal(as(&clerk, do_step, &later, NULL), RC_OK);
}

struct lapse { int64_t days; unsigned n; };
static enum rc lapse(struct ctx *c, void *arg)
{
	struct lapse *l = arg;

	c->now += l->days * 86400000;
	return flow_lapse_room(c, &cases_e, 100, &l->n);
}

static enum rc only_cases(struct ctx *c, void *arg)
{
	struct step *s = arg;

	return record_load(c, &cases_e, s->id, false, &s->r);
}

static void test_lapse(void **state)
{
	int64_t id = new_case();
	struct lapse early = { 2, 0 }, late = { 30, 0 };
	struct step s = { .id = id };

	(void)state;
	assert_int_equal(step(&clerk, id, "hold", NULL, NULL, NULL), RC_OK);
	assert_int_equal(step(&clerk, id, "drop", NULL, NULL, NULL), RC_DENIED);    /* SYSTEM's own step */
	assert_int_equal(as(&caller_system, lapse, &early, NULL), RC_OK);
	assert_int_equal(early.n, 0);                                   /* not yet */
	assert_int_equal(as(&caller_system, lapse, &late, NULL), RC_OK);
	assert_true(late.n >= 1);
	assert_int_equal(as(&caller_system, only_cases, &s, NULL), RC_OK);
	assert_int_equal(s.r->state, DROPPED);
}

static enum rc actions(struct ctx *c, void *arg)
{
	struct step *s = arg;
	struct buf b;
	struct jout o;
	enum rc rc = record_load(c, &cases_e, s->id, false, &s->r);

	buf_init(&b, c->arena);
	jout_init(&o, &b);
	flow_actions(c, s->r, &o);
	s->body = b.p;
	return rc ? rc : c->n_problems ? RC_REJECTED : RC_OK;
}

static void test_actions(void **state)
{
	struct step s = { .id = new_case() };

	(void)state;
	assert_int_equal(step(&clerk, s.id, "submit", NULL, NULL, NULL), RC_OK);
	assert_int_equal(as(&street, actions, &s, NULL), RC_OK);
	assert_string_equal(s.body, "[{\"name\":\"judge\",\"label\":\"评定\",\"takes\":[{\"field\":\"grade\",\"required\":true},"
		"{\"field\":\"note\",\"required\":false}],\"enabled\":true}]");
	assert_int_equal(as(&same_person, actions, &s, NULL), RC_OK);
	assert_non_null(strstr(s.body, "\"enabled\":false,\"why\":"));
	assert_int_equal(as(&clerk, actions, &s, NULL), RC_OK);
	assert_non_null(strstr(s.body, "2020-11-25"));                  /* finish: the first possible day */
	assert_int_equal(as(&stranger, actions, &s, NULL), RC_OK);
	assert_string_equal(s.body, "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_who_and_when), cmocka_unit_test(test_fields_guard_and_eyes),
		cmocka_unit_test(test_rows_left), cmocka_unit_test(test_wait_back_and_lapse), cmocka_unit_test(test_lapse),
		cmocka_unit_test(test_actions) };

	return cmocka_run_group_tests(tests, setup, small_close);
}
