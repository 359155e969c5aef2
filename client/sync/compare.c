/* compare: see compare.h. Who fills the first place of the box speaks first; every attempt has a nonce of its own, so
 * that a conversation that broke off gives nothing away for the next. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/check.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/msg_reply.h"

#include "compare_view.h"
#include "contact.h"
#include "rpc.h"

#include "compare.h"

#define WAIT_S 300
#define ANSWER_MS 20000 /* for the other side's next statement once it has begun */
#define STEP_MS 2000
#define PAUSE_MS 300

struct talk {
	const struct compare_opts *opts;
	struct compare_result *result;
	struct contact c;
	const struct keychain *own, *other;
	uint8_t box[CHECK_BOX];
	uint64_t end_ms; /* of all waiting */
	bool told;
	struct check_reveal mine, theirs;
	struct buf reveal, first, commit, got; /* own reveal; the first commitment; one's own; what was fetched */
};

static uint64_t clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool is_over(const struct talk *t)
{
	return clock_ms() >= t->end_ms;
}

static void tell_waiting(struct talk *t)
{
	if (!t->told && t->opts->waiting)
		t->opts->waiting(t->opts->arg);
	t->told = true;
}

static void rest(void)
{
	nanosleep(&(struct timespec){0, PAUSE_MS * 1000000L}, NULL);
}

/* --- the box --- */

static int put(struct talk *t, unsigned slot, const void *bytes, size_t len)
{
	struct msg_mailbox_put m = {t->box, slot, {bytes, len}};
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(t->c.rpc, &id);
	return rpc_call(t->c.rpc, msg_put_mailbox_put(out, id, &m), &reply);
}

/* What lies there replaces the content of `into`. ERR_NOT_FOUND: nothing, or no box. */
static int get(struct talk *t, unsigned slot, unsigned wait_ms, struct buf *into)
{
	struct msg_mailbox_get m = {t->box, slot, wait_ms};
	struct msg_mailbox_get_reply got;
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(t->c.rpc, &id);
	int err = rpc_call(t->c.rpc, msg_put_mailbox_get(out, id, &m), &reply);
	if (!err)
		err = rpc_answer(msg_get_mailbox_get_reply(&reply->body, &got));
	buf_reset(into);
	return err ? err : buf_put(into, got.bytes.data, got.bytes.len);
}

/* Waits for a place to be filled by the other side. ERR_NOT_FOUND when the time is over, or the first place changed
 * meanwhile: the other side has begun again. */
static int await(struct talk *t, unsigned slot, uint64_t until_ms)
{
	struct buf now;
	int err;
	buf_init(&now, CHECK_MAX);
	do {
		err = get(t, slot, STEP_MS, &t->got);
		if (err != ERR_NOT_FOUND)
			break;
		int first = get(t, CHECK_COMMIT_FIRST, 0, &now);
		if (first) {
			err = first;
			break;
		}
		if (now.len != t->first.len || memcmp(now.data, t->first.data, now.len) != 0)
			break;
		tell_waiting(t);
	} while (clock_ms() < until_ms && !is_over(t));
	buf_wipe(&now);
	return err;
}

/* --- what is said --- */

/* A fresh nonce, and the commitment to it. */
static int promise(struct talk *t, const struct check_place *place)
{
	buf_reset(&t->reveal);
	buf_reset(&t->commit);
	int err = crypto_random(t->mine.nonce, sizeof(t->mine.nonce));
	if (!err)
		err = check_reveal_put(&t->mine, &t->reveal);
	return err ? err : check_commit_sign(place, &t->reveal, t->c.id->did, t->c.id->device.sign, &t->commit);
}

static int hear(struct talk *t, const struct check_commit *promised)
{
	return check_reveal_open(t->got.data, t->got.len, promised, keychain_genesis(t->other), &t->theirs);
}

static int conclude(struct talk *t)
{
	struct compare_result *r = t->result;
	compare_view_differ(&t->mine, &t->theirs, &r->difference);
	const struct compare_difference *d = &r->difference;
	r->equal = !d->mine_not_there && !d->theirs_not_here && !d->mine_not_here && !d->theirs_not_there && !d->others &&
	           !d->keys_here && !d->keys_there;
	memcpy(r->head, t->mine.known, sizeof(r->head));
	struct check_side mine = {t->mine.genesis, t->mine.head, &t->mine.sent, t->mine.nonce};
	struct check_side theirs = {t->theirs.genesis, t->mine.known, &t->mine.held, t->theirs.nonce};
	return check_words(&mine, &theirs, r->bits);
}

/* --- speaking first --- */

