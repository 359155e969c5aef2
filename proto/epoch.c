/* epoch: derives an epoch's keys and seals its seed to devices. Knows the form of boxes, not of the chains that carry
 * them. */
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "hpke.h"
#include "label.h"
#include "mp.h"

#include "epoch.h"

#define INFO_LABEL LABEL_PREFIX LABEL_BOX /* with its NUL it is the separated label */
#define PREV_LABEL LABEL_PREFIX LABEL_EPOCH_PREV
#define INFO_LEN (sizeof INFO_LABEL + DEVICE_ID + 4 + CRYPTO_KEY)

int epoch_derive(const uint8_t seed[EPOCH_SEED], struct epoch_keys *keys)
{
	int err = crypto_derive(seed, EPOCH_SEED, LABEL_EPOCH_SEAL, NULL, keys->seal_private, CRYPTO_KEY);

	if (!err)
		err = crypto_x25519_public(keys->seal_private, keys->seal_public);
	if (!err)
		err = crypto_derive(seed, EPOCH_SEED, LABEL_EPOCH_SELF, NULL, keys->self, CRYPTO_KEY);
	if (!err)
		err = crypto_derive(seed, EPOCH_SEED, LABEL_EPOCH_PREV, NULL, keys->prev, CRYPTO_KEY);
	if (err)
		crypto_wipe(keys, sizeof *keys);
	return err;
}

static void box_info(const struct epoch_ref *epoch, const uint8_t did[DEVICE_ID], uint8_t info[INFO_LEN])
{
	uint8_t *at = info;

	memcpy(at, INFO_LABEL, sizeof INFO_LABEL);
	at += sizeof INFO_LABEL;
	memcpy(at, did, DEVICE_ID);
	at += DEVICE_ID;
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (uint8_t)(epoch->number >> shift);
	memcpy(at, epoch->seal_public, CRYPTO_KEY);
}

int epoch_box_seal(const struct epoch_ref *epoch, const struct device_public *to, const uint8_t seed[EPOCH_SEED],
                   uint8_t box[EPOCH_BOX])
{
	uint8_t did[DEVICE_ID], info[INFO_LEN], sealed[EPOCH_SEALED];
	struct buf b;
	int err;

	memset(box, 0, EPOCH_BOX);
	buf_init(&b, EPOCH_BOX);
	err = device_id(to, did);
	if (err)
		return err;
	box_info(epoch, did, info);
	err = hpke_seal(to->seal, info, sizeof info, seed, EPOCH_SEED, sealed);
	if (err)
		return err;
	mp_put_array(&b, 2);
	mp_put_bin(&b, did, sizeof did);
	mp_put_bin(&b, sealed, sizeof sealed);
	err = buf_err(&b);
	if (!err)
		memcpy(box, b.data, EPOCH_BOX);
	buf_wipe(&b);
	return err;
}

/* Reads one box out of a cursor over [did, sealed]. */
static int box_read(struct mp_cur *c, uint8_t did[DEVICE_ID], uint8_t sealed[EPOCH_SEALED])
{
	mp_fixed(c, did, DEVICE_ID);
	mp_fixed(c, sealed, EPOCH_SEALED);
	return mp_done(c);
}

static int box_parse(const uint8_t box[EPOCH_BOX], uint8_t did[DEVICE_ID], uint8_t sealed[EPOCH_SEALED])
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err = mp_open(box, EPOCH_BOX, &doc, &c);

	if (err)
		return err;
	err = box_read(&c, did, sealed);
	mp_close(doc);
	return err;
}

int epoch_box_open(const struct epoch_ref *epoch, const struct device_secret *device, const uint8_t box[EPOCH_BOX],
                   uint8_t seed[EPOCH_SEED])
{
	uint8_t named[DEVICE_ID], did[DEVICE_ID], sealed[EPOCH_SEALED], info[INFO_LEN], derived[CRYPTO_KEY];
	struct device_public pub;
	int err = box_parse(box, named, sealed);

	memset(seed, 0, EPOCH_SEED);
	if (!err)
		err = device_public_of(device, &pub);
	if (!err)
		err = device_id(&pub, did);
	if (!err && memcmp(named, did, DEVICE_ID) != 0)
		err = ERR_OPEN;
	if (err)
		return err;
	box_info(epoch, did, info);
	err = hpke_open(device->seal, info, sizeof info, sealed, sizeof sealed, seed);
	if (!err)
		err = epoch_public(seed, derived);
	if (!err && !crypto_equal(derived, epoch->seal_public, CRYPTO_KEY))
		err = ERR_OPEN;
	if (err)
		crypto_wipe(seed, EPOCH_SEED);
	return err;
}

