/* test_tls_wire: a device's waiting connection: every wait ends, the wrong server is told nothing. The far end is a
 * thread that plays one part. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
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

#include <openssl/ssl.h>

#include "certs/tls_wire.h"
#include "proto/crypto.h"
#include "proto/err.h"

enum part { ECHO, SILENT, DEAF, GARBAGE, GONE, NO_ALPN, COUNT };

static const uint8_t server_seed[32] = {1, 2, 3};
static const uint8_t client_seed[32] = {4, 5, 6};

static struct {
	pthread_t thread;
	enum part part;
	int fd;
	int got; /* bytes of a request that came */
} far;

static int device_fd;
static SSL_CTX *device_ctx;
static uint8_t pins[2][32] = {{9}};

static void serve(SSL *ssl)
{
	uint8_t bytes[4096];
	int n;

	if (SSL_accept(ssl) != 1)
		return;
	if (far.part == DEAF) {
		usleep(600000);
		return;
	}
	while ((n = SSL_read(ssl, bytes, sizeof bytes)) > 0) {
		far.got += n;
		if (far.part == ECHO)
			SSL_write(ssl, bytes, n);
	}
	SSL_shutdown(ssl);
}

static void *play(void *arg)
{
	SSL_CTX *ctx;
	SSL *ssl;

	(void)arg;
	if (far.part == SILENT)
		usleep(600000);
	if (far.part == GARBAGE && write(far.fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28) == 28)
		usleep(50000);
	if (far.part != SILENT && far.part != GARBAGE && far.part != GONE && tls_server_new(server_seed, &ctx) == 0) {
		if (far.part == NO_ALPN)
			SSL_CTX_set_alpn_select_cb(ctx, NULL, NULL);
		ssl = tls_conn_new(ctx);
		SSL_set_fd(ssl, far.fd);
		serve(ssl);
		tls_conn_free(ssl);
		tls_free(ctx);
	}
	close(far.fd);
	return NULL;
}

static void meet(enum part part)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	device_fd = fds[0];
	far.fd = fds[1];
	far.part = part;
	far.got = 0;
	assert_int_equal(pthread_create(&far.thread, NULL, play, NULL), 0);
}

static int part_from(void)
{
	pthread_join(far.thread, NULL);
	return far.got;
}

static int start(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init() != 0 || crypto_sign_public(server_seed, pins[1]) != 0)
		return -1;
	return tls_client_new(client_seed, &device_ctx);
}

static int stop(void **state)
{
	(void)state;
	tls_free(device_ctx);
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int open_wire(size_t n_pins, unsigned ms, struct tls_wire **w)
{
	return tls_wire_open(device_ctx, device_fd, (const uint8_t(*)[32])pins, n_pins, ms, w);
}

static int is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

static void there_and_back(void **state)
{
	static uint8_t sent[100000], back[100000];
	size_t have = 0, got;
	struct tls_wire *w;
	uint8_t key[32];

	(void)state;
	meet(ECHO);
	assert_int_equal(open_wire(2, 2000, &w), 0);
	tls_wire_key(w, key);
	assert_memory_equal(key, pins[1], 32);
	assert_int_equal(tls_wire_fd(w), device_fd);
	assert_int_equal(crypto_random(sent, sizeof sent), 0);
	assert_int_equal(tls_wire_write(w, sent, 0, 100), 0);
	for (size_t at = 0; at < sizeof sent; at += 20000) {
		assert_int_equal(tls_wire_write(w, sent + at, 20000, 2000), 0);
		while (have < at + 20000) {
			assert_int_equal(tls_wire_read(w, back + have, sizeof back - have, 2000, &got), 0);
			have += got;
		}
	}
	assert_memory_equal(sent, back, sizeof sent);
	assert_int_equal(tls_wire_write(w, "ab", 2, 2000), 0);
	assert_int_equal(tls_wire_read(w, back, 1, 2000, &got), 0);
	assert_true(tls_wire_pending(w));
	assert_int_equal(tls_wire_read(w, back, 1, 2000, &got), 0);
	assert_false(tls_wire_pending(w));
	tls_wire_close(w);
	assert_true(is_closed(device_fd));
	assert_int_equal(part_from(), sizeof sent + 2);
	tls_wire_close(NULL);
}

static void the_wrong_server(void **state)
{
	struct tls_wire *w;
	uint8_t key[32];

	(void)state;
	meet(ECHO);
	assert_int_equal(open_wire(1, 2000, &w), ERR_PIN);
	assert_null(w);
	assert_true(is_closed(device_fd));
	assert_int_equal(part_from(), 0); /* it was told nothing */
	meet(ECHO);
	assert_int_equal(open_wire(0, 2000, &w), 0); /* the control: no pins, the caller looks itself */
	tls_wire_key(w, key);
	assert_memory_equal(key, pins[1], 32);
	tls_wire_close(w);
	part_from();
}

static void no_server_of_ours(void **state)
{
	struct tls_wire *w;

	(void)state;
	meet(NO_ALPN);
	assert_int_equal(open_wire(2, 2000, &w), ERR_VERSION);
	assert_int_equal(part_from(), 0);
	meet(GARBAGE);
	assert_int_equal(open_wire(2, 2000, &w), ERR_CLOSED);
	part_from();
	meet(GONE);
	assert_int_equal(open_wire(2, 2000, &w), ERR_CLOSED);
	assert_true(is_closed(device_fd));
	part_from();
}

static void every_wait_ends(void **state)
{
	static uint8_t much[4 << 20];
	uint64_t begin = now_ms();
	struct tls_wire *w;
	uint8_t byte;
	size_t got;

	(void)state;
	meet(SILENT);
	assert_int_equal(open_wire(2, 200, &w), ERR_TIMEOUT);
	assert_in_range(now_ms() - begin, 199, 550);
	part_from();
	meet(COUNT);
	assert_int_equal(open_wire(2, 2000, &w), 0);
	assert_int_equal(tls_wire_read(w, &byte, 1, 100, &got), ERR_TIMEOUT);
	assert_int_equal(got, 0);
	assert_int_equal(tls_wire_write(w, "x", 1, 100), 0); /* a read that timed out breaks nothing */
	tls_wire_close(w);
	assert_int_equal(part_from(), 1);
	meet(DEAF);
	assert_int_equal(open_wire(2, 2000, &w), 0);
	assert_int_equal(tls_wire_write(w, much, sizeof much, 100), ERR_TIMEOUT);
	assert_int_equal(tls_wire_write(w, "x", 1, 100), ERR_CLOSED); /* half a record is on its way: no way back */
	assert_int_equal(tls_wire_read(w, &byte, 1, 100, &got), ERR_CLOSED);
	tls_wire_close(w);
	part_from();
}

static void the_server_leaves(void **state)
{
	struct tls_wire *w;
	uint8_t byte;
	size_t got;

	(void)state;
	meet(DEAF);
	assert_int_equal(open_wire(2, 2000, &w), 0);
	assert_int_equal(tls_wire_read(w, &byte, 1, 3000, &got), ERR_CLOSED);
	assert_int_equal(tls_wire_read(w, &byte, 1, 3000, &got), ERR_CLOSED);
	tls_wire_close(w);
	part_from();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_and_back),  cmocka_unit_test(the_wrong_server),  cmocka_unit_test(no_server_of_ours),
	    cmocka_unit_test(every_wait_ends), cmocka_unit_test(the_server_leaves),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
