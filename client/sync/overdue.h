/* overdue: what waits for the server's receipt for more than three days although the server was reached. A server that
 * withholds its word for ever is told apart from one that could not be reached. Knows no wire: it is told what came of
 * an exchange. */
#ifndef KAP_CLIENT_SYNC_OVERDUE_H
#define KAP_CLIENT_SYNC_OVERDUE_H

#include <stddef.h>
#include <stdint.h>

struct vault_txn;

#define OVERDUE_DAYS 3

/* The server was reached, and what is pending or in the outbox now waits still; `held` of it for another reason. */
int overdue_note(struct vault_txn *txn, uint64_t now_ms, size_t held);

/* How many were written, and first not taken by a server that was reached, more than three days ago. */
int overdue_count(struct vault_txn *txn, uint64_t now_ms, size_t *n);

#endif
