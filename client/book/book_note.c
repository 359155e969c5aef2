/* book_note: what was said about revisions: who has them and lost them, receipts, acknowledgements, comments; see
 * book_internal.h. Each is believed only from somebody who could say it. */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "book_internal.h"

enum state { DELIVERED = 1, OPENED = 2 };

static struct book_access *access_of(const struct book_node *node, const struct person *person)
{
	for (size_t i = 0; i < node->revision.n_access; i++)
		if (node->access[i].person == person)
			return &node->access[i];
	return NULL;
}

/* --- taken back, deleted --- */

/* Where a revision belongs whose words are gone. */
static void place(struct book_node *node, const uint8_t *item, size_t len, uint32_t kind)
{
	if (node->placed || !item || len != sizeof(node->id))
		return;
	node->kind = kind;
	memcpy(node->id, item, sizeof(node->id));
	node->placed = true;
}

static void unshare(struct book *b, const struct book_note *note, const uint8_t target[32])
{
	struct book_node *node = book_graph_find(b, target);
	size_t len;
	const uint8_t *item = content_bin(note->content, CONTENT_UNSHARED_ITEM, &len);
	if (!node || node->author != note->author)
		return;
	for (uint32_t i = 0; i < note->n_audience; i++) {
		struct book_access *access = access_of(node, note->audience[i]);
		if (access)
			access->withdrawn = true;
	}
	/* nothing else can be shared, so nothing else is taken back */
	place(node, item, len, CONTENT_JOURNAL);
}

/* What is written here is out of sight from the moment its deletion is; what others wrote when the words are gone,
 * which sync/taken.h decides. */
static void erase(struct book *b, const struct book_note *note, const uint8_t target[32])
{
	struct book_node *node = book_graph_find(b, target);
	size_t len;
	const uint8_t *item = content_bin(note->content, CONTENT_DELETED_ITEM, &len);
	if (!node || node->author != note->author || (node->content && !note->author->is_self))
		return;
	node->deleted_ms = content_peek_head(note->content)->made_ms;
	node->revision.deleted = node->revision.withdrawn = true;
	node->revision.content = NULL;
	for (size_t i = 0; i < node->revision.n_access; i++)
		node->access[i].withdrawn = true;
	place(node, item, len, (uint32_t)content_u64(note->content, CONTENT_DELETED_KIND, 0));
}

void book_note_taken(struct book *b)
{
	for (size_t i = 0; i < b->n_notes; i++)
		for (uint32_t k = 0; k < b->notes[i].n_targets; k++) {
			if (b->notes[i].op == RECORD_UNSHARE)
				unshare(b, &b->notes[i], b->notes[i].targets[k]);
			if (b->notes[i].op == RECORD_TOMBSTONE)
				erase(b, &b->notes[i], b->notes[i].targets[k]);
		}
}

/* --- readers --- */

static struct book_reader *reader_of(struct book_full *full, const struct person *person)
{
	for (size_t i = 0; i < full->item.n_readers; i++)
		if (full->readers[i].person == person)
			return &full->readers[i];
	return NULL;
}

/* Somebody who lost every revision they had is withdrawn; `since` counts from what they can still read, if anything. */
static int add_reader(struct book_full *full, const struct book_access *access, uint64_t given_ms)
{
	struct book_reader *reader = reader_of(full, access->person);
	if (!reader) {
		if (!book_grow(&full->readers, full->item.n_readers, &full->room_readers, sizeof(*full->readers)))
			return ERR_NOMEM;
		reader = &full->readers[full->item.n_readers++];
		*reader = (struct book_reader){.person = access->person, .since_ms = given_ms, .withdrawn = access->withdrawn};
	} else if (reader->withdrawn && !access->withdrawn) {
		reader->withdrawn = false;
		reader->since_ms = given_ms;
	}
	full->item.readers = full->readers;
	return 0;
}

