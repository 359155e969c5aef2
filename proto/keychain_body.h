/* keychain_body: what the links of a key chain say: inner parts to and from flat structs; form, shape and bounds, and
 * who signed what inside. Knows no chain: whether it may be said there is keychain_rules.c's. Any thread. PROTOCOL 5.1.
 */
#ifndef KAP_PROTO_KEYCHAIN_BODY_H
#define KAP_PROTO_KEYCHAIN_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "device.h"
#include "epoch.h"
#include "keychain.h"

struct buf;
struct link;
struct mp_cur;

#define KEYCHAIN_BODY_SUITE 1
#define KEYCHAIN_BODY_POPS 2

/* The epoch part. */
struct keychain_body_epoch {
	struct epoch_ref ref;
	uint8_t prev[EPOCH_PREV]; /* the seed before, sealed: nonce, ciphertext, tag */
};

/* Types 2 to 5. Which fields mean something depends on the type. */
struct keychain_body {
	uint8_t type;
	const uint8_t *core; /* add, recovery: borrowed from the inner part */
	size_t core_len;
	uint8_t genesis[KEYCHAIN_GENESIS]; /* of the core */
	struct device_public pub;          /* of the core */
	uint8_t pops[KEYCHAIN_BODY_POPS][CRYPTO_SIG];
	size_t n_dids; /* revoke */
	uint8_t dids[KEYCHAIN_DEVICES_MAX][DEVICE_ID];
	uint64_t clinic_seq; /* revoke */
	uint8_t clinic_head[CRYPTO_HASH];
	bool has_epoch;
	struct keychain_body_epoch epoch;
	uint8_t boxes_root[CRYPTO_HASH];
};

/* Reads the inner part. ERR_LINK: no inner part, no type of 2 to 5, a list not in ascending order; ERR_SHAPE,
 * ERR_SUITE, ERR_KEY (of the core: forbidden form, or two alike; of the epoch), and the errors of mp_open. */
int keychain_body_parse(const struct link *link, struct keychain_body *body);
/* Verifies the two proofs over the core. ERR_SIGNATURE. 0 for types without. */
int keychain_body_verify(const struct keychain_body *body);

/* Appends the inner part, with a fresh salt. ERR_CRYPTO, ERR_NOMEM. */
int keychain_body_put(const struct keychain_body *body, struct buf *out);

/* The boxes of a link: one for each of these devices, in this order, and no other; all of them hash to `root`. 0 if
 * they are not there. ERR_LINK, ERR_HASH, errors of epoch_boxes_get. */
int keychain_body_check_boxes(const struct link *link, const uint8_t *const *dids, size_t n,
                              const uint8_t root[CRYPTO_HASH]);
/* The box for this device; NULL when there is none. Borrowed from the link. */
const uint8_t *keychain_body_find_box(const struct link *link, const uint8_t did[DEVICE_ID]);

/* keys = [tls, sign, seal] */
void keychain_body_put_keys(const struct device_public *pub, struct buf *out);
void keychain_body_get_keys(struct mp_cur *c, struct device_public *pub);

/* core = [1, genesis, keys]. Reads body->core; fills genesis and pub. As keychain_body_parse. */
int keychain_body_read_core(struct keychain_body *body);

#endif
