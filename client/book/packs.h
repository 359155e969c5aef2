/* packs: the packs (client/book/measures_pack.h) that this device took in, kept in its vault, and the one place where a
 * typed name becomes a questionnaire, built in or from a pack. Knows no terminal. */
#ifndef KAP_CLIENT_BOOK_PACKS_H
#define KAP_CLIENT_BOOK_PACKS_H

#include <stddef.h>

struct measures_instrument;
struct packs;
struct vault;
struct vault_txn;
struct why;

/* All of them. What does not pass the checks any more is passed over. Errors of the vault, ERR_NOMEM. */
int packs_load(struct vault *vault, struct packs **out);
void packs_free(struct packs *p); /* NULL is legal */

/* The questionnaire of this name: the text of a pack before a rule without text; NULL: none. Lives as long as `p`. */
const struct measures_instrument *packs_find(const struct packs *p, const char *id);
/* All that there are, those that are built in first; NULL beyond the last. */
const struct measures_instrument *packs_at(const struct packs *p, size_t i);
/* What the clinic's permission for it rests on; NULL: it came with no pack. */
const char *packs_permission(const struct packs *p, const struct measures_instrument *m);

/* Checks a pack and keeps it, in the place of one with the same id. Errors of measures_pack_parse, of the vault. */
int packs_put(struct vault_txn *txn, const void *bytes, size_t len, struct why *why);

#endif
