/* keychain: the rules of a person's chain. Knows every type of link it may hold, as rows, and no clinic. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "crypto.h"
#include "err.h"
#include "label.h"
#include "link.h"
#include "mp.h"

#include "keychain.h"

#define SUITE 1
#define TYPE_GENESIS 1
#define DEVICES_MAX 8
#define EPOCHS_MAX 8
#define PROOFS 4

struct owned_device {
	uint8_t did[DEVICE_ID];
	struct device_public keys;
};

struct keychain {
	uint8_t genesis[KEYCHAIN_GENESIS];
	uint64_t head_seq;
	uint8_t head_hash[CRYPTO_HASH];
	bool begun;
	size_t n_devices, n_epochs;
	struct owned_device devices[DEVICES_MAX]; /* active; the first of all is device 0 */
	struct epoch_ref epochs[EPOCHS_MAX];      /* ascending */
	struct owned_device recovery;
	uint8_t invite[CRYPTO_KEY];
};

/* What a genesis link says, before it is believed. */
struct genesis {
	const uint8_t *core;
	size_t core_len;
	struct owned_device device, recovery;
	struct epoch_ref epoch;
	uint8_t boxes_root[CRYPTO_HASH];
	uint8_t invite[CRYPTO_KEY];
	uint8_t proofs[PROOFS][CRYPTO_SIG];
};

static void read_device(struct mp_cur *c, struct device_public *keys)
{
	struct mp_cur in = mp_enter(c, 3, 3);

	mp_fixed(&in, keys->tls, CRYPTO_KEY);
	mp_fixed(&in, keys->sign, CRYPTO_KEY);
	mp_fixed(&in, keys->seal, CRYPTO_KEY);
	mp_leave(c, &in);
}

static int parse_core(struct genesis *g)
{
	struct mp_doc *doc;
	struct mp_cur c, epoch;
	uint64_t suite;
	int err = mp_open(g->core, g->core_len, &doc, &c);

	if (err)
		return err;
	suite = mp_u64(&c, 0, UINT64_MAX);
	if (!mp_err(&c) && suite != SUITE) {
		mp_close(doc);
		return ERR_SUITE;
	}
	read_device(&c, &g->device.keys);
	read_device(&c, &g->recovery.keys);
	epoch = mp_enter(&c, 3, 3);
	g->epoch.number = (uint32_t)mp_u64(&epoch, 1, 1);
	mp_fixed(&epoch, g->epoch.seal_public, CRYPTO_KEY);
	mp_fixed(&epoch, g->boxes_root, CRYPTO_HASH);
	mp_leave(&c, &epoch);
	mp_fixed(&c, g->invite, CRYPTO_KEY);
	err = mp_done(&c);
	mp_close(doc);
	return err;
}

static int parse_inner(const struct link *link, struct genesis *g)
{
	uint8_t salt[LINK_SALT];
	struct mp_doc *doc;
	struct mp_cur c, sigs;
	int err = mp_open(link->inner, link->inner_len, &doc, &c);

	if (err)
		return err;
	mp_fixed(&c, salt, sizeof salt);
	g->core = mp_bin(&c, 1, LINK_INNER_MAX, &g->core_len);
	sigs = mp_enter(&c, PROOFS, PROOFS);
	for (size_t i = 0; i < PROOFS; i++)
		mp_fixed(&sigs, g->proofs[i], CRYPTO_SIG);
	mp_leave(&c, &sigs);
	err = mp_done(&c);
	mp_close(doc);
	return err ? err : parse_core(g);
}

static int check_keys(struct genesis *g)
{
	int err = device_check_pair(&g->device.keys, &g->recovery.keys);

	if (!err)
		err = device_check_seal_key(g->epoch.seal_public);
	if (!err)
		err = crypto_sign_key_check(g->invite);
	if (!err)
		err = device_id(&g->device.keys, g->device.did);
	if (!err)
		err = device_id(&g->recovery.keys, g->recovery.did);
	return err;
}

/* A box begins with its encoded did: array head, bin head, length. */
static const uint8_t *box_did(const uint8_t *boxes, size_t i)
{
	return boxes + i * EPOCH_BOX + 3;
}

static int check_boxes(const struct link *link, const struct genesis *g)
{
	uint8_t root[CRYPTO_HASH];
	const uint8_t *boxes;
	size_t n;
	int err;

	if (link->boxes == NULL)
		return 0;
	err = epoch_boxes_get(link->boxes, link->boxes_len, &boxes, &n);
	if (err)
		return err;
	if (n != 2)
		return ERR_LINK;
	err = epoch_boxes_root(boxes, n, root);
	if (err)
		return err;
	if (memcmp(root, g->boxes_root, CRYPTO_HASH) != 0)
		return ERR_HASH;
	if (memcmp(box_did(boxes, 0), g->device.did, DEVICE_ID) != 0 ||
	    memcmp(box_did(boxes, 1), g->recovery.did, DEVICE_ID) != 0)
		return ERR_LINK;
	return 0;
}

static int check_proofs(const struct genesis *g)
{
	const struct {
		const uint8_t *key;
		const char *label;
	} rows[PROOFS] = {
	    {g->device.keys.tls, LABEL_POP_TLS},
	    {g->recovery.keys.sign, LABEL_POP_RECOVERY_SIGN},
	    {g->recovery.keys.tls, LABEL_POP_RECOVERY_TLS},
	    {g->invite, LABEL_INVITE_GENESIS},
	};
	const struct crypto_bytes core = {g->core, g->core_len};
	int err = 0;

	for (size_t i = 0; !err && i < PROOFS; i++)
		err = crypto_verify(rows[i].key, rows[i].label, &core, 1, g->proofs[i]);
	return err;
}

