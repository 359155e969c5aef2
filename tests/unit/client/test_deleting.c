/* test_deleting: the bin and deleting for good on the author's devices: what is out of sight, what comes back, what is
 * gone, what waits to be said, and what is refused. Jo has two devices; Ana reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/identity.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/sync/expire.h"
#include "client/sync/refs.h"
#include "client/sync/seal.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"

#define DAY_MS ((uint64_t)86400000)

static struct circle *c;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	c = circle_new();
	circle_add_devices(c);
	circle_vault(c, CIRCLE_JO);
	circle_vault(c, CIRCLE_JO_PHONE);
	circle_vault(c, CIRCLE_ANA);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

static void write_text(enum circle_who who, const char *text)
{
	struct write_entry e = {.body = text, .body_len = strlen(text), .mood = -1, .phase = -1};
	assert_int_equal(write_entry(circle_write(c, who), &e, NULL), 0);
}

/* Entry n of Jo's on this device; ctx is the one it is borrowed with. */
static const struct book_item *entry(const struct write_ctx *ctx, uint32_t n)
{
	const struct person *jo = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO));
	const struct book_item *item = book_by_number(ctx->book, jo, CONTENT_JOURNAL, n);
	assert_non_null(item);
	return item;
}

static void edit(enum circle_who who, uint32_t n, const char *text)
{
	struct write_entry e = {.body = text, .body_len = strlen(text), .mood = -1, .phase = -1};
	const struct write_ctx *ctx = circle_write(c, who);
	assert_int_equal(write_edit(ctx, entry(ctx, n), &e), 0);
}

static int count_one(void *arg, const struct book_item *item)
{
	(void)item;
	++*(unsigned *)arg;
	return 0;
}

static unsigned in_list(enum circle_who who)
{
	unsigned n = 0;
	const struct book *b = circle_book(c, who);
	assert_int_equal(book_each(b, CONTENT_JOURNAL, NULL, count_one, &n), 0);
	return n;
}

static unsigned in_bin(enum circle_who who)
{
	unsigned n = 0;
	assert_int_equal(book_each_in_bin(circle_book(c, who), count_one, &n), 0);
	return n;
}

static size_t pending(enum circle_who who)
{
	return ledger_pending_count(circle_vault(c, who)->txn);
}

static void bring_together(void)
{
	for (unsigned i = 0; i < 2; i++) {
		circle_exchange(c, CIRCLE_JO);
		circle_exchange(c, CIRCLE_JO_PHONE);
		circle_exchange(c, CIRCLE_ANA);
	}
}

static int put_in_bin(enum circle_who who, uint32_t n, uint64_t days)
{
	const struct write_ctx *ctx = circle_write(c, who);
	return write_bin(ctx, entry(ctx, n), ctx->now_ms + days * DAY_MS);
}

static void in_and_out(void **state)
{
	(void)state;
	write_text(CIRCLE_JO, "one");
	write_text(CIRCLE_JO, "two");
	bring_together();
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 30), 0);
	assert_int_equal(in_list(CIRCLE_JO), 1);
	assert_int_equal(in_bin(CIRCLE_JO), 1);
	assert_int_equal(in_list(CIRCLE_JO_PHONE), 2);
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 30), ERR_EXISTS);
	bring_together();
	assert_int_equal(in_list(CIRCLE_JO_PHONE), 1);
	assert_int_equal(in_bin(CIRCLE_JO_PHONE), 1);
	/* the other takes it out */
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO_PHONE);
	assert_int_equal(write_unbin(ctx, entry(ctx, 2)), ERR_NOT_FOUND);
	assert_int_equal(write_unbin(ctx, entry(ctx, 1)), 0);
	bring_together();
	assert_int_equal(in_list(CIRCLE_JO), 2);
	assert_int_equal(in_bin(CIRCLE_JO), 0);
	/* and in again */
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 30), 0);
	assert_int_equal(in_bin(CIRCLE_JO), 1);
}

/* One puts it in again while the other takes it out: it stays in sight. Both put it in: the later day counts. */
static void at_once(void **state)
{
	(void)state;
	write_text(CIRCLE_JO, "one");
	bring_together();
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 10), 0);
	assert_int_equal(put_in_bin(CIRCLE_JO_PHONE, 1, 40), 0);
	bring_together();
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_true(entry(ctx, 1)->bin_until_ms > ctx->now_ms + 39 * DAY_MS);
	ctx = circle_write(c, CIRCLE_JO_PHONE);
	assert_true(entry(ctx, 1)->bin_until_ms > ctx->now_ms + 39 * DAY_MS);
	assert_int_equal(write_unbin(ctx, entry(ctx, 1)), 0);
	/* the laptop takes it out, and puts it in anew */
	ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_unbin(ctx, entry(ctx, 1)), 0);
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 30), 0);
	bring_together();
	assert_int_equal(in_bin(CIRCLE_JO), 0);
	assert_int_equal(in_bin(CIRCLE_JO_PHONE), 0);
}

