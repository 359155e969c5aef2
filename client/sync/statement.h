/* statement: this device adds to the clinic chain: an invitation with its sealed packet, or a change of roles, teams,
 * pins or policy. Compare-and-append: if somebody else was first, the news is read, verified, and the statement signed
 * again. Knows no terminal. */
#ifndef KAP_CLIENT_SYNC_STATEMENT_H
#define KAP_CLIENT_SYNC_STATEMENT_H

#include <stdint.h>

#include "proto/role.h"

struct clinic_body;
struct code;
struct invite_person;
struct vault;

/* Types role, remove, team, server_pin, policy. Errors of clinic_apply (checked here before anything is sent: ERR_ROLE,
 * ERR_LINK...), of contact_open, chains_refresh and rpc_call. ERR_ROLLBACK also when the server says yes and the
 * statement is not in its chain. */
int statement_put(struct vault *vault, const struct clinic_body *body);

struct statement_invite {
	enum role role;
	const char *name; /* what the inviter calls the newcomer, 1..80 characters */
	uint64_t days;    /* how long it may be used */
	uint32_t n_team;  /* for a client: the care team; for staff: none */
	const struct invite_person *team;
};

/* Makes a code, announces the invitation and leaves the packet with the server. The code is the only secret: show it
 * and wipe it. Errors as statement_put; ERR_RANGE: the team. *id (16 bytes) names the invitation in `status`. */
int statement_invite(struct vault *vault, const struct statement_invite *invite, struct code *code, uint8_t id[16]);

#endif
