/* One connection to the server: what comes back that is no answer, and that every wait ends. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/book/identity.h"
#include "client/sync/rpc.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "tests/unit/support/sync_server.h"

static struct sync_cast cast;
static struct sync_server server;

static int setup(void **state)
{
	(void)state;
	sync_cast_begin(&cast, 0);
	sync_server_start(&server, &cast, cast.jo, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sync_server_stop(&server);
	sync_cast_end(&cast);
	return 0;
}

static size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* The server's thread closes its end a moment later. */
static void fds_are(size_t n)
{
	for (int i = 0; i < 200 && open_fds() != n; i++)
		usleep(10000);
	assert_int_equal(open_fds(), n);
}

static int open_with(const uint8_t (*pins)[32], size_t n_pins, struct rpc **c)
{
	struct rpc_opts where = {.host = "127.0.0.1", .port = server.port, .timeout_s = 1};
	where.tls_seed = cast.jo->device.tls;
	where.pins = pins;
	where.n_pins = n_pins;
	return rpc_open(&where, c);
}

static int watch(struct rpc *c)
{
	struct msg_watch m = {0};
	struct msg_watch_reply got;
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(c, &id);
	int err = rpc_call(c, msg_put_watch(out, id, &m), &reply);
	return err ? err : msg_get_watch_reply(&reply->body, &got);
}

/* --- answers that are none --- */

static void put_event(struct buf *out, uint32_t topic)
{
	static const uint8_t zero[32];
	size_t at = frame_begin(out);
	if (topic == MSG_TOPIC_CHAIN) {
		msg_put_chain_event(out, &(struct msg_head){3, zero});
	} else if (topic == MSG_TOPIC_FEED) {
		msg_put_feed_event(out, &(struct msg_feed_event){zero, 3, zero});
	} else {
		msg_put_event(out, (enum msg_topic)topic, 0);
	}
	frame_end(out, at, FRAME_MAX);
}

static void put_watch(struct buf *out, uint32_t id)
{
	static const uint8_t zero[32];
	size_t at = frame_begin(out);
	msg_put_watch_reply(out, id, &(struct msg_watch_reply){0, zero});
	frame_end(out, at, FRAME_MAX);
}

#define RAW(name, what)                                                                                                \
	static bool name(void *arg, const struct msg_request *m, struct buf *out, bool *end)                               \
	{                                                                                                                  \
		(void)arg;                                                                                                     \
		(void)end;                                                                                                     \
		(void)out;                                                                                                     \
		if (m->row->op != MSG_OP_WATCH)                                                                                \
			return false;                                                                                              \
		what;                                                                                                          \
		return true;                                                                                                   \
	}

RAW(well, put_watch(out, m->id))
RAW(event_between, put_event(out, MSG_TOPIC_FEED); put_event(out, 99); put_watch(out, m->id))
RAW(wrong_id, put_watch(out, m->id + 1))
RAW(earlier_id, put_watch(out, m->id - 1))
RAW(oversized, buf_put(out, "\x7f\xff\xff\xff", 4))
RAW(one_too_long, buf_put(out, "\0\x0f\xff\xfd", 4))
RAW(too_short, buf_put(out, "\0\0\0\1\xc0", 5))
RAW(garbage, buf_put(out, "\0\0\0\4\xc1\xc1\xc1\xc1", 8))
RAW(a_request, buf_put(out, "\0\0\0\5\x94\0\1\1\x90", 9))
RAW(half, put_watch(out, m->id); out->len -= 5; *end = true)
RAW(nothing_then_gone, *end = true)
RAW(silence, (void)out)
RAW(half_and_silence, put_watch(out, m->id); out->len -= 5)
RAW(other_body, {
	size_t at = frame_begin(out);
	msg_put_response(out, m->id, 0, 0);
	frame_end(out, at, FRAME_MAX);
})
RAW(refused, {
	size_t at = frame_begin(out);
	msg_put_refusal(out, m->id, ERR_RATE);
	frame_end(out, at, FRAME_MAX);
})
RAW(unknown_status, {
	size_t at = frame_begin(out);
	msg_put_response(out, m->id, 999, 0);
	frame_end(out, at, FRAME_MAX);
})

static const struct {
	const char *name;
	bool (*raw)(void *, const struct msg_request *, struct buf *, bool *);
	int err;
} answers[] = {
    {"control", well, 0},
    {"events before it", event_between, 0},
    {"another id", wrong_id, ERR_ANSWER},
    {"an earlier id", earlier_id, ERR_ANSWER},
    {"an oversized frame", oversized, ERR_ANSWER},
    {"a frame one byte too long", one_too_long, ERR_ANSWER},
    {"a frame too short", too_short, ERR_ANSWER},
    {"garbage", garbage, ERR_ANSWER},
    {"a request", a_request, ERR_ANSWER},
    {"half of it", half, ERR_CLOSED},
    {"nothing", nothing_then_gone, ERR_CLOSED},
    {"silence", silence, ERR_TIMEOUT},
    {"half and silence", half_and_silence, ERR_TIMEOUT},
    {"another body", other_body, ERR_SHAPE},
    {"a refusal", refused, ERR_RATE},
    {"an unknown status", unknown_status, ERR_INTERNAL},
};

