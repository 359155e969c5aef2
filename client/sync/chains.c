/* chains: fetch, verify, then keep; see chains.h. */
#include <stdlib.h>
#include <string.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/links.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "heal.h"
#include "rpc.h"

#include "chains.h"
#include "chains_internal.h"

int chains_note(struct chains *f, const uint8_t chain[32], uint64_t seq, const struct msg_bytes *bytes)
{
	struct chains_fresh *row = malloc(sizeof(*row) + bytes->len);
	if (!row)
		return ERR_NOMEM;
	row->next = NULL;
	memcpy(row->chain, chain, 32);
	row->seq = seq;
	row->len = bytes->len;
	memcpy(row->bytes, bytes->data, bytes->len);
	*f->end = row;
	f->end = &row->next;
	return 0;
}

static void forget(struct chains *f)
{
	while (f->first) {
		struct chains_fresh *next = f->first->next;
		free(f->first);
		f->first = next;
	}
	f->end = &f->first;
}

int chains_ask(struct chains *f, const uint8_t chain[32], uint64_t from, uint64_t count,
               struct msg_chain_get_reply *out)
{
	struct msg_chain_get m = {chain, from, count};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *request = rpc_begin(f->c, &id);
	int err = rpc_call(f->c, msg_put_chain_get(request, id, &m), &reply);
	return err ? err : rpc_answer(msg_get_chain_get_reply(&reply->body, out));
}

/* Applies one link, fetching the key chains it needs. The link must not lie in a reply that fetching would overwrite.
 */
static int apply(struct chains *f, const struct chains_fresh *row)
{
	struct link link;
	int err = link_parse(row->bytes, row->len, &link);
	if (err)
		return err;
	if (!clinic_is_next(fold_clinic(f->fold), &link) || memcmp(link.chain, f->id->clinic, 32) != 0)
		return ERR_ROLLBACK;
	for (unsigned tries = 0; tries <= CLINIC_TEAM_MAX; tries++) {
		err = fold_apply(f->fold, &link);
		/* a device that its signer had just added */
		if (err == ERR_ROLE && !f->asked_again) {
			f->asked_again = true;
			err = chains_people_grow(f);
			if (!err)
				err = fold_apply(f->fold, &link);
		}
		if (err != ERR_NOT_FOUND)
			return err;
		err = chains_people_fetch(f, fold_wanted(f->fold));
		if (err)
			return err;
	}
	return ERR_LINK;
}

static uint64_t next_seq(const struct fold *fold)
{
	struct clinic_head head;
	return clinic_head(fold_clinic(fold), &head) ? head.seq + 1 : 0;
}

/* One page of the clinic chain. *more: there are others. */
static int fetch_page(struct chains *f, bool *more)
{
	struct msg_chain_get_reply *got = malloc(sizeof(*got));
	uint64_t from = next_seq(f->fold);
	struct chains_fresh **page = f->end;
	int err = got ? chains_ask(f, f->id->clinic, from, MSG_LINKS_MAX, got) : ERR_NOMEM;
	if (!err && got->head.seq + 1 < from)
		err = ERR_ROLLBACK;
	if (!err && got->head.seq + 1 == from) {
		const uint8_t *ours = clinic_hash_at(fold_clinic(f->fold), got->head.seq);
		err = memcmp(ours, got->head.hash, 32) == 0 ? 0 : ERR_ROLLBACK;
	} else if (!err && got->n == 0) {
		err = ERR_LINK;
	}
	for (uint32_t i = 0; !err && i < got->n; i++)
		err = chains_note(f, f->id->clinic, from + i, &got->links[i]);
	*more = !err && from + got->n <= got->head.seq;
	free(got);
	/* people that are fetched meanwhile are noted behind the page */
	for (const struct chains_fresh *row = *page; !err && row; row = row->next)
		if (memcmp(row->chain, f->id->clinic, 32) == 0)
			err = apply(f, row);
	return err;
}

/* --- keeping --- */

static int put_all(const struct chains *f, struct vault_txn *txn)
{
	int err = 0;
	for (const struct chains_fresh *row = f->first; !err && row; row = row->next)
		err = links_put(txn, row->chain, row->seq, row->bytes, row->len);
	return err;
}

static int keep(struct chains *f)
{
	struct vault_txn *txn = NULL;
	if (!f->first && !f->seeds)
		return 0;
	int err = vault_begin(f->vault, true, &txn);
	if (!err)
		err = put_all(f, txn);
	if (!err)
		err = chains_people_keep_seeds(f, txn);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	if (!err)
		forget(f);
	return err;
}

static int load(struct chains *f)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(f->vault, false, &txn);
	if (!err)
		err = fold_load(txn, f->id->clinic, false, &f->fold);
	vault_abort(txn);
	return err;
}

static int keychain_link(void *arg, uint64_t seq, const uint8_t *bytes, size_t len)
{
	struct chains *f = arg;
	struct link link;
	if (seq == 0)
		return fold_add(f->fold, f->id->genesis, bytes, len);
	int err = link_parse(bytes, len, &link);
	return err ? err : fold_extend(f->fold, f->id->genesis, &link);
}

