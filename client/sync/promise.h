/* promise: the places which the server's receipts gave to one's own records in one's own feed. A place is kept until
 * the feed has passed it: a server that took a record, and leaves it out of the feed or shows another there, is found
 * by this device alone. A place in another life of the server's store says nothing. Knows no wire and no signature: the
 * receipt was checked. Source: docs/PROTOCOL.md section 8. */
#ifndef KAP_CLIENT_SYNC_PROMISE_H
#define KAP_CLIENT_SYNC_PROMISE_H

#include <stdint.h>

struct ledger_cursor;
struct vault_txn;

/* A receipt of this life of the store says that `rid` stands at `place`, whose head is the one behind it. ERR_ROLLBACK:
 * the feed was read beyond that place already, and the record, whose row in the ledger waits still, was not there.
 * Errors of the vault. */
int promise_keep(struct vault_txn *txn, const struct ledger_cursor *place, const uint8_t rid[32]);

/* The feed has `rid` at `place`. ERR_ROLLBACK: something else was promised there. Errors of the vault. */
int promise_pass(struct vault_txn *txn, const struct ledger_cursor *place, const uint8_t rid[32]);

/* The feed ends at `end`. ERR_ROLLBACK: a record was promised behind it. Errors of the vault. */
int promise_end(struct vault_txn *txn, const struct ledger_cursor *end);

#endif
