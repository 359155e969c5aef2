/* Times as people write them: real dates, the two nights a year on which clocks change, and what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "proto/err.h"
#include "client/ui/when.h"
#include "client/ui/why.h"

/* Tue 3 Mar 2026, 7:10 pm in New York */
#define NOW 1772583000

static int zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
	return 0;
}

static int new_york(void **state)
{
	(void)state;
	return zone("America/New_York");
}

static struct when at(int64_t s)
{
	return when_local(s);
}

static void reads_at(int64_t now_s, const char *text, const char *iso)
{
	struct when now = at(now_s), w;
	char out[WHEN_TEXT];
	struct why why;
	int rc = when_parse(text, &now, &w, &why);

	if (rc)
		fail_msg("%s: %s", text, why.text);
	assert_string_equal(when_iso(&w, out), iso);
}

static void refused_at(int64_t now_s, const char *text, int err, const char *sentence)
{
	struct when now = at(now_s), w;
	struct why why;

	assert_int_equal(when_parse(text, &now, &w, &why), err);
	assert_string_equal(why.text, sentence);
}

static void test_forms(void **state)
{
	static const struct {
		const char *text, *iso;
	} rows[] = {
	    {"2026-02-28 19:30", "2026-02-28T19:30:00-05:00"},
	    {"2026-02-28T19:30", "2026-02-28T19:30:00-05:00"},
	    {"2026-02-28T19:30:05", "2026-02-28T19:30:05-05:00"},
	    {"2026-02-28T19:30-04:00", "2026-02-28T19:30:00-04:00"},
	    {"2026-02-28T19:30:05+0530", "2026-02-28T19:30:05+05:30"},
	    {"2026-02-28T19:30Z", "2026-02-28T19:30:00+00:00"},
	    {"2026-02-28 19:30 -04:00", "2026-02-28T19:30:00-04:00"},
	    {"2026-02-28 7:30 pm", "2026-02-28T19:30:00-05:00"},
	    {"2026-02-28 7:30pm", "2026-02-28T19:30:00-05:00"},
	    {"2026-02-28 7:30 pm -04:00", "2026-02-28T19:30:00-04:00"},
	    {"28 Feb 2026 7 pm", "2026-02-28T19:00:00-05:00"},
	    {"28 february 2026, 7 pm", "2026-02-28T19:00:00-05:00"},
	    {"Feb 28 2026 7pm", "2026-02-28T19:00:00-05:00"},
	    {"Sat 28 Feb, 7:30 pm", "2026-02-28T19:30:00-05:00"}, /* what when_human shows */
	    {"3 Mar 7:10 pm", "2026-03-03T19:10:00-05:00"},
	    {"4 Mar 7:10 pm", "2025-03-04T19:10:00-05:00"}, /* the last one there was */
	    {"19:10", "2026-03-03T19:10:00-05:00"},
	    {"7 pm", "2026-03-03T19:00:00-05:00"},
	    {"12 am", "2026-03-03T00:00:00-05:00"},
	    {"12:30 pm", "2026-03-03T12:30:00-05:00"},
	    {"yesterday 7 pm", "2026-03-02T19:00:00-05:00"},
	    {"7 pm yesterday", "2026-03-02T19:00:00-05:00"},
	    {"today 7:10 pm", "2026-03-03T19:10:00-05:00"},
	    {"now", "2026-03-03T19:10:00-05:00"},
	    {"2024-02-29 12:00", "2024-02-29T12:00:00-05:00"},
	    {"2000-02-29 12:00", "2000-02-29T12:00:00-05:00"},
	    {"2025-07-04 12:00", "2025-07-04T12:00:00-04:00"}, /* summer */
	    {"1900-01-01 12:00 +00:00", "1900-01-01T12:00:00+00:00"},
	    {"2026-03-03 12:00 +14:00", "2026-03-03T12:00:00+14:00"},
	    {"2026-03-03 12:00 -12:00", "2026-03-03T12:00:00-12:00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		reads_at(NOW, rows[i].text, rows[i].iso);
}

static void test_not_real(void **state)
{
	(void)state;
	refused_at(NOW, "2026-02-30 19:30", ERR_SHAPE, "30 Feb 2026 is not a real date.");
	refused_at(NOW, "30 Feb 2026 7 pm", ERR_SHAPE, "30 Feb 2026 is not a real date.");
	refused_at(NOW, "2025-02-29 12:00", ERR_SHAPE, "29 Feb 2025 is not a real date.");
	refused_at(NOW, "1900-02-29 12:00", ERR_SHAPE, "29 Feb 1900 is not a real date.");
	refused_at(NOW, "2026-01-00 12:00", ERR_SHAPE, "0 Jan 2026 is not a real date.");
	refused_at(NOW, "2025-04-31 12:00", ERR_SHAPE, "31 Apr 2025 is not a real date.");
	refused_at(NOW, "2026-13-01 12:00", ERR_SHAPE, "There is no month 13. Write dates like 2026-02-28.");
	refused_at(NOW, "2026-03-03 24:00", ERR_SHAPE, "24:00 is not a time of day.");
	refused_at(NOW, "2026-03-03 12:60", ERR_SHAPE, "12:60 is not a time of day.");
	refused_at(NOW, "1899-12-31 12:00", ERR_RANGE, "The year 1899 is outside 1900 to 9998.");
	refused_at(NOW, "2026-03-03 12:00 +14:01", ERR_RANGE, "An offset lies between -12:00 and +14:00.");
	refused_at(NOW, "2026-03-03 12:00 -12:01", ERR_RANGE, "An offset lies between -12:00 and +14:00.");
	refused_at(NOW, "Mon 3 Mar 2026 7 pm", ERR_SHAPE, "3 Mar 2026 is a Tue, not a Mon.");
	refused_at(NOW, "2026-02-28", ERR_SHAPE, "Add the time of day, like 2026-02-28 19:30.");
}

static void test_not_understood(void **state)
{
	static const char *const texts[] = {"",
	                                    "soon",
	                                    "2026-2-8 19:30",
	                                    "19",
	                                    "19:3",
	                                    "13 pm",
	                                    "0 am",
	                                    "7:5 pm",
	                                    "2026-02-28 19:30 extra",
	                                    "19:30 19:30",
	                                    "20260228 19:30",
	                                    "2026-02-28T19:30 -4",
	                                    "a b c d e f g h i j"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct when now = at(NOW), w;
		struct why why;

		assert_int_equal(when_parse(texts[i], &now, &w, &why), ERR_SHAPE);
		if (!strstr(why.text, "is not a time that can be read"))
			fail_msg("%s: %s", texts[i], why.text);
	}
	refused_at(NOW, "\x1b[2Jx", ERR_SHAPE,
	           "\"\\x1b[2Jx\" is not a time that can be read. Write it like 2026-02-28 19:30.");
}

static void test_ahead(void **state)
{
	(void)state;
	refused_at(NOW, "9:20 pm", ERR_RANGE,
	           "That time is 2 h 10 min ahead of this computer's clock (7:10 pm). Check the clock or the time.");
	refused_at(NOW, "7:20 pm", ERR_RANGE,
	           "That time is 10 min ahead of this computer's clock (7:10 pm). Check the clock or the time.");
	refused_at(NOW, "tomorrow 7:10 pm", ERR_RANGE,
	           "That time is 24 h 0 min ahead of this computer's clock (7:10 pm). Check the clock or the time.");
	refused_at(NOW, "2027-03-03 7:10 pm", ERR_RANGE,
	           "That time is 365 days ahead of this computer's clock (7:10 pm). Check the clock or the time.");
	reads_at(NOW, "19:15", "2026-03-03T19:15:00-05:00"); /* five minutes are let pass */
	refused_at(NOW, "19:15:01", ERR_RANGE,
	           "That time is 5 min ahead of this computer's clock (7:10 pm). Check the clock or the time.");
}

/* Sunday 1 Nov 2026: 2:00 am becomes 1:00 am. Sunday 8 Mar 2026: 2:00 am becomes 3:00 am. */
static void test_clock_changes(void **state)
{
	const int64_t later = NOW + 300 * 86400LL;

	(void)state;
	refused_at(later, "2026-11-01 01:30", ERR_SHAPE, "1:30 am happened twice that night. Add -04:00 or -05:00.");
	reads_at(later, "2026-11-01 01:30 -04:00", "2026-11-01T01:30:00-04:00");
	reads_at(later, "2026-11-01 01:30 -05:00", "2026-11-01T01:30:00-05:00");
	reads_at(later, "2026-11-01 00:59", "2026-11-01T00:59:00-04:00");
	refused_at(later, "2026-11-01 01:00", ERR_SHAPE, "1:00 am happened twice that night. Add -04:00 or -05:00.");
	refused_at(later, "2026-11-01 01:59:59", ERR_SHAPE, "1:59 am happened twice that night. Add -04:00 or -05:00.");
	reads_at(later, "2026-11-01 02:00", "2026-11-01T02:00:00-05:00");
	refused_at(later, "2026-03-08 02:30", ERR_SHAPE,
	           "2:30 am did not happen that night: the clocks went forward. Add -05:00 or -04:00.");
	reads_at(later, "2026-03-08 01:59", "2026-03-08T01:59:00-05:00");
	reads_at(later, "2026-03-08 03:00", "2026-03-08T03:00:00-04:00");
	reads_at(later, "2026-03-08 02:30 -05:00", "2026-03-08T02:30:00-05:00");
}

static void test_other_zones(void **state)
{
	(void)state;
	zone("Asia/Kolkata");
	reads_at(NOW, "2026-02-28 19:30", "2026-02-28T19:30:00+05:30");
	zone("Pacific/Kiritimati");
	reads_at(NOW, "2026-02-28 19:30", "2026-02-28T19:30:00+14:00");
	zone("UTC");
	reads_at(NOW, "2026-02-28 19:30", "2026-02-28T19:30:00+00:00");
	zone("Australia/Lord_Howe"); /* half an hour of summer time: 5 Apr 2026, 2:00 am becomes 1:30 am */
	refused_at(NOW + 60 * 86400, "2026-04-05 01:45", ERR_SHAPE,
	           "1:45 am happened twice that night. Add +11:00 or +10:30.");
	new_york(state);
}

static void test_shown(void **state)
{
	struct when now = at(NOW), w = at(NOW), old = at(NOW - 400 * 86400LL), midnight = at(NOW - 19 * 3600 - 600);
	char out[WHEN_TEXT];

	(void)state;
	assert_string_equal(when_human(&w, &now, out), "Tue 3 Mar, 7:10 pm");
	assert_string_equal(when_human(&w, NULL, out), "Tue 3 Mar 2026, 7:10 pm");
	assert_string_equal(when_human(&old, &now, out), "Mon 27 Jan 2025, 7:10 pm");
	assert_string_equal(when_date(&w, &now, out), "Tue 3 Mar");
	assert_string_equal(when_clock(&midnight, out), "12:00 am");
	midnight.s += 12 * 3600;
	assert_string_equal(when_clock(&midnight, out), "12:00 pm");
	assert_string_equal(when_iso(&w, out), "2026-03-03T19:10:00-05:00");
	w.offset_min = 345; /* shown where it was said */
	assert_string_equal(when_human(&w, &now, out), "Wed 4 Mar, 5:55 am");
	assert_string_equal(when_iso(&w, out), "2026-03-04T05:55:00+05:45");
	assert_int_equal(when_now().offset_min, when_local(when_now().s).offset_min);
}

static void day(const char *text, const char *iso)
{
	struct when now = at(NOW), w;
	char out[WHEN_TEXT];
	struct why why;

	assert_int_equal(when_parse_day(text, &now, &w, &why), 0);
	assert_string_equal(when_iso(&w, out), iso);
}

static void test_days(void **state)
{
	struct when now = at(NOW), w;
	struct why why;

	(void)state;
	day("2026-04-01", "2026-04-01T00:00:00-04:00");
	day("1 Apr 2026", "2026-04-01T00:00:00-04:00");
	day("Wed 1 Apr", "2026-04-01T00:00:00-04:00");
	day("1 Feb", "2027-02-01T00:00:00-05:00"); /* the next one there is */
	day("tomorrow", "2026-03-04T00:00:00-05:00");
	day("today", "2026-03-03T00:00:00-05:00");
	assert_int_equal(when_parse_day("2026-04-31", &now, &w, &why), ERR_SHAPE);
	assert_string_equal(why.text, "31 Apr 2026 is not a real date.");
	assert_int_equal(when_parse_day("2026-04-01 7 pm", &now, &w, &why), ERR_SHAPE);
	assert_int_equal(when_parse_day("never", &now, &w, &why), ERR_SHAPE);
	zone("America/Havana"); /* Sunday 8 Mar 2026: midnight did not happen */
	now = at(NOW);
	assert_int_equal(when_parse_day("2026-03-08", &now, &w, &why), 0);
	new_york(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms), cmocka_unit_test(test_not_real),      cmocka_unit_test(test_not_understood),
	    cmocka_unit_test(test_ahead), cmocka_unit_test(test_clock_changes), cmocka_unit_test(test_other_zones),
	    cmocka_unit_test(test_shown), cmocka_unit_test(test_days),
	};

	return cmocka_run_group_tests(tests, new_york, NULL);
}
