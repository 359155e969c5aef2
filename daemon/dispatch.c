/* dispatch: see dispatch.h. A frame that breaks the protocol is answered if an id could be read, and the connection
 * ends; what a handler refuses is answered and the connection lives. */
#include "dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "config.h"
#include "dispatch_internal.h"
#include "log.h"
#include "proto/err.h"
#include "proto/frame.h"

/* Refusals that leave a row in the audit log: enough for any mistake, too little to fill a disk. */
#define REFUSALS_BURST 64
#define REFUSALS_PER_SECOND 4

int dispatch_new(const struct req_env *env, const struct dispatch_row *rows, struct dispatch **out)
{
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		return ERR_NOMEM;
	(*out)->env = env;
	(*out)->rows = rows;
	return 0;
}

void dispatch_free(struct dispatch *d)
{
	free(d);
}

void dispatch_set_expel(struct dispatch *d, void (*expel)(void *arg, const uint8_t *did, const uint8_t *pid), void *arg)
{
	d->expel = expel;
	d->expel_arg = arg;
}

size_t dispatch_in_work(const struct dispatch *d)
{
	return d->in_work;
}

void dispatch_drain(struct dispatch *d)
{
	d->draining = true;
}

static bool spend(struct dispatch_bucket *b, uint64_t now_ms)
{
	uint64_t earned;

	if (now_ms < b->since_ms)
		b->since_ms = now_ms;
	earned = (now_ms - b->since_ms) * REFUSALS_PER_SECOND / 1000;
	if (earned > 0 || b->spent == 0) {
		b->spent = earned < b->spent ? b->spent - (uint32_t)earned : 0;
		b->since_ms = now_ms;
	}
	if (b->spent >= REFUSALS_BURST)
		return false;
	b->spent++;
	return true;
}

/* --- the end of a request --- */

/* Those that are tried again as they are, or after reading the news, and those that are our own fault, are no refusals.
 */
bool dispatch_is_refusal(int err)
{
	return err != 0 && err_to_status(err) != 500 && !err_is_retryable(err) && err != ERR_CHAIN_BEHIND &&
	       err != ERR_CURSOR && err != ERR_GENERATION;
}

/* ERR_RATE when there have been too many refusals to keep a row of each. */
int dispatch_count_refusal(struct req *r, int err)
{
	struct dispatch_bucket *bucket = &r->dispatch->guest_refusals;

	if (r->who.role != 0 && r->port != NULL)
		bucket = &r->port->refusals;
	if (!spend(bucket, req_env(r)->now_ms())) {
		log_noisy(LOG_LEVEL_WARN, "refusals_rate", LOG_ID("did", r->who.did), LOG_U64("op", req_op(r)), LOG_ERR(err));
		return ERR_RATE;
	}
	log_noisy(LOG_LEVEL_INFO, "refused", LOG_ID("did", r->who.did), LOG_U64("op", req_op(r)), LOG_ERR(err));
	return err;
}

/* Returns what to answer. */
static int note_refusal(struct req *r, int err)
{
	const struct req_env *env = req_env(r);
	struct audit_row row = {.time_ms = env->now_ms(), .op = req_op(r), .status = err_to_status(err)};

	if (dispatch_count_refusal(r, err) != err) /* who is out hears that, and their connection ends anyway */
		return err == ERR_REVOKED ? err : ERR_RATE;
	memcpy(row.actor, r->who.pid, sizeof row.actor);
	memcpy(row.device, r->who.did, sizeof row.device);
	row.object_kind = r->object_kind;
	memcpy(row.object, r->object, sizeof row.object);
	if (env->audit != NULL && env->audit(env->writer, &row) != 0)
		log_noisy(LOG_LEVEL_ERROR, "audit_lost", LOG_ID("did", r->who.did), LOG_U64("op", row.op), LOG_ERR(err));
	return err;
}

/* Hello succeeded, or a request by which a guest may have become a member; or they became one while connected, by what
 * another device said. */
