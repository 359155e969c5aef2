/* What is put into the ledger for messages, replies, acknowledgements, receipts, profiles: to whom, in which class, and
 * who may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

static struct circle *c;
static const struct content_rule *fault;

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

/* --- what was written last --- */

static struct ledger_pending last;
static struct content *content;

static int copy_last(void *arg, const struct ledger_pending *p)
{
	(void)arg;
	last = *p;
	content_free(content);
	assert_int_equal(content_decode(p->content, p->content_len, &care_kinds, &content), 0);
	return 0;
}

static void read_last(enum circle_who who)
{
	assert_int_equal(ledger_pending_each(circle_vault(c, who)->txn, copy_last, NULL), 0);
}

static size_t waiting(enum circle_who who)
{
	return ledger_pending_count(circle_vault(c, who)->txn);
}

static bool is_for(enum circle_who who)
{
	for (uint32_t i = 0; i < last.n_audience; i++)
		if (memcmp(last.audience[i], circle_genesis(c, who), 16) == 0)
			return true;
	return false;
}

static struct write_ctx *ctx_of(enum circle_who who)
{
	struct write_ctx *ctx = circle_write(c, who);
	ctx->fault = &fault;
	ctx->offset = -300;
	fault = &content_journal.fields[0];
	return ctx;
}

static const struct book_item *item_of(const struct write_ctx *ctx, uint32_t kind, enum circle_who author)
{
	return circle_last(ctx, c, kind, author);
}

/* --- messages --- */

struct say {
	enum circle_who from, to[3];
	size_t n_to;
	int about; /* -1: nobody */
	bool care;
	unsigned priority;
};

static int say(const struct say *s)
{
	const struct person *to[3];
	struct write_ctx *ctx = ctx_of(s->from);
	struct write_message m = {.to = to, .n_to = s->n_to, .care = s->care, .priority = s->priority, .type = "admin"};
	m.body = "hello";
	m.body_len = 5;
	for (size_t i = 0; i < s->n_to; i++)
		to[i] = circle_person(c, s->from, s->to[i]);
	m.about = s->about < 0 ? NULL : circle_person(c, s->from, (enum circle_who)s->about);
	return write_message(ctx, &m, NULL);
}

static void test_care_message(void **state)
{
	struct say s = {CIRCLE_ANA, {CIRCLE_OSEI}, 1, CIRCLE_JO, true, 2};
	size_t len;
	(void)state;
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_CLINICAL);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_true(last.n_audience == 1 && is_for(CIRCLE_OSEI));
	const struct clinic *clinic = people_clinic(circle_people(c, CIRCLE_ANA));
	assert_true(last.retain_days >= clinic_policy(clinic, CLINIC_POLICY_RETAIN_DAYS));
	assert_true(last.answer_by_s == content_peek_head(content)->made_ms / 1000 + WRITE_URGENT_S);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
	circle_text_is(content, CONTENT_BODY, "hello");
	circle_text_is(content, CONTENT_MESSAGE_TYPE, "admin");
	assert_int_equal(content_u64(content, CONTENT_PRIORITY, 9), 2);
	assert_non_null(content_bin(content, CONTENT_THREAD, &len));
	assert_int_equal(len, 16);
	assert_false(content_has(content, CONTENT_REPLY_TO));
	s.priority = 1;
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.answer_by_s, 0);
	/* about nobody: any clinician */
	s = (struct say){CIRCLE_ANA, {CIRCLE_MED, CIRCLE_LUND, CIRCLE_MED}, 3, -1, true, 0};
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.n_audience, 2);
	assert_false(content_peek_head(content)->has_subject);
}

static void test_client_message(void **state)
{
	struct say s = {CIRCLE_JO, {CIRCLE_ANA, CIRCLE_OSEI}, 2, CIRCLE_JO, false, 3};
	(void)state;
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_true(last.n_audience == 2 && is_for(CIRCLE_ANA) && is_for(CIRCLE_OSEI));
	assert_int_equal(last.retain_days, 0);
	assert_int_equal(last.answer_by_s, 0);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
	s = (struct say){CIRCLE_ANA, {CIRCLE_JO, CIRCLE_OSEI}, 2, -1, false, 0};
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
}

