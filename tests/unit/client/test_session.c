/* Sessions as the records tell them: which is open, events in order of time whoever wrote them, doses, what is due,
 * what was struck out, the report; over a change of the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/dosing.h"
#include "client/book/people.h"
#include "client/book/session.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "client/care/summary.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

#define MIN UINT64_C(60000)
#define T0 UINT64_C(1772546640000) /* 3 Mar 2026, 14:04 UTC */

static struct circle *c;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

static struct content *blank(uint32_t kind)
{
	struct content_head head = {.kind = kind};
	struct content *made = content_new(&head);
	assert_non_null(made);
	return made;
}

static void set(struct content *to, uint32_t key, uint64_t value)
{
	assert_int_equal(content_set_u64(to, key, value), 0);
}

/* Borrows the device's book until the device is used again. */
static struct chart chart_of(enum circle_who device, enum circle_who client)
{
	const struct write_ctx *ctx = circle_write(c, device);
	return (struct chart){ctx->book, ctx->people, people_by_pid(ctx->people, circle_genesis(c, client))};
}

static int put(enum circle_who who, const struct care_kind *kind, struct content *fields, uint64_t at_ms,
               const struct book_item *revises)
{
	uint8_t author[16] = {0}, id[16] = {0};
	if (revises) { /* the book is read anew */
		memcpy(author, revises->author->pid, sizeof(author));
		memcpy(id, revises->id, sizeof(id));
	}
	struct write_ctx *ctx = circle_write(c, who);
	struct write_care w = {.kind = kind, .fields = fields, .at_ms = at_ms};
	w.about = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_KIM));
	w.revises = revises ? book_by_id(ctx->book, author, id) : NULL;
	int err = write_care(ctx, &w, NULL);
	content_free(fields);
	return err;
}

static struct content *order_of(void)
{
	struct content *o = blank(ORDER_KIND);
	struct buf list;
	set(o, ORDER_ROUTE, ORDER_SL);
	set(o, ORDER_UNIT_MG, 1000);
	set(o, ORDER_UNITS, 3);
	set(o, ORDER_MAX_MG, 3000);
	set(o, ORDER_SESSIONS, 4);
	set(o, ORDER_VALID_UNTIL, 21000);
	set(o, ORDER_CHECK_EVERY, 15);
	set(o, ORDER_OBSERVE, 120);
	buf_init(&list, 0);
	mp_put_array(&list, 3);
	mp_put_i64(&list, -10);
	mp_put_i64(&list, 40);
	mp_put_i64(&list, 120);
	assert_int_equal(content_set_array(o, ORDER_SCHEDULE, list.data, list.len), 0);
	buf_wipe(&list);
	return o;
}

/* Osei orders, Ana opens session 1 with Kim at T0. */
static void open_session(void)
{
	struct content *s = blank(SESSION_KIND);
	assert_int_equal(put(CIRCLE_OSEI, &care_order, order_of(), T0 - 100 * MIN, NULL), 0);
	(void)circle_vault(c, CIRCLE_ANA);
	(void)circle_vault(c, CIRCLE_LUND);
	circle_send(c, CIRCLE_OSEI);
	set(s, SESSION_NO, 1);
	set(s, SESSION_TYPE, SESSION_MEDICINE);
	set(s, SESSION_STATE, SESSION_OPEN);
	set(s, SESSION_OPENED_AT, T0);
	struct chart chart = chart_of(CIRCLE_ANA, CIRCLE_KIM);
	const struct book_item *order = chart_newest(&chart, ORDER_KIND);
	assert_non_null(order);
	assert_int_equal(chart_set_ref(s, SESSION_ORDER, order), 0);
	set(s, SESSION_ORDER_REV, 1);
	assert_int_equal(put(CIRCLE_ANA, &care_session, s, T0, NULL), 0);
	circle_send(c, CIRCLE_ANA);
}

static struct session *read_on(enum circle_who device)
{
	struct chart chart = chart_of(device, CIRCLE_KIM);
	const struct book_item *item = session_newest(&chart);
	struct session *s = NULL;
	assert_non_null(item);
	assert_int_equal(session_read(&chart, item, &s), 0);
	return s;
}

