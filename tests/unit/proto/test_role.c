/* test_role: names both ways, who is staff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "proto/err.h"
#include "proto/role.h"

static void names_go_both_ways(void **state)
{
	enum role role;

	(void)state;
	for (unsigned i = ROLE_CLIENT; i <= ROLE_MAX; i++) {
		assert_int_equal(role_from_name(role_name((enum role)i), &role), 0);
		assert_int_equal(role, i);
	}
	assert_string_equal(role_name(ROLE_GUEST), "guest");
	assert_string_equal(role_name((enum role)(ROLE_MAX + 1)), "unknown");
}

static void other_names_are_refused(void **state)
{
	static const char *const names[] = {"guest", "", "Client", "therapist ", "unknown"};
	enum role role = ROLE_ADMIN;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(role_from_name(names[i], &role), ERR_NOT_FOUND);
		assert_int_equal(role, ROLE_GUEST);
	}
}

static void staff_are_members_but_clients(void **state)
{
	(void)state;
	assert_false(role_is_member(ROLE_GUEST));
	assert_true(role_is_member(ROLE_CLIENT));
	assert_true(role_is_member(ROLE_AUDITOR));
	assert_false(role_is_member((enum role)7));
	assert_false(role_is_staff(ROLE_GUEST));
	assert_false(role_is_staff(ROLE_CLIENT));
	for (unsigned i = ROLE_THERAPIST; i <= ROLE_MAX; i++)
		assert_true(role_is_staff((enum role)i));
	assert_false(role_is_staff((enum role)7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_go_both_ways),
	    cmocka_unit_test(other_names_are_refused),
	    cmocka_unit_test(staff_are_members_but_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
