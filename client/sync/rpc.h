/* rpc: one connection to the clinic's server: connect, check who answers, say hello, then one request and its answer at
 * a time. Events that arrive in between are remembered. Knows frames, TLS and the envelope of messages; knows neither
 * the vault nor what is asked. Every wait is bounded. */
#ifndef KAP_CLIENT_SYNC_RPC_H
#define KAP_CLIENT_SYNC_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/msg_reply.h"

struct buf;
struct rpc;

struct rpc_opts {
	const char *host; /* a name or an address */
	uint16_t port;
	const uint8_t *tls_seed;   /* 32: this device's */
	const uint8_t (*pins)[32]; /* the server's keys; none: any, and the caller compares rpc_key before it trusts */
	size_t n_pins;
	unsigned timeout_s; /* for connecting and for each answer */
};

/* What the server said to hello. */
struct rpc_hello {
	bool has_clinic, is_member;
	uint8_t clinic[32], generation[16], pid[16];
	uint8_t role;
	uint64_t time_ms;
};

/* ERR_UNREACHABLE (no address, refused, no route), ERR_TIMEOUT, ERR_CLOSED, ERR_PIN, ERR_VERSION, ERR_ANSWER,
 * ERR_REVOKED, ERR_BUSY, ERR_DRAINING; ERR_CRYPTO, ERR_NOMEM. *out is NULL on error. */
int rpc_open(const struct rpc_opts *opts, struct rpc **out);
void rpc_close(struct rpc *c); /* NULL is legal */
const struct rpc_hello *rpc_hello(const struct rpc *c);
void rpc_key(const struct rpc *c, uint8_t key[32]); /* the server's, proved */

/* A call: `out` and `id` for a msg_put_NAME, then rpc_call with what that returned. *reply is good for
 * msg_get_NAME_reply until the next rpc_begin. Returns the error that the server's status stands for (then reply->body
 * is the refusal's), or ERR_TIMEOUT, ERR_CLOSED, ERR_ANSWER (no valid answer); after those the connection is of no more
 * use.
 *
 *     struct buf *out = rpc_begin(c, &id);
 *     err = rpc_call(c, msg_put_status(out, id, &m), &reply);
 */
struct buf *rpc_begin(struct rpc *c, uint32_t *id);
int rpc_call(struct rpc *c, int put_err, struct msg_reply **reply);

/* What a msg_get_NAME_reply returned, as a fault of the server: ERR_ANSWER; 0 and ERR_NOMEM stay. */
int rpc_answer(int err);
/* The same for a statement that was read after its signature was checked: ERR_RECEIPT, ERR_KEY, ERR_SUITE stay, too. */
int rpc_statement(int err);

/* Waits up to `ms` for an event, or for `wake_fd` (-1: none) to become readable. 0 also when nothing came. ERR_CLOSED,
 * ERR_ANSWER. */
int rpc_wait(struct rpc *c, unsigned ms, int wake_fd);
/* True once for every kind of news since the last time. */
bool rpc_take_news(struct rpc *c, enum msg_topic topic);

#endif
