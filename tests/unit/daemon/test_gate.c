/* test_gate: each limit lets in exactly as many as it says, and a place that was given back can be taken again. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/gate.h"
#include "proto/err.h"

#define PASSES 64

static struct gate_limits limits;
static struct gate *gate;
static struct gate_pass passes[PASSES];

static int open_gate(void **state)
{
	(void)state;
	limits = (struct gate_limits){.connections = 40, .handshakes = 30, .guests = 5, .per_device = 3, .per_address = 30};
	memset(passes, 0, sizeof passes);
	return gate_new(&limits, &gate);
}

static int close_gate(void **state)
{
	(void)state;
	for (size_t i = 0; i < PASSES; i++)
		gate_leave(gate, &passes[i]);
	if (gate_count(gate).connections != 0 || gate_count(gate).handshakes != 0 || gate_count(gate).guests != 0)
		return -1;
	gate_free(gate);
	return 0;
}

/* Reopens with other limits. */
static void limit(uint32_t connections, uint32_t handshakes, uint32_t per_address)
{
	gate_free(gate);
	limits.connections = connections;
	limits.handshakes = handshakes;
	limits.per_address = per_address;
	assert_int_equal(gate_new(&limits, &gate), 0);
}

static int enter(size_t i, const char *address)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} at;

	memset(&at, 0, sizeof at);
	at.any.sa_family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(at.any.sa_family, address,
	                           at.any.sa_family == AF_INET6 ? (void *)&at.six.sin6_addr : (void *)&at.four.sin_addr),
	                 1);
	return gate_enter(gate, &passes[i], &at.any);
}

static void enter_many(size_t n)
{
	char address[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(address, sizeof address, "10.0.%zu.1", i);
		assert_int_equal(enter(i, address), 0);
	}
}

static void connections_in_all(void **state)
{
	static const uint8_t did[4][16] = {{1}, {2}, {3}, {4}};

	(void)state;
	limit(4, 30, 30);
	enter_many(3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(gate_greet_member(gate, &passes[i], did[i]), 0);
	assert_true(gate_is_open(gate));
	assert_int_equal(enter(3, "10.1.1.1"), 0);
	assert_false(gate_is_open(gate));
	assert_int_equal(enter(4, "10.1.1.2"), ERR_BUSY);
	gate_leave(gate, &passes[0]);
	assert_true(gate_is_open(gate));
	assert_int_equal(enter(4, "10.1.1.2"), 0);
}

static void unfinished_handshakes(void **state)
{
	static const uint8_t did[16] = {1};

	(void)state;
	limit(40, 3, 30);
	enter_many(3);
	assert_int_equal(enter(3, "10.1.1.1"), ERR_BUSY);
	assert_int_equal(gate_greet_member(gate, &passes[1], did), 0);
	assert_int_equal(gate_count(gate).handshakes, 2);
	assert_int_equal(enter(3, "10.1.1.1"), 0);
	assert_int_equal(enter(4, "10.1.1.1"), ERR_BUSY);
	assert_int_equal(gate_greet_guest(gate, &passes[3]), 0);
	assert_int_equal(enter(4, "10.1.1.1"), 0);
}

static void strangers_of_one_address(void **state)
{
	static const uint8_t did[16] = {1};

	(void)state;
	limit(40, 30, 2);
	assert_int_equal(enter(0, "10.0.0.1"), 0);
	assert_int_equal(enter(1, "10.0.0.1"), 0);
	assert_int_equal(enter(2, "10.0.0.1"), ERR_BUSY);
	assert_int_equal(enter(2, "10.0.0.2"), 0);
	assert_int_equal(gate_greet_guest(gate, &passes[0]), 0); /* a guest keeps the slot, a member gives it back */
	assert_int_equal(enter(3, "10.0.0.1"), ERR_BUSY);
	assert_int_equal(gate_greet_member(gate, &passes[1], did), 0);
	assert_int_equal(enter(3, "10.0.0.1"), 0);
}

static void what_one_address_is(void **state)
{
	(void)state;
	limit(40, 30, 1);
	assert_int_equal(enter(0, "2001:db8:1:2::1"), 0);
	assert_int_equal(enter(1, "2001:db8:1:2:ffff::9"), ERR_BUSY); /* the same network of one customer */
	assert_int_equal(enter(1, "2001:db8:1:3::1"), 0);
	assert_int_equal(enter(2, "10.0.0.1"), 0);
	assert_int_equal(enter(3, "::ffff:10.0.0.1"), ERR_BUSY); /* the same machine */
	assert_int_equal(enter(3, "::ffff:10.0.0.2"), 0);
}

static void guests(void **state)
{
	static const uint8_t did[16] = {1};

	(void)state;
	enter_many(7);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(gate_greet_guest(gate, &passes[i]), 0);
	assert_int_equal(gate_greet_guest(gate, &passes[5]), ERR_BUSY);
	assert_int_equal(gate_greet_member(gate, &passes[6], did), 0); /* members are not held up by guests */
	assert_int_equal(gate_greet_member(gate, &passes[0], did), 0); /* one of them joined */
	assert_int_equal(gate_greet_guest(gate, &passes[5]), 0);
	assert_int_equal(gate_count(gate).guests, 5);
}

static void connections_of_one_device(void **state)
{
	static const uint8_t did[2][16] = {{1}, {2}};

	(void)state;
	enter_many(5);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(gate_greet_member(gate, &passes[i], did[0]), 0);
	assert_int_equal(gate_greet_member(gate, &passes[3], did[0]), ERR_BUSY);
	assert_int_equal(gate_greet_member(gate, &passes[4], did[1]), 0);
	gate_leave(gate, &passes[1]);
	assert_int_equal(gate_greet_member(gate, &passes[3], did[0]), 0);
}

static void leaving_twice(void **state)
{
	(void)state;
	enter_many(2);
	gate_leave(gate, &passes[0]);
	gate_leave(gate, &passes[0]);
	assert_int_equal(gate_count(gate).connections, 1);
	gate_free(NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_gate, close_gate)
	const struct CMUnitTest tests[] = {
	    TEST(connections_in_all),
	    TEST(unfinished_handshakes),
	    TEST(strangers_of_one_address),
	    TEST(what_one_address_is),
	    TEST(guests),
	    TEST(connections_of_one_device),
	    TEST(leaving_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
