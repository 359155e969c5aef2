/* test_store_blob: what a person may leave lying, what is swept and when, a full store, and damage that is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/store_blob.h"
#include "daemon/store_check.h"
#include "daemon/store_inner.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

#define NOW ((uint64_t)1700000000000)

static struct store_kit kit;
static uint8_t bytes[BLOB_PART];

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, STORE_KIT_MAP);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	store_kit_check(&kit);
	store_kit_free(&kit);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	store_kit_free(&kit);
	return 0;
}

/* Part 0 of blob `number` of person `who`, of a file of `size` bytes. */
static int put(uint32_t who, uint8_t number, uint64_t size, uint64_t now_ms)
{
	uint8_t pid[STORE_ID], id[BLOB_ID] = {(uint8_t)who, number};
	struct store_blob_part part = {.id = id, .owner = pid, .len = blob_len(size), .bytes = bytes, .now_ms = now_ms};
	struct store_batch *b;
	uint32_t present;
	bool fresh;
	store_kit_pid(who, pid);
	part.bytes_len = blob_part_len(part.len, 0);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	int err = store_blob_put_part(b, &part, &present, &fresh);
	assert_int_equal(store_batch_commit(b), 0);
	return err;
}

static bool is_there(uint32_t who, uint8_t number)
{
	uint8_t id[BLOB_ID] = {(uint8_t)who, number};
	struct store_blob blob;
	int err = store_blob_get(kit.s, id, &blob);
	assert_true(err == 0 || err == ERR_NOT_FOUND);
	return !err;
}

static void so_many_loose_ones(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < STORE_BLOB_LOOSE_MAX; i++)
		assert_int_equal(put(1, i, 10, NOW), 0);
	assert_int_equal(put(1, 200, 10, NOW), ERR_QUOTA);
	assert_false(is_there(1, 200));
	assert_int_equal(put(1, 0, 10, NOW), 0); /* those that have begun go on */
	assert_int_equal(put(2, 1, 10, NOW), 0); /* others have their own */
}

static void so_long_together(void **state)
{
	uint8_t i = 0;
	(void)state;
	for (uint64_t len = 0; len + BLOB_LEN_MAX <= STORE_BLOB_LOOSE_BYTES; len += BLOB_LEN_MAX)
		assert_int_equal(put(1, i++, BLOB_FILE_MAX, NOW), 0);
	assert_int_equal(put(1, i, BLOB_FILE_MAX, NOW), ERR_QUOTA); /* what they are to become counts */
	assert_in_range(i, 10, STORE_BLOB_LOOSE_MAX - 1);
}

static void swept_when_old(void **state)
{
	size_t n;
	(void)state;
	assert_int_equal(put(1, 1, 1000000, NOW), 0);
	assert_int_equal(put(1, 2, 10, NOW + 1000), 0);
	assert_int_equal(put(2, 1, 10, NOW + 2000), 0);
	assert_int_equal(store_blob_sweep(kit.s, 0, 9, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_blob_sweep(kit.s, NOW + STORE_BLOB_LOOSE_MS, 9, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_blob_sweep(kit.s, NOW + STORE_BLOB_LOOSE_MS + 1001, 9, &n), 0);
	assert_int_equal(n, 2);
	assert_false(is_there(1, 1));
	assert_false(is_there(1, 2));
	assert_true(is_there(2, 1));
	store_kit_check(&kit);
	assert_int_equal(put(1, 1, 10, NOW), 0); /* the id is free again */
}

static void a_few_at_a_time(void **state)
{
	size_t n;
	(void)state;
	for (uint8_t i = 0; i < 5; i++)
		assert_int_equal(put(1, i, 10, NOW), 0);
	assert_int_equal(store_blob_sweep(kit.s, UINT64_MAX, 2, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(store_blob_sweep(kit.s, UINT64_MAX, 9, &n), 0);
	assert_int_equal(n, 3);
}

/* The last 10 % are not for attachments. */
static void a_full_store(void **state)
{
	int err = 0;
	uint8_t i = 0;
	(void)state;
	store_kit_free(&kit);
	store_kit_new(&kit, (uint64_t)4 << 20);
	while (!err && i < 30)
		err = put(1, i++, 200000, NOW);
	assert_int_equal(err, ERR_FULL);
	assert_in_range(i, 5, 25);
}

static void a_store_of_the_first_version(void **state)
{
	(void)state;
	/* the tables are there after it was opened; an earlier one is made by leaving them out */
	struct store_env env;
	assert_int_equal(store_kit_put(&kit,
	                               &(struct store_kit_record){.number = 1, .author = 1, .readers = 1, .payload_len = 5},
	                               &(struct store_place){0}),
	                 0);
	store_close(kit.s);
	kit.s = NULL;
	assert_int_equal(store_env_open(&kit.opts, false, &env), 0);
	store_env_close(&env);
	store_kit_reopen(&kit);
	assert_int_equal(put(1, 1, 10, NOW), 0);
}

/* --- damage --- */

static void spoil(enum store_table table, const struct store_key *key, const char *value)
{
	struct store_txn t;
	assert_int_equal(store_txn_write(&kit.s->env, &t), 0);
	if (value)
		assert_int_equal(store_txn_put(&t, table, key, &(struct crypto_bytes){value, strlen(value)}, 1), 0);
	else
		assert_int_equal(store_txn_del(&t, table, key), 0);
	assert_int_equal(store_txn_commit(&t), 0);
}

static uint64_t problems(void)
{
	struct store_counts counts;
	int err = store_check(kit.s, NULL, NULL, &counts);
	assert_int_equal(err, counts.problems ? ERR_CORRUPT : 0);
	return counts.problems;
}

static void damage_is_found(void **state)
{
	static const uint8_t id[BLOB_ID] = {1, 1};
	uint8_t pid[STORE_ID], none[32] = {0};
	(void)state;
	store_kit_pid(1, pid);
	const struct store_key blob = store_key_id(id), part = store_key_part(id, 0), loose = store_key_inviter(pid, id);
	const struct store_key named = store_key_named(id, none);
	const struct {
		enum store_table table;
		const struct store_key *key;
		const char *value;
	} all[] = {{STORE_BLOBS, &blob, NULL},    {STORE_BLOBS, &blob, "short"}, {STORE_PARTS, &part, NULL},
	           {STORE_PARTS, &part, "other"}, {STORE_LOOSE, &loose, NULL},   {STORE_NAMED, &named, ""}};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(put(1, 1, 300000, NOW), 0);
		assert_int_equal(problems(), 0);
		spoil(all[i].table, all[i].key, all[i].value);
		if (problems() == 0)
			fail_msg("damage %zu was not found", i);
		store_kit_free(&kit);
		store_kit_new(&kit, STORE_KIT_MAP);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(so_many_loose_ones),
	    T(so_long_together),
	    T(swept_when_old),
	    T(a_few_at_a_time),
	    T(a_full_store),
	    T(a_store_of_the_first_version),
	    cmocka_unit_test_setup_teardown(damage_is_found, setup, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
