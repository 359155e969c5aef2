/* test_clinic_join: how a clinic begins and how people come into it: codes used once, in time, by whom they were made
 * for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/clinic.h"
#include "proto/clinic_sign.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "tests/unit/support/people.h"

static struct people pp;
static struct people_cast who;

static int begin(void **state)
{
	(void)state;
	people_begin(&pp, 2);
	people_cast(&pp, &who);
	return 0;
}

static int end(void **state)
{
	(void)state;
	people_end(&pp);
	return 0;
}

static int apply(struct buf *b)
{
	struct clinic_head before, after;
	size_t members = clinic_members(pp.clinic);
	int err;

	clinic_head(pp.clinic, &before);
	err = people_apply(&pp, b->data, b->len);
	if (err) {
		clinic_head(pp.clinic, &after);
		assert_memory_equal(&before, &after, sizeof before);
		assert_int_equal(clinic_members(pp.clinic), members);
	}
	buf_wipe(b);
	return err;
}

/* --- founding --- */

static int found(struct people *q, const struct clinic_sign_genesis *o)
{
	struct buf b;
	int err;

	buf_init(&b, 0);
	assert_int_equal(clinic_sign_genesis(o, &b), 0);
	err = people_apply(q, b.data, b.len);
	buf_wipe(&b);
	return err;
}

static void clinic_begins_with_its_founder(void **state)
{
	struct clinic_sign_genesis good, o;
	struct invite_keys code, other;
	struct clinic_head head;
	struct person *admin;
	struct people q;

	(void)state;
	people_begin(&q, 3);
	people_code(&q, &code);
	people_code(&q, &other);
	admin = people_new(&q, &code);
	good = (struct clinic_sign_genesis){&admin->device, admin->genesis, code.public, q.now_ms};
	assert_null(clinic_id(q.clinic));
	assert_false(clinic_head(q.clinic, &head));
	assert_null(clinic_pins(q.clinic));
	assert_int_equal(clinic_policy(q.clinic, CLINIC_POLICY_RETAIN_DAYS), 2557);
	o = good;
	o.founding = other.public; /* not the code this admin joined with */
	assert_int_equal(found(&q, &o), ERR_LINK);
	o = good;
	o.device = &admin->recovery;
	assert_int_equal(found(&q, &o), ERR_ROLE);
	o = good;
	o.admin = code.public; /* nobody's key chain */
	assert_int_equal(found(&q, &o), ERR_NOT_FOUND);
	assert_int_equal(found(&q, &good), 0);
	assert_int_equal(clinic_role(q.clinic, admin->genesis), ROLE_ADMIN);
	assert_true(clinic_head(q.clinic, &head));
	assert_int_equal(head.seq, 0);
	assert_memory_equal(head.hash, clinic_id(q.clinic), CRYPTO_HASH);
	assert_int_equal(found(&q, &good), ERR_LINK); /* once */
	people_end(&q);
}

static void nothing_comes_before_the_genesis(void **state)
{
	struct clinic *empty;
	struct link l;

	(void)state;
	assert_int_equal(clinic_new(&(struct clinic_lookup){people_lookup, &pp}, &empty), 0);
	people_link(&pp, 1, &l);
	assert_int_equal(clinic_apply(empty, &l), ERR_LINK);
	assert_int_equal(link_parse(who.admin->link.data, who.admin->link.len, &l), 0);
	assert_int_equal(clinic_apply(empty, &l), ERR_LINK); /* a person is no clinic */
	people_link(&pp, 0, &l);
	assert_int_equal(clinic_apply(empty, &l), 0);
	clinic_free(empty);
}

/* --- joining --- */

struct attempt {
	struct invite_keys code;
	struct person *newcomer;
	uint64_t seq;
	enum role role;
};

static void invite(struct attempt *a, const struct person *by, enum role role)
{
	struct people_invite o = {.by = by, .role = role};

	if (role == ROLE_CLIENT) {
		o.team = &who.therapist;
		o.n_team = 1;
	}
	a->role = role;
	a->seq = people_invite(&pp, &o, &a->code);
	a->newcomer = people_new(&pp, &a->code);
}

static int join(const struct attempt *a)
{
	struct buf b;

	buf_init(&b, 0);
	people_sign_join(&pp, a->newcomer, a->role, a->seq, &b);
	return apply(&b);
}

static const enum role both[] = {ROLE_CLIENT, ROLE_PRESCRIBER};

