/* test_frame: every limit of the length field, frames that arrive byte by byte, and what frame_end takes back out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/frame.h"

#define SMALL 64

static void put_header(uint8_t out[FRAME_HEADER], uint64_t n)
{
	for (int i = 0; i < FRAME_HEADER; i++)
		out[i] = (uint8_t)(n >> (24 - 8 * i));
}

static void announced_lengths(void **state)
{
	static const struct {
		uint64_t announced;
		size_t max;
		int want;
	} rows[] = {
	    {0, FRAME_MAX, ERR_PROTO},
	    {FRAME_MIN - 1, FRAME_MAX, ERR_PROTO},
	    {FRAME_MIN, FRAME_MAX, ERR_MORE},
	    {FRAME_MAX - FRAME_HEADER, FRAME_MAX, ERR_MORE},
	    {FRAME_MAX - FRAME_HEADER + 1, FRAME_MAX, ERR_TOO_BIG},
	    {FRAME_MAX, FRAME_MAX, ERR_TOO_BIG},
	    {FRAME_MAX_GUEST - FRAME_HEADER, FRAME_MAX_GUEST, ERR_MORE},
	    {FRAME_MAX_GUEST - FRAME_HEADER + 1, FRAME_MAX_GUEST, ERR_TOO_BIG},
	    {0x7fffffff, FRAME_MAX, ERR_TOO_BIG},
	    {0x80000000, FRAME_MAX, ERR_TOO_BIG},
	    {0xffffffff, FRAME_MAX, ERR_TOO_BIG},
	    {0xffffffff, SIZE_MAX, ERR_MORE},
	    {0xffffffff, 0, ERR_TOO_BIG},
	    {FRAME_MIN, 0, ERR_TOO_BIG},
	    {FRAME_MIN, FRAME_HEADER - 1, ERR_TOO_BIG},
	    {FRAME_MIN, FRAME_HEADER + FRAME_MIN - 1, ERR_TOO_BIG},
	    {FRAME_MIN, FRAME_HEADER + FRAME_MIN, ERR_MORE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t header[FRAME_HEADER];
		size_t body = 99;

		put_header(header, rows[i].announced);
		assert_int_equal(frame_peek(header, sizeof header, rows[i].max, &body), rows[i].want);
		assert_int_equal(body, rows[i].want == ERR_MORE ? rows[i].announced : 0);
	}
}

/* Each prefix lives in memory of exactly its size, so that a read past it is seen by the sanitizer. */
static int peek_prefix(const uint8_t *bytes, size_t len, size_t max, size_t *body)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int ret;

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	ret = frame_peek(copy, len, max, body);
	free(copy);
	return ret;
}

static void byte_by_byte(void **state)
{
	static const size_t sizes[] = {FRAME_MIN, FRAME_MIN + 1, 15, SMALL - FRAME_HEADER};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint8_t stream[2 * SMALL];
		size_t whole = FRAME_HEADER + sizes[i];
		size_t body;

		memset(stream, 0xff, sizeof stream);
		put_header(stream, sizes[i]);
		for (size_t have = 0; have < whole; have++) {
			assert_int_equal(peek_prefix(stream, have, SMALL, &body), ERR_MORE);
			assert_int_equal(body, have < FRAME_HEADER ? 0 : sizes[i]);
		}
		/* whole, and whole with more of the stream behind it */
		for (size_t have = whole; have <= sizeof stream; have++) {
			assert_int_equal(peek_prefix(stream, have, SMALL, &body), 0);
			assert_int_equal(body, sizes[i]);
		}
		/* a limit one byte smaller refuses it as soon as the header is there */
		assert_int_equal(peek_prefix(stream, FRAME_HEADER - 1, whole - 1, &body), ERR_MORE);
		assert_int_equal(peek_prefix(stream, FRAME_HEADER, whole - 1, &body), ERR_TOO_BIG);
		assert_int_equal(peek_prefix(stream, whole, whole - 1, &body), ERR_TOO_BIG);
	}
}

static void nothing_yet(void **state)
{
	size_t body = 99;

	(void)state;
	assert_int_equal(frame_peek(NULL, 0, FRAME_MAX, &body), ERR_MORE);
	assert_int_equal(body, 0);
}

static void begin_and_end(void **state)
{
	static const uint8_t want[] = {'o', 'l', 'd', 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 5, 1, 2, 3, 4, 5};
	struct buf b;
	size_t body, start;

	(void)state;
	buf_init(&b, 0);
	buf_put(&b, "old", 3);
	start = frame_begin(&b);
	assert_int_equal(start, 3);
	buf_put(&b, "\1\2\3\4", 4);
	assert_int_equal(frame_end(&b, start, FRAME_MAX), 0);
	start = frame_begin(&b);
	buf_put(&b, "\1\2\3\4\5", 5);
	assert_int_equal(frame_end(&b, start, FRAME_HEADER + 5), 0);
	assert_int_equal(b.len, sizeof want);
	assert_memory_equal(b.data, want, sizeof want);
	assert_int_equal(frame_peek(b.data + 3, b.len - 3, FRAME_MAX, &body), 0);
	assert_int_equal(body, 4);
	buf_wipe(&b);
}

static void end_refuses(void **state)
{
	static const struct {
		size_t body, max;
		int want;
	} rows[] = {
	    {5, FRAME_HEADER + 5, 0},
	    {5, FRAME_HEADER + 4, ERR_TOO_BIG},
	    {5, FRAME_HEADER - 1, ERR_TOO_BIG},
	    {5, 0, ERR_TOO_BIG},
	    {FRAME_MIN, FRAME_MAX, 0},
	    {FRAME_MIN - 1, FRAME_MAX, ERR_RANGE},
	    {0, FRAME_MAX, ERR_RANGE},
	    {FRAME_MAX - FRAME_HEADER, FRAME_MAX, 0},
	    {FRAME_MAX - FRAME_HEADER + 1, FRAME_MAX, ERR_TOO_BIG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b;
		size_t start;

		buf_init(&b, 0);
		buf_put(&b, "old", 3);
		start = frame_begin(&b);
		assert_non_null(buf_reserve(&b, rows[i].body));
		assert_int_equal(frame_end(&b, start, rows[i].max), rows[i].want);
		/* what was there before stays, and the buffer is still good */
		assert_int_equal(b.len, rows[i].want ? 3 : 3 + FRAME_HEADER + rows[i].body);
		assert_memory_equal(b.data, "old", 3);
		assert_int_equal(buf_err(&b), 0);
		buf_wipe(&b);
	}
}

static void end_after_an_error(void **state)
{
	uint8_t body[SMALL] = {0};
	struct buf b;
	size_t start;

	(void)state;
	buf_init(&b, 16);
	buf_put(&b, "old", 3);
	start = frame_begin(&b);
	buf_put(&b, body, 8);
	buf_put(&b, body, sizeof body);
	assert_int_equal(frame_end(&b, start, FRAME_MAX), ERR_TOO_BIG);
	assert_int_equal(buf_err(&b), ERR_TOO_BIG);
	assert_int_equal(b.len, 3);
	buf_wipe(&b);

	/* a start that was never begun */
	buf_init(&b, 0);
	buf_put(&b, body, 8);
	assert_int_equal(frame_end(&b, 9, FRAME_MAX), ERR_RANGE);
	assert_int_equal(b.len, 8);
	buf_wipe(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(announced_lengths), cmocka_unit_test(byte_by_byte), cmocka_unit_test(nothing_yet),
	    cmocka_unit_test(begin_and_end),     cmocka_unit_test(end_refuses),  cmocka_unit_test(end_after_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