static int apply_genesis(struct keychain *k, const struct link *link, bool verify)
{
	struct genesis g = {0};
	int err = parse_inner(link, &g);

	if (!err)
		err = check_keys(&g);
	if (!err && memcmp(link->signer, g.device.did, DEVICE_ID) != 0)
		err = ERR_LINK;
	if (!err)
		err = check_boxes(link, &g);
	if (!err && verify)
		err = link_verify(link, g.device.keys.sign);
	if (!err && verify)
		err = check_proofs(&g);
	if (err)
		return err;
	memcpy(k->genesis, link->hash, KEYCHAIN_GENESIS);
	k->devices[0] = g.device;
	k->n_devices = 1;
	k->recovery = g.recovery;
	k->epochs[0] = g.epoch;
	k->n_epochs = 1;
	memcpy(k->invite, g.invite, CRYPTO_KEY);
	return 0;
}

/* One row for each type of link. `first`: it begins a chain, and only that. */
static const struct rule {
	uint8_t type;
	bool first;
	int (*apply)(struct keychain *k, const struct link *link, bool verify);
} rules[] = {
    {TYPE_GENESIS, true, apply_genesis},
};

static const struct rule *rule_for(uint8_t type)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

static bool is_next(const struct keychain *k, const struct link *link)
{
	if (!k->begun)
		return link->seq == 0;
	return link->seq == k->head_seq + 1 && memcmp(link->chain, k->genesis, CRYPTO_HASH) == 0 &&
	       memcmp(link->prev, k->head_hash, CRYPTO_HASH) == 0;
}

static int apply(struct keychain *k, const struct link *link, bool verify)
{
	const struct rule *rule = rule_for(link->type);
	int err;

	if (rule == NULL || rule->first == k->begun || !is_next(k, link) || link->inner == NULL)
		return ERR_LINK;
	err = rule->apply(k, link, verify);
	if (err)
		return err;
	k->begun = true;
	k->head_seq = link->seq;
	memcpy(k->head_hash, link->hash, CRYPTO_HASH);
	return 0;
}

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
	err = apply(k, &link, verify);
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
	free(k);
}

int keychain_apply(struct keychain *k, const struct link *link)
{
	return apply(k, link, true);
}

const uint8_t *keychain_genesis(const struct keychain *k)
{
	return k->genesis;
}

uint64_t keychain_head_seq(const struct keychain *k)
{
	return k->head_seq;
}

const uint8_t *keychain_head_hash(const struct keychain *k)
{
	return k->head_hash;
}

size_t keychain_devices(const struct keychain *k)
{
	return k->n_devices;
}

const struct device_public *keychain_device_at(const struct keychain *k, size_t i, const uint8_t **did)
{
	if (did != NULL)
		*did = i < k->n_devices ? k->devices[i].did : NULL;
	return i < k->n_devices ? &k->devices[i].keys : NULL;
}

const struct device_public *keychain_device(const struct keychain *k, const uint8_t did[DEVICE_ID])
{
	for (size_t i = 0; i < k->n_devices; i++)
		if (memcmp(k->devices[i].did, did, DEVICE_ID) == 0)
			return &k->devices[i].keys;
	return NULL;
}

const struct device_public *keychain_device_by_tls(const struct keychain *k, const uint8_t tls[CRYPTO_KEY],
                                                   const uint8_t **did)
{
	for (size_t i = 0; i < k->n_devices; i++)
		if (crypto_equal(k->devices[i].keys.tls, tls, CRYPTO_KEY))
			return keychain_device_at(k, i, did);
	if (did != NULL)
		*did = NULL;
	return NULL;
}

const uint8_t *keychain_first_did(const struct keychain *k)
{
	return k->devices[0].did;
}

const struct device_public *keychain_recovery(const struct keychain *k)
{
	return &k->recovery.keys;
}

const struct epoch_ref *keychain_epoch(const struct keychain *k)
{
	return &k->epochs[k->n_epochs - 1];
}

const struct epoch_ref *keychain_epoch_number(const struct keychain *k, uint32_t number)
{
	for (size_t i = 0; i < k->n_epochs; i++)
		if (k->epochs[i].number == number)
			return &k->epochs[i];
	return NULL;
}

const uint8_t *keychain_invite(const struct keychain *k)
{
	return k->invite;
}

int keychain_open_seed(const struct keychain *k, const struct link *link, const struct device_secret *device,
                       uint8_t seed[EPOCH_SEED])
{
	struct device_public pub;
	uint8_t did[DEVICE_ID];
	const uint8_t *boxes;
	size_t n;
	int err;

	memset(seed, 0, EPOCH_SEED);
	if (memcmp(link->hash, k->genesis, CRYPTO_HASH) != 0)
		return ERR_LINK;
	if (link->boxes == NULL)
		return ERR_NOT_FOUND;
	err = device_public_of(device, &pub);
	if (!err)
		err = device_id(&pub, did);
	if (!err)
		err = epoch_boxes_get(link->boxes, link->boxes_len, &boxes, &n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (memcmp(box_did(boxes, i), did, DEVICE_ID) == 0)
			return epoch_box_open(keychain_epoch(k), device, boxes + i * EPOCH_BOX, seed);
	return ERR_NOT_FOUND;
}
