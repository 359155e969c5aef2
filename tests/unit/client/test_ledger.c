/* The rows of the ledger: what goes in comes out, in order, after a commit; limits; rows of another form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/ledger.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "tests/unit/support/scratch_vault.h"

static struct scratch_vault s;

static int setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	scratch_vault_open(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scratch_vault_close(&s);
	return 0;
}

/* 32 bytes that stand for `n`. */
static const uint8_t *id_of(uint8_t *id, unsigned n)
{
	memset(id, 0, 32);
	id[0] = (uint8_t)n;
	id[1] = (uint8_t)(n >> 8);
	id[31] = 1;
	return id;
}

/* --- pending --- */

static void fill_pending(struct ledger_pending *p, unsigned n)
{
	memset(p, 0, sizeof(*p));
	id_of(p->lid, n);
	p->record_class = (uint8_t)(n % 4);
	p->op = (uint8_t)(n % 6);
	p->retain_days = n * 100;
	p->answer_by_s = n ? UINT64_MAX - n : 0;
	p->n_audience = n < 31 ? n : 31;
	p->n_targets = n < 64 ? n : 64;
	for (uint32_t i = 0; i < p->n_audience; i++)
		memset(p->audience[i], (int)(n + i), 16);
	for (uint32_t i = 0; i < p->n_targets; i++)
		memset(p->targets[i], (int)(n + i), 32);
	p->content = (const uint8_t *)"some words";
	p->content_len = n < 10 ? n : 10;
}

struct seen {
	unsigned n, stop_at;
	int stop_with;
	const unsigned *numbers;
};

static int see_pending(void *arg, const struct ledger_pending *p)
{
	struct seen *seen = arg;
	struct ledger_pending want;
	if (seen->stop_with && seen->n == seen->stop_at)
		return seen->stop_with;
	fill_pending(&want, seen->numbers[seen->n++]);
	assert_memory_equal(p->lid, want.lid, sizeof(want.lid));
	assert_int_equal(p->record_class, want.record_class);
	assert_int_equal(p->op, want.op);
	assert_int_equal(p->retain_days, want.retain_days);
	assert_true(p->answer_by_s == want.answer_by_s);
	assert_int_equal(p->n_audience, want.n_audience);
	assert_memory_equal(p->audience, want.audience, sizeof(want.audience));
	assert_int_equal(p->n_targets, want.n_targets);
	assert_memory_equal(p->targets, want.targets, sizeof(want.targets));
	assert_int_equal(p->content_len, want.content_len);
	assert_memory_equal(p->content, want.content, want.content_len);
	return 0;
}

