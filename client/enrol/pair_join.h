/* pair_join: the new device's side of a pairing: reads the offer behind the code, answers with its keys, waits until
 * the other device has let it in, and checks that the clinic it is shown is the one the other device stands in. Knows
 * no terminal.
 *
 *     pair_join_connect -> pair_join_offer (show it) -> pair_join_prepare (the keys are in the vault) ->
 *     pair_join_answer -> pair_join_reveal until 0 (show the words) -> pair_join_wait until 0 ->
 *     pair_join_commit
 *
 * Interrupted after pair_join_prepare: pair_join_resume first; the same code can be answered again with the same keys,
 * unless the other device has seen the first answer. PROTOCOL 12. */
#ifndef KAP_CLIENT_ENROL_PAIR_JOIN_H
#define KAP_CLIENT_ENROL_PAIR_JOIN_H

#include <stdint.h>

#include "proto/pair.h"

struct code;
struct identity;
struct pair_join;
struct vault;

struct pair_join_opts {
	const char *host;
	uint16_t port;
	const struct code *code;      /* of kind pairing; copied */
	const struct identity *again; /* NULL, or an identity that is not joined, whose device keys are used again */
	unsigned timeout_s;           /* 0: 30 */
};

/* Connects as a guest, reads the offer, and compares the server's key with it. ERR_CODE_UNKNOWN: there is no such box
 * (never was, its ten minutes are over); ERR_OPEN: what is in it was not made with this code; ERR_PIN; errors of
 * rpc_open. */
int pair_join_connect(const struct pair_join_opts *opts, struct pair_join **out);
void pair_join_free(struct pair_join *j); /* wipes; NULL is legal */
const struct pair_offer *pair_join_offer(const struct pair_join *j);

/* Keeps the device's keys and name, and whose it is, in the vault: not joined yet. */
int pair_join_prepare(struct pair_join *j, struct vault *vault, const char *device_name);
/* Answers. ERR_EXISTS: another device answered first, or this one did in an attempt that the other device has seen.
 * ERR_CODE_UNKNOWN: too late. */
int pair_join_answer(struct pair_join *j);
/* Waits up to `ms` (0..25,000) for what the other device had committed to, and gives the words to compare. Errors as in
 * pair_join_wait; ERR_HASH also: it is not what was committed to. */
int pair_join_reveal(struct pair_join *j, unsigned ms, uint8_t words[PAIR_WORDS]);
/* Waits up to `ms` (0..25,000). ERR_ARG: nothing was revealed yet. ERR_NOT_FOUND: not yet; ERR_CODE_EXPIRED: the ten
 * minutes are over; ERR_OPEN, ERR_HASH: what came is not from the other device. A lost connection is made again. */
int pair_join_wait(struct pair_join *j, unsigned ms);
/* Reads and verifies the clinic and marks the identity as joined. ERR_ROLLBACK: the server shows less than the other
 * device has seen; errors of enrol_finish. */
int pair_join_commit(struct pair_join *j, struct vault *vault);

/* Finishes a pairing whose welcome was never seen. 0: this device had been let in, and everything is in place.
 * ERR_GUEST: it was not; begin again with a code. */
int pair_join_resume(struct vault *vault, struct identity *id, unsigned timeout_s);

#endif
