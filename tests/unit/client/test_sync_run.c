/* One whole exchange, and watching: what a server that refuses can bring about, and that everything ends. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/sync/sync.h"
#include "client/vault.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/sync_server.h"

static struct sync_cast cast;
static struct sync_device jo;
static struct sync_server server;

static int setup(void **state)
{
	(void)state;
	sync_cast_begin(&cast, 0);
	sync_device_open(&jo, &cast, cast.jo, true);
	sync_server_start(&server, &cast, cast.jo, NULL);
	sync_device_port(&jo, server.port);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sync_server_stop(&server);
	sync_device_close(&jo);
	sync_cast_end(&cast);
	return 0;
}

static int run_with(bool delivered, struct sync_result *result)
{
	struct sync_opts o = {.vault = jo.at.vault, .timeout_s = 5, .send_delivered = delivered};
	return sync_run(&o, result);
}

static void write_shared(void)
{
	struct ledger_pending p = {.record_class = RECORD_SHARED, .n_audience = 1, .lid = {1}};
	struct buf content;
	buf_init(&content, 0);
	sync_content("Dear Ana.", &content);
	memcpy(p.audience[0], cast.ana->genesis, 16);
	p.content = content.data;
	p.content_len = content.len;
	sync_device_begin(&jo);
	assert_int_equal(ledger_pending_add(jo.at.txn, &p), 0);
	sync_device_commit(&jo);
	buf_wipe(&content);
}

struct kept {
	bool words, shared;
	uint8_t state;
};

static int look(void *arg, const struct ledger_record *r)
{
	struct kept *k = arg;
	struct record record;
	if (!memmem(r->content, r->content_len, "Dear Ana.", 9))
		return 0;
	assert_false(k->words); /* once */
	assert_int_equal(record_parse(r->record, r->record_len, &record), 0);
	*k = (struct kept){true, record.class == RECORD_SHARED, r->state};
	return 0;
}

static int look_pending(void *arg, const struct ledger_pending *p)
{
	struct kept *k = arg;
	if (!memmem(p->content, p->content_len, "Dear Ana.", 9))
		return 0;
	assert_false(k->words);
	*k = (struct kept){true, p->record_class == RECORD_SHARED, 0};
	return 0;
}

/* The words are here once, pending or sealed. */
static struct kept kept(void)
{
	struct kept k = {0};
	sync_device_begin(&jo);
	assert_int_equal(ledger_record_each(jo.at.txn, look, &k), 0);
	assert_int_equal(ledger_pending_each(jo.at.txn, look_pending, &k), 0);
	sync_device_commit(&jo);
	assert_true(k.words);
	return k;
}

static void add_from_ana(void)
{
	struct sync_draft d;
	struct sync_record r;
	sync_draft(&d, &cast, cast.ana, &cast.jo, 1);
	sync_draft_seal(&d, &r);
	sync_record_serve(&r, cast.jo, false);
	sync_server_add(&server, FEED_RECORD, &r);
	sync_record_end(&r);
	sync_draft_end(&d);
}

static void test_exchange(void **state)
{
	struct sync_result result;
	(void)state;
	write_shared();
	add_from_ana();
	assert_int_equal(run_with(true, &result), 0);
	assert_int_equal(result.pushed, 3); /* a profile, the entry, a receipt */
	assert_int_equal(result.pulled, 1);
	assert_int_equal(result.aside + result.refused + result.withdrawn, 0);
	assert_false(result.behind_clock);
	assert_int_equal(kept().state, LEDGER_STORED);
	assert_int_equal(run_with(true, &result), 0);
	assert_int_equal(result.pushed + result.pulled, 0);
}

/* A client says that something arrived only if asked to. */
static void test_no_receipts(void **state)
{
	struct sync_result result;
	(void)state;
	add_from_ana();
	assert_int_equal(run_with(false, &result), 0);
	assert_int_equal(result.pulled, 1);
	assert_int_equal(result.pushed, 1);
}

static void test_clock(void **state)
{
	struct sync_result result;
	(void)state;
	server.now_ms = 1000;
	assert_int_equal(run_with(true, &result), 0);
	assert_true(result.behind_clock);
	assert_true(result.clock_ahead_ms > 0);
}

/* --- refusals --- */

struct stop {
	int err;
	unsigned times;
};

static void stop(void *arg, struct sync_pushed *p)
{
	struct stop *s = arg;
	if (!s->times)
		return;
	s->times--;
	p->reply.accepted = p->receipt.count = 0;
	p->reply.stop = err_to_status(s->err);
}

static int run_refused(int err, unsigned times, struct sync_result *result)
{
	struct stop s = {err, times};
	server.asked[MSG_OP_PUSH] = 0;
	server.twist.pushed = stop;
	server.twist.arg = &s;
	int got = run_with(true, result);
	sync_server_honest(&server);
	return got;
}

