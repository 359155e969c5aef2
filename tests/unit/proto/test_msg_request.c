/* test_msg_request: the arguments of every request at each limit and one beyond; what was accepted comes out again byte
 * for byte; no part of a request is a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/msg_request.h"
#include "tests/unit/support/mp_spec.h"

union any {
#define OP(NAME, name, number, body, effect, who) struct msg_##name name;
#include "proto/ops.def"
#undef OP
};

#define OP(NAME, name, number, body, effect, who)                                                                      \
	static int get_##name(struct mp_cur *c, union any *m)                                                              \
	{                                                                                                                  \
		return msg_get_##name(c, &m->name);                                                                            \
	}                                                                                                                  \
	static int put_##name(struct buf *b, uint32_t id, const union any *m)                                              \
	{                                                                                                                  \
		return msg_put_##name(b, id, &m->name);                                                                        \
	}
#include "proto/ops.def"
#undef OP

static const struct {
	int (*get)(struct mp_cur *c, union any *m);
	int (*put)(struct buf *b, uint32_t id, const union any *m);
} ops[] = {
#define OP(NAME, name, number, body, effect, who) [number] = {get_##name, put_##name},
#include "proto/ops.def"
#undef OP
};

static const struct {
	int op;
	const char *args;
	int err;
} rows[] = {
    {MSG_OP_HELLO, "[1 1 s8]", 0},
    {MSG_OP_HELLO, "[65535 1 s1]", 0},
    {MSG_OP_HELLO, "[1 65535 s64]", 0},
    {MSG_OP_HELLO, "[0 1 s8]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 0 s8]", ERR_SHAPE},
    {MSG_OP_HELLO, "[65536 1 s8]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 65536 s8]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 1 s0]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 1 s65]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 1 b8]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 1 n]", ERR_SHAPE},
    {MSG_OP_HELLO, "[-1 1 s8]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 1]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 1 s8 n]", ERR_SHAPE},
    {MSG_OP_HELLO, "[1 1 s250]", ERR_TOO_BIG},
    {MSG_OP_CHAIN_GET, "[b32 0 1]", 0},
    {MSG_OP_CHAIN_GET, "[b32 9007199254740991 256]", 0},
    {MSG_OP_CHAIN_GET, "[b32 9007199254740992 256]", ERR_SHAPE},
    {MSG_OP_CHAIN_GET, "[b32 0 0]", ERR_SHAPE},
    {MSG_OP_CHAIN_GET, "[b32 0 257]", ERR_SHAPE},
    {MSG_OP_CHAIN_GET, "[b31 0 1]", ERR_SHAPE},
    {MSG_OP_CHAIN_GET, "[b33 0 1]", ERR_SHAPE},
    {MSG_OP_CHAIN_GET, "[s32 0 1]", ERR_SHAPE},
    {MSG_OP_CHAIN_GET, "[n 0 1]", ERR_SHAPE},
    {MSG_OP_CHAIN_GET, "[b32 0]", ERR_SHAPE},
    {MSG_OP_CHAIN_GET, "[b32 0 1 1]", ERR_SHAPE},
    {MSG_OP_CHAIN_PUT, "[b32 b1]", 0},
    {MSG_OP_CHAIN_PUT, "[b32 b13312]", 0},
    {MSG_OP_CHAIN_PUT, "[b32 b0]", ERR_SHAPE},
    {MSG_OP_CHAIN_PUT, "[b32 b13313]", ERR_SHAPE},
    {MSG_OP_CHAIN_PUT, "[b32 b14000]", ERR_TOO_BIG},
    {MSG_OP_CHAIN_PUT, "[b32 n]", ERR_SHAPE},
    {MSG_OP_CHAIN_PUT, "[b32 [b10]]", ERR_SHAPE},
    {MSG_OP_INVITE_PUT, "[b16 b1 b1]", 0},
    {MSG_OP_INVITE_PUT, "[b16 b16384 b13312]", 0},
    {MSG_OP_INVITE_PUT, "[b16 b16385 b13312]", ERR_SHAPE},
    {MSG_OP_INVITE_PUT, "[b16 b16384 b13313]", ERR_SHAPE},
    {MSG_OP_INVITE_PUT, "[b16 b0 b1]", ERR_SHAPE},
    {MSG_OP_INVITE_PUT, "[b16 b1 b0]", ERR_SHAPE},
    {MSG_OP_INVITE_PUT, "[b17 b1 b1]", ERR_SHAPE},
    {MSG_OP_INVITE_PUT, "[b16 b1]", ERR_SHAPE},
    {MSG_OP_INVITE_PUT, "[b16 b17000 b13312]", ERR_TOO_BIG},
    {MSG_OP_INVITE_GET, "[b16]", 0},
    {MSG_OP_INVITE_GET, "[b15]", ERR_SHAPE},
    {MSG_OP_INVITE_GET, "[b17]", ERR_SHAPE},
    {MSG_OP_INVITE_GET, "[]", ERR_SHAPE},
    {MSG_OP_INVITE_GET, "[b16 b16]", ERR_SHAPE},
    {MSG_OP_INVITE_GET, "[b130]", ERR_TOO_BIG},
    {MSG_OP_JOIN, "[b16 b1 [b1]]", 0},
    {MSG_OP_JOIN, "[b16 b13312 [3*b13312]]", 0},
    {MSG_OP_JOIN, "[b16 b13313 [b1]]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b1 [b13313]]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b1 []]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b1 [4*b1]]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b1 [b0]]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b0 [b1]]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b1 [[b1]]]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b1 b1]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b1]", ERR_SHAPE},
    {MSG_OP_JOIN, "[b16 b13312 [4*b13312]]", ERR_TOO_BIG},
    {MSG_OP_PUSH, "[[[b1 b0]]]", 0},
    {MSG_OP_PUSH, "[[64*[b100 b600]]]", 0},
    {MSG_OP_PUSH, "[[[b12288 b1033256]]]", 0},
    {MSG_OP_PUSH, "[[[b1 b1040000]]]", 0},
    {MSG_OP_PUSH, "[[]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[65*[b100 b600]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b12289 b1]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b1 b1040001]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b0 b1]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b1]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b1 b1 b1]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b1 n]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b1 b1] [b1 1]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[b1 b1]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b1 b1]] [[b1 b1]]]", ERR_SHAPE},
    {MSG_OP_PUSH, "[]", ERR_SHAPE},
    {MSG_OP_PUSH, "[[[b12288 b1036300]]]", ERR_TOO_BIG},
    {MSG_OP_PULL, "[b16 0 b32 1]", 0},
    {MSG_OP_PULL, "[b16 9007199254740991 b32 1000000]", 0},
    {MSG_OP_PULL, "[b16 9007199254740992 b32 1]", ERR_SHAPE},
    {MSG_OP_PULL, "[b16 0 b32 0]", ERR_SHAPE},
    {MSG_OP_PULL, "[b16 0 b32 1000001]", ERR_SHAPE},
    {MSG_OP_PULL, "[b15 0 b32 1]", ERR_SHAPE},
    {MSG_OP_PULL, "[b16 0 b31 1]", ERR_SHAPE},
    {MSG_OP_PULL, "[b16 0 b32]", ERR_SHAPE},
    {MSG_OP_PULL, "[b16 0 b32 1 1]", ERR_SHAPE},
    {MSG_OP_FETCH, "[[b32]]", 0},
    {MSG_OP_FETCH, "[[64*b32]]", 0},
    {MSG_OP_FETCH, "[[]]", ERR_SHAPE},
    {MSG_OP_FETCH, "[[65*b32]]", ERR_SHAPE},
    {MSG_OP_FETCH, "[[b31]]", ERR_SHAPE},
    {MSG_OP_FETCH, "[[b32 [b32]]]", ERR_SHAPE},
    {MSG_OP_FETCH, "[b32]", ERR_SHAPE},
    {MSG_OP_FETCH, "[[b32] n]", ERR_SHAPE},
    {MSG_OP_FETCH, "[[70*b32]]", ERR_TOO_BIG},
    {MSG_OP_WATCH, "[]", 0},
    {MSG_OP_WATCH, "[n]", ERR_SHAPE},
    {MSG_OP_WATCH, "[b60]", ERR_TOO_BIG},
    {MSG_OP_CHAIN_LIST, "[n]", 0},
    {MSG_OP_CHAIN_LIST, "[b32]", 0},
    {MSG_OP_CHAIN_LIST, "[b31]", ERR_SHAPE},
    {MSG_OP_CHAIN_LIST, "[b33]", ERR_SHAPE},
    {MSG_OP_CHAIN_LIST, "[s32]", ERR_SHAPE},
    {MSG_OP_CHAIN_LIST, "[]", ERR_SHAPE},
    {MSG_OP_CHAIN_LIST, "[n n]", ERR_SHAPE},
    {MSG_OP_CHAIN_LIST, "[b60]", ERR_TOO_BIG},
    {MSG_OP_HEAL_OFFER, "[[b32]]", 0},
    {MSG_OP_HEAL_OFFER, "[[512*b32]]", 0},
    {MSG_OP_HEAL_OFFER, "[[513*b32]]", ERR_SHAPE},
    {MSG_OP_HEAL_OFFER, "[[514*b32]]", ERR_TOO_BIG},
    {MSG_OP_HEAL_OFFER, "[[]]", ERR_SHAPE},
    {MSG_OP_HEAL_OFFER, "[[b31]]", ERR_SHAPE},
    {MSG_OP_HEAL_OFFER, "[b32]", ERR_SHAPE},
    {MSG_OP_HEAL_PUT, "[[[b1 n]]]", 0},
    {MSG_OP_HEAL_PUT, "[[[b12288 b1033256]]]", 0},
    {MSG_OP_HEAL_PUT, "[[64*[b100 n]]]", 0},
    {MSG_OP_HEAL_PUT, "[[65*[b100 n]]]", ERR_SHAPE},
    {MSG_OP_HEAL_PUT, "[[]]", ERR_SHAPE},
    {MSG_OP_HEAL_PUT, "[[[n b1]]]", ERR_SHAPE},
    {MSG_OP_HEAL_PUT, "[[[b12289 n]]]", ERR_SHAPE},
    {MSG_OP_HEAL_PUT, "[[[b1 b1040001]]]", ERR_SHAPE},
    {MSG_OP_HEAL_PUT, "[[[b12288 b1036300]]]", ERR_TOO_BIG},
    {MSG_OP_HEAL_LINK, "[b32 b1]", 0},
    {MSG_OP_HEAL_LINK, "[b32 b13312]", 0},
    {MSG_OP_HEAL_LINK, "[b32 b13313]", ERR_SHAPE},
    {MSG_OP_HEAL_LINK, "[b32 b0]", ERR_SHAPE},
    {MSG_OP_HEAL_LINK, "[b31 b1]", ERR_SHAPE},
    {MSG_OP_HEAL_LINK, "[b32 b14000]", ERR_TOO_BIG},
    {MSG_OP_MAILBOX_PUT, "[b16 0 b1]", 0},
    {MSG_OP_MAILBOX_PUT, "[b16 7 b16384]", 0},
    {MSG_OP_MAILBOX_PUT, "[b16 8 b1]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b16 -1 b1]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b16 0 b0]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b16 0 b16385]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b16 0 n]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b15 0 b1]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b17 0 b1]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b16 0]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b16 0 b1 1]", ERR_SHAPE},
    {MSG_OP_MAILBOX_PUT, "[b16 0 b16650]", ERR_TOO_BIG},
    {MSG_OP_MAILBOX_GET, "[b16 0 0]", 0},
    {MSG_OP_MAILBOX_GET, "[b16 7 25000]", 0},
    {MSG_OP_MAILBOX_GET, "[b16 8 0]", ERR_SHAPE},
    {MSG_OP_MAILBOX_GET, "[b16 0 25001]", ERR_SHAPE},
    {MSG_OP_MAILBOX_GET, "[b16 0 -1]", ERR_SHAPE},
    {MSG_OP_MAILBOX_GET, "[b15 0 0]", ERR_SHAPE},
    {MSG_OP_MAILBOX_GET, "[b16 0]", ERR_SHAPE},
    {MSG_OP_MAILBOX_GET, "[b16 0 0 0]", ERR_SHAPE},
    {MSG_OP_MAILBOX_GET, "[b60 0 0]", ERR_TOO_BIG},
    {MSG_OP_STATUS, "[]", 0},
    {MSG_OP_STATUS, "[0]", ERR_SHAPE},
    {MSG_OP_STATUS, "[b60]", ERR_TOO_BIG},
};

static union any decoded;

/* Opens and reads a request as the server does. */
static int take(const uint8_t *body, size_t len)
{
	struct msg_request r;
	int err = msg_request_open(body, len, &r);

	if (!err)
		err = ops[r.row->op].get(&r.args, &decoded);
	msg_request_close(&r);
	return err;
}

