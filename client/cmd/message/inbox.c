/* inbox: messages, one's own and those of others, with where each of them stands. */
#include <string.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "client/cmd/desk.h"
#include "client/cmd/show.h"

static const struct cmd_option options[] = {
    {"new", 'n', NULL, "only those from others that are not acknowledged yet"},
    {0},
};

static int row(void *arg, const struct book_item *item)
{
	struct desk *d = arg;
	if (cmd_flag(d->kap, "new") && (item->author->is_self || item->n_acks))
		return 0;
	show_message_row(d, item);
	return 0;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	out_list(kap->out, "messages", "No messages.");
	(void)book_each(d.book, CONTENT_MESSAGE, NULL, row, &d);
	out_end(kap->out);
	desk_close(&d);
	return KAP_OK;
}

const struct cmd cmd_inbox = {
    .name = "inbox",
    .args = "",
    .summary = "messages, and where each of them stands",
    .about = "written: on this device. stored: on the clinic's server. delivered: on the reader's device. opened: "
             "looked at. "
             "acknowledged: somebody has taken it on. not-sent: nobody may have it any more, only you have it.",
    .example = "kap inbox",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .run = run,
};
