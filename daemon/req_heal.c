/* req_heal: heal_offer and heal_put: records come back from whoever holds them to a store that was put back from an
 * older copy. Here, and only here, the server verifies signatures of records: who gives them need not have written
 * them.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/msg_reply.h"
#include "proto/record.h"

#include "audit.h"
#include "heal.h"
#include "log.h"
#include "req.h"
#include "roster.h"
#include "store.h"
#include "store_heal.h"
#include "watch.h"
#include "writer.h"

#define DAY_MS ((uint64_t)86400000)
#define CLOCK_SLACK_DAYS 2

/* Somebody of the clinic has signed that this generation of the store goes on from an earlier one. */
static int check_notice(struct req *r)
{
	uint8_t generation[STORE_ID];
	store_generation(req_env(r)->store, generation);
	return clinic_restored_to(roster_clinic(req_env(r)->roster), generation) ? 0 : ERR_GENERATION;
}

/* --- what is wanted --- */

static bool is_gone(struct req *r, const struct record *record, const uint8_t *pid)
{
	struct store_gone gone = {.rid = record->rid, .pid = pid, .author = record->author};
	uint8_t by[STORE_HASH];
	return store_gone_get(req_env(r)->store, &gone, by) == 0;
}

/* The author holds all wraps, a reader their own. */
static bool lacks(struct req *r, const struct record *record)
{
	const uint8_t *pid = req_who(r)->pid;
	bool own = memcmp(record->author, pid, RECORD_PID) == 0, missing = false;
	for (uint32_t i = 0; !missing && i < record->audience; i++) {
		if (!own && memcmp(record->wraps[i].pid, pid, RECORD_PID) != 0)
			continue;
		missing = !record->wraps[i].present && !is_gone(r, record, record->wraps[i].pid);
	}
	return missing && !is_gone(r, record, NULL);
}

static int is_wanted(struct req *r, const uint8_t *rid, struct buf *hold, bool *wanted)
{
	struct record record;
	buf_reset(hold);
	*wanted = true;
	int err = store_record_get(req_env(r)->store, rid, NULL, hold, NULL);
	if (err)
		return err == ERR_NOT_FOUND ? 0 : err;
	err = record_parse(hold->data, hold->len, &record);
	if (err)
		return ERR_CORRUPT;
	/* Of what is none of theirs nobody learns that it is here. */
	*wanted = !record_audience_has(&record, req_who(r)->pid, NULL) || lacks(r, &record);
	return 0;
}

void req_heal_offer(struct req *r, const struct msg_heal_offer *m)
{
	uint8_t bitmap[MSG_OFFER_MAX / 8] = {0};
	struct msg_heal_offer_reply reply = {.bitmap = {bitmap, (m->n + 7) / 8}};
	struct buf hold;
	bool wanted;
	int err = check_notice(r);
	buf_init(&hold, STORE_RECORD_MAX);
	for (uint32_t i = 0; !err && i < m->n; i++) {
		err = is_wanted(r, m->rids[i], &hold, &wanted);
		if (!err && wanted)
			bitmap[i / 8] |= (uint8_t)(1u << i % 8);
	}
	buf_wipe(&hold);
	if (err)
		req_fail(r, err);
	else
		req_reply(r, msg_put_heal_offer_reply(req_out(r), req_id(r), &reply));
}

/* --- what is given --- */

struct heal {
	struct writer_job job;
	struct req *r;
	const struct msg_heal_put *m;
	struct record *records; /* m->n of them */
	uint32_t n;             /* that may be stored */
	int stop;               /* why the one after them may not */
	uint32_t accepted;
	int late; /* why one more may not, as the writer found out */
	uint64_t now_ms;
};

/* Teams and roles may have changed since; who is a client has not. */
static int check_people(const struct heal *h, const struct record *record)
{
	const struct clinic *clinic = roster_clinic(req_env(h->r)->roster);
	const struct clinic_member *author = clinic_member_by_pid(clinic, record->author);
	unsigned clients = 0;
	for (uint32_t i = 0; i < record->audience; i++) {
		const struct clinic_member *member = clinic_member_by_pid(clinic, record->wraps[i].pid);
		clients += member && member->role == ROLE_CLIENT;
	}
	if (clients > 1 || !record_audience_has(record, req_who(h->r)->pid, NULL))
		return ERR_NO_GRANT;
	return record->class == RECORD_CLINICAL && author->role == ROLE_CLIENT ? ERR_ROLE : 0;
}

struct find_day {
	uint64_t day;
};

static int link_day(void *arg, uint64_t seq, const uint8_t hash[32], const uint8_t *bytes, size_t len)
{
	struct find_day *find = arg;
	struct link link;
	(void)seq;
	(void)hash;
	int err = link_parse(bytes, len, &link);
	find->day = err ? 0 : link.time_ms / DAY_MS;
	return err;
}

/* What an author gives of their own could be new: it is kept for as long as ever was the rule, from the day of the
 * key-chain link that it names. */
static int check_retention(const struct heal *h, const struct record *record, const struct keychain *person,
                           uint64_t seq)
{
	struct find_day find = {0};
	if (record->class != RECORD_CLINICAL || memcmp(record->author, req_who(h->r)->pid, RECORD_PID) != 0)
		return 0;
	int err = store_chain_read(req_env(h->r)->store, keychain_genesis(person), seq, 1, link_day, &find);
	uint64_t least = clinic_retain_least(roster_clinic(req_env(h->r)->roster));
	if (err)
		return err;
	return (uint64_t)record->retain_day + CLOCK_SLACK_DAYS >= find.day + least ? 0 : ERR_RETAINED;
}

