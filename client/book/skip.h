/* skip: what a client passed over today, on this device alone, so that it is not asked again before tomorrow. Nobody
 * else learns of it, and nothing counts it. */
#ifndef KAP_CLIENT_BOOK_SKIP_H
#define KAP_CLIENT_BOOK_SKIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book_item;
struct vault_txn;

/* `day`: days since 1970 by the local calendar. A prompt goes by its id, an assignment by itself. Errors of the vault.
 */
int skip_prompt(struct vault_txn *txn, const char *id, int64_t day);
int skip_assignment(struct vault_txn *txn, const struct book_item *item, int64_t day);
bool skip_has_prompt(struct vault_txn *txn, const char *id, int64_t day);
bool skip_has_assignment(struct vault_txn *txn, const struct book_item *item, int64_t day);

#endif
