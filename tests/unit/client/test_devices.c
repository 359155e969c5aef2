/* test_devices: what a person calls their devices; where the streams of one end, counted and announced; what a device
 * that comes later learns from the others' records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/devices.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/care/kinds.h"
#include "client/sync/settle.h"
#include "client/sync/stream_ends.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"

static struct circle *c;
static const uint8_t phone[16] = {0xab, 0xcd, 1}, tablet[16] = {0x12, 0x34, 2};

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

static const struct person *of(const struct write_ctx *ctx, enum circle_who who)
{
	const struct person *person = people_by_pid(ctx->people, circle_genesis(c, who));
	assert_non_null(person);
	return person;
}

static struct vault_txn *txn_of(enum circle_who who)
{
	return circle_vault(c, who)->txn;
}

/* --- names --- */

static void assert_named(enum circle_who who, const uint8_t did[16], const char *name)
{
	struct devices *d = NULL;
	char out[DEVICES_NAME];
	assert_int_equal(devices_load(txn_of(who), circle_genesis(c, who), &d), 0);
	assert_string_equal(devices_name(d, did, out), name);
	devices_free(d);
}

static void call_it(const uint8_t did[16], const char *name, int want)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct devices *d = NULL;
	assert_int_equal(devices_load(ctx->txn, circle_genesis(c, CIRCLE_JO), &d), 0);
	assert_int_equal(write_device(ctx, did, name, d), want);
	devices_free(d);
}

static uint32_t heads_of(const uint8_t did[16])
{
	uint8_t refs[CONTENT_PARENTS][32];
	struct devices *d = NULL;
	assert_int_equal(devices_load(txn_of(CIRCLE_JO), circle_genesis(c, CIRCLE_JO), &d), 0);
	uint32_t n = devices_heads(d, did, refs);
	devices_free(d);
	return n;
}

static void test_names(void **state)
{
	(void)state;
	assert_named(CIRCLE_JO, phone, "device ABCD");
	assert_int_equal(heads_of(phone), 0);
	call_it(phone, "phone", 0);
	call_it(tablet, "tablet", 0);
	assert_named(CIRCLE_JO, phone, "phone");
	call_it(phone, "old phone", 0);
	assert_named(CIRCLE_JO, phone, "old phone");
	assert_int_equal(heads_of(phone), 1);
	circle_send(c, CIRCLE_JO);
	assert_named(CIRCLE_JO, phone, "old phone");
	assert_named(CIRCLE_JO, tablet, "tablet");
	call_it(phone, "the old one", 0);
	assert_named(CIRCLE_JO, phone, "the old one");
	assert_int_equal(heads_of(phone), 1);
	assert_named(CIRCLE_ANA, phone, "device ABCD");
}

static void test_names_that_are_none(void **state)
{
	char longest[2 * 80 + 2];
	(void)state;
	memset(longest, 'x', 81);
	longest[81] = '\0';
	call_it(phone, longest, ERR_SCHEMA);
	longest[80] = '\0';
	call_it(phone, longest, 0);
	call_it(tablet, "", ERR_SCHEMA);
	call_it(tablet, "a\x01", ERR_SCHEMA);
}

static void test_many_heads(void **state)
{
	(void)state;
	for (int i = 0; i < CONTENT_PARENTS + 3; i++)
		assert_int_equal(write_device(circle_write(c, CIRCLE_JO), phone, i % 2 ? "one" : "two", NULL), 0);
	assert_int_equal(heads_of(phone), CONTENT_PARENTS);
	call_it(phone, "three", 0);
	assert_named(CIRCLE_JO, phone, "three");
}

/* --- ends --- */

static struct ledger_pending last;
static struct content *content;

static int copy_last(void *arg, const struct ledger_pending *p)
{
	(void)arg;
	last = *p;
	content_free(content);
	assert_int_equal(content_decode(p->content, p->content_len, &care_kinds, &content), 0);
	return 0;
}

