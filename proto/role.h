/* role: the roles of a clinic's members and their names. Knows nothing of what a role may do, but for who is staff. */
#ifndef KAP_PROTO_ROLE_H
#define KAP_PROTO_ROLE_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers are on the wire (PROTOCOL 5.2). */
enum role {
	ROLE_GUEST = 0, /* nobody's member */
	ROLE_CLIENT = 1,
	ROLE_THERAPIST = 2,
	ROLE_PRESCRIBER = 3,
	ROLE_MEDICAL = 4,
	ROLE_ADMIN = 5,
	ROLE_AUDITOR = 6,
};
#define ROLE_MAX ROLE_AUDITOR

/* "therapist"; "guest" for ROLE_GUEST, "unknown" for a number not in the table. Static. */
const char *role_name(enum role role);
/* ERR_NOT_FOUND for a name that is not a role's; "guest" is none. */
int role_from_name(const char *name, enum role *role);
/* True for client to auditor. */
bool role_is_member(enum role role);
/* True for members that are not clients. */
bool role_is_staff(enum role role);

#endif
