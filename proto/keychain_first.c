/* keychain_first: the rules of a person's first link. Knows no link after it. */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "label.h"
#include "link.h"
#include "mp.h"

#include "keychain_body.h"
#include "keychain_first.h"
#include "keychain_state.h"

#define PROOFS 4

/* What a genesis link says, before it is believed. */
struct genesis {
	const uint8_t *core;
	size_t core_len;
	struct keychain_device device, recovery;
	struct epoch_ref epoch;
	uint8_t boxes_root[CRYPTO_HASH];
	uint8_t invite[CRYPTO_KEY];
	uint8_t proofs[PROOFS][CRYPTO_SIG];
};

static int parse_core(struct genesis *g)
{
	struct mp_doc *doc;
	struct mp_cur c, epoch;
	uint64_t suite;
	int err = mp_open(g->core, g->core_len, &doc, &c);

	if (err)
		return err;
	suite = mp_u64(&c, 0, UINT64_MAX);
	if (!mp_err(&c) && suite != KEYCHAIN_BODY_SUITE) {
		mp_close(doc);
		return ERR_SUITE;
	}
	keychain_body_get_keys(&c, &g->device.pub);
	keychain_body_get_keys(&c, &g->recovery.pub);
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
	int err = device_check_pair(&g->device.pub, &g->recovery.pub);

	if (!err)
		err = device_check_seal_key(g->epoch.seal_public);
	if (!err)
		err = crypto_sign_key_check(g->invite);
	if (!err)
		err = device_id(&g->device.pub, g->device.did);
	if (!err)
		err = device_id(&g->recovery.pub, g->recovery.did);
	return err;
}

static int check_boxes(const struct link *link, const struct genesis *g)
{
	const uint8_t *const dids[] = {g->device.did, g->recovery.did};

	return keychain_body_check_boxes(link, dids, 2, g->boxes_root);
}

static int check_proofs(const struct genesis *g)
{
	const struct {
		const uint8_t *key;
		const char *label;
	} rows[PROOFS] = {
	    {g->device.pub.tls, LABEL_POP_TLS},
	    {g->recovery.pub.sign, LABEL_POP_RECOVERY_SIGN},
	    {g->recovery.pub.tls, LABEL_POP_RECOVERY_TLS},
	    {g->invite, LABEL_INVITE_GENESIS},
	};
	const struct crypto_bytes core = {g->core, g->core_len};
	int err = 0;

	for (size_t i = 0; !err && i < PROOFS; i++)
		err = crypto_verify(rows[i].key, rows[i].label, &core, 1, g->proofs[i]);
	return err;
}

static int keep(struct keychain *k, const struct link *link, const struct genesis *g)
{
	struct keychain_device *device = malloc(sizeof *device), *paper = malloc(sizeof *paper);

	if (device == NULL || paper == NULL || keychain_state_reserve(k)) {
		free(device);
		free(paper);
		return ERR_NOMEM;
	}
	*device = g->device;
	*paper = g->recovery;
	device->active = paper->active = paper->paper = true;
	memcpy(k->genesis, link->hash, KEYCHAIN_GENESIS);
	memcpy(k->invite, g->invite, CRYPTO_KEY);
	keychain_state_add_device(k, device);
	keychain_state_add_device(k, paper);
	keychain_state_add_epoch(k, &g->epoch, link->seq);
	keychain_state_add_link(k, link->hash);
	return 0;
}

int keychain_first_apply(struct keychain *k, const struct link *link, bool verify)
{
	struct genesis g = {0};
	int err;

	if (link->type != KEYCHAIN_FIRST || link->seq != 0 || link->inner == NULL)
		return ERR_LINK;
	err = parse_inner(link, &g);
	if (!err)
		err = check_keys(&g);
	if (!err && memcmp(link->signer, g.device.did, DEVICE_ID) != 0)
		err = ERR_LINK;
	if (!err)
		err = check_boxes(link, &g);
	if (!err && verify)
		err = link_verify(link, g.device.pub.sign);
	if (!err && verify)
		err = check_proofs(&g);
	return err ? err : keep(k, link, &g);
}
