/* asking: how an assignment is said: who asks for what, for which day, and where it stands. To the client nothing is
 * ever late. Knows the kind and the prompts; writes nothing. */
#ifndef KAP_CLIENT_CMD_ASKING_H
#define KAP_CLIENT_CMD_ASKING_H

#include <stdint.h>

#include "client/book/asked.h"

struct book_item;
struct buf;
struct content;
struct desk;
struct prompts_row;

/* The prompt it asks for; NULL: none, or one this version does not have. */
const struct prompts_row *asking_prompt(const struct content *c);
/* Replaces `out` with the question, or with what is to be filled in; NUL-terminated. */
const char *asking_text(const struct content *c, struct buf *out);
/* One row of a list that is open. */
void asking_row(struct desk *d, const struct book_item *item);
/* Where it stands today. */
enum asked_state asking_state(const struct desk *d, const struct book_item *item);
/* Today, in days since 1970 by the local calendar. */
int64_t asking_day(const struct desk *d);

#endif
