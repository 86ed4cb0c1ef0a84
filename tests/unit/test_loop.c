/* test_loop.c -- the whole story by the people who live it: a need becomes a project, a purchase, a contract, a service, a rating, an
 * evaluation, a payment, and is closed by the resident's word alone; and what must be refused on the way (loop.c and its rooms). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "domain_world.h"

static struct caller resident, community, street, county, city, finance, manager, worker, evaluator, stranger;
static int64_t org, sw, need, second_need, project, fund, purchase, bid, contract, m1, m2, p1, p2;

static const char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *say(const char *format, ...)
{
	va_list a;

	va_start(a, format);
	char *s = arena_vprintf(world_arena, format, a);
	va_end(a);
	return s;
}
#define ID(x) (long long)(x)
#define OK(call) do { enum rc rc_ = (call); if (rc_) fail_msg("%s: rc %d %s %s", #call, rc_, last_code, last_message); } while (0)
#define NO(call, code) do { enum rc rc_ = (call); if (!rc_ || strcmp(last_code, code)) fail_msg("%s: rc %d %s %s, not %s", #call, rc_, last_code, last_message, code); } while (0)

static struct caller person(unsigned role, int64_t region, int64_t id)
{
	return (struct caller){ .account = id, .person = id, .role = role, .region = region, .name = "t", .source = "t" };
}

static struct find { const struct entity *e; const char *by; int64_t value, seq, found; } asked;
static enum rc find(struct ctx *c, void *arg)
{
	struct find *f = arg;
	const struct record *r = f->seq ? rule_find(c, f->e, WITH({ f->by, f->value }, { "seq", f->seq }), 0) : rule_find(c, f->e, WITH({ f->by, f->value }), 0);

	f->found = r ? rec_id(r) : 0;
	return RC_OK;
}
static int64_t found(const struct entity *e, const char *by_, int64_t value, int64_t seq)
{
	asked = (struct find){ e, by_, value, seq, 0 };
	assert_int_equal(by(&who_system, find, &asked), RC_OK);
	assert_true(asked.found);
	return asked.found;
}

static void people(void **state)
{
	(void)state;
	resident = person(RESIDENT, COMMUNITY_AT, 1);
	resident.has_phone = true;
	keys_hash("phone", "15400000001", resident.phone_hash);
	stranger = resident;
	stranger.person = 99;
	keys_hash("phone", "15400000009", stranger.phone_hash);
	community = person(COMMUNITY, COMMUNITY_AT, 2);
	street = person(STREET, STREET_AT, 3);
	county = person(COUNTY, COUNTY_AT, 4);
	city = person(CITY, CITY_AT, 5);
	finance = person(FINANCE, COUNTY_AT, 6);
	evaluator = person(EVALUATOR, COUNTY_AT, 9);
	org = create(&county, &social_orgs, "{\"uscc\":\"52210102FAKE000216\",\"name\":\"测试乙丑社会工作服务中心\",\"type\":\"OT03\",\"place\":\"210102000000\"}");
	assert_true(org);
	sw = create(&county, &workers, say("{\"code\":\"SW1\",\"name\":\"测试\",\"idno\":\"219901198804049424\",\"org\":\"%lld\",\"community\":\"210102021003\","
		"\"category\":\"WC05\",\"certificate\":\"CERT0\"}", ID(org)));
	assert_true(sw);
	manager = person(ORG_MANAGER, COUNTY_AT, 7);
	worker = person(WORKER, COUNTY_AT, 8);
	manager.org = worker.org = org;
	worker.bound = sw;
}

static const char need_body[] = "{\"community\":\"210102021003\",\"owner_name\":\"测试居民\",\"phone\":\"%s\",\"grp\":\"TG01\",\"domain\":\"SD01\","
	"\"detail\":\"独居，需定期上门探访\"%s}";

static void a_need_is_raised(void **state)
{
	(void)state;
	assert_false(create(&resident, &needs, say(need_body, "15400000009", "")));      /* another person's telephone */
	need = create(&resident, &needs, say(need_body, "15400000001", ""));
	assert_true(need);
	NO(step(&community, &needs, need, "accept", "{}"), "state");
	OK(step(&resident, &needs, need, "submit", NULL));
	assert_int_equal(step(&stranger, &needs, need, "withdraw", NULL), RC_MISSING);
	OK(step(&community, &needs, need, "verify", NULL));
	OK(step(&community, &needs, need, "accept", NULL));
	assert_false(create(&community, &needs, say(need_body, "15400000002", "")));     /* on behalf, without a witness */
	assert_string_equal(last_code, "witness_missing");
	second_need = create(&community, &needs, say(need_body, "15400000002", ",\"witness\":\"测试见证人\""));
	OK(step(&community, &needs, second_need, "submit", NULL));
	OK(step(&community, &needs, second_need, "accept", NULL));
}