static void test_pending(void **state)
{
	static const unsigned order[] = {0, 1, 70}, rest[] = {0, 70};
	struct seen seen = {.numbers = order};
	struct ledger_pending p;
	uint64_t seq[3];
	(void)state;
	assert_int_equal(ledger_pending_count(s.txn), 0);
	for (unsigned i = 0; i < 3; i++) {
		fill_pending(&p, order[i]);
		assert_int_equal(ledger_pending_add(s.txn, &p), 0);
		seq[i] = p.seq;
		assert_true(i == 0 || seq[i] > seq[i - 1]);
	}
	scratch_vault_commit(&s);
	assert_int_equal(ledger_pending_count(s.txn), 3);
	assert_int_equal(ledger_pending_each(s.txn, see_pending, &seen), 0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(ledger_pending_remove(s.txn, seq[1]), 0);
	assert_int_equal(ledger_pending_remove(s.txn, seq[1]), ERR_NOT_FOUND);
	seen = (struct seen){.numbers = rest};
	assert_int_equal(ledger_pending_each(s.txn, see_pending, &seen), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(ledger_pending_count(s.txn), 2);
}

static void test_pending_limits(void **state)
{
	static struct ledger_pending p;
	(void)state;
	fill_pending(&p, 64);
	assert_int_equal(p.n_audience, 31);
	assert_int_equal(p.n_targets, 64);
	assert_int_equal(ledger_pending_add(s.txn, &p), 0);
	p.n_audience = 32;
	assert_int_equal(ledger_pending_add(s.txn, &p), ERR_RANGE);
	p.n_audience = 31;
	p.n_targets = 65;
	assert_int_equal(ledger_pending_add(s.txn, &p), ERR_RANGE);
	p.n_targets = 64;
	p.content_len = RECORD_CONTENT_MAX;
	p.content = calloc(1, p.content_len);
	assert_int_equal(ledger_pending_add(s.txn, &p), 0);
	free((void *)(uintptr_t)p.content);
	assert_int_equal(ledger_pending_count(s.txn), 2);
}

static void test_walks_end(void **state)
{
	static const unsigned order[] = {1, 2, 3};
	struct seen seen = {.numbers = order, .stop_at = 1, .stop_with = ERR_MORE};
	struct ledger_pending p;
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		fill_pending(&p, order[i]);
		assert_int_equal(ledger_pending_add(s.txn, &p), 0);
	}
	assert_int_equal(ledger_pending_each(s.txn, see_pending, &seen), 0);
	assert_int_equal(seen.n, 1);
	seen = (struct seen){.numbers = order, .stop_at = 2, .stop_with = ERR_NOMEM};
	assert_int_equal(ledger_pending_each(s.txn, see_pending, &seen), ERR_NOMEM);
	assert_int_equal(seen.n, 2);
}

static void test_pending_spoiled(void **state)
{
	struct seen seen = {0};
	struct ledger_pending p;
	(void)state;
	fill_pending(&p, 1);
	assert_int_equal(ledger_pending_add(s.txn, &p), 0);
	scratch_vault_spoil_seq(&s, VAULT_PENDING, p.seq);
	assert_int_equal(ledger_pending_each(s.txn, see_pending, &seen), ERR_CORRUPT);
}

/* --- lid to rid --- */

static void test_sealed(void **state)
{
	uint8_t lid[32], rid[32], got[32];
	(void)state;
	id_of(lid, 1);
	assert_int_equal(ledger_sealed_get(s.txn, lid, got), ERR_NOT_FOUND);
	assert_int_equal(ledger_sealed_remove(s.txn, lid), ERR_NOT_FOUND);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_sealed_put(s.txn, lid, id_of(rid, 2)), 0);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_sealed_get(s.txn, lid, got), 0);
	assert_memory_equal(got, rid, 32);
	assert_int_equal(ledger_sealed_remove(s.txn, lid), 0);
	assert_int_equal(ledger_sealed_get(s.txn, lid, got), ERR_NOT_FOUND);
	assert_int_equal(ledger_sealed_put(s.txn, lid, rid), 0);
	scratch_vault_spoil(&s, VAULT_SEALED, lid, 32);
	assert_int_equal(ledger_sealed_get(s.txn, lid, got), ERR_CORRUPT);
}

/* --- outbox --- */

static int see_outgoing(void *arg, const struct ledger_outgoing *o)
{
	struct seen *seen = arg;
	uint8_t id[32];
	if (seen->stop_with && seen->n == seen->stop_at)
		return seen->stop_with;
	unsigned n = seen->numbers[seen->n++];
	assert_memory_equal(o->rid, id_of(id, n), 32);
	assert_int_equal(o->record_len, n);
	assert_int_equal(o->payload_len, n * 1000);
	for (size_t i = 0; i < o->payload_len; i++)
		assert_int_equal(o->payload[i], n);
	return 0;
}

static void add_outgoing(unsigned n, uint64_t *seq)
{
	struct ledger_outgoing o = {.record_len = n, .payload_len = n * 1000};
	uint8_t *bytes = malloc(n * 1000 + 1);
	memset(bytes, (int)n, n * 1000);
	o.record = o.payload = bytes;
	id_of(o.rid, n);
	assert_int_equal(ledger_outbox_add(s.txn, &o), 0);
	*seq = o.seq;
	free(bytes);
}

