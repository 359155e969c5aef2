/* test_link: the form of links: bounds, hashes, signatures, and parts that can be taken out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"
#include "proto/link.h"
#include "proto/mp.h"
#include "tests/unit/support/mutate.h"

static const uint8_t seed[CRYPTO_KEY] = {1}, other_seed[CRYPTO_KEY] = {2};
static const uint8_t chain[CRYPTO_HASH] = {3}, prev[CRYPTO_HASH] = {4}, zeros[CRYPTO_HASH];
static const uint8_t signer[LINK_SIGNER] = {5}, inner[] = {0x91, 0x01}, boxes[] = {0x90};

static struct link_new later(void)
{
	return (struct link_new){.chain = chain,
	                         .prev = prev,
	                         .seq = 7,
	                         .time_ms = 1700000000000,
	                         .type = 17,
	                         .signer = signer,
	                         .seed = seed,
	                         .inner = inner,
	                         .inner_len = sizeof inner};
}

static struct link_new first(void)
{
	struct link_new n = later();

	n.chain = n.prev = NULL;
	n.seq = 0;
	n.boxes = boxes;
	n.boxes_len = sizeof boxes;
	return n;
}

static void sign(const struct link_new *n, struct buf *b)
{
	buf_init(b, 0);
	assert_int_equal(link_sign(n, b), 0);
}

static void pub_of(const uint8_t *s, uint8_t pub[CRYPTO_KEY])
{
	assert_int_equal(crypto_sign_public(s, pub), 0);
}

static void what_is_signed_is_read(void **state)
{
	struct link_new n = later();
	uint8_t pub[CRYPTO_KEY], hash[CRYPTO_HASH];
	struct link l;
	struct buf b;

	(void)state;
	pub_of(seed, pub);
	sign(&n, &b);
	assert_int_equal(link_parse(b.data, b.len, &l), 0);
	assert_memory_equal(l.chain, chain, CRYPTO_HASH);
	assert_memory_equal(l.prev, prev, CRYPTO_HASH);
	assert_int_equal(l.seq, 7);
	assert_int_equal(l.time_ms, 1700000000000);
	assert_int_equal(l.type, 17);
	assert_memory_equal(l.signer, signer, LINK_SIGNER);
	assert_int_equal(l.inner_len, sizeof inner);
	assert_memory_equal(l.inner, inner, sizeof inner);
	assert_null(l.boxes);
	assert_int_equal(crypto_hash1(LABEL_LINK, l.outer, l.outer_len, hash), 0);
	assert_memory_equal(l.hash, hash, CRYPTO_HASH);
	assert_int_equal(link_verify(&l, pub), 0);
	pub_of(other_seed, pub);
	assert_int_equal(link_verify(&l, pub), ERR_SIGNATURE);
	assert_int_equal(link_verify(&l, zeros), ERR_KEY);
	buf_wipe(&b);
}

static void first_link_names_its_own_chain(void **state)
{
	struct link_new n = first();
	struct link l;
	struct buf b;

	(void)state;
	sign(&n, &b);
	assert_int_equal(link_parse(b.data, b.len, &l), 0);
	assert_memory_equal(l.chain, l.hash, CRYPTO_HASH);
	assert_memory_equal(l.prev, zeros, CRYPTO_HASH);
	assert_memory_equal(l.boxes, boxes, sizeof boxes);
	buf_wipe(&b);
}

static void parts_can_be_withheld(void **state)
{
	static const unsigned sets[] = {0, LINK_WITHOUT_INNER, LINK_WITHOUT_BOXES, LINK_WITHOUT_INNER | LINK_WITHOUT_BOXES};
	struct link_new n = first();
	uint8_t pub[CRYPTO_KEY];
	struct link whole, l;
	struct buf b, again;

	(void)state;
	pub_of(seed, pub);
	sign(&n, &b);
	assert_int_equal(link_parse(b.data, b.len, &whole), 0);
	for (size_t i = 0; i < 4; i++) {
		buf_init(&again, 0);
		assert_int_equal(link_put(&whole, sets[i], &again), 0);
		assert_int_equal(link_parse(again.data, again.len, &l), 0);
		assert_int_equal(l.inner == NULL, (sets[i] & LINK_WITHOUT_INNER) != 0);
		assert_int_equal(l.boxes == NULL, (sets[i] & LINK_WITHOUT_BOXES) != 0);
		assert_memory_equal(l.hash, whole.hash, CRYPTO_HASH);
		assert_int_equal(link_verify(&l, pub), 0);
		if (sets[i] == 0) {
			assert_int_equal(again.len, b.len);
			assert_memory_equal(again.data, b.data, b.len);
		}
		buf_wipe(&again);
	}
	buf_wipe(&b);
}

/* Boxes are not under the link's signature: their root stands in the inner part, and whoever owns the chain checks it.
 */
