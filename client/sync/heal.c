/* heal: records that go back to a restored server; see heal.h. */
#include "heal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/keychain.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "blobs.h"
#include "contact.h"
#include "heal_internal.h"
#include "rpc.h"

#define HEAL_BYTES ((size_t)768 << 10)
#define TRIES 120 /* while the server is busy or wants fewer refusals */
#define PAUSE_MS 250

/* --- is there something to do? --- */

static int get_cursor(struct vault *vault, struct ledger_cursor *cursor)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(vault, false, &txn);
	if (!err)
		err = ledger_cursor_get(txn, cursor);
	vault_abort(txn);
	return err;
}

int heal_is_due(struct vault *vault, const struct rpc *rpc, bool *due)
{
	struct ledger_cursor cursor;
	*due = false;
	int err = get_cursor(vault, &cursor);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	*due = memcmp(cursor.generation, rpc_hello(rpc)->generation, sizeof(cursor.generation)) != 0;
	return 0;
}

bool heal_was_known(struct vault_txn *txn)
{
	struct ledger_cursor cursor;
	return ledger_cursor_get(txn, &cursor) == 0;
}

/* --- which records, in order of arrival; and whom one's own unshares took them from --- */

struct taken {
	uint8_t rid[32], pid[16];
};

struct healing {
	const struct heal_opts *o;
	struct heal_result *result;
	const struct identity *id;
	struct epoch_keys *epochs; /* of the identity's, in its order */
	uint8_t (*rids)[32];
	size_t n, room;
	struct taken *taken;
	size_t n_taken, room_taken;
	struct msg_heal_put m; /* what one request holds; the bytes are in `held` */
	struct buf held[MSG_HEAL_MAX][2];
	size_t bytes;
};

static int grow(void *rows, size_t *room, size_t n, size_t width)
{
	if (n < *room)
		return 0;
	size_t more = *room ? 2 * *room : 256;
	void *bigger = reallocarray(*(void **)rows, more, width);
	if (!bigger)
		return ERR_NOMEM;
	*(void **)rows = bigger;
	*room = more;
	return 0;
}

static int note_taken(struct healing *h, const struct record *r)
{
	int err = 0;
	for (uint32_t i = 0; i < r->targets; i++)
		for (uint32_t k = 0; !err && k < r->audience; k++) {
			if (k == r->author_at)
				continue;
			err = grow(&h->taken, &h->room_taken, h->n_taken, sizeof(*h->taken));
			if (err)
				return err;
			memcpy(h->taken[h->n_taken].rid, r->target[i], 32);
			memcpy(h->taken[h->n_taken++].pid, r->wraps[k].pid, 16);
		}
	return err;
}

static int list_one(void *arg, const struct ledger_record *row)
{
	struct healing *h = arg;
	struct record r;
	int err = record_parse(row->record, row->record_len, &r);
	if (err)
		return ERR_CORRUPT;
	if (r.op == RECORD_UNSHARE && memcmp(r.author, h->id->pid, RECORD_PID) == 0)
		err = note_taken(h, &r);
	if (err || row->state == LEDGER_WAITING) /* it is in the outbox, and goes from there */
		return err;
	err = grow(&h->rids, &h->room, h->n, sizeof(*h->rids));
	if (!err)
		memcpy(h->rids[h->n++], row->rid, 32);
	return err;
}

static int list_all(struct healing *h)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(h->o->contact->vault, false, &txn);
	if (!err)
		err = ledger_record_each(txn, list_one, h);
	vault_abort(txn);
	return err;
}

/* --- one record as it is given --- */

static int open_wrap(const struct healing *h, const struct record *r, struct record_opened *out)
{
	const struct record_wrap *wrap = record_wrap_for(r, h->id->pid);
	for (uint32_t i = 0; wrap && i < h->id->n_epochs; i++) {
		struct record_epoch epoch = {h->id->epochs[i].epoch, h->epochs[i].self, h->epochs[i].seal_private};
		if (epoch.epoch == wrap->epoch)
			return record_open_wrap(r, h->id->pid, &epoch, out);
	}
	return ERR_NOT_FOUND;
}

static int rebuild(const struct healing *h, const struct ledger_record *row, const struct record *r,
                   struct buf *payload)
{
	struct record_opened *opened = crypto_secret_new(sizeof(*opened));
	int err = opened ? open_wrap(h, r, opened) : ERR_NOMEM;
	if (!err) {
		struct record_again again = {opened->content_key, row->salt, row->content, row->content_len};
		err = record_rebuild_payload(r, &again, payload);
	}
	crypto_secret_free(opened, sizeof(*opened));
	return err;
}

