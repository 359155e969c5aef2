/* test_device: ids, the paper device, and keys that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/device.h"
#include "proto/err.h"

static void make(struct device_secret *secret, struct device_public *pub)
{
	assert_int_equal(device_generate(secret), 0);
	assert_int_equal(device_public_of(secret, pub), 0);
}

static void generated_keys_are_good_and_new(void **state)
{
	struct device_secret a, b;
	struct device_public pa, pb;

	(void)state;
	make(&a, &pa);
	make(&b, &pb);
	assert_memory_not_equal(&a, &b, sizeof a);
	assert_int_equal(device_check(&pa), 0);
	assert_int_equal(device_check_pair(&pa, &pb), 0);
	device_wipe(&a);
	assert_memory_equal(&a, &(struct device_secret){0}, sizeof a);
}

/* By the definition: SHA-256("kap1.device" 00 tls sign seal), first half; and only the order tells the keys apart. */
static void id_is_the_labelled_hash(void **state)
{
	static const uint8_t label[] = {'k', 'a', 'p', '1', '.', 'd', 'e', 'v', 'i', 'c', 'e', 0};
	struct device_secret secret;
	struct device_public pub, swapped;
	uint8_t did[DEVICE_ID], hash[CRYPTO_HASH];

	(void)state;
	make(&secret, &pub);
	assert_int_equal(device_id(&pub, did), 0);
	assert_int_equal(crypto_sha256((const struct crypto_bytes[]){{label, sizeof label}, {&pub, sizeof pub}}, 2, hash),
	                 0);
	assert_memory_equal(did, hash, DEVICE_ID);
	swapped = pub;
	memcpy(swapped.tls, pub.sign, CRYPTO_KEY);
	memcpy(swapped.sign, pub.tls, CRYPTO_KEY);
	assert_int_equal(device_id(&swapped, did), 0);
	assert_memory_not_equal(did, hash, DEVICE_ID);
}

static void paper_device_comes_from_the_code_alone(void **state)
{
	static const char code[] = "0123456789ABCDEFGHJKMNPQRS", other[] = "0123456789ABCDEFGHJKMNPQRT";
	struct device_secret a, b, c;
	struct device_public pub;

	(void)state;
	assert_int_equal(device_from_recovery(code, 26, &a), 0);
	assert_int_equal(device_from_recovery(code, 26, &b), 0);
	assert_int_equal(device_from_recovery(other, 26, &c), 0);
	assert_memory_equal(&a, &b, sizeof a);
	assert_memory_not_equal(a.tls, c.tls, CRYPTO_KEY);
	assert_memory_not_equal(a.sign, c.sign, CRYPTO_KEY);
	assert_memory_not_equal(a.seal, c.seal, CRYPTO_KEY);
	assert_int_equal(device_public_of(&a, &pub), 0);
	assert_int_equal(device_check(&pub), 0);
}

/* The points of small order of Curve25519, and encodings of them that are not reduced. */
static const uint8_t bad_seal[][CRYPTO_KEY] = {
    {0},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, /* 9, again */
    {9, [31] = 0x80},
};

static void bad_seal_keys_are_refused(void **state)
{
	static const uint8_t base[CRYPTO_KEY] = {9};
	struct device_secret secret;
	struct device_public pub;
	uint8_t key[CRYPTO_KEY];

	(void)state;
	make(&secret, &pub);
	for (size_t i = 0; i < sizeof bad_seal / sizeof bad_seal[0]; i++) {
		struct device_public bad = pub;

		assert_int_equal(device_check_seal_key(bad_seal[i]), ERR_KEY);
		memcpy(bad.seal, bad_seal[i], CRYPTO_KEY);
		assert_int_equal(device_check(&bad), ERR_KEY);
		assert_int_equal(device_check_pair(&pub, &bad), ERR_KEY);
	}
	assert_int_equal(device_check_seal_key(base), 0);
	/* the largest that is reduced and of large order: p - 2 or, should it lie on the twist, still no small order */
	memset(key, 0xff, sizeof key);
	key[0] = 0xeb;
	key[31] = 0x7f;
	assert_int_equal(device_check_seal_key(key), 0);
}

static void bad_sign_keys_are_refused(void **state)
{
	static const uint8_t identity[CRYPTO_KEY] = {1};
	struct device_secret secret;
	struct device_public pub, bad;

	(void)state;
	make(&secret, &pub);
	bad = pub;
	memcpy(bad.tls, identity, CRYPTO_KEY);
	assert_int_equal(device_check(&bad), ERR_KEY);
	bad = pub;
	memcpy(bad.sign, identity, CRYPTO_KEY);
	assert_int_equal(device_check(&bad), ERR_KEY);
	assert_int_equal(device_check(&pub), 0);
}

/* Every pair among the six keys that could be the same key in two places. */
static void all_keys_must_differ(void **state)
{
	struct device_secret sa, sb;
	struct device_public a, b;
	uint8_t *const at[] = {a.tls, a.sign, a.seal, b.tls, b.sign, b.seal};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < 6; j++) {
			make(&sa, &a);
			make(&sb, &b);
			assert_int_equal(device_check_pair(&a, &b), 0);
			if (i == j)
				continue;
			memcpy(at[i], at[j], CRYPTO_KEY);
			assert_int_equal(device_check_pair(&a, &b), ERR_KEY);
			if (i < 3 && j < 3)
				assert_int_equal(device_check(&a), ERR_KEY);
		}
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(generated_keys_are_good_and_new),
	    cmocka_unit_test(id_is_the_labelled_hash),
	    cmocka_unit_test(paper_device_comes_from_the_code_alone),
	    cmocka_unit_test(bad_seal_keys_are_refused),
	    cmocka_unit_test(bad_sign_keys_are_refused),
	    cmocka_unit_test(all_keys_must_differ),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