static void test_outbox(void **state)
{
	static const unsigned order[] = {5, 3, 4}, rest[] = {3, 4};
	struct seen seen = {.numbers = order};
	uint64_t seq[3];
	(void)state;
	assert_int_equal(ledger_outbox_count(s.txn), 0);
	for (unsigned i = 0; i < 3; i++)
		add_outgoing(order[i], &seq[i]);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_outbox_count(s.txn), 3);
	assert_int_equal(ledger_outbox_each(s.txn, see_outgoing, &seen), 0);
	assert_int_equal(seen.n, 3);
	seen = (struct seen){.numbers = order, .stop_at = 1, .stop_with = ERR_MORE};
	assert_int_equal(ledger_outbox_each(s.txn, see_outgoing, &seen), 0);
	assert_int_equal(seen.n, 1);
	seen = (struct seen){.numbers = order, .stop_at = 1, .stop_with = ERR_IO};
	assert_int_equal(ledger_outbox_each(s.txn, see_outgoing, &seen), ERR_IO);
	assert_int_equal(ledger_outbox_remove(s.txn, seq[0]), 0);
	assert_int_equal(ledger_outbox_remove(s.txn, seq[0]), ERR_NOT_FOUND);
	seen = (struct seen){.numbers = rest};
	assert_int_equal(ledger_outbox_each(s.txn, see_outgoing, &seen), 0);
	assert_int_equal(seen.n, 2);
	scratch_vault_spoil_seq(&s, VAULT_OUTBOX, seq[1]);
	assert_int_equal(ledger_outbox_each(s.txn, see_outgoing, &seen), ERR_CORRUPT);
	assert_int_equal(ledger_outbox_count(s.txn), 2);
}

/* --- records --- */

static void put_record(unsigned n, enum ledger_state state)
{
	struct ledger_record r = {.state = (uint8_t)state, .seen_ms = n * 10, .record_len = 6, .content_len = n};
	r.record = (const uint8_t *)"record";
	r.content = (const uint8_t *)"content of it";
	id_of(r.rid, n);
	id_of(r.lid, n + 1000);
	assert_int_equal(ledger_record_put(s.txn, &r), 0);
	assert_true(r.arrived > 0);
}

static int see_record(void *arg, const struct ledger_record *r)
{
	struct seen *seen = arg;
	uint8_t id[32];
	if (seen->stop_with && seen->n == seen->stop_at)
		return seen->stop_with;
	assert_memory_equal(r->rid, id_of(id, seen->numbers[seen->n++]), 32);
	assert_int_equal(r->arrived, seen->n);
	return 0;
}

static void test_records(void **state)
{
	static const unsigned order[] = {9, 2, 5};
	struct seen seen = {.numbers = order};
	struct ledger_record r;
	struct buf hold;
	uint8_t id[32];
	(void)state;
	buf_init(&hold, 0);
	assert_int_equal(ledger_record_get(s.txn, id_of(id, 9), &hold, &r), ERR_NOT_FOUND);
	for (unsigned i = 0; i < 3; i++)
		put_record(order[i], LEDGER_WAITING);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_record_get(s.txn, id_of(id, 2), &hold, &r), 0);
	assert_int_equal(r.state, LEDGER_WAITING);
	assert_int_equal(r.arrived, 2);
	assert_int_equal(r.seen_ms, 20);
	assert_memory_equal(r.rid, id, 32);
	assert_memory_equal(r.lid, id_of(id, 1002), 32);
	assert_int_equal(r.record_len, 6);
	assert_memory_equal(r.record, "record", 6);
	assert_int_equal(r.content_len, 2);
	assert_memory_equal(r.content, "co", 2);
	/* as seal, push and the reader do: the row that was read is changed and put again */
	r.state = LEDGER_WITHDRAWN;
	r.content_len = 0;
	assert_int_equal(ledger_record_put(s.txn, &r), 0);
	assert_int_equal(r.arrived, 2);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_record_get(s.txn, id_of(id, 2), &hold, &r), 0);
	assert_int_equal(r.state, LEDGER_WITHDRAWN);
	assert_int_equal(r.content_len, 0);
	assert_memory_equal(r.record, "record", 6);
	assert_int_equal(ledger_record_each(s.txn, see_record, &seen), 0);
	assert_int_equal(seen.n, 3);
	seen = (struct seen){.numbers = order, .stop_at = 2, .stop_with = ERR_MORE};
	assert_int_equal(ledger_record_each(s.txn, see_record, &seen), 0);
	assert_int_equal(seen.n, 2);
	buf_wipe(&hold);
}

