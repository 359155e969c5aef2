/* Reading the feed: every way in which the server can show another feed than the one it signed or showed before. Jo's
 * device reads five entries of Ana's, two to a page. */
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
#include "client/sync/pull.h"
#include "client/sync/rpc.h"
#include "client/vault.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/sync_server.h"

#define ENTRIES 5

static struct sync_cast cast;
static struct sync_device jo;
static struct sync_server server;
static struct fold *fold;
static struct sync_record records[ENTRIES];
static uint64_t arrivals;

static void make_records(void)
{
	static const uint8_t zero[32];
	for (int i = 0; i < ENTRIES; i++) {
		struct sync_draft d;
		sync_draft(&d, &cast, cast.ana, &cast.jo, 1);
		sync_draft_place(&d, (uint64_t)i + 1, i ? records[i - 1].rid : zero);
		sync_draft_seal(&d, &records[i]);
		sync_record_serve(&records[i], cast.jo, false);
		sync_draft_end(&d);
	}
}

static int setup(void **state)
{
	(void)state;
	sync_cast_begin(&cast, 0);
	sync_device_open(&jo, &cast, cast.jo, true);
	fold = sync_device_fold(&jo);
	sync_server_start(&server, &cast, cast.jo, NULL);
	make_records();
	for (int i = 0; i < ENTRIES; i++)
		sync_server_add(&server, FEED_RECORD, &records[i]);
	server.page = 2;
	arrivals = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sync_server_stop(&server);
	fold_free(fold);
	sync_device_close(&jo);
	for (int i = 0; i < ENTRIES; i++)
		sync_record_end(&records[i]);
	sync_cast_end(&cast);
	return 0;
}

static void arrived(void *arg, const uint8_t rid[32], const uint8_t author[16])
{
	(void)arg;
	(void)rid;
	assert_memory_equal(author, cast.ana->genesis, 16);
	arrivals++;
}

static int pull(struct pull_result *result)
{
	struct rpc_opts where = {.host = "127.0.0.1", .port = server.port, .timeout_s = 5};
	struct pull_opts o = {.vault = jo.at.vault, .id = jo.id, .fold = fold, .log_public = cast.pp.log_pub};
	o.arrived = arrived;
	where.tls_seed = jo.id->device.tls;
	assert_int_equal(rpc_open(&where, &o.rpc), 0);
	int err = pull_feed(&o, result);
	rpc_close(o.rpc);
	return err;
}

static void has(uint64_t n_records, uint64_t cursor)
{
	struct ledger_cursor at = {.seq = 0};
	uint64_t n;
	sync_device_begin(&jo);
	assert_int_equal(ledger_cursor_get(jo.at.txn, &at), cursor ? 0 : ERR_NOT_FOUND);
	assert_int_equal(vault_count(jo.at.txn, VAULT_RECORD, &n), 0);
	sync_device_commit(&jo);
	assert_int_equal(at.seq, cursor);
	assert_int_equal(n, n_records);
}

static void test_control(void **state)
{
	struct pull_result result;
	(void)state;
	assert_int_equal(pull(&result), 0);
	assert_int_equal(result.pulled, ENTRIES);
	assert_int_equal(result.aside, 0);
	assert_int_equal(arrivals, ENTRIES);
	assert_int_equal(server.asked[MSG_OP_PULL], 3);
	has(ENTRIES, ENTRIES);
	assert_int_equal(pull(&result), 0);
	assert_int_equal(result.pulled, 0);
	assert_int_equal(server.asked[MSG_OP_PULL], 4);
}

/* --- lies in the second page --- */

static uint8_t changed[32];
static const uint8_t other[64] = {7};

static bool is_second(const struct sync_page *p)
{
	return p->n && p->entries[0].seq == 3;
}

#define LIE(name, what)                                                                                                \
	static void name(void *arg, struct sync_page *p)                                                                   \
	{                                                                                                                  \
		(void)arg;                                                                                                     \
		if (is_second(p)) {                                                                                            \
			what;                                                                                                      \
		}                                                                                                              \
	}

LIE(skipped, p->entries[0].seq++)
LIE(from_before, p->entries[0].seq = 1)
LIE(same_twice, p->entries[1] = p->entries[0])
LIE(other_rid, changed[0] = 1; p->entries[1].rid = changed; p->more = false)
LIE(last_dropped, p->n--; p->more = false)
LIE(first_dropped, p->entries[0] = p->entries[1]; p->n--)
LIE(renumbered, p->entries[0] = p->entries[1]; p->entries[0].seq = 3; p->n--; p->more = false)
LIE(other_event, p->entries[1].event = FEED_TAKEN; p->more = false)
LIE(flipped, p->flip = true)
LIE(other_key, p->log_seed = other)
LIE(other_clinic, p->end.clinic = other)
LIE(other_person, p->end.pid = other)
LIE(other_generation, p->end.generation = other)
LIE(older_end, p->end.seq = 2)
LIE(end_here, p->end.seq = 4)
LIE(newer_end, p->more = false)
LIE(other_head, p->end.seq = 4; p->end.head = other; p->more = false)
LIE(no_entries, p->n = 0)
LIE(nothing_more, p->n = 0; p->more = false)

