/* store_heal: see the header. */
#include "store_heal.h"

#include <string.h>

#include "audit.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/record.h"
#include "store_batch.h"
#include "store_inner.h"

/* --- a new generation --- */

/* The row after (pid, seq) in the table, of whatever person. */
static int next_row(struct store_txn *t, const struct store_key *after, struct store_key *key,
                    struct store_feed_row *row)
{
	struct store_cur c;
	int err = store_cur_open(t, STORE_FEEDS, NULL, &c);
	if (!err)
		err = store_cur_seek(&c, after);
	if (!err) {
		*key = store_key_feed(c.key, store_key_get_u64(c.key + STORE_ID));
		err = store_feed_row_at(t, c.key, store_key_get_u64(c.key + STORE_ID), row);
	}
	store_cur_close(&c);
	return err;
}

/* Rows are read one at a time: what a cursor lends is gone with the next write. */
static int step_feeds(struct store_batch *b)
{
	struct store_key at = store_key_feed((const uint8_t[STORE_ID]){0}, 0), key;
	struct store_feed_row row, tail = {0};
	uint8_t pid[STORE_ID] = {0};
	bool begun = false;
	int err = 0;
	while (!err && !(err = next_row(&b->txn, &at, &key, &row))) {
		if (!begun || memcmp(pid, key.bytes, STORE_ID) != 0) {
			memcpy(pid, key.bytes, STORE_ID);
			tail = (struct store_feed_row){0};
			err = feed_start(pid, b->store->generation, tail.head);
		}
		begun = true;
		if (!err && row.seq != tail.seq + 1)
			err = ERR_CORRUPT;
		if (!err)
			err = store_feed_append(b, pid, &tail, row.event, row.rid);
		at = store_key_feed(pid, row.seq + 1);
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* What a record takes away, noted by records of earlier versions, too. */
static int note_gone(struct store_batch *b, const struct record *r)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < r->targets; i++) {
		struct store_gone gone = {.rid = r->target[i], .author = r->author, .by = r->rid};
		if (r->op == RECORD_TOMBSTONE)
			err = store_gone_put(b, &gone);
		for (uint32_t k = 0; !err && r->op == RECORD_UNSHARE && k < r->audience; k++) {
			gone.pid = r->wraps[k].pid;
			if (k != r->author_at)
				err = store_gone_put(b, &gone);
		}
	}
	return err;
}

int store_gone_note(struct store_batch *b, const struct record *record)
{
	bool takes = record->op == RECORD_UNSHARE || record->op == RECORD_TOMBSTONE;
	return takes ? note_gone(b, record) : 0;
}

