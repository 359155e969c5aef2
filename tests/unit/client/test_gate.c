/* What stands in the way of a session: decisions, days, numbers of sessions, acknowledgements, holds, consents, news of
 * medicines; and that nobody's word counts who may not say it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/gate.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/clearance.h"
#include "client/care/consent.h"
#include "client/care/hold.h"
#include "client/care/order.h"
#include "client/care/psynote.h"
#include "client/care/session.h"
#include "client/care/summary.h"
#include "client/cmd/prepare/signing.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_care.h"
#include "tests/unit/support/circle_words.h"

static struct circle *c;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	for (int who = CIRCLE_ANA; who < CIRCLE_PEOPLE; who++)
		circle_vault(c, (enum circle_who)who);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

#define NOW_MS UINT64_C(1800000000000) /* the circle's clock: 15 Jan 2027, 8:00 UTC */
#define TODAY 20833
#define DAY_MS UINT64_C(86400000)

static struct chart seen_by(enum circle_who who)
{
	return circle_chart(c, who, CIRCLE_JO);
}

static struct gate clearance(uint32_t today)
{
	struct chart chart = seen_by(CIRCLE_ANA);
	return gate_clearance(&chart, today);
}

static struct gate order(enum circle_who opens, uint32_t today)
{
	struct chart chart = seen_by(opens);
	return gate_order(&chart, people_self(chart.people), today);
}

static struct gate hold(enum circle_who who, uint32_t today)
{
	struct chart chart = seen_by(who);
	return gate_hold(&chart, today);
}

static struct gate consent(uint32_t today)
{
	struct chart chart = seen_by(CIRCLE_ANA);
	return gate_consent(&chart, today);
}

static struct gate news(enum circle_who who)
{
	struct chart chart = seen_by(who);
	return gate_med_change(&chart);
}

static void test_today(void **state)
{
	(void)state;
	assert_int_equal(gate_today(NOW_MS, 0), TODAY);
	assert_int_equal(gate_today(TODAY * DAY_MS, 0), TODAY);
	assert_int_equal(gate_today(TODAY * DAY_MS - 1, 0), TODAY - 1);
	assert_int_equal(gate_today(TODAY * DAY_MS, -60), TODAY - 1);
	assert_int_equal(gate_today(TODAY * DAY_MS - 1, 60), TODAY);
}

/* --- clearance --- */

static void clear(const char *const *typed)
{
	circle_care_write(c, CIRCLE_OSEI, CIRCLE_JO, &care_clearance, typed);
}

static void test_clearance_days(void **state)
{
	(void)state;
	assert_int_equal(clearance(TODAY).state, GATE_MISSING);
	assert_null(clearance(TODAY).item);
	clear(CIRCLE_CARE("decision=cleared", "valid-until=@20840"));
	struct gate g = clearance(TODAY);
	assert_int_equal(g.state, GATE_OPEN);
	assert_int_equal(g.day, 20840);
	assert_int_equal(g.revision, 1);
	assert_int_equal(g.allowed, 0);
	assert_int_equal(clearance(20840).state, GATE_OPEN);
	assert_int_equal(clearance(20841).state, GATE_EXPIRED);
	circle_care_revise(c, CIRCLE_OSEI, &care_clearance, CIRCLE_CARE("valid-until=@20841"));
	assert_int_equal(clearance(20841).state, GATE_OPEN);
	assert_int_equal(clearance(20841).revision, 2);
}

