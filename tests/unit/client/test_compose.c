/* Where a text may come from: the line editor and $EDITOR at a terminal of our own, files, standard input; what is
 * refused, and that nothing that was typed is lost or left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/ui/compose.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "tests/unit/support/pty.h"
#include "tests/unit/support/scratch.h"

static const struct text_limit entry = {.what = "The entry", .max_bytes = 65536, .min_chars = 1};

struct job {
	struct compose_opts opts;
	const char *term, *editor;
};

/* "rc|sentence|text" */
static int child(void *arg, int result)
{
	const struct job *job = arg;
	struct why why;
	struct buf out;
	int rc;

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TERM", job->term ? job->term : "xterm", 1);
	unsetenv("VISUAL");
	unsetenv("XDG_RUNTIME_DIR");
	if (job->editor)
		setenv("EDITOR", job->editor, 1);
	else
		unsetenv("EDITOR");
	buf_init(&out, 0);
	rc = compose_text(&job->opts, &out, &why);
	dprintf(result, "%d|%s|%.*s", rc, why.text, (int)out.len, out.data ? (const char *)out.data : "");
	buf_wipe(&out);
	return 0;
}

/* Waits for a prompt and until the editor reads keys one by one; before that the terminal holds what is typed, and
 * drops it on Ctrl-C. A dumb terminal always holds the line. */
static size_t ready(struct pty *p, const struct job *job, size_t from)
{
	size_t at = pty_expect(p, "> ", from);

	assert_int_not_equal(at, 0);
	if (!job->term)
		assert_true(pty_wait_echo(p, false));
	return at;
}

static void ends(struct pty *p, int rc, const char *text)
{
	char out[4096], expect[4096];

	assert_int_equal(pty_finish(p, out, sizeof out), 0);
	snprintf(expect, sizeof expect, "%d|%s|%s", rc, rc == ERR_CLOSED ? "Writing was stopped." : "", text);
	assert_string_equal(out, expect);
}

/* Types all at once, as a paste does. */
static void lines(const struct job *job, const char *typed, int rc, const char *text)
{
	struct pty p;

	pty_start(&p, child, (void *)job);
	ready(&p, job, 0);
	pty_type(&p, typed);
	ends(&p, rc, text);
}

/* Types a whole line and part of another; returns when both are on the screen. */
static void half_done(struct pty *p, const struct job *job)
{
	size_t at;

	pty_start(p, child, (void *)job);
	at = ready(p, job, 0);
	pty_type(p, "first line\n");
	at = ready(p, job, at);
	pty_type(p, "half a l");
	assert_int_not_equal(pty_expect(p, "half a l", at), 0);
}

static void test_line_editor(void **state)
{
	const struct job job = {.opts = {.limit = &entry, .intro = "Write."}};

	(void)state;
	lines(&job, "warm orange\na door\n.\n", 0, "warm orange\na door");
	lines(&job, "one\n\nthree\n\004", 0, "one\n\nthree");
	/* cursor keys: home, insert; end; a tab is a tab; é and an emoji go as one */
	lines(&job, "orange\001warm \005!\n.\n", 0, "warm orange!");
	lines(&job, "a\tb\n.\n", 0, "a\tb");
	lines(&job,
	      "caf\xC3\xA9\x7F\x7F"
	      "e\xCC\x81\n.\n",
	      0, "ca\xC3\xA9");
	lines(&job, "\xF0\x9F\x8C\xB1 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D\n.\n", 0,
	      "\xF0\x9F\x8C\xB1 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D");
	lines(&job, ". not the end\n..\n.\n", 0, ". not the end\n..");
}

static void test_dumb_terminal(void **state)
{
	const struct job job = {.opts = {.limit = &entry}, .term = "dumb"};
	struct pty p;

	(void)state;
	lines(&job, "one\ntwo\n.\n", 0, "one\ntwo");
	lines(&job, "one\ntwo\n\004", 0, "one\ntwo");
	half_done(&p, &job);
	pty_type(&p, "\003");
	ends(&p, ERR_CLOSED, "first line"); /* the terminal itself drops the line on Ctrl-C */
}

static void test_one_line(void **state)
{
	static const struct text_limit title = {.what = "The title", .max_chars = 20, .one_line = true};
	const struct job job = {.opts = {.limit = &title, .one_line = true}};

	(void)state;
	lines(&job, "hip unclenched\n", 0, "hip unclenched");
	lines(&job, ".\n", 0, "."); /* one line is one line */
}

