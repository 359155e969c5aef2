/* test_conn: what a peer can do to one connection: garbage, cut and grown frames, one byte at a time, silence, and what
 * the server holds for it meanwhile. Every test ends with a witness that was connected all along and is still served.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "certs/tls_wire.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "tests/unit/support/net_device.h"
#include "tests/unit/support/net_house.h"

#define WITNESS 1
#define MEMBER 2
#define GUEST 3

static struct house *house;
static struct device witness, device;
static struct buf out;

static void tune_short(struct config *c)
{
	c->hello_ms = 800;
	c->frame_ms = 400;
	c->flush_ms = 600;
	c->idle_ms = 60000;
	c->drain_seconds = 2;
}

static int open_house(void (*tune)(struct config *c))
{
	struct house_opts opts = {.tune = tune};

	house = house_start(&opts);
	house_set_role(house, WITNESS, 2);
	house_set_role(house, MEMBER, 1);
	buf_init(&out, 0);
	return device_hello(&witness, house_port(house), WITNESS) == 0 ? 0 : -1;
}

static int start(void **state)
{
	(void)state;
	return open_house(NULL);
}

static int start_short(void **state)
{
	(void)state;
	return open_house(tune_short);
}

static int one_connection(const struct server_counts *c)
{
	return c->connections == 1 && c->in_work == 0 && c->memory == 0;
}

static int stop(void **state)
{
	(void)state;
	device_end(&device);
	assert_true(device_is_served(&witness));
	house_await(house, one_connection, "something was left behind");
	device_end(&witness);
	buf_wipe(&out);
	assert_int_equal(house_stop(house), 0);
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void hello(uint8_t seed)
{
	assert_int_equal(device_hello(&device, house_port(house), seed), 0);
}

/* --- well-formed --- */

static void many_requests_in_one_piece(void **state)
{
	uint32_t id;

	(void)state;
	hello(MEMBER);
	for (int i = 0; i < 500; i++)
		device_put_status(&device, &out);
	assert_true(device_send(&device, &out));
	for (uint32_t i = 0; i < 500; i++) {
		assert_int_equal(device_read(&device, 2000, &id, NULL), 0);
		assert_int_equal(id, i + 2);
	}
}

/* Each request in a TLS record of its own: what OpenSSL read ahead must not lie about until more comes. */
static void many_requests_in_many_records(void **state)
{
	(void)state;
	hello(MEMBER);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 8; i++) {
			device_put_status(&device, &out);
			assert_true(device_send(&device, &out));
		}
		for (int i = 0; i < 8; i++)
			assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	}
}

/* The whole conversation a byte at a time, hello included. */
static void one_byte_at_a_time(void **state)
{
	struct buf one = {0};

	(void)state;
	assert_true(device_connect(&device, house_port(house), MEMBER));
	device_put_hello(&device, &out);
	device_put_status(&device, &out);
	for (size_t i = 0; i < out.len; i++) {
		buf_put_u8(&one, out.data[i]);
		assert_true(device_send(&device, &one));
	}
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	buf_wipe(&one);
}

static void the_largest_frames(void **state)
{
	(void)state;
	hello(MEMBER);
	device_put_push(&device, &out, 1040000);
	device_put_pull(&device, &out, 1048000);
	assert_true(device_send(&device, &out));
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0); /* the pull; the push waits */
	assert_int_equal(house_held(house), 1);
	house_release(house, 1, 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
}

/* --- ill-formed --- */

/* A header that announces `len`, and then what the peer sees. */
static unsigned announce(uint8_t seed, uint32_t len)
{
	unsigned status;

	hello(seed);
	buf_put_u32(&out, len);
	device_send(&device, &out);
	status = device_read(&device, 300, NULL, NULL);
	device_end(&device);
	return status;
}

