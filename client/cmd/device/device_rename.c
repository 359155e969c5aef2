/* device_rename: what one calls a device of one's own. */
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "device.h"
#include "newcomer.h"

struct renaming {
	const struct device_row *row;
	const char *name;
	const uint8_t *pid;
};

static int rename_it(struct write_ctx *ctx, void *arg)
{
	const struct renaming *r = arg;
	struct devices *names = NULL;
	int err = devices_load(ctx->txn, r->pid, &names);
	if (!err)
		err = write_device(ctx, r->row->did, r->name, names);
	devices_free(names);
	return err;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct device_rows rows = {0};
	struct renaming r = {0};
	struct desk d;
	struct buf name;
	(void)argc;
	buf_init(&name, 0);
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = device_rows(&d, &rows);
	if (!exit_code)
		exit_code = device_find(&d, &rows, argv[0], &r.row);
	if (!exit_code)
		exit_code = newcomer_name(kap, argv[1], &name, "Nothing was changed.");
	if (!exit_code) {
		r.name = (const char *)name.data;
		r.pid = d.id->pid;
		int err = desk_write(&d, rename_it, &r);
		exit_code = err ? desk_refused(&d, err, "Nothing was changed.") : KAP_OK;
	}
	if (!exit_code) {
		out_say(kap->out, "It is called \"%s\" now.", r.name);
		exit_code = desk_send(&d);
	}
	buf_wipe(&name);
	device_rows_free(&rows);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_device_rename = {
    .name = "device rename",
    .args = "NAME NEW-NAME",
    .summary = "call one of your devices something else",
    .about = "Only your own devices see the names.",
    .example = "kap device rename phone \"old phone\"",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
