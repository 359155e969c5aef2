/* seal: pending rows to outbox rows; see seal.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/care/kinds.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/epoch.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/record.h"
#include "proto/stream.h"

#include "hold.h"
#include "refs.h"
#include "seal_internal.h"

#include "seal.h"

#define A_GROUP 64 /* records made durable together */
#define GROUP_BYTES ((size_t)4 << 20)
#define DAY_S 86400

/* Pending rows copied out of the walk. */
struct group {
	size_t n, bytes;
	uint64_t after; /* rows up to this one were looked at and stay */
	struct ledger_pending rows[A_GROUP];
};

struct sealing {
	const struct identity *id;
	const struct fold *fold;
	struct vault_txn *txn;
	struct epoch_keys own;
	struct hold *hold;
	uint64_t kept; /* the last row that stays pending */
	struct seal_result *result;
};

static int take_row(void *arg, const struct ledger_pending *p)
{
	struct group *g = arg;
	if (p->seq <= g->after)
		return 0;
	if (g->n == A_GROUP || (g->n && g->bytes + p->content_len > GROUP_BYTES))
		return ERR_MORE;
	uint8_t *copy = malloc(p->content_len ? p->content_len : 1);
	if (!copy)
		return ERR_NOMEM;
	memcpy(copy, p->content, p->content_len);
	g->rows[g->n] = *p;
	g->rows[g->n++].content = copy;
	g->bytes += p->content_len;
	return 0;
}

static void group_free(struct group *g)
{
	for (size_t i = 0; g && i < g->n; i++)
		buf_free_bytes((uint8_t *)(uintptr_t)g->rows[i].content, g->rows[i].content_len);
	free(g);
}

/* May this person still be given it? The server asks the same; asking here first keeps the outbox clean. */
static bool may_give(const struct sealing *s, const struct ledger_pending *p, const uint8_t pid[16])
{
	const struct clinic *clinic = fold_clinic(s->fold);
	enum role role = clinic_role(clinic, pid);
	if (!fold_keychain_by_pid(s->fold, pid))
		return false;
	if (p->op == RECORD_UNSHARE ||
	    p->op == RECORD_TOMBSTONE) /* taking back reaches those who have left the team, too */
		return true;
	if (!clinic_related(clinic, s->id->pid, pid))
		return false;
	return p->record_class == RECORD_CONTROL || (role != ROLE_ADMIN && role != ROLE_AUDITOR);
}

/* Drops from the audience whom it may not go to. False: it is to be dropped altogether. */
static bool narrow(const struct sealing *s, struct ledger_pending *p)
{
	uint32_t kept = 0;
	bool had = p->n_audience > 0;
	for (uint32_t i = 0; i < p->n_audience; i++)
		if (may_give(s, p, p->audience[i]))
			memmove(p->audience[kept++], p->audience[i], sizeof(p->audience[0]));
	p->n_audience = kept;
	if (kept || !had || p->record_class == RECORD_PRIVATE)
		return true;
	if (!seal_keeps_words(p->record_class, p->op)) {
		s->result->dropped++;
		return false;
	}
	seal_make_private(p);
	s->result->kept_private++;
	return true;
}

static int add_reader(const struct sealing *s, const uint8_t pid[16], struct record_to *to, struct stream *stream,
                      uint8_t prev[32])
{
	bool self = memcmp(pid, s->id->pid, 16) == 0;
	int err = ledger_stream_out_get(s->txn, pid, stream);
	if (!err)
		err = stream_next(stream, &to->seq, prev);
	if (err)
		return err;
	to->pid = pid;
	to->prev = prev;
	if (self) {
		to->epoch = identity_current(s->id)->epoch;
		to->key = s->own.self;
		return 0;
	}
	const struct epoch_ref *epoch = keychain_epoch(fold_keychain_by_pid(s->fold, pid));
	to->epoch = epoch->number;
	to->key = epoch->seal_public;
	return 0;
}

/* Everything that must be true together about one sealed record. */
static int keep(const struct sealing *s, const struct ledger_pending *p, const struct buf *record,
                const struct buf *payload, const struct ledger_record *row)
{
	struct ledger_outgoing out = {.record = record->data, .record_len = record->len};
	struct ledger_record r = *row;
	out.payload = payload->data;
	out.payload_len = payload->len;
	memcpy(out.rid, row->rid, sizeof(out.rid));
	int err = ledger_outbox_add(s->txn, &out);
	if (!err)
		err = ledger_record_put(s->txn, &r);
	if (!err)
		err = ledger_sealed_put(s->txn, p->lid, row->rid);
	return err ? err : ledger_pending_remove(s->txn, p->seq);
}

/* Counted from today, and never less than the policy asks of a record that reaches the server today. */
static uint32_t retain_until(const struct sealing *s, const struct ledger_pending *p)
{
	uint32_t policy = (uint32_t)clinic_policy(fold_clinic(s->fold), CLINIC_POLICY_RETAIN_DAYS);
	if (p->record_class != RECORD_CLINICAL)
		return 0;
	return (uint32_t)(time(NULL) / DAY_S) + (p->retain_days > policy ? p->retain_days : policy);
}