static const struct {
	const char *name;
	void (*twist)(void *, struct sync_page *);
	int err;
} lies[] = {
    {"a number skipped", skipped, ERR_ROLLBACK},
    {"a number from before", from_before, ERR_ROLLBACK},
    {"the same entry twice", same_twice, ERR_ROLLBACK},
    {"another rid", other_rid, ERR_ROLLBACK},
    {"the last dropped", last_dropped, ERR_ROLLBACK},
    {"the first dropped", first_dropped, ERR_ROLLBACK},
    {"one dropped and renumbered", renumbered, ERR_ROLLBACK},
    {"another event", other_event, ERR_ROLLBACK},
    {"signature", flipped, ERR_RECEIPT},
    {"another key", other_key, ERR_RECEIPT},
    {"another clinic", other_clinic, ERR_RECEIPT},
    {"another person", other_person, ERR_RECEIPT},
    {"another generation", other_generation, ERR_RECEIPT},
    {"an older end", older_end, ERR_ROLLBACK},
    {"more, but the end is here", end_here, ERR_ROLLBACK},
    {"no more, but the end is not here", newer_end, ERR_ROLLBACK},
    {"another head", other_head, ERR_ROLLBACK},
    {"more, and no entries", no_entries, ERR_ROLLBACK},
    {"no more and no entries", nothing_more, ERR_ROLLBACK},
};

/* The first page stays; of the second nothing is kept nor counted. */
static void test_lies(void **state)
{
	struct pull_result result;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		if (i)
			assert_int_equal(setup(state), 0);
		server.twist.page = lies[i].twist;
		int err = pull(&result);
		if (err != lies[i].err || result.pulled != 2 || result.aside || server.asked[MSG_OP_PULL] != 2)
			fail_msg("%s: %s, %zu pulled, %zu aside, %u requests", lies[i].name, err_name(err), result.pulled,
			         result.aside, server.asked[MSG_OP_PULL]);
		has(2, 2);
		sync_server_honest(&server);
		assert_int_equal(pull(&result), 0);
		assert_int_equal(result.pulled, ENTRIES - 2);
		has(ENTRIES, ENTRIES);
		if (i + 1 < sizeof(lies) / sizeof(lies[0]))
			teardown(state);
	}
}

/* --- another feed --- */

static void refuse(int expected)
{
	struct pull_result result;
	uint8_t before[32], after[32];
	sync_device_print(&jo, before);
	assert_int_equal(pull(&result), expected);
	sync_device_print(&jo, after);
	assert_memory_equal(before, after, 32);
	assert_int_equal(result.pulled, 0);
}

static void test_rolled_back(void **state)
{
	struct pull_result result;
	(void)state;
	assert_int_equal(pull(&result), 0);
	server.n_feed--;
	refuse(ERR_ROLLBACK);
	server.n_feed++;
	server.feed[1].rid[0] ^= 1;
	refuse(ERR_ROLLBACK);
	server.feed[1].rid[0] ^= 1;
	assert_int_equal(pull(&result), 0);
}

/* A place that the server does not know is a rollback; what is passing is passed on. */
static void test_refused(void **state)
{
	struct pull_result result;
	(void)state;
	assert_int_equal(pull(&result), 0);
	server.refuse[MSG_OP_PULL] = ERR_CURSOR;
	refuse(ERR_ROLLBACK);
	server.refuse[MSG_OP_PULL] = ERR_DRAINING;
	refuse(ERR_DRAINING);
}

static void test_generation(void **state)
{
	struct pull_result result;
	(void)state;
	assert_int_equal(pull(&result), 0);
	server.generation[5] = 1;
	refuse(ERR_GENERATION);
	server.generation[5] = 0;
	assert_int_equal(pull(&result), 0);
}

/* --- a bad record among good ones --- */

static void test_aside(void **state)
{
	struct pull_result result;
	(void)state;
	struct buf *payload = &server.feed[2].payload;
	payload->data[payload->len / 2] ^= 1;
	assert_int_equal(pull(&result), 0);
	assert_int_equal(result.pulled, ENTRIES - 1);
	assert_int_equal(result.aside, 1);
	assert_int_equal(result.aside_err, ERR_HASH);
	assert_int_equal(arrivals, ENTRIES - 1);
	has(ENTRIES - 1, ENTRIES);
}

/* One withheld by name: the rest of that stream is refused, and said so. */
static void test_one_missing(void **state)
{
	struct pull_result result;
	(void)state;
	sync_record_end(&(struct sync_record){server.feed[1].record, server.feed[1].payload, {0}});
	memmove(&server.feed[1], &server.feed[2], 3 * sizeof(server.feed[0]));
	server.n_feed--;
	assert_int_equal(pull(&result), 0);
	assert_int_equal(result.pulled, 1);
	assert_int_equal(result.aside, 3);
	assert_int_equal(result.aside_err, ERR_STREAM);
}

/* A fault of the vault ends it; the record is read again when the vault is well. */
static void test_own_fault(void **state)
{
	struct pull_result result;
	(void)state;
	sync_device_begin(&jo);
	scratch_vault_spoil(&jo.at, VAULT_STREAM_IN, cast.ana->did, 16);
	sync_device_commit(&jo);
	refuse(ERR_CORRUPT);
	sync_device_begin(&jo);
	assert_int_equal(vault_del(jo.at.txn, VAULT_STREAM_IN, cast.ana->did, 16), 0);
	sync_device_commit(&jo);
	assert_int_equal(pull(&result), 0);
	assert_int_equal(result.pulled, ENTRIES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_control),    TEST(test_lies),  TEST(test_rolled_back), TEST(test_refused),
	    TEST(test_generation), TEST(test_aside), TEST(test_one_missing), TEST(test_own_fault),
	};
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
