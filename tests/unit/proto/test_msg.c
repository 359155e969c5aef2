/* test_msg: the envelope: what is learnt from the first bytes, limits before decoding, and the table of requests. */
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
#include "proto/msg.h"
#include "tests/unit/support/mp_spec.h"

enum {
	N_OPS = 0
#define OP(NAME, name, number, body, effect, who) +1
#include "proto/ops.def"
#undef OP
};

static void table(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (uint32_t op = 0; op < 100; op++) {
		const struct msg_row *row = msg_row(op);

		if (!row)
			continue;
		seen++;
		assert_int_equal(row->op, op);
		assert_true(strlen(row->name) > 0);
		assert_true(row->body_max >= FRAME_MIN && row->body_max <= FRAME_MAX - FRAME_HEADER);
		assert_true(row->who != 0 && (row->who & ~(MSG_MAY_ANYONE | MSG_MAY_PAPER)) == 0);
		if (row->who & MSG_MAY_GUEST)
			assert_true(row->body_max <= FRAME_MAX_GUEST - FRAME_HEADER);
	}
	assert_int_equal(seen, N_OPS);
	assert_null(msg_row(0));
	assert_null(msg_row(100));
	assert_null(msg_row(UINT64_MAX));
	assert_int_equal(msg_row(MSG_OP_PUSH)->body_max, FRAME_MAX - FRAME_HEADER);
	assert_int_equal(msg_row(MSG_OP_JOIN)->who, MSG_MAY_GUEST);
	assert_int_equal(msg_row(MSG_OP_INVITE_PUT)->who, MSG_MAY_ADMIN | MSG_MAY_THERAPIST);
	assert_false(msg_row(MSG_OP_PULL)->who & MSG_MAY_GUEST);
	assert_int_equal(msg_row(MSG_OP_PULL)->effect, MSG_READ);
	assert_int_equal(msg_row(MSG_OP_PUSH)->effect, MSG_WRITE);
}

static const struct {
	const char *spec;
	int err;
	uint32_t id; /* 0: none could be read */
} requests[] = {
    {"[0 1 10 []]", 0, 1},
    {"[0 4294967295 10 []]", 0, UINT32_MAX},
    {"[0 4294967296 10 []]", ERR_SHAPE, 0},
    {"[0 0 10 []]", ERR_SHAPE, 0},
    {"[1 1 10 []]", ERR_SHAPE, 0},
    {"[2 1 []]", ERR_SHAPE, 0},
    {"[0 -1 10 []]", ERR_SHAPE, 0},
    {"[0 b1 10 []]", ERR_SHAPE, 0},
    {"[0 n 10 []]", ERR_SHAPE, 0},
    {"[0 1 10]", ERR_SHAPE, 0},
    {"[0 1 10 [] []]", ERR_SHAPE, 0},
    {"[]", ERR_SHAPE, 0},
    {"[0 7 10 n]", ERR_SHAPE, 7},
    {"[0 7 10 10]", ERR_SHAPE, 7},
    {"[0 7 n []]", ERR_SHAPE, 7},
    {"[0 7 -1 []]", ERR_SHAPE, 7},
    {"[0 7 0 []]", ERR_OP, 7},
    {"[0 7 100 []]", ERR_OP, 7},
    {"[0 7 18446744073709551615 []]", ERR_OP, 7},
    {"[0 300 65546 []]", ERR_OP, 300},
    {"[0 70000 266 []]", ERR_OP, 70000},
    {"[0 7 10 [b40]]", 0, 7},
    {"[0 7 10 [b57]]", 0, 7},
    {"[0 7 10 [b58]]", ERR_TOO_BIG, 7},
    {"[0 7 10 [b60000]]", ERR_TOO_BIG, 7},
};

