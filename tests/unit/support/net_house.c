/* net_house: see net_house.h. */
#include "net_house.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "certs/tls.h"
#include "daemon/audit.h"
#include "daemon/dispatch.h"
#include "daemon/log.h"
#include "daemon/watch.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/msg_reply.h"

#define HELD_MAX 256

struct house {
	struct config config;
	struct req_env env;
	struct ssl_ctx_st *tls;
	struct server *server;
	pthread_t thread;
	int result;
	uint16_t port;
	/* house_call */
	pthread_mutex_t lock;
	pthread_cond_t over;
	int wake;
	bool ended;
	void (*fn)(struct house *h, void *arg);
	void *arg;
	/* touched on the loop's thread only */
	uint8_t keys[256][32], roles[256];
	struct req *held[HELD_MAX];
	unsigned n_held, audited;
	struct audit_row last;
};

/* The house of this test, for handlers: there is one at a time. */
static struct house *here;

static const uint8_t generation[16] = {0x67};

/* --- handlers --- */

static void on_hello(struct req *r, const struct msg_hello *m)
{
	struct msg_hello_reply reply = {.version = 1,
	                                .generation = generation,
	                                .role = req_who(r)->role,
	                                .frame_max = 1 << 20,
	                                .in_flight = 16,
	                                .push_max = 64,
	                                .payload_max = 1040000};

	reply.pid = reply.role != 0 ? req_who(r)->pid : NULL;
	if (m->lowest > 1 || m->highest < 1)
		req_fail(r, ERR_VERSION);
	else
		req_reply(r, msg_put_hello_reply(req_out(r), req_id(r), &reply));
}

static void on_status(struct req *r, const struct msg_status *m)
{
	struct msg_status_reply *reply = calloc(1, sizeof *reply);

	(void)m;
	req_reply(r, msg_put_status_reply(req_out(r), req_id(r), reply));
	free(reply);
}

static void on_watch(struct req *r, const struct msg_watch *m)
{
	struct msg_watch_reply reply = {.head = req_who(r)->genesis};

	(void)m;
	req_subscribe(r, generation);
	req_reply(r, msg_put_watch_reply(req_out(r), req_id(r), &reply));
}

static void on_pull(struct req *r, const struct msg_pull *m)
{
	uint8_t *bytes = calloc(1, m->seq + 1);

	msg_put_response(req_out(r), req_id(r), 0, 1);
	mp_put_bin(req_out(r), bytes, m->seq);
	req_reply(r, buf_err(req_out(r)));
	free(bytes);
}

static void on_fetch(struct req *r, const struct msg_fetch *m)
{
	static const uint8_t id[16] = {5};

	req_set_object(r, 1, id, 16);
	req_fail(r, -(m->rids[0][0] << 8 | m->rids[0][1]));
}

static void on_join(struct req *r, const struct msg_join *m)
{
	struct msg_head head = {.hash = req_who(r)->tls};

	(void)m;
	for (int i = 0; i < 256; i++)
		if (memcmp(here->keys[i], req_who(r)->tls, 32) == 0)
			here->roles[i] = 1;
	req_reply(r, msg_put_join_reply(req_out(r), req_id(r), &head));
}

static void on_push(struct req *r, const struct msg_push *m)
{
	(void)m;
	if (here->n_held < HELD_MAX)
		here->held[here->n_held++] = r;
	else
		req_fail(r, ERR_BUSY);
}

static void on_chain_put(struct req *r, const struct msg_chain_put *m)
{
	struct msg_head head = {.hash = m->chain};

	req_expel_person(r, req_who(r)->pid);
	req_reply(r, msg_put_chain_put_reply(req_out(r), req_id(r), &head));
}

static void on_chain_get(struct req *r, const struct msg_chain_get *m)
{
	struct msg_head head = {.hash = m->chain};
	uint8_t pid[16];

	memset(pid, 0x21, sizeof pid);
	req_expel_person(r, pid);
	msg_put_behind(req_out(r), req_id(r), &head);
	req_refuse(r, ERR_CHAIN_BEHIND);
}

