/* parts: see parts.h. A row of BLOB is [length, flags, made ms, bitmap]. */
#include "parts.h"

#include <string.h>

#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/record.h"

#include "ledger_row.h"

#define OWN 1u
#define KEPT 2u
#define BEGUN 4u
#define PART_ID (BLOB_ID + 4)
#define UNFINISHED_MS ((uint64_t)3600000)
#define SWEPT_AT_ONCE 16

static int read_row(const uint8_t *bytes, size_t len, struct parts *out)
{
	struct mp_doc *doc;
	struct mp_cur c;
	memset(out, 0, sizeof(*out));
	int err = ledger_row_open(bytes, len, 4, &doc, &c);
	if (err)
		return err;
	out->len = mp_u64(&c, 0, BLOB_LEN_MAX);
	uint64_t flags = mp_u64(&c, 0, OWN | KEPT | BEGUN);
	out->own = flags & OWN;
	out->kept = flags & KEPT;
	out->begun = flags & BEGUN;
	out->made_ms = mp_u64(&c, 0, MP_NUMBER_MAX);
	mp_fixed(&c, out->bitmap, sizeof(out->bitmap));
	err = ledger_row_close(doc, &c);
	return !err && out->len && !blob_len_is_valid(out->len) ? ERR_CORRUPT : err;
}

int parts_get(struct vault_txn *txn, const uint8_t id[BLOB_ID], struct parts *out)
{
	struct buf row;
	buf_init(&row, 0);
	int err = vault_get(txn, VAULT_BLOB, id, BLOB_ID, &row);
	if (!err)
		err = read_row(row.data, row.len, out);
	buf_wipe(&row);
	return err;
}

int parts_put(struct vault_txn *txn, const uint8_t id[BLOB_ID], const struct parts *p)
{
	struct buf row;
	buf_init(&row, 0);
	mp_put_array(&row, 4);
	mp_put_u64(&row, p->len);
	mp_put_u64(&row, (p->own ? OWN : 0) | (p->kept ? KEPT : 0) | (p->begun ? BEGUN : 0));
	mp_put_u64(&row, p->made_ms);
	mp_put_bin(&row, p->bitmap, sizeof(p->bitmap));
	int err = buf_err(&row);
	if (!err)
		err = vault_put(txn, VAULT_BLOB, id, BLOB_ID, &row);
	buf_wipe(&row);
	return err;
}

static void part_id(const uint8_t *id, uint32_t n, uint8_t out[PART_ID])
{
	memcpy(out, id, BLOB_ID);
	for (unsigned i = 0; i < 4; i++)
		out[BLOB_ID + i] = (uint8_t)(n >> (24 - 8 * i));
}

int parts_add(struct vault_txn *txn, const uint8_t id[BLOB_ID], struct parts *p, uint32_t n, const struct buf *part)
{
	uint8_t key[PART_ID];
	part_id(id, n, key);
	int err = n < BLOB_PARTS_MAX ? vault_put(txn, VAULT_PART, key, sizeof(key), part) : ERR_RANGE;
	if (!err)
		blob_bitmap_set(p->bitmap, n);
	return err;
}

int parts_read(struct vault_txn *txn, const uint8_t id[BLOB_ID], uint32_t n, struct buf *part)
{
	uint8_t key[PART_ID];
	part_id(id, n, key);
	return vault_get(txn, VAULT_PART, key, sizeof(key), part);
}

int parts_drop(struct vault_txn *txn, const uint8_t id[BLOB_ID])
{
	struct parts p;
	int err = parts_get(txn, id, &p);
	for (uint32_t n = 0; !err && n < BLOB_PARTS_MAX; n++) {
		uint8_t key[PART_ID];
		part_id(id, n, key);
		if (blob_bitmap_has(p.bitmap, n))
			err = vault_del(txn, VAULT_PART, key, sizeof(key));
	}
	if (!err)
		err = vault_del(txn, VAULT_BLOB, id, BLOB_ID);
	return err == ERR_NOT_FOUND ? 0 : err;
}

bool parts_are_whole(const struct parts *p)
{
	for (uint32_t n = 0; n < blob_parts(p->len); n++)
		if (!blob_bitmap_has(p->bitmap, n))
			return false;
	return p->len > 0;
}

int parts_keep(struct vault_txn *txn, const uint8_t id[BLOB_ID])
{
	struct parts p;
	int err = parts_get(txn, id, &p);
	p.kept = true;
	return err ? err : parts_put(txn, id, &p);
}

int parts_forget(struct vault_txn *txn, const struct record *r, bool own)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < r->blobs; i++) {
		struct parts p;
		err = parts_get(txn, r->blob[i].id, &p);
		if (!err && (!p.own || own))
			err = parts_drop(txn, r->blob[i].id);
		err = err == ERR_NOT_FOUND ? 0 : err;
	}
	return err;
}

struct sweep {
	uint64_t before_ms;
	uint8_t ids[SWEPT_AT_ONCE][BLOB_ID];
	size_t n;
};

static int note_unfinished(void *arg, const struct vault_entry *e)
{
	struct sweep *s = arg;
	struct parts p;
	int err = e->id_len == BLOB_ID ? read_row(e->value, e->len, &p) : ERR_CORRUPT;
	if (!err && p.own && !p.kept && p.made_ms < s->before_ms && s->n < SWEPT_AT_ONCE)
		memcpy(s->ids[s->n++], e->id, BLOB_ID);
	return err;
}

int parts_sweep(struct vault_txn *txn, uint64_t now_ms)
{
	struct sweep s = {.before_ms = now_ms > UNFINISHED_MS ? now_ms - UNFINISHED_MS : 0};
	int err = vault_each(txn, VAULT_BLOB, 0, note_unfinished, &s);
	for (size_t i = 0; !err && i < s.n; i++)
		err = parts_drop(txn, s.ids[i]);
	return err;
}
