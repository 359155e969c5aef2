/* sync: one exchange with the clinic's server, with progress on a terminal. */
#include "client/sync/sync.h"

#include "client/cmd.h"
#include "client/ui/out.h"

#include "desk.h"
#include "succession.h"
#include "client/cmd/message/unanswered_say.h"

static void progress(void *arg, enum sync_step step, size_t done, size_t total)
{
	static const char *const words[] = {"Connecting", "Checking who is who",   "Sealing",    "Sending",
	                                    "Receiving",  "Sending an attachment", "Giving back"};
	out_progress(((struct kap *)arg)->out, words[step], done, total);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct sync_result result;
	struct sync_opts opts = {.vault = kap->vault, .progress = progress, .arg = kap, .send_delivered = true};
	(void)argc;
	(void)argv;
	int err = sync_run(&opts, &result);
	int exit_code = desk_say_sync(kap, err, &result, false);
	unanswered_say_now(kap);
	return exit_code ? exit_code : succession_offer(kap);
}

const struct cmd cmd_sync = {
    .name = "sync",
    .args = "",
    .summary = "send what waits and fetch what is new",
    .about = "Can be interrupted at any moment and repeated; nothing is lost or doubled.",
    .example = "kap sync",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .run = run,
};
