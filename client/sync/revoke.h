/* revoke: devices of one's own are put out: what the person decided is noted first, and carried out when the server can
 * be reached, by any exchange. Knows no terminal.
 *
 *     1 revoke_note: the devices, in the vault
 *     2 the whole feed is here; where their streams end is counted and noted
 *     3 the link is in the chain, a new epoch began
 *     4 one transaction: the ends are written to everybody they are for, and nothing is noted any more
 *
 * Interrupted anywhere it goes on at the next exchange, with the ends of step 2 once the link of step 3 is there.
 * PROTOCOL 5.1, 13. */
#ifndef KAP_CLIENT_SYNC_REVOKE_H
#define KAP_CLIENT_SYNC_REVOKE_H

#include <stddef.h>
#include <stdint.h>

struct contact;
struct vault;
struct vault_txn;

#define REVOKE_MAX 16

/* Adds to what is noted. ERR_RANGE: too many. ERR_ARG: this device, or one that is not active. */
int revoke_note(struct vault *vault, const uint8_t (*dids)[16], size_t n);
/* What is noted; at most REVOKE_MAX. */
int revoke_noted(struct vault_txn *txn, uint8_t dids[REVOKE_MAX][16], size_t *n);

/* Steps 2 to 4 if there is anything; the caller has pulled the whole feed. *done: how many devices were put out. Errors
 * of keylink_put and of the vault. */
int revoke_carry_out(struct contact *c, size_t *done);

#endif
