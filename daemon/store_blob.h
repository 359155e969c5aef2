/* store_blob: attachments as the store keeps them: encrypted parts, what is known of each, which records name which. A
 * blob that no record names is loose: so many of them a person may have, and so long. Threads and errors as in store.h.
 * Knows no rule about who may read; opens nothing. */
#ifndef KAP_DAEMON_STORE_BLOB_H
#define KAP_DAEMON_STORE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/blob.h"

#include "store.h"

struct record_blob;

#define STORE_BLOB_LOOSE_MAX 32                          /* of one person */
#define STORE_BLOB_LOOSE_BYTES ((uint64_t)512 << 20)     /* of one person, as long as they are to become */
#define STORE_BLOB_LOOSE_MS ((uint64_t)7 * 24 * 3600000) /* then they are swept */
#define STORE_BLOB_NAMED_MAX 4096                        /* records that name one blob */

struct store_blob {
	uint8_t owner[STORE_ID];
	uint64_t len;
	uint64_t since_ms; /* when a part was put last */
	uint64_t named;    /* by how many records */
	uint32_t present;  /* parts */
	uint8_t bitmap[BLOB_BITMAP_MAX];
	uint8_t hashes[BLOB_PARTS_MAX][BLOB_HASH]; /* of those present; zeroes */
};

/* What is known of a blob; reads no part. ERR_NOT_FOUND. */
int store_blob_get(struct store *s, const uint8_t id[BLOB_ID], struct store_blob *out);
int store_batch_blob_get(struct store_batch *b, const uint8_t id[BLOB_ID], struct store_blob *out);
/* True if all parts are there and have this root. */
bool store_blob_is_whole(const struct store_blob *blob, const uint8_t root[BLOB_HASH]);

struct store_blob_part {
	const uint8_t *id, *owner;
	uint64_t len; /* of the whole blob */
	uint32_t n;
	const uint8_t *bytes;
	size_t bytes_len;
	uint64_t now_ms;
};
/* Keeps one part; the first makes the blob: *fresh. *present: how many there are now. A part that is there already is
 * passed over. ERR_SHAPE (no such part of a blob of this length, or the part's length), ERR_EXISTS (the id is another
 * person's, or the blob has another length, or this part other bytes), ERR_QUOTA (too many loose ones), ERR_FULL (above
 * the high-water mark; the batch lives on). */
int store_blob_put_part(struct store_batch *b, const struct store_blob_part *part, uint32_t *present, bool *fresh);
/* Appends the part's bytes. ERR_NOT_FOUND. */
int store_blob_part_get(struct store *s, const uint8_t id[BLOB_ID], uint32_t n, struct buf *out);

/* Records that name the blob, by rid, after `after` (NULL: from the first): at most `max`; *n how many. */
int store_blob_records(struct store *s, const uint8_t id[BLOB_ID], const uint8_t *after, size_t max,
                       uint8_t (*rids)[STORE_HASH], size_t *n);

/* May a record name these? ERR_TARGET unless each is whole as the record says, ERR_QUOTA when one is named too often.
 */
int store_blob_may_name(struct store_batch *b, const struct record_blob *blobs, uint32_t n);
/* The record `rid`, put in this batch, names these. Errors of store_blob_may_name; then nothing was changed. */
int store_blob_name(struct store_batch *b, const uint8_t rid[STORE_HASH], const struct record_blob *blobs, uint32_t n);
/* The record names these no longer (a tombstone took it). Those that nobody names any more are gone with all their
 * parts. Not being named is no error. May use the reserve. */
int store_blob_unname(struct store_batch *b, const uint8_t rid[STORE_HASH], const struct record_blob *blobs,
                      uint32_t n);

/* Writer thread, between groups: deletes at most `max` blobs that have been loose since before now_ms -
 * STORE_BLOB_LOOSE_MS, in a batch of its own. *n how many. Errors of store_batch_commit. */
int store_blob_sweep(struct store *s, uint64_t now_ms, size_t max, size_t *n);

#endif
