/* msg_withdraw: takes a message back. Only while nobody has opened it does its text go; afterwards, and where clinical
 * records are kept, it is marked as withdrawn and the text stays for the record. */
#include <stdbool.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/err.h"

#include "client/cmd/desk.h"

#define UNCHANGED "Nothing was changed."

struct withdrawal {
	const struct book_item *item;
	bool deletes;
};

static bool was_opened(const struct book_item *item)
{
	bool opened = item->n_acks > 0;
	for (size_t i = 0; i < item->n_readers; i++)
		opened = opened || item->readers[i].opened_ms;
	return opened;
}

static int save(struct write_ctx *ctx, void *arg)
{
	const struct withdrawal *w = arg;
	return w->deletes ? write_delete(ctx, w->item, NULL) : write_withdraw(ctx, w->item);
}

static int withdraw(struct desk *d, const struct book_item *item)
{
	struct withdrawal w = {item, !was_opened(item)};
	int err = desk_write(d, save, &w);
	if (err == ERR_RETAINED && w.deletes) {
		w.deletes = false;
		err = desk_write(d, save, &w);
	}
	if (err == ERR_EXISTS)
		return kap_fail(d->kap, KAP_INVALID, "It is withdrawn already. " UNCHANGED);
	if (err)
		return desk_refused(d, err, UNCHANGED);
	out_str(d->kap->out, "withdrawn", NULL, w.deletes ? "text gone" : "marked");
	if (w.deletes)
		out_say(d->kap->out, "Withdrawn. Nobody had opened it, as far as this device knows. The text goes from their "
		                     "devices with their next sync.");
	else if (was_opened(item))
		out_say(d->kap->out, "Withdrawn. Somebody had opened it: it is marked, and the text stays for the record.");
	else
		out_say(d->kap->out, "Withdrawn. It belongs to the clinical record: it is marked, and the text stays.");
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *item;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = desk_message(&d, argc, argv, &item);
	if (!exit_code && !item->author->is_self)
		exit_code = desk_refused(&d, ERR_NOT_AUTHOR, UNCHANGED);
	if (!exit_code)
		exit_code = desk_is_ones_own(&d, item, false);
	if (!exit_code)
		exit_code = withdraw(&d, item);
	if (!exit_code)
		exit_code = desk_send(&d);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_msg_withdraw = {
    .name = "msg withdraw",
    .args = "NUMBER",
    .summary = "take a message back, as far as that can be",
    .about =
        "While nobody has opened it, its text goes. Once somebody has, and for what clinicians write each other, it "
        "is marked as withdrawn and stays for the record.",
    .example = "kap msg withdraw 4",
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
