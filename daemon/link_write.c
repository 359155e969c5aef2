/* link_write: one writer job for all writes to chains; see link_write.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "log.h"
#include "req.h"
#include "store_batch.h"
#include "store_heal.h"
#include "watch.h"

#include "link_write_internal.h"

struct roster *link_write_roster(const struct link_write *w)
{
	return req_env(w->r)->roster;
}

struct link_write *link_write_new(struct req *r)
{
	struct link_write *w = calloc(1, sizeof(*w));
	if (w)
		w->r = r;
	return w;
}

void link_write_free(struct link_write *w)
{
	free(w);
}

void link_write_keep(struct link_write *w, const struct link *link, const struct msg_bytes *bytes)
{
	w->links[w->n++] = (struct roster_link){.link = *link, .bytes = bytes->data, .len = bytes->len};
	w->job.bytes += bytes->len;
}

void link_write_note(struct link_write *w, enum audit_own_op op, uint8_t kind, const uint8_t *id, size_t len)
{
	struct link_note *n = &w->notes[w->n_notes++];
	n->op = (uint16_t)op;
	n->kind = kind;
	memcpy(n->object, id, len);
}

/* The person's own device must be the one that speaks. */
static int check_own_device(const struct link_write *w, const struct msg_bytes *bytes)
{
	struct keychain *person = NULL;
	int err = keychain_new(bytes->data, bytes->len, &person);
	if (!err && !keychain_device_by_tls(person, req_who(w->r)->tls, NULL))
		err = ERR_NOT_AUTHOR;
	keychain_free(person);
	return err;
}

int link_write_person(struct link_write *w, const struct msg_bytes *bytes, uint8_t genesis[32])
{
	struct link link;
	int err = w->n < LINK_WRITE_MAX ? link_parse(bytes->data, bytes->len, &link) : ERR_RANGE;
	if (!err && !link.boxes) /* without them nobody could bring the person's seed back, later, to a device of theirs */
		err = ERR_SHAPE;
	if (!err)
		err = check_own_device(w, bytes);
	if (!err)
		err = roster_add(link_write_roster(w), bytes->data, bytes->len, genesis);
	if (err)
		return err;
	w->applied = true;
	link_write_keep(w, &link, bytes);
	return 0;
}

/* A link of the clinic chain is signed by a device of a key chain, whose last link may not be durable yet. */
static void stand_on_signer(struct link_write *w)
{
	const struct keychain *person = roster_keychain(link_write_roster(w), req_who(w->r)->genesis);
	if (!person || req_who(w->r)->role == 0)
		return;
	w->ground = (struct link_ground){.set = true, .seq = keychain_head_seq(person)};
	memcpy(w->ground.chain, keychain_genesis(person), sizeof(w->ground.chain));
	memcpy(w->ground.hash, keychain_head_hash(person), sizeof(w->ground.hash));
}

/* Who has no place here any more by this link. */
static void note_person(struct link_write *w, const struct link *link)
{
	struct clinic_body body;
	if (clinic_body_parse(link, &body))
		return;
	uint8_t type = link->type & (uint8_t)~CLINIC_CONFINED;
	w->expels = type == CLINIC_REMOVE || type == CLINIC_SUCCESSION;
	memcpy(w->expelled, type == CLINIC_REMOVE ? body.genesis : body.old, sizeof(w->expelled));
	if (type == CLINIC_SUCCESSION)
		link_write_note(w, AUDIT_OP_SUCCEEDED, AUDIT_PERSON, body.old, 16);
}

int link_write_clinic(struct link_write *w, const struct msg_bytes *bytes, bool *known)
{
	const struct clinic *clinic = roster_clinic(link_write_roster(w));
	struct link link;
	*known = false;
	int err = w->n < LINK_WRITE_MAX ? link_parse(bytes->data, bytes->len, &link) : ERR_RANGE;
	if (!err && !link.inner) /* only what is served may lack it: nobody else could ever supply it */
		err = ERR_LINK;
	if (err)
		return err;
	const uint8_t *there = clinic_hash_at(clinic, link.seq);
	if (there && memcmp(there, link.hash, sizeof(link.hash)) == 0) {
		*known = true;
		link_write_keep(w, &link, bytes); /* its first commit may be lost yet */
		return 0;
	}
	if (clinic_id(clinic) && memcmp(link.chain, clinic_id(clinic), sizeof(link.chain)) != 0)
		return ERR_LINK;
	if (!clinic_is_next(clinic, &link))
		return ERR_CHAIN_BEHIND;
	w->founding = w->founding || !clinic_id(clinic);
	err = roster_apply(link_write_roster(w), &link);
	if (err)
		return err;
	w->applied = true;
	link_write_keep(w, &link, bytes);
	stand_on_signer(w);
	note_person(w, &link);
	return 0;
}

