/* test_msg_reply: the body of every response and event at each limit and one beyond; what was accepted comes out again
 * byte for byte; lists that are written piece by piece are the same as those written at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "proto/msg_reply.h"
#include "tests/unit/support/mp_spec.h"

static union {
	struct msg_hello_reply hello;
	struct msg_head head;
	struct msg_chain_get_reply chain_get;
	struct msg_invite_get_reply invite_get;
	struct msg_push_reply push;
	struct msg_fetch_reply fetch;
	struct msg_watch_reply watch;
	struct msg_status_reply status;
	struct msg_chain_list_reply chain_list;
	struct msg_mailbox_put_reply mailbox_put;
	struct msg_mailbox_get_reply mailbox_get;
	struct msg_pull_reply pull;
	struct msg_feed_event feed_event;
} got;

#define ID 4711

#define BOTH(name, member)                                                                                             \
	static int get_##name(struct mp_cur *c)                                                                            \
	{                                                                                                                  \
		return msg_get_##name##_reply(c, &got.member);                                                                 \
	}                                                                                                                  \
	static int put_##name(struct buf *b)                                                                               \
	{                                                                                                                  \
		return msg_put_##name##_reply(b, ID, &got.member);                                                             \
	}
BOTH(hello, hello)
BOTH(chain_get, chain_get)
BOTH(chain_put, head)
BOTH(invite_put, head)
BOTH(invite_get, invite_get)
BOTH(join, head)
BOTH(push, push)
BOTH(fetch, fetch)
BOTH(watch, watch)
BOTH(status, status)
BOTH(chain_list, chain_list)
BOTH(mailbox_put, mailbox_put)
BOTH(mailbox_get, mailbox_get)

static int get_pull(struct mp_cur *c)
{
	struct msg_pull_entry e;
	int err = msg_get_pull_reply(c, &got.pull);

	while (!err)
		err = msg_next_entry(&got.pull, &e);
	return err == ERR_MORE ? 0 : err;
}

static int get_behind(struct mp_cur *c)
{
	return msg_get_head(c, &got.head);
}

static int put_behind(struct buf *b)
{
	return msg_put_behind(b, ID, &got.head);
}

static int get_feed_event(struct mp_cur *c)
{
	return msg_get_feed_event(c, &got.feed_event);
}

static int put_feed_event(struct buf *b)
{
	return msg_put_feed_event(b, &got.feed_event);
}

static int get_chain_event(struct mp_cur *c)
{
	return msg_get_chain_event(c, &got.head);
}

static int put_chain_event(struct buf *b)
{
	return msg_put_chain_event(b, &got.head);
}

#define LIMITS "[1048576 16 64 1040000]"
#define HEAD_SPEC "[1 4711 0 "

struct kind {
	const char *before; /* the envelope */
	int (*get)(struct mp_cur *c);
	int (*put)(struct buf *b); /* NULL: see the piecewise test */
};
static const struct kind hello = {HEAD_SPEC, get_hello, put_hello},
                         chain_get = {HEAD_SPEC, get_chain_get, put_chain_get},
                         chain_put = {HEAD_SPEC, get_chain_put, put_chain_put},
                         invite_put = {HEAD_SPEC, get_invite_put, put_invite_put},
                         invite_get = {HEAD_SPEC, get_invite_get, put_invite_get},
                         join = {HEAD_SPEC, get_join, put_join}, push = {HEAD_SPEC, get_push, put_push},
                         fetch = {HEAD_SPEC, get_fetch, put_fetch}, watch = {HEAD_SPEC, get_watch, put_watch},
                         status = {HEAD_SPEC, get_status, put_status},
                         chain_list = {HEAD_SPEC, get_chain_list, put_chain_list},
                         mailbox_put = {HEAD_SPEC, get_mailbox_put, put_mailbox_put},
                         mailbox_get = {HEAD_SPEC, get_mailbox_get, put_mailbox_get},
                         pull = {HEAD_SPEC, get_pull, NULL}, behind = {"[1 4711 300 ", get_behind, put_behind},
                         feed_event = {"[2 1 ", get_feed_event, put_feed_event},
                         chain_event = {"[2 2 ", get_chain_event, put_chain_event};

