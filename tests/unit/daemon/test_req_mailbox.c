/* test_req_mailbox: the two requests: what is answered, what a get that is held does when the slot is filled, when its
 * time is over, when its connection goes or its owner is sent away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/req_kit.h"

static struct req_kit kit;
static struct req_conn admin, client, guest;
static const uint8_t box[16] = "box";

static int setup(void **state)
{
	static struct person stranger;
	int err = crypto_init();

	(void)state;
	req_kit_new(&kit, NULL);
	req_conn_open(&admin, &kit, kit.who.admin);
	req_conn_open(&client, &kit, kit.who.client);
	memset(stranger.pub.tls, 0x55, sizeof stranger.pub.tls);
	req_conn_open(&guest, &kit, &stranger);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&admin);
	req_conn_end(&client);
	req_conn_end(&guest);
	req_kit_free(&kit);
	return 0;
}

static unsigned put(struct req_conn *c, uint64_t slot, const char *text)
{
	struct msg_mailbox_put m = {box, slot, {(const uint8_t *)text, strlen(text)}};
	struct msg_mailbox_put_reply reply;
	struct buf b;
	unsigned status;

	buf_init(&b, 0);
	assert_int_equal(msg_put_mailbox_put(&b, ++c->id, &m), 0);
	status = req_conn_ask(c, &b);
	if (status == 0)
		assert_int_equal(msg_get_mailbox_put_reply(&c->reply.body, &reply), 0);
	return status;
}

static void ask(struct req_conn *c, uint64_t slot, uint64_t wait_ms)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(msg_put_mailbox_get(&b, ++c->id, &(struct msg_mailbox_get){box, slot, wait_ms}), 0);
	req_conn_send(c, &b);
}

static void says(struct req_conn *c, const char *text)
{
	struct msg_mailbox_get_reply reply;

	assert_false(req_conn_is_silent(c));
	assert_int_equal(req_conn_read(c), text ? 0 : 404);
	if (text == NULL)
		return;
	assert_int_equal(msg_get_mailbox_get_reply(&c->reply.body, &reply), 0);
	assert_int_equal(reply.bytes.len, strlen(text));
	assert_memory_equal(reply.bytes.data, text, reply.bytes.len);
}

static void put_and_get(void **state)
{
	struct audit_row rows[8];

	(void)state;
	ask(&guest, 0, 0);
	says(&guest, NULL);
	assert_int_equal(put(&guest, 0, "no"), 200);
	assert_int_equal(put(&guest, 1, "no"), 404);
	assert_int_equal(req_kit_audit(&kit, rows, 8), 2); /* of the two puts; looking is no refusal */
	assert_int_equal(put(&admin, 0, "hello"), 0);
	assert_int_equal(put(&client, 0, "mine"), 409);
	assert_int_equal(put(&guest, 1, "answer"), 0);
	ask(&guest, 0, 25000);
	says(&guest, "hello");
	ask(&admin, 1, 25000);
	says(&admin, "answer");
	ask(&client, 2, 0);
	says(&client, NULL);
	assert_int_equal(guest.held + admin.held + client.held, 0);
	for (unsigned i = 0; i < 3; i++) {
		kit.uptime_ms += 600000;
		ask(&admin, i, 0);
		says(&admin, NULL);
	}
}

static void held_until_it_is_there(void **state)
{
	(void)state;
	ask(&guest, 0, 25000);
	ask(&guest, 1, 25000);
	ask(&client, 0, 20000);
	assert_true(req_conn_is_silent(&guest) && req_conn_is_silent(&client));
	assert_int_equal(dispatch_in_work(kit.dispatch), 3);
	assert_int_equal(put(&admin, 0, "hello"), 0);
	says(&guest, "hello");
	says(&client, "hello");
	assert_true(req_conn_is_silent(&guest));
	kit.uptime_ms += 24999;
	mailbox_tend(kit.mailbox);
	assert_true(req_conn_is_silent(&guest));
	assert_int_equal(kit.alarm_ms, kit.uptime_ms + 1);
	kit.uptime_ms += 1;
	mailbox_tend(kit.mailbox);
	says(&guest, NULL);
	assert_int_equal(dispatch_in_work(kit.dispatch), 0);
}

static void connection_gone(void **state)
{
	struct req_conn other;

	(void)state;
	req_conn_open(&other, &kit, kit.who.therapist);
	ask(&other, 0, 25000);
	ask(&other, 1, 25000);
	ask(&client, 0, 25000);
	assert_int_equal(dispatch_in_work(kit.dispatch), 3);
	req_conn_end(&other);
	assert_int_equal(dispatch_in_work(kit.dispatch), 1);
	assert_int_equal(put(&admin, 0, "hello"), 0);
	says(&client, "hello");
}

static void sent_away(void **state)
{
	(void)state;
	ask(&client, 0, 25000);
	ask(&client, 1, 25000);
	ask(&guest, 0, 25000);
	assert_false(dispatch_release(&client.port, ERR_DRAINING));
	assert_int_equal(req_conn_read(&client), 503);
	assert_int_equal(req_conn_read(&client), 503);
	assert_int_equal(client.end, 0);
	assert_int_equal(client.held, 0);
	assert_int_equal(dispatch_in_work(kit.dispatch), 1);
	ask(&client, 0, 25000);
	assert_false(dispatch_release(&client.port, ERR_REVOKED));
	assert_int_equal(req_conn_read(&client), 201);
	assert_int_equal(client.end, ERR_REVOKED);
	assert_false(dispatch_release(&admin.port, ERR_REVOKED)); /* has nothing held */
	assert_int_equal(admin.end, 0);
	assert_true(req_conn_is_silent(&guest));
}

/* Ten requests, and a get counts once however long it is held. */
static void a_guest_spends(void **state)
{
	(void)state;
	assert_int_equal(put(&admin, 0, "hello"), 0);
	for (unsigned i = 2; i <= 9; i++) {
		ask(&guest, 0, 25000);
		says(&guest, "hello");
	}
	ask(&guest, 1, 25000);
	kit.uptime_ms += 20000;
	mailbox_tend(kit.mailbox);
	assert_true(req_conn_is_silent(&guest));
	assert_int_equal(put(&admin, 1, "more"), 0);
	says(&guest, "more");
	ask(&guest, 0, 0);
	assert_int_equal(req_conn_read(&guest), 401);
}

static void too_many_boxes(void **state)
{
	uint8_t id[16] = "first";
	struct msg_mailbox_put m = {id, 0, {id, 1}};
	struct audit_row rows[2];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct buf b;

		buf_init(&b, 0);
		id[15] = (uint8_t)i;
		assert_int_equal(msg_put_mailbox_put(&b, ++admin.id, &m), 0);
		assert_int_equal(req_conn_ask(&admin, &b), i < 4 ? 0 : 104);
	}
	assert_int_equal(req_kit_audit(&kit, rows, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(put_and_get, setup, teardown),
	    cmocka_unit_test_setup_teardown(held_until_it_is_there, setup, teardown),
	    cmocka_unit_test_setup_teardown(connection_gone, setup, teardown),
	    cmocka_unit_test_setup_teardown(sent_away, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_guest_spends, setup, teardown),
	    cmocka_unit_test_setup_teardown(too_many_boxes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
