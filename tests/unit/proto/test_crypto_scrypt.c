/* test_crypto_scrypt: known answers from the floor to the ceiling, and the limits. The ceiling takes seconds and a
 * gigabyte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/err.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/vector.h"

static const uint8_t zero[CRYPTO_KEY];
static uint8_t out[CRYPTO_KEY + 1];

static void dirty(void)
{
	memset(out, 0xaa, sizeof out);
}

static void scrypt_known(void **state)
{
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/scrypt.txt", 4); vector_next(&v);) {
		const uint8_t *pass = vector_hex(&v, 1), *salt = vector_hex(&v, 2), *want = vector_fixed(&v, 3, CRYPTO_KEY);

		dirty();
		assert_int_equal(crypto_scrypt(pass, v.len[1], salt, v.len[2], (unsigned)vector_number(&v, 0), out), 0);
		assert_memory_equal(out, want, CRYPTO_KEY);
		assert_int_equal(out[CRYPTO_KEY], 0xaa);
	}
	assert_int_equal(v.rows, 4);
}

static void scrypt_limits(void **state)
{
	static const unsigned bad[] = {0, 1, CRYPTO_SCRYPT_MIN - 1, CRYPTO_SCRYPT_MAX + 1, 63, 64, 80, 1u << 31};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		dirty();
		assert_int_equal(crypto_scrypt("p", 1, "s", 1, bad[i], out), ERR_RANGE);
		assert_memory_equal(out, zero, CRYPTO_KEY);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

static void without_algorithms(void **state)
{
	(void)state;
	crypto_fini();
	dirty();
	assert_int_equal(crypto_scrypt("p", 1, "s", 1, CRYPTO_SCRYPT_MIN, out), ERR_CRYPTO);
	assert_memory_equal(out, zero, CRYPTO_KEY);
	assert_int_equal(crypto_init(), 0);
}

static void failing_memory(void **state)
{
	static const char pass[] = "correct horse battery staple";
	size_t tries = 0;
	int rc = 0;

	(void)state;
	ossl_mem_watch(pass, sizeof pass - 1);
	for (ossl_mem_begin(); ossl_mem_next() && tries < 8; tries++) {
		dirty();
		rc = crypto_scrypt(pass, sizeof pass - 1, "salt", 4, CRYPTO_SCRYPT_MIN, out);
		ossl_mem_stop();
		if (rc != 0)
			assert_memory_equal(out, zero, CRYPTO_KEY);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_true(tries > 4);
	assert_int_equal(ossl_mem_found(), 0);
	ossl_mem_watch(NULL, 0);
}

static int start(void **state)
{
	(void)state;
	return crypto_init();
}

static int stop(void **state)
{
	(void)state;
	crypto_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scrypt_known),
	    cmocka_unit_test(scrypt_limits),
	    cmocka_unit_test(without_algorithms),
	    cmocka_unit_test(failing_memory),
	};

	if (ossl_mem_install() != 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
