/* net_device: see net_device.h. */
#include "net_device.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "certs/tls_wire.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "proto/msg_reply.h"

#define WAIT_MS 3000

int device_tcp(uint16_t port, int rcvbuf)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	assert_true(fd >= 0);
	if (rcvbuf > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0)
		return fd;
	close(fd);
	return -1;
}

bool device_connect_fd(struct device *d, int fd, uint8_t seed)
{
	struct ssl_ctx_st *ctx;
	uint8_t bytes[32];
	int err;

	memset(bytes, seed, sizeof bytes);
	*d = (struct device){0};
	buf_init(&d->in, 0);
	if (fd < 0)
		return false;
	assert_int_equal(tls_client_new(bytes, &ctx), 0);
	err = tls_wire_open(ctx, fd, NULL, 0, WAIT_MS, &d->wire);
	tls_free(ctx);
	return err == 0;
}

bool device_connect(struct device *d, uint16_t port, uint8_t seed)
{
	return device_connect_fd(d, device_tcp(port, 0), seed);
}

unsigned device_hello(struct device *d, uint16_t port, uint8_t seed)
{
	struct buf out;
	unsigned status = DEVICE_ENDED;

	buf_init(&out, 0);
	if (device_connect(d, port, seed)) {
		device_put_hello(d, &out);
		if (device_send(d, &out))
			status = device_read(d, WAIT_MS, NULL, NULL);
	}
	buf_wipe(&out);
	return status;
}

void device_end(struct device *d)
{
	tls_wire_close(d->wire);
	d->wire = NULL;
	buf_wipe(&d->in);
}

/* --- requests --- */

#define PUT(d, out, call)                                                                                              \
	do {                                                                                                               \
		size_t at = frame_begin(out);                                                                                  \
		(d)->id++;                                                                                                     \
		assert_int_equal(call, 0);                                                                                     \
		assert_int_equal(frame_end(out, at, FRAME_MAX), 0);                                                            \
	} while (0)

static const uint8_t zeroes[32];

void device_put_hello(struct device *d, struct buf *out)
{
	struct msg_hello m = {.lowest = 1, .highest = 1, .program = {(const uint8_t *)"test", 4}};

	PUT(d, out, msg_put_hello(out, d->id, &m));
}

void device_put_status(struct device *d, struct buf *out)
{
	struct msg_status m = {0};

	PUT(d, out, msg_put_status(out, d->id, &m));
}

void device_put_pull(struct device *d, struct buf *out, uint64_t bytes)
{
	struct msg_pull m = {.generation = zeroes, .seq = bytes, .head = zeroes, .bytes = 1};

	PUT(d, out, msg_put_pull(out, d->id, &m));
}

void device_put_fetch(struct device *d, struct buf *out, int err)
{
	uint8_t rid[32] = {(uint8_t)(-err >> 8), (uint8_t)-err};
	struct msg_fetch m = {.n = 1, .rids = {rid}};

	PUT(d, out, msg_put_fetch(out, d->id, &m));
}

void device_put_push(struct device *d, struct buf *out, size_t payload)
{
	static uint8_t bytes[1 << 20];
	static struct msg_push m;

	m = (struct msg_push){.n = 1, .items = {{{zeroes, 32}, {bytes, payload}}}};
	PUT(d, out, msg_put_push(out, d->id, &m));
}

void device_put_simple(struct device *d, struct buf *out, enum msg_op op)
{
	struct msg_bytes some = {zeroes, 32};
	struct msg_join join = {.invite = zeroes, .genesis = some, .n_links = 1, .links = {some}};
	struct msg_chain_get get = {.chain = zeroes, .count = 1};
	struct msg_chain_put put = {.chain = zeroes, .link = some};
	struct msg_watch watch = {0};
	struct msg_chain_list list = {0};

	if (op == MSG_OP_CHAIN_LIST)
		PUT(d, out, msg_put_chain_list(out, d->id, &list));
	else if (op == MSG_OP_JOIN)
		PUT(d, out, msg_put_join(out, d->id, &join));
	else if (op == MSG_OP_CHAIN_GET)
		PUT(d, out, msg_put_chain_get(out, d->id, &get));
	else if (op == MSG_OP_CHAIN_PUT)
		PUT(d, out, msg_put_chain_put(out, d->id, &put));
	else
		PUT(d, out, msg_put_watch(out, d->id, &watch));
}