static void test_answers(void **state)
{
	(void)state;
	size_t fds = open_fds();
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct rpc *c;
		server.twist.raw = answers[i].raw;
		assert_int_equal(open_with((const uint8_t(*)[32])cast.pp.server_tls_pub, 1, &c), 0);
		int err = watch(c);
		if (err != answers[i].err)
			fail_msg("%s: %s, not %s", answers[i].name, err_name(err), err_name(answers[i].err));
		rpc_close(c);
		fds_are(fds);
	}
}

static void test_storm_of_events(void **state)
{
	struct timespec from, to;
	struct rpc *c;
	(void)state;
	server.storm = true;
	assert_int_equal(open_with(NULL, 0, &c), 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(watch(c), ERR_TIMEOUT);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true(to.tv_sec - from.tv_sec < 5);
	rpc_close(c);
}

/* --- hello --- */

static void newer(void *arg, struct msg_hello_reply *r)
{
	(void)arg;
	r->version = 2;
}

static void test_opening(void **state)
{
	static const uint8_t other[1][32] = {{1}};
	static const int refusals[] = {ERR_REVOKED, ERR_VERSION, ERR_BUSY, ERR_DRAINING};
	struct rpc *c;
	(void)state;
	size_t fds = open_fds();
	assert_int_equal(open_with(other, 1, &c), ERR_PIN);
	assert_null(c);
	assert_int_equal(server.asked[MSG_OP_HELLO], 0);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		server.refuse[MSG_OP_HELLO] = refusals[i];
		assert_int_equal(open_with(NULL, 0, &c), refusals[i]);
		assert_null(c);
	}
	server.refuse[MSG_OP_HELLO] = 0;
	server.twist.hello = newer;
	assert_int_equal(open_with(NULL, 0, &c), ERR_ANSWER);
	server.twist.hello = NULL;
	fds_are(fds);
	assert_int_equal(open_with(NULL, 0, &c), 0);
	assert_true(rpc_hello(c)->is_member);
	assert_memory_equal(rpc_hello(c)->pid, cast.jo->genesis, 16);
	uint8_t key[32];
	rpc_key(c, key);
	assert_memory_equal(key, cast.pp.server_tls_pub, 32);
	rpc_close(c);
	rpc_close(NULL);
	fds_are(fds);
}

static void test_unreachable(void **state)
{
	struct rpc_opts where = {.host = "127.0.0.1", .port = 1, .tls_seed = cast.jo->device.tls, .timeout_s = 1};
	struct rpc *c;
	(void)state;
	size_t fds = open_fds();
	assert_int_equal(rpc_open(&where, &c), ERR_UNREACHABLE);
	assert_null(c);
	where.host = "no host at all";
	assert_int_equal(rpc_open(&where, &c), ERR_UNREACHABLE);
	fds_are(fds);
}

/* --- events --- */

RAW(events_after, put_watch(out, m->id); put_event(out, MSG_TOPIC_FEED); put_event(out, MSG_TOPIC_FEED);
    put_event(out, MSG_TOPIC_CHAIN); put_event(out, UINT32_MAX))
RAW(unasked, put_watch(out, m->id); put_watch(out, m->id))
RAW(gone_after, put_watch(out, m->id); *end = true)

static void test_events(void **state)
{
	struct rpc *c;
	(void)state;
	server.twist.raw = events_after;
	assert_int_equal(open_with(NULL, 0, &c), 0);
	assert_false(rpc_take_news(c, MSG_TOPIC_FEED));
	assert_int_equal(watch(c), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(rpc_wait(c, 1000, -1), 0);
	assert_true(rpc_take_news(c, MSG_TOPIC_FEED));
	assert_false(rpc_take_news(c, MSG_TOPIC_FEED));
	assert_true(rpc_take_news(c, MSG_TOPIC_CHAIN));
	assert_int_equal(rpc_wait(c, 10, -1), 0);
	assert_false(rpc_take_news(c, MSG_TOPIC_CHAIN));
	rpc_close(c);
	server.twist.raw = unasked;
	assert_int_equal(open_with(NULL, 0, &c), 0);
	assert_int_equal(watch(c), 0);
	assert_int_equal(rpc_wait(c, 1000, -1), ERR_ANSWER);
	rpc_close(c);
	server.twist.raw = gone_after;
	assert_int_equal(open_with(NULL, 0, &c), 0);
	assert_int_equal(watch(c), 0);
	assert_int_equal(rpc_wait(c, 1000, -1), ERR_CLOSED);
	rpc_close(c);
}

static void test_wake(void **state)
{
	struct rpc *c;
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(open_with(NULL, 0, &c), 0);
	assert_int_equal(rpc_wait(c, 60000, ends[0]), 0);
	rpc_close(c);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_answers),     TEST(test_storm_of_events), TEST(test_opening),
	    TEST(test_unreachable), TEST(test_events),          TEST(test_wake),
	};
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
