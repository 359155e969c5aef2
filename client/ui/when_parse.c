/* when_parse: reads dates and times as people type them. Words are read one by one; each must mean something. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/ui/why.h"
#include "client/ui/text.h"
#include "client/ui/when.h"
#include "client/ui/when_internal.h"

#define WORDS 8
#define WORD 24
#define FUTURE_S (5 * 60)

struct scan {
	char words[WORDS][WORD];
	int n, next;
	const struct when *now;
	int weekday; /* as typed, -1 */
	bool ahead;  /* a day without a year is the next one, not the last */
};

/* "2026-02-28T19:30-04:00" becomes date, time, offset; "3 Mar, 7:10pm" becomes 3 mar 7:10 pm. */
static bool split(const char *text, struct scan *s)
{
	size_t len = 0;

	for (const char *p = text;; p++) {
		bool digit_before = len && isdigit((unsigned char)s->words[s->n][len - 1]);
		bool tee = (*p == 'T' || *p == 't') && digit_before && len == 10;
		bool zone = len && (*p == '+' || ((*p == '-' || *p == 'Z' || *p == 'z') && strchr(s->words[s->n], ':')));
		bool half = (*p == 'a' || *p == 'p' || *p == 'A' || *p == 'P') && digit_before && len < 6;

		if (!*p || *p == ' ' || *p == ',' || *p == '\t' || tee || zone || half) {
			if (len) {
				s->words[s->n++][len] = 0;
				len = 0;
			}
			if (!*p)
				return s->n > 0;
			if (!zone && !half)
				continue;
		}
		if (s->n == WORDS || len + 1 == WORD)
			return false;
		s->words[s->n][len++] = *p;
		s->words[s->n][len] = 0;
	}
}

static const char *peek(const struct scan *s)
{
	return s->next < s->n ? s->words[s->next] : "";
}

static int find(const char *const *names, int n, const char *word)
{
	for (int i = 0; i < n; i++)
		if (strlen(word) >= 3 && !strncasecmp(names[i], word, 3))
			return i;
	return -1;
}

static int64_t days_of(int year, int month, int day)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = 12};

	return (int64_t)timegm(&tm) / 86400;
}

static void take_today(struct scan *s, struct when_typed *t, int add_days)
{
	struct when day = {s->now->s + (int64_t)add_days * 86400, s->now->offset_min};
	struct tm tm;

	when_civil(&day, &tm);
	t->year = tm.tm_year + 1900;
	t->month = tm.tm_mon + 1;
	t->day = tm.tm_mday;
	t->has_date = true;
}

static bool take_relative(struct scan *s, struct when_typed *t)
{
	static const struct {
		const char *word;
		int days;
	} words[] = {{"today", 0}, {"yesterday", -1}, {"tomorrow", 1}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!strcasecmp(peek(s), words[i].word)) {
			take_today(s, t, words[i].days);
			s->next++;
			return true;
		}
	}
	return false;
}

static bool number(const char *word, int min, int max, int *out)
{
	int v = 0;

	if (!*word || strlen(word) > 4)
		return false;
	for (; *word; word++) {
		if (!isdigit((unsigned char)*word))
			return false;
		v = v * 10 + (*word - '0');
	}
	*out = v;
	return v >= min && v <= max;
}

/* 2026-02-28 | 28 Feb [2026] | Feb 28 [2026] */
static bool take_date(struct scan *s, struct when_typed *t)
{
	const char *a = peek(s), *b = s->next + 1 < s->n ? s->words[s->next + 1] : "";
	int month, used = 0;
	struct tm today;
	int64_t gap;

	if (take_relative(s, t))
		return true;
	if (sscanf(a, "%4d-%2d-%2d%n", &t->year, &t->month, &t->day, &used) == 3 && !a[used] && used == 10) {
		s->next++;
		t->has_date = true;
		return true;
	}
	if ((month = find(when_months, 12, b)) >= 0 && number(a, 0, 99, &t->day)) {
		s->next += 2;
	} else if ((month = find(when_months, 12, a)) >= 0 && number(b, 0, 99, &t->day)) {
		s->next += 2;
	} else {
		return false;
	}
	t->month = month + 1;
	if (number(peek(s), 1000, 9999, &t->year)) {
		s->next++;
	} else { /* the last or next time that day comes round */
		when_civil(s->now, &today);
		t->year = today.tm_year + 1900;
		gap = days_of(t->year, t->month, t->day) - days_of(t->year, today.tm_mon + 1, today.tm_mday);
		t->year += s->ahead ? gap < 0 : -(gap > 0);
	}
	t->has_date = true;
	return true;
}

