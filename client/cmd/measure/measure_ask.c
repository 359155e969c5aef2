/* measure_ask: see measure_ask.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/care/measures_score.h"
#include "client/kap.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "measure_ask.h"

#define INDENT 6
#define LINE_MAX_LEN 64
#define LIST_MAX 4096

enum reply { ANSWERED, SKIPPED, STOPPED, NOT_ONE };

/* --- what is shown --- */

/* "0, 1, 2 or 3" */
static void put_choices(int least, int most, char *out, size_t max)
{
	size_t at = 0;
	for (int v = least; v <= most && at < max; v++)
		at += (size_t)snprintf(out + at, max - at, "%s%d", v == least ? "" : v == most ? " or " : ", ", v);
}

static void say_lines(struct kap *kap, const char *lines, size_t len)
{
	while (len) {
		const char *end = memchr(lines, '\n', len);
		size_t n = end ? (size_t)(end - lines) : len;
		out_line(kap->out, "%.*s", (int)n, lines);
		lines += n + (end ? 1 : 0);
		len -= n + (end ? 1 : 0);
	}
}

/* " 9/9  Thoughts that ..." */
static void say_question(struct kap *kap, const char *number, const char *words)
{
	struct buf text;
	buf_init(&text, 0);
	text_put_wrapped(&text, words, strlen(words), TEXT_COLUMNS, INDENT);
	if (!buf_err(&text) && text.len > INDENT) {
		char start[INDENT + 1];
		snprintf(start, sizeof(start), "%4s  ", number);
		memcpy(text.data, start, INDENT);
		say_lines(kap, (const char *)text.data, text.len);
	}
	buf_wipe(&text);
}

/* One line or as many as are needed; an answer is not cut in two. */
static void say_answers(struct kap *kap, const char *const *words, int least, int most)
{
	char line[512] = "      ", one[160];
	size_t at = INDENT;
	for (int v = least; v <= most; v++) {
		int n = snprintf(one, sizeof(one), "%d %s", v, words[v - least]);
		if (at > INDENT && text_width(line, at) + text_width(one, strlen(one)) + 2 > TEXT_COLUMNS) {
			out_line(kap->out, "%s", line);
			at = INDENT;
		}
		if (n > 0 && at + (size_t)n + 3 < sizeof(line))
			at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s", at > INDENT ? "  " : "", one);
	}
	out_line(kap->out, "%s", line);
}

struct question {
	const char *number, *words;
	const char *const *answers;
	int least, most, which; /* which: from 1; 0: the one that is not scored */
};

static void show_question(struct kap *kap, const struct question *q)
{
	if (out_form_of(kap->out) == OUT_HUMAN) {
		say_question(kap, q->number, q->words);
		say_answers(kap, q->answers, q->least, q->most);
	} else {
		out_say(kap->out, "%s %s", q->number, q->words);
		for (int v = q->least; v <= q->most; v++)
			out_say(kap->out, "%d %s", v, q->answers[v - q->least]);
	}
	out_show(kap->out);
}

static void say_not_one(struct kap *kap, const struct question *q)
{
	char choices[64];
	put_choices(q->least, q->most, choices, sizeof(choices));
	if (q->which)
		out_say(kap->out, "Answers are %s. Question %d stays unanswered.", choices, q->which);
	else
		out_say(kap->out, "Answers are %s. This question stays unanswered.", choices);
	out_show(kap->out);
}

/* --- what is typed --- */

static enum reply read_reply(const char *word, int least, int most, int *answer)
{
	char *end;
	word += strspn(word, " \t");
	size_t len = strcspn(word, " \t");
	if (word[len + strspn(word + len, " \t")])
		return NOT_ONE;
	if (len == 1 && strchr("sS-", *word))
		return SKIPPED;
	if (len == 1 && strchr("qQ", *word))
		return STOPPED;
	if (len < 1 || len > 3 || !isdigit((unsigned char)*word))
		return NOT_ONE;
	long v = strtol(word, &end, 10);
	if (end != word + len || v < least || v > most)
		return NOT_ONE;
	*answer = (int)v;
	return ANSWERED;
}

/* A person at a terminal may try again; from a file the next line is the next answer. */
static int ask_one(struct kap *kap, const struct question *q, enum reply *reply, int *answer)
{
	struct buf line;
	int err;
	buf_init(&line, 0);
	show_question(kap, q);
	do {
		err = prompt_line(kap->prompt, " > ", LINE_MAX_LEN, &line);
		*reply = err == ERR_CLOSED    ? STOPPED
		         : err == ERR_TOO_BIG ? NOT_ONE
		         : err                ? STOPPED
		                              : read_reply((const char *)line.data, q->least, q->most, answer);
		if (*reply == NOT_ONE)
			say_not_one(kap, q);
	} while (*reply == NOT_ONE && prompt_interactive(kap->prompt));
	buf_wipe(&line);
	return !err || err == ERR_CLOSED || err == ERR_TOO_BIG ? KAP_OK : kap_fail_err(kap, err, "Nothing was saved.");
}

