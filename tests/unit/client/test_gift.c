/* Giving an entry to the clinic's record: who is told so, what stays given, and the clinic's copy, made once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/gift.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/care/given.h"
#include "client/sync/keep.h"
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

static int give(enum circle_who to)
{
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct person *person = circle_person(c, CIRCLE_JO, to);
	return write_give(ctx, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), &person, 1);
}

static const struct book_item *entry_of(enum circle_who device)
{
	return circle_see(c, device, CONTENT_JOURNAL, CIRCLE_JO);
}

static size_t keep(enum circle_who who)
{
	size_t n = 99;
	assert_int_equal(keep_given_in(circle_write(c, who), &n), 0);
	circle_send(c, who);
	return n;
}

static void test_give(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_null(gift_last(entry_of(CIRCLE_JO)));
	assert_int_equal(give(CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	const struct book_item *mine = entry_of(CIRCLE_JO);
	const struct person *people[4];
	assert_non_null(gift_last(mine));
	assert_int_equal(gift_last(mine)->op, RECORD_SHARE);
	assert_int_equal(gift_people(mine, people, 4), 1);
	assert_string_equal(people[0]->name, "Ana Reyes");
	assert_true(gift_is_current(mine, people[0]));
	const struct book_item *hers = entry_of(CIRCLE_ANA);
	assert_true(gift_is(book_head(hers)));
	circle_text_is(book_head(hers)->content, CONTENT_BODY, "words");
	assert_null(entry_of(CIRCLE_OSEI));
}

/* Who was only shown it is not told that others were given it, and keeps reading. */
static void test_others_are_not_told(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_OSEI), 0);
	assert_int_equal(give(CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	assert_null(gift_last(entry_of(CIRCLE_OSEI)));
	assert_non_null(gift_last(entry_of(CIRCLE_ANA)));
	const struct person *readers[4];
	assert_int_equal(book_current_readers(entry_of(CIRCLE_JO), readers, 4), 2);
	circle_edit(c, CIRCLE_JO, "later words");
	circle_send(c, CIRCLE_JO);
	circle_text_is(book_head(entry_of(CIRCLE_OSEI))->content, CONTENT_BODY, "later words");
	circle_text_is(book_head(entry_of(CIRCLE_ANA))->content, CONTENT_BODY, "later words");
}

static void test_refused(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(give(CIRCLE_LUND), ERR_NO_GRANT);
	assert_int_equal(give(CIRCLE_JO), ERR_NO_GRANT);
	assert_int_equal(give(CIRCLE_ANA), 0);
	assert_int_equal(give(CIRCLE_ANA), ERR_EXISTS);
	circle_edit(c, CIRCLE_JO, "other words");
	assert_int_equal(give(CIRCLE_ANA), 0); /* these were not given yet */
	circle_send(c, CIRCLE_JO);
	struct write_ctx *ctx = circle_write(c, CIRCLE_ANA);
	const struct person *osei = circle_person(c, CIRCLE_ANA, CIRCLE_OSEI);
	assert_int_equal(write_give(ctx, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), &osei, 1), ERR_NOT_AUTHOR);
}

/* Later versions are not given by being later. */
static void test_later_is_not_given(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(give(CIRCLE_ANA), 0);
	circle_edit(c, CIRCLE_JO, "later words");
	circle_send(c, CIRCLE_JO);
	const struct book_item *item = entry_of(CIRCLE_ANA);
	assert_false(gift_is(book_head(item)));
	assert_false(gift_is_current(item, circle_person(c, CIRCLE_ANA, CIRCLE_ANA)));
	assert_true(gift_is_to(item, NULL));
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_OSEI), 0);
	circle_send(c, CIRCLE_JO);
	assert_null(gift_last(entry_of(CIRCLE_OSEI)));
}

static void test_copy(void **state)
{
	size_t len = 0;
	(void)state;
	circle_enter(c, CIRCLE_JO, "words");
	assert_int_equal(circle_share(c, CIRCLE_JO, CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(keep(CIRCLE_ANA), 0); /* shown is not given */
	assert_int_equal(give(CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(keep(CIRCLE_JO), 0); /* the client's own device copies nothing */
	assert_int_equal(keep(CIRCLE_ANA), 1);
	assert_int_equal(keep(CIRCLE_ANA), 0); /* once */
	const struct book_revision *given = gift_last(entry_of(CIRCLE_ANA));
	uint8_t rid[32];
	memcpy(rid, given->ref, sizeof(rid));
	const struct book_item *copy = circle_see(c, CIRCLE_ANA, GIVEN_KIND, CIRCLE_ANA);
	assert_non_null(copy);
	assert_int_equal(book_head(copy)->record_class, RECORD_CLINICAL);
	circle_text_is(book_head(copy)->content, GIVEN_TEXT, "words");
	const uint8_t *of = content_bin(book_head(copy)->content, GIVEN_RID, &len);
	assert_int_equal(len, 32);
	assert_memory_equal(of, rid, 32);
	/* another version that is given is another copy */
	circle_edit(c, CIRCLE_JO, "later words");
	circle_send(c, CIRCLE_JO);
	assert_int_equal(keep(CIRCLE_ANA), 0);
	assert_int_equal(give(CIRCLE_ANA), 0);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(keep(CIRCLE_ANA), 1);
}

static void test_who_copies(void **state)
{
	(void)state;
	circle_enter(c, CIRCLE_JO, "for both");
	struct write_ctx *ctx = circle_write(c, CIRCLE_JO);
	const struct person *both[] = {circle_person(c, CIRCLE_JO, CIRCLE_OSEI), circle_person(c, CIRCLE_JO, CIRCLE_ANA)};
	assert_int_equal(write_give(ctx, circle_last(ctx, c, CONTENT_JOURNAL, CIRCLE_JO), both, 2), 0);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(keep(CIRCLE_OSEI), 0); /* the therapist does */
	assert_int_equal(keep(CIRCLE_ANA), 1);
	circle_enter(c, CIRCLE_JO, "for the prescriber");
	assert_int_equal(give(CIRCLE_OSEI), 0);
	circle_send(c, CIRCLE_JO);
	assert_int_equal(keep(CIRCLE_ANA), 0);
	assert_int_equal(keep(CIRCLE_OSEI), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_give), CASE(test_others_are_not_told), CASE(test_refused), CASE(test_later_is_not_given),
	    CASE(test_copy), CASE(test_who_copies),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
