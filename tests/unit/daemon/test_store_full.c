/* test_store_full: what happens when there is no room: records stop first, audit and removal go on, nothing that was
 * promised is lost, and room that comes back is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/audit.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

#define MAP ((uint64_t)8 << 20)
#define READERS 32 /* a record of more than one page, and half as long without its wraps */

static struct store_kit kit;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, MAP);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	store_kit_check(&kit);
	store_kit_free(&kit);
	return 0;
}

static struct store_kit_record nth(uint32_t n)
{
	return (struct store_kit_record){.number = n, .author = 1, .readers = READERS, .payload_len = 3000};
}

static uint32_t fill_to_the_mark(void)
{
	struct store_place place;
	uint32_t n = 0;
	int err = 0;
	while (!err) {
		struct store_kit_record o = nth(n);
		err = store_kit_put(&kit, &o, &place);
		n += !err;
		assert_true(n < 5000);
	}
	assert_int_equal(err, ERR_FULL);
	return n;
}

static void test_high_water_mark(void **state)
{
	struct store_room room;
	struct store_batch *b;
	struct store_kit_made m;
	struct store_kit_link l;
	struct store_place place;
	struct store_invite invite = {.id = {1}, .inviter = {2}, .link_seq = 1, .expires_ms = 1};
	bool known;
	(void)state;
	uint32_t n = fill_to_the_mark();
	assert_true(n > 50);
	assert_int_equal(store_room(kit.s, &room), 0);
	assert_true(room.used > MAP * 8 / 10 && room.used <= MAP);
	store_kit_check(&kit);

	struct store_kit_record next = nth(n), old = nth(0);
	store_kit_make(&m, &next);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_put_record(b, &m.row, &place), ERR_FULL);
	int err = 0;
	for (uint8_t i = 1; !err; i++) { /* they are small: some may still find a place */
		invite.id[1] = i;
		err = store_put_invite(b, &invite, (const uint8_t *)"p", 1);
		assert_true(i < 50);
	}
	assert_int_equal(err, ERR_FULL);
	uint64_t writes = store_batch_writes(b);
	assert_int_equal(store_put_record(b, &m.row, &place), ERR_FULL);
	assert_int_equal(store_put_invite(b, &invite, (const uint8_t *)"p", 1), ERR_FULL);
	assert_int_equal(store_batch_writes(b), writes);
	assert_int_equal(store_batch_err(b), 0); /* the batch lives on */
	/* what may use the reserve: audit, links, what takes something away */
	assert_int_equal(audit_append(b, &(struct audit_row){.op = 7, .status = 501}), 0);
	store_kit_link(&l, 1, 0);
	assert_int_equal(store_append_link(b, &l.row, &known), 0);
	m.row.reserve = true;
	assert_int_equal(store_put_record(b, &m.row, &place), 0);
	assert_int_equal(store_batch_commit(b), 0);
	store_kit_link_free(&l);
	store_kit_made_free(&m);

	/* what is stored already is still answered as the first time */
	assert_int_equal(store_kit_put(&kit, &old, &place), 0);
	assert_true(place.known);
}

static void strip(uint32_t n)
{
	struct store_kit_made m;
	struct store_batch *b;
	struct buf bare;
	struct store_kit_record o = nth(n);
	store_kit_make(&m, &o);
	buf_init(&bare, 0);
	store_kit_strip(&m, &bare);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_replace_record(b, m.rid, bare.data, bare.len), 0);
	assert_int_equal(store_batch_commit(b), 0);
	buf_wipe(&bare);
	store_kit_made_free(&m);
}

static void test_recovers_when_something_is_taken_away(void **state)
{
	struct store_place place;
	struct store_room before, after;
	(void)state;
	uint32_t n = fill_to_the_mark();
	assert_int_equal(store_room(kit.s, &before), 0);
	for (uint32_t i = 0; i < n; i++)
		strip(i);
	assert_int_equal(store_room(kit.s, &after), 0);
	assert_true(after.used < before.used);
	assert_false(after.full);
	for (uint32_t i = 0; i < 5; i++) {
		struct store_kit_record o = nth(n + i);
		assert_int_equal(store_kit_put(&kit, &o, &place), 0);
	}
}

/* Ten rounds of filling and taking away end where the first one ended: room that is freed is used again. */
static void test_does_not_creep(void **state)
{
	struct store_room room;
	uint64_t first = 0;
	uint8_t small[8] = {0};
	struct store_kit_made m;
	struct store_batch *b;
	struct store_place place;
	(void)state;
	struct store_kit_record o = nth(0);
	store_kit_make(&m, &o);
	assert_int_equal(store_kit_put(&kit, &o, &place), 0);
	for (int round = 0; round < 40; round++) {
		for (int shrink = 0; shrink < 2; shrink++) {
			assert_int_equal(store_batch_begin(kit.s, &b), 0);
			assert_int_equal(shrink ? store_replace_record(b, m.rid, small, sizeof(small))
			                        : store_replace_record(b, m.rid, m.record.data, m.record.len),
			                 0);
			assert_int_equal(store_batch_commit(b), 0);
		}
		assert_int_equal(store_room(kit.s, &room), 0);
		if (round == 5)
			first = room.used;
	}
	assert_true(room.used <= first);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_replace_record(b, m.rid, m.record.data, m.record.len), 0);
	assert_int_equal(store_batch_commit(b), 0);
	store_kit_made_free(&m);
}

/* The map itself ends: the batch is lost, all of it and nothing else. */
static void test_map_full(void **state)
{
	static struct store_kit_made m;
	struct store_place place;
	struct store_batch *b;
	uint64_t seq, after;
	uint8_t head[STORE_HASH], head_after[STORE_HASH], pid[STORE_ID];
	int err = 0;
	(void)state;
	uint32_t n = fill_to_the_mark(), first = n;
	store_kit_pid(1, pid);
	assert_int_equal(store_feed_head(kit.s, pid, &seq, head), 0);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	while (!err) {
		struct store_kit_record o = nth(n++);
		store_kit_make(&m, &o);
		m.row.reserve = true;
		err = store_put_record(b, &m.row, &place);
		store_kit_made_free(&m);
		assert_true(n < 5000);
	}
	assert_true(n > first + 3);
	assert_int_equal(err, ERR_FULL);
	assert_int_equal(store_batch_err(b), ERR_FULL);
	assert_int_equal(audit_append(b, &(struct audit_row){.op = 7}), ERR_FULL); /* it sticks */
	assert_int_equal(store_batch_commit(b), ERR_FULL);

	assert_int_equal(store_feed_head(kit.s, pid, &after, head_after), 0);
	assert_int_equal(after, seq);
	assert_memory_equal(head, head_after, STORE_HASH);
	store_kit_check(&kit);
	/* the store lives: what needs little still goes */
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(audit_append(b, &(struct audit_row){.op = 7}), 0);
	assert_int_equal(store_batch_commit(b), 0);
	/* with a larger map it goes on */
	kit.opts.map_size = 4 * MAP;
	store_kit_reopen(&kit);
	struct store_kit_record o = nth(first);
	assert_int_equal(store_kit_put(&kit, &o, &place), 0);
	assert_false(place.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_high_water_mark, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_recovers_when_something_is_taken_away, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_does_not_creep, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_map_full, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
