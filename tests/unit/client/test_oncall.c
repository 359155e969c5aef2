/* Who is on call and when the clinic is open: days and times as they are typed, local time in the clinic's zone over
 * midnight and summer time, and whose word counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/chart.h"
#include "client/book/ledger.h"
#include "client/book/oncall.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/book/write_internal.h"
#include "client/care/contact.h"
#include "client/setting.h"
#include "client/ui/hours.h"
#include "client/ui/why.h"
#include "client/zone.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

/* --- as it is typed --- */

static void test_days(void **state)
{
	static const struct {
		const char *typed;
		int days; /* -1: refused */
	} rows[] = {
	    {"Mon", 1},       {"sun", 64},      {"Mon-Fri", 31},   {"Sat,Sun", 96},     {"Fri-Mon", 113},
	    {"daily", 127},   {"Monday", 1},    {"Mon-Sun", 127},  {"tue,thu", 10},     {"", -1},
	    {"Mon,", -1},     {"Mon-", -1},     {"Mon Fri", -1},   {"Mox", -1},         {"-Fri", -1},
	    {"Mon--Fri", -1}, {"Mon,,Fri", -1}, {"daily,Mon", -1}, {"Mon-Tue-Wed", -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct why why = {""};
		uint8_t days = 0;
		int err = hours_parse_days(rows[i].typed, &days, &why);
		assert_int_equal(err, rows[i].days < 0 ? ERR_SHAPE : 0);
		assert_true(!*why.text == !err);
		if (!err)
			assert_int_equal(days, rows[i].days);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *typed;
		int from, to;
	} rows[] = {
	    {"9-5", 540, 1020},
	    {"9:00-17:30", 540, 1050},
	    {"17:00-9:00", 1020, 540},
	    {"5pm-9am", 1020, 540},
	    {"9am-5am", 540, 300},
	    {"0:00-24:00", 0, 0},
	    {"8-8", 480, 1200},
	    {"12am-12pm", 0, 720},
	    {"20-8", 1200, 480},
	    {" 9 am - 5 pm ", 540, 1020},
	    {"9-12", 540, 720},
	    {"9", -1, 0},
	    {"9-", -1, 0},
	    {"25-9", -1, 0},
	    {"9:60-10", -1, 0},
	    {"9:5-10", -1, 0},
	    {"13pm-2pm", -1, 0},
	    {"0am-2pm", -1, 0},
	    {"9-5-7", -1, 0},
	    {"nine-five", -1, 0},
	    {"24:01-5", -1, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct why why = {""};
		uint16_t from = 0, to = 0;
		int err = hours_parse_times(rows[i].typed, &from, &to, &why);
		assert_int_equal(err, rows[i].from < 0 ? ERR_SHAPE : 0);
		if (err)
			continue;
		assert_int_equal(from, rows[i].from);
		assert_int_equal(to, rows[i].to);
	}
}

static void test_both(void **state)
{
	struct hours_span spans[2];
	struct why why = {""};
	char text[HOURS_TEXT];
	size_t n;
	(void)state;
	assert_int_equal(hours_parse("Mon-Fri 9-5; Sat 10:00-14:00", spans, 2, &n, &why), 0);
	assert_int_equal(n, 2);
	assert_string_equal(hours_human(&spans[0], text), "Mon-Fri 9:00 am to 5:00 pm");
	assert_string_equal(hours_human(&spans[1], text), "Sat 10:00 am to 2:00 pm");
	assert_string_equal(hours_human(&(struct hours_span){127, 1020, 0}, text), "daily 5:00 pm to 12:00 am");
	assert_string_equal(hours_human(&(struct hours_span){1 + 4 + 64, 0, 1}, text), "Mon,Wed,Sun 12:00 am to 12:01 am");
	assert_int_equal(hours_parse("Mon 9-5; Tue 9-5; Wed 9-5", spans, 2, &n, &why), ERR_RANGE);
	assert_int_equal(hours_parse("Mon-Fri", spans, 2, &n, &why), ERR_SHAPE);
	assert_int_equal(hours_parse("", spans, 2, &n, &why), ERR_SHAPE);
	assert_int_equal(hours_parse("Mon 9-5;", spans, 2, &n, &why), ERR_SHAPE);
}

/* --- zones --- */

static int64_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute};
	return (int64_t)timegm(&tm);
}

