/* test_pad: the sizes of Padme, that padding comes off again, and that no other padding is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/pad.h"

/* computed outside of this program, from the definition in PROTOCOL.md */
static void sizes(void **state)
{
	static const size_t want[][2] = {
	    {0, 512},           {1, 512},           {510, 512},         {511, 512},         {512, 544},
	    {513, 544},         {543, 544},         {544, 576},         {1000, 1024},       {1023, 1024},
	    {1024, 1088},       {1055, 1088},       {1056, 1088},       {2047, 2048},       {2048, 2176},
	    {4095, 4096},       {4096, 4352},       {10000, 10240},     {65535, 65536},     {65536, 67584},
	    {100000, 100352},   {983040, 999424},   {1015807, 1015808}, {1015808, 1032192}, {1032190, 1032192},
	    {1032191, 1032192}, {1032192, 1048576}, {1048575, 1048576},
	};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		assert_int_equal(pad_size(want[i][0]), want[i][1]);
}

static void sizes_grow_and_cost_little(void **state)
{
	size_t last = 0, distinct = 0;

	(void)state;
	for (size_t len = 0; len < 1 << 20; len++) {
		size_t size = pad_size(len);

		assert_true(size > len && size >= last);
		distinct += size != last;
		last = size;
		if (len >= 512)
			assert_true((size - len - 1) * 100 < (len + 1) * 12);
	}
	assert_in_range(distinct, 200, 300);
}

static void goes_on_and_off(void **state)
{
	struct buf b;
	size_t len;

	(void)state;
	for (size_t n = 0; n < 1200; n++) {
		buf_init(&b, 0);
		for (size_t i = 0; i < n; i++)
			buf_put_u8(&b, i % 3 == 0 ? 0x80 : 0);
		assert_int_equal(pad_put(&b), 0);
		assert_int_equal(b.len, pad_size(n));
		assert_int_equal(pad_strip(b.data, b.len, &len), 0);
		assert_int_equal(len, n);
		buf_wipe(&b);
	}
}

static void no_room(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 511);
	assert_int_equal(pad_put(&b), ERR_TOO_BIG);
	buf_wipe(&b);
	buf_init(&b, 512);
	assert_int_equal(pad_put(&b), 0);
	buf_wipe(&b);
}

/* Every other length and every other place of the mark. */
static void only_one_padding(void **state)
{
	uint8_t bytes[2048];
	size_t len;

	(void)state;
	for (size_t size = 0; size <= 1100; size++)
		for (size_t mark = 0; mark < size; mark += size < 530 ? 1 : 13) {
			memset(bytes, 0, sizeof bytes);
			bytes[mark] = 0x80;
			len = 1;
			if (pad_size(mark) == size) {
				assert_int_equal(pad_strip(bytes, size, &len), 0);
				assert_int_equal(len, mark);
			} else {
				assert_int_equal(pad_strip(bytes, size, &len), ERR_PADDING);
				assert_int_equal(len, 0);
			}
		}
}

static void no_mark(void **state)
{
	uint8_t bytes[512] = {0};
	size_t len;

	(void)state;
	assert_int_equal(pad_strip(bytes, 0, &len), ERR_PADDING);
	assert_int_equal(pad_strip(bytes, 512, &len), ERR_PADDING);
	bytes[100] = 0x81;
	assert_int_equal(pad_strip(bytes, 512, &len), ERR_PADDING);
	bytes[100] = 0x80;
	assert_int_equal(pad_strip(bytes, 512, &len), 0);
	bytes[511] = 1;
	assert_int_equal(pad_strip(bytes, 512, &len), ERR_PADDING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes),   cmocka_unit_test(sizes_grow_and_cost_little), cmocka_unit_test(goes_on_and_off),
	    cmocka_unit_test(no_room), cmocka_unit_test(only_one_padding),           cmocka_unit_test(no_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
