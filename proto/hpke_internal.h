/* hpke_internal: the steps of RFC 9180 that hpke.c is made of, with everything the RFC's own test vectors vary. For
 * hpke.c and its test only. On failure outputs are zeroed. */
#ifndef KAP_PROTO_HPKE_INTERNAL_H
#define KAP_PROTO_HPKE_INTERNAL_H

#include "hpke.h"

#define HPKE_AES_128_GCM 1
#define HPKE_AES_256_GCM 2
#define HPKE_CHACHA20_POLY1305 3

struct hpke_opts {
	uint16_t aead;
	int authenticated; /* modes 2 and 3: the sender's key went into the secret */
	struct crypto_bytes info;
	struct crypto_bytes psk, psk_id; /* modes 1 and 3; both empty in modes 0 and 2 */
};

/* What the first message is sealed with. */
struct hpke_context {
	uint8_t key[CRYPTO_KEY]; /* only 16 bytes of it for AES-128-GCM */
	uint8_t nonce[CRYPTO_NONCE];
};

/* DHKEM, sections 4.1 and 5.1.3. `sender` is the sender's key in the authenticated modes, else NULL. ERR_KEY,
 * ERR_CRYPTO. */
int hpke_encap(const uint8_t ephemeral[CRYPTO_KEY], const uint8_t *sender, const uint8_t pub[CRYPTO_KEY],
               uint8_t enc[HPKE_ENC], uint8_t secret[CRYPTO_HASH]);
int hpke_decap(const struct crypto_x25519_key *key, const uint8_t *sender_pub, const uint8_t enc[HPKE_ENC],
               uint8_t secret[CRYPTO_HASH]);

/* KeySchedule, section 5.1. ERR_RANGE for an unknown AEAD; ERR_CRYPTO. */
int hpke_schedule(const struct hpke_opts *opts, const uint8_t secret[CRYPTO_HASH], struct hpke_context *context);

/* hpke_seal with a given ephemeral key, which must never serve twice. */
int hpke_seal_ephemeral(const uint8_t ephemeral[CRYPTO_KEY], const uint8_t pub[CRYPTO_KEY],
                        const struct crypto_bytes *info, const struct crypto_bytes *plain, uint8_t *sealed);

#endif
