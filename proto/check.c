/* check: see check.h. A reveal is hashed before it is decoded, a commitment verified before anything is believed. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "device.h"
#include "err.h"
#include "keychain.h"
#include "label.h"
#include "mp.h"

#define SUITE 1

/* --- the two people --- */

int check_box(const uint8_t a_genesis[32], const uint8_t b_genesis[32], uint8_t box[CHECK_BOX])
{
	int order = memcmp(a_genesis, b_genesis, 32);
	const struct crypto_bytes parts[] = {{order < 0 ? a_genesis : b_genesis, 32},
	                                     {order < 0 ? b_genesis : a_genesis, 32}};
	uint8_t hash[CRYPTO_HASH];
	int err = order ? crypto_hash(LABEL_CHECK_BOX, parts, 2, hash) : ERR_ARG;

	if (!err)
		memcpy(box, hash, CHECK_BOX);
	return err;
}

/* --- streams --- */

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

int check_stream_hash(uint8_t (*rids)[32], size_t n, uint8_t hash[32])
{
	const struct crypto_bytes part = {rids, n * sizeof rids[0]};

	if (n)
		qsort(rids, n, sizeof rids[0], by_bytes);
	return crypto_hash(LABEL_CHECK_STREAM, &part, 1, hash);
}

int check_streams_add(struct check_streams *all, const struct check_stream *s)
{
	uint32_t at = 0;

	while (at < all->n && memcmp(all->at[at].did, s->did, sizeof s->did) < 0)
		at++;
	if (at < all->n && memcmp(all->at[at].did, s->did, sizeof s->did) == 0)
		return ERR_EXISTS;
	if (all->n == CHECK_DEVICES)
		return ERR_RANGE;
	memmove(&all->at[at + 1], &all->at[at], (all->n - at) * sizeof *s);
	all->at[at] = *s;
	all->n++;
	return 0;
}

const struct check_stream *check_streams_find(const struct check_streams *all, const uint8_t did[16])
{
	for (uint32_t i = 0; i < all->n; i++)
		if (memcmp(all->at[i].did, did, sizeof all->at[i].did) == 0)
			return &all->at[i];
	return NULL;
}

bool check_streams_equal(const struct check_streams *a, const struct check_streams *b)
{
	bool same = a->n == b->n;

	for (uint32_t i = 0; same && i < a->n; i++)
		same = memcmp(a->at[i].did, b->at[i].did, 16) == 0 && a->at[i].count == b->at[i].count &&
		       memcmp(a->at[i].hash, b->at[i].hash, 32) == 0;
	return same;
}

static void put_streams(struct buf *b, const struct check_streams *all)
{
	mp_put_array(b, all->n);
	for (uint32_t i = 0; i < all->n; i++) {
		mp_put_array(b, 3);
		mp_put_bin(b, all->at[i].did, sizeof all->at[i].did);
		mp_put_u64(b, all->at[i].count);
		mp_put_bin(b, all->at[i].hash, sizeof all->at[i].hash);
	}
}

static void get_streams(struct mp_cur *c, struct check_streams *all)
{
	struct mp_cur list = mp_enter(c, 0, CHECK_DEVICES);
	uint32_t n = mp_left(&list);

	all->n = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct mp_cur entry = mp_enter(&list, 3, 3);
		struct check_stream *s = &all->at[i];

		mp_fixed(&entry, s->did, sizeof s->did);
		s->count = mp_u64(&entry, 1, MP_NUMBER_MAX);
		mp_fixed(&entry, s->hash, sizeof s->hash);
		mp_leave(&list, &entry);
		if (i && !mp_err(&list) && memcmp(all->at[i - 1].did, s->did, sizeof s->did) >= 0)
			list.err = ERR_SHAPE;
	}
	mp_leave(c, &list);
	all->n = mp_err(c) ? 0 : n;
}

static bool are_countable(const struct check_streams *all)
{
	bool good = all->n <= CHECK_DEVICES;

	for (uint32_t i = 0; good && i < all->n; i++)
		good = all->at[i].count > 0 && all->at[i].count <= MP_NUMBER_MAX;
	return good;
}

/* --- statements --- */

int check_reveal_put(const struct check_reveal *r, struct buf *out)
{
	size_t start = out->len;
	int err = are_countable(&r->sent) && are_countable(&r->held) ? 0 : ERR_RANGE;

	if (err)
		return err;
	mp_put_array(out, 7);
	mp_put_u64(out, SUITE);
	mp_put_bin(out, r->genesis, sizeof r->genesis);
	mp_put_bin(out, r->head, sizeof r->head);
	mp_put_bin(out, r->known, sizeof r->known);
	put_streams(out, &r->sent);
	put_streams(out, &r->held);
	mp_put_bin(out, r->nonce, sizeof r->nonce);
	err = buf_err(out);
	if (!err && out->len - start > CHECK_MAX)
		err = ERR_TOO_BIG;
	if (err)
		buf_truncate(out, start);
	return err;
}

static int open_statement(const void *bytes, size_t len, struct mp_doc **doc, struct mp_cur *c)
{
	int err = len > CHECK_MAX ? ERR_TOO_BIG : mp_open(bytes, len, doc, c);

	if (!err && mp_u64(c, 1, MP_NUMBER_MAX) > SUITE)
		err = ERR_SUITE;
	return err;
}

