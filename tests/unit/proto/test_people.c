/* test_people: the made-up clinic that other tests build on is what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "tests/unit/support/people.h"

static void cast_is_a_clinic(void **state)
{
	const struct clinic_member *team[CLINIC_TEAM_MAX];
	struct people_cast who;
	struct people pp;

	(void)state;
	people_begin(&pp, 1);
	people_cast(&pp, &who);
	assert_int_equal(clinic_members(pp.clinic), 4);
	assert_int_equal(clinic_role(pp.clinic, who.admin->genesis), ROLE_ADMIN);
	assert_int_equal(clinic_role(pp.clinic, who.therapist->genesis), ROLE_THERAPIST);
	assert_int_equal(clinic_role(pp.clinic, who.prescriber->genesis), ROLE_PRESCRIBER);
	assert_int_equal(clinic_role(pp.clinic, who.client->genesis), ROLE_CLIENT);
	assert_int_equal(clinic_team(pp.clinic, who.client->genesis, team), 2);
	assert_true(clinic_on_team(pp.clinic, who.therapist->genesis, who.client->genesis));
	assert_true(clinic_on_team(pp.clinic, who.prescriber->genesis, who.client->genesis));
	assert_int_equal(pp.n_links, 3 + 2 * 3);
	people_end(&pp);
}

static void numbers_fix_the_keys(void **state)
{
	struct people_cast who[3];
	struct people pp[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		people_begin(&pp[i], i / 2 + 1);
		people_cast(&pp[i], &who[i]);
	}
	assert_memory_equal(&who[0].client->pub, &who[1].client->pub, sizeof(struct device_public));
	assert_memory_not_equal(&who[0].client->pub, &who[2].client->pub, sizeof(struct device_public));
	for (size_t i = 0; i < 3; i++)
		people_end(&pp[i]);
}

static void chance_differs(void **state)
{
	struct people a, b;

	(void)state;
	people_begin(&a, 0);
	people_begin(&b, 0);
	assert_memory_not_equal(a.log_pub, b.log_pub, CRYPTO_KEY);
	people_end(&a);
	people_end(&b);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cast_is_a_clinic),
	    cmocka_unit_test(numbers_fix_the_keys),
	    cmocka_unit_test(chance_differs),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
