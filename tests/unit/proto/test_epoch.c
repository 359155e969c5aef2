/* test_epoch: an epoch's keys, and boxes that open for one device, one epoch and one seed alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/label.h"
#include "proto/mp.h"
#include "tests/unit/support/mutate.h"

struct sealed {
	struct device_secret device;
	struct device_public pub;
	uint8_t seed[EPOCH_SEED];
	struct epoch_ref epoch;
	uint8_t box[EPOCH_BOX];
};

static void make(struct sealed *s)
{
	assert_int_equal(device_generate(&s->device), 0);
	assert_int_equal(device_public_of(&s->device, &s->pub), 0);
	assert_int_equal(crypto_random(s->seed, EPOCH_SEED), 0);
	s->epoch.number = 1;
	assert_int_equal(epoch_public(s->seed, s->epoch.seal_public), 0);
	assert_int_equal(epoch_box_seal(&s->epoch, &s->pub, s->seed, s->box), 0);
}

static int open_with(const struct sealed *s, const struct epoch_ref *epoch, const struct device_secret *device,
                     const uint8_t *box)
{
	static const uint8_t zeros[EPOCH_SEED];
	uint8_t seed[EPOCH_SEED];
	int err = epoch_box_open(epoch, device, box, seed);

	assert_memory_equal(seed, err ? zeros : s->seed, EPOCH_SEED);
	return err;
}

static void keys_come_from_the_seed_by_label(void **state)
{
	uint8_t seed[EPOCH_SEED] = {1}, expect[CRYPTO_KEY], pub[CRYPTO_KEY];
	struct epoch_keys keys, other;

	(void)state;
	assert_int_equal(epoch_derive(seed, &keys), 0);
	assert_int_equal(crypto_derive(seed, sizeof seed, LABEL_EPOCH_SEAL, NULL, expect, sizeof expect), 0);
	assert_memory_equal(keys.seal_private, expect, CRYPTO_KEY);
	assert_int_equal(crypto_x25519_public(expect, expect), 0);
	assert_memory_equal(keys.seal_public, expect, CRYPTO_KEY);
	assert_int_equal(epoch_public(seed, pub), 0);
	assert_memory_equal(pub, expect, CRYPTO_KEY);
	assert_int_equal(crypto_derive(seed, sizeof seed, LABEL_EPOCH_SELF, NULL, expect, sizeof expect), 0);
	assert_memory_equal(keys.self, expect, CRYPTO_KEY);
	assert_int_equal(crypto_derive(seed, sizeof seed, LABEL_EPOCH_PREV, NULL, expect, sizeof expect), 0);
	assert_memory_equal(keys.prev, expect, CRYPTO_KEY);
	seed[31] ^= 1;
	assert_int_equal(epoch_derive(seed, &other), 0);
	assert_memory_not_equal(&keys, &other, sizeof keys);
}

static void box_opens_for_its_device(void **state)
{
	struct sealed s;

	(void)state;
	make(&s);
	assert_int_equal(open_with(&s, &s.epoch, &s.device, s.box), 0);
}

static void box_opens_for_no_other_device(void **state)
{
	struct sealed s, other;
	struct device_secret mixed;
	uint8_t box[EPOCH_BOX], did[DEVICE_ID];

	(void)state;
	make(&s);
	make(&other);
	assert_int_equal(open_with(&s, &s.epoch, &other.device, s.box), ERR_OPEN);
	/* The right seal key in another device: the id is bound. */
	mixed = other.device;
	memcpy(mixed.seal, s.device.seal, CRYPTO_KEY);
	assert_int_equal(open_with(&s, &s.epoch, &mixed, s.box), ERR_OPEN);
	/* The same with the box relabelled for it. */
	memcpy(box, s.box, sizeof box);
	memcpy(other.pub.seal, s.pub.seal, CRYPTO_KEY);
	assert_int_equal(device_id(&other.pub, did), 0);
	memcpy(box + 3, did, sizeof did);
	assert_int_equal(open_with(&s, &s.epoch, &mixed, box), ERR_OPEN);
}

static void box_opens_for_no_other_epoch(void **state)
{
	struct sealed s, other;
	struct epoch_ref epoch;

	(void)state;
	make(&s);
	make(&other);
	epoch = s.epoch;
	epoch.number = 2;
	assert_int_equal(open_with(&s, &epoch, &s.device, s.box), ERR_OPEN);
	epoch = s.epoch;
	memcpy(epoch.seal_public, other.epoch.seal_public, CRYPTO_KEY);
	assert_int_equal(open_with(&s, &epoch, &s.device, s.box), ERR_OPEN);
}

/* A well-made box with a seed of somebody's choosing: it opens, but does not lead to the signed public key. */
static void seed_of_other_keys_is_refused(void **state)
{
	struct sealed s;
	uint8_t chosen[EPOCH_SEED] = {7}, box[EPOCH_BOX];

	(void)state;
	make(&s);
	assert_int_equal(epoch_box_seal(&s.epoch, &s.pub, chosen, box), 0);
	assert_int_equal(open_with(&s, &s.epoch, &s.device, box), ERR_OPEN);
	assert_int_equal(epoch_box_seal(&s.epoch, &s.pub, s.seed, box), 0);
	assert_int_equal(open_with(&s, &s.epoch, &s.device, box), 0);
}

