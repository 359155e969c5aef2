/* crypto_curve: the Ed25519 and X25519 part of crypto.h. Parsing a private key costs OpenSSL as much as using it,
 * because it works the public key out each time; hence the keys that can be kept. */
#include "crypto.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "crypto_internal.h"
#include "err.h"

struct crypto_sign_key {
	EVP_PKEY *pkey;
};

struct crypto_x25519_key {
	EVP_PKEY *pkey;
};

static const char ED25519[] = "ED25519";
static const char X25519[] = "X25519";

static int curve_private(const char *type, const uint8_t priv[CRYPTO_KEY], EVP_PKEY **pkey)
{
	*pkey = EVP_PKEY_new_raw_private_key_ex(NULL, type, NULL, priv, CRYPTO_KEY);
	return crypto_result(*pkey != NULL ? 0 : ERR_CRYPTO);
}

static int curve_public(const char *type, const uint8_t pub[CRYPTO_KEY], EVP_PKEY **pkey)
{
	*pkey = EVP_PKEY_new_raw_public_key_ex(NULL, type, NULL, pub, CRYPTO_KEY);
	return crypto_result(*pkey != NULL ? 0 : ERR_CRYPTO);
}

static int public_of(const EVP_PKEY *pkey, uint8_t pub[CRYPTO_KEY])
{
	size_t len = CRYPTO_KEY;

	if (EVP_PKEY_get_raw_public_key(pkey, pub, &len) == 1 && len == CRYPTO_KEY)
		return 0;
	crypto_wipe(pub, CRYPTO_KEY);
	return crypto_result(ERR_CRYPTO);
}

static int public_from(const char *type, const uint8_t priv[CRYPTO_KEY], uint8_t pub[CRYPTO_KEY])
{
	EVP_PKEY *pkey;
	int rc = curve_private(type, priv, &pkey);

	if (rc == 0)
		rc = public_of(pkey, pub);
	else
		crypto_wipe(pub, CRYPTO_KEY);
	EVP_PKEY_free(pkey);
	return rc;
}

int crypto_sign_public(const uint8_t seed[CRYPTO_KEY], uint8_t pub[CRYPTO_KEY])
{
	return public_from(ED25519, seed, pub);
}

int crypto_sign_key_new(const uint8_t seed[CRYPTO_KEY], struct crypto_sign_key **key)
{
	struct crypto_sign_key *made = calloc(1, sizeof *made);
	int rc = made != NULL ? curve_private(ED25519, seed, &made->pkey) : ERR_NOMEM;

	*key = NULL;
	if (rc == 0) {
		*key = made;
		made = NULL;
	}
	crypto_sign_key_free(made);
	return rc;
}

void crypto_sign_key_free(struct crypto_sign_key *key)
{
	if (key != NULL)
		EVP_PKEY_free(key->pkey);
	free(key);
}

int crypto_sign_with(const struct crypto_sign_key *key, const char *label, const struct crypto_bytes *parts, size_t n,
                     uint8_t sig[CRYPTO_SIG])
{
	EVP_MD_CTX *ctx = NULL;
	struct buf msg;
	size_t len = CRYPTO_SIG;
	int rc = crypto_join(&msg, label, parts, n);

	if (rc != 0)
		goto out;
	rc = ERR_CRYPTO;
	ctx = EVP_MD_CTX_new();
	if (ctx != NULL && EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1 &&
	    EVP_DigestSign(ctx, sig, &len, msg.data, msg.len) == 1 && len == CRYPTO_SIG)
		rc = 0;
out:
	EVP_MD_CTX_free(ctx);
	buf_wipe(&msg);
	if (rc != 0)
		crypto_wipe(sig, CRYPTO_SIG);
	return crypto_result(rc);
}

int crypto_sign(const uint8_t seed[CRYPTO_KEY], const char *label, const struct crypto_bytes *parts, size_t n,
                uint8_t sig[CRYPTO_SIG])
{
	struct crypto_sign_key *key;
	int rc = crypto_sign_key_new(seed, &key);

	if (rc == 0)
		rc = crypto_sign_with(key, label, parts, n, sig);
	else
		crypto_wipe(sig, CRYPTO_SIG);
	crypto_sign_key_free(key);
	return rc;
}

