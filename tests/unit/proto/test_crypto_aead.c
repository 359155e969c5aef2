/* test_crypto_aead: AES-256-GCM: known answers, in place, every damage refused, nothing released. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/err.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/vector.h"

static const uint8_t zero[256];
static const uint8_t key[CRYPTO_KEY] = "a key of exactly thirty-two byte";
static const uint8_t nonce[CRYPTO_NONCE] = "twelve bytes";
static const struct crypto_bytes aad[] = {{"associated", 10}, {NULL, 0}, {"data", 4}};

static void known_answers(void **state)
{
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/aes256gcm.txt", 5); vector_next(&v);) {
		const uint8_t *k = vector_fixed(&v, 0, CRYPTO_KEY), *n = vector_fixed(&v, 1, CRYPTO_NONCE);
		const uint8_t *ad = vector_hex(&v, 2), *plain = vector_hex(&v, 3), *sealed = vector_hex(&v, 4);
		const struct crypto_bytes whole = {ad, v.len[2]};
		const struct crypto_bytes split[] = {{ad, v.len[2] / 3}, {ad + v.len[2] / 3, v.len[2] - v.len[2] / 3}};
		size_t len = v.len[3];
		uint8_t out[200];

		assert_int_equal(v.len[4], len + CRYPTO_TAG);
		assert_true(v.len[4] < sizeof out);
		memset(out, 0xaa, sizeof out);
		assert_int_equal(crypto_seal(k, n, &whole, 1, plain, len, out), 0);
		assert_memory_equal(out, sealed, len + CRYPTO_TAG);
		assert_int_equal(out[len + CRYPTO_TAG], 0xaa);
		assert_int_equal(crypto_seal(k, n, split, 2, plain, len, out), 0);
		assert_memory_equal(out, sealed, len + CRYPTO_TAG);
		memset(out, 0xaa, sizeof out);
		assert_int_equal(crypto_open(k, n, split, 2, sealed, len + CRYPTO_TAG, out), 0);
		assert_memory_equal(out, plain, len);
		assert_int_equal(out[len], 0xaa);
	}
	assert_int_equal(v.rows, 3);
}

static void in_place(void **state)
{
	uint8_t plain[100], apart[116], same[116];

	(void)state;
	for (size_t len = 0; len <= sizeof plain; len++) {
		assert_int_equal(crypto_random(plain, len), 0);
		memcpy(same, plain, len);
		assert_int_equal(crypto_seal(key, nonce, aad, 3, plain, len, apart), 0);
		assert_int_equal(crypto_seal(key, nonce, aad, 3, same, len, same), 0);
		assert_memory_equal(same, apart, len + CRYPTO_TAG);
		assert_int_equal(crypto_open(key, nonce, aad, 3, same, len + CRYPTO_TAG, same), 0);
		assert_memory_equal(same, plain, len);
	}
}

static void every_damage_is_refused(void **state)
{
	uint8_t sealed[20 + CRYPTO_TAG], out[64];
	struct mutate m;

	(void)state;
	assert_int_equal(crypto_seal(key, nonce, aad, 3, "twenty bytes of text", 20, sealed), 0);
	assert_int_equal(crypto_open(key, nonce, aad, 3, sealed, sizeof sealed, out), 0);
	for (mutate_begin(&m, MUTATE_ALL, sealed, sizeof sealed); mutate_next(&m);) {
		size_t n = m.len > CRYPTO_TAG ? m.len - CRYPTO_TAG : 0;

		memset(out, 0xaa, sizeof out);
		if (crypto_open(key, nonce, aad, 3, m.data, m.len, out) != ERR_OPEN)
			fail_msg("accepted: %s", mutate_what(&m));
		assert_memory_equal(out, zero, n);
		assert_int_equal(out[n], 0xaa);
		if (m.len >= CRYPTO_TAG) {
			assert_int_equal(crypto_open(key, nonce, aad, 3, m.data, m.len, m.data), ERR_OPEN);
			assert_memory_equal(m.data, zero, n);
		}
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_true(m.count > 36 * 9);
}

static void key_nonce_and_data_are_bound(void **state)
{
	static const struct crypto_bytes joined = {"associateddata", 14}, other = {"associateddatb", 14};
	uint8_t sealed[20 + CRYPTO_TAG], out[20];
	struct mutate m;

	(void)state;
	assert_int_equal(crypto_seal(key, nonce, aad, 3, "twenty bytes of text", 20, sealed), 0);
	assert_int_equal(crypto_open(key, nonce, &joined, 1, sealed, sizeof sealed, out), 0);
	assert_int_equal(crypto_open(key, nonce, &other, 1, sealed, sizeof sealed, out), ERR_OPEN);
	assert_memory_equal(out, zero, 20);
	assert_int_equal(crypto_open(key, nonce, NULL, 0, sealed, sizeof sealed, out), ERR_OPEN);
	for (mutate_begin(&m, MUTATE_BITS, key, sizeof key); mutate_next(&m);)
		assert_int_equal(crypto_open(m.data, nonce, aad, 3, sealed, sizeof sealed, out), ERR_OPEN);
	for (mutate_begin(&m, MUTATE_BITS, nonce, sizeof nonce); mutate_next(&m);)
		assert_int_equal(crypto_open(key, m.data, aad, 3, sealed, sizeof sealed, out), ERR_OPEN);
}

static void too_long_is_refused_untouched(void **state)
{
	const struct crypto_bytes vast[] = {{"a", 1}, {"b", CRYPTO_AEAD_MAX + 1}};
	uint8_t out[CRYPTO_TAG] = {0xaa};

	(void)state;
	assert_int_equal(crypto_seal(key, nonce, NULL, 0, "", CRYPTO_AEAD_MAX + 1, out), ERR_RANGE);
	assert_int_equal(crypto_open(key, nonce, NULL, 0, "", CRYPTO_AEAD_MAX + 1, out), ERR_RANGE);
	assert_int_equal(crypto_seal(key, nonce, vast, 2, "", 0, out), ERR_RANGE);
	assert_int_equal(crypto_open(key, nonce, vast, 2, zero, 16, out), ERR_RANGE);
	assert_int_equal(out[0], 0xaa);
}

static void without_algorithms(void **state)
{
	uint8_t out[20];

	(void)state;
	crypto_fini();
	memset(out, 0xaa, sizeof out);
	assert_int_equal(crypto_seal(key, nonce, NULL, 0, "abc", 3, out), ERR_CRYPTO);
	assert_memory_equal(out, zero, 3 + CRYPTO_TAG);
	memset(out, 0xaa, sizeof out);
	assert_int_equal(crypto_open(key, nonce, NULL, 0, zero, 19, out), ERR_CRYPTO);
	assert_memory_equal(out, zero, 3);
	assert_int_equal(out[3], 0xaa);
	assert_int_equal(crypto_init(), 0);
}

static void failing_memory(void **state)
{
	uint8_t want[20 + CRYPTO_TAG], out[20 + CRYPTO_TAG];
	int rc = -1;

	(void)state;
	assert_int_equal(crypto_seal(key, nonce, aad, 3, "twenty bytes of text", 20, want), 0);
	ossl_mem_watch(key, sizeof key);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = crypto_seal(key, nonce, aad, 3, "twenty bytes of text", 20, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? want : zero, sizeof out);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = crypto_open(key, nonce, aad, 3, want, sizeof want, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? (const void *)"twenty bytes of text" : zero, 20);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
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
	    cmocka_unit_test(known_answers),
	    cmocka_unit_test(in_place),
	    cmocka_unit_test(every_damage_is_refused),
	    cmocka_unit_test(key_nonce_and_data_are_bound),
	    cmocka_unit_test(too_long_is_refused_untouched),
	    cmocka_unit_test(without_algorithms),
	    cmocka_unit_test(failing_memory),
	};

	if (ossl_mem_install() != 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
