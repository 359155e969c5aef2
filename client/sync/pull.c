/* pull: see pull.h. */
#include <stdlib.h>
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

#include "promise.h"
#include "rpc.h"

#include "pull_internal.h"

#define PAGE_BYTES 900000

int pull_rids_add(struct pull_rids *r, const uint8_t rid[32])
{
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		uint8_t(*more)[32] = reallocarray(r->rows, room, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		r->rows = more;
		r->room = room;
	}
	memcpy(r->rows[r->n++], rid, 32);
	return 0;
}

bool pull_rids_have(const struct pull_rids *r, const uint8_t rid[32])
{
	for (size_t i = 0; i < r->n; i++)
		if (memcmp(r->rows[i], rid, 32) == 0)
			return true;
	return false;
}

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
	return err ? err : rpc_answer(msg_get_pull_reply(&reply->body, page));
}

int pull_tally(void *arg, const struct msg_pull_entry *entry, enum reader_outcome outcome, int why)
{
	struct pulling *p = arg;
	struct record record;
	p->result->pulled += outcome == READER_NEW || outcome == READER_OWN;
	p->result->withdrawn += outcome == READER_WITHDRAWN;
	if (outcome == READER_ASIDE && !p->result->aside++)
		p->result->aside_err = why;
	if (outcome == READER_WAITS)
		return pull_rids_have(&p->waiting, entry->rid) ? 0 : pull_rids_add(&p->waiting, entry->rid);
	if (outcome == READER_NEW && p->o->arrived &&
	    !record_parse(entry->item.record.data, entry->item.record.len, &record))
		p->o->arrived(p->o->arg, entry->rid, record.author);
	return 0;
}

static int take_entry(struct pulling *p, const struct msg_pull_entry *entry)
{
	enum reader_outcome outcome;
	int why;
	struct ledger_cursor next = p->cursor;
	if (entry->seq != p->cursor.seq + 1)
		return ERR_ROLLBACK;
	if (feed_step(p->cursor.head, entry->seq, (uint8_t)entry->event, entry->rid, next.head))
		return ERR_ROLLBACK;
	next.seq = entry->seq;
	if (p->floor && p->floor->seq == entry->seq && memcmp(p->floor->head, next.head, 32) != 0)
		return ERR_ROLLBACK;
	int err = promise_pass(p->txn, &next, entry->rid);
	if (!err)
		err = reader_take(p->reader, p->txn, entry, &outcome, &why);
	if (!err)
		err = pull_tally(p, entry, outcome, why);
	if (!err)
		p->cursor = next;
	return err;
}

/* The signed end must be ours when there is no more, and not before us when there is. */
static int check_end(struct pulling *p, const struct msg_pull_reply *page)
{
	struct feed_statement end;
	int err = rpc_statement(
	    feed_statement_open(page->feed_head.data, page->feed_head.len, page->signature, p->log_public, &end));
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
	if (end.seq != p->cursor.seq || memcmp(end.head, p->cursor.head, 32) != 0)
		return ERR_ROLLBACK;
	return promise_end(p->txn, &p->cursor);
}

/* Up to an entry for which there is no room: what came before it stays. */
static int take_entries(struct pulling *p, struct msg_pull_reply *page, bool *full)
{
	struct msg_pull_entry entry;
	int err = 0, next = 0;
	uint64_t from = p->cursor.seq;
	while (!err && !(next = msg_next_entry(page, &entry)))
		err = take_entry(p, &entry);
	*full = err == ERR_ASIDE_FULL;
	if (*full)
		return 0;
	if (!err && next != ERR_MORE)
		err = rpc_answer(next);
	if (!err)
		err = check_end(p, page);
	return !err && page->more && p->cursor.seq == from ? ERR_ROLLBACK : err;
}

static int take_page(struct pulling *p, struct msg_pull_reply *page)
{
	struct pull_result so_far = *p->result;
	size_t waiting = p->waiting.n;
	bool full = false;
	int err = vault_begin(p->o->vault, true, &p->txn);
	if (!err)
		err = take_entries(p, page, &full);
	if (!err)
		err = ledger_cursor_put(p->txn, &p->cursor);
	if (err)
		vault_abort(p->txn);
	else
		err = vault_commit(p->txn);
	p->txn = NULL;
	if (err) {
		*p->result = so_far;
		p->waiting.n = waiting;
	}
	return !err && full ? ERR_ASIDE_FULL : err;
}

/* An entry for which there was no room is asked for again once something that was kept aside has passed. */
static int pull_page(struct pulling *p, struct msg_pull_reply *page)
{
	uint64_t from = p->cursor.seq;
	int err = ask(p, page);
	if (!err)
		err = take_page(p, page);
	bool full = err == ERR_ASIDE_FULL;
	if (!err || full)
		err = pull_mend(p);
	if (!err && full && p->cursor.seq == from)
		return ERR_ASIDE_FULL;
	page->more = page->more || full;
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
	struct pulling p = {.o = opts, .result = result, .fold = opts->fold};
	struct msg_pull_reply page = {.more = true};
	memset(result, 0, sizeof(*result));
	memcpy(p.log_public, opts->log_public, sizeof(p.log_public));
	int err = load_cursor(&p);
	if (!err && memcmp(p.cursor.generation, rpc_hello(opts->rpc)->generation, 16) != 0)
		err = ERR_GENERATION;
	if (!err)
		err = check_floor(&p);
	if (!err)
		err = reader_new(opts->id, opts->fold, &p.reader);
	if (!err)
		err = pull_mend_begin(&p);
	while (!err && page.more) {
		err = pull_page(&p, &page);
		if (!err && opts->progress)
			opts->progress(opts->arg, p.cursor.seq, p.end);
	}
	int counted = pull_mend_end(&p);
	if (p.reader)
		result->gone = *reader_gone(p.reader);
	reader_free(p.reader);
	free(p.waiting.rows);
	free(p.asked.rows);
	return err ? err : counted;
}
