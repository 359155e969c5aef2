/* when: shows moments, and places a calendar date and clock time in a zone. Reading what people type is when_parse.c.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/err.h"
#include "client/ui/why.h"
#include "client/ui/when.h"
#include "client/ui/when_internal.h"

const char *const when_months[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
const char *const when_days[7] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

static int16_t offset_at(int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return 0;
	return (int16_t)(tm.tm_gmtoff / 60);
}

struct when when_local(int64_t utc_s)
{
	return (struct when){utc_s, offset_at(utc_s)};
}

struct when when_now(void)
{
	tzset();
	return when_local((int64_t)time(NULL));
}

void when_civil(const struct when *w, struct tm *tm)
{
	time_t t = (time_t)(w->s + (int64_t)w->offset_min * 60);

	if (!gmtime_r(&t, tm))
		memset(tm, 0, sizeof *tm);
}

static bool show_year(const struct tm *tm, const struct when *now)
{
	struct tm today;

	if (!now)
		return true;
	when_civil(now, &today);
	return today.tm_year != tm->tm_year;
}

static int put_date(const struct tm *tm, const struct when *now, char out[WHEN_TEXT])
{
	int n = snprintf(out, WHEN_TEXT, "%s %d %s", when_days[tm->tm_wday], tm->tm_mday, when_months[tm->tm_mon]);

	if (show_year(tm, now))
		n += snprintf(out + n, (size_t)(WHEN_TEXT - n), " %d", tm->tm_year + 1900);
	return n;
}

static void put_clock(const struct tm *tm, char *out, size_t room)
{
	snprintf(out, room, "%d:%02d %s", tm->tm_hour % 12 ? tm->tm_hour % 12 : 12, tm->tm_min,
	         tm->tm_hour < 12 ? "am" : "pm");
}

const char *when_human(const struct when *w, const struct when *now, char out[WHEN_TEXT])
{
	struct tm tm;
	int n;

	when_civil(w, &tm);
	n = put_date(&tm, now, out);
	n += snprintf(out + n, (size_t)(WHEN_TEXT - n), ", ");
	put_clock(&tm, out + n, (size_t)(WHEN_TEXT - n));
	return out;
}

const char *when_date(const struct when *w, const struct when *now, char out[WHEN_TEXT])
{
	struct tm tm;

	when_civil(w, &tm);
	put_date(&tm, now, out);
	return out;
}

const char *when_clock(const struct when *w, char out[WHEN_TEXT])
{
	struct tm tm;

	when_civil(w, &tm);
	put_clock(&tm, out, WHEN_TEXT);
	return out;
}

void when_put_offset(int minutes, char out[8])
{
	unsigned m = (unsigned)(minutes < 0 ? -minutes : minutes);

	snprintf(out, 8, "%c%02u:%02u", minutes < 0 ? '-' : '+', m / 60 % 100, m % 60);
}

const char *when_iso(const struct when *w, char out[WHEN_TEXT])
{
	char offset[8];
	struct tm tm;

	when_civil(w, &tm);
	when_put_offset(w->offset_min, offset);
	snprintf(out, WHEN_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d%s", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
	         tm.tm_hour, tm.tm_min, tm.tm_sec, offset);
	return out;
}

/* The zone's offsets within a day of a clock time, at most two; those at which the clock really showed it come first
 * and are counted. */
int when_offsets(int64_t civil, int16_t offset[2])
{
	int16_t before = offset_at(civil - 86400), after = offset_at(civil + 86400);
	bool fits_before = offset_at(civil - (int64_t)before * 60) == before;
	bool fits_after = offset_at(civil - (int64_t)after * 60) == after;

	offset[0] = fits_before || !fits_after ? before : after;
	offset[1] = fits_before || !fits_after ? after : before;
	if (before == after)
		return fits_before;
	return (fits_before ? 1 : 0) + (fits_after ? 1 : 0);
}

int when_place(const struct when_typed *t, struct when *out, struct why *why)
{
	char clock[WHEN_TEXT], first[8], second[8];
	struct tm tm = {.tm_year = t->year - 1900,
	                .tm_mon = t->month - 1,
	                .tm_mday = t->day,
	                .tm_hour = t->hour,
	                .tm_min = t->minute,
	                .tm_sec = t->second};
	int64_t civil = (int64_t)timegm(&tm);
	int16_t offset[2];
	int fits;

	if (t->has_offset) {
		*out = (struct when){civil - (int64_t)t->offset_min * 60, (int16_t)t->offset_min};
		return 0;
	}
	fits = when_offsets(civil, offset);
	if (fits == 1) {
		*out = (struct when){civil - (int64_t)offset[0] * 60, offset[0]};
		return 0;
	}
	put_clock(&tm, clock, sizeof clock);
	when_put_offset(offset[0], first);
	when_put_offset(offset[1], second);
	if (fits)
		return why_set(why, ERR_SHAPE, "%s happened twice that night. Add %s or %s.", clock, first, second);
	return why_set(why, ERR_SHAPE, "%s did not happen that night: the clocks went forward. Add %s or %s.", clock, first,
	               second);
}
