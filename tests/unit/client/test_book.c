/* The book: what a person sees of what was written, on the device that wrote it and on those that read it; before and
 * after sealing; what others may and may not say about it. The graph of revisions is in test_book_graph.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

static struct circle *c;

static int setup(void **state)
{
	(void)state;
	c = circle_new();
	circle_vault(c, CIRCLE_JO);
	circle_vault(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_OSEI);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

/* --- short forms --- */

static const struct book_item *entry_seen_by(enum circle_who device)
{
	return circle_see(c, device, CONTENT_JOURNAL, CIRCLE_JO);
}

static void share(enum circle_who who, enum circle_who with)
{
	assert_int_equal(circle_share(c, who, with), 0);
}

static void unshare(enum circle_who who, enum circle_who from)
{
	assert_int_equal(circle_unshare(c, who, from), 0);
}

static void message(enum circle_who from, enum circle_who to, bool care, unsigned priority)
{
	struct write_ctx *ctx = circle_write(c, from);
	const struct person *who = circle_person(c, from, to);
	struct write_message m = {.to = &who, .n_to = 1, .care = care, .priority = priority, .body = "hi", .body_len = 2};
	assert_int_equal(write_message(ctx, &m, NULL), 0);
}

/* Word to the author of an item's head. */
static void receipt(enum circle_who who, uint32_t kind, enum circle_who author, unsigned state)
{
	uint8_t rid[1][32];
	const struct book_item *item = circle_see(c, who, kind, author);
	memcpy(rid[0], book_head(item)->ref, 32);
	struct write_ctx *ctx = circle_write(c, who);
	assert_int_equal(write_receipt(ctx, circle_person(c, who, author), (const uint8_t(*)[32])rid, 1, state), 0);
}

static void assert_body(const struct book_revision *r, const char *want)
{
	circle_text_is(r->content, CONTENT_BODY, want);
}

static const struct book_reader *reader(const struct book_item *item, enum circle_who who)
{
	for (size_t i = 0; i < item->n_readers; i++)
		if (memcmp(item->readers[i].person->pid, circle_genesis(c, who), 16) == 0)
			return &item->readers[i];
	return NULL;
}

static bool reads_now(const struct book_item *item, enum circle_who who)
{
	const struct person *readers[32];
	size_t n = book_current_readers(item, readers, 32);
	for (size_t i = 0; i < n; i++)
		if (memcmp(readers[i]->pid, circle_genesis(c, who), 16) == 0)
			return true;
	return false;
}

/* --- one's own entries --- */

static void test_empty(void **state)
{
	static const uint8_t none[32];
	const struct book *b = circle_book(c, CIRCLE_JO);
	(void)state;
	assert_int_equal(book_newest(b), 0);
	assert_null(book_by_ref(b, none));
	assert_null(book_by_id(b, none, none));
	assert_null(book_by_number(b, NULL, CONTENT_JOURNAL, 1));
	book_free(NULL);
}

static void test_pending_then_sealed(void **state)
{
	uint8_t lid[3][32];
	(void)state;
	circle_enter(c, CIRCLE_JO, "one");
	circle_edit(c, CIRCLE_JO, "two");
	const struct book_item *item = entry_seen_by(CIRCLE_JO);
	for (size_t i = 0; i < 2; i++)
		memcpy(lid[i], item->revisions[i].ref, 32);
	/* the first is sealed, the second and third are not, and name it by its lid */
	circle_seal(c, CIRCLE_JO);
	circle_edit(c, CIRCLE_JO, "three");
	for (int sealed = 0; sealed < 3; sealed++) {
		item = entry_seen_by(CIRCLE_JO);
		assert_int_equal(item->n_revisions, 3);
		assert_int_equal(item->n_heads, 1);
		assert_body(&item->revisions[0], "one");
		assert_body(&item->revisions[1], "two");
		assert_body(book_head(item), "three");
		assert_ptr_equal(book_head(item), &item->revisions[2]);
		assert_true(item->revisions[0].superseded && item->revisions[1].superseded && !item->revisions[2].superseded);
		assert_false(item->revisions[0].pending);
		assert_int_equal(item->revisions[2].pending, sealed == 0);
		assert_int_equal(item->revisions[2].waiting, sealed == 1);
		assert_int_equal(item->revisions[2].stored_ms != 0, sealed == 2);
		assert_true(item->opened_here);
		assert_int_equal(item->number, 1);
		const struct book *b = circle_book(c, CIRCLE_JO);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(book_by_ref(b, lid[i])->number, 1);
		if (sealed == 0)
			circle_seal(c, CIRCLE_JO);
		else
			circle_send(c, CIRCLE_JO);
	}
	assert_memory_not_equal(lid[0], entry_seen_by(CIRCLE_JO)->revisions[0].ref, 32);
}

