/* What a reader does when a stream is not whole: holes, dropped records, links it has not seen, devices that were put
 * out, wraps that are gone, records by its own device that it did not write. Ana writes with two devices, Jo's device
 * pulls from a server that is a thread. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/care/kinds.h"
#include "client/sync/pull.h"
#include "client/sync/rpc.h"
#include "client/sync/seal.h"
#include "client/vault.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/unit/support/phones.h"
#include "tests/unit/support/sync_server.h"

static const uint8_t zero[32];

static struct sync_cast cast;
static struct sync_device jo;
static struct sync_server server;
static struct fold *fold;
static struct phones *ana;
static struct phone *phone; /* Ana's second */
static unsigned renewed, hidden;

/* --- Ana --- */

static void show_links(void)
{
	for (size_t i = cast.n_more + 1; i < ana->n_links; i++)
		sync_cast_grow(&cast, cast.ana, &ana->links[i]);
}

/* Jo's device learns all links there are. */
static void learn(void)
{
	sync_device_links(&jo, &cast, cast.jo);
	fold_free(fold);
	fold = sync_device_fold(&jo);
}

static int renew(void *arg, const struct fold **out)
{
	(void)arg;
	renewed++;
	learn();
	*out = fold;
	return 0;
}

struct by {
	const struct phone *phone;
	const uint8_t *head; /* NULL: as it is now */
	uint64_t seq;
	const uint8_t *prev;
};

static void begin_draft(struct sync_draft *d, const struct by *by)
{
	sync_draft(d, &cast, cast.ana, &cast.jo, 1);
	sync_draft_place(d, by->seq, by->prev);
	d->o.did = by->phone->did;
	d->o.sign_seed = by->phone->secret.sign;
	d->o.chain_head = by->head ? by->head : keychain_head_hash(cast.ana->chain);
}

static void end_draft(struct sync_draft *d, struct sync_record *r)
{
	sync_draft_seal(d, r);
	sync_record_serve(r, cast.jo, false);
	sync_draft_end(d);
}

static void entry(const struct by *by, struct sync_record *r)
{
	struct sync_draft d;
	begin_draft(&d, by);
	end_draft(&d, r);
}

static void feed(const struct sync_record *r)
{
	sync_server_add(&server, FEED_RECORD, r);
}

/* A run of entries in one stream; those whose bit in `feed_mask` is set enter the feed. */
static void run_of(const struct phone *by, struct sync_record *r, unsigned n, unsigned feed_mask)
{
	for (unsigned i = 0; i < n; i++) {
		entry(&(struct by){by, NULL, i + 1, i ? r[i - 1].rid : zero}, &r[i]);
		if (feed_mask & 1U << i)
			feed(&r[i]);
	}
}

static void end_run(struct sync_record *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sync_record_end(&r[i]);
}

/* The server has it, but not in the feed. */
static struct sync_entry *hide(const struct sync_record *r)
{
	struct sync_entry *at = &server.feed[SYNC_FEED - ++hidden];
	feed(r);
	*at = server.feed[--server.n_feed];
	memset(&server.feed[server.n_feed], 0, sizeof(server.feed[0]));
	return at;
}

/* --- Jo --- */

static int pull_as(struct pull_result *result, bool may_renew)
{
	struct rpc_opts where = {.host = "127.0.0.1", .port = server.port, .timeout_s = 5};
	struct pull_opts o = {.vault = jo.at.vault, .id = jo.id, .fold = fold, .log_public = cast.pp.log_pub};
	if (may_renew)
		o.renew = renew;
	where.tls_seed = jo.id->device.tls;
	assert_int_equal(rpc_open(&where, &o.rpc), 0);
	int err = pull_feed(&o, result);
	rpc_close(o.rpc);
	return err;
}

struct counts {
	size_t pulled, withdrawn, aside, held;
	int err;
};

