/* clinic_body: what the links of a clinic chain say: inner = [salt, about, body] to and from one flat struct.
 * Checks form, shape and bounds; knows nothing of who may say it. Any thread. PROTOCOL 5.2. */
#ifndef KAP_PROTO_CLINIC_BODY_H
#define KAP_PROTO_CLINIC_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "role.h"

struct buf;
struct link;

/* Types of links. On the wire CLINIC_CONFINED is added where the link is about a client. */
enum clinic_type {
	CLINIC_GENESIS = 16,
	CLINIC_INVITE = 17,
	CLINIC_JOIN = 18,
	CLINIC_ROLE = 19,
	CLINIC_REMOVE = 20,
	CLINIC_TEAM = 21,
	CLINIC_SERVER_PIN = 22,
	CLINIC_POLICY = 23,
	CLINIC_RESTORE_NOTICE = 25,
	CLINIC_SUCCESSION = 26,
};
#define CLINIC_CONFINED 128

enum clinic_policy_key {
	CLINIC_POLICY_SUITE = 1,       /* lowest suite accepted */
	CLINIC_POLICY_RETAIN_DAYS = 2, /* clinical records are kept at least so long */
	CLINIC_POLICY_INVITE_DAYS = 3, /* an invitation may live at most so long */
};
#define CLINIC_POLICY_KEYS 3

#define CLINIC_TEAM_MAX 16
#define CLINIC_PINS_MAX 4
#define CLINIC_GENERATION 16 /* bytes: one life of the server's store */

struct clinic_policy_entry {
	uint64_t key, value;
};

/* Which fields mean something depends on the type. */
struct clinic_body {
	uint8_t type;  /* enum clinic_type */
	bool confined; /* about a client */
	bool has_about;
	uint64_t about;               /* seq of the confined link before it about the same client */
	uint8_t genesis[CRYPTO_HASH]; /* genesis: the admin; join, role, remove: the person; team: the client;
	                               * succession: the new one */
	uint8_t key[CRYPTO_KEY];      /* genesis: founding public; invite: invite public; server_pin: log public */
	uint8_t old[CRYPTO_HASH];     /* succession: the old one */
	uint8_t generation[2][CLINIC_GENERATION]; /* restore_notice: old, new */
	enum role role;                           /* invite, role */
	uint64_t expires_ms;                      /* invite */
	uint64_t invite_seq;                      /* join */
	size_t n_list;                            /* invite, team: staff, ascending; server_pin: tls keys */
	uint8_t list[CLINIC_TEAM_MAX][CRYPTO_HASH];
	size_t n_policy;
	struct clinic_policy_entry policy[CLINIC_POLICY_KEYS];
};

/* Reads the inner part of a clinic link. ERR_LINK: no inner part, a type that is not in use, confined where it cannot
 * be or not where it must be, an `about` that must not be there or is missing, a list empty, out of order or with an
 * entry twice, a policy key or value out of bounds, boxes; ERR_SUITE: a policy that asks for a newer suite; ERR_KEY;
 * ERR_SHAPE (also: a list too long), ERR_PROTO, ERR_CANON, ERR_UTF8, ERR_NOMEM. `body` is zeroed on error. */
int clinic_body_parse(const struct link *link, struct clinic_body *body);

/* Appends the inner part with this salt (LINK_SALT bytes). The caller has filled in confined and about (clinic_sign.h
 * does). ERR_ARG for what clinic_body_parse would refuse. */
int clinic_body_put(const struct clinic_body *body, const uint8_t *salt, struct buf *out);

/* "invite"; "unknown" for a number not in the table. The confined bit is ignored. Static. */
const char *clinic_body_name(uint8_t type);
/* True if a link of this type (as on the wire) may lack its inner part. */
bool clinic_body_is_confined(uint8_t type);

#endif
