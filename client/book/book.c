/* book: reading the ledger in one pass, and answering. Rows are read in book_read.c, put together in book_graph.c and
 * book_note.c. */
#include <stdlib.h>
#include <string.h>

#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "ledger.h"

#include "book_internal.h"

bool book_grow(void *array, size_t n, size_t *room, size_t size)
{
	void *old, *more;
	if (n < *room)
		return true;
	size_t want = *room ? 2 * *room : 4;
	memcpy(&old, array, sizeof(old));
	more = reallocarray(old, want, size);
	if (!more)
		return false;
	memcpy(array, &more, sizeof(more));
	*room = want;
	return true;
}

/* --- loading --- */

/* Rows of numbers: one for each author of entries, one for all messages. Other things have none. */
static int set_number(struct vault_txn *txn, struct book_item *item, bool assign)
{
	uint8_t row[16] = {0}, id[32];
	const struct care_kind *care = kinds_care(item->kind);
	if (item->kind != CONTENT_JOURNAL && item->kind != CONTENT_MESSAGE && !(care && care->letter))
		return 0;
	if (care)
		row[0] = (uint8_t)care->letter;
	if (item->kind == CONTENT_JOURNAL)
		memcpy(row, item->author->root, sizeof(row));
	memcpy(id, item->author->root, 16);
	memcpy(id + 16, item->id, 16);
	int err = ledger_number(txn, row, id, assign, &item->number);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int set_opened(struct vault_txn *txn, struct book_item *item)
{
	struct buf value;
	if (item->opened_here || item->author->is_self) {
		item->opened_here = true;
		return 0;
	}
	buf_init(&value, 0);
	int err = ledger_fact_get(txn, "opened", book_head(item)->ref, 32, &value);
	item->opened_here = !err;
	buf_wipe(&value);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* When the server confirmed one's own records: by its receipt, or by giving them back. */
static int set_stored(struct vault_txn *txn, struct book *b)
{
	int err = 0;
	for (size_t i = 0; !err && i < b->n; i++) {
		struct book_revision *r = b->nodes[i].final;
		if (!r || r->pending || !b->nodes[i].author->is_self)
			continue;
		err = ledger_receipt_time(txn, r->ref, &r->stored_ms);
		if (err == ERR_NOT_FOUND) {
			r->stored_ms = r->waiting ? 0 : b->nodes[i].seen_ms;
			err = 0;
		}
	}
	return err;
}

static int read_all(struct vault_txn *txn, struct book *b)
{
	int err = ledger_record_each(txn, book_read_record, b);
	if (!err)
		err = ledger_pending_each(txn, book_read_pending, b);
	if (!err)
		err = book_graph_index(b);
	if (!err)
		book_note_taken(b);
	if (!err)
		err = book_graph_build(b);
	if (!err)
		err = book_note_apply(b);
	if (!err)
		book_bin_apply(b);
	return err;
}

int book_load(struct vault_txn *txn, const struct people *people, bool assign, struct book **out)
{
	*out = NULL;
	struct book *b = calloc(1, sizeof(*b));
	if (!b)
		return ERR_NOMEM;
	b->people = people;
	int err = read_all(txn, b);
	if (!err)
		err = set_stored(txn, b);
	for (size_t i = 0; !err && i < b->n_items; i++) {
		err = set_number(txn, &b->items[i].item, assign);
		if (!err)
			err = set_opened(txn, &b->items[i].item);
	}
	if (err)
		book_free(b);
	else
		*out = b;
	return err;
}

static void free_note(struct book_note *note)
{
	content_free(note->content);
	if (note->text)
		buf_free_bytes((uint8_t *)note->text, strlen(note->text));
	free(note->audience);
	free(note->targets);
}

void book_free(struct book *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++) {
		content_free(b->nodes[i].content);
		free(b->nodes[i].access);
	}
	for (size_t i = 0; i < b->n_notes; i++)
		free_note(&b->notes[i]);
	for (size_t i = 0; i < b->n_items; i++) {
		free(b->items[i].readers);
		free(b->items[i].acks);
		free(b->items[i].comments);
	}
	while (b->strangers) {
		struct book_stranger *next = b->strangers->next;
		free(b->strangers);
		b->strangers = next;
	}
	free(b->nodes);
	free(b->notes);
	free(b->refs);
	free(b->sorted);
	free(b->items);
	free(b->by_id);
	free(b->revisions);
	free(b->heads);
	free(b);
}

/* --- finding --- */

static bool is_wanted(const struct book_item *item, uint32_t kind, const struct person *author)
{
	return item->kind == kind && (!author || item->author == author);
}

static bool is_hidden(const struct book_item *item)
{
	return item->author->is_self && (item->deleted || item->bin_until_ms);
}

int book_each(const struct book *b, uint32_t kind, const struct person *author, book_visit *visit, void *arg)
{
	int err = 0;
	for (size_t i = 0; !err && i < b->n_items; i++)
		if (is_wanted(&b->items[i].item, kind, author) && !is_hidden(&b->items[i].item))
			err = visit(arg, &b->items[i].item);
	return err;
}

int book_each_in_bin(const struct book *b, book_visit *visit, void *arg)
{
	int err = 0;
	for (size_t i = 0; !err && i < b->n_items; i++)
		if (b->items[i].item.bin_until_ms)
			err = visit(arg, &b->items[i].item);
	return err;
}

const struct book_item *book_by_number(const struct book *b, const struct person *author, uint32_t kind,
                                       uint32_t number)
{
	for (size_t i = 0; number && i < b->n_items; i++)
		if (b->items[i].item.number == number && is_wanted(&b->items[i].item, kind, author))
			return &b->items[i].item;
	return NULL;
}

/* The first whose author and id are not below these. */
const struct book_item *book_by_id(const struct book *b, const uint8_t author_pid[16], const uint8_t item[16])
{
	const struct person *author = people_by_pid(b->people, author_pid);
	size_t low = 0, high = b->n_items;
	if (author)
		author_pid = author->pid;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct book_item *at = &b->by_id[middle]->item;
		int order = memcmp(at->author->pid, author_pid, sizeof(at->author->pid));
		if (!order)
			order = memcmp(at->id, item, sizeof(at->id));
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	const struct book_item *found = low < b->n_items ? &b->by_id[low]->item : NULL;
	return found && memcmp(found->author->pid, author_pid, 16) == 0 && memcmp(found->id, item, 16) == 0 ? found : NULL;
}

const struct book_item *book_by_ref(const struct book *b, const uint8_t ref[32])
{
	const struct book_node *node = book_graph_find(b, ref);
	return node && node->item != BOOK_NONE ? &b->items[node->item].item : NULL;
}

const struct book_revision *book_revision_by_ref(const struct book *b, const uint8_t ref[32])
{
	const struct book_node *node = book_graph_find(b, ref);
	return node ? node->final : NULL;
}

uint64_t book_newest(const struct book *b)
{
	return b->newest;
}

/* --- asking --- */

const struct book_revision *book_head(const struct book_item *item)
{
	return item->heads[item->n_heads - 1];
}

const struct person *book_giver(const struct book_item *item, bool head)
{
	for (size_t i = 0; i < item->n_revisions; i++)
		if (item->revisions[i].given_by && (!head || !item->revisions[i].superseded))
			return item->revisions[i].given_by;
	return NULL;
}

bool book_is_shared(const struct book_item *item)
{
	return book_current_readers(item, NULL, 0) > 0;
}

static bool is_among_earlier(const struct book_item *item, size_t head, size_t access)
{
	const struct person *person = item->heads[head]->access[access].person;
	for (size_t i = 0; i <= head; i++)
		for (size_t k = 0; k < (i == head ? access : item->heads[i]->n_access); k++)
			if (item->heads[i]->access[k].person == person && !item->heads[i]->access[k].withdrawn)
				return true;
	return false;
}

size_t book_current_readers(const struct book_item *item, const struct person **out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < item->n_heads; i++)
		for (size_t k = 0; k < item->heads[i]->n_access; k++) {
			if (item->heads[i]->access[k].withdrawn || is_among_earlier(item, i, k))
				continue;
			if (n < max)
				out[n] = item->heads[i]->access[k].person;
			n++;
		}
	return n;
}

enum book_progress book_progress(const struct book_item *item, const struct person *reader, uint64_t *at_ms)
{
	const struct book_revision *head = book_head(item);
	const struct book_reader *r = NULL;
	for (size_t i = 0; i < item->n_acks; i++)
		if (item->acks[i].person == reader) {
			*at_ms = item->acks[i].at_ms;
			return BOOK_ACKNOWLEDGED;
		}
	for (size_t i = 0; i < item->n_readers && !r; i++)
		if (item->readers[i].person == reader)
			r = &item->readers[i];
	*at_ms = r ? r->opened_ms : 0;
	if (*at_ms)
		return BOOK_OPENED;
	*at_ms = r ? r->delivered_ms : 0;
	if (*at_ms)
		return BOOK_DELIVERED;
	*at_ms = head->stored_ms;
	if (!head->pending && !head->waiting)
		return BOOK_ON_SERVER;
	*at_ms = head->content ? content_peek_head(head->content)->made_ms : 0;
	return BOOK_WRITTEN;
}
