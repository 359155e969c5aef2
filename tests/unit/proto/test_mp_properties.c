/* test_mp_properties: a value has one form: what the scan allows is decoded, and written again gives the very same
 * bytes; nothing that is cut is allowed. Over all short values, and over random ones and their mutations from fixed
 * seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/unit/support/mp_again.h"

/* Scans a copy of exactly `len` bytes, so that a read past the end is seen by the sanitizer. */
static int scan(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int ret;

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	ret = mp_scan(copy, len);
	free(copy);
	return ret;
}

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void put_random(struct buf *b, uint64_t *seed, unsigned depth)
{
	static const uint8_t noise[300] = {1, 2, 0xff};
	static const char words[] =
	    "K\xc3\xb6rper und Atem, \xe2\x82\xac, \xf0\x9f\x8c\xb1 and then some words to get past thirty-one";
	uint64_t r = next(seed);
	uint32_t count = (uint32_t)(next(seed) % 6);

	switch (r % (depth < MP_DEPTH_MAX ? 9 : 7)) {
	case 0:
		mp_put_nil(b);
		break;
	case 1:
		mp_put_bool(b, r & 64);
		break;
	case 2:
		mp_put_u64(b, next(seed) >> (next(seed) % 64));
		break;
	case 3:
		mp_put_i64(b, -1 - (int64_t)(next(seed) >> (1 + next(seed) % 63)));
		break;
	case 4:
		mp_put_bin(b, noise, next(seed) % (r & 64 ? sizeof noise : 8));
		break;
	case 5:
		mp_put_cstr(b, r & 64 ? words : "");
		break;
	case 6:
		mp_put_u64(b, next(seed) % 256);
		break;
	default:
		if (count == 5)
			count = 17;
		mp_put_array(b, count);
		for (uint32_t i = 0; i < count; i++)
			put_random(b, seed, depth + 1);
	}
}

static void put_random_value(struct buf *b, uint64_t *seed)
{
	uint32_t count = (uint32_t)(next(seed) % 8);

	mp_put_array(b, count);
	for (uint32_t i = 0; i < count; i++)
		put_random(b, seed, 2);
	assert_int_equal(buf_err(b), 0);
}

/* If the scan allows it, msgpack-c decodes it and our writer makes the very same bytes of it. Returns what the scan
 * said. */
static int one_form(const uint8_t *bytes, size_t len)
{
	struct buf again;
	int ret = scan(bytes, len);

	if (ret)
		return ret;
	buf_init(&again, 0);
	assert_int_equal(mp_again(bytes, len, &again), 0);
	assert_int_equal(again.len, len);
	assert_memory_equal(again.data, bytes, len);
	buf_wipe(&again);
	return 0;
}

static void short_values_exhaustively(void **state)
{
	uint8_t v[4];
	unsigned allowed = 0;

	(void)state;
	for (unsigned first = 0x90; first <= 0x92; first++)
		for (unsigned rest = 0; rest < 0x10000; rest++) {
			v[0] = (uint8_t)first;
			v[1] = (uint8_t)(rest >> 8);
			v[2] = (uint8_t)rest;
			allowed += one_form(v, 3) == 0;
		}
	/* [uint 8], [int 8], [a character], [empty bin], [[v]], [v, v]; v: one of 165 values of one byte */
	assert_int_equal(allowed, 128 + 96 + 128 + 1 + 165 + 165 * 165);
}

static void every_prefix_is_refused(void **state)
{
	uint64_t seed = 0x6b61702d31;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct buf b;

		buf_init(&b, 0);
		put_random_value(&b, &seed);
		assert_int_equal(one_form(b.data, b.len), 0);
		for (size_t len = 0; len < b.len; len++)
			assert_int_equal(scan(b.data, len), ERR_PROTO);
		buf_put_u8(&b, 0);
		assert_int_equal(scan(b.data, b.len), ERR_CANON);
		buf_wipe(&b);
	}
}

static void mutations(void **state)
{
	uint64_t seed = 0x6b61702d32;
	unsigned allowed = 0, refused = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct buf b;

		buf_init(&b, 0);
		put_random_value(&b, &seed);
		for (int k = 0; k < 20; k++) {
			size_t at = next(&seed) % b.len;
			uint8_t was = b.data[at];

			b.data[at] = (uint8_t)(k & 1 ? next(&seed) : was ^ 1u << next(&seed) % 8);
			if (one_form(b.data, b.len) == 0)
				allowed++;
			else
				refused++;
			if (next(&seed) % 3)
				b.data[at] = was;
		}
		buf_wipe(&b);
	}
	/* the property says nothing when only one side occurs */
	assert_true(allowed > 1000);
	assert_true(refused > 1000);
}

static void random_bytes(void **state)
{
	/* heads that matter, so that more than the first byte is reached */
	static const uint8_t heads[] = {0x90, 0x91, 0x92, 0x93, 0xa0, 0xa1, 0xc0, 0xc2, 0xc4, 0xcc, 0xcd, 0xce,
	                                0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd9, 0xdc, 0xdd, 0x00, 0x01, 0xff, 0x80};
	uint64_t seed = 0x6b61702d33;
	unsigned allowed = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint8_t v[24];
		size_t len = 1 + next(&seed) % sizeof v;

		for (size_t k = 0; k < len; k++)
			v[k] = next(&seed) % 4 ? heads[next(&seed) % sizeof heads] : (uint8_t)next(&seed);
		v[0] = (uint8_t)(0x90 + next(&seed) % 6);
		allowed += one_form(v, len) == 0;
	}
	assert_true(allowed > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(short_values_exhaustively),
	    cmocka_unit_test(every_prefix_is_refused),
	    cmocka_unit_test(mutations),
	    cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
