/* reader: what this device does with one record that the server shows it: the checks of docs/PROTOCOL.md section 7 in
 * their fixed order, then keeping it. A record that fails is kept aside with the reason; nothing of it is shown and
 * nothing is deleted because of it; it is tried again when what it may have waited for has changed. Knows no
 * connection: what it needs from the server it says. */
#ifndef KAP_CLIENT_SYNC_READER_H
#define KAP_CLIENT_SYNC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fold;
struct gone;
struct identity;
struct msg_pull_entry;
struct reader;
struct vault_txn;

/* Derives the keys of every epoch once. `id` and `fold` are borrowed. */
int reader_new(const struct identity *id, const struct fold *fold, struct reader **out);
void reader_free(struct reader *r); /* wipes; NULL is legal */
/* After chains were read again: the new fold in place of the old, and the keys of epochs that the identity got. */
int reader_renew(struct reader *r, const struct fold *fold);

enum reader_outcome {
	READER_NEW = 1,   /* somebody else's record, now here */
	READER_OWN,       /* one's own: it is on the server */
	READER_ASIDE,     /* it failed a check: *why */
	READER_WAITS,     /* the same, but what it lacks may still come: a fault only if it does not. ERR_HELD never is */
	READER_WITHDRAWN, /* its wrap is gone, as its author said: it counts, but there is nothing to read */
	READER_NOTHING,   /* known already, an event without a record, or kept aside before and no better now */
};

/* Takes one entry of the feed in, or one that was fetched, inside the caller's transaction. 0 and *outcome; an error is
 * of our own side (vault, memory), never the record's fault. ERR_ASIDE_FULL: it is to be kept aside, and there is no
 * room; nothing of it was written. */
int reader_take(struct reader *r, struct vault_txn *txn, const struct msg_pull_entry *entry,
                enum reader_outcome *outcome, int *why);

/* What was taken so far asks for. Whoever sees to it sets it back. */
struct reader_needs {
	bool chains; /* a record names an author, or a place in an author's key chain, that is not known here */
	bool fetch;  /* a record kept aside names another that has to come first, or its own bytes were not right */
	bool again;  /* something changed that a record kept aside may have waited for */
	bool outbox; /* a copy of this device has sent something that the records in the outbox do not follow */
	bool twin;   /* a record is signed by this very device, which did not write it: a copy of its vault did */
};
struct reader_needs *reader_needs(struct reader *r);

/* What left view so far, because its author's device was out when it was written. */
const struct gone *reader_gone(const struct reader *r);

/* Tries what is kept aside again, in the order of the feed, until nothing more comes of it, and tells of each record
 * whose case has changed. Sets back `again`. A fault of the visitor's ends it. */
typedef int reader_visit(void *arg, const struct msg_pull_entry *entry, enum reader_outcome outcome, int why);
int reader_again(struct reader *r, struct vault_txn *txn, reader_visit *visit, void *arg);

#endif
