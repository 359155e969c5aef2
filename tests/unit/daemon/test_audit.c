/* test_audit: rows chain; whatever is changed, taken out, put in or moved is found at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/audit.h"
#include "daemon/store_inner.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

#define ROWS 600 /* more than two pages of audit_verify */

static struct store_kit kit;

static struct audit_row nth(uint64_t n)
{
	struct audit_row row = {.time_ms = 1700000000000 + n, .op = (uint16_t)(n % 13), .status = n % 7 ? 0 : 202};
	row.object_kind = AUDIT_RECORD;
	memset(row.actor, (int)n, sizeof(row.actor));
	memset(row.device, (int)n + 1, sizeof(row.device));
	memset(row.object, (int)n + 2, sizeof(row.object));
	return row;
}

static void append(uint64_t from, uint64_t to)
{
	struct store_batch *b;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	for (uint64_t i = from; i <= to; i++) {
		struct audit_row row = nth(i);
		assert_int_equal(audit_append(b, &row), 0);
	}
	assert_int_equal(store_batch_commit(b), 0);
}

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, STORE_KIT_MAP);
	append(2, ROWS);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	store_kit_free(&kit);
	return 0;
}

static void test_rows(void **state)
{
	struct audit_row rows[20];
	uint64_t seq, bad;
	uint8_t head[STORE_HASH];
	size_t n;
	(void)state;
	assert_int_equal(audit_verify(kit.s, &bad), 0);
	assert_int_equal(audit_head(kit.s, &seq, head), 0);
	assert_int_equal(seq, ROWS);
	for (uint64_t at = 0; at < ROWS; at += n) {
		assert_int_equal(audit_read(kit.s, at, 20, rows, &n), 0);
		assert_true(n > 0);
		for (size_t i = 0; i < n; i++) {
			struct audit_row want = nth(at + i + 1);
			assert_int_equal(rows[i].seq, at + i + 1);
			if (rows[i].seq == 1)
				continue; /* the birth of the store */
			assert_int_equal(rows[i].time_ms, want.time_ms);
			assert_int_equal(rows[i].op, want.op);
			assert_int_equal(rows[i].status, want.status);
			assert_int_equal(rows[i].object_kind, want.object_kind);
			assert_memory_equal(rows[i].actor, want.actor, 16);
			assert_memory_equal(rows[i].device, want.device, 16);
			assert_memory_equal(rows[i].object, want.object, 32);
		}
	}
	assert_memory_equal(rows[n - 1].head, head, STORE_HASH);
	assert_int_equal(audit_read(kit.s, ROWS, 20, rows, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(audit_read(kit.s, ROWS + 5, 20, rows, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(audit_read(kit.s, 0, 0, rows, &n), 0);
	assert_int_equal(n, 0);
	store_kit_check(&kit);
	store_kit_reopen(&kit);
	append(ROWS + 1, ROWS + 1);
	assert_int_equal(audit_verify(kit.s, &bad), 0);
	store_kit_check(&kit);
}

/* A store begins with the row of its birth. */
static void test_birth(void **state)
{
	struct store_kit empty;
	struct audit_row row;
	uint64_t seq, bad;
	uint8_t head[STORE_HASH], founding[STORE_HASH] = {0};
	size_t n;
	(void)state;
	store_kit_new(&empty, STORE_KIT_MAP);
	memset(founding, 0xF0, STORE_ID);
	assert_int_equal(audit_head(empty.s, &seq, head), 0);
	assert_int_equal(seq, 1);
	assert_int_equal(audit_read(empty.s, 0, 1, &row, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(row.op, AUDIT_OP_CREATE);
	assert_int_equal(row.time_ms, 5);
	assert_int_equal(row.object_kind, AUDIT_INVITE);
	assert_memory_equal(row.object, founding, STORE_HASH);
	assert_memory_equal(row.head, head, STORE_HASH);
	assert_int_equal(audit_verify(empty.s, &bad), 0);
	store_kit_free(&empty);
}

/* Computed by hand: head 0 = H("audit", generation), head 1 over seq 1 and the row's bytes. */
static void test_chain_by_hand(void **state)
{
	struct store_kit empty;
	struct audit_row row;
	uint8_t body[77] = {0}, generation[STORE_ID], seq[8] = {0, 0, 0, 0, 0, 0, 0, 1}, head[STORE_HASH];
	size_t n;
	(void)state;
	store_kit_new(&empty, STORE_KIT_MAP);
	store_generation(empty.s, generation);
	body[7] = 5;     /* time */
	body[40] = 0x03; /* op 1000 */
	body[41] = 0xE8;
	body[44] = AUDIT_INVITE;
	memset(body + 45, 0xF0, STORE_ID);
	assert_int_equal(crypto_hash1("audit", generation, STORE_ID, head), 0);
	struct crypto_bytes parts[] = {{head, STORE_HASH}, {seq, 8}, {body, sizeof(body)}};
	assert_int_equal(crypto_hash("audit", parts, 3, head), 0);
	assert_int_equal(audit_read(empty.s, 0, 1, &row, &n), 0);
	assert_memory_equal(row.head, head, STORE_HASH);
	store_kit_free(&empty);
}

enum damage { CHANGE, REMOVE, SWAP, DOUBLE, DAMAGES };

/* Somebody who can write the store, its checks included, but does not renew the chain from there on. */
static void damage(enum damage kind, uint64_t at)
{
	struct store_batch *b;
	struct store_val a, z;
	uint8_t one[128], other[128];
	struct store_key key = store_key_number(at), next = store_key_number(at + 1);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_txn_get(&b->txn, STORE_AUDIT, &key, &a), 0);
	size_t len = a.len;
	memcpy(one, a.data, len);
	assert_int_equal(store_txn_get(&b->txn, STORE_AUDIT, &next, &z), 0);
	memcpy(other, z.data, len);
	if (kind == CHANGE) {
		one[9] ^= 1;
		assert_int_equal(store_txn_put(&b->txn, STORE_AUDIT, &key, &(struct crypto_bytes){one, len}, 1), 0);
	} else if (kind == REMOVE) {
		assert_int_equal(store_txn_del(&b->txn, STORE_AUDIT, &key), 0);
	} else if (kind == SWAP) {
		assert_int_equal(store_txn_put(&b->txn, STORE_AUDIT, &key, &(struct crypto_bytes){other, len}, 1), 0);
		assert_int_equal(store_txn_put(&b->txn, STORE_AUDIT, &next, &(struct crypto_bytes){one, len}, 1), 0);
	} else {
		assert_int_equal(store_txn_put(&b->txn, STORE_AUDIT, &next, &(struct crypto_bytes){one, len}, 1), 0);
	}
	assert_int_equal(store_batch_commit(b), 0);
}

static void test_damage(void **state)
{
	static const uint64_t places[] = {1, 2, 255, 256, 257, 511, 512, ROWS - 1};
	(void)state;
	for (int kind = 0; kind < DAMAGES; kind++) {
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			uint64_t bad = 0;
			store_kit_free(&kit);
			store_kit_new(&kit, STORE_KIT_MAP);
			append(2, ROWS);
			damage((enum damage)kind, places[i]);
			assert_int_equal(audit_verify(kit.s, &bad), ERR_CORRUPT);
			assert_int_equal(bad, places[i] + (kind == DOUBLE));
		}
	}
}

/* A tail that is cut off leaves a whole chain: only a head noted elsewhere tells. */
static void test_cut_tail(void **state)
{
	struct store_batch *b;
	struct store_key key = store_key_number(ROWS);
	uint64_t seq, bad;
	uint8_t noted[STORE_HASH], head[STORE_HASH];
	(void)state;
	assert_int_equal(audit_head(kit.s, &seq, noted), 0);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_txn_del(&b->txn, STORE_AUDIT, &key), 0);
	assert_int_equal(store_batch_commit(b), 0);
	assert_int_equal(audit_verify(kit.s, &bad), 0);
	assert_int_equal(audit_head(kit.s, &seq, head), 0);
	assert_memory_not_equal(noted, head, STORE_HASH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_birth, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_chain_by_hand, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cut_tail, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
