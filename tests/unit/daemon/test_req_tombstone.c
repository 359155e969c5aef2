/* test_req_tombstone: what its author deletes is gone from the store, and only that: each refusal has beside it a
 * tombstone that is taken. What is left is served as a stub, everybody who had it is told, and the store still checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/roster.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/record.h"
#include "tests/unit/support/req_kit.h"

#define TODAY ((uint32_t)(PEOPLE_TIME / 86400000))
#define RETAIN 2557
#define DAY_MS ((uint64_t)86400000)

static struct req_kit kit;
static struct req_conn admin, therapist, prescriber, client;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, &(struct req_kit_opts){.map_size = (uint64_t)8 << 20});
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	req_conn_open(&prescriber, &kit, kit.who.prescriber);
	req_conn_open(&client, &kit, kit.who.client);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&admin);
	req_conn_end(&therapist);
	req_conn_end(&prescriber);
	req_conn_end(&client);
	req_kit_free(&kit); /* runs store_check */
	return 0;
}

#define TO(...)                                                                                                        \
	.to = (const struct person *const[]){__VA_ARGS__},                                                                 \
	.n_to = sizeof((const struct person *const[]){__VA_ARGS__}) / sizeof(struct person *)
#define TARGET(rid) .targets = (const uint8_t(*)[32])(rid), .n_targets = 1

static struct req_record_opts of_client(uint8_t class, uint8_t op)
{
	static const struct person *to[2];
	to[0] = kit.who.therapist;
	to[1] = kit.who.prescriber;
	return (struct req_record_opts){
	    .by = kit.who.client, .class = class, .op = op, .to = to, .n_to = class == RECORD_PRIVATE ? 0 : 2};
}

static struct req_record_opts tombstone(uint8_t class, const uint8_t *rid)
{
	struct req_record_opts o = of_client(class, RECORD_TOMBSTONE);
	o.targets = (const uint8_t(*)[32])(const void *)rid;
	o.n_targets = 1;
	return o;
}

static uint64_t feed_end(const struct person *p)
{
	uint64_t seq;
	uint8_t head[32];
	assert_int_equal(store_feed_head(kit.store, p->genesis, &seq, head), 0);
	return seq;
}

static void event_at(const struct person *p, uint64_t seq, uint8_t event, const uint8_t rid[32])
{
	struct store_feed_row row;
	size_t n;
	assert_int_equal(store_feed_read(kit.store, p->genesis, seq - 1, 1, &row, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(row.event, event);
	assert_memory_equal(row.rid, rid, 32);
}

/* Gone: no wrap, no payload, and the rid is what it was. */
static bool is_erased(const uint8_t rid[32])
{
	struct buf record, payload;
	struct record r;
	buf_init(&record, 0);
	buf_init(&payload, 0);
	assert_int_equal(store_record_get(kit.store, rid, NULL, &record, &payload), 0);
	assert_int_equal(record_parse(record.data, record.len, &r), 0);
	assert_memory_equal(r.rid, rid, 32);
	uint32_t wraps = 0;
	for (uint32_t i = 0; i < r.audience; i++)
		wraps += r.wraps[i].present;
	assert_int_equal(wraps == 0, payload.len == 0);
	buf_wipe(&record);
	buf_wipe(&payload);
	return wraps == 0;
}

static void erases_and_tells(void **state)
{
	uint8_t rid[32], kept[32], stone[32];
	uint64_t records, before, after;
	(void)state;
	const struct people_cast *w = &kit.who;
	struct req_record_opts o = of_client(RECORD_SHARED, RECORD_CONTENT);
	o.payload_len = 100000;
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0);
	assert_int_equal(req_conn_push_one(&client, &o, kept), 0);
	assert_int_equal(store_person_usage(kit.store, w->client->genesis, &records, &before), 0);
	req_kit_audit(&kit, (struct audit_row[8]){0}, 8);
	o = tombstone(RECORD_SHARED, rid);
	assert_int_equal(req_conn_push_one(&client, &o, stone), 0);
	req_kit_one_row(&kit, MSG_OP_PUSH, 0);
	assert_true(is_erased(rid));
	assert_false(is_erased(kept));
	assert_int_equal(store_person_usage(kit.store, w->client->genesis, &records, &after), 0);
	assert_int_equal(records, 3);
	assert_true(after + 98000 < before);
	const struct person *const all[] = {w->client, w->therapist, w->prescriber};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(feed_end(all[i]), 4);
		event_at(all[i], 3, FEED_RECORD, stone);
		event_at(all[i], 4, FEED_TAKEN, rid);
	}
}

