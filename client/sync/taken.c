/* taken: see taken.h. */
#include <string.h>

#include "client/book/ledger.h"
#include "client/book/parts.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/record.h"

#include "taken.h"

#define DAY_MS ((uint64_t)86400000)
#define FACT_GONE "gone" /* rid || author's pid */

struct gone_id {
	uint8_t bytes[RECORD_RID + RECORD_PID];
};

static struct gone_id gone_id(const uint8_t *rid, const uint8_t *author)
{
	struct gone_id id;
	memcpy(id.bytes, rid, RECORD_RID);
	memcpy(id.bytes + RECORD_RID, author, RECORD_PID);
	return id;
}

/* May the author take this one away by `r`? */
static bool reaches(const struct record *r, const struct record *target, const uint8_t *self, uint64_t now_ms)
{
	if (memcmp(target->author, r->author, RECORD_PID) != 0)
		return false;
	if (r->op == RECORD_UNSHARE)
		return memcmp(r->author, self, RECORD_PID) != 0;
	return target->class == r->class && (target->op == RECORD_CONTENT || target->op == RECORD_SHARE) &&
	       target->retain_day <= now_ms / DAY_MS;
}

/* The row keeps its place, and the record its hashes and signature. */
static int empty(struct vault_txn *txn, struct ledger_record *row, const struct record *target)
{
	struct buf stub;
	buf_init(&stub, 0);
	int err = record_stub(target, &stub);
	row->state = LEDGER_WITHDRAWN;
	row->record = stub.data;
	row->record_len = stub.len;
	row->content = NULL;
	row->content_len = 0;
	row->has_salt = false;
	memset(row->salt, 0, sizeof(row->salt));
	if (!err)
		err = ledger_record_put(txn, row);
	buf_wipe(&stub);
	return err;
}

/* What waits may have to be sent with an attachment that the deleted one named, too. */
static bool nothing_waits(struct vault_txn *txn)
{
	return !ledger_pending_count(txn) && !ledger_outbox_count(txn);
}

static int take_one(struct vault_txn *txn, const struct record *r, uint32_t at, const uint8_t *self, uint64_t now_ms)
{
	struct ledger_record row;
	struct record target;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(txn, r->target[at], &hold, &row);
	if (!err)
		err = record_parse(row.record, row.record_len, &target) ? ERR_CORRUPT : 0;
	bool reached = !err && reaches(r, &target, self, now_ms);
	if (reached && row.state != LEDGER_WITHDRAWN)
		err = empty(txn, &row, &target);
	if (reached && !err)
		err = parts_forget(txn, &target, r->op == RECORD_TOMBSTONE && nothing_waits(txn));
	if (err == ERR_NOT_FOUND && r->op == RECORD_TOMBSTONE) {
		struct gone_id id = gone_id(r->target[at], r->author);
		err = ledger_fact_put(txn, FACT_GONE, id.bytes, sizeof(id.bytes), &r->class, 1);
	}
	buf_wipe(&hold);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int taken_note(struct vault_txn *txn, const struct record *r, const uint8_t self[16], uint64_t now_ms)
{
	int err = 0;
	if (r->op != RECORD_UNSHARE && r->op != RECORD_TOMBSTONE)
		return 0;
	for (uint32_t i = 0; !err && i < r->targets; i++)
		err = take_one(txn, r, i, self, now_ms);
	return err;
}

int taken_note_row(struct vault_txn *txn, const struct ledger_record *row, const uint8_t self[16], uint64_t now_ms)
{
	struct record r;
	if (record_parse(row->record, row->record_len, &r))
		return ERR_CORRUPT;
	return taken_note(txn, &r, self, now_ms);
}

int taken_is_gone(struct vault_txn *txn, const struct record *r, uint64_t now_ms, bool *gone)
{
	struct gone_id id = gone_id(r->rid, r->author);
	struct buf class;
	buf_init(&class, 0);
	int err = ledger_fact_get(txn, FACT_GONE, id.bytes, sizeof(id.bytes), &class);
	*gone = !err && class.len == 1 && class.data[0] == r->class && r->retain_day <= now_ms / DAY_MS;
	buf_wipe(&class);
	return err == ERR_NOT_FOUND ? 0 : err;
}
