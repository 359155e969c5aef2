/* store_record: records, kept once, in order of arrival: a row rid{32} || author{16} || record, its payload in a row of
 * its own so that taking wraps away does not write the payload again, and rid -> arrival || seq in the author's feed.
 */
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "store_inner.h"

#define PREFIX (STORE_HASH + STORE_ID)

int store_record_split(const struct store_val *row, const uint8_t **rid, const uint8_t **author,
                       struct store_val *record)
{
	if (row->len <= PREFIX)
		return ERR_CORRUPT;
	*rid = row->data;
	*author = row->data + STORE_HASH;
	*record = (struct store_val){row->data + PREFIX, row->len - PREFIX};
	return 0;
}

int store_record_find(struct store_txn *t, const uint8_t rid[STORE_HASH], struct store_found *out)
{
	uint8_t index[16];
	const uint8_t *stored_rid, *author;
	struct store_val row;
	struct store_key key = store_key_rid(rid);
	int err = store_get_fixed(t, STORE_RIDS, &key, index, sizeof(index));
	if (err)
		return err;
	out->arrival = store_key_get_u64(index);
	out->author_seq = store_key_get_u64(index + 8);
	key = store_key_number(out->arrival);
	err = store_txn_get(t, STORE_RECORDS, &key, &row);
	if (!err)
		err = store_record_split(&row, &stored_rid, &author, &out->record);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
	if (memcmp(stored_rid, rid, STORE_HASH) != 0)
		return ERR_CORRUPT;
	memcpy(out->author, author, STORE_ID);
	return 0;
}

int store_record_put(struct store_txn *t, const struct store_found *f, const uint8_t rid[STORE_HASH])
{
	struct store_key key = store_key_number(f->arrival);
	struct crypto_bytes parts[] = {{rid, STORE_HASH}, {f->author, STORE_ID}, {f->record.data, f->record.len}};
	return store_txn_put(t, STORE_RECORDS, &key, parts, 3);
}

static int next_arrival(struct store_txn *t, uint64_t *arrival)
{
	struct store_cur c;
	int err = store_cur_open(t, STORE_RECORDS, NULL, &c);
	if (!err)
		err = store_cur_last(&c);
	if (!err)
		*arrival = store_key_get_u64(c.key) + 1;
	store_cur_close(&c);
	if (err != ERR_NOT_FOUND)
		return err;
	*arrival = 1;
	return 0;
}

struct usage {
	uint64_t records, bytes;
};

static int get_usage(struct store_txn *t, const uint8_t *pid, struct usage *u)
{
	uint8_t row[16];
	struct store_key key = store_key_id(pid);
	*u = (struct usage){0};
	int err = store_get_fixed(t, STORE_USAGE, &key, row, sizeof(row));
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	u->records = store_key_get_u64(row);
	u->bytes = store_key_get_u64(row + 8);
	return 0;
}

static int put_usage(struct store_txn *t, const uint8_t *pid, const struct usage *u)
{
	uint8_t row[16];
	struct store_key key = store_key_id(pid);
	store_key_put_u64(row, u->records);
	store_key_put_u64(row + 8, u->bytes);
	return store_txn_put(t, STORE_USAGE, &key, &(struct crypto_bytes){row, sizeof(row)}, 1);
}

int store_usage_grow(struct store_txn *t, const uint8_t pid[STORE_ID], uint64_t bytes)
{
	struct usage u;
	int err = get_usage(t, pid, &u);
	if (err)
		return err;
	u.bytes += bytes;
	return put_usage(t, pid, &u);
}

int store_usage_shrink(struct store_txn *t, const uint8_t pid[STORE_ID], uint64_t bytes)
{
	struct usage u;
	int err = get_usage(t, pid, &u);
	if (err)
		return err;
	u.bytes -= bytes < u.bytes ? bytes : u.bytes;
	return put_usage(t, pid, &u);
}

/* Everything that has to be known before the first row is written, so that a refusal leaves nothing behind. */
struct plan {
	uint64_t arrival;
	struct usage usage;
	size_t author_at;
	struct store_feed_row tails[STORE_AUDIENCE_MAX];
};

static int check_bounds(const struct store_record *r, size_t *author_at)
{
	if (r->record_len == 0 || r->record_len > STORE_RECORD_MAX || r->payload_len > STORE_PAYLOAD_MAX ||
	    r->audience_n == 0 || r->audience_n > STORE_AUDIENCE_MAX)
		return ERR_ARG;
	*author_at = r->audience_n;
	for (size_t i = 0; i < r->audience_n; i++) {
		if (memcmp(r->audience[i], r->author, STORE_ID) == 0)
			*author_at = i;
		for (size_t k = 0; k < i; k++) {
			if (memcmp(r->audience[i], r->audience[k], STORE_ID) == 0)
				return ERR_ARG;
		}
	}
	return *author_at < r->audience_n ? 0 : ERR_ARG;
}

static int make_plan(struct store_batch *b, const struct store_record *r, struct plan *p)
{
	int err = next_arrival(&b->txn, &p->arrival);
	if (!err)
		err = get_usage(&b->txn, r->author, &p->usage);
	for (size_t i = 0; !err && i < r->audience_n; i++)
		err = store_feed_tail(&b->txn, b->store, r->audience[i], &p->tails[i]);
	return err;
}

static bool is_awaited(const struct store_record *r, size_t at)
{
	return r->awaited && r->awaited[at];
}

