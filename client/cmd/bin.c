/* bin: what is in the bin, and until when it can be brought back. */
#include "client/cmd.h"
#include "client/ui/out.h"

#include "desk.h"
#include "show.h"

static int row(void *arg, const struct book_item *item)
{
	struct desk *d = arg;
	show_bin_row(d, item);
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
	out_list(kap->out, "bin", "The bin is empty.");
	(void)book_each_in_bin(d.book, row, &d);
	out_end(kap->out);
	desk_close(&d);
	return KAP_OK;
}

const struct cmd cmd_bin = {
    .name = "bin",
    .args = "",
    .summary = "what you deleted, and until when you can bring it back",
    .about = "After its last day the next sync of any device of yours deletes it for good.",
    .example = "kap bin",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .run = run,
};
