/* test_clinic_devices: which of a member's devices may sign a clinic's links, and what becomes of those a revoked one
 * signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/phones.h"

static struct people pp;
static struct people_cast who;
static struct phones *admin, *client;

static int begin(void **state)
{
	(void)state;
	people_begin(&pp, 1);
	people_cast(&pp, &who);
	admin = phones_new(&pp, who.admin);
	client = phones_new(&pp, who.client);
	return 0;
}

static int end(void **state)
{
	(void)state;
	phones_free(admin);
	phones_free(client);
	people_end(&pp);
	return 0;
}

static void sign_policy(const struct phone *by, struct buf *out)
{
	const struct clinic_body b = {.type = CLINIC_POLICY, .n_policy = 1, .policy = {{CLINIC_POLICY_INVITE_DAYS, 7}}};

	assert_int_equal(clinic_sign(pp.clinic, &by->secret, pp.now_ms, &b, out), 0);
}

static int say_policy(const struct phone *by)
{
	struct buf b;
	int err;

	buf_init(&b, 0);
	sign_policy(by, &b);
	err = people_apply(&pp, b.data, b.len);
	buf_wipe(&b);
	return err;
}

/* All links from the first, with the key chains as they are now. */
static int fold_again(bool verify)
{
	struct clinic *c;
	struct link link;
	int err = clinic_new(&(struct clinic_lookup){people_lookup, &pp}, &c);

	for (uint64_t seq = 0; !err && seq < pp.n_links; seq++) {
		people_link(&pp, seq, &link);
		err = verify ? clinic_apply(c, &link) : clinic_replay(c, &link);
	}
	clinic_free(c);
	return err;
}

static int must_fold_again(void)
{
	assert_int_equal(fold_again(true), fold_again(false));
	return fold_again(true);
}

static void a_device_that_came_later(void **state)
{
	struct phone *phone = phones_add(admin, &admin->all[0]), stranger, *clients;

	(void)state;
	assert_int_equal(say_policy(phone), 0);
	assert_int_equal(must_fold_again(), 0);
	phones_draw(&pp, &stranger);
	assert_int_equal(say_policy(&stranger), ERR_ROLE);
	assert_int_equal(say_policy(&admin->paper), ERR_ROLE);
	clients = phones_add(client, &client->all[0]);
	assert_int_equal(say_policy(clients), ERR_ROLE);
	assert_int_equal(say_policy(phone), 0);
}

/* Who has not read the news of the key chain yet refuses the link; nothing has changed when it has. */
static void a_device_that_is_not_known_yet(void **state)
{
	struct keychain *now, *before = phones_chain(admin, 1);
	struct phone *phone = phones_add(admin, &admin->all[0]);
	struct buf b;

	(void)state;
	now = who.admin->chain;
	buf_init(&b, 0);
	sign_policy(phone, &b);
	who.admin->chain = before;
	assert_int_equal(people_apply(&pp, b.data, b.len), ERR_ROLE);
	who.admin->chain = now;
	assert_int_equal(people_apply(&pp, b.data, b.len), 0);
	keychain_free(before);
	buf_wipe(&b);
}

static void what_a_revoked_device_signed_before(void **state)
{
	struct phone *phone = phones_add(admin, &admin->all[0]);
	struct buf late;

	(void)state;
	assert_int_equal(say_policy(phone), 0);
	assert_int_equal(say_policy(&admin->all[0]), 0);
	/* the head that the revoking link names is one of the phone's own */
	assert_int_equal(say_policy(phone), 0);
	buf_init(&late, 0);
	sign_policy(phone, &late);
	phones_revoke(admin, &admin->all[0], phone);
	assert_int_equal(clinic_check_cuts(pp.clinic, who.admin->chain), 0);
	assert_int_equal(people_apply(&pp, late.data, late.len), ERR_ROLE);
	assert_int_equal(must_fold_again(), 0);
	assert_int_equal(say_policy(&admin->all[0]), 0);
	assert_int_equal(say_policy(phone), ERR_ROLE);
	assert_int_equal(must_fold_again(), 0);
	buf_wipe(&late);
}

/* The device that founded the clinic, and that everything so far was signed with. */
static void the_first_device_revoked(void **state)
{
	struct phone *phone = phones_add(admin, &admin->all[0]);

	(void)state;
	phones_revoke(admin, phone, &admin->all[0]);
	assert_int_equal(must_fold_again(), 0);
	assert_int_equal(say_policy(&admin->all[0]), ERR_ROLE);
	assert_int_equal(say_policy(phone), 0);
	assert_int_equal(must_fold_again(), 0);
	assert_int_equal(clinic_check_cuts(pp.clinic, who.admin->chain), 0);
}

/* Puts the phone out with this clinic head. */
static void revoke_at(const struct phone *phone, uint64_t seq, const uint8_t head[CRYPTO_HASH])
{
	const struct keychain_sign by = {who.admin->chain, &admin->all[0].secret, pp.now_ms};
	const struct keychain_sign_out what = {(const uint8_t(*)[DEVICE_ID])phone->did, 1, seq, head};
	struct keychain_sign_seeds seeds = {admin->seeds[admin->epoch], admin->seeds[admin->epoch + 1]};
	struct buf b;

	buf_init(&b, 0);
	people_draw(&pp, admin->seeds[admin->epoch + 1]);
	assert_int_equal(keychain_sign_revoke(&by, &what, &seeds, &b), 0);
	assert_int_equal(phones_apply(admin, &b), 0);
	buf_wipe(&b);
}

