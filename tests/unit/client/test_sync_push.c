/* Sending the outbox: what proves that the server took a record, what a refusal means, and that nothing leaves the
 * outbox without proof. Jo's device sends three entries. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/sync/push.h"
#include "client/sync/rpc.h"
#include "client/sync/seal.h"
#include "client/vault.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/sync_server.h"

#define ENTRIES 3

static struct sync_cast cast;
static struct sync_device jo;
static struct sync_server server;
static uint8_t rids[ENTRIES][32];

static int note_rid(void *arg, const struct ledger_outgoing *o)
{
	size_t *n = arg;
	memcpy(rids[(*n)++], o->rid, 32);
	return 0;
}

static int setup(void **state)
{
	struct seal_result result;
	struct ledger_pending p = {.record_class = RECORD_SHARED, .n_audience = 1};
	struct buf content;
	size_t n = 0;
	(void)state;
	sync_cast_begin(&cast, 0);
	sync_device_open(&jo, &cast, cast.jo, true);
	sync_server_start(&server, &cast, cast.jo, NULL);
	buf_init(&content, 0);
	sync_content("An entry.", &content);
	memcpy(p.audience[0], cast.ana->genesis, 16);
	p.content = content.data;
	p.content_len = content.len;
	sync_device_begin(&jo);
	for (p.lid[0] = 1; p.lid[0] <= ENTRIES; p.lid[0]++)
		assert_int_equal(ledger_pending_add(jo.at.txn, &p), 0);
	sync_device_commit(&jo);
	struct fold *fold = sync_device_fold(&jo);
	assert_int_equal(seal_pending(jo.at.vault, jo.id, fold, &result), 0);
	fold_free(fold);
	buf_wipe(&content);
	sync_device_begin(&jo);
	assert_int_equal(ledger_outbox_each(jo.at.txn, note_rid, &n), 0);
	assert_int_equal(n, ENTRIES);
	sync_device_commit(&jo);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vault_abort(jo.at.txn);
	jo.at.txn = NULL;
	sync_server_stop(&server);
	sync_device_close(&jo);
	sync_cast_end(&cast);
	return 0;
}

static int push(size_t *pushed, uint8_t refused[32])
{
	struct rpc_opts where = {.host = "127.0.0.1", .port = server.port, .timeout_s = 5};
	struct push_opts o = {.vault = jo.at.vault, .id = jo.id, .log_public = cast.pp.log_pub};
	where.tls_seed = jo.id->device.tls;
	assert_int_equal(rpc_open(&where, &o.rpc), 0);
	int err = push_outbox(&o, pushed, refused);
	rpc_close(o.rpc);
	return err;
}

/* The first `n` are stored with a receipt and gone from the outbox, the others wait. */
static void sent_so_far(size_t n)
{
	struct buf hold;
	buf_init(&hold, 0);
	sync_device_begin(&jo);
	assert_int_equal(ledger_outbox_count(jo.at.txn), ENTRIES - n);
	for (size_t i = 0; i < ENTRIES; i++) {
		struct ledger_record row;
		uint64_t time_ms;
		assert_int_equal(ledger_record_get(jo.at.txn, rids[i], &hold, &row), 0);
		assert_int_equal(row.state, i < n ? LEDGER_STORED : LEDGER_WAITING);
		assert_int_equal(ledger_receipt_time(jo.at.txn, rids[i], &time_ms), i < n ? 0 : ERR_NOT_FOUND);
	}
	sync_device_commit(&jo);
	buf_wipe(&hold);
}

static void test_control(void **state)
{
	static const uint8_t none[32];
	uint8_t refused[32];
	size_t pushed;
	(void)state;
	assert_int_equal(push(&pushed, refused), 0);
	assert_int_equal(pushed, ENTRIES);
	assert_memory_equal(refused, none, 32);
	sent_so_far(ENTRIES);
	assert_int_equal(push(&pushed, refused), 0);
	assert_int_equal(pushed, 0);
}

/* --- receipts that prove nothing --- */

static const uint8_t other[64] = {7};

static void flipped(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->flip = true;
}

static void without(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->without = true;
}

static void other_key(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->log_seed = other;
}

static void other_clinic(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->receipt.clinic = other;
}

static void other_author(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->receipt.author = other;
}

static void other_generation(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->receipt.generation = other;
}

static void other_rid(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->receipt.entries[ENTRIES - 1].rid[0] ^= 1;
}

static void other_order(void *arg, struct sync_pushed *p)
{
	struct feed_entry first = p->receipt.entries[0];
	(void)arg;
	p->receipt.entries[0] = p->receipt.entries[1];
	p->receipt.entries[1] = first;
}

static void fewer_proved(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->receipt.count--;
}

