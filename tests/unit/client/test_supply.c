/* The supply adds up with what sessions say was taken, each strength for itself; a count that differs is seen, and
 * flagged once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/people.h"
#include "client/book/stock.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/session.h"
#include "client/care/supply.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_care.h"

#define MG_100 1000
#define MG_50 500

static struct circle *c;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	for (int who = CIRCLE_ANA; who < CIRCLE_PEOPLE; who++)
		circle_vault(c, (enum circle_who)who);
	circle_care_write(c, CIRCLE_ANA, CIRCLE_JO, &care_session, CIRCLE_CARE("no=1", "type=medicine", "state=open"));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

static void supply(enum circle_who who, const char *type, unsigned units, const char *strength)
{
	char text[32];
	snprintf(text, sizeof(text), "units=%u", units);
	circle_care_write(c, who, CIRCLE_JO, &care_supply, CIRCLE_CARE(type, text, strength));
}

static void dose(const char *what, const char *mg, const char *units, const char *unit_mg)
{
	struct content *content = circle_care_content(&care_event, CIRCLE_CARE(what, "route=sl", mg, units, unit_mg));
	const struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	struct chart chart = {ctx->book, ctx->people, people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO))};
	assert_int_equal(chart_set_ref(content, EVENT_SESSION, chart_newest(&chart, SESSION_KIND)), 0);
	struct write_care w = {.kind = &care_event, .fields = content, .about = chart.client};
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_send(c, CIRCLE_ANA);
}

static struct stock load(enum circle_who who, uint64_t unit_mg)
{
	struct stock s;
	struct chart chart = circle_chart(c, who, CIRCLE_JO);
	assert_int_equal(stock_load(&chart, unit_mg, &s), 0);
	return s;
}

static void left_is(uint64_t unit_mg, int64_t want)
{
	struct stock s = load(CIRCLE_OSEI, unit_mg);
	assert_int_equal(s.left, want);
	if (s.n)
		assert_int_equal(s.rows[s.n - 1].left, want);
	stock_free(&s);
}

static void test_adds_up(void **state)
{
	(void)state;
	left_is(MG_100, 0);
	supply(CIRCLE_OSEI, "type=dispensed", 12, "unit-mg=100");
	supply(CIRCLE_OSEI, "type=wasted", 1, "unit-mg=100");
	supply(CIRCLE_OSEI, "type=returned", 2, "unit-mg=100");
	supply(CIRCLE_OSEI, "type=lost", 3, "unit-mg=100");
	left_is(MG_100, 6);
	dose("what=dose", "mg=200", "units=2", "unit-mg=100");
	left_is(MG_100, 4);
	dose("what=booster", "mg=100", "units=1", "unit-mg=100");
	left_is(MG_100, 3);
	supply(CIRCLE_JO, "type=count", 3, "unit-mg=100"); /* changes nothing */
	left_is(MG_100, 3);
	struct stock s = load(CIRCLE_OSEI, MG_100);
	static const uint64_t sums[STOCK_WHATS] = {12, 1, 2, 3, 3, 3};
	assert_memory_equal(s.sums, sums, sizeof(sums));
	assert_int_equal(s.n, 7);
	assert_int_equal(s.without_units, 0);
	stock_free(&s);
}

static void test_strengths(void **state)
{
	uint64_t strengths[STOCK_STRENGTHS];
	(void)state;
	supply(CIRCLE_OSEI, "type=dispensed", 4, "unit-mg=100");
	supply(CIRCLE_OSEI, "type=dispensed", 6, "unit-mg=50");
	dose("what=dose", "mg=100", "units=2", "unit-mg=50");
	dose("what=dose", "mg=200", "units=2", "site=none");  /* 200 mg in two units are of 100 mg */
	dose("what=dose", "mg=60", "site=none", "site=none"); /* counted in no unit */
	left_is(MG_100, 2);
	left_is(MG_50, 4);
	left_is(MG_100 + 1, 0);
	struct stock s = load(CIRCLE_OSEI, MG_50);
	assert_int_equal(s.without_units, 1);
	stock_free(&s);
	struct chart chart = circle_chart(c, CIRCLE_OSEI, CIRCLE_JO);
	assert_int_equal(stock_strengths(&chart, strengths), 2);
	assert_int_equal(strengths[0], MG_100);
	assert_int_equal(strengths[1], MG_50);
}

/* A correction is a revision: the ledger follows it. */
static void test_corrected(void **state)
{
	(void)state;
	supply(CIRCLE_OSEI, "type=dispensed", 12, "unit-mg=100");
	circle_care_revise(c, CIRCLE_OSEI, &care_supply, CIRCLE_CARE("units=10"));
	left_is(MG_100, 10);
	dose("what=dose", "mg=300", "units=3", "unit-mg=100");
	circle_care_revise(c, CIRCLE_ANA, &care_event, CIRCLE_CARE("mg=200", "units=2"));
	left_is(MG_100, 8);
	circle_care_revise(c, CIRCLE_ANA, &care_event, CIRCLE_CARE("what=note", "text=It was not taken."));
	left_is(MG_100, 10);
}

