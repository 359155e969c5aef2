/* test_mp_scan: what the scan refuses and why, each beside a neighbour that it allows; then properties over many
 * inputs. The allowed values of every type are in test_mp.c. */
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

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1
#define COUNT(a) (sizeof(a) / sizeof *(a))

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

/* one element: a head, its number in `width` bytes, then `fill` bytes */
static const struct {
	uint8_t head;
	unsigned width;
	uint64_t n;
	size_t fill;
	int want;
} forms[] = {
    /* unsigned */
    {0xcc, 1, 0, 0, ERR_CANON},
    {0xcc, 1, 0x7f, 0, ERR_CANON},
    {0xcc, 1, 0x80, 0, 0},
    {0xcc, 1, 0xff, 0, 0},
    {0xcd, 2, 0, 0, ERR_CANON},
    {0xcd, 2, 0xff, 0, ERR_CANON},
    {0xcd, 2, 0x100, 0, 0},
    {0xcd, 2, 0xffff, 0, 0},
    {0xce, 4, 0, 0, ERR_CANON},
    {0xce, 4, 0xffff, 0, ERR_CANON},
    {0xce, 4, 0x10000, 0, 0},
    {0xce, 4, 0xffffffff, 0, 0},
    {0xcf, 8, 0, 0, ERR_CANON},
    {0xcf, 8, 0xffffffff, 0, ERR_CANON},
    {0xcf, 8, 0x100000000, 0, 0},
    {0xcf, 8, UINT64_MAX, 0, 0},
    /* signed: only what is negative and too far for the next shorter form */
    {0xd0, 1, 0x00, 0, ERR_CANON},
    {0xd0, 1, 0x7f, 0, ERR_CANON},
    {0xd0, 1, 0xff, 0, ERR_CANON},
    {0xd0, 1, 0xe0, 0, ERR_CANON},
    {0xd0, 1, 0xdf, 0, 0},
    {0xd0, 1, 0x80, 0, 0},
    {0xd1, 2, 0x0000, 0, ERR_CANON},
    {0xd1, 2, 0x7fff, 0, ERR_CANON},
    {0xd1, 2, 0xffff, 0, ERR_CANON},
    {0xd1, 2, 0xff80, 0, ERR_CANON},
    {0xd1, 2, 0xff7f, 0, 0},
    {0xd1, 2, 0x8000, 0, 0},
    {0xd2, 4, 0x00000000, 0, ERR_CANON},
    {0xd2, 4, 0x7fffffff, 0, ERR_CANON},
    {0xd2, 4, 0xffffffff, 0, ERR_CANON},
    {0xd2, 4, 0xffff8000, 0, ERR_CANON},
    {0xd2, 4, 0xffff7fff, 0, 0},
    {0xd2, 4, 0x80000000, 0, 0},
    {0xd3, 8, 0, 0, ERR_CANON},
    {0xd3, 8, INT64_MAX, 0, ERR_CANON},
    {0xd3, 8, UINT64_MAX, 0, ERR_CANON},
    {0xd3, 8, 0xffffffff80000000, 0, ERR_CANON},
    {0xd3, 8, 0xffffffff7fffffff, 0, 0},
    {0xd3, 8, 0x8000000000000000, 0, 0},
    /* str */
    {0xa0, 0, 0, 0, 0},
    {0xbf, 0, 0, 31, 0},
    {0xbf, 0, 0, 30, ERR_PROTO},
    {0xd9, 1, 0, 0, ERR_CANON},
    {0xd9, 1, 31, 31, ERR_CANON},
    {0xd9, 1, 32, 32, 0},
    {0xd9, 1, 255, 255, 0},
    {0xd9, 1, 255, 254, ERR_PROTO},
    {0xda, 2, 0, 0, ERR_CANON},
    {0xda, 2, 255, 255, ERR_CANON},
    {0xda, 2, 256, 256, 0},
    {0xda, 2, 65535, 65535, 0},
    {0xda, 2, 65535, 65534, ERR_PROTO},
    {0xdb, 4, 0, 0, ERR_CANON},
    {0xdb, 4, 65535, 65535, ERR_CANON},
    {0xdb, 4, 65536, 65536, 0},
    {0xdb, 4, 65536, 65535, ERR_PROTO},
    {0xdb, 4, 0x7fffffff, 9, ERR_PROTO},
    {0xdb, 4, 0x80000000, 9, ERR_PROTO},
    {0xdb, 4, 0xffffffff, 9, ERR_PROTO},
    /* bin */
    {0xc4, 1, 0, 0, 0},
    {0xc4, 1, 255, 255, 0},
    {0xc4, 1, 255, 254, ERR_PROTO},
    {0xc5, 2, 0, 0, ERR_CANON},
    {0xc5, 2, 255, 255, ERR_CANON},
    {0xc5, 2, 256, 256, 0},
    {0xc5, 2, 65535, 65535, 0},
    {0xc6, 4, 0, 0, ERR_CANON},
    {0xc6, 4, 65535, 65535, ERR_CANON},
    {0xc6, 4, 65536, 65536, 0},
    {0xc6, 4, 0x7fffffff, 9, ERR_PROTO},
    {0xc6, 4, 0x80000000, 9, ERR_PROTO},
    {0xc6, 4, 0xffffffff, 9, ERR_PROTO},
    /* array; its elements are the integer 0x61 */
    {0x90, 0, 0, 0, 0},
    {0x9f, 0, 0, 15, 0},
    {0x9f, 0, 0, 14, ERR_PROTO},
    {0xdc, 2, 0, 0, ERR_CANON},
    {0xdc, 2, 15, 15, ERR_CANON},
    {0xdc, 2, 16, 16, 0},
    {0xdc, 2, 16, 15, ERR_PROTO},
    {0xdd, 4, 0, 0, ERR_CANON},
    {0xdd, 4, 15, 15, ERR_CANON},
    {0xdd, 4, 65535, 65535, ERR_CANON},
    {0xdd, 4, 65536, 65536, ERR_PROTO}, /* canonical, but more elements than may be */
    {0xdd, 4, 0x7fffffff, 9, ERR_PROTO},
    {0xdd, 4, 0x80000000, 9, ERR_PROTO},
    {0xdd, 4, 0xffffffff, 9, ERR_PROTO},
};

