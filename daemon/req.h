/* req: the contract between the dispatcher and the handlers of requests. A handler is req_NAME(r, m) for every row of
 * proto/ops.def. It is called once the frame is decoded, the role may send this request at all, and the connection has
 * said hello; it answers exactly once, now or later on the loop thread (from a writer job's `done`). Knows no socket: a
 * connection that is gone makes an answer a no-op, never an error. Loop thread only, except where said.
 *
 *     void req_status(struct req *r, const struct msg_status *m)
 *     {
 *         struct msg_status_reply reply = {...};
 *         req_reply(r, msg_put_status_reply(req_out(r), req_id(r), &reply));
 *     }
 *
 * What `m` points to, and the frame's bytes it borrows, live until the answer. */
#ifndef KAP_DAEMON_REQ_H
#define KAP_DAEMON_REQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/msg_request.h"

struct audit_row;
struct buf;
struct config;
struct crypto_sign_key;
struct mailbox;
struct req;
struct roster;
struct store;
struct underway;
struct watch;
struct writer;

/* Who asks: looked up anew for every request from the key that TLS proved. */
struct req_who {
	uint8_t tls[32];
	uint8_t role; /* 0 guest; PROTOCOL.md 5.2 */
	bool paper;   /* the recovery device of somebody in that role */
	/* zero for a guest */
	uint8_t genesis[32], pid[16], did[16];
};

/* What a handler may use; one for the whole daemon, outlives every request. */
struct req_env {
	const struct config *config;
	struct store *store;
	struct writer *writer;
	struct roster *roster;
	struct watch *watch;
	struct mailbox *mailbox;
	struct underway *underway;
	const struct crypto_sign_key *log_key; /* signs receipts and feed heads; any thread */
	uint64_t (*now_ms)(void);              /* Unix time */
	/* Fills in everything of *who but tls. 0: a member, or with role 0 a key that belongs to no active device.
	 * ERR_REVOKED: it belonged to one; the connection is told so and ends. */
	int (*identify)(struct roster *roster, const uint8_t tls[32], struct req_who *who);
	/* Makes the row of a refusal durable, some time. NULL: refusals are only logged. */
	int (*audit)(struct writer *writer, const struct audit_row *row);
};

const struct req_env *req_env(const struct req *r);
const struct req_who *req_who(const struct req *r);
uint32_t req_id(const struct req *r);
uint16_t req_op(const struct req *r); /* the request's number */

/* Where the answer is written: an empty place for one response made by msg_put_*; at most one frame long. Any thread,
 * as long as only one uses it (a job's `after` may). */
struct buf *req_out(struct req *r);

/* Answers and ends the request; `r` is gone. `err` is what msg_put_* returned: 0 sends what is in req_out; an error is
 * our own fault and answered as 500. */
void req_reply(struct req *r, int err);

/* Refuses with an empty body and ends the request. The refusal gets an audit row unless it is one that is retried
 * (err_is_retryable, CHAIN_BEHIND, CURSOR, GENERATION) or the handler wrote one (req_set_audited). An error of our own
 * side is answered as 500 and logged. */
void req_fail(struct req *r, int err);

/* The same, with the response in req_out (CHAIN_BEHIND: msg_put_behind) as the answer. */
void req_refuse(struct req *r, int err);

/* For the audit row of a refusal: what it was about. kind is enum audit_object, `id` is len 16 or 32 bytes, copied. */
void req_set_object(struct req *r, uint8_t kind, const uint8_t *id, size_t len);
/* The handler's own batch holds a row for whatever comes of this request. */
void req_set_audited(struct req *r);

/* For a refusal inside an answer of status 0 (push): logs it and counts it like any other. Returns what to say: `err`,
 * of which the handler's own batch keeps a row, or ERR_RATE. Of what is no refusal (retried, or our own fault) there is
 * no row either: req_is_refusal. */
int req_count_refusal(struct req *r, int err);
bool req_is_refusal(int err);

/* The handler keeps the request and will answer later, for a reason that may never come: `release` is called when it
 * shall wait no longer (the connection is gone, its owner is sent away, the daemon ends), and answers at once with err.
 * Not called after the answer. */
void req_hold(struct req *r, void (*release)(struct req *r, void *arg, int err), void *arg);

/* False when the connection is gone: work that only serves the answer may be left out. */
bool req_is_wanted(const struct req *r);

/* For req_watch: this connection gets events of its person's feed (in this generation) and of the clinic chain from now
 * on. */
void req_subscribe(struct req *r, const uint8_t generation[16]);

/* Closes all connections of these, answering only what is in work: for handlers that applied a removal or a revocation.
 */
void req_expel_device(struct req *r, const uint8_t did[16]);
void req_expel_person(struct req *r, const uint8_t pid[16]);

#define OP(NAME, name, number, body, effect, who) void req_##name(struct req *r, const struct msg_##name *m);
#include "proto/ops.def"
#undef OP

#endif
