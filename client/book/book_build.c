/* book_build: items out of rows: revisions in order, versions, readers, comments, what became of messages. See
 * book_internal.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "ledger.h"
#include "people.h"

#include "book_internal.h"

#define DELIVERED 1
#define OPENED 2

static bool is_revision(const struct book_row *row)
{
	if (!row->has_item || !row->author || (row->revision.op != RECORD_CONTENT && row->revision.op != RECORD_SHARE))
		return false;
	uint32_t kind = row->content ? content_peek_head(row->content)->kind : CONTENT_JOURNAL;
	return kind != CONTENT_PROFILE;
}

/* --- grouping --- */

static int by_item(const void *a, const void *b)
{
	const struct book_row *x = *(const struct book_row *const *)a, *y = *(const struct book_row *const *)b;
	int c = memcmp(x->author->pid, y->author->pid, 16);
	if (!c)
		c = memcmp(x->item, y->item, 16);
	if (!c)
		c = x->revision.arrived < y->revision.arrived ? -1 : x->revision.arrived > y->revision.arrived;
	return c;
}

static bool same_item(const struct book_row *x, const struct book_row *y)
{
	return x->author == y->author && memcmp(x->item, y->item, 16) == 0;
}

/* Whether `row` names a row as its parent that is at hand and not yet placed. */
static bool waits(const struct book *b, const struct book_row *row, struct book_row *const *left, size_t n)
{
	const struct content_head *head = row->content ? content_peek_head(row->content) : NULL;
	for (uint32_t i = 0; head && i < head->n_parents; i++) {
		const struct book_row *parent = book_find_row(b, head->parents[i]);
		for (size_t k = 0; parent && k < n; k++)
			if (left[k] == parent && parent != row)
				return true;
	}
	return false;
}

/* Parents before children, else in order of arrival. Rows that wait for each other in a circle stay as they came. */
static void order(const struct book *b, struct book_row **rows, size_t n)
{
	for (size_t done = 0; done < n; done++) {
		size_t next = done;
		while (next < n && waits(b, rows[next], rows + done, n - done))
			next++;
		if (next == n)
			return;
		struct book_row *row = rows[next];
		memmove(rows + done + 1, rows + done, (next - done) * sizeof(*rows));
		rows[done] = row;
	}
}

static void mark_superseded(const struct book *b, struct book_row *const *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct content_head *head = rows[i]->content ? content_peek_head(rows[i]->content) : NULL;
		for (uint32_t k = 0; head && k < head->n_parents; k++) {
			struct book_row *parent = book_find_row(b, head->parents[k]);
			if (parent && parent != rows[i] && same_item(parent, rows[i]))
				parent->revision.superseded = true;
		}
	}
}

/* --- readers --- */

static struct book_reader *reader_of(struct book_item *item, const struct person *person)
{
	struct book_reader *readers = (struct book_reader *)(uintptr_t)item->readers;
	for (size_t i = 0; i < item->n_readers; i++)
		if (readers[i].person == person)
			return &readers[i];
	struct book_reader *more = realloc(readers, (item->n_readers + 1) * sizeof(*more));
	if (!more)
		return NULL;
	item->readers = more;
	more[item->n_readers] = (struct book_reader){.person = person, .withdrawn = true};
	return &more[item->n_readers++];
}

static bool lost_it(const struct book_row *row, const struct person *person)
{
	for (uint32_t i = 0; i < row->n_lost; i++)
		if (row->lost[i] == person)
			return true;
	return false;
}

/* Everybody who was ever given a revision; withdrawn unless they can read a current one. */
static int add_readers(struct book_item *item, const struct book_row *row)
{
	for (uint32_t i = 0; i < row->n_audience; i++) {
		struct book_reader *reader = reader_of(item, row->audience[i]);
		if (!reader)
			return ERR_NOMEM;
		if (!reader->since_ms || row->seen_ms < reader->since_ms)
			reader->since_ms = row->seen_ms;
		if (!row->revision.superseded && !row->revision.withdrawn && !lost_it(row, row->audience[i]))
			reader->withdrawn = false;
	}
	return 0;
}

