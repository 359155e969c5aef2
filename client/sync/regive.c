/* regive: see regive.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/given.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/care/kinds.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/record.h"

#include "regive.h"

#define A_BATCH 16
#define GENERATIONS 16

struct rids {
	uint8_t (*at)[32];
	size_t n, room;
};

struct regive {
	struct identity *id;
	struct people *people;
	const struct person *to;
	uint8_t old[GENERATIONS][16]; /* pids they had before */
	size_t n_old, left;
	struct rids theirs, done; /* of `done` the first 16 bytes: item ids */
	struct epoch_keys *epochs;
};

static int add(struct rids *rids, const uint8_t *rid, size_t len)
{
	if (rids->n == rids->room) {
		size_t room = rids->room ? 2 * rids->room : 64;
		void *more = reallocarray(rids->at, room, sizeof(*rids->at));
		if (!more)
			return ERR_NOMEM;
		rids->at = more;
		rids->room = room;
	}
	memset(rids->at[rids->n], 0, sizeof(*rids->at));
	memcpy(rids->at[rids->n++], rid, len);
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static bool is_done(const struct regive *g, const uint8_t rid[32])
{
	return g->done.n && bsearch(rid, g->done.at, g->done.n, sizeof(*g->done.at), by_bytes);
}

/* --- what there is --- */

/* One's own record of kind `regiven` to them. */
static int note_done(struct regive *g, const uint8_t *content, size_t len)
{
	struct content *c = NULL;
	int err = len ? content_decode(content, len, &care_kinds, &c) : 0;
	if (c && content_peek_head(c)->kind == CONTENT_REGIVEN)
		err = add(&g->done, content_peek_head(c)->item, 16);
	content_free(c);
	return err;
}

static int visit_record(void *arg, const struct ledger_record *row)
{
	struct regive *g = arg;
	struct record r;
	if (record_parse(row->record, row->record_len, &r))
		return ERR_CORRUPT;
	bool own = memcmp(r.author, g->id->pid, RECORD_PID) == 0;
	if (own && r.class == RECORD_SHARED && record_audience_has(&r, g->to->pid, NULL))
		return note_done(g, row->content, row->content_len);
	for (size_t i = 0; i < g->n_old; i++) {
		if (given_is_theirs(g->id, row, &r, g->old[i]))
			return add(&g->theirs, row->rid, sizeof(row->rid));
		struct ledger_record salted = *row;
		salted.has_salt = true;
		g->left += given_is_theirs(g->id, &salted, &r, g->old[i]);
	}
	return 0;
}

static int visit_pending(void *arg, const struct ledger_pending *p)
{
	struct regive *g = arg;
	bool to_them =
	    p->record_class == RECORD_SHARED && p->n_audience == 1 && memcmp(p->audience[0], g->to->pid, 16) == 0;
	return to_them ? note_done(g, p->content, p->content_len) : 0;
}

static int find_old(struct regive *g)
{
	const uint8_t *before = g->to->genesis;
	while (g->n_old < GENERATIONS && (before = clinic_predecessor_genesis(people_clinic(g->people), before)))
		memcpy(g->old[g->n_old++], before, 16);
	return g->n_old ? 0 : ERR_TARGET;
}

static int gather(struct regive *g, struct vault *vault, const uint8_t *pid)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = identity_load(txn, &g->id);
	if (!err)
		err = people_load(txn, g->id->genesis, &g->people);
	g->to = err ? NULL : people_by_pid(g->people, pid);
	if (!err)
		err = g->to ? find_old(g) : ERR_NOT_FOUND;
	if (!err)
		err = ledger_record_each(txn, visit_record, g);
	if (!err)
		err = ledger_pending_each(txn, visit_pending, g);
	vault_abort(txn);
	if (!err && g->done.n)
		qsort(g->done.at, g->done.n, sizeof(*g->done.at), by_bytes);
	return err;
}

static void forget(struct regive *g)
{
	if (g->epochs)
		crypto_secret_free(g->epochs, IDENTITY_EPOCHS * sizeof(*g->epochs));
	free(g->theirs.at);
	free(g->done.at);
	people_free(g->people);
	identity_free(g->id);
}

/* --- giving --- */

static int derive(struct regive *g)
{
	g->epochs = crypto_secret_new(IDENTITY_EPOCHS * sizeof(*g->epochs));
	int err = g->epochs ? 0 : ERR_NOMEM;
	for (uint32_t i = 0; !err && i < g->id->n_epochs; i++)
		err = epoch_derive(g->id->epochs[i].seed, &g->epochs[i]);
	return err;
}

/* What cannot be given is counted; the rest goes on. */
static bool is_its_own_fault(int err)
{
	return err == ERR_TOO_BIG || err == ERR_SCHEMA || err == ERR_OPEN || err == ERR_NOT_FOUND;
}

/* Rows [*at, ...) of theirs, until A_BATCH were written or there are no more. */
static int give_batch(struct regive *g, struct vault_txn *txn, size_t *at, struct regive_result *result)
{
	struct write_ctx ctx = {.txn = txn, .people = g->people};
	struct write_given given = {.id = g->id, .epochs = g->epochs};
	struct timespec t;
	int err = 0;
	clock_gettime(CLOCK_REALTIME, &t);
	ctx.now_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	for (size_t n = 0; !err && n < A_BATCH && *at < g->theirs.n; (*at)++) {
		if (is_done(g, g->theirs.at[*at])) {
			result->before++;
			continue;
		}
		memcpy(given.rid, g->theirs.at[*at], sizeof(given.rid));
		err = write_regiven(&ctx, &given, g->to);
		result->queued += !err;
		result->left += is_its_own_fault(err);
		n += !err;
		err = is_its_own_fault(err) ? 0 : err;
	}
	return err;
}

int regive_queue(const struct regive_opts *opts, struct regive_result *result)
{
	struct regive g = {0};
	size_t at = 0;
	memset(result, 0, sizeof(*result));
	int err = gather(&g, opts->vault, opts->pid);
	if (!err)
		err = derive(&g);
	while (!err && at < g.theirs.n) {
		struct regive_result so_far = *result;
		struct vault_txn *txn = NULL;
		err = vault_begin(opts->vault, true, &txn);
		if (!err)
			err = give_batch(&g, txn, &at, &so_far);
		if (err)
			vault_abort(txn);
		else
			err = vault_commit(txn);
		if (!err)
			*result = so_far;
		if (!err && opts->progress)
			opts->progress(opts->arg, at, g.theirs.n);
	}
	result->left += g.left;
	forget(&g);
	return err;
}

int regive_count(struct vault *vault, const uint8_t pid[16], size_t *n)
{
	struct regive g = {0};
	*n = 0;
	int err = gather(&g, vault, pid);
	for (size_t i = 0; !err && i < g.theirs.n; i++)
		*n += !is_done(&g, g.theirs.at[i]);
	forget(&g);
	return err == ERR_TARGET ? 0 : err;
}
