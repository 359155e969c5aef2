/* ledger_place: small values: the feed's cursor, streams, numbers, facts; see ledger.h. */
#include <string.h>

#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "ledger_row.h"

#include "ledger.h"

#define ROW 16
#define ITEM 32

static const char feed[] = "feed"; /* the one row of the cursor's table */

/* Replaces the value of an id by a row that is complete, and wipes it. */
static int put(struct vault_txn *txn, enum vault_table table, const void *id, size_t id_len, struct buf *row)
{
	int err = buf_err(row);
	if (!err)
		err = vault_put(txn, table, id, id_len, row);
	buf_wipe(row);
	return err;
}

/* --- cursor --- */

int ledger_cursor_get(struct vault_txn *txn, struct ledger_cursor *out)
{
	struct mp_doc *doc;
	struct mp_cur c;
	struct buf row;
	memset(out, 0, sizeof(*out));
	buf_init(&row, 0);
	int err = vault_get(txn, VAULT_CURSOR, feed, sizeof(feed), &row);
	if (!err)
		err = ledger_row_open(row.data, row.len, 3, &doc, &c);
	if (!err) {
		mp_fixed(&c, out->generation, sizeof(out->generation));
		out->seq = mp_u64(&c, 0, UINT64_MAX);
		mp_fixed(&c, out->head, sizeof(out->head));
		err = ledger_row_close(doc, &c);
	}
	buf_wipe(&row);
	return err;
}

int ledger_cursor_put(struct vault_txn *txn, const struct ledger_cursor *cursor)
{
	struct buf row;
	buf_init(&row, 0);
	mp_put_array(&row, 3);
	mp_put_bin(&row, cursor->generation, sizeof(cursor->generation));
	mp_put_u64(&row, cursor->seq);
	mp_put_bin(&row, cursor->head, sizeof(cursor->head));
	return put(txn, VAULT_CURSOR, feed, sizeof(feed), &row);
}

/* --- streams --- */

