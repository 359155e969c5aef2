/* contact: a connection to one's own clinic: the identity and the fold from the vault, and the server at the other end
 * proved by the keys that the clinic pinned last. What sync, statements and status begin with. */
#ifndef KAP_CLIENT_SYNC_CONTACT_H
#define KAP_CLIENT_SYNC_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

struct fold;
struct identity;
struct rpc;
struct vault;

struct contact {
	struct vault *vault;
	struct identity *id;
	struct fold *fold; /* as the vault holds it until contact_refresh */
	struct rpc *rpc;
	bool was_known; /* by this clinic's server: its feed was read */
};

#define CONTACT_TIMEOUT_S 30

/* timeout_s 0: CONTACT_TIMEOUT_S. ERR_GUEST: not joined, or the server does not know this device; ERR_FORGOTTEN: it
 * does not any more; ERR_ROLLBACK: it says that it is another clinic's, or takes us for somebody else; errors of
 * rpc_open and of the vault. Whatever it returns, contact_close is due. */
int contact_open(struct vault *vault, unsigned timeout_s, struct contact *c);
void contact_close(struct contact *c);

/* chains_refresh, and the new fold in place of the old. Whatever is false in what the server shows is ERR_LINK. */
int contact_refresh(struct contact *c);
/* The log key that receipts are signed with. */
const uint8_t *contact_log_public(const struct contact *c);
/* This device's clock less the server's, in milliseconds, as of the hello. */
int64_t contact_clock_ahead(const struct contact *c);

#endif
