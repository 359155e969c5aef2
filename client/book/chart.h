/* chart: what the clinical kinds say about one client, as far as one can read it: the newest order and who acknowledged
 * it, what is closed, what refers to what. Rows that their author's role may not write do not count anywhere here.
 * Knows the book and the kinds; decides nothing that a clinician decides. */
#ifndef KAP_CLIENT_BOOK_CHART_H
#define KAP_CLIENT_BOOK_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "book.h"

struct chart {
	const struct book *book;
	const struct people *people;
	const struct person *client; /* NULL: of everybody */
};

/* True if the item's author may write its kind, and there is something of it to read. */
bool chart_stands(const struct book_item *item);
/* The client an item is about, NULL for none. */
const struct person *chart_subject(const struct chart *c, const struct book_item *item);
/* What is current of an item; NULL when it was taken back or deleted. */
const struct content *chart_content(const struct book_item *item);

/* Items of a kind about the client that stand, in order of arrival. A non-zero return of `visit` ends it. */
int chart_each(const struct chart *c, uint32_t kind, book_visit *visit, void *arg);
/* The one whose current revision is the newest by the time it is about; NULL. */
const struct book_item *chart_newest(const struct chart *c, uint32_t kind);
size_t chart_count(const struct chart *c, uint32_t kind);

/* The item a field of `content` refers to (LOOK_ITEM), NULL when it is not at hand. */
const struct book_item *chart_ref(const struct chart *c, const struct content *content, uint32_t key);
/* Sets such a field. Errors of content_set_array. */
int chart_set_ref(struct content *content, uint32_t key, const struct book_item *item);
/* What says that the item is over (kind closing); NULL when nothing does, or only somebody who may not: a hold is
 * lifted by a prescriber or by who placed it. */
const struct book_item *chart_closing(const struct chart *c, const struct book_item *item);

/* The number of the current revision, from 1: "r3". */
size_t chart_revision(const struct book_item *item);
/* Who acknowledged the current revision; NULL: `person` (NULL: anybody) did not. Of an item with several versions that
 * nobody has joined none is acknowledged: devices may show another one of them. */
const struct book_ack *chart_ack(const struct book_item *item, const struct person *person);

#endif
