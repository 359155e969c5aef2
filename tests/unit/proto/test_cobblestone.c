/* test_cobblestone: another implementation's answers, every length around a chunk, every damage and every rearrangement
 * of chunks refused, nothing released. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/err.h>

#include "proto/cobblestone.h"
#include "proto/err.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/ossl_rand.h"
#include "tests/unit/support/vector.h"

#define SEALED_CHUNK (COBBLESTONE_CHUNK + CRYPTO_TAG)
#define PLAIN_MAX 300000

static const uint8_t key[CRYPTO_KEY] = "a key of exactly thirty-two byte";
static const uint8_t salt[COBBLESTONE_SALT] = "salt of twenty-four byte";
static const char context[] = "what it is bound to";
static uint8_t plain[PLAIN_MAX], out[PLAIN_MAX + 1000], sealed[PLAIN_MAX + 1000];
static const uint8_t zero[PLAIN_MAX];

static size_t seal(size_t len)
{
	assert_int_equal(cobblestone_seal_salt(key, context, sizeof context, salt, plain, len, sealed), 0);
	return cobblestone_size(len);
}

static int open_stream(const void *in, size_t len, size_t *plain_len)
{
	memset(out, 0xaa, sizeof out);
	*plain_len = 99;
	return cobblestone_open(key, context, sizeof context, in, len, out, plain_len);
}

/* Refused, with exactly as many zeros as it would have been plaintext, none where the length alone is impossible. */
static int refused(const void *in, size_t len)
{
	size_t body = len < COBBLESTONE_HEADER ? 0 : len - COBBLESTONE_HEADER, plain_len;
	size_t size = body % SEALED_CHUNK < CRYPTO_TAG ? 0 : body - (body / SEALED_CHUNK + 1) * CRYPTO_TAG;
	int rc = open_stream(in, len, &plain_len);

	assert_int_equal(ERR_peek_error(), 0);
	return rc == ERR_OPEN && plain_len == 0 && memcmp(out, zero, size) == 0 && out[size] == 0xaa;
}

static void known_answers(void **state)
{
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/cobblestone.txt", 6); vector_next(&v);) {
		const uint8_t *k = vector_fixed(&v, 0, CRYPTO_KEY), *bound = vector_hex(&v, 1);
		const uint8_t *s = vector_fixed(&v, 2, COBBLESTONE_SALT), *sum = vector_fixed(&v, 4, CRYPTO_HASH);
		const uint8_t *stream = vector_hex(&v, 5);
		size_t len = vector_number(&v, 3), size = cobblestone_size(len), plain_len;
		const struct crypto_bytes part = {sealed, size};
		uint8_t got[CRYPTO_HASH];

		assert_true(len <= PLAIN_MAX && size < sizeof sealed);
		memset(sealed, 0xaa, sizeof sealed);
		assert_int_equal(cobblestone_seal_salt(k, bound, v.len[1], s, plain, len, sealed), 0);
		assert_int_equal(sealed[size], 0xaa);
		assert_int_equal(crypto_sha256(&part, 1, got), 0);
		assert_memory_equal(got, sum, sizeof got);
		if (len <= 72) {
			assert_int_equal(v.len[5], size);
			assert_memory_equal(sealed, stream, size);
		}
		memset(out, 0xaa, sizeof out);
		assert_int_equal(cobblestone_open(k, bound, v.len[1], sealed, size, out, &plain_len), 0);
		assert_int_equal(plain_len, len);
		assert_memory_equal(out, plain, len);
		assert_int_equal(out[len], 0xaa);
	}
	assert_int_equal(v.rows, 60);
}