static void test_stream_end(void **state)
{
	struct stream end = {.seq = 7, .rid = {9}}, none = {0};
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	size_t len;
	(void)state;
	assert_int_equal(write_stream_end(ctx, phone, of(ctx, CIRCLE_ANA), &end), 0);
	assert_int_equal(ledger_pending_each(ctx->txn, copy_last, NULL), 0);
	assert_int_equal(last.record_class, RECORD_CONTROL);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_int_equal(last.n_audience, 1);
	assert_memory_equal(last.audience[0], circle_genesis(c, CIRCLE_ANA), 16);
	assert_memory_equal(content_bin(content, CONTENT_ENDED_DEVICE, &len), phone, 16);
	assert_int_equal(content_u64(content, CONTENT_LAST_SEQ, 0), 7);
	assert_memory_equal(content_bin(content, CONTENT_LAST_RID, &len), end.rid, 32);
	assert_int_equal(write_stream_end(ctx, phone, NULL, &none), 0);
	assert_int_equal(ledger_pending_each(ctx->txn, copy_last, NULL), 0);
	assert_int_equal(last.n_audience, 0);
	assert_int_equal(write_stream_end(ctx, phone, of(ctx, CIRCLE_JO), &none), 0);
	/* clients do not know each other; the admin knows everybody */
	assert_null(people_by_pid(ctx->people, circle_genesis(c, CIRCLE_KIM)));
	ctx = circle_write(c, CIRCLE_ADMIN);
	assert_int_equal(write_stream_end(ctx, phone, of(ctx, CIRCLE_KIM), &none), 0);
	circle_remove(c, CIRCLE_KIM);
	circle_refresh(c, CIRCLE_ADMIN);
	ctx = circle_write(c, CIRCLE_ADMIN);
	assert_int_equal(write_stream_end(ctx, phone, of(ctx, CIRCLE_KIM), &none), ERR_NO_GRANT);
	content_free(content);
	content = NULL;
	circle_send(c, CIRCLE_JO);
	assert_int_equal(circle_refused(c, CIRCLE_ANA), 0);
}

static void entry(const char *body, const enum circle_who *with, size_t n)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct write_entry e = {.body = body, .body_len = strlen(body), .mood = -1, .phase = -1};
	const struct person *to[4];
	uint8_t ref[32];
	assert_int_equal(write_entry(ctx, &e, ref), 0);
	circle_send(c, CIRCLE_JO);
	if (!n)
		return;
	uint8_t rid[32];
	assert_int_equal(ledger_sealed_get(txn_of(CIRCLE_JO), ref, rid), 0);
	ctx = circle_write(c, CIRCLE_JO);
	for (size_t i = 0; i < n; i++)
		to[i] = of(ctx, with[i]);
	assert_int_equal(write_share(ctx, book_by_ref(ctx->book, rid), to, n), 0);
	circle_send(c, CIRCLE_JO);
}

static const struct stream_end *end_to(const struct stream_ends *ends, enum circle_who who)
{
	for (size_t i = 0; i < ends->n; i++)
		if (memcmp(ends->rows[i].pid, circle_genesis(c, who), 16) == 0)
			return &ends->rows[i];
	return NULL;
}

