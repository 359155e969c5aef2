/* What is put into the ledger when a person writes, edits, shares, takes back, comments: class, op, audience, targets
 * and content; who may not; limits. Messages are in test_write_message.c. */
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
#include "proto/clinic.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

static struct circle *c;
static const struct content_rule *fault;

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

/* --- what was written last --- */

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

static void read_last(enum circle_who who)
{
	assert_int_equal(ledger_pending_each(circle_vault(c, who)->txn, copy_last, NULL), 0);
}

static size_t waiting(enum circle_who who)
{
	return ledger_pending_count(circle_vault(c, who)->txn);
}

static bool is_for(enum circle_who who)
{
	for (uint32_t i = 0; i < last.n_audience; i++)
		if (memcmp(last.audience[i], circle_genesis(c, who), 16) == 0)
			return true;
	return false;
}

static struct write_ctx *ctx_of(enum circle_who who)
{
	struct write_ctx *ctx = circle_write(c, who);
	ctx->fault = &fault;
	ctx->offset = -300;
	fault = &content_journal.fields[0];
	return ctx;
}

static const struct book_item *item_of(const struct write_ctx *ctx, uint32_t kind, enum circle_who author)
{
	return circle_last(ctx, c, kind, author);
}

/* --- entries --- */

static void test_entry(void **state)
{
	static const char *const tags[] = {"kitchen", "mum-1"};
	struct write_entry e = circle_plain("my sister laughing");
	uint8_t ref[32];
	(void)state;
	e.title = "Tuesday";
	e.title_len = 7;
	e.prompt = "first-03";
	e.tags = tags;
	e.n_tags = 2;
	e.mood = 0;
	e.phase = 2;
	e.at_ms = 5000;
	e.at_offset = 840;
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(write_entry(ctx, &e, ref), 0);
	assert_null(fault);
	read_last(CIRCLE_JO);
	assert_memory_equal(last.lid, ref, 32);
	assert_int_equal(last.record_class, RECORD_PRIVATE);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_int_equal(last.n_audience, 0);
	assert_int_equal(last.n_targets, 0);
	assert_int_equal(last.retain_days, 0);
	assert_int_equal(last.answer_by_s, 0);
	const struct content_head *head = content_peek_head(content);
	assert_int_equal(head->kind, CONTENT_JOURNAL);
	assert_int_equal(head->n_parents, 0);
	assert_int_equal(head->at_ms, 5000);
	assert_int_equal(head->offset, 840);
	assert_true(head->made_ms == ctx->now_ms);
	assert_true(head->has_subject);
	assert_memory_equal(head->subject, circle_genesis(c, CIRCLE_JO), 16);
	circle_text_is(content, CONTENT_TITLE, "Tuesday");
	circle_text_is(content, CONTENT_BODY, "my sister laughing");
	circle_text_is(content, CONTENT_PROMPT, "first-03");
	assert_int_equal(content_u64(content, CONTENT_MOOD, 99), 0);
	assert_int_equal(content_u64(content, CONTENT_PHASE, 99), 2);
	assert_true(content_has(content, CONTENT_TAGS));
}

static void test_entry_plain(void **state)
{
	(void)state;
	struct write_entry e = circle_plain("");
	assert_int_equal(write_entry(ctx_of(CIRCLE_ANA), &e, NULL), 0);
	read_last(CIRCLE_ANA);
	const struct content_head *head = content_peek_head(content);
	assert_true(head->at_ms == head->made_ms);
	assert_int_equal(head->offset, -300);
	assert_false(head->has_subject); /* a clinician's own journal is about no client */
	for (uint32_t key = 1; key < 70; key++)
		assert_true(content_has(content, key) == (key == CONTENT_BODY));
}

static void assert_fault(struct write_entry *e, const char *field)
{
	size_t before = waiting(CIRCLE_JO);
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), e, NULL), ERR_SCHEMA);
	assert_non_null(fault);
	assert_string_equal(fault->name, field);
	assert_int_equal(waiting(CIRCLE_JO), before);
}