static int greet(struct req *r)
{
	struct dispatch_port *port = r->port;
	struct req_who who = r->who;
	int err;

	if (port == NULL)
		return 0;
	if (r->msg.row->op != MSG_OP_HELLO) {
		if (port->is_member || (r->who.role == 0 && r->msg.row->effect != MSG_WRITE))
			return 0;
		if (req_env(r)->identify(req_env(r)->roster, port->tls, &who) != 0 || who.role == 0)
			return 0;
		port->is_member = port->ops->greeted(port, &who) == 0;
		return 0;
	}
	err = port->ops->greeted(port, &who);
	port->has_hello = err == 0;
	port->is_member = err == 0 && who.role != 0;
	return err;
}

static void unlink_req(struct req *r)
{
	struct dispatch_port *port = r->port;

	r->dispatch->in_work--;
	if (port == NULL)
		return;
	*r->back = r->next;
	if (r->next != NULL)
		r->next->back = r->back;
	port->ops->ended(port, r->held);
}

static void free_req(struct req *r)
{
	msg_request_close(&r->msg);
	buf_wipe(&r->out);
	free(r->body);
	free(r);
}

/* What is refused at hello, to the revoked, and to a guest who asks without end. */
static bool ends_connection(const struct req *r, int said)
{
	if (said == 0)
		return false;
	return r->msg.row->op == MSG_OP_HELLO || said == ERR_REVOKED || (said == ERR_RATE && r->who.role == 0);
}

void dispatch_finish(struct req *r, int err, bool has_answer)
{
	struct dispatch_port *port = r->port;
	int end = 0;
	int said = err;

	if (err == 0)
		said = greet(r);
	else if (err_to_status(err) == 500)
		log_noisy(LOG_LEVEL_ERROR, "request_failed", LOG_U64("op", req_op(r)), LOG_ID("did", r->who.did), LOG_ERR(err));
	else if (!r->audited && dispatch_is_refusal(err))
		said = note_refusal(r, err);
	if (said != 0 && (said != err || !has_answer)) {
		buf_reset(&r->out);
		frame_begin(&r->out);
		msg_put_refusal(&r->out, r->msg.id, said);
	}
	if (ends_connection(r, said))
		end = said;
	if (port != NULL && frame_end(&r->out, 0, FRAME_MAX) != 0) {
		log_error("reply_not_framed", LOG_U64("op", req_op(r)), LOG_U64("bytes", r->out.len));
		buf_reset(&r->out);
		frame_begin(&r->out);
		msg_put_refusal(&r->out, r->msg.id, ERR_INTERNAL);
		if (frame_end(&r->out, 0, FRAME_MAX) != 0)
			end = ERR_INTERNAL;
	}
	unlink_req(r);
	if (port != NULL && err == ERR_STORE_FATAL) /* nobody knows whether it was stored: no answer is the right one */
		port->ops->drop(port, err);
	else if (port != NULL)
		port->ops->send(port, r->out.data, r->out.len, end);
	free_req(r);
}

/* The first request of the list that is held, which is not any more. NULL: none. */
static struct req *take_held(struct req *list, void (**release)(struct req *r, void *arg, int err))
{
	struct req *r = list;

	while (r != NULL && r->release == NULL)
		r = r->next;
	if (r != NULL) {
		*release = r->release;
		r->release = NULL;
	}
	return r;
}

bool dispatch_release(struct dispatch_port *port, int err)
{
	void (*release)(struct req *, void *, int);
	struct dispatch *d = port->dispatch;
	struct req *r;

	d->releasing = port;
	while (d->releasing == port && (r = take_held(port->reqs, &release)) != NULL)
		release(r, r->release_arg, err);
	return d->releasing != port;
}

void dispatch_detach(struct dispatch_port *port)
{
	void (*release)(struct req *, void *, int);
	struct req *next;

	for (struct req *r = port->reqs; r != NULL; r = r->next)
		r->port = NULL;
	for (struct req *r = take_held(port->reqs, &release); r != NULL; r = take_held(next, &release)) {
		next = r->next;
		release(r, r->release_arg, ERR_NOT_FOUND); /* nobody will hear it */
	}
	port->reqs = NULL;
	if (port->dispatch->releasing == port)
		port->dispatch->releasing = NULL;
}