static const struct {
	const struct kind *kind;
	const char *body;
	int err;
} rows[] = {
    {&hello, "[1 b32 b16 b16 3 1700000000000 " LIMITS "]", 0},
    {&hello, "[65535 n b16 n 0 9007199254740991 " LIMITS "]", 0},
    {&hello, "[1 n b16 n 6 0 [4294967296 1 1 1]]", 0},
    {&hello, "[0 n b16 n 0 0 " LIMITS "]", ERR_SHAPE},
    {&hello, "[65536 n b16 n 0 0 " LIMITS "]", ERR_SHAPE},
    {&hello, "[1 b31 b16 n 0 0 " LIMITS "]", ERR_SHAPE},
    {&hello, "[1 n n n 0 0 " LIMITS "]", ERR_SHAPE},
    {&hello, "[1 n b16 b17 0 0 " LIMITS "]", ERR_SHAPE},
    {&hello, "[1 n b16 n 7 0 " LIMITS "]", ERR_SHAPE},
    {&hello, "[1 n b16 n 0 9007199254740992 " LIMITS "]", ERR_SHAPE},
    {&hello, "[1 n b16 n 0 0 [4294967297 1 1 1]]", ERR_SHAPE},
    {&hello, "[1 n b16 n 0 0 [1 0 1 1]]", ERR_SHAPE},
    {&hello, "[1 n b16 n 0 0 [1 1 1]]", ERR_SHAPE},
    {&hello, "[1 n b16 n 0 0 [1 1 1 1 1]]", ERR_SHAPE},
    {&hello, "[1 n b16 n 0 0]", ERR_SHAPE},
    {&hello, "[1 n b16 n 0 0 " LIMITS " n]", ERR_SHAPE},
    {&chain_get, "[0 b32 []]", 0},
    {&chain_get, "[9007199254740991 b32 [256*b100]]", 0},
    {&chain_get, "[1 b32 [b13312]]", 0},
    {&chain_get, "[1 b32 [b13313]]", ERR_SHAPE},
    {&chain_get, "[1 b32 [b0]]", ERR_SHAPE},
    {&chain_get, "[1 b32 [257*b1]]", ERR_SHAPE},
    {&chain_get, "[9007199254740992 b32 []]", ERR_SHAPE},
    {&chain_get, "[1 b32 n]", ERR_SHAPE},
    {&chain_get, "[1 b32 [n]]", ERR_SHAPE},
    {&chain_list, "[[] f]", 0},
    {&chain_list, "[[[b32 0 b32]] t]", 0},
    {&chain_list, "[[1024*[b32 9007199254740991 b32]] t]", 0},
    {&chain_list, "[[1025*[b32 1 b32]] t]", ERR_SHAPE},
    {&chain_list, "[[[b32 9007199254740992 b32]] t]", ERR_SHAPE},
    {&chain_list, "[[[b31 0 b32]] t]", ERR_SHAPE},
    {&chain_list, "[[[b32 0 b33]] t]", ERR_SHAPE},
    {&chain_list, "[[[b32 0]] t]", ERR_SHAPE},
    {&chain_list, "[[b32] t]", ERR_SHAPE},
    {&chain_list, "[[] 0]", ERR_SHAPE},
    {&chain_list, "[[] n]", ERR_SHAPE},
    {&chain_list, "[[]]", ERR_SHAPE},
    {&chain_list, "[[] t t]", ERR_SHAPE},
    {&mailbox_put, "[]", 0},
    {&mailbox_put, "[n]", ERR_SHAPE},
    {&mailbox_get, "[b1]", 0},
    {&mailbox_get, "[b16384]", 0},
    {&mailbox_get, "[b16385]", ERR_SHAPE},
    {&mailbox_get, "[b0]", ERR_SHAPE},
    {&mailbox_get, "[n]", ERR_SHAPE},
    {&mailbox_get, "[]", ERR_SHAPE},
    {&chain_put, "[1 b32]", 0},
    {&chain_put, "[1 b33]", ERR_SHAPE},
    {&chain_put, "[]", ERR_SHAPE},
    {&invite_put, "[0 b32]", 0},
    {&invite_put, "[0 b32 0]", ERR_SHAPE},
    {&join, "[9007199254740991 b32]", 0},
    {&join, "[9007199254740992 b32]", ERR_SHAPE},
    {&invite_get, "[b1 n]", 0},
    {&invite_get, "[b16384 [7 b32]]", 0},
    {&invite_get, "[b16385 n]", ERR_SHAPE},
    {&invite_get, "[b0 n]", ERR_SHAPE},
    {&invite_get, "[b1 [7]]", ERR_SHAPE},
    {&invite_get, "[b1 [7 b32 1]]", ERR_SHAPE},
    {&invite_get, "[b1 7]", ERR_SHAPE},
    {&invite_get, "[b1]", ERR_SHAPE},
    {&push, "[0 n n 310]", 0},
    {&push, "[64 b5120 b64 0]", 0},
    {&push, "[65 b1 b64 0]", ERR_SHAPE},
    {&push, "[64 b5121 b64 0]", ERR_SHAPE},
    {&push, "[64 b0 b64 0]", ERR_SHAPE},
    {&push, "[1 b1 b63 0]", ERR_SHAPE},
    {&push, "[1 b1 b64 65536]", ERR_SHAPE},
    {&push, "[1 b1 b64]", ERR_SHAPE},
    {&fetch, "[[]]", 0},
    {&fetch, "[[64*[b100 b600]]]", 0},
    {&fetch, "[[[n n] [b12288 n] [n b0] [b1 b100]]]", 0},
    {&fetch, "[[65*[n n]]]", ERR_SHAPE},
    {&fetch, "[[[b12289 n]]]", ERR_SHAPE},
    {&fetch, "[[[n b1040001]]]", ERR_SHAPE},
    {&fetch, "[[[n]]]", ERR_SHAPE},
    {&fetch, "[[n n]]", ERR_SHAPE},
    {&watch, "[0 b32]", 0},
    {&watch, "[0 b32 0]", ERR_SHAPE},
    {&watch, "[n b32]", ERR_SHAPE},
    {&status, "[1 2 3 []]", 0},
    {&status, "[1 2 3 [256*[b16 1 0 0]]]", 0},
    {&status, "[1 2 3 [[b16 3 9007199254740991 9007199254740991]]]", 0},
    {&status, "[1 2 3 [257*[b16 1 0 0]]]", ERR_SHAPE},
    {&status, "[1 2 3 [[b16 0 0 0]]]", ERR_SHAPE},
    {&status, "[1 2 3 [[b16 4 0 0]]]", ERR_SHAPE},
    {&status, "[1 2 3 [[b16 1 0]]]", ERR_SHAPE},
    {&status, "[1 2 n []]", ERR_SHAPE},
    {&pull, "[[] f b100 b64]", 0},
    {&pull, "[[[1 1 b32 b100 b600]] t b256 b64]", 0},
    {&pull, "[[[9007199254740991 255 b32 b12288 b0] [2 2 b32 n n]] t b1 b64]", 0},
    {&pull, "[[1024*[1 1 b32 n n]] f b100 b64]", 0},
    {&pull, "[[1025*[1 1 b32 n n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[0 1 b32 n n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[9007199254740992 1 b32 n n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[1 0 b32 n n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[1 256 b32 n n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[1 1 b31 n n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[1 1 b32 b12289 n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[1 1 b32 n b1040001]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[1 1 b32 n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[[1 1 b32 n n n]] f b100 b64]", ERR_SHAPE},
    {&pull, "[[] 0 b100 b64]", ERR_SHAPE},
    {&pull, "[[] f b257 b64]", ERR_SHAPE},
    {&pull, "[[] f b0 b64]", ERR_SHAPE},
    {&pull, "[[] f b100 b65]", ERR_SHAPE},
    {&pull, "[[] f b100]", ERR_SHAPE},
    {&pull, "[n f b100 b64]", ERR_SHAPE},
    {&behind, "[12 b32]", 0},
    {&behind, "[]", ERR_SHAPE},
    {&feed_event, "[b16 1 b32]", 0},
    {&feed_event, "[b16 1]", ERR_SHAPE},
    {&feed_event, "[b15 1 b32]", ERR_SHAPE},
    {&feed_event, "[b16 9007199254740992 b32]", ERR_SHAPE},
    {&chain_event, "[1 b32]", 0},
    {&chain_event, "[1 b31]", ERR_SHAPE},
};

