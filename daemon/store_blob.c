/* store_blob: see the header. A row of BLOBS is owner{16} len since named bitmap hashes; the bitmap says which of the
 * hashes are there. A row of LOOSE is since || len, so that a person's quota needs no look at the blobs. */
#include "store_blob.h"

#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/record.h"

#include "store_batch.h"
#include "store_blob_inner.h"

#define LOOSE_ROW 16

/* --- rows --- */

int store_blob_parse(const struct store_val *row, struct store_blob *out)
{
	*out = (struct store_blob){0};
	if (row->len < STORE_BLOB_FIXED)
		return ERR_CORRUPT;
	memcpy(out->owner, row->data, STORE_ID);
	out->len = store_key_get_u64(row->data + 16);
	out->since_ms = store_key_get_u64(row->data + 24);
	out->named = store_key_get_u64(row->data + 32);
	if (!blob_len_is_valid(out->len))
		return ERR_CORRUPT;
	uint32_t parts = blob_parts(out->len);
	size_t map = blob_bitmap_size(out->len);
	if (row->len != STORE_BLOB_FIXED + map + (size_t)parts * BLOB_HASH ||
	    !blob_bitmap_is_valid(row->data + STORE_BLOB_FIXED, map, out->len))
		return ERR_CORRUPT;
	memcpy(out->bitmap, row->data + STORE_BLOB_FIXED, map);
	memcpy(out->hashes, row->data + STORE_BLOB_FIXED + map, (size_t)parts * BLOB_HASH);
	for (uint32_t i = 0; i < parts; i++)
		out->present += blob_bitmap_has(out->bitmap, i);
	return 0;
}

static int find(struct store_txn *t, const uint8_t *id, struct store_blob *out)
{
	struct store_key key = store_key_id(id);
	struct store_val row;
	int err = store_txn_get(t, STORE_BLOBS, &key, &row);
	return err ? err : store_blob_parse(&row, out);
}

static int put(struct store_txn *t, const uint8_t *id, const struct store_blob *blob)
{
	uint8_t fixed[STORE_BLOB_FIXED];
	struct store_key key = store_key_id(id);
	memcpy(fixed, blob->owner, STORE_ID);
	store_key_put_u64(fixed + 16, blob->len);
	store_key_put_u64(fixed + 24, blob->since_ms);
	store_key_put_u64(fixed + 32, blob->named);
	struct crypto_bytes parts[] = {{fixed, sizeof(fixed)},
	                               {blob->bitmap, blob_bitmap_size(blob->len)},
	                               {blob->hashes, (size_t)blob_parts(blob->len) * BLOB_HASH}};
	return store_txn_put(t, STORE_BLOBS, &key, parts, 3);
}

static int set_loose(struct store_txn *t, const uint8_t *id, const struct store_blob *blob)
{
	uint8_t row[LOOSE_ROW];
	struct store_key key = store_key_inviter(blob->owner, id);
	store_key_put_u64(row, blob->since_ms);
	store_key_put_u64(row + 8, blob->len);
	return store_txn_put(t, STORE_LOOSE, &key, &(struct crypto_bytes){row, sizeof(row)}, 1);
}