static void test_message_refused(void **state)
{
	static const struct {
		struct say say;
		int err;
	} rows[] = {
	    {{CIRCLE_JO, {CIRCLE_ANA}, 0, -1, false, 0}, ERR_ARG},
	    {{CIRCLE_JO, {CIRCLE_LUND}, 1, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_ADMIN}, 1, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_JO}, 1, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_ANA, CIRCLE_LUND}, 2, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_ANA}, 1, -1, true, 0}, ERR_ROLE},
	    {{CIRCLE_JO, {CIRCLE_ANA}, 1, -1, false, 1}, ERR_ROLE},
	    {{CIRCLE_JO, {CIRCLE_ANA}, 1, -1, false, 2}, ERR_ROLE},
	    {{CIRCLE_ANA, {CIRCLE_JO}, 1, -1, false, 2}, ERR_ROLE},
	    {{CIRCLE_ANA, {CIRCLE_OSEI}, 1, -1, false, 0}, ERR_NO_GRANT}, /* no client in it */
	    {{CIRCLE_ANA, {CIRCLE_JO, CIRCLE_KIM}, 2, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_JO, CIRCLE_LUND}, 2, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_JO}, 1, CIRCLE_KIM, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_LUND, {CIRCLE_ANA}, 1, CIRCLE_ANA, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_LUND}, 1, CIRCLE_JO, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_MED}, 1, CIRCLE_KIM, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_JO}, 1, -1, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_ADMIN}, 1, -1, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_ANA}, 1, -1, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ADMIN, {CIRCLE_ANA}, 1, -1, true, 0}, ERR_ROLE},
	    {{CIRCLE_ADMIN, {CIRCLE_JO}, 1, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_ANA}, 1, -1, false, 4}, ERR_SCHEMA},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = say(&rows[i].say);
		if (err != rows[i].err)
			fail_msg("row %zu: %s", i, err_name(err));
		assert_int_equal(waiting(rows[i].say.from), 0);
	}
	assert_string_equal(fault->name, "priority");
	circle_remove(c, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_JO);
	assert_int_equal(say(&(struct say){CIRCLE_JO, {CIRCLE_OSEI}, 1, -1, false, 0}), ERR_NO_GRANT);
}

static int reply_as(enum circle_who who, enum circle_who author, unsigned priority)
{
	struct write_ctx *ctx = ctx_of(who);
	struct write_message m = {.priority = priority, .body = "yes", .body_len = 3};
	m.reply_to = item_of(ctx, CONTENT_MESSAGE, author);
	return write_message(ctx, &m, NULL);
}

static void test_reply(void **state)
{
	uint8_t thread[16];
	size_t len;
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_OSEI);
	assert_int_equal(say(&(struct say){CIRCLE_JO, {CIRCLE_ANA, CIRCLE_OSEI}, 2, -1, false, 0}), 0);
	read_last(CIRCLE_JO);
	memcpy(thread, content_bin(content, CONTENT_THREAD, &len), 16);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(reply_as(CIRCLE_ANA, CIRCLE_JO, 2), ERR_ROLE);
	assert_int_equal(reply_as(CIRCLE_ANA, CIRCLE_JO, 1), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_true(last.n_audience == 2 && is_for(CIRCLE_JO) && is_for(CIRCLE_OSEI));
	assert_memory_equal(content_bin(content, CONTENT_THREAD, &len), thread, 16);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
	const struct book_item *item = item_of(ctx_of(CIRCLE_ANA), CONTENT_MESSAGE, CIRCLE_JO);
	assert_memory_equal(content_bin(content, CONTENT_REPLY_TO, &len), book_head(item)->ref, 32);
	/* to one's own: the same people again */
	assert_int_equal(reply_as(CIRCLE_JO, CIRCLE_JO, 0), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.n_audience, 2);
	/* who left the team is passed over */
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_ANA);
	assert_int_equal(reply_as(CIRCLE_ANA, CIRCLE_JO, 0), 0);
	read_last(CIRCLE_ANA);
	assert_true(last.n_audience == 1 && is_for(CIRCLE_JO)); /* Osei is a teammate still, but for Kim */
}

static void test_reply_refused(void **state)
{
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	assert_int_equal(say(&(struct say){CIRCLE_JO, {CIRCLE_ANA}, 1, -1, false, 0}), 0);
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	struct write_message m = {.body = "yes", .body_len = 3};
	m.reply_to = item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(write_message(ctx, &m, NULL), ERR_TARGET);
	circle_remove(c, CIRCLE_JO);
	circle_refresh(c, CIRCLE_ANA);
	assert_int_equal(reply_as(CIRCLE_ANA, CIRCLE_JO, 0), ERR_NO_GRANT);
}

/* --- acknowledgements --- */

static int ack_as(enum circle_who who, enum circle_who author, const char *note)
{
	struct write_ctx *ctx = ctx_of(who);
	return write_ack(ctx, item_of(ctx, CONTENT_MESSAGE, author), note, strlen(note));
}

static void test_ack(void **state)
{
	(void)state;
	circle_vault(c, CIRCLE_OSEI);
	assert_int_equal(say(&(struct say){CIRCLE_ANA, {CIRCLE_OSEI, CIRCLE_MED}, 2, -1, true, 2}), 0);
	assert_int_equal(ack_as(CIRCLE_ANA, CIRCLE_ANA, "mine"), ERR_TARGET);
	circle_send(c, CIRCLE_ANA);
	assert_int_equal(ack_as(CIRCLE_OSEI, CIRCLE_ANA, "Agree."), 0);
	read_last(CIRCLE_OSEI);
	assert_int_equal(last.record_class, RECORD_CLINICAL);
	assert_int_equal(last.op, RECORD_ACKNOWLEDGE);
	assert_true(last.retain_days > 0);
	assert_int_equal(last.n_targets, 1);
	const struct book_item *item = item_of(ctx_of(CIRCLE_OSEI), CONTENT_MESSAGE, CIRCLE_ANA);
	assert_memory_equal(last.targets[0], book_head(item)->ref, 32);
	assert_true(last.n_audience == 2 && is_for(CIRCLE_ANA) && is_for(CIRCLE_MED));
	circle_text_is(content, CONTENT_BODY, "Agree.");
	assert_int_equal(ack_as(CIRCLE_OSEI, CIRCLE_ANA, ""), 0);
	read_last(CIRCLE_OSEI);
	assert_false(content_has(content, CONTENT_BODY));
	assert_int_equal(ack_as(CIRCLE_OSEI, CIRCLE_ANA, "\xff"), ERR_SCHEMA);
	assert_string_equal(fault->name, "note");
	circle_remove(c, CIRCLE_ANA);
	circle_remove(c, CIRCLE_MED);
	circle_refresh(c, CIRCLE_OSEI);
	assert_int_equal(ack_as(CIRCLE_OSEI, CIRCLE_ANA, ""), ERR_NO_GRANT);
}

