/* succession: what other commands say about people who joined anew in place of an identity they lost. */
#ifndef KAP_CLIENT_CMD_SUCCESSION_H
#define KAP_CLIENT_CMD_SUCCESSION_H

#include <stdint.h>

struct kap;
struct person;
struct write_ctx;

/* Remembers that whoever joins with the invitation of this public key takes the place of `old`. */
int succession_expect(struct write_ctx *ctx, const uint8_t invite_public[32], const struct person *old);

/* After an exchange: an admin is asked (or told, where nobody can be asked) to sign for who has joined with such an
 * invitation; clinicians are told, once, whom they can give something back to. Returns an exit code. */
int succession_offer(struct kap *kap);

#endif
