/* test_crypto_curve: Ed25519 and X25519: known answers, every damage refused, and the keys OpenSSL takes and we do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/vector.h"

static const uint8_t zero[CRYPTO_SIG];
static const struct crypto_bytes hello[] = {{"hel", 3}, {NULL, 0}, {"lo", 2}};
static uint8_t seed[CRYPTO_KEY], pub[CRYPTO_KEY];

/* OpenSSL itself, to check the published answers against keys and signatures without a label. */
static void openssl_sign(const uint8_t from[CRYPTO_KEY], const uint8_t *msg, size_t len, uint8_t sig[CRYPTO_SIG])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, from, CRYPTO_KEY);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t sig_len = CRYPTO_SIG;

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey), 1);
	assert_int_equal(EVP_DigestSign(ctx, sig, &sig_len, msg, len), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}

static void ed25519_known(void **state)
{
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/ed25519.txt", 4); vector_next(&v);) {
		const uint8_t *from = vector_fixed(&v, 0, CRYPTO_KEY), *want = vector_fixed(&v, 1, CRYPTO_KEY);
		const uint8_t *msg = vector_hex(&v, 2), *sig = vector_fixed(&v, 3, CRYPTO_SIG);
		uint8_t out[CRYPTO_SIG];
		struct mutate m;

		assert_int_equal(crypto_sign_public(from, out), 0);
		assert_memory_equal(out, want, CRYPTO_KEY);
		assert_int_equal(crypto_sign_key_check(want), 0);
		openssl_sign(from, msg, v.len[2], out);
		assert_memory_equal(out, sig, CRYPTO_SIG);
		assert_int_equal(crypto_verify_raw(want, msg, v.len[2], sig), 0);
		for (mutate_begin(&m, MUTATE_BITS | MUTATE_CUT_END | MUTATE_GROW, msg, v.len[2]); mutate_next(&m);)
			assert_int_equal(crypto_verify_raw(want, m.data, m.len, sig), ERR_SIGNATURE);
	}
	assert_int_equal(v.rows, 4);
}

static void signature_is_labelled(void **state)
{
	/* seed 00..1f over the prefix, "record", 0x00, "hello", from Node's crypto */
	static const uint8_t want[] = {0x80, 0x7f, 0x40, 0xce, 0xa6, 0x86, 0xa0, 0x82, 0x05, 0x6f, 0xd1, 0x5b, 0xb3,
	                               0xed, 0xb3, 0x7c, 0x8f, 0xa4, 0xa0, 0x9e, 0x95, 0x82, 0x0e, 0x9e, 0xe1, 0xd8,
	                               0x84, 0x61, 0x49, 0x57, 0xa3, 0x3d, 0x6c, 0x15, 0x6b, 0xeb, 0xc4, 0x30, 0x7c,
	                               0x4d, 0xec, 0xa9, 0xab, 0x71, 0x19, 0x12, 0xee, 0xfd, 0x5b, 0x71, 0x72, 0x86,
	                               0xd7, 0xd3, 0xd0, 0x1a, 0x74, 0x63, 0xe5, 0x57, 0x91, 0xcf, 0xa1, 0x04};
	static const struct crypto_bytes whole = {"hello", 5}, other = {"hell", 4};
	struct crypto_sign_key *key;
	uint8_t sig[CRYPTO_SIG];

	(void)state;
	assert_int_equal(crypto_sign(seed, LABEL_RECORD, hello, 3, sig), 0);
	assert_memory_equal(sig, want, sizeof sig);
	assert_int_equal(crypto_verify(pub, LABEL_RECORD, hello, 3, sig), 0);
	assert_int_equal(crypto_verify(pub, LABEL_RECORD, &whole, 1, sig), 0);
	assert_int_equal(crypto_verify(pub, LABEL_RECORD, &other, 1, sig), ERR_SIGNATURE);
	assert_int_equal(crypto_verify(pub, LABEL_RECORD, NULL, 0, sig), ERR_SIGNATURE);
	assert_int_equal(crypto_verify(pub, LABEL_RECEIPT, hello, 3, sig), ERR_SIGNATURE);
	assert_int_equal(crypto_verify_raw(pub, "hello", 5, sig), ERR_SIGNATURE);

	assert_int_equal(crypto_sign_key_new(seed, &key), 0);
	memset(sig, 0, sizeof sig);
	assert_int_equal(crypto_sign_with(key, LABEL_RECORD, hello, 3, sig), 0);
	assert_memory_equal(sig, want, sizeof sig);
	crypto_sign_key_free(key);
	crypto_sign_key_free(NULL);

	assert_int_equal(crypto_sign(seed, LABEL_RECORD, NULL, 0, sig), 0);
	assert_int_equal(crypto_verify(pub, LABEL_RECORD, NULL, 0, sig), 0);
}

