/* test_req_pull: what a reader is served, by pull and by fetch: their own wrap and no other, no payload without one,
 * pages within their bounds, a signed end that fits what came, and cursors that are not the server's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/feed.h"
#include "proto/record.h"
#include "tests/unit/support/req_kit.h"

static struct req_kit kit;
static struct req_conn client, prescriber, admin;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	req_kit_new(&kit, NULL);
	req_conn_open(&client, &kit, kit.who.client);
	req_conn_open(&prescriber, &kit, kit.who.prescriber);
	req_conn_open(&admin, &kit, kit.who.admin);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	req_conn_end(&client);
	req_conn_end(&prescriber);
	req_conn_end(&admin);
	req_kit_free(&kit);
	return 0;
}

static void push(const struct person *to, size_t payload_len, uint8_t rid[32])
{
	const struct person *others[] = {kit.who.therapist, to};
	struct req_record_opts o = {
	    .by = kit.who.client, .class = RECORD_SHARED, .to = others, .n_to = to ? 2 : 1, .payload_len = payload_len};
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0);
}

static void unshare(const uint8_t rid[32])
{
	const struct person *to = kit.who.prescriber;
	struct req_record_opts o = {.by = kit.who.client,
	                            .class = RECORD_SHARED,
	                            .op = RECORD_UNSHARE,
	                            .to = &to,
	                            .n_to = 1,
	                            .targets = (const uint8_t(*)[32])rid,
	                            .n_targets = 1};
	assert_int_equal(req_conn_push_one(&client, &o, NULL), 0);
}

/* A reader's cursor, moved as a device would. */
struct reader {
	uint8_t generation[16], pid[16], head[32];
	uint64_t seq;
	struct msg_pull_entry entries[MSG_PULL_ENTRIES]; /* of the last page */
	uint32_t n;
	bool more;
	struct feed_statement end;
};

static void reader_begin(struct reader *rd, const struct person *who)
{
	memset(rd, 0, sizeof *rd);
	store_generation(kit.store, rd->generation);
	memcpy(rd->pid, who->genesis, 16);
	assert_int_equal(feed_start(rd->pid, rd->generation, rd->head), 0);
}

static unsigned ask_pull(struct req_conn *c, const struct reader *rd, uint64_t bytes)
{
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(msg_put_pull(&b, ++c->id,
	                              &(struct msg_pull){
	                                  .generation = rd->generation, .seq = rd->seq, .head = rd->head, .bytes = bytes}),
	                 0);
	return req_conn_ask(c, &b);
}

/* One page, and every promise about it. */
static void pull(struct req_conn *c, struct reader *rd, uint64_t bytes)
{
	struct msg_pull_reply reply;
	assert_int_equal(ask_pull(c, rd, bytes), 0);
	assert_int_equal(msg_get_pull_reply(&c->reply.body, &reply), 0);
	rd->more = reply.more;
	for (rd->n = 0; rd->n < reply.n; rd->n++) {
		struct msg_pull_entry *e = &rd->entries[rd->n];
		assert_int_equal(msg_next_entry(&reply, e), 0);
		assert_int_equal(e->seq, rd->seq + 1);
		assert_int_equal(feed_step(rd->head, e->seq, (uint8_t)e->event, e->rid, rd->head), 0);
		rd->seq = e->seq;
	}
	assert_int_equal(
	    feed_statement_open(reply.feed_head.data, reply.feed_head.len, reply.signature, kit.pp.log_pub, &rd->end), 0);
	assert_memory_equal(rd->end.pid, rd->pid, 16);
	assert_memory_equal(rd->end.generation, rd->generation, 16);
	assert_memory_equal(rd->end.clinic, clinic_id(kit.pp.clinic), 32);
	if (rd->more) {
		assert_true(rd->n > 0 && rd->end.seq > rd->seq);
	} else {
		assert_int_equal(rd->end.seq, rd->seq);
		assert_memory_equal(rd->end.head, rd->head, 32);
	}
}

static void own_wrap_only(void **state)
{
	struct record r;
	uint8_t rid[32], not_theirs[32];
	static struct reader rd;
	(void)state;
	push(kit.who.prescriber, 600, rid);
	push(NULL, 600, not_theirs);
	reader_begin(&rd, kit.who.prescriber);
	pull(&prescriber, &rd, 100000);
	assert_int_equal(rd.n, 1);
	assert_memory_equal(rd.entries[0].rid, rid, 32);
	assert_int_equal(rd.entries[0].event, FEED_RECORD);
	assert_int_equal(rd.entries[0].item.payload.len, 600);
	assert_int_equal(record_parse(rd.entries[0].item.record.data, rd.entries[0].item.record.len, &r), 0);
	assert_memory_equal(r.rid, rid, 32);
	assert_non_null(record_wrap_for(&r, kit.who.prescriber->genesis));
	assert_null(record_wrap_for(&r, kit.who.therapist->genesis));
	assert_null(record_wrap_for(&r, kit.who.client->genesis));
	reader_begin(&rd, kit.who.client);
	pull(&client, &rd, 100000);
	assert_int_equal(rd.n, 2);
	assert_int_equal(record_parse(rd.entries[0].item.record.data, rd.entries[0].item.record.len, &r), 0);
	assert_true(record_is_complete(&r));
	reader_begin(&rd, kit.who.admin);
	pull(&admin, &rd, 100000);
	assert_int_equal(rd.n, 0);
}

