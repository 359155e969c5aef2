/* test_store_check: what does not fit together is found, each kind by its own name; what does not prove itself is never
 * given out. The rows are changed by somebody who can compute the check of a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/audit.h"
#include "daemon/store_check.h"
#include "daemon/store_inner.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

static struct store_kit kit;
static struct store_kit_made made;
static struct store_kit_link first_link, last_link;
static uint8_t invite_id[STORE_ID], inviter[STORE_ID];

static void fill(void)
{
	struct store_batch *b;
	struct store_place place;
	bool known;
	struct store_invite invite = {.link_seq = 1, .expires_ms = 9};
	memcpy(invite.id, invite_id, STORE_ID);
	memcpy(invite.inviter, inviter, STORE_ID);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	for (uint64_t i = 0; i < 3; i++) {
		struct store_kit_link l;
		store_kit_link(&l, 1, i);
		assert_int_equal(store_append_link(b, &l.row, &known), 0);
		store_kit_link_free(&l);
	}
	assert_int_equal(store_set_clinic(b, first_link.chain), 0);
	assert_int_equal(store_put_record(b, &made.row, &place), 0);
	assert_int_equal(store_put_invite(b, &invite, (const uint8_t *)"packet", 6), 0);
	assert_int_equal(audit_append(b, &(struct audit_row){.op = 1}), 0);
	assert_int_equal(store_batch_commit(b), 0);
	for (uint32_t i = 2; i < 6; i++)
		assert_int_equal(store_kit_put(&kit, &(struct store_kit_record){i, 1, 2, 100, 0}, &place), 0);
}

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, STORE_KIT_MAP);
	memset(invite_id, 0x11, sizeof(invite_id));
	memset(inviter, 0x22, sizeof(inviter));
	store_kit_make(&made, &(struct store_kit_record){1, 1, 3, 100, 4000});
	store_kit_link(&first_link, 1, 0);
	store_kit_link(&last_link, 1, 2);
	fill();
	return err;
}

static int teardown(void **state)
{
	(void)state;
	store_kit_made_free(&made);
	store_kit_link_free(&first_link);
	store_kit_link_free(&last_link);
	store_kit_free(&kit);
	return 0;
}

/* --- findings --- */

struct findings {
	const char *wanted;
	bool seen;
};

static void look_for(void *arg, const char *what, const uint8_t *id, size_t len)
{
	struct findings *f = arg;
	(void)id;
	assert_true(len <= STORE_KEY_MAX);
	f->seen |= strcmp(what, f->wanted) == 0;
}

static void expect(const char *what)
{
	struct store_counts counts;
	struct findings f = {.wanted = what};
	assert_int_equal(store_check(kit.s, look_for, &f, &counts), ERR_CORRUPT);
	assert_true(counts.problems > 0);
	if (!f.seen)
		fail_msg("not found: %s", what);
	assert_int_equal(store_check(kit.s, NULL, NULL, &counts), ERR_CORRUPT);
}

enum change { FLIP, DROP, LONGER, EMPTY };

/* Changes the value of one row, with a check that fits: byte `at` flipped, the row dropped, one byte more, nothing
 * left. */
static void change(enum store_table table, struct store_key key, enum change what, size_t at)
{
	static uint8_t value[STORE_PACKET_MAX];
	struct store_batch *b;
	struct store_val val;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_txn_get(&b->txn, table, &key, &val), 0);
	size_t len = val.len;
	memcpy(value, val.data, len);
	if (what == FLIP) {
		assert_true(at < len);
		value[at] ^= 1;
	}
	len = what == LONGER ? len + 1 : what == EMPTY ? 0 : len;
	if (what == DROP)
		assert_int_equal(store_txn_del(&b->txn, table, &key), 0);
	else
		assert_int_equal(store_txn_put(&b->txn, table, &key, &(struct crypto_bytes){value, len}, 1), 0);
	assert_int_equal(store_batch_commit(b), 0);
}

static void add(enum store_table table, struct store_key key, const void *value, size_t len)
{
	struct store_batch *b;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_txn_put(&b->txn, table, &key, &(struct crypto_bytes){value, len}, 1), 0);
	assert_int_equal(store_batch_commit(b), 0);
}

static void test_whole(void **state)
{
	struct store_counts counts;
	(void)state;
	assert_int_equal(store_check(kit.s, NULL, NULL, &counts), 0);
	assert_int_equal(counts.links, 3);
	assert_int_equal(counts.chains, 1);
	assert_int_equal(counts.records, 5);
	assert_int_equal(counts.feed_rows, 11);
	assert_int_equal(counts.people, 3);
	assert_int_equal(counts.invites, 2);
	assert_int_equal(counts.answers, 1);
	assert_int_equal(counts.audit_rows, 2);
}

