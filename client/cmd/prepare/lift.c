/* lift: ends a hold, with a reason. A prescriber lifts any, a therapist their own; what says so is a closing. */
#include <string.h>

#include "client/care/closing.h"
#include "client/care/hold.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "client/cmd/subject.h"

static const struct cmd_option options[] = {
    {"reason", 'r', "TEXT", "why; stands in the shell's history, so rather leave it out and be asked"},
    {0},
};

static int may_lift(struct desk *d, const struct book_item *hold, const char *number)
{
	const struct chart chart = subject_everybody(d);
	const struct book_item *closing = chart_closing(&chart, hold);
	if (!chart_stands(hold))
		return kap_fail(d->kap, KAP_INVALID, "%s does not hold anything. Nothing was changed.", number);
	if (closing)
		return kap_fail(d->kap, KAP_INVALID, "%s was lifted by %s already. Nothing was changed.", number,
		                closing->author->is_self ? "you" : closing->author->name);
	if (!hold->author->is_self && d->kap->role != ROLE_PRESCRIBER)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Only %s or a prescriber can lift %s. Nothing was changed.",
		                hold->author->name, number);
	return KAP_OK;
}

static int lift(struct desk *d, struct form *f, const struct book_item *hold, const char *number)
{
	static const uint32_t keys[] = {CLOSING_HOW, 0};
	struct chart chart = subject_everybody(d);
	const char *reason = cmd_opt(d->kap, "reason");
	chart.client = chart_subject(&chart, hold);
	f->lost = "Nothing was changed.";
	int exit_code = reason ? form_set(f, CLOSING_HOW, reason) : form_ask(f, keys);
	if (!exit_code && !content_has(f->content, CLOSING_HOW))
		exit_code = kap_fail(d->kap, KAP_INVALID, "Lifting a hold needs a reason (--reason). %s", f->lost);
	if (!exit_code && chart_set_ref(f->content, CLOSING_ON, hold))
		exit_code = kap_fail_err(d->kap, ERR_NOMEM, f->lost);
	if (!exit_code)
		exit_code = subject_write(d, f, &chart, NULL);
	if (exit_code)
		return exit_code;
	out_say(d->kap->out, "Lifted %s%s%s.", number, chart.client ? ", a hold for " : "",
	        chart.client ? chart.client->name : "");
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *hold = NULL;
	struct form f = {0};
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_item(&d, argv[0], HOLD_KIND, &hold);
	if (!exit_code)
		exit_code = may_lift(&d, hold, argv[0]);
	if (!exit_code)
		exit_code = form_init(&f, kap, &care_closing, NULL);
	if (!exit_code)
		exit_code = lift(&d, &f, hold, argv[0]);
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_lift = {
    .name = "lift",
    .args = "NUMBER",
    .summary = "lift a hold, with a reason",
    .about = "A prescriber lifts any hold, a therapist their own. The hold stays in the record.",
    .example = "kap lift H3",
    .options = options,
    .roles = CMD_THERAPIST | CMD_PRESCRIBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
