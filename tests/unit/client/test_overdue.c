/* What waits too long for a receipt: the third day and the fourth, what is held, what is new. And what left view. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/ledger.h"
#include "client/care/kinds.h"
#include "client/sync/gone.h"
#include "client/sync/overdue.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "tests/unit/support/scratch_vault.h"

#define DAY ((uint64_t)86400000)
#define START (100 * DAY)

static struct scratch_vault s;

static int setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	scratch_vault_open(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scratch_vault_close(&s);
	return 0;
}

static void content_of(uint64_t made_ms, struct buf *out)
{
	struct content_head head = {.kind = CONTENT_JOURNAL, .made_ms = made_ms};
	struct content *c = content_new(&head);
	buf_init(out, 0);
	assert_int_equal(content_set_str(c, CONTENT_BODY, "x", 1), 0);
	assert_int_equal(content_encode(c, &care_kinds, out), 0);
	content_free(c);
}

static void add_pending(uint64_t made_ms)
{
	struct ledger_pending p = {.lid = {(uint8_t)(made_ms / DAY)}};
	struct buf content;
	content_of(made_ms, &content);
	p.content = content.data;
	p.content_len = content.len;
	assert_int_equal(ledger_pending_add(s.txn, &p), 0);
	buf_wipe(&content);
}

static void add_sealed(uint8_t rid, uint64_t made_ms)
{
	struct ledger_record row = {.rid = {rid}, .state = LEDGER_WAITING, .record = &rid, .record_len = 1};
	struct ledger_outgoing o = {.rid = {rid}, .record = &rid, .record_len = 1, .payload = &rid, .payload_len = 1};
	struct buf content;
	content_of(made_ms, &content);
	row.content = content.data;
	row.content_len = content.len;
	assert_int_equal(ledger_record_put(s.txn, &row), 0);
	assert_int_equal(ledger_outbox_add(s.txn, &o), 0);
	buf_wipe(&content);
}

static size_t count(uint64_t now_ms)
{
	size_t n = 99;
	assert_int_equal(overdue_count(s.txn, now_ms, &n), 0);
	return n;
}

static void test_days(void **state)
{
	(void)state;
	add_sealed(1, START);
	add_pending(START);
	assert_int_equal(count(START + 10 * DAY), 0); /* the server was never reached */
	assert_int_equal(overdue_note(s.txn, START, 0), 0);
	assert_int_equal(overdue_note(s.txn, START + 2 * DAY, 0), 0); /* since the first time */
	assert_int_equal(count(START + OVERDUE_DAYS * DAY), 0);
	assert_int_equal(count(START + OVERDUE_DAYS * DAY + 1), 2);
	add_pending(START + DAY); /* written later */
	assert_int_equal(count(START + OVERDUE_DAYS * DAY + 1), 2);
	assert_int_equal(count(START - DAY), 0); /* a clock that went back */
}

static void test_held(void **state)
{
	(void)state;
	add_pending(START);
	assert_int_equal(overdue_note(s.txn, START, 1), 0);
	assert_int_equal(count(START + 10 * DAY), 0);
	add_sealed(1, START);
	assert_int_equal(overdue_note(s.txn, START, 1), 0);
	assert_int_equal(count(START + 10 * DAY), 1);
}

/* Once all is taken the days begin anew. */
static void test_taken(void **state)
{
	(void)state;
	add_sealed(1, START);
	assert_int_equal(overdue_note(s.txn, START, 0), 0);
	assert_int_equal(count(START + 10 * DAY), 1);
	assert_int_equal(ledger_outbox_remove(s.txn, 1), 0);
	assert_int_equal(overdue_note(s.txn, START + 10 * DAY, 0), 0);
	add_sealed(2, START);
	assert_int_equal(overdue_note(s.txn, START + 11 * DAY, 0), 0);
	assert_int_equal(count(START + 12 * DAY), 0);
	assert_int_equal(count(START + 15 * DAY), 1);
}

static void test_gone(void **state)
{
	struct gone a = {0}, b = {0};
	uint8_t pid[16] = {1}, did[16] = {0};
	(void)state;
	gone_add(&a, pid, did, 0);
	assert_int_equal(a.n, 0);
	for (uint8_t i = 0; i < GONE_DEVICES + 2; i++) {
		did[0] = i;
		gone_add(&a, pid, did, 1);
		gone_add(&a, pid, did, 2);
	}
	assert_int_equal(a.n, GONE_DEVICES);
	assert_int_equal(a.devices[0].entries, 3);
	assert_int_equal(a.devices[GONE_DEVICES - 1].entries, 9);
	gone_add_all(&b, &a);
	gone_add_all(&b, &a);
	assert_int_equal(b.n, GONE_DEVICES);
	assert_int_equal(b.devices[1].entries, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_days, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_held, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_taken, setup, teardown),
	    cmocka_unit_test(test_gone),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
