/* test_arena.c -- arena and buf: alignment, zeroing, marks, caps, growth. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void gives_zeroed_aligned_memory(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct mark m = arena_mark(a);
	memset(arena_alloc(a, 5000), 0xAA, 5000);
	arena_rewind(a, m);
	for (size_t n = 0; n < 300; n++) {
		unsigned char *p = arena_alloc(a, n);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
	}
	arena_free(a);
	arena_free(NULL);
}

static void copies_texts(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strdup(a, "助浴"), "助浴");
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(a, "ab", 30), "ab");
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	char *big = malloc(100001);
	memset(big, 'q', 100000);
	big[100000] = 0;
	assert_string_equal(arena_printf(a, "%s", big), big);
	free(big);
	arena_free(a);
}

static void marks_nest_and_give_back(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	char *kept = arena_strdup(a, "kept");
	size_t before = arena_used(a);
	for (int round = 0; round < 1000; round++) {
		struct mark outer = arena_mark(a);
		arena_alloc(a, 10000);
		struct mark inner = arena_mark(a);
		arena_alloc(a, 200000);
		arena_rewind(a, inner);
		arena_alloc(a, 3000000);
		arena_rewind(a, outer);
		assert_int_equal(arena_used(a), before);
	}
	assert_string_equal(kept, "kept");
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	assert_non_null(arena_alloc(a, 100));
	arena_free(a);
}

static void a_text_grows(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct buf b, other;
	buf_init(&b, a);
	buf_init(&other, a);
	assert_string_equal(b.p, "");
	buf_str(&b, NULL);
	buf_add(&b, "", 0);
	for (int i = 0; i < 20000; i++) {
		buf_int(&b, i);
		buf_printf(&b, "%c", ',');
		if (i % 1000 == 0)
			buf_str(&other, "between");   /* forces both to move */
		assert_int_equal(b.p[b.n], 0);
	}
	assert_int_equal(b.n, 10 * 2 + 90 * 3 + 900 * 4 + 9000 * 5 + 10000 * 6);
	assert_memory_equal(b.p, "0,1,2,3,", 8);
	assert_string_equal(b.p + b.n - 6, "19999,");
	assert_int_equal(other.n, 20 * 7);
	arena_free(a);
}

static void integers_to_both_ends(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct buf b;
	buf_init(&b, a);
	buf_int(&b, INT64_MIN);
	buf_str(&b, " ");
	buf_int(&b, INT64_MAX);
	buf_str(&b, " ");
	buf_int(&b, 0);
	assert_string_equal(b.p, "-9223372036854775808 9223372036854775807 0");
	arena_free(a);
}

static int status_of(void (*work)(void))
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		close(STDERR_FILENO);
		work();
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void over(void)
{
	struct arena *a = arena_new(100000);
	for (int i = 0; i < 11; i++)
		arena_alloc(a, 10000);
}

static void huge(void)
{
	arena_alloc(arena_new(0), SIZE_MAX - 3);
}

static void under(void)
{
	struct arena *a = arena_new(100000);
	for (int i = 0; i < 100; i++) {
		struct mark m = arena_mark(a);
		arena_alloc(a, 90000);
		arena_rewind(a, m);
	}
	arena_free(a);
}

static void the_cap_aborts(void **state)
{
	(void)state;
	assert_true(WIFSIGNALED(status_of(over)));
	assert_true(WIFSIGNALED(status_of(huge)));
	assert_true(WIFEXITED(status_of(under)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_aligned_memory), cmocka_unit_test(copies_texts), cmocka_unit_test(marks_nest_and_give_back),
		cmocka_unit_test(a_text_grows), cmocka_unit_test(integers_to_both_ends), cmocka_unit_test(the_cap_aborts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