/* *again: the other side broke off; begin anew. */
static int speak_first(struct talk *t, bool *again)
{
	struct check_place place = {t->box, CHECK_COMMIT_FIRST, NULL, 0};
	struct check_commit promised;
	int err = promise(t, &place);
	if (!err)
		err = put(t, CHECK_COMMIT_FIRST, t->commit.data, t->commit.len);
	buf_reset(&t->first);
	if (!err)
		err = buf_put(&t->first, t->commit.data, t->commit.len);
	if (err)
		return err;
	err = await(t, CHECK_COMMIT_SECOND, t->end_ms);
	if (!err) {
		place = (struct check_place){t->box, CHECK_COMMIT_SECOND, t->first.data, t->first.len};
		err = check_commit_open(t->got.data, t->got.len, &place, t->other, &promised);
	}
	if (!err)
		err = put(t, CHECK_REVEAL_FIRST, t->reveal.data, t->reveal.len);
	if (!err)
		err = await(t, CHECK_REVEAL_SECOND, clock_ms() + ANSWER_MS);
	*again = err == ERR_NOT_FOUND;
	if (!err)
		err = hear(t, &promised);
	put(t, CHECK_COMMIT_FIRST, "", 1); /* ends the box; if that fails, it ends by itself */
	return err ? err : conclude(t);
}

/* --- answering --- */

/* The first place holds a commitment that nobody has answered yet? ERR_NOT_FOUND: there is no box. */
static int find_open(struct talk *t, struct check_commit *promised, bool *open)
{
	struct check_place place = {t->box, CHECK_COMMIT_FIRST, NULL, 0};
	*open = false;
	int err = get(t, CHECK_COMMIT_FIRST, 0, &t->first);
	if (err)
		return err;
	if (!check_commit_open(t->first.data, t->first.len, &place, t->own, promised))
		return ERR_IN_USE;
	err = check_commit_open(t->first.data, t->first.len, &place, t->other, promised);
	if (err)
		return err;
	err = get(t, CHECK_COMMIT_SECOND, 0, &t->got);
	*open = err == ERR_NOT_FOUND;
	return *open ? 0 : err;
}

static int answer(struct talk *t, bool *again)
{
	struct check_place place = {t->box, CHECK_COMMIT_SECOND, NULL, 0};
	struct check_commit promised;
	bool open;
	int err = find_open(t, &promised, &open);
	*again = !err && !open;
	if (err || !open)
		return err;
	place.answered = t->first.data;
	place.answered_len = t->first.len;
	err = promise(t, &place);
	if (!err)
		err = put(t, CHECK_COMMIT_SECOND, t->commit.data, t->commit.len);
	if (!err)
		err = await(t, CHECK_REVEAL_FIRST, clock_ms() + ANSWER_MS);
	if (!err)
		err = hear(t, &promised);
	if (!err)
		err = put(t, CHECK_REVEAL_SECOND, t->reveal.data, t->reveal.len);
	*again = err == ERR_NOT_FOUND;
	return err ? err : conclude(t);
}

/* --- the order --- */

static int converse(struct talk *t)
{
	int err = 0;
	bool again = true, taken = false;
	while (again && !is_over(t)) {
		again = false;
		err = taken ? 0 : speak_first(t, &again);
		taken = taken || err == ERR_EXISTS;
		if (taken)
			err = answer(t, &again);
		taken = taken && err != ERR_NOT_FOUND;
		again = again || err == ERR_NOT_FOUND;
		if (again) {
			tell_waiting(t);
			rest();
		}
	}
	return again ? ERR_TIMEOUT : err;
}

static int look(struct talk *t)
{
	struct vault_txn *txn = NULL;
	t->own = fold_keychain(t->c.fold, t->c.id->genesis);
	t->other = fold_keychain(t->c.fold, t->opts->genesis);
	if (!t->own || !t->other)
		return ERR_NOT_FOUND;
	memcpy(t->mine.genesis, t->c.id->genesis, 32);
	memcpy(t->mine.head, keychain_head_hash(t->own), 32);
	memcpy(t->mine.known, keychain_head_hash(t->other), 32);
	int err = check_box(t->c.id->genesis, t->opts->genesis, t->box);
	if (!err)
		err = vault_begin(t->opts->vault, false, &txn);
	if (!err)
		err = compare_view_fill(txn, t->c.id->pid, t->opts->genesis, &t->mine);
	vault_abort(txn);
	return err;
}

int compare_run(const struct compare_opts *opts, struct compare_result *result)
{
	struct talk *t = calloc(1, sizeof(*t));
	memset(result, 0, sizeof(*result));
	if (!t)
		return ERR_NOMEM;
	t->opts = opts;
	t->result = result;
	t->end_ms = clock_ms() + (uint64_t)(opts->wait_s ? opts->wait_s : WAIT_S) * 1000;
	struct buf *const bufs[] = {&t->reveal, &t->first, &t->commit, &t->got};
	for (size_t i = 0; i < 4; i++)
		buf_init(bufs[i], CHECK_MAX);
	int err = contact_open(opts->vault, 0, &t->c);
	if (!err)
		err = contact_refresh(&t->c);
	if (!err)
		err = look(t);
	if (!err)
		err = converse(t);
	contact_close(&t->c);
	for (size_t i = 0; i < 4; i++)
		buf_wipe(bufs[i]);
	free(t);
	return err;
}
