/* device: the three keys of a device (tls, sign, seal), its id, and the paper device of a recovery code.
 * Knows nothing of who owns it. Any thread. PROTOCOL 3 and 4. */
#ifndef KAP_PROTO_DEVICE_H
#define KAP_PROTO_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

#define DEVICE_ID 16

struct device_public {
	uint8_t tls[CRYPTO_KEY];  /* Ed25519: the connection */
	uint8_t sign[CRYPTO_KEY]; /* Ed25519: links and records */
	uint8_t seal[CRYPTO_KEY]; /* X25519: receives epoch seeds */
};

/* The private halves: Ed25519 seeds and an X25519 scalar. Keep on the secure heap where it lives long; wipe after use.
 */
struct device_secret {
	uint8_t tls[CRYPTO_KEY];
	uint8_t sign[CRYPTO_KEY];
	uint8_t seal[CRYPTO_KEY];
};

/* Random keys. ERR_CRYPTO; zeroed then. */
int device_generate(struct device_secret *secret);
/* The paper device of a recovery code; `code` are the 26 symbols of code.h. ERR_CRYPTO. */
int device_from_recovery(const char *code, size_t len, struct device_secret *secret);
int device_public_of(const struct device_secret *secret, struct device_public *pub);
void device_wipe(struct device_secret *secret);

/* did = H("device", tls || sign || seal)[:16] */
int device_id(const struct device_public *pub, uint8_t did[DEVICE_ID]);

/* ERR_KEY: a key of small order or in non-canonical form (also X25519), or two of the three are equal. */
int device_check(const struct device_public *pub);
/* ERR_KEY: as above for either, or a key of one is also a key of the other. */
int device_check_pair(const struct device_public *a, const struct device_public *b);
/* ERR_KEY for an X25519 public key of small order or not fully reduced. */
int device_check_seal_key(const uint8_t pub[CRYPTO_KEY]);

#endif