static void sizes(void **state)
{
	const uint64_t most = ((uint64_t)COBBLESTONE_CHUNK << 38) - 1;

	(void)state;
	assert_int_equal(cobblestone_size(0), 72);
	assert_int_equal(cobblestone_size(1), 73);
	assert_int_equal(cobblestone_size(COBBLESTONE_CHUNK - 1), 56 + 16383 + 16);
	assert_int_equal(cobblestone_size(COBBLESTONE_CHUNK), 56 + 16384 + 32);
	assert_int_equal(cobblestone_size(COBBLESTONE_CHUNK + 1), 56 + 16385 + 32);
	assert_int_equal(cobblestone_size(most), most + 56 + ((uint64_t)CRYPTO_TAG << 38));
	assert_int_equal(cobblestone_size(most + 1), 0);
	assert_int_equal(cobblestone_size(SIZE_MAX), 0);
}

static void a_fresh_salt_each_time(void **state)
{
	uint8_t one[100], two[100];
	size_t plain_len;

	(void)state;
	assert_int_equal(cobblestone_seal(key, context, sizeof context, plain, 20, one), 0);
	assert_int_equal(cobblestone_seal(key, context, sizeof context, plain, 20, two), 0);
	assert_memory_not_equal(one, two, COBBLESTONE_SALT);
	assert_memory_not_equal(one + 56, two + 56, 20);
	assert_int_equal(open_stream(one, 92, &plain_len), 0);
	assert_int_equal(plain_len, 20);
	assert_memory_equal(out, plain, 20);
	assert_int_equal(open_stream(two, 92, &plain_len), 0);
	assert_int_equal(cobblestone_seal(key, NULL, 0, NULL, 0, one), 0);
	assert_int_equal(cobblestone_open(key, NULL, 0, one, 72, out, &plain_len), 0);
	assert_int_equal(plain_len, 0);
}

static void every_damage_is_refused(void **state)
{
	static const size_t lens[] = {0, 1, 40};
	size_t size, plain_len;
	struct mutate m;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size = seal(lens[i]);
		assert_int_equal(open_stream(sealed, size, &plain_len), 0);
		for (mutate_begin(&m, MUTATE_ALL, sealed, size); mutate_next(&m);)
			if (!refused(m.data, m.len))
				fail_msg("accepted: %s", mutate_what(&m));
		assert_true(m.count > size * 8);
	}
}

/* Three chunks, and a stride that is prime to a chunk's length, to be done in a moment. */
static void damage_of_a_longer_stream_is_refused(void **state)
{
	size_t size = seal(2 * COBBLESTONE_CHUNK + 3), plain_len;
	struct mutate m;

	(void)state;
	assert_int_equal(open_stream(sealed, size, &plain_len), 0);
	mutate_begin(&m, MUTATE_ALL, sealed, size);
	mutate_stride(&m, 997);
	while (mutate_next(&m))
		if (!refused(m.data, m.len))
			fail_msg("accepted: %s", mutate_what(&m));
}

static void every_cut_is_refused(void **state)
{
	size_t size = seal(COBBLESTONE_CHUNK + 5);

	(void)state;
	for (size_t len = 0; len < size; len = len == 100 ? COBBLESTONE_CHUNK + 16 : len + 1)
		assert_true(refused(sealed, len));
	/* a whole number of full chunks: the end is missing */
	assert_true(refused(sealed, COBBLESTONE_HEADER));
	assert_true(refused(sealed, COBBLESTONE_HEADER + SEALED_CHUNK));
}

