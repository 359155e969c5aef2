/* paper: the paper recovery code of a person who is there: is this it, and a new one in its place. Knows no terminal.
 */
#ifndef KAP_CLIENT_ENROL_PAPER_H
#define KAP_CLIENT_ENROL_PAPER_H

#include <stdbool.h>
#include <stdint.h>

struct code;
struct vault;

/* Compares the code's keys with those in one's own key chain as it is here, without the network, and remembers the day
 * if they are the same. ERR_NOT_FOUND before joining; errors of the vault. */
int paper_test(struct vault *vault, const struct code *code, bool *right);
/* When it was last found right, Unix milliseconds; 0: never on this device. */
int paper_tested(struct vault *vault, uint64_t *at_ms);

/* Puts the paper device of `code` in the place of the old one, and begins an epoch. Show the code first. Errors of
 * keylink_put: after ERR_TIMEOUT and ERR_CLOSED either code may be the right one until the next exchange. */
int paper_replace(struct vault *vault, const struct code *code);

#endif
