/* pull_internal: what pull.c and pull_mend.c share. Nobody else includes this. */
#ifndef KAP_CLIENT_SYNC_PULL_INTERNAL_H
#define KAP_CLIENT_SYNC_PULL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/book/ledger.h"

#include "pull.h"
#include "reader.h"

struct pull_rids {
	uint8_t (*rows)[32];
	size_t n, room;
};

struct pulling {
	const struct pull_opts *o;
	struct reader *reader;
	const struct fold *fold;
	uint8_t log_public[32];
	struct vault_txn *txn;
	struct ledger_cursor cursor;
	struct pull_result *result;
	const struct ledger_cursor *floor; /* NULL when there is none any more */
	uint64_t end;                      /* of the feed, as the server signed it last */
	struct pull_rids waiting;          /* went aside in this pull, and may pass before its end */
	struct pull_rids asked;            /* were asked for by name */
	uint64_t began_ms;
	bool renewed, taken_back;
};

int pull_rids_add(struct pull_rids *r, const uint8_t rid[32]);
bool pull_rids_have(const struct pull_rids *r, const uint8_t rid[32]);

/* A reader_visit: counts what became of an entry, when it came or when it was tried again. */
int pull_tally(void *arg, const struct msg_pull_entry *entry, enum reader_outcome outcome, int why);

/* Says what has to be tried at the beginning: the chains may have grown since the last pull. */
int pull_mend_begin(struct pulling *p);
/* Sees to what the reader needs, until it needs nothing more that can be had. No transaction is open. */
int pull_mend(struct pulling *p);
/* Counts what had to wait in this pull and still does. */
int pull_mend_end(struct pulling *p);

#endif