static void pull(const struct counts *want)
{
	struct pull_result got;
	assert_int_equal(pull_as(&got, true), 0);
	if (got.pulled != want->pulled || got.withdrawn != want->withdrawn || got.aside != want->aside ||
	    got.held != want->held || got.aside_err != want->err)
		fail_msg("%zu pulled, %zu withdrawn, %zu aside (%s), %zu held", got.pulled, got.withdrawn, got.aside,
		         err_name(got.aside_err), got.held);
}

static void aside_rows(size_t n)
{
	sync_device_begin(&jo);
	size_t got = ledger_aside_count(jo.at.txn);
	sync_device_commit(&jo);
	assert_int_equal(got, n);
}

static uint8_t state_of(const uint8_t *rid, bool *content)
{
	struct ledger_record row;
	struct buf hold;
	buf_init(&hold, 0);
	sync_device_begin(&jo);
	int err = ledger_record_get(jo.at.txn, rid, &hold, &row);
	sync_device_commit(&jo);
	*content = !err && row.content_len > 0;
	buf_wipe(&hold);
	return err ? 0 : row.state;
}

static bool is_here(const struct sync_record *r)
{
	bool content;
	return state_of(r->rid, &content) == LEDGER_STORED && content;
}

static int setup(void **state)
{
	(void)state;
	renewed = hidden = 0;
	sync_cast_begin(&cast, 0);
	ana = phones_new(&cast.pp, cast.ana);
	phone = phones_add(ana, &ana->all[0]);
	show_links();
	sync_device_open(&jo, &cast, cast.jo, true);
	fold = sync_device_fold(&jo);
	sync_server_start(&server, &cast, cast.jo, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = server.n_feed; i < SYNC_FEED; i++) {
		buf_wipe(&server.feed[i].record);
		buf_wipe(&server.feed[i].payload);
	}
	sync_server_stop(&server);
	fold_free(fold);
	sync_device_close(&jo);
	phones_free(ana);
	sync_cast_end(&cast);
	return 0;
}

/* --- holes and dropped records --- */

static void test_control(void **state)
{
	struct sync_record r[3], s;
	(void)state;
	run_of(&ana->all[0], r, 3, 7);
	entry(&(struct by){phone, NULL, 1, zero}, &s); /* each device has a stream of its own */
	feed(&s);
	pull(&(struct counts){.pulled = 4});
	assert_int_equal(renewed, 0);
	assert_int_equal(server.asked[MSG_OP_FETCH], 0);
	aside_rows(0);
	end_run(r, 3);
	sync_record_end(&s);
}

static void test_dropped_is_fetched(void **state)
{
	struct sync_record r[5];
	(void)state;
	run_of(phone, r, 5, 1 | 1 << 4);
	hide(&r[1]);
	struct sync_entry *middle = hide(&r[2]);
	hide(&r[3]);
	middle->lost = true; /* the server says that it has not got it */
	pull(&(struct counts){.pulled = 1, .aside = 2, .err = ERR_STREAM});
	assert_int_equal(server.asked[MSG_OP_FETCH], 2);
	aside_rows(2);
	/* nothing new: it is asked for once in each exchange, and told no more */
	pull(&(struct counts){0});
	assert_int_equal(server.asked[MSG_OP_FETCH], 3);
	middle->lost = false;
	pull(&(struct counts){.pulled = 4});
	aside_rows(0);
	for (unsigned i = 0; i < 5; i++)
		assert_true(is_here(&r[i]));
	end_run(r, 5);
}

/* What comes in another order than it was written is read in the right one. */
static void test_other_order(void **state)
{
	struct sync_record r[4];
	(void)state;
	run_of(phone, r, 4, 0);
	feed(&r[3]);
	feed(&r[1]);
	feed(&r[2]);
	feed(&r[0]);
	pull(&(struct counts){.pulled = 4});
	aside_rows(0);
	end_run(r, 4);
}

