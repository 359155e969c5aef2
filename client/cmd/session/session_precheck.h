/* session_precheck: what is asked each time before a medicine session opens, and which answers are red: they keep it
 * closed until a prescriber or a recorded reason says otherwise. Knows the answers; nothing of gates and saving. */
#ifndef KAP_CLIENT_CMD_SESSION_PRECHECK_H
#define KAP_CLIENT_CMD_SESSION_PRECHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "session.h"

/* Bits of what is red. */
#define SESSION_RED_PLAN (1u << 0)   /* thoughts of suicide with a plan: always closed */
#define SESSION_RED_VITALS (1u << 1) /* outside the limits for starting */
#define SESSION_RED_UNREAD (1u << 2) /* no vitals */

/* Asks for whatever --set did not give: who accompanies, then the questions. `last`: the session before, NULL. KAP_OK
 * or an exit code after saying what is missing or not valid. */
int session_precheck_ask(struct form *f, struct desk *d, const struct book_item *last);

/* What is red in these answers and vitals (NULL: none) beside the order. */
unsigned session_precheck_red(const struct content *answers, const struct content *vitals,
                              const struct content *ordered);
/* "alcohol in 24 h, vitals outside 140/90" */
void session_precheck_put(unsigned red, const struct content *vitals, const struct content *ordered, struct buf *out);
/* True if one of them is to be flagged at once, even when there is a reason to go on. */
bool session_precheck_urgent(unsigned red);

#endif