static int set_readers(struct book *b, struct book_full *full)
{
	int err = 0;
	for (uint32_t i = 0; i < full->n; i++) {
		const struct book_node *node = &b->nodes[b->sorted[full->first + i]];
		uint64_t given_ms = node->content ? content_peek_head(node->content)->made_ms : node->seen_ms;
		for (size_t k = 0; !err && k < node->revision.n_access; k++)
			err = add_reader(full, &node->access[k], given_ms);
	}
	return err;
}

/* --- receipts --- */

static void note_time(uint64_t *first, uint64_t ms)
{
	if (!*first || ms < *first)
		*first = ms;
}

static void receipt(struct book *b, const struct book_note *note, const uint8_t target[32])
{
	const struct book_node *node = book_graph_find(b, target);
	uint64_t at_ms = content_peek_head(note->content)->made_ms, state = content_u64(note->content, CONTENT_STATE, 0);
	if (!node || node->item == BOOK_NONE || !access_of(node, note->author))
		return;
	struct book_full *full = &b->items[node->item];
	struct book_reader *reader = reader_of(full, note->author);
	if (state == DELIVERED || state == OPENED)
		note_time(&reader->delivered_ms, at_ms);
	if (state == OPENED)
		note_time(&reader->opened_ms, at_ms);
	if (state == OPENED && note->author->is_self && node->final == book_head(&full->item))
		full->item.opened_here = true;
}

/* --- acknowledgements --- */

static int acknowledge(struct book *b, const struct book_note *note, const uint8_t target[32])
{
	const struct book_node *node = book_graph_find(b, target);
	if (!node || node->item == BOOK_NONE || !access_of(node, note->author))
		return 0;
	struct book_full *full = &b->items[node->item];
	if (!book_grow(&full->acks, full->item.n_acks, &full->room_acks, sizeof(*full->acks)))
		return ERR_NOMEM;
	full->acks[full->item.n_acks++] =
	    (struct book_ack){note->author, node->final, content_peek_head(note->content)->made_ms, note->text};
	full->item.acks = full->acks;
	return 0;
}

/* --- comments --- */

static int add_comment(struct book *b, struct book_full *comment)
{
	const struct content *content = book_head(&comment->item)->content;
	uint8_t author[16], id[16];
	struct mp_doc *doc;
	struct mp_cur on;
	int err = content ? content_open(content, CONTENT_ON_ITEM, &doc, &on) : ERR_NOT_FOUND;
	if (err)
		return err == ERR_NOMEM ? err : 0;
	mp_fixed(&on, author, sizeof(author));
	mp_fixed(&on, id, sizeof(id));
	err = mp_done(&on);
	mp_close(doc);
	const struct book_item *item = err ? NULL : book_by_id(b, author, id);
	if (!item || item == &comment->item)
		return 0;
	struct book_full *full = &b->items[(const struct book_full *)(const void *)item - b->items];
	if (!book_grow(&full->comments, full->item.n_comments, &full->room_comments, sizeof(struct book_item *)))
		return ERR_NOMEM;
	full->comments[full->item.n_comments++] = &comment->item;
	full->item.comments = full->comments;
	comment->item.on = item;
	return 0;
}

int book_note_apply(struct book *b)
{
	int err = 0;
	for (size_t i = 0; !err && i < b->n_items; i++) {
		err = set_readers(b, &b->items[i]);
		if (!err && b->items[i].item.kind == CONTENT_COMMENT)
			err = add_comment(b, &b->items[i]);
	}
	for (size_t i = 0; !err && i < b->n_notes; i++)
		for (uint32_t k = 0; !err && k < b->notes[i].n_targets; k++) {
			if (b->notes[i].op == RECORD_RECEIPT)
				receipt(b, &b->notes[i], b->notes[i].targets[k]);
			if (b->notes[i].op == RECORD_ACKNOWLEDGE)
				err = acknowledge(b, &b->notes[i], b->notes[i].targets[k]);
		}
	return err;
}
