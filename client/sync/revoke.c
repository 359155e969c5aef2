/* revoke: see revoke.h. */
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/links.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/keychain_sign.h"
#include "proto/link.h"

#include "contact.h"
#include "keylink.h"
#include "stream_ends.h"

#include "revoke.h"

#define FACT_DEVICES "revoking" /* dids one after the other; empty: none */
#define FACT_ENDS "revoking-ends"

struct revoking {
	struct contact *c;
	uint8_t dids[REVOKE_MAX][16];
	size_t n;
	struct stream_ends ends;
};

/* --- what is noted --- */

int revoke_noted(struct vault_txn *txn, uint8_t dids[REVOKE_MAX][16], size_t *n)
{
	struct buf row;
	buf_init(&row, 0);
	*n = 0;
	int err = ledger_fact_get(txn, FACT_DEVICES, NULL, 0, &row);
	if (!err && (row.len % 16 || row.len > REVOKE_MAX * 16))
		err = ERR_CORRUPT;
	if (!err) {
		*n = row.len / 16;
		if (row.len)
			memcpy(dids, row.data, row.len);
	}
	buf_wipe(&row);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int check_devices(struct vault_txn *txn, const uint8_t (*dids)[16], size_t n)
{
	struct identity *id = NULL;
	struct fold *fold = NULL;
	int err = identity_load(txn, &id);
	if (!err)
		err = fold_load(txn, id->clinic, false, &fold);
	for (size_t i = 0; !err && i < n; i++)
		if (memcmp(dids[i], id->did, 16) == 0 || !keychain_device(fold_keychain(fold, id->genesis), dids[i]))
			err = ERR_ARG;
	fold_free(fold);
	identity_free(id);
	return err;
}

int revoke_note(struct vault *vault, const uint8_t (*dids)[16], size_t n)
{
	struct vault_txn *txn = NULL;
	uint8_t all[REVOKE_MAX][16];
	size_t have = 0;
	int err = vault_begin(vault, true, &txn);
	if (!err)
		err = revoke_noted(txn, all, &have);
	if (!err)
		err = check_devices(txn, dids, n);
	for (size_t i = 0; !err && i < n; i++) {
		size_t at = 0;
		while (at < have && memcmp(all[at], dids[i], 16) != 0)
			at++;
		if (at == REVOKE_MAX)
			err = ERR_RANGE;
		else if (at == have)
			memcpy(all[have++], dids[i], 16);
	}
	if (!err)
		err = ledger_fact_put(txn, FACT_DEVICES, NULL, 0, all, have * 16);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	return err;
}

static int load(struct revoking *r)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(r->c->vault, false, &txn);
	if (!err)
		err = revoke_noted(txn, r->dids, &r->n);
	vault_abort(txn);
	return err;
}

/* --- step 2: the ends --- */

/* Everybody who might be shown something in its name hears, also that nothing was written. */
static int add_related(struct revoking *r, const uint8_t did[16])
{
	const struct clinic *clinic = fold_clinic(r->c->fold);
	int err = stream_ends_add_none(&r->ends, did, r->c->id->pid);
	for (size_t i = 0; !err && i < clinic_members(clinic); i++) {
		const struct clinic_member *m = clinic_member_at(clinic, i);
		if (clinic_related(clinic, r->c->id->pid, m->genesis))
			err = stream_ends_add_none(&r->ends, did, m->genesis);
	}
	return err;
}

static int note_ends(struct revoking *r)
{
	const struct keychain *own = fold_keychain(r->c->fold, r->c->id->genesis);
	struct vault_txn *txn = NULL;
	struct buf row;
	buf_init(&row, VAULT_VALUE_MAX);
	stream_ends_free(&r->ends);
	int err = vault_begin(r->c->vault, true, &txn);
	for (size_t i = 0; !err && i < r->n; i++) {
		const struct keychain_device *device = keychain_find_device(own, r->dids[i]);
		err = device ? stream_ends_count(txn, r->dids[i], &device->pub, &r->ends) : ERR_NOT_FOUND;
		if (!err)
			err = add_related(r, r->dids[i]);
	}
	if (!err)
		err = stream_ends_put(&r->ends, &row);
	if (!err)
		err = ledger_fact_put(txn, FACT_ENDS, NULL, 0, row.data, row.len);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	buf_wipe(&row);
	return err;
}

static int load_ends(struct revoking *r)
{
	struct vault_txn *txn = NULL;
	struct buf row;
	buf_init(&row, VAULT_VALUE_MAX);
	stream_ends_free(&r->ends);
	int err = vault_begin(r->c->vault, false, &txn);
	if (!err)
		err = ledger_fact_get(txn, FACT_ENDS, NULL, 0, &row);
	if (!err)
		err = stream_ends_get(row.data, row.len, &r->ends);
	vault_abort(txn);
	buf_wipe(&row);
	return err;
}

/* --- step 3: the link --- */

