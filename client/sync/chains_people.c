/* chains_people: key chains that go on, and the seeds of one's own epochs; see chains_internal.h. */
#include <stdlib.h>
#include <string.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/links.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "heal.h"
#include "rpc.h"

#include "chains_internal.h"

#define PEOPLE_MAX 65536 /* chains that one server may list */

/* One row of the server's list, copied out of its reply. */
struct listed {
	uint8_t chain[32], hash[32];
	uint64_t seq;
};

struct list {
	struct listed *rows;
	size_t n;
};

/* --- links --- */

static int take_link(struct chains *f, const struct keychain *k, const struct msg_bytes *bytes)
{
	struct link link;
	int err = link_parse(bytes->data, bytes->len, &link);
	if (err)
		return err;
	if (link.seq != keychain_links(k) || memcmp(link.chain, keychain_genesis(k), 32) != 0 ||
	    memcmp(link.prev, keychain_head_hash(k), 32) != 0)
		return ERR_ROLLBACK;
	err = fold_extend(f->fold, keychain_genesis(k), &link);
	return err ? err : chains_note(f, keychain_genesis(k), link.seq, bytes);
}

/* Applies what the server has beyond what is held, to its end. */
static int fetch_rest(struct chains *f, const uint8_t genesis[32])
{
	struct msg_chain_get_reply *got = malloc(sizeof(*got));
	const struct keychain *k = fold_keychain(f->fold, genesis);
	bool more = true;
	int err = got ? 0 : ERR_NOMEM;
	while (!err && more) {
		err = chains_ask(f, genesis, keychain_links(k), MSG_LINKS_MAX, got);
		if (!err && got->n == 0)
			err = ERR_LINK;
		for (uint32_t i = 0; !err && i < got->n; i++)
			err = take_link(f, k, &got->links[i]);
		if (!err && got->head.seq < keychain_head_seq(k))
			err = ERR_ROLLBACK;
		more = !err && got->head.seq > keychain_head_seq(k);
	}
	free(got);
	return err;
}

int chains_people_fetch(struct chains *f, const uint8_t genesis[32])
{
	struct msg_chain_get_reply *got = malloc(sizeof(*got));
	uint64_t end = 0;
	int err = got ? chains_ask(f, genesis, 0, MSG_LINKS_MAX, got) : ERR_NOMEM;
	if (!err && got->n == 0)
		err = ERR_LINK;
	if (!err)
		err = fold_add(f->fold, genesis, got->links[0].data, got->links[0].len);
	if (!err)
		err = chains_note(f, genesis, 0, &got->links[0]);
	if (!err)
		end = got->head.seq;
	for (uint32_t i = 1; !err && i < got->n; i++)
		err = take_link(f, fold_keychain(f->fold, genesis), &got->links[i]);
	free(got);
	return !err && end > keychain_head_seq(fold_keychain(f->fold, genesis)) ? fetch_rest(f, genesis) : err;
}

/* --- what has grown --- */

