/* test_compare_view: how what two devices hold differs, said in numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/sync/compare.h"
#include "client/sync/compare_view.h"
#include "proto/check.h"

struct views {
	struct check_reveal mine, theirs;
};

static void set(struct check_streams *all, uint8_t did, uint64_t count)
{
	struct check_stream s = {.did = {did}, .count = count, .hash = {(uint8_t)count}};
	assert_int_equal(check_streams_add(all, &s), 0);
}

/* Two devices of each; both sides see the same. */
static struct views *agreeing(void)
{
	static struct views v;
	memset(&v, 0, sizeof(v));
	memset(v.mine.head, 1, 32);
	memset(v.theirs.known, 1, 32);
	memset(v.theirs.head, 2, 32);
	memset(v.mine.known, 2, 32);
	set(&v.mine.sent, 1, 5);
	set(&v.mine.sent, 2, 3);
	set(&v.theirs.held, 1, 5);
	set(&v.theirs.held, 2, 3);
	set(&v.theirs.sent, 8, 7);
	set(&v.mine.held, 8, 7);
	return &v;
}

static struct compare_difference differ(const struct views *v)
{
	struct compare_difference d;
	compare_view_differ(&v->mine, &v->theirs, &d);
	return d;
}

static void none(void **state)
{
	(void)state;
	struct compare_difference d = differ(agreeing());
	assert_int_equal(d.mine_not_there + d.theirs_not_here + d.mine_not_here + d.theirs_not_there, 0);
	assert_false(d.others || d.keys_here || d.keys_there);
}

static void each_direction(void **state)
{
	(void)state;
	struct views *v = agreeing();
	v->theirs.held.at[0].count = 1; /* of 5 */
	v->theirs.held.n = 1;           /* and none of 3 */
	struct compare_difference d = differ(v);
	assert_int_equal(d.mine_not_there, 7);
	assert_int_equal(d.theirs_not_here + d.mine_not_here + d.theirs_not_there, 0);
	assert_false(d.others);

	v = agreeing();
	v->mine.held.n = 0;
	assert_int_equal(differ(v).theirs_not_here, 7);

	v = agreeing();
	v->mine.sent.n = 1;
	assert_int_equal(differ(v).mine_not_here, 3);

	v = agreeing();
	set(&v->mine.held, 9, 2);
	assert_int_equal(differ(v).theirs_not_there, 2);
}

static void more_of_one_does_not_make_up_for_another(void **state)
{
	(void)state;
	struct views *v = agreeing();
	v->theirs.held.at[0].count = 6;
	v->theirs.held.at[1].count = 2;
	struct compare_difference d = differ(v);
	assert_int_equal(d.mine_not_there, 1);
	assert_int_equal(d.mine_not_here, 1);
}

static void others_of_the_same_number(void **state)
{
	(void)state;
	struct views *v = agreeing();
	v->mine.held.at[0].hash[5] ^= 1;
	struct compare_difference d = differ(v);
	assert_true(d.others);
	assert_int_equal(d.theirs_not_here + d.theirs_not_there, 0);
	v = agreeing();
	v->theirs.held.at[1].hash[5] ^= 1;
	assert_true(differ(v).others);
}

static void keys(void **state)
{
	(void)state;
	struct views *v = agreeing();
	v->mine.known[31] ^= 1;
	assert_true(differ(v).keys_here);
	assert_false(differ(v).keys_there);
	v = agreeing();
	v->theirs.known[31] ^= 1;
	assert_true(differ(v).keys_there);
	assert_false(differ(v).keys_here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(none),
	    cmocka_unit_test(each_direction),
	    cmocka_unit_test(more_of_one_does_not_make_up_for_another),
	    cmocka_unit_test(others_of_the_same_number),
	    cmocka_unit_test(keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
