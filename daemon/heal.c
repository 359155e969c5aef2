/* heal: see the header. */
#include "heal.h"

#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/msg.h"
#include "proto/record.h"

#include "push.h"
#include "store.h"
#include "store_batch.h"
#include "store_blob.h"
#include "store_heal.h"

/* What is left of a given record without what its author took, and who was taken from. */
struct left {
	struct buf bytes;
	struct record record;
	bool gone[RECORD_AUDIENCE];
	bool any; /* a wrap */
};

/* The record that took it may be another than its author could have meant: it was kept before this one was here. */
static int was_taken(struct store_batch *b, const struct heal_item *item, const uint8_t *pid, bool *taken)
{
	const struct record *r = item->record;
	struct store_gone gone = {.rid = r->rid, .pid = pid, .author = r->author};
	uint8_t by[STORE_HASH];
	struct record taker;
	struct buf bytes;
	*taken = false;
	int err = store_batch_gone_get(b, &gone, by);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	buf_init(&bytes, STORE_RECORD_MAX);
	err = store_batch_record_get(b, by, NULL, &bytes, NULL);
	if (!err)
		err = record_parse(bytes.data, bytes.len, &taker);
	*taken = !err && push_may_take(&taker, r, item->now_ms);
	buf_wipe(&bytes);
	return err;
}

static int make_left(struct store_batch *b, const struct heal_item *item, struct left *l)
{
	const struct record *r = item->record;
	uint8_t lose[RECORD_AUDIENCE][RECORD_PID];
	size_t n = 0;
	bool deleted;
	int err = was_taken(b, item, NULL, &deleted);
	for (uint32_t i = 0; !err && i < r->audience; i++) {
		l->gone[i] = deleted;
		if (!deleted && i != r->author_at)
			err = was_taken(b, item, r->wraps[i].pid, &l->gone[i]);
		if (l->gone[i])
			memcpy(lose[n++], r->wraps[i].pid, RECORD_PID);
	}
	if (!err)
		err = deleted ? record_stub(r, &l->bytes)
		              : record_without_wraps(r, (const uint8_t(*)[RECORD_PID])lose, n, &l->bytes);
	if (!err)
		err = record_parse(l->bytes.data, l->bytes.len, &l->record);
	for (uint32_t i = 0; !err && i < l->record.audience; i++)
		l->any = l->any || l->record.wraps[i].present;
	return err;
}

/* In whose feed the record has its place as it is now. */
static bool has_place(const struct heal_item *item, const struct left *l, uint32_t i)
{
	return l->record.wraps[i].present || l->gone[i] || memcmp(item->giver, item->record->author, RECORD_PID) == 0;
}

/* What an unshare or a tombstone is about comes before it in every feed. */
static int bring_targets(struct store_batch *b, const struct record *r)
{
	int err = 0;
	if (!push_takes_away(r))
		return 0;
	for (uint32_t i = 0; !err && i < r->targets; i++) {
		uint8_t author[STORE_ID];
		err = store_batch_record_get(b, r->target[i], author, NULL, NULL);
		if (err == ERR_NOT_FOUND || (!err && memcmp(author, r->author, STORE_ID) != 0)) {
			err = 0;
			continue;
		}
		for (uint32_t k = 0; !err && k < r->audience; k++)
			err = store_heal_arrive(b, r->target[i], r->wraps[k].pid, NULL);
	}
	return err;
}

static int put_new(struct store_batch *b, const struct heal_item *item, const struct left *l)
{
	const struct record *r = item->record;
	uint8_t audience[RECORD_AUDIENCE][STORE_ID];
	bool awaited[RECORD_AUDIENCE];
	struct store_place place;
	for (uint32_t i = 0; i < r->audience; i++) {
		memcpy(audience[i], r->wraps[i].pid, STORE_ID);
		awaited[i] = !has_place(item, l, i);
	}
	struct store_record row = {.rid = r->rid,
	                           .author = r->author,
	                           .record = l->bytes.data,
	                           .record_len = l->bytes.len,
	                           .payload = item->payload->data,
	                           .payload_len = l->any ? item->payload->len : 0,
	                           .audience = (const uint8_t(*)[STORE_ID])audience,
	                           .audience_n = r->audience,
	                           .answer_by_s = l->any ? r->answer_by : 0,
	                           .reserve = push_takes_away(r),
	                           .awaited = awaited};
	int err = l->any ? store_blob_may_name(b, r->blob, r->blobs) : 0;
	if (!err)
		err = bring_targets(b, r);
	if (!err)
		err = store_put_record(b, &row, &place);
	if (!err && l->any)
		err = store_blob_name(b, r->rid, r->blob, r->blobs);
	return err ? err : push_take_effect(b, r, item->now_ms);
}

/* `stored` gets what it lacks. */
static int add(struct store_batch *b, const struct heal_item *item, const struct left *l, const struct record *stored)
{
	const struct record *r = item->record;
	bool had = false, more = false;
	struct buf both;
	int err = 0;
	for (uint32_t i = 0; i < stored->audience; i++) {
		had = had || stored->wraps[i].present;
		more = more || (l->record.wraps[i].present && !stored->wraps[i].present);
	}
	buf_init(&both, STORE_RECORD_MAX);
	if (more)
		err = record_with_wraps(stored, &l->record, &both);
	if (!err && more && had)
		err = store_replace_record(b, r->rid, both.data, both.len);
	if (!err && more && !had) {
		struct store_healed healed = {r->rid, both.data, item->payload->data, both.len, item->payload->len};
		err = store_blob_may_name(b, r->blob, r->blobs);
		if (!err)
			err = store_heal_complete(b, &healed);
		if (!err)
			err = store_blob_name(b, r->rid, r->blob, r->blobs);
	}
	for (uint32_t i = 0; !err && i < r->audience; i++)
		if (has_place(item, l, i))
			err = store_heal_arrive(b, r->rid, r->wraps[i].pid, NULL);
	buf_wipe(&both);
	return err;
}

int heal_store(struct store_batch *b, const struct heal_item *item, bool *changed)
{
	struct left l = {.any = false};
	struct record stored;
	struct buf bytes;
	uint64_t before = store_batch_writes(b);
	buf_init(&l.bytes, STORE_RECORD_MAX);
	buf_init(&bytes, STORE_RECORD_MAX);
	int err = make_left(b, item, &l);
	if (!err)
		err = store_batch_record_get(b, item->record->rid, NULL, &bytes, NULL);
	if (!err)
		err = record_parse(bytes.data, bytes.len, &stored);
	if (!err)
		err = add(b, item, &l, &stored);
	else if (err == ERR_NOT_FOUND)
		err = put_new(b, item, &l);
	if (changed)
		*changed = !err && store_batch_writes(b) != before;
	buf_wipe(&l.bytes);
	buf_wipe(&bytes);
	return err;
}