static int stream_get(struct vault_txn *txn, enum vault_table table, const uint8_t id[16], struct stream *out)
{
	struct mp_doc *doc;
	struct mp_cur c;
	struct buf row;
	memset(out, 0, sizeof(*out));
	buf_init(&row, 0);
	int err = vault_get(txn, table, id, 16, &row);
	if (!err)
		err = ledger_row_open(row.data, row.len, 2, &doc, &c);
	if (!err) {
		out->seq = mp_u64(&c, 0, UINT64_MAX);
		mp_fixed(&c, out->rid, sizeof(out->rid));
		err = ledger_row_close(doc, &c);
	}
	buf_wipe(&row);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int stream_put(struct vault_txn *txn, enum vault_table table, const uint8_t id[16], const struct stream *s)
{
	struct buf row;
	buf_init(&row, 0);
	mp_put_array(&row, 2);
	mp_put_u64(&row, s->seq);
	mp_put_bin(&row, s->rid, sizeof(s->rid));
	return put(txn, table, id, 16, &row);
}

int ledger_stream_in_get(struct vault_txn *txn, const uint8_t did[16], struct stream *out)
{
	return stream_get(txn, VAULT_STREAM_IN, did, out);
}

int ledger_stream_in_put(struct vault_txn *txn, const uint8_t did[16], const struct stream *s)
{
	return stream_put(txn, VAULT_STREAM_IN, did, s);
}

int ledger_stream_out_get(struct vault_txn *txn, const uint8_t pid[16], struct stream *out)
{
	return stream_get(txn, VAULT_STREAM_OUT, pid, out);
}

int ledger_stream_out_put(struct vault_txn *txn, const uint8_t pid[16], const struct stream *s)
{
	return stream_put(txn, VAULT_STREAM_OUT, pid, s);
}

/* --- cuts: a fact each --- */

#define CUT 40 /* u64 seq || rid{32} */

static const char cut_name[] = "cut";

int ledger_cut_get(struct vault_txn *txn, const uint8_t did[16], struct stream *out)
{
	struct buf value;
	memset(out, 0, sizeof(*out));
	buf_init(&value, 0);
	int err = ledger_fact_get(txn, cut_name, did, 16, &value);
	if (!err && value.len != CUT)
		err = ERR_CORRUPT;
	for (int i = 0; !err && i < 8; i++)
		out->seq = out->seq << 8 | value.data[i];
	if (!err)
		memcpy(out->rid, value.data + 8, sizeof(out->rid));
	buf_wipe(&value);
	return err;
}

int ledger_cut_put(struct vault_txn *txn, const uint8_t did[16], const struct stream *cut)
{
	uint8_t value[CUT];
	for (int i = 0; i < 8; i++)
		value[i] = (uint8_t)(cut->seq >> (56 - 8 * i));
	memcpy(value + 8, cut->rid, sizeof(cut->rid));
	return ledger_fact_put(txn, cut_name, did, 16, value, sizeof(value));
}

/* --- numbers --- */

static int number_get(struct vault_txn *txn, const uint8_t *id, size_t id_len, uint32_t *number)
{
	struct mp_doc *doc;
	struct mp_cur c;
	struct buf row;
	*number = 0;
	buf_init(&row, 0);
	int err = vault_get(txn, VAULT_NUMBER, id, id_len, &row);
	if (!err)
		err = ledger_row_open(row.data, row.len, 1, &doc, &c);
	if (!err) {
		*number = (uint32_t)mp_u64(&c, 1, UINT32_MAX);
		err = ledger_row_close(doc, &c);
	}
	buf_wipe(&row);
	return err;
}

static int number_put(struct vault_txn *txn, const uint8_t *id, size_t id_len, uint32_t number)
{
	struct buf row;
	buf_init(&row, 0);
	mp_put_array(&row, 1);
	mp_put_u64(&row, number);
	return put(txn, VAULT_NUMBER, id, id_len, &row);
}

int ledger_number(struct vault_txn *txn, const uint8_t row[16], const uint8_t item[32], bool assign, uint32_t *number)
{
	uint8_t id[ROW + ITEM];
	uint32_t last;
	memcpy(id, row, ROW);
	memcpy(id + ROW, item, ITEM);
	int err = number_get(txn, id, sizeof(id), number);
	if (err != ERR_NOT_FOUND || !assign)
		return err;
	err = number_get(txn, row, ROW, &last);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (last == UINT32_MAX)
		return ERR_RANGE;
	err = number_put(txn, row, ROW, last + 1);
	if (!err)
		err = number_put(txn, id, sizeof(id), last + 1);
	if (!err)
		*number = last + 1;
	return err;
}

/* --- facts --- */

static int fact_id(const char *name, const uint8_t *id, size_t id_len, struct buf *key)
{
	buf_init(key, VAULT_ID_MAX);
	buf_put(key, name, strlen(name) + 1);
	if (id_len)
		buf_put(key, id, id_len);
	return buf_err(key) == ERR_TOO_BIG ? ERR_RANGE : buf_err(key);
}

int ledger_fact_put(struct vault_txn *txn, const char *name, const uint8_t *id, size_t id_len, const void *value,
                    size_t len)
{
	struct buf key, row;
	buf_init(&row, 0);
	int err = fact_id(name, id, id_len, &key);
	if (!err && len)
		err = buf_put(&row, value, len);
	if (!err)
		err = vault_put(txn, VAULT_FACT, key.data, key.len, &row);
	buf_wipe(&row);
	buf_wipe(&key);
	return err;
}

int ledger_fact_get(struct vault_txn *txn, const char *name, const uint8_t *id, size_t id_len, struct buf *value)
{
	struct buf key;
	int err = fact_id(name, id, id_len, &key);
	if (!err)
		err = vault_get(txn, VAULT_FACT, key.data, key.len, value);
	buf_wipe(&key);
	return err;
}

int ledger_fact_remove(struct vault_txn *txn, const char *name, const uint8_t *id, size_t id_len)
{
	struct buf key;
	int err = fact_id(name, id, id_len, &key);
	if (!err)
		err = vault_del(txn, VAULT_FACT, key.data, key.len);
	buf_wipe(&key);
	return err;
}
