/* conn: see conn.h. libevent's own timeouts are for inactivity and its buffers have no end, so deadlines and limits are
 * kept here: one timer a connection, armed for the earliest of a few deadlines. Callbacks are deferred, so none of them
 * runs inside another. */
#include "conn.h"

#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>

#include "certs/tls.h"
#include "log.h"
#include "proto/err.h"
#include "proto/frame.h"

#define CONN_MAGIC 0x6b61706eu
#define CONN_PROGRESS ((uint64_t)32 << 10) /* what a slow peer must take within flush_ms */

enum deadline { AT_HELLO, AT_FRAME, AT_FLUSH, AT_IDLE, AT_LINGER, DEADLINES };

static const enum conn_reason late[DEADLINES] = {
    [AT_HELLO] = CONN_HELLO_LATE, [AT_FRAME] = CONN_FRAME_LATE, [AT_FLUSH] = CONN_FLUSH_LATE,
    [AT_IDLE] = CONN_IDLE,        [AT_LINGER] = CONN_PEER,
};

struct conn {
	uint32_t magic;
	uint32_t owed, idle_ms;
	struct bufferevent *bev; /* NULL once the end has begun */
	struct event *timer;
	struct conn_limits *limits;
	const struct conn_events *events;
	void *arg;
	uint64_t at[DEADLINES]; /* 0: not waiting for that */
	uint64_t armed;         /* what the timer is set to; 0: not set */
	uint64_t taken_before;  /* bytes the peer had taken when the flush deadline was set */
	size_t frame_max;
	size_t owed_bytes, queued; /* both are counted in limits->memory */
	enum conn_reason reason;
	bool opened, watching, reading;
	bool busy, doomed; /* inside a callback; to be dropped when it returns */
	bool finishing, lingering;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

const char *conn_reason_word(enum conn_reason reason)
{
	static const char *const words[] = {
#define X(name, word) word,
	    CONN_REASONS(X)
#undef X
	};

	return (unsigned)reason < CONN_REASON_END ? words[reason] : "?";
}

/* --- deadlines --- */

/* A deadline that moves away is left to the timer, which looks again when it fires. */
static void arm(struct conn *c)
{
	uint64_t first = 0, now;
	struct timeval wait;

	for (size_t i = 0; i < DEADLINES; i++)
		if (c->at[i] != 0 && (first == 0 || c->at[i] < first))
			first = c->at[i];
	if (first == 0 || (c->armed != 0 && c->armed <= first))
		return;
	now = now_ms();
	wait.tv_sec = first > now ? (time_t)((first - now) / 1000) : 0;
	wait.tv_usec = first > now ? (suseconds_t)((first - now) % 1000) * 1000 : 0;
	c->armed = first;
	event_add(c->timer, &wait);
}

static void set_deadline(struct conn *c, enum deadline which, uint32_t ms)
{
	c->at[which] = now_ms() + ms;
	arm(c);
}

static void touch_idle(struct conn *c)
{
	if (c->at[AT_IDLE] != 0)
		set_deadline(c, AT_IDLE, c->idle_ms);
}

/* What was handed to the kernel less what it still holds: the kernel asks for more only in large steps. */
static uint64_t taken_by_peer(struct conn *c)
{
	uint64_t sent = tls_sent(bufferevent_openssl_get_ssl(c->bev));
	int held = 0;

	if (ioctl(bufferevent_getfd(c->bev), SIOCOUTQ, &held) != 0 || held < 0 || (uint64_t)held > sent)
		return sent;
	return sent - (uint64_t)held;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	uint64_t now = now_ms();

	(void)fd;
	(void)what;
	if (c->magic != CONN_MAGIC)
		return;
	c->armed = 0;
	if (c->at[AT_IDLE] != 0 && c->owed > 0)
		c->at[AT_IDLE] = now + c->idle_ms;
	if (c->at[AT_FLUSH] != 0 && c->at[AT_FLUSH] <= now) {
		uint64_t taken = taken_by_peer(c);

		if (taken - c->taken_before >= CONN_PROGRESS) {
			c->taken_before = taken;
			c->at[AT_FLUSH] = now + c->limits->flush_ms;
		}
	}
	for (size_t i = 0; i < DEADLINES; i++) {
		if (c->at[i] != 0 && c->at[i] <= now) {
			conn_drop(c, c->finishing ? c->reason : late[i]);
			return;
		}
	}
	arm(c);
}

/* --- the end --- */

static void destroy(struct conn *c)
{
	struct bufferevent *bev = c->bev;
	enum conn_reason reason = c->reason;

	c->bev = NULL;
	event_free(c->timer);
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	if (c->opened && !c->lingering && reason != CONN_PEER && reason != CONN_TLS)
		tls_bye(bufferevent_openssl_get_ssl(bev));
	bufferevent_free(bev);
	c->limits->memory -= c->queued + c->owed_bytes;
	c->magic = 0;
	c->events->closed(c->arg, c, reason);
	free(c);
}

void conn_drop(struct conn *c, enum conn_reason reason)
{
	if (c->doomed)
		return;
	c->doomed = true;
	if (!c->finishing)
		c->reason = reason;
	if (!c->busy)
		destroy(c);
}

/* Calls one of the owner's functions; true if the connection is still there afterwards. */
#define CALL(c, expression) (begin_call(c), (expression), end_call(c))

static void begin_call(struct conn *c)
{
	c->busy = true;
}

static bool end_call(struct conn *c)
{
	c->busy = false;
	if (!c->doomed)
		return true;
	destroy(c);
	return false;
}

/* A socket closed with unread bytes in it throws away what was just sent, so the peer gets a moment to stop talking. */
static void linger(struct conn *c)
{
	c->lingering = true;
	c->at[AT_FLUSH] = 0;
	tls_bye(bufferevent_openssl_get_ssl(c->bev));
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	bufferevent_enable(c->bev, EV_READ);
	set_deadline(c, AT_LINGER, c->limits->linger_ms);
}

void conn_finish(struct conn *c, enum conn_reason reason)
{
	if (c->doomed || c->finishing)
		return;
	if (!c->opened) {
		conn_drop(c, reason);
		return;
	}
	c->finishing = true;
	c->reason = reason;
	c->reading = false;
	bufferevent_disable(c->bev, EV_READ);
	c->at[AT_HELLO] = c->at[AT_FRAME] = c->at[AT_IDLE] = 0;
	if (c->queued == 0)
		linger(c);
}

/* --- in --- */

static bool may_read(const struct conn *c)
{
	const struct conn_limits *l = c->limits;

	if (c->finishing || c->owed >= l->in_flight || c->owed_bytes >= l->in_flight_bytes || c->queued >= l->out_pause)
		return false;
	return l->memory < l->memory_max || (c->owed == 0 && c->queued == 0);
}

/* OpenSSL reads ahead; libevent 2.1.12 asks only for what is decrypted already and would wait for the socket. */
static void poke(struct conn *c)
{
	if (c->reading && tls_has_pending(bufferevent_openssl_get_ssl(c->bev)))
		event_active(&c->bev->ev_read, EV_READ, 1);
}

static void set_reading(struct conn *c)
{
	bool want = c->opened && may_read(c);

	if (want == c->reading)
		return;
	c->reading = want;
	if (!want) {
		bufferevent_disable(c->bev, EV_READ);
		c->at[AT_FRAME] = 0;
		return;
	}
	bufferevent_enable(c->bev, EV_READ);
	bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
	poke(c);
}

/* The next whole frame's body. ERR_MORE: not there yet. */
static int take_frame(struct conn *c, uint8_t **body, size_t *len)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t have = evbuffer_get_length(in);
	uint8_t head[FRAME_HEADER];
	ev_ssize_t n = evbuffer_copyout(in, head, sizeof head);
	int err = frame_peek(head, n > 0 ? (size_t)n : 0, c->frame_max, len);

