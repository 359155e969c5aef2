/* recovery_new: another paper recovery code in the place of the one that is lost or was seen. */
#include "client/cmd.h"
#include "client/enrol/paper.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/code.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "newcomer.h"

static int replace(struct desk *d)
{
	struct kap *kap = d->kap;
	struct code code;
	int err = code_new(CODE_RECOVERY, &code);
	if (!err) {
		newcomer_show_recovery(kap, &code, d->id->host);
		err = paper_replace(kap->vault, &code);
	}
	code_wipe(&code);
	if (err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(kap, KAP_SAVED_LOCALLY,
		                "The connection was lost in the middle. Keep both papers; after the next sync `%s recovery "
		                "test` shows which is the right one.",
		                kap->title);
	if (err == ERR_UNREACHABLE)
		return kap_fail(kap, KAP_SAVED_LOCALLY,
		                "The clinic's server cannot be reached, and a new code needs it. The old code stays; cross out "
		                "the new one.");
	if (err)
		return desk_refused_statement(d, err, "The old code stays; cross out the new one.");
	out_bool(kap->out, "replaced", NULL, true);
	out_say(kap->out, "This is your recovery code now. Cross the old one out.");
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	int yes = prompt_yes(kap->prompt, "Make a new recovery code? The one you have will be over.");
	if (yes < 0)
		exit_code = kap_fail_err(kap, yes, "Nothing was changed.");
	else
		exit_code = yes ? replace(&d) : kap_fail(kap, KAP_CHOICE, "Nothing was changed.");
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_recovery_new = {
    .name = "recovery new",
    .args = "",
    .summary = "make a new recovery code; the old one is over",
    .about = "For when the paper is lost, or somebody else has seen it.",
    .example = "kap recovery new",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .run = run,
};
