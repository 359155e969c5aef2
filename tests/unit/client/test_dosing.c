/* The day of a medicine session: which words rest and until when, over both changes of the clock, in other zones, and
 * when one of two clocks is wrong; what an edit of a shared entry does meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/chart.h"
#include "client/book/dosing.h"
#include "client/book/gift.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/morning.h"
#include "client/care/summary.h"
#include "client/sync/rest.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

#define HOUR UINT64_C(3600000)
#define MINUTE UINT64_C(60000)

static struct circle *c;

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static int setup(void **state)
{
	(void)state;
	zone("America/New_York");
	c = circle_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

/* A moment of a UTC calendar. */
static uint64_t utc(int month, int day, int hour, int minute)
{
	struct tm tm = {.tm_year = 126, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute};
	return (uint64_t)timegm(&tm) * 1000;
}

static uint64_t real_now(void)
{
	return (uint64_t)time(NULL) * 1000;
}

/* --- what the clinic tells the client --- */

static void tell(uint64_t first, uint64_t last, uint64_t closed, bool again)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	struct content_head head = {.kind = SUMMARY_KIND};
	struct content *summary = content_new(&head);
	struct write_care w = {.kind = &care_summary, .fields = summary};
	w.about = circle_person(c, CIRCLE_ANA, CIRCLE_JO);
	w.revises = again ? circle_last(ctx, c, SUMMARY_KIND, CIRCLE_ANA) : NULL;
	assert_int_equal(content_set_u64(summary, SUMMARY_FIRST_DOSE, first), 0);
	if (last)
		assert_int_equal(content_set_u64(summary, SUMMARY_LAST_DOSE, last), 0);
	if (closed)
		assert_int_equal(content_set_u64(summary, SUMMARY_CLOSED_AT, closed), 0);
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(summary);
	circle_send(c, CIRCLE_ANA);
}

static void dose(uint64_t first)
{
	circle_vault(c, CIRCLE_JO);
	tell(first, 0, 0, false);
}

static struct chart chart_of(enum circle_who who)
{
	const struct write_ctx *ctx = circle_write(c, who);
	return (struct chart){ctx->book, ctx->people, people_self(ctx->people)};
}

static uint64_t hold(uint64_t written, uint64_t now)
{
	struct chart chart = chart_of(CIRCLE_JO);
	return dosing_hold_until(&chart, written, now);
}

static bool is_open(uint64_t now)
{
	struct chart chart = chart_of(CIRCLE_JO);
	return dosing_is_open(&chart, now);
}

/* --- the window --- */

static void test_no_dose(void **state)
{
	uint64_t now = utc(3, 3, 20, 0);
	(void)state;
	assert_int_equal(hold(now, now), 0);
	assert_false(is_open(now));
	struct chart chart = chart_of(CIRCLE_JO);
	assert_int_equal(dosing_last(&chart), 0);
	assert_int_equal(dosing_no_sign_until(&chart, now), 0);
}

static void test_window(void **state)
{
	uint64_t at = utc(3, 3, 19, 0); /* 2 pm in New York */
	(void)state;
	dose(at);
	assert_int_equal(hold(at - 1, at + HOUR), 0);
	assert_int_equal(hold(at, at + HOUR), utc(3, 4, 11, 0)); /* 6 am EST */
	assert_int_equal(hold(at + 10 * HOUR, at + 10 * HOUR), utc(3, 4, 11, 0));
	/* what was written in the evening may be released in the morning, though a day has not passed */
	assert_int_equal(hold(at + HOUR, utc(3, 4, 11, 0) - 1), utc(3, 4, 11, 0));
	assert_int_equal(hold(at + HOUR, utc(3, 4, 11, 0)), 0);
	/* what is written the next morning, still within a day, waits until the morning after it */
	assert_int_equal(hold(utc(3, 4, 15, 0), utc(3, 4, 15, 0)), utc(3, 5, 11, 0));
	assert_int_equal(hold(at + 24 * HOUR - 1, at + 24 * HOUR), utc(3, 5, 11, 0));
	assert_int_equal(hold(at + 24 * HOUR, at + 24 * HOUR), 0);
}

