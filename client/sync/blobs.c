/* blobs: see blobs.h. No transaction is open while the server is asked. */
#include "blobs.h"

#include <string.h>
#include <time.h>

#include "client/book/parts.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "rpc.h"

#define TRIES 50 /* while the server is busy */
#define PAUSE_MS 100

static void show(const struct blobs_opts *o, size_t done, size_t total)
{
	if (o->progress)
		o->progress(o->arg, done, total);
}

static int get_row(struct vault *vault, const uint8_t *id, struct parts *p)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = parts_get(txn, id, p);
	vault_abort(txn);
	return err;
}

static int put_row(struct vault *vault, const uint8_t *id, const struct parts *p)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, true, &txn);
	if (!err)
		err = parts_put(txn, id, p);
	if (err) {
		vault_abort(txn);
		return err;
	}
	return vault_commit(txn);
}

/* --- there --- */

/* Which parts the server has; none when it does not know the blob. */
static int ask_there(const struct blobs_opts *o, const uint8_t *id, uint64_t len, uint8_t bitmap[BLOB_BITMAP_MAX])
{
	const struct msg_blob_stat m = {.blob = id};
	struct msg_blob_stat_reply said;
	struct msg_reply *reply;
	uint32_t call;
	memset(bitmap, 0, BLOB_BITMAP_MAX);
	struct buf *out = rpc_begin(o->rpc, &call);
	int err = rpc_call(o->rpc, msg_put_blob_stat(out, call, &m), &reply);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	err = rpc_answer(msg_get_blob_stat_reply(&reply->body, &said));
	if (!err && (said.len != len || !blob_bitmap_is_valid(said.bitmap.data, said.bitmap.len, len)))
		err = ERR_SHAPE;
	if (!err)
		memcpy(bitmap, said.bitmap.data, said.bitmap.len);
	return err;
}

static int send_part(const struct blobs_opts *o, const uint8_t *id, uint64_t len, uint32_t n)
{
	struct msg_blob_put m = {.blob = id, .len = len, .part = n};
	struct msg_blob_put_reply said;
	struct vault_txn *txn = NULL;
	struct msg_reply *reply;
	struct buf part;
	buf_init(&part, 0);
	int err = vault_begin(o->vault, false, &txn);
	if (!err)
		err = parts_read(txn, id, n, &part);
	vault_abort(txn);
	m.bytes = (struct msg_bytes){part.data, part.len};
	for (unsigned tries = 0; !err && tries < TRIES; tries++) {
		uint32_t call;
		struct buf *out = rpc_begin(o->rpc, &call);
		err = rpc_call(o->rpc, msg_put_blob_put(out, call, &m), &reply);
		if (err != ERR_BUSY) {
			err = err ? err : rpc_answer(msg_get_blob_put_reply(&reply->body, &said));
			break;
		}
		err = tries + 1 < TRIES ? 0 : err;
		nanosleep(&(struct timespec){0, PAUSE_MS * 1000000L}, NULL);
	}
	buf_wipe(&part);
	return err;
}

/* That the server may have some of it is noted before the first byte leaves; until then there is nothing to ask. */
static int send_blob(const struct blobs_opts *o, const struct record_blob *blob, bool own)
{
	uint8_t there[BLOB_BITMAP_MAX] = {0};
	uint32_t total = blob_parts(blob->len);
	struct parts p;
	int err = get_row(o->vault, blob->id, &p);
	if (err || (own && !p.own) || p.len != blob->len || !parts_are_whole(&p))
		return err == ERR_NOT_FOUND ? 0 : err; /* the server has it, or refuses the record */
	if (p.begun || !own) {
		err = ask_there(o, blob->id, blob->len, there);
	} else {
		p.begun = true;
		err = put_row(o->vault, blob->id, &p);
	}
	for (uint32_t n = 0; !err && n < total; n++) {
		if (blob_bitmap_has(there, n))
			continue;
		show(o, n, total);
		err = send_part(o, blob->id, blob->len, n);
	}
	return err;
}

int blobs_send(const struct blobs_opts *o, const struct record *r)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < r->blobs; i++)
		err = send_blob(o, &r->blob[i], true);
	return err;
}

int blobs_give(const struct blobs_opts *o, const struct record *r)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < r->blobs; i++) {
		err = send_blob(o, &r->blob[i], false);
		err = err == ERR_EXISTS ? 0 : err; /* somebody else is giving it, or has */
	}
	return err;
}

/* --- and back --- */

static int keep_part(const struct blobs_opts *o, const struct attachment *a, struct parts *p, uint32_t n,
                     const struct msg_bytes *bytes)
{
	struct vault_txn *txn = NULL;
	struct buf part;
	buf_init(&part, 0);
	int err = bytes->len == blob_part_len(a->len, n) ? buf_put(&part, bytes->data, bytes->len) : ERR_HASH;
	if (!err)
		err = vault_begin(o->vault, true, &txn);
	if (!err)
		err = parts_add(txn, a->id, p, n, &part);
	if (!err)
		err = parts_put(txn, a->id, p);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	buf_wipe(&part);
	return err;
}

static int fetch_part(const struct blobs_opts *o, const struct attachment *a, struct parts *p, uint32_t n)
{
	const struct msg_blob_get m = {.blob = a->id, .part = n};
	struct msg_blob_get_reply said;
	struct msg_reply *reply;
	uint32_t call;
	struct buf *out = rpc_begin(o->rpc, &call);
	int err = rpc_call(o->rpc, msg_put_blob_get(out, call, &m), &reply);
	if (!err)
		err = rpc_answer(msg_get_blob_get_reply(&reply->body, &said));
	return err ? err : keep_part(o, a, p, n, &said.bytes);
}

int blobs_fetch(const struct blobs_opts *o, const struct attachment *a)
{
	uint32_t total = blob_parts(a->len);
	struct parts p;
	int err = get_row(o->vault, a->id, &p);
	if (err == ERR_NOT_FOUND) {
		p = (struct parts){.len = a->len};
		err = 0;
	}
	if (!err && p.len != a->len)
		err = ERR_HASH;
	for (uint32_t n = 0; !err && n < total; n++) {
		if (blob_bitmap_has(p.bitmap, n))
			continue;
		show(o, n, total);
		err = fetch_part(o, a, &p, n);
	}
	return err;
}
