/* Clinical kinds in the ledger and in the book: whom they go to, who may write them, what refers to what, what counts
 * for which version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/chart.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/closing.h"
#include "client/care/flag.h"
#include "client/care/hold.h"
#include "client/care/look.h"
#include "client/care/measure.h"
#include "client/care/order.h"
#include "client/care/psynote.h"
#include "client/ui/value.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

static struct circle *c;
static enum circle_who named; /* the one to write to; 0: the kind's own readers */

static int setup(void **state)
{
	(void)state;
	named = 0;
	c = circle_new();
	/* all devices are open: what is sent arrives */
	for (int who = CIRCLE_ADMIN; who < CIRCLE_PEOPLE; who++)
		circle_vault(c, (enum circle_who)who);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

/* A content with fields as people type them: "name=value" up to NULL. */
static struct content *fields(const struct care_kind *kind, const char *const *typed)
{
	const struct when now = {1772568000, 0};
	struct content *content = content_new(&(struct content_head){.kind = kind->content.kind});
	assert_non_null(content);
	for (; *typed; typed++) {
		char name[32];
		struct why why;
		size_t len = strcspn(*typed, "=");
		memcpy(name, *typed, len);
		name[len] = '\0';
		const struct content_rule *rule = look_find(&kind->content, name);
		assert_non_null(rule);
		assert_int_equal(value_parse(rule, *typed + len + 1, &now, content, &why), 0);
	}
	return content;
}

static const char *const order_typed[] = {
    "route=sl", "unit-mg=100", "units=2", "max-mg=300", "sessions=4", "valid-until=2026-06-05", NULL};
static const char *const hold_typed[] = {"reason=blood pressure first", NULL};

/* As the people at hand have them: circle_person would load them anew. */
static const struct person *person_of(const struct people *people, enum circle_who who)
{
	return people_by_pid(people, circle_genesis(c, who));
}

static int put(enum circle_who who, const struct care_kind *kind, const char *const *typed, struct write_care w)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct content *content = fields(kind, typed);
	const struct person *to = named ? person_of(ctx->people, named) : NULL;
	w.kind = kind;
	w.fields = content;
	w.to = &to;
	w.n_to = to ? 1 : 0;
	w.about = person_of(ctx->people, CIRCLE_JO);
	int err = write_care(ctx, &w, NULL);
	content_free(content);
	return err;
}

/* What `who` sees of the last item of a kind by `author`; NULL. */
static const struct book_item *sees(enum circle_who who, uint32_t kind, enum circle_who author)
{
	return circle_see(c, who, kind, author);
}

static struct chart chart_of(enum circle_who who)
{
	const struct write_ctx *ctx = circle_write(c, who);
	const struct book *book = ctx->book;
	const struct people *people = ctx->people;
	return (struct chart){book, people, person_of(people, CIRCLE_JO)};
}

static void test_an_order_is_for_client_and_team(void **state)
{
	(void)state;
	assert_int_equal(put(CIRCLE_OSEI, &care_order, order_typed, (struct write_care){0}), 0);
	assert_int_equal(circle_send(c, CIRCLE_OSEI), 1);
	assert_non_null(sees(CIRCLE_ANA, ORDER_KIND, CIRCLE_OSEI));
	assert_non_null(sees(CIRCLE_JO, ORDER_KIND, CIRCLE_OSEI));
	assert_null(sees(CIRCLE_LUND, ORDER_KIND, CIRCLE_OSEI));
	assert_null(sees(CIRCLE_KIM, ORDER_KIND, CIRCLE_OSEI));
	assert_null(sees(CIRCLE_ADMIN, ORDER_KIND, CIRCLE_OSEI));
	assert_int_equal(book_head(sees(CIRCLE_ANA, ORDER_KIND, CIRCLE_OSEI))->record_class, RECORD_CLINICAL);
	assert_int_equal(circle_refused(c, CIRCLE_ANA) + circle_refused(c, CIRCLE_JO), 0);
}