static int add_page(struct list *l, const struct msg_chain_list_reply *page)
{
	if (l->n + page->n > PEOPLE_MAX)
		return ERR_TOO_BIG;
	struct listed *more = reallocarray(l->rows, l->n + page->n, sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	l->rows = more;
	for (uint32_t i = 0; i < page->n; i++) {
		struct listed *row = &l->rows[l->n];
		memcpy(row->chain, page->chains[i].chain, 32);
		memcpy(row->hash, page->chains[i].hash, 32);
		row->seq = page->chains[i].seq;
		if (l->n++ && memcmp(row[-1].chain, row->chain, 32) >= 0)
			return ERR_SHAPE;
	}
	return 0;
}

static int get_list(struct chains *f, struct list *l)
{
	struct msg_chain_list_reply *page = malloc(sizeof(*page));
	uint8_t after[32];
	int err = page ? 0 : ERR_NOMEM;
	for (bool more = true; !err && more;) {
		struct msg_chain_list m = {l->n ? after : NULL};
		struct msg_reply *reply;
		uint32_t id;
		struct buf *request = rpc_begin(f->c, &id);
		err = rpc_call(f->c, msg_put_chain_list(request, id, &m), &reply);
		if (!err)
			err = rpc_answer(msg_get_chain_list_reply(&reply->body, page));
		if (!err && page->more && page->n == 0)
			err = ERR_SHAPE;
		if (!err && page->n)
			err = add_page(l, page);
		more = !err && page->more;
		if (l->n)
			memcpy(after, l->rows[l->n - 1].chain, sizeof(after));
	}
	free(page);
	return err;
}

/* A server that was put back from a copy waits for the owner to give back the rest. */
static bool may_lack(const struct chains *f, const struct keychain *k)
{
	return memcmp(keychain_genesis(k), f->id->genesis, 32) != 0 &&
	       (f->healing || heal_may_lack(f->vault, keychain_genesis(k), keychain_head_seq(k)));
}

static int compare(struct chains *f, const struct listed *row)
{
	const struct keychain *k = fold_keychain(f->fold, row->chain);
	if (!k)
		return 0; /* who is needed is fetched when the clinic chain names them */
	if (row->seq < keychain_head_seq(k) && !may_lack(f, k))
		return ERR_ROLLBACK;
	if (row->seq > keychain_head_seq(k)) {
		int err = fetch_rest(f, row->chain);
		if (err)
			return err;
		f->grown = true;
	}
	const uint8_t *ours = keychain_hash_at(k, row->seq);
	return ours && memcmp(ours, row->hash, 32) == 0 ? 0 : ERR_ROLLBACK;
}

int chains_people_grow(struct chains *f)
{
	struct list l = {0};
	bool own = false;
	int err = get_list(f, &l);
	for (size_t i = 0; !err && i < l.n; i++) {
		own = own || memcmp(l.rows[i].chain, f->id->genesis, 32) == 0;
		err = compare(f, &l.rows[i]);
	}
	free(l.rows);
	return !err && !own ? ERR_ROLLBACK : err;
}

int chains_people_check(const struct chains *f)
{
	const struct clinic *clinic = fold_clinic(f->fold);
	int err = 0;
	for (size_t i = 0; !err && f->grown && i < clinic_members(clinic); i++) {
		const struct keychain *k = fold_keychain(f->fold, clinic_member_at(clinic, i)->genesis);
		if (k)
			err = clinic_check_cuts(clinic, k);
	}
	return err;
}

/* --- seeds --- */

/* The link at `seq` of one's own chain, as new as it is here. */
static int own_link(struct chains *f, uint64_t seq, struct buf *out)
{
	struct vault_txn *txn = NULL;
	const struct chains_fresh *found = NULL;
	for (const struct chains_fresh *row = f->first; row; row = row->next)
		if (row->seq == seq && memcmp(row->chain, f->id->genesis, 32) == 0)
			found = row;
	if (found)
		return buf_put(out, found->bytes, found->len);
	int err = vault_begin(f->vault, false, &txn);
	if (!err)
		err = links_get(txn, f->id->genesis, seq, out);
	vault_abort(txn);
	return err;
}

/* The same with its boxes, which an earlier answer may have left out. */
static int own_link_boxed(struct chains *f, const struct keychain *own, uint64_t seq, struct buf *out,
                          struct link *link)
{
	int err = own_link(f, seq, out);
	if (!err)
		err = link_parse(out->data, out->len, link);
	if (err || link->boxes)
		return err;
	struct msg_chain_get_reply *got = malloc(sizeof(*got));
	err = got ? chains_ask(f, f->id->genesis, seq, 1, got) : ERR_NOMEM;
	if (!err && got->n != 1)
		err = ERR_LINK;
	buf_reset(out);
	if (!err)
		err = buf_put(out, got->links[0].data, got->links[0].len);
	if (!err)
		err = link_parse(out->data, out->len, link);
	if (!err && memcmp(link->hash, keychain_hash_at(own, seq), 32) != 0)
		err = ERR_ROLLBACK;
	if (!err && !link->boxes)
		err = ERR_LINK;
	if (!err)
		err = chains_note(f, f->id->genesis, seq, &got->links[0]);
	free(got);
	return err;
}

/* In its place, ascending. */
static int add_seed(struct identity *id, uint32_t epoch, const uint8_t seed[EPOCH_SEED])
{
	uint32_t at = 0;
	if (identity_seed(id, epoch))
		return 0;
	if (id->n_epochs == IDENTITY_EPOCHS)
		return ERR_RANGE;
	while (at < id->n_epochs && id->epochs[at].epoch < epoch)
		at++;
	memmove(&id->epochs[at + 1], &id->epochs[at], (id->n_epochs - at) * sizeof(id->epochs[0]));
	id->epochs[at].epoch = epoch;
	memcpy(id->epochs[at].seed, seed, EPOCH_SEED);
	id->n_epochs++;
	return 0;
}

static int current_seed(struct chains *f, const struct keychain *own, uint8_t seed[EPOCH_SEED])
{
	struct link link;
	struct buf bytes;
	uint64_t seq;
	buf_init(&bytes, 0);
	int err = keychain_box_seq(own, f->id->did, &seq);
	if (!err)
		err = own_link_boxed(f, own, seq, &bytes, &link);
	if (!err)
		err = keychain_open_seed(own, &link, &f->id->device, seed);
	if (err == ERR_NOT_FOUND)
		err = ERR_LINK;
	buf_wipe(&bytes);
	return err;
}

static int seed_before(struct chains *f, const struct keychain *own, uint32_t epoch, uint8_t seed[EPOCH_SEED])
{
	struct link link;
	struct buf bytes;
	buf_init(&bytes, 0);
	int err = own_link(f, keychain_epoch_seq(own, epoch), &bytes);
	if (!err)
		err = link_parse(bytes.data, bytes.len, &link);
	if (!err)
		err = keychain_open_prev(own, &link, identity_seed(f->id, epoch), seed);
	buf_wipe(&bytes);
	return err;
}

int chains_people_seeds(struct chains *f)
{
	const struct keychain *own = fold_keychain(f->fold, f->id->genesis);
	uint32_t epoch = own ? keychain_epoch(own)->number : 0;
	uint8_t *seed = crypto_secret_new(EPOCH_SEED);
	int err = own ? 0 : ERR_LINK;
	if (!seed)
		return ERR_NOMEM;
	if (!err && !identity_seed(f->id, epoch)) {
		err = current_seed(f, own, seed);
		if (!err)
			err = add_seed(f->id, epoch, seed);
		f->seeds = !err;
	}
	int older = err;
	for (; !older && epoch > 1; epoch--) {
		if (identity_seed(f->id, epoch - 1))
			continue;
		older = seed_before(f, own, epoch, seed);
		if (!older)
			older = add_seed(f->id, epoch - 1, seed);
		f->seeds = f->seeds || !older;
	}
	crypto_secret_free(seed, EPOCH_SEED);
	return older == ERR_NOMEM || older == ERR_CRYPTO || older == ERR_RANGE ? older : err;
}

int chains_people_keep_seeds(const struct chains *f, struct vault_txn *txn)
{
	struct identity *now = NULL;
	if (!f->seeds)
		return 0;
	int err = identity_load(txn, &now);
	for (uint32_t i = 0; !err && i < f->id->n_epochs; i++)
		err = add_seed(now, f->id->epochs[i].epoch, f->id->epochs[i].seed);
	if (!err)
		err = identity_save(txn, now);
	identity_free(now);
	return err;
}
