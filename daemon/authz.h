/* authz: may this be done? One pure function from what is asked, who asks and how the people concerned are related.
 * Knows roles, classes, ops and relations as plain values; knows no store, no connection, no chain. Default deny: what
 * no row allows is refused. Deliberately not decided here: what keys decide (who can open a wrap) and what the clinic
 * chain's fold decides (who may sign which link). Source: docs/PROTOCOL.md sections 5.3, 7, 9. Any thread. */
#ifndef KAP_DAEMON_AUTHZ_H
#define KAP_DAEMON_AUTHZ_H

#include <stdbool.h>
#include <stdint.h>

/* How one person in the audience is related to the author, as a bit; an audience is the union of its members. */
enum authz_relation {
	AUTHZ_CARE = 1,      /* one is a client, the other a clinician on that client's team */
	AUTHZ_TEAMMATE = 2,  /* both clinicians, together on at least one team */
	AUTHZ_CLINICIAN = 4, /* both clinicians, no team in common */
	AUTHZ_OFFICE = 8,    /* one of them is an admin or an auditor, and they are related */
	AUTHZ_STRANGER = 16, /* not related, not a member, or removed */
};

/* How the author is related to the records a record refers to, as a bit; several targets are the union. */
enum authz_target {
	AUTHZ_OWN = 1,     /* the author wrote it */
	AUTHZ_READER = 2,  /* the author is in its audience and did not write it */
	AUTHZ_UNKNOWN = 4, /* there is no such record, or the author is not in its audience */
};

/* What is to be stored. */
struct authz_record {
	uint8_t record_class, op; /* the numbers of PROTOCOL section 7 */
	bool deadline;            /* asks for an answer by some time */
	unsigned audience;        /* union of authz_relation over everybody in it but the author; 0: nobody else */
	unsigned targets;         /* union of authz_target; 0: no targets */
};

/* May somebody in `role` (ROLE_GUEST for a device of no member) store `record`? 0, or why not:
 * ERR_GUEST; ERR_ROLE (this role may never); ERR_NO_GRANT (somebody in the audience may not be given this); ERR_CLASS
 * (the op is not of this class, or this class does not allow a deadline); ERR_NOT_AUTHOR (a target is somebody else's);
 * ERR_TARGET (a target is one's own where it must not be, missing, or not readable: what may not be seen and what does
 * not exist are one answer). */
int authz_record(uint8_t role, const struct authz_record *record);

/* May somebody in `role` fetch the links of a chain of this kind? 0, ERR_GUEST, or ERR_NOT_FOUND (so that nobody can
 * probe who exists). */
enum authz_chain { AUTHZ_CHAIN_CLINIC, AUTHZ_CHAIN_OWN, AUTHZ_CHAIN_RELATED, AUTHZ_CHAIN_OTHER };
int authz_chain_get(uint8_t role, enum authz_chain chain);

#endif