static void test_roles_are_held_to(void **state)
{
	static const char *const note[] = {"text=what she said", NULL};
	(void)state;
	assert_int_equal(put(CIRCLE_ANA, &care_order, order_typed, (struct write_care){0}), ERR_ROLE);
	assert_int_equal(put(CIRCLE_JO, &care_hold, hold_typed, (struct write_care){0}), ERR_ROLE);
	assert_int_equal(put(CIRCLE_OSEI, &care_psynote, note, (struct write_care){0}), ERR_ROLE);
	assert_int_equal(put(CIRCLE_ADMIN, &care_hold, hold_typed, (struct write_care){0}), ERR_ROLE);
	assert_int_equal(put(CIRCLE_ANA, &care_psynote, note, (struct write_care){0}), 0); /* the control */
	/* one who is not on the team does not know the client, one who was may not write any more */
	assert_int_equal(put(CIRCLE_LUND, &care_hold, hold_typed, (struct write_care){0}), ERR_ARG);
	assert_int_equal(put(CIRCLE_ANA, &care_hold, hold_typed, (struct write_care){0}), 0);
	circle_leave_team(c, CIRCLE_JO, CIRCLE_ANA);
	circle_refresh(c, CIRCLE_ANA);
	assert_int_equal(put(CIRCLE_ANA, &care_hold, hold_typed, (struct write_care){0}), ERR_NO_GRANT);
}

static void test_a_note_is_for_nobody_else(void **state)
{
	static const char *const note[] = {"text=what she said", NULL};
	(void)state;
	named = CIRCLE_OSEI;
	assert_int_equal(put(CIRCLE_ANA, &care_psynote, note, (struct write_care){0}), ERR_CLASS);
	named = 0;
	assert_int_equal(put(CIRCLE_ANA, &care_psynote, note, (struct write_care){0}), 0);
	assert_int_equal(circle_send(c, CIRCLE_ANA), 1);
	const struct book_item *item = sees(CIRCLE_ANA, PSYNOTE_KIND, CIRCLE_ANA);
	assert_int_equal(book_head(item)->record_class, RECORD_PRIVATE);
	assert_int_equal(item->n_readers, 0);
	assert_null(sees(CIRCLE_OSEI, PSYNOTE_KIND, CIRCLE_ANA));
}

static void test_what_a_client_measures_is_private_or_given(void **state)
{
	static const char *const answers[] = {"instrument=own-scale", "answers=1,2,3", NULL};
	(void)state;
	assert_int_equal(put(CIRCLE_JO, &care_measure, answers, (struct write_care){.only_me = true}), 0);
	assert_int_equal(circle_send(c, CIRCLE_JO), 1);
	assert_null(sees(CIRCLE_ANA, MEASURE_KIND, CIRCLE_JO));
	named = CIRCLE_ANA;
	assert_int_equal(put(CIRCLE_JO, &care_measure, answers, (struct write_care){0}), 0);
	named = 0;
	assert_int_equal(circle_send(c, CIRCLE_JO), 1);
	assert_non_null(sees(CIRCLE_ANA, MEASURE_KIND, CIRCLE_JO));
	assert_null(sees(CIRCLE_OSEI, MEASURE_KIND, CIRCLE_JO));
	/* the team, when nobody is named */
	assert_int_equal(put(CIRCLE_JO, &care_measure, answers, (struct write_care){0}), 0);
	assert_int_equal(circle_send(c, CIRCLE_JO), 1);
	assert_non_null(sees(CIRCLE_OSEI, MEASURE_KIND, CIRCLE_JO));
}

static void test_fields_that_do_not_fit_together(void **state)
{
	static const char *const less[] = {
	    "route=sl", "unit-mg=100", "units=4", "max-mg=300", "sessions=4", "valid-until=2026-06-05", NULL};
	static const char *const backwards[] = {
	    "route=sl", "unit-mg=100", "units=2", "max-mg=300", "sessions=4", "schedule=40,20", "valid-until=2026-06-05",
	    NULL};
	(void)state;
	assert_int_equal(put(CIRCLE_OSEI, &care_order, less, (struct write_care){0}), ERR_SCHEMA);
	assert_int_equal(put(CIRCLE_OSEI, &care_order, backwards, (struct write_care){0}), ERR_SCHEMA);
	assert_int_equal(put(CIRCLE_OSEI, &care_order, order_typed, (struct write_care){0}), 0);
}

