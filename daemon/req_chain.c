/* req_chain: chain_list, chain_get and chain_put: serving links to those who may see them, and adding to chains. Which
 * parts of a link somebody is served is clinic.h's to say; who may sign what, the fold's. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "audit.h"
#include "authz.h"
#include "link_write.h"
#include "req.h"
#include "roster.h"
#include "store.h"

/* What one answer holds at most, so that a frame has room for it. */
#define CHAIN_BYTES ((size_t)900 << 10)

struct serving {
	const struct clinic *clinic;
	const uint8_t *pid;
	enum authz_chain kind;
	struct msg_list list;
	struct buf link;
	size_t bytes;
};

static enum authz_chain kind_of(const struct clinic *clinic, const struct req_who *who, const uint8_t chain[32])
{
	if (clinic_id(clinic) && memcmp(clinic_id(clinic), chain, 32) == 0)
		return AUTHZ_CHAIN_CLINIC;
	if (memcmp(who->genesis, chain, 32) == 0)
		return AUTHZ_CHAIN_OWN;
	if (clinic_may_see_chain(clinic, who->pid, chain))
		return AUTHZ_CHAIN_RELATED;
	return AUTHZ_CHAIN_OTHER;
}

static unsigned withheld(const struct serving *s, const struct link *link)
{
	if (s->kind == AUTHZ_CHAIN_OWN)
		return 0;
	if (s->kind == AUTHZ_CHAIN_RELATED)
		return LINK_WITHOUT_BOXES;
	bool open = !clinic_body_is_confined(link->type) || clinic_may_see_inner(s->clinic, link->seq, s->pid);
	return open ? 0 : LINK_WITHOUT_INNER;
}

static int serve(void *arg, uint64_t seq, const uint8_t hash[32], const uint8_t *bytes, size_t len)
{
	struct serving *s = arg;
	struct link link;
	(void)seq;
	(void)hash;
	if (s->bytes + len > CHAIN_BYTES)
		return ERR_MORE;
	int err = link_parse(bytes, len, &link);
	buf_reset(&s->link);
	if (!err)
		err = link_put(&link, withheld(s, &link), &s->link);
	if (!err)
		err = msg_add_chain_link(&s->list, &(struct msg_bytes){s->link.data, s->link.len});
	s->bytes += s->link.len + 8;
	return err;
}

void req_chain_get(struct req *r, const struct msg_chain_get *m)
{
	const struct req_env *env = req_env(r);
	const struct req_who *who = req_who(r);
	struct serving s = {.clinic = roster_clinic(env->roster), .pid = who->pid};
	uint8_t hash[32];
	struct msg_head head = {.hash = hash};
	s.kind = kind_of(s.clinic, who, m->chain);
	int err = authz_chain_get(who->role, s.kind);
	if (!err)
		err = store_chain_head(env->store, m->chain, &head.seq, hash);
	if (err) {
		req_set_object(r, AUDIT_PERSON, m->chain, 32);
		req_fail(r, err);
		return;
	}
	buf_init(&s.link, LINK_MAX);
	msg_begin_chain_get_reply(&s.list, req_out(r), req_id(r), &head);
	err = store_chain_read(env->store, m->chain, m->from, m->count, serve, &s);
	buf_wipe(&s.link);
	if (err)
		req_fail(r, err);
	else
		req_reply(r, msg_end_chain_get_reply(&s.list));
}

#define CHAINS_A_LIST 256 /* each is a look into the store, and the loop waits */

struct listing {
	struct msg_chain_list_reply reply;
	uint8_t hashes[CHAINS_A_LIST][32]; /* what the reply's entries point to */
};

/* Only what is durable is told: the roster may be ahead of the store. */
static int list_chain(struct listing *l, struct store *store, const uint8_t *genesis)
{
	struct msg_chain_entry *entry = &l->reply.chains[l->reply.n];
	entry->chain = genesis;
	entry->hash = l->hashes[l->reply.n];
	int err = store_chain_head(store, genesis, &entry->seq, l->hashes[l->reply.n]);
	if (!err)
		l->reply.n++;
	return err == ERR_NOT_FOUND ? 0 : err;
}

