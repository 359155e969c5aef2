/* book_internal: how a book is built: rows of the ledger become nodes (revisions) and notes (what was said about
 * revisions), nodes become items. What the files of book.h share; nobody else includes this. */
#ifndef KAP_CLIENT_BOOK_BOOK_INTERNAL_H
#define KAP_CLIENT_BOOK_BOOK_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/content.h"

#include "book.h"
#include "people.h"

struct ledger_pending;
struct ledger_record;

#define BOOK_NONE UINT32_MAX

/* One revision. */
struct book_node {
	struct book_revision revision; /* copied to its place in the item at the end */
	uint8_t lid[32];               /* zeroes unless it was written here and is sealed */
	struct content *content;
	struct book_access *access;
	const struct person *author;
	uint64_t seen_ms;
	uint64_t deleted_ms; /* by a tombstone; 0 none */
	bool placed;         /* kind and id are known: not always when it was taken back */
	uint32_t kind;
	uint8_t id[16];
	uint32_t parents[CONTENT_PARENTS], n_parents; /* nodes of the same item */
	uint32_t item;                                /* BOOK_NONE until there are items */
	struct book_revision *final;                  /* its place in the item */
	enum { BOOK_FRESH, BOOK_ENTERED, BOOK_DONE } mark;
};

/* A receipt, an acknowledgement, an unshare or a tombstone. */
struct book_note {
	uint8_t op;
	const struct person *author;
	const struct person **audience; /* without the author */
	uint32_t n_audience, n_targets;
	uint8_t (*targets)[32];
	struct content *content;
	char *text; /* the note of an acknowledgement */
};

/* Somebody in an audience whom the clinic's chain does not name. */
struct book_stranger {
	struct book_stranger *next;
	struct person person;
};

struct book_ref {
	uint8_t ref[32];
	uint32_t node;
};

struct book_full {
	struct book_item item; /* first: an item is found from it */
	uint32_t first, n;     /* its nodes, in book.sorted */
	uint64_t arrived;      /* when its first revision did */
	struct book_reader *readers;
	struct book_ack *acks;
	size_t room_readers, room_acks, room_comments;
	const struct book_item **comments;
};

struct book {
	const struct people *people;
	struct book_node *nodes; /* in order of arrival, pending ones last */
	size_t n, room;
	struct book_note *notes; /* in order of arrival */
	size_t n_notes, room_notes;
	struct book_stranger *strangers;
	struct book_ref *refs; /* ascending by ref */
	size_t n_refs;
	uint32_t *sorted; /* nodes by item, then arrival */
	size_t n_sorted;
	struct book_full *items; /* in order of first arrival */
	size_t n_items;
	const struct book_full **by_id; /* ascending by author, id, first arrival */
	struct book_revision *revisions;
	const struct book_revision **heads;
	uint64_t newest;
};

/* book_read.c: one row each; `b` is a struct book. */
int book_read_record(void *b, const struct ledger_record *r);
int book_read_pending(void *b, const struct ledger_pending *p);

/* book_graph.c */
/* Sorts nodes into items: order, heads, places to find them by. Unshares must have been applied. */
int book_graph_build(struct book *b);
int book_graph_index(struct book *b);
/* The node of a rid or lid, NULL. */
struct book_node *book_graph_find(const struct book *b, const uint8_t ref[32]);

/* book_note.c */
/* Who lost what, and what its author deleted; must come before the graph, because only these say which item a revision
 * without content belonged to. */
void book_note_taken(struct book *b);
/* Readers, receipts, acknowledgements, comments. */
int book_note_apply(struct book *b);

/* book_bin.c: what is in the bin, and what its authors deleted, once there are items and heads. */
void book_bin_apply(struct book *b);

/* Room for one more of `size` bytes. False without memory. */
bool book_grow(void *array, size_t n, size_t *room, size_t size);

#endif
