/* test_buf: growth, the hard maximum, the sticky error, and that dropped bytes are wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"

/* So that an impossible request returns NULL under the address sanitizer too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void integers_are_big_endian(void **state)
{
	static const uint8_t want[] = {0xfe, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
	                               0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_null(b.data);
	assert_int_equal(b.max, BUF_MAX_DEFAULT);
	assert_int_equal(buf_put_u8(&b, 0xfe), 0);
	assert_int_equal(buf_put_u16(&b, 0x0102), 0);
	assert_int_equal(buf_put_u32(&b, 0x03040506), 0);
	assert_int_equal(buf_put_u64(&b, 0x0708090a0b0c0d0e), 0);
	assert_int_equal(b.len, sizeof want);
	assert_memory_equal(b.data, want, sizeof want);
	buf_wipe(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	buf_wipe(&b);
}

static void grows_and_keeps(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(buf_put_u8(&b, (uint8_t)(i * 7)), 0);
	assert_int_equal(b.len, 10000);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(b.data[i], (uint8_t)(i * 7));
	buf_wipe(&b);
}

static void maximum_is_hard(void **state)
{
	static const uint8_t bytes[100];
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_put(&b, bytes, 100), 0);
	assert_int_equal(buf_put(&b, NULL, 0), 0);
	assert_true(b.cap <= 100);
	assert_int_equal(buf_put_u8(&b, 1), ERR_TOO_BIG);
	assert_int_equal(b.len, 100);
	buf_wipe(&b);
	assert_int_equal(b.max, 100);
	assert_int_equal(buf_put(&b, bytes, 99), 0);
	assert_int_equal(buf_put_u16(&b, 1), ERR_TOO_BIG);
	buf_wipe(&b);
	assert_null(buf_reserve(&b, SIZE_MAX));
	assert_int_equal(buf_err(&b), ERR_TOO_BIG);
	buf_wipe(&b);
}

static void tiny_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1);
	assert_int_equal(buf_put_u8(&b, 7), 0);
	assert_int_equal(b.cap, 1);
	assert_int_equal(buf_put_u8(&b, 7), ERR_TOO_BIG);
	buf_wipe(&b);
}

static void error_is_sticky(void **state)
{
	struct buf b;
	uint8_t *data = (uint8_t *)&b;
	size_t len = 9;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(buf_put_u32(&b, 0x01020304), 0);
	assert_int_equal(buf_err(&b), 0);
	assert_int_equal(buf_put_u8(&b, 5), ERR_TOO_BIG);
	buf_truncate(&b, 1);
	assert_int_equal(buf_put_u8(&b, 5), ERR_TOO_BIG);
	assert_int_equal(buf_put(&b, NULL, 0), ERR_TOO_BIG);
	assert_null(buf_reserve(&b, 0));
	assert_int_equal(buf_err(&b), ERR_TOO_BIG);
	assert_int_equal(buf_take(&b, &data, &len), ERR_TOO_BIG);
	assert_null(data);
	assert_int_equal(len, 0);
	assert_int_equal(b.len, 1);
	buf_reset(&b);
	assert_int_equal(buf_err(&b), 0);
	assert_int_equal(b.len, 0);
	assert_non_null(b.data);
	assert_int_equal(buf_put_u8(&b, 5), 0);
	buf_wipe(&b);
}

static void no_memory(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(buf_put_u8(&b, 1), 0);
	assert_null(buf_reserve(&b, SIZE_MAX / 4));
	assert_int_equal(buf_err(&b), ERR_NOMEM);
	assert_int_equal(buf_put_u8(&b, 1), ERR_NOMEM);
	assert_int_equal(b.len, 1);
	buf_wipe(&b);
}

static void reserve_points_at_the_end(void **state)
{
	struct buf b;
	uint8_t *p;

	(void)state;
	buf_init(&b, 0);
	assert_non_null(buf_reserve(&b, 0));
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_put_u8(&b, 1), 0);
	p = buf_reserve(&b, 3);
	assert_non_null(p);
	assert_ptr_equal(p, b.data + 1);
	memset(p, 9, 3);
	assert_int_equal(buf_put_u8(&b, 2), 0);
	assert_memory_equal(b.data, "\1\11\11\11\2", 5);
	buf_wipe(&b);
}

static void dropped_bytes_are_wiped(void **state)
{
	static const uint8_t zero[10];
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(buf_put(&b, "0123456789", 10), 0);
	buf_truncate(&b, 11);
	buf_truncate(&b, 10);
	assert_int_equal(b.len, 10);
	buf_truncate(&b, 8);
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.data, "01234567\0\0", 10);
	buf_consume(&b, 0);
	assert_int_equal(b.len, 8);
	buf_consume(&b, 3);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "34567\0\0\0\0\0", 10);
	buf_consume(&b, 6);
	assert_int_equal(b.len, 0);
	assert_memory_equal(b.data, zero, 10);
	assert_int_equal(buf_put(&b, "abc", 3), 0);
	buf_reset(&b);
	assert_memory_equal(b.data, zero, 10);
	buf_wipe(&b);
}

static void take_moves(void **state)
{
	struct buf b;
	uint8_t *data;
	size_t len;

	(void)state;
	buf_init(&b, 50);
	assert_int_equal(buf_take(&b, &data, &len), 0);
	assert_null(data);
	assert_int_equal(len, 0);
	assert_non_null(buf_reserve(&b, 0));
	assert_int_equal(buf_take(&b, &data, &len), 0);
	assert_null(data);
	assert_int_equal(buf_put(&b, "abc", 3), 0);
	assert_int_equal(buf_take(&b, &data, &len), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(data, "abc", 3);
	assert_null(b.data);
	assert_int_equal(b.max, 50);
	buf_free_bytes(data, len);
	buf_free_bytes(NULL, 0);
	assert_int_equal(buf_put(&b, "de", 2), 0);
	assert_memory_equal(b.data, "de", 2);
	buf_wipe(&b);
}

static void zeroed_is_legal(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_wipe(&b);
	b = (struct buf){0};
	buf_reset(&b);
	buf_consume(&b, 5);
	buf_truncate(&b, 0);
	assert_int_equal(buf_put_u8(&b, 1), 0);
	assert_int_equal(b.len, 1);
	buf_wipe(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(integers_are_big_endian),
	    cmocka_unit_test(grows_and_keeps),
	    cmocka_unit_test(maximum_is_hard),
	    cmocka_unit_test(tiny_maximum),
	    cmocka_unit_test(error_is_sticky),
	    cmocka_unit_test(no_memory),
	    cmocka_unit_test(reserve_points_at_the_end),
	    cmocka_unit_test(dropped_bytes_are_wiped),
	    cmocka_unit_test(take_moves),
	    cmocka_unit_test(zeroed_is_legal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
