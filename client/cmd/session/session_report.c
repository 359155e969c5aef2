/* session_report: sends the report of a session that is over. */
#include "client/care/session.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/content.h"

#include "session.h"
#include "session_draft.h"

static const struct cmd_option options[] = {
    {"line", 'l', "TEXT", "the client's own line, if they want it told"},
    {0},
};

static int ask_again(struct session_desk *sd)
{
	const struct book_item *before = session_reported(sd->s);
	char clock[WHEN_TEXT];
	if (!before)
		return KAP_OK;
	out_say(sd->d.kap->out, "A report of this session was written %s by %s.", desk_time(&sd->d, before->at_ms, clock),
	        before->author->is_self ? "you" : before->author->name);
	out_show(sd->d.kap->out);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct session_desk sd;
	bool sent = false;
	(void)argc;
	int exit_code = session_begin_any(kap, argv[0], &sd);
	if (exit_code)
		return exit_code;
	exit_code = ask_again(&sd);
	if (!exit_code)
		exit_code = session_draft_offer(&sd, &sent);
	if (!exit_code && sent)
		exit_code = desk_send(&sd.d);
	session_finish(&sd);
	return exit_code;
}

const struct cmd cmd_session_report = {
    .name = "session report",
    .args = "CLIENT|SESSION",
    .summary = "send the prescriber the report of a session",
    .about = "Drafted from the timeline; urgent if anything in it is a red flag. `kap session end` offers it, too.",
    .example = "kap session report jo",
    .options = options,
    .roles = CMD_THERAPIST | CMD_MEDICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