int crypto_verify_raw(const uint8_t pub[CRYPTO_KEY], const void *msg, size_t len, const uint8_t sig[CRYPTO_SIG])
{
	EVP_PKEY *pkey;
	EVP_MD_CTX *ctx = NULL;
	int rc = curve_public(ED25519, pub, &pkey);

	if (rc != 0)
		goto out;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL || EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) != 1)
		rc = ERR_CRYPTO;
	else if (EVP_DigestVerify(ctx, sig, CRYPTO_SIG, len > 0 ? msg : "", len) != 1)
		rc = ERR_SIGNATURE;
out:
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return crypto_result(rc);
}

int crypto_verify(const uint8_t pub[CRYPTO_KEY], const char *label, const struct crypto_bytes *parts, size_t n,
                  const uint8_t sig[CRYPTO_SIG])
{
	struct buf msg;
	int rc = crypto_sign_key_check(pub);

	if (rc != 0)
		return rc;
	rc = crypto_join(&msg, label, parts, n);
	if (rc == 0)
		rc = crypto_verify_raw(pub, msg.data, msg.len, sig);
	buf_wipe(&msg);
	return rc;
}

/* A public key is y, little-endian, with the sign of x in the top bit. The points of small order have these five y,
 * with either sign: the two of order 8, the one of order 4, the identity and the one of order 2. y of p and above are
 * the non-canonical forms, of these points and of others. Under a key of small order, whoever likes can make
 * signatures. */
static const uint8_t small_y[][CRYPTO_KEY] = {
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
     0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
     0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0x00},
    {0x01},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

/* p = 2^255 - 19 */
static bool at_least_p(const uint8_t y[CRYPTO_KEY])
{
	if (y[0] < 0xed || y[31] != 0x7f)
		return false;
	for (size_t i = 1; i < 31; i++)
		if (y[i] != 0xff)
			return false;
	return true;
}

int crypto_sign_key_check(const uint8_t pub[CRYPTO_KEY])
{
	uint8_t y[CRYPTO_KEY];

	memcpy(y, pub, CRYPTO_KEY);
	y[31] &= 0x7f;
	if (at_least_p(y))
		return ERR_KEY;
	for (size_t i = 0; i < sizeof small_y / sizeof small_y[0]; i++)
		if (memcmp(y, small_y[i], CRYPTO_KEY) == 0) /* both public */
			return ERR_KEY;
	return 0;
}

int crypto_x25519_public(const uint8_t priv[CRYPTO_KEY], uint8_t pub[CRYPTO_KEY])
{
	return public_from(X25519, priv, pub);
}

int crypto_x25519_key_new(const uint8_t priv[CRYPTO_KEY], struct crypto_x25519_key **key)
{
	struct crypto_x25519_key *made = calloc(1, sizeof *made);
	int rc = made != NULL ? curve_private(X25519, priv, &made->pkey) : ERR_NOMEM;

	*key = NULL;
	if (rc == 0) {
		*key = made;
		made = NULL;
	}
	crypto_x25519_key_free(made);
	return rc;
}

void crypto_x25519_key_free(struct crypto_x25519_key *key)
{
	if (key != NULL)
		EVP_PKEY_free(key->pkey);
	free(key);
}

int crypto_x25519_key_public(const struct crypto_x25519_key *key, uint8_t pub[CRYPTO_KEY])
{
	return public_of(key->pkey, pub);
}

int crypto_x25519_with(const struct crypto_x25519_key *key, const uint8_t pub[CRYPTO_KEY], uint8_t shared[CRYPTO_KEY])
{
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *peer;
	size_t len = CRYPTO_KEY;
	int rc = curve_public(X25519, pub, &peer);

	if (rc != 0)
		goto out;
	rc = ERR_CRYPTO;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) != 1)
		goto out;
	/* set_peer takes a peer of small order; deriving is what fails, when the result is all zero. */
	rc = EVP_PKEY_derive(ctx, shared, &len) == 1 && len == CRYPTO_KEY ? 0 : ERR_KEY;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	if (rc != 0)
		crypto_wipe(shared, CRYPTO_KEY);
	return crypto_result(rc);
}

int crypto_x25519(const uint8_t priv[CRYPTO_KEY], const uint8_t pub[CRYPTO_KEY], uint8_t shared[CRYPTO_KEY])
{
	struct crypto_x25519_key *key;
	int rc = crypto_x25519_key_new(priv, &key);

	if (rc == 0)
		rc = crypto_x25519_with(key, pub, shared);
	else
		crypto_wipe(shared, CRYPTO_KEY);
	crypto_x25519_key_free(key);
	return rc;
}
