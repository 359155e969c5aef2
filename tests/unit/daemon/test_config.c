/* test_config: every row's bounds, every way to be wrong and the line it is reported for, all in one reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/config.h"
#include "proto/buf.h"
#include "proto/err.h"

static struct config c;
static struct buf errors;

static int start(void **state)
{
	(void)state;
	config_defaults(&c);
	buf_init(&errors, 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	buf_wipe(&errors);
	return 0;
}

static const char *said(void)
{
	buf_put_u8(&errors, 0);
	buf_truncate(&errors, errors.len - 1);
	return (const char *)errors.data;
}

static int parse(const char *text)
{
	buf_reset(&errors);
	config_defaults(&c);
	return config_parse(&c, "f", text, strlen(text), &errors);
}

static void defaults_are_right(void **state)
{
	(void)state;
	assert_int_equal(config_check(&c, &errors), 0);
	assert_int_equal(errors.len, 0);
	assert_int_equal(c.port, 7443);
	assert_string_equal(c.listen, "*");
}

static void a_file(void **state)
{
	(void)state;
	assert_int_equal(parse("# a comment\n; another\n\n  port = 0 \nlisten=::1\r\nlog_level = debug\n"
	                       "state_dir = /srv/kapd ; why not\ndrain_seconds: 3"),
	                 0);
	assert_int_equal(c.port, 0);
	assert_string_equal(c.listen, "::1");
	assert_int_equal(c.log_level, 3);
	assert_string_equal(c.state_dir, "/srv/kapd");
	assert_int_equal(c.drain_seconds, 3);
	assert_int_equal(parse(""), 0);
}

/* The table against itself: each number's ends are taken, and one beyond each is not. */
static void bounds_of_numbers(void **state)
{
	static const struct {
		const char *name;
		uint32_t min, max;
	} rows[] = {
#define CONFIG_U32(name, min, max, preset, help) {#name, min, max},
#define CONFIG_TEXT(name, min, max, preset, help)
#define CONFIG_WORD(name, words, preset, help)
#include "daemon/config.def"
#undef CONFIG_U32
#undef CONFIG_TEXT
#undef CONFIG_WORD
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(line, sizeof line, "%s = %u\n", rows[i].name, rows[i].min);
		assert_int_equal(parse(line), 0);
		snprintf(line, sizeof line, "%s = %u\n", rows[i].name, rows[i].max);
		assert_int_equal(parse(line), 0);
		snprintf(line, sizeof line, "%s = %lld\n", rows[i].name, (long long)rows[i].min - 1);
		assert_int_equal(parse(line), ERR_CONFIG);
		snprintf(line, sizeof line, "%s = %lld\n", rows[i].name, (long long)rows[i].max + 1);
		assert_int_equal(parse(line), ERR_CONFIG);
		assert_non_null(strstr(said(), rows[i].name));
	}
}

