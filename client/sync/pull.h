/* pull: reads the feed from the cursor to its end, page by page: the running head is recomputed, the server's signed
 * end is compared with it, every record goes through the reader, and a page with its cursor is one transaction. */
#ifndef KAP_CLIENT_SYNC_PULL_H
#define KAP_CLIENT_SYNC_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	bool one_page; /* ends after the first: the server has then shown that it knows the place we are at */
	void (*progress)(void *arg, size_t done, size_t total);
	/* Somebody else's record that is now here; called inside the page's transaction. NULL legal. */
	void (*arrived)(void *arg, const uint8_t rid[32], const uint8_t author[16]);
	void *arg;
};

struct pull_result {
	size_t pulled; /* other people's records, and own ones this device did not have */
	size_t withdrawn, aside;
	int aside_err; /* why the first was kept aside */
	bool twin;     /* one of them is signed by this very device, which did not write it: a copy of its vault did */
};

/* ERR_ROLLBACK: the server does not know the place we are at, or its feed is not the one it signed or showed before.
 * ERR_GENERATION: another life of the store. ERR_RECEIPT: its signed end does not verify. Errors of rpc_call and of
 * the vault. Whole pages before the fault are kept. */
int pull_feed(const struct pull_opts *opts, struct pull_result *result);

#endif
