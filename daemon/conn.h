/* conn: one TLS connection: handshake, frames in, frames out, deadlines, back-pressure. Knows the length of a frame and
 * the raw key of the peer; knows no message, no member and no store. Loop thread only.
 *
 * The state is which handles are live; conn_drop is the one way a connection ends. Every deadline is absolute. */
#ifndef KAP_DAEMON_CONN_H
#define KAP_DAEMON_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct event_base;
struct ssl_ctx_st;

/* Why a connection ended; the words are what the log shows. */
#define CONN_REASONS(X)                                                                                                \
	X(PEER, "peer_closed")                                                                                             \
	X(TLS, "tls")                                                                                                      \
	X(HELLO_LATE, "hello_late")                                                                                        \
	X(FRAME_LATE, "frame_late")                                                                                        \
	X(FLUSH_LATE, "flush_late")                                                                                        \
	X(IDLE, "idle")                                                                                                    \
	X(PROTOCOL, "protocol")                                                                                            \
	X(OUTPUT, "output_full")                                                                                           \
	X(LIMIT, "limit")                                                                                                  \
	X(REVOKED, "revoked")                                                                                              \
	X(DRAIN, "drain")                                                                                                  \
	X(NOMEM, "no_memory")
enum conn_reason {
#define X(name, word) CONN_##name,
	CONN_REASONS(X)
#undef X
	    CONN_REASON_END
};
const char *conn_reason_word(enum conn_reason reason);

/* What the owner is told. Any of them may call conn_drop. */
struct conn_events {
	/* The handshake is over; `key` is the peer's raw TLS key. */
	void (*opened)(void *arg, struct conn *c, const uint8_t key[32]);
	/* One whole frame's body, 4 bytes at least. The callee takes `body` and frees it with free. */
	void (*frame)(void *arg, struct conn *c, uint8_t *body, size_t len);
	/* All output has been handed to the network. */
	void (*drained)(void *arg, struct conn *c);
	/* The connection is gone; exactly once; `c` is only an address now. */
	void (*closed)(void *arg, struct conn *c, enum conn_reason reason);
};

/* Shared by all connections of one loop; outlives them. */
struct conn_limits {
	uint32_t hello_ms, frame_ms, flush_ms, linger_ms;
	uint32_t in_flight;
	size_t in_flight_bytes;    /* of requests taken but not answered, per connection: reading stops above */
	size_t out_pause, out_max; /* bytes of queued output */
	size_t memory_max;         /* bytes queued both ways by all: reading stops above, one request at a time excepted */
	size_t memory;             /* counted by conn */
};

struct conn_opts {
	struct event_base *base;
	struct ssl_ctx_st *tls;
	struct conn_limits *limits;
	const struct conn_events *events;
	void *arg;
};

/* Takes the accepted, non-blocking `fd` in every case. Starts the handshake and its deadline. NULL: no memory; then
 * `closed` is not called. */
struct conn *conn_new(const struct conn_opts *opts, int fd);

/* Ends it now. Inside one of its own callbacks the end takes effect when the callback returns. The caller does not use
 * `c` afterwards. */
void conn_drop(struct conn *c, enum conn_reason reason);
/* Reads nothing more, sends what is queued, tells the peer, then drops. Owed replies that were not sent are not waited
 * for. */
void conn_finish(struct conn *c, enum conn_reason reason);

/* Queues one whole frame (header included), copied, contiguous. ERR_CLOSED while finishing, ERR_FULL: above out_max,
 * the connection is dropped; ERR_NOMEM likewise. */
int conn_send(struct conn *c, const uint8_t *frame, size_t len);
size_t conn_queued(const struct conn *c);

/* Largest frame accepted from now on, header included; FRAME_MAX_GUEST at the start. */
void conn_set_frame_max(struct conn *c, size_t max);
/* The first request was right: ends the hello deadline. From now on it may idle for `idle_ms`. Legal again. */
void conn_set_greeted(struct conn *c, uint32_t idle_ms);
/* A watching connection may idle. */
void conn_set_watching(struct conn *c);

/* One request of `bytes` was taken; one was answered or given up. Between them it counts against in_flight. */
void conn_owe(struct conn *c, size_t bytes);
void conn_repay(struct conn *c, size_t bytes);
uint32_t conn_owed(const struct conn *c);

#endif
