/* keychain_state: what the reading of a key chain remembers, and the room it needs; for keychain*.c alone. Knows no
 * rule. */
#ifndef KAP_PROTO_KEYCHAIN_STATE_H
#define KAP_PROTO_KEYCHAIN_STATE_H

#include "keychain.h"

struct keychain_epoch {
	struct epoch_ref ref;
	uint64_t seq;
};

struct keychain {
	uint8_t genesis[KEYCHAIN_GENESIS];
	uint8_t invite[CRYPTO_KEY];
	uint8_t (*hashes)[CRYPTO_HASH]; /* of the links, by seq */
	size_t n_links, cap_links;
	struct keychain_device **ever; /* in the order they were added; each by itself, so that none ever moves */
	size_t n_ever, cap_ever;
	struct keychain_epoch *epochs; /* number n is at n - 1 */
	size_t n_epochs, cap_epochs;
	struct keychain_device *paper; /* the one in force */
};

/* Makes room for one more link and epoch and for two devices, so that the functions after it cannot fail. ERR_NOMEM. */
int keychain_state_reserve(struct keychain *k);

/* These use the room. The device is taken over. */
void keychain_state_add_link(struct keychain *k, const uint8_t hash[CRYPTO_HASH]);
void keychain_state_add_device(struct keychain *k, struct keychain_device *device);
void keychain_state_add_epoch(struct keychain *k, const struct epoch_ref *ref, uint64_t seq);

/* An active device that is no paper one; NULL. */
struct keychain_device *keychain_state_active(const struct keychain *k, const uint8_t did[DEVICE_ID]);
struct keychain_device *keychain_state_device(const struct keychain *k, const uint8_t did[DEVICE_ID]);
/* Did this key ever stand in the chain, in any place? */
bool keychain_state_has_key(const struct keychain *k, const uint8_t key[CRYPTO_KEY]);

void keychain_state_wipe(struct keychain *k);

#endif
