/* statement: see statement.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/clinic_sign.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "contact.h"
#include "rpc.h"

#include "statement.h"

#define RETRIES 8
#define DAY_MS ((uint64_t)86400000)

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Signs it onto the head and lets our own fold judge it as everybody's will. */
static int sign(struct contact *c, const struct clinic_body *body, struct buf *bytes, struct link *link)
{
	buf_reset(bytes);
	int err = clinic_sign(fold_clinic(c->fold), &c->id->device, now_ms(), body, bytes);
	if (!err)
		err = link_parse(bytes->data, bytes->len, link);
	return err ? err : fold_apply(c->fold, link);
}

static int put_link(struct contact *c, const struct link *link, const struct buf *bytes, void *arg)
{
	struct msg_chain_put m = {c->id->clinic, {bytes->data, bytes->len}};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(c->rpc, &id);
	(void)link;
	(void)arg;
	return rpc_call(c->rpc, msg_put_chain_put(out, id, &m), &reply);
}

typedef int put_fn(struct contact *c, const struct link *link, const struct buf *bytes, void *arg);

static int put_retrying(struct vault *vault, const struct clinic_body *body, put_fn *put, void *arg)
{
	struct contact c;
	struct buf bytes;
	struct link link;
	buf_init(&bytes, LINK_MAX);
	int err = contact_open(vault, 0, &c);
	for (unsigned tries = 0; !err && tries < RETRIES; tries++) {
		err = contact_refresh(&c);
		if (!err)
			err = sign(&c, body, &bytes, &link);
		if (err)
			break;
		err = put(&c, &link, &bytes, arg);
		if (err != ERR_CHAIN_BEHIND)
			break;
		err = tries + 1 < RETRIES ? 0 : err;
	}
	/* what was added is read back and kept, verified like any other link: saying yes is not enough */
	if (!err)
		err = contact_refresh(&c);
	if (!err) {
		const uint8_t *there = clinic_hash_at(fold_clinic(c.fold), link.seq);
		err = there && memcmp(there, link.hash, sizeof(link.hash)) == 0 ? 0 : ERR_ROLLBACK;
	}
	contact_close(&c);
	buf_wipe(&bytes);
	return err;
}

int statement_put(struct vault *vault, const struct clinic_body *body)
{
	return put_retrying(vault, body, put_link, NULL);
}

/* --- invitations --- */

struct inviting {
	const struct statement_invite *invite;
	struct invite_keys keys;
	struct invite_packet packet;
};

/* The newcomer must know: which clinic and server, and whom. Staff know their inviter; a client the team. */
static void fill_packet(const struct contact *c, const struct link *link, struct inviting *v)
{
	struct invite_packet *p = &v->packet;
	const struct clinic_pins *pins = clinic_pins(fold_clinic(c->fold));
	const struct clinic_member *self = clinic_member(fold_clinic(c->fold), c->id->genesis);
	p->kind = INVITE_MEMBER;
	memcpy(p->clinic, c->id->clinic, sizeof(p->clinic));
	p->head_seq = link->seq;
	memcpy(p->head_hash, link->hash, sizeof(p->head_hash));
	memcpy(p->inviter, c->id->genesis, sizeof(p->inviter));
	memcpy(p->server_tls, pins ? pins->tls[0] : c->id->pins[0], sizeof(p->server_tls));
	memcpy(p->log, pins ? pins->log : c->id->log_public, sizeof(p->log));
	snprintf(p->clinic_name, sizeof(p->clinic_name), "%s", c->id->clinic_name);
	snprintf(p->invitee_name, sizeof(p->invitee_name), "%s", v->invite->name);
	p->role = v->invite->role;
	p->n_team = v->invite->n_team;
	for (size_t i = 0; i < p->n_team; i++)
		p->team[i] = v->invite->team[i];
	if (!p->n_team) {
		p->n_team = 1;
		memcpy(p->team[0].genesis, c->id->genesis, sizeof(p->team[0].genesis));
		p->team[0].role = self ? self->role : (enum role)c->id->role;
		snprintf(p->team[0].name, sizeof(p->team[0].name), "%s", c->id->name);
	}
}

static int put_invite(struct contact *c, const struct link *link, const struct buf *bytes, void *arg)
{
	struct inviting *v = arg;
	struct msg_reply *reply;
	struct buf packet;
	uint32_t id;
	buf_init(&packet, INVITE_PACKET_MAX);
	fill_packet(c, link, v);
	int err = invite_seal(&v->keys, &v->packet, &packet);
	if (!err) {
		struct msg_invite_put m = {v->keys.id, {packet.data, packet.len}, {bytes->data, bytes->len}};
		struct buf *out = rpc_begin(c->rpc, &id);
		err = rpc_call(c->rpc, msg_put_invite_put(out, id, &m), &reply);
	}
	buf_wipe(&packet);
	return err;
}

int statement_invite(struct vault *vault, const struct statement_invite *invite, struct code *code, uint8_t id[16])
{
	struct inviting *v = crypto_secret_new(sizeof(*v));
	struct clinic_body body = {.type = CLINIC_INVITE, .role = invite->role, .n_list = invite->n_team};
	if (!v)
		return ERR_NOMEM;
	if (invite->n_team > INVITE_TEAM_MAX) {
		crypto_secret_free(v, sizeof(*v));
		return ERR_RANGE;
	}
	v->invite = invite;
	body.expires_ms = now_ms() + invite->days * DAY_MS;
	v->packet.expires_ms = body.expires_ms;
	for (uint32_t i = 0; i < invite->n_team; i++)
		memcpy(body.list[i], invite->team[i].genesis, sizeof(body.list[i]));
	int err = code_new(CODE_INVITATION, code);
	if (!err)
		err = invite_derive(code->symbols, CODE_SYMBOLS, &v->keys);
	memcpy(body.key, v->keys.public, sizeof(body.key));
	memcpy(id, v->keys.id, sizeof(v->keys.id));
	if (!err)
		err = put_retrying(vault, &body, put_invite, v);
	if (err)
		code_wipe(code);
	crypto_secret_free(v, sizeof(*v));
	return err;
}
