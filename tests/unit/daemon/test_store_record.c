/* test_store_record: records and feeds: once stored, each of the audience has it, in an order that proves itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
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

static int put_made(const struct store_kit_made *m, struct store_place *place)
{
	struct store_batch *b;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	int err = store_put_record(b, &m->row, place);
	assert_int_equal(store_batch_commit(b), 0);
	return err;
}

static void test_put_and_get(void **state)
{
	struct store_kit_made m;
	struct store_place place;
	struct buf record, payload;
	uint8_t author[STORE_ID], head[STORE_HASH];
	uint64_t seq, records, bytes;
	(void)state;
	store_kit_make(&m, &(struct store_kit_record){.number = 1, .author = 1, .readers = 3, .payload_len = 5000});
	buf_init(&record, 0);
	buf_init(&payload, 0);
	assert_int_equal(store_record_get(kit.s, m.rid, author, &record, &payload), ERR_NOT_FOUND);
	assert_int_equal(put_made(&m, &place), 0);
	assert_int_equal(place.seq, 1);
	assert_false(place.known);

	assert_int_equal(store_record_get(kit.s, m.rid, author, &record, &payload), 0);
	assert_memory_equal(author, m.author, STORE_ID);
	assert_int_equal(record.len, m.record.len);
	assert_memory_equal(record.data, m.record.data, record.len);
	assert_int_equal(payload.len, 5000);
	assert_memory_equal(payload.data, m.payload.data, 5000);
	assert_int_equal(store_record_get(kit.s, m.rid, NULL, NULL, NULL), 0);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_feed_head(kit.s, m.audience[i], &seq, head), 0);
		assert_int_equal(seq, 1);
	}
	assert_int_equal(store_feed_head(kit.s, m.author, &seq, head), 0);
	assert_memory_equal(head, place.head, STORE_HASH);
	assert_int_equal(store_person_usage(kit.s, m.author, &records, &bytes), 0);
	assert_int_equal(records, 1);
	assert_int_equal(bytes, m.record.len + 5000);
	assert_int_equal(store_person_usage(kit.s, m.audience[1], &records, &bytes), 0);
	assert_int_equal(records, 0);
	buf_wipe(&record);
	buf_wipe(&payload);
	store_kit_made_free(&m);
}

static void test_get_appends_all_or_nothing(void **state)
{
	struct store_kit_made m;
	struct store_place place;
	struct buf record, payload;
	(void)state;
	store_kit_make(&m, &(struct store_kit_record){.number = 2, .author = 1, .readers = 1, .payload_len = 300});
	assert_int_equal(put_made(&m, &place), 0);
	buf_init(&record, 0);
	buf_init(&payload, 299);
	assert_int_equal(buf_put(&record, "had", 3), 0);
	assert_int_equal(store_record_get(kit.s, m.rid, NULL, &record, &payload), ERR_TOO_BIG);
	assert_int_equal(record.len, 3);
	buf_wipe(&payload);
	buf_init(&payload, 300);
	assert_int_equal(store_record_get(kit.s, m.rid, NULL, &record, &payload), 0);
	assert_int_equal(record.len, 3 + m.record.len);
	buf_wipe(&record);
	buf_wipe(&payload);
	store_kit_made_free(&m);
}

static void test_duplicate_keeps_its_first_place(void **state)
{
	struct store_kit_record first = {.number = 3, .author = 1, .readers = 2},
	                        other = {.number = 4, .author = 2, .readers = 1};
	struct store_place place, again;
	(void)state;
	assert_int_equal(store_kit_put(&kit, &first, &place), 0);
	assert_int_equal(store_kit_put(&kit, &other, &again), 0);
	assert_false(again.known);
	assert_int_equal(again.seq, 2);
	assert_int_equal(store_kit_put(&kit, &first, &again), 0);
	assert_true(again.known);
	assert_int_equal(again.seq, place.seq);
	assert_memory_equal(again.head, place.head, STORE_HASH);
	uint64_t seq;
	uint8_t head[STORE_HASH], pid[STORE_ID];
	store_kit_pid(2, pid);
	assert_int_equal(store_feed_head(kit.s, pid, &seq, head), 0);
	assert_int_equal(seq, 2);
}

/* The same record twice in one batch is one record: a batch sees what was put into it before. */
static void test_duplicate_within_a_batch(void **state)
{
	struct store_kit_made m;
	struct store_place place, again;
	struct store_batch *b;
	(void)state;
	store_kit_make(&m, &(struct store_kit_record){.number = 5, .author = 1, .readers = 2});
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_put_record(b, &m.row, &place), 0);
	assert_int_equal(store_put_record(b, &m.row, &again), 0);
	assert_true(again.known);
	assert_memory_equal(&again.head, &place.head, STORE_HASH);
	assert_int_equal(store_batch_record_get(b, m.rid, NULL, NULL, NULL), 0);
	assert_int_equal(store_record_get(kit.s, m.rid, NULL, NULL, NULL), ERR_NOT_FOUND);
	store_batch_abort(b);
	assert_int_equal(store_record_get(kit.s, m.rid, NULL, NULL, NULL), ERR_NOT_FOUND);
	store_kit_made_free(&m);
}