static void make(struct buf *b, size_t row)
{
	size_t room = strlen(rows[row].kind->before) + strlen(rows[row].body) + 2;
	char *text = malloc(room);

	assert_non_null(text);
	snprintf(text, room, "%s%s]", rows[row].kind->before, rows[row].body);
	buf_init(b, 0);
	mp_spec(b, text);
	free(text);
}

static int take(const struct kind *kind, const uint8_t *body, size_t len)
{
	struct msg_reply r;
	int err = msg_reply_open(body, len, &r);

	if (!err)
		err = kind->get(&r.body);
	msg_reply_close(&r);
	return err;
}

static void every_limit(void **state)
{
	struct buf in, out;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int err;

		make(&in, i);
		buf_init(&out, 0);
		err = take(rows[i].kind, in.data, in.len);
		if (err != rows[i].err)
			fail_msg("%s: %s", rows[i].body, err_name(err));
		if (!err && rows[i].kind->put) {
			assert_int_equal(rows[i].kind->put(&out), 0);
			assert_int_equal(in.len, out.len);
			assert_memory_equal(in.data, out.data, in.len);
		}
		buf_wipe(&in);
		buf_wipe(&out);
	}
}

static void no_part_is_a_reply(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		if (rows[i].err)
			continue;
		make(&b, i);
		for (size_t len = 0; len<b.len; len += len> 300 ? b.len / 97 + 1 : 1) {
			uint8_t *exact = malloc(len + !len);

			assert_non_null(exact);
			memcpy(exact, b.data, len);
			assert_int_not_equal(take(rows[i].kind, exact, len), 0);
			free(exact);
		}
		assert_int_not_equal(take(rows[i].kind, b.data, b.len - 1), 0);
		buf_wipe(&b);
	}
}

