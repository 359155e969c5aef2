/* test_clinic_see: who is related, and who may see which inner part and which key chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "tests/unit/support/people.h"

/* Everybody the tables speak of. */
enum { ADMIN, OWN, TEAMMATE, OTHER, AUDITOR, GONE, CLIENT, SECOND, LEFT, STRANGER, PEOPLE };

static struct people pp;
static struct person *p[PEOPLE];

static struct person *client_of(struct person *by, struct person **team, size_t n)
{
	return people_join(&pp, &(struct people_invite){by, ROLE_CLIENT, team, n});
}

static int begin(void **state)
{
	struct invite_keys code;

	(void)state;
	people_begin(&pp, 6);
	p[ADMIN] = people_found(&pp);
	p[OWN] = people_staff(&pp, p[ADMIN], ROLE_THERAPIST);
	p[TEAMMATE] = people_staff(&pp, p[ADMIN], ROLE_PRESCRIBER);
	p[OTHER] = people_staff(&pp, p[ADMIN], ROLE_THERAPIST);
	p[AUDITOR] = people_staff(&pp, p[ADMIN], ROLE_AUDITOR);
	p[GONE] = people_staff(&pp, p[ADMIN], ROLE_MEDICAL);
	p[CLIENT] = client_of(p[OWN], (struct person *[]){p[OWN], p[TEAMMATE]}, 2);
	p[SECOND] = client_of(p[OWN], (struct person *[]){p[OWN], p[GONE]}, 2);
	p[LEFT] = client_of(p[OTHER], (struct person *[]){p[OTHER]}, 1);
	people_remove(&pp, p[ADMIN], p[GONE]);
	people_remove(&pp, p[ADMIN], p[LEFT]);
	people_code(&pp, &code);
	p[STRANGER] = people_new(&pp, &code);
	return 0;
}

static int end(void **state)
{
	(void)state;
	people_end(&pp);
	return 0;
}

static void relations(void **state)
{
	static const bool expect[PEOPLE][PEOPLE] = {
	    /*             admin own mate other auditor gone client second left stranger */
	    [ADMIN] = {1, 1, 1, 1, 1, 0, 1, 1, 0, 0},
	    [OWN] = {1, 1, 1, 1, 1, 0, 1, 1, 0, 0},
	    [TEAMMATE] = {1, 1, 1, 1, 1, 0, 1, 0, 0, 0},
	    [OTHER] = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
	    [AUDITOR] = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
	    [GONE] = {0},
	    [CLIENT] = {1, 1, 1, 0, 0, 0, 1, 0, 0, 0},
	    [SECOND] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0},
	    [LEFT] = {0},
	    [STRANGER] = {0},
	};

	(void)state;
	for (size_t i = 0; i < PEOPLE; i++)
		for (size_t j = 0; j < PEOPLE; j++)
			if (clinic_related(pp.clinic, p[i]->genesis, p[j]->genesis) != expect[i][j])
				fail_msg("%zu and %zu", i, j);
}

static void chains(void **state)
{
	/* Related people; staff, also those gone, for all members; a client's who left for whom the join was told. */
	static const bool expect[PEOPLE][PEOPLE] = {
	    /*             admin own mate other auditor gone client second left stranger */
	    [ADMIN] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0},
	    [OWN] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0},
	    [TEAMMATE] = {1, 1, 1, 1, 1, 1, 1, 0, 0, 0},
	    [OTHER] = {1, 1, 1, 1, 1, 1, 0, 0, 1, 0},
	    [AUDITOR] = {1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
	    [GONE] = {0},
	    [CLIENT] = {1, 1, 1, 1, 1, 1, 1, 0, 0, 0},
	    [SECOND] = {1, 1, 1, 1, 1, 1, 0, 1, 0, 0},
	    [LEFT] = {0},
	    [STRANGER] = {0},
	};

	(void)state;
	for (size_t i = 0; i < PEOPLE; i++)
		for (size_t j = 0; j < PEOPLE; j++)
			if (clinic_may_see_chain(pp.clinic, p[i]->genesis, p[j]->genesis) != expect[i][j])
				fail_msg("%zu of %zu", i, j);
}

