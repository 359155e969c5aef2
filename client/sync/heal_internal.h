/* heal_internal: what heal.c and heal_link.c share. Nobody else includes this. */
#ifndef KAP_CLIENT_SYNC_HEAL_INTERNAL_H
#define KAP_CLIENT_SYNC_HEAL_INTERNAL_H

struct fold;
struct vault_txn;

/* How long the key chains of others are that are held here: heal_may_lack. */
int heal_note_chains(struct vault_txn *txn, const struct fold *fold);

#endif