static void needs_become_a_project(void **state)
{
	(void)state;
	project = create(&community, &projects, "{\"title\":\"独居老人照顾\",\"place\":\"210102021003\",\"domain\":\"SD01\",\"purchaser\":\"和平区民政局\"}");
	assert_true(project);
	NO(step(&community, &projects, project, "submit", NULL), "no_need");
	OK(step(&community, &needs, need, "plan", say("{\"project\":\"%lld\"}", ID(project))));
	OK(step(&community, &needs, second_need, "plan", say("{\"project\":\"%lld\"}", ID(project))));
	NO(step(&community, &projects, project, "submit", NULL), "no_items");
	assert_true(create(&community, &project_items, say("{\"project\":\"%lld\",\"item\":\"每周探访\",\"unit\":\"次\",\"qty\":400,\"unit_price_fen\":10001}", ID(project))));
	assert_true(create(&community, &budget_lines, say("{\"project\":\"%lld\",\"kind\":\"staff\",\"amount_fen\":3000000}", ID(project))));
	NO(step(&community, &projects, project, "submit", NULL), "lines_do_not_sum");
	assert_true(create(&community, &budget_lines, say("{\"project\":\"%lld\",\"kind\":\"activity\",\"amount_fen\":1000400}", ID(project))));
	OK(step(&community, &projects, project, "submit", NULL));
	OK(step(&street, &projects, project, "street_review", "{\"opinion\":\"同意\"}"));
	NO(step(&street, &projects, project, "approve", "{}"), "denied");
	OK(step(&county, &projects, project, "approve", "{}"));
	assert_int_equal(rec_int(load(&projects, project), "total_fen"), 4000400);
}

static void money_is_found(void **state)
{
	int64_t lottery;

	(void)state;
	fund = create(&county, &funds, "{\"name\":\"购买服务\",\"source\":\"FS01\",\"place\":\"210102000000\",\"year\":2020,\"appropriated_fen\":10000000}");
	lottery = create(&county, &funds, "{\"name\":\"福彩\",\"source\":\"FS02\",\"place\":\"210102000000\",\"year\":2020,\"appropriated_fen\":10000000}");
	assert_false(create(&finance, &budgets, say("{\"project\":\"%lld\",\"fund\":\"%lld\",\"fen\":1}", ID(project), ID(fund))));
	assert_string_equal(last_code, "fund_not_approved");
	OK(step(&finance, &funds, fund, "approve", NULL));
	OK(step(&finance, &funds, lottery, "approve", NULL));
	NO(step(&finance, &projects, project, "budget", NULL), "fund_sources_do_not_sum");
	int64_t wrong = create(&finance, &budgets, say("{\"project\":\"%lld\",\"fund\":\"%lld\",\"fen\":1000401}", ID(project), ID(lottery)));
	int64_t rest = create(&finance, &budgets, say("{\"project\":\"%lld\",\"fund\":\"%lld\",\"fen\":2999999}", ID(project), ID(fund)));
	assert_true(wrong && rest);
	NO(step(&finance, &projects, project, "budget", NULL), "earmark");                /* lottery money would pay staff */
	OK(edit(&finance, &budgets, wrong, 1, "{\"fen\":1000400}"));
	OK(edit(&finance, &budgets, rest, 1, "{\"fen\":3000000}"));
	OK(step(&finance, &projects, project, "budget", NULL));
	assert_string_equal(state_of(&budgets, rest), "reserved");
	assert_int_equal(faults(), 0);
}

