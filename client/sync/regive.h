/* regive: gives back to somebody who lost every device, and whom the clinic knows as the same person now, all that once
 * passed between them and this device's person: each old record once, in batches, each batch one transaction, so that
 * it can be interrupted and repeated. Queues records; sending is sync's. Knows no terminal. */
#ifndef KAP_CLIENT_SYNC_REGIVE_H
#define KAP_CLIENT_SYNC_REGIVE_H

#include <stddef.h>
#include <stdint.h>

struct vault;

struct regive_opts {
	struct vault *vault;
	const uint8_t *pid; /* 16: as they are now */
	void (*progress)(void *arg, size_t done, size_t total);
	void *arg;
};
struct regive_result {
	size_t queued, before; /* this time; earlier */
	size_t left;           /* cannot be given: too large, or from an earlier version of this program */
};

/* ERR_TARGET: they took nobody's place. ERR_NO_GRANT: they may not be given anything by this person. Errors of
 * write_regiven and of the vault; whole batches before it stay. */
int regive_queue(const struct regive_opts *opts, struct regive_result *result);

/* How many records regive_queue would queue now; 0 when they took nobody's place. */
int regive_count(struct vault *vault, const uint8_t pid[16], size_t *n);

#endif
