/* test_ledger.c -- splits are exact, balances are the sum of their rows, and no path leads below zero: paid <= accepted <= contract
 * <= budget (ledger.c). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "domain_world.h"
#include "domain/states.h"

static unsigned seed = 79;
static unsigned dice(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

/* Parts make the whole, no part exceeds its room, and each lies within one fen of its proportion, first with room takes the rest. */
static void splits_are_exact(void **state)
{
	int64_t room[MAX_SOURCES], part[MAX_SOURCES], big[2] = { INT64_C(9000000000000), INT64_C(999999999999) };

	(void)state;
	for (unsigned k = 0; k < 20000; k++) {
		unsigned n = 1 + dice(MAX_SOURCES);
		int64_t all = 0, fen, sum = 0;

		for (unsigned i = 0; i < n; i++)
			all += room[i] = dice(4) ? (int64_t)dice(30000) * dice(30000) : 0;
		fen = dice(3) ? all - (all ? (int64_t)dice(30000) * dice(30000) % (all + 1) : 0) : all;
		assert_true(ledger_split(room, n, fen, part));
		for (unsigned i = 0; i < n; i++) {
			assert_true(part[i] >= 0 && part[i] <= room[i]);
			sum += part[i];
		}
		assert_true(sum == fen);
		assert_false(ledger_split(room, n, all + 1, part));
	}
	assert_false(ledger_split(room, 1, -1, part));
	assert_true(ledger_split(big, 2, INT64_C(9999999999999), part));
	assert_true(part[0] == big[0] && part[1] == big[1]);
	assert_true(ledger_split(big, 2, INT64_C(5000000000001), part));
	assert_true(part[0] + part[1] == INT64_C(5000000000001) && part[0] <= big[0] && part[1] <= big[1]);
}

static int64_t fund_a, fund_b, project, budget_a, budget_b, contract;

static enum rc build(struct ctx *c, void *arg)
{
	int64_t org, purchase;
	enum rc rc;

	(void)arg;
	if ((rc = rule_history(c, &social_orgs, WITH({ "uscc", 0, "52210102FAKE000216" }, { "name", 0, "测试甲中心" }, { "type", 0, "OT03" }, { "place", COUNTY_AT }), 0, 17000, &org)) ||
	    (rc = rule_history(c, &funds, WITH({ "name", 0, "甲" }, { "source", 0, "FS01" }, { "place", COUNTY_AT }, { "year", 2020 }, { "appropriated_fen", 100000 }), F_APPROVED, 18000, &fund_a)) ||
	    (rc = rule_history(c, &funds, WITH({ "name", 0, "乙" }, { "source", 0, "FS02" }, { "place", COUNTY_AT }, { "year", 2020 }, { "appropriated_fen", 50000 }), F_APPROVED, 18000, &fund_b)) ||
	    (rc = rule_history(c, &projects, WITH({ "no", 0, "XM1" }, { "title", 0, "测试项目" }, { "place", COUNTY_AT }, { "domain", 0, "SD01" }, { "purchaser", 0, "测试局" }, { "total_fen", 90000 }),
			P_EXECUTING, 18000, &project)) ||
	    (rc = rule_history(c, &budgets, WITH({ "project", project }, { "fund", fund_a }, { "fen", 60000 }), B_RESERVED, 18000, &budget_a)) ||
	    (rc = rule_history(c, &budgets, WITH({ "project", project }, { "fund", fund_b }, { "fen", 30000 }), B_RESERVED, 18000, &budget_b)) ||
	    (rc = rule_history(c, &procurements, WITH({ "project", project }, { "title", 0, "测试采购" }, { "method", 0, "PM08" }, { "demand", 0, "测试" }, { "budget_fen", 90000 }), C_FILED, 18000, &purchase)) ||
	    (rc = rule_history(c, &contracts, WITH({ "no", 0, "HT1" }, { "project", project }, { "procurement", purchase }, { "title", 0, "测试合同" }, { "purchaser", 0, "测试局" },
			{ "provider", org }, { "price_fen", 80000 }), K_PERFORMING, 18000, &contract)))
		return rc;
	if ((rc = ledger_appropriate(c, fund_a, 100000, fund_a)) || (rc = ledger_appropriate(c, fund_b, 50000, fund_b)) ||
	    (rc = ledger_reserve(c, fund_a, budget_a, 60000, project)) || (rc = ledger_reserve(c, fund_b, budget_b, 30000, project)) ||
	    (rc = ledger_commit(c, budget_a, contract, 53334, contract)))
		return rc;
	return ledger_commit(c, budget_b, contract, 26666, contract);
}

