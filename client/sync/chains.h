/* chains: brings this device's copy of the clinic chain and of key chains up to date and verifies every link before it
 * is kept. The server is a cache of signed statements here and nothing more. Knows no record. */
#ifndef KAP_CLIENT_SYNC_CHAINS_H
#define KAP_CLIENT_SYNC_CHAINS_H

struct fold;
struct identity;
struct rpc;
struct vault;

/* Fetches what is new, folds it, keeps it in one transaction, and hands out the fold (the caller's). Checks that the
 * clinic is the one joined, that this server's key is pinned, and that one is still a member.
 * ERR_PIN, ERR_REVOKED; ERR_ROLLBACK (the server's chain is shorter than ours, or another); ERR_LINK, ERR_SIGNATURE and
 * the other errors of clinic_apply and keychain_new (a statement is false: nothing new was kept); errors of rpc_call
 * and of the vault. */
int chains_refresh(struct rpc *c, struct vault *vault, const struct identity *id, struct fold **out);

#endif
