/* server: the loop: the listener, signals, the drain at the end. Owns the event base, the sessions, the dispatcher and
 * the counts of who is let in. Knows no request and no store; what else must be woken is a descriptor and a function to
 * it. Loop thread only. */
#ifndef KAP_DAEMON_SERVER_H
#define KAP_DAEMON_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dispatch_row;
struct req_env;
struct server;
struct ssl_ctx_st;

struct server_opts {
	struct req_env *env;    /* borrowed; its config says where and how many. server_new sets watch and mailbox */
	struct ssl_ctx_st *tls; /* borrowed */
	const struct dispatch_row *rows;
	int listen_fd;          /* a socket that listens already, taken; -1: make one */
	void (*stopping)(void); /* called once when the drain begins; NULL is legal */
};

/* Binds and listens; handles SIGTERM and SIGINT; ignores SIGPIPE. ERR_CONFIG: the address is none; ERR_UNREACHABLE: it
 * cannot be bound, errno says why; ERR_NOMEM. */
int server_new(const struct server_opts *opts, struct server **out);
void server_free(struct server *s); /* NULL is legal */

uint16_t server_port(const struct server *s); /* 0 once the drain has begun */

/* Calls fn(arg) on the loop whenever `fd` is readable. At most SERVER_FDS. The descriptor stays the caller's.
 * ERR_NOMEM, ERR_RANGE. */
#define SERVER_FDS 4
int server_watch_fd(struct server *s, int fd, void (*fn)(void *arg), void *arg);

/* Runs until a signal or server_stop, and through the drain after it. 0: all that was owed is answered; ERR_TIMEOUT:
 * the drain's time ran out; the err given to server_stop. */
int server_run(struct server *s);

/* err 0: begins the drain: no new connections, what is in work is answered, then everything is closed. An error ends
 * the loop at once. Legal again. */
void server_stop(struct server *s, int err);

struct server_counts {
	uint32_t connections, handshakes, guests, watchers;
	uint64_t accepted, refused; /* since the start */
	size_t in_work, memory;
};
void server_count(const struct server *s, struct server_counts *out);

#endif
