/* unanswered: what somebody has to take on and nobody has: messages and flags that ask for an acknowledgement, with the
 * time by which they do. What is acknowledged, closed or withdrawn is not among them; nothing leaves the list by
 * itself. */
#ifndef KAP_CLIENT_BOOK_UNANSWERED_H
#define KAP_CLIENT_BOOK_UNANSWERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book_item;
struct chart;

struct unanswered {
	const struct book_item *item; /* a message or a flag */
	uint64_t due_ms;              /* 0: it names no time */
	bool overdue;
	bool mine; /* it came to me, a clinician: I can acknowledge it */
};

/* True, and *out filled in, if this item is one of them. */
bool unanswered_is(const struct chart *everybody, const struct book_item *item, uint64_t now_ms,
                   struct unanswered *out);
/* Those about the chart's client (NULL: all), the first due first, those without a time last; at most `max`, returns
 * how many there are. */
size_t unanswered_list(const struct chart *chart, uint64_t now_ms, struct unanswered *out, size_t max);

#endif