static void test_entry_refused(void **state)
{
	static const char *const bad_tag[] = {"-a"};
	const char *many[17];
	char title[122], *big = calloc(1, (960 << 10) + 1);
	struct write_entry e = circle_plain("x");
	(void)state;
	memset(title, 't', sizeof(title));
	memset(big, 'b', (960 << 10) + 1);
	e.title = title;
	e.title_len = 120;
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), &e, NULL), 0);
	e.title_len = 121;
	assert_fault(&e, "title");
	e = circle_plain("x");
	e.mood = 10;
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), &e, NULL), 0);
	e.mood = 11;
	assert_fault(&e, "mood");
	e = circle_plain("x");
	e.phase = 5;
	assert_fault(&e, "phase");
	e = circle_plain("x");
	e.prompt = "";
	assert_fault(&e, "prompt");
	e = circle_plain("x");
	e.tags = bad_tag;
	e.n_tags = 1;
	assert_fault(&e, "tags");
	for (size_t i = 0; i < 17; i++)
		many[i] = "a";
	e.tags = many;
	e.n_tags = 16;
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), &e, NULL), 0);
	e.n_tags = 17;
	assert_fault(&e, "tags");
	many[3] = "\xff";
	e.n_tags = 4;
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), &e, NULL), ERR_SCHEMA);
	e = circle_plain("\xff");
	assert_fault(&e, "body");
	e = circle_plain("a\x01");
	assert_fault(&e, "body");
	e = circle_plain("x");
	e.body = NULL;
	assert_fault(&e, "body");
	e.body = big;
	e.body_len = 960 << 10;
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), &e, NULL), 0);
	e.body_len++;
	assert_fault(&e, "body");
	free(big);
}

/* --- edits --- */

static void test_edit(void **state)
{
	struct write_entry e = circle_plain("first"), change = circle_plain("second");
	(void)state;
	e.title = "Tuesday";
	e.title_len = 7;
	e.mood = 3;
	e.at_ms = 5000;
	e.at_offset = 60;
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), &e, NULL), 0);
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	const struct book_item *item = item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO);
	change.mood = 7;
	assert_int_equal(write_edit(ctx, item, &change), 0);
	read_last(CIRCLE_JO);
	const struct content_head *head = content_peek_head(content);
	assert_int_equal(last.record_class, RECORD_PRIVATE);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_memory_equal(head->item, item->id, 16);
	assert_int_equal(head->n_parents, 1);
	assert_memory_equal(head->parents[0], book_head(item)->ref, 32);
	assert_int_equal(head->at_ms, 5000);
	assert_int_equal(head->offset, 60);
	assert_true(head->made_ms == ctx->now_ms);
	circle_text_is(content, CONTENT_TITLE, "Tuesday");
	circle_text_is(content, CONTENT_BODY, "second");
	assert_int_equal(content_u64(content, CONTENT_MOOD, 99), 7);
}

static void test_edit_shared(void **state)
{
	struct write_entry change = circle_plain("second");
	(void)state;
	circle_enter(c, CIRCLE_JO, "first");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(write_edit(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &change), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_int_equal(last.n_audience, 1);
	assert_true(is_for(CIRCLE_ANA));
}

static void test_edit_refused(void **state)
{
	struct write_entry change = circle_plain("x"), bad = circle_plain("\xff");
	(void)state;
	circle_enter(c, CIRCLE_JO, "first");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	circle_vault(c, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	const struct book_item *item = item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO);
	assert_non_null(item);
	assert_int_equal(write_edit(ctx, item, &change), ERR_NOT_AUTHOR);
	assert_int_equal(write_comment(ctx, item, &(struct write_comment){.body = "hm", .body_len = 2}), 0);
	ctx = ctx_of(CIRCLE_ANA);
	assert_int_equal(write_edit(ctx, item_of(ctx, CONTENT_COMMENT, CIRCLE_ANA), &change), ERR_ARG);
	ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(write_edit(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &bad), ERR_SCHEMA);
	assert_string_equal(fault->name, "body");
}

/* --- sharing --- */

static void test_share(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_int_equal(last.op, RECORD_SHARE);
	assert_int_equal(last.n_audience, 1);
	assert_true(is_for(CIRCLE_ANA));
	circle_text_is(content, CONTENT_BODY, "words");
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	const struct book_item *item = item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO);
	const struct person *both[] = {circle_person(c, CIRCLE_JO, CIRCLE_ANA), circle_person(c, CIRCLE_JO, CIRCLE_OSEI),
	                               circle_person(c, CIRCLE_JO, CIRCLE_OSEI), people_self(ctx->people)};
	assert_int_equal(write_share(ctx, item, both, 4), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.n_audience, 2);
	assert_true(is_for(CIRCLE_ANA) && is_for(CIRCLE_OSEI));
	assert_int_equal(content_peek_head(content)->n_parents, 1);
	assert_memory_equal(content_peek_head(content)->parents[0], book_head(item)->ref, 32);
}

