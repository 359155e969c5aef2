/* clinic_step: who signed a link of the clinic chain. Knows devices and their cuts, and no other rule. PROTOCOL 5.2. */
#include <string.h>

#include "err.h"
#include "link.h"

#include "clinic_state.h"
#include "clinic_step.h"

static int verify(const struct clinic_step *s, const uint8_t pub[CRYPTO_KEY])
{
	return s->verify ? link_verify(s->link, pub) : 0;
}

static const struct keychain *find(const struct clinic *c, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	return c->lookup.find(c->lookup.arg, genesis);
}

/* A device that was ever in the key chain, and its signature. One that is revoked counts up to the head of this chain
 * that the revoking link names. */
static int signed_by_device(struct clinic_step *s, const struct keychain *k)
{
	const struct keychain_device *d = keychain_find_device(k, s->link->signer);

	if (d == NULL || d->paper || (!d->active && s->link->seq > d->clinic_cut_seq))
		return ERR_ROLE;
	if (!d->active && s->link->seq == d->clinic_cut_seq && memcmp(s->link->hash, d->clinic_cut, CRYPTO_HASH) != 0)
		return ERR_LINK;
	s->device = d;
	return verify(s, d->pub.sign);
}

/* Whose device it is. One that came after its owner's first link is looked for in the chains of staff, as they joined:
 * clients sign nothing but what an invitation's key signs. ERR_ROLE: nobody's. */
static int find_signer(const struct clinic_step *s, struct clinic_person **owner, const struct keychain **chain)
{
	struct clinic_person *p = clinic_state_owner(s->c, s->link->signer);

	for (size_t i = 0; p == NULL && i < s->c->n_people; i++) {
		if (!role_is_staff(s->c->people[i]->member.role))
			continue;
		*chain = find(s->c, s->c->people[i]->member.genesis);
		if (*chain == NULL)
			return ERR_NOT_FOUND;
		if (keychain_find_device(*chain, s->link->signer) != NULL)
			p = s->c->people[i];
	}
	if (p == NULL)
		return ERR_ROLE;
	*owner = p;
	*chain = find(s->c, p->member.genesis);
	return *chain != NULL ? 0 : ERR_NOT_FOUND;
}

/* A device of an active member. */
int clinic_step_by_member(struct clinic_step *s)
{
	const struct keychain *k = NULL;
	struct clinic_person *p = NULL;
	int err = find_signer(s, &p, &k);

	if (err)
		return err;
	if (!p->member.active)
		return ERR_ROLE;
	s->signer = p;
	return signed_by_device(s, k);
}

/* Who signed a link that takes its place. There is room. */
void clinic_step_note_signer(struct clinic_step *s)
{
	const struct keychain_device *d = s->device;

	if (d == NULL)
		return;
	clinic_state_note_signer(s->c, d->did);
	if (!d->active)
		clinic_state_add_cut(s->c, d->clinic_cut_seq, d->clinic_cut);
}

bool clinic_step_is_admin(const struct clinic_person *p)
{
	return p->member.role == ROLE_ADMIN;
}

int clinic_step_by_admin(struct clinic_step *s)
{
	int err = clinic_step_by_member(s);

	return err || clinic_step_is_admin(s->signer) ? err : ERR_ROLE;
}

int clinic_step_by_founder(struct clinic_step *s)
{
	s->joiner = find(s->c, s->body.genesis);
	if (s->joiner == NULL)
		return ERR_NOT_FOUND;
	if (memcmp(keychain_first_did(s->joiner), s->link->signer, DEVICE_ID) != 0)
		return ERR_ROLE;
	return signed_by_device(s, s->joiner);
}

int clinic_step_by_invite(struct clinic_step *s)
{
	const uint8_t *key = s->ticket->invite.key;

	return crypto_equal(key, s->link->signer, LINK_SIGNER) ? verify(s, key) : ERR_ROLE;
}
