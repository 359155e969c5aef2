/* test_keychain_devices: a person's chain as the programs continue it: devices come and go, epochs begin, seeds reach
 * every device and lead back to the first; and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/mutate.h"
#include "tests/unit/support/phones.h"

static struct people pp;

static struct phones *begin(void)
{
	struct invite_keys code;

	people_begin(&pp, 7);
	people_code(&pp, &code);
	return phones_new(&pp, people_new(&pp, &code));
}

static void end(struct phones *f)
{
	phones_free(f);
	people_end(&pp);
}

/* The seed that this device gets from the newest link with a box for it. */
static void opens_current(const struct phones *f, const struct phone *d)
{
	uint8_t seed[EPOCH_SEED];
	struct link link;
	uint64_t seq;

	assert_int_equal(keychain_box_seq(f->p->chain, d->did, &seq), 0);
	phones_link(f, seq, &link);
	assert_int_equal(keychain_open_seed(f->p->chain, &link, &d->secret, seed), 0);
	assert_memory_equal(seed, f->seeds[f->epoch], EPOCH_SEED);
}

static void devices_come_and_go(void **state)
{
	struct phones *f = begin();
	const struct keychain *k = f->p->chain;
	const struct keychain_device *d;
	struct phone *laptop, *phone, *tablet;
	uint8_t head[CRYPTO_HASH];
	const uint8_t *did;
	uint64_t seq;

	(void)state;
	phone = phones_add(f, &f->all[0]);   /* 1 */
	laptop = phones_add(f, &f->paper);   /* 2: the paper device may do that */
	phones_revoke(f, phone, &f->all[0]); /* 3 */
	phones_recovery(f, laptop);          /* 4 */
	tablet = phones_add(f, laptop);      /* 5 */
	phones_rotate(f, tablet);            /* 6 */
	assert_int_equal(keychain_links(k), 7);
	assert_int_equal(keychain_head_seq(k), 6);
	assert_int_equal(keychain_devices(k), 3);
	assert_memory_equal(keychain_device_at(k, 0, &did), &phone->pub, sizeof phone->pub);
	assert_memory_equal(did, phone->did, DEVICE_ID);
	assert_memory_equal(keychain_device_at(k, 2, NULL), &tablet->pub, sizeof tablet->pub);
	assert_null(keychain_device_at(k, 3, NULL));
	assert_null(keychain_device(k, f->all[0].did));
	assert_null(keychain_device_by_tls(k, f->all[0].pub.tls, NULL));
	assert_non_null(keychain_device_by_tls(k, laptop->pub.tls, NULL));
	assert_memory_equal(keychain_first_did(k), f->all[0].did, DEVICE_ID);
	assert_memory_equal(keychain_recovery(k), &f->paper.pub, sizeof f->paper.pub);
	/* everything there ever was: device, paper, phone, laptop, new paper, tablet */
	assert_int_equal(keychain_ever(k), 6);
	assert_null(keychain_ever_at(k, 6));
	d = keychain_find_device_by_tls(k, f->all[0].pub.tls);
	assert_ptr_equal(d, keychain_find_device(k, f->all[0].did));
	assert_ptr_equal(d, keychain_ever_at(k, 0));
	assert_false(d->active || d->paper);
	assert_int_equal(d->added_seq, 0);
	assert_int_equal(d->revoked_seq, 3);
	phones_clinic_head(f, &seq, head);
	assert_int_equal(d->clinic_cut_seq, seq);
	assert_memory_equal(d->clinic_cut, head, CRYPTO_HASH);
	d = keychain_ever_at(k, 1);
	assert_true(d->paper && !d->active);
	assert_int_equal(d->revoked_seq, 4);
	d = keychain_ever_at(k, 4);
	assert_true(d->paper && d->active);
	assert_int_equal(d->added_seq, 4);
	assert_int_equal(d->revoked_seq, 0);
	assert_null(keychain_find_device_by_tls(k, tablet->pub.sign));
	end(f);
}