/* The payload's salt stands behind the row where it is known; a row without it is one of an earlier version. */
static void test_record_salt(void **state)
{
	static const uint8_t no_salt[LEDGER_SALT];
	struct ledger_record r = {.state = LEDGER_STORED, .has_salt = true}, got;
	struct buf hold, row;
	(void)state;
	buf_init(&hold, 0);
	buf_init(&row, 0);
	id_of(r.rid, 1);
	memset(r.salt, 0xa5, sizeof(r.salt));
	assert_int_equal(ledger_record_put(s.txn, &r), 0);
	put_record(2, LEDGER_STORED);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_record_get(s.txn, r.rid, &hold, &got), 0);
	assert_true(got.has_salt);
	assert_memory_equal(got.salt, r.salt, sizeof(r.salt));
	assert_int_equal(ledger_record_put(s.txn, &got), 0);
	assert_int_equal(ledger_record_get(s.txn, r.rid, &hold, &got), 0);
	assert_memory_equal(got.salt, r.salt, sizeof(r.salt));
	assert_int_equal(ledger_record_get(s.txn, id_of(r.rid, 2), &hold, &got), 0);
	assert_false(got.has_salt);
	assert_memory_equal(got.salt, no_salt, sizeof(no_salt));
	/* a salt of another length, and an element too many */
	for (unsigned i = 0; i < 2; i++) {
		buf_reset(&row);
		mp_put_array(&row, 7 + i);
		mp_put_bin(&row, r.rid, 32);
		mp_put_bin(&row, r.rid, 32);
		mp_put_u64(&row, LEDGER_STORED);
		mp_put_u64(&row, 1);
		mp_put_bin(&row, "", 0);
		mp_put_bin(&row, "", 0);
		mp_put_bin(&row, r.salt, LEDGER_SALT - 1 + i);
		if (i)
			mp_put_nil(&row);
		assert_int_equal(vault_put_seq(s.txn, VAULT_TIMELINE, got.arrived, &row), 0);
		assert_int_equal(ledger_record_get(s.txn, r.rid, &hold, &got), ERR_CORRUPT);
	}
	buf_wipe(&row);
	buf_wipe(&hold);
}

static void test_record_remove(void **state)
{
	static const unsigned order[] = {1, 2};
	struct seen seen = {.numbers = order};
	struct ledger_record r;
	struct buf hold;
	uint8_t id[32];
	(void)state;
	buf_init(&hold, 0);
	for (unsigned i = 1; i <= 3; i++)
		put_record(i, LEDGER_STORED);
	assert_int_equal(ledger_record_remove(s.txn, id_of(id, 3)), 0);
	assert_int_equal(ledger_record_get(s.txn, id, &hold, &r), ERR_NOT_FOUND);
	assert_int_equal(ledger_record_remove(s.txn, id), ERR_NOT_FOUND);
	assert_int_equal(ledger_record_each(s.txn, see_record, &seen), 0);
	assert_int_equal(seen.n, 2);
	buf_wipe(&hold);
}

static void test_record_spoiled(void **state)
{
	struct seen seen = {0};
	struct ledger_record r;
	struct buf hold;
	uint8_t id[32];
	(void)state;
	buf_init(&hold, 0);
	put_record(1, LEDGER_STORED);
	put_record(2, LEDGER_STORED);
	put_record(3, LEDGER_STORED);
	scratch_vault_spoil_seq(&s, VAULT_TIMELINE, 1);
	assert_int_equal(ledger_record_get(s.txn, id_of(id, 1), &hold, &r), ERR_CORRUPT);
	assert_int_equal(ledger_record_each(s.txn, see_record, &seen), ERR_CORRUPT);
	scratch_vault_spoil(&s, VAULT_RECORD, id_of(id, 2), 32);
	assert_int_equal(ledger_record_get(s.txn, id, &hold, &r), ERR_CORRUPT);
	/* its place holds nothing, or another record */
	assert_int_equal(vault_get(s.txn, VAULT_RECORD, id_of(id, 3), 32, &hold), 0);
	assert_int_equal(vault_put(s.txn, VAULT_RECORD, id_of(id, 4), 32, &hold), 0);
	assert_int_equal(ledger_record_get(s.txn, id, &hold, &r), ERR_CORRUPT);
	assert_int_equal(vault_del_seq(s.txn, VAULT_TIMELINE, 3), 0);
	assert_int_equal(ledger_record_get(s.txn, id_of(id, 3), &hold, &r), ERR_CORRUPT);
	buf_wipe(&hold);
}

/* --- cursor, streams --- */

