/* stream_ends: see stream_ends.h. */
#include <stdlib.h>
#include <string.h>

#include "client/book/ledger.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/device.h"
#include "proto/err.h"
#include "proto/record.h"

#include "stream_ends.h"

#define ROW (16 + 16 + 8 + 32)

struct counting {
	struct vault_txn *txn;
	const uint8_t *did;
	const struct device_public *pub;
	struct stream_ends *ends;
};

static struct stream_end *end_of(struct stream_ends *ends, const uint8_t did[16], const uint8_t pid[16])
{
	for (size_t i = 0; i < ends->n; i++)
		if (memcmp(ends->rows[i].did, did, 16) == 0 && memcmp(ends->rows[i].pid, pid, 16) == 0)
			return &ends->rows[i];
	if (ends->n == ends->room) {
		size_t room = ends->room ? 2 * ends->room : 32;
		struct stream_end *more = realloc(ends->rows, room * sizeof(*more));
		if (!more)
			return NULL;
		ends->rows = more;
		ends->room = room;
	}
	struct stream_end *end = &ends->rows[ends->n++];
	memset(end, 0, sizeof(*end));
	memcpy(end->did, did, 16);
	memcpy(end->pid, pid, 16);
	return end;
}

static int count(struct counting *c, const struct record *r)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < r->audience; i++) {
		struct stream_end *end = end_of(c->ends, c->did, r->wraps[i].pid);
		err = end ? stream_add(&end->last, r->rid) : ERR_NOMEM;
	}
	return err;
}

static int count_record(void *arg, const struct ledger_record *row)
{
	struct counting *c = arg;
	struct record r;
	int err = record_parse(row->record, row->record_len, &r);
	return err || memcmp(r.did, c->did, 16) != 0 ? err : count(c, &r);
}

/* Others may have taken what this device could not: it counts if the device did sign it. */
static int count_aside(void *arg, const struct ledger_aside *row)
{
	struct counting *c = arg;
	struct ledger_record taken;
	struct record r;
	struct buf hold;
	if (record_parse(row->record, row->record_len, &r) || memcmp(r.did, c->did, 16) != 0 ||
	    record_verify(&r, c->pub->sign))
		return 0;
	buf_init(&hold, 0);
	int err = ledger_record_get(c->txn, r.rid, &hold, &taken);
	buf_wipe(&hold);
	return err == ERR_NOT_FOUND ? count(c, &r) : err;
}

int stream_ends_count(struct vault_txn *txn, const uint8_t did[16], const struct device_public *pub,
                      struct stream_ends *ends)
{
	struct counting c = {txn, did, pub, ends};
	int err = ledger_record_each(txn, count_record, &c);
	return err ? err : ledger_aside_each(txn, count_aside, &c);
}

int stream_ends_add_none(struct stream_ends *ends, const uint8_t did[16], const uint8_t pid[16])
{
	return end_of(ends, did, pid) ? 0 : ERR_NOMEM;
}

void stream_ends_free(struct stream_ends *ends)
{
	free(ends->rows);
	memset(ends, 0, sizeof(*ends));
}

int stream_ends_put(const struct stream_ends *ends, struct buf *out)
{
	for (size_t i = 0; i < ends->n; i++) {
		const struct stream_end *end = &ends->rows[i];
		buf_put(out, end->did, 16);
		buf_put(out, end->pid, 16);
		buf_put_u64(out, end->last.seq);
		buf_put(out, end->last.rid, 32);
	}
	return buf_err(out);
}

int stream_ends_get(const uint8_t *bytes, size_t len, struct stream_ends *ends)
{
	if (len % ROW)
		return ERR_CORRUPT;
	for (size_t at = 0; at < len; at += ROW) {
		struct stream_end *end = end_of(ends, bytes + at, bytes + at + 16);
		if (!end)
			return ERR_NOMEM;
		end->last.seq = 0;
		for (size_t i = 0; i < 8; i++)
			end->last.seq = end->last.seq << 8 | bytes[at + 32 + i];
		memcpy(end->last.rid, bytes + at + 40, 32);
	}
	return 0;
}
