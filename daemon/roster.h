/* roster: who is who, in memory: the clinic chain folded, every key chain, and the device behind each tls key. A cache
 * of what the store holds and of the chain writes under way, rebuilt at start and after a chain write that did not
 * become durable. Loop thread only. Knows no request and no connection; verifies every new link in full before it takes
 * effect.
 */
#ifndef KAP_DAEMON_ROSTER_H
#define KAP_DAEMON_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/link.h"
#include "proto/role.h"

struct clinic;
struct keychain;
struct roster;
struct store;

/* Reads all chains of the store. Stored links were verified when they came and their store proves them, so signatures
 * are not checked again. ERR_CORRUPT, ERR_NOMEM, ERR_IO. *out is NULL on error. */
int roster_new(struct store *store, struct roster **out);
void roster_free(struct roster *r); /* NULL is legal */

/* Links that were applied and handed to the writer. They are taken up again by a reload, as far as they still fit. */
struct roster_link {
	struct link link;
	const uint8_t *bytes;
	size_t len;
};
struct roster_pending {
	const struct roster_link *links;
	size_t n;
	/* the roster's own */
	struct roster_pending *next, **back;
};
/* From when they are handed over, in that order, until it is known what became of them. Both borrowed until then. */
void roster_pend(struct roster *r, struct roster_pending *p);
void roster_settle(struct roster_pending *p); /* legal when it is not pending */

/* Forgets everything, reads the store again and takes up what is pending. After an error nobody can be told who they
 * are (roster_who says ERR_STORE_FATAL): the process must end. */
int roster_reload(struct roster *r);

/* Who a device is. 0: an active member's active device, or the paper device in force of one (`paper`), or with role
 * ROLE_GUEST and the rest zero a key that no member ever had. ERR_REVOKED: a device that was revoked, or of somebody
 * who is no longer active; *who is a guest's then. ERR_STORE_FATAL after a reload that failed. */
struct roster_who {
	enum role role;
	bool paper;
	uint8_t genesis[32], pid[16], did[16];
};
int roster_who(const struct roster *r, const uint8_t tls[32], struct roster_who *who);

/* How `other` is related to `author`, as one enum authz_relation; 0 when they are the same person. */
unsigned roster_relation(const struct roster *r, const uint8_t author[16], const uint8_t other[16]);

/* Borrowed until the next apply, add or reload. The clinic is never NULL; before the founding it has no head. */
const struct clinic *roster_clinic(const struct roster *r);
const struct keychain *roster_keychain(const struct roster *r, const uint8_t genesis[32]);

/* The person whose genesis comes next after `after` (NULL: the first), in ascending order. NULL at the end. */
const struct keychain *roster_next(const struct roster *r, const uint8_t after[32]);

/* Verifies a new person's first link and adds them; they are a guest until the clinic chain says otherwise.
 * ERR_EXISTS if they, or a device with one of their tls keys, are here; errors of keychain_new. */
int roster_add(struct roster *r, const void *first_link, size_t len, uint8_t genesis[32]);
/* Verifies and applies the clinic chain's next link. Errors of clinic_apply; nothing has changed then. */
int roster_apply(struct roster *r, const struct link *link);
/* Verifies and applies the next link of the key chain that it names. ERR_NOT_FOUND: there is none; ERR_EXISTS: it
 * brings a device that is somebody else's; errors of keychain_apply. Nothing has changed then. */
int roster_apply_key(struct roster *r, const struct link *link);

#endif
