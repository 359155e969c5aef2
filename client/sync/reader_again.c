/* reader_again: what was kept aside, tried again; see reader.h. */
#include <stdlib.h>
#include <string.h>

#include "client/vault.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"

#include "reader_internal.h"

#define PASSES 64 /* each ends with something done; a longer chain goes on next time */

struct candidate {
	uint64_t feed_seq, seq;
	uint8_t rid[32];
};

struct candidates {
	struct vault_txn *txn;
	struct candidate *rows;
	size_t n, room;
};

static int note(void *arg, const struct ledger_aside *a)
{
	struct candidates *c = arg;
	if (!reader_may_pass(a) || !ledger_aside_has(c->txn, a->rid))
		return 0;
	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct candidate *more = reallocarray(c->rows, room, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		c->rows = more;
		c->room = room;
	}
	c->rows[c->n].feed_seq = a->feed_seq;
	c->rows[c->n].seq = a->seq;
	memcpy(c->rows[c->n++].rid, a->rid, 32);
	return 0;
}

static int in_order(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->feed_seq != y->feed_seq)
		return x->feed_seq < y->feed_seq ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

struct telling {
	reader_visit *visit;
	void *arg;
	bool moved;
};

static int try(struct reader *r, struct vault_txn *txn, const uint8_t rid[32], struct telling *tell)
{
	struct ledger_aside a;
	struct buf hold;
	enum reader_outcome outcome = READER_NOTHING;
	int why = 0;
	buf_init(&hold, 0);
	int err = ledger_aside_get(txn, rid, &hold, &a);
	if (!err) {
		struct msg_pull_entry entry = {.seq = a.feed_seq, .event = FEED_RECORD, .rid = a.rid};
		entry.item.record = (struct msg_bytes){a.record, a.record_len};
		entry.item.payload = (struct msg_bytes){a.payload, a.payload_len};
		err = reader_take(r, txn, &entry, &outcome, &why);
		tell->moved = tell->moved || (outcome != READER_NOTHING && outcome != READER_ASIDE && outcome != READER_WAITS);
		if (!err && outcome != READER_NOTHING)
			err = tell->visit(tell->arg, &entry, outcome, why);
	}
	buf_wipe(&hold);
	return err == ERR_NOT_FOUND ? 0 : err; /* went while others were tried */
}

int reader_again(struct reader *r, struct vault_txn *txn, reader_visit *visit, void *arg)
{
	struct telling tell = {.visit = visit, .arg = arg, .moved = true};
	int err = ledger_aside_index(txn);
	r->needs.again = false;
	for (unsigned passes = 0; !err && tell.moved && passes < PASSES; passes++) {
		struct candidates c = {.txn = txn};
		tell.moved = false;
		err = ledger_aside_each(txn, note, &c);
		if (c.n)
			qsort(c.rows, c.n, sizeof(*c.rows), in_order);
		r->n_stalled = 0; /* those that still wait say so */
		for (size_t i = 0; !err && i < c.n; i++)
			err = try(r, txn, c.rows[i].rid, &tell);
		free(c.rows);
	}
	r->needs.again = false;
	return err;
}
