/* cobblestone: see cobblestone.h. The stream is salt || commitment || chunks; every chunk but the last holds exactly
 * COBBLESTONE_CHUNK bytes and the last holds less, which is what shows where the stream ends. */
#include "cobblestone.h"

#include <string.h>

#include "err.h"

#define SEALED_CHUNK COBBLESTONE_SEALED_CHUNK
#define CHUNKS_MAX ((uint64_t)1 << 38)

/* Derived in one go, in this order. */
struct keys {
	uint8_t key[CRYPTO_KEY];
	uint8_t nonce[CRYPTO_NONCE];
	uint8_t commitment[CRYPTO_HASH];
};

_Static_assert(sizeof(struct keys) == CRYPTO_KEY + CRYPTO_NONCE + CRYPTO_HASH, "no padding between the keys");

static const char name[] = "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM"; /* its 0x00 included */

_Static_assert(sizeof name + COBBLESTONE_SALT + COBBLESTONE_CONTEXT_MAX == CRYPTO_INFO_MAX, "the context's bound");

static int derive(const uint8_t key[CRYPTO_KEY], const uint8_t *salt, const struct crypto_bytes *context,
                  struct keys *keys)
{
	const struct crypto_bytes info[] = {{name, sizeof name}, {salt, COBBLESTONE_SALT}, *context};

	return crypto_hkdf512_expand(key, CRYPTO_KEY, info, 3, keys, sizeof *keys);
}

static void chunk_nonce(const struct keys *keys, uint64_t number, uint8_t nonce[CRYPTO_NONCE])
{
	memcpy(nonce, keys->nonce, CRYPTO_NONCE);
	for (unsigned i = 0; i < 8; i++)
		nonce[CRYPTO_NONCE - 1 - i] ^= (uint8_t)(number >> (8 * i));
}

size_t cobblestone_size(size_t len)
{
	uint64_t chunks = (uint64_t)len / COBBLESTONE_CHUNK + 1;
	uint64_t more = COBBLESTONE_HEADER + chunks * CRYPTO_TAG;

	if (chunks > CHUNKS_MAX || more > SIZE_MAX - len)
		return 0;
	return len + (size_t)more;
}

int cobblestone_seal_salt(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len,
                          const uint8_t salt[COBBLESTONE_SALT], const void *plain, size_t len, uint8_t *out)
{
	const struct crypto_bytes contexts = {context, context_len};
	const uint8_t *from = plain;
	uint8_t nonce[CRYPTO_NONCE], *to = out + COBBLESTONE_HEADER;
	struct keys keys;
	size_t size = cobblestone_size(len), left = len, n = COBBLESTONE_CHUNK;
	int rc;

	if (size == 0)
		return ERR_RANGE;
	rc = derive(key, salt, &contexts, &keys);
	for (uint64_t number = 0; rc == 0 && n == COBBLESTONE_CHUNK; number++) {
		n = left < COBBLESTONE_CHUNK ? left : COBBLESTONE_CHUNK;
		chunk_nonce(&keys, number, nonce);
		rc = crypto_seal(keys.key, nonce, NULL, 0, from, n, to);
		from = left > n ? from + n : NULL;
		to += n + CRYPTO_TAG;
		left -= n;
	}
	if (rc == 0) {
		memcpy(out, salt, COBBLESTONE_SALT);
		memcpy(out + COBBLESTONE_SALT, keys.commitment, CRYPTO_HASH);
	} else
		crypto_wipe(out, size);
	crypto_wipe(&keys, sizeof keys);
	return rc;
}

int cobblestone_seal(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len, const void *plain,
                     size_t len, uint8_t *out)
{
	uint8_t salt[COBBLESTONE_SALT];
	size_t size = cobblestone_size(len);
	int rc;

	if (size == 0)
		return ERR_RANGE;
	rc = crypto_random(salt, sizeof salt);
	if (rc == 0)
		return cobblestone_seal_salt(key, context, context_len, salt, plain, len, out);
	crypto_wipe(out, size);
	return rc;
}