static int put_rows(struct store_batch *b, const struct store_record *r, const struct plan *p)
{
	struct store_txn *t = &b->txn;
	uint8_t index[16];
	struct store_found row = {.arrival = p->arrival, .record = {r->record, r->record_len}};
	memcpy(row.author, r->author, STORE_ID);
	store_key_put_u64(index, p->arrival);
	store_key_put_u64(index + 8, is_awaited(r, p->author_at) ? 0 : p->tails[p->author_at].seq + 1);
	struct store_key rid = store_key_rid(r->rid), arrival = store_key_number(p->arrival);
	int err = store_record_put(t, &row, r->rid);
	if (!err)
		err = store_txn_put(t, STORE_PAYLOADS, &arrival, &(struct crypto_bytes){r->payload, r->payload_len}, 1);
	if (!err)
		err = store_txn_put(t, STORE_RIDS, &rid, &(struct crypto_bytes){index, sizeof(index)}, 1);
	if (!err && r->answer_by_s) {
		struct store_key owed = store_key_answer(r->answer_by_s, r->rid);
		err = store_txn_put(t, STORE_ANSWERS, &owed, NULL, 0);
	}
	struct usage usage = {p->usage.records + 1, p->usage.bytes + r->record_len + r->payload_len};
	return err ? err : put_usage(t, r->author, &usage);
}

/* The place a record got when it was first stored. */
static int known_place(struct store_txn *t, const struct store_found *found, struct store_place *place)
{
	struct store_feed_row row = {0};
	int err = found->author_seq ? store_feed_row_at(t, found->author, found->author_seq, &row) : 0;
	if (err)
		return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
	place->seq = row.seq;
	memcpy(place->head, row.head, FEED_HEAD);
	place->known = true;
	return 0;
}

static int await(struct store_batch *b, const struct store_record *r, const uint8_t *pid)
{
	struct store_key key = store_key_awaited(r->rid, pid);
	return store_txn_put(&b->txn, STORE_AWAITED, &key, NULL, 0);
}

int store_put_record(struct store_batch *b, const struct store_record *r, struct store_place *place)
{
	struct store_found found;
	struct plan p;
	*place = (struct store_place){0};
	int err = check_bounds(r, &p.author_at);
	if (err)
		return err;
	err = store_record_find(&b->txn, r->rid, &found);
	if (err == 0)
		return known_place(&b->txn, &found, place);
	if (err == ERR_NOT_FOUND)
		err = r->reserve ? 0 : store_batch_has_room(b, 5 + r->audience_n, r->record_len + r->payload_len);
	if (!err)
		err = make_plan(b, r, &p);
	if (!err)
		err = put_rows(b, r, &p);
	for (size_t i = 0; !err && i < r->audience_n; i++)
		err = is_awaited(r, i) ? await(b, r, r->audience[i])
		                       : store_feed_append(b, r->audience[i], &p.tails[i], FEED_RECORD, r->rid);
	if (err || is_awaited(r, p.author_at))
		return err;
	place->seq = p.tails[p.author_at].seq;
	memcpy(place->head, p.tails[p.author_at].head, FEED_HEAD);
	return 0;
}

int store_replace_record(struct store_batch *b, const uint8_t rid[STORE_HASH], const uint8_t *record, size_t len)
{
	struct store_found found;
	struct usage usage;
	if (len == 0 || len > STORE_RECORD_MAX)
		return ERR_ARG;
	int err = store_record_find(&b->txn, rid, &found);
	if (!err)
		err = get_usage(&b->txn, found.author, &usage);
	if (err)
		return err;
	usage.bytes += len - found.record.len;
	found.record = (struct store_val){record, len};
	err = store_record_put(&b->txn, &found, rid);
	return err ? err : put_usage(&b->txn, found.author, &usage);
}

/* Appends; on error the buffer is as it was, but for its sticky error. */
static int copy_out(struct buf *to, const struct store_val *val)
{
	return to ? buf_put(to, val->data, val->len) : 0;
}

static int record_get(struct store_txn *t, const uint8_t *rid, uint8_t *author, struct buf *record, struct buf *payload)
{
	struct store_found found;
	struct store_val body = {0};
	int err = store_record_find(t, rid, &found);
	if (!err && payload) {
		struct store_key key = store_key_number(found.arrival);
		err = store_txn_get(t, STORE_PAYLOADS, &key, &body);
		err = err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
	}
	if (err)
		return err;
	size_t had = record ? record->len : 0;
	err = copy_out(record, &found.record);
	if (!err) {
		err = copy_out(payload, &body);
		if (err && record)
			buf_truncate(record, had);
	}
	if (!err && author)
		memcpy(author, found.author, STORE_ID);
	return err;
}

int store_batch_record_get(struct store_batch *b, const uint8_t rid[STORE_HASH], uint8_t author[STORE_ID],
                           struct buf *record, struct buf *payload)
{
	return record_get(&b->txn, rid, author, record, payload);
}

int store_record_get(struct store *s, const uint8_t rid[STORE_HASH], uint8_t author[STORE_ID], struct buf *record,
                     struct buf *payload)
{
	struct store_txn t;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = record_get(&t, rid, author, record, payload);
	store_txn_end(&t);
	return err;
}

int store_person_usage(struct store *s, const uint8_t pid[STORE_ID], uint64_t *records, uint64_t *bytes)
{
	struct store_txn t;
	struct usage u = {0};
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = get_usage(&t, pid, &u);
	store_txn_end(&t);
	*records = u.records;
	*bytes = u.bytes;
	return err;
}
