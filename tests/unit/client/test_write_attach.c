/* test_write_attach: what becomes of attachments when entries are written, edited and shared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/ledger.h"
#include "client/book/parts.h"
#include "client/book/write.h"
#include "client/care/kinds.h"
#include "proto/attachment.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"
#include "tests/unit/support/circle_words.h"

static struct circle *c;

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

static struct content *content;

static int copy_last(void *arg, const struct ledger_pending *p)
{
	(void)arg;
	content_free(content);
	assert_int_equal(content_decode(p->content, p->content_len, &care_kinds, &content), 0);
	return 0;
}

/* The ids' first bytes of what is attached to what was written last. */
static void attached(const char *ids)
{
	struct attachment a;
	assert_int_equal(ledger_pending_each(circle_vault(c, CIRCLE_JO)->txn, copy_last, NULL), 0);
	assert_int_equal(attachment_count(content), strlen(ids));
	for (uint32_t i = 0; ids[i]; i++) {
		assert_int_equal(attachment_get(content, i, &a), 0);
		assert_int_equal(a.id[0], ids[i]);
	}
	content_free(content);
	content = NULL;
}

/* One whose parts are in the vault. */
static struct attachment file(struct write_ctx *ctx, char id)
{
	struct attachment a = {.id = {(uint8_t)id}, .size = 10, .name = "walk.ogg", .media = "audio/ogg"};
	struct parts p = {.len = blob_len(10), .own = true};
	a.len = p.len;
	assert_int_equal(parts_put(ctx->txn, a.id, &p), 0);
	return a;
}

static const struct book_item *last_of(struct write_ctx *ctx)
{
	return circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO);
}

static int edit(const struct attachment *add, const uint8_t *drop)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct write_entry e = {.mood = -1, .phase = -1, .attach = add, .detach = drop};
	return write_edit(ctx, last_of(ctx), &e);
}

static struct attachment begin(char id)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct write_entry e = circle_plain("");
	struct attachment a = file(ctx, id);
	struct parts p;
	e.attach = &a;
	assert_int_equal(write_entry(ctx, &e, NULL), 0);
	assert_int_equal(parts_get(ctx->txn, a.id, &p), 0);
	assert_true(p.kept); /* nothing sweeps it any more */
	return a;
}

static void kept_by_edits_and_shares(void **state)
{
	(void)state;
	begin('a');
	attached("a");
	struct attachment b = file(circle_write(c, CIRCLE_JO), 'b');
	assert_int_equal(edit(&b, NULL), 0);
	attached("ab");
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	struct write_entry words = circle_plain("words");
	assert_int_equal(write_edit(ctx, last_of(ctx), &words), 0);
	attached("ab");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	attached("ab");
}

static void taken_out(void **state)
{
	(void)state;
	struct attachment a = begin('a'), b = file(circle_write(c, CIRCLE_JO), 'b');
	assert_int_equal(edit(&b, NULL), 0);
	assert_int_equal(edit(NULL, a.id), 0);
	attached("b");
	assert_int_equal(edit(NULL, b.id), 0);
	attached("");
	assert_int_equal(edit(&a, NULL), 0); /* and put back */
	attached("a");
}

static void no_more_than_sixteen(void **state)
{
	(void)state;
	begin('a');
	for (char id = 'b'; id < 'a' + ATTACHMENT_MAX; id++) {
		struct attachment more = file(circle_write(c, CIRCLE_JO), id);
		assert_int_equal(edit(&more, NULL), 0);
	}
	attached("abcdefghijklmnop");
	struct attachment more = file(circle_write(c, CIRCLE_JO), 'z');
	assert_int_equal(edit(&more, NULL), ERR_RANGE);
	assert_int_equal(edit(&more, (const uint8_t[BLOB_ID]){'c'}), 0);
	attached("abdefghijklmnopz");
}

/* Two versions, each with a file of its own: the one that joins them has both. */
static void joined(void **state)
{
	struct write_entry e = {.mood = -1, .phase = -1};
	(void)state;
	begin('a');
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct book_item *item = last_of(ctx);
	struct attachment b = file(ctx, 'b'), other = file(ctx, 'c');
	e.attach = &b;
	assert_int_equal(write_edit(ctx, item, &e), 0);
	e.attach = &other;
	assert_int_equal(write_edit(ctx, item, &e), 0);
	ctx = circle_write(c, CIRCLE_JO);
	item = last_of(ctx);
	assert_int_equal(item->n_heads, 2);
	e.attach = NULL;
	assert_int_equal(write_edit(ctx, item, &e), 0);
	attached("acb");
}

static void without_parts(void **state)
{
	(void)state;
	begin('a');
	struct attachment none = {.id = {'x'}, .size = 10, .len = blob_len(10), .name = "a", .media = "a/b"};
	assert_int_equal(edit(&none, NULL), ERR_NOT_FOUND);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(kept_by_edits_and_shares), T(taken_out), T(no_more_than_sixteen), T(joined), T(without_parts),
	};
	return crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
