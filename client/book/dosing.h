/* dosing: what the day of a medicine session means for everything else a client does, told from the summaries that the
 * clinic sends to the client: sharing and signing wait until the next morning. Knows no session and no dose. */
#ifndef KAP_CLIENT_BOOK_DOSING_H
#define KAP_CLIENT_BOOK_DOSING_H

#include <stdbool.h>
#include <stdint.h>

struct chart;

#define DOSING_HOLD_MS                                                                                                 \
	(UINT64_C(24) * 3600 * 1000) /* what is written this long after a dose rests until the morning                     \
	                              */

/* The last dose that is known of, 0: none. */
uint64_t dosing_last(const struct chart *chart);
/* True while a session is open: a dose is known, its end is not, and less than a day has passed. */
bool dosing_is_open(const struct chart *chart, uint64_t now_ms);
/* Until when what was written at `written_ms` is not to be released; 0: it may be now. */
uint64_t dosing_hold_until(const struct chart *chart, uint64_t written_ms, uint64_t now_ms);
/* Until when nothing is to be signed; 0: it may be now. */
uint64_t dosing_no_sign_until(const struct chart *chart, uint64_t now_ms);

#endif
