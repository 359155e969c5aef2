/* paper: see paper.h. */
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/device.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/keychain_sign.h"

#include "client/sync/contact.h"
#include "client/sync/keylink.h"

#include "paper.h"

#define FACT "recovery-tested" /* Unix milliseconds, 8 bytes */

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int note_day(struct vault_txn *txn)
{
	struct buf row;
	buf_init(&row, 0);
	int err = buf_put_u64(&row, now_ms());
	if (!err)
		err = ledger_fact_put(txn, FACT, NULL, 0, row.data, row.len);
	buf_wipe(&row);
	return err;
}

static int compare(struct vault_txn *txn, const struct device_public *pub, bool *right)
{
	struct identity *id = NULL;
	struct fold *fold = NULL;
	int err = identity_load(txn, &id);
	if (!err)
		err = fold_load(txn, id->clinic, false, &fold);
	const struct keychain *own = err ? NULL : fold_keychain(fold, id->genesis);
	if (!err && !own)
		err = ERR_NOT_FOUND;
	*right = !err && memcmp(keychain_recovery(own), pub, sizeof(*pub)) == 0;
	fold_free(fold);
	identity_free(id);
	return err;
}

int paper_test(struct vault *vault, const struct code *code, bool *right)
{
	struct device_secret paper;
	struct device_public pub;
	struct vault_txn *txn = NULL;
	*right = false;
	int err = device_from_recovery(code->symbols, CODE_SYMBOLS, &paper);
	if (!err)
		err = device_public_of(&paper, &pub);
	device_wipe(&paper);
	if (!err)
		err = vault_begin(vault, true, &txn);
	if (!err)
		err = compare(txn, &pub, right);
	if (!err && *right)
		err = note_day(txn);
	if (err || !*right)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	return err;
}

int paper_tested(struct vault *vault, uint64_t *at_ms)
{
	struct vault_txn *txn = NULL;
	struct buf row;
	*at_ms = 0;
	buf_init(&row, 0);
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = ledger_fact_get(txn, FACT, NULL, 0, &row);
	for (size_t i = 0; !err && i < row.len && i < 8; i++)
		*at_ms = *at_ms << 8 | row.data[i];
	vault_abort(txn);
	buf_wipe(&row);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int make_link(void *arg, const struct contact *c, const struct keychain_sign *by, struct buf *out)
{
	const struct device_secret *paper = arg;
	uint8_t *next = crypto_secret_new(EPOCH_SEED);
	struct keychain_sign_seeds seeds = {identity_current(c->id)->seed, next};
	int err = next ? crypto_random(next, EPOCH_SEED) : ERR_NOMEM;
	if (!err)
		err = keychain_sign_recovery(by, paper, &seeds, out);
	crypto_secret_free(next, EPOCH_SEED); /* its box brings it back */
	return err;
}

int paper_replace(struct vault *vault, const struct code *code)
{
	struct device_secret paper;
	struct contact c;
	uint8_t hash[32];
	uint64_t seq;
	int err = contact_open(vault, 0, &c);
	if (!err)
		err = device_from_recovery(code->symbols, CODE_SYMBOLS, &paper);
	if (!err)
		err = keylink_put(&c, make_link, &paper, &seq, hash);
	device_wipe(&paper);
	contact_close(&c);
	return err;
}
