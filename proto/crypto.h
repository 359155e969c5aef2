/* crypto: the primitives of suite 1, each a thin, checked call into OpenSSL's EVP. The only randomness, hashing,
 * signing, AEAD and key derivation in the project. Knows no format and no policy; hpke.c and cobblestone.c compose it
 * to published specifications. crypto_init fetches every algorithm once; afterwards all functions may run on any
 * thread. crypto.c holds all but the two curves, which are in crypto_curve.c. Every function returns 0 or a negative
 * err; on failure outputs are zeroed. Secrets: see crypto_secret_new. */
#ifndef KAP_PROTO_CRYPTO_H
#define KAP_PROTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_HASH 32
#define CRYPTO_KEY 32 /* every symmetric key, and every private or public curve key */
#define CRYPTO_SIG 64
#define CRYPTO_NONCE 12
#define CRYPTO_TAG 16
#define CRYPTO_HASH512 64

/* Fetches the algorithms, sets up the secure heap, ignores openssl.cnf. Call once, before any thread starts.
 * ERR_CRYPTO. */
int crypto_init(void);
void crypto_fini(void);

/* Process hygiene: no core dumps, not dumpable by others. Call at the start of main. */
void crypto_harden_process(void);

/* Zeroed memory on the secure heap (locked, wiped on free); NULL when there is none. crypto_secret_free wipes; NULL
 * legal. */
void *crypto_secret_new(size_t len);
void crypto_secret_free(void *secret, size_t len);
void crypto_wipe(void *bytes, size_t len);
/* Constant-time equality. */
bool crypto_equal(const void *a, const void *b, size_t len);

int crypto_random(void *out, size_t len);

/* One or more pieces of input, so that nothing is concatenated by hand. */
struct crypto_bytes {
	const void *data;
	size_t len;
};

int crypto_sha256(const struct crypto_bytes *parts, size_t n, uint8_t out[CRYPTO_HASH]);
/* H(label, parts) = SHA-256("kap1." label 0x00 parts...) */
int crypto_hash(const char *label, const struct crypto_bytes *parts, size_t n, uint8_t out[CRYPTO_HASH]);
/* H(label, bytes) for a single piece. */
int crypto_hash1(const char *label, const void *bytes, size_t len, uint8_t out[CRYPTO_HASH]);
int crypto_hmac_sha256(const void *key, size_t key_len, const struct crypto_bytes *parts, size_t n,
                       uint8_t out[CRYPTO_HASH]);

/* HKDF (RFC 5869) with SHA-256. extract: an empty salt is zero bytes. expand: out_len 1 to 255*32 (255*64 with SHA-512)
 * and all of info at most CRYPTO_INFO_MAX bytes, else ERR_RANGE. */
#define CRYPTO_INFO_MAX 1024
int crypto_hkdf_extract(const void *salt, size_t salt_len, const struct crypto_bytes *ikm, size_t n,
                        uint8_t prk[CRYPTO_HASH]);
int crypto_hkdf_expand(const uint8_t prk[CRYPTO_HASH], const struct crypto_bytes *info, size_t n, void *out,
                       size_t out_len);
/* HKDF-Expand with SHA-512 from a key of any length used as PRK (Cobblestone). */
int crypto_hkdf512_expand(const void *prk, size_t prk_len, const struct crypto_bytes *info, size_t n, void *out,
                          size_t out_len);
/* KDF(secret, label, context) = HKDF-SHA256(ikm = secret, salt = "", info = "kap1." label 0x00 context). context may be
 * NULL. ERR_RANGE as above. */
int crypto_derive(const void *secret, size_t secret_len, const char *label, const struct crypto_bytes *context,
                  void *out, size_t out_len);

/* AES-256-GCM, 12-byte nonce. Output is ciphertext || 16-byte tag: in_len + 16 bytes (seal), in_len - 16 (open).
 * out may equal in. open: ERR_OPEN when the tag does not fit or in_len < 16, and out is zeroed.
 * ERR_RANGE when in or one piece of aad is longer than CRYPTO_AEAD_MAX; nothing is written then. */