struct move { int verb; int64_t a, b, fen, cause; };
static enum rc move(struct ctx *c, void *arg)
{
	const struct move *m = arg;

	switch (m->verb) {
	case 'r': return ledger_reserve(c, m->a, m->b, m->fen, m->cause);
	case 'l': return ledger_release(c, m->a, m->fen, m->cause);
	case 'c': return ledger_commit(c, m->a, m->b, m->fen, m->cause);
	case 'a': return ledger_accept(c, m->a, m->fen, m->cause);
	case 'p': return ledger_pay(c, m->a, m->fen, m->cause);
	case 'u': return ledger_uncommit(c, m->a, m->cause);
	default:  return ledger_reverse(c, m->a, m->cause);
	}
}
static enum rc go(int verb, int64_t a, int64_t b, int64_t fen, int64_t cause)
{
	return by(&who_system, move, &(struct move){ verb, a, b, fen, cause });
}

static enum rc at_stage(struct ctx *c, void *arg)
{
	int64_t *x = arg;

	x[1] = rule_sum(c, &accounts, "balance_fen", WITH({ "stage", 0, stage_code[x[0]] }), 0);
	return RC_OK;
}
static int64_t at(enum stage stage)
{
	int64_t x[2] = { stage, -1 };

	assert_int_equal(by(&who_system, at_stage, x), RC_OK);
	return x[1];
}

static void money_walks(void **state)
{
	(void)state;
	assert_int_equal(by(&who_system, build, NULL), RC_OK);
	assert_int_equal(at(AVAILABLE), 60000);
	assert_int_equal(at(RESERVED), 10000);
	assert_int_equal(at(COMMITTED), 80000);
	assert_int_equal(go('a', contract, 0, 33333, 901), RC_OK);
	assert_int_equal(at(PAYABLE), 33333);
	assert_int_equal(go('p', contract, 0, 33333, 902), RC_OK);
	assert_int_equal(at(PAID), 33333);
	assert_int_equal(at(COMMITTED), 46667);
}

/* Every way of taking more than there is, is refused and leaves nothing behind. */
static void nothing_goes_below_zero(void **state)
{
	(void)state;
	assert_int_not_equal(go('p', contract, 0, 1, 910), RC_OK);            /* nothing accepted is left */
	assert_int_not_equal(go('a', contract, 0, 46668, 911), RC_OK);        /* more than the contract */
	assert_int_not_equal(go('c', budget_a, contract, 6667, 912), RC_OK);  /* more than the budget */
	assert_int_not_equal(go('r', fund_a, budget_a, 40001, 913), RC_OK);   /* more than the fund */
	assert_int_not_equal(go('l', budget_b, 0, 3335, 914), RC_OK);
	assert_int_equal(at(AVAILABLE), 60000);
	assert_int_equal(at(RESERVED), 10000);
	assert_int_equal(at(COMMITTED), 46667);
	assert_int_equal(at(PAYABLE), 0);
}

static void reversal_restores_once(void **state)
{
	(void)state;
	assert_int_equal(go('x', 902, 0, 0, 920), RC_OK);                     /* the payment is undone */
	assert_int_equal(at(PAID), 0);
	assert_int_equal(at(PAYABLE), 33333);
	assert_int_equal(go('x', 902, 0, 0, 921), RC_OK);                     /* a second time changes nothing */
	assert_int_equal(at(PAYABLE), 33333);
	assert_int_equal(go('p', contract, 0, 33333, 922), RC_OK);
	assert_int_equal(at(PAID), 33333);
}

/* Accepted and paid in odd pieces, the last piece empties every source exactly. */
static void pieces_end_at_nothing(void **state)
{
	int64_t left = 46667;

	(void)state;
	for (int64_t i = 0; left; i++) {
		int64_t fen = left < 7919 ? left : 7919;

		assert_int_equal(go('a', contract, 0, fen, 2000 + i), RC_OK);
		assert_int_equal(go('p', contract, 0, fen, 3000 + i), RC_OK);
		left -= fen;
	}
	assert_int_equal(at(COMMITTED), 0);
	assert_int_equal(at(PAYABLE), 0);
	assert_int_equal(at(PAID), 80000);
	assert_int_equal(go('l', budget_a, 0, 6666, 930), RC_OK);
	assert_int_equal(go('l', budget_b, 0, 3334, 930), RC_OK);
	assert_int_equal(at(AVAILABLE), 70000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(splits_are_exact), cmocka_unit_test(money_walks), cmocka_unit_test(nothing_goes_below_zero),
		cmocka_unit_test(reversal_restores_once), cmocka_unit_test(pieces_end_at_nothing) };

	return cmocka_run_group_tests(tests, world_open, world_close);
}
