/* seal_back: the way back from the outbox to pending; see seal.h. What is taken back is sealed anew later, under new
 * rids, so nothing may go on pointing to the old ones: references become lids again, and the streams are counted
 * again from the records that stay. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/record.h"
#include "proto/stream.h"

#include "refs.h"
#include "seal.h"

#include "seal_internal.h"

#define DAY_S 86400

bool seal_keeps_words(uint8_t record_class, uint8_t op)
{
	return record_class != RECORD_CONTROL && (op == RECORD_CONTENT || op == RECORD_SHARE);
}

void seal_make_private(struct ledger_pending *p)
{
	p->record_class = RECORD_PRIVATE;
	p->op = RECORD_CONTENT;
	p->n_audience = p->n_targets = 0;
	p->retain_days = 0;
	p->answer_by_s = 0;
}

/* One row on its way back, or a pending row that must stay behind it. */
struct row {
	struct ledger_pending pending;
	uint8_t rid[32]; /* zero when it was pending all along */
	uint64_t outbox_seq;
	struct buf content;
};

struct reader_stream {
	uint8_t pid[16];
	struct stream stream;
};

struct back {
	const struct identity *id;
	struct vault_txn *txn;
	struct row *rows;
	size_t n, room;
	struct reader_stream *streams;
	size_t n_streams, room_streams;
};

static struct row *add_row(struct back *b)
{
	if (b->n == b->room) {
		size_t room = b->room ? 2 * b->room : 64;
		struct row *more = realloc(b->rows, room * sizeof(*more));
		if (!more)
			return NULL;
		b->rows = more;
		b->room = room;
	}
	struct row *row = &b->rows[b->n++];
	memset(row, 0, sizeof(*row));
	buf_init(&row->content, 0);
	return row;
}

static int note_outgoing(void *arg, const struct ledger_outgoing *o)
{
	struct back *b = arg;
	struct ledger_record r;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(b->txn, o->rid, &hold, &r);
	buf_wipe(&hold);
	if (err || r.state == LEDGER_STORED) /* the server has shown that it has it: only the receipt is missing */
		return err;
	struct row *row = add_row(b);
	if (!row)
		return ERR_NOMEM;
	memcpy(row->rid, o->rid, sizeof(row->rid));
	row->outbox_seq = o->seq;
	return 0;
}

static int note_pending(void *arg, const struct ledger_pending *p)
{
	struct row *row = add_row(arg);
	if (!row)
		return ERR_NOMEM;
	row->pending = *p;
	return buf_put(&row->content, p->content, p->content_len);
}

/* A sealed record says everything that its pending row said. */
static int unseal(struct back *b, struct row *row)
{
	struct ledger_pending *p = &row->pending;
	struct ledger_record r;
	struct record record;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(b->txn, row->rid, &hold, &r);
	if (!err)
		err = record_parse(r.record, r.record_len, &record);
	if (err)
		goto out;
	memcpy(p->lid, r.lid, sizeof(p->lid));
	p->record_class = record.class;
	p->op = record.op;
	p->answer_by_s = record.answer_by;
	uint64_t today = (uint64_t)time(NULL) / DAY_S;
	p->retain_days = record.retain_day > today ? (uint32_t)(record.retain_day - today) : 0;
	for (uint32_t i = 0; i < record.audience; i++)
		if (i != record.author_at)
			memcpy(p->audience[p->n_audience++], record.wraps[i].pid, 16);
	for (uint32_t i = 0; i < record.targets; i++)
		memcpy(p->targets[p->n_targets++], record.target[i], 32);
	err = buf_put(&row->content, r.content, r.content_len);
out:
	buf_wipe(&hold);
	return err;
}

/* rid -> lid, for those that go back. */
static int back_to_lid(void *arg, uint8_t ref[32])
{
	const struct back *b = arg;
	static const uint8_t none[32];
	for (size_t i = 0; i < b->n; i++)
		if (memcmp(b->rows[i].rid, ref, 32) == 0 && memcmp(b->rows[i].rid, none, 32) != 0) {
			memcpy(ref, b->rows[i].pending.lid, 32);
			break;
		}
	return 0;
}

static int put_back(struct back *b, struct row *row)
{
	static const uint8_t none[32];
	struct buf content;
	bool sealed = memcmp(row->rid, none, sizeof(none)) != 0;
	buf_init(&content, 0);
	int err = refs_replace(row->content.data, row->content.len, back_to_lid, b, &content);
	for (uint32_t i = 0; !err && i < row->pending.n_targets; i++)
		err = back_to_lid(b, row->pending.targets[i]);
	if (!err && sealed)
		err = ledger_outbox_remove(b->txn, row->outbox_seq);
	if (!err && sealed)
		err = ledger_record_remove(b->txn, row->rid);
	if (!err && sealed)
		err = ledger_sealed_remove(b->txn, row->pending.lid);
	if (!err && !sealed)
		err = ledger_pending_remove(b->txn, row->pending.seq);
	row->pending.content = content.data;
	row->pending.content_len = content.len;
	if (!err)
		err = ledger_pending_add(b->txn, &row->pending);
	buf_wipe(&content);
	return err;
}

