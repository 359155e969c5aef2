/* rpc: frames over a TLS wire; see rpc.h. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "certs/tls.h"
#include "certs/tls_wire.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/frame.h"

#include "rpc.h"

#define PROGRAM "kap/1"
#define READ_BYTES 65536

struct rpc {
	struct ssl_ctx_st *tls;
	struct tls_wire *wire;
	unsigned timeout_ms;
	uint32_t last_id;
	struct buf out, in;
	size_t frame_at, used; /* where the request's frame begins; bytes of `in` that the open reply covers */
	struct msg_reply reply;
	struct rpc_hello hello;
	bool news[MSG_TOPIC_CHAIN + 1];
};

int rpc_answer(int err)
{
	return err && err != ERR_NOMEM ? ERR_ANSWER : err;
}

int rpc_statement(int err)
{
	return err == ERR_RECEIPT || err == ERR_KEY || err == ERR_SUITE ? err : rpc_answer(err);
}

static uint64_t clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- connecting --- */

static int wait_connected(int fd, unsigned ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	uint64_t end = clock_ms() + ms;
	int n;
	do {
		uint64_t now = clock_ms();
		n = poll(&p, 1, now < end ? (int)(end - now) : 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return ERR_TIMEOUT;
	int why = 0;
	socklen_t len = sizeof(why);
	if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0 || why != 0)
		return ERR_UNREACHABLE;
	return 0;
}

static int connect_one(const struct addrinfo *a, unsigned ms, int *out)
{
	int one = 1;
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	if (fd < 0)
		return ERR_UNREACHABLE;
	int err = 0;
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0)
		err = errno == EINPROGRESS ? wait_connected(fd, ms) : ERR_UNREACHABLE;
	if (err) {
		close(fd);
		return err;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*out = fd;
	return 0;
}

static int connect_any(const char *host, uint16_t port, unsigned ms, int *fd)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all = NULL;
	char service[8];
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(host, service, &hints, &all) != 0)
		return ERR_UNREACHABLE;
	int err = ERR_UNREACHABLE;
	for (const struct addrinfo *a = all; a && err; a = a->ai_next)
		err = connect_one(a, ms, fd);
	freeaddrinfo(all);
	return err;
}

/* --- frames --- */

/* Reads until a whole frame is there. 0, or ERR_TIMEOUT after `ms` in which none came. */
static int read_frame(struct rpc *c, unsigned ms, size_t *body_len)
{
	uint64_t end = clock_ms() + ms;
	for (;;) {
		int err = frame_peek(c->in.data, c->in.len, FRAME_MAX, body_len);
		if (err != ERR_MORE)
			return rpc_answer(err);
		size_t got = 0;
		uint64_t now = clock_ms();
		uint8_t *room = buf_reserve(&c->in, READ_BYTES);
		if (!room)
			return buf_err(&c->in);
		err = now < end ? tls_wire_read(c->wire, room, READ_BYTES, (unsigned)(end - now), &got) : ERR_TIMEOUT;
		buf_truncate(&c->in, c->in.len - READ_BYTES + (err ? 0 : got));
		if (err)
			return err;
	}
}

static void forget_reply(struct rpc *c)
{
	msg_reply_close(&c->reply);
	memset(&c->reply, 0, sizeof(c->reply));
	buf_consume(&c->in, c->used);
	c->used = 0;
}

/* The next frame, decoded into c->reply. Events are noted. */
static int next_reply(struct rpc *c, unsigned ms)
{
	size_t len;
	forget_reply(c);
	int err = read_frame(c, ms, &len);
	if (err)
		return err;
	err = rpc_answer(msg_reply_open(c->in.data + FRAME_HEADER, len, &c->reply));
	c->used = FRAME_HEADER + len;
	if (!err && c->reply.is_event && c->reply.topic <= MSG_TOPIC_CHAIN)
		c->news[c->reply.topic] = true;
	return err;
}

struct buf *rpc_begin(struct rpc *c, uint32_t *id)
{
	forget_reply(c);
	buf_reset(&c->out);
	c->frame_at = frame_begin(&c->out);
	*id = ++c->last_id;
	return &c->out;
}

