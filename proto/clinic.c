/* clinic: the questions one can ask of a folded clinic chain. The rules of the fold are in clinic_fold.c, its memory in
 * clinic_state.c. Knows no link's form. PROTOCOL 5.2, 5.3. */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "link.h"

#include "clinic.h"
#include "clinic_fold.h"
#include "clinic_state.h"

static const uint64_t defaults[CLINIC_POLICY_KEYS + 1] = {
    [CLINIC_POLICY_SUITE] = 1,
    [CLINIC_POLICY_RETAIN_DAYS] = 2557, /* seven years */
    [CLINIC_POLICY_INVITE_DAYS] = 14,
};

int clinic_new(const struct clinic_lookup *lookup, struct clinic **out)
{
	struct clinic *c = calloc(1, sizeof *c);

	*out = c;
	if (c == NULL)
		return ERR_NOMEM;
	c->lookup = *lookup;
	memcpy(c->policy, defaults, sizeof defaults);
	c->retain_least = defaults[CLINIC_POLICY_RETAIN_DAYS];
	return 0;
}

void clinic_free(struct clinic *c)
{
	if (c == NULL)
		return;
	clinic_state_wipe(c);
	free(c);
}

int clinic_apply(struct clinic *c, const struct link *link)
{
	return clinic_fold_link(c, link, true);
}

int clinic_replay(struct clinic *c, const struct link *link)
{
	return clinic_fold_link(c, link, false);
}

int clinic_fold(struct clinic *c, int (*next)(void *arg, struct link *link), void *arg)
{
	struct link link;
	int got;

	while ((got = next(arg, &link)) > 0) {
		int err = clinic_apply(c, &link);

		if (err)
			return err;
	}
	return got;
}

bool clinic_is_next(const struct clinic *c, const struct link *link)
{
	if (c->n_places == 0)
		return link->seq == 0;
	return link->seq == c->n_places && memcmp(link->chain, c->id, CRYPTO_HASH) == 0 &&
	       memcmp(link->prev, c->places[c->n_places - 1].hash, CRYPTO_HASH) == 0;
}

const uint8_t *clinic_id(const struct clinic *c)
{
	return c->n_places > 0 ? c->id : NULL;
}

bool clinic_head(const struct clinic *c, struct clinic_head *head)
{
	memset(head, 0, sizeof *head);
	if (c->n_places == 0)
		return false;
	head->seq = c->n_places - 1;
	memcpy(head->hash, c->places[head->seq].hash, CRYPTO_HASH);
	return true;
}

const uint8_t *clinic_hash_at(const struct clinic *c, uint64_t seq)
{
	const struct clinic_place *p = clinic_state_place(c, seq);

	return p != NULL ? p->hash : NULL;
}

/* --- members --- */

size_t clinic_members(const struct clinic *c)
{
	return c->n_people;
}

const struct clinic_member *clinic_member_at(const struct clinic *c, size_t i)
{
	return i < c->n_people ? &c->people[i]->member : NULL;
}

const struct clinic_member *clinic_member(const struct clinic *c, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	const struct clinic_person *p = clinic_state_person_of(c, genesis);

	return p != NULL ? &p->member : NULL;
}

const struct clinic_member *clinic_member_by_pid(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID])
{
	const struct clinic_person *p = clinic_state_person(c, pid);

	return p != NULL ? &p->member : NULL;
}

static const struct clinic_person *active(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID])
{
	const struct clinic_person *p = clinic_state_person(c, pid);

	return p != NULL && p->member.active ? p : NULL;
}

enum role clinic_role(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID])
{
	const struct clinic_person *p = active(c, pid);

	return p != NULL ? p->member.role : ROLE_GUEST;
}

const struct clinic_member *clinic_successor(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID])
{
	const struct clinic_person *p = clinic_state_person(c, pid);

	return p != NULL && p->successor != NULL ? &p->successor->member : NULL;
}

const uint8_t *clinic_predecessor_genesis(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID])
{
	const struct clinic_person *p = clinic_state_person(c, pid);

	return p != NULL && p->has_old ? p->old : NULL;
}

