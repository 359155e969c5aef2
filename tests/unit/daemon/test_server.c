/* test_server: how many are let in, what happens when descriptors run out, how it ends; each with those who are served
 * all the while. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "certs/tls_wire.h"
#include "daemon/listen.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/net_device.h"
#include "tests/unit/support/net_house.h"

#define WITNESS 1
#define MEMBER 2
#define FIRST_GUEST 100
#define MANY 30

static struct house *house;
static struct device witness, devices[MANY];
static struct buf out;

static void tune(struct config *c)
{
	c->max_per_address = 84;
	c->drain_seconds = 2;
	c->hello_ms = 2500;
}

static int open_house(void (*how)(struct config *c))
{
	struct house_opts opts = {.tune = how};

	memset(devices, 0, sizeof devices);
	house = house_start(&opts);
	house_set_role(house, WITNESS, 2);
	house_set_role(house, MEMBER, 1);
	buf_init(&out, 0);
	return device_hello(&witness, house_port(house), WITNESS) == 0 ? 0 : -1;
}

static int start(void **state)
{
	(void)state;
	return open_house(tune);
}

static void end_all(void)
{
	for (size_t i = 0; i < MANY; i++)
		device_end(&devices[i]);
	device_end(&witness);
	buf_wipe(&out);
}

static int stop(void **state)
{
	(void)state;
	assert_true(device_is_served(&witness));
	end_all();
	assert_int_equal(house_stop(house), 0);
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- how many --- */

static int one_guest_less(const struct server_counts *c)
{
	return c->guests == 19;
}

static void twenty_guests(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 20; i++)
		assert_int_equal(device_hello(&devices[i], house_port(house), (uint8_t)(FIRST_GUEST + i)), 0);
	assert_int_equal(device_hello(&devices[20], house_port(house), FIRST_GUEST + 20), 104);
	assert_int_equal(device_read(&devices[20], 2000, NULL, NULL), DEVICE_ENDED);
	assert_int_equal(device_hello(&devices[21], house_port(house), MEMBER), 0); /* members are not held up */
	device_end(&devices[3]);
	house_await(house, one_guest_less, "the guest's place was not given back");
	assert_int_equal(device_hello(&devices[22], house_port(house), FIRST_GUEST + 20), 0);
}

static void eight_connections_of_a_device(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(device_hello(&devices[i], house_port(house), MEMBER), 0);
	assert_int_equal(device_hello(&devices[8], house_port(house), MEMBER), 104);
	assert_int_equal(device_read(&devices[8], 2000, NULL, NULL), DEVICE_ENDED);
	assert_true(device_is_served(&devices[7]));
}

static int sixty_four(const struct server_counts *c)
{
	return c->handshakes == 64;
}

/* The 65th waits in the kernel's queue, and is served as soon as one of the others gives up. */
static void sixty_four_handshakes(void **state)
{
	struct server_counts c;
	int fds[64];

	(void)state;
	for (size_t i = 0; i < 64; i++)
		assert_true((fds[i] = device_tcp(house_port(house), 0)) >= 0);
	house_await(house, sixty_four, "they were not all taken");
	close(fds[63]);
	fds[63] = device_tcp(house_port(house), 0); /* one leaves, one comes */
	house_await(house, sixty_four, "the place was not given on");
	assert_int_equal(device_hello(&devices[0], house_port(house), MEMBER), 0); /* when the others' time is up */
	house_count(house, &c);
	assert_true(c.handshakes < 64);
	assert_int_equal(c.refused, 0);
	for (size_t i = 0; i < 64; i++)
		close(fds[i]);
}

static void tune_two(struct config *c)
{
	tune(c);
	c->max_per_address = 2;
}

static int start_two(void **state)
{
	(void)state;
	return open_house(tune_two);
}

