/* book: loading, freeing, and the questions that commands ask; see book.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "people.h"

#include "book_internal.h"

int book_load(struct vault_txn *txn, const struct people *people, bool assign, struct book **out)
{
	*out = NULL;
	struct book *b = calloc(1, sizeof(*b));
	if (!b)
		return ERR_NOMEM;
	b->people = people;
	int err = book_read_rows(txn, b);
	if (!err)
		err = book_build_items(txn, b, assign);
	if (err)
		book_free(b);
	else
		*out = b;
	return err;
}

static void item_free(const struct book_item *item)
{
	for (size_t i = 0; i < item->n_acks; i++)
		buf_free_bytes((uint8_t *)(uintptr_t)item->acks[i].note, strlen(item->acks[i].note));
	free((void *)(uintptr_t)item->acks);
	free((void *)(uintptr_t)item->revisions);
	free((void *)(uintptr_t)item->heads);
	free((void *)(uintptr_t)item->readers);
	free((void *)(uintptr_t)item->comments);
}

void book_free(struct book *b)
{
	if (!b)
		return;
	for (size_t i = 0; b->items && i < b->n_items; i++)
		item_free(&b->items[i]);
	for (size_t i = 0; i < b->n_rows; i++) {
		content_free(b->rows[i].content);
		free(b->rows[i].targets);
	}
	free(b->items);
	free(b->by_id);
	free(b->of_row);
	free(b->refs);
	free(b->rows);
	free(b);
}

int book_each(const struct book *b, uint32_t kind, const struct person *author, book_visit *visit, void *arg)
{
	int result = 0;
	for (size_t i = 0; !result && i < b->n_items; i++)
		if (b->items[i].kind == kind && (!author || b->items[i].author == author))
			result = visit(arg, &b->items[i]);
	return result;
}

const struct book_item *book_by_number(const struct book *b, const struct person *author, uint32_t kind,
                                       uint32_t number)
{
	for (size_t i = 0; number && i < b->n_items; i++)
		if (b->items[i].kind == kind && b->items[i].number == number && (!author || b->items[i].author == author))
			return &b->items[i];
	return NULL;
}

const struct book_item *book_by_id(const struct book *b, const uint8_t author_pid[16], const uint8_t item[16])
{
	size_t low = 0, high = b->n_items;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct book_item *at = b->by_id[middle];
		int c = memcmp(at->author->pid, author_pid, 16);
		c = c ? c : memcmp(at->id, item, 16);
		if (!c)
			return at;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct book_item *book_by_ref(const struct book *b, const uint8_t ref[32])
{
	const struct book_row *row = book_find_row(b, ref);
	return row ? b->of_row[row - b->rows] : NULL;
}

uint64_t book_newest(const struct book *b)
{
	return b->newest;
}

const struct book_revision *book_head(const struct book_item *item)
{
	const struct book_revision *head = NULL;
	for (size_t i = 0; i < item->n_heads; i++)
		if (!head || item->heads[i]->arrived > head->arrived)
			head = item->heads[i];
	/* revisions that name each other in a circle have no head: the one that came last stands for them */
	return head ? head : &item->revisions[item->n_revisions - 1];
}

bool book_is_shared(const struct book_item *item)
{
	return book_current_readers(item, NULL, 0) > 0;
}

size_t book_current_readers(const struct book_item *item, const struct person **out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < item->n_readers; i++)
		if (!item->readers[i].withdrawn) {
			if (n < max)
				out[n] = item->readers[i].person;
			n++;
		}
	return n;
}

enum book_progress book_progress(const struct book_item *item, const struct person *reader, uint64_t *at_ms)
{
	const struct book_revision *head = book_head(item);
	*at_ms = 0;
	for (size_t i = 0; i < item->n_acks; i++)
		if (item->acks[i].person == reader) {
			*at_ms = item->acks[i].at_ms;
			return BOOK_ACKNOWLEDGED;
		}
	for (size_t i = 0; i < item->n_readers; i++) {
		if (item->readers[i].person != reader)
			continue;
		if (item->readers[i].opened_ms) {
			*at_ms = item->readers[i].opened_ms;
			return BOOK_OPENED;
		}
		if (item->readers[i].delivered_ms) {
			*at_ms = item->readers[i].delivered_ms;
			return BOOK_DELIVERED;
		}
	}
	*at_ms = head->stored_ms;
	return head->pending || head->waiting ? BOOK_WRITTEN : BOOK_ON_SERVER;
}
