/* chains: brings this device's copy of the clinic chain and of key chains up to date and verifies every link before it
 * is kept. The server is a cache of signed statements here and nothing more. Knows no record. */
#ifndef KAP_CLIENT_SYNC_CHAINS_H
#define KAP_CLIENT_SYNC_CHAINS_H

struct fold;
struct identity;
struct rpc;
struct vault;

/* Fetches what is new, key chains first, folds it, keeps it in one transaction, and hands out the fold (the caller's).
 * Checks that the clinic is the one joined, that this server's key is pinned, and that one is still a member and this a
 * device of theirs, or the paper device in force. The seeds of one's own epochs that this device lacks are opened and
 * added to `id`, here and in the vault; `id` may be without any (a device that was just let in, whose own key chain is
 * in the vault). ERR_PIN, ERR_REVOKED; ERR_ROLLBACK (a chain of the server's is shorter than ours, or another, or does
 * not fit the others); ERR_LINK, ERR_SIGNATURE and the other errors of clinic_apply, keychain_new and keychain_apply (a
 * statement is false: nothing new was kept); ERR_OPEN (one's own newest epoch is not for this device); errors of
 * rpc_call and of the vault. */
int chains_refresh(struct rpc *c, struct vault *vault, struct identity *id, struct fold **out);

#endif
