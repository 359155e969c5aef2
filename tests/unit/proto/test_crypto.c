/* test_crypto: start and stop, secret memory, randomness, hashes, HMAC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/ossl_rand.h"

#define ABC_SHA256                                                                                                     \
	"\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61" \
	"\xf2\x00\x15\xad"
#define EMPTY_SHA256                                                                                                   \
	"\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b" \
	"\x78\x52\xb8\x55"

static const uint8_t zero[CRYPTO_HASH];

/* Runs fn in a process of its own and returns its exit code. */
static int in_child(int (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A configuration that activates only the provider that provides nothing. */
static void hostile_config(char *path)
{
	static const char text[] =
	    "openssl_conf = init\n[init]\nproviders = list\n[list]\nnull = one\n[one]\nactivate = 1\n";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, text, sizeof text - 1) != (ssize_t)(sizeof text - 1) || close(fd) != 0 ||
	    setenv("OPENSSL_CONF", path, 1) != 0)
		_exit(99);
}

static int config_is_read_by_openssl(void)
{
	char path[] = "/tmp/kap-test-XXXXXX";
	EVP_MD *md;

	hostile_config(path);
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	unlink(path);
	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	return md == NULL ? 1 : 0;
}

static int config_is_not_read_by_us(void)
{
	char path[] = "/tmp/kap-test-XXXXXX";
	uint8_t out[CRYPTO_HASH];
	int rc;

	hostile_config(path);
	rc = crypto_init();
	/* what the TLS library asks for later */
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	unlink(path);
	return rc == 0 && crypto_hash1(LABEL_RID, "abc", 3, out) == 0 && crypto_random(out, sizeof out) == 0 ? 1 : 0;
}

/* Must come before anything starts OpenSSL in this process. */
static void configuration_file_is_ignored(void **state)
{
	(void)state;
	assert_int_equal(in_child(config_is_read_by_openssl), 1);
	assert_int_equal(in_child(config_is_not_read_by_us), 1);
}