static void test_after_midnight(void **state)
{
	(void)state;
	dose(utc(3, 4, 1, 0));                                                        /* 8 pm on the 3rd */
	assert_int_equal(hold(utc(3, 4, 7, 0), utc(3, 4, 7, 0)), utc(3, 4, 11, 0));   /* 2 am: the same morning */
	assert_int_equal(hold(utc(3, 4, 11, 0), utc(3, 4, 11, 0)), utc(3, 5, 11, 0)); /* at 6 am: the next one */
}

static void test_booster(void **state)
{
	uint64_t first = utc(3, 3, 19, 0), booster = first + 2 * HOUR;
	(void)state;
	circle_vault(c, CIRCLE_JO);
	tell(first, booster, 0, false);
	assert_int_equal(hold(first + HOUR, first + HOUR), utc(3, 4, 11, 0)); /* between the two */
	assert_int_equal(hold(first + 25 * HOUR, first + 25 * HOUR), utc(3, 5, 11, 0));
	assert_int_equal(hold(booster + 24 * HOUR, booster + 24 * HOUR), 0);
}

static void test_two_sessions(void **state)
{
	uint64_t first = utc(3, 3, 19, 0), second = utc(3, 17, 18, 0);
	(void)state;
	dose(second);
	tell(first, 0, first + 3 * HOUR, false); /* the earlier one arrives later */
	assert_int_equal(hold(first + HOUR, second), 0);
	assert_int_equal(hold(second + HOUR, second + HOUR), utc(3, 18, 10, 0)); /* EDT by now */
	assert_true(is_open(second + HOUR));
	struct chart chart = chart_of(CIRCLE_JO);
	assert_int_equal(dosing_last(&chart), second);
}

static void test_only_ones_own(void **state)
{
	uint64_t at = utc(3, 3, 19, 0);
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	dose(at);
	struct chart ana = chart_of(CIRCLE_ANA);
	assert_int_equal(dosing_hold_until(&ana, at + HOUR, at + HOUR), 0); /* the therapist took nothing */
	circle_vault(c, CIRCLE_KIM);
	struct chart kim = chart_of(CIRCLE_KIM);
	assert_int_equal(dosing_hold_until(&kim, at + HOUR, at + HOUR), 0);
}

/* --- open and closed --- */

static void test_open(void **state)
{
	uint64_t at = utc(3, 3, 19, 0);
	(void)state;
	dose(at);
	assert_true(is_open(at + 1));
	assert_true(is_open(at + 24 * HOUR - 1));
	assert_false(is_open(at + 24 * HOUR)); /* forgotten to be closed */
	tell(at, 0, at + 3 * HOUR, true);
	assert_false(is_open(at + 4 * HOUR));
	assert_int_equal(hold(at + 4 * HOUR, at + 4 * HOUR), utc(3, 4, 11, 0)); /* closing releases nothing */
	struct chart chart = chart_of(CIRCLE_JO);
	assert_int_equal(dosing_no_sign_until(&chart, at + 4 * HOUR), utc(3, 4, 11, 0));
	assert_int_equal(dosing_no_sign_until(&chart, utc(3, 4, 11, 0)), 0);
}

/* --- zones and the nights on which clocks change --- */

static void test_zones(void **state)
{
	uint64_t at = utc(3, 3, 19, 0);
	(void)state;
	dose(at);
	zone("Pacific/Kiritimati"); /* 14 hours ahead: it is 9 am on the 4th there */
	assert_int_equal(hold(at, at), utc(3, 4, 16, 0));
	zone("Pacific/Pago_Pago"); /* 11 hours behind: 8 am on the 3rd */
	assert_int_equal(hold(at, at), utc(3, 4, 17, 0));
	zone("Asia/Kolkata"); /* half an hour: 0:30 am on the 4th */
	assert_int_equal(hold(at, at), utc(3, 4, 0, 30));
	zone("UTC");
	assert_int_equal(hold(at, at), utc(3, 4, 6, 0));
}

/* 8 March 2026, 2 am in New York: an hour is missing. */
static void test_gap(void **state)
{
	uint64_t at = utc(3, 8, 0, 0); /* Saturday 7 pm EST */
	(void)state;
	dose(at);
	assert_int_equal(hold(at + HOUR, at + HOUR), utc(3, 8, 10, 0));                   /* Sunday 6 am EDT */
	assert_int_equal(hold(utc(3, 8, 6, 59), utc(3, 8, 6, 59)), utc(3, 8, 10, 0));     /* 1:59 am EST */
	assert_int_equal(hold(utc(3, 8, 7, 0), utc(3, 8, 7, 0)), utc(3, 8, 10, 0));       /* 3:00 am EDT */
	assert_int_equal(hold(at + 24 * HOUR - 1, at + 24 * HOUR - 1), utc(3, 9, 10, 0)); /* 7:59 pm EDT */
	assert_int_equal(hold(at + 24 * HOUR, at + 24 * HOUR), 0);                        /* 8 pm EDT: a day is 24 h */
	assert_int_equal(morning_after(utc(3, 7, 11, 0)) - morning_after(utc(3, 7, 10, 59)), 23 * HOUR);
}

