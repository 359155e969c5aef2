/* test_chain_broken: OpenSSL without memory, one allocation after another, under everything that makes or judges
 * devices, epochs, links, key chains, clinics and packets: an error comes back, nothing half-made stays, and the same
 * works afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/clinic_sign.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "tests/unit/support/ossl_mem.h"
#include "tests/unit/support/people.h"

static struct people pp;
static struct people_cast who;

static void assert_zero(const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < len; i++)
		assert_int_equal(b[i], 0);
}

/* Runs f until it gets through. It returns an err, with OpenSSL whole again. */
static void until_it_works(int (*f)(void))
{
	int err = 0;
	size_t failed = 0;

	for (ossl_mem_begin(); ossl_mem_next();) {
		err = f();
		ossl_mem_stop();
		failed += err != 0;
	}
	assert_int_equal(err, 0);
	assert_true(failed > 0);
}

static int make_device(void)
{
	struct device_secret secret;
	struct device_public pub;
	int err;

	memset(&secret, 1, sizeof secret);
	err = device_from_recovery("0123456789ABCDEFGHJKMNPQRS", 26, &secret);
	if (err)
		assert_zero(&secret, sizeof secret);
	if (err)
		return err;
	err = device_public_of(&secret, &pub);
	if (err)
		assert_zero(&pub, sizeof pub);
	return err ? err : device_check(&pub);
}

static int derive_epoch(void)
{
	struct epoch_keys keys;
	int err = epoch_derive(who.client->seed, &keys);

	if (err)
		assert_zero(&keys, sizeof keys);
	return err;
}

static int seal_and_open_box(void)
{
	uint8_t box[EPOCH_BOX], seed[EPOCH_SEED];
	const struct epoch_ref *epoch = keychain_epoch(who.client->chain);
	int err = epoch_box_seal(epoch, &who.client->pub, who.client->seed, box);

	if (err)
		assert_zero(box, sizeof box);
	if (err)
		return err;
	err = epoch_box_open(epoch, &who.client->device, box, seed);
	if (err)
		assert_zero(seed, sizeof seed);
	return err;
}

static int derive_invite(void)
{
	struct invite_keys keys;
	int err = invite_derive("0123456789ABCDEFGHJKMNPQRS", 26, &keys);

	if (err)
		assert_zero(&keys, sizeof keys);
	return err;
}

static int read_person(void)
{
	struct keychain *k;
	int err = keychain_new(who.client->link.data, who.client->link.len, &k);

	assert_int_equal(k == NULL, err != 0);
	keychain_free(k);
	return err;
}

static int make_person(void)
{
	struct keychain_opts o = {.device = &who.client->device,
	                          .recovery = &who.client->recovery,
	                          .seed = who.client->seed,
	                          .invite_seed = who.client->invite.seed};
	struct buf b;
	int err;

	buf_init(&b, 0);
	err = keychain_create(&o, &b);
	if (err)
		assert_int_equal(b.len, 0);
	buf_wipe(&b);
	return err;
}

static int open_seed(void)
{
	uint8_t seed[EPOCH_SEED];
	struct link l;
	int err = link_parse(who.client->link.data, who.client->link.len, &l);

	if (err)
		return err;
	err = keychain_open_seed(who.client->chain, &l, &who.client->device, seed);
	if (err)
		assert_zero(seed, sizeof seed);
	return err;
}

static int sign_clinic(void)
{
	struct clinic_body b = {.type = CLINIC_REMOVE};
	struct buf out;
	int err;

	memcpy(b.genesis, who.client->genesis, KEYCHAIN_GENESIS);
	buf_init(&out, 0);
	err = clinic_sign(pp.clinic, &who.admin->device, 1, &b, &out);
	if (err)
		assert_int_equal(out.len, 0);
	buf_wipe(&out);
	return err;
}

static int seal_and_open_packet(void)
{
	static struct invite_packet packet;
	struct buf b;
	int err;

	packet =
	    (struct invite_packet){.kind = INVITE_FOUNDING, .role = ROLE_ADMIN, .clinic_name = "C", .invitee_name = "N"};
	memcpy(packet.server_tls, pp.server_tls_pub, CRYPTO_KEY);
	memcpy(packet.log, pp.log_pub, CRYPTO_KEY);
	buf_init(&b, 0);
	err = invite_seal(&who.client->invite, &packet, &b);
	if (err)
		assert_int_equal(b.len, 0);
	if (!err) {
		err = invite_open(&who.client->invite, b.data, b.len, &packet);
		if (err)
			assert_zero(&packet, sizeof packet);
	}
	buf_wipe(&b);
	return err;
}

static void making_and_reading(void **state)
{
	static int (*const rows[])(void) = {make_device, derive_epoch, seal_and_open_box, derive_invite,       read_person,
	                                    make_person, open_seed,    sign_clinic,       seal_and_open_packet};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		until_it_works(rows[i]);
}

static struct clinic *up_to(uint64_t n)
{
	struct clinic *c;
	struct link l;

	assert_int_equal(clinic_new(&(struct clinic_lookup){people_lookup, &pp}, &c), 0);
	for (uint64_t seq = 0; seq < n; seq++) {
		people_link(&pp, seq, &l);
		assert_int_equal(clinic_apply(c, &l), 0);
	}
	return c;
}

/* Every link of a chain: while it cannot be judged it takes no effect. */
static void clinic_stays_as_it_was(void **state)
{
	(void)state;
	for (uint64_t seq = 0; seq < pp.n_links; seq++) {
		struct clinic *c = up_to(seq);
		size_t members = clinic_members(c), invites = clinic_invites(c), failed = 0;
		struct link l;
		int err = 0;

		people_link(&pp, seq, &l);
		for (ossl_mem_begin(); ossl_mem_next();) {
			err = clinic_apply(c, &l);
			ossl_mem_stop();
			if (err == 0) {
				clinic_free(c);
				c = up_to(seq);
				continue;
			}
			failed++;
			assert_int_equal(clinic_members(c), members);
			assert_int_equal(clinic_invites(c), invites);
			assert_true(clinic_is_next(c, &l));
		}
		assert_int_equal(err, 0);
		assert_true(failed > 0);
		clinic_free(c);
	}
}

static int set_up(void **state)
{
	(void)state;
	if (crypto_init())
		return -1;
	people_begin(&pp, 12);
	people_cast(&pp, &who);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	people_end(&pp);
	crypto_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(making_and_reading),
	    cmocka_unit_test(clinic_stays_as_it_was),
	};

	return ossl_mem_install() || cmocka_run_group_tests(tests, set_up, tear_down);
}
