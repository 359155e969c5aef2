/* store_lmdb: transactions and cursors over LMDB, and the check that every value carries: LMDB has none, so each value
 * ends in 16 bytes of H("stored", table || key || value), and one that does not fit is ERR_CORRUPT, never data. A write
 * transaction has a sticky result: after the first failure of the engine every later call does nothing and returns that
 * error, and commit becomes abort. ERR_NOT_FOUND and ERR_CORRUPT of a single value do not stick. Knows no row's
 * meaning. For store_*.c, audit.c and tests. */
#ifndef KAP_DAEMON_STORE_LMDB_H
#define KAP_DAEMON_STORE_LMDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/crypto.h"
#include "store_key.h"

struct MDB_cursor;
struct MDB_txn;
struct store_env;

#define STORE_CHECK 16 /* bytes at the end of every stored value */

struct store_txn {
	struct MDB_txn *mdb; /* NULL: ended */
	const struct store_env *env;
	int err;          /* sticky */
	uint64_t writes;  /* rows put or removed */
	size_t pages;     /* estimate of pages dirtied at random places or as overflow */
	size_t seq_bytes; /* bytes added at the ends of sequential tables */
};

/* Borrowed from the map: valid until the next write in, or the end of, its transaction. */
struct store_val {
	const uint8_t *data;
	size_t len;
};

/* On error *t is ended. ERR_STORE_FATAL when LMDB has given up (MDB_PANIC). */
int store_txn_read(const struct store_env *env, struct store_txn *t);
int store_txn_write(const struct store_env *env, struct store_txn *t);
void store_txn_end(struct store_txn *t); /* aborts; legal on an ended one */
/* Won or lost, *t is ended. The sticky error; ERR_FULL; ERR_STORE_FATAL for any other failure of the disk. */
int store_txn_commit(struct store_txn *t);
size_t store_txn_pages(const struct store_txn *t);

/* ERR_NOT_FOUND, ERR_CORRUPT. */
int store_txn_get(struct store_txn *t, enum store_table table, const struct store_key *key, struct store_val *val);
/* Puts the parts one after the other as the value, over what was there. */
int store_txn_put(struct store_txn *t, enum store_table table, const struct store_key *key,
                  const struct crypto_bytes *parts, size_t n);
int store_txn_del(struct store_txn *t, enum store_table table, const struct store_key *key); /* ERR_NOT_FOUND */
int store_txn_count(struct store_txn *t, enum store_table table, uint64_t *rows);

/* A place in a table, confined to the keys that begin with a prefix. */
struct store_cur {
	struct MDB_cursor *mdb;
	struct store_txn *t;
	enum store_table table;
	struct store_key prefix;
	const uint8_t *key;   /* of the row it is on; borrowed like a value */
	struct store_val val; /* its value; empty after ERR_CORRUPT */
};

/* prefix NULL: all keys. Close it before the transaction ends. On error it is closed. */
int store_cur_open(struct store_txn *t, enum store_table table, const struct store_key *prefix, struct store_cur *c);
void store_cur_close(struct store_cur *c); /* legal on a closed one */
/* Each goes to a row. ERR_NOT_FOUND: no such row within the prefix. ERR_CORRUPT: it is on a row whose value did not
 * prove itself; `key` is right and store_cur_next goes on. */
int store_cur_seek(struct store_cur *c, const struct store_key *from); /* the first row at or after `from` */
int store_cur_first(struct store_cur *c);
int store_cur_next(struct store_cur *c);
int store_cur_last(struct store_cur *c);

#endif