static void test_refused_once(void **state)
{
	struct sync_result result;
	(void)state;
	assert_int_equal(run_with(true, &result), 0); /* the profile is out of the way */
	write_shared();
	assert_int_equal(run_refused(ERR_NO_GRANT, 1, &result), 0);
	assert_int_equal(result.refused, 1);
	assert_int_equal(result.refused_err, ERR_NO_GRANT);
	assert_false(kept().shared);
	assert_int_equal(kept().state, LEDGER_STORED);
}

/* About us or about the server: it stays what it is and waits. */
static void test_passing_refusals(void **state)
{
	static const int errs[] = {ERR_QUOTA, ERR_FULL, ERR_BUSY, ERR_GUEST, ERR_REVOKED, ERR_INTERNAL};
	struct sync_result result;
	(void)state;
	write_shared();
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		assert_int_equal(run_refused(errs[i], 1000, &result), errs[i]);
		assert_true(kept().shared);
		assert_int_equal(result.refused, 0);
	}
	assert_int_equal(run_with(true, &result), 0);
	assert_true(kept().shared);
	assert_int_equal(kept().state, LEDGER_STORED);
}

static void test_dated_anew(void **state)
{
	struct sync_result result;
	(void)state;
	write_shared();
	assert_int_equal(run_refused(ERR_RETAINED, 1, &result), 0);
	assert_true(kept().shared);
	teardown(state);
	setup(state);
	write_shared();
	assert_int_equal(run_refused(ERR_RETAINED, 1000, &result), ERR_RETAINED);
	assert_true(kept().shared);
	assert_int_equal(run_with(true, &result), 0);
	assert_true(kept().shared);
	assert_int_equal(kept().state, LEDGER_STORED);
}

/* Somebody in the audience has begun an epoch: the chains are read again and the words sealed anew, a few times. */
static void test_epoch_begun_meanwhile(void **state)
{
	struct sync_result result;
	(void)state;
	write_shared();
	assert_int_equal(run_refused(ERR_CHAIN_BEHIND, 1, &result), 0);
	assert_int_equal(result.refused, 0);
	assert_true(kept().shared);
	assert_int_equal(kept().state, LEDGER_STORED);
	teardown(state);
	setup(state);
	write_shared();
	assert_int_equal(run_refused(ERR_CHAIN_BEHIND, 1000, &result), ERR_CHAIN_BEHIND);
	assert_true(kept().shared);
	assert_int_equal(run_with(true, &result), 0);
	assert_int_equal(kept().state, LEDGER_STORED);
}

/* A server that refuses everything for ever is left alone, and the words are still here: once as they were shared, once
 * as a private entry, and no more. */
static unsigned pushes;

static void count_and_stop(void *arg, struct sync_pushed *p)
{
	pushes++;
	stop(arg, p);
}

static void test_refused_for_ever(void **state)
{
	struct stop s = {ERR_CLASS, 1000};
	struct sync_result result;
	(void)state;
	write_shared();
	server.twist.pushed = count_and_stop;
	server.twist.arg = &s;
	pushes = 0;
	assert_int_equal(run_with(true, &result), ERR_CLASS);
	assert_int_equal(pushes, 2);
	kept();
	sync_server_honest(&server);
	assert_int_equal(run_with(true, &result), 0);
	assert_int_equal(kept().state, LEDGER_STORED);
}

/* --- watching --- */

static unsigned asked_to_stop;

static bool stop_after(void *arg)
{
	return ++asked_to_stop > *(unsigned *)arg;
}

static int watch(bool keep_trying, unsigned after)
{
	struct watch_opts o = {.sync = {.vault = jo.at.vault, .arg = &after, .timeout_s = 2}, .stop = stop_after};
	o.keep_trying = keep_trying;
	asked_to_stop = 0;
	return sync_watch(&o);
}

static bool hang_up(void *arg, const struct msg_request *m, struct buf *out, bool *end)
{
	(void)arg;
	(void)out;
	*end = m->row->op == MSG_OP_WATCH;
	return *end;
}

static void test_watch(void **state)
{
	(void)state;
	assert_int_equal(watch(false, 1), 0);
	server.twist.raw = hang_up;
	assert_int_equal(watch(false, 1000), ERR_CLOSED);
	/* it is tried again until somebody says stop, and not once more after that */
	assert_int_equal(watch(true, 5), 0);
	unsigned hellos = server.asked[MSG_OP_HELLO];
	assert_int_equal(watch(true, 0), 0);
	assert_int_equal(server.asked[MSG_OP_HELLO], hellos + 1);
	server.twist.raw = NULL;
	server.refuse[MSG_OP_HELLO] = ERR_REVOKED;
	assert_int_equal(watch(true, 1000), ERR_REVOKED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_exchange),
	    TEST(test_no_receipts),
	    TEST(test_clock),
	    TEST(test_refused_once),
	    TEST(test_passing_refusals),
	    TEST(test_dated_anew),
	    TEST(test_epoch_begun_meanwhile),
	    TEST(test_refused_for_ever),
	    TEST(test_watch),
	};
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