static void test_clearance_decisions(void **state)
{
	static const struct {
		const char *decision;
		enum gate_state state;
	} cases[] = {
	    {"decision=pending", GATE_DECIDED}, {"decision=needs-info", GATE_DECIDED},
	    {"decision=cleared", GATE_OPEN},    {"decision=cleared-with-conditions", GATE_OPEN},
	    {"decision=hold", GATE_DECIDED},    {"decision=not-cleared", GATE_DECIDED},
	};
	(void)state;
	clear(CIRCLE_CARE("decision=cleared", "sessions=2", "conditions=none"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		circle_care_revise(c, CIRCLE_OSEI, &care_clearance, CIRCLE_CARE(cases[i].decision));
		assert_int_equal(clearance(TODAY).state, cases[i].state);
	}
}

static void session(const char *type, const char *held, const char *more, uint64_t at_ms)
{
	char opened[40];
	snprintf(opened, sizeof(opened), "opened-at=@%llu", (unsigned long long)at_ms);
	circle_care_write(c, CIRCLE_ANA, CIRCLE_JO, &care_session, CIRCLE_CARE(type, held, opened, more));
}

static void test_sessions_used_up(void **state)
{
	(void)state;
	clear(CIRCLE_CARE("decision=cleared", "sessions=2"));
	session("type=medicine", "state=closed", "no=1", NOW_MS - DAY_MS); /* before it */
	session("type=medicine", "state=closed", "no=2", NOW_MS + DAY_MS);
	session("type=integration", "state=closed", "no=3", NOW_MS + DAY_MS);
	session("type=medicine", "state=cancelled", "no=4", NOW_MS + DAY_MS);
	session("type=medicine", "state=planned", "no=5", NOW_MS + DAY_MS);
	session("type=medicine", "state=closed", "no-dose=Came unwell.", NOW_MS + DAY_MS);
	struct gate g = clearance(TODAY);
	assert_int_equal(g.state, GATE_OPEN);
	assert_int_equal(g.used, 1);
	assert_int_equal(g.allowed, 2);
	session("type=medicine", "state=open", "no=6", NOW_MS + 2 * DAY_MS);
	assert_int_equal(clearance(TODAY).state, GATE_USED_UP);
	assert_int_equal(clearance(TODAY).used, 2);
	/* the next decision allows anew, from when it was made */
	circle_care_revise(c, CIRCLE_OSEI, &care_clearance, CIRCLE_CARE("sessions=3"));
	assert_int_equal(clearance(TODAY).used, 2);
	assert_int_equal(clearance(TODAY).state, GATE_OPEN);
}

/* A therapist's device that was changed writes a clearance: it is there to see, and counts nowhere. */
static void test_forged_clearance(void **state)
{
	struct content *content = circle_care_content(&care_clearance, CIRCLE_CARE("decision=cleared", "sessions=9"));
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	const struct book_item *forged;
	(void)state;
	struct write_care w = {
	    .kind = &care_clearance, .fields = content, .about = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO))};
	assert_int_equal(write_care(ctx, &w, NULL), ERR_ROLE);
	circle_care_forge(c, CIRCLE_ANA, CIRCLE_JO, &care_clearance, content);
	content_free(content);
	assert_int_equal(clearance(TODAY).state, GATE_MISSING);
	struct chart chart = seen_by(CIRCLE_OSEI);
	forged = book_by_number(chart.book, NULL, CLEARANCE_KIND, 1);
	assert_non_null(forged);
	assert_false(chart_stands(forged));
	assert_int_equal(chart_count(&chart, CLEARANCE_KIND), 0);
	clear(CIRCLE_CARE("decision=hold", "reasons=Labs."));
	assert_int_equal(clearance(TODAY).state, GATE_DECIDED);
	assert_int_equal(circle_refused(c, CIRCLE_OSEI), 0); /* it was read, and is shown as what it is */
}

/* --- order --- */

static const char *const plain_order[] = {"route=sl",   "unit-mg=100",        "units=2", "max-mg=200",
                                          "sessions=2", "valid-until=@20840", NULL};

static void test_order_acknowledged(void **state)
{
	(void)state;
	assert_int_equal(order(CIRCLE_ANA, TODAY).state, GATE_MISSING);
	circle_care_write(c, CIRCLE_OSEI, CIRCLE_JO, &care_order, plain_order);
	assert_int_equal(order(CIRCLE_ANA, TODAY).state, GATE_UNACKNOWLEDGED);
	assert_int_equal(order(CIRCLE_OSEI, TODAY).state, GATE_OPEN); /* it is theirs */
	circle_care_ack(c, CIRCLE_JO, CIRCLE_JO, ORDER_KIND);
	assert_int_equal(order(CIRCLE_ANA, TODAY).state, GATE_UNACKNOWLEDGED); /* somebody else's does not do */
	circle_care_ack(c, CIRCLE_ANA, CIRCLE_JO, ORDER_KIND);
	assert_int_equal(order(CIRCLE_ANA, TODAY).state, GATE_OPEN);
	assert_int_equal(order(CIRCLE_ANA, TODAY).revision, 1);
	circle_care_revise(c, CIRCLE_OSEI, &care_order, CIRCLE_CARE("units=1"));
	assert_int_equal(order(CIRCLE_ANA, TODAY).state, GATE_UNACKNOWLEDGED);
	assert_int_equal(order(CIRCLE_ANA, TODAY).revision, 2);
	circle_care_ack(c, CIRCLE_ANA, CIRCLE_JO, ORDER_KIND);
	assert_int_equal(order(CIRCLE_ANA, 20840).state, GATE_OPEN);
	assert_int_equal(order(CIRCLE_ANA, 20841).state, GATE_EXPIRED);
}