/* A device that has just joined holds its own chain only. */
static int start(struct chains *f)
{
	struct vault_txn *txn = NULL;
	int err = load(f);
	if (err != ERR_NOT_FOUND)
		return err;
	err = fold_new(&f->fold);
	if (!err)
		err = vault_begin(f->vault, false, &txn);
	if (!err)
		err = links_each(txn, f->id->genesis, keychain_link, f);
	vault_abort(txn);
	return err;
}

/* What was learnt makes earlier links mean something: everything is folded anew, with every signature checked. Nothing
 * is kept yet: a join whose invitation is still withheld proves itself only in a later pass. */
static int fold_again(struct chains *f)
{
	struct vault_txn *txn = NULL;
	struct fold *fold = NULL;
	int err = vault_begin(f->vault, true, &txn);
	if (!err)
		err = put_all(f, txn);
	if (!err)
		err = fold_load(txn, f->id->clinic, true, &fold);
	vault_abort(txn);
	if (err)
		return err;
	fold_free(f->fold);
	f->fold = fold;
	return 0;
}

/* --- inner parts that were withheld when their link came and may be seen now --- */

/* One of them; *found if the server gave it. A join needs the newcomer's key chain to be verified. */
static int fetch_inner(struct chains *f, uint64_t seq, struct msg_chain_get_reply *got, bool *found)
{
	struct link link;
	struct clinic_body body;
	int err = chains_ask(f, f->id->clinic, seq, 1, got);
	if (!err)
		err = got->n == 1 ? link_parse(got->links[0].data, got->links[0].len, &link) : ERR_LINK;
	if (err || !link.inner)
		return err;
	const uint8_t *known = clinic_hash_at(fold_clinic(f->fold), seq);
	if (!known || memcmp(known, link.hash, 32) != 0)
		return ERR_ROLLBACK;
	*found = true;
	err = chains_note(f, f->id->clinic, seq, &got->links[0]);
	if (!err)
		err = clinic_body_parse(&link, &body);
	if (!err && body.type == CLINIC_JOIN && !fold_keychain(f->fold, body.genesis))
		err = chains_people_fetch(f, body.genesis);
	return err;
}

/* Each pass may show more: an invitation leads to its join, a join to the teams before it. */
static int fetch_missing(struct chains *f)
{
	struct msg_chain_get_reply *got = malloc(sizeof(*got));
	bool found = true;
	int err = got ? 0 : ERR_NOMEM;
	while (!err && found) {
		uint64_t from = 0, seq;
		found = false;
		while (!err && clinic_missing(fold_clinic(f->fold), f->id->pid, from, &seq) == 0) {
			err = fetch_inner(f, seq, got, &found);
			from = seq + 1;
		}
		if (!err && found)
			err = fold_again(f);
	}
	free(got);
	return err;
}

/* --- after the fold --- */

static int fetch_people(struct chains *f)
{
	const struct clinic *clinic = fold_clinic(f->fold);
	int err = 0;
	for (size_t i = 0; !err && i < clinic_members(clinic); i++) {
		const struct clinic_member *m = clinic_member_at(clinic, i);
		if (!fold_keychain(f->fold, m->genesis) && clinic_related(clinic, f->id->pid, m->genesis))
			err = chains_people_fetch(f, m->genesis);
	}
	/* what one was before: for what is given back */
	const uint8_t *before = clinic_predecessor_genesis(clinic, f->id->pid);
	if (!err && before && !fold_keychain(f->fold, before))
		err = chains_people_fetch(f, before);
	return err;
}

/* This device, or the paper device in force, which reads before it lets a device in. */
static bool has_device(const struct chains *f)
{
	const struct keychain *own = fold_keychain(f->fold, f->id->genesis);
	const struct keychain_device *device = own ? keychain_find_device(own, f->id->did) : NULL;
	return device && device->active;
}

static int check_place(struct chains *f)
{
	const struct clinic *clinic = fold_clinic(f->fold);
	const struct clinic_pins *pins = clinic_pins(clinic);
	const struct clinic_member *self = clinic_member(clinic, f->id->genesis);
	uint8_t key[32];
	bool pinned = !pins;
	rpc_key(f->c, key);
	for (size_t i = 0; pins && i < pins->n_tls; i++)
		pinned = pinned || memcmp(pins->tls[i], key, 32) == 0;
	if (!pinned)
		return ERR_PIN;
	return self && self->active && has_device(f) ? 0 : ERR_REVOKED;
}

int chains_refresh(struct rpc *c, struct vault *vault, struct identity *id, struct fold **out)
{
	struct chains f = {.c = c, .vault = vault, .id = id, .end = &f.first};
	bool more = true;
	*out = NULL;
	int err = heal_is_due(vault, c, &f.healing);
	if (!err)
		err = start(&f);
	if (!err)
		err = chains_people_grow(&f);
	while (!err && more)
		err = fetch_page(&f, &more);
	if (!err)
		err = fetch_missing(&f);
	if (!err)
		err = check_place(&f);
	if (!err)
		err = fetch_people(&f);
	if (!err)
		err = chains_people_check(&f);
	if (!err)
		err = chains_people_seeds(&f);
	if (!err)
		err = keep(&f);
	forget(&f);
	if (err)
		fold_free(f.fold);
	else
		*out = f.fold;
	return err;
}