static void chunks_keep_their_places(void **state)
{
	size_t size = seal(3 * COBBLESTONE_CHUNK + 7), plain_len, last = size - COBBLESTONE_HEADER - 3 * SEALED_CHUNK;
	uint8_t *moved = malloc(size + SEALED_CHUNK), *body = moved + COBBLESTONE_HEADER;
	const uint8_t *was = sealed + COBBLESTONE_HEADER;

	(void)state;
	assert_non_null(moved);
	memcpy(moved, sealed, size);
	assert_int_equal(open_stream(moved, size, &plain_len), 0);
	/* swapped */
	memcpy(body, was + SEALED_CHUNK, SEALED_CHUNK);
	memcpy(body + SEALED_CHUNK, was, SEALED_CHUNK);
	assert_true(refused(moved, size));
	/* one twice, in place of its neighbour, and added */
	memcpy(body, was, SEALED_CHUNK);
	assert_true(refused(moved, size));
	memcpy(body + SEALED_CHUNK, was, size - COBBLESTONE_HEADER);
	assert_true(refused(moved, size + SEALED_CHUNK));
	/* the first, a middle and the last full one left out */
	for (size_t i = 0; i < 3; i++) {
		memcpy(moved, sealed, size);
		memmove(body + i * SEALED_CHUNK, body + (i + 1) * SEALED_CHUNK, (2 - i) * SEALED_CHUNK + last);
		assert_true(refused(moved, size - SEALED_CHUNK));
	}
	/* the last one twice */
	memcpy(moved, sealed, size);
	memcpy(moved + size, moved + size - last, last);
	assert_true(refused(moved, size + last));
	free(moved);
}

/* A stream and a chunk of another under the same key, with the same salt, do not mix unless they say the same. */
static void chunks_of_another_stream(void **state)
{
	uint8_t other[COBBLESTONE_HEADER + 40];
	size_t plain_len;

	(void)state;
	seal(24);
	memcpy(other, sealed, sizeof other);
	assert_int_equal(cobblestone_seal(key, context, sizeof context, plain, 24, sealed), 0);
	memcpy(other + COBBLESTONE_HEADER, sealed + COBBLESTONE_HEADER, 40);
	assert_true(refused(other, sizeof other));
	assert_int_equal(open_stream(sealed, 96, &plain_len), 0);
	/* the salt of one with the commitment of the other, and the other way round */
	memcpy(other, sealed, COBBLESTONE_SALT);
	assert_true(refused(other, sizeof other));
	memcpy(other, sealed, COBBLESTONE_HEADER);
	assert_int_equal(open_stream(other, sizeof other, &plain_len), 0);
}

static void key_and_context_are_bound(void **state)
{
	size_t size = seal(40), plain_len;
	struct mutate m;

	(void)state;
	for (mutate_begin(&m, MUTATE_BITS, key, sizeof key); mutate_next(&m);) {
		memset(out, 0xaa, 100);
		assert_int_equal(cobblestone_open(m.data, context, sizeof context, sealed, size, out, &plain_len), ERR_OPEN);
		assert_memory_equal(out, zero, 40);
		assert_int_equal(plain_len, 0);
	}
	for (mutate_begin(&m, MUTATE_ALL, context, sizeof context); mutate_next(&m);)
		assert_int_equal(cobblestone_open(key, m.data, m.len, sealed, size, out, &plain_len), ERR_OPEN);
	assert_int_equal(cobblestone_open(key, NULL, 0, sealed, size, out, &plain_len), ERR_OPEN);
	assert_int_equal(cobblestone_open(key, context, sizeof context, sealed, size, out, &plain_len), 0);
}

static void limits(void **state)
{
	static const uint8_t text[COBBLESTONE_CONTEXT_MAX + 1];
	size_t size = cobblestone_size(5), plain_len = 1;

	(void)state;
	assert_int_equal(cobblestone_seal(key, text, COBBLESTONE_CONTEXT_MAX, plain, 5, sealed), 0);
	assert_int_equal(cobblestone_open(key, text, COBBLESTONE_CONTEXT_MAX, sealed, size, out, &plain_len), 0);
	assert_int_equal(plain_len, 5);
	memset(out, 0xaa, 100);
	assert_int_equal(cobblestone_open(key, text, COBBLESTONE_CONTEXT_MAX + 1, sealed, size, out, &plain_len),
	                 ERR_RANGE);
	assert_int_equal(plain_len, 0);
	assert_memory_equal(out, zero, 5);
	memset(sealed, 0xaa, 100);
	assert_int_equal(cobblestone_seal(key, text, COBBLESTONE_CONTEXT_MAX + 1, plain, 5, sealed), ERR_RANGE);
	assert_memory_equal(sealed, zero, size);
	assert_int_equal(sealed[size], 0xaa);
	memset(sealed, 0xaa, 100);
	assert_int_equal(cobblestone_seal(key, NULL, 0, plain, SIZE_MAX, sealed), ERR_RANGE);
	assert_int_equal(sealed[0], 0xaa);
}