static const uint8_t a[64] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const uint8_t z[64] = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

/* Lists of 0 to some, across the change of the header's form, inside a frame that already holds something. */
static void pull_piecewise(void **state)
{
	static const uint32_t counts[] = {0, 1, 2, 15, 16, 17, 200, MSG_PULL_ENTRIES};
	const struct msg_pull_reply tail = {.more = true, .feed_head = {a, 40}, .signature = z};

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct msg_pull_entry e = {.event = 1, .rid = a, .item = {{z, 33}, {a, 64}}};
		struct msg_list l;
		struct msg_reply r;
		struct buf b;

		buf_init(&b, 0);
		buf_put(&b, "xyz", 3);
		msg_begin_pull_reply(&l, &b, ID);
		for (uint32_t n = 1; n <= counts[i]; n++) {
			e.seq = n;
			assert_int_equal(msg_add_pull_entry(&l, &e), 0);
		}
		if (counts[i] == MSG_PULL_ENTRIES)
			assert_int_equal(msg_add_pull_entry(&l, &e), ERR_RANGE);
		assert_int_equal(msg_end_pull_reply(&l, &tail), 0);
		assert_memory_equal(b.data, "xyz", 3);
		assert_int_equal(msg_reply_open(b.data + 3, b.len - 3, &r), 0);
		assert_int_equal(r.id, ID);
		assert_int_equal(msg_get_pull_reply(&r.body, &got.pull), 0);
		assert_int_equal(got.pull.n, counts[i]);
		assert_true(got.pull.more);
		assert_int_equal(got.pull.feed_head.len, 40);
		assert_memory_equal(got.pull.signature, z, 64);
		for (uint32_t n = 1; n <= counts[i]; n++) {
			assert_int_equal(msg_next_entry(&got.pull, &e), 0);
			assert_int_equal(e.seq, n);
			assert_int_equal(e.event, 1);
			assert_memory_equal(e.rid, a, 32);
			assert_int_equal(e.item.record.len, 33);
			assert_memory_equal(e.item.record.data, z, 33);
			assert_int_equal(e.item.payload.len, 64);
		}
		assert_int_equal(msg_next_entry(&got.pull, &e), ERR_MORE);
		assert_int_equal(msg_next_entry(&got.pull, &e), ERR_MORE);
		msg_reply_close(&r);
		buf_wipe(&b);
	}
}