static void what_was_taken_away(void **state)
{
	struct record r;
	uint8_t rid[32];
	static struct reader rd;
	(void)state;
	push(kit.who.prescriber, 600, rid);
	unshare(rid);
	reader_begin(&rd, kit.who.prescriber);
	pull(&prescriber, &rd, 100000);
	assert_int_equal(rd.n, 3);
	assert_memory_equal(rd.entries[0].rid, rid, 32);
	assert_null(rd.entries[0].item.payload.data);
	assert_int_equal(record_parse(rd.entries[0].item.record.data, rd.entries[0].item.record.len, &r), 0);
	assert_memory_equal(r.rid, rid, 32);
	assert_null(record_wrap_for(&r, kit.who.prescriber->genesis));
	assert_int_equal(rd.entries[1].event, FEED_RECORD); /* the unshare itself */
	assert_int_equal(rd.entries[2].event, FEED_TAKEN);
	assert_memory_equal(rd.entries[2].rid, rid, 32);
	assert_null(rd.entries[2].item.record.data);
	assert_null(rd.entries[2].item.payload.data);
}

static void cursors_that_are_not_ours(void **state)
{
	uint8_t rid[32];
	static struct reader rd;
	struct audit_row row;
	(void)state;
	push(NULL, 600, rid);
	req_kit_audit(&kit, &row, 1);
	reader_begin(&rd, kit.who.client);
	rd.generation[0] ^= 1;
	assert_int_equal(ask_pull(&client, &rd, 1), 305);
	reader_begin(&rd, kit.who.client);
	rd.head[0] ^= 1;
	assert_int_equal(ask_pull(&client, &rd, 1), 304);
	reader_begin(&rd, kit.who.client);
	pull(&client, &rd, 100000);
	rd.seq++;
	assert_int_equal(ask_pull(&client, &rd, 1), 304);
	rd.seq = MP_NUMBER_MAX;
	assert_int_equal(ask_pull(&client, &rd, 1), 304);
	rd.seq = 0; /* the right head at the wrong place */
	assert_int_equal(ask_pull(&client, &rd, 1), 304);
	rd.seq = 1;
	pull(&client, &rd, 1);
	assert_int_equal(rd.n, 0);
	assert_int_equal(req_kit_audit(&kit, &row, 1), 0); /* these are asked again, and no refusals */
}

static void pages(void **state)
{
	static const size_t lens[] = {600, 1000000, 600, 600, 400000, 400000, 400000, 600};
	static struct reader rd;
	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		push(NULL, lens[i], NULL);
	static const struct {
		uint64_t bytes;
		unsigned pages[9];
	} rows[] = {
	    {1, {1, 1, 1, 1, 1, 1, 1, 1}},
	    {1000000, {1, 1, 4, 2}},
	    {500000, {1, 1, 3, 1, 2}},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reader_begin(&rd, kit.who.client);
		for (size_t k = 0; rows[i].pages[k]; k++) {
			pull(&client, &rd, rows[i].bytes);
			assert_int_equal(rd.n, rows[i].pages[k]);
			assert_int_equal(rd.more, rows[i].pages[k + 1] != 0);
		}
		assert_int_equal(rd.seq, 8);
	}
}

static void many_small_entries(void **state)
{
	static const size_t n = MSG_PULL_ENTRIES + 3;
	struct req_record *r = calloc(MSG_PUSH_MAX, sizeof *r);
	const struct req_record *list[MSG_PUSH_MAX];
	struct req_push_result result;
	static struct reader rd;
	struct req_record_opts o = {.by = kit.who.client, .class = RECORD_PRIVATE, .payload_len = 1};
	(void)state;
	assert_non_null(r);
	for (size_t done = 0; done < n;) {
		uint32_t k = 0;
		for (; k < MSG_PUSH_MAX && done + k < n; k++) {
			req_record_make(&r[k], &kit, &o);
			list[k] = &r[k];
		}
		req_conn_push(&client, list, k, &result);
		assert_int_equal(result.accepted, k);
		done += k;
		while (k > 0)
			req_record_free(&r[--k]);
	}
	free(r);
	reader_begin(&rd, kit.who.client);
	pull(&client, &rd, MSG_PULL_BYTES);
	assert_int_equal(rd.n, MSG_PULL_ENTRIES);
	assert_true(rd.more);
	pull(&client, &rd, MSG_PULL_BYTES);
	assert_int_equal(rd.n, 3);
	assert_false(rd.more);
}

