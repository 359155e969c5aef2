/* What waits for somebody to take it on: which messages and flags, by when, and what ends it; whose note on a flag goes
 * to whom; and what withdrawing a message leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/chart.h"
#include "client/book/deadline.h"
#include "client/book/oncall.h"
#include "client/book/people.h"
#include "client/book/unanswered.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/closing.h"
#include "client/care/contact.h"
#include "client/care/flag.h"
#include "client/care/session.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

#define MINUTE UINT64_C(60000)
#define MAX 16

static struct circle *c;
static struct unanswered rows[MAX];

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	for (enum circle_who who = CIRCLE_ADMIN; who < CIRCLE_PEOPLE; who++)
		circle_vault(c, who);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

/* --- short forms --- */

static struct chart chart_of(enum circle_who device)
{
	const struct write_ctx *ctx = circle_write(c, device);
	return (struct chart){ctx->book, ctx->people, NULL};
}

static struct chart chart_of_jo(void)
{
	struct chart chart = chart_of(CIRCLE_ANA);
	chart.client = circle_person(c, CIRCLE_ANA, CIRCLE_JO);
	return chart;
}

static size_t list(enum circle_who device, uint64_t now_ms)
{
	struct chart chart = chart_of(device);
	return unanswered_list(&chart, now_ms, rows, MAX);
}

static void message(enum circle_who from, enum circle_who to, unsigned priority, const char *type)
{
	struct write_ctx *ctx = circle_write(c, from);
	const struct person *person = circle_person(c, from, to);
	struct write_message m = {.to = &person, .n_to = 1, .priority = priority, .type = type, .body = "x", .body_len = 1};
	m.care = from != CIRCLE_JO;
	m.about = m.care ? circle_person(c, from, CIRCLE_JO) : NULL;
	assert_int_equal(write_message(ctx, &m, NULL), 0);
	circle_send(c, from);
}

static void flag(enum circle_who from, unsigned severity, uint64_t answer_by_s)
{
	struct write_ctx *ctx = circle_write(c, from);
	struct write_flag f = {.about = circle_person(c, from, CIRCLE_JO), .cause = FLAG_OTHER, .severity = severity};
	f.text = "x";
	f.answer_by_s = answer_by_s;
	assert_int_equal(write_flag(ctx, &f), 0);
	circle_send(c, from);
}

static void ack(enum circle_who who, uint32_t kind, enum circle_who author)
{
	struct write_ctx *ctx = circle_write(c, who);
	assert_int_equal(write_ack(ctx, circle_last(ctx, c, kind, author), "note", 4), 0);
	circle_send(c, who);
}

static void close_it(enum circle_who who, uint32_t kind, enum circle_who author)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct content_head head = {.kind = CLOSING_KIND};
	struct content *content = content_new(&head);
	struct write_care w = {.kind = &care_closing, .fields = content, .about = circle_person(c, who, CIRCLE_JO)};
	assert_int_equal(chart_set_ref(content, CLOSING_ON, circle_last(ctx, c, kind, author)), 0);
	assert_int_equal(content_set_str(content, CLOSING_HOW, "seen", 4), 0);
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_send(c, who);
}

/* --- which ones --- */

static void test_messages(void **state)
{
	(void)state;
	message(CIRCLE_ANA, CIRCLE_OSEI, 0, NULL);
	message(CIRCLE_ANA, CIRCLE_OSEI, 1, "response-concern");
	message(CIRCLE_ANA, CIRCLE_OSEI, 0, "a newer type");
	assert_int_equal(list(CIRCLE_OSEI, 1), 0);
	message(CIRCLE_ANA, CIRCLE_OSEI, 1, "med-change");
	assert_int_equal(list(CIRCLE_OSEI, UINT64_MAX), 1);
	assert_true(rows[0].due_ms == 0 && !rows[0].overdue && rows[0].mine);
	message(CIRCLE_ANA, CIRCLE_OSEI, 2, NULL);
	assert_int_equal(list(CIRCLE_OSEI, 1), 2);
	assert_true(rows[0].due_ms && !rows[0].overdue && !rows[1].due_ms); /* what has a time goes first */
	uint64_t due = rows[0].due_ms;
	assert_int_equal(list(CIRCLE_OSEI, due - 1), 2);
	assert_false(rows[0].overdue);
	assert_int_equal(list(CIRCLE_OSEI, due), 2);
	assert_true(rows[0].overdue);
	/* its author sees it waiting, too, and cannot take it on */
	assert_int_equal(list(CIRCLE_ANA, due), 2);
	assert_true(rows[0].overdue && !rows[0].mine);
	/* who has nothing of it */
	assert_int_equal(list(CIRCLE_JO, due), 0);
	assert_int_equal(list(CIRCLE_LUND, due), 0);
	ack(CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA);
	assert_int_equal(list(CIRCLE_OSEI, due), 1);
	assert_int_equal(list(CIRCLE_ANA, due), 1);
	close_it(CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA);
	assert_int_equal(list(CIRCLE_ANA, due), 1);
}

