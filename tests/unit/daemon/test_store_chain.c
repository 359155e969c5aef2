/* test_store_chain: compare-and-append: one link at each place, and whoever comes second is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

static struct store_kit kit;

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

static int append(const struct store_link *row, bool *known)
{
	struct store_batch *b;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	int err = store_append_link(b, row, known);
	assert_int_equal(store_batch_commit(b), 0);
	return err;
}

static int append_number(uint32_t number, uint64_t seq, bool *known)
{
	struct store_kit_link l;
	store_kit_link(&l, number, seq);
	int err = append(&l.row, known);
	store_kit_link_free(&l);
	return err;
}

static void test_append(void **state)
{
	struct store_kit_link l;
	uint64_t seq;
	uint8_t hash[STORE_HASH];
	bool known;
	(void)state;
	store_kit_link(&l, 1, 0);
	assert_int_equal(store_chain_head(kit.s, l.chain, &seq, hash), ERR_NOT_FOUND);
	assert_int_equal(append_number(1, 1, &known), ERR_CHAIN_BEHIND); /* there is no first link yet */
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(append_number(1, i, &known), 0);
		assert_false(known);
		store_kit_link_free(&l);
		store_kit_link(&l, 1, i);
		assert_int_equal(store_chain_head(kit.s, l.chain, &seq, hash), 0);
		assert_int_equal(seq, i);
		assert_memory_equal(hash, l.hash, STORE_HASH);
	}
	assert_int_equal(append_number(1, 6, &known), ERR_CHAIN_BEHIND); /* a gap */
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(append_number(1, i, &known), 0);
		assert_true(known);
	}
	assert_int_equal(store_chain_head(kit.s, l.chain, &seq, hash), 0);
	assert_int_equal(seq, 4);
	store_kit_link_free(&l);
}

/* Two devices sign onto the same head, also within one group: the first is appended, the second hears CHAIN_BEHIND. */
static void test_race(void **state)
{
	struct store_kit_link first, mine, theirs;
	struct store_batch *b;
	uint64_t seq;
	uint8_t hash[STORE_HASH];
	bool known;
	(void)state;
	store_kit_link(&first, 1, 0);
	store_kit_link(&mine, 1, 1);
	theirs = mine;
	memset(theirs.hash, 0x77, STORE_HASH);
	theirs.row.hash = theirs.hash;
	theirs.row.chain = theirs.chain;
	theirs.row.prev = theirs.prev;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_append_link(b, &first.row, &known), 0);
	assert_int_equal(store_append_link(b, &mine.row, &known), 0);
	uint64_t writes = store_batch_writes(b);
	assert_int_equal(store_append_link(b, &theirs.row, &known), ERR_CHAIN_BEHIND);
	assert_int_equal(store_batch_writes(b), writes);
	assert_int_equal(store_append_link(b, &mine.row, &known), 0);
	assert_true(known);
	assert_int_equal(store_batch_chain_head(b, first.chain, &seq, hash), 0);
	assert_memory_equal(hash, mine.hash, STORE_HASH);
	assert_int_equal(store_chain_head(kit.s, first.chain, &seq, hash), ERR_NOT_FOUND);
	assert_int_equal(store_batch_commit(b), 0);
	assert_int_equal(append(&theirs.row, &known), ERR_CHAIN_BEHIND);
	assert_false(known);
	/* a right place on a wrong link */
	memset(theirs.prev, 0x66, STORE_HASH);
	theirs.row.seq = 2;
	assert_int_equal(append(&theirs.row, &known), ERR_CHAIN_BEHIND);
	store_kit_link_free(&first);
	store_kit_link_free(&mine);
}

static void test_links_that_do_not_fit_themselves(void **state)
{
	static const uint8_t big[STORE_LINK_MAX + 1], zero[STORE_HASH];
	struct store_kit_link l;
	bool known;
	(void)state;
	store_kit_link(&l, 2, 0);
	struct store_link row = l.row;
	row.bytes = big;
	row.len = 0;
	assert_int_equal(append(&row, &known), ERR_ARG);
	row.len = sizeof(big);
	assert_int_equal(append(&row, &known), ERR_ARG);
	row = l.row;
	row.prev = l.hash; /* a first link with a link before it */
	assert_int_equal(append(&row, &known), ERR_ARG);
	row = l.row;
	row.chain = zero; /* a first link of another chain */
	assert_int_equal(append(&row, &known), ERR_ARG);
	row = l.row;
	row.seq = 1; /* a later link that is the chain's first */
	assert_int_equal(append(&row, &known), ERR_ARG);
	assert_int_equal(append(&l.row, &known), 0);
	store_kit_link_free(&l);
}

static void test_largest_link(void **state)
{
	static uint8_t big[STORE_LINK_MAX];
	uint8_t hash[STORE_HASH] = {5}, zero[STORE_HASH] = {0};
	struct store_batch *b;
	bool known;
	(void)state;
	struct store_link row = {.chain = hash, .hash = hash, .prev = zero, .bytes = big, .len = sizeof(big)};
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_append_link(b, &row, &known), 0);
	store_batch_abort(b); /* it is no link: store_check would say so */
}

