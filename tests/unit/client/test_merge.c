/* test_merge: versions of an entry into one: each way in which a field merges, what needs a choice and what does not,
 * versions with one, several or no common ancestor, more than two and more than eight of them; and who may read what
 * comes of it. Revisions are laid into Jo's ledger as other devices would have written them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/ledger.h"
#include "client/book/merge.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/care/kinds.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/content_field.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "tests/unit/support/circle.h"

static struct circle *c;
static uint8_t made; /* revisions; also their refs */

struct rev {
	const char *body, *title, *tags; /* tags: one letter each; NULL: absent */
	int mood;                        /* 0 absent */
	uint64_t at_ms;                  /* 0: 1000 */
	uint8_t parents[8];              /* refs, 0 ends */
	bool shared;                     /* with Ana */
};

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	c = circle_new();
	made = 0;
	return err;
}

static int teardown(void **state)
{
	(void)state;
	circle_free(c);
	return 0;
}

static void set_tags(struct content *content, const char *tags)
{
	struct buf list;
	buf_init(&list, 0);
	mp_put_array(&list, (uint32_t)strlen(tags));
	for (; *tags; tags++)
		mp_put_str(&list, tags, 1);
	assert_int_equal(content_set_array(content, CONTENT_TAGS, list.data, list.len), 0);
	buf_wipe(&list);
}

/* Lays it into the ledger; its number, which is its ref too. */
static uint8_t put(const struct rev *r)
{
	struct content_head head = {.kind = CONTENT_JOURNAL, .item = {5}, .at_ms = r->at_ms ? r->at_ms : 1000};
	struct ledger_pending p = {.record_class = r->shared ? RECORD_SHARED : RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct buf bytes;
	head.made_ms = 1000 + made;
	for (; head.n_parents < 8 && r->parents[head.n_parents]; head.n_parents++)
		head.parents[head.n_parents][0] = r->parents[head.n_parents];
	struct content *content = content_new(&head);
	assert_int_equal(content_set_str(content, CONTENT_BODY, r->body, strlen(r->body)), 0);
	if (r->title)
		assert_int_equal(content_set_str(content, CONTENT_TITLE, r->title, strlen(r->title)), 0);
	if (r->tags)
		set_tags(content, r->tags);
	if (r->mood)
		assert_int_equal(content_set_u64(content, CONTENT_MOOD, (uint64_t)r->mood), 0);
	buf_init(&bytes, 0);
	assert_int_equal(content_encode(content, &care_kinds, &bytes), 0);
	p.lid[0] = ++made;
	p.content = bytes.data;
	p.content_len = bytes.len;
	if (r->shared)
		memcpy(p.audience[p.n_audience++], circle_genesis(c, CIRCLE_ANA), 16);
	assert_int_equal(ledger_pending_add(circle_vault(c, CIRCLE_JO)->txn, &p), 0);
	buf_wipe(&bytes);
	content_free(content);
	return made;
}

#define PUT(...) put(&(struct rev){__VA_ARGS__})

static const struct book_item *item_of(const struct book *b)
{
	uint8_t id[16] = {5};
	return book_by_id(b, circle_genesis(c, CIRCLE_JO), id);
}

/* The one entry as the book has it; borrowed until the next call. */
static const struct book *book;
static const struct book_item *item(void)
{
	book = circle_book(c, CIRCLE_JO);
	return item_of(book);
}

static const char *text_of(const struct merge *m, uint32_t key)
{
	static char out[512];
	size_t len = 0;
	const char *text = content_str(m->content, key, &len);
	assert_true(len < sizeof(out));
	memcpy(out, text ? text : "", len);
	out[len] = '\0';
	return out;
}

static const char *tags_of(const struct content *content)
{
	static char out[64];
	struct mp_doc *doc;
	struct mp_cur tags;
	size_t n = 0;
	if (content_open(content, CONTENT_TAGS, &doc, &tags))
		return "none";
	while (mp_left(&tags)) {
		size_t len;
		out[n++] = *mp_str(&tags, 1, 1, &len);
	}
	out[n] = '\0';
	mp_close(doc);
	return out;
}

static struct merge merge(size_t heads)
{
	struct merge m;
	const struct book_item *it = item();
	assert_int_equal(it->n_heads, heads);
	assert_int_equal(merge_heads(book, it, &m), 0);
	return m;
}

static void each_changed_something_else(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "one\ntwo\nthree", .title = "T", .tags = "ab", .mood = 3);
	PUT(.body = "ONE\ntwo\nthree", .title = "T", .tags = "abc", .mood = 5, .parents = {root});
	PUT(.body = "one\ntwo\nTHREE", .title = "Title", .tags = "b", .mood = 3, .at_ms = 50, .parents = {root});
	struct merge m = merge(2);
	assert_int_equal(m.conflicts, 0);
	assert_int_equal(m.n_choices, 0);
	assert_string_equal(text_of(&m, CONTENT_BODY), "ONE\ntwo\nTHREE");
	assert_string_equal(text_of(&m, CONTENT_TITLE), "Title");
	assert_int_equal(content_u64(m.content, CONTENT_MOOD, 0), 5);
	assert_string_equal(tags_of(m.content), "bc");
	assert_int_equal(content_peek_head(m.content)->at_ms, 50);
	merge_wipe(&m);
}