/* 19:30 | 19:30:05 | 7:10 pm | 7 pm */
static bool take_time(struct scan *s, struct when_typed *t)
{
	const char *a = peek(s), *half = s->next + 1 < s->n ? s->words[s->next + 1] : "";
	bool am = !strcasecmp(half, "am") || !strcasecmp(half, "a.m."),
	     pm = !strcasecmp(half, "pm") || !strcasecmp(half, "p.m.");
	int n[3] = {0, 0, 0}, used[3] = {0, 0, 0}, parts;
	size_t len = strlen(a);

	if (!isdigit((unsigned char)*a))
		return false;
	parts = sscanf(a, "%2d%n:%2d%n:%2d%n", &n[0], &used[0], &n[1], &used[1], &n[2], &used[2]);
	if (parts < 1 || (size_t)used[parts - 1] != len || (parts == 1 && !am && !pm))
		return false;
	if ((parts > 1 && used[1] - used[0] != 3) || (parts > 2 && used[2] - used[1] != 3))
		return false;
	if (am || pm) {
		if (n[0] < 1 || n[0] > 12)
			return false;
		n[0] = n[0] % 12 + (pm ? 12 : 0);
		s->next++;
	}
	s->next++;
	t->hour = n[0];
	t->minute = n[1];
	t->second = n[2];
	t->has_time = true;
	return true;
}

static bool take_offset(struct scan *s, struct when_typed *t)
{
	const char *a = peek(s);
	int h, m = 0, used = 0;

	if (!strcasecmp(a, "z")) {
		t->offset_min = 0;
	} else {
		if ((*a != '+' && *a != '-') || !isdigit((unsigned char)a[1]))
			return false;
		if (!(sscanf(a + 1, "%2d:%2d%n", &h, &m, &used) == 2 && used == 5) &&
		    !(sscanf(a + 1, "%2d%2d%n", &h, &m, &used) == 2 && used == 4))
			return false;
		if (a[1 + used] || m < 0 || m > 59)
			return false;
		t->offset_min = (*a == '-' ? -1 : 1) * (h * 60 + m);
	}
	s->next++;
	t->has_offset = true;
	return true;
}

static void take_weekday(struct scan *s)
{
	const char *a = peek(s);

	s->weekday = strcasecmp(a, "today") && strlen(a) == 3 ? find(when_days, 7, a) : -1;
	if (s->weekday >= 0)
		s->next++;
}

static int not_understood(const char *text, const char *example, struct why *why)
{
	struct buf safe;
	int rc;

	buf_init(&safe, 0);
	text_put_excerpt(&safe, text, strlen(text), 40);
	rc = why_set(why, ERR_SHAPE, "\"%.*s\" is not a time that can be read. Write it like %s.", (int)safe.len,
	             safe.data ? (const char *)safe.data : "", example);
	buf_wipe(&safe);
	return rc;
}

