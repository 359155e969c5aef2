/* reader_keep: what a record leaves in the ledger: its row, its stream, its effect on others; or a row among those kept
 * aside. See reader_internal.h. */
#include <string.h>
#include <time.h>

#include "client/book/checked.h"
#include "client/book/fold.h"
#include "client/book/people.h"
#include "client/book/reach.h"
#include "client/care/contact.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/msg_reply.h"

#include "refs.h"
#include "taken.h"

#include "reader_internal.h"

#define TAKEN_BACK "taken-back" /* rid || author's pid, for each record somebody took from us */

uint64_t reader_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- rows --- */

static int put_record(struct reader_taking *t, enum ledger_state state, const uint8_t lid[LEDGER_REF])
{
	const struct msg_item *item = &t->entry->item;
	struct ledger_record row = {.state = (uint8_t)state, .seen_ms = reader_now_ms()};
	memcpy(row.rid, t->record.rid, sizeof(row.rid));
	memcpy(row.lid, lid, sizeof(row.lid));
	row.record = item->record.data;
	row.record_len = item->record.len;
	row.content = t->content.data;
	row.content_len = t->content.len;
	row.has_salt = t->content.len && item->payload.len >= sizeof(row.salt);
	if (row.has_salt)
		memcpy(row.salt, item->payload.data, sizeof(row.salt));
	return ledger_record_put(t->txn, &row);
}

static void note_stalled(struct reader *r, const uint8_t did[16])
{
	for (uint32_t i = 0; i < r->n_stalled && r->n_stalled < READER_STALLED; i++)
		if (memcmp(r->stalled[i], did, 16) == 0)
			return;
	if (r->n_stalled < READER_STALLED)
		memcpy(r->stalled[r->n_stalled++], did, 16);
}

/* A record of a device passed of which another was waiting. */
static bool is_stalled(const struct reader *r, const uint8_t did[16])
{
	for (uint32_t i = 0; i < r->n_stalled && r->n_stalled < READER_STALLED; i++)
		if (memcmp(r->stalled[i], did, 16) == 0)
			return true;
	return r->n_stalled == READER_STALLED;
}

bool reader_may_pass(const struct ledger_aside *a)
{
	static const int errs[] = {ERR_HELD, ERR_BEYOND, ERR_WITHHELD, ERR_ROLLBACK, ERR_AUTHOR, ERR_OPEN};
	static const uint8_t none[32];
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
		if (a->err == errs[i])
			return true;
	return memcmp(a->wants, none, sizeof(none)) != 0;
}

/* The rest of the feed, or what the server is asked for next, may bring what it lacks. */
static enum reader_outcome outcome_of(int fault)
{
	static const int errs[] = {ERR_HELD, ERR_WITHHELD, ERR_ROLLBACK, ERR_AUTHOR, ERR_STREAM};
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
		if (fault == errs[i])
			return READER_WAITS;
	return READER_ASIDE;
}

static bool says_the_same(const struct ledger_aside *a, const struct ledger_aside *b)
{
	return a->err == b->err && a->counted == b->counted && memcmp(a->wants, b->wants, sizeof(a->wants)) == 0;
}

static bool is_same_bytes(const struct ledger_aside *a, const struct ledger_aside *b)
{
	return a->record_len == b->record_len && a->payload_len == b->payload_len &&
	       (!a->record_len || memcmp(a->record, b->record, a->record_len) == 0) &&
	       (!a->payload_len || memcmp(a->payload, b->payload, a->payload_len) == 0);
}

static void fill_aside(const struct reader_taking *t, int fault, struct ledger_aside *row)
{
	*row = (struct ledger_aside){.err = fault, .feed_seq = t->entry->seq, .at_ms = reader_now_ms()};
	memcpy(row->rid, t->entry->rid, sizeof(row->rid));
	memcpy(row->wants, t->wants, sizeof(row->wants));
	row->counted = t->counted || (t->from && t->from->counted);
	row->before = t->counted ? t->before : t->from ? t->from->before : row->before;
	row->record = t->entry->item.record.data;
	row->record_len = t->entry->item.record.len;
	row->payload = t->entry->item.payload.data;
	row->payload_len = t->entry->item.payload.len;
	row->waits = reader_may_pass(row);
}