static void join_uses_its_invitation_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct clinic_invite *invitation;
		const struct clinic_member *m;
		struct attempt a, second;

		invite(&a, who.admin, both[i]);
		invitation = clinic_invite(pp.clinic, a.seq);
		assert_false(invitation->used);
		assert_null(invitation->joined);
		assert_memory_equal(invitation->inviter->genesis, who.admin->genesis, KEYCHAIN_GENESIS);
		assert_int_equal(join(&a), 0);
		m = clinic_member(pp.clinic, a.newcomer->genesis);
		assert_true(invitation->used);
		assert_ptr_equal(invitation->joined, m);
		assert_int_equal(m->role, both[i]);
		assert_int_equal(m->joined_seq, pp.n_links - 1);
		assert_true(m->active);
		/* The same code again, by the same person and by another. */
		assert_int_equal(join(&a), ERR_CODE_USED);
		second = a;
		second.newcomer = people_new(&pp, &a.code);
		assert_int_equal(join(&second), ERR_CODE_USED);
	}
}

static void join_is_in_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct attempt a;
		uint64_t now = pp.now_ms;

		invite(&a, who.admin, both[i]);
		pp.now_ms = now + PEOPLE_WEEK + 1;
		assert_int_equal(join(&a), ERR_CODE_EXPIRED);
		pp.now_ms = now + PEOPLE_WEEK;
		assert_int_equal(join(&a), 0);
		pp.now_ms = now;
	}
}

static void join_is_signed_by_the_invitation(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct attempt a, other;
		struct person forger;
		struct buf b;

		invite(&a, who.admin, both[i]);
		invite(&other, who.admin, both[i]);
		/* Another code's key: it does not even name this invitation. */
		other.seq = a.seq;
		assert_int_equal(join(&other), ERR_ROLE);
		/* It names it, but has not signed. */
		forger = *other.newcomer;
		memcpy(forger.did, a.code.public, LINK_SIGNER);
		buf_init(&b, 0);
		people_sign_exactly(&pp, &forger,
		                    &(struct clinic_body){.type = CLINIC_JOIN,
		                                          .confined = both[i] == ROLE_CLIENT,
		                                          .has_about = both[i] == ROLE_CLIENT,
		                                          .about = both[i] == ROLE_CLIENT ? a.seq : 0,
		                                          .invite_seq = a.seq},
		                    &b);
		assert_int_equal(apply(&b), ERR_SIGNATURE);
		assert_int_equal(join(&a), 0);
	}
}

static void newcomer_was_made_with_the_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct attempt a, mixed;
		struct invite_keys unknown;
		struct person *stranger;

		invite(&a, who.admin, both[i]);
		people_code(&pp, &unknown);
		stranger = people_new(&pp, &unknown);
		/* The holder of the code names somebody who never used it; or somebody already here; or nobody known. */
		mixed = a;
		mixed.newcomer = &(struct person){.invite = a.code};
		memcpy(mixed.newcomer->genesis, stranger->genesis, KEYCHAIN_GENESIS);
		assert_int_equal(join(&mixed), ERR_LINK);
		memcpy(mixed.newcomer->genesis, who.prescriber->genesis, KEYCHAIN_GENESIS);
		assert_int_equal(join(&mixed), ERR_LINK);
		memset(mixed.newcomer->genesis, 1, KEYCHAIN_GENESIS);
		assert_int_equal(join(&mixed), ERR_NOT_FOUND);
		assert_int_equal(join(&a), 0);
	}
}

static void confinement_follows_the_role(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct attempt a;
		enum role right;

		invite(&a, who.admin, both[i]);
		right = a.role;
		a.role = both[1 - i];
		assert_int_equal(join(&a), ERR_LINK);
		a.role = right;
		assert_int_equal(join(&a), 0);
	}
}

static void join_names_an_invitation(void **state)
{
	static const uint64_t others[] = {0, 1, 2, 4, 8, 99, UINT64_MAX}; /* genesis, pin, policy, joins, beyond */
	struct attempt a;
	uint64_t right;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		invite(&a, who.admin, both[i]);
		right = a.seq;
		for (size_t j = 0; j < sizeof others / sizeof others[0]; j++) {
			a.seq = others[j];
			assert_int_equal(join(&a), ERR_LINK);
		}
		a.seq = right;
		assert_int_equal(join(&a), 0);
	}
}

/* A device belongs to one person, or a connection would not say who it is. */
static void devices_are_not_shared(void **state)
{
	struct attempt a;
	struct device_secret own;

	(void)state;
	invite(&a, who.admin, ROLE_MEDICAL);
	own = a.newcomer->device;
	a.newcomer->device = who.therapist->device;
	people_remake(&pp, a.newcomer);
	assert_int_equal(join(&a), ERR_LINK);
	a.newcomer->device = own;
	people_remake(&pp, a.newcomer);
	assert_int_equal(join(&a), 0);
}

/* --- an invitation is as good as its inviter --- */

