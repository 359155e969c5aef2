/* hours: days of the week and times of the day as people write and read them: "Mon-Fri 9-5", "Sat,Sun 10:00-14:00".
 * Knows no zone and no date. */
#ifndef KAP_CLIENT_UI_HOURS_H
#define KAP_CLIENT_UI_HOURS_H

#include <stddef.h>
#include <stdint.h>

struct why;

struct hours_span {
	uint8_t days;      /* Monday bit 0 to Sunday bit 6 */
	uint16_t from, to; /* minutes of the day; `to` not after `from`: over midnight into the next day */
};

#define HOURS_TEXT 48

/* "Mon-Fri", "Sat,Sun", "Fri-Mon", "daily". ERR_SHAPE with a sentence in `why`. */
int hours_parse_days(const char *text, uint8_t *days, struct why *why);
/* "9-5", "9:00-17:30", "5pm-9am". Where neither side says am or pm and both are before 12, an end that is not after
 * its beginning is in the afternoon: "9-5" is 9 am to 5 pm; "20:00-8:00" is over midnight. ERR_SHAPE. */
int hours_parse_times(const char *text, uint16_t *from, uint16_t *to, struct why *why);
/* "DAYS TIMES", several with a semicolon between them. *n <= max. ERR_SHAPE, ERR_RANGE (more than max). */
int hours_parse(const char *text, struct hours_span *out, size_t max, size_t *n, struct why *why);

/* "Mon-Fri 9:00 am to 5:00 pm" */
const char *hours_human(const struct hours_span *span, char out[HOURS_TEXT]);

#endif
