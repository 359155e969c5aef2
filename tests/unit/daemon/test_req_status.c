/* test_req_status: what the server says it holds, and what became of one's invitations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/store_batch.h"
#include "proto/crypto.h"
#include "proto/record.h"
#include "tests/unit/support/req_kit.h"

static struct req_kit kit;
static struct req_conn therapist, client;
static struct msg_status_reply reply;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, NULL);
	req_conn_open(&therapist, &kit, kit.who.therapist);
	req_conn_open(&client, &kit, kit.who.client);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&therapist);
	req_conn_end(&client);
	req_kit_free(&kit);
	return 0;
}

static void an_empty_one(void **state)
{
	(void)state;
	assert_int_equal(req_conn_status(&client, &reply), 0);
	assert_int_equal(reply.feed_seq, 0);
	assert_int_equal(reply.records, 0);
	assert_int_equal(reply.bytes, 0);
	assert_int_equal(reply.n, 0);
}

static void counts_ones_own(void **state)
{
	struct req_record r;
	struct req_push_result result;
	const struct person *to = kit.who.therapist;
	struct req_record_opts o = {.by = kit.who.client, .class = RECORD_SHARED, .to = &to, .n_to = 1};
	(void)state;
	req_record_make(&r, &kit, &o);
	req_conn_push(&client, (const struct req_record *const[]){&r, &r}, 2, &result);
	assert_int_equal(req_conn_status(&client, &reply), 0);
	assert_int_equal(reply.feed_seq, 1);
	assert_int_equal(reply.records, 1);
	assert_int_equal(reply.bytes, r.record.len + r.payload.len);
	assert_int_equal(req_conn_status(&therapist, &reply), 0);
	assert_int_equal(reply.feed_seq, 1);
	assert_int_equal(reply.records, 0);
	req_record_free(&r);
}

/* Ids are in another order than the invitations. */
#define STRIDE 2654435761u
static void put_invites(const struct person *by, uint32_t from, uint32_t n)
{
	struct store_batch *b;
	assert_int_equal(store_batch_begin(kit.store, &b), 0);
	for (uint32_t i = from; i < from + n; i++) {
		struct store_invite invite = {.link_seq = i + 1, .expires_ms = kit.pp.now_ms + i};
		uint32_t id = i * STRIDE;
		for (int k = 0; k < 4; k++)
			invite.id[k] = (uint8_t)(id >> (24 - 8 * k));
		memcpy(invite.inviter, by->genesis, 16);
		assert_int_equal(store_put_invite(b, &invite, (const uint8_t *)"p", 1), 0);
	}
	assert_int_equal(store_batch_commit(b), 0);
}

static const struct msg_invite_state *find(uint32_t number)
{
	for (uint32_t i = 0; i < reply.n; i++) {
		const uint8_t *id = reply.invites[i].invite;
		uint32_t got = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
		if (got == number * STRIDE)
			return &reply.invites[i];
	}
	return NULL;
}

static void states(void **state)
{
	struct store_batch *b;
	(void)state;
	put_invites(kit.who.therapist, 0, 3);
	put_invites(kit.who.admin, 3, 1);
	assert_int_equal(req_conn_status(&therapist, &reply), 0);
	assert_int_equal(reply.n, 3);
	assert_int_equal(find(0)->state, STORE_INVITE_OPEN);
	uint8_t id[16], nobody[16] = {0};
	memcpy(id, find(2)->invite, sizeof(id));
	assert_int_equal(store_batch_begin(kit.store, &b), 0);
	assert_int_equal(store_use_invite(b, id, kit.who.client->genesis, kit.pp.now_ms), 0);
	assert_int_equal(store_use_invite(b, id, nobody, kit.pp.now_ms), -311);
	assert_int_equal(store_batch_commit(b), 0);
	kit.pp.now_ms++;
	assert_int_equal(req_conn_status(&therapist, &reply), 0);
	assert_int_equal(find(0)->state, STORE_INVITE_EXPIRED);
	assert_int_equal(find(1)->state, STORE_INVITE_OPEN);
	assert_int_equal(find(2)->state, STORE_INVITE_USED);
	assert_int_equal(find(2)->used_ms, kit.pp.now_ms - 1);
	assert_int_equal(find(2)->refusals, 1);
	assert_int_equal(find(0)->used_ms, 0);
	assert_null(find(3)); /* somebody else's */
}

static void the_newest_of_many(void **state)
{
	(void)state;
	put_invites(kit.who.therapist, 0, MSG_INVITES_MAX);
	assert_int_equal(req_conn_status(&therapist, &reply), 0);
	assert_int_equal(reply.n, MSG_INVITES_MAX);
	put_invites(kit.who.therapist, MSG_INVITES_MAX, 10);
	assert_int_equal(req_conn_status(&therapist, &reply), 0);
	assert_int_equal(reply.n, MSG_INVITES_MAX);
	for (uint32_t i = 0; i < MSG_INVITES_MAX + 10; i++)
		assert_int_equal(find(i) != NULL, i >= 10);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(an_empty_one),
	    T(counts_ones_own),
	    T(states),
	    T(the_newest_of_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