static void every_form_at_its_bounds(void **state)
{
	uint8_t fill[65536];

	(void)state;
	memset(fill, 0x61, sizeof fill);
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct buf b;

		buf_init(&b, 0);
		buf_put_u8(&b, 0x91);
		buf_put_u8(&b, forms[i].head);
		for (unsigned k = forms[i].width; k-- > 0;)
			buf_put_u8(&b, (uint8_t)(forms[i].n >> (8 * k)));
		buf_put(&b, fill, forms[i].fill);
		assert_int_equal(scan(b.data, b.len), forms[i].want);
		buf_wipe(&b);
	}
}

static void forbidden_heads(void **state)
{
	uint8_t value[32] = {0x91};
	unsigned forbidden = 0;

	(void)state;
	for (unsigned head = 0x80; head < 0xe0; head++) {
		int map = head < 0x90 || head == 0xde || head == 0xdf;
		int ext = (head >= 0xc7 && head <= 0xc9) || (head >= 0xd4 && head <= 0xd8);
		int other = head == 0xc1 || head == 0xca || head == 0xcb;

		value[1] = (uint8_t)head;
		for (size_t len = 2; (map || ext || other) && len <= sizeof value; len++)
			assert_int_equal(scan(value, len), ERR_PROTO);
		forbidden += map || ext || other;
	}
	assert_int_equal(forbidden, 16 + 2 + 8 + 3);
	for (unsigned head = 0; head < 0x80; head++) {
		value[1] = (uint8_t)head;
		assert_int_equal(scan(value, 2), 0);
		value[1] = (uint8_t)(0xe0 | head);
		assert_int_equal(scan(value, 2), 0);
	}
}

static void outermost_is_one_array(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
		int want;
	} rows[] = {
	    {BYTES(""), ERR_PROTO},
	    {BYTES("\x90"), 0},
	    {BYTES("\x91\xc0"), 0},
	    {BYTES("\x05"), ERR_PROTO},
	    {BYTES("\xff"), ERR_PROTO},
	    {BYTES("\xc0"), ERR_PROTO},
	    {BYTES("\xc3"), ERR_PROTO},
	    {BYTES("\xcc\x80"), ERR_PROTO},
	    {BYTES("\xd0\x80"), ERR_PROTO},
	    {BYTES("\xa1k"), ERR_PROTO},
	    {BYTES("\xc4\x01k"), ERR_PROTO},
	    {BYTES("\x80"), ERR_PROTO},
	    {BYTES("\x90\x00"), ERR_CANON},
	    {BYTES("\x90\x90"), ERR_CANON},
	    {BYTES("\x91\xc0\xc0"), ERR_CANON},
	    {BYTES("\x91\x90\x90"), ERR_CANON},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(scan(rows[i].bytes, rows[i].len), rows[i].want);
	assert_int_equal(mp_scan(NULL, 0), ERR_PROTO);
}

static void depth(void **state)
{
	size_t deep = 1000000;
	uint8_t *nest = malloc(deep);

	(void)state;
	assert_non_null(nest);
	for (size_t levels = 1; levels <= 40; levels++) {
		memset(nest, 0x91, levels);
		nest[levels - 1] = 0x90;
		assert_int_equal(scan(nest, levels), levels <= MP_DEPTH_MAX ? 0 : ERR_PROTO);
	}
	memset(nest, 0x91, deep);
	assert_int_equal(scan(nest, deep), ERR_PROTO);
	/* closing a level makes room again: siblings do not add up */
	memcpy(nest, "\x92\x91\x91\x91\x91\x91\x91\x90\x91\x91\x91\x91\x91\x91\x90", 15);
	assert_int_equal(scan(nest, 15), 0);
	free(nest);
}

