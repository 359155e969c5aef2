/* sync: the order of one exchange; see sync.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/vault.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/msg_reply.h"

#include "chains.h"
#include "news.h"
#include "pull.h"
#include "push.h"
#include "rpc.h"
#include "seal.h"

#include "sync.h"

#define TIMEOUT_S 30
#define CLOCK_LIMIT_MS ((int64_t)5 * 60 * 1000)
#define TAKE_BACK_MAX 64   /* refused records in one run */
#define PAUSE_FIRST_MS 500 /* between attempts to reach the server again */
#define PAUSE_MAX_MS 60000
#define TICK_MS 500

/* One connection's work. */
struct exchange {
	const struct sync_opts *opts;
	struct sync_result *result;
	struct identity *id;
	struct rpc *rpc;
	struct fold *fold;
	struct news *news;
};

static void show(const struct sync_opts *o, enum sync_step step, size_t done, size_t total)
{
	if (o->progress)
		o->progress(o->arg, step, done, total);
}

static void show_push(void *arg, size_t done, size_t total)
{
	show(((struct exchange *)arg)->opts, SYNC_PUSH, done, total);
}

static void show_pull(void *arg, size_t done, size_t total)
{
	show(((struct exchange *)arg)->opts, SYNC_PULL, done, total);
}

static void note_arrival(void *arg, const uint8_t rid[32], const uint8_t author[16])
{
	news_add(((struct exchange *)arg)->news, author, rid);
}

/* --- connecting --- */

static int load(struct exchange *x)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(x->opts->vault, false, &txn);
	if (!err)
		err = identity_load(txn, &x->id);
	if (!err) {
		err = fold_load(txn, x->id->clinic, false, &x->fold);
		err = err == ERR_NOT_FOUND ? 0 : err;
	}
	vault_abort(txn);
	return err;
}

static int64_t clock_ahead(const struct rpc *c)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 - (int64_t)rpc_hello(c)->time_ms;
}

/* The server must hold one of the keys the clinic pinned last; before the first pins, the one of the invitation. */
static int connect_server(struct exchange *x)
{
	const struct clinic_pins *pins = x->fold ? clinic_pins(fold_clinic(x->fold)) : NULL;
	struct rpc_opts where = {.host = x->id->host, .port = x->id->port, .tls_seed = x->id->device.tls};
	where.timeout_s = x->opts->timeout_s ? x->opts->timeout_s : TIMEOUT_S;
	where.pins = pins ? (const uint8_t(*)[32])pins->tls : (const uint8_t(*)[32])x->id->pins;
	where.n_pins = pins ? pins->n_tls : x->id->n_pins;
	show(x->opts, SYNC_CONNECT, 0, 0);
	int err = rpc_open(&where, &x->rpc);
	if (err)
		return err;
	x->result->clock_ahead_ms = clock_ahead(x->rpc);
	x->result->behind_clock = x->result->clock_ahead_ms > CLOCK_LIMIT_MS || x->result->clock_ahead_ms < -CLOCK_LIMIT_MS;
	return rpc_hello(x->rpc)->is_member ? 0 : ERR_GUEST;
}

static int start(struct exchange *x, const struct sync_opts *opts, struct sync_result *result)
{
	*x = (struct exchange){.opts = opts, .result = result};
	memset(result, 0, sizeof(*result));
	int err = load(x);
	if (!err && !x->id->joined)
		err = ERR_GUEST;
	return err ? err : connect_server(x);
}

static void stop(struct exchange *x)
{
	rpc_close(x->rpc);
	fold_free(x->fold);
	identity_free(x->id);
}

/* --- one exchange --- */

static int refresh(struct exchange *x)
{
	struct fold *fresh = NULL;
	show(x->opts, SYNC_CHAINS, 0, 0);
	int err = chains_refresh(x->rpc, x->opts->vault, x->id, &fresh);
	if (err)
		return err;
	fold_free(x->fold);
	x->fold = fresh;
	return 0;
}

static const uint8_t *log_public(const struct exchange *x)
{
	const struct clinic_pins *pins = clinic_pins(fold_clinic(x->fold));
	return pins ? pins->log : x->id->log_public;
}