/* An edit written while the revision it stands on was on its way: the parent is a lid that has become a rid. */
static void test_parent_sealed_meanwhile(void **state)
{
	struct content_head head;
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct buf bytes;
	(void)state;
	circle_enter(c, CIRCLE_JO, "one");
	const struct book_revision *first = book_head(entry_seen_by(CIRCLE_JO));
	head = *content_peek_head(first->content);
	head.n_parents = 1;
	memcpy(head.parents[0], first->ref, 32);
	struct content *content = content_copy(first->content, &head);
	buf_init(&bytes, 0);
	assert_int_equal(content_encode(content, &care_kinds, &bytes), 0);
	content_free(content);
	circle_seal(c, CIRCLE_JO);
	p.content = bytes.data;
	p.content_len = bytes.len;
	memset(p.lid, 9, sizeof(p.lid));
	assert_int_equal(ledger_pending_add(circle_vault(c, CIRCLE_JO)->txn, &p), 0);
	buf_wipe(&bytes);
	assert_int_equal(entry_seen_by(CIRCLE_JO)->n_heads, 1);
	assert_int_equal(entry_seen_by(CIRCLE_JO)->n_revisions, 2);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(entry_seen_by(CIRCLE_JO)->n_heads, 1);
	assert_int_equal(entry_seen_by(CIRCLE_JO)->n_revisions, 2);
}

static void test_numbers(void **state)
{
	struct book *b = NULL;
	(void)state;
	circle_enter(c, CIRCLE_JO, "one");
	circle_enter(c, CIRCLE_JO, "two");
	const struct people *people = circle_people(c, CIRCLE_JO);
	assert_int_equal(book_load(circle_vault(c, CIRCLE_JO)->txn, people, false, &b), 0);
	assert_null(book_by_number(b, NULL, CONTENT_JOURNAL, 2)); /* nobody has looked yet */
	book_free(b);
	assert_int_equal(entry_seen_by(CIRCLE_JO)->number, 2);
	message(CIRCLE_JO, CIRCLE_ANA, false, 0);
	message(CIRCLE_JO, CIRCLE_ANA, false, 0);
	message(CIRCLE_ANA, CIRCLE_JO, false, 0);
	circle_send(c, CIRCLE_JO);
	circle_send(c, CIRCLE_ANA);
	const struct book *book = circle_book(c, CIRCLE_JO);
	const struct person *jo = circle_person(c, CIRCLE_JO, CIRCLE_JO), *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	assert_body(book_head(book_by_number(book, jo, CONTENT_JOURNAL, 1)), "one");
	assert_body(book_head(book_by_number(book, jo, CONTENT_JOURNAL, 2)), "two");
	assert_null(book_by_number(book, jo, CONTENT_JOURNAL, 3));
	assert_null(book_by_number(book, ana, CONTENT_JOURNAL, 1));
	assert_null(book_by_number(book, jo, CONTENT_JOURNAL, 0));
	assert_ptr_equal(book_by_number(book, NULL, CONTENT_MESSAGE, 3)->author, ana);
	assert_ptr_equal(book_by_number(book, NULL, CONTENT_MESSAGE, 2)->author, jo);
	/* for Ana: the row of Jo's entries begins when the first comes */
	share(CIRCLE_JO, CIRCLE_ANA); /* "two" */
	circle_send(c, CIRCLE_JO);
	assert_int_equal(entry_seen_by(CIRCLE_ANA)->number, 1);
	assert_true(book_newest(circle_book(c, CIRCLE_ANA)) >= 3);
}

static int stop_at_second(void *arg, const struct book_item *item)
{
	(void)item;
	return ++*(int *)arg == 2 ? 77 : 0;
}