static void test_order_spacing(void **state)
{
	(void)state;
	circle_care_write(c, CIRCLE_OSEI, CIRCLE_JO, &care_order, plain_order);
	circle_care_revise(c, CIRCLE_OSEI, &care_order, CIRCLE_CARE("min-days=3"));
	assert_int_equal(order(CIRCLE_OSEI, TODAY).state, GATE_OPEN);
	session("type=medicine", "state=closed", "no=1", NOW_MS + DAY_MS);
	struct gate g = order(CIRCLE_OSEI, TODAY + 3);
	assert_int_equal(g.state, GATE_TOO_SOON);
	assert_int_equal(g.day, TODAY + 4);
	assert_int_equal(order(CIRCLE_OSEI, TODAY + 4).state, GATE_OPEN);
	session("type=medicine", "state=closed", "no=2", NOW_MS + DAY_MS);
	assert_int_equal(order(CIRCLE_OSEI, TODAY + 4).state, GATE_USED_UP);
}

static void test_forged_order(void **state)
{
	struct content *content = circle_care_content(&care_order, plain_order);
	(void)state;
	circle_care_forge(c, CIRCLE_ANA, CIRCLE_JO, &care_order, content);
	content_free(content);
	assert_int_equal(order(CIRCLE_ANA, TODAY).state, GATE_MISSING);
	assert_int_equal(order(CIRCLE_OSEI, TODAY).state, GATE_MISSING);
}

/* --- holds --- */

static void place_hold(enum circle_who who, const char *const *typed)
{
	circle_care_write(c, who, CIRCLE_JO, &care_hold, typed);
}

static void test_hold(void **state)
{
	(void)state;
	assert_int_equal(hold(CIRCLE_ANA, TODAY).state, GATE_OPEN);
	place_hold(CIRCLE_OSEI, CIRCLE_CARE("reason=Labs are open.", "until=@20835"));
	struct gate g = hold(CIRCLE_ANA, TODAY);
	assert_int_equal(g.state, GATE_HELD);
	assert_int_equal(g.day, 20835);
	assert_int_equal(hold(CIRCLE_ANA, 20835).state, GATE_HELD);
	assert_int_equal(hold(CIRCLE_ANA, 20836).state, GATE_OPEN);
	place_hold(CIRCLE_ANA, CIRCLE_CARE("reason=A hard week."));
	g = hold(CIRCLE_OSEI, 20836);
	assert_int_equal(g.state, GATE_HELD);
	assert_int_equal(g.day, 0);
}

static void test_lifted(void **state)
{
	(void)state;
	place_hold(CIRCLE_ANA, CIRCLE_CARE("reason=A hard week."));
	circle_care_close(c, CIRCLE_ANA, CIRCLE_JO, HOLD_KIND); /* one's own */
	assert_int_equal(hold(CIRCLE_OSEI, TODAY).state, GATE_OPEN);
	place_hold(CIRCLE_ANA, CIRCLE_CARE("reason=Another one."));
	assert_int_equal(hold(CIRCLE_OSEI, TODAY).state, GATE_HELD);
	circle_care_close(c, CIRCLE_OSEI, CIRCLE_JO, HOLD_KIND); /* a prescriber any */
	assert_int_equal(hold(CIRCLE_ANA, TODAY).state, GATE_OPEN);
	place_hold(CIRCLE_OSEI, CIRCLE_CARE("reason=Labs are open."));
	circle_care_close(c, CIRCLE_ANA, CIRCLE_JO, HOLD_KIND); /* a therapist not the prescriber's */
	assert_int_equal(hold(CIRCLE_ANA, TODAY).state, GATE_HELD);
	assert_int_equal(hold(CIRCLE_OSEI, TODAY).state, GATE_HELD);
	circle_care_close(c, CIRCLE_OSEI, CIRCLE_JO, HOLD_KIND); /* which does not keep them from it */
	assert_int_equal(hold(CIRCLE_ANA, TODAY).state, GATE_OPEN);
}

