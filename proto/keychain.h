/* keychain: a person: the chain of links that says which devices, epochs and recovery device are theirs. Verifies it
 * link by link from the first, whose hash is the person's identity, and answers questions about its head. Makes the
 * first link of a new person. Knows nothing of clinics and roles. This version has one type of link (genesis); others
 * are rows to add. An object may be read by several threads while none applies. PROTOCOL 4, 5.1. */
#ifndef KAP_PROTO_KEYCHAIN_H
#define KAP_PROTO_KEYCHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "device.h"
#include "epoch.h"

struct buf;
struct link;
struct keychain;

#define KEYCHAIN_GENESIS CRYPTO_HASH /* the identity: the hash of the first link */
#define KEYCHAIN_PID 16              /* its first bytes: a locator, not a proof */

/* Verifies a person from the bytes of their first link, in full: form, all six keys, the four proofs inside, the boxes
 * when they are there (they are withheld from others), the signature. The caller compares keychain_genesis with whom it
 * expects. ERR_LINK (not a key chain's first link), ERR_SIGNATURE (of the link or a proof), ERR_KEY, ERR_HASH (inner or
 * boxes), ERR_SHAPE, ERR_SUITE, the errors of link_parse, ERR_NOMEM. *out is NULL on error. */
int keychain_new(const void *first_link, size_t len, struct keychain **out);
/* The same without the Ed25519 checks: for bytes that were verified before and whose store proves them. */
int keychain_replay(const void *first_link, size_t len, struct keychain **out);
void keychain_free(struct keychain *k);

/* Applies the next link. ERR_LINK if it is not next or of a type this version does not know; k is unchanged on error.
 */
int keychain_apply(struct keychain *k, const struct link *link);

const uint8_t *
keychain_genesis(const struct keychain *k); /* KEYCHAIN_GENESIS bytes; the first KEYCHAIN_PID are the pid */
uint64_t keychain_head_seq(const struct keychain *k);
const uint8_t *keychain_head_hash(const struct keychain *k); /* CRYPTO_HASH bytes; a record's `author key-chain head` */

/* Active devices, the recovery device not among them. `did` may be NULL. Borrowed; NULL when there is none. */
size_t keychain_devices(const struct keychain *k);
const struct device_public *keychain_device_at(const struct keychain *k, size_t i, const uint8_t **did);
const struct device_public *keychain_device(const struct keychain *k, const uint8_t did[DEVICE_ID]);
const struct device_public *keychain_device_by_tls(const struct keychain *k, const uint8_t tls[CRYPTO_KEY],
                                                   const uint8_t **did);
/* The first device there ever was; it signed the first link. */
const uint8_t *keychain_first_did(const struct keychain *k);
const struct device_public *keychain_recovery(const struct keychain *k);

/* The current epoch, and one by its number (NULL when there is none). What records for this person are sealed to. */
const struct epoch_ref *keychain_epoch(const struct keychain *k);
const struct epoch_ref *keychain_epoch_number(const struct keychain *k, uint32_t number);

/* The invitation (or founding code) the person joined with; an Ed25519 public key. */
const uint8_t *keychain_invite(const struct keychain *k);

/* Opens the current epoch's seed with one of the person's devices or the recovery device. `link` is the one that
 * started the epoch (in this version the first), with its boxes. ERR_NOT_FOUND (no boxes, or none for this device),
 * ERR_OPEN, ERR_LINK. */
int keychain_open_seed(const struct keychain *k, const struct link *link, const struct device_secret *device,
                       uint8_t seed[EPOCH_SEED]);

/* A new person. The secrets are read, not kept. */
struct keychain_opts {
	const struct device_secret *device, *recovery;
	const uint8_t *seed;        /* EPOCH_SEED bytes, of epoch 1 */
	const uint8_t *invite_seed; /* Ed25519 seed from the code (invite.h) */
	uint64_t time_ms;
};

/* Appends the first link, with its boxes, to out. ERR_KEY (keys not all different), ERR_CRYPTO, ERR_NOMEM. */
int keychain_create(const struct keychain_opts *opts, struct buf *out);

#endif
