/* ledger_aside: records kept aside, and how many bytes they are; see ledger.h. Facts lead from a rid to its row and
 * hold the sum, so that neither costs a walk. */
#include <string.h>

#include "client/vault.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "ledger_row.h"

#include "ledger.h"

#define ROW 6 /* elements of an earlier version; behind them the place, or nil, and what is wanted, or nil */
#define ROW_MORE 2

static const char at_name[] = "aside", sum_name[] = "aside-sum", zero[32];

struct aside_walk {
	ledger_aside_visit *visit;
	void *arg;
};

/* --- a row --- */

static int put_row(struct buf *row, const struct ledger_aside *a)
{
	buf_init(row, 0);
	mp_put_array(row, ROW + ROW_MORE);
	mp_put_bin(row, a->rid, sizeof(a->rid));
	mp_put_i64(row, a->err);
	mp_put_u64(row, a->feed_seq);
	mp_put_u64(row, a->at_ms);
	mp_put_bin(row, a->record, a->record_len);
	mp_put_bin(row, a->payload, a->payload_len);
	if (a->counted) {
		mp_put_array(row, 2);
		mp_put_u64(row, a->before.seq);
		mp_put_bin(row, a->before.rid, sizeof(a->before.rid));
	} else {
		mp_put_nil(row);
	}
	if (memcmp(a->wants, zero, sizeof(zero)) != 0)
		mp_put_bin(row, a->wants, sizeof(a->wants));
	else
		mp_put_nil(row);
	return buf_err(row);
}

static void read_more(struct mp_cur *c, struct ledger_aside *a)
{
	a->counted = !mp_nil(c);
	if (a->counted) {
		struct mp_cur place = mp_enter(c, 2, 2);
		a->before.seq = mp_u64(&place, 0, UINT64_MAX);
		mp_fixed(&place, a->before.rid, sizeof(a->before.rid));
		mp_leave(c, &place);
	}
	if (!mp_nil(c))
		mp_fixed(c, a->wants, sizeof(a->wants));
}

static int open_row(const uint8_t *row, size_t len, struct ledger_aside *a)
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err = ledger_row_open_more(row, len, ROW, ROW_MORE, &doc, &c);
	if (err)
		return err;
	mp_fixed(&c, a->rid, sizeof(a->rid));
	a->err = (int)mp_i64(&c, INT32_MIN, 0);
	a->feed_seq = mp_u64(&c, 0, UINT64_MAX);
	a->at_ms = mp_u64(&c, 0, UINT64_MAX);
	a->record = mp_bin(&c, 0, SIZE_MAX, &a->record_len);
	a->payload = mp_bin(&c, 0, SIZE_MAX, &a->payload_len);
	if (mp_left(&c))
		read_more(&c, a);
	return ledger_row_close(doc, &c);
}

static int aside_row(void *ctx, const struct vault_entry *entry)
{
	const struct aside_walk *walk = ctx;
	struct ledger_aside a = {.seq = entry->seq};
	int err = open_row(entry->value, entry->len, &a);
	return err ? err : walk->visit(walk->arg, &a);
}

int ledger_aside_each(struct vault_txn *txn, ledger_aside_visit *visit, void *arg)
{
	int err = vault_each(txn, VAULT_ASIDE, 0, aside_row, &(struct aside_walk){visit, arg});
	return err == ERR_MORE ? 0 : err;
}

size_t ledger_aside_count(struct vault_txn *txn)
{
	uint64_t n;
	return vault_count(txn, VAULT_ASIDE, &n) ? 0 : (size_t)n;
}

/* --- facts: one number each --- */

static int number_put(struct vault_txn *txn, const char *name, const uint8_t *id, uint64_t number)
{
	uint8_t value[8];
	for (int i = 0; i < 8; i++)
		value[i] = (uint8_t)(number >> (56 - 8 * i));
	return ledger_fact_put(txn, name, id, id ? 32 : 0, value, sizeof(value));
}

static int number_get(struct vault_txn *txn, const char *name, const uint8_t *id, uint64_t *number)
{
	struct buf value;
	*number = 0;
	buf_init(&value, 0);
	int err = ledger_fact_get(txn, name, id, id ? 32 : 0, &value);
	if (!err && value.len != 8)
		err = ERR_CORRUPT;
	for (int i = 0; !err && i < 8; i++)
		*number = *number << 8 | value.data[i];
	buf_wipe(&value);
	return err;
}

struct tally {
	struct vault_txn *txn;
	uint64_t bytes;
};

static int add_up(void *arg, const struct ledger_aside *a)
{
	struct tally *t = arg;
	t->bytes += a->record_len + a->payload_len;
	return number_put(t->txn, at_name, a->rid, a->seq);
}