static void the_same_on_both_sides(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "one", .mood = 1);
	PUT(.body = "two", .mood = 2, .title = "T", .tags = "x", .parents = {root});
	PUT(.body = "two", .mood = 2, .title = "T", .tags = "x", .parents = {root});
	struct merge m = merge(2);
	assert_int_equal(m.conflicts + m.n_choices, 0);
	assert_string_equal(text_of(&m, CONTENT_BODY), "two");
	assert_string_equal(tags_of(m.content), "x");
	merge_wipe(&m);
}

static void what_needs_a_choice(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "one\nmiddle\nend", .title = "T", .mood = 1);
	PUT(.body = "first\nmiddle\nend", .title = "A", .mood = 2, .at_ms = 10, .parents = {root});
	PUT(.body = "second\nmiddle\nlast", .title = "B", .mood = 3, .at_ms = 20, .parents = {root});
	struct merge m = merge(2);
	assert_int_equal(m.conflicts, 1);
	assert_string_equal(text_of(&m, CONTENT_BODY),
	                    "=== version 1\nfirst\n=== version 2\nsecond\n=== end\nmiddle\nlast");
	assert_int_equal(m.n_choices, 3);
	assert_int_equal(m.choices[0].key, MERGE_TIME);
	assert_int_equal(m.choices[1].key, CONTENT_TITLE);
	assert_int_equal(m.choices[2].key, CONTENT_MOOD);
	const struct book_item *it = item_of(book);
	assert_int_equal(merge_choose(&m, it, 0, 1), 0);
	assert_int_equal(merge_choose(&m, it, 1, 1), 0);
	assert_int_equal(merge_choose(&m, it, 2, 0), 0);
	assert_int_equal(content_peek_head(m.content)->at_ms, 20);
	assert_string_equal(text_of(&m, CONTENT_TITLE), "B");
	assert_int_equal(content_u64(m.content, CONTENT_MOOD, 0), 2);
	assert_true(merge_has_marks(text_of(&m, CONTENT_BODY), strlen(text_of(&m, CONTENT_BODY))));
	assert_int_equal(merge_set_text(&m, "mine", 4), 0);
	assert_false(merge_has_marks(text_of(&m, CONTENT_BODY), 4));
	merge_wipe(&m);
}

/* Taken away by one, changed by the other. */
static void taken_away(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "x", .title = "T", .tags = "ab", .mood = 1);
	PUT(.body = "x", .tags = "", .parents = {root});
	PUT(.body = "x", .title = "T", .tags = "abc", .mood = 2, .parents = {root});
	struct merge m = merge(2);
	assert_int_equal(m.n_choices, 1);
	assert_int_equal(m.choices[0].key, CONTENT_MOOD);
	assert_false(content_has(m.content, CONTENT_TITLE));
	assert_string_equal(tags_of(m.content), "c");
	assert_int_equal(merge_choose(&m, item_of(book), 0, 0), 0);
	assert_false(content_has(m.content, CONTENT_MOOD));
	merge_wipe(&m);
}

static void nothing_in_common(void **state)
{
	(void)state;
	PUT(.body = "same\none", .tags = "a", .mood = 4);
	PUT(.body = "same\ntwo", .tags = "b", .title = "T");
	struct merge m = merge(2);
	assert_int_equal(m.conflicts, 1);
	assert_int_equal(m.n_choices, 0);
	assert_string_equal(text_of(&m, CONTENT_BODY), "same\n=== version 1\none\n=== version 2\ntwo\n=== end");
	assert_string_equal(text_of(&m, CONTENT_TITLE), "T");
	assert_string_equal(tags_of(m.content), "ab");
	assert_int_equal(content_u64(m.content, CONTENT_MOOD, 0), 4);
	merge_wipe(&m);
}

static void three(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "a\n\nb\n\nc");
	PUT(.body = "A\n\nb\n\nc", .parents = {root});
	PUT(.body = "a\n\nB\n\nc", .parents = {root});
	PUT(.body = "a\n\nb\n\nC", .title = "T", .parents = {root});
	struct merge m = merge(3);
	assert_int_equal(m.heads, 3);
	assert_int_equal(m.conflicts + m.n_choices, 0);
	assert_string_equal(text_of(&m, CONTENT_BODY), "A\n\nB\n\nC");
	merge_wipe(&m);
}

