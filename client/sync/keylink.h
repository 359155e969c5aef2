/* keylink: this device adds a link to its own person's key chain. Compare-and-append: if another device was first, or
 * the clinic chain moved on, the news is read, verified, and the link signed again. Knows no terminal. */
#ifndef KAP_CLIENT_SYNC_KEYLINK_H
#define KAP_CLIENT_SYNC_KEYLINK_H

#include <stdint.h>

struct buf;
struct contact;
struct keychain_sign;
struct rpc;

/* Appends the whole link, signed onto by->chain, to `out`; c is refreshed. What it returns ends keylink_put. */
typedef int keylink_make(void *arg, const struct contact *c, const struct keychain_sign *by, struct buf *out);

/* Makes the link, sends it, and reads the chain back: saying yes is not enough. *seq and hash (32) name the link.
 * ERR_ROLLBACK: the server says yes and the link is not in its chain; errors of `make`, chains_refresh, rpc_call. After
 * ERR_TIMEOUT or ERR_CLOSED the link may be in the chain or not. */
int keylink_put(struct contact *c, keylink_make *make, void *arg, uint64_t *seq, uint8_t hash[32]);

/* One link of a chain to the server. ERR_CHAIN_BEHIND; errors of rpc_call. */
int keylink_send(struct rpc *rpc, const uint8_t chain[32], const struct buf *link);

#endif