/* Whatever ends the writing, the words are handed over. */
static void test_stopped(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
	const struct job job = {.opts = {.limit = &entry}};
	struct pty p;

	(void)state;
	half_done(&p, &job);
	pty_type(&p, "\003");
	ends(&p, ERR_CLOSED, "first line\nhalf a l");
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		half_done(&p, &job);
		kill(p.pid, signals[i]);
		ends(&p, ERR_CLOSED, "first line\nhalf a l");
	}
	pty_start(&p, child, (void *)&job);
	ready(&p, &job, 0);
	pty_type(&p, "\003");
	ends(&p, ERR_CLOSED, "");
}

static void test_stop_and_go_on(void **state)
{
	const struct job job = {.opts = {.limit = &entry}};
	char out[4096];
	struct pty p;
	size_t at;

	(void)state;
	pty_start(&p, child, (void *)&job);
	at = ready(&p, &job, 0);
	pty_type(&p, "before");
	at = pty_expect(&p, "before", at);
	kill(p.pid, SIGTSTP);
	assert_true(pty_wait_stopped(&p));
	kill(p.pid, SIGCONT);
	assert_int_not_equal(pty_expect(&p, "before", at), 0); /* shown again */
	pty_type(&p, " and after\n.\n");
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	assert_string_equal(out, "0||before and after");
}

static void test_refused_but_kept(void **state)
{
	static const struct text_limit few = {.what = "The note", .max_chars = 5};
	const struct job job = {.opts = {.limit = &few}};
	char out[4096], expect[256];
	struct pty p;

	(void)state;
	pty_start(&p, child, (void *)&job);
	assert_int_not_equal(pty_expect(&p, "> ", 0), 0);
	pty_type(&p, "six is too many\n.\n");
	assert_int_equal(pty_finish(&p, out, sizeof out), 0);
	snprintf(expect, sizeof expect, "%d|The note has 15 characters; at most 5 fit.|six is too many", ERR_TOO_BIG);
	assert_string_equal(out, expect);
}

static char *script(const char *dir, const char *name, const char *body)
{
	char *path = scratch_path(dir, name), *text = NULL;

	assert_true(asprintf(&text, "#!/bin/sh\n%s\n", body) > 0);
	scratch_write(path, text, strlen(text));
	assert_int_equal(chmod(path, 0700), 0);
	free(text);
	return path;
}

static void edited(const struct job *job, char *out, size_t room, struct pty *p)
{
	pty_start(p, child, (void *)job);
	assert_int_equal(pty_finish(p, out, room), 0);
}

static void test_editor(void **state)
{
	char *dir = scratch_new(), *log = scratch_path(dir, "log"), out[4096], body[1024];
	struct job job = {.opts = {.limit = &entry, .editor = true, .initial = "as it was"}};
	unsigned char *seen;
	char *path, *editor;
	struct stat st;
	struct pty p;
	size_t len;

	(void)state;
	/* says where the file is, who may read it, what is in it, and how it was called; leaves a copy beside it */
	snprintf(body, sizeof body,
	         "for f; do :; done; { echo \"$f\"; stat -c %%a \"$f\" \"$(dirname \"$f\")\"; cat \"$f\"; printf '%%s\\n' "
	         "\"$*\"; } > %s\n"
	         "cp \"$f\" \"$f~\"; echo changed by hand >> \"$f\"",
	         log);
	editor = script(dir, "vim.basic", body);
	job.editor = editor;
	edited(&job, out, sizeof out, &p);
	assert_string_equal(out, "0||as it was\nchanged by hand");
	scratch_read(log, &seen, &len);
	seen[len] = 0;
	path = strtok((char *)seen, "\n");
	assert_true(!strncmp(path, "/dev/shm/kap-", 13));
	assert_string_equal(strtok(NULL, "\n"), "600");
	assert_string_equal(strtok(NULL, "\n"), "700");
	assert_string_equal(strtok(NULL, "\n"), "as it was");
	assert_true(!strncmp(strtok(NULL, "\n"), "-n -i NONE -c set nobackup", 26));
	assert_int_equal(stat(path, &st), -1); /* gone, and so is its directory */
	*strrchr(path, '/') = 0;
	assert_int_equal(stat(path, &st), -1);
	free(seen);
	free(editor);
	free(log);
	scratch_free(dir);
}

