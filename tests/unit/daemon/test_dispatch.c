/* test_dispatch: the order of requests, who may ask, what becomes of refusals, who is told of news, who is sent away:
 * over real connections, with handlers of the test's own. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/watch.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "tests/unit/support/net_device.h"
#include "tests/unit/support/net_house.h"

#define MEMBER 2
#define OTHER 0x21
#define GUEST 3

static struct house *house;
static struct device device, other;
static struct buf out;

static int start(void **state)
{
	(void)state;
	house = house_start(NULL);
	house_set_role(house, MEMBER, 1);
	house_set_role(house, OTHER, 2);
	buf_init(&out, 0);
	device = other = (struct device){0};
	return 0;
}

static int nobody(const struct server_counts *c)
{
	return c->connections == 0 && c->in_work == 0 && c->memory == 0 && c->watchers == 0;
}

static int stop(void **state)
{
	(void)state;
	device_end(&device);
	device_end(&other);
	house_await(house, nobody, "something was left behind");
	buf_wipe(&out);
	assert_int_equal(house_stop(house), 0);
	return 0;
}

static void hello(uint8_t seed)
{
	assert_int_equal(device_hello(&device, house_port(house), seed), 0);
}

static unsigned ask(void)
{
	assert_true(device_send(&device, &out));
	return device_read(&device, 2000, NULL, NULL);
}

/* Sends what is in `out`: it is answered with this status, and that was all. */
static void is_fault(int err)
{
	assert_int_equal(ask(), err_to_status(err));
	assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
	device_end(&device);
	buf_reset(&out);
}

/* --- order --- */

static void ids_grow(void **state)
{
	uint32_t id;

	(void)state;
	hello(MEMBER);
	device_put_raw(&out, 2, MSG_OP_STATUS);
	device_put_raw(&out, 7, MSG_OP_STATUS);
	device_put_raw(&out, UINT32_MAX, MSG_OP_STATUS);
	assert_true(device_send(&device, &out));
	assert_int_equal(device_read(&device, 2000, &id, NULL), 0);
	assert_int_equal(id, 2);
	assert_int_equal(device_read(&device, 2000, &id, NULL), 0);
	assert_int_equal(device_read(&device, 2000, &id, NULL), 0);
	assert_int_equal(id, UINT32_MAX);
	device_put_raw(&out, UINT32_MAX, MSG_OP_STATUS);
	is_fault(ERR_ORDER);
	hello(MEMBER);
	device_put_raw(&out, 1, MSG_OP_STATUS);
	is_fault(ERR_ORDER);
}

static void no_id_no_answer(void **state)
{
	static const uint64_t bad[] = {0, (uint64_t)UINT32_MAX + 1, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		hello(MEMBER);
		device_put_raw(&out, bad[i], MSG_OP_STATUS);
		assert_int_equal(ask(), DEVICE_ENDED);
		device_end(&device);
	}
}

static void hello_first(void **state)
{
	(void)state;
	assert_true(device_connect(&device, house_port(house), MEMBER));
	device_put_status(&device, &out);
	is_fault(ERR_ORDER);
}

static void hello_once(void **state)
{
	(void)state;
	hello(MEMBER);
	device_put_hello(&device, &out);
	is_fault(ERR_ORDER);
}

static void hello_refused_ends_it(void **state)
{
	struct msg_hello m = {.lowest = 2, .highest = 3, .program = {(const uint8_t *)"t", 1}};

	(void)state;
	assert_true(device_connect(&device, house_port(house), MEMBER));
	frame_begin(&out);
	assert_int_equal(msg_put_hello(&out, 1, &m), 0);
	assert_int_equal(frame_end(&out, 0, FRAME_MAX), 0);
	is_fault(ERR_VERSION);
}

static void unknown_op(void **state)
{
	static const uint64_t bad[] = {0, 100, 255, 65535, UINT64_MAX, MSG_OP_INVITE_GET}; /* the last has no row here */

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		hello(MEMBER);
		device_put_raw(&out, 2, bad[i]);
		is_fault(ERR_OP);
	}
}

static void bad_arguments(void **state)
{
	(void)state;
	hello(MEMBER);
	device_put_raw(&out, 2, MSG_OP_PULL); /* has four */
	is_fault(ERR_SHAPE);
	hello(MEMBER);
	buf_put(&out, "\0\0\0\6\x94\0\xcc\2\x0b\x90", 10); /* the id in a long form, where the short one would do */
	is_fault(ERR_CANON);
}

