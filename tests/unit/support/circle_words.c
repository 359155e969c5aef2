/* circle_words: see circle_words.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/people.h"
#include "proto/content.h"

#include "circle_words.h"

struct write_entry circle_plain(const char *body)
{
	return (struct write_entry){.body = body, .body_len = strlen(body), .mood = -1, .phase = -1};
}

static int take_item(void *arg, const struct book_item *item)
{
	*(const struct book_item **)arg = item;
	return 0;
}

const struct book_item *circle_last(const struct write_ctx *ctx, const struct circle *c, uint32_t kind,
                                    enum circle_who author)
{
	const struct book_item *item = NULL;
	const struct person *by = people_by_pid(ctx->people, circle_genesis(c, author));
	assert_int_equal(book_each(ctx->book, kind, by, take_item, &item), 0);
	return item;
}

const struct book_item *circle_see(struct circle *c, enum circle_who device, uint32_t kind, enum circle_who author)
{
	const struct book_item *item = NULL;
	const struct book *b = circle_book(c, device);
	assert_int_equal(book_each(b, kind, circle_person(c, device, author), take_item, &item), 0);
	return item;
}

void circle_enter(struct circle *c, enum circle_who who, const char *body)
{
	struct write_entry e = circle_plain(body);
	assert_int_equal(write_entry(circle_write(c, who), &e, NULL), 0);
}

void circle_edit(struct circle *c, enum circle_who who, const char *body)
{
	struct write_entry e = circle_plain(body);
	struct write_ctx *ctx = circle_write(c, who);
	assert_int_equal(write_edit(ctx, circle_last(ctx, c, CONTENT_JOURNAL, who), &e), 0);
}

int circle_share(struct circle *c, enum circle_who who, enum circle_who with)
{
	struct write_ctx *ctx = circle_write(c, who);
	const struct person *person = circle_person(c, who, with);
	return write_share(ctx, circle_last(ctx, c, CONTENT_JOURNAL, who), &person, 1);
}

int circle_unshare(struct circle *c, enum circle_who who, enum circle_who from)
{
	struct write_ctx *ctx = circle_write(c, who);
	const struct person *person = circle_person(c, who, from);
	return write_unshare(ctx, circle_last(ctx, c, CONTENT_JOURNAL, who), &person, 1);
}

void circle_text_is(const struct content *content, uint32_t key, const char *want)
{
	size_t len;
	assert_non_null(content);
	const char *text = content_str(content, key, &len);
	assert_non_null(text);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(text, want, len);
}
