/* server: see server.h. Accepting waits rather than fails: while descriptors or places run short the listener is off
 * and newcomers wait in the kernel's queue. */
#include "server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "config.h"
#include "dispatch.h"
#include "gate.h"
#include "listen.h"
#include "log.h"
#include "mailbox.h"
#include "proto/err.h"
#include "req.h"
#include "session.h"
#include "watch.h"

#define SERVER_RETRY_MS 100 /* after accept failed for want of descriptors or memory */
#define SERVER_UNSENT (256 << 10)
#define SERVER_LAST_LINGER_MS 250 /* in a drain, for peers that do not hang up */
#define SERVER_TICK_MS 20         /* how often a drain looks whether it is over */

struct waker {
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

struct server {
	struct session_house house;
	struct evconnlistener *listener;
	struct event *retry, *tick, *deadline, *mail;
	struct mailbox *mailbox;
	struct event *signals[2];
	struct waker wakers[SERVER_FDS];
	size_t n_wakers;
	bool resting, draining;
	void (*stopping)(void);
	int result;
	uint64_t accepted, refused;
};

/* --- accepting --- */

static void set_accepting(struct server *s)
{
	if (s->listener == NULL)
		return;
	if (s->resting || !gate_is_open(s->house.gate))
		evconnlistener_disable(s->listener);
	else
		evconnlistener_enable(s->listener);
}

static void on_left(void *arg)
{
	set_accepting(arg);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	s->resting = false;
	set_accepting(s);
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct timeval wait = {.tv_usec = SERVER_RETRY_MS * 1000};
	struct server *s = arg;
	int e = EVUTIL_SOCKET_ERROR();

	(void)listener;
	log_noisy(LOG_LEVEL_WARN, "accept_failed", LOG_ERRNO(e),
	          LOG_U64("connections", gate_count(s->house.gate).connections));
	s->resting = true;
	set_accepting(s);
	event_add(s->retry, &wait);
}

/* No waiting for more to send; little held in the kernel for a slow peer; and one that vanished without a word is
 * noticed in some minutes. */
static void set_socket(int fd)
{
	int one = 1, idle = 60, every = 15, times = 4, unsent = SERVER_UNSENT;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	struct server *s = arg;
	int err;

	(void)listener;
	(void)len;
	set_socket(fd);
	s->accepted++;
	err = session_begin(&s->house, fd, from);
	if (err != 0) {
		s->refused++;
		log_noisy(LOG_LEVEL_WARN, "not_let_in", LOG_ERR(err),
		          LOG_U64("handshakes", gate_count(s->house.gate).handshakes));
	}
	set_accepting(s);
}

/* --- the end --- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	if (s->house.sessions == NULL && dispatch_in_work(s->house.dispatch) == 0)
		event_base_loopbreak(s->house.base);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	log_warn("drain_late", LOG_U64("in_work", dispatch_in_work(s->house.dispatch)));
	s->result = ERR_TIMEOUT;
	event_base_loopbreak(s->house.base);
}

void server_stop(struct server *s, int err)
{
	struct timeval tick = {.tv_usec = SERVER_TICK_MS * 1000};
	struct timeval all = {.tv_sec = (time_t)s->house.config->drain_seconds};

	if (err != 0) {
		s->result = err;
		event_base_loopbreak(s->house.base);
		return;
	}
	if (s->draining)
		return;
	s->draining = true;
	if (s->stopping != NULL)
		s->stopping();
	evconnlistener_free(s->listener); /* newcomers hear at once that nobody is here */
	s->listener = NULL;
	log_info("draining", LOG_U64("connections", gate_count(s->house.gate).connections),
	         LOG_U64("in_work", dispatch_in_work(s->house.dispatch)));
	dispatch_drain(s->house.dispatch);
	if (s->house.limits.linger_ms > SERVER_LAST_LINGER_MS)
		s->house.limits.linger_ms = SERVER_LAST_LINGER_MS;
	event_add(s->tick, &tick);
	event_add(s->deadline, &all);
	session_dismiss(&s->house, NULL, CONN_DRAIN);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)what;
	log_info("signal", LOG_I64("number", number));
	server_stop(arg, 0);
}

int server_run(struct server *s)
{
	if (event_base_dispatch(s->house.base) < 0)
		return ERR_IO;
	return s->result;
}

/* --- mailboxes --- */

static uint64_t uptime_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void set_mail_alarm(void *arg, uint64_t in_ms)
{
	struct timeval in = {.tv_sec = (time_t)(in_ms / 1000), .tv_usec = (suseconds_t)(in_ms % 1000) * 1000};

	event_add(((struct server *)arg)->mail, &in);
}

static void on_mail(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	mailbox_tend(((struct server *)arg)->mailbox);
}

/* --- life --- */

static void expel(void *arg, const uint8_t *did, const uint8_t *pid)
{
	struct server *s = arg;

	if (did != NULL)
		session_drop_device(&s->house, did, CONN_REVOKED);
	else
		session_dismiss(&s->house, pid, CONN_REVOKED);
}

/* epoll, told of changes once a turn, which is safe as no descriptor here is ever dup'ed; and none of libevent's
 * settings from the environment. */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV |
	                                      EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

/* libevent has something to say: that it has, since its text may hold anything. */
static void on_library(int severity, const char *text)
{
	(void)text;
	log_noisy(LOG_LEVEL_WARN, "libevent", LOG_I64("severity", severity));
}

