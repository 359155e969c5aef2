/* fold: key chains in an array ordered by genesis, and one clinic that looks them up; see fold.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"

#include "links.h"

#include "fold.h"

struct fold {
	struct clinic *clinic;
	struct keychain **people; /* ascending by genesis */
	size_t n, room;
	uint8_t wanted[32];
	/* while loading */
	struct vault_txn *txn;
	uint8_t id[32];
	bool verify;
};

/* The first whose genesis is not below the `len` bytes of `key`. */
static size_t place(const struct fold *f, const uint8_t *key, size_t len)
{
	size_t low = 0, high = f->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (memcmp(keychain_genesis(f->people[middle]), key, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct keychain *find(const struct fold *f, const uint8_t *key, size_t len)
{
	size_t at = place(f, key, len);
	return at < f->n && memcmp(keychain_genesis(f->people[at]), key, len) == 0 ? f->people[at] : NULL;
}

const struct keychain *fold_keychain(const struct fold *f, const uint8_t genesis[32])
{
	return find(f, genesis, 32);
}

const struct keychain *fold_keychain_by_pid(const struct fold *f, const uint8_t pid[16])
{
	return find(f, pid, 16);
}

static const struct keychain *look_up(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	struct fold *f = arg;
	const struct keychain *found = fold_keychain(f, genesis);
	if (!found)
		memcpy(f->wanted, genesis, sizeof(f->wanted));
	return found;
}

int fold_new(struct fold **out)
{
	*out = NULL;
	struct fold *f = calloc(1, sizeof(*f));
	int err = f ? clinic_new(&(struct clinic_lookup){look_up, f}, &f->clinic) : ERR_NOMEM;
	if (err)
		fold_free(f);
	else
		*out = f;
	return err;
}

void fold_free(struct fold *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		keychain_free(f->people[i]);
	free(f->people);
	clinic_free(f->clinic);
	free(f);
}

/* Takes `person` over. */
static int insert(struct fold *f, struct keychain *person)
{
	const uint8_t *genesis = keychain_genesis(person);
	if (fold_keychain(f, genesis)) {
		keychain_free(person);
		return 0;
	}
	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : 32;
		struct keychain **more = realloc(f->people, room * sizeof(*more));
		if (!more) {
			keychain_free(person);
			return ERR_NOMEM;
		}
		f->people = more;
		f->room = room;
	}
	size_t at = place(f, genesis, 32);
	memmove(&f->people[at + 1], &f->people[at], (f->n - at) * sizeof(*f->people));
	f->people[at] = person;
	f->n++;
	return 0;
}

int fold_add(struct fold *f, const uint8_t genesis[32], const void *first_link, size_t len)
{
	struct keychain *person = NULL;
	int err = keychain_new(first_link, len, &person);
	if (!err && memcmp(keychain_genesis(person), genesis, 32) != 0) {
		keychain_free(person);
		return ERR_AUTHOR;
	}
	return err ? err : insert(f, person);
}

int fold_extend(struct fold *f, const uint8_t genesis[32], const struct link *link)
{
	size_t at = place(f, genesis, KEYCHAIN_GENESIS);
	bool held = at < f->n && memcmp(keychain_genesis(f->people[at]), genesis, KEYCHAIN_GENESIS) == 0;
	return held ? keychain_apply(f->people[at], link) : ERR_NOT_FOUND;
}

int fold_apply(struct fold *f, const struct link *link)
{
	memset(f->wanted, 0, sizeof(f->wanted));
	return clinic_apply(f->clinic, link);
}

const uint8_t *fold_wanted(const struct fold *f)
{
	return f->wanted;
}

const struct clinic *fold_clinic(const struct fold *f)
{
	return f->clinic;
}

/* --- loading --- */

struct person_load {
	struct keychain *person;
};

static int person_link(void *arg, uint64_t seq, const uint8_t *bytes, size_t len)
{
	struct person_load *load = arg;
	struct link link;
	if (seq == 0)
		return keychain_replay(bytes, len, &load->person);
	int err = link_parse(bytes, len, &link);
	return err ? err : keychain_apply_replay(load->person, &link);
}

static int load_chain(void *arg, const uint8_t chain[32])
{
	struct fold *f = arg;
	struct person_load load = {NULL};
	if (memcmp(chain, f->id, sizeof(f->id)) == 0)
		return 0;
	int err = links_each(f->txn, chain, person_link, &load);
	if (err) {
		keychain_free(load.person);
		return err;
	}
	return load.person ? insert(f, load.person) : ERR_CORRUPT;
}

static int clinic_link(void *arg, uint64_t seq, const uint8_t *bytes, size_t len)
{
	struct fold *f = arg;
	struct link link;
	(void)seq;
	int err = link_parse(bytes, len, &link);
	if (err)
		return err;
	err = f->verify ? clinic_apply(f->clinic, &link) : clinic_replay(f->clinic, &link);
	return err == ERR_NOT_FOUND ? ERR_LINK : err;
}

int fold_load(struct vault_txn *txn, const uint8_t clinic[32], bool verify, struct fold **out)
{
	struct fold *f = NULL;
	*out = NULL;
	int err = fold_new(&f);
	if (err)
		return err;
	f->txn = txn;
	f->verify = verify;
	memcpy(f->id, clinic, sizeof(f->id));
	err = links_chains(txn, load_chain, f);
	if (!err)
		err = links_each(txn, clinic, clinic_link, f);
	if (!err && !clinic_id(f->clinic))
		err = ERR_NOT_FOUND;
	f->txn = NULL;
	if (err)
		fold_free(f);
	else
		*out = f;
	return err;
}
