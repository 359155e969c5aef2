/* test_clinic: who may put what on a clinic's chain, and where. Everything refused leaves the clinic as it was, and the
 * good link that follows is accepted. */
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
	people_begin(&pp, 1);
	people_cast(&pp, &who);
	return 0;
}

static int end(void **state)
{
	(void)state;
	people_end(&pp);
	return 0;
}

/* What is refused must change nothing. */
static int apply(struct buf *b)
{
	struct clinic_head before, after;
	size_t members = clinic_members(pp.clinic), invites = clinic_invites(pp.clinic);
	bool begun = clinic_head(pp.clinic, &before);
	int err = people_apply(&pp, b->data, b->len);

	if (err) {
		assert_int_equal(clinic_head(pp.clinic, &after), begun);
		assert_memory_equal(&before, &after, sizeof before);
		assert_int_equal(clinic_members(pp.clinic), members);
		assert_int_equal(clinic_invites(pp.clinic), invites);
	}
	buf_wipe(b);
	return err;
}

static int say(const struct person *signer, const struct clinic_body *body)
{
	struct buf b;

	buf_init(&b, 0);
	people_sign(&pp, signer, body, &b);
	return apply(&b);
}

static int say_exactly(const struct person *signer, const struct clinic_body *body)
{
	struct buf b;

	buf_init(&b, 0);
	people_sign_exactly(&pp, signer, body, &b);
	return apply(&b);
}

/* --- a good body of each type, always a new one --- */

static struct clinic_body body_of(uint8_t type, const struct person *about)
{
	struct clinic_body b = {.type = type};
	struct invite_keys code;

	if (about != NULL)
		memcpy(b.genesis, about->genesis, KEYCHAIN_GENESIS);
	if (type == CLINIC_INVITE) {
		people_code(&pp, &code);
		memcpy(b.key, code.public, CRYPTO_KEY);
		b.expires_ms = pp.now_ms + PEOPLE_WEEK;
	}
	return b;
}

static void add(struct clinic_body *b, const struct person *p)
{
	memcpy(b->list[b->n_list++], p->genesis, KEYCHAIN_GENESIS);
}

static struct clinic_body invite_staff(void)
{
	struct clinic_body b = body_of(CLINIC_INVITE, NULL);

	b.role = ROLE_MEDICAL;
	return b;
}

static struct clinic_body invite_client(void)
{
	struct clinic_body b = body_of(CLINIC_INVITE, NULL);

	b.role = ROLE_CLIENT;
	add(&b, who.therapist);
	return b;
}

static struct clinic_body role_of(const struct person *p, enum role role)
{
	struct clinic_body b = body_of(CLINIC_ROLE, p);

	b.role = role;
	return b;
}

static struct clinic_body team_of_both(void)
{
	struct clinic_body b = body_of(CLINIC_TEAM, who.client);

	add(&b, who.therapist);
	add(&b, who.prescriber);
	return b;
}

static struct clinic_body pin(void)
{
	struct clinic_body b = {.type = CLINIC_SERVER_PIN, .n_list = 1};

	memcpy(b.list[0], pp.server_tls_pub, CRYPTO_KEY);
	memcpy(b.key, pp.log_pub, CRYPTO_KEY);
	return b;
}

static struct clinic_body policy(enum clinic_policy_key key, uint64_t value)
{
	return (struct clinic_body){.type = CLINIC_POLICY, .n_policy = 1, .policy = {{key, value}}};
}

/* --- who may sign --- */

static struct person *staff_of(enum role role)
{
	return people_staff(&pp, who.admin, role);
}

