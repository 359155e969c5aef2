/* test_keychain_person: a person as the programs make them: what can be asked, opened, withheld, and not changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/people.h"

static struct person *someone(struct people *pp)
{
	struct invite_keys code;

	people_begin(pp, 0);
	people_code(pp, &code);
	return people_new(pp, &code);
}

static void head_tells_who_it_is(void **state)
{
	struct people pp;
	struct person *p = someone(&pp);
	const struct keychain *k = p->chain;
	const uint8_t *did;
	struct link l;

	(void)state;
	assert_int_equal(link_parse(p->link.data, p->link.len, &l), 0);
	assert_memory_equal(keychain_genesis(k), l.hash, CRYPTO_HASH);
	assert_memory_equal(keychain_head_hash(k), l.hash, CRYPTO_HASH);
	assert_int_equal(keychain_head_seq(k), 0);
	assert_int_equal(keychain_devices(k), 1);
	assert_memory_equal(keychain_device_at(k, 0, &did), &p->pub, sizeof p->pub);
	assert_memory_equal(did, p->did, DEVICE_ID);
	assert_null(keychain_device_at(k, 1, &did));
	assert_null(did);
	assert_memory_equal(keychain_first_did(k), p->did, DEVICE_ID);
	assert_memory_equal(keychain_recovery(k), &p->recovery_pub, sizeof p->recovery_pub);
	assert_memory_equal(keychain_invite(k), p->invite.public, CRYPTO_KEY);
	people_end(&pp);
}

static void devices_are_found_by_id_and_key(void **state)
{
	struct people pp;
	struct person *p = someone(&pp);
	const struct keychain *k = p->chain;
	const uint8_t *did = p->did;

	(void)state;
	assert_non_null(keychain_device(k, p->did));
	assert_non_null(keychain_device_by_tls(k, p->pub.tls, NULL));
	assert_memory_equal(keychain_device_by_tls(k, p->pub.tls, &did), &p->pub, sizeof p->pub);
	assert_memory_equal(did, p->did, DEVICE_ID);
	/* The paper device is no active device, and only the tls key is a tls key. */
	assert_null(keychain_device(k, p->recovery_did));
	assert_null(keychain_device_by_tls(k, p->recovery_pub.tls, &did));
	assert_null(did);
	assert_null(keychain_device_by_tls(k, p->pub.sign, NULL));
	people_end(&pp);
}

static void epochs_are_found_by_number(void **state)
{
	struct people pp;
	struct person *p = someone(&pp);
	const struct epoch_ref *e = keychain_epoch(p->chain);

	(void)state;
	assert_int_equal(e->number, 1);
	assert_memory_equal(e->seal_public, p->epoch.seal_public, CRYPTO_KEY);
	assert_ptr_equal(keychain_epoch_number(p->chain, 1), e);
	assert_null(keychain_epoch_number(p->chain, 0));
	assert_null(keychain_epoch_number(p->chain, 2));
	people_end(&pp);
}

static void seed_opens_for_own_devices(void **state)
{
	struct people pp, qq;
	struct person *p = someone(&pp), *other = someone(&qq);
	uint8_t seed[EPOCH_SEED];
	struct link l, foreign;

	(void)state;
	assert_int_equal(link_parse(p->link.data, p->link.len, &l), 0);
	assert_int_equal(keychain_open_seed(p->chain, &l, &p->device, seed), 0);
	assert_memory_equal(seed, p->seed, EPOCH_SEED);
	assert_int_equal(keychain_open_seed(p->chain, &l, &p->recovery, seed), 0);
	assert_memory_equal(seed, p->seed, EPOCH_SEED);
	assert_int_equal(keychain_open_seed(p->chain, &l, &other->device, seed), ERR_NOT_FOUND);
	assert_memory_not_equal(seed, p->seed, EPOCH_SEED);
	assert_int_equal(link_parse(other->link.data, other->link.len, &foreign), 0);
	assert_int_equal(keychain_open_seed(p->chain, &foreign, &p->device, seed), ERR_LINK);
	l.boxes = NULL;
	assert_int_equal(keychain_open_seed(p->chain, &l, &p->device, seed), ERR_NOT_FOUND);
	people_end(&pp);
	people_end(&qq);
}

