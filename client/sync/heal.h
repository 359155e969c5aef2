/* heal: what this device does when the server was put back from an older copy of its store. What an admin announced on
 * the clinic chain is answered: the device gives back whatever it holds and the server lost, and begins the feed of the
 * new generation at its start. Everything may be cut off at any byte and is begun again; nothing is doubled. PROTOCOL
 * 16. */
#ifndef KAP_CLIENT_SYNC_HEAL_H
#define KAP_CLIENT_SYNC_HEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct contact;
struct fold;
struct identity;
struct rpc;
struct vault;
struct vault_txn;

/* Is the server's store of another generation than the feed that was read last? False before the first pull. */
int heal_is_due(struct vault *vault, const struct rpc *rpc, bool *due);
/* Did this device ever read a feed of this clinic? Whoever does not know it has forgotten it. */
bool heal_was_known(struct vault_txn *txn);

/* The links of one's own key chain that the server lacks, or has without their boxes. Nothing secret is in them.
 * ERR_GENERATION: no admin has announced the server's generation; ERR_ROLLBACK: its chain is another; errors of
 * rpc_call and of the vault. */
int heal_own_chain(const struct contact *c);

struct heal_opts {
	const struct contact *contact;                          /* refreshed */
	void (*progress)(void *arg, size_t done, size_t total); /* records; NULL: silent */
	void *arg;
};
struct heal_result {
	size_t given;   /* records */
	size_t refused; /* records that the server did not take now */
};

/* Gives back what was lost, and then moves the cursor to the start of the new generation, in one transaction with a
 * note of which chains were known here. ERR_GENERATION: no notice on the clinic chain leads from the generation that
 * was read last to the server's: nothing was given. Errors of rpc_call and of the vault. */
int heal_run(const struct heal_opts *opts, struct heal_result *result);

/* May the server's copy of somebody else's key chain end before ours, at `head_seq`? Yes where it was this long at the
 * last healing: its owner gives it back. */
bool heal_may_lack(struct vault *vault, const uint8_t chain[32], uint64_t head_seq);

/* --- the admin's part, `kap clinic restored` --- */

struct heal_lost {
	bool restored;               /* the generation is another, and not announced yet */
	size_t links, chains;        /* links that the server lacks, of how many chains */
	uint8_t before[16], now[16]; /* generations */
};
/* What the server lacks of the clinic chain and of key chains held here. Errors of contact_open and rpc_call;
 * ERR_ROLLBACK: one of its chains is another than ours. */
int heal_look(struct vault *vault, struct heal_lost *lost);
/* Gives those links back, key chains first, each in order, then signs the notice. ERR_ROLE: not an admin. Errors of
 * heal_look and statement_put. */
int heal_announce(struct vault *vault, struct heal_lost *lost);

#endif
