/* assign_withdraw: takes an assignment back: a new version of it says so. */
#include "client/book/write_care.h"
#include "client/care/assignment.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"
#include "proto/err.h"

#include "asking.h"
#include "desk.h"
#include "form.h"
#include "subject.h"

static const char unchanged[] = "Nothing was changed.";

static int withdraw(struct desk *d, const char *typed)
{
	const struct book_item *item;
	struct chart chart = subject_everybody(d);
	struct form f;
	int exit_code = subject_item(d, typed, ASSIGNMENT_KIND, &item);
	if (exit_code)
		return exit_code;
	if (!item->author->is_self)
		return desk_refused(d, ERR_NOT_AUTHOR, unchanged);
	if (asking_state(d, item) == ASKED_WITHDRAWN)
		return kap_fail(d->kap, KAP_INVALID, "%s was taken back before. %s", typed, unchanged);
	chart.client = chart_subject(&chart, item);
	exit_code = form_init(&f, d->kap, &care_assignment, item);
	f.lost = unchanged;
	if (!exit_code)
		exit_code = form_set(&f, ASSIGNMENT_STATE, "withdrawn");
	if (!exit_code)
		exit_code = subject_write(d, &f, &chart, &(struct write_care){.revises = item});
	form_wipe(&f);
	if (exit_code)
		return exit_code;
	out_say(d->kap->out, "Taken back. It is not asked any more; what was answered stays the client's.");
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = withdraw(&d, argv[0]);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_assign_withdraw = {
    .name = "assign withdraw",
    .args = "A3",
    .summary = "take back what you asked a client",
    .example = "kap assign withdraw A3",
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