static void test_zone(void **state)
{
	struct zone_time at;
	struct tm tm;
	time_t when = (time_t)utc(2026, 3, 3, 12, 0);
	(void)state;
	assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
	tzset();
	assert_int_equal(zone_local("America/New_York", when, &at), 0);
	assert_int_equal(at.day, 1); /* Tuesday */
	assert_int_equal(at.minute, 7 * 60);
	localtime_r(&when, &tm);
	assert_int_equal(tm.tm_hour, 21); /* and the own zone is what it was */
	assert_string_equal(getenv("TZ"), "Asia/Tokyo");
	assert_int_equal(zone_local("Mars/Base", when, &at), ERR_NOT_FOUND);
	assert_int_equal(zone_local("../../etc/passwd", when, &at), ERR_NOT_FOUND);
	assert_int_equal(zone_local("/etc/localtime", when, &at), ERR_NOT_FOUND);
	assert_int_equal(zone_local("", when, &at), ERR_NOT_FOUND);
	char here[ZONE_NAME];
	assert_string_equal(zone_here(here), "Asia/Tokyo");
	unsetenv("TZ");
	tzset();
	assert_int_equal(zone_local("UTC", when, &at), 0);
	assert_int_equal(at.minute, 12 * 60);
	assert_null(getenv("TZ"));
}

static struct oncall_turn turn(uint8_t days, unsigned from, unsigned to)
{
	struct oncall_turn t = {.days = days, .from = (uint16_t)from, .to = (uint16_t)to, .zone = "America/New_York"};
	return t;
}

static void test_runs(void **state)
{
	struct oncall_turn day = turn(31, 540, 1020), night = turn(1 << 4, 1020, 540), all = turn(1 << 6, 0, 0);
	(void)state;
	/* Tuesday 3 March 2026, UTC-5 */
	assert_false(oncall_runs(&day, utc(2026, 3, 3, 13, 59)));
	assert_true(oncall_runs(&day, utc(2026, 3, 3, 14, 0)));
	assert_true(oncall_runs(&day, utc(2026, 3, 3, 21, 59)));
	assert_false(oncall_runs(&day, utc(2026, 3, 3, 22, 0)));
	/* after the clocks went forward on 8 March it is an hour earlier by UTC, the same on the wall */
	assert_true(oncall_runs(&day, utc(2026, 3, 9, 13, 0)));
	assert_false(oncall_runs(&day, utc(2026, 3, 9, 12, 59)));
	assert_false(oncall_runs(&day, utc(2026, 3, 9, 21, 0)));
	/* Friday from 5 pm, over midnight to Saturday 9 am, and no other night */
	assert_true(oncall_runs(&night, utc(2026, 3, 6, 22, 0)));
	assert_true(oncall_runs(&night, utc(2026, 3, 7, 13, 59)));
	assert_false(oncall_runs(&night, utc(2026, 3, 7, 14, 0)));
	assert_false(oncall_runs(&night, utc(2026, 3, 6, 13, 0)));
	assert_false(oncall_runs(&night, utc(2026, 3, 7, 23, 0)));
	/* the hour that happens twice, 1 November */
	struct oncall_turn one = turn(1 << 6, 60, 120);
	assert_true(oncall_runs(&one, utc(2026, 11, 1, 5, 30)));
	assert_true(oncall_runs(&one, utc(2026, 11, 1, 6, 30)));
	assert_false(oncall_runs(&one, utc(2026, 11, 1, 7, 0)));
	/* a whole day, and no more */
	assert_true(oncall_runs(&all, utc(2026, 3, 1, 5, 0)));
	assert_true(oncall_runs(&all, utc(2026, 3, 2, 4, 59)));
	assert_false(oncall_runs(&all, utc(2026, 3, 2, 5, 0)));
	struct oncall_turn lost = day;
	strcpy(lost.zone, "Mars/Base");
	assert_false(oncall_runs(&lost, utc(2026, 3, 3, 15, 0)));
}

