/* link_write_heal: links that come back to a store that was put back from an older copy; see link_write.h. */
#include <string.h>

#include "proto/clinic.h"
#include "proto/err.h"

#include "link_write_internal.h"
#include "req.h"

static int first_of_person(struct link_write *w, const struct link *link, const struct msg_bytes *bytes)
{
	uint8_t genesis[32];
	int err = roster_add(link_write_roster(w), bytes->data, bytes->len, genesis);
	if (err)
		return err;
	w->applied = true;
	link_write_keep(w, link, bytes);
	return 0;
}

struct before {
	struct keychain *person;
	const struct link *link;
};

static int take_before(void *arg, uint64_t seq, const uint8_t hash[32], const uint8_t *bytes, size_t len)
{
	struct before *before = arg;
	struct link link;
	(void)hash;
	if (seq == before->link->seq)
		return ERR_MORE;
	if (seq == 0)
		return keychain_replay(bytes, len, &before->person);
	int err = link_parse(bytes, len, &link);
	return err ? err : keychain_apply_replay(before->person, &link);
}

/* The boxes of a link that is in place, judged where it stands. */
static int check_boxes(struct link_write *w, const struct link *link, const struct msg_bytes *bytes)
{
	struct before before = {.link = link};
	int err = 0;
	if (link->seq == 0)
		err = keychain_new(bytes->data, bytes->len, &before.person);
	else
		err = store_chain_read(req_env(w->r)->store, link->chain, 0, SIZE_MAX, take_before, &before);
	if (!err && link->seq > 0)
		err = before.person ? keychain_apply(before.person, link) : ERR_CHAIN_BEHIND;
	keychain_free(before.person);
	return err;
}

static int next_of_person(struct link_write *w, const struct link *link, const struct msg_bytes *bytes)
{
	const struct keychain *person = roster_keychain(link_write_roster(w), link->chain);
	const uint8_t *there = person ? keychain_hash_at(person, link->seq) : NULL;
	if (!person)
		return ERR_NOT_FOUND;
	if (there && memcmp(there, link->hash, sizeof(link->hash)) == 0) {
		int err = link->boxes ? check_boxes(w, link, bytes) : 0;
		w->boxes = link->boxes != NULL;
		if (!err)
			link_write_keep(w, link, bytes);
		return err;
	}
	if (!link->inner)
		return ERR_LINK;
	if (link->seq != keychain_links(person) || memcmp(link->prev, keychain_head_hash(person), 32) != 0)
		return ERR_CHAIN_BEHIND;
	int err = link_write_prepare(w, person, link);
	if (!err)
		err = roster_apply_key(link_write_roster(w), link);
	if (err)
		return err;
	w->applied = true;
	link_write_keep(w, link, bytes);
	return 0;
}

int link_write_heal(struct link_write *w, const struct msg_bytes *bytes, bool admin)
{
	const struct clinic *clinic = roster_clinic(link_write_roster(w));
	struct link link;
	bool known;
	int err = link_parse(bytes->data, bytes->len, &link);
	if (err)
		return err;
	bool own = memcmp(link.chain, req_who(w->r)->genesis, sizeof(link.chain)) == 0;
	if (!admin && !own)
		return ERR_ROLE;
	if (clinic_id(clinic) && memcmp(link.chain, clinic_id(clinic), sizeof(link.chain)) == 0)
		return link_write_clinic(w, bytes, &known);
	w->own = true;
	memcpy(w->chain, link.chain, sizeof(w->chain));
	if (link.seq == 0 && !roster_keychain(link_write_roster(w), link.chain))
		return first_of_person(w, &link, bytes);
	return next_of_person(w, &link, bytes);
}
