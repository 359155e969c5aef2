/* keychain_rules: one row a type for who may sign it, what must be so, and what it changes. A link is checked in full,
 * then room is made, then it takes effect by steps that cannot fail. PROTOCOL 5.1. */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "link.h"

#include "keychain_rules.h"
#include "keychain_state.h"

struct row {
	uint8_t type;
	bool paper_signs;
	int (*check)(const struct keychain *k, const struct link *link, const struct keychain_body *b);
	void (*effect)(struct keychain *k, const struct link *link, const struct keychain_body *b);
};

static bool listed(const struct keychain_body *b, const uint8_t did[DEVICE_ID])
{
	for (size_t i = 0; i < b->n_dids; i++)
		if (memcmp(b->dids[i], did, DEVICE_ID) == 0)
			return true;
	return false;
}

/* --- what must be so --- */

/* The device of the core belongs to this person and brings nothing that was here before. */
static int check_new_device(const struct keychain *k, const struct keychain_body *b)
{
	uint8_t did[DEVICE_ID];
	int err;

	if (memcmp(b->genesis, k->genesis, KEYCHAIN_GENESIS) != 0)
		return ERR_LINK;
	err = device_id(&b->pub, did);
	if (err)
		return err;
	if (keychain_state_device(k, did) != NULL || keychain_state_has_key(k, b->pub.tls) ||
	    keychain_state_has_key(k, b->pub.sign) || keychain_state_has_key(k, b->pub.seal))
		return ERR_KEY;
	return 0;
}

static int check_add(const struct keychain *k, const struct link *link, const struct keychain_body *b)
{
	(void)link;
	return keychain_devices(k) < KEYCHAIN_DEVICES_MAX ? check_new_device(k, b) : ERR_LINK;
}

static int check_revoke(const struct keychain *k, const struct link *link, const struct keychain_body *b)
{
	for (size_t i = 0; i < b->n_dids; i++)
		if (keychain_state_active(k, b->dids[i]) == NULL)
			return ERR_LINK;
	return listed(b, link->signer) ? ERR_LINK : 0;
}

static int check_rotate(const struct keychain *k, const struct link *link, const struct keychain_body *b)
{
	(void)k;
	(void)link;
	(void)b;
	return 0;
}

static int check_recovery(const struct keychain *k, const struct link *link, const struct keychain_body *b)
{
	(void)link;
	if (memcmp(b->pub.tls, b->epoch.ref.seal_public, CRYPTO_KEY) == 0 ||
	    memcmp(b->pub.sign, b->epoch.ref.seal_public, CRYPTO_KEY) == 0 ||
	    memcmp(b->pub.seal, b->epoch.ref.seal_public, CRYPTO_KEY) == 0)
		return ERR_KEY;
	return check_new_device(k, b);
}

/* --- effects --- */

/* k has room for it; `device` comes zeroed. */
static void add_device(struct keychain *k, const struct link *link, const struct keychain_body *b,
                       struct keychain_device *device)
{
	device->pub = b->pub;
	device->active = true;
	device->paper = b->type == KEYCHAIN_RECOVERY_ROTATE;
	device->added_seq = link->seq;
	keychain_state_add_device(k, device);
}

static void put_out(struct keychain_device *device, const struct link *link)
{
	device->active = false;
	device->revoked_seq = link->seq;
}

static void do_revoke(struct keychain *k, const struct link *link, const struct keychain_body *b)
{
	for (size_t i = 0; i < b->n_dids; i++) {
		struct keychain_device *device = keychain_state_active(k, b->dids[i]);

		put_out(device, link);
		device->clinic_cut_seq = b->clinic_seq;
		memcpy(device->clinic_cut, b->clinic_head, CRYPTO_HASH);
	}
}

static void do_recovery(struct keychain *k, const struct link *link, const struct keychain_body *b)
{
	(void)b;
	put_out(k->paper, link);
}

static void do_nothing(struct keychain *k, const struct link *link, const struct keychain_body *b)
{
	(void)k;
	(void)link;
	(void)b;
}