/* What the content says is attached, for the core. */
struct named {
	struct attachment_ref refs[ATTACHMENT_MAX];
	struct record_blob blobs[ATTACHMENT_MAX];
};

static int name_blobs(const struct buf *content, struct named *named, struct record_seal_opts *o)
{
	struct content *c = NULL;
	int err = content_decode(content->data, content->len, &care_kinds, &c);
	if (!err)
		err = attachment_blobs(c, named->refs, named->blobs, &o->n_blobs);
	o->blobs = named->blobs;
	content_free(c);
	return err;
}

static int seal_row(const struct sealing *s, const struct ledger_pending *p, const struct buf *content)
{
	struct record_to to[RECORD_AUDIENCE];
	struct stream streams[RECORD_AUDIENCE];
	uint8_t prev[RECORD_AUDIENCE][32];
	struct ledger_record row = {.state = LEDGER_WAITING};
	struct buf record, payload;
	uint32_t n = p->n_audience + 1;
	struct record_seal_opts o = {.clinic = s->id->clinic, .author = s->id->pid, .did = s->id->did, .to = to, .n_to = n};
	buf_init(&record, 0);
	buf_init(&payload, 0);
	o.chain_head = keychain_head_hash(fold_keychain(s->fold, s->id->genesis));
	o.sign_seed = s->id->device.sign;
	o.class = (enum record_class)p->record_class;
	o.op = (enum record_op)p->op;
	o.answer_by = p->answer_by_s;
	o.retain_day = retain_until(s, p);
	o.targets = (const uint8_t(*)[RECORD_RID])p->targets;
	o.n_targets = p->n_targets;
	o.content = content->data;
	o.content_len = content->len;
	struct named named;
	int err = name_blobs(content, &named, &o);
	for (uint32_t i = 0; !err && i < n; i++)
		err = add_reader(s, i ? p->audience[i - 1] : s->id->pid, &to[i], &streams[i], prev[i]);
	if (!err)
		err = record_seal(&o, &record, &payload, row.rid);
	for (uint32_t i = 0; !err && i < n; i++) {
		err = stream_add(&streams[i], row.rid);
		if (!err)
			err = ledger_stream_out_put(s->txn, to[i].pid, &streams[i]);
	}
	memcpy(row.lid, p->lid, sizeof(row.lid));
	row.record = record.data;
	row.record_len = record.len;
	row.content = content->data;
	row.content_len = content->len;
	row.has_salt = payload.len >= sizeof(row.salt);
	if (row.has_salt)
		memcpy(row.salt, payload.data, sizeof(row.salt));
	if (!err)
		err = keep(s, p, &record, &payload, &row);
	buf_wipe(&record);
	buf_wipe(&payload);
	return err;
}

static int sealed_rid(void *arg, uint8_t ref[32])
{
	uint8_t rid[32];
	int err = ledger_sealed_get(arg, ref, rid);
	if (!err)
		memcpy(ref, rid, sizeof(rid));
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int seal_one(struct sealing *s, struct ledger_pending *p)
{
	struct buf content;
	int err = hold_keeps(s->hold, p);
	if (err > 0) {
		s->kept = p->seq;
		s->result->held++;
		return 0;
	}
	buf_init(&content, 0);
	if (!err && !narrow(s, p))
		return ledger_pending_remove(s->txn, p->seq);
	if (!err)
		err = refs_replace(p->content, p->content_len, sealed_rid, s->txn, &content);
	for (uint32_t i = 0; !err && i < p->n_targets; i++)
		err = sealed_rid(s->txn, p->targets[i]);
	if (!err)
		err = seal_row(s, p, &content);
	if (!err)
		s->result->sealed++;
	buf_wipe(&content);
	return err;
}

static int seal_group(struct vault *vault, struct sealing *s, bool *more)
{
	struct group *g = calloc(1, sizeof(*g));
	if (!g)
		return ERR_NOMEM;
	g->after = s->kept;
	int err = vault_begin(vault, true, &s->txn);
	if (!err && !s->hold)
		err = hold_new(s->txn, s->fold, &s->hold);
	if (!err)
		err = ledger_pending_each(s->txn, take_row, g);
	if (err == ERR_MORE)
		err = 0;
	*more = g->n > 0;
	for (size_t i = 0; !err && i < g->n; i++)
		err = seal_one(s, &g->rows[i]);
	if (err)
		vault_abort(s->txn);
	else
		err = vault_commit(s->txn);
	group_free(g);
	return err;
}

int seal_pending(struct vault *vault, const struct identity *id, const struct fold *fold, struct seal_result *result)
{
	struct sealing *s = crypto_secret_new(sizeof(*s));
	bool more = true;
	memset(result, 0, sizeof(*result));
	if (!s)
		return ERR_NOMEM;
	s->id = id;
	s->fold = fold;
	s->result = result;
	int err = epoch_derive(identity_current(id)->seed, &s->own);
	while (!err && more)
		err = seal_group(vault, s, &more);
	hold_free(s->hold);
	crypto_secret_free(s, sizeof(*s));
	return err;
}