static void larger_than_its_op_may_be(void **state)
{
	(void)state;
	hello(MEMBER);
	frame_begin(&out);
	mp_put_array(&out, 4);
	mp_put_u64(&out, 0);
	mp_put_u64(&out, 2);
	mp_put_u64(&out, MSG_OP_STATUS);
	mp_put_array(&out, 1);
	mp_put_bin(&out, device.in.data, 0);
	memset(buf_reserve(&out, 100), 0, 100);
	assert_int_equal(frame_end(&out, 0, FRAME_MAX), 0);
	is_fault(ERR_TOO_BIG);
}

/* Before and after: what a fault ends is that one connection. */
static void a_fault_answers_what_came_before(void **state)
{
	(void)state;
	hello(MEMBER);
	device_put_status(&device, &out);
	device_put_raw(&out, 1, MSG_OP_STATUS);
	device_put_status(&device, &out);
	assert_int_equal(ask(), 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 107);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
}

/* --- who may --- */

static void guests_may_not_ask_much(void **state)
{
	(void)state;
	hello(GUEST);
	device_put_status(&device, &out);
	assert_int_equal(ask(), 200);
	device_put_push(&device, &out, 10);
	assert_int_equal(ask(), 200);
	assert_int_equal(house_held(house), 0);
	device_put_simple(&device, &out, MSG_OP_JOIN);
	assert_int_equal(ask(), 0);
}

static void members_do_not_join(void **state)
{
	(void)state;
	hello(MEMBER);
	device_put_simple(&device, &out, MSG_OP_JOIN);
	assert_int_equal(ask(), 203);
	assert_true(device_is_served(&device));
}

static void ten_requests_of_a_guest(void **state)
{
	(void)state;
	hello(GUEST);
	for (int i = 1; i < 10; i++) {
		device_put_status(&device, &out);
		assert_int_equal(ask(), 200);
	}
	device_put_simple(&device, &out, MSG_OP_JOIN);
	is_fault(ERR_RATE);
	hello(MEMBER); /* the control */
	for (int i = 1; i < 30; i++)
		assert_true(device_is_served(&device));
}

/* On the same connection, and with a member's limits from the next frame on. */
static void a_guest_becomes_a_member(void **state)
{
	(void)state;
	hello(GUEST);
	device_put_simple(&device, &out, MSG_OP_JOIN);
	device_put_push(&device, &out, 500000);
	assert_int_equal(ask(), 0);
	while (house_held(house) == 0)
		usleep(1000);
	house_release(house, 1, 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	for (int i = 0; i < 20; i++)
		assert_true(device_is_served(&device));
}

static void revoked_at_hello(void **state)
{
	(void)state;
	house_set_role(house, MEMBER, 255);
	assert_int_equal(device_hello(&device, house_port(house), MEMBER), 201);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
}

/* Every request looks again who is asking. */
static void revoked_between_requests(void **state)
{
	(void)state;
	hello(MEMBER);
	assert_true(device_is_served(&device));
	house_set_role(house, MEMBER, 255);
	device_put_status(&device, &out);
	is_fault(ERR_REVOKED);
}

/* --- answers --- */

static void handlers_errors(void **state)
{
	static const int kept[] = {ERR_NO_GRANT, ERR_NOT_FOUND, ERR_BUSY, ERR_FULL, ERR_CHAIN_BEHIND, ERR_CURSOR};
	static const int ours[] = {ERR_NOMEM, ERR_CORRUPT, ERR_IO, ERR_INTERNAL};

	(void)state;
	hello(MEMBER);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		device_put_fetch(&device, &out, kept[i]);
		assert_int_equal(ask(), err_to_status(kept[i]));
	}
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
		device_put_fetch(&device, &out, ours[i]);
		assert_int_equal(ask(), 500);
	}
	assert_true(device_is_served(&device));
}

static void an_answer_too_large_for_a_frame(void **state)
{
	(void)state;
	hello(MEMBER);
	device_put_pull(&device, &out, (1 << 20) - 4 - 10); /* [1, id, 0, [bin32]] and its bytes: exactly a frame */
	assert_int_equal(ask(), 0);
	device_put_pull(&device, &out, (1 << 20) - 4 - 9);
	assert_int_equal(ask(), 500);
	device_put_pull(&device, &out, 5000000);
	assert_int_equal(ask(), 500);
	assert_true(device_is_served(&device));
}

/* Whether it was stored nobody knows, so nobody is told anything. */
static void a_lost_store_is_no_answer(void **state)
{
	(void)state;
	hello(MEMBER);
	device_put_push(&device, &out, 10);
	assert_true(device_send(&device, &out));
	while (house_held(house) == 0)
		usleep(1000);
	house_release(house, 1, ERR_STORE_FATAL);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
}

