/* left: when somebody's account at the clinic ended, by the clock of the admin who ended it. */
#ifndef KAP_CLIENT_BOOK_LEFT_H
#define KAP_CLIENT_BOOK_LEFT_H

#include <stdint.h>

struct people;
struct person;
struct vault_txn;

/* ERR_NOT_FOUND: they are a member, or the statement is not at hand. */
int left_at(struct vault_txn *txn, const struct people *people, const struct person *person, uint64_t *at_ms);

#endif