static void every_damage_is_refused(void **state)
{
	uint8_t sig[CRYPTO_SIG];
	struct mutate m;

	(void)state;
	assert_int_equal(crypto_sign(seed, LABEL_RECORD, hello, 3, sig), 0);
	for (mutate_begin(&m, MUTATE_BITS | MUTATE_BYTES, sig, sizeof sig); mutate_next(&m);) {
		if (crypto_verify(pub, LABEL_RECORD, hello, 3, m.data) != ERR_SIGNATURE)
			fail_msg("accepted: %s", mutate_what(&m));
		assert_int_equal(ERR_peek_error(), 0);
	}
	for (mutate_begin(&m, MUTATE_BITS, pub, sizeof pub); mutate_next(&m);)
		if (crypto_verify(m.data, LABEL_RECORD, hello, 3, sig) != ERR_SIGNATURE)
			fail_msg("accepted key: %s", mutate_what(&m));
}

/* S + L signs the same; it must not count as a second signature. */
static void signature_is_not_malleable(void **state)
{
	static const uint8_t order[CRYPTO_KEY] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
	                                          0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
	                                          0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
	uint8_t sig[CRYPTO_SIG];
	unsigned carry = 0;

	(void)state;
	assert_int_equal(crypto_sign(seed, LABEL_RECORD, hello, 3, sig), 0);
	assert_int_equal(crypto_verify(pub, LABEL_RECORD, hello, 3, sig), 0);
	for (size_t i = 0; i < CRYPTO_KEY; i++) {
		carry += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_int_equal(crypto_verify(pub, LABEL_RECORD, hello, 3, sig), ERR_SIGNATURE);
}

static void small_order_keys_are_refused(void **state)
{
	const struct crypto_bytes part = {"x", 1};
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/ed25519-small.txt", 3); vector_next(&v);) {
		const uint8_t *key = vector_fixed(&v, 2, CRYPTO_KEY);
		uint8_t sig[CRYPTO_SIG] = {1};

		assert_int_equal(crypto_sign_key_check(key), ERR_KEY);
		assert_int_equal(crypto_verify(key, LABEL_RECORD, &part, 1, sig), ERR_KEY);
	}
	assert_int_equal(v.rows, 14);
}

/* What the table is for: anybody can sign under such a key, without knowing anything, and OpenSSL agrees. */
static void the_trap_is_real(void **state)
{
	static const uint8_t forged[CRYPTO_SIG] = {1}; /* R the identity, S zero */
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/ed25519-small.txt", 3); vector_next(&v);) {
		const uint8_t *key = vector_fixed(&v, 2, CRYPTO_KEY);
		unsigned long order = vector_number(&v, 0);
		size_t accepted = 0;

		for (uint8_t msg = 0; msg < 64; msg++) {
			int rc = crypto_verify_raw(key, &msg, 1, forged);

			assert_true(rc == 0 || rc == ERR_SIGNATURE);
			accepted += rc == 0;
		}
		/* one message in `order` hashes to a multiple of it */
		assert_true(accepted > 0);
		assert_true(order > 1 || accepted == 64);
	}
	assert_int_equal(v.rows, 14);
}