static void refusals_are_audited(void **state)
{
	uint16_t op, status;
	unsigned n;

	(void)state;
	hello(MEMBER);
	device_put_fetch(&device, &out, ERR_NO_GRANT);
	assert_int_equal(ask(), 202);
	assert_int_equal(house_audited(house, &op, &status), 1);
	assert_int_equal(op, MSG_OP_FETCH);
	assert_int_equal(status, 202);
	device_put_simple(&device, &out, MSG_OP_JOIN);
	assert_int_equal(ask(), 203);
	assert_int_equal(house_audited(house, &op, &status), 2);
	assert_int_equal(op, MSG_OP_JOIN);
	/* what is tried again as it is, and what is our own fault, is no refusal */
	device_put_fetch(&device, &out, ERR_BUSY);
	assert_int_equal(ask(), 104);
	device_put_fetch(&device, &out, ERR_CHAIN_BEHIND);
	assert_int_equal(ask(), 300);
	device_put_fetch(&device, &out, ERR_IO);
	assert_int_equal(ask(), 500);
	assert_true(device_is_served(&device));
	n = house_audited(house, &op, &status);
	assert_int_equal(n, 2);
}

/* A disk cannot be filled with refusals: after a while they are answered otherwise, and leave no row. */
static void refusals_without_end(void **state)
{
	unsigned refused = 0, rate = 0;
	uint16_t op, status;

	(void)state;
	hello(MEMBER);
	for (int i = 0; i < 200; i++) {
		unsigned got;

		device_put_fetch(&device, &out, ERR_NO_GRANT);
		got = ask();
		refused += got == 202;
		rate += got == 401;
	}
	assert_int_equal(refused + rate, 200);
	assert_in_range(refused, 64, 72);
	assert_int_equal(house_audited(house, &op, &status), refused);
	assert_true(device_is_served(&device));
	assert_int_equal(device_hello(&other, house_port(house), OTHER), 0); /* each device has its own measure */
	device_end(&device);
	device = other;
	other = (struct device){0};
	device_put_fetch(&device, &out, ERR_NO_GRANT);
	assert_int_equal(ask(), 202);
}

/* --- news --- */

static void notify_many(struct house *h, void *arg)
{
	uint8_t pid[16], head[32] = {0};

	(void)arg;
	memset(pid, MEMBER, sizeof pid);
	for (uint64_t i = 1; i <= 100; i++) {
		watch_notify(house_env(h)->watch, pid, i, head);
		watch_notify_chain(house_env(h)->watch, i + 1000, head);
	}
}

static void watch_here(void)
{
	device_put_simple(&device, &out, MSG_OP_WATCH);
	assert_int_equal(ask(), 0);
}

/* At most one of each on its way, and the last of all arrives. */
static void news_are_coalesced(void **state)
{
	uint64_t seq, last[3] = {0};
	unsigned topic, n = 0;

	(void)state;
	hello(MEMBER);
	watch_here();
	watch_here(); /* twice is once */
	house_call(house, notify_many, NULL);
	while ((topic = device_read_event(&device, 300, &seq)) != DEVICE_SILENT) {
		assert_in_range(topic, 1, 2);
		assert_true(seq > last[topic]);
		last[topic] = seq;
		n++;
	}
	assert_int_equal(last[1], 100);
	assert_int_equal(last[2], 1100);
	assert_in_range(n, 2, 4);
}

static void no_news_without_watching(void **state)
{
	uint64_t seq;

	(void)state;
	hello(MEMBER);
	house_call(house, notify_many, NULL);
	assert_int_equal(device_read_event(&device, 200, &seq), DEVICE_SILENT);
	device_end(&device);
	hello(OTHER);
	watch_here();
	house_call(house, notify_many, NULL);
	assert_int_equal(device_read_event(&device, 300, &seq), 2); /* the chain is everybody's, the feed is not */
	while (device_read_event(&device, 100, &seq) == 2)
		;
	assert_int_equal(seq, 1100);
}

static void news_wait_for_the_answers(void **state)
{
	unsigned events = 0;

	(void)state;
	hello(MEMBER);
	watch_here();
	for (int i = 0; i < 40; i++)
		device_put_pull(&device, &out, 500000);
	assert_true(device_send(&device, &out));
	for (int i = 0; i < 20; i++)
		house_call(house, notify_many, NULL);
	for (int i = 0; i < 40; i++)
		assert_int_equal(device_read(&device, 2000, NULL, &events), 0);
	while (device_read(&device, 100, NULL, &events) != DEVICE_SILENT)
		;
	assert_in_range(events, 2, 42); /* and not 4000 */
}