static void test_each(void **state)
{
	int n = 0;
	(void)state;
	for (int i = 0; i < 3; i++)
		circle_enter(c, CIRCLE_JO, "x");
	assert_int_equal(book_each(circle_book(c, CIRCLE_JO), CONTENT_JOURNAL, NULL, stop_at_second, &n), 77);
	assert_int_equal(n, 2);
	n = 0;
	assert_int_equal(book_each(circle_book(c, CIRCLE_JO), CONTENT_MESSAGE, NULL, stop_at_second, &n), 0);
	assert_int_equal(n, 0);
}

/* --- sharing --- */

static void test_share_and_take_back(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "one");
	circle_send(c, CIRCLE_JO);
	assert_null(entry_seen_by(CIRCLE_ANA));
	share(CIRCLE_JO, CIRCLE_ANA);
	assert_true(book_is_shared(entry_seen_by(CIRCLE_JO))); /* before it is sealed, too */
	circle_send(c, CIRCLE_JO);
	share(CIRCLE_JO, CIRCLE_OSEI);
	circle_send(c, CIRCLE_JO);
	const enum circle_who devices[] = {CIRCLE_JO, CIRCLE_ANA, CIRCLE_OSEI};
	for (size_t i = 0; i < 3; i++) {
		const struct book_item *item = entry_seen_by(devices[i]);
		assert_body(book_head(item), "one");
		assert_int_equal(item->n_heads, 1);
		assert_true(reads_now(item, CIRCLE_ANA) && reads_now(item, CIRCLE_OSEI) && !reads_now(item, CIRCLE_JO));
		assert_int_equal(item->n_readers, 2);
	}
	/* the first revision was Jo's alone and its rid means nothing to the others */
	assert_int_equal(entry_seen_by(CIRCLE_JO)->n_revisions, 3);
	assert_int_equal(entry_seen_by(CIRCLE_ANA)->n_revisions, 2);
	assert_int_equal(entry_seen_by(CIRCLE_OSEI)->n_revisions, 1);
	uint64_t since = reader(entry_seen_by(CIRCLE_JO), CIRCLE_ANA)->since_ms;
	assert_true(since < reader(entry_seen_by(CIRCLE_JO), CIRCLE_OSEI)->since_ms);

	unshare(CIRCLE_JO, CIRCLE_ANA);
	for (int sent = 0; sent < 2; sent++) {
		const struct book_item *item = entry_seen_by(CIRCLE_JO);
		assert_false(reads_now(item, CIRCLE_ANA));
		assert_true(reads_now(item, CIRCLE_OSEI));
		assert_true(reader(item, CIRCLE_ANA)->withdrawn);
		assert_false(reader(item, CIRCLE_OSEI)->withdrawn);
		circle_send(c, CIRCLE_JO);
	}
	const struct book_item *gone = entry_seen_by(CIRCLE_ANA);
	assert_int_equal(gone->n_revisions, 2);
	assert_int_equal(gone->n_heads, 1);
	assert_true(book_head(gone)->withdrawn);
	assert_null(book_head(gone)->content);
	assert_int_equal(gone->number, 1);
	assert_true(gone->at_ms > 0);
	assert_false(reads_now(gone, CIRCLE_ANA));
	/* the next revision goes to who is left */
	circle_edit(c, CIRCLE_JO, "two");
	circle_send(c, CIRCLE_JO);
	assert_body(book_head(entry_seen_by(CIRCLE_OSEI)), "two");
	assert_true(book_head(entry_seen_by(CIRCLE_ANA))->withdrawn);
	/* given again: what was taken back is no second version */
	share(CIRCLE_JO, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	gone = entry_seen_by(CIRCLE_ANA);
	assert_int_equal(gone->n_revisions, 3);
	assert_int_equal(gone->n_heads, 1);
	assert_body(book_head(gone), "two");
	assert_int_equal(gone->number, 1);
	const struct book_reader *again = reader(entry_seen_by(CIRCLE_JO), CIRCLE_ANA);
	assert_false(again->withdrawn);
	assert_true(again->since_ms > since);
	for (int i = 0; i < CIRCLE_PEOPLE; i++)
		assert_int_equal(circle_refused(c, (enum circle_who)i), 0);
}