int rpc_call(struct rpc *c, int put_err, struct msg_reply **reply)
{
	*reply = NULL;
	int err = put_err ? put_err : frame_end(&c->out, c->frame_at, FRAME_MAX);
	if (!err)
		err = tls_wire_write(c->wire, c->out.data, c->out.len, c->timeout_ms);
	/* events buy no time */
	uint64_t end = clock_ms() + c->timeout_ms;
	do {
		uint64_t now = clock_ms();
		if (!err)
			err = now < end ? next_reply(c, (unsigned)(end - now)) : ERR_TIMEOUT;
	} while (!err && c->reply.is_event);
	if (err)
		return err;
	if (c->reply.id != c->last_id)
		return ERR_ANSWER;
	*reply = &c->reply;
	return c->reply.err;
}

/* --- life --- */

static int say_hello(struct rpc *c)
{
	struct msg_hello hello = {1, 1, {(const uint8_t *)PROGRAM, sizeof(PROGRAM) - 1}};
	struct msg_hello_reply said;
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(c, &id);
	int err = rpc_call(c, msg_put_hello(out, id, &hello), &reply);
	if (!err)
		err = rpc_answer(msg_get_hello_reply(&reply->body, &said));
	if (!err && said.version != MSG_VERSION) /* another than it was asked for; who speaks none of ours says so */
		err = ERR_ANSWER;
	if (err)
		return err;
	c->hello = (struct rpc_hello){.has_clinic = said.clinic, .is_member = said.pid, .time_ms = said.time_ms};
	c->hello.role = (uint8_t)said.role;
	memcpy(c->hello.generation, said.generation, sizeof(c->hello.generation));
	if (said.clinic)
		memcpy(c->hello.clinic, said.clinic, sizeof(c->hello.clinic));
	if (said.pid)
		memcpy(c->hello.pid, said.pid, sizeof(c->hello.pid));
	return 0;
}

int rpc_open(const struct rpc_opts *opts, struct rpc **out)
{
	int fd = -1;
	*out = NULL;
	struct rpc *c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_NOMEM;
	c->timeout_ms = opts->timeout_s * 1000;
	buf_init(&c->out, FRAME_MAX);
	buf_init(&c->in, 2 * FRAME_MAX);
	int err = tls_client_new(opts->tls_seed, &c->tls);
	if (!err)
		err = connect_any(opts->host, opts->port, c->timeout_ms, &fd);
	if (!err)
		err = tls_wire_open(c->tls, fd, opts->pins, opts->n_pins, c->timeout_ms, &c->wire);
	if (!err)
		err = say_hello(c);
	if (err)
		rpc_close(c);
	else
		*out = c;
	return err;
}

void rpc_close(struct rpc *c)
{
	if (!c)
		return;
	msg_reply_close(&c->reply);
	tls_wire_close(c->wire);
	tls_free(c->tls);
	buf_wipe(&c->out);
	buf_wipe(&c->in);
	free(c);
}

const struct rpc_hello *rpc_hello(const struct rpc *c)
{
	return &c->hello;
}

void rpc_key(const struct rpc *c, uint8_t key[32])
{
	tls_wire_key(c->wire, key);
}

/* --- events --- */

int rpc_wait(struct rpc *c, unsigned ms, int wake_fd)
{
	struct pollfd p[2] = {{.fd = tls_wire_fd(c->wire), .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
	size_t len;
	forget_reply(c);
	if (frame_peek(c->in.data, c->in.len, FRAME_MAX, &len) == ERR_MORE && !tls_wire_pending(c->wire)) {
		int n = poll(p, wake_fd < 0 ? 1 : 2, (int)ms);
		if (n <= 0 || !p[0].revents)
			return 0;
	}
	int err = next_reply(c, c->timeout_ms);
	if (!err && !c->reply.is_event)
		err = ERR_ANSWER;
	return err;
}

bool rpc_take_news(struct rpc *c, enum msg_topic topic)
{
	bool news = c->news[topic];
	c->news[topic] = false;
	return news;
}
