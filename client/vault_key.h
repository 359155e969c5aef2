/* vault_key: how the vault's keys come from a passphrase, what a stored key and a stored value look like. Bytes in,
 * bytes out: knows no file and no LMDB.
 *
 * The header file, 168 bytes, integers big-endian:
 *     0  8  "kapvault"
 *     8  1  version, 1
 *     9  1  key derivation, 1: scrypt with r = 8, p = 1
 *    10  1  log2 N
 *    11  1  0
 *    12 32  salt
 *    44 32  commitment = KDF(unlock key, "vault", "commit")
 *    76 12  nonce
 *    88 48  data key under AES-256-GCM, key KDF(unlock key, "vault", "wrap"), associated data bytes 0..87
 *   136 32  H("vault", bytes 0..135): tells a damaged file from a wrong passphrase; proves nothing against an attacker
 * The unlock key is scrypt's output. From the data key: value key and index key, KDF(data key, "vault", "value" |
 * "index").
 *
 * A stored key: table{1} || HMAC(index key, table{1} || id)[:16], or table{1} || u64 number.
 * A stored value: nonce{12} || AES-256-GCM(value key, nonce, associated data = stored key,
 *                 id length{1} || value length{4} || id || value || zeros up to a coarse size). */
#ifndef KAP_CLIENT_VAULT_KEY_H
#define KAP_CLIENT_VAULT_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "proto/crypto.h"
#include "client/vault.h"

#define VAULT_KEY_HEADER 168
#define VAULT_KEY_STORED_MAX 17

/* Lives on the secure heap. */
struct vault_key_set {
	uint8_t unlock[CRYPTO_KEY], data[CRYPTO_KEY], value[CRYPTO_KEY], index[CRYPTO_KEY];
};

struct vault_key_stored {
	uint8_t bytes[VAULT_KEY_STORED_MAX];
	size_t len;
};

/* Draws a data key and fills in the set. */
int vault_key_new(struct vault_key_set *keys);
/* Seals keys->data under a passphrase and a fresh salt: writes `header` and keys->unlock. ERR_RANGE (cost, length). */
int vault_key_seal_header(struct vault_key_set *keys, const char *pass, size_t pass_len, unsigned log2_n,
                          uint8_t header[VAULT_KEY_HEADER]);
/* Checks everything that costs nothing, then derives, then opens, and fills in the set. Errors of vault_open. */
int vault_key_open_header(const uint8_t *header, size_t len, const struct vault_auth *auth, struct vault_key_set *keys);

/* ERR_RANGE for an id of 0 or more than VAULT_ID_MAX bytes. */
int vault_key_of_id(const struct vault_key_set *keys, enum vault_table table, const void *id, size_t id_len,
                    struct vault_key_stored *key);
void vault_key_of_seq(enum vault_table table, uint64_t seq, struct vault_key_stored *key);

/* What is put under a key; id is NULL and 0 for numbered values. */
struct vault_key_value {
	const uint8_t *id;
	size_t id_len;
	const uint8_t *value;
	size_t len;
};
/* Size of the stored value. */
size_t vault_key_sealed_size(size_t id_len, size_t len);
/* `out` must have room for vault_key_sealed_size. */
int vault_key_seal(const struct vault_key_set *keys, const struct vault_key_stored *key,
                   const struct vault_key_value *in, uint8_t *out);
/* Replaces the content of `plain`, into which `out` then points. ERR_CORRUPT. */
int vault_key_open(const struct vault_key_set *keys, const struct vault_key_stored *key,
                   const struct crypto_bytes *sealed, struct buf *plain, struct vault_key_value *out);

#endif
