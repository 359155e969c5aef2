/* Places that receipts promised: what passes them, what does not, and what another life of the store changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/ledger.h"
#include "client/sync/promise.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/scratch_vault.h"

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

static struct ledger_cursor at(uint64_t seq, uint8_t life, uint8_t head)
{
	struct ledger_cursor c = {.seq = seq};
	memset(c.generation, life, sizeof(c.generation));
	memset(c.head, head, sizeof(c.head));
	return c;
}

static const uint8_t one[32] = {1}, other[32] = {2};

static void test_kept(void **state)
{
	struct ledger_cursor place = at(300, 7, 3), before = at(299, 7, 2), next = at(301, 7, 4);
	(void)state;
	assert_int_equal(promise_end(s.txn, &before), 0);
	assert_int_equal(promise_keep(s.txn, &place, one), 0);
	assert_int_equal(promise_keep(s.txn, &place, one), 0);
	assert_int_equal(promise_pass(s.txn, &before, other), 0);
	assert_int_equal(promise_pass(s.txn, &place, one), 0);
	assert_int_equal(promise_end(s.txn, &place), 0);
	assert_int_equal(promise_end(s.txn, &next), 0);
	assert_int_equal(promise_pass(s.txn, &place, other), 0); /* passed: nothing is kept of it */
}

static void test_broken(void **state)
{
	struct ledger_cursor place = at(300, 7, 3), before = at(299, 7, 2), differs = at(300, 7, 9);
	struct ledger_cursor elsewhere = at(300, 8, 3), short_one = at(1, 8, 1);
	(void)state;
	assert_int_equal(promise_keep(s.txn, &place, one), 0);
	assert_int_equal(promise_pass(s.txn, &place, other), ERR_ROLLBACK);
	assert_int_equal(promise_pass(s.txn, &differs, one), ERR_ROLLBACK);
	assert_int_equal(promise_end(s.txn, &before), ERR_ROLLBACK);
	/* another life of the store promised nothing */
	assert_int_equal(promise_pass(s.txn, &elsewhere, other), 0);
	assert_int_equal(promise_end(s.txn, &short_one), 0);
	assert_int_equal(promise_keep(s.txn, &short_one, other), 0);
	assert_int_equal(promise_end(s.txn, &short_one), 0);
}

/* The last one counts, in whatever order the receipts come. */
static void test_last(void **state)
{
	struct ledger_cursor low = at(2, 7, 2), high = at(256, 7, 3), end = at(255, 7, 4);
	(void)state;
	assert_int_equal(promise_keep(s.txn, &high, one), 0);
	assert_int_equal(promise_keep(s.txn, &low, other), 0);
	assert_int_equal(promise_end(s.txn, &end), ERR_ROLLBACK);
	assert_int_equal(promise_end(s.txn, &high), 0);
}

static void put_row(const uint8_t rid[32], enum ledger_state state)
{
	struct ledger_record row = {.state = (uint8_t)state, .record = one, .record_len = sizeof(one)};
	memcpy(row.rid, rid, sizeof(row.rid));
	assert_int_equal(ledger_record_put(s.txn, &row), 0);
}

/* A receipt for a place that was read already: the record was there, or the receipt says what is not so. */
static void test_behind(void **state)
{
	struct ledger_cursor now = at(300, 7, 3), place = at(200, 7, 2), elsewhere = at(200, 8, 2);
	(void)state;
	put_row(one, LEDGER_WAITING);
	put_row(other, LEDGER_STORED);
	assert_int_equal(ledger_cursor_put(s.txn, &now), 0);
	assert_int_equal(promise_keep(s.txn, &place, other), 0);
	assert_int_equal(promise_keep(s.txn, &place, one), ERR_ROLLBACK);
	assert_int_equal(promise_keep(s.txn, &now, one), ERR_ROLLBACK);
	assert_int_equal(promise_keep(s.txn, &elsewhere, one), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_broken, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_last, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_behind, setup, teardown),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
