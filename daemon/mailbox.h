/* mailbox: boxes of eight slots by which two devices that share a secret exchange a few sealed messages while both are
 * there: pairing, comparing. In memory only: gone when the time is over and when the daemon ends. Knows no request and
 * no connection, and nothing of what is in a slot. Loop thread only; nothing here blocks. PROTOCOL 9.
 *
 * A box lives MAILBOX_LIFE_MS from the last filling of slot 0, and belongs to the person who filled it. A slot belongs
 * to the device that filled it, until the box is emptied. */
#ifndef KAP_DAEMON_MAILBOX_H
#define KAP_DAEMON_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAILBOX_LIFE_MS ((uint64_t)600000)
#define MAILBOX_BOXES 256
#define MAILBOX_OF_PERSON 4

struct mailbox;

struct mailbox_opts {
	uint64_t (*now_ms)(void); /* a clock that nobody sets */
	/* mailbox_tend is to be called in so many ms; replaces what was said before. NULL is legal. */
	void (*alarm)(void *arg, uint64_t in_ms);
	void *arg;
};

/* ERR_NOMEM. */
int mailbox_new(const struct mailbox_opts *opts, struct mailbox **out);
void mailbox_free(struct mailbox *m); /* nobody waits; NULL is legal */

struct mailbox_letter {
	const uint8_t *box; /* 16 */
	uint8_t slot;       /* 0..7 */
	const uint8_t *tls; /* 32: the device that puts it */
	const uint8_t *pid; /* 16: its person; NULL for a guest */
	const uint8_t *bytes;
	size_t len; /* 1..16 KiB */
};

/* Copies it into its slot; slot 0 opens or empties the box first, and a single zero byte in it closes the box.
 * Everybody who waits for the slot is told before it returns. ERR_GUEST (slot 0, no person), ERR_EXISTS (the slot is
 * another device's), ERR_NOT_FOUND (no such box), ERR_BUSY (too many boxes, of this person or in all), ERR_RANGE (slot,
 * length), ERR_NOMEM; nothing changed then. */
int mailbox_put(struct mailbox *m, const struct mailbox_letter *letter);

/* What is in the slot, borrowed until the next call of any function here. NULL: no such box, or nothing in it. */
const uint8_t *mailbox_peek(struct mailbox *m, const uint8_t box[16], uint8_t slot, size_t *len);

/* Somebody waits for a slot to be filled. Embedded in its owner, who sets the first four. */
struct mailbox_wait {
	uint8_t box[16];
	uint8_t slot;
	uint64_t ms; /* how long */
	/* Called once, after which the wait is the owner's again: with what is in the slot (borrowed until it returns), or
	 * with NULL when the time is over. May not call the mailbox. */
	void (*end)(struct mailbox_wait *w, const uint8_t *bytes, size_t len);
	/* mailbox's own */
	uint64_t until;
	struct mailbox_wait *next, **back;
};
void mailbox_wait(struct mailbox *m, struct mailbox_wait *w);
void mailbox_forget(struct mailbox_wait *w); /* `end` is not called; legal when it was, or was never added */

/* Lets go of what is over: waits and boxes. */
void mailbox_tend(struct mailbox *m);

#endif
