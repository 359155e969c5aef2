/* merge3: two texts that come from a third, line by line into one. What only one of them changed is taken; where both
 * changed the same place in different ways, both are kept between marks and counted. Knows texts only. Small on
 * purpose: it stands in a process that holds a journal. Any thread. Source: the formal diff3 of Khanna, Kunal and
 * Pierce (2007) over Myers' differences (1986). */
#ifndef KAP_CLIENT_BOOK_MERGE3_H
#define KAP_CLIENT_BOOK_MERGE3_H

#include <stddef.h>

struct buf;

struct merge3_text {
	const char *text; /* any bytes; lines end at '\n' */
	size_t len;
};

/* Two texts, and the one they come from. */
struct merge3_texts {
	struct merge3_text base, a, b;
};

/* Lines of their own before, between and after what both changed; no newline at their ends. */
struct merge3_marks {
	const char *first, *second, *end;
};

/* Appends the merge of `a` and `b`, which both come from `base`, to `out`; *conflicts is how many places hold marks.
 * Lines that both sides of such a place begin or end with stand outside of it. Differences of more than MERGE3_EDITS
 * lines are seen as one: then more may be in conflict than need be, and nothing is lost. ERR_NOMEM. */
#define MERGE3_EDITS 2000
int merge3(const struct merge3_texts *texts, const struct merge3_marks *marks, struct buf *out, size_t *conflicts);

#endif