static void test_chains(void **state)
{
	(void)state;
	change(STORE_LINKS, store_key_link(first_link.chain, 2), FLIP, 60);
	expect("a link is not the one its hash names");
	change(STORE_LINKS, store_key_link(first_link.chain, 2), FLIP, 60);
	store_kit_check(&kit);
	change(STORE_LINKS, store_key_link(first_link.chain, 2), EMPTY, 0);
	expect("a link is not the one its hash names");
	uint64_t seq;
	uint8_t hash[STORE_HASH];
	assert_int_equal(store_chain_head(kit.s, first_link.chain, &seq, hash), ERR_CORRUPT);
}

static int visit_none(void *arg, uint64_t seq, const uint8_t hash[STORE_HASH], const uint8_t *bytes, size_t len)
{
	(void)seq, (void)hash, (void)bytes, (void)len;
	++*(int *)arg;
	return 0;
}

static void test_chain_with_a_gap(void **state)
{
	int seen = 0;
	(void)state;
	change(STORE_LINKS, store_key_link(first_link.chain, 1), DROP, 0);
	expect("a chain has a gap");
	assert_int_equal(store_chain_read(kit.s, first_link.chain, 0, 9, visit_none, &seen), ERR_CORRUPT);
	assert_int_equal(seen, 1);
}

static void test_link_in_anothers_place(void **state)
{
	uint8_t value[STORE_HASH + STORE_LINK_MAX];
	(void)state;
	memcpy(value, last_link.hash, STORE_HASH);
	memcpy(value + STORE_HASH, last_link.bytes.data, last_link.bytes.len);
	add(STORE_LINKS, store_key_link(first_link.chain, 3), value, STORE_HASH + last_link.bytes.len);
	expect("a link stands in another's place");
	memset(value, 0, sizeof(value));
}

static void test_meta(void **state)
{
	(void)state;
	change(STORE_META, store_key_meta(STORE_META_CLINIC), FLIP, 3);
	expect("the clinic's chain is not there");
	change(STORE_META, store_key_meta(STORE_META_CLINIC), FLIP, 3);
	change(STORE_META, store_key_meta(STORE_META_GENERATION), LONGER, 0);
	expect("there is no generation");
}

static void test_records(void **state)
{
	uint8_t index[16];
	struct store_place place;
	(void)state;
	/* the record itself; its id, its author, a byte of the record */
	static const size_t places[] = {0, STORE_HASH, STORE_HASH + STORE_ID + 40};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		change(STORE_RECORDS, store_key_number(1), FLIP, places[i]);
		expect("a record is not the one its id names");
		change(STORE_RECORDS, store_key_number(1), FLIP, places[i]);
		store_kit_check(&kit);
	}
	change(STORE_PAYLOADS, store_key_number(1), FLIP, 5);
	expect("a payload is not the one its record names");
	change(STORE_PAYLOADS, store_key_number(1), FLIP, 5);
	change(STORE_PAYLOADS, store_key_number(1), DROP, 0);
	expect("a payload is missing or does not prove itself");
	expect("two tables do not hold the same number of rows");
	struct buf bytes;
	buf_init(&bytes, 0);
	assert_int_equal(store_record_get(kit.s, made.rid, NULL, &bytes, &bytes), ERR_CORRUPT);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(store_record_get(kit.s, made.rid, NULL, &bytes, NULL), 0);
	buf_wipe(&bytes);
	add(STORE_PAYLOADS, store_key_number(1), made.payload.data, made.payload.len);
	store_kit_check(&kit);

	/* the index sends to another record */
	store_key_put_u64(index, 2);
	store_key_put_u64(index + 8, 1);
	add(STORE_RIDS, store_key_rid(made.rid), index, 16);
	expect("a record is not in the index");
	assert_int_equal(store_record_get(kit.s, made.rid, NULL, NULL, NULL), ERR_CORRUPT);
	store_key_put_u64(index, 99);
	add(STORE_RIDS, store_key_rid(made.rid), index, 16);
	assert_int_equal(store_record_get(kit.s, made.rid, NULL, NULL, NULL), ERR_CORRUPT);
	store_key_put_u64(index, 1);
	store_key_put_u64(index + 8, 2);
	add(STORE_RIDS, store_key_rid(made.rid), index, 16);
	expect("a record is not at its place in its author's feed");
	store_key_put_u64(index + 8, 77);
	add(STORE_RIDS, store_key_rid(made.rid), index, 16);
	assert_int_equal(store_kit_put(&kit, &(struct store_kit_record){1, 1, 3, 100, 4000}, &place), ERR_CORRUPT);
	change(STORE_RIDS, store_key_rid(made.rid), LONGER, 0);
	assert_int_equal(store_record_get(kit.s, made.rid, NULL, NULL, NULL), ERR_CORRUPT);
}

static void test_record_missing_in_the_order(void **state)
{
	(void)state;
	change(STORE_RECORDS, store_key_number(2), DROP, 0);
	expect("a record is missing in the order of arrival");
}