void req_chain_list(struct req *r, const struct msg_chain_list *m)
{
	const struct req_env *env = req_env(r);
	const struct req_who *who = req_who(r);
	const struct clinic *clinic = roster_clinic(env->roster);
	struct listing *l = calloc(1, sizeof(*l));
	int err = l ? 0 : ERR_NOMEM;
	const struct keychain *person;
	for (const uint8_t *after = m->after; !err && (person = roster_next(env->roster, after));) {
		after = keychain_genesis(person);
		if (memcmp(after, who->genesis, 32) != 0 && !clinic_may_see_chain(clinic, who->pid, after))
			continue;
		l->reply.more = l->reply.n == CHAINS_A_LIST;
		if (l->reply.more)
			break;
		err = list_chain(l, env->store, after);
	}
	if (err)
		req_fail(r, err);
	else
		req_reply(r, msg_put_chain_list_reply(req_out(r), req_id(r), &l->reply));
	free(l);
}

/* The types that chain_put takes for the clinic chain; invitations and joins have requests of their own. */
static bool is_for_chain_put(uint8_t type)
{
	uint8_t plain = type & (uint8_t)~CLINIC_CONFINED;
	return (plain >= CLINIC_ROLE && plain <= CLINIC_POLICY) || plain == CLINIC_RESTORE_NOTICE ||
	       plain == CLINIC_SUCCESSION;
}

/* Before anything is applied. */
static int check_clinic_put(struct req *r, const struct msg_chain_put *m)
{
	const struct req_who *who = req_who(r);
	struct link link;
	int err = link_parse(m->link.data, m->link.len, &link);
	if (err)
		return err;
	req_set_object(r, AUDIT_LINK, link.hash, 32);
	if (who->paper)
		return ERR_ROLE;
	if (!is_for_chain_put(link.type))
		return ERR_LINK;
	return memcmp(link.signer, who->did, sizeof(who->did)) == 0 ? 0 : ERR_NOT_AUTHOR;
}

void req_chain_put(struct req *r, const struct msg_chain_put *m)
{
	const struct req_who *who = req_who(r);
	const struct clinic *clinic = roster_clinic(req_env(r)->roster);
	bool own = memcmp(who->genesis, m->chain, 32) == 0, known;
	int err = 0;
	if (own)
		req_set_object(r, AUDIT_PERSON, who->pid, sizeof(who->pid));
	else
		err =
		    clinic_id(clinic) && memcmp(clinic_id(clinic), m->chain, 32) == 0 ? check_clinic_put(r, m) : ERR_NOT_FOUND;
	struct link_write *w = err ? NULL : link_write_new(r);
	if (!err && !w)
		err = ERR_NOMEM;
	if (err) {
		req_fail(r, err);
		return;
	}
	err = own ? link_write_own(w, &m->link, &known) : link_write_clinic(w, &m->link, &known);
	if (err)
		link_write_fail(w, err);
	else
		link_write_submit(w);
}

/* Before anybody has signed for the new generation an admin brings back what is needed to sign it. */
void req_heal_link(struct req *r, const struct msg_heal_link *m)
{
	const struct req_who *who = req_who(r);
	uint8_t generation[STORE_ID];
	struct link link;
	bool admin = who->role == ROLE_ADMIN;
	store_generation(req_env(r)->store, generation);
	int err = link_parse(m->link.data, m->link.len, &link);
	if (!err)
		req_set_object(r, AUDIT_LINK, link.hash, 32);
	if (!err && memcmp(link.chain, m->chain, 32) != 0)
		err = ERR_LINK;
	if (!err && !admin && !clinic_restored_to(roster_clinic(req_env(r)->roster), generation))
		err = ERR_GENERATION;
	struct link_write *w = err ? NULL : link_write_new(r);
	if (!err && !w)
		err = ERR_NOMEM;
	if (err) {
		req_fail(r, err);
		return;
	}
	err = link_write_heal(w, &m->link, admin);
	if (err)
		link_write_fail(w, err);
	else
		link_write_submit(w);
}
