/* test_mutate: the mutator of the tests itself: complete, never the original, always the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/support/mutate.h"

static const uint8_t blob[] = {0x00, 0xff, 0x41};

static size_t count(unsigned strategies, const void *bytes, size_t len, size_t stride)
{
	struct mutate m;
	size_t n = 0;

	mutate_begin(&m, strategies, bytes, len);
	mutate_stride(&m, stride);
	while (mutate_next(&m)) {
		n++;
		assert_true(m.len != len || memcmp(m.data, bytes, len) != 0);
		assert_true(strlen(mutate_what(&m)) > 0);
		assert_int_equal(m.count, n);
	}
	assert_false(mutate_next(&m));
	assert_null(m.data);
	return n;
}

static void counts(void **state)
{
	(void)state;
	assert_int_equal(count(MUTATE_BITS, blob, 3, 1), 24);
	/* 0x00 and 0xff have one other value each to be set to, which inverting already gives */
	assert_int_equal(count(MUTATE_BYTES, blob, 3, 1), 1 + 1 + 3);
	assert_int_equal(count(MUTATE_CUT_END, blob, 3, 1), 3);
	assert_int_equal(count(MUTATE_CUT_START, blob, 3, 1), 2);
	assert_int_equal(count(MUTATE_GROW, blob, 3, 1), 8);
	assert_int_equal(count(MUTATE_ALL, blob, 3, 1), 24 + 5 + 3 + 2 + 8);
	assert_int_equal(count(MUTATE_BITS | MUTATE_GROW, blob, 3, 1), 32);
	assert_int_equal(count(MUTATE_ALL, NULL, 0, 1), 4);
	assert_int_equal(count(0, blob, 3, 1), 0);
}

static void stride_thins_positions(void **state)
{
	(void)state;
	assert_int_equal(count(MUTATE_BITS, blob, 3, 2), 16);
	assert_int_equal(count(MUTATE_BITS, blob, 3, 3), 8);
	assert_int_equal(count(MUTATE_BITS, blob, 3, 0), 24);
	assert_int_equal(count(MUTATE_GROW, blob, 3, 100), 8);
}

static void every_bit_is_flipped_once(void **state)
{
	uint8_t seen[3] = {0};
	struct mutate m;

	(void)state;
	for (mutate_begin(&m, MUTATE_BITS, blob, 3); mutate_next(&m);) {
		assert_int_equal(m.len, 3);
		for (size_t i = 0; i < 3; i++) {
			uint8_t diff = m.data[i] ^ blob[i];

			assert_int_equal(seen[i] & diff, 0);
			seen[i] |= diff;
		}
	}
	assert_memory_equal(seen, "\xff\xff\xff", 3);
}

static void cuts_keep_the_right_end(void **state)
{
	struct mutate m;
	size_t empty = 0;

	(void)state;
	for (mutate_begin(&m, MUTATE_CUT_END, blob, 3); mutate_next(&m);) {
		assert_true(m.len < 3);
		assert_memory_equal(m.data, blob, m.len);
		empty += m.len == 0;
	}
	assert_int_equal(empty, 1);
	for (mutate_begin(&m, MUTATE_CUT_START, blob, 3); mutate_next(&m);) {
		assert_true(m.len > 0 && m.len < 3);
		assert_memory_equal(m.data, blob + 3 - m.len, m.len);
	}
}

static void growth_is_at_both_ends(void **state)
{
	struct mutate m;
	size_t after = 0, before = 0;

	(void)state;
	for (mutate_begin(&m, MUTATE_GROW, blob, 3); mutate_next(&m);) {
		assert_int_equal(m.len, 4);
		after += memcmp(m.data, blob, 3) == 0;
		before += memcmp(m.data + 1, blob, 3) == 0;
	}
	assert_int_equal(after, 4);
	assert_int_equal(before, 4);
}

static void left_early(void **state)
{
	struct mutate m;

	(void)state;
	mutate_begin(&m, MUTATE_ALL, blob, 3);
	assert_true(mutate_next(&m));
	mutate_end(&m);
	mutate_end(&m);
	assert_false(mutate_next(&m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts),
	    cmocka_unit_test(stride_thins_positions),
	    cmocka_unit_test(every_bit_is_flipped_once),
	    cmocka_unit_test(cuts_keep_the_right_end),
	    cmocka_unit_test(growth_is_at_both_ends),
	    cmocka_unit_test(left_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
