/* hours: see hours.h. */
#include "hours.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/err.h"
#include "why.h"

#define NOON (12 * 60)
#define DAY (24 * 60)
#define TYPED_MAX 128

static const char *const names[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/* --- days --- */

/* The day a word begins with, and where the word ends; -1. "Monday" is "Mon". */
static int take_day(const char **at)
{
	static const char *const rest[7] = {"day", "sday", "nesday", "rsday", "day", "urday", "day"};
	for (int i = 0; i < 7; i++) {
		if (strncasecmp(*at, names[i], 3) != 0)
			continue;
		*at += 3;
		if (strncasecmp(*at, rest[i], strlen(rest[i])) == 0)
			*at += strlen(rest[i]);
		return i;
	}
	return -1;
}

int hours_parse_days(const char *text, uint8_t *days, struct why *why)
{
	const char *at = text;
	unsigned found = 0;
	bool good = true;
	while (good && strcasecmp(text, "daily") != 0) {
		int first = take_day(&at), last = first;
		if (first >= 0 && *at == '-') {
			at++;
			last = take_day(&at);
		}
		good = first >= 0 && last >= 0 && (!*at || *at == ',');
		for (int i = first; good; i = (i + 1) % 7) {
			found |= 1u << i;
			if (i == last)
				break;
		}
		if (!*at)
			break;
		at++;
	}
	*days = found ? (uint8_t)found : 127;
	if (good)
		return 0;
	return why_set(why, ERR_SHAPE, "\"%s\" is not days of the week, like Mon-Fri or Sat,Sun or daily.", text);
}

/* --- times --- */

/* "9", "9:30", "21:00", "5pm", "5:30 am"; *said: am or pm was. -1 when it is none. */
static int take_time(const char **at, bool *said)
{
	int hour = 0, minute = 0, digits = 0;
	for (; isdigit((unsigned char)**at) && digits < 2; (*at)++, digits++)
		hour = hour * 10 + (**at - '0');
	if (!digits)
		return -1;
	if (**at == ':') {
		if (!isdigit((unsigned char)(*at)[1]) || !isdigit((unsigned char)(*at)[2]))
			return -1;
		minute = ((*at)[1] - '0') * 10 + ((*at)[2] - '0');
		*at += 3;
	}
	while (**at == ' ')
		(*at)++;
	bool am = strncasecmp(*at, "am", 2) == 0, pm = strncasecmp(*at, "pm", 2) == 0;
	*said = am || pm;
	if (*said)
		*at += 2;
	while (**at == ' ')
		(*at)++;
	if (minute > 59 || hour > (*said ? 12 : 24) || (*said && !hour) || (hour == 24 && minute))
		return -1;
	if (*said)
		hour = hour % 12 + (pm ? 12 : 0);
	return (hour * 60 + minute) % DAY;
}

int hours_parse_times(const char *text, uint16_t *from, uint16_t *to, struct why *why)
{
	const char *at = text;
	bool said_from = false, said_to = false;
	while (*at == ' ')
		at++;
	int first = take_time(&at, &said_from), last = -1;
	if (first >= 0 && *at == '-') {
		at++;
		while (*at == ' ')
			at++;
		last = take_time(&at, &said_to);
	}
	if (first < 0 || last < 0 || *at)
		return why_set(why, ERR_SHAPE, "\"%s\" is not a time of the day to another, like 9-5 or 17:00-9:00.", text);
	if (!said_from && !said_to && last <= first && first < NOON && last && last < NOON)
		last += NOON;
	*from = (uint16_t)first;
	*to = (uint16_t)last;
	return 0;
}

/* --- both --- */

static int parse_one(char *word, struct hours_span *out, struct why *why)
{
	word += strspn(word, " ");
	char *times = strchr(word, ' ');
	if (!times)
		return why_set(why, ERR_SHAPE, "\"%s\" is not days and times, like \"Mon-Fri 9-5\".", word);
	*times++ = '\0';
	int err = hours_parse_days(word, &out->days, why);
	return err ? err : hours_parse_times(times, &out->from, &out->to, why);
}

int hours_parse(const char *text, struct hours_span *out, size_t max, size_t *n, struct why *why)
{
	char copy[TYPED_MAX], *rest = copy, *word;
	*n = 0;
	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy))
		return why_set(why, ERR_SHAPE, "That is too long for days and times.");
	while ((word = strsep(&rest, ";"))) {
		if (*n == max)
			return why_set(why, ERR_RANGE, "At most %zu spans of days and times.", max);
		int err = parse_one(word, &out[*n], why);
		if (err)
			return err;
		(*n)++;
	}
	return 0;
}

static size_t put_days(uint8_t days, char *out, size_t max)
{
	size_t at = 0;
	if (days == 127)
		return (size_t)snprintf(out, max, "daily");
	for (unsigned i = 0; i < 7 && at < max; i++) {
		unsigned last = i;
		if (!(days & 1u << i))
			continue;
		while (last < 6 && days & 1u << (last + 1))
			last++;
		at += (size_t)snprintf(out + at, max - at, last > i ? "%s%s-%s" : "%s%s", at ? "," : "", names[i], names[last]);
		i = last;
	}
	return at;
}

static void put_time(unsigned minute, char out[16])
{
	unsigned hour = minute / 60;
	snprintf(out, 16, "%u:%02u %s", hour % 12 ? hour % 12 : 12, minute % 60, hour < 12 ? "am" : "pm");
}

const char *hours_human(const struct hours_span *span, char out[HOURS_TEXT])
{
	char from[16], to[16];
	size_t at = put_days(span->days, out, HOURS_TEXT);
	put_time(span->from, from);
	put_time(span->to, to);
	if (at < HOURS_TEXT)
		snprintf(out + at, HOURS_TEXT - at, " %s to %s", from, to);
	return out;
}
