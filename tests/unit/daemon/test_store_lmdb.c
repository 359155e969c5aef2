/* test_store_lmdb: transactions whose first failure sticks, values that prove themselves, cursors that stay within
 * their prefix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/store_inner.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

static struct store_kit kit;
static struct store_txn txn;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, (uint64_t)2 << 20);
	return err ? err : store_txn_write(&kit.s->env, &txn);
}

static int teardown(void **state)
{
	(void)state;
	store_txn_end(&txn);
	store_txn_end(&txn); /* legal on an ended one */
	store_kit_free(&kit);
	return 0;
}

static int put(struct store_key key, enum store_table table, const char *text)
{
	return store_txn_put(&txn, table, &key, &(struct crypto_bytes){text, strlen(text)}, 1);
}

static void test_values(void **state)
{
	struct store_key key = store_key_number(7), other = store_key_number(8);
	struct crypto_bytes parts[] = {{"ab", 2}, {NULL, 0}, {"c", 1}};
	struct store_val val;
	(void)state;
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &key, &val), ERR_NOT_FOUND);
	assert_int_equal(store_txn_put(&txn, STORE_RECORDS, &key, parts, 3), 0);
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &key, &val), 0);
	assert_int_equal(val.len, 3);
	assert_memory_equal(val.data, "abc", 3);
	assert_int_equal(put(key, STORE_RECORDS, "d"), 0); /* over what was there */
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &key, &val), 0);
	assert_int_equal(val.len, 1);
	assert_int_equal(store_txn_put(&txn, STORE_RECORDS, &other, NULL, 0), 0);
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &other, &val), 0);
	assert_int_equal(val.len, 0);
	assert_int_equal(store_txn_del(&txn, STORE_RECORDS, &key), 0);
	assert_int_equal(store_txn_del(&txn, STORE_RECORDS, &key), ERR_NOT_FOUND);
	assert_int_equal(txn.err, 0); /* that does not stick */
	assert_int_equal(txn.writes, 4);
	uint64_t rows;
	assert_int_equal(store_txn_count(&txn, STORE_RECORDS, &rows), 0);
	assert_int_equal(rows, 1);
}

/* A value belongs to its key and its table: bytes that are right elsewhere do not prove themselves here. */
static void test_a_value_in_anothers_place(void **state)
{
	struct store_key a = store_key_number(1), b = store_key_number(2);
	struct store_val val, got;
	uint8_t raw[64];
	(void)state;
	assert_int_equal(put(a, STORE_RECORDS, "value"), 0);
	assert_int_equal(put(b, STORE_RECORDS, "VALUE"), 0);
	assert_int_equal(put(a, STORE_PAYLOADS, "VALUE"), 0);
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &a, &val), 0);
	memcpy(raw, val.data, val.len + STORE_CHECK); /* with its check */
	struct {
		enum store_table table;
		struct store_key key;
	} places[] = {{STORE_RECORDS, b}, {STORE_PAYLOADS, a}};
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(store_txn_get(&txn, places[i].table, &places[i].key, &got), 0);
		memcpy((uint8_t *)(uintptr_t)got.data, raw, val.len + STORE_CHECK);
		assert_int_equal(store_txn_get(&txn, places[i].table, &places[i].key, &got), ERR_CORRUPT);
		assert_null(got.data);
		assert_int_equal(txn.err, 0);
	}
	memcpy((uint8_t *)(uintptr_t)val.data, raw, val.len + STORE_CHECK);
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &a, &val), 0); /* control */
}

static void test_first_failure_sticks(void **state)
{
	static uint8_t big[1 << 20];
	struct store_key key = store_key_number(1);
	struct crypto_bytes parts[] = {{big, sizeof(big)}};
	struct store_val val;
	struct store_cur c;
	uint64_t rows;
	(void)state;
	assert_int_equal(put(key, STORE_RECORDS, "there"), 0);
	int err = 0;
	for (uint64_t i = 2; !err && i < 10; i++) {
		struct store_key next = store_key_number(i);
		err = store_txn_put(&txn, STORE_PAYLOADS, &next, parts, 1);
	}
	assert_int_equal(err, ERR_FULL);
	assert_int_equal(txn.err, ERR_FULL);
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &key, &val), ERR_FULL);
	assert_int_equal(put(key, STORE_RECORDS, "x"), ERR_FULL);
	assert_int_equal(store_txn_del(&txn, STORE_RECORDS, &key), ERR_FULL);
	assert_int_equal(store_txn_count(&txn, STORE_RECORDS, &rows), ERR_FULL);
	assert_int_equal(store_cur_open(&txn, STORE_RECORDS, NULL, &c), ERR_FULL);
	store_cur_close(&c);
	assert_int_equal(store_txn_commit(&txn), ERR_FULL);
	assert_null(txn.mdb);
	assert_int_equal(store_txn_read(&kit.s->env, &txn), 0);
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &key, &val), ERR_NOT_FOUND);
}

