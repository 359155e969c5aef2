/* clinic_sign: makes links of a clinic chain. Fills in what follows from the chain (place, confinement, `about`, order
 * of lists) and signs. Whether the link would be accepted is for clinic_apply to say; a careful caller applies it to a
 * copy or asks first. Any thread. PROTOCOL 5.2. */
#ifndef KAP_PROTO_CLINIC_SIGN_H
#define KAP_PROTO_CLINIC_SIGN_H

#include <stdint.h>

#include "clinic.h"
#include "clinic_body.h"

struct buf;
struct device_secret;

/* Appends to out the link that says `body`, to follow the clinic's head, signed by this device. Only the fields of the
 * type need to be set: confined and about are worked out, lists of staff are sorted. Types invite, role, remove, team,
 * server_pin, policy, restore_notice, succession. ERR_ARG (another type, or a body that breaks its own form),
 * ERR_NOT_FOUND (the person is not a member), ERR_CRYPTO, ERR_NOMEM. */
int clinic_sign(const struct clinic *c, const struct device_secret *device, uint64_t time_ms,
                const struct clinic_body *body, struct buf *out);

/* The first link of a new clinic. `admin` and the founding key as in the admin's own key chain. */
struct clinic_sign_genesis {
	const struct device_secret *device; /* the admin's first */
	const uint8_t *admin;               /* KEYCHAIN_GENESIS bytes */
	const uint8_t *founding;            /* CRYPTO_KEY bytes: the founding code's public key */
	uint64_t time_ms;
};
int clinic_sign_genesis(const struct clinic_sign_genesis *o, struct buf *out);

/* The link with which a newcomer joins; needs the head and what stands in the packet, not the chain. */
struct clinic_sign_join {
	const uint8_t *clinic; /* CRYPTO_HASH bytes */
	struct clinic_head head;
	const uint8_t *invite_seed; /* Ed25519 seed from the code */
	uint64_t invite_seq;
	enum role role; /* of the invitation */
	const uint8_t *genesis;
	uint64_t time_ms;
};
int clinic_sign_join(const struct clinic_sign_join *o, struct buf *out);

#endif