static void test_share_refused(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_LUND), ERR_NO_GRANT);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ADMIN), ERR_NO_GRANT);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_JO), ERR_EXISTS);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), ERR_EXISTS);
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(write_share(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), NULL, 0), ERR_ARG);
	circle_vault(c, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	ctx = ctx_of(CIRCLE_ANA);
	const struct person *osei = circle_person(c, CIRCLE_ANA, CIRCLE_OSEI);
	assert_int_equal(write_share(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &osei, 1), ERR_NOT_AUTHOR);
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_JO);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_OSEI), ERR_NO_GRANT);
}

/* Two versions that nobody has joined: both are given, each as its own version. */
static void test_share_versions(void **state)
{
	struct content_head head;
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct write_entry change = circle_plain("one");
	struct buf bytes;
	(void)state;
	circle_enter(c, CIRCLE_JO, "first");
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	const struct book_item *item = item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO);
	head = *content_peek_head(book_head(item)->content);
	head.n_parents = 1;
	memcpy(head.parents[0], book_head(item)->ref, 32);
	assert_int_equal(write_edit(ctx, item, &change), 0);
	struct content *other = content_new(&head);
	buf_init(&bytes, 0);
	assert_int_equal(content_set_str(other, CONTENT_BODY, "other", 5), 0);
	assert_int_equal(content_encode(other, &care_kinds, &bytes), 0);
	p.content = bytes.data;
	p.content_len = bytes.len;
	memset(p.lid, 7, sizeof(p.lid));
	assert_int_equal(ledger_pending_add(ctx->txn, &p), 0);
	buf_wipe(&bytes);
	content_free(other);
	ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO)->n_heads, 2);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	item = item_of(ctx_of(CIRCLE_JO), CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(item->n_revisions, 5);
	assert_int_equal(item->n_heads, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(item->heads[i]->n_access, 1);
	/* an edit joins them */
	ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(write_edit(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &change), 0);
	item = item_of(ctx_of(CIRCLE_JO), CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(item->n_heads, 1);
	assert_int_equal(content_peek_head(book_head(item)->content)->n_parents, 2);
}

/* --- taking back --- */

static void test_unshare_pending(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_OSEI), 0);
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_ANA), 0);
	/* nothing was sealed, so nothing needs to be said */
	assert_int_equal(waiting(CIRCLE_JO), 3);
	read_last(CIRCLE_JO);
	assert_int_equal(last.n_audience, 1);
	assert_true(is_for(CIRCLE_OSEI));
	assert_int_equal(last.op, RECORD_SHARE);
	const struct book_item *item = item_of(ctx_of(CIRCLE_JO), CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(item->n_readers, 1);
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_ANA), ERR_NOT_FOUND);
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_OSEI), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_PRIVATE);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_int_equal(last.n_audience, 0);
	assert_false(book_is_shared(item_of(ctx_of(CIRCLE_JO), CONTENT_JOURNAL, CIRCLE_JO)));
	circle_vault(c, CIRCLE_ANA);
	assert_int_equal(circle_send(c, CIRCLE_JO), 3);
	assert_null(item_of(ctx_of(CIRCLE_ANA), CONTENT_JOURNAL, CIRCLE_JO));
}