/* A wrap that does not open is a hole that the next one counts; one that does not count it is out of order. */
static void test_hole(void **state)
{
	struct sync_record r, hole, next, wrong;
	struct sync_draft d;
	(void)state;
	entry(&(struct by){phone, NULL, 1, zero}, &r);
	begin_draft(&d, &(struct by){phone, NULL, 2, r.rid});
	d.to[1].key = cast.osei->epoch.seal_public;
	end_draft(&d, &hole);
	entry(&(struct by){phone, NULL, 2, r.rid}, &wrong);
	entry(&(struct by){phone, NULL, 3, hole.rid}, &next);
	feed(&r);
	feed(&hole);
	feed(&wrong);
	feed(&next);
	pull(&(struct counts){.pulled = 2, .aside = 2, .err = ERR_OPEN});
	assert_true(is_here(&next) && !is_here(&hole) && !is_here(&wrong));
	sync_record_end(&r);
	sync_record_end(&hole);
	sync_record_end(&next);
	sync_record_end(&wrong);
}

/* The hole is filled when the epoch comes that it was sealed to. */
static void test_hole_filled(void **state)
{
	struct sync_record r[2];
	struct sync_draft d;
	uint8_t seed[32] = {5};
	struct epoch_keys keys;
	(void)state;
	assert_int_equal(epoch_derive(seed, &keys), 0);
	begin_draft(&d, &(struct by){phone, NULL, 1, zero});
	d.to[1].key = keys.seal_public;
	d.to[1].epoch = 2;
	end_draft(&d, &r[0]);
	entry(&(struct by){phone, NULL, 2, r[0].rid}, &r[1]);
	feed(&r[0]);
	feed(&r[1]);
	pull(&(struct counts){.pulled = 1, .aside = 1, .err = ERR_OPEN});
	jo.id->epochs[1].epoch = 2;
	memcpy(jo.id->epochs[1].seed, seed, 32);
	jo.id->n_epochs = 2;
	pull(&(struct counts){.pulled = 1});
	assert_true(is_here(&r[0]));
	aside_rows(0);
	end_run(r, 2);
}

/* Wrong bytes are told at once, and asked for again in the next exchange; the wrong ones stay as evidence. */
static void test_wrong_bytes(void **state)
{
	struct sync_record r[2];
	(void)state;
	run_of(phone, r, 2, 3);
	server.feed[0].payload.data[100] ^= 1;
	pull(&(struct counts){.pulled = 1, .aside = 1, .err = ERR_HASH});
	assert_true(is_here(&r[1]));
	pull(&(struct counts){0});
	server.feed[0].payload.data[100] ^= 1;
	pull(&(struct counts){.pulled = 1});
	assert_true(is_here(&r[0]));
	aside_rows(1);
	pull(&(struct counts){0});
	end_run(r, 2);
}

/* --- links --- */

static void test_new_device(void **state)
{
	struct sync_record r[2], s;
	struct pull_result got;
	(void)state;
	struct phone *third = phones_add(ana, &ana->all[0]);
	show_links();
	run_of(third, r, 2, 3);
	entry(&(struct by){phone, keychain_hash_at(cast.ana->chain, 1), 1, zero}, &s);
	feed(&s);
	/* a server that has not got the link cannot show it */
	assert_int_equal(pull_as(&got, false), 0);
	assert_int_equal(got.pulled, 1);
	assert_int_equal(got.aside, 2);
	assert_int_equal(got.aside_err, ERR_ROLLBACK);
	aside_rows(2);
	assert_int_equal(pull_as(&got, false), 0);
	assert_int_equal(got.aside, 0);
	/* it comes with the chains of another exchange */
	learn();
	assert_int_equal(pull_as(&got, false), 0);
	assert_int_equal(got.pulled, 2);
	aside_rows(0);
	end_run(r, 2);
	sync_record_end(&s);
}