static void purchase_is_made(void **state)
{
	(void)state;
	assert_false(create(&county, &procurements, say("{\"project\":\"%lld\",\"title\":\"采购\",\"method\":\"PM08\",\"demand\":\"每周探访\"}", ID(project))));
	purchase = create(&county, &procurements, say("{\"project\":\"%lld\",\"title\":\"采购\",\"method\":\"PM08\",\"ground\":\"small\",\"demand\":\"每周探访\"}", ID(project)));
	assert_true(purchase);
	assert_string_equal(state_of(&projects, project), "procuring");
	OK(step(&county, &procurements, purchase, "consult", "{\"consultation\":\"居民议事会同意\"}"));
	NO(step(&county, &procurements, purchase, "publish", "{\"document\":\"见附件\",\"deadline\":\"2020-11-19T10:00:00Z\"}"), "too_early");
	OK(step(&county, &procurements, purchase, "publish", "{\"document\":\"见附件\",\"deadline\":\"2020-11-23T01:00:00Z\"}"));
	bid = create(&manager, &bids, say("{\"procurement\":\"%lld\",\"price_fen\":3999999,\"content\":\"方案\",\"statement\":true}", ID(purchase)));
	assert_true(bid);
	OK(step(&manager, &bids, bid, "seal", NULL));
	NO(step(&county, &procurements, purchase, "open", NULL), "too_early");
	world_day("2020-11-23");
	OK(step(&county, &procurements, purchase, "open", NULL));
	NO(step(&evaluator, &procurements, purchase, "evaluate", "{\"report\":\"符合\"}"), "not_scored");
	NO(step(&evaluator, &bids, bid, "score", "{\"score_bp\":9000,\"no_tie\":false}"), "tie");
	OK(step(&evaluator, &bids, bid, "score", "{\"score_bp\":9000,\"no_tie\":true}"));
	OK(step(&evaluator, &procurements, purchase, "evaluate", "{\"report\":\"符合\"}"));
	OK(step(&county, &procurements, purchase, "announce", "{\"award_why\":\"得分最高\"}"));
	OK(step(&county, &procurements, purchase, "award", NULL));
	contract = found(&contracts, "procurement", purchase, 0);
	assert_string_equal(state_of(&bids, bid), "won");
}

static void contract_is_signed(void **state)
{
	(void)state;
	NO(step(&county, &contracts, contract, "sign", "{\"signed_on\":\"2020-11-23\"}"), "milestones_not_100");
	m1 = create(&county, &milestones, say("{\"contract\":\"%lld\",\"seq\":1,\"title\":\"首期\",\"due_on\":\"2020-12-01\",\"share_bp\":5001}", ID(contract)));
	assert_false(create(&county, &milestones, say("{\"contract\":\"%lld\",\"seq\":2,\"title\":\"尾款\",\"due_on\":\"2020-12-31\",\"share_bp\":5000,\"last\":true}", ID(contract))));
	assert_string_equal(last_code, "milestones_over_100");
	m2 = create(&county, &milestones, say("{\"contract\":\"%lld\",\"seq\":2,\"title\":\"尾款\",\"due_on\":\"2020-12-31\",\"share_bp\":4999,\"last\":true}", ID(contract)));
	assert_true(m1 && m2);
	assert_int_equal(rec_int(load(&milestones, m1), "due_fen") + rec_int(load(&milestones, m2), "due_fen"), 3999999);
	OK(edit(&county, &contracts, contract, load(&contracts, contract)->version, "{\"starts_on\":\"2020-11-23\",\"ends_on\":\"2020-12-31\"}"));
	OK(step(&county, &contracts, contract, "sign", "{\"signed_on\":\"2020-11-23\"}"));
	OK(step(&county, &contracts, contract, "announce", NULL));
	OK(step(&finance, &contracts, contract, "file", "{\"receipt\":\"B1\"}"));
	OK(step(&manager, &contracts, contract, "start", NULL));
	assert_string_equal(state_of(&projects, project), "executing");
	assert_string_equal(state_of(&needs, need), "in_service");
	assert_string_equal(state_of(&procurements, purchase), "filed");
	assert_int_equal(faults(), 0);
}

static const char service[] = "{\"project\":\"%lld\",\"community\":\"%s\",\"worker\":\"%lld\",\"method\":\"WM01\",\"day\":\"2020-11-24\",\"starts\":\"%s\","
	"\"ends\":\"%s\",\"person_times\":1,\"need\":\"%lld\",\"content\":\"入户探访\"}";

