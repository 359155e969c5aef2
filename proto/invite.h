/* invite: what an invitation or founding code gives (id, sealing key, signing key), and the sealed packet behind it.
 * Knows neither the chain link of an invitation nor the server that keeps the packet. Any thread. PROTOCOL 3, 6. */
#ifndef KAP_PROTO_INVITE_H
#define KAP_PROTO_INVITE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "name.h"
#include "role.h"

struct buf;
struct clinic;

#define INVITE_ID 16
#define INVITE_NAME NAME_ROOM
#define INVITE_TEAM_MAX 16
#define INVITE_PACKET_MAX 16384

/* From a code's secret. `key` and `seed` are secret; wipe with crypto_wipe. */
struct invite_keys {
	uint8_t id[INVITE_ID]; /* under which the server keeps the packet */
	uint8_t key[CRYPTO_KEY];
	uint8_t seed[CRYPTO_KEY];   /* Ed25519: signs the newcomer's genesis and join */
	uint8_t public[CRYPTO_KEY]; /* its public half, in the clinic chain */
};
/* `code` are the 26 symbols of code.h. ERR_CRYPTO; zeroed then. */
int invite_derive(const char *code, size_t len, struct invite_keys *keys);

enum invite_kind {
	INVITE_FOUNDING = 0, /* made by the operator for the first admin */
	INVITE_MEMBER = 1,
};

struct invite_person {
	uint8_t genesis[CRYPTO_HASH];
	enum role role;
	char name[INVITE_NAME];
};

/* About 7 KiB: fine on a stack, once. */
struct invite_packet {
	enum invite_kind kind;
	/* all zero in a founding packet: */
	uint8_t clinic[CRYPTO_HASH];
	uint64_t head_seq; /* the invite link this packet belongs to; the join's `invite seq` */
	uint8_t head_hash[CRYPTO_HASH];
	uint8_t inviter[CRYPTO_HASH];
	size_t n_team; /* 0 in a founding packet, else 1..INVITE_TEAM_MAX */
	struct invite_person team[INVITE_TEAM_MAX];
	/* always: */
	char clinic_name[INVITE_NAME];
	uint8_t server_tls[CRYPTO_KEY], log[CRYPTO_KEY];
	enum role role; /* ROLE_ADMIN in a founding packet */
	char invitee_name[INVITE_NAME];
	uint64_t expires_ms;
};

/* Appends the sealed packet, with a random nonce. ERR_ARG for what invite_open would refuse; ERR_CRYPTO, ERR_NOMEM. */
int invite_seal(const struct invite_keys *keys, const struct invite_packet *packet, struct buf *out);
/* ERR_TOO_BIG, ERR_OPEN (another code's, or changed), ERR_SUITE, ERR_SHAPE (a field out of bounds or not fitting the
 * kind), ERR_KEY, ERR_PROTO, ERR_CANON, ERR_UTF8, ERR_NOMEM. `packet` is zeroed on error. Does not look at expires_ms.
 */
int invite_open(const struct invite_keys *keys, const void *bytes, size_t len, struct invite_packet *packet);

/* After joining: is the chain the one the packet spoke of? ERR_PIN: another clinic; ERR_ROLLBACK: the invite link is
 * not in it; ERR_AUTHOR: somebody of the team was never a member. Who left or changed role since did so by a link that
 * was verified. */
int invite_check(const struct invite_packet *packet, const struct clinic *c);

#endif