static void what_was_when(void **state)
{
	static const uint8_t nowhere[CRYPTO_HASH] = {1};
	struct phones *f = begin();
	const struct keychain *k = f->p->chain;
	struct phone *phone = phones_add(f, &f->all[0]); /* 1 */
	struct link link;
	uint64_t seq;

	(void)state;
	phones_revoke(f, phone, &f->all[0]); /* 2 */
	phones_rotate(f, phone);             /* 3 */
	assert_true(keychain_active_at(k, f->all[0].did, 0));
	assert_true(keychain_active_at(k, f->all[0].did, 1));
	assert_false(keychain_active_at(k, f->all[0].did, 2));
	assert_false(keychain_active_at(k, f->all[0].did, 3));
	assert_false(keychain_active_at(k, phone->did, 0));
	assert_true(keychain_active_at(k, phone->did, 1));
	assert_true(keychain_active_at(k, phone->did, 3));
	assert_false(keychain_active_at(k, phone->did, 4));
	assert_false(keychain_active_at(k, f->paper.did, 0));
	assert_false(keychain_active_at(k, nowhere, 0));
	for (uint64_t i = 0; i < 4; i++) {
		phones_link(f, i, &link);
		assert_true(keychain_seq_of(k, link.hash, &seq));
		assert_int_equal(seq, i);
		assert_memory_equal(keychain_hash_at(k, i), link.hash, CRYPTO_HASH);
	}
	assert_null(keychain_hash_at(k, 4));
	assert_false(keychain_seq_of(k, nowhere, &seq));
	assert_int_equal(seq, 0);
	assert_int_equal(keychain_epoch(k)->number, 3);
	assert_int_equal(keychain_epoch_seq(k, 1), 0);
	assert_int_equal(keychain_epoch_seq(k, 2), 2);
	assert_int_equal(keychain_epoch_seq(k, 3), 3);
	assert_int_equal(keychain_epoch_seq(k, 4), 0);
	assert_int_equal(keychain_epoch_at(k, 0)->number, 1);
	assert_int_equal(keychain_epoch_at(k, 1)->number, 1);
	assert_int_equal(keychain_epoch_at(k, 2)->number, 2);
	assert_null(keychain_epoch_at(k, 4));
	assert_null(keychain_epoch_number(k, 4));
	assert_int_equal(keychain_epoch_number(k, 2)->number, 2);
	end(f);
}

static void seeds_reach_every_device(void **state)
{
	struct phones *f = begin();
	const struct keychain *k = f->p->chain;
	struct phone *phone = phones_add(f, &f->all[0]);
	struct phone stranger;
	uint8_t seed[EPOCH_SEED];
	struct link link;
	uint64_t seq;

	(void)state;
	opens_current(f, &f->all[0]);
	opens_current(f, phone);
	opens_current(f, &f->paper);
	assert_int_equal(keychain_box_seq(k, phone->did, &seq), 0);
	assert_int_equal(seq, 1);
	phones_revoke(f, phone, &f->all[0]);
	opens_current(f, phone);
	opens_current(f, &f->paper);
	assert_int_equal(keychain_box_seq(k, phone->did, &seq), 0);
	assert_int_equal(seq, 2);
	/* not for who is out */
	assert_int_equal(keychain_box_seq(k, f->all[0].did, &seq), ERR_NOT_FOUND);
	phones_link(f, 2, &link);
	assert_int_equal(keychain_open_seed(k, &link, &f->all[0].secret, seed), ERR_NOT_FOUND);
	phones_draw(&pp, &stranger);
	assert_int_equal(keychain_box_seq(k, stranger.did, &seq), ERR_NOT_FOUND);
	/* a box of before opens the seed of before, and no other */
	phones_link(f, 1, &link);
	assert_int_equal(keychain_open_seed(k, &link, &phone->secret, seed), 0);
	assert_memory_equal(seed, f->seeds[1], EPOCH_SEED);
	stranger = f->paper;
	phones_recovery(f, phone);
	opens_current(f, &f->paper);
	assert_int_equal(keychain_box_seq(k, stranger.did, &seq), ERR_NOT_FOUND);
	end(f);
}