/* The damage is in the last chunk, so all before it was already opened: none of that may stay. */
static void nothing_is_released_of_a_long_stream(void **state)
{
	size_t size = seal(PLAIN_MAX), plain_len;

	(void)state;
	assert_int_equal(open_stream(sealed, size, &plain_len), 0);
	assert_int_equal(plain_len, PLAIN_MAX);
	sealed[size - 1] ^= 1;
	assert_int_equal(open_stream(sealed, size, &plain_len), ERR_OPEN);
	assert_int_equal(plain_len, 0);
	assert_memory_equal(out, zero, PLAIN_MAX);
	assert_int_equal(out[PLAIN_MAX], 0xaa);
}

static void failing_memory(void **state)
{
	const size_t len = COBBLESTONE_CHUNK + 5, size = cobblestone_size(len);
	uint8_t *want = malloc(size);
	size_t plain_len;
	int rc = -1;

	(void)state;
	assert_non_null(want);
	assert_int_equal(cobblestone_seal_salt(key, context, sizeof context, salt, plain, len, want), 0);
	ossl_mem_watch(key, sizeof key);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(sealed, 0xaa, size);
		rc = cobblestone_seal_salt(key, context, sizeof context, salt, plain, len, sealed);
		ossl_mem_stop();
		assert_memory_equal(sealed, rc == 0 ? want : zero, size);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, len);
		rc = cobblestone_open(key, context, sizeof context, want, size, out, &plain_len);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? plain : zero, len);
		assert_int_equal(plain_len, rc == 0 ? len : 0);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(ossl_mem_found(), 0);
	ossl_mem_watch(NULL, 0);
	free(want);
}

static void without_algorithms(void **state)
{
	size_t size = seal(40), plain_len;

	(void)state;
	crypto_fini();
	assert_int_equal(open_stream(sealed, size, &plain_len), ERR_CRYPTO);
	assert_memory_equal(out, zero, 40);
	assert_int_equal(cobblestone_seal(key, context, sizeof context, plain, 40, sealed), ERR_CRYPTO);
	assert_memory_equal(sealed, zero, size);
	assert_int_equal(crypto_init(), 0);
}

static void without_randomness(void **state)
{
	size_t size = cobblestone_size(40);

	(void)state;
	memset(sealed, 0xaa, size + 1);
	ossl_rand_break();
	assert_int_equal(cobblestone_seal(key, context, sizeof context, plain, 40, sealed), ERR_CRYPTO);
	assert_memory_equal(sealed, zero, size);
	assert_int_equal(sealed[size], 0xaa);
	/* too long is said first, and nothing is wiped that is not there */
	assert_int_equal(cobblestone_seal(key, context, sizeof context, plain, SIZE_MAX, sealed), ERR_RANGE);
	ossl_rand_mend();
	assert_int_equal(cobblestone_seal(key, context, sizeof context, plain, 40, sealed), 0);
}

static int start(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (uint8_t)(i * 7 + 3);
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
	    cmocka_unit_test(sizes),
	    cmocka_unit_test(a_fresh_salt_each_time),
	    cmocka_unit_test(every_damage_is_refused),
	    cmocka_unit_test(damage_of_a_longer_stream_is_refused),
	    cmocka_unit_test(every_cut_is_refused),
	    cmocka_unit_test(chunks_keep_their_places),
	    cmocka_unit_test(chunks_of_another_stream),
	    cmocka_unit_test(key_and_context_are_bound),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(nothing_is_released_of_a_long_stream),
	    cmocka_unit_test(failing_memory),
	    cmocka_unit_test(without_randomness),
	    cmocka_unit_test(without_algorithms),
	};

	if (ossl_mem_install() != 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