/* A chain of links by the phone and by others; the phone is revoked at `cut`, whose hash is right or not. */
static void try_cut(int64_t cut_from_head, bool right, int want_check, int want_fold)
{
	struct phone *phone = phones_add(admin, &admin->all[0]);
	uint8_t hash[CRYPTO_HASH] = {1};
	struct clinic_head head;
	uint64_t seq;

	assert_int_equal(say_policy(&admin->all[0]), 0);
	assert_int_equal(say_policy(phone), 0); /* two before the head */
	assert_int_equal(say_policy(&admin->all[0]), 0);
	assert_int_equal(say_policy(&admin->all[0]), 0);
	assert_true(clinic_head(pp.clinic, &head));
	seq = (uint64_t)((int64_t)head.seq + cut_from_head);
	if (right)
		memcpy(hash, clinic_hash_at(pp.clinic, seq), CRYPTO_HASH);
	revoke_at(phone, seq, hash);
	assert_int_equal(clinic_check_cuts(pp.clinic, who.admin->chain), want_check);
	assert_int_equal(must_fold_again(), want_fold);
}

static void a_cut_at_the_head(void **state)
{
	(void)state;
	try_cut(0, true, 0, 0);
}
static void a_cut_right_at_its_link(void **state)
{
	(void)state;
	try_cut(-2, true, 0, 0);
}
static void a_cut_right_at_its_link_of_another_chain(void **state)
{
	(void)state;
	try_cut(-2, false, ERR_ROLLBACK, ERR_LINK);
}
static void a_cut_before_its_link(void **state)
{
	(void)state;
	try_cut(-3, true, ERR_ROLLBACK, ERR_ROLE);
}
static void a_cut_of_another_chain(void **state)
{
	(void)state;
	try_cut(-1, false, ERR_ROLLBACK, ERR_LINK);
}
/* The clinic chain is not all here yet. */
static void a_cut_beyond_the_head(void **state)
{
	(void)state;
	try_cut(2, false, 0, 0);
	assert_int_equal(say_policy(&admin->all[0]), 0);
	/* This clinic was folded before the phone was revoked, and so is found out by clinic_check_cuts alone; a new one
	 * refuses the link itself. */
	assert_int_equal(say_policy(&admin->all[0]), 0);
	assert_int_equal(clinic_check_cuts(pp.clinic, who.admin->chain), ERR_ROLLBACK);
	assert_int_equal(must_fold_again(), ERR_LINK);
}

static void cuts_of_a_stranger_say_nothing(void **state)
{
	struct invite_keys code;
	struct phones *nobody;
	struct phone *phone;

	(void)state;
	people_code(&pp, &code);
	nobody = phones_new(&pp, people_new(&pp, &code));
	assert_int_equal(clinic_check_cuts(pp.clinic, nobody->p->chain), 0);
	phone = phones_add(nobody, &nobody->all[0]);
	phones_revoke(nobody, phone, &nobody->all[0]);
	assert_int_equal(clinic_check_cuts(pp.clinic, nobody->p->chain), 0);
	phones_free(nobody);
}

/* A newcomer's devices are those of their first link: what they add later changes nothing about their join. */
static void a_join_does_not_depend_on_later_devices(void **state)
{
	(void)state;
	phones_add(client, &client->all[0]);
	phones_revoke(client, &client->all[1], &client->all[0]);
	assert_int_equal(must_fold_again(), 0);
}

/* Withheld links are judged by their signer, too. */
static void withheld_links_of_a_revoked_device(void **state)
{
	struct phones *t = phones_new(&pp, who.therapist);
	struct phone *phone = phones_add(t, &t->all[0]);
	struct clinic_body b = {.type = CLINIC_TEAM, .n_list = 1};
	struct person *other = people_staff(&pp, who.admin, ROLE_MEDICAL);
	struct clinic *view;
	struct buf bytes;
	struct link link;

	(void)state;
	memcpy(b.genesis, who.client->genesis, KEYCHAIN_GENESIS);
	memcpy(b.list[0], who.therapist->genesis, KEYCHAIN_GENESIS);
	buf_init(&bytes, 0);
	assert_int_equal(clinic_sign(pp.clinic, &phone->secret, pp.now_ms, &b, &bytes), 0);
	view = people_view(&pp, other);
	assert_int_equal(link_parse(bytes.data, bytes.len, &link), 0);
	link.inner = NULL;
	link.inner_len = 0;
	phones_revoke(t, &t->all[0], phone);
	assert_int_equal(clinic_apply(view, &link), ERR_ROLE);
	assert_int_equal(people_apply(&pp, bytes.data, bytes.len), ERR_ROLE);
	buf_wipe(&bytes);
	clinic_free(view);
	phones_free(t);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_device_that_came_later),
	    TEST(a_device_that_is_not_known_yet),
	    TEST(what_a_revoked_device_signed_before),
	    TEST(the_first_device_revoked),
	    TEST(a_cut_at_the_head),
	    TEST(a_cut_right_at_its_link),
	    TEST(a_cut_right_at_its_link_of_another_chain),
	    TEST(a_cut_before_its_link),
	    TEST(a_cut_of_another_chain),
	    TEST(a_cut_beyond_the_head),
	    TEST(cuts_of_a_stranger_say_nothing),
	    TEST(a_join_does_not_depend_on_later_devices),
	    TEST(withheld_links_of_a_revoked_device),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
