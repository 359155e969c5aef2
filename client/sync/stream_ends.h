/* stream_ends: where the streams of one of one's own devices end, to each person, counted from the records held here.
 * Knows the ledger; no network. */
#ifndef KAP_CLIENT_SYNC_STREAM_ENDS_H
#define KAP_CLIENT_SYNC_STREAM_ENDS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/stream.h"

struct buf;
struct device_public;
struct vault_txn;

struct stream_end {
	uint8_t did[16], pid[16];
	struct stream last; /* zeroes: none was written */
};
struct stream_ends {
	struct stream_end *rows;
	size_t n, room;
};

/* Adds an end for everybody to whom the device wrote, the author among them. Counted are the records that were taken,
 * and those kept aside that are the device's by their signature. ERR_NOMEM, ERR_CORRUPT, errors of the vault. */
int stream_ends_count(struct vault_txn *txn, const uint8_t did[16], const struct device_public *pub,
                      struct stream_ends *ends);
/* An empty end for a person to whom the device wrote nothing; nothing when there is one. */
int stream_ends_add_none(struct stream_ends *ends, const uint8_t did[16], const uint8_t pid[16]);
void stream_ends_free(struct stream_ends *ends);

/* As bytes for a row, and back. ERR_CORRUPT. */
int stream_ends_put(const struct stream_ends *ends, struct buf *out);
int stream_ends_get(const uint8_t *bytes, size_t len, struct stream_ends *ends);

#endif
