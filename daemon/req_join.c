/* req_join: a guest becomes a member: the first link of their key chain and their place in the clinic chain become
 * durable together and use the invitation up, or nothing happens. With the founding code the clinic itself begins. */
#include <string.h>

#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "audit.h"
#include "link_write.h"
#include "req.h"
#include "roster.h"
#include "store.h"

/* What the links of a join must be, in order. */
static const uint8_t founding_types[] = {CLINIC_GENESIS, CLINIC_SERVER_PIN, CLINIC_POLICY};
static const uint8_t member_types[] = {CLINIC_JOIN};

static int check_types(const struct msg_join *m, bool founding)
{
	const uint8_t *want = founding ? founding_types : member_types;
	size_t n = founding ? sizeof(founding_types) : sizeof(member_types);
	if (m->n_links != n)
		return ERR_SHAPE;
	for (size_t i = 0; i < n; i++) {
		struct link link;
		int err = link_parse(m->links[i].data, m->links[i].len, &link);
		if (err)
			return err;
		if ((link.type & (uint8_t)~CLINIC_CONFINED) != want[i])
			return ERR_LINK;
	}
	return 0;
}

/* The join's place, before anything is applied: a newcomer who lost a race simply signs again. */
static int check_place(const struct clinic *clinic, const struct msg_join *m)
{
	struct link link;
	int err = link_parse(m->links[0].data, m->links[0].len, &link);
	if (err || clinic_is_next(clinic, &link))
		return err;
	return ERR_CHAIN_BEHIND;
}

/* After the links were applied: did this invitation bring this person? */
static int check_outcome(const struct clinic *clinic, const struct store_invite *invite, const uint8_t genesis[32])
{
	const struct clinic_member *member = clinic_member(clinic, genesis);
	if (!member || !member->active)
		return ERR_LINK;
	if (invite->founding)
		return 0;
	const struct clinic_invite *used = clinic_invite(clinic, invite->link_seq);
	return used && used->joined == member ? 0 : ERR_LINK;
}

static int apply_links(struct link_write *w, const struct msg_join *m, uint8_t genesis[32])
{
	int err = link_write_person(w, &m->genesis, genesis);
	for (uint32_t i = 0; !err && i < m->n_links; i++) {
		bool known;
		err = link_write_clinic(w, &m->links[i], &known);
		if (!err && known)
			err = ERR_LINK;
	}
	return err;
}

void req_join(struct req *r, const struct msg_join *m)
{
	const struct req_env *env = req_env(r);
	const struct clinic *clinic = roster_clinic(env->roster);
	struct store_invite invite;
	uint8_t genesis[32];
	uint64_t now = env->now_ms();
	req_set_object(r, AUDIT_INVITE, m->invite, 16);
	int err = store_invite_get(env->store, m->invite, &invite, NULL);
	if (err == ERR_NOT_FOUND)
		err = ERR_CODE_UNKNOWN;
	enum store_invite_state state = err ? STORE_INVITE_OPEN : store_invite_state(&invite, now);
	if (!err && state == STORE_INVITE_EXPIRED)
		err = ERR_CODE_EXPIRED;
	if (!err && state == STORE_INVITE_OPEN && invite.founding && clinic_id(clinic))
		err = ERR_CODE_USED;
	if (!err && state == STORE_INVITE_OPEN)
		err = check_types(m, invite.founding);
	if (!err && state == STORE_INVITE_OPEN)
		err = check_place(clinic, m);
	if (!err && state == STORE_INVITE_USED && req_count_refusal(r, ERR_CODE_USED) != ERR_CODE_USED)
		err = ERR_RATE;
	struct link_write *w = err ? NULL : link_write_new(r);
	if (!w) {
		if (err == ERR_CHAIN_BEHIND)
			link_write_behind(r);
		else
			req_fail(r, err ? err : ERR_NOMEM);
		return;
	}
	memset(genesis, 0, sizeof(genesis));
	if (state == STORE_INVITE_OPEN) {
		err = apply_links(w, m, genesis);
		if (!err)
			err = check_outcome(clinic, &invite, genesis);
	}
	if (err) {
		link_write_fail(w, err);
		return;
	}
	link_write_use_invite(w, m->invite, genesis, now);
	link_write_submit(w);
}