	if (err != 0 && err != ERR_MORE)
		return err;
	if (have < FRAME_HEADER || have - FRAME_HEADER < *len) {
		if (have > 0 && c->at[AT_FRAME] == 0)
			set_deadline(c, AT_FRAME, c->limits->frame_ms);
		return ERR_MORE;
	}
	c->at[AT_FRAME] = 0;
	*body = malloc(*len);
	if (*body == NULL)
		return ERR_NOMEM;
	evbuffer_drain(in, FRAME_HEADER);
	evbuffer_remove(in, *body, *len);
	return 0;
}

static void pump(struct conn *c)
{
	uint8_t *body;
	size_t len;
	int err;

	while (may_read(c)) {
		err = take_frame(c, &body, &len);
		if (err == ERR_MORE)
			break;
		if (err != 0) {
			conn_drop(c, err == ERR_NOMEM ? CONN_NOMEM : CONN_PROTOCOL);
			return;
		}
		touch_idle(c);
		if (!CALL(c, c->events->frame(c->arg, c, body, len)))
			return;
	}
	set_reading(c);
	poke(c);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	if (c->magic != CONN_MAGIC)
		return;
	if (c->finishing)
		evbuffer_drain(in, evbuffer_get_length(in));
	else
		pump(c);
}

/* --- out --- */

