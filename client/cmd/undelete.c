/* undelete: out of the bin again. Nobody else gets it back by that. */
#include "client/cmd.h"
#include "client/ui/out.h"

#include "desk.h"

static int take_out(struct write_ctx *ctx, void *arg)
{
	return write_unbin(ctx, arg);
}

static int undelete(struct desk *d, const struct book_item *item)
{
	char date[WHEN_TEXT];
	struct when at = desk_when(item->deleted_ms);
	if (item->deleted)
		return kap_fail(d->kap, KAP_INVALID, "Entry %u was deleted for good on %s. It cannot be brought back.",
		                item->number, when_date(&at, &d->now, date));
	if (!item->bin_until_ms)
		return kap_fail(d->kap, KAP_INVALID, "Entry %u is not in the bin. `%s bin` lists what is.", item->number,
		                d->kap->title);
	int err = desk_write(d, take_out, (void *)(uintptr_t)item);
	if (err)
		return desk_refused(d, err, "It is still in the bin.");
	out_str(d->kap->out, "visibility", NULL, "private");
	if (d->kap->role == ROLE_CLIENT)
		out_say(d->kap->out, "Entry %u is back. Only you can read it: `%s share %u --with NAME` shares it again.",
		        item->number, d->kap->title, item->number);
	else
		out_say(d->kap->out, "Entry %u is back. Only you can read it.", item->number);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *item;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = desk_any_entry(&d, argc, argv, &item);
	if (!exit_code)
		exit_code = undelete(&d, item);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_undelete = {
    .name = "undelete",
    .args = "NUMBER",
    .summary = "bring an entry back from the bin, private",
    .example = "kap undelete 3",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
