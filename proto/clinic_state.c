/* clinic_state: arrays and maps of the fold. Knows how things are kept, not when they may be. */
#include <stdlib.h>
#include <string.h>

#include "err.h"

#include "clinic_state.h"

static int grow(void **items, size_t *cap, size_t n, size_t size)
{
	size_t want = *cap == 0 ? 16 : *cap * 2;
	void *more;

	if (n < *cap)
		return 0;
	if (want > SIZE_MAX / size)
		return ERR_NOMEM;
	more = realloc(*items, want * size);
	if (more == NULL)
		return ERR_NOMEM;
	*items = more;
	*cap = want;
	return 0;
}

/* Keys are ids or public keys, so their bytes are spread already. */
static struct clinic_map_slot *map_slot(const struct clinic_map *m, const uint8_t key[CLINIC_STATE_KEY])
{
	size_t at;

	memcpy(&at, key, sizeof at);
	for (at &= m->cap - 1;; at = (at + 1) & (m->cap - 1))
		if (m->slots[at].value == 0 || crypto_equal(m->slots[at].key, key, CLINIC_STATE_KEY))
			return &m->slots[at];
}

static void map_put(struct clinic_map *m, const uint8_t key[CLINIC_STATE_KEY], size_t index)
{
	struct clinic_map_slot *slot = map_slot(m, key);

	if (slot->value != 0)
		return;
	memcpy(slot->key, key, CLINIC_STATE_KEY);
	slot->value = index + 1;
	m->n++;
}

static bool map_get(const struct clinic_map *m, const uint8_t key[CLINIC_STATE_KEY], size_t *index)
{
	const struct clinic_map_slot *slot = m->cap > 0 ? map_slot(m, key) : NULL;

	if (slot == NULL || slot->value == 0)
		return false;
	*index = slot->value - 1;
	return true;
}

/* Never more than half full. */
static int map_reserve(struct clinic_map *m, size_t more)
{
	struct clinic_map bigger = {.cap = m->cap == 0 ? 32 : m->cap};

	while (bigger.cap / 2 < m->n + more)
		bigger.cap *= 2;
	if (bigger.cap == m->cap)
		return 0;
	bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].value != 0)
			map_put(&bigger, m->slots[i].key, m->slots[i].value - 1);
	free(m->slots);
	*m = bigger;
	return 0;
}

/* grow() through a variable of its own, because a T ** is no void **. */
#define GROW(c, items)                                                                                                 \
	do {                                                                                                               \
		void *moved = (c)->items;                                                                                      \
		int grown = grow(&moved, &(c)->cap_##items, (c)->n_##items, sizeof *(c)->items);                               \
                                                                                                                       \
		(c)->items = moved;                                                                                            \
		if (grown)                                                                                                     \
			return grown;                                                                                              \
	} while (0)

int clinic_state_reserve(struct clinic *c, size_t devices)
{
	int err;

	GROW(c, places);
	GROW(c, people);
	GROW(c, tickets);
	GROW(c, mentions);
	GROW(c, signed_seqs);
	GROW(c, cuts);
	GROW(c, notices);
	err = map_reserve(&c->by_pid, 1);
	if (!err)
		err = map_reserve(&c->by_signer, 1);
	if (!err)
		err = map_reserve(&c->by_invite, 1);
	if (!err)
		err = map_reserve(&c->by_did, devices);
	return err;
}

void clinic_state_add_place(struct clinic *c, const uint8_t hash[CRYPTO_HASH], enum clinic_place_kind kind,
                            size_t index)
{
	struct clinic_place *p = &c->places[c->n_places++];

	*p = (struct clinic_place){.kind = kind, .index = index};
	c->veiled = c->veiled || kind == CLINIC_PLACE_WITHHELD || kind == CLINIC_PLACE_LOOSE;
	memcpy(p->hash, hash, CRYPTO_HASH);
}

void clinic_state_add_person(struct clinic *c, struct clinic_person *p, const struct keychain *k)
{
	const struct keychain_device *d;

	for (size_t i = 0; (d = keychain_ever_at(k, i)) != NULL && d->added_seq == 0; i++)
		map_put(&c->by_did, d->did, c->n_people);
	map_put(&c->by_pid, p->member.genesis, c->n_people);
	c->people[c->n_people++] = p;
	c->admins += p->member.role == ROLE_ADMIN;
}

void clinic_state_add_ticket(struct clinic *c, struct clinic_ticket *t)
{
	map_put(&c->by_invite, t->invite.key, c->n_tickets);
	c->tickets[c->n_tickets++] = t;
}

size_t clinic_state_add_mention(struct clinic *c, struct clinic_ticket *t, struct clinic_person *signer)
{
	struct clinic_mention *m = &c->mentions[c->n_mentions];
	bool first = t->invite.seq == c->n_places;

	*m = (struct clinic_mention){.ticket = t, .signer = signer, .before = CLINIC_STATE_NONE, .also = CLINIC_STATE_NONE};
	if (!first)
		m->before = c->places[t->last].index;
	if (t->joined != NULL) {
		m->n_team = t->joined->n_team;
		memcpy(m->team, t->joined->team, sizeof m->team);
	} else {
		m->n_team = t->invite.n_staff;
		for (size_t i = 0; i < m->n_team; i++)
			m->team[i] = clinic_state_person_of(c, t->invite.staff[i]->genesis);
	}
	t->last = c->n_places;
	return c->n_mentions++;
}

struct clinic_person *clinic_state_person(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID])
{
	size_t i;