static void every_limit(void **state)
{
	struct buf in, out;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int err;

		buf_init(&in, 0);
		buf_init(&out, 0);
		mp_put_array(&in, 4);
		mp_put_u64(&in, 0);
		mp_put_u64(&in, 4711);
		mp_put_u64(&in, (uint64_t)rows[i].op);
		mp_spec(&in, rows[i].args);
		err = take(in.data, in.len);
		if (err != rows[i].err)
			fail_msg("op %d %s: %s", rows[i].op, rows[i].args, err_name(err));
		if (!err) {
			assert_int_equal(ops[rows[i].op].put(&out, 4711, &decoded), 0);
			assert_int_equal(in.len, out.len);
			assert_memory_equal(in.data, out.data, in.len);
		}
		buf_wipe(&in);
		buf_wipe(&out);
	}
}

static void no_part_is_a_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		if (rows[i].err)
			continue;
		buf_init(&b, 0);
		mp_put_array(&b, 4);
		mp_put_u64(&b, 0);
		mp_put_u64(&b, 1);
		mp_put_u64(&b, (uint64_t)rows[i].op);
		mp_spec(&b, rows[i].args);
		for (size_t len = 0; len<b.len; len += len> 300 ? b.len / 97 + 1 : 1) {
			uint8_t *exact = malloc(len + !len);

			assert_non_null(exact);
			memcpy(exact, b.data, len);
			assert_int_not_equal(take(exact, len), 0);
			free(exact);
		}
		assert_int_not_equal(take(b.data, b.len - 1), 0);
		assert_int_equal(take(b.data, b.len), 0);
		buf_wipe(&b);
	}
}

