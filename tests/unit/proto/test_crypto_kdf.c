/* test_crypto_kdf: HKDF against published answers, against HMAC put together by hand, and at their limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/err.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/vector.h"

#define OUT_MAX (255 * CRYPTO_HASH512)

static const uint8_t zero[OUT_MAX + 1];
static uint8_t out[OUT_MAX + 1];

static void dirty(void)
{
	memset(out, 0xaa, sizeof out);
}

static void known_answers(void **state)
{
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/hkdf.txt", 5); vector_next(&v);) {
		const uint8_t *ikm = vector_hex(&v, 0), *salt = vector_hex(&v, 1), *info = vector_hex(&v, 2);
		const uint8_t *prk = vector_fixed(&v, 3, CRYPTO_HASH), *okm = vector_hex(&v, 4);
		const struct crypto_bytes whole = {ikm, v.len[0]};
		const struct crypto_bytes split[] = {{ikm, 1}, {NULL, 0}, {ikm + 1, v.len[0] - 1}};
		size_t half = v.len[2] / 2;
		const struct crypto_bytes infos[] = {{info, half}, {info + half, v.len[2] - half}};

		dirty();
		assert_int_equal(crypto_hkdf_extract(salt, v.len[1], &whole, 1, out), 0);
		assert_memory_equal(out, prk, CRYPTO_HASH);
		dirty();
		assert_int_equal(crypto_hkdf_extract(salt, v.len[1], split, 3, out), 0);
		assert_memory_equal(out, prk, CRYPTO_HASH);
		dirty();
		assert_int_equal(crypto_hkdf_expand(prk, infos, 2, out, v.len[4]), 0);
		assert_memory_equal(out, okm, v.len[4]);
		assert_int_equal(out[v.len[4]], 0xaa);
	}
	assert_int_equal(v.rows, 3);
}

/* An empty salt, a salt of NULL and one of 32 zeros are the same; an empty input is legal. */
static void empty_salt_and_input(void **state)
{
	const struct crypto_bytes ikm = {"input", 5}, none = {NULL, 0};
	uint8_t want[CRYPTO_HASH];

	(void)state;
	assert_int_equal(crypto_hmac_sha256(zero, CRYPTO_HASH, &ikm, 1, want), 0);
	assert_int_equal(crypto_hkdf_extract(NULL, 0, &ikm, 1, out), 0);
	assert_memory_equal(out, want, sizeof want);
	assert_int_equal(crypto_hkdf_extract("", 0, &ikm, 1, out), 0);
	assert_memory_equal(out, want, sizeof want);
	assert_int_equal(crypto_hkdf_extract(zero, CRYPTO_HASH, &ikm, 1, out), 0);
	assert_memory_equal(out, want, sizeof want);
	assert_int_equal(crypto_hmac_sha256("salt", 4, NULL, 0, want), 0);
	assert_int_equal(crypto_hkdf_extract("salt", 4, NULL, 0, out), 0);
	assert_memory_equal(out, want, sizeof want);
	assert_int_equal(crypto_hkdf_extract("salt", 4, &none, 1, out), 0);
	assert_memory_equal(out, want, sizeof want);
}

/* RFC 5869 section 2.3, by hand. */
static void expand_by_hand(const uint8_t prk[CRYPTO_HASH], const struct crypto_bytes *info, uint8_t *to, size_t len)
{
	uint8_t t[CRYPTO_HASH];
	size_t before = 0;

	for (uint8_t i = 1; len > 0; i++) {
		const struct crypto_bytes parts[] = {{t, before}, *info, {&i, 1}};
		size_t n = len < sizeof t ? len : sizeof t;

		assert_int_equal(crypto_hmac_sha256(prk, CRYPTO_HASH, parts, 3, t), 0);
		memcpy(to, t, n);
		to += n;
		len -= n;
		before = sizeof t;
	}
}

static void expand_agrees_with_hmac(void **state)
{
	static const size_t lens[] = {1, 31, 32, 33, 64, 100, 255 * 32 - 1, 255 * 32};
	static uint8_t want[255 * CRYPTO_HASH];
	uint8_t prk[CRYPTO_HASH], text[CRYPTO_INFO_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		struct crypto_bytes info = {text, i * 146};

		assert_true(info.len <= sizeof text);
		assert_int_equal(crypto_random(prk, sizeof prk), 0);
		assert_int_equal(crypto_random(text, sizeof text), 0);
		expand_by_hand(prk, &info, want, lens[i]);
		dirty();
		assert_int_equal(crypto_hkdf_expand(prk, &info, 1, out, lens[i]), 0);
		assert_memory_equal(out, want, lens[i]);
		assert_int_equal(out[lens[i]], 0xaa);
	}
}

