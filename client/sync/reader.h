/* reader: what this device does with one record that the server shows it: the checks of docs/PROTOCOL.md section 7 in
 * their fixed order, then keeping it. A record that fails is kept aside with the reason; nothing of it is shown and
 * nothing is deleted because of it. Knows no connection. */
#ifndef KAP_CLIENT_SYNC_READER_H
#define KAP_CLIENT_SYNC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fold;
struct identity;
struct msg_pull_entry;
struct reader;
struct vault_txn;

/* Derives the keys of every epoch once. `id` and `fold` are borrowed. */
int reader_new(const struct identity *id, const struct fold *fold, struct reader **out);
void reader_free(struct reader *r); /* wipes; NULL is legal */

enum reader_outcome {
	READER_NEW = 1,   /* somebody else's record, now here */
	READER_OWN,       /* one's own: it is on the server */
	READER_ASIDE,     /* it failed a check: *why */
	READER_WITHDRAWN, /* its wrap is gone: it counts, but there is nothing to read */
	READER_NOTHING,   /* known already, or an event without a record */
};

/* Takes one entry of the feed in, inside the caller's transaction. 0 and *outcome; an error is of our own side (vault,
 * memory), never the record's fault. */
int reader_take(struct reader *r, struct vault_txn *txn, const struct msg_pull_entry *entry,
                enum reader_outcome *outcome, int *why);

#endif