static const struct row rows[] = {
    {KEYCHAIN_DEVICE_ADD, true, check_add, do_nothing},
    {KEYCHAIN_DEVICE_REVOKE, false, check_revoke, do_revoke},
    {KEYCHAIN_EPOCH_ROTATE, false, check_rotate, do_nothing},
    {KEYCHAIN_RECOVERY_ROTATE, false, check_recovery, do_recovery},
};

static const struct row *row_for(uint8_t type)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

/* --- one link --- */

static bool is_next(const struct keychain *k, const struct link *link)
{
	return link->seq == k->n_links && memcmp(link->chain, k->genesis, CRYPTO_HASH) == 0 &&
	       memcmp(link->prev, k->hashes[k->n_links - 1], CRYPTO_HASH) == 0;
}

static const struct keychain_device *signer(const struct keychain *k, const struct link *link, const struct row *row)
{
	const struct keychain_device *device = keychain_state_device(k, link->signer);

	return device != NULL && device->active && (!device->paper || row->paper_signs) ? device : NULL;
}

static int check_epoch(const struct keychain *k, const struct keychain_body *b)
{
	if (!b->has_epoch)
		return 0;
	if (b->epoch.ref.number != k->n_epochs + 1 || b->epoch.ref.number > KEYCHAIN_EPOCHS_MAX)
		return ERR_LINK;
	return keychain_state_has_key(k, b->epoch.ref.seal_public) ? ERR_KEY : 0;
}

size_t keychain_rules_boxes(const struct keychain *k, const struct keychain_body *b,
                            const struct device_public *to[KEYCHAIN_RULES_BOXES])
{
	size_t n = 0;

	if (b->has_epoch)
		for (size_t i = 0; i < k->n_ever; i++)
			if (k->ever[i]->active && !k->ever[i]->paper && !listed(b, k->ever[i]->did))
				to[n++] = &k->ever[i]->pub;
	to[n++] = b->core != NULL ? &b->pub : &k->paper->pub;
	return n;
}

static int check_boxes(const struct keychain *k, const struct link *link, const struct keychain_body *b)
{
	const struct device_public *to[KEYCHAIN_RULES_BOXES];
	const uint8_t *dids[KEYCHAIN_RULES_BOXES];
	uint8_t ids[KEYCHAIN_RULES_BOXES][DEVICE_ID];
	size_t n = keychain_rules_boxes(k, b, to);

	for (size_t i = 0; i < n; i++) {
		int err = device_id(to[i], ids[i]);

		if (err)
			return err;
		dids[i] = ids[i];
	}
	return keychain_body_check_boxes(link, dids, n, b->boxes_root);
}

int keychain_rules_check(const struct keychain *k, const struct link *link, bool verify, struct keychain_body *body)
{
	const struct keychain_device *by;
	const struct row *row = row_for(link->type);
	int err;

	if (row == NULL || !is_next(k, link))
		return ERR_LINK;
	by = signer(k, link, row);
	if (by == NULL)
		return ERR_LINK;
	err = keychain_body_parse(link, body);
	if (!err)
		err = row->check(k, link, body);
	if (!err)
		err = check_epoch(k, body);
	if (!err)
		err = check_boxes(k, link, body);
	if (!err && verify)
		err = link_verify(link, by->pub.sign);
	if (!err && verify)
		err = keychain_body_verify(body);
	return err;
}

int keychain_rules_apply(struct keychain *k, const struct link *link, bool verify)
{
	struct keychain_device *device = NULL;
	struct keychain_body b;
	int err = keychain_rules_check(k, link, verify, &b);

	if (!err)
		err = keychain_state_reserve(k);
	if (!err && b.core != NULL) {
		device = calloc(1, sizeof *device);
		err = device != NULL ? device_id(&b.pub, device->did) : ERR_NOMEM;
	}
	if (err) {
		free(device);
		return err;
	}
	row_for(link->type)->effect(k, link, &b);
	if (device != NULL)
		add_device(k, link, &b, device);
	if (b.has_epoch)
		keychain_state_add_epoch(k, &b.epoch.ref, link->seq);
	keychain_state_add_link(k, link->hash);
	return 0;
}
