/* test_hpke: the RFC's vectors of every mode through the same steps, another implementation's for AES-256-GCM, and
 * every damage refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "proto/err.h"
#include "proto/hpke.h"
#include "proto/hpke_internal.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/ossl_rand.h"
#include "tests/unit/support/vector.h"

#define PLAIN 72
#define SEALED (PLAIN + HPKE_OVERHEAD)

static const uint8_t zero[512];
static const char info[] = "what it is bound to";
static uint8_t priv[CRYPTO_KEY], pub[CRYPTO_KEY], plain[PLAIN], sealed[SEALED];

/* The RFC's vectors use AEADs that the project does not. */
static void other_aead(const char *name, const struct hpke_context *context, const struct crypto_bytes *aad,
                       const struct crypto_bytes *pt, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	assert_int_equal(EVP_EncryptInit_ex2(ctx, cipher, context->key, context->nonce, NULL), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &n, aad->data, (int)aad->len), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, out, &n, pt->data, (int)pt->len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, out + n, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG, out + pt->len), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

enum { MODE, AEAD, INFO, SK_E, SK_R, SK_S, PK_S, PSK, PSK_ID, ENC, PT, AAD, NONCE, CT, COLUMNS };

static struct crypto_bytes column(struct vector *v, size_t i)
{
	const uint8_t *data = vector_hex(v, i);

	return (struct crypto_bytes){data, v->len[i]};
}

static void check_rfc_row(struct vector *v)
{
	unsigned long mode = vector_number(v, MODE), aead = vector_number(v, AEAD);
	const uint8_t *sender = mode >= 2 ? vector_fixed(v, SK_S, CRYPTO_KEY) : NULL;
	const uint8_t *sender_pub = mode >= 2 ? vector_fixed(v, PK_S, CRYPTO_KEY) : NULL;
	const struct hpke_opts opts = {.aead = (uint16_t)aead,
	                               .authenticated = mode >= 2,
	                               .info = column(v, INFO),
	                               .psk = column(v, PSK),
	                               .psk_id = column(v, PSK_ID)};
	const struct crypto_bytes pt = column(v, PT), aad = column(v, AAD);
	struct crypto_x25519_key *key;
	struct hpke_context context;
	uint8_t pk[CRYPTO_KEY], enc[HPKE_ENC], sent[CRYPTO_HASH], received[CRYPTO_HASH], out[200];

	assert_int_equal((mode & 1) != 0, opts.psk.len > 0);
	assert_int_equal(crypto_x25519_key_new(vector_fixed(v, SK_R, CRYPTO_KEY), &key), 0);
	assert_int_equal(crypto_x25519_key_public(key, pk), 0);
	assert_int_equal(hpke_encap(vector_fixed(v, SK_E, CRYPTO_KEY), sender, pk, enc, sent), 0);
	assert_memory_equal(enc, vector_fixed(v, ENC, HPKE_ENC), HPKE_ENC);
	assert_int_equal(hpke_decap(key, sender_pub, enc, received), 0);
	assert_memory_equal(sent, received, sizeof sent);
	crypto_x25519_key_free(key);

	assert_int_equal(hpke_schedule(&opts, sent, &context), 0);
	assert_memory_equal(context.nonce, vector_fixed(v, NONCE, CRYPTO_NONCE), CRYPTO_NONCE);
	assert_true(pt.len + CRYPTO_TAG <= sizeof out);
	other_aead(aead == HPKE_AES_128_GCM ? "AES-128-GCM" : "ChaCha20-Poly1305", &context, &aad, &pt, out);
	assert_memory_equal(out, vector_fixed(v, CT, pt.len + CRYPTO_TAG), pt.len + CRYPTO_TAG);
}

static void rfc_vectors(void **state)
{
	unsigned seen = 0;
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/hpke-rfc9180.txt", COLUMNS); vector_next(&v);) {
		check_rfc_row(&v);
		seen |= 1u << (vector_number(&v, MODE) * 4 + vector_number(&v, AEAD));
	}
	assert_int_equal(v.rows, 8);
	assert_int_equal(seen, 0xaaaa); /* AEADs 1 and 3 of each of the four modes */
}

