/* What waits for whom: each role sees its own sections, the urgent first, and what is done is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/agenda.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/assignment.h"
#include "client/care/clearance.h"
#include "client/care/closing.h"
#include "client/care/flag.h"
#include "client/care/order.h"
#include "client/care/supply.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/role.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

#define DAY_MS UINT64_C(86400000)
#define MINUTE_MS UINT64_C(60000)

static struct circle *c;
static struct agenda *agenda;
static uint64_t later; /* so much after the last word */
static size_t unsent;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	later = unsent = 0;
	for (enum circle_who who = CIRCLE_ADMIN; who < CIRCLE_PEOPLE; who++)
		circle_vault(c, who);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	agenda_free(agenda);
	agenda = NULL;
	circle_free(c);
	return 0;
}

static size_t collect(enum circle_who who)
{
	const struct write_ctx *ctx = circle_write(c, who);
	struct chart everybody = {ctx->book, ctx->people, NULL};
	struct agenda_at at = {.now_ms = ctx->now_ms + later, .txn = ctx->txn, .unsent = unsent};
	agenda_free(agenda);
	assert_int_equal(agenda_collect(&everybody, &at, &agenda), 0);
	return agenda_count(agenda);
}

/* The first row of a sort; NULL. */
static const struct agenda_row *row_of(enum agenda_what what)
{
	for (size_t i = 0; i < agenda_count(agenda); i++)
		if (agenda_get(agenda, i)->what == what)
			return agenda_get(agenda, i);
	return NULL;
}

static struct content *blank(uint32_t kind)
{
	struct content *made = content_new(&(struct content_head){.kind = kind});
	assert_non_null(made);
	return made;
}

static void put(enum circle_who who, const struct care_kind *kind, struct content *fields)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct write_care w = {.kind = kind, .fields = fields};
	w.about = who == CIRCLE_JO ? NULL : circle_person(c, who, CIRCLE_JO);
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(fields);
	circle_send(c, who);
}

static void flag(enum circle_who from, unsigned severity)
{
	struct write_ctx *ctx = circle_write(c, from);
	struct write_flag f = {.about = circle_person(c, from, CIRCLE_JO), .cause = FLAG_OTHER, .severity = severity};
	f.text = "PHQ-9 item 9 = 1";
	assert_int_equal(write_flag(ctx, &f), 0);
	circle_send(c, from);
}

static void ack(enum circle_who who, uint32_t kind, enum circle_who author)
{
	struct write_ctx *ctx = circle_write(c, who);
	const struct book_item *item = circle_last(ctx, c, kind, author);
	assert_non_null(item);
	assert_int_equal(write_ack(ctx, item, "seen", 4), 0);
	circle_send(c, who);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(collect(CIRCLE_ANA), 0);
	assert_int_equal(collect(CIRCLE_OSEI), 0);
	assert_int_equal(collect(CIRCLE_JO), 0);
	assert_string_equal(agenda_name(AGENDA_FLAG), "flag");
}

/* By a client: due half an hour after it was made; a prescriber keeps it until it is closed. */
static void test_flag(void **state)
{
	(void)state;
	flag(CIRCLE_JO, FLAG_INFO);
	flag(CIRCLE_JO, FLAG_URGENT);
	assert_int_equal(collect(CIRCLE_ANA), 2);
	const struct agenda_row *row = agenda_get(agenda, 0);
	assert_int_equal(row->what, AGENDA_FLAG);
	assert_true(row->urgent && !row->overdue && !row->ack);
	assert_int_equal(row->due_ms, row->at_ms + 30 * MINUTE_MS);
	assert_memory_equal(row->about->pid, circle_genesis(c, CIRCLE_JO), 16);
	assert_false(agenda_get(agenda, 1)->urgent);
	later = 30 * MINUTE_MS;
	(void)collect(CIRCLE_ANA);
	assert_true(agenda_get(agenda, 0)->overdue);
	assert_int_equal(collect(CIRCLE_JO), 0);
	ack(CIRCLE_ANA, FLAG_KIND, CIRCLE_JO);
	assert_int_equal(collect(CIRCLE_ANA), 1);
	assert_false(agenda_get(agenda, 0)->urgent);
	assert_int_equal(collect(CIRCLE_OSEI), 2);
	row = agenda_get(agenda, 0);
	assert_true(row->urgent && row->ack && row->due_ms == 0);
	assert_memory_equal(row->ack->person->pid, circle_genesis(c, CIRCLE_ANA), 16);
}