/* 1 November 2026, 2 am in New York: an hour comes twice. */
static void test_overlap(void **state)
{
	uint64_t at = utc(10, 31, 23, 0); /* Saturday 7 pm EDT */
	(void)state;
	dose(at);
	assert_int_equal(hold(utc(11, 1, 5, 30), utc(11, 1, 5, 30)), utc(11, 1, 11, 0));   /* the first 1:30 am */
	assert_int_equal(hold(utc(11, 1, 6, 30), utc(11, 1, 6, 30)), utc(11, 1, 11, 0));   /* the second */
	assert_int_equal(hold(at + 24 * HOUR - 1, at + 24 * HOUR - 1), utc(11, 2, 11, 0)); /* 5:59 pm EST */
	assert_int_equal(hold(at + 24 * HOUR, at + 24 * HOUR), 0);
	assert_int_equal(morning_after(utc(10, 31, 10, 0)) - morning_after(utc(10, 31, 9, 59)), 25 * HOUR);
}

/* --- wrong clocks --- */

static void test_this_clock_behind(void **state)
{
	uint64_t at = utc(3, 3, 19, 0), now = at - 2 * HOUR; /* it says noon */
	(void)state;
	dose(at);
	assert_true(is_open(now));
	assert_int_equal(hold(now, now), utc(3, 4, 11, 0));
	assert_int_equal(hold(now - 23 * HOUR, now), utc(3, 4, 11, 0)); /* nobody can say whether it was before */
	assert_int_equal(hold(now - 24 * HOUR, now), 0);
}

static void test_their_clock_far_ahead(void **state)
{
	uint64_t now = utc(3, 3, 19, 0);
	(void)state;
	dose(now + 24 * HOUR + 1);
	assert_false(is_open(now));
	assert_int_equal(hold(now, now), 0);
	struct chart chart = chart_of(CIRCLE_JO);
	assert_int_equal(dosing_no_sign_until(&chart, now), 0);
	dose(now - HOUR); /* and it hides no other */
	assert_true(is_open(now));
	assert_int_equal(hold(now, now), utc(3, 4, 11, 0));
}

static void test_written_ahead(void **state)
{
	uint64_t at = utc(3, 3, 19, 0), written = at + 10 * HOUR;
	(void)state;
	dose(at);
	assert_int_equal(hold(written, at + HOUR), utc(3, 4, 11, 0)); /* the clock was set back since */
}

/* --- entries --- */

static uint64_t item_hold(uint64_t now)
{
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct chart chart = {ctx->book, ctx->people, people_self(ctx->people)};
	return dosing_item_until(&chart, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), now);
}

static void enter(uint64_t at, uint64_t made)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct write_entry e = circle_plain("a door");
	ctx->now_ms = made;
	e.at_ms = at;
	assert_int_equal(write_entry(ctx, &e, NULL), 0);
}

static void test_item(void **state)
{
	uint64_t at = utc(3, 3, 19, 0);
	(void)state;
	dose(at);
	enter(0, at + HOUR);
	assert_int_equal(item_hold(at + 2 * HOUR), utc(3, 4, 11, 0));
	assert_int_equal(item_hold(utc(3, 4, 11, 0)), 0);
	enter(at - 72 * HOUR, at + HOUR); /* a date of before does not release what is written now */
	assert_int_equal(item_hold(at + 2 * HOUR), utc(3, 4, 11, 0));
	enter(at - HOUR, at - HOUR);
	assert_int_equal(item_hold(at + 2 * HOUR), 0);
	enter(at + HOUR, at + 72 * HOUR); /* about that evening, days later */
	assert_int_equal(item_hold(at + 72 * HOUR), 0);
}

/* Giving words to somebody is not writing them: what may be released in the morning may be given to two, one after the
 * other. */
