/* push: see push.h. */
#include <stdlib.h>
#include <string.h>

#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "blobs.h"
#include "promise.h"
#include "rpc.h"

#include "push.h"

/* What one request holds at most, so that its frame has room: one record always fits. */
#define PUSH_BYTES ((size_t)768 << 10)

/* Outbox rows of one request, copied out of the walk. */
struct parcel {
	struct msg_push m;
	uint64_t seq[MSG_PUSH_MAX];
	uint8_t rid[MSG_PUSH_MAX][32];
	size_t bytes;
};

static bool has_blobs(const struct ledger_outgoing *o)
{
	struct record r;
	return record_parse(o->record, o->record_len, &r) == 0 && r.blobs > 0;
}

/* A record with attachments begins a parcel: what is sent ahead of it is for it alone, so that little lies at the
 * server that no record names. */
static int take(void *arg, const struct ledger_outgoing *o)
{
	struct parcel *p = arg;
	size_t len = o->record_len + o->payload_len;
	if (p->m.n == MSG_PUSH_MAX || (p->m.n && (p->bytes + len > PUSH_BYTES || has_blobs(o))))
		return ERR_MORE;
	uint8_t *copy = malloc(len);
	if (!copy)
		return ERR_NOMEM;
	memcpy(copy, o->record, o->record_len);
	memcpy(copy + o->record_len, o->payload, o->payload_len);
	p->m.items[p->m.n].record = (struct msg_bytes){copy, o->record_len};
	p->m.items[p->m.n].payload = (struct msg_bytes){copy + o->record_len, o->payload_len};
	p->seq[p->m.n] = o->seq;
	memcpy(p->rid[p->m.n++], o->rid, 32);
	p->bytes += len;
	return 0;
}

static void parcel_empty(struct parcel *p)
{
	for (uint32_t i = 0; i < p->m.n; i++)
		free((uint8_t *)(uintptr_t)p->m.items[i].record.data);
	memset(p, 0, sizeof(*p));
}

static int load(const struct push_opts *o, struct parcel *p, size_t *waiting)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(o->vault, false, &txn);
	if (!err) {
		*waiting = ledger_outbox_count(txn);
		err = ledger_outbox_each(txn, take, p);
	}
	vault_abort(txn);
	return err;
}

/* The receipt must speak of this clinic, this life of the server, us, and exactly the records it says it took. */
static int check_receipt(const struct push_opts *o, const struct parcel *p, const struct msg_push_reply *said,
                         struct feed_receipt *receipt)
{
	if (said->accepted > p->m.n || !said->signature)
		return ERR_RECEIPT;
	int err = rpc_statement(
	    feed_receipt_open(said->receipt.data, said->receipt.len, said->signature, o->log_public, receipt));
	if (err)
		return err;
	if (memcmp(receipt->clinic, o->id->clinic, 32) != 0 || memcmp(receipt->author, o->id->pid, 16) != 0 ||
	    memcmp(receipt->generation, rpc_hello(o->rpc)->generation, 16) != 0 || receipt->count != said->accepted)
		return ERR_RECEIPT;
	for (uint32_t i = 0; i < receipt->count; i++)
		if (memcmp(receipt->entries[i].rid, p->rid[i], 32) != 0)
			return ERR_RECEIPT;
	return 0;
}

static int settle_one(struct vault_txn *txn, const struct parcel *p, uint32_t at, const struct msg_push_reply *said,
                      const struct feed_receipt *receipt)
{
	const uint64_t time_ms = receipt->time_ms;
	struct ledger_cursor place = {.seq = receipt->entries[at].seq};
	struct ledger_record row;
	struct buf hold;
	buf_init(&hold, 0);
	memcpy(place.generation, receipt->generation, sizeof(place.generation));
	memcpy(place.head, receipt->entries[at].head, sizeof(place.head));
	int err = promise_keep(txn, &place, p->rid[at]);
	if (!err)
		err = ledger_record_get(txn, p->rid[at], &hold, &row);
	row.state = LEDGER_STORED;
	row.seen_ms = time_ms;
	if (!err)
		err = ledger_record_put(txn, &row);
	buf_wipe(&hold);
	if (!err)
		err = ledger_receipt_put(txn, p->rid[at], said->receipt.data, said->receipt.len, said->signature, time_ms);
	return err ? err : ledger_outbox_remove(txn, p->seq[at]);
}

/* The receipt and the end of the waiting are one transaction. */
static int settle(const struct push_opts *o, const struct parcel *p, const struct msg_push_reply *said)
{
	struct vault_txn *txn = NULL;
	struct feed_receipt *receipt = malloc(sizeof(*receipt));
	int err = receipt ? check_receipt(o, p, said, receipt) : ERR_NOMEM;
	if (!err)
		err = vault_begin(o->vault, true, &txn);
	for (uint32_t i = 0; !err && i < said->accepted; i++)
		err = settle_one(txn, p, i, said, receipt);
	if (err)
		vault_abort(txn);
	else
		err = vault_commit(txn);
	free(receipt);
	return err;
}

static int send_attachments(const struct push_opts *o, const struct parcel *p)
{
	const struct blobs_opts blobs = {o->rpc, o->vault, o->parts, o->arg};
	const struct msg_bytes *first = &p->m.items[0].record;
	struct record r;
	int err = record_parse(first->data, first->len, &r);
	return err ? err : blobs_send(&blobs, &r);
}

static int send(const struct push_opts *o, const struct parcel *p, struct msg_push_reply *said)
{
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(o->rpc, &id);
	int err = rpc_call(o->rpc, msg_put_push(out, id, &p->m), &reply);
	return err ? err : rpc_answer(msg_get_push_reply(&reply->body, said));
}

/* What the server says of this very record, now and for ever; anything else is about us, or about the server. */
static bool is_for_good(int err)
{
	static const int errs[] = {ERR_NO_GRANT, ERR_ROLE,    ERR_NOT_AUTHOR, ERR_RETAINED, ERR_CLASS, ERR_HASH,
	                           ERR_TARGET,   ERR_TOO_BIG, ERR_CANON,      ERR_SHAPE,    ERR_UTF8,  ERR_PROTO};
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
		if (errs[i] == err)
			return true;
	return false;
}

int push_outbox(const struct push_opts *o, size_t *pushed, uint8_t refused[32])
{
	struct parcel *p = calloc(1, sizeof(*p));
	size_t waiting = 0;
	int err = p ? 0 : ERR_NOMEM;
	*pushed = 0;
	memset(refused, 0, 32);
	while (!err) {
		struct msg_push_reply said;
		parcel_empty(p);
		err = load(o, p, &waiting);
		if (err || p->m.n == 0)
			break;
		if (o->progress)
			o->progress(o->arg, *pushed, *pushed + waiting);
		err = send_attachments(o, p);
		if (err)
			break;
		err = send(o, p, &said);
		if (!err && said.accepted)
			err = settle(o, p, &said);
		if (err)
			break;
		*pushed += said.accepted;
		err = err_from_status((uint16_t)said.stop);
		if (!err && said.accepted < p->m.n)
			err = ERR_RECEIPT;
		if (is_for_good(err) && said.accepted < p->m.n)
			memcpy(refused, p->rid[said.accepted], 32);
	}
	if (p)
		parcel_empty(p);
	free(p);
	return err;
}
