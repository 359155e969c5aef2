/* roster: who is who, in memory: the clinic chain folded, every key chain, and the device behind each tls key. A cache
 * of what the store holds, rebuilt from it at start and after a chain write that did not become durable. Loop thread
 * only. Knows no request and no connection; verifies every new link in full before it takes effect. */
#ifndef KAP_DAEMON_ROSTER_H
#define KAP_DAEMON_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/role.h"

struct clinic;
struct keychain;
struct link;
struct roster;
struct store;

/* Reads all chains of the store. Stored links were verified when they came and their store proves them, so signatures
 * are not checked again. ERR_CORRUPT, ERR_NOMEM, ERR_IO. *out is NULL on error. */
int roster_new(struct store *store, struct roster **out);
void roster_free(struct roster *r); /* NULL is legal */
/* Forgets everything and reads the store again. After an error the roster is empty: everybody is a guest. */
int roster_reload(struct roster *r);

/* Who a device is. 0: an active member, or with role ROLE_GUEST and the rest zero a key that no member ever had.
 * ERR_REVOKED: a device of somebody who is no longer active; *who is a guest's then. */
struct roster_who {
	enum role role;
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

#endif