static void test_chains_read_again(void **state)
{
	struct sync_record r[2];
	(void)state;
	struct phone *third = phones_add(ana, &ana->all[0]);
	show_links();
	run_of(third, r, 2, 3);
	pull(&(struct counts){.pulled = 2});
	assert_int_equal(renewed, 1);
	aside_rows(0);
	end_run(r, 2);
}

/* A head that is nowhere is asked for once. */
static void test_no_such_link(void **state)
{
	static const uint8_t head[32] = {9};
	struct sync_record r, s;
	(void)state;
	entry(&(struct by){phone, head, 1, zero}, &r);
	entry(&(struct by){&ana->all[0], NULL, 1, zero}, &s);
	feed(&r);
	feed(&s);
	pull(&(struct counts){.pulled = 1, .aside = 1, .err = ERR_ROLLBACK});
	assert_int_equal(renewed, 1);
	/* and a device that was not there yet, or not any more, at that link wrote nothing */
	sync_record_end(&r);
	entry(&(struct by){phone, cast.ana->genesis, 1, zero}, &r);
	feed(&r);
	pull(&(struct counts){.aside = 1, .err = ERR_AUTHOR});
	sync_record_end(&r);
	sync_record_end(&s);
}

/* --- devices that were put out --- */

struct word {
	struct by by;
	const struct person *also; /* in the audience */
	const uint8_t *did;
	uint64_t seq;
	const uint8_t *rid;
};

static void stream_end(const struct word *w, struct sync_record *r)
{
	struct content_head head = {.kind = CONTENT_STREAM_END, .item = {3}, .at_ms = 1, .made_ms = 1};
	struct content *c = content_new(&head);
	struct sync_draft d;
	begin_draft(&d, &w->by);
	d.o.class = RECORD_CONTROL;
	assert_int_equal(content_set_bin(c, CONTENT_ENDED_DEVICE, w->did, 16), 0);
	assert_int_equal(content_set_u64(c, CONTENT_LAST_SEQ, w->seq), 0);
	assert_int_equal(content_set_bin(c, CONTENT_LAST_RID, w->rid, 32), 0);
	buf_reset(&d.content);
	assert_int_equal(content_encode(c, &care_kinds, &d.content), 0);
	content_free(c);
	if (w->also) {
		d.to[2] = d.to[1];
		d.to[2].pid = w->also->genesis;
		d.to[2].key = w->also->epoch.seal_public;
		d.o.n_to = 3;
	}
	end_draft(&d, r);
}

static void put_out(void)
{
	phones_revoke(ana, &ana->all[0], phone);
	show_links();
	learn();
}

/* Held until word comes; then up to the cut, and no further. */
static void test_removed_held(void **state)
{
	struct sync_record r[4], word;
	(void)state;
	run_of(phone, r, 4, 15);
	put_out();
	pull(&(struct counts){.held = 4});
	pull(&(struct counts){0});
	aside_rows(4);
	stream_end(&(struct word){{&ana->all[0], NULL, 1, zero}, NULL, phone->did, 2, r[1].rid}, &word);
	feed(&word);
	pull(&(struct counts){.pulled = 3, .aside = 2, .err = ERR_BEYOND});
	assert_true(is_here(&r[0]) && is_here(&r[1]) && !is_here(&r[2]) && !is_here(&r[3]));
	aside_rows(2);
	end_run(r, 4);
	sync_record_end(&word);
}

