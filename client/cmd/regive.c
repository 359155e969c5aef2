/* regive: gives somebody who lost every device back what had passed between them and oneself. */
#include "client/sync/regive.h"

#include <stdio.h>

#include "client/book/checked.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/err.h"

#include "desk.h"

static void progress(void *arg, size_t done, size_t total)
{
	out_progress(((struct kap *)arg)->out, "Giving back", done, total);
}

static int confirm(struct desk *d, const struct person *who, size_t n)
{
	struct out *out = d->kap->out;
	char question[400];
	out_line(out, "  %s joined anew after losing every device, and the clinic signed that", who->name);
	out_line(out, "  they are the same person. What they had shared with you, and what you");
	out_line(out, "  wrote to them, can be given back: %zu entries, comments and messages.", n);
	out_line(out, "  What they wrote for themselves alone is gone; nobody has it.");
	out_show(out);
	snprintf(question, sizeof(question), "  Give it back to %s?", who->name);
	return prompt_yes(d->kap->prompt, question);
}

static int give(struct desk *d, const struct person *who)
{
	struct out *out = d->kap->out;
	struct regive_result result;
	struct regive_opts opts = {d->kap->vault, who->pid, progress, d->kap};
	int err = regive_queue(&opts, &result);
	out_progress(out, NULL, 0, 0);
	out_int(out, "given", NULL, (int64_t)result.queued);
	out_int(out, "before", NULL, (int64_t)result.before);
	out_int(out, "left", NULL, (int64_t)result.left);
	if (err)
		return desk_refused(d, err, "What was queued before stays; run it again for the rest.");
	if (result.left)
		out_say(out, "%zu cannot be given back from this device: too large, or kept by an earlier version of kap.",
		        result.left);
	int exit_code = desk_send(d);
	if (!exit_code)
		out_say(out, "Given back: %zu. %s will see them as their own words, with your name as who gave them back.",
		        result.queued, who->name);
	return exit_code;
}

static int regive(struct desk *d, const struct person *who)
{
	size_t n;
	int err = regive_count(d->kap->vault, who->pid, &n);
	if (err)
		return kap_fail_err(d->kap, err, "Nothing was given back.");
	if (checked_stops((enum checked_state)who->checked))
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "You had compared words with %s, and these are new keys. Compare words first: `%s check NAME`. "
		                "Nothing was given back.",
		                who->name, d->kap->title);
	if (!n) {
		out_int(d->kap->out, "given", NULL, 0);
		out_say(d->kap->out, "There is nothing to give back to %s.", who->name);
		return KAP_OK;
	}
	int yes = confirm(d, who, n);
	if (yes < 0)
		return kap_fail(d->kap, KAP_INVALID,
		                "This needs your yes. Run it at a terminal, or say --yes. Nothing was given back.");
	if (yes)
		return give(d, who);
	out_say(d->kap->out, "Nothing was given back.");
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct person *who;
	struct desk d;
	(void)argc;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = desk_person(&d, argv[0], NULL, "somebody to give something back to", &who);
	if (!exit_code)
		exit_code = regive(&d, who);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_regive = {
    .name = "regive",
    .args = "NAME",
    .summary = "give back what was shared to one who lost all devices",
    .about = "For somebody who joined anew and whose succession the clinic's admin has signed. Their kap proves that "
             "the words are their own. Can be interrupted and repeated; nothing is given twice.",
    .example = "kap regive jo",
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
