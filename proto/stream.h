/* stream: the numbering of the records from one author device to one person, sealed inside the wraps. Tells a reader
 * that a record was dropped, repeated or reordered. A value, no memory, no keys. Source: docs/PROTOCOL.md section 7,
 * Stream. */
#ifndef KAP_PROTO_STREAM_H
#define KAP_PROTO_STREAM_H

#include <stdint.h>

#define STREAM_RID 32

/* The last record of a stream; all zero before the first. Stored by the device that writes and by the one that reads.
 */
struct stream {
	uint64_t seq;
	uint8_t rid[STREAM_RID];
};

/* Writer: the place of the next record, to be sealed into its wrap: *seq and the rid before it (zeroes for the first).
 * The stream does not move until stream_add. ERR_RANGE at the end of numbers. */
int stream_next(const struct stream *s, uint64_t *seq, uint8_t prev[STREAM_RID]);

/* Reader: 0 if a record that says (seq, prev) is the one after `s`, else ERR_STREAM. */
int stream_check(const struct stream *s, uint64_t seq, const uint8_t prev[STREAM_RID]);

/* Both: the record `rid` is now the last. Also for a record in the feed whose wrap was taken away: it counts as one,
 * though its place could not be read. ERR_RANGE at the end of numbers. */
int stream_add(struct stream *s, const uint8_t rid[STREAM_RID]);

#endif
