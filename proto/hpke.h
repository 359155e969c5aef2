/* hpke: RFC 9180 base mode, single shot: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002.
 * Seals a few bytes to one public key, bound to `info`. Associated data is always empty. Knows no format. Any thread.
 */
#ifndef KAP_PROTO_HPKE_H
#define KAP_PROTO_HPKE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

#define HPKE_ENC 32
#define HPKE_OVERHEAD (HPKE_ENC + CRYPTO_TAG) /* sealed = enc || ciphertext || tag */

/* sealed must have room for len + HPKE_OVERHEAD. ERR_KEY for a recipient key of small order; ERR_RANGE for a len above
 * CRYPTO_AEAD_MAX, when nothing is written; ERR_CRYPTO. On any other failure sealed is zeroed. */
int hpke_seal(const uint8_t pub[CRYPTO_KEY], const void *info, size_t info_len, const void *plain, size_t len,
              uint8_t *sealed);
/* plain must have room for len - HPKE_OVERHEAD. ERR_OPEN when it was not sealed to this key under this info, or is too
 * short; ERR_RANGE and ERR_CRYPTO as above. On failure plain is zeroed. */
int hpke_open(const uint8_t priv[CRYPTO_KEY], const void *info, size_t info_len, const void *sealed, size_t len,
              uint8_t *plain);
/* The same with a private key parsed beforehand: half of the work, for who opens much with one key. */
int hpke_open_with(const struct crypto_x25519_key *key, const void *info, size_t info_len, const void *sealed,
                   size_t len, uint8_t *plain);

#endif
