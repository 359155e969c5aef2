/* req_push: records come in. Each is checked (push_check.c), in order; those before the first that is refused become
 * durable together, with what they do to other records (push_effect.c); then a receipt is signed and readers who watch
 * are told. Signatures of records are the readers' to verify. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "audit.h"
#include "heal.h"
#include "log.h"
#include "push.h"
#include "req.h"
#include "store.h"
#include "store_blob.h"
#include "watch.h"

/* --- on the writer thread --- */

/* What was still on its way to the store when the loop looked has come before this, or never will. */
static int check_targets_again(struct store_batch *batch, const struct push *p, uint32_t at)
{
	const struct record *record = &p->records[at];
	int err = 0;
	if (!(p->leans & (uint64_t)1 << at))
		return 0;
	for (uint32_t i = 0; !err && i < record->targets; i++)
		err = store_batch_record_get(batch, record->target[i], NULL, NULL, NULL);
	return err == ERR_NOT_FOUND ? ERR_TARGET : err;
}

/* Since the loop looked they may have been swept. Before anything is written. */
static int check_blobs_again(struct store_batch *batch, const struct record *record)
{
	if (!record->blobs || store_batch_record_get(batch, record->rid, NULL, NULL, NULL) == 0)
		return 0;
	return store_blob_may_name(batch, record->blob, record->blobs);
}

static int put_one(struct store_batch *batch, struct push *p, uint32_t at, bool *known)
{
	const struct record *record = &p->records[at];
	const struct msg_item *item = &p->m->items[at];
	uint8_t audience[RECORD_AUDIENCE][STORE_ID];
	for (uint32_t i = 0; i < record->audience; i++)
		memcpy(audience[i], record->wraps[i].pid, STORE_ID);
	struct store_record row = {.rid = record->rid,
	                           .author = record->author,
	                           .record = item->record.data,
	                           .record_len = item->record.len,
	                           .payload = item->payload.data,
	                           .payload_len = item->payload.len,
	                           .audience = (const uint8_t(*)[STORE_ID])audience,
	                           .audience_n = record->audience,
	                           .answer_by_s = record->answer_by,
	                           .reserve = push_takes_away(record)};
	struct store_place place;
	int err = check_targets_again(batch, p, at);
	if (!err)
		err = check_blobs_again(batch, record);
	if (!err)
		err = store_put_record(batch, &row, &place);
	if (!err && place.known && place.seq == 0) { /* a reader gave it back; now its author comes */
		struct heal_item again = {record, &item->payload, record->author, p->now_ms};
		err = heal_store(batch, &again, NULL);
		if (!err)
			err = store_put_record(batch, &row, &place);
	}
	if (!err && !place.known)
		err = store_blob_name(batch, record->rid, record->blob, record->blobs);
	if (!err && !place.known)
		err = push_take_effect(batch, record, p->now_ms);
	if (err)
		return err;
	*known = place.known;
	struct feed_entry *entry = &p->places[at];
	entry->seq = place.seq;
	memcpy(entry->rid, record->rid, sizeof(entry->rid));
	memcpy(entry->head, place.head, sizeof(entry->head));
	return 0;
}

static int note(struct store_batch *batch, const struct push *p, const struct record *record, int refused)
{
	struct audit_row row = {.time_ms = p->now_ms, .op = MSG_OP_PUSH, .status = err_to_status(refused)};
	memcpy(row.actor, req_who(p->r)->pid, sizeof(row.actor));
	memcpy(row.device, req_who(p->r)->did, sizeof(row.device));
	row.object_kind = AUDIT_RECORD;
	memcpy(row.object, record->rid, sizeof(row.object));
	return audit_append(batch, &row);
}