static void strangers_of_one_address(void **state)
{
	struct server_counts c;
	int a = device_tcp(house_port(house), 0), b = device_tcp(house_port(house), 0);
	int third;
	uint8_t byte;

	(void)state;
	usleep(50000);
	third = device_tcp(house_port(house), 0);
	assert_true(a >= 0 && b >= 0 && third >= 0);
	assert_int_equal(recv(third, &byte, 1, 0), 0); /* closed at once */
	close(third);
	house_count(house, &c);
	assert_int_equal(c.handshakes, 2);
	assert_int_equal(c.refused, 1);
	close(a);
	usleep(50000);
	assert_int_equal(device_hello(&devices[0], house_port(house), MEMBER), 0);
	assert_int_equal(device_hello(&devices[1], house_port(house), MEMBER), 0); /* members do not count */
	close(b);
}

static void tune_three(struct config *c)
{
	tune(c);
	c->max_connections = 3;
}

static int start_three(void **state)
{
	(void)state;
	return open_house(tune_three);
}

static void connections_in_all(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(device_hello(&devices[0], house_port(house), MEMBER), 0);
	assert_int_equal(device_hello(&devices[1], house_port(house), MEMBER), 0);
	fd = device_tcp(house_port(house), 0); /* the kernel says yes, the server lets it wait */
	usleep(50000);
	assert_true(device_is_served(&devices[1]));
	device_end(&devices[0]);
	assert_true(device_connect_fd(&devices[2], fd, MEMBER));
	device_put_hello(&devices[2], &out);
	assert_true(device_send(&devices[2], &out));
	assert_int_equal(device_read(&devices[2], 2000, NULL, NULL), 0);
}

/* --- when descriptors run out --- */

static void descriptors_run_out(void **state)
{
	struct rlimit before, few;
	struct server_counts c;
	int fds[20], lowest = dup(0);
	uint64_t cpu;

	(void)state;
	for (size_t i = 0; i < 20; i++) /* the test's own ends, while there are some to be had */
		assert_true((fds[i] = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)fds[19] + 4;
	close(lowest);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (size_t i = 0; i < 20; i++) {
		struct sockaddr_storage at;
		socklen_t len = sizeof at;

		assert_int_equal(getpeername(tls_wire_fd(witness.wire), (struct sockaddr *)&at, &len), 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&at, len), 0);
	}
	usleep(150000);
	house_count(house, &c);
	assert_in_range(c.connections, 2, 8);
	cpu = house_cpu_ms(house);
	for (int i = 0; i < 20; i++) {
		assert_true(device_is_served(&witness));
		usleep(20000);
	}
	assert_in_range(house_cpu_ms(house) - cpu, 0, 100); /* of more than 400 */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(device_hello(&devices[0], house_port(house), MEMBER), 0); /* behind all who waited */
	for (size_t i = 0; i < 20; i++)
		close(fds[i]);
}

/* --- the end --- */

static int tidy(void **state)
{
	(void)state;
	end_all();
	return 0;
}

static void a_signal_drains(void **state)
{
	uint16_t port = house_port(house);

	(void)state;
	assert_int_equal(device_hello(&devices[0], port, MEMBER), 0);
	device_put_push(&devices[0], &out, 10);
	assert_true(device_send(&devices[0], &out));
	while (house_held(house) == 0)
		usleep(1000);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(device_read(&witness, 2000, NULL, NULL), DEVICE_ENDED); /* idle: closed at once */
	device_put_status(&devices[0], &out);
	assert_true(device_send(&devices[0], &out));
	assert_int_equal(device_read(&devices[0], 2000, NULL, NULL), 503); /* nothing new is begun */
	assert_int_equal(device_hello(&devices[1], port, MEMBER), DEVICE_ENDED);
	house_release(house, 1, 0);
	assert_int_equal(device_read(&devices[0], 2000, NULL, NULL), 0); /* what was begun is answered */
	assert_int_equal(device_read(&devices[0], 2000, NULL, NULL), DEVICE_ENDED);
	assert_int_equal(house_join(house), 0); /* not when the drain's time is up: that is another number */
}

