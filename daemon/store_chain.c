/* store_chain: chains of links. A row is hash{32} || link; whether a link is signed by who may is known elsewhere. */
#include <string.h>

#include "proto/err.h"
#include "store_inner.h"

static const uint8_t zero[STORE_HASH];

int store_link_split(const struct store_val *row, const uint8_t **hash, struct store_val *link)
{
	if (row->len <= STORE_HASH)
		return ERR_CORRUPT;
	*hash = row->data;
	*link = (struct store_val){row->data + STORE_HASH, row->len - STORE_HASH};
	return 0;
}

static int chain_head(struct store_txn *t, const uint8_t *chain, uint64_t *seq, uint8_t *hash)
{
	const uint8_t *stored;
	struct store_cur c;
	struct store_val link;
	struct store_key prefix = store_key_rid(chain);
	int err = store_cur_open(t, STORE_LINKS, &prefix, &c);
	if (!err)
		err = store_cur_last(&c);
	if (!err)
		err = store_link_split(&c.val, &stored, &link);
	if (!err) {
		*seq = store_key_get_u64(c.key + STORE_HASH);
		memcpy(hash, stored, STORE_HASH);
	}
	store_cur_close(&c);
	return err;
}

int store_batch_chain_head(struct store_batch *b, const uint8_t chain[STORE_HASH], uint64_t *seq,
                           uint8_t hash[STORE_HASH])
{
	return chain_head(&b->txn, chain, seq, hash);
}

int store_chain_head(struct store *s, const uint8_t chain[STORE_HASH], uint64_t *seq, uint8_t hash[STORE_HASH])
{
	struct store_txn t;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = chain_head(&t, chain, seq, hash);
	store_txn_end(&t);
	return err;
}

static bool fits_itself(const struct store_link *l)
{
	bool is_first = l->seq == 0;
	return l->len > 0 && l->len <= STORE_LINK_MAX && (memcmp(l->prev, zero, STORE_HASH) == 0) == is_first &&
	       (memcmp(l->hash, l->chain, STORE_HASH) == 0) == is_first;
}

/* 0: in place already; ERR_NOT_FOUND: nothing at that seq; ERR_CHAIN_BEHIND: another link. */
static int in_place(struct store_txn *t, const struct store_link *l)
{
	const uint8_t *hash;
	struct store_val row, link;
	struct store_key key = store_key_link(l->chain, l->seq);
	int err = store_txn_get(t, STORE_LINKS, &key, &row);
	if (!err)
		err = store_link_split(&row, &hash, &link);
	if (!err && memcmp(hash, l->hash, STORE_HASH) != 0)
		err = ERR_CHAIN_BEHIND;
	return err;
}

static int fits_head(struct store_txn *t, const struct store_link *l)
{
	uint64_t seq;
	uint8_t hash[STORE_HASH];
	int err = chain_head(t, l->chain, &seq, hash);
	if (err == ERR_NOT_FOUND)
		return l->seq == 0 ? 0 : ERR_CHAIN_BEHIND;
	if (err)
		return err;
	return l->seq == seq + 1 && memcmp(l->prev, hash, STORE_HASH) == 0 ? 0 : ERR_CHAIN_BEHIND;
}

int store_append_link(struct store_batch *b, const struct store_link *link, bool *known)
{
	*known = false;
	if (!fits_itself(link))
		return ERR_ARG;
	int err = in_place(&b->txn, link);
	if (err == 0)
		*known = true;
	if (err != ERR_NOT_FOUND)
		return err;
	err = fits_head(&b->txn, link);
	if (err)
		return err;
	struct store_key key = store_key_link(link->chain, link->seq);
	struct crypto_bytes parts[] = {{link->hash, STORE_HASH}, {link->bytes, link->len}};
	return store_txn_put(&b->txn, STORE_LINKS, &key, parts, 2);
}

static int read_links(struct store_cur *c, const struct store_key *from, size_t max, store_link_visit *visit, void *arg)
{
	const uint8_t *hash;
	struct store_val link;
	uint64_t seq = store_key_get_u64(from->bytes + STORE_HASH);
	int err = max ? store_cur_seek(c, from) : ERR_NOT_FOUND;
	for (size_t n = 0; !err; err = ++n < max ? store_cur_next(c) : ERR_NOT_FOUND) {
		err = store_link_split(&c->val, &hash, &link);
		if (!err && store_key_get_u64(c->key + STORE_HASH) != seq++)
			err = ERR_CORRUPT; /* a link is missing */
		if (!err)
			err = visit(arg, seq - 1, hash, link.data, link.len);
		if (err)
			return err == ERR_MORE ? 0 : err;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

int store_chain_read(struct store *s, const uint8_t chain[STORE_HASH], uint64_t from, size_t max,
                     store_link_visit *visit, void *arg)
{
	struct store_txn t;
	struct store_cur c;
	struct store_key prefix = store_key_rid(chain), first = store_key_link(chain, from);
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_cur_open(&t, STORE_LINKS, &prefix, &c);
	if (!err)
		err = read_links(&c, &first, max, visit, arg);
	store_cur_close(&c);
	store_txn_end(&t);
	return err;
}

/* Goes from the last possible link of one chain to the first of the next. */
static int read_ids(struct store_cur *c, const uint8_t *after, size_t max, uint8_t (*ids)[STORE_HASH], size_t *n)
{
	struct store_key from;
	int err = 0;
	while (!err && *n < max) {
		from = after ? store_key_link(after, UINT64_MAX) : (struct store_key){.len = 1};
		err = store_cur_seek(c, &from);
		if (err)
			break;
		memcpy(ids[*n], c->key, STORE_HASH);
		after = ids[(*n)++];
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

int store_chain_ids(struct store *s, const uint8_t *after, size_t max, uint8_t (*ids)[STORE_HASH], size_t *n)
{
	struct store_txn t;
	struct store_cur c;
	*n = 0;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_cur_open(&t, STORE_LINKS, NULL, &c);
	if (!err)
		err = read_ids(&c, after, max, ids, n);
	store_cur_close(&c);
	store_txn_end(&t);
	return err;
}
