/* What is put into the ledger when a person writes: class, op, audience, targets and content; who may not; limits. */
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

static void assert_text(uint32_t key, const char *want)
{
	size_t len;
	const char *text = content_str(content, key, &len);
	assert_non_null(text);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(text, want, len);
}

/* --- short forms --- */

static struct write_ctx *ctx_of(enum circle_who who)
{
	struct write_ctx *ctx = circle_write(c, who);
	ctx->fault = &fault;
	ctx->offset = -300;
	fault = &content_journal.fields[0];
	return ctx;
}

static struct write_entry words(const char *body)
{
	return (struct write_entry){.body = body, .body_len = strlen(body), .mood = -1, .phase = -1};
}

static void enter(enum circle_who who, const char *body)
{
	struct write_entry e = words(body);
	assert_int_equal(write_entry(ctx_of(who), &e, NULL), 0);
}

/* The first entry or message that `device` has by `author`. */
static int take_item(void *arg, const struct book_item *item)
{
	*(const struct book_item **)arg = item;
	return ERR_MORE;
}

static const struct book_item *item_of(const struct write_ctx *ctx, uint32_t kind, enum circle_who author)
{
	const struct book_item *item = NULL;
	book_each(ctx->book, kind, people_by_pid(ctx->people, circle_genesis(c, author)), take_item, &item);
	return item;
}

static int share_with(enum circle_who who, enum circle_who with)
{
	struct write_ctx *ctx = ctx_of(who);
	const struct person *to = circle_person(c, who, with);
	return write_share(ctx, item_of(ctx, CONTENT_JOURNAL, who), &to, 1);
}

static int unshare_from(enum circle_who who, enum circle_who from)
{
	struct write_ctx *ctx = ctx_of(who);
	const struct person *p = circle_person(c, who, from);
	return write_unshare(ctx, item_of(ctx, CONTENT_JOURNAL, who), &p, 1);
}

/* --- entries --- */

static void test_entry(void **state)
{
	static const char *const tags[] = {"kitchen", "mum-1"};
	struct write_entry e = words("my sister laughing");
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
	assert_text(CONTENT_TITLE, "Tuesday");
	assert_text(CONTENT_BODY, "my sister laughing");
	assert_text(CONTENT_PROMPT, "first-03");
	assert_int_equal(content_u64(content, CONTENT_MOOD, 99), 0);
	assert_int_equal(content_u64(content, CONTENT_PHASE, 99), 2);
	assert_true(content_has(content, CONTENT_TAGS));
}

static void test_entry_plain(void **state)
{
	(void)state;
	enter(CIRCLE_ANA, "");
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
	struct write_entry e = words("x");
	(void)state;
	memset(title, 't', sizeof(title));
	memset(big, 'b', (960 << 10) + 1);
	e.title = title;
	e.title_len = 120;
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), &e, NULL), 0);
	e.title_len = 121;
	assert_fault(&e, "title");
	e = words("x");
	e.mood = 10;
	assert_int_equal(write_entry(ctx_of(CIRCLE_JO), &e, NULL), 0);
	e.mood = 11;
	assert_fault(&e, "mood");
	e = words("x");
	e.phase = 5;
	assert_fault(&e, "phase");
	e = words("x");
	e.prompt = "";
	assert_fault(&e, "prompt");
	e = words("x");
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
	e = words("\xff");
	assert_fault(&e, "body");
	e = words("a\x01");
	assert_fault(&e, "body");
	e = words("x");
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
	struct write_entry e = words("first"), change = words("second");
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
	assert_text(CONTENT_TITLE, "Tuesday");
	assert_text(CONTENT_BODY, "second");
	assert_int_equal(content_u64(content, CONTENT_MOOD, 99), 7);
}

