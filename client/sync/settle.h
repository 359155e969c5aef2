/* settle: the first exchange of a device that comes to a person who has written before (paired, or recovered). Until
 * the whole feed is here it tells nobody anything; then it learns from what the person's other devices wrote what has
 * been told already. Knows the ledger; no network and no terminal. */
#ifndef KAP_CLIENT_SYNC_SETTLE_H
#define KAP_CLIENT_SYNC_SETTLE_H

#include <stdbool.h>

#include "client/book/ledger.h"

struct identity;
struct vault;
struct vault_txn;

#define SETTLE_NAME_MAX 320

struct settle {
	bool due;
	bool unnamed;               /* the identity's name is a guess: the person's profile says it */
	bool has_floor;             /* the feed must pass through: */
	struct ledger_cursor floor; /* where the other device stood */
};

/* This device has yet to settle. `device_name` is what to call it, 1..80 characters. */
int settle_begin(struct vault_txn *txn, const struct settle *s, const char *device_name);
/* What there is; due is false when there is nothing, or no more. ERR_CORRUPT, errors of the vault. */
int settle_get(struct vault *vault, struct settle *out);

/* The whole feed is here: notes which receipts and profiles went out, takes the person's name, names this device, and
 * is not due any more, all in one transaction. `id` is updated. */
int settle_finish(struct vault *vault, struct identity *id);

#endif