static void expand_limits(void **state)
{
	static const uint8_t text[CRYPTO_INFO_MAX + 1];
	const struct crypto_bytes most[] = {{text, 1000}, {text, CRYPTO_INFO_MAX - 1000}};
	const struct crypto_bytes above[] = {{text, 1000}, {text, CRYPTO_INFO_MAX - 999}};
	const struct crypto_bytes wraps[] = {{text, 1}, {text, SIZE_MAX}};
	uint8_t prk[CRYPTO_HASH] = {1};

	(void)state;
	assert_int_equal(crypto_hkdf_expand(prk, most, 2, out, 32), 0);
	dirty();
	assert_int_equal(crypto_hkdf_expand(prk, above, 2, out, 32), ERR_RANGE);
	assert_memory_equal(out, zero, 32);
	assert_int_equal(out[32], 0xaa);
	assert_int_equal(crypto_hkdf_expand(prk, wraps, 2, out, 32), ERR_RANGE);
	assert_int_equal(crypto_hkdf_expand(prk, NULL, 0, out, 0), ERR_RANGE);
	assert_int_equal(crypto_hkdf_expand(prk, NULL, 0, out, 255 * 32), 0);
	dirty();
	assert_int_equal(crypto_hkdf_expand(prk, NULL, 0, out, 255 * 32 + 1), ERR_RANGE);
	assert_memory_equal(out, zero, 255 * 32 + 1);
	assert_int_equal(crypto_hkdf512_expand(prk, 32, NULL, 0, out, 255 * 64), 0);
	dirty();
	assert_int_equal(crypto_hkdf512_expand(prk, 32, NULL, 0, out, 255 * 64 + 1), ERR_RANGE);
	assert_memory_equal(out, zero, 255 * 64 + 1);
	dirty();
	assert_int_equal(crypto_hkdf_extract(NULL, 0, wraps, 2, out), ERR_RANGE);
	assert_memory_equal(out, zero, CRYPTO_HASH);
	assert_int_equal(ERR_peek_error(), 0);
}

static void sha512_known(void **state)
{
	/* PRK 00..1f, info "info", from HMAC in Node's crypto */
	static const uint8_t want[90] = {
	    0xd4, 0x0d, 0x67, 0xa9, 0xd7, 0xc3, 0x4e, 0xc3, 0xc2, 0xc3, 0xec, 0xa4, 0x1e, 0x6f, 0x25, 0xe0, 0x84, 0x41,
	    0xc9, 0x34, 0x22, 0x57, 0x5b, 0x09, 0x1a, 0x5d, 0x9f, 0x9c, 0xb9, 0xbd, 0x6d, 0xa3, 0xf7, 0x14, 0x5c, 0x42,
	    0xfa, 0xe0, 0xa6, 0x3d, 0x0c, 0x73, 0xfe, 0xda, 0xca, 0xaa, 0x63, 0xed, 0xbd, 0xd8, 0x0d, 0x92, 0xf1, 0x1a,
	    0xea, 0xa7, 0xd8, 0xde, 0xac, 0x5c, 0xce, 0xf5, 0xe4, 0xae, 0x89, 0xea, 0xee, 0xe7, 0x43, 0xc8, 0x53, 0xe2,
	    0x36, 0x58, 0xc0, 0x65, 0x53, 0x4f, 0xb8, 0x81, 0xad, 0x89, 0xcd, 0x1c, 0xf6, 0x88, 0xe4, 0x69, 0xce, 0xb8};
	const struct crypto_bytes info[] = {{"in", 2}, {"fo", 2}};
	uint8_t prk[32];

	(void)state;
	for (uint8_t i = 0; i < sizeof prk; i++)
		prk[i] = i;
	assert_int_equal(crypto_hkdf512_expand(prk, sizeof prk, info, 2, out, sizeof want), 0);
	assert_memory_equal(out, want, sizeof want);
	assert_int_equal(crypto_hkdf512_expand(prk, 31, info, 2, out, sizeof want), 0);
	assert_memory_not_equal(out, want, sizeof want);
}

