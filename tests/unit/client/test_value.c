/* Values of fields as people type and read them: every type of row, its limits, and the sentence when it is not one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/care/order.h"
#include "client/care/session.h"
#include "client/care/event.h"
#include "client/care/checkin.h"
#include "client/care/clearance.h"
#include "client/care/plan.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/ui/value.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

static const struct when now = {1772568000, 0}; /* 2026-03-03 20:00 UTC */
static struct content *content;

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	content = content_new(&(struct content_head){.kind = ORDER_KIND});
	return content ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	content_free(content);
	return 0;
}

static const struct content_rule *rule_of(const struct care_kind *kind, uint32_t key)
{
	const struct content_rule *rule = look_by_key(&kind->content, key);
	assert_non_null(rule);
	return rule;
}

/* What was typed is kept, and read as `said`. */
static void takes(const struct care_kind *kind, uint32_t key, const char *typed, const char *said)
{
	const struct content_rule *rule = rule_of(kind, key);
	struct why why;
	struct buf text;
	buf_init(&text, 0);
	assert_int_equal(value_parse(rule, typed, &now, content, &why), 0);
	assert_string_equal(why.text, "");
	assert_true(content_has(content, key));
	assert_int_equal(value_put(content, rule, &now, &text), 0);
	assert_int_equal(buf_put_u8(&text, 0), 0);
	assert_string_equal((const char *)text.data, said);
	buf_wipe(&text);
}

static void refuses(const struct care_kind *kind, uint32_t key, const char *typed, int err, const char *sentence)
{
	struct why why;
	content_drop(content, key);
	assert_int_equal(value_parse(rule_of(kind, key), typed, &now, content, &why), err);
	assert_string_equal(why.text, sentence);
	assert_false(content_has(content, key));
}

static void test_numbers(void **state)
{
	(void)state;
	takes(&care_event, EVENT_SYS, "212", "212 mmHg");
	takes(&care_event, EVENT_SYS, "40", "40 mmHg");
	takes(&care_event, EVENT_SYS, "300", "300 mmHg");
	refuses(&care_event, EVENT_SYS, "2120", ERR_RANGE,
	        "Systolic 2120 is outside 40–300 mmHg. Check for a slipped digit.");
	refuses(&care_event, EVENT_SYS, "39", ERR_RANGE, "Systolic 39 is outside 40–300 mmHg. Check for a slipped digit.");
	refuses(&care_event, EVENT_SYS, "99999999999999999999999", ERR_SHAPE,
	        "Systolic is a whole number; not \"99999999999999999999999\".");
	refuses(&care_event, EVENT_SYS, "12.5", ERR_SHAPE, "Systolic is a whole number; not \"12.5\".");
	refuses(&care_event, EVENT_SYS, "high", ERR_SHAPE, "Systolic is a whole number; not \"high\".");
	refuses(&care_event, EVENT_SYS, "-120", ERR_RANGE,
	        "Systolic -120 is outside 40–300 mmHg. Check for a slipped digit.");
}

static void test_decimals(void **state)
{
	(void)state;
	takes(&care_order, ORDER_UNIT_MG, "100", "100 mg");
	assert_int_equal(content_u64(content, ORDER_UNIT_MG, 0), 1000);
	takes(&care_order, ORDER_UNIT_MG, "0.1", "0.1 mg");
	takes(&care_order, ORDER_UNIT_MG, "1000.0", "1000 mg");
	takes(&care_session, SESSION_SLEEP, "6.5", "6.5 h");
	assert_int_equal(content_u64(content, SESSION_SLEEP, 0), 650);
	takes(&care_checkin, CHECKIN_SLEEP, "7.25", "7.25 h");
	refuses(&care_checkin, CHECKIN_SLEEP, "7.3", ERR_RANGE, "Sleep goes in steps of 0.25; not \"7.3\".");
	refuses(&care_checkin, CHECKIN_SLEEP, "24.25", ERR_RANGE,
	        "Sleep 24.25 is outside 0–24 h. Check for a slipped digit.");
	refuses(&care_order, ORDER_UNIT_MG, "0.05", ERR_SHAPE, "Unit is a number, such as 6.5; not \"0.05\".");
	refuses(&care_order, ORDER_UNIT_MG, "1.", ERR_SHAPE, "Unit is a number, such as 6.5; not \"1.\".");
	refuses(&care_order, ORDER_UNIT_MG, "1000.1", ERR_RANGE,
	        "Unit 1000.1 is outside 0.1–1000 mg. Check for a slipped digit.");
}