static void count_queued(struct conn *c)
{
	size_t queued = evbuffer_get_length(bufferevent_get_output(c->bev));

	c->limits->memory += queued;
	c->limits->memory -= c->queued;
	c->queued = queued;
}

static void on_write(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->magic != CONN_MAGIC)
		return;
	count_queued(c);
	if (c->queued == 0) {
		c->at[AT_FLUSH] = 0;
		if (c->finishing && !c->lingering)
			linger(c);
		else if (!c->finishing && c->opened && !CALL(c, c->events->drained(c->arg, c)))
			return;
	}
	if (!c->finishing)
		set_reading(c);
}

int conn_send(struct conn *c, const uint8_t *frame, size_t len)
{
	struct evbuffer_iovec place;

	if (c->doomed || c->finishing || !c->opened)
		return ERR_CLOSED;
	if (len > c->limits->out_max - c->queued) {
		conn_drop(c, CONN_OUTPUT);
		return ERR_FULL;
	}
	if (evbuffer_reserve_space(bufferevent_get_output(c->bev), (ev_ssize_t)len, &place, 1) < 1) {
		conn_drop(c, CONN_NOMEM);
		return ERR_NOMEM;
	}
	memcpy(place.iov_base, frame, len);
	place.iov_len = len;
	evbuffer_commit_space(bufferevent_get_output(c->bev), &place, 1);
	event_active(&c->bev->ev_write, EV_WRITE, 1); /* written before the loop next asks the kernel anything */
	count_queued(c);
	if (c->at[AT_FLUSH] == 0) {
		c->taken_before = taken_by_peer(c);
		set_deadline(c, AT_FLUSH, c->limits->flush_ms);
	}
	return 0;
}

size_t conn_queued(const struct conn *c)
{
	return c->queued;
}

/* --- life --- */

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;
	uint8_t key[TLS_KEY];

	if (c->magic != CONN_MAGIC)
		return;
	if ((what & BEV_EVENT_CONNECTED) == 0) {
		conn_drop(c, c->opened ? CONN_PEER : CONN_TLS);
		return;
	}
	if (tls_peer_key(bufferevent_openssl_get_ssl(bev), key) != 0) {
		conn_drop(c, CONN_TLS);
		return;
	}
	c->opened = c->reading = true;
	if (CALL(c, c->events->opened(c->arg, c, key)))
		pump(c);
}

struct conn *conn_new(const struct conn_opts *opts, int fd)
{
	struct conn *c = calloc(1, sizeof *c);
	struct ssl_st *ssl = tls_conn_new(opts->tls);

	if (c != NULL)
		c->timer = evtimer_new(opts->base, on_timer, c);
	if (c != NULL && c->timer != NULL && ssl != NULL) {
		/* frees `ssl` when it fails, but leaves the descriptor */
		c->bev = bufferevent_openssl_socket_new(opts->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
		                                        BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
		ssl = NULL;
	}
	if (c == NULL || c->bev == NULL)
		goto fail;
	c->magic = CONN_MAGIC;
	c->limits = opts->limits;
	c->events = opts->events;
	c->arg = opts->arg;
	c->frame_max = FRAME_MAX_GUEST;
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(c->bev, EV_WRITE, c->limits->out_pause, 0);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	set_deadline(c, AT_HELLO, c->limits->hello_ms);
	return c;
fail:
	tls_conn_free(ssl);
	if (c != NULL && c->timer != NULL)
		event_free(c->timer);
	free(c);
	close(fd);
	return NULL;
}

void conn_set_frame_max(struct conn *c, size_t max)
{
	c->frame_max = max;
}

void conn_set_greeted(struct conn *c, uint32_t idle_ms)
{
	c->at[AT_HELLO] = 0;
	c->idle_ms = idle_ms;
	if (!c->watching && !c->finishing)
		set_deadline(c, AT_IDLE, c->idle_ms);
}

void conn_set_watching(struct conn *c)
{
	c->watching = true;
	c->at[AT_IDLE] = 0;
}

void conn_owe(struct conn *c, size_t bytes)
{
	c->owed++;
	c->owed_bytes += bytes;
	c->limits->memory += bytes;
}

void conn_repay(struct conn *c, size_t bytes)
{
	c->owed--;
	c->owed_bytes -= bytes;
	c->limits->memory -= bytes;
	touch_idle(c);
	if (!c->busy && !c->doomed && !c->finishing)
		set_reading(c);
}

uint32_t conn_owed(const struct conn *c)
{
	return c->owed;
}
