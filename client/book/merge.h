/* merge: versions of one item into one content: text line by line, lists as sets, everything else field by field, each
 * against what the versions come from. Decides nothing that both sides changed: it says so. Knows no ledger and no
 * terminal. */
#ifndef KAP_CLIENT_BOOK_MERGE_H
#define KAP_CLIENT_BOOK_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/content.h"

struct book;
struct book_item;

#define MERGE_HEADS CONTENT_PARENTS /* versions at a time: a revision names no more parents */
#define MERGE_TIME 0                /* stands for the time of the entry among the fields */

/* A field that several versions changed in different ways. The content has it as the first of them does. */
struct merge_choice {
	uint32_t key; /* or MERGE_TIME */
	size_t with;  /* the version (from 0, place among the heads) that differs from those before it */
};

struct merge {
	struct content *content; /* its head is that of the first version, but for the time */
	size_t heads;            /* how many were merged: the first so many of the item's */
	size_t conflicts;        /* places in the text that stand between marks */
	struct merge_choice choices[CONTENT_FIELDS];
	size_t n_choices;
};

/* Merges the first MERGE_HEADS heads of the item; marks are lines that begin with MERGE_MARK. Where the versions come
 * from several revisions that do not know each other, only what is the same from each of them is taken without a
 * question. ERR_ARG: fewer than two heads, or one without words. ERR_NOMEM. *out is freed with merge_wipe in any case.
 */
#define MERGE_MARK "=== "
int merge_heads(const struct book *b, const struct book_item *item, struct merge *out);
void merge_wipe(struct merge *m);

/* The choice is made: the field as version `head` has it. ERR_NOMEM, ERR_RANGE. */
int merge_choose(struct merge *m, const struct book_item *item, size_t choice, size_t head);
/* Puts another text in place of the one with marks. */
int merge_set_text(struct merge *m, const char *text, size_t len);
/* True if a line of the text is one of the marks. */
bool merge_has_marks(const char *text, size_t len);

#endif