/* What is counted is what the device itself kept count of. */
static void test_ends_are_what_was_written(void **state)
{
	static const enum circle_who both[] = {CIRCLE_ANA, CIRCLE_OSEI};
	const enum circle_who all[] = {CIRCLE_JO, CIRCLE_ANA, CIRCLE_OSEI};
	struct stream_ends ends = {0};
	struct identity *id = NULL;
	struct device_public pub;
	struct stream out;
	(void)state;
	entry("one", NULL, 0);
	entry("two", both, 1);
	entry("three", both, 2);
	struct vault_txn *txn = txn_of(CIRCLE_JO);
	assert_int_equal(identity_load(txn, &id), 0);
	assert_int_equal(device_public_of(&id->device, &pub), 0);
	assert_int_equal(stream_ends_count(txn, id->did, &pub, &ends), 0);
	for (size_t i = 0; i < 3; i++) {
		const struct stream_end *end = end_to(&ends, all[i]);
		assert_non_null(end);
		assert_int_equal(ledger_stream_out_get(txn, circle_genesis(c, all[i]), &out), 0);
		assert_int_equal(end->last.seq, out.seq);
		assert_memory_equal(end->last.rid, out.rid, 32);
		assert_true(out.seq > 0);
	}
	assert_null(end_to(&ends, CIRCLE_LUND));
	size_t n = ends.n;
	assert_int_equal(stream_ends_add_none(&ends, id->did, circle_genesis(c, CIRCLE_JO)), 0);
	assert_int_equal(ends.n, n);
	assert_int_equal(stream_ends_add_none(&ends, id->did, circle_genesis(c, CIRCLE_LUND)), 0);
	assert_int_equal(end_to(&ends, CIRCLE_LUND)->last.seq, 0);
	/* another device wrote nothing */
	struct stream_ends other = {0};
	assert_int_equal(stream_ends_count(txn, phone, &pub, &other), 0);
	assert_int_equal(other.n, 0);
	stream_ends_free(&ends);
	identity_free(id);
}

static void test_ends_as_bytes(void **state)
{
	struct stream_ends ends = {0}, got = {0};
	struct buf b;
	(void)state;
	buf_init(&b, 0);
	assert_int_equal(stream_ends_put(&ends, &b), 0);
	assert_int_equal(stream_ends_get(b.data, b.len, &got), 0);
	assert_int_equal(got.n, 0);
	for (uint8_t i = 0; i < 40; i++) {
		uint8_t pid[16] = {i};
		assert_int_equal(stream_ends_add_none(&ends, phone, pid), 0);
		ends.rows[i].last = (struct stream){(uint64_t)i << 33 | 5, {i, 7}};
	}
	assert_int_equal(stream_ends_put(&ends, &b), 0);
	assert_int_equal(stream_ends_get(b.data, b.len, &got), 0);
	assert_int_equal(got.n, ends.n);
	assert_memory_equal(got.rows, ends.rows, ends.n * sizeof(*ends.rows));
	assert_int_equal(stream_ends_get(b.data, b.len - 1, &got), ERR_CORRUPT);
	stream_ends_free(&ends);
	stream_ends_free(&got);
	buf_wipe(&b);
}

/* --- settling --- */

/* Lets a function that makes its own transactions work on the device's vault. */
static struct vault *let_go(enum circle_who who)
{
	struct scratch_vault *s = circle_vault(c, who);
	scratch_vault_commit(s);
	vault_abort(s->txn);
	s->txn = NULL;
	return s->vault;
}

static void take_back(enum circle_who who)
{
	struct scratch_vault *s = circle_vault(c, who);
	assert_int_equal(vault_begin(s->vault, true, &s->txn), 0);
}

static bool has_fact(struct vault_txn *txn, const char *name, const uint8_t *id, size_t len)
{
	struct buf row;
	buf_init(&row, 0);
	int err = ledger_fact_get(txn, name, id, len, &row);
	buf_wipe(&row);
	return !err;
}

