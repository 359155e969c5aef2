/* link: the one signed statement that chains are made of: [outer, signature, inner | nil, boxes | nil]. Encodes, signs,
 * parses, verifies, and takes parts out. Knows no chain and no type: who may say what is keychain.c's and clinic.c's.
 * Any thread. PROTOCOL 5. */
#ifndef KAP_PROTO_LINK_H
#define KAP_PROTO_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

struct buf;

#define LINK_OUTER_MAX 256
#define LINK_INNER_MAX 8192
#define LINK_BOXES_MAX 4096
#define LINK_MAX 13312 /* 13 KiB */
#define LINK_SIGNER 16
#define LINK_SALT 16

/* A parsed link. The pointers are borrowed from the bytes that were parsed. */
struct link {
	uint8_t chain[CRYPTO_HASH]; /* the chain's id: in a first link its own hash, not the zeros on the wire */
	uint64_t seq;
	uint8_t prev[CRYPTO_HASH]; /* zeros in a first link */
	uint64_t time_ms;
	uint8_t type;
	uint8_t signer[LINK_SIGNER];
	uint8_t hash[CRYPTO_HASH]; /* of this link */
	const uint8_t *outer;
	size_t outer_len;
	const uint8_t *signature; /* CRYPTO_SIG bytes */
	const uint8_t *inner;     /* NULL when withheld; else its hash is the signed one */
	size_t inner_len;
	const uint8_t *boxes; /* NULL when there are none or they are withheld */
	size_t boxes_len;
};

/* Bounds, canonical form, shape, suite, first-link rules and the hash of the inner part; not the signature.
 * ERR_TOO_BIG, ERR_PROTO, ERR_CANON, ERR_UTF8, ERR_SHAPE, ERR_SUITE, ERR_HASH (inner part), ERR_LINK (seq 0 with a
 * chain or prev, or the other way round), ERR_NOMEM. */
int link_parse(const void *bytes, size_t len, struct link *link);

/* ERR_SIGNATURE, ERR_KEY. */
int link_verify(const struct link *link, const uint8_t pub[CRYPTO_KEY]);

/* What to sign. `chain` and `prev` NULL for a first link, whose seq is 0. */
struct link_new {
	const uint8_t *chain, *prev;
	uint64_t seq, time_ms;
	uint8_t type;
	const uint8_t *signer; /* LINK_SIGNER bytes */
	const uint8_t *seed;   /* the Ed25519 seed that signs */
	const uint8_t *inner;  /* required */
	size_t inner_len;
	const uint8_t *boxes; /* NULL: none */
	size_t boxes_len;
};

/* Signs and appends the link to out. ERR_ARG, ERR_TOO_BIG, ERR_CRYPTO, ERR_NOMEM. */
int link_sign(const struct link_new *n, struct buf *out);

/* Appends the link again, without the named parts. */
#define LINK_WITHOUT_INNER 1u
#define LINK_WITHOUT_BOXES 2u
int link_put(const struct link *link, unsigned without, struct buf *out);

#endif