int cobblestone_open(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len, const void *in, size_t len,
                     uint8_t *plain, size_t *plain_len)
{
	const struct crypto_bytes contexts = {context, context_len};
	const uint8_t *salt = in, *from = salt + COBBLESTONE_HEADER;
	uint8_t nonce[CRYPTO_NONCE], *to = plain;
	struct keys keys;
	size_t left, size, n = SEALED_CHUNK;
	int rc;

	*plain_len = 0;
	if (len < COBBLESTONE_HEADER)
		return ERR_OPEN;
	left = len - COBBLESTONE_HEADER;
	/* With less than a tag after the last full chunk, the last one is missing or cut. */
	if (left % SEALED_CHUNK < CRYPTO_TAG || left / SEALED_CHUNK >= CHUNKS_MAX)
		return ERR_OPEN;
	size = left - (left / SEALED_CHUNK + 1) * CRYPTO_TAG;
	rc = derive(key, salt, &contexts, &keys);
	if (rc == 0 && !crypto_equal(keys.commitment, salt + COBBLESTONE_SALT, CRYPTO_HASH))
		rc = ERR_OPEN;
	for (uint64_t number = 0; rc == 0 && n == SEALED_CHUNK; number++) {
		n = left < SEALED_CHUNK ? left : SEALED_CHUNK;
		chunk_nonce(&keys, number, nonce);
		rc = crypto_open(keys.key, nonce, NULL, 0, from, n, to);
		from += n;
		to += n - CRYPTO_TAG;
		left -= n;
	}
	if (rc == 0)
		*plain_len = size;
	else
		crypto_wipe(plain, size);
	crypto_wipe(&keys, sizeof keys);
	return rc;
}

struct cobblestone {
	struct keys keys;
	uint64_t next;
	bool whole;
};

static int stream_new(const uint8_t key[CRYPTO_KEY], const struct crypto_bytes *context, const uint8_t *salt,
                      struct cobblestone **out)
{
	struct cobblestone *c = crypto_secret_new(sizeof *c);
	int rc;

	*out = NULL;
	if (!c)
		return ERR_NOMEM;
	rc = derive(key, salt, context, &c->keys);
	if (rc == 0)
		*out = c;
	else
		cobblestone_free(c);
	return rc;
}

void cobblestone_free(struct cobblestone *c)
{
	crypto_secret_free(c, sizeof *c);
}

int cobblestone_seal_new(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len,
                         uint8_t header[COBBLESTONE_HEADER], struct cobblestone **out)
{
	const struct crypto_bytes contexts = {context, context_len};
	int rc = crypto_random(header, COBBLESTONE_SALT);

	*out = NULL;
	if (rc == 0)
		rc = stream_new(key, &contexts, header, out);
	if (rc == 0)
		memcpy(header + COBBLESTONE_SALT, (*out)->keys.commitment, CRYPTO_HASH);
	return rc;
}

int cobblestone_open_new(const uint8_t key[CRYPTO_KEY], const void *context, size_t context_len,
                         const uint8_t header[COBBLESTONE_HEADER], struct cobblestone **out)
{
	const struct crypto_bytes contexts = {context, context_len};
	int rc = stream_new(key, &contexts, header, out);

	if (rc == 0 && !crypto_equal((*out)->keys.commitment, header + COBBLESTONE_SALT, CRYPTO_HASH)) {
		cobblestone_free(*out);
		*out = NULL;
		rc = ERR_OPEN;
	}
	return rc;
}

int cobblestone_seal_next(struct cobblestone *c, const void *plain, size_t len, uint8_t *out)
{
	uint8_t nonce[CRYPTO_NONCE];
	int rc;

	if (c->whole || len > COBBLESTONE_CHUNK || c->next >= CHUNKS_MAX)
		return ERR_ARG;
	chunk_nonce(&c->keys, c->next++, nonce);
	rc = crypto_seal(c->keys.key, nonce, NULL, 0, plain, len, out);
	c->whole = rc != 0 || len < COBBLESTONE_CHUNK;
	return rc;
}

int cobblestone_open_next(struct cobblestone *c, const void *in, size_t len, uint8_t *plain)
{
	uint8_t nonce[CRYPTO_NONCE];
	int rc;

	if (c->whole || len < CRYPTO_TAG || len > SEALED_CHUNK || c->next >= CHUNKS_MAX)
		return ERR_OPEN;
	chunk_nonce(&c->keys, c->next, nonce);
	rc = crypto_open(c->keys.key, nonce, NULL, 0, in, len, plain);
	if (rc == 0) {
		c->next++;
		c->whole = len < SEALED_CHUNK;
	}
	return rc;
}

bool cobblestone_is_whole(const struct cobblestone *c)
{
	return c->whole;
}
