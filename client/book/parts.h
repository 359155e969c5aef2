/* parts: attachments on this device, encrypted as they travel: of one's own what is to be sent, of others what was
 * fetched. Rows over vault.h and nothing more: knows no file, no key and no network. Everything happens inside the
 * caller's transaction. Errors of the vault besides those named; ERR_CORRUPT for a row of another form. */
#ifndef KAP_CLIENT_BOOK_PARTS_H
#define KAP_CLIENT_BOOK_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/blob.h"

struct buf;
struct record;
struct vault_txn;

struct parts {
	uint64_t len; /* of the whole stream; 0 while it is being made */
	bool own;     /* made on this device */
	bool kept;    /* own: something that was written names it */
	bool begun;   /* own: the server may have some of it */
	uint64_t made_ms;
	uint8_t bitmap[BLOB_BITMAP_MAX]; /* parts that are here */
};

/* ERR_NOT_FOUND. */
int parts_get(struct vault_txn *txn, const uint8_t id[BLOB_ID], struct parts *out);
int parts_put(struct vault_txn *txn, const uint8_t id[BLOB_ID], const struct parts *p);
/* Keeps one part and sets its bit in *p, which the caller puts before the transaction ends. */
int parts_add(struct vault_txn *txn, const uint8_t id[BLOB_ID], struct parts *p, uint32_t n, const struct buf *part);
/* Replaces the content of `part`. ERR_NOT_FOUND. */
int parts_read(struct vault_txn *txn, const uint8_t id[BLOB_ID], uint32_t n, struct buf *part);
/* Everything of it is gone; nothing was there is no error. */
int parts_drop(struct vault_txn *txn, const uint8_t id[BLOB_ID]);

/* True when every part of it is here. */
bool parts_are_whole(const struct parts *p);

/* Something that is written in this transaction names it: parts_sweep leaves it alone. ERR_NOT_FOUND. */
int parts_keep(struct vault_txn *txn, const uint8_t id[BLOB_ID]);
/* The record was taken back from us, or deleted: what was fetched for it goes. What was made here stays, for another
 * revision may still have to be sent with it, unless `own` says that it goes too. */
int parts_forget(struct vault_txn *txn, const struct record *r, bool own);
/* Drops what was made here more than an hour before now_ms and never named: its making was cut off. */
int parts_sweep(struct vault_txn *txn, uint64_t now_ms);

#endif
