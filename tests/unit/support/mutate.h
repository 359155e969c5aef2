/* mutate: damaged copies of a blob, one after another, always the same ones in the same order. Every copy differs from
 * the original and lies in memory of exactly its own length, so that a sanitizer sees a read beyond it. For whatever is
 * signed, sealed or parsed: nothing in the sequence may be accepted. Knows no format.
 *
 *     struct mutate m;
 *     for (mutate_begin(&m, MUTATE_ALL, blob, len); mutate_next(&m);)
 *         if (thing_open(m.data, m.len, ...) == 0)
 *             fail_msg("accepted: %s", mutate_what(&m));
 */
#ifndef KAP_TESTS_MUTATE_H
#define KAP_TESTS_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUTATE_BITS 1u      /* each single bit flipped */
#define MUTATE_BYTES 2u     /* each single byte inverted; and set to 0x00 and to 0xff where it was not that already */
#define MUTATE_CUT_END 4u   /* every shorter length, the end missing, down to nothing */
#define MUTATE_CUT_START 8u /* every shorter length, the start missing; not the empty one */
#define MUTATE_GROW 16u     /* one byte more (0x00, 0x01, 0x80, 0xff) after the end, and before the start */
#define MUTATE_ALL 31u

struct mutate {
	uint8_t *data; /* the damaged copy; valid until the next mutate_next */
	size_t len;
	size_t count; /* copies made so far */
	/* private */
	const uint8_t *blob;
	size_t blob_len;
	size_t stride;
	size_t at;
	unsigned strategies, row, variant;
	char what[80];
};

/* Starts over `blob`, which must stay as it is until the end. `strategies` is a set of MUTATE_. */
void mutate_begin(struct mutate *m, unsigned strategies, const void *blob, size_t len);

/* Only every `stride`-th position from here on; for blobs so large that every one would take too long. */
void mutate_stride(struct mutate *m, size_t stride);

/* Makes the next copy. False after the last one, when everything is freed; so a loop that leaves early calls
 * mutate_end. */
bool mutate_next(struct mutate *m);
void mutate_end(struct mutate *m);

/* What was done to the current copy, for the message of a failing test. Valid until the next mutate_next. */
const char *mutate_what(const struct mutate *m);

#endif