/* Rows of an earlier version are counted when the sum is first asked for. */
static int sum_get(struct vault_txn *txn, uint64_t *bytes)
{
	struct tally t = {.txn = txn};
	int err = number_get(txn, sum_name, NULL, bytes);
	if (err != ERR_NOT_FOUND)
		return err;
	err = ledger_aside_each(txn, add_up, &t);
	*bytes = t.bytes;
	return err;
}

int ledger_aside_index(struct vault_txn *txn)
{
	uint64_t bytes;
	int err = number_get(txn, sum_name, NULL, &bytes);
	if (err != ERR_NOT_FOUND)
		return err;
	err = sum_get(txn, &bytes);
	return err ? err : number_put(txn, sum_name, NULL, bytes);
}

/* --- by rid --- */

/* A row that was removed has number 0. */
static int find(struct vault_txn *txn, const uint8_t rid[32], uint64_t *seq)
{
	int err = number_get(txn, at_name, rid, seq);
	return !err && !*seq ? ERR_NOT_FOUND : err;
}

bool ledger_aside_has(struct vault_txn *txn, const uint8_t rid[32])
{
	uint64_t seq;
	return find(txn, rid, &seq) == 0;
}

int ledger_aside_get(struct vault_txn *txn, const uint8_t rid[32], struct buf *hold, struct ledger_aside *out)
{
	memset(out, 0, sizeof(*out));
	out->waits = true;
	int err = find(txn, rid, &out->seq);
	if (err)
		return err;
	err = vault_get_seq(txn, VAULT_ASIDE, out->seq, hold);
	if (!err)
		err = open_row(hold->data, hold->len, out);
	if (err == ERR_NOT_FOUND || (!err && memcmp(out->rid, rid, sizeof(out->rid)) != 0))
		err = ERR_CORRUPT;
	return err;
}

/* Where the fact about a row is. */
static int key_of(const struct ledger_aside *a, uint8_t key[32])
{
	const struct crypto_bytes all[] = {{a->rid, 32}, {a->record, a->record_len}, {a->payload, a->payload_len}};
	if (!a->waits)
		return crypto_sha256(all, 3, key);
	memcpy(key, a->rid, 32);
	return 0;
}

static int add(struct vault_txn *txn, struct ledger_aside *a, bool bounded)
{
	uint64_t bytes;
	struct buf row;
	uint8_t key[32];
	int err = sum_get(txn, &bytes);
	if (!err)
		err = key_of(a, key);
	if (err)
		return err;
	if (ledger_aside_has(txn, key))
		return ERR_EXISTS;
	bytes += a->record_len + a->payload_len;
	if (bounded && (ledger_aside_count(txn) >= LEDGER_ASIDE_ROWS || bytes > LEDGER_ASIDE_BYTES))
		return ERR_ASIDE_FULL;
	err = put_row(&row, a);
	if (!err)
		err = vault_append(txn, VAULT_ASIDE, &row, &a->seq);
	buf_wipe(&row);
	if (!err)
		err = number_put(txn, at_name, key, a->seq);
	return err ? err : number_put(txn, sum_name, NULL, bytes);
}

int ledger_aside_put(struct vault_txn *txn, struct ledger_aside *a)
{
	return add(txn, a, true);
}

int ledger_aside_move(struct vault_txn *txn, struct ledger_aside *a)
{
	return add(txn, a, false);
}

int ledger_aside_note(struct vault_txn *txn, const struct ledger_aside *a)
{
	struct ledger_aside now;
	struct buf hold, row;
	buf_init(&hold, 0);
	buf_init(&row, 0);
	int err = ledger_aside_get(txn, a->rid, &hold, &now);
	if (!err) {
		now.err = a->err;
		now.waits = a->waits;
		now.counted = a->counted;
		now.before = a->before;
		memcpy(now.wants, a->wants, sizeof(now.wants));
		err = put_row(&row, &now);
	}
	if (!err)
		err = vault_put_seq(txn, VAULT_ASIDE, now.seq, &row);
	uint8_t key[32];
	if (!err && !now.waits)
		err = number_put(txn, at_name, now.rid, 0);
	if (!err)
		err = key_of(&now, key);
	if (!err)
		err = number_put(txn, at_name, key, now.seq);
	buf_wipe(&row);
	buf_wipe(&hold);
	return err;
}

int ledger_aside_remove(struct vault_txn *txn, const uint8_t rid[32])
{
	struct ledger_aside a;
	struct buf hold;
	uint64_t bytes = 0;
	buf_init(&hold, 0);
	int err = ledger_aside_get(txn, rid, &hold, &a);
	if (!err)
		err = sum_get(txn, &bytes);
	if (!err)
		err = vault_del_seq(txn, VAULT_ASIDE, a.seq);
	if (!err)
		err = number_put(txn, at_name, rid, 0);
	if (!err)
		err = number_put(txn, sum_name, NULL, bytes - (a.record_len + a.payload_len));
	buf_wipe(&hold);
	return err;
}
