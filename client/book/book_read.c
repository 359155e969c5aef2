/* book_read: the ledger's rows, opened: who wrote what, for whom, about which other rows. See book_internal.h. */
#include <stdlib.h>
#include <string.h>

#include "client/care/kinds.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/record.h"

#include "ledger.h"
#include "people.h"

#include "book_internal.h"

struct reading {
	struct vault_txn *txn;
	struct book *b;
};

static struct book_row *add_row(struct book *b)
{
	if (b->n_rows == b->room) {
		size_t room = b->room ? 2 * b->room : 256;
		struct book_row *more = realloc(b->rows, room * sizeof(*more));
		if (!more)
			return NULL;
		b->rows = more;
		b->room = room;
	}
	struct book_row *row = &b->rows[b->n_rows++];
	memset(row, 0, sizeof(*row));
	return row;
}

static int set_content(struct book_row *row, const uint8_t *bytes, size_t len)
{
	size_t thread_len;
	if (!len)
		return 0;
	int err = content_decode(bytes, len, &care_kinds, &row->content);
	if (err)
		return err;
	row->revision.content = row->content;
	row->has_item = true;
	memcpy(row->item, content_peek_head(row->content)->item, sizeof(row->item));
	const uint8_t *thread = content_bin(row->content, CONTENT_THREAD, &thread_len);
	if (thread && thread_len == sizeof(row->revision.thread))
		memcpy(row->revision.thread, thread, thread_len);
	return 0;
}

static void add_reader(const struct book *b, struct book_row *row, const uint8_t pid[16])
{
	const struct person *person = people_by_pid(b->people, pid);
	if (person && person != row->author)
		row->audience[row->n_audience++] = person;
}

static int set_targets(struct book_row *row, size_t n)
{
	if (!n)
		return 0;
	row->targets = malloc(n * sizeof(*row->targets));
	row->n_targets = row->targets ? (uint32_t)n : 0;
	return row->targets ? 0 : ERR_NOMEM;
}

static int fill_record(const struct reading *g, struct book_row *row, const struct ledger_record *r,
                       const struct record *record)
{
	struct book_revision *rev = &row->revision;
	row->author = people_by_pid(g->b->people, record->author);
	memcpy(rev->ref, r->rid, sizeof(rev->ref));
	memcpy(row->lid, r->lid, sizeof(row->lid));
	rev->waiting = r->state == LEDGER_WAITING;
	rev->withdrawn = r->state == LEDGER_WITHDRAWN;
	rev->record_class = record->class;
	rev->op = record->op;
	rev->answer_by_s = record->answer_by;
	rev->arrived = r->arrived;
	row->seen_ms = r->seen_ms;
	for (uint32_t i = 0; i < record->audience; i++)
		add_reader(g->b, row, record->wraps[i].pid);
	int err = set_targets(row, record->targets);
	for (uint32_t i = 0; !err && i < record->targets; i++)
		memcpy(row->targets[i], record->target[i], 32);
	if (!err && row->author && row->author->is_self && !rev->waiting) {
		err = ledger_receipt_time(g->txn, r->rid, &rev->stored_ms);
		if (err == ERR_NOT_FOUND) {
			rev->stored_ms = r->seen_ms;
			err = 0;
		}
	}
	return err ? err : set_content(row, r->content, r->content_len);
}

static int take_record(void *arg, const struct ledger_record *r)
{
	const struct reading *g = arg;
	struct record record;
	int err = record_parse(r->record, r->record_len, &record);
	struct book_row *row = err ? NULL : add_row(g->b);
	if (!row)
		return err ? err : ERR_NOMEM;
	if (r->arrived > g->b->newest)
		g->b->newest = r->arrived;
	return fill_record(g, row, r, &record);
}

