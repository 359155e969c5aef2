/* test_err: every row of err.def has a name, a sentence and a status that comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/err.h"

static const struct {
	int err;
	int number;
	uint16_t wire;
	const char *name;
	const char *text;
} rows[] = {
#define ERR(name, number, wire, text) {ERR_##name, number, wire, #name, text},
#include "proto/err.def"
#undef ERR
};

#define ROWS (sizeof rows / sizeof rows[0])

static void rows_are_reachable(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		assert_int_equal(rows[i].err, -rows[i].number);
		assert_string_equal(err_name(rows[i].err), rows[i].name);
		assert_string_equal(err_text(rows[i].err), rows[i].text);
		assert_int_equal(err_to_status(rows[i].err), rows[i].wire);
		if (rows[i].wire == 500)
			assert_int_equal(err_from_status(rows[i].wire), ERR_INTERNAL);
		else if (rows[i].number < 600)
			assert_int_equal(err_from_status(rows[i].wire), rows[i].err);
		else
			assert_int_equal(err_from_status(rows[i].wire), -(int)rows[i].wire); /* told as the row of that number */
	}
}

static void rows_are_distinct(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(rows[i].number, rows[j].number);
			assert_string_not_equal(rows[i].name, rows[j].name);
			assert_string_not_equal(rows[i].text, rows[j].text);
			assert_true(rows[i].wire == 500 || rows[i].number >= 600 || rows[i].wire != rows[j].wire);
		}
}

/* What a peer sends and a server finds is the peer's fault, and said so. */
static void faults_of_the_sender_are_not_internal(void **state)
{
	(void)state;
	assert_int_equal(err_to_status(ERR_KEY), 105);
	assert_int_equal(err_to_status(ERR_SUITE), 105);
	assert_int_equal(err_from_status(105), ERR_SHAPE);
}

static void texts_are_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		size_t len = strlen(rows[i].text);

		assert_true(len > 5 && len <= 76);
		assert_int_equal(rows[i].text[len - 1], '.');
		assert_true(rows[i].text[0] >= 'A' && rows[i].text[0] <= 'Z');
	}
}

static void none_and_unknown(void **state)
{
	static const int unknown[] = {1, 100, -99, -9999, INT32_MAX, INT32_MIN};

	(void)state;
	assert_string_equal(err_name(0), "OK");
	assert_string_equal(err_text(0), "");
	assert_int_equal(err_to_status(0), 0);
	assert_int_equal(err_from_status(0), 0);
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
		assert_string_equal(err_name(unknown[i]), "UNKNOWN");
		assert_true(strlen(err_text(unknown[i])) > 0);
		assert_int_equal(err_to_status(unknown[i]), 500);
		assert_false(err_is_retryable(unknown[i]));
	}
	assert_int_equal(err_from_status(1), ERR_INTERNAL);
	assert_int_equal(err_from_status(500), ERR_INTERNAL);
	assert_int_equal(err_from_status(UINT16_MAX), ERR_INTERNAL);
}

static void five_are_retryable(void **state)
{
	size_t n = 0;

	(void)state;
	assert_true(err_is_retryable(ERR_BUSY));
	assert_true(err_is_retryable(ERR_RATE));
	assert_true(err_is_retryable(ERR_FULL));
	assert_true(err_is_retryable(ERR_READONLY));
	assert_true(err_is_retryable(ERR_DRAINING));
	assert_false(err_is_retryable(0));
	for (size_t i = 0; i < ROWS; i++)
		n += err_is_retryable(rows[i].err) ? 1 : 0;
	assert_int_equal(n, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_reachable),
	    cmocka_unit_test(rows_are_distinct),
	    cmocka_unit_test(faults_of_the_sender_are_not_internal),
	    cmocka_unit_test(texts_are_sentences),
	    cmocka_unit_test(none_and_unknown),
	    cmocka_unit_test(five_are_retryable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
