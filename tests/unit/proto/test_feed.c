/* test_feed: the running head, and that nothing but the log key's own statement is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/label.h"
#include "proto/mp.h"
#include "tests/unit/support/mutate.h"

static const uint8_t seed[32] = {7}, other_seed[32] = {8};
static struct crypto_sign_key *log_key;
static uint8_t public[32], other_public[32];
static uint8_t clinic[32] = {1}, generation[16] = {2}, pid[16] = {3}, head[32] = {4};

static int setup(void **state)
{
	(void)state;
	return crypto_init() || crypto_sign_key_new(seed, &log_key) || crypto_sign_public(seed, public) ||
	       crypto_sign_public(other_seed, other_public);
}

static int teardown(void **state)
{
	(void)state;
	crypto_sign_key_free(log_key);
	return 0;
}

static struct feed_receipt a_receipt(uint32_t count)
{
	struct feed_receipt r = {.clinic = clinic, .generation = generation, .author = pid, .time_ms = 1700000000123};

	r.count = count;
	for (uint32_t i = 0; i < count && i < FEED_RECEIPT_ENTRIES; i++) {
		r.entries[i].seq = (uint64_t)1 << (i % 53);
		memset(r.entries[i].rid, (int)i, 32);
		memset(r.entries[i].head, (int)(255 - i), 32);
	}
	return r;
}

static struct feed_statement a_statement(void)
{
	return (struct feed_statement){clinic, generation, pid, head, 12345, 1700000000123};
}

/* H("feed-start", pid || generation), then H("feed", head || u64 seq || u8 event || rid), spelt out. */
static void running_head(void **state)
{
	uint8_t start[32], want[32], got[32], bytes[73], rid[32] = {9};
	struct crypto_bytes parts[2] = {{pid, 16}, {generation, 16}};

	(void)state;
	assert_int_equal(feed_start(pid, generation, start), 0);
	assert_int_equal(crypto_hash("feed-start", parts, 2, want), 0);
	assert_memory_equal(start, want, 32);
	memcpy(bytes, start, 32);
	memcpy(bytes + 32, "\0\0\0\0\0\1\2\3", 8);
	bytes[40] = 2;
	memcpy(bytes + 41, rid, 32);
	assert_int_equal(crypto_hash1("feed", bytes, sizeof bytes, want), 0);
	assert_int_equal(feed_step(start, 0x10203, FEED_TAKEN, rid, got), 0);
	assert_memory_equal(got, want, 32);
	assert_int_equal(feed_step(start, 0x10203, FEED_TAKEN, rid, start), 0);
	assert_memory_equal(start, want, 32);
}

static void running_head_depends_on_everything(void **state)
{
	uint8_t a[32], b[32], rid[32] = {9}, pid2[16] = {4}, generation2[16] = {5};

	(void)state;
	feed_start(pid, generation, a);
	feed_start(pid2, generation, b);
	assert_memory_not_equal(a, b, 32);
	feed_start(pid, generation2, b);
	assert_memory_not_equal(a, b, 32);
	feed_step(head, 1, FEED_RECORD, rid, a);
	feed_step(head, 2, FEED_RECORD, rid, b);
	assert_memory_not_equal(a, b, 32);
	feed_step(head, 1, FEED_TAKEN, rid, b);
	assert_memory_not_equal(a, b, 32);
	feed_step(clinic, 1, FEED_RECORD, rid, b);
	assert_memory_not_equal(a, b, 32);
	feed_step(head, 1, FEED_RECORD, clinic, b);
	assert_memory_not_equal(a, b, 32);
	assert_int_equal(feed_step(head, 0, FEED_RECORD, rid, b), ERR_RANGE);
	assert_int_equal(feed_step(head, 1, 0, rid, b), ERR_RANGE);
	assert_int_equal(feed_step(head, 1, 3, rid, b), ERR_RANGE);
}

static void receipt_round_trip(void **state)
{
	static const uint32_t counts[] = {1, 2, 15, 16, FEED_RECEIPT_ENTRIES};
	struct buf b;
	uint8_t sig[64];

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct feed_receipt r = a_receipt(counts[i]), got;

		buf_init(&b, 0);
		assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), 0);
		assert_true(b.len <= FEED_RECEIPT_MAX);
		assert_int_equal(feed_receipt_open(b.data, b.len, sig, public, &got), 0);
		assert_memory_equal(got.clinic, clinic, 32);
		assert_memory_equal(got.generation, generation, 16);
		assert_memory_equal(got.author, pid, 16);
		assert_int_equal(got.time_ms, r.time_ms);
		assert_int_equal(got.count, r.count);
		assert_memory_equal(got.entries, r.entries, r.count * sizeof r.entries[0]);
		assert_ptr_equal(feed_receipt_find(&got, r.entries[r.count - 1].rid), &got.entries[r.count - 1]);
		assert_null(feed_receipt_find(&got, (const uint8_t[32]){0xee}));
		buf_wipe(&b);
	}
}