static int end_loose(struct store_txn *t, const uint8_t *id, const struct store_blob *blob)
{
	struct store_key key = store_key_inviter(blob->owner, id);
	int err = store_txn_del(t, STORE_LOOSE, &key);
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

int store_batch_blob_get(struct store_batch *b, const uint8_t id[BLOB_ID], struct store_blob *out)
{
	return find(&b->txn, id, out);
}

int store_blob_get(struct store *s, const uint8_t id[BLOB_ID], struct store_blob *out)
{
	struct store_txn t;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = find(&t, id, out);
	store_txn_end(&t);
	return err;
}

bool store_blob_is_whole(const struct store_blob *blob, const uint8_t root[BLOB_HASH])
{
	uint8_t is[BLOB_HASH];
	uint32_t parts = blob_parts(blob->len);
	return blob->present == parts && !blob_root((const uint8_t(*)[BLOB_HASH])blob->hashes, parts, is) &&
	       memcmp(is, root, BLOB_HASH) == 0;
}

/* --- parts --- */

static int check_quota(struct store_txn *t, const struct store_blob_part *part)
{
	struct store_key owner = store_key_id(part->owner);
	struct store_cur c;
	uint64_t bytes = part->len, n = 1;
	int err = store_cur_open(t, STORE_LOOSE, &owner, &c);
	if (!err)
		err = store_cur_first(&c);
	for (; !err; err = store_cur_next(&c)) {
		if (c.val.len != LOOSE_ROW)
			break;
		n++;
		bytes += store_key_get_u64(c.val.data + 8);
	}
	store_cur_close(&c);
	if (err != ERR_NOT_FOUND)
		return err ? err : ERR_CORRUPT;
	return n > STORE_BLOB_LOOSE_MAX || bytes > STORE_BLOB_LOOSE_BYTES ? ERR_QUOTA : 0;
}

/* The blob that the part belongs to, a new one if there is none. */
static int find_for(struct store_txn *t, const struct store_blob_part *part, struct store_blob *blob, bool *fresh)
{
	int err = find(t, part->id, blob);
	*fresh = err == ERR_NOT_FOUND;
	if (*fresh) {
		*blob = (struct store_blob){.len = part->len, .since_ms = part->now_ms};
		memcpy(blob->owner, part->owner, STORE_ID);
		return check_quota(t, part);
	}
	if (!err && (memcmp(blob->owner, part->owner, STORE_ID) != 0 || blob->len != part->len))
		err = ERR_EXISTS;
	return err;
}

int store_blob_put_part(struct store_batch *b, const struct store_blob_part *part, uint32_t *present, bool *fresh)
{
	struct store_blob blob;
	uint8_t hash[BLOB_HASH];
	*present = 0;
	*fresh = false;
	if (!blob_len_is_valid(part->len) || part->bytes_len == 0 || blob_part_len(part->len, part->n) != part->bytes_len)
		return ERR_SHAPE;
	int err = find_for(&b->txn, part, &blob, fresh);
	if (!err)
		err = blob_part_hash(part->bytes, part->bytes_len, hash);
	if (err)
		return err;
	*present = blob.present;
	if (blob_bitmap_has(blob.bitmap, part->n))
		return memcmp(blob.hashes[part->n], hash, BLOB_HASH) == 0 ? 0 : ERR_EXISTS;
	err = store_batch_has_room(b, 4, part->bytes_len);
	if (err)
		return err;
	blob.since_ms = part->now_ms;
	blob_bitmap_set(blob.bitmap, part->n);
	memcpy(blob.hashes[part->n], hash, BLOB_HASH);
	struct store_key key = store_key_part(part->id, part->n);
	err = store_txn_put(&b->txn, STORE_PARTS, &key, &(struct crypto_bytes){part->bytes, part->bytes_len}, 1);
	if (!err)
		err = put(&b->txn, part->id, &blob);
	if (!err && blob.named == 0)
		err = set_loose(&b->txn, part->id, &blob);
	*present = blob.present + 1;
	return err;
}

int store_blob_part_get(struct store *s, const uint8_t id[BLOB_ID], uint32_t n, struct buf *out)
{
	struct store_key key = store_key_part(id, n);
	struct store_val val;
	struct store_txn t;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_txn_get(&t, STORE_PARTS, &key, &val);
	if (!err)
		err = buf_put(out, val.data, val.len);
	store_txn_end(&t);
	return err;
}

/* --- who names it --- */

int store_blob_records(struct store *s, const uint8_t id[BLOB_ID], const uint8_t *after, size_t max,
                       uint8_t (*rids)[STORE_HASH], size_t *n)
{
	struct store_key blob = store_key_id(id), from;
	struct store_cur c;
	struct store_txn t;
	*n = 0;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_cur_open(&t, STORE_NAMED, &blob, &c);
	if (after)
		from = store_key_named(id, after);
	if (!err)
		err = after ? store_cur_seek(&c, &from) : store_cur_first(&c);
	if (!err && after && memcmp(c.key + BLOB_ID, after, STORE_HASH) == 0)
		err = store_cur_next(&c);
	for (; !err && *n < max; err = store_cur_next(&c))
		memcpy(rids[(*n)++], c.key + BLOB_ID, STORE_HASH);
	store_cur_close(&c);
	store_txn_end(&t);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int check_one(struct store_txn *t, const struct record_blob *blob, struct store_blob *row)
{
	int err = find(t, blob->id, row);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_TARGET : err;
	if (row->len != blob->len || !store_blob_is_whole(row, blob->root))
		return ERR_TARGET;
	return row->named < STORE_BLOB_NAMED_MAX ? 0 : ERR_QUOTA;
}

static int name_one(struct store_txn *t, const uint8_t *rid, const struct record_blob *blob)
{
	struct store_key key = store_key_named(blob->id, rid);
	struct store_blob row;
	struct store_val val;
	int err = store_txn_get(t, STORE_NAMED, &key, &val);
	if (err != ERR_NOT_FOUND)
		return err;
	err = find(t, blob->id, &row);
	if (!err && row.named++ == 0)
		err = end_loose(t, blob->id, &row);
	if (!err)
		err = put(t, blob->id, &row);
	return err ? err : store_txn_put(t, STORE_NAMED, &key, NULL, 0);
}

int store_blob_may_name(struct store_batch *b, const struct record_blob *blobs, uint32_t n)
{
	struct store_blob row;
	int err = 0;
	for (uint32_t i = 0; !err && i < n; i++)
		err = check_one(&b->txn, &blobs[i], &row);
	return err;
}

int store_blob_name(struct store_batch *b, const uint8_t rid[STORE_HASH], const struct record_blob *blobs, uint32_t n)
{
	int err = store_blob_may_name(b, blobs, n);
	for (uint32_t i = 0; !err && i < n; i++)
		err = name_one(&b->txn, rid, &blobs[i]);
	return err;
}

/* --- the end of a blob --- */

static int delete_blob(struct store_txn *t, const uint8_t *id, const struct store_blob *blob)
{
	struct store_key key = store_key_id(id);
	int err = store_txn_del(t, STORE_BLOBS, &key);
	for (uint32_t n = 0; !err && n < blob_parts(blob->len); n++) {
		key = store_key_part(id, n);
		if (blob_bitmap_has(blob->bitmap, n))
			err = store_txn_del(t, STORE_PARTS, &key);
	}
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

static int unname_one(struct store_txn *t, const uint8_t *rid, const struct record_blob *blob)
{
	struct store_key key = store_key_named(blob->id, rid);
	struct store_blob row;
	int err = store_txn_del(t, STORE_NAMED, &key);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	err = find(t, blob->id, &row);
	if (err || row.named == 0)
		return err && err != ERR_NOT_FOUND ? err : ERR_CORRUPT;
	return --row.named == 0 ? delete_blob(t, blob->id, &row) : put(t, blob->id, &row);
}

int store_blob_unname(struct store_batch *b, const uint8_t rid[STORE_HASH], const struct record_blob *blobs, uint32_t n)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < n; i++)
		err = unname_one(&b->txn, rid, &blobs[i]);
	return err;
}

/* Keys of LOOSE rows that are old enough. */
static int find_old(struct store *s, uint64_t before_ms, size_t max, uint8_t (*keys)[2 * STORE_ID], size_t *n)
{
	struct store_cur c;
	struct store_txn t;
	*n = 0;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_cur_open(&t, STORE_LOOSE, NULL, &c);
	if (!err)
		err = store_cur_first(&c);
	for (; !err && *n < max; err = store_cur_next(&c))
		if (c.val.len == LOOSE_ROW && store_key_get_u64(c.val.data) < before_ms)
			memcpy(keys[(*n)++], c.key, 2 * STORE_ID);
	store_cur_close(&c);
	store_txn_end(&t);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int sweep_one(struct store_txn *t, const uint8_t *id)
{
	struct store_blob row;
	int err = find(t, id, &row);
	if (!err)
		err = end_loose(t, id, &row);
	return err ? err : delete_blob(t, id, &row);
}

#define SWEEP_MAX 16

int store_blob_sweep(struct store *s, uint64_t now_ms, size_t max, size_t *n)
{
	uint8_t keys[SWEEP_MAX][2 * STORE_ID];
	struct store_batch *b;
	if (now_ms < STORE_BLOB_LOOSE_MS)
		now_ms = STORE_BLOB_LOOSE_MS;
	int err = find_old(s, now_ms - STORE_BLOB_LOOSE_MS, max < SWEEP_MAX ? max : SWEEP_MAX, keys, n);
	if (err || *n == 0)
		return err;
	err = store_batch_begin(s, &b);
	if (err)
		return err;
	for (size_t i = 0; !err && i < *n; i++)
		err = sweep_one(&b->txn, keys[i] + STORE_ID);
	if (err) {
		*n = 0;
		store_batch_abort(b);
		return err;
	}
	return store_batch_commit(b);
}
