/* pull_mend: between pages: what records that were kept aside may have waited for; see pull_internal.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/keychain.h"
#include "proto/msg_reply.h"

#include "rpc.h"
#include "seal.h"

#include "pull_internal.h"

#define ROUNDS 1024         /* a chain of so many dropped records is followed back in one pull */
#define TRIED "aside-tried" /* the fact: with which key chains */
#define PRINT 33

/* --- with which key chains the last attempt was made --- */

static void print_chains(const struct pulling *p, uint8_t out[PRINT])
{
	const struct clinic *clinic = fold_clinic(p->fold);
	memset(out, 0, PRINT);
	out[32] = (uint8_t)p->o->id->n_epochs;
	for (size_t i = 0; i < clinic_members(clinic); i++) {
		const struct keychain *k = fold_keychain(p->fold, clinic_member_at(clinic, i)->genesis);
		for (size_t at = 0; k && at < 32; at++)
			out[at] ^= keychain_head_hash(k)[at];
	}
}

int pull_mend_begin(struct pulling *p)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	p->began_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	struct reader_needs *needs = reader_needs(p->reader);
	uint8_t print[PRINT];
	struct buf tried;
	buf_init(&tried, 0);
	int err = vault_begin(p->o->vault, false, &p->txn);
	if (!err && ledger_aside_count(p->txn)) {
		print_chains(p, print);
		needs->fetch = true;
		err = ledger_fact_get(p->txn, TRIED, NULL, 0, &tried);
		needs->again = err || tried.len != PRINT || memcmp(tried.data, print, PRINT) != 0;
	}
	vault_abort(p->txn);
	p->txn = NULL;
	buf_wipe(&tried);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* --- one need each --- */

static int renew(struct pulling *p)
{
	struct reader_needs *needs = reader_needs(p->reader);
	needs->chains = false;
	if (p->renewed || !p->o->renew)
		return 0;
	p->renewed = true;
	int err = p->o->renew(p->o->arg, &p->fold);
	if (!err)
		err = reader_renew(p->reader, p->fold);
	needs->again = !err;
	return err;
}

/* What is sealed here is sealed anew, behind what the copy has sent. */
static int take_back(struct pulling *p)
{
	static const uint8_t none[32];
	struct seal_result sealed = {0};
	struct reader_needs *needs = reader_needs(p->reader);
	needs->outbox = false;
	if (p->taken_back)
		return 0;
	p->taken_back = needs->again = true;
	return seal_take_back(p->o->vault, p->o->id, none, &sealed);
}

static int try_again(struct pulling *p)
{
	uint8_t print[PRINT];
	reader_needs(p->reader)->again = false;
	int err = vault_begin(p->o->vault, true, &p->txn);
	if (!err && ledger_aside_count(p->txn)) {
		print_chains(p, print);
		err = reader_again(p->reader, p->txn, pull_tally, p);
		if (!err)
			err = ledger_fact_put(p->txn, TRIED, NULL, 0, print, PRINT);
	}
	if (err)
		vault_abort(p->txn);
	else
		err = vault_commit(p->txn);
	p->txn = NULL;
	return err;
}

/* --- fetching --- */

struct wanted {
	struct pulling *p;
	struct msg_fetch m;
	uint8_t rid[MSG_FETCH_MAX][32];
	uint64_t feed_seq[MSG_FETCH_MAX];
};

static int look(void *arg, const struct ledger_aside *a)
{
	static const uint8_t none[32];
	struct wanted *w = arg;
	/* what came wrong just now is told first, and asked for again another time */
	bool itself = memcmp(a->wants, a->rid, 32) == 0;
	if (memcmp(a->wants, none, 32) == 0 || (itself && a->at_ms >= w->p->began_ms) ||
	    pull_rids_have(&w->p->asked, a->wants) || (!itself && ledger_aside_has(w->p->txn, a->wants)))
		return 0;
	uint32_t at = w->m.n;
	int err = pull_rids_add(&w->p->asked, a->wants);
	memcpy(w->rid[at], a->wants, 32);
	w->m.rids[at] = w->rid[at];
	w->feed_seq[at] = a->feed_seq;
	w->m.n++;
	return err ? err : w->m.n == MSG_FETCH_MAX ? ERR_MORE : 0;
}