static void members_are_found(void **state)
{
	uint8_t alike[KEYCHAIN_GENESIS];

	(void)state;
	assert_int_equal(clinic_members(pp.clinic), 9);
	for (size_t i = 0; i < 9; i++) {
		const struct clinic_member *m = clinic_member_at(pp.clinic, i);

		assert_memory_equal(m->genesis, p[i]->genesis, KEYCHAIN_GENESIS);
		assert_ptr_equal(clinic_member(pp.clinic, p[i]->genesis), m);
		assert_ptr_equal(clinic_member_by_pid(pp.clinic, p[i]->genesis), m);
		assert_int_equal(m->active, i != GONE && i != LEFT);
		assert_int_equal(clinic_role(pp.clinic, p[i]->genesis), m->active ? m->role : ROLE_GUEST);
	}
	assert_null(clinic_member_at(pp.clinic, 9));
	assert_null(clinic_member(pp.clinic, p[STRANGER]->genesis));
	assert_null(clinic_member_by_pid(pp.clinic, p[STRANGER]->genesis));
	/* A pid is a locator: the same first half is another identity. */
	memcpy(alike, p[OWN]->genesis, sizeof alike);
	alike[31] ^= 1;
	assert_null(clinic_member(pp.clinic, alike));
}

static void clients_of_staff(void **state)
{
	static const size_t counts[PEOPLE] = {[OWN] = 2, [TEAMMATE] = 1};

	(void)state;
	for (size_t i = 0; i < PEOPLE; i++) {
		const struct clinic_member *m;
		size_t cursor = 0, n = 0;

		for (; (m = clinic_client_of(pp.clinic, p[i]->genesis, &cursor)) != NULL; n++)
			assert_true(clinic_on_team(pp.clinic, p[i]->genesis, m->genesis));
		assert_int_equal(n, counts[i]);
	}
}

/* --- inner parts --- */

static bool sees(uint64_t seq, int who)
{
	return clinic_may_see_inner(pp.clinic, seq, p[who]->genesis);
}

static void assert_seen_by(uint64_t seq, const char *who)
{
	static const char letters[] = "AOMTUGCSLX"; /* in the order of the people */

	for (int i = 0; i < PEOPLE; i++)
		if (sees(seq, i) != (strchr(who, letters[i]) != NULL))
			fail_msg("link %u, person %c", (unsigned)seq, letters[i]);
}

static void open_links_are_for_all_members(void **state)
{
	(void)state;
	for (uint64_t seq = 0; seq < 13; seq++)
		assert_seen_by(seq, "AOMTUCS");
	assert_seen_by(pp.n_links, "");
	assert_seen_by(UINT64_MAX, "");
}

/* Letters: Admin, Own therapist, teamMate, oTher therapist, aUditor, Client. */
static void story_of_a_team(void **state)
{
	uint64_t invite = 13, join = 14, at;

	(void)state;
	assert_seen_by(invite, "AOMC");
	assert_seen_by(join, "AOMC");
	/* The own therapist hands over to the other one: told to those before and after. */
	at = pp.n_links;
	people_set_team(&pp, p[OWN], p[CLIENT], (struct person *[]){p[TEAMMATE], p[OTHER]}, 2);
	assert_seen_by(at, "AOMTC");
	/* What was told stays told; who is on the team now sees the whole story. */
	assert_seen_by(invite, "AOMTC");
	assert_seen_by(join, "AOMTC");
	people_set_team(&pp, p[ADMIN], p[CLIENT], (struct person *[]){p[AUDITOR]}, 1);
	assert_seen_by(at + 1, "AMTUC");
	assert_seen_by(at, "AOMTUC");
	assert_seen_by(join, "AOMUC");
	people_set_team(&pp, p[ADMIN], p[CLIENT], (struct person *[]){p[OWN]}, 1);
	assert_seen_by(at + 2, "AOUC");
	assert_seen_by(at + 1, "AOMTUC");
	assert_seen_by(join, "AOMC");
	people_remove(&pp, p[ADMIN], p[CLIENT]);
	assert_seen_by(at + 3, "AO");
	assert_seen_by(at + 2, "AOU");
	assert_seen_by(at + 1, "AMTU");
	/* An admin who is one no more keeps what they signed, and a new one sees all. */
	people_role(&pp, p[ADMIN], p[TEAMMATE], ROLE_ADMIN);
	people_role(&pp, p[TEAMMATE], p[ADMIN], ROLE_AUDITOR);
	assert_seen_by(at + 3, "AOM");
	assert_seen_by(at, "OMT");
	assert_seen_by(invite, "OM");
}