/* Whom an unshare of one's own took it from get no wrap back. What was deleted or taken from us is given without any.
 */
static int make_item(const struct healing *h, const struct ledger_record *row, struct buf *record, struct buf *payload)
{
	struct record r;
	uint8_t lose[RECORD_AUDIENCE][RECORD_PID];
	size_t n = 0;
	if (record_parse(row->record, row->record_len, &r))
		return ERR_CORRUPT;
	if (row->state == LEDGER_WITHDRAWN || row->content_len == 0)
		return record_stub(&r, record);
	if (!row->has_salt)
		return ERR_NOT_FOUND; /* an earlier version did not keep what is needed */
	for (size_t i = 0; i < h->n_taken && n < RECORD_AUDIENCE; i++)
		if (memcmp(h->taken[i].rid, r.rid, 32) == 0)
			memcpy(lose[n++], h->taken[i].pid, RECORD_PID);
	int err = record_without_wraps(&r, (const uint8_t(*)[RECORD_PID])lose, n, record);
	return err ? err : rebuild(h, row, &r, payload);
}

/* --- giving --- */

static void pause_a_moment(void)
{
	nanosleep(&(struct timespec){0, PAUSE_MS * 1000000L}, NULL);
}

static bool is_passing(int err)
{
	return err == ERR_BUSY || err == ERR_RATE;
}

static int send_items(struct healing *h, struct msg_heal_put_reply *said)
{
	struct msg_reply *reply;
	uint32_t id;
	struct buf *out = rpc_begin(h->o->contact->rpc, &id);
	int err = rpc_call(h->o->contact->rpc, msg_put_heal_put(out, id, &h->m), &reply);
	if (!err)
		err = rpc_answer(msg_get_heal_put_reply(&reply->body, said));
	return !err && said->accepted > h->m.n ? ERR_SHAPE : err;
}

static void drop_items(struct healing *h, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		buf_wipe(&h->held[i][0]);
		buf_wipe(&h->held[i][1]);
	}
	h->m.n -= n;
	memmove(h->held[0], h->held[n], h->m.n * sizeof(h->held[0]));
	memmove(h->m.items, h->m.items + n, h->m.n * sizeof(h->m.items[0]));
	if (!h->m.n)
		h->bytes = 0;
}

/* A record that is refused is passed over: another device, or this one later, gives it when what it rests on is back.
 */
static int flush(struct healing *h)
{
	unsigned tries = 0;
	int err = 0;
	while (!err && h->m.n) {
		struct msg_heal_put_reply said;
		err = send_items(h, &said);
		int stop = err ? err : err_from_status((uint16_t)said.stop);
		if (is_passing(stop) && tries++ < TRIES) {
			pause_a_moment();
			if (!err)
				drop_items(h, (uint32_t)said.accepted);
			err = 0;
			continue;
		}
		if (err)
			break;
		h->result->given += (size_t)said.accepted;
		drop_items(h, (uint32_t)said.accepted);
		if (err_is_retryable(stop) || stop == ERR_GENERATION || (!stop && h->m.n))
			err = stop ? stop : ERR_SHAPE;
		else if (stop && h->m.n) {
			h->result->refused++;
			drop_items(h, 1);
		}
	}
	return err;
}

static int load_item(struct healing *h, const uint8_t *rid, struct buf *record, struct buf *payload)
{
	struct vault_txn *txn = NULL;
	struct ledger_record row;
	struct buf hold;
	buf_init(&hold, 0);
	int err = vault_begin(h->o->contact->vault, false, &txn);
	if (!err)
		err = ledger_record_get(txn, rid, &hold, &row);
	vault_abort(txn);
	if (!err)
		err = make_item(h, &row, record, payload);
	buf_wipe(&hold);
	return err;
}

static int send_blobs(struct healing *h, const struct buf *record)
{
	struct blobs_opts blobs = {.rpc = h->o->contact->rpc, .vault = h->o->contact->vault};
	struct record r;
	int err = record_parse(record->data, record->len, &r);
	if (err || !r.blobs)
		return err;
	err = flush(h); /* so that little lies at the server that no record names */
	if (!err)
		err = blobs_give(&blobs, &r);
	return err == ERR_EXISTS || err == ERR_QUOTA ? 0 : err;
}