static void test_editor_unknown_or_failing(void **state)
{
	char *dir = scratch_new(), out[4096], expect[256];
	struct job job = {.opts = {.limit = &entry, .editor = true}};
	char *odd = script(dir, "scribble", "echo words > \"$1\""),
	     *bad = script(dir, "nano", "echo half > \"$2\"; exit 3");
	struct pty p;

	(void)state;
	job.editor = odd;
	edited(&job, out, sizeof out, &p);
	assert_string_equal(out, "0||words");
	assert_non_null(strstr(p.screen, "leaves copies"));
	job.editor = bad;
	edited(&job, out, sizeof out, &p);
	snprintf(expect, sizeof expect, "%d|The editor ended with an error.|half", ERR_CLOSED);
	assert_string_equal(out, expect);
	assert_null(strstr(p.screen, "leaves copies"));
	job.editor = "/nowhere/at/all";
	edited(&job, out, sizeof out, &p);
	assert_non_null(strstr(out, "could not be started"));
	job.editor = NULL;
	edited(&job, out, sizeof out, &p);
	assert_non_null(strstr(out, "No editor is named"));
	free(odd);
	free(bad);
	scratch_free(dir);
}

/* Runs in this process: no terminal is involved. */
static int from(const char *file, const struct text_limit *limit, struct buf *out, struct why *why)
{
	const struct compose_opts opts = {.file = file, .limit = limit};

	buf_reset(out);
	return compose_text(&opts, out, why);
}

static void test_file(void **state)
{
	static const struct text_limit file = {.what = "The file", .max_bytes = 1024, .min_chars = 1};
	char *dir = scratch_new(), *path = scratch_path(dir, "text"), bytes[4096];
	struct why why;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	scratch_write(path, "\xEF\xBB\xBFone\r\ntwo\r\n\r\n", 14);
	assert_int_equal(from(path, &file, &out, &why), 0);
	assert_int_equal(out.len, 7);
	assert_memory_equal(out.data, "one\ntwo", 7);
	memset(bytes, 'x', sizeof bytes);
	bytes[210] = (char)0xFF;
	scratch_write(path, bytes, 400);
	assert_int_equal(from(path, &file, &out, &why), ERR_UTF8);
	assert_string_equal(why.text, "The file is not valid UTF-8 text (byte 211). Convert it, or attach it as a file.");
	assert_int_equal(out.len, 0);
	memset(bytes, 'x', sizeof bytes);
	scratch_write(path, bytes, 1024);
	assert_int_equal(from(path, &file, &out, &why), 0);
	scratch_write(path, bytes, 1025);
	assert_int_equal(from(path, &file, &out, &why), ERR_TOO_BIG);
	assert_string_equal(why.text, "The file is 2 KiB long; at most 1 KiB fit.");
	scratch_write(path, "", 0);
	assert_int_equal(from(path, &file, &out, &why), ERR_SHAPE);
	assert_string_equal(why.text, "The file is empty.");
	assert_int_equal(from(dir, &file, &out, &why), ERR_SHAPE);
	assert_non_null(strstr(why.text, "is a directory"));
	assert_int_equal(from("/nowhere/at/all", &file, &out, &why), ERR_NOT_FOUND);
	assert_int_equal(from("/dev/zero", &file, &out, &why), ERR_TOO_BIG); /* ends by the limit */
	buf_wipe(&out);
	free(path);
	scratch_free(dir);
}

static void test_standard_input(void **state)
{
	int fds[2], kept = dup(0);
	struct why why;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < 2; i++) { /* named, and because nobody is at a terminal */
		assert_int_equal(pipe(fds), 0);
		assert_int_equal(write(fds[1], "from a pipe\n", 12), 12);
		close(fds[1]);
		dup2(fds[0], 0);
		close(fds[0]);
		assert_int_equal(from(i ? NULL : "-", &entry, &out, &why), 0);
		assert_int_equal(out.len, 11);
	}
	dup2(kept, 0);
	close(kept);
	buf_wipe(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_line_editor),    cmocka_unit_test(test_dumb_terminal),
	    cmocka_unit_test(test_one_line),       cmocka_unit_test(test_stopped),
	    cmocka_unit_test(test_stop_and_go_on), cmocka_unit_test(test_refused_but_kept),
	    cmocka_unit_test(test_editor),         cmocka_unit_test(test_editor_unknown_or_failing),
	    cmocka_unit_test(test_file),           cmocka_unit_test(test_standard_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