/* Rows: what is said. Columns: by whom, all of them active members or, at the end, not. */
static void matrix_of_signers(void **state)
{
	enum { SAYS = 8, SIGNERS = 9 };
	static const bool may[SAYS][SIGNERS] = {
	    /* admin, therapist on the team, other therapist, prescriber, medical, auditor, client, stranger, removed admin
	     */
	    {1, 0, 0, 0, 0, 0, 0, 0, 0}, /* invite staff */
	    {1, 1, 0, 0, 0, 0, 0, 0, 0}, /* invite a client */
	    {1, 0, 0, 0, 0, 0, 0, 0, 0}, /* role */
	    {1, 0, 0, 0, 0, 0, 0, 0, 0}, /* remove staff */
	    {1, 0, 0, 0, 0, 0, 0, 0, 0}, /* remove a client */
	    {1, 1, 0, 0, 0, 0, 0, 0, 0}, /* team */
	    {1, 0, 0, 0, 0, 0, 0, 0, 0}, /* server_pin */
	    {1, 0, 0, 0, 0, 0, 0, 0, 0}, /* policy */
	};
	struct person *gone = staff_of(ROLE_ADMIN), *other = staff_of(ROLE_THERAPIST);
	struct invite_keys code;

	(void)state;
	people_code(&pp, &code);
	people_remove(&pp, who.admin, gone);
	for (size_t row = 0; row < SAYS; row++)
		for (size_t column = SIGNERS; column-- > 0;) {
			struct person *target = staff_of(ROLE_MEDICAL);
			struct person *signers[SIGNERS] = {who.admin,      who.therapist,          other,
			                                   who.prescriber, staff_of(ROLE_MEDICAL), staff_of(ROLE_AUDITOR),
			                                   who.client,     people_new(&pp, &code), gone};
			struct person *victim =
			    people_join(&pp, &(struct people_invite){who.admin, ROLE_CLIENT, &who.therapist, 1});
			struct clinic_body says[SAYS] = {invite_staff(),
			                                 invite_client(),
			                                 role_of(target, ROLE_AUDITOR),
			                                 body_of(CLINIC_REMOVE, target),
			                                 body_of(CLINIC_REMOVE, victim),
			                                 team_of_both(),
			                                 pin(),
			                                 policy(CLINIC_POLICY_RETAIN_DAYS, 100)};
			int err = say(signers[column], &says[row]);

			if (err != (may[row][column] ? 0 : ERR_ROLE))
				fail_msg("row %zu, column %zu: %s", row, column, err_name(err));
		}
}

static void therapist_off_the_team_may_not_set_it(void **state)
{
	struct clinic_body only = body_of(CLINIC_TEAM, who.client), both = team_of_both();

	(void)state;
	add(&only, who.prescriber);
	assert_int_equal(say(who.therapist, &only), 0);
	assert_int_equal(say(who.therapist, &both), ERR_ROLE);
	assert_int_equal(say(who.admin, &both), 0);
	assert_int_equal(say(who.therapist, &both), 0);
}

/* The signer named in the link is a member's device, but somebody else's key made the signature; and the paper device,
 * though it is in the person's key chain, signs nothing here. */
static void signature_must_be_the_signers(void **state)
{
	struct person forger = *who.prescriber;
	struct clinic_body b = pin();

	(void)state;
	memcpy(forger.did, who.admin->did, DEVICE_ID);
	assert_int_equal(say_exactly(&forger, &b), ERR_SIGNATURE);
	forger = *who.admin;
	forger.device = who.admin->recovery;
	assert_int_equal(say_exactly(&forger, &b), ERR_SIGNATURE);
	memcpy(forger.did, who.admin->recovery_did, DEVICE_ID);
	assert_int_equal(say_exactly(&forger, &b), ERR_ROLE);
	forger = *who.admin;
	memcpy(forger.device.sign, who.admin->device.tls, CRYPTO_KEY);
	assert_int_equal(say_exactly(&forger, &b), ERR_SIGNATURE);
	assert_int_equal(say_exactly(who.admin, &b), 0);
}

/* --- invitations --- */

static void invitation_lives_as_long_as_policy_says(void **state)
{
	const uint64_t day = 86400000;
	struct clinic_body b;

	(void)state;
	b = invite_staff();
	b.expires_ms = pp.now_ms;
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b.expires_ms = pp.now_ms - 1;
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b.expires_ms = pp.now_ms + 14 * day + 1;
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b.expires_ms = UINT64_MAX;
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b.expires_ms = pp.now_ms + 14 * day;
	assert_int_equal(say(who.admin, &b), 0);
	b = policy(CLINIC_POLICY_INVITE_DAYS, 1);
	assert_int_equal(say(who.admin, &b), 0);
	b = invite_staff();
	b.expires_ms = pp.now_ms + day + 1;
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b.expires_ms = pp.now_ms + 1;
	assert_int_equal(say(who.admin, &b), 0);
}