static void test_cursor(void **state)
{
	struct ledger_cursor put = {"generation", UINT64_MAX, "head"}, got;
	(void)state;
	assert_int_equal(ledger_cursor_get(s.txn, &got), ERR_NOT_FOUND);
	assert_int_equal(ledger_cursor_put(s.txn, &put), 0);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_cursor_get(s.txn, &got), 0);
	assert_memory_equal(&got, &put, sizeof(put));
	put.seq = 7;
	assert_int_equal(ledger_cursor_put(s.txn, &put), 0);
	assert_int_equal(ledger_cursor_get(s.txn, &got), 0);
	assert_int_equal(got.seq, 7);
	scratch_vault_spoil(&s, VAULT_CURSOR, "feed", 5);
	assert_int_equal(ledger_cursor_get(s.txn, &got), ERR_CORRUPT);
}

static void test_streams(void **state)
{
	struct stream in = {3, "in"}, out = {UINT64_MAX, "out"}, got;
	uint8_t id[32];
	(void)state;
	id_of(id, 1);
	assert_int_equal(ledger_stream_in_get(s.txn, id, &got), 0);
	assert_int_equal(got.seq, 0);
	assert_int_equal(ledger_stream_in_put(s.txn, id, &in), 0);
	assert_int_equal(ledger_stream_out_get(s.txn, id, &got), 0);
	assert_int_equal(got.seq, 0);
	assert_int_equal(ledger_stream_out_put(s.txn, id, &out), 0);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_stream_in_get(s.txn, id, &got), 0);
	assert_memory_equal(&got, &in, sizeof(in));
	assert_int_equal(ledger_stream_out_get(s.txn, id, &got), 0);
	assert_memory_equal(&got, &out, sizeof(out));
	scratch_vault_spoil(&s, VAULT_STREAM_IN, id, 16);
	assert_int_equal(ledger_stream_in_get(s.txn, id, &got), ERR_CORRUPT);
	assert_int_equal(ledger_stream_out_get(s.txn, id, &got), 0);
}

/* --- aside --- */

static int see_aside(void *arg, const struct ledger_aside *a)
{
	unsigned *n = arg;
	uint8_t id[32];
	++*n;
	assert_memory_equal(a->rid, id_of(id, *n), 32);
	assert_int_equal(a->err, *n == 1 ? ERR_SIGNATURE : ERR_SCHEMA);
	assert_int_equal(a->feed_seq, *n * 2);
	assert_int_equal(a->at_ms, *n * 3);
	assert_int_equal(a->record_len, 3);
	assert_memory_equal(a->record, "bad", 3);
	assert_int_equal(a->payload_len, *n == 1 ? 0 : 4);
	return 0;
}

static void test_aside(void **state)
{
	unsigned n = 0;
	(void)state;
	for (unsigned i = 1; i <= 2; i++) {
		struct ledger_aside a = {.err = i == 1 ? ERR_SIGNATURE : ERR_SCHEMA, .feed_seq = i * 2, .at_ms = i * 3};
		id_of(a.rid, i);
		a.record = (const uint8_t *)"bad";
		a.record_len = 3;
		a.payload = i == 1 ? NULL : (const uint8_t *)"load";
		a.payload_len = i == 1 ? 0 : 4;
		assert_int_equal(ledger_aside_put(s.txn, &a), 0);
	}
	scratch_vault_commit(&s);
	assert_int_equal(ledger_aside_each(s.txn, see_aside, &n), 0);
	assert_int_equal(n, 2);
	n = 0;
	scratch_vault_spoil_seq(&s, VAULT_ASIDE, 2);
	assert_int_equal(ledger_aside_each(s.txn, see_aside, &n), ERR_CORRUPT);
	assert_int_equal(n, 1);
}