/* The piecewise writers make the bytes of the whole ones. */
static void fetch_and_links_piecewise(void **state)
{
	static struct msg_fetch_reply whole_fetch;
	static struct msg_chain_get_reply whole_links;

	(void)state;
	for (uint32_t n = 0; n <= MSG_FETCH_MAX; n++) {
		struct buf once, pieces;
		struct msg_list l;

		buf_init(&once, 0);
		buf_init(&pieces, 0);
		whole_fetch.n = n;
		msg_begin_fetch_reply(&l, &pieces, 5);
		for (uint32_t i = 0; i < n; i++) {
			whole_fetch.items[i] = (struct msg_item){{a, i % 2 ? 10 : 20}, {z, i % 60}};
			assert_int_equal(msg_add_fetch_item(&l, &whole_fetch.items[i]), 0);
		}
		assert_int_equal(msg_end_fetch_reply(&l), 0);
		assert_int_equal(msg_put_fetch_reply(&once, 5, &whole_fetch), 0);
		assert_int_equal(once.len, pieces.len);
		assert_memory_equal(once.data, pieces.data, once.len);
		buf_reset(&once);
		buf_reset(&pieces);
		whole_links.n = n;
		whole_links.head = (struct msg_head){n, z};
		msg_begin_chain_get_reply(&l, &pieces, 6, &whole_links.head);
		for (uint32_t i = 0; i < n; i++) {
			whole_links.links[i] = (struct msg_bytes){a, i % 63 + 1};
			assert_int_equal(msg_add_chain_link(&l, &whole_links.links[i]), 0);
		}
		assert_int_equal(msg_end_chain_get_reply(&l), 0);
		assert_int_equal(msg_put_chain_get_reply(&once, 6, &whole_links), 0);
		assert_int_equal(once.len, pieces.len);
		assert_memory_equal(once.data, pieces.data, once.len);
		buf_wipe(&once);
		buf_wipe(&pieces);
	}
}