static void seeds_lead_back(void **state)
{
	struct phones *f = begin(), *other;
	struct invite_keys code;
	struct phone *phone = phones_add(f, &f->all[0]);
	uint8_t seed[EPOCH_SEED];
	struct link link;

	(void)state;
	phones_rotate(f, phone);
	phones_revoke(f, phone, &f->all[0]);
	phones_recovery(f, phone);
	for (uint32_t n = f->epoch; n > 1; n--) {
		phones_link(f, keychain_epoch_seq(f->p->chain, n), &link);
		assert_int_equal(keychain_open_prev(f->p->chain, &link, f->seeds[n], seed), 0);
		assert_memory_equal(seed, f->seeds[n - 1], EPOCH_SEED);
		assert_int_equal(keychain_open_prev(f->p->chain, &link, f->seeds[n - 1], seed), ERR_OPEN);
		assert_memory_not_equal(seed, f->seeds[n - 1], EPOCH_SEED);
	}
	/* a link that began no epoch, the first, and another person's */
	phones_link(f, 1, &link);
	assert_int_equal(keychain_open_prev(f->p->chain, &link, f->seeds[1], seed), ERR_LINK);
	phones_link(f, 0, &link);
	assert_int_equal(keychain_open_prev(f->p->chain, &link, f->seeds[1], seed), ERR_LINK);
	people_code(&pp, &code);
	other = phones_new(&pp, people_new(&pp, &code));
	phones_add(other, &other->all[0]);
	phones_rotate(other, &other->all[0]);
	phones_link(other, 2, &link);
	assert_int_equal(keychain_open_prev(other->p->chain, &link, other->seeds[2], seed), 0);
	assert_int_equal(keychain_open_prev(f->p->chain, &link, other->seeds[2], seed), ERR_LINK);
	assert_int_equal(keychain_open_seed(f->p->chain, &link, &other->all[0].secret, seed), ERR_LINK);
	phones_free(other);
	end(f);
}

static void prev_is_bound(void **state)
{
	uint8_t a[CRYPTO_HASH] = {1}, b[CRYPTO_HASH] = {2}, now[EPOCH_SEED] = {3}, next[EPOCH_SEED] = {4};
	uint8_t prev[EPOCH_PREV], seed[EPOCH_SEED];

	(void)state;
	assert_int_equal(epoch_prev_seal(next, a, 5, now, prev), 0);
	assert_int_equal(epoch_prev_open(next, a, 5, prev, seed), 0);
	assert_memory_equal(seed, now, EPOCH_SEED);
	assert_int_equal(epoch_prev_open(next, b, 5, prev, seed), ERR_OPEN);
	assert_int_equal(epoch_prev_open(next, a, 6, prev, seed), ERR_OPEN);
	assert_int_equal(epoch_prev_open(now, a, 5, prev, seed), ERR_OPEN);
	for (size_t i = 0; i < sizeof prev; i++) {
		prev[i] ^= 1;
		assert_int_equal(epoch_prev_open(next, a, 5, prev, seed), ERR_OPEN);
		prev[i] ^= 1;
	}
}

static void replay_gives_the_same(void **state)
{
	struct phones *f = begin();
	struct phone *phone = phones_add(f, &f->all[0]);
	struct keychain *k;
	struct link link;

	(void)state;
	phones_revoke(f, phone, &f->all[0]);
	phones_recovery(f, phone);
	assert_int_equal(keychain_replay(f->links[0].data, f->links[0].len, &k), 0);
	for (size_t i = 1; i < f->n_links; i++) {
		struct buf b;

		/* as others are served it */
		phones_link(f, i, &link);
		buf_init(&b, 0);
		assert_int_equal(link_put(&link, LINK_WITHOUT_BOXES, &b), 0);
		assert_int_equal(link_parse(b.data, b.len, &link), 0);
		assert_int_equal(keychain_apply_replay(k, &link), 0);
		buf_wipe(&b);
	}
	assert_memory_equal(keychain_head_hash(k), keychain_head_hash(f->p->chain), CRYPTO_HASH);
	assert_int_equal(keychain_ever(k), keychain_ever(f->p->chain));
	for (size_t i = 0; i < keychain_ever(k); i++)
		assert_memory_equal(keychain_ever_at(k, i), keychain_ever_at(f->p->chain, i), sizeof(struct keychain_device));
	keychain_free(k);
	end(f);
}

/* A change of any byte of any link is refused, and so is a link in another place. */
static void damage_is_refused(void **state)
{
	struct phones *f = begin();
	struct phone *phone = phones_add(f, &f->all[0]);
	struct link link;
	struct mutate m;

	(void)state;
	phones_add(f, &f->paper);
	phones_revoke(f, phone, &f->all[0]);
	phones_rotate(f, phone);
	phones_recovery(f, phone);
	for (size_t i = 1; i < f->n_links; i++) {
		struct keychain *k = phones_chain(f, i);

		for (mutate_begin(&m, MUTATE_BYTES | MUTATE_CUT_END | MUTATE_CUT_START | MUTATE_GROW, f->links[i].data,
		                  f->links[i].len);
		     mutate_next(&m);)
			if (link_parse(m.data, m.len, &link) == 0 && keychain_apply(k, &link) == 0)
				fail_msg("link %zu accepted: %s", i, mutate_what(&m));
		assert_int_equal(keychain_links(k), i);
		for (size_t other = 0; other < f->n_links; other++)
			if (other != i) {
				phones_link(f, other, &link);
				assert_int_equal(keychain_apply(k, &link), ERR_LINK);
			}
		phones_link(f, i, &link);
		assert_int_equal(keychain_apply(k, &link), 0);
		keychain_free(k);
	}
	end(f);
}