static void test_bounds(void **state)
{
	static uint8_t big[STORE_PAYLOAD_MAX + 1];
	static const struct {
		size_t record_len, payload_len, audience_n;
		int err;
	} rows[] = {
	    {1, 0, 1, 0},
	    {0, 1, 1, ERR_ARG},
	    {STORE_RECORD_MAX, 1, 1, 0},
	    {STORE_RECORD_MAX + 1, 1, 1, ERR_ARG},
	    {1, STORE_PAYLOAD_MAX, 1, 0},
	    {1, STORE_PAYLOAD_MAX + 1, 1, ERR_ARG},
	    {1, 1, 0, ERR_ARG},
	    {1, 1, STORE_AUDIENCE_MAX, 0},
	    {1, 1, STORE_AUDIENCE_MAX + 1, ERR_ARG},
	};
	uint8_t audience[STORE_AUDIENCE_MAX + 1][STORE_ID], rid[STORE_HASH] = {9}, stranger[STORE_ID] = {0};
	struct store_place place;
	struct store_batch *b;
	(void)state;
	for (uint32_t i = 0; i <= STORE_AUDIENCE_MAX; i++)
		store_kit_pid(100 + i, audience[i]);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	struct store_record r = {
	    .rid = rid, .record = big, .payload = big, .audience = (const uint8_t(*)[STORE_ID])audience};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rid[1] = (uint8_t)i;
		r.author = audience[0];
		r.record_len = rows[i].record_len;
		r.payload_len = rows[i].payload_len;
		r.audience_n = rows[i].audience_n;
		assert_int_equal(store_put_record(b, &r, &place), rows[i].err);
	}
	r.record_len = 1;
	r.payload_len = 1;
	r.audience_n = 3;
	r.author = stranger;
	rid[1] = 200;
	assert_int_equal(store_put_record(b, &r, &place), ERR_ARG);
	r.author = audience[0];
	memcpy(audience[2], audience[1], STORE_ID);
	assert_int_equal(store_put_record(b, &r, &place), ERR_ARG);
	store_kit_pid(102, audience[2]);
	assert_int_equal(store_put_record(b, &r, &place), 0);
	store_batch_abort(b); /* these bytes are no records: store_check would say so */
}

