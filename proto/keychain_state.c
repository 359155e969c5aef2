/* keychain_state: arrays of the reading of a key chain. Knows how things are kept, not when they may be. */
#include <stdlib.h>
#include <string.h>

#include "err.h"

#include "keychain_state.h"

#define DEVICES_A_LINK 2 /* the most one link adds: a first link's */

/* *items may move, also when it fails. */
static int grow(void **items, size_t *cap, size_t want, size_t size)
{
	size_t bigger = *cap == 0 ? 2 : *cap * 2;
	void *more;

	if (want <= *cap)
		return 0;
	if (bigger > SIZE_MAX / size)
		return ERR_NOMEM;
	more = realloc(*items, bigger * size);
	if (more == NULL)
		return ERR_NOMEM;
	*items = more;
	*cap = bigger;
	return 0;
}

int keychain_state_reserve(struct keychain *k)
{
	void *links = k->hashes, *ever = k->ever, *epochs = k->epochs;
	int err = grow(&links, &k->cap_links, k->n_links + 1, sizeof *k->hashes);

	k->hashes = links;
	if (!err)
		err = grow(&ever, &k->cap_ever, k->n_ever + DEVICES_A_LINK, sizeof(struct keychain_device *));
	k->ever = ever;
	if (!err)
		err = grow(&epochs, &k->cap_epochs, k->n_epochs + 1, sizeof *k->epochs);
	k->epochs = epochs;
	return err;
}

void keychain_state_add_link(struct keychain *k, const uint8_t hash[CRYPTO_HASH])
{
	memcpy(k->hashes[k->n_links++], hash, CRYPTO_HASH);
}

void keychain_state_add_device(struct keychain *k, struct keychain_device *device)
{
	k->ever[k->n_ever++] = device;
	if (device->paper)
		k->paper = device;
}

void keychain_state_add_epoch(struct keychain *k, const struct epoch_ref *ref, uint64_t seq)
{
	k->epochs[k->n_epochs++] = (struct keychain_epoch){*ref, seq};
}

struct keychain_device *keychain_state_device(const struct keychain *k, const uint8_t did[DEVICE_ID])
{
	for (size_t i = 0; i < k->n_ever; i++)
		if (memcmp(k->ever[i]->did, did, DEVICE_ID) == 0)
			return k->ever[i];
	return NULL;
}

struct keychain_device *keychain_state_active(const struct keychain *k, const uint8_t did[DEVICE_ID])
{
	struct keychain_device *d = keychain_state_device(k, did);

	return d != NULL && d->active && !d->paper ? d : NULL;
}

bool keychain_state_has_key(const struct keychain *k, const uint8_t key[CRYPTO_KEY])
{
	bool found = crypto_equal(k->invite, key, CRYPTO_KEY);

	for (size_t i = 0; !found && i < k->n_epochs; i++)
		found = crypto_equal(k->epochs[i].ref.seal_public, key, CRYPTO_KEY);
	for (size_t i = 0; !found && i < k->n_ever; i++) {
		const struct device_public *pub = &k->ever[i]->pub;

		found = crypto_equal(pub->tls, key, CRYPTO_KEY) || crypto_equal(pub->sign, key, CRYPTO_KEY) ||
		        crypto_equal(pub->seal, key, CRYPTO_KEY);
	}
	return found;
}

void keychain_state_wipe(struct keychain *k)
{
	for (size_t i = 0; i < k->n_ever; i++)
		free(k->ever[i]);
	free(k->ever);
	free(k->hashes);
	free(k->epochs);
	memset(k, 0, sizeof *k);
}
