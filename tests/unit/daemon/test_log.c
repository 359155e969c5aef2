/* test_log: the exact lines, what is cut or refused, and how noise is limited. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/log.h"
#include "proto/err.h"

static int ends[2];
static char got[16384];

static int open_pipe(void **state)
{
	(void)state;
	if (pipe2(ends, O_NONBLOCK) != 0)
		return -1;
	log_set_output(ends[1], 0);
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

static int close_pipe(void **state)
{
	(void)state;
	log_set_output(2, 0);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static const char *lines(void)
{
	ssize_t n = read(ends[0], got, sizeof got - 1);

	got[n > 0 ? n : 0] = '\0';
	return got;
}

static void every_kind_of_value(void **state)
{
	static const uint8_t id[16] = {0xab, 0xcd, 1, 2, 3, 4, 5, 0xff, 0xee};

	(void)state;
	log_info("push", LOG_ID("did", id), LOG_U64("n", UINT64_MAX), LOG_I64("d", -5), LOG_ERR(ERR_NO_GRANT),
	         LOG_WORD("how", "slow-1_x"), LOG_ERRNO(ENOSPC));
	assert_string_equal(lines(), "level=info event=push did=abcd0102030405ff n=18446744073709551615 d=-5 "
	                             "err=NO_GRANT how=slow-1_x errno=ENOSPC\n");
	log_error("x", LOG_ID("pid", NULL), LOG_ERR(0), LOG_ERRNO(-7));
	assert_string_equal(lines(), "level=error event=x pid=- err=OK errno=unknown\n");
}

/* A value that is no word of the program's own cannot get in, whatever it is. */
static void no_text(void **state)
{
	static const char *const texts[] = {"Anna Meyer",  "a=b",     "a\nlevel=info", "", "abcdefghijklmnopqrstuvwxyz",
	                                    "caf\xc3\xa9", "\x1b[31m"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		log_info("x", LOG_WORD("w", texts[i]));
		assert_string_equal(lines(), "level=info event=x w=?\n");
	}
	log_info("x", LOG_WORD("w", NULL));
	assert_string_equal(lines(), "level=info event=x w=?\n");
}

static void levels(void **state)
{
	(void)state;
	log_debug("x", LOG_U64("n", 1));
	assert_string_equal(lines(), "");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("x", LOG_U64("n", 1));
	assert_string_equal(lines(), "level=debug event=x n=1\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("x", LOG_U64("n", 1));
	log_noisy(LOG_LEVEL_WARN, "quiet", LOG_U64("n", 1));
	assert_string_equal(lines(), "");
	assert_string_equal(log_level_name(LOG_LEVEL_WARN), "warn");
}

static void for_the_journal(void **state)
{
	(void)state;
	log_set_output(ends[1], 1);
	log_error("x", LOG_U64("n", 1));
	assert_string_equal(lines(), "<3>level=error event=x n=1\n");
	log_warn("x", LOG_U64("n", 1));
	assert_string_equal(lines(), "<4>level=warn event=x n=1\n");
}

static void a_line_too_long_is_cut(void **state)
{
	struct log_field many[60];

	(void)state;
	for (size_t i = 0; i < 60; i++)
		many[i] = LOG_U64("number", UINT64_MAX);
	log_write(LOG_LEVEL_INFO, "x", many, 60);
	assert_int_equal(strlen(lines()), 512);
	assert_int_equal(got[511], '\n');
}

static void noise(void **state)
{
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		log_noisy(LOG_LEVEL_WARN, "noise", LOG_U64("n", 1));
	lines();
	for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	assert_int_equal(n, 5);
	for (int i = 0; i < 5; i++) /* the control: another event has its own measure, a plain one has none */
		log_noisy(LOG_LEVEL_WARN, "other", LOG_U64("n", 1));
	for (int i = 0; i < 7; i++)
		log_warn("noise", LOG_U64("n", 1));
	lines();
	n = 0;
	for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	assert_int_equal(n, 12);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_pipe, close_pipe)
	const struct CMUnitTest tests[] = {
	    TEST(every_kind_of_value),    TEST(no_text), TEST(levels), TEST(for_the_journal),
	    TEST(a_line_too_long_is_cut), TEST(noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
