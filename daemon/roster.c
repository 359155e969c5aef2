/* roster: sorted arrays over key chains and tls keys; see roster.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/keychain_body.h"
#include "proto/link.h"

#include "authz.h"
#include "store.h"

#include "roster.h"

#define CHAINS_A_READ 64

/* Every device there ever was, the paper ones too. */
struct device_row {
	uint8_t tls[32];
	const struct keychain *owner;
};

struct roster {
	struct store *store;
	struct clinic *clinic;
	struct keychain **people; /* ascending by genesis */
	size_t n_people, room_people;
	struct device_row *devices; /* ascending by tls key */
	size_t n_devices, room_devices;
	struct roster_pending *pending; /* in the order they were handed over */
	bool failed;                    /* it does not know what the store holds */
};

/* The first of `n` ascending rows that is not below `key`. */
static size_t place(size_t n, bool (*below)(const struct roster *, size_t, const uint8_t *), const struct roster *r,
                    const uint8_t *key)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (below(r, middle, key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool person_below(const struct roster *r, size_t i, const uint8_t *genesis)
{
	return memcmp(keychain_genesis(r->people[i]), genesis, 32) < 0;
}

static bool device_below(const struct roster *r, size_t i, const uint8_t *tls)
{
	return memcmp(r->devices[i].tls, tls, 32) < 0;
}

const struct keychain *roster_keychain(const struct roster *r, const uint8_t genesis[32])
{
	size_t at = place(r->n_people, person_below, r, genesis);
	if (at < r->n_people && memcmp(keychain_genesis(r->people[at]), genesis, 32) == 0)
		return r->people[at];
	return NULL;
}

const struct keychain *roster_next(const struct roster *r, const uint8_t after[32])
{
	size_t at = after ? place(r->n_people, person_below, r, after) : 0;
	if (after && at < r->n_people && memcmp(keychain_genesis(r->people[at]), after, 32) == 0)
		at++;
	return at < r->n_people ? r->people[at] : NULL;
}

static const struct device_row *find_device(const struct roster *r, const uint8_t tls[32])
{
	size_t at = place(r->n_devices, device_below, r, tls);
	if (at < r->n_devices && memcmp(r->devices[at].tls, tls, 32) == 0)
		return &r->devices[at];
	return NULL;
}

static const struct keychain *look_up(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	return roster_keychain(arg, genesis);
}

/* Room for `n` rows of `width` bytes. */
static int grow(void *rows, size_t *room, size_t n, size_t width)
{
	if (n <= *room)
		return 0;
	size_t more = n > 32 ? n * 2 : 64;
	void *bigger = realloc(*(void **)rows, more * width);
	if (!bigger)
		return ERR_NOMEM;
	*(void **)rows = bigger;
	*room = more;
	return 0;
}

static int check_new(const struct roster *r, const struct keychain *person)
{
	if (roster_keychain(r, keychain_genesis(person)))
		return ERR_EXISTS;
	for (size_t i = 0; i < keychain_ever(person); i++)
		if (find_device(r, keychain_ever_at(person, i)->pub.tls))
			return ERR_EXISTS;
	return 0;
}

/* There is room. */
static void insert_device(struct roster *r, const struct keychain *owner, const uint8_t *tls)
{
	size_t at = place(r->n_devices, device_below, r, tls);
	memmove(&r->devices[at + 1], &r->devices[at], (r->n_devices - at) * sizeof(*r->devices));
	r->devices[at].owner = owner;
	memcpy(r->devices[at].tls, tls, 32);
	r->n_devices++;
}

/* Takes the key chain over on success. */
static int insert(struct roster *r, struct keychain *person)
{
	int err = check_new(r, person);
	if (!err)
		err = grow(&r->people, &r->room_people, r->n_people + 1, sizeof(*r->people));
	if (!err)
		err = grow(&r->devices, &r->room_devices, r->n_devices + keychain_ever(person), sizeof(*r->devices));
	if (err)
		return err;
	for (size_t i = 0; i < keychain_ever(person); i++)
		insert_device(r, person, keychain_ever_at(person, i)->pub.tls);
	size_t at = place(r->n_people, person_below, r, keychain_genesis(person));
	memmove(&r->people[at + 1], &r->people[at], (r->n_people - at) * sizeof(struct keychain *));
	r->people[at] = person;
	r->n_people++;
	return 0;
}

/* A link brings one device at most, whose key must be nobody's. */
static int check_new_device(const struct roster *r, const struct link *link)
{
	struct keychain_body body;
	if (link->type != KEYCHAIN_DEVICE_ADD && link->type != KEYCHAIN_RECOVERY_ROTATE)
		return 0;
	int err = keychain_body_parse(link, &body);
	const struct device_row *there = err ? NULL : find_device(r, body.pub.tls);
	if (there && memcmp(keychain_genesis(there->owner), link->chain, 32) != 0)
		err = ERR_EXISTS;
	return err;
}

static int apply_key(struct roster *r, const struct link *link, int (*apply)(struct keychain *, const struct link *))
{
	size_t at = place(r->n_people, person_below, r, link->chain);
	if (at == r->n_people || memcmp(keychain_genesis(r->people[at]), link->chain, 32) != 0)
		return ERR_NOT_FOUND;
	struct keychain *person = r->people[at];
	size_t before = keychain_ever(person);
	int err = check_new_device(r, link);
	if (!err)
		err = grow(&r->devices, &r->room_devices, r->n_devices + 1, sizeof(*r->devices));
	if (!err)
		err = apply(person, link);
	if (!err && keychain_ever(person) > before)
		insert_device(r, person, keychain_ever_at(person, before)->pub.tls);
	return err;
}

static void empty(struct roster *r)
{
	for (size_t i = 0; i < r->n_people; i++)
		keychain_free(r->people[i]);
	r->n_people = r->n_devices = 0;
	clinic_free(r->clinic);
	r->clinic = NULL;
}

static int start_clinic(struct roster *r)
{
	return clinic_new(&(struct clinic_lookup){look_up, r}, &r->clinic);
}

struct replay {
	struct roster *roster;
	struct keychain *person;
};

static int replay_person(void *arg, uint64_t seq, const uint8_t hash[32], const uint8_t *bytes, size_t len)
{
	struct replay *replay = arg;
	(void)hash;
	if (seq == 0)
		return keychain_replay(bytes, len, &replay->person);
	struct link link;
	int err = link_parse(bytes, len, &link);
	return err ? err : keychain_apply_replay(replay->person, &link);
}

static int replay_clinic(void *arg, uint64_t seq, const uint8_t hash[32], const uint8_t *bytes, size_t len)
{
	struct replay *replay = arg;
	struct link link;
	(void)seq;
	(void)hash;
	int err = link_parse(bytes, len, &link);
	return err ? err : clinic_replay(replay->roster->clinic, &link);
}

static int load_people(struct roster *r, const uint8_t *clinic)
{
	uint8_t ids[CHAINS_A_READ][STORE_HASH], last[STORE_HASH];
	const uint8_t *after = NULL;
	size_t n;
	int err;
	do {
		err = store_chain_ids(r->store, after, CHAINS_A_READ, ids, &n);
		for (size_t i = 0; !err && i < n; i++) {
			if (clinic && memcmp(ids[i], clinic, STORE_HASH) == 0)
				continue;
			struct replay replay = {.roster = r};
			err = store_chain_read(r->store, ids[i], 0, SIZE_MAX, replay_person, &replay);
			if (!err)
				err = replay.person ? insert(r, replay.person) : ERR_CORRUPT;
			if (err)
				keychain_free(replay.person);
		}
		if (!err && n) {
			memcpy(last, ids[n - 1], STORE_HASH);
			after = last;
		}
	} while (!err && n == CHAINS_A_READ);
	return err;
}

static int load(struct roster *r)
{
	uint8_t clinic[STORE_HASH];
	int err = start_clinic(r);
	if (err)
		return err;
	int founded = store_clinic(r->store, clinic);
	err = founded == ERR_NOT_FOUND ? 0 : founded;
	if (!err)
		err = load_people(r, founded ? NULL : clinic);
	if (!err && !founded)
		err = store_chain_read(r->store, clinic, 0, SIZE_MAX, replay_clinic, &(struct replay){.roster = r});
	return err;
}

/* --- what is under way --- */

void roster_pend(struct roster *r, struct roster_pending *p)
{
	struct roster_pending **last = &r->pending;
	while (*last)
		last = &(*last)->next;
	p->next = NULL;
	p->back = last;
	*last = p;
}

void roster_settle(struct roster_pending *p)
{
	if (!p->back)
		return;
	*p->back = p->next;
	if (p->next)
		p->next->back = p->back;
	p->next = NULL;
	p->back = NULL;
}

static int take_up_person(struct roster *r, const struct roster_link *l)
{
	struct keychain *person = NULL;
	int err = keychain_replay(l->bytes, l->len, &person);
	if (!err)
		err = insert(r, person);
	if (err)
		keychain_free(person);
	return err;
}

/* It was verified when it first came. What is in place already, or has lost its place, does not fit. */
static int take_up(struct roster *r, const struct roster_link *l)
{
	if (l->link.type == KEYCHAIN_FIRST)
		return take_up_person(r, l);
	if (l->link.type <= KEYCHAIN_RECOVERY_ROTATE)
		return apply_key(r, &l->link, keychain_apply_replay);
	return clinic_is_next(r->clinic, &l->link) ? clinic_replay(r->clinic, &l->link) : ERR_LINK;
}

static int take_up_pending(struct roster *r)
{
	for (const struct roster_pending *p = r->pending; p; p = p->next)
		for (size_t i = 0; i < p->n; i++)
			if (take_up(r, &p->links[i]) == ERR_NOMEM)
				return ERR_NOMEM;
	return 0;
}

int roster_reload(struct roster *r)
{
	empty(r);
	int err = load(r);
	if (!err)
		err = take_up_pending(r);
	if (err) {
		r->failed = true;
		empty(r);
		int again = start_clinic(r); /* never NULL, whoever asks still */
		err = again ? again : err;
	}
	return err;
}

int roster_new(struct store *store, struct roster **out)
{
	*out = NULL;
	struct roster *r = calloc(1, sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	r->store = store;
	int err = roster_reload(r);
	if (err)
		roster_free(r);
	else
		*out = r;
	return err;
}

void roster_free(struct roster *r)
{
	if (!r)
		return;
	empty(r);
	free(r->people);
	free(r->devices);
	free(r);
}

int roster_who(const struct roster *r, const uint8_t tls[32], struct roster_who *who)
{
	memset(who, 0, sizeof(*who));
	const struct device_row *row = r->failed ? NULL : find_device(r, tls);
	if (!row)
		return r->failed ? ERR_STORE_FATAL : 0;
	const uint8_t *genesis = keychain_genesis(row->owner);
	const struct clinic_member *member = clinic_member(r->clinic, genesis);
	const struct keychain_device *device = keychain_find_device_by_tls(row->owner, tls);
	if (!member || !device)
		return 0;
	if (!member->active || !device->active)
		return ERR_REVOKED;
	who->role = member->role;
	who->paper = device->paper;
	memcpy(who->genesis, genesis, sizeof(who->genesis));
	memcpy(who->pid, genesis, sizeof(who->pid));
	memcpy(who->did, device->did, sizeof(who->did));
	return 0;
}

static bool is_office(enum role role)
{
	return role == ROLE_ADMIN || role == ROLE_AUDITOR;
}

static bool share_a_team(const struct clinic *c, const uint8_t *a, const uint8_t *b)
{
	size_t cursor = 0;
	const struct clinic_member *client;
	while ((client = clinic_client_of(c, a, &cursor)))
		if (clinic_on_team(c, b, client->genesis))
			return true;
	return false;
}

unsigned roster_relation(const struct roster *r, const uint8_t author[16], const uint8_t other[16])
{
	if (memcmp(author, other, 16) == 0)
		return 0;
	enum role a = clinic_role(r->clinic, author), b = clinic_role(r->clinic, other);
	if (!clinic_related(r->clinic, author, other))
		return AUTHZ_STRANGER;
	if (is_office(a) || is_office(b))
		return AUTHZ_OFFICE;
	if (a == ROLE_CLIENT || b == ROLE_CLIENT)
		return AUTHZ_CARE;
	return share_a_team(r->clinic, author, other) ? AUTHZ_TEAMMATE : AUTHZ_CLINICIAN;
}

const struct clinic *roster_clinic(const struct roster *r)
{
	return r->clinic;
}

int roster_add(struct roster *r, const void *first_link, size_t len, uint8_t genesis[32])
{
	struct keychain *person = NULL;
	int err = keychain_new(first_link, len, &person);
	if (!err)
		err = insert(r, person);
	if (err)
		keychain_free(person);
	else
		memcpy(genesis, keychain_genesis(person), 32);
	return err;
}

int roster_apply(struct roster *r, const struct link *link)
{
	return clinic_apply(r->clinic, link);
}

int roster_apply_key(struct roster *r, const struct link *link)
{
	return apply_key(r, link, keychain_apply);
}