/* --- in a clinic --- */

static struct circle *c;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	circle_vault(c, CIRCLE_ADMIN);
	circle_vault(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_JO);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

static const struct write_ctx *seen;

static const struct book_item *contact_seen_by(enum circle_who who)
{
	seen = circle_write(c, who);
	return oncall_contact(seen->book, seen->people);
}

static struct content *contact(const char *phone, const struct oncall_turn *turns, size_t n)
{
	struct content_head head = {.kind = CONTACT_KIND};
	struct content *content = content_new(&head);
	assert_non_null(content);
	assert_int_equal(content_set_str(content, CONTACT_PHONE, phone, strlen(phone)), 0);
	assert_int_equal(oncall_set_turns(content, turns, n), 0);
	return content;
}

static void say(enum circle_who to, const char *phone, uint64_t at_ms, const struct oncall_turn *turns, size_t n)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_ADMIN);
	const struct person *person = circle_person(c, CIRCLE_ADMIN, to);
	struct content *content = contact(phone, turns, n);
	struct write_care w = {.kind = &care_contact, .fields = content, .to = &person, .n_to = 1, .at_ms = at_ms};
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_send(c, CIRCLE_ADMIN);
}

static void phone_is(enum circle_who who, const char *want)
{
	const struct book_item *item = contact_seen_by(who);
	struct buf text;
	assert_non_null(item);
	circle_text_is(chart_content(item), CONTACT_PHONE, want);
	buf_init(&text, 0);
	assert_int_equal(setting_get(circle_vault(c, who)->txn, SETTING_CLINIC_PHONE, &text), 0);
	assert_string_equal((const char *)text.data, want);
	buf_wipe(&text);
}

static void test_newest_counts(void **state)
{
	(void)state;
	assert_null(contact_seen_by(CIRCLE_JO));
	say(CIRCLE_JO, "555-0137", 2000, NULL, 0);
	phone_is(CIRCLE_JO, "555-0137");
	say(CIRCLE_JO, "555-0999", 1000, NULL, 0); /* said before, arrives later */
	phone_is(CIRCLE_JO, "555-0137");
	say(CIRCLE_JO, "555-0138", 3000, NULL, 0);
	phone_is(CIRCLE_JO, "555-0138");
	assert_int_equal(circle_refused(c, CIRCLE_JO), 0);
}

/* A device that does not keep to the rules: the record is one the server takes. */
static void forge(enum circle_who who, enum circle_who to, const char *phone)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct ledger_pending p = {.record_class = RECORD_CONTROL, .op = RECORD_CONTENT};
	struct content_head head;
	struct content *from = contact(phone, NULL, 0);
	assert_int_equal(write_head(ctx, CONTACT_KIND, &head), 0);
	struct content *content = content_copy(from, &head);
	assert_int_equal(write_add(&p, circle_person(c, who, to)), 0);
	assert_int_equal(write_put(ctx, content, &p, NULL), 0);
	content_free(from);
	content_free(content);
	circle_send(c, who);
}

static void test_only_admins(void **state)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	struct content *content = contact("555-0666", NULL, 0);
	struct write_care w = {.kind = &care_contact, .fields = content};
	struct buf text;
	(void)state;
	assert_int_equal(write_care(ctx, &w, NULL), ERR_ROLE);
	content_free(content);
	forge(CIRCLE_ANA, CIRCLE_JO, "555-0666");
	assert_null(contact_seen_by(CIRCLE_JO));
	buf_init(&text, 0);
	assert_int_equal(setting_get(circle_vault(c, CIRCLE_JO)->txn, SETTING_CLINIC_PHONE, &text), ERR_NOT_FOUND);
	buf_wipe(&text);
	say(CIRCLE_JO, "555-0137", 1000, NULL, 0);
	forge(CIRCLE_ANA, CIRCLE_JO, "555-0667");
	phone_is(CIRCLE_JO, "555-0137");
	/* and the streams go on */
	assert_int_equal(circle_refused(c, CIRCLE_JO), 0);
	say(CIRCLE_JO, "555-0140", 2000, NULL, 0);
	phone_is(CIRCLE_JO, "555-0140");
}

