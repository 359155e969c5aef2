/* assign: asks a client to write from a prompt or a question, to fill in a measure, or to check in. The client sees who
 * asks, may skip it without a word, and is never told that anything is late. */
#include <string.h>

#include "client/care/assignment.h"
#include "client/care/prompts.h"
#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/role.h"

#include "asking.h"
#include "desk.h"
#include "entry.h"
#include "form.h"
#include "subject.h"

#define TEXT_MIN 3
#define TEXT_MAX 2000
#define MEASURE_MAX 32

static const struct cmd_option options[] = {
    {"text", 0, NULL, "a question of your own: typed, from --file, or from your editor"},
    {"measure", 'm', "ID", "a measure to fill in, such as phq9"},
    {"checkin", 'c', NULL, "a check-in"},
    {"due", 'd', "DAY", "the day it is meant for: \"5 Mar\", \"tomorrow\""},
    {"repeat", 'r', "daily|weekly", "again, as often as --times says"},
    {"times", 'n', "N", "how often, 1 to 12"},
    COMPOSE_OPTIONS,
    {0},
};

static int take_prompt(struct form *f, const char *id)
{
	if (!prompts_find(id))
		return kap_fail(f->kap, KAP_INVALID, "There is no prompt \"%.40s\". `%s prompts all` lists them. %s", id,
		                f->kap->title, f->lost);
	return form_set(f, ASSIGNMENT_PROMPT, id);
}

static int take_measure(struct form *f, const char *id)
{
	size_t len = strlen(id);
	if (!len || len > MEASURE_MAX || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
		return kap_fail(f->kap, KAP_INVALID, "\"%.40s\" is not the name of a measure: it is like phq9. %s", id,
		                f->lost);
	return form_set(f, ASSIGNMENT_MEASURE, id);
}

static int take_text(struct form *f)
{
	static const struct text_limit limit = {.what = "The question", .min_chars = TEXT_MIN, .max_chars = TEXT_MAX};
	static const struct compose_opts how = {.intro = "Write the question. A dot on a line of its own, or Ctrl-D, ends.",
	                                        .limit = &limit};
	struct buf text;
	buf_init(&text, 0);
	int exit_code = entry_compose(f->kap, &how, f->lost, &text);
	if (!exit_code) {
		int err = content_set_str(f->content, ASSIGNMENT_TEXT, (const char *)text.data, text.len);
		exit_code = err ? kap_fail_err(f->kap, err, f->lost) : KAP_OK;
	}
	buf_wipe(&text);
	return exit_code;
}

static int take_day(struct form *f, struct desk *d)
{
	const char *typed = cmd_opt(f->kap, "due");
	int exit_code = typed ? form_set(f, ASSIGNMENT_DUE, typed) : KAP_OK;
	if (!exit_code && typed && (int64_t)content_u64(f->content, ASSIGNMENT_DUE, 0) < asking_day(d))
		exit_code = kap_fail(f->kap, KAP_INVALID, "\"%.40s\" is over. Give a day from today on. %s", typed, f->lost);
	return exit_code;
}

/* Repeating needs both how and how often. */
static int take_repeat(struct form *f)
{
	const char *repeat = cmd_opt(f->kap, "repeat"), *times = cmd_opt(f->kap, "times");
	if (!repeat && !times)
		return KAP_OK;
	if (!repeat || !times)
		return kap_fail(f->kap, KAP_USAGE, "--repeat and --times go together: --repeat daily --times 5. %s", f->lost);
	if (strcmp(repeat, "daily") != 0 && strcmp(repeat, "weekly") != 0)
		return kap_fail(f->kap, KAP_INVALID, "--repeat is daily or weekly, not \"%.40s\". %s", repeat, f->lost);
	int exit_code = form_set(f, ASSIGNMENT_REPEAT, repeat);
	return exit_code ? exit_code : form_set(f, ASSIGNMENT_TIMES, times);
}

/* Exactly one thing is asked for. */
static int take_what(struct form *f, const char *prompt)
{
	const char *measure = cmd_opt(f->kap, "measure");
	int asked = (prompt != NULL) + (measure != NULL) + cmd_flag(f->kap, "text") + cmd_flag(f->kap, "checkin");
	if (asked != 1)
		return kap_fail(f->kap, KAP_USAGE, "Ask for one thing: a PROMPT, --text, --measure ID or --checkin. %s",
		                f->lost);
	if (prompt)
		return take_prompt(f, prompt);
	if (measure)
		return take_measure(f, measure);
	return cmd_flag(f->kap, "text") ? take_text(f) : form_set(f, ASSIGNMENT_CHECKIN, "yes");
}

static int assign(struct desk *d, int argc, char **argv, struct form *f)
{
	struct chart chart;
	int exit_code = subject_client(d, argv[0], &chart);
	if (!exit_code)
		exit_code = take_day(f, d);
	if (!exit_code)
		exit_code = take_repeat(f);
	if (!exit_code)
		exit_code = take_what(f, argc > 1 ? argv[1] : NULL);
	if (!exit_code)
		exit_code = subject_write(d, f, &chart, NULL);
	if (exit_code)
		return exit_code;
	out_say(d->kap->out, "Saved. %s and the therapists on the team can read it.", chart.client->name);
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct form f;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = form_init(&f, kap, &care_assignment, NULL);
	if (!exit_code)
		exit_code = assign(&d, argc, argv, &f);
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_assign = {
    .name = "assign",
    .args = "CLIENT [PROMPT]",
    .summary = "ask a client to write, fill in a measure, or check in",
    .about = "The client sees your name, the question and the day it is for, and may skip it. You are told when it is "
             "answered; the answer itself you can read when the client shares it. `kap prompts all` lists the prompts.",
    .example = "kap assign jo days-01 --due tomorrow",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
