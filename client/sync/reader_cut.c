/* reader_cut: the word of a person about how far the records of their removed device count; see reader_internal.h. */
#include <stdlib.h>
#include <string.h>

#include "client/book/fold.h"
#include "client/care/kinds.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"

#include "reader_internal.h"

/* A record of the device that is beyond. */
struct beyond {
	uint8_t rid[32];
	uint64_t seq;
};

struct looking {
	const struct reader *r;
	const uint8_t *did;
	uint64_t from; /* the first place that is beyond */
	struct beyond *rows;
	size_t n, room;
	struct stream last; /* the last that is not */
};

static int place_of(const struct reader *r, const struct record *record, uint64_t *seq)
{
	struct record_opened *opened = crypto_secret_new(sizeof(*opened));
	if (!opened)
		return ERR_NOMEM;
	int err = reader_open_wrap(r, record, opened);
	*seq = opened->seq;
	crypto_secret_free(opened, sizeof(*opened));
	return err;
}

static int look(void *arg, const struct ledger_record *row)
{
	struct looking *l = arg;
	struct record record;
	uint64_t seq;
	int err = record_parse(row->record, row->record_len, &record);
	if (err || row->content_len == 0 || memcmp(record.did, l->did, RECORD_DID) != 0)
		return err;
	err = place_of(l->r, &record, &seq);
	if (err)
		return err == ERR_OPEN || err == ERR_NOT_FOUND ? 0 : err;
	if (seq < l->from) {
		if (seq > l->last.seq) {
			l->last.seq = seq;
			memcpy(l->last.rid, row->rid, 32);
		}
		return 0;
	}
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct beyond *more = reallocarray(l->rows, room, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		l->rows = more;
		l->room = room;
	}
	l->rows[l->n].seq = seq;
	memcpy(l->rows[l->n++].rid, row->rid, 32);
	return 0;
}

/* The payload is made again where its salt is known, so that the record can come back as it was. */
static int rebuild(const struct reader *r, const struct ledger_record *row, const struct record *record,
                   struct buf *payload)
{
	struct record_opened *opened = crypto_secret_new(sizeof(*opened));
	if (!opened)
		return ERR_NOMEM;
	struct record_again again = {opened->content_key, row->salt, row->content, row->content_len};
	int err = reader_open_wrap(r, record, opened);
	if (!err)
		err = record_rebuild_payload(record, &again, payload);
	crypto_secret_free(opened, sizeof(*opened));
	return err == ERR_OPEN || err == ERR_HASH ? 0 : err;
}

/* Did a person see it? */
static bool is_shown(const struct ledger_record *row, const struct record *record)
{
	struct content *c = NULL;
	if (record->class == RECORD_CONTROL || content_decode(row->content, row->content_len, &care_kinds, &c))
		return false;
	uint32_t kind = content_peek_head(c)->kind;
	content_free(c);
	return kinds_is_written(kind);
}

/* Out of view, among those kept aside. */
static int put_away(struct reader_taking *t, const uint8_t rid[32])
{
	struct ledger_aside aside = {.err = ERR_BEYOND, .at_ms = reader_now_ms(), .waits = true};
	struct ledger_record row;
	struct record record;
	struct buf hold, payload;
	buf_init(&hold, 0);
	buf_init(&payload, 0);
	int err = ledger_record_get(t->txn, rid, &hold, &row);
	if (!err)
		err = record_parse(row.record, row.record_len, &record);
	if (!err && row.has_salt)
		err = rebuild(t->r, &row, &record, &payload);
	if (err)
		goto out;
	memcpy(aside.rid, rid, sizeof(aside.rid));
	if (!payload.len)
		memcpy(aside.wants, rid, sizeof(aside.wants));
	aside.record = row.record;
	aside.record_len = row.record_len;
	aside.payload = payload.data;
	aside.payload_len = payload.len;
	err = ledger_aside_move(t->txn, &aside);
	if (!err)
		err = ledger_record_remove(t->txn, rid);
	if (!err)
		gone_add(&t->r->gone, record.author, record.did, is_shown(&row, &record));
out:
	buf_wipe(&payload);
	buf_wipe(&hold);
	return err;
}

static int by_seq(const void *a, const void *b)
{
	const struct beyond *x = a, *y = b;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* What was read before the word came. */
static int apply(struct reader_taking *t, const uint8_t did[16], const struct stream *cut)
{
	struct stream now;
	int err = ledger_stream_in_get(t->txn, did, &now);
	if (err || now.seq < cut->seq || (now.seq == cut->seq && memcmp(now.rid, cut->rid, 32) == 0))
		return err;
	/* if another record stands at the end, that one is beyond as well */
	struct looking l = {.r = t->r, .did = did, .from = cut->seq + 1};
	struct ledger_record row;
	struct buf hold;
	buf_init(&hold, 0);
	if (cut->seq && ledger_record_get(t->txn, cut->rid, &hold, &row) == ERR_NOT_FOUND)
		l.from = cut->seq;
	buf_wipe(&hold);
	err = ledger_record_each(t->txn, look, &l);
	qsort(l.rows, l.n, sizeof(*l.rows), by_seq);
	for (size_t i = 0; !err && i < l.n; i++)
		err = put_away(t, l.rows[i].rid);
	if (!err)
		err = ledger_stream_in_put(t->txn, did, l.from > cut->seq ? cut : &l.last);
	free(l.rows);
	return err;
}

/* About what the device wrote to us: the audience is its person and we, or its person alone if it is we. */
static bool concerns_us(const struct reader_taking *t)
{
	return t->record.audience == (t->own ? 1U : 2U);
}

int reader_cut_take(struct reader_taking *t)
{
	const struct keychain *person = fold_keychain_by_pid(t->r->fold, t->record.author);
	struct stream cut = {.seq = content_u64(t->decoded, CONTENT_LAST_SEQ, 0)};
	size_t did_len, rid_len;
	const uint8_t *did = content_bin(t->decoded, CONTENT_ENDED_DEVICE, &did_len);
	const uint8_t *rid = content_bin(t->decoded, CONTENT_LAST_RID, &rid_len);
	uint64_t at;
	if (!did || did_len != 16 || !rid || rid_len != 32 || !concerns_us(t))
		return 0;
	/* said by another device of the same person, one that knew of the removal */
	const struct keychain_device *device = person ? keychain_find_device(person, did) : NULL;
	if (!device || device->active || device->paper || memcmp(did, t->record.did, 16) == 0 ||
	    !keychain_seq_of(person, t->record.chain_head, &at) || at < device->revoked_seq)
		return 0;
	memcpy(cut.rid, rid, sizeof(cut.rid));
	int err = ledger_cut_put(t->txn, did, &cut);
	t->r->needs.again = true;
	return err ? err : apply(t, did, &cut);
}
