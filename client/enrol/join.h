/* join: from a code to a member: fetches and opens the sealed packet, makes this device's keys and the person's first
 * link, uses the invitation up, and checks that the clinic that answers is the one the packet spoke of. With a founding
 * code it begins the clinic. Knows no terminal. Nothing is trusted on first use: the packet says which key the server
 * must prove.
 *
 *     join_connect -> join_packet (show it) -> join_prepare (keys are in the vault, show the recovery code) ->
 * join_commit
 *
 * Interrupted after join_prepare, the same code can be used again: join_resume first. */
#ifndef KAP_CLIENT_ENROL_JOIN_H
#define KAP_CLIENT_ENROL_JOIN_H

#include <stdint.h>

struct code;
struct identity;
struct invite_packet;
struct join;
struct vault;

struct join_opts {
	const char *host;
	uint16_t port;
	const struct code *code; /* of kind invitation or founding; copied */
	unsigned timeout_s;      /* 0: 30 */
};

/* Connects as a guest with fresh device keys, gets the packet, opens it, and compares the server's key with it.
 * ERR_CODE_UNKNOWN, ERR_CODE_USED, ERR_CODE_EXPIRED (also by this device's clock), ERR_OPEN, ERR_PIN (another machine
 * answers in the server's place: nothing was sent to it but the invitation's id); errors of rpc_open. */
int join_connect(const struct join_opts *opts, struct join **out);
void join_free(struct join *j); /* wipes; NULL is legal */
const struct invite_packet *join_packet(const struct join *j);

/* Makes the person: epoch seed, recovery code, first link (and, founding, the clinic's first links), and keeps them in
 * the vault with `name`, in one transaction that replaces an earlier attempt. The recovery code is shown to the person
 * and wiped by the caller; it is kept nowhere. */
int join_prepare(struct join *j, struct vault *vault, const char *name, struct code *recovery);

/* Sends the join, reads and verifies the clinic, and marks the identity as joined. Errors as join_connect and
 * chains_refresh; ERR_ROLLBACK, ERR_AUTHOR (invite_check); then nothing was trusted, and the vault still holds the
 * attempt. */
int join_commit(struct join *j, struct vault *vault);

/* Finishes a join whose answer was never seen. 0: it had been accepted and everything is in place. ERR_GUEST: the
 * server never took it; begin again with the code. */
int join_resume(struct vault *vault, struct identity *id, unsigned timeout_s);

#endif
