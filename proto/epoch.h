/* epoch: the keys that come from a person's epoch seed, and the boxes that bring the seed to a device.
 * Knows nothing of chains. Any thread. PROTOCOL 4. */
#ifndef KAP_PROTO_EPOCH_H
#define KAP_PROTO_EPOCH_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "device.h"
#include "hpke.h"

struct buf;

#define EPOCH_SEED 32
#define EPOCH_SEALED (EPOCH_SEED + HPKE_OVERHEAD)
#define EPOCH_BOX 101 /* [did{16}, sealed{80}], encoded */

/* Secret but for seal_public. Wipe with crypto_wipe. */
struct epoch_keys {
	uint8_t seal_private[CRYPTO_KEY]; /* X25519: opens what others sealed to the person */
	uint8_t seal_public[CRYPTO_KEY];
	uint8_t self[CRYPTO_KEY]; /* AES: wraps the person's own content keys */
	uint8_t prev[CRYPTO_KEY]; /* AES: seals the seed of the epoch before */
};

/* ERR_CRYPTO; zeroed then. */
int epoch_derive(const uint8_t seed[EPOCH_SEED], struct epoch_keys *keys);
/* Only the public one. */
int epoch_public(const uint8_t seed[EPOCH_SEED], uint8_t seal_public[CRYPTO_KEY]);

/* Which epoch a box is of: what its HPKE info binds. */
struct epoch_ref {
	uint32_t number; /* from 1 */
	uint8_t seal_public[CRYPTO_KEY];
};

/* Seals `seed` for the device and writes the encoded box (exactly EPOCH_BOX bytes). ERR_KEY for a bad seal key. */
int epoch_box_seal(const struct epoch_ref *epoch, const struct device_public *to, const uint8_t seed[EPOCH_SEED],
                   uint8_t box[EPOCH_BOX]);
/* Opens the box of this device, and only with a seed that re-derives epoch->seal_public.
 * ERR_OPEN (another device's, another epoch's, changed, or a seed of other keys), ERR_SHAPE, ERR_CANON, ERR_PROTO. */
int epoch_box_open(const struct epoch_ref *epoch, const struct device_secret *device, const uint8_t box[EPOCH_BOX],
                   uint8_t seed[EPOCH_SEED]);

/* The seed before, sealed for who has the new one: nonce, ciphertext, tag. `before` is the number of the epoch whose
 * seed it is, `genesis` (CRYPTO_HASH bytes) whose epochs they are. open: ERR_OPEN (another person's, another epoch's,
 * changed, another seed); the caller compares the seed with the public key of its epoch. */
#define EPOCH_PREV 60
int epoch_prev_seal(const uint8_t seed[EPOCH_SEED], const uint8_t genesis[CRYPTO_HASH], uint32_t before,
                    const uint8_t seed_before[EPOCH_SEED], uint8_t prev[EPOCH_PREV]);
int epoch_prev_open(const uint8_t seed[EPOCH_SEED], const uint8_t genesis[CRYPTO_HASH], uint32_t before,
                    const uint8_t prev[EPOCH_PREV], uint8_t seed_before[EPOCH_SEED]);

/* The root over `n` boxes that lie one after the other, EPOCH_BOX bytes each. */
int epoch_boxes_root(const uint8_t *boxes, size_t n, uint8_t root[CRYPTO_HASH]);

/* Encodes the array of `n` boxes (n <= EPOCH_BOXES_MAX); appends to out. ERR_RANGE. */
#define EPOCH_BOXES_MAX 32
int epoch_boxes_put(const uint8_t *boxes, size_t n, struct buf *out);
/* The other way: checks form and shape and points *boxes at the n boxes inside `bytes` (borrowed).
 * ERR_SHAPE, ERR_CANON, ERR_PROTO. */
int epoch_boxes_get(const uint8_t *bytes, size_t len, const uint8_t **boxes, size_t *n);

#endif
