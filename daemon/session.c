/* session: see session.h. Lives from accept until conn tells that the connection is gone; requests still in work then
 * are detached and never touch it again. */
#include "session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "dispatch.h"
#include "gate.h"
#include "log.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "proto/msg_reply.h"
#include "watch.h"

#define SESSION_MAGIC 0x6b617073u
#define SESSION_GUEST_IDLE_MS 60000u
#define SESSION_LINGER_MS 1000u
#define SESSION_REQUEST_BYTES ((size_t)4 << 20) /* of requests in work, for one connection */

struct session {
	uint32_t magic;
	bool watching, leaving;
	enum conn_reason reason;
	struct session_house *house;
	struct conn *conn;
	struct dispatch_port port;
	struct gate_pass pass;
	struct watch_sub sub;
	struct req_who who;
	struct session *next, **back;
};

void session_set_limits(struct session_house *house)
{
	const struct config *config = house->config;

	house->limits = (struct conn_limits){
	    .hello_ms = config->hello_ms,
	    .frame_ms = config->frame_ms,
	    .flush_ms = config->flush_ms,
	    .linger_ms = config->flush_ms < SESSION_LINGER_MS ? config->flush_ms : SESSION_LINGER_MS,
	    .in_flight = config->max_in_flight,
	    .in_flight_bytes = SESSION_REQUEST_BYTES,
	    .out_pause = (size_t)config->out_pause_kib << 10,
	    .out_max = (size_t)config->out_max_kib << 10,
	    .memory_max = (size_t)config->memory_mib << 20,
	};
}

static struct session *of_port(struct dispatch_port *port)
{
	return (struct session *)(void *)((char *)port - offsetof(struct session, port));
}

static struct session *of_sub(struct watch_sub *sub)
{
	return (struct session *)(void *)((char *)sub - offsetof(struct session, sub));
}

/* Nothing may follow that touches the session. */
static void leave_if_done(struct session *s)
{
	if (s->leaving && conn_owed(s->conn) == 0)
		conn_finish(s->conn, s->reason);
}

/* --- events --- */

static int put_feed_event(struct session *s, struct buf *out)
{
	struct msg_feed_event e = {.generation = s->sub.generation, .seq = s->sub.feed.seq, .head = s->sub.feed.head};

	return msg_put_feed_event(out, &e);
}

static int put_chain_event(struct session *s, struct buf *out)
{
	struct msg_head head = {.seq = s->sub.chain.seq, .hash = s->sub.chain.head};

	return msg_put_chain_event(out, &head);
}

/* Sends what is new, if all before it has left. One frame each, in one piece. */
static void send_news(struct session *s)
{
	struct buf out;
	size_t at;
	int err = 0;

	if (conn_queued(s->conn) > 0 || s->leaving || (!s->sub.feed.news && !s->sub.chain.news))
		return;
	buf_init(&out, 1024);
	if (s->sub.feed.news) {
		at = frame_begin(&out);
		err = put_feed_event(s, &out);
		err = err != 0 ? err : frame_end(&out, at, FRAME_MAX);
	}
	if (err == 0 && s->sub.chain.news) {
		at = frame_begin(&out);
		err = put_chain_event(s, &out);
		err = err != 0 ? err : frame_end(&out, at, FRAME_MAX);
	}
	s->sub.feed.news = s->sub.chain.news = false;
	if (err == 0)
		conn_send(s->conn, out.data, out.len);
	else
		log_error("event_not_written", LOG_ERR(err));
	buf_wipe(&out);
}

static void wake(struct watch_sub *sub)
{
	send_news(of_sub(sub));
}

/* --- what dispatch asks for --- */

static enum conn_reason reason_of(int err)
{
	switch (err) {
	case ERR_BUSY:
	case ERR_RATE:
		return CONN_LIMIT;
	case ERR_REVOKED:
		return CONN_REVOKED;
	case ERR_DRAINING:
		return CONN_DRAIN;
	case ERR_NOMEM:
		return CONN_NOMEM;
	default:
		return CONN_PROTOCOL;
	}
}

static void port_send(struct dispatch_port *port, const uint8_t *frame, size_t len, int end)
{
	struct session *s = of_port(port);

	if (conn_send(s->conn, frame, len) != 0)
		return;
	if (end != 0)
		conn_finish(s->conn, reason_of(end));
	else
		leave_if_done(s);
}

static void port_drop(struct dispatch_port *port, int err)
{
	conn_drop(of_port(port)->conn, reason_of(err));
}

static void port_begun(struct dispatch_port *port, size_t bytes)
{
	conn_owe(of_port(port)->conn, bytes);
}

static void port_ended(struct dispatch_port *port, size_t bytes)
{
	conn_repay(of_port(port)->conn, bytes);
}