/* A device that was away while an entry was given and taken back. */
static void test_taken_back_unseen(void **state)
{
	(void)state;
	struct circle *late = circle_new();
	circle_free(c);
	c = late;
	circle_vault(c, CIRCLE_JO);
	circle_enter(c, CIRCLE_JO, "one");
	share(CIRCLE_JO, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	unshare(CIRCLE_JO, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	circle_catch_up(c, CIRCLE_ANA);
	const struct book_item *item = entry_seen_by(CIRCLE_ANA);
	assert_non_null(item);
	assert_int_equal(item->kind, CONTENT_JOURNAL);
	assert_memory_equal(item->id, entry_seen_by(CIRCLE_JO)->id, 16);
	assert_true(book_head(item)->withdrawn);
	assert_int_equal(circle_refused(c, CIRCLE_ANA), 0);
	assert_int_equal(item->n_revisions, 1);
}

/* Who left the team can still read what they had; that is said. */
static void test_reader_left(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "one");
	share(CIRCLE_JO, CIRCLE_ANA);
	share(CIRCLE_JO, CIRCLE_OSEI);
	circle_send(c, CIRCLE_JO);
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_JO);
	circle_edit(c, CIRCLE_JO, "two");
	circle_send(c, CIRCLE_JO);
	const struct book_item *item = entry_seen_by(CIRCLE_JO);
	assert_true(reads_now(item, CIRCLE_ANA));
	assert_false(reads_now(item, CIRCLE_OSEI));
	assert_false(reader(item, CIRCLE_OSEI)->withdrawn);
	assert_body(book_head(entry_seen_by(CIRCLE_OSEI)), "one");
}

/* --- comments --- */

