/* Which prompts fit a moment after medicine: one or two, never a pile, and never what a person must pick themselves;
 * what the client skips today; how an assignment stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/asked.h"
#include "client/book/book.h"
#include "client/book/skip.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/assignment.h"
#include "client/care/offer.h"
#include "client/care/prompts.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

#define HOUR UINT64_C(3600000)
#define DAY (24 * HOUR)
#define DOSE (UINT64_C(1772560800) * 1000)

static int no(void *arg, const char *id)
{
	(void)arg;
	(void)id;
	return 0;
}

static int among(void *arg, const char *id)
{
	return strstr(arg, id) != NULL;
}

/* What is offered at a time, as "first-01 first-02". */
static const char *at(uint64_t after, const char *answered)
{
	static char text[128];
	const struct offer_step *steps[OFFER_STEPS];
	size_t n_steps;
	text[0] = '\0';
	offer_steps(DOSE, DOSE + after, steps, &n_steps);
	for (size_t i = 0; i < n_steps; i++) {
		const char *ids[OFFER_MAX];
		size_t n = offer_pick(steps[i], answered ? among : no, (void *)(uintptr_t)answered, ids);
		for (size_t k = 0; k < n; k++) {
			assert_non_null(prompts_find(ids[k]));
			strcat(strcat(text, *text ? " " : ""), ids[k]);
		}
	}
	return text;
}

static void test_schedule(void **state)
{
	(void)state;
	assert_string_equal(at(0, NULL), "first-01 first-02");
	assert_string_equal(at(DAY - 1, NULL), "first-01 first-02");
	assert_string_equal(at(DAY, NULL), "days-01");
	assert_string_equal(at(3 * DAY, NULL), "days-03");
	assert_string_equal(at(7 * DAY, NULL), "weeks-01");
	assert_string_equal(at(14 * DAY, NULL), "weeks-02");
	assert_string_equal(at(30 * DAY, NULL), "weeks-04 mean-01");
	assert_string_equal(at(42 * DAY, NULL), "mean-01");
	assert_string_equal(at(90 * DAY, NULL), "mean-03");
	assert_string_equal(at(120 * DAY, NULL), "");
}

static void test_answered(void **state)
{
	(void)state;
	assert_string_equal(at(HOUR, "first-01"), "first-02 first-03");
	assert_string_equal(at(HOUR, "first-01 first-02 first-03 first-04"), "first-05");
	assert_string_equal(at(HOUR, "first-01 first-02 first-03 first-04 first-05"), "");
	assert_string_equal(at(DAY, "days-02"), ""); /* the one or the other */
	assert_string_equal(at(31 * DAY, "weeks-04"), "mean-01");
}

/* However long ago, never more than two; never boundaries, relationships or what a therapist assigns. */
static void test_never_a_pile(void **state)
{
	(void)state;
	for (uint64_t hours = 0; hours < 130 * 24; hours++) {
		const char *offered = at(hours * HOUR, NULL);
		size_t n = *offered ? 1 : 0;
		for (const char *p = offered; *p; p++)
			n += *p == ' ';
		assert_in_range(n, 0, OFFER_MAX);
		assert_null(strstr(offered, "bound"));
		assert_null(strstr(offered, "rel"));
		assert_null(strstr(offered, "prep"));
	}
}

static void test_no_dose(void **state)
{
	const struct offer_step *steps[OFFER_STEPS];
	size_t n = 9;
	(void)state;
	offer_steps(0, DOSE, steps, &n);
	assert_int_equal(n, 0);
	assert_int_equal(offer_phase(0, DOSE), 0);
	assert_int_equal(offer_phase(DOSE, DOSE - HOUR), 2); /* a clock that is behind */
	assert_int_equal(offer_phase(DOSE, DOSE + DAY - 1), 2);
	assert_int_equal(offer_phase(DOSE, DOSE + DAY), 3);
	assert_int_equal(offer_phase(DOSE, DOSE + 7 * DAY), 4);
}

/* --- with a device --- */

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

