/* store_heal: what a store needs to become again what it was before an older copy of it was put back: a new generation,
 * what was taken away and from whom, records that come back one reader's wrap after the other. Threads and errors as in
 * store.h. Knows no rule about who may give what, verifies nothing. */
#ifndef KAP_DAEMON_STORE_HEAL_H
#define KAP_DAEMON_STORE_HEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

struct record;

/* An older copy of the store was put back: from now on it is `generation`, every feed's heads are new, and an audit row
 * tells of it; all in one batch of its own. Before threads start. Errors of store_batch_commit. */
int store_restored(struct store *s, const uint8_t generation[STORE_ID], uint64_t now_ms);

/* The record `by`, by `author`, takes the wrap of `rid` from `pid`; pid NULL: deletes `rid` altogether. Kept whether or
 * not `rid` is stored, and only ever counts for what `author` wrote. May use the reserve. */
struct store_gone {
	const uint8_t *rid, *pid, *author, *by;
};
int store_gone_put(struct store_batch *b, const struct store_gone *gone);
/* All that an unshare or a tombstone takes; of any other record nothing. */
int store_gone_note(struct store_batch *b, const struct record *record);
/* Which record took it. ERR_NOT_FOUND: none did. `gone->by` is not looked at. */
int store_gone_get(struct store *s, const struct store_gone *gone, uint8_t by[STORE_HASH]);
int store_batch_gone_get(struct store_batch *b, const struct store_gone *gone, uint8_t by[STORE_HASH]);

/* The record enters the feed of `pid` if it is awaited there (store_record.awaited). *arrived (NULL legal): it was. */
int store_heal_arrive(struct store_batch *b, const uint8_t rid[STORE_HASH], const uint8_t pid[STORE_ID], bool *arrived);
/* Is it awaited in the feed of `pid`? */
bool store_heal_is_awaited(struct store *s, const uint8_t rid[STORE_HASH], const uint8_t pid[STORE_ID]);
/* Puts the payload of a stored record that has none, and `record` in place of its bytes (store_replace_record).
 * ERR_FULL above the high-water mark, ERR_NOT_FOUND, ERR_ARG (bounds). */
struct store_healed {
	const uint8_t *rid, *record, *payload;
	size_t record_len, payload_len;
};
int store_heal_complete(struct store_batch *b, const struct store_healed *h);
/* Puts these bytes, which have boxes, in place of a stored link that has none: the same link (hash). ERR_NOT_FOUND. */
int store_heal_boxes(struct store_batch *b, const struct store_link *link);

#endif
