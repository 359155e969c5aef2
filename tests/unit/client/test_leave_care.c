/* test_leave_care: a clinical item on its page and as data says what its table says: words, units, days, no bare
 * numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/care/order.h"
#include "client/leave/item_json.h"
#include "client/leave/page.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
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

static const struct book_item *an_order(void)
{
	static const struct {
		uint32_t key;
		uint64_t value;
	} numbers[] = {{ORDER_ROUTE, ORDER_SL}, {ORDER_UNIT_MG, 1005}, {ORDER_UNITS, 2},
	               {ORDER_MAX_MG, 3000},    {ORDER_SESSIONS, 4},   {ORDER_VALID_UNTIL, 20609}};
	struct write_ctx *ctx = circle_write(c, CIRCLE_OSEI);
	struct content *content = content_new(&(struct content_head){.kind = ORDER_KIND});
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_int_equal(content_set_u64(content, numbers[i].key, numbers[i].value), 0);
	struct write_care w = {
	    .kind = &care_order, .fields = content, .about = people_by_pid(ctx->people, circle_genesis(c, CIRCLE_JO))};
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	return circle_see(c, CIRCLE_OSEI, ORDER_KIND, CIRCLE_OSEI);
}

static void test_page(void **state)
{
	struct buf page;
	(void)state;
	buf_init(&page, 0);
	assert_int_equal(page_put(an_order(), &page), 0);
	assert_int_equal(buf_put_u8(&page, 0), 0);
	const char *text = (const char *)page.data;
	assert_ptr_equal(strstr(text, "# Order\n"), text);
	assert_non_null(strstr(text, "Route: sl  \n"));
	assert_non_null(strstr(text, "Unit: 100.5 mg  \n"));
	assert_non_null(strstr(text, "Valid until: Fri 5 Jun 2026  \n"));
	assert_null(strstr(text, "1005"));
	buf_wipe(&page);
}

static void test_data(void **state)
{
	struct buf data;
	(void)state;
	buf_init(&data, 0);
	assert_int_equal(item_json_put(an_order(), &data), 0);
	json_t *item = json_loadb((const char *)data.data, data.len, 0, NULL);
	assert_non_null(item);
	assert_string_equal(json_string_value(json_object_get(item, "kind")), "order");
	json_t *fields = json_object_get(json_array_get(json_object_get(item, "revisions"), 0), "fields");
	assert_string_equal(json_string_value(json_object_get(fields, "route")), "sl");
	assert_true(json_real_value(json_object_get(fields, "unit-mg")) == 100.5);
	assert_int_equal(json_integer_value(json_object_get(fields, "units")), 2);
	assert_string_equal(json_string_value(json_object_get(fields, "valid-until")), "2026-06-05");
	json_decref(item);
	buf_wipe(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_page, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_data, setup, teardown),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