static void test_unshare_sealed(void **state)
{
	struct write_entry change = circle_plain("second");
	size_t len;
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	circle_seal(c, CIRCLE_JO);
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(write_edit(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &change), 0);
	ctx = ctx_of(CIRCLE_JO);
	const struct book_item *item = item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO);
	const struct person *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	uint8_t shared[32];
	memcpy(shared, item->revisions[1].ref, 32);
	assert_int_equal(write_unshare(ctx, item, &ana, 1), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_int_equal(last.op, RECORD_UNSHARE);
	assert_int_equal(last.n_targets, 1); /* the edit was not sealed yet */
	assert_memory_equal(last.targets[0], shared, 32);
	assert_true(last.n_audience == 1 && is_for(CIRCLE_ANA));
	assert_memory_equal(content_bin(content, CONTENT_UNSHARED_ITEM, &len), item->id, 16);
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_ANA), ERR_NOT_FOUND);
	assert_false(book_is_shared(item_of(ctx_of(CIRCLE_JO), CONTENT_JOURNAL, CIRCLE_JO)));
}

/* Whoever keeps an entry that another lost is told who still has it. */
static void test_unshare_one_of_two(void **state)
{
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_OSEI);
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_OSEI), 0);
	circle_send(c, CIRCLE_JO);
	const struct person *readers[4];
	const struct book_item *item = item_of(ctx_of(CIRCLE_OSEI), CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(book_current_readers(item, readers, 4), 2); /* control: Osei is told of Ana */
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_ANA), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_true(last.n_audience == 1 && is_for(CIRCLE_OSEI));
	circle_send(c, CIRCLE_JO);
	assert_true(book_head(item_of(ctx_of(CIRCLE_ANA), CONTENT_JOURNAL, CIRCLE_JO))->withdrawn);
	item = item_of(ctx_of(CIRCLE_OSEI), CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(item->n_heads, 1);
	assert_int_equal(book_current_readers(item, readers, 4), 1);
	assert_true(readers[0]->is_self);
	assert_int_equal(circle_refused(c, CIRCLE_ANA) + circle_refused(c, CIRCLE_OSEI), 0);
	/* nobody keeps it: there is nobody to tell */
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_OSEI), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.op, RECORD_UNSHARE);
	circle_send(c, CIRCLE_JO);
	assert_true(book_head(item_of(ctx_of(CIRCLE_OSEI), CONTENT_JOURNAL, CIRCLE_JO))->withdrawn);
}

static int count_unshares(void *arg, const struct ledger_pending *p)
{
	uint32_t *n = arg;
	if (p->op == RECORD_UNSHARE) {
		n[0]++;
		n[1] += p->n_targets;
	}
	return 0;
}

static void test_unshare_many(void **state)
{
	uint32_t n[2] = {0, 0};
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	for (int i = 0; i < 64; i++) {
		struct write_entry change = circle_plain("again");
		struct write_ctx *ctx = ctx_of(CIRCLE_JO);
		assert_int_equal(write_edit(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &change), 0);
	}
	circle_send(c, CIRCLE_JO);
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(ledger_pending_each(circle_vault(c, CIRCLE_JO)->txn, count_unshares, n), 0);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 65);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(circle_refused(c, CIRCLE_JO), 0);
}

static void test_unshare_refused(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_ANA), ERR_NOT_FOUND);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(write_unshare(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), NULL, 0), ERR_ARG);
	const struct person *both[] = {circle_person(c, CIRCLE_JO, CIRCLE_ANA), circle_person(c, CIRCLE_JO, CIRCLE_OSEI)};
	assert_int_equal(write_unshare(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), both, 2), ERR_NOT_FOUND);
	circle_vault(c, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	ctx = ctx_of(CIRCLE_ANA);
	const struct person *self = people_self(ctx->people);
	assert_int_equal(write_unshare(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &self, 1), ERR_NOT_AUTHOR);
}