/* What is sent again is taken again and changes nothing: neither the tombstone nor what it deleted comes back. */
static void again(void **state)
{
	struct req_record entry, stone;
	struct req_push_result result;
	uint8_t second[32];
	(void)state;
	struct req_record_opts o = of_client(RECORD_SHARED, RECORD_CONTENT);
	req_record_make(&entry, &kit, &o);
	o = tombstone(RECORD_SHARED, entry.rid);
	req_record_make(&stone, &kit, &o);
	for (unsigned i = 0; i < 2; i++) { /* also both in one push */
		req_conn_push(&client, (const struct req_record *const[]){&entry, &stone}, 2, &result);
		assert_int_equal(result.accepted, 2);
		assert_true(is_erased(entry.rid));
		assert_int_equal(feed_end(kit.who.client), 3);
	}
	/* another device of the author's says the same by a tombstone of its own: it is taken, nobody lost anything */
	assert_int_equal(req_conn_push_one(&client, &o, second), 0);
	assert_int_equal(feed_end(kit.who.therapist), 4);
	event_at(kit.who.therapist, 4, FEED_RECORD, second);
	req_record_free(&entry);
	req_record_free(&stone);
}

/* Who had lost it already hears of the tombstone, for their streams count it, but loses nothing again. */
static void after_an_unshare(void **state)
{
	uint8_t rid[32], stone[32];
	(void)state;
	struct req_record_opts o = of_client(RECORD_SHARED, RECORD_CONTENT);
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0);
	o = (struct req_record_opts){
	    .by = kit.who.client, .class = RECORD_SHARED, .op = RECORD_UNSHARE, TO(kit.who.prescriber), TARGET(rid)};
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
	assert_int_equal(feed_end(kit.who.prescriber), 3);
	o = tombstone(RECORD_SHARED, rid);
	assert_int_equal(req_conn_push_one(&client, &o, stone), 0);
	assert_int_equal(feed_end(kit.who.prescriber), 4);
	event_at(kit.who.prescriber, 4, FEED_RECORD, stone);
	assert_int_equal(feed_end(kit.who.therapist), 3);
	event_at(kit.who.therapist, 3, FEED_TAKEN, rid);
	/* taking back what is deleted does nothing */
	o = (struct req_record_opts){
	    .by = kit.who.client, .class = RECORD_SHARED, .op = RECORD_UNSHARE, TO(kit.who.therapist), TARGET(rid)};
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
	assert_int_equal(feed_end(kit.who.therapist), 4);
	assert_true(is_erased(rid));
}

static void refused(void **state)
{
	uint8_t mine[32], secret[32], theirs[32], unshare[32], ack[32], none[32] = {1}, both[2][32];
	(void)state;
	const struct people_cast *w = &kit.who;
	struct req_record_opts o = of_client(RECORD_SHARED, RECORD_CONTENT);
	assert_int_equal(req_conn_push_one(&client, &o, mine), 0);
	o = of_client(RECORD_PRIVATE, RECORD_CONTENT);
	assert_int_equal(req_conn_push_one(&client, &o, secret), 0);
	o = (struct req_record_opts){.by = w->therapist, .class = RECORD_SHARED, TO(w->client, w->prescriber)};
	assert_int_equal(req_conn_push_one(&therapist, &o, theirs), 0);
	o = (struct req_record_opts){
	    .by = w->client, .class = RECORD_SHARED, .op = RECORD_ACKNOWLEDGE, TO(w->therapist), TARGET(theirs)};
	assert_int_equal(req_conn_push_one(&client, &o, ack), 0);
	o = (struct req_record_opts){
	    .by = w->client, .class = RECORD_SHARED, .op = RECORD_UNSHARE, TO(w->prescriber), TARGET(mine)};
	assert_int_equal(req_conn_push_one(&client, &o, unshare), 0);
	uint64_t end = feed_end(w->therapist);
	/* somebody else's, also by whom it was given to */
	o = tombstone(RECORD_SHARED, theirs);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 204);
	/* what is not there, and what one cannot see */
	o = tombstone(RECORD_SHARED, none);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 310);
	o = (struct req_record_opts){.by = w->therapist, .class = RECORD_PRIVATE, .op = RECORD_TOMBSTONE, TARGET(secret)};
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 310);
	/* another class */
	o = tombstone(RECORD_SHARED, secret);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 308);
	o = tombstone(RECORD_PRIVATE, mine);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 308);
	o = tombstone(RECORD_CONTROL, mine);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 308);
	/* another audience: somebody would not hear of it, or would hear of what they never had */
	o = tombstone(RECORD_SHARED, mine);
	o.n_to = 1;
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 310);
	/* not a revision */
	o = tombstone(RECORD_SHARED, unshare);
	o.to = (const struct person *const[]){w->prescriber};
	o.n_to = 1;
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 310);
	o = tombstone(RECORD_SHARED, ack);
	o.n_to = 1;
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 310);
	/* one of two is wrong */
	memcpy(both[0], mine, 32);
	memcpy(both[1], theirs, 32);
	o = tombstone(RECORD_SHARED, both[0]);
	o.n_targets = 2;
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 204);
	assert_false(is_erased(mine));
	assert_false(is_erased(theirs));
	assert_false(is_erased(secret));
	assert_int_equal(feed_end(w->therapist), end);
	/* the controls */
	o = tombstone(RECORD_SHARED, mine);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
	o = tombstone(RECORD_PRIVATE, secret);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
	assert_true(is_erased(mine));
	assert_true(is_erased(secret));
}

