/* device: makes, derives and checks the three keys of a device. Knows no chain and no person. */
#include <stdbool.h>
#include <string.h>

#include "crypto.h"
#include "err.h"
#include "label.h"

#include "device.h"

int device_generate(struct device_secret *secret)
{
	int err = crypto_random(secret, sizeof *secret);

	if (err)
		device_wipe(secret);
	return err;
}

int device_from_recovery(const char *code, size_t len, struct device_secret *secret)
{
	int err = crypto_derive(code, len, LABEL_RECOVERY_TLS, NULL, secret->tls, sizeof secret->tls);

	if (!err)
		err = crypto_derive(code, len, LABEL_RECOVERY_SIGN, NULL, secret->sign, sizeof secret->sign);
	if (!err)
		err = crypto_derive(code, len, LABEL_RECOVERY_SEAL, NULL, secret->seal, sizeof secret->seal);
	if (err)
		device_wipe(secret);
	return err;
}

int device_public_of(const struct device_secret *secret, struct device_public *pub)
{
	int err = crypto_sign_public(secret->tls, pub->tls);

	if (!err)
		err = crypto_sign_public(secret->sign, pub->sign);
	if (!err)
		err = crypto_x25519_public(secret->seal, pub->seal);
	if (err)
		memset(pub, 0, sizeof *pub);
	return err;
}

void device_wipe(struct device_secret *secret)
{
	crypto_wipe(secret, sizeof *secret);
}

int device_id(const struct device_public *pub, uint8_t did[DEVICE_ID])
{
	const struct crypto_bytes parts[] = {
	    {pub->tls, sizeof pub->tls}, {pub->sign, sizeof pub->sign}, {pub->seal, sizeof pub->seal}};
	uint8_t hash[CRYPTO_HASH];
	int err = crypto_hash(LABEL_DEVICE, parts, 3, hash);

	memcpy(did, hash, DEVICE_ID);
	return err;
}

/* True for a little-endian number below 2^255 - 19, so that one key has one encoding (RFC 7748 reads others too). */
static bool is_reduced(const uint8_t pub[CRYPTO_KEY])
{
	if (pub[CRYPTO_KEY - 1] != 0x7f)
		return pub[CRYPTO_KEY - 1] < 0x7f;
	for (size_t i = CRYPTO_KEY - 2; i > 0; i--)
		if (pub[i] != 0xff)
			return true;
	return pub[0] < 0xed;
}

int device_check_seal_key(const uint8_t pub[CRYPTO_KEY])
{
	/* Every scalar is a multiple of the cofactor, so any one of them sends the small orders to zero. */
	static const uint8_t scalar[CRYPTO_KEY] = {1};
	uint8_t shared[CRYPTO_KEY];

	if (!is_reduced(pub))
		return ERR_KEY;
	return crypto_x25519(scalar, pub, shared);
}

static int check_keys(const struct device_public *pub)
{
	int err = crypto_sign_key_check(pub->tls);

	if (!err)
		err = crypto_sign_key_check(pub->sign);
	if (!err)
		err = device_check_seal_key(pub->seal);
	return err;
}

static int check_distinct(const uint8_t *const keys[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (crypto_equal(keys[i], keys[j], CRYPTO_KEY))
				return ERR_KEY;
	return 0;
}

int device_check(const struct device_public *pub)
{
	const uint8_t *const keys[] = {pub->tls, pub->sign, pub->seal};
	int err = check_keys(pub);

	return err ? err : check_distinct(keys, 3);
}

int device_check_pair(const struct device_public *a, const struct device_public *b)
{
	const uint8_t *const keys[] = {a->tls, a->sign, a->seal, b->tls, b->sign, b->seal};
	int err = check_keys(a);

	if (!err)
		err = check_keys(b);
	return err ? err : check_distinct(keys, 6);
}