static void test_client(void **state)
{
	(void)state;
	message(CIRCLE_JO, CIRCLE_OSEI, 0, "med-change");
	assert_int_equal(list(CIRCLE_OSEI, 1), 1);
	assert_true(rows[0].mine);
	assert_int_equal(list(CIRCLE_JO, 1), 1);
	assert_false(rows[0].mine);
	ack(CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_JO);
	assert_int_equal(list(CIRCLE_OSEI, 1), 0);
}

static void test_flags(void **state)
{
	(void)state;
	flag(CIRCLE_ANA, FLAG_SOON, 0);
	assert_int_equal(list(CIRCLE_OSEI, UINT64_MAX), 1);
	assert_true(!rows[0].due_ms && !rows[0].overdue);
	ack(CIRCLE_OSEI, FLAG_KIND, CIRCLE_ANA);
	assert_int_equal(list(CIRCLE_ANA, 1), 0);
	/* a client's device names no time: it is told from when it was made */
	flag(CIRCLE_JO, FLAG_URGENT, 0);
	assert_int_equal(list(CIRCLE_ANA, 1), 1);
	uint64_t made = content_peek_head(chart_content(rows[0].item))->made_ms;
	assert_true(rows[0].due_ms == made + DEADLINE_OPEN_MS);
	close_it(CIRCLE_ANA, FLAG_KIND, CIRCLE_JO);
	assert_int_equal(list(CIRCLE_ANA, 1), 0);
	assert_int_equal(list(CIRCLE_OSEI, 1), 0);
}

static void test_flag_note(void **state)
{
	const struct book_item *item;
	(void)state;
	flag(CIRCLE_JO, FLAG_URGENT, 0);
	ack(CIRCLE_ANA, FLAG_KIND, CIRCLE_JO);
	item = circle_see(c, CIRCLE_OSEI, FLAG_KIND, CIRCLE_JO);
	assert_int_equal(item->n_acks, 1);
	assert_string_equal(item->acks[0].note, "note");
	item = circle_see(c, CIRCLE_JO, FLAG_KIND, CIRCLE_JO);
	assert_int_equal(item->n_acks, 0); /* what clinicians note is between them */
	/* where there is no other clinician it is still noted */
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	for (enum circle_who who = CIRCLE_ADMIN; who < CIRCLE_PEOPLE; who++)
		circle_refresh(c, who);
	flag(CIRCLE_JO, FLAG_URGENT, 0);
	ack(CIRCLE_ANA, FLAG_KIND, CIRCLE_JO);
	assert_int_equal(list(CIRCLE_ANA, UINT64_MAX), 0);
}

static void test_order_and_room(void **state)
{
	(void)state;
	flag(CIRCLE_ANA, FLAG_SOON, 0);
	flag(CIRCLE_ANA, FLAG_URGENT, 3000000000);
	flag(CIRCLE_ANA, FLAG_URGENT, 2000000000);
	flag(CIRCLE_ANA, FLAG_URGENT, 2500000000);
	assert_int_equal(list(CIRCLE_OSEI, 1), 4);
	assert_true(rows[0].due_ms == 2000000000000 && rows[1].due_ms == 2500000000000 && rows[2].due_ms == 3000000000000);
	assert_true(rows[3].due_ms == 0);
	struct chart chart = chart_of(CIRCLE_OSEI);
	memset(rows, 0, sizeof(rows));
	assert_int_equal(unanswered_list(&chart, 1, rows, 2), 4);
	assert_true(rows[0].due_ms == 2000000000000 && rows[1].due_ms == 2500000000000 && !rows[2].item);
	assert_int_equal(unanswered_list(&chart, 1, NULL, 0), 4);
	/* of one client alone */
	chart.client = circle_person(c, CIRCLE_OSEI, CIRCLE_KIM);
	assert_int_equal(unanswered_list(&chart, 1, rows, MAX), 0);
	chart.client = circle_person(c, CIRCLE_OSEI, CIRCLE_JO);
	assert_int_equal(unanswered_list(&chart, 1, rows, MAX), 4);
}

/* --- by when --- */

/* An admin says that the clinic is open on all days, or never. */
static void say_open(bool open, uint64_t at_ms)
{
	struct oncall_turn span = {.days = 127, .from = 0, .to = 0, .zone = "UTC"};
	struct write_ctx *ctx = circle_write(c, CIRCLE_ADMIN);
	const struct person *ana = circle_person(c, CIRCLE_ADMIN, CIRCLE_ANA);
	struct content_head head = {.kind = CONTACT_KIND};
	struct content *content = content_new(&head);
	struct write_care w = {.kind = &care_contact, .fields = content, .to = &ana, .n_to = 1, .at_ms = at_ms};
	span.days = open ? 127 : 1; /* the day that is asked about is no Monday */
	assert_int_equal(oncall_set_spans(content, &span, 1), 0);
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_send(c, CIRCLE_ADMIN);
}

