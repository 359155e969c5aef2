/* compose_line: the built-in line editor: libedit without a history, a plain reader where the terminal is dumb. What
 * was typed exists in this process alone. */
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unistr.h>
#include <wchar.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/ui/compose_internal.h"
#include "client/ui/term.h"
#include "client/ui/why.h"

struct typing {
	struct term term;
	EditLine *el;
	struct buf *raw;
	char prompt[3];
	size_t max;
	int rc; /* of the last read: 1, 0 at the end, or an error */
};

static char *show_prompt(EditLine *el)
{
	struct typing *t = NULL;

	el_get(el, EL_CLIENTDATA, &t);
	return t->prompt;
}

/* libedit asks for one character; a signal ends the line as an error. */
static int next_char(EditLine *el, wchar_t *c)
{
	struct typing *t = NULL;
	uint8_t bytes[4];
	bool resumed;
	ucs4_t u;
	int n;

	el_get(el, EL_CLIENTDATA, &t);
	for (size_t len = 0;;) {
		t->rc = term_read(&t->term, &bytes[len], &resumed);
		if (t->rc == 1 && resumed) {
			el_set(el, EL_PREP_TERM, 1);
			el_resize(el);
			el_set(el, EL_REFRESH);
			continue;
		}
		if (t->rc != 1)
			return t->rc == 0 ? 0 : -1;
		len++;
		n = u8_mbtoucr(&u, bytes, len);
		if (n > 0) {
			*c = (wchar_t)u;
			return 1;
		}
		if (n == -1 || len == sizeof bytes) /* no character: dropped, the next one may be one */
			len = 0;
	}
}

static int open_editor(struct typing *t, FILE *files[2])
{
	int in = dup(t->term.fd), out = dup(t->term.fd);

	files[0] = in < 0 ? NULL : fdopen(in, "r");
	files[1] = out < 0 ? NULL : fdopen(out, "w");
	if (files[0] && files[1])
		t->el = el_init("kap", files[0], files[1], files[1]);
	if (!t->el)
		return ERR_NOMEM;
	el_set(t->el, EL_CLIENTDATA, t);
	el_set(t->el, EL_EDITOR, "emacs");
	el_set(t->el, EL_PROMPT, show_prompt);
	el_set(t->el, EL_SIGNAL, 0);
	el_set(t->el, EL_GETCFN, next_char);
	el_set(t->el, EL_BIND, "^I", "ed-insert", NULL);
	return 0;
}

/* Takes one line, its end included. 1 to go on, 0 when the text is finished. */
static int take_line(struct typing *t, const char *line, size_t len, const struct compose_opts *opts)
{
	if (!opts->one_line && (len == 2 ? !memcmp(line, ".\n", 2) : len == 1 && line[0] == '.'))
		return 0;
	if (buf_put(t->raw, line, len))
		return buf_err(t->raw);
	if (t->raw->len > t->max)
		return ERR_TOO_BIG;
	return !opts->one_line;
}

/* The line that was being typed when a signal came. */
static void take_rest(struct typing *t)
{
	const LineInfo *info = el_line(t->el);

	if (info && info->buffer && info->lastchar > info->buffer)
		buf_put(t->raw, info->buffer, (size_t)(info->lastchar - info->buffer));
}

static int edit_lines(struct typing *t, const struct compose_opts *opts)
{
	FILE *files[2] = {NULL, NULL};
	const char *line;
	int rc = open_editor(t, files), n = 0;

	if (rc)
		goto out;
	do {
		t->rc = 1;
		line = el_gets(t->el, &n);
		if (t->rc < 0) {
			take_rest(t);
			rc = t->rc;
		} else if (line && n > 0) {
			rc = take_line(t, line, (size_t)n, opts);
		} else {
			rc = 0;
		}
	} while (rc == 1);
out:
	if (t->el)
		el_end(t->el);
	for (int i = 0; i < 2; i++)
		if (files[i])
			fclose(files[i]);
	return rc;
}

/* Without cursor movement: the terminal's own line editing, one prompt a line. */
static int plain_lines(struct typing *t, const struct compose_opts *opts)
{
	struct buf line;
	uint8_t byte;
	bool resumed;
	int rc = 1;

	buf_init(&line, 0);
	while (rc == 1) {
		buf_reset(&line);
		term_write(&t->term, t->prompt, strlen(t->prompt));
		do {
			rc = t->rc = term_read(&t->term, &byte, &resumed);
			if (rc == 1 && !resumed)
				buf_put_u8(&line, byte);
		} while (rc == 1 && (resumed || byte != '\n'));
		if (rc < 0)
			buf_put(t->raw, line.data, line.len);
		else if (rc == 1 || line.len)
			rc = take_line(t, (const char *)line.data, line.len, opts);
	}
	buf_wipe(&line);
	return rc;
}

static bool dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

int compose_lines(const struct compose_opts *opts, struct buf *raw, bool *stopped, struct why *why)
{
	struct typing t = {.raw = raw, .prompt = "> ", .max = compose_raw_max(opts), .rc = 1};
	int rc = term_open(&t.term);

	if (rc)
		return why_set(why, rc, "There is no terminal to write at. Give the text with --file, or on standard input.");
	if (opts->intro) {
		term_write(&t.term, opts->intro, strlen(opts->intro));
		term_write(&t.term, "\n", 1);
	}
	rc = dumb() ? plain_lines(&t, opts) : edit_lines(&t, opts);
	*stopped = rc == ERR_CLOSED;
	if (t.rc != 1)
		term_write(&t.term, "\n", 1);
	t.term.caught = 0; /* the signal has had its effect: the writing stopped, and the command keeps a draft */
	term_close(&t.term);
	return rc;
}
