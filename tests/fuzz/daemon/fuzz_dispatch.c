/* fuzz_dispatch: a whole conversation, as frames of any content: two bytes of length, then so many bytes of a body. The
 * handlers answer, refuse, wait or speak of an error of ours as their input says; now and then the connection goes
 * while requests wait. However it goes: a request is answered once, under its own id, ids grow, nothing is answered
 * before hello or after the end, and what was counted out is counted in. */
#include <string.h>

#include "daemon/config.h"
#include "daemon/dispatch.h"
#include "daemon/log.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "tests/fuzz/fuzz.h"

#define WAITING_MAX 16

static struct config config;
static struct req_env env;
static const uint8_t *choices; /* what the handlers do next */
static size_t n_choices;

static struct req *waiting[WAITING_MAX];
static size_t n_waiting;

static struct {
	struct dispatch_port port;
	size_t held, requests, answers;
	bool ended, greeted, gone;
} peer;

static uint8_t choose(void)
{
	if (n_choices == 0)
		return 0;
	n_choices--;
	return *choices++;
}

/* --- handlers: all do the same --- */

static void answer(struct req *r, uint8_t how)
{
	uint8_t id[16] = {how};

	req_set_object(r, 1, id, sizeof id);
	if (how % 4 == 0) {
		msg_put_response(req_out(r), req_id(r), 0, 0);
		req_reply(r, buf_err(req_out(r)));
	} else if (how % 4 == 1) {
		req_fail(r, -(how >> 2));
	} else if (how % 4 == 2) {
		msg_put_response(req_out(r), req_id(r), 300, 0);
		req_refuse(r, ERR_CHAIN_BEHIND);
	} else {
		req_reply(r, ERR_TOO_BIG);
	}
}

/* One that was held is to wait no longer. */
static void let_go(struct req *r, void *arg, int err)
{
	size_t i = 0;

	while (i < n_waiting && waiting[i] != r)
		i++;
	FUZZ_CHECK(arg == waiting && i < n_waiting);
	waiting[i] = waiting[--n_waiting];
	req_fail(r, err);
}

static void handle(struct req *r, const void *m)
{
	uint8_t how = choose();

	(void)m;
	FUZZ_CHECK(req_is_wanted(r) && req_env(r) == &env && req_id(r) != 0);
	if (how < 128 || n_waiting == WAITING_MAX) {
		answer(r, how);
		return;
	}
	waiting[n_waiting++] = r;
	if (how > 220)
		req_hold(r, let_go, waiting);
}

#define OP(NAME, name, number, body, effect, who)                                                                      \
	static int get_##name(struct mp_cur *args, void *m)                                                                \
	{                                                                                                                  \
		return msg_get_##name(args, m);                                                                                \
	}
#include "proto/ops.def"
#undef OP

static const struct dispatch_row rows[] = {
#define OP(NAME, name, number, body, effect, who) {number, sizeof(struct msg_##name), get_##name, handle},
#include "proto/ops.def"
#undef OP
    {0}};

/* --- the near end of the connection --- */

static void on_send(struct dispatch_port *port, const uint8_t *frame, size_t len, int end)
{
	struct msg_reply m;
	size_t body;

	(void)port;
	FUZZ_CHECK(!peer.gone);
	if (peer.ended) /* as a connection that is finishing does */
		return;
	FUZZ_CHECK(frame_peek(frame, len, FRAME_MAX, &body) == 0 && body == len - FRAME_HEADER);
	FUZZ_CHECK(msg_reply_open(frame + FRAME_HEADER, body, &m) == 0);
	FUZZ_CHECK(!m.is_event && m.id != 0);
	FUZZ_CHECK(m.status != 0 || peer.greeted);
	peer.answers++;
	peer.ended = end != 0;
	msg_reply_close(&m);
}

static void on_drop(struct dispatch_port *port, int err)
{
	(void)port;
	FUZZ_CHECK(!peer.gone && err != 0);
	peer.ended = true;
}

static void on_begun(struct dispatch_port *port, size_t bytes)
{
	(void)port;
	peer.held += bytes;
	peer.requests++;
}

static void on_ended(struct dispatch_port *port, size_t bytes)
{
	(void)port;
	FUZZ_CHECK(peer.held >= bytes);
	peer.held -= bytes;
}

static int on_greeted(struct dispatch_port *port, const struct req_who *who)
{
	(void)port;
	(void)who;
	if (choose() > 250)
		return ERR_BUSY;
	peer.greeted = true;
	return 0;
}

static void on_subscribe(struct dispatch_port *port, const struct req_who *who, const uint8_t generation[16])
{
	(void)port;
	(void)who;
	(void)generation;
}

static const struct dispatch_port_ops ops = {
    .send = on_send,
    .drop = on_drop,
    .begun = on_begun,
    .ended = on_ended,
    .greeted = on_greeted,
    .subscribe = on_subscribe,
};

/* --- who asks --- */

static int identify(struct roster *roster, const uint8_t tls[32], struct req_who *who)
{
	uint8_t how = choose();

	(void)roster;
	(void)tls;
	who->role = how < 64 ? 0 : (uint8_t)(1 + how % 6);
	who->paper = how >= 240;
	return how == 255 ? ERR_REVOKED : 0;
}

static int audit(struct writer *writer, const struct audit_row *row)
{
	(void)writer;
	(void)row;
	return choose() > 250 ? ERR_BUSY : 0;
}

static uint64_t now_ms(void)
{
	return 1000;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_output(-1, 0);
	config_defaults(&config);
	env = (struct req_env){.config = &config, .now_ms = now_ms, .identify = identify, .audit = audit};
	return crypto_init();
}

/* --- one conversation --- */

static void release(size_t n)
{
	while (n-- > 0 && n_waiting > 0) {
		struct req *r = waiting[--n_waiting];

		answer(r, choose());
	}
}

static void feed(const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (!peer.ended && size - at >= 2) {
		size_t len = (size_t)data[at] << 8 | data[at + 1];
		uint8_t *body;

		at += 2;
		if (len < FRAME_MIN || len > size - at)
			break;
		body = malloc(len);
		FUZZ_CHECK(body != NULL);
		memcpy(body, data + at, len);
		at += len;
		dispatch_frame(&peer.port, body, len);
		if (!peer.ended && choose() > 200)
			release(1);
		if (!peer.ended && choose() > 240)
			FUZZ_CHECK(!dispatch_release(&peer.port, choose() > 128 ? ERR_DRAINING : ERR_REVOKED));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dispatch *d;

	if (size < 32)
		return -1;
	choices = data;
	n_choices = 32;
	FUZZ_CHECK(dispatch_new(&env, rows, &d) == 0);
	memset(&peer, 0, sizeof peer);
	n_waiting = 0;
	peer.port.dispatch = d;
	peer.port.ops = &ops;
	feed(data + 32, size - 32);
	FUZZ_CHECK(peer.answers <= peer.requests + 1); /* one more for a fault that never became a request */
	FUZZ_CHECK(dispatch_in_work(d) == n_waiting);
	if (peer.ended || choose() > 128) {
		dispatch_detach(&peer.port);
		peer.gone = true; /* from here on nothing may touch it */
		release(WAITING_MAX);
	} else {
		release(WAITING_MAX);
		FUZZ_CHECK(peer.held == 0 && (peer.ended || peer.answers == peer.requests));
	}
	dispatch_detach(&peer.port);
	release(WAITING_MAX);
	FUZZ_CHECK(dispatch_in_work(d) == 0);
	dispatch_free(d);
	return 0;
}
