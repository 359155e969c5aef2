/* pair: derives a pairing code's keys, seals and opens slots. The messages are in pair_message.c. */
#include <string.h>

#include "buf.h"
#include "err.h"
#include "label.h"

#include "pair.h"

#define AAD_LABEL LABEL_PREFIX LABEL_PAIR /* with its NUL it is the separated label */
#define OVERHEAD (CRYPTO_NONCE + CRYPTO_TAG)

int pair_derive(const char *code, size_t len, struct pair_keys *keys)
{
	int err = crypto_derive(code, len, LABEL_PAIR_ID, NULL, keys->box, sizeof keys->box);

	if (!err)
		err = crypto_derive(code, len, LABEL_PAIR_KEY, NULL, keys->key, sizeof keys->key);
	if (err)
		crypto_wipe(keys, sizeof *keys);
	return err;
}

int pair_seal(const struct pair_keys *keys, enum pair_slot slot, const void *plain, size_t len, struct buf *out)
{
	const uint8_t number = (uint8_t)slot;
	const struct crypto_bytes aad[] = {{AAD_LABEL, sizeof AAD_LABEL}, {keys->box, sizeof keys->box}, {&number, 1}};
	size_t start = out->len;
	uint8_t *sealed;
	int err;

	if (len > PAIR_SLOT_MAX - OVERHEAD)
		return ERR_TOO_BIG;
	sealed = buf_reserve(out, len + OVERHEAD);
	if (sealed == NULL)
		return buf_err(out);
	err = crypto_random(sealed, CRYPTO_NONCE);
	if (!err)
		err = crypto_seal(keys->key, sealed, aad, 3, plain, len, sealed + CRYPTO_NONCE);
	if (err)
		buf_truncate(out, start);
	return err;
}

int pair_open(const struct pair_keys *keys, enum pair_slot slot, const void *bytes, size_t len, struct buf *plain)
{
	const uint8_t number = (uint8_t)slot, *nonce = bytes;
	const struct crypto_bytes aad[] = {{AAD_LABEL, sizeof AAD_LABEL}, {keys->box, sizeof keys->box}, {&number, 1}};
	size_t start = plain->len;
	uint8_t *room;
	int err;

	if (len > PAIR_SLOT_MAX)
		return ERR_TOO_BIG;
	if (len <= OVERHEAD)
		return ERR_OPEN;
	room = buf_reserve(plain, len - OVERHEAD);
	if (room == NULL)
		return buf_err(plain);
	err = crypto_open(keys->key, nonce, aad, 3, nonce + CRYPTO_NONCE, len - CRYPTO_NONCE, room);
	if (err)
		buf_truncate(plain, start);
	return err;
}

int pair_hash(const struct crypto_bytes *slots, size_t n, uint8_t out[CRYPTO_HASH])
{
	return crypto_hash(LABEL_PAIR, slots, n, out);
}

int pair_commit(const uint8_t random[PAIR_RANDOM], uint8_t out[CRYPTO_HASH])
{
	return crypto_hash(LABEL_PAIR_COMMIT, &(struct crypto_bytes){random, PAIR_RANDOM}, 1, out);
}

/* Each plain text says itself where it ends, so the three are told apart. */
int pair_words(const struct crypto_bytes *offer, const struct crypto_bytes *answer, const uint8_t random[PAIR_RANDOM],
               uint8_t out[PAIR_WORDS])
{
	const struct crypto_bytes parts[] = {*offer, *answer, {random, PAIR_RANDOM}};
	uint8_t hash[CRYPTO_HASH];
	int err = crypto_hash(LABEL_PAIR_WORDS, parts, 3, hash);

	memcpy(out, hash, PAIR_WORDS);
	return err;
}
