/* heal_link: chains that go back to a restored server, and the admin's word; see heal.h. */
#include <stdlib.h>
#include <string.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/links.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/clinic_body.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/msg_reply.h"
#include "proto/role.h"

#include "contact.h"
#include "rpc.h"
#include "statement.h"

#include "heal.h"
#include "heal_internal.h"

#define FACT_HELD "held-at-healing" /* chain: seq of its head here */

static void put_u64(uint8_t out[8], uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

static uint64_t get_u64(const uint8_t *in)
{
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | in[i];
	return v;
}

int heal_note_chains(struct vault_txn *txn, const struct fold *fold)
{
	const struct clinic *clinic = fold_clinic(fold);
	int err = 0;
	for (size_t i = 0; !err && i < clinic_members(clinic); i++) {
		const struct keychain *k = fold_keychain(fold, clinic_member_at(clinic, i)->genesis);
		uint8_t seq[8];
		if (!k)
			continue;
		put_u64(seq, keychain_head_seq(k));
		err = ledger_fact_put(txn, FACT_HELD, keychain_genesis(k), KEYCHAIN_GENESIS, seq, sizeof(seq));
	}
	return err;
}

bool heal_may_lack(struct vault *vault, const uint8_t chain[32], uint64_t head_seq)
{
	struct vault_txn *txn = NULL;
	struct buf value;
	buf_init(&value, 0);
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = ledger_fact_get(txn, FACT_HELD, chain, 32, &value);
	vault_abort(txn);
	bool may = !err && value.len == 8 && head_seq <= get_u64(value.data);
	buf_wipe(&value);
	return may;
}

/* --- one chain --- */

/* How much of a chain the server has: the number of its links. */
struct there {
	uint64_t links;
	bool boxes; /* one's own: all of them have theirs */
};

static int ask_links(struct rpc *rpc, const uint8_t *chain, uint64_t from, struct msg_chain_get_reply *got)
{
	struct msg_chain_get m = {chain, from, MSG_LINKS_MAX};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(rpc, &id);
	int err = rpc_call(rpc, msg_put_chain_get(out, id, &m), &reply);
	return err ? err : rpc_answer(msg_get_chain_get_reply(&reply->body, got));
}

static int send_link(struct rpc *rpc, const uint8_t *chain, const struct buf *link)
{
	struct msg_heal_link m = {chain, {link->data, link->len}};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(rpc, &id);
	return rpc_call(rpc, msg_put_heal_link(out, id, &m), &reply);
}

static int give_link(const struct contact *c, const uint8_t *chain, uint64_t seq)
{
	struct vault_txn *txn = NULL;
	struct buf link;
	buf_init(&link, LINK_MAX);
	int err = vault_begin(c->vault, false, &txn);
	if (!err)
		err = links_get(txn, chain, seq, &link);
	vault_abort(txn);
	if (!err)
		err = send_link(c->rpc, chain, &link);
	buf_wipe(&link);
	return err;
}

/* Our hash of that link; NULL beyond our end. */
static const uint8_t *ours_at(const struct contact *c, const uint8_t *chain, uint64_t seq)
{
	if (memcmp(chain, c->id->clinic, 32) == 0)
		return clinic_hash_at(fold_clinic(c->fold), seq);
	const struct keychain *k = fold_keychain(c->fold, chain);
	return k ? keychain_hash_at(k, seq) : NULL;
}

/* What the server has must be the beginning of what we have, or go on from it. */
static int look_at(const struct contact *c, const uint8_t *chain, uint64_t *links)
{
	struct msg_chain_get_reply *got = malloc(sizeof(*got));
	int err = got ? ask_links(c->rpc, chain, 0, got) : ERR_NOMEM;
	*links = 0;
	if (!err) {
		const uint8_t *ours = ours_at(c, chain, got->head.seq);
		*links = got->head.seq + 1;
		if (ours && memcmp(ours, got->head.hash, 32) != 0)
			err = ERR_ROLLBACK;
	}
	free(got);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* --- one's own --- */

/* Those that the server has without their boxes, as an admin gave them. */
static int give_boxes(const struct contact *c, uint64_t links)
{
	const uint8_t *chain = c->id->genesis;
	struct msg_chain_get_reply *got = malloc(sizeof(*got));
	bool *bare = calloc(links ? (size_t)links : 1, sizeof(*bare));
	int err = got && bare ? 0 : ERR_NOMEM;
	for (uint64_t seq = 0; !err && seq < links;) {
		err = ask_links(c->rpc, chain, seq, got);
		if (!err && got->n == 0)
			err = ERR_LINK;
		for (uint32_t i = 0; !err && i < got->n && seq < links; i++, seq++) {
			struct link link;
			err = link_parse(got->links[i].data, got->links[i].len, &link);
			bare[seq] = !err && !link.boxes;
		}
	}
	for (uint64_t seq = 0; !err && seq < links; seq++)
		if (bare[seq])
			err = give_link(c, chain, seq);
	free(got);
	free(bare);
	return err;
}

int heal_own_chain(const struct contact *c)
{
	const struct keychain *own = c->fold ? fold_keychain(c->fold, c->id->genesis) : NULL;
	uint64_t links;
	if (!own)
		return ERR_GENERATION;
	int err = look_at(c, c->id->genesis, &links);
	if (!err && links > keychain_links(own)) /* another device of one's own knows more */
		links = keychain_links(own);
	if (!err)
		err = give_boxes(c, links);
	for (uint64_t seq = links; !err && seq < keychain_links(own); seq++)
		err = give_link(c, c->id->genesis, seq);
	return err;
}

/* --- the admin's part --- */

/* Calls for every chain that the server lacks links of: key chains, then the clinic's. */
static int each_lacking(const struct contact *c,
                        int (*visit)(const struct contact *c, const uint8_t *chain, uint64_t from, uint64_t to,
                                     void *arg),
                        void *arg)
{
	const struct clinic *clinic = fold_clinic(c->fold);
	struct clinic_head head;
	uint64_t links;
	int err = 0;
	for (size_t i = 0; !err && i < clinic_members(clinic); i++) {
		const uint8_t *chain = clinic_member_at(clinic, i)->genesis;
		const struct keychain *k = fold_keychain(c->fold, chain);
		err = k ? look_at(c, chain, &links) : 0;
		if (!err && k && links < keychain_links(k))
			err = visit(c, chain, links, keychain_links(k), arg);
	}
	if (!err)
		err = look_at(c, c->id->clinic, &links);
	if (!err && clinic_head(clinic, &head) && links < head.seq + 1)
		err = visit(c, c->id->clinic, links, head.seq + 1, arg);
	return err;
}

static int count(const struct contact *c, const uint8_t *chain, uint64_t from, uint64_t to, void *arg)
{
	struct heal_lost *lost = arg;
	(void)c;
	(void)chain;
	lost->links += (size_t)(to - from);
	lost->chains++;
	return 0;
}

static int give_links(const struct contact *c, const uint8_t *chain, uint64_t from, uint64_t to, void *arg)
{
	int err = 0;
	(void)arg;
	for (uint64_t seq = from; !err && seq < to; seq++)
		err = give_link(c, chain, seq);
	return err;
}

/* From which generation to which. */
static int find_generations(const struct contact *c, struct heal_lost *lost)
{
	struct ledger_cursor cursor;
	struct vault_txn *txn = NULL;
	const uint8_t *now = rpc_hello(c->rpc)->generation;
	int err = vault_begin(c->vault, false, &txn);
	if (!err)
		err = ledger_cursor_get(txn, &cursor);
	vault_abort(txn);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	memcpy(lost->before, cursor.generation, sizeof(lost->before));
	memcpy(lost->now, now, sizeof(lost->now));
	lost->restored = memcmp(cursor.generation, now, sizeof(cursor.generation)) != 0 &&
	                 !clinic_restored(fold_clinic(c->fold), cursor.generation, now);
	return 0;
}

static int look(struct contact *c, struct vault *vault, struct heal_lost *lost)
{
	memset(lost, 0, sizeof(*lost));
	int err = contact_open(vault, 0, c);
	if (!err && !c->fold)
		err = ERR_GUEST;
	if (!err)
		err = find_generations(c, lost);
	return err || !lost->restored ? err : each_lacking(c, count, lost);
}

int heal_look(struct vault *vault, struct heal_lost *lost)
{
	struct contact c;
	int err = look(&c, vault, lost);
	contact_close(&c);
	return err;
}

int heal_announce(struct vault *vault, struct heal_lost *lost)
{
	struct clinic_body body = {.type = CLINIC_RESTORE_NOTICE};
	struct contact c;
	int err = look(&c, vault, lost);
	if (!err && c.id->role != ROLE_ADMIN)
		err = ERR_ROLE;
	if (!err && lost->restored)
		err = each_lacking(&c, give_links, NULL);
	contact_close(&c);
	if (err || !lost->restored)
		return err;
	memcpy(body.generation[0], lost->before, sizeof(lost->before));
	memcpy(body.generation[1], lost->now, sizeof(lost->now));
	return statement_put(vault, &body);
}