static void assign(uint64_t repeat, uint64_t times, uint64_t standing)
{
	struct content_head head = {.kind = ASSIGNMENT_KIND};
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	struct content *content = content_new(&head);
	struct write_care w = {.kind = &care_assignment, .fields = content};
	w.about = circle_person(c, CIRCLE_ANA, CIRCLE_JO);
	w.revises = standing ? circle_last(ctx, c, ASSIGNMENT_KIND, CIRCLE_ANA) : NULL;
	assert_int_equal(content_set_str(content, ASSIGNMENT_PROMPT, "days-01", 7), 0);
	if (repeat) {
		assert_int_equal(content_set_u64(content, ASSIGNMENT_REPEAT, repeat), 0);
		assert_int_equal(content_set_u64(content, ASSIGNMENT_TIMES, times), 0);
	}
	if (standing)
		assert_int_equal(content_set_u64(content, ASSIGNMENT_STATE, standing), 0);
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_vault(c, CIRCLE_JO);
	circle_send(c, CIRCLE_ANA);
}

static void answer(uint64_t when)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	ctx->now_ms = when;
	assert_int_equal(write_ack(ctx, circle_last(ctx, c, ASSIGNMENT_KIND, CIRCLE_ANA), NULL, 0), 0);
	circle_send(c, CIRCLE_JO);
}

static enum asked_state state_on(int64_t day)
{
	return asked_state(circle_see(c, CIRCLE_JO, ASSIGNMENT_KIND, CIRCLE_ANA), day, 0);
}

static void test_once(void **state)
{
	int64_t day = (int64_t)(DOSE / DAY);
	(void)state;
	assign(0, 0, 0);
	assert_int_equal(state_on(day), ASKED_OPEN);
	answer(DOSE);
	assert_int_equal(state_on(day), ASKED_DONE);
	assert_int_equal(state_on(day + 9), ASKED_DONE);
	assert_string_equal(asked_word(state_on(day)), "done");
	/* whoever asked hears it */
	assert_int_equal(asked_answers(circle_see(c, CIRCLE_ANA, ASSIGNMENT_KIND, CIRCLE_ANA)), 1);
}

static void test_daily(void **state)
{
	int64_t day = (int64_t)(DOSE / DAY);
	(void)state;
	assign(ASSIGNMENT_DAILY, 2, 0);
	answer(DOSE);
	assert_int_equal(state_on(day), ASKED_AGAIN);
	assert_int_equal(state_on(day + 1), ASKED_OPEN);
	assert_int_equal(state_on(day + 30), ASKED_OPEN); /* and nothing is late */
	answer(DOSE + 30 * DAY);
	assert_int_equal(state_on(day + 30), ASKED_DONE);
}

static void test_weekly(void **state)
{
	int64_t day = (int64_t)(DOSE / DAY); /* Tuesday, 3 March 2026 */
	(void)state;
	assign(ASSIGNMENT_WEEKLY, 3, 0);
	answer(DOSE);
	assert_int_equal(state_on(day + 5), ASKED_AGAIN); /* Sunday */
	assert_int_equal(state_on(day + 6), ASKED_OPEN);  /* Monday */
}

static void test_withdrawn(void **state)
{
	(void)state;
	assign(0, 0, 0);
	assign(0, 0, ASSIGNMENT_WITHDRAWN);
	assert_int_equal(state_on(0), ASKED_WITHDRAWN);
	assert_string_equal(asked_word(ASKED_WITHDRAWN), "withdrawn");
}

static void test_skip(void **state)
{
	(void)state;
	assign(0, 0, 0);
	struct vault_txn *txn = circle_vault(c, CIRCLE_JO)->txn;
	const struct book_item *item = circle_see(c, CIRCLE_JO, ASSIGNMENT_KIND, CIRCLE_ANA);
	assert_false(skip_has_prompt(txn, "first-01", 5));
	assert_int_equal(skip_prompt(txn, "first-01", 5), 0);
	assert_int_equal(skip_assignment(txn, item, 5), 0);
	assert_true(skip_has_prompt(txn, "first-01", 5));
	assert_true(skip_has_assignment(txn, item, 5));
	assert_false(skip_has_prompt(txn, "first-02", 5));
	assert_false(skip_has_prompt(txn, "first-01", 6)); /* tomorrow is another day */
	assert_false(skip_has_assignment(txn, item, 4));
	assert_int_equal(circle_send(c, CIRCLE_JO), 0); /* it never leaves this device */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schedule),
	    cmocka_unit_test(test_answered),
	    cmocka_unit_test(test_never_a_pile),
	    cmocka_unit_test(test_no_dose),
	    CASE(test_once),
	    CASE(test_daily),
	    CASE(test_weekly),
	    CASE(test_withdrawn),
	    CASE(test_skip),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