static void what_is_written_meanwhile(void **state)
{
	(void)state;
	write_text(CIRCLE_JO, "one");
	bring_together();
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 30), 0);
	edit(CIRCLE_JO_PHONE, 1, "one, and more");
	bring_together();
	assert_int_equal(in_list(CIRCLE_JO), 1);
	assert_int_equal(in_list(CIRCLE_JO_PHONE), 1);
	assert_int_equal(in_bin(CIRCLE_JO), 0);
}

static void readers_lose_it(void **state)
{
	(void)state;
	write_text(CIRCLE_JO, "one");
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct person *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	assert_int_equal(write_share(ctx, entry(ctx, 1), &ana, 1), 0);
	bring_together();
	const struct book_item *item = entry(circle_write(c, CIRCLE_ANA), 1);
	assert_non_null(book_head(item)->content);
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 30), 0);
	bring_together();
	item = entry(circle_write(c, CIRCLE_ANA), 1);
	assert_null(book_head(item)->content);
	assert_true(book_head(item)->withdrawn);
	assert_false(item->deleted);
	ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_unbin(ctx, entry(ctx, 1)), 0);
	assert_false(book_is_shared(entry(circle_write(c, CIRCLE_JO), 1)));
	/* for good */
	ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_delete(ctx, entry(ctx, 1), NULL), 0);
	bring_together();
	item = entry(circle_write(c, CIRCLE_ANA), 1);
	assert_true(item->deleted);
	assert_true(item->deleted_ms > 0);
	assert_true(item->revisions[0].deleted);
	assert_int_equal(circle_refused(c, CIRCLE_ANA), 0);
}

/* No row of the ledger holds words of Jo's any more. */
struct words {
	unsigned n;
};

static int count_words(void *arg, const struct ledger_record *r)
{
	struct words *w = arg;
	struct record record;
	assert_int_equal(record_parse(r->record, r->record_len, &record), 0);
	if ((record.op == RECORD_CONTENT || record.op == RECORD_SHARE) && record.class == RECORD_SHARED)
		w->n += r->content_len > 0;
	return 0;
}

static unsigned words_on(enum circle_who who)
{
	struct words w = {0};
	assert_int_equal(ledger_record_each(circle_vault(c, who)->txn, count_words, &w), 0);
	return w.n;
}

static void for_good(void **state)
{
	(void)state;
	write_text(CIRCLE_JO, "one");
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct person *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	assert_int_equal(write_share(ctx, entry(ctx, 1), &ana, 1), 0);
	for (unsigned i = 0; i < 70; i++) /* more than one tombstone names */
		edit(CIRCLE_JO, 1, i % 2 ? "odd" : "even");
	ctx = circle_write(c, CIRCLE_JO);
	struct write_comment comment = {.body = "mine", .body_len = 4};
	assert_int_equal(write_comment(ctx, entry(ctx, 1), &comment), 0);
	bring_together();
	ctx = circle_write(c, CIRCLE_ANA);
	assert_int_equal(write_comment(ctx, entry(ctx, 1), &comment), 0);
	bring_together();
	assert_int_equal(words_on(CIRCLE_ANA), 73);
	ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(entry(ctx, 1)->n_comments, 2);
	assert_int_equal(write_delete(ctx, entry(ctx, 1), NULL), 0);
	/* one private revision, 71 shared ones in two tombstones, one comment */
	assert_int_equal(pending(CIRCLE_JO), 4);
	ctx = circle_write(c, CIRCLE_JO);
	assert_true(entry(ctx, 1)->deleted);
	assert_int_equal(entry(ctx, 1)->n_comments, 1);
	assert_int_equal(write_delete(ctx, entry(ctx, 1), NULL), ERR_ARG);
	assert_int_equal(write_bin(ctx, entry(ctx, 1), ctx->now_ms), ERR_ARG);
	assert_int_equal(write_unbin(ctx, entry(ctx, 1)), ERR_NOT_FOUND);
	bring_together();
	/* what Ana wrote stays hers */
	assert_int_equal(words_on(CIRCLE_ANA), 1);
	assert_int_equal(words_on(CIRCLE_JO), 1);
	assert_int_equal(words_on(CIRCLE_JO_PHONE), 1);
	assert_int_equal(in_list(CIRCLE_JO_PHONE), 0);
	assert_true(entry(circle_write(c, CIRCLE_JO_PHONE), 1)->deleted);
	assert_int_equal(circle_refused(c, CIRCLE_JO_PHONE), 0);
}

