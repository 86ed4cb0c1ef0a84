/* test_route.c -- paths to handlers: rooms, ids, steps, files; wrong methods; targets that must be refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "http/http.h"
#include <string.h>

static struct service demo = { .demo = true }, plain;
static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static struct request ask(struct service *s, const char *method, const char *target)
{
	struct request rq = { .arena = a, .service = s, .method = method };
	assert_true(route_parse(&rq, target));
	return rq;
}

/* A room with a step, whatever it is called. */
static const struct entity *some_room(void)
{
	for (unsigned i = 0; i < n_rooms; i++)
		if (rooms[i]->n_transitions && strchr(rooms[i]->name, '_') == NULL)
			return rooms[i];
	fail_msg("no room has a step");
	return NULL;
}

static const char *path(const char *format, const char *x, const char *y)
{
	return arena_printf(a, "/api/v1/%s%s%s", x, format, y);
}

static void generic_routes(void **state)
{
	(void)state;
	const struct entity *e = some_room();
	const char *step = e->transitions[0].name, *allow;
	const struct { const char *method, *target; handle *run; } cases[] = {
		{ "GET", path("", e->name, "?limit=5"), list_get }, { "POST", path("", e->name, ""), record_post },
		{ "GET", path("/1234", e->name, ""), record_get }, { "HEAD", path("/1234", e->name, ""), record_get },
		{ "PATCH", path("/1234", e->name, ""), record_patch }, { "POST", path("/1234/", e->name, step), step_post },
		{ "GET", path(".csv", e->name, ""), csv_get }, { "GET", path(".xlsx", e->name, "?region=21"), xlsx_get },
		{ "GET", path("/totals", e->name, "?by=state"), groups_get }, { "POST", path("/import", e->name, "?dry_run=1"), import_post },
		{ "GET", path("/1234/history", e->name, ""), history_get }, { "POST", path("/1234/reveal", e->name, ""), reveal_post },
	};
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct request rq = ask(&plain, cases[i].method, cases[i].target);
		const struct route *r = route_find(&rq, &allow);
		assert_non_null(r);
		assert_ptr_equal(r->run, cases[i].run);
		assert_ptr_equal(rq.e, e);
	}
	struct request rq = ask(&plain, "POST", path("/1234/", e->name, step));
	route_find(&rq, &allow);
	assert_int_equal(rq.id, 1234);
	assert_string_equal(rq.word, step);
}

static void refusals(void **state)
{
	(void)state;
	const char *e = some_room()->name, *allow;
	const struct { const char *method, *target, *allow; } cases[] = {
		{ "GET", "/api/v1/nothing-here", NULL }, { "GET", "/api/v1/", NULL }, { "GET", "/api/v2/x", NULL },
		{ "POST", path("/1234/no_such_step", e, ""), NULL }, { "GET", path("/12x", e, ""), NULL }, { "GET", path("/-1", e, ""), NULL },
		{ "GET", path("/99999999999999999999", e, ""), NULL }, { "GET", path("//", e, ""), NULL }, { "GET", path("/1/history/2", e, ""), NULL },
		{ "DELETE", path("/1234", e, ""), "GET, HEAD, PATCH" }, { "PUT", path("", e, ""), "GET, HEAD, POST" },
		{ "OPTIONS", "/api/v1/session", "POST, GET, DELETE" }, { "POST", "/healthz", "GET, HEAD" }, { "POST", "/anything", "GET, HEAD" },
	};
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct request rq = ask(&plain, cases[i].method, cases[i].target);
		const struct route *r = route_find(&rq, &allow);
		assert_null(r);
		if (cases[i].allow)
			assert_string_equal(allow, cases[i].allow);
		else
			assert_null(allow);
	}
}

static void demonstration_only(void **state)
{
	(void)state;
	const char *allow;
	struct request one = ask(&plain, "GET", "/api/v1/outbox"), two = ask(&demo, "GET", "/api/v1/outbox");
	assert_null(route_find(&one, &allow));
	assert_null(allow);
	assert_non_null(route_find(&two, &allow));
}

static void pages_of_the_application(void **state)
{
	(void)state;
	const char *allow;
	struct request rq = ask(&plain, "GET", "/a/page/of/the/application");
	const struct route *r = route_find(&rq, &allow);
	assert_non_null(r);
	assert_ptr_equal(r->run, static_get);
	assert_int_equal(route_number(r), n_routes);
}

static void targets(void **state)
{
	(void)state;
	struct request rq = ask(&plain, "GET", "/x%20y?q=%E5%8A%A9%E6%B5%B4&empty=&flag&sum=1%2B1&plus=a+b");
	assert_string_equal(rq.path, "/x y");
	assert_int_equal(rq.n_query, 5);
	assert_string_equal(route_param(&rq, "q"), "助浴");
	assert_string_equal(route_param(&rq, "empty"), "");
	assert_string_equal(route_param(&rq, "flag"), "");
	assert_string_equal(route_param(&rq, "sum"), "1+1");
	assert_string_equal(route_param(&rq, "plus"), "a b");
	assert_null(route_param(&rq, "absent"));
	static const char *const bad[] = { "", "x", "/%", "/%4", "/%zz", "/%00", "/a?b=%00", "/%ff", "/a?b=%c3%28", "/a?%", "/%ed%a0%80" };
	for (unsigned i = 0; i < COUNT(bad); i++) {
		struct request no = { .arena = a };
		assert_false(route_parse(&no, bad[i]));
	}
}

static void too_many_parameters(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, a);
	buf_str(&b, "/x?a=1");
	for (int i = 0; i < 200; i++)
		buf_str(&b, "&a=1");
	struct request rq = { .arena = a };
	assert_false(route_parse(&rq, b.p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generic_routes), cmocka_unit_test(refusals), cmocka_unit_test(demonstration_only),
		cmocka_unit_test(pages_of_the_application), cmocka_unit_test(targets), cmocka_unit_test(too_many_parameters),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