static void items(void **state)
{
	static const struct {
		uint32_t outer, inner; /* [nil..., [nil...]] when inner is not zero */
		int want;
	} rows[] = {
	    {MP_ITEMS_MAX, 0, 0},          {MP_ITEMS_MAX + 1, 0, ERR_PROTO},
	    {2, MP_ITEMS_MAX - 2, 0},      {2, MP_ITEMS_MAX - 1, ERR_PROTO},
	    {MP_ITEMS_MAX - 16, 16, 0},    {MP_ITEMS_MAX - 15, 16, ERR_PROTO},
	    {MP_ITEMS_MAX, 16, ERR_PROTO}, {65535, 0, ERR_PROTO},
	    {65536, 0, ERR_PROTO},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, 0);
		mp_put_array(&b, rows[i].outer);
		for (uint32_t k = rows[i].inner ? 1 : 0; k < rows[i].outer; k++)
			mp_put_nil(&b);
		if (rows[i].inner)
			mp_put_array(&b, rows[i].inner);
		for (uint32_t k = 0; k < rows[i].inner; k++)
			mp_put_nil(&b);
		assert_int_equal(scan(b.data, b.len), rows[i].want);
		buf_wipe(&b);
	}
}

static void bombs(void **state)
{
	uint8_t nested[3 * 31];

	(void)state;
	assert_int_equal(scan(BYTES("\xdd\xff\xff\xff\xff")), ERR_PROTO);
	assert_int_equal(scan(BYTES("\xdd\x0f\xff\xff\xff")), ERR_PROTO);
	assert_int_equal(scan(BYTES("\xdc\xff\xff")), ERR_PROTO);
	assert_int_equal(scan(BYTES("\x91\xdd\xff\xff\xff\xff")), ERR_PROTO);
	assert_int_equal(scan(BYTES("\x91\xc6\xff\xff\xff\xff")), ERR_PROTO);
	/* every count fits what follows, all of them together do not */
	for (size_t i = 0; i < sizeof nested; i += 3)
		memcpy(nested + i, "\xdc\x00\x10", 3);
	assert_int_equal(scan(nested, sizeof nested), ERR_PROTO);
	for (size_t i = 0; i < sizeof nested; i += 3)
		memcpy(nested + i, "\xdc\xff\xff", 3);
	assert_int_equal(scan(nested, sizeof nested), ERR_PROTO);
}

static void text(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
		int want;
	} rows[] = {
	    {BYTES("plain"), 0},
	    {BYTES(""), 0},
	    {BYTES("\0"), 0},
	    {BYTES("\x7f"), 0},
	    {BYTES("\xc2\x80"), 0},
	    {BYTES("\xdf\xbf"), 0},
	    {BYTES("\xe0\xa0\x80"), 0},
	    {BYTES("\xed\x9f\xbf"), 0},
	    {BYTES("\xee\x80\x80"), 0},
	    {BYTES("\xef\xbf\xbf"), 0},
	    {BYTES("\xf0\x90\x80\x80"), 0},
	    {BYTES("\xf4\x8f\xbf\xbf"), 0},
	    {BYTES("\x80"), ERR_UTF8},
	    {BYTES("\xbf"), ERR_UTF8},
	    {BYTES("\xc0\x80"), ERR_UTF8}, /* longer than needed */
	    {BYTES("\xc1\xbf"), ERR_UTF8},
	    {BYTES("\xe0\x9f\xbf"), ERR_UTF8},
	    {BYTES("\xf0\x8f\xbf\xbf"), ERR_UTF8},
	    {BYTES("\xed\xa0\x80"), ERR_UTF8}, /* surrogates */
	    {BYTES("\xed\xbf\xbf"), ERR_UTF8},
	    {BYTES("\xf4\x90\x80\x80"), ERR_UTF8}, /* beyond U+10FFFF */
	    {BYTES("\xf5\x80\x80\x80"), ERR_UTF8},
	    {BYTES("\xff"), ERR_UTF8},
	    {BYTES("\xc3"), ERR_UTF8}, /* cut */
	    {BYTES("\xe2\x82"), ERR_UTF8},
	    {BYTES("\xf0\x9f\x98"), ERR_UTF8},
	    {BYTES("a\xc3z"), ERR_UTF8},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, 0);
		mp_put_array(&b, 1);
		mp_put_str(&b, (const char *)rows[i].bytes, rows[i].len);
		assert_int_equal(scan(b.data, b.len), rows[i].want);
		/* what follows a text must not complete it */
		b.data[0] = 0x92;
		buf_put_u8(&b, 0x05);
		assert_int_equal(scan(b.data, b.len), rows[i].want);
		/* the same bytes as bin are only bytes */
		buf_reset(&b);
		mp_put_array(&b, 1);
		mp_put_bin(&b, rows[i].bytes, rows[i].len);
		assert_int_equal(scan(b.data, b.len), 0);
		buf_wipe(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_form_at_its_bounds),
	    cmocka_unit_test(forbidden_heads),
	    cmocka_unit_test(outermost_is_one_array),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(items),
	    cmocka_unit_test(bombs),
	    cmocka_unit_test(text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