static void test_feed_steps(void **state)
{
	struct store_feed_row rows[8];
	struct store_place place;
	uint8_t pid[STORE_ID], generation[STORE_ID], head[STORE_HASH], at[STORE_HASH];
	size_t n;
	uint64_t seq;
	(void)state;
	store_kit_pid(50, pid);
	store_generation(kit.s, generation);
	assert_int_equal(feed_start(pid, generation, head), 0);
	assert_int_equal(store_feed_head(kit.s, pid, &seq, at), 0);
	assert_int_equal(seq, 0);
	assert_memory_equal(at, head, STORE_HASH);
	assert_int_equal(store_feed_read(kit.s, pid, 0, 8, rows, &n), 0);
	assert_int_equal(n, 0);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(store_kit_put(&kit, &(struct store_kit_record){100 + i, 50, 1, 0, 0}, &place), 0);
	assert_int_equal(store_feed_read(kit.s, pid, 0, 8, rows, &n), 0);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(rows[i].seq, i + 1);
		assert_int_equal(rows[i].event, FEED_RECORD);
		assert_int_equal(feed_step(head, i + 1, FEED_RECORD, rows[i].rid, head), 0);
		assert_memory_equal(rows[i].head, head, STORE_HASH);
		assert_int_equal(store_feed_head_at(kit.s, pid, i + 1, at), 0);
		assert_memory_equal(at, head, STORE_HASH);
	}
	assert_memory_equal(place.head, head, STORE_HASH);
	assert_int_equal(store_feed_head_at(kit.s, pid, 6, at), ERR_NOT_FOUND);
	assert_int_equal(store_feed_head_at(kit.s, pid, UINT64_MAX, at), ERR_NOT_FOUND);
	assert_int_equal(store_feed_read(kit.s, pid, 2, 2, rows, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].seq, 3);
	assert_int_equal(store_feed_read(kit.s, pid, 5, 8, rows, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_feed_read(kit.s, pid, 0, 0, rows, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_feed_read(kit.s, pid, 6, 8, rows, &n), ERR_NOT_FOUND);
	assert_int_equal(store_feed_read(kit.s, pid, UINT64_MAX, 8, rows, &n), ERR_NOT_FOUND);
}

/* Feeds of neighbouring ids, of the lowest and of the highest id, do not run into one another. */
static void test_feeds_are_apart(void **state)
{
	static const uint8_t fills[] = {0x00, 0x7f, 0x80, 0xfe, 0xff};
	struct store_kit_made m;
	struct store_place place;
	struct store_feed_row row[4];
	size_t n;
	(void)state;
	for (size_t i = 0; i < sizeof(fills); i++) {
		store_kit_make(&m, &(struct store_kit_record){.number = 300 + (uint32_t)i, .author = 1, .readers = 1});
		/* the bytes say another author: only the feed is looked at, and the batch is given up */
		memset(m.audience[0], fills[i], STORE_ID);
		memset(m.author, fills[i], STORE_ID);
		assert_int_equal(store_feed_read(kit.s, m.author, 0, 4, row, &n), 0);
		assert_int_equal(n, 0);
		struct store_batch *b;
		assert_int_equal(store_batch_begin(kit.s, &b), 0);
		assert_int_equal(store_put_record(b, &m.row, &place), 0);
		assert_int_equal(place.seq, 1);
		for (size_t other = 0; other < sizeof(fills); other++) {
			uint8_t pid[STORE_ID];
			memset(pid, fills[other], STORE_ID);
			uint8_t audience[1][STORE_ID];
			memcpy(audience[0], pid, STORE_ID);
			struct store_record r = m.row;
			uint8_t rid[STORE_HASH] = {(uint8_t)other, 77};
			r.rid = rid;
			r.author = pid;
			r.audience = (const uint8_t(*)[STORE_ID])audience;
			assert_int_equal(store_put_record(b, &r, &place), 0);
			assert_int_equal(place.seq, other == i ? 2 : 1);
		}
		store_batch_abort(b);
		store_kit_made_free(&m);
	}
}

static void test_taking_wraps_away(void **state)
{
	struct store_kit_made m;
	struct store_place place;
	struct store_batch *b;
	struct store_feed_row rows[4];
	struct buf bare, record, payload;
	size_t n;
	uint64_t records, bytes;
	(void)state;
	store_kit_make(&m, &(struct store_kit_record){.number = 400, .author = 60, .readers = 2, .payload_len = 4000});
	assert_int_equal(put_made(&m, &place), 0);
	buf_init(&bare, 0);
	buf_init(&record, 0);
	buf_init(&payload, 0);
	store_kit_strip(&m, &bare);
	assert_true(bare.len < m.record.len);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_replace_record(b, m.rid, bare.data, bare.len), 0);
	assert_int_equal(store_add_feed_event(b, m.audience[1], FEED_TAKEN, m.rid), 0);
	assert_true(store_batch_pages(b) < 4); /* the payload was not written again */
	assert_int_equal(store_batch_commit(b), 0);

	assert_int_equal(store_record_get(kit.s, m.rid, NULL, &record, &payload), 0);
	assert_int_equal(record.len, bare.len);
	assert_memory_equal(record.data, bare.data, bare.len);
	assert_memory_equal(payload.data, m.payload.data, 4000);
	assert_int_equal(store_feed_read(kit.s, m.audience[1], 0, 4, rows, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(rows[1].event, FEED_TAKEN);
	assert_memory_equal(rows[1].rid, m.rid, STORE_HASH);
	assert_int_equal(store_person_usage(kit.s, m.author, &records, &bytes), 0);
	assert_int_equal(records, 1);
	assert_int_equal(bytes, bare.len + 4000);

	uint8_t nothing[STORE_HASH] = {1, 2, 3};
	static const uint8_t big[STORE_RECORD_MAX + 1];
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_replace_record(b, nothing, bare.data, bare.len), ERR_NOT_FOUND);
	assert_int_equal(store_replace_record(b, m.rid, bare.data, 0), ERR_ARG);
	assert_int_equal(store_replace_record(b, m.rid, big, STORE_RECORD_MAX + 1), ERR_ARG);
	assert_int_equal(store_add_feed_event(b, m.author, FEED_TAKEN, nothing), ERR_NOT_FOUND);
	assert_int_equal(store_add_feed_event(b, m.author, 3, m.rid), ERR_RANGE);
	assert_int_equal(store_batch_writes(b), 0);
	store_batch_abort(b);
	buf_wipe(&bare);
	buf_wipe(&record);
	buf_wipe(&payload);
	store_kit_made_free(&m);
}

static void test_answers(void **state)
{
	struct store_kit_made m;
	struct store_place place;
	struct store_batch *b;
	size_t n;
	(void)state;
	assert_int_equal(store_answers_overdue(kit.s, UINT64_MAX, 9, &n), 0);
	assert_int_equal(n, 0);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(store_kit_put(&kit, &(struct store_kit_record){500 + i, 1, 2, 0, 1000 + 10 * i}, &place), 0);
	static const struct {
		uint64_t now;
		size_t max, n;
	} rows[] = {{1000, 9, 0}, {1001, 9, 1}, {1030, 9, 3}, {1031, 9, 4}, {1031, 2, 2}, {1031, 0, 0}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(store_answers_overdue(kit.s, rows[i].now, rows[i].max, &n), 0);
		assert_int_equal(n, rows[i].n);
	}
	store_kit_make(&m, &(struct store_kit_record){500, 1, 2, 0, 1000});
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_answer_clear(b, 1000, m.rid), 0);
	assert_int_equal(store_answer_clear(b, 1000, m.rid), 0); /* not owed any more: no error */
	assert_int_equal(store_answer_clear(b, 999, m.rid), 0);
	assert_int_equal(store_batch_commit(b), 0);
	assert_int_equal(store_answers_overdue(kit.s, 2000, 9, &n), 0);
	assert_int_equal(n, 3);
	/* what was stored before does not come to be owed an answer again */
	assert_int_equal(put_made(&m, &place), 0);
	assert_true(place.known);
	assert_int_equal(store_answers_overdue(kit.s, 2000, 9, &n), 0);
	assert_int_equal(n, 3);
	store_kit_made_free(&m);
}

static void test_everything_is_there_after_reopening(void **state)
{
	struct store_place place;
	uint64_t seq;
	uint8_t before[STORE_HASH], after[STORE_HASH], pid[STORE_ID];
	(void)state;
	store_kit_pid(1, pid);
	assert_int_equal(store_kit_put(&kit, &(struct store_kit_record){600, 1, 1, 0, 0}, &place), 0);
	assert_int_equal(store_feed_head(kit.s, pid, &seq, before), 0);
	store_kit_reopen(&kit);
	assert_int_equal(store_feed_head(kit.s, pid, &seq, after), 0);
	assert_memory_equal(before, after, STORE_HASH);
	assert_int_equal(store_kit_put(&kit, &(struct store_kit_record){600, 1, 1, 0, 0}, &place), 0);
	assert_true(place.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_put_and_get, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_get_appends_all_or_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_duplicate_keeps_its_first_place, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_duplicate_within_a_batch, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_feed_steps, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_feeds_are_apart, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_taking_wraps_away, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_everything_is_there_after_reopening, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
