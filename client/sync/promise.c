/* promise: see promise.h. A fact each: the place of a record, and how far the last one reaches. */
#include <stdbool.h>
#include <string.h>

#include "client/book/ledger.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "promise.h"

#define FACT_PLACE "promised"     /* seq{8}: generation{16} || head{32} || rid{32} */
#define FACT_LAST "promised-last" /* generation{16} || seq{8} */
#define GENERATION 16
#define PLACE_BYTES (GENERATION + 32 + 32)
#define LAST_BYTES (GENERATION + 8)

static void put_seq(uint64_t seq, uint8_t out[8])
{
	for (int i = 7; i >= 0; i--, seq >>= 8)
		out[i] = (uint8_t)seq;
}

static void put_place(const struct ledger_cursor *place, const uint8_t rid[32], uint8_t out[PLACE_BYTES])
{
	memcpy(out, place->generation, GENERATION);
	memcpy(out + GENERATION, place->head, 32);
	memcpy(out + GENERATION + 32, rid, 32);
}

/* The fact's value if it is one of this life of the store: 0 or ERR_NOT_FOUND. */
static int get(struct vault_txn *txn, const char *name, const uint8_t *seq, const struct ledger_cursor *now,
               struct buf *value)
{
	size_t wanted = seq ? PLACE_BYTES : LAST_BYTES;
	int err = ledger_fact_get(txn, name, seq, seq ? 8 : 0, value);
	if (err)
		return err;
	if (value->len != wanted)
		return ERR_CORRUPT;
	return memcmp(value->data, now->generation, GENERATION) == 0 ? 0 : ERR_NOT_FOUND;
}

/* big-endian: the order of the bytes is that of the numbers */
static int reaches_beyond(struct vault_txn *txn, const struct ledger_cursor *place, bool *beyond)
{
	uint8_t seq[8];
	struct buf last;
	buf_init(&last, 0);
	put_seq(place->seq, seq);
	int err = get(txn, FACT_LAST, NULL, place, &last);
	*beyond = !err && memcmp(last.data + GENERATION, seq, sizeof(seq)) > 0;
	buf_wipe(&last);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* The feed was read up to there: it was in it, or it never will be. */
static int check_passed(struct vault_txn *txn, const struct ledger_cursor *place, const uint8_t rid[32], bool *passed)
{
	struct ledger_cursor now;
	struct ledger_record row;
	struct buf hold;
	*passed = false;
	int err = ledger_cursor_get(txn, &now);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	*passed = memcmp(now.generation, place->generation, GENERATION) == 0 && place->seq <= now.seq;
	if (!*passed)
		return 0;
	buf_init(&hold, 0);
	err = ledger_record_get(txn, rid, &hold, &row);
	if (!err && row.state == LEDGER_WAITING)
		err = ERR_ROLLBACK;
	buf_wipe(&hold);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int promise_keep(struct vault_txn *txn, const struct ledger_cursor *place, const uint8_t rid[32])
{
	uint8_t seq[8], value[PLACE_BYTES], last[LAST_BYTES];
	bool passed, beyond;
	int err = check_passed(txn, place, rid, &passed);
	if (err || passed)
		return err;
	put_seq(place->seq, seq);
	put_place(place, rid, value);
	err = ledger_fact_put(txn, FACT_PLACE, seq, sizeof(seq), value, sizeof(value));
	if (!err)
		err = reaches_beyond(txn, place, &beyond);
	if (err || beyond)
		return err;
	memcpy(last, place->generation, GENERATION);
	memcpy(last + GENERATION, seq, sizeof(seq));
	return ledger_fact_put(txn, FACT_LAST, NULL, 0, last, sizeof(last));
}

int promise_pass(struct vault_txn *txn, const struct ledger_cursor *place, const uint8_t rid[32])
{
	uint8_t seq[8], value[PLACE_BYTES];
	struct buf kept;
	buf_init(&kept, 0);
	put_seq(place->seq, seq);
	put_place(place, rid, value);
	int err = get(txn, FACT_PLACE, seq, place, &kept);
	if (!err && memcmp(kept.data, value, sizeof(value)) != 0)
		err = ERR_ROLLBACK;
	if (!err)
		err = ledger_fact_remove(txn, FACT_PLACE, seq, sizeof(seq));
	buf_wipe(&kept);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int promise_end(struct vault_txn *txn, const struct ledger_cursor *end)
{
	bool beyond;
	int err = reaches_beyond(txn, end, &beyond);
	return err ? err : beyond ? ERR_ROLLBACK : 0;
}