static int hash_of(const void *bytes, size_t len, uint8_t hash[32])
{
	const struct crypto_bytes part = {bytes, len};

	return crypto_hash(LABEL_CHECK_COMMIT, &part, 1, hash);
}

/* What a commitment's signature covers. */
struct covered {
	uint8_t hash[32], box[CHECK_BOX], slot, answered[32];
};

static int cover(const struct check_place *place, const uint8_t hash[32], struct covered *out, size_t *len)
{
	memcpy(out->hash, hash, sizeof out->hash);
	memcpy(out->box, place->box, sizeof out->box);
	out->slot = (uint8_t)place->slot;
	*len = offsetof(struct covered, answered);
	if (place->slot != CHECK_COMMIT_SECOND)
		return place->slot == CHECK_COMMIT_FIRST ? 0 : ERR_ARG;
	*len = sizeof *out;
	return hash_of(place->answered, place->answered_len, out->answered);
}

int check_commit_sign(const struct check_place *place, const struct buf *reveal, const uint8_t did[16],
                      const uint8_t sign_seed[32], struct buf *out)
{
	size_t start = out->len, len = 0;
	uint8_t hash[32], sig[CRYPTO_SIG];
	struct covered covered;
	struct crypto_bytes part = {&covered, 0};
	int err = hash_of(reveal->data, reveal->len, hash);

	if (!err)
		err = cover(place, hash, &covered, &len);
	part.len = len;
	if (!err)
		err = crypto_sign(sign_seed, LABEL_CHECK, &part, 1, sig);
	if (err)
		return err;
	mp_put_array(out, 4);
	mp_put_u64(out, SUITE);
	mp_put_bin(out, hash, sizeof hash);
	mp_put_bin(out, did, 16);
	mp_put_bin(out, sig, sizeof sig);
	err = buf_err(out);
	if (err)
		buf_truncate(out, start);
	return err;
}

int check_commit_open(const void *bytes, size_t len, const struct check_place *place, const struct keychain *by,
                      struct check_commit *out)
{
	const struct device_public *device;
	uint8_t sig[CRYPTO_SIG];
	struct covered covered;
	struct crypto_bytes part = {&covered, 0};
	struct mp_doc *doc = NULL;
	struct mp_cur c;
	int err = open_statement(bytes, len, &doc, &c);

	if (err)
		goto out;
	mp_fixed(&c, out->hash, sizeof out->hash);
	mp_fixed(&c, out->did, sizeof out->did);
	mp_fixed(&c, sig, sizeof sig);
	err = mp_done(&c);
	if (err)
		goto out;
	device = keychain_device(by, out->did);
	err = device ? cover(place, out->hash, &covered, &part.len) : ERR_AUTHOR;
	if (!err)
		err = crypto_verify(device->sign, LABEL_CHECK, &part, 1, sig);
out:
	mp_close(doc);
	return err;
}

int check_reveal_open(const void *bytes, size_t len, const struct check_commit *promised, const uint8_t genesis[32],
                      struct check_reveal *out)
{
	struct mp_doc *doc = NULL;
	uint8_t hash[32];
	struct mp_cur c;
	int err = len > CHECK_MAX ? ERR_TOO_BIG : hash_of(bytes, len, hash);

	if (!err && !crypto_equal(hash, promised->hash, sizeof hash))
		err = ERR_HASH;
	if (!err)
		err = open_statement(bytes, len, &doc, &c);
	if (err)
		goto out;
	mp_fixed(&c, out->genesis, sizeof out->genesis);
	mp_fixed(&c, out->head, sizeof out->head);
	mp_fixed(&c, out->known, sizeof out->known);
	get_streams(&c, &out->sent);
	get_streams(&c, &out->held);
	mp_fixed(&c, out->nonce, sizeof out->nonce);
	err = mp_done(&c);
	if (!err && memcmp(out->genesis, genesis, sizeof out->genesis) != 0)
		err = ERR_AUTHOR;
out:
	mp_close(doc);
	return err;
}

/* --- words --- */

int check_words(const struct check_side *a, const struct check_side *b, uint8_t bits[CHECK_BITS])
{
	int order = memcmp(a->genesis, b->genesis, 32);
	const struct check_side *side[2] = {order < 0 ? a : b, order < 0 ? b : a};
	struct crypto_bytes part = {NULL, 0};
	struct buf all;
	int err = ERR_ARG;

	if (!order)
		return err;
	buf_init(&all, 0);
	for (unsigned i = 0; i < 2; i++)
		buf_put(&all, side[i]->genesis, 32);
	for (unsigned i = 0; i < 2; i++) {
		buf_put(&all, side[i]->head, 32);
		put_streams(&all, side[i]->streams);
	}
	for (unsigned i = 0; i < 2; i++)
		buf_put(&all, side[i]->nonce, CHECK_NONCE);
	err = buf_err(&all);
	part = (struct crypto_bytes){all.data, all.len};
	if (!err)
		err = crypto_hash(LABEL_CHECK_WORDS, &part, 1, bits);
	buf_wipe(&all);
	return err;
}