static void statement_round_trip(void **state)
{
	struct feed_statement s = a_statement(), got;
	struct buf b;
	uint8_t sig[64];

	(void)state;
	buf_init(&b, 0);
	buf_put(&b, "before", 6);
	assert_int_equal(feed_statement_sign(&s, log_key, &b, sig), 0);
	assert_int_equal(feed_statement_open(b.data + 6, b.len - 6, sig, public, &got), 0);
	assert_memory_equal(got.clinic, clinic, 32);
	assert_memory_equal(got.generation, generation, 16);
	assert_memory_equal(got.pid, pid, 16);
	assert_memory_equal(got.head, head, 32);
	assert_int_equal(got.seq, 12345);
	assert_int_equal(got.time_ms, s.time_ms);
	buf_wipe(&b);
}

static void limits(void **state)
{
	struct feed_receipt r = a_receipt(1);
	struct feed_statement s = a_statement();
	struct buf b;
	uint8_t sig[64], zero[64] = {0};

	(void)state;
	buf_init(&b, 0);
	r.count = 0;
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), ERR_RANGE);
	r.count = FEED_RECEIPT_ENTRIES + 1;
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), ERR_RANGE);
	r = a_receipt(2);
	r.entries[1].seq = 0;
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), ERR_RANGE);
	r.entries[1].seq = MP_NUMBER_MAX + 1;
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), ERR_RANGE);
	r.entries[1].seq = MP_NUMBER_MAX;
	r.time_ms = MP_NUMBER_MAX + 1;
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), ERR_RANGE);
	s.seq = MP_NUMBER_MAX + 1;
	assert_int_equal(feed_statement_sign(&s, log_key, &b, sig), ERR_RANGE);
	s.seq = MP_NUMBER_MAX;
	s.time_ms = MP_NUMBER_MAX + 1;
	assert_int_equal(feed_statement_sign(&s, log_key, &b, sig), ERR_RANGE);
	assert_int_equal(b.len, 0);
	assert_memory_equal(sig, zero, 64);
	s.time_ms = r.time_ms = MP_NUMBER_MAX;
	assert_int_equal(feed_statement_sign(&s, log_key, &b, sig), 0);
	assert_true(b.len <= FEED_STATEMENT_MAX);
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), 0);
	buf_wipe(&b);
	/* a full buffer: the signature stays empty */
	buf_init(&b, 50);
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), ERR_TOO_BIG);
	assert_memory_equal(sig, zero, 64);
	assert_int_equal(b.len, 0);
	buf_wipe(&b);
}

typedef int opener(const uint8_t *bytes, size_t len, const uint8_t *sig, const uint8_t *key);

static int open_receipt(const uint8_t *bytes, size_t len, const uint8_t *sig, const uint8_t *key)
{
	struct feed_receipt r;

	return feed_receipt_open(bytes, len, sig, key, &r);
}

static int open_statement(const uint8_t *bytes, size_t len, const uint8_t *sig, const uint8_t *key)
{
	struct feed_statement s;

	return feed_statement_open(bytes, len, sig, key, &s);
}

static void attack(opener *open, const struct buf *b, const uint8_t sig[64])
{
	struct mutate m;

	assert_int_equal(open(b->data, b->len, sig, public), 0);
	assert_int_equal(open(b->data, b->len, sig, other_public), ERR_RECEIPT);
	for (mutate_begin(&m, MUTATE_ALL, b->data, b->len); mutate_next(&m);)
		if (open(m.data, m.len, sig, public) != ERR_RECEIPT)
			fail_msg("%s", mutate_what(&m));
	for (mutate_begin(&m, MUTATE_BITS, sig, 64); mutate_next(&m);)
		if (open(b->data, b->len, m.data, public) != ERR_RECEIPT)
			fail_msg("signature: %s", mutate_what(&m));
	for (mutate_begin(&m, MUTATE_BITS, public, 32); mutate_next(&m);)
		if (open(b->data, b->len, sig, m.data) == 0)
			fail_msg("key: %s", mutate_what(&m));
	assert_int_equal(open(b->data, b->len, sig, public), 0);
}