/* --- the way in --- */

/* Answers what broke the protocol, if that can be done, and ends the connection. */
static void fault(struct dispatch_port *port, const struct msg_request *msg, int err)
{
	struct buf out;

	log_noisy(LOG_LEVEL_INFO, "fault", LOG_U64("op", msg->row != NULL ? msg->row->op : 0), LOG_ERR(err));
	buf_init(&out, 64);
	frame_begin(&out);
	if (msg->has_id && msg_put_refusal(&out, msg->id, err) == 0 && frame_end(&out, 0, FRAME_MAX) == 0)
		port->ops->send(port, out.data, out.len, err);
	else
		port->ops->drop(port, err);
	buf_wipe(&out);
}

static const struct dispatch_row *find_row(const struct dispatch *d, const struct msg_row *msg)
{
	for (const struct dispatch_row *row = d->rows; row->op != 0; row++)
		if (row->op == msg->op)
			return row;
	return NULL;
}

/* Ids grow, hello is first and once. */
static int check_order(struct dispatch_port *port, const struct msg_request *msg)
{
	bool hello = msg->row->op == MSG_OP_HELLO;

	if (port->has_id && msg->id <= port->last_id)
		return ERR_ORDER;
	if (hello != (port->n_requests == 0))
		return ERR_ORDER;
	if (!hello && !port->has_hello)
		return ERR_ORDER;
	port->has_id = true;
	port->last_id = msg->id;
	port->n_requests++;
	return 0;
}

/* May this be asked at all? Whether it may be done is the handler's to find out. */
static int authorise(struct req *r)
{
	const struct req_env *env = req_env(r);
	int err = env->identify(env->roster, r->port->tls, &r->who);

	if (err != 0)
		return err;
	if ((r->msg.row->who & (r->who.paper ? MSG_MAY_PAPER : 1u << r->who.role)) == 0)
		return r->who.role == 0 ? ERR_GUEST : ERR_ROLE;
	if (r->who.role == 0 && r->port->n_requests > env->config->max_guest_requests)
		return ERR_RATE;
	return r->dispatch->draining ? ERR_DRAINING : 0;
}

/* Takes the body and what msg holds. */
static struct req *new_req(struct dispatch_port *port, const struct dispatch_row *row, uint8_t *body, size_t len,
                           const struct msg_request *msg)
{
	struct req *r = calloc(1, sizeof *r + row->args_size);

	if (r == NULL)
		return NULL;
	r->dispatch = port->dispatch;
	r->msg = *msg;
	r->body = body;
	r->held = len + sizeof *r + row->args_size;
	memcpy(r->who.tls, port->tls, sizeof r->who.tls);
	buf_init(&r->out, FRAME_MAX);
	frame_begin(&r->out);
	r->port = port;
	r->next = port->reqs;
	r->back = &port->reqs;
	if (r->next != NULL)
		r->next->back = &r->next;
	port->reqs = r;
	r->dispatch->in_work++;
	port->ops->begun(port, r->held);
	return r;
}

void dispatch_frame(struct dispatch_port *port, uint8_t *body, size_t len)
{
	const struct dispatch_row *row = NULL;
	struct msg_request msg;
	struct req *r = NULL;
	int err = msg_request_open(body, len, &msg);

	if (err == 0)
		err = check_order(port, &msg);
	if (err == 0) {
		row = find_row(port->dispatch, msg.row);
		err = row == NULL ? ERR_OP : 0;
	}
	if (err == 0) {
		r = new_req(port, row, body, len, &msg);
		err = r == NULL ? ERR_NOMEM : 0;
	}
	if (r == NULL) {
		fault(port, &msg, err);
		msg_request_close(&msg);
		free(body);
		return;
	}
	err = row->get(&r->msg.args, r->args);
	if (err != 0) {
		unlink_req(r);
		fault(port, &r->msg, err);
		free_req(r);
		return;
	}
	err = authorise(r);
	if (err != 0)
		dispatch_finish(r, err, false);
	else
		row->handle(r, r->args);
}
