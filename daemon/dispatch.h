/* dispatch: from a frame's body to an answer: decode, authorise, handler, encode. The one place that turns errors into
 * statuses and that knows which handler stands behind a request. Knows no socket: answers leave through a
 * dispatch_port. Loop thread only. */
#ifndef KAP_DAEMON_DISPATCH_H
#define KAP_DAEMON_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "req.h"

struct audit_row;
struct dispatch;

/* One request's way to its handler. */
struct dispatch_row {
	const struct msg_row *msg;
	size_t args_size;
	int (*get)(struct mp_cur *args, void *m);
	void (*handle)(struct req *r, const void *m);
};

/* The rows of proto/ops.def with the daemon's handlers: daemon/dispatch_ops.c. Ends with a row whose msg is NULL. */
const struct dispatch_row *dispatch_ops(void);

/* The near end of a connection, embedded in its owner. A request in work points back to it; when the owner goes it
 * calls dispatch_detach and is never touched again. */
struct dispatch_port {
	struct dispatch *dispatch;
	/* Sends a whole frame. `last`: nothing more is wanted of this peer, close after it. */
	void (*send)(struct dispatch_port *port, const uint8_t *frame, size_t len, bool last);
	/* Ends the connection without an answer: err says why. */
	void (*drop)(struct dispatch_port *port, int err);
	/* A request was taken, holding `bytes`; it is over. */
	void (*begun)(struct dispatch_port *port, size_t bytes);
	void (*ended)(struct dispatch_port *port, size_t bytes);
	/* hello was answered with success: who it is from now on. 0, or the error to answer instead (BUSY). */
	int (*greeted)(struct dispatch_port *port, const struct req_who *who);
	int (*subscribe)(struct dispatch_port *port);
	void (*expel)(struct dispatch_port *port, const uint8_t *did, const uint8_t *pid); /* one of them NULL */
	uint8_t tls[32];
	/* dispatch's own; zeroed at the start */
	bool has_hello, has_id;
	uint32_t last_id;
	uint32_t n_requests;
	struct req *reqs;
	uint32_t refusals;
	uint64_t refusals_ms;
};

/* `rows` as dispatch_ops gives them. `audit` NULL: refusals are only logged (tests). ERR_NOMEM. */
int dispatch_new(const struct req_env *env, const struct dispatch_row *rows, struct dispatch **out);
void dispatch_free(struct dispatch *d); /* no request is in work; NULL is legal */

/* One frame's body; taken, freed with free. */
void dispatch_frame(struct dispatch_port *port, uint8_t *body, size_t len);
void dispatch_detach(struct dispatch_port *port);

/* Requests in work, of all connections, gone ones included. */
size_t dispatch_in_work(const struct dispatch *d);
/* From now on requests are answered DRAINING. */
void dispatch_drain(struct dispatch *d);

#endif