static void damaged(void **state)
{
	struct feed_receipt r = a_receipt(3);
	struct feed_statement s = a_statement();
	struct buf b;
	uint8_t sig[64];

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), 0);
	attack(open_receipt, &b, sig);
	assert_int_equal(open_statement(b.data, b.len, sig, public), ERR_TOO_BIG);
	buf_reset(&b);
	assert_int_equal(feed_statement_sign(&s, log_key, &b, sig), 0);
	attack(open_statement, &b, sig);
	assert_int_equal(open_receipt(b.data, b.len, sig, public), ERR_RECEIPT);
	buf_wipe(&b);
}

/* Signed by the log key under another label of the protocol: still not a statement. */
static void labels(void **state)
{
	static const char *const others[] = {LABEL_LINK, LABEL_RECORD, LABEL_FEED_HEAD, LABEL_POP_TLS, LABEL_FEED, ""};
	struct feed_receipt r = a_receipt(1);
	struct crypto_bytes part;
	struct buf b;
	uint8_t sig[64];

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(feed_receipt_sign(&r, log_key, &b, sig), 0);
	part = (struct crypto_bytes){b.data, b.len};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		assert_int_equal(crypto_sign(seed, others[i], &part, 1, sig), 0);
		assert_int_equal(open_receipt(b.data, b.len, sig, public), ERR_RECEIPT);
	}
	assert_int_equal(crypto_sign(seed, LABEL_RECEIPT, &part, 1, sig), 0);
	assert_int_equal(open_receipt(b.data, b.len, sig, public), 0);
	buf_wipe(&b);
}

/* A receipt with `n` entries and `extra` elements, of `suite`, rightly signed. */
static int signed_oddly(uint64_t suite, uint32_t n, uint32_t extra, uint64_t seq)
{
	struct crypto_bytes part;
	struct buf b;
	uint8_t sig[64];
	int err;

	buf_init(&b, 0);
	mp_put_array(&b, 6 + extra);
	mp_put_u64(&b, suite);
	mp_put_bin(&b, clinic, 32);
	mp_put_bin(&b, generation, 16);
	mp_put_bin(&b, pid, 16);
	mp_put_array(&b, n);
	for (uint32_t i = 0; i < n; i++) {
		mp_put_array(&b, 3);
		mp_put_bin(&b, head, 32);
		mp_put_u64(&b, seq);
		mp_put_bin(&b, head, 32);
	}
	mp_put_u64(&b, 1);
	for (uint32_t i = 0; i < extra; i++)
		mp_put_nil(&b);
	part = (struct crypto_bytes){b.data, b.len};
	assert_int_equal(crypto_sign(seed, LABEL_RECEIPT, &part, 1, sig), 0);
	err = open_receipt(b.data, b.len, sig, public);
	buf_wipe(&b);
	return err;
}

static void signed_but_odd(void **state)
{
	(void)state;
	assert_int_equal(signed_oddly(1, 1, 0, 1), 0);
	assert_int_equal(signed_oddly(1, FEED_RECEIPT_ENTRIES, 0, 1), 0);
	assert_int_equal(signed_oddly(0, 1, 0, 1), ERR_SHAPE);
	assert_int_equal(signed_oddly(2, 1, 0, 1), ERR_SUITE);
	assert_int_equal(signed_oddly(1, 0, 0, 1), ERR_SHAPE);
	assert_int_equal(signed_oddly(1, FEED_RECEIPT_ENTRIES + 1, 0, 1), ERR_SHAPE);
	assert_int_equal(signed_oddly(1, FEED_RECEIPT_ENTRIES + 9, 0, 1), ERR_TOO_BIG);
	assert_int_equal(signed_oddly(1, 1, 1, 1), ERR_SHAPE);
	assert_int_equal(signed_oddly(1, 1, 0, 0), ERR_SHAPE);
	assert_int_equal(signed_oddly(1, 1, 0, MP_NUMBER_MAX), 0);
	assert_int_equal(signed_oddly(1, 1, 0, MP_NUMBER_MAX + 1), ERR_SHAPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(running_head),
	    cmocka_unit_test(running_head_depends_on_everything),
	    cmocka_unit_test(receipt_round_trip),
	    cmocka_unit_test(statement_round_trip),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(damaged),
	    cmocka_unit_test(labels),
	    cmocka_unit_test(signed_but_odd),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
