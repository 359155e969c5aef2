/* asked: how things stand with an assignment: taken back by who gave it, answered as often as was asked, answered for
 * this day or week, or open. Told from its revisions and acknowledgements. Nothing is ever late here. */
#ifndef KAP_CLIENT_BOOK_ASKED_H
#define KAP_CLIENT_BOOK_ASKED_H

#include <stddef.h>
#include <stdint.h>

struct book_item;

enum asked_state {
	ASKED_OPEN,
	ASKED_AGAIN, /* answered for now; it comes again */
	ASKED_DONE,
	ASKED_WITHDRAWN
};

/* `day`: days since 1970 by the local calendar, `offset_min` of its zone. */
enum asked_state asked_state(const struct book_item *assignment, int64_t day, int offset_min);
/* How often its client said that it is done. */
size_t asked_answers(const struct book_item *assignment);
/* "open", "answered", "done", "withdrawn". */
const char *asked_word(enum asked_state state);

#endif
