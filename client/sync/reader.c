/* reader: see reader.h. Every check_ function is one step; the order of the calls is the protocol's. */
#include <stdlib.h>
#include <string.h>

#include "client/book/fold.h"
#include "client/book/given.h"
#include "client/book/identity.h"
#include "client/care/kinds.h"
#include "proto/attachment.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/keychain.h"
#include "proto/msg_reply.h"

#include "taken.h"

#include "reader_internal.h"

static int derive(struct reader *r)
{
	int err = 0;
	r->n_epochs = r->id->n_epochs;
	for (uint32_t i = 0; !err && i < r->n_epochs; i++)
		err = epoch_derive(r->id->epochs[i].seed, &r->epochs[i]);
	return err;
}

int reader_new(const struct identity *id, const struct fold *fold, struct reader **out)
{
	*out = NULL;
	struct reader *r = crypto_secret_new(sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	r->id = id;
	r->fold = fold;
	r->n_stalled = READER_STALLED; /* of earlier runs, until they were looked through */
	int err = derive(r);
	if (err)
		reader_free(r);
	else
		*out = r;
	return err;
}

int reader_renew(struct reader *r, const struct fold *fold)
{
	r->fold = fold;
	return r->n_epochs == r->id->n_epochs ? 0 : derive(r);
}

void reader_free(struct reader *r)
{
	crypto_secret_free(r, sizeof(*r));
}

struct reader_needs *reader_needs(struct reader *r)
{
	return &r->needs;
}

const struct gone *reader_gone(const struct reader *r)
{
	return &r->gone;
}

int reader_open_wrap(const struct reader *r, const struct record *record, struct record_opened *out)
{
	const struct record_wrap *wrap = record_wrap_for(record, r->id->pid);
	for (uint32_t i = 0; wrap && i < r->n_epochs; i++) {
		struct record_epoch epoch = {r->id->epochs[i].epoch, r->epochs[i].self, r->epochs[i].seal_private};
		if (epoch.epoch == wrap->epoch)
			return record_open_wrap(record, r->id->pid, &epoch, out);
	}
	return ERR_OPEN;
}

/* --- the checks --- */

static void want(struct reader_taking *t, const uint8_t rid[RECORD_RID])
{
	memcpy(t->wants, rid, RECORD_RID);
	t->r->needs.fetch = true;
}

static int check_form(struct reader_taking *t)
{
	const struct msg_bytes *bytes = &t->entry->item.record;
	int err = record_parse(bytes->data, bytes->len, &t->record);
	if (!err && memcmp(t->record.rid, t->entry->rid, RECORD_RID) != 0)
		err = ERR_HASH;
	if (err == ERR_HASH || bytes->len == 0)
		want(t, t->entry->rid); /* what was shown is not what was announced */
	if (err)
		return err;
	return memcmp(t->record.clinic, t->r->id->clinic, 32) == 0 ? 0 : ERR_AUTHOR;
}

/* An active device of the author's at the place in the author's key chain that the record names. */
static int check_author(struct reader_taking *t)
{
	const struct keychain *author = fold_keychain_by_pid(t->r->fold, t->record.author);
	uint64_t at;
	if (!author || !clinic_member_by_pid(fold_clinic(t->r->fold), t->record.author)) {
		t->r->needs.chains = true;
		return ERR_AUTHOR;
	}
	t->device = keychain_find_device(author, t->record.did);
	int err = t->device ? record_verify(&t->record, t->device->pub.sign) : 0;
	if (err)
		return err;
	if (!keychain_seq_of(author, t->record.chain_head, &at)) {
		t->r->needs.chains = true;
		return ERR_ROLLBACK;
	}
	if (!t->device || !keychain_active_at(author, t->record.did, at))
		return ERR_AUTHOR;
	t->own = memcmp(t->record.author, t->r->id->pid, RECORD_PID) == 0;
	t->own_device = t->own && memcmp(t->record.did, t->r->id->did, RECORD_DID) == 0;
	return 0;
}

/* Staff change roles, and a chain of roles at the time of writing is not kept: whether one was a clinician then is the
 * server's to refuse, at the push. A client never becomes staff. */
static int check_audience(struct reader_taking *t)
{
	const struct clinic_member *author = clinic_member_by_pid(fold_clinic(t->r->fold), t->record.author);
	int err = record_check_rules(&t->record);
	if (err)
		return err;
	if (!record_audience_has(&t->record, t->r->id->pid, NULL))
		return ERR_AUDIENCE;
	unsigned clients = 0;
	for (uint32_t i = 0; i < t->record.audience; i++) {
		const struct clinic_member *m = clinic_member_by_pid(fold_clinic(t->r->fold), t->record.wraps[i].pid);
		clients += m && m->role == ROLE_CLIENT;
	}
	if (clients > 1)
		return ERR_AUDIENCE;
	return t->record.class == RECORD_CLINICAL && !role_is_staff(author->role) ? ERR_AUDIENCE : 0;
}

/* The stream moves past it. */
static int count(struct reader_taking *t)
{
	t->before = t->stream;
	int err = stream_add(&t->stream, t->record.rid);
	t->counted = !err;
	return err;
}

static bool was_counted(const struct reader_taking *t)
{
	return t->from && t->from->counted && t->from->before.seq < t->stream.seq;
}

/* What it follows: where the stream stands, or where it stood when it passed this record. */
static const struct stream *place(const struct reader_taking *t)
{
	return was_counted(t) ? &t->from->before : &t->stream;
}

/* What a device wrote that its person has removed since counts only as far as its person said to us. Without that word
 * it is not even opened. */
static int check_removed(struct reader_taking *t)
{
	if (t->device->active)
		return 0;
	int err = ledger_cut_get(t->txn, t->record.did, &t->cut);
	if (err == ERR_NOT_FOUND)
		return ERR_HELD;
	if (err)
		return t->own_fault = err;
	return place(t)->seq >= t->cut.seq ? ERR_BEYOND : 0;
}

static int check_cut(const struct reader_taking *t, uint64_t seq)
{
	if (t->device->active || seq < t->cut.seq)
		return 0;
	return seq > t->cut.seq || memcmp(t->cut.rid, t->record.rid, RECORD_RID) != 0 ? ERR_BEYOND : 0;
}

/* Its place is after the record before it; for one that the stream has passed already, the place where it did. */
static int check_stream(struct reader_taking *t)
{
	const struct stream *at = place(t);
	int err = stream_check(at, t->opened.seq, t->opened.prev);
	if (err && at == &t->stream && t->own_device) {
		memcpy(t->wants, t->record.rid, RECORD_RID); /* it waits for nothing but the streams here */
		t->r->needs.twin = true;
		t->r->needs.outbox = t->r->needs.outbox || ledger_outbox_count(t->txn) > 0;
	}
	if (err && at == &t->stream && t->opened.seq > at->seq + 1)
		want(t, t->opened.prev);
	return err || at != &t->stream ? err : count(t);
}

/* A wrap that does not open, in a record that is really its author's, leaves a hole that the next one names. */
static int check_wrap(struct reader_taking *t)
{
	int err = reader_open_wrap(t->r, &t->record, &t->opened);
	if (err == ERR_OPEN && !was_counted(t))
		count(t);
	return err;
}

static int check_content(struct reader_taking *t)
{
	const struct msg_bytes *payload = &t->entry->item.payload;
	int err = record_check_payload(&t->record, payload->data, payload->len);
	if (err == ERR_HASH)
		want(t, t->record.rid);
	if (!err)
		err = record_open_payload(&t->record, t->opened.content_key, payload->data, payload->len, &t->content);
	if (!err)
		err = content_decode(t->content.data, t->content.len, &care_kinds, &t->decoded);
	if (!err)
		err = content_check_place(t->decoded, &care_kinds, t->record.class, t->record.op);
	bool known = !err && content_find_kind(&care_kinds, content_peek_head(t->decoded)->kind);
	if (known)
		err = attachment_check(t->decoded, &t->record);
	bool given = !err && content_peek_head(t->decoded)->kind == CONTENT_REGIVEN;
	if (given && memcmp(t->record.author, t->r->id->pid, RECORD_PID) != 0)
		err = given_check(t->r->fold, t->r->id, &t->record, t->decoded);
	return err;
}

/* --- the order --- */

/* Faults that say nothing about the record: it is read again next time. */
static bool is_our_own(int err)
{
	return err == ERR_NOMEM || err == ERR_CRYPTO || err == ERR_IO;
}

/* Up to the point where the record is known to be real and meant for us. */
static int judge_outside(struct reader_taking *t)
{
	int err = check_form(t);
	if (!err)
		err = check_author(t);
	return err ? err : check_audience(t);
}

/* It counts, though its place cannot be read; and only its author may have taken the wrap away. */
static int judge_without_wrap(struct reader_taking *t)
{
	int err = check_cut(t, place(t)->seq + 1);
	if (!err && !was_counted(t))
		err = count(t);
	if (err || reader_was_taken_back(t->txn, t->record.rid, t->record.author))
		return err;
	want(t, t->record.rid);
	return ERR_WITHHELD;
}

static int judge_inside(struct reader_taking *t)
{
	int err = t->own_device ? ledger_stream_out_get(t->txn, t->r->id->pid, &t->stream)
	                        : ledger_stream_in_get(t->txn, t->record.did, &t->stream);
	if (err)
		return t->own_fault = err;
	err = check_removed(t);
	if (err)
		return err;
	if (!record_wrap_for(&t->record, t->r->id->pid))
		return judge_without_wrap(t);
	err = check_wrap(t);
	if (!err)
		err = check_cut(t, t->opened.seq);
	if (!err)
		err = check_stream(t);
	return err ? err : check_content(t);
}

static int take(struct reader_taking *t, enum reader_outcome *outcome, int *why)
{
	buf_init(&t->content, 0);
	int fault = judge_outside(t);
	if (!fault)
		fault = judge_inside(t);
	int err = t->own_fault ? t->own_fault : is_our_own(fault) ? fault : 0;
	if (!err)
		err = reader_keep(t, fault, outcome, why);
	return err;
}

/* What this device itself said about the end of a removed one holds here, too. */
static int take_own_word(struct reader_taking *t, const struct ledger_record *row)
{
	t->own = true;
	if (record_parse(row->record, row->record_len, &t->record))
		return ERR_CORRUPT;
	if (memcmp(t->record.author, t->r->id->pid, RECORD_PID) != 0 || t->record.class != RECORD_CONTROL ||
	    t->record.op != RECORD_CONTENT || row->content_len == 0)
		return 0;
	int err = content_decode(row->content, row->content_len, &care_kinds, &t->decoded);
	if (err)
		return ERR_CORRUPT;
	return content_peek_head(t->decoded)->kind == CONTENT_STREAM_END ? reader_cut_take(t) : 0;
}

/* One's own record back from the server: it was verified when it was made. What it deletes goes now that it is there.
 */
static int take_known(struct reader_taking *t, bool *known)
{
	struct ledger_record row;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(t->txn, t->entry->rid, &hold, &row);
	*known = !err;
	if (!err && row.state == LEDGER_WAITING) {
		row.state = LEDGER_STORED;
		row.seen_ms = reader_now_ms();
		err = ledger_record_put(t->txn, &row);
	}
	if (*known && !err)
		err = taken_note_row(t->txn, &row, t->r->id->pid, reader_now_ms());
	if (*known && !err)
		err = take_own_word(t, &row);
	buf_wipe(&hold);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int reader_take(struct reader *r, struct vault_txn *txn, const struct msg_pull_entry *entry,
                enum reader_outcome *outcome, int *why)
{
	struct ledger_aside from;
	struct buf hold;
	bool known = false;
	*outcome = READER_NOTHING;
	*why = 0;
	if (entry->event != FEED_RECORD)
		return 0;
	struct reader_taking *t = crypto_secret_new(sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	buf_init(&hold, 0);
	t->r = r;
	t->txn = txn;
	t->entry = entry;
	int err = take_known(t, &known);
	if (!err && !known) {
		err = ledger_aside_get(txn, entry->rid, &hold, &from);
		t->from = err ? NULL : &from;
		if (!err || err == ERR_NOT_FOUND)
			err = take(t, outcome, why);
	}
	content_free(t->decoded);
	buf_wipe(&t->content);
	buf_wipe(&hold);
	crypto_secret_free(t, sizeof(*t));
	return err;
}
