/* chains_internal: what chains.c and chains_people.c share. Nobody else includes this. */
#ifndef KAP_CLIENT_SYNC_CHAINS_INTERNAL_H
#define KAP_CLIENT_SYNC_CHAINS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fold;
struct identity;
struct msg_bytes;
struct msg_chain_get_reply;
struct rpc;
struct vault;
struct vault_txn;

/* A link that is new here, or whose inner part or boxes are. */
struct chains_fresh {
	struct chains_fresh *next;
	uint8_t chain[32];
	uint64_t seq;
	size_t len;
	uint8_t bytes[];
};

struct chains {
	struct rpc *c;
	struct vault *vault;
	struct identity *id;
	struct fold *fold;
	struct chains_fresh *first, **end; /* to be kept, in order */
	bool grown;                        /* a key chain that was held has new links */
	bool asked_again;                  /* the list of key chains, because a signer was not known */
	bool healing;                      /* the server is of another generation than was read last */
	bool seeds;                        /* the identity has seeds that the vault's has not */
};

int chains_ask(struct chains *f, const uint8_t chain[32], uint64_t from, uint64_t count,
               struct msg_chain_get_reply *out);
int chains_note(struct chains *f, const uint8_t chain[32], uint64_t seq, const struct msg_bytes *bytes);

/* Asks which key chains have grown, and applies what is new of those that are held. ERR_ROLLBACK: one is shorter than
 * ours, or another, or one's own is not shown. Errors of keychain_apply and rpc_call. */
int chains_people_grow(struct chains *f);
/* Gets the whole key chain of somebody who is not held. ERR_LINK, ERR_AUTHOR, errors of keychain_new and rpc_call. */
int chains_people_fetch(struct chains *f, const uint8_t genesis[32]);
/* Do the news of key chains fit the clinic chain? Errors of clinic_check_cuts. */
int chains_people_check(const struct chains *f);
/* Opens the seeds of one's own epochs that this device does not have yet. ERR_LINK: the server withholds the box of the
 * current one; ERR_OPEN: what is in it is no seed of this epoch. Earlier epochs that cannot be opened are passed over.
 */
int chains_people_seeds(struct chains *f);
/* Those seeds into the vault's identity, beside whatever else was written to it meanwhile. */
int chains_people_keep_seeds(const struct chains *f, struct vault_txn *txn);

#endif