static void bad_values(void **state)
{
	static const char *const bad[] = {
	    "port =",
	    "port = -1",
	    "port = +1",
	    "port = 1e3",
	    "port = 0x10",
	    "port = 1 2",
	    "port = 4294967297",
	    "port = 99999999999999999999",
	    "log_level = loud",
	    "log_level =",
	    "log_level = error|warn",
	    "listen =",
	    "listen = caf\xc3\xa9",
	    "listen = a\tb",
	    "listen = 0123456789012345678901234567890123456789012345678901234567890123456789",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (parse(bad[i]) != ERR_CONFIG)
			fail_msg("taken: %s", bad[i]);
}

static void all_at_once_with_lines(void **state)
{
	char text[512];

	(void)state;
	snprintf(text, sizeof text,
	         "port = x\n[net]\nport = 1\nnonsense\nno_such = 1\nlog_level = loud\nlisten = %0200d\n= 3\n", 0);
	assert_int_equal(parse(text), ERR_CONFIG);
	assert_string_equal(said(), "f:1: port takes a number from 0 to 65535.\n"
	                            "f:2: there are no sections; write key = value.\n"
	                            "f:3: port was set already.\n"
	                            "f:4: this is not key = value.\n"
	                            "f:5: there is no key 'no_such'.\n"
	                            "f:6: log_level takes one of these words: error|warn|info|debug.\n"
	                            "f:7: the line is longer than 197 characters.\n"
	                            "f:8: there is no key ''.\n");
}

static void a_nul_byte(void **state)
{
	static const char text[] = "port = 1\0 2\n";

	(void)state;
	assert_int_equal(config_parse(&c, "f", text, sizeof text - 1, &errors), ERR_CONFIG);
	assert_string_equal(said(), "f:1: the line holds a NUL byte.\n");
}

/* The longest line that is taken, and one more. */
static void the_longest_line(void **state)
{
	char line[256];

	(void)state;
	memset(line, ' ', sizeof line);
	memcpy(line, "port = 1", 8);
	line[CONFIG_LINE_MAX] = '\n';
	assert_int_equal(config_parse(&c, "f", line, CONFIG_LINE_MAX + 1, &errors), 0);
	line[CONFIG_LINE_MAX] = ' ';
	line[CONFIG_LINE_MAX + 1] = '\n';
	config_defaults(&c);
	assert_int_equal(config_parse(&c, "f", line, CONFIG_LINE_MAX + 2, &errors), ERR_CONFIG);
}

static void the_command_line(void **state)
{
	(void)state;
	assert_int_equal(config_set(&c, "port=8000", &errors), 0);
	assert_int_equal(config_set(&c, "port=8001", &errors), 0); /* the last one counts */
	assert_int_equal(c.port, 8001);
	assert_int_equal(config_set(&c, "state_dir=/a=b", &errors), 0);
	assert_string_equal(c.state_dir, "/a=b");
	assert_int_equal(config_set(&c, "port", &errors), ERR_CONFIG);
	assert_int_equal(config_set(&c, "=1", &errors), ERR_CONFIG);
	assert_int_equal(config_set(&c, "port=70000", &errors), ERR_CONFIG);
	assert_int_equal(config_set(&c, "prot=1", &errors), ERR_CONFIG);
	assert_string_equal(said(), "--set: write --set KEY=VALUE.\n--set: write --set KEY=VALUE.\n"
	                            "--set: port takes a number from 0 to 65535.\n--set: there is no key 'prot'.\n");
}

static void what_does_not_fit_together(void **state)
{
	(void)state;
	c.out_pause_kib = 4096;
	c.out_max_kib = 1056;
	c.max_connections = 50000;
	c.memory_mib = 8;
	memcpy(c.state_dir, "here", sizeof "here");
	assert_int_equal(config_check(&c, &errors), ERR_CONFIG);
	assert_non_null(strstr(said(), "out_pause_kib is above out_max_kib."));
	assert_non_null(strstr(said(), "state_dir must begin with a slash."));
}

static void files(void **state)
{
	char path[] = "/tmp/kap-config-XXXXXX";
	int fd = mkstemp(path);
	char *big = calloc(1, CONFIG_FILE_MAX + 1);

	(void)state;
	assert_true(fd >= 0);
	assert_non_null(big);
	assert_int_equal(write(fd, "port = 9\n", 9), 9);
	assert_int_equal(config_load(&c, path, &errors), 0);
	assert_int_equal(c.port, 9);
	memset(big, '\n', CONFIG_FILE_MAX + 1);
	assert_int_equal(pwrite(fd, big, CONFIG_FILE_MAX, 0), (ssize_t)CONFIG_FILE_MAX);
	assert_int_equal(config_load(&c, path, &errors), 0);
	assert_int_equal(pwrite(fd, big, CONFIG_FILE_MAX + 1, 0), (ssize_t)CONFIG_FILE_MAX + 1);
	assert_int_equal(config_load(&c, path, &errors), ERR_CONFIG);
	unlink(path);
	assert_int_equal(config_load(&c, path, &errors), ERR_NOT_FOUND);
	assert_int_equal(config_load(&c, "/tmp", &errors), ERR_IO);
	close(fd);
	free(big);
}

/* The help is a configuration file, and with the comments off its keys it says the defaults. */
static void help_is_a_file(void **state)
{
	struct config again;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(config_help(&out), 0);
	assert_int_equal(config_parse(&c, "help", (const char *)out.data, out.len, &errors), 0);
	for (size_t i = 0; i + 1 < out.len; i++)
		if (out.data[i] == '#' && out.data[i + 1] != ' ')
			out.data[i] = ' ';
	config_defaults(&again);
	memset(&c, 0, sizeof c);
	assert_int_equal(config_parse(&c, "help", (const char *)out.data, out.len, &errors), 0);
	assert_memory_equal(&c, &again, sizeof c);
	buf_wipe(&out);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
	    TEST(defaults_are_right),         TEST(a_file),     TEST(bounds_of_numbers), TEST(bad_values),
	    TEST(all_at_once_with_lines),     TEST(a_nul_byte), TEST(the_longest_line),  TEST(the_command_line),
	    TEST(what_does_not_fit_together), TEST(files),      TEST(help_is_a_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