void device_put_raw(struct buf *out, uint64_t id, uint64_t op)
{
	size_t at = frame_begin(out);

	mp_put_array(out, 4);
	mp_put_u64(out, 0);
	mp_put_u64(out, id);
	mp_put_u64(out, op);
	mp_put_array(out, 0);
	assert_int_equal(frame_end(out, at, FRAME_MAX), 0);
}

/* --- both ways --- */

bool device_send(struct device *d, struct buf *out)
{
	int err;

	assert_int_equal(buf_err(out), 0);
	if (d->wire == NULL)
		return false;
	err = tls_wire_write(d->wire, out->data, out->len, WAIT_MS);
	buf_reset(out);
	return err == 0;
}

/* One frame's body at the front of `in`; 0, ERR_CLOSED or ERR_TIMEOUT. */
static int read_frame(struct device *d, unsigned ms, size_t *len)
{
	while (frame_peek(d->in.data, d->in.len, FRAME_MAX, len) == ERR_MORE) {
		uint8_t bytes[16384];
		size_t got;
		int err = d->wire == NULL ? ERR_CLOSED : tls_wire_read(d->wire, bytes, sizeof bytes, ms, &got);

		if (err != 0)
			return err;
		assert_int_equal(buf_put(&d->in, bytes, got), 0);
	}
	return 0;
}

static int read_msg(struct device *d, unsigned ms, struct msg_reply *m, size_t *len)
{
	int err = read_frame(d, ms, len);

	if (err == 0)
		assert_int_equal(msg_reply_open(d->in.data + FRAME_HEADER, *len, m), 0);
	return err;
}

unsigned device_read(struct device *d, unsigned ms, uint32_t *id, unsigned *events)
{
	struct msg_reply m;
	bool is_event;
	size_t len;
	int err;

	do {
		err = read_msg(d, ms, &m, &len);
		if (err != 0)
			return err == ERR_TIMEOUT ? DEVICE_SILENT : DEVICE_ENDED;
		is_event = m.is_event;
		if (is_event && events != NULL)
			(*events)++;
		msg_reply_close(&m);
		buf_consume(&d->in, FRAME_HEADER + len);
	} while (is_event);
	if (id != NULL)
		*id = m.id;
	return m.status;
}

unsigned device_read_event(struct device *d, unsigned ms, uint64_t *seq)
{
	struct msg_feed_event feed;
	struct msg_head head;
	struct msg_reply m;
	size_t len;
	int err = read_msg(d, ms, &m, &len);

	if (err != 0)
		return err == ERR_TIMEOUT ? DEVICE_SILENT : DEVICE_ENDED;
	assert_true(m.is_event);
	if (m.topic == MSG_TOPIC_FEED) {
		assert_int_equal(msg_get_feed_event(&m.body, &feed), 0);
		*seq = feed.seq;
	} else {
		assert_int_equal(msg_get_chain_event(&m.body, &head), 0);
		*seq = head.seq;
	}
	msg_reply_close(&m);
	buf_consume(&d->in, FRAME_HEADER + len);
	return m.topic;
}

bool device_is_served(struct device *d)
{
	struct buf out;
	uint32_t id = 0;
	bool served;

	buf_init(&out, 0);
	device_put_status(d, &out);
	served = device_send(d, &out) && device_read(d, WAIT_MS, &id, NULL) == 0 && id == d->id;
	buf_wipe(&out);
	return served;
}