/* Another therapist's client is nobody's business. */
static void test_other_team(void **state)
{
	(void)state;
	flag(CIRCLE_JO, FLAG_URGENT);
	assert_int_equal(collect(CIRCLE_LUND), 0);
	assert_int_equal(collect(CIRCLE_MED), 0);
}

static void message(enum circle_who from, enum circle_who to, unsigned priority, const char *type)
{
	struct write_ctx *ctx = circle_write(c, from);
	const struct person *person = circle_person(c, from, to);
	struct write_message m = {.to = &person, .n_to = 1, .priority = priority, .type = type, .body = "x", .body_len = 1};
	m.care = from != CIRCLE_JO && to != CIRCLE_JO;
	m.about = from == CIRCLE_JO ? NULL : circle_person(c, from, CIRCLE_JO);
	assert_int_equal(write_message(ctx, &m, NULL), 0);
	circle_send(c, from);
}

static void test_messages(void **state)
{
	(void)state;
	message(CIRCLE_ANA, CIRCLE_OSEI, 1, NULL);
	message(CIRCLE_ANA, CIRCLE_OSEI, 0, NULL);
	message(CIRCLE_JO, CIRCLE_OSEI, 3, "med-change");
	message(CIRCLE_ANA, CIRCLE_OSEI, 2, NULL);
	assert_int_equal(collect(CIRCLE_OSEI), 3);
	assert_int_equal(agenda_get(agenda, 0)->what, AGENDA_TAKE_ON);
	assert_true(agenda_get(agenda, 0)->urgent);
	assert_non_null(row_of(AGENDA_MED));
	assert_int_equal(row_of(AGENDA_MESSAGES)->count, 2);
	assert_int_equal(row_of(AGENDA_MESSAGES)->soon, 1);
	/* who sent it sees that nobody has taken it on */
	(void)collect(CIRCLE_ANA);
	assert_non_null(row_of(AGENDA_WAITING));
	assert_null(row_of(AGENDA_TAKE_ON));
	ack(CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA);
	(void)collect(CIRCLE_ANA);
	assert_null(row_of(AGENDA_WAITING));
	message(CIRCLE_ANA, CIRCLE_JO, 0, NULL);
	assert_int_equal(collect(CIRCLE_JO), 1);
	assert_int_equal(agenda_get(agenda, 0)->what, AGENDA_MESSAGES);
}

static void test_shared(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
		struct write_entry e = {.body = "words", .body_len = 5, .mood = -1, .phase = -1};
		assert_int_equal(write_entry(ctx, &e, NULL), 0);
		ctx = circle_write(c, CIRCLE_JO);
		const struct person *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
		assert_int_equal(write_share(ctx, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), &ana, 1), 0);
		circle_send(c, CIRCLE_JO);
	}
	assert_int_equal(collect(CIRCLE_ANA), 1);
	assert_int_equal(row_of(AGENDA_SHARED)->count, 2);
	assert_int_equal(collect(CIRCLE_OSEI), 0);
}

static void put_order(void)
{
	struct content *o = blank(ORDER_KIND);
	assert_int_equal(content_set_u64(o, ORDER_ROUTE, ORDER_SL), 0);
	assert_int_equal(content_set_u64(o, ORDER_UNIT_MG, 1000), 0);
	assert_int_equal(content_set_u64(o, ORDER_UNITS, 3), 0);
	assert_int_equal(content_set_u64(o, ORDER_MAX_MG, 3000), 0);
	assert_int_equal(content_set_u64(o, ORDER_SESSIONS, 4), 0);
	assert_int_equal(content_set_u64(o, ORDER_VALID_UNTIL, 47000), 0);
	put(CIRCLE_OSEI, &care_order, o);
}

static void test_order(void **state)
{
	(void)state;
	put_order();
	assert_int_equal(collect(CIRCLE_ANA), 1);
	assert_int_equal(row_of(AGENDA_ORDER)->revision, 1);
	ack(CIRCLE_ANA, ORDER_KIND, CIRCLE_OSEI);
	assert_int_equal(collect(CIRCLE_ANA), 0);
}

