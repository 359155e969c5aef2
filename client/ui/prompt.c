/* prompt: see prompt.h. Passphrases live on the secure heap from the first byte on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uninorm.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "client/ui/prompt.h"
#include "client/ui/term.h"
#include "client/ui/text.h"
#include "client/ui/why.h"

struct prompt {
	int pass_fd;
	bool yes;
};

int prompt_new(int pass_fd, bool yes, struct prompt **prompt)
{
	struct prompt *p = calloc(1, sizeof *p);

	*prompt = p;
	if (!p)
		return ERR_NOMEM;
	p->pass_fd = pass_fd;
	p->yes = yes;
	return 0;
}

void prompt_free(struct prompt *prompt)
{
	free(prompt);
}

bool prompt_offered(const struct prompt *prompt)
{
	return prompt->pass_fd >= 0;
}

bool prompt_interactive(const struct prompt *prompt)
{
	struct term t;

	(void)prompt;
	if (term_open(&t))
		return false;
	term_close(&t);
	return true;
}

void prompt_free_pass(char *pass)
{
	crypto_secret_free(pass, PROMPT_PASS_MAX + 1);
}

/* A line is gathered here: at most `max` bytes into `at`, more is counted but not kept. */
struct line {
	char *at;
	size_t len, max;
	bool too_long;
};

/* True at the line's end. */
static bool take_byte(struct line *l, uint8_t byte)
{
	if (byte == '\n')
		return true;
	if (l->len == l->max)
		l->too_long = true;
	else
		l->at[l->len++] = (char)byte;
	return false;
}

static int line_result(const struct line *l, bool ended)
{
	if (l->too_long)
		return ERR_TOO_BIG;
	return ended || l->len ? 0 : ERR_CLOSED;
}

/* Byte by byte, so that what follows the line stays in the descriptor for the next question. */
static int line_from_fd(int fd, struct line *l)
{
	uint8_t byte;
	ssize_t n;

	for (;;) {
		n = read(fd, &byte, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0 || take_byte(l, byte))
			break;
	}
	if (l->len && n == 1 && l->at[l->len - 1] == '\r')
		l->len--;
	return line_result(l, n == 1);
}

/* Asks at the terminal. An empty line is an answer. */
static int line_from_terminal(const char *label, bool hidden, struct line *l)
{
	bool resumed, ended = false;
	struct term t;
	uint8_t byte;
	int rc = term_open(&t);

	if (rc)
		return rc;
	if (hidden && (rc = term_hide(&t)))
		goto out;
	term_write(&t, label, strlen(label));
	while (!ended) {
		rc = term_read(&t, &byte, &resumed);
		if (rc == 1 && resumed) {
			l->len = 0; /* the terminal dropped what was typed when the process stopped */
			term_write(&t, "\n", 1);
			term_write(&t, label, strlen(label));
			continue;
		}
		if (rc != 1)
			break;
		ended = take_byte(l, byte);
	}
	if (rc >= 0)
		rc = line_result(l, ended);
	if (rc == ERR_CLOSED && !ended)
		term_write(&t, "\n", 1);
out:
	term_close(&t);
	return rc;
}

/* NFC, in place, where it is valid text that still fits; other bytes stay as they are. */
static void compose_pass(char *pass, size_t *len)
{
	uint8_t *room = NULL, *made;
	size_t n = PROMPT_PASS_MAX;

	if (!*len || !text_valid(pass, *len) || !(room = crypto_secret_new(PROMPT_PASS_MAX + 1)))
		return;
	made = u8_normalize(UNINORM_NFC, (const uint8_t *)pass, *len, room, &n);
	if (made == room) {
		memcpy(pass, room, n);
		pass[n] = 0;
		*len = n;
	} else {
		buf_free_bytes(made, made ? n : 0);
	}
	crypto_secret_free(room, PROMPT_PASS_MAX + 1);
}

static int ask_pass(const struct prompt *p, const char *label, char *pass, size_t *len)
{
	struct line l = {pass, 0, PROMPT_PASS_MAX, false};
	int rc = p->pass_fd >= 0 ? line_from_fd(p->pass_fd, &l) : line_from_terminal(label, true, &l);

	if (rc) {
		crypto_wipe(pass, PROMPT_PASS_MAX + 1);
		return rc;
	}
	pass[l.len] = 0;
	*len = l.len;
	compose_pass(pass, len);
	return 0;
}

