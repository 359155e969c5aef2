/* clinic restored: an admin says that the server was put back from a copy; what it lost of who is who goes back. */
#include "client/cmd.h"
#include "client/sync/heal.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/err.h"

#include "desk.h"

static void show_lost(struct desk *d, const struct heal_lost *lost)
{
	struct out *out = d->kap->out;
	out_bool(out, "restored", NULL, lost->restored);
	out_int(out, "lost-links", NULL, (int64_t)lost->links);
	out_int(out, "lost-chains", NULL, (int64_t)lost->chains);
	out_line(out, "  The server was put back from an older copy of its store.");
	if (lost->links)
		out_line(out, "  It has lost %zu statements about who is who. This device gives them back.", lost->links);
	else
		out_line(out, "  It has lost no statement about who is who.");
	out_line(out, "  Then every device gives back what it holds, with its next sync.");
	out_line(out, "  Say yes only if the person who runs the server told you so.");
	out_show(out);
}

static int announce(struct desk *d, struct heal_lost *lost)
{
	int err = heal_announce(d->kap->vault, lost);
	if (err == ERR_ROLE)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Only an admin can say that. Nothing was changed.");
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED)
		return kap_fail(d->kap, KAP_SAVED_LOCALLY,
		                "The clinic's server cannot be reached. Run this again; what was given back stays there.");
	if (err)
		return desk_refused_statement(d, err, "Run this again once that is put right.");
	out_bool(d->kap->out, "announced", NULL, true);
	out_say(d->kap->out, "Announced. This device gives back what it holds now.");
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct heal_lost lost;
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	int err = heal_look(kap->vault, &lost);
	if (err) {
		exit_code =
		    err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED
		        ? kap_fail(kap, KAP_SAVED_LOCALLY, "The clinic's server cannot be reached. Nothing was changed.")
		        : desk_refused_statement(&d, err, "Nothing was changed.");
	} else if (!lost.restored) {
		out_bool(kap->out, "restored", NULL, false);
		out_say(kap->out, "The server's store is the one this device knows. Nothing was changed.");
	} else {
		show_lost(&d, &lost);
		int yes = prompt_yes(kap->prompt, "  Was the server put back from a copy?");
		if (yes < 0)
			exit_code = kap_fail(kap, KAP_INVALID,
			                     "This needs your yes. Run it at a terminal, or say --yes. Nothing was changed.");
		else if (yes)
			exit_code = announce(&d, &lost);
		else
			out_say(kap->out, "Nothing was changed.");
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_clinic_restored = {
    .name = "clinic restored",
    .args = "",
    .summary = "say that the server was put back from a copy",
    .about = "After `kapctl restored` on the server. Use the admin's device that was in use\n"
             "last: what it knows of who is who is given back first.",
    .example = "kap clinic restored",
    .roles = CMD_ADMIN,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .run = run,
};