static int make_house(struct server *s, const struct server_opts *opts)
{
	const struct config *c = opts->env->config;
	struct gate_limits limits = {.connections = c->max_connections,
	                             .handshakes = c->max_handshakes,
	                             .guests = c->max_guests,
	                             .per_device = c->max_per_device,
	                             .per_address = c->max_per_address};
	int err;

	event_set_log_callback(on_library);
	s->stopping = opts->stopping;
	s->house.tls = opts->tls;
	s->house.config = c;
	s->house.left = on_left;
	s->house.arg = s;
	session_set_limits(&s->house);
	s->house.base = new_base();
	if (s->house.base == NULL)
		return ERR_NOMEM;
	err = gate_new(&limits, &s->house.gate);
	if (err == 0)
		err = watch_new(&s->house.watch);
	if (err == 0)
		err = mailbox_new(&(struct mailbox_opts){uptime_ms, set_mail_alarm, s}, &s->mailbox);
	if (err == 0)
		err = dispatch_new(opts->env, opts->rows, &s->house.dispatch);
	if (err != 0)
		return err;
	opts->env->watch = s->house.watch;
	opts->env->mailbox = s->mailbox;
	dispatch_set_expel(s->house.dispatch, expel, s);
	return 0;
}

static int make_events(struct server *s)
{
	static const int numbers[2] = {SIGTERM, SIGINT};
	struct event_base *base = s->house.base;

	s->retry = evtimer_new(base, on_retry, s);
	s->tick = event_new(base, -1, EV_PERSIST, on_tick, s);
	s->deadline = evtimer_new(base, on_deadline, s);
	s->mail = evtimer_new(base, on_mail, s);
	for (size_t i = 0; i < 2; i++) {
		s->signals[i] = evsignal_new(base, numbers[i], on_signal, s);
		if (s->signals[i] == NULL || event_add(s->signals[i], NULL) != 0)
			return ERR_NOMEM;
	}
	return s->retry != NULL && s->tick != NULL && s->deadline != NULL && s->mail != NULL ? 0 : ERR_NOMEM;
}

static int make_listener(struct server *s, const struct server_opts *opts)
{
	const struct config *c = opts->env->config;
	int fd = opts->listen_fd;
	int err = 0;

	if (fd < 0)
		err = listen_open(c->listen, (uint16_t)c->port, &fd);
	else if (evutil_make_socket_nonblocking(fd) != 0)
		err = ERR_UNREACHABLE;
	if (err != 0)
		return err;
	s->listener = evconnlistener_new(s->house.base, on_accept, s, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (s->listener == NULL) {
		evutil_closesocket(fd);
		return ERR_NOMEM;
	}
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	return 0;
}

int server_new(const struct server_opts *opts, struct server **out)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct server *s = calloc(1, sizeof *s);
	int err = ERR_NOMEM;

	*out = NULL;
	if (s == NULL)
		goto out;
	sigaction(SIGPIPE, &ignore, NULL);
	err = make_house(s, opts);
	if (err == 0)
		err = make_events(s);
	if (err == 0)
		err = make_listener(s, opts);
	if (err != 0)
		goto out;
	*out = s;
	s = NULL;
out:
	if (s != NULL) {
		int saved = errno;

		server_free(s);
		errno = saved;
	}
	return err;
}

static void free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

void server_free(struct server *s)
{
	if (s == NULL)
		return;
	s->draining = true;
	if (s->listener != NULL)
		evconnlistener_free(s->listener);
	s->listener = NULL;
	session_drop_all(&s->house, CONN_DRAIN);
	free_event(s->retry);
	free_event(s->tick);
	free_event(s->deadline);
	free_event(s->mail);
	free_event(s->signals[0]);
	free_event(s->signals[1]);
	for (size_t i = 0; i < s->n_wakers; i++)
		free_event(s->wakers[i].event);
	dispatch_free(s->house.dispatch);
	mailbox_free(s->mailbox);
	watch_free(s->house.watch);
	gate_free(s->house.gate);
	if (s->house.base != NULL)
		event_base_free(s->house.base);
	free(s);
}

uint16_t server_port(const struct server *s)
{
	return s->listener == NULL ? 0 : listen_port(evconnlistener_get_fd(s->listener));
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct waker *w = arg;

	(void)fd;
	(void)what;
	w->fn(w->arg);
}

int server_watch_fd(struct server *s, int fd, void (*fn)(void *arg), void *arg)
{
	struct waker *w = &s->wakers[s->n_wakers];

	if (s->n_wakers >= SERVER_FDS)
		return ERR_RANGE;
	w->fn = fn;
	w->arg = arg;
	w->event = event_new(s->house.base, fd, EV_READ | EV_PERSIST, on_readable, w);
	if (w->event == NULL || event_add(w->event, NULL) != 0) {
		free_event(w->event);
		w->event = NULL;
		return ERR_NOMEM;
	}
	s->n_wakers++;
	return 0;
}

void server_count(const struct server *s, struct server_counts *out)
{
	struct gate_counts now = gate_count(s->house.gate);

	*out = (struct server_counts){
	    .connections = now.connections,
	    .handshakes = now.handshakes,
	    .guests = now.guests,
	    .watchers = s->house.watchers,
	    .accepted = s->accepted,
	    .refused = s->refused,
	    .in_work = dispatch_in_work(s->house.dispatch),
	    .memory = s->house.limits.memory,
	};
}
