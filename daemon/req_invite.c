/* req_invite: invite_put and invite_get: keeping a sealed packet for a newcomer, together with the link that announces
 * it, and handing it to whoever knows its id. The server knows neither the code nor what is in the packet. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "audit.h"
#include "link_write.h"
#include "req.h"
#include "roster.h"
#include "store.h"

/* Whether it is an invitation of the asker's at all: before anything is applied. */
static int check_link(const struct req *r, const struct msg_invite_put *m)
{
	struct link link;
	int err = link_parse(m->link.data, m->link.len, &link);
	if (!err && (link.type & (uint8_t)~CLINIC_CONFINED) != CLINIC_INVITE)
		err = ERR_LINK;
	if (!err && memcmp(link.signer, req_who(r)->did, sizeof(link.signer)) != 0)
		err = ERR_NOT_AUTHOR;
	return err;
}

/* The terms of the invitation as its link, now applied, says them. */
static int terms(const struct req *r, const struct msg_invite_put *m, struct store_invite *invite)
{
	struct link link;
	int err = link_parse(m->link.data, m->link.len, &link);
	const struct clinic_invite *open = err ? NULL : clinic_invite(roster_clinic(req_env(r)->roster), link.seq);
	if (!open)
		return err ? err : ERR_LINK;
	if (memcmp(open->inviter->genesis, req_who(r)->genesis, 32) != 0)
		return ERR_NOT_AUTHOR;
	memset(invite, 0, sizeof(*invite));
	memcpy(invite->id, m->invite, sizeof(invite->id));
	memcpy(invite->inviter, req_who(r)->pid, sizeof(invite->inviter));
	invite->link_seq = link.seq;
	invite->expires_ms = open->expires_ms;
	return 0;
}

void req_invite_put(struct req *r, const struct msg_invite_put *m)
{
	struct store_invite invite;
	bool known = false;
	struct link_write *w = link_write_new(r);
	req_set_object(r, AUDIT_INVITE, m->invite, 16);
	if (!w) {
		req_fail(r, ERR_NOMEM);
		return;
	}
	int err = check_link(r, m);
	if (!err)
		err = link_write_clinic(w, &m->link, &known);
	if (!err)
		err = terms(r, m, &invite);
	if (err) {
		link_write_fail(w, err);
		return;
	}
	link_write_put_invite(w, &invite, &m->packet);
	link_write_submit(w);
}

/* A code that was used before: the attempt is remembered for the inviter, then refused. */
static void refuse_second_use(struct req *r, const uint8_t invite[16])
{
	static const uint8_t nobody[16];
	struct link_write *w = NULL;
	int err = req_count_refusal(r, ERR_CODE_USED);
	if (err == ERR_CODE_USED) {
		w = link_write_new(r);
		err = w ? 0 : ERR_NOMEM;
	}
	if (err) {
		req_set_audited(r); /* counted already */
		req_fail(r, err);
		return;
	}
	link_write_use_invite(w, invite, nobody, req_env(r)->now_ms());
	link_write_submit(w);
}

void req_invite_get(struct req *r, const struct msg_invite_get *m)
{
	const struct req_env *env = req_env(r);
	struct store_invite invite;
	struct buf packet;
	struct msg_invite_get_reply reply = {0};
	struct clinic_head head;
	buf_init(&packet, STORE_PACKET_MAX);
	req_set_object(r, AUDIT_INVITE, m->invite, 16);
	int err = store_invite_get(env->store, m->invite, &invite, &packet);
	enum store_invite_state state = err ? STORE_INVITE_OPEN : store_invite_state(&invite, env->now_ms());
	if (err == ERR_NOT_FOUND)
		err = ERR_CODE_UNKNOWN;
	else if (!err && state == STORE_INVITE_EXPIRED)
		err = ERR_CODE_EXPIRED;
	if (err) {
		req_fail(r, err);
	} else if (state == STORE_INVITE_USED) {
		refuse_second_use(r, m->invite);
	} else {
		reply.packet = (struct msg_bytes){packet.data, packet.len};
		reply.has_head = clinic_head(roster_clinic(env->roster), &head);
		reply.head = (struct msg_head){head.seq, head.hash};
		req_reply(r, msg_put_invite_get_reply(req_out(r), req_id(r), &reply));
	}
	buf_wipe(&packet);
}
