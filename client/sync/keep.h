/* keep: what a client gave to the clinic's record is copied into it by the device of a clinician it was given to, once
 * for every version that was given. Knows the book; no network and no terminal. */
#ifndef KAP_CLIENT_SYNC_KEEP_H
#define KAP_CLIENT_SYNC_KEEP_H

#include <stddef.h>

struct identity;
struct vault;
struct write_ctx;

/* Writes the copies that are missing, in one transaction; *n how many. Nothing for who is no clinician. Errors of
 * write.h. */
int keep_given(struct vault *vault, const struct identity *id, size_t *n);
/* The same inside a transaction, from the book of `ctx`. */
int keep_given_in(const struct write_ctx *ctx, size_t *n);

#endif
