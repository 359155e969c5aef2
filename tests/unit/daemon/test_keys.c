/* test_keys: the server's keys are made once, found again, and preferred as credentials; and what the service manager
 * is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "certs/keyfile.h"
#include "daemon/keys.h"
#include "daemon/listen.h"
#include "daemon/notify.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"

static char folder[] = "/tmp/kap-keys-XXXXXX";
static char tls_path[64], log_path[64], other[64], aside[96];

static int start(void **state)
{
	(void)state;
	if (crypto_init() != 0 || mkdtemp(folder) == NULL)
		return -1;
	snprintf(tls_path, sizeof tls_path, "%s/tls.key", folder);
	snprintf(log_path, sizeof log_path, "%s/log.key", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	snprintf(aside, sizeof aside, "%s/aside", other);
	return mkdir(other, 0700);
}

static int stop(void **state)
{
	char path[96];

	(void)state;
	snprintf(path, sizeof path, "%s/tls.key", other);
	unlink(path);
	unlink(tls_path);
	unlink(log_path);
	return rmdir(other) | rmdir(folder);
}

static void made_once_and_found_again(void **state)
{
	struct keys *a, *b;
	uint8_t tls[32], log[32], want[32], tls_again[32], log_again[32], sig[CRYPTO_SIG];
	const struct crypto_bytes said = {"said", 4};

	(void)state;
	assert_int_equal(keys_load(folder, &a), ERR_NOT_FOUND);
	assert_null(a);
	assert_int_equal(keys_create(folder, &a), 0);
	assert_int_equal(keys_create(folder, &b), ERR_EXISTS);
	assert_null(b);
	assert_int_equal(keys_load(folder, &b), 0);
	assert_memory_equal(keys_tls_seed(a), keys_tls_seed(b), 32);
	assert_int_equal(keys_public(a, tls, log), 0);
	assert_int_equal(crypto_sign_public(keys_tls_seed(a), want), 0);
	assert_memory_equal(tls, want, 32);
	assert_memory_not_equal(tls, log, 32);
	assert_int_equal(keys_public(b, tls_again, log_again), 0);
	assert_memory_equal(tls, tls_again, 32);
	assert_memory_equal(log, log_again, 32);
	assert_int_equal(crypto_sign_with(keys_log_key(b), LABEL_RECEIPT, &said, 1, sig), 0);
	assert_int_equal(crypto_verify(log, LABEL_RECEIPT, &said, 1, sig), 0);
	keys_free(a);
	keys_free(b);
	keys_free(NULL);
}

static void not_mixed_up_and_not_loose(void **state)
{
	struct keys *k;

	(void)state;
	assert_int_equal(chmod(log_path, 0644), 0);
	assert_int_equal(keys_load(folder, &k), ERR_CONFIG);
	assert_int_equal(chmod(log_path, 0600), 0);
	assert_int_equal(rename(log_path, aside), 0);
	assert_int_equal(link(tls_path, log_path), 0);
	assert_int_equal(keys_load(folder, &k), ERR_CORRUPT); /* a tls key is no log key */
	assert_null(k);
	unlink(log_path);
	assert_int_equal(keys_load(folder, &k), ERR_NOT_FOUND);
	assert_int_equal(rename(aside, log_path), 0);
	assert_int_equal(keys_load(folder, &k), 0);
	keys_free(k);
}

static void credentials_come_first(void **state)
{
	static const uint8_t seed[32] = {1, 2, 3};
	uint8_t tls[32], log[32], want[32];
	char path[96];
	struct keys *k;

	(void)state;
	assert_int_equal(crypto_sign_public(seed, want), 0);
	snprintf(path, sizeof path, "%s/tls.key", other);
	assert_int_equal(keyfile_write(path, KEYFILE_SERVER_TLS, seed), 0);
	setenv("CREDENTIALS_DIRECTORY", other, 1);
	assert_int_equal(keys_load(folder, &k), 0);
	assert_memory_equal(keys_tls_seed(k), seed, 32);
	assert_int_equal(keys_public(k, tls, log), 0);
	assert_memory_equal(tls, want, 32);
	assert_memory_not_equal(log, want, 32);
	keys_free(k);
	assert_int_equal(chmod(path, 0666), 0); /* a bad one is not passed over for another */
	assert_int_equal(keys_load(folder, &k), ERR_CONFIG);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(keys_load(folder, &k), 0);
	assert_memory_not_equal(keys_tls_seed(k), seed, 32);
	keys_free(k);
}

static void told(const char *name, socklen_t len, const char *variable)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char got[64];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ssize_t n;

	memcpy(at.sun_path, name, len);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, (socklen_t)offsetof(struct sockaddr_un, sun_path) + len), 0);
	setenv("NOTIFY_SOCKET", variable, 1);
	notify_send("READY=1");
	n = recv(fd, got, sizeof got, 0);
	assert_int_equal(n, 7);
	assert_memory_equal(got, "READY=1", 7);
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	assert_true(recv(fd, got, sizeof got, 0) < 0);
	close(fd);
}

static void the_service_manager_is_told(void **state)
{
	char path[96], abstract[32];
	int n = snprintf(abstract, sizeof abstract, "@kap-notify-%ld", (long)getpid());

	(void)state;
	snprintf(path, sizeof path, "%s/notify", other);
	told(path, (socklen_t)strlen(path), path);
	unlink(path);
	memcpy(path, abstract, sizeof abstract);
	path[0] = '\0';
	told(path, (socklen_t)n, abstract);
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_send("READY=1"); /* nobody is there; nothing happens */
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	notify_send("READY=1");
	unsetenv("NOTIFY_SOCKET");
}

/* Only a listening socket, and only for this very process. */
static void a_socket_handed_over(void **state)
{
	char own[24];
	int fd, keep = dup(3);

	(void)state;
	snprintf(own, sizeof own, "%ld", (long)getpid());
	assert_int_equal(listen_open("127.0.0.1", 0, &fd), 0);
	assert_int_equal(dup2(fd, 3), 3);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", "1", 1);
	assert_int_equal(listen_inherited(), -1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_PID", own, 1);
	assert_int_equal(listen_inherited(), -1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", own, 1);
	assert_int_equal(listen_inherited(), 3);
	assert_null(getenv("LISTEN_FDS"));
	assert_int_equal(dup2(0, 3), 3);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", own, 1);
	assert_int_equal(listen_inherited(), -1);
	if (fd != 3)
		close(fd);
	if (keep >= 0) {
		dup2(keep, 3);
		close(keep);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(made_once_and_found_again), cmocka_unit_test(not_mixed_up_and_not_loose),
	    cmocka_unit_test(credentials_come_first),    cmocka_unit_test(the_service_manager_is_told),
	    cmocka_unit_test(a_socket_handed_over),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
