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
	static const char *const keys[] = { "project", "purchase", "contract", "organisation", "service", "rating", "evaluation", "payment" };

	(void)state;
	assert_int_equal(house.n_chain, COUNT(keys));
	for (unsigned i = 0; i < house.n_chain; i++)
		assert_string_equal(house.chain[i].key, keys[i]);
	assert_ptr_equal(house.chain[0].from, &needs);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rooms_are_clean), cmocka_unit_test(figures_are_there), cmocka_unit_test(musts_hold),
		cmocka_unit_test(chain_is_whole) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
