/* test_store_heal: a new generation with every head fitting, what was taken away remembered by its author, records that
 * wait for one of their audience. store_check has nothing to say after any of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/audit.h"
#include "daemon/heal.h"
#include "daemon/store_heal.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/msg.h"
#include "proto/record.h"
#include "tests/unit/support/store_kit.h"

static struct store_kit kit;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, STORE_KIT_MAP);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	store_kit_check(&kit);
	store_kit_free(&kit);
	return 0;
}

static uint64_t feed_end(uint32_t who, uint8_t head[STORE_HASH])
{
	uint8_t pid[STORE_ID];
	uint64_t seq;
	store_kit_pid(who, pid);
	assert_int_equal(store_feed_head(kit.s, pid, &seq, head), 0);
	return seq;
}

static void a_new_generation(void **state)
{
	static const uint8_t next[STORE_ID] = {7, 7};
	uint8_t before[STORE_HASH], after[STORE_HASH], generation[STORE_ID], nobody[STORE_ID] = {0};
	uint64_t rows, bad;
	struct audit_row row;
	size_t n;
	(void)state;
	for (uint32_t i = 1; i <= 40; i++)
		assert_int_equal(
		    store_kit_put(&kit, &(struct store_kit_record){i, 1 + i % 3, 1 + i % 2, 600, 0}, &(struct store_place){0}),
		    0);
	uint64_t end = feed_end(2, before);
	store_generation(kit.s, generation);
	assert_int_equal(store_restored(kit.s, next, 5), 0);
	assert_int_equal(feed_end(2, after), end);
	assert_memory_not_equal(before, after, STORE_HASH);
	store_kit_check(&kit);
	store_kit_reopen(&kit);
	store_kit_check(&kit);
	assert_int_equal(audit_verify(kit.s, &bad), 0);
	assert_int_equal(audit_head(kit.s, &rows, before), 0);
	assert_int_equal(audit_read(kit.s, rows - 1, 1, &row, &n), 0);
	assert_int_equal(row.op, AUDIT_OP_RESTORED);
	assert_memory_equal(row.object, generation, STORE_ID);
	assert_memory_equal(row.actor, nobody, STORE_ID);
	store_generation(kit.s, generation);
	assert_memory_equal(generation, next, STORE_ID);
	assert_int_equal(store_restored(kit.s, (const uint8_t[STORE_ID]){8}, 6), 0); /* and once more */
	assert_int_equal(audit_verify(kit.s, &bad), 0);
}

static void an_empty_store(void **state)
{
	(void)state;
	assert_int_equal(store_restored(kit.s, (const uint8_t[STORE_ID]){9}, 5), 0);
}

/* --- records that come back, one wrap after the other --- */

static struct store_kit_made made;
static struct record record;

static int heal(const struct buf *bytes, bool payload, uint32_t giver, bool *changed)
{
	uint8_t pid[STORE_ID];
	struct store_batch *b;
	struct msg_bytes body = {payload ? made.payload.data : NULL, payload ? made.payload.len : 0};
	store_kit_pid(giver, pid);
	assert_int_equal(record_parse(bytes->data, bytes->len, &record), 0);
	struct heal_item item = {&record, &body, pid, 1000};
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	int err = heal_store(b, &item, changed);
	assert_int_equal(store_batch_commit(b), 0);
	return err;
}

static void served(uint32_t who, struct buf *out)
{
	uint8_t pid[STORE_ID];
	struct record all;
	buf_reset(out);
	store_kit_pid(who, pid);
	assert_int_equal(record_parse(made.record.data, made.record.len, &all), 0);
	assert_int_equal(record_for_reader(&all, pid, out), 0);
}

static bool is_awaited(uint32_t who)
{
	uint8_t pid[STORE_ID];
	store_kit_pid(who, pid);
	return store_heal_is_awaited(kit.s, made.rid, pid);
}