static void sixteen_devices(void **state)
{
	struct phones *f = begin();
	struct phone more;
	struct buf b;

	(void)state;
	while (keychain_devices(f->p->chain) < KEYCHAIN_DEVICES_MAX)
		phones_add(f, &f->all[f->n - 1]);
	phones_rotate(f, &f->all[3]);
	for (size_t i = 0; i < f->n; i++)
		opens_current(f, &f->all[i]);
	opens_current(f, &f->paper);
	buf_init(&b, 0);
	phones_draw(&pp, &more);
	assert_int_equal(phones_sign_add(f, &f->all[0], &more, &b), ERR_LINK);
	assert_int_equal(b.len, 0);
	phones_revoke(f, &f->all[0], &f->all[1]);
	assert_int_equal(phones_sign_add(f, &f->all[0], &more, &b), 0);
	assert_int_equal(phones_apply(f, &b), 0);
	assert_int_equal(keychain_devices(f->p->chain), KEYCHAIN_DEVICES_MAX);
	buf_wipe(&b);
	end(f);
}

static void many_out_at_once(void **state)
{
	struct phones *f = begin();
	const struct phone *whom[PHONES_MAX] = {NULL};
	struct buf b;

	(void)state;
	while (keychain_devices(f->p->chain) < KEYCHAIN_DEVICES_MAX)
		phones_add(f, &f->all[0]);
	for (size_t i = 0; i < KEYCHAIN_DEVICES_MAX; i++)
		whom[i] = &f->all[i];
	whom[KEYCHAIN_DEVICES_MAX] = &f->paper;
	buf_init(&b, 0);
	/* oneself among them; none; more than there can be; one twice */
	assert_int_equal(phones_sign_revoke(f, &f->all[0], whom, 16, &b), ERR_LINK);
	assert_int_equal(phones_sign_revoke(f, &f->all[0], whom, 0, &b), ERR_LINK);
	assert_int_equal(phones_sign_revoke(f, &f->all[0], whom, 17, &b), ERR_LINK);
	whom[15] = whom[14];
	assert_int_equal(phones_sign_revoke(f, &f->all[0], whom + 1, 15, &b), ERR_LINK);
	whom[15] = &f->all[15];
	assert_int_equal(phones_sign_revoke(f, &f->all[0], whom + 1, 15, &b), 0);
	assert_int_equal(phones_apply(f, &b), 0);
	assert_int_equal(keychain_devices(f->p->chain), 1);
	buf_wipe(&b);
	end(f);
}

static void epochs_end(void **state)
{
	struct phones *f = begin();
	struct buf b;

	(void)state;
	while (f->epoch < KEYCHAIN_EPOCHS_MAX)
		phones_rotate(f, &f->all[0]);
	buf_init(&b, 0);
	assert_int_equal(phones_sign_rotate(f, &f->all[0], &b), ERR_SHAPE);
	phones_add(f, &f->all[0]);
	assert_int_equal(keychain_epoch(f->p->chain)->number, KEYCHAIN_EPOCHS_MAX);
	buf_wipe(&b);
	end(f);
}

