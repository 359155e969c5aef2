/* resting: what waits while medicine works and until the morning after, and how that is said. Asks the book what is
 * known of doses; decides for the client's account alone. Writing never waits. */
#ifndef KAP_CLIENT_CMD_RESTING_H
#define KAP_CLIENT_CMD_RESTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book_item;
struct desk;

#define RESTING_TEXT 64

/* KAP_OK, or KAP_NOT_ALLOWED after saying that a session is open and `what` ("sharing", "signing", "a measure") waits
 * until it has ended; `then` says what happened ("Nothing was shared."). */
int resting_session(struct desk *d, const char *what, const char *then);
/* KAP_OK if all of these may be released now; else KAP_NOT_ALLOWED after saying which wait, and until when. */
int resting_entries(struct desk *d, const struct book_item *const *items, size_t n, const char *then);

/* Until when something written now waits; 0: it need not. */
uint64_t resting_until(const struct desk *d);
/* After saving: says that it waits, if it does, by when it was written (now) or happened (`at_ms`, 0: now). True if it
 * said so. */
bool resting_say(struct desk *d, uint64_t at_ms);
/* "tomorrow 6:00 am". */
const char *resting_time(const struct desk *d, uint64_t ms, char out[RESTING_TEXT]);

#endif