/* --- one item --- */

static int fill_revisions(struct book_item *item, struct book_row **rows, size_t n)
{
	struct book_revision *revisions = calloc(n, sizeof(*revisions));
	const struct book_revision **heads = calloc(n, sizeof(*heads));
	int err = revisions && heads ? 0 : ERR_NOMEM;
	item->revisions = revisions;
	item->heads = heads;
	for (size_t i = 0; !err && i < n; i++) {
		revisions[i] = rows[i]->revision;
		if (!revisions[i].superseded)
			heads[item->n_heads++] = &revisions[i];
		err = add_readers(item, rows[i]);
	}
	item->n_revisions = n;
	return err;
}

/* What the item as a whole is, from the first revision that can be read. */
static void fill_head(struct book_item *item, struct book_row *const *rows, size_t n)
{
	item->author = rows[0]->author;
	memcpy(item->id, rows[0]->item, sizeof(item->id));
	item->kind = CONTENT_JOURNAL;
	item->at_ms = rows[0]->seen_ms;
	for (size_t i = 0; i < n; i++)
		if (rows[i]->content) {
			const struct content_head *head = content_peek_head(rows[i]->content);
			item->kind = head->kind;
			item->at_ms = head->at_ms;
			item->offset = head->offset;
			return;
		}
}

static int build_one(struct book *b, struct book_item *item, struct book_row **rows, size_t n)
{
	order(b, rows, n);
	mark_superseded(b, rows, n);
	fill_head(item, rows, n);
	return fill_revisions(item, rows, n);
}

static uint64_t first_arrival(const struct book_item *item)
{
	uint64_t first = UINT64_MAX;
	for (size_t i = 0; i < item->n_revisions; i++)
		first = item->revisions[i].arrived < first ? item->revisions[i].arrived : first;
	return first;
}

static int by_arrival(const void *a, const void *b)
{
	uint64_t x = first_arrival(a), y = first_arrival(b);
	return x < y ? -1 : x > y;
}

static int by_author_and_id(const void *a, const void *b)
{
	const struct book_item *x = *(const struct book_item *const *)a, *y = *(const struct book_item *const *)b;
	int c = memcmp(x->author->pid, y->author->pid, 16);
	return c ? c : memcmp(x->id, y->id, 16);
}

static int group(struct book *b)
{
	struct book_row **rows = calloc(b->n_rows + 1, sizeof(*rows));
	size_t n = 0;
	b->items = calloc(b->n_rows + 1, sizeof(*b->items));
	b->by_id = calloc(b->n_rows + 1, sizeof(*b->by_id));
	b->of_row = calloc(b->n_rows + 1, sizeof(*b->of_row));
	int err = rows && b->items && b->by_id && b->of_row ? 0 : ERR_NOMEM;
	for (size_t i = 0; !err && i < b->n_rows; i++)
		if (is_revision(&b->rows[i]))
			rows[n++] = &b->rows[i];
	if (!err)
		qsort(rows, n, sizeof(*rows), by_item);
	for (size_t from = 0, to; !err && from < n; from = to) {
		for (to = from + 1; to < n && same_item(rows[from], rows[to]); to++)
			;
		err = build_one(b, &b->items[b->n_items++], rows + from, to - from);
	}
	free(rows);
	if (err)
		return err;
	/* sorting moves the items, so what points to them is filled in afterwards */
	qsort(b->items, b->n_items, sizeof(*b->items), by_arrival);
	for (size_t i = 0; i < b->n_items; i++)
		b->by_id[i] = &b->items[i];
	qsort(b->by_id, b->n_items, sizeof(*b->by_id), by_author_and_id);
	for (size_t i = 0; i < b->n_rows; i++)
		b->of_row[i] = is_revision(&b->rows[i]) ? book_by_id(b, b->rows[i].author->pid, b->rows[i].item) : NULL;
	return 0;
}

/* --- what others say about items --- */

