/* store_blob_inner: a row of blobs, for store_blob.c and store_check*.c alone. */
#ifndef KAP_DAEMON_STORE_BLOB_INNER_H
#define KAP_DAEMON_STORE_BLOB_INNER_H

#include "store_blob.h"
#include "store_inner.h"

#define STORE_BLOB_FIXED 40 /* owner{16} len since named */

/* ERR_CORRUPT. */
int store_blob_parse(const struct store_val *row, struct store_blob *out);

/* The tables of blobs, held against each other: `found` is called for each problem, *n how many. The rest of the walk
 * is whether every record's blobs are named: that is store_check.c's. */
struct store_blob_check {
	struct store_txn *t;
	void (*found)(void *arg, const char *what, const uint8_t *id, size_t len);
	void *arg;
	uint64_t blobs;
};
int store_blob_check(struct store_blob_check *k);

#endif
