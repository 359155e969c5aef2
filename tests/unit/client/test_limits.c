/* Readings beside the limits of an order: on the limit, beyond it, several at once, limits that are not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/care/dose.h"
#include "client/care/event.h"
#include "client/care/limits.h"
#include "client/care/order.h"
#include "proto/content.h"

struct pair {
	uint32_t key;
	uint64_t value;
};

static struct content *with(uint32_t kind, const struct pair *pairs)
{
	struct content_head head = {.kind = kind};
	struct content *c = content_new(&head);
	assert_non_null(c);
	for (; pairs->key; pairs++)
		assert_int_equal(content_set_u64(c, pairs->key, pairs->value), 0);
	return c;
}

typedef struct limits compare(const struct content *vitals, const struct content *order);

static void is(compare *how, const struct pair *order, const struct pair *vitals, bool any, unsigned state,
               const char *text)
{
	struct content *o = with(ORDER_KIND, order), *v = with(EVENT_KIND, vitals);
	struct limits l = how(v, o);
	assert_int_equal(l.any, any);
	assert_int_equal(l.state, state);
	assert_string_equal(l.text, text);
	content_free(o);
	content_free(v);
}

#define P(...) ((const struct pair[]){__VA_ARGS__, {0, 0}})
static const struct pair acts[] = {
    {ORDER_ACT_SYS, 160}, {ORDER_ACT_DIA, 100}, {ORDER_ACT_HR, 120}, {ORDER_ACT_SPO2, 92}, {0, 0}};
static const struct pair starts[] = {{ORDER_PRE_SYS, 140},    {ORDER_PRE_DIA, 90},    {ORDER_PRE_HR, 100},
                                     {ORDER_PRE_SYS_MIN, 90}, {ORDER_PRE_HR_MIN, 50}, {0, 0}};

static void test_during(void **state)
{
	(void)state;
	is(limits_during, acts, P({EVENT_SYS, 159}, {EVENT_DIA, 99}, {EVENT_HR, 119}, {EVENT_SPO2, 92}), true, EVENT_WITHIN,
	   "");
	is(limits_during, acts, P({EVENT_SYS, 160}, {EVENT_DIA, 80}), true, EVENT_ABOVE, "160/100");
	is(limits_during, acts, P({EVENT_SYS, 120}, {EVENT_DIA, 100}), true, EVENT_ABOVE, "160/100");
	is(limits_during, acts, P({EVENT_SYS, 168}, {EVENT_DIA, 102}), true, EVENT_ABOVE, "160/100");
	is(limits_during, acts, P({EVENT_HR, 120}), true, EVENT_ABOVE, "HR 120");
	is(limits_during, acts, P({EVENT_SPO2, 91}), true, EVENT_BELOW, "SpO2 92%");
}

static void test_several(void **state)
{
	(void)state;
	is(limits_during, acts, P({EVENT_SYS, 170}, {EVENT_DIA, 90}, {EVENT_HR, 130}), true, EVENT_ABOVE,
	   "160/100, HR 120");
	is(limits_during, acts, P({EVENT_SPO2, 85}, {EVENT_HR, 130}), true, EVENT_ABOVE, "HR 120, SpO2 92%");
}

static void test_start(void **state)
{
	(void)state;
	is(limits_start, starts, P({EVENT_SYS, 139}, {EVENT_DIA, 89}, {EVENT_HR, 99}), true, EVENT_WITHIN, "");
	is(limits_start, starts, P({EVENT_SYS, 140}, {EVENT_DIA, 80}), true, EVENT_ABOVE, "140/90");
	is(limits_start, starts, P({EVENT_SYS, 90}, {EVENT_DIA, 60}), true, EVENT_BELOW, "top number 90");
	is(limits_start, starts, P({EVENT_SYS, 91}, {EVENT_DIA, 60}), true, EVENT_WITHIN, "");
	is(limits_start, starts, P({EVENT_HR, 50}), true, EVENT_BELOW, "HR 50");
	is(limits_start, starts, P({EVENT_HR, 100}), true, EVENT_ABOVE, "HR 100");
}

/* No limit of the program's own. */
static void test_none(void **state)
{
	(void)state;
	is(limits_during, P({ORDER_UNITS, 2}), P({EVENT_SYS, 299}, {EVENT_DIA, 199}), false, EVENT_WITHIN, "");
	is(limits_during, P({ORDER_ACT_SYS, 160}), P({EVENT_HR, 250}), false, EVENT_WITHIN, "");
	is(limits_during, P({ORDER_ACT_SYS, 160}), P({EVENT_SYS, 200}, {EVENT_DIA, 100}), true, EVENT_ABOVE,
	   "top number 160");
	is(limits_during, P({ORDER_ACT_DIA, 100}), P({EVENT_SYS, 200}, {EVENT_DIA, 100}), true, EVENT_ABOVE,
	   "bottom number 100");
	is(limits_start, acts, P({EVENT_SYS, 200}, {EVENT_DIA, 100}), false, EVENT_WITHIN, "");
}

static void test_dose(void **state)
{
	(void)state;
	assert_int_equal(dose_plausible(ORDER_SL), 6000);
	assert_int_equal(dose_plausible(ORDER_ORAL), 6000);
	assert_int_equal(dose_plausible(ORDER_IM), 3000);
	assert_int_equal(dose_plausible(ORDER_SC), 3000);
	assert_int_equal(dose_plausible(ORDER_IN), 3000);
	assert_int_equal(dose_plausible(ORDER_IV), 3000);
	assert_int_equal(dose_plausible(ORDER_IV + 1), 0);
	assert_true(dose_is_sprays(280) && dose_is_sprays(560) && dose_is_sprays(840));
	assert_false(dose_is_sprays(0) || dose_is_sprays(279) || dose_is_sprays(1120));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_during), cmocka_unit_test(test_several), cmocka_unit_test(test_start),
	    cmocka_unit_test(test_none),   cmocka_unit_test(test_dose),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