static void three_that_differ(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "a");
	PUT(.body = "x", .parents = {root});
	PUT(.body = "y", .parents = {root});
	PUT(.body = "z", .parents = {root});
	struct merge m = merge(3);
	const char *text = text_of(&m, CONTENT_BODY);
	assert_true(m.conflicts >= 2);
	assert_non_null(strstr(text, "x\n"));
	assert_non_null(strstr(text, "y\n"));
	assert_non_null(strstr(text, "z\n"));
	assert_non_null(strstr(text, "=== versions 1 to 2\n"));
	merge_wipe(&m);
}

/* What is newer counts, not what is older: the base is the nearest. */
static void the_nearest_ancestor(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "old\n\ntext", .mood = 1);
	uint8_t near = PUT(.body = "new\n\ntext", .mood = 2, .parents = {root});
	uint8_t left = PUT(.body = "new\n\ntext, left", .mood = 2, .parents = {near});
	PUT(.body = "new\n\ntext, left, again", .mood = 2, .parents = {left});
	PUT(.body = "new, right\n\ntext", .mood = 1, .parents = {near});
	struct merge m = merge(2);
	assert_int_equal(m.conflicts + m.n_choices, 0);
	assert_string_equal(text_of(&m, CONTENT_BODY), "new, right\n\ntext, left, again");
	assert_int_equal(content_u64(m.content, CONTENT_MOOD, 0), 1);
	merge_wipe(&m);
}

/* Two devices joined the same two versions in different ways, and went on: there are two nearest ancestors. */
static void crossed(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "a\n\nb\n\nc");
	uint8_t left = PUT(.body = "A\n\nb\n\nc", .parents = {root});
	uint8_t right = PUT(.body = "a\n\nB\n\nc", .parents = {root});
	PUT(.body = "A\n\nB\n\nc, one", .parents = {left, right});
	PUT(.body = "A\n\nB\n\nc, one", .title = "T", .parents = {right, left});
	struct merge m = merge(2);
	assert_int_equal(m.conflicts + m.n_choices, 0); /* the same from both */
	assert_string_equal(text_of(&m, CONTENT_BODY), "A\n\nB\n\nc, one");
	merge_wipe(&m);
	/* one of them took a side: from one ancestor it looks like a change of one, from the other like a change of the
	 * other, so it is asked about */
	circle_free(c);
	c = circle_new();
	made = 0;
	root = PUT(.body = "x");
	left = PUT(.body = "L", .parents = {root});
	right = PUT(.body = "R", .parents = {root});
	PUT(.body = "L", .mood = 1, .parents = {left, right});
	PUT(.body = "R", .mood = 1, .parents = {right, left});
	m = merge(2);
	assert_int_equal(m.conflicts, 1);
	assert_non_null(strstr(text_of(&m, CONTENT_BODY), "L\n"));
	assert_non_null(strstr(text_of(&m, CONTENT_BODY), "R\n"));
	merge_wipe(&m);
}

static void many(void **state)
{
	(void)state;
	char body[] = "0\n\n1\n\n2\n\n3\n\n4\n\n5\n\n6\n\n7\n\n8\n\n9";
	uint8_t root = PUT(.body = body);
	for (int i = 0; i < 10; i++) {
		char one[sizeof(body)];
		memcpy(one, body, sizeof(body));
		one[3 * i] = (char)('a' + i);
		PUT(.body = one, .parents = {root});
	}
	struct merge m = merge(10);
	assert_int_equal(m.heads, MERGE_HEADS);
	assert_int_equal(m.conflicts, 0);
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_merge(ctx, item_of(ctx->book), m.heads, m.content), 0);
	merge_wipe(&m);
	m = merge(3);
	assert_int_equal(m.conflicts, 0);
	ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_merge(ctx, item_of(ctx->book), m.heads, m.content), 0);
	assert_string_equal(text_of(&m, CONTENT_BODY), "a\n\nb\n\nc\n\nd\n\ne\n\nf\n\ng\n\nh\n\ni\n\nj");
	merge_wipe(&m);
	assert_int_equal(item()->n_heads, 1);
	assert_int_equal(item()->n_revisions, 13);
}

/* Too many tags together: the merge is there, and cannot be written. */
static void more_than_fits(void **state)
{
	(void)state;
	PUT(.body = "x", .tags = "abcdefghij");
	PUT(.body = "x", .tags = "0123456789");
	struct merge m = merge(2);
	assert_string_equal(tags_of(m.content), "abcdefghij0123456789");
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_merge(ctx, item_of(ctx->book), 2, m.content), ERR_SCHEMA);
	merge_wipe(&m);
}