/* The values arrive where they belong: every member differs from every other. */
static void members(void **state)
{
	static const uint8_t a[32] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b[32] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
	const struct msg_hello hello = {3, 4, {(const uint8_t *)"kap 1", 5}};
	const struct msg_pull pull = {a, 77, b, 88};
	const struct msg_push push = {2, {{{a, 5}, {b, 6}}, {{b, 7}, {a, 8}}}};
	struct msg_request r;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(msg_put_hello(&out, 9, &hello), 0);
	assert_int_equal(msg_request_open(out.data, out.len, &r), 0);
	assert_int_equal(r.id, 9);
	assert_int_equal(r.row->op, MSG_OP_HELLO);
	assert_int_equal(msg_get_hello(&r.args, &decoded.hello), 0);
	assert_int_equal(decoded.hello.lowest, 3);
	assert_int_equal(decoded.hello.highest, 4);
	assert_int_equal(decoded.hello.program.len, 5);
	assert_memory_equal(decoded.hello.program.data, "kap 1", 5);
	msg_request_close(&r);
	buf_reset(&out);
	assert_int_equal(msg_put_pull(&out, 10, &pull), 0);
	assert_int_equal(msg_request_open(out.data, out.len, &r), 0);
	assert_int_equal(msg_get_pull(&r.args, &decoded.pull), 0);
	assert_memory_equal(decoded.pull.generation, a, 16);
	assert_memory_equal(decoded.pull.head, b, 32);
	assert_int_equal(decoded.pull.seq, 77);
	assert_int_equal(decoded.pull.bytes, 88);
	msg_request_close(&r);
	buf_reset(&out);
	assert_int_equal(msg_put_push(&out, 11, &push), 0);
	assert_int_equal(msg_request_open(out.data, out.len, &r), 0);
	assert_int_equal(msg_get_push(&r.args, &decoded.push), 0);
	assert_int_equal(decoded.push.n, 2);
	assert_int_equal(decoded.push.items[1].record.len, 7);
	assert_memory_equal(decoded.push.items[1].record.data, b, 7);
	assert_int_equal(decoded.push.items[0].payload.len, 6);
	assert_memory_equal(decoded.push.items[0].payload.data, b, 6);
	msg_request_close(&r);
	buf_wipe(&out);
}