static void test_edit_shared(void **state)
{
	struct write_entry change = words("second");
	(void)state;
	enter(CIRCLE_JO, "first");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
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
	struct write_entry change = words("x"), bad = words("\xff");
	(void)state;
	enter(CIRCLE_JO, "first");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
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
	enter(CIRCLE_JO, "words");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_int_equal(last.op, RECORD_SHARE);
	assert_int_equal(last.n_audience, 1);
	assert_true(is_for(CIRCLE_ANA));
	assert_text(CONTENT_BODY, "words");
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
	enter(CIRCLE_JO, "words");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_LUND), ERR_NO_GRANT);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ADMIN), ERR_NO_GRANT);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_JO), ERR_EXISTS);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), ERR_EXISTS);
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	assert_int_equal(write_share(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), NULL, 0), ERR_ARG);
	circle_vault(c, CIRCLE_ANA);
	circle_send(c, CIRCLE_JO);
	ctx = ctx_of(CIRCLE_ANA);
	const struct person *osei = circle_person(c, CIRCLE_ANA, CIRCLE_OSEI);
	assert_int_equal(write_share(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &osei, 1), ERR_NOT_AUTHOR);
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_JO);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_OSEI), ERR_NO_GRANT);
}

/* Two versions that nobody has joined: both are given, each as its own version. */
static void test_share_versions(void **state)
{
	struct content_head head;
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct write_entry change = words("one");
	struct buf bytes;
	(void)state;
	enter(CIRCLE_JO, "first");
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
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
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
	enter(CIRCLE_JO, "words");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_OSEI), 0);
	assert_int_equal(unshare_from(CIRCLE_JO, CIRCLE_ANA), 0);
	/* nothing was sealed, so nothing needs to be said */
	assert_int_equal(waiting(CIRCLE_JO), 3);
	read_last(CIRCLE_JO);
	assert_int_equal(last.n_audience, 1);
	assert_true(is_for(CIRCLE_OSEI));
	assert_int_equal(last.op, RECORD_SHARE);
	const struct book_item *item = item_of(ctx_of(CIRCLE_JO), CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(item->n_readers, 1);
	assert_int_equal(unshare_from(CIRCLE_JO, CIRCLE_ANA), ERR_NOT_FOUND);
	assert_int_equal(unshare_from(CIRCLE_JO, CIRCLE_OSEI), 0);
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
	struct write_entry change = words("second");
	size_t len;
	(void)state;
	enter(CIRCLE_JO, "words");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
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
	assert_int_equal(unshare_from(CIRCLE_JO, CIRCLE_ANA), ERR_NOT_FOUND);
	assert_false(book_is_shared(item_of(ctx_of(CIRCLE_JO), CONTENT_JOURNAL, CIRCLE_JO)));
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
	enter(CIRCLE_JO, "words");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
	for (int i = 0; i < 64; i++) {
		struct write_entry change = words("again");
		struct write_ctx *ctx = ctx_of(CIRCLE_JO);
		assert_int_equal(write_edit(ctx, item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO), &change), 0);
	}
	circle_send(c, CIRCLE_JO);
	assert_int_equal(unshare_from(CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(ledger_pending_each(circle_vault(c, CIRCLE_JO)->txn, count_unshares, n), 0);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 65);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(circle_refused(c, CIRCLE_JO), 0);
}