static struct content *event_of(enum circle_who who, unsigned what)
{
	struct chart chart = chart_of(who, CIRCLE_KIM);
	struct content *e = blank(EVENT_KIND);
	assert_int_equal(chart_set_ref(e, EVENT_SESSION, session_newest(&chart)), 0);
	set(e, EVENT_WHAT, what);
	return e;
}

static void dose(enum circle_who who, uint64_t mg, uint64_t at_ms)
{
	struct content *e = event_of(who, EVENT_DOSE);
	set(e, EVENT_MG, mg);
	set(e, EVENT_ROUTE, ORDER_SL);
	assert_int_equal(put(who, &care_event, e, at_ms, NULL), 0);
}

static void vitals(enum circle_who who, uint64_t sys, uint64_t at_ms)
{
	struct content *e = event_of(who, EVENT_VITALS);
	set(e, EVENT_SYS, sys);
	set(e, EVENT_DIA, 70);
	assert_int_equal(put(who, &care_event, e, at_ms, NULL), 0);
}

/* --- --- */

static void test_none(void **state)
{
	(void)state;
	struct chart chart = chart_of(CIRCLE_ANA, CIRCLE_KIM);
	assert_null(session_open(&chart));
	assert_null(session_newest(&chart));
	assert_int_equal(session_next_no(&chart, SESSION_MEDICINE), 1);
}

static void test_opened(void **state)
{
	(void)state;
	open_session();
	struct chart chart = chart_of(CIRCLE_ANA, CIRCLE_KIM), jo = chart;
	jo.client = circle_person(c, CIRCLE_ANA, CIRCLE_JO);
	assert_non_null(session_open(&chart));
	assert_null(session_open(&jo));
	assert_int_equal(session_next_no(&chart, SESSION_MEDICINE), 2);
	assert_int_equal(session_next_no(&chart, SESSION_PREP), 1);
	struct session *s = read_on(CIRCLE_ANA);
	assert_true(s->opened_ms == T0 && !s->first_dose_ms && !s->doses);
	assert_int_equal(s->order_rev, 1);
	/* before a dose everything is counted from the opening */
	assert_true(session_vitals_due(s) == T0 + 40 * MIN);
	assert_true(session_check_due(s) == T0 + 15 * MIN);
	assert_true(session_observe_until(s) == T0 + 120 * MIN);
	assert_int_equal(session_observed(s, T0 + 30 * MIN), 0);
	session_free(s);
}