/* The author's device was active at the link that the record names, and it signed. */
static int check_author(const struct heal *h, const struct record *record)
{
	const struct roster *roster = req_env(h->r)->roster;
	const struct clinic_member *member = clinic_member_by_pid(roster_clinic(roster), record->author);
	const struct keychain *person = member ? roster_keychain(roster, member->genesis) : NULL;
	const struct keychain_device *device = person ? keychain_find_device(person, record->did) : NULL;
	uint64_t seq;
	if (!device || !keychain_seq_of(person, record->chain_head, &seq))
		return ERR_NOT_FOUND; /* their chain has to come back first */
	if (!keychain_active_at(person, record->did, seq))
		return ERR_REVOKED;
	int err = record_verify(record, device->pub.sign);
	return err ? err : check_retention(h, record, person, seq);
}

static int check_payload(const struct record *record, const struct msg_bytes *payload)
{
	bool any = false;
	for (uint32_t i = 0; i < record->audience; i++)
		any = any || record->wraps[i].present;
	if (any != (payload->data != NULL))
		return ERR_SHAPE;
	return any ? record_check_payload(record, payload->data, payload->len) : 0;
}

static int check_one(struct heal *h, uint32_t at)
{
	const struct msg_item *item = &h->m->items[at];
	struct record *record = &h->records[at];
	const uint8_t *clinic = clinic_id(roster_clinic(req_env(h->r)->roster));
	int err = record_parse(item->record.data, item->record.len, record);
	if (err)
		return err;
	if (!clinic || memcmp(record->clinic, clinic, 32) != 0)
		return ERR_NO_GRANT;
	err = record_check_rules(record);
	if (!err)
		err = check_author(h, record);
	if (!err)
		err = check_people(h, record);
	return err ? err : check_payload(record, &item->payload);
}

static int note(struct store_batch *batch, const struct heal *h, const struct record *record, int refused)
{
	struct audit_row row = {.time_ms = h->now_ms, .op = MSG_OP_HEAL_PUT, .status = err_to_status(refused)};
	memcpy(row.actor, req_who(h->r)->pid, sizeof(row.actor));
	memcpy(row.device, req_who(h->r)->did, sizeof(row.device));
	row.object_kind = AUDIT_RECORD;
	memcpy(row.object, record->rid, sizeof(row.object));
	return audit_append(batch, &row);
}

static int apply(struct store_batch *batch, struct writer_job *job)
{
	struct heal *h = (struct heal *)job;
	bool changed;
	int err = 0;
	h->late = 0;
	for (h->accepted = 0; !err && h->accepted < h->n; h->accepted += !err) {
		struct heal_item item = {&h->records[h->accepted], &h->m->items[h->accepted].payload, req_who(h->r)->pid,
		                         h->now_ms};
		err = heal_store(batch, &item, &changed);
		if (err == ERR_FULL || err == ERR_TARGET || err == ERR_QUOTA) {
			h->late = err;
			return 0;
		}
		if (!err && changed)
			err = note(batch, h, item.record, 0);
	}
	if (!err && req_is_refusal(h->stop))
		err = note(batch, h, &h->records[h->n], h->stop);
	return err;
}

static void tell(const struct heal *h, const uint8_t *pid)
{
	const struct req_env *env = req_env(h->r);
	uint64_t seq;
	uint8_t head[32];
	if (watch_has(env->watch, pid) && !store_feed_head(env->store, pid, &seq, head))
		watch_notify(env->watch, pid, seq, head);
}

static void done(struct writer_job *job, int err)
{
	struct heal *h = (struct heal *)job;
	struct msg_heal_put_reply reply = {.accepted = h->accepted};
	reply.stop = err_to_status(h->late ? h->late : h->stop);
	if (err) {
		req_fail(h->r, err);
	} else {
		for (uint32_t i = 0; i < h->accepted; i++)
			for (uint32_t k = 0; k < h->records[i].audience; k++)
				tell(h, h->records[i].wraps[k].pid);
		req_set_audited(h->r);
		req_reply(h->r, msg_put_heal_put_reply(req_out(h->r), req_id(h->r), &reply));
	}
	free(h->records);
	free(h);
}

static struct heal *heal_new(struct req *r, const struct msg_heal_put *m)
{
	struct heal *h = calloc(1, sizeof(*h));
	if (h)
		h->records = calloc(m->n, sizeof(*h->records));
	if (!h || !h->records) {
		free(h);
		return NULL;
	}
	h->r = r;
	h->m = m;
	h->now_ms = req_env(r)->now_ms();
	h->job = (struct writer_job){.apply = apply, .done = done, .bytes = sizeof(*h), .bulk = true};
	for (uint32_t i = 0; i < m->n; i++)
		h->job.bytes += m->items[i].record.len + m->items[i].payload.len + sizeof(*h->records);
	return h;
}

void req_heal_put(struct req *r, const struct msg_heal_put *m)
{
	int err = check_notice(r);
	struct heal *h = err ? NULL : heal_new(r, m);
	if (!h) {
		req_fail(r, err ? err : ERR_NOMEM);
		return;
	}
	for (h->n = 0; h->n < m->n && !h->stop; h->n += !h->stop)
		h->stop = check_one(h, h->n);
	h->stop = req_count_refusal(r, h->stop);
	err = writer_submit(req_env(r)->writer, &h->job);
	if (err) {
		free(h->records);
		free(h);
		req_fail(r, err);
	}
}