static void aes256_vectors(void **state)
{
	struct vector v;

	(void)state;
	for (vector_open(&v, "tests/vectors/hpke-aes256gcm.txt", 6); vector_next(&v);) {
		const struct crypto_bytes bound = column(&v, 0), pt = column(&v, 4);
		const uint8_t *recipient = vector_fixed(&v, 2, CRYPTO_KEY), *to = vector_fixed(&v, 3, CRYPTO_KEY);
		const uint8_t *want = vector_fixed(&v, 5, pt.len + HPKE_OVERHEAD);
		struct crypto_x25519_key *key;
		uint8_t out[400];

		assert_true(pt.len + HPKE_OVERHEAD < sizeof out);
		memset(out, 0xaa, sizeof out);
		assert_int_equal(hpke_seal_ephemeral(vector_fixed(&v, 1, CRYPTO_KEY), to, &bound, &pt, out), 0);
		assert_memory_equal(out, want, pt.len + HPKE_OVERHEAD);
		assert_int_equal(out[pt.len + HPKE_OVERHEAD], 0xaa);
		memset(out, 0xaa, sizeof out);
		assert_int_equal(hpke_open(recipient, bound.data, bound.len, want, pt.len + HPKE_OVERHEAD, out), 0);
		assert_memory_equal(out, pt.data, pt.len);
		assert_int_equal(out[pt.len], 0xaa);
		assert_int_equal(crypto_x25519_key_new(recipient, &key), 0);
		memset(out, 0xaa, sizeof out);
		assert_int_equal(hpke_open_with(key, bound.data, bound.len, want, pt.len + HPKE_OVERHEAD, out), 0);
		assert_memory_equal(out, pt.data, pt.len);
		crypto_x25519_key_free(key);
	}
	assert_int_equal(v.rows, 36);
}

static void seals_and_opens(void **state)
{
	uint8_t again[SEALED], out[PLAIN + 1];

	(void)state;
	for (size_t len = 0; len < sizeof info; len++) {
		memset(again, 0xaa, sizeof again);
		memset(out, 0xaa, sizeof out);
		assert_int_equal(hpke_seal(pub, info, len, plain, len, again), 0);
		assert_int_equal(again[len + HPKE_OVERHEAD], 0xaa);
		assert_int_equal(hpke_open(priv, info, len, again, len + HPKE_OVERHEAD, out), 0);
		assert_memory_equal(out, plain, len);
		assert_int_equal(out[len], 0xaa);
	}
	/* a fresh ephemeral key each time */
	assert_int_equal(hpke_seal(pub, info, sizeof info, plain, PLAIN, again), 0);
	assert_memory_not_equal(again, sealed, HPKE_ENC);
	assert_memory_not_equal(again + HPKE_ENC, sealed + HPKE_ENC, PLAIN);
}

