/* assignments: what was asked of a client, and what was answered. */
#include "client/care/assignment.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/buf.h"

#include "asking.h"
#include "desk.h"
#include "show_care.h"
#include "subject.h"

static int row(void *arg, const struct book_item *item)
{
	asking_row(arg, item);
	return 0;
}

static int all(struct desk *d, const char *typed)
{
	struct chart chart = subject_everybody(d);
	int exit_code = typed || d->kap->role == ROLE_CLIENT ? subject_client(d, typed, &chart) : KAP_OK;
	if (exit_code)
		return exit_code;
	out_list(d->kap->out, "assignments", "Nothing was asked.");
	(void)chart_each(&chart, ASSIGNMENT_KIND, row, d);
	out_end(d->kap->out);
	if (d->kap->role == ROLE_CLIENT && chart_count(&chart, ASSIGNMENT_KIND))
		out_line(d->kap->out, "Answer with `%s answer NUMBER`, if you like. Each may be skipped.", d->kap->title);
	return KAP_OK;
}

static int one(struct desk *d, const char *typed)
{
	const struct book_item *item;
	struct buf text;
	int exit_code = subject_item(d, typed, ASSIGNMENT_KIND, &item);
	if (exit_code)
		return exit_code;
	buf_init(&text, 0);
	show_care_item(d, item, NULL);
	if (asking_prompt(chart_content(item)))
		out_str(d->kap->out, "question", "Question", asking_text(chart_content(item), &text));
	out_str(d->kap->out, "stands", "Stands", asked_word(asking_state(d, item)));
	buf_wipe(&text);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	return subject_list(kap, argc, argv, one, all);
}

const struct cmd cmd_assignments = {
    .name = "assignments",
    .args = "[CLIENT | A3]",
    .summary = "what was asked, and what was answered",
    .about =
        "For clients what was asked of them; for clinicians of all their clients, or of one. With a number, that one "
        "in full.",
    .example = "kap assignments",
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