	return map_get(&c->by_pid, pid, &i) ? c->people[i] : NULL;
}

struct clinic_person *clinic_state_person_of(const struct clinic *c, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	struct clinic_person *p = clinic_state_person(c, genesis);

	return p != NULL && memcmp(p->member.genesis, genesis, KEYCHAIN_GENESIS) == 0 ? p : NULL;
}

struct clinic_person *clinic_state_owner(const struct clinic *c, const uint8_t did[DEVICE_ID])
{
	size_t i;

	return map_get(&c->by_did, did, &i) ? c->people[i] : NULL;
}

void clinic_state_add_cut(struct clinic *c, uint64_t seq, const uint8_t hash[CRYPTO_HASH])
{
	for (size_t i = 0; i < c->n_cuts; i++)
		if (c->cuts[i].seq == seq && memcmp(c->cuts[i].hash, hash, CRYPTO_HASH) == 0)
			return;
	c->cuts[c->n_cuts].seq = seq;
	memcpy(c->cuts[c->n_cuts++].hash, hash, CRYPTO_HASH);
}

bool clinic_state_breaks_cut(const struct clinic *c, const uint8_t hash[CRYPTO_HASH])
{
	for (size_t i = 0; i < c->n_cuts; i++)
		if (c->cuts[i].seq == c->n_places && memcmp(c->cuts[i].hash, hash, CRYPTO_HASH) != 0)
			return true;
	return false;
}

void clinic_state_note_signer(struct clinic *c, const uint8_t did[DEVICE_ID])
{
	size_t i;

	if (!map_get(&c->by_signer, did, &i)) {
		i = c->n_signed_seqs++;
		map_put(&c->by_signer, did, i);
	}
	c->signed_seqs[i] = c->n_places;
}

bool clinic_state_last_signed(const struct clinic *c, const uint8_t did[DEVICE_ID], uint64_t *seq)
{
	size_t i;
	bool found = map_get(&c->by_signer, did, &i);

	*seq = found ? c->signed_seqs[i] : 0;
	return found;
}

struct clinic_ticket *clinic_state_ticket(const struct clinic *c, const uint8_t signer[CLINIC_STATE_KEY])
{
	size_t i;

	return map_get(&c->by_invite, signer, &i) ? c->tickets[i] : NULL;
}

struct clinic_place *clinic_state_place(const struct clinic *c, uint64_t seq)
{
	return seq < c->n_places ? &c->places[seq] : NULL;
}

bool clinic_state_on_team(const struct clinic_person *client, const struct clinic_person *staff)
{
	for (size_t i = 0; i < client->n_team; i++)
		if (client->team[i] == staff)
			return true;
	return false;
}

void clinic_state_wipe(struct clinic *c)
{
	for (size_t i = 0; i < c->n_people; i++)
		free(c->people[i]);
	for (size_t i = 0; i < c->n_tickets; i++)
		free(c->tickets[i]);
	free(c->people);
	free(c->tickets);
	free(c->places);
	free(c->mentions);
	free(c->signed_seqs);
	free(c->cuts);
	free(c->notices);
	free(c->by_signer.slots);
	free(c->by_pid.slots);
	free(c->by_did.slots);
	free(c->by_invite.slots);
	memset(c, 0, sizeof *c);
}