/* What had been read before the word came goes out of view, and comes back when the word is corrected. */
static void test_removed_later(void **state)
{
	struct sync_record r[4], word[2];
	bool content;
	(void)state;
	run_of(phone, r, 4, 7);
	pull(&(struct counts){.pulled = 3});
	put_out();
	feed(&r[3]);
	pull(&(struct counts){.held = 1});
	stream_end(&(struct word){{&ana->all[0], NULL, 1, zero}, NULL, phone->did, 1, r[0].rid}, &word[0]);
	feed(&word[0]);
	pull(&(struct counts){.pulled = 1, .aside = 1, .err = ERR_BEYOND});
	assert_true(is_here(&r[0]) && !is_here(&r[1]) && !is_here(&r[2]));
	assert_int_equal(state_of(r[2].rid, &content), 0);
	aside_rows(3);
	stream_end(&(struct word){{&ana->all[0], NULL, 2, word[0].rid}, NULL, phone->did, 3, r[2].rid}, &word[1]);
	feed(&word[1]);
	pull(&(struct counts){.pulled = 3});
	assert_true(is_here(&r[1]) && is_here(&r[2]) && !is_here(&r[3]));
	aside_rows(1);
	end_run(r, 4);
	end_run(word, 2);
}

/* Another record stands where the stream ends: neither counts. */
static void test_removed_fork(void **state)
{
	struct sync_record r[3], word;
	(void)state;
	run_of(phone, r, 3, 7);
	pull(&(struct counts){.pulled = 3});
	put_out();
	stream_end(&(struct word){{&ana->all[0], NULL, 1, zero}, NULL, phone->did, 2, cast.jo->genesis}, &word);
	feed(&word);
	pull(&(struct counts){.pulled = 1});
	assert_true(is_here(&r[0]) && !is_here(&r[1]) && !is_here(&r[2]));
	end_run(r, 3);
	sync_record_end(&word);
}

/* Whose word does not count: the device's own, another person's, one from before, one that more people can read. */
static void test_removed_false_words(void **state)
{
	struct sync_record r[2], word;
	(void)state;
	struct phone *third = phones_add(ana, &ana->all[0]);
	show_links();
	const uint8_t *before = keychain_hash_at(cast.ana->chain, 2);
	run_of(phone, r, 2, 3);
	stream_end(&(struct word){{phone, before, 3, r[1].rid}, NULL, phone->did, 0, zero}, &word);
	feed(&word);
	sync_record_end(&word);
	put_out();
	stream_end(&(struct word){{third, before, 1, zero}, NULL, phone->did, 1, r[0].rid}, &word);
	feed(&word);
	uint8_t last[32];
	memcpy(last, word.rid, 32);
	sync_record_end(&word);
	stream_end(&(struct word){{third, NULL, 2, last}, cast.osei, phone->did, 1, r[0].rid}, &word);
	feed(&word);
	memcpy(last, word.rid, 32);
	sync_record_end(&word);
	/* about a device that is still in */
	stream_end(&(struct word){{third, NULL, 3, last}, NULL, ana->all[0].did, 0, zero}, &word);
	feed(&word);
	pull(&(struct counts){.pulled = 3, .held = 3});
	assert_true(!is_here(&r[0]));
	/* control */
	memcpy(last, word.rid, 32);
	sync_record_end(&word);
	stream_end(&(struct word){{third, NULL, 4, last}, NULL, phone->did, 2, r[1].rid}, &word);
	feed(&word);
	pull(&(struct counts){.pulled = 3, .aside = 1, .err = ERR_BEYOND});
	assert_true(is_here(&r[0]) && is_here(&r[1]));
	end_run(r, 2);
	sync_record_end(&word);
}

/* --- wraps that are gone --- */