static int make_link(void *arg, const struct contact *c, const struct keychain_sign *by, struct buf *out)
{
	const struct revoking *r = arg;
	struct clinic_head head;
	uint8_t *next = crypto_secret_new(EPOCH_SEED);
	struct keychain_sign_seeds seeds = {identity_current(c->id)->seed, next};
	struct keychain_sign_out what = {.dids = (const uint8_t(*)[DEVICE_ID])r->dids, .n = r->n};
	int err = next ? crypto_random(next, EPOCH_SEED) : ERR_NOMEM;
	if (!err && !clinic_head(fold_clinic(c->fold), &head))
		err = ERR_NOT_FOUND;
	what.clinic_seq = head.seq;
	what.clinic_head = head.hash;
	if (!err)
		err = keychain_sign_revoke(by, &what, &seeds, out);
	crypto_secret_free(next, EPOCH_SEED); /* its box brings it back */
	return err;
}

/* Whether this device signed the link that put `did` out: then the ends are ours to tell. */
static int is_ours(const struct revoking *r, const uint8_t did[16], bool *ours)
{
	const struct keychain *own = fold_keychain(r->c->fold, r->c->id->genesis);
	const struct keychain_device *device = keychain_find_device(own, did);
	struct vault_txn *txn = NULL;
	struct link link;
	struct buf row;
	buf_init(&row, 0);
	*ours = false;
	int err = device ? vault_begin(r->c->vault, false, &txn) : ERR_NOT_FOUND;
	if (!err)
		err = links_get(txn, r->c->id->genesis, device->revoked_seq, &row);
	if (!err)
		err = link_parse(row.data, row.len, &link);
	if (!err)
		*ours = memcmp(link.signer, r->c->id->did, 16) == 0;
	vault_abort(txn);
	buf_wipe(&row);
	return err;
}

/* --- step 4 --- */

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool is_listed(const uint8_t (*dids)[16], size_t n, const uint8_t did[16])
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(dids[i], did, 16) == 0)
			return true;
	return false;
}

static int write_ends(const struct revoking *r, const struct write_ctx *ctx, const uint8_t (*told)[16], size_t n)
{
	int err = 0;
	for (size_t i = 0; !err && i < r->ends.n; i++) {
		const struct stream_end *end = &r->ends.rows[i];
		bool self = memcmp(end->pid, r->c->id->pid, 16) == 0;
		const struct person *to = self ? NULL : people_by_pid(ctx->people, end->pid);
		if (!is_listed(told, n, end->did) || (!self && !to))
			continue;
		err = write_stream_end(ctx, end->did, to, &end->last);
		if (err == ERR_NO_GRANT) /* nothing of it reaches them any more */
			err = 0;
	}
	return err;
}

/* What was noted later than a link that went through stays noted. */
static int finish(const struct revoking *r, const uint8_t (*told)[16], size_t n)
{
	struct vault_txn *txn = NULL;
	struct people *people = NULL;
	int err = vault_begin(r->c->vault, true, &txn);
	if (!err)
		err = people_load(txn, r->c->id->genesis, &people);
	struct write_ctx ctx = {.txn = txn, .people = people, .now_ms = now_ms()};
	if (!err)
		err = write_ends(r, &ctx, told, n);
	if (!err)
		err = ledger_fact_put(txn, FACT_ENDS, NULL, 0, "", 0);
	if (!err)
		err = ledger_fact_put(txn, FACT_DEVICES, NULL, 0, r->dids, r->n * 16);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	people_free(people);
	return err;
}

/* Those that are out already, by us or by another device, are set apart from those that are not. */
static int sort_out(struct revoking *r, uint8_t told[REVOKE_MAX][16], size_t *n_told)
{
	size_t left = 0;
	int err = 0;
	*n_told = 0;
	for (size_t i = 0; !err && i < r->n; i++) {
		bool ours = false;
		if (keychain_device(fold_keychain(r->c->fold, r->c->id->genesis), r->dids[i])) {
			memmove(r->dids[left++], r->dids[i], 16);
			continue;
		}
		err = is_ours(r, r->dids[i], &ours);
		if (!err && ours)
			memcpy(told[(*n_told)++], r->dids[i], 16);
	}
	r->n = left;
	return err;
}

int revoke_carry_out(struct contact *c, size_t *done)
{
	struct revoking r = {.c = c};
	uint8_t told[REVOKE_MAX][16], hash[32];
	size_t n_told = 0;
	uint64_t seq;
	*done = 0;
	int err = load(&r);
	if (err || !r.n)
		return err;
	err = sort_out(&r, told, &n_told);
	if (!err && n_told) /* a link went through whose answer was never seen */
		err = load_ends(&r);
	else if (!err && r.n)
		err = note_ends(&r);
	if (!err && !n_told && r.n) {
		err = keylink_put(c, make_link, &r, &seq, hash);
		n_told = r.n;
		memcpy(told, r.dids, r.n * 16);
		r.n = 0;
	}
	if (!err)
		err = finish(&r, (const uint8_t(*)[16])told, n_told);
	if (!err)
		*done = n_told;
	stream_ends_free(&r.ends);
	return err;
}