static void damaged_link_is_refused(void **state)
{
	struct link_new n = later();
	uint8_t pub[CRYPTO_KEY];
	struct mutate m;
	struct link l;
	struct buf b;

	(void)state;
	pub_of(seed, pub);
	sign(&n, &b);
	for (mutate_begin(&m, MUTATE_ALL, b.data, b.len); mutate_next(&m);)
		if (link_parse(m.data, m.len, &l) == 0 && link_verify(&l, pub) == 0)
			fail_msg("accepted: %s", mutate_what(&m));
	assert_true(m.count > 8 * b.len);
	buf_wipe(&b);
}

static void changed_inner_is_told_from_a_bad_signature(void **state)
{
	struct link_new n = later();
	uint8_t pub[CRYPTO_KEY];
	struct link l;
	struct buf b;

	(void)state;
	pub_of(seed, pub);
	sign(&n, &b);
	b.data[b.len - 2] ^= 1; /* inside the inner part: the boxes after it are one byte */
	assert_int_equal(link_parse(b.data, b.len, &l), ERR_HASH);
	b.data[b.len - 2] ^= 1;
	assert_int_equal(link_parse(b.data, b.len, &l), 0);
	b.data[b.len - 8] ^= 1; /* inside the signature */
	assert_int_equal(link_parse(b.data, b.len, &l), 0);
	assert_int_equal(link_verify(&l, pub), ERR_SIGNATURE);
	buf_wipe(&b);
}

/* --- forms nobody signs --- */

struct outer {
	uint64_t suite;
	const uint8_t *chain, *prev;
	uint64_t seq, type;
	size_t signer_len, hash_len;
	uint32_t count;
};

static const struct outer good = {1, chain, prev, 7, 17, LINK_SIGNER, CRYPTO_HASH, 8};

/* Builds a link around an outer part of any form, and parses it. */
static int parse_outer(const struct outer *o, struct link *l)
{
	uint8_t sig[CRYPTO_SIG] = {0}, filler[64] = {0};
	struct buf outer, b;
	int err;

	buf_init(&outer, 0);
	buf_init(&b, 0);
	mp_put_array(&outer, o->count);
	mp_put_u64(&outer, o->suite);
	mp_put_bin(&outer, o->chain, CRYPTO_HASH);
	mp_put_u64(&outer, o->seq);
	mp_put_bin(&outer, o->prev, CRYPTO_HASH);
	mp_put_u64(&outer, 0);
	mp_put_u64(&outer, o->type);
	mp_put_bin(&outer, filler, o->signer_len);
	mp_put_bin(&outer, filler, o->hash_len);
	for (uint32_t i = 8; i < o->count; i++)
		mp_put_nil(&outer);
	mp_put_array(&b, 4);
	mp_put_bin(&b, outer.data, outer.len);
	mp_put_bin(&b, sig, sizeof sig);
	mp_put_nil(&b);
	mp_put_nil(&b);
	assert_int_equal(buf_err(&b), 0);
	err = link_parse(b.data, b.len, l);
	buf_wipe(&outer);
	buf_wipe(&b);
	return err;
}

static int with(void (*change)(struct outer *o))
{
	struct outer o = good;
	struct link l;

	assert_int_equal(parse_outer(&o, &l), 0);
	change(&o);
	return parse_outer(&o, &l);
}

static void suite_2(struct outer *o)
{
	o->suite = 2;
}
static void suite_0(struct outer *o)
{
	o->suite = 0;
}
static void type_256(struct outer *o)
{
	o->type = 256;
}
static void type_255(struct outer *o)
{
	o->type = 255;
}
static void short_signer(struct outer *o)
{
	o->signer_len--;
}
static void long_signer(struct outer *o)
{
	o->signer_len++;
}
static void short_hash(struct outer *o)
{
	o->hash_len--;
}
static void one_more(struct outer *o)
{
	o->count++;
}
static void many_more(struct outer *o)
{
	o->count += 200;
}
static void seq_0(struct outer *o)
{
	o->seq = 0;
}
static void no_chain(struct outer *o)
{
	o->chain = zeros;
}
static void no_prev(struct outer *o)
{
	o->prev = zeros;
}
static void seq_0_with_prev(struct outer *o)
{
	o->seq = 0;
	o->chain = zeros;
}
static void seq_0_with_chain(struct outer *o)
{
	o->seq = 0;
	o->prev = zeros;
}
static void a_first(struct outer *o)
{
	o->seq = 0;
	o->chain = o->prev = zeros;
}
static void last_seq(struct outer *o)
{
	o->seq = UINT64_MAX;
}

