/* test_underway: what is on its way to the store can be referred to by what comes right behind it; if it does not get
 * there, neither does what refers to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/underway.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/req_kit.h"

#define TO(who) .to = (const struct person *const[]){who}, .n_to = 1
#define TARGET(rid) .targets = (const uint8_t(*)[32])(rid), .n_targets = 1

static struct req_kit kit;
static struct req_conn client, therapist;
static struct req_record first, second;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, &(struct req_kit_opts){.map_size = (uint64_t)8 << 20});
	req_conn_open(&client, &kit, kit.who.client);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	memset(&first, 0, sizeof(first));
	memset(&second, 0, sizeof(second));
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&client);
	req_conn_end(&therapist);
	req_record_free(&first);
	req_record_free(&second);
	req_kit_free(&kit);
	return 0;
}

static void a_list(void **state)
{
	struct record a[2] = {{.rid = {1}}, {.rid = {2}}}, b[1] = {{.rid = {3}}};
	struct underway_push x = {.records = a, .n = 2}, y = {.records = b, .n = 1}, none = {0};
	struct underway *u;
	uint8_t rid[32] = {2};
	(void)state;
	assert_int_equal(underway_new(&u), 0);
	assert_null(underway_find(u, rid));
	underway_add(u, &x);
	underway_add(u, &y);
	assert_ptr_equal(underway_find(u, rid), &a[1]);
	rid[0] = 3;
	assert_ptr_equal(underway_find(u, rid), &b[0]);
	rid[0] = 4;
	assert_null(underway_find(u, rid));
	underway_remove(&x);
	underway_remove(&x);
	underway_remove(&none);
	rid[0] = 2;
	assert_null(underway_find(u, rid));
	rid[0] = 3;
	assert_ptr_equal(underway_find(u, rid), &b[0]);
	underway_remove(&y);
	underway_free(u);
	underway_free(NULL);
}

static void share(size_t payload_len)
{
	req_record_make(
	    &first, &kit,
	    &(struct req_record_opts){
	        .by = kit.who.client, .class = RECORD_SHARED, .payload_len = payload_len, TO(kit.who.therapist)});
}

static void take_back(void)
{
	req_record_make(&second, &kit,
	                &(struct req_record_opts){.by = kit.who.client,
	                                          .class = RECORD_SHARED,
	                                          .op = RECORD_UNSHARE,
	                                          TO(kit.who.therapist),
	                                          TARGET(first.rid)});
}

static void send(struct req_conn *c, const struct req_record *r)
{
	req_conn_send_push(c, (const struct req_record *const[]){r}, 1);
}

/* What the next answer, of a push of one, stopped with. */
static uint64_t stop(struct req_conn *c)
{
	struct msg_push_reply reply;
	assert_int_equal(req_conn_read(c), 0);
	assert_int_equal(msg_get_push_reply(&c->reply.body, &reply), 0);
	assert_int_equal(reply.accepted, reply.stop == 0);
	return reply.stop;
}

static void taken_back_at_once(void **state)
{
	struct record stored;
	struct buf bytes;
	(void)state;
	share(0);
	take_back();
	req_kit_hold(&kit);
	send(&client, &first);
	send(&client, &second);
	req_kit_release(&kit);
	assert_int_equal(stop(&client), 0);
	assert_int_equal(stop(&client), 0);
	buf_init(&bytes, 0);
	assert_int_equal(store_record_get(kit.store, first.rid, NULL, &bytes, NULL), 0);
	assert_int_equal(record_parse(bytes.data, bytes.len, &stored), 0);
	assert_null(record_wrap_for(&stored, kit.who.therapist->genesis));
	assert_non_null(record_wrap_for(&stored, kit.who.client->genesis));
	buf_wipe(&bytes);
}

/* Also by another connection, but not by whom it was not given. */
static void by_others(void **state)
{
	struct req_conn prescriber;
	struct req_record other;
	(void)state;
	struct req_record_opts o = {
	    .by = kit.who.therapist, .class = RECORD_CONTROL, .op = RECORD_RECEIPT, TO(kit.who.client), TARGET(first.rid)};
	share(0);
	req_record_make(&second, &kit, &o);
	o.by = kit.who.prescriber;
	req_record_make(&other, &kit, &o);
	req_conn_open(&prescriber, &kit, kit.who.prescriber);
	req_kit_hold(&kit);
	send(&client, &first);
	send(&therapist, &second);
	send(&prescriber, &other);
	req_kit_release(&kit);
	assert_int_equal(stop(&client), 0);
	assert_int_equal(stop(&therapist), 0);
	assert_int_equal(stop(&prescriber), 310);
	req_record_free(&other);
	req_conn_end(&prescriber);
}

/* The store takes no more records, but still what takes something away; what that refers to is not there. */
static void what_did_not_get_there(void **state)
{
	const struct req_record_opts big = {.by = kit.who.client, .payload_len = 900000};
	(void)state;
	while (req_conn_push_one(&client, &big, NULL) == 0)
		;
	share(900000);
	take_back();
	req_kit_hold(&kit);
	send(&client, &first);
	send(&client, &second);
	req_kit_release(&kit);
	assert_int_equal(stop(&client), 501);
	assert_int_equal(stop(&client), 310);
	assert_int_equal(store_record_get(kit.store, second.rid, NULL, NULL, NULL), ERR_NOT_FOUND);
}

/* Pushed again while it is under way, with what it refers to: each is stored once. */
static void pushed_again(void **state)
{
	uint64_t seq;
	uint8_t head[32];
	(void)state;
	share(0);
	take_back();
	req_kit_hold(&kit);
	send(&client, &first);
	send(&client, &second);
	send(&client, &first);
	send(&client, &second);
	req_kit_release(&kit);
	for (int i = 0; i < 4; i++)
		assert_int_equal(stop(&client), 0);
	assert_int_equal(store_feed_head(kit.store, kit.who.client->genesis, &seq, head), 0);
	assert_int_equal(seq, 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_list), T(taken_back_at_once), T(by_others), T(what_did_not_get_there), T(pushed_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
