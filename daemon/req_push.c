/* req_push: records come in. Each is checked for shape, rules, hashes and access, in order; those before the first that
 * is refused become durable together, with what they do to other records; then a receipt is signed and readers who
 * watch are told. Signatures of records are the readers' to verify. */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "audit.h"
#include "authz.h"
#include "log.h"
#include "req.h"
#include "req_blob.h"
#include "roster.h"
#include "store.h"
#include "store_blob.h"
#include "store_erase.h"
#include "watch.h"
#include "writer.h"

#define DAY_MS ((uint64_t)86400000)
#define CLOCK_SLACK_DAYS 2 /* between a device's idea of today and ours */

struct push {
	struct writer_job job;
	struct req *r;
	const struct msg_push *m;
	uint32_t n;                             /* records that may be stored */
	int stop;                               /* why the one after them may not */
	struct record *records;                 /* m->n of them */
	struct feed_entry places[MSG_PUSH_MAX]; /* of those that were */
	uint32_t accepted;
	int late; /* why one more may not, as the writer found out */
	int signing;
	uint64_t now_ms;
};

/* A record that another refers to: one earlier in this push, or one that is stored, which `hold` then holds. */
static int find_target(const struct push *p, uint32_t before, const uint8_t *rid, struct buf *hold,
                       struct record *target)
{
	for (uint32_t i = 0; i < before; i++)
		if (memcmp(p->records[i].rid, rid, RECORD_RID) == 0) {
			*target = p->records[i];
			return 0;
		}
	buf_reset(hold);
	int err = store_record_get(req_env(p->r)->store, rid, NULL, hold, NULL);
	if (err)
		return err;
	return record_parse(hold->data, hold->len, target) ? ERR_CORRUPT : 0;
}

/* Was this person given the record `rid`? */
static bool was_given(const struct push *p, uint32_t before, const uint8_t *rid, const uint8_t *pid)
{
	struct buf hold;
	struct record target;
	buf_init(&hold, STORE_RECORD_MAX);
	bool given = !find_target(p, before, rid, &hold, &target) && record_audience_has(&target, pid, NULL);
	buf_wipe(&hold);
	return given;
}

static bool takes_away(const struct record *record)
{
	return record->op == RECORD_UNSHARE || record->op == RECORD_TOMBSTONE;
}

/* Taking back reaches whoever was given all that is taken back, also when they have left the team since. */
static unsigned relation_to(const struct push *p, uint32_t at, const uint8_t *pid)
{
	const struct record *record = &p->records[at];
	bool given = takes_away(record) && record->targets > 0;
	for (uint32_t i = 0; given && i < record->targets; i++)
		given = was_given(p, at, record->target[i], pid);
	return given && memcmp(pid, record->author, RECORD_PID) != 0
	           ? AUTHZ_CARE
	           : roster_relation(req_env(p->r)->roster, record->author, pid);
}

static unsigned audience_relations(const struct push *p, uint32_t at)
{
	unsigned relations = 0;
	for (uint32_t i = 0; i < p->records[at].audience; i++)
		relations |= relation_to(p, at, p->records[at].wraps[i].pid);
	return relations;
}

/* How the author stands to a record that another refers to. */
static unsigned relation_of(const struct push *p, const struct record *target)
{
	const uint8_t *pid = req_who(p->r)->pid;
	if (memcmp(target->author, pid, RECORD_PID) == 0)
		return AUTHZ_OWN;
	return record_wrap_for(target, pid) ? AUTHZ_READER : AUTHZ_UNKNOWN;
}

static bool same_audience(const struct record *a, const struct record *b)
{
	bool same = a->audience == b->audience;
	for (uint32_t i = 0; same && i < a->audience; i++)
		same = memcmp(a->wraps[i].pid, b->wraps[i].pid, RECORD_PID) == 0;
	return same;
}

/* What was shared can be taken back; what belongs to the clinical record cannot, nor a receipt or a profile. What
 * somebody wrote can be deleted, the clinical record from its day on, and everybody who was given it is told. */
static int check_own_target(const struct push *p, const struct record *record, const struct record *target)
{
	if (record->op == RECORD_UNSHARE)
		return target->class == RECORD_SHARED ? 0 : ERR_CLASS;
	if (record->op != RECORD_TOMBSTONE)
		return 0;
	if (target->class != record->class)
		return ERR_CLASS;
	if ((target->op != RECORD_CONTENT && target->op != RECORD_SHARE) || !same_audience(record, target))
		return ERR_TARGET;
	return target->retain_day > p->now_ms / DAY_MS ? ERR_RETAINED : 0;
}

