/* keychain_sign: makes the later links of a person's chain: device_add, device_revoke, epoch_rotate, recovery_rotate,
 * each whole, with its boxes. What is made here is what keychain_apply accepts onto the same head: a link that it would
 * refuse is not made, and the error is the one of keychain_apply. Secrets are read, not kept. Any thread.
 * PROTOCOL 4, 5.1. */
#ifndef KAP_PROTO_KEYCHAIN_SIGN_H
#define KAP_PROTO_KEYCHAIN_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "device.h"
#include "epoch.h"
#include "keychain.h"

struct buf;

#define KEYCHAIN_SIGN_POPS 2
#define KEYCHAIN_SIGN_CORE_MAX 256

/* What a new device says of itself: appends core = [1, genesis, keys] to `core` and fills the two proofs over it, by
 * its tls and its sign key. ERR_KEY, ERR_CRYPTO, ERR_NOMEM. */
int keychain_prove_device(const struct device_secret *device, const uint8_t genesis[KEYCHAIN_GENESIS], struct buf *core,
                          uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG]);

/* Reads such a core: whose it is and which keys it names; the proofs are verified. For a device that is shown one
 * before it signs. ERR_SIGNATURE, ERR_KEY, ERR_SHAPE, ERR_SUITE and the other errors of mp_open. */
int keychain_read_device(const struct crypto_bytes *core, const uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG],
                         uint8_t genesis[KEYCHAIN_GENESIS], struct device_public *pub);

/* Who signs, onto the head of which chain. */
struct keychain_sign {
	const struct keychain *chain;
	const struct device_secret *device; /* an active device; for keychain_sign_add also the paper device */
	uint64_t time_ms;
};

/* The seeds of the epochs; EPOCH_SEED bytes each. `now` must be that of the chain's current epoch (ERR_OPEN), `next` is
 * made by the caller (crypto_random), who keeps it. */
struct keychain_sign_seeds {
	const uint8_t *now, *next;
};

/* Lets in the device that made core and pops; its box holds `now`, of the current epoch. */
int keychain_sign_add(const struct keychain_sign *by, const struct crypto_bytes *core,
                      const uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG], const uint8_t now[EPOCH_SEED],
                      struct buf *out);

/* Puts devices out, in any order, and begins an epoch. */
struct keychain_sign_out {
	const uint8_t (*dids)[DEVICE_ID];
	size_t n;                   /* 1..16 */
	uint64_t clinic_seq;        /* the clinic chain's head as it is now: */
	const uint8_t *clinic_head; /* CRYPTO_HASH bytes */
};
int keychain_sign_revoke(const struct keychain_sign *by, const struct keychain_sign_out *what,
                         const struct keychain_sign_seeds *seeds, struct buf *out);

/* Begins an epoch. */
int keychain_sign_rotate(const struct keychain_sign *by, const struct keychain_sign_seeds *seeds, struct buf *out);

/* Replaces the paper device by the one of a new recovery code, and begins an epoch. */
int keychain_sign_recovery(const struct keychain_sign *by, const struct device_secret *paper,
                           const struct keychain_sign_seeds *seeds, struct buf *out);

#endif