/* A wrong element, a wrong tail, a full buffer: the reply is taken back out whole. */
static void piecewise_errors(void **state)
{
	const struct msg_pull_entry good = {.seq = 1, .event = 1, .rid = a}, bad = {.seq = 0, .event = 1, .rid = a};
	const struct msg_pull_reply tail = {.feed_head = {a, 40}, .signature = z}, no_signature = {.feed_head = {a, 40}};
	struct msg_list l;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_put(&b, "xyz", 3);
	msg_begin_pull_reply(&l, &b, ID);
	assert_int_equal(msg_add_pull_entry(&l, &good), 0);
	assert_int_equal(msg_add_pull_entry(&l, &bad), ERR_RANGE);
	assert_int_equal(msg_add_pull_entry(&l, &good), ERR_RANGE);
	assert_int_equal(msg_end_pull_reply(&l, &tail), ERR_RANGE);
	assert_int_equal(b.len, 3);
	msg_begin_pull_reply(&l, &b, ID);
	assert_int_equal(msg_end_pull_reply(&l, &no_signature), ERR_RANGE);
	assert_int_equal(b.len, 3);
	msg_begin_pull_reply(&l, &b, ID);
	assert_int_equal(msg_end_pull_reply(&l, &tail), 0);
	msg_begin_chain_get_reply(&l, &b, ID, &(struct msg_head){MP_NUMBER_MAX + 1, a});
	assert_int_equal(msg_end_chain_get_reply(&l), ERR_RANGE);
	buf_wipe(&b);
	buf_init(&b, 60);
	buf_put(&b, "xyz", 3);
	msg_begin_fetch_reply(&l, &b, ID);
	assert_int_equal(msg_add_fetch_item(&l, &(struct msg_item){{a, 40}, {a, 40}}), ERR_TOO_BIG);
	assert_int_equal(msg_end_fetch_reply(&l), ERR_TOO_BIG);
	assert_int_equal(b.len, 3);
	buf_wipe(&b);
}

/* The largest answers the page allows fit in a frame. */
static void largest_fit(void **state)
{
	static uint8_t big[1033256];
	const struct msg_pull_entry e = {.seq = 1, .event = 1, .rid = a, .item = {{big, 12288}, {big, sizeof big}}};
	const struct msg_pull_reply tail = {.feed_head = {big, 256}, .signature = a};
	struct msg_list l;
	struct buf b;
	size_t start;

	(void)state;
	buf_init(&b, 0);
	start = frame_begin(&b);
	msg_begin_pull_reply(&l, &b, UINT32_MAX);
	assert_int_equal(msg_add_pull_entry(&l, &e), 0);
	assert_int_equal(msg_end_pull_reply(&l, &tail), 0);
	assert_int_equal(frame_end(&b, start, FRAME_MAX), 0);
	buf_wipe(&b);
}

static void nothing_wrong_is_written(void **state)
{
	const struct msg_hello_reply no_limits = {.version = 1, .generation = a};
	struct msg_status_reply st = {.n = 1, .invites = {{a, 4, 0, 0}}};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(msg_put_hello_reply(&b, 1, &no_limits), ERR_RANGE);
	assert_int_equal(msg_put_status_reply(&b, 1, &st), ERR_RANGE);
	assert_int_equal(msg_put_watch_reply(&b, 1, &(struct msg_watch_reply){1, NULL}), ERR_RANGE);
	assert_int_equal(msg_put_push_reply(&b, 1, &(struct msg_push_reply){.accepted = 65}), ERR_RANGE);
	assert_int_equal(msg_put_invite_get_reply(&b, 1, &(struct msg_invite_get_reply){{a, 1}, true, {0, NULL}}),
	                 ERR_RANGE);
	assert_int_equal(msg_put_feed_event(&b, &(struct msg_feed_event){a, 1, NULL}), ERR_RANGE);
	assert_int_equal(msg_put_chain_event(&b, &(struct msg_head){1, NULL}), ERR_RANGE);
	assert_int_equal(msg_put_behind(&b, 1, &(struct msg_head){1, NULL}), ERR_RANGE);
	assert_int_equal(b.len, 0);
	assert_int_equal(msg_put_behind(&b, 1, &(struct msg_head){1, a}), 0);
	buf_wipe(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_limit),
	    cmocka_unit_test(no_part_is_a_reply),
	    cmocka_unit_test(pull_piecewise),
	    cmocka_unit_test(fetch_and_links_piecewise),
	    cmocka_unit_test(piecewise_errors),
	    cmocka_unit_test(largest_fit),
	    cmocka_unit_test(nothing_wrong_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