static void bad_recipient_is_refused(void **state)
{
	struct sealed s;
	uint8_t box[EPOCH_BOX];

	(void)state;
	make(&s);
	memset(s.pub.seal, 0, CRYPTO_KEY);
	assert_int_equal(epoch_box_seal(&s.epoch, &s.pub, s.seed, box), ERR_KEY);
}

/* Boxes have one length, so only what keeps it is tried. */
static void damaged_box_is_refused(void **state)
{
	struct sealed s;
	struct mutate m;
	size_t tried = 0;

	(void)state;
	make(&s);
	for (mutate_begin(&m, MUTATE_BITS | MUTATE_BYTES, s.box, sizeof s.box); mutate_next(&m); tried++)
		if (open_with(&s, &s.epoch, &s.device, m.data) == 0)
			fail_msg("opened: %s", mutate_what(&m));
	assert_true(tried >= 8 * EPOCH_BOX);
	assert_int_equal(open_with(&s, &s.epoch, &s.device, s.box), 0);
}

static void root_is_over_all_boxes_in_order(void **state)
{
	uint8_t boxes[3 * EPOCH_BOX] = {0}, hashes[2 * CRYPTO_HASH], expect[CRYPTO_HASH], root[CRYPTO_HASH];

	(void)state;
	boxes[EPOCH_BOX] = 1;
	assert_int_equal(crypto_hash1(LABEL_BOX, boxes, EPOCH_BOX, hashes), 0);
	assert_int_equal(crypto_hash1(LABEL_BOX, boxes + EPOCH_BOX, EPOCH_BOX, hashes + CRYPTO_HASH), 0);
	assert_int_equal(crypto_hash1(LABEL_BOXES, hashes, sizeof hashes, expect), 0);
	assert_int_equal(epoch_boxes_root(boxes, 2, root), 0);
	assert_memory_equal(root, expect, CRYPTO_HASH);
	assert_int_equal(epoch_boxes_root(boxes + EPOCH_BOX, 2, root), 0); /* boxes 1, 0 */
	assert_memory_not_equal(root, expect, CRYPTO_HASH);
	assert_int_equal(epoch_boxes_root(boxes, 1, root), 0);
	assert_memory_not_equal(root, expect, CRYPTO_HASH);
	assert_int_equal(epoch_boxes_root(boxes, EPOCH_BOXES_MAX + 1, root), ERR_RANGE);
}

static void put_many(struct buf *b, const uint8_t *box, size_t n)
{
	mp_put_array(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_put(b, box, EPOCH_BOX), 0);
}

static void arrays_of_boxes_go_both_ways(void **state)
{
	static const size_t counts[] = {0, 1, 2, 15, 16, EPOCH_BOXES_MAX};
	const uint8_t *boxes;
	struct sealed s;
	struct buf b;
	size_t n;

	(void)state;
	make(&s);
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		buf_reset(&b);
		put_many(&b, s.box, counts[i]);
		assert_int_equal(epoch_boxes_get(b.data, b.len, &boxes, &n), 0);
		assert_int_equal(n, counts[i]);
		if (n > 0)
			assert_memory_equal(boxes + (n - 1) * EPOCH_BOX, s.box, EPOCH_BOX);
	}
	buf_reset(&b);
	put_many(&b, s.box, EPOCH_BOXES_MAX + 1);
	assert_int_equal(epoch_boxes_get(b.data, b.len, &boxes, &n), ERR_SHAPE);
	assert_null(boxes);
	assert_int_equal(epoch_boxes_put(s.box, EPOCH_BOXES_MAX + 1, &b), ERR_RANGE);
	buf_reset(&b);
	assert_int_equal(epoch_boxes_put(s.box, 1, &b), 0);
	assert_int_equal(epoch_boxes_get(b.data, b.len, &boxes, &n), 0);
	assert_memory_equal(boxes, s.box, EPOCH_BOX);
	assert_int_equal(epoch_boxes_get(b.data, b.len - 1, &boxes, &n), ERR_PROTO);
	buf_wipe(&b);
}

static void boxes_of_other_shapes_are_refused(void **state)
{
	static const uint8_t short_did[] = {0x91, 0x92, 0xc4, 1, 0, 0xc4, 1, 0}, number[] = {0x91, 0x05},
	                     triple[] = {0x91, 0x93, 0xc0, 0xc0, 0xc0};
	const uint8_t *boxes;
	size_t n;

	(void)state;
	assert_int_equal(epoch_boxes_get(short_did, sizeof short_did, &boxes, &n), ERR_SHAPE);
	assert_int_equal(epoch_boxes_get(number, sizeof number, &boxes, &n), ERR_SHAPE);
	assert_int_equal(epoch_boxes_get(triple, sizeof triple, &boxes, &n), ERR_SHAPE);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_come_from_the_seed_by_label), cmocka_unit_test(box_opens_for_its_device),
	    cmocka_unit_test(box_opens_for_no_other_device),    cmocka_unit_test(box_opens_for_no_other_epoch),
	    cmocka_unit_test(seed_of_other_keys_is_refused),    cmocka_unit_test(bad_recipient_is_refused),
	    cmocka_unit_test(damaged_box_is_refused),           cmocka_unit_test(root_is_over_all_boxes_in_order),
	    cmocka_unit_test(arrays_of_boxes_go_both_ways),     cmocka_unit_test(boxes_of_other_shapes_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