static void test_aside_places(void **state)
{
	struct ledger_aside a = {.err = ERR_STREAM,
	                         .waits = true,
	                         .feed_seq = 7,
	                         .at_ms = 9,
	                         .record = (const uint8_t *)"bad"},
	                    got;
	struct buf hold;
	uint8_t id[32];
	(void)state;
	buf_init(&hold, 0);
	a.record_len = 3;
	id_of(a.rid, 1);
	id_of(a.wants, 2);
	assert_false(ledger_aside_has(s.txn, a.rid));
	assert_int_equal(ledger_aside_get(s.txn, a.rid, &hold, &got), ERR_NOT_FOUND);
	assert_int_equal(ledger_aside_note(s.txn, &a), ERR_NOT_FOUND);
	assert_int_equal(ledger_aside_remove(s.txn, a.rid), ERR_NOT_FOUND);
	assert_int_equal(ledger_aside_put(s.txn, &a), 0);
	assert_int_equal(ledger_aside_put(s.txn, &a), ERR_EXISTS);
	scratch_vault_commit(&s);
	assert_true(ledger_aside_has(s.txn, a.rid));
	assert_int_equal(ledger_aside_get(s.txn, a.rid, &hold, &got), 0);
	assert_int_equal(got.err, ERR_STREAM);
	assert_memory_equal(got.wants, id_of(id, 2), 32);
	assert_false(got.counted);
	a.err = ERR_OPEN;
	a.counted = true;
	a.before.seq = UINT64_MAX;
	id_of(a.before.rid, 3);
	memset(a.wants, 0, 32);
	a.record = NULL; /* a note leaves the bytes */
	a.record_len = 0;
	assert_int_equal(ledger_aside_note(s.txn, &a), 0);
	assert_int_equal(ledger_aside_get(s.txn, a.rid, &hold, &got), 0);
	assert_int_equal(got.err, ERR_OPEN);
	assert_true(got.counted);
	assert_memory_equal(&got.before, &a.before, sizeof(a.before));
	assert_memory_equal(got.wants, a.wants, 32);
	assert_int_equal(got.feed_seq, 7);
	assert_memory_equal(got.record, "bad", got.record_len);
	assert_int_equal(ledger_aside_remove(s.txn, a.rid), 0);
	assert_false(ledger_aside_has(s.txn, a.rid));
	assert_int_equal(ledger_aside_count(s.txn), 0);
	assert_int_equal(ledger_aside_put(s.txn, &a), 0);
	assert_int_equal(ledger_aside_get(s.txn, a.rid, &hold, &got), 0);
	buf_wipe(&hold);
}

/* Rows of an earlier version have six elements and are found by rid once they were counted. */
static void test_aside_of_before(void **state)
{
	struct ledger_aside got, a = {.err = ERR_SCHEMA, .waits = true};
	struct buf row, hold;
	uint8_t id[32];
	(void)state;
	buf_init(&row, 0);
	buf_init(&hold, 0);
	for (unsigned i = 1; i <= 3; i++) {
		buf_reset(&row);
		mp_put_array(&row, i == 3 ? 7 : 6);
		mp_put_bin(&row, id_of(id, i), 32);
		mp_put_i64(&row, ERR_SCHEMA);
		mp_put_u64(&row, i);
		mp_put_u64(&row, i);
		mp_put_bin(&row, "bad", 3);
		mp_put_bin(&row, "", 0);
		if (i == 3)
			mp_put_nil(&row);
		if (i < 3)
			assert_int_equal(vault_append(s.txn, VAULT_ASIDE, &row, NULL), 0);
	}
	assert_false(ledger_aside_has(s.txn, id_of(id, 2)));
	assert_int_equal(ledger_aside_index(s.txn), 0);
	assert_int_equal(ledger_aside_index(s.txn), 0);
	assert_int_equal(ledger_aside_get(s.txn, id_of(id, 2), &hold, &got), 0);
	assert_false(got.counted);
	assert_int_equal(ledger_aside_remove(s.txn, id_of(id, 1)), 0);
	id_of(a.rid, 2);
	assert_int_equal(ledger_aside_put(s.txn, &a), ERR_EXISTS);
	assert_int_equal(vault_put_seq(s.txn, VAULT_ASIDE, got.seq, &row), 0);
	assert_int_equal(ledger_aside_get(s.txn, id_of(id, 2), &hold, &got), ERR_CORRUPT);
	buf_wipe(&row);
	buf_wipe(&hold);
}

