/* store_batch: the life of one durable group of writes. For the writer, for `kapctl init` and for tests; handlers get a
 * batch from the writer and never begin or end one. How a batch becomes durable is known behind this header alone. */
#ifndef KAP_DAEMON_STORE_BATCH_H
#define KAP_DAEMON_STORE_BATCH_H

#include <stddef.h>
#include <stdint.h>

struct store;
struct store_batch;

/* Begins a batch; there is at most one at a time, begun and ended on one thread. ERR_STORE_FATAL after a fatal commit,
 * ERR_NOMEM, ERR_IO. On error *out is NULL. */
int store_batch_begin(struct store *s, struct store_batch **out);

/* Makes it durable. Won or lost, the batch is gone. ERR_FULL (map, disk or quota: nothing of it was stored, the store
 * lives), the first error that stuck to the batch, or ERR_STORE_FATAL: whether it was stored is not known, the store
 * takes no further batch and the process must end. */
int store_batch_commit(struct store_batch *b);
void store_batch_abort(struct store_batch *b); /* NULL is legal */

/* The first error that makes the whole batch impossible to commit, 0 if none. */
int store_batch_err(const struct store_batch *b);
/* How many rows it has put or removed so far. */
uint64_t store_batch_writes(const struct store_batch *b);
/* An upper estimate of the pages it will make durable; a group ends at STORE_BATCH_PAGES. */
size_t store_batch_pages(const struct store_batch *b);
#define STORE_BATCH_PAGES 1000

#endif