static int note_all_gone(struct store_batch *b)
{
	uint8_t bytes[STORE_RECORD_MAX];
	const uint8_t *rid, *author;
	struct store_val row, val;
	struct record r;
	int err = 0;
	for (uint64_t n = 1; !err; n++) {
		struct store_key key = store_key_number(n);
		err = store_txn_get(&b->txn, STORE_RECORDS, &key, &row);
		if (!err)
			err = store_record_split(&row, &rid, &author, &val);
		if (!err && (val.len > sizeof(bytes) || record_parse(val.data, val.len, &r)))
			err = ERR_CORRUPT;
		if (err || (r.op != RECORD_UNSHARE && r.op != RECORD_TOMBSTONE))
			continue;
		memcpy(bytes, val.data, val.len); /* what is lent is gone with the first put */
		err = record_parse(bytes, val.len, &r);
		if (!err)
			err = note_gone(b, &r);
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

int store_restored(struct store *s, const uint8_t generation[STORE_ID], uint64_t now_ms)
{
	struct audit_row row = {.time_ms = now_ms, .op = AUDIT_OP_RESTORED};
	struct store_key key = store_key_meta(STORE_META_GENERATION), born = store_key_meta(STORE_META_BORN);
	uint8_t before[STORE_ID];
	struct store_batch *b;
	memcpy(before, s->generation, STORE_ID);
	memcpy(row.object, before, STORE_ID);
	int err = store_batch_begin(s, &b);
	if (err)
		return err;
	memcpy(s->generation, generation, STORE_ID);
	err = audit_append(b, &row);
	if (!err)
		err = store_txn_put(&b->txn, STORE_META, &born, &(struct crypto_bytes){s->born, STORE_ID}, 1);
	if (!err)
		err = store_txn_put(&b->txn, STORE_META, &key, &(struct crypto_bytes){generation, STORE_ID}, 1);
	if (!err)
		err = step_feeds(b);
	if (!err)
		err = note_all_gone(b);
	if (err)
		store_batch_abort(b);
	else
		err = store_batch_commit(b);
	if (err)
		memcpy(s->generation, before, STORE_ID);
	return err;
}

/* --- what was taken away --- */

static struct store_key gone_key(const struct store_gone *g)
{
	static const uint8_t everybody[STORE_ID];
	return store_key_gone(g->rid, g->pid ? g->pid : everybody, g->author);
}

int store_gone_put(struct store_batch *b, const struct store_gone *gone)
{
	struct store_key key = gone_key(gone);
	uint8_t had[STORE_HASH];
	int err = store_get_fixed(&b->txn, STORE_GONE, &key, had, sizeof(had));
	if (err != ERR_NOT_FOUND)
		return err;
	return store_txn_put(&b->txn, STORE_GONE, &key, &(struct crypto_bytes){gone->by, STORE_HASH}, 1);
}

int store_batch_gone_get(struct store_batch *b, const struct store_gone *gone, uint8_t by[STORE_HASH])
{
	struct store_key key = gone_key(gone);
	return store_get_fixed(&b->txn, STORE_GONE, &key, by, STORE_HASH);
}

int store_gone_get(struct store *s, const struct store_gone *gone, uint8_t by[STORE_HASH])
{
	struct store_txn t;
	struct store_key key = gone_key(gone);
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_get_fixed(&t, STORE_GONE, &key, by, STORE_HASH);
	store_txn_end(&t);
	return err;
}

/* --- records that come back --- */

/* The author's place in their own feed is part of the index. */
static int index_author(struct store_batch *b, const uint8_t *rid, const struct store_found *found, uint64_t seq)
{
	uint8_t index[16];
	struct store_key key = store_key_rid(rid);
	store_key_put_u64(index, found->arrival);
	store_key_put_u64(index + 8, seq);
	return store_txn_put(&b->txn, STORE_RIDS, &key, &(struct crypto_bytes){index, sizeof(index)}, 1);
}

int store_heal_arrive(struct store_batch *b, const uint8_t rid[STORE_HASH], const uint8_t pid[STORE_ID], bool *arrived)
{
	struct store_key key = store_key_awaited(rid, pid);
	struct store_feed_row tail;
	struct store_found found;
	struct store_val none;
	if (arrived)
		*arrived = false;
	int err = store_txn_get(&b->txn, STORE_AWAITED, &key, &none);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	err = store_record_find(&b->txn, rid, &found);
	if (!err)
		err = store_txn_del(&b->txn, STORE_AWAITED, &key);
	if (!err)
		err = store_feed_tail(&b->txn, b->store, pid, &tail);
	if (!err)
		err = store_feed_append(b, pid, &tail, FEED_RECORD, rid);
	if (!err && memcmp(found.author, pid, STORE_ID) == 0)
		err = index_author(b, rid, &found, tail.seq);
	if (!err && arrived)
		*arrived = true;
	return err;
}

bool store_heal_is_awaited(struct store *s, const uint8_t rid[STORE_HASH], const uint8_t pid[STORE_ID])
{
	struct store_txn t;
	struct store_val none;
	struct store_key key = store_key_awaited(rid, pid);
	if (store_txn_read(&s->env, &t))
		return false;
	int err = store_txn_get(&t, STORE_AWAITED, &key, &none);
	store_txn_end(&t);
	return err == 0;
}

int store_heal_complete(struct store_batch *b, const struct store_healed *h)
{
	struct store_found found;
	if (h->payload_len > STORE_PAYLOAD_MAX)
		return ERR_ARG;
	int err = store_record_find(&b->txn, h->rid, &found);
	if (!err)
		err = store_batch_has_room(b, 3, h->record_len + h->payload_len);
	if (!err)
		err = store_usage_grow(&b->txn, found.author, h->payload_len);
	struct store_key key = store_key_number(found.arrival);
	if (!err)
		err = store_txn_put(&b->txn, STORE_PAYLOADS, &key, &(struct crypto_bytes){h->payload, h->payload_len}, 1);
	return err ? err : store_replace_record(b, h->rid, h->record, h->record_len);
}

int store_heal_boxes(struct store_batch *b, const struct store_link *link)
{
	const uint8_t *hash;
	struct store_val row, had;
	struct store_key key = store_key_link(link->chain, link->seq);
	int err = store_txn_get(&b->txn, STORE_LINKS, &key, &row);
	if (!err)
		err = store_link_split(&row, &hash, &had);
	if (!err && memcmp(hash, link->hash, STORE_HASH) != 0)
		err = ERR_NOT_FOUND;
	if (err || had.len >= link->len) /* it has its boxes: the rest of a link is fixed by its hash */
		return err;
	struct crypto_bytes parts[] = {{link->hash, STORE_HASH}, {link->bytes, link->len}};
	return store_txn_put(&b->txn, STORE_LINKS, &key, parts, 2);
}
