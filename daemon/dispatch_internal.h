/* dispatch_internal: what dispatch.c and req.c share about a request in work. For them alone. */
#ifndef KAP_DAEMON_DISPATCH_INTERNAL_H
#define KAP_DAEMON_DISPATCH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dispatch.h"
#include "proto/buf.h"

struct dispatch {
	const struct req_env *env;
	const struct dispatch_row *rows;
	void (*expel)(void *arg, const uint8_t *did, const uint8_t *pid);
	void *expel_arg;
	size_t in_work;
	bool draining;
	const struct dispatch_port *releasing; /* whose held requests are being ended; NULL when it went meanwhile */
	struct dispatch_bucket guest_refusals; /* of all guests together */
};

struct req {
	struct dispatch *dispatch;
	struct dispatch_port *port; /* NULL: the connection is gone */
	struct req *next, **back;   /* in the port's list */
	struct msg_request msg;
	struct req_who who;
	struct buf out; /* the answer, as one frame */
	uint8_t *body;  /* the frame's bytes, which msg and args borrow from */
	size_t held;    /* memory, as counted by the port */
	uint8_t object_kind;
	uint8_t object[32];
	bool audited;
	void (*release)(struct req *r, void *arg, int err); /* NULL: not held */
	void *release_arg;
	max_align_t args[];
};

/* Ends the request. err 0: sends what is in out. An error: a refusal, which is what is in out if has_answer. */
void dispatch_finish(struct req *r, int err, bool has_answer);

/* See req_count_refusal and req_is_refusal. */
int dispatch_count_refusal(struct req *r, int err);
bool dispatch_is_refusal(int err);

#endif