static void clinical_is_kept_until_its_day(void **state)
{
	uint8_t rid[32];
	(void)state;
	const struct people_cast *w = &kit.who;
	struct req_record_opts o = {
	    .by = w->therapist, .class = RECORD_CLINICAL, TO(w->prescriber), .retain_day = TODAY + RETAIN};
	assert_int_equal(req_conn_push_one(&therapist, &o, rid), 0);
	o.op = RECORD_TOMBSTONE;
	o.targets = (const uint8_t(*)[32])rid;
	o.n_targets = 1;
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 306);
	kit.pp.now_ms += (uint64_t)(RETAIN - 1) * DAY_MS;
	o.retain_day += RETAIN - 1;
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 306);
	assert_false(is_erased(rid));
	kit.pp.now_ms += DAY_MS;
	o.retain_day++;
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 0);
	assert_true(is_erased(rid));
}

/* Nobody who is no longer on the team keeps the author from deleting what they were given. */
static void after_the_team_changed(void **state)
{
	uint8_t rid[32];
	struct buf link;
	(void)state;
	struct req_record_opts o = of_client(RECORD_SHARED, RECORD_CONTENT);
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0);
	struct clinic_body body = {.type = CLINIC_TEAM, .n_list = 1};
	memcpy(body.genesis, kit.who.client->genesis, 32);
	memcpy(body.list[0], kit.who.therapist->genesis, 32);
	buf_init(&link, 0);
	people_sign(&kit.pp, kit.who.admin, &body, &link);
	assert_int_equal(req_conn_chain_put(&admin, clinic_id(kit.pp.clinic), &link), 0);
	buf_wipe(&link);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 202);
	o = tombstone(RECORD_SHARED, rid);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
	assert_true(is_erased(rid));
	event_at(kit.who.prescriber, feed_end(kit.who.prescriber), FEED_TAKEN, rid);
}

static void nobody_is_owed_an_answer(void **state)
{
	uint8_t rid[32];
	size_t n;
	(void)state;
	struct req_record_opts o = {.by = kit.who.therapist, .class = RECORD_SHARED, TO(kit.who.client), .answer_by = 5};
	assert_int_equal(req_conn_push_one(&therapist, &o, rid), 0);
	assert_int_equal(store_answers_overdue(kit.store, 6, 9, &n), 0);
	assert_int_equal(n, 1);
	o = (struct req_record_opts){
	    .by = kit.who.therapist, .class = RECORD_SHARED, .op = RECORD_TOMBSTONE, TO(kit.who.client), TARGET(rid)};
	assert_int_equal(req_conn_push_one(&therapist, &o, NULL), 0);
	assert_int_equal(store_answers_overdue(kit.store, 6, 9, &n), 0);
	assert_int_equal(n, 0);
}

/* A full store refuses what is new and lets people delete. */
static void a_full_store(void **state)
{
	uint8_t first[32], rid[32];
	unsigned got = 0, n = 0;
	(void)state;
	struct req_record_opts o = of_client(RECORD_PRIVATE, RECORD_CONTENT);
	o.payload_len = 400000;
	do {
		got = req_conn_push_one(&client, &o, rid);
		if (!got && !n++)
			memcpy(first, rid, 32);
	} while (!got && n < 100);
	assert_int_equal(got, 501);
	o = tombstone(RECORD_PRIVATE, first);
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
	assert_true(is_erased(first));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(erases_and_tells),
	    TEST(again),
	    TEST(after_an_unshare),
	    TEST(refused),
	    TEST(clinical_is_kept_until_its_day),
	    TEST(after_the_team_changed),
	    TEST(nobody_is_owed_an_answer),
	    TEST(a_full_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