static void never_sent(void **state)
{
	(void)state;
	write_text(CIRCLE_JO, "one");
	edit(CIRCLE_JO, 1, "one again");
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 30), 0);
	write_text(CIRCLE_JO, "two");
	assert_int_equal(pending(CIRCLE_JO), 4);
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_delete(ctx, entry(ctx, 1), NULL), 0);
	assert_int_equal(pending(CIRCLE_JO), 1);
	assert_int_equal(in_bin(CIRCLE_JO), 0);
	assert_int_equal(in_list(CIRCLE_JO), 1);
}

/* Half of it is sealed, half not. */
static void sent_in_part(void **state)
{
	(void)state;
	write_text(CIRCLE_JO, "one");
	assert_int_equal(circle_seal(c, CIRCLE_JO), 1);
	edit(CIRCLE_JO, 1, "one again");
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_delete(ctx, entry(ctx, 1), NULL), 0);
	assert_int_equal(pending(CIRCLE_JO), 1);
	bring_together();
	assert_int_equal(in_list(CIRCLE_JO), 0);
	assert_int_equal(in_list(CIRCLE_JO_PHONE), 0);
	assert_int_equal(circle_refused(c, CIRCLE_JO_PHONE), 0);
}

static void not_mine_or_kept(void **state)
{
	uint32_t until = 0;
	(void)state;
	write_text(CIRCLE_JO, "one");
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct person *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	assert_int_equal(write_share(ctx, entry(ctx, 1), &ana, 1), 0);
	bring_together();
	ctx = circle_write(c, CIRCLE_ANA);
	assert_int_equal(write_delete(ctx, entry(ctx, 1), NULL), ERR_NOT_AUTHOR);
	assert_int_equal(write_bin(ctx, entry(ctx, 1), ctx->now_ms), ERR_NOT_AUTHOR);
	/* a clinical message */
	const struct person *osei = circle_person(c, CIRCLE_ANA, CIRCLE_OSEI);
	struct write_message m = {.to = &osei, .n_to = 1, .care = true, .body = "x", .body_len = 1};
	assert_int_equal(write_message(ctx, &m, NULL), 0);
	circle_exchange(c, CIRCLE_ANA);
	ctx = circle_write(c, CIRCLE_ANA);
	const struct book_item *note = book_by_number(ctx->book, NULL, CONTENT_MESSAGE, 1);
	assert_int_equal(write_delete(ctx, note, &until), ERR_RETAINED);
	assert_true(until > ctx->now_ms / DAY_MS);
	assert_int_equal(write_bin(ctx, note, ctx->now_ms), ERR_ARG);
}

/* --- the day --- */

static size_t expire(enum circle_who who, uint64_t now_ms)
{
	struct scratch_vault *v = circle_vault(c, who);
	struct identity *id = NULL;
	size_t n;
	assert_int_equal(identity_load(v->txn, &id), 0);
	assert_int_equal(vault_commit(v->txn), 0);
	v->txn = NULL;
	assert_int_equal(expire_bin(v->vault, id, now_ms, &n), 0);
	assert_int_equal(vault_begin(v->vault, true, &v->txn), 0);
	identity_free(id);
	return n;
}

static void after_thirty_days(void **state)
{
	(void)state;
	write_text(CIRCLE_JO, "one");
	write_text(CIRCLE_JO, "two");
	write_text(CIRCLE_JO, "three");
	bring_together();
	uint64_t now_ms = circle_write(c, CIRCLE_JO)->now_ms;
	assert_int_equal(expire(CIRCLE_JO, now_ms + 99 * DAY_MS), 0);
	assert_int_equal(put_in_bin(CIRCLE_JO, 1, 30), 0);
	assert_int_equal(put_in_bin(CIRCLE_JO, 2, 30), 0);
	bring_together();
	assert_int_equal(expire(CIRCLE_JO, now_ms + 29 * DAY_MS), 0);
	assert_int_equal(expire(CIRCLE_JO_PHONE, now_ms + 29 * DAY_MS), 0);
	assert_int_equal(in_bin(CIRCLE_JO), 2);
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO_PHONE);
	assert_int_equal(write_unbin(ctx, entry(ctx, 2)), 0);
	bring_together();
	/* the other device is the first to look, and both may */
	assert_int_equal(expire(CIRCLE_JO_PHONE, now_ms + 31 * DAY_MS), 1);
	assert_int_equal(expire(CIRCLE_JO, now_ms + 31 * DAY_MS), 1);
	assert_int_equal(expire(CIRCLE_JO, now_ms + 31 * DAY_MS), 0);
	bring_together();
	assert_true(entry(circle_write(c, CIRCLE_JO), 1)->deleted);
	assert_true(entry(circle_write(c, CIRCLE_JO_PHONE), 1)->deleted);
	assert_int_equal(in_list(CIRCLE_JO), 2);
	assert_int_equal(in_list(CIRCLE_JO_PHONE), 2);
	assert_int_equal(in_bin(CIRCLE_JO), 0);
	assert_int_equal(circle_refused(c, CIRCLE_JO) + circle_refused(c, CIRCLE_JO_PHONE), 0);
}