static void every_damage_is_refused(void **state)
{
	uint8_t out[PLAIN + 2];
	struct mutate m;

	(void)state;
	assert_int_equal(hpke_open(priv, info, sizeof info, sealed, SEALED, out), 0);
	assert_memory_equal(out, plain, PLAIN);
	for (mutate_begin(&m, MUTATE_ALL, sealed, SEALED); mutate_next(&m);) {
		size_t n = m.len > HPKE_OVERHEAD ? m.len - HPKE_OVERHEAD : 0;

		memset(out, 0xaa, sizeof out);
		if (hpke_open(priv, info, sizeof info, m.data, m.len, out) != ERR_OPEN)
			fail_msg("accepted: %s", mutate_what(&m));
		assert_memory_equal(out, zero, n);
		assert_int_equal(out[n], 0xaa);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_true(m.count > SEALED * 8);
}

static void key_and_info_are_bound(void **state)
{
	uint8_t other[CRYPTO_KEY], out[PLAIN];
	struct mutate m;

	(void)state;
	for (mutate_begin(&m, MUTATE_ALL, info, sizeof info); mutate_next(&m);) {
		memset(out, 0xaa, sizeof out);
		assert_int_equal(hpke_open(priv, m.data, m.len, sealed, SEALED, out), ERR_OPEN);
		assert_memory_equal(out, zero, sizeof out);
	}
	assert_int_equal(hpke_open(priv, NULL, 0, sealed, SEALED, out), ERR_OPEN);
	assert_int_equal(crypto_random(other, sizeof other), 0);
	assert_int_equal(hpke_open(other, info, sizeof info, sealed, SEALED, out), ERR_OPEN);
	assert_int_equal(hpke_open(priv, info, sizeof info, sealed, SEALED, out), 0);
}

static void small_order_keys(void **state)
{
	uint8_t out[SEALED], bad[SEALED];

	(void)state;
	memset(out, 0xaa, sizeof out);
	assert_int_equal(hpke_seal(zero, info, sizeof info, plain, PLAIN, out), ERR_KEY);
	assert_memory_equal(out, zero, sizeof out);
	memcpy(bad, sealed, sizeof bad);
	memset(bad, 0, HPKE_ENC);
	memset(out, 0xaa, sizeof out);
	assert_int_equal(hpke_open(priv, info, sizeof info, bad, SEALED, out), ERR_OPEN);
	assert_memory_equal(out, zero, PLAIN);
	assert_int_equal(ERR_peek_error(), 0);
}

static void lengths(void **state)
{
	const struct crypto_bytes infos = {info, sizeof info}, vast = {plain, CRYPTO_AEAD_MAX + 1};
	struct crypto_x25519_key *key;
	uint8_t out[1] = {0xaa};

	(void)state;
	for (size_t len = 0; len < HPKE_OVERHEAD; len++)
		assert_int_equal(hpke_open(priv, info, sizeof info, sealed, len, out), ERR_OPEN);
	assert_int_equal(hpke_seal(pub, info, sizeof info, plain, CRYPTO_AEAD_MAX + 1, out), ERR_RANGE);
	assert_int_equal(hpke_seal(pub, info, sizeof info, plain, SIZE_MAX, out), ERR_RANGE);
	assert_int_equal(hpke_seal_ephemeral(priv, pub, &infos, &vast, out), ERR_RANGE);
	assert_int_equal(hpke_open(priv, info, sizeof info, sealed, CRYPTO_AEAD_MAX + HPKE_OVERHEAD + 1, out), ERR_RANGE);
	assert_int_equal(crypto_x25519_key_new(priv, &key), 0);
	assert_int_equal(hpke_open_with(key, info, sizeof info, sealed, HPKE_OVERHEAD - 1, out), ERR_OPEN);
	assert_int_equal(hpke_open_with(key, info, sizeof info, sealed, SIZE_MAX, out), ERR_RANGE);
	crypto_x25519_key_free(key);
	assert_int_equal(out[0], 0xaa);
}

/* Modes, AEAD and pre-shared key all go into what is derived; an unknown AEAD derives nothing. */
static void schedule_is_bound(void **state)
{
	const uint8_t secret[CRYPTO_HASH] = {7};
	const struct crypto_bytes some = {"some", 4}, empty = {NULL, 0};
	const struct hpke_opts opts[] = {
	    {HPKE_AES_256_GCM, 0, some, empty, empty},       {HPKE_CHACHA20_POLY1305, 0, some, empty, empty},
	    {HPKE_AES_256_GCM, 1, some, empty, empty},       {HPKE_AES_256_GCM, 0, some, some, some},
	    {HPKE_AES_256_GCM, 1, some, some, some},         {HPKE_AES_256_GCM, 0, empty, empty, empty},
	    {HPKE_AES_256_GCM, 0, some, some, {"other", 5}},
	};
	const struct hpke_opts unknown[] = {{0, 0, some, empty, empty}, {4, 0, some, empty, empty}};
	struct hpke_context got[sizeof opts / sizeof opts[0]], none;

	(void)state;
	for (size_t i = 0; i < sizeof opts / sizeof opts[0]; i++) {
		assert_int_equal(hpke_schedule(&opts[i], secret, &got[i]), 0);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(got[i].key, got[j].key, CRYPTO_KEY);
	}
	for (size_t i = 0; i < 2; i++) {
		memset(&none, 0xaa, sizeof none);
		assert_int_equal(hpke_schedule(&unknown[i], secret, &none), ERR_RANGE);
		assert_memory_equal(&none, zero, sizeof none);
	}
}

static void failing_memory(void **state)
{
	const struct crypto_bytes infos = {info, sizeof info}, plains = {plain, PLAIN};
	const uint8_t ephemeral[CRYPTO_KEY] = "ephemeral, but here always same";
	uint8_t want[SEALED], out[SEALED];
	int rc = -1;

	(void)state;
	assert_int_equal(hpke_seal_ephemeral(ephemeral, pub, &infos, &plains, want), 0);
	ossl_mem_watch(ephemeral, sizeof ephemeral);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = hpke_seal_ephemeral(ephemeral, pub, &infos, &plains, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? want : zero, sizeof out);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(ossl_mem_found(), 0);
	ossl_mem_watch(priv, sizeof priv);
	for (ossl_mem_begin(); ossl_mem_next();) {
		memset(out, 0xaa, sizeof out);
		rc = hpke_open(priv, info, sizeof info, want, SEALED, out);
		ossl_mem_stop();
		assert_memory_equal(out, rc == 0 ? plain : zero, PLAIN);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(ossl_mem_found(), 0);
	ossl_mem_watch(NULL, 0);
}

static void without_algorithms(void **state)
{
	uint8_t out[SEALED];

	(void)state;
	crypto_fini();
	memset(out, 0xaa, sizeof out);
	assert_int_equal(hpke_seal(pub, info, sizeof info, plain, PLAIN, out), ERR_CRYPTO);
	assert_memory_equal(out, zero, SEALED);
	memset(out, 0xaa, sizeof out);
	assert_int_equal(hpke_open(priv, info, sizeof info, sealed, SEALED, out), ERR_CRYPTO);
	assert_memory_equal(out, zero, PLAIN);
	assert_int_equal(crypto_init(), 0);
}

/* No randomness, no sealing: rather nothing than under a key that somebody knows. */
static void without_randomness(void **state)
{
	uint8_t out[SEALED];

	(void)state;
	memset(out, 0xaa, sizeof out);
	ossl_rand_break();
	assert_int_equal(hpke_seal(pub, info, sizeof info, plain, PLAIN, out), ERR_CRYPTO);
	ossl_rand_mend();
	assert_memory_equal(out, zero, sizeof out);
	assert_int_equal(hpke_seal(pub, info, sizeof info, plain, PLAIN, out), 0);
}

static int start(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < PLAIN; i++)
		plain[i] = (uint8_t)(i * 3 + 1);
	return crypto_init() != 0 || crypto_random(priv, sizeof priv) != 0 || crypto_x25519_public(priv, pub) != 0 ||
	       hpke_seal(pub, info, sizeof info, plain, PLAIN, sealed) != 0;
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
	    cmocka_unit_test(rfc_vectors),
	    cmocka_unit_test(aes256_vectors),
	    cmocka_unit_test(seals_and_opens),
	    cmocka_unit_test(every_damage_is_refused),
	    cmocka_unit_test(key_and_info_are_bound),
	    cmocka_unit_test(small_order_keys),
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(schedule_is_bound),
	    cmocka_unit_test(failing_memory),
	    cmocka_unit_test(without_randomness),
	    cmocka_unit_test(without_algorithms),
	};

	if (ossl_mem_install() != 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