static struct book_item *item_of(const struct book *b, const uint8_t ref[32])
{
	const struct book_row *row = book_find_row(b, ref);
	return row ? (struct book_item *)(uintptr_t)b->of_row[row - b->rows] : NULL;
}

static void apply_receipt(const struct book *b, const struct book_row *receipt)
{
	uint64_t state = content_u64(receipt->content, CONTENT_STATE, 0);
	uint64_t at = content_peek_head(receipt->content)->made_ms;
	for (uint32_t i = 0; i < receipt->n_targets; i++) {
		struct book_item *item = item_of(b, receipt->targets[i]);
		if (!item || item->author == receipt->author)
			continue;
		item->opened_here = item->opened_here || (receipt->author->is_self && state == OPENED);
		for (size_t k = 0; k < item->n_readers; k++) {
			struct book_reader *reader = (struct book_reader *)(uintptr_t)&item->readers[k];
			if (reader->person != receipt->author)
				continue;
			if (state >= DELIVERED && !reader->delivered_ms)
				reader->delivered_ms = at;
			if (state == OPENED && !reader->opened_ms)
				reader->opened_ms = at;
		}
	}
}

static int apply_ack(const struct book *b, const struct book_row *row)
{
	struct book_item *item = row->n_targets == 1 ? item_of(b, row->targets[0]) : NULL;
	size_t len = 0;
	if (!item || item->author == row->author)
		return 0;
	struct book_ack *more = realloc((void *)(uintptr_t)item->acks, (item->n_acks + 1) * sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	item->acks = more;
	const char *text = content_str(row->content, CONTENT_BODY, &len);
	char *note = calloc(1, len + 1);
	if (!note)
		return ERR_NOMEM;
	if (text)
		memcpy(note, text, len);
	more[item->n_acks++] = (struct book_ack){row->author, content_peek_head(row->content)->made_ms, note};
	return 0;
}

static int attach_comment(const struct book *b, struct book_item *comment)
{
	struct mp_doc *doc = NULL;
	struct mp_cur on;
	uint8_t author[16], id[16];
	const struct content *c = book_head(comment)->content;
	if (!c || content_open(c, CONTENT_ON_ITEM, &doc, &on))
		return 0;
	mp_fixed(&on, author, sizeof(author));
	mp_fixed(&on, id, sizeof(id));
	bool good = !mp_err(&on);
	mp_close(doc);
	struct book_item *item = good ? (struct book_item *)(uintptr_t)book_by_id(b, author, id) : NULL;
	if (!item)
		return 0;
	const struct book_item **more = realloc((void *)(uintptr_t)item->comments, (item->n_comments + 1) * sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	more[item->n_comments++] = comment;
	item->comments = more;
	comment->on = item;
	return 0;
}

static int give_number(struct vault_txn *txn, struct book_item *item, bool assign)
{
	static const uint8_t messages[16];
	uint8_t key[32];
	if (item->kind != CONTENT_JOURNAL && item->kind != CONTENT_MESSAGE)
		return 0;
	memcpy(key, item->author->pid, 16);
	memcpy(key + 16, item->id, 16);
	int err =
	    ledger_number(txn, item->kind == CONTENT_MESSAGE ? messages : item->author->pid, key, assign, &item->number);
	return err == ERR_NOT_FOUND && !assign ? 0 : err;
}

int book_build_items(struct vault_txn *txn, struct book *b, bool assign)
{
	int err = group(b);
	for (size_t i = 0; !err && i < b->n_rows; i++) {
		const struct book_row *row = &b->rows[i];
		if (!row->content || !row->author)
			continue;
		if (row->revision.op == RECORD_RECEIPT)
			apply_receipt(b, row);
		else if (row->revision.op == RECORD_ACKNOWLEDGE)
			err = apply_ack(b, row);
	}
	for (size_t i = 0; !err && i < b->n_items; i++) {
		if (b->items[i].kind == CONTENT_COMMENT)
			err = attach_comment(b, &b->items[i]);
		if (!err)
			err = give_number(txn, &b->items[i], assign);
	}
	return err;
}