/* A row that waits with this rid is told the news; other bytes that are no better become evidence beside it. */
static int set_aside(struct reader_taking *t, int fault, enum reader_outcome *outcome, int *why)
{
	struct ledger_aside row;
	fill_aside(t, fault, &row);
	if (fault == ERR_STREAM)
		note_stalled(t->r, t->record.did);
	*why = fault;
	*outcome = row.waits ? outcome_of(fault) : READER_ASIDE;
	if (t->from && is_same_bytes(t->from, &row)) {
		if (t->from->err == fault)
			*outcome = READER_NOTHING;
		return says_the_same(t->from, &row) ? 0 : ledger_aside_note(t->txn, &row);
	}
	row.waits = row.waits && !t->from;
	int err = ledger_aside_put(t->txn, &row);
	if (err == ERR_EXISTS) /* the feed is read again from its start */
		*outcome = READER_NOTHING;
	return err == ERR_EXISTS ? 0 : err;
}

/* It has passed. What the server showed in its place before stays as evidence. */
static int end_aside(struct reader_taking *t)
{
	struct ledger_aside row;
	fill_aside(t, t->from->err, &row);
	if (is_same_bytes(t->from, &row) || t->from->record_len == 0)
		return ledger_aside_remove(t->txn, row.rid);
	row.waits = false;
	memset(row.wants, 0, sizeof(row.wants));
	return ledger_aside_note(t->txn, &row);
}

/* --- streams --- */

/* What this very device wrote moves its streams to everybody it went to. */
static int move_out(struct reader_taking *t)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < t->record.audience; i++) {
		struct stream s;
		err = ledger_stream_out_get(t->txn, t->record.wraps[i].pid, &s);
		if (!err)
			err = stream_add(&s, t->record.rid);
		if (!err)
			err = ledger_stream_out_put(t->txn, t->record.wraps[i].pid, &s);
	}
	return err;
}

static int move_stream(struct reader_taking *t)
{
	if (!t->counted)
		return 0;
	if (t->own_device) {
		t->r->needs.twin = true;
		return move_out(t);
	}
	return ledger_stream_in_put(t->txn, t->record.did, &t->stream);
}

/* --- what waits here and was sent by a later state of this device, or by its copy --- */

struct sent {
	struct reader_taking *t;
	bool found;
	uint64_t seq;
	uint8_t lid[LEDGER_REF];
};

static int sealed_rid(void *arg, uint8_t ref[32])
{
	uint8_t rid[32];
	int err = ledger_sealed_get(arg, ref, rid);
	if (!err)
		memcpy(ref, rid, sizeof(rid));
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int compare(void *arg, const struct ledger_pending *p)
{
	struct sent *s = arg;
	struct buf content;
	buf_init(&content, 0);
	int err = refs_replace(p->content, p->content_len, sealed_rid, s->t->txn, &content);
	s->found = !err && content.len == s->t->content.len && memcmp(content.data, s->t->content.data, content.len) == 0;
	s->seq = p->seq;
	memcpy(s->lid, p->lid, sizeof(s->lid));
	buf_wipe(&content);
	return s->found ? ERR_MORE : err;
}

/* It is not sealed a second time. */
static int end_pending(struct reader_taking *t, uint8_t lid[LEDGER_REF])
{
	struct sent s = {.t = t};
	int err = ledger_pending_each(t->txn, compare, &s);
	if (err || !s.found)
		return err;
	memcpy(lid, s.lid, LEDGER_REF);
	err = ledger_sealed_put(t->txn, s.lid, t->record.rid);
	return err ? err : ledger_pending_remove(t->txn, s.seq);
}

/* --- effects --- */

struct taken_id {
	uint8_t bytes[RECORD_RID + RECORD_PID];
};

static struct taken_id taken_id(const uint8_t *rid, const uint8_t *author)
{
	struct taken_id id;
	memcpy(id.bytes, rid, RECORD_RID);
	memcpy(id.bytes + RECORD_RID, author, RECORD_PID);
	return id;
}

bool reader_was_taken_back(struct vault_txn *txn, const uint8_t rid[32], const uint8_t author[16])
{
	struct taken_id id = taken_id(rid, author);
	struct buf value;
	buf_init(&value, 0);
	int err = ledger_fact_get(txn, TAKEN_BACK, id.bytes, sizeof(id.bytes), &value);
	buf_wipe(&value);
	return !err;
}

/* This author said that they took these away: what comes, or came, without its wrap is no alarm. */
static int note_taken(struct reader_taking *t)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < t->record.targets; i++) {
		struct taken_id id = taken_id(t->record.target[i], t->record.author);
		err = ledger_fact_put(t->txn, TAKEN_BACK, id.bytes, sizeof(id.bytes), NULL, 0);
		t->r->needs.again = t->r->needs.again || ledger_aside_has(t->txn, t->record.target[i]);
	}
	return err ? err : taken_note(t->txn, &t->record, t->r->id->pid, reader_now_ms());
}

