/* test_authz: the whole truth table of authz_record, held against the rules of PROTOCOL section 7 written down a second
 * time, as plain lists of what is allowed rather than as masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/authz.h"
#include "proto/err.h"
#include "proto/record.h"
#include "proto/role.h"

static const char role_letters[] = "GCTPMAU"; /* guest client therapist prescriber medical admin auditor */

/* Which roles may do what at all, and with what kinds of audience and target. */
static const struct allowed {
	uint8_t record_class, op;
	const char *roles, *deadline_roles;
	unsigned audience, targets;
	bool target_needed;
} allowed[] = {
    {0, 0, "CTPMAU", "", 0, 0, false},
    {1, 0, "CTPM", "TPM", 1 | 2, 0, false},
    {1, 1, "CTPM", "TPM", 1 | 2, 0, false},
    {1, 2, "CTPM", "", 1 | 2, 1, true},
    {0, 3, "CTPMAU", "", 0, 1, true},
    {1, 3, "CTPM", "", 1 | 2, 1, true},
    {2, 3, "TPM", "", 1 | 2 | 4, 1, true},
    {1, 5, "CTPM", "", 1 | 2, 2, true},
    {2, 0, "TPM", "TPM", 1 | 2 | 4, 0, false},
    {2, 5, "TPM", "", 1 | 2 | 4, 2, true},
    {3, 0, "CTPMAU", "", 1 | 2 | 4 | 8, 0, false},
    {3, 4, "CTPMAU", "", 1 | 2 | 4 | 8, 2, true},
};

static bool may(uint8_t role, const struct authz_record *r)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		const struct allowed *a = &allowed[i];
		if (a->record_class != r->record_class || a->op != r->op)
			continue;
		const char *roles = r->deadline ? a->deadline_roles : a->roles;
		if (role > 6 || !strchr(roles, role_letters[role]))
			return false;
		for (unsigned bit = 1; bit <= 16; bit *= 2)
			if ((r->audience & bit) && !(a->audience & bit))
				return false;
		for (unsigned bit = 1; bit <= 4; bit *= 2)
			if ((r->targets & bit) && !(a->targets & bit))
				return false;
		return !a->target_needed || r->targets;
	}
	return false;
}

static void test_truth_table(void **state)
{
	(void)state;
	unsigned cells = 0, yes = 0;
	for (unsigned role = 0; role <= 7; role++)
		for (unsigned cls = 0; cls <= 5; cls++)
			for (unsigned op = 0; op <= 7; op++)
				for (unsigned audience = 0; audience < 32; audience++)
					for (unsigned rest = 0; rest < 16; rest++) {
						struct authz_record r = {(uint8_t)cls, (uint8_t)op, rest & 1, audience, rest >> 1};
						int got = authz_record((uint8_t)role, &r);
						assert_int_equal(got == 0, may((uint8_t)role, &r));
						assert_true(got <= 0);
						cells++;
						yes += got == 0;
					}
	assert_int_equal(cells, 8 * 6 * 8 * 32 * 16);
	assert_int_equal(yes, 358 + 6 + 4 * 4 + 3 * 8);
}

static void refused(uint8_t role, struct authz_record r, int err)
{
	assert_int_equal(authz_record(role, &r), err);
}

static void test_reasons(void **state)
{
	(void)state;
	refused(ROLE_CLIENT, (struct authz_record){RECORD_SHARED, RECORD_CONTENT, false, AUTHZ_CARE, 0}, 0);
	refused(ROLE_GUEST, (struct authz_record){RECORD_SHARED, RECORD_CONTENT, false, AUTHZ_CARE, 0}, ERR_GUEST);
	refused(7, (struct authz_record){RECORD_SHARED, RECORD_CONTENT, false, AUTHZ_CARE, 0}, ERR_GUEST);
	refused(ROLE_CLIENT, (struct authz_record){RECORD_SHARED, RECORD_CONTENT, false, AUTHZ_STRANGER, 0}, ERR_NO_GRANT);
	refused(ROLE_CLIENT, (struct authz_record){RECORD_PRIVATE, RECORD_CONTENT, false, AUTHZ_CARE, 0}, ERR_NO_GRANT);
	refused(ROLE_CLIENT, (struct authz_record){RECORD_CLINICAL, RECORD_CONTENT, false, AUTHZ_CARE, 0}, ERR_ROLE);
	refused(ROLE_CLIENT, (struct authz_record){RECORD_SHARED, RECORD_CONTENT, true, AUTHZ_CARE, 0}, ERR_ROLE);
	refused(ROLE_ADMIN, (struct authz_record){RECORD_SHARED, RECORD_CONTENT, false, AUTHZ_OFFICE, 0}, ERR_ROLE);
	refused(ROLE_THERAPIST, (struct authz_record){RECORD_CLINICAL, RECORD_CONTENT, false, AUTHZ_OFFICE, 0},
	        ERR_NO_GRANT);
	refused(ROLE_THERAPIST, (struct authz_record){RECORD_PRIVATE, RECORD_SHARE, false, 0, 0}, ERR_CLASS);
	refused(ROLE_THERAPIST, (struct authz_record){RECORD_PRIVATE, RECORD_CONTENT, true, 0, 0}, ERR_CLASS);
	refused(ROLE_THERAPIST, (struct authz_record){4, RECORD_CONTENT, false, 0, 0}, ERR_CLASS);
	refused(ROLE_THERAPIST, (struct authz_record){RECORD_CONTROL, RECORD_TOMBSTONE, false, 0, AUTHZ_OWN}, ERR_CLASS);
	refused(ROLE_CLIENT, (struct authz_record){RECORD_SHARED, RECORD_UNSHARE, false, AUTHZ_CARE, AUTHZ_OWN}, 0);
	refused(ROLE_CLIENT, (struct authz_record){RECORD_SHARED, RECORD_UNSHARE, false, AUTHZ_CARE, AUTHZ_READER},
	        ERR_NOT_AUTHOR);
	refused(ROLE_CLIENT,
	        (struct authz_record){RECORD_SHARED, RECORD_UNSHARE, false, AUTHZ_CARE, AUTHZ_OWN | AUTHZ_UNKNOWN},
	        ERR_TARGET);
	refused(ROLE_CLIENT, (struct authz_record){RECORD_SHARED, RECORD_UNSHARE, false, AUTHZ_CARE, 0}, ERR_TARGET);
	refused(ROLE_PRESCRIBER,
	        (struct authz_record){RECORD_CLINICAL, RECORD_ACKNOWLEDGE, false, AUTHZ_TEAMMATE, AUTHZ_READER}, 0);
	refused(ROLE_PRESCRIBER,
	        (struct authz_record){RECORD_CLINICAL, RECORD_ACKNOWLEDGE, false, AUTHZ_TEAMMATE, AUTHZ_OWN}, ERR_TARGET);
}

static void test_chains(void **state)
{
	(void)state;
	for (unsigned role = 0; role <= 7; role++)
		for (int kind = AUTHZ_CHAIN_CLINIC; kind <= AUTHZ_CHAIN_OTHER; kind++) {
			int want = role == 0 || role == 7 ? ERR_GUEST : kind == AUTHZ_CHAIN_OTHER ? ERR_NOT_FOUND : 0;
			assert_int_equal(authz_chain_get((uint8_t)role, (enum authz_chain)kind), want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_truth_table),
	    cmocka_unit_test(test_reasons),
	    cmocka_unit_test(test_chains),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
