/* cobblestone: C2SP chunked-encryption, Cobblestone-256: content and attachments. Key-committing, chunked (16 KiB),
 * truncation-proof. One call for what fits in memory. Knows nothing of records. Any thread.
 * Source: C2SP chunked-encryption.md. */
#ifndef KAP_PROTO_COBBLESTONE_H
#define KAP_PROTO_COBBLESTONE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

#define COBBLESTONE_HEADER 56 /* 24-byte salt || 32-byte key commitment */
#define COBBLESTONE_CHUNK 16384

/* Size of the ciphertext of `len` plaintext bytes. */
size_t cobblestone_size(size_t len);
/* out must have room for cobblestone_size(len). A fresh random salt is drawn. */
int cobblestone_seal(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len, const void *plain,
                     size_t len, uint8_t *out);
/* The same with a given salt: known-answer tests only. */
int cobblestone_seal_salt(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len,
                          const uint8_t salt[24], const void *plain, size_t len, uint8_t *out);
/* plain must have room for len. *plain_len is what was written. ERR_OPEN for a wrong key, context, commitment, order,
 * or a cut or grown stream; nothing is released then (plain is zeroed). */
int cobblestone_open(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len, const void *in, size_t len,
                     uint8_t *plain, size_t *plain_len);

#endif