static void canonical_limit(void **state)
{
	uint8_t key[CRYPTO_KEY];

	(void)state;
	memset(key, 0xff, sizeof key);
	for (unsigned low = 0; low < 256; low++)
		for (unsigned sign = 0; sign < 2; sign++) {
			int want = low >= 0xec ? ERR_KEY : 0; /* p is ...ed; p - 1 is of order 2; p - 2 is the largest allowed */

			key[0] = (uint8_t)low;
			key[31] = (uint8_t)(0x7f | sign << 7);
			assert_int_equal(crypto_sign_key_check(key), want);
		}
	/* every byte between counts: one that is not 0xff makes y smaller than p */
	key[0] = 0xff;
	for (size_t i = 1; i < 31; i++) {
		key[i] = 0xfe;
		assert_int_equal(crypto_sign_key_check(key), 0);
		key[i] = 0xff;
	}
	key[31] = 0x7e;
	assert_int_equal(crypto_sign_key_check(key), 0);
	memset(key, 0, sizeof key);
	for (unsigned low = 0; low < 256; low++) {
		key[0] = (uint8_t)low;
		assert_int_equal(crypto_sign_key_check(key), low < 2 ? ERR_KEY : 0);
	}
}

static void x25519_known(void **state)
{
	/* RFC 7748 section 5.2: after 1 and after 1,000 rounds */
	static const uint8_t want[2][CRYPTO_KEY] = {
	    {0x42, 0x2c, 0x8e, 0x7a, 0x62, 0x27, 0xd7, 0xbc, 0xa1, 0x35, 0x0b, 0x3e, 0x2b, 0xb7, 0x27, 0x9f,
	     0x78, 0x97, 0xb8, 0x7b, 0xb6, 0x85, 0x4b, 0x78, 0x3c, 0x60, 0xe8, 0x03, 0x11, 0xae, 0x30, 0x79},
	    {0x68, 0x4c, 0xf5, 0x9b, 0xa8, 0x33, 0x09, 0x55, 0x28, 0x00, 0xef, 0x56, 0x6f, 0x2f, 0x4d, 0x3c,
	     0x1c, 0x38, 0x87, 0xc4, 0x93, 0x60, 0xe3, 0x87, 0x5f, 0x2e, 0xb9, 0x4d, 0x99, 0x53, 0x2c, 0x51},
	};
	uint8_t k[CRYPTO_KEY] = {9}, u[CRYPTO_KEY] = {9}, out[CRYPTO_KEY];
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/x25519.txt", 3); vector_next(&v);) {
		assert_int_equal(crypto_x25519(vector_fixed(&v, 0, 32), vector_fixed(&v, 1, 32), out), 0);
		assert_memory_equal(out, vector_fixed(&v, 2, 32), sizeof out);
	}
	for (unsigned i = 1; i <= 1000; i++) {
		assert_int_equal(crypto_x25519(k, u, out), 0);
		memcpy(u, k, sizeof u);
		memcpy(k, out, sizeof k);
		if (i == 1)
			assert_memory_equal(k, want[0], sizeof k);
	}
	assert_memory_equal(k, want[1], sizeof k);
}

static void x25519_both_ways(void **state)
{
	uint8_t a[CRYPTO_KEY], b[CRYPTO_KEY], pa[CRYPTO_KEY], pb[CRYPTO_KEY], one[CRYPTO_KEY], two[CRYPTO_KEY];
	struct crypto_x25519_key *key;

	(void)state;
	assert_int_equal(crypto_random(a, sizeof a), 0);
	assert_int_equal(crypto_random(b, sizeof b), 0);
	assert_int_equal(crypto_x25519_public(a, pa), 0);
	assert_int_equal(crypto_x25519_public(b, pb), 0);
	assert_int_equal(crypto_x25519(a, pb, one), 0);
	assert_int_equal(crypto_x25519(b, pa, two), 0);
	assert_memory_equal(one, two, sizeof one);
	assert_int_equal(crypto_x25519_key_new(a, &key), 0);
	memset(one, 0, sizeof one);
	assert_int_equal(crypto_x25519_key_public(key, one), 0);
	assert_memory_equal(one, pa, sizeof one);
	assert_int_equal(crypto_x25519_with(key, pb, one), 0);
	assert_memory_equal(one, two, sizeof one);
	crypto_x25519_key_free(key);
	crypto_x25519_key_free(NULL);
}