static void test_unshare_refused(void **state)
{
	(void)state;
	enter(CIRCLE_JO, "words");
	assert_int_equal(unshare_from(CIRCLE_JO, CIRCLE_ANA), ERR_NOT_FOUND);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
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
	enter(CIRCLE_JO, "w\xc3\xb6rds"); /* 5 code points */
	assert_int_equal(comment_on(CIRCLE_JO, CIRCLE_JO, &comment), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_PRIVATE);
	assert_int_equal(last.n_audience, 0);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_OSEI), 0);
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
	enter(CIRCLE_JO, "words");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
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
	assert_int_equal(unshare_from(CIRCLE_JO, CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(comment_on(CIRCLE_ANA, CIRCLE_JO, &comment), ERR_TARGET);
	free(big);
}

/* --- messages --- */

struct say {
	enum circle_who from, to[3];
	size_t n_to;
	int about; /* -1: nobody */
	bool care;
	unsigned priority;
};

static int say(const struct say *s)
{
	const struct person *to[3];
	struct write_ctx *ctx = ctx_of(s->from);
	struct write_message m = {.to = to, .n_to = s->n_to, .care = s->care, .priority = s->priority, .type = "admin"};
	m.body = "hello";
	m.body_len = 5;
	for (size_t i = 0; i < s->n_to; i++)
		to[i] = circle_person(c, s->from, s->to[i]);
	m.about = s->about < 0 ? NULL : circle_person(c, s->from, (enum circle_who)s->about);
	return write_message(ctx, &m, NULL);
}

static void test_care_message(void **state)
{
	struct say s = {CIRCLE_ANA, {CIRCLE_OSEI}, 1, CIRCLE_JO, true, 2};
	size_t len;
	(void)state;
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_CLINICAL);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_true(last.n_audience == 1 && is_for(CIRCLE_OSEI));
	const struct clinic *clinic = people_clinic(circle_people(c, CIRCLE_ANA));
	assert_true(last.retain_days >= clinic_policy(clinic, CLINIC_POLICY_RETAIN_DAYS));
	assert_true(last.answer_by_s == content_peek_head(content)->made_ms / 1000 + WRITE_URGENT_S);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
	assert_text(CONTENT_BODY, "hello");
	assert_text(CONTENT_MESSAGE_TYPE, "admin");
	assert_int_equal(content_u64(content, CONTENT_PRIORITY, 9), 2);
	assert_non_null(content_bin(content, CONTENT_THREAD, &len));
	assert_int_equal(len, 16);
	assert_false(content_has(content, CONTENT_REPLY_TO));
	s.priority = 1;
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.answer_by_s, 0);
	/* about nobody: any clinician */
	s = (struct say){CIRCLE_ANA, {CIRCLE_MED, CIRCLE_LUND, CIRCLE_MED}, 3, -1, true, 0};
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.n_audience, 2);
	assert_false(content_peek_head(content)->has_subject);
}

static void test_client_message(void **state)
{
	struct say s = {CIRCLE_JO, {CIRCLE_ANA, CIRCLE_OSEI}, 2, CIRCLE_JO, false, 3};
	(void)state;
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_true(last.n_audience == 2 && is_for(CIRCLE_ANA) && is_for(CIRCLE_OSEI));
	assert_int_equal(last.retain_days, 0);
	assert_int_equal(last.answer_by_s, 0);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
	s = (struct say){CIRCLE_ANA, {CIRCLE_JO, CIRCLE_OSEI}, 2, -1, false, 0};
	assert_int_equal(say(&s), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
}

static void test_message_refused(void **state)
{
	static const struct {
		struct say say;
		int err;
	} rows[] = {
	    {{CIRCLE_JO, {CIRCLE_ANA}, 0, -1, false, 0}, ERR_ARG},
	    {{CIRCLE_JO, {CIRCLE_LUND}, 1, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_ADMIN}, 1, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_JO}, 1, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_ANA, CIRCLE_LUND}, 2, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_ANA}, 1, -1, true, 0}, ERR_ROLE},
	    {{CIRCLE_JO, {CIRCLE_ANA}, 1, -1, false, 1}, ERR_ROLE},
	    {{CIRCLE_JO, {CIRCLE_ANA}, 1, -1, false, 2}, ERR_ROLE},
	    {{CIRCLE_ANA, {CIRCLE_JO}, 1, -1, false, 2}, ERR_ROLE},
	    {{CIRCLE_ANA, {CIRCLE_OSEI}, 1, -1, false, 0}, ERR_NO_GRANT}, /* no client in it */
	    {{CIRCLE_ANA, {CIRCLE_JO, CIRCLE_KIM}, 2, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_JO, CIRCLE_LUND}, 2, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_JO}, 1, CIRCLE_KIM, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_LUND, {CIRCLE_ANA}, 1, CIRCLE_ANA, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_LUND}, 1, CIRCLE_JO, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_MED}, 1, CIRCLE_KIM, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_JO}, 1, -1, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_ADMIN}, 1, -1, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ANA, {CIRCLE_ANA}, 1, -1, true, 0}, ERR_NO_GRANT},
	    {{CIRCLE_ADMIN, {CIRCLE_ANA}, 1, -1, true, 0}, ERR_ROLE},
	    {{CIRCLE_ADMIN, {CIRCLE_JO}, 1, -1, false, 0}, ERR_NO_GRANT},
	    {{CIRCLE_JO, {CIRCLE_ANA}, 1, -1, false, 4}, ERR_SCHEMA},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = say(&rows[i].say);
		if (err != rows[i].err)
			fail_msg("row %zu: %s", i, err_name(err));
		assert_int_equal(waiting(rows[i].say.from), 0);
	}
	assert_string_equal(fault->name, "priority");
	circle_remove(c, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_JO);
	assert_int_equal(say(&(struct say){CIRCLE_JO, {CIRCLE_OSEI}, 1, -1, false, 0}), ERR_NO_GRANT);
}

