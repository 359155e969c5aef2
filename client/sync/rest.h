/* rest: a client's words of a day of medicine that were shared before this device knew of it: what is not sealed yet
 * stays private, and the client shares it again when it may be. Knows the book; no network and no terminal. */
#ifndef KAP_CLIENT_SYNC_REST_H
#define KAP_CLIENT_SYNC_REST_H

#include <stddef.h>

struct identity;
struct vault;
struct write_ctx;

/* In one transaction; *n how many entries. To be called between reading the feed and sealing. Errors of write.h. */
int rest_pending(struct vault *vault, const struct identity *id, size_t *n);
/* The same inside a transaction, from the book of `ctx`. */
int rest_pending_in(const struct write_ctx *ctx, size_t *n);

#endif
