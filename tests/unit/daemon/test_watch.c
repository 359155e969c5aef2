/* test_watch: who is woken, by what, and that the newest place wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/watch.h"
#include "proto/err.h"

struct sub {
	struct watch_sub watch; /* first */
	int woken;
	int leaves; /* ends its subscription when it is woken */
};

static struct watch *watch;
static struct sub subs[4];

static void wake(struct watch_sub *w)
{
	struct sub *s = (struct sub *)(void *)w;

	s->woken++;
	if (s->leaves)
		watch_remove(w);
}

static const uint8_t ann[16] = {1, 1}, ben[16] = {1, 1, 1}, cid[16] = {9};
static const uint8_t head[32] = {7}, later[32] = {8};

static int start(void **state)
{
	(void)state;
	memset(subs, 0, sizeof subs);
	for (size_t i = 0; i < 4; i++)
		subs[i].watch.wake = wake;
	memcpy(subs[0].watch.pid, ann, 16);
	memcpy(subs[1].watch.pid, ann, 16);
	memcpy(subs[2].watch.pid, ben, 16); /* the same chain of the table */
	memcpy(subs[3].watch.pid, cid, 16);
	if (watch_new(&watch) != 0)
		return -1;
	for (size_t i = 0; i < 4; i++)
		watch_add(watch, &subs[i].watch);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		watch_remove(&subs[i].watch);
	watch_free(watch);
	return 0;
}

static void only_those_who_watch_it(void **state)
{
	(void)state;
	watch_notify(watch, ann, 3, head);
	assert_int_equal(subs[0].woken, 1);
	assert_int_equal(subs[1].woken, 1);
	assert_int_equal(subs[2].woken + subs[3].woken, 0);
	assert_true(subs[0].watch.feed.news);
	assert_false(subs[0].watch.chain.news);
	assert_int_equal(subs[0].watch.feed.seq, 3);
	assert_memory_equal(subs[0].watch.feed.head, head, 32);
	assert_true(watch_has(watch, ann) && watch_has(watch, ben) && watch_has(watch, cid));
	assert_false(watch_has(watch, head));
}

static void everybody_watches_the_chain(void **state)
{
	(void)state;
	watch_notify_chain(watch, 5, head);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(subs[i].woken, 1);
		assert_true(subs[i].watch.chain.news && !subs[i].watch.feed.news);
	}
}

static void the_newest_place_wins(void **state)
{
	(void)state;
	watch_notify(watch, cid, 5, later);
	watch_notify(watch, cid, 4, head);
	assert_int_equal(subs[3].watch.feed.seq, 5);
	assert_memory_equal(subs[3].watch.feed.head, later, 32);
	assert_int_equal(subs[3].woken, 1);
	watch_notify(watch, cid, 6, head);
	assert_int_equal(subs[3].watch.feed.seq, 6);
}

static void leaving(void **state)
{
	(void)state;
	watch_remove(&subs[0].watch);
	watch_remove(&subs[0].watch);
	watch_notify(watch, ann, 1, head);
	assert_int_equal(subs[0].woken, 0);
	assert_int_equal(subs[1].woken, 1);
	watch_add(watch, &subs[0].watch);
	watch_add(watch, &subs[0].watch);
	watch_notify(watch, ann, 2, head);
	assert_int_equal(subs[0].woken, 1);
}

static void leaving_while_being_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		subs[i].leaves = 1;
	watch_notify(watch, ann, 1, head);
	assert_int_equal(subs[0].woken + subs[1].woken, 2);
	assert_false(watch_has(watch, ann));
	watch_notify_chain(watch, 1, head);
	assert_int_equal(subs[2].woken + subs[3].woken, 2);
	watch_notify_chain(watch, 2, head);
	assert_int_equal(subs[2].woken + subs[3].woken, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
	    TEST(only_those_who_watch_it),  TEST(everybody_watches_the_chain), TEST(the_newest_place_wins), TEST(leaving),
	    TEST(leaving_while_being_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