/* The server would never take it: words become a private entry, the rest is dropped. */
static int refuse(struct back *b, struct row *row, struct seal_result *result)
{
	bool words = seal_keeps_words(row->pending.record_class, row->pending.op);
	if (words && row->pending.record_class == RECORD_PRIVATE) /* there is nobody left to take out */
		return put_back(b, row);
	if (words) {
		seal_make_private(&row->pending);
		result->kept_private++;
		return put_back(b, row);
	}
	result->dropped++;
	int err = ledger_outbox_remove(b->txn, row->outbox_seq);
	if (!err)
		err = ledger_record_remove(b->txn, row->rid);
	return err ? err : ledger_sealed_remove(b->txn, row->pending.lid);
}

/* --- streams --- */

static struct stream *stream_of(struct back *b, const uint8_t *pid)
{
	for (size_t i = 0; i < b->n_streams; i++)
		if (memcmp(b->streams[i].pid, pid, 16) == 0)
			return &b->streams[i].stream;
	if (b->n_streams == b->room_streams) {
		size_t room = b->room_streams ? 2 * b->room_streams : 32;
		struct reader_stream *more = realloc(b->streams, room * sizeof(*more));
		if (!more)
			return NULL;
		b->streams = more;
		b->room_streams = room;
	}
	struct reader_stream *s = &b->streams[b->n_streams++];
	memset(s, 0, sizeof(*s));
	memcpy(s->pid, pid, sizeof(s->pid));
	return &s->stream;
}

static bool goes_back(const struct back *b, const uint8_t *rid)
{
	for (size_t i = 0; i < b->n; i++)
		if (memcmp(b->rows[i].rid, rid, 32) == 0)
			return true;
	return false;
}

static int count(void *arg, const struct ledger_record *r)
{
	struct back *b = arg;
	struct record record;
	int err = record_parse(r->record, r->record_len, &record);
	if (err || memcmp(record.did, b->id->did, 16) != 0)
		return err;
	for (uint32_t i = 0; !err && i < record.audience; i++) {
		struct stream *s = stream_of(b, record.wraps[i].pid);
		if (!s)
			return ERR_NOMEM;
		if (!goes_back(b, r->rid))
			err = stream_add(s, r->rid);
	}
	return err;
}

static int rewind_streams(struct back *b)
{
	int err = ledger_record_each(b->txn, count, b);
	for (size_t i = 0; !err && i < b->n_streams; i++)
		err = ledger_stream_out_put(b->txn, b->streams[i].pid, &b->streams[i].stream);
	return err;
}

int seal_take_back(struct vault *vault, const struct identity *id, const uint8_t refused_rid[32],
                   struct seal_result *result)
{
	struct back b = {.id = id};
	size_t n_out;
	int err = vault_begin(vault, true, &b.txn);
	if (!err)
		err = ledger_outbox_each(b.txn, note_outgoing, &b);
	n_out = b.n;
	if (!err)
		err = ledger_pending_each(b.txn, note_pending, &b);
	for (size_t i = 0; !err && i < n_out; i++)
		err = unseal(&b, &b.rows[i]);
	if (!err)
		err = rewind_streams(&b);
	for (size_t i = 0; !err && i < b.n; i++)
		err = i < n_out && memcmp(b.rows[i].rid, refused_rid, 32) == 0 ? refuse(&b, &b.rows[i], result)
		                                                               : put_back(&b, &b.rows[i]);
	if (err)
		vault_abort(b.txn);
	else
		err = vault_commit(b.txn);
	for (size_t i = 0; i < b.n; i++)
		buf_wipe(&b.rows[i].content);
	free(b.rows);
	free(b.streams);
	return err;
}

bool seal_deletes(struct vault *vault, const uint8_t rid[32])
{
	struct vault_txn *txn = NULL;
	struct ledger_record row;
	struct record record;
	struct buf hold;
	buf_init(&hold, 0);
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = ledger_record_get(txn, rid, &hold, &row);
	if (!err)
		err = record_parse(row.record, row.record_len, &record);
	vault_abort(txn);
	buf_wipe(&hold);
	return !err && record.op == RECORD_TOMBSTONE;
}
