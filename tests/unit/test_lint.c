/* test_lint.c -- the rooms are well written; and the linter does see what is wrong (lint.c). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "domain/domain.h"

static void say(const char *line)
{
	print_error("%s\n", line);
}

static void rooms_are_clean(void **state)
{
	(void)state;
	assert_int_equal(lint(say), 0);
	assert_true(n_rooms >= 25);
}

static bool has_counter(const char *name)
{
	for (unsigned i = 0; i < n_rooms; i++)
		for (unsigned k = 0; k < rooms[i]->n_counters; k++)
			if (!strcmp(rooms[i]->counters[k].name, name))
				return true;
	return false;
}

/* The figures every county is asked for. */
static void figures_are_there(void **state)
{
	static const char *const names[] = { "communities", "population", "needs", "needs_by_state", "needs_by_target_group", "needs_rated",
		"needs_satisfied_4_or_5", "projects", "budget_fen", "contract_fen", "lottery_fen", "social_fund_fen", "paid_fen", "service_records",
		"service_minutes", "person_times", "volunteer_minutes", "records_by_method", "workers", "workers_certified", "workers_by_certificate" };

	(void)state;
	for (unsigned i = 0; i < COUNT(names); i++)
		if (!has_counter(names[i]))
			fail_msg("no counter %s", names[i]);
}

static const struct transition *step(const struct entity *e, const char *name)
{
	for (unsigned i = 0; i < e->n_transitions; i++)
		if (!strcmp(e->transitions[i].name, name))
			return &e->transitions[i];
	return NULL;
}

/* Only the resident's word closes a need; four persons stand between a request and the money. */
static void musts_hold(void **state)
{
	const struct transition *close = step(&needs, "close"), *confirm = step(&needs, "confirm"), *pay = step(&payments, "pay");

	(void)state;
	assert_int_equal(close->who, SYSTEM);
	assert_int_equal(confirm->who, SYSTEM);
	assert_string_equal(pay->not_by, "request dept_approve finance_approve");
	assert_non_null(strstr(step(&payments, "finance_approve")->not_by, "dept_approve"));
	for (unsigned i = 0; i < n_rooms; i++)
		for (unsigned g = 0; g < rooms[i]->n_grants; g++)
			if (rooms[i]->grants[g].who & (SECADMIN | AUDITADMIN))
				assert_true(rooms[i]->flags & EVERYWHERE);
}

/* Chain: eight links from the need to the payment, in this order. */
static void chain_is_whole(void **state)
{
	static const char *const keys[] = { "need", "project", "purchase", "contract", "organisation", "service", "rating", "evaluation", "payment" };

	(void)state;
	assert_int_equal(house.n_chain, COUNT(keys));
	for (unsigned i = 0; i < house.n_chain; i++)
		assert_string_equal(house.chain[i].key, keys[i]);
	assert_ptr_equal(house.chain[0].to, &needs);
	assert_null(house.chain[0].from);
}

/* A room with every kind of fault, and what the linter must say of it. */
static const struct code no_english[] = { { "a", "甲", NULL, NULL }, { "a", "乙", NULL, "B" }, { 0 } };
static const struct state bad_states[] = { { "one", "一", .en = "One" }, { "lost", "失", .en = "Lost" } };
static const struct field bad_fields[] = {
	{ "text", "文字", T_TEXT, .en = "Text" }, { "text", "又一次", T_TEXT, .max = 5, .en = "Twice" }, { "ref", "引用", T_REF, .en = "Ref" },
	{ "code", "代码", T_CODE, .codes = no_english, .en = "Code" }, { "bare", "代码", T_CODE, .en = "Bare" }, { "step", "步", T_INT, STEP, .en = "Step" },
	{ "seal", "密", T_INT, SEALED, .en = "Sealed" }, { "secret", "绝密", T_TEXT, LIST | SEARCH, S4, .max = 5, .en = "Secret" }, { "state", "状态", T_INT, .en = "State" } };
static const struct transition bad_steps[] = { { "go", "走", BIT(0), 0, STREET, .takes = "nothing!", .not_by = "nobody", .en = "Go" } };
static const struct grant bad_grants[] = { { COMMUNITY, READ | DO, REGION, S2 }, { RESIDENT, READ, OWN, S2 }, { SECADMIN, READ, ANY, S1 } };
static const struct hold bad_holds[] = { { "h", CHECK, "no_such > 0", NULL } };
static const struct counter bad_counters[] = { { "n", 0, "no_sum", NULL, "no_by", "no_only = 1" } };
static const struct entity bad_room = { "bad", "坏", "无", 0, FIELDS(bad_fields), STATES(bad_states), TRANSITIONS(bad_steps), GRANTS(bad_grants),
	HOLDS(bad_holds), COUNTERS(bad_counters), .number = "X", .key = "no_key", .en = "Bad" };
static char heard[8000];

static void hear(const char *line)
{
	strncat(heard, line, sizeof heard - strlen(heard) - 2);
	strncat(heard, "\n", 2);
}

static void faults_are_seen(void **state)
{
	static const char *const words[] = { "bad.text: text without .max", "bad.text: name used twice", "T_REF without .ref", "code 'a' without label or English",
		"code 'a' twice", "T_CODE without .codes", "STEP, but no step takes it", "no .sealed_in", "personal text in the search index", "S4 in a list",
		"bad.state: name used twice", "names unknown 'nothing'", "names unknown 'nobody'", "have no DO grant", "state lost is never reached",
		"grant 1 has no field", "shows business to an administrator", "hold h without a message", "unknown column 'no_such'", "names unknown 'no_sum'",
		"names unknown 'no_by'", "unknown column 'no_only'", "names unknown 'no_key'", ".number without field no", "nothing gives the region" };

	(void)state;
	assert_true(lint_room(&bad_room, hear) >= COUNT(words));
	for (unsigned i = 0; i < COUNT(words); i++)
		if (!strstr(heard, words[i]))
			fail_msg("not said: %s, but\n%s", words[i], heard);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rooms_are_clean), cmocka_unit_test(faults_are_seen), cmocka_unit_test(figures_are_there), cmocka_unit_test(musts_hold),
		cmocka_unit_test(chain_is_whole) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
