/* ossl_rand: see ossl_rand.h. The calls are deprecated in OpenSSL 3.0 and have no successor that is this small. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "ossl_rand.h"

#include <stdint.h>

#include <openssl/rand.h>

#include "proto/crypto.h"

static int no_bytes(unsigned char *out, int len)
{
	(void)out;
	(void)len;
	return 0;
}

static const RAND_METHOD broken = {.bytes = no_bytes, .pseudorand = no_bytes};

void ossl_rand_break(void)
{
	RAND_set_rand_method(&broken);
}

static uint64_t drawn; /* bytes given since ossl_rand_fix */

static int same_bytes(unsigned char *out, int len)
{
	uint8_t number[8], hash[CRYPTO_HASH];
	const struct crypto_bytes part = {number, sizeof number};

	for (int i = 0; i < len; i++, drawn++) {
		for (unsigned k = 0; k < 8; k++)
			number[k] = (uint8_t)(drawn / CRYPTO_HASH >> (56 - 8 * k));
		if ((i == 0 || drawn % CRYPTO_HASH == 0) && crypto_sha256(&part, 1, hash) != 0)
			return 0;
		out[i] = hash[drawn % CRYPTO_HASH];
	}
	return 1;
}

static const RAND_METHOD fixed = {.bytes = same_bytes, .pseudorand = same_bytes};

void ossl_rand_fix(void)
{
	drawn = 0;
	RAND_set_rand_method(&fixed);
}

void ossl_rand_mend(void)
{
	RAND_set_rand_method(RAND_OpenSSL());
}
