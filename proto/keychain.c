/* keychain: begins and continues a person's chain, and the questions one can ask of it. The rules are in
 * keychain_first.c and keychain_rules.c, its memory in keychain_state.c. Knows no link's form but for opening seeds. */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "link.h"

#include "keychain.h"
#include "keychain_body.h"
#include "keychain_first.h"
#include "keychain_rules.h"
#include "keychain_state.h"

static int begin(const void *bytes, size_t len, bool verify, struct keychain **out)
{
	struct keychain *k;
	struct link link;
	int err;

	*out = NULL;
	err = link_parse(bytes, len, &link);
	if (err)
		return err;
	k = calloc(1, sizeof *k);
	if (k == NULL)
		return ERR_NOMEM;
	err = keychain_first_apply(k, &link, verify);
	if (err) {
		keychain_free(k);
		return err;
	}
	*out = k;
	return 0;
}

int keychain_new(const void *first_link, size_t len, struct keychain **out)
{
	return begin(first_link, len, true, out);
}

int keychain_replay(const void *first_link, size_t len, struct keychain **out)
{
	return begin(first_link, len, false, out);
}

void keychain_free(struct keychain *k)
{
	if (k == NULL)
		return;
	keychain_state_wipe(k);
	free(k);
}

int keychain_apply(struct keychain *k, const struct link *link)
{
	return keychain_rules_apply(k, link, true);
}

int keychain_apply_replay(struct keychain *k, const struct link *link)
{
	return keychain_rules_apply(k, link, false);
}

const uint8_t *keychain_genesis(const struct keychain *k)
{
	return k->genesis;
}

uint64_t keychain_head_seq(const struct keychain *k)
{
	return k->n_links - 1;
}

const uint8_t *keychain_head_hash(const struct keychain *k)
{
	return k->hashes[k->n_links - 1];
}

size_t keychain_links(const struct keychain *k)
{
	return k->n_links;
}

/* The newest first: records mostly name the head. */
bool keychain_seq_of(const struct keychain *k, const uint8_t hash[CRYPTO_HASH], uint64_t *seq)
{
	for (size_t i = k->n_links; i-- > 0;)
		if (memcmp(k->hashes[i], hash, CRYPTO_HASH) == 0) {
			*seq = i;
			return true;
		}
	*seq = 0;
	return false;
}

const uint8_t *keychain_hash_at(const struct keychain *k, uint64_t seq)
{
	return seq < k->n_links ? k->hashes[seq] : NULL;
}

/* --- active devices --- */

size_t keychain_devices(const struct keychain *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n_ever; i++)
		n += k->ever[i]->active && !k->ever[i]->paper;
	return n;
}

static const struct device_public *hand_out(const struct keychain_device *d, const uint8_t **did)
{
	if (did != NULL)
		*did = d != NULL ? d->did : NULL;
	return d != NULL ? &d->pub : NULL;
}

const struct device_public *keychain_device_at(const struct keychain *k, size_t i, const uint8_t **did)
{
	for (size_t at = 0; at < k->n_ever; at++)
		if (k->ever[at]->active && !k->ever[at]->paper && i-- == 0)
			return hand_out(k->ever[at], did);
	return hand_out(NULL, did);
}

const struct device_public *keychain_device(const struct keychain *k, const uint8_t did[DEVICE_ID])
{
	return hand_out(keychain_state_active(k, did), NULL);
}

const struct device_public *keychain_device_by_tls(const struct keychain *k, const uint8_t tls[CRYPTO_KEY],
                                                   const uint8_t **did)
{
	const struct keychain_device *d = keychain_find_device_by_tls(k, tls);

	return hand_out(d != NULL && d->active && !d->paper ? d : NULL, did);
}

const uint8_t *keychain_first_did(const struct keychain *k)
{
	return k->ever[0]->did;
}

const struct device_public *keychain_recovery(const struct keychain *k)
{
	return &k->paper->pub;
}

/* --- all devices --- */

size_t keychain_ever(const struct keychain *k)
{
	return k->n_ever;
}

const struct keychain_device *keychain_ever_at(const struct keychain *k, size_t i)
{
	return i < k->n_ever ? k->ever[i] : NULL;
}