/* OpenSSL itself never recovers from a failure while it starts; so this is about all that comes after. */
static void init_with_failing_memory(void **state)
{
	uint8_t out[CRYPTO_HASH];
	int rc = -1;

	(void)state;
	for (ossl_mem_begin(); ossl_mem_next();) {
		crypto_fini();
		rc = crypto_init();
		ossl_mem_stop();
		assert_true(rc == 0 || rc == ERR_CRYPTO);
		assert_int_equal(crypto_hash1(LABEL_RID, "abc", 3, out), rc);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
}

static void no_secret_memory_before_init(void **state)
{
	(void)state;
	assert_null(crypto_secret_new(32));
}

static void init_twice_and_again(void **state)
{
	uint8_t out[CRYPTO_HASH];

	(void)state;
	crypto_fini();
	assert_int_equal(crypto_init(), 0);
	assert_int_equal(crypto_init(), 0);
	assert_int_equal(crypto_hash1(LABEL_RID, NULL, 0, out), 0);
	crypto_fini();
	crypto_fini();
	memset(out, 0xaa, sizeof out);
	assert_int_equal(crypto_hash1(LABEL_RID, NULL, 0, out), ERR_CRYPTO);
	assert_memory_equal(out, zero, sizeof out);
	memset(out, 0xaa, sizeof out);
	assert_int_equal(crypto_hmac_sha256("k", 1, NULL, 0, out), ERR_CRYPTO);
	assert_memory_equal(out, zero, sizeof out);
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(crypto_init(), 0);
	assert_int_equal(crypto_hash1(LABEL_RID, NULL, 0, out), 0);
}

static int hardened(void)
{
	struct rlimit limit;

	crypto_harden_process();
	return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 &&
	               prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
	           ? 1
	           : 0;
}

static void process_is_hardened(void **state)
{
	(void)state;
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
	assert_int_equal(in_child(hardened), 1);
}

static void secret_memory(void **state)
{
	uint8_t *a = crypto_secret_new(48), *b;

	(void)state;
	assert_non_null(a);
	assert_true(CRYPTO_secure_allocated(a));
	for (size_t i = 0; i < 48; i++)
		assert_int_equal(a[i], 0);
	memset(a, 0x5a, 48);
	crypto_secret_free(a, 48);
	b = crypto_secret_new(48);
	assert_non_null(b);
	for (size_t i = 0; i < 48; i++)
		assert_int_equal(b[i], 0);
	crypto_secret_free(b, 48);
	crypto_secret_free(NULL, 0);
	crypto_secret_free(NULL, 32);
	assert_null(crypto_secret_new((size_t)1 << 30));
	assert_int_equal(ERR_peek_error(), 0);
}

static void wipe_and_equal(void **state)
{
	uint8_t a[40], b[40];

	(void)state;
	memset(a, 7, sizeof a);
	memset(b, 7, sizeof b);
	assert_true(crypto_equal(a, b, sizeof a));
	for (size_t i = 0; i < sizeof a; i++) {
		b[i] ^= 1;
		assert_false(crypto_equal(a, b, sizeof a));
		assert_true(crypto_equal(a, b, i));
		b[i] ^= 1;
	}
	assert_true(crypto_equal(NULL, NULL, 0));
	crypto_wipe(a, CRYPTO_HASH);
	assert_memory_equal(a, zero, CRYPTO_HASH);
	assert_int_equal(a[CRYPTO_HASH], 7);
	crypto_wipe(NULL, 0);
}

static void random_fills(void **state)
{
	static uint8_t big[100000];
	uint8_t a[32], b[32];

	(void)state;
	assert_int_equal(crypto_random(a, sizeof a), 0);
	assert_int_equal(crypto_random(b, sizeof b), 0);
	assert_memory_not_equal(a, b, sizeof a);
	assert_int_equal(crypto_random(NULL, 0), 0);
	assert_int_equal(crypto_random(big, sizeof big), 0);
	for (size_t i = 0; i + 16 <= sizeof big; i += 16)
		assert_memory_not_equal(big + i, zero, 16);
	memset(a, 0, sizeof a);
	assert_int_equal(crypto_random(a, 1), 0);
	assert_memory_equal(a + 1, zero, 31);
}

static void sha256_known(void **state)
{
	static const struct crypto_bytes abc[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};
	uint8_t out[CRYPTO_HASH];

	(void)state;
	assert_int_equal(crypto_sha256(abc, 3, out), 0);
	assert_memory_equal(out, ABC_SHA256, sizeof out);
	assert_int_equal(crypto_sha256(NULL, 0, out), 0);
	assert_memory_equal(out, EMPTY_SHA256, sizeof out);
}

static void hash_is_labelled(void **state)
{
	/* SHA-256 of the prefix, "rid", 0x00, "abc", from Node's crypto */
	static const uint8_t want[] = {0x86, 0x25, 0x02, 0x64, 0xaf, 0x12, 0xb7, 0xeb, 0x1b, 0x9e, 0x64,
	                               0x29, 0xfd, 0x19, 0xcb, 0x25, 0xdc, 0xcc, 0x6e, 0x19, 0x47, 0x8c,
	                               0xa2, 0x9e, 0xbc, 0xb7, 0x0d, 0x2a, 0xed, 0x42, 0xb4, 0xa1};
	static const struct crypto_bytes parts[] = {{"ab", 2}, {"c", 1}};
	static const struct crypto_bytes by_hand[] = {
	    {LABEL_PREFIX, sizeof LABEL_PREFIX - 1}, {LABEL_RID, sizeof LABEL_RID}, {"abc", 3}};
	uint8_t out[CRYPTO_HASH];

	(void)state;
	assert_int_equal(crypto_hash1(LABEL_RID, "abc", 3, out), 0);
	assert_memory_equal(out, want, sizeof out);
	assert_int_equal(crypto_hash(LABEL_RID, parts, 2, out), 0);
	assert_memory_equal(out, want, sizeof out);
	assert_int_equal(crypto_sha256(by_hand, 3, out), 0);
	assert_memory_equal(out, want, sizeof out);
	assert_int_equal(crypto_hash1(LABEL_CORE, "abc", 3, out), 0);
	assert_memory_not_equal(out, want, sizeof out);
}

static void hmac_known(void **state)
{
	/* RFC 4231, test cases 1, 2 and 6; and the empty key and message */
	static const uint8_t b20[20] = {11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11};
	static const struct crypto_bytes hi[] = {{"Hi", 2}, {" ", 1}, {NULL, 0}, {"There", 5}};
	static const struct crypto_bytes what = {"what do ya want for nothing?", 28};
	static const struct crypto_bytes large = {"Test Using Larger Than Block-Size Key - Hash Key First", 54};
	static const uint8_t want[4][CRYPTO_HASH] = {
	    {0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf, 0x0b, 0xf1, 0x2b,
	     0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7},
	    {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
	     0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43},
	    {0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a, 0x26, 0xaa, 0xcb, 0xf5, 0xb7, 0x7f,
	     0x8e, 0x0b, 0xc6, 0x21, 0x37, 0x28, 0xc5, 0x14, 0x05, 0x46, 0x04, 0x0f, 0x0e, 0xe3, 0x7f, 0x54},
	    {0xb6, 0x13, 0x67, 0x9a, 0x08, 0x14, 0xd9, 0xec, 0x77, 0x2f, 0x95, 0xd7, 0x78, 0xc3, 0x5f, 0xc5,
	     0xff, 0x16, 0x97, 0xc4, 0x93, 0x71, 0x56, 0x53, 0xc6, 0xc7, 0x12, 0x14, 0x42, 0x92, 0xc5, 0xad},
	};
	uint8_t key[131], out[CRYPTO_HASH];

	(void)state;
	memset(key, 0xaa, sizeof key);
	assert_int_equal(crypto_hmac_sha256(b20, 20, hi, 4, out), 0);
	assert_memory_equal(out, want[0], sizeof out);
	assert_int_equal(crypto_hmac_sha256("Jefe", 4, &what, 1, out), 0);
	assert_memory_equal(out, want[1], sizeof out);
	assert_int_equal(crypto_hmac_sha256(key, sizeof key, &large, 1, out), 0);
	assert_memory_equal(out, want[2], sizeof out);
	assert_int_equal(crypto_hmac_sha256(NULL, 0, NULL, 0, out), 0);
	assert_memory_equal(out, want[3], sizeof out);
}

static void failing_memory(void **state)
{
	static const struct crypto_bytes abc = {"abc", 3};
	uint8_t out[CRYPTO_HASH], want[CRYPTO_HASH];
	int rc = -1;

	(void)state;
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = crypto_sha256(&abc, 1, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? (const void *)ABC_SHA256 : zero, sizeof out);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(crypto_hmac_sha256("key", 3, &abc, 1, want), 0);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = crypto_hmac_sha256("key", 3, &abc, 1, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? want : zero, sizeof out);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
}

static void random_can_fail(void **state)
{
	uint8_t out[32];

	(void)state;
	memset(out, 0xaa, sizeof out);
	ossl_rand_break();
	assert_int_equal(crypto_random(out, sizeof out), ERR_CRYPTO);
	ossl_rand_mend();
	assert_memory_equal(out, zero, sizeof out);
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(crypto_random(out, sizeof out), 0);
	assert_memory_not_equal(out, zero, sizeof out);
}

static void starts(void **state)
{
	(void)state;
	assert_int_equal(crypto_init(), 0);
}

int main(void)
{
	/* in this order: the first two come before OpenSSL runs in this process */
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(configuration_file_is_ignored),
	    cmocka_unit_test(no_secret_memory_before_init),
	    cmocka_unit_test(starts),
	    cmocka_unit_test(init_twice_and_again),
	    cmocka_unit_test(init_with_failing_memory),
	    cmocka_unit_test(process_is_hardened),
	    cmocka_unit_test(secret_memory),
	    cmocka_unit_test(wipe_and_equal),
	    cmocka_unit_test(random_fills),
	    cmocka_unit_test(random_can_fail),
	    cmocka_unit_test(sha256_known),
	    cmocka_unit_test(hash_is_labelled),
	    cmocka_unit_test(hmac_known),
	    cmocka_unit_test(failing_memory),
	};

	if (ossl_mem_install() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
