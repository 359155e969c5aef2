/* heal: a record comes back to a store that was put back from an older copy: from its author with every wrap, or from a
 * reader with one. What its author took away since stays away. Verifies nothing: the caller has. Writer thread. */
#ifndef KAP_DAEMON_HEAL_H
#define KAP_DAEMON_HEAL_H

#include <stdbool.h>
#include <stdint.h>

struct msg_bytes;
struct record;
struct store_batch;

struct heal_item {
	const struct record *record;
	const struct msg_bytes *payload; /* data NULL or empty exactly if the record has no wrap */
	const uint8_t *giver;            /* 16; one of the audience */
	uint64_t now_ms;
};

/* Stores the record, or adds to the stored one the wraps and the payload it lacks. It enters the feeds of those whose
 * wrap came or was taken away, and of all if the author gives it; those who are left wait for theirs. *changed (NULL
 * legal): something was. ERR_TARGET (a blob is missing), ERR_QUOTA, ERR_FULL. */
int heal_store(struct store_batch *b, const struct heal_item *item, bool *changed);

#endif