static int check_targets(const struct push *p, uint32_t at, unsigned *relations)
{
	const struct record *record = &p->records[at];
	struct record target;
	struct buf hold;
	int err = 0;
	buf_init(&hold, STORE_RECORD_MAX);
	for (uint32_t i = 0; !err && i < record->targets; i++) {
		err = find_target(p, at, record->target[i], &hold, &target);
		unsigned relation = err ? AUTHZ_UNKNOWN : relation_of(p, &target);
		*relations |= relation;
		if (relation == AUTHZ_OWN)
			err = check_own_target(p, record, &target);
		err = err == ERR_NOT_FOUND ? 0 : err;
	}
	buf_wipe(&hold);
	return err;
}

/* Clinical records are kept for as long as the clinic's policy says, from today. */
static int check_retention(const struct push *p, const struct record *record)
{
	if (record->class != RECORD_CLINICAL)
		return 0;
	uint64_t days = clinic_policy(roster_clinic(req_env(p->r)->roster), CLINIC_POLICY_RETAIN_DAYS);
	return (uint64_t)record->retain_day + CLOCK_SLACK_DAYS >= p->now_ms / DAY_MS + days ? 0 : ERR_RETAINED;
}

/* Clients do not learn of each other: an audience names one of them at most. */
static bool names_two_clients(const struct push *p, const struct record *record)
{
	const struct clinic *clinic = roster_clinic(req_env(p->r)->roster);
	unsigned clients = 0;
	for (uint32_t i = 0; i < record->audience; i++)
		clients += clinic_role(clinic, record->wraps[i].pid) == ROLE_CLIENT;
	return clients > 1;
}

/* Attachments are there before the record is, and are the author's own or such as the author can read. */
static int check_blobs(const struct push *p, const struct record *record)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < record->blobs; i++)
		err = req_blob_may_name(p->r, &record->blob[i]);
	return err == ERR_NOT_FOUND ? ERR_TARGET : err;
}

static int check_access(struct push *p, uint32_t at)
{
	const struct record *record = &p->records[at];
	struct authz_record ask = {.record_class = record->class, .op = record->op, .deadline = record->answer_by != 0};
	ask.audience = audience_relations(p, at);
	int err = check_targets(p, at, &ask.targets);
	if (!err)
		err = authz_record((uint8_t)req_who(p->r)->role, &ask);
	if (!err && names_two_clients(p, record))
		err = ERR_NO_GRANT;
	if (!err)
		err = check_blobs(p, record);
	return err ? err : check_retention(p, record);
}

static int check_form(struct push *p, uint32_t at)
{
	const struct msg_item *item = &p->m->items[at];
	struct record *record = &p->records[at];
	const struct req_who *who = req_who(p->r);
	const uint8_t *clinic = clinic_id(roster_clinic(req_env(p->r)->roster));
	int err = record_parse(item->record.data, item->record.len, record);
	if (err)
		return err;
	if (!clinic || memcmp(record->clinic, clinic, 32) != 0)
		return ERR_NO_GRANT;
	if (memcmp(record->author, who->pid, RECORD_PID) != 0 || memcmp(record->did, who->did, RECORD_DID) != 0)
		return ERR_NOT_AUTHOR;
	err = record_check_rules(record);
	if (!err && !record_is_complete(record))
		err = ERR_SHAPE;
	return err ? err : record_check_payload(record, item->payload.data, item->payload.len);
}

/* A record that is stored already is accepted again, whatever has become of the author's rights since. */
static bool is_stored(const struct push *p, uint32_t at)
{
	return store_record_get(req_env(p->r)->store, p->records[at].rid, NULL, NULL, NULL) == 0;
}

static void check_all(struct push *p)
{
	for (p->n = 0; p->n < p->m->n && !p->stop; p->n += !p->stop) {
		p->stop = check_form(p, p->n);
		if (p->stop)
			break;
		p->stop = check_access(p, p->n);
		if (p->stop && is_stored(p, p->n))
			p->stop = 0;
	}
}

/* --- on the writer thread --- */

