/* test_store_open.c -- what store_open refuses and how it says so; ids. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/store.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;
static struct store *st;

static int setup(void **s)
{
	const char *why = NULL;

	(void)s;
	arena = arena_new(0);
	st = store_open(arena, "sqlite::memory:", true, 1, &why);
	return st == NULL;
}

static int teardown(void **s)
{
	(void)s;
	store_close(st);
	arena_free(arena);
	return 0;
}

static void test_ids(void **s)
{
	int64_t last = 0;

	(void)s;
	for (int i = 0; i < 1000; i++) {
		int64_t id = id_new(st, 2101);

		assert_true(id > last);
		assert_int_equal(ID_CITY(id), 2101);
		last = id;
	}
	assert_true(id_ms(last) > INT64_C(1735689600000));
	assert_int_equal(ID_CITY(id_new(st, 9999)), 9999);
}

static void test_refusals(void **s)
{
	static const char *const shown[][2] = { { "postgresql://u:secret@127.0.0.1:1/x", "postgresql://u@127.0.0.1:1/x" },
		{ "postgresql://u@127.0.0.1:1/x?sslmode=disable&password=secret", "postgresql://u@127.0.0.1:1/x?sslmode=disable&" } };
	const char *why = NULL;
	char bad[300];
	FILE *f;

	(void)s;
	assert_null(store_open(arena, "mysql://x", true, 1, &why));
	assert_non_null(strstr(why, "sqlite:"));
	assert_null(store_open(arena, "sqlite:/tmp/sanshe-none.db", false, 1, &why));
	assert_non_null(strstr(why, "init"));
	assert_null(store_open(arena, "sqlite:/tmp/sanshe-no-folder/x.db", true, 1, &why));
	assert_non_null(strstr(why, "目录"));
	snprintf(bad, sizeof bad, "/tmp/sanshe-test-bad-%d", (int)getpid());
	f = fopen(bad, "w");
	for (int i = 0; i < 1000; i++)
		fputs("这不是数据库。", f);
	fclose(f);
	memmove(bad + 7, bad, strlen(bad) + 1);
	memcpy(bad, "sqlite:", 7);
	assert_null(store_open(arena, bad, true, 1, &why));
	assert_non_null(strstr(why, "不是数据库"));
	unlink(bad + 7);
	for (unsigned i = 0; i < 2; i++) {                 /* nobody listens there; the sentence shows no password */
		assert_null(store_open(arena, shown[i][0], true, 1, &why));
		assert_null(strstr(why, "secret"));
		assert_non_null(strstr(why, shown[i][1]));
	}
}

/* The file is for its owner only: it holds people's data. */
static void test_mode(void **s)
{
	const char *why = NULL, *path = arena_printf(arena, "/tmp/sanshe-test-mode-%d", (int)getpid());
	struct store *one = store_open(arena, arena_printf(arena, "sqlite:%s", path), true, 1, &why);
	struct stat info;

	(void)s;
	assert_non_null(one);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 077, 0);
	store_close(one);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_ids), cmocka_unit_test(test_refusals), cmocka_unit_test(test_mode) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