static void test_comments(void **state)
{
	struct write_comment words = {.body = "hm", .body_len = 2};
	(void)state;
	circle_enter(c, CIRCLE_JO, "one");
	share(CIRCLE_JO, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	const struct book_item *item = circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(write_comment(ctx, item, &words), 0);
	assert_int_equal(entry_seen_by(CIRCLE_ANA)->n_comments, 1); /* before it is sealed, too */
	circle_send(c, CIRCLE_ANA);
	ctx = circle_write(c, CIRCLE_JO);
	words.body = "yes";
	words.body_len = 3;
	assert_int_equal(write_comment(ctx, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), &words), 0);
	circle_send(c, CIRCLE_JO);
	item = entry_seen_by(CIRCLE_JO);
	assert_int_equal(item->n_comments, 2);
	assert_body(book_head(item->comments[0]), "hm");
	assert_body(book_head(item->comments[1]), "yes");
	assert_ptr_equal(item->comments[0]->on, item);
	assert_int_equal(item->comments[0]->number, 0);
	assert_int_equal(entry_seen_by(CIRCLE_ANA)->n_comments, 2);
	/* an edit keeps them; taking back leaves the comment with who wrote it */
	circle_edit(c, CIRCLE_JO, "two");
	circle_send(c, CIRCLE_JO);
	assert_int_equal(entry_seen_by(CIRCLE_ANA)->n_comments, 2);
	unshare(CIRCLE_JO, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(entry_seen_by(CIRCLE_ANA)->n_comments, 2);
	assert_body(book_head(circle_see(c, CIRCLE_ANA, CONTENT_COMMENT, CIRCLE_ANA)), "hm");
	/* who never had the entry sees a comment on nothing */
	assert_null(circle_see(c, CIRCLE_OSEI, CONTENT_COMMENT, CIRCLE_ANA));
}

/* --- messages --- */

static enum book_progress progress(enum circle_who device, enum circle_who author, enum circle_who who, uint64_t *at)
{
	const struct book_item *item = circle_see(c, device, CONTENT_MESSAGE, author);
	return book_progress(item, circle_person(c, device, who), at);
}

static void test_progress(void **state)
{
	uint64_t at, before;
	(void)state;
	message(CIRCLE_ANA, CIRCLE_OSEI, true, 2);
	const struct book_item *item = circle_see(c, CIRCLE_ANA, CONTENT_MESSAGE, CIRCLE_ANA);
	assert_true(book_head(item)->answer_by_s > 0);
	assert_int_equal(progress(CIRCLE_ANA, CIRCLE_ANA, CIRCLE_OSEI, &at), BOOK_WRITTEN);
	assert_true(at ==
	            content_peek_head(book_head(circle_see(c, CIRCLE_ANA, CONTENT_MESSAGE, CIRCLE_ANA))->content)->made_ms);
	circle_seal(c, CIRCLE_ANA);
	assert_int_equal(progress(CIRCLE_ANA, CIRCLE_ANA, CIRCLE_OSEI, &at), BOOK_WRITTEN);
	circle_send(c, CIRCLE_ANA);
	assert_int_equal(progress(CIRCLE_ANA, CIRCLE_ANA, CIRCLE_OSEI, &at), BOOK_ON_SERVER);
	assert_true(at > 0);
	receipt(CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA, 1);
	circle_send(c, CIRCLE_OSEI);
	assert_int_equal(progress(CIRCLE_ANA, CIRCLE_ANA, CIRCLE_OSEI, &before), BOOK_DELIVERED);
	assert_false(circle_see(c, CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA)->opened_here);
	receipt(CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA, 2);
	assert_true(circle_see(c, CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA)->opened_here);
	circle_send(c, CIRCLE_OSEI);
	assert_true(circle_see(c, CIRCLE_OSEI, CONTENT_MESSAGE, CIRCLE_ANA)->opened_here);
	assert_int_equal(progress(CIRCLE_ANA, CIRCLE_ANA, CIRCLE_OSEI, &at), BOOK_OPENED);
	assert_true(at > before);
	assert_true(reader(circle_see(c, CIRCLE_ANA, CONTENT_MESSAGE, CIRCLE_ANA), CIRCLE_OSEI)->delivered_ms == before);
	struct write_ctx *ctx = circle_write(c, CIRCLE_OSEI);
	item = circle_last(ctx, c, CONTENT_MESSAGE, CIRCLE_ANA);
	assert_int_equal(write_ack(ctx, item, "Called.", 7), 0);
	circle_send(c, CIRCLE_OSEI);
	assert_int_equal(progress(CIRCLE_ANA, CIRCLE_ANA, CIRCLE_OSEI, &at), BOOK_ACKNOWLEDGED);
	item = circle_see(c, CIRCLE_ANA, CONTENT_MESSAGE, CIRCLE_ANA);
	assert_int_equal(item->n_acks, 1);
	assert_string_equal(item->acks[0].note, "Called.");
	assert_true(item->acks[0].at_ms == at);
	assert_memory_equal(item->acks[0].person->pid, circle_genesis(c, CIRCLE_OSEI), 16);
	/* somebody who was not written to */
	assert_int_equal(progress(CIRCLE_ANA, CIRCLE_ANA, CIRCLE_LUND, &at), BOOK_ON_SERVER);
}

/* Opened once, then edited: the new words have not been read. */
static void test_opened_here(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "one");
	share(CIRCLE_JO, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	receipt(CIRCLE_ANA, CONTENT_JOURNAL, CIRCLE_JO, 2);
	circle_send(c, CIRCLE_ANA);
	assert_true(entry_seen_by(CIRCLE_ANA)->opened_here);
	assert_true(reader(entry_seen_by(CIRCLE_JO), CIRCLE_ANA)->opened_ms > 0);
	circle_edit(c, CIRCLE_JO, "two");
	circle_send(c, CIRCLE_JO);
	assert_false(entry_seen_by(CIRCLE_ANA)->opened_here);
	assert_true(reader(entry_seen_by(CIRCLE_JO), CIRCLE_ANA)->opened_ms > 0);
}

static void test_threads(void **state)
{
	static const uint8_t none[16];
	(void)state;
	message(CIRCLE_JO, CIRCLE_ANA, false, 3);
	circle_send(c, CIRCLE_JO);
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	struct write_message m = {.body = "ok", .body_len = 2};
	m.reply_to = circle_last(ctx, c, CONTENT_MESSAGE, CIRCLE_JO);
	assert_int_equal(write_message(ctx, &m, NULL), 0);
	circle_send(c, CIRCLE_ANA);
	uint8_t thread[16];
	memcpy(thread, book_head(circle_see(c, CIRCLE_JO, CONTENT_MESSAGE, CIRCLE_ANA))->thread, 16);
	assert_memory_not_equal(thread, none, 16);
	assert_memory_equal(thread, book_head(circle_see(c, CIRCLE_JO, CONTENT_MESSAGE, CIRCLE_JO))->thread, 16);
	circle_enter(c, CIRCLE_JO, "x");
	assert_memory_equal(book_head(entry_seen_by(CIRCLE_JO))->thread, none, 16);
}

/* --- what is not believed --- */

struct forged {
	enum circle_who by, to;
	uint8_t record_class, op;
	const uint8_t *target; /* rid, NULL */
	struct content *content;
};

/* Seals what no honest program would write. Takes the content. */
static void forge(const struct forged *f)
{
	struct ledger_pending p = {.record_class = f->record_class, .op = f->op, .n_audience = 1};
	struct buf bytes;
	buf_init(&bytes, 0);
	memcpy(p.audience[0], circle_genesis(c, f->to), 16);
	if (f->target)
		memcpy(p.targets[p.n_targets++], f->target, 32);
	assert_int_equal(content_encode(f->content, &care_kinds, &bytes), 0);
	content_free(f->content);
	assert_int_equal(crypto_random(p.lid, sizeof(p.lid)), 0);
	p.content = bytes.data;
	p.content_len = bytes.len;
	assert_int_equal(ledger_pending_add(circle_vault(c, f->by)->txn, &p), 0);
	buf_wipe(&bytes);
	size_t refused = circle_refused(c, f->to);
	circle_send(c, f->by);
	assert_int_equal(circle_refused(c, f->to),
	                 refused + (f->record_class == RECORD_CONTROL && f->op == RECORD_CONTENT));
}

static struct content *of_kind(uint32_t kind, const uint8_t item[16])
{
	struct content_head head = {.kind = kind, .at_ms = 5, .made_ms = 5};
	if (item)
		memcpy(head.item, item, 16);
	struct content *content = content_new(&head);
	assert_non_null(content);
	return content;
}

static void shared_entry(uint8_t rid[32], uint8_t id[16])
{
	circle_enter(c, CIRCLE_JO, "one");
	share(CIRCLE_JO, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	const struct book_item *item = entry_seen_by(CIRCLE_JO);
	memcpy(rid, book_head(item)->ref, 32);
	memcpy(id, item->id, 16);
}

/* Osei was never given the entry; Ana was. */
static void test_foreign_words(void **state)
{
	uint8_t rid[32], id[16];
	(void)state;
	shared_entry(rid, id);
	const enum circle_who by[] = {CIRCLE_OSEI, CIRCLE_ANA};
	for (size_t i = 0; i < 2; i++) {
		struct forged ack = {by[i], CIRCLE_JO, RECORD_SHARED, RECORD_ACKNOWLEDGE, rid, NULL};
		ack.content = of_kind(CONTENT_ACKNOWLEDGEMENT, NULL);
		forge(&ack);
		assert_int_equal(entry_seen_by(CIRCLE_JO)->n_acks, i);
		struct forged opened = {by[i], CIRCLE_JO, RECORD_CONTROL, RECORD_RECEIPT, rid, NULL};
		opened.content = of_kind(CONTENT_RECEIPT, NULL);
		assert_int_equal(content_set_u64(opened.content, CONTENT_STATE, 2), 0);
		forge(&opened);
		assert_int_equal(entry_seen_by(CIRCLE_JO)->n_readers, 1);
		assert_int_equal(reader(entry_seen_by(CIRCLE_JO), CIRCLE_ANA)->opened_ms, i ? 5 : 0);
	}
	assert_string_equal(entry_seen_by(CIRCLE_JO)->acks[0].note, "");
}

/* The same item id, and the entry as its parent: still another item, and the entry is as it was. */
static void test_foreign_revision(void **state)
{
	struct content_head head = {.kind = CONTENT_JOURNAL, .n_parents = 1};
	uint8_t rid[32], id[16];
	(void)state;
	shared_entry(rid, id);
	memcpy(head.item, id, 16);
	memcpy(head.parents[0], rid, 32);
	struct content *content = content_new(&head);
	assert_int_equal(content_set_str(content, CONTENT_BODY, "mine now", 8), 0);
	forge(&(struct forged){CIRCLE_OSEI, CIRCLE_JO, RECORD_SHARED, RECORD_CONTENT, NULL, content});
	const struct book_item *item = entry_seen_by(CIRCLE_JO);
	assert_int_equal(item->n_heads, 1);
	assert_body(book_head(item), "one");
	assert_false(book_head(item)->superseded);
	assert_int_equal(item->n_revisions, 2);
	item = circle_see(c, CIRCLE_JO, CONTENT_JOURNAL, CIRCLE_OSEI);
	assert_body(book_head(item), "mine now");
	const struct book *b = circle_book(c, CIRCLE_JO);
	assert_memory_equal(book_by_id(b, circle_genesis(c, CIRCLE_OSEI), id)->author->pid, circle_genesis(c, CIRCLE_OSEI),
	                    16);
	assert_memory_equal(book_by_id(b, circle_genesis(c, CIRCLE_JO), id)->author->pid, circle_genesis(c, CIRCLE_JO), 16);
}

static void test_foreign_unshare(void **state)
{
	uint8_t rid[32], id[16];
	struct buf from;
	(void)state;
	shared_entry(rid, id);
	struct content *content = of_kind(CONTENT_UNSHARE, NULL);
	buf_init(&from, 0);
	mp_put_array(&from, 1);
	mp_put_bin(&from, circle_genesis(c, CIRCLE_ANA), 16);
	assert_int_equal(content_set_bin(content, CONTENT_UNSHARED_ITEM, id, 16), 0);
	assert_int_equal(content_set_array(content, CONTENT_UNSHARED_FROM, from.data, from.len), 0);
	buf_wipe(&from);
	forge(&(struct forged){CIRCLE_OSEI, CIRCLE_ANA, RECORD_SHARED, RECORD_UNSHARE, rid, content});
	assert_body(book_head(entry_seen_by(CIRCLE_ANA)), "one");
	assert_true(reads_now(entry_seen_by(CIRCLE_ANA), CIRCLE_ANA));
	unshare(CIRCLE_JO, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	assert_true(book_head(entry_seen_by(CIRCLE_ANA))->withdrawn);
}

/* A comment on itself, or on what is not here, stands alone. */
static void test_comment_on_nothing(void **state)
{
	uint8_t id[16] = {9}, rid[32] = {1};
	struct buf on;
	(void)state;
	for (int itself = 0; itself < 2; itself++) {
		struct content *content = of_kind(CONTENT_COMMENT, id);
		buf_init(&on, 0);
		mp_put_array(&on, 2);
		mp_put_bin(&on, circle_genesis(c, CIRCLE_ANA), 16);
		mp_put_bin(&on, itself ? id : rid, 16);
		assert_int_equal(content_set_array(content, CONTENT_ON_ITEM, on.data, on.len), 0);
		assert_int_equal(content_set_bin(content, CONTENT_ON_RID, rid, 32), 0);
		assert_int_equal(content_set_str(content, CONTENT_BODY, "x", 1), 0);
		buf_wipe(&on);
		forge(&(struct forged){CIRCLE_ANA, CIRCLE_JO, RECORD_SHARED, RECORD_CONTENT, NULL, content});
		assert_null(circle_see(c, CIRCLE_JO, CONTENT_COMMENT, CIRCLE_ANA)->on);
		assert_int_equal(circle_see(c, CIRCLE_JO, CONTENT_COMMENT, CIRCLE_ANA)->n_comments, 0);
	}
}

/* A control record cannot pass for an entry; a profile is no item. */
static void test_control(void **state)
{
	(void)state;
	struct content *content = of_kind(CONTENT_JOURNAL, NULL);
	assert_int_equal(content_set_str(content, CONTENT_BODY, "x", 1), 0);
	forge(&(struct forged){CIRCLE_ANA, CIRCLE_JO, RECORD_CONTROL, RECORD_CONTENT, NULL, content});
	assert_null(circle_see(c, CIRCLE_JO, CONTENT_JOURNAL, CIRCLE_ANA));
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	const struct person *jo = circle_person(c, CIRCLE_ANA, CIRCLE_JO);
	assert_int_equal(write_profile(ctx, "Ana R.", "", &jo, 1), 0);
	circle_send(c, CIRCLE_ANA);
	assert_null(circle_see(c, CIRCLE_JO, CONTENT_PROFILE, CIRCLE_ANA));
	assert_string_equal(circle_person(c, CIRCLE_JO, CIRCLE_ANA)->name, "Ana R.");
}

/* Somebody in an audience whom the chain does not name is somebody all the same. */
static void test_stranger(void **state)
{
	struct ledger_pending p = {.record_class = RECORD_SHARED, .op = RECORD_CONTENT, .n_audience = 1};
	struct buf bytes;
	(void)state;
	memset(p.audience[0], 0xee, 16);
	struct content *content = of_kind(CONTENT_JOURNAL, NULL);
	assert_int_equal(content_set_str(content, CONTENT_BODY, "x", 1), 0);
	buf_init(&bytes, 0);
	assert_int_equal(content_encode(content, &care_kinds, &bytes), 0);
	content_free(content);
	p.content = bytes.data;
	p.content_len = bytes.len;
	for (uint8_t i = 1; i <= 2; i++) {
		memset(p.lid, i, sizeof(p.lid));
		assert_int_equal(ledger_pending_add(circle_vault(c, CIRCLE_JO)->txn, &p), 0);
	}
	buf_wipe(&bytes);
	const struct book_item *item = entry_seen_by(CIRCLE_JO);
	assert_true(book_is_shared(item));
	assert_int_equal(item->n_readers, 1);
	assert_string_equal(item->readers[0].person->name, "someone unknown");
	assert_false(item->readers[0].person->active);
	assert_int_equal(book_current_readers(item, NULL, 0), 1);
	assert_int_equal(item->n_heads, 2);
}

/* What a newer version wrote is kept, and is nobody's entry. */
static void test_newer_kind(void **state)
{
	int n = 0;
	(void)state;
	struct content *content = of_kind(CONTENT_KIND_NEWER + 1000, NULL);
	assert_int_equal(content_set_u64(content, 1, 5), 0);
	forge(&(struct forged){CIRCLE_ANA, CIRCLE_JO, RECORD_SHARED, RECORD_CONTENT, NULL, content});
	book_each(circle_book(c, CIRCLE_JO), CONTENT_KIND_NEWER + 1000, NULL, stop_at_second, &n);
	assert_int_equal(n, 1);
	assert_int_equal(circle_see(c, CIRCLE_JO, CONTENT_KIND_NEWER + 1000, CIRCLE_ANA)->number, 0);
}

static void test_spoiled(void **state)
{
	struct book *b = (struct book *)1;
	(void)state;
	circle_enter(c, CIRCLE_JO, "one");
	struct scratch_vault *v = circle_vault(c, CIRCLE_JO);
	struct ledger_record bad = {.state = LEDGER_STORED, .record = (const uint8_t *)"x", .record_len = 1};
	scratch_vault_commit(v);
	const struct people *people = circle_people(c, CIRCLE_JO);
	assert_int_equal(ledger_record_put(v->txn, &bad), 0);
	assert_int_equal(book_load(v->txn, people, true, &b), ERR_CORRUPT);
	assert_null(b);
	scratch_vault_abort(v);
	struct ledger_pending p = {.content = (const uint8_t *)"x", .content_len = 1};
	assert_int_equal(ledger_pending_add(v->txn, &p), 0);
	assert_int_equal(book_load(v->txn, people, true, &b), ERR_CORRUPT);
	scratch_vault_abort(v);
	assert_int_equal(book_load(v->txn, people, true, &b), 0);
	book_free(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_empty),
	    TEST(test_pending_then_sealed),
	    TEST(test_parent_sealed_meanwhile),
	    TEST(test_numbers),
	    TEST(test_each),
	    TEST(test_share_and_take_back),
	    TEST(test_taken_back_unseen),
	    TEST(test_reader_left),
	    TEST(test_comments),
	    TEST(test_progress),
	    TEST(test_opened_here),
	    TEST(test_threads),
	    TEST(test_foreign_words),
	    TEST(test_foreign_revision),
	    TEST(test_foreign_unshare),
	    TEST(test_comment_on_nothing),
	    TEST(test_control),
	    TEST(test_stranger),
	    TEST(test_newer_kind),
	    TEST(test_spoiled),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