static void start(struct measure_answers *out, const struct measures_instrument *m)
{
	for (size_t i = 0; i < MEASURES_ITEMS; i++)
		out->answers[i] = MEASURES_MISSING;
	out->difficulty = MEASURES_MISSING;
	out->given = (size_t)m->n_items;
}

static int sum_of(const struct measures_instrument *m, const struct measure_answers *a)
{
	struct measures_score s;
	return measures_score(m, a->answers, (size_t)m->n_items, &s) ? 0 : s.sum;
}

int measure_ask(struct kap *kap, const struct measures_instrument *m, struct measure_answers *out)
{
	enum reply reply = ANSWERED;
	int exit_code = KAP_OK;
	start(out, m);
	if (m->instruction)
		out_say(kap->out, "%s", m->instruction);
	if (m->stem)
		out_say(kap->out, "%s", m->stem);
	for (int i = 0; !exit_code && reply != STOPPED && i < m->n_items; i++) {
		char number[16];
		snprintf(number, sizeof(number), "%d/%d", i + 1, m->n_items);
		const struct question q = {number,   m->items[i], i == 1 && m->second[0] ? m->second : m->answers,
		                           m->least, m->most,     i + 1};
		exit_code = ask_one(kap, &q, &reply, &out->answers[i]);
	}
	if (exit_code || reply == STOPPED || !m->functional || sum_of(m, out) <= 0)
		return exit_code;
	const struct question q = {"+", m->functional, m->functional_answers, 0, 3, 0};
	return ask_one(kap, &q, &reply, &out->difficulty);
}

/* --- a list --- */

static bool is_list(const char *typed)
{
	return strspn(typed, "0123456789,; sSkip-") == strlen(typed) && strcmp(typed, "-") && *typed;
}

static int get_list(struct kap *kap, const char *typed, struct buf *out)
{
	static const struct text_limit limit = {.what = "The list of answers", .max_bytes = LIST_MAX};
	struct why why = {""};
	int err = is_list(typed) ? text_normalise(typed, strlen(typed), &limit, out, &why)
	                         : compose_text(&(struct compose_opts){.file = typed, .limit = &limit}, out, &why);
	if (!err)
		err = buf_put_u8(out, 0);
	return err ? kap_fail_why(kap, err, &why, "Nothing was saved.") : KAP_OK;
}

static void take_word(struct kap *kap, const struct measures_instrument *m, const char *word,
                      struct measure_answers *out)
{
	struct question q = {.least = m->least, .most = m->most, .which = (int)out->given + 1};
	int answer = MEASURES_MISSING;
	if (out->given++ >= (size_t)m->n_items)
		return;
	enum reply reply = *word ? read_reply(word, m->least, m->most, &answer) : SKIPPED;
	if (strcasecmp(word, "skip") == 0)
		reply = SKIPPED;
	if (reply == NOT_ONE || reply == STOPPED)
		say_not_one(kap, &q);
	else
		out->answers[q.which - 1] = answer;
}

int measure_ask_list(struct kap *kap, const struct measures_instrument *m, const char *typed,
                     struct measure_answers *out)
{
	struct buf list;
	buf_init(&list, 0);
	start(out, m);
	out->given = 0;
	int exit_code = get_list(kap, typed, &list);
	if (!exit_code) {
		char *rest = (char *)list.data, *word;
		/* a comma or a line end parts two answers, so that "1,,2" skips one; spaces part them, too */
		for (char *p = rest; *p; p++)
			*p = strchr(";\n", *p) ? ',' : *p;
		while ((word = strsep(&rest, ","))) {
			char *inner = word + strspn(word, " "), *next;
			if (!*inner)
				take_word(kap, m, "", out);
			while (*inner && (next = strsep(&inner, " "))) {
				if (*next)
					take_word(kap, m, next, out);
				if (!inner)
					break;
			}
		}
	}
	buf_wipe(&list);
	if (!exit_code && out->given > (size_t)m->n_items)
		exit_code = kap_fail(kap, KAP_INVALID, "%s has %d questions; you gave %zu. Not saved.", m->name, m->n_items,
		                     out->given);
	return exit_code;
}