static void test_withheld(void **state)
{
	struct sync_record r[2], word;
	struct sync_draft d;
	struct buf list;
	bool content;
	(void)state;
	run_of(phone, r, 2, 0);
	sync_record_serve(&r[0], cast.jo, true);
	feed(&r[0]);
	feed(&r[1]);
	pull(&(struct counts){.pulled = 1, .aside = 1, .err = ERR_WITHHELD});
	struct content_head head = {.kind = CONTENT_UNSHARE, .item = {8}, .at_ms = 1, .made_ms = 1};
	struct content *c = content_new(&head);
	begin_draft(&d, &(struct by){phone, NULL, 3, r[1].rid});
	buf_init(&list, 0);
	mp_put_array(&list, 1);
	mp_put_bin(&list, cast.jo->genesis, 16);
	assert_int_equal(content_set_bin(c, CONTENT_UNSHARED_ITEM, "0123456789abcdef", 16), 0);
	assert_int_equal(content_set_array(c, CONTENT_UNSHARED_FROM, list.data, list.len), 0);
	buf_wipe(&list);
	buf_reset(&d.content);
	assert_int_equal(content_encode(c, &care_kinds, &d.content), 0);
	content_free(c);
	d.o.op = RECORD_UNSHARE;
	d.o.targets = (const uint8_t(*)[32])r[0].rid;
	d.o.n_targets = 1;
	end_draft(&d, &word);
	feed(&word);
	pull(&(struct counts){.pulled = 1, .withdrawn = 1});
	assert_int_equal(state_of(r[0].rid, &content), LEDGER_WITHDRAWN);
	aside_rows(0);
	end_run(r, 2);
	sync_record_end(&word);
}

/* --- no room --- */

static void fill(size_t bytes, uint8_t n)
{
	struct ledger_aside a = {.err = ERR_SCHEMA, .rid = {n}, .payload_len = bytes};
	uint8_t *payload = calloc(1, bytes);
	assert_non_null(payload);
	a.payload = payload;
	assert_int_equal(ledger_aside_put(jo.at.txn, &a), 0);
	free(payload);
}

static void test_no_room(void **state)
{
	struct sync_record r[4];
	struct pull_result got;
	struct ledger_cursor at;
	(void)state;
	run_of(phone, r, 4, 15);
	for (unsigned i = 1; i < 3; i++) {
		server.feed[i].payload.data[100] ^= 1;
		server.feed[i].lost = true;
	}
	sync_device_begin(&jo);
	for (uint8_t i = 0; i < 16; i++)
		fill(4000000, (uint8_t)(i + 1));
	/* room for one */
	size_t one = server.feed[1].record.len + server.feed[1].payload.len;
	fill(LEDGER_ASIDE_BYTES - 16 * (size_t)4000000 - one - one / 2, 99);
	sync_device_commit(&jo);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(pull_as(&got, true), ERR_ASIDE_FULL);
		assert_int_equal(got.pulled, again ? 0 : 1);
		assert_int_equal(got.aside, again ? 0 : 1);
		sync_device_begin(&jo);
		assert_int_equal(ledger_cursor_get(jo.at.txn, &at), 0);
		sync_device_commit(&jo);
		assert_int_equal(at.seq, 2);
	}
	/* what was wrong is shown right: there is room again, and nothing was lost */
	server.feed[1].payload.data[100] ^= 1;
	server.feed[2].payload.data[100] ^= 1;
	server.feed[1].lost = false;
	pull(&(struct counts){.pulled = 3});
	for (unsigned i = 0; i < 4; i++)
		assert_true(is_here(&r[i]));
	end_run(r, 4);
}

/* --- one's own device --- */

static void stream_out(const struct person *to, uint64_t seq, const uint8_t *rid)
{
	struct stream s;
	sync_device_begin(&jo);
	assert_int_equal(ledger_stream_out_get(jo.at.txn, to->genesis, &s), 0);
	sync_device_commit(&jo);
	assert_int_equal(s.seq, seq);
	assert_memory_equal(s.rid, rid, 32);
}

static void write_pending(const char *text)
{
	struct ledger_pending p = {.record_class = RECORD_SHARED, .n_audience = 1, .lid = {1}};
	struct buf content;
	buf_init(&content, 0);
	sync_content(text, &content);
	memcpy(p.audience[0], cast.ana->genesis, 16);
	p.content = content.data;
	p.content_len = content.len;
	sync_device_begin(&jo);
	assert_int_equal(ledger_pending_add(jo.at.txn, &p), 0);
	sync_device_commit(&jo);
	buf_wipe(&content);
}

