/* book_internal: what book_read.c, book_build.c and book.c share: rows as read from the ledger, and the book made of
 * them. Nobody else includes this. */
#ifndef KAP_CLIENT_BOOK_BOOK_INTERNAL_H
#define KAP_CLIENT_BOOK_BOOK_INTERNAL_H

#include "book.h"

#define BOOK_AUDIENCE 32
#define BOOK_TARGETS 64

/* One record or pending row. */
struct book_row {
	struct book_revision revision;
	uint8_t lid[32]; /* zero unless written here */
	const struct person *author;
	uint8_t item[16];
	bool has_item; /* false: withdrawn, and nobody said what it was */
	uint64_t seen_ms;
	uint32_t n_audience;
	const struct person *audience[BOOK_AUDIENCE]; /* without the author; people not known here are left out */
	uint32_t n_lost;
	const struct person *lost[BOOK_AUDIENCE]; /* of the audience: those it was taken back from */
	uint32_t n_targets;
	uint8_t (*targets)[32];
	struct content *content; /* owned; revision.content borrows it */
};

/* A reference and the row it means, ordered by reference. */
struct book_ref {
	uint8_t ref[32];
	size_t row;
};

struct book {
	const struct people *people;
	struct book_row *rows;
	size_t n_rows, room;
	struct book_ref *refs;
	size_t n_refs;
	struct book_item *items; /* in order of first arrival */
	size_t n_items;
	const struct book_item **by_id;  /* the same, ordered by author and id */
	const struct book_item **of_row; /* the item of each row, NULL for receipts and the like */
	uint64_t newest;
};

/* Fills in rows and refs. */
int book_read_rows(struct vault_txn *txn, struct book *b);
/* Makes items of them. */
int book_build_items(struct vault_txn *txn, struct book *b, bool assign);
/* The row a reference means, NULL when there is none. */
struct book_row *book_find_row(const struct book *b, const uint8_t ref[32]);

#endif