/* --- comments --- */

static int comment_on(enum circle_who who, enum circle_who author, const struct write_comment *comment)
{
	struct write_ctx *ctx = ctx_of(who);
	return write_comment(ctx, item_of(ctx, CONTENT_JOURNAL, author), comment);
}

static void test_comment(void **state)
{
	struct write_comment comment = {.body = "What would it look like?", .body_len = 24, .anchored = true};
	struct mp_doc *doc;
	struct mp_cur cur;
	size_t len;
	(void)state;
	circle_enter(c, CIRCLE_JO, "w\xc3\xb6rds"); /* 5 code points */
	assert_int_equal(comment_on(CIRCLE_JO, CIRCLE_JO, &comment), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_PRIVATE);
	assert_int_equal(last.n_audience, 0);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_OSEI), 0);
	circle_vault(c, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	comment.start = 1;
	comment.length = 4;
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	const struct book_item *item = item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(write_comment(ctx, item, &comment), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_int_equal(last.n_audience, 2);
	assert_true(is_for(CIRCLE_JO) && is_for(CIRCLE_OSEI));
	assert_memory_equal(content_bin(content, CONTENT_ON_RID, &len), book_head(item)->ref, 32);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
	assert_int_equal(content_open(content, CONTENT_ANCHOR, &doc, &cur), 0);
	assert_int_equal(mp_u64(&cur, 0, 100), 1);
	assert_int_equal(mp_u64(&cur, 0, 100), 4);
	mp_close(doc);
	comment.length = 5;
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), ERR_RANGE);
	comment.start = 6;
	comment.length = 0;
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), ERR_RANGE);
	comment.start = 5;
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), 0);
	comment.length = UINT64_MAX;
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), ERR_RANGE);
}

static void test_comment_refused(void **state)
{
	struct write_comment comment = {.body = "", .body_len = 0};
	char *big = calloc(1, 4097);
	(void)state;
	memset(big, 'c', 4097);
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	circle_vault(c, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), ERR_SCHEMA);
	assert_string_equal(fault->name, "body");
	comment.body = big;
	comment.body_len = 4096;
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), 0);
	comment.body_len++;
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), ERR_SCHEMA);
	comment.body_len = 5;
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	assert_int_equal(write_comment(ctx, item_of(ctx, CONTENT_COMMENT, CIRCLE_ANA), &comment), ERR_TARGET);
	circle_leave_team(c, CIRCLE_JO, CIRCLE_ANA);
	circle_refresh(c, CIRCLE_ANA);
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), ERR_NO_GRANT);
	assert_int_equal(circle_unshare(c, CIRCLE_JO, CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), ERR_TARGET);
	free(big);
}

static void test_read_only(void **state)
{
	struct scratch_vault *v = circle_vault(c, CIRCLE_JO);
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	struct write_entry e = circle_plain("x");
	struct vault_txn *read = NULL;
	(void)state;
	scratch_vault_commit(v);
	assert_int_equal(vault_begin(v->vault, false, &read), 0);
	ctx->txn = read;
	assert_int_equal(write_entry(ctx, &e, NULL), ERR_ARG);
	vault_abort(read);
	ctx->txn = v->txn;
	assert_int_equal(write_entry(ctx, &e, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int end(void **state)
{
	(void)state;
	content_free(content);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_entry),          TEST(test_entry_plain),     TEST(test_entry_refused),  TEST(test_edit),
	    TEST(test_edit_shared),    TEST(test_edit_refused),    TEST(test_share),          TEST(test_share_refused),
	    TEST(test_share_versions), TEST(test_unshare_pending), TEST(test_unshare_sealed), TEST(test_unshare_one_of_two),
	    TEST(test_unshare_many),   TEST(test_unshare_refused), TEST(test_comment),        TEST(test_comment_refused),
	    TEST(test_read_only),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, end);
}
