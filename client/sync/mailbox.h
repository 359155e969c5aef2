/* mailbox: numbered slots of a box at the server, in memory there for ten minutes, through which two devices exchange a
 * few sealed messages. Knows neither what is in them nor whose they are. */
#ifndef KAP_CLIENT_SYNC_MAILBOX_H
#define KAP_CLIENT_SYNC_MAILBOX_H

#include <stdint.h>

#include "proto/crypto.h"

struct buf;
struct rpc;

#define MAILBOX_LIFE_MS ((uint64_t)10 * 60 * 1000)

/* Slot 0 opens a box and begins its ten minutes, anew if it is one's own. ERR_EXISTS (somebody else's slot), ERR_BUSY
 * (too many boxes), ERR_NOT_FOUND (no such box; also when its time is over), errors of rpc_call. */
int mailbox_put(struct rpc *c, const uint8_t box[16], unsigned slot, const struct crypto_bytes *bytes);

/* Replaces the content of `out` by what is in the slot, waiting for it up to wait_ms (0..MSG_WAIT_MS). ERR_NOT_FOUND:
 * nothing there, or no such box; errors of rpc_call. */
int mailbox_get(struct rpc *c, const uint8_t box[16], unsigned slot, uint64_t wait_ms, struct buf *out);

#endif