static void test_feeds(void **state)
{
	struct store_feed_row rows[9];
	size_t n;
	(void)state;
	for (size_t at = 0; at < 65; at += 16) {
		change(STORE_FEEDS, store_key_feed(made.author, 3), FLIP, at);
		expect("a row of a feed does not follow the one before it");
		assert_int_equal(store_feed_read(kit.s, made.author, 0, 9, rows, &n), ERR_CORRUPT);
		assert_int_equal(n, 2);
		change(STORE_FEEDS, store_key_feed(made.author, 3), FLIP, at);
	}
	store_kit_check(&kit);
	change(STORE_FEEDS, store_key_feed(made.author, 5), DROP, 0);
	expect("the feeds do not hold every record once for each of its audience");
	change(STORE_FEEDS, store_key_feed(made.author, 4), EMPTY, 0);
	expect("a row of a feed does not follow the one before it");
	assert_int_equal(store_feed_read(kit.s, made.author, 0, 9, rows, &n), ERR_CORRUPT);
	assert_int_equal(store_feed_read(kit.s, made.author, 0, 3, rows, &n), 0);
	uint64_t seq;
	uint8_t head[STORE_HASH];
	assert_int_equal(store_feed_head(kit.s, made.author, &seq, head), ERR_CORRUPT);
	change(STORE_FEEDS, store_key_feed(made.author, 2), DROP, 0);
	assert_int_equal(store_feed_read(kit.s, made.author, 0, 3, rows, &n), ERR_CORRUPT);
	assert_int_equal(n, 1);
}

/* A feed that is whole in itself and names a record that is not stored. */
static void test_feed_names_nothing(void **state)
{
	struct store_batch *b;
	struct store_feed_row tail;
	uint8_t rid[STORE_HASH] = {1};
	(void)state;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_feed_tail(&b->txn, kit.s, made.author, &tail), 0);
	assert_int_equal(store_feed_append(b, made.author, &tail, 1, rid), 0);
	assert_int_equal(store_batch_commit(b), 0);
	expect("a feed names a record that is not there");
}

static void test_usage(void **state)
{
	(void)state;
	for (size_t at = 7; at < 16; at += 8) {
		change(STORE_USAGE, store_key_id(made.author), FLIP, at);
		expect("what people use does not add up to what is stored");
		change(STORE_USAGE, store_key_id(made.author), FLIP, at);
	}
	change(STORE_USAGE, store_key_id(made.author), LONGER, 0);
	expect("a person's usage is not of its form");
	uint64_t records, bytes;
	assert_int_equal(store_person_usage(kit.s, made.author, &records, &bytes), ERR_CORRUPT);
}

static void test_answers(void **state)
{
	uint8_t rid[STORE_HASH] = {1};
	(void)state;
	add(STORE_ANSWERS, store_key_answer(4001, made.rid), NULL, 0);
	expect("an answer is owed to no such record");
	change(STORE_ANSWERS, store_key_answer(4001, made.rid), DROP, 0);
	store_kit_check(&kit);
	add(STORE_ANSWERS, store_key_answer(4000, rid), NULL, 0);
	expect("an answer is owed to no such record");
}

static void test_invites(void **state)
{
	struct store_invite out[3];
	struct buf packet;
	size_t n;
	(void)state;
	buf_init(&packet, 0);
	change(STORE_INVITES, store_key_id(invite_id), FLIP, 1 + 16 + 8 + 8 + 16 + 8 + 7);
	expect("an unused invitation was refused");
	change(STORE_INVITES, store_key_id(invite_id), FLIP, 1 + 16 + 8 + 8 + 16 + 8 + 7);
	change(STORE_INVITES, store_key_id(invite_id), FLIP, 5);
	expect("an invitation is not in its inviter's list");
	expect("an inviter's list names an invitation that is not theirs");
	change(STORE_INVITES, store_key_id(invite_id), FLIP, 5);
	store_kit_check(&kit);
	change(STORE_PACKETS, store_key_id(invite_id), DROP, 0);
	expect("an invitation has no packet");
	assert_int_equal(store_invite_get(kit.s, invite_id, out, &packet), ERR_CORRUPT);
	assert_int_equal(packet.len, 0);
	change(STORE_INVITES, store_key_id(invite_id), LONGER, 0);
	expect("an invitation is not of its form");
	assert_int_equal(store_invite_get(kit.s, invite_id, out, NULL), ERR_CORRUPT);
	assert_int_equal(store_invites_of(kit.s, inviter, NULL, 3, out, &n), ERR_CORRUPT);
	change(STORE_INVITES, store_key_id(invite_id), DROP, 0);
	assert_int_equal(store_invites_of(kit.s, inviter, NULL, 3, out, &n), ERR_CORRUPT);
	buf_wipe(&packet);
}

static void test_audit(void **state)
{
	(void)state;
	change(STORE_AUDIT, store_key_number(2), FLIP, 20);
	expect("the audit log is broken");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_chains, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_chain_with_a_gap, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_link_in_anothers_place, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_meta, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_records, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_record_missing_in_the_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_feeds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_feed_names_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_invites, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_audit, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