static void a_drain_has_an_end(void **state)
{
	uint64_t begin;

	(void)state;
	assert_int_equal(device_hello(&devices[0], house_port(house), MEMBER), 0);
	device_put_push(&devices[0], &out, 10);
	assert_true(device_send(&devices[0], &out));
	while (house_held(house) == 0)
		usleep(1000);
	begin = now_ms();
	assert_int_equal(kill(getpid(), SIGINT), 0);
	assert_int_equal(house_join(house), ERR_TIMEOUT);
	assert_in_range(now_ms() - begin, 1900, 5000);
}

/* Peers that are still shaking hands, or do not read, do not hold it up. */
static void a_drain_of_the_unwilling(void **state)
{
	int fd = device_tcp(house_port(house), 0);
	uint64_t begin;

	(void)state;
	assert_true(device_connect_fd(&devices[0], device_tcp(house_port(house), 4096), MEMBER));
	device_put_hello(&devices[0], &out);
	for (int i = 0; i < 30; i++)
		device_put_pull(&devices[0], &out, 500000);
	assert_true(device_send(&devices[0], &out));
	usleep(100000);
	begin = now_ms();
	assert_int_equal(house_stop(house), ERR_TIMEOUT);
	assert_in_range(now_ms() - begin, 1900, 5000);
	close(fd);
}

static void call_fail(struct house *h, void *arg)
{
	(void)arg;
	server_stop(house_server(h), ERR_STORE_FATAL);
}

static void a_lost_store_ends_it_at_once(void **state)
{
	uint64_t begin = now_ms();

	(void)state;
	house_call(house, call_fail, NULL);
	assert_int_equal(house_join(house), ERR_STORE_FATAL);
	assert_in_range(now_ms() - begin, 0, 1800);
}

/* --- addresses --- */

static void addresses(void **state)
{
	int fd, second;

	(void)state;
	assert_int_equal(listen_open("127.0.0.1", 0, &fd), 0);
	assert_int_not_equal(listen_port(fd), 0);
	assert_int_equal(listen_open("127.0.0.1", listen_port(fd), &second), ERR_UNREACHABLE);
	assert_int_equal(errno, EADDRINUSE);
	assert_int_equal(second, -1);
	close(fd);
	assert_int_equal(listen_open("*", 0, &fd), 0);
	assert_int_equal(listen_open("*", listen_port(fd), &second), ERR_UNREACHABLE);
	second = device_tcp(listen_port(fd), 0); /* IPv4, too */
	assert_true(second >= 0);
	close(second);
	close(fd);
	assert_int_equal(listen_open("localhost", 0, &fd), ERR_CONFIG);
	assert_int_equal(listen_open("", 0, &fd), ERR_CONFIG);
	assert_int_equal(listen_open("127.0.0.1.5", 0, &fd), ERR_CONFIG);
	assert_int_equal(listen_open("203.0.113.7", 0, &fd), ERR_UNREACHABLE);
	assert_int_equal(listen_inherited(), -1);
}

static int group_start(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return crypto_init();
}

int main(void)
{
#define TEST(f, start, stop) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
	    TEST(twenty_guests, start, stop),
	    TEST(eight_connections_of_a_device, start, stop),
	    TEST(sixty_four_handshakes, start, stop),
	    TEST(strangers_of_one_address, start_two, stop),
	    TEST(connections_in_all, start_three, stop),
	    TEST(descriptors_run_out, start, stop),
	    TEST(a_signal_drains, start, tidy),
	    TEST(a_drain_has_an_end, start, tidy),
	    TEST(a_drain_of_the_unwilling, start, tidy),
	    TEST(a_lost_store_ends_it_at_once, start, tidy),
	    cmocka_unit_test(addresses),
	};
	return cmocka_run_group_tests(tests, group_start, NULL);
}