static void test_scales(void **state)
{
	(void)state;
	takes(&care_checkin, CHECKIN_MOOD, "0", "0");
	takes(&care_checkin, CHECKIN_MOOD, "10", "10");
	takes(&care_checkin, CHECKIN_MOOD, "rather-not", "rather not say");
	refuses(&care_checkin, CHECKIN_MOOD, "11", ERR_RANGE, "Mood 11 is outside 0–10. Check for a slipped digit.");
}

static void test_choices(void **state)
{
	(void)state;
	takes(&care_order, ORDER_ROUTE, "sl", "sl");
	takes(&care_order, ORDER_ROUTE, "o", "oral");
	takes(&care_order, ORDER_ROUTE, "2", "im");
	refuses(&care_order, ORDER_ROUTE, "i", ERR_SHAPE, "Route is sl, oral, im, in, sc or iv; not \"i\".");
	refuses(&care_order, ORDER_ROUTE, "6", ERR_SHAPE, "Route is sl, oral, im, in, sc or iv; not \"6\".");
	takes(&care_session, SESSION_ALCOHOL, "n", "no");
	takes(&care_session, SESSION_ALCOHOL, "yes", "yes");
	refuses(&care_session, SESSION_ALCOHOL, "maybe", ERR_SHAPE, "Alcohol in 24 h is yes or no; not \"maybe\".");
}

static void test_days(void **state)
{
	(void)state;
	takes(&care_order, ORDER_VALID_UNTIL, "2026-06-05", "Fri 5 Jun");
	takes(&care_order, ORDER_VALID_UNTIL, "1 Apr 2027", "Thu 1 Apr 2027");
	refuses(&care_order, ORDER_VALID_UNTIL, "2026-02-30", ERR_SHAPE, "30 Feb 2026 is not a real date.");
}

static void test_lists(void **state)
{
	(void)state;
	takes(&care_order, ORDER_SCHEDULE, "-10, 40,90", "-10 min, 40 min, 90 min");
	takes(&care_order, ORDER_HOLDS, "clonazepam:24; lorazepam:48:ask first: twice",
	      "clonazepam 24 h; lorazepam 48 h ask first: twice");
	takes(&care_clearance, CLEARANCE_ITEMS, "pregnancy:no:yes;liver:unknown:no:labs asked for",
	      "pregnancy no; liver unknown labs asked for");
	takes(&care_plan, PLAN_ALONE, "walk; call no one, breathe", "walk, call no one, breathe");
	refuses(&care_order, ORDER_HOLDS, "clonazepam", ERR_SHAPE, "Medicines held lacks its part \"hours\".");
	refuses(&care_order, ORDER_SCHEDULE, "1,2,3,4,5,6,7,8,9,10,11,12,13", ERR_RANGE, "Vitals at has at most 12 parts.");
	refuses(&care_order, ORDER_SCHEDULE, "40,601", ERR_RANGE,
	        "Vitals at 601 is outside -60–600 min. Check for a slipped digit.");
}

