/* ledger: what waits: pending, the way from lid to rid, the outbox. Records are in ledger_record.c, places and small
 * values in ledger_place.c, the form of rows in ledger_row.c. */
#include <string.h>

#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "ledger_row.h"

#include "ledger.h"

#define AUDIENCE_MAX 31
#define TARGETS_MAX 64

/* A walk of one table: the row's form is known to `open`. */
struct pending_walk {
	ledger_pending_visit *visit;
	void *arg;
};

struct outbox_walk {
	ledger_outbox_visit *visit;
	void *arg;
};

static int enough(int err)
{
	return err == ERR_MORE ? 0 : err;
}

static size_t count(struct vault_txn *txn, enum vault_table table)
{
	uint64_t n;
	return vault_count(txn, table, &n) ? 0 : (size_t)n;
}

/* --- pending --- */

static int pending_row_of(const struct ledger_pending *p, struct buf *row)
{
	buf_init(row, 0);
	if (p->n_audience > AUDIENCE_MAX || p->n_targets > TARGETS_MAX)
		return ERR_RANGE;
	mp_put_array(row, 8);
	mp_put_bin(row, p->lid, sizeof(p->lid));
	mp_put_u64(row, p->record_class);
	mp_put_u64(row, p->op);
	mp_put_u64(row, p->retain_days);
	mp_put_u64(row, p->answer_by_s);
	ledger_row_put_ids(row, p->audience[0], p->n_audience, sizeof(p->audience[0]));
	ledger_row_put_ids(row, p->targets[0], p->n_targets, sizeof(p->targets[0]));
	mp_put_bin(row, p->content, p->content_len);
	return buf_err(row);
}

int ledger_pending_add(struct vault_txn *txn, struct ledger_pending *p)
{
	struct buf row;
	int err = pending_row_of(p, &row);
	if (!err)
		err = vault_append(txn, VAULT_PENDING, &row, &p->seq);
	buf_wipe(&row);
	return err;
}

int ledger_pending_replace(struct vault_txn *txn, const struct ledger_pending *p)
{
	struct buf row, had;
	buf_init(&had, 0);
	int err = pending_row_of(p, &row);
	if (!err)
		err = vault_get_seq(txn, VAULT_PENDING, p->seq, &had);
	if (!err)
		err = vault_put_seq(txn, VAULT_PENDING, p->seq, &row);
	buf_wipe(&had);
	buf_wipe(&row);
	return err;
}

static int pending_open(const struct vault_entry *entry, struct ledger_pending *p)
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err = ledger_row_open(entry->value, entry->len, 8, &doc, &c);
	if (err)
		return err;
	p->seq = entry->seq;
	mp_fixed(&c, p->lid, sizeof(p->lid));
	p->record_class = (uint8_t)mp_u64(&c, 0, UINT8_MAX);
	p->op = (uint8_t)mp_u64(&c, 0, UINT8_MAX);
	p->retain_days = (uint32_t)mp_u64(&c, 0, UINT32_MAX);
	p->answer_by_s = mp_u64(&c, 0, UINT64_MAX);
	ledger_row_get_ids(&c, p->audience[0], AUDIENCE_MAX, sizeof(p->audience[0]), &p->n_audience);
	ledger_row_get_ids(&c, p->targets[0], TARGETS_MAX, sizeof(p->targets[0]), &p->n_targets);
	p->content = mp_bin(&c, 0, SIZE_MAX, &p->content_len);
	return ledger_row_close(doc, &c);
}

static int pending_visit(void *ctx, const struct vault_entry *entry)
{
	const struct pending_walk *walk = ctx;
	struct ledger_pending p = {0};
	int err = pending_open(entry, &p);
	return err ? err : walk->visit(walk->arg, &p);
}

int ledger_pending_each(struct vault_txn *txn, ledger_pending_visit *visit, void *arg)
{
	return enough(vault_each(txn, VAULT_PENDING, 0, pending_visit, &(struct pending_walk){visit, arg}));
}

int ledger_pending_remove(struct vault_txn *txn, uint64_t seq)
{
	return vault_del_seq(txn, VAULT_PENDING, seq);
}

size_t ledger_pending_count(struct vault_txn *txn)
{
	return count(txn, VAULT_PENDING);
}

/* --- lid to rid --- */

int ledger_sealed_put(struct vault_txn *txn, const uint8_t lid[LEDGER_REF], const uint8_t rid[32])
{
	struct buf row;
	buf_init(&row, 0);
	int err = buf_put(&row, rid, 32);
	if (!err)
		err = vault_put(txn, VAULT_SEALED, lid, LEDGER_REF, &row);
	buf_wipe(&row);
	return err;
}

int ledger_sealed_get(struct vault_txn *txn, const uint8_t lid[LEDGER_REF], uint8_t rid[32])
{
	struct buf row;
	buf_init(&row, 0);
	int err = vault_get(txn, VAULT_SEALED, lid, LEDGER_REF, &row);
	if (!err && row.len != 32)
		err = ERR_CORRUPT;
	if (!err)
		memcpy(rid, row.data, 32);
	buf_wipe(&row);
	return err;
}

int ledger_sealed_remove(struct vault_txn *txn, const uint8_t lid[LEDGER_REF])
{
	return vault_del(txn, VAULT_SEALED, lid, LEDGER_REF);
}

/* --- outbox --- */

int ledger_outbox_add(struct vault_txn *txn, struct ledger_outgoing *o)
{
	struct buf row;
	buf_init(&row, 0);
	mp_put_array(&row, 3);
	mp_put_bin(&row, o->rid, sizeof(o->rid));
	mp_put_bin(&row, o->record, o->record_len);
	mp_put_bin(&row, o->payload, o->payload_len);
	int err = buf_err(&row);
	if (!err)
		err = vault_append(txn, VAULT_OUTBOX, &row, &o->seq);
	buf_wipe(&row);
	return err;
}

static int outbox_row(void *ctx, const struct vault_entry *entry)
{
	const struct outbox_walk *walk = ctx;
	struct ledger_outgoing o = {.seq = entry->seq};
	struct mp_doc *doc;
	struct mp_cur c;
	int err = ledger_row_open(entry->value, entry->len, 3, &doc, &c);
	if (err)
		return err;
	mp_fixed(&c, o.rid, sizeof(o.rid));
	o.record = mp_bin(&c, 0, SIZE_MAX, &o.record_len);
	o.payload = mp_bin(&c, 0, SIZE_MAX, &o.payload_len);
	err = ledger_row_close(doc, &c);
	return err ? err : walk->visit(walk->arg, &o);
}

int ledger_outbox_each(struct vault_txn *txn, ledger_outbox_visit *visit, void *arg)
{
	return enough(vault_each(txn, VAULT_OUTBOX, 0, outbox_row, &(struct outbox_walk){visit, arg}));
}

int ledger_outbox_remove(struct vault_txn *txn, uint64_t seq)
{
	return vault_del_seq(txn, VAULT_OUTBOX, seq);
}

size_t ledger_outbox_count(struct vault_txn *txn)
{
	return count(txn, VAULT_OUTBOX);
}