/* Written by two people, late and out of order. */
static void test_timeline(void **state)
{
	(void)state;
	open_session();
	dose(CIRCLE_ANA, 2000, T0 + 3 * MIN);
	vitals(CIRCLE_LUND, 168, T0 + 44 * MIN);
	circle_send(c, CIRCLE_LUND);
	dose(CIRCLE_ANA, 1000, T0 + 23 * MIN);
	vitals(CIRCLE_ANA, 122, T0);
	struct session *s = read_on(CIRCLE_ANA);
	static const unsigned order[] = {EVENT_VITALS, EVENT_DOSE, EVENT_DOSE, EVENT_VITALS};
	assert_int_equal(s->n_events, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(s->events[i].what, order[i]);
	assert_true(s->events[3].item->author == circle_person(c, CIRCLE_ANA, CIRCLE_LUND));
	assert_int_equal(s->mg, 3000);
	assert_int_equal(s->doses, 2);
	assert_true(s->first_dose_ms == T0 + 3 * MIN && s->last_dose_ms == T0 + 23 * MIN);
	assert_int_equal(session_minute(s, T0), -3);
	assert_int_equal(session_minute(s, T0 + 3 * MIN), 0);
	assert_int_equal(session_minute(s, T0 + 3 * MIN - 1), -1);
	assert_int_equal(session_observed(s, T0 + 124 * MIN), 121);
	assert_true(session_vitals_due(s) == T0 + 123 * MIN); /* the reading at 44 was the one of minute 40 */
	assert_true(session_check_due(s) == T0 + 59 * MIN);
	assert_true(session_observe_until(s) == T0 + 123 * MIN);
	assert_true(session_last(s, EVENT_VITALS, 0) == &s->events[3]);
	assert_true(session_last(s, EVENT_VITALS, T0 + 43 * MIN) == &s->events[0]);
	assert_null(session_last(s, EVENT_AE, 0));
	session_free(s);
	/* the prescriber's device has the same */
	circle_send(c, CIRCLE_ANA);
	s = read_on(CIRCLE_OSEI);
	assert_int_equal(s->n_events, 4);
	assert_int_equal(s->mg, 3000);
	session_free(s);
}

static void test_spans(void **state)
{
	(void)state;
	open_session();
	dose(CIRCLE_ANA, 2000, T0);
	struct session *s = read_on(CIRCLE_ANA);
	assert_true(session_spans(s, T0 - 240 * MIN));
	assert_false(session_spans(s, T0 - 240 * MIN - 1));
	assert_true(session_spans(s, T0 + 1440 * MIN));
	assert_false(session_spans(s, T0 + 1441 * MIN));
	session_free(s);
}

/* Minutes are minutes, also in the night when an hour comes twice. */
static void test_clock_change(void **state)
{
	(void)state;
	setenv("TZ", "America/New_York", 1);
	open_session();
	uint64_t before = UINT64_C(1793511000000); /* 1 Nov 2026, 1:30 am, the first time */
	dose(CIRCLE_ANA, 2000, before);
	struct session *s = read_on(CIRCLE_ANA);
	assert_int_equal(session_minute(s, before + 60 * MIN), 60); /* 1:30 am, the second time */
	assert_int_equal(session_observed(s, before + 120 * MIN), 120);
	session_free(s);
	setenv("TZ", "UTC", 1);
}

static void test_struck(void **state)
{
	(void)state;
	open_session();
	dose(CIRCLE_ANA, 2000, T0 + 3 * MIN);
	dose(CIRCLE_ANA, 2000, T0 + 4 * MIN);
	const struct book_item *twice = circle_see(c, CIRCLE_ANA, EVENT_KIND, CIRCLE_ANA);
	assert_non_null(twice);
	struct content_head head = {.kind = EVENT_KIND};
	struct content *struck = content_copy(chart_content(twice), &head);
	assert_int_equal(content_set_bool(struck, EVENT_STRUCK, true), 0);
	struct content *silent = content_copy(struck, &head);
	assert_int_equal(put(CIRCLE_ANA, &care_event, silent, T0 + 4 * MIN, twice), ERR_SCHEMA); /* not without a reason */
	twice = circle_see(c, CIRCLE_ANA, EVENT_KIND, CIRCLE_ANA);
	assert_int_equal(content_set_str(struck, EVENT_REASON, "entered twice", 13), 0);
	assert_int_equal(put(CIRCLE_ANA, &care_event, struck, T0 + 4 * MIN, twice), 0);
	struct session *s = read_on(CIRCLE_ANA);
	assert_int_equal(s->n_events, 2);
	assert_true(s->events[1].struck);
	assert_int_equal(s->doses, 1);
	assert_int_equal(s->mg, 2000);
	assert_true(s->last_dose_ms == T0 + 3 * MIN);
	assert_true(session_last(s, EVENT_DOSE, 0) == &s->events[0]);
	session_free(s);
}

/* Somebody else's event is not revised. */
static void test_not_mine(void **state)
{
	(void)state;
	open_session();
	vitals(CIRCLE_ANA, 122, T0);
	circle_send(c, CIRCLE_ANA);
	const struct book_item *hers = circle_see(c, CIRCLE_LUND, EVENT_KIND, CIRCLE_ANA);
	struct content_head head = {.kind = EVENT_KIND};
	struct content *copy = content_copy(chart_content(hers), &head);
	set(copy, EVENT_SYS, 100);
	assert_int_equal(put(CIRCLE_LUND, &care_event, copy, T0, hers), ERR_NOT_AUTHOR);
	struct content *mine = event_of(CIRCLE_LUND, EVENT_VITALS);
	set(mine, EVENT_HR, 70);
	assert_int_equal(put(CIRCLE_LUND, &care_event, mine, T0, NULL), 0);
}

static void test_order_changes(void **state)
{
	(void)state;
	open_session();
	struct content *o = order_of();
	set(o, ORDER_CHECK_EVERY, 10);
	assert_int_equal(put(CIRCLE_OSEI, &care_order, o, T0, circle_see(c, CIRCLE_OSEI, ORDER_KIND, CIRCLE_OSEI)), 0);
	circle_send(c, CIRCLE_OSEI);
	struct session *s = read_on(CIRCLE_ANA);
	assert_int_equal(s->order_rev, 2);
	assert_true(session_check_due(s) == T0 + 10 * MIN);
	session_free(s);
}

static void send_report(const char *type, const char *key)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	struct write_field field = {"session", key};
	const struct person *osei = circle_person(c, CIRCLE_ANA, CIRCLE_OSEI);
	assert_int_equal(write_message(ctx,
	                               &(struct write_message){.to = &osei,
	                                                       .n_to = 1,
	                                                       .about = circle_person(c, CIRCLE_ANA, CIRCLE_KIM),
	                                                       .care = true,
	                                                       .type = type,
	                                                       .body = "x",
	                                                       .body_len = 1,
	                                                       .fields = &field,
	                                                       .n_fields = 1},
	                               NULL),
	                 0);
}