/* The largest record there can be comes alone, and fits. */
static void the_largest(void **state)
{
	uint8_t targets[RECORD_TARGETS][32], rid[32];
	const struct person *others[] = {kit.who.therapist, kit.who.prescriber};
	static struct reader rd;
	(void)state;
	for (size_t i = 0; i < RECORD_TARGETS; i++)
		push(NULL, 1, targets[i]);
	struct req_record_opts o = {.by = kit.who.client,
	                            .class = RECORD_SHARED,
	                            .op = RECORD_UNSHARE,
	                            .to = others,
	                            .n_to = 2,
	                            .targets = (const uint8_t(*)[32])targets,
	                            .n_targets = RECORD_TARGETS,
	                            .payload_len = RECORD_PAYLOAD_MAX};
	assert_int_equal(req_conn_push_one(&client, &o, rid), 0);
	reader_begin(&rd, kit.who.client);
	pull(&client, &rd, MSG_PULL_BYTES);
	assert_int_equal(rd.n, RECORD_TARGETS);
	pull(&client, &rd, 1);
	assert_int_equal(rd.n, 1);
	assert_int_equal(rd.entries[0].item.payload.len, RECORD_PAYLOAD_MAX);
}

/* Records become durable while a page is being made: its signed end is still that of its last entry. */
static struct req_conn writing;

static void commit_one(struct req_kit *k)
{
	struct req_record r;
	struct req_record_opts o = {.by = kit.who.client, .class = RECORD_PRIVATE};
	req_record_make(&r, k, &o);
	req_conn_send_push(&writing, (const struct req_record *const[]){&r}, 1);
	req_kit_settle(k);
	req_record_free(&r);
}

static void a_commit_while_a_page_is_made(void **state)
{
	static struct reader rd;
	(void)state;
	req_conn_open(&writing, &kit, kit.who.client);
	push(NULL, 600, NULL);
	reader_begin(&rd, kit.who.client);
	kit.on_clock = commit_one;
	pull(&client, &rd, 100000);
	kit.on_clock = commit_one;
	pull(&client, &rd, 100000);
	pull(&client, &rd, 100000);
	assert_int_equal(rd.seq, 3);
	assert_false(rd.more);
	assert_int_equal(req_conn_read(&writing), 0);
	assert_int_equal(req_conn_read(&writing), 0);
	req_conn_end(&writing);
}

/* --- fetch --- */

static void fetch(struct req_conn *c, const uint8_t *const *rids, uint32_t n, struct msg_fetch_reply *reply)
{
	struct msg_fetch m = {.n = n};
	struct buf b;
	buf_init(&b, 0);
	memcpy(m.rids, rids, n * sizeof(rids[0]));
	assert_int_equal(msg_put_fetch(&b, ++c->id, &m), 0);
	assert_int_equal(req_conn_ask(c, &b), 0);
	assert_int_equal(msg_get_fetch_reply(&c->reply.body, reply), 0);
}

static void fetched(void **state)
{
	uint8_t rid[32], secret[32], taken[32], none[32] = {1};
	struct msg_fetch_reply reply;
	struct record r;
	(void)state;
	push(kit.who.prescriber, 600, rid);
	push(NULL, 600, secret);
	push(kit.who.prescriber, 600, taken);
	unshare(taken);
	fetch(&prescriber, (const uint8_t *const[]){none, rid, secret, taken}, 4, &reply);
	assert_int_equal(reply.n, 4);
	assert_null(reply.items[0].record.data);
	assert_null(reply.items[0].payload.data);
	assert_int_equal(reply.items[1].payload.len, 600);
	assert_int_equal(record_parse(reply.items[1].record.data, reply.items[1].record.len, &r), 0);
	assert_null(record_wrap_for(&r, kit.who.client->genesis));
	assert_null(reply.items[2].record.data); /* not theirs: like what does not exist */
	assert_null(reply.items[2].payload.data);
	assert_non_null(reply.items[3].record.data);
	assert_null(reply.items[3].payload.data);
	fetch(&admin, (const uint8_t *const[]){rid, taken}, 2, &reply);
	assert_null(reply.items[0].record.data);
	assert_null(reply.items[1].record.data);
}

static void as_many_as_fit(void **state)
{
	uint8_t a[32], b[32], none[32] = {1};
	struct msg_fetch_reply reply;
	(void)state;
	push(NULL, 1000000, a);
	push(NULL, 600, b);
	fetch(&client, (const uint8_t *const[]){a, b}, 2, &reply);
	assert_int_equal(reply.n, 1);
	assert_int_equal(reply.items[0].payload.len, 1000000);
	fetch(&client, (const uint8_t *const[]){b, none, a}, 3, &reply);
	assert_int_equal(reply.n, 2);
	assert_int_equal(reply.items[0].payload.len, 600);
	fetch(&client, (const uint8_t *const[]){b, b, none}, 3, &reply);
	assert_int_equal(reply.n, 3);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(own_wrap_only),
	    T(what_was_taken_away),
	    T(cursors_that_are_not_ours),
	    T(pages),
	    T(many_small_entries),
	    T(the_largest),
	    T(fetched),
	    T(a_commit_while_a_page_is_made),
	    T(as_many_as_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