static int give(struct healing *h, const uint8_t *rid)
{
	struct buf record, payload;
	buf_init(&record, 0);
	buf_init(&payload, 0);
	int err = load_item(h, rid, &record, &payload);
	if (err == ERR_NOT_FOUND || err == ERR_HASH || err == ERR_OPEN) {
		h->result->refused++;
		err = 0;
	} else if (!err) {
		err = send_blobs(h, &record);
		if (!err && h->m.n && (h->m.n == MSG_HEAL_MAX || h->bytes + record.len + payload.len > HEAL_BYTES))
			err = flush(h);
		if (!err) {
			struct msg_item *item = &h->m.items[h->m.n];
			item->record = (struct msg_bytes){record.data, record.len};
			item->payload = (struct msg_bytes){payload.len ? payload.data : NULL, payload.len};
			h->bytes += record.len + payload.len;
			h->held[h->m.n][0] = record;
			h->held[h->m.n++][1] = payload;
			return 0;
		}
	}
	buf_wipe(&record);
	buf_wipe(&payload);
	return err;
}

/* Which of up to MSG_OFFER_MAX from `at` on the server lacks. */
static int offer(struct healing *h, size_t at, size_t n, uint8_t wanted[MSG_OFFER_MAX / 8])
{
	struct msg_heal_offer *m = calloc(1, sizeof(*m));
	struct msg_heal_offer_reply said;
	struct msg_reply *reply;
	uint32_t id;
	if (!m)
		return ERR_NOMEM;
	for (m->n = 0; m->n < n; m->n++)
		m->rids[m->n] = h->rids[at + m->n];
	struct buf *out = rpc_begin(h->o->contact->rpc, &id);
	int err = rpc_call(h->o->contact->rpc, msg_put_heal_offer(out, id, m), &reply);
	if (!err)
		err = rpc_answer(msg_get_heal_offer_reply(&reply->body, &said));
	if (!err && said.bitmap.len != (n + 7) / 8)
		err = ERR_SHAPE;
	if (!err)
		memcpy(wanted, said.bitmap.data, said.bitmap.len);
	free(m);
	return err;
}

static int give_all(struct healing *h)
{
	uint8_t wanted[MSG_OFFER_MAX / 8];
	int err = list_all(h);
	for (size_t at = 0; !err && at < h->n; at += MSG_OFFER_MAX) {
		size_t n = h->n - at < MSG_OFFER_MAX ? h->n - at : MSG_OFFER_MAX;
		err = offer(h, at, n, wanted);
		for (size_t i = 0; !err && i < n; i++) {
			if (h->o->progress)
				h->o->progress(h->o->arg, at + i, h->n);
			if (wanted[i / 8] >> i % 8 & 1)
				err = give(h, h->rids[at + i]);
		}
		if (!err)
			err = flush(h);
	}
	return err;
}

/* --- the end of it --- */

static int begin_again(const struct contact *c)
{
	struct ledger_cursor cursor = {.seq = 0};
	struct vault_txn *txn = NULL;
	memcpy(cursor.generation, rpc_hello(c->rpc)->generation, sizeof(cursor.generation));
	int err = feed_start(c->id->pid, cursor.generation, cursor.head);
	if (!err)
		err = vault_begin(c->vault, true, &txn);
	if (!err)
		err = heal_note_chains(txn, c->fold);
	if (!err)
		err = ledger_cursor_put(txn, &cursor);
	if (err) {
		vault_abort(txn);
		return err;
	}
	return vault_commit(txn);
}

static int derive(struct healing *h)
{
	int err = 0;
	h->epochs = crypto_secret_new((h->id->n_epochs + 1) * sizeof(*h->epochs));
	if (!h->epochs)
		return ERR_NOMEM;
	for (uint32_t i = 0; !err && i < h->id->n_epochs; i++)
		err = epoch_derive(h->id->epochs[i].seed, &h->epochs[i]);
	return err;
}

int heal_run(const struct heal_opts *opts, struct heal_result *result)
{
	const struct contact *c = opts->contact;
	struct ledger_cursor cursor;
	memset(result, 0, sizeof(*result));
	int err = get_cursor(c->vault, &cursor);
	if (!err && !clinic_restored(fold_clinic(c->fold), cursor.generation, rpc_hello(c->rpc)->generation))
		err = ERR_GENERATION;
	struct healing *h = err ? NULL : calloc(1, sizeof(*h));
	if (err || !h)
		return err ? err : ERR_NOMEM;
	h->o = opts;
	h->result = result;
	h->id = c->id;
	err = derive(h);
	if (!err)
		err = heal_own_chain(c);
	if (!err)
		err = give_all(h);
	if (!err)
		err = begin_again(c);
	drop_items(h, h->m.n);
	if (h->epochs)
		crypto_secret_free(h->epochs, (h->id->n_epochs + 1) * sizeof(*h->epochs));
	free(h->rids);
	free(h->taken);
	free(h);
	return err;
}