static void unused_invitation(void **state)
{
	struct invite_keys code;
	uint64_t seq = people_invite(
	    &pp, &(struct people_invite){p[OWN], ROLE_CLIENT, (struct person *[]){p[OWN], p[OTHER]}, 2}, &code);

	(void)state;
	assert_seen_by(seq, "AOT");
	people_remove(&pp, p[ADMIN], p[OTHER]);
	assert_seen_by(seq, "AO");
}

/* --- what is missing --- */

static int missing(const struct clinic *c, int who, uint64_t from, uint64_t *seq)
{
	return clinic_missing(c, p[who]->genesis, from, seq);
}

static void admins_miss_all_and_others_what_is_referred_to(void **state)
{
	struct clinic *view = people_view(&pp, p[AUDITOR]);
	uint64_t seq;

	(void)state;
	/* As the auditor was served: six confined links and one removal came without inner parts. */
	assert_int_equal(missing(view, AUDITOR, 0, &seq), ERR_NOT_FOUND);
	assert_int_equal(missing(view, ADMIN, 0, &seq), 0);
	assert_int_equal(seq, 13);
	assert_int_equal(missing(view, ADMIN, 19, &seq), 0);
	assert_int_equal(seq, pp.n_links - 1);
	assert_int_equal(missing(view, ADMIN, pp.n_links, &seq), ERR_NOT_FOUND);
	assert_int_equal(missing(view, ADMIN, UINT64_MAX, &seq), ERR_NOT_FOUND);
	clinic_free(view);
}

/* Put on a team later: the link that says so is read, changes nothing yet, and leads back along the story. */
static void story_is_followed_back(void **state)
{
	struct clinic *view = people_view(&pp, p[OTHER]);
	uint64_t at = pp.n_links, seq;
	struct link l;

	(void)state;
	people_set_team(&pp, p[ADMIN], p[CLIENT], (struct person *[]){p[OTHER]}, 1);
	people_link(&pp, at, &l);
	assert_int_equal(clinic_apply(view, &l), 0);
	assert_false(clinic_on_team(view, p[OTHER]->genesis, p[CLIENT]->genesis));
	assert_int_equal(missing(view, OTHER, 0, &seq), 0);
	assert_int_equal(seq, 14);
	assert_int_equal(missing(view, OTHER, 15, &seq), ERR_NOT_FOUND);
	clinic_free(view);
	view = people_view(&pp, p[OTHER]);
	assert_true(clinic_on_team(view, p[OTHER]->genesis, p[CLIENT]->genesis));
	assert_int_equal(missing(view, OTHER, 0, &seq), ERR_NOT_FOUND);
	clinic_free(view);
}

/* A server that serves the story with a hole: the hole shows, and nothing after it takes effect. */
static void hole_in_a_story_shows(void **state)
{
	uint64_t at = pp.n_links, seq;
	struct clinic *view;

	(void)state;
	people_set_team(&pp, p[ADMIN], p[CLIENT], &p[OTHER], 1);
	people_set_team(&pp, p[ADMIN], p[CLIENT], &p[OWN], 1);
	assert_int_equal(clinic_new(&(struct clinic_lookup){people_lookup, &pp}, &view), 0);
	for (uint64_t i = 0; i < pp.n_links; i++) {
		struct link l;

		people_link(&pp, i, &l);
		if (i == at)
			l.inner = NULL;
		assert_int_equal(clinic_apply(view, &l), 0);
	}
	assert_int_equal(missing(view, CLIENT, 0, &seq), 0);
	assert_int_equal(seq, at);
	assert_true(clinic_on_team(view, p[TEAMMATE]->genesis, p[CLIENT]->genesis));
	assert_int_equal(clinic_about(view, p[CLIENT]->genesis, &seq), 0);
	assert_int_equal(seq, 14);
	clinic_free(view);
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
	    TEST(relations),
	    TEST(chains),
	    TEST(members_are_found),
	    TEST(clients_of_staff),
	    TEST(open_links_are_for_all_members),
	    TEST(story_of_a_team),
	    TEST(unused_invitation),
	    TEST(admins_miss_all_and_others_what_is_referred_to),
	    TEST(story_is_followed_back),
	    TEST(hole_in_a_story_shows),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