static void open_session(uint64_t at_ms, unsigned session_state)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	struct content_head head = {.kind = SESSION_KIND};
	struct content *content = content_new(&head);
	struct write_care w = {.kind = &care_session, .fields = content, .about = circle_person(c, CIRCLE_ANA, CIRCLE_JO)};
	assert_int_equal(content_set_u64(content, SESSION_NO, 1), 0);
	assert_int_equal(content_set_u64(content, SESSION_TYPE, SESSION_MEDICINE), 0);
	assert_int_equal(content_set_u64(content, SESSION_STATE, session_state), 0);
	assert_int_equal(content_set_u64(content, SESSION_OPENED_AT, at_ms), 0);
	w.at_ms = at_ms;
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_send(c, CIRCLE_ANA);
}

static void test_deadline(void **state)
{
	uint64_t day = UINT64_C(1772538000000); /* Tuesday 3 March 2026 */
	(void)state;
	struct chart jo = chart_of_jo();
	assert_true(deadline_urgent_ms(&jo, day) == day + 30 * MINUTE);
	say_open(true, 1000);
	jo = chart_of_jo();
	assert_true(deadline_urgent_ms(&jo, day) == day + 30 * MINUTE);
	say_open(false, 2000);
	jo = chart_of_jo();
	assert_true(deadline_urgent_ms(&jo, day) == day + 60 * MINUTE);
	open_session(day, SESSION_OPEN);
	jo = chart_of_jo();
	assert_true(deadline_urgent_ms(&jo, day + MINUTE) == day + 6 * MINUTE);
	assert_true(deadline_urgent_ms(&jo, day - MINUTE) == day + 59 * MINUTE); /* before it was opened */
	uint64_t forgotten = day + 25 * 60 * MINUTE;
	assert_true(deadline_urgent_ms(&jo, forgotten) == forgotten + 60 * MINUTE);
	struct chart kim = jo, nobody = jo;
	kim.client = circle_person(c, CIRCLE_ANA, CIRCLE_KIM);
	nobody.client = NULL;
	assert_true(deadline_urgent_ms(&kim, day + MINUTE) == day + 61 * MINUTE);
	assert_true(deadline_urgent_ms(&nobody, day + MINUTE) == day + 61 * MINUTE);
}

static void test_closed_session(void **state)
{
	uint64_t day = UINT64_C(1772538000000);
	(void)state;
	open_session(day, SESSION_CLOSED);
	struct chart jo = chart_of_jo();
	assert_false(deadline_in_session(&jo, day + MINUTE));
}

/* --- withdrawn --- */

static void test_withdrawn(void **state)
{
	const struct book_item *item;
	(void)state;
	message(CIRCLE_ANA, CIRCLE_OSEI, 2, NULL);
	struct write_ctx *ctx = circle_write(c, CIRCLE_OSEI);
	assert_int_equal(write_withdraw(ctx, circle_last(ctx, c, CONTENT_MESSAGE, CIRCLE_ANA)), ERR_NOT_AUTHOR);
	ctx = circle_write(c, CIRCLE_ANA);
	assert_int_equal(write_withdraw(ctx, circle_last(ctx, c, CONTENT_MESSAGE, CIRCLE_ANA)), 0);
	circle_send(c, CIRCLE_ANA);
	item = circle_see(c, CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA);
	assert_int_equal(item->n_revisions, 2);
	assert_int_equal(item->n_heads, 1);
	circle_text_is(chart_content(item), CONTENT_BODY, "x");
	assert_true(content_bool(chart_content(item), CONTENT_WITHDRAWN, false));
	assert_int_equal(list(CIRCLE_OSEI, UINT64_MAX), 0);
	ctx = circle_write(c, CIRCLE_ANA);
	assert_int_equal(write_withdraw(ctx, circle_last(ctx, c, CONTENT_MESSAGE, CIRCLE_ANA)), ERR_EXISTS);
	flag(CIRCLE_ANA, FLAG_SOON, 0);
	ctx = circle_write(c, CIRCLE_ANA);
	assert_int_equal(write_withdraw(ctx, circle_last(ctx, c, FLAG_KIND, CIRCLE_ANA)), ERR_TARGET);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_messages),       TEST(test_client),   TEST(test_flags),          TEST(test_flag_note),
	    TEST(test_order_and_room), TEST(test_deadline), TEST(test_closed_session), TEST(test_withdrawn),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
