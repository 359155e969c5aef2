/* frame: u32 big-endian length, then one canonical MessagePack array. Finds the next frame in bytes that arrived, and
 * bounds it before anyone allocates. Knows no message and no socket. */
#ifndef KAP_PROTO_FRAME_H
#define KAP_PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define FRAME_HEADER 4
#define FRAME_MIN 4                 /* the shortest body: [1,id,op] is four bytes */
#define FRAME_MAX ((size_t)1 << 20) /* header included */
#define FRAME_MAX_GUEST ((size_t)64 << 10)

/* Looks at the first `len` bytes of a stream whose frames may be at most `max` bytes, header included.
 * 0: *body_len is the length of a whole body that follows the 4-byte header.
 * ERR_MORE: not whole yet; *body_len is its announced length once 4 bytes are there, else 0.
 * ERR_TOO_BIG or ERR_PROTO (shorter than FRAME_MIN): the connection must be closed; *body_len is 0. Known from the
 * first 4 bytes, so before anything is allocated. Never reads past `len`. */
int frame_peek(const uint8_t *bytes, size_t len, size_t max, size_t *body_len);

/* Starts a frame in `out`: reserves the header and returns its offset for frame_end. */
size_t frame_begin(struct buf *out);
/* Fills in the header begun at `start`. On error the frame is taken back out: ERR_TOO_BIG when it is larger than `max`
 * (header included), ERR_RANGE when its body is shorter than FRAME_MIN, else the sticky error of `out`. */
int frame_end(struct buf *out, size_t start, size_t max);

#endif