static void lengths(void **state)
{
	static const uint32_t bad[] = {0, 1, 3, FRAME_MAX - 3, 0x7fffffff, 0x80000000, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(announce(MEMBER, bad[i]), DEVICE_ENDED);
	assert_int_equal(announce(MEMBER, FRAME_MIN), DEVICE_SILENT);
	assert_int_equal(announce(MEMBER, FRAME_MAX - 4), DEVICE_SILENT);
	assert_int_equal(announce(GUEST, FRAME_MAX_GUEST - 4), DEVICE_SILENT);
	assert_int_equal(announce(GUEST, FRAME_MAX_GUEST - 3), DEVICE_ENDED);
}

static void garbage_instead_of_tls(void **state)
{
	uint8_t bytes[4096];

	(void)state;
	for (int i = 0; i < 20; i++) {
		int fd = device_tcp(house_port(house), 0);

		assert_int_equal(crypto_random(bytes, sizeof bytes), 0);
		if (i == 1)
			memcpy(bytes, "GET / HTTP/1.1\r\n\r\n", 18);
		assert_true(send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) > 0);
		shutdown(fd, SHUT_WR);
		while (recv(fd, bytes, sizeof bytes, 0) > 0)
			;
		close(fd);
	}
}

static void garbage_in_frames(void **state)
{
	uint8_t bytes[64];

	(void)state;
	for (int i = 0; i < 30; i++) {
		unsigned status;

		hello(MEMBER);
		assert_int_equal(crypto_random(bytes, sizeof bytes), 0);
		buf_put_u32(&out, sizeof bytes);
		buf_put(&out, bytes, sizeof bytes);
		assert_true(device_send(&device, &out));
		status = device_read(&device, 2000, NULL, NULL);
		if (status != DEVICE_ENDED) {
			assert_in_range(status, 100, 108);
			assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
		}
		device_end(&device);
	}
}

/* A request cut after each of its bytes, and the connection closed there. */
static void cut_at_every_byte(void **state)
{
	struct buf part;
	size_t len;

	(void)state;
	buf_init(&part, 0);
	device_put_hello(&device, &out);
	len = out.len;
	for (size_t n = 0; n <= len; n++) {
		assert_true(device_connect(&device, house_port(house), MEMBER));
		buf_put(&part, out.data, n);
		assert_true(device_send(&device, &part));
		if (n == len)
			assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
		device_end(&device);
	}
	buf_wipe(&part);
}

static void half_closed(void **state)
{
	(void)state;
	hello(MEMBER);
	device_put_status(&device, &out);
	device_put_push(&device, &out, 10);
	assert_true(device_send(&device, &out));
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	shutdown(tls_wire_fd(device.wire), SHUT_WR);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
	house_release(house, 1, 0);
}

/* --- silence --- */

/* How long the server lets this one live, in milliseconds; 0 if it outlives `ms`. */
static uint64_t lives(int fd, unsigned ms)
{
	struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
	uint64_t begin = now_ms();
	uint8_t byte;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	do
		n = recv(fd, &byte, 1, 0);
	while (n > 0);
	return now_ms() - begin >= ms - 20 ? 0 : now_ms() - begin + 1;
}

static void nothing_after_connecting(void **state)
{
	int fd = device_tcp(house_port(house), 0);
	uint64_t lived = lives(fd, 5000);

	(void)state;
	assert_in_range(lived, 700, 4000);
	close(fd);
}

static void no_hello_after_the_handshake(void **state)
{
	uint64_t begin = now_ms();

	(void)state;
	assert_true(device_connect(&device, house_port(house), MEMBER));
	assert_int_equal(device_read(&device, 5000, NULL, NULL), DEVICE_ENDED);
	assert_in_range(now_ms() - begin, 600, 4000);
}