static void test_report(void **state)
{
	char key[SESSION_KEY];
	(void)state;
	open_session();
	struct session *s = read_on(CIRCLE_ANA);
	assert_string_equal(session_key(s, key), "1, opened 2026-03-03T14:04Z");
	session_free(s);
	send_report("session-report", "2, opened 2026-03-03T14:04Z");
	send_report("refill", key);
	s = read_on(CIRCLE_ANA);
	assert_null(session_reported(s));
	session_free(s);
	send_report("session-report", key);
	s = read_on(CIRCLE_ANA);
	assert_non_null(session_reported(s));
	session_free(s);
}

/* A therapist's acknowledgement opens nothing; a prescriber's does. */
static void acknowledge(enum circle_who who)
{
	struct write_ctx *ctx = circle_write(c, who);
	const struct book_item *flag = circle_last(ctx, c, FLAG_KIND, CIRCLE_ANA);
	assert_non_null(flag);
	assert_int_equal(write_ack(ctx, flag, "seen", 4), 0);
	circle_send(c, who);
}

static void test_acknowledged(void **state)
{
	(void)state;
	(void)circle_vault(c, CIRCLE_OSEI);
	open_session();
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	struct write_flag flag = {.about = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_KIM)),
	                          .cause = FLAG_PRE_CHECK,
	                          .severity = FLAG_SOON,
	                          .text = "alcohol",
	                          .source = circle_last(ctx, c, SESSION_KIND, CIRCLE_ANA)};
	assert_int_equal(write_flag(ctx, &flag), 0);
	circle_send(c, CIRCLE_ANA);
	acknowledge(CIRCLE_LUND);
	struct chart chart = chart_of(CIRCLE_ANA, CIRCLE_KIM);
	assert_null(session_acknowledged(&chart, session_newest(&chart)));
	acknowledge(CIRCLE_OSEI);
	chart = chart_of(CIRCLE_ANA, CIRCLE_KIM);
	const struct book_ack *ack = session_acknowledged(&chart, session_newest(&chart));
	assert_non_null(ack);
	assert_string_equal(ack->person->name, "Dr. Osei");
}

/* Two people's summaries with the same last dose: once one says that it ended, it ended. */
static void summary(enum circle_who who, uint64_t last, uint64_t closed)
{
	struct content *s = blank(SUMMARY_KIND);
	set(s, SUMMARY_FIRST_DOSE, T0);
	set(s, SUMMARY_LAST_DOSE, last);
	if (closed)
		set(s, SUMMARY_CLOSED_AT, closed);
	assert_int_equal(put(who, &care_summary, s, T0, NULL), 0);
	circle_send(c, who);
}

static void test_two_summaries(void **state)
{
	(void)state;
	(void)circle_vault(c, CIRCLE_KIM);
	open_session();
	summary(CIRCLE_LUND, T0 + 20 * MIN, 0);
	struct chart chart = chart_of(CIRCLE_KIM, CIRCLE_KIM);
	assert_true(dosing_is_open(&chart, T0 + 130 * MIN));
	summary(CIRCLE_ANA, T0 + 20 * MIN, T0 + 124 * MIN);
	chart = chart_of(CIRCLE_KIM, CIRCLE_KIM);
	assert_false(dosing_is_open(&chart, T0 + 130 * MIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_opened, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_timeline, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_spans, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_clock_change, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_struck, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_not_mine, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_order_changes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_report, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_acknowledged, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_two_summaries, setup, teardown),
	};
	return crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