static void service_is_given(void **state)
{
	(void)state;
	assert_false(create(&worker, &service_records, say(service, ID(project), "210102021003", ID(sw), "09:00", "10:00", ID(need))));
	assert_string_equal(last_code, "date_far_future");
	world_day("2020-11-24");
	int64_t record = create(&worker, &service_records, say(service, ID(project), "210102021003", ID(sw), "09:00", "10:00", ID(need)));
	assert_true(record);
	assert_int_equal(rec_int(load(&service_records, record), "minutes"), 60);
	assert_false(create(&worker, &service_records, say(service, ID(project), "210102021004", ID(sw), "09:59", "11:00", ID(need))));
	assert_string_equal(last_code, "worker_double_booked");
	assert_true(create(&worker, &service_records, say(service, ID(project), "210102021003", ID(sw), "10:00", "11:00", ID(need))));
	world_day("2020-11-26");
	NO(edit(&worker, &service_records, record, 1, "{\"content\":\"改写\"}"), "locked");
	OK(step(&worker, &service_records, record, "amend", "{\"amend_reason\":\"补充内容\"}"));
	OK(edit(&worker, &service_records, record, load(&service_records, record)->version, "{\"content\":\"入户探访并量血压\"}"));
	OK(step(&worker, &service_records, record, "finish", NULL));
}

static const char word[] = "{\"need\":\"%lld\",\"score\":%d,\"solved\":\"%s\"%s}";

/* Only the resident's word closes the need; when he is not content it is open again and somebody owes a remedy. */
static void only_the_resident_closes(void **state)
{
	(void)state;
	assert_false(create(&resident, &need_confirmations, say(word, ID(need), 5, "yes", "")));       /* not resolved yet */
	OK(step(&worker, &needs, need, "resolve", "{\"result\":\"已探访\"}"));
	NO(step(&community, &needs, need, "confirm", NULL), "denied");
	NO(step(&community, &needs, need, "close", NULL), "state");
	assert_false(create(&community, &need_confirmations, say(word, ID(need), 5, "yes", "")));      /* on behalf, without way and witness */
	assert_false(create(&worker, &need_confirmations, say(word, ID(need), 5, "yes", "")));
	assert_false(create(&stranger, &need_confirmations, say(word, ID(need), 5, "yes", "")));
	assert_true(create(&resident, &need_confirmations, say(word, ID(need), 3, "partly", ",\"words\":\"来得太少\"")));
	assert_string_equal(state_of(&needs, need), "reopened");
	int64_t remedy = found(&rectifications, "need", need, 0);
	OK(step(&worker, &rectifications, remedy, "answer", "{\"answer\":\"改为每周两次\"}"));
	OK(step(&community, &rectifications, remedy, "check", "{\"finding\":\"属实\"}"));
	OK(step(&worker, &needs, need, "serve", NULL));
	OK(step(&worker, &needs, need, "resolve", "{\"result\":\"每周两次\"}"));
	assert_true(create(&resident, &need_confirmations, say(word, ID(need), 5, "yes", "")));
	assert_string_equal(state_of(&needs, need), "closed");
	OK(step(&worker, &needs, second_need, "resolve", "{\"result\":\"已探访\"}"));
	NO(step(&community, &needs, second_need, "lose_touch", "{\"tries\":3,\"reason\":\"电话无人接听\"}"), "too_early");
	assert_true(create(&community, &need_confirmations, say(word, ID(second_need), 4, "yes", ",\"how\":\"visit\",\"witness\":\"测试见证人\"")));
	assert_string_equal(state_of(&needs, second_need), "closed");
	assert_true(create(&resident, &ratings, say("{\"need\":\"%lld\",\"attitude\":5,\"skill\":4,\"timely\":4,\"effect\":5,\"again\":true,\"anonymous\":true}", ID(need))));
}

static enum rc payment_to(int64_t p, const char *invoice)
{
	enum rc rc;

	if ((rc = step(&manager, &payments, p, "request", say("{\"invoice_no\":\"%s\",\"bank_account\":\"6222000000000001\"}", invoice))) ||
	    (rc = step(&street, &payments, p, "dept_approve", "{}")) || (rc = step(&finance, &payments, p, "finance_approve", "{}")))
		return rc;
	return step(&county, &payments, p, "pay", "{\"voucher\":\"PZ1\",\"paid_on\":\"2020-11-26\"}");
}