static void on_chain_list(struct req *r, const struct msg_chain_list *m)
{
	uint8_t did[16];

	(void)m;
	memset(did, 0x21, sizeof did);
	req_expel_device(r, did);
	req_fail(r, ERR_CHAIN_BEHIND);
}

#define ROW(NAME, name)                                                                                                \
	static int get_##name(struct mp_cur *args, void *m)                                                                \
	{                                                                                                                  \
		return msg_get_##name(args, m);                                                                                \
	}                                                                                                                  \
	static void handle_##name(struct req *r, const void *m)                                                            \
	{                                                                                                                  \
		on_##name(r, m);                                                                                               \
	}
#define ROWS(X)                                                                                                        \
	X(HELLO, hello)                                                                                                    \
	X(STATUS, status)                                                                                                  \
	X(WATCH, watch)                                                                                                    \
	X(PULL, pull)                                                                                                      \
	X(FETCH, fetch)                                                                                                    \
	X(JOIN, join) X(PUSH, push) X(CHAIN_PUT, chain_put) X(CHAIN_GET, chain_get) X(CHAIN_LIST, chain_list)
ROWS(ROW)
#undef ROW

static const struct dispatch_row rows[] = {
#define ROW(NAME, name) {MSG_OP_##NAME, sizeof(struct msg_##name), get_##name, handle_##name},
    ROWS(ROW)
#undef ROW
        {0}};

/* --- what the server asks of the rest of the daemon --- */

static int identify(struct roster *roster, const uint8_t tls[32], struct req_who *who)
{
	(void)roster;
	who->role = 0;
	for (int i = 0; i < 256; i++) {
		if (memcmp(here->keys[i], tls, 32) != 0)
			continue;
		if (here->roles[i] == 255)
			return ERR_REVOKED;
		if (here->roles[i] == 0)
			return 0;
		who->role = here->roles[i];
		memset(who->genesis, i, 32);
		memset(who->pid, i, 16);
		memset(who->did, i, 16);
	}
	return 0;
}

