/* cobblestone: C2SP chunked-encryption, Cobblestone-256: content and attachments. Key-committing, chunked (16 KiB),
 * truncation-proof. One call for what fits in memory, a stream for what does not. Knows nothing of records. Any thread.
 * Source: C2SP chunked-encryption.md. */
#ifndef KAP_PROTO_COBBLESTONE_H
#define KAP_PROTO_COBBLESTONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

#define COBBLESTONE_SALT 24
#define COBBLESTONE_HEADER 56 /* 24-byte salt || 32-byte key commitment */
#define COBBLESTONE_CHUNK 16384
#define COBBLESTONE_CONTEXT_MAX 952 /* what is left of CRYPTO_INFO_MAX */

/* Size of the ciphertext of `len` plaintext bytes; 0 for more than a stream can hold (2^38 chunks, or memory). */
size_t cobblestone_size(size_t len);
/* out must have room for cobblestone_size(len) and not overlap plain. A fresh random salt is drawn. ERR_RANGE for too
 * long a plaintext, when nothing is written, or context; ERR_CRYPTO. On failure out is zeroed. */
int cobblestone_seal(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len, const void *plain,
                     size_t len, uint8_t *out);
/* The same with a given salt. Only to make a stream again that was made before: under one key, context and salt the
 * chunk keys and nonces come out the same, so a second, different message under them would give both away. Sealing the
 * very same message gives the very same bytes, which tell nobody anything new; the caller makes sure that it is the
 * same, or compares the result with a hash that the first stream had before it leaves the device. */
int cobblestone_seal_salt(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len,
                          const uint8_t salt[COBBLESTONE_SALT], const void *plain, size_t len, uint8_t *out);
/* plain must have room for len and not overlap in. *plain_len is what was written. ERR_OPEN for a wrong key, context,
 * commitment, order, or a cut or grown stream; ERR_RANGE for too long a context; ERR_CRYPTO. On failure nothing is
 * released: *plain_len is 0 and plain is zeroed, or untouched where len alone shows that the stream is cut. */
int cobblestone_open(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len, const void *in, size_t len,
                     uint8_t *plain, size_t *plain_len);

/* --- a stream, chunk by chunk --- */

#define COBBLESTONE_SEALED_CHUNK (COBBLESTONE_CHUNK + CRYPTO_TAG)

/* One stream that is being sealed or opened; its keys lie on the secure heap. Not shared between threads. */
struct cobblestone;

/* Draws a salt, writes the header. ERR_RANGE for too long a context, ERR_NOMEM, ERR_CRYPTO; *out is NULL then. */
int cobblestone_seal_new(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len,
                         uint8_t header[COBBLESTONE_HEADER], struct cobblestone **out);
/* Compares the header's commitment: ERR_OPEN; else as above. */
int cobblestone_open_new(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len,
                         const uint8_t header[COBBLESTONE_HEADER], struct cobblestone **out);
void cobblestone_free(struct cobblestone *c); /* NULL is legal */
/* The next chunk: COBBLESTONE_CHUNK bytes, or fewer, also none, for the last one, which must be there. `out` has room
 * for len + CRYPTO_TAG and may be `plain`. ERR_ARG after the last chunk or for more bytes than a chunk, ERR_CRYPTO. */
int cobblestone_seal_next(struct cobblestone *c, const void *plain, size_t len, uint8_t *out);
/* The next sealed chunk: COBBLESTONE_SEALED_CHUNK bytes, or fewer for the last. `plain` has room for len - CRYPTO_TAG
 * and may be `in`. ERR_OPEN: it is not that chunk, or something follows the last one; nothing is released then. What
 * was released before is only a beginning until cobblestone_is_whole. */
int cobblestone_open_next(struct cobblestone *c, const void *in, size_t len, uint8_t *plain);
/* The last chunk has been sealed or opened. */
bool cobblestone_is_whole(const struct cobblestone *c);

#endif