static void request_heads(void **state)
{
	struct msg_request r;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		int err;

		buf_init(&b, 0);
		mp_spec(&b, requests[i].spec);
		err = msg_request_open(b.data, b.len, &r);
		if (err != requests[i].err || r.has_id != (requests[i].id != 0) || r.id != requests[i].id)
			fail_msg("%s: %s, id %u", requests[i].spec, err_name(err), (unsigned)r.id);
		assert_true(err ? !r.doc : r.doc && r.row->op == MSG_OP_WATCH);
		msg_request_close(&r);
		buf_wipe(&b);
	}
}

/* Bytes that no canonical writer makes. */
static void request_bytes(void **state)
{
	static const struct {
		uint8_t bytes[24];
		size_t len;
		int err;
		uint32_t id;
	} rows[] = {
	    {{0x94, 0, 5, 10, 0x90}, 5, 0, 5},
	    {{0x94, 0, 5, 10, 0x90, 0}, 6, ERR_CANON, 5},
	    {{0x94, 0, 0xcc, 5, 10, 0x90}, 6, ERR_CANON, 5},
	    {{0x94, 0, 5, 0xcd, 0, 10, 0x90}, 7, ERR_CANON, 5},
	    {{0x94, 0, 0xcf, 0, 0, 0, 0, 0, 0, 0, 5, 10, 0x90}, 13, ERR_CANON, 5},
	    {{0x94, 0, 5, 10, 0xdc, 0, 0}, 7, ERR_CANON, 5},
	    {{0x94, 0xcc, 0, 5, 10, 0x90}, 6, ERR_CANON, 5},
	    {{0x94, 0, 5, 10, 0xdd, 0xff, 0xff, 0xff, 0xff}, 9, ERR_PROTO, 5},
	    {{0x94, 0, 5, 10, 0x80}, 5, ERR_PROTO, 5},
	    {{0x94, 0, 5, 10, 0xca, 0, 0, 0, 0}, 9, ERR_PROTO, 5},
	    {{0x94, 0, 5, 10, 0x91, 0xa1, 0xff}, 7, ERR_UTF8, 5},
	    {{0x94, 0, 5, 10}, 4, ERR_PROTO, 5},
	    {{0x94, 0, 5}, 3, ERR_PROTO, 5},
	    {{0x94, 0, 0xcd, 1}, 4, ERR_PROTO, 0},
	    {{0x94, 0}, 2, ERR_PROTO, 0},
	    {{0x94}, 1, ERR_PROTO, 0},
	    {{0}, 0, ERR_PROTO, 0},
	    {{0}, 1, ERR_PROTO, 0},
	    {{0xdc, 0, 4, 0, 5, 10, 0x90}, 7, ERR_CANON, 0},
	    {{0xdd, 0xff, 0xff, 0xff, 0xff}, 5, ERR_PROTO, 0},
	};
	struct msg_request r;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t *exact = malloc(rows[i].len + !rows[i].len);
		int err;

		assert_non_null(exact);
		memcpy(exact, rows[i].bytes, rows[i].len);
		err = msg_request_open(exact, rows[i].len, &r);
		if (err != rows[i].err || r.id != rows[i].id || r.has_id != (rows[i].id != 0))
			fail_msg("row %zu: %s, id %u", i, err_name(err), (unsigned)r.id);
		msg_request_close(&r);
		msg_request_close(&r);
		free(exact);
	}
}

/* Too large for its op is said before a byte of the arguments is looked at. */
static void too_big_before_decoding(void **state)
{
	struct msg_request r;
	uint8_t bytes[300];

	(void)state;
	memset(bytes, 0xc1, sizeof bytes);
	memcpy(bytes, "\x94\x00\x09\x0b", 4);
	assert_int_equal(msg_request_open(bytes, 65, &r), ERR_TOO_BIG);
	assert_int_equal(r.id, 9);
	assert_int_equal(msg_request_open(bytes, 64, &r), ERR_PROTO);
	bytes[3] = MSG_OP_HELLO;
	assert_int_equal(msg_request_open(bytes, 257, &r), ERR_TOO_BIG);
	assert_int_equal(msg_request_open(bytes, 256, &r), ERR_PROTO);
}

