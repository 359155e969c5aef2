/* sync: one whole exchange with the clinic's server, safe to interrupt at any byte and to repeat: chains first, then
 * the feed is pulled, then what waits is sealed and pushed, then receipts are sent. Writes to the vault in small
 * transactions; shows progress through a callback. Knows no terminal. */
#ifndef KAP_CLIENT_SYNC_SYNC_H
#define KAP_CLIENT_SYNC_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gone.h"

struct vault;
struct rpc;

enum sync_step { SYNC_CONNECT, SYNC_CHAINS, SYNC_SEAL, SYNC_PUSH, SYNC_PULL, SYNC_ATTACHMENTS, SYNC_HEAL };

struct sync_opts {
	struct vault *vault;
	void (*progress)(void *arg, enum sync_step step, size_t done, size_t total); /* NULL: silent */
	void *arg;
	unsigned timeout_s;  /* for connecting and for each answer; 0: 30 */
	bool send_delivered; /* tell authors that their records are here (always for staff) */
};

struct sync_result {
	size_t pushed, pulled; /* records */
	size_t aside;          /* records that failed a check and were kept aside this time */
	int aside_err;         /* why the first of them failed */
	size_t unended;        /* kept aside without a fault: they wait for word of what a removed device wrote */
	struct gone gone;      /* out of view: written on a device after it was put out */
	bool twin;             /* a copy of this device's vault, or a later state of it, has written as this device */
	size_t refused;        /* records the server will never take, turned back into pending or dropped with a reason */
	int refused_err;
	size_t revoked;         /* devices of one's own that were put out */
	size_t held;            /* written, but for somebody who must be checked first (hold.h): stay pending */
	size_t resting;         /* entries of a day of medicine (rest.h) that were to be given, and are private instead */
	size_t overdue;         /* wait for the server's receipt for more than OVERDUE_DAYS though it was reached */
	size_t withdrawn;       /* items taken back by their authors */
	size_t healed;          /* records given back to a server that was put back from a copy */
	size_t expired;         /* one's own, whose time in the bin was over: deleted for good */
	bool behind_clock;      /* this device's clock is more than 5 minutes from the server's */
	int64_t clock_ahead_ms; /* positive: this device is ahead */
};

/* Errors: ERR_UNREACHABLE, ERR_TIMEOUT, ERR_CLOSED (try again; everything written is safe), ERR_PIN, ERR_ROLLBACK,
 * ERR_GENERATION, ERR_LINK, ERR_SIGNATURE... (the server shows something false: nothing was lost or shown),
 * ERR_REVOKED, ERR_GUEST, ERR_FULL, ERR_BUSY; ERR_ASIDE_FULL (what is beyond waits at the server). *result is filled in
 * also on error, as far as it got. */
int sync_run(const struct sync_opts *opts, struct sync_result *result);

/* Stays connected and runs an exchange whenever the server says that the feed or the chain grew, calling `news` after
 * each that brought something. Ends with 0 when `stop` returns true (asked at least every second and after a signal),
 * or with an error as above; a lost connection is tried again with growing pauses up to a minute while `keep_trying`.
 */
struct watch_opts {
	struct sync_opts sync;
	void (*news)(void *arg, const struct sync_result *result);
	bool (*stop)(void *arg);
	bool keep_trying;
};
int sync_watch(const struct watch_opts *opts);

#endif