static void derive_known(void **state)
{
	/* secret 00..1f, label "epoch-seal", context "ctx" and none, from HKDF in Node's crypto */
	static const uint8_t with[] = {0xbb, 0x97, 0x06, 0x0e, 0x6d, 0xda, 0x92, 0x21, 0x56, 0x40, 0xd9,
	                               0x7f, 0xcc, 0xd1, 0x1c, 0x7a, 0xab, 0xb6, 0xbe, 0x50, 0x0a, 0x31,
	                               0xd2, 0x67, 0xeb, 0xdb, 0x59, 0xde, 0x0d, 0x6c, 0x4c, 0x87};
	static const uint8_t without[] = {0x73, 0xa6, 0x2e, 0xe4, 0xcd, 0x95, 0x69, 0x73, 0xbe, 0x65, 0xf8,
	                                  0xd5, 0x47, 0x51, 0xa2, 0x14, 0x24, 0x20, 0x10, 0x6d, 0x6e, 0x75,
	                                  0x01, 0x40, 0xec, 0x14, 0x2b, 0x71, 0x6d, 0xe2, 0xe7, 0xd7};
	const struct crypto_bytes context = {"ctx", 3}, empty = {NULL, 0};
	const struct crypto_bytes most = {zero, CRYPTO_INFO_MAX - sizeof LABEL_PREFIX + 1 - sizeof LABEL_EPOCH_SEAL};
	const struct crypto_bytes above = {zero, most.len + 1};
	uint8_t secret[32];

	(void)state;
	for (uint8_t i = 0; i < sizeof secret; i++)
		secret[i] = i;
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, &context, out, 32), 0);
	assert_memory_equal(out, with, sizeof with);
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, NULL, out, 32), 0);
	assert_memory_equal(out, without, sizeof without);
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, &empty, out, 32), 0);
	assert_memory_equal(out, without, sizeof without);
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SELF, NULL, out, 32), 0);
	assert_memory_not_equal(out, without, sizeof without);
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, &most, out, 32), 0);
	dirty();
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, &above, out, 32), ERR_RANGE);
	assert_memory_equal(out, zero, 32);
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, NULL, out, 0), ERR_RANGE);
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, NULL, out, 255 * 32), 0);
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, NULL, out, 255 * 32 + 1), ERR_RANGE);
}

static void without_algorithms(void **state)
{
	uint8_t key[32] = {1};

	(void)state;
	crypto_fini();
	dirty();
	assert_int_equal(crypto_hkdf_extract(NULL, 0, NULL, 0, out), ERR_CRYPTO);
	assert_memory_equal(out, zero, CRYPTO_HASH);
	dirty();
	assert_int_equal(crypto_hkdf_expand(key, NULL, 0, out, 40), ERR_CRYPTO);
	assert_memory_equal(out, zero, 40);
	dirty();
	assert_int_equal(crypto_hkdf512_expand(key, 32, NULL, 0, out, 40), ERR_CRYPTO);
	assert_memory_equal(out, zero, 40);
	dirty();
	assert_int_equal(crypto_derive(key, 32, LABEL_EPOCH_SEAL, NULL, out, 40), ERR_CRYPTO);
	assert_memory_equal(out, zero, 40);
	assert_int_equal(crypto_init(), 0);
}

static void failing_memory(void **state)
{
	const uint8_t secret[] = "the secret, thirty-two bytes of.";
	const struct crypto_bytes ikm = {secret, 32};
	uint8_t want[2][64];
	int rc = -1;

	(void)state;
	assert_int_equal(crypto_hkdf_extract("salt", 4, &ikm, 1, want[0]), 0);
	assert_int_equal(crypto_derive(secret, 32, LABEL_EPOCH_SEAL, NULL, want[1], 64), 0);
	ossl_mem_watch(secret, 32);
	for (ossl_mem_begin(); ossl_mem_next();) {
		dirty();
		rc = crypto_hkdf_extract("salt", 4, &ikm, 1, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? want[0] : zero, 32);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	for (ossl_mem_begin(); ossl_mem_next();) {
		dirty();
		rc = crypto_derive(secret, 32, LABEL_EPOCH_SEAL, NULL, out, 64);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? want[1] : zero, 64);
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
	    cmocka_unit_test(empty_salt_and_input),
	    cmocka_unit_test(expand_agrees_with_hmac),
	    cmocka_unit_test(expand_limits),
	    cmocka_unit_test(sha512_known),
	    cmocka_unit_test(derive_known),
	    cmocka_unit_test(without_algorithms),
	    cmocka_unit_test(failing_memory),
	};

	if (ossl_mem_install() != 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