static void invitation_key_is_new(void **state)
{
	struct clinic_body b = invite_staff(), again = invite_client();

	(void)state;
	assert_int_equal(say(who.admin, &b), 0);
	memcpy(again.key, b.key, CRYPTO_KEY);
	assert_int_equal(say(who.admin, &again), ERR_LINK);
	memcpy(again.key, who.client->invite.public, CRYPTO_KEY); /* used */
	assert_int_equal(say(who.admin, &again), ERR_LINK);
	memcpy(again.key, who.admin->invite.public, CRYPTO_KEY); /* the founding code's */
	assert_int_equal(say(who.admin, &again), ERR_LINK);
	again = invite_client();
	assert_int_equal(say(who.admin, &again), 0);
}

static void lists_name_active_staff(void **state)
{
	struct person *gone = staff_of(ROLE_THERAPIST);
	struct person *outside[3];
	struct invite_keys code;

	(void)state;
	people_code(&pp, &code);
	outside[0] = gone;
	outside[1] = who.client;
	outside[2] = people_new(&pp, &code);
	people_remove(&pp, who.admin, gone);
	for (size_t i = 0; i < 3; i++) {
		struct clinic_body invite = invite_client(), team = team_of_both();

		add(&invite, outside[i]);
		add(&team, outside[i]);
		assert_int_equal(say(who.admin, &invite), ERR_LINK);
		assert_int_equal(say(who.admin, &team), ERR_LINK);
		invite.n_list = 1;
		team.n_list = 2;
		assert_int_equal(say(who.admin, &invite), 0);
		assert_int_equal(say(who.admin, &team), 0);
	}
}

/* --- changes to members --- */

static void last_admin_stays(void **state)
{
	struct clinic_body b = body_of(CLINIC_REMOVE, who.admin);
	struct person *second;

	(void)state;
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b = role_of(who.admin, ROLE_THERAPIST);
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b = role_of(who.admin, ROLE_ADMIN);
	assert_int_equal(say(who.admin, &b), 0);
	second = staff_of(ROLE_ADMIN);
	b = role_of(who.admin, ROLE_THERAPIST);
	assert_int_equal(say(who.admin, &b), 0);
	assert_int_equal(clinic_role(pp.clinic, who.admin->genesis), ROLE_THERAPIST);
	b = body_of(CLINIC_REMOVE, second);
	assert_int_equal(say(second, &b), ERR_LINK);
	b = body_of(CLINIC_REMOVE, who.admin);
	assert_int_equal(say(second, &b), 0);
}

static void roles_are_of_active_staff(void **state)
{
	struct person *gone = staff_of(ROLE_MEDICAL);
	struct clinic_body b = role_of(who.client, ROLE_THERAPIST);

	(void)state;
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b = role_of(gone, ROLE_PRESCRIBER);
	assert_int_equal(say(who.admin, &b), 0);
	assert_int_equal(clinic_role(pp.clinic, gone->genesis), ROLE_PRESCRIBER);
	people_remove(&pp, who.admin, gone);
	b = role_of(gone, ROLE_MEDICAL);
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	memset(b.genesis, 1, KEYCHAIN_GENESIS);
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
}

static void removal_is_once_and_in_its_form(void **state)
{
	struct clinic_body b = body_of(CLINIC_REMOVE, who.prescriber);

	(void)state;
	/* Staff as if a client, a client as if staff. */
	b.confined = b.has_about = true;
	assert_int_equal(clinic_about(pp.clinic, who.client->genesis, &b.about), 0);
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
	b = body_of(CLINIC_REMOVE, who.client);
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
	assert_int_equal(say(who.admin, &b), 0);
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	b = body_of(CLINIC_REMOVE, who.prescriber);
	assert_int_equal(say(who.admin, &b), 0);
	assert_int_equal(say(who.admin, &b), ERR_LINK);
	memset(b.genesis, 1, KEYCHAIN_GENESIS);
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
}