static int acknowledge(enum circle_who who, uint32_t kind, enum circle_who author)
{
	struct write_ctx *ctx = circle_write(c, who);
	return write_ack(ctx, circle_last(ctx, c, kind, author), "seen", 4);
}

static void test_an_acknowledgement_is_of_one_version(void **state)
{
	(void)state;
	assert_int_equal(put(CIRCLE_OSEI, &care_order, order_typed, (struct write_care){0}), 0);
	circle_send(c, CIRCLE_OSEI);
	assert_int_equal(acknowledge(CIRCLE_ANA, ORDER_KIND, CIRCLE_OSEI), 0);
	circle_send(c, CIRCLE_ANA);
	const struct book_item *order = sees(CIRCLE_OSEI, ORDER_KIND, CIRCLE_OSEI);
	assert_int_equal(chart_revision(order), 1);
	assert_non_null(chart_ack(order, NULL));
	struct write_ctx *ctx = circle_write(c, CIRCLE_OSEI);
	struct write_care next = {.revises = circle_last(ctx, c, ORDER_KIND, CIRCLE_OSEI)};
	struct content *content = fields(&care_order, order_typed);
	next.kind = &care_order;
	next.fields = content;
	next.about = person_of(ctx->people, CIRCLE_JO);
	assert_int_equal(write_care(ctx, &next, NULL), 0);
	content_free(content);
	circle_send(c, CIRCLE_OSEI);
	order = sees(CIRCLE_ANA, ORDER_KIND, CIRCLE_OSEI);
	assert_int_equal(chart_revision(order), 2);
	assert_int_equal(order->n_acks, 1);
	assert_null(chart_ack(order, NULL));
	assert_int_equal(acknowledge(CIRCLE_ANA, ORDER_KIND, CIRCLE_OSEI), 0);
	circle_send(c, CIRCLE_ANA);
	assert_non_null(chart_ack(sees(CIRCLE_OSEI, ORDER_KIND, CIRCLE_OSEI), NULL));
}

/* Two devices of the prescriber's that did not know of each other: no version counts as acknowledged. */
static void test_versions_are_not_acknowledged(void **state)
{
	(void)state;
	assert_int_equal(put(CIRCLE_OSEI, &care_order, order_typed, (struct write_care){0}), 0);
	circle_send(c, CIRCLE_OSEI);
	struct write_ctx *ctx = circle_write(c, CIRCLE_OSEI);
	struct content *content = fields(&care_order, order_typed);
	struct write_care w = {.kind = &care_order,
	                       .fields = content,
	                       .about = person_of(ctx->people, CIRCLE_JO),
	                       .revises = circle_last(ctx, c, ORDER_KIND, CIRCLE_OSEI)};
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	assert_int_equal(write_care(ctx, &w, NULL), 0); /* on the same parent */
	content_free(content);
	circle_send(c, CIRCLE_OSEI);
	assert_int_equal(sees(CIRCLE_ANA, ORDER_KIND, CIRCLE_OSEI)->n_heads, 2);
	assert_int_equal(acknowledge(CIRCLE_ANA, ORDER_KIND, CIRCLE_OSEI), 0);
	circle_send(c, CIRCLE_ANA);
	const struct book_item *order = sees(CIRCLE_OSEI, ORDER_KIND, CIRCLE_OSEI);
	assert_int_equal(order->n_acks, 1);
	assert_null(chart_ack(order, NULL));
}

static void test_what_is_closed(void **state)
{
	(void)state;
	assert_int_equal(put(CIRCLE_ANA, &care_hold, hold_typed, (struct write_care){0}), 0);
	circle_send(c, CIRCLE_ANA);
	struct chart chart = chart_of(CIRCLE_OSEI);
	const struct book_item *hold = chart_newest(&chart, HOLD_KIND);
	assert_non_null(hold);
	assert_int_equal(chart_count(&chart, HOLD_KIND), 1);
	assert_null(chart_closing(&chart, hold));
	struct write_ctx *ctx = circle_write(c, CIRCLE_OSEI);
	struct content *content = content_new(&(struct content_head){.kind = CLOSING_KIND});
	assert_int_equal(chart_set_ref(content, CLOSING_ON, circle_last(ctx, c, HOLD_KIND, CIRCLE_ANA)), 0);
	assert_int_equal(content_set_str(content, CLOSING_HOW, "cardiology wrote", 16), 0);
	struct write_care w = {.kind = &care_closing, .fields = content, .about = person_of(ctx->people, CIRCLE_JO)};
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_send(c, CIRCLE_OSEI);
	chart = chart_of(CIRCLE_ANA);
	hold = chart_newest(&chart, HOLD_KIND);
	assert_non_null(chart_closing(&chart, hold));
	assert_ptr_equal(chart_closing(&chart, hold)->author, person_of(chart.people, CIRCLE_OSEI));
}