/* Seals and sends until nothing waits. A record that the server refuses for good is taken back, with all behind it. */
static int send_all(struct exchange *x)
{
	struct push_opts push = {x->rpc, x->opts->vault, x->id, log_public(x), show_push, x};
	int err = 0;
	for (unsigned tries = 0; tries <= TAKE_BACK_MAX; tries++) {
		struct seal_result sealed;
		uint8_t refused[32];
		size_t pushed;
		static const uint8_t none[32];
		show(x->opts, SYNC_SEAL, 0, 0);
		err = seal_pending(x->opts->vault, x->id, x->fold, &sealed);
		x->result->refused += sealed.kept_private;
		if (err)
			return err;
		err = push_outbox(&push, &pushed, refused);
		x->result->pushed += pushed;
		if (!err || memcmp(refused, none, sizeof(none)) == 0)
			return err;
		memset(&sealed, 0, sizeof(sealed));
		x->result->refused_err = err;
		err = seal_take_back(x->opts->vault, x->id, refused, &sealed);
		x->result->refused += sealed.kept_private;
		if (err)
			return err;
	}
	return ERR_INTERNAL;
}

static int receive_all(struct exchange *x)
{
	struct pull_opts pull = {.rpc = x->rpc, .vault = x->opts->vault, .id = x->id, .fold = x->fold};
	struct pull_result got;
	pull.log_public = log_public(x);
	pull.progress = show_pull;
	pull.arrived = note_arrival;
	pull.arg = x;
	int err = pull_feed(&pull, &got);
	x->result->pulled += got.pulled;
	x->result->withdrawn += got.withdrawn;
	if (!x->result->aside)
		x->result->aside_err = got.aside_err;
	x->result->aside += got.aside;
	return err;
}

static int exchange(struct exchange *x)
{
	int err = news_new(&x->news);
	if (!err)
		err = refresh(x);
	if (!err)
		err = news_write_profile(x->opts->vault, x->id);
	if (!err)
		err = send_all(x);
	if (!err)
		err = receive_all(x);
	/* What arrived is told to its authors, even after a fault behind it. */
	int told = x->fold ? news_write_delivered(x->news, x->opts->vault, x->id) : 0;
	if (!err)
		err = told;
	if (!err)
		err = send_all(x);
	news_free(x->news);
	x->news = NULL;
	return err;
}

int sync_run(const struct sync_opts *opts, struct sync_result *result)
{
	struct exchange x;
	int err = start(&x, opts, result);
	if (!err)
		err = exchange(&x);
	stop(&x);
	return err;
}

/* --- watching --- */

static int subscribe(struct exchange *x)
{
	struct msg_watch m = {0};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(x->rpc, &id);
	return rpc_call(x->rpc, msg_put_watch(out, id, &m), &reply);
}

static bool brought_something(const struct sync_result *r)
{
	return r->pulled || r->withdrawn || r->aside || r->pushed || r->refused;
}

static int exchange_and_tell(struct exchange *x, const struct watch_opts *opts)
{
	int64_t ahead = x->result->clock_ahead_ms;
	bool behind = x->result->behind_clock;
	memset(x->result, 0, sizeof(*x->result));
	x->result->clock_ahead_ms = ahead;
	x->result->behind_clock = behind;
	int err = exchange(x);
	if (opts->news && brought_something(x->result))
		opts->news(opts->sync.arg, x->result);
	return err;
}

/* One connection, for as long as it lasts. */
static int watch_once(const struct watch_opts *opts, bool *reached)
{
	struct sync_result result;
	struct exchange x;
	int err = start(&x, &opts->sync, &result);
	if (!err)
		err = subscribe(&x);
	if (!err)
		err = exchange_and_tell(&x, opts);
	*reached = !err;
	while (!err && !opts->stop(opts->sync.arg)) {
		err = rpc_wait(x.rpc, TICK_MS, -1);
		bool feed = rpc_take_news(x.rpc, MSG_TOPIC_FEED), chain = rpc_take_news(x.rpc, MSG_TOPIC_CHAIN);
		if (!err && (feed || chain || news_waiting(opts->sync.vault)))
			err = exchange_and_tell(&x, opts);
	}
	stop(&x);
	return err;
}

static bool is_passing(int err)
{
	return err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED || err_is_retryable(err);
}

static void pause_ms(const struct watch_opts *opts, unsigned ms)
{
	for (unsigned waited = 0; waited < ms && !opts->stop(opts->sync.arg); waited += TICK_MS / 5)
		nanosleep(&(struct timespec){0, TICK_MS / 5 * 1000000L}, NULL);
}

int sync_watch(const struct watch_opts *opts)
{
	unsigned pause = PAUSE_FIRST_MS;
	for (;;) {
		bool reached = false;
		int err = watch_once(opts, &reached);
		if (!err || !opts->keep_trying || !is_passing(err))
			return err;
		pause = reached ? PAUSE_FIRST_MS : pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
		pause_ms(opts, pause);
	}
}
