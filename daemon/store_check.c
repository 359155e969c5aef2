/* store_check: see the header. One family after the other, all in one snapshot. */
#include <string.h>

#include "audit.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/link.h"
#include "proto/record.h"
#include "store_blob_inner.h"
#include "store_check.h"
#include "store_inner.h"

struct check {
	struct store *s;
	struct store_txn t;
	struct store_counts counts;
	store_finding *found;
	void *arg;
	uint64_t entries;     /* places that records have in feeds, by their audiences */
	uint64_t record_rows; /* and by the feeds */
	uint64_t in_usage, bytes_in_usage;
	uint64_t named; /* blobs, by records */
};

static void problem(void *check, const char *what, const uint8_t *id, size_t len)
{
	struct check *k = check;
	k->counts.problems++;
	if (k->found)
		k->found(k->arg, what, id, len);
}

/* Calls `row` for every row of a table whose value proves itself; the others are problems. */
static int walk(struct check *k, enum store_table table, void (*row)(struct check *k, const struct store_cur *c))
{
	struct store_cur c;
	int err = store_cur_open(&k->t, table, NULL, &c);
	if (!err)
		err = store_cur_first(&c);
	for (; !k->t.err && (err == 0 || err == ERR_CORRUPT); err = store_cur_next(&c)) {
		if (err)
			problem(k, "a stored value does not prove itself", c.key, store_table_width(table));
		else
			row(k, &c);
	}
	store_cur_close(&c);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static bool has(struct check *k, enum store_table table, struct store_key key, struct store_val *val)
{
	return store_txn_get(&k->t, table, &key, val) == 0;
}

/* --- chains --- */

/* The link before this one: its hash, or zeros before the first. */
static bool link_before(struct check *k, const uint8_t *key, uint64_t seq, uint8_t prev[STORE_HASH])
{
	const uint8_t *hash;
	struct store_val val, link;
	memset(prev, 0, STORE_HASH);
	if (seq == 0)
		return true;
	if (!has(k, STORE_LINKS, store_key_link(key, seq - 1), &val) || store_link_split(&val, &hash, &link))
		return false;
	memcpy(prev, hash, STORE_HASH);
	return true;
}

static void check_link(struct check *k, const struct store_cur *c)
{
	const uint8_t *hash;
	uint8_t prev[STORE_HASH];
	struct store_val bytes;
	struct link link;
	uint64_t seq = store_key_get_u64(c->key + STORE_HASH);
	k->counts.links++;
	k->counts.chains += seq == 0;
	if (store_link_split(&c->val, &hash, &bytes) || link_parse(bytes.data, bytes.len, &link) ||
	    memcmp(link.hash, hash, STORE_HASH) != 0)
		problem(k, "a link is not the one its hash names", c->key, STORE_HASH);
	else if (memcmp(link.chain, c->key, STORE_HASH) != 0 || link.seq != seq)
		problem(k, "a link stands in another's place", c->key, STORE_HASH);
	else if (!link_before(k, c->key, seq, prev))
		problem(k, "a chain has a gap", c->key, STORE_HASH);
	else if (memcmp(link.prev, prev, STORE_HASH) != 0)
		problem(k, "a link does not follow the one before it", c->key, STORE_HASH);
}

/* --- records --- */

/* Deleted by its author, or not yet given back: no wrap is there, and no payload. */
static bool is_stub(const struct record *r)
{
	for (uint32_t i = 0; i < r->audience; i++)
		if (r->wraps[i].present)
			return false;
	return true;
}

static void check_payload(struct check *k, const struct store_cur *c, const struct record *r)
{
	struct store_val payload;
	if (!has(k, STORE_PAYLOADS, store_key_number(store_key_get_u64(c->key)), &payload))
		problem(k, "a payload is missing or does not prove itself", r->rid, STORE_HASH);
	else if (is_stub(r) ? payload.len > 0 : record_check_payload(r, payload.data, payload.len) != 0)
		problem(k, "a payload is not the one its record names", r->rid, STORE_HASH);
	k->counts.bytes += payload.len;
}

static void check_index(struct check *k, const struct store_cur *c, const struct record *r)
{
	struct store_feed_row row;
	struct store_val index, row_val;
	if (!has(k, STORE_RIDS, store_key_rid(r->rid), &index) || index.len != 16 || memcmp(index.data, c->key, 8) != 0)
		problem(k, "a record is not in the index", r->rid, STORE_HASH);
	else if (store_key_get_u64(index.data + 8) == 0 &&
	         has(k, STORE_AWAITED, store_key_awaited(r->rid, r->author), &row_val))
		return; /* it was given back by a reader; its author comes later */
	else if (store_feed_row_at(&k->t, r->author, store_key_get_u64(index.data + 8), &row) || row.event != FEED_RECORD ||
	         memcmp(row.rid, r->rid, STORE_HASH) != 0)
		problem(k, "a record is not at its place in its author's feed", r->rid, STORE_HASH);
}

/* A record that a tombstone took keeps no blob. */
static void check_blobs(struct check *k, const struct record *r)
{
	struct store_val none;
	for (uint32_t i = 0; i < r->blobs && !is_stub(r); i++) {
		k->named++;
		if (!has(k, STORE_NAMED, store_key_named(r->blob[i].id, r->rid), &none))
			problem(k, "a record's blob does not know of it", r->rid, STORE_HASH);
	}
}

static void check_record(struct check *k, const struct store_cur *c)
{
	const uint8_t *rid, *author;
	struct store_val bytes;
	struct record r;
	k->counts.records++;
	if (store_key_get_u64(c->key) != k->counts.records)
		problem(k, "a record is missing in the order of arrival", c->key, 8);
	if (store_record_split(&c->val, &rid, &author, &bytes) || record_parse(bytes.data, bytes.len, &r) ||
	    memcmp(r.rid, rid, STORE_HASH) != 0 || memcmp(r.author, author, STORE_ID) != 0) {
		problem(k, "a record is not the one its id names", c->key, 8);
		return;
	}
	k->counts.bytes += bytes.len;
	k->entries += r.audience;
	check_payload(k, c, &r);
	check_index(k, c, &r);
	check_blobs(k, &r);
}

/* --- feeds: rows come in order of person and seq, so one walk steps through every head --- */

static void check_feed(struct check *k, const uint8_t *pid, struct store_cur *c)
{
	struct store_feed_row row = {0}, before = {0};
	struct store_found record;
	uint8_t head[FEED_HEAD];
	k->counts.people++;
	int err = feed_start(pid, k->s->generation, before.head);
	for (; !err; err = store_cur_next(c)) {
		k->counts.feed_rows++;
		if (store_feed_row_at(&k->t, pid, store_key_get_u64(c->key + STORE_ID), &row) || row.seq != before.seq + 1 ||
		    feed_step(before.head, row.seq, row.event, row.rid, head) || memcmp(head, row.head, FEED_HEAD) != 0)
			problem(k, "a row of a feed does not follow the one before it", c->key, STORE_ID + 8);
		else if (store_record_find(&k->t, row.rid, &record))
			problem(k, "a feed names a record that is not there", c->key, STORE_ID + 8);
		k->record_rows += row.event == FEED_RECORD;
		before = row;
	}
	if (err != ERR_NOT_FOUND)
		problem(k, "a row of a feed does not prove itself", pid, STORE_ID);
}

static int check_feeds(struct check *k)
{
	struct store_cur all, one;
	struct store_key at = store_key_id((const uint8_t[STORE_ID]){0}), pid;
	int err = store_cur_open(&k->t, STORE_FEEDS, NULL, &all);
	while (!err && ((err = store_cur_seek(&all, &at)) == 0 || err == ERR_CORRUPT) && !k->t.err) {
		pid = store_key_id(all.key);
		err = store_cur_open(&k->t, STORE_FEEDS, &pid, &one);
		if (!err && store_cur_first(&one) == 0)
			check_feed(k, pid.bytes, &one);
		else if (!err)
			problem(k, "a row of a feed does not prove itself", pid.bytes, STORE_ID);
		store_cur_close(&one);
		at = store_key_feed(pid.bytes, UINT64_MAX);
	}
	store_cur_close(&all);
	uint64_t awaited = 0;
	if (store_txn_count(&k->t, STORE_AWAITED, &awaited) || k->entries != k->record_rows + awaited)
		problem(k, "the feeds do not hold every record once for each of its audience", NULL, 0);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* A record that is awaited is stored, for one of its audience, whose wrap is not there. */
static void check_awaited(struct check *k, const struct store_cur *c)
{
	struct store_found found;
	struct record r;
	const uint8_t *pid = c->key + STORE_HASH;
	if (c->val.len != 0 || store_record_find(&k->t, c->key, &found) ||
	    record_parse(found.record.data, found.record.len, &r) || !record_audience_has(&r, pid, NULL) ||
	    record_wrap_for(&r, pid))
		problem(k, "a record is awaited by nobody who could be", c->key, STORE_HASH);
}

static void check_gone(struct check *k, const struct store_cur *c)
{
	struct store_found found;
	if (c->val.len != STORE_HASH || store_record_find(&k->t, c->val.data, &found) ||
	    memcmp(found.author, c->key + STORE_HASH + STORE_ID, STORE_ID) != 0)
		problem(k, "what was taken away names no record that took it", c->key, STORE_HASH);
}

static void check_usage(struct check *k, const struct store_cur *c)
{
	if (c->val.len != 16) {
		problem(k, "a person's usage is not of its form", c->key, STORE_ID);
		return;
	}
	k->in_usage += store_key_get_u64(c->val.data);
	k->bytes_in_usage += store_key_get_u64(c->val.data + 8);
}

static void check_answer(struct check *k, const struct store_cur *c)
{
	struct store_found found;
	struct record r;
	k->counts.answers++;
	if (c->val.len != 0 || store_record_find(&k->t, c->key + 8, &found) ||
	    record_parse(found.record.data, found.record.len, &r) || r.answer_by != store_key_get_u64(c->key))
		problem(k, "an answer is owed to no such record", c->key, 8 + STORE_HASH);
}

/* --- invitations --- */

static void check_invite(struct check *k, const struct store_cur *c)
{
	struct store_invite v;
	struct store_val val;
	k->counts.invites++;
	if (store_invite_parse(c->key, &c->val, &v)) {
		problem(k, "an invitation is not of its form", c->key, STORE_ID);
		return;
	}
	if (!has(k, STORE_PACKETS, store_key_id(c->key), &val) || val.len == 0 || val.len > STORE_PACKET_MAX)
		problem(k, "an invitation has no packet", c->key, STORE_ID);
	if (!v.founding && !has(k, STORE_INVITERS, store_key_inviter(v.inviter, v.id), &val))
		problem(k, "an invitation is not in its inviter's list", c->key, STORE_ID);
	if (v.refusals && !v.used_ms)
		problem(k, "an unused invitation was refused", c->key, STORE_ID);
}

static void check_inviter(struct check *k, const struct store_cur *c)
{
	struct store_val val;
	struct store_invite v;
	if (!has(k, STORE_INVITES, store_key_id(c->key + STORE_ID), &val) ||
	    store_invite_parse(c->key + STORE_ID, &val, &v) || v.founding || memcmp(v.inviter, c->key, STORE_ID) != 0)
		problem(k, "an inviter's list names an invitation that is not theirs", c->key, 2 * STORE_ID);
}

/* --- what there is one of, and what must be as many as something else --- */

static void check_meta(struct check *k)
{
	struct store_val val;
	if (!has(k, STORE_META, store_key_meta(STORE_META_SCHEMA), &val) || val.len != 1 || val.data[0] != STORE_SCHEMA)
		problem(k, "the schema is not known", NULL, 0);
	if (!has(k, STORE_META, store_key_meta(STORE_META_GENERATION), &val) || val.len != STORE_ID)
		problem(k, "there is no generation", NULL, 0);
	struct store_key clinic = store_key_meta(STORE_META_CLINIC);
	int err = store_txn_get(&k->t, STORE_META, &clinic, &val);
	if (err != ERR_NOT_FOUND &&
	    (err || val.len != STORE_HASH || !has(k, STORE_LINKS, store_key_link(val.data, 0), &val)))
		problem(k, "the clinic's chain is not there", NULL, 0);
}

static void check_totals(struct check *k)
{
	static const enum store_table pairs[][2] = {
	    {STORE_RECORDS, STORE_PAYLOADS}, {STORE_RECORDS, STORE_RIDS}, {STORE_INVITES, STORE_PACKETS}};
	uint64_t a = 0, b = 0;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (store_txn_count(&k->t, pairs[i][0], &a) || store_txn_count(&k->t, pairs[i][1], &b) || a != b)
			problem(k, "two tables do not hold the same number of rows", NULL, 0);
	}
	if (store_txn_count(&k->t, STORE_NAMED, &a) || a != k->named)
		problem(k, "blobs are named by more records than there are", NULL, 0);
	if (k->in_usage != k->counts.records || k->bytes_in_usage != k->counts.bytes)
		problem(k, "what people use does not add up to what is stored", NULL, 0);
}

static void check_audit(struct check *k)
{
	uint64_t bad;
	uint8_t head[STORE_HASH];
	int err = audit_head(k->s, &k->counts.audit_rows, head);
	if (!err)
		err = audit_verify(k->s, &bad);
	if (err)
		problem(k, "the audit log is broken", NULL, 0);
}

static int check_tables(struct check *k)
{
	static const struct {
		enum store_table table;
		void (*row)(struct check *k, const struct store_cur *c);
	} walks[] = {{STORE_LINKS, check_link},      {STORE_RECORDS, check_record}, {STORE_USAGE, check_usage},
	             {STORE_ANSWERS, check_answer},  {STORE_INVITES, check_invite}, {STORE_INVITERS, check_inviter},
	             {STORE_AWAITED, check_awaited}, {STORE_GONE, check_gone}};
	struct store_blob_check blobs = {.t = &k->t, .found = problem, .arg = k};
	int err = 0;
	check_meta(k);
	for (size_t i = 0; !err && i < sizeof(walks) / sizeof(walks[0]); i++)
		err = walk(k, walks[i].table, walks[i].row);
	if (!err)
		err = check_feeds(k);
	if (!err)
		err = store_blob_check(&blobs);
	k->counts.blobs = blobs.blobs;
	if (!err)
		check_totals(k);
	return err;
}

int store_check(struct store *s, store_finding *found, void *arg, struct store_counts *counts)
{
	struct check k = {.s = s, .found = found, .arg = arg};
	int err = store_txn_read(&s->env, &k.t);
	if (!err) {
		err = check_tables(&k);
		if (err == ERR_CORRUPT)
			problem(&k, "a table cannot be read to its end", NULL, 0);
		store_txn_end(&k.t);
		check_audit(&k);
	}
	*counts = k.counts;
	if (err && err != ERR_CORRUPT)
		return err;
	return k.counts.problems ? ERR_CORRUPT : 0;
}
