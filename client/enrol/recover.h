/* recover: a paper recovery code brings a person back on a new machine: as the paper device it finds the person, proves
 * their key chain by the paper's own keys in it and the clinic's by the join in it, and adds this machine. Knows no
 * terminal.
 *
 *     recover_connect -> recover_prepare (this machine's keys are in the vault) -> recover_commit
 *
 * Interrupted after recover_prepare: recover_resume first; else the same code with the same keys. What comes after (the
 * history, the review of the other devices, a new code) is due until recover_done. PROTOCOL 5.1, 13. */
#ifndef KAP_CLIENT_ENROL_RECOVER_H
#define KAP_CLIENT_ENROL_RECOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct code;
struct identity;
struct recover;
struct vault;

struct recover_opts {
	const char *host;
	uint16_t port;
	const struct code *code;      /* of kind recovery; copied */
	const struct identity *again; /* NULL, or an identity that is not joined, whose device keys are used again */
	unsigned timeout_s;           /* 0: 30 */
};

/* Connects as the paper device and verifies its person's key chain. ERR_GUEST: the server knows no person with this
 * paper (another clinic, or an older code); ERR_AUTHOR: the chain it shows is not of this paper; ERR_LINK,
 * ERR_SIGNATURE and the like: the chain is false; errors of rpc_open. */
int recover_connect(const struct recover_opts *opts, struct recover **out);
void recover_free(struct recover *r); /* wipes; NULL is legal */
uint8_t recover_role(const struct recover *r);
size_t recover_devices(const struct recover *r); /* how many there are now */

int recover_prepare(struct recover *r, struct vault *vault, const char *device_name);
/* Verifies the clinic, signs this machine in with the paper, and marks the identity as joined. ERR_PIN: the server is
 * not the clinic's; ERR_RANGE: there are as many devices as may be; errors of chains_refresh and enrol_finish. */
int recover_commit(struct recover *r, struct vault *vault);
/* 0: the machine had been added, everything is in place. ERR_GUEST: it had not. */
int recover_resume(struct vault *vault, struct identity *id, unsigned timeout_s);

/* Is the review after a recovery still due? */
int recover_due(struct vault *vault, bool *due);
int recover_done(struct vault *vault);

#endif