static void more_proved(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->receipt.count++;
}

static void more_accepted(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->reply.accepted++;
	p->receipt.count++;
}

static void none_accepted(void *arg, struct sync_pushed *p)
{
	(void)arg;
	p->reply.accepted = 0;
}

static const struct {
	const char *name;
	void (*twist)(void *, struct sync_pushed *);
} lies[] = {
    {"flipped", flipped},
    {"without", without},
    {"another key", other_key},
    {"another clinic", other_clinic},
    {"another author", other_author},
    {"another generation", other_generation},
    {"another rid", other_rid},
    {"another order", other_order},
    {"fewer proved", fewer_proved},
    {"more proved", more_proved},
    {"more accepted", more_accepted},
    {"none accepted, none refused", none_accepted},
};

static void test_receipts(void **state)
{
	static const uint8_t none[32];
	uint8_t refused[32], before[32], after[32];
	size_t pushed;
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		server.twist.pushed = lies[i].twist;
		sync_device_print(&jo, before);
		int err = push(&pushed, refused);
		sync_device_print(&jo, after);
		if (err != ERR_RECEIPT || pushed || memcmp(before, after, 32) != 0 || server.asked[MSG_OP_PUSH] != 1)
			fail_msg("%s: %s, %zu pushed, %u requests", lies[i].name, err_name(err), pushed, server.asked[MSG_OP_PUSH]);
		assert_memory_equal(refused, none, 32);
		sent_so_far(0);
		sync_server_honest(&server);
	}
	assert_int_equal(push(&pushed, refused), 0);
	sent_so_far(ENTRIES);
}

/* --- refusals --- */

struct stop {
	uint64_t accepted;
	uint64_t status;
};

static void stop(void *arg, struct sync_pushed *p)
{
	const struct stop *s = arg;
	p->reply.accepted = s->accepted;
	p->receipt.count = (uint32_t)s->accepted;
	p->reply.stop = s->status;
}

static void test_refusals(void **state)
{
	static const struct {
		int err;
		bool for_good; /* about the record: the server will never take it */
	} kinds[] = {
	    {ERR_NO_GRANT, true},  {ERR_ROLE, true},      {ERR_NOT_AUTHOR, true}, {ERR_CLASS, true},  {ERR_TARGET, true},
	    {ERR_SHAPE, true},     {ERR_RETAINED, true},  {ERR_HASH, true},       {ERR_FULL, false},  {ERR_READONLY, false},
	    {ERR_BUSY, false},     {ERR_RATE, false},     {ERR_QUOTA, false},     {ERR_GUEST, false}, {ERR_REVOKED, false},
	    {ERR_INTERNAL, false}, {ERR_DRAINING, false},
	};
	static const uint8_t none[32];
	uint8_t refused[32];
	size_t pushed, sent = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		/* the first time it takes one, later none */
		struct stop s = {sent ? 0 : 1, err_to_status(kinds[i].err)};
		server.twist.pushed = stop;
		server.twist.arg = &s;
		int err = push(&pushed, refused);
		if (err != kinds[i].err)
			fail_msg("%s: %s", err_name(kinds[i].err), err_name(err));
		assert_int_equal(pushed, s.accepted);
		sent += pushed;
		sent_so_far(sent);
		if (memcmp(refused, kinds[i].for_good ? rids[sent] : none, 32) != 0)
			fail_msg("%s: what was refused", err_name(kinds[i].err));
	}
	sync_server_honest(&server);
	assert_int_equal(push(&pushed, refused), 0);
	sent_so_far(ENTRIES);
}

/* All was taken, and yet it says that one was refused: what is proved is settled. */
static void test_refused_beyond(void **state)
{
	static const uint8_t none[32];
	struct stop s = {ENTRIES, err_to_status(ERR_CLASS)};
	uint8_t refused[32];
	size_t pushed;
	(void)state;
	server.twist.pushed = stop;
	server.twist.arg = &s;
	assert_int_equal(push(&pushed, refused), ERR_CLASS);
	assert_memory_equal(refused, none, 32);
	sent_so_far(ENTRIES);
}

/* The whole request is refused; nothing is about a record. */
static void test_request_refused(void **state)
{
	static const uint8_t none[32];
	static const int errs[] = {ERR_GUEST, ERR_CLASS, ERR_DRAINING, ERR_SHAPE};
	uint8_t refused[32];
	size_t pushed;
	(void)state;
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		server.refuse[MSG_OP_PUSH] = errs[i];
		assert_int_equal(push(&pushed, refused), errs[i]);
		assert_int_equal(pushed, 0);
		assert_memory_equal(refused, none, 32);
	}
	sent_so_far(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_control, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_receipts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refused_beyond, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_request_refused, setup, teardown),
	};
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