static void one_reader_after_the_other(void **state)
{
	uint8_t head[STORE_HASH];
	struct buf part, stored, payload;
	bool changed;
	(void)state;
	buf_init(&part, 0);
	buf_init(&stored, 0);
	buf_init(&payload, 0);
	store_kit_make(&made, &(struct store_kit_record){1, 1, 3, 900, 0});
	served(2, &part);
	assert_int_equal(heal(&part, true, 2, &changed), 0);
	assert_true(changed);
	assert_int_equal(feed_end(1, head), 0);
	assert_int_equal(feed_end(2, head), 1);
	assert_int_equal(feed_end(3, head), 0);
	assert_true(is_awaited(1) && !is_awaited(2) && is_awaited(3));
	store_kit_check(&kit);
	assert_int_equal(heal(&part, true, 2, &changed), 0); /* once more */
	assert_false(changed);
	served(3, &part);
	assert_int_equal(heal(&part, true, 3, &changed), 0);
	assert_int_equal(feed_end(3, head), 1);
	store_kit_check(&kit);
	assert_int_equal(heal(&made.record, true, 1, &changed), 0);
	assert_true(changed);
	assert_int_equal(feed_end(1, head), 1);
	assert_int_equal(feed_end(2, head), 1);
	assert_int_equal(store_record_get(kit.s, made.rid, NULL, &stored, &payload), 0);
	assert_int_equal(stored.len, made.record.len);
	assert_memory_equal(stored.data, made.record.data, stored.len);
	assert_int_equal(payload.len, made.payload.len);
	buf_wipe(&part);
	buf_wipe(&stored);
	buf_wipe(&payload);
	store_kit_made_free(&made);
}

static void a_stub_first(void **state)
{
	uint8_t head[STORE_HASH];
	struct buf stub, payload;
	struct record all;
	bool changed;
	(void)state;
	buf_init(&stub, 0);
	buf_init(&payload, 0);
	store_kit_make(&made, &(struct store_kit_record){2, 1, 2, 900, 0});
	assert_int_equal(record_parse(made.record.data, made.record.len, &all), 0);
	assert_int_equal(record_stub(&all, &stub), 0);
	assert_int_equal(heal(&stub, false, 2, &changed), 0);
	assert_true(is_awaited(1) && is_awaited(2));
	store_kit_check(&kit);
	assert_int_equal(heal(&made.record, true, 1, &changed), 0);
	assert_int_equal(feed_end(1, head) + feed_end(2, head), 2);
	assert_int_equal(store_record_get(kit.s, made.rid, NULL, NULL, &payload), 0);
	assert_int_equal(payload.len, made.payload.len);
	buf_wipe(&stub);
	buf_wipe(&payload);
	store_kit_made_free(&made);
}

static void the_author_says_who_has_it(void **state)
{
	uint8_t head[STORE_HASH];
	struct buf bare;
	bool changed;
	(void)state;
	buf_init(&bare, 0);
	store_kit_make(&made, &(struct store_kit_record){3, 1, 3, 900, 0});
	store_kit_strip(&made, &bare);
	assert_int_equal(heal(&bare, true, 1, &changed), 0);
	for (uint32_t who = 1; who <= 3; who++)
		assert_int_equal(feed_end(who, head), 1);
	assert_false(is_awaited(2) || is_awaited(3));
	buf_wipe(&bare);
	store_kit_made_free(&made);
}

/* Only a record by the same author counts. */
static void who_took_it(void **state)
{
	static const uint8_t rid[STORE_HASH] = {1}, pid[STORE_ID] = {2}, author[STORE_ID] = {3}, other[STORE_ID] = {4};
	static const uint8_t by[STORE_HASH] = {5}, later[STORE_HASH] = {6};
	struct store_gone gone = {rid, pid, author, by};
	uint8_t got[STORE_HASH];
	struct store_batch *b;
	(void)state;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_batch_gone_get(b, &gone, got), ERR_NOT_FOUND);
	assert_int_equal(store_gone_put(b, &gone), 0);
	gone.by = later;
	assert_int_equal(store_gone_put(b, &gone), 0); /* the first stays */
	assert_int_equal(store_batch_gone_get(b, &gone, got), 0);
	assert_memory_equal(got, by, STORE_HASH);
	gone.author = other;
	assert_int_equal(store_batch_gone_get(b, &gone, got), ERR_NOT_FOUND);
	gone.author = author;
	gone.pid = NULL;
	assert_int_equal(store_batch_gone_get(b, &gone, got), ERR_NOT_FOUND);
	store_batch_abort(b);
	assert_int_equal(store_gone_get(kit.s, &gone, got), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_new_generation, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_empty_store, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_reader_after_the_other, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_stub_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_author_says_who_has_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(who_took_it, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
