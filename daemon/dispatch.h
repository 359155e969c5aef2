/* dispatch: from a frame's body to an answer: decode, authorise, handler, encode. The one place that turns errors into
 * statuses and that knows which handler stands behind a request. Knows no socket: answers leave through a
 * dispatch_port. Loop thread only. */
#ifndef KAP_DAEMON_DISPATCH_H
#define KAP_DAEMON_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "req.h"

struct dispatch;
struct dispatch_port;

/* One request's way to its handler. */
struct dispatch_row {
	uint32_t op; /* enum msg_op; the last row of a table has 0 */
	size_t args_size;
	int (*get)(struct mp_cur *args, void *m);
	void (*handle)(struct req *r, const void *m);
};

/* So many may be spent at once, so many more every second. */
struct dispatch_bucket {
	uint32_t spent;
	uint64_t since_ms;
};

/* What the owner of a connection does for its requests. None of them ends the connection before it returns, but `send`.
 */
struct dispatch_port_ops {
	/* Sends a whole frame. end: 0, or why the connection ends after it. May end the connection. */
	void (*send)(struct dispatch_port *port, const uint8_t *frame, size_t len, int end);
	/* Ends the connection without an answer. */
	void (*drop)(struct dispatch_port *port, int err);
	/* A request that holds `bytes` was taken; it is over. */
	void (*begun)(struct dispatch_port *port, size_t bytes);
	void (*ended)(struct dispatch_port *port, size_t bytes);
	/* Who it is from now on: at hello, and when a guest became a member. 0, or what to answer instead (ERR_BUSY). */
	int (*greeted)(struct dispatch_port *port, const struct req_who *who);
	void (*subscribe)(struct dispatch_port *port, const struct req_who *who, const uint8_t generation[16]);
};

/* The near end of a connection, embedded in its owner. A request in work points back to it; when the owner goes it
 * calls dispatch_detach and is never touched again. */
struct dispatch_port {
	struct dispatch *dispatch;
	const struct dispatch_port_ops *ops;
	uint8_t tls[32];
	/* dispatch's own; zeroed at the start */
	bool has_id, has_hello, is_member;
	uint32_t last_id, n_requests;
	struct req *reqs;
	struct dispatch_bucket refusals;
};

/* ERR_NOMEM. */
int dispatch_new(const struct req_env *env, const struct dispatch_row *rows, struct dispatch **out);
void dispatch_free(struct dispatch *d); /* no request is in work; NULL is legal */
/* Who closes connections for req_expel_*: one of did and pid is NULL. */
void dispatch_set_expel(struct dispatch *d, void (*expel)(void *arg, const uint8_t *did, const uint8_t *pid),
                        void *arg);

/* One frame's body; taken, freed with free. */
void dispatch_frame(struct dispatch_port *port, uint8_t *body, size_t len);
void dispatch_detach(struct dispatch_port *port);

/* Ends the port's requests that are held (req_hold), which are answered with err. True: the connection went over it,
 * and `port` with it. */
bool dispatch_release(struct dispatch_port *port, int err);

/* Requests in work, of all connections, gone ones included. */
size_t dispatch_in_work(const struct dispatch *d);
/* From now on requests are answered DRAINING. */
void dispatch_drain(struct dispatch *d);

#endif
