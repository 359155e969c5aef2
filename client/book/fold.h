/* fold: the clinic chain and the key chains this device holds, verified and folded in memory. The ground under people.h
 * (who is who) and under sync/chains.h (what is new). Knows the vault's links; knows no network and no names. */
#ifndef KAP_CLIENT_BOOK_FOLD_H
#define KAP_CLIENT_BOOK_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clinic;
struct fold;
struct keychain;
struct link;
struct vault_txn;

/* Folds all links of `clinic` that the vault holds, after all key chains. Links are verified in full when they first
 * arrive (fold_apply, fold_add) and the vault proves them since; `verify` checks the signatures of the clinic chain all
 * the same, for a fold in which links take effect that were opaque before. ERR_NOT_FOUND: the vault holds no link of
 * that clinic. ERR_CORRUPT and the errors of clinic_apply otherwise. */
int fold_load(struct vault_txn *txn, const uint8_t clinic[32], bool verify, struct fold **out);
/* Nothing in it yet: for a device that joins. ERR_NOMEM. */
int fold_new(struct fold **out);
void fold_free(struct fold *f); /* NULL is legal */

const struct clinic *fold_clinic(const struct fold *f);
/* NULL when not held. Borrowed until fold_free. */
const struct keychain *fold_keychain(const struct fold *f, const uint8_t genesis[32]);
const struct keychain *fold_keychain_by_pid(const struct fold *f, const uint8_t pid[16]);

/* Verifies a person's first link and adds them. ERR_AUTHOR when it is not the chain of `genesis`; errors of
 * keychain_new. Adding one that is held is no error. */
int fold_add(struct fold *f, const uint8_t genesis[32], const void *first_link, size_t len);
/* Verifies and applies the next link of a key chain that is held; pointers to the chain stay good. ERR_NOT_FOUND: it is
 * not held. Errors of keychain_apply; nothing has changed then. The clinic's own fold does not look back: ask
 * clinic_check_cuts. */
int fold_extend(struct fold *f, const uint8_t genesis[32], const struct link *link);
/* Verifies and applies the clinic chain's next link. ERR_NOT_FOUND: the key chain of fold_wanted is needed first.
 * Errors of clinic_apply; nothing has changed then. */
int fold_apply(struct fold *f, const struct link *link);
/* The identity that the last fold_apply looked for in vain. */
const uint8_t *fold_wanted(const struct fold *f);

#endif