static void test_numbers_with_letters(void **state)
{
	(void)state;
	assert_int_equal(put(CIRCLE_ANA, &care_hold, hold_typed, (struct write_care){0}), 0);
	assert_int_equal(put(CIRCLE_ANA, &care_hold, hold_typed, (struct write_care){0}), 0);
	assert_int_equal(put(CIRCLE_OSEI, &care_order, order_typed, (struct write_care){0}), 0);
	circle_send(c, CIRCLE_ANA);
	circle_send(c, CIRCLE_OSEI);
	const struct book *book = circle_book(c, CIRCLE_OSEI);
	assert_non_null(book_by_number(book, NULL, HOLD_KIND, 1));
	assert_non_null(book_by_number(book, NULL, HOLD_KIND, 2));
	assert_null(book_by_number(book, NULL, HOLD_KIND, 3));
	assert_ptr_equal(kinds_by_letter('h'), &care_hold);
	assert_null(kinds_by_letter('Z'));
	assert_null(kinds_by_letter('\0'));
}

static int raise_flag(unsigned cause)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct write_flag flag = {.about = person_of(ctx->people, CIRCLE_JO),
	                          .cause = cause,
	                          .severity = FLAG_URGENT,
	                          .text = "PHQ-9 item 9 = 1 (total 11)",
	                          .source = circle_last(ctx, c, MEASURE_KIND, CIRCLE_JO)};
	assert_non_null(flag.source);
	return write_flag(ctx, &flag);
}

static void test_one_flag_for_one_cause(void **state)
{
	static const char *const answers[] = {"instrument=own-scale", "answers=1,2,3", NULL};
	(void)state;
	assert_int_equal(put(CIRCLE_JO, &care_measure, answers, (struct write_care){0}), 0);
	assert_int_equal(raise_flag(FLAG_ITEM_9), 0);
	assert_int_equal(raise_flag(FLAG_ITEM_9), ERR_EXISTS);
	assert_int_equal(raise_flag(FLAG_NOT_SAFE), 0);
	circle_send(c, CIRCLE_JO);
	assert_null(sees(CIRCLE_LUND, FLAG_KIND, CIRCLE_JO));
	struct chart chart = chart_of(CIRCLE_OSEI);
	assert_int_equal(chart_count(&chart, FLAG_KIND), 2);
	/* who reads both can follow the one to the other */
	const struct book_item *flag = chart_newest(&chart, FLAG_KIND);
	assert_ptr_equal(chart_ref(&chart, chart_content(flag), FLAG_SOURCE), chart_newest(&chart, MEASURE_KIND));
}

static void test_whose_item_it_is(void **state)
{
	(void)state;
	assert_int_equal(put(CIRCLE_ANA, &care_hold, hold_typed, (struct write_care){0}), 0);
	circle_send(c, CIRCLE_ANA);
	struct write_ctx *ctx = circle_write(c, CIRCLE_OSEI);
	struct content *content = fields(&care_hold, hold_typed);
	struct write_care w = {.kind = &care_hold,
	                       .fields = content,
	                       .about = person_of(ctx->people, CIRCLE_JO),
	                       .revises = circle_last(ctx, c, HOLD_KIND, CIRCLE_ANA)};
	assert_int_equal(write_care(ctx, &w, NULL), ERR_NOT_AUTHOR);
	content_free(content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_an_order_is_for_client_and_team, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_roles_are_held_to, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_note_is_for_nobody_else, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_a_client_measures_is_private_or_given, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fields_that_do_not_fit_together, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_an_acknowledgement_is_of_one_version, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_versions_are_not_acknowledged, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_closed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_numbers_with_letters, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_flag_for_one_cause, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_whose_item_it_is, setup, teardown),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