/* A byte every 20 ms would keep a timer of inactivity at bay for ever. */
static void a_slow_handshake(void **state)
{
	static const uint8_t bytes[] = {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	int fd = device_tcp(house_port(house), 0);
	uint64_t begin = now_ms();

	(void)state;
	for (size_t i = 0; i < 500 && send(fd, &bytes[i % sizeof bytes], 1, MSG_NOSIGNAL) == 1; i++)
		usleep(20000);
	assert_in_range(now_ms() - begin, 700, 4000);
	close(fd);
}

/* Sends `n` bytes of a frame that never ends, one every 20 ms; how many were taken. */
static size_t drip(size_t n)
{
	struct buf one = {0};
	size_t i;

	hello(MEMBER);
	buf_put_u32(&out, 1000);
	device_send(&device, &out);
	for (i = 0; i < n; i++) {
		buf_put_u8(&one, 0);
		if (!device_send(&device, &one))
			break;
		usleep(20000);
	}
	buf_wipe(&one);
	return i;
}

static void a_slow_frame(void **state)
{
	(void)state;
	assert_in_range(drip(200), 1, 100);
}

/* The control: with time enough the same peer gets through. */
static void a_slow_frame_with_time(void **state)
{
	(void)state;
	assert_int_equal(drip(60), 60);
}

static void tune_idle(struct config *c)
{
	c->idle_ms = 700;
}

static int start_idle(void **state)
{
	(void)state;
	if (open_house(tune_idle) != 0)
		return -1;
	device_put_simple(&witness, &out, MSG_OP_WATCH);
	return device_send(&witness, &out) && device_read(&witness, 2000, NULL, NULL) == 0 ? 0 : -1;
}

/* The witness watches and may idle; somebody with a request in work may, too. */
static void idling(void **state)
{
	(void)state;
	hello(MEMBER);
	for (int i = 0; i < 8; i++) {
		usleep(150000);
		assert_true(device_is_served(&device));
	}
	device_put_push(&device, &out, 10);
	assert_true(device_send(&device, &out));
	assert_int_equal(device_read(&device, 1200, NULL, NULL), DEVICE_SILENT);
	house_release(house, 1, 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
}

/* --- what the server holds --- */

static void seventeen_in_flight(void **state)
{
	(void)state;
	hello(MEMBER);
	for (int i = 0; i < 40; i++)
		device_put_push(&device, &out, 100);
	assert_true(device_send(&device, &out));
	assert_int_equal(device_read(&device, 200, NULL, NULL), DEVICE_SILENT);
	assert_int_equal(house_held(house), 16);
	house_release(house, 1, 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	usleep(100000);
	assert_int_equal(house_held(house), 16);
	for (int i = 1; i < 40; i++) {
		house_release(house, 1, 0);
		assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	}
}

/* Large requests count by their bytes, too: 4 MiB of them at a time. */
static void large_requests_in_flight(void **state)
{
	(void)state;
	hello(MEMBER);
	/* two more than are taken: so many the kernel holds without a reader, on a small or busy machine as well */
	for (int i = 0; i < 6; i++) {
		device_put_push(&device, &out, 1000000);
		assert_true(device_send(&device, &out));
	}
	usleep(200000);
	assert_in_range(house_held(house), 4, 5);
	for (int i = 0; i < 6; i++) {
		while (house_held(house) == 0)
			usleep(1000);
		house_release(house, 1, 0);
		assert_int_equal(device_read(&device, 10000, NULL, NULL), 0);
	}
}

static int quiet(const struct server_counts *c)
{
	return c->memory == 0;
}

/* Asks for far more than it takes. The queue stays bounded and in the end the peer is gone. */
static void a_peer_that_never_reads(void **state)
{
	struct server_counts c;
	size_t most = 0;
	uint64_t begin;

	(void)state;
	assert_true(device_connect_fd(&device, device_tcp(house_port(house), 4096), MEMBER));
	device_put_hello(&device, &out);
	for (int i = 0; i < 200; i++)
		device_put_pull(&device, &out, 200000);
	assert_true(device_send(&device, &out));
	begin = now_ms();
	do {
		house_count(house, &c);
		most = c.memory > most ? c.memory : most;
		usleep(2000);
	} while (c.connections == 2 && now_ms() - begin < 8000);
	assert_in_range(most, 200000, (256 << 10) + 200200);
	assert_int_equal(c.connections, 1);
}

/* The control: one that reads gets it all. */
static void a_peer_that_reads(void **state)
{
	(void)state;
	hello(MEMBER);
	for (int i = 0; i < 200; i++)
		device_put_pull(&device, &out, 200000);
	assert_true(device_send(&device, &out));
	for (int i = 0; i < 200; i++)
		assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	house_await(house, quiet, "memory is counted wrong");
}

/* Slow, but taking: the system's buffers fill up, the queue stays, and it moves: for longer than flush_ms. */
static void a_slow_reader_is_waited_for(void **state)
{
	uint64_t begin;

	(void)state;
	assert_true(device_connect_fd(&device, device_tcp(house_port(house), 8192), MEMBER));
	device_put_hello(&device, &out);
	for (int i = 0; i < 12; i++)
		device_put_pull(&device, &out, 1000000);
	assert_true(device_send(&device, &out));
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	begin = now_ms();
	while (now_ms() - begin < 2000) {
		uint8_t bytes[16384];
		size_t got;

		assert_int_equal(tls_wire_read(device.wire, bytes, sizeof bytes, 2000, &got), 0);
		assert_int_equal(buf_put(&device.in, bytes, got), 0);
		usleep(10000);
	}
	for (int i = 0; i < 12; i++)
		assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
}

static void gone_while_a_write_is_pending(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		hello(MEMBER);
		for (int k = 0; k < 3; k++)
			device_put_push(&device, &out, 1000);
		assert_true(device_send(&device, &out));
		while (house_held(house) < 3)
			usleep(1000);
		device_end(&device);
		usleep(20000);
		house_release(house, 3, i % 2 == 0 ? 0 : ERR_NO_GRANT);
	}
}

static void tune_memory(struct config *c)
{
	c->memory_mib = 8;
}

static int start_memory(void **state)
{
	(void)state;
	return open_house(tune_memory);
}

/* What all connections together may hold: beyond it everybody still gets one request through at a time. */
static void everybody_at_once(void **state)
{
	static struct device many[10];
	struct server_counts c;

	(void)state;
	for (uint8_t i = 0; i < 10; i++) {
		house_set_role(house, (uint8_t)(40 + i), 1);
		assert_int_equal(device_hello(&many[i], house_port(house), (uint8_t)(40 + i)), 0);
		for (int k = 0; k < 3; k++)
			device_put_push(&many[i], &out, 1000000);
		assert_true(device_send(&many[i], &out));
	}
	usleep(200000);
	house_count(house, &c);
	assert_in_range(c.memory, 8 << 20, 19 << 20); /* of 30 */
	assert_true(device_is_served(&witness));
	for (int k = 0; k < 30; k++) {
		while (house_held(house) == 0)
			usleep(1000);
		house_release(house, 1, 0);
	}
	for (size_t i = 0; i < 10; i++) {
		for (int k = 0; k < 3; k++)
			assert_int_equal(device_read(&many[i], 2000, NULL, NULL), 0);
		device_end(&many[i]);
	}
}

/* Closing a socket that has unread bytes in it takes back what was just sent on it. */
static void the_last_answer_arrives(void **state)
{
	static uint8_t more[300000];

	(void)state;
	assert_true(device_connect_fd(&device, device_tcp(house_port(house), 8192), MEMBER));
	device_put_hello(&device, &out);
	device_put_pull(&device, &out, 150000); /* stays in the kernel while the device looks away */
	device_put_raw(&out, 1, MSG_OP_STATUS); /* the id is used already */
	buf_put(&out, more, sizeof more);
	assert_true(device_send(&device, &out));
	usleep(300000);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 0);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), 107);
	assert_int_equal(device_read(&device, 2000, NULL, NULL), DEVICE_ENDED);
}

