/* reader: see reader.h. Every check_ function is one step; the order of the calls is the protocol's. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/checked.h"
#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/parts.h"
#include "client/book/people.h"
#include "client/care/kinds.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/keychain.h"
#include "proto/msg_reply.h"
#include "proto/record.h"
#include "proto/stream.h"

#include "taken.h"

#include "reader.h"

struct reader {
	const struct identity *id;
	const struct fold *fold;
	struct epoch_keys epochs[IDENTITY_EPOCHS]; /* as in the identity */
};

/* One record on its way through the checks. */
struct taking {
	struct reader *r;
	struct vault_txn *txn;
	const struct msg_pull_entry *entry;
	struct record record;
	struct record_opened opened;
	struct stream stream;
	struct buf content;
	struct content *decoded;
	bool counted; /* the stream has moved past it */
};

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int reader_new(const struct identity *id, const struct fold *fold, struct reader **out)
{
	*out = NULL;
	struct reader *r = crypto_secret_new(sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	r->id = id;
	r->fold = fold;
	int err = 0;
	for (uint32_t i = 0; !err && i < id->n_epochs; i++)
		err = epoch_derive(id->epochs[i].seed, &r->epochs[i]);
	if (err)
		reader_free(r);
	else
		*out = r;
	return err;
}

void reader_free(struct reader *r)
{
	crypto_secret_free(r, sizeof(*r));
}

/* --- the checks --- */

static int check_form(struct taking *t)
{
	const struct msg_bytes *bytes = &t->entry->item.record;
	int err = record_parse(bytes->data, bytes->len, &t->record);
	if (err)
		return err;
	if (memcmp(t->record.rid, t->entry->rid, RECORD_RID) != 0)
		return ERR_HASH;
	return memcmp(t->record.clinic, t->r->id->clinic, 32) == 0 ? 0 : ERR_AUTHOR;
}

static int check_author(struct taking *t)
{
	const struct keychain *author = fold_keychain_by_pid(t->r->fold, t->record.author);
	const struct device_public *device = author ? keychain_device(author, t->record.did) : NULL;
	if (!device || !clinic_member_by_pid(fold_clinic(t->r->fold), t->record.author))
		return ERR_AUTHOR;
	if (memcmp(t->record.chain_head, keychain_head_hash(author), 32) != 0)
		return ERR_AUTHOR;
	return record_verify(&t->record, device->sign);
}

/* Staff change roles, and a chain of roles at the time of writing is not kept: whether one was a clinician then is the
 * server's to refuse, at the push. A client never becomes staff. */
static int check_audience(struct taking *t)
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

static int check_wrap(struct taking *t)
{
	const struct record_wrap *wrap = record_wrap_for(&t->record, t->r->id->pid);
	for (uint32_t i = 0; i < t->r->id->n_epochs; i++) {
		struct record_epoch epoch = {t->r->id->epochs[i].epoch, t->r->epochs[i].self, t->r->epochs[i].seal_private};
		if (epoch.epoch == wrap->epoch)
			return record_open_wrap(&t->record, t->r->id->pid, &epoch, &t->opened);
	}
	return ERR_OPEN;
}

static int check_stream(struct taking *t)
{
	int err = stream_check(&t->stream, t->opened.seq, t->opened.prev);
	if (!err)
		err = stream_add(&t->stream, t->record.rid);
	t->counted = !err;
	return err;
}

static int check_content(struct taking *t)
{
	const struct msg_bytes *payload = &t->entry->item.payload;
	int err = record_check_payload(&t->record, payload->data, payload->len);
	if (!err)
		err = record_open_payload(&t->record, t->opened.content_key, payload->data, payload->len, &t->content);
	if (!err)
		err = content_decode(t->content.data, t->content.len, &care_kinds, &t->decoded);
	if (!err)
		err = content_check_op(t->decoded, &care_kinds, t->record.op);
	bool known = !err && content_find_kind(&care_kinds, content_peek_head(t->decoded)->kind);
	return known ? attachment_check(t->decoded, &t->record) : err;
}

/* --- keeping --- */

static int keep(struct taking *t, enum ledger_state state)
{
	struct ledger_record row = {.state = (uint8_t)state, .seen_ms = now_ms()};
	memcpy(row.rid, t->record.rid, sizeof(row.rid));
	row.record = t->entry->item.record.data;
	row.record_len = t->entry->item.record.len;
	row.content = t->content.data;
	row.content_len = t->content.len;
	row.has_salt = t->content.len && t->entry->item.payload.len >= sizeof(row.salt);
	if (row.has_salt)
		memcpy(row.salt, t->entry->item.payload.data, sizeof(row.salt));
	return ledger_record_put(t->txn, &row);
}

static int set_aside(struct taking *t, int why)
{
	struct ledger_aside row = {.err = why, .feed_seq = t->entry->seq, .at_ms = now_ms()};
	memcpy(row.rid, t->entry->rid, sizeof(row.rid));
	row.record = t->entry->item.record.data;
	row.record_len = t->entry->item.record.len;
	row.payload = t->entry->item.payload.data;
	row.payload_len = t->entry->item.payload.len;
	return ledger_aside_put(t->txn, &row);
}

static int note_name(struct taking *t)
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

/* What a good record changes beside itself. */
static int take_effect(struct taking *t)
{
	bool own = memcmp(t->record.author, t->r->id->pid, RECORD_PID) == 0;
	int err = taken_note(t->txn, &t->record, t->r->id->pid, now_ms());
	if (err)
		return err;
	if (content_peek_head(t->decoded)->kind == CONTENT_BIN)
		return ledger_fact_put(t->txn, LEDGER_FACT_BINNED, NULL, 0, NULL, 0);
	if (content_peek_head(t->decoded)->kind == CONTENT_PROFILE)
		return note_name(t);
	if (content_peek_head(t->decoded)->kind == CONTENT_CHECK && own)
		return checked_note(t->txn, t->decoded);
	return 0;
}

/* --- the order --- */

/* Faults that say nothing about the record: it is read again next time. */
static bool is_our_own(int err)
{
	return err == ERR_NOMEM || err == ERR_CRYPTO || err == ERR_IO;
}

/* Up to the point where the record is known to be real and meant for us. */
static int judge_outside(struct taking *t)
{
	int err = check_form(t);
	if (!err)
		err = check_author(t);
	return err ? err : check_audience(t);
}

static int judge_inside(struct taking *t)
{
	int err = check_wrap(t);
	if (!err)
		err = check_stream(t);
	return err ? err : check_content(t);
}

/* A record that comes after its tombstone, even whole, stays deleted. */
static int forget_gone(struct taking *t)
{
	bool gone;
	int err = taken_is_gone(t->txn, &t->record, now_ms(), &gone);
	if (err || !gone || !t->decoded)
		return err;
	content_free(t->decoded);
	t->decoded = NULL;
	buf_wipe(&t->content);
	return 0;
}

static int finish(struct taking *t, int fault, enum reader_outcome *outcome, int *why)
{
	int err = 0;
	if (t->counted)
		err = ledger_stream_in_put(t->txn, t->record.did, &t->stream);
	if (!err && fault) {
		*outcome = READER_ASIDE;
		*why = fault;
		return set_aside(t, fault);
	}
	if (!err)
		err = forget_gone(t);
	if (!err && !t->decoded) {
		*outcome = READER_WITHDRAWN;
		return keep(t, LEDGER_WITHDRAWN);
	}
	if (!err)
		err = keep(t, LEDGER_STORED);
	if (!err)
		err = take_effect(t);
	*outcome = memcmp(t->record.author, t->r->id->pid, RECORD_PID) == 0 ? READER_OWN : READER_NEW;
	return err;
}

/* One's own record back from the server: it was verified when it was made. What it deletes goes now that it is there.
 */
static int take_own(const struct reader *r, struct vault_txn *txn, const struct msg_pull_entry *entry, bool *known)
{
	struct ledger_record row;
	struct buf hold;
	buf_init(&hold, 0);
	int err = ledger_record_get(txn, entry->rid, &hold, &row);
	*known = !err;
	if (!err && row.state == LEDGER_WAITING) {
		row.state = LEDGER_STORED;
		row.seen_ms = now_ms();
		err = ledger_record_put(txn, &row);
	}
	if (*known && !err)
		err = taken_note_row(txn, &row, r->id->pid, now_ms());
	buf_wipe(&hold);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int reader_take(struct reader *r, struct vault_txn *txn, const struct msg_pull_entry *entry,
                enum reader_outcome *outcome, int *why)
{
	bool known = false;
	*outcome = READER_NOTHING;
	*why = 0;
	if (entry->event != FEED_RECORD)
		return 0;
	int err = take_own(r, txn, entry, &known);
	if (err || known)
		return err;
	struct taking *t = crypto_secret_new(sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	t->r = r;
	t->txn = txn;
	t->entry = entry;
	buf_init(&t->content, 0);
	int fault = judge_outside(t);
	if (!fault)
		err = ledger_stream_in_get(txn, t->record.did, &t->stream);
	if (!err && !fault && record_wrap_for(&t->record, r->id->pid)) {
		fault = judge_inside(t);
	} else if (!err && !fault) {
		fault = stream_add(&t->stream, t->record.rid);
		t->counted = !fault;
	}
	if (!err && is_our_own(fault))
		err = fault;
	if (!err)
		err = finish(t, fault, outcome, why);
	content_free(t->decoded);
	buf_wipe(&t->content);
	crypto_secret_free(t, sizeof(*t));
	return err;
}