static void waits(size_t pending, size_t outbox)
{
	sync_device_begin(&jo);
	size_t p = ledger_pending_count(jo.at.txn), o = ledger_outbox_count(jo.at.txn);
	sync_device_commit(&jo);
	assert_int_equal(p, pending);
	assert_int_equal(o, outbox);
}

static void by_jo(struct sync_record *r, uint64_t seq, const uint8_t *prev)
{
	struct sync_draft d;
	sync_draft(&d, &cast, cast.jo, &cast.ana, 1);
	sync_draft_place(&d, seq, prev);
	sync_draft_seal(&d, r);
	sync_draft_end(&d);
}

/* An older state of the device: it goes on behind what it finds, and does not seal again what it finds sent. */
static void test_older_state(void **state)
{
	struct sync_record r[2];
	struct pull_result got;
	(void)state;
	write_pending("The morning after."); /* as by_jo writes it */
	by_jo(&r[0], 1, zero);
	by_jo(&r[1], 2, r[0].rid);
	feed(&r[0]);
	feed(&r[1]);
	assert_int_equal(pull_as(&got, true), 0);
	assert_true(got.twin);
	assert_int_equal(got.pulled, 2);
	assert_int_equal(got.aside, 0);
	stream_out(cast.ana, 2, r[1].rid);
	stream_out(cast.jo, 2, r[1].rid);
	waits(0, 0);
	assert_int_equal(pull_as(&got, true), 0);
	assert_false(got.twin);
	end_run(r, 2);
}

/* It had sealed something that was never sent: that is sealed anew behind. */
static void test_older_outbox(void **state)
{
	struct sync_record r;
	struct pull_result got;
	struct seal_result sealed;
	(void)state;
	write_pending("Not sent yet.");
	assert_int_equal(seal_pending(jo.at.vault, jo.id, fold, &sealed), 0);
	waits(0, 1);
	by_jo(&r, 1, zero);
	feed(&r);
	assert_int_equal(pull_as(&got, true), 0);
	assert_true(got.twin);
	assert_int_equal(got.pulled, 1);
	assert_int_equal(got.aside, 0);
	waits(1, 0);
	stream_out(cast.ana, 1, r.rid);
	assert_int_equal(seal_pending(jo.at.vault, jo.id, fold, &sealed), 0);
	struct stream s;
	sync_device_begin(&jo);
	assert_int_equal(ledger_stream_out_get(jo.at.txn, cast.ana->genesis, &s), 0);
	sync_device_commit(&jo);
	assert_int_equal(s.seq, 2);
	sync_record_end(&r);
}

/* Both were sent: the streams have parted, and it is said. */
static void test_parted(void **state)
{
	struct sync_record r, s;
	struct pull_result got;
	(void)state;
	by_jo(&r, 1, zero);
	by_jo(&s, 1, zero);
	feed(&r);
	assert_int_equal(pull_as(&got, true), 0);
	feed(&s);
	assert_int_equal(pull_as(&got, true), 0);
	assert_true(got.twin);
	assert_int_equal(got.aside, 1);
	assert_int_equal(got.aside_err, ERR_STREAM);
	stream_out(cast.ana, 1, r.rid);
	sync_record_end(&r);
	sync_record_end(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_control),
	    TEST(test_dropped_is_fetched),
	    TEST(test_other_order),
	    TEST(test_hole),
	    TEST(test_hole_filled),
	    TEST(test_wrong_bytes),
	    TEST(test_new_device),
	    TEST(test_chains_read_again),
	    TEST(test_no_such_link),
	    TEST(test_removed_held),
	    TEST(test_removed_later),
	    TEST(test_removed_fork),
	    TEST(test_removed_false_words),
	    TEST(test_withheld),
	    TEST(test_no_room),
	    TEST(test_older_state),
	    TEST(test_older_outbox),
	    TEST(test_parted),
	};
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