/* A record that comes after its tombstone, even whole, stays deleted. */
static int forget_gone(struct reader_taking *t)
{
	bool gone;
	int err = taken_is_gone(t->txn, &t->record, reader_now_ms(), &gone);
	if (err || !gone || !t->decoded)
		return err;
	content_free(t->decoded);
	t->decoded = NULL;
	buf_wipe(&t->content);
	return 0;
}

static int note_name(struct reader_taking *t)
{
	size_t name_len, pronouns_len;
	const char *name = content_str(t->decoded, CONTENT_NAME, &name_len);
	const char *pronouns = content_str(t->decoded, CONTENT_PRONOUNS, &pronouns_len);
	struct buf text;
	buf_init(&text, 0);
	buf_put(&text, name, name ? name_len : 0);
	buf_put_u8(&text, 0);
	size_t second = text.len;
	buf_put(&text, pronouns, pronouns ? pronouns_len : 0);
	buf_put_u8(&text, 0);
	int err = buf_err(&text);
	if (!err && name)
		err =
		    people_name_put(t->txn, t->record.author, (const char *)text.data, (const char *)text.data + second, true);
	buf_wipe(&text);
	return err;
}

static int note_binned(struct reader_taking *t)
{
	return ledger_fact_put(t->txn, LEDGER_FACT_BINNED, NULL, 0, NULL, 0);
}

static int note_check(struct reader_taking *t)
{
	return t->own ? checked_note(t->txn, t->decoded) : 0;
}

/* Only an admin says how the clinic can be reached; somebody else's word is kept and counts nowhere. */
static int note_contact(struct reader_taking *t)
{
	bool counts = clinic_role(fold_clinic(t->r->fold), t->record.author) == ROLE_ADMIN;
	return counts ? reach_take(t->txn, t->decoded) : 0;
}

/* What a good record changes beside itself. */
static int take_effect(struct reader_taking *t)
{
	static const struct {
		uint32_t kind;
		int (*effect)(struct reader_taking *t);
	} effects[] = {{CONTENT_BIN, note_binned},
	               {CONTENT_PROFILE, note_name},
	               {CONTENT_STREAM_END, reader_cut_take},
	               {CONTENT_CHECK, note_check},
	               {CONTACT_KIND, note_contact}};
	if (t->record.op == RECORD_UNSHARE || t->record.op == RECORD_TOMBSTONE)
		return note_taken(t);
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		if (effects[i].kind == content_peek_head(t->decoded)->kind)
			return effects[i].effect(t);
	return 0;
}

/* --- all together --- */

static int put_good(struct reader_taking *t, enum reader_outcome *outcome)
{
	uint8_t lid[LEDGER_REF] = {0};
	int err = t->own_device && t->decoded ? end_pending(t, lid) : 0;
	if (!err)
		err = forget_gone(t);
	if (!err && t->from)
		err = end_aside(t);
	if (!err)
		err = put_record(t, t->decoded ? LEDGER_STORED : LEDGER_WITHDRAWN, lid);
	if (!err && t->decoded)
		err = take_effect(t);
	*outcome = !t->decoded ? READER_WITHDRAWN : t->own ? READER_OWN : READER_NEW;
	return err;
}

int reader_keep(struct reader_taking *t, int fault, enum reader_outcome *outcome, int *why)
{
	/* first, because there may be no room for it */
	int err = fault ? set_aside(t, fault, outcome, why) : 0;
	if (!err)
		err = move_stream(t);
	if (!err && !fault)
		err = put_good(t, outcome);
	if (!err && !fault && is_stalled(t->r, t->record.did))
		t->r->needs.again = true;
	return err;
}
