/* watch: who is told when a feed or the clinic chain grows. Coalesces: of each topic at most one event is on its way to
 * a connection, and the newest place wins. Knows no connection: a subscription has a function that wakes its owner.
 * Loop thread only; nothing here writes or waits. */
#ifndef KAP_DAEMON_WATCH_H
#define KAP_DAEMON_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch;

struct watch_place {
	bool news; /* not yet sent */
	uint64_t seq;
	uint8_t head[32];
};

/* Embedded in its owner, zeroed before watch_add. */
struct watch_sub {
	uint8_t pid[16], generation[16]; /* the second is the owner's own */
	struct watch_place feed, chain;  /* the owner clears `news` when it sends */
	void (*wake)(struct watch_sub *sub);
	/* watch's own */
	struct watch_sub *next, **back;
};

/* ERR_NOMEM. */
int watch_new(struct watch **out);
void watch_free(struct watch *w); /* subscriptions must be gone; NULL is legal */

/* `sub->pid` and `sub->wake` are set. Legal twice: the second does nothing. */
void watch_add(struct watch *w, struct watch_sub *sub);
void watch_remove(struct watch_sub *sub); /* legal when it was never added */
/* True if anybody watches the feed of `pid`: else finding out where it ends can be spared. */
bool watch_has(const struct watch *w, const uint8_t pid[16]);

/* After a commit, from a handler's `done`: the feed of `pid` ends at (seq, head) now; the clinic chain ends there. An
 * older place than one already noted changes nothing. */
void watch_notify(struct watch *w, const uint8_t pid[16], uint64_t seq, const uint8_t head[32]);
void watch_notify_chain(struct watch *w, uint64_t seq, const uint8_t hash[32]);

#endif