/* --- consent --- */

#define HASH_BYTES 32

static struct content *signed_form(const char *const *typed)
{
	static const uint8_t hash[HASH_BYTES] = {1};
	struct content *content = circle_care_content(&care_consent, typed);
	assert_int_equal(content_set_bin(content, CONSENT_TEXT_HASH, hash, sizeof(hash)), 0);
	return content;
}

static void sign(const char *const *typed)
{
	struct content *content = signed_form(typed);
	struct write_care w = {.kind = &care_consent, .fields = content};
	assert_int_equal(write_care(circle_write(c, CIRCLE_JO), &w, NULL), 0);
	content_free(content);
	circle_send(c, CIRCLE_JO);
}

static void test_consent(void **state)
{
	(void)state;
	assert_int_equal(consent(TODAY).state, GATE_MISSING);
	sign(CIRCLE_CARE("name=Jo", "scope=messaging"));
	assert_int_equal(consent(TODAY).state, GATE_MISSING); /* of something else */
	sign(CIRCLE_CARE("name=Jo", "scope=treatment", "until=@20840"));
	assert_int_equal(consent(20840).state, GATE_OPEN);
	assert_int_equal(consent(20841).state, GATE_EXPIRED);
	circle_care_revise(c, CIRCLE_JO, &care_consent, CIRCLE_CARE("withdrawn-at=@1800000000000"));
	assert_int_equal(consent(TODAY).state, GATE_WITHDRAWN);
	sign(CIRCLE_CARE("name=Jo", "scope=treatment"));
	assert_int_equal(consent(TODAY + 4000).state, GATE_OPEN);
}

/* What a client writes is about that client: nobody signs for somebody else. */
static void test_forged_consent(void **state)
{
	struct content *content = signed_form(CIRCLE_CARE("name=Jo", "scope=treatment"));
	(void)state;
	circle_care_forge(c, CIRCLE_KIM, CIRCLE_JO, &care_consent, content);
	assert_non_null(circle_see(c, CIRCLE_ANA, CONSENT_KIND, CIRCLE_KIM)); /* it came */
	assert_int_equal(consent(TODAY).state, GATE_MISSING);
	circle_care_forge(c, CIRCLE_OSEI, CIRCLE_JO, &care_consent, content);
	assert_int_equal(consent(TODAY).state, GATE_MISSING);
	circle_care_forge(c, CIRCLE_JO, CIRCLE_JO, &care_consent, content);
	assert_int_equal(consent(TODAY).state, GATE_OPEN);
	content_free(content);
}

/* --- medicines --- */

static void test_news(void **state)
{
	(void)state;
	circle_care_message(c, CIRCLE_JO, CIRCLE_JO, "other");
	assert_int_equal(news(CIRCLE_ANA).state, GATE_OPEN);
	circle_care_message(c, CIRCLE_JO, CIRCLE_JO, "med-change");
	assert_int_equal(news(CIRCLE_ANA).state, GATE_UNACKNOWLEDGED);
	assert_non_null(news(CIRCLE_ANA).item);
	circle_care_ack(c, CIRCLE_ANA, CIRCLE_JO, CONTENT_MESSAGE);
	assert_int_equal(news(CIRCLE_ANA).state, GATE_UNACKNOWLEDGED);
	circle_care_ack(c, CIRCLE_OSEI, CIRCLE_JO, CONTENT_MESSAGE);
	assert_int_equal(news(CIRCLE_ANA).state, GATE_OPEN);
	circle_care_message(c, CIRCLE_ANA, CIRCLE_JO, "med-change");
	assert_int_equal(news(CIRCLE_OSEI).state, GATE_UNACKNOWLEDGED);
	circle_care_ack(c, CIRCLE_OSEI, CIRCLE_JO, CONTENT_MESSAGE);
	circle_care_message(c, CIRCLE_OSEI, CIRCLE_JO, "med-change"); /* a prescriber knows what they wrote */
	assert_int_equal(news(CIRCLE_ANA).state, GATE_OPEN);
	assert_int_equal(news(CIRCLE_OSEI).state, GATE_OPEN);
}

