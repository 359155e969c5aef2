/* Questions at a terminal and on descriptors: what is shown, what is not, and that echo comes back whatever happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "client/ui/prompt.h"
#include "client/ui/why.h"
#include "tests/unit/support/pty.h"

static int child_pass(void *arg, int result)
{
	struct prompt *p = NULL;
	char *pass = NULL;
	size_t len = 0;
	int rc;

	(void)arg;
	if (prompt_new(-1, false, &p))
		return 1;
	rc = prompt_passphrase(p, "Passphrase: ", &pass, &len);
	dprintf(result, "%d %zu %s", rc, len, pass ? pass : "");
	prompt_free_pass(pass);
	prompt_free(p);
	return 0;
}

static void test_passphrase_is_not_shown(void **state)
{
	struct pty p;
	char out[256];

	(void)state;
	pty_start(&p, child_pass, NULL);
	assert_int_not_equal(pty_expect(&p, "Passphrase: ", 0), 0);
	assert_false(pty_echoes(&p));
	pty_type(&p, "corrx\177ect horse\n"); /* with a backspace */
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	assert_string_equal(out, "0 13 correct horse");
	assert_null(strstr(p.screen, "corr"));
	assert_null(strstr(p.screen, "horse"));
}

static void test_echo_comes_back(void **state)
{
	struct pty p;
	char out[256];

	(void)state;
	pty_start(&p, child_pass, NULL);
	assert_int_not_equal(pty_expect(&p, "Passphrase: ", 0), 0);
	pty_type(&p, "x\n");
	assert_true(pty_wait_echo(&p, true));
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
}

static void signal_case(int signal_number, const char *typed)
{
	struct pty p;
	char out[256];
	int status;

	pty_start(&p, child_pass, NULL);
	assert_int_not_equal(pty_expect(&p, "Passphrase: ", 0), 0);
	if (typed)
		pty_type(&p, typed);
	else
		kill(p.pid, signal_number);
	assert_true(pty_wait_echo(&p, true));
	status = pty_finish(&p, out, sizeof out);
	assert_true(WIFSIGNALED(status)); /* the signal had its usual effect afterwards */
	assert_int_equal(WTERMSIG(status), signal_number);
	assert_string_equal(out, "");
}

static void test_signals(void **state)
{
	(void)state;
	signal_case(SIGINT, "half\003");
	signal_case(SIGQUIT, "half\034");
	signal_case(SIGTERM, NULL);
	signal_case(SIGHUP, NULL);
}

static void test_stop_and_go_on(void **state)
{
	struct pty p;
	char out[256];
	size_t at;

	(void)state;
	pty_start(&p, child_pass, NULL);
	at = pty_expect(&p, "Passphrase: ", 0);
	assert_int_not_equal(at, 0);
	pty_type(&p, "half");
	kill(p.pid, SIGTSTP);
	assert_true(pty_wait_stopped(&p));
	assert_true(pty_echoes(&p));
	kill(p.pid, SIGCONT);
	assert_int_not_equal(pty_expect(&p, "Passphrase: ", at), 0);
	assert_false(pty_echoes(&p));
	pty_type(&p, "whole\n");
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	assert_string_equal(out, "0 5 whole");
}

static void test_end_of_input(void **state)
{
	struct pty p;
	char out[256], expect[32];

	(void)state;
	pty_start(&p, child_pass, NULL);
	assert_int_not_equal(pty_expect(&p, "Passphrase: ", 0), 0);
	pty_type(&p, "\004");
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	snprintf(expect, sizeof expect, "%d 0 ", ERR_CLOSED);
	assert_string_equal(out, expect);
}

static int child_new(void *arg, int result)
{
	struct prompt *p = NULL;
	char *pass = NULL;
	size_t len = 0;
	struct why why;
	int rc;

	(void)arg;
	if (prompt_new(-1, false, &p))
		return 1;
	rc = prompt_new_passphrase(p, "New passphrase: ", &pass, &len, &why);
	dprintf(result, "%d %s", rc, pass ? pass : "");
	prompt_free_pass(pass);
	prompt_free(p);
	return 0;
}