static void test_texts(void **state)
{
	(void)state;
	takes(&care_session, SESSION_CHAPERONE, "Maya", "Maya");
	takes(&care_session, SESSION_CHAPERONE, "e\xCC\x81", "\xC3\xA9"); /* composed */
	refuses(&care_session, SESSION_RED_REASON, "no", ERR_SHAPE,
	        "Reason to go on has 2 characters; it needs at least 3.");
	content_drop(content, SESSION_CHAPERONE);
	struct why why;
	assert_int_equal(value_parse(rule_of(&care_session, SESSION_CHAPERONE), "a\xff", &now, content, &why), ERR_UTF8);
	takes(&care_session, SESSION_CHAPERONE, "Maya", "Maya");
	assert_int_equal(value_parse(rule_of(&care_session, SESSION_CHAPERONE), "", &now, content, &why), 0);
	assert_false(content_has(content, SESSION_CHAPERONE)); /* an empty text leaves it out */
	assert_int_equal(value_parse(rule_of(&care_event, EVENT_SESSION), "x", &now, content, &why), ERR_ARG);
}

/* --- shown --- */

static char *shown(enum out_form form, const struct care_kind *kind, uint32_t key)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	struct out *out;
	assert_non_null(to);
	assert_int_equal(out_new(form, to, to, &out), 0);
	value_show(out, content, rule_of(kind, key), &now);
	assert_int_equal(out_finish(out), 0);
	out_free(out);
	fclose(to);
	return text;
}

static void shows(enum out_form form, const struct care_kind *kind, uint32_t key, const char *want)
{
	char *text = shown(form, kind, key);
	assert_string_equal(text, want);
	free(text);
}

static void test_shown(void **state)
{
	(void)state;
	takes(&care_session, SESSION_SLEEP, "6.5", "6.5 h");
	shows(OUT_JSON, &care_session, SESSION_SLEEP, "{\"sleep\": 6.5}\n");
	shows(OUT_PLAIN, &care_session, SESSION_SLEEP, "sleep: 6.5\n");
	shows(OUT_HUMAN, &care_session, SESSION_SLEEP, "Slept  6.5 h\n");
	takes(&care_order, ORDER_ROUTE, "im", "im");
	shows(OUT_JSON, &care_order, ORDER_ROUTE, "{\"route\": \"im\"}\n");
	takes(&care_order, ORDER_VALID_UNTIL, "2026-06-05", "Fri 5 Jun");
	shows(OUT_JSON, &care_order, ORDER_VALID_UNTIL, "{\"valid-until\": \"2026-06-05\"}\n");
	takes(&care_order, ORDER_HOLDS, "clonazepam:24", "clonazepam 24 h");
	shows(OUT_JSON, &care_order, ORDER_HOLDS, "{\"holds\": [{\"medicine\": \"clonazepam\", \"hours\": 24}]}\n");
	takes(&care_order, ORDER_SCHEDULE, "40,90", "40 min, 90 min");
	shows(OUT_JSON, &care_order, ORDER_SCHEDULE, "{\"schedule\": [{\"value\": 40}, {\"value\": 90}]}\n");
	takes(&care_session, SESSION_ALCOHOL, "n", "no");
	shows(OUT_JSON, &care_session, SESSION_ALCOHOL, "{\"alcohol\": false}\n");
	content_drop(content, SESSION_ALCOHOL);
	shows(OUT_PLAIN, &care_session, SESSION_ALCOHOL, "");
}

static void test_number_text(void **state)
{
	static const struct {
		int64_t value;
		unsigned decimals;
		const char *text;
	} rows[] = {{0, 0, "0"},
	            {0, 2, "0"},
	            {650, 2, "6.5"},
	            {600, 2, "6"},
	            {5, 2, "0.05"},
	            {1, 1, "0.1"},
	            {-15, 1, "-1.5"},
	            {1000, 0, "1000"},
	            {1000, 1, "100"},
	            {365, 1, "36.5"},
	            {INT64_MIN, 0, "-9223372036854775808"},
	            {INT64_MAX, 3, "9223372036854775.807"}};
	char out[TEXT_NUMBER];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(text_number(rows[i].value, rows[i].decimals, out), rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_decimals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_scales, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_choices, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_days, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_shown, setup, teardown),
	    cmocka_unit_test(test_number_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
