/* scratch_vault: an open, empty vault in a directory of its own, cheap to make; and rows damaged on purpose. For tests
 * of what stands on the vault. Everything that goes wrong fails the running test. */
#ifndef KAP_TESTS_SCRATCH_VAULT_H
#define KAP_TESTS_SCRATCH_VAULT_H

#include <stdint.h>

#include "client/vault.h"

struct scratch_vault {
	char *home, *dir;
	struct vault *vault;
	struct vault_txn *txn; /* a write transaction is always open */
};

void scratch_vault_open(struct scratch_vault *s);
void scratch_vault_close(struct scratch_vault *s);
/* Commits what was written and begins anew. */
void scratch_vault_commit(struct scratch_vault *s);
/* Gives it up and begins anew. */
void scratch_vault_abort(struct scratch_vault *s);

/* Replaces a row by an array of one nil, which no row is. */
void scratch_vault_spoil(struct scratch_vault *s, enum vault_table table, const void *id, size_t id_len);
void scratch_vault_spoil_seq(struct scratch_vault *s, enum vault_table table, uint64_t seq);

#endif