static void test_ack_by_client(void **state)
{
	(void)state;
	circle_vault(c, CIRCLE_JO);
	assert_int_equal(say(&(struct say){CIRCLE_ANA, {CIRCLE_JO}, 1, -1, false, 1}), 0);
	circle_send(c, CIRCLE_ANA);
	assert_int_equal(ack_as(CIRCLE_JO, CIRCLE_ANA, "ok"), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_int_equal(last.retain_days, 0);
}

/* --- receipts and profiles --- */

static int count_rows(void *arg, const struct ledger_pending *p)
{
	uint32_t *n = arg;
	n[0]++;
	n[1] += p->n_targets + p->n_audience;
	assert_int_equal(p->record_class, RECORD_CONTROL);
	return 0;
}

static void test_receipts(void **state)
{
	uint8_t rids[130][32];
	uint32_t n[2] = {0, 0};
	struct buf value;
	(void)state;
	for (size_t i = 0; i < 130; i++)
		memset(rids[i], (int)i + 1, 32);
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	const struct person *jo = circle_person(c, CIRCLE_ANA, CIRCLE_JO);
	assert_int_equal(write_receipt(ctx, people_self(ctx->people), (const uint8_t(*)[32])rids, 1, 1), ERR_TARGET);
	assert_int_equal(write_receipt(ctx, jo, NULL, 0, 1), 0);
	assert_int_equal(waiting(CIRCLE_ANA), 0);
	assert_int_equal(write_receipt(ctx, jo, (const uint8_t(*)[32])rids, 64, 1), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.op, RECORD_RECEIPT);
	assert_int_equal(last.n_targets, 64);
	assert_true(last.n_audience == 1 && is_for(CIRCLE_JO));
	assert_int_equal(content_u64(content, CONTENT_STATE, 0), 1);
	assert_int_equal(write_receipt(ctx, jo, (const uint8_t(*)[32])rids, 130, 2), 0);
	assert_int_equal(ledger_pending_each(ctx->txn, count_rows, n), 0);
	assert_int_equal(n[0], 4);
	assert_int_equal(n[1], 64 + 130 + 4);
	buf_init(&value, 0);
	assert_int_equal(ledger_fact_get(ctx->txn, "opened", rids[129], 32, &value), 0);
	buf_wipe(&value);
	assert_int_equal(write_receipt(ctx, jo, (const uint8_t(*)[32])rids, 1, 3), ERR_SCHEMA);
	assert_string_equal(fault->name, "state");
}

static void test_profiles(void **state)
{
	const struct person *to[CIRCLE_PEOPLE];
	char name[81];
	size_t n = 0;
	(void)state;
	memset(name, 'n', sizeof(name));
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	for (size_t i = 0; i < people_count(ctx->people); i++)
		if (!people_at(ctx->people, i)->is_self)
			to[n++] = people_at(ctx->people, i);
	assert_int_equal(write_profile(ctx, "Ana Reyes", "she/her", to, n), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_CONTROL);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_int_equal(last.n_audience, CIRCLE_PEOPLE - 1); /* the admin too */
	circle_text_is(content, CONTENT_NAME, "Ana Reyes");
	circle_text_is(content, CONTENT_PRONOUNS, "she/her");
	assert_int_equal(write_profile(ctx, "Ana", "", NULL, 0), 0);
	assert_int_equal(waiting(CIRCLE_ANA), 1);
	name[80] = 0;
	assert_int_equal(write_profile(ctx, name, "", to, 1), 0);
	assert_int_equal(write_profile(ctx, "", "", to, 1), ERR_SCHEMA);
	ctx = ctx_of(CIRCLE_JO);
	const struct person *med = circle_person(c, CIRCLE_JO, CIRCLE_MED), *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	assert_int_equal(write_profile(ctx, "Jo", "", &med, 1), ERR_NO_GRANT);
	assert_int_equal(write_profile(ctx, "Jo", "", &ana, 1), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int end(void **state)
{
	(void)state;
	content_free(content);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_care_message),  TEST(test_client_message), TEST(test_message_refused),
	    TEST(test_reply),         TEST(test_reply_refused),  TEST(test_ack),
	    TEST(test_ack_by_client), TEST(test_receipts),       TEST(test_profiles),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, end);
}