/* --- a psychotherapy note has one reader --- */

static void test_note_for_nobody(void **state)
{
	struct content *content = circle_care_content(&care_psynote, CIRCLE_CARE("text=She laughed."));
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	const struct person *osei = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_OSEI));
	struct write_care w = {.kind = &care_psynote, .fields = content, .to = &osei, .n_to = 1};
	(void)state;
	w.about = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO));
	assert_int_equal(write_care(ctx, &w, NULL), ERR_CLASS);
	w.only_me = true;
	assert_int_equal(write_care(ctx, &w, NULL), ERR_CLASS);
	w.n_to = 0;
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	circle_send(c, CIRCLE_ANA);
	content_free(content);
	struct chart own = seen_by(CIRCLE_ANA);
	assert_int_equal(chart_count(&own, PSYNOTE_KIND), 1);
	assert_int_equal(chart_newest(&own, PSYNOTE_KIND)->n_readers, 0);
	for (int who = CIRCLE_OSEI; who < CIRCLE_PEOPLE; who++) {
		struct chart others = circle_chart(c, (enum circle_who)who, CIRCLE_JO);
		assert_int_equal(chart_count(&others, PSYNOTE_KIND), 0);
	}
}

/* --- medicine days are not signing days --- */

static int signing_at(uint64_t ms, struct why *why)
{
	struct chart chart = seen_by(CIRCLE_JO);
	struct when now = when_local((int64_t)(ms / 1000));
	why->text[0] = '\0';
	return signing_check(&chart, &now, why);
}

static void dosed(const char *last, const char *more)
{
	circle_care_write(c, CIRCLE_ANA, CIRCLE_JO, &care_summary,
	                  CIRCLE_CARE("no=1", "first-dose=@1800000000000", last, more));
}

static void test_signing(void **state)
{
	struct why why;
	(void)state;
	assert_int_equal(signing_at(NOW_MS, &why), 0);
	dosed("last-dose=@1800003600000", "mg=200");
	assert_int_equal(signing_at(NOW_MS + DAY_MS / 12, &why), ERR_ROLE); /* 10:00 on the day */
	assert_string_equal(why.text, "This can be signed after 6:00 am tomorrow. Medicine days are not signing days.");
	assert_int_equal(signing_at((TODAY + 1) * DAY_MS + DAY_MS / 24, &why), ERR_ROLE); /* 1:00 in the night */
	assert_string_equal(why.text, "This can be signed after 6:00 am today. Medicine days are not signing days.");
	assert_int_equal(signing_at((TODAY + 1) * DAY_MS + DAY_MS / 4 - 1000, &why), ERR_ROLE);
	/* 6:00, but nobody has said that the session is over */
	assert_int_equal(signing_at((TODAY + 1) * DAY_MS + DAY_MS / 4, &why), ERR_ROLE);
	assert_string_equal(why.text,
	                    "This can be signed after the session has ended. Medicine days are not signing days.");
	circle_care_revise(c, CIRCLE_ANA, &care_summary, CIRCLE_CARE("closed-at=@1800010800000"));
	assert_int_equal(signing_at((TODAY + 1) * DAY_MS + DAY_MS / 4 - 1000, &why), ERR_ROLE);
	assert_int_equal(signing_at((TODAY + 1) * DAY_MS + DAY_MS / 4, &why), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_today),
	    TEST(test_clearance_days),
	    TEST(test_clearance_decisions),
	    TEST(test_sessions_used_up),
	    TEST(test_forged_clearance),
	    TEST(test_order_acknowledged),
	    TEST(test_order_spacing),
	    TEST(test_forged_order),
	    TEST(test_hold),
	    TEST(test_lifted),
	    TEST(test_consent),
	    TEST(test_forged_consent),
	    TEST(test_news),
	    TEST(test_note_for_nobody),
	    TEST(test_signing),
	};
	setenv("TZ", "UTC", 1);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
