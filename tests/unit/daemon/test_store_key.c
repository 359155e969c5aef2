/* test_store_key: the shapes of keys, and that their byte order is the order of what they stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/store_key.h"

static void test_numbers(void **state)
{
	static const uint64_t numbers[] = {0,     1,          0x7f,        0x80,           0xff,
	                                   0x100, 0xffffffff, 0x100000000, UINT64_MAX - 1, UINT64_MAX};
	uint8_t bytes[8];
	struct store_key before = {.len = 0};
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		store_key_put_u64(bytes, numbers[i]);
		assert_true(store_key_get_u64(bytes) == numbers[i]);
		struct store_key key = store_key_number(numbers[i]);
		assert_int_equal(key.len, 8);
		assert_memory_equal(key.bytes, bytes, 8);
		if (i > 0)
			assert_true(memcmp(before.bytes, key.bytes, 8) < 0);
		before = key;
	}
	store_key_put_u64(bytes, 0x0102030405060708);
	assert_memory_equal(bytes, "\1\2\3\4\5\6\7\10", 8);
}

static void test_shapes(void **state)
{
	uint8_t a[32], b[32], expected[STORE_KEY_MAX];
	(void)state;
	memset(a, 0xAA, sizeof(a));
	memset(b, 0xBB, sizeof(b));
	const struct {
		struct store_key key;
		enum store_table table;
		size_t first; /* bytes of a, then the number 5 or bytes of b */
		size_t second;
	} rows[] = {
	    {store_key_rid(a), STORE_RIDS, 32, 0},
	    {store_key_id(a), STORE_INVITES, 16, 0},
	    {store_key_link(a, 5), STORE_LINKS, 32, 8},
	    {store_key_feed(a, 5), STORE_FEEDS, 16, 8},
	    {store_key_inviter(a, b), STORE_INVITERS, 16, 16},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(expected, a, rows[i].first);
		if (rows[i].second == 8)
			store_key_put_u64(expected + rows[i].first, 5);
		else
			memcpy(expected + rows[i].first, b, rows[i].second);
		assert_int_equal(rows[i].key.len, store_table_width(rows[i].table));
		assert_int_equal(rows[i].key.len, rows[i].first + rows[i].second);
		assert_memory_equal(rows[i].key.bytes, expected, rows[i].key.len);
	}
	struct store_key owed = store_key_answer(5, a);
	assert_int_equal(owed.len, store_table_width(STORE_ANSWERS));
	assert_int_equal(owed.bytes[7], 5);
	assert_memory_equal(owed.bytes + 8, a, 32);
	assert_int_equal(store_key_meta(STORE_META_CLINIC).bytes[0], 3);
	assert_int_equal(store_key_meta(STORE_META_CLINIC).len, store_table_width(STORE_META));
}

static void test_tables(void **state)
{
	(void)state;
	for (int i = 0; i < STORE_TABLE_COUNT; i++) {
		assert_true(store_table_width((enum store_table)i) <= STORE_KEY_MAX);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(store_table_name((enum store_table)i), store_table_name((enum store_table)k));
	}
	assert_string_equal(store_table_name(STORE_FEEDS), "FEEDS");
	assert_true(store_table_is_sequential(STORE_PAYLOADS));
	assert_false(store_table_is_sequential(STORE_FEEDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_shapes),
	    cmocka_unit_test(test_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