static void test_aside_limits(void **state)
{
	struct ledger_aside a = {.err = ERR_SCHEMA, .waits = true};
	(void)state;
	a.payload_len = (size_t)4000000;
	a.payload = calloc(1, a.payload_len);
	for (unsigned i = 0; i < LEDGER_ASIDE_BYTES / 4000000; i++) {
		id_of(a.rid, i + 1);
		assert_int_equal(ledger_aside_put(s.txn, &a), 0);
	}
	id_of(a.rid, 100);
	assert_int_equal(ledger_aside_put(s.txn, &a), ERR_ASIDE_FULL);
	assert_false(ledger_aside_has(s.txn, a.rid));
	a.payload_len = LEDGER_ASIDE_BYTES % 4000000;
	assert_int_equal(ledger_aside_put(s.txn, &a), 0);
	id_of(a.rid, 101);
	a.payload_len = 1;
	assert_int_equal(ledger_aside_put(s.txn, &a), ERR_ASIDE_FULL);
	id_of(a.rid, 1);
	assert_int_equal(ledger_aside_remove(s.txn, a.rid), 0);
	id_of(a.rid, 101);
	assert_int_equal(ledger_aside_put(s.txn, &a), 0);
	a.payload_len = 0;
	for (unsigned i = (unsigned)ledger_aside_count(s.txn); i < LEDGER_ASIDE_ROWS; i++) {
		id_of(a.rid, 1000 + i);
		assert_int_equal(ledger_aside_put(s.txn, &a), 0);
	}
	id_of(a.rid, 102);
	assert_int_equal(ledger_aside_put(s.txn, &a), ERR_ASIDE_FULL);
	assert_int_equal(ledger_aside_move(s.txn, &a), 0);
	free((void *)(uintptr_t)a.payload);
}

static void test_cuts(void **state)
{
	struct stream cut = {UINT64_MAX - 5, "cut"}, got;
	uint8_t id[32];
	(void)state;
	id_of(id, 1);
	assert_int_equal(ledger_cut_get(s.txn, id, &got), ERR_NOT_FOUND);
	assert_int_equal(ledger_cut_put(s.txn, id, &cut), 0);
	assert_int_equal(ledger_cut_get(s.txn, id, &got), 0);
	assert_memory_equal(&got, &cut, sizeof(cut));
	assert_int_equal(ledger_fact_put(s.txn, "cut", id, 16, "short", 5), 0);
	assert_int_equal(ledger_cut_get(s.txn, id, &got), ERR_CORRUPT);
}

/* --- receipts --- */

static void test_receipts(void **state)
{
	const uint8_t sig[64] = {1, 2, 3}, other[64] = {9};
	const uint8_t *statement = (const uint8_t *)"statement";
	uint8_t id[32], got_sig[64];
	uint64_t time_ms, rows;
	struct buf got;
	(void)state;
	buf_init(&got, 0);
	assert_int_equal(ledger_receipt_time(s.txn, id_of(id, 1), &time_ms), ERR_NOT_FOUND);
	assert_int_equal(ledger_receipt_get(s.txn, id, &got, got_sig), ERR_NOT_FOUND);
	assert_int_equal(ledger_receipt_put(s.txn, id_of(id, 1), statement, 9, sig, 1234), 0);
	assert_int_equal(ledger_receipt_put(s.txn, id_of(id, 2), statement, 9, sig, 1234), 0);
	assert_int_equal(ledger_receipt_put(s.txn, id_of(id, 3), statement, 5, other, 99), 0);
	scratch_vault_commit(&s);
	assert_int_equal(vault_count(s.txn, VAULT_RECEIPT, &rows), 0);
	assert_int_equal(rows, 3 + 2);
	assert_int_equal(ledger_receipt_time(s.txn, id_of(id, 2), &time_ms), 0);
	assert_int_equal(time_ms, 1234);
	assert_int_equal(ledger_receipt_get(s.txn, id, &got, got_sig), 0);
	assert_memory_equal(got_sig, sig, 64);
	assert_int_equal(got.len, 9);
	assert_memory_equal(got.data, statement, 9);
	assert_int_equal(ledger_receipt_get(s.txn, id_of(id, 3), &got, got_sig), 0);
	assert_int_equal(got.len, 5);
	scratch_vault_spoil(&s, VAULT_RECEIPT, id_of(id, 2), 32);
	assert_int_equal(ledger_receipt_time(s.txn, id, &time_ms), ERR_CORRUPT);
	assert_int_equal(vault_del(s.txn, VAULT_RECEIPT, other, 64), 0);
	assert_int_equal(ledger_receipt_get(s.txn, id_of(id, 3), &got, got_sig), ERR_CORRUPT);
	buf_wipe(&got);
}