static void test_new_passphrase(void **state)
{
	struct pty p;
	char out[256];
	size_t at;

	(void)state;
	pty_start(&p, child_new, NULL);
	at = pty_expect(&p, "New passphrase: ", 0);
	pty_type(&p, "short\n");
	at = pty_expect(&p, "at least 10 characters", at);
	at = pty_expect(&p, "New passphrase: ", at);
	pty_type(&p, "aaaaaaaaaaaaaaaa\n");
	at = pty_expect(&p, "over and over", at);
	at = pty_expect(&p, "New passphrase: ", at);
	pty_type(&p, "four good words here\n");
	at = pty_expect(&p, "The same again: ", at);
	pty_type(&p, "four bad words here\n");
	at = pty_expect(&p, "not the same", at);
	at = pty_expect(&p, "New passphrase: ", at);
	pty_type(&p, "four good words here\n");
	at = pty_expect(&p, "The same again: ", at);
	pty_type(&p, "four good words here\n");
	assert_int_not_equal(at, 0);
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	assert_string_equal(out, "0 four good words here");
	assert_null(strstr(p.screen, "good"));
}

static int child_yes(void *arg, int result)
{
	struct prompt *p = NULL;

	(void)arg;
	if (prompt_new(-1, false, &p))
		return 1;
	dprintf(result, "%d", prompt_yes(p, "Share 2 entries with Ana?"));
	prompt_free(p);
	return 0;
}

static void test_yes_or_no(void **state)
{
	static const struct {
		const char *typed, *result;
	} rows[] = {{"y\n", "1"}, {"Y\n", "1"},  {"yes\n", "1"},       {"n\n", "0"},
	            {"\n", "0"},  {"\004", "0"}, {"yesterday\n", "0"}, {"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n", "0"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pty p;
		char out[16];

		pty_start(&p, child_yes, NULL);
		assert_int_not_equal(pty_expect(&p, "Share 2 entries with Ana? [y/N] ", 0), 0);
		pty_type(&p, rows[i].typed);
		assert_int_equal(pty_finish(&p, out, sizeof out), 0);
		assert_string_equal(out, rows[i].result);
	}
}

static int child_line(void *arg, int result)
{
	struct prompt *p = NULL;
	struct buf line;
	int rc;

	(void)arg;
	if (prompt_new(-1, false, &p))
		return 1;
	buf_init(&line, 0);
	rc = prompt_line(p, "Your name: ", 16, &line);
	dprintf(result, "%d %zu %s", rc, line.len, line.data ? (const char *)line.data : "");
	buf_wipe(&line);
	prompt_free(p);
	return 0;
}

static void test_line(void **state)
{
	struct pty p;
	char out[64], expect[32];

	(void)state;
	pty_start(&p, child_line, NULL);
	assert_int_not_equal(pty_expect(&p, "Your name: ", 0), 0);
	pty_type(&p, "Jo M.\n");
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	assert_string_equal(out, "0 5 Jo M.");
	assert_non_null(strstr(p.screen, "Jo M."));
	pty_start(&p, child_line, NULL);
	assert_int_not_equal(pty_expect(&p, "Your name: ", 0), 0);
	pty_type(&p, "12345678901234567\n");
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	snprintf(expect, sizeof expect, "%d 0 ", ERR_TOO_BIG);
	assert_string_equal(out, expect);
}

/* A descriptor that holds `text`. */
static int with_text(const char *text, size_t len)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, len), (ssize_t)len);
	close(fds[1]);
	return fds[0];
}