static void test_shared_item(void **state)
{
	uint64_t at = utc(3, 3, 19, 0), morning = utc(3, 4, 11, 0);
	const struct person *ana;
	(void)state;
	dose(at);
	enter(0, at + HOUR);
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	ctx->now_ms = morning;
	ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	assert_int_equal(write_share(ctx, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), &ana, 1), 0);
	assert_int_equal(item_hold(morning + MINUTE), 0);
}

static const struct book_item *edit_at(uint64_t now)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct write_entry e = circle_plain("new words");
	ctx->now_ms = now;
	assert_int_equal(write_edit(ctx, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), &e), 0);
	return circle_see(c, CIRCLE_JO, CONTENT_JOURNAL, CIRCLE_JO);
}

static void test_edit_of_shared(void **state)
{
	uint64_t now = real_now();
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_JO);
	circle_enter(c, CIRCLE_JO, "old words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	dose(now);
	const struct book_item *item = edit_at(now + HOUR);
	assert_false(book_is_shared(item)); /* the new words are nobody else's */
	circle_text_is(book_head(item)->content, CONTENT_BODY, "new words");
	circle_send(c, CIRCLE_JO);
	item = circle_see(c, CIRCLE_ANA, CONTENT_JOURNAL, CIRCLE_JO);
	circle_text_is(book_head(item)->content, CONTENT_BODY, "old words");
	/* control: with no dose near, an edit goes to who reads it */
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	item = edit_at(now + 30 * HOUR);
	assert_true(book_is_shared(item));
}

/* Shared before this device heard of the dose: what is not sealed yet stays private. */
static void test_shared_unknowing(void **state)
{
	uint64_t now = real_now();
	struct write_ctx *ctx;
	size_t n = 99;
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_JO);
	enter(0, now - 2 * HOUR);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0); /* before the dose */
	enter(0, now);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	dose(now - HOUR);
	ctx = circle_write(c, CIRCLE_JO);
	ctx->now_ms = now;
	assert_int_equal(rest_pending_in(ctx, &n), 0);
	assert_int_equal(n, 1);
	const struct book_item *item = circle_see(c, CIRCLE_JO, CONTENT_JOURNAL, CIRCLE_JO);
	assert_false(book_is_shared(item));
	circle_text_is(book_head(item)->content, CONTENT_BODY, "a door");
	ctx = circle_write(c, CIRCLE_JO);
	ctx->now_ms = now;
	assert_int_equal(rest_pending_in(ctx, &n), 0);
	assert_int_equal(n, 0);
	circle_send(c, CIRCLE_JO);
	const struct book_item *theirs = circle_see(c, CIRCLE_ANA, CONTENT_JOURNAL, CIRCLE_JO);
	assert_non_null(theirs); /* the one from before the dose, and no other */
	assert_int_equal(theirs->number, 1);
}

/* Giving held back gives nothing: not even a mark stays. */
static void test_given_unknowing(void **state)
{
	uint64_t now = real_now();
	size_t n = 0;
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	enter(0, now);
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct person *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	assert_int_equal(write_give(ctx, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), &ana, 1), 0);
	assert_non_null(gift_last(circle_see(c, CIRCLE_JO, CONTENT_JOURNAL, CIRCLE_JO)));
	dose(now - HOUR);
	ctx = circle_write(c, CIRCLE_JO);
	ctx->now_ms = now;
	assert_int_equal(rest_pending_in(ctx, &n), 0);
	assert_int_equal(n, 1);
	assert_null(gift_last(circle_see(c, CIRCLE_JO, CONTENT_JOURNAL, CIRCLE_JO)));
	circle_send(c, CIRCLE_JO);
	assert_null(circle_see(c, CIRCLE_ANA, CONTENT_JOURNAL, CIRCLE_JO));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_no_dose),
	    CASE(test_window),
	    CASE(test_after_midnight),
	    CASE(test_booster),
	    CASE(test_two_sessions),
	    CASE(test_only_ones_own),
	    CASE(test_open),
	    CASE(test_zones),
	    CASE(test_gap),
	    CASE(test_overlap),
	    CASE(test_this_clock_behind),
	    CASE(test_their_clock_far_ahead),
	    CASE(test_written_ahead),
	    CASE(test_item),
	    CASE(test_shared_item),
	    CASE(test_edit_of_shared),
	    CASE(test_shared_unknowing),
	    CASE(test_given_unknowing),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
