/* push_check: may these records be stored? Shape, rules, hashes, access, and what they refer to. Loop thread. */
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"

#include "authz.h"
#include "push.h"
#include "req.h"
#include "req_blob.h"
#include "roster.h"
#include "store.h"

#define DAY_MS ((uint64_t)86400000)
#define CLOCK_SLACK_DAYS 2 /* between a device's idea of today and ours */

/* A record that another refers to: one earlier in this push, one on its way to the store, or one that is stored, which
 * `hold` then holds. */
static int find_target(struct push *p, uint32_t at, const uint8_t *rid, struct buf *hold, struct record *target)
{
	for (uint32_t i = 0; i < at; i++)
		if (memcmp(p->records[i].rid, rid, RECORD_RID) == 0) {
			*target = p->records[i];
			return 0;
		}
	buf_reset(hold);
	int err = store_record_get(req_env(p->r)->store, rid, NULL, hold, NULL);
	const struct record *coming = err == ERR_NOT_FOUND ? underway_find(req_env(p->r)->underway, rid) : NULL;
	if (coming) {
		*target = *coming;
		p->leans |= (uint64_t)1 << at;
		return 0;
	}
	if (err)
		return err;
	return record_parse(hold->data, hold->len, target) ? ERR_CORRUPT : 0;
}

/* Was this person given the record `rid`? */
static bool was_given(struct push *p, uint32_t at, const uint8_t *rid, const uint8_t *pid)
{
	struct buf hold;
	struct record target;
	buf_init(&hold, STORE_RECORD_MAX);
	bool given = !find_target(p, at, rid, &hold, &target) && record_audience_has(&target, pid, NULL);
	buf_wipe(&hold);
	return given;
}

bool push_takes_away(const struct record *record)
{
	return record->op == RECORD_UNSHARE || record->op == RECORD_TOMBSTONE;
}

/* Taking back reaches whoever was given all that is taken back, also when they have left the team since. */
static unsigned relation_to(struct push *p, uint32_t at, const uint8_t *pid)
{
	const struct record *record = &p->records[at];
	bool given = push_takes_away(record) && record->targets > 0;
	for (uint32_t i = 0; given && i < record->targets; i++)
		given = was_given(p, at, record->target[i], pid);
	return given && memcmp(pid, record->author, RECORD_PID) != 0
	           ? AUTHZ_CARE
	           : roster_relation(req_env(p->r)->roster, record->author, pid);
}

static unsigned audience_relations(struct push *p, uint32_t at)
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

static int check_targets(struct push *p, uint32_t at, unsigned *relations)
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
	}
	buf_wipe(&hold);
	return err == ERR_NOT_FOUND ? 0 : err; /* one that is unknown says enough */
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

/* Whoever reads it later must find it sealed to the keys they have now: a device that was put out has the old ones. */
static int check_epochs(const struct push *p, const struct record *record)
{
	const struct roster *roster = req_env(p->r)->roster;
	for (uint32_t i = 0; i < record->audience; i++) {
		const struct clinic_member *member = clinic_member_by_pid(roster_clinic(roster), record->wraps[i].pid);
		const struct keychain *person = member ? roster_keychain(roster, member->genesis) : NULL;
		if (!person)
			return ERR_NO_GRANT;
		if (record->wraps[i].epoch != keychain_epoch(person)->number)
			return ERR_CHAIN_BEHIND;
	}
	return 0;
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
	if (!err)
		err = check_retention(p, record);
	return err ? err : check_epochs(p, record);
}

/* Only the author's own device pushes, and only an active one: one that was put out may have written this since. */
static int check_author(const struct push *p, const struct record *record)
{
	const struct req_who *who = req_who(p->r);
	const struct keychain *person = roster_keychain(req_env(p->r)->roster, who->genesis);
	if (memcmp(record->author, who->pid, RECORD_PID) != 0)
		return ERR_NOT_AUTHOR;
	const struct keychain_device *device = person ? keychain_find_device(person, record->did) : NULL;
	if (device && !device->active)
		return ERR_REVOKED;
	return memcmp(record->did, who->did, RECORD_DID) == 0 ? 0 : ERR_NOT_AUTHOR;
}

static int check_form(struct push *p, uint32_t at)
{
	const struct msg_item *item = &p->m->items[at];
	struct record *record = &p->records[at];
	const uint8_t *clinic = clinic_id(roster_clinic(req_env(p->r)->roster));
	int err = record_parse(item->record.data, item->record.len, record);
	if (err)
		return err;
	if (!clinic || memcmp(record->clinic, clinic, 32) != 0)
		return ERR_NO_GRANT;
	err = check_author(p, record);
	if (!err)
		err = record_check_rules(record);
	if (!err && !record_is_complete(record))
		err = ERR_SHAPE;
	return err ? err : record_check_payload(record, item->payload.data, item->payload.len);
}

/* A record that is stored already, or was found fit to be, is accepted again, whatever has become of the author's
 * rights since. */
static bool is_stored(const struct push *p, uint32_t at)
{
	const uint8_t *rid = p->records[at].rid;
	return store_record_get(req_env(p->r)->store, rid, NULL, NULL, NULL) == 0 ||
	       underway_find(req_env(p->r)->underway, rid);
}

void push_check(struct push *p)
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