static int apply(struct store_batch *batch, struct writer_job *job)
{
	struct push *p = (struct push *)job;
	bool known = false;
	int err = 0;
	p->late = 0;
	for (p->accepted = 0; !err && p->accepted < p->n; p->accepted += !err) {
		err = put_one(batch, p, p->accepted, &known);
		if (err == ERR_FULL || err == ERR_TARGET || err == ERR_QUOTA) {
			p->late = err;
			return 0;
		}
		if (!err && !known)
			err = note(batch, p, &p->records[p->accepted], 0);
	}
	if (!err && req_is_refusal(p->stop))
		err = note(batch, p, &p->records[p->n], p->stop);
	return err;
}

/* The answer is written here so that the loop does not wait for a signature. */
static void after(struct writer_job *job)
{
	struct push *p = (struct push *)job;
	const struct req_env *env = req_env(p->r);
	struct msg_push_reply reply = {.accepted = p->accepted};
	struct feed_receipt receipt = {.author = req_who(p->r)->pid, .time_ms = p->now_ms, .count = p->accepted};
	struct buf statement;
	uint8_t generation[STORE_ID], sig[64];
	reply.stop = err_to_status(p->late ? p->late : p->stop);
	buf_init(&statement, 0);
	if (p->accepted) {
		store_generation(env->store, generation);
		receipt.generation = generation;
		receipt.clinic = p->records[0].clinic;
		memcpy(receipt.entries, p->places, p->accepted * sizeof(p->places[0]));
		p->signing = feed_receipt_sign(&receipt, env->log_key, &statement, sig);
		reply.receipt = (struct msg_bytes){statement.data, statement.len};
		reply.signature = sig;
	}
	if (!p->signing)
		p->signing = msg_put_push_reply(req_out(p->r), req_id(p->r), &reply);
	buf_wipe(&statement);
}

/* --- on the loop again --- */

static void tell(const struct push *p, const uint8_t *pid)
{
	const struct req_env *env = req_env(p->r);
	uint64_t seq;
	uint8_t head[32];
	if (watch_has(env->watch, pid) && !store_feed_head(env->store, pid, &seq, head))
		watch_notify(env->watch, pid, seq, head);
}

static void push_free(struct push *p)
{
	free(p->records);
	free(p);
}

static void done(struct writer_job *job, int err)
{
	struct push *p = (struct push *)job;
	underway_remove(&p->underway);
	if (err) {
		req_fail(p->r, err);
	} else {
		if (p->late == ERR_FULL)
			log_noisy(LOG_LEVEL_ERROR, "store_full", LOG_ID("did", req_who(p->r)->did), LOG_ERR(p->late));
		for (uint32_t i = 0; i < p->accepted; i++)
			for (uint32_t k = 0; k < p->records[i].audience; k++)
				tell(p, p->records[i].wraps[k].pid);
		req_set_audited(p->r);
		req_reply(p->r, p->signing);
	}
	push_free(p);
}

void req_push(struct req *r, const struct msg_push *m)
{
	struct push *p = calloc(1, sizeof(*p));
	if (p)
		p->records = calloc(m->n, sizeof(*p->records));
	if (!p || !p->records) {
		free(p);
		req_fail(r, ERR_NOMEM);
		return;
	}
	p->r = r;
	p->m = m;
	p->now_ms = req_env(r)->now_ms();
	p->job = (struct writer_job){.apply = apply, .after = after, .done = done, .bytes = sizeof(*p)};
	for (uint32_t i = 0; i < m->n; i++)
		p->job.bytes += m->items[i].record.len + m->items[i].payload.len + sizeof(*p->records);
	push_check(p);
	if (err_to_status(p->stop) == 500)
		log_error("push_stopped", LOG_ID("did", req_who(r)->did), LOG_ERR(p->stop));
	p->stop = req_count_refusal(r, p->stop);
	int err = writer_submit(req_env(r)->writer, &p->job);
	if (err) {
		push_free(p);
		req_fail(r, err);
		return;
	}
	p->underway.records = p->records;
	p->underway.n = p->n;
	underway_add(req_env(r)->underway, &p->underway);
}
