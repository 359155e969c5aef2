/* device_revoke: one of one's own devices is put out. */
#include <stdio.h>

#include "client/cmd.h"
#include "client/sync/revoke.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "device.h"

#define NOTHING "Nothing was changed."

static bool passing(int err)
{
	return err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED || err_is_retryable(err);
}

static int ask(struct desk *d, const struct device_row *row)
{
	char question[DEVICES_NAME + 128];
	out_say(d->kap->out,
	        "\"%s\" will get nothing new from that moment on, and nothing it writes will count. What is on it stays "
	        "on it. It cannot be let in again as the same device.",
	        row->name);
	out_show(d->kap->out);
	snprintf(question, sizeof(question), "Put \"%s\" out?", row->name);
	int yes = prompt_yes(d->kap->prompt, question);
	if (yes < 0)
		return kap_fail_err(d->kap, yes, NOTHING);
	return yes ? KAP_OK : kap_fail(d->kap, KAP_CHOICE, NOTHING);
}

/* Any exchange carries out what is noted. */
static int carry_out(struct desk *d, const struct device_row *row)
{
	struct sync_result result;
	struct sync_opts opts = {.vault = d->kap->vault, .send_delivered = true};
	int err = revoke_note(d->kap->vault, &row->did, 1);
	if (err)
		return kap_fail_err(d->kap, err, NOTHING);
	err = sync_run(&opts, &result);
	if (err && result.revoked == 0 && passing(err))
		return kap_fail(d->kap, KAP_SAVED_LOCALLY,
		                "The clinic's server cannot be reached just now. \"%s\" is noted and will be put out with the "
		                "next sync.",
		                row->name);
	out_bool(d->kap->out, "put-out", NULL, result.revoked > 0);
	if (result.revoked)
		out_say(d->kap->out, "\"%s\" is out.", row->name);
	return desk_say_sync(d->kap, err, &result, true);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct device_rows rows = {0};
	const struct device_row *row;
	struct desk d;
	(void)argc;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = device_rows(&d, &rows);
	if (!exit_code)
		exit_code = device_find(&d, &rows, argv[0], &row);
	if (!exit_code && row->self)
		exit_code = kap_fail(
		    kap, KAP_NOT_ALLOWED,
		    "This is the device you are using, and no device puts itself out. Do it from another one. " NOTHING);
	if (!exit_code)
		exit_code = ask(&d, row);
	if (!exit_code)
		exit_code = carry_out(&d, row);
	device_rows_free(&rows);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_device_revoke = {
    .name = "device revoke",
    .args = "NAME",
    .summary = "put out a device that is lost, sold or broken",
    .about = "The server closes its connection at once, and what is written from then on is sealed with a key it does "
             "not get. Without the network it is noted and done with the next sync.",
    .example = "kap device revoke phone",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
