/* req_pull: pull and fetch: records go out, each with the asker's own wrap only. */
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "req.h"
#include "roster.h"
#include "store.h"

#define ROWS_A_READ 256
/* What one answer holds at most beside its first entry, so that a frame has room for it. */
#define FETCH_BYTES ((size_t)900 << 10)

/* One record as the asker is to be served it. */
struct served {
	struct buf stored, record, payload;
};

static void served_init(struct served *s)
{
	buf_init(&s->stored, STORE_RECORD_MAX);
	buf_init(&s->record, STORE_RECORD_MAX);
	buf_init(&s->payload, STORE_PAYLOAD_MAX);
}

static void served_wipe(struct served *s)
{
	buf_wipe(&s->stored);
	buf_wipe(&s->record);
	buf_wipe(&s->payload);
}

/* Fills in *item for this person. The payload goes only to who has a wrap. ERR_NOT_FOUND also when they are not in the
 * audience. */
static int serve(struct req *r, const uint8_t rid[32], struct served *s, struct msg_item *item)
{
	const uint8_t *pid = req_who(r)->pid;
	struct record record;
	memset(item, 0, sizeof(*item));
	buf_reset(&s->stored);
	buf_reset(&s->record);
	buf_reset(&s->payload);
	int err = store_record_get(req_env(r)->store, rid, NULL, &s->stored, &s->payload);
	if (!err)
		err = record_parse(s->stored.data, s->stored.len, &record);
	if (!err && !record_audience_has(&record, pid, NULL))
		err = ERR_NOT_FOUND;
	if (!err)
		err = record_for_reader(&record, pid, &s->record);
	if (err)
		return err;
	item->record = (struct msg_bytes){s->record.data, s->record.len};
	if (record_wrap_for(&record, pid))
		item->payload = (struct msg_bytes){s->payload.data, s->payload.len};
	return 0;
}

static size_t item_size(const struct msg_item *item)
{
	return item->record.len + item->payload.len + 64;
}

/* Adds rows up to `end` until the asked-for bytes are reached; the first always. *more: there was another. */
static int add_rows(struct req *r, const struct msg_pull *m, uint64_t end, struct msg_list *list, bool *more)
{
	struct store_feed_row rows[ROWS_A_READ];
	struct served s;
	uint64_t seq = m->seq;
	size_t bytes = 0, n = 0;
	int err = 0;
	served_init(&s);
	*more = false;
	do {
		err = store_feed_read(req_env(r)->store, req_who(r)->pid, seq, ROWS_A_READ, rows, &n);
		for (size_t i = 0; !err && !*more && i < n && rows[i].seq <= end; i++) {
			struct msg_pull_entry entry = {.seq = rows[i].seq, .event = rows[i].event, .rid = rows[i].rid};
			if (rows[i].event == FEED_RECORD)
				err = serve(r, rows[i].rid, &s, &entry.item);
			size_t size = item_size(&entry.item);
			*more = !err && (list->count >= MSG_PULL_ENTRIES || (bytes && bytes + size > m->bytes));
			if (!err && !*more)
				err = msg_add_pull_entry(list, &entry);
			bytes += size;
			seq = rows[i].seq;
		}
	} while (!err && !*more && seq < end && n == ROWS_A_READ);
	served_wipe(&s);
	return err;
}

static int check_cursor(struct req *r, const struct msg_pull *m)
{
	uint8_t generation[STORE_ID], head[STORE_HASH];
	store_generation(req_env(r)->store, generation);
	if (memcmp(generation, m->generation, STORE_ID) != 0)
		return ERR_GENERATION;
	int err = store_feed_head_at(req_env(r)->store, req_who(r)->pid, m->seq, head);
	if (err == ERR_NOT_FOUND || (!err && memcmp(head, m->head, STORE_HASH) != 0))
		return ERR_CURSOR;
	return err;
}

/* The signed end of the feed as it is now. */
static int sign_end(struct req *r, const struct msg_pull *m, uint64_t *end, struct buf *statement, uint8_t sig[64])
{
	const struct req_env *env = req_env(r);
	uint8_t head[STORE_HASH];
	struct feed_statement s = {.clinic = clinic_id(roster_clinic(env->roster)),
	                           .generation = m->generation,
	                           .pid = req_who(r)->pid,
	                           .head = head,
	                           .time_ms = env->now_ms()};
	int err = store_feed_head(env->store, s.pid, &s.seq, head);
	*end = s.seq;
	return err ? err : feed_statement_sign(&s, env->log_key, statement, sig);
}

/* The end is read first: what a commit adds while the rows are read belongs to the next page. */
void req_pull(struct req *r, const struct msg_pull *m)
{
	struct msg_list list;
	struct msg_pull_reply tail = {0};
	struct buf statement;
	uint8_t sig[64];
	uint64_t end;
	int err = check_cursor(r, m);
	if (err) {
		req_fail(r, err);
		return;
	}
	buf_init(&statement, 0);
	err = sign_end(r, m, &end, &statement, sig);
	msg_begin_pull_reply(&list, req_out(r), req_id(r));
	if (!err)
		err = add_rows(r, m, end, &list, &tail.more);
	tail.feed_head = (struct msg_bytes){statement.data, statement.len};
	tail.signature = sig;
	if (err)
		req_fail(r, err);
	else
		req_reply(r, msg_end_pull_reply(&list, &tail));
	buf_wipe(&statement);
}

void req_fetch(struct req *r, const struct msg_fetch *m)
{
	struct msg_list list;
	struct served s;
	size_t bytes = 0;
	int err = 0;
	served_init(&s);
	msg_begin_fetch_reply(&list, req_out(r), req_id(r));
	for (uint32_t i = 0; !err && i < m->n; i++) {
		struct msg_item item;
		err = serve(r, m->rids[i], &s, &item);
		if (err == ERR_NOT_FOUND)
			err = 0;
		bytes += item_size(&item);
		if (i && bytes > FETCH_BYTES)
			break;
		if (!err)
			err = msg_add_fetch_item(&list, &item);
	}
	if (err)
		req_fail(r, err);
	else
		req_reply(r, msg_end_fetch_reply(&list));
	served_wipe(&s);
}