static void boxes_may_be_withheld_and_nothing_else(void **state)
{
	struct people pp;
	struct person *p = someone(&pp);
	struct keychain *k;
	struct link l;
	struct buf b;

	(void)state;
	assert_int_equal(link_parse(p->link.data, p->link.len, &l), 0);
	buf_init(&b, 0);
	assert_int_equal(link_put(&l, LINK_WITHOUT_BOXES, &b), 0);
	assert_int_equal(keychain_new(b.data, b.len, &k), 0);
	assert_memory_equal(keychain_genesis(k), p->genesis, KEYCHAIN_GENESIS);
	keychain_free(k);
	buf_reset(&b);
	assert_int_equal(link_put(&l, LINK_WITHOUT_INNER, &b), 0);
	assert_int_equal(keychain_new(b.data, b.len, &k), ERR_LINK);
	buf_wipe(&b);
	people_end(&pp);
}

/* Types 2 to 5 say more than nothing, there are no others, and a chain begins once. */
static void only_known_types_follow(void **state)
{
	static const uint8_t inner[] = {0x90};
	struct people pp;
	struct person *p = someone(&pp);
	struct link l;
	struct buf b;

	(void)state;
	for (uint8_t type = 0; type < 30; type++) {
		buf_init(&b, 0);
		assert_int_equal(link_sign(&(struct link_new){.chain = p->genesis,
		                                              .prev = p->genesis,
		                                              .seq = 1,
		                                              .type = type,
		                                              .signer = p->did,
		                                              .seed = p->device.sign,
		                                              .inner = inner,
		                                              .inner_len = sizeof inner},
		                           &b),
		                 0);
		assert_int_equal(link_parse(b.data, b.len, &l), 0);
		assert_int_equal(keychain_apply(p->chain, &l), type >= 2 && type <= 5 ? ERR_SHAPE : ERR_LINK);
		buf_wipe(&b);
	}
	assert_int_equal(link_parse(p->link.data, p->link.len, &l), 0);
	assert_int_equal(keychain_apply(p->chain, &l), ERR_LINK);
	assert_int_equal(keychain_head_seq(p->chain), 0);
	people_end(&pp);
}

static void bad_keys_make_no_person(void **state)
{
	struct people pp;
	struct person *p = someone(&pp);
	struct keychain_opts o = {
	    .device = &p->device, .recovery = &p->device, .seed = p->seed, .invite_seed = p->invite.seed};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(keychain_create(&o, &b), ERR_KEY);
	assert_int_equal(b.len, 0);
	o.recovery = &p->recovery;
	assert_int_equal(keychain_create(&o, &b), 0);
	buf_wipe(&b);
	people_end(&pp);
}

static void damaged_first_link_is_refused(void **state)
{
	struct people pp;
	struct person *p = someone(&pp);
	struct keychain *k;
	struct mutate m;

	(void)state;
	for (mutate_begin(&m, MUTATE_ALL, p->link.data, p->link.len); mutate_next(&m);)
		if (keychain_new(m.data, m.len, &k) == 0)
			fail_msg("accepted: %s", mutate_what(&m));
	assert_true(m.count > 8 * p->link.len);
	assert_int_equal(keychain_new(p->link.data, p->link.len, &k), 0);
	keychain_free(k);
	people_end(&pp);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(head_tells_who_it_is),
	    cmocka_unit_test(devices_are_found_by_id_and_key),
	    cmocka_unit_test(epochs_are_found_by_number),
	    cmocka_unit_test(seed_opens_for_own_devices),
	    cmocka_unit_test(boxes_may_be_withheld_and_nothing_else),
	    cmocka_unit_test(only_known_types_follow),
	    cmocka_unit_test(bad_keys_make_no_person),
	    cmocka_unit_test(damaged_first_link_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