/* --- references and refusals --- */

static int turn(void *arg, uint8_t ref[32])
{
	++*(unsigned *)arg;
	ref[31] = 9;
	return 0;
}

static void references(void **state)
{
	struct content_head head = {.kind = CONTENT_BIN, .item = {1}, .n_parents = 1};
	struct content *content = content_new(&head);
	struct mp_doc *doc;
	struct mp_cur versions;
	struct buf list, bytes, out;
	uint8_t ref[32] = {1};
	unsigned n = 0;
	(void)state;
	buf_init(&list, 0);
	buf_init(&bytes, 0);
	buf_init(&out, 0);
	mp_put_array(&list, 3);
	for (uint8_t i = 0; i < 3; i++) {
		ref[0] = i;
		mp_put_bin(&list, ref, 32);
	}
	assert_int_equal(content_set_bin(content, CONTENT_DELETED_ITEM, ref, 16), 0);
	assert_int_equal(content_set_array(content, CONTENT_BIN_VERSIONS, list.data, list.len), 0);
	assert_int_equal(content_set_u64(content, CONTENT_BIN_UNTIL, 1), 0);
	assert_int_equal(content_encode(content, &content_base_kinds, &bytes), 0);
	content_free(content);
	assert_int_equal(refs_replace(bytes.data, bytes.len, turn, &n, &out), 0);
	assert_int_equal(n, 4);
	assert_int_equal(content_decode(out.data, out.len, &content_base_kinds, &content), 0);
	assert_int_equal(content_open(content, CONTENT_BIN_VERSIONS, &doc, &versions), 0);
	for (uint8_t i = 0; i < 3; i++) {
		mp_fixed(&versions, ref, 32);
		assert_int_equal(ref[0], i);
		assert_int_equal(ref[31], 9);
	}
	mp_close(doc);
	content_free(content);
	buf_wipe(&list);
	buf_wipe(&bytes);
	buf_wipe(&out);
}

static int note_newest(void *arg, const struct ledger_record *r)
{
	memcpy(arg, r->rid, 32);
	return 0;
}

/* A tombstone that the server refuses is dropped, and what it named is there again. */
static void a_refused_tombstone(void **state)
{
	struct scratch_vault *v = circle_vault(c, CIRCLE_JO);
	struct identity *id = NULL;
	struct seal_result result = {0};
	uint8_t rid[32];
	(void)state;
	write_text(CIRCLE_JO, "one");
	bring_together();
	const struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_delete(ctx, entry(ctx, 1), NULL), 0);
	assert_int_equal(circle_seal(c, CIRCLE_JO), 1);
	ctx = circle_write(c, CIRCLE_JO);
	assert_true(entry(ctx, 1)->deleted);
	assert_int_equal(in_list(CIRCLE_JO), 0);
	/* the newest record is the tombstone */
	assert_int_equal(ledger_record_each(v->txn, note_newest, rid), 0);
	assert_int_equal(identity_load(v->txn, &id), 0);
	assert_int_equal(vault_commit(v->txn), 0);
	v->txn = NULL;
	assert_true(seal_deletes(v->vault, rid));
	assert_int_equal(seal_take_back(v->vault, id, rid, &result), 0);
	assert_int_equal(vault_begin(v->vault, true, &v->txn), 0);
	identity_free(id);
	assert_int_equal(result.dropped, 1);
	assert_int_equal(in_list(CIRCLE_JO), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(in_and_out),
	    TEST(at_once),
	    TEST(what_is_written_meanwhile),
	    TEST(readers_lose_it),
	    TEST(for_good),
	    TEST(never_sent),
	    TEST(sent_in_part),
	    TEST(not_mine_or_kept),
	    TEST(after_thirty_days),
	    TEST(references),
	    TEST(a_refused_tombstone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
