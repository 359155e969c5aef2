/* when: moments as people write and read them. A moment is UTC seconds and the offset of the zone it was said in. Knows
 * the local zone (TZ) and the calendar; holds no state. English, 12-hour clock; ISO 8601 for programs. */
#ifndef KAP_CLIENT_UI_WHEN_H
#define KAP_CLIENT_UI_WHEN_H

#include <stddef.h>
#include <stdint.h>

struct why;

struct when {
	int64_t s;          /* UTC seconds since 1970 */
	int16_t offset_min; /* -720..840 */
};

#define WHEN_TEXT 48

/* Now, in the local zone. */
struct when when_now(void);
/* A UTC time in the local zone's offset at that time. */
struct when when_local(int64_t utc_s);

/* Each writes into `out` (WHEN_TEXT bytes) and returns it. In the moment's own offset. The year is shown when it is not
 * the year of `now`; pass NULL to show it always. */
const char *when_human(const struct when *w, const struct when *now, char out[WHEN_TEXT]); /* Tue 3 Mar, 7:10 pm */
const char *when_date(const struct when *w, const struct when *now, char out[WHEN_TEXT]);  /* Tue 3 Mar */
const char *when_clock(const struct when *w, char out[WHEN_TEXT]);                         /* 7:10 pm */
const char *when_iso(const struct when *w, char out[WHEN_TEXT]); /* 2026-03-03T19:10:00-05:00 */

/* Reads what a person typed after --at:
 *   2026-02-28 19:30 | 2026-02-28T19:30[:05][-04:00|Z] | 2026-02-28 7:30 pm -04:00 | 28 Feb 2026 7 pm | 19:30 | 7 pm |
 *   today 7:10 pm | yesterday 7 pm | now
 * A date without a time is refused. Local times that do not exist or exist twice need an offset. ERR_SHAPE (not
 * understood, no such date or time), ERR_RANGE (before 1900, offset out of range, or more than 5 minutes after `now`);
 * the sentence is in `why` in every case. */
int when_parse(const char *text, const struct when *now, struct when *out, struct why *why);
/* The same for a day that may lie in the future (--until, --due): "2026-04-01", "1 Apr 2026", "tomorrow"; the result is
 * local midnight at its beginning. */
int when_parse_day(const char *text, const struct when *now, struct when *out, struct why *why);

#endif