static void money_follows_work(void **state)
{
	struct caller twin = finance;

	(void)state;
	p1 = found(&payments, "contract", contract, 1), p2 = found(&payments, "contract", contract, 2);
	NO(payment_to(p1, "1"), "not_accepted");
	OK(step(&manager, &milestones, m1, "submit", "{\"evidence\":\"记录与照片\"}"));
	OK(step(&street, &milestones, m1, "accept", "{\"met\":\"逐条达标\",\"opinions\":\"居民满意\"}"));
	OK(step(&manager, &payments, p1, "request", "{\"invoice_no\":\"1\",\"bank_account\":\"6222000000000001\"}"));
	OK(step(&street, &payments, p1, "dept_approve", "{}"));
	OK(step(&finance, &payments, p1, "finance_approve", "{}"));
	NO(step(&finance, &payments, p1, "pay", "{\"voucher\":\"PZ1\",\"paid_on\":\"2020-11-26\"}"), "four_eyes");
	twin.account = 66;                                      /* the same person under another account */
	NO(step(&twin, &payments, p1, "pay", "{\"voucher\":\"PZ1\",\"paid_on\":\"2020-11-26\"}"), "four_eyes");
	OK(step(&county, &payments, p1, "pay", "{\"voucher\":\"PZ1\",\"paid_on\":\"2020-11-26\"}"));
	OK(step(&manager, &milestones, m2, "submit", "{\"evidence\":\"结项材料\"}"));
	OK(step(&street, &milestones, m2, "accept", "{\"met\":\"逐条达标\",\"opinions\":\"居民满意\"}"));
	NO(payment_to(p2, "2"), "not_graded");
	assert_int_equal(faults(), 0);
}

static void three_parties_judge(void **state)
{
	static const char body[] = "{\"project\":\"%lld\",\"party\":\"%s\",\"score_bp\":%d,\"opinion\":\"达到预期\",\"no_tie\":%s}";
	int64_t e[3];

	(void)state;
	assert_false(create(&county, &evaluations, say(body, ID(project), "EP01", 8500, "true")));     /* he made the contract */
	assert_string_equal(last_code, "tie");
	assert_false(create(&city, &evaluations, say(body, ID(project), "EP03", 8500, "true")));
	assert_string_equal(last_code, "wrong_party");
	assert_false(create(&city, &evaluations, say(body, ID(project), "EP01", 8500, "false")));
	e[0] = create(&city, &evaluations, say(body, ID(project), "EP01", 8500, "true"));
	e[1] = create(&community, &evaluations, say(body, ID(project), "EP02", 100, "true"));           /* residents' ratings speak instead */
	e[2] = create(&evaluator, &evaluations, say(body, ID(project), "EP03", 9001, "true"));
	assert_true(e[0] && e[1] && e[2]);
	OK(step(&city, &evaluations, e[0], "hand_in", NULL));
	OK(step(&community, &evaluations, e[1], "hand_in", NULL));
	assert_string_equal(state_of(&evaluations, e[0]), "handed_in");
	OK(step(&evaluator, &evaluations, e[2], "hand_in", NULL));
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(state_of(&evaluations, e[i]), "revealed");
	assert_int_equal(rec_int(load(&evaluations, e[1]), "score_bp"), 9000);
	assert_int_equal(rec_int(load(&contracts, contract), "grade_bp"), (8500 * 4 + 9000 * 3 + 9001 * 3) / 10);
}

static void the_story_ends(void **state)
{
	(void)state;
	OK(payment_to(p2, "2"));
	OK(step(&county, &contracts, contract, "accept", "{\"opinion\":\"全部达标\"}"));
	OK(step(&finance, &contracts, contract, "settle", NULL));
	OK(step(&manager, &projects, project, "finish", "{\"report\":\"完成\"}"));
	OK(step(&county, &projects, project, "accept", "{\"acceptance\":\"合格\"}"));
	OK(step(&finance, &projects, project, "settle", NULL));
	OK(step(&county, &projects, project, "archive", NULL));
	assert_string_equal(state_of(&projects, project), "archived");
	assert_int_equal(faults(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(people), cmocka_unit_test(a_need_is_raised), cmocka_unit_test(needs_become_a_project),
		cmocka_unit_test(money_is_found), cmocka_unit_test(purchase_is_made), cmocka_unit_test(contract_is_signed), cmocka_unit_test(service_is_given),
		cmocka_unit_test(only_the_resident_closes), cmocka_unit_test(money_follows_work), cmocka_unit_test(three_parties_judge), cmocka_unit_test(the_story_ends) };

	return cmocka_run_group_tests(tests, world_open, world_close);
}