static void test_settle_row(void **state)
{
	struct settle s = {.due = true, .unnamed = true, .has_floor = true}, got;
	struct vault *vault = let_go(CIRCLE_JO);
	(void)state;
	assert_int_equal(settle_get(vault, &got), 0);
	assert_false(got.due);
	take_back(CIRCLE_JO);
	s.floor.seq = 12345;
	s.floor.generation[3] = 4;
	s.floor.head[5] = 6;
	assert_int_equal(settle_begin(txn_of(CIRCLE_JO), &s, "phone"), 0);
	vault = let_go(CIRCLE_JO);
	assert_int_equal(settle_get(vault, &got), 0);
	assert_memory_equal(&got, &s, sizeof(s));
	take_back(CIRCLE_JO);
	s = (struct settle){.due = true};
	assert_int_equal(settle_begin(txn_of(CIRCLE_JO), &s, "phone"), 0);
	vault = let_go(CIRCLE_JO);
	assert_int_equal(settle_get(vault, &got), 0);
	assert_true(got.due && !got.unnamed && !got.has_floor);
	take_back(CIRCLE_JO);
	assert_int_equal(ledger_fact_put(txn_of(CIRCLE_JO), "settling", NULL, 0, "x", 1), 0);
	vault = let_go(CIRCLE_JO);
	assert_int_equal(settle_get(vault, &got), ERR_CORRUPT);
	take_back(CIRCLE_JO);
}

/* What Jo's device wrote tells the facts again, as for a device that has none. */
static void test_settle_learns(void **state)
{
	static const uint8_t seen[1][32] = {{0x5e}};
	struct identity *id = NULL;
	struct settle got;
	(void)state;
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(identity_load(ctx->txn, &id), 0);
	const struct person *ana = of(ctx, CIRCLE_ANA);
	assert_int_equal(write_profile(ctx, "Joanna M.", "", &ana, 1), 0);
	circle_send(c, CIRCLE_JO);
	ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_receipt(ctx, of(ctx, CIRCLE_ANA), seen, 1, 1), 0);
	circle_send(c, CIRCLE_JO);
	struct vault_txn *txn = txn_of(CIRCLE_JO);
	assert_false(has_fact(txn, "profile-sent", circle_genesis(c, CIRCLE_ANA), 16));
	assert_int_equal(settle_begin(txn, &(struct settle){.due = true, .unnamed = true}, "phone"), 0);
	struct vault *vault = let_go(CIRCLE_JO);
	assert_int_equal(settle_finish(vault, id), 0);
	assert_string_equal(id->name, "Joanna M.");
	assert_int_equal(settle_get(vault, &got), 0);
	assert_false(got.due);
	take_back(CIRCLE_JO);
	txn = txn_of(CIRCLE_JO);
	assert_true(has_fact(txn, "profile-sent", circle_genesis(c, CIRCLE_ANA), 16));
	assert_false(has_fact(txn, "profile-sent", circle_genesis(c, CIRCLE_OSEI), 16));
	assert_false(has_fact(txn, "opened", seen[0], 32)); /* delivered is not opened */
	assert_named(CIRCLE_JO, id->did, "phone");
	identity_free(id);
}

/* A name that another device gave is not written over; the identity's own name stays where it is known. */
static void test_settle_keeps(void **state)
{
	struct identity *id = NULL;
	(void)state;
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(identity_load(ctx->txn, &id), 0);
	const struct person *ana = of(ctx, CIRCLE_ANA);
	assert_int_equal(write_profile(ctx, "Another Name", "", &ana, 1), 0);
	call_it(id->did, "kitchen laptop", 0);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(settle_begin(txn_of(CIRCLE_JO), &(struct settle){.due = true}, "phone"), 0);
	struct vault *vault = let_go(CIRCLE_JO);
	assert_int_equal(settle_finish(vault, id), 0);
	take_back(CIRCLE_JO);
	assert_string_equal(id->name, "Jo M.");
	assert_named(CIRCLE_JO, id->did, "kitchen laptop");
	identity_free(id);
}

static int begin(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_names, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_names_that_are_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many_heads, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stream_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ends_are_what_was_written, setup, teardown),
	    cmocka_unit_test(test_ends_as_bytes),
	    cmocka_unit_test_setup_teardown(test_settle_row, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settle_learns, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settle_keeps, setup, teardown),
	};
	return cmocka_run_group_tests(tests, begin, NULL);
}