static void removal_ends_places_on_teams(void **state)
{
	const struct clinic_member *team[CLINIC_TEAM_MAX];

	(void)state;
	people_remove(&pp, who.admin, who.therapist);
	assert_int_equal(clinic_team(pp.clinic, who.client->genesis, team), 1);
	assert_memory_equal(team[0]->genesis, who.prescriber->genesis, KEYCHAIN_GENESIS);
	assert_false(clinic_on_team(pp.clinic, who.therapist->genesis, who.client->genesis));
	assert_false(clinic_member(pp.clinic, who.therapist->genesis)->active);
	assert_int_equal(clinic_member(pp.clinic, who.therapist->genesis)->removed_seq, pp.n_links - 1);
	people_remove(&pp, who.admin, who.client);
	assert_int_equal(clinic_team(pp.clinic, who.client->genesis, team), 0);
	assert_false(clinic_on_team(pp.clinic, who.prescriber->genesis, who.client->genesis));
}

static void teams_are_of_active_clients(void **state)
{
	struct clinic_body b = body_of(CLINIC_TEAM, who.prescriber);

	(void)state;
	add(&b, who.therapist);
	b.confined = b.has_about = true;
	assert_int_equal(clinic_about(pp.clinic, who.client->genesis, &b.about), 0);
	assert_int_equal(say_exactly(who.admin, &b), ERR_LINK);
	b = body_of(CLINIC_TEAM, who.client);
	add(&b, who.therapist);
	assert_int_equal(say(who.admin, &b), 0);
	people_remove(&pp, who.admin, who.client);
	assert_int_equal(say(who.admin, &b), ERR_LINK);
}

/* --- pins and policy --- */

static void pins_are_replaced(void **state)
{
	struct clinic_body b = pin();
	const struct clinic_pins *pins = clinic_pins(pp.clinic);

	(void)state;
	assert_int_equal(pins->seq, 1);
	assert_int_equal(pins->n_tls, 1);
	assert_memory_equal(pins->tls[0], pp.server_tls_pub, CRYPTO_KEY);
	assert_memory_equal(pins->log, pp.log_pub, CRYPTO_KEY);
	memcpy(b.list[1], who.admin->pub.tls, CRYPTO_KEY);
	b.n_list = 2;
	assert_int_equal(say(who.admin, &b), 0);
	pins = clinic_pins(pp.clinic);
	assert_int_equal(pins->n_tls, 2);
	assert_int_equal(pins->seq, pp.n_links - 1);
	assert_memory_equal(pins->tls[1], who.admin->pub.tls, CRYPTO_KEY);
}

static void policy_sets_what_it_names(void **state)
{
	struct clinic_body b = policy(CLINIC_POLICY_RETAIN_DAYS, 3650);

	(void)state;
	assert_int_equal(say(who.admin, &b), 0);
	assert_int_equal(clinic_policy(pp.clinic, CLINIC_POLICY_SUITE), 1);
	assert_int_equal(clinic_policy(pp.clinic, CLINIC_POLICY_RETAIN_DAYS), 3650);
	assert_int_equal(clinic_policy(pp.clinic, CLINIC_POLICY_INVITE_DAYS), 14);
	assert_int_equal(clinic_policy(pp.clinic, (enum clinic_policy_key)0), 0);
	assert_int_equal(clinic_policy(pp.clinic, (enum clinic_policy_key)4), 0);
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
	    TEST(matrix_of_signers),
	    TEST(therapist_off_the_team_may_not_set_it),
	    TEST(signature_must_be_the_signers),
	    TEST(invitation_lives_as_long_as_policy_says),
	    TEST(invitation_key_is_new),
	    TEST(lists_name_active_staff),
	    TEST(last_admin_stays),
	    TEST(roles_are_of_active_staff),
	    TEST(removal_is_once_and_in_its_form),
	    TEST(removal_ends_places_on_teams),
	    TEST(teams_are_of_active_clients),
	    TEST(pins_are_replaced),
	    TEST(policy_sets_what_it_names),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
