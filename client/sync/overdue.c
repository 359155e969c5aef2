/* overdue: see overdue.h. The fact is there while something waits: since when, and how many are held. */
#include <string.h>

#include "client/book/ledger.h"
#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "overdue.h"

#define FACT "unanswered"
#define LIMIT_MS ((uint64_t)OVERDUE_DAYS * 86400000)

struct since {
	uint64_t ms, held;
};

struct counting {
	struct vault_txn *txn;
	uint64_t now_ms;
	size_t outbox, pending;
};

static int load(struct vault_txn *txn, struct since *out)
{
	struct buf value;
	buf_init(&value, 0);
	int err = ledger_fact_get(txn, FACT, NULL, 0, &value);
	if (!err && value.len != sizeof(*out))
		err = ERR_CORRUPT;
	if (!err)
		memcpy(out, value.data, sizeof(*out));
	buf_wipe(&value);
	return err;
}

int overdue_note(struct vault_txn *txn, uint64_t now_ms, size_t held)
{
	struct since since = {.ms = now_ms};
	size_t waiting = ledger_outbox_count(txn) + ledger_pending_count(txn);
	int err;
	if (waiting <= held) {
		err = ledger_fact_remove(txn, FACT, NULL, 0);
		return err == ERR_NOT_FOUND ? 0 : err;
	}
	err = load(txn, &since);
	if (err && err != ERR_NOT_FOUND)
		return err;
	since.held = held;
	return ledger_fact_put(txn, FACT, NULL, 0, &since, sizeof(since));
}

static bool is_old(const struct counting *c, uint64_t made_ms)
{
	return c->now_ms > made_ms && c->now_ms - made_ms > LIMIT_MS;
}

static bool is_old_content(const struct counting *c, const uint8_t *bytes, size_t len)
{
	struct content *content = NULL;
	if (content_decode(bytes, len, &care_kinds, &content))
		return false;
	bool old = is_old(c, content_peek_head(content)->made_ms);
	content_free(content);
	return old;
}

static int count_sealed(void *arg, const struct ledger_outgoing *o)
{
	struct counting *c = arg;
	struct ledger_record row;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(c->txn, o->rid, &hold, &row);
	if (!err)
		c->outbox += is_old_content(c, row.content, row.content_len);
	buf_wipe(&hold);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int count_pending(void *arg, const struct ledger_pending *p)
{
	struct counting *c = arg;
	c->pending += is_old_content(c, p->content, p->content_len);
	return 0;
}

int overdue_count(struct vault_txn *txn, uint64_t now_ms, size_t *n)
{
	struct counting c = {.txn = txn, .now_ms = now_ms};
	struct since since;
	*n = 0;
	int err = load(txn, &since);
	if (err || !is_old(&c, since.ms))
		return err == ERR_NOT_FOUND ? 0 : err;
	err = ledger_outbox_each(txn, count_sealed, &c);
	if (!err)
		err = ledger_pending_each(txn, count_pending, &c);
	*n = c.outbox + (c.pending > since.held ? c.pending - (size_t)since.held : 0);
	return err;
}