int epoch_public(const uint8_t seed[EPOCH_SEED], uint8_t seal_public[CRYPTO_KEY])
{
	struct epoch_keys keys;
	int err = epoch_derive(seed, &keys);

	memcpy(seal_public, keys.seal_public, CRYPTO_KEY);
	crypto_wipe(&keys, sizeof keys);
	return err;
}

/* Both directions need the key of the new seed and the associated data. */
static int prev_key(const uint8_t seed[EPOCH_SEED], uint32_t before, uint8_t number[4], uint8_t key[CRYPTO_KEY])
{
	struct epoch_keys keys;
	int err = epoch_derive(seed, &keys);

	memcpy(key, keys.prev, CRYPTO_KEY);
	crypto_wipe(&keys, sizeof keys);
	for (int i = 0; i < 4; i++)
		number[i] = (uint8_t)(before >> (24 - 8 * i));
	return err;
}

int epoch_prev_seal(const uint8_t seed[EPOCH_SEED], const uint8_t genesis[CRYPTO_HASH], uint32_t before,
                    const uint8_t seed_before[EPOCH_SEED], uint8_t prev[EPOCH_PREV])
{
	uint8_t key[CRYPTO_KEY], number[4];
	const struct crypto_bytes aad[] = {{PREV_LABEL, sizeof PREV_LABEL}, {genesis, CRYPTO_HASH}, {number, 4}};
	int err = prev_key(seed, before, number, key);

	memset(prev, 0, EPOCH_PREV);
	if (!err)
		err = crypto_random(prev, CRYPTO_NONCE);
	if (!err)
		err = crypto_seal(key, prev, aad, 3, seed_before, EPOCH_SEED, prev + CRYPTO_NONCE);
	crypto_wipe(key, sizeof key);
	return err;
}

int epoch_prev_open(const uint8_t seed[EPOCH_SEED], const uint8_t genesis[CRYPTO_HASH], uint32_t before,
                    const uint8_t prev[EPOCH_PREV], uint8_t seed_before[EPOCH_SEED])
{
	uint8_t key[CRYPTO_KEY], number[4];
	const struct crypto_bytes aad[] = {{PREV_LABEL, sizeof PREV_LABEL}, {genesis, CRYPTO_HASH}, {number, 4}};
	int err = prev_key(seed, before, number, key);

	memset(seed_before, 0, EPOCH_SEED);
	if (!err)
		err = crypto_open(key, prev, aad, 3, prev + CRYPTO_NONCE, EPOCH_PREV - CRYPTO_NONCE, seed_before);
	crypto_wipe(key, sizeof key);
	return err;
}

int epoch_boxes_root(const uint8_t *boxes, size_t n, uint8_t root[CRYPTO_HASH])
{
	uint8_t hashes[EPOCH_BOXES_MAX][CRYPTO_HASH];

	memset(root, 0, CRYPTO_HASH);
	if (n > EPOCH_BOXES_MAX)
		return ERR_RANGE;
	for (size_t i = 0; i < n; i++) {
		int err = crypto_hash1(LABEL_BOX, boxes + i * EPOCH_BOX, EPOCH_BOX, hashes[i]);

		if (err)
			return err;
	}
	return crypto_hash1(LABEL_BOXES, hashes, n * CRYPTO_HASH, root);
}

int epoch_boxes_put(const uint8_t *boxes, size_t n, struct buf *out)
{
	if (n > EPOCH_BOXES_MAX)
		return ERR_RANGE;
	mp_put_array(out, (uint32_t)n);
	return buf_put(out, boxes, n * EPOCH_BOX);
}

int epoch_boxes_get(const uint8_t *bytes, size_t len, const uint8_t **boxes, size_t *n)
{
	uint8_t did[DEVICE_ID], sealed[EPOCH_SEALED];
	struct mp_doc *doc;
	struct mp_cur c;
	size_t count;
	int err;

	*boxes = NULL;
	*n = 0;
	err = mp_open(bytes, len, &doc, &c);
	if (err)
		return err;
	count = mp_left(&c);
	if (count > EPOCH_BOXES_MAX)
		err = ERR_SHAPE;
	for (size_t i = 0; !err && i < count; i++) {
		struct mp_cur box = mp_enter(&c, 2, 2);

		box_read(&box, did, sealed);
		mp_leave(&c, &box);
		err = mp_err(&c);
	}
	mp_close(doc);
	if (err)
		return err;
	*boxes = bytes + len - count * EPOCH_BOX;
	*n = count;
	return 0;
}