static int group_start(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return crypto_init();
}

int main(void)
{
#define TEST(f, start) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
	    TEST(many_requests_in_one_piece, start),
	    TEST(many_requests_in_many_records, start),
	    TEST(one_byte_at_a_time, start),
	    TEST(the_largest_frames, start),
	    TEST(lengths, start),
	    TEST(garbage_instead_of_tls, start),
	    TEST(garbage_in_frames, start),
	    TEST(cut_at_every_byte, start),
	    TEST(half_closed, start),
	    TEST(nothing_after_connecting, start_short),
	    TEST(no_hello_after_the_handshake, start_short),
	    TEST(a_slow_handshake, start_short),
	    TEST(a_slow_frame, start_short),
	    TEST(a_slow_frame_with_time, start),
	    TEST(idling, start_idle),
	    TEST(seventeen_in_flight, start),
	    TEST(large_requests_in_flight, start),
	    TEST(a_peer_that_never_reads, start_short),
	    TEST(a_peer_that_reads, start),
	    TEST(a_slow_reader_is_waited_for, start_short),
	    TEST(gone_while_a_write_is_pending, start),
	    TEST(everybody_at_once, start_memory),
	    TEST(the_last_answer_arrives, start),
	};
	return cmocka_run_group_tests(tests, group_start, NULL);
}
