/* gift: what a client gave to the clinic's record, told from the revisions that say so: a revision that is given says
 * it to exactly those it was given to. Not to be confused with given.h, which gives lost things back. */
#ifndef KAP_CLIENT_BOOK_GIFT_H
#define KAP_CLIENT_BOOK_GIFT_H

#include <stdbool.h>
#include <stddef.h>

struct book_item;
struct book_revision;
struct person;

/* True if this revision gives the entry to the record, and somebody has it. */
bool gift_is(const struct book_revision *revision);
/* The newest revision that does; NULL: the entry was not given. */
const struct book_revision *gift_last(const struct book_item *item);
/* True if the person was given any version of it; NULL: if anybody was. */
bool gift_is_to(const struct book_item *item, const struct person *person);
/* True if what the person was given has the words that the entry has now. */
bool gift_is_current(const struct book_item *item, const struct person *person);
/* Everybody who was given any version, at most `max` into `out`; returns how many that are. */
size_t gift_people(const struct book_item *item, const struct person **out, size_t max);

#endif