static int check(const struct scan *s, const struct when_typed *t, struct why *why)
{
	static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (t->year % 4 == 0 && t->year % 100 != 0) || t->year % 400 == 0;
	struct tm tm;
	time_t noon;

	if (t->month < 1 || t->month > 12)
		return why_set(why, ERR_SHAPE, "There is no month %d. Write dates like 2026-02-28.", t->month);
	if (t->day < 1 || t->day > lengths[t->month - 1] + (t->month == 2 && leap ? 1 : 0))
		return why_set(why, ERR_SHAPE, "%d %s %d is not a real date.", t->day, when_months[t->month - 1], t->year);
	if (t->year < 1900 || t->year > 9998)
		return why_set(why, ERR_RANGE, "The year %d is outside 1900 to 9998.", t->year);
	if (t->hour > 23 || t->minute > 59 || t->second > 59 || t->hour < 0 || t->minute < 0 || t->second < 0)
		return why_set(why, ERR_SHAPE, "%02d:%02d is not a time of day.", t->hour, t->minute);
	if (t->offset_min < -720 || t->offset_min > 840)
		return why_set(why, ERR_RANGE, "An offset lies between -12:00 and +14:00.");
	noon = (time_t)(days_of(t->year, t->month, t->day) * 86400);
	if (s->weekday >= 0 && gmtime_r(&noon, &tm) && tm.tm_wday != s->weekday)
		return why_set(why, ERR_SHAPE, "%d %s %d is a %s, not a %s.", t->day, when_months[t->month - 1], t->year,
		               when_days[tm.tm_wday], when_days[s->weekday]);
	return 0;
}

static int refuse_future(const struct when *w, const struct when *now, struct why *why)
{
	int64_t minutes = (w->s - now->s) / 60;
	char clock[WHEN_TEXT], ahead[48];

	if (w->s - now->s <= FUTURE_S)
		return 0;
	if (minutes >= 48 * 60)
		snprintf(ahead, sizeof ahead, "%lld days", (long long)(minutes / 1440));
	else if (minutes >= 60)
		snprintf(ahead, sizeof ahead, "%lld h %lld min", (long long)(minutes / 60), (long long)(minutes % 60));
	else
		snprintf(ahead, sizeof ahead, "%lld min", (long long)minutes);
	return why_set(why, ERR_RANGE, "That time is %s ahead of this computer's clock (%s). Check the clock or the time.",
	               ahead, when_clock(now, clock));
}

int when_parse(const char *text, const struct when *now, struct when *out, struct why *why)
{
	struct scan s = {.now = now, .weekday = -1};
	struct when_typed t = {0};
	int rc;

	why->text[0] = 0;
	tzset();
	if (!strcasecmp(text, "now")) {
		*out = *now;
		return 0;
	}
	if (!split(text, &s))
		return not_understood(text, "2026-02-28 19:30", why);
	take_weekday(&s);
	if (take_date(&s, &t) && s.next == s.n)
		return why_set(why, ERR_SHAPE, "Add the time of day, like 2026-02-28 19:30.");
	if (!take_time(&s, &t))
		return not_understood(text, "2026-02-28 19:30", why);
	take_offset(&s, &t);
	if (!t.has_date)
		take_date(&s, &t); /* 7 pm yesterday */
	if (s.next != s.n)
		return not_understood(text, "2026-02-28 19:30", why);
	if (!t.has_date)
		take_today(&s, &t, 0);
	if ((rc = check(&s, &t, why)) || (rc = when_place(&t, out, why)))
		return rc;
	return refuse_future(out, now, why);
}

int when_parse_day(const char *text, const struct when *now, struct when *out, struct why *why)
{
	struct scan s = {.now = now, .weekday = -1, .ahead = true};
	struct when_typed t = {0};
	int16_t offset[2];
	int64_t civil;
	int rc;

	why->text[0] = 0;
	tzset();
	if (!split(text, &s))
		return not_understood(text, "2026-02-28", why);
	take_weekday(&s);
	if (!take_date(&s, &t) || s.next != s.n)
		return not_understood(text, "2026-02-28", why);
	if ((rc = check(&s, &t, why)))
		return rc;
	/* Where midnight happened twice or never, either side of it will do. */
	civil = days_of(t.year, t.month, t.day) * 86400;
	when_offsets(civil, offset);
	*out = (struct when){civil - (int64_t)offset[0] * 60, offset[0]};
	return 0;
}
