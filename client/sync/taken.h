/* taken: what authors took away: by an unshare from us, by a tombstone from everybody. This device deletes the words,
 * the keys to them stay nowhere, and that a record was here stays. Only the author's own verified word does that; what
 * a server leaves out or says does not. Knows no wire, and no record before its signature was checked. Source:
 * docs/PROTOCOL.md section 7, Tombstone. */
#ifndef KAP_CLIENT_SYNC_TAKEN_H
#define KAP_CLIENT_SYNC_TAKEN_H

#include <stdbool.h>
#include <stdint.h>

struct ledger_record;
struct record;
struct vault_txn;

/* A tombstone or unshare that passed every check of a reader (or is one's own) takes effect on those of its targets
 * that are its author's: an unshare on what others took from `self` (pid), a tombstone also on one's own. A tombstone
 * does nothing to a clinical record before its day, nor to another class than its own. What is not here yet is
 * remembered, so that it stays deleted when it comes. Other ops: nothing. Once more is no error. ERR_CORRUPT, errors of
 * the vault. */
int taken_note(struct vault_txn *txn, const struct record *r, const uint8_t self[16], uint64_t now_ms);

/* The same for a row of the ledger that holds a record of one's own. */
int taken_note_row(struct vault_txn *txn, const struct ledger_record *row, const uint8_t self[16], uint64_t now_ms);

/* *gone: a tombstone by the author of this record came before it. Errors of the vault. */
int taken_is_gone(struct vault_txn *txn, const struct record *r, uint64_t now_ms, bool *gone);

#endif
