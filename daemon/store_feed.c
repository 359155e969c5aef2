/* store_feed: one feed per person: small rows event || rid{32} || head{32}, each head the running hash of all before it
 * (proto/feed.h). The records themselves are kept once, elsewhere. */
#include <string.h>

#include "proto/err.h"
#include "proto/feed.h"
#include "store_inner.h"

#define ROW_SIZE (1 + STORE_HASH + FEED_HEAD)

static int parse(const uint8_t *key, const struct store_val *val, struct store_feed_row *row)
{
	if (val->len != ROW_SIZE)
		return ERR_CORRUPT;
	row->seq = store_key_get_u64(key + STORE_ID);
	row->event = val->data[0];
	memcpy(row->rid, val->data + 1, STORE_HASH);
	memcpy(row->head, val->data + 1 + STORE_HASH, FEED_HEAD);
	return 0;
}

int store_feed_row_at(struct store_txn *t, const uint8_t pid[STORE_ID], uint64_t seq, struct store_feed_row *row)
{
	struct store_val val;
	struct store_key key = store_key_feed(pid, seq);
	int err = store_txn_get(t, STORE_FEEDS, &key, &val);
	return err ? err : parse(key.bytes, &val, row);
}

int store_feed_tail(struct store_txn *t, const struct store *s, const uint8_t pid[STORE_ID],
                    struct store_feed_row *tail)
{
	struct store_cur c;
	struct store_key prefix = store_key_id(pid);
	int err = store_cur_open(t, STORE_FEEDS, &prefix, &c);
	if (!err)
		err = store_cur_last(&c);
	if (!err)
		err = parse(c.key, &c.val, tail);
	store_cur_close(&c);
	if (err != ERR_NOT_FOUND)
		return err;
	*tail = (struct store_feed_row){0};
	return feed_start(pid, s->generation, tail->head);
}

int store_feed_append(struct store_batch *b, const uint8_t pid[STORE_ID], struct store_feed_row *tail, uint8_t event,
                      const uint8_t rid[STORE_HASH])
{
	struct store_feed_row next = {.seq = tail->seq + 1, .event = event};
	memcpy(next.rid, rid, STORE_HASH);
	int err = feed_step(tail->head, next.seq, event, rid, next.head);
	if (err)
		return err;
	struct store_key key = store_key_feed(pid, next.seq);
	struct crypto_bytes parts[] = {{&next.event, 1}, {next.rid, STORE_HASH}, {next.head, FEED_HEAD}};
	err = store_txn_put(&b->txn, STORE_FEEDS, &key, parts, 3);
	if (!err)
		*tail = next;
	return err;
}

int store_add_feed_event(struct store_batch *b, const uint8_t pid[STORE_ID], uint8_t event,
                         const uint8_t rid[STORE_HASH])
{
	struct store_found found;
	struct store_feed_row tail;
	int err = store_record_find(&b->txn, rid, &found);
	if (!err)
		err = store_feed_tail(&b->txn, b->store, pid, &tail);
	return err ? err : store_feed_append(b, pid, &tail, event, rid);
}

int store_feed_head(struct store *s, const uint8_t pid[STORE_ID], uint64_t *seq, uint8_t head[STORE_HASH])
{
	struct store_txn t;
	struct store_feed_row tail;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_feed_tail(&t, s, pid, &tail);
	store_txn_end(&t);
	if (err)
		return err;
	*seq = tail.seq;
	memcpy(head, tail.head, FEED_HEAD);
	return 0;
}

static int head_at(struct store_txn *t, const struct store *s, const uint8_t *pid, uint64_t seq, uint8_t *head)
{
	struct store_feed_row row;
	if (seq == 0)
		return feed_start(pid, s->generation, head);
	int err = store_feed_row_at(t, pid, seq, &row);
	if (!err)
		memcpy(head, row.head, FEED_HEAD);
	return err;
}

int store_feed_head_at(struct store *s, const uint8_t pid[STORE_ID], uint64_t seq, uint8_t head[STORE_HASH])
{
	struct store_txn t;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = head_at(&t, s, pid, seq, head);
	store_txn_end(&t);
	return err;
}

/* Parses the row the cursor is on and proves that it comes right after (seq, head). */
static int next_row(const struct store_cur *c, uint64_t seq, const uint8_t *head, struct store_feed_row *row)
{
	uint8_t expected[FEED_HEAD];
	int err = parse(c->key, &c->val, row);
	if (!err && row->seq != seq + 1)
		err = ERR_CORRUPT;
	if (!err)
		err = feed_step(head, row->seq, row->event, row->rid, expected);
	if (!err && memcmp(expected, row->head, FEED_HEAD) != 0)
		err = ERR_CORRUPT;
	return err == ERR_RANGE ? ERR_CORRUPT : err;
}

static int read_rows(struct store_cur *c, const struct store_feed_row *before, size_t max, struct store_feed_row *rows,
                     size_t *n)
{
	struct store_key from = c->prefix;
	from = store_key_feed(from.bytes, before->seq + 1);
	int err = max ? store_cur_seek(c, &from) : ERR_NOT_FOUND;
	while (!err) {
		err = next_row(c, before->seq, before->head, &rows[*n]);
		if (err)
			return err;
		before = &rows[(*n)++];
		err = *n < max ? store_cur_next(c) : ERR_NOT_FOUND;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

int store_feed_read(struct store *s, const uint8_t pid[STORE_ID], uint64_t seq, size_t max, struct store_feed_row *rows,
                    size_t *n)
{
	struct store_txn t;
	struct store_cur c = {0};
	struct store_key prefix = store_key_id(pid);
	struct store_feed_row before = {.seq = seq};
	*n = 0;
	if (seq == UINT64_MAX)
		return ERR_NOT_FOUND;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = head_at(&t, s, pid, seq, before.head);
	if (!err)
		err = store_cur_open(&t, STORE_FEEDS, &prefix, &c);
	if (!err)
		err = read_rows(&c, &before, max, rows, n);
	store_cur_close(&c);
	store_txn_end(&t);
	return err;
}