static const struct {
	const char *spec;
	int open_err;
	bool is_event;
	uint32_t id_or_topic;
	int err;
} replies[] = {
    {"[1 1 0 []]", 0, false, 1, 0},
    {"[1 4294967295 300 [5 b32]]", 0, false, UINT32_MAX, ERR_CHAIN_BEHIND},
    {"[1 3 404 []]", 0, false, 3, ERR_NOT_FOUND},
    {"[1 3 500 []]", 0, false, 3, ERR_INTERNAL},
    {"[1 3 499 []]", 0, false, 3, ERR_INTERNAL},
    {"[1 3 65535 []]", 0, false, 3, ERR_INTERNAL},
    {"[1 3 65536 []]", ERR_SHAPE, false, 0, 0},
    {"[1 0 0 []]", ERR_SHAPE, false, 0, 0},
    {"[1 4294967296 0 []]", ERR_SHAPE, false, 0, 0},
    {"[1 1 0]", ERR_SHAPE, false, 0, 0},
    {"[1 1 0 n]", ERR_SHAPE, false, 0, 0},
    {"[1 1 0 [] n]", ERR_SHAPE, false, 0, 0},
    {"[0 1 10 []]", ERR_SHAPE, false, 0, 0},
    {"[3 1 []]", ERR_SHAPE, false, 0, 0},
    {"[]", ERR_SHAPE, false, 0, 0},
    {"[2 1 []]", 0, true, 1, 0},
    {"[2 99 [1 2 3]]", 0, true, 99, 0},
    {"[2 0 []]", ERR_SHAPE, true, 0, 0},
    {"[2 1]", ERR_SHAPE, true, 0, 0},
    {"[2 1 n]", ERR_SHAPE, true, 0, 0},
    {"[2 1 [] []]", ERR_SHAPE, true, 0, 0},
};

static void reply_heads(void **state)
{
	struct msg_reply r;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
		int err;

		buf_init(&b, 0);
		mp_spec(&b, replies[i].spec);
		err = msg_reply_open(b.data, b.len, &r);
		if (err != replies[i].open_err)
			fail_msg("%s: %s", replies[i].spec, err_name(err));
		if (!err) {
			assert_int_equal(r.is_event, replies[i].is_event);
			assert_int_equal(r.is_event ? r.topic : r.id, replies[i].id_or_topic);
			assert_int_equal(r.err, replies[i].err);
			for (size_t len = 0; len < b.len; len++) {
				struct msg_reply cut;

				assert_int_not_equal(msg_reply_open(b.data, len, &cut), 0);
				assert_null(cut.doc);
			}
		}
		assert_true(err ? !r.doc : r.doc != NULL);
		msg_reply_close(&r);
		buf_wipe(&b);
	}
}

static void refusal(void **state)
{
	static const int errs[] = {ERR_PROTO, ERR_NOT_FOUND, ERR_FULL, ERR_CODE_UNKNOWN, ERR_NOMEM, -9999};
	struct msg_reply r;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
		buf_init(&b, 0);
		assert_int_equal(msg_put_refusal(&b, 77, errs[i]), 0);
		assert_int_equal(msg_reply_open(b.data, b.len, &r), 0);
		assert_int_equal(r.id, 77);
		assert_int_equal(r.status, err_to_status(errs[i]));
		assert_int_equal(mp_done(&r.body), 0);
		msg_reply_close(&r);
		buf_wipe(&b);
	}
	buf_init(&b, 4);
	assert_int_equal(msg_put_refusal(&b, 77, ERR_PROTO), ERR_TOO_BIG);
	buf_wipe(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),         cmocka_unit_test(request_heads),
	    cmocka_unit_test(request_bytes), cmocka_unit_test(too_big_before_decoding),
	    cmocka_unit_test(reply_heads),   cmocka_unit_test(refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