const struct keychain_device *keychain_find_device(const struct keychain *k, const uint8_t did[DEVICE_ID])
{
	return keychain_state_device(k, did);
}

const struct keychain_device *keychain_find_device_by_tls(const struct keychain *k, const uint8_t tls[CRYPTO_KEY])
{
	for (size_t i = 0; i < k->n_ever; i++)
		if (crypto_equal(k->ever[i]->pub.tls, tls, CRYPTO_KEY))
			return k->ever[i];
	return NULL;
}

bool keychain_active_at(const struct keychain *k, const uint8_t did[DEVICE_ID], uint64_t seq)
{
	const struct keychain_device *d = keychain_state_device(k, did);

	return d != NULL && !d->paper && seq < k->n_links && seq >= d->added_seq && (d->active || seq < d->revoked_seq);
}

/* --- epochs --- */

const struct epoch_ref *keychain_epoch(const struct keychain *k)
{
	return &k->epochs[k->n_epochs - 1].ref;
}

const struct epoch_ref *keychain_epoch_number(const struct keychain *k, uint32_t number)
{
	return number >= 1 && number <= k->n_epochs ? &k->epochs[number - 1].ref : NULL;
}

uint64_t keychain_epoch_seq(const struct keychain *k, uint32_t number)
{
	return number >= 1 && number <= k->n_epochs ? k->epochs[number - 1].seq : 0;
}

const struct epoch_ref *keychain_epoch_at(const struct keychain *k, uint64_t seq)
{
	for (size_t i = k->n_epochs; seq < k->n_links && i-- > 0;)
		if (k->epochs[i].seq <= seq)
			return &k->epochs[i].ref;
	return NULL;
}

const uint8_t *keychain_invite(const struct keychain *k)
{
	return k->invite;
}

/* --- seeds --- */

int keychain_box_seq(const struct keychain *k, const uint8_t did[DEVICE_ID], uint64_t *seq)
{
	const struct keychain_device *d = keychain_state_device(k, did);
	uint64_t epoch = k->epochs[k->n_epochs - 1].seq;

	*seq = 0;
	if (d == NULL || !d->active)
		return ERR_NOT_FOUND;
	*seq = d->added_seq > epoch ? d->added_seq : epoch;
	return 0;
}

static bool is_link_of(const struct keychain *k, const struct link *link)
{
	return link->seq < k->n_links && memcmp(link->hash, k->hashes[link->seq], CRYPTO_HASH) == 0;
}

int keychain_open_seed(const struct keychain *k, const struct link *link, const struct device_secret *device,
                       uint8_t seed[EPOCH_SEED])
{
	struct device_public pub;
	uint8_t did[DEVICE_ID];
	const uint8_t *box;
	int err;

	memset(seed, 0, EPOCH_SEED);
	if (!is_link_of(k, link))
		return ERR_LINK;
	err = device_public_of(device, &pub);
	if (!err)
		err = device_id(&pub, did);
	if (err)
		return err;
	box = keychain_body_find_box(link, did);
	return box != NULL ? epoch_box_open(keychain_epoch_at(k, link->seq), device, box, seed) : ERR_NOT_FOUND;
}

int keychain_open_prev(const struct keychain *k, const struct link *epoch_link, const uint8_t seed_n[EPOCH_SEED],
                       uint8_t seed_before[EPOCH_SEED])
{
	uint8_t public[CRYPTO_KEY];
	const struct epoch_ref *before;
	struct keychain_body b;
	int err;

	memset(seed_before, 0, EPOCH_SEED);
	if (!is_link_of(k, epoch_link))
		return ERR_LINK;
	err = keychain_body_parse(epoch_link, &b);
	if (err || !b.has_epoch)
		return ERR_LINK;
	before = keychain_epoch_number(k, b.epoch.ref.number - 1);
	if (before == NULL)
		return ERR_LINK;
	err = epoch_prev_open(seed_n, k->genesis, before->number, b.epoch.prev, seed_before);
	if (!err)
		err = epoch_public(seed_before, public);
	if (!err && !crypto_equal(public, before->seal_public, CRYPTO_KEY))
		err = ERR_OPEN;
	if (err)
		crypto_wipe(seed_before, EPOCH_SEED);
	return err;
}