static void makers_refuse(void **state)
{
	struct phones *f = begin();
	struct phone *phone = phones_add(f, &f->all[0]), *gone = phones_add(f, phone), stranger;
	const struct phone *whom[1] = {phone};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	phones_draw(&pp, &stranger);
	phones_revoke(f, phone, gone);
	/* signers: nobody's, one that is out, the paper device for what it may not */
	assert_int_equal(phones_sign_rotate(f, &stranger, &b), ERR_LINK);
	assert_int_equal(phones_sign_rotate(f, gone, &b), ERR_LINK);
	assert_int_equal(phones_sign_add(f, gone, &stranger, &b), ERR_LINK);
	assert_int_equal(phones_sign_rotate(f, &f->paper, &b), ERR_LINK);
	assert_int_equal(phones_sign_revoke(f, &f->paper, whom, 1, &b), ERR_LINK);
	assert_int_equal(phones_sign_recovery(f, &f->paper, &stranger, &b), ERR_LINK);
	/* whom: a stranger, one who is out already, the paper device */
	whom[0] = &stranger;
	assert_int_equal(phones_sign_revoke(f, phone, whom, 1, &b), ERR_LINK);
	whom[0] = gone;
	assert_int_equal(phones_sign_revoke(f, phone, whom, 1, &b), ERR_LINK);
	whom[0] = &f->paper;
	assert_int_equal(phones_sign_revoke(f, phone, whom, 1, &b), ERR_LINK);
	/* keys that were here: active, out, paper; and one key of three */
	assert_int_equal(phones_sign_add(f, phone, &f->all[0], &b), ERR_KEY);
	assert_int_equal(phones_sign_add(f, phone, gone, &b), ERR_KEY);
	assert_int_equal(phones_sign_add(f, phone, &f->paper, &b), ERR_KEY);
	assert_int_equal(phones_sign_recovery(f, phone, &f->paper, &b), ERR_KEY);
	assert_int_equal(phones_sign_recovery(f, phone, gone, &b), ERR_KEY);
	memcpy(stranger.secret.seal, gone->secret.seal, CRYPTO_KEY);
	assert_int_equal(phones_sign_add(f, phone, &stranger, &b), ERR_KEY);
	assert_int_equal(b.len, 0);
	/* a seed that is not the current one, and one that was in use */
	memcpy(f->seeds[0], f->seeds[f->epoch], EPOCH_SEED);
	memcpy(f->seeds[f->epoch], f->seeds[1], EPOCH_SEED);
	assert_int_equal(phones_sign_rotate(f, phone, &b), ERR_OPEN);
	assert_int_equal(phones_sign_add(f, phone, &stranger, &b), ERR_OPEN);
	memcpy(f->seeds[f->epoch], f->seeds[0], EPOCH_SEED);
	assert_int_equal(keychain_sign_rotate(&(struct keychain_sign){f->p->chain, &phone->secret, 1},
	                                      &(struct keychain_sign_seeds){f->seeds[f->epoch], f->seeds[1]}, &b),
	                 ERR_KEY);
	buf_wipe(&b);
	end(f);
}

static void a_core_is_read_before_it_is_signed(void **state)
{
	struct phones *f = begin();
	uint8_t pops[KEYCHAIN_SIGN_POPS][CRYPTO_SIG], genesis[KEYCHAIN_GENESIS];
	struct device_public pub;
	struct crypto_bytes core;
	struct phone d;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	phones_draw(&pp, &d);
	assert_int_equal(keychain_prove_device(&d.secret, f->p->genesis, &b, pops), 0);
	core = (struct crypto_bytes){b.data, b.len};
	assert_int_equal(keychain_read_device(&core, pops, genesis, &pub), 0);
	assert_memory_equal(genesis, f->p->genesis, KEYCHAIN_GENESIS);
	assert_memory_equal(&pub, &d.pub, sizeof pub);
	pops[1][3] ^= 1;
	assert_int_equal(keychain_read_device(&core, pops, genesis, &pub), ERR_SIGNATURE);
	pops[1][3] ^= 1;
	b.data[1] = 2;
	assert_int_equal(keychain_read_device(&core, pops, genesis, &pub), ERR_SUITE);
	b.data[1] = 1;
	core.len--;
	assert_int_equal(keychain_read_device(&core, pops, genesis, &pub), ERR_PROTO);
	memcpy(d.secret.tls, d.secret.sign, CRYPTO_KEY);
	assert_int_equal(keychain_prove_device(&d.secret, f->p->genesis, &b, pops), ERR_KEY);
	buf_wipe(&b);
	end(f);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(devices_come_and_go),
	    cmocka_unit_test(what_was_when),
	    cmocka_unit_test(seeds_reach_every_device),
	    cmocka_unit_test(seeds_lead_back),
	    cmocka_unit_test(prev_is_bound),
	    cmocka_unit_test(replay_gives_the_same),
	    cmocka_unit_test(damage_is_refused),
	    cmocka_unit_test(sixteen_devices),
	    cmocka_unit_test(many_out_at_once),
	    cmocka_unit_test(epochs_end),
	    cmocka_unit_test(makers_refuse),
	    cmocka_unit_test(a_core_is_read_before_it_is_signed),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