static struct oncall_turn turn_of(enum circle_who who, const char *name)
{
	struct oncall_turn t = turn(127, 0, 0);
	memcpy(t.pid, circle_genesis(c, who), sizeof(t.pid));
	snprintf(t.name, sizeof(t.name), "%s", name);
	return t;
}

static void test_on_call(void **state)
{
	struct oncall_turn turns[] = {turn_of(CIRCLE_LUND, "Ms. Lund"), turn_of(CIRCLE_ANA, "Old name"),
	                              turn_of(CIRCLE_MED, "")},
	                   now;
	(void)state;
	turns[0].days = 1; /* Mondays */
	say(CIRCLE_JO, "555-0137", 1000, turns, 3);
	const struct content *content = chart_content(contact_seen_by(CIRCLE_JO));
	const struct people *people = seen->people;
	struct oncall_turn got[3];
	assert_int_equal(oncall_turns(content, people, got, 3), 3);
	assert_string_equal(got[0].name, "Ms. Lund"); /* nobody Jo knows */
	assert_string_equal(got[1].name, "Ana Reyes");
	assert_int_equal(got[0].days, 1);
	assert_int_equal(oncall_turns(content, people, got, 2), 2);
	assert_true(oncall_now(content, people, utc(2026, 3, 2, 15, 0), &now)); /* a Monday */
	assert_string_equal(now.name, "Ms. Lund");
	assert_true(oncall_now(content, people, utc(2026, 3, 3, 15, 0), &now));
	assert_string_equal(now.name, "Ana Reyes");
	/* who has left is passed over */
	circle_remove(c, CIRCLE_ANA);
	circle_refresh(c, CIRCLE_JO);
	content = chart_content(contact_seen_by(CIRCLE_JO));
	people = seen->people;
	assert_false(oncall_now(content, people, utc(2026, 3, 3, 15, 0), &now));
	assert_false(oncall_now(NULL, people, utc(2026, 3, 3, 15, 0), &now));
}

static void test_open(void **state)
{
	struct oncall_turn spans[] = {turn(31, 540, 1020), turn(1 << 5, 600, 840)};
	struct content *content = contact("555", NULL, 0);
	(void)state;
	assert_int_equal(oncall_is_open(content, utc(2026, 3, 3, 15, 0)), -1);
	assert_int_equal(oncall_is_open(NULL, utc(2026, 3, 3, 15, 0)), -1);
	assert_int_equal(oncall_set_spans(content, spans, 2), 0);
	assert_int_equal(oncall_is_open(content, utc(2026, 3, 3, 15, 0)), 1);
	assert_int_equal(oncall_is_open(content, utc(2026, 3, 3, 23, 0)), 0);
	assert_int_equal(oncall_is_open(content, utc(2026, 3, 7, 16, 0)), 1); /* Saturday 11 am */
	strcpy(spans[0].zone, "Mars/Base");
	assert_int_equal(oncall_set_spans(content, spans, 1), 0);
	assert_int_equal(oncall_is_open(content, utc(2026, 3, 3, 15, 0)), -1);
	assert_int_equal(oncall_set_spans(content, NULL, 0), 0);
	assert_false(content_has(content, CONTACT_OPEN));
	content_free(content);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_days), cmocka_unit_test(test_times), cmocka_unit_test(test_both),
	    cmocka_unit_test(test_zone), cmocka_unit_test(test_runs),  cmocka_unit_test(test_open),
	    TEST(test_newest_counts),    TEST(test_only_admins),       TEST(test_on_call),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
