/* vault_lmdb: LMDB as the vault uses it: one environment, one unnamed table, the process's file locks, and LMDB's
 * errors in the project's. For vault*.c only. Knows no key and no meaning. Flags are exactly MDB_NOTLS: every commit is
 * synced, nothing is written through the map. */
#ifndef KAP_CLIENT_VAULT_LMDB_H
#define KAP_CLIENT_VAULT_LMDB_H

#include <lmdb.h>
#include <stdbool.h>

/* The map is address space only; the file grows as it is used. */
#define VAULT_LMDB_MAP (sizeof(size_t) > 4 ? (size_t)16 << 30 : (size_t)512 << 20)

struct vault_lmdb {
	MDB_env *env;
	MDB_dbi dbi;
	int data_fd;   /* LMDB's own; never closed here */
	int open_lock; /* held shared while open */
	int write_lock;
	bool writing; /* one write transaction at a time */
	bool dead;    /* a commit failed in a way after which LMDB must not be used */
};

/* Opens the environment in the existing directory `dir`. `fresh`: data.mdb is made. Otherwise it must be there and hold
 * what its newest meta page promises; pages that are missing at the end are made to read as zeros, which prove nothing
 * and so are found out when opened, instead of killing the process. ERR_CORRUPT, ERR_IN_USE, ERR_IO, ERR_NOMEM. */
int vault_lmdb_open(struct vault_lmdb *db, const char *dir, bool fresh);
void vault_lmdb_close(struct vault_lmdb *db); /* legal on a zeroed one and after a failed open */

/* A write first takes write.lock, waiting at most VAULT_WAIT_MS (ERR_IN_USE). ERR_ARG for a second one in this process.
 */
int vault_lmdb_begin(struct vault_lmdb *db, bool write, MDB_txn **txn);
int vault_lmdb_commit(struct vault_lmdb *db, bool write, MDB_txn *txn);
void vault_lmdb_abort(struct vault_lmdb *db, bool write, MDB_txn *txn);

/* ERR_CORRUPT when the value lies beyond the end of the file: touching it would kill the process. */
int vault_lmdb_check(const struct vault_lmdb *db, const MDB_val *value);

/* Holds write.lock outside a transaction (the header is being replaced). */
int vault_lmdb_lock(struct vault_lmdb *db);
void vault_lmdb_unlock(struct vault_lmdb *db);

int vault_lmdb_err(int rc);

#endif