int prompt_passphrase(struct prompt *prompt, const char *label, char **pass, size_t *len)
{
	char *room = crypto_secret_new(PROMPT_PASS_MAX + 1);
	int rc = room ? ask_pass(prompt, label, room, len) : ERR_NOMEM;

	*pass = NULL;
	if (rc) {
		crypto_secret_free(room, PROMPT_PASS_MAX + 1);
		*len = 0;
		return rc;
	}
	*pass = room;
	return 0;
}

static void tell(const char *sentence)
{
	struct term t;

	if (term_open(&t))
		return;
	term_write(&t, sentence, strlen(sentence));
	term_write(&t, "\n", 1);
	term_close(&t);
}

static int check_new(const char *pass, size_t len, struct why *why)
{
	if (text_valid(pass, len) ? text_chars(pass, len) < PROMPT_PASS_MIN_NEW : len < PROMPT_PASS_MIN_NEW)
		return why_set(why, ERR_SHAPE, "A passphrase needs at least %d characters. Four or five words do well.",
		               PROMPT_PASS_MIN_NEW);
	if (strspn(pass, (const char[]){pass[0], 0}) == len)
		return why_set(why, ERR_SHAPE, "That is one character over and over. Four or five words do well.");
	return 0;
}

int prompt_new_passphrase(struct prompt *prompt, const char *label, char **pass, size_t *len, struct why *why)
{
	char *again = NULL;
	size_t again_len;
	int rc;

	why->text[0] = 0;
	for (;;) {
		bool same = true;

		if ((rc = prompt_passphrase(prompt, label, pass, len)))
			return rc;
		rc = check_new(*pass, *len, why);
		if (!rc && prompt->pass_fd < 0) {
			if ((rc = prompt_passphrase(prompt, "The same again: ", &again, &again_len)))
				break;
			same = again_len == *len && crypto_equal(again, *pass, *len);
			prompt_free_pass(again);
		}
		if (!rc && same)
			return 0;
		if (rc && (rc != ERR_SHAPE || prompt->pass_fd >= 0))
			break;
		tell(same ? why->text : "Those two were not the same. Nothing was set; once more from the start.");
		prompt_free_pass(*pass);
	}
	prompt_free_pass(*pass);
	*pass = NULL;
	*len = 0;
	return rc;
}

/* The answer to a short question; longer ones are no answer. */
static int ask(const char *question, const char *hint, char *answer, size_t room)
{
	struct line l = {answer, 0, room - 1, false};
	char *label = NULL;
	int rc;

	if (asprintf(&label, "%s %s", question, hint) < 0)
		return ERR_NOMEM;
	rc = line_from_terminal(label, false, &l);
	free(label);
	if (rc == ERR_TOO_BIG || rc == ERR_CLOSED) {
		l.len = 0;
		rc = 0;
	}
	answer[l.len] = 0;
	return rc;
}

int prompt_yes(struct prompt *prompt, const char *question)
{
	char answer[16];
	int rc;

	if (prompt->yes)
		return 1;
	rc = ask(question, "[y/N] ", answer, sizeof answer);
	return rc ? rc : !strcasecmp(answer, "y") || !strcasecmp(answer, "yes");
}

bool prompt_has_yes(const struct prompt *prompt)
{
	return prompt->yes;
}

int prompt_word(struct prompt *prompt, const char *question, const char *word)
{
	char answer[64];
	int rc;

	(void)prompt;
	rc = ask(question, "", answer, sizeof answer);
	return rc ? rc : !strcasecmp(answer, word);
}

int prompt_line(struct prompt *prompt, const char *label, size_t max, struct buf *line)
{
	struct line l = {.max = max};
	int rc;

	(void)prompt;
	buf_reset(line);
	l.at = (char *)buf_reserve(line, max + 1);
	if (!l.at)
		return buf_err(line);
	rc = isatty(STDIN_FILENO) ? line_from_terminal(label, false, &l) : line_from_fd(STDIN_FILENO, &l);
	if (rc)
		l.len = 0;
	l.at[l.len] = 0;
	buf_truncate(line, l.len);
	return rc;
}