static int reply_as(enum circle_who who, enum circle_who author, unsigned priority)
{
	struct write_ctx *ctx = ctx_of(who);
	struct write_message m = {.priority = priority, .body = "yes", .body_len = 3};
	m.reply_to = item_of(ctx, CONTENT_MESSAGE, author);
	return write_message(ctx, &m, NULL);
}

static void test_reply(void **state)
{
	uint8_t thread[16];
	size_t len;
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	circle_vault(c, CIRCLE_OSEI);
	assert_int_equal(say(&(struct say){CIRCLE_JO, {CIRCLE_ANA, CIRCLE_OSEI}, 2, -1, false, 0}), 0);
	read_last(CIRCLE_JO);
	memcpy(thread, content_bin(content, CONTENT_THREAD, &len), 16);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(reply_as(CIRCLE_ANA, CIRCLE_JO, 2), ERR_ROLE);
	assert_int_equal(reply_as(CIRCLE_ANA, CIRCLE_JO, 1), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_true(last.n_audience == 2 && is_for(CIRCLE_JO) && is_for(CIRCLE_OSEI));
	assert_memory_equal(content_bin(content, CONTENT_THREAD, &len), thread, 16);
	assert_memory_equal(content_peek_head(content)->subject, circle_genesis(c, CIRCLE_JO), 16);
	const struct book_item *item = item_of(ctx_of(CIRCLE_ANA), CONTENT_MESSAGE, CIRCLE_JO);
	assert_memory_equal(content_bin(content, CONTENT_REPLY_TO, &len), book_head(item)->ref, 32);
	/* to one's own: the same people again */
	assert_int_equal(reply_as(CIRCLE_JO, CIRCLE_JO, 0), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.n_audience, 2);
	/* who left the team is passed over */
	circle_leave_team(c, CIRCLE_JO, CIRCLE_OSEI);
	circle_refresh(c, CIRCLE_ANA);
	assert_int_equal(reply_as(CIRCLE_ANA, CIRCLE_JO, 0), 0);
	read_last(CIRCLE_ANA);
	assert_true(last.n_audience == 1 && is_for(CIRCLE_JO)); /* Osei is a teammate still, but for Kim */
}

static void test_reply_refused(void **state)
{
	(void)state;
	circle_vault(c, CIRCLE_ANA);
	assert_int_equal(say(&(struct say){CIRCLE_JO, {CIRCLE_ANA}, 1, -1, false, 0}), 0);
	enter(CIRCLE_JO, "words");
	assert_int_equal(share_with(CIRCLE_JO, CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	struct write_message m = {.body = "yes", .body_len = 3};
	m.reply_to = item_of(ctx, CONTENT_JOURNAL, CIRCLE_JO);
	assert_int_equal(write_message(ctx, &m, NULL), ERR_TARGET);
	circle_remove(c, CIRCLE_JO);
	circle_refresh(c, CIRCLE_ANA);
	assert_int_equal(reply_as(CIRCLE_ANA, CIRCLE_JO, 0), ERR_NO_GRANT);
}

/* --- acknowledgements --- */

static int ack_as(enum circle_who who, enum circle_who author, const char *note)
{
	struct write_ctx *ctx = ctx_of(who);
	return write_ack(ctx, item_of(ctx, CONTENT_MESSAGE, author), note, strlen(note));
}

static void test_ack(void **state)
{
	(void)state;
	circle_vault(c, CIRCLE_OSEI);
	assert_int_equal(say(&(struct say){CIRCLE_ANA, {CIRCLE_OSEI, CIRCLE_MED}, 2, -1, true, 2}), 0);
	assert_int_equal(ack_as(CIRCLE_ANA, CIRCLE_ANA, "mine"), ERR_TARGET);
	circle_send(c, CIRCLE_ANA);
	assert_int_equal(ack_as(CIRCLE_OSEI, CIRCLE_ANA, "Agree."), 0);
	read_last(CIRCLE_OSEI);
	assert_int_equal(last.record_class, RECORD_CLINICAL);
	assert_int_equal(last.op, RECORD_ACKNOWLEDGE);
	assert_true(last.retain_days > 0);
	assert_int_equal(last.n_targets, 1);
	const struct book_item *item = item_of(ctx_of(CIRCLE_OSEI), CONTENT_MESSAGE, CIRCLE_ANA);
	assert_memory_equal(last.targets[0], book_head(item)->ref, 32);
	assert_true(last.n_audience == 2 && is_for(CIRCLE_ANA) && is_for(CIRCLE_MED));
	assert_text(CONTENT_BODY, "Agree.");
	assert_int_equal(ack_as(CIRCLE_OSEI, CIRCLE_ANA, ""), 0);
	read_last(CIRCLE_OSEI);
	assert_false(content_has(content, CONTENT_BODY));
	assert_int_equal(ack_as(CIRCLE_OSEI, CIRCLE_ANA, "\xff"), ERR_SCHEMA);
	assert_string_equal(fault->name, "note");
	circle_remove(c, CIRCLE_ANA);
	circle_remove(c, CIRCLE_MED);
	circle_refresh(c, CIRCLE_OSEI);
	assert_int_equal(ack_as(CIRCLE_OSEI, CIRCLE_ANA, ""), ERR_NO_GRANT);
}

static void test_ack_by_client(void **state)
{
	(void)state;
	circle_vault(c, CIRCLE_JO);
	assert_int_equal(say(&(struct say){CIRCLE_ANA, {CIRCLE_JO}, 1, -1, false, 1}), 0);
	circle_send(c, CIRCLE_ANA);
	assert_int_equal(ack_as(CIRCLE_JO, CIRCLE_ANA, "ok"), 0);
	read_last(CIRCLE_JO);
	assert_int_equal(last.record_class, RECORD_SHARED);
	assert_int_equal(last.retain_days, 0);
}

/* --- receipts and profiles --- */

static int count_rows(void *arg, const struct ledger_pending *p)
{
	uint32_t *n = arg;
	n[0]++;
	n[1] += p->n_targets + p->n_audience;
	assert_int_equal(p->record_class, RECORD_CONTROL);
	return 0;
}

static void test_receipts(void **state)
{
	uint8_t rids[130][32];
	uint32_t n[2] = {0, 0};
	struct buf value;
	(void)state;
	for (size_t i = 0; i < 130; i++)
		memset(rids[i], (int)i + 1, 32);
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	const struct person *jo = circle_person(c, CIRCLE_ANA, CIRCLE_JO);
	assert_int_equal(write_receipt(ctx, people_self(ctx->people), (const uint8_t(*)[32])rids, 1, 1), ERR_TARGET);
	assert_int_equal(write_receipt(ctx, jo, NULL, 0, 1), 0);
	assert_int_equal(waiting(CIRCLE_ANA), 0);
	assert_int_equal(write_receipt(ctx, jo, (const uint8_t(*)[32])rids, 64, 1), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.op, RECORD_RECEIPT);
	assert_int_equal(last.n_targets, 64);
	assert_true(last.n_audience == 1 && is_for(CIRCLE_JO));
	assert_int_equal(content_u64(content, CONTENT_STATE, 0), 1);
	assert_int_equal(write_receipt(ctx, jo, (const uint8_t(*)[32])rids, 130, 2), 0);
	assert_int_equal(ledger_pending_each(ctx->txn, count_rows, n), 0);
	assert_int_equal(n[0], 4);
	assert_int_equal(n[1], 64 + 130 + 4);
	buf_init(&value, 0);
	assert_int_equal(ledger_fact_get(ctx->txn, "opened", rids[129], 32, &value), 0);
	buf_wipe(&value);
	assert_int_equal(write_receipt(ctx, jo, (const uint8_t(*)[32])rids, 1, 3), ERR_SCHEMA);
	assert_string_equal(fault->name, "state");
}

static void test_profiles(void **state)
{
	const struct person *to[CIRCLE_PEOPLE];
	char name[81];
	size_t n = 0;
	(void)state;
	memset(name, 'n', sizeof(name));
	struct write_ctx *ctx = ctx_of(CIRCLE_ANA);
	for (size_t i = 0; i < people_count(ctx->people); i++)
		if (!people_at(ctx->people, i)->is_self)
			to[n++] = people_at(ctx->people, i);
	assert_int_equal(write_profile(ctx, "Ana Reyes", "she/her", to, n), 0);
	read_last(CIRCLE_ANA);
	assert_int_equal(last.record_class, RECORD_CONTROL);
	assert_int_equal(last.op, RECORD_CONTENT);
	assert_int_equal(last.n_audience, CIRCLE_PEOPLE - 1); /* the admin too */
	assert_text(CONTENT_NAME, "Ana Reyes");
	assert_text(CONTENT_PRONOUNS, "she/her");
	assert_int_equal(write_profile(ctx, "Ana", "", NULL, 0), 0);
	assert_int_equal(waiting(CIRCLE_ANA), 1);
	name[80] = 0;
	assert_int_equal(write_profile(ctx, name, "", to, 1), 0);
	assert_int_equal(write_profile(ctx, "", "", to, 1), ERR_SCHEMA);
	ctx = ctx_of(CIRCLE_JO);
	const struct person *med = circle_person(c, CIRCLE_JO, CIRCLE_MED), *ana = circle_person(c, CIRCLE_JO, CIRCLE_ANA);
	assert_int_equal(write_profile(ctx, "Jo", "", &med, 1), ERR_NO_GRANT);
	assert_int_equal(write_profile(ctx, "Jo", "", &ana, 1), 0);
}

static void test_read_only(void **state)
{
	struct scratch_vault *v = circle_vault(c, CIRCLE_JO);
	struct write_ctx *ctx = ctx_of(CIRCLE_JO);
	struct write_entry e = words("x");
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
	    TEST(test_entry),
	    TEST(test_entry_plain),
	    TEST(test_entry_refused),
	    TEST(test_edit),
	    TEST(test_edit_shared),
	    TEST(test_edit_refused),
	    TEST(test_share),
	    TEST(test_share_refused),
	    TEST(test_share_versions),
	    TEST(test_unshare_pending),
	    TEST(test_unshare_sealed),
	    TEST(test_unshare_many),
	    TEST(test_unshare_refused),
	    TEST(test_comment),
	    TEST(test_comment_refused),
	    TEST(test_care_message),
	    TEST(test_client_message),
	    TEST(test_message_refused),
	    TEST(test_reply),
	    TEST(test_reply_refused),
	    TEST(test_ack),
	    TEST(test_ack_by_client),
	    TEST(test_receipts),
	    TEST(test_profiles),
	    TEST(test_read_only),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, end);
}