struct seen {
	uint64_t next, last_len;
	int stop_after, err;
};

static int visit(void *arg, uint64_t seq, const uint8_t hash[STORE_HASH], const uint8_t *bytes, size_t len)
{
	struct seen *seen = arg;
	struct store_kit_link l;
	store_kit_link(&l, 1, seq);
	assert_int_equal(seq, seen->next++);
	assert_memory_equal(hash, l.hash, STORE_HASH);
	assert_int_equal(len, l.bytes.len);
	assert_memory_equal(bytes, l.bytes.data, len);
	store_kit_link_free(&l);
	return seen->stop_after-- == 1 ? seen->err : 0;
}

static void test_read(void **state)
{
	struct store_kit_link l;
	bool known;
	(void)state;
	for (uint32_t chain = 1; chain <= 3; chain++)
		for (uint64_t i = 0; i < 6; i++)
			assert_int_equal(append_number(chain, i, &known), 0);
	store_kit_link(&l, 1, 0);
	static const struct {
		uint64_t from;
		size_t max;
		int stop_after, err;
		uint64_t next;
		int result;
	} rows[] = {
	    {0, 256, 0, 0, 6, 0},
	    {0, 3, 0, 0, 3, 0},
	    {2, 256, 0, 0, 6, 0},
	    {5, 1, 0, 0, 6, 0},
	    {6, 256, 0, 0, 6, 0},
	    {0, 0, 0, 0, 0, 0},
	    {0, 256, 2, ERR_MORE, 2, 0},
	    {0, 256, 2, ERR_TOO_BIG, 2, ERR_TOO_BIG},
	    {0, 256, 2, ERR_NOT_FOUND, 2, ERR_NOT_FOUND},
	    {UINT64_MAX, 1, 0, 0, UINT64_MAX, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen seen = {.next = rows[i].from, .stop_after = rows[i].stop_after, .err = rows[i].err};
		assert_int_equal(store_chain_read(kit.s, l.chain, rows[i].from, rows[i].max, visit, &seen), rows[i].result);
		assert_true(seen.next == rows[i].next);
	}
	uint8_t unknown[STORE_HASH] = {0};
	struct seen seen = {0};
	assert_int_equal(store_chain_read(kit.s, unknown, 0, 9, visit, &seen), 0);
	assert_int_equal(seen.next, 0);
	store_kit_link_free(&l);
}

static void test_ids(void **state)
{
	uint8_t ids[8][STORE_HASH];
	size_t n;
	bool known;
	(void)state;
	assert_int_equal(store_chain_ids(kit.s, NULL, 8, ids, &n), 0);
	assert_int_equal(n, 0);
	for (uint32_t chain = 1; chain <= 5; chain++)
		for (uint64_t i = 0; i < 2; i++)
			assert_int_equal(append_number(chain, i, &known), 0);
	assert_int_equal(store_chain_ids(kit.s, NULL, 8, ids, &n), 0);
	assert_int_equal(n, 5);
	for (size_t i = 1; i < n; i++)
		assert_true(memcmp(ids[i - 1], ids[i], STORE_HASH) < 0);
	uint8_t page[2][STORE_HASH];
	const uint8_t *after = NULL;
	for (size_t at = 0; at < 5; at += n) {
		assert_int_equal(store_chain_ids(kit.s, after, 2, page, &n), 0);
		assert_int_equal(n, at < 4 ? 2 : 1);
		for (size_t i = 0; i < n; i++)
			assert_memory_equal(page[i], ids[at + i], STORE_HASH);
		after = ids[at + n - 1];
	}
	assert_int_equal(store_chain_ids(kit.s, ids[4], 2, page, &n), 0);
	assert_int_equal(n, 0);
}

static void test_clinic(void **state)
{
	struct store_kit_link l;
	uint8_t clinic[STORE_HASH], other[STORE_HASH] = {1};
	struct store_batch *b;
	bool known;
	(void)state;
	assert_int_equal(store_clinic(kit.s, clinic), ERR_NOT_FOUND);
	store_kit_link(&l, 1, 0);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_append_link(b, &l.row, &known), 0);
	assert_int_equal(store_set_clinic(b, l.chain), 0);
	assert_int_equal(store_set_clinic(b, l.chain), 0);
	assert_int_equal(store_set_clinic(b, other), ERR_EXISTS);
	assert_int_equal(store_batch_commit(b), 0);
	store_kit_reopen(&kit);
	assert_int_equal(store_clinic(kit.s, clinic), 0);
	assert_memory_equal(clinic, l.chain, STORE_HASH);
	store_kit_link_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_append, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_race, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_links_that_do_not_fit_themselves, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_largest_link, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ids, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_clinic, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