static void writer_refuses(struct buf *b, int got, int want)
{
	assert_int_equal(got, want);
	assert_int_equal(b->len, 3);
}

static void nothing_wrong_is_written(void **state)
{
	static const uint8_t x[MSG_PACKET_MAX + 1];
	struct msg_push push = {.n = 65};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_put(&b, "abc", 3);
	writer_refuses(&b, msg_put_hello(&b, 1, &(struct msg_hello){0, 1, {x, 1}}), ERR_RANGE);
	writer_refuses(&b, msg_put_hello(&b, 1, &(struct msg_hello){1, 1, {x, 0}}), ERR_RANGE);
	writer_refuses(&b, msg_put_hello(&b, 1, &(struct msg_hello){1, 1, {x, 65}}), ERR_RANGE);
	writer_refuses(&b, msg_put_hello(&b, 1, &(struct msg_hello){1, 1, {NULL, 5}}), ERR_RANGE);
	writer_refuses(&b, msg_put_hello(&b, 0, &(struct msg_hello){1, 1, {x, 5}}), ERR_RANGE);
	writer_refuses(&b, msg_put_chain_get(&b, 1, &(struct msg_chain_get){x, 0, 257}), ERR_RANGE);
	writer_refuses(&b, msg_put_chain_get(&b, 1, &(struct msg_chain_get){NULL, 0, 1}), ERR_RANGE);
	writer_refuses(&b, msg_put_invite_put(&b, 1, &(struct msg_invite_put){x, {x, sizeof x}, {x, 1}}), ERR_RANGE);
	writer_refuses(&b, msg_put_join(&b, 1, &(struct msg_join){x, {x, 1}, 0, {{x, 1}}}), ERR_RANGE);
	writer_refuses(&b, msg_put_join(&b, 1, &(struct msg_join){x, {x, 1}, 4, {{x, 1}}}), ERR_RANGE);
	writer_refuses(&b, msg_put_join(&b, 1, &(struct msg_join){x, {x, 1}, 2, {{x, 1}}}), ERR_RANGE);
	writer_refuses(&b, msg_put_push(&b, 1, &push), ERR_RANGE);
	push.n = 0;
	writer_refuses(&b, msg_put_push(&b, 1, &push), ERR_RANGE);
	writer_refuses(&b, msg_put_fetch(&b, 1, &(struct msg_fetch){2, {x, NULL}}), ERR_RANGE);
	buf_wipe(&b);
	buf_init(&b, 20);
	assert_int_equal(msg_put_invite_get(&b, 1, &(struct msg_invite_get){x}), ERR_TOO_BIG);
	assert_int_equal(b.len, 0);
	buf_wipe(&b);
}

/* Two records that fit by themselves and not in one frame. */
static void more_than_a_frame(void **state)
{
	static uint8_t big[600000];
	struct msg_push push = {2, {{{big, 1}, {big, sizeof big}}, {{big, 1}, {big, sizeof big}}}};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(msg_put_push(&b, 1, &push), ERR_TOO_BIG);
	assert_int_equal(b.len, 0);
	push.n = 1;
	assert_int_equal(msg_put_push(&b, 1, &push), 0);
	buf_wipe(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_limit),       cmocka_unit_test(no_part_is_a_request),
	    cmocka_unit_test(members),           cmocka_unit_test(nothing_wrong_is_written),
	    cmocka_unit_test(more_than_a_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