static void for_whom(void **state)
{
	(void)state;
	uint8_t root = PUT(.body = "x", .shared = true);
	PUT(.body = "x", .mood = 1, .shared = true, .parents = {root});
	PUT(.body = "x", .title = "T", .shared = true, .parents = {root});
	struct merge m = merge(2);
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_merge(ctx, item_of(ctx->book), 2, m.content), 0);
	merge_wipe(&m);
	assert_true(book_is_shared(item()));
	/* now one that is private: what comes of it is, too */
	PUT(.body = "only mine", .parents = {root});
	m = merge(2);
	ctx = circle_write(c, CIRCLE_JO);
	assert_int_equal(write_merge(ctx, item_of(ctx->book), 2, m.content), 0);
	merge_wipe(&m);
	assert_false(book_is_shared(item()));
	assert_int_equal(item()->n_heads, 1);
}

static void refused(void **state)
{
	struct merge m;
	(void)state;
	PUT(.body = "x");
	const struct book_item *one = item();
	assert_int_equal(merge_heads(book, one, &m), ERR_ARG);
	merge_wipe(&m);
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct book_item *it = item_of(ctx->book);
	assert_int_equal(write_merge(ctx, it, 1, book_head(it)->content), ERR_ARG);
	assert_int_equal(write_merge(ctx, it, 2, book_head(it)->content), ERR_ARG);
	/* somebody else's */
	PUT(.body = "y", .shared = true);
	circle_send(c, CIRCLE_JO);
	circle_catch_up(c, CIRCLE_ANA);
	ctx = circle_write(c, CIRCLE_ANA);
	uint8_t id[16] = {5};
	it = book_by_id(ctx->book, circle_genesis(c, CIRCLE_JO), id);
	assert_int_equal(write_merge(ctx, it, 2, book_head(it)->content), ERR_NOT_AUTHOR);
}

static void fields(void **state)
{
	struct content_head head = {.kind = CONTENT_JOURNAL, .item = {1}};
	struct content *a = content_new(&head), *b = content_new(&head);
	(void)state;
	assert_true(content_field_same(a, b, CONTENT_MOOD));
	assert_int_equal(content_set_u64(a, CONTENT_MOOD, 3), 0);
	assert_false(content_field_same(a, b, CONTENT_MOOD));
	assert_int_equal(content_field_copy(b, a, CONTENT_MOOD), 0);
	assert_true(content_field_same(a, b, CONTENT_MOOD));
	assert_int_equal(content_field_copy(b, a, CONTENT_TITLE), 0);
	assert_false(content_has(b, CONTENT_TITLE));
	assert_int_equal(content_drop(a, CONTENT_MOOD), 0);
	assert_int_equal(content_field_copy(b, a, CONTENT_MOOD), 0);
	assert_false(content_has(b, CONTENT_MOOD));
	/* lists */
	assert_int_equal(content_field_join(a, NULL, a, b, CONTENT_TAGS), 0);
	assert_false(content_has(a, CONTENT_TAGS));
	set_tags(a, "ab");
	set_tags(b, "bc");
	assert_int_equal(content_field_join(a, NULL, a, b, CONTENT_TAGS), 0);
	assert_string_equal(tags_of(a), "abc");
	assert_int_equal(content_field_join(b, a, b, b, CONTENT_TAGS), 0);
	assert_string_equal(tags_of(b), "bc");
	assert_int_equal(content_set_u64(b, CONTENT_TAGS, 1), 0);
	assert_int_equal(content_field_join(a, NULL, a, b, CONTENT_TAGS), ERR_SHAPE);
	/* 64 elements, and one more */
	struct buf list;
	for (uint32_t n = 64; n < 66; n++) {
		buf_init(&list, 0);
		mp_put_array(&list, n);
		for (uint32_t i = 0; i < n; i++)
			mp_put_u64(&list, i);
		assert_int_equal(content_set_array(b, CONTENT_TAGS, list.data, list.len), 0);
		assert_int_equal(content_field_join(a, b, b, b, CONTENT_TAGS), n == 64 ? 0 : ERR_SHAPE);
		buf_wipe(&list);
	}
	content_free(a);
	content_free(b);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(each_changed_something_else),
	    TEST(the_same_on_both_sides),
	    TEST(what_needs_a_choice),
	    TEST(taken_away),
	    TEST(nothing_in_common),
	    TEST(three),
	    TEST(three_that_differ),
	    TEST(the_nearest_ancestor),
	    TEST(crossed),
	    TEST(many),
	    TEST(more_than_fits),
	    TEST(for_whom),
	    TEST(refused),
	    cmocka_unit_test(fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