static int take_pending(void *arg, const struct ledger_pending *p)
{
	const struct reading *g = arg;
	struct book_row *row = add_row(g->b);
	if (!row)
		return ERR_NOMEM;
	row->author = people_self(g->b->people);
	memcpy(row->revision.ref, p->lid, sizeof(row->revision.ref));
	memcpy(row->lid, p->lid, sizeof(row->lid));
	row->revision.pending = true;
	row->revision.record_class = p->record_class;
	row->revision.op = p->op;
	row->revision.answer_by_s = p->answer_by_s;
	row->revision.arrived = g->b->newest + p->seq; /* behind everything that was sealed */
	for (uint32_t i = 0; i < p->n_audience; i++)
		add_reader(g->b, row, p->audience[i]);
	int err = set_targets(row, p->n_targets);
	for (uint32_t i = 0; !err && i < p->n_targets; i++)
		memcpy(row->targets[i], p->targets[i], 32);
	err = err ? err : set_content(row, p->content, p->content_len);
	if (!err && row->content)
		row->seen_ms = content_peek_head(row->content)->made_ms;
	return err;
}

/* --- references --- */

static int by_ref(const void *a, const void *b)
{
	return memcmp(((const struct book_ref *)a)->ref, ((const struct book_ref *)b)->ref, 32);
}

static int index_refs(struct book *b)
{
	static const uint8_t none[32];
	b->refs = calloc(2 * b->n_rows + 1, sizeof(*b->refs));
	if (!b->refs)
		return ERR_NOMEM;
	for (size_t i = 0; i < b->n_rows; i++) {
		memcpy(b->refs[b->n_refs].ref, b->rows[i].revision.ref, 32);
		b->refs[b->n_refs++].row = i;
		if (b->rows[i].revision.pending || memcmp(b->rows[i].lid, none, 32) == 0)
			continue;
		memcpy(b->refs[b->n_refs].ref, b->rows[i].lid, 32);
		b->refs[b->n_refs++].row = i;
	}
	qsort(b->refs, b->n_refs, sizeof(*b->refs), by_ref);
	return 0;
}

struct book_row *book_find_row(const struct book *b, const uint8_t ref[32])
{
	struct book_ref key;
	memcpy(key.ref, ref, sizeof(key.ref));
	const struct book_ref *found = bsearch(&key, b->refs, b->n_refs, sizeof(*b->refs), by_ref);
	return found ? &b->rows[found->row] : NULL;
}

/* --- what was taken back --- */

static bool holds(const struct person *const *people, uint32_t n, const struct person *person)
{
	for (uint32_t i = 0; i < n; i++)
		if (people[i] == person)
			return true;
	return false;
}

/* An unshare says who loses which revisions, and which item they were of: a withdrawn row cannot say so itself. */
static void apply_unshare(const struct book *b, const struct book_row *unshare)
{
	size_t len;
	const uint8_t *item = unshare->content ? content_bin(unshare->content, CONTENT_UNSHARED_ITEM, &len) : NULL;
	for (uint32_t i = 0; i < unshare->n_targets; i++) {
		struct book_row *row = book_find_row(b, unshare->targets[i]);
		if (!row || row->author != unshare->author)
			continue;
		if (!row->has_item && item && len == sizeof(row->item)) {
			memcpy(row->item, item, sizeof(row->item));
			row->has_item = true;
		}
		for (uint32_t k = 0; k < unshare->n_audience; k++)
			if (holds(row->audience, row->n_audience, unshare->audience[k]) &&
			    !holds(row->lost, row->n_lost, unshare->audience[k]))
				row->lost[row->n_lost++] = unshare->audience[k];
	}
}

int book_read_rows(struct vault_txn *txn, struct book *b)
{
	struct reading g = {txn, b};
	int err = ledger_record_each(txn, take_record, &g);
	if (!err)
		err = ledger_pending_each(txn, take_pending, &g);
	if (!err)
		err = index_refs(b);
	for (size_t i = 0; !err && i < b->n_rows; i++)
		if (b->rows[i].revision.op == RECORD_UNSHARE)
			apply_unshare(b, &b->rows[i]);
	return err;
}