static void outer_parts_of_other_forms_are_refused(void **state)
{
	static const struct {
		void (*change)(struct outer *o);
		int err;
	} rows[] = {
	    {suite_2, ERR_SUITE},
	    {suite_0, ERR_SUITE},
	    {type_256, ERR_SHAPE},
	    {type_255, 0},
	    {last_seq, 0},
	    {short_signer, ERR_SHAPE},
	    {long_signer, ERR_SHAPE},
	    {short_hash, ERR_SHAPE},
	    {one_more, ERR_SHAPE},
	    {many_more, ERR_SHAPE},
	    {seq_0, ERR_LINK},
	    {no_chain, ERR_LINK},
	    {no_prev, ERR_LINK},
	    {seq_0_with_prev, ERR_LINK},
	    {seq_0_with_chain, ERR_LINK},
	    {a_first, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(with(rows[i].change), rows[i].err);
}

/* [outer, signature, inner, boxes] around the outer part and inner part of a good link, with parts of given sizes. */
static int parse_sizes(size_t inner_len, size_t boxes_len, size_t sig_len, uint32_t count)
{
	static uint8_t big[LINK_MAX];
	struct link_new n = later();
	struct link l;
	struct buf b, whole;
	int err;

	n.inner = big;
	n.inner_len = inner_len <= LINK_INNER_MAX ? inner_len : LINK_INNER_MAX;
	sign(&n, &b);
	assert_int_equal(link_parse(b.data, b.len, &l), 0);
	buf_init(&whole, 0);
	mp_put_array(&whole, count);
	mp_put_bin(&whole, l.outer, l.outer_len);
	mp_put_bin(&whole, big, sig_len);
	mp_put_bin(&whole, big, inner_len);
	if (count > 3)
		mp_put_bin(&whole, big, boxes_len);
	if (count > 4)
		mp_put_nil(&whole);
	assert_int_equal(buf_err(&whole), 0);
	err = link_parse(whole.data, whole.len, &l);
	buf_wipe(&b);
	buf_wipe(&whole);
	return err;
}

static void parts_have_limits(void **state)
{
	(void)state;
	assert_int_equal(parse_sizes(1, 1, 64, 4), 0);
	assert_int_equal(parse_sizes(LINK_INNER_MAX, LINK_BOXES_MAX, 64, 4), 0);
	assert_int_equal(parse_sizes(LINK_INNER_MAX + 1, 1, 64, 4), ERR_SHAPE);
	assert_int_equal(parse_sizes(1, LINK_BOXES_MAX + 1, 64, 4), ERR_SHAPE);
	assert_int_equal(parse_sizes(1, 0, 64, 4), ERR_SHAPE);
	assert_int_equal(parse_sizes(1, 1, 63, 4), ERR_SHAPE);
	assert_int_equal(parse_sizes(1, 1, 65, 4), ERR_SHAPE);
	assert_int_equal(parse_sizes(1, 1, 64, 3), ERR_SHAPE);
	assert_int_equal(parse_sizes(1, 1, 64, 5), ERR_SHAPE);
	assert_int_equal(parse_sizes(LINK_INNER_MAX, LINK_MAX, 64, 4), ERR_TOO_BIG);
}

static void whole_link_has_a_limit(void **state)
{
	static uint8_t bytes[LINK_MAX + 1];
	struct link l;

	(void)state;
	assert_int_equal(link_parse(bytes, LINK_MAX + 1, &l), ERR_TOO_BIG);
	assert_int_equal(link_parse(bytes, LINK_MAX, &l), ERR_PROTO);
	assert_int_equal(link_parse(bytes, 0, &l), ERR_PROTO);
}

static void only_what_is_a_link_is_signed(void **state)
{
	static uint8_t big[LINK_INNER_MAX + 1];
	struct link_new n;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	n = later();
	n.seq = 0;
	assert_int_equal(link_sign(&n, &b), ERR_ARG);
	n = later();
	n.chain = NULL;
	assert_int_equal(link_sign(&n, &b), ERR_ARG);
	n = later();
	n.prev = NULL;
	assert_int_equal(link_sign(&n, &b), ERR_ARG);
	n = first();
	n.seq = 1;
	assert_int_equal(link_sign(&n, &b), ERR_ARG);
	n = later();
	n.inner = NULL;
	assert_int_equal(link_sign(&n, &b), ERR_ARG);
	n = later();
	n.inner = big;
	n.inner_len = LINK_INNER_MAX + 1;
	assert_int_equal(link_sign(&n, &b), ERR_TOO_BIG);
	n.inner_len = LINK_INNER_MAX;
	assert_int_equal(link_sign(&n, &b), 0);
	n = first();
	n.boxes = big;
	n.boxes_len = LINK_BOXES_MAX + 1;
	assert_int_equal(link_sign(&n, &b), ERR_TOO_BIG);
	n.boxes_len = LINK_BOXES_MAX;
	assert_int_equal(link_sign(&n, &b), 0);
	buf_wipe(&b);
}

static void full_buffer_is_reported(void **state)
{
	struct link_new n = later();
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(link_sign(&n, &b), ERR_TOO_BIG);
	buf_wipe(&b);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_signed_is_read),
	    cmocka_unit_test(first_link_names_its_own_chain),
	    cmocka_unit_test(parts_can_be_withheld),
	    cmocka_unit_test(damaged_link_is_refused),
	    cmocka_unit_test(changed_inner_is_told_from_a_bad_signature),
	    cmocka_unit_test(outer_parts_of_other_forms_are_refused),
	    cmocka_unit_test(parts_have_limits),
	    cmocka_unit_test(whole_link_has_a_limit),
	    cmocka_unit_test(only_what_is_a_link_is_signed),
	    cmocka_unit_test(full_buffer_is_reported),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
