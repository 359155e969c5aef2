/* seal: turns what was written (pending) into sealed, signed, numbered records in the outbox, with the keys of the
 * people it is for as they are now. Each step is one transaction that holds the record, its place in every stream and
 * the end of its being pending, so that an interruption repeats nothing and loses nothing, and a resend is the same
 * bytes. No network. */
#ifndef KAP_CLIENT_SYNC_SEAL_H
#define KAP_CLIENT_SYNC_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fold;
struct identity;
struct vault;

struct seal_result {
	size_t sealed;
	size_t kept_private; /* nobody it was for may be given it any more: kept as a private entry instead */
	size_t dropped;      /* receipts and the like that nobody is left to read */
	size_t held;         /* stay pending: somebody they are for must be checked first (hold.h) */
};

/* Seals all that is pending and need not wait. Errors of record_seal and of the vault; what was sealed before stays. */
int seal_pending(struct vault *vault, const struct identity *id, const struct fold *fold, struct seal_result *result);

/* After the server refused the first record of the outbox for good: takes the whole outbox back to pending, numbers
 * and all, and the refused record to a private entry (or drops it when it is not the person's own words); zeroes for
 * none refused: all is sealed anew as it was. What has a receipt is untouched. */
int seal_take_back(struct vault *vault, const struct identity *id, const uint8_t refused_rid[32],
                   struct seal_result *result);

/* True if the record `rid` here is a tombstone: one that the server refuses is dropped, also when it says that the day
 * of what it names has not come. */
bool seal_deletes(struct vault *vault, const uint8_t rid[32]);

#endif