#define CRYPTO_AEAD_MAX ((size_t)1 << 30)
int crypto_seal(const uint8_t key[CRYPTO_KEY], const uint8_t nonce[CRYPTO_NONCE], const struct crypto_bytes *aad,
                size_t n_aad, const void *in, size_t in_len, uint8_t *out);
int crypto_open(const uint8_t key[CRYPTO_KEY], const uint8_t nonce[CRYPTO_NONCE], const struct crypto_bytes *aad,
                size_t n_aad, const void *in, size_t in_len, uint8_t *out);

/* ChaCha20-Poly1305 (RFC 8439) without associated data, otherwise as crypto_seal: for age files alone (age.h). */
int crypto_chacha_seal(const uint8_t key[CRYPTO_KEY], const uint8_t nonce[CRYPTO_NONCE], const void *in, size_t in_len,
                       uint8_t *out);

/* Ed25519 (RFC 8032). Private keys are 32-byte seeds. Signatures are over "kap1." label 0x00 parts. */
int crypto_sign_public(const uint8_t seed[CRYPTO_KEY], uint8_t pub[CRYPTO_KEY]);
int crypto_sign(const uint8_t seed[CRYPTO_KEY], const char *label, const struct crypto_bytes *parts, size_t n,
                uint8_t sig[CRYPTO_SIG]);
/* The same with a key parsed beforehand, which is half of the work: for who signs often. key_new: *key must be freed
 * (NULL is legal there) and may be used by several threads at once; NULL on failure. */
struct crypto_sign_key;
int crypto_sign_key_new(const uint8_t seed[CRYPTO_KEY], struct crypto_sign_key **key);
void crypto_sign_key_free(struct crypto_sign_key *key);
int crypto_sign_with(const struct crypto_sign_key *key, const char *label, const struct crypto_bytes *parts, size_t n,
                     uint8_t sig[CRYPTO_SIG]);
/* ERR_SIGNATURE when it does not verify; ERR_KEY when crypto_sign_key_check refuses the key. */
int crypto_verify(const uint8_t pub[CRYPTO_KEY], const char *label, const struct crypto_bytes *parts, size_t n,
                  const uint8_t sig[CRYPTO_SIG]);
/* ERR_KEY for small-order and non-canonical Ed25519 public keys, by table; OpenSSL accepts them. */
int crypto_sign_key_check(const uint8_t pub[CRYPTO_KEY]);
/* The unlabelled Ed25519, for known-answer tests only. */
int crypto_verify_raw(const uint8_t pub[CRYPTO_KEY], const void *msg, size_t len, const uint8_t sig[CRYPTO_SIG]);

/* X25519 (RFC 7748). ERR_KEY when the shared secret would be all zero. */
int crypto_x25519_public(const uint8_t priv[CRYPTO_KEY], uint8_t pub[CRYPTO_KEY]);
int crypto_x25519(const uint8_t priv[CRYPTO_KEY], const uint8_t pub[CRYPTO_KEY], uint8_t shared[CRYPTO_KEY]);
/* The same with a private key parsed beforehand; as crypto_sign_key. */
struct crypto_x25519_key;
int crypto_x25519_key_new(const uint8_t priv[CRYPTO_KEY], struct crypto_x25519_key **key);
void crypto_x25519_key_free(struct crypto_x25519_key *key);
int crypto_x25519_key_public(const struct crypto_x25519_key *key, uint8_t pub[CRYPTO_KEY]);
int crypto_x25519_with(const struct crypto_x25519_key *key, const uint8_t pub[CRYPTO_KEY], uint8_t shared[CRYPTO_KEY]);

/* scrypt (RFC 7914), r = 8, p = 1, N = 2^log2_n. ERR_RANGE outside CRYPTO_SCRYPT_MIN..MAX. Takes 0.3 s at 2^16. */
#define CRYPTO_SCRYPT_MIN 16
#define CRYPTO_SCRYPT_DEFAULT 17
#define CRYPTO_SCRYPT_MAX 20
int crypto_scrypt(const void *pass, size_t pass_len, const void *salt, size_t salt_len, unsigned log2_n,
                  uint8_t out[CRYPTO_KEY]);

#endif
