/* role: the table of roles. Knows names and who is staff, and deliberately no permission. */
#include <stddef.h>
#include <string.h>

#include "err.h"

#include "role.h"

static const char *const names[] = {
    [ROLE_GUEST] = "guest",           [ROLE_CLIENT] = "client",   [ROLE_THERAPIST] = "therapist",
    [ROLE_PRESCRIBER] = "prescriber", [ROLE_MEDICAL] = "medical", [ROLE_ADMIN] = "admin",
    [ROLE_AUDITOR] = "auditor",
};

const char *role_name(enum role role)
{
	return (unsigned)role <= ROLE_MAX ? names[role] : "unknown";
}

int role_from_name(const char *name, enum role *role)
{
	*role = ROLE_GUEST;
	for (unsigned i = ROLE_CLIENT; i <= ROLE_MAX; i++)
		if (strcmp(names[i], name) == 0) {
			*role = (enum role)i;
			return 0;
		}
	return ERR_NOT_FOUND;
}

bool role_is_member(enum role role)
{
	return (unsigned)role >= ROLE_CLIENT && (unsigned)role <= ROLE_MAX;
}

bool role_is_staff(enum role role)
{
	return role_is_member(role) && role != ROLE_CLIENT;
}
