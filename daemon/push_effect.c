/* push_effect: what a record does to those it refers to: wraps taken back, contents deleted, answers given. Writer
 * thread, in the batch that stores the record. */
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/record.h"

#include "push.h"
#include "store.h"
#include "store_blob.h"
#include "store_erase.h"
#include "store_heal.h"

#define DAY_MS ((uint64_t)86400000)

bool push_may_take(const struct record *record, const struct record *target, uint64_t now_ms)
{
	if (memcmp(record->author, target->author, RECORD_PID) != 0)
		return false;
	if (record->op == RECORD_UNSHARE)
		return target->class == RECORD_SHARED;
	if (record->class != target->class || record->audience != target->audience ||
	    (target->op != RECORD_CONTENT && target->op != RECORD_SHARE) || target->retain_day > now_ms / DAY_MS)
		return false;
	for (uint32_t i = 0; i < record->audience; i++)
		if (memcmp(record->wraps[i].pid, target->wraps[i].pid, RECORD_PID) != 0)
			return false;
	return true;
}

/* No wrap is left where a reader alone had given one back: its payload goes, too. */
static int put_fresh(struct store_batch *batch, const struct record *target, const struct buf *fresh)
{
	struct record left;
	bool any = false;
	int err = record_parse(fresh->data, fresh->len, &left);
	for (uint32_t i = 0; !err && i < left.audience; i++)
		any = any || left.wraps[i].present;
	if (err || any)
		return err ? err : store_replace_record(batch, target->rid, fresh->data, fresh->len);
	err = store_erase_record(batch, target->rid, fresh->data, fresh->len);
	return err ? err : store_blob_unname(batch, target->rid, target->blob, target->blobs);
}

static int take_wraps(struct store_batch *batch, const struct record *record, const uint8_t *rid)
{
	uint8_t lose[RECORD_AUDIENCE][RECORD_PID];
	struct buf old, fresh;
	struct record target;
	size_t n = 0;
	buf_init(&old, STORE_RECORD_MAX);
	buf_init(&fresh, STORE_RECORD_MAX);
	int err = store_batch_record_get(batch, rid, NULL, &old, NULL);
	if (!err)
		err = record_parse(old.data, old.len, &target);
	if (!err && !push_may_take(record, &target, 0))
		err = ERR_NOT_FOUND;
	for (uint32_t i = 0; !err && i < record->audience; i++) {
		const uint8_t *pid = record->wraps[i].pid;
		if (i == record->author_at || !record_wrap_for(&target, pid))
			continue;
		memcpy(lose[n++], pid, RECORD_PID);
		err = store_add_feed_event(batch, pid, FEED_TAKEN, rid);
	}
	if (!err)
		err = record_without_wraps(&target, (const uint8_t(*)[RECORD_PID])lose, n, &fresh);
	if (!err && n)
		err = put_fresh(batch, &target, &fresh);
	buf_wipe(&old);
	buf_wipe(&fresh);
	return err == ERR_NOT_FOUND ? 0 : err; /* what comes later will find that it was taken */
}

static int clear_answer(struct store_batch *batch, const uint8_t *rid)
{
	struct buf bytes;
	struct record target;
	buf_init(&bytes, STORE_RECORD_MAX);
	int err = store_batch_record_get(batch, rid, NULL, &bytes, NULL);
	if (!err)
		err = record_parse(bytes.data, bytes.len, &target);
	if (!err && target.answer_by)
		err = store_answer_clear(batch, target.answer_by, rid);
	buf_wipe(&bytes);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* What its author deleted leaves its stub; everybody who still could open it is told, the author included. */
static int erase(struct store_batch *batch, const struct record *record, const uint8_t *rid, uint64_t now_ms)
{
	struct buf old, stub;
	struct record target;
	buf_init(&old, STORE_RECORD_MAX);
	buf_init(&stub, STORE_RECORD_MAX);
	int err = store_batch_record_get(batch, rid, NULL, &old, NULL);
	if (!err)
		err = record_parse(old.data, old.len, &target);
	if (!err && !push_may_take(record, &target, now_ms))
		err = ERR_NOT_FOUND;
	if (!err)
		err = record_stub(&target, &stub);
	for (uint32_t i = 0; !err && i < target.audience; i++)
		if (target.wraps[i].present)
			err = store_add_feed_event(batch, target.wraps[i].pid, FEED_TAKEN, rid);
	if (!err && target.answer_by)
		err = store_answer_clear(batch, target.answer_by, rid);
	if (!err)
		err = store_erase_record(batch, rid, stub.data, stub.len);
	if (!err)
		err = store_blob_unname(batch, rid, target.blob, target.blobs);
	buf_wipe(&old);
	buf_wipe(&stub);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* What a record does to others, by op. */
int push_take_effect(struct store_batch *batch, const struct record *record, uint64_t now_ms)
{
	int err = store_gone_note(batch, record);
	for (uint32_t i = 0; !err && i < record->targets; i++) {
		if (record->op == RECORD_UNSHARE)
			err = take_wraps(batch, record, record->target[i]);
		else if (record->op == RECORD_TOMBSTONE)
			err = erase(batch, record, record->target[i], now_ms);
		else if (record->op == RECORD_ACKNOWLEDGE)
			err = clear_answer(batch, record->target[i]);
	}
	return err;
}
