/* store_check_blob: every part of every blob, and who names it; see store_blob_inner.h. */
#include <string.h>

#include "proto/err.h"
#include "proto/record.h"

#include "store_blob_inner.h"

struct walk {
	struct store_blob_check *k;
	uint64_t parts, named, loose; /* that the rows of BLOBS speak of */
};

static void problem(struct walk *w, const char *what, const uint8_t *id, size_t len)
{
	w->k->found(w->k->arg, what, id, len);
}

static int walk(struct walk *w, enum store_table table, void (*row)(struct walk *w, const struct store_cur *c))
{
	struct store_cur c;
	int err = store_cur_open(w->k->t, table, NULL, &c);
	if (!err)
		err = store_cur_first(&c);
	for (; !w->k->t->err && (err == 0 || err == ERR_CORRUPT); err = store_cur_next(&c)) {
		if (err)
			problem(w, "a stored value does not prove itself", c.key, BLOB_ID);
		else
			row(w, &c);
	}
	store_cur_close(&c);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static bool get(struct walk *w, enum store_table table, struct store_key key, struct store_val *val)
{
	return store_txn_get(w->k->t, table, &key, val) == 0;
}

static bool get_blob(struct walk *w, const uint8_t *id, struct store_blob *blob)
{
	struct store_val val;
	return get(w, STORE_BLOBS, store_key_id(id), &val) && store_blob_parse(&val, blob) == 0;
}

static void check_part(struct walk *w, const uint8_t *id, const struct store_blob *blob, uint32_t n)
{
	uint8_t hash[BLOB_HASH];
	struct store_val val;
	if (!get(w, STORE_PARTS, store_key_part(id, n), &val))
		problem(w, "a part of a blob is missing or does not prove itself", id, BLOB_ID);
	else if (val.len != blob_part_len(blob->len, n) || blob_part_hash(val.data, val.len, hash) ||
	         memcmp(hash, blob->hashes[n], BLOB_HASH) != 0)
		problem(w, "a part of a blob is not the one that was put", id, BLOB_ID);
}

static void check_blob(struct walk *w, const struct store_cur *c)
{
	struct store_blob blob;
	struct store_val val;
	w->k->blobs++;
	if (store_blob_parse(&c->val, &blob)) {
		problem(w, "a blob is not of its form", c->key, BLOB_ID);
		return;
	}
	for (uint32_t n = 0; n < blob_parts(blob.len); n++)
		if (blob_bitmap_has(blob.bitmap, n))
			check_part(w, c->key, &blob, n);
	w->parts += blob.present;
	w->named += blob.named;
	w->loose += blob.named == 0;
	if (get(w, STORE_LOOSE, store_key_inviter(blob.owner, c->key), &val) != (blob.named == 0))
		problem(w, "a blob is loose and named, or neither", c->key, BLOB_ID);
}

static const struct record_blob *find_in(const struct record *r, const uint8_t *id)
{
	for (uint32_t i = 0; i < r->blobs; i++)
		if (memcmp(r->blob[i].id, id, BLOB_ID) == 0)
			return &r->blob[i];
	return NULL;
}

static void check_named(struct walk *w, const struct store_cur *c)
{
	const struct record_blob *in = NULL;
	struct store_found found;
	struct store_blob blob;
	struct record r;
	if (store_record_find(w->k->t, c->key + BLOB_ID, &found) == 0 &&
	    record_parse(found.record.data, found.record.len, &r) == 0)
		in = find_in(&r, c->key);
	if (!in)
		problem(w, "a blob is named by no such record", c->key, BLOB_ID);
	else if (!get_blob(w, c->key, &blob) || blob.len != in->len || !store_blob_is_whole(&blob, in->root))
		problem(w, "a record names a blob that is not whole", c->key, BLOB_ID);
}

int store_blob_check(struct store_blob_check *k)
{
	struct walk w = {.k = k};
	uint64_t parts = 0, named = 0, loose = 0;
	int err = walk(&w, STORE_BLOBS, check_blob);
	if (!err)
		err = walk(&w, STORE_NAMED, check_named);
	if (err)
		return err;
	if (store_txn_count(k->t, STORE_PARTS, &parts) || store_txn_count(k->t, STORE_NAMED, &named) ||
	    store_txn_count(k->t, STORE_LOOSE, &loose) || parts != w.parts || named != w.named || loose != w.loose)
		problem(&w, "the tables of blobs do not hold what the blobs say", NULL, 0);
	return 0;
}