static void invitation_ends_with_its_inviter(void **state)
{
	struct person *second = people_staff(&pp, who.admin, ROLE_ADMIN);
	struct attempt staff, client, kept;

	(void)state;
	invite(&staff, second, ROLE_ADMIN);
	invite(&client, second, ROLE_CLIENT);
	invite(&kept, who.admin, ROLE_ADMIN);
	people_remove(&pp, who.admin, second);
	assert_int_equal(join(&staff), ERR_CODE_EXPIRED);
	assert_int_equal(join(&client), ERR_CODE_EXPIRED);
	assert_int_equal(join(&kept), 0);
}

static void invitation_ends_with_its_inviters_right(void **state)
{
	struct person *second = people_staff(&pp, who.admin, ROLE_ADMIN);
	struct attempt staff, client, later;

	(void)state;
	invite(&staff, second, ROLE_MEDICAL);
	invite(&client, second, ROLE_CLIENT);
	invite(&later, second, ROLE_CLIENT);
	people_role(&pp, who.admin, second, ROLE_THERAPIST);
	assert_int_equal(join(&staff), ERR_CODE_EXPIRED);
	assert_int_equal(join(&client), 0); /* a therapist may invite clients */
	people_role(&pp, who.admin, second, ROLE_AUDITOR);
	assert_int_equal(join(&later), ERR_CODE_EXPIRED);
	people_role(&pp, who.admin, second, ROLE_ADMIN);
	assert_int_equal(join(&later), 0);
	assert_int_equal(join(&staff), 0);
}

static void team_is_who_is_still_there(void **state)
{
	const struct clinic_member *team[CLINIC_TEAM_MAX];
	struct invite_keys code;
	struct person *gone = people_staff(&pp, who.admin, ROLE_THERAPIST);
	struct person *listed[] = {gone, who.therapist};
	struct attempt a = {.role = ROLE_CLIENT};

	(void)state;
	a.seq = people_invite(&pp, &(struct people_invite){who.admin, ROLE_CLIENT, listed, 2}, &code);
	a.newcomer = people_new(&pp, &code);
	people_remove(&pp, who.admin, gone);
	assert_int_equal(join(&a), 0);
	assert_int_equal(clinic_team(pp.clinic, a.newcomer->genesis, team), 1);
	assert_memory_equal(team[0]->genesis, who.therapist->genesis, KEYCHAIN_GENESIS);
}

static void removed_people_come_back_as_new_ones(void **state)
{
	struct attempt a;

	(void)state;
	people_remove(&pp, who.admin, who.client);
	invite(&a, who.admin, ROLE_CLIENT);
	assert_int_equal(join(&a), 0);
	assert_int_equal(clinic_role(pp.clinic, who.client->genesis), ROLE_GUEST);
	assert_int_equal(clinic_role(pp.clinic, a.newcomer->genesis), ROLE_CLIENT);
}

static void invitations_are_found(void **state)
{
	const struct clinic_invite *i;
	struct attempt a;

	(void)state;
	invite(&a, who.therapist, ROLE_CLIENT);
	assert_int_equal(clinic_invites(pp.clinic), 4);
	i = clinic_invite_by_key(pp.clinic, a.code.public);
	assert_non_null(i);
	assert_ptr_equal(clinic_invite(pp.clinic, a.seq), i);
	assert_ptr_equal(clinic_invite_at(pp.clinic, 3), i);
	assert_null(clinic_invite_at(pp.clinic, 4));
	assert_int_equal(i->seq, a.seq);
	assert_int_equal(i->n_staff, 1);
	assert_memory_equal(i->staff[0]->genesis, who.therapist->genesis, KEYCHAIN_GENESIS);
	assert_null(clinic_invite(pp.clinic, 0));
	assert_null(clinic_invite(pp.clinic, clinic_member(pp.clinic, who.client->genesis)->joined_seq));
	assert_null(clinic_invite(pp.clinic, 99));
	a.code.public[31] ^= 1; /* the same first bytes */
	assert_null(clinic_invite_by_key(pp.clinic, a.code.public));
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(clinic_begins_with_its_founder),
	    TEST(nothing_comes_before_the_genesis),
	    TEST(join_uses_its_invitation_up),
	    TEST(join_is_in_time),
	    TEST(join_is_signed_by_the_invitation),
	    TEST(newcomer_was_made_with_the_code),
	    TEST(confinement_follows_the_role),
	    TEST(join_names_an_invitation),
	    TEST(devices_are_not_shared),
	    TEST(invitation_ends_with_its_inviter),
	    TEST(invitation_ends_with_its_inviters_right),
	    TEST(team_is_who_is_still_there),
	    TEST(removed_people_come_back_as_new_ones),
	    TEST(invitations_are_found),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
