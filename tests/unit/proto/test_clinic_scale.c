/* test_clinic_scale: a thousand members and four thousand links: all there, found, and read in time that grows with the
 * chain. The time is printed, and bounded through what can be counted: how often key chains are asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/link.h"
#include "tests/unit/support/people.h"

#define STAFF 50
#define CLIENTS 950
#define LINKS 4000

static struct people pp;
static size_t asked;

static const struct keychain *find(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	asked++;
	return people_lookup(arg, genesis);
}

static void build(struct person *people[STAFF + CLIENTS])
{
	people[0] = people_found(&pp);
	for (size_t i = 1; i < STAFF; i++)
		people[i] = people_staff(&pp, people[0], i % 2 ? ROLE_THERAPIST : ROLE_MEDICAL);
	for (size_t i = 0; i < CLIENTS; i++)
		people[STAFF + i] =
		    people_join(&pp, &(struct people_invite){people[1], ROLE_CLIENT,
		                                             (struct person *[]){people[1], people[i % 48 + 2]}, 2});
	for (size_t i = 0; pp.n_links < LINKS; i++)
		people_set_team(&pp, people[0], people[STAFF + i % CLIENTS], (struct person *[]){people[1], people[i % 48 + 2]},
		                2);
}

static void thousand_members_four_thousand_links(void **state)
{
	static struct person *people[STAFF + CLIENTS];
	const struct clinic_member *team[CLINIC_TEAM_MAX];
	struct clinic *c;
	clock_t began;
	size_t cursor = 0, n = 0;

	(void)state;
	people_begin(&pp, 11);
	build(people);
	assert_int_equal(clinic_new(&(struct clinic_lookup){find, &pp}, &c), 0);
	began = clock();
	for (uint64_t seq = 0; seq < pp.n_links; seq++) {
		struct link l;

		people_link(&pp, seq, &l);
		assert_int_equal(clinic_replay(c, &l), 0);
	}
	printf("# %d links replayed in %.1f ms\n", LINKS, 1000.0 * (double)(clock() - began) / CLOCKS_PER_SEC);
	assert_true(asked <= pp.n_links);
	assert_int_equal(clinic_members(c), STAFF + CLIENTS);
	for (size_t i = 0; i < STAFF + CLIENTS; i++)
		assert_int_equal(clinic_team(c, people[i]->genesis, team), i < STAFF ? 0 : 2);
	while (clinic_client_of(c, people[1]->genesis, &cursor) != NULL)
		n++;
	assert_int_equal(n, CLIENTS);
	clinic_free(c);
	people_end(&pp);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(thousand_members_four_thousand_links)};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
