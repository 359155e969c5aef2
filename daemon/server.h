/* server: the loop: listeners, who is let in and how many, signals, the drain at the end. Owns the event base, every
 * session and the dispatcher. Knows no request and no store; the writer is a descriptor and a function to it. Loop
 * thread only. */
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
	const struct req_env *env; /* borrowed; its config says where and how many. env->watch is set by server_new */
	struct ssl_ctx_st *tls;    /* borrowed */
	const struct dispatch_row *rows;
};

/* Binds and listens; handles SIGTERM, SIGINT; ignores SIGPIPE. ERR_UNREACHABLE when the address cannot be bound (errno
 * is meaningful), ERR_CONFIG for an address that is none, ERR_NOMEM, ERR_IO. */
int server_new(const struct server_opts *opts, struct server **out);
void server_free(struct server *s); /* NULL is legal */

uint16_t server_port(const struct server *s);

/* Calls fn(arg) on the loop whenever `fd` is readable. At most 4. The descriptor stays the caller's. ERR_NOMEM,
 * ERR_RANGE.
 */
int server_watch_fd(struct server *s, int fd, void (*fn)(void *arg), void *arg);

/* Runs until a signal or server_stop and the drain after it. 0: everything owed was answered; ERR_TIMEOUT: the drain's
 * time ran out; the err given to server_stop. */
int server_run(struct server *s);

/* Begins the drain: no new connections, idle ones closed, requests in work answered. err 0 for an orderly end; an error
 * (ERR_STORE_FATAL) ends the loop at once. */
void server_stop(struct server *s, int err);

/* Closes all connections of a device or a person; one of them is NULL. */
void server_expel(struct server *s, const uint8_t *did, const uint8_t *pid);

struct server_counts {
	uint32_t connections, handshakes, guests, watchers;
	uint64_t accepted, refused;
};
void server_count(const struct server *s, struct server_counts *out);

#endif
