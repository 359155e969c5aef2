/* reader_internal: what reader.c, reader_keep.c and reader_again.c share. Nobody else includes this. */
#ifndef KAP_CLIENT_SYNC_READER_INTERNAL_H
#define KAP_CLIENT_SYNC_READER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "proto/buf.h"
#include "proto/epoch.h"
#include "proto/record.h"
#include "proto/stream.h"

#include "gone.h"
#include "reader.h"

struct content;
struct keychain_device;

#define READER_STALLED 64

struct reader {
	const struct identity *id;
	const struct fold *fold;
	struct reader_needs needs;
	struct gone gone;
	uint32_t n_epochs;
	uint8_t stalled[READER_STALLED][16];       /* devices of which a record waits for one before it */
	uint32_t n_stalled;                        /* READER_STALLED: any may be */
	struct epoch_keys epochs[IDENTITY_EPOCHS]; /* as in the identity */
};

/* One record on its way through the checks. */
struct reader_taking {
	struct reader *r;
	struct vault_txn *txn;
	const struct msg_pull_entry *entry;
	const struct ledger_aside *from; /* it was kept aside before */
	int own_fault;                   /* of our own side: ends it all */
	struct record record;
	const struct keychain_device *device;
	bool own, own_device; /* by this person; by this very device */
	struct record_opened opened;
	struct stream stream, before; /* of the author's device; `before` as the record found it */
	struct stream cut;            /* where it ends, if its device was removed */
	bool counted;                 /* the stream moves past it */
	uint8_t wants[32];
	struct buf content;
	struct content *decoded;
};

/* Opens the wrap of a record for this person. ERR_OPEN also for an epoch this device does not have. */
int reader_open_wrap(const struct reader *r, const struct record *record, struct record_opened *out);

/* --- keeping (reader_keep.c) --- */

uint64_t reader_now_ms(void);
/* Writes what became of it: `fault` 0 for one that passed. */
int reader_keep(struct reader_taking *t, int fault, enum reader_outcome *outcome, int *why);
/* Did this author say that they took this record from us? */
bool reader_was_taken_back(struct vault_txn *txn, const uint8_t rid[32], const uint8_t author[16]);

/* Can news of chains, of other records or of cuts, or other bytes, change this verdict? The others are for good. */
bool reader_may_pass(const struct ledger_aside *a);

/* --- streams that end (reader_cut.c) --- */

/* A stream_end has passed: if it is about what its author's removed device wrote to us, the cut is kept, and what is
 * beyond it goes out of view. */
int reader_cut_take(struct reader_taking *t);

#endif