void link_write_put_invite(struct link_write *w, const struct store_invite *invite, const struct msg_bytes *packet)
{
	w->puts = true;
	w->put = *invite;
	w->packet = *packet;
	w->job.bytes += packet->len;
}

void link_write_use_invite(struct link_write *w, const uint8_t invite[16], const uint8_t pid[16], uint64_t now_ms)
{
	w->use = true;
	memcpy(w->use_id, invite, sizeof(w->use_id));
	memcpy(w->use_pid, pid, sizeof(w->use_pid));
	w->now_ms = now_ms;
}

static int append_links(struct store_batch *batch, const struct link_write *w)
{
	int err = 0;
	for (size_t i = 0; !err && i < w->n; i++) {
		const struct link *l = &w->links[i].link;
		struct store_link link = {.chain = l->chain, .prev = l->prev, .hash = l->hash, .seq = l->seq};
		bool known;
		link.bytes = w->links[i].bytes;
		link.len = w->links[i].len;
		err = store_append_link(batch, &link, &known);
		if (!err && known && w->boxes)
			err = store_heal_boxes(batch, &link);
	}
	return err;
}

static int check_ground(struct store_batch *batch, struct link_write *w)
{
	uint64_t seq;
	uint8_t hash[STORE_HASH];
	if (!w->ground.set)
		return 0;
	int err = store_batch_chain_head(batch, w->ground.chain, &seq, hash);
	if (!err && (seq != w->ground.seq || memcmp(hash, w->ground.hash, sizeof(hash)) != 0)) {
		w->clinic_moved = true;
		err = ERR_CHAIN_BEHIND;
	}
	return err;
}

static int append_rows(struct store_batch *batch, const struct link_write *w, const struct audit_row *row)
{
	int err = audit_append(batch, row);
	for (size_t i = 0; !err && i < w->n_notes; i++) {
		struct audit_row more = *row;
		more.op = w->notes[i].op;
		more.object_kind = w->notes[i].kind;
		memcpy(more.object, w->notes[i].object, sizeof(more.object));
		err = audit_append(batch, &more);
	}
	return err;
}

static int apply(struct store_batch *batch, struct writer_job *job)
{
	struct link_write *w = (struct link_write *)job;
	struct audit_row row = w->row;
	uint64_t before = store_batch_writes(batch);
	w->refused = 0;
	int err = w->use ? store_use_invite(batch, w->use_id, w->use_pid, w->now_ms) : 0;
	if (err == ERR_CODE_USED) {
		w->refused = err;
		row.status = err_to_status(err);
		row.object_kind = AUDIT_INVITE;
		memset(row.object, 0, sizeof(row.object));
		memcpy(row.object, w->use_id, sizeof(w->use_id));
		return audit_append(batch, &row);
	}
	if (!err)
		err = check_ground(batch, w);
	if (!err && w->puts)
		err = store_put_invite(batch, &w->put, w->packet.data, w->packet.len);
	if (!err)
		err = append_links(batch, w);
	if (!err && w->founding)
		err = store_set_clinic(batch, w->links[w->n - 1].link.chain);
	if (err || store_batch_writes(batch) == before) /* all of it was in place: no change, no row */
		return err;
	return append_rows(batch, w, &row);
}

/* After a write that did not stick, or one that a reload overtook. */
static void reload(struct link_write *w)
{
	int err = roster_reload(link_write_roster(w));
	if (err) { /* nobody is known any more: starting again is the only way on */
		log_error("roster_reload", LOG_ERR(err));
		writer_give_up(req_env(w->r)->writer);
	}
}

/* The roster may have taken up links that are not durable yet: what is told is what the store holds. */
static int durable_head(struct req *r, const uint8_t *chain, struct msg_head *head, uint8_t hash[32])
{
	struct store *store = req_env(r)->store;
	uint8_t clinic[STORE_HASH];
	int err = chain ? 0 : store_clinic(store, clinic);
	head->hash = hash;
	return err ? err : store_chain_head(store, chain ? chain : clinic, &head->seq, hash);
}

static void announce_and_answer(struct link_write *w)
{
	struct req *r = w->r;
	struct msg_head head;
	uint8_t hash[32];
	int err = durable_head(r, w->own ? w->chain : NULL, &head, hash);
	if (err) {
		req_fail(r, err == ERR_NOT_FOUND ? ERR_INTERNAL : err);
		return;
	}
	if (!w->own)
		watch_notify_chain(req_env(r)->watch, head.seq, hash);
	req_reply(r, msg_put_chain_put_reply(req_out(r), req_id(r), &head));
}