static void from_fd(const char *text, size_t text_len, int expect_rc, const char *expect)
{
	int fd = with_text(text, text_len);
	struct prompt *p;
	char *pass;
	size_t len;

	assert_int_equal(prompt_new(fd, false, &p), 0);
	assert_true(prompt_offered(p));
	assert_int_equal(prompt_passphrase(p, "", &pass, &len), expect_rc);
	if (expect) {
		assert_int_equal(len, strlen(expect));
		assert_string_equal(pass, expect);
	} else {
		assert_null(pass);
	}
	prompt_free_pass(pass);
	prompt_free(p);
	close(fd);
}

static void test_descriptor(void **state)
{
	static char most[PROMPT_PASS_MAX + 2];

	(void)state;
	from_fd("one two\nthree\n", 14, 0, "one two");
	from_fd("one two\r\n", 9, 0, "one two");
	from_fd("no end", 6, 0, "no end");
	from_fd("\n", 1, 0, "");
	from_fd("", 0, ERR_CLOSED, NULL);
	from_fd("e\xCC\x81t\xC3\xA9\n", 7, 0, "\xC3\xA9t\xC3\xA9"); /* NFC: one passphrase, however it is typed */
	from_fd("\xff\xfe\n", 3, 0, "\xff\xfe");
	memset(most, 'x', sizeof most);
	most[PROMPT_PASS_MAX] = 0;
	from_fd(most, PROMPT_PASS_MAX, 0, most);
	most[PROMPT_PASS_MAX] = 'x';
	from_fd(most, PROMPT_PASS_MAX + 1, ERR_TOO_BIG, NULL);
}

static void test_descriptor_gives_one_line_each(void **state)
{
	int fd = with_text("old words here\nnew words here\nshort\n", 35);
	struct prompt *p;
	char *pass;
	size_t len;
	struct why why;

	(void)state;
	assert_int_equal(prompt_new(fd, false, &p), 0);
	assert_int_equal(prompt_passphrase(p, "", &pass, &len), 0);
	assert_string_equal(pass, "old words here");
	prompt_free_pass(pass);
	assert_int_equal(prompt_new_passphrase(p, "", &pass, &len, &why), 0);
	assert_string_equal(pass, "new words here");
	prompt_free_pass(pass);
	assert_int_equal(prompt_new_passphrase(p, "", &pass, &len, &why), ERR_SHAPE);
	assert_non_null(strstr(why.text, "at least 10"));
	assert_null(pass);
	prompt_free(p);
	close(fd);
}

static int child_nobody(void *arg, int result)
{
	struct prompt *p = NULL, *yes = NULL;
	char *pass;
	size_t len;

	(void)arg;
	setsid(); /* no controlling terminal */
	if (prompt_new(-1, false, &p) || prompt_new(-1, true, &yes))
		return 1;
	dprintf(result, "%d %d %d %d %d", prompt_interactive(p), prompt_passphrase(p, "", &pass, &len), prompt_yes(p, "?"),
	        prompt_yes(yes, "?"), prompt_word(yes, "?", "give"));
	prompt_free(p);
	prompt_free(yes);
	return 0;
}

static int plain_child(void *arg, int result)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(child_nobody(arg, result));
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void test_nobody_to_ask(void **state)
{
	struct pty p;
	char out[64], expect[64];

	(void)state;
	pty_start(&p, plain_child, NULL);
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	snprintf(expect, sizeof expect, "0 %d %d 1 %d", ERR_NO_TERMINAL, ERR_NO_TERMINAL, ERR_NO_TERMINAL);
	assert_string_equal(out, expect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_passphrase_is_not_shown),
	    cmocka_unit_test(test_echo_comes_back),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_stop_and_go_on),
	    cmocka_unit_test(test_end_of_input),
	    cmocka_unit_test(test_new_passphrase),
	    cmocka_unit_test(test_yes_or_no),
	    cmocka_unit_test(test_line),
	    cmocka_unit_test(test_descriptor),
	    cmocka_unit_test(test_descriptor_gives_one_line_each),
	    cmocka_unit_test(test_nobody_to_ask),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
