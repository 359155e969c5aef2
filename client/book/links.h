/* links: the links of the clinic chain and of key chains as rows of the vault. Knows no rule: what is put here was
 * verified by fold.h before, and is verified again whenever it is folded. In the caller's transaction. */
#ifndef KAP_CLIENT_BOOK_LINKS_H
#define KAP_CLIENT_BOOK_LINKS_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct vault_txn;

/* Adds or replaces (a link whose inner part came later) the link at `seq` of `chain`. */
int links_put(struct vault_txn *txn, const uint8_t chain[32], uint64_t seq, const void *bytes, size_t len);
/* Replaces the content of `out`. ERR_NOT_FOUND. */
int links_get(struct vault_txn *txn, const uint8_t chain[32], uint64_t seq, struct buf *out);

/* Calls visit for every link of a chain from seq 0 to the first that is not there. Another return than 0 ends it and is
 * returned. */
typedef int links_visit(void *arg, uint64_t seq, const uint8_t *bytes, size_t len);
int links_each(struct vault_txn *txn, const uint8_t chain[32], links_visit *visit, void *arg);

/* Which chains there are: every chain whose link 0 was put, in no useful order. */
typedef int links_chain_visit(void *arg, const uint8_t chain[32]);
int links_chains(struct vault_txn *txn, links_chain_visit *visit, void *arg);

#endif
