/* keychain: a person: the chain of links that says which devices, epochs and paper recovery device are theirs. Verifies
 * it link by link from the first, whose hash is the person's identity, and answers questions about every place in it.
 * Knows nothing of clinics and roles; the making of links is in keychain_sign.h. Pointers to devices live as long as
 * the key chain, those to epochs until the next link is applied. An object may be read by several threads while none
 * applies. PROTOCOL 4, 5.1. */
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
#define KEYCHAIN_DEVICES_MAX 16      /* active at a time, the paper device not counted */
#define KEYCHAIN_EPOCHS_MAX 256

/* Types of links. */
enum keychain_type {
	KEYCHAIN_FIRST = 1,
	KEYCHAIN_DEVICE_ADD = 2,
	KEYCHAIN_DEVICE_REVOKE = 3,
	KEYCHAIN_EPOCH_ROTATE = 4,
	KEYCHAIN_RECOVERY_ROTATE = 5,
};

/* Verifies a person from the bytes of their first link, in full: form, all six keys, the four proofs inside, the boxes
 * when they are there (they are withheld from others), the signature. The caller compares keychain_genesis with whom it
 * expects. ERR_LINK (not a key chain's first link), ERR_SIGNATURE (of the link or a proof), ERR_KEY, ERR_HASH (inner or
 * boxes), ERR_SHAPE, ERR_SUITE, the errors of link_parse, ERR_NOMEM. *out is NULL on error. */
int keychain_new(const void *first_link, size_t len, struct keychain **out);
/* The same without the Ed25519 checks: for bytes that were verified before and whose store proves them. */
int keychain_replay(const void *first_link, size_t len, struct keychain **out);
void keychain_free(struct keychain *k);

/* Verifies and applies the next link; k is unchanged on error. Boxes are checked if they are there: who stores a link
 * for its owner must see to it that they are (every type has some). ERR_LINK: not next, a type that is none, a signer
 * who is not active or may not sign this type, a list out of order or of devices that are not active, boxes for other
 * devices than the rules say, too many devices or epochs; ERR_KEY: a key of forbidden form, or one that stood in this
 * chain before; ERR_HASH: boxes with another root; ERR_SIGNATURE: of the link or a proof; ERR_SHAPE, ERR_SUITE and the
 * other errors of mp_open; ERR_NOMEM. */
int keychain_apply(struct keychain *k, const struct link *link);
/* The same without the Ed25519 checks. */
int keychain_apply_replay(struct keychain *k, const struct link *link);

const uint8_t *
keychain_genesis(const struct keychain *k); /* KEYCHAIN_GENESIS bytes; the first KEYCHAIN_PID are the pid */
uint64_t keychain_head_seq(const struct keychain *k);
const uint8_t *keychain_head_hash(const struct keychain *k); /* CRYPTO_HASH bytes; a record's `author key-chain head` */
size_t keychain_links(const struct keychain *k);             /* head seq + 1 */
/* Is this the hash of a link of this chain, and of which? *seq is 0 if not. */
bool keychain_seq_of(const struct keychain *k, const uint8_t hash[CRYPTO_HASH], uint64_t *seq);
const uint8_t *keychain_hash_at(const struct keychain *k, uint64_t seq); /* NULL beyond the head */

/* --- active devices, the paper device not among them, in the order they were added. `did` may be NULL. Borrowed; NULL
 * when there is none. --- */
size_t keychain_devices(const struct keychain *k);
const struct device_public *keychain_device_at(const struct keychain *k, size_t i, const uint8_t **did);
const struct device_public *keychain_device(const struct keychain *k, const uint8_t did[DEVICE_ID]);
const struct device_public *keychain_device_by_tls(const struct keychain *k, const uint8_t tls[CRYPTO_KEY],
                                                   const uint8_t **did);
/* The first device there ever was; it signed the first link. */
const uint8_t *keychain_first_did(const struct keychain *k);
/* The paper device in force. */
const struct device_public *keychain_recovery(const struct keychain *k);

/* --- every device there ever was, the paper ones too, in the order they were added --- */
struct keychain_device {
	uint8_t did[DEVICE_ID];
	struct device_public pub;
	bool active, paper;
	uint64_t added_seq, revoked_seq; /* links of this chain; revoked_seq is 0 while active */
	uint64_t clinic_cut_seq;         /* of a revoked one: the clinic chain's head that the revoke link names */
	uint8_t clinic_cut[CRYPTO_HASH]; /* zeros while active, and for a paper device */
};
size_t keychain_ever(const struct keychain *k);
const struct keychain_device *keychain_ever_at(const struct keychain *k, size_t i);
const struct keychain_device *keychain_find_device(const struct keychain *k, const uint8_t did[DEVICE_ID]);
const struct keychain_device *keychain_find_device_by_tls(const struct keychain *k, const uint8_t tls[CRYPTO_KEY]);
/* Was it an active device right after link `seq`? Never true of a paper device, nor beyond the head. */
bool keychain_active_at(const struct keychain *k, const uint8_t did[DEVICE_ID], uint64_t seq);

/* --- epochs: the current one is what records for this person are sealed to; NULL, 0 when there is none --- */
const struct epoch_ref *keychain_epoch(const struct keychain *k);
const struct epoch_ref *keychain_epoch_number(const struct keychain *k, uint32_t number);
uint64_t keychain_epoch_seq(const struct keychain *k, uint32_t number);            /* the link that started it */
const struct epoch_ref *keychain_epoch_at(const struct keychain *k, uint64_t seq); /* in force after link `seq` */

/* The invitation (or founding code) the person joined with; an Ed25519 public key. */
const uint8_t *keychain_invite(const struct keychain *k);

/* --- seeds --- */
/* The newest link with a box for this device: the one that began the current epoch, or the device_add link that brought
 * the device later. ERR_NOT_FOUND: no active device and not the paper device in force. */
int keychain_box_seq(const struct keychain *k, const uint8_t did[DEVICE_ID], uint64_t *seq);
/* Opens the seed that this link of the chain, with its boxes, brings to the device: the seed of
 * keychain_epoch_at(k, link->seq), and no other. ERR_NOT_FOUND (no boxes, or none for this device), ERR_OPEN, ERR_LINK
 * (not a link of this chain). */
int keychain_open_seed(const struct keychain *k, const struct link *link, const struct device_secret *device,
                       uint8_t seed[EPOCH_SEED]);
/* Opens the seed of the epoch before the one that `epoch_link` began, with the seed of that one; it must re-derive what
 * this chain has for the epoch before. ERR_LINK (not a link of this chain, or one that began no later epoch), ERR_OPEN.
 */
int keychain_open_prev(const struct keychain *k, const struct link *epoch_link, const uint8_t seed_n[EPOCH_SEED],
                       uint8_t seed_before[EPOCH_SEED]);

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
