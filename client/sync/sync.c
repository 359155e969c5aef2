/* sync: the order of one exchange; see sync.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/vault.h"
#include "proto/err.h"
#include "proto/msg_reply.h"
#include "proto/role.h"

#include "contact.h"
#include "expire.h"
#include "heal.h"
#include "news.h"
#include "overdue.h"
#include "pull.h"
#include "push.h"
#include "revoke.h"
#include "rpc.h"
#include "seal.h"
#include "settle.h"

#include "sync.h"

#define CLOCK_LIMIT_MS ((int64_t)5 * 60 * 1000)
#define TAKE_BACK_MAX 64   /* refused records in one run */
#define RENEWALS 4         /* of the chains, because an epoch began meanwhile */
#define PAUSE_FIRST_MS 500 /* between attempts to reach the server again */
#define PAUSE_MAX_MS 60000
#define TICK_MS 500

/* One connection's work. */
struct exchange {
	const struct sync_opts *opts;
	struct sync_result *result;
	struct contact c;
	uint8_t log_public[32];
	struct news *news;
	struct settle settle; /* this device has yet to settle: it tells nobody anything */
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

static void show_parts(void *arg, size_t done, size_t total)
{
	show(((struct exchange *)arg)->opts, SYNC_ATTACHMENTS, done, total);
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

static int start(struct exchange *x, const struct sync_opts *opts, struct sync_result *result)
{
	*x = (struct exchange){.opts = opts, .result = result};
	memset(result, 0, sizeof(*result));
	show(opts, SYNC_CONNECT, 0, 0);
	int err = contact_open(opts->vault, opts->timeout_s, &x->c);
	if (err)
		return err;
	result->clock_ahead_ms = contact_clock_ahead(&x->c);
	result->behind_clock = result->clock_ahead_ms > CLOCK_LIMIT_MS || result->clock_ahead_ms < -CLOCK_LIMIT_MS;
	return 0;
}

/* --- one exchange --- */

static int refresh(struct exchange *x)
{
	int err = contact_refresh(&x->c);
	if (!err)
		memcpy(x->log_public, contact_log_public(&x->c), sizeof(x->log_public));
	return err;
}

static int renew(void *arg, const struct fold **fold)
{
	struct exchange *x = arg;
	int err = refresh(x);
	*fold = x->c.fold;
	return err;
}

/* Seals and sends until nothing waits. A record that the server refuses for good is taken back, with all behind it. One
 * that waited so long that its date is too near is only dated anew. */
static int send_all(struct exchange *x)
{
	struct push_opts push = {x->c.rpc, x->opts->vault, x->c.id, x->log_public, show_push, show_parts, x};
	static const uint8_t none[32];
	bool dated_anew = false;
	unsigned renewals = 0;
	int err = 0;
	for (unsigned tries = 0; tries <= TAKE_BACK_MAX; tries++) {
		struct seal_result sealed;
		uint8_t refused[32];
		size_t pushed;
		show(x->opts, SYNC_SEAL, 0, 0);
		err = seal_pending(x->opts->vault, x->c.id, x->c.fold, &sealed);
		x->result->refused += sealed.kept_private;
		x->result->held = sealed.held;
		if (err)
			return err;
		err = push_outbox(&push, &pushed, refused);
		x->result->pushed += pushed;
		/* somebody in an audience has begun an epoch meanwhile: sealed anew for it */
		if (err == ERR_CHAIN_BEHIND && renewals++ < RENEWALS) {
			err = refresh(x);
			if (!err)
				err = seal_take_back(x->opts->vault, x->c.id, none, &sealed);
			if (err)
				return err;
			continue;
		}
		if (!err || memcmp(refused, none, sizeof(none)) == 0)
			return err;
		int said = err;
		bool redate = err == ERR_RETAINED && !seal_deletes(x->opts->vault, refused);
		if (redate && dated_anew)
			return err;
		memset(&sealed, 0, sizeof(sealed));
		if (redate)
			memset(refused, 0, sizeof(refused));
		else
			x->result->refused_err = err;
		dated_anew = dated_anew || redate;
		err = seal_take_back(x->opts->vault, x->c.id, refused, &sealed);
		x->result->refused += sealed.kept_private;
		if (err)
			return err;
		if (!redate && !sealed.kept_private && !sealed.dropped)
			return said; /* sealing it again would change nothing */
	}
	return ERR_INTERNAL;
}

static int receive(struct exchange *x)
{
	struct pull_opts pull = {.rpc = x->c.rpc, .vault = x->opts->vault, .id = x->c.id, .fold = x->c.fold};
	pull.floor = x->settle.has_floor ? &x->settle.floor : NULL;
	struct pull_result got;
	pull.log_public = x->log_public;
	pull.progress = show_pull;
	pull.arrived = note_arrival;
	pull.renew = renew;
	pull.arg = x;
	int err = pull_feed(&pull, &got);
	x->result->pulled += got.pulled;
	x->result->withdrawn += got.withdrawn;
	if (!x->result->aside)
		x->result->aside_err = got.aside_err;
	x->result->aside += got.aside;
	x->result->unended += got.held;
	gone_add_all(&x->result->gone, &got.gone);
	x->result->twin = x->result->twin || got.twin;
	return err;
}

static uint64_t local_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t earlier_now(const struct exchange *x)
{
	int64_t ahead = contact_clock_ahead(&x->c), now = (int64_t)local_now();
	return (uint64_t)(ahead > 0 ? now - ahead : now);
}

static void show_heal(void *arg, size_t done, size_t total)
{
	show(((struct exchange *)arg)->opts, SYNC_HEAL, done, total);
}

/* A server that was put back from a copy lacks links that only we may give it; then the chains are read again. */
static int refresh_healing(struct exchange *x)
{
	struct heal_opts heal = {&x->c, show_heal, x};
	struct heal_result healed;
	bool due;
	int err = heal_is_due(x->opts->vault, x->c.rpc, &due);
	if (!err)
		err = refresh(x);
	if (!due || (err && err != ERR_ROLLBACK))
		return err;
	if (err == ERR_ROLLBACK) {
		err = heal_own_chain(&x->c);
		if (!err)
			err = refresh(x);
		if (err == ERR_ROLLBACK)
			err = ERR_GENERATION;
	}
	if (!err)
		err = heal_run(&heal, &healed);
	if (!err)
		x->result->healed += healed.given;
	return err;
}

/* Whatever came of it, the server was reached. */
static int look_back(struct exchange *x)
{
	struct vault_txn *txn = NULL;
	uint64_t now_ms = local_now();
	int err = vault_begin(x->opts->vault, true, &txn);
	if (!err)
		err = overdue_note(txn, now_ms, x->result->held);
	if (!err)
		err = overdue_count(txn, now_ms, &x->result->overdue);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	return err;
}

static int exchange_records(struct exchange *x)
{
	int err = news_new(&x->news);
	show(x->opts, SYNC_CHAINS, 0, 0);
	if (!err)
		err = refresh_healing(x);
	if (!err)
		err = settle_get(x->opts->vault, &x->settle);
	if (!err && !x->settle.due)
		err = news_write_profile(x->opts->vault, x->c.id);
	if (!err && !x->settle.due)
		err = news_write_contact(x->opts->vault, x->c.id);
	/* Before anything is sealed or sent: an older copy of the store would lose it, with a receipt, and an older state
	 * of this device would number it anew. */
	if (!err)
		err = receive(x);
	/* no room for what has to be kept aside is no reason to keep back what is ours */
	bool full = err == ERR_ASIDE_FULL;
	if (full)
		err = 0;
	if (!err)
		err = send_all(x);
	if (!err && !full)
		err = receive(x);
	if (!err && !full && x->settle.due)
		err = settle_finish(x->opts->vault, x->c.id);
	if (!err)
		err = revoke_carry_out(&x->c, &x->result->revoked);
	/* What arrived is told to its authors, even after a fault behind it. */
	bool tell = !x->settle.due && (x->opts->send_delivered || role_is_staff((enum role)x->c.id->role));
	int told = tell && x->news && x->c.fold ? news_write_delivered(x->news, x->opts->vault, x->c.id) : 0;
	if (!err)
		err = told;
	if (!err)
		err = expire_bin(x->opts->vault, x->c.id, earlier_now(x), &x->result->expired);
	if (!err)
		err = send_all(x);
	if (!err && !full && x->result->expired)
		err = receive(x);
	news_free(x->news);
	x->news = NULL;
	return !err && full ? ERR_ASIDE_FULL : err;
}

static int exchange(struct exchange *x)
{
	int err = exchange_records(x);
	int after = look_back(x);
	return err ? err : after;
}

int sync_run(const struct sync_opts *opts, struct sync_result *result)
{
	struct exchange x;
	int err = start(&x, opts, result);
	if (!err)
		err = exchange(&x);
	contact_close(&x.c);
	return err;
}

/* --- watching --- */

static int subscribe(struct exchange *x)
{
	struct msg_watch m = {0};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(x->c.rpc, &id);
	return rpc_call(x->c.rpc, msg_put_watch(out, id, &m), &reply);
}

static bool brought_something(const struct sync_result *r)
{
	return r->pulled || r->withdrawn || r->expired || r->aside || r->unended || r->gone.n || r->pushed || r->refused ||
	       r->revoked;
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
		err = rpc_wait(x.c.rpc, TICK_MS, -1);
		bool feed = rpc_take_news(x.c.rpc, MSG_TOPIC_FEED), chain = rpc_take_news(x.c.rpc, MSG_TOPIC_CHAIN);
		if (!err && (feed || chain || news_waiting(opts->sync.vault, result.held)))
			err = exchange_and_tell(&x, opts);
	}
	contact_close(&x.c);
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
		if (opts->stop(opts->sync.arg))
			return 0;
	}
}
