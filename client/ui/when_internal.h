/* when_internal: what when.c and when_parse.c share. */
#ifndef KAP_CLIENT_UI_WHEN_INTERNAL_H
#define KAP_CLIENT_UI_WHEN_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

struct tm;
struct when;
struct why;

extern const char *const when_months[12];
extern const char *const when_days[7]; /* from Sunday */

/* A real date and clock time as typed; offset in minutes if it was given. */
struct when_typed {
	int year, month, day, hour, minute, second;
	bool has_date, has_time, has_offset;
	int offset_min;
};

/* The calendar and clock of a moment in its own offset. */
void when_civil(const struct when *w, struct tm *tm);
/* "-04:00" */
void when_put_offset(int minutes, char out[8]);
/* How often a clock time (seconds as if it were UTC) happened in the local zone: 0, 1 or 2; offset[0], then offset[1].
 */
int when_offsets(int64_t civil, int16_t offset[2]);
/* The moment of a date and time; without an offset, in the local zone. ERR_SHAPE where it happened twice or never. */
int when_place(const struct when_typed *t, struct when *out, struct why *why);

#endif