/* True if the roster holds what was written: a reload that another write caused may have come before the commit, and
 * another link been taken up in its place. */
static bool is_on_roster(const struct link_write *w)
{
	const struct link *last = &w->links[w->n - 1].link;
	const struct keychain *person = w->own ? roster_keychain(link_write_roster(w), last->chain) : NULL;
	const uint8_t *there = NULL;
	if (!w->own)
		there = clinic_hash_at(roster_clinic(link_write_roster(w)), last->seq);
	else if (person)
		there = keychain_hash_at(person, last->seq);
	return there && memcmp(there, last->hash, sizeof(last->hash)) == 0;
}

/* --- CHAIN_BEHIND --- */

/* The link that was faster may be on its way to the store yet: who reads the news must find it there. */
struct link_behind {
	struct writer_job job;
	struct req *r;
	bool key; /* a key chain's */
	uint8_t chain[32];
};

static void say_behind(struct req *r, const uint8_t *chain)
{
	struct msg_head head;
	uint8_t hash[32];
	int err = durable_head(r, chain, &head, hash);
	if (!err)
		err = msg_put_behind(req_out(r), req_id(r), &head);
	if (err)
		req_fail(r, err == ERR_NOT_FOUND ? ERR_CHAIN_BEHIND : err);
	else
		req_refuse(r, ERR_CHAIN_BEHIND);
}

static int behind_apply(struct store_batch *batch, struct writer_job *job)
{
	(void)batch;
	(void)job;
	return 0;
}

static void behind_done(struct writer_job *job, int err)
{
	struct link_behind *b = (struct link_behind *)job;
	if (err == ERR_STORE_FATAL) /* of others in its group, who hear any other themselves */
		req_fail(b->r, err);
	else
		say_behind(b->r, b->key ? b->chain : NULL);
	free(b);
}

/* chain NULL: the clinic's. */
static void answer_behind(struct req *r, const uint8_t *chain)
{
	struct link_behind *b = calloc(1, sizeof(*b));
	if (b) {
		b->job = (struct writer_job){.apply = behind_apply, .done = behind_done, .bytes = sizeof(*b)};
		b->r = r;
		b->key = chain != NULL;
		if (chain)
			memcpy(b->chain, chain, sizeof(b->chain));
	}
	if (!b || writer_submit(req_env(r)->writer, &b->job)) {
		free(b);
		say_behind(r, chain);
	}
}

void link_write_behind(struct req *r)
{
	answer_behind(r, NULL);
}

static void refuse(const struct link_write *w, int err)
{
	if (err == ERR_CHAIN_BEHIND)
		answer_behind(w->r, w->own && !w->clinic_moved ? w->chain : NULL);
	else
		req_fail(w->r, err);
}

/* Durable now: who is out hears nothing more. A removed person is answered what is in work, a revoked device, which may
 * be in anybody's hands, is not. */
static void expel(const struct link_write *w)
{
	for (size_t i = 0; i < w->n_out; i++)
		req_expel_device(w->r, w->out[i]);
	if (w->expels)
		req_expel_person(w->r, w->expelled);
}

static void done(struct writer_job *job, int err)
{
	struct link_write *w = (struct link_write *)job;
	roster_settle(&w->pending);
	if (!err) {
		err = w->refused;
		req_set_audited(w->r);
	}
	if (err ? w->applied : w->n && !is_on_roster(w))
		reload(w);
	if (!err)
		expel(w);
	if (err)
		refuse(w, err);
	else
		announce_and_answer(w);
	free(w);
}

void link_write_submit(struct link_write *w)
{
	const struct req_who *who = req_who(w->r);
	const struct link *last = w->n ? &w->links[w->n - 1].link : NULL;
	w->row = (struct audit_row){.time_ms = req_env(w->r)->now_ms(), .op = req_op(w->r)};
	memcpy(w->row.actor, w->use ? w->use_pid : who->pid, sizeof(w->row.actor));
	memcpy(w->row.device, who->did, sizeof(w->row.device));
	if (last) {
		w->row.object_kind = AUDIT_LINK;
		memcpy(w->row.object, last->hash, sizeof(w->row.object));
	}
	w->job.apply = apply;
	w->job.done = done;
	int err = writer_submit(req_env(w->r)->writer, &w->job);
	if (err) {
		link_write_fail(w, err);
		return;
	}
	w->pending.links = w->links;
	w->pending.n = w->n;
	roster_pend(link_write_roster(w), &w->pending);
}

void link_write_fail(struct link_write *w, int err)
{
	if (w->applied)
		reload(w);
	refuse(w, err);
	free(w);
}
