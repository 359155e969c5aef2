/* buf: a growing byte buffer with a hard maximum and a sticky error; wiped when freed.
 * The only way bytes are built in this project. Knows nothing of formats. Not for sharing between threads. */
#ifndef KAP_PROTO_BUF_H
#define KAP_PROTO_BUF_H

#include <stddef.h>
#include <stdint.h>

/* Public so that it can live on a stack; touch it only through these functions. */
struct buf {
	uint8_t *data;
	size_t len, cap, max;
	int err;
};

#define BUF_MAX_DEFAULT ((size_t)16 << 20)

/* Makes `b` empty. `max` is the most it may ever hold, 0 for BUF_MAX_DEFAULT. Allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* Wipes and frees the bytes and leaves `b` as buf_init left it. Legal on a zeroed or wiped buffer. */
void buf_wipe(struct buf *b);

/* Forgets (and wipes) the content and the sticky error; keeps the memory. */
void buf_reset(struct buf *b);

/* Append. After an error (ERR_NOMEM, ERR_TOO_BIG) every later call does nothing and returns that same error. */
int buf_put(struct buf *b, const void *bytes, size_t len);
int buf_put_u8(struct buf *b, uint8_t v);
int buf_put_u16(struct buf *b, uint16_t v); /* big-endian, as all integers here */
int buf_put_u32(struct buf *b, uint32_t v);
int buf_put_u64(struct buf *b, uint64_t v);

/* Appends `len` uninitialised bytes and returns where they start, NULL on error. Valid until the next append. */
uint8_t *buf_reserve(struct buf *b, size_t len);

/* Drops (and wipes) all but the first `len` bytes; `len` beyond the end is a no-op. */
void buf_truncate(struct buf *b, size_t len);

/* Drops the first `len` bytes (at most all of them), moving the rest down. */
void buf_consume(struct buf *b, size_t len);

/* The sticky error, 0 if every call so far succeeded. */
int buf_err(const struct buf *b);

/* Moves the bytes out: the caller frees *data with buf_free_bytes. Leaves `b` empty. Returns the sticky error,
 * in which case nothing is moved. An empty buffer yields *data = NULL, *len = 0. */
int buf_take(struct buf *b, uint8_t **data, size_t *len);

/* Wipes and frees bytes from buf_take (or any malloc). NULL is legal. */
void buf_free_bytes(uint8_t *data, size_t len);

#endif