/* --- being sent away --- */

static void expelled_oneself(void **state)
{
	(void)state;
	assert_int_equal(device_hello(&other, house_port(house), OTHER), 0);
	hello(MEMBER);
	device_put_simple(&device, &out, MSG_OP_CHAIN_PUT);
	assert_int_equal(ask(), 0); /* what is in work is answered */
	assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
	assert_true(device_is_served(&other));
}

static void expelled_by_another(void **state)
{
	(void)state;
	assert_int_equal(device_hello(&other, house_port(house), OTHER), 0);
	hello(MEMBER);
	device_put_simple(&device, &out, MSG_OP_CHAIN_GET);
	assert_int_equal(ask(), 300); /* with a body of its own */
	assert_int_equal(device_read(&other, 2000, NULL, NULL), DEVICE_ENDED);
	assert_true(device_is_served(&device));
}

/* Sent away with a write in work: that answer comes, nothing else does. */
static void expelled_in_the_middle(void **state)
{
	(void)state;
	assert_int_equal(device_hello(&other, house_port(house), OTHER), 0);
	device_put_simple(&other, &out, MSG_OP_WATCH);
	device_put_push(&other, &out, 10);
	assert_true(device_send(&other, &out));
	assert_int_equal(device_read(&other, 2000, NULL, NULL), 0);
	while (house_held(house) == 0)
		usleep(1000);
	hello(MEMBER);
	device_put_simple(&device, &out, MSG_OP_CHAIN_GET);
	assert_int_equal(ask(), 300);
	house_set_role(house, OTHER, 255);
	house_call(house, notify_many, NULL);
	assert_int_equal(device_read(&other, 200, NULL, NULL), DEVICE_SILENT);
	house_release(house, 1, 0);
	assert_int_equal(device_read(&other, 2000, NULL, NULL), 0);
	assert_int_equal(device_read(&other, 2000, NULL, NULL), DEVICE_ENDED);
}

/* A device that was revoked: what is in work, queued or watched ends with its connections, of which there are two. */
static void a_device_is_dropped(void **state)
{
	static struct device again;

	(void)state;
	assert_int_equal(device_hello(&other, house_port(house), OTHER), 0);
	assert_int_equal(device_hello(&again, house_port(house), OTHER), 0);
	device_put_simple(&other, &out, MSG_OP_WATCH);
	device_put_push(&other, &out, 10);
	assert_true(device_send(&other, &out));
	assert_int_equal(device_read(&other, 2000, NULL, NULL), 0);
	while (house_held(house) == 0)
		usleep(1000);
	hello(MEMBER);
	device_put_simple(&device, &out, MSG_OP_CHAIN_LIST);
	assert_int_equal(ask(), 300);
	assert_int_equal(device_read(&other, 2000, NULL, NULL), DEVICE_ENDED);
	assert_int_equal(device_read(&again, 2000, NULL, NULL), DEVICE_ENDED);
	house_call(house, notify_many, NULL);
	house_release(house, 1, 0); /* there is nobody to answer */
	assert_true(device_is_served(&device));
	device_end(&again);
}

static int group_start(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return crypto_init();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
	    TEST(ids_grow),
	    TEST(no_id_no_answer),
	    TEST(hello_first),
	    TEST(hello_once),
	    TEST(hello_refused_ends_it),
	    TEST(unknown_op),
	    TEST(bad_arguments),
	    TEST(larger_than_its_op_may_be),
	    TEST(a_fault_answers_what_came_before),
	    TEST(guests_may_not_ask_much),
	    TEST(members_do_not_join),
	    TEST(ten_requests_of_a_guest),
	    TEST(a_guest_becomes_a_member),
	    TEST(revoked_at_hello),
	    TEST(revoked_between_requests),
	    TEST(handlers_errors),
	    TEST(an_answer_too_large_for_a_frame),
	    TEST(a_lost_store_is_no_answer),
	    TEST(refusals_are_audited),
	    TEST(refusals_without_end),
	    TEST(news_are_coalesced),
	    TEST(no_news_without_watching),
	    TEST(news_wait_for_the_answers),
	    TEST(expelled_oneself),
	    TEST(expelled_by_another),
	    TEST(expelled_in_the_middle),
	    TEST(a_device_is_dropped),
	};
	return cmocka_run_group_tests(tests, group_start, NULL);
}