static int port_greeted(struct dispatch_port *port, const struct req_who *who)
{
	struct session *s = of_port(port);
	uint32_t idle_ms = s->house->config->idle_ms;
	int err = who->role == 0 ? gate_greet_guest(s->house->gate, &s->pass)
	                         : gate_greet_member(s->house->gate, &s->pass, who->did);

	s->who = *who; /* also when there is no room for it: whoever it is, it can be sent away */
	if (err != 0)
		return err;
	if (who->role != 0)
		conn_set_frame_max(s->conn, FRAME_MAX);
	else if (idle_ms > SESSION_GUEST_IDLE_MS)
		idle_ms = SESSION_GUEST_IDLE_MS;
	conn_set_greeted(s->conn, idle_ms);
	s->house->left(s->house->arg);
	return 0;
}

static void port_subscribe(struct dispatch_port *port, const struct req_who *who, const uint8_t generation[16])
{
	struct session *s = of_port(port);

	if (s->watching || s->leaving)
		return;
	memcpy(s->sub.pid, who->pid, sizeof s->sub.pid);
	memcpy(s->sub.generation, generation, sizeof s->sub.generation);
	s->sub.wake = wake;
	s->watching = true;
	s->house->watchers++;
	watch_add(s->house->watch, &s->sub);
	conn_set_watching(s->conn);
}

static const struct dispatch_port_ops port_ops = {
    .send = port_send,
    .drop = port_drop,
    .begun = port_begun,
    .ended = port_ended,
    .greeted = port_greeted,
    .subscribe = port_subscribe,
};

/* --- what conn tells --- */

static void on_opened(void *arg, struct conn *c, const uint8_t key[32])
{
	struct session *s = arg;

	(void)c;
	memcpy(s->port.tls, key, sizeof s->port.tls);
}

static void on_frame(void *arg, struct conn *c, uint8_t *body, size_t len)
{
	struct session *s = arg;

	(void)c;
	dispatch_frame(&s->port, body, len);
}

static void on_drained(void *arg, struct conn *c)
{
	(void)c;
	send_news(arg);
}

static void stop_watching(struct session *s)
{
	if (!s->watching)
		return;
	watch_remove(&s->sub);
	s->watching = false;
	s->house->watchers--;
}

static void on_closed(void *arg, struct conn *c, enum conn_reason reason)
{
	struct session *s = arg;
	struct session_house *house = s->house;

	(void)c;
	if (s->magic != SESSION_MAGIC)
		return;
	log_noisy(LOG_LEVEL_DEBUG, "connection_end", LOG_WORD("reason", conn_reason_word(reason)),
	          LOG_ID("did", s->who.did), LOG_U64("role", s->who.role), LOG_U64("requests", s->port.n_requests));
	dispatch_detach(&s->port);
	stop_watching(s);
	gate_leave(house->gate, &s->pass);
	*s->back = s->next;
	if (s->next != NULL)
		s->next->back = s->back;
	s->magic = 0;
	free(s);
	house->left(house->arg);
}

static const struct conn_events conn_events = {
    .opened = on_opened,
    .frame = on_frame,
    .drained = on_drained,
    .closed = on_closed,
};

int session_begin(struct session_house *house, int fd, const struct sockaddr *from)
{
	struct session *s = calloc(1, sizeof *s);
	struct conn_opts opts = {
	    .base = house->base, .tls = house->tls, .limits = &house->limits, .events = &conn_events, .arg = s};
	int err = s == NULL ? ERR_NOMEM : gate_enter(house->gate, &s->pass, from);

	if (err != 0) {
		close(fd);
		free(s);
		return err;
	}
	s->magic = SESSION_MAGIC;
	s->house = house;
	s->port.dispatch = house->dispatch;
	s->port.ops = &port_ops;
	s->conn = conn_new(&opts, fd);
	if (s->conn == NULL) {
		gate_leave(house->gate, &s->pass);
		free(s);
		return ERR_NOMEM;
	}
	s->next = house->sessions;
	s->back = &house->sessions;
	if (s->next != NULL)
		s->next->back = &s->next;
	house->sessions = s;
	return 0;
}

/* False: the session is gone. */
static bool end_held(struct session *s, enum conn_reason reason)
{
	return !dispatch_release(&s->port, reason == CONN_DRAIN ? ERR_DRAINING : ERR_REVOKED);
}

void session_dismiss(struct session_house *house, const uint8_t *pid, enum conn_reason reason)
{
	struct session *next;

	for (struct session *s = house->sessions; s != NULL; s = next) {
		next = s->next;
		if ((pid != NULL && memcmp(s->who.pid, pid, sizeof s->who.pid) != 0) || s->leaving || !end_held(s, reason))
			continue;
		s->leaving = true;
		s->reason = reason;
		stop_watching(s);
		leave_if_done(s);
	}
}

void session_drop_device(struct session_house *house, const uint8_t did[16], enum conn_reason reason)
{
	struct session *next;

	for (struct session *s = house->sessions; s != NULL; s = next) {
		next = s->next;
		if (memcmp(s->who.did, did, sizeof s->who.did) == 0)
			conn_drop(s->conn, reason);
	}
}

void session_drop_all(struct session_house *house, enum conn_reason reason)
{
	struct session *next;

	for (struct session *s = house->sessions; s != NULL; s = next) {
		next = s->next;
		conn_drop(s->conn, reason);
	}
}
