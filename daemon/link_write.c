/* link_write: one writer job for all writes to chains; see link_write.h. */
#include <stdlib.h>
#include <string.h>

#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "proto/msg_reply.h"

#include "audit.h"
#include "log.h"
#include "req.h"
#include "roster.h"
#include "store.h"
#include "store_batch.h"
#include "watch.h"
#include "writer.h"

#include "link_write.h"

struct link_write {
	struct writer_job job;
	struct req *r;
	struct link links[LINK_WRITE_MAX];
	struct msg_bytes bytes[LINK_WRITE_MAX];
	size_t n;
	bool applied; /* the roster is ahead of the store */
	bool founding;
	bool puts;
	struct store_invite put;
	struct msg_bytes packet;
	bool use;
	uint8_t use_id[16], use_pid[16];
	uint64_t now_ms;
	int refused; /* by apply: the answer, after a batch that only remembers it */
	struct audit_row row;
};

static struct roster *roster_of(const struct link_write *w)
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

static void keep(struct link_write *w, const struct link *link, const struct msg_bytes *bytes)
{
	w->links[w->n] = *link;
	w->bytes[w->n++] = *bytes;
	w->job.bytes += bytes->len;
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
		err = roster_add(roster_of(w), bytes->data, bytes->len, genesis);
	if (err)
		return err;
	w->applied = true;
	keep(w, &link, bytes);
	return 0;
}

int link_write_clinic(struct link_write *w, const struct msg_bytes *bytes, bool *known)
{
	const struct clinic *clinic = roster_clinic(roster_of(w));
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
		keep(w, &link, bytes); /* its first commit may be lost yet */
		return 0;
	}
	if (clinic_id(clinic) && memcmp(link.chain, clinic_id(clinic), sizeof(link.chain)) != 0)
		return ERR_LINK;
	if (!clinic_is_next(clinic, &link))
		return ERR_CHAIN_BEHIND;
	w->founding = w->founding || !clinic_id(clinic);
	err = roster_apply(roster_of(w), &link);
	if (err)
		return err;
	w->applied = true;
	keep(w, &link, bytes);
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
		const struct link *l = &w->links[i];
		struct store_link link = {.chain = l->chain, .prev = l->prev, .hash = l->hash, .seq = l->seq};
		bool known;
		link.bytes = w->bytes[i].data;
		link.len = w->bytes[i].len;
		err = store_append_link(batch, &link, &known);
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
	if (!err && w->puts)
		err = store_put_invite(batch, &w->put, w->packet.data, w->packet.len);
	if (!err)
		err = append_links(batch, w);
	if (!err && w->founding)
		err = store_set_clinic(batch, w->links[w->n - 1].chain);
	if (err || store_batch_writes(batch) == before) /* all of it was in place: no change, no row */
		return err;
	return audit_append(batch, &row);
}

/* After a write that did not stick, or one that a reload overtook. */
static void reload(struct link_write *w)
{
	int err = roster_reload(roster_of(w));
	if (err)
		log_error("roster_reload", LOG_ERR(err));
}

/* The roster may have taken up links that are not durable yet: what is told is what the store holds. */
static int durable_head(const struct link_write *w, struct msg_head *head, uint8_t hash[32])
{
	struct store *store = req_env(w->r)->store;
	uint8_t clinic[STORE_HASH];
	int err = store_clinic(store, clinic);
	head->hash = hash;
	return err ? err : store_chain_head(store, clinic, &head->seq, hash);
}

static void announce_and_answer(struct link_write *w)
{
	struct req *r = w->r;
	struct msg_head head;
	uint8_t hash[32];
	int err = durable_head(w, &head, hash);
	if (err) {
		req_fail(r, err == ERR_NOT_FOUND ? ERR_INTERNAL : err);
		return;
	}
	watch_notify_chain(req_env(r)->watch, head.seq, hash);
	req_reply(r, msg_put_chain_put_reply(req_out(r), req_id(r), &head));
}

/* True if the roster holds what was written: a reload that another write caused may have come before the commit, and
 * another link been taken up in its place. */
static bool is_on_roster(const struct link_write *w)
{
	const struct link *last = &w->links[w->n - 1];
	const uint8_t *there = clinic_hash_at(roster_clinic(roster_of(w)), last->seq);
	return there && memcmp(there, last->hash, sizeof(last->hash)) == 0;
}

static void refuse(struct req *r, int err)
{
	if (err == ERR_CHAIN_BEHIND)
		link_write_behind(r);
	else
		req_fail(r, err);
}

static void done(struct writer_job *job, int err)
{
	struct link_write *w = (struct link_write *)job;
	if (!err) {
		err = w->refused;
		req_set_audited(w->r);
	}
	if (err ? w->applied : w->n && !is_on_roster(w))
		reload(w);
	if (err)
		refuse(w->r, err);
	else
		announce_and_answer(w);
	free(w);
}

void link_write_submit(struct link_write *w)
{
	const struct req_who *who = req_who(w->r);
	const struct link *last = w->n ? &w->links[w->n - 1] : NULL;
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
	if (err)
		link_write_fail(w, err);
}

void link_write_fail(struct link_write *w, int err)
{
	struct req *r = w->r;
	if (w->applied)
		reload(w);
	free(w);
	refuse(r, err);
}

void link_write_behind(struct req *r)
{
	struct clinic_head head;
	if (!clinic_head(roster_clinic(req_env(r)->roster), &head)) {
		req_fail(r, ERR_CHAIN_BEHIND);
		return;
	}
	struct msg_head reply = {head.seq, head.hash};
	int err = msg_put_behind(req_out(r), req_id(r), &reply);
	if (err)
		req_fail(r, err);
	else
		req_refuse(r, ERR_CHAIN_BEHIND);
}