static int audit(struct writer *writer, const struct audit_row *row)
{
	(void)writer;
	here->audited++;
	here->last = *row;
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- the thread --- */

static void *run(void *arg)
{
	struct house *h = arg;

	h->result = server_run(h->server);
	pthread_mutex_lock(&h->lock);
	h->ended = true;
	pthread_cond_signal(&h->over);
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static void on_wake(void *arg)
{
	struct house *h = arg;
	uint64_t n;

	pthread_mutex_lock(&h->lock);
	if (read(h->wake, &n, sizeof n) == sizeof n && h->fn != NULL) {
		h->fn(h, h->arg);
		h->fn = NULL;
		pthread_cond_signal(&h->over);
	}
	pthread_mutex_unlock(&h->lock);
}

void house_call(struct house *h, void (*fn)(struct house *h, void *arg), void *arg)
{
	uint64_t one = 1;
	bool over;

	pthread_mutex_lock(&h->lock);
	h->fn = fn;
	h->arg = arg;
	assert_int_equal(write(h->wake, &one, sizeof one), sizeof one);
	while (h->fn != NULL && !h->ended)
		pthread_cond_wait(&h->over, &h->lock);
	over = h->fn == NULL;
	pthread_mutex_unlock(&h->lock);
	if (!over)
		fail_msg("the server has ended");
}

struct house *house_start(const struct house_opts *opts)
{
	static const uint8_t seed[32] = {0x77};
	struct house *h = calloc(1, sizeof *h);
	struct server_opts so = {.rows = rows, .listen_fd = -1};

	assert_non_null(h);
	here = h;
	for (int i = 0; i < 256; i++) {
		uint8_t device[32];

		memset(device, i, sizeof device);
		assert_int_equal(crypto_sign_public(device, h->keys[i]), 0);
	}
	log_set_level(LOG_LEVEL_ERROR);
	config_defaults(&h->config);
	h->config.port = 0;
	strcpy(h->config.listen, "127.0.0.1");
	if (opts != NULL && opts->tune != NULL)
		opts->tune(&h->config);
	assert_int_equal(tls_server_new(seed, &h->tls), 0);
	h->env = (struct req_env){.config = &h->config, .now_ms = now_ms, .identify = identify, .audit = audit};
	so.env = &h->env;
	so.tls = h->tls;
	assert_int_equal(server_new(&so, &h->server), 0);
	h->port = server_port(h->server);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->over, NULL);
	h->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(h->wake >= 0);
	assert_int_equal(server_watch_fd(h->server, h->wake, on_wake, h), 0);
	assert_int_equal(pthread_create(&h->thread, NULL, run, h), 0);
	return h;
}

uint16_t house_port(const struct house *h)
{
	return h->port;
}

int house_join(struct house *h)
{
	int result;

	pthread_join(h->thread, NULL);
	result = h->result;
	for (unsigned i = 0; i < h->n_held; i++)
		req_fail(h->held[i], ERR_INTERNAL);
	server_free(h->server);
	tls_free(h->tls);
	close(h->wake);
	pthread_cond_destroy(&h->over);
	pthread_mutex_destroy(&h->lock);
	free(h);
	here = NULL;
	return result;
}

static void call_stop(struct house *h, void *arg)
{
	(void)arg;
	server_stop(h->server, 0);
}

int house_stop(struct house *h)
{
	house_call(h, call_stop, NULL);
	return house_join(h);
}

struct server *house_server(struct house *h)
{
	return h->server;
}

struct req_env *house_env(struct house *h)
{
	return &h->env;
}

static void call_count(struct house *h, void *arg)
{
	server_count(h->server, arg);
}

void house_count(struct house *h, struct server_counts *out)
{
	house_call(h, call_count, out);
}

void house_await(struct house *h, int (*good)(const struct server_counts *c), const char *what)
{
	struct server_counts c;

	for (int i = 0; i < 600; i++) {
		house_count(h, &c);
		if (good(&c))
			return;
		usleep(5000);
	}
	fail_msg("%s: %u connections, %u handshakes, %u guests, %zu in work, %zu bytes", what, c.connections, c.handshakes,
	         c.guests, c.in_work, c.memory);
}

uint64_t house_cpu_ms(struct house *h)
{
	struct timespec t;
	clockid_t clock;

	assert_int_equal(pthread_getcpuclockid(h->thread, &clock), 0);
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct change {
	unsigned a, n;
	int err;
};

static void call_role(struct house *h, void *arg)
{
	struct change *c = arg;

	h->roles[c->a] = (uint8_t)c->n;
}

void house_set_role(struct house *h, uint8_t seed, uint8_t role)
{
	house_call(h, call_role, &(struct change){.a = seed, .n = role});
}

static void call_release(struct house *h, void *arg)
{
	struct change *c = arg;

	for (unsigned i = 0; i < c->n && h->n_held > 0; i++) {
		struct req *r = h->held[0];
		struct msg_push_reply reply = {.stop = err_to_status(c->err)};

		memmove(h->held, h->held + 1, --h->n_held * sizeof h->held[0]);
		if (c->err != 0)
			req_fail(r, c->err);
		else
			req_reply(r, msg_put_push_reply(req_out(r), req_id(r), &reply));
	}
}

void house_release(struct house *h, unsigned n, int err)
{
	house_call(h, call_release, &(struct change){.n = n, .err = err});
}

static void call_held(struct house *h, void *arg)
{
	*(unsigned *)arg = h->n_held;
}

unsigned house_held(struct house *h)
{
	unsigned n;

	house_call(h, call_held, &n);
	return n;
}

static void call_audited(struct house *h, void *arg)
{
	*(struct change *)arg = (struct change){.a = h->audited, .n = h->last.op, .err = h->last.status};
}

unsigned house_audited(struct house *h, uint16_t *op, uint16_t *status)
{
	struct change c;

	house_call(h, call_audited, &c);
	*op = (uint16_t)c.n;
	*status = (uint16_t)c.err;
	return c.a;
}