static void test_below_nothing(void **state)
{
	(void)state;
	supply(CIRCLE_OSEI, "type=dispensed", 2, "unit-mg=100");
	struct stock s = load(CIRCLE_OSEI, MG_100);
	assert_int_equal(stock_after(&s, STOCK_WASTED, 2), 0);
	assert_int_equal(stock_after(&s, STOCK_RETURNED, 3), -1);
	assert_int_equal(stock_after(&s, STOCK_LOST, 10000), -9998);
	assert_int_equal(stock_after(&s, STOCK_DISPENSED, 3), 5);
	assert_int_equal(stock_after(&s, STOCK_COUNTED, 9), 2);
	stock_free(&s);
	dose("what=dose", "mg=300", "units=3", "unit-mg=100"); /* what was taken was taken */
	left_is(MG_100, -1);
}

static bool differs(enum circle_who who, int64_t expected, uint64_t counted)
{
	struct stock s = load(who, MG_100);
	const struct stock_row *count = stock_mismatch(&s);
	if (count) {
		assert_int_equal(count->left, expected);
		assert_int_equal(count->units, counted);
	}
	stock_free(&s);
	return count != NULL;
}

static void test_count(void **state)
{
	(void)state;
	assert_false(differs(CIRCLE_OSEI, 0, 0));
	supply(CIRCLE_OSEI, "type=dispensed", 6, "unit-mg=100");
	dose("what=dose", "mg=200", "units=2", "unit-mg=100");
	supply(CIRCLE_JO, "type=count", 4, "unit-mg=100");
	assert_false(differs(CIRCLE_OSEI, 4, 4));
	supply(CIRCLE_JO, "type=count", 3, "unit-mg=100");
	assert_true(differs(CIRCLE_OSEI, 4, 3));
	assert_true(differs(CIRCLE_ANA, 4, 3));
	/* what came later does not change what was right or wrong then */
	supply(CIRCLE_OSEI, "type=lost", 1, "unit-mg=100");
	assert_true(differs(CIRCLE_OSEI, 4, 3));
	supply(CIRCLE_OSEI, "type=count", 3, "unit-mg=100");
	assert_false(differs(CIRCLE_OSEI, 3, 3));
}

static int raise_flag(enum circle_who who)
{
	const struct write_ctx *ctx = circle_write(c, who);
	struct chart chart = {ctx->book, ctx->people, people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO))};
	struct stock s;
	assert_int_equal(stock_load(&chart, MG_100, &s), 0);
	assert_non_null(stock_mismatch(&s));
	struct write_flag flag = {.about = chart.client,
	                          .cause = FLAG_SUPPLY,
	                          .severity = FLAG_SOON,
	                          .text = "6 expected, 5 counted",
	                          .source = stock_mismatch(&s)->item};
	int err = write_flag(ctx, &flag);
	stock_free(&s);
	circle_send(c, who);
	return err;
}

static void test_flagged_once(void **state)
{
	(void)state;
	supply(CIRCLE_OSEI, "type=dispensed", 6, "unit-mg=100");
	supply(CIRCLE_JO, "type=count", 5, "unit-mg=100");
	assert_int_equal(raise_flag(CIRCLE_ANA), 0);
	assert_int_equal(raise_flag(CIRCLE_ANA), ERR_EXISTS);
	assert_int_equal(raise_flag(CIRCLE_OSEI), ERR_EXISTS);
	supply(CIRCLE_JO, "type=count", 4, "unit-mg=100"); /* another count is another cause */
	assert_int_equal(raise_flag(CIRCLE_OSEI), 0);
	struct chart chart = circle_chart(c, CIRCLE_OSEI, CIRCLE_JO);
	assert_int_equal(chart_count(&chart, FLAG_KIND), 2);
	chart = circle_chart(c, CIRCLE_JO, CIRCLE_JO);
	assert_int_equal(chart_count(&chart, FLAG_KIND), 0);
}

/* What a therapist's or a client's changed device writes into the ledger does not count. */
static void test_forged(void **state)
{
	struct content *content =
	    circle_care_content(&care_supply, CIRCLE_CARE("type=dispensed", "units=50", "unit-mg=100"));
	(void)state;
	supply(CIRCLE_OSEI, "type=dispensed", 2, "unit-mg=100");
	circle_care_forge(c, CIRCLE_ANA, CIRCLE_JO, &care_supply, content);
	left_is(MG_100, 2);
	circle_care_forge(c, CIRCLE_JO, CIRCLE_JO, &care_supply, content); /* a client only counts */
	left_is(MG_100, 2);
	circle_care_forge(c, CIRCLE_OSEI, CIRCLE_JO, &care_supply, content);
	left_is(MG_100, 52);
	content_free(content);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_adds_up), TEST(test_strengths),    TEST(test_corrected), TEST(test_below_nothing),
	    TEST(test_count),   TEST(test_flagged_once), TEST(test_forged),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
