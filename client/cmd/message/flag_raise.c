/* flag_raise: a clinician raises a flag about a client, to the client's clinicians. An urgent one asks to be
 * acknowledged by a time. */
#include <string.h>

#include "client/book/write_care.h"
#include "client/book/deadline.h"
#include "client/care/flag.h"
#include "client/care/look.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"

#include "client/cmd/desk.h"
#include "client/cmd/short_text.h"
#include "client/cmd/subject.h"

#define TEXT_MAX 2048
#define TEXT_MAX_CHARS 500
#define LOST "Not saved."

static const struct cmd_option options[] = {
    {"severity", 'S', "WORD", "info, soon (if not given) or urgent"},
    {"text", 't', "TEXT", "what it is; stands in the shell's history, so rather leave it out and be asked"},
    {0},
};

static int read_severity(struct kap *kap, unsigned *severity)
{
	const char *typed = cmd_opt(kap, "severity");
	*severity = FLAG_SOON;
	for (unsigned i = 0; typed && flag_severities[i]; i++)
		if (strcmp(flag_severities[i], typed) == 0) {
			*severity = i;
			return KAP_OK;
		}
	return typed ? kap_fail(kap, KAP_INVALID, "Severity is info, soon or urgent, not \"%s\". " LOST, typed) : KAP_OK;
}

static int get_text(struct kap *kap, struct buf *text)
{
	static const struct text_limit limit = {
	    .what = "A flag", .max_bytes = TEXT_MAX, .min_chars = 1, .max_chars = TEXT_MAX_CHARS, .one_line = true};
	static const struct short_text how = {.option = "text",
	                                      .question = "What is it? > ",
	                                      .missing = "Say what it is (--text).",
	                                      .lost = LOST,
	                                      .limit = &limit};
	return short_text_get(kap, &how, text);
}

static int save(struct write_ctx *ctx, void *arg)
{
	return write_flag(ctx, arg);
}

static void say(struct desk *d, const struct write_flag *flag)
{
	char when[WHEN_TEXT];
	if (!flag->answer_by_s) {
		out_say(d->kap->out, "Saved. %s's clinicians see it.", flag->about->name);
		return;
	}
	struct when due = desk_when(flag->answer_by_s * 1000);
	out_when(d->kap->out, "due", NULL, &due);
	out_say(d->kap->out, "Saved. %s's clinicians see it, to be acknowledged by %s.", flag->about->name,
	        desk_time(d, flag->answer_by_s * 1000, when));
	out_say(d->kap->out, "kapd cannot telephone anyone. If someone may be in danger, call 911 now.");
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct write_flag flag = {.cause = FLAG_OTHER};
	struct chart chart;
	struct buf text;
	struct desk d;
	(void)argc;
	int exit_code = read_severity(kap, &flag.severity);
	if (exit_code || (exit_code = desk_open(kap, &d)))
		return exit_code;
	buf_init(&text, 0);
	exit_code = subject_client(&d, argv[0], &chart);
	if (!exit_code)
		exit_code = get_text(kap, &text);
	if (!exit_code) {
		buf_put_u8(&text, 0);
		flag.about = chart.client;
		flag.text = (const char *)text.data;
		if (flag.severity == FLAG_URGENT)
			flag.answer_by_s = deadline_urgent_ms(&chart, (uint64_t)d.now.s * 1000) / 1000;
		int err = buf_err(&text) ? buf_err(&text) : desk_write(&d, save, &flag);
		exit_code = err ? desk_refused(&d, err, LOST) : KAP_OK;
	}
	if (!exit_code) {
		say(&d, &flag);
		exit_code = desk_send(&d);
	}
	buf_wipe(&text);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_flag_raise = {
    .name = "flag",
    .args = "CLIENT",
    .summary = "raise a flag about a client",
    .about = "It goes to the client's clinicians, not to the client. An urgent one asks to be acknowledged: within 5 "
             "minutes while a session is open, 30 in the clinic's hours, 60 at other times.",
    .example = "kap flag jo --severity urgent",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
