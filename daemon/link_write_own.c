/* link_write_own: links of the asker's own key chain, types 2 to 5: what must be so before one is applied, who has to
 * go and which rows are kept once it is durable. */
#include <string.h>

#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain_body.h"

#include "link_write_internal.h"
#include "req.h"

/* The clinic chain's head that a revoking link names must be the one there is: what the device said up to there counts,
 * and nothing after it. */
static int stand_on_clinic(struct link_write *w, const struct keychain_body *body)
{
	struct clinic_head head;
	if (!clinic_head(roster_clinic(link_write_roster(w)), &head))
		return ERR_LINK;
	w->clinic_moved = body->clinic_seq != head.seq || memcmp(body->clinic_head, head.hash, sizeof(head.hash)) != 0;
	if (w->clinic_moved)
		return ERR_CHAIN_BEHIND;
	w->ground = (struct link_ground){.set = true, .seq = head.seq};
	memcpy(w->ground.chain, clinic_id(roster_clinic(link_write_roster(w))), sizeof(w->ground.chain));
	memcpy(w->ground.hash, head.hash, sizeof(w->ground.hash));
	return 0;
}

int link_write_prepare(struct link_write *w, const struct keychain *person, const struct link *link)
{
	struct keychain_body body;
	uint8_t did[DEVICE_ID];
	int err = keychain_body_parse(link, &body);
	if (err)
		return err;
	for (size_t i = 0; i < body.n_dids; i++) {
		link_write_note(w, AUDIT_OP_DEVICE_REVOKED, AUDIT_DEVICE, body.dids[i], DEVICE_ID);
		memcpy(w->out[w->n_out++], body.dids[i], DEVICE_ID);
	}
	if (body.type == KEYCHAIN_DEVICE_ADD || body.type == KEYCHAIN_RECOVERY_ROTATE) {
		bool paper = body.type == KEYCHAIN_RECOVERY_ROTATE;
		err = device_id(&body.pub, did);
		link_write_note(w, paper ? AUDIT_OP_RECOVERY_ROTATED : AUDIT_OP_DEVICE_ADDED, AUDIT_DEVICE, did, sizeof(did));
		if (!err && paper)
			err = device_id(keychain_recovery(person), w->out[w->n_out++]);
	}
	if (body.has_epoch)
		link_write_note(w, AUDIT_OP_EPOCH, AUDIT_LINK, link->hash, sizeof(link->hash));
	return err;
}

static int check_own(struct link_write *w, const struct keychain *person, const struct link *link)
{
	const struct req_who *who = req_who(w->r);
	if (link->type < KEYCHAIN_DEVICE_ADD || link->type > KEYCHAIN_RECOVERY_ROTATE)
		return ERR_LINK;
	if (!link->inner)
		return ERR_LINK;
	if (!link->boxes) /* nobody else could bring the seed to the person's devices */
		return ERR_SHAPE;
	if (memcmp(link->signer, who->did, sizeof(who->did)) != 0)
		return ERR_NOT_AUTHOR;
	if (who->paper && link->type != KEYCHAIN_DEVICE_ADD)
		return ERR_ROLE;
	bool is_next = link->seq == keychain_links(person) && memcmp(link->prev, keychain_head_hash(person), 32) == 0;
	if (!is_next || link->type != KEYCHAIN_DEVICE_REVOKE)
		return is_next ? 0 : ERR_CHAIN_BEHIND;
	struct keychain_body body;
	int err = keychain_body_parse(link, &body);
	return err ? err : stand_on_clinic(w, &body);
}

int link_write_own(struct link_write *w, const struct msg_bytes *bytes, bool *known)
{
	const struct keychain *person = roster_keychain(link_write_roster(w), req_who(w->r)->genesis);
	struct link link;
	*known = false;
	w->own = true;
	memcpy(w->chain, req_who(w->r)->genesis, sizeof(w->chain));
	int err = person ? link_parse(bytes->data, bytes->len, &link) : ERR_NOT_FOUND;
	if (!err && memcmp(link.chain, keychain_genesis(person), sizeof(link.chain)) != 0)
		err = ERR_LINK;
	if (err)
		return err;
	const uint8_t *there = keychain_hash_at(person, link.seq);
	if (there && memcmp(there, link.hash, sizeof(link.hash)) == 0) {
		*known = true;
		link_write_keep(w, &link, bytes); /* its first commit may be lost yet */
		return 0;
	}
	err = check_own(w, person, &link);
	if (!err)
		err = link_write_prepare(w, person, &link);
	if (!err)
		err = roster_apply_key(link_write_roster(w), &link);
	if (err)
		return err;
	w->applied = true;
	link_write_keep(w, &link, bytes);
	return 0;
}