static int take_wraps(struct store_batch *batch, const struct record *record, const uint8_t *rid)
{
	uint8_t lose[RECORD_AUDIENCE][RECORD_PID];
	struct buf old, fresh;
	struct record target;
	size_t n = 0;
	buf_init(&old, STORE_RECORD_MAX);
	buf_init(&fresh, STORE_RECORD_MAX);
	int err = store_batch_record_get(batch, rid, NULL, &old, NULL);
	if (!err)
		err = record_parse(old.data, old.len, &target);
	for (uint32_t i = 0; !err && i < record->audience; i++) {
		const uint8_t *pid = record->wraps[i].pid;
		if (i == record->author_at || !record_wrap_for(&target, pid))
			continue;
		memcpy(lose[n++], pid, RECORD_PID);
		err = store_add_feed_event(batch, pid, FEED_TAKEN, rid);
	}
	if (!err)
		err = record_without_wraps(&target, (const uint8_t(*)[RECORD_PID])lose, n, &fresh);
	if (!err)
		err = store_replace_record(batch, rid, fresh.data, fresh.len);
	buf_wipe(&old);
	buf_wipe(&fresh);
	return err;
}

static int clear_answer(struct store_batch *batch, const uint8_t *rid)
{
	struct buf bytes;
	struct record target;
	buf_init(&bytes, STORE_RECORD_MAX);
	int err = store_batch_record_get(batch, rid, NULL, &bytes, NULL);
	if (!err)
		err = record_parse(bytes.data, bytes.len, &target);
	if (!err && target.answer_by)
		err = store_answer_clear(batch, target.answer_by, rid);
	buf_wipe(&bytes);
	return err;
}

/* What its author deleted leaves its stub; everybody who still could open it is told, the author included. */
static int erase(struct store_batch *batch, const uint8_t *rid)
{
	struct buf old, stub;
	struct record target;
	buf_init(&old, STORE_RECORD_MAX);
	buf_init(&stub, STORE_RECORD_MAX);
	int err = store_batch_record_get(batch, rid, NULL, &old, NULL);
	if (!err)
		err = record_parse(old.data, old.len, &target);
	if (!err)
		err = record_stub(&target, &stub);
	for (uint32_t i = 0; !err && i < target.audience; i++)
		if (target.wraps[i].present)
			err = store_add_feed_event(batch, target.wraps[i].pid, FEED_TAKEN, rid);
	if (!err && target.answer_by)
		err = store_answer_clear(batch, target.answer_by, rid);
	if (!err)
		err = store_erase_record(batch, rid, stub.data, stub.len);
	if (!err)
		err = store_blob_unname(batch, rid, target.blob, target.blobs);
	buf_wipe(&old);
	buf_wipe(&stub);
	return err;
}

/* What a record does to others, by op. */
static int take_effect(struct store_batch *batch, const struct record *record)
{
	int err = 0;
	for (uint32_t i = 0; !err && i < record->targets; i++) {
		if (record->op == RECORD_UNSHARE)
			err = take_wraps(batch, record, record->target[i]);
		else if (record->op == RECORD_TOMBSTONE)
			err = erase(batch, record->target[i]);
		else if (record->op == RECORD_ACKNOWLEDGE)
			err = clear_answer(batch, record->target[i]);
	}
	return err;
}

/* Since the loop looked they may have been swept. Before anything is written. */
static int check_blobs_again(struct store_batch *batch, const struct record *record)
{
	if (!record->blobs || store_batch_record_get(batch, record->rid, NULL, NULL, NULL) == 0)
		return 0;
	return store_blob_may_name(batch, record->blob, record->blobs);
}

static int put_one(struct store_batch *batch, struct push *p, uint32_t at, bool *known)
{
	const struct record *record = &p->records[at];
	const struct msg_item *item = &p->m->items[at];
	uint8_t audience[RECORD_AUDIENCE][STORE_ID];
	for (uint32_t i = 0; i < record->audience; i++)
		memcpy(audience[i], record->wraps[i].pid, STORE_ID);
	struct store_record row = {.rid = record->rid,
	                           .author = record->author,
	                           .record = item->record.data,
	                           .record_len = item->record.len,
	                           .payload = item->payload.data,
	                           .payload_len = item->payload.len,
	                           .audience = (const uint8_t(*)[STORE_ID])audience,
	                           .audience_n = record->audience,
	                           .answer_by_s = record->answer_by,
	                           .reserve = takes_away(record)};
	struct store_place place;
	int err = check_blobs_again(batch, record);
	if (!err)
		err = store_put_record(batch, &row, &place);
	if (!err && !place.known)
		err = store_blob_name(batch, record->rid, record->blob, record->blobs);
	if (!err && !place.known)
		err = take_effect(batch, record);
	if (err)
		return err;
	*known = place.known;
	struct feed_entry *entry = &p->places[at];
	entry->seq = place.seq;
	memcpy(entry->rid, record->rid, sizeof(entry->rid));
	memcpy(entry->head, place.head, sizeof(entry->head));
	return 0;
}

