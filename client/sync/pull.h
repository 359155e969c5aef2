/* pull: reads the feed from the cursor to its end, page by page: the running head is recomputed, the server's signed
 * end is compared with it, every record goes through the reader, and a page with its cursor is one transaction. After
 * each page it sees to what the reader needs: chains read again, a missing record fetched, what is kept aside tried
 * again. What was sealed here and does not follow what a copy of this device has sent goes back to pending. */
#ifndef KAP_CLIENT_SYNC_PULL_H
#define KAP_CLIENT_SYNC_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gone.h"

struct fold;
struct identity;
struct rpc;
struct vault;

struct ledger_cursor;

struct pull_opts {
	struct rpc *rpc;
	struct vault *vault;
	const struct identity *id;
	const struct fold *fold;
	const uint8_t *log_public; /* 32 */
	/* NULL, or a place that the feed must pass through: another device of this person has seen it (ERR_ROLLBACK;
	 * ERR_GENERATION for another life of the server that no admin announced) */
	const struct ledger_cursor *floor;
	void (*progress)(void *arg, size_t done, size_t total);
	/* Somebody else's record that is now here; called inside the page's transaction. NULL legal. */
	void (*arrived)(void *arg, const uint8_t rid[32], const uint8_t author[16]);
	/* A record names what the chains here do not know: reads them again, once in a pull at most. *fold takes the place
	 * of `fold`; log_public is not used any more when it was inside the old one. NULL: they are not read again. */
	int (*renew)(void *arg, const struct fold **fold);
	void *arg;
};

struct pull_result {
	size_t pulled; /* other people's records, and own ones this device did not have */
	size_t withdrawn;
	size_t aside;  /* kept aside in this pull and still there at its end */
	int aside_err; /* why the first was kept aside */
	size_t held;   /* kept aside without a fault: they wait for word of how far a removed device's records count */
	struct gone gone;
	bool twin; /* one was signed by this very device, which did not write it: a copy of its vault did */
};

/* ERR_ROLLBACK: the server does not know the place we are at, or its feed is not the one it signed or showed before.
 * ERR_ASIDE_FULL: what has to be kept aside has no room; everything before it is kept. ERR_GENERATION: another life of
 * the store. ERR_RECEIPT: its signed end does not verify. Errors of rpc_call and of
 * the vault. Whole pages before the fault are kept. */
int pull_feed(const struct pull_opts *opts, struct pull_result *result);

#endif