static void test_too_many_parts(void **state)
{
	struct store_key key = store_key_number(1);
	struct crypto_bytes parts[7] = {{"", 0}};
	(void)state;
	assert_int_equal(store_txn_put(&txn, STORE_RECORDS, &key, parts, 6), 0);
	assert_int_equal(store_txn_put(&txn, STORE_RECORDS, &key, parts, 7), ERR_INTERNAL);
	assert_int_equal(store_txn_commit(&txn), ERR_INTERNAL);
}

static void test_cursors(void **state)
{
	static const uint8_t fills[] = {0x00, 0x01, 0x7f, 0xfe, 0xff};
	struct store_cur c;
	uint8_t pid[STORE_ID];
	(void)state;
	assert_int_equal(store_cur_open(&txn, STORE_FEEDS, NULL, &c), 0);
	assert_int_equal(store_cur_first(&c), ERR_NOT_FOUND);
	assert_int_equal(store_cur_last(&c), ERR_NOT_FOUND);
	store_cur_close(&c);
	for (size_t i = 0; i < sizeof(fills); i++) {
		memset(pid, fills[i], sizeof(pid));
		for (uint64_t seq = 1; seq <= 3; seq++)
			assert_int_equal(put(store_key_feed(pid, seq), STORE_FEEDS, "row"), 0);
	}
	for (size_t i = 0; i < sizeof(fills); i++) {
		memset(pid, fills[i], sizeof(pid));
		struct store_key prefix = store_key_id(pid), second = store_key_feed(pid, 2), beyond = store_key_feed(pid, 4);
		assert_int_equal(store_cur_open(&txn, STORE_FEEDS, &prefix, &c), 0);
		assert_int_equal(store_cur_first(&c), 0);
		assert_int_equal(store_key_get_u64(c.key + STORE_ID), 1);
		assert_int_equal(store_cur_next(&c), 0);
		assert_int_equal(store_cur_next(&c), 0);
		assert_int_equal(store_cur_next(&c), ERR_NOT_FOUND);
		assert_int_equal(store_cur_last(&c), 0);
		assert_memory_equal(c.key, pid, STORE_ID);
		assert_int_equal(store_key_get_u64(c.key + STORE_ID), 3);
		assert_int_equal(store_cur_seek(&c, &second), 0);
		assert_int_equal(store_key_get_u64(c.key + STORE_ID), 2);
		assert_int_equal(store_cur_seek(&c, &beyond), ERR_NOT_FOUND);
		store_cur_close(&c);
		store_cur_close(&c);
	}
	memset(pid, 0x80, sizeof(pid)); /* nobody's */
	struct store_key prefix = store_key_id(pid);
	assert_int_equal(store_cur_open(&txn, STORE_FEEDS, &prefix, &c), 0);
	assert_int_equal(store_cur_first(&c), ERR_NOT_FOUND);
	assert_int_equal(store_cur_last(&c), ERR_NOT_FOUND);
	store_cur_close(&c);
}

/* A key of a wrong width is damage, and the walk ends there. */
static void test_key_of_a_wrong_width(void **state)
{
	struct store_key key = store_key_number(1), rest = store_key_number(2);
	struct store_cur c;
	struct store_val val;
	(void)state;
	key.len = 5;
	assert_int_equal(put(key, STORE_RECORDS, "x"), 0);
	assert_int_equal(put(rest, STORE_RECORDS, "y"), 0);
	assert_int_equal(store_txn_get(&txn, STORE_RECORDS, &key, &val), ERR_CORRUPT);
	assert_int_equal(store_cur_open(&txn, STORE_RECORDS, NULL, &c), 0);
	assert_int_equal(store_cur_first(&c), ERR_CORRUPT);
	assert_int_equal(store_cur_next(&c), ERR_CORRUPT);
	store_cur_close(&c);
}

static void test_errors(void **state)
{
	static const struct {
		int rc, err;
	} rows[] = {
	    {0, 0},
	    {-30798, ERR_NOT_FOUND}, /* MDB_NOTFOUND */
	    {-30799, ERR_EXISTS},    /* MDB_KEYEXIST */
	    {-30792, ERR_FULL},      /* MDB_MAP_FULL */
	    {-30788, ERR_FULL},      /* MDB_TXN_FULL */
	    {ENOSPC, ERR_FULL},
	    {EDQUOT, ERR_FULL},
	    {ENOMEM, ERR_NOMEM},
	    {-30795, ERR_STORE_FATAL}, /* MDB_PANIC */
	    {-30796, ERR_CORRUPT},     /* MDB_CORRUPTED */
	    {-30797, ERR_CORRUPT},     /* MDB_PAGE_NOTFOUND */
	    {-30793, ERR_CORRUPT},     /* MDB_INVALID */
	    {-30794, ERR_CORRUPT},     /* MDB_VERSION_MISMATCH */
	    {-30781, ERR_INTERNAL},    /* MDB_BAD_VALSIZE */
	    {EINVAL, ERR_INTERNAL},
	    {EIO, ERR_IO},
	    {EROFS, ERR_IO},
	    {-30790, ERR_IO}, /* MDB_READERS_FULL */
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(store_env_err(rows[i].rc), rows[i].err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_values, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_value_in_anothers_place, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_first_failure_sticks, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_too_many_parts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cursors, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_key_of_a_wrong_width, setup, teardown),
	    cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