static int note(struct store_batch *batch, const struct push *p, const struct record *record, int refused)
{
	struct audit_row row = {.time_ms = p->now_ms, .op = MSG_OP_PUSH, .status = err_to_status(refused)};
	memcpy(row.actor, req_who(p->r)->pid, sizeof(row.actor));
	memcpy(row.device, req_who(p->r)->did, sizeof(row.device));
	row.object_kind = AUDIT_RECORD;
	memcpy(row.object, record->rid, sizeof(row.object));
	return audit_append(batch, &row);
}

static int apply(struct store_batch *batch, struct writer_job *job)
{
	struct push *p = (struct push *)job;
	bool known = false;
	int err = 0;
	p->late = 0;
	for (p->accepted = 0; !err && p->accepted < p->n; p->accepted += !err) {
		err = put_one(batch, p, p->accepted, &known);
		if (err == ERR_FULL || err == ERR_TARGET || err == ERR_QUOTA) {
			p->late = err;
			return 0;
		}
		if (!err && !known)
			err = note(batch, p, &p->records[p->accepted], 0);
	}
	if (!err && req_is_refusal(p->stop))
		err = note(batch, p, &p->records[p->n], p->stop);
	return err;
}

/* The answer is written here so that the loop does not wait for a signature. */
static void after(struct writer_job *job)
{
	struct push *p = (struct push *)job;
	const struct req_env *env = req_env(p->r);
	struct msg_push_reply reply = {.accepted = p->accepted};
	struct feed_receipt receipt = {.author = req_who(p->r)->pid, .time_ms = p->now_ms, .count = p->accepted};
	struct buf statement;
	uint8_t generation[STORE_ID], sig[64];
	reply.stop = err_to_status(p->late ? p->late : p->stop);
	buf_init(&statement, 0);
	if (p->accepted) {
		store_generation(env->store, generation);
		receipt.generation = generation;
		receipt.clinic = p->records[0].clinic;
		memcpy(receipt.entries, p->places, p->accepted * sizeof(p->places[0]));
		p->signing = feed_receipt_sign(&receipt, env->log_key, &statement, sig);
		reply.receipt = (struct msg_bytes){statement.data, statement.len};
		reply.signature = sig;
	}
	if (!p->signing)
		p->signing = msg_put_push_reply(req_out(p->r), req_id(p->r), &reply);
	buf_wipe(&statement);
}

/* --- on the loop again --- */

static void tell(const struct push *p, const uint8_t *pid)
{
	const struct req_env *env = req_env(p->r);
	uint64_t seq;
	uint8_t head[32];
	if (watch_has(env->watch, pid) && !store_feed_head(env->store, pid, &seq, head))
		watch_notify(env->watch, pid, seq, head);
}

static void push_free(struct push *p)
{
	free(p->records);
	free(p);
}

static void done(struct writer_job *job, int err)
{
	struct push *p = (struct push *)job;
	if (err) {
		req_fail(p->r, err);
	} else {
		if (p->late == ERR_FULL)
			log_noisy(LOG_LEVEL_ERROR, "store_full", LOG_ID("did", req_who(p->r)->did), LOG_ERR(p->late));
		for (uint32_t i = 0; i < p->accepted; i++)
			for (uint32_t k = 0; k < p->records[i].audience; k++)
				tell(p, p->records[i].wraps[k].pid);
		req_set_audited(p->r);
		req_reply(p->r, p->signing);
	}
	push_free(p);
}

void req_push(struct req *r, const struct msg_push *m)
{
	struct push *p = calloc(1, sizeof(*p));
	if (p)
		p->records = calloc(m->n, sizeof(*p->records));
	if (!p || !p->records) {
		free(p);
		req_fail(r, ERR_NOMEM);
		return;
	}
	p->r = r;
	p->m = m;
	p->now_ms = req_env(r)->now_ms();
	p->job = (struct writer_job){.apply = apply, .after = after, .done = done, .bytes = sizeof(*p)};
	for (uint32_t i = 0; i < m->n; i++)
		p->job.bytes += m->items[i].record.len + m->items[i].payload.len + sizeof(*p->records);
	check_all(p);
	if (err_to_status(p->stop) == 500)
		log_error("push_stopped", LOG_ID("did", req_who(r)->did), LOG_ERR(p->stop));
	p->stop = req_count_refusal(r, p->stop);
	int err = writer_submit(req_env(r)->writer, &p->job);
	if (err) {
		push_free(p);
		req_fail(r, err);
	}
}
