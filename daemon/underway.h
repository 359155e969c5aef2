/* underway: records that were found fit and handed to the writer, and are not yet in the store: what comes right behind
 * them may refer to them. Knows nothing of what becomes of them. Loop thread only. */
#ifndef KAP_DAEMON_UNDERWAY_H
#define KAP_DAEMON_UNDERWAY_H

#include <stdint.h>

struct record;
struct underway;

/* Embedded in its owner, who sets the first two. */
struct underway_push {
	const struct record *records;
	uint32_t n;
	/* underway's own */
	struct underway_push *next, **back;
};

/* ERR_NOMEM. */
int underway_new(struct underway **out);
void underway_free(struct underway *u); /* nothing is under way; NULL is legal */

void underway_add(struct underway *u, struct underway_push *p);
void underway_remove(struct underway_push *p); /* legal when it was never added */

/* The record with this rid (32 bytes), borrowed until its push is removed; NULL. */
const struct record *underway_find(const struct underway *u, const uint8_t *rid);

#endif