/* Within the week, on its edge, and after it. */
static void test_follow_up(void **state)
{
	static const struct {
		int days;
		bool told;
		enum agenda_detail detail;
	} rows[] = {{8, false, AGENDA_NOTHING},
	            {7, true, AGENDA_CLEARANCE_ENDS},
	            {0, true, AGENDA_CLEARANCE_ENDS},
	            {-1, true, AGENDA_CLEARANCE_ENDED}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct content *k = blank(CLEARANCE_KIND);
		uint64_t today = circle_write(c, CIRCLE_OSEI)->now_ms / DAY_MS;
		assert_int_equal(content_set_u64(k, CLEARANCE_DECISION, CLEARANCE_CLEARED), 0);
		assert_int_equal(content_set_u64(k, CLEARANCE_VALID_UNTIL, (uint64_t)((int64_t)today + rows[i].days)), 0);
		put(CIRCLE_OSEI, &care_clearance, k);
		(void)collect(CIRCLE_OSEI);
		const struct agenda_row *row = row_of(AGENDA_FOLLOW_UP);
		assert_int_equal(row != NULL, rows[i].told);
		if (row)
			assert_int_equal(row->detail, rows[i].detail);
		(void)collect(CIRCLE_ANA);
		assert_null(row_of(AGENDA_FOLLOW_UP));
	}
}

static void put_supply(unsigned type, uint64_t units)
{
	struct content *s = blank(SUPPLY_KIND);
	assert_int_equal(content_set_u64(s, SUPPLY_TYPE, type), 0);
	assert_int_equal(content_set_u64(s, SUPPLY_UNITS, units), 0);
	assert_int_equal(content_set_u64(s, SUPPLY_UNIT_MG, 1000), 0);
	put(CIRCLE_OSEI, &care_supply, s);
}

static void test_supply(void **state)
{
	(void)state;
	put_supply(SUPPLY_DISPENSED, 12);
	put_supply(SUPPLY_COUNT, 12);
	(void)collect(CIRCLE_OSEI);
	assert_null(row_of(AGENDA_SUPPLY));
	put_supply(SUPPLY_COUNT, 11);
	(void)collect(CIRCLE_OSEI);
	const struct agenda_row *row = row_of(AGENDA_SUPPLY);
	assert_non_null(row);
	assert_int_equal(row->count, 11);
	assert_int_equal(row->expected, 12);
	assert_int_equal(row->unit_mg, 1000);
}

static void test_client(void **state)
{
	struct content *a = blank(ASSIGNMENT_KIND);
	(void)state;
	assert_int_equal(content_set_str(a, ASSIGNMENT_TEXT, "What would a quiet Sunday look like?", 36), 0);
	put(CIRCLE_ANA, &care_assignment, a);
	assert_int_equal(collect(CIRCLE_JO), 1);
	assert_int_equal(agenda_get(agenda, 0)->what, AGENDA_ASSIGNMENT);
	assert_false(agenda_get(agenda, 0)->overdue);
	assert_int_equal(agenda_get(agenda, 0)->due_ms, 0);
	/* those who asked are not nagged */
	assert_int_equal(collect(CIRCLE_ANA), 0);
	ack(CIRCLE_JO, ASSIGNMENT_KIND, CIRCLE_ANA);
	assert_int_equal(collect(CIRCLE_JO), 0);
}

static void test_admin(void **state)
{
	(void)state;
	flag(CIRCLE_JO, FLAG_URGENT);
	put_order();
	(void)collect(CIRCLE_ADMIN);
	for (size_t i = 0; i < agenda_count(agenda); i++)
		assert_true(agenda_get(agenda, i)->what >= AGENDA_UNCHECKED);
	assert_non_null(row_of(AGENDA_UNCHECKED));
	assert_null(row_of(AGENDA_TEAM));
	assert_null(row_of(AGENDA_UNSENT));
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_ADMIN);
	unsent = 3;
	(void)collect(CIRCLE_ADMIN);
	assert_int_equal(row_of(AGENDA_TEAM)->role, ROLE_PRESCRIBER);
	assert_int_equal(row_of(AGENDA_UNSENT)->count, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_nothing), TEST(test_flag),      TEST(test_other_team), TEST(test_messages), TEST(test_shared),
	    TEST(test_order),   TEST(test_follow_up), TEST(test_supply),     TEST(test_client),   TEST(test_admin),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
