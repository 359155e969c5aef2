/* req_blob: attachments come in and go out, part by part. Who may read a blob: its owner, and who is in the audience of
 * a record that names it and still has a wrap of that record. To all others it does not exist. */
#include "req_blob.h"

#include <stdlib.h>
#include <string.h>

#include "proto/blob.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "audit.h"
#include "req.h"
#include "store.h"
#include "store_blob.h"
#include "writer.h"

#define RECORDS_A_READ 64

/* --- who may --- */

/* Can this person open the record `rid`? */
static int can_open(struct store *store, const uint8_t *rid, const uint8_t *pid, bool *can)
{
	struct record record;
	struct buf bytes;
	*can = false;
	buf_init(&bytes, STORE_RECORD_MAX);
	int err = store_record_get(store, rid, NULL, &bytes, NULL);
	if (!err)
		err = record_parse(bytes.data, bytes.len, &record);
	if (!err)
		*can = record_wrap_for(&record, pid) != NULL;
	buf_wipe(&bytes);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int is_given(struct store *store, const uint8_t *id, const uint8_t *pid, bool *given)
{
	uint8_t rids[RECORDS_A_READ][STORE_HASH], last[STORE_HASH];
	const uint8_t *after = NULL;
	size_t n;
	int err;
	*given = false;
	do {
		err = store_blob_records(store, id, after, RECORDS_A_READ, rids, &n);
		for (size_t i = 0; !err && !*given && i < n; i++)
			err = can_open(store, rids[i], pid, given);
		if (!err && n)
			memcpy(last, rids[n - 1], sizeof(last));
		after = last;
	} while (!err && !*given && n == RECORDS_A_READ);
	return err;
}

/* ERR_NOT_FOUND also when the asker may not. */
static int get_readable(struct req *r, const uint8_t *id, struct store_blob *blob)
{
	struct store *store = req_env(r)->store;
	bool given = false;
	int err = store_blob_get(store, id, blob);
	if (err || memcmp(blob->owner, req_who(r)->pid, STORE_ID) == 0)
		return err;
	err = is_given(store, id, req_who(r)->pid, &given);
	return err || given ? err : ERR_NOT_FOUND;
}

int req_blob_may_name(struct req *r, const struct record_blob *blob)
{
	struct store_blob found;
	int err = get_readable(r, blob->id, &found);
	if (!err && (found.len != blob->len || !store_blob_is_whole(&found, blob->root)))
		err = ERR_NOT_FOUND;
	return err;
}

/* --- out --- */

void req_blob_stat(struct req *r, const struct msg_blob_stat *m)
{
	struct store_blob blob;
	int err = get_readable(r, m->blob, &blob);
	if (err) {
		req_set_object(r, AUDIT_BLOB, m->blob, BLOB_ID);
		req_fail(r, err);
		return;
	}
	struct msg_blob_stat_reply reply = {blob.len, {blob.bitmap, blob_bitmap_size(blob.len)}};
	req_reply(r, msg_put_blob_stat_reply(req_out(r), req_id(r), &reply));
}

void req_blob_get(struct req *r, const struct msg_blob_get *m)
{
	struct store_blob blob;
	struct buf bytes;
	buf_init(&bytes, BLOB_PART);
	int err = get_readable(r, m->blob, &blob);
	if (!err)
		err = store_blob_part_get(req_env(r)->store, m->blob, (uint32_t)m->part, &bytes);
	if (err) {
		req_set_object(r, AUDIT_BLOB, m->blob, BLOB_ID);
		req_fail(r, err);
	} else {
		struct msg_blob_get_reply reply = {{bytes.data, bytes.len}};
		req_reply(r, msg_put_blob_get_reply(req_out(r), req_id(r), &reply));
	}
	buf_wipe(&bytes);
}

/* --- in --- */

struct put {
	struct writer_job job;
	struct req *r;
	struct store_blob_part part; /* borrows from the frame */
	uint32_t present;
};

/* One row when a blob begins: that it ended, and as what, the row of its record tells. */
static int note(struct store_batch *batch, const struct put *p)
{
	struct audit_row row = {.time_ms = p->part.now_ms, .op = MSG_OP_BLOB_PUT, .object_kind = AUDIT_BLOB};
	memcpy(row.actor, req_who(p->r)->pid, sizeof(row.actor));
	memcpy(row.device, req_who(p->r)->did, sizeof(row.device));
	memcpy(row.object, p->part.id, BLOB_ID);
	return audit_append(batch, &row);
}

static int apply(struct store_batch *batch, struct writer_job *job)
{
	struct put *p = (struct put *)job;
	bool fresh;
	int err = store_blob_put_part(batch, &p->part, &p->present, &fresh);
	return !err && fresh ? note(batch, p) : err;
}

static void done(struct writer_job *job, int err)
{
	struct put *p = (struct put *)job;
	if (err) {
		req_set_object(p->r, AUDIT_BLOB, p->part.id, BLOB_ID);
		req_fail(p->r, err);
	} else {
		struct msg_blob_put_reply reply = {p->present};
		req_reply(p->r, msg_put_blob_put_reply(req_out(p->r), req_id(p->r), &reply));
	}
	free(p);
}

void req_blob_put(struct req *r, const struct msg_blob_put *m)
{
	struct put *p = calloc(1, sizeof(*p));
	if (!p) {
		req_fail(r, ERR_NOMEM);
		return;
	}
	p->r = r;
	p->part = (struct store_blob_part){.id = m->blob,
	                                   .owner = req_who(r)->pid,
	                                   .len = m->len,
	                                   .n = (uint32_t)m->part,
	                                   .bytes = m->bytes.data,
	                                   .bytes_len = m->bytes.len,
	                                   .now_ms = req_env(r)->now_ms()};
	p->job = (struct writer_job){.apply = apply, .done = done, .bytes = sizeof(*p) + m->bytes.len, .bulk = true};
	int err = writer_submit(req_env(r)->writer, &p->job);
	if (err) {
		free(p);
		req_fail(r, err);
	}
}
