/* vault_internal: what vault.c and vault_txn.c share. For vault*.c only. */
#ifndef KAP_CLIENT_VAULT_INTERNAL_H
#define KAP_CLIENT_VAULT_INTERNAL_H

#include "client/vault_key.h"
#include "client/vault_lmdb.h"

struct vault {
	struct vault_lmdb db;
	struct vault_key_set *keys; /* on the secure heap */
	char *dir;
};

#endif
