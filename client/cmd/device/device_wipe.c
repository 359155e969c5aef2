/* device_wipe: takes everything off this machine: before a journey, before it is sold or given away. */
#include <stdio.h>

#include "client/book/ledger.h"
#include "client/cmd.h"
#include "client/idle.h"
#include "client/profile.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/unlock.h"
#include "client/vault.h"
#include "proto/err.h"

#include "client/cmd/desk.h"

#define NOTHING "Nothing was taken away."

static const struct cmd_option options[] = {
    {"unsent-too", 0, NULL, "also what was never sent, which is nowhere else"},
    {0},
};

/* What only this device has. */
static int check_unsent(struct desk *d)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(d->kap->vault, false, &txn);
	if (err)
		return kap_fail_err(d->kap, err, NOTHING);
	size_t n = ledger_pending_count(txn) + ledger_outbox_count(txn);
	vault_abort(txn);
	if (!n || cmd_flag(d->kap, "unsent-too"))
		return KAP_OK;
	return kap_fail(
	    d->kap, KAP_CHOICE,
	    "%zu thing%s here %s not been sent yet and would be lost. `%s sync` sends them; with --unsent-too they "
	    "go as well. " NOTHING,
	    n, n == 1 ? "" : "s", n == 1 ? "has" : "have", d->kap->title);
}

static int ask(struct desk *d)
{
	out_say(d->kap->out,
	        "Everything kap keeps on this machine goes: keys, entries, messages. What is on the clinic's server "
	        "and on your other devices stays. To read again here, let this machine in anew from another "
	        "device of yours, or with your recovery code.");
	out_show(d->kap->out);
	int yes = prompt_word(d->kap->prompt, "Type \"wipe\" to go on:", "wipe");
	if (yes < 0)
		return kap_fail_err(d->kap, yes, NOTHING);
	return yes ? KAP_OK : kap_fail(d->kap, KAP_CHOICE, NOTHING);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const char *dir = profile_peek_dir(kap->profile);
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = check_unsent(&d);
	if (!exit_code)
		exit_code = ask(&d);
	desk_close(&d);
	if (exit_code)
		return exit_code;
	vault_close(kap->vault);
	kap->vault = NULL;
	(void)unlock_drop(dir);
	(void)idle_tell(dir);
	int err = vault_destroy(profile_peek_vault_dir(kap->profile));
	if (err)
		return kap_fail_err(kap, err, "The keys are gone if the disk did what it was told. Do it again.");
	out_say(kap->out,
	        "Nothing of yours is on this machine now. The clinic still counts it among your devices until you say "
	        "`device revoke` on another.");
	return KAP_OK;
}

const struct cmd cmd_device_wipe = {
    .name = "device wipe",
    .args = "",
    .summary = "take everything off this machine",
    .about = "For a journey, or before a machine is sold or given away. The keys are destroyed first, so what a disk "
             "may keep "
             "of the rest opens with no passphrase. --yes does not answer the question.",
    .example = "kap device wipe",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .run = run,
};
