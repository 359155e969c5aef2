/* ledger_record: records that were verified and opened, and the server's receipts; see ledger.h. A
 * record's row is found by its order of arrival; table RECORD leads there from the rid. */
#include <string.h>

#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "ledger_row.h"

#include "ledger.h"

#define SIG 64
#define RECORD_ROW 6 /* elements; the payload's salt behind them where it is known */

struct record_walk {
	ledger_record_visit *visit;
	void *arg;
};

static int enough(int err)
{
	return err == ERR_MORE ? 0 : err;
}

/* --- records --- */

static int place_get(struct vault_txn *txn, const uint8_t rid[32], uint64_t *arrived)
{
	struct mp_doc *doc;
	struct mp_cur c;
	struct buf row;
	buf_init(&row, 0);
	int err = vault_get(txn, VAULT_RECORD, rid, 32, &row);
	if (err)
		return err;
	err = ledger_row_open(row.data, row.len, 1, &doc, &c);
	if (!err) {
		*arrived = mp_u64(&c, 1, UINT64_MAX);
		err = ledger_row_close(doc, &c);
	}
	buf_wipe(&row);
	return err;
}

static int place_put(struct vault_txn *txn, const uint8_t rid[32], uint64_t arrived)
{
	struct buf row;
	buf_init(&row, 0);
	mp_put_array(&row, 1);
	mp_put_u64(&row, arrived);
	int err = buf_err(&row);
	if (!err)
		err = vault_put(txn, VAULT_RECORD, rid, 32, &row);
	buf_wipe(&row);
	return err;
}

int ledger_record_put(struct vault_txn *txn, struct ledger_record *r)
{
	struct buf row;
	buf_init(&row, 0);
	mp_put_array(&row, r->has_salt ? RECORD_ROW + 1 : RECORD_ROW);
	mp_put_bin(&row, r->rid, sizeof(r->rid));
	mp_put_bin(&row, r->lid, sizeof(r->lid));
	mp_put_u64(&row, r->state);
	mp_put_u64(&row, r->seen_ms);
	mp_put_bin(&row, r->record, r->record_len);
	mp_put_bin(&row, r->content, r->content_len);
	if (r->has_salt)
		mp_put_bin(&row, r->salt, sizeof(r->salt));
	int err = buf_err(&row);
	if (!err)
		err = place_get(txn, r->rid, &r->arrived);
	if (!err) {
		err = vault_put_seq(txn, VAULT_TIMELINE, r->arrived, &row);
	} else if (err == ERR_NOT_FOUND) {
		err = vault_append(txn, VAULT_TIMELINE, &row, &r->arrived);
		if (!err)
			err = place_put(txn, r->rid, r->arrived);
	}
	buf_wipe(&row);
	return err;
}

static int record_open(const uint8_t *row, size_t len, struct ledger_record *r)
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err = ledger_row_open_more(row, len, RECORD_ROW, 1, &doc, &c);
	if (err)
		return err;
	mp_fixed(&c, r->rid, sizeof(r->rid));
	mp_fixed(&c, r->lid, sizeof(r->lid));
	r->state = (uint8_t)mp_u64(&c, LEDGER_WAITING, LEDGER_WITHDRAWN);
	r->seen_ms = mp_u64(&c, 0, UINT64_MAX);
	r->record = mp_bin(&c, 0, SIZE_MAX, &r->record_len);
	r->content = mp_bin(&c, 0, SIZE_MAX, &r->content_len);
	r->has_salt = mp_left(&c) > 0;
	if (r->has_salt)
		mp_fixed(&c, r->salt, sizeof(r->salt));
	return ledger_row_close(doc, &c);
}

int ledger_record_get(struct vault_txn *txn, const uint8_t rid[32], struct buf *hold, struct ledger_record *out)
{
	memset(out, 0, sizeof(*out));
	int err = place_get(txn, rid, &out->arrived);
	if (err)
		return err;
	err = vault_get_seq(txn, VAULT_TIMELINE, out->arrived, hold);
	if (!err)
		err = record_open(hold->data, hold->len, out);
	if (err == ERR_NOT_FOUND || (!err && memcmp(out->rid, rid, sizeof(out->rid)) != 0))
		err = ERR_CORRUPT;
	return err;
}

int ledger_record_remove(struct vault_txn *txn, const uint8_t rid[32])
{
	uint64_t arrived;
	int err = place_get(txn, rid, &arrived);
	if (!err)
		err = vault_del(txn, VAULT_RECORD, rid, 32);
	return err ? err : vault_del_seq(txn, VAULT_TIMELINE, arrived);
}

static int record_row(void *ctx, const struct vault_entry *entry)
{
	const struct record_walk *walk = ctx;
	struct ledger_record r = {.arrived = entry->seq};
	int err = record_open(entry->value, entry->len, &r);
	return err ? err : walk->visit(walk->arg, &r);
}

int ledger_record_each(struct vault_txn *txn, ledger_record_visit *visit, void *arg)
{
	return enough(vault_each(txn, VAULT_TIMELINE, 0, record_row, &(struct record_walk){visit, arg}));
}

/* --- receipts: signature and time by rid, the statement by its signature --- */

int ledger_receipt_put(struct vault_txn *txn, const uint8_t rid[32], const uint8_t *statement, size_t len,
                       const uint8_t sig[64], uint64_t time_ms)
{
	struct buf row;
	int err = 0;
	buf_init(&row, 0);
	if (!vault_has(txn, VAULT_RECEIPT, sig, SIG) && !(err = buf_put(&row, statement, len)))
		err = vault_put(txn, VAULT_RECEIPT, sig, SIG, &row);
	buf_reset(&row);
	mp_put_array(&row, 2);
	mp_put_bin(&row, sig, SIG);
	mp_put_u64(&row, time_ms);
	if (!err)
		err = buf_err(&row);
	if (!err)
		err = vault_put(txn, VAULT_RECEIPT, rid, 32, &row);
	buf_wipe(&row);
	return err;
}

static int receipt_row(struct vault_txn *txn, const uint8_t rid[32], uint8_t sig[SIG], uint64_t *time_ms)
{
	struct mp_doc *doc;
	struct mp_cur c;
	struct buf row;
	buf_init(&row, 0);
	int err = vault_get(txn, VAULT_RECEIPT, rid, 32, &row);
	if (!err)
		err = ledger_row_open(row.data, row.len, 2, &doc, &c);
	if (!err) {
		mp_fixed(&c, sig, SIG);
		*time_ms = mp_u64(&c, 0, UINT64_MAX);
		err = ledger_row_close(doc, &c);
	}
	buf_wipe(&row);
	return err;
}

int ledger_receipt_time(struct vault_txn *txn, const uint8_t rid[32], uint64_t *time_ms)
{
	uint8_t sig[SIG];
	*time_ms = 0;
	return receipt_row(txn, rid, sig, time_ms);
}

int ledger_receipt_get(struct vault_txn *txn, const uint8_t rid[32], struct buf *statement, uint8_t sig[64])
{
	uint64_t time_ms;
	int err = receipt_row(txn, rid, sig, &time_ms);
	if (err)
		return err;
	err = vault_get(txn, VAULT_RECEIPT, sig, SIG, statement);
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}