const struct clinic_member *clinic_predecessor(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID])
{
	const uint8_t *old = clinic_predecessor_genesis(c, pid);

	return old != NULL ? clinic_member(c, old) : NULL;
}

/* --- teams --- */

size_t clinic_team(const struct clinic *c, const uint8_t client_pid[KEYCHAIN_PID],
                   const struct clinic_member *team[CLINIC_TEAM_MAX])
{
	const struct clinic_person *p = active(c, client_pid);
	size_t n = p != NULL ? p->n_team : 0;

	for (size_t i = 0; i < n; i++)
		team[i] = &p->team[i]->member;
	return n;
}

bool clinic_on_team(const struct clinic *c, const uint8_t staff_pid[KEYCHAIN_PID],
                    const uint8_t client_pid[KEYCHAIN_PID])
{
	const struct clinic_person *staff = active(c, staff_pid), *client = active(c, client_pid);

	return staff != NULL && client != NULL && clinic_state_on_team(client, staff);
}

const struct clinic_member *clinic_client_of(const struct clinic *c, const uint8_t staff_pid[KEYCHAIN_PID],
                                             size_t *cursor)
{
	const struct clinic_person *staff = active(c, staff_pid);

	while (staff != NULL && *cursor < c->n_people) {
		const struct clinic_person *p = c->people[(*cursor)++];

		if (clinic_state_on_team(p, staff))
			return &p->member;
	}
	return NULL;
}

int clinic_about(const struct clinic *c, const uint8_t client_genesis[KEYCHAIN_GENESIS], uint64_t *seq)
{
	const struct clinic_person *p = clinic_state_person_of(c, client_genesis);

	*seq = 0;
	if (p == NULL || p->member.role != ROLE_CLIENT)
		return ERR_NOT_FOUND;
	*seq = p->ticket->last;
	return 0;
}

/* --- who may --- */

static bool related(const struct clinic_person *a, const struct clinic_person *b)
{
	bool staff_a = role_is_staff(a->member.role), staff_b = role_is_staff(b->member.role);

	if (a == b || a->member.role == ROLE_ADMIN || b->member.role == ROLE_ADMIN || (staff_a && staff_b))
		return true;
	return clinic_state_on_team(a, b) || clinic_state_on_team(b, a);
}

bool clinic_related(const struct clinic *c, const uint8_t a[KEYCHAIN_PID], const uint8_t b[KEYCHAIN_PID])
{
	const struct clinic_person *pa = active(c, a), *pb = active(c, b);

	return pa != NULL && pb != NULL && related(pa, pb);
}

static bool in_team(const struct clinic_mention *m, const struct clinic_person *p)
{
	for (size_t i = 0; i < m->n_team; i++)
		if (m->team[i] == p)
			return true;
	return false;
}

/* The client, the signer, the team now, and the teams right before and after the link: what one could read once stays
 * readable, and who is taken off a team learns it. Of a succession also the team of the old one. */
static bool sees_mention(const struct clinic *c, const struct clinic_mention *m, const struct clinic_person *p)
{
	const struct clinic_person *client = m->ticket->joined;

	if (p == client || p == m->signer || in_team(m, p) || (client != NULL && clinic_state_on_team(client, p)))
		return true;
	if (m->also != CLINIC_STATE_NONE && in_team(&c->mentions[m->also], p))
		return true;
	return m->before != CLINIC_STATE_NONE && in_team(&c->mentions[m->before], p);
}

bool clinic_may_see_inner(const struct clinic *c, uint64_t seq, const uint8_t pid[KEYCHAIN_PID])
{
	const struct clinic_place *place = clinic_state_place(c, seq);
	const struct clinic_person *p = active(c, pid);

	if (place == NULL || p == NULL)
		return false;
	if (place->kind < CLINIC_PLACE_MENTION || p->member.role == ROLE_ADMIN)
		return true;
	return place->kind == CLINIC_PLACE_MENTION && sees_mention(c, &c->mentions[place->index], p);
}

bool clinic_may_see_chain(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID], const uint8_t owner[KEYCHAIN_PID])
{
	const struct clinic_person *p = active(c, pid), *o = clinic_state_person(c, owner);

	if (p == NULL || o == NULL)
		return false;
	/* Whoever may see who followed them may read what they wrote. */
	if (o->succeeded_seq > 0 && clinic_may_see_inner(c, o->succeeded_seq, pid))
		return true;
	/* The join of staff is for everybody to see, and so are their chains. */
	return (o->member.active && related(p, o)) || clinic_may_see_inner(c, o->member.joined_seq, pid);
}

