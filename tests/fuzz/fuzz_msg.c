/* fuzz_msg: the body of a frame, taken as a request by the server and as a response or event by the device. What is
 * accepted is written again as the same bytes; what is not, is refused with an error that may be sent. */
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/msg_reply.h"
#include "tests/fuzz/fuzz.h"

static union {
#define OP(NAME, name, number, body, effect, who) struct msg_##name name;
#include "proto/ops.def"
#undef OP
} request;

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
	struct msg_blob_put_reply blob_put;
	struct msg_blob_get_reply blob_get;
	struct msg_blob_stat_reply blob_stat;
	struct msg_feed_event feed_event;
} reply;

static void is_form_error(int err)
{
	FUZZ_CHECK(err == ERR_PROTO || err == ERR_CANON || err == ERR_UTF8 || err == ERR_SHAPE || err == ERR_TOO_BIG ||
	           err == ERR_OP);
}

static void is_the_same(struct buf *b, const uint8_t *data, size_t size)
{
	FUZZ_CHECK(b->len == size && memcmp(b->data, data, size) == 0);
	buf_wipe(b);
}

static void taken_as_a_request(const uint8_t *data, size_t size)
{
	struct msg_request r;
	struct buf b;
	int err = msg_request_open(data, size, &r);

	FUZZ_CHECK(r.has_id == (r.id != 0));
	if (err) {
		is_form_error(err);
		FUZZ_CHECK(!r.doc);
		return;
	}
	FUZZ_CHECK(r.has_id && size <= r.row->body_max);
	buf_init(&b, 0);
#define OP(NAME, name, number, body, effect, who)                                                                      \
	if (r.row->op == (number)) {                                                                                       \
		err = msg_get_##name(&r.args, &request.name);                                                                  \
		if (!err)                                                                                                      \
			FUZZ_CHECK(msg_put_##name(&b, r.id, &request.name) == 0);                                                  \
	}
#include "proto/ops.def"
#undef OP
	if (err)
		is_form_error(err);
	else
		is_the_same(&b, data, size);
	buf_wipe(&b);
	msg_request_close(&r);
}

#define SHAPES(X)                                                                                                      \
	X(hello_reply, hello)                                                                                              \
	X(chain_get_reply, chain_get)                                                                                      \
	X(chain_put_reply, head)                                                                                           \
	X(invite_get_reply, invite_get)                                                                                    \
	X(push_reply, push)                                                                                                \
	X(fetch_reply, fetch)                                                                                              \
	X(watch_reply, watch)                                                                                              \
	X(status_reply, status)                                                                                            \
	X(chain_list_reply, chain_list)                                                                                    \
	X(mailbox_put_reply, mailbox_put)                                                                                  \
	X(mailbox_get_reply, mailbox_get)                                                                                  \
	X(blob_put_reply, blob_put)                                                                                        \
	X(blob_get_reply, blob_get)                                                                                        \
	X(blob_stat_reply, blob_stat)

#define X(name, member)                                                                                                \
	static void as_##name(struct msg_reply *r, const uint8_t *data, size_t size)                                       \
	{                                                                                                                  \
		struct buf b;                                                                                                  \
                                                                                                                       \
		buf_init(&b, 0);                                                                                               \
		if (msg_get_##name(&r->body, &reply.member) == 0 && r->status == 0) {                                          \
			FUZZ_CHECK(msg_put_##name(&b, r->id, &reply.member) == 0);                                                 \
			is_the_same(&b, data, size);                                                                               \
		}                                                                                                              \
		buf_wipe(&b);                                                                                                  \
	}
SHAPES(X)
#undef X

/* Read piece by piece, written piece by piece. */
static void as_pull(struct msg_reply *r, const uint8_t *data, size_t size)
{
	struct msg_pull_reply m;
	struct msg_pull_entry e;
	struct msg_list l;
	struct buf b;
	int err = msg_get_pull_reply(&r->body, &m);

	if (err || r->status != 0)
		return;
	buf_init(&b, 0);
	msg_begin_pull_reply(&l, &b, r->id);
	while ((err = msg_next_entry(&m, &e)) == 0)
		FUZZ_CHECK(msg_add_pull_entry(&l, &e) == 0);
	if (err == ERR_MORE) {
		FUZZ_CHECK(msg_end_pull_reply(&l, &m) == 0);
		is_the_same(&b, data, size);
	}
	buf_wipe(&b);
}

static void as_event(struct msg_reply *r, const uint8_t *data, size_t size)
{
	struct buf b;
	bool same = false;

	buf_init(&b, 0);
	if (r->topic == MSG_TOPIC_FEED && msg_get_feed_event(&r->body, &reply.feed_event) == 0) {
		FUZZ_CHECK(msg_put_feed_event(&b, &reply.feed_event) == 0);
		same = true;
	} else if (r->topic == MSG_TOPIC_CHAIN && msg_get_chain_event(&r->body, &reply.head) == 0) {
		FUZZ_CHECK(msg_put_chain_event(&b, &reply.head) == 0);
		same = true;
	}
	if (same)
		is_the_same(&b, data, size);
	buf_wipe(&b);
}

static void taken_as_a_reply(const uint8_t *data, size_t size)
{
	static void (*const shapes[])(struct msg_reply * r, const uint8_t *data, size_t size) = {
#define X(name, member) as_##name,
	    SHAPES(X)
#undef X
	        as_pull,
	};
	struct msg_reply r;

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		int err = msg_reply_open(data, size, &r);

		if (err) {
			is_form_error(err);
			FUZZ_CHECK(!r.doc);
			return;
		}
		if (r.is_event)
			as_event(&r, data, size);
		else
			shapes[i](&r, data, size);
		msg_reply_close(&r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	taken_as_a_request(data, size);
	taken_as_a_reply(data, size);
	return 0;
}
