/* help-now: what to do in danger. Works locked, offline and at once; asks nothing. Once unlocked a client's safety plan
 * stands below. */
#include "client/cmd.h"
#include "client/ui/out.h"

#include "card.h"
#include "client/cmd/prepare/plan_view.h"

static int run(struct kap *kap, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	card_show(kap);
	out_show(kap->out);
	(void)plan_view_try(kap);
	return KAP_OK;
}

const struct cmd cmd_help_now = {
    .name = "help-now",
    .args = "",
    .summary = "what to do now if you are in danger",
    .about = "Works without a passphrase and without a network. It tells nobody.",
    .example = "kap help-now",
    .roles = CMD_ANYONE,
    .run = run,
};