int clinic_missing(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID], uint64_t from, uint64_t *seq)
{
	bool all = clinic_role(c, pid) == ROLE_ADMIN;

	for (*seq = from; *seq < c->n_places; ++*seq)
		if (c->places[*seq].kind == CLINIC_PLACE_WITHHELD && (all || c->places[*seq].wanted))
			return 0;
	*seq = 0;
	return ERR_NOT_FOUND;
}

/* --- invitations --- */

size_t clinic_invites(const struct clinic *c)
{
	return c->n_tickets;
}

const struct clinic_invite *clinic_invite_at(const struct clinic *c, size_t i)
{
	return i < c->n_tickets ? &c->tickets[i]->invite : NULL;
}

const struct clinic_invite *clinic_invite(const struct clinic *c, uint64_t seq)
{
	const struct clinic_place *p = clinic_state_place(c, seq);
	const struct clinic_ticket *t = NULL;

	if (p != NULL && p->kind == CLINIC_PLACE_INVITE)
		t = c->tickets[p->index];
	if (p != NULL && p->kind == CLINIC_PLACE_MENTION)
		t = c->mentions[p->index].ticket;
	return t != NULL && t->invite.seq == seq ? &t->invite : NULL;
}

const struct clinic_invite *clinic_invite_by_key(const struct clinic *c, const uint8_t key[CRYPTO_KEY])
{
	const struct clinic_ticket *t = clinic_state_ticket(c, key);

	return t != NULL && crypto_equal(t->invite.key, key, CRYPTO_KEY) ? &t->invite : NULL;
}

/* --- restored servers --- */

/* From the newest back: each generation is new in one notice at most, and was named in none before it. */
bool clinic_restored(const struct clinic *c, const uint8_t old_generation[CLINIC_GENERATION],
                     const uint8_t new_generation[CLINIC_GENERATION])
{
	const uint8_t *at = new_generation;

	if (memcmp(old_generation, new_generation, CLINIC_GENERATION) == 0)
		return false;
	for (size_t i = c->n_notices; i-- > 0;) {
		const struct clinic_notice *n = &c->notices[i];

		if (memcmp(n->generation[1], at, CLINIC_GENERATION) != 0)
			continue;
		at = n->generation[0];
		if (memcmp(at, old_generation, CLINIC_GENERATION) == 0)
			return true;
	}
	return false;
}

bool clinic_restored_to(const struct clinic *c, const uint8_t generation[CLINIC_GENERATION])
{
	for (size_t i = 0; i < c->n_notices; i++)
		if (memcmp(c->notices[i].generation[1], generation, CLINIC_GENERATION) == 0)
			return true;
	return false;
}

/* --- key chains that go on --- */

static bool cut_fits(const struct clinic *c, const struct keychain_device *d)
{
	const struct clinic_place *place = clinic_state_place(c, d->clinic_cut_seq);
	uint64_t last;

	if (place != NULL && memcmp(place->hash, d->clinic_cut, CRYPTO_HASH) != 0)
		return false;
	return !clinic_state_last_signed(c, d->did, &last) || last <= d->clinic_cut_seq;
}

int clinic_check_cuts(const struct clinic *c, const struct keychain *k)
{
	const struct keychain_device *d;

	for (size_t i = 0; (d = keychain_ever_at(k, i)) != NULL; i++)
		if (!d->active && !d->paper && !cut_fits(c, d))
			return ERR_ROLLBACK;
	return 0;
}

/* --- pins and policy --- */

const struct clinic_pins *clinic_pins(const struct clinic *c)
{
	return c->pinned ? &c->pins : NULL;
}

uint64_t clinic_policy(const struct clinic *c, enum clinic_policy_key key)
{
	return (unsigned)key <= CLINIC_POLICY_KEYS ? c->policy[key] : 0;
}

uint64_t clinic_retain_least(const struct clinic *c)
{
	return c->retain_least;
}