static int find(struct pulling *p, struct wanted *w)
{
	int err = vault_begin(p->o->vault, false, &p->txn);
	if (!err)
		err = ledger_aside_each(p->txn, look, w);
	vault_abort(p->txn);
	p->txn = NULL;
	return err;
}

/* The server may not have it, or say that it has not: then it stays missing. */
static int ask(const struct pulling *p, const struct wanted *w, struct msg_fetch_reply *got)
{
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(p->o->rpc, &id);
	got->n = 0;
	int err = rpc_call(p->o->rpc, msg_put_fetch(out, id, &w->m), &reply);
	if (err == ERR_NOT_FOUND || err == ERR_OP || err == ERR_RATE)
		return 0;
	return err ? err : rpc_answer(msg_get_fetch_reply(&reply->body, got));
}

static int take(struct pulling *p, const struct wanted *w, const struct msg_fetch_reply *got)
{
	int err = vault_begin(p->o->vault, true, &p->txn);
	for (uint32_t i = 0; !err && i < got->n && i < w->m.n; i++) {
		struct msg_pull_entry entry = {w->feed_seq[i], FEED_RECORD, w->rid[i], got->items[i]};
		enum reader_outcome outcome;
		int why;
		if (!entry.item.record.len)
			continue;
		err = reader_take(p->reader, p->txn, &entry, &outcome, &why);
		if (err == ERR_ASIDE_FULL) {
			err = 0;
			continue;
		}
		if (!err)
			err = pull_tally(p, &entry, outcome, why);
		if (!err && outcome != READER_NOTHING)
			reader_needs(p->reader)->again = true;
	}
	if (err)
		vault_abort(p->txn);
	else
		err = vault_commit(p->txn);
	p->txn = NULL;
	return err;
}

static int fetch(struct pulling *p)
{
	struct msg_fetch_reply *got = malloc(sizeof(*got));
	struct wanted *w = calloc(1, sizeof(*w));
	int err = got && w ? 0 : ERR_NOMEM;
	reader_needs(p->reader)->fetch = false;
	if (!err) {
		w->p = p;
		err = find(p, w);
	}
	if (!err && w->m.n) {
		err = ask(p, w, got);
		if (!err && got->n)
			err = take(p, w, got);
		/* more than fit a request, or than fitted the answer */
		reader_needs(p->reader)->fetch = w->m.n == MSG_FETCH_MAX || (got->n && got->n < w->m.n);
		if (!err && got->n && got->n < w->m.n)
			p->asked.n -= w->m.n - got->n;
	}
	free(w);
	free(got);
	return err;
}

/* --- all of them --- */

int pull_mend(struct pulling *p)
{
	struct reader_needs *needs = reader_needs(p->reader);
	int err = 0;
	for (unsigned rounds = 0; !err && rounds < ROUNDS; rounds++) {
		if (needs->chains)
			err = renew(p);
		else if (needs->outbox)
			err = take_back(p);
		else if (needs->again)
			err = try_again(p);
		else if (needs->fetch)
			err = fetch(p);
		else
			break;
	}
	p->result->twin = p->result->twin || needs->twin;
	return err;
}

int pull_mend_end(struct pulling *p)
{
	struct ledger_aside a;
	struct buf hold;
	buf_init(&hold, 0);
	int err = p->waiting.n ? vault_begin(p->o->vault, false, &p->txn) : 0;
	for (size_t i = 0; !err && i < p->waiting.n; i++) {
		err = ledger_aside_get(p->txn, p->waiting.rows[i], &hold, &a);
		if (!err && a.err == ERR_HELD)
			p->result->held++;
		else if (!err && !p->result->aside++)
			p->result->aside_err = a.err;
		err = err == ERR_NOT_FOUND ? 0 : err; /* it has passed since */
	}
	vault_abort(p->txn);
	p->txn = NULL;
	buf_wipe(&hold);
	return err;
}
