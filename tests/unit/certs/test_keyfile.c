/* test_keyfile: what is written is read back; what others could have read, replaced or damaged is not. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "certs/keyfile.h"
#include "proto/crypto.h"
#include "proto/err.h"

static char folder[] = "/tmp/kap-keyfile-XXXXXX";
static char path[64], other[64];
static uint8_t seed[KEYFILE_SEED], zero[KEYFILE_SEED];

#define TEXT_LEN (sizeof "kap-key 1 server-tls\n" - 1 + 65)

static int make_folder(void **state)
{
	(void)state;
	if (crypto_init() != 0 || mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/tls.key", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)(i * 9 + 1);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(folder); /* fails if anything was left beside the key */
}

static int fresh(void **state)
{
	(void)state;
	unlink(other);
	chmod(folder, 0700);
	unsetenv("CREDENTIALS_DIRECTORY");
	return keyfile_write(path, KEYFILE_SERVER_TLS, seed);
}

static int read_as(enum keyfile_kind kind)
{
	uint8_t got[KEYFILE_SEED];
	int err;

	memset(got, 7, sizeof got);
	err = keyfile_read(path, kind, got);
	assert_memory_equal(got, err == 0 ? seed : zero, sizeof got);
	return err;
}

static void round_trip(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal((size_t)st.st_size, TEXT_LEN);
	assert_string_equal(keyfile_kind_name(KEYFILE_SERVER_LOG), "server-log");
}

static void another_kind(void **state)
{
	(void)state;
	assert_int_equal(read_as(KEYFILE_SERVER_LOG), ERR_CORRUPT);
	assert_int_equal(read_as(KEYFILE_KINDS), ERR_ARG);
	assert_int_equal(keyfile_write(path, KEYFILE_KINDS, seed), ERR_ARG);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
}

static void create_does_not_replace(void **state)
{
	uint8_t got[KEYFILE_SEED];

	(void)state;
	assert_int_equal(keyfile_create(path, KEYFILE_SERVER_TLS, zero), ERR_EXISTS);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
	assert_int_equal(keyfile_create(other, KEYFILE_SERVER_TLS, zero), 0);
	assert_int_equal(keyfile_read(other, KEYFILE_SERVER_TLS, got), 0);
	assert_memory_equal(got, zero, sizeof got);
}

static void write_replaces_even_an_open_file(void **state)
{
	(void)state;
	chmod(path, 0644);
	assert_int_equal(keyfile_write(path, KEYFILE_SERVER_TLS, seed), 0);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
}

static void looser_modes(void **state)
{
	static const mode_t loose[] = {0640, 0604, 0620, 0602, 0610, 0601, 0666, 0777, 0440};

	(void)state;
	for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++) {
		chmod(path, loose[i]);
		assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CONFIG);
	}
	chmod(path, 0400);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
}

static void another_owner(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	assert_int_equal(chown(path, 4711, (gid_t)-1), 0);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CONFIG);
	assert_int_equal(chown(path, 0, (gid_t)-1), 0);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
}

/* What the service manager hands over is root's and shown by an access list: its mask looks like a group's right. */
static void a_credential(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root's files count as the service manager's */
	chmod(path, 0440);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CONFIG);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
	chmod(path, 0460);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CONFIG);
	chmod(path, 0444);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CONFIG);
	chmod(path, 0440);
	setenv("CREDENTIALS_DIRECTORY", "/tmp", 1); /* not this folder's own file */
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CONFIG);
}

static void not_a_file(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_NOT_FOUND);
	assert_int_equal(keyfile_write(other, KEYFILE_SERVER_TLS, seed), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CONFIG);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CONFIG);
	unlink(path);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
}

/* Every byte changed, every length but the right one. */
static void damage(void **state)
{
	char text[TEXT_LEN + 1], bad[TEXT_LEN + 1];
	int fd = open(path, O_RDWR);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof text), TEXT_LEN);
	for (size_t i = 0; i < TEXT_LEN; i++) {
		memcpy(bad, text, TEXT_LEN);
		bad[i] = 'G';
		assert_int_equal(pwrite(fd, bad, TEXT_LEN, 0), TEXT_LEN);
		assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CORRUPT);
	}
	assert_int_equal(pwrite(fd, text, TEXT_LEN, 0), TEXT_LEN);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), 0);
	assert_int_equal(pwrite(fd, "\n", 1, TEXT_LEN), 1);
	assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CORRUPT);
	for (size_t n = 0; n < TEXT_LEN; n++) {
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		assert_int_equal(pwrite(fd, text, n, 0), (ssize_t)n);
		assert_int_equal(read_as(KEYFILE_SERVER_TLS), ERR_CORRUPT);
	}
	close(fd);
}

static void nowhere_to_write(void **state)
{
	char far[8192];

	(void)state;
	assert_int_equal(keyfile_write("/nowhere/at/all/tls.key", KEYFILE_SERVER_TLS, seed), ERR_IO);
	memset(far, 'a', sizeof far);
	far[sizeof far - 1] = '\0';
	assert_int_equal(keyfile_write(far, KEYFILE_SERVER_TLS, seed), ERR_ARG);
	assert_int_equal(mkdir(other, 0700), 0); /* a folder stands where the file should */
	assert_int_equal(keyfile_write(other, KEYFILE_SERVER_TLS, seed), ERR_IO);
	assert_int_equal(rmdir(other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(round_trip, fresh),
	    cmocka_unit_test_setup(another_kind, fresh),
	    cmocka_unit_test_setup(create_does_not_replace, fresh),
	    cmocka_unit_test_setup(write_replaces_even_an_open_file, fresh),
	    cmocka_unit_test_setup(looser_modes, fresh),
	    cmocka_unit_test_setup(another_owner, fresh),
	    cmocka_unit_test_setup(a_credential, fresh),
	    cmocka_unit_test_setup(not_a_file, fresh),
	    cmocka_unit_test_setup(damage, fresh),
	    cmocka_unit_test_setup(nowhere_to_write, fresh),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
