/* enrol: the last step of every way to a new device (invitation, pairing, paper): it is known to the server now, reads
 * the clinic as a member, verifies it, and becomes the identity of this vault. Knows no terminal. */
#ifndef KAP_CLIENT_ENROL_ENROL_H
#define KAP_CLIENT_ENROL_ENROL_H

struct fold;
struct identity;
struct rpc_opts;
struct vault;
struct vault_txn;

/* What the way in adds; each may be NULL. `check` compares the verified fold with what was promised; `keep` writes rows
 * into the transaction that makes the identity joined. Non-zero ends enrol_finish. */
struct enrol_way {
	int (*check)(void *arg, const struct fold *fold);
	int (*keep)(void *arg, struct vault_txn *txn, const struct identity *id);
	void *arg;
};

/* Over a connection of its own: ERR_GUEST when the server does not know this device. `id` gets the role, log key and
 * epochs that the chains say. Errors of rpc_open, chains_refresh and the vault; then `id` is not joined
 * in the vault and can be tried again. */
int enrol_finish(const struct rpc_opts *where, struct vault *vault, struct identity *id, const struct enrol_way *way);

/* An identity that has its device, not yet its place: kept with joined = false. */
int enrol_keep(struct vault *vault, const struct identity *id, const struct enrol_way *way);

#endif
