/* cobblestone: C2SP chunked-encryption, Cobblestone-256: content and attachments. Key-committing, chunked (16 KiB),
 * truncation-proof. One call for what fits in memory. Knows nothing of records. Any thread.
 * Source: C2SP chunked-encryption.md. */
#ifndef KAP_PROTO_COBBLESTONE_H
#define KAP_PROTO_COBBLESTONE_H

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

#endif
