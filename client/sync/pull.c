/* pull: see pull.h. */
#include <string.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "reader.h"
#include "rpc.h"

#include "pull.h"

#define PAGE_BYTES 900000

struct pulling {
	const struct pull_opts *o;
	struct reader *reader;
	struct vault_txn *txn;
	struct ledger_cursor cursor;
	struct pull_result *result;
	const struct ledger_cursor *floor; /* NULL when there is none any more */
	uint64_t end;                      /* of the feed, as the server signed it last */
};

/* Where we are; before the first pull, at the start of the feed of this life of the server. */
static int load_cursor(struct pulling *p)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(p->o->vault, false, &txn);
	if (!err)
		err = ledger_cursor_get(txn, &p->cursor);
	vault_abort(txn);
	if (err != ERR_NOT_FOUND)
		return err;
	memset(&p->cursor, 0, sizeof(p->cursor));
	memcpy(p->cursor.generation, rpc_hello(p->o->rpc)->generation, sizeof(p->cursor.generation));
	return feed_start(p->o->id->pid, p->cursor.generation, p->cursor.head);
}

static int ask(struct pulling *p, struct msg_pull_reply *page)
{
	struct msg_pull m = {p->cursor.generation, p->cursor.seq, p->cursor.head, PAGE_BYTES};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(p->o->rpc, &id);
	int err = rpc_call(p->o->rpc, msg_put_pull(out, id, &m), &reply);
	if (err == ERR_CURSOR)
		return ERR_ROLLBACK;
	return err ? err : msg_get_pull_reply(&reply->body, page);
}

static void tally(struct pulling *p, enum reader_outcome outcome, int why)
{
	struct pull_result *r = p->result;
	r->pulled += outcome == READER_NEW || outcome == READER_OWN;
	r->withdrawn += outcome == READER_WITHDRAWN;
	if (outcome == READER_ASIDE && !r->aside++)
		r->aside_err = why;
}

static int take_entry(struct pulling *p, const struct msg_pull_entry *entry)
{
	enum reader_outcome outcome;
	int why;
	if (entry->seq != p->cursor.seq + 1)
		return ERR_ROLLBACK;
	if (feed_step(p->cursor.head, entry->seq, (uint8_t)entry->event, entry->rid, p->cursor.head))
		return ERR_ROLLBACK;
	p->cursor.seq = entry->seq;
	if (p->floor && p->floor->seq == entry->seq && memcmp(p->floor->head, p->cursor.head, 32) != 0)
		return ERR_ROLLBACK;
	int err = reader_take(p->reader, p->txn, entry, &outcome, &why);
	if (err)
		return err;
	tally(p, outcome, why);
	struct record record;
	if ((outcome != READER_NEW && outcome != READER_ASIDE) ||
	    record_parse(entry->item.record.data, entry->item.record.len, &record))
		return 0;
	if (outcome == READER_NEW && p->o->arrived)
		p->o->arrived(p->o->arg, entry->rid, record.author);
	if (outcome == READER_ASIDE && why == ERR_STREAM && memcmp(record.did, p->o->id->did, 16) == 0)
		p->result->twin = true;
	return 0;
}

/* The signed end must be ours when there is no more, and not before us when there is. */
static int check_end(struct pulling *p, const struct msg_pull_reply *page)
{
	struct feed_statement end;
	int err = feed_statement_open(page->feed_head.data, page->feed_head.len, page->signature, p->o->log_public, &end);
	if (err)
		return err;
	if (memcmp(end.clinic, p->o->id->clinic, 32) != 0 || memcmp(end.pid, p->o->id->pid, 16) != 0 ||
	    memcmp(end.generation, p->cursor.generation, 16) != 0)
		return ERR_RECEIPT;
	p->end = end.seq;
	if (page->more)
		return end.seq > p->cursor.seq ? 0 : ERR_ROLLBACK;
	if (p->floor && p->floor->seq > p->cursor.seq)
		return ERR_ROLLBACK;
	return end.seq == p->cursor.seq && memcmp(end.head, p->cursor.head, 32) == 0 ? 0 : ERR_ROLLBACK;
}

static int take_page(struct pulling *p, struct msg_pull_reply *page)
{
	struct ledger_cursor before = p->cursor;
	struct pull_result so_far = *p->result;
	struct msg_pull_entry entry;
	int err = vault_begin(p->o->vault, true, &p->txn), next = 0;
	while (!err && !(next = msg_next_entry(page, &entry)))
		err = take_entry(p, &entry);
	if (!err && next != ERR_MORE)
		err = next;
	if (!err)
		err = check_end(p, page);
	if (!err && page->more && p->cursor.seq == before.seq)
		err = ERR_ROLLBACK;
	if (!err)
		err = ledger_cursor_put(p->txn, &p->cursor);
	if (err)
		vault_abort(p->txn);
	else
		err = vault_commit(p->txn);
	if (err)
		*p->result = so_far;
	return err;
}

/* A place in an earlier life of the server says nothing about this one, if an admin announced the new one. */
static int check_floor(struct pulling *p)
{
	const uint8_t *now = p->cursor.generation;
	p->floor = p->o->floor;
	if (!p->floor || memcmp(p->floor->generation, now, 16) == 0)
		return 0;
	if (!clinic_restored(fold_clinic(p->o->fold), p->floor->generation, now))
		return ERR_GENERATION;
	p->floor = NULL;
	return 0;
}

int pull_feed(const struct pull_opts *opts, struct pull_result *result)
{
	struct pulling p = {.o = opts, .result = result};
	struct msg_pull_reply page = {.more = true};
	memset(result, 0, sizeof(*result));
	int err = load_cursor(&p);
	if (!err && memcmp(p.cursor.generation, rpc_hello(opts->rpc)->generation, 16) != 0)
		err = ERR_GENERATION;
	if (!err)
		err = check_floor(&p);
	if (!err)
		err = reader_new(opts->id, opts->fold, &p.reader);
	for (size_t pages = 0; !err && page.more && !(opts->one_page && pages); pages++) {
		err = ask(&p, &page);
		if (!err)
			err = take_page(&p, &page);
		if (!err && opts->progress)
			opts->progress(opts->arg, p.cursor.seq, p.end);
	}
	reader_free(p.reader);
	return err;
}
