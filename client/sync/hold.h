/* hold: which of what was written must wait, because it would be sealed for somebody whose identity or keys were
 * replaced since words were compared with them (client/book/checked.h). For sealing. */
#ifndef KAP_CLIENT_SYNC_HOLD_H
#define KAP_CLIENT_SYNC_HOLD_H

#include <stdbool.h>
#include <stdint.h>

struct fold;
struct hold;
struct ledger_pending;
struct vault_txn;

/* Looks at everybody whose key chain is here. Errors of checked_get; ERR_NOMEM. */
int hold_new(struct vault_txn *txn, const struct fold *fold, struct hold **out);
void hold_free(struct hold *h); /* NULL is legal */

/* True if nothing may be wrapped to this person now. */
bool hold_stops(const struct hold *h, const uint8_t pid[16]);

/* 1: this row stays pending: it would go to such a person, or it stands on a row that stays. 0: seal it. What takes
 * something back, and what is for oneself alone, never waits. Ask in the order of writing, each row once. Errors of
 * content_decode; ERR_NOMEM. */
int hold_keeps(struct hold *h, const struct ledger_pending *p);

#endif