/* --- numbers --- */

static void test_numbers(void **state)
{
	const uint8_t ana[16] = {1}, rk[16] = {2};
	uint8_t id[32];
	uint32_t n;
	(void)state;
	assert_int_equal(ledger_number(s.txn, ana, id_of(id, 1), false, &n), ERR_NOT_FOUND);
	assert_int_equal(n, 0);
	assert_int_equal(ledger_number(s.txn, ana, id_of(id, 1), true, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(ledger_number(s.txn, ana, id_of(id, 2), true, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ledger_number(s.txn, rk, id_of(id, 1), true, &n), 0);
	assert_int_equal(n, 1);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_number(s.txn, ana, id_of(id, 2), true, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ledger_number(s.txn, ana, id_of(id, 3), false, &n), ERR_NOT_FOUND);
	assert_int_equal(ledger_number(s.txn, ana, id_of(id, 3), true, &n), 0);
	assert_int_equal(n, 3);
	scratch_vault_spoil(&s, VAULT_NUMBER, rk, 16);
	assert_int_equal(ledger_number(s.txn, rk, id_of(id, 1), true, &n), 0);
	assert_int_equal(ledger_number(s.txn, rk, id_of(id, 2), true, &n), ERR_CORRUPT);
}

static void test_numbers_end(void **state)
{
	static const uint8_t last[] = {0x91, 0xce, 0xff, 0xff, 0xff, 0xff};
	const uint8_t row[16] = {3};
	uint8_t id[32];
	struct buf value;
	uint32_t n;
	(void)state;
	buf_init(&value, 0);
	assert_int_equal(buf_put(&value, last, sizeof(last)), 0);
	assert_int_equal(vault_put(s.txn, VAULT_NUMBER, row, sizeof(row), &value), 0);
	assert_int_equal(ledger_number(s.txn, row, id_of(id, 1), true, &n), ERR_RANGE);
	buf_wipe(&value);
}

/* --- facts --- */

static void test_facts(void **state)
{
	char name[96] = {0};
	uint8_t id[32];
	struct buf value;
	(void)state;
	buf_init(&value, 0);
	id_of(id, 1);
	assert_int_equal(ledger_fact_get(s.txn, "opened", id, 32, &value), ERR_NOT_FOUND);
	assert_int_equal(ledger_fact_put(s.txn, "opened", id, 32, "yes", 3), 0);
	assert_int_equal(ledger_fact_put(s.txn, "opened", NULL, 0, NULL, 0), 0);
	scratch_vault_commit(&s);
	assert_int_equal(ledger_fact_get(s.txn, "opened", id, 32, &value), 0);
	assert_int_equal(value.len, 3);
	assert_memory_equal(value.data, "yes", 3);
	assert_int_equal(ledger_fact_get(s.txn, "opened", NULL, 0, &value), 0);
	assert_int_equal(value.len, 0);
	assert_int_equal(ledger_fact_get(s.txn, "open", id, 32, &value), ERR_NOT_FOUND);
	memset(name, 'n', 63);
	assert_int_equal(ledger_fact_put(s.txn, name, id, 32, "x", 1), 0);
	assert_int_equal(ledger_fact_get(s.txn, name, id, 32, &value), 0);
	name[63] = 'n';
	assert_int_equal(ledger_fact_put(s.txn, name, id, 32, "x", 1), ERR_RANGE);
	assert_int_equal(ledger_fact_get(s.txn, name, id, 32, &value), ERR_RANGE);
	buf_wipe(&value);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_pending),       TEST(test_pending_limits), TEST(test_walks_end),       TEST(test_pending_spoiled),
	    TEST(test_sealed),        TEST(test_outbox),         TEST(test_records),         TEST(test_record_salt),
	    TEST(test_record_remove), TEST(test_record_spoiled), TEST(test_cursor),          TEST(test_streams),
	    TEST(test_aside),         TEST(test_aside_places),   TEST(test_aside_of_before), TEST(test_aside_limits),
	    TEST(test_cuts),          TEST(test_receipts),       TEST(test_numbers),         TEST(test_numbers_end),
	    TEST(test_facts),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
