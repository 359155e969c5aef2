/* dosing: what the day of a medicine session means for everything else a client does, told from the summaries that the
 * clinic sends to the client: sharing and signing wait until the next morning. Knows no session and no dose.
 *
 * The dose has the time of the clinic's clock, everything else that of this device. A dose that is ahead of this
 * device's clock by less than a day is believed: one of the two is wrong, and what was written in the last day waits.
 * One that is further ahead says nothing. */
#ifndef KAP_CLIENT_BOOK_DOSING_H
#define KAP_CLIENT_BOOK_DOSING_H

#include <stdbool.h>
#include <stdint.h>

struct book_item;
struct chart;

/* What is written this long after a dose rests until the morning. */
#define DOSING_HOLD_MS (UINT64_C(24) * 3600 * 1000)

/* The last dose that is known of, 0: none. */
uint64_t dosing_last(const struct chart *chart);
/* True while a session is open: a dose is known, its end is not, and less than a day has passed. */
bool dosing_is_open(const struct chart *chart, uint64_t now_ms);
/* Until when what was written at `written_ms` is not to be released; 0: it may be now. */
uint64_t dosing_hold_until(const struct chart *chart, uint64_t written_ms, uint64_t now_ms);
/* The same for all that the item says, in any of its versions: by when it was written and by when it happened. Giving
 * it to somebody is not writing it. */
uint64_t dosing_item_until(const struct chart *chart, const struct book_item *item, uint64_t now_ms);
/* Until when nothing is to be signed; 0: it may be now. */
uint64_t dosing_no_sign_until(const struct chart *chart, uint64_t now_ms);

#endif