/* The u of points of small order, with the two of order 8 and non-canonical forms: the result would be all zero. */
static void x25519_small_order(void **state)
{
	static const uint8_t bad[][CRYPTO_KEY] = {
	    {0},
	    {1},
	    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
	     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
	    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
	     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
	};
	static const uint8_t low[] = {0xec, 0xed, 0xee}; /* p - 1, p, p + 1 */
	uint8_t key[CRYPTO_KEY], out[CRYPTO_KEY];
	uint8_t nine[CRYPTO_KEY] = {9};

	(void)state;
	assert_int_equal(crypto_x25519(seed, nine, out), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memset(out, 0xaa, sizeof out);
		assert_int_equal(crypto_x25519(seed, bad[i], out), ERR_KEY);
		assert_memory_equal(out, zero, sizeof out);
		assert_int_equal(ERR_peek_error(), 0);
	}
	memset(key, 0xff, sizeof key);
	for (size_t i = 0; i < sizeof low; i++)
		for (unsigned top = 0x7f; top <= 0xff; top += 0x80) {
			key[0] = low[i];
			key[31] = (uint8_t)top;
			memset(out, 0xaa, sizeof out);
			assert_int_equal(crypto_x25519(seed, key, out), ERR_KEY);
			assert_memory_equal(out, zero, sizeof out);
		}
}

static void too_long_to_sign(void **state)
{
	const struct crypto_bytes wraps[] = {{"a", 1}, {"b", SIZE_MAX - 4}};
	uint8_t sig[CRYPTO_SIG];

	(void)state;
	memset(sig, 0xaa, sizeof sig);
	assert_int_equal(crypto_sign(seed, LABEL_RECORD, wraps, 2, sig), ERR_RANGE);
	assert_memory_equal(sig, zero, sizeof sig);
	assert_int_equal(crypto_verify(pub, LABEL_RECORD, wraps, 2, sig), ERR_RANGE);
}

static void failing_memory_signing(void **state)
{
	uint8_t want[CRYPTO_SIG], out[CRYPTO_SIG];
	int rc = -1;

	(void)state;
	assert_int_equal(crypto_sign(seed, LABEL_RECORD, hello, 3, want), 0);
	ossl_mem_watch(seed, sizeof seed);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = crypto_sign(seed, LABEL_RECORD, hello, 3, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? want : zero, sizeof out);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = crypto_sign_public(seed, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? pub : zero, CRYPTO_KEY);
	}
	assert_int_equal(rc, 0);
	/* Without memory a good signature is not accepted, nor called good by accident. */
	for (ossl_mem_begin(); ossl_mem_next();) {
		rc = crypto_verify(pub, LABEL_RECORD, hello, 3, want);
		ossl_mem_stop();
		assert_true(rc <= 0);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	want[0] ^= 1;
	for (ossl_mem_begin(); ossl_mem_next();) {
		rc = crypto_verify(pub, LABEL_RECORD, hello, 3, want);
		ossl_mem_stop();
		assert_true(rc < 0);
	}
	assert_int_equal(rc, ERR_SIGNATURE);
	assert_int_equal(ossl_mem_found(), 0);
	ossl_mem_watch(NULL, 0);
}

static void failing_memory_agreeing(void **state)
{
	uint8_t nine[CRYPTO_KEY] = {9}, want[CRYPTO_KEY], out[CRYPTO_KEY];
	int rc = -1;

	(void)state;
	assert_int_equal(crypto_x25519(seed, nine, want), 0);
	ossl_mem_watch(seed, sizeof seed);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = crypto_x25519(seed, nine, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? want : zero, sizeof out);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = crypto_x25519_public(seed, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? want : zero, sizeof out);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(ossl_mem_found(), 0);
	ossl_mem_watch(NULL, 0);
}

static int start(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < sizeof seed; i++)
		seed[i] = i;
	return crypto_init() != 0 || crypto_sign_public(seed, pub) != 0;
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
	    cmocka_unit_test(ed25519_known),
	    cmocka_unit_test(signature_is_labelled),
	    cmocka_unit_test(every_damage_is_refused),
	    cmocka_unit_test(signature_is_not_malleable),
	    cmocka_unit_test(small_order_keys_are_refused),
	    cmocka_unit_test(the_trap_is_real),
	    cmocka_unit_test(canonical_limit),
	    cmocka_unit_test(x25519_known),
	    cmocka_unit_test(x25519_both_ways),
	    cmocka_unit_test(x25519_small_order),
	    cmocka_unit_test(too_long_to_sign),
	    cmocka_unit_test(failing_memory_signing),
	    cmocka_unit_test(failing_memory_agreeing),
	};

	if (ossl_mem_install() != 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
